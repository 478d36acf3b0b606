//! What facts say of a control: those of a drill, those that a pack names, the lints of the compiler.

use super::decide::{Basis, ControlOutcome, Reason, plural};
use super::fact::{Evidence, Fact, FactStatus};

/// By the facts that name one of `controls` themselves.
pub(super) fn by_drill<'a>(controls: &[String], evidence: &'a [Evidence]) -> Reason<'a> {
    let facts = those(evidence, |fact| fact.controls.iter().any(|control| controls.contains(control)));
    decided(
        facts,
        "give the evidence of a drill: `--evidence FILE`",
        "run the drill of the runtime with what it lacked",
    )
}

/// By the facts called `ids`: each must be there.
pub(super) fn by_facts<'a>(ids: &[String], evidence: &'a [Evidence]) -> Reason<'a> {
    let facts = those(evidence, |fact| ids.contains(&fact.id));
    let was_decided = |id: &&String| {
        facts.iter().any(|(_, fact)| fact.id == **id && matches!(fact.status, FactStatus::Passed | FactStatus::Failed))
    };
    let missing: Vec<&str> = ids.iter().filter(|id| !was_decided(id)).map(String::as_str).collect();
    let has_failed = facts.iter().any(|(_, fact)| fact.status == FactStatus::Failed);
    if !missing.is_empty() && !has_failed {
        let seen = format!("nothing decides {}", missing.join(", "));
        let remedy = "give what does: `--evidence FILE`".to_owned();
        return Reason { outcome: ControlOutcome::NotRun, seen, remedy, basis: Basis::Facts(facts) };
    }
    decided(facts, "give what does: `--evidence FILE`", "give what was not decided: `--evidence FILE`")
}

/// By what the compiler and clippy say of `lints`. That one is not among their diagnostics shows something only where it was on,
/// and where they came to their end.
pub(super) fn by_lints<'a>(lints: &[String], on_by_default: bool, evidence: &'a [Evidence]) -> Reason<'a> {
    let facts: Vec<(&Evidence, &Fact)> = those(evidence, |fact| lints.contains(&fact.id))
        .into_iter()
        .filter(|(file, _)| file.compiled.is_some())
        .collect();
    if !facts.is_empty() {
        let seen = format!("{} of {}", plural(facts.len(), "diagnostic"), named(&facts));
        let remedy = "mend what they show, and give the diagnostics of the next run".to_owned();
        return Reason { outcome: ControlOutcome::Failed, seen, remedy, basis: Basis::Facts(facts) };
    }
    let needs_clippy = lints.iter().any(|lint| lint.starts_with("clippy::"));
    let whole = || evidence.iter().filter_map(|file| file.compiled).filter(|run| run.is_whole);
    let (outcome, seen, remedy) = if evidence.iter().all(|file| file.compiled.is_none()) {
        let remedy = "give the lines of `cargo clippy --message-format=json`: `--evidence FILE`";
        (ControlOutcome::NotRun, "no diagnostics of the compiler were given", remedy)
    } else if whole().next().is_none() {
        (
            ControlOutcome::NotRun,
            "the run of the compiler did not end well, or its end is not in the file",
            "give a whole one",
        )
    } else if !on_by_default {
        let remedy = "a run that has the lints on would show it; the file does not tell which are";
        (ControlOutcome::NotRun, "no diagnostic of them, which may be off", remedy)
    } else if needs_clippy && !whole().any(|run| run.is_clippy) {
        let remedy = "a file in which clippy says anything would show it";
        (ControlOutcome::NotRun, "no diagnostic of them, and nothing shows that clippy ran", remedy)
    } else {
        (ControlOutcome::Passed, "no diagnostic of them that the sources do not allow", "")
    };
    let (seen, remedy) = (seen.to_owned(), remedy.to_owned());
    Reason { outcome, seen, remedy, basis: Basis::Facts(Vec::new()) }
}

fn those(evidence: &[Evidence], wanted: impl Fn(&Fact) -> bool) -> Vec<(&Evidence, &Fact)> {
    let all = evidence.iter().flat_map(|file| file.facts.iter().map(move |fact| (file, fact)));
    all.filter(|(_, fact)| wanted(fact)).collect()
}

/// The names of `facts`, each once.
fn named(facts: &[(&Evidence, &Fact)]) -> String {
    let mut names: Vec<&str> = facts.iter().map(|(_, fact)| fact.id.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// What `facts` come to: one that failed outweighs all others. `give` and `again` say what to do where there is none, and where some
/// were not run.
fn decided<'a>(facts: Vec<(&'a Evidence, &'a Fact)>, give: &str, again: &str) -> Reason<'a> {
    let count = |status| facts.iter().filter(|(_, fact)| fact.status == status).count();
    let (passed, failed, not_run) = (count(FactStatus::Passed), count(FactStatus::Failed), count(FactStatus::NotRun));
    let (outcome, seen, remedy) = if failed > 0 {
        let failing = facts.iter().filter(|(_, fact)| fact.status == FactStatus::Failed).copied().collect::<Vec<_>>();
        let seen = format!("{} failed: {}", plural(failed, "fact"), named(&failing));
        (ControlOutcome::Failed, seen, "mend what the facts show, and give the evidence of the next run".to_owned())
    } else if passed == 0 {
        let seen = if facts.is_empty() { "no evidence speaks of it" } else { "no fact about it was decided" };
        (ControlOutcome::NotRun, seen.to_owned(), give.to_owned())
    } else if not_run > 0 {
        (ControlOutcome::NeedsReview, format!("{} passed, {not_run} not run", plural(passed, "fact")), again.to_owned())
    } else {
        (ControlOutcome::Passed, format!("{} passed", plural(passed, "fact")), String::new())
    };
    Reason { outcome, seen, remedy, basis: Basis::Facts(facts) }
}
