//! Joins the call graph with the sites: from where each open one is reached, and on which way.

use std::sync::Arc;

use super::{PathTest, Program};
use crate::finding::{Hop, Reach, ReachPath, Site, Verdict};
use crate::reach::{CallGraph, EntryKind, FileReach, Link, Search, build};
use crate::source::FileId;

/// Entry points by which a site is told of where nothing more telling reaches it.
const PLAIN: [EntryKind; 5] =
    [EntryKind::Main, EntryKind::Thread, EntryKind::Task, EntryKind::StdCall, EntryKind::Public];

/// The context of what stands in a function that returns a Result.
const RESULT_FN: &str = "result-fn";

/// Makes the graph of what the files of `program` call, and tells each site how it is reached.
pub(super) fn settle(called: Vec<FileReach>, is_panic_free: Option<&PathTest>, program: &mut Program) {
    let files = &program.files;
    let is_zone = |file: FileId| {
        let path = files.get(file.0 as usize).map(|file| file.path.as_str());
        path.zip(is_panic_free).is_some_and(|(path, is_zone)| is_zone(path))
    };
    let graph = build(called, &program.sites, is_zone);
    annotate(&graph, &mut program.sites);
    program.reach = Some(graph);
}

/// Tells each open site how it is reached: by the contexts that raise its severity, else by the first kind of entry point.
fn annotate(graph: &CallGraph, sites: &mut [Site]) {
    let mut paths: Vec<Vec<ReachPath>> = vec![Vec::new(); sites.len()];
    for kind in EntryKind::ALL.into_iter().filter(|kind| kind.is_context()) {
        add(graph, kind, sites, &mut paths, false);
    }
    let mut in_result = vec![false; sites.len()];
    for &(node, site) in graph.sites() {
        let returns = graph.nodes.get(node as usize).is_some_and(|node| node.returns_result);
        if let Some(slot) = in_result.get_mut(site as usize) {
            *slot |= returns;
        }
    }
    for ((site, paths), in_result) in sites.iter_mut().zip(&paths).zip(in_result) {
        let is_new = |path: &&ReachPath| !site.context.contains(&path.entry);
        let is_open = matches!(site.verdict, Verdict::Always | Verdict::Possible);
        let result = (is_open && in_result).then_some(RESULT_FN);
        if result.is_some() || paths.iter().any(|path| is_new(&path)) {
            let words = paths.iter().filter(is_new).map(|path| path.entry).chain(result);
            let context: Arc<[&'static str]> = site.context.iter().copied().chain(words).collect();
            site.context = context;
        }
    }
    for kind in PLAIN {
        add(graph, kind, sites, &mut paths, true);
    }
    for (site, paths) in sites.iter_mut().zip(paths) {
        site.reach = Reach::new(paths);
    }
}

/// Adds the shortest ways from the entry points of a kind, to sites that have none yet if `only_new`.
fn add(graph: &CallGraph, kind: EntryKind, sites: &[Site], paths: &mut [Vec<ReachPath>], only_new: bool) {
    if !graph.entries.iter().any(|entry| entry.kind == kind) {
        return;
    }
    let search = Search::of_kind(graph, kind);
    for &(node, site) in graph.sites() {
        let at = site as usize;
        let is_open = sites.get(at).is_some_and(|site| matches!(site.verdict, Verdict::Always | Verdict::Possible));
        let Some(known) = paths.get_mut(at).filter(|_| is_open && search.reaches(node)) else { continue };
        // A site of a macro is in several functions: the first one tells.
        if known.iter().any(|path| path.entry == kind.as_str()) || (only_new && !known.is_empty()) {
            continue;
        }
        known.extend(path(graph, &search, kind, node));
    }
}

/// The shortest way from an entry point to a node.
fn path(graph: &CallGraph, search: &Search, kind: EntryKind, node: u32) -> Option<ReachPath> {
    let (first, ways) = search.path(graph, node)?;
    let mut hops = Vec::with_capacity(ways.len() + 1);
    let hop = |node: u32, from, how| {
        let node = graph.nodes.get(node as usize)?;
        Some(Hop { function: Arc::clone(&node.path), at: node.at, from, how })
    };
    hops.push(hop(first, None, "")?);
    for (_, way) in ways {
        hops.push(hop(way.to, Some(way.at), said(way.link))?);
    }
    Some(ReachPath { entry: kind.as_str(), hops })
}

/// What a link makes of the function that it leads to.
const fn said(link: Link) -> &'static str {
    match link {
        Link::Call => "called",
        Link::Dispatch => "called by way of its trait",
        Link::Implicit => "run by the language or by std",
        Link::Value => "handed on",
        Link::Caught => "run where its panics are caught",
        Link::Entry(_) => "given to those who enter there",
    }
}
