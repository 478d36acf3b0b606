//! Every rule on its samples: what `//~` says on a line is reported there, and nothing else is reported anywhere.
//!
//! `//~ rule-id …` must be reported, with the verdict that follows it, if one does: `//~ slice-index always`.
//! `//~ discharged rule-id` and `//~ unsure rule-id` are sites that are listed with that verdict and not reported: nothing else
//! tells them from a site that is not seen. `//~ missed: rule-id` ought to be reported and is not, `//~ wrong: rule-id` is and
//! ought not to be: those two fail when they are mended.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use auditor::checks::CHECKS;
use auditor::finding::Verdict;
use auditor::program::{ScanRequest, scan};
use auditor::source::SourceFile;

/// The folders of `fixtures/` that hold samples.
const TOPICS: [&str; 4] = ["panic", "pointer", "task", "unwind"];

/// What a file's markers say, or what is reported: rules by line, sorted.
type Lines = BTreeMap<u32, Vec<String>>;

/// Rules with their verdicts by line.
type Verdicts = BTreeMap<u32, Vec<(String, Verdict)>>;

#[derive(Default)]
struct Markers {
    reported: Lines,
    missed: Lines,
    /// The sites whose verdict is stated.
    verdicts: Verdicts,
}

/// What the sites of a sample are.
#[derive(Default)]
struct Sites {
    reported: Lines,
    all: Verdicts,
}

fn markers(text: &str) -> Markers {
    let mut found = Markers::default();
    for (line, code) in (1..).zip(text.lines()) {
        for marker in code.split("//~").skip(1) {
            let (missed, rules) = match marker.trim().split_once(':') {
                Some(("missed", rules)) => (true, rules),
                Some(("wrong", rules)) => (false, rules),
                Some((word, _)) => panic!("line {line}: `{word}:` is no marker"),
                None => (false, marker),
            };
            if missed {
                found.missed.entry(line).or_default().extend(rules.split_whitespace().map(str::to_owned));
            } else {
                marker_rules(line, rules, &mut found);
            }
        }
    }
    found.reported.values_mut().for_each(|rules| rules.sort());
    found
}

/// Reads the rules of one marker: a verdict that is not reported stands before its rule, one that is behind it.
fn marker_rules(line: u32, rules: &str, found: &mut Markers) {
    let mut hidden = None;
    let mut last: Option<String> = None;
    for word in rules.split_whitespace() {
        match word {
            "discharged" => hidden = Some(Verdict::Discharged),
            "unsure" => hidden = Some(Verdict::Indeterminate),
            "always" | "possible" => {
                let verdict = if word == "always" { Verdict::Always } else { Verdict::Possible };
                let rule = last.take().unwrap_or_else(|| panic!("line {line}: `{word}` of no rule"));
                found.verdicts.entry(line).or_default().push((rule, verdict));
            }
            rule => {
                if let Some(verdict) = hidden.take() {
                    found.verdicts.entry(line).or_default().push((rule.to_owned(), verdict));
                } else {
                    last = Some(rule.to_owned());
                    found.reported.entry(line).or_default().push(rule.to_owned());
                }
            }
        }
    }
}

/// What is found in the sample at `path`; all samples are looked at once.
fn sites(path: &Path) -> &'static Sites {
    static SITES: OnceLock<BTreeMap<String, Sites>> = OnceLock::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let all = SITES.get_or_init(|| {
        let paths = TOPICS.iter().map(|topic| root.join(topic)).collect();
        let program = scan(&ScanRequest { paths, ..ScanRequest::default() }).expect("the samples are there");
        assert!(program.gaps.is_empty(), "{:?}", program.gaps);
        let path = |file: &SourceFile| program.root.join(&file.path).display().to_string();
        let mut all: BTreeMap<_, _> = program.files.iter().map(|file| (path(file), Sites::default())).collect();
        for site in &program.sites {
            let file = &program.files[site.span.file.0 as usize];
            let line = file.lines.line(site.span.start);
            let sites = all.entry(path(file)).or_default();
            sites.all.entry(line).or_default().push((site.rule.to_string(), site.verdict));
            if matches!(site.verdict, Verdict::Always | Verdict::Possible) {
                sites.reported.entry(line).or_default().push(site.rule.to_string());
            }
        }
        all.values_mut().flat_map(|sites| sites.reported.values_mut()).for_each(|rules| rules.sort());
        all
    });
    &all[&path.display().to_string()]
}

/// Every sample with the folder that names its rule.
fn samples() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut samples = Vec::new();
    for topic in TOPICS {
        for rule in fs::read_dir(root.join(topic)).expect("a topic's folder").flatten() {
            for sample in fs::read_dir(rule.path()).expect("a rule's folder").flatten() {
                samples.push((rule.file_name().to_string_lossy().replace('_', "-"), sample.path()));
            }
        }
    }
    samples.sort();
    samples
}

#[test]
fn what_the_samples_mark_is_reported_and_nothing_else() {
    let mut wrong = String::new();
    for (_, path) in samples() {
        let markers = markers(&fs::read_to_string(&path).expect("a sample"));
        let reported = &sites(&path).reported;
        let lines: BTreeSet<u32> = reported.keys().chain(markers.reported.keys()).copied().collect();
        for line in lines {
            let (is, ought) = (reported.get(&line), markers.reported.get(&line));
            if is != ought {
                let text = |rules: Option<&Vec<String>>| rules.map_or("nothing".to_owned(), |rules| rules.join(" "));
                let told = format!("{}:{line}: reported {}, marked {}\n", path.display(), text(is), text(ought));
                wrong.push_str(&told);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_verdict_that_a_sample_states_is_the_sites() {
    let mut wrong = String::new();
    for (_, path) in samples() {
        let markers = markers(&fs::read_to_string(&path).expect("a sample"));
        let all = &sites(&path).all;
        for (line, stated) in &markers.verdicts {
            let found = all.get(line).map_or(&[][..], Vec::as_slice);
            for of in stated.iter().filter(|of| !found.contains(of)) {
                let _ = writeln!(wrong, "{}:{line}: {of:?} is stated, {found:?} is found", path.display());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_verdict_is_read_before_or_behind_its_rule() {
    let markers = markers("//~ discharged slice-index unwrap always expect\n//~ unsure integer-overflow");
    assert_eq!(markers.reported[&1], ["expect", "unwrap"]);
    let first = [("slice-index", Verdict::Discharged), ("unwrap", Verdict::Always)];
    let second = [("integer-overflow", Verdict::Indeterminate)];
    assert_eq!(markers.verdicts[&1], first.map(|(rule, verdict)| (rule.to_owned(), verdict)));
    assert_eq!(markers.verdicts[&2], second.map(|(rule, verdict)| (rule.to_owned(), verdict)));
}

#[test]
fn a_miss_that_is_mended_loses_its_mark() {
    for (_, path) in samples() {
        let markers = markers(&fs::read_to_string(&path).expect("a sample"));
        let reported = &sites(&path).reported;
        for (line, rules) in &markers.missed {
            for rule in rules {
                let found = reported.get(line).is_some_and(|found| found.contains(rule));
                assert!(!found, "{}:{line}: `missed: {rule}` is reported now", path.display());
            }
        }
    }
}

#[test]
fn every_rule_has_a_sample_that_it_reports_and_lines_that_it_does_not() {
    let samples = samples();
    for check in CHECKS {
        let own: Vec<_> = samples.iter().filter(|(rule, _)| rule == check.rule).collect();
        assert!(!own.is_empty(), "no sample of {}", check.rule);
        for (_, path) in own {
            let text = fs::read_to_string(path).expect("a sample");
            let markers = markers(&text);
            let marked = markers.reported.values().chain(markers.missed.values()).flatten();
            let names: BTreeSet<&str> = marked.map(String::as_str).collect();
            assert!(names.contains(check.rule), "{}: nothing is marked {}", path.display(), check.rule);
            assert!(text.lines().count() > 2 * markers.reported.len(), "{}: no silent lines", path.display());
        }
    }
}

#[test]
fn the_checks_are_those_of_the_catalogue() {
    let rules: BTreeSet<&str> = CHECKS.iter().map(|check| check.rule).collect();
    assert_eq!(rules.len(), CHECKS.len(), "a rule has two checks");
    let packs = ["rules/panic.toml", "rules/pointer.toml", "rules/task.toml", "rules/unwind.toml"];
    let mut entries = BTreeSet::new();
    for pack in packs {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(pack)).expect("a pack");
        let ids = text.lines().filter_map(|line| line.strip_prefix("id = \""));
        entries.extend(ids.map(|id| id.trim_end_matches('"').to_owned()));
    }
    let entries: BTreeSet<&str> = entries.iter().map(String::as_str).collect();
    assert_eq!(rules, entries);
}
