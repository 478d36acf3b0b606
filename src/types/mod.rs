//! What the program means: names across files and crates, types of expressions, layouts, the index of std and dependencies.

pub mod ty;
pub mod typed;
