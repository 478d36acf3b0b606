//! What outlives an abort, a restart, a full disk and a gateway that never answers; and what no hook can see.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use auditor_runtime::panic::read_counter_file;

use super::{Claim, Facts, Limit};
use crate::case::records_of;
use crate::plan::Plan;

pub(super) const CLAIMS: [Claim; 6] = [
    Claim {
        id: "counter-survives-abort",
        controls: &["RIS-RT-12c"],
        title: "three processes that abort leave one counter of six panics (each panics twice)",
        limit: Limit::AtLeast(6),
        unit: Some("panics"),
    },
    Claim {
        id: "record-on-full-disk",
        controls: &["SIG-Runtime-4.2.3"],
        title: "a record that its file's disk does not take is on standard error",
        limit: Limit::Holds,
        unit: None,
    },
    Claim {
        id: "record-reader-gone",
        controls: &["RIS-RT-12c"],
        title: "where nobody reads records, the counters stand and say how many records were lost",
        limit: Limit::Holds,
        unit: None,
    },
    Claim {
        id: "hook-time-silent-gateway",
        controls: &["RIS-RT-12c"],
        title: "the longest hook run of a hundred panics while a Pushgateway never answers, deadline 100 ms",
        limit: Limit::AtMost(200_000_000),
        unit: Some("ns"),
    },
    Claim {
        id: "panics-not-seen-are-counted",
        controls: &["SIG-Runtime-4.2.3"],
        title: "a re-raised panic, which hooks do not see, is counted where a boundary catches it",
        limit: Limit::Holds,
        unit: None,
    },
    Claim {
        id: "ends-without-a-record",
        controls: &["SIG-Runtime-4.2.3"],
        title: "ends of a process that no panic hook sees",
        limit: Limit::Told,
        unit: None,
    },
];

pub(super) fn look(plan: &Plan, facts: &mut Facts) -> io::Result<()> {
    let [survives, full, gone, silent, reraised, unseen] = &CLAIMS;

    let first = plan.case("extern-c")?;
    let (folder, counters) = (first.folder().to_owned(), first.folder().join("counters"));
    let mut left = first.run_and_keep()?;
    let mut panics = left.counters.panics;
    for _ in 0..2 {
        left = plan.case("extern-c")?.with("AUDITOR_PANIC_COUNTERS", counters.display()).run()?;
        panics = read_counter_file(&counters).map_or(0, |(_, counted)| counted.panics);
    }
    std::fs::remove_dir_all(folder)?;
    let ended = format!("the last process ended by signal {:?}", left.signal);
    facts.decide(survives, panics, "one counter file, three child processes in a row", Some(ended));

    let case = plan.case("literal")?.with("AUDITOR_PANIC_RECORDS", "/dev/full");
    let stderr = case.folder().join("stderr");
    let left = case.stderr(std::fs::File::create(&stderr)?).run_and_keep()?;
    let (lines, _) = records_of(&std::fs::read_to_string(&stderr).unwrap_or_default());
    std::fs::remove_dir_all(&left.folder)?;
    let there = lines.iter().any(|line| line.get("event.name").is_some_and(|event| event == "exception"));
    facts.decide(full, there, "records go to /dev/full", None);

    let left = plan
        .case("counters")?
        .with("AUDITOR_PANIC_RECORDS", "/dev/full")
        .stderr(std::fs::OpenOptions::new().write(true).open("/dev/full")?)
        .run()?;
    let stands = (left.counters.panics, left.counters.records_lost) == (5, 5);
    facts.decide(gone, stands, "records and standard error go to /dev/full; five panics", None);

    let gateway = TcpListener::bind("127.0.0.1:0")?;
    let left = plan
        .case("storm")?
        .with("AUDITOR_PANIC_PUSHGATEWAY", format!("http://{}", gateway.local_addr()?))
        .with("AUDITOR_PANIC_DEADLINE_MS", 100)
        .deadline(Duration::from_secs(60))
        .run()?;
    let all = left.number("all_ms").map(|all| format!("the hundred panics took {all} ms in all"));
    facts.decide(
        silent,
        left.number("worst_ns"),
        "a listener on loopback that takes connections and says nothing",
        all,
    );

    let left = plan.case("boundary-resume")?.run()?;
    let counted = (left.counters.caught, left.counters.unrecorded) == (1, 1);
    facts.decide(reraised, counted, "resume_unwind inside a boundary", None);

    let mut without = Vec::new();
    for name in ["stack-overflow", "abort", "allocation-failure", "segmentation-fault", "exit"] {
        let left = plan.case(name)?.run()?;
        if left.proven && left.records().is_empty() && left.counters.panics == 0 {
            without.push(name);
        }
    }
    facts.decide(unseen, without, "a child process each: neither record nor count", None);
    Ok(())
}
