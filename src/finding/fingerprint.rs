//! `auditorSite/v1`: names a site by what it is, not by its line, so that unrelated edits leave it alone.

use std::fmt;

use super::site::Site;
use crate::source::{Comment, SourceFile};

/// How many bytes without white space of an expression are hashed from either end: a chain of a thousand calls is a thousand
/// sites that begin at one place, and hashing each wholly would be quadratic.
const END: usize = 512;

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
        let code = Code { file, start: site.span.start as usize, end: site.span.end as usize };
        code.hash_into(&mut hash);
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

/// The code of one site, seen without white space and comments.
struct Code<'a> {
    file: &'a SourceFile,
    start: usize,
    end: usize,
}

impl Code<'_> {
    fn hash_into(&self, hash: &mut Fnv) {
        let bytes = self.file.text.as_bytes();
        let comments = self.comments();
        let mut seen = 0;
        let mut at = self.start;
        let mut next = comments.iter().peekable();
        while at < self.end && seen < END {
            if let Some(comment) = next.peek().filter(|comment| comment.span.start as usize <= at) {
                at = at.max(comment.span.end as usize);
                next.next();
                continue;
            }
            seen += usize::from(hash.code(bytes.get(at).copied()));
            at += 1;
        }
        // What lies between the two ends is named by its length alone, near enough.
        let tail = at.max(self.end.saturating_sub(END));
        for byte in bytes.get(tail..self.end).unwrap_or_default() {
            hash.code(Some(*byte));
        }
    }

    fn comments(&self) -> &[Comment] {
        let all = &self.file.comments;
        let from = all.partition_point(|comment| (comment.span.end as usize) <= self.start);
        let to = all.partition_point(|comment| (comment.span.start as usize) < self.end);
        all.get(from..to).unwrap_or_default()
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

    /// A byte of code, unless it is white space or a comma: rustfmt puts either where lines break. Tells whether it counted.
    fn code(&mut self, byte: Option<u8>) -> bool {
        match byte {
            None | Some(b' ' | b'\t' | b'\n' | b'\r' | b',') => false,
            Some(byte) => {
                self.byte(byte);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::{Related, Verdict};
    use crate::source::{FileId, LineIndex, Span};

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
