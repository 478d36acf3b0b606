//! Pod uid, container name and container id in `/proc/self/mountinfo`: only in the lines of the mounts that a container
//! runtime makes. A scan of all lines would take a Docker host for one of its containers.

use super::cgroup::{is_hex, is_uid, path_ids};

/// What the mounts say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct MountIds {
    pub(super) pod_uid: Option<String>,
    pub(super) container_name: Option<String>,
    /// From the control group's own mount, or the hosts file's: the container's own.
    pub(super) container_id: Option<String>,
    /// From the host name's file: the container's outside Kubernetes, the sandbox's inside.
    pub(super) hostname_id: Option<String>,
    /// A file of a pod sandbox is mounted.
    pub(super) sandbox: bool,
    pub(super) static_pod: bool,
    /// Mounts of one kind disagree.
    pub(super) conflict: bool,
}

/// Reads lines of the form `id parent major:minor root mount-point options … - type source options`.
pub(super) fn ids(text: &str) -> MountIds {
    let mut ids = MountIds::default();
    for line in text.lines() {
        let mut fields = line.split(' ').skip(3);
        let (Some(root), Some(point)) = (fields.next(), fields.next()) else { continue };
        match point {
            "/etc/hosts" | "/dev/termination-log" => pod_file(&mut ids, root),
            "/etc/hostname" => hostname(&mut ids, root),
            _ if point == "/sys/fs/cgroup" || point.starts_with("/sys/fs/cgroup/") => {
                let path = path_ids(root);
                ids.static_pod |= path.static_pod;
                note(&mut ids.pod_uid, path.pod_uid, &mut ids.conflict);
                note(&mut ids.container_id, path.container_id, &mut ids.conflict);
            }
            _ => {}
        }
    }
    ids
}

fn note(known: &mut Option<String>, found: Option<String>, conflict: &mut bool) {
    match (&*known, &found) {
        (None, Some(_)) => *known = found,
        (Some(one), Some(other)) if one != other => *conflict = true,
        _ => {}
    }
}

/// `…/pods/<uid>/etc-hosts` and `…/pods/<uid>/containers/<name>/<hash>`; Docker's own `…/containers/<id>/hosts`.
fn pod_file(ids: &mut MountIds, root: &str) {
    let Some((_, pod)) = root.rsplit_once("/pods/") else {
        return note(&mut ids.container_id, runtime_container(root, "hosts"), &mut ids.conflict);
    };
    let mut parts = pod.split('/');
    match parts.next() {
        Some(uid) if is_uid(uid) => note(&mut ids.pod_uid, Some(uid.to_ascii_lowercase()), &mut ids.conflict),
        Some(hash) if is_hex(hash, 32) => ids.static_pod = true,
        _ => return,
    }
    if parts.next() == Some("containers") {
        note(&mut ids.container_name, parts.next().map(str::to_owned), &mut ids.conflict);
    }
}

fn hostname(ids: &mut MountIds, root: &str) {
    if root.contains("/sandboxes/") {
        ids.sandbox = true;
    } else {
        note(&mut ids.hostname_id, runtime_container(root, "hostname"), &mut ids.conflict);
    }
}

/// The id in Docker's `…/containers/<id>/<file>` or Podman's `…/overlay-containers/<id>/userdata/<file>`.
fn runtime_container(root: &str, file: &str) -> Option<String> {
    let folder = root.strip_suffix(file)?.strip_suffix('/')?;
    let folder = folder.strip_suffix("/userdata").unwrap_or(folder);
    let (above, id) = folder.rsplit_once('/')?;
    (is_hex(id, 64) && above.ends_with("containers")).then(|| id.to_owned())
}
