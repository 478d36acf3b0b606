//! `auditor ledger`: lists every unsafe operation and conversion between pointers, with what it asks and what is known of that.

use super::Outcome;
use super::args::LedgerArgs;
use super::choices::ColorWhen;
use super::input::{self, Ways};
use super::output::{Failure, deliver};
use crate::audit::{DependencyScope, Workers, ledger, scan_on, scanned};
use crate::catalog::{Overrides, Policy};

pub(super) fn run(args: &LedgerArgs, color: ColorWhen) -> Result<Outcome, Failure> {
    let overrides = Overrides { exclude: args.input.exclude.clone(), ..Overrides::default() };
    let policy: Policy = input::policy(&args.input, &overrides)?;
    let request = input::request(&args.input, &policy, DependencyScope::ALL)?;
    let workers = Workers::new(request.jobs)?;
    workers.run(|| {
        let program = scan_on(&workers, &request)?;
        let ways = Ways::to(&program.root);
        let document = ledger(&program, scanned(&program, &policy, ways.root()));
        deliver(&document, &args.input, &input::options(&args.input, color), color)?;
        if args.input.timings {
            input::timings(&program);
        }
        Ok(Outcome::Clean)
    })
}
