//! Lowers patterns.

use super::{InText, Lower};
use crate::model::hir::{Binding, BindingId, Expr, ExprId, FieldPat, List, Pat, PatId, PathId, SyntaxContext};
use crate::model::name::Name;
use crate::syntax::{Node, SyntaxKind as K};

impl Lower<'_> {
    pub(super) fn pat(&mut self, source: &InText<'_>, node: Node<'_>) -> PatId {
        let lowered = match node.kind() {
            K::PAREN_PAT => return self.inner_pat(source, node),
            K::WILDCARD_PAT => Pat::Wild,
            K::REST_PAT => Pat::Rest,
            K::IDENT_PAT => {
                let sub = node.find(is_pat).map(|sub| self.pat(source, sub));
                Pat::Bind { binding: self.binding(source, node), sub }
            }
            K::REF_PAT => Pat::Ref { pat: self.inner_pat(source, node), mutable: node.has(K::MUT_KW) },
            K::BOX_PAT | K::DEREF_PAT => Pat::Box(self.inner_pat(source, node)),
            K::TUPLE_PAT => Pat::Tuple(self.pats_below(source, node)),
            K::SLICE_PAT => Pat::Slice(self.pats_below(source, node)),
            K::OR_PAT => Pat::Or(self.alternatives(source, node)),
            K::TUPLE_STRUCT_PAT => {
                let path = self.path_below(source, node);
                Pat::TupleStruct { path, args: self.pats_below(source, node) }
            }
            K::RECORD_PAT => self.record_pat(source, node),
            K::PATH_PAT => Pat::Path(self.path_below(source, node)),
            K::LITERAL_PAT => Pat::Literal(self.literal_pat(source, node)),
            K::RANGE_PAT => self.range_pat(source, node),
            K::CONST_BLOCK_PAT => Pat::Const(self.const_body(source, node.find(|kind| kind == K::BLOCK_EXPR))),
            K::MACRO_PAT => match node.child(K::MACRO_CALL) {
                Some(call) => return self.macro_pat(source, call),
                None => Pat::Missing,
            },
            _ => Pat::Missing,
        };
        self.add_pat(lowered)
    }

    pub(super) fn inner_pat(&mut self, source: &InText<'_>, node: Node<'_>) -> PatId {
        node.find(is_pat).map_or(PatId::new(0), |pat| self.pat(source, pat))
    }

    fn pats_below(&mut self, source: &InText<'_>, node: Node<'_>) -> List<PatId> {
        let start = self.pats.len();
        for inner in node.children().filter(|n| is_pat(n.kind())) {
            let id = self.pat(source, inner);
            self.pats.push(id);
        }
        self.pats_from(start)
    }

    /// Lowers the alternatives of an or-pattern, which all bind the names of the first.
    fn alternatives(&mut self, source: &InText<'_>, node: Node<'_>) -> List<PatId> {
        let start = self.pats.len();
        let (outer, first) = (self.scopes.alternatives, self.scopes.enter());
        for inner in node.children().filter(|n| is_pat(n.kind())) {
            let id = self.pat(source, inner);
            self.pats.push(id);
            self.scopes.alternatives = outer.or(Some(first));
        }
        self.scopes.alternatives = outer;
        self.pats_from(start)
    }

    /// Brings the name of a binding pattern into scope.
    fn binding(&mut self, source: &InText<'_>, node: Node<'_>) -> BindingId {
        let named = node.find(|kind| matches!(kind, K::NAME | K::NAME_REF));
        let name = named.map_or(Name::MISSING, |name| Name::new(source.text_of(name)));
        let ctx = named.map_or(SyntaxContext::ROOT, |name| source.context(name.start()));
        self.bind(Binding { name, ctx, by_ref: node.has(K::REF_KW), mutable: node.has(K::MUT_KW) })
    }

    /// Brings a binding into scope; in a later alternative of an or-pattern it is the first one's.
    pub(super) fn bind(&mut self, binding: Binding) -> BindingId {
        if let Some(known) = self.scopes.alternative(binding.name, binding.ctx) {
            return known;
        }
        let id = BindingId::new(self.out.code.bindings.len() as u32);
        self.out.code.bindings.push(binding);
        self.scopes.bind(binding.name, binding.ctx, id);
        id
    }

    fn path_below(&mut self, source: &InText<'_>, node: Node<'_>) -> PathId {
        match node.child(K::PATH) {
            Some(path) => self.path(source, path),
            None => self.out.add_path(crate::model::hir::Anchor::Plain, []),
        }
    }

    fn record_pat(&mut self, source: &InText<'_>, node: Node<'_>) -> Pat {
        let path = self.path_below(source, node);
        let mut fields = Vec::new();
        for field in node.child(K::RECORD_PAT_FIELD_LIST).into_iter().flat_map(Node::nodes) {
            if field.kind() != K::RECORD_PAT_FIELD {
                continue;
            }
            let Some(sub) = field.find(is_pat) else { continue };
            let pat = self.pat(source, sub);
            let name = match field.child(K::NAME_REF) {
                Some(name) => Name::new(source.text_of(name)),
                None => name_of(source, sub),
            };
            fields.push(FieldPat { name, pat });
        }
        Pat::Record { path, fields: self.out.code.add_list(&fields) }
    }

    fn literal_pat(&mut self, source: &InText<'_>, node: Node<'_>) -> ExprId {
        let literal = node.child(K::LITERAL).map_or(ExprId::new(0), |literal| self.expr(source, literal));
        if node.has(K::MINUS) {
            let op = crate::model::hir::UnaryOp::Neg;
            return self.add_expr(Expr::Unary { op, expr: literal }, source.span_of(node));
        }
        literal
    }

    fn range_pat(&mut self, source: &InText<'_>, node: Node<'_>) -> Pat {
        let (mut low, mut high, mut inclusive, mut after) = (None, None, false, false);
        for child in node.children() {
            match child.kind() {
                K::DOT2 => after = true,
                K::DOT2EQ | K::DOT3 => (after, inclusive) = (true, true),
                // A name there is a constant's.
                K::IDENT_PAT => {
                    let end = Some(self.name_expr(name_of(source, child), source.span_of(child)));
                    *(if after { &mut high } else { &mut low }) = end;
                }
                kind if is_pat(kind) => {
                    let id = self.pat(source, child);
                    let end = match self.out.code.pat(id) {
                        Pat::Literal(expr) => Some(expr),
                        Pat::Path(path) => Some(self.add_expr(Expr::Path(path), source.span_of(child))),
                        _ => None,
                    };
                    *(if after { &mut high } else { &mut low }) = end;
                }
                _ => {}
            }
        }
        Pat::Range { low, high, inclusive }
    }
}

/// Returns the name directly below `node`.
pub(super) fn name_of(source: &InText<'_>, node: Node<'_>) -> Name {
    node.find(|kind| matches!(kind, K::NAME | K::NAME_REF))
        .map_or(Name::MISSING, |name| Name::new(source.text_of(name)))
}

/// Tells whether nodes of `kind` are patterns.
#[inline]
pub(super) fn is_pat(kind: K) -> bool {
    matches!(
        kind,
        K::BOX_PAT
            | K::CONST_BLOCK_PAT
            | K::DEREF_PAT
            | K::IDENT_PAT
            | K::LITERAL_PAT
            | K::MACRO_PAT
            | K::OR_PAT
            | K::PAREN_PAT
            | K::PATH_PAT
            | K::RANGE_PAT
            | K::RECORD_PAT
            | K::REF_PAT
            | K::REST_PAT
            | K::SLICE_PAT
            | K::TUPLE_PAT
            | K::TUPLE_STRUCT_PAT
            | K::WILDCARD_PAT
    )
}
