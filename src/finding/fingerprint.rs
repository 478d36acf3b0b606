//! `auditorSite/v1`: names a site by what it is, not by its line, so that unrelated edits leave it alone.

use std::fmt;

use super::expression::normalized;
use super::site::Site;
use crate::source::SourceFile;

/// A site's `auditorSite/v1`: rule, function path and normalised expression, hashed, and an ordinal among equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint {
    hash: u128,
    ordinal: u32,
}

impl Fingerprint {
    /// The key under which reports carry it.
    pub const KEY: &'static str = "auditorSite/v1";

    /// Returns the fingerprint of `site`, the first of its equals; `file` is the file that holds it. O(1) for long
    /// expressions, else O(their length + comments in them · log comments).
    pub fn of(site: &Site, file: &SourceFile) -> Self {
        let mut hash = Fnv::new();
        hash.field(site.rule.as_str().as_bytes());
        hash.field(site.function.as_bytes());
        hash.field(&normalized(file, site.span));
        Self { hash: hash.0, ordinal: 1 }
    }

    /// Returns the same fingerprint as the `ordinal`th of its equals, counted from 1.
    #[must_use]
    pub const fn with_ordinal(self, ordinal: u32) -> Self {
        Self { ordinal, ..self }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Digit by digit: a report has one of these a finding, and `{:032x}` of 128 bits takes its time.
        let mut digits = [b'0'; 32];
        for (at, digit) in (0..).zip(digits.iter_mut().rev()) {
            let value = (self.hash >> (4 * at)) as u8 & 0xf;
            *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        }
        f.write_str(std::str::from_utf8(&digits).unwrap_or_default())?;
        write!(f, ":{}", self.ordinal)
    }
}

/// FNV-1a with 128 bits: stable across versions and platforms, which the standard library's hashers do not promise.
struct Fnv(u128);

impl Fnv {
    const fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    const fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u128).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }

    /// A whole field and its end.
    fn field(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
        self.byte(0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::{Reach, Related, Verdict};
    use crate::source::{Comment, FileId, LineIndex, Span};

    fn print(text: &str, comments: &[(u32, u32)]) -> Fingerprint {
        let comment = |&(start, end)| Comment { span: Span::new(FileId(0), start, end), doc: false, own_line: false };
        let file = SourceFile {
            id: FileId(0),
            path: "a.rs".into(),
            package: "".into(),
            text: text.into(),
            lines: LineIndex::new(text),
            comments: comments.iter().map(comment).collect(),
        };
        let site = Site {
            kind: "unwrap".into(),
            rule: "unwrap".into(),
            span: Span::new(FileId(0), 0, text.len() as u32),
            verdict: Verdict::Possible,
            reason: "".into(),
            function: "f".into(),
            context: Arc::new(["lib"]),
            cfg: "".into(),
            detail: String::new(),
            outside: false,
            related: Related::default(),
            reach: Reach::default(),
            fix: None,
        };
        Fingerprint::of(&site, &file)
    }

    #[test]
    fn layout_and_comments_do_not_change_it() {
        assert_eq!(print("f(a, b).unwrap()", &[]), print("f(\n    a,\n    b,\n)\n.unwrap()", &[]));
        assert_eq!(print("f(a).unwrap()", &[]), print("f(/* why */ a).unwrap()", &[(2, 11)]));
    }

    #[test]
    fn the_expression_and_the_ordinal_change_it() {
        let one = print("a.unwrap()", &[]);
        assert_ne!(one, print("b.unwrap()", &[]));
        assert_ne!(one.to_string(), one.with_ordinal(2).to_string());
    }

    #[test]
    fn both_ends_of_a_long_expression_count() {
        let long = |first: char, last: char| print(&format!("{first}{}{last}", "x".repeat(5000)), &[]);
        assert_eq!(long('a', 'a'), long('a', 'a'));
        assert_ne!(long('a', 'a'), long('b', 'a'));
        assert_ne!(long('a', 'a'), long('a', 'b'));
    }
}
