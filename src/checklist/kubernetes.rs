//! Kubernetes manifests: what a cluster gives the program's containers, and how it treats one that ends. Karmada's policies that
//! spread them are read beside them. Templates must be rendered: what a chart would make is not guessed.

use serde_json::Value;

use super::fact::{Evidence, EvidenceError, Fact, FactStatus};

/// What a container can be told of its pod, and the facts that it is.
const IDENTITY: [(&str, &str); 4] = [
    ("kubernetes/pod-uid", "metadata.uid"),
    ("kubernetes/pod-name", "metadata.name"),
    ("kubernetes/namespace", "metadata.namespace"),
    ("kubernetes/node-name", "spec.nodeName"),
];

/// What a kubelet asks a container for.
const PROBES: [(&str, &str); 2] =
    [("kubernetes/liveness-probe", "livenessProbe"), ("kubernetes/readiness-probe", "readinessProbe")];

/// Tells whether `text` looks like manifests.
pub(super) fn is_manifest(text: &str) -> bool {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    has("apiVersion:") && has("kind:")
}

/// Reads the documents of the file at `path`. Aliases, depth, documents and nodes are bounded by the reader of YAML.
///
/// # Errors
/// When it is no YAML, or holds nothing that runs a container or spreads one.
pub(super) fn read(path: &str, text: &str) -> Result<Evidence, EvidenceError> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).map_err(|error| {
        let (path, why) = (path.to_owned(), error.without_snippet().to_string());
        EvidenceError::Yaml { path, why }
    })?;
    let objects: Vec<&Value> = documents.iter().flat_map(items).collect();
    let workloads: Vec<Workload<'_>> = objects.iter().filter_map(|object| Workload::of(object)).collect();
    let policies: Vec<&Value> = objects.iter().copied().filter(|object| is_policy(object)).collect();
    if workloads.is_empty() && policies.is_empty() {
        let (path, why) = (path.to_owned(), "no document of it runs a container");
        return Err(EvidenceError::Unknown {
            path,
            why,
            known: "workloads of Kubernetes, and Karmada's policies beside them",
        });
    }
    let mut facts: Vec<Fact> = workloads.iter().flat_map(Workload::facts).collect();
    if !policies.is_empty() {
        facts.extend(workloads.iter().map(|workload| propagated(workload, &policies)));
    }
    let subject = workloads.iter().map(Workload::name).collect::<Vec<_>>().join(", ");
    let tool = "Kubernetes manifest".to_owned();
    Ok(Evidence { path: path.to_owned(), tool, subject, finished: String::new(), facts, compiled: None })
}

/// The objects of a document: those of a list, or itself.
fn items(document: &Value) -> Vec<&Value> {
    match (text(document, &["kind"]), document.get("items").and_then(Value::as_array)) {
        (Some("List"), Some(items)) => items.iter().collect(),
        _ => vec![document],
    }
}

/// An object that makes pods.
struct Workload<'a> {
    object: &'a Value,
    kind: &'a str,
    /// What its pods are made of.
    pod: &'a Value,
}

impl<'a> Workload<'a> {
    fn of(object: &'a Value) -> Option<Self> {
        let kind = text(object, &["kind"])?;
        let spec: &[&str] = match kind {
            "Pod" => &["spec"],
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
                &["spec", "template", "spec"]
            }
            "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
            _ => return None,
        };
        Some(Self { object, kind, pod: at(object, spec)? })
    }

    fn name(&self) -> String {
        format!("{} {}", self.kind, text(self.object, &["metadata", "name"]).unwrap_or("without a name"))
    }

    fn is_job(&self) -> bool {
        matches!(self.kind, "Job" | "CronJob")
    }

    fn containers(&self) -> &'a [Value] {
        list(self.pod, &["containers"])
    }

    fn facts(&self) -> Vec<Fact> {
        let identity = IDENTITY.iter().map(|(id, field)| {
            self.of_each(id, &format!("each container is given {field} by the downward API"), |container| {
                gets(container, field) || mounts(container, self.pod, field)
            })
        });
        let mut facts: Vec<Fact> = identity.collect();
        // What runs to its end is asked for nothing.
        if !self.is_job() {
            let probes = PROBES.iter().map(|(id, probe)| {
                self.of_each(id, &format!("each container has a {probe}"), |container| {
                    container.get(*probe).is_some_and(Value::is_object)
                })
            });
            facts.extend(probes);
        }
        facts.push(self.restarts());
        facts
    }

    /// A fact of all containers. Which of several is the program is not known: where some have it and some not, it is open.
    fn of_each(&self, id: &str, title: &str, has: impl Fn(&Value) -> bool) -> Fact {
        let containers = self.containers();
        let without: Vec<&str> = containers
            .iter()
            .filter(|it| !has(it))
            .map(|it| text(it, &["name"]).unwrap_or("one without a name"))
            .collect();
        let (status, detail) = if without.is_empty() && !containers.is_empty() {
            (FactStatus::Passed, self.name())
        } else if without.len() < containers.len() {
            (
                FactStatus::NotRun,
                format!("{}: not in {}; which container is the program is not known", self.name(), without.join(", ")),
            )
        } else {
            (FactStatus::Failed, format!("{}: in none of its containers", self.name()))
        };
        Fact::named(id, title, status, &detail)
    }

    /// Whether a program that ends by a panic runs again.
    fn restarts(&self) -> Fact {
        let policy = text(self.pod, &["restartPolicy"]).unwrap_or("Always");
        let job = if self.kind == "CronJob" { at(self.object, &["spec", "jobTemplate"]) } else { Some(self.object) };
        let retries = job.and_then(|job| at(job, &["spec", "backoffLimit"])).and_then(Value::as_u64);
        let again = policy != "Never" || (self.is_job() && retries != Some(0));
        let status = if again { FactStatus::Passed } else { FactStatus::Failed };
        let detail = format!("{}: restartPolicy {policy}", self.name());
        Fact::named("kubernetes/restart-policy", "a program that ends by a panic runs again", status, &detail)
    }
}

/// Whether the environment of `container` has `field` of its pod, by the downward API.
fn gets(container: &Value, field: &str) -> bool {
    list(container, &["env"]).iter().any(|it| text(it, &["valueFrom", "fieldRef", "fieldPath"]) == Some(field))
}

/// Whether it mounts a volume whose files have it.
fn mounts(container: &Value, pod: &Value, field: &str) -> bool {
    let volumes = list(pod, &["volumes"]).iter().filter(|volume| {
        let items = list(volume, &["downwardAPI", "items"]);
        items.iter().any(|it| text(it, &["fieldRef", "fieldPath"]) == Some(field))
    });
    let names: Vec<&str> = volumes.filter_map(|volume| text(volume, &["name"])).collect();
    list(container, &["volumeMounts"]).iter().filter_map(|it| text(it, &["name"])).any(|name| names.contains(&name))
}

fn is_policy(object: &Value) -> bool {
    let version = text(object, &["apiVersion"]).unwrap_or_default();
    let kind = text(object, &["kind"]).unwrap_or_default();
    version.starts_with("policy.karmada.io/") && matches!(kind, "PropagationPolicy" | "ClusterPropagationPolicy")
}

/// Whether one of `policies` spreads the workload.
fn propagated(workload: &Workload<'_>, policies: &[&Value]) -> Fact {
    let selectors = policies.iter().flat_map(|policy| {
        list(policy, &["spec", "resourceSelectors"]).iter().map(move |selector| (*policy, selector))
    });
    let (mut is_selected, mut is_unclear) = (false, false);
    for (policy, selector) in selectors.filter(|(policy, selector)| may_select(policy, selector, workload)) {
        // Labels are another matter than names; where one of two has no namespace, that of whoever applies it holds.
        let is_vague = selector.get("labelSelector").is_some() && selector.get("name").is_none();
        let is_vague = is_vague
            || (text(policy, &["kind"]) == Some("PropagationPolicy")
                && has_namespace(policy) != has_namespace(workload.object));
        let placed = at(policy, &["spec", "placement"]).is_some_and(Value::is_object);
        let is_vague = is_vague || (selector.get("namespace").is_some() && !has_namespace(workload.object));
        is_selected |= placed && !is_vague;
        is_unclear |= is_vague || !placed;
    }
    let status = match (is_selected, is_unclear) {
        (true, _) => FactStatus::Passed,
        (false, true) => FactStatus::NotRun,
        (false, false) => FactStatus::Failed,
    };
    Fact::named(
        "karmada/propagation",
        "a policy of the file spreads the workload over clusters",
        status,
        &workload.name(),
    )
}

fn has_namespace(object: &Value) -> bool {
    text(object, &["metadata", "namespace"]).is_some()
}

/// Whether kind, name and namespace of a selector leave the workload in. A policy that is not the cluster's selects within its own
/// namespace alone.
fn may_select(policy: &Value, selector: &Value, workload: &Workload<'_>) -> bool {
    let same = |key: &str, own: Option<&str>| text(selector, &[key]).is_none_or(|wanted| Some(wanted) == own);
    let namespace = text(workload.object, &["metadata", "namespace"]);
    let near = text(policy, &["metadata", "namespace"]).zip(namespace);
    let is_near = text(policy, &["kind"]) != Some("PropagationPolicy") || near.is_none_or(|(of, own)| of == own);
    is_near
        && text(selector, &["kind"]) == Some(workload.kind)
        && text(selector, &["apiVersion"]) == text(workload.object, &["apiVersion"])
        && same("name", text(workload.object, &["metadata", "name"]))
        && (namespace.is_none() || same("namespace", namespace))
}

fn at<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().try_fold(value, |value, key| value.get(*key))
}

fn text<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a str> {
    at(value, keys)?.as_str()
}

fn list<'a>(value: &'a Value, keys: &[&str]) -> &'a [Value] {
    at(value, keys).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
