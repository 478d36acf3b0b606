//! The ways to the sites as a graph in the language of Graphviz.

use std::collections::BTreeSet;
use std::io;

use super::ReachView;
use crate::finding::Site;
use crate::reach::Link;
use crate::report::document::Scan;
use crate::report::positions::Positions;

/// Writes the ways that `view` shows as a directed graph: entry points, functions, sites. O(ways).
pub(in crate::report) fn reach_dot(
    view: &ReachView<'_>,
    sites: &[Site],
    scan: Scan<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut positions = Positions::new(scan.files);
    let (mut nodes, mut edges, mut ends) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut entered = BTreeSet::new();
    for entry in view.entries.iter().filter(|entry| !entry.sites.is_empty()) {
        nodes.insert(entry.entry.node);
        entered.insert((entry.entry.kind.as_str(), entry.entry.node));
        for way in &entry.sites {
            for &(from, step) in &way.ways {
                nodes.extend([from, step.to]);
                edges.insert((from, step.to, style(step.link)));
            }
            ends.insert((way.node, way.site));
        }
    }
    writeln!(out, "digraph reach {{\n  rankdir=LR;\n  node [shape=box, fontname=\"monospace\"];")?;
    for (kind, node) in entered {
        writeln!(out, "  \"{kind}\" [shape=oval];\n  \"{kind}\" -> n{node};")?;
    }
    for node in nodes {
        let path = view.graph.nodes.get(node as usize).map_or("", |node| &node.path);
        writeln!(out, "  n{node} [label=\"{}\"];", quoted(path))?;
    }
    for (from, to, style) in edges {
        writeln!(out, "  n{from} -> n{to}{style};")?;
    }
    for (node, at) in ends {
        let Some(site) = sites.get(at as usize) else { continue };
        let place = positions.of(site.span);
        let label = format!("{} {}:{}", site.rule, place.path, place.start.line);
        writeln!(out, "  s{at} [label=\"{}\", shape=note];\n  n{node} -> s{at};", quoted(&label))?;
    }
    writeln!(out, "}}")
}

const fn style(link: Link) -> &'static str {
    match link {
        Link::Call => "",
        Link::Dispatch => " [style=dashed]",
        Link::Implicit | Link::Value => " [style=dotted]",
        Link::Caught => " [style=dotted, color=gray]",
        Link::Entry(_) => " [style=bold]",
    }
}

fn quoted(text: &str) -> String {
    text.chars()
        .filter(|char| !char.is_control())
        .flat_map(|char| match char {
            '"' | '\\' => vec!['\\', char],
            char => vec![char],
        })
        .collect()
}
