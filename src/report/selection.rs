//! Which entries a format lists, and in which order: the worst first, and no more than asked for.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::document::{Document, Key};
use super::options::Show;

/// The entries that are listed.
#[derive(Debug, Default)]
pub(super) struct Listed<'d> {
    /// Them, in order.
    pub(super) keys: Vec<Key<'d>>,
    /// The milder ones that are not.
    pub(super) left_out: Vec<Key<'d>>,
}

/// Returns the entries that `show` asks for: at most `limit` findings, the worst first, of equals the first in the code; then the
/// sites that are none. O(entries · log entries).
pub(super) fn worst_first(document: &dyn Document, show: Show, limit: Option<usize>) -> Listed<'_> {
    let (mut keys, others): (Vec<_>, Vec<_>) = document.keys(show).into_iter().partition(|key| key.severity.is_some());
    keys.sort_by_key(|key| (Reverse((key.severity, key.confidence)), key.at));
    let kept = limit.unwrap_or(usize::MAX);
    let left_out = keys.get(kept..).map(<[_]>::to_vec);
    keys.truncate(kept);
    keys.extend(others);
    Listed { keys, left_out: left_out.unwrap_or_default() }
}

/// Does the same in the order of files and positions.
pub(super) fn worst_in_order(document: &dyn Document, show: Show, limit: Option<usize>) -> Listed<'_> {
    let mut listed = worst_first(document, show, limit);
    listed.keys.sort_by_key(|key| key.at);
    listed
}

/// Puts `keys`, the worst first, together by package and file: of those the ones with the worst entry first.
pub(super) fn grouped<'d>(document: &dyn Document, keys: Vec<Key<'d>>) -> Vec<Key<'d>> {
    let files = document.scan().files;
    let package = |key: &Key<'_>| files.get(key.file.0 as usize).map_or("", |file| &*file.package);
    let (mut packages, mut ranks) = (HashMap::new(), HashMap::new());
    for (rank, key) in keys.iter().enumerate() {
        packages.entry(package(key)).or_insert(rank);
        ranks.entry(key.file).or_insert(rank);
    }
    let mut ranked: Vec<(usize, Key<'_>)> = keys.into_iter().enumerate().collect();
    ranked.sort_by_key(|(rank, key)| (packages.get(package(key)).copied(), ranks.get(&key.file).copied(), *rank));
    ranked.into_iter().map(|(_, key)| key).collect()
}
