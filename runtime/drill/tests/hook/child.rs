//! The drill's cases as these tests want them: any trouble fails the test.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use auditor_runtime_drill::case;
use serde_json::Value;

pub(crate) const ABORTED: Option<i32> = Some(6);

/// One case, with a folder of its own.
pub(crate) struct Case {
    name: &'static str,
    inner: case::Case,
}

/// What a case left behind.
pub(crate) struct Left(case::Left);

impl std::ops::Deref for Left {
    type Target = case::Left;

    fn deref(&self) -> &case::Left {
        &self.0
    }
}

impl Left {
    /// The one record there is.
    pub(crate) fn record(&self) -> &Value {
        let records = self.records();
        assert_eq!(records.len(), 1, "{:?}", self.lines);
        records[0]
    }

    pub(crate) fn said(&self, name: &str) -> &str {
        self.said.get(name).map_or_else(|| panic!("{name} was not said: {}", self.stdout), String::as_str)
    }
}

impl Case {
    pub(crate) fn new(name: &'static str) -> Self {
        Self::of(Path::new(env!("CARGO_BIN_EXE_auditor-drill-child")), name)
    }

    /// Of another build of the child.
    pub(crate) fn of(program: &Path, name: &'static str) -> Self {
        Self { name, inner: case::Case::new(program, name).expect("a folder for the case") }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.inner.folder().to_owned()
    }

    pub(crate) fn with(self, name: &str, value: impl std::fmt::Display) -> Self {
        Self { inner: self.inner.with(name, value), ..self }
    }

    pub(crate) fn stderr(self, to: impl Into<Stdio>) -> Self {
        Self { inner: self.inner.stderr(to), ..self }
    }

    /// Runs to the end and removes the folder.
    pub(crate) fn run(self) -> Left {
        whole(self.name, self.inner.run())
    }

    /// As `run`; the folder stays.
    pub(crate) fn run_and_keep(self) -> Left {
        whole(self.name, self.inner.run_and_keep())
    }
}

/// What a child left that is the one that was built, ended in time, and wrote whole lines.
fn whole(name: &str, left: std::io::Result<case::Left>) -> Left {
    let left = left.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(left.proven && !left.overdue, "{name}: {left:?}");
    assert_eq!(left.broken, [""; 0], "{name}: each line is JSON");
    Left(left)
}

/// Every line of `text` as JSON: a broken or interleaved line fails the test.
pub(crate) fn parsed(text: &str) -> Vec<Value> {
    let (lines, broken) = case::records_of(text);
    assert_eq!(broken, [""; 0], "each line is JSON");
    lines
}
