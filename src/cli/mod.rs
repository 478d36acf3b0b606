//! The command line: one file a command, exit codes, and the only place that prints.

mod args;
mod artifact;
mod baseline;
mod checklist;
mod choices;
mod ci_commands;
mod completions;
mod defaults;
mod diff;
mod examples;
mod explain;
mod fix;
mod fix_args;
mod index;
mod init;
mod input;
mod ledger;
mod output;
mod output_file;
mod progress;
mod rewrite;
mod rules;
mod scan;
mod since;
mod surface;
mod surface_args;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use output::{Failure, report_failure};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Nothing at or above the gate.
    Clean,
    /// Findings at or above the gate.
    Findings,
    /// Code that counts was not looked at, which wins over findings.
    Incomplete,
}

/// Runs the command line `args`, the program's name first. Blocks; prints.
///
/// Exit codes: 0 clean, 1 findings at or above the gate, 2 the job could not be done.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    let color = args.color;
    match run(args) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Ok(Outcome::Incomplete) => ExitCode::from(2),
        Err(failure) => report_failure(&failure, color),
    }
}

fn run(mut args: Args) -> Result<Outcome, Failure> {
    args.command.complete();
    match args.command {
        Command::Scan(scan) => scan::run(&scan, args.color),
        Command::Baseline(baseline) => baseline::run(&baseline),
        Command::Fix(fix) => fix::run(&fix),
        Command::Waive(waive) => fix::waive(&waive),
        Command::Diff(diff) => diff::run(&diff),
        Command::Surface(surface) => surface::run(&surface, args.color),
        Command::Ledger(ledger) => ledger::run(&ledger, args.color),
        Command::Checklist(checklist) => checklist::run(&checklist, args.color),
        Command::Controls(controls) => checklist::controls(&controls),
        Command::Artifact(artifact) => artifact::run(&artifact),
        Command::Rules(rules) => rules::run(&rules),
        Command::Explain(explain) => explain::run(&explain, args.color),
        Command::Index(index) => index::run(&index),
        Command::Init(init) => init::run(&init),
        Command::Completions { shell } => completions::completions(shell),
        Command::Man => completions::man(),
    }
}

/// Help and version are no errors; wrong arguments are.
fn usage(error: &clap::Error) -> ExitCode {
    let wrong = error.use_stderr();
    // Whoever asked for help and closed the pipe has seen enough.
    let _closed = error.print();
    if wrong { ExitCode::from(2) } else { ExitCode::SUCCESS }
}
