//! Which top-level module may use which, and what the checks may not use of each other.

use std::collections::BTreeSet;

use crate::Breach;
use crate::facts::{Facts, Written};

/// What each module may use, in the order of the flow: the program under audit, the audit, what joins them. Modules that do
/// not exist yet have their edges too.
pub(crate) const ALLOWED: [(&str, &[&str]); 22] = [
    ("source", &[]),
    ("syntax", &["source"]),
    ("facts", &[]),
    ("model", &["source", "syntax", "facts"]),
    ("types", &["source", "syntax", "facts", "model"]),
    ("flow", &["source", "syntax", "facts", "model", "types"]),
    // Of `finding` the checks see what `FOR_CHECKS` lists.
    ("checks", &["source", "syntax", "facts", "model", "types", "flow", "finding"]),
    // What would put a site in order, by the typed body that the checks see.
    ("suggest", &["source", "model", "types", "checks", "finding"]),
    // The graph of all that files say they call.
    ("reach", &["source", "facts", "flow", "finding"]),
    // The first column, from paths to sites.
    ("program", &["source", "syntax", "facts", "model", "types", "flow", "checks", "suggest", "reach", "finding"]),
    ("finding", &["source"]),
    ("catalog", &["source", "finding"]),
    ("triage", &["source", "finding", "catalog"]),
    ("baseline", &["source", "finding", "triage"]),
    ("checklist", &["source", "finding", "catalog", "triage"]),
    ("artifact", &["source", "finding"]),
    ("fix", &["source", "finding"]),
    ("report", &["source", "finding", "catalog", "triage", "baseline", "checklist", "artifact", "reach"]),
    (
        "audit",
        &[
            "source",
            "syntax",
            "model",
            "types",
            "flow",
            "checks",
            "reach",
            "program",
            "finding",
            "catalog",
            "triage",
            "baseline",
            "checklist",
            "artifact",
            "fix",
            "report",
        ],
    ),
    ("cli", &["source", "program", "finding", "catalog", "baseline", "fix", "report", "audit"]),
    ("main", &["cli"]),
    ("bin", &["cli"]),
];

/// What the checks may use of `finding`: a check never sees a severity. Users' own rules are patterns that one of them matches.
const FOR_CHECKS: [&str; 14] = [
    "Bytes",
    "Duty",
    "Fix",
    "Match",
    "Obligation",
    "Operation",
    "Pattern",
    "Reach",
    "Related",
    "RuleId",
    "Shape",
    "Site",
    "Standing",
    "Verdict",
];

/// Folders of the checks that hold no checks but what several of them share.
const SHARED: [&str; 1] = ["contract"];

/// Returns every use that `ALLOWED` does not list.
pub(crate) fn breaches(files: &[Facts]) -> Vec<Breach> {
    let modules: BTreeSet<&[String]> = files.iter().map(|it| it.module.as_slice()).collect();
    let mut found = Vec::new();
    for file in files {
        for written in &file.paths {
            let what = resolve(written).and_then(|target| breach(file, &target, &modules));
            found.extend(what.map(|what| Breach { file: file.file.clone(), line: written.line, what }));
        }
    }
    found
}

/// Returns the path from the crate's root; `None` for one that leads to another crate or to a local name.
fn resolve(written: &Written) -> Option<Vec<String>> {
    let mut parts = written.parts.iter().map(String::as_str).peekable();
    let mut target: Vec<String> = match parts.peek()? {
        &"crate" | &"auditor" => Vec::new(),
        &"self" | &"super" => written.module.clone(),
        _ => return None,
    };
    while let Some(part) = parts.next_if(|part| ["crate", "auditor", "self", "super"].contains(part)) {
        if part == "super" {
            target.pop();
        }
    }
    target.extend(parts.map(str::to_owned));
    (written.parts.len() > 1).then_some(target)
}

fn breach(file: &Facts, target: &[String], modules: &BTreeSet<&[String]>) -> Option<String> {
    // The crate's root names every module, and nothing else does.
    let from = file.module.first()?.as_str();
    let shown = if target.is_empty() { "self".to_owned() } else { target.join("::") };
    let to = target.first().map_or("", String::as_str);
    if from == to {
        return (from == "checks").then(|| isolated(file, target, modules)).flatten();
    }
    let known = |name: &str| ALLOWED.iter().any(|(module, _)| *module == name);
    if !known(to) {
        return Some(format!("`{from}` uses `{shown}` of the crate's root: name the module that it lives in"));
    }
    let Some((_, allowed)) = ALLOWED.iter().find(|(module, _)| *module == from) else {
        return Some(format!("module `{from}` is not in the list of edges"));
    };
    if !allowed.contains(&to) {
        return Some(format!("`{from}` may not use `{to}` (here `{shown}`)"));
    }
    let item = target.iter().find(|part| part.starts_with(char::is_uppercase));
    let narrow = from == "checks" && to == "finding" && !item.is_some_and(|item| FOR_CHECKS.contains(&item.as_str()));
    narrow.then(|| format!("of `finding`, `checks` may use {} only (here `{shown}`)", FOR_CHECKS.join(", ")))
}

/// Checks see what lies on their way to the root of `checks`, what lies within them, and what lies beside the topics: modules
/// of `checks` that hold no checks, such as what a check sees of the program.
fn isolated(file: &Facts, target: &[String], modules: &BTreeSet<&[String]>) -> Option<String> {
    let inner = (1..=target.len()).rev().find_map(|len| modules.get(target.get(..len)?).copied())?;
    let related = file.module.starts_with(inner) || inner.starts_with(&file.module);
    let holds_checks = inner.len() > 2 || modules.iter().any(|it| it.len() > inner.len() && it.starts_with(inner));
    let shared = inner.get(1).is_some_and(|it| SHARED.contains(&it.as_str()));
    (holds_checks && !related && !shared).then(|| format!("a check may not use another: `{}`", inner.join("::")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with `text` as `file`, beside the modules that the rules know.
    fn wrong(file: &str, text: &str) -> Vec<String> {
        let mut files = vec![Facts::read(file, text)];
        for other in [
            "checks/mod.rs",
            "checks/view.rs",
            "checks/panic/mod.rs",
            "checks/panic/expect.rs",
            "checks/pointer/cast.rs",
        ] {
            if other != file {
                files.push(Facts::read(other, ""));
            }
        }
        breaches(&files).into_iter().map(|it| format!("{}: {}", it.line, it.what)).collect()
    }

    #[test]
    fn upward_uses_are_caught_however_they_are_written() {
        let caught = ["1: `model` may not use `report` (here `report::Format`)"];
        for text in [
            "use crate::report::Format;",
            "use crate::{source::Span, report::Format};",
            "use crate::report::{Format};",
            "use super::report::Format;",
            "pub(crate) use crate::report::Format as F;",
            "fn f(x: crate::report::Format) {}",
            "fn f() { let x: Vec<crate::report::Format> = g(); }",
            "fn f() { use crate::report::Format; }",
            "mod inner { use super::super::report::Format; }",
            "fn f(x: u8) { assert!(matches!(x, crate::report::Format)); }",
            "#[cfg(not(test))] mod inner { use crate::report::Format; }",
        ] {
            assert_eq!(wrong("model/mod.rs", text), caught, "{text}");
        }
        assert_eq!(wrong("model/item.rs", "\nuse super::super::cli;"), ["2: `model` may not use `cli` (here `cli`)"]);
        assert_eq!(
            wrong("main.rs", "use auditor::source::Span;"),
            ["1: `main` may not use `source` (here `source::Span`)"]
        );
        assert_eq!(wrong("source/x.rs", "use crate::model::*;"), ["1: `source` may not use `model` (here `model::*`)"]);
    }

    #[test]
    fn downward_and_inner_uses_pass() {
        for (file, text) in [
            (
                "model/mod.rs",
                "use crate::{source::{Span, FileId}, syntax}; mod item; use item::Item; use self::item::Kind;",
            ),
            ("model/item.rs", "use super::Body; use crate::model::Body; use std::fmt; fn f(self_: super::Body) {}"),
            ("model/item.rs", "#[cfg(test)] mod tests { use super::super::report::Format; use crate::report; }"),
            ("lib.rs", "pub mod report; pub use report::Format; use crate::cli;"),
            ("cli/mod.rs", "use crate::audit::Program;"),
        ] {
            assert_eq!(wrong(file, text), [] as [&str; 0], "{file}: {text}");
        }
    }

    #[test]
    fn the_root_is_no_way_round() {
        let root = |shown| [format!("1: `model` uses `{shown}` of the crate's root: name the module that it lives in")];
        assert_eq!(wrong("model/mod.rs", "use crate::Format;"), root("Format"));
        assert_eq!(wrong("model/mod.rs", "use crate::*;"), root("*"));
        assert_eq!(wrong("model/mod.rs", "use crate::{self as all};"), root("self"));
        assert_eq!(wrong("model/mod.rs", "use crate as all;"), root("self"));
        assert_eq!(wrong("extra/mod.rs", "use crate::source;"), ["1: module `extra` is not in the list of edges"]);
    }

    #[test]
    fn checks_do_not_see_each_other_nor_more_of_a_finding() {
        let check = "checks/panic/unwrap.rs";
        for text in ["use super::expect::Expect;", "fn f() { crate::checks::panic::expect::g() }"] {
            assert_eq!(wrong(check, text), ["1: a check may not use another: `checks::panic::expect`"]);
        }
        let pointer = ["1: a check may not use another: `checks::pointer::cast`"];
        assert_eq!(wrong(check, "use crate::checks::pointer::cast;"), pointer);
        assert_eq!(wrong("checks/panic/mod.rs", "use super::pointer::cast::X;"), pointer);
        let only = format!("of `finding`, `checks` may use {} only", FOR_CHECKS.join(", "));
        assert_eq!(wrong(check, "use crate::finding::Severity;"), [format!("1: {only} (here `finding::Severity`)")]);
        assert_eq!(wrong(check, "use crate::finding::*;"), [format!("1: {only} (here `finding::*`)")]);
        for text in [
            "use crate::checks::Check; use super::Topic;",
            "use crate::checks::view::View;",
            "use crate::finding::{RuleId, site::Site}; fn f() { crate::finding::Verdict::Possible; }",
        ] {
            assert_eq!(wrong(check, text), [] as [&str; 0], "{text}");
        }
        assert_eq!(
            wrong("checks/mod.rs", "use panic::expect::Expect; use self::pointer::cast::Cast;"),
            [] as [&str; 0]
        );
    }
}
