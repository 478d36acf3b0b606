//! From arguments to what is looked at: paths, standard input, configuration.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::args::InputArgs;
use super::output::{Failure, note};
use super::progress;
use crate::audit::Look;
use crate::audit::Program;
use crate::catalog::{CONFIG_NAME, Overrides, Policy};
use crate::source::find_upwards;

/// Reads the configuration that holds for `input`. Blocks.
pub(super) fn policy(input: &InputArgs, overrides: &Overrides) -> Result<Policy, Failure> {
    let first = input.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let found = match &input.config {
        Some(path) => Some(path.clone()),
        None if input.no_config => None,
        None if is_stdin(first) => find_upwards(Path::new("."), CONFIG_NAME),
        None => find_upwards(first, CONFIG_NAME),
    };
    Ok(Policy::load(found.as_deref(), overrides)?)
}

/// What is looked at: the paths of `input`, or standard input. Blocks.
pub(super) fn look(input: &InputArgs, policy: &Policy) -> Result<Look, Failure> {
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
    Ok(Look {
        paths: if from_stdin { Vec::new() } else { input.paths.clone() },
        stdin,
        exclude: policy.exclude.clone(),
        jobs: input.jobs.map(usize::from),
        patterns: policy.catalog.patterns(),
        progress: progress::on_terminal(),
    })
}

/// A scan that saw no file has not shown that anything is in order.
pub(super) fn require_files(input: &InputArgs, program: &Program) -> Result<(), Failure> {
    if program.files.is_empty() && program.gaps.is_empty() {
        let paths: Vec<String> = input.paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::Other(format!("no Rust files under {}", paths.join(", "))));
    }
    Ok(())
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
