//! `cargo auditor`: the same as `auditor`. Nothing else lives here.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Cargo passes the name of the subcommand as the first argument.
    let name = std::ffi::OsStr::new("auditor");
    let args = std::env::args_os().enumerate().filter(|(at, arg)| *at != 1 || arg != name);
    auditor::cli::main(args.map(|(_, arg)| arg))
}
