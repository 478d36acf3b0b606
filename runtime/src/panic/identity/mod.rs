//! Who this process is: service, component, pod, container, build. Each fact with its source and how far to trust it.
//! Read once, at install; the hook copies bytes. The parsers are pure: `cgroup.rs`, `mountinfo.rs`, `inputs.rs`.

mod build;
mod cgroup;
mod inputs;
mod mountinfo;

pub use inputs::Inputs;

use cgroup::CgroupIds;
use mountinfo::MountIds;

/// Where a fact came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Given in the program's own configuration.
    Configured,
    /// An environment variable.
    Environment,
    /// The variable `OTEL_RESOURCE_ATTRIBUTES` or `OTEL_SERVICE_NAME`.
    OtelEnvironment,
    /// A file of a Kubernetes downward API volume.
    DownwardApi,
    /// `/proc/self/cgroup`.
    Cgroup,
    /// `/proc/self/mountinfo`.
    Mountinfo,
    /// The executable's own headers.
    Executable,
}

impl Source {
    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Environment => "environment",
            Self::OtelEnvironment => "otel-environment",
            Self::DownwardApi => "downward-api",
            Self::Cgroup => "cgroup",
            Self::Mountinfo => "mountinfo",
            Self::Executable => "executable",
        }
    }
}

/// How far a fact can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Inferred from mount points, which a container can forge, or contradicted by another source.
    Low,
    /// Inferred from the kernel's control groups, whose names are a convention.
    Medium,
    /// Given by whoever deployed the program, or read from the program itself.
    High,
}

impl Confidence {
    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One fact: its value with source and confidence, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It is known.
    Known {
        /// The value.
        value: String,
        /// Where it came from.
        source: Source,
        /// How far to trust it.
        confidence: Confidence,
    },
    /// It is not known.
    Unavailable {
        /// Why not, in words.
        reason: &'static str,
    },
}

impl Fact {
    /// The value, where it is known.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Unavailable { .. } => None,
        }
    }

    fn known(value: &str, source: Source, confidence: Confidence) -> Self {
        Self::Known { value: value.to_owned(), source, confidence }
    }
}

/// Everything that is known of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// `service.name`.
    pub service_name: Fact,
    /// The part of the service that this process is.
    pub component: Fact,
    /// `k8s.pod.uid`, as the API knows it.
    pub pod_uid: Fact,
    /// `k8s.pod.name`.
    pub pod_name: Fact,
    /// `k8s.namespace.name`.
    pub namespace: Fact,
    /// `k8s.node.name`.
    pub node_name: Fact,
    /// `k8s.container.name`.
    pub container_name: Fact,
    /// `container.id`: never the id of the pod's sandbox.
    pub container_id: Fact,
    /// The executable's build id.
    pub build_id: Fact,
}

const NO_UID: &str = "no pod uid in the environment, the downward API, cgroup or mountinfo";
const STATIC_POD: &str = "static pod: the path holds a configuration hash, not the API's uid";
const CONFLICT: &str = "sources of equal rank disagree";
const NO_CONTAINER: &str = "no container id in the environment, cgroup or mountinfo";
const PRIVATE_CGROUP: &str = "cgroup v2 with a private namespace shows no id, and the mounts show none either";
const SANDBOX_ONLY: &str = "only the pod sandbox's id is visible, which is not the container's";

impl Identity {
    /// Reads this process's surroundings: the environment, `/etc/podinfo`, `/proc/self`, the executable.
    ///
    /// Blocks on these files; call it before the program serves anything. [`install`](crate::install) does.
    pub fn read() -> Self {
        Self::of(&Inputs::read())
    }

    /// The facts that follow from `inputs`.
    pub fn of(inputs: &Inputs) -> Self {
        let cgroup = cgroup::ids(&inputs.cgroup);
        let mounts = mountinfo::ids(&inputs.mountinfo);
        let in_kubernetes = inputs.env("KUBERNETES_SERVICE_HOST").is_some()
            || cgroup.pod_uid.is_some()
            || cgroup.static_pod
            || mounts.pod_uid.is_some();
        let given = |names: &[&str], attribute: &str, file: Option<&str>| {
            given(inputs, names, attribute, file).unwrap_or(Fact::Unavailable { reason: "not given" })
        };
        Self {
            service_name: given(&["OTEL_SERVICE_NAME"], "service.name", None),
            component: given(&["AUDITOR_COMPONENT"], "auditor.component", None),
            pod_uid: pod_uid(inputs, &cgroup, &mounts),
            pod_name: given(&["K8S_POD_NAME", "POD_NAME"], "k8s.pod.name", Some("name")),
            namespace: given(&["K8S_NAMESPACE_NAME", "POD_NAMESPACE"], "k8s.namespace.name", Some("namespace")),
            node_name: given(&["K8S_NODE_NAME", "NODE_NAME"], "k8s.node.name", None),
            container_name: container_name(inputs, &mounts),
            container_id: container_id(inputs, &cgroup, &mounts, in_kubernetes),
            build_id: build::id(&inputs.executable_head),
        }
    }

    /// Every fact with the name it has in records.
    pub fn facts(&self) -> [(&'static str, &Fact); 9] {
        [
            ("service.name", &self.service_name),
            ("component", &self.component),
            ("k8s.pod.uid", &self.pod_uid),
            ("k8s.pod.name", &self.pod_name),
            ("k8s.namespace.name", &self.namespace),
            ("k8s.node.name", &self.node_name),
            ("k8s.container.name", &self.container_name),
            ("container.id", &self.container_id),
            ("build.id", &self.build_id),
        ]
    }
}

/// What the deployment says itself: a variable, an OpenTelemetry attribute, a downward API file, in this order.
fn given(inputs: &Inputs, names: &[&str], attribute: &str, file: Option<&str>) -> Option<Fact> {
    let variable = names.iter().find_map(|name| inputs.env(name)).map(|value| (value, Source::Environment));
    let (value, source) = variable
        .or_else(|| inputs.attribute(attribute).map(|value| (value, Source::OtelEnvironment)))
        .or_else(|| file.and_then(|name| inputs.downward(name)).map(|value| (value, Source::DownwardApi)))?;
    Some(Fact::Known { value, source, confidence: Confidence::High })
}

fn pod_uid(inputs: &Inputs, cgroup: &CgroupIds, mounts: &MountIds) -> Fact {
    let inferred: Vec<&str> = [&cgroup.pod_uid, &mounts.pod_uid].into_iter().flatten().map(String::as_str).collect();
    if let Some(fact) = given(inputs, &["K8S_POD_UID", "POD_UID"], "k8s.pod.uid", Some("uid")) {
        return doubted(fact, &inferred);
    }
    if cgroup.conflict || mounts.conflict {
        return Fact::Unavailable { reason: CONFLICT };
    }
    match (&cgroup.pod_uid, &mounts.pod_uid) {
        (Some(uid), other) => doubted(
            Fact::known(uid, Source::Cgroup, Confidence::Medium),
            &other.iter().map(String::as_str).collect::<Vec<_>>(),
        ),
        (None, _) if cgroup.static_pod || mounts.static_pod => Fact::Unavailable { reason: STATIC_POD },
        (None, Some(uid)) => Fact::known(uid, Source::Mountinfo, Confidence::Low),
        (None, None) => Fact::Unavailable { reason: NO_UID },
    }
}

fn container_name(inputs: &Inputs, mounts: &MountIds) -> Fact {
    let names = ["K8S_CONTAINER_NAME", "CONTAINER_NAME"];
    match (given(inputs, &names, "k8s.container.name", None), &mounts.container_name) {
        (Some(fact), _) => fact,
        (None, Some(name)) => Fact::known(name, Source::Mountinfo, Confidence::Low),
        (None, None) => Fact::Unavailable { reason: "not given, and the termination log's mount does not name it" },
    }
}

fn container_id(inputs: &Inputs, cgroup: &CgroupIds, mounts: &MountIds, in_kubernetes: bool) -> Fact {
    let mounted = match (&mounts.container_id, &mounts.hostname_id) {
        (Some(id), _) => Some(id),
        // In a pod the host name's file is the sandbox's, whatever runtime wrote it.
        (None, Some(id)) if !in_kubernetes => Some(id),
        _ => None,
    };
    if let Some(fact) = given(inputs, &["CONTAINER_ID"], "container.id", None) {
        let inferred: Vec<&str> = cgroup.container_id.iter().chain(mounted).map(String::as_str).collect();
        return doubted(fact, &inferred);
    }
    if cgroup.conflict {
        return Fact::Unavailable { reason: CONFLICT };
    }
    match (&cgroup.container_id, mounted) {
        (Some(id), other) => doubted(
            Fact::known(id, Source::Cgroup, Confidence::Medium),
            &other.map(String::as_str).into_iter().collect::<Vec<_>>(),
        ),
        (None, Some(_)) if mounts.conflict => Fact::Unavailable { reason: CONFLICT },
        (None, Some(id)) => Fact::known(id, Source::Mountinfo, Confidence::Low),
        (None, None) if mounts.sandbox || mounts.hostname_id.is_some() => Fact::Unavailable { reason: SANDBOX_ONLY },
        (None, None) if cgroup.private => Fact::Unavailable { reason: PRIVATE_CGROUP },
        (None, None) => Fact::Unavailable { reason: NO_CONTAINER },
    }
}

/// The fact, with low confidence where something inferred says otherwise.
fn doubted(fact: Fact, inferred: &[&str]) -> Fact {
    match fact {
        Fact::Known { value, source, .. } if inferred.iter().any(|other| *other != value) => {
            Fact::Known { value, source, confidence: Confidence::Low }
        }
        fact => fact,
    }
}
