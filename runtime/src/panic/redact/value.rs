//! Where a secret's value begins and ends after its name: quotes and their escapes, brackets and what is nested in them, flags, headers,
//! elements, prose.

use std::ops::Range;

use super::patterns::{EMPTY, Form, SCHEMES};
use super::{AHEAD, find, goes_on_with, private_key};

fn of(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(b' ')
}

fn is_quote(byte: u8) -> bool {
    b"\"'`".contains(&byte)
}

fn past(bytes: &[u8], at: usize, is: impl Fn(u8) -> bool) -> usize {
    find(bytes, at, bytes.len(), |byte| !is(byte)).unwrap_or(bytes.len())
}

fn past_spaces(bytes: &[u8], at: usize) -> usize {
    past(bytes, at, |byte| byte == b' ' || byte == b'\t')
}

/// The value after the identifier from `start` to `end`, which has a name of this form.
pub(super) fn after_name(bytes: &[u8], start: usize, end: usize, form: Form) -> Option<Range<usize>> {
    // The name's own closing quote, and an index's bracket.
    let closed = past(bytes, end, |byte| byte == b'\\' || is_quote(byte));
    let closed = if closed > end && of(bytes, closed) == b']' { closed.saturating_add(1) } else { closed };
    let at = past_spaces(bytes, closed);
    let next = of(bytes, at);
    let after = of(bytes, at.saturating_add(1));
    let separator = match (next, after) {
        // Comparisons and paths.
        (b'=', b'=') | (b':', b':') => 0,
        (b'=', b'>') | (b'-', b'>') | (b':', b'=') => 2,
        (b'=', _) => 1,
        (b':', _) if form != Form::Assigned => 1,
        _ => 0,
    };
    let before = |back: usize| start.checked_sub(back).map_or(b' ', |at| of(bytes, at));
    // `/etc/passwd: …` is a path and what there is to say of it.
    if separator > 0 && !(before(1) == b'/' && next == b':') {
        let value = at.saturating_add(separator);
        return of_separated(bytes, past_spaces(bytes, value), form);
    }
    if separator > 0 || matches!(form, Form::Assigned | Form::Line) || closed > end {
        return None;
    }
    if before(1) == b'-' && at > end && next != b'-' {
        return unquoted_or_quoted(bytes, at);
    }
    // `<password>hunter2</password>`
    if before(1) == b'<' && next == b'>' {
        let value = at.saturating_add(1);
        return some(value, find(bytes, value, bytes.len(), |byte| byte == b'<').unwrap_or(bytes.len()));
    }
    // `Password("hunter2")`, `Secret { inner: … }`
    let is_type = of(bytes, start).is_ascii_uppercase() && of(bytes, start.saturating_add(1)).is_ascii_lowercase();
    if (next == b'(' && at == end && (is_type || is_quote(after))) || (next == b'{' && is_type) {
        return bracketed(bytes, at);
    }
    if form == Form::Prose { of_prose(bytes, at) } else { None }
}

/// The value after a separator.
fn of_separated(bytes: &[u8], mut at: usize, form: Form) -> Option<Range<usize>> {
    if form != Form::Line {
        // The value may begin on the next line.
        at = past(bytes, at, |byte| byte.is_ascii_whitespace());
    }
    while goes_on_with(bytes, at, "Some(") || goes_on_with(bytes, at, "Ok(") {
        at = find(bytes, at, AHEAD, |byte| byte == b'(')?.saturating_add(1);
    }
    let start = past(bytes, at, |byte| byte == b'\\');
    if is_quote(of(bytes, start)) {
        return quoted(bytes, at);
    }
    if let Some(credential) = scheme_credential(bytes, at) {
        return Some(credential);
    }
    if form == Form::Line {
        return some(at, find(bytes, at, bytes.len(), |byte| b"\r\n".contains(&byte)).unwrap_or(bytes.len()));
    }
    if of(bytes, at) == b'-' && private_key(bytes, at).is_some() {
        return private_key(bytes, at);
    }
    if b"[{(".contains(&of(bytes, at)) {
        return bracketed(bytes, at);
    }
    // `Secret { … }`, `path::Token("…")`: hidden from their name on.
    let path = past(bytes, at, |byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte));
    let open = if of(bytes, path) == b' ' && of(bytes, path.saturating_add(1)) == b'{' {
        path.saturating_add(1)
    } else {
        path
    };
    if path > at && b"[{(".contains(&of(bytes, open)) {
        return some(at, bracketed(bytes, open)?.end.saturating_add(1).min(bytes.len()));
    }
    unquoted(bytes, at)
}

/// The credential after `Bearer` or another scheme at `at`: a token, not a word.
pub(super) fn scheme_credential(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let scheme = SCHEMES.iter().find(|scheme| goes_on_with(bytes, at, scheme))?;
    let after = at.saturating_add(scheme.len());
    let start = past_spaces(bytes, after);
    if start == after {
        return None;
    }
    let end = past(bytes, start, |byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    let credential = bytes.get(start..end)?;
    let inner = credential.get(1..)?;
    let is_token = credential.iter().any(u8::is_ascii_digit)
        || inner.iter().any(|byte| byte.is_ascii_uppercase() || b"=~+/".contains(byte));
    (credential.len() >= 6 && is_token).then_some(start..end)
}

/// The value in prose: after `is` or nothing, quoted, or no word of any language.
fn of_prose(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let verb = ["is ", "was ", "to ", "of "].into_iter().find(|verb| goes_on_with(bytes, at, verb));
    let at = past_spaces(bytes, at.saturating_add(verb.map_or(0, str::len)));
    if is_quote(of(bytes, at)) {
        return quoted(bytes, at);
    }
    let end = past(bytes, at, |byte| !byte.is_ascii_whitespace());
    let end = bytes
        .get(at..end)?
        .iter()
        .rposition(|byte| !b".,;:!?)\"'`]}".contains(byte))
        .map_or(at, |last| at.saturating_add(last).saturating_add(1));
    let word = bytes.get(at..end)?;
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = word.iter().any(u8::is_ascii_alphabetic);
    let symbols = word.iter().any(|byte| b"!@#$%^&*+=~?".contains(byte));
    let is_secret = (letters && digits > 0 && word.len() >= 7)
        || (digits == word.len() && digits >= 6)
        || (symbols && word.len() >= 5);
    is_secret.then_some(at..end)
}

fn unquoted_or_quoted(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    if is_quote(of(bytes, at)) { quoted(bytes, at) } else { unquoted(bytes, at) }
}

/// A value in quotes, which may themselves be escaped: `"…"`, `\"…\"`. To the end where they are not closed.
fn quoted(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let quote_at = past(bytes, at, |byte| byte == b'\\');
    let (depth, quote) = (quote_at.saturating_sub(at), of(bytes, quote_at));
    let start = quote_at.saturating_add(1);
    let mut backslashes = 0_usize;
    for end in start..bytes.len() {
        match of(bytes, end) {
            b'\\' => backslashes = backslashes.saturating_add(1),
            byte => {
                // An escaped quote has more backslashes before it than the opening one; two make one of the value's own.
                let closes = byte == quote && (backslashes <= depth || (depth == 0 && backslashes % 2 == 0));
                if closes {
                    let value = start..end.saturating_sub(depth.min(backslashes));
                    return (!is_empty(bytes, &value)).then_some(value);
                }
                backslashes = 0;
            }
        }
    }
    some(start, bytes.len())
}

/// What is between brackets, with all that is nested in them; to the end where they are not closed.
fn bracketed(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at.saturating_add(1);
    let (mut depth, mut at) = (1_usize, start);
    while at < bytes.len() {
        match of(bytes, at) {
            b'(' | b'[' | b'{' => depth = depth.saturating_add(1),
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => at = quoted_end(bytes, at),
            _ => {}
        }
        if depth == 0 {
            return some(start, at);
        }
        at = at.saturating_add(1);
    }
    some(start, bytes.len())
}

/// The closing quote of the string that begins at `at`, or the last byte.
fn quoted_end(bytes: &[u8], at: usize) -> usize {
    let mut escaped = false;
    let end = (at.saturating_add(1)..bytes.len()).find(|at| {
        let byte = of(bytes, *at);
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    end.unwrap_or(bytes.len())
}

/// A bare value: to white space, or to punctuation after which it cannot go on.
fn unquoted(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let end = (start..bytes.len()).find(|at| {
        let byte = of(bytes, *at);
        byte.is_ascii_whitespace() || (b",;&\"'`)]}>".contains(&byte) && is_over(bytes, at.saturating_add(1)))
    });
    let value = start..end.unwrap_or(bytes.len());
    (!is_empty(bytes, &value)).then_some(value)
}

/// Whether a bare value cannot go on at `at`, after a punctuation mark: white space, more punctuation, or the next `name=`.
fn is_over(bytes: &[u8], at: usize) -> bool {
    let Some(next) = bytes.get(at) else { return true };
    if next.is_ascii_whitespace() || b",;&\"'`)]}>.:\\".contains(next) {
        return true;
    }
    let name = past(bytes, at, |byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    name > at && name < at.saturating_add(64) && b"=:".contains(&of(bytes, name))
}

/// Whether a value says that there is none.
fn is_empty(bytes: &[u8], value: &Range<usize>) -> bool {
    let Some(text) = bytes.get(value.clone()) else { return true };
    text.iter().all(|byte| b"*x.".contains(byte))
        || EMPTY.iter().any(|empty| text.eq_ignore_ascii_case(empty.as_bytes()))
}

fn some(start: usize, end: usize) -> Option<Range<usize>> {
    (end > start).then_some(start..end)
}
