//! The integration tests, one crate: catalogue, configuration, triage, reports, command line.

mod catalog;
mod cli;
mod config;
mod fixtures;
mod golden;
mod reports;
mod sample;
mod triage;
