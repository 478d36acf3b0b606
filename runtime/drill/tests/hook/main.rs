//! The panic hook seen from outside: each test starts a process that panics, and reads what it left behind.
#![cfg(unix)]

mod abort;
mod child;
mod killed;
mod kinds;
mod message;
mod sinks;
mod threads;
