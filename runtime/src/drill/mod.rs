//! The drill: runs programs that panic in every way, reads what came out, and writes it down as evidence.
//!
//! `child` is what those programs do; `case` runs one and reads what it left; `facts` decides; `evidence` is the shape of
//! the result, whose schema is `schema/evidence.v1.json`.

#[cfg(canary)]
mod canary;
#[cfg(feature = "testing")]
pub mod case;
mod chaos;
pub mod child;
#[cfg(feature = "testing")]
pub mod evidence;
#[cfg(feature = "testing")]
mod facts;
mod load;
#[cfg(feature = "testing")]
mod machine;
#[cfg(feature = "testing")]
pub mod plan;
#[cfg(feature = "testing")]
mod summary;

#[cfg(feature = "testing")]
pub use evidence::Evidence;
#[cfg(feature = "testing")]
pub use plan::{HookVariant, Plan};
#[cfg(feature = "testing")]
pub use summary::summary;
