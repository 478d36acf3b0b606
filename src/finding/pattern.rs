//! What a user's own rule looks for, as plain data: the catalogue reads it from TOML, the checks match it against code.

use super::site::RuleId;

/// A user's rule: every match in the code is a site of kind `rule`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The rule's id, which is the kind of the sites.
    pub rule: RuleId,
    /// What it matches.
    pub matches: Match,
}

/// One thing that a user's rule can forbid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// A call of a method.
    Method {
        /// The method's name, such as `unwrap_or_default`.
        method: String,
        /// The name of the receiver's type, such as `Connection`; any receiver where absent.
        receiver: Option<String>,
    },
    /// A use of a path, such as `std::env::set_var`.
    Path(String),
    /// A call of a macro, by its name without `!`.
    Macro(String),
}
