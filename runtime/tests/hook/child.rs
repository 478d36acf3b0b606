//! Runs one case of the drill's child with a deadline and gathers its records, counters and answers.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use auditor_runtime::panic::{Snapshot, read_counter_file};
use serde_json::Value;

/// No case takes longer; one that does is killed and fails its test.
const DEADLINE: Duration = Duration::from_secs(20);

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// One case, with a folder of its own.
pub struct Case {
    name: &'static str,
    program: PathBuf,
    pub folder: PathBuf,
    environment: Vec<(String, String)>,
    stderr: Option<Stdio>,
}

/// What a case left behind.
pub struct Left {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    /// `hook.installed`, `exception` and `exception.symbols` records, in order.
    pub lines: Vec<Value>,
    pub counters: Snapshot,
    pub starts: u64,
    /// What the child said, `name value` a line; the last of a name counts.
    pub said: BTreeMap<String, String>,
    pub stdout: String,
    pub took: Duration,
    pub folder: PathBuf,
}

impl Left {
    pub fn of_event(&self, name: &str) -> Vec<&Value> {
        self.lines.iter().filter(|line| line["event.name"] == name).collect()
    }

    /// The records of panics.
    pub fn records(&self) -> Vec<&Value> {
        self.of_event("exception")
    }

    /// The one record there is.
    pub fn record(&self) -> &Value {
        let records = self.records();
        assert_eq!(records.len(), 1, "{:?}", self.lines);
        records[0]
    }

    pub fn said(&self, name: &str) -> &str {
        self.said.get(name).map_or_else(|| panic!("{name} was not said: {}", self.stdout), String::as_str)
    }
}

impl Case {
    pub fn new(name: &'static str) -> Self {
        // Relaxed: pairs with nothing, a number for a folder's name.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("auditor-hook-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the case");
        let program = env!("CARGO_BIN_EXE_auditor-drill-child").into();
        let case = Self { name, program, folder: folder.clone(), environment: Vec::new(), stderr: None };
        case.with("AUDITOR_PANIC_RECORDS", folder.join("records").display())
            .with("AUDITOR_PANIC_COUNTERS", folder.join("counters").display())
            .with("AUDITOR_PANIC_SYMBOLS", "0")
    }

    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// Another build of the child.
    pub fn program(mut self, program: PathBuf) -> Self {
        self.program = program;
        self
    }

    pub fn stderr(mut self, to: impl Into<Stdio>) -> Self {
        self.stderr = Some(to.into());
        self
    }

    /// Starts the child, waits for it, reads everything and removes the folder.
    pub fn run(self) -> Left {
        let folder = self.folder.clone();
        let left = self.run_and_keep();
        std::fs::remove_dir_all(folder).expect("the folder is removed");
        left
    }

    /// As `run`; the folder stays.
    pub fn run_and_keep(self) -> Left {
        let out = self.folder.join("stdout");
        let start = Instant::now();
        let child = Command::new(&self.program)
            .arg(self.name)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(File::create(&out).expect("a file"))
            .stderr(self.stderr.unwrap_or_else(Stdio::null))
            .spawn()
            .expect("the child starts");
        let status = wait(child, start);
        let took = start.elapsed();
        let stdout = std::fs::read_to_string(out).expect("what the child said");
        let records = std::fs::read_to_string(self.folder.join("records")).unwrap_or_default();
        let (starts, counters) = read_counter_file(&self.folder.join("counters")).unwrap_or_default();
        Left {
            code: status.code(),
            signal: status.signal(),
            lines: parsed(&records),
            counters,
            starts,
            said: stdout.lines().filter_map(|line| line.split_once(' ')).map(owned).collect(),
            stdout,
            took,
            folder: self.folder,
        }
    }
}

/// Every line of `text` as JSON: a broken or interleaved line fails the test.
pub fn parsed(text: &str) -> Vec<Value> {
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(parse).collect()
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn wait(mut child: Child, start: Instant) -> std::process::ExitStatus {
    loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            return status;
        }
        if start.elapsed() > DEADLINE {
            child.kill().expect("the child is killed");
            child.wait().expect("the child is reaped");
            panic!("the child ran past its deadline");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub const ABORTED: Option<i32> = Some(6);
