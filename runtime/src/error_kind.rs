//! What an error says to those who must react to it: one enum a crate, each variant with a kind, a status and a code.

/// An error with a kind; derive it with `#[derive(ErrorKind)]` (feature `macros`).
pub trait ErrorKind: core::error::Error {
    /// The kinds of this error, without its data.
    type Kind: Copy + Eq + core::fmt::Debug;

    /// Which kind it is.
    fn kind(&self) -> Self::Kind;

    /// A code that clients compare: kebab-case, and the same in every version.
    fn code(&self) -> &'static str;

    /// The HTTP status to answer with: 400 to 499 where the caller erred, 500 to 599 where the service did.
    fn status(&self) -> u16;
}
