//! What the records hold, and that every way to panic leaves as many as std's measured behaviour says.

use std::io;
use std::path::Path;

use serde_json::Value;

use super::{Claim, Facts, Limit};
use crate::case::Left;
use crate::plan::{COMPONENT, CONTAINER_ID, POD_UID, Plan};

const SIG: &[&str] = &["SIG-Runtime-4.2.3"];
const FIELDS_OF_POD: &[&str] = &["RIS-RT-07a"];

/// A field of the record that must be what the child was given.
const fn field(id: &'static str, controls: &'static [&'static str], title: &'static str, is: &'static str) -> Claim {
    Claim { id, controls, title, limit: Limit::Is(is), unit: None }
}

pub(super) const CLAIMS: [Claim; 9] = [
    field("record-pod-uid", FIELDS_OF_POD, "the record's k8s.pod.uid is the one the pod was given", POD_UID),
    field("record-container-id", FIELDS_OF_POD, "the record's container.id is the one that was given", CONTAINER_ID),
    field("record-trace-id", SIG, "the record's trace_id is the active trace's", "4bf92f3577b34da6a3ce929d0e0e4736"),
    field("record-span-id", SIG, "the record's span_id is the active span's", "00f067aa0ba902b7"),
    field("record-component", SIG, "the record names the component", COMPONENT),
    field(
        "metric-component-label",
        &["RIS-RT-12c"],
        "the counter in the textfile has the component as its label",
        COMPONENT,
    ),
    Claim {
        id: "record-stack-depth",
        controls: SIG,
        title: "the record holds at least three return addresses",
        limit: Limit::AtLeast(3),
        unit: Some("frames"),
    },
    Claim {
        id: "record-own-stack-depth",
        controls: SIG,
        title: "the symbols that follow name at least three of the program's own frames",
        limit: Limit::AtLeast(3),
        unit: Some("frames"),
    },
    Claim {
        id: "record-every-kind",
        controls: SIG,
        title: "each of 14 ways to panic leaves its records and its counts, and ends as std says",
        limit: Limit::AtLeast(14),
        unit: Some("ways"),
    },
];

pub(super) const ABORT: [Claim; 1] = [Claim {
    id: "record-every-kind-abort",
    controls: SIG,
    title: "with panic = \"abort\" each of 8 ways to panic leaves one fatal record before the end",
    limit: Limit::AtLeast(8),
    unit: Some("ways"),
}];

/// Case, records, exit code or signal: std's behaviour as measured with Rust 1.95, panic = "unwind".
const UNWIND: [(&str, u64, Option<i32>, Option<i32>); 14] = [
    ("literal", 1, Some(101), None),
    ("formatted", 1, Some(101), None),
    ("opaque", 1, Some(101), None),
    ("unwrap", 1, Some(101), None),
    ("index", 1, Some(101), None),
    ("caught", 1, Some(0), None),
    ("resume", 0, Some(101), None),
    ("drop", 1, Some(101), None),
    ("drop-unwinding", 3, None, Some(6)),
    ("extern-c", 2, None, Some(6)),
    ("tls-destructor", 1, None, Some(6)),
    ("thread", 1, Some(0), None),
    ("scoped-thread", 2, Some(101), None),
    ("task", 1, Some(0), None),
];

const ABORTING: [&str; 8] =
    ["literal", "caught", "drop", "drop-unwinding", "extern-c", "tls-destructor", "thread", "scoped-thread"];

pub(super) fn look(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    fields(plan, facts)?;
    let mut wrong = Vec::new();
    for (name, records, code, signal) in UNWIND {
        let left = plan.case(name)?.run()?;
        if (left.code, left.signal) != (code, signal) || !counted(&left, records) {
            wrong.push(name);
        }
    }
    let [.., every_kind] = &CLAIMS;
    kinds(facts, every_kind, UNWIND.len(), &wrong);
    match &plan.abort_child {
        Some(program) => aborting(plan, program, facts),
        None => {
            facts.not_run(&ABORT, "no child built with panic = \"abort\" was given");
            Ok(())
        }
    }
}

fn aborting(plan: &Plan, program: &Path, facts: &mut Facts) -> io::Result<()> {
    let mut wrong = Vec::new();
    for name in ABORTING {
        let left = plan.case_of(program, name)?.run()?;
        let fatal = left.records().first().and_then(|record| record.get("severity")).is_some_and(|s| s == "FATAL");
        if left.signal != Some(6) || !counted(&left, 1) || !fatal {
            wrong.push(name);
        }
    }
    let [claim] = &ABORT;
    kinds(facts, claim, ABORTING.len(), &wrong);
    Ok(())
}

fn kinds(facts: &mut Facts, claim: &Claim, all: usize, wrong: &[&str]) {
    let detail = (!wrong.is_empty()).then(|| format!("not as expected: {}", wrong.join(", ")));
    let right = all.saturating_sub(wrong.len());
    facts.decide(claim, right, "a child process each: exit status, records, mapped counters", detail);
}

/// Whether the case left so many records, and counted so many.
fn counted(left: &Left, records: u64) -> bool {
    u64::try_from(left.records().len()) == Ok(records)
        && (left.counters.panics, left.counters.records, left.counters.records_lost) == (records, records, 0)
}

fn fields(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    let case = plan.case("trace")?.with("AUDITOR_PANIC_SYMBOLS", "1");
    let textfile = case.folder().join("panics.prom");
    let left = case.with("AUDITOR_PANIC_TEXTFILE", textfile.display()).run_and_keep()?;
    let text = std::fs::read_to_string(&textfile).unwrap_or_default();
    std::fs::remove_dir_all(&left.folder)?;
    let of = |event: &str, name: &str| {
        left.of_event(event).first().and_then(|line| line.get(name)).cloned().unwrap_or(Value::Null)
    };
    let label = text.lines().find_map(|line| {
        line.strip_prefix("auditor_panics_total{component=\"")?.split_once('"').map(|(label, _)| label.to_owned())
    });
    let values = [
        of("exception", "k8s.pod.uid"),
        of("exception", "container.id"),
        of("exception", "trace_id"),
        of("exception", "span_id"),
        of("exception", "component"),
        label.into(),
        of("exception", "stack.depth"),
        of("exception.symbols", "stack.own_depth"),
    ];
    let sources = ["k8s.pod.uid", "container.id"].map(|name| {
        let told = |what: &str| of("hook.installed", &format!("{name}.{what}")).as_str().unwrap_or("none").to_owned();
        format!("source {}, confidence {}", told("source"), told("confidence"))
    });
    let details = sources.into_iter().map(Some).chain(std::iter::repeat(None));
    for ((claim, value), detail) in CLAIMS.iter().zip(values).zip(details) {
        facts.decide(claim, value, "a child that panics four calls deep in a trace; its record", detail);
    }
    Ok(())
}
