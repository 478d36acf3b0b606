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
        Left(self.inner.run().unwrap_or_else(|error| panic!("{}: {error}", self.name)))
    }

    /// As `run`; the folder stays.
    pub(crate) fn run_and_keep(self) -> Left {
        Left(self.inner.run_and_keep().unwrap_or_else(|error| panic!("{}: {error}", self.name)))
    }
}

/// Every line of `text` as JSON: a broken or interleaved line fails the test.
pub(crate) fn parsed(text: &str) -> Vec<Value> {
    case::parsed(text).expect("each line is JSON")
}
