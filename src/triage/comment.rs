//! Reads waivers from comments: `auditor: allow(rule-id, …) reason`. What they cover is `scope.rs`'s business.

/// What a comment says, if it speaks to the auditor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// A waiver.
    Allow {
        /// The rule ids as written, with the byte where each begins in the comment.
        rules: Vec<(&'a str, usize)>,
        /// The reason, if any.
        reason: Option<&'a str>,
    },
    /// `PANIC:` or `PANICS:`, and why that is in order.
    Panics {
        /// The reason.
        reason: &'a str,
    },
    /// It begins as a waiver does, and is none.
    Malformed,
}

/// Returns what `comment` (with its markers) says; `None` if it does not speak to the auditor. O(length).
pub(super) fn read(comment: &str) -> Option<Said<'_>> {
    let body = comment.strip_prefix("//").or_else(|| comment.strip_prefix("/*"))?;
    let body = body.strip_suffix("*/").unwrap_or(body).trim();
    if let Some(reason) = body.strip_prefix("PANIC:").or_else(|| body.strip_prefix("PANICS:")) {
        let reason = reason.trim();
        return reason.chars().any(char::is_alphanumeric).then_some(Said::Panics { reason });
    }
    let order = body.strip_prefix("auditor:")?.trim_start();
    Some(allow(comment, order).unwrap_or(Said::Malformed))
}

fn allow<'a>(comment: &'a str, order: &'a str) -> Option<Said<'a>> {
    let list = order.strip_prefix("allow")?.trim_start().strip_prefix('(')?;
    let (list, reason) = list.split_once(')')?;
    let rules: Vec<_> = list.split(',').map(str::trim).filter(|rule| !rule.is_empty()).collect();
    if rules.is_empty() {
        return None;
    }
    let reason = reason.trim_start_matches([' ', '\t', ':', '-', '–', '—']).trim_end();
    let place = |rule: &str| rule.as_ptr() as usize - comment.as_ptr() as usize;
    let rules = rules.into_iter().map(|rule| (rule, place(rule))).collect();
    Some(Said::Allow { rules, reason: (!reason.is_empty()).then_some(reason) })
}

#[cfg(test)]
mod tests {
    use super::{Said, read};

    #[test]
    fn one_rule_or_more_with_a_reason() {
        let said = read("// auditor: allow(unwrap, slice-index) checked above").into_iter().next();
        let rules = vec![("unwrap", 18), ("slice-index", 26)];
        assert_eq!(said, Some(Said::Allow { rules, reason: Some("checked above") }));
        let said = read("/* auditor:allow( unwrap ): why */");
        assert_eq!(said, Some(Said::Allow { rules: vec![("unwrap", 18)], reason: Some("why") }));
    }

    #[test]
    fn no_reason() {
        assert_eq!(read("// auditor: allow(unwrap)"), Some(Said::Allow { rules: vec![("unwrap", 18)], reason: None }));
        assert_eq!(
            read("// auditor: allow(unwrap) —"),
            Some(Said::Allow { rules: vec![("unwrap", 18)], reason: None })
        );
    }

    #[test]
    fn a_panic_with_its_reason() {
        assert_eq!(
            read("// PANIC: the table has 256 entries"),
            Some(Said::Panics { reason: "the table has 256 entries" })
        );
        assert_eq!(read("/* PANICS: never */"), Some(Said::Panics { reason: "never" }));
        for none in ["// PANIC:", "// PANIC: …", "// panic: no", "// PANIC no", "// see PANIC: above"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_none() {
        assert_eq!(read("// the auditor: allow(unwrap) is a waiver"), None);
        assert_eq!(read("// auditors: x"), None);
        assert_eq!(read("// auditor: alow(unwrap) typo"), Some(Said::Malformed));
        assert_eq!(read("// auditor: allow() nothing"), Some(Said::Malformed));
        assert_eq!(read("// auditor: allow(unwrap no end"), Some(Said::Malformed));
        assert_eq!(read("/"), None);
    }
}
