//! Holds what a tool lists against the compiler's truth: recall, precision, unsure.

use std::collections::{BTreeMap, BTreeSet};

use crate::mir::Truth;
use crate::place::Place;

/// The kinds that MIR can tell, in the order of the table.
pub(crate) const KINDS: [&str; 17] = [
    "unwrap",
    "expect",
    "slice-index",
    "range-index",
    "str-index",
    "map-index",
    "integer-division",
    "integer-overflow",
    "refcell-borrow",
    "panicking-api",
    "pointer-cast",
    "int-to-pointer",
    "pointer-to-int",
    "fn-pointer-cast",
    "transmute",
    "from-raw-parts",
    "unchecked-call",
];

/// One entry of a tool's list.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) place: Place,
    /// The kinds that it can be: a clippy lint can stand for several.
    pub(crate) kinds: &'static [&'static str],
    pub(crate) says: Says,
}

/// What a tool says of a place that it lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// It can panic.
    Site,
    /// It cannot be told.
    Unsure,
    /// Something there rules the panic out.
    Discharged,
}

/// Counts of one kind or of several together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Score {
    /// The compiler's sites.
    pub(crate) sites: usize,
    /// Of those, listed by the tool, whatever its verdict.
    pub(crate) found: usize,
    /// Listed with certainty, on lines that the compiler compiled.
    pub(crate) listed: usize,
    /// Of those, known to the compiler.
    pub(crate) right: usize,
    /// Listed without certainty, on lines that the compiler compiled.
    pub(crate) unsure: usize,
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.sites += other.sites;
        self.found += other.found;
        self.listed += other.listed;
        self.right += other.right;
        self.unsure += other.unsure;
    }
}

impl Score {
    /// Found of the compiler's sites, in percent.
    pub(crate) fn recall(self) -> f64 {
        percent(self.found, self.sites)
    }

    /// Right of what is listed, in percent.
    pub(crate) fn precision(self) -> f64 {
        percent(self.right, self.listed)
    }

    /// Unsure of all that is listed, in percent.
    pub(crate) fn unsure(self) -> f64 {
        if self.unsure == 0 { 0.0 } else { percent(self.unsure, self.listed + self.unsure) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of sites are far below 2^52")]
fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 100.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// Indices are held together by their ends: the compiler's span can be the brackets alone.
fn key(place: &Place, kind: &str) -> (String, (u32, u32), (u32, u32)) {
    let start = if kind.ends_with("-index") { (0, 0) } else { place.start };
    (place.file.clone(), start, place.end)
}

/// What was not found, and what was listed without a site.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    pub(crate) missed: Vec<(Place, &'static str)>,
    pub(crate) wrong: Vec<(Place, &'static str)>,
}

/// Scores `list` against `truth`, by kind.
pub(crate) fn score(
    truth: &Truth,
    list: &[Listed],
    kinds: &[&'static str],
) -> (BTreeMap<&'static str, Score>, Differences) {
    let mut differences = Differences::default();
    let keys = |kind: &'static str, trivial: bool| -> BTreeSet<_> {
        let of = truth.sites.iter().filter(move |((_, it), is)| *it == kind && **is == trivial);
        of.map(|((place, _), _)| key(place, kind)).collect()
    };
    let mut scores: BTreeMap<&'static str, Score> = kinds.iter().map(|&kind| (kind, Score::default())).collect();
    let real: BTreeMap<&str, BTreeSet<_>> = kinds.iter().map(|&kind| (kind, keys(kind, false))).collect();
    let trivial: BTreeMap<&str, BTreeSet<_>> = kinds.iter().map(|&kind| (kind, keys(kind, true))).collect();
    for &kind in kinds {
        let mine: BTreeSet<_> =
            list.iter().filter(|it| it.kinds.contains(&kind)).map(|it| key(&it.place, kind)).collect();
        let score = scores.entry(kind).or_default();
        score.sites = real[kind].len();
        score.found = real[kind].intersection(&mine).count();
        let missing = truth.sites.keys().filter(|(place, it)| *it == kind && real[kind].contains(&key(place, kind)));
        differences.missed.extend(missing.filter(|(place, _)| !mine.contains(&key(place, kind))).cloned());
    }
    for listed in list {
        let Some(&first) = listed.kinds.iter().find(|kind| kinds.contains(kind)) else { continue };
        let compiled = truth.lines.get(&listed.place.file).is_some_and(|lines| lines.contains(&listed.place.start.0));
        let is_in = |sets: &BTreeMap<&str, BTreeSet<_>>| {
            listed
                .kinds
                .iter()
                .copied()
                .find(|kind| sets.get(kind).is_some_and(|set| set.contains(&key(&listed.place, kind))))
        };
        let known = is_in(&real);
        // The list of std's panicking functions in `callee` is a part of them: another call is not judged.
        let not_judged = first == "panicking-api" && truth.calls.contains(&listed.place);
        if !compiled || known.is_none() && (is_in(&trivial).is_some() || not_judged) {
            continue;
        }
        let score = scores.entry(known.unwrap_or(first)).or_default();
        match listed.says {
            Says::Unsure => score.unsure += 1,
            Says::Discharged => {}
            Says::Site => {
                score.listed += 1;
                score.right += usize::from(known.is_some());
                if known.is_none() {
                    differences.wrong.push((listed.place.clone(), first));
                }
            }
        }
    }
    (scores, differences)
}
