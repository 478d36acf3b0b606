//! A process killed in the midst of panicking (SIGKILL: nothing of it runs any more): what was counted and written stays, whole,
//! and the next process goes on from there.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use auditor_runtime::panic::read_counter_file;

use crate::child::{Case, parsed};

/// Starts the child, and kills it once its counter file shows `panics`.
fn killed_after(panics: u64, folder: &Path) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_auditor-drill-child"))
        .arg("endless")
        .env_clear()
        .env("AUDITOR_PANIC_RECORDS", folder.join("records"))
        .env("AUDITOR_PANIC_COUNTERS", folder.join("counters"))
        .env("AUDITOR_PANIC_SYMBOLS", "0")
        .env("AUDITOR_PANIC_CHAIN", "0")
        .env("AUDITOR_PANIC_RECORDS_PER_SECOND", "0")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let start = Instant::now();
    while read_counter_file(&folder.join("counters")).map_or(0, |(_, counted)| counted.panics) < panics {
        assert!(start.elapsed() < Duration::from_secs(20), "it does not panic");
        thread::sleep(Duration::from_micros(300));
    }
    child.kill().expect("killed");
    let status = child.wait().expect("ended");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
}

#[test]
fn a_process_killed_in_the_midst_of_panicking_leaves_whole_lines_and_counters_that_go_on() {
    let case = Case::new("literal");
    let folder = case.folder();
    let mut before = 0;
    for start in 1..=6_u64 {
        killed_after(before + 150 + start * 17, &folder);
        let (starts, counted) = read_counter_file(&folder.join("counters")).expect("a counter file");
        assert_eq!(starts, start);
        // One panic at most a run was counted and not yet written when the end came; one record at most was written and not yet counted.
        let text = std::fs::read_to_string(folder.join("records")).expect("records");
        let written = parsed(&text).iter().filter(|line| line["event.name"] == "exception").count() as u64;
        assert!(written <= counted.panics && counted.panics <= written + start, "{written} {counted:?}");
        assert!(counted.records <= written && written <= counted.records + start, "{written} {counted:?}");
        before = counted.panics;
    }
    let left = case.run();
    assert_eq!((left.starts, left.counters.panics), (7, before + 1));
}
