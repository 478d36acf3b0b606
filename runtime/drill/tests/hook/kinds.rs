//! How often the hook runs, and what it says, for each way to panic: the rows of std's measured behaviour.

use auditor_runtime::panic::read_counter_file;

use crate::child::{ABORTED, Case, Left};

/// The outcomes of the case's records, in order, after checking that counters and records agree.
fn outcomes(left: &Left) -> Vec<String> {
    let records = left.records();
    assert_eq!(left.counters.panics, records.len() as u64);
    assert_eq!(left.counters.records, records.len() as u64);
    assert_eq!(left.counters.records_lost, 0);
    let fatal = records.iter().filter(|record| record["panic.outcome"] != "unwinding").count();
    assert_eq!(left.counters.fatal, fatal as u64);
    records
        .iter()
        .map(|record| format!("{} {}", record["panic.outcome"], record["panic.nesting"]).replace('"', ""))
        .collect()
}

#[test]
fn an_ordinary_panic_runs_the_hook_once_and_ends_the_process() {
    for case in ["literal", "formatted", "unwrap", "index", "opaque", "drop"] {
        let left = Case::new(case).run();
        assert_eq!((left.code, outcomes(&left)), (Some(101), vec!["exiting outermost".to_owned()]), "{case}");
        let record = left.record();
        assert_eq!((&record["severity"], &record["severity_number"]), (&"FATAL".into(), &21.into()));
        assert_eq!(record["exception.type"], "panic");
        assert!(record["code.file.path"].as_str().is_some_and(|path| path.contains("drill/src/child/")), "{record}");
        assert!(record["code.line.number"].as_u64() > Some(0));
        assert_eq!(record["thread.name"], "main");
        assert_eq!(record["component"], "drill");
        assert!(record["stack.depth"].as_u64() >= Some(3), "{record}");
        assert!(record["exception.stacktrace"].as_str().is_some_and(|stack| stack.contains("exe+0x")), "{record}");
        assert!(record["panic_to_record_ns"].as_u64() > Some(0));
    }
}

#[test]
fn a_caught_panic_counts_and_the_process_goes_on() {
    let left = Case::new("caught").run();
    assert_eq!((left.code, outcomes(&left)), (Some(0), vec!["unwinding outermost".to_owned()]));
    assert_eq!(left.record()["severity"], "ERROR");
}

#[test]
fn panics_caught_one_after_another_are_not_nested_and_the_one_that_ends_main_is_fatal() {
    let left = Case::new("caught-in-sequence").run();
    assert_eq!(outcomes(&left), vec!["unwinding outermost"; 100]);
    assert_eq!((left.counters.panics, left.counters.nested, left.counters.fatal), (100, 0, 0));
    assert!(left.records().iter().all(|record| record["panic.nesting.depth"] == 1));
    let left = Case::new("caught-then-main").run();
    assert_eq!(
        (left.code, outcomes(&left)),
        (Some(101), vec!["unwinding outermost".into(), "exiting outermost".into()])
    );
}

#[test]
fn a_resumed_panic_is_not_seen_by_any_hook_and_a_boundary_says_so() {
    let left = Case::new("resume").run();
    assert_eq!((left.code, left.counters.panics), (Some(101), 0));
    let left = Case::new("boundary-resume").run();
    assert_eq!((left.code, left.counters.panics), (Some(0), 0));
    assert_eq!((left.counters.caught, left.counters.unrecorded), (1, 1));
}

#[test]
fn a_payload_whose_destructor_panics_is_two_recorded_panics_and_one_error() {
    let left = Case::new("payload-drop").run();
    assert_eq!((left.code, outcomes(&left).len()), (Some(0), 2));
    assert_eq!((left.counters.caught, left.counters.unrecorded), (2, 0));
}

#[test]
fn a_payload_whose_destructors_go_on_panicking_stays_inside_the_boundary() {
    let left = Case::new("payload-drop-twice").run();
    assert_eq!((left.code, outcomes(&left).len(), left.counters.caught), (Some(0), 3, 3));
    let left = Case::new("payload-drop-endless").run();
    assert_eq!((left.code, outcomes(&left).len(), left.counters.caught), (Some(0), 9, 9));
}

#[test]
fn a_destructor_that_panics_during_unwinding_gives_three_records_and_an_abort() {
    let left = Case::new("drop-unwinding").run();
    assert_eq!(left.signal, ABORTED);
    assert_eq!(outcomes(&left), ["exiting outermost", "aborting nested", "aborting nested"]);
    let messages: Vec<_> = left.records().iter().map(|record| record["exception.message"].clone()).collect();
    assert_eq!(messages, ["the first panic", "the destructor panics too", "panic in a destructor during cleanup"]);
    assert_eq!(left.counters.nested, 2);
    assert_eq!(left.records()[2]["severity"], "FATAL");
}

#[test]
fn a_panic_caught_inside_a_destructor_during_unwinding_is_a_second_record() {
    let left = Case::new("drop-caught").run();
    assert_eq!((left.code, outcomes(&left)), (Some(101), vec!["exiting outermost".into(), "unwinding nested".into()]));
    assert_eq!((left.counters.nested, &left.records()[1]["panic.nesting.depth"]), (1, &2.into()));
}

#[test]
fn a_panic_out_of_a_c_function_gives_two_records_and_an_abort() {
    let left = Case::new("extern-c").run();
    assert_eq!(left.signal, ABORTED);
    assert_eq!(outcomes(&left), ["aborting outermost", "aborting nested"]);
}

#[test]
fn a_thread_locals_destructor_that_panics_is_recorded_before_the_abort() {
    let left = Case::new("tls-destructor").run();
    assert_eq!((left.signal, outcomes(&left).len()), (ABORTED, 1));
    assert_eq!(left.record()["exception.message"], "a thread-local's destructor panics");
}

#[test]
fn a_previous_hook_that_panics_cannot_take_the_record_away() {
    let left = Case::new("in-hook").run();
    assert_eq!((left.signal, outcomes(&left).len()), (ABORTED, 1));
    assert_eq!(left.record()["exception.message"], "a literal message");
}

#[test]
fn what_no_hook_sees_leaves_no_record() {
    for (case, code, signal) in [
        ("stack-overflow", None, ABORTED),
        ("abort", None, ABORTED),
        ("allocation-failure", None, ABORTED),
        ("segmentation-fault", None, Some(11)),
        ("exit", Some(7), None),
    ] {
        let left = Case::new(case).run();
        assert_eq!((left.code, left.signal), (code, signal), "{case}");
        assert_eq!((left.counters.panics, left.records().len()), (0, 0), "{case}");
    }
}

#[test]
fn counters_go_on_over_aborts_and_restarts() {
    let first = Case::new("extern-c");
    let (folder, counters) = (first.folder(), first.folder().join("counters"));
    let left = first.run_and_keep();
    // Both runs of the hook are of the panic that ends the process.
    assert_eq!((left.starts, left.counters.panics, left.counters.fatal), (1, 2, 2));
    for start in 2..=3_u64 {
        let left = Case::new("extern-c").with("AUDITOR_PANIC_COUNTERS", counters.display()).run();
        assert_eq!(left.signal, ABORTED);
        let (starts, counted) = read_counter_file(&counters).expect("a counter file");
        assert_eq!((starts, counted.panics, counted.fatal, counted.records), (start, 2 * start, 2 * start, 2 * start));
    }
    std::fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn without_any_memory_a_panic_is_recorded_before_raising_it_aborts() {
    let left = Case::new("no-memory").with("AUDITOR_PANIC_CHAIN", "0").run();
    assert_eq!((left.signal, left.counters.panics, left.counters.records), (ABORTED, 1, 1));
    assert_eq!(left.record()["exception.message"], "a literal message");
}

#[test]
fn the_hooks_thread_allocates_nothing() {
    // Neither symbols, nor std's hook: what comes before and with the record, then also what asks another thread for pushes that fail.
    for sink in ["AUDITOR_PANIC_NONE", "AUDITOR_PANIC_PUSHGATEWAY", "AUDITOR_PANIC_OTLP"] {
        let case = Case::new("allocations").with("AUDITOR_PANIC_CHAIN", "0").with("AUDITOR_PANIC_DEADLINE_MS", 20);
        let left = case.with(sink, "http://127.0.0.1:1").run();
        let counts: Vec<_> = left.stdout.lines().filter_map(|line| line.strip_prefix("hook_allocations ")).collect();
        assert_eq!(counts, ["0"; 10], "{sink}: {}", left.stdout);
        assert_eq!(left.records().len(), 10);
    }
}
