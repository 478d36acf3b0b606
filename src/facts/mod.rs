//! What is known of std and of well-known crates, as data: `rules/std/*.toml` and `rules/ecosystem/*.toml`, embedded and keyed by
//! crate and name. What it means for a program is decided where it is asked.

pub mod attributes;
pub mod auto_traits;
pub mod entries;
pub mod macros;
