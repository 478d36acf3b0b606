//! Puts together what each file says that it calls.

use rustc_hash::FxHashMap;

use super::EntryKind;
use super::graph::{CallGraph, Entry, Node, UnseenEdge, Way};
use crate::finding::Site;
use crate::flow::calls::{CodeKey, FileCalls};
use crate::source::{FileId, Span};

/// What one file says.
#[derive(Debug, Default)]
pub struct FileReach {
    /// What its code calls.
    pub calls: FileCalls,
    /// Where its code reports sites: the place, and the code by its place in `calls`.
    pub sites: Vec<(Span, u32)>,
}

/// Makes the graph of all files; `sites` are those of the program, sorted by span; of some files all functions promise to have no
/// panic in reach. O(n log n) of what the files say.
pub fn build(files: Vec<FileReach>, sites: &[Site], is_panic_free: impl Fn(FileId) -> bool) -> CallGraph {
    let mut graph = CallGraph::default();
    let mut nodes: FxHashMap<CodeKey, u32> = FxHashMap::default();
    let mut firsts = Vec::with_capacity(files.len());
    for file in &files {
        firsts.push(graph.nodes.len() as u32);
        for code in &file.calls.codes {
            let node = graph.nodes.len() as u32;
            nodes.insert(code.key, node);
            if is_panic_free(code.at.file) {
                graph.entries.push(Entry { kind: EntryKind::PanicFree, node });
            }
            graph.entries.extend(code.entries.iter().map(|&kind| Entry { kind, node }));
            let (path, context) = (code.path.clone(), code.context.clone());
            graph.nodes.push(Node { path, at: code.at, context, returns_result: code.returns_result });
        }
    }
    let mut ways: Vec<(u32, Way)> = Vec::new();
    for (file, &first) in files.into_iter().zip(&firsts) {
        let FileReach { calls, sites: reported } = file;
        for link in calls.links {
            if let Some(&to) = nodes.get(&link.to) {
                ways.push((first + link.from, Way { to, link: link.link, at: link.at }));
            }
        }
        let entered = calls.entered.iter().filter_map(|(key, kind)| Some((*nodes.get(key)?, *kind)));
        graph.entries.extend(entered.map(|(node, kind)| Entry { kind, node }));
        graph.unseen.extend(calls.unseen.into_iter().map(|edge| UnseenEdge {
            node: first + edge.from,
            why: edge.why,
            name: edge.name.as_str(),
            at: edge.at,
        }));
        for (span, code) in reported {
            let from = sites.partition_point(|site| site.span < span);
            let here = sites.get(from..).unwrap_or(&[]).iter().take_while(|site| site.span == span);
            graph.sites.extend((from as u32..).zip(here).map(|(at, _)| (first + code, at)));
        }
    }
    settle(&mut graph, ways);
    graph
}

/// Puts all lists in order.
fn settle(graph: &mut CallGraph, mut ways: Vec<(u32, Way)>) {
    ways.sort_unstable();
    let mut from = 0;
    for node in 0..graph.nodes.len() as u32 {
        graph.starts.push(from as u32);
        let count = ways.get(from..).unwrap_or(&[]).iter().take_while(|(of, _)| *of == node).count();
        from += count;
    }
    graph.ways = ways.into_iter().map(|(_, way)| way).collect();
    // Who enters a test's own closures is the test.
    let is_product = |node: &Node| !node.context.iter().any(|word| NOT_PRODUCT.contains(word));
    let nodes = &graph.nodes;
    graph.entries.retain(|entry| nodes.get(entry.node as usize).is_some_and(is_product));
    graph.entries.sort_unstable();
    graph.entries.dedup();
    graph.unseen.sort_unstable();
    graph.sites.sort_unstable();
    graph.sites.dedup();
}

/// Contexts of code that no user of the product enters.
const NOT_PRODUCT: [&str; 5] = ["test", "bench", "example", "build-script", "verification"];
