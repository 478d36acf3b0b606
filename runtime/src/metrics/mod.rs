//! What is measured, as a table, and its classic text form. `registry.rs` and `exporter.rs` are behind features.

#[cfg(feature = "exporter")]
mod exporter;
#[cfg(feature = "metrics")]
mod map;
#[cfg(feature = "metrics")]
mod registry;

#[cfg(feature = "exporter")]
pub use exporter::{Exporter, serve};
#[cfg(feature = "metrics")]
pub use map::{MapMetrics, ReclaimMetrics};
#[cfg(feature = "metrics")]
pub use registry::{Format, PanicMetrics, encode};

use std::fmt::Write as _;

use crate::panic::{LATENCY_BOUNDS_NS, Snapshot};

/// Whether a value only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
}

/// One metric of the panic hook.
pub(crate) struct Metric {
    /// Its name in full, `_total` included.
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) kind: Kind,
    pub(crate) value: fn(&Snapshot) -> f64,
}

const fn counter(name: &'static str, help: &'static str, value: fn(&Snapshot) -> f64) -> Metric {
    Metric { name, help, kind: Kind::Counter, value }
}

/// The histogram's name and help.
pub(crate) const LATENCY: (&str, &str) =
    ("auditor_panic_record_latency_seconds", "Time from the panic hook's entry to its record on the descriptor.");

/// Every metric of the hook but the histogram. Exact up to 2^53, as every Prometheus value is.
#[allow(clippy::cast_precision_loss)]
pub(crate) const PANICS: [Metric; 12] = [
    counter("auditor_panics_total", "Panics that reached the hook.", |s| s.panics as f64),
    counter("auditor_panics_nested_total", "Panics while an earlier one of the thread was in flight.", |s| {
        s.nested as f64
    }),
    counter("auditor_panics_fatal_total", "Panics after which the process ended.", |s| s.fatal as f64),
    counter("auditor_panic_records_total", "Panic records written.", |s| s.records as f64),
    counter("auditor_panic_records_lost_total", "Panic records that no descriptor took.", |s| s.records_lost as f64),
    counter(
        "auditor_panic_records_suppressed_total",
        "Panic records left out by the limit of records a second.",
        |s| s.records_suppressed as f64,
    ),
    counter("auditor_panic_pushes_total", "Pushes of panic metrics that a sink took.", |s| s.pushes as f64),
    counter("auditor_panic_pushes_failed_total", "Pushes of panic metrics that failed.", |s| s.pushes_failed as f64),
    counter("auditor_panic_pushes_suppressed_total", "Panics that did not wait for a push after a failure.", |s| {
        s.pushes_suppressed as f64
    }),
    counter("auditor_panics_caught_total", "Panics caught by a boundary.", |s| s.caught as f64),
    counter("auditor_panics_unrecorded_total", "Panics caught by a boundary that the hook had not seen.", |s| {
        s.unrecorded as f64
    }),
    Metric {
        name: "auditor_panic_last_timestamp_seconds",
        help: "Time of the last panic, seconds since the Unix epoch, 0 for never.",
        kind: Kind::Gauge,
        value: |s| s.last_panic_unix_ns as f64 / 1e9,
    },
];

/// The hook's metrics in Prometheus's classic text format, 0.0.4.
pub(crate) fn panics_as_text(component: &str, snapshot: &Snapshot) -> String {
    let component = component.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let mut text = String::with_capacity(4096);
    for metric in &PANICS {
        let kind = if metric.kind == Kind::Counter { "counter" } else { "gauge" };
        let (name, help, value) = (metric.name, metric.help, (metric.value)(snapshot));
        // Writing to a String cannot fail.
        let _ =
            writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{{component=\"{component}\"}} {value}");
    }
    let (name, help) = LATENCY;
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} histogram");
    let bounds = LATENCY_BOUNDS_NS.iter().map(|bound| seconds(*bound).to_string()).chain(["+Inf".to_owned()]);
    let mut below = 0_u64;
    for (bound, count) in bounds.zip(snapshot.latency) {
        below = below.saturating_add(count);
        let _ = writeln!(text, "{name}_bucket{{component=\"{component}\",le=\"{bound}\"}} {below}");
    }
    let sum = seconds(snapshot.latency_sum_ns);
    let _ = writeln!(
        text,
        "{name}_sum{{component=\"{component}\"}} {sum}\n{name}_count{{component=\"{component}\"}} {below}"
    );
    text
}

#[allow(clippy::cast_precision_loss)]
pub(crate) fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::panics_as_text;
    use crate::panic::Snapshot;

    #[test]
    fn the_text_holds_each_count_and_cumulative_buckets() {
        let mut snapshot = Snapshot { panics: 3, latency_sum_ns: 60_000, ..Snapshot::default() };
        snapshot.latency = [1, 0, 2, 0, 0, 0, 0, 0, 0, 1];
        let text = panics_as_text("a\"b", &snapshot);
        for line in [
            "# TYPE auditor_panics_total counter",
            "auditor_panics_total{component=\"a\\\"b\"} 3",
            "auditor_panic_record_latency_seconds_bucket{component=\"a\\\"b\",le=\"0.000005\"} 1",
            "auditor_panic_record_latency_seconds_bucket{component=\"a\\\"b\",le=\"0.2\"} 3",
            "auditor_panic_record_latency_seconds_bucket{component=\"a\\\"b\",le=\"+Inf\"} 4",
            "auditor_panic_record_latency_seconds_sum{component=\"a\\\"b\"} 0.00006",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
