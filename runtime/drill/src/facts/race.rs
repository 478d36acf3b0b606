//! The chaos run under a race detector: a child built with ThreadSanitizer, which must first report a race that was put in on purpose.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::{Claim, Facts, Limit};
use crate::case::{Case, Left};
use crate::plan::Plan;

const CONTROL: &[&str] = &["zero-panic-sla"];

/// How each of ThreadSanitizer's reports begins.
const REPORT: &str = "WARNING: ThreadSanitizer:";

pub(super) const CLAIMS: [Claim; 2] = [
    Claim {
        id: "race-detector-canary",
        controls: CONTROL,
        title: "the race detector reports a data race that was put in on purpose",
        limit: Limit::Holds,
        unit: None,
    },
    Claim {
        id: "race-detector",
        controls: CONTROL,
        title: "reports of ThreadSanitizer on the chaos run",
        limit: Limit::AtMost(0),
        unit: Some("reports"),
    },
];

pub(super) fn look(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    let [canary, races] = &CLAIMS;
    let Some(program) = &plan.race_child else {
        facts.not_run(&CLAIMS, "no child built with ThreadSanitizer was given");
        return Ok(());
    };
    let (_, reports) = reported(plan.case_of(program, "race")?)?;
    facts.decide(canary, reports > 0, "two threads add to one number in a child of that build", None);
    if reports == 0 {
        facts.not_run(std::slice::from_ref(races), "the detector does not see a race that is there");
        return Ok(());
    }
    chaos(plan, program, facts, races)
}

fn chaos(plan: &Plan, program: &Path, facts: &mut Facts, claim: &Claim) -> io::Result<()> {
    let case = plan
        .case_of(program, "chaos")?
        .with("AUDITOR_DRILL_SECONDS", plan.chaos_seconds)
        .deadline(Duration::from_secs(plan.chaos_seconds.saturating_add(120)));
    let (left, reports) = reported(case)?;
    let number = |name| left.number(name).unwrap_or(0);
    let how = format!(
        "{} s, {} episodes of {} threads and two more on {} operations of ShardedMap, built with ThreadSanitizer",
        plan.chaos_seconds,
        number("episodes"),
        number("workers"),
        number("operations")
    );
    let detail = format!(
        "{} faults thrown, {} wrong answers, {} panics of themselves",
        number("thrown"),
        number("wrong"),
        number("unexpected")
    );
    // A run that did not come to its end proves nothing: it says no figures.
    let whole = left.code == Some(0) || reports > 0;
    let value = left.number("operations").filter(|operations| whole && *operations > 0).map(|_| reports);
    facts.decide(claim, value, &how, Some(detail));
    Ok(())
}

/// Runs a case, and counts what the detector says on standard error.
fn reported(case: Case) -> io::Result<(Left, u64)> {
    let stderr = case.folder().join("stderr");
    let left = case.stderr(fs::File::create(&stderr)?).run_and_keep()?;
    let said = fs::read(&stderr).unwrap_or_default();
    fs::remove_dir_all(&left.folder)?;
    let reports = String::from_utf8_lossy(&said).lines().filter(|line| line.contains(REPORT)).count();
    Ok((left, u64::try_from(reports).unwrap_or(u64::MAX)))
}
