//! Trace contexts from OpenTelemetry. Its current context is read when a scope begins, not by the hook: reading it borrows
//! a cell that a panic may have left borrowed.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::{Scope, TraceContext, enter};

impl TraceContext {
    /// The ids of `span`; none where it is not valid.
    pub fn from_opentelemetry(span: &SpanContext) -> Option<Self> {
        Self::new(span.trace_id().to_bytes(), span.span_id().to_bytes())
    }
}

/// Puts OpenTelemetry's current span in force for panics on this thread until the scope is dropped. Without a valid span
/// there is no trace in that scope.
#[must_use = "the scope ends when it is dropped"]
pub fn scope_of_opentelemetry() -> Scope {
    enter(TraceContext::from_opentelemetry(Context::current().span().span_context()))
}

#[cfg(test)]
mod tests {
    use super::scope_of_opentelemetry;
    use crate::panic::trace::{TraceContext, current};
    use opentelemetry::Context;
    use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

    #[test]
    fn the_current_span_is_in_force_for_the_scope() {
        let span = SpanContext::new(
            TraceId::from_bytes([7; 16]),
            SpanId::from_bytes([8; 8]),
            TraceFlags::SAMPLED,
            true,
            TraceState::NONE,
        );
        let attached = Context::new().with_remote_span_context(span).attach();
        {
            let _scope = scope_of_opentelemetry();
            assert_eq!(current(), TraceContext::new([7; 16], [8; 8]));
        }
        drop(attached);
        let _scope = scope_of_opentelemetry();
        assert_eq!(current(), None);
    }
}
