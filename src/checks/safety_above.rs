//! Looks for the argument above unsafe code: back through the text of its statement, arm or argument, and the comments and
//! attributes directly above that. What another statement says of itself is not looked at.

use super::BodyCx;
use crate::source::{Comment, argues_safety};

/// The most bytes of code that are walked back through.
const MOST_BYTES: usize = 8192;

/// Whether a comment on the way back from the byte `from` to the beginning of its statement argues for what is there.
pub fn is_argued(cx: &BodyCx<'_>, from: u32) -> bool {
    let line = cx.lines.line(from);
    let mut walk =
        Walk { cx, at: from as usize, least: (from as usize).saturating_sub(MOST_BYTES), angles: 0, next: b'u' };
    while let Some(step) = walk.back() {
        match step {
            Step::Comment(comment) if speaks(cx, comment) => return true,
            Step::Comment(_) => {}
            Step::Code(b')' | b']') => walk.skip_group(),
            // `x.map(|y| { y }).f(unsafe { … })`; what ends otherwise in another line is another statement.
            Step::Code(b'}') if matches!(walk.next, b'.' | b'?') || walk.line() == line => walk.skip_group(),
            // A function or a closure in one line.
            Step::Code(b'{') if walk.line() == line => {}
            Step::Code(b';' | b'{' | b'}') => return false,
            Step::Code(b',') if walk.angles == 0 => match walk.opener() {
                // Other arguments of a call speak for themselves, what is above the call for all.
                Some(b'(' | b'[') => {}
                _ => return false,
            },
            Step::Code(byte) => walk.next = byte,
        }
    }
    false
}

/// Whether `comment` argues for what stands below. One behind other unsafe code speaks for that.
fn speaks(cx: &BodyCx<'_>, comment: &Comment) -> bool {
    let argues = argues_safety(cx.text_of(comment.span));
    if comment.own_line || !argues {
        return argues;
    }
    let line = cx.lines.line_range(cx.text, cx.lines.line(comment.span.start));
    let before = line.and_then(|line| cx.text.get(line.start..comment.span.start as usize)).unwrap_or_default();
    !before.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == "unsafe")
}

enum Step<'a> {
    Comment(&'a Comment),
    Code(u8),
}

/// A way back through a text, byte by byte, comments and strings in one step.
struct Walk<'a, 'c> {
    cx: &'a BodyCx<'c>,
    at: usize,
    least: usize,
    /// How many `<` of generic arguments are open, seen from their end.
    angles: u32,
    /// The last byte of code that was met.
    next: u8,
}

impl<'a> Walk<'a, '_> {
    /// The byte, or comment, before the place, which moves there; white space is passed over.
    fn back(&mut self) -> Option<Step<'a>> {
        let bytes = self.cx.text.as_bytes();
        loop {
            if self.at <= self.least {
                return None;
            }
            if let Some(comment) = self.comment() {
                self.at = comment.span.start as usize;
                return Some(Step::Comment(comment));
            }
            self.at = self.at.checked_sub(1)?;
            let byte = *bytes.get(self.at)?;
            let before = self.at.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
            match byte {
                _ if byte.is_ascii_whitespace() => {}
                b'"' if before != b'\'' => self.string(),
                // `Vec<u8>` has no blank before its `>`, a comparison has one.
                b'>' if !matches!(before, b' ' | b'-' | b'=' | b'\n') => self.angles += 1,
                b'<' => self.angles = self.angles.saturating_sub(1),
                _ => return Some(Step::Code(byte)),
            }
        }
    }

    fn line(&self) -> u32 {
        self.cx.lines.line(self.at as u32)
    }

    /// The comment that ends at the place, its line end included.
    fn comment(&self) -> Option<&'a Comment> {
        let comments = self.cx.comments;
        let after = comments.partition_point(|it| (it.span.start as usize) < self.at);
        comments.get(after.checked_sub(1)?).filter(|it| it.span.end as usize >= self.at)
    }

    /// Passes over a string literal, from behind its last quote.
    fn string(&mut self) {
        let bytes = self.cx.text.as_bytes();
        while self.at > self.least {
            self.at -= 1;
            let before = self.at.checked_sub(1).and_then(|at| bytes.get(at));
            if bytes.get(self.at) == Some(&b'"') && before != Some(&b'\\') {
                return;
            }
        }
    }

    /// Passes over the rest of a bracketed group, from before its last bracket.
    fn skip_group(&mut self) {
        let mut depth = 1_u32;
        while let Some(step) = self.back() {
            match step {
                Step::Code(b')' | b']' | b'}') => depth += 1,
                Step::Code(b'(' | b'[' | b'{') => depth -= 1,
                Step::Code(_) | Step::Comment(_) => {}
            }
            if depth == 0 {
                break;
            }
        }
        self.angles = 0;
        self.next = b'(';
    }

    /// The bracket that is open around the place, which moves before it; `None` where a statement begins first.
    fn opener(&mut self) -> Option<u8> {
        while let Some(step) = self.back() {
            match step {
                Step::Code(byte @ (b'(' | b'[' | b'{')) => return Some(byte),
                Step::Code(b')' | b']' | b'}') => self.skip_group(),
                Step::Code(b';') => return None,
                Step::Code(_) | Step::Comment(_) => {}
            }
        }
        None
    }
}
