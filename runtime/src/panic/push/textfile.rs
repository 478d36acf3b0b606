//! A file for node_exporter's textfile collector: written beside its place and renamed, so a scrape sees it whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Sink;
use crate::metrics;
use crate::panic::counters::Snapshot;

#[derive(Debug)]
pub(crate) struct Textfile {
    path: PathBuf,
    draft: PathBuf,
    component: String,
}

impl Textfile {
    pub(crate) fn new(path: &Path, component: &str) -> Self {
        let mut draft = path.as_os_str().to_owned();
        // Not `.prom`: the collector must not read the draft.
        draft.push(format!(".draft-{}", std::process::id()));
        Self { path: path.to_owned(), draft: draft.into(), component: component.to_owned() }
    }
}

impl Sink for Textfile {
    fn name(&self) -> &'static str {
        "textfile"
    }

    fn for_thread(&self) -> Box<dyn Sink> {
        // The draft's name has the process's id: a forked child's is another.
        Box::new(Self::new(&self.path, &self.component))
    }

    fn push(&mut self, snapshot: &Snapshot, _deadline: Instant) -> io::Result<()> {
        let written = fs::write(&self.draft, metrics::panics_as_text(&self.component, snapshot))
            .and_then(|()| fs::rename(&self.draft, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&self.draft);
        }
        written
    }
}
