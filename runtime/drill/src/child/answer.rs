//! What a child says: a line `name value` for each fact, with its proof where the drill gave a nonce.

#![allow(clippy::print_stdout)]

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::proof::{NONCE, Proofs, digest};

static PROOFS: Mutex<Option<Proofs>> = Mutex::new(None);

/// Says a line, made as `format!` makes it.
macro_rules! say {
    ($($part:tt)*) => { $crate::child::answer::line(format_args!($($part)*)) };
}
pub(super) use say;

/// Answers the drill's nonce, where there is one. Before anything else is said.
pub(super) fn begin(case: &str) {
    let Ok(nonce) = std::env::var(NONCE) else { return };
    let this = if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() };
    let program = this.and_then(|this: std::path::PathBuf| digest(Path::new(&this)));
    let proofs = program.map(|program| Proofs::new(&nonce, case, &program)).ok();
    *PROOFS.lock().unwrap_or_else(PoisonError::into_inner) = proofs;
    say!("nonce {nonce}");
}

pub(super) fn line(parts: fmt::Arguments<'_>) {
    let text = parts.to_string();
    let mut proofs = PROOFS.lock().unwrap_or_else(PoisonError::into_inner);
    for line in text.lines() {
        match proofs.as_mut() {
            // Under the lock: lines come out in the order in which they are proven.
            Some(proofs) => println!("{}", proofs.proven(line)),
            None => println!("{line}"),
        }
    }
}
