//! The code of a site without what a formatter decides: what fingerprints hash, and what a baseline names a finding by.

use crate::source::{Comment, SourceFile, Span};

/// How many bytes of an expression are taken from either end: a chain of a thousand calls is a thousand sites that begin at
/// one place, and taking each wholly would be quadratic.
const END: usize = 512;

/// How many bytes are looked at for one that is taken: the rest may be white space and comments without end.
const SLACK: usize = 16;

/// Longer ones are shown by their beginning and a hash.
const SHOWN: usize = 80;

/// How much of a long one is shown.
const BEGINNING: usize = 56;

/// Returns the code at `span` of `file` without comments, white space, commas and braces, which a formatter adds where lines
/// break; a blank stays between two words. Of long code both ends. O(1) for long code.
pub(super) fn normalized(file: &SourceFile, span: Span) -> Vec<u8> {
    let code = Code { file, start: span.start as usize, end: span.end as usize };
    let (mut taken, next) = code.beginning();
    if next < code.end {
        taken.extend("…".as_bytes());
        taken.extend(code.ending(next));
    }
    taken
}

/// Returns the same as a line for people: what is long is cut, and named by its hash. O(1) for long code.
pub fn expression(file: &SourceFile, span: Span) -> String {
    let code = normalized(file, span);
    let text = crate::source::clean_path(&String::from_utf8_lossy(&code));
    if text.chars().count() <= SHOWN {
        return text;
    }
    let beginning: String = text.chars().take(BEGINNING).collect();
    format!("{beginning}…{:016x}", fnv64(&code))
}

/// FNV-1a with 64 bits: stable across versions and platforms.
fn fnv64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

struct Code<'a> {
    file: &'a SourceFile,
    start: usize,
    end: usize,
}

impl Code<'_> {
    /// The first bytes that count, and where the rest begins.
    fn beginning(&self) -> (Vec<u8>, usize) {
        let bytes = self.file.text.as_bytes();
        let mut comments = self.comments().peekable();
        let mut taken = Taken::default();
        let mut at = self.start;
        let last = self.end.min(self.start.saturating_add(END * SLACK));
        while let Some(&byte) = bytes.get(at).filter(|_| at < last) {
            if let Some(comment) = comments.next_if(|comment| comment.span.start as usize <= at) {
                at = at.max(comment.span.end as usize);
                taken.blank = true;
            } else if taken.bytes.len() >= END && self.file.text.is_char_boundary(at) {
                break;
            } else {
                taken.take(byte);
                at += 1;
            }
        }
        (taken.bytes, at.min(self.end))
    }

    /// The last bytes that count, from `first` on: counted from the end, so that layout does not move them.
    fn ending(&self, first: usize) -> Vec<u8> {
        let bytes = self.file.text.as_bytes();
        let mut comments = self.comments().rev().peekable();
        let mut taken = Taken::default();
        let mut at = self.end;
        let first = first.max(self.end.saturating_sub(END * SLACK));
        while let Some(&byte) = at.checked_sub(1).filter(|before| *before >= first).and_then(|before| bytes.get(before))
        {
            if let Some(comment) = comments.next_if(|comment| comment.span.end as usize >= at) {
                at = at.min(comment.span.start as usize);
                taken.blank = true;
            } else if taken.bytes.len() >= END && self.file.text.is_char_boundary(at) {
                break;
            } else {
                taken.take(byte);
                at -= 1;
            }
        }
        taken.bytes.reverse();
        taken.bytes
    }

    /// The comments within; one that holds the code, as a waiver's holds the rule that it names, is the code.
    fn comments(&self) -> impl DoubleEndedIterator<Item = &Comment> {
        let all = &self.file.comments;
        let from = all.partition_point(|comment| (comment.span.end as usize) <= self.start);
        let to = all.partition_point(|comment| (comment.span.start as usize) < self.end);
        let holds =
            |comment: &Comment| comment.span.start as usize <= self.start && comment.span.end as usize >= self.end;
        all.get(from..to).unwrap_or_default().iter().filter(move |comment| !holds(comment))
    }
}

/// The bytes that count, in the order in which they were met.
#[derive(Default)]
struct Taken {
    bytes: Vec<u8>,
    /// Whether something that does not count was met since the last one.
    blank: bool,
}

impl Taken {
    fn take(&mut self, byte: u8) {
        if is_blank(byte) {
            self.blank = true;
            return;
        }
        if self.blank && is_word(byte) && self.bytes.last().copied().is_some_and(is_word) {
            self.bytes.push(b' ');
        }
        self.blank = false;
        self.bytes.push(byte);
    }
}

/// White space, and what rustfmt adds or takes where it breaks lines: a last comma, the braces of a body.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b'{' | b'}')
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, LineIndex};

    fn shown(text: &str, comments: &[(u32, u32)]) -> String {
        let comment = |&(start, end)| Comment { span: Span::new(FileId(0), start, end), doc: false, own_line: false };
        let file = SourceFile {
            id: FileId(0),
            path: "a.rs".into(),
            package: "".into(),
            text: text.into(),
            lines: LineIndex::new(text),
            comments: comments.iter().map(comment).collect(),
        };
        expression(&file, Span::new(FileId(0), 0, text.len() as u32))
    }

    #[test]
    fn what_a_formatter_decides_does_not_count() {
        for text in ["f(a, b).unwrap()", "f(\n    a,\n    b,\n)\n.unwrap()", "f( a,b ) . unwrap()"] {
            assert_eq!(shown(text, &[]), "f(a b).unwrap()", "{text}");
        }
        assert_eq!(shown("v.map(|x| x as u8).unwrap()", &[]), "v.map(|x|x as u8).unwrap()");
        assert_eq!(shown("v.map(|x| {\n    x as u8\n})\n.unwrap()", &[]), "v.map(|x|x as u8).unwrap()");
        assert_eq!(shown("f(/* why */ a).unwrap()", &[(2, 11)]), "f(a).unwrap()");
    }

    #[test]
    fn a_comment_that_is_the_code_stays() {
        assert_eq!(shown("// auditor: alow(x)", &[(0, 19)]), "//auditor:alow(x)");
    }

    #[test]
    fn long_code_is_cut_and_both_its_ends_count() {
        let long = |first: &str, last: &str| shown(&format!("{first}({})  {last}", "é ".repeat(3000)), &[]);
        let one = long("first", "last");
        assert_eq!(one.chars().count(), BEGINNING + 1 + 16);
        assert!(one.starts_with("first(é é"), "{one}");
        assert_ne!(one, long("first", "lost"));
        assert_ne!(one, long("fist", "last"));
        // Its layout does not, at either end.
        let broken = format!("first({})\n\n    last", "é\n    ".repeat(3000));
        assert_eq!(shown(&broken, &[]).get(..70), one.get(..70));
    }

    #[test]
    fn blanks_without_end_are_not_walked() {
        // Within what is looked at there is nothing more to take.
        assert_eq!(shown(&format!("a{}b", " ".repeat(100_000)), &[]), "a…b");
    }
}
