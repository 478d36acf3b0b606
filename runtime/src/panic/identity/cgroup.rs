//! Pod uid and container id in the paths of `/proc/self/cgroup`, also where a mount's root shows such a path.

/// What a list of control groups says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CgroupIds {
    pub(super) pod_uid: Option<String>,
    pub(super) container_id: Option<String>,
    /// Paths disagree: nothing is chosen.
    pub(super) conflict: bool,
    /// The pod part is the 32 digits of a static pod's configuration hash.
    pub(super) static_pod: bool,
    /// `0::/` alone: a private cgroup namespace.
    pub(super) private: bool,
}

/// What one path says.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
pub(super) struct PathIds {
    pub(super) pod_uid: Option<String>,
    pub(super) container_id: Option<String>,
    pub(super) static_pod: bool,
}

impl PathIds {
    fn in_pod(&self) -> bool {
        self.pod_uid.is_some() || self.static_pod
    }

    fn says_something(&self) -> bool {
        self.in_pod() || self.container_id.is_some()
    }
}

/// Reads lines of the form `hierarchy:controllers:path`. Paths inside a pod are preferred to all others.
pub(super) fn ids(text: &str) -> CgroupIds {
    let paths: Vec<&str> = text.lines().filter_map(|line| line.splitn(3, ':').nth(2)).collect();
    let mut all: Vec<PathIds> = paths.iter().map(|path| path_ids(path)).filter(PathIds::says_something).collect();
    if all.iter().any(PathIds::in_pod) {
        all.retain(PathIds::in_pod);
    }
    let private = !paths.is_empty() && paths.iter().all(|path| *path == "/");
    let Some(first) = all.first().cloned() else { return CgroupIds { private, ..CgroupIds::default() } };
    if all.iter().any(|ids| *ids != first) {
        return CgroupIds { conflict: true, ..CgroupIds::default() };
    }
    CgroupIds {
        pod_uid: first.pod_uid,
        container_id: first.container_id,
        conflict: false,
        static_pod: first.static_pod,
        private,
    }
}

/// What `path` says: the last pod part and the last container part of it.
pub(super) fn path_ids(path: &str) -> PathIds {
    let mut ids = PathIds::default();
    let mut before = "";
    for segment in path.split('/') {
        // The colon form `kubepods-…-pod<uid>.slice:cri-containerd:<id>` holds both in one segment.
        for part in segment.split(':') {
            if let Some(pod) = pod_part(part) {
                match pod {
                    Pod::Uid(uid) => (ids.pod_uid, ids.static_pod) = (Some(uid), false),
                    Pod::ConfigurationHash => (ids.pod_uid, ids.static_pod) = (None, true),
                }
            } else if let Some(id) = container_part(part, before) {
                ids.container_id = Some(id);
            }
        }
        before = segment;
    }
    ids
}

enum Pod {
    Uid(String),
    ConfigurationHash,
}

/// `pod<uid>`, alone or after `kubepods-…-`, with or without `.slice`; systemd turns the uid's `-` into `_`.
fn pod_part(segment: &str) -> Option<Pod> {
    let name = segment.strip_suffix(".slice").unwrap_or(segment);
    let after = if let Some(uid) = name.strip_prefix("pod") {
        uid
    } else if name.contains("kubepods") {
        name.rsplit_once("-pod")?.1
    } else {
        return None;
    };
    if is_hex(after, 32) {
        return Some(Pod::ConfigurationHash);
    }
    let uid = after.replace('_', "-").to_ascii_lowercase();
    is_uid(&uid).then_some(Pod::Uid(uid))
}

/// `<64 hex>` with any `prefix-` and `.scope`; a Fargate task's `<32 hex>-<digits>` under `/ecs/`; a Garden name.
fn container_part(segment: &str, parent: &str) -> Option<String> {
    let name = segment.strip_suffix(".scope").unwrap_or(segment);
    let last = name.rsplit_once('-').map_or(name, |(_, last)| last);
    if is_hex(last, 64) {
        // The monitor that watches a container is not the container.
        return (!name.starts_with("crio-conmon-") && !name.starts_with("libpod-conmon-")).then(|| last.to_owned());
    }
    (is_fargate(name) || parent == "garden" && is_garden(name)).then(|| name.to_owned())
}

pub(super) fn is_fargate(text: &str) -> bool {
    text.split_once('-').is_some_and(|(task, number)| {
        is_hex(task, 32) && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    })
}

pub(super) fn is_garden(text: &str) -> bool {
    is_grouped(text, &[8, 4, 4, 4, 4])
}

pub(super) fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn is_uid(text: &str) -> bool {
    is_grouped(text, &[8, 4, 4, 4, 12])
}

fn is_grouped(text: &str, digits: &[usize]) -> bool {
    let mut groups = text.split('-');
    digits.iter().all(|digits| groups.next().is_some_and(|group| is_hex(group, *digits))) && groups.next().is_none()
}
