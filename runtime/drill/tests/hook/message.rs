//! What a record shows of messages and of the process, and that neither can break it.

use crate::child::Case;

#[test]
fn the_kind_of_a_payload_is_told() {
    for (case, kind, message) in [
        ("literal", "literal", "a literal message".into()),
        ("formatted", "formatted", "a message with 42".into()),
        ("opaque", "opaque", serde_json::Value::Null),
    ] {
        let left = Case::new(case).run();
        assert_eq!((&left.record()["panic.payload"], &left.record()["exception.message"]), (&kind.into(), &message));
    }
}

#[test]
fn a_hostile_message_stays_in_its_field() {
    let left = Case::new("hostile").run_and_keep();
    let text = std::fs::read_to_string(left_records(&left)).expect("records");
    assert_eq!(
        left.record()["exception.message"],
        "first\n{\"severity\":\"INFO\"}\u{1b}[2J\u{202e}\0 \"quoted\\\"",
        "decoded it is what it was"
    );
    assert_eq!(left.record()["severity"], "FATAL", "not what the message says");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\0'));
    assert_eq!(text.lines().count(), 2, "the installation and the panic");
    std::fs::remove_dir_all(&left.folder).expect("removed");
}

fn left_records(left: &crate::child::Left) -> std::path::PathBuf {
    left.folder.join("records")
}

#[test]
fn secrets_are_replaced_unless_told_otherwise() {
    let message = |policy: Option<&str>| {
        let mut case = Case::new("secret");
        if let Some(policy) = policy {
            case = case.with("AUDITOR_PANIC_MESSAGE", policy);
        }
        case.run().record()["exception.message"].clone()
    };
    assert_eq!(message(None), "login failed: password=[redacted], user=ann");
    assert_eq!(message(Some("keep")), "login failed: password=hunter2, user=ann");
    assert!(message(Some("omit")).is_null());
}

#[test]
fn a_megabyte_of_message_is_cut_and_the_rest_of_the_record_is_there() {
    // The fastest of five: what other processes of the machine take is not the hook's.
    let runs: Vec<_> = (0..5).map(|_| Case::new("long").run()).collect();
    let fastest = runs.iter().map(|left| left.record()["panic_to_record_ns"].as_u64().expect("a time")).min();
    assert!(fastest < Some(5_000_000), "{fastest:?}");
    let record = runs[0].record();
    let shown = record["exception.message"].as_str().expect("text");
    assert_eq!((shown.len(), shown.chars().all(|c| c == 'é')), (1024, true));
    assert_eq!(record["exception.message.bytes"], 2_000_000);
    assert_eq!(record["exception.message.truncated"], true);
    assert_eq!(record["component"], "drill");
}

#[test]
fn identity_is_in_each_record_with_its_sources_told_at_installation() {
    let left = Case::new("literal")
        .with("K8S_POD_UID", "fd52ef25-a87d-11e9-9423-0800271a638e")
        .with("OTEL_RESOURCE_ATTRIBUTES", "container.id=0123456789abcdef,k8s.container.name=main")
        .with("OTEL_SERVICE_NAME", "shop")
        .with("AUDITOR_COMPONENT", "checkout")
        .run();
    let record = left.record();
    for (field, value) in [
        ("k8s.pod.uid", "fd52ef25-a87d-11e9-9423-0800271a638e"),
        ("container.id", "0123456789abcdef"),
        ("k8s.container.name", "main"),
        ("service.name", "shop"),
        ("component", "checkout"),
    ] {
        assert_eq!(record[field], value, "{record}");
    }
    let installed = left.of_event("hook.installed")[0];
    assert_eq!(installed["k8s.pod.uid.source"], "environment");
    assert_eq!(installed["container.id.source"], "otel-environment");
    assert_eq!(installed["container.id.confidence"], "high");
}

#[test]
fn an_unknown_identity_is_said_to_be_unavailable_and_why() {
    let left = Case::new("literal").run();
    assert_eq!(left.record()["k8s.pod.uid"], "unavailable");
    assert!(left.record()["k8s.pod.uid.reason"].as_str().is_some_and(|reason| !reason.is_empty()));
}
