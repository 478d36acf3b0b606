//! How much was understood, package by package and in all.

use std::collections::BTreeMap;

use super::Program;
use crate::finding::{Coverage, CrateCoverage, Verdict};
use crate::source::{FoundFile, Package};

/// Counts of one scan.
pub(super) struct CoverageCounter<'s> {
    files: &'s [FoundFile],
    /// By package; `None` for files without one.
    counts: BTreeMap<Option<usize>, CrateCoverage>,
    macros: BTreeMap<String, u64>,
}

impl<'s> CoverageCounter<'s> {
    /// Counts of nothing yet, for the packages that own a file.
    pub(super) fn new(packages: &[Package], files: &'s [FoundFile]) -> Self {
        let name = |at: usize| packages.get(at).map(|package| package.name.clone()).unwrap_or_default();
        let owners = files.iter().map(|file| file.package);
        let counts = owners
            .map(|owner| {
                (owner, CrateCoverage { name: owner.map(name).unwrap_or_default(), ..CrateCoverage::default() })
            })
            .collect();
        Self { files, counts, macros: BTreeMap::new() }
    }

    fn of(&mut self, file: usize) -> Option<&mut CrateCoverage> {
        let owner = self.files.get(file)?.package;
        self.counts.get_mut(&owner)
    }

    /// Adds what the checks counted in a file, and the macros whose calls were not read.
    pub(super) fn understood(&mut self, file: usize, coverage: Coverage, opaque: Vec<Box<str>>) {
        if let Some(counts) = self.of(file) {
            counts.coverage += coverage;
        }
        for path in opaque {
            *self.macros.entry(path.into()).or_default() += 1;
        }
    }

    /// Adds a file that was read.
    pub(super) fn read(&mut self, file: usize, with_errors: bool) {
        if let Some(counts) = self.of(file) {
            counts.coverage.files += 1;
            counts.coverage.files_with_errors += u64::from(with_errors);
        }
    }

    /// Writes the counts to `program`, whose sites are all there.
    pub(super) fn settle(mut self, program: &mut Program) {
        for site in &program.sites {
            let counts = self.of(site.span.file.0 as usize);
            if let Some(counts) = counts {
                counts.sites += 1;
                counts.indeterminate += u64::from(site.verdict == Verdict::Indeterminate);
            }
        }
        program.crates = self.counts.into_values().collect();
        program.crates.sort_by(|one, other| one.name.cmp(&other.name));
        for counts in &program.crates {
            program.coverage += counts.coverage;
        }
        program.unknown.macros = self.macros;
    }
}
