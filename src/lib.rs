//! `paths → source → syntax → model → facts → types → flow → checks → sites → reach → triage → baseline → findings → report → exit code`
//!
//! The library behind the `auditor` command. Modules stand in the order of the flow; `audit` is the only place that names
//! every stage.

pub mod source;
pub mod syntax;

pub mod facts;
pub mod model;
pub mod types;

pub mod flow;

pub mod checks;

pub mod suggest;

pub mod reach;

pub mod program;

pub mod finding;

pub mod catalog;

pub mod triage;

pub mod artifact;

pub mod fix;

pub mod baseline;
pub mod checklist;

pub mod report;

pub mod audit;

pub mod cli;
