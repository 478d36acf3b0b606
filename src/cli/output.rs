//! Where output goes, in which colours, and what is said when a command fails.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use super::args::InputArgs;
use super::choices::ColorWhen;
use super::ci_commands::{Escape, Escaped};
use super::output_file;
use crate::audit::{ArtifactError, ScanError};
use crate::baseline::{BaselineError, ReportError};
use crate::catalog::CatalogError;
use crate::report::{Document, Options, Parts, TEXT};
use crate::source::{RevisionError, clean};

/// Why a command could not do its job.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Configuration, packs or options say something wrong.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A baseline says something wrong.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// A report cannot be read.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A revision cannot be read.
    #[error("{0}")]
    Revision(#[from] RevisionError),
    /// What was to be scanned is not there.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// A compiled program could not be read.
    #[error("{path}: {source}")]
    Artifact {
        /// The path as given.
        path: String,
        /// What is wrong with it.
        source: ArtifactError,
    },
    /// Standard input could not be read.
    #[error("cannot read standard input: {0}")]
    Stdin(io::Error),
    /// Output could not be written.
    #[error("cannot write to {place}: {source}")]
    Write {
        /// `standard output`, or a path.
        place: String,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else that the message says wholly.
    #[error("{0}")]
    Other(String),
}

/// Runs `write` on the file at `path`, or on standard output; nothing of it reads as a command of a CI's runner, but for
/// `escape`. A reader that closes the pipe has seen enough: no failure.
pub(super) fn write_to(
    path: Option<&Path>,
    escape: Escape,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let place = path.map_or_else(|| "standard output".to_owned(), |path| path.display().to_string());
    let write = |out: &mut dyn Write| write(&mut Escaped::new(out, escape));
    let done = match path {
        Some(path) => output_file::write(path, |file| buffered(file, write)),
        None => match buffered(io::stdout().lock(), write) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done,
        },
    };
    done.map_err(|source| Failure::Write { place, source })
}

/// Writes `document` in the format that `input` asks for. Where it goes to a file, standard output still gets the summary,
/// unless only entries are wanted.
pub(super) fn deliver(
    document: &dyn Document,
    input: &InputArgs,
    options: &Options,
    color: ColorWhen,
) -> Result<(), Failure> {
    let escape = Escape::within(input.format.name);
    write_to(input.output.as_deref(), escape, |out| input.format.render(document, options, out))?;
    if input.output.is_none() || options.parts == Parts::Entries {
        return Ok(());
    }
    let summary = Options { parts: Parts::Summary, color: colored(color, None), ..*options };
    write_to(None, Escape::Text, |out| TEXT.render(document, &summary, out))
}

fn buffered(to: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, to);
    write(&mut out)?;
    out.flush()
}

/// Tells whether to colour what goes to the file at `path`, or to standard output.
pub(super) fn colored(when: ColorWhen, path: Option<&PathBuf>) -> bool {
    allowed(when, path.is_none() && io::stdout().is_terminal())
}

fn allowed(when: ColorWhen, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// Writes one line on standard error; one that nobody reads is lost.
pub(super) fn note(line: &str) {
    let _unread = writeln!(Escaped::new(&mut io::stderr().lock(), Escape::Text), "{line}");
}

/// Says on standard error why the job could not be done; returns exit code 2.
pub(super) fn report_failure(failure: &Failure, color: ColorWhen) -> ExitCode {
    let color = allowed(color, io::stderr().is_terminal());
    let text = match failure {
        Failure::Catalog(error) => graphical(error, color),
        _ => None,
    };
    note(text.unwrap_or_else(|| clean(&format!("auditor: error: {failure}")).into_owned()).trim_end());
    ExitCode::from(2)
}

fn graphical(error: &dyn Diagnostic, color: bool) -> Option<String> {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100);
    let mut page = String::from("auditor: error\n");
    handler.render_report(&mut page, error).ok()?;
    Some(page)
}
