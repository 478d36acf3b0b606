//! The drill: runs programs that panic in every way, reads what came out, and writes it down as evidence.

pub mod child;
mod load;
