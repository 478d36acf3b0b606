//! The trace a thread or a future works for, so that a panic's record can name it.

#[cfg(feature = "opentelemetry")]
mod opentelemetry;
#[cfg(feature = "tracing")]
mod tracing;

#[cfg(feature = "opentelemetry")]
pub use self::opentelemetry::scope_of_opentelemetry;
#[cfg(feature = "tracing")]
pub use self::tracing::TraceLayer;

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::thread_state;

thread_local! {
    static CURRENT: Cell<Option<TraceContext>> = const { Cell::new(None) };
}

/// A W3C trace context: which trace, and which span of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceContext {
    trace_id: [u8; 16],
    span_id: [u8; 8],
}

impl TraceContext {
    /// The context of these ids; none where either is all zeros, which the W3C recommendation calls invalid.
    pub fn new(trace_id: [u8; 16], span_id: [u8; 8]) -> Option<Self> {
        (trace_id != [0; 16] && span_id != [0; 8]).then_some(Self { trace_id, span_id })
    }

    /// Reads a `traceparent` header, `00-<32 hex>-<16 hex>-<2 hex>`; none where it is no such thing.
    ///
    /// Later versions are read by their first four fields, as the recommendation asks; version `ff` is refused.
    pub fn from_traceparent(header: &str) -> Option<Self> {
        let mut fields = header.trim().split('-');
        let version: [u8; 1] = from_hex(fields.next()?)?;
        let trace_id = from_hex(fields.next()?)?;
        let span_id = from_hex(fields.next()?)?;
        let _flags: [u8; 1] = from_hex(fields.next()?)?;
        match version {
            [0xff] => return None,
            [0] if fields.next().is_some() => return None,
            _ => {}
        }
        Self::new(trace_id, span_id)
    }

    /// Reads the two ids on their own, 32 and 16 lower-case hexadecimal digits.
    pub fn from_hex(trace_id: &str, span_id: &str) -> Option<Self> {
        Self::new(from_hex(trace_id)?, from_hex(span_id)?)
    }

    /// The trace's id, big-endian.
    pub fn trace_id(&self) -> [u8; 16] {
        self.trace_id
    }

    /// The span's id, big-endian.
    pub fn span_id(&self) -> [u8; 8] {
        self.span_id
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.trace_id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("-")?;
        self.span_id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !lower || text.len() != N.checked_mul(2)? {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// The context in force on this thread. Neither allocates nor locks.
pub fn current() -> Option<TraceContext> {
    CURRENT.try_with(Cell::get).ok().flatten()
}

/// Puts `context` in force on this thread until the scope is dropped; scopes nest.
#[must_use = "the scope ends when it is dropped"]
pub fn scope(context: TraceContext) -> Scope {
    enter(Some(context))
}

pub(super) fn enter(context: Option<TraceContext>) -> Scope {
    thread_state::calm();
    Scope { before: CURRENT.try_with(|current| current.replace(context)).ok().flatten(), thread_bound: PhantomData }
}

/// A stretch of a thread's work for one trace; see [`scope`].
#[derive(Debug)]
pub struct Scope {
    before: Option<TraceContext>,
    // Dropped on another thread it would change that thread's context.
    thread_bound: PhantomData<*const ()>,
}

impl Drop for Scope {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.set(self.before));
    }
}

/// Puts `context` in force whenever `future` is polled, on whatever thread.
pub fn in_scope<F: Future>(context: TraceContext, future: F) -> InScope<F> {
    InScope { future, context }
}

pin_project! {
    /// A future that works for one trace; see [`in_scope`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InScope<F> {
        #[pin]
        future: F,
        context: TraceContext,
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _scope = scope(*this.context);
        this.future.poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::{TraceContext, current, in_scope, scope};

    const HEADER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read_or_refused() {
        let context = TraceContext::from_traceparent(HEADER).expect("it is valid");
        assert_eq!(format!("{context:?}"), "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7");
        for refused in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e47é-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::from_traceparent(refused), None, "{refused}");
        }
        assert!(TraceContext::from_traceparent(&format!("01{}-later", &HEADER[2..])).is_some());
    }

    #[test]
    fn scopes_nest_and_end_with_their_guard_or_their_panic() {
        let outer = TraceContext::new([1; 16], [1; 8]).expect("valid");
        let inner = TraceContext::new([2; 16], [2; 8]).expect("valid");
        let _outer = scope(outer);
        {
            let _inner = scope(inner);
            assert_eq!(current(), Some(inner));
        }
        assert_eq!(current(), Some(outer));
        let caught = std::panic::catch_unwind(|| {
            let _inner = scope(inner);
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(caught.is_err());
        assert_eq!(current(), Some(outer));
        assert_eq!(std::thread::spawn(current).join().expect("no panic"), None);
    }

    #[test]
    fn a_future_carries_its_context_from_poll_to_poll() {
        use std::future::{Future, poll_fn};
        use std::task::{Context, Poll, Waker};
        let context = TraceContext::new([3; 16], [3; 8]).expect("valid");
        let mut polled = 0;
        let mut future = Box::pin(in_scope(
            context,
            poll_fn(move |_| {
                assert_eq!(current(), Some(context));
                polled += 1;
                if polled == 3 { Poll::Ready(polled) } else { Poll::Pending }
            }),
        ));
        let mut cx = Context::from_waker(Waker::noop());
        for expected in [Poll::Pending, Poll::Pending, Poll::Ready(3)] {
            assert_eq!(future.as_mut().poll(&mut cx), expected);
            assert_eq!(current(), None);
        }
    }
}
