//! Panics on threads, in tasks, in a trace.

use std::thread;

use auditor_runtime::panic::trace::{TraceContext, in_scope};
use auditor_runtime::panic::{self, boundary_future};

use super::{TRACEPARENT, caught, say};

/// A thread that panics, joined.
// auditor: allow(panic-macro) the drilled program panics: that is its work
pub(super) fn join(builder: thread::Builder) {
    drop(builder.spawn(|| panic!("in a thread")).map(thread::JoinHandle::join));
}

/// Panics `levels` calls down, with names that a symbol table shows. What it would return is used after the call, or an optimized build makes a loop of it.
// auditor: allow(panic-macro) the drilled program panics: that is its work
#[inline(never)]
pub(super) fn deep(levels: u32) -> u32 {
    if levels == 0 {
        panic!("deep down");
    }
    std::hint::black_box(deep(levels.saturating_sub(1))).saturating_add(1)
}

/// A future that panics in its second poll, in a trace, inside a boundary.
// auditor: allow(panic-macro) the drilled program panics: that is its work
pub(super) fn task() {
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

pub(super) fn many_threads() {
    let threads: Vec<_> = (0..16)
        .map(|number| {
            let work = move || (0..50).for_each(|n| caught(&format!("thread {number} panic {n}")));
            thread::Builder::new().name(format!("many-{number}")).spawn(work)
        })
        .collect();
    threads.into_iter().flatten().for_each(|thread| drop(thread.join()));
}
