//! `auditor completions SHELL` and `auditor man`: both are generated from the arguments.

use clap::CommandFactory;

use super::Outcome;
use super::args::Args;
use super::output::{Failure, write_to};

pub(super) fn completions(shell: clap_complete::Shell) -> Result<Outcome, Failure> {
    // Generated into memory: the generator panics where a closed pipe is an error.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "auditor", &mut script);
    write_to(None, |out| out.write_all(&script))?;
    Ok(Outcome::Clean)
}

pub(super) fn man() -> Result<Outcome, Failure> {
    let command = Args::command();
    write_to(None, |out| {
        clap_mangen::Man::new(command.clone()).render(out)?;
        for subcommand in command.get_subcommands() {
            let name = format!("auditor-{}", subcommand.get_name());
            clap_mangen::Man::new(subcommand.clone().name(name)).render(out)?;
        }
        Ok(())
    })?;
    Ok(Outcome::Clean)
}
