//! Lowers expressions, macro calls and blocks aside.

use super::literal::literal;
use super::pat::name_of;
use super::types::is_type;
use super::{InText, Lower};
use crate::model::hir::{
    Anchor, ArithOp, BinaryOp, BindingId, BlockKind, BodyKind, CmpOp, Expr, ExprId, List, Param, RecordField, Segment,
    UnaryOp,
};
use crate::model::name::Name;
use crate::syntax::{Node, SyntaxKind as K};

impl Lower<'_> {
    pub(super) fn expr(&mut self, source: &InText<'_>, node: Node<'_>) -> ExprId {
        self.with_cfg(source, node, |this| this.expr_plain(source, node))
    }

    fn expr_plain(&mut self, source: &InText<'_>, node: Node<'_>) -> ExprId {
        let lowered = match node.kind() {
            K::PAREN_EXPR => return self.inner_expr(source, node),
            K::LITERAL => Expr::Literal(literal(source, node)),
            K::PATH_EXPR => self.path_expr(source, node),
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
            K::BREAK_EXPR => {
                Expr::Break { value: self.maybe_inner(source, node), label: self.label_named(source, node) }
            }
            K::CONTINUE_EXPR => Expr::Continue { label: self.label_named(source, node) },
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

    pub(super) fn exprs_below(&mut self, source: &InText<'_>, node: Node<'_>) -> List<ExprId> {
        let start = self.exprs.len();
        for inner in node.children().filter(|n| is_expr(n.kind())) {
            let id = self.expr(source, inner);
            self.exprs.push(id);
        }
        self.exprs_from(start)
    }

    fn path_expr(&mut self, source: &InText<'_>, node: Node<'_>) -> Expr {
        let Some(path) = node.child(K::PATH) else { return Expr::Missing };
        match self.local(source, path) {
            Some(binding) => Expr::Local(binding),
            None => Expr::Path(self.path(source, path)),
        }
    }

    /// Returns the binding that a path of one name means.
    fn local(&self, source: &InText<'_>, path: Node<'_>) -> Option<BindingId> {
        let segment = path.child(K::PATH_SEGMENT)?;
        let name = segment.child(K::NAME_REF)?;
        let alone = path.start() == name.start() && path.end() == name.end();
        if !alone || matches!(name.first_kind(), K::CRATE_KW | K::SUPER_KW) {
            return None;
        }
        self.scopes.binding(Name::new(source.text_of(name)), source.context(name.start()), &self.contexts)
    }

    fn args(&mut self, source: &InText<'_>, node: Node<'_>) -> List<ExprId> {
        node.child(K::ARG_LIST).map_or(List::EMPTY, |args| self.exprs_below(source, args))
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
        let args = args.map_or(List::EMPTY, |args| self.exprs_below(source, args));
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
                fields.push(RecordField { name, value: self.expr(source, value) });
            } else if is_expr(field.kind()) {
                spread = Some(self.expr(source, field));
            }
        }
        Expr::Record { path, fields: self.out.code.add_list(&fields), spread }
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
        let scope = self.scopes.enter();
        self.scopes.closure();
        for param in node.child(K::PARAM_LIST).into_iter().flat_map(Node::nodes) {
            if param.kind() == K::PARAM {
                let pat = self.inner_pat(source, param);
                let ty = param.find(is_type).map(|ty| self.ty(source, ty));
                params.push(Param { pat, ty });
            }
        }
        let params = self.out.code.add_list(&params);
        let ret = self.ret_type(source, node);
        let body = self.inner_expr(source, node);
        self.scopes.leave(scope);
        let within = self.body.and_then(|id| Some((id, self.out.bodies.get(id.index())?.kind)));
        if let (Some((id, BodyKind::Const)), true) = (within, self.bodies_wanted()) {
            self.out.code.runtime_closures.push((id, first, self.out.code.exprs.len() as u32));
        }
        Expr::Closure { params, ret, body, asynchronous: node.has(K::ASYNC_KW), by_move: node.has(K::MOVE_KW) }
    }

    /// Lowers a `const { … }` block as a body of its own.
    pub(super) fn const_block(&mut self, source: &InText<'_>, node: Node<'_>) -> Expr {
        let body = self.add_body(BodyKind::Const, |this| {
            let root = this.block(source, node, BlockKind::Plain);
            (Vec::new(), root)
        });
        Expr::ConstBlock(body)
    }
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
        K::EQ2 => BinaryOp::Cmp(CmpOp::Eq),
        K::NEQ => BinaryOp::Cmp(CmpOp::Ne),
        K::L_ANGLE => BinaryOp::Cmp(CmpOp::Lt),
        K::R_ANGLE => BinaryOp::Cmp(CmpOp::Gt),
        K::LTEQ => BinaryOp::Cmp(CmpOp::Le),
        K::GTEQ => BinaryOp::Cmp(CmpOp::Ge),
        K::AMP2 => BinaryOp::And,
        K::PIPE2 => BinaryOp::Or,
        _ => return None,
    })
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
