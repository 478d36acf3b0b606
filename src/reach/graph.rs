//! The call graph: pieces of code, the ways between them, entry points, ends of sight.

use std::sync::Arc;

use super::{EntryKind, Link, Unseen};
use crate::source::Span;

/// A function, closure, `async` block or static.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its path, such as `parse::header`.
    pub path: Arc<str>,
    /// What stands for it in the source.
    pub at: Span,
    /// Where it runs, as sites say it.
    pub context: Arc<[&'static str]>,
    /// Whether it is a function that returns a Result.
    pub returns_result: bool,
}

/// A way out of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// The node that it leads to.
    pub to: u32,
    /// How.
    pub link: Link,
    /// The expression.
    pub at: Span,
}

/// A node at which others enter the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// Who.
    pub kind: EntryKind,
    /// Where.
    pub node: u32,
}

/// A call of which it is not known what it runs, or not all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnseenEdge {
    /// The node that it is in.
    pub node: u32,
    /// Why.
    pub why: Unseen,
    /// What is called; empty where it has no name.
    pub name: &'static str,
    /// The expression.
    pub at: Span,
}

/// The call graph of a program.
#[derive(Debug, Default)]
pub struct CallGraph {
    /// The nodes, those of a file together.
    pub nodes: Vec<Node>,
    /// Where each node's ways begin in `ways`; the last ones end with them.
    pub(super) starts: Vec<u32>,
    pub(super) ways: Vec<Way>,
    /// Entry points, sorted by kind, then node.
    pub entries: Vec<Entry>,
    /// Ends of sight, sorted by node.
    pub unseen: Vec<UnseenEdge>,
    /// The sites by node: the node, and the site's place among all; sorted.
    pub(super) sites: Vec<(u32, u32)>,
}

impl CallGraph {
    /// Returns the ways out of a node.
    pub fn ways(&self, node: u32) -> &[Way] {
        let from = self.starts.get(node as usize).map_or(0, |&at| at as usize);
        let to = self.starts.get(node as usize + 1).map_or(self.ways.len(), |&at| at as usize);
        self.ways.get(from..to).unwrap_or(&[])
    }

    /// Returns how many ways there are.
    pub fn ways_count(&self) -> usize {
        self.ways.len()
    }

    /// Returns the sites in a node, by their place among all.
    pub fn sites_of(&self, node: u32) -> impl Iterator<Item = u32> {
        let from = self.sites.partition_point(|&(of, _)| of < node);
        let here = self.sites.get(from..).unwrap_or(&[]).iter();
        here.take_while(move |&&(of, _)| of == node).map(|&(_, site)| site)
    }

    /// Returns the nodes that hold a site: several where a macro makes it.
    pub fn nodes_of(&self, site: u32) -> impl Iterator<Item = u32> {
        self.sites.iter().filter(move |&&(_, at)| at == site).map(|&(node, _)| node)
    }

    /// Iterates over all nodes with a site each.
    pub fn sites(&self) -> &[(u32, u32)] {
        &self.sites
    }

    /// Returns the ends of sight in a node.
    pub fn unseen_of(&self, node: u32) -> &[UnseenEdge] {
        let from = self.unseen.partition_point(|edge| edge.node < node);
        let to = self.unseen.partition_point(|edge| edge.node <= node);
        self.unseen.get(from..to).unwrap_or(&[])
    }
}
