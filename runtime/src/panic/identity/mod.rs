//! Who this process is: service, component, pod, container, build. Each fact with its source and how far to trust it.
//! Read once, at install; the hook copies bytes. The parsers are pure: `cgroup.rs`, `mountinfo.rs`, `inputs.rs`.

mod build;
mod cgroup;
mod form;
mod inputs;
mod mountinfo;

pub use inputs::Inputs;

use cgroup::CgroupIds;
use form::Form;
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

const NOT_GIVEN: &str = "not given";
const MALFORMED: &str = "given, but not in the form of such a value";
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
        // Variables of no one's in particular mean a pod where there is Kubernetes.
        let general = |name: &'static str| in_kubernetes.then_some(name);
        let pod_name = Asked {
            names: [Some("K8S_POD_NAME"), general("POD_NAME")],
            attribute: "k8s.pod.name",
            file: Some("name"),
            form: Form::Subdomain,
        };
        let namespace = Asked {
            names: [Some("K8S_NAMESPACE_NAME"), general("POD_NAMESPACE")],
            attribute: "k8s.namespace.name",
            file: Some("namespace"),
            form: Form::Label,
        };
        let node_name = Asked {
            names: [Some("K8S_NODE_NAME"), general("NODE_NAME")],
            attribute: "k8s.node.name",
            file: None,
            form: Form::Subdomain,
        };
        let container_name = Asked {
            names: [Some("K8S_CONTAINER_NAME"), general("CONTAINER_NAME")],
            attribute: "k8s.container.name",
            file: None,
            form: Form::Label,
        };
        let service =
            Asked { names: [Some("OTEL_SERVICE_NAME"), None], attribute: "service.name", file: None, form: Form::Text };
        let component = Asked {
            names: [Some("AUDITOR_COMPONENT"), None],
            attribute: "auditor.component",
            file: None,
            form: Form::Text,
        };
        Self {
            service_name: service.fact(inputs),
            component: component.fact(inputs),
            pod_uid: pod_uid(inputs, &cgroup, &mounts),
            pod_name: pod_name.fact(inputs),
            namespace: namespace.fact(inputs),
            node_name: node_name.fact(inputs),
            container_name: named_container(container_name.fact(inputs), &mounts),
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

/// A fact that the deployment may say itself, where, and in which form.
struct Asked {
    names: [Option<&'static str>; 2],
    attribute: &'static str,
    /// A file of the downward API.
    file: Option<&'static str>,
    form: Form,
}

impl Asked {
    /// What a variable, an OpenTelemetry attribute or a downward API file says, in this order, the first in the right form.
    ///
    /// # Errors
    ///
    /// The reason why there is none.
    fn given(&self, inputs: &Inputs) -> Result<Fact, &'static str> {
        let variables = self.names.iter().flatten().map(|name| (inputs.env(name), Source::Environment));
        let others = [
            (inputs.attribute(self.attribute), Source::OtelEnvironment),
            (self.file.and_then(|name| inputs.downward(name)), Source::DownwardApi),
        ];
        let mut reason = NOT_GIVEN;
        for (value, source) in variables.chain(others) {
            match value {
                Some(value) if self.form.is_of(&value) => {
                    return Ok(Fact::Known { value, source, confidence: Confidence::High });
                }
                Some(_) => reason = MALFORMED,
                None => {}
            }
        }
        Err(reason)
    }

    fn fact(&self, inputs: &Inputs) -> Fact {
        self.given(inputs).unwrap_or_else(|reason| Fact::Unavailable { reason })
    }
}

fn pod_uid(inputs: &Inputs, cgroup: &CgroupIds, mounts: &MountIds) -> Fact {
    let inferred: Vec<&str> = [&cgroup.pod_uid, &mounts.pod_uid].into_iter().flatten().map(String::as_str).collect();
    let asked = Asked {
        names: [Some("K8S_POD_UID"), Some("POD_UID")],
        attribute: "k8s.pod.uid",
        file: Some("uid"),
        form: Form::PodUid,
    };
    let reason = match asked.given(inputs) {
        Ok(fact) => return doubted(fact, &inferred),
        Err(reason) => reason,
    };
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
        (None, None) if reason == MALFORMED => Fact::Unavailable { reason },
        (None, None) => Fact::Unavailable { reason: NO_UID },
    }
}

/// The container's name as given, or as the kubelet's mount of the termination log has it.
fn named_container(given: Fact, mounts: &MountIds) -> Fact {
    match (given, &mounts.container_name) {
        (Fact::Unavailable { .. }, Some(name)) => Fact::known(name, Source::Mountinfo, Confidence::Low),
        (Fact::Unavailable { reason: NOT_GIVEN }, None) => {
            Fact::Unavailable { reason: "not given, and the termination log's mount does not name it" }
        }
        (given, _) => given,
    }
}

fn container_id(inputs: &Inputs, cgroup: &CgroupIds, mounts: &MountIds, in_kubernetes: bool) -> Fact {
    let mounted = match (&mounts.container_id, &mounts.hostname_id) {
        (Some(id), _) => Some(id),
        // In a pod the host name's file is the sandbox's, whatever runtime wrote it.
        (None, Some(id)) if !in_kubernetes => Some(id),
        _ => None,
    };
    let asked =
        Asked { names: [Some("CONTAINER_ID"), None], attribute: "container.id", file: None, form: Form::ContainerId };
    let reason = match asked.given(inputs) {
        Ok(fact) => {
            let inferred: Vec<&str> = cgroup.container_id.iter().chain(mounted).map(String::as_str).collect();
            return doubted(fact, &inferred);
        }
        Err(reason) => reason,
    };
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
        (None, None) if reason == MALFORMED => Fact::Unavailable { reason },
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
