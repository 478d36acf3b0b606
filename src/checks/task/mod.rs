//! Threads, tasks and unwinding: one file a rule.

pub mod detached_task;
pub mod ignored_unwind;
