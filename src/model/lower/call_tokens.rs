//! The tokens of macro calls: a call's path, what is between its delimiters, what it holds as far as tokens tell.

use super::{Expansion, InText};
use crate::model::name::Name;
use crate::syntax::tokens::Token;
use crate::syntax::{Node, SyntaxKind as K};

pub(super) fn without_comments(mut tokens: Vec<Token>) -> Vec<Token> {
    tokens.retain(|token| token.kind != K::COMMENT);
    tokens
}

/// The tokens between the delimiters.
pub(super) fn inside(tokens: &[Token]) -> &[Token] {
    tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or(&[])
}

/// Returns a call's path as written.
pub(super) fn macro_path<'s>(source: &InText<'s>, call: Node<'_>) -> &'s str {
    call.child(K::PATH).map_or("", |path| source.text_of(path))
}

/// Returns how many functions with bodies stand in a call's arguments, as far as their tokens tell.
pub(super) fn functions_in(call: Node<'_>) -> u32 {
    let tokens = call.child(K::TOKEN_TREE).map(Token::below).unwrap_or_default();
    let (mut found, mut named) = (0, false);
    for pair in tokens.windows(2) {
        match pair {
            [one, other] if one.kind == K::FN_KW => named = other.kind == K::IDENT,
            [one, _] if one.kind == K::L_CURLY && std::mem::take(&mut named) => found += 1,
            [one, _] if one.kind == K::SEMICOLON => named = false,
            _ => {}
        }
    }
    found
}

/// Returns the last name of a path.
pub(super) fn last_name(path: &str) -> Name {
    Name::new(path.rsplit(':').next().unwrap_or(path).trim())
}

/// Returns the path of the call that is all of a text, and which token opens its arguments.
pub(super) fn sole_call(made: &Expansion) -> Option<(&str, usize)> {
    let tokens = made.tokens.as_slice();
    let bang = tokens.iter().position(|token| token.kind == K::BANG)?;
    let is_path = |token: &Token| token.kind == K::COLON || token.kind == K::IDENT || token.kind.is_any_identifier();
    let (open, close) = (tokens.get(bang + 1)?, tokens.last()?);
    let delimited = matches!(
        (open.kind, close.kind),
        (K::L_PAREN, K::R_PAREN) | (K::L_BRACK, K::R_BRACK) | (K::L_CURLY, K::R_CURLY)
    );
    let path = tokens.get(..bang)?;
    if path.is_empty() || !delimited || !path.iter().all(is_path) {
        return None;
    }
    let mut depth = 0_u32;
    let closed = tokens.get(bang + 1..)?.iter().position(|token| {
        match token.kind {
            K::L_PAREN | K::L_BRACK | K::L_CURLY => depth += 1,
            K::R_PAREN | K::R_BRACK | K::R_CURLY => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })?;
    let text = made.text.get(path.first()?.start as usize..path.last()?.end as usize)?;
    (bang + 1 + closed + 1 == tokens.len()).then_some((text, bang + 1))
}
