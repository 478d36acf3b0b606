//! The reach of a surface, as its JSON has it.

use serde::Serialize;

use super::{DependencyReach, ReachView, SiteWay, unseen_word};
use crate::reach::Link;
use crate::report::positions::Positions;
use crate::source::Span;

/// `reach` of `auditor/surface/v1`.
#[derive(Serialize)]
pub(in crate::report) struct ReachJson<'a> {
    functions: usize,
    calls: usize,
    entries: Vec<EntryJson<'a>>,
    unreached: &'a [u32],
    #[serde(skip_serializing_if = "Option::is_none")]
    dependencies: Option<Vec<DependencyJson<'a>>>,
}

/// What is reached of one dependency.
#[derive(Serialize)]
struct DependencyJson<'a> {
    package: &'a str,
    called: Vec<&'a str>,
    sites: Vec<WayJson<'a>>,
}

#[derive(Serialize)]
struct EntryJson<'a> {
    kind: &'static str,
    function: &'a str,
    #[serde(flatten)]
    at: PlaceJson<'a>,
    sites: Vec<WayJson<'a>>,
    unseen: Vec<UnseenJson>,
}

/// The way to a site, which is told by its place among the document's.
#[derive(Serialize)]
struct WayJson<'a> {
    site: u32,
    path: Vec<StepJson<'a>>,
}

#[derive(Serialize)]
struct StepJson<'a> {
    function: &'a str,
    link: &'static str,
    #[serde(flatten)]
    at: PlaceJson<'a>,
}

#[derive(Serialize)]
struct PlaceJson<'a> {
    file: &'a str,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct UnseenJson {
    why: &'static str,
    name: &'static str,
    count: u32,
}

impl<'a> ReachJson<'a> {
    pub(in crate::report) fn new(view: &'a ReachView<'a>, positions: &mut Positions<'a>) -> Self {
        let entries = view.entries.iter().map(|entry| {
            let node = view.graph.nodes.get(entry.entry.node as usize);
            EntryJson {
                kind: entry.entry.kind.as_str(),
                function: node.map_or("", |node| &node.path),
                at: place(node.map_or_else(Span::default, |node| node.at), positions),
                sites: entry.sites.iter().map(|way| way_json(view, way, positions)).collect(),
                unseen: entry
                    .unseen
                    .iter()
                    .map(|(&(why, name), &count)| UnseenJson { why: unseen_word(why), name, count })
                    .collect(),
            }
        });
        let entries = entries.collect();
        let (functions, calls) = (view.graph.nodes.len(), view.graph.ways_count());
        let path = |&node: &u32| view.graph.nodes.get(node as usize).map(|node| &*node.path);
        let dependencies = view.dependencies.as_ref().map(|found| {
            let one = |one: &'a DependencyReach| DependencyJson {
                package: &one.package,
                called: one.called.iter().filter_map(path).collect(),
                sites: one.sites.iter().map(|way| way_json(view, way, positions)).collect(),
            };
            found.iter().map(one).collect()
        });
        Self { functions, calls, entries, unreached: &view.unreached, dependencies }
    }
}

fn way_json<'a>(view: &'a ReachView<'a>, way: &SiteWay, positions: &mut Positions<'a>) -> WayJson<'a> {
    let step = |(_, step): &(u32, crate::reach::Way)| StepJson {
        function: view.graph.nodes.get(step.to as usize).map_or("", |node| &node.path),
        link: link_word(step.link),
        at: place(step.at, positions),
    };
    WayJson { site: way.site, path: way.ways.iter().map(step).collect() }
}

fn place<'a>(span: Span, positions: &mut Positions<'a>) -> PlaceJson<'a> {
    let place = positions.of(span);
    PlaceJson { file: place.path, line: place.start.line, column: place.start.column }
}

const fn link_word(link: Link) -> &'static str {
    match link {
        Link::Call => "call",
        Link::Dispatch => "dispatch",
        Link::Implicit => "implicit",
        Link::Value => "value",
        Link::Caught => "caught",
        Link::Entry(kind) => kind.as_str(),
    }
}
