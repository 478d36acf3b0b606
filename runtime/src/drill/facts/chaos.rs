//! The zero-panic SLA: what a chaos run of the maps would show. There is none yet, and so the fact is not run.

use std::io;

use super::{Claim, Facts, Limit};
use crate::drill::plan::Plan;

const CLAIMS: [Claim; 1] = [Claim {
    id: "zero-panic-sla",
    controls: &["zero-panic-sla"],
    title: "upper bound of the share of operations that panic, parts per million, at 95 %",
    limit: Limit::AtMost(10),
    unit: Some("ppm"),
}];

pub(super) fn look(_plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    facts.not_run(&CLAIMS, "this drill runs no chaos");
    Ok(())
}
