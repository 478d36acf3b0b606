//! `auditor rules`: lists the rules of the catalogue and of the configuration.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::Outcome;
use super::args::RulesArgs;
use super::choices::RulesFormat;
use super::ci_commands::Escape;
use super::output::{Failure, write_to};
use crate::catalog::{CONFIG_NAME, ConfigAt, Overrides, Policy, Profile, References, Rule, Setting};
use crate::source::find_upwards;

#[derive(Serialize)]
struct RuleJson<'a> {
    id: &'a str,
    pack: &'a str,
    title: &'a str,
    severity: &'static str,
    profile: &'static str,
    selected: bool,
    precision: &'static str,
    why: &'a str,
    fix: &'a str,
    bad: &'a str,
    good: &'a str,
    references: &'a References,
}

pub(super) fn run(args: &RulesArgs) -> Result<Outcome, Failure> {
    let policy = here()?;
    let escape = if args.format == RulesFormat::Json { Escape::Json } else { Escape::Text };
    write_to(None, escape, |out| match args.format {
        RulesFormat::Text => text(&policy, out),
        RulesFormat::Json => json(&policy, out),
        RulesFormat::Markdown => markdown(&policy, out),
    })?;
    Ok(Outcome::Clean)
}

/// The policy of the current folder: users' own rules and severities are listed too. Blocks.
pub(super) fn here() -> Result<Policy, Failure> {
    let config = find_upwards(Path::new("."), CONFIG_NAME);
    let config = config.as_deref().map(|path| ConfigAt { path, prefix: "", given: false });
    Ok(Policy::load(config, &Overrides::default())?)
}

fn text(policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
    let widest = policy.rules().map(|(rule, _)| rule.id.as_str().len()).max().unwrap_or(0);
    for (at, (pack, title)) in policy.catalog.packs().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{pack} — {title}")?;
        for (rule, setting) in policy.rules().filter(|(rule, _)| &*rule.pack == pack) {
            let off = match rule.profile {
                _ if setting.selected => "",
                Profile::Strict => " (strict)",
                Profile::Default => " (off)",
            };
            // auditor: allow(panicking-api) a column of our own texts
            writeln!(out, "  {:<widest$}  {:<8}  {}{off}", rule.id.as_str(), setting.severity, rule.title)?;
        }
    }
    Ok(())
}

/// A table a pack, for documents.
fn markdown(policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
    for (at, (pack, title)) in policy.catalog.packs().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        writeln!(out, "**{pack}** — {title}\n\n| rule | severity | a finding | CWE |\n| --- | --- | --- | --- |")?;
        for (rule, setting) in policy.rules().filter(|(rule, _)| &*rule.pack == pack) {
            let strict = if rule.profile == Profile::Strict { ", strict" } else { "" };
            let cwe: Vec<String> = rule.references.cwe.iter().map(u32::to_string).collect();
            let title = rule.title.replace('|', "\\|");
            writeln!(out, "| {} | {}{strict} | {title} | {} |", rule.id, setting.severity, cwe.join(", "))?;
        }
    }
    Ok(())
}

fn json(policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
    let rules: Vec<RuleJson<'_>> = policy.rules().map(|(rule, setting)| entry(rule, setting)).collect();
    serde_json::to_writer_pretty(&mut *out, &rules)?;
    writeln!(out)
}

fn entry(rule: &Rule, setting: Setting) -> RuleJson<'_> {
    RuleJson {
        id: rule.id.as_str(),
        pack: &rule.pack,
        title: &rule.title,
        severity: setting.severity.as_str(),
        profile: rule.profile.as_str(),
        selected: setting.selected,
        precision: rule.precision.as_str(),
        why: &rule.why,
        fix: &rule.fix,
        bad: &rule.bad,
        good: &rule.good,
        references: &rule.references,
    }
}
