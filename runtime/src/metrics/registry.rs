//! The hook's metrics as a collector of `prometheus-client`, and a registry's text in both formats that Prometheus reads.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::{Kind, LATENCY, PANICS, seconds};
use crate::panic::{LATENCY_BOUNDS_NS, Snapshot, component, counts};

/// Collects the panic hook's counts at each scrape; register it with
/// [`Registry::register_collector`](prometheus_client::registry::Registry::register_collector).
///
/// Where a counter file is mapped, the counts are those that survive restarts.
#[derive(Clone, Copy, Debug, Default)]
pub struct PanicMetrics;

impl Collector for PanicMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let snapshot = counts();
        let labels = [("component", component())];
        for metric in &PANICS {
            let value = (metric.value)(&snapshot);
            match metric.kind {
                Kind::Counter => {
                    let name = metric.name.trim_end_matches("_total");
                    let mut encoder = encoder.encode_descriptor(name, metric.help, None, MetricType::Counter)?;
                    encoder.encode_family(&labels)?.encode_counter::<NoLabelSet, f64, f64>(&value, None)?;
                }
                Kind::Gauge => {
                    let mut encoder = encoder.encode_descriptor(metric.name, metric.help, None, MetricType::Gauge)?;
                    encoder.encode_family(&labels)?.encode_gauge(&value)?;
                }
            }
        }
        let mut encoder = encoder.encode_descriptor(LATENCY.0, LATENCY.1, None, MetricType::Histogram)?;
        latency(&mut encoder.encode_family(&labels)?, &snapshot)
    }
}

fn latency(
    encoder: &mut prometheus_client::encoding::MetricEncoder<'_>,
    snapshot: &Snapshot,
) -> Result<(), fmt::Error> {
    let bounds = LATENCY_BOUNDS_NS.iter().map(|bound| seconds(*bound)).chain([f64::INFINITY]);
    let buckets: Vec<(f64, u64)> = bounds.zip(snapshot.latency).collect();
    let count = snapshot.latency.iter().copied().fold(0, u64::saturating_add);
    encoder.encode_histogram::<NoLabelSet>(seconds(snapshot.latency_sum_ns), count, &buckets, None)
}

/// A text format of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus's older format, 0.0.4, which promtool and textfile collectors read.
    Classic,
}

impl Format {
    /// The format that an HTTP request's `Accept` header asks for: OpenMetrics where it is named.
    pub fn accepted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Classic }
    }

    /// The HTTP content type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// The registry's metrics as text.
///
/// # Errors
///
/// A metric's own encoding fails.
pub fn encode(registry: &Registry, format: Format) -> Result<String, fmt::Error> {
    let mut text = String::new();
    text::encode(&mut text, registry)?;
    Ok(match format {
        Format::OpenMetrics => text,
        Format::Classic => classic(&text),
    })
}

/// OpenMetrics text as the older format has it: counters are described by their full name, units and the end mark are
/// comments it does not know, exemplars are gone.
fn classic(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let counters: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    for line in text.lines() {
        if line == "# EOF" || line.starts_with("# UNIT ") {
            continue;
        }
        let described = ["# HELP ", "# TYPE "].into_iter().find_map(|mark| Some((mark, line.strip_prefix(mark)?)));
        match described.and_then(|(mark, rest)| Some((mark, rest.split_once(' ')?))) {
            Some((mark, (name, rest))) if counters.contains(&name) => {
                out.extend([mark, name, "_total ", rest]);
            }
            Some((mark, (name, rest))) => {
                let rest =
                    if mark == "# TYPE " && matches!(rest, "unknown" | "info" | "stateset") { "gauge" } else { rest };
                out.extend([mark, name, " ", rest]);
            }
            None => out.push_str(line.split_once(" # {").map_or(line, |(sample, _)| sample)),
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Format, PanicMetrics, classic, encode};
    use prometheus_client::registry::Registry;

    #[test]
    fn the_older_format_describes_counters_by_their_full_name() {
        let open = "# HELP jobs Jobs.\n# TYPE jobs counter\n# UNIT jobs jobs\njobs_total{a=\"b\"} 3 # {id=\"1\"} 1.0\n\
                    # HELP size Size.\n# TYPE size gauge\nsize 1\n# EOF\n";
        assert_eq!(
            classic(open),
            "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{a=\"b\"} 3\n# HELP size Size.\n# TYPE size gauge\nsize 1\n"
        );
    }

    #[test]
    fn both_formats_hold_every_metric_and_a_whole_histogram() {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(PanicMetrics));
        let open = encode(&registry, Format::OpenMetrics).expect("encoded");
        assert!(open.contains("# TYPE auditor_panics counter\nauditor_panics_total{component=\"\"} "), "{open}");
        assert!(open.ends_with("# EOF\n"));
        let classic = encode(&registry, Format::Classic).expect("encoded");
        assert!(classic.contains("# TYPE auditor_panics_total counter\nauditor_panics_total{"), "{classic}");
        for text in [&open, &classic] {
            assert!(text.contains("_bucket{le=\"+Inf\",component=\"\"}") || text.contains("le=\"+Inf\""), "{text}");
            assert_eq!(text.matches("_latency_seconds_bucket{").count(), 10, "{text}");
        }
    }
}
