//! The arguments of `auditor fix` and `auditor waive`.

use clap::Args as ClapArgs;

use super::args::{InputArgs, OUTPUT, RuleArgs};
use super::examples::{FIX_EXAMPLES, WAIVE_EXAMPLES};

/// Arguments of `auditor fix`.
#[derive(ClapArgs, Debug)]
#[command(
    after_help = FIX_EXAMPLES,
    mut_arg("format", |arg| arg.hide(true)),
    mut_arg("output", |arg| arg.hide(true)),
    mut_arg("limit", |arg| arg.hide(true)),
    mut_arg("all", |arg| arg.hide(true)),
    mut_arg("sarif_profile", |arg| arg.hide(true)),
    mut_arg("stdin_filename", |arg| arg.hide(true)),
    mut_arg("timings", |arg| arg.hide(true))
)]
pub(super) struct FixArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,

    #[command(flatten)]
    pub(super) rules: RuleArgs,

    /// Apply fixes too that change what happens where nothing could be returned before: an index out of bounds is `None`.
    #[arg(long, help_heading = OUTPUT)]
    pub(super) unsafe_fixes: bool,

    #[command(flatten)]
    pub(super) write: WriteArgs,
}

/// Arguments of `auditor waive`.
#[derive(ClapArgs, Debug)]
#[command(
    after_help = WAIVE_EXAMPLES,
    mut_arg("format", |arg| arg.hide(true)),
    mut_arg("output", |arg| arg.hide(true)),
    mut_arg("limit", |arg| arg.hide(true)),
    mut_arg("all", |arg| arg.hide(true)),
    mut_arg("sarif_profile", |arg| arg.hide(true)),
    mut_arg("stdin_filename", |arg| arg.hide(true)),
    mut_arg("timings", |arg| arg.hide(true))
)]
pub(super) struct WaiveArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,

    /// The rules or packs whose findings are waived; can be given more than once.
    #[arg(long, required = true, value_name = "RULE", value_delimiter = ',')]
    pub(super) rule: Vec<String>,

    /// Why they are in order: it is written behind each waiver.
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,

    #[command(flatten)]
    pub(super) write: WriteArgs,
}

/// How files are changed.
#[derive(ClapArgs, Debug)]
pub(super) struct WriteArgs {
    /// Print a patch and change nothing; exits with 1 where there is something to change.
    #[arg(long, conflicts_with = "dry_run", help_heading = OUTPUT)]
    pub(super) diff: bool,

    /// Name the files that would change and change nothing.
    #[arg(long, help_heading = OUTPUT)]
    pub(super) dry_run: bool,

    /// Change files too that differ from git's HEAD, or lie in no git repository.
    #[arg(long, help_heading = OUTPUT)]
    pub(super) allow_dirty: bool,
}
