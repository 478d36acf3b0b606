//! `auditor index`: prints the declarations of a crate, as the index of std is kept.

use super::Outcome;
use super::args::IndexArgs;
use super::ci_commands::Escape;
use super::output::{Failure, write_to};
use crate::program::index;

pub(super) fn run(args: &IndexArgs) -> Result<Outcome, Failure> {
    let text = index(&args.dir, args.any_machine)?;
    let missing = || Failure::Other(format!("{} has no src/lib.rs to index", args.dir.display()));
    let text = text.ok_or_else(missing)?;
    let name = args.dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let from = args.from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
    write_to(args.output.as_deref(), Escape::Text, |out| {
        writeln!(out, "// Index of {name}: its declarations, made by `auditor index`{from}. Not written by hand.")?;
        out.write_all(text.as_bytes())
    })?;
    Ok(Outcome::Clean)
}
