//! A panic's payload: which kind it is, and its text. What of it is a secret is `redact/`'s business.

use std::any::Any;

/// What a record shows of a panic's message. Data, not a function: a user's function in the hook could panic or lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessagePolicy {
    /// The message as it is, escaped and capped.
    Keep,
    /// What looks like a secret is replaced: values after the usual names (`password=…`, `"token": "…"`), credentials of URLs and headers,
    /// tokens by their issuers' beginnings, private keys, card numbers. A secret that nothing marks as one stays.
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

#[cfg(test)]
mod tests {
    use super::is_fatal;

    #[test]
    fn only_the_messages_of_core_itself_are_fatal() {
        let core = "/rustc/abc/library/core/src/panicking.rs";
        assert!(is_fatal(Some("panic in a destructor during cleanup"), core));
        assert!(!is_fatal(Some("panic in a destructor during cleanup"), "src/main.rs"));
        assert!(!is_fatal(Some("explicit panic"), core));
    }
}
