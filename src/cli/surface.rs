//! `auditor surface`: lists every site, decided or not, and who gets there.

use std::path::PathBuf;

use super::Outcome;
use super::choices::ColorWhen;
use super::input::{self, Ways};
use super::output::{Failure, deliver};
use super::surface_args::SurfaceArgs;
use crate::audit::{DependencyScope, Program, ScanRequest, Workers, scan_on, scanned};
use crate::catalog::{Overrides, Policy};
use crate::report::{Document, ReachFilter, ReachView, Stats, Surface};
use crate::source::lockfile::Locked;
use crate::source::{RegistrySources, cargo_home, locked_dependencies};

pub(super) fn run(args: &SurfaceArgs, color: ColorWhen) -> Result<Outcome, Failure> {
    let overrides = Overrides { exclude: args.input.exclude.clone(), ..Overrides::default() };
    let policy = input::policy(&args.input, &overrides)?;
    let request = input::request(&args.input, &policy, DependencyScope::ALL)?;
    let mut request = ScanRequest { reach: args.asks_reach(), ..request };
    let packages = args.dependencies.then(|| add_dependencies(&mut request.paths));
    let workers = Workers::new(request.jobs)?;
    workers.run(|| surface(&workers, &request, (&policy, packages), args, color))
}

/// All of it on the workers' threads: what is written is theirs to share as well.
fn surface(
    workers: &Workers,
    request: &ScanRequest,
    (policy, packages): (&Policy, Option<Vec<String>>),
    args: &SurfaceArgs,
    color: ColorWhen,
) -> Result<Outcome, Failure> {
    let program = scan_on(workers, request)?;
    let ways = Ways::to(&program.root);
    let scan = scanned(&program, policy, ways.root());
    let filter = ReachFilter { dependencies: packages, ..filter(args, &program)? };
    let view = program.reach.as_ref();
    let view = view.map(|graph| ReachView::new(graph, &program.sites, &program.files, (policy, &filter)));
    let surface = Surface { scan, sites: &program.sites, reach: view.as_ref() };
    let stats = Stats { scan, crates: &program.crates };
    let document: &dyn Document = if args.stats { &stats } else { &surface };
    let options = input::options(&args.input, color);
    deliver(document, &args.input, &options, color)?;
    if args.input.timings {
        input::timings(&program);
    }
    // The process ends now: the system takes back at once what would be given back in a hundred thousand pieces.
    std::mem::forget(program);
    Ok(Outcome::Clean)
}

/// Adds the folders of the crates that the lock file pins; returns the names of those that are there, sorted. Blocks on the disk.
fn add_dependencies(paths: &mut Vec<PathBuf>) -> Vec<String> {
    let sources = RegistrySources::new(cargo_home());
    let mut names = Vec::new();
    let mut folders = Vec::new();
    for path in &*paths {
        let here = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        for Locked { name, version, .. } in locked_dependencies(&here).into_iter().filter(|one| one.registry) {
            if let Some(folder) = sources.exact(&name, &version) {
                names.push(name);
                folders.push(folder);
            }
        }
    }
    folders.sort();
    folders.dedup();
    paths.extend(folders);
    names.sort();
    names.dedup();
    names
}

/// What of the graph is asked for.
fn filter(args: &SurfaceArgs, program: &Program) -> Result<ReachFilter, Failure> {
    let mut filter = ReachFilter { entries: args.entry.clone(), ..ReachFilter::default() };
    if let Some(why) = &args.why {
        let (path, line) = why
            .rsplit_once(':')
            .and_then(|(path, line)| Some((path, line.parse().ok()?)))
            .ok_or_else(|| Failure::Other(format!("--why: `{why}` is not FILE:LINE")))?;
        let path = path.trim_start_matches("./");
        let found = program.files.iter().find(|file| file.path == path).or_else(|| {
            let mut ends =
                program.files.iter().filter(|file| ends_with(&file.path, path) || ends_with(path, &file.path));
            ends.next().filter(|_| ends.next().is_none())
        });
        let file =
            found.ok_or_else(|| Failure::Other(format!("--why: no scanned file is `{path}`, or several end so")))?;
        filter.place = Some((file.id, line));
    }
    Ok(filter)
}

/// Whether a path ends with whole names of another.
fn ends_with(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}
