//! What was not looked at, by name, and whether a scan that has it did its job. Who accepts a gap is the policy's business.

use super::file::Position;

/// Something that was not looked at, or not wholly: shown in every report, never dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The path as reports print it.
    pub path: String,
    /// Where in the file, if one place is meant.
    pub position: Option<Position>,
    /// What kind of gap it is.
    pub kind: GapKind,
    /// The contexts of the code that was not looked at, as far as they are known: a gap in a test fails no scan of the product.
    pub context: Vec<&'static str>,
    /// What was not looked at and why, such as `not valid UTF-8 at byte 12`.
    pub reason: String,
}

/// The kinds of gaps. The names are those of reports and configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapKind {
    /// A file or folder that cannot be read, or is none of either.
    Unreadable,
    /// A file that is not UTF-8.
    NotUtf8,
    /// A file that is larger than what is read.
    FileSizeLimit,
    /// An item that did not parse; the rest of its file was looked at.
    SyntaxError,
    /// Code that is nested deeper than what is read.
    NestingLimit,
    /// A module without a file.
    MissingModule,
    /// An `include!` of a file that is not there.
    MissingInclude,
    /// A module or an included file that lies outside the checkout, by a link or by its path.
    OutsideCheckout,
    /// A chain of modules and included files that is longer than what is followed.
    FileChainLimit,
    /// A symbolic link out of the scanned folder that no code leads through.
    OutsideLink,
    /// A manifest that says something odd.
    Manifest,
    /// An `include!` of what a build makes.
    GeneratedCode,
    /// A module that the configuration excludes from the scan.
    Excluded,
    /// Macros of a file that make more, or nest deeper, than what is read.
    MacroOutputLimit,
    /// Functions within a macro call that nothing known reads.
    ClosedMacro,
    /// More sites of one place than what is kept.
    SiteLimit,
    /// More predicates on an item, or longer ones, than what is read.
    CfgLimit,
    /// A body whose types take more steps to find out than what is spent on it.
    InferenceLimit,
}

impl GapKind {
    /// All of them, in the order of the enum.
    pub const ALL: [Self; 18] = [
        Self::Unreadable,
        Self::NotUtf8,
        Self::FileSizeLimit,
        Self::SyntaxError,
        Self::NestingLimit,
        Self::MissingModule,
        Self::MissingInclude,
        Self::OutsideCheckout,
        Self::FileChainLimit,
        Self::OutsideLink,
        Self::Manifest,
        Self::GeneratedCode,
        Self::Excluded,
        Self::MacroOutputLimit,
        Self::ClosedMacro,
        Self::SiteLimit,
        Self::CfgLimit,
        Self::InferenceLimit,
    ];

    /// The word for it in reports and configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NotUtf8 => "not-utf-8",
            Self::FileSizeLimit => "file-size-limit",
            Self::SyntaxError => "syntax-error",
            Self::NestingLimit => "nesting-limit",
            Self::MissingModule => "missing-module",
            Self::MissingInclude => "missing-include",
            Self::OutsideCheckout => "outside-checkout",
            Self::FileChainLimit => "file-chain-limit",
            Self::OutsideLink => "outside-link",
            Self::Manifest => "manifest",
            Self::GeneratedCode => "generated-code",
            Self::Excluded => "excluded",
            Self::MacroOutputLimit => "macro-output-limit",
            Self::ClosedMacro => "closed-macro",
            Self::SiteLimit => "site-limit",
            Self::CfgLimit => "cfg-limit",
            Self::InferenceLimit => "inference-limit",
        }
    }

    /// Tells whether a scan that has such a gap did not do its job: code that is written and compiled was not looked at. The
    /// others are counted and named.
    pub const fn fails(self) -> bool {
        match self {
            Self::Unreadable
            | Self::NotUtf8
            | Self::FileSizeLimit
            | Self::SyntaxError
            | Self::NestingLimit
            | Self::MissingModule
            | Self::MissingInclude
            | Self::OutsideCheckout
            | Self::FileChainLimit => true,
            Self::OutsideLink
            | Self::Manifest
            | Self::GeneratedCode
            | Self::Excluded
            | Self::MacroOutputLimit
            | Self::ClosedMacro
            | Self::SiteLimit
            | Self::CfgLimit
            | Self::InferenceLimit => false,
        }
    }
}

impl Gap {
    /// A gap of the whole of what reports call `path`.
    pub fn new(kind: GapKind, path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), position: None, kind, context: Vec::new(), reason: reason.into() }
    }

    /// The same at one place.
    #[must_use]
    pub fn at(self, position: Position) -> Self {
        Self { position: Some(position), ..self }
    }

    /// The same in code that has one more context.
    #[must_use]
    pub fn also_within(mut self, context: &'static str) -> Self {
        self.context.push(context);
        self
    }

    /// The same in code of such contexts.
    #[must_use]
    pub fn within(self, context: Vec<&'static str>) -> Self {
        Self { context, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::GapKind;

    #[test]
    fn every_kind_is_listed_once_and_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<&str> = GapKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), GapKind::ALL.len());
        assert!(GapKind::ALL.is_sorted(), "as the enum has them");
    }
}
