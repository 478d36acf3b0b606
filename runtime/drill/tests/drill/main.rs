//! The drill itself: a good program passes it, and each thing that is left out fails just what depends on it.
#![cfg(unix)]

mod forged;
mod schema;

use std::sync::{Mutex, PoisonError};

use auditor_runtime_drill::evidence::Status;
use auditor_runtime_drill::{Evidence, HookVariant, Plan, summary};

fn plan() -> Plan {
    Plan::new(env!("CARGO_BIN_EXE_auditor-drill-child")).panics(200).chaos_seconds(1)
}

/// One drill at a time: each loads every core to measure under load.
fn run(plan: &Plan) -> Evidence {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    plan.run().expect("the drill runs")
}

/// What came out so; without the two limits in microseconds, which a busy test machine cannot keep.
fn of_status(evidence: &Evidence, status: Status) -> Vec<&'static str> {
    let timed = ["emission-counter-p999", "emission-record-p999"];
    let facts = evidence.facts.iter().filter(|fact| fact.status == status && !timed.contains(&fact.id));
    facts.map(|fact| fact.id).collect()
}

#[test]
fn a_program_with_the_hook_passes_and_its_evidence_is_whole() {
    let evidence = run(&plan());
    let text = summary(&evidence);
    assert_eq!(of_status(&evidence, Status::Failed), [""; 0], "{text}");
    let watched = ["metric-delta-observed", "observation-latency-max"];
    let mut not_run = of_status(&evidence, Status::NotRun);
    // These two hang on a Prometheus being installed.
    not_run.retain(|id| !watched.contains(id));
    let mut expected = vec!["record-every-kind-abort", "race-detector-canary", "race-detector"];
    if !cfg!(feature = "otlp") {
        expected.insert(1, "emission-otlp-max");
    }
    assert_eq!(not_run, expected, "{text}");
    for control in ["RIS-RT-09b", "RIS-RT-07a", "RIS-RT-12c", "SIG-Runtime-4.2.3"] {
        let mut facts = evidence.facts.iter().filter(|fact| fact.controls.contains(&control));
        assert!(facts.any(|fact| fact.status == Status::Passed && !fact.value.is_null()), "{control}");
    }
    for id in ["emission-counter-p999", "emission-record-p999", "emission-counter-max", "emission-record-max"] {
        assert!(evidence.fact(id).is_some_and(|fact| fact.value.is_u64()), "{id} has a figure\n{text}");
    }
    schema::check(&evidence.to_json().expect("JSON"));
    assert!(text.contains("RIS-RT-12c: panic to record, all"), "{text}");
}

#[test]
fn a_hook_that_comes_late_fails_just_that() {
    let evidence = run(&plan().hook(HookVariant::Late));
    assert_eq!(of_status(&evidence, Status::Failed), ["hook-before-first-thread"], "{}", summary(&evidence));
    assert!(!evidence.passed());
}

#[test]
fn a_program_without_its_identity_fails_just_that() {
    let evidence = run(&plan().identity(false));
    assert_eq!(
        of_status(&evidence, Status::Failed),
        ["record-pod-uid", "record-container-id"],
        "{}",
        summary(&evidence)
    );
}

#[test]
fn a_race_detector_that_detects_nothing_fails_its_canary_and_no_run_under_it_is_claimed() {
    let without_a_sanitizer = env!("CARGO_BIN_EXE_auditor-drill-child");
    let evidence = run(&plan().panics(20).race_child(without_a_sanitizer));
    assert_eq!(of_status(&evidence, Status::Failed), ["race-detector-canary"], "{}", summary(&evidence));
    assert_eq!(evidence.fact("race-detector").map(|fact| fact.status), Some(Status::NotRun));
}

#[test]
fn without_a_hook_its_presence_fails_and_nothing_else_is_claimed() {
    let evidence = run(&plan().hook(HookVariant::Absent));
    assert_eq!(of_status(&evidence, Status::Failed), ["hook-before-first-thread", "hook-active"]);
    assert_eq!(of_status(&evidence, Status::Passed), ["children-proven", "children-in-time", "records-whole"]);
    let active = evidence.fact("hook-active").expect("it is there");
    assert_eq!(active.controls.len(), 4, "each control of the hook fails by this fact");
    schema::check(&evidence.to_json().expect("JSON"));
}
