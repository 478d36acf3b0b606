//! The integration tests, one crate: catalogue, configuration, triage, reports, command line, syntax, hostile input,
//! this repository itself.

mod catalog;
mod cli;
mod config;
mod dogfood;
mod fixtures;
mod golden;
mod hostile;
mod random;
mod reports;
mod sample;
mod tree;
mod triage;
