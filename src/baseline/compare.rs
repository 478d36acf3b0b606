//! Compares the findings of a scan with what was accepted: known, moved, new and gone ones.

use std::collections::{BTreeMap, BTreeSet};

use super::accepted::{Accepted, Key};
use crate::finding::{Finding, Status};
use crate::source::SourceFile;
use crate::triage::Triaged;

/// How a scan compares with what was accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What the scan was compared with, as people call it: a file's path, a revision.
    pub with: String,
    /// How many findings count and were not accepted.
    pub new: u64,
    /// How many were accepted where they are.
    pub known: u64,
    /// Accepted ones that stand in another function now, sorted.
    pub moved: Vec<Moved>,
    /// What was accepted and is no longer there, sorted; empty where the scan was of a part.
    pub gone: Vec<Gone>,
    /// Whether all was scanned that was accepted: else nothing is known of what is gone or has moved.
    pub whole: bool,
    /// Rules of new findings that were not looked at when the others were accepted, with how many each has.
    pub new_rules: BTreeMap<String, u64>,
    /// The version of the tool that found what was accepted, where it is another one.
    pub other_tool: Option<String>,
    /// Places among the findings of those that are waived here and were not when the others were accepted, where that is known.
    pub waived: Vec<usize>,
    /// What else there is to say of what was compared.
    pub notes: Vec<String>,
}

/// What of that which was accepted a scan has looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Whether all files were scanned.
    pub whole: bool,
    /// The rules that were looked at.
    pub rules: BTreeSet<String>,
}

/// Accepted findings that stand in another function or package now: rule and code are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved {
    /// Where they were accepted.
    pub from: Key,
    /// Where they are.
    pub to: Key,
    /// How many.
    pub count: u32,
}

/// Accepted findings that are no longer there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gone {
    /// What they were.
    pub key: Key,
    /// How many of them.
    pub count: u32,
}

/// Compares the findings of `triaged`, of `files`, with `accepted`, and marks the known ones; what is left as active is new.
/// `scope` tells what of it was looked at. O(findings · log findings).
pub fn compare(accepted: &Accepted, triaged: &mut Triaged, files: &[SourceFile], scope: &Scope) -> Comparison {
    let (comparison, found) = Here::of(&triaged.findings, files).compare(accepted, scope);
    for (at, fate) in found {
        if let Fate::Known { moved_from } = fate {
            triaged.mark_known(at, moved_from);
        }
    }
    comparison
}

/// Compares findings that are given by their keys, of which those that are not counted are neither new nor gone. Returns what
/// became of each one that counts, by its place. O(findings · log findings).
pub fn compare_keys(
    accepted: &Accepted,
    findings: impl IntoIterator<Item = (Key, bool)>,
    scope: &Scope,
) -> (Comparison, Vec<(usize, Fate)>) {
    let mut here = Here::default();
    for (at, (key, counts)) in findings.into_iter().enumerate() {
        here.add(at, key, counts);
    }
    here.compare(accepted, scope)
}

/// What became of a finding that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was not accepted.
    New,
    /// It was.
    Known {
        /// The function that it was in then, where it is in another one now.
        moved_from: Option<String>,
    },
}

/// The findings of a scan by their keys.
#[derive(Default)]
struct Here {
    /// Those that count, by their places among all, in order.
    active: Vec<(usize, Key)>,
    /// How many of them each key has.
    counts: BTreeMap<Key, u32>,
    /// Those that are outside the gate: they are neither known nor gone.
    ignored: BTreeMap<Key, u32>,
}

impl Here {
    fn of(findings: &[Finding], files: &[SourceFile]) -> Self {
        let mut here = Self::default();
        for (at, finding) in findings.iter().enumerate() {
            let Some(file) = files.get(finding.site.span.file.0 as usize) else { continue };
            match finding.status {
                Status::Active => here.add(at, Key::of(finding, file), true),
                Status::Ignored(_) => here.add(at, Key::of(finding, file), false),
                Status::Waived { .. } | Status::Known { .. } => {}
            }
        }
        here
    }

    fn add(&mut self, at: usize, key: Key, counts: bool) {
        if counts {
            *self.counts.entry(key.clone()).or_insert(0) += 1;
            self.active.push((at, key));
        } else {
            *self.ignored.entry(key).or_insert(0) += 1;
        }
    }

    fn compare(&self, accepted: &Accepted, scope: &Scope) -> (Comparison, Vec<(usize, Fate)>) {
        let mut left = self.known(accepted);
        let gone = if scope.whole { self.gone(accepted, &scope.rules) } else { BTreeMap::new() };
        let (moved, gone) = self.moved(accepted, gone);
        let mut from: BTreeMap<&Key, Vec<(&Key, u32)>> = BTreeMap::new();
        for one in &moved {
            from.entry(&one.to).or_default().push((&one.from, one.count));
        }
        let mut out = Comparison {
            whole: scope.whole,
            other_tool: Some(accepted.tool.clone())
                .filter(|tool| !tool.is_empty() && tool != env!("CARGO_PKG_VERSION")),
            ..Comparison::default()
        };
        let mut found = Vec::with_capacity(self.active.len());
        for (at, key) in &self.active {
            let mut moved_from = || {
                let (place, count) = from.get_mut(key)?.iter_mut().find(|(_, count)| *count > 0)?;
                *count -= 1;
                Some(place.function.clone())
            };
            let fate = if let Some(count) = left.get_mut(key).filter(|count| **count > 0) {
                *count -= 1;
                out.known += 1;
                Fate::Known { moved_from: None }
            } else if let Some(function) = moved_from() {
                Fate::Known { moved_from: Some(function) }
            } else {
                out.new += 1;
                if !accepted.rules.is_empty() && !accepted.rules.contains(&key.rule) {
                    *out.new_rules.entry(key.rule.clone()).or_default() += 1;
                }
                Fate::New
            };
            found.push((*at, fate));
        }
        drop(from);
        out.moved = moved;
        out.gone = gone.into_iter().map(|(key, count)| Gone { key, count }).collect();
        (out, found)
    }

    /// How many findings of each key are accepted where they are: of equal ones the first.
    fn known(&self, accepted: &Accepted) -> BTreeMap<Key, u32> {
        let both = |(key, count): (&Key, &u32)| Some((key.clone(), *accepted.findings.get(key)?.min(count)));
        self.counts.iter().filter_map(both).collect()
    }

    /// What was accepted and is there no more, of the rules that were looked at.
    fn gone(&self, accepted: &Accepted, selected: &BTreeSet<String>) -> BTreeMap<Key, u32> {
        let count = |map: &BTreeMap<Key, u32>, key: &Key| map.get(key).copied().unwrap_or(0);
        let rest = |(key, accepted): (&Key, &u32)| {
            let there = count(&self.counts, key).saturating_add(count(&self.ignored, key));
            let gone = accepted.saturating_sub(there);
            (gone > 0 && selected.contains(&key.rule)).then(|| (key.clone(), gone))
        };
        accepted.findings.iter().filter_map(rest).collect()
    }

    /// Pairs what is new with what is gone where rule and code match: first within a package, then across. Returns the pairs,
    /// sorted, and what is gone for good.
    fn moved(&self, accepted: &Accepted, mut gone: BTreeMap<Key, u32>) -> (Vec<Moved>, BTreeMap<Key, u32>) {
        let mut sources: BTreeMap<(String, String), Vec<Key>> = BTreeMap::new();
        for key in gone.keys() {
            sources.entry((key.rule.clone(), key.expression.clone())).or_default().push(key.clone());
        }
        let mut pairs = Vec::new();
        let mut extra: BTreeMap<&Key, u32> = BTreeMap::new();
        for (key, count) in &self.counts {
            let more = count.saturating_sub(accepted.findings.get(key).copied().unwrap_or(0));
            if more > 0 {
                extra.insert(key, more);
            }
        }
        for likeness in [Likeness::Name, Likeness::Package, Likeness::Code] {
            for (to, more) in &mut extra {
                let Some(from) = sources.get(&(to.rule.clone(), to.expression.clone())) else { continue };
                for from in from.iter().filter(|from| likeness.holds(from, to)) {
                    let Some(left) = gone.get_mut(from) else { continue };
                    let count = (*left).min(*more);
                    if count > 0 {
                        *left -= count;
                        *more -= count;
                        pairs.push(Moved { from: from.clone(), to: (*to).clone(), count });
                    }
                }
            }
        }
        pairs.sort();
        gone.retain(|_, count| *count > 0);
        (pairs, gone)
    }
}

/// How near what is gone must be to what is new, besides its rule and code.
#[derive(Clone, Copy)]
enum Likeness {
    /// A function of the same name in the same package: a move between modules.
    Name,
    /// Any function of the same package.
    Package,
    /// Anything.
    Code,
}

impl Likeness {
    fn holds(self, one: &Key, other: &Key) -> bool {
        let name = |key: &Key| key.function.rsplit("::").next().map(str::to_owned);
        match self {
            Self::Name => one.package == other.package && name(one) == name(other),
            Self::Package => one.package == other.package,
            Self::Code => true,
        }
    }
}
