//! The `auditor` binary: parses arguments, runs, exits. Nothing else lives here.

use std::process::ExitCode;

fn main() -> ExitCode {
    auditor::cli::main(std::env::args_os())
}
