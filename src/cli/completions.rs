//! `auditor completions SHELL` and `auditor man`: both are generated from the arguments.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_mangen::Man;

use super::Outcome;
use super::args::Args;
use super::ci_commands::Escape;
use super::output::{Failure, write_to};

pub(super) fn completions(shell: clap_complete::Shell) -> Result<Outcome, Failure> {
    // Generated into memory: the generator panics where a closed pipe is an error.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "auditor", &mut script);
    write_to(None, Escape::Text, |out| out.write_all(&script))?;
    Ok(Outcome::Clean)
}

pub(super) fn man() -> Result<Outcome, Failure> {
    write_to(None, Escape::Text, page)?;
    Ok(Outcome::Clean)
}

/// One page for all commands: who installs it has one file to copy.
fn page(out: &mut dyn Write) -> io::Result<()> {
    let command = Args::command();
    let man = Man::new(command.clone());
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    for subcommand in command.get_subcommands() {
        let name = format!("auditor {}", subcommand.get_name());
        let sub = Man::new(subcommand.clone().bin_name(&name).display_name(&name));
        let mut section = Vec::new();
        sub.render_synopsis_section(&mut section)?;
        sub.render_description_section(&mut section)?;
        sub.render_options_section(&mut section)?;
        // Sections of a page of its own become parts of this one's section.
        let section = String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
        write!(out, ".SH {}\n{section}", name.to_uppercase())?;
    }
    man.render_extra_section(out)
}
