//! What the program's own code reaches in the crates that it depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::SiteWay;
use crate::reach::{CallGraph, Follow, Search};
use crate::source::SourceFile;

/// What is reached of one dependency.
#[derive(Debug)]
pub struct DependencyReach {
    /// The package.
    pub package: Arc<str>,
    /// Its functions that other code calls, as far as that is reached.
    pub called: BTreeSet<u32>,
    /// Its open panic sites that are reached, in order.
    pub sites: Vec<SiteWay>,
}

/// Looks for what the entry points of the code outside `packages`, which are sorted, reach in these. O(nodes + ways).
pub(super) fn dependencies(
    graph: &CallGraph,
    files: &[SourceFile],
    shown: &[bool],
    packages: &[String],
) -> Vec<DependencyReach> {
    let package_of = |node: u32| {
        let at = graph.nodes.get(node as usize)?.at;
        Some(&files.get(at.file.0 as usize)?.package)
    };
    let is_foreign = |package: &str| packages.binary_search_by(|known| known.as_str().cmp(package)).is_ok();
    let own = graph.entries.iter().map(|entry| entry.node);
    let own = own.filter(|&node| package_of(node).is_some_and(|package| !is_foreign(package)));
    let search = Search::from(graph, own, Follow::All);
    let mut found: BTreeMap<Arc<str>, DependencyReach> = BTreeMap::new();
    let mut seen = vec![false; shown.len()];
    for &node in &search.order {
        let Some(package) = package_of(node) else { continue };
        for way in graph.ways(node) {
            let to = package_of(way.to).filter(|to| *to != package && is_foreign(to));
            if let Some(to) = to {
                entry(&mut found, to).called.insert(way.to);
            }
        }
        if !is_foreign(package) {
            continue;
        }
        for site in graph.sites_of(node) {
            let is_new = shown.get(site as usize).copied().unwrap_or(false)
                && seen.get_mut(site as usize).is_some_and(|seen| !std::mem::replace(seen, true));
            if is_new && let Some((start, ways)) = search.path(graph, node) {
                entry(&mut found, package).sites.push(SiteWay { site, node, start, ways });
            }
        }
    }
    let mut found: Vec<DependencyReach> = found.into_values().collect();
    for one in &mut found {
        one.sites.sort_by_key(|way| way.site);
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.sites.len()));
    found
}

fn entry<'f>(found: &'f mut BTreeMap<Arc<str>, DependencyReach>, package: &Arc<str>) -> &'f mut DependencyReach {
    found.entry(Arc::clone(package)).or_insert_with(|| DependencyReach {
        package: Arc::clone(package),
        called: BTreeSet::new(),
        sites: Vec::new(),
    })
}
