//! Lowers `cfg_if!` and `cfg_select!`: every branch is lowered under its own predicate and the negation of those before it.

use super::{InText, Lower};
use crate::model::cfg::Cfg;
use crate::model::hir::{BlockKind, Expr, ExprId};
use crate::syntax::{Fragment, Node, SyntaxKind as K};

impl Lower<'_> {
    /// Lowers the branches below `call` as `fragment` with `inside`.
    pub(super) fn branches(
        &mut self,
        source: &InText<'_>,
        call: Node<'_>,
        fragment: Fragment,
        mut inside: impl FnMut(&mut Self, &InText<'_>, Node<'_>),
    ) {
        let Some(tree) = call.child(K::TOKEN_TREE) else { return };
        let mut otherwise = Cfg::Always;
        for (predicate, block) in branches(source, tree) {
            let cfg = otherwise.and(&predicate);
            otherwise = otherwise.and(&predicate.negated());
            let parsed = self.parse_inside(source, block, fragment);
            let Some(root) = parsed.tree.root() else { continue };
            let cfg = self.narrowed(&cfg);
            self.under(cfg, |this| inside(this, source, root));
        }
    }

    /// Lowers a call that has a value: that of the branch which a usual build takes.
    pub(super) fn branches_expr(&mut self, source: &InText<'_>, call: Node<'_>) -> ExprId {
        let start = self.exprs.len();
        let mut value = None;
        self.branches(source, call, Fragment::Statements, |this, source, root| {
            let tail = this.statements(source, root);
            let cfg = this.out.cfgs.get(this.cfg.index());
            let usual = cfg.and_then(|cfg| cfg.default_truth(&|_| true)) == Some(true);
            match tail {
                Some(tail) if usual && value.is_none() => value = Some(tail),
                tail => this.exprs.extend(tail),
            }
        });
        let stmts = self.exprs_from(start);
        let block = Expr::Block { stmts, tail: value, kind: BlockKind::Plain };
        self.add_expr(block, source.span_of(call))
    }
}

/// Returns the blocks of both macros, each with its own predicate: `if #[cfg(unix)] { … } else { … }`, and
/// `unix => { … } _ => { … }`.
fn branches<'t>(source: &InText<'_>, tree: Node<'t>) -> Vec<(Cfg, Node<'t>)> {
    let (mut found, mut predicate, mut start) = (Vec::new(), Cfg::Always, tree.start() + 1);
    let text = |from: u32, to: u32| source.text.get(from as usize..to as usize).unwrap_or("");
    for part in tree.children() {
        match part.kind() {
            K::TOKEN_TREE => {
                let own = source.text_of(part);
                let attribute = own.strip_prefix('[').and_then(|own| own.strip_suffix(']')).map(str::trim);
                if own.starts_with('{') {
                    found.push((std::mem::take(&mut predicate), part));
                    start = part.end();
                } else if let Some(within) = attribute.and_then(|it| it.strip_prefix("cfg")) {
                    let within = within.trim().trim_start_matches('(').strip_suffix(')').unwrap_or("");
                    predicate = Cfg::parse(within);
                }
            }
            K::COMMA => start = part.end(),
            K::EQ if text(part.end(), part.end() + 1) == ">" => {
                predicate = match text(start, part.start()).trim() {
                    "_" => Cfg::Always,
                    written => Cfg::parse(written),
                };
            }
            _ => {}
        }
    }
    found
}
