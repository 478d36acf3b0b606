//! The maps' answers and the maps' memory, all kinds of them: what is lost, left over or kept alive.

use std::io;
use std::time::Duration;

use super::{Claim, Facts, Limit};
use crate::plan::Plan;

const CONTROL: &[&str] = &["zero-panic-sla"];

/// What may be kept of values that maps no longer hold, at most. Values of a kilobyte: 128 KiB of them wait in a map.
const KEPT: u64 = 1_000;

/// Answers of one kind of map, without which it does not count.
const ANSWERS: u64 = 10_000;

pub(super) const CLAIMS: [Claim; 5] = [
    Claim {
        id: "maps-wrong-answers",
        controls: CONTROL,
        title: "answers of any map, kept beside a model by several threads, that were not the model's",
        limit: Limit::AtMost(0),
        unit: Some("answers"),
    },
    Claim {
        id: "maps-kinds",
        controls: CONTROL,
        title: "kinds of map that gave ten thousand right answers each: in slots and in nodes, ordered, fixed, checked",
        limit: Limit::AtLeast(11),
        unit: Some("kinds"),
    },
    Claim {
        id: "maps-values-kept",
        controls: CONTROL,
        title: "most values alive at once that were overwritten or removed, of fifty thousand written by one thread",
        limit: Limit::AtMost(KEPT),
        unit: Some("values"),
    },
    Claim {
        id: "maps-values-after",
        controls: CONTROL,
        title: "values alive when their maps are gone and what waited has been freed",
        limit: Limit::AtMost(0),
        unit: Some("values"),
    },
    Claim {
        id: "maps-bytes-after",
        controls: CONTROL,
        title: "bytes allocated and not freed, of hundreds of megabytes, when the maps are gone",
        limit: Limit::AtMost(4 << 20),
        unit: Some("bytes"),
    },
];

pub(super) fn look(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    answers(plan, facts)?;
    memory(plan, facts)
}

fn answers(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    let [wrong, kinds, ..] = &CLAIMS;
    let seconds = plan.chaos_seconds.min(10);
    let left = plan
        .case("maps")?
        .with("AUDITOR_DRILL_SECONDS", seconds)
        .deadline(Duration::from_secs(seconds.saturating_add(120)))
        .run()?;
    let of = |prefix: &str| -> Vec<(String, u64)> {
        let named =
            |(name, value): (&String, &String)| Some((name.strip_prefix(prefix)?.to_owned(), value.parse().ok()?));
        left.said.iter().filter_map(named).collect()
    };
    let operations = of("operations_of_");
    let how = format!(
        "{} rounds of four threads on each kind: inserting, removing, updating; then, at rest, iterating, ranging, retaining, draining, clearing",
        left.number("rounds").unwrap_or(0)
    );
    // A run that has not come to its last line proves nothing.
    let whole = left.number("subjects");
    let mistakes = of("wrong_of_");
    let sum = mistakes.iter().fold(0_u64, |sum, (_, wrong)| sum.saturating_add(*wrong));
    let bad: Vec<_> = mistakes.into_iter().filter(|(_, wrong)| *wrong > 0).collect();
    facts.decide(wrong, whole.map(|_| sum), &how, (!bad.is_empty()).then(|| listed(&bad)));
    let is_right = |name: &str| bad.iter().all(|(bad, _)| bad != name);
    let right = operations.iter().filter(|(name, count)| *count >= ANSWERS && is_right(name)).count();
    facts.decide(kinds, whole.map(|_| right), &how, Some(listed(&operations)));
    Ok(())
}

fn memory(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    let [.., kept, after, bytes] = &CLAIMS;
    let left = plan.case("memory")?.deadline(Duration::from_secs(120)).run()?;
    let names = ["alive_overwriting", "alive_removing", "alive_updating", "alive_ordered"];
    let found: Option<Vec<_>> = names.into_iter().map(|name| Some((name.to_owned(), left.number(name)?))).collect();
    let written = left.number("values_written").unwrap_or(0);
    let how = format!("{written} values of a kilobyte, counted as they are made and dropped");
    let most = found.as_ref().and_then(|found| found.iter().map(|(_, count)| *count).max());
    facts.decide(kept, most, &how, found.as_deref().map(listed));
    facts.decide(after, left.number("alive_after"), &how, None);
    facts.decide(bytes, left.number("bytes_after"), "a counting allocator around the child", None);
    Ok(())
}

fn listed(list: &[(String, u64)]) -> String {
    list.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}
