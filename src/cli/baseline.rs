//! `auditor baseline`: accepts today's findings. Also what `scan --baseline` reads.

use std::path::{Path, PathBuf};

use super::Outcome;
use super::args::{BaselineArgs, InputArgs};
use super::ci_commands::Escape;
use super::input;
use super::output::{Failure, note, write_to};
use super::scan::{self, dependency_scope, overrides};
use crate::audit::{Audit, Workers, scan_on};
use crate::baseline::{Accepted, BASELINE_NAME, Comparison, parse, write};
use crate::source::{find_upwards, read_given, relative_to};

pub(super) fn run(args: &BaselineArgs) -> Result<Outcome, Failure> {
    let policy = input::policy(&args.input, &overrides(&args.input, &args.rules, None))?;
    let request = input::request(&args.input, &policy, dependency_scope(&policy))?;
    let workers = Workers::new(request.jobs)?;
    let mut audit = workers.run(|| input::decided(scan_on(&workers, &request)?, policy, &args.input))?;
    let path = args.input.output.clone().unwrap_or_else(|| beside(&args.input).join(BASELINE_NAME));
    if scan::outcome(&audit) == Outcome::Incomplete {
        return Ok(Outcome::Incomplete);
    }
    let accepted = audit.accepted();
    let before = if path.exists() { Some(BaselineFile::read(path.clone())?) } else { None };
    if let Some(before) = &before {
        before.judge(&mut audit)?;
    }
    if args.shrink {
        let Some(comparison) = &audit.comparison else {
            return Err(Failure::Other(format!("there is no {} to shrink", path.display())));
        };
        if comparison.new > 0 {
            note(&format!(
                "{} new findings, and --shrink accepts none: {} was left alone; `auditor scan --baseline` lists them",
                comparison.new,
                path.display()
            ));
            return Ok(Outcome::Findings);
        }
    }
    write_to(Some(&path), Escape::Nothing, |out| out.write_all(write(&accepted).as_bytes()))?;
    note(&said(&path, &accepted, audit.comparison.as_ref()));
    Ok(Outcome::Clean)
}

/// What was written, and how it differs from what was there.
fn said(path: &Path, accepted: &Accepted, comparison: Option<&Comparison>) -> String {
    let count = accepted.total();
    let findings = if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") };
    let wrote = format!("wrote {}: {findings}", path.display());
    let Some(Comparison { new, known, moved, gone, whole: true, .. }) = comparison else { return wrote };
    // auditor: allow(panicking-api) a sum of counts of things in memory
    let moved: u64 = moved.iter().map(|one| u64::from(one.count)).sum();
    // auditor: allow(panicking-api) a sum of counts of things in memory
    let gone: u64 = gone.iter().map(|one| u64::from(one.count)).sum();
    format!("{wrote} ({new} new, {known} as before, {moved} moved; {gone} gone)")
}

/// The folder that the baseline of a scan lies in: the scanned one, or the current one of several.
fn beside(input: &InputArgs) -> PathBuf {
    match input.paths.as_slice() {
        [one] if one.is_dir() => one.clone(),
        _ => PathBuf::from("."),
    }
}

/// A baseline that was read.
pub(super) struct BaselineFile {
    path: PathBuf,
    accepted: Accepted,
}

/// Reads the baseline that `scan --baseline` names: `file`, or the nearest one at or above the first path. Blocks.
pub(super) fn accepted(file: Option<&Path>, input: &InputArgs) -> Result<BaselineFile, Failure> {
    if let Some(file) = file {
        return BaselineFile::read(file.to_path_buf());
    }
    let start = input.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let found = find_upwards(start, BASELINE_NAME).ok_or_else(|| {
        let place = start.display();
        Failure::Other(format!("no {BASELINE_NAME} at or above {place}; `auditor baseline` writes one"))
    })?;
    if found.is_symlink() {
        // The repository's author chose where it leads to.
        let found = found.display();
        return Err(Failure::Other(format!("{found} is a symbolic link: name its target with --baseline FILE")));
    }
    BaselineFile::read(found)
}

impl BaselineFile {
    fn read(path: PathBuf) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let text = read_given(&path).map_err(|error| Failure::Other(format!("cannot read {name}: {error}")))?;
        Ok(Self { accepted: parse(&name, &text)?, path })
    }

    /// Compares `audit` with the baseline.
    ///
    /// # Errors
    /// When the baseline is another project's.
    pub(super) fn judge(&self, audit: &mut Audit) -> Result<(), Failure> {
        let name = self.path.display().to_string();
        let accepted = self.accepted.packages();
        let scanned = |package: &&&str| audit.program.files.iter().any(|file| *file.package == ***package);
        if !accepted.is_empty() && accepted.iter().find(scanned).is_none() {
            let first = accepted.first().copied().unwrap_or_default();
            let message = format!("{name} is another project's: none of its packages is scanned, such as `{first}`");
            return Err(Failure::Other(message));
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        // All of the baseline's folder was scanned: what is not found is gone.
        let whole =
            relative_to(&audit.program.root, if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        audit.compare(&self.accepted, &name, whole.is_some());
        Ok(())
    }
}
