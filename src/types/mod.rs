//! What the program means: names across files and crates, types of expressions, layouts, the index of std and dependencies.

pub mod bounds;
pub mod callee;
mod candidates;
mod common_types;
mod const_paths;
pub mod consts;
pub mod declaration_summary;
pub mod declared_types;
mod encode;
pub mod flags;
mod impl_header;
pub mod index;
pub mod infer;
mod interner;
pub mod lang;
pub mod layout;
pub mod list;
pub mod lower_ty;
mod multimap;
pub mod names;
pub mod signatures;
pub mod stdlib;
pub mod subst;
pub mod traits;
pub mod ty;
pub mod typed_body;
pub mod world;
