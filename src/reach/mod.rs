//! Who can get to what: the call graph of the whole program (`graph.rs`), made of what each file says that it calls (`build.rs`),
//! and the shortest ways through it (`search.rs`). What a way means for an audit is not known here.

mod build;
mod graph;
mod search;

pub use crate::facts::entries::EntryKind;
pub use crate::flow::calls::{Link, Unseen};
pub use build::{FileReach, build};
pub use graph::{CallGraph, Entry, Node, UnseenEdge, Way};
pub use search::{Follow, Search};
