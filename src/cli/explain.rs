//! `auditor explain NAME`: why a rule exists, and what to write instead; of a pack or a lint, its rules.

use std::io::{self, Write};

use super::Outcome;
use super::args::ExplainArgs;
use super::choices::ColorWhen;
use super::ci_commands::Escape;
use super::output::{Failure, colored, write_to};
use crate::catalog::{CatalogError, Rule, Setting, cwe_name};

pub(super) fn run(args: &ExplainArgs, color: ColorWhen) -> Result<Outcome, Failure> {
    let policy = super::rules::here()?;
    let color = colored(color, None);
    let name = plain(&args.rule);
    if let Some((rule, setting)) = policy.rule(&name) {
        write_to(None, Escape::Text, |out| page(rule, setting, color, out))?;
        return Ok(Outcome::Clean);
    }
    if let Some((name, title)) = policy.catalog.packs().find(|(known, _)| *known == name) {
        let rules: Vec<_> = policy.rules().filter(|(rule, _)| &*rule.pack == name).collect();
        write_to(None, Escape::Text, |out| list(&format!("pack {name} — {title}"), &rules, color, out))?;
        return Ok(Outcome::Clean);
    }
    let about = policy.rules().filter(|(rule, _)| names_lint(rule, &args.rule)).collect::<Vec<_>>();
    match about.as_slice() {
        [] => Err(Failure::Catalog(CatalogError::Option {
            message: format!("no rule, pack or lint is called `{}`", args.rule),
            help: Some(policy.catalog.suggestion(&name)),
        })),
        [(rule, setting)] => {
            write_to(None, Escape::Text, |out| page(rule, *setting, color, out))?;
            Ok(Outcome::Clean)
        }
        several => {
            let head = format!("{} — several rules are about what it finds", args.rule.trim());
            write_to(None, Escape::Text, |out| list(&head, several, color, out))?;
            Ok(Outcome::Clean)
        }
    }
}

/// A name as rules and packs are written: `Slice_Index` is `slice-index`.
fn plain(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace('_', "-")
}

/// Whether `rule` is about what a lint finds, which is named with its tool or without.
fn names_lint(rule: &Rule, lint: &str) -> bool {
    let lint = lint.trim().to_ascii_lowercase().replace('-', "_");
    let refs = &rule.references;
    let is = |tool: &str, known: &String| *known == lint || lint.strip_prefix(tool).is_some_and(|bare| bare == known);
    refs.clippy.iter().any(|known| is("clippy::", known)) || refs.rustc.iter().any(|known| is("rustc::", known))
}

/// Rules in a line each.
fn list(head: &str, rules: &[(&Rule, Setting)], color: bool, out: &mut dyn Write) -> io::Result<()> {
    let (bold, plain) = if color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    writeln!(out, "{bold}{head}{plain}\n")?;
    for (rule, setting) in rules {
        writeln!(out, "    {:24}  {:8}  {}", rule.id.as_str(), setting.severity.as_str(), rule.title)?;
    }
    writeln!(out, "\n`auditor explain RULE` tells why each matters, and what to write instead")
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
