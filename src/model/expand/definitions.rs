//! Finds `macro_rules!` definitions in a file's tokens, before anything is parsed.

use super::{Name, Origin};
use crate::source::FileId;
use crate::syntax::SyntaxKind as K;
use crate::syntax::tokens::Token;

/// Definitions within each other that are kept: each keeps a copy of its text, so that more would be quadratic.
const NESTED: usize = 8;

/// One `macro_rules!` as found.
pub(super) struct Definition {
    pub(super) name: Name,
    /// Where `macro_rules` stands.
    pub(super) at: u32,
    /// Whether `#[macro_export]` stands above it.
    pub(super) exported: bool,
    pub(super) origin: Origin,
    /// The text between its outer delimiters.
    pub(super) body: Box<str>,
}

/// Returns each `macro_rules!` in `text`, whose tokens are `tokens`.
pub(super) fn definitions(file: FileId, text: &str, tokens: &[Token]) -> Vec<Definition> {
    let closes = closes(tokens);
    // The definitions that the walk is inside of, by where they end.
    let mut inside: Vec<u32> = Vec::new();
    let mut found = Vec::new();
    for (at, window) in tokens.windows(4).enumerate() {
        let [keyword, bang, name, open] = window else { continue };
        let is_definition = bang.kind == K::BANG
            && name.kind == K::IDENT
            && matches!(open.kind, K::L_CURLY | K::L_PAREN | K::L_BRACK)
            && text.get(keyword.start as usize..keyword.end as usize) == Some("macro_rules");
        if !is_definition {
            continue;
        }
        let Some(close) = closes.get(at + 3).and_then(|&close| tokens.get(close? as usize)) else { continue };
        while inside.pop_if(|end| *end < keyword.start).is_some() {}
        if inside.len() >= NESTED {
            continue;
        }
        inside.push(close.start);
        let body = text.get(open.end as usize..close.start as usize).unwrap_or("");
        let name = Name::new(text.get(name.start as usize..name.end as usize).unwrap_or(""));
        let origin = Origin::File { file, base: open.end };
        let exported = is_exported(text, tokens.get(..at).unwrap_or(&[]));
        found.push(Definition { name, at: keyword.start, exported, origin, body: body.into() });
    }
    found
}

/// Whether one of the attributes that `before` ends with is `#[macro_export]`.
fn is_exported(text: &str, before: &[Token]) -> bool {
    let mut depth = 0_u32;
    for token in before.iter().rev() {
        match token.kind {
            K::R_BRACK | K::R_PAREN => depth += 1,
            K::L_BRACK | K::L_PAREN => depth = depth.saturating_sub(1),
            K::POUND => {}
            K::IDENT if text.get(token.start as usize..token.end as usize) == Some("macro_export") => return true,
            _ if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

/// Returns for each token that opens a bracket the index of the one that closes it, whatever their kinds.
fn closes(tokens: &[Token]) -> Vec<Option<u32>> {
    let mut closes = vec![None; tokens.len()];
    let mut open = Vec::new();
    for (at, token) in (0..).zip(tokens) {
        match token.kind {
            K::L_CURLY | K::L_PAREN | K::L_BRACK => open.push(at),
            K::R_CURLY | K::R_PAREN | K::R_BRACK => {
                if let Some(slot) = open.pop().and_then(|opened: u32| closes.get_mut(opened as usize)) {
                    *slot = Some(at);
                }
            }
            _ => {}
        }
    }
    closes
}
