//! Manifests as evidence: what Kubernetes gives the program's containers, what Karmada spreads, what Cargo's profiles say.

use std::collections::BTreeMap;

use serde_json::Value;

use super::checklist::results;
use super::cli::Place;

/// A deployment as its users write it; `ENV` and `MORE` are left to each test.
const DEPLOYMENT: &str = "\
# What the shop runs.
apiVersion: v1
kind: Service
metadata: { name: shop }
spec:
  ports: [{ port: 80 }]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  template:
    spec:
      containers:
        - name: shop
          image: shop:1
          livenessProbe: { httpGet: { path: /alive, port: 80 } }
          env:
            - name: RUST_LOG
              value: info
ENVMORE";

const UID: &str = "            - name: POD_UID\n              valueFrom: { fieldRef: { fieldPath: metadata.uid } }\n";

/// A pack with a control for each fact that is called.
fn pack(place: &Place, ids: &[&str]) {
    let head = "name = \"own\"\ntitle = \"t\"\nsource = { kind = \"k\", name = \"n\" }\n".to_owned();
    let control = |id: &&str| {
        format!("[[control]]\nid = \"{id}\"\ntitle = \"t\"\nasks = \"a\"\ndecided_by = [{{ facts = [\"{id}\"] }}]\n")
    };
    place.write("own.toml", ids.iter().map(control).fold(head, |text, one| text + &one));
}

fn decided(place: &Place, args: &[&str]) -> BTreeMap<String, String> {
    let all = results(place, &[&["src", "--pack", "own.toml"], args].concat(), 0);
    all.into_iter().map(|(id, it)| (id, it["result"].as_str().unwrap_or_default().to_owned())).collect()
}

fn manifest(place: &Place, env: &str, more: &str) -> BTreeMap<String, String> {
    place.write("shop.yaml", DEPLOYMENT.replace("ENV", env).replace("MORE", more));
    decided(place, &["--evidence", "shop.yaml"])
}

#[test]
fn containers_have_what_the_manifest_gives_them() {
    let place = Place::new("checklist-kubernetes");
    place.write("src/lib.rs", "pub fn f() {}\n");
    let ids =
        ["kubernetes/pod-uid", "kubernetes/liveness-probe", "kubernetes/readiness-probe", "kubernetes/restart-policy"];
    pack(&place, &ids);
    let told = |decided: &BTreeMap<String, String>| ids.map(|id| decided[id].clone());
    assert_eq!(told(&manifest(&place, UID, "")), ["Passed", "Passed", "Failed", "Passed"]);
    assert_eq!(told(&manifest(&place, "", "")), ["Failed", "Passed", "Failed", "Passed"]);
    // Which of two containers is the program, nobody said.
    let beside = "        - name: proxy\n          readinessProbe: { tcpSocket: { port: 1 } }\n";
    assert_eq!(told(&manifest(&place, UID, beside)), ["Not Run", "Not Run", "Not Run", "Passed"]);
    // The files of a volume that the container mounts hold it too.
    let mounted = "          volumeMounts: [{ name: info, mountPath: /etc/podinfo }]\n      volumes:\n        - name: info\n          \
                   downwardAPI: { items: [{ path: uid, fieldRef: { fieldPath: metadata.uid } }] }\n";
    assert_eq!(manifest(&place, "", mounted)["kubernetes/pod-uid"], "Passed");
    let elsewhere = mounted.replace("[{ name: info, m", "[{ name: other, m");
    assert_eq!(manifest(&place, "", &elsewhere)["kubernetes/pod-uid"], "Failed");

    let ends = |kind: &str| {
        let text = format!("kind: {kind}\napiVersion: v1\nmetadata: {{ name: a }}\nspec:\n");
        let pod = "restartPolicy: Never, containers: [{ name: a, image: a }]";
        let spec =
            if kind == "Pod" { format!("  {{ {pod} }}\n") } else { format!("  template: {{ spec: {{ {pod} }} }}\n") };
        place.write("pod.yaml", text + &spec);
        decided(&place, &["--evidence", "pod.yaml"])["kubernetes/restart-policy"].clone()
    };
    assert_eq!((ends("Pod"), ends("Job")), ("Failed".to_owned(), "Passed".to_owned()), "a job tries again by default");
}

#[test]
fn identity_of_the_brief_fails_where_the_manifest_gives_none() {
    let place = Place::new("checklist-identity");
    place.write("src/lib.rs", "pub fn f() {}\n");
    let sig = |env: &str| {
        place.write("shop.yaml", DEPLOYMENT.replace("ENV", env).replace("MORE", ""));
        let all = results(&place, &["src", "--evidence", "shop.yaml"], 0);
        let reasons = all["RIS-RT-07a"]["evidence"].as_array().cloned().unwrap_or_default();
        let words = reasons.iter().map(|it| it["result"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>();
        (all["RIS-RT-07a"]["result"].as_str().unwrap_or_default().to_owned(), words)
    };
    let words = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    assert_eq!(sig(""), ("Failed".to_owned(), words(&["Not Run", "Failed"])));
    assert_eq!(sig(UID), ("Not Run".to_owned(), words(&["Not Run", "Passed"])), "a manifest shows no record");
}

#[test]
fn a_policy_of_karmada_spreads_what_it_selects() {
    let place = Place::new("checklist-karmada");
    place.write("src/lib.rs", "pub fn f() {}\n");
    pack(&place, &["karmada/propagation"]);
    let policy = "---\napiVersion: policy.karmada.io/v1alpha1\nkind: PropagationPolicy\nmetadata: { name: shop }\nspec:\n  \
                  resourceSelectors: [{ apiVersion: apps/v1, kind: Deployment, SELECT }]\n  \
                  placement: { clusterAffinity: { clusterNames: [one, two] } }\n";
    let by = |select: &str| manifest(&place, "", &policy.replace("SELECT", select))["karmada/propagation"].clone();
    assert_eq!(by("name: shop"), "Passed");
    assert_eq!(by("name: other"), "Failed");
    assert_eq!(by("labelSelector: { matchLabels: { a: b } }"), "Not Run");
    assert_eq!(manifest(&place, "", "")["karmada/propagation"], "Not Run", "there is no policy");
}

#[test]
fn what_is_no_manifest_is_refused_in_bounded_time() {
    let place = Place::new("checklist-yaml");
    place.write("src/lib.rs", "pub fn f() {}\n");
    let head = "apiVersion: v1\nkind: Deployment\n";
    let mut laughs = format!("{head}a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        laughs.extend([format!("a{level}: &a{level} [{below}]\n")]);
    }
    for (text, says) in [
        (format!("{head}spec: {{{{ .Values.spec }}}}\n  x: [\n"), "given: it cannot be read as YAML"),
        (format!("{head}spec: {}", "[".repeat(50_000)), "given: it cannot be read as YAML"),
        (laughs, "given: it cannot be read as YAML"),
        ("apiVersion: v1\nkind: ConfigMap\ndata: {}\n".to_owned(), "no document of it runs a container"),
    ] {
        place.write("given", text);
        let run = place.run(&["checklist", "src", "--no-config", "--evidence", "given"]);
        assert_eq!(run.code, 2, "{says}");
        assert!(run.stderr.contains(says), "{says}: {}", run.stderr);
    }
}

#[test]
fn profiles_of_the_workspace_are_evidence_of_themselves() {
    let place = Place::new("checklist-profiles");
    place.write("src/lib.rs", "pub fn f() {}\n");
    let ids = ["cargo/development-checks", "cargo/overflow-checks", "cargo/symbols"];
    pack(&place, &ids);
    let with = |profiles: &str| {
        place.write(
            "Cargo.toml",
            format!("[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{profiles}"),
        );
        let decided = decided(&place, &[]);
        ids.map(|id| decided[id].clone())
    };
    assert_eq!(with(""), ["Passed", "Failed", "Passed"]);
    assert_eq!(
        with("[profile.release]\noverflow-checks = true\nstrip = \"symbols\"\n"),
        ["Passed", "Passed", "Failed"]
    );
    assert_eq!(
        with("[profile.dev]\noverflow-checks = false\n[profile.release]\nstrip = \"debuginfo\"\n"),
        ["Failed", "Failed", "Passed"]
    );
    let told: Value =
        serde_json::from_str(&place.run(&["checklist", "src", "--format", "json"]).stdout).expect("it is JSON");
    assert_eq!(told["evidence"][0]["tool"], "Cargo manifest");
}
