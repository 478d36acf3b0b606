//! Bounds how deep the recursive-descent parser can go, judged from tokens alone: hostile nesting is refused before it runs.

use ra_ap_parser::SyntaxKind;
use smallvec::SmallVec;

/// Levels of nesting that are parsed. Real code stays below a hundred, generated code below a thousand; the worker threads'
/// stacks ([`STACK_BYTES`]) hold this many of the parser's and the lowering's frames with room to spare.
pub const LIMIT: u32 = 1_000;

/// Levels that a tree may have. Chains, such as `a + b + c` and `a.b().c()`, nest in the tree without the parser going down for
/// them, but what walks a tree does: a debug build walks five times as many on [`STACK_BYTES`].
pub const TREE_LIMIT: usize = 20_000;

/// Stack a thread needs to parse and lower `LIMIT` levels, measured in a debug build and doubled.
pub const STACK_BYTES: usize = 128 << 20;

/// Counts how deep the parser goes: open brackets, and within each bracket the tokens that make it recurse without one
/// (prefix operators, `else if` chains, closures, assignments, nested types) since the last `;` or `,`.
#[derive(Default)]
pub(super) struct Nesting {
    /// The chains that the open brackets interrupt.
    outer: SmallVec<[u32; 32]>,
    open: u32,
    chain: u32,
    /// Whether the last token closes a block.
    after_block: bool,
    /// How many tokens may still be those of an operator that stands behind its operand: of `a | b`, `a && b` and `a..=b`.
    behind: u8,
}

impl Nesting {
    /// Goes on to the next token, comments left out; tells whether it is nested deeper than [`LIMIT`].
    ///
    /// `after_eq`: whether it is glued to a `=` before it.
    #[inline]
    pub(super) fn is_too_deep_at(&mut self, kind: SyntaxKind, after_eq: bool) -> bool {
        // A block ends a statement unless the chain goes on: `if a {} else if b {}`.
        if std::mem::take(&mut self.after_block) && !goes_on(kind) {
            self.chain = 0;
        }
        let behind = std::mem::replace(&mut self.behind, if ends_operand(kind) { 3 } else { 0 });
        match kind {
            // The parser comes back from the operand before it goes on to the operator.
            SyntaxKind::PIPE if behind == 3 => false,
            SyntaxKind::AMP | SyntaxKind::DOT if behind > 1 => {
                self.behind = behind - 1;
                false
            }
            SyntaxKind::EQ if behind == 1 => false,
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_CURLY => {
                self.outer.push(self.chain);
                self.open += self.chain + 1;
                self.chain = 0;
                self.open > LIMIT
            }
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_CURLY => {
                self.after_block = kind == SyntaxKind::R_CURLY;
                self.chain = self.outer.pop().unwrap_or(0);
                self.open = self.open.saturating_sub(self.chain + 1);
                false
            }
            SyntaxKind::SEMICOLON | SyntaxKind::COMMA => {
                self.chain = 0;
                false
            }
            // `=>`: the pattern is done, and so is the arm before it, though no comma need stand between the two.
            SyntaxKind::R_ANGLE if after_eq => {
                self.chain = 0;
                false
            }
            kind if recurses(kind) => {
                self.chain += 1;
                self.open + self.chain > LIMIT
            }
            _ => false,
        }
    }
}

fn ends_operand(kind: SyntaxKind) -> bool {
    kind.is_literal() || matches!(kind, SyntaxKind::IDENT | SyntaxKind::R_PAREN | SyntaxKind::R_BRACK)
}

fn goes_on(kind: SyntaxKind) -> bool {
    kind == SyntaxKind::ELSE_KW || (kind.is_punct() && kind != SyntaxKind::POUND)
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
            | SyntaxKind::DO_KW
            | SyntaxKind::BOX_KW
            | SyntaxKind::AT
    )
}
