//! Reports over one sample, byte for byte, and what each format promises.

use auditor::audit::{Audit, decide, scanned};
use auditor::catalog::{Overrides, Policy};
use auditor::report::{Document, FORMATS, Limit, Options, Root, SarifProfile, Show, Stats, Surface};
use auditor::source::{Gap, GapKind, Position, Span};
use serde_json::Value;

use super::golden::assert_golden;
use super::sample::{file_lint, program};

const MAIN: &str = "\
#![allow(clippy::expect_used)]
//! A service.

⦃fn main() {
    let port = ⟪env-unwrap/unwrap|std::env::var(\"PORT\").unwrap()⟫;
    let zażółć = ⟪expect|łódź().expect(\"gęś\")⟫;
    let first = ⟪slice-index|words[0]⟫; // auditor: allow(slice-index) `words` is not empty, checked above
    let rest = ⟪range-index=indeterminate:the type of `words` is not known|words[1..]⟫;
    let last = ⟪slice-index=discharged:3 < 4, the array's length|table[3]⟫;
}⦄

⦃fn long() {
    ⟪assert-macro|assert!(
        a,
        \"one\",
        2,
        3,
        4,
        5,
        6,
        7,
        8
    )⟫;
    let user = ⟪unwrap=always:`None` is written here|None::<u8>
        .or(None)
        .unwrap()⟫;
}⦄
";
const LIST: &str = "\
⦃pub fn get(list: *const u8) -> u8 {
    let cast = ⟪cast-inferred|list as *const _⟫; // auditor: allow(cast-infered)
    unsafe { ⟪raw-deref|*cast⟫ }
}⦄
";

pub(crate) fn sample() -> Audit {
    let files = [("src/list.rs", LIST), ("src/main.rs", MAIN), ("tests/a b.rs", "fn t() { ⟪unwrap|x.unwrap()⟫ }\n")];
    let mut program = program(&files);
    let main = program.files[1].id;
    let lint = file_lint(&program_of(MAIN), "clippy::expect_used", None);
    let on_main = |span: Span| Span { file: main, ..span };
    program.lints.push(auditor::source::LintLevel { at: on_main(lint.at), scope: on_main(lint.scope), ..lint });
    let site = program.sites.iter_mut().find(|site| site.rule.as_str() == "env-unwrap").expect("it is there");
    "std::env::var".clone_into(&mut site.detail);
    site.cfg = "feature = \"std\"".into();
    site.related.add(Span::new(main, 0, 5), "the call of the macro");
    let position = Position { line: 3, column: 7 };
    program.gaps.push(Gap::new(GapKind::SyntaxError, "src/broken.rs", "expected an item").at(position));
    program.gaps.push(Gap::new(GapKind::NotUtf8, "src/noise.rs", "not valid UTF-8 at byte 12"));
    decide(program, Policy::load(None, &Overrides::default()).expect("in order"))
}

/// The audit of one file, by the embedded rules.
pub(crate) fn audit_of(text: &str) -> Audit {
    decide(program_of(text), Policy::load(None, &Overrides::default()).expect("in order"))
}

fn program_of(text: &str) -> auditor::audit::Program {
    program(&[("src/main.rs", text)])
}

pub(crate) const FROM_HERE: Root<'_> = Root { from_here: "", from_checkout: "crates/one/" };

fn rendered(audit: &Audit, format: &str, options: &Options) -> String {
    shown(&audit.findings(FROM_HERE), format, options)
}

pub(crate) fn shown(document: &dyn Document, format: &str, options: &Options) -> String {
    let format = FORMATS.iter().find(|known| known.name == format).expect("the format is known");
    let mut out = Vec::new();
    format.render(document, options, &mut out).expect("memory can be written");
    String::from_utf8(out).expect("reports are UTF-8").replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn text_is_as_it_was() {
    assert_golden("sample.txt", &rendered(&sample(), "text", &Options::default()));
}

#[test]
fn short_is_as_it_was() {
    let show = Show { waived: true, known: true, ignored: true, indeterminate: true, discharged: true };
    assert_golden("sample.short.txt", &rendered(&sample(), "short", &Options { show, ..Options::default() }));
}

#[test]
fn json_is_as_it_was_and_meets_its_schema() {
    let text = rendered(&sample(), "json", &Options::default());
    assert_golden("sample.json", &text);
    assert_meets("report.v1.json", &text);
}

#[test]
fn sarif_is_as_it_was() {
    assert_golden("sample.sarif", &rendered(&sample(), "sarif", &Options::default()));
}

#[test]
fn surface_is_as_it_was_and_meets_its_schema() {
    let program = program(&[("src/list.rs", LIST), ("src/main.rs", MAIN)]);
    let policy = Policy::load(None, &Overrides::default()).expect("in order");
    let surface = Surface { scan: scanned(&program, &policy, FROM_HERE), sites: &program.sites, reach: None };
    let text = shown(&surface, "json", &Options::default());
    assert_golden("sample.surface.json", &text);
    assert_meets("surface.v1.json", &text);
    assert_golden("sample.surface.txt", &shown(&surface, "text", &Options::default()));
}

#[test]
fn columns_count_characters() {
    let report: Value = serde_json::from_str(&rendered(&sample(), "json", &Options::default())).expect("JSON");
    let findings = report["findings"].as_array().expect("a list");
    let found = findings.iter().find(|found| found["rule"] == "expect").expect("it is there");
    // `    let zażółć = łódź().expect("gęś")`
    assert_eq!((&found["column"], &found["end_column"]), (&Value::from(18), &Value::from(38)));
}

#[test]
fn sarif_for_github_holds_only_what_counts_and_the_full_one_all() {
    let count = |sarif| {
        let options = Options { sarif, ..Options::default() };
        let log: Value = serde_json::from_str(&rendered(&sample(), "sarif", &options)).expect("JSON");
        let results = log["runs"][0]["results"].as_array().expect("a list").clone();
        let suppressed = results.iter().filter(|one| one.get("suppressions").is_some()).count();
        (results.len() - suppressed, suppressed)
    };
    let (active, suppressed) = count(SarifProfile::Full);
    assert!(active > 0 && suppressed > 0);
    assert_eq!(count(SarifProfile::Github), (active, 0));
}

#[test]
fn sarif_refers_to_what_it_holds() {
    let log: Value = serde_json::from_str(&rendered(&sample(), "sarif", &Options::default())).expect("JSON");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("a list");
    let taxa = run["taxonomies"][0]["taxa"].as_array().expect("a list");
    for rule in rules {
        for relation in rule["relationships"].as_array().into_iter().flatten() {
            let index = relation["target"]["index"].as_u64().expect("a number") as usize;
            assert_eq!(taxa[index]["id"], relation["target"]["id"]);
        }
    }
    for result in run["results"].as_array().expect("a list") {
        let index = result["ruleIndex"].as_u64().expect("a number") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["locations"].as_array().map(Vec::len), Some(1));
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn a_finding_in_a_line_of_a_megabyte_is_cut_to_size() {
    let text = format!("let a = [{}]; ⟪unwrap|x.unwrap()⟫; {}\n", "ä, ".repeat(300_000), "b; ".repeat(300_000));
    let audit = decide(program_of(&text), Policy::load(None, &Overrides::default()).expect("in order"));
    let page = rendered(&audit, "text", &Options::default());
    assert!(page.len() < 4000, "{}", page.len());
    assert!(page.contains("x.unwrap()"), "{page}");
}

#[test]
fn many_findings_in_one_long_line_cost_no_more_than_their_sum() {
    let audit = decide(
        program_of(&"⟪unwrap|x.unwrap()⟫; ".repeat(10_000)),
        Policy::load(None, &Overrides::default()).expect("in order"),
    );
    let started = std::time::Instant::now();
    for format in ["json", "sarif", "short", "text"] {
        assert!(!rendered(&audit, format, &Options::default()).is_empty());
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

/// Checks `text` against a schema of `schema/`, as far as our schemas go: types, required and unknown keys, enums, items.
#[track_caller]
pub(crate) fn assert_meets(schema: &str, text: &str) {
    let path = format!("{}/schema/{schema}", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("it is there")).expect("JSON");
    let value: Value = serde_json::from_str(text).expect("JSON");
    meets(&schema, &schema, &value, "$");
}

#[track_caller]
fn meets(root: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).expect("the reference leads somewhere");
        return meets(root, target, value, at);
    }
    if let Some(constant) = schema.get("const") {
        assert_eq!(value, constant, "{at}");
    }
    if let Some(allowed) = schema["enum"].as_array() {
        assert!(allowed.contains(value), "{at}: {value}");
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|one| one == kind),
        one => one.is_null() || one == kind,
    };
    assert!(allowed, "{at}: {kind}");
    for (at_item, item) in value.as_array().into_iter().flatten().enumerate() {
        meets(root, &schema["items"], item, &format!("{at}[{at_item}]"));
    }
    let Some(object) = value.as_object() else { return };
    for key in schema["required"].as_array().into_iter().flatten() {
        assert!(object.contains_key(key.as_str().unwrap_or_default()), "{at}: no {key}");
    }
    for (key, item) in object {
        let known = schema["properties"].get(key);
        let other = schema.get("additionalProperties").filter(|other| other.is_object());
        let inner = known.or(other).unwrap_or_else(|| panic!("{at}: {key} is not in the schema"));
        meets(root, inner, item, &format!("{at}.{key}"));
    }
}

#[test]
fn of_too_many_findings_the_worst_are_listed_and_the_rest_is_counted() {
    let audit = sample();
    let all = rendered(&audit, "json", &Options::default());
    let all: Value = serde_json::from_str(&all).expect("JSON");
    let active = all["summary"]["total"]["active"].as_u64().expect("a number");
    let options = Options { limit: Limit::AtMost(2), ..Options::default() };
    let short = rendered(&audit, "short", &options);
    let lines: Vec<&str> = short.lines().filter(|line| !line.contains(": gap: ")).collect();
    let worst = |word| lines.iter().filter(|line| line.contains(word)).count();
    assert_eq!((lines.len(), worst("env-unwrap"), worst(": low ")), (2, 1, 0), "{short}");
    let text = rendered(&audit, "text", &options);
    assert!(text.contains(&format!("… and {} more (", active - 2)), "{text}");
    let log: Value = serde_json::from_str(&rendered(&audit, "sarif", &options)).expect("JSON");
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(2));
    assert!(log["runs"][0]["invocations"][0].to_string().contains("left-out"));
}

#[test]
fn every_document_has_every_format() {
    let audit = sample();
    let policy = &audit.policy;
    let scan = scanned(&audit.program, policy, FROM_HERE);
    let sites: Vec<_> = audit.triaged.findings.iter().map(|finding| finding.site.clone()).collect();
    let documents: [&dyn Document; 3] =
        [&audit.findings(FROM_HERE), &Surface { scan, sites: &sites, reach: None }, &Stats { scan, crates: &[] }];
    for document in documents {
        for format in FORMATS {
            let page = shown(document, format.name, &Options::default());
            assert!(page.ends_with('\n'), "{}: {page}", format.name);
        }
    }
}
