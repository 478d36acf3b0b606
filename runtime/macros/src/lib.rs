//! The macros of `auditor-runtime`; use them through that crate. Parsing and output are in one file a macro.

mod boundary;
mod error_kind;
mod plain;

use proc_macro::TokenStream;

/// Makes a function a panic boundary: a panic in its body is caught and becomes its error.
///
/// For functions, async ones and methods that return `Result<_, E>` where `E: From<Panicked>`. The signature stays as it
/// is. Arguments move into the caught body; what is borrowed by them may be left half-changed by a panic, so keep a
/// boundary where a broken state is dropped with the request that broke it.
///
/// ```
/// use auditor_runtime::panic::Panicked;
/// use auditor_runtime::panic_boundary;
///
/// #[panic_boundary]
/// fn half(n: u32) -> Result<u32, Panicked> {
///     Ok([2, 4][n as usize] / 2)
/// }
/// assert_eq!(half(1), Ok(2));
/// assert!(half(2).is_err());
/// ```
#[proc_macro_attribute]
pub fn panic_boundary(arguments: TokenStream, item: TokenStream) -> TokenStream {
    boundary::expand(arguments.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Derives the one error enum of a crate: its kind, HTTP status, stable code, `Display`, `Error` and `From`.
///
/// Each variant says `#[kind(status = …)]`, and may say `code = "…"` (else its name in kebab-case) and `message = "…"` (with
/// `{0}` or `{field}`; else its code in words). A field marked `#[from]` is the cause and gives a `From`; one marked
/// `#[source]` is the cause alone. The kinds become an enum named after the error with `Kind` behind it, or as
/// `#[kind(name = …)]` on the enum says.
///
/// ```
/// use auditor_runtime::ErrorKind;
///
/// #[derive(Debug, ErrorKind)]
/// enum ShopError {
///     #[kind(status = 400, message = "{field} is not valid")]
///     InvalidInput { field: &'static str },
///     #[kind(status = 503)]
///     StorageUnavailable(#[from] std::io::Error),
/// }
///
/// let error = ShopError::InvalidInput { field: "price" };
/// assert_eq!((error.kind(), error.status(), error.code()), (ShopErrorKind::InvalidInput, 400, "invalid-input"));
/// assert_eq!(error.to_string(), "price is not valid");
/// let error = ShopError::from(std::io::Error::other("disk"));
/// assert_eq!((error.to_string().as_str(), error.status()), ("storage unavailable", 503));
/// ```
#[proc_macro_derive(ErrorKind, attributes(kind, from, source))]
pub fn derive_error_kind(item: TokenStream) -> TokenStream {
    error_kind::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Derives `Plain` for a struct of plain members without padding, or an enum of variants without members: values of at most 64 bytes under keys of at most
/// 8 live in the map's table then, instead of in a place of their own each.
///
/// All that the trait demands is checked: a member that is not plain, or padding between members, does not compile. The type is `Copy`.
///
/// ```
/// use auditor_runtime::{Plain, ShardedMap};
///
/// #[derive(Clone, Copy, Plain)]
/// struct Quote {
///     bid: f64,
///     ask: f64,
///     at: u64,
/// }
///
/// let quotes: ShardedMap<u32, Quote> = ShardedMap::new();
/// quotes.insert(7, Quote { bid: 1.5, ask: 1.6, at: 0 });
/// quotes.update(&7, |quote| Quote { at: quote.at + 1, ..*quote });
/// assert_eq!(quotes.get(&7).map(|quote| (quote.bid, quote.ask, quote.at)), Some((1.5, 1.6, 1)));
/// ```
///
/// ```compile_fail
/// #[derive(Clone, Copy, auditor_runtime::Plain)]
/// struct Gap {
///     small: u8,
///     large: u64,
/// }
/// ```
#[proc_macro_derive(Plain)]
pub fn derive_plain(item: TokenStream) -> TokenStream {
    plain::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
