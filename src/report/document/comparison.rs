//! How a scan compares with what was accepted: what moved, what is gone, what the tool brings.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::baseline::{BASELINE_NAME, Comparison, Key, Moved};

/// More moved or gone findings than this are counted, not listed.
const MOST: usize = 10;

/// The comparison for programs.
#[derive(Serialize)]
pub(super) struct ComparisonJson<'a> {
    with: &'a str,
    new: u64,
    known: u64,
    /// Whether all was scanned that was accepted: else what moved or is gone is not known.
    whole: bool,
    moved: Vec<MovedJson<'a>>,
    gone: Vec<KeyJson<'a>>,
    new_rules: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_tool: Option<&'a str>,
}

#[derive(Serialize)]
struct MovedJson<'a> {
    from: KeyJson<'a>,
    to: KeyJson<'a>,
}

#[derive(Serialize)]
struct KeyJson<'a> {
    package: &'a str,
    function: &'a str,
    rule: &'a str,
    expression: &'a str,
    count: u32,
}

impl<'a> KeyJson<'a> {
    fn new(key: &'a Key, count: u32) -> Self {
        Self { package: &key.package, function: &key.function, rule: &key.rule, expression: &key.expression, count }
    }
}

impl<'a> ComparisonJson<'a> {
    pub(super) fn new(comparison: &'a Comparison) -> Self {
        let Comparison { with, new, known, moved, gone, whole, new_rules, other_tool } = comparison;
        let key = KeyJson::new;
        let pair = |one: &'a Moved| MovedJson { from: key(&one.from, one.count), to: key(&one.to, one.count) };
        Self {
            with,
            new: *new,
            known: *known,
            whole: *whole,
            moved: moved.iter().map(pair).collect(),
            gone: gone.iter().map(|one| key(&one.key, one.count)).collect(),
            new_rules,
            other_tool: other_tool.as_deref(),
        }
    }
}

/// Sentences about it, the most important first.
pub(super) fn lines(comparison: &Comparison) -> Vec<String> {
    let Comparison { with, new, known, moved, gone, whole, new_rules, other_tool } = comparison;
    // auditor: allow(panicking-api) a sum of counts of things in memory
    let sum = |counts: &mut dyn Iterator<Item = u32>| counts.map(u64::from).sum::<u64>();
    let moves = sum(&mut moved.iter().map(|one| one.count));
    let lost = sum(&mut gone.iter().map(|one| one.count));
    let rest = if *whole {
        format!(", {moves} moved, {lost} gone")
    } else {
        "; a part was scanned: what moved or is gone is not known".to_owned()
    };
    let mut lines = vec![format!("against {with}: {new} new, {known} known{rest}")];
    let from = |one: &Moved| format!("  moved: {} (was in {})", place(&one.to, one.count), one.from.function);
    some(moved.iter().map(from), moved.len(), &mut lines);
    some(gone.iter().map(|one| format!("  gone: {}", place(&one.key, one.count))), gone.len(), &mut lines);
    if !new_rules.is_empty() {
        let rules: Vec<String> = new_rules.iter().map(|(rule, count)| format!("{rule} ({count})")).collect();
        let rules = rules.join(", ");
        lines.push(format!("of the new ones these are of rules that were not looked at then: {rules}"));
    }
    if let Some(tool) = other_tool {
        let version = env!("CARGO_PKG_VERSION");
        lines.push(format!(
            "{with} was written by auditor {tool}, this is {version}: findings can be new because it sees more; \
             look at them, then `auditor baseline` accepts those that stay"
        ));
    }
    if with.ends_with(BASELINE_NAME) && moves + lost > 0 {
        lines.push("`auditor baseline` brings the file up to date".to_owned());
    }
    lines
}

/// The first of `all`, and how many more there are.
fn some(all: impl Iterator<Item = String>, count: usize, lines: &mut Vec<String>) {
    lines.extend(all.take(MOST));
    if count > MOST {
        lines.push(format!("  and {} more", count - MOST));
    }
}

fn place(key: &Key, count: u32) -> String {
    let times = if count == 1 { String::new() } else { format!(" ({count} times)") };
    format!("{} `{}` in {}{times}", key.rule, key.expression, key.function)
}
