//! The arguments of `auditor surface`. Help texts live here; what they do lives with the command.

use clap::Args as ClapArgs;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::args::{InputArgs, OUTPUT};
use crate::report::{DOT, FORMATS, Format, TEXT};

const REACH: &str = "Who gets there";

/// Arguments of `auditor surface`.
#[derive(ClapArgs, Debug)]
#[command(mut_arg("format", |arg| arg.value_parser(formats())))]
pub(super) struct SurfaceArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,

    /// Print no sites but how much was understood of each package and in all: files, macro calls read, operands typed,
    /// calls resolved, sites that could not be decided, and what could not be known, such as dependencies without sources.
    #[arg(long, help_heading = OUTPUT)]
    pub(super) stats: bool,

    /// By entry point (handlers, main, threads, drops, exports, public functions, …): the open panic sites that it reaches,
    /// each with the shortest way there, and where sight ends.
    #[arg(long, help_heading = REACH)]
    pub(super) entries: bool,

    /// Of these entry points only: those whose path ends with PATH, such as `app::record`.
    #[arg(long, value_name = "PATH", value_delimiter = ',', help_heading = REACH)]
    pub(super) entry: Vec<String>,

    /// By crate of the lock file whose sources are on disk: how many open panic sites your code's calls can reach in it, and on
    /// which ways. The crates are scanned too, so this takes longer.
    #[arg(long, conflicts_with_all = ["entry", "why"], help_heading = REACH)]
    pub(super) dependencies: bool,

    /// Which entry points reach the panic sites on a line, and how.
    #[arg(long, value_name = "FILE:LINE", help_heading = REACH)]
    pub(super) why: Option<String>,
}

impl SurfaceArgs {
    /// Whether it is asked who gets to the sites.
    pub(super) fn asks_reach(&self) -> bool {
        self.entries
            || self.dependencies
            || self.why.is_some()
            || !self.entry.is_empty()
            || self.input.format.name == DOT.name
    }
}

/// The formats of every document, and graphs.
fn formats() -> impl TypedValueParser<Value = &'static Format> {
    let all = || FORMATS.iter().chain([&DOT]);
    let values = all().map(|format| PossibleValue::new(format.name).help(format.about));
    let parser = PossibleValuesParser::new(values.collect::<Vec<_>>());
    parser.map(move |name| all().find(|format| format.name == name).copied().unwrap_or(TEXT))
}
