//! Evidence for people: one line a fact, figures in units that can be read.

use std::fmt::Write as _;

use serde_json::Value;

use super::evidence::{Comparison, Evidence, Fact, Status};

/// The evidence as text, facts in the order in which they were found.
pub fn summary(evidence: &Evidence) -> String {
    let machine = &evidence.machine;
    let mut text = format!(
        "{} {}, {} cores, {} {}, {} profile, {}\n\n",
        machine.processor,
        machine.architecture,
        machine.cores,
        machine.os,
        machine.kernel,
        evidence.subject.profile,
        evidence.started
    );
    for fact in &evidence.facts {
        let status = match fact.status {
            Status::Passed => "passed",
            Status::Failed => "FAILED",
            Status::NotRun => "not run",
            Status::Reported => "told",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{status:8} {:30} {}", fact.id, figure(fact));
        let _ = writeln!(text, "         {}: {}", fact.controls.join(", "), fact.title);
        if let Some(detail) = &fact.detail {
            let _ = writeln!(text, "         {detail}");
        }
    }
    let count = |status| evidence.facts.iter().filter(|fact| fact.status == status).count();
    let _ = writeln!(
        text,
        "\n{} passed, {} failed, {} not run, {} told",
        count(Status::Passed),
        count(Status::Failed),
        count(Status::NotRun),
        count(Status::Reported)
    );
    text
}

fn figure(fact: &Fact) -> String {
    if fact.status == Status::NotRun {
        return String::new();
    }
    let value = shown(&fact.value, fact.unit);
    let limit = shown(&fact.limit, fact.unit);
    match fact.comparison {
        Some(Comparison::AtMost) => format!("{value} (at most {limit})"),
        Some(Comparison::AtLeast) => format!("{value} (at least {limit})"),
        Some(Comparison::Equals) if fact.value == fact.limit => value,
        Some(Comparison::Equals) => format!("{value} (must be {limit})"),
        None => value,
    }
}

#[allow(clippy::cast_precision_loss)]
fn shown(value: &Value, unit: Option<&str>) -> String {
    match (value, unit) {
        (Value::Null, _) => "nothing".to_owned(),
        (Value::Number(number), Some("ns")) => match number.as_f64().unwrap_or(f64::NAN) {
            nanos if nanos >= 1e6 => format!("{:.1} ms", nanos / 1e6),
            nanos if nanos >= 1e3 => format!("{:.1} µs", nanos / 1e3),
            nanos => format!("{nanos} ns"),
        },
        (Value::Number(number), Some(unit)) => format!("{number} {unit}"),
        (Value::String(text), _) => text.clone(),
        (Value::Array(values), _) => {
            values.iter().map(|value| value.as_str().unwrap_or("?").to_owned()).collect::<Vec<_>>().join(", ")
        }
        (value, _) => value.to_string(),
    }
}
