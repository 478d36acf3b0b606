//! Lowers expressions, macro calls and blocks aside.

use super::pat::name_of;
use super::types::is_type;
use super::{InText, Lower};
use crate::model::hir::{
    Anchor, ArithOp, BinaryOp, BlockKind, BodyKind, Expr, ExprId, ListId, Literal, NumberType, Segment, UnaryOp,
};
use crate::model::name::Name;
use crate::syntax::{Node, SyntaxKind as K};

/// What stands in a list for an optional element that is not there.
pub(super) const NONE: u32 = u32::MAX;

impl Lower<'_> {
    pub(super) fn expr(&mut self, source: &InText<'_>, node: Node<'_>) -> ExprId {
        self.with_cfg(source, node, |this| this.expr_plain(source, node))
    }

    fn expr_plain(&mut self, source: &InText<'_>, node: Node<'_>) -> ExprId {
        let lowered = match node.kind() {
            K::PAREN_EXPR => return self.inner_expr(source, node),
            K::LITERAL => Expr::Literal(literal(source, node)),
            K::PATH_EXPR => match node.child(K::PATH) {
                Some(path) => Expr::Path(self.path(source, path)),
                None => Expr::Missing,
            },
            K::BIN_EXPR => self.binary(source, node),
            K::PREFIX_EXPR => self.prefix(source, node),
            K::REF_EXPR => Expr::Ref {
                expr: self.inner_expr(source, node),
                mutable: node.has(K::MUT_KW),
                raw: node.has(K::RAW_KW) && (node.has(K::CONST_KW) || node.has(K::MUT_KW)),
            },
            K::INDEX_EXPR => {
                let mut parts = node.nodes().filter(|n| is_expr(n.kind()));
                let base = self.optional(source, parts.next());
                Expr::Index { base, index: self.optional(source, parts.next()) }
            }
            K::CALL_EXPR => {
                let callee = self.inner_expr(source, node);
                Expr::Call { callee, args: self.args(source, node) }
            }
            K::METHOD_CALL_EXPR => self.method_call(source, node),
            K::FIELD_EXPR => {
                let base = self.inner_expr(source, node);
                Expr::Field { base, name: name_of(source, node) }
            }
            K::CAST_EXPR => {
                let expr = self.inner_expr(source, node);
                Expr::Cast { expr, ty: self.inner_type(source, node) }
            }
            K::TUPLE_EXPR => Expr::Tuple(self.exprs_below(source, node)),
            K::ARRAY_EXPR => self.array(source, node),
            K::RECORD_EXPR => self.record(source, node),
            K::RANGE_EXPR => self.range(source, node),
            K::TRY_EXPR => Expr::Try(self.inner_expr(source, node)),
            K::AWAIT_EXPR => Expr::Await(self.inner_expr(source, node)),
            K::RETURN_EXPR | K::BECOME_EXPR => Expr::Return(self.maybe_inner(source, node)),
            K::YIELD_EXPR | K::YEET_EXPR => Expr::Yield(self.maybe_inner(source, node)),
            K::BREAK_EXPR => Expr::Break { value: self.maybe_inner(source, node), label: label_of(source, node) },
            K::CONTINUE_EXPR => Expr::Continue,
            K::CLOSURE_EXPR => self.closure(source, node),
            K::LET_EXPR => {
                // The condition is lowered before the names it binds.
                let expr = self.inner_expr(source, node);
                Expr::Let { pat: self.inner_pat(source, node), expr }
            }
            K::MACRO_EXPR => match node.child(K::MACRO_CALL) {
                Some(call) => return self.macro_expr(source, call),
                None => Expr::Missing,
            },
            K::BLOCK_EXPR | K::IF_EXPR | K::MATCH_EXPR | K::LOOP_EXPR | K::WHILE_EXPR | K::FOR_EXPR => {
                return self.control_flow(source, node);
            }
            _ => Expr::Missing,
        };
        self.add_expr(lowered, self.span_without_attributes(source, node))
    }

    /// Lowers the first expression directly below `node`.
    pub(super) fn inner_expr(&mut self, source: &InText<'_>, node: Node<'_>) -> ExprId {
        self.optional(source, node.find(is_expr))
    }

    fn maybe_inner(&mut self, source: &InText<'_>, node: Node<'_>) -> Option<ExprId> {
        node.find(is_expr).map(|inner| self.expr(source, inner))
    }

    pub(super) fn optional(&mut self, source: &InText<'_>, node: Option<Node<'_>>) -> ExprId {
        node.map_or(ExprId::new(0), |node| self.expr(source, node))
    }

    pub(super) fn exprs_below(&mut self, source: &InText<'_>, node: Node<'_>) -> ListId {
        let start = self.ids.len();
        for inner in node.children().filter(|n| is_expr(n.kind())) {
            let id = self.expr(source, inner);
            self.ids.push(id.number());
        }
        self.list_from(start)
    }

    fn args(&mut self, source: &InText<'_>, node: Node<'_>) -> ListId {
        node.child(K::ARG_LIST).map_or(ListId::EMPTY, |args| self.exprs_below(source, args))
    }

    /// A path expression of one name.
    pub(super) fn name_expr(&mut self, name: Name, span: crate::source::Span) -> ExprId {
        let path = self.out.add_path(Anchor::Plain, [Segment { name, args: None }]);
        self.add_expr(Expr::Path(path), span)
    }

    fn span_without_attributes(&self, source: &InText<'_>, node: Node<'_>) -> crate::source::Span {
        if node.first_kind() != K::ATTR {
            let operation = matches!(node.kind(), K::BIN_EXPR | K::CAST_EXPR);
            return if operation { source.span_of_operation(node) } else { source.span_of(node) };
        }
        let first = node.children().find(|n| n.kind() != K::ATTR && !n.kind().is_trivia());
        source.span(first.map_or(node.start(), Node::start), node.end())
    }

    fn binary(&mut self, source: &InText<'_>, node: Node<'_>) -> Expr {
        let mut op = None;
        let mut sides = [None, None];
        for child in node.children() {
            if is_expr(child.kind()) {
                *(if op.is_none() { &mut sides[0] } else { &mut sides[1] }) = Some(child);
            } else if op.is_none() {
                op = binary_op(child.kind());
            }
        }
        let [lhs, rhs] = sides;
        let lhs = self.optional(source, lhs);
        let rhs = self.optional(source, rhs);
        op.map_or(Expr::Missing, |op| Expr::Binary { op, lhs, rhs })
    }

    fn prefix(&mut self, source: &InText<'_>, node: Node<'_>) -> Expr {
        let op = node.find(|kind| matches!(kind, K::MINUS | K::BANG | K::STAR)).map(Node::kind);
        let expr = self.inner_expr(source, node);
        match op {
            Some(K::MINUS) => Expr::Unary { op: UnaryOp::Neg, expr },
            Some(K::BANG) => Expr::Unary { op: UnaryOp::Not, expr },
            Some(K::STAR) => Expr::Deref(expr),
            _ => Expr::Missing,
        }
    }

    fn method_call(&mut self, source: &InText<'_>, node: Node<'_>) -> Expr {
        let (mut receiver, mut method, mut generics, mut args) = (None, None, None, None);
        for child in node.children() {
            match child.kind() {
                K::NAME_REF => method = Some(child),
                K::GENERIC_ARG_LIST => generics = Some(child),
                K::ARG_LIST => args = Some(child),
                kind if receiver.is_none() && is_expr(kind) => receiver = Some(child),
                _ => {}
            }
        }
        let receiver = self.optional(source, receiver);
        let method = method.map_or(Name::MISSING, |name| Name::new(source.text_of(name)));
        let generics = generics.and_then(|_| self.generic_args(source, node));
        let args = args.map_or(ListId::EMPTY, |args| self.exprs_below(source, args));
        // The call itself is the next expression.
        let call = self.out.code.next_id();
        self.out.code.turbofish.extend(generics.map(|generics| (call, generics)));
        Expr::MethodCall { receiver, method, args }
    }

    fn array(&mut self, source: &InText<'_>, node: Node<'_>) -> Expr {
        if !node.has(K::SEMICOLON) {
            return Expr::Array(self.exprs_below(source, node));
        }
        let mut parts = node.nodes();
        let elem = self.optional(source, parts.next());
        let len = parts.next().map(|n| if n.kind() == K::CONST_ARG { n.nodes().next().unwrap_or(n) } else { n });
        Expr::Repeat { elem, len: self.const_body(source, len) }
    }

    fn record(&mut self, source: &InText<'_>, node: Node<'_>) -> Expr {
        let path = node.child(K::PATH).map(|path| self.path(source, path));
        let mut fields = Vec::new();
        let mut spread = None;
        for field in node.child(K::RECORD_EXPR_FIELD_LIST).into_iter().flat_map(Node::nodes) {
            if field.kind() == K::RECORD_EXPR_FIELD {
                let Some(value) = field.find(is_expr) else { continue };
                let name = match field.child(K::NAME_REF) {
                    Some(name) => Name::new(source.text_of(name)),
                    None => Name::new(source.text_of(value)),
                };
                fields.extend([name.number(), self.expr(source, value).number()]);
            } else if is_expr(field.kind()) {
                spread = Some(self.expr(source, field));
            }
        }
        Expr::Record { path, fields: self.list(&fields), spread }
    }

    fn range(&mut self, source: &InText<'_>, node: Node<'_>) -> Expr {
        let (mut low, mut high, mut inclusive, mut after) = (None, None, false, false);
        for child in node.children() {
            match child.kind() {
                K::DOT2 => after = true,
                K::DOT2EQ | K::DOT3 => (after, inclusive) = (true, true),
                kind if is_expr(kind) => {
                    let id = self.expr(source, child);
                    *(if after { &mut high } else { &mut low }) = Some(id);
                }
                _ => {}
            }
        }
        Expr::Range { low, high, inclusive }
    }

    fn closure(&mut self, source: &InText<'_>, node: Node<'_>) -> Expr {
        let first = self.out.code.exprs.len() as u32;
        let mut params = Vec::new();
        for param in node.child(K::PARAM_LIST).into_iter().flat_map(Node::nodes) {
            if param.kind() == K::PARAM {
                let pat = self.inner_pat(source, param);
                let ty = param.find(is_type).map_or(NONE, |ty| self.ty(source, ty).number());
                params.extend([pat.number(), ty]);
            }
        }
        let params = self.list(&params);
        let ret = self.ret_type(source, node);
        let body = self.inner_expr(source, node);
        let within = self.body.and_then(|id| Some((id, self.out.bodies.get(id.index())?.kind)));
        if let (Some((id, BodyKind::Const)), true) = (within, self.bodies_wanted()) {
            self.out.code.runtime_closures.push((id, first, self.out.code.exprs.len() as u32));
        }
        Expr::Closure { params, ret, body, asynchronous: node.has(K::ASYNC_KW) }
    }

    /// Lowers a `const { … }` block as a body of its own.
    pub(super) fn const_block(&mut self, source: &InText<'_>, node: Node<'_>) -> Expr {
        let body = self.add_body(BodyKind::Const, |this| {
            let root = this.block(source, node, BlockKind::Plain, Name::MISSING);
            (Vec::new(), root)
        });
        Expr::ConstBlock(body)
    }
}

/// Returns the label directly below `node`, without its tick.
pub(super) fn label_of(source: &InText<'_>, node: Node<'_>) -> Name {
    let lifetime = node.child(K::LABEL).unwrap_or(node).child(K::LIFETIME);
    lifetime.map_or(Name::MISSING, |n| Name::new(source.text_of(n).trim_start_matches('\'')))
}

fn binary_op(kind: K) -> Option<BinaryOp> {
    use ArithOp as A;
    Some(match kind {
        K::PLUS => BinaryOp::Arith(A::Add),
        K::MINUS => BinaryOp::Arith(A::Sub),
        K::STAR => BinaryOp::Arith(A::Mul),
        K::SLASH => BinaryOp::Arith(A::Div),
        K::PERCENT => BinaryOp::Arith(A::Rem),
        K::SHL => BinaryOp::Arith(A::Shl),
        K::SHR => BinaryOp::Arith(A::Shr),
        K::AMP => BinaryOp::Arith(A::BitAnd),
        K::PIPE => BinaryOp::Arith(A::BitOr),
        K::CARET => BinaryOp::Arith(A::BitXor),
        K::PLUSEQ => BinaryOp::AssignArith(A::Add),
        K::MINUSEQ => BinaryOp::AssignArith(A::Sub),
        K::STAREQ => BinaryOp::AssignArith(A::Mul),
        K::SLASHEQ => BinaryOp::AssignArith(A::Div),
        K::PERCENTEQ => BinaryOp::AssignArith(A::Rem),
        K::SHLEQ => BinaryOp::AssignArith(A::Shl),
        K::SHREQ => BinaryOp::AssignArith(A::Shr),
        K::AMPEQ => BinaryOp::AssignArith(A::BitAnd),
        K::PIPEEQ => BinaryOp::AssignArith(A::BitOr),
        K::CARETEQ => BinaryOp::AssignArith(A::BitXor),
        K::EQ => BinaryOp::Assign,
        K::EQ2 | K::NEQ => BinaryOp::Equal,
        K::L_ANGLE | K::R_ANGLE | K::LTEQ | K::GTEQ => BinaryOp::Order,
        K::AMP2 | K::PIPE2 => BinaryOp::Logic,
        _ => return None,
    })
}

fn literal(source: &InText<'_>, node: Node<'_>) -> Literal {
    let Some(token) = node.find(|kind| !kind.is_trivia() && kind != K::ATTR) else { return Literal::Str };
    let text = || source.text_of(token);
    match token.kind() {
        K::INT_NUMBER => integer(text()),
        K::FLOAT_NUMBER => {
            let suffix = ["f16", "f32", "f64", "f128"].into_iter().find(|suffix| text().ends_with(suffix));
            Literal::Float { suffix: NumberType::new(suffix.unwrap_or("")) }
        }
        K::TRUE_KW => Literal::Bool(true),
        K::FALSE_KW => Literal::Bool(false),
        K::CHAR => Literal::Char,
        K::BYTE => Literal::Byte(text().as_bytes().get(2).copied().unwrap_or(0)),
        K::BYTE_STRING => Literal::ByteStr(byte_string_len(text())),
        K::C_STRING => Literal::CStr,
        _ => Literal::Str,
    }
}

/// Reads an integer literal: its value, saturated, and its suffix.
fn integer(text: &str) -> Literal {
    let (radix, digits) = match text.get(..2) {
        Some("0x" | "0X") => (16, text.get(2..).unwrap_or("")),
        Some("0o") => (8, text.get(2..).unwrap_or("")),
        Some("0b") => (2, text.get(2..).unwrap_or("")),
        _ => (10, text),
    };
    let mut value = 0u64;
    let mut suffix = "";
    for (at, c) in digits.char_indices() {
        // auditor: allow(panicking-api) the radix is 2, 8, 10 or 16, chosen above
        match c.to_digit(radix) {
            Some(digit) => value = value.saturating_mul(u64::from(radix)).saturating_add(u64::from(digit)),
            None if c == '_' => {}
            None => {
                suffix = digits.get(at..).unwrap_or("");
                break;
            }
        }
    }
    if matches!(suffix, "f32" | "f64") {
        return Literal::Float { suffix: NumberType::new(suffix) };
    }
    Literal::Int { value: value.into(), suffix: NumberType::new(suffix) }
}

fn byte_string_len(text: &str) -> u32 {
    let raw = text.starts_with("br");
    let body = text.trim_start_matches(['b', 'r', '#']).trim_end_matches('#').trim_matches('"');
    if raw {
        return body.len() as u32;
    }
    let (mut len, mut bytes) = (0, body.bytes());
    while let Some(byte) = bytes.next() {
        len += 1;
        if byte == b'\\' && bytes.next() == Some(b'x') {
            bytes.nth(1);
        }
    }
    len
}

/// Tells whether nodes of `kind` are expressions.
#[inline]
pub(super) fn is_expr(kind: K) -> bool {
    matches!(
        kind,
        K::ARRAY_EXPR
            | K::ASM_EXPR
            | K::AWAIT_EXPR
            | K::BECOME_EXPR
            | K::BIN_EXPR
            | K::BLOCK_EXPR
            | K::BREAK_EXPR
            | K::CALL_EXPR
            | K::CAST_EXPR
            | K::CLOSURE_EXPR
            | K::CONTINUE_EXPR
            | K::FIELD_EXPR
            | K::FOR_EXPR
            | K::FORMAT_ARGS_EXPR
            | K::IF_EXPR
            | K::INCLUDE_BYTES_EXPR
            | K::INDEX_EXPR
            | K::LET_EXPR
            | K::LITERAL
            | K::LOOP_EXPR
            | K::MACRO_EXPR
            | K::MATCH_EXPR
            | K::METHOD_CALL_EXPR
            | K::OFFSET_OF_EXPR
            | K::PAREN_EXPR
            | K::PATH_EXPR
            | K::PREFIX_EXPR
            | K::RANGE_EXPR
            | K::RECORD_EXPR
            | K::REF_EXPR
            | K::RETURN_EXPR
            | K::TRY_EXPR
            | K::TUPLE_EXPR
            | K::UNDERSCORE_EXPR
            | K::WHILE_EXPR
            | K::YEET_EXPR
            | K::YIELD_EXPR
    )
}
