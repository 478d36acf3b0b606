//! What the arguments leave out: which paths are scanned where none is named.

use std::path::PathBuf;

use super::args::{Command, ScanArgs};

impl Command {
    /// Adds what was left out: the current folder is scanned where nothing else is named.
    pub(super) fn complete(&mut self) {
        let input = match self {
            Self::Scan(scan) => {
                scan.path_behind_baseline();
                &mut scan.input
            }
            Self::Baseline(baseline) => &mut baseline.input,
            Self::Fix(fix) => &mut fix.input,
            Self::Waive(waive) => &mut waive.input,
            Self::Surface(surface) => &mut surface.input,
            Self::Ledger(ledger) => &mut ledger.input,
            Self::Checklist(checklist) => &mut checklist.input,
            _ => return,
        };
        if input.paths.is_empty() {
            input.paths.push(".".into());
        }
    }
}

impl ScanArgs {
    /// FILE of `--baseline` may be left out, so that what stands behind it may be a PATH: a folder or a source is one.
    fn path_behind_baseline(&mut self) {
        let is_path = |file: &PathBuf| file.is_dir() || file.extension().is_some_and(|end| end == "rs");
        if let Some(baseline) = &mut self.baseline {
            self.input.paths.extend(baseline.take_if(|file| is_path(file)));
        }
    }
}
