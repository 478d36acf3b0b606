//! The same child built with `panic = "abort"`: one record a panic, FATAL, out before the process ends.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::child::{ABORTED, Case};

/// Builds the child with the other strategy, in a target folder of its own; after the first time cargo finds it fresh.
fn aborting() -> PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM
        .get_or_init(|| {
            let here = Path::new(env!("CARGO_BIN_EXE_auditor-drill-child"));
            let target = here.ancestors().nth(2).expect("the target folder").join("abort-child");
            let built = Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--offline", "--manifest-path"])
                .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
                .args(["--bin", "auditor-drill-child", "--no-default-features"])
                .args(["--config", "profile.dev.panic=\"abort\"", "--config", "profile.dev.debug=\"line-tables-only\""])
                .arg("--target-dir")
                .arg(&target)
                .status()
                .expect("cargo runs");
            assert!(built.success(), "the aborting child is built");
            target.join("debug/auditor-drill-child")
        })
        .clone()
}

#[test]
fn with_abort_each_panic_ends_the_process_after_one_fatal_record() {
    for case in ["literal", "caught", "drop", "drop-unwinding", "extern-c", "thread", "scoped-thread", "tls-destructor"]
    {
        let left = Case::of(&aborting(), case).run();
        assert_eq!(left.signal, ABORTED, "{case}");
        let record = left.record();
        assert_eq!((&record["severity"], &record["severity_number"]), (&"FATAL".into(), &21.into()), "{case}");
        assert_eq!(record["panic.outcome"], "aborting", "{case}");
        assert!(record["stack.depth"].as_u64() >= Some(3), "{record}");
        assert_eq!((left.counters.panics, left.counters.fatal, left.counters.records), (1, 1, 1), "{case}");
    }
}

#[test]
fn with_abort_a_resumed_panic_ends_the_process_without_a_record() {
    let left = Case::of(&aborting(), "resume").run();
    assert_eq!((left.signal, left.counters.panics), (ABORTED, 0));
}

#[test]
fn with_abort_symbols_and_pushes_are_out_before_the_end() {
    let case = Case::of(&aborting(), "trace").with("AUDITOR_PANIC_SYMBOLS", "1");
    let path = case.folder().join("panics.prom");
    let left = case.with("AUDITOR_PANIC_TEXTFILE", path.display()).run_and_keep();
    assert_eq!(left.signal, ABORTED);
    let text = std::fs::read_to_string(&path).expect("the textfile");
    assert!(text.contains("\nauditor_panics_fatal_total{component=\"drill\"} 1\n"), "{text}");
    let symbols = left.of_event("exception.symbols");
    // With line tables alone names have no paths.
    let stack = symbols[0]["exception.stacktrace"].as_str().expect("a stack");
    assert_eq!(stack.matches("deep\n").count(), 4, "{stack}");
    assert_eq!(left.counters.pushes, 1);
    std::fs::remove_dir_all(&left.folder).expect("removed");
}

#[test]
fn with_abort_the_hooks_status_cannot_be_asked() {
    assert_eq!(Case::of(&aborting(), "status").run().said("status"), "Unknown");
}
