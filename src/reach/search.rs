//! The shortest ways through the graph, from one entry point or from several at once.

use std::collections::VecDeque;

use super::graph::{CallGraph, Way};
use super::{EntryKind, Link};

/// Which ways count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// All.
    All,
    /// Those that a panic comes back on: not into what is caught, nor into what others enter.
    Unwinding,
    /// All but into what is caught.
    Uncaught,
}

impl Follow {
    /// Returns what counts for code that is entered so.
    pub const fn of(kind: EntryKind) -> Self {
        if kind.is_unwound() {
            Self::Unwinding
        } else if matches!(kind, EntryKind::Handler | EntryKind::PanicFree) {
            Self::Uncaught
        } else {
            Self::All
        }
    }

    const fn takes(self, link: Link) -> bool {
        match self {
            Self::All => true,
            Self::Unwinding => !matches!(link, Link::Caught | Link::Entry(_)),
            Self::Uncaught => !matches!(link, Link::Caught),
        }
    }
}

/// A node that is not reached, or has nothing before it.
const NONE: u32 = u32::MAX;

/// What is reached from some nodes, and how.
#[derive(Debug)]
pub struct Search {
    /// By node: the node before it and the place of the way among that one's; the first ones have none before.
    before: Vec<(u32, u32)>,
    reached: Vec<bool>,
    /// The nodes in the order of their distance.
    pub order: Vec<u32>,
}

impl Search {
    /// Looks for all that is reached from `starts`. O(nodes + ways).
    pub fn from(graph: &CallGraph, starts: impl IntoIterator<Item = u32>, follow: Follow) -> Self {
        let count = graph.nodes.len();
        let mut search = Self { before: vec![(NONE, NONE); count], reached: vec![false; count], order: Vec::new() };
        let mut queue = VecDeque::new();
        for start in starts {
            if search.reach(start, (NONE, NONE)) {
                queue.push_back(start);
            }
        }
        while let Some(node) = queue.pop_front() {
            search.order.push(node);
            for (at, way) in (0..).zip(graph.ways(node)) {
                if follow.takes(way.link) && search.reach(way.to, (node, at)) {
                    queue.push_back(way.to);
                }
            }
        }
        search
    }

    /// Looks for all that is reached from the entry points of a kind.
    pub fn of_kind(graph: &CallGraph, kind: EntryKind) -> Self {
        let starts = graph.entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.node);
        Self::from(graph, starts, Follow::of(kind))
    }

    fn reach(&mut self, node: u32, by: (u32, u32)) -> bool {
        let Some(reached) = self.reached.get_mut(node as usize).filter(|reached| !**reached) else { return false };
        *reached = true;
        if let Some(before) = self.before.get_mut(node as usize) {
            *before = by;
        }
        true
    }

    /// Whether a node is reached.
    pub fn reaches(&self, node: u32) -> bool {
        self.reached.get(node as usize).copied().unwrap_or(false)
    }

    /// Returns the shortest way to a node: the first node, then each way with the node that it starts from. `None` for one that
    /// is not reached.
    pub fn path(&self, graph: &CallGraph, node: u32) -> Option<(u32, Vec<(u32, Way)>)> {
        if !self.reaches(node) {
            return None;
        }
        let mut ways = Vec::new();
        let mut at = node;
        while let Some(&(before, way)) = self.before.get(at as usize).filter(|(before, _)| *before != NONE) {
            ways.extend(graph.ways(before).get(way as usize).map(|&way| (before, way)));
            at = before;
        }
        ways.reverse();
        Some((at, ways))
    }
}
