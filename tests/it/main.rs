//! The integration tests, one crate: surroundings, catalogue, configuration, triage, reports, command line, syntax, layouts, hostile input,
//! this repository itself.

mod around;
mod artifact;
mod baseline;
mod bodies;
mod catalog;
mod checklist;
mod checklist_imports;
mod cli;
mod config;
mod diff;
mod dogfood;
mod editions;
mod fixtures;
mod formats;
mod gaps;
mod golden;
mod hostile;
mod layouts;
mod ledger;
mod levels;
mod macros;
mod random;
mod reach;
mod related;
mod reports;
mod roles;
mod sample;
mod since;
mod soundness;
mod stored;
mod tree;
mod triage;
mod typed;
mod unknown;
mod waivers;
