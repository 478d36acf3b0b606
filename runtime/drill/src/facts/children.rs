//! The children as such, over all cases: that each is the program that was built, ended in time, and left whole lines. Looked at last.

use std::sync::PoisonError;

use super::{Claim, Facts, Limit};
use crate::plan::Plan;

const ALL: &[&str] = &["RIS-RT-09b", "RIS-RT-07a", "RIS-RT-12c", "SIG-Runtime-4.2.3", "zero-panic-sla"];

const CLAIMS: [Claim; 3] = [
    Claim {
        id: "children-proven",
        controls: ALL,
        title: "cases whose child is not proven to be the program of the subject's digest, answering this drill's nonce",
        limit: Limit::AtMost(0),
        unit: Some("cases"),
    },
    Claim {
        id: "children-in-time",
        controls: ALL,
        title: "cases whose child hung: it was killed at its deadline",
        limit: Limit::AtMost(0),
        unit: Some("cases"),
    },
    Claim {
        id: "records-whole",
        controls: &["SIG-Runtime-4.2.3"],
        title: "cases whose child left a line that is no JSON among its records",
        limit: Limit::AtMost(0),
        unit: Some("cases"),
    },
];

pub(super) fn look(plan: &Plan, facts: &mut Facts) {
    let trouble = plan.trouble.lock().unwrap_or_else(PoisonError::into_inner);
    let how = format!("{} child processes, each with a nonce, a deadline and a folder of its own", trouble.cases);
    for (claim, cases) in CLAIMS.iter().zip([&trouble.unproven, &trouble.overdue, &trouble.broken]) {
        facts.decide(claim, cases.len(), &how, (!cases.is_empty()).then(|| cases.join(", ")));
    }
}
