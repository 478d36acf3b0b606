//! Trace contexts from tracing's spans. The layer puts them in force as spans are entered, so that the hook reads a cell
//! and never the subscriber, whose locks the panicking code may hold.

use std::cell::RefCell;
use std::fmt;

use tracing_core::Subscriber;
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::{CURRENT, TraceContext};
use crate::panic::thread_state;

thread_local! {
    /// Spans entered on this thread that changed the context, each with the one before.
    static ENTERED: RefCell<Vec<(u64, Option<TraceContext>)>> = const { RefCell::new(Vec::new()) };
}

/// A layer that knows each span's trace: from its fields `traceparent`, or `trace_id` and `span_id` (hexadecimal), or from
/// the span it is in. A span with a trace but no `span_id` is named by tracing's own id.
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceLayer;

/// What a span's fields say.
#[derive(Default)]
struct Fields {
    traceparent: Option<TraceContext>,
    trace_id: Option<String>,
    span_id: Option<String>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "traceparent" => self.traceparent = TraceContext::from_traceparent(value),
            "trace_id" => self.trace_id = Some(value.to_owned()),
            "span_id" => self.span_id = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if matches!(field.name(), "traceparent" | "trace_id" | "span_id") {
            self.record_str(field, format!("{value:?}").trim_matches('"'));
        }
    }
}

impl Fields {
    /// The context they name, in a span that tracing calls `id`, inside `outer`.
    fn context(&self, id: u64, outer: Option<TraceContext>) -> Option<TraceContext> {
        if self.traceparent.is_some() {
            return self.traceparent;
        }
        let own = format!("{id:016x}");
        let span_id = self.span_id.as_deref().unwrap_or(&own);
        match &self.trace_id {
            Some(trace_id) => TraceContext::from_hex(trace_id, span_id),
            None if self.span_id.is_some() => {
                TraceContext::new(outer?.trace_id(), TraceContext::from_hex(&"1".repeat(32), span_id)?.span_id())
            }
            None => outer,
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TraceLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let outer = span.parent().and_then(|parent| parent.extensions().get::<TraceContext>().copied());
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(found) = fields.context(id.into_u64(), outer) {
            span.extensions_mut().replace(found);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let before = span.extensions().get::<TraceContext>().copied();
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(found) = fields.context(id.into_u64(), before) {
            span.extensions_mut().replace(found);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let found = context.span(id).and_then(|span| span.extensions().get::<TraceContext>().copied());
        let Some(found) = found else { return };
        thread_state::calm();
        let before = CURRENT.try_with(|current| current.replace(Some(found))).ok().flatten();
        let _ = ENTERED.try_with(|entered| {
            if let Ok(mut entered) = entered.try_borrow_mut() {
                entered.push((id.into_u64(), before));
            }
        });
    }

    fn on_exit(&self, id: &Id, _context: Context<'_, S>) {
        let before = ENTERED.try_with(|entered| {
            let mut entered = entered.try_borrow_mut().ok()?;
            let place = entered.iter().rposition(|(entered, _)| *entered == id.into_u64())?;
            let (length, mut before, mut places) = (entered.len(), None, 0..);
            entered.retain(|entry| {
                let leaves = places.next() == Some(place);
                if leaves {
                    before = Some(entry.1);
                }
                !leaves
            });
            Some((place, length, before?))
        });
        // A span that is left before those entered after it changes nothing now; they restore what was before them.
        if let Ok(Some((place, length, before))) = before {
            if place.saturating_add(1) == length {
                let _ = CURRENT.try_with(|current| current.set(before));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TraceLayer;
    use crate::panic::trace::{TraceContext, current};
    use tracing_subscriber::layer::SubscriberExt;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn a_spans_trace_is_in_force_while_it_is_entered_and_inner_spans_inherit_it() {
        let subscriber = tracing_subscriber::registry().with(TraceLayer);
        tracing::subscriber::with_default(subscriber, || {
            let request = tracing::info_span!("request", trace_id = TRACE, span_id = "00f067aa0ba902b7", n = 1);
            let outer = TraceContext::from_hex(TRACE, "00f067aa0ba902b7");
            assert_eq!(current(), None);
            request.in_scope(|| {
                assert_eq!(current(), outer);
                tracing::info_span!("query").in_scope(|| assert_eq!(current(), outer));
                let child = tracing::info_span!("child", span_id = %"00000000000000aa");
                child.in_scope(|| assert_eq!(current(), TraceContext::from_hex(TRACE, "00000000000000aa")));
                assert_eq!(current(), outer);
            });
            assert_eq!(current(), None);
            tracing::info_span!("other").in_scope(|| assert_eq!(current(), None));
            let late = tracing::info_span!("late", traceparent = tracing::field::Empty);
            late.record("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01").as_str());
            late.in_scope(|| assert_eq!(current(), outer));
        });
    }
}
