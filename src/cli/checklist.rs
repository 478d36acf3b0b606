//! `auditor checklist` and `auditor controls`: holds a program against a checklist, and lists what a checklist asks.

use std::io::{self, Write};
use std::path::Path;

use super::Outcome;
use super::args::{ChecklistArgs, ControlsArgs};
use super::choices::ColorWhen;
use super::ci_commands::Escape;
use super::input::{self, Ways};
use super::output::{Failure, deliver, write_to};
use crate::audit::{Audit, ControlOutcome, DependencyScope, Evidence, Workers, check_off, scan_on};
use crate::catalog::{Catalog, Control, ControlPack, Decider, Overrides};
use crate::finding::RuleId;
use crate::report::Checklist;
use crate::source::{absolute, clean, read_given, workspace_manifest};

/// The pack that is taken where none is named.
const DEFAULT_PACK: &str = "sig";

pub(super) fn run(args: &ChecklistArgs, color: ColorWhen) -> Result<Outcome, Failure> {
    let name = match (&args.pack, &args.require) {
        (Some(pack), Some(require)) if pack != require => {
            return Err(Failure::Other(format!(
                "--pack {pack} and --require {require} name two packs: one is decided at a time"
            )));
        }
        (Some(name), _) | (None, Some(name)) => name,
        (None, None) => DEFAULT_PACK,
    };
    let overrides = Overrides { exclude: args.input.exclude.clone(), ..Overrides::default() };
    let pack = ControlPack::find(name, &input::policy(&args.input, &overrides)?.catalog)?;
    // Whatever profile is in use, the checklist's own rules are looked at.
    let select = pack.rules().map(ToString::to_string).collect();
    let policy = input::policy(&args.input, &Overrides { select, ..overrides })?;
    let evidence = args.evidence.iter().map(|path| {
        let shown = path.display().to_string();
        let text = read_given(path).map_err(|error| Failure::Other(format!("cannot read {shown}: {error}")))?;
        Evidence::parse(&shown, &text).map_err(|error| Failure::Other(clean(&error.to_string()).into_owned()))
    });
    let mut evidence = evidence.collect::<Result<Vec<_>, Failure>>()?;
    let request = input::request(&args.input, &policy, DependencyScope::default())?;
    let workers = Workers::new(request.jobs)?;
    workers.run(|| {
        let audit = input::decided(scan_on(&workers, &request)?, policy, &args.input)?;
        evidence.extend(profiles(&audit));
        report(&audit, &pack, &evidence, args, color)
    })
}

/// What the manifest of the scanned workspace says by itself.
fn profiles(audit: &Audit) -> Option<Evidence> {
    let root = absolute(&audit.program.root);
    let root = Path::new(&root);
    let (path, text) = workspace_manifest(root)?;
    let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
    Evidence::of_manifest(&shown, &text)
}

fn report(
    audit: &Audit,
    pack: &ControlPack,
    evidence: &[Evidence],
    args: &ChecklistArgs,
    color: ColorWhen,
) -> Result<Outcome, Failure> {
    let ways = Ways::to(&audit.program.root);
    let results = check_off(audit, pack, evidence);
    let scan = audit.findings(ways.root()).scan;
    let checklist = Checklist { scan, triaged: &audit.triaged, pack, evidence, results: &results };
    let options = input::options(&args.input, color);
    deliver(&checklist, &args.input, &options, color)?;
    let open = results.iter().any(|it| !matches!(it.outcome, ControlOutcome::Passed | ControlOutcome::NotRun));
    Ok(if args.require.is_some() && open { Outcome::Findings } else { Outcome::Clean })
}

/// Lists the packs, or the controls of one with what decides each.
pub(super) fn controls(args: &ControlsArgs) -> Result<Outcome, Failure> {
    let catalog = Catalog::embedded()?;
    let packs = match &args.pack {
        Some(name) => vec![ControlPack::find(name, &catalog)?],
        None => ControlPack::embedded(&catalog)?,
    };
    write_to(None, Escape::Text, |out| packs.iter().try_for_each(|pack| list(pack, args.pack.is_some(), out)))?;
    Ok(Outcome::Clean)
}

fn list(pack: &ControlPack, whole: bool, out: &mut dyn Write) -> io::Result<()> {
    let source = &pack.source;
    let verified = if source.publicly_verified { "" } else { " (no publication with these ids was found)" };
    let text = format!("{}: {}\n  source: {} {}{verified}", pack.name, pack.title, source.name, source.version);
    writeln!(out, "{}", clean(text.trim_end()))?;
    for control in &pack.controls {
        writeln!(out, "  {}", clean(&format!("{}: {}", control.id, control.title)))?;
        if whole {
            writeln!(out, "      {}", clean(&control.asks))?;
            writeln!(out, "      {}", clean(&deciders(control)))?;
        }
    }
    Ok(())
}

fn deciders(control: &Control) -> String {
    let names = |rules: &[RuleId]| rules.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let one = |decider: &Decider| match decider {
        Decider::Rules(rules) => format!("no open finding of {}", names(rules)),
        Decider::Budget { rules, at_most } => {
            format!("at most {at_most} findings, waived ones included, of {}", names(rules))
        }
        Decider::Drill(controls) => format!("the facts of a drill that name {}", controls.join(", ")),
        Decider::Facts { ids, .. } => format!("the facts {}", ids.join(", ")),
        Decider::Lints { lints, .. } => format!("no diagnostic of {}", lints.join(", ")),
    };
    let one = |decider: &Decider| one(decider) + if decider.is_needed() { "" } else { ", where given" };
    format!("decided by: {}", control.decided_by.iter().map(one).collect::<Vec<_>>().join("; and "))
}
