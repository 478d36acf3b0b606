//! Reads packs of rules (embedded, and users' own) and configuration, and says what a run decides by.

mod builder;
mod config;
mod control;
mod cwe;
mod error;
mod file_policy;
mod gaps;
mod generated;
mod glob;
mod index;
mod judgement;
mod nested;
mod pack;
mod policy;
mod rule;

pub use config::{CONFIG_NAME, FailOn, Gate};
pub use control::{Control, ControlPack, ControlSource, Decider, Relation};
pub use cwe::cwe_name;
pub use error::CatalogError;
pub use file_policy::FilePolicy;
pub use glob::PathGlob;
pub use index::Catalog;
pub use pack::Pack;
pub use policy::{ConfigAt, Overrides, Policy, Setting};
pub use rule::{Precision, Profile, References, Rule};
