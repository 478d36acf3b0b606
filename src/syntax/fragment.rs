//! The syntactic constructs that text or tokens can be parsed as: what a macro's matcher can ask for, and what its call makes.

use ra_ap_parser::{PrefixEntryPoint, TopEntryPoint};

/// A syntactic construct that text or tokens can be parsed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fragment {
    /// A whole source file.
    File,
    /// Items, as a macro call between items expands to.
    Items,
    /// One item.
    Item,
    /// Statements with a trailing expression, as a macro call in a block expands to.
    Statements,
    /// One statement.
    Statement,
    /// One block.
    Block,
    /// One expression.
    Expr,
    /// One pattern, `|` allowed.
    Pattern,
    /// One pattern without a top-level `|`.
    PatternNoTopAlt,
    /// One type.
    Type,
    /// One path.
    Path,
    /// One attribute's content.
    Meta,
    /// A visibility, possibly none.
    Visibility,
}

impl Fragment {
    /// How as many tokens as it takes are parsed.
    pub(super) fn prefix(self) -> PrefixEntryPoint {
        match self {
            Self::File | Self::Items | Self::Item => PrefixEntryPoint::Item,
            Self::Statements | Self::Statement => PrefixEntryPoint::Stmt,
            Self::Block => PrefixEntryPoint::Block,
            Self::Expr => PrefixEntryPoint::Expr,
            Self::Pattern => PrefixEntryPoint::PatTop,
            Self::PatternNoTopAlt => PrefixEntryPoint::Pat,
            Self::Type => PrefixEntryPoint::Ty,
            Self::Path => PrefixEntryPoint::Path,
            Self::Meta => PrefixEntryPoint::MetaItem,
            Self::Visibility => PrefixEntryPoint::Vis,
        }
    }

    /// How all tokens are parsed.
    pub(super) fn whole(self) -> TopEntryPoint {
        match self {
            Self::File => TopEntryPoint::SourceFile,
            Self::Items | Self::Item => TopEntryPoint::MacroItems,
            Self::Pattern | Self::PatternNoTopAlt => TopEntryPoint::Pattern,
            Self::Type | Self::Path | Self::Visibility => TopEntryPoint::Type,
            Self::Expr => TopEntryPoint::Expr,
            Self::Meta => TopEntryPoint::MetaItem,
            Self::Statements | Self::Block | Self::Statement => TopEntryPoint::MacroStmts,
        }
    }
}
