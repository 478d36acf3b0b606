//! A panic's payload: which kind it is, its text, and what of the text may be shown.

use std::any::Any;

/// What a record shows of a panic's message. Data, not a function: a user's function in the hook could panic or lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessagePolicy {
    /// The message as it is, escaped and capped.
    Keep,
    /// Values that follow the usual names of secrets (`password=…`, `"token": "…"`, `Bearer …`) are replaced.
    #[default]
    Redact,
    /// No message; its length alone.
    Omit,
}

/// The kind of a payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Payload<'a> {
    /// `panic!("literal")`.
    Literal(&'a str),
    /// `panic!("{x}")`, `unwrap`, `expect` and other formatted messages.
    Formatted(&'a str),
    /// `panic_any` of another type: it has no text.
    Opaque,
}

impl<'a> Payload<'a> {
    pub(crate) fn of(payload: &'a (dyn Any + Send)) -> Self {
        if let Some(text) = payload.downcast_ref::<&'static str>() {
            Self::Literal(text)
        } else if let Some(text) = payload.downcast_ref::<String>() {
            Self::Formatted(text)
        } else {
            Self::Opaque
        }
    }

    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Literal(_) => "literal",
            Self::Formatted(_) => "formatted",
            Self::Opaque => "opaque",
        }
    }

    pub(crate) fn text(self) -> Option<&'a str> {
        match self {
            Self::Literal(text) | Self::Formatted(text) => Some(text),
            Self::Opaque => None,
        }
    }
}

/// The beginning of `text`, at most `most` bytes, cut at a character.
pub(crate) fn beginning(text: &str, most: usize) -> &str {
    // A character has at most four bytes: one of these four places is between two.
    (0..4).find_map(|back| text.get(..most.min(text.len()).saturating_sub(back))).unwrap_or("")
}

/// What std's core says where unwinding cannot go on: these end the process, and an earlier panic is in flight.
pub(crate) fn is_fatal(message: Option<&str>, file: &str) -> bool {
    matches!(message, Some("panic in a destructor during cleanup" | "panic in a function that cannot unwind"))
        && file.ends_with("core/src/panicking.rs")
}

const SECRET_NAMES: [&str; 12] = [
    "password",
    "passwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "authorization",
    "access_key",
    "private_key",
    "credential",
    "bearer",
];

/// A part of a message: shown as it is, or replaced.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Shown(&'a str),
    Hidden,
}

/// Splits a message at the values of secrets, in order; the parts that are shown keep the names.
///
/// Linear in the message's length times the number of names. A value ends at white space or one of `,;&"')}]`.
pub(crate) fn redacted(message: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = message;
    let mut hide = 0_usize;
    std::iter::from_fn(move || {
        if hide > 0 {
            rest = rest.get(hide..).unwrap_or("");
            hide = 0;
            return Some(Part::Hidden);
        }
        if rest.is_empty() {
            return None;
        }
        let (start, end) = next_secret(rest).unwrap_or((rest.len(), rest.len()));
        let shown = rest.get(..start).unwrap_or(rest);
        rest = rest.get(start..).unwrap_or("");
        hide = end.saturating_sub(start);
        Some(Part::Shown(shown))
    })
}

/// The bytes of the first secret's value in `text`.
fn next_secret(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find_map(|at| {
        let tail = bytes.get(at..)?;
        let name = SECRET_NAMES
            .iter()
            .find(|name| tail.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes())))?;
        let after = at.saturating_add(name.len());
        let start = value_start(bytes, after, *name == "bearer")?;
        let value = bytes.get(start..)?;
        let quoted = start.checked_sub(1).and_then(|q| bytes.get(q)).filter(|q| matches!(q, b'"' | b'\''));
        let length = match quoted {
            Some(quote) => value.iter().position(|b| b == quote),
            None => value.iter().position(|b| b.is_ascii_whitespace() || b",;&\"')}]".contains(b)),
        };
        let end = start.saturating_add(length.unwrap_or(value.len()));
        (end > start && text.is_char_boundary(start) && text.is_char_boundary(end)).then_some((start, end))
    })
}

/// Where a secret's value starts, given the end of its name: after `=`, `:`, an arrow's end or (for `Bearer x`) a space,
/// then quotes and spaces, then a scheme (`Basic`, `Bearer`).
fn value_start(bytes: &[u8], after: usize, space_will_do: bool) -> Option<usize> {
    let mut at = after;
    let mut seen = false;
    loop {
        let byte = *bytes.get(at)?;
        match byte {
            b'=' | b':' => seen = true,
            b' ' | b'\t' => seen |= space_will_do,
            b'"' | b'\'' | b'\\' => {}
            _ if seen && bytes.get(at..).is_some_and(|tail| tail.starts_with(b"Some(")) => at = at.saturating_add(4),
            _ => break,
        }
        at = at.saturating_add(1);
    }
    if !seen {
        return None;
    }
    let tail = bytes.get(at..)?;
    let scheme = [&b"bearer "[..], b"basic "]
        .into_iter()
        .find(|scheme| tail.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
    Some(at.saturating_add(scheme.map_or(0, |scheme| scheme.len())))
}

#[cfg(test)]
mod tests {
    use super::{Part, is_fatal, redacted};

    fn shown(message: &str) -> String {
        redacted(message).map(|part| if let Part::Shown(text) = part { text } else { "[redacted]" }).collect()
    }

    #[test]
    fn values_of_secrets_are_replaced_and_all_else_is_kept() {
        for (message, expected) in [
            ("", ""),
            ("index out of bounds: the len is 3", "index out of bounds: the len is 3"),
            ("login failed: password=hunter2, user=ann", "login failed: password=[redacted], user=ann"),
            ("{\"token\": \"a b c\", \"n\": 1}", "{\"token\": \"[redacted]\", \"n\": 1}"),
            ("Authorization: Bearer eyJhbGciOi.x.y end", "Authorization: Bearer [redacted] end"),
            ("got Bearer abc123", "got Bearer [redacted]"),
            ("API_KEY=k1&secret=s2", "API_KEY=[redacted]&secret=[redacted]"),
            ("the token expired", "the token expired"),
            ("Password: pässwörd ü", "Password: [redacted] ü"),
            ("token=", "token="),
            ("client_secret: Some(\"x\")", "client_secret: Some(\"[redacted]\")"),
        ] {
            assert_eq!(shown(message), expected, "{message}");
        }
    }

    #[test]
    fn only_the_messages_of_core_itself_are_fatal() {
        let core = "/rustc/abc/library/core/src/panicking.rs";
        assert!(is_fatal(Some("panic in a destructor during cleanup"), core));
        assert!(!is_fatal(Some("panic in a destructor during cleanup"), "src/main.rs"));
        assert!(!is_fatal(Some("explicit panic"), core));
    }
}
