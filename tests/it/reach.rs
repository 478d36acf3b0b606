//! Who can get to what: entry points, ways, ends of sight.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use auditor::audit::{PathTest, Program, audit};
use auditor::catalog::{Catalog, ConfigAt, Overrides, Policy, Profile};
use auditor::finding::{Finding, Verdict};
use auditor::program::{ScanRequest, scan};
use auditor::reach::{EntryKind, Follow, Search};

fn scanned(fixture: &str) -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture);
    scan(&ScanRequest { paths: vec![path], reach: true, ..ScanRequest::default() }).expect("the fixture is there")
}

fn text(code: &str) -> Program {
    let stdin = Some(("src/lib.rs".to_owned(), code.as_bytes().to_vec()));
    scan(&ScanRequest { stdin, reach: true, ..ScanRequest::default() }).expect("there is something to look at")
}

/// `rule:line` of the open sites that each entry point of a kind reaches, by its path.
fn reached(program: &Program, kind: EntryKind) -> BTreeMap<String, BTreeSet<String>> {
    let graph = program.reach.as_ref().expect("it was asked for");
    let entries = graph.entries.iter().filter(|entry| entry.kind == kind);
    let sites = |node: u32| {
        let search = Search::from(graph, [node], Follow::of(kind));
        let reached = search.order.iter().flat_map(|&node| graph.sites_of(node));
        let open = reached.map(|at| &program.sites[at as usize]).filter(|site| {
            matches!(site.verdict, Verdict::Always | Verdict::Possible) && !site.context.contains(&"test")
        });
        let line = |site: &auditor::finding::Site| {
            let file = &program.files[site.span.file.0 as usize];
            format!("{}:{}", site.rule, file.lines.line(site.span.start))
        };
        open.map(line).collect()
    };
    entries.map(|entry| (graph.nodes[entry.node as usize].path.to_string(), sites(entry.node))).collect()
}

/// The rules alone, of the one entry point of a kind.
fn rules(code: &str, kind: EntryKind) -> Vec<String> {
    let program = text(code);
    let found: BTreeSet<String> = reached(&program, kind).into_values().flatten().collect();
    found.into_iter().map(|site| site.split(':').next().unwrap_or("").to_owned()).collect()
}

#[test]
fn each_handler_of_the_service_names_what_a_request_can_reach() {
    let program = scanned("service-before");
    let handlers = reached(&program, EntryKind::Handler);
    let from_line = ["slice-index:14", "parse-unwrap:14", "slice-index:15", "parse-unwrap:15"];
    let load = ["storage-unwrap:43"];
    let mut own = BTreeMap::new();
    for (handler, sites) in &handlers {
        let rest = sites.iter().map(String::as_str).filter(|site| !from_line.contains(site) && !load.contains(site));
        own.insert(handler.as_str(), rest.collect::<Vec<_>>());
        assert!(from_line.iter().all(|site| sites.contains(*site)), "{handler} reads readings: {sites:?}");
    }
    let expected = BTreeMap::from([
        ("average", vec!["integer-division:33"]),
        ("cost", vec!["map-index:17", "str-index:12"]),
        ("export", vec!["todo-macro:92"]),
        ("latest", vec!["unwrap:54"]),
        ("peak", vec!["expect:38", "panic-macro:76"]),
        ("record", vec!["storage-unwrap:38", "storage-unwrap:39"]),
    ]);
    assert_eq!(own, expected);
}

#[test]
fn from_main_all_seventeen_sites_of_the_service_are_reached_and_no_others() {
    let program = scanned("service-before");
    let main = reached(&program, EntryKind::Main);
    assert_eq!(main.len(), 1, "{main:?}");
    assert_eq!(main["main"].len(), 17, "{main:?}");
    let with_path = program.sites.iter().filter(|site| site.reach.first().is_some()).count();
    let handlers = program.sites.iter().filter(|site| site.context.contains(&"handler")).count();
    assert_eq!((with_path, handlers), (17, 14), "the environment and the store's folder are read at the start alone");
}

#[test]
fn closures_and_functions_that_are_handed_on_are_reached() {
    let code = "
        pub fn all(values: &[&str]) -> Vec<u8> { values.iter().map(|value| value.parse().unwrap()).collect() }
        pub fn each(values: Vec<Option<u8>>) -> Vec<u8> { values.into_iter().map(forced).collect() }
        fn forced(value: Option<u8>) -> u8 { value.expect(\"there\") }
        fn nobody() { panic!() }
    ";
    assert_eq!(rules(code, EntryKind::Public), ["expect", "parse-unwrap"]);
}

#[test]
fn a_trait_object_reaches_every_impl_in_sight_and_says_where_sight_ends() {
    let code = "
        pub trait Step { fn go(&self); }
        struct One; struct Two;
        impl Step for One { fn go(&self) { todo!() } }
        impl Step for Two { fn go(&self) {} }
        pub fn run(steps: &[Box<dyn Step>], then: fn()) { for step in steps { step.go(); } then() }
    ";
    let program = text(code);
    assert_eq!(reached(&program, EntryKind::Public)["run"].len(), 1);
    let graph = program.reach.as_ref().expect("it was asked for");
    assert!(graph.unseen.iter().any(|edge| edge.why == auditor::reach::Unseen::Pointer), "{:?}", graph.unseen);
}

#[test]
fn what_is_caught_or_ends_another_thread_is_no_panic_of_an_export() {
    let code = r#"
        #[unsafe(no_mangle)]
        pub extern "C" fn plain(at: *const u8) -> u8 { value(at) }
        #[unsafe(no_mangle)]
        pub extern "C" fn held(at: *const u8) -> u8 { std::panic::catch_unwind(|| value(at)).unwrap_or(0) }
        #[unsafe(no_mangle)]
        pub extern "C" fn started(at: usize) { std::thread::spawn(move || drop(value(at as *const u8))); }
        fn value(at: *const u8) -> u8 { if at.is_null() { panic!("null") } else { 1 } }
    "#;
    let exports = reached(&text(code), EntryKind::FfiExport);
    let own = |name: &str| exports[name].iter().filter(|site| site.starts_with("panic-macro")).count();
    assert_eq!((own("plain"), own("held"), own("started")), (1, 0, 0), "{exports:?}");
}

#[test]
fn drops_run_where_values_end_and_reach_what_they_call() {
    let code = "
        struct Guard(Option<u8>);
        impl Drop for Guard { fn drop(&mut self) { release(self.0) } }
        fn release(value: Option<u8>) { value.unwrap(); }
        struct Holder { guard: Guard }
        pub fn work(held: u8) { let holder = Holder { guard: Guard(Some(held)) }; std::mem::drop(holder) }
    ";
    assert_eq!(rules(code, EntryKind::Drop), ["unwrap"]);
    assert_eq!(rules(code, EntryKind::Public), ["unwrap"]);
}

#[test]
fn std_calls_back_by_the_bounds_of_its_functions() {
    let code = "
        use std::cmp::Ordering;
        #[derive(PartialEq)] pub struct Weight(f64);
        impl Eq for Weight {}
        impl PartialOrd for Weight { fn partial_cmp(&self, other: &Self) -> Option<Ordering> { Some(self.cmp(other)) } }
        impl Ord for Weight { fn cmp(&self, other: &Self) -> Ordering { self.0.partial_cmp(&other.0).unwrap() } }
        pub fn heaviest(mut weights: Vec<Weight>) -> Option<Weight> { weights.sort(); weights.pop() }
    ";
    let found = reached(&text(code), EntryKind::Public);
    assert_eq!(found["heaviest"].len(), 1, "{found:?}");
    assert_eq!(rules(code, EntryKind::Conversion), ["unwrap"]);
}

#[test]
fn recursion_ends_and_async_code_is_reached_where_it_is_made() {
    let code = "
        pub async fn first(depth: u32) { second(depth).await }
        async fn second(depth: u32) { if depth > 0 { third(depth - 1) } }
        fn third(depth: u32) { if depth == 7 { unreachable!() } fourth(depth) }
        fn fourth(depth: u32) { third(depth / 2) }
    ";
    assert_eq!(rules(code, EntryKind::Public), ["unreachable-macro"]);
}

/// The lines of a sample that carry `//~ rule`, once for each time it is named, but for those that are known to be missed.
fn marked(text: &str, rule: &str, missed: bool) -> Vec<u32> {
    let mut lines = Vec::new();
    for (line, code) in (1..).zip(text.lines()) {
        for marker in code.split("//~").skip(1) {
            let rest = marker.trim().strip_prefix("missed:");
            let rules = rest.unwrap_or(marker).split_whitespace().filter(|word| *word == rule);
            lines.extend(rules.filter(|_| rest.is_some() == missed).map(|_| line));
        }
    }
    lines
}

/// The findings of a rule that is selected alone, by line.
fn found(path: &Path, rule: &str) -> Vec<u32> {
    let overrides = Overrides { select: vec![rule.to_owned()], profile: Some(Profile::Strict), ..Overrides::default() };
    let policy = Policy::load(None, &overrides).expect("the rule is there");
    assert!(policy.asks_reach(), "{rule} is about contexts");
    let request = ScanRequest { paths: vec![path.to_owned()], reach: true, ..ScanRequest::default() };
    let audit = audit(&request, policy).expect("the sample is there");
    let findings = audit.triaged.findings.iter();
    let lines = findings
        .filter(|finding| finding.site.rule.as_str() == rule && finding.site.kind.as_str() != "integer-overflow");
    let line = |finding: &Finding| {
        let path = finding.site.reach.paths().iter().any(|path| !path.hops.is_empty());
        assert!(path || rule == "panic-in-result-fn", "{rule} tells the way");
        audit.program.files[finding.site.span.file.0 as usize].lines.line(finding.site.span.start)
    };
    lines.map(line).collect()
}

#[test]
fn each_rule_about_contexts_finds_what_its_samples_say_and_nothing_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reach");
    let mut wrong = Vec::new();
    let catalog = Catalog::embedded().expect("the packs are in order");
    let rules: Vec<&str> =
        catalog.rules().iter().filter(|rule| rule.context.is_some()).map(|rule| rule.id.as_str()).collect();
    assert_eq!(rules.len(), 7);
    for rule in rules {
        let samples: Vec<_> = std::fs::read_dir(root.join(rule)).expect("a folder").flatten().collect();
        assert!(!samples.is_empty(), "no sample of {rule}");
        for sample in samples {
            let text = std::fs::read_to_string(sample.path()).expect("a sample");
            let (is, ought) = (found(&sample.path(), rule), marked(&text, rule, false));
            assert!(!ought.is_empty(), "{}: nothing is marked", sample.path().display());
            if is != ought {
                wrong.push(format!("{}: found {is:?}, marked {ought:?}", sample.path().display()));
            }
            wrong.extend(
                marked(&text, rule, true)
                    .into_iter()
                    .filter(|line| is.contains(line))
                    .map(|line| format!("{}:{line}: `missed: {rule}` is found now", sample.path().display())),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_site_keeps_its_rule_where_that_is_selected_and_a_waiver_of_either_holds() {
    let code = "
        use axum::routing::get;
        pub fn app() { get(one); get(two); get(three); }
        async fn one(id: Option<u8>) { id.unwrap(); }
        async fn two(id: Option<u8>) { id.unwrap(); } // auditor: allow(unwrap) sample
        async fn three(id: Option<u8>) { id.unwrap(); } // auditor: allow(panic-in-handler) sample
    ";
    let judged = |select: &[&str]| {
        let select = select.iter().map(|&rule| rule.to_owned()).collect();
        let policy = Policy::load(None, &Overrides { select, ..Overrides::default() }).expect("the rules are there");
        let stdin = Some(("src/lib.rs".to_owned(), code.as_bytes().to_vec()));
        let request = ScanRequest { stdin, reach: true, ..ScanRequest::default() };
        let audit = audit(&request, policy).expect("there is something to look at");
        let findings = audit.triaged.findings.iter().filter(|finding| finding.site.kind.as_str() == "unwrap");
        let said =
            |finding: &Finding| format!("{} {} {}", finding.site.rule, finding.severity, finding.status.as_str());
        findings.map(said).collect::<Vec<String>>()
    };
    assert_eq!(judged(&[]), ["unwrap high active", "unwrap high waived", "unwrap high waived"]);
    let by_context = ["panic-in-handler high active", "panic-in-handler high waived", "panic-in-handler high waived"];
    assert_eq!(judged(&["panic-in-handler"]), by_context);
}

/// What is found in a package with a configuration: rule, line and status of each finding.
fn configured(config: &str, code: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name);
    std::fs::create_dir(place("src")).expect("a folder");
    std::fs::write(place("Cargo.toml"), "[package]\nname = \"sample\"\nversion = \"0.1.0\"\n").expect("a manifest");
    std::fs::write(place("src/lib.rs"), code).expect("a source");
    std::fs::write(place("auditor.toml"), config).expect("a configuration");
    let at = place("auditor.toml");
    let at = ConfigAt { path: &at, prefix: "", given: true };
    let policy = Policy::load(Some(at), &Overrides::default()).expect("a good configuration");
    let zones = policy.clone();
    let panic_free: PathTest = std::sync::Arc::new(move |path: &str| zones.is_panic_free(path));
    let paths = vec![folder.path().to_owned()];
    let request = ScanRequest { paths, reach: true, panic_free: Some(panic_free), ..ScanRequest::default() };
    let audit = audit(&request, policy).expect("there is something to look at");
    let said = |finding: &Finding| {
        let zone = if finding.site.context.contains(&"panic-free") { " in a zone" } else { "" };
        format!("{} {}{zone}", finding.site.rule, finding.status.as_str())
    };
    audit.triaged.findings.iter().map(said).collect()
}

#[test]
fn a_zone_of_the_configuration_and_a_budget() {
    let code = "pub fn first(v: &[u8]) -> u8 { v[0] }\npub fn some(v: Option<u8>) -> u8 { v.unwrap() }\n";
    assert_eq!(configured("", code), ["slice-index active", "unwrap active"]);
    let zone = configured("panic-free = [\"src/**\"]\n", code);
    assert_eq!(zone, ["slice-index active in a zone", "unwrap active in a zone"]);
    assert_eq!(configured("[budget]\npanic = 1\n", code), ["slice-index active", "unwrap active"]);
    assert_eq!(configured("[budget]\npanic = 2\n", code), ["slice-index ignored", "unwrap ignored"]);
    assert_eq!(configured("[budget]\nunwrap = 1\n", code), ["slice-index active", "unwrap ignored"]);
}
