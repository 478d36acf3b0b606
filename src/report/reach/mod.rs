//! Who can get to the sites: by entry point, with the shortest way to each. Text for people, JSON as a part of
//! `auditor/surface/v1`, a graph for Graphviz.

mod dependencies;
mod dot;
mod json;
mod text;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::catalog::Policy;
use crate::finding::{Site, Verdict};
use crate::reach::{CallGraph, Entry, Follow, Search, Unseen, Way};
use crate::source::{FileId, SourceFile};

pub use dependencies::DependencyReach;
pub(super) use dot::reach_dot;
pub(super) use json::ReachJson;
pub(super) use text::reach_text;

/// What of the graph is shown.
#[derive(Debug, Clone, Default)]
pub struct ReachFilter {
    /// Entry points whose path ends with one of these names; all where empty.
    pub entries: Vec<String>,
    /// Sites in this file on this line alone.
    pub place: Option<(FileId, u32)>,
    /// The packages, sorted, of which it is asked what the others reach in them; by entry point where absent.
    pub dependencies: Option<Vec<String>>,
}

/// A way to a site.
#[derive(Debug)]
pub struct SiteWay {
    /// The site, by its place among all.
    pub site: u32,
    /// The node that holds it.
    pub node: u32,
    /// The entry point.
    pub start: u32,
    /// The ways that lead there, each with the node that it starts from; none where the entry point holds the site.
    pub ways: Vec<(u32, Way)>,
}

/// What an entry point reaches.
#[derive(Debug)]
pub struct EntryReach {
    /// The entry point.
    pub entry: Entry,
    /// The open sites, in order.
    pub sites: Vec<SiteWay>,
    /// Where sight ends: why, and what is called, with how often.
    pub unseen: BTreeMap<(Unseen, &'static str), u32>,
}

/// The graph of a program as it is shown.
#[derive(Debug)]
pub struct ReachView<'a> {
    /// The graph.
    pub graph: &'a CallGraph,
    /// The entry points that are shown.
    pub entries: Vec<EntryReach>,
    /// The open sites that nothing shown reaches.
    pub unreached: Vec<u32>,
    /// What is reached in other packages, where that is what was asked.
    pub dependencies: Option<Vec<DependencyReach>>,
}

impl<'a> ReachView<'a> {
    /// Looks for the ways from each entry point to the open panic sites. O(entry points · (nodes + ways)), on all threads.
    pub fn new(
        graph: &'a CallGraph,
        sites: &[Site],
        files: &[SourceFile],
        (policy, filter): (&Policy, &ReachFilter),
    ) -> Self {
        let shown: Vec<bool> = sites.iter().map(|site| is_shown(site, files, policy, filter)).collect();
        if let Some(packages) = &filter.dependencies {
            let dependencies = Some(dependencies::dependencies(graph, files, &shown, packages));
            return Self { graph, entries: Vec::new(), unreached: Vec::new(), dependencies };
        }
        let is_asked = |entry: &&Entry| {
            let path = graph.nodes.get(entry.node as usize).map_or("", |node| &*node.path);
            filter.entries.is_empty() || filter.entries.iter().any(|asked| ends_with(path, asked))
        };
        let asked: Vec<Entry> = graph.entries.iter().filter(is_asked).copied().collect();
        let entries: Vec<EntryReach> = asked
            .into_par_iter()
            .map(|entry| reached(graph, &shown, entry))
            .filter(|it| !it.is_silent(filter))
            .collect();
        let mut seen = vec![false; sites.len()];
        for way in entries.iter().flat_map(|entry| &entry.sites) {
            if let Some(seen) = seen.get_mut(way.site as usize) {
                *seen = true;
            }
        }
        let open = (0..).zip(shown.iter().zip(&seen)).filter(|(_, (shown, seen))| **shown && !**seen);
        let unreached = open.map(|(at, _)| at).collect();
        Self { graph, entries, unreached, dependencies: None }
    }
}

impl EntryReach {
    /// Whether there is nothing to show of it where single places are asked for.
    fn is_silent(&self, filter: &ReachFilter) -> bool {
        self.sites.is_empty() && filter.entries.is_empty()
    }
}

/// Whether a site is open, can panic, and is asked for.
fn is_shown(site: &Site, files: &[SourceFile], policy: &Policy, filter: &ReachFilter) -> bool {
    let can_panic = || policy.catalog.rule(site.kind.as_str()).is_some_and(|rule| &*rule.pack == "panic");
    let is_asked = || match filter.place {
        Some((file, line)) => {
            let lines = files.get(site.span.file.0 as usize).map(|file| &file.lines);
            let on =
                lines.is_some_and(|lines| (lines.line(site.span.start)..=lines.line(site.span.end)).contains(&line));
            site.span.file == file && on
        }
        None => policy.gate().excludes(&site.context).is_none(),
    };
    matches!(site.verdict, Verdict::Always | Verdict::Possible) && is_asked() && can_panic()
}

/// Whether a path ends with the names that were asked for.
fn ends_with(path: &str, asked: &str) -> bool {
    path.strip_suffix(asked).is_some_and(|before| before.is_empty() || before.ends_with("::"))
}

fn reached(graph: &CallGraph, shown: &[bool], entry: Entry) -> EntryReach {
    let search = Search::from(graph, [entry.node], Follow::of(entry.kind));
    let mut sites: Vec<SiteWay> = Vec::new();
    let mut unseen = BTreeMap::new();
    for &node in &search.order {
        for site in graph.sites_of(node).filter(|&site| shown.get(site as usize).copied().unwrap_or(false)) {
            // Of several functions that a macro puts a site in, the nearest one.
            if sites.iter().all(|known| known.site != site)
                && let Some((start, ways)) = search.path(graph, node)
            {
                sites.push(SiteWay { site, node, start, ways });
            }
        }
        for edge in graph.unseen_of(node) {
            *unseen.entry((edge.why, edge.name)).or_insert(0) += 1;
        }
    }
    sites.sort_by_key(|way| way.site);
    EntryReach { entry, sites, unseen }
}

/// Says why sight ends.
const fn unseen_word(why: Unseen) -> &'static str {
    match why {
        Unseen::Pointer => "function-pointer",
        Unseen::Callback => "callback",
        Unseen::Dyn => "trait-object",
        Unseen::Bound => "generic-bound",
        Unseen::Foreign => "foreign-code",
        Unseen::Unresolved => "not-resolved",
        Unseen::Macro => "macro-not-expanded",
    }
}
