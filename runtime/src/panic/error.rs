//! Why the hook cannot be installed.

use std::fmt;

/// Why the hook was not installed.
#[derive(Debug)]
#[non_exhaustive]
pub enum InstallError {
    /// It already is, in this process.
    AlreadyInstalled,
    /// The calling thread is panicking: std allows no change of hooks.
    Panicking,
    /// A setting is not valid.
    Invalid {
        /// Which.
        setting: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl InstallError {
    pub(super) fn invalid(setting: &'static str, reason: &'static str) -> Self {
        Self::Invalid { setting, reason }
    }
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyInstalled => f.write_str("the panic hook is already installed"),
            Self::Panicking => f.write_str("the panic hook cannot be installed by a panicking thread"),
            Self::Invalid { setting, reason } => write!(f, "{setting} is not valid: {reason}"),
        }
    }
}

impl std::error::Error for InstallError {}
