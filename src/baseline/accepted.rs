//! The findings that a baseline accepts: a count for each key, which holds no line and no path of a file.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Status, expression};
use crate::source::SourceFile;

/// What names a finding: equal ones of one function are counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The package; empty where there is no manifest.
    pub package: String,
    /// The path of the enclosing function; of code outside of functions the file's.
    pub function: String,
    /// The rule.
    pub rule: String,
    /// The code, as `finding::expression` shows it.
    pub expression: String,
}

/// The findings that were accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// How many findings of each key there are.
    pub findings: BTreeMap<Key, u32>,
    /// The rules that were looked at, where that is known: a finding of another one is news of the tool or the policy.
    pub rules: BTreeSet<String>,
    /// The version of the tool that found them, where that is known.
    pub tool: String,
}

/// What stands for the code of a finding in a generated file.
const GENERATED: &str = "generated";

impl Key {
    /// Returns the key of `finding`, which lies in `file`; O(1) for long code.
    pub fn of(finding: &Finding, file: &SourceFile) -> Self {
        let site = &finding.site;
        if finding.generated {
            // A generator's next run moves all of it.
            let (function, expression) = (file.path.clone(), GENERATED.to_owned());
            return Self { package: file.package.to_string(), function, rule: site.rule.to_string(), expression };
        }
        // What is in no function, such as a waiver, moves within its file alone.
        let function = if site.function.is_empty() { &*file.path } else { &*site.function };
        Self {
            package: file.package.to_string(),
            function: function.to_owned(),
            rule: site.rule.to_string(),
            expression: expression(file, site.span),
        }
    }
}

impl Accepted {
    /// Accepts the findings that count, of `files`, found with `rules`.
    pub fn of<'a>(findings: &[Finding], files: &[SourceFile], rules: impl IntoIterator<Item = &'a str>) -> Self {
        let mut accepted = Self {
            findings: BTreeMap::new(),
            rules: rules.into_iter().map(str::to_owned).collect(),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
        };
        for finding in findings.iter().filter(|finding| finding.status == Status::Active) {
            let Some(file) = files.get(finding.site.span.file.0 as usize) else { continue };
            accepted.add(Key::of(finding, file), 1);
        }
        accepted
    }

    /// Accepts `count` more findings of `key`.
    pub fn add(&mut self, key: Key, count: u32) {
        let sum = self.findings.entry(key).or_insert(0);
        *sum = sum.saturating_add(count);
    }

    /// Returns how many findings are accepted.
    pub fn total(&self) -> u64 {
        // auditor: allow(panicking-api) a sum of counts of things in memory
        self.findings.values().map(|&count| u64::from(count)).sum()
    }

    /// Returns the names of the packages that have an accepted finding.
    pub fn packages(&self) -> BTreeSet<&str> {
        self.findings.keys().map(|key| key.package.as_str()).collect()
    }
}
