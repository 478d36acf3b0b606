//! Cfg predicates as written: kept, not evaluated away; all cfgs are seen in one pass. `default_truth` guesses the usual build.

use serde::{Deserialize, Serialize};

use std::borrow::Cow;
use std::sync::Arc;

/// The flags of builds that run tests.
const TEST: &[&str] = &["test", "doctest"];

/// The flags that tools set which verify code: model checkers, interpreters, fuzzers, provers.
const VERIFICATION: &[&str] =
    &["creusot", "fuzzing", "fuzzing_repro", "kani", "loom", "miri", "prusti", "shuttle", "verus_keep_ghost"];

/// A predicate of `#[cfg(…)]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Cfg {
    /// No predicate.
    #[default]
    Always,
    /// `name`.
    Flag(Arc<str>),
    /// `name = "value"`.
    Value(Arc<str>, Arc<str>),
    /// `all(…)`.
    All(Vec<Cfg>),
    /// `any(…)`.
    Any(Vec<Cfg>),
    /// `not(…)`.
    Not(Box<Cfg>),
}

impl Cfg {
    /// Parses the text between the parentheses of `cfg(…)`; what is not understood becomes a flag of that text.
    pub fn parse(text: &str) -> Self {
        Self::parse_code(&without_comments(text))
    }

    fn parse_code(text: &str) -> Self {
        let text = text.trim().trim_end_matches(',').trim();
        if let Some(inner) = call(text, "all") {
            return Self::All(split(inner).map(Self::parse_code).collect());
        }
        if let Some(inner) = call(text, "any") {
            return Self::Any(split(inner).map(Self::parse_code).collect());
        }
        if let Some(inner) = call(text, "not") {
            return Self::parse_code(inner).negated();
        }
        if let Some((name, value)) = text.split_once('=') {
            return Self::Value(name.trim().into(), value.trim().trim_matches('"').into());
        }
        Self::Flag(text.into())
    }

    /// Returns the conjunction of two predicates; what both say is said once.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut parts = self.parts().to_vec();
        for part in other.parts() {
            if !parts.contains(part) {
                parts.push(part.clone());
            }
        }
        match parts.as_slice() {
            [] => Self::Always,
            [one] => one.clone(),
            _ => Self::All(parts),
        }
    }

    /// Returns the predicate that holds where this one does not.
    #[must_use]
    pub fn negated(&self) -> Self {
        match self {
            Self::Not(inner) => (**inner).clone(),
            other => Self::Not(Box::new(other.clone())),
        }
    }

    /// Tells whether `other` holds wherever this does, as far as their parts say it.
    pub fn implies(&self, other: &Self) -> bool {
        other.parts().iter().all(|part| self.parts().contains(part))
    }

    /// What the predicate is the conjunction of.
    fn parts(&self) -> &[Self] {
        match self {
            Self::Always => &[],
            Self::All(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }

    /// Tells whether the predicate can hold only in a test build.
    pub fn implies_test(&self) -> bool {
        self.requires(true, &|flag| TEST.contains(&flag))
    }

    /// Tells whether the predicate can hold only where code is verified rather than shipped: tested, model-checked, interpreted or
    /// fuzzed.
    pub fn implies_verification(&self) -> bool {
        self.requires(true, &|flag| TEST.contains(&flag) || VERIFICATION.contains(&flag))
    }

    /// Tells whether the predicate, or its negation where `holds` is false, can hold only with one of the flags that `of` tells.
    fn requires(&self, holds: bool, of: &dyn Fn(&str) -> bool) -> bool {
        match (self, holds) {
            (Self::Flag(flag), true) => of(flag),
            (Self::Not(part), _) => part.requires(!holds, of),
            (Self::All(parts), true) | (Self::Any(parts), false) => parts.iter().any(|part| part.requires(holds, of)),
            (Self::Any(parts), true) | (Self::All(parts), false) => {
                !parts.is_empty() && parts.iter().all(|part| part.requires(holds, of))
            }
            (Self::Always | Self::Value(..), _) | (Self::Flag(_), false) => false,
        }
    }

    /// Returns the value that the predicate has in every build; `None` where builds differ, or may.
    pub fn constant(&self) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::Flag(flag) => match &**flag {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            Self::Value(..) => None,
            Self::Not(part) => part.constant().map(|value| !value),
            Self::All(parts) => Self::decided(parts, false),
            Self::Any(parts) => Self::decided(parts, true),
        }
    }

    /// The constant value of `all(parts)`, which one false part decides, or of `any(parts)`, which one true part does. A part and
    /// its negation decide it too.
    fn decided(parts: &[Self], by: bool) -> Option<bool> {
        // Each negation looks through all parts: longer lists than people write are not worth that.
        let opposed = |part: &Self| match part {
            Self::Not(inner) if parts.len() <= 32 => parts.contains(inner),
            _ => false,
        };
        if parts.iter().any(|part| part.constant() == Some(by) || opposed(part)) {
            return Some(by);
        }
        parts.iter().all(|part| part.constant() == Some(!by)).then_some(!by)
    }

    /// Guesses whether the predicate holds in a usual build, on 64-bit Linux with the features for which `feature` says so;
    /// `None` where nothing is known. Used only to choose between several definitions of one name.
    pub fn default_truth(&self, feature: &dyn Fn(&str) -> bool) -> Option<bool> {
        self.truth(&|name, value| Some(if name == "feature" { feature(value) } else { usually(name, value) }))
    }

    /// The same where the machine is not known: what holds on some machines and not on others is not known either. It is no
    /// s390x, whose vectors are aligned unlike all others.
    pub fn truth_on_any_machine(&self, feature: &dyn Fn(&str) -> bool) -> Option<bool> {
        self.truth(&|name, value| match name {
            "feature" => Some(feature(value)),
            "target_arch" if value == "s390x" => Some(false),
            "target_arch" | "target_family" | "target_feature" | "target_pointer_width" => None,
            _ => Some(usually(name, value)),
        })
    }

    /// Returns whether the predicate holds in a build of tests, or in one of the product, with the features for which `feature`
    /// says so; `None` where that depends on the machine or on something else.
    pub fn truth_in(&self, tests: bool, feature: &dyn Fn(&str) -> bool) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::Flag(flag) if TEST.contains(&&**flag) => Some(tests),
            Self::Flag(flag) if VERIFICATION.contains(&&**flag) => Some(false),
            Self::Flag(_) => self.constant(),
            Self::Value(name, value) => (&**name == "feature").then(|| feature(value)),
            Self::Not(part) => part.truth_in(tests, feature).map(|truth| !truth),
            Self::All(parts) => decided(parts.iter().map(|part| part.truth_in(tests, feature)), false),
            Self::Any(parts) => decided(parts.iter().map(|part| part.truth_in(tests, feature)), true),
        }
    }

    fn truth(&self, of_value: &dyn Fn(&str, &str) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::Flag(flag) => match &**flag {
                "unix" | "debug_assertions" | "panic_unwind" | "overflow_checks" => Some(true),
                "target_thread_local" => None,
                _ => Some(false),
            },
            Self::Value(name, value) => of_value(name, value),
            Self::All(parts) => parts.iter().try_fold(true, |all, part| Some(all & part.truth(of_value)?)),
            Self::Any(parts) => parts.iter().try_fold(false, |any, part| Some(any | part.truth(of_value)?)),
            Self::Not(part) => part.truth(of_value).map(|truth| !truth),
        }
    }
}

/// The value of a conjunction, which one false part decides, or of a disjunction, which one true part does.
fn decided(parts: impl Iterator<Item = Option<bool>>, by: bool) -> Option<bool> {
    let mut all = Some(!by);
    for part in parts {
        if part == Some(by) {
            return part;
        }
        if part.is_none() {
            all = None;
        }
    }
    all
}

/// Whether `name = "value"` holds in a usual build on 64-bit Linux.
fn usually(name: &str, value: &str) -> bool {
    match name {
        "target_os" => value == "linux",
        "target_family" => value == "unix",
        "target_arch" => value == "x86_64",
        "target_pointer_width" => value == "64",
        "target_endian" => value == "little",
        "target_env" => value == "gnu",
        "target_has_atomic" | "target_has_atomic_load_store" | "target_has_atomic_primitive_alignment" => {
            matches!(value, "8" | "16" | "32" | "64" | "ptr")
        }
        "target_feature" => matches!(value, "sse" | "sse2" | "fxsr"),
        "panic" => value == "unwind",
        _ => false,
    }
}

impl std::fmt::Display for Cfg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |f: &mut std::fmt::Formatter<'_>, name: &str, parts: &[Self]| {
            write!(f, "{name}(")?;
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    f.write_str(", ")?;
                }
                write!(f, "{part}")?;
            }
            f.write_str(")")
        };
        match self {
            Self::Always => Ok(()),
            Self::Flag(flag) => f.write_str(flag),
            Self::Value(name, value) => write!(f, "{name} = \"{value}\""),
            Self::All(parts) => list(f, "all", parts),
            Self::Any(parts) => list(f, "any", parts),
            Self::Not(part) => write!(f, "not({part})"),
        }
    }
}

fn call<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.strip_prefix(name)?.trim_start().strip_prefix('(')?.trim_end().strip_suffix(')')
}

/// Splits at commas outside parentheses and strings.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted, mut start) = (0u32, false, 0);
    let mut parts = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            b',' if !quoted && depth == 0 => {
                parts.push(text.get(start..at).unwrap_or(""));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or(""));
    parts.into_iter().filter(|part| !part.trim().is_empty())
}

/// `text` without comments, which may stand between the parts of a predicate; strings are left alone. O(length).
fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains("//") && !text.contains("/*") {
        return Cow::Borrowed(text);
    }
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '"' => string_length(rest),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment_length(rest),
            _ => letter.len_utf8(),
        };
        let (token, more) = rest.split_at_checked(length).unwrap_or((rest, ""));
        code.push_str(if token.starts_with("//") || token.starts_with("/*") { " " } else { token });
        rest = more;
    }
    Cow::Owned(code)
}

/// The length of the string literal that `text` begins with.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// The length of the block comment that `text` begins with; comments nest.
fn block_comment_length(text: &str) -> usize {
    let (mut depth, mut at) = (0_u32, 0);
    while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
        let mark = if rest.starts_with(b"/*") {
            depth += 1;
            2
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            2
        } else {
            1
        };
        at += mark;
        if depth == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::Cfg;

    #[test]
    fn comments_are_no_part_of_a_predicate() {
        let plain = Cfg::parse("all(unix, feature = \"a//b\")");
        for text in [
            "all(unix, // what for\n feature = \"a//b\")",
            "all(/* a /* b */ */ unix, feature = \"a//b\")",
            "all(\n    unix,\n    feature = /* , */ \"a//b\",\n)",
        ] {
            assert_eq!(Cfg::parse(text), plain, "{text}");
        }
    }

    #[test]
    fn what_a_predicate_needs_is_seen_through_negations() {
        for (text, test, verification) in [
            ("test", true, true),
            ("not(not(test))", true, true),
            ("not(any(not(test), unix))", true, true),
            ("any(test, doctest)", true, true),
            ("any(test, fuzzing)", false, true),
            ("all(kani, unix)", false, true),
            ("not(kani)", false, false),
            ("any(test, unix)", false, false),
            ("not(all(test, unix))", false, false),
            ("any()", false, false),
        ] {
            let cfg = Cfg::parse(text);
            assert_eq!((cfg.implies_test(), cfg.implies_verification()), (test, verification), "{text}");
        }
    }

    #[test]
    fn a_predicate_that_no_build_changes_is_constant() {
        for (text, value) in [
            ("any()", Some(false)),
            ("all()", Some(true)),
            ("false", Some(false)),
            ("not(false)", Some(true)),
            ("all(unix, any())", Some(false)),
            ("any(unix, not(any()))", Some(true)),
            ("all(unix, not(unix))", Some(false)),
            ("all(unix, test)", None),
            ("feature = \"x\"", None),
        ] {
            assert_eq!(Cfg::parse(text).constant(), value, "{text}");
        }
    }

    #[test]
    fn what_two_predicates_both_say_is_said_once() {
        let file = Cfg::parse("feature = \"alloc\"");
        let module = file.and(&Cfg::parse("all(unix, feature = \"alloc\")"));
        assert_eq!(module.to_string(), "all(feature = \"alloc\", unix)");
        assert_eq!(file.and(&file), file);
        assert_eq!(Cfg::Always.and(&Cfg::Always), Cfg::Always);
        assert!(module.implies(&file) && !file.implies(&module));
    }
}
