//! From arguments to what is looked at: paths, standard input, configuration.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::InputArgs;
use super::choices::ColorWhen;
use super::output::{Failure, colored, note};
use super::progress;
use crate::audit::{Audit, DependencyScope, Machine, PathTest, Program, ScanRequest, decide, nest};
use crate::catalog::{CONFIG_NAME, ConfigAt, Overrides, Policy};
use crate::report::{Limit, Options, Root};
use crate::source::{DEFAULT_FILE_BYTES, checkout_of, clean_path, display_prefix, find_upwards, relative_to};

/// Reads the configuration that holds for `input`. Blocks.
pub(super) fn policy(input: &InputArgs, overrides: &Overrides) -> Result<Policy, Failure> {
    policy_at(Path::new("."), input, overrides)
}

/// Does the same where the user stands in the folder `here`.
pub(super) fn policy_at(here: &Path, input: &InputArgs, overrides: &Overrides) -> Result<Policy, Failure> {
    let first = input.paths.first().map_or(here, PathBuf::as_path);
    let start = if is_stdin(first) { here } else { first };
    // Of several paths the reports' root is the current folder; of one it is that one.
    let root = if input.paths.len() > 1 { here } else { start };
    let (found, base) = match &input.config {
        Some(path) => (Some(path.clone()), here.to_path_buf()),
        None if input.isolated => (None, PathBuf::new()),
        None => {
            let found = find_upwards(start, CONFIG_NAME);
            let base = found.as_deref().and_then(Path::parent).unwrap_or(here).to_path_buf();
            (found, base)
        }
    };
    let prefix = relative_to(&base, root).unwrap_or_default();
    if input.verbose {
        note(&configuration(found.as_deref(), input));
    }
    let config = found.as_deref().map(|path| ConfigAt { path, prefix: &prefix, given: input.config.is_some() });
    Ok(Policy::load(config, overrides)?)
}

/// Which configuration holds, for people.
fn configuration(found: Option<&Path>, input: &InputArgs) -> String {
    match found {
        Some(path) => format!("configuration: {}", clean_path(&path.display().to_string())),
        None if input.isolated => "configuration: none, as --isolated asks".to_owned(),
        None => "configuration: the defaults; no auditor.toml at or above the scanned path".to_owned(),
    }
}

/// Decides about the sites of `program` by `policy` and, unless `input` names one configuration or none, by those in folders
/// below the scanned one. Blocks.
pub(super) fn decided(program: Program, mut policy: Policy, input: &InputArgs) -> Result<Audit, Failure> {
    if !input.isolated && input.config.is_none() {
        nest(&mut policy, &program)?;
    }
    if input.verbose {
        for path in policy.nested_paths() {
            note(&format!("configuration: {}", clean_path(&path.display().to_string())));
        }
    }
    Ok(decide(program, policy))
}

/// What is looked at: the paths of `input`, or standard input. Blocks.
pub(super) fn request(
    input: &InputArgs,
    policy: &Policy,
    dependencies: DependencyScope,
) -> Result<ScanRequest, Failure> {
    let from_stdin = input.paths.iter().any(|path| is_stdin(path));
    if from_stdin && input.paths.len() > 1 {
        return Err(Failure::Other("`-` (standard input) cannot be mixed with other paths".into()));
    }
    let stdin = if from_stdin {
        let mut bytes = Vec::new();
        // One byte more than is looked at: what is larger is a gap.
        let mut bounded = std::io::stdin().lock().take(DEFAULT_FILE_BYTES + 1);
        bounded.read_to_end(&mut bytes).map_err(Failure::Stdin)?;
        Some((input.stdin_filename.clone(), bytes))
    } else {
        None
    };
    Ok(ScanRequest {
        paths: if from_stdin { Vec::new() } else { input.paths.clone() },
        root: None,
        stdin,
        exclude: policy.exclude.clone(),
        jobs: input.jobs.map(usize::from),
        machine: Machine { pointer_bytes: if input.target_pointer_width == "32" { 4 } else { 8 } },
        dependencies,
        patterns: policy.catalog.patterns(),
        reach: policy.asks_reach(),
        panic_free: zones(policy),
        progress: progress::on_terminal(),
    })
}

/// Which files promise to have no panic in reach, where the configuration names some.
fn zones(policy: &Policy) -> Option<PathTest> {
    let policy = policy.has_panic_free().then(|| policy.clone())?;
    Some(Arc::new(move |path: &str| policy.is_panic_free(path)))
}

/// Where the scanned folder lies, for paths in reports.
pub(super) struct Ways {
    from_here: String,
    from_checkout: String,
}

impl Ways {
    /// The ways to the folder `root`. Blocks.
    pub(super) fn to(root: &Path) -> Self {
        Self { from_here: display_prefix(root), from_checkout: checkout_prefix(root) }
    }

    pub(super) fn root(&self) -> Root<'_> {
        Root { from_here: &self.from_here, from_checkout: &self.from_checkout }
    }
}

/// The way from the repository that holds `root` down to it, from where the user stands if none does; none at all if that is
/// elsewhere, for no URI may say where on a disk a file lies.
fn checkout_prefix(root: &Path) -> String {
    let way = checkout_of(root).and_then(|checkout| relative_to(checkout, root));
    match way {
        Some(way) if !way.is_empty() => way + "/",
        Some(way) => way,
        None => Some(display_prefix(root)).filter(|way| Path::new(way).is_relative()).unwrap_or_default(),
    }
}

/// How the report looks that `input` asks for.
pub(super) fn options(input: &InputArgs, color: ColorWhen) -> Options {
    Options {
        color: colored(color, input.output.as_ref()),
        width: terminal_size::terminal_size_of(std::io::stdout()).map_or(0, |(width, _)| usize::from(width.0)),
        limit: match input.limit {
            Some(limit) => Limit::AtMost(limit),
            None if input.all => Limit::None,
            None => Limit::Usual,
        },
        sarif: input.sarif_profile.into(),
        ..Options::default()
    }
}

/// Prints how long each stage took.
pub(super) fn timings(program: &Program) {
    for (stage, time) in &program.timings {
        note(&format!("{stage:>12}  {:9.2} ms", time.as_secs_f64() * 1000.0));
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}
