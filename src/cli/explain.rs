//! `auditor explain RULE`: why a rule exists, and what to write instead.

use std::io::{self, Write};

use super::Outcome;
use super::args::ExplainArgs;
use super::choices::ColorWhen;
use super::ci_commands::Escape;
use super::output::{Failure, colored, write_to};
use crate::catalog::{CatalogError, Rule, Setting, cwe_name};

pub(super) fn run(args: &ExplainArgs, color: ColorWhen) -> Result<Outcome, Failure> {
    let policy = super::rules::here()?;
    let Some((rule, setting)) = policy.rule(&args.rule) else {
        return Err(Failure::Catalog(CatalogError::Option {
            message: format!("no rule is called `{}`", args.rule),
            help: Some(policy.catalog.suggestion(&args.rule)),
        }));
    };
    let color = colored(color, None);
    write_to(None, Escape::Text, |out| page(rule, setting, color, out))?;
    Ok(Outcome::Clean)
}

fn page(rule: &Rule, setting: Setting, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let (bold, plain) = if color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    writeln!(out, "{bold}{}{plain} — {}", rule.id, rule.title)?;
    let selected = if setting.selected { "selected" } else { "not selected" };
    writeln!(out, "{} · pack {} · profile {} ({selected})", setting.severity, rule.pack, rule.profile.as_str())?;
    for text in [&rule.why, &rule.fix].into_iter().filter(|text| !text.is_empty()) {
        writeln!(out, "\n{text}")?;
    }
    for (head, code) in [("Bad", &rule.bad), ("Good", &rule.good)] {
        if !code.is_empty() {
            writeln!(out, "\n{bold}{head}{plain}")?;
            code.lines().try_for_each(|line| writeln!(out, "{}", format!("    {line}").trim_end()))?;
        }
    }
    references(rule, bold, plain, out)?;
    writeln!(out, "\nTo argue that a place is in order:\n    // auditor: allow({}) reason", rule.id)
}

fn references(rule: &Rule, bold: &str, plain: &str, out: &mut dyn Write) -> io::Result<()> {
    let refs = &rule.references;
    let named = |number: &u32| format!("CWE-{number} {}", cwe_name(*number).unwrap_or_default());
    let groups: [(&str, Vec<String>); 5] = [
        ("", refs.cwe.iter().map(named).collect()),
        ("ANSSI ", refs.anssi.clone()),
        ("Safety-Critical Rust Coding Guidelines (draft) ", refs.scrc.clone()),
        ("clippy::", refs.clippy.clone()),
        ("rustc ", refs.rustc.clone()),
    ];
    let lines: Vec<String> =
        groups.iter().flat_map(|(head, names)| names.iter().map(move |name| format!("{head}{name}"))).collect();
    if !lines.is_empty() {
        writeln!(out, "\n{bold}See{plain}")?;
    }
    lines.iter().try_for_each(|line| writeln!(out, "    {}", line.trim_end()))
}
