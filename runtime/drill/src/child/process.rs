//! What happens to a process while it panics: storms, rotation of its records, a fork, a scrape, the end of its stack.

use std::time::Duration;

use auditor_runtime::panic;

use super::{caught, say};

/// A hundred caught panics in a row: what a black-holed sink costs in all.
pub(super) fn storm() {
    let start = std::time::Instant::now();
    let mut worst = 0;
    for n in 0..100 {
        caught(&format!("storm {n}"));
        worst = worst.max(panic::last_timing().map_or(0, |timing| timing.finished_ns));
    }
    say!("worst_ns {worst}\nall_ms {}", start.elapsed().as_millis());
}

/// One panic before the records' file is renamed, one after.
pub(super) fn rotation() {
    caught("before");
    let Some(path) = std::env::var_os("AUDITOR_PANIC_RECORDS") else { return };
    let mut aside = path.clone();
    aside.push(".1");
    say!("renamed {}", std::fs::rename(path, aside).is_ok());
    caught("after");
}

/// One panic in a forked child, then one in its parent.
pub(super) fn fork() {
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
pub(super) fn endless() {
    let start = std::time::Instant::now();
    let mut number = 0_u64;
    while start.elapsed() < Duration::from_secs(60) {
        caught(&format!("endless {number}"));
        number = number.wrapping_add(1);
    }
}

/// Serves metrics and panics once for each line of standard input, until that ends.
#[cfg(feature = "exporter")]
pub(super) fn serve() {
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
pub(super) fn overflow(depth: u64) -> u64 {
    let page = std::hint::black_box([depth; 512]);
    overflow(depth.wrapping_add(1)).wrapping_add(page.iter().copied().fold(0, u64::wrapping_add))
}
