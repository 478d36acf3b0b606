//! Each format as its consumer reads it: GitHub's commands, GitLab's and `JUnit`'s reports, Markdown, JSON lines.

use std::collections::BTreeSet;

use auditor::report::{Document, FORMATS, Options, Surface};
use pulldown_cmark::{Event, Parser, Tag};
use serde_json::Value;

use super::reports::{FROM_HERE, sample, shown};

fn rendered(format: &str) -> String {
    shown(&sample().findings(FROM_HERE), format, &Options::default())
}

/// Level, properties and message.
type Command<'a> = (&'a str, Vec<(&'a str, String)>, String);

/// Returns the parts of a workflow command, as GitHub's runner takes it apart.
fn command(line: &str) -> Option<Command<'_>> {
    let unescaped = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        text.replace("%25", "%")
    };
    let (head, message) = line.strip_prefix("::")?.split_once("::")?;
    let (level, properties) = head.split_once(' ').unwrap_or((head, ""));
    let property = |one| str::split_once(one, '=').map(|(name, value)| (name, unescaped(value)));
    let properties: Option<Vec<_>> = properties.split(',').map(property).collect();
    Some((level, properties?, unescaped(message)))
}

#[test]
fn github_reads_each_line_as_a_command_and_no_more_than_it_shows() {
    let page = rendered("github");
    let commands: Vec<_> = page.lines().map(|line| command(line).unwrap_or_else(|| panic!("{line}"))).collect();
    let known = ["file", "line", "endLine", "col", "endColumn", "title"];
    for (level, properties, message) in &commands {
        assert!(["error", "warning", "notice"].contains(level) && !message.is_empty());
        assert!(properties.iter().all(|(name, value)| known.contains(name) && !value.is_empty()), "{properties:?}");
    }
    // Files are named from the repository's root, and the worst comes first after what was not looked at.
    let worst = commands.iter().find(|(level, ..)| *level == "error").expect("there is one");
    assert!(worst.1.contains(&("file", "crates/one/src/main.rs".to_owned())), "{worst:?}");
    let many = super::reports::audit_of(&"⟪env-unwrap|x.unwrap()⟫; ".repeat(25));
    let page = shown(&many.findings(FROM_HERE), "github", &Options::default());
    assert_eq!(page.lines().filter(|line| line.starts_with("::error ")).count(), 10);
    assert!(page.contains("; 15 more than GitHub shows"), "{page}");
}

#[test]
fn gitlab_has_what_its_code_quality_report_asks_for() {
    let issues: Vec<Value> = serde_json::from_str(&rendered("gitlab")).expect("an array");
    assert!(!issues.is_empty());
    let mut prints = BTreeSet::new();
    for issue in &issues {
        for key in ["description", "check_name", "fingerprint", "severity"] {
            assert!(issue[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {issue}");
        }
        let severity = issue["severity"].as_str().unwrap_or_default();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{issue}");
        assert!(issue["location"]["path"].as_str().is_some_and(|path| path.starts_with("crates/one/")), "{issue}");
        assert!(issue["location"]["lines"]["begin"].is_u64(), "{issue}");
        assert!(prints.insert(issue["fingerprint"].to_string()), "two issues of one fingerprint are shown as one");
    }
}

#[test]
fn junit_is_read_back_by_a_reader_of_junit() {
    let report = quick_junit::Report::deserialize_from_str(&rendered("junit")).expect("JUnit");
    // What does not count is no failure.
    assert_eq!((report.failures, report.errors), (6, 2));
    let cases: Vec<_> = report.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
    assert!(cases.iter().any(|case| case.name.as_str().starts_with("env-unwrap ")), "{cases:?}");
    let clean = super::reports::audit_of("fn main() {}\n");
    let page = shown(&clean.findings(FROM_HERE), "junit", &Options::default());
    let report = quick_junit::Report::deserialize_from_str(&page).expect("JUnit");
    assert_eq!((report.tests, report.failures), (1, 0));
}

#[test]
fn json_lines_hold_what_the_json_holds() {
    let json: Value = serde_json::from_str(&rendered("json")).expect("JSON");
    let lines: Vec<Value> = rendered("jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for (name, value) in json.as_object().expect("an object") {
        let data: Vec<&Value> = lines.iter().filter(|line| line["type"] == **name).map(|line| &line["data"]).collect();
        match (value.as_array(), data.as_slice()) {
            (None, [one]) => assert_eq!(*one, value, "{name}"),
            (Some(_), [whole]) if *whole == value => {}
            (Some(items), data) => assert_eq!(items.iter().collect::<Vec<_>>(), data, "{name}"),
            (None, _) => panic!("{name}"),
        }
    }
}

#[test]
fn markdown_holds_tables_and_nothing_of_the_sources_is_markup() {
    let mut audit = sample();
    let hostile = "a|b `c` <img src=x> [d](e) *f*";
    audit.triaged.findings.iter_mut().for_each(|finding| hostile.clone_into(&mut finding.site.detail));
    let page = shown(&audit.findings(FROM_HERE), "markdown", &Options::default());
    let options = pulldown_cmark::Options::ENABLE_TABLES;
    let events: Vec<Event<'_>> = Parser::new_ext(&page, options).collect();
    let tables = events.iter().filter(|event| matches!(event, Event::Start(Tag::Table(_)))).count();
    assert_eq!(tables, 2, "{page}");
    for event in &events {
        let marked = matches!(
            event,
            Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::Emphasis | Tag::Strong)
        );
        assert!(!marked, "{event:?} in {page}");
    }
    let text: String =
        events.iter().filter_map(|event| if let Event::Text(text) = event { Some(&**text) } else { None }).collect();
    assert!(text.contains(hostile), "{text}");
}

#[test]
fn names_of_formats_are_unique_and_a_site_that_is_no_finding_fails_nowhere() {
    let names: BTreeSet<&str> = FORMATS.iter().map(|format| format.name).collect();
    assert_eq!(names.len(), FORMATS.len());
    let audit = sample();
    let findings = audit.findings(FROM_HERE);
    let sites: Vec<_> = audit.triaged.findings.iter().map(|finding| finding.site.clone()).collect();
    let surface: &dyn Document = &Surface { scan: findings.scan, sites: &sites, reach: None };
    let page = |format: &str| shown(surface, format, &Options::default());
    assert!(!page("github").contains("::error"));
    let report = quick_junit::Report::deserialize_from_str(&page("junit")).expect("JUnit");
    assert_eq!((report.tests, report.failures), (sites.len() + 2, 0));
    let issues: Vec<Value> = serde_json::from_str(&page("gitlab")).expect("an array");
    assert!(issues.iter().all(|issue| issue["severity"] == "info"));
}
