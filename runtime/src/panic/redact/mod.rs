//! Finds the secrets of a message: values after telling names, credentials of URLs and headers, tokens by their beginnings, private keys,
//! card numbers. Neither allocates nor fails. What counts as a secret is `patterns.rs`; where a value ends is `value.rs`.

mod name;
mod patterns;
#[cfg(test)]
mod samples;
mod value;

use std::ops::Range;

use patterns::{Alphabet, BEGINNINGS, CARDS};

/// A part of a message: shown as it is, or replaced.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Shown(&'a str),
    Hidden,
}

/// Most bytes looked ahead for the end of something that may not be a secret at all: keeps the search linear.
const AHEAD: usize = 512;

/// Splits a message at its secrets, in order; the parts that are shown keep their names.
///
/// Linear in the message's length, times the number of patterns.
pub(crate) fn redacted(message: &str) -> impl Iterator<Item = Part<'_>> {
    let mut at = 0_usize;
    let mut hidden: Option<Range<usize>> = None;
    std::iter::from_fn(move || {
        if let Some(secret) = hidden.take() {
            at = secret.end;
            return Some(Part::Hidden);
        }
        if at >= message.len() {
            return None;
        }
        let secret = next_secret(message, at).unwrap_or(message.len()..message.len());
        let shown = message.get(at..secret.start).unwrap_or("");
        at = secret.start;
        hidden = Some(secret).filter(|secret| !secret.is_empty());
        Some(Part::Shown(shown))
    })
}

/// The first secret that ends after `from`; it begins there or later.
fn next_secret(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find_map(|at| {
        let found = match bytes.get(at)? {
            b'-' => private_key(bytes, at),
            b':' => url_credentials(bytes, at),
            b'@' => driver_credentials(bytes, at, from),
            byte if byte.is_ascii_alphanumeric() && !follows_alphanumeric(bytes, at) => token(bytes, at)
                .or_else(|| card_number(bytes, at))
                .or_else(|| name::value_of_name(bytes, at))
                .or_else(|| value::scheme_credential(bytes, at)),
            _ => None,
        }?;
        let secret = found.start.max(from)..found.end;
        let whole = text.is_char_boundary(secret.start) && text.is_char_boundary(secret.end);
        (whole && !secret.is_empty()).then_some(secret)
    })
}

fn follows_alphanumeric(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether `bytes` go on with `text` at `at`, whatever the case of letters.
fn goes_on_with(bytes: &[u8], at: usize, text: &str) -> bool {
    let end = at.saturating_add(text.len());
    bytes.get(at..end).is_some_and(|part| part.eq_ignore_ascii_case(text.as_bytes()))
}

/// The first byte at or after `at`, and before `most` bytes more, that `is`.
fn find(bytes: &[u8], at: usize, most: usize, is: impl Fn(u8) -> bool) -> Option<usize> {
    let end = bytes.len().min(at.saturating_add(most));
    let found = bytes.get(at..end)?.iter().position(|byte| is(*byte))?;
    Some(at.saturating_add(found))
}

/// A PEM block of a private key: what is between its label and its end, or the message's.
pub(super) fn private_key(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    const BEGIN: &str = "-----BEGIN ";
    if !goes_on_with(bytes, at, BEGIN) {
        return None;
    }
    let label = at.saturating_add(BEGIN.len());
    let start = (label..bytes.len().min(label.saturating_add(64))).find(|at| goes_on_with(bytes, *at, "-----"))?;
    let is_private = bytes.get(label..start)?.windows(11).any(|part| part == b"PRIVATE KEY");
    let start = start.saturating_add(5);
    let end = (start..bytes.len()).find(|at| goes_on_with(bytes, *at, "-----END")).unwrap_or(bytes.len());
    is_private.then_some(start..end)
}

/// The password of `scheme://user:password@host`, or a long user name alone, which is a token. `at` is the colon.
fn url_credentials(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    if !goes_on_with(bytes, at, "://") {
        return None;
    }
    let start = at.saturating_add(3);
    let ends = |byte: u8| byte.is_ascii_whitespace() || b"\"'`<>|".contains(&byte);
    let all =
        bytes.get(start..find(bytes, start, AHEAD, ends).unwrap_or(bytes.len().min(start.saturating_add(AHEAD))))?;
    let slash = all.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(all.len());
    let colon = all.iter().position(|byte| *byte == b':');
    let in_authority = all.get(..slash)?.iter().rposition(|byte| *byte == b'@');
    // A password may hold a slash that nobody encoded; a port before the path is none.
    let port =
        |colon: usize| all.get(colon.saturating_add(1)..slash).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let last = match (in_authority, colon) {
        (Some(last), _) => last,
        (None, Some(colon)) if colon < slash && !port(colon) => all.iter().rposition(|byte| *byte == b'@')?,
        _ => return None,
    };
    let secret = match colon.filter(|colon| *colon < last) {
        Some(colon) => colon.saturating_add(1)..last,
        None if last >= 16 => 0..last,
        None => return None,
    };
    Some(start.saturating_add(secret.start)..start.saturating_add(secret.end))
}

/// The password of a Go driver's `user:password@tcp(host)`. `at` is the `@`.
fn driver_credentials(bytes: &[u8], at: usize, from: usize) -> Option<Range<usize>> {
    if !["@tcp(", "@unix("].iter().any(|end| goes_on_with(bytes, at, end)) {
        return None;
    }
    let least = at.saturating_sub(AHEAD).max(from);
    let before = bytes.get(least..at)?;
    let word = before
        .iter()
        .rposition(|byte| byte.is_ascii_whitespace() || b"\"'".contains(byte))
        .map_or(0, |at| at.saturating_add(1));
    let colon = before.get(word..)?.iter().position(|byte| *byte == b':')?;
    Some(least.saturating_add(word).saturating_add(colon).saturating_add(1)..at)
}

/// A token by its beginning, all of it.
fn token(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = bytes.get(at..)?;
    let found = BEGINNINGS.iter().find(|known| rest.starts_with(known.text.as_bytes()))?;
    let start = at.saturating_add(found.text.len());
    let fits = |byte: u8| match found.alphabet {
        Alphabet::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        Alphabet::Url => byte.is_ascii_alphanumeric() || b"_-".contains(&byte),
        Alphabet::Dotted => byte.is_ascii_alphanumeric() || b"_-.".contains(&byte),
    };
    let end = find(bytes, start, bytes.len(), |byte| !fits(byte)).unwrap_or(bytes.len());
    let long = end.saturating_sub(start) >= found.least;
    // An identifier that begins so has no digit.
    let mixed = bytes.get(start..end)?.iter().any(u8::is_ascii_digit);
    (long && mixed).then_some(at..end)
}

/// A card's number: of a known issuer, with its check digit right, in one piece or in groups.
fn card_number(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    if at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(|before| b"._-+#".contains(before)) {
        return None;
    }
    let (mut digits, mut count, mut end) = ([0_u8; 19], 0_usize, at);
    let mut next = at;
    while let Some(byte) = bytes.get(next) {
        if byte.is_ascii_digit() {
            *digits.get_mut(count)? = byte.wrapping_sub(b'0');
            count = count.saturating_add(1);
            end = next.saturating_add(1);
        } else if !(b" -".contains(byte)
            && count >= 4
            && next == end
            && bytes.get(end.saturating_add(1))?.is_ascii_digit())
        {
            break;
        }
        next = next.saturating_add(1);
    }
    let followed = bytes.get(end).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        || (bytes.get(end) == Some(&b'.') && bytes.get(end.saturating_add(1)).is_some_and(u8::is_ascii_digit));
    let digits = digits.get(..count)?;
    let prefix = digits.get(..6)?.iter().fold(0_u32, |sum, digit| sum.wrapping_mul(10).wrapping_add(u32::from(*digit)));
    let issued = CARDS.iter().any(|card| (card.first..=card.last).contains(&prefix) && card.lengths.contains(&count));
    (issued && !followed && has_right_check_digit(digits)).then_some(at..end)
}

/// Luhn's algorithm, ISO/IEC 7812-1 annex B.
fn has_right_check_digit(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().fold(0_u32, |sum, (place, digit)| {
        let weighed = u32::from(*digit).wrapping_mul(if place % 2 == 1 { 2 } else { 1 });
        sum.wrapping_add(if weighed > 9 { weighed.wrapping_sub(9) } else { weighed })
    });
    sum % 10 == 0
}
