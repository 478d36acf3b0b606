//! What GitHub's code scanning takes.

/// GitHub refuses a run with more results.
pub(super) const MOST: usize = 25_000;
