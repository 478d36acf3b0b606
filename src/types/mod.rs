//! What the program means: names across files and crates, types of expressions, layouts, the index of std and dependencies.

pub mod bounds;
pub mod consts;
pub mod digest;
pub mod flags;
mod heads;
pub mod index;
pub mod infer;
pub mod lang;
pub mod layout;
pub mod list;
pub mod lower_ty;
mod many;
pub mod names;
mod pool;
pub mod signatures;
pub mod stdlib;
pub mod subst;
pub mod traits;
pub mod ty;
pub mod typed;
pub mod world;
