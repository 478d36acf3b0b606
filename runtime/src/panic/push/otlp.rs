//! An OpenTelemetry collector, over OTLP/HTTP with JSON: the hook's counters as cumulative sums.

use std::io;
use std::time::Instant;

use serde_json::{Value, json};

use super::Sink;
use super::http::Endpoint;
use crate::metrics::{Kind, PANICS};
use crate::panic::clock::unix_nanos;
use crate::panic::counters::Snapshot;
use crate::panic::identity::Identity;

/// The temporality of a sum that never starts again.
const CUMULATIVE: u8 = 2;

#[derive(Debug)]
pub(crate) struct Otlp {
    endpoint: Endpoint,
    resource: Value,
    component: String,
}

impl Otlp {
    /// Resolves `url`, `http://host:4318`. Blocks on the name's resolution.
    ///
    /// # Errors
    ///
    /// It is no such URL, or the name has no address.
    pub(crate) fn resolve(url: &str, component: &str, identity: Option<&Identity>) -> io::Result<Self> {
        let facts = identity.into_iter().flat_map(Identity::facts);
        let attributes: Vec<Value> = facts
            .filter(|(name, _)| *name != "component")
            .filter_map(|(name, fact)| Some(attribute(name, fact.value()?)))
            .collect();
        let resource = json!({ "attributes": attributes });
        Ok(Self { endpoint: Endpoint::resolve(url)?, resource, component: component.to_owned() })
    }

    fn body(&self, snapshot: &Snapshot, time: u64) -> Value {
        let metric = |metric: &crate::metrics::Metric| {
            let point = json!([{
                "asDouble": (metric.value)(snapshot),
                "timeUnixNano": time.to_string(),
                "attributes": [attribute("component", &self.component)],
            }]);
            let name = metric.name.trim_end_matches("_total");
            match metric.kind {
                Kind::Counter => json!({
                    "name": name,
                    "description": metric.help,
                    "sum": { "aggregationTemporality": CUMULATIVE, "isMonotonic": true, "dataPoints": point },
                }),
                Kind::Gauge => json!({ "name": name, "description": metric.help, "gauge": { "dataPoints": point } }),
            }
        };
        let metrics: Vec<Value> = PANICS.iter().map(metric).collect();
        let scope = json!({ "name": "auditor-runtime", "version": env!("CARGO_PKG_VERSION") });
        json!({ "resourceMetrics": [{
            "resource": self.resource,
            "scopeMetrics": [{ "scope": scope, "metrics": metrics }],
        }]})
    }
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

impl Sink for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn push(&mut self, snapshot: &Snapshot, deadline: Instant) -> io::Result<()> {
        let body = self.body(snapshot, unix_nanos()).to_string();
        self.endpoint.send("POST", "/v1/metrics", "application/json", &body, deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::Otlp;
    use crate::panic::counters::Snapshot;
    use crate::panic::identity::{Identity, Inputs};

    #[test]
    fn counters_are_cumulative_sums_of_a_resource() {
        let mut inputs = Inputs::default();
        inputs.environment.insert("K8S_POD_UID".to_owned(), "uid".to_owned());
        let sink = Otlp::resolve("http://127.0.0.1:4318", "part", Some(&Identity::of(&inputs))).expect("resolved");
        let body = sink.body(&Snapshot { panics: 3, ..Snapshot::default() }, 42);
        let resource = &body["resourceMetrics"][0];
        assert_eq!(resource["resource"]["attributes"][0]["key"], "k8s.pod.uid");
        let metric = &resource["scopeMetrics"][0]["metrics"][0];
        assert_eq!(metric["name"], "auditor_panics");
        assert_eq!(metric["sum"]["isMonotonic"], true);
        let point = &metric["sum"]["dataPoints"][0];
        assert_eq!((&point["asDouble"], &point["timeUnixNano"]), (&3.0.into(), &"42".into()));
        assert_eq!(point["attributes"][0]["value"]["stringValue"], "part");
    }
}
