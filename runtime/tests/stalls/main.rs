//! Threads that stop where it hurts, end where it hurts, or are far too many: nobody else hangs, and nothing is lost. Each test
//! has a deadline. A binary of its own: stalled readers hold back what other tests wait for.
#![cfg(feature = "std")]

mod closures;
mod cycles;
mod deadline;
mod ended;
mod holders;
mod keys;
mod oversubscribed;
mod readers;
#[cfg(unix)]
mod stopped;
