//! How bad a finding is at its place, and how sure the scan is of it: what follows from a rule and one site.

use super::policy::Setting;
use super::rule::{Precision, Rule};
use crate::finding::{Confidence, Severity, Site, Verdict};

/// Contexts of functions that something outside the program calls: what can go wrong there needs no path to it.
const ENTRIES: [&str; 4] = ["main", "ffi-export", "drop", "handler"];

impl Rule {
    /// Returns how bad a finding is at `site`: what the user says, else what the rule says of such places.
    pub fn severity_at(&self, setting: Setting, site: &Site) -> Severity {
        if setting.is_own {
            return setting.severity;
        }
        let severity = self.severity_outside.filter(|_| site.outside).unwrap_or(setting.severity);
        let is_raised = site.context.iter().any(|word| self.raised_in.iter().any(|raised| raised == word));
        if is_raised { severity.raised() } else { severity }
    }

    /// Returns how sure the scan is that `site` can go wrong.
    pub fn confidence_at(&self, site: &Site) -> Confidence {
        let is_entry = || site.context.iter().any(|word| ENTRIES.contains(word));
        match site.verdict {
            Verdict::Always => Confidence::High,
            Verdict::Possible if self.precision == Precision::Low => Confidence::Low,
            Verdict::Possible if self.precision == Precision::VeryHigh || is_entry() => Confidence::High,
            Verdict::Possible => Confidence::Medium,
            Verdict::Discharged | Verdict::Indeterminate => Confidence::Low,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::finding::{Reach, Related};
    use crate::source::{FileId, Span};

    fn site(verdict: Verdict, context: &'static [&'static str], outside: bool) -> Site {
        Site {
            kind: "unwrap".into(),
            rule: "unwrap".into(),
            span: Span::new(FileId(0), 0, 1),
            verdict,
            reason: "".into(),
            function: "f".into(),
            context: context.into(),
            cfg: "".into(),
            detail: String::new(),
            outside,
            related: Related::default(),
            reach: Reach::default(),
            fix: None,
        }
    }

    #[test]
    fn where_a_panic_aborts_it_is_worse_and_a_users_word_is_the_last() {
        let catalog = Catalog::embedded().expect("the packs are in order");
        let rule = catalog.rule("unwrap").expect("it is there");
        let usual = Setting { selected: true, in_profile: true, severity: rule.severity, is_own: false };
        let own = Setting { severity: Severity::Info, is_own: true, ..usual };
        for (context, outside, severity) in [
            (&["lib"][..], false, Severity::Medium),
            (&["lib"], true, Severity::High),
            (&["lib", "trait-impl", "drop"], false, Severity::High),
            (&["lib", "ffi-export"], true, Severity::Critical),
        ] {
            let site = site(Verdict::Possible, context, outside);
            assert_eq!(rule.severity_at(usual, &site), severity, "{context:?}");
            assert_eq!(rule.severity_at(own, &site), Severity::Info, "{context:?}");
        }
    }

    #[test]
    fn what_is_certain_or_reached_at_once_is_of_high_confidence() {
        let catalog = Catalog::embedded().expect("the packs are in order");
        let rule = catalog.rule("unwrap").expect("it is there");
        for (verdict, context, confidence) in [
            (Verdict::Always, &["lib"][..], Confidence::High),
            (Verdict::Possible, &["bin", "main"], Confidence::High),
            (Verdict::Possible, &["lib"], Confidence::Medium),
            (Verdict::Indeterminate, &["bin", "main"], Confidence::Low),
        ] {
            assert_eq!(rule.confidence_at(&site(verdict, context, false)), confidence, "{verdict:?}");
        }
    }
}
