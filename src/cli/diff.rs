//! `auditor diff A B`: how two reports differ.

use std::path::Path;

use super::Outcome;
use super::args::DiffArgs;
use super::choices::DiffFormat;
use super::ci_commands::Escape;
use super::output::{Failure, write_to};
use crate::baseline::{Comparison, Fate, Reported, Scope, compare_keys};
use crate::catalog::FailOn;
use crate::finding::Severity;
use crate::report::{DiffReport, diff_json, diff_markdown, diff_short, diff_text};
use crate::source::read_given;

pub(super) fn run(args: &DiffArgs) -> Result<Outcome, Failure> {
    let (from, to) = (read(&args.from)?, read(&args.to)?);
    // A report that does not say which rules it looked at has looked at those of both.
    let every = || from.findings.iter().chain(&to.findings).map(|one| one.key.rule.clone());
    let rules = if to.rules.is_empty() { every().collect() } else { to.rules.clone() };
    let keys = to.findings.iter().map(|one| (one.key.clone(), one.counts));
    let (comparison, fates) = compare_keys(&from.accepted(), keys, &Scope { whole: true, rules });
    // Which tool is new is the reports' matter, not this one's.
    let other_tool = (from.tool != to.tool).then(|| from.tool.clone());
    let comparison = Comparison { other_tool, ..comparison };
    let (mut new, mut moved) = (Vec::new(), Vec::new());
    for (at, fate) in &fates {
        let Some(finding) = to.findings.get(*at) else { continue };
        match fate {
            Fate::New => new.push(finding),
            Fate::Known { moved_from: Some(function) } => moved.push((finding, function.as_str())),
            Fate::Known { moved_from: None } => {}
        }
    }
    let names = (args.from.display().to_string(), args.to.display().to_string());
    let report =
        DiffReport { from: (&names.0, &from), to: (&names.1, &to), comparison: &comparison, new: &new, moved: &moved };
    let escape = if args.format == DiffFormat::Json { Escape::Json } else { Escape::Text };
    write_to(args.output.as_deref(), escape, |out| match args.format {
        DiffFormat::Text => diff_text(&report, out),
        DiffFormat::Short => diff_short(&report, out),
        DiffFormat::Json => diff_json(&report, out),
        DiffFormat::Markdown => diff_markdown(&report, out),
    })?;
    let gate = args.fail_on.unwrap_or(FailOn::At(Severity::Low));
    let fails = new.iter().any(|one| gate.fails(one.severity));
    Ok(if fails { Outcome::Findings } else { Outcome::Clean })
}

fn read(path: &Path) -> Result<Reported, Failure> {
    let name = path.display().to_string();
    let text = read_given(path).map_err(|error| Failure::Other(format!("cannot read {name}: {error}")))?;
    Ok(Reported::read(&name, &text)?)
}
