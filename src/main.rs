//! The `auditor` binary: parses arguments, runs, exits. Nothing else lives here.

fn main() {}
