//! Waivers that a change adds: shown, so that a change is not judged by what it says of itself alone.

use std::collections::BTreeMap;

use super::accepted::Key;
use crate::finding::{Finding, Status};
use crate::source::SourceFile;

/// How many waived findings of each key a scan has.
pub type Waived = BTreeMap<Key, u32>;

/// Counts the waived ones among `findings` of `files`.
pub fn waived(findings: &[Finding], files: &[SourceFile]) -> Waived {
    let mut counts = Waived::new();
    for (_, key) in each(findings, files) {
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}

/// Returns the places among `findings` of the waived ones that are more than `before` has; of equal ones the last.
pub fn added_waivers(before: &Waived, findings: &[Finding], files: &[SourceFile]) -> Vec<usize> {
    let mut left = before.clone();
    let mut added = Vec::new();
    for (at, key) in each(findings, files) {
        match left.get_mut(&key).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => added.push(at),
        }
    }
    added
}

fn each(findings: &[Finding], files: &[SourceFile]) -> impl Iterator<Item = (usize, Key)> {
    let waived = findings.iter().enumerate().filter(|(_, one)| matches!(one.status, Status::Waived { .. }));
    waived.filter_map(|(at, one)| Some((at, Key::of(one, files.get(one.site.span.file.0 as usize)?))))
}
