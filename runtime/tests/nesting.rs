//! What runtimes catch by themselves is over: their tasks' later panics are not nested.
#![cfg(all(feature = "std", unix))]

use auditor_runtime::panic::{Config, Records, process_counts};

#[test]
fn panics_of_tokios_tasks_are_not_nested_whoever_ran_before_on_their_thread() {
    auditor_runtime::install(Config::new("nesting").records(Records::Nowhere).chain(false)).expect("installed");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        for number in 0..50 {
            let task = tokio::spawn(async move { panic!("task {number}") });
            assert!(task.await.expect_err("it panicked").is_panic());
            let blocking = tokio::task::spawn_blocking(|| panic!("a blocking task"));
            assert!(blocking.await.expect_err("it panicked").is_panic());
        }
    });
    let counts = process_counts();
    assert_eq!((counts.panics, counts.nested, counts.fatal), (100, 0, 0));
}
