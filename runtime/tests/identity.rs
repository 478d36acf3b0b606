//! Pod uid and container id from real lines of published test data and dumps, with the traps each is known for.
#![cfg(all(feature = "std", unix))]

use auditor_runtime::panic::identity::{Confidence, Fact, Identity, Inputs, Source};

fn cgroup(text: &str) -> Identity {
    let mut inputs = Inputs::default();
    inputs.cgroup = text.to_owned();
    Identity::of(&inputs)
}

fn mountinfo(text: &str) -> Identity {
    let mut inputs = Inputs::default();
    inputs.cgroup = "0::/\n".to_owned();
    inputs.mountinfo = text.to_owned();
    Identity::of(&inputs)
}

fn environment(pairs: &[(&str, &str)]) -> Inputs {
    let mut inputs = Inputs::default();
    inputs.environment = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    inputs
}

fn reason(fact: &Fact) -> &str {
    match fact {
        Fact::Unavailable { reason } => reason,
        Fact::Known { value, .. } => panic!("{value} was not to be known"),
    }
}

fn source(fact: &Fact) -> (Source, Confidence) {
    match fact {
        Fact::Known { source, confidence, .. } => (*source, *confidence),
        Fact::Unavailable { reason } => panic!("{reason}"),
    }
}

const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Line, pod uid, container id. Sources: libdatadog container_id.rs, SPIRE's k8s testdata, OpenTelemetry, public dumps.
const CGROUPS: [(&str, Option<&str>, Option<&str>); 14] = [
    (
        "10:hugetlb:/kubepods/burstable/podfd52ef25-a87d-11e9-9423-0800271a638e/8c046cb0b72cd4c99f51b5591cd5b095967f58ee003710a45280c28ee1a9c7fa",
        Some("fd52ef25-a87d-11e9-9423-0800271a638e"),
        Some("8c046cb0b72cd4c99f51b5591cd5b095967f58ee003710a45280c28ee1a9c7fa"),
    ),
    (
        "11:devices:/kubepods.slice/kubepods-pod97f1ae73_7ad9_11ec_b4a7_9a35488b4fab.slice/3291bfddf3f3f8d87cb0cd1245fe9c45b2e1e5a9b6fe3de1bddf041aedaecbab",
        Some("97f1ae73-7ad9-11ec-b4a7-9a35488b4fab"),
        Some("3291bfddf3f3f8d87cb0cd1245fe9c45b2e1e5a9b6fe3de1bddf041aedaecbab"),
    ),
    (
        "11:hugetlb:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod2c48913c-b29f-11e7-9350-020968147796.slice/docker-9bca8d63d5fa610783847915bcff0ecac1273e5b4bed3f6fa1b07350e0135961.scope",
        Some("2c48913c-b29f-11e7-9350-020968147796"),
        Some("9bca8d63d5fa610783847915bcff0ecac1273e5b4bed3f6fa1b07350e0135961"),
    ),
    (
        "12:hugetlb:/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-poda2830d0d_b0f0_4ff0_81b5_0ee4e299cf80.slice/crio-09bc3d7ade839efec32b6bec4ec79d099027a668ddba043083ec21d3c3b8f1e6.scope",
        Some("a2830d0d-b0f0-4ff0-81b5-0ee4e299cf80"),
        Some("09bc3d7ade839efec32b6bec4ec79d099027a668ddba043083ec21d3c3b8f1e6"),
    ),
    // kind: the host's own container comes first, the pod's last.
    (
        "13:name=systemd:/docker/93529524695bb00d91c1f6dba692ea8d3550c3b94fb2463af7bc9ec82f992d26/kubepods/besteffort/poda2830d0d-b0f0-4ff0-81b5-0ee4e299cf80/09bc3d7ade839efec32b6bec4ec79d099027a668ddba043083ec21d3c3b8f1e6",
        Some("a2830d0d-b0f0-4ff0-81b5-0ee4e299cf80"),
        Some("09bc3d7ade839efec32b6bec4ec79d099027a668ddba043083ec21d3c3b8f1e6"),
    ),
    (
        "12:pids:/docker/9d5b23edb1ba181e8910389a99906598d69ac9a0ead109ee55730cc416d95f7f",
        None,
        Some("9d5b23edb1ba181e8910389a99906598d69ac9a0ead109ee55730cc416d95f7f"),
    ),
    (
        "11:freezer:/ecs/8cd79a803caf4d2aa945152e934a5c00/8cd79a803caf4d2aa945152e934a5c00-1053176469",
        None,
        Some("8cd79a803caf4d2aa945152e934a5c00-1053176469"),
    ),
    (
        "1:name=systemd:/system.slice/garden.service/garden/6f265890-5165-7fab-6b52-18d1",
        None,
        Some("6f265890-5165-7fab-6b52-18d1"),
    ),
    ("0::/", None, None),
    // The colon form of containerd with the systemd driver.
    (
        "0::/system.slice/kubepods-burstable-pod2c48913c_b29f_11e7_9350_020968147796.slice:cri-containerd:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        Some("2c48913c-b29f-11e7-9350-020968147796"),
        Some(HEX),
    ),
    // CRI-O may add a level below the container's scope.
    (
        "0::/kubepods.slice/kubepods-poda2830d0d_b0f0_4ff0_81b5_0ee4e299cf80.slice/crio-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope/container",
        Some("a2830d0d-b0f0-4ff0-81b5-0ee4e299cf80"),
        Some(HEX),
    ),
    // A login session on a host, a service of a host, and the monitor of a container: no container.
    ("0::/user.slice/user-1000.slice/session-3.scope", None, None),
    ("0::/system.slice/docker.service", None, None),
    (
        "0::/machine.slice/libpod-conmon-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope",
        None,
        None,
    ),
];

#[test]
fn each_published_cgroup_line_gives_its_pod_and_container() {
    for (line, pod, container) in CGROUPS {
        let identity = cgroup(line);
        assert_eq!(identity.pod_uid.value(), pod, "{line}");
        assert_eq!(identity.container_id.value(), container, "{line}");
        if pod.is_some() {
            assert_eq!(source(&identity.pod_uid), (Source::Cgroup, Confidence::Medium));
        }
    }
}

#[test]
fn a_private_cgroup_namespace_says_why_there_is_no_container_id() {
    assert!(reason(&cgroup("0::/\n").container_id).contains("private namespace"));
}

#[test]
fn a_static_pods_configuration_hash_is_not_taken_for_a_uid() {
    let identity = cgroup(&format!("11:pids:/kubepods/burstable/podd5b5a5a5c6d7e8f90123456789abcdef/{HEX}"));
    assert!(reason(&identity.pod_uid).contains("configuration hash"));
    assert_eq!(identity.container_id.value(), Some(HEX));
    let mounted = mountinfo(
        "26 25 8:1 /var/lib/kubelet/pods/d5b5a5a5c6d7e8f90123456789abcdef/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw",
    );
    assert!(reason(&mounted.pod_uid).contains("configuration hash"));
}

#[test]
fn lines_inside_a_pod_are_preferred_and_those_that_disagree_give_nothing() {
    let (pod, docker) = (CGROUPS[0].0, CGROUPS[5].0);
    assert_eq!(cgroup(&format!("{docker}\n{pod}\n")).container_id.value(), CGROUPS[0].2);
    let other = pod.replace("8c046cb0", "00000000");
    let identity = cgroup(&format!("{pod}\n{other}\n"));
    assert!(reason(&identity.container_id).contains("disagree"));
    assert!(reason(&identity.pod_uid).contains("disagree"));
}

#[test]
fn the_cgroups_own_mount_shows_pod_and_container() {
    let identity = mountinfo(
        "1543 1542 0:32 /../../kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod00000000_1111_2222_3333_444444444444.slice/cri-containerd-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw",
    );
    assert_eq!(identity.pod_uid.value(), Some("00000000-1111-2222-3333-444444444444"));
    assert_eq!(identity.container_id.value(), Some(HEX));
    assert_eq!(source(&identity.container_id), (Source::Mountinfo, Confidence::Low));
}

#[test]
fn outside_kubernetes_the_host_names_file_shows_the_container() {
    for root in [
        format!("/docker/containers/{HEX}/hostname"),
        format!("/containers/storage/overlay-containers/{HEX}/userdata/hostname"),
    ] {
        let identity = mountinfo(&format!("2304 1573 254:1 {root} /etc/hostname rw,relatime - ext4 /dev/vda1 rw"));
        assert_eq!(identity.container_id.value(), Some(HEX), "{root}");
        assert_eq!(source(&identity.container_id), (Source::Mountinfo, Confidence::Low));
    }
}

const POD_MOUNTS: &str = "\
2647 2626 8:1 /var/lib/kubelet/pods/b34634ea-cd65-4099-bee5-ad4de9264ffb/etc-hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw
2648 2628 8:1 /var/lib/kubelet/pods/b34634ea-cd65-4099-bee5-ad4de9264ffb/containers/main/daf3b15a /dev/termination-log rw,relatime - ext4 /dev/sda1 rw
2649 2626 8:1 /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw
";

#[test]
fn the_kubelets_mounts_show_pod_and_container_name_even_on_cgroup_v2() {
    let identity = mountinfo(POD_MOUNTS);
    assert_eq!(identity.pod_uid.value(), Some("b34634ea-cd65-4099-bee5-ad4de9264ffb"));
    assert_eq!(identity.container_name.value(), Some("main"));
    assert_eq!(source(&identity.pod_uid), (Source::Mountinfo, Confidence::Low));
}

#[test]
fn the_sandboxs_id_is_never_taken_for_the_containers() {
    assert!(reason(&mountinfo(POD_MOUNTS).container_id).contains("sandbox"));
    // CRI-O and dockershim mount the sandbox's host name from a path that is a container's outside Kubernetes.
    for root in [
        format!("/containers/storage/overlay-containers/{HEX}/userdata/hostname"),
        format!("/var/lib/docker/containers/{HEX}/hostname"),
    ] {
        let line = format!("2649 2626 8:1 {root} /etc/hostname rw - ext4 /dev/sda1 rw");
        let mut inputs = environment(&[("KUBERNETES_SERVICE_HOST", "10.0.0.1")]);
        inputs.mountinfo = line;
        assert!(reason(&Identity::of(&inputs).container_id).contains("sandbox"), "{root}");
    }
}

#[test]
fn a_docker_hosts_own_mounts_do_not_make_it_a_container() {
    let identity = mountinfo(&format!(
        "25 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n\
         310 25 0:45 / /var/lib/docker/containers/{HEX}/mounts/shm rw - tmpfs shm rw\n\
         311 25 0:46 / /var/lib/docker/overlay2/{HEX}/merged rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A\n\
         312 25 0:47 / /run/docker/netns/x rw - nsfs nsfs rw\n",
    ));
    assert_eq!(identity.container_id.value(), None);
    // Inside a container the root's layer has 64 digits too, and is not the container.
    let inside = mountinfo(&format!(
        "1 0 0:46 / / rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/{HEX}/diff,workdir=/var/lib/docker/overlay2/{HEX}/work"
    ));
    assert_eq!(inside.container_id.value(), None);
}

#[test]
fn what_the_deployment_says_goes_before_what_is_inferred_and_a_contradiction_is_marked() {
    let mut inputs = environment(&[
        ("K8S_POD_UID", "fd52ef25-a87d-11e9-9423-0800271a638e"),
        ("OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.uid=other,container.id=0123456789ab%63def,k8s.container.name=main"),
        ("OTEL_SERVICE_NAME", "shop"),
    ]);
    inputs.cgroup = CGROUPS[0].0.to_owned();
    let identity = Identity::of(&inputs);
    assert_eq!(source(&identity.pod_uid), (Source::Environment, Confidence::High));
    assert_eq!(identity.container_id.value(), Some("0123456789abcdef"));
    assert_eq!(source(&identity.container_id), (Source::OtelEnvironment, Confidence::Low), "the cgroup says otherwise");
    assert_eq!(identity.container_name.value(), Some("main"));
    assert_eq!(identity.service_name.value(), Some("shop"));

    inputs.environment.insert("K8S_POD_UID".to_owned(), "00000000-a87d-11e9-9423-0800271a638e".to_owned());
    assert_eq!(source(&Identity::of(&inputs).pod_uid), (Source::Environment, Confidence::Low));
}

#[test]
fn a_value_of_another_form_is_not_taken_and_the_next_source_is_asked() {
    let mut inputs = environment(&[
        ("CONTAINER_ID", "\"}{"),
        ("K8S_POD_UID", "x"),
        ("K8S_POD_NAME", "Not A Name"),
        ("K8S_CONTAINER_NAME", "-"),
        ("K8S_NODE_NAME", "node-1.example.com"),
    ]);
    let identity = Identity::of(&inputs);
    for fact in [&identity.container_id, &identity.pod_uid, &identity.pod_name] {
        assert!(reason(fact).contains("form"), "{fact:?}");
    }
    assert_eq!((identity.container_name.value(), identity.node_name.value()), (None, Some("node-1.example.com")));
    inputs.cgroup = CGROUPS[0].0.to_owned();
    let identity = Identity::of(&inputs);
    assert_eq!((identity.pod_uid.value(), identity.container_id.value()), (CGROUPS[0].1, CGROUPS[0].2));
    assert_eq!(source(&identity.pod_uid), (Source::Cgroup, Confidence::Medium), "the malformed one raises no doubt");
}

#[test]
fn variables_of_general_names_are_a_pods_where_there_is_kubernetes_alone() {
    let names = [("CONTAINER_NAME", "x"), ("POD_NAME", "x-1"), ("POD_NAMESPACE", "shop"), ("NODE_NAME", "n")];
    let of = |inputs: &Inputs| {
        let identity = Identity::of(inputs);
        [identity.container_name, identity.pod_name, identity.namespace, identity.node_name]
            .map(|fact| fact.value().map(str::to_owned))
    };
    let mut inputs = environment(&names);
    assert_eq!(of(&inputs), [None, None, None, None]);
    inputs.environment.insert("KUBERNETES_SERVICE_HOST".to_owned(), "10.0.0.1".to_owned());
    assert_eq!(of(&inputs), ["x", "x-1", "shop", "n"].map(|name| Some(name.to_owned())));
}

#[test]
fn a_downward_api_volume_gives_the_uid_where_the_environment_does_not() {
    let mut inputs = environment(&[("POD_UID", "$(POD_UID)"), ("OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.uid=%zz,broken")]);
    inputs.downward_api.insert("uid".to_owned(), "fd52ef25-a87d-11e9-9423-0800271a638e\n".to_owned());
    let identity = Identity::of(&inputs);
    assert_eq!(identity.pod_uid.value(), Some("fd52ef25-a87d-11e9-9423-0800271a638e"));
    assert_eq!(source(&identity.pod_uid), (Source::DownwardApi, Confidence::High));
}

#[test]
fn garbage_gives_reasons_and_no_facts() {
    for text in ["", "::::", "1:2", "é:é:/pod-é/pod", ":::pod/pod__/kubepods-pod/-.scope/.slice", "- - -\n1 2 3 4"] {
        for identity in [cgroup(text), mountinfo(text)] {
            assert_eq!((identity.pod_uid.value(), identity.container_id.value()), (None, None), "{text}");
        }
    }
}

#[test]
fn the_build_id_is_the_one_that_the_notes_of_the_executable_hold() {
    let mut elf = vec![0_u8; 64];
    elf[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1]);
    elf[32..40].copy_from_slice(&64_u64.to_le_bytes());
    elf[54..56].copy_from_slice(&56_u16.to_le_bytes());
    elf[56..58].copy_from_slice(&1_u16.to_le_bytes());
    let mut header = vec![0_u8; 56];
    header[..4].copy_from_slice(&4_u32.to_le_bytes());
    header[8..16].copy_from_slice(&120_u64.to_le_bytes());
    header[32..40].copy_from_slice(&40_u64.to_le_bytes());
    elf.extend(header);
    // A property note before the one that is looked for.
    for (kind, body) in [(5_u32, [1_u8; 4]), (3, [0xab; 4])] {
        elf.extend(4_u32.to_le_bytes());
        elf.extend(4_u32.to_le_bytes());
        elf.extend(kind.to_le_bytes());
        elf.extend(b"GNU\0");
        elf.extend(body);
    }
    let mut inputs = Inputs::default();
    inputs.executable_head = elf.clone();
    assert_eq!(Identity::of(&inputs).build_id.value(), Some("abababab"));
    for length in 0..elf.len() {
        inputs.executable_head = elf[..length].to_vec();
        assert_eq!(Identity::of(&inputs).build_id.value(), None, "{length}");
    }
}
