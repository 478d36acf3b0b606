//! Names of secrets in identifiers and prose: `DB_PASSWORD`, `clientSecret`, `x-api-key`, `private key`. What follows one is `value.rs`.

use std::ops::Range;

use super::goes_on_with;
use super::patterns::{ABOUT, Form, NAMES, PARSERS};
use super::value;

/// Most words of an identifier that are looked at.
const WORDS: usize = 12;

/// Most bytes of an identifier; longer ones are data.
const LONGEST: usize = 128;

/// One word of an identifier: `api` of `x-api-key`.
#[derive(Clone, Copy, Default)]
struct Word {
    start: usize,
    end: usize,
}

/// The words of the identifier at a place, and of the one that a single space joins to it.
struct Words {
    words: [Word; WORDS],
    count: usize,
    /// How many of them are the first identifier's.
    own: usize,
    /// Where the identifiers end.
    own_end: usize,
    joined_end: usize,
}

impl Words {
    fn at(bytes: &[u8], start: usize) -> Self {
        let mut words = Self { words: [Word::default(); WORDS], count: 0, own: 0, own_end: start, joined_end: start };
        words.own_end = words.split(bytes, start);
        words.own = words.count;
        words.joined_end = words.own_end;
        if bytes.get(words.own_end) == Some(&b' ') {
            words.joined_end = words.split(bytes, words.own_end.saturating_add(1));
        }
        words
    }

    /// Adds the words of the identifier at `start`: apart by `_`, `-`, `.`, or where a capital begins one. Gives its end.
    fn split(&mut self, bytes: &[u8], start: usize) -> usize {
        let of = |at: usize| bytes.get(at).copied().unwrap_or(b' ');
        let mut begin = start;
        let mut at = start;
        while at < start.saturating_add(LONGEST) {
            let (before, here, next) = (of(at.saturating_sub(1)), of(at), of(at.saturating_add(1)));
            let joins = b"_-.".contains(&here) && next.is_ascii_alphanumeric() || here == b'_';
            let capital = at > begin
                && here.is_ascii_uppercase()
                && (before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || next.is_ascii_lowercase() && before.is_ascii_uppercase());
            if joins || capital || !here.is_ascii_alphanumeric() {
                self.push(Word { start: begin, end: at });
                if !joins && !capital {
                    return at;
                }
                begin = if joins { at.saturating_add(1) } else { at };
            }
            at = at.saturating_add(1);
        }
        self.push(Word { start: begin, end: at });
        at
    }

    fn push(&mut self, word: Word) {
        if let Some(place) = self.words.get_mut(self.count).filter(|_| word.end > word.start) {
            *place = word;
            self.count = self.count.saturating_add(1);
        }
    }

    fn all(&self) -> &[Word] {
        self.words.get(..self.count).unwrap_or(&[])
    }
}

fn is(bytes: &[u8], word: Word, text: &str) -> bool {
    word.end.saturating_sub(word.start) == text.len() && goes_on_with(bytes, word.start, text)
}

/// The value that follows the name of a secret, where the identifier at `at` holds one.
pub(super) fn value_of_name(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    if at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(|before| b"_.".contains(before)) {
        // Inside an identifier that was looked at from its beginning.
        return None;
    }
    let words = Words::at(bytes, at);
    let (form, end) = named(bytes, &words)?;
    value::after_name(bytes, at, end, form)
}

/// The form of the name that `words` hold, and where the identifier with it ends.
fn named(bytes: &[u8], words: &Words) -> Option<(Form, usize)> {
    let all = words.all();
    for first in 0..words.own {
        for name in &NAMES {
            let last = first.saturating_add(name.words.len());
            let Some(part) = all.get(first..last) else { continue };
            if !part.iter().zip(name.words).all(|(word, text)| is(bytes, *word, text)) {
                continue;
            }
            // A name that only starts in this identifier takes in the next one.
            let (end, count) =
                if last > words.own { (words.joined_end, all.len()) } else { (words.own_end, words.own) };
            let about = all.get(last..count).and_then(<[Word]>::last);
            if about.is_some_and(|word| ABOUT.iter().any(|text| is(bytes, *word, text)))
                || is_parsers(bytes, words, first)
            {
                continue;
            }
            return Some((name.form, end));
        }
    }
    None
}

/// Whether the name is a parser's token: `unexpected token`, `next_token`.
fn is_parsers(bytes: &[u8], words: &Words, first: usize) -> bool {
    let Some(word) = words.all().get(first).filter(|word| is(bytes, **word, "token")) else { return false };
    let before = bytes.get(..word.start).unwrap_or(&[]);
    let joined = before.strip_suffix(b" ").or_else(|| before.strip_suffix(b"_")).unwrap_or(before);
    PARSERS.iter().any(|text| {
        let start = joined.len().checked_sub(text.len());
        start.is_some_and(|start| goes_on_with(joined, start, text) && !super::follows_alphanumeric(joined, start))
    })
}
