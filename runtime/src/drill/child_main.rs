//! The drill's child process: installs the hook as its environment says, then panics as its argument says.

use std::process::ExitCode;

/// Counts what each thread allocates, for the case that shows the hook to allocate nothing.
#[global_allocator]
static ALLOCATOR: auditor_runtime::drill::child::CountingAllocator = auditor_runtime::drill::child::CountingAllocator;

fn main() -> ExitCode {
    let case = std::env::args_os().nth(1).unwrap_or_default();
    auditor_runtime::drill::child::main(case.to_str().unwrap_or(""))
}
