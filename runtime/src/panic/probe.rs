//! Whether the hook is still the one that runs: asked by a harmless panic, since std does not tell.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use super::state::STATE;
use super::thread_state;

/// The payload that the hook recognizes: not counted, not recorded, not handed on.
pub(super) struct Probe;

/// What a probe found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookStatus {
    /// The hook runs, alone or called by a later one that kept it.
    Active,
    /// Another hook has taken its place and does not call it.
    Replaced,
    /// It was never installed in this process.
    NotInstalled,
    /// It cannot be asked: the thread is panicking, or a panic would end the process.
    Unknown,
}

/// Panics and catches it, to see which hook runs. A foreign hook will treat that panic as any other.
///
/// Under `panic = "abort"` nothing can be caught, and the answer is [`HookStatus::Unknown`].
pub fn hook_status() -> HookStatus {
    if STATE.get().is_none() {
        return HookStatus::NotInstalled;
    }
    if cfg!(panic = "abort") || std::thread::panicking() {
        return HookStatus::Unknown;
    }
    thread_state::set_probed(false);
    // auditor: allow(panic-macro) the panic is the question, and it is caught on the same line
    let caught = catch_unwind(AssertUnwindSafe(|| panic_any(Probe)));
    match (caught, thread_state::probed()) {
        (Err(_), true) => HookStatus::Active,
        _ => HookStatus::Replaced,
    }
}
