//! `primaryLocationLineHash`, the line fingerprint that code scanning services compute: a rolling hash over what follows a
//! line's start. The algorithm is published with GitHub's codeql-action; this is written from its description.

use std::collections::HashMap;
use std::fmt;

/// How many characters of text, from the line's start on, make its hash.
const WINDOW: usize = 100;
const BASE: u64 = 37;
const END_OF_FILE: u16 = 0xFFFF;

/// The hash of a line, and which of the lines with that hash it is: `a3db6594eab3a045:1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineHash {
    hash: u64,
    count: u32,
}

impl fmt::Display for LineHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}:{}", self.hash, self.count)
    }
}

/// Returns the hash of each line of `text`, in order. A line ends at LF, CRLF or CR. O(n).
pub fn line_hashes(text: &str) -> Vec<LineHash> {
    let mut roll = Roll::new();
    let mut after_cr = false;
    for unit in text.encode_utf16() {
        let skipped = unit == u16::from(b' ') || unit == u16::from(b'\t') || (after_cr && unit == u16::from(b'\n'));
        after_cr = !skipped && unit == u16::from(b'\r');
        if !skipped {
            roll.push(if after_cr { u16::from(b'\n') } else { unit });
        }
    }
    roll.push(END_OF_FILE);
    roll.finish()
}

struct Roll {
    window: [u16; WINDOW],
    /// Whether a line begins at that place of the window.
    begins: [bool; WINDOW],
    at: usize,
    hash: u64,
    /// `BASE` to the power of `WINDOW`, which takes the oldest character out.
    oldest: u64,
    line_start: bool,
    seen: HashMap<u64, u32>,
    lines: Vec<LineHash>,
}

impl Roll {
    fn new() -> Self {
        Self {
            window: [0; WINDOW],
            begins: [false; WINDOW],
            at: 0,
            hash: 0,
            oldest: BASE.wrapping_pow(WINDOW as u32),
            line_start: true,
            seen: HashMap::new(),
            lines: Vec::new(),
        }
    }

    fn push(&mut self, unit: u16) {
        self.emit();
        if self.line_start
            && let Some(begins) = self.begins.get_mut(self.at)
        {
            *begins = true;
        }
        self.line_start = unit == u16::from(b'\n');
        self.roll(unit);
    }

    /// The window has come round to a line's start: the hash is that line's.
    fn emit(&mut self) {
        let Some(begins) = self.begins.get_mut(self.at) else { return };
        if std::mem::take(begins) {
            let count = self.seen.entry(self.hash).or_insert(0);
            *count += 1;
            self.lines.push(LineHash { hash: self.hash, count: *count });
        }
    }

    fn roll(&mut self, unit: u16) {
        let Some(slot) = self.window.get_mut(self.at) else { return };
        let leaves = self.oldest.wrapping_mul(u64::from(std::mem::replace(slot, unit)));
        self.hash = self.hash.wrapping_mul(BASE).wrapping_add(u64::from(unit)).wrapping_sub(leaves);
        // auditor: allow(integer-division) `WINDOW` is a constant above zero
        self.at = (self.at + 1) % WINDOW;
    }

    fn finish(mut self) -> Vec<LineHash> {
        for _ in 0..WINDOW {
            self.emit();
            self.roll(0);
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    fn shown(text: &str) -> Vec<String> {
        line_hashes(text).iter().map(ToString::to_string).collect()
    }

    /// The values that the algorithm's publisher gives for these texts.
    #[test]
    fn published_values_are_met() {
        assert_eq!(shown(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            shown(" a\nb\n  \t\tc\n d"),
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]
        );
    }

    #[test]
    fn equal_lines_are_counted() {
        let hashes = shown(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!(hashes.len(), 11);
        assert_eq!(hashes.first().map(String::as_str), Some("a7f2ff13bc495cf2:1"));
        assert_eq!(hashes.get(5).map(String::as_str), Some("a7f2ff13bc495cf2:6"));
    }

    #[test]
    fn line_ends_and_blanks_do_not_matter() {
        let unix = shown("fn main() {\n    run();\n}\n");
        assert_eq!(unix.len(), 4);
        assert_eq!(unix, shown("fn main() {\r\n    run();\r\n}\r\n"));
        assert_eq!(unix, shown("fn main() {\r\trun();\r}\r"));
    }
}
