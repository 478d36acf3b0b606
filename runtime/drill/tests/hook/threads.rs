//! Threads, tasks, traces, and hooks of other people.

use crate::child::Case;

#[test]
fn a_threads_name_is_whole_and_a_nameless_one_is_null() {
    let left = Case::new("thread").run();
    let record = left.record();
    assert_eq!((left.code, &record["thread.name"]), (Some(0), &"worker with a name longer than fifteen".into()));
    assert_ne!(record["thread.id"], record["process.pid"]);
    assert!(Case::new("nameless-thread").run().record()["thread.name"].is_null());
}

#[test]
fn a_scoped_threads_panic_is_seen_again_on_the_thread_that_joins() {
    let left = Case::new("scoped-thread").run();
    assert_eq!(left.code, Some(101));
    let messages: Vec<_> = left.records().iter().map(|record| record["exception.message"].clone()).collect();
    assert_eq!(messages, ["in a scoped thread", "a scoped thread panicked"]);
    assert_eq!(left.counters.panics, 2);
    let outcomes: Vec<_> = left.records().iter().map(|record| record["panic.outcome"].clone()).collect();
    assert_eq!(outcomes, ["unwinding", "exiting"], "the first ends a thread, the second the process");
}

#[test]
fn a_trace_is_in_the_record_and_its_symbols_name_the_programs_own_frames() {
    let left = Case::new("trace").with("AUDITOR_PANIC_SYMBOLS", "1").run();
    let record = left.record();
    assert_eq!(record["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(record["span_id"], "00f067aa0ba902b7");
    let symbols = left.of_event("exception.symbols");
    assert_eq!(symbols.len(), 1);
    assert_eq!(symbols[0]["record.id"], record["record.id"]);
    let stack = symbols[0]["exception.stacktrace"].as_str().expect("a stack");
    assert!(stack.starts_with("auditor_runtime_drill::child::threads::deep"), "{stack}");
    assert_eq!(stack.matches("auditor_runtime_drill::child::threads::deep").count(), 4, "{stack}");
    assert!(symbols[0]["stack.own_depth"].as_u64() >= Some(6), "{stack}");
}

#[test]
fn a_task_takes_its_trace_along_and_its_boundary_names_the_record() {
    let left = Case::new("task").run();
    assert_eq!(left.code, Some(0));
    assert_eq!(left.record()["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(left.record()["record.id"], left.said("record"));
    assert_eq!((left.counters.caught, left.counters.unrecorded), (1, 0));
}

#[test]
fn records_of_sixteen_threads_are_all_there_and_whole() {
    let left = Case::new("many-threads").run();
    assert_eq!((left.code, left.counters.panics, left.counters.caught), (Some(0), 800, 800));
    let mut messages: Vec<_> = left.records().iter().map(|record| record["exception.message"].to_string()).collect();
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), 800);
    assert!(left.records().iter().all(|record| record["panic.nesting"] == "outermost"));
}

#[test]
fn concurrent_records_on_a_pipe_do_not_interleave() {
    use std::io::Read;
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let read = std::thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("UTF-8");
        text
    });
    // Chained to std's hook, which writes text of its own to the same pipe: that is left out here.
    // A reader that starves on a busy machine must not fail this test: the deadline has tests of its own.
    let left = Case::new("many-threads")
        .with("AUDITOR_PANIC_RECORD_DEADLINE_MS", 5000)
        .with("AUDITOR_PANIC_RECORDS", "stderr")
        .with("AUDITOR_PANIC_CHAIN", "0")
        .stderr(writer)
        .run();
    let lines = crate::child::parsed(&read.join().expect("read"));
    assert_eq!(lines.iter().filter(|line| line["event.name"] == "exception").count(), 800);
    assert_eq!(left.counters.records, 800);
}

#[test]
fn a_hook_that_took_our_place_is_noticed_and_one_that_keeps_ours_is_fine() {
    let left = Case::new("replaced").run();
    assert_eq!((left.said("status"), left.said("recorded")), ("Replaced", "false"));
    assert_eq!((left.counters.panics, left.counters.caught, left.counters.unrecorded), (0, 1, 1));
    let left = Case::new("replaced-kept").run();
    assert_eq!((left.said("status"), left.said("recorded")), ("Active", "true"));
    assert_eq!((left.counters.panics, left.counters.caught, left.counters.unrecorded), (1, 1, 0));
}

#[test]
fn asking_for_the_status_is_neither_counted_nor_recorded() {
    let left = Case::new("status").run();
    assert_eq!((left.said("status"), left.counters.panics, left.records().len()), ("Active", 0, 0));
}

#[test]
fn a_late_installation_says_how_many_threads_ran() {
    let left = Case::new("late").run();
    assert_eq!((left.said("threads"), &left.of_event("hook.installed")[0]["hook.threads"]), ("2", &2.into()));
    assert_eq!(Case::new("idle").run().said("threads"), "1");
}
