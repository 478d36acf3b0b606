//! The drill's child process: installs the hook as its environment says, then panics as its argument says.

use std::process::ExitCode;

use auditor_runtime_drill::child::{self, CountingAllocator};

/// Counts what each thread allocates, for the case that shows the hook to allocate nothing.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    let case = std::env::args_os().nth(1).unwrap_or_default();
    child::main(case.to_str().unwrap_or(""))
}
