//! The program as written: items, bodies, macros expanded, cfgs, contexts. What names and expressions mean is `types/`'s.

mod attr;
pub mod cfg;
pub mod context;
pub mod expand;
pub mod hir;
pub mod item;
pub mod lower;
pub mod module_files;
pub mod name;
pub mod print;
pub mod store;
