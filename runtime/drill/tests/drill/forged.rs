//! Programs that pose as the child, or hang: the drill comes to its end, and its evidence says what failed.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use auditor_runtime_drill::evidence::{Fact, Status};
use auditor_runtime_drill::{Plan, summary};

/// A script that hands on what it is asked to the real child, but for what `cases` of a shell's `case` say.
fn script(name: &str, cases: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("auditor-drill-forged-{}-{name}", std::process::id()));
    let text = format!(
        "#!/bin/sh\ncase $1 in\n{cases}\n*) exec {} \"$@\";;\nesac\n",
        env!("CARGO_BIN_EXE_auditor-drill-child")
    );
    std::fs::write(&path, text).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("executable");
    path
}

fn statuses<'a>(facts: &'a [Fact], ids: &[&str]) -> Vec<(&'a str, Status)> {
    facts.iter().filter(|fact| ids.contains(&fact.id)).map(|fact| (fact.id, fact.status)).collect()
}

#[test]
fn a_script_that_poses_as_the_child_fails_even_where_it_hands_on_what_the_child_says() {
    let forged = script(
        "poses",
        "chaos) echo \"nonce $AUDITOR_DRILL_NONCE\"; echo episodes 999999999; echo failed_episodes 0; echo workers 8; echo operations 99999; \
         echo thrown 99999; echo wrong 0; echo killed 1; echo stalled 1; echo unexpected 0;;\n\
         status) echo \"nonce $AUDITOR_DRILL_NONCE\"; echo threads 1; echo status Active;;\n\
         allocations) echo \"nonce $AUDITOR_DRILL_NONCE\"; echo hook_allocations 0;;",
    );
    let evidence = crate::run(&Plan::new(&forged).panics(20).chaos_seconds(1).nonce("of this test"));
    std::fs::remove_file(forged).expect("removed");
    let text = summary(&evidence);
    assert_eq!(evidence.nonce, "of this test");
    let ids = [
        "children-proven",
        "hook-active",
        "hook-allocations",
        "zero-panic-sla",
        "record-every-kind",
        "record-pod-uid",
        "maps-kinds",
    ];
    for (id, status) in statuses(&evidence.facts, &ids) {
        assert_eq!(status, Status::Failed, "{id}\n{text}");
    }
    assert_eq!(statuses(&evidence.facts, &ids).len(), ids.len(), "{text}");
    // Of the kinds of ways to end, those that nobody can see are told; nothing that asks for an answer passes.
    let passed: Vec<_> =
        evidence.facts.iter().filter(|fact| fact.status == Status::Passed).map(|fact| fact.id).collect();
    assert_eq!(passed, ["children-in-time", "records-whole"], "{text}");
}

#[test]
fn a_child_that_hangs_is_a_fact_that_failed_and_the_evidence_is_whole() {
    let hanging = script("hangs", "replaced) exec sleep 600;;");
    let evidence = crate::run(&Plan::new(&hanging).panics(20).chaos_seconds(1).deadline(Duration::from_secs(10)));
    std::fs::remove_file(hanging).expect("removed");
    let text = summary(&evidence);
    assert_eq!(statuses(&evidence.facts, &["children-in-time"]), [("children-in-time", Status::Failed)], "{text}");
    assert_eq!(evidence.fact("children-in-time").and_then(|fact| fact.detail.as_deref()), Some("replaced"));
    crate::schema::check(&evidence.to_json().expect("JSON"));
}
