//! `auditor surface`: lists every site, decided or not.

use super::Outcome;
use super::args::{ListFormat, SurfaceArgs};
use super::input;
use super::output::{Failure, write_to};
use crate::audit::look;
use crate::catalog::Overrides;
use crate::report::{surface_json, surface_text};

pub(super) fn run(args: &SurfaceArgs) -> Result<Outcome, Failure> {
    let overrides = Overrides { exclude: args.input.exclude.clone(), ..Overrides::default() };
    let policy = input::policy(&args.input, &overrides)?;
    let program = look(&input::look(&args.input, &policy)?)?;
    write_to(args.input.output.as_deref(), |out| match args.format {
        ListFormat::Json => surface_json(&program.files, &program.sites, &program.gaps, &program.coverage, out),
        ListFormat::Text => surface_text(&program.files, &program.sites, &program.gaps, out),
    })?;
    if args.input.timings {
        input::timings(&program);
    }
    Ok(Outcome::Clean)
}
