//! `auditor init`: writes a commented auditor.toml.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use super::Outcome;
use super::args::InitArgs;
use super::output::{Failure, note};
use crate::catalog::CONFIG_NAME;

/// Every key, at its default or commented out; a test reads it.
const TEMPLATE: &str = include_str!("auditor.template.toml");

pub(super) fn run(args: &InitArgs) -> Result<Outcome, Failure> {
    let path = args.folder.join(CONFIG_NAME);
    // `create_new` leaves no moment in which another's file could be overwritten.
    let written = OpenOptions::new().write(true).create_new(true).open(&path);
    match written.and_then(|mut file| file.write_all(TEMPLATE.as_bytes())) {
        Ok(()) => {
            note(&format!("wrote {}", path.display()));
            Ok(Outcome::Clean)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Failure::Other(format!("{} is there already; it was left alone", path.display())))
        }
        Err(source) => Err(Failure::Write { place: path.display().to_string(), source }),
    }
}
