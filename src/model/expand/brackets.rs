//! Brackets among tokens: which open, which close, and which belong together.

use crate::syntax::SyntaxKind as K;
use crate::syntax::tokens::Token;

pub(super) fn is_open(kind: K) -> bool {
    matches!(kind, K::L_PAREN | K::L_BRACK | K::L_CURLY)
}

pub(super) fn is_close(kind: K) -> bool {
    matches!(kind, K::R_PAREN | K::R_BRACK | K::R_CURLY)
}

/// Returns for each token that opens a bracket the index of the one that closes it, whatever their kinds; zero for all else.
pub(super) fn closes(tokens: &[Token]) -> Vec<u32> {
    let mut closes = vec![0; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if is_open(token.kind) {
            open.push(at);
        } else if is_close(token.kind)
            && let Some(slot) = open.pop().and_then(|opened| closes.get_mut(opened))
        {
            *slot = at as u32;
        }
    }
    closes
}
