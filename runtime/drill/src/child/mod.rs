//! What a drill's child does: one case a process. It answers on standard output, a line `name value` for each fact.

mod allocator;
mod answer;
#[cfg(canary)]
mod canary;
mod chaos;
mod load;
mod maps;
mod random;

pub use allocator::CountingAllocator;

use std::alloc::Layout;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind, set_hook, take_hook};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use answer::say;
use auditor_runtime::panic::trace::{TraceContext, in_scope, scope};
use auditor_runtime::panic::{self, Config, boundary, boundary_future};

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
            let early = thread::spawn(move || wait.recv());
            install();
            drop(go);
            let _ = early.join();
        }
        ("in-hook", _) => {
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
// auditor: allow(panic-macro, unwrap, slice-index) the drilled program panics: that is its work
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
        "replaced" | "replaced-kept" => replaced(case == "replaced-kept"),
        "status" => say!("status {:?}", panic::hook_status()),
        "allocations" => allocations(),
        "payload-drop" => drop(boundary(|| panic_any(PanicsInDrop("the payload's destructor panics"))).is_err()),
        "payload-drop-twice" => drop(boundary(|| panic_any(PanicsAgain(2))).is_err()),
        "payload-drop-endless" => drop(boundary(|| panic_any(PanicsAgain(u32::MAX))).is_err()),
        "counters" => (0..5).for_each(|n| caught(&format!("number {n}"))),
        "storm" => storm(),
        "storm-then-main" => {
            (0..100).for_each(|n| caught(&format!("number {n}")));
            panic!("the last");
        }
        "endless" => endless(),
        "rotation" => rotation(),
        "fork" => fork(),
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
        "serve" => serve(),
        _ => run_on_threads_and_ends(case),
    }
}

/// The cases of several threads, and those whose process ends without a panic.
// auditor: allow(panic-macro, panicking-api, exit-call) the drilled program panics: that is its work
fn run_on_threads_and_ends(case: &str) {
    match case {
        "thread" => join(thread::Builder::new().name("worker with a name longer than fifteen".to_owned())),
        "nameless-thread" => join(thread::Builder::new()),
        "scoped-thread" => {
            thread::scope(|scope| drop(scope.spawn(|| panic!("in a scoped thread"))));
        }
        "trace" => {
            let _scope = TraceContext::from_traceparent(TRACEPARENT).map(scope);
            deep(3);
        }
        "task" => task(),
        "many-threads" => many_threads(),
        "stack-overflow" => drop(overflow(0)),
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

struct PanicsInDrop(&'static str);

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        // auditor: allow(panic-macro) the drilled program panics: that is its work
        panic!("{}", self.0);
    }
}

/// A payload whose destructor panics with another of its kind, so many times.
struct PanicsAgain(u32);

impl Drop for PanicsAgain {
    fn drop(&mut self) {
        if let Some(left) = self.0.checked_sub(1) {
            // auditor: allow(panic-macro) the drilled program panics: that is its work
            panic_any(Self(left));
        }
    }
}

struct CatchesInDrop;

impl Drop for CatchesInDrop {
    fn drop(&mut self) {
        // auditor: allow(panic-macro) the drilled program panics: that is its work
        drop(catch_unwind(|| panic!("caught inside a destructor")));
    }
}

thread_local! {
    static AT_END: PanicsInDrop = const { PanicsInDrop("a thread-local's destructor panics") };
}

/// A panic that may not leave its function.
// auditor: allow(panic-macro) the drilled program panics: that is its work
extern "C" fn out_of_c() {
    panic!("out of a C function");
}

/// A thread that panics, joined.
// auditor: allow(panic-macro) the drilled program panics: that is its work
fn join(builder: thread::Builder) {
    drop(builder.spawn(|| panic!("in a thread")).map(thread::JoinHandle::join));
}

/// Panics `levels` calls down, with names that a symbol table shows.
// auditor: allow(panic-macro) the drilled program panics: that is its work
#[inline(never)]
fn deep(levels: u32) {
    if levels == 0 {
        panic!("deep down");
    }
    deep(levels.saturating_sub(1));
    std::hint::black_box(());
}

/// A future that panics in its second poll, in a trace, inside a boundary.
// auditor: allow(panic-macro) the drilled program panics: that is its work
fn task() {
    use std::future::Future;
    use std::task::{Context, Poll, Waker};
    let mut polls = 0;
    let work = std::future::poll_fn(move |_| {
        polls += 1;
        if polls == 2 { panic!("in a task") } else { Poll::<()>::Pending }
    });
    let Some(context) = TraceContext::from_traceparent(TRACEPARENT) else { return };
    let mut task = Box::pin(boundary_future(in_scope(context, work)));
    let mut cx = Context::from_waker(Waker::noop());
    let tell = |result: Result<(), panic::Panicked>| {
        if let Err(panicked) = result {
            say!("record {}", panicked.record().map_or_else(String::new, |id| id.to_string()));
        }
    };
    while task.as_mut().poll(&mut cx).map(tell).is_pending() {}
}

fn many_threads() {
    let threads: Vec<_> = (0..16)
        .map(|number| {
            let work = move || (0..50).for_each(|n| caught(&format!("thread {number} panic {n}")));
            thread::Builder::new().name(format!("many-{number}")).spawn(work)
        })
        .collect();
    threads.into_iter().flatten().for_each(|thread| drop(thread.join()));
}

/// Someone else's hook comes later, with or without a call of the one before.
// auditor: allow(panic-macro) the drilled program panics: that is its work
fn replaced(kept: bool) {
    let before = take_hook();
    set_hook(Box::new(move |info| {
        if kept {
            before(info);
        }
    }));
    say!("status {:?}", panic::hook_status());
    let caught = boundary(|| panic!("who sees this?"));
    say!("recorded {}", caught.is_err_and(|panicked| panicked.record().is_some()));
}

/// How often the hook allocates: of a literal, a formatted and an opaque payload, the first and later panics alike.
// auditor: allow(panic-macro) the drilled program panics: that is its work
fn allocations() {
    let hook = take_hook();
    set_hook(Box::new(move |info| {
        let before = allocator::count();
        hook(info);
        let after = allocator::count();
        say!("hook_allocations {}", after.wrapping_sub(before));
    }));
    for round in 0..3 {
        drop(catch_unwind(|| panic!("a literal")));
        drop(catch_unwind(AssertUnwindSafe(|| panic!("round {round} {}", "x".repeat(5000)))));
        drop(catch_unwind(|| panic_any(round)));
    }
    drop(thread::spawn(|| panic!("on a thread")).join());
}

/// A panic that a boundary catches.
// auditor: allow(panic-macro) the drilled program panics: that is its work
fn caught(message: &str) {
    let _ = boundary(|| panic!("{message}"));
}

/// A hundred caught panics in a row: what a black-holed sink costs in all.
fn storm() {
    let start = std::time::Instant::now();
    let mut worst = 0;
    for n in 0..100 {
        caught(&format!("storm {n}"));
        worst = worst.max(panic::last_timing().map_or(0, |timing| timing.finished_ns));
    }
    say!("worst_ns {worst}\nall_ms {}", start.elapsed().as_millis());
}

/// One panic before the records' file is renamed, one after.
fn rotation() {
    caught("before");
    let Some(path) = std::env::var_os("AUDITOR_PANIC_RECORDS") else { return };
    let mut aside = path.clone();
    aside.push(".1");
    say!("renamed {}", std::fs::rename(path, aside).is_ok());
    caught("after");
}

/// One panic in a forked child, then one in its parent.
fn fork() {
    say!("parent {}", std::process::id());
    // SAFETY: this process has one thread of the program's; the pushing thread, which sleeps, holds no lock of the allocator. The child
    // does what a forked service does, and ends without running what its parent registered for its exit.
    match unsafe { libc::fork() } {
        0 => {
            caught("in the child");
            // SAFETY: no destructor is wanted.
            unsafe { libc::_exit(0) }
        }
        child => {
            let mut status = 0;
            // SAFETY: `status` is a place for the child's status, valid for the call.
            let waited = unsafe { libc::waitpid(child, &mut status, 0) };
            say!("child {child}\nended {}", waited == child && status == 0);
            caught("in the parent");
        }
    }
}

/// Panics and catches, until someone ends the process; a minute at most.
fn endless() {
    let start = std::time::Instant::now();
    let mut number = 0_u64;
    while start.elapsed() < Duration::from_secs(60) {
        caught(&format!("endless {number}"));
        number = number.wrapping_add(1);
    }
}

/// Serves metrics and panics once for each line of standard input, until that ends.
#[cfg(feature = "exporter")]
fn serve() {
    let mut registry = prometheus_client::registry::Registry::default();
    registry.register_collector(Box::new(auditor_runtime::metrics::PanicMetrics));
    match auditor_runtime::metrics::serve("127.0.0.1:0", std::sync::Arc::new(registry)) {
        Ok(exporter) => {
            say!("address {}", exporter.address());
            for line in std::io::stdin().lines().map_while(Result::ok) {
                caught(&line);
                say!("panicked {line}");
            }
        }
        Err(error) => say!("error {error}"),
    }
}

#[allow(unconditional_recursion)]
fn overflow(depth: u64) -> u64 {
    let page = std::hint::black_box([depth; 512]);
    overflow(depth.wrapping_add(1)).wrapping_add(page.iter().copied().fold(0, u64::wrapping_add))
}
