//! Findings in generated files: nobody mends them there, and there can be a hundred thousand. One of each rule stands for all,
//! and says for how many.

use std::collections::BTreeMap;

use crate::finding::{Finding, RuleId, Severity, Status};

/// Leaves the first of the findings of a rule, severity and fate; the findings of one file are sorted by place.
pub(super) fn gather(findings: &mut Vec<Finding>) {
    let mut more: BTreeMap<(RuleId, Severity, u8), u64> = BTreeMap::new();
    findings.retain(|finding| {
        let count = more.entry(key(finding)).or_insert(0);
        *count += 1;
        *count == 1
    });
    for finding in findings {
        let count = more.get(&key(finding)).copied().unwrap_or(1);
        finding.generated = true;
        if count > 1 {
            let rest = if count == 2 { "one more".to_owned() } else { format!("{} more", count - 1) };
            let said =
                if finding.site.reason.is_empty() { String::new() } else { format!("{}; ", finding.site.reason) };
            finding.site.reason = format!("{said}and {rest} like it in this generated file").into();
        }
    }
}

fn key(finding: &Finding) -> (RuleId, Severity, u8) {
    let fate = match finding.status {
        Status::Active => 0,
        Status::Waived { .. } => 1,
        Status::Known { .. } => 2,
        Status::Ignored(_) => 3,
    };
    (finding.site.rule.clone(), finding.severity, fate)
}
