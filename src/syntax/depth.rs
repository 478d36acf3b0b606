//! Bounds how deep the recursive-descent parser can go, judged from tokens alone: hostile nesting is refused before it runs.

use ra_ap_parser::{LexedStr, SyntaxKind};

/// Levels of nesting that are parsed. Real code stays below a hundred, generated code below a thousand; the worker threads'
/// stacks ([`STACK_BYTES`]) hold this many of the parser's and the lowering's frames with room to spare.
pub const LIMIT: u32 = 1_000;

/// Levels that a tree may have. Chains, such as `a + b + c` and `a.b().c()`, nest in the tree without the parser going down for
/// them, but what walks a tree does: a debug build walks five times as many on [`STACK_BYTES`].
pub const TREE_LIMIT: usize = 20_000;

/// Stack a thread needs to parse and lower `LIMIT` levels, measured in a debug build and doubled.
pub const STACK_BYTES: usize = 128 << 20;

/// Returns the offset where nesting first exceeds [`LIMIT`].
///
/// Counts open brackets, and within each bracket the tokens that make the parser recurse without one (prefix operators,
/// `else if` chains, closures, assignments, nested types) since the last `;` or `,`.
pub fn too_deep(lexed: &LexedStr<'_>) -> Option<u32> {
    let mut outer: Vec<u32> = Vec::new();
    let (mut open, mut chain) = (0u32, 0u32);
    for token in 0..lexed.len() {
        match lexed.kind(token) {
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_CURLY => {
                outer.push(chain);
                open += chain + 1;
                chain = 0;
            }
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACK => {
                chain = outer.pop().unwrap_or(0);
                open = open.saturating_sub(chain + 1);
            }
            SyntaxKind::R_CURLY => {
                chain = outer.pop().unwrap_or(0);
                open = open.saturating_sub(chain + 1);
                // A block ends a statement unless the chain goes on: `if a {} else if b {}`.
                if !goes_on(lexed, token + 1) {
                    chain = 0;
                }
            }
            SyntaxKind::SEMICOLON | SyntaxKind::COMMA => chain = 0,
            // `=>`: the pattern is done, and so is the arm before it, though no comma need stand between the two.
            SyntaxKind::R_ANGLE if token > 0 && lexed.kind(token - 1) == SyntaxKind::EQ => chain = 0,
            kind if recurses(kind) => chain += 1,
            _ => {}
        }
        if open + chain > LIMIT {
            return Some(lexed.text_start(token) as u32);
        }
    }
    None
}

fn goes_on(lexed: &LexedStr<'_>, from: usize) -> bool {
    let next = (from..lexed.len()).map(|token| lexed.kind(token)).find(|kind| !kind.is_trivia());
    next.is_some_and(|kind| kind == SyntaxKind::ELSE_KW || (kind.is_punct() && kind != SyntaxKind::POUND))
}

fn recurses(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::BANG
            | SyntaxKind::MINUS
            | SyntaxKind::STAR
            | SyntaxKind::AMP
            | SyntaxKind::PIPE
            | SyntaxKind::EQ
            | SyntaxKind::L_ANGLE
            | SyntaxKind::DOT
            | SyntaxKind::COLON
            | SyntaxKind::ELSE_KW
            | SyntaxKind::IF_KW
            | SyntaxKind::MATCH_KW
            | SyntaxKind::WHILE_KW
            | SyntaxKind::FOR_KW
            | SyntaxKind::LOOP_KW
            | SyntaxKind::LET_KW
            | SyntaxKind::RETURN_KW
            | SyntaxKind::BREAK_KW
            | SyntaxKind::CONTINUE_KW
            | SyntaxKind::MOVE_KW
            | SyntaxKind::UNSAFE_KW
            | SyntaxKind::CONST_KW
            | SyntaxKind::STATIC_KW
            | SyntaxKind::FN_KW
            | SyntaxKind::DYN_KW
            | SyntaxKind::IMPL_KW
            | SyntaxKind::BECOME_KW
            | SyntaxKind::YIELD_KW
            | SyntaxKind::BOX_KW
            | SyntaxKind::AT
    )
}
