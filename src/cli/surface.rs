//! `auditor surface`: lists every site, decided or not.

use super::Outcome;
use super::args::{ListFormat, SurfaceArgs};
use super::input;
use super::output::{Failure, write_to};
use crate::audit::{DependencyScope, ScanRequest, Workers, scan_on};
use crate::catalog::Overrides;
use crate::report::{Stats, Surface, stats_json, stats_text, surface_json, surface_text};
use crate::source::display_prefix;

pub(super) fn run(args: &SurfaceArgs) -> Result<Outcome, Failure> {
    let overrides = Overrides { exclude: args.input.exclude.clone(), ..Overrides::default() };
    let policy = input::policy(&args.input, &overrides)?;
    let request = input::request(&args.input, &policy, DependencyScope::ALL)?;
    let workers = Workers::new(request.jobs)?;
    workers.run(|| surface(&workers, &request, args))
}

/// All of it on the workers' threads: what is written is theirs to share as well.
fn surface(workers: &Workers, request: &ScanRequest, args: &SurfaceArgs) -> Result<Outcome, Failure> {
    let program = scan_on(workers, request)?;
    let stats =
        Stats { crates: &program.crates, all: &program.coverage, unknown: &program.unknown, gaps: program.gaps.len() };
    let surface = Surface {
        files: &program.files,
        sites: &program.sites,
        gaps: &program.gaps,
        coverage: &program.coverage,
        unknown: &program.unknown,
    };
    write_to(args.input.output.as_deref(), |out| match (args.format, args.stats) {
        (ListFormat::Json, false) => surface_json(&surface, out),
        (ListFormat::Text, false) => surface_text(&surface, &display_prefix(&program.root), out),
        (ListFormat::Json, true) => stats_json(&stats, out),
        (ListFormat::Text, true) => stats_text(&stats, out),
    })?;
    if args.input.timings {
        input::timings(&program);
    }
    // The process ends now: the system takes back at once what would be given back in a hundred thousand pieces.
    std::mem::forget(program);
    Ok(Outcome::Clean)
}
