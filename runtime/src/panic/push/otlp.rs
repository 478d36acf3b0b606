//! An OpenTelemetry collector, over OTLP/HTTP with JSON: the hook's counters as cumulative sums, and its records as log records.

use std::io;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::Sink;
use super::http::Endpoint;
use super::outbox::Outbox;
use crate::metrics::{Kind, PANICS};
use crate::panic::clock::unix_nanos;
use crate::panic::counters::Snapshot;
use crate::panic::identity::Identity;

/// The temporality of a sum that never starts again.
const CUMULATIVE: u8 = 2;

#[derive(Clone)]
pub(crate) struct Otlp {
    endpoint: Endpoint,
    /// Each an OTLP attribute.
    resource: Vec<Value>,
    component: String,
    records: &'static Outbox,
}

impl Otlp {
    /// Resolves `url`, `http://host:4318`, to which the records in the outbox go too. Blocks on the name's resolution.
    ///
    /// # Errors
    ///
    /// It is no such URL, or the name has no address.
    pub(crate) fn resolve(
        url: &str,
        component: &str,
        identity: Option<&Identity>,
        records: &'static Outbox,
    ) -> io::Result<Self> {
        let facts = identity.into_iter().flat_map(Identity::facts);
        let resource = facts
            .filter(|(name, _)| *name != "component")
            .filter_map(|(name, fact)| Some(attribute(name, fact.value()?)))
            .collect();
        Ok(Self { endpoint: Endpoint::resolve(url)?, resource, component: component.to_owned(), records })
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
        let scope = scope();
        json!({ "resourceMetrics": [{
            "resource": { "attributes": self.resource },
            "scopeMetrics": [{ "scope": scope, "metrics": metrics }],
        }]})
    }

    /// The records, each its time and its line of JSON, as log records.
    fn logs(&self, records: &[(u64, String)]) -> Value {
        let records: Vec<Value> = records.iter().map(|(time, line)| self.log(*time, line)).collect();
        json!({ "resourceLogs": [{
            "resource": { "attributes": self.resource },
            "scopeLogs": [{ "scope": scope(), "logRecords": records }],
        }]})
    }

    /// What OTLP has fields for goes there; the rest are attributes, but for what the resource says already.
    fn log(&self, time: u64, line: &str) -> Value {
        let fields: Map<String, Value> = serde_json::from_str(line).unwrap_or_default();
        let field = |name: &str| fields.get(name).cloned().unwrap_or(Value::Null);
        let text = |name: &str| field(name).as_str().unwrap_or("").to_owned();
        let of_resource =
            |name: &str| self.resource.iter().any(|attribute| attribute.get("key").is_some_and(|key| key == name));
        let elsewhere = ["time", "severity", "severity_number", "trace_id", "span_id", "event.name"];
        let attributes: Vec<Value> = fields
            .iter()
            .filter(|(name, _)| !elsewhere.contains(&name.as_str()) && !of_resource(name))
            .filter_map(|(name, value)| {
                let value = match value {
                    Value::String(text) => json!({ "stringValue": text }),
                    // OTLP's JSON writes 64-bit integers as text.
                    Value::Number(number) => json!({ "intValue": number.to_string() }),
                    Value::Bool(flag) => json!({ "boolValue": flag }),
                    _ => return None,
                };
                Some(json!({ "key": name, "value": value }))
            })
            .collect();
        let body = field("exception.message").as_str().map_or_else(|| "a panic".to_owned(), str::to_owned);
        json!({
            "timeUnixNano": time.to_string(),
            "severityNumber": field("severity_number"),
            "severityText": text("severity"),
            "eventName": text("event.name"),
            "traceId": text("trace_id"),
            "spanId": text("span_id"),
            "body": { "stringValue": body },
            "attributes": attributes,
        })
    }
}

fn scope() -> Value {
    json!({ "name": "auditor-runtime", "version": env!("CARGO_PKG_VERSION") })
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

impl Sink for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn for_thread(&self) -> Box<dyn Sink> {
        Box::new(self.clone())
    }

    fn push(&mut self, snapshot: &Snapshot, deadline: Instant) -> io::Result<()> {
        let body = self.body(snapshot, unix_nanos()).to_string();
        self.endpoint.send("POST", "/v1/metrics", "application/json", &body, deadline)?;
        self.records.empty(|records| {
            let body = self.logs(records).to_string();
            self.endpoint.send("POST", "/v1/logs", "application/json", &body, deadline)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Otlp, Outbox};
    use crate::panic::counters::Snapshot;
    use crate::panic::identity::{Identity, Inputs};

    const POD_UID: &str = "fd52ef25-a87d-11e9-9423-0800271a638e";

    #[test]
    fn counters_are_cumulative_sums_of_a_resource() {
        let mut inputs = Inputs::default();
        inputs.environment.insert("K8S_POD_UID".to_owned(), POD_UID.to_owned());
        static NONE: Outbox = Outbox::new();
        let sink =
            Otlp::resolve("http://127.0.0.1:4318", "part", Some(&Identity::of(&inputs)), &NONE).expect("resolved");
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

    #[test]
    fn a_record_is_a_log_record_of_the_same_resource() {
        static NONE: Outbox = Outbox::new();
        let mut inputs = Inputs::default();
        inputs.environment.insert("K8S_POD_UID".to_owned(), POD_UID.to_owned());
        let sink =
            Otlp::resolve("http://127.0.0.1:4318", "part", Some(&Identity::of(&inputs)), &NONE).expect("resolved");
        let line = r#"{"time":"2026","severity":"FATAL","severity_number":21,"event.name":"exception","exception.message":"why",
            "trace_id":"4b","span_id":null,"k8s.pod.uid":"fd52ef25-a87d-11e9-9423-0800271a638e","code.line.number":7,"record.truncated":true}"#;
        let body = sink.logs(&[(42, line.to_owned())]);
        assert_eq!(body["resourceLogs"][0]["resource"]["attributes"][0]["key"], "k8s.pod.uid");
        let record = &body["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        for (field, value) in [
            ("timeUnixNano", "42"),
            ("severityText", "FATAL"),
            ("eventName", "exception"),
            ("traceId", "4b"),
            ("spanId", ""),
        ] {
            assert_eq!(record[field], value, "{record}");
        }
        assert_eq!((&record["severityNumber"], &record["body"]["stringValue"]), (&21.into(), &"why".into()));
        let attributes = record["attributes"].as_array().expect("a list");
        let of = |name: &str| attributes.iter().find(|attribute| attribute["key"] == name).map(|found| &found["value"]);
        assert_eq!(of("code.line.number").expect("there")["intValue"], "7");
        assert_eq!(of("record.truncated").expect("there")["boolValue"], true);
        assert_eq!(of("exception.message").expect("there")["stringValue"], "why");
        assert!(of("k8s.pod.uid").is_none(), "the resource says it");
    }
}
