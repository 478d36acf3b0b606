//! Compiled programs: which panic locations the compiler and the linker left in them. Sources are not read here; `join` holds
//! what was found against the sites of a scan.

mod image;
mod join;
mod location;
mod origin;
mod program;

pub use join::{Join, NoSite, join};
pub use location::PanicLocation;
pub use origin::{Origin, origin};
pub use program::{Artifact, ArtifactError, PanicStrategy, read};
