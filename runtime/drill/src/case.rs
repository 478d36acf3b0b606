//! Runs one case of the child with a deadline and gathers its records, counters and answers.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use auditor_runtime::panic::{Snapshot, read_counter_file};

use crate::proof::{Digest, NONCE, Proofs, digest};

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
    /// What a drill allows at most.
    most: Duration,
    nonce: String,
    trouble: Arc<Mutex<Trouble>>,
}

/// What went wrong with children as such, over all cases of a drill: the names of the cases.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    /// Cases that were run.
    pub(crate) cases: u64,
    /// What they said was not proven to come from the program that was built.
    pub(crate) unproven: Vec<String>,
    /// They ran past their deadline.
    pub(crate) overdue: Vec<String>,
    /// They left lines that are no JSON.
    pub(crate) broken: Vec<String>,
}

/// What a case left behind.
#[derive(Debug)]
#[non_exhaustive]
pub struct Left {
    /// Its exit code, where it ended by itself.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// It ran past its deadline, and was killed.
    pub overdue: bool,
    /// It is the program that was built, and answered the nonce; nothing is taken from another.
    pub proven: bool,
    /// Every line of its records' file as JSON, in order.
    pub lines: Vec<Value>,
    /// Lines of that file that are no JSON: broken, or two that interleaved.
    pub broken: Vec<String>,
    /// The counter file's counts; zeros where there is none.
    pub counters: Snapshot,
    /// How often the counter file was opened.
    pub starts: u64,
    /// What it said on standard output, `name value` a line; the last of a name counts.
    pub said: BTreeMap<String, String>,
    /// All that it said and proved.
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
            most: Duration::MAX,
            nonce: new_nonce(),
            trouble: Arc::default(),
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

    /// After how long the child is killed; 20 seconds unless told, and never longer than the drill allows.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The nonce of a drill, which the child must answer, and where trouble with it is gathered.
    pub(crate) fn of_drill(mut self, nonce: &str, trouble: &Arc<Mutex<Trouble>>, most: Duration) -> Self {
        (self.nonce, self.trouble, self.most) = (nonce.to_owned(), Arc::clone(trouble), most);
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

    /// Runs the child to its end; the folder stays. One that runs past its deadline is killed.
    ///
    /// # Errors
    ///
    /// The child cannot be started.
    pub fn run_and_keep(self) -> io::Result<Left> {
        let out = self.folder.join("stdout");
        let start = Instant::now();
        let child = Command::new(&self.program)
            .arg(&self.name)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env(NONCE, &self.nonce)
            .stdin(Stdio::null())
            .stdout(File::create(&out)?)
            .stderr(self.stderr.unwrap_or_else(Stdio::null))
            .spawn()?;
        let status = wait(child, start, self.deadline.min(self.most))?;
        let took = start.elapsed();
        let said = fs::read(out)?;
        let stdout = proven(&self.program, &self.nonce, &self.name, &String::from_utf8_lossy(&said))?;
        let (mut lines, mut broken, mut counters, mut starts) = (Vec::new(), Vec::new(), Snapshot::default(), 0);
        if stdout.is_some() {
            let records = fs::read(self.folder.join("records")).unwrap_or_default();
            (lines, broken) = records_of(&String::from_utf8_lossy(&records));
            (starts, counters) = read_counter_file(&self.folder.join("counters")).unwrap_or_default();
        } else {
            // Whatever lies there was not left by the program that was built.
            fs::remove_dir_all(&self.folder)?;
            fs::create_dir_all(&self.folder)?;
        }
        let left = Left {
            code: status.and_then(|status| status.code()),
            signal: status.and_then(|status| status.signal()),
            overdue: status.is_none(),
            proven: stdout.is_some(),
            lines,
            broken,
            counters,
            starts,
            said: stdout
                .iter()
                .flat_map(|text| text.lines())
                .filter_map(|line| line.split_once(' '))
                .map(owned)
                .collect(),
            stdout: stdout.unwrap_or_default(),
            took,
            folder: self.folder,
        };
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).note(&self.name, &left);
        Ok(left)
    }
}

impl Trouble {
    fn note(&mut self, name: &str, left: &Left) {
        self.cases = self.cases.saturating_add(1);
        let lists = [
            (!left.proven, &mut self.unproven),
            (left.overdue, &mut self.overdue),
            (!left.broken.is_empty(), &mut self.broken),
        ];
        for (is_so, list) in lists {
            if is_so {
                list.push(name.to_owned());
            }
        }
    }
}

/// The lines that the child said and proved, without their proofs; none where it did not answer the nonce.
fn proven(program: &Path, nonce: &str, case: &str, said: &str) -> io::Result<Option<String>> {
    let mut proofs = Proofs::new(nonce, case, &digest_once(program)?);
    let lines: Vec<&str> = said.lines().map_while(|line| proofs.check(line)).collect();
    let answered = lines.first().is_some_and(|line| line.strip_prefix("nonce ") == Some(nonce));
    Ok(answered.then(|| lines.into_iter().flat_map(|line| [line, "\n"]).collect()))
}

/// The program's digest: read once, a drill has a hundred children.
pub(crate) fn digest_once(program: &Path) -> io::Result<Digest> {
    static KNOWN: Mutex<BTreeMap<PathBuf, Digest>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.get(program) {
        return Ok(*found);
    }
    let found = digest(program)?;
    known.insert(program.to_owned(), found);
    Ok(found)
}

/// A number that no drill had before.
pub(crate) fn new_nonce() -> String {
    use std::hash::{BuildHasher, RandomState};
    let number = |part: u8| RandomState::new().hash_one((part, Instant::now(), std::process::id()));
    format!("{:016x}{:016x}", number(0), number(1))
}

/// A folder that no other part of a drill has.
pub(super) fn new_folder() -> io::Result<PathBuf> {
    // Relaxed: pairs with nothing, a number for a folder's name.
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("auditor-drill-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The lines of `text` that are JSON, and those that are not.
pub fn records_of(text: &str) -> (Vec<Value>, Vec<String>) {
    let (mut lines, mut broken) = (Vec::new(), Vec::new());
    for line in text.lines() {
        match serde_json::from_str(line) {
            Ok(value) => lines.push(value),
            Err(_) => broken.push(line.to_owned()),
        }
    }
    (lines, broken)
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// How the child ended; none where it had to be killed.
fn wait(mut child: Child, start: Instant, deadline: Duration) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
