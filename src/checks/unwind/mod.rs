//! Unwind safety: what is broken for a while, and what may panic meanwhile. One file a rule.

pub mod panic_in_unsafe_window;
