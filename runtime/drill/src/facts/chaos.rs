//! The zero-panic SLA: how many operations of the maps went without a panic that nobody threw, and what that allows to say.

use std::io;
use std::time::Duration;

use super::{Claim, Facts, Limit};
use crate::plan::Plan;

const CONTROL: &[&str] = &["zero-panic-sla"];

/// What 99.999 % leaves, per billion.
const BOUND: u64 = 10_000;

/// How many trials without a failure leave that bound: three over it.
const ENOUGH: u64 = 300_000;

pub(super) const CLAIMS: [Claim; 4] = [
    Claim {
        id: "zero-panic-sla",
        controls: CONTROL,
        title: "99.999 %: upper bound, at 95 % confidence, of episodes that panic of themselves or answer wrongly; each has a map of its own",
        limit: Limit::AtMost(BOUND),
        unit: Some("per billion"),
    },
    Claim {
        id: "chaos-operations-bound",
        controls: CONTROL,
        title: "the same bound, were operations independent of each other; those of an episode share a map and its threads",
        limit: Limit::Told,
        unit: Some("per billion"),
    },
    Claim {
        id: "chaos-wrong-answers",
        controls: CONTROL,
        title: "answers of a map that were not what the thread that wrote the key knows",
        limit: Limit::AtMost(0),
        unit: Some("answers"),
    },
    Claim {
        id: "chaos-faults",
        controls: CONTROL,
        title: "panics thrown into hashing, comparing and closures, threads stalled, threads ended while they held references",
        limit: Limit::AtLeast(1000),
        unit: Some("faults"),
    },
];

pub(super) fn look(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    let [sla, by_operation, wrong, faults] = &CLAIMS;
    // Counters alone: a chaos run's records would say nothing that they do not.
    let left = plan
        .case("chaos")?
        .with("AUDITOR_DRILL_SECONDS", plan.chaos_seconds)
        .deadline(Duration::from_secs(plan.chaos_seconds.saturating_add(60)))
        .run()?;
    let number = |name: &str| left.number(name).unwrap_or(0);
    let how = format!(
        "{} s, {} episodes of {} threads and two more on {} operations of ShardedMap; faults thrown by resume_unwind, so \
         that the hook counts just what nobody threw",
        plan.chaos_seconds,
        number("episodes"),
        number("workers"),
        number("operations")
    );
    let panics = left.number("unexpected");
    // A panic of its own spoils one episode at least; which one is not known, so each counts as another.
    let failed = panics.and_then(|panics| Some(panics.saturating_add(left.number("failed_episodes")?)));
    let detail = failed.map(|failed| {
        format!("{failed} failed: {} panics of themselves, the rest by wrong answers", panics.unwrap_or(0))
    });
    match failed.and_then(|failed| bound(failed, number("episodes"))) {
        // Nothing went wrong, too few times to say so much: that is neither a pass nor a failure.
        Some(most) if failed == Some(0) && most > BOUND => {
            let why = format!("too few to decide: without a failure {ENOUGH} do; see --chaos-seconds");
            facts.report(sla, most, &how, why);
        }
        most => facts.decide(sla, most, &how, detail),
    }
    facts.decide(by_operation, panics.and_then(|panics| bound(panics, number("operations"))), &how, None);
    facts.decide(wrong, left.number("wrong"), &how, None);
    let all = number("thrown").saturating_add(number("killed")).saturating_add(number("stalled"));
    let detail =
        format!("{} thrown, {} threads ended, {} stalled", number("thrown"), number("killed"), number("stalled"));
    facts.decide(faults, all, &how, Some(detail));
    Ok(())
}

/// The upper bound of the rate, per billion and rounded up, that `failures` in `trials` independent trials leave at 95 %:
/// three over the trials where none failed, else Wilson and Hilferty's approximation of the Poisson bound.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn bound(failures: u64, trials: u64) -> Option<u64> {
    if trials == 0 {
        return None;
    }
    let next = failures as f64 + 1.0;
    let most =
        if failures == 0 { 3.0 } else { next * (1.0 - 1.0 / (9.0 * next) + 1.645 / (3.0 * next.sqrt())).powi(3) };
    // A float's conversion to an integer saturates.
    Some((most / trials as f64 * 1e9).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::{BOUND, ENOUGH, bound};

    #[test]
    fn the_bound_is_three_over_n_without_a_failure_and_poissons_with_some() {
        assert_eq!(bound(0, 300_000), Some(10_000));
        assert_eq!(bound(0, 299_999), Some(10_001));
        assert_eq!(bound(0, ENOUGH), Some(BOUND));
        assert_eq!(bound(0, 0), None);
        // Exact one-sided bounds at 95 %: 4.744, 6.296, 10.513, 16.962.
        for (failures, exact) in [(1, 4_744), (2, 6_296), (5, 10_513), (10, 16_962)] {
            let found = bound(failures, 1_000_000).expect("a bound");
            assert!(found.abs_diff(exact) < 30, "{failures}: {found}");
        }
    }
}
