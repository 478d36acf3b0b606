//! Whether the hook is there: before the first thread, for every thread, and still after others had their way.

use std::io;

use super::{Claim, Facts, Limit};
use crate::case::HookVariant;
use crate::plan::Plan;

const BEFORE: Claim = Claim {
    id: "hook-before-first-thread",
    controls: &["RIS-RT-09b"],
    title: "no other thread runs when the hook is installed",
    limit: Limit::AtMost(1),
    unit: Some("threads"),
};
const ACTIVE: Claim = Claim {
    id: "hook-active",
    controls: &["RIS-RT-09b", "RIS-RT-07a", "RIS-RT-12c", "SIG-Runtime-4.2.3"],
    title: "the hook is the one that runs",
    limit: Limit::Is("Active"),
    unit: None,
};
const EVERY_THREAD: Claim = Claim {
    id: "hook-sees-every-thread",
    controls: &["RIS-RT-09b"],
    title: "800 panics of 16 threads are all recorded",
    limit: Limit::AtLeast(800),
    unit: Some("records"),
};
const NOTICED: Claim = Claim {
    id: "hook-replacement-noticed",
    controls: &["RIS-RT-09b"],
    title: "a hook that another one has replaced is told by its status and by the counter of unrecorded panics",
    limit: Limit::Holds,
    unit: None,
};

pub(super) fn look(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    let left = plan.case("status")?.run()?;
    facts.decide(&BEFORE, left.number("threads"), "threads in /proc/self/task at install", None);
    facts.decide(&ACTIVE, left.said.get("status").cloned(), "a probing panic, caught", None);
    if plan.hook == HookVariant::Absent {
        facts.not_run(&[EVERY_THREAD, NOTICED], "there is no hook");
        return Ok(());
    }
    // The records' deadline is generous: here their number counts, not their time.
    let left = plan.case("many-threads")?.with("AUDITOR_PANIC_RECORD_DEADLINE_MS", 5000).run()?;
    facts.decide(&EVERY_THREAD, left.records().len(), "records in the file after the child's end", None);
    let left = plan.case("replaced")?.run()?;
    let noticed = left.said.get("status").is_some_and(|status| status == "Replaced") && left.counters.unrecorded == 1;
    facts.decide(&NOTICED, noticed, "another hook is set after ours, without a call of it", None);
    Ok(())
}
