//! Text → flat tree, comments, errors. Never fails: what cannot be parsed is an error at a place. Types and meaning are not
//! known here; nothing outside this folder touches rust-analyzer's crates.

mod build;
mod depth;
mod fragment;
mod lex;
mod literal;
pub mod tokens;
pub mod tree;

pub use build::{Parse, SyntaxError, parse, parse_lexed, parse_tokens};
pub use depth::STACK_BYTES;
pub use fragment::Fragment;
pub use lex::{Lexed, lex, lex_all};
pub use literal::string_value;
pub use ra_ap_parser::{Edition, SyntaxKind};
pub use tokens::{Token, TokenText};
pub use tree::{Node, Tree};
