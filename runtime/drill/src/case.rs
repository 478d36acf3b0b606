//! Runs one case of the child with a deadline and gathers its records, counters and answers.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use auditor_runtime::panic::{Snapshot, read_counter_file};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// How the drilled program treats the hook: two of the three are there to show that the drill can fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HookVariant {
    /// Installed first in `main`.
    #[default]
    Present,
    /// Installed after a thread was started.
    Late,
    /// Not installed.
    Absent,
}

impl HookVariant {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Late => "late",
            Self::Absent => "absent",
        }
    }
}

/// One case, with a folder of its own.
#[derive(Debug)]
pub struct Case {
    name: String,
    program: PathBuf,
    folder: PathBuf,
    environment: Vec<(String, String)>,
    stderr: Option<Stdio>,
    deadline: Duration,
}

/// What a case left behind.
#[derive(Debug)]
#[non_exhaustive]
pub struct Left {
    /// Its exit code, where it ended by itself.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Every line of its records' file as JSON, in order.
    pub lines: Vec<Value>,
    /// The counter file's counts; zeros where there is none.
    pub counters: Snapshot,
    /// How often the counter file was opened.
    pub starts: u64,
    /// What it said on standard output, `name value` a line; the last of a name counts.
    pub said: BTreeMap<String, String>,
    /// All that it said.
    pub stdout: String,
    /// From its start to its end.
    pub took: Duration,
    /// Its folder: `records`, `counters` and `stdout` are in it.
    pub folder: PathBuf,
}

impl Left {
    /// The lines of one event: `exception`, `exception.symbols`, `hook.installed`.
    pub fn of_event(&self, name: &str) -> Vec<&Value> {
        self.lines.iter().filter(|line| line.get("event.name").is_some_and(|event| event == name)).collect()
    }

    /// The records of panics.
    pub fn records(&self) -> Vec<&Value> {
        self.of_event("exception")
    }

    /// A number that the child said.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.said.get(name)?.parse().ok()
    }
}

impl Case {
    /// A case of `program`, with records and counters in a new folder, without symbols, without a limit of records.
    ///
    /// # Errors
    ///
    /// The folder cannot be made.
    pub fn new(program: &Path, name: &str) -> io::Result<Self> {
        let folder = new_folder()?;
        let case = Self {
            name: name.to_owned(),
            program: program.to_owned(),
            environment: Vec::new(),
            stderr: None,
            deadline: Duration::from_secs(20),
            folder: folder.clone(),
        };
        Ok(case
            .with("AUDITOR_PANIC_RECORDS", folder.join("records").display())
            .with("AUDITOR_PANIC_COUNTERS", folder.join("counters").display())
            .with("AUDITOR_PANIC_SYMBOLS", "0")
            // The drill looks at each record.
            .with("AUDITOR_PANIC_RECORDS_PER_SECOND", "0"))
    }

    /// The case's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A variable of the child's environment, which is otherwise empty; a later one goes before an earlier.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// Where the child's standard error goes; nowhere unless told.
    #[must_use]
    pub fn stderr(mut self, to: impl Into<Stdio>) -> Self {
        self.stderr = Some(to.into());
        self
    }

    /// After how long the child is killed; 20 seconds unless told.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Runs the child to its end and removes the folder.
    ///
    /// # Errors
    ///
    /// As [`Case::run_and_keep`].
    pub fn run(self) -> io::Result<Left> {
        let folder = self.folder.clone();
        let left = self.run_and_keep();
        fs::remove_dir_all(folder)?;
        left
    }

    /// Runs the child to its end; the folder stays.
    ///
    /// # Errors
    ///
    /// The child cannot be started, runs past its deadline (it is killed), or wrote a line that is no JSON.
    pub fn run_and_keep(self) -> io::Result<Left> {
        let out = self.folder.join("stdout");
        let start = Instant::now();
        let child = Command::new(&self.program)
            .arg(&self.name)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(File::create(&out)?)
            .stderr(self.stderr.unwrap_or_else(Stdio::null))
            .spawn()?;
        let status = wait(child, start, self.deadline)?;
        let took = start.elapsed();
        let stdout = fs::read_to_string(out)?;
        let records = fs::read_to_string(self.folder.join("records")).unwrap_or_default();
        let (starts, counters) = read_counter_file(&self.folder.join("counters")).unwrap_or_default();
        Ok(Left {
            code: status.code(),
            signal: status.signal(),
            lines: parsed(&records)?,
            counters,
            starts,
            said: stdout.lines().filter_map(|line| line.split_once(' ')).map(owned).collect(),
            stdout,
            took,
            folder: self.folder,
        })
    }
}

/// A folder that no other part of a drill has.
pub(super) fn new_folder() -> io::Result<PathBuf> {
    // Relaxed: pairs with nothing, a number for a folder's name.
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("auditor-drill-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Every line of `text` as JSON.
///
/// # Errors
///
/// A line is no JSON: broken, or two lines that interleaved.
pub fn parsed(text: &str) -> io::Result<Vec<Value>> {
    text.lines()
        .map(|line| serde_json::from_str(line).map_err(|error| io::Error::other(format!("{error}: {line}"))))
        .collect()
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn wait(mut child: Child, start: Instant, deadline: Duration) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > deadline {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the child ran past its deadline"));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
