//! The drill: runs programs that panic in every way, reads what came out, and writes it down as evidence.
//!
//! `child` is what those programs do; `case` runs one and reads what it left; `facts` decides; `evidence` is the shape of
//! the result, whose schema is `schema/evidence.v1.json`. `child` uses none of the rest: it is built without it, too.
#![cfg(unix)]

pub mod child;

#[cfg(feature = "evidence")]
pub mod case;
#[cfg(feature = "evidence")]
pub mod evidence;
#[cfg(feature = "evidence")]
mod facts;
#[cfg(feature = "evidence")]
mod machine;
#[cfg(feature = "evidence")]
pub mod plan;
mod proof;
#[cfg(feature = "evidence")]
mod run;
#[cfg(feature = "evidence")]
mod summary;

#[cfg(feature = "evidence")]
pub use case::HookVariant;
#[cfg(feature = "evidence")]
pub use evidence::Evidence;
#[cfg(feature = "evidence")]
pub use plan::Plan;
#[cfg(feature = "evidence")]
pub use summary::summary;
