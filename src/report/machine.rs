//! JSON that can be shown on a terminal: what would steer it or hide text is escaped.

use std::io::{self, Write};

use serde::Serialize;

use crate::source::is_harmful;

/// Writes `value` as indented JSON and a newline.
pub(super) fn write_json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(Escaped(&mut *out), value)?;
    writeln!(out)
}

/// Escapes harmful characters, which JSON allows in strings and which its syntax never holds.
struct Escaped<'a>(&'a mut dyn Write);

impl Write for Escaped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let suspect = |&byte: &u8| byte >= 0x7f || (byte < b' ' && byte != b'\n');
        match std::str::from_utf8(bytes) {
            // The serializer hands over whole strings.
            Ok(text) if bytes.iter().any(suspect) && text.contains(is_harmful) => self.escape(text)?,
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Escaped<'_> {
    fn escape(&mut self, text: &str) -> io::Result<()> {
        for letter in text.chars() {
            let mut units = [0; 2];
            if is_harmful(letter) {
                // auditor: allow(panicking-api) two units hold any character
                letter.encode_utf16(&mut units).iter().try_for_each(|unit| write!(self.0, "\\u{unit:04x}"))?;
            } else {
                write!(self.0, "{letter}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::write_json;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_still_the_same_text() {
        let text = "a\u{9b}2J\u{202e}b\u{7f}\u{e0041}łódź\n\"\u{1b}";
        let mut out = Vec::new();
        assert!(write_json(&vec![text], &mut out).is_ok());
        let json = String::from_utf8(out).unwrap_or_default();
        assert!(!json.contains(super::is_harmful), "{json:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).ok(), Some(vec![text.to_owned()]));
    }
}
