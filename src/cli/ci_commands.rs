//! Runners of CI read commands out of what a job prints: GitHub's a line that begins with `::`, GitHub's and Azure's
//! `##[…]` and `##vso[…]` anywhere in a line. What comes from a scanned repository must not be one.

use std::io::{self, Write};

/// How what reads as a command is written otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// With a backslash.
    Text,
    /// As JSON's `\u005b`: it stands in a string, and the string stays what it is.
    Json,
    /// Not at all: the format consists of commands, and escapes what is in them.
    Nothing,
}

impl Escape {
    /// How it is done in the report format called `format`.
    pub(super) fn within(format: &str) -> Self {
        match format {
            "github" => Self::Nothing,
            "json" | "jsonl" | "sarif" | "gitlab" => Self::Json,
            _ => Self::Text,
        }
    }
}

/// The most bytes before a `[` that make a command of it.
const LONGEST: usize = 5;

/// Writes to another writer what does not read as a command.
pub(super) struct Escaped<'w> {
    out: &'w mut dyn Write,
    escape: Escape,
    /// What is known of the line so far.
    line: Line,
    /// The last bytes that were written, in their order.
    last: [u8; LONGEST],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// White space at most.
    Blank,
    /// White space and one colon.
    Colon,
    /// Something else.
    Text,
}

impl<'w> Escaped<'w> {
    /// Stands at the beginning of a line.
    pub(super) fn new(out: &'w mut dyn Write, escape: Escape) -> Self {
        Self { out, escape, line: Line::Blank, last: [0; LONGEST] }
    }

    /// Remembers the end of what was written.
    fn remember(&mut self, written: &[u8]) {
        let end = written.get(written.len().saturating_sub(LONGEST)..).unwrap_or(written);
        self.last = followed_by(self.last, end);
    }

    /// What to write for the next `byte`, if not itself.
    fn instead(&mut self, byte: u8, before: &[u8]) -> Option<&'static [u8]> {
        let (line, json) = (self.line, self.escape == Escape::Json);
        self.line = match (byte, line) {
            (b'\n' | b'\r', _) => Line::Blank,
            (b' ' | b'\t', Line::Blank) => Line::Blank,
            (b':', Line::Blank) => Line::Colon,
            _ => Line::Text,
        };
        match byte {
            b':' if line == Line::Colon => Some(b"\\:"),
            b'[' if before.ends_with(b"##") || before.ends_with(b"##vso") => {
                Some(if json { b"\\u005b" } else { b"\\[" })
            }
            _ => None,
        }
    }

    /// Where the next byte after `from` is that may matter: any at the beginning of a line, else a bracket or the line's end.
    fn next(&self, text: &[u8], from: usize) -> Option<usize> {
        if self.line != Line::Text {
            return (from < text.len()).then_some(from);
        }
        memchr::memchr3(b'[', b'\n', b'\r', text.get(from..)?).map(|at| from + at)
    }
}

/// The last bytes of `kept` with `more` behind it, which is no longer than that.
fn followed_by(mut kept: [u8; LONGEST], more: &[u8]) -> [u8; LONGEST] {
    let more = more.get(more.len().saturating_sub(LONGEST)..).unwrap_or(more);
    // auditor: allow(panicking-api) `more` was cut to the length of `kept`
    kept.rotate_left(more.len());
    for (slot, &byte) in kept.iter_mut().rev().zip(more.iter().rev()) {
        *slot = byte;
    }
    kept
}

impl Write for Escaped<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.escape == Escape::Nothing {
            return self.out.write(text);
        }
        let (mut done, mut at) = (0, 0);
        while let Some(next) = self.next(text, at) {
            let Some(&byte) = text.get(next) else { break };
            let near = text.get(next.saturating_sub(LONGEST)..next).unwrap_or_default();
            // At the start of `text` what was written before it counts too.
            let before = followed_by(self.last, near);
            if let Some(other) = self.instead(byte, &before) {
                self.out.write_all(text.get(done..next).unwrap_or_default())?;
                self.out.write_all(other)?;
                done = next + 1;
            }
            at = next + 1;
        }
        self.out.write_all(text.get(done..).unwrap_or_default())?;
        self.remember(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out however the text is cut in two.
    fn escaped(text: &str, escape: Escape) -> String {
        let whole = |parts: &[&str]| {
            let mut out = Vec::new();
            let mut writer = Escaped::new(&mut out, escape);
            for part in parts {
                writer.write_all(part.as_bytes()).unwrap();
            }
            String::from_utf8(out).unwrap()
        };
        let once = whole(&[text]);
        for (at, _) in text.char_indices() {
            let (one, other) = text.split_at(at);
            assert_eq!(whole(&[one, other]), once, "{one:?} {other:?}");
        }
        once
    }

    #[test]
    fn commands_are_escaped_and_nothing_else_is() {
        for (text, out) in [
            ("::error title=x::y", ":\\:error title=x::y"),
            ("a\n \t::set-env name=a::b\n", "a\n \t:\\:set-env name=a::b\n"),
            ("a\r::error::b", "a\r:\\:error::b"),
            ("a ##[add-mask]b ##vso[task]c", "a ##\\[add-mask]b ##vso\\[task]c"),
            ("a::b [c] #[cfg] vso[a] # #[x] ## Title\n: :: x", "a::b [c] #[cfg] vso[a] # #[x] ## Title\n: :: x"),
        ] {
            assert_eq!(escaped(text, Escape::Text), out);
        }
    }

    #[test]
    fn json_stays_what_it_is() {
        let text = "{\"file\": \"##vso[task.setvariable]a.rs\", \"more\": [\"##[x]\"]}";
        let out = escaped(text, Escape::Json);
        assert!(!out.contains("##vso[") && !out.contains("##["), "{out}");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&out), value(text));
    }
}
