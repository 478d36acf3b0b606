//! The program column: from paths to sites, stage after stage, files in parallel. What a stage does lives in the stage; what
//! is decided about the sites is `audit`'s business.

mod arch;
mod check;
mod completion;
mod contracts;
mod coverage;
mod dependencies;
mod exports;
mod files;
mod index;
mod lint_levels;
mod lowered;
mod module_paths;
mod module_tree;
mod path_roots;
mod reach;
mod registry;
mod workers;
mod world;

pub use index::index;
pub use workers::Workers;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::checks::custom::Patterns;
use crate::checks::one_a_place;
use crate::finding::{Coverage, CrateCoverage, Operation, Pattern, Site, Unknown};
use crate::reach::{CallGraph, FileReach};
use crate::source::{DependencyKind, DiscoverError, FileId, Gap, GapKind, LintLevel, SourceFile, Span};
pub use crate::types::layout::Machine;
use crate::types::stdlib;

/// The program under audit, as far as the audit itself needs it: what the first column of stages hands to the second.
#[derive(Debug, Default)]
pub struct Program {
    /// What the files' paths are relative to.
    pub root: PathBuf,
    /// The files, sorted by path; `FileId` indexes this list.
    pub files: Vec<SourceFile>,
    /// What was not looked at, sorted.
    pub gaps: Vec<Gap>,
    /// How much was understood.
    pub coverage: Coverage,
    /// The same by package, sorted by name; files without one come first.
    pub crates: Vec<CrateCoverage>,
    /// What could not be known.
    pub unknown: Unknown,
    /// Every site, sorted by file, then position, then kind.
    pub sites: Vec<Site>,
    /// The ledger: every unsafe operation and conversion between pointers, sorted likewise.
    pub operations: Vec<Operation>,
    /// Items and statements that can carry a waiver for all they hold: the span begins at the first attribute or doc
    /// comment. Sorted by span.
    pub items: Vec<Span>,
    /// `#[allow(…)]` and `#[expect(…)]` attributes that name a clippy or rustc lint.
    pub lints: Vec<LintLevel>,
    /// Who calls whom, where that was asked.
    pub reach: Option<CallGraph>,
    /// How long each stage took.
    pub timings: Vec<(&'static str, Duration)>,
}

/// Decides about a path.
pub type PathTest = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Called with how many files are done, and of how many.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// What is to be looked at.
#[derive(Clone, Default)]
pub struct ScanRequest {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// What the files' paths are relative to, where it is not what `Program::root` would be of itself.
    pub root: Option<PathBuf>,
    /// A name and bytes to look at instead.
    pub stdin: Option<(String, Vec<u8>)>,
    /// Globs relative to the root.
    pub exclude: Vec<String>,
    /// How many threads; as many as the machine has where absent.
    pub jobs: Option<usize>,
    /// What the program is compiled for; a machine of 64 bits where absent.
    pub machine: Machine,
    /// What is looked at besides the product: of other code, what it depends on is not read.
    pub dependencies: DependencyScope,
    /// Users' own rules.
    pub patterns: Vec<Pattern>,
    /// Whether it is worked out who can get to each site.
    pub reach: bool,
    /// Tells of a file's path whether its functions promise to have no panic in reach.
    pub panic_free: Option<PathTest>,
    /// Told how far the scan is, from any thread.
    pub progress: Option<Progress>,
}

/// Code besides the product whose dependencies are read too.
#[derive(Debug, Clone, Copy, Default)]
pub struct DependencyScope {
    /// Tests, benches and examples.
    pub tests: bool,
    /// Build scripts.
    pub build_scripts: bool,
}

impl DependencyScope {
    /// All code.
    pub const ALL: Self = Self { tests: true, build_scripts: true };

    fn wants(self, kind: DependencyKind) -> bool {
        match kind {
            DependencyKind::Normal => true,
            DependencyKind::Dev => self.tests,
            DependencyKind::Build => self.build_scripts,
        }
    }
}

/// Why nothing could be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The paths name nothing that can be scanned.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The system gives no threads.
    #[error("cannot start the threads of the scan: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Looks at the program that `request` names. Blocks on the disk; O(bytes scanned). The same for any number of jobs.
///
/// # Errors
///
/// When there is nothing to look at, such as a path that is not there.
pub fn scan(request: &ScanRequest) -> Result<Program, ScanError> {
    scan_on(&Workers::new(request.jobs)?, request)
}

/// Does the same with `workers`, which its caller goes on using; `request.jobs` counts for nothing.
///
/// # Errors
///
/// As `look`.
pub fn scan_on(workers: &Workers, request: &ScanRequest) -> Result<Program, ScanError> {
    workers.run(|| stages(request))
}

fn stages(request: &ScanRequest) -> Result<Program, ScanError> {
    let mut program = Program::default();
    let mut clock = Clock { last: Instant::now(), timings: Vec::new() };

    // The disk and std have nothing to do with each other.
    let (read, std) = rayon::join(|| files::read(request, &mut program), stdlib::load);
    let mut found = read?;
    clock.lap("read");

    let registry = Arc::new(registry::Registry::new(&found.packages, request.dependencies));
    let progress = ProgressCounter {
        done: AtomicU64::new(0),
        total: (found.files.len() + found.asked) as u64,
        progress: request.progress.clone(),
    };
    let (mut lowered, tree) = completion::lower(&mut found, &mut program, &registry, &progress);
    let files::Found { files: mut found, asked, packages, .. } = found;
    tree.settle(&mut found, &mut lowered);
    lint_levels::inherit(&tree, &mut lowered);
    clock.lap("parse");

    let first = FileId(found.len() as u32);
    let mut std = std.placed(first);
    let others = FileId(first.0 + stdlib::FILES);
    let find = || dependencies::find(&packages, &found, &lowered, others, &registry);
    let read_arch = || {
        if arch::is_named(&lowered) {
            std.read_arch();
        }
    };
    let (others, ()) = rayon::join(find, read_arch);
    program.coverage.dependencies = others.wanted;
    program.coverage.dependencies_indexed = others.indexed.len() as u64;
    program.unknown.registry_found = others.registry_found;
    program.unknown.dependencies.clone_from(&others.absent);
    clock.lap("dependencies");

    let code = lowered.iter_mut().take(asked).map(lowered::Lowered::take_exprs).collect();
    let world = world::build(&found, &packages, &mut lowered, (std, others), (tree.files, request.machine));
    clock.lap("names");

    let asks = (&Patterns::new(&request.patterns), request.machine, request.reach);
    let checked = check::check(&found, &lowered, code, &world, asks, &progress);
    clock.lap("check");

    let mut coverage = coverage::CoverageCounter::new(&packages, found.get(..asked).unwrap_or(&found));
    for (file, (one, model)) in lowered.into_iter().zip(&world.files).take(asked).enumerate() {
        coverage.read(file, one.has_gap());
        one.finish(model, &mut program);
    }
    // The models are the largest thing of a scan: they make room before the sites are put together.
    let called = world.give_back(|| collect(&mut program, checked, coverage, asked));
    clock.lap("collect");
    if request.reach {
        reach::settle(called, request.panic_free.as_ref(), &mut program);
        clock.lap("reach");
    }
    program.timings = clock.timings;
    Ok(program)
}

/// Puts together what the checks found in the files, of which the first `asked` were asked for; returns what they call.
fn collect(
    program: &mut Program,
    checked: Vec<check::Checked>,
    mut coverage: coverage::CoverageCounter<'_>,
    asked: usize,
) -> Vec<FileReach> {
    // auditor: allow(panicking-api) a sum of counts of things in memory
    program.sites.reserve_exact(checked.iter().map(|one| one.sites.len()).sum());
    let mut called = Vec::with_capacity(checked.len());
    for (file, one) in checked.into_iter().enumerate() {
        called.push(one.reach);
        coverage.understood(file, one.coverage, one.opaque);
        program.sites.extend(one.sites);
        program.operations.extend(one.operations);
        let limits = one.limits.into_iter().filter_map(|limit| limit_gap(&program.files, limit));
        program.gaps.extend(limits);
    }
    // A macro's body holds sites of its own file, whichever file calls it: one that was not asked for has none.
    program.sites.retain(|site| (site.span.file.0 as usize) < asked);
    program.sites.sort_by(|a, b| (a.span, &a.kind).cmp(&(b.span, &b.kind)));
    one_a_place(&mut program.sites);
    merge(&mut program.operations, asked);
    coverage.settle(program);
    program.gaps.sort();
    program.items.sort();
    program.items.dedup();
    called
}

/// Puts the ledgers of the files together: a macro's body that several files call is one place.
fn merge(operations: &mut Vec<Operation>, asked: usize) {
    operations.retain(|one| (one.site.span.file.0 as usize) < asked);
    operations.sort_by(|a, b| (a.site.span, &a.site.kind).cmp(&(b.site.span, &b.site.kind)));
    let mut merged: Vec<Operation> = Vec::with_capacity(operations.len());
    for one in operations.drain(..) {
        match merged.last_mut().filter(|last| last.site.span == one.site.span && last.site.kind == one.site.kind) {
            Some(last) => last.absorb(one),
            None => merged.push(one),
        }
    }
    *operations = merged;
}

/// What is told of more than what is looked at.
fn limit_gap(files: &[SourceFile], (kind, span): (GapKind, Span)) -> Option<Gap> {
    let file = files.get(span.file.0 as usize)?;
    let what = match kind {
        GapKind::CfgLimit => "more or longer cfgs on one item than are read",
        GapKind::InferenceLimit => "types of a body that take more steps than are spent on it",
        GapKind::SiteLimit => "more rules that match one place than are reported",
        _ => "more than is looked at",
    };
    let position = file.lines.position(&file.text, span.start);
    Some(Gap::new(kind, file.path.as_str(), format!("{what}: this is the first place")).at(position))
}

struct Clock {
    last: Instant,
    timings: Vec<(&'static str, Duration)>,
}

impl Clock {
    fn lap(&mut self, stage: &'static str) {
        self.timings.push((stage, self.last.elapsed()));
        self.last = Instant::now();
    }
}

/// Counts what is done, for the progress bar.
struct ProgressCounter {
    done: AtomicU64,
    total: u64,
    progress: Option<Progress>,
}

impl ProgressCounter {
    fn tick(&self) {
        // Relaxed: a counter for display; nothing is published by it.
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(progress) = &self.progress {
            progress(done, self.total);
        }
    }
}
