//! From arguments to what is looked at: paths, standard input, configuration.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::args::InputArgs;
use super::output::{Failure, note};
use super::progress;
use crate::audit::{DependencyScope, Machine, Program, ScanRequest};
use crate::catalog::{CONFIG_NAME, ConfigAt, Overrides, Policy};
use crate::source::{find_upwards, relative_to};

/// Reads the configuration that holds for `input`. Blocks.
pub(super) fn policy(input: &InputArgs, overrides: &Overrides) -> Result<Policy, Failure> {
    let here = Path::new(".");
    let first = input.paths.first().map_or(here, PathBuf::as_path);
    let start = if is_stdin(first) { here } else { first };
    // Of several paths the reports' root is the current folder; of one it is that one.
    let root = if input.paths.len() > 1 { here } else { start };
    let (found, base) = match &input.config {
        Some(path) => (Some(path.clone()), here.to_path_buf()),
        None if input.no_config => (None, PathBuf::new()),
        None => {
            let found = find_upwards(start, CONFIG_NAME);
            let base = found.as_deref().and_then(Path::parent).unwrap_or(here).to_path_buf();
            (found, base)
        }
    };
    let prefix = relative_to(&base, root).unwrap_or_default();
    let config = found.as_deref().map(|path| ConfigAt { path, prefix: &prefix });
    Ok(Policy::load(config, overrides)?)
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
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(Failure::Stdin)?;
        Some((input.stdin_filename.clone(), bytes))
    } else {
        None
    };
    Ok(ScanRequest {
        paths: if from_stdin { Vec::new() } else { input.paths.clone() },
        stdin,
        exclude: policy.exclude.clone(),
        jobs: input.jobs.map(usize::from),
        machine: Machine { pointer_bytes: if input.target_pointer_width == "32" { 4 } else { 8 } },
        dependencies,
        patterns: policy.catalog.patterns(),
        progress: progress::on_terminal(),
    })
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
