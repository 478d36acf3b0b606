//! The arguments as people type them. Help texts live here; what they do lives with the commands.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

use super::choices::{ArtifactFormat, ColorWhen, DiffFormat, ProfileName, RulesFormat, SarifProfileName, ShowWhat};
use super::examples::{
    ARTIFACT_EXAMPLES, BASELINE_EXAMPLES, CHECKLIST_EXAMPLES, DIFF_EXAMPLES, EXAMPLES, SCAN_EXAMPLES,
};
use super::fix_args::{FixArgs, WaiveArgs};
use super::surface_args::SurfaceArgs;
use crate::catalog::FailOn;
use crate::finding::{Confidence, Severity};
use crate::report::Format;

pub(super) const OUTPUT: &str = "Output";
const RULES: &str = "Rules and gate";

/// Finds panic surfaces and unsafe pointer contract breaches in Rust sources, without compiling them.
#[derive(Parser, Debug)]
#[command(name = "auditor", bin_name = "auditor", version, after_help = EXAMPLES, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,

    /// When to colour; `NO_COLOR` and pipes turn them off.
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN")]
    pub(super) color: ColorWhen,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Scan sources and report findings.
    Scan(Box<ScanArgs>),
    /// List every site: what can panic, casts a pointer or is unsafe, decided or not.
    Surface(Box<SurfaceArgs>),
    /// List every unsafe operation and pointer conversion, with what it asks and what is known of that.
    Ledger(LedgerArgs),
    /// Hold a program against a checklist: which controls pass, and what decides each.
    Checklist(Box<ChecklistArgs>),
    /// List the checklists, or the controls of one with what decides each.
    Controls(ControlsArgs),
    /// List the panic locations that a compiled program still holds, and the sites of its sources that they are.
    Artifact(ArtifactArgs),
    /// List the rules.
    Rules(RulesArgs),
    /// Accept today's findings: write auditor-baseline.toml, so that `scan --baseline` fails on new ones only.
    Baseline(Box<BaselineArgs>),
    /// Change the sources: apply the fixes that findings have.
    Fix(Box<FixArgs>),
    /// Write waivers at findings, with the reason.
    Waive(Box<WaiveArgs>),
    /// Compare two reports: what is new, known, moved and gone.
    Diff(DiffArgs),
    /// Explain a rule, a pack or what is about a lint: why it matters, what to write instead.
    Explain(ExplainArgs),
    /// Write a commented `auditor.toml`.
    Init(InitArgs),
    /// Print a crate's declarations in the form in which the index of std is kept.
    Index(IndexArgs),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff.
    Man,
}

/// Which crate is indexed.
#[derive(ClapArgs, Debug)]
pub(super) struct IndexArgs {
    /// The crate's folder, with src/lib.rs in it; std's are below `$(rustc --print sysroot)/lib/rustlib/src/rust/library`.
    #[arg(value_name = "DIR")]
    pub(super) dir: PathBuf,

    /// Keep what any machine has, not only what 64-bit Linux on x86 has.
    #[arg(long)]
    pub(super) any_machine: bool,

    /// Where the sources come from, for the first line: "rust-src 1.95.0".
    #[arg(long, value_name = "TEXT")]
    pub(super) from: Option<String>,

    /// Write to a file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// What is scanned, and by which configuration.
#[derive(ClapArgs, Debug, Clone)]
pub(super) struct InputArgs {
    /// Files or folders, the current folder where none is given; `-` reads standard input.
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Leave out paths that match, relative to the scanned folder; can be given more than once.
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,

    /// The path that reports show for standard input; a file of that name lends it its package.
    #[arg(long, value_name = "NAME", default_value = "stdin.rs")]
    pub(super) stdin_filename: String,

    /// How many threads; by default one a core.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,

    /// Bits of a pointer on the machine that the code is meant for: 64 or 32. Sizes of types and widths of `usize` follow.
    #[arg(long, value_name = "BITS", default_value = "64", hide_default_value = true, value_parser = ["64", "32"])]
    pub(super) target_pointer_width: String,

    /// The configuration; without it the nearest auditor.toml at or above the first PATH.
    #[arg(long, value_name = "FILE", conflicts_with = "isolated", help_heading = "Configuration")]
    pub(super) config: Option<PathBuf>,

    /// Read no configuration.
    #[arg(long, alias = "no-config", help_heading = "Configuration")]
    pub(super) isolated: bool,

    /// Say on standard error which configuration files are in use.
    #[arg(long, short, help_heading = "Configuration")]
    pub(super) verbose: bool,

    /// How the report looks.
    #[arg(long, short, value_enum, default_value = "text", help_heading = OUTPUT)]
    pub(super) format: &'static Format,

    /// Write to FILE instead of standard output.
    #[arg(long, short, value_name = "FILE", help_heading = OUTPUT)]
    pub(super) output: Option<PathBuf>,

    /// List no more than the N worst; `text` lists 50 where nothing is said.
    #[arg(long, value_name = "N", help_heading = OUTPUT)]
    pub(super) limit: Option<usize>,

    /// List all of them.
    #[arg(long, conflicts_with = "limit", help_heading = OUTPUT)]
    pub(super) all: bool,

    /// For whom SARIF is written: `full`, or `github` for only what counts (it shows waived results as open alerts), at most
    /// the 25,000 results that it takes, with paths from the repository's root.
    #[arg(long, value_enum, default_value = "full", hide_possible_values = true, value_name = "WHAT", help_heading = OUTPUT)]
    pub(super) sarif_profile: SarifProfileName,

    /// Print how long each stage took, on standard error.
    #[arg(long, help_heading = OUTPUT)]
    pub(super) timings: bool,
}

/// Arguments of `auditor scan`.
#[derive(ClapArgs, Debug)]
#[command(after_help = SCAN_EXAMPLES)]
pub(super) struct ScanArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,

    #[command(flatten)]
    pub(super) rules: RuleArgs,

    /// Exit with 1 from this severity on: info, low, medium, high, critical or never [default: low].
    #[arg(long, value_name = "SEVERITY", help_heading = RULES)]
    pub(super) fail_on: Option<FailOn>,

    /// Fail on findings alone that the baseline does not have: FILE, or the nearest auditor-baseline.toml at or above PATH.
    #[arg(long, value_name = "FILE", num_args = 0..=1, help_heading = RULES)]
    #[expect(clippy::option_option, reason = "not given, given alone, given with a file")]
    pub(super) baseline: Option<Option<PathBuf>>,

    /// Fail on findings alone that are not in a git revision: a branch, tag or commit, `REF~2`, or `REF...` for where HEAD left
    /// REF. Its own auditor.toml decides, not the change's; waivers that the change adds are listed. No git is run.
    #[arg(long, value_name = "REF", conflicts_with = "baseline", help_heading = RULES)]
    pub(super) since: Option<String>,

    /// List these too, besides what counts.
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',', help_heading = OUTPUT)]
    pub(super) show: Vec<ShowWhat>,

    /// Print findings only, no summary.
    #[arg(long, short, help_heading = OUTPUT)]
    pub(super) quiet: bool,

    /// Print counts only, no findings.
    #[arg(long, conflicts_with = "quiet", help_heading = OUTPUT)]
    pub(super) statistics: bool,
}

/// Which rules are looked at, and in which code.
#[derive(ClapArgs, Debug)]
pub(super) struct RuleArgs {
    /// Do not exit with 2 where code that counts was not looked at, such as a file that does not parse.
    #[arg(long, help_heading = RULES)]
    pub(super) allow_gaps: bool,

    /// Look at these rules or packs only.
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = RULES)]
    pub(super) select: Vec<String>,

    /// Do not look at these rules or packs.
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = RULES)]
    pub(super) ignore: Vec<String>,

    /// Which rules to look at: `default`, or `strict` for inventories too.
    #[arg(long, value_enum, hide_possible_values = true, help_heading = RULES)]
    pub(super) profile: Option<ProfileName>,

    /// Findings that are not as bad do not count: they are listed by `--show ignored` alone.
    #[arg(long, value_enum, hide_possible_values = true, value_name = "SEVERITY", help_heading = RULES)]
    pub(super) min_severity: Option<Severity>,

    /// Findings of which the scan is not as sure do not count: low, medium or high. Sure is what goes wrong whenever it is
    /// reached, what the code itself says, and what stands in an entry point.
    #[arg(long, value_enum, hide_possible_values = true, value_name = "CONFIDENCE", help_heading = RULES)]
    pub(super) min_confidence: Option<Confidence>,

    /// Tests, benches, examples and build scripts count too.
    #[arg(long, visible_alias = "include-tests", help_heading = RULES)]
    pub(super) all_targets: bool,
}

/// Arguments of `auditor baseline`.
#[derive(ClapArgs, Debug)]
#[command(
    after_help = BASELINE_EXAMPLES,
    mut_arg("output", |arg| arg.help("Write to FILE instead of auditor-baseline.toml in the scanned folder"))
)]
pub(super) struct BaselineArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,

    #[command(flatten)]
    pub(super) rules: RuleArgs,

    /// Leave out what is gone, accept nothing new: exits with 1, and writes nothing, where there is a new finding.
    #[arg(long, help_heading = OUTPUT)]
    pub(super) shrink: bool,
}

/// Arguments of `auditor diff`.
#[derive(ClapArgs, Debug)]
#[command(after_help = DIFF_EXAMPLES)]
pub(super) struct DiffArgs {
    /// The older report: JSON, or SARIF of the auditor's.
    #[arg(value_name = "A")]
    pub(super) from: PathBuf,

    /// The newer one.
    #[arg(value_name = "B")]
    pub(super) to: PathBuf,

    /// How the difference looks.
    #[arg(long, short, value_enum, default_value_t, help_heading = OUTPUT)]
    pub(super) format: DiffFormat,

    /// Write to FILE instead of standard output.
    #[arg(long, short, value_name = "FILE", help_heading = OUTPUT)]
    pub(super) output: Option<PathBuf>,

    /// Exit with 1 where a new finding is of this severity or worse: info, low, medium, high, critical or never [default: low].
    #[arg(long, value_name = "SEVERITY", help_heading = RULES)]
    pub(super) fail_on: Option<FailOn>,
}

/// Arguments of `auditor ledger`.
#[derive(ClapArgs, Debug)]
pub(super) struct LedgerArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
}

/// Arguments of `auditor checklist`.
#[derive(ClapArgs, Debug)]
#[command(after_help = CHECKLIST_EXAMPLES)]
pub(super) struct ChecklistArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,

    /// The checklist: one that `auditor controls` lists, or a TOML file of your own [default: sig].
    #[arg(long, value_name = "PACK", help_heading = RULES)]
    pub(super) pack: Option<String>,

    /// What the runtime's drill, `cargo clippy --message-format=json`, `cargo deny --format json check` or Miri wrote, manifests: the content
    /// tells which; can be given more than once.
    #[arg(long, value_name = "FILE", help_heading = RULES)]
    pub(super) evidence: Vec<PathBuf>,

    /// Exit with 1 unless every control of the checklist that could be decided passed.
    #[arg(long, value_name = "PACK", help_heading = RULES)]
    pub(super) require: Option<String>,
}

/// Arguments of `auditor controls`.
#[derive(ClapArgs, Debug)]
pub(super) struct ControlsArgs {
    /// The checklist; all of them in short without it.
    #[arg(value_name = "PACK")]
    pub(super) pack: Option<String>,
}

/// Arguments of `auditor artifact`.
#[derive(ClapArgs, Debug)]
#[command(after_help = ARTIFACT_EXAMPLES)]
pub(super) struct ArtifactArgs {
    /// An executable, a shared or static library or an object: ELF, Mach-O or PE, stripped or not.
    #[arg(value_name = "BINARY")]
    pub(super) binary: PathBuf,

    /// The sources that it was built from, best the workspace's folder: they are scanned, and each location is held against their
    /// sites.
    #[arg(long, value_name = "FOLDER")]
    pub(super) source: Option<PathBuf>,

    /// How the list looks.
    #[arg(long, short, value_enum, default_value_t, help_heading = OUTPUT)]
    pub(super) format: ArtifactFormat,

    /// Write to FILE instead of standard output.
    #[arg(long, short, value_name = "FILE", help_heading = OUTPUT)]
    pub(super) output: Option<PathBuf>,
}

/// Arguments of `auditor rules`.
#[derive(ClapArgs, Debug)]
pub(super) struct RulesArgs {
    /// How the list looks.
    #[arg(long, short, value_enum, default_value_t)]
    pub(super) format: RulesFormat,
}

/// Arguments of `auditor explain`.
#[derive(ClapArgs, Debug)]
pub(super) struct ExplainArgs {
    /// A rule or a pack, as `auditor rules` lists them, or a lint such as `clippy::unwrap_used`; in any case.
    pub(super) rule: String,
}

/// Arguments of `auditor init`.
#[derive(ClapArgs, Debug)]
pub(super) struct InitArgs {
    /// The folder to write auditor.toml in.
    #[arg(default_value = ".", value_name = "FOLDER")]
    pub(super) folder: PathBuf,
}
