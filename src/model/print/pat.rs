//! Patterns as text, as `body.rs` prints bodies.

use std::fmt::Write;

use super::body::{Bodies, borrow};
use crate::model::hir::{BindingId, FieldPat, List, Pat, PatId};

impl Bodies<'_> {
    fn pats(&mut self, open: &str, list: List<PatId>, between: &str, close: &str) {
        self.text(open);
        for (at, &part) in self.code.list(list).iter().enumerate() {
            self.text(if at == 0 { "" } else { between });
            self.pat(part);
        }
        self.text(close);
    }

    pub(super) fn pat(&mut self, id: PatId) {
        let Some(depth) = self.depth.checked_sub(1) else { return self.text("…") };
        let outer = std::mem::replace(&mut self.depth, depth);
        match self.code.pat(id) {
            Pat::Missing => self.text("!"),
            Pat::Wild => self.text("_"),
            Pat::Rest => self.text(".."),
            Pat::Bind { binding, sub } => self.bind(binding, sub),
            Pat::Ref { pat, mutable } => {
                self.text(borrow(mutable, false));
                self.pat(pat);
            }
            Pat::Tuple(parts) => self.pats("(", parts, ", ", ",)"),
            Pat::TupleStruct { path, args } => {
                self.path(path);
                self.pats("(", args, ", ", ")");
            }
            Pat::Record { path, fields } => {
                self.path(path);
                self.text(" {");
                for &FieldPat { name, pat } in self.code.list(fields) {
                    let _ = write!(self.printer.out, " {name}: ");
                    self.pat(pat);
                    self.text(",");
                }
                self.text(" }");
            }
            Pat::Path(path) => self.path(path),
            Pat::Literal(expr) => self.expr(expr),
            Pat::Range { low, high, inclusive } => self.range(low, high, inclusive),
            Pat::Slice(parts) => self.pats("[", parts, ", ", "]"),
            Pat::Or(parts) => self.pats("", parts, " | ", ""),
            Pat::Box(pat) => {
                self.text("box ");
                self.pat(pat);
            }
            Pat::Const(_) => self.text("const"),
        }
        self.depth = outer;
    }

    fn bind(&mut self, binding: BindingId, sub: Option<PatId>) {
        let known = self.code.binding(binding);
        self.text(if known.by_ref { "ref " } else { "" });
        self.text(if known.mutable { "mut " } else { "" });
        self.binding(binding);
        if let Some(sub) = sub {
            self.text(" @ ");
            self.pat(sub);
        }
    }
}
