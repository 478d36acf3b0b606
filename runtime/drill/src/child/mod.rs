//! What a drill's child does: one case a process. It answers on standard output, a line `name value` for each fact.

mod allocator;
mod answer;
#[cfg(canary)]
mod canary;
mod chaos;
mod destructors;
mod hooks;
mod load;
mod maps;
mod process;
mod random;
mod threads;

pub use allocator::CountingAllocator;

use std::alloc::Layout;
use std::panic::{catch_unwind, panic_any, resume_unwind, set_hook};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use answer::say;
use auditor_runtime::panic::trace::{TraceContext, scope};
use auditor_runtime::panic::{self, Config, boundary};
use destructors::{AT_END, CatchesInDrop, PanicsAgain, PanicsInDrop, out_of_c};

/// The trace that the cases with a trace work for.
pub const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Installs the hook (before or after, or not at all, as the case wants) and runs the case.
// auditor: allow(panic-macro) the drilled program panics: that is its work
pub fn main(case: &str) -> ExitCode {
    answer::begin(case);
    let variant = std::env::var("AUDITOR_DRILL_HOOK").unwrap_or_default();
    match (case, variant.as_str()) {
        ("no-hook", _) | (_, "absent") => {}
        ("late", _) | (_, "late") => {
            let (go, wait) = std::sync::mpsc::channel::<()>();
            // auditor: allow(panicking-api) without threads there is nothing to drill, and the drill sees it
            let early = thread::spawn(move || wait.recv());
            install();
            drop(go);
            let _ = early.join();
        }
        ("in-hook", _) => {
            // auditor: allow(panicking-api) set before anything panics
            set_hook(Box::new(|_| panic!("the previous hook panics")));
            install();
        }
        _ => install(),
    }
    run(case);
    let counts = panic::counts();
    say!("panics {}\ncaught {}\nunrecorded {}", counts.panics, counts.caught, counts.unrecorded);
    ExitCode::SUCCESS
}

fn install() {
    let installed = Config::from_env("drill").and_then(panic::install);
    match installed {
        Ok(installed) => say!("threads {}\ndegraded {}", installed.threads.unwrap_or(0), installed.degraded.len()),
        Err(error) => say!("error {error}"),
    }
}

/// Runs `case`; most of them end the thread or the process.
// auditor: allow(panic-macro, unwrap, slice-index, ignored-unwind) the drilled program panics: that is its work
fn run(case: &str) {
    match case {
        "idle" => {}
        "literal" | "late" | "no-hook" | "in-hook" => panic!("a literal message"),
        "formatted" => panic!("a message with {}", std::hint::black_box(42)),
        "hostile" => panic!("first\n{{\"severity\":\"INFO\"}}\u{1b}[2J\u{202e}\0 \"quoted\\\""),
        "secret" => panic!("login failed: password={}, user=ann", std::hint::black_box("hunter2")),
        "long" => panic!("{}", "é".repeat(1_000_000)),
        "opaque" => panic_any(42_u8),
        "unwrap" => drop(std::hint::black_box(None::<u8>).unwrap()),
        "index" => drop(std::hint::black_box(vec![1, 2])[std::hint::black_box(5)]),
        "caught" => drop(catch_unwind(|| panic!("it is caught"))),
        "resume" => resume_unwind(Box::new("hooks do not see this")),
        "caught-in-sequence" => (0..100).for_each(|n| drop(catch_unwind(|| panic!("caught, number {n}")))),
        "caught-then-main" => {
            drop(catch_unwind(|| panic!("it is caught")));
            panic!("it is not");
        }
        "boundary-resume" => drop(boundary(|| resume_unwind(Box::new("hooks do not see this")))),
        "drop" => drop(PanicsInDrop("a destructor panics")),
        "drop-unwinding" => {
            let _second = PanicsInDrop("the destructor panics too");
            panic!("the first panic");
        }
        "drop-caught" => {
            let _caught = CatchesInDrop;
            panic!("the first panic");
        }
        "extern-c" => out_of_c(),
        "tls-destructor" => {
            // auditor: allow(panicking-api) the thread has only just begun
            let joined = thread::Builder::new().name("ends".to_owned()).spawn(|| AT_END.with(|_| ()));
            drop(joined.map(thread::JoinHandle::join));
        }
        "replaced" | "replaced-kept" => hooks::replaced(case == "replaced-kept"),
        "status" => say!("status {:?}", panic::hook_status()),
        "allocations" => hooks::allocations(),
        "payload-drop" => drop(boundary(|| panic_any(PanicsInDrop("the payload's destructor panics"))).is_err()),
        "payload-drop-twice" => drop(boundary(|| panic_any(PanicsAgain(2))).is_err()),
        "payload-drop-endless" => drop(boundary(|| panic_any(PanicsAgain(u32::MAX))).is_err()),
        "counters" => (0..5).for_each(|n| caught(&format!("number {n}"))),
        "storm" => process::storm(),
        "storm-then-main" => {
            (0..100).for_each(|n| caught(&format!("number {n}")));
            panic!("the last");
        }
        "endless" => process::endless(),
        "rotation" => process::rotation(),
        "fork" => process::fork(),
        "no-memory" => {
            allocator::refuse();
            panic!("a literal message");
        }
        "latency" => load::latency(),
        "chaos" => chaos::run(),
        "maps" => maps::run(),
        "memory" => maps::memory(),
        #[cfg(canary)]
        "race" => canary::race(),
        #[cfg(feature = "exporter")]
        "serve" => process::serve(),
        _ => run_on_threads_and_ends(case),
    }
}

/// The cases of several threads, and those whose process ends without a panic.
// auditor: allow(panic-macro, panicking-api, exit-call) the drilled program panics: that is its work
fn run_on_threads_and_ends(case: &str) {
    match case {
        "thread" => threads::join(thread::Builder::new().name("worker with a name longer than fifteen".to_owned())),
        "nameless-thread" => threads::join(thread::Builder::new()),
        "scoped-thread" => {
            thread::scope(|scope| drop(scope.spawn(|| panic!("in a scoped thread"))));
        }
        "trace" => {
            let _scope = TraceContext::from_traceparent(TRACEPARENT).map(scope);
            threads::deep(3);
        }
        "task" => threads::task(),
        "many-threads" => threads::many_threads(),
        "stack-overflow" => drop(process::overflow(0)),
        "abort" => std::process::abort(),
        "exit" => std::process::exit(7),
        "allocation-failure" => std::alloc::handle_alloc_error(Layout::new::<u64>()),
        "segmentation-fault" => {
            // The first time std's handler finds no stack overflow and gives the signal back to the system.
            for _ in 0..2 {
                let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::SEGV);
            }
            thread::sleep(Duration::from_secs(5));
        }
        _ => say!("error no such case: {case}"),
    }
}

/// A panic that a boundary catches.
// auditor: allow(panic-macro) the drilled program panics: that is its work
fn caught(message: &str) {
    let _ = boundary(|| panic!("{message}"));
}
