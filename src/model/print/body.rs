//! Bodies as text, one statement a line, for tests and debugging: each binding has its number, so that it shows which one a name
//! means. What is printed does not read back.

use std::fmt::Write;

use rustc_hash::FxHashSet;

use super::Printer;
use crate::model::hir::{
    BinaryOp, BindingId, BlockKind, Body, BodyId, Expr, ExprId, ExprStore, FileModel, LabelId, List, Literal, MatchArm,
    Param, RecordField, UnaryOp,
};

/// Expressions within expressions that are printed.
const DEPTH: u32 = 200;

/// Prints a body: its parameters, then its root. `code` is the file's.
pub fn body(model: &FileModel, code: &ExprStore, id: BodyId) -> String {
    let Some(body) = model.bodies.get(id.index()) else { return String::new() };
    let printer =
        Printer { out: String::new(), keep: &|_| true, module: &|_, _| None, at_root: FxHashSet::default(), depth: 0 };
    let mut bodies = Bodies { printer, model, code, body, indent: 0, depth: DEPTH };
    bodies.params(body.params);
    bodies.text(" ");
    bodies.expr(body.root);
    bodies.printer.out
}

pub(super) struct Bodies<'m> {
    pub(super) printer: Printer<'m, 'm>,
    model: &'m FileModel,
    pub(super) code: &'m ExprStore,
    body: &'m Body,
    indent: usize,
    pub(super) depth: u32,
}

impl Bodies<'_> {
    pub(super) fn text(&mut self, text: &str) {
        self.printer.out.push_str(text);
    }

    fn line(&mut self) {
        // auditor: allow(panicking-api) a column of our own texts
        let _ = write!(self.printer.out, "\n{:width$}", "", width = self.indent * 4);
    }

    fn ty(&mut self, ty: crate::model::hir::TypeId) {
        self.printer.ty(self.model, ty);
    }

    pub(super) fn path(&mut self, path: crate::model::hir::PathId) {
        self.printer.path(self.model, path);
    }

    pub(super) fn binding(&mut self, id: BindingId) {
        let number = id.number().wrapping_sub(self.body.bindings.start);
        let _ = write!(self.printer.out, "{}#{number}", self.code.binding(id).name);
    }

    fn params(&mut self, params: List<Param>) {
        self.text("|");
        for (at, &Param { pat, ty }) in self.code.list(params).iter().enumerate() {
            self.text(if at == 0 { "" } else { ", " });
            self.pat(pat);
            if let Some(ty) = ty {
                self.text(": ");
                self.ty(ty);
            }
        }
        self.text("|");
    }

    fn list(&mut self, open: &str, list: List<ExprId>, close: &str) {
        self.text(open);
        for (at, &part) in self.code.list(list).iter().enumerate() {
            self.text(if at == 0 { "" } else { ", " });
            self.expr(part);
        }
        self.text(close);
    }

    fn keyword(&mut self, word: &str, value: Option<ExprId>) {
        self.text(word);
        if let Some(value) = value {
            self.text(" ");
            self.expr(value);
        }
    }

    fn label_of(&mut self, id: ExprId) {
        if let Some(label) = self.code.label_of(id) {
            let _ = write!(self.printer.out, "'{}: ", label.name);
        }
    }

    fn jump(&mut self, word: &str, label: Option<LabelId>) {
        self.text(word);
        if let Some(label) = label.and_then(|label| self.code.label(label)) {
            let _ = write!(self.printer.out, " '{}", label.name);
        }
    }

    pub(super) fn expr(&mut self, id: ExprId) {
        let Some(depth) = self.depth.checked_sub(1) else { return self.text("…") };
        let outer = std::mem::replace(&mut self.depth, depth);
        self.label_of(id);
        match self.code.expr(id) {
            Expr::Block { .. }
            | Expr::If { .. }
            | Expr::Match { .. }
            | Expr::Loop { .. }
            | Expr::While { .. }
            | Expr::For { .. }
            | Expr::Closure { .. }
            | Expr::Return(_)
            | Expr::Break { .. }
            | Expr::Continue { .. }
            | Expr::Yield(_) => self.control(id),
            Expr::LetStmt { .. } | Expr::LetElse { .. } | Expr::Semi(_) | Expr::Let { .. } => self.statement(id),
            _ => self.operand(id),
        }
        self.depth = outer;
    }

    fn control(&mut self, id: ExprId) {
        match self.code.expr(id) {
            Expr::Block { stmts, tail, kind } => self.block(stmts, tail, kind),
            Expr::If { cond, then, otherwise } => {
                self.keyword("if", Some(cond));
                self.keyword("", Some(then));
                if otherwise.is_some() {
                    self.keyword(" else", otherwise);
                }
            }
            Expr::Match { scrutinee, arms } => {
                self.keyword("match", Some(scrutinee));
                self.text(" {");
                self.indent += 1;
                for &MatchArm { pat, guard, body } in self.code.list(arms) {
                    self.line();
                    self.pat(pat);
                    if guard.is_some() {
                        self.keyword(" if", guard);
                    }
                    self.keyword(" =>", Some(body));
                }
                self.indent -= 1;
                self.line();
                self.text("}");
            }
            Expr::Loop { body } => self.keyword("loop", Some(body)),
            Expr::While { cond, body } => {
                self.keyword("while", Some(cond));
                self.keyword("", Some(body));
            }
            Expr::For { pat, iter, body } => {
                self.text("for ");
                self.pat(pat);
                self.keyword(" in", Some(iter));
                self.keyword("", Some(body));
            }
            Expr::Closure { params, ret, body, asynchronous, by_move } => {
                self.text(if asynchronous { "async " } else { "" });
                self.text(if by_move { "move " } else { "" });
                self.params(params);
                if let Some(ret) = ret {
                    self.text(" -> ");
                    self.ty(ret);
                }
                self.keyword("", Some(body));
            }
            Expr::Return(value) => self.keyword("return", value),
            Expr::Yield(value) => self.keyword("yield", value),
            Expr::Break { value, label } => {
                self.jump("break", label);
                if value.is_some() {
                    self.keyword("", value);
                }
            }
            Expr::Continue { label } => self.jump("continue", label),
            _ => {}
        }
    }

    fn block(&mut self, stmts: List<ExprId>, tail: Option<ExprId>, kind: BlockKind) {
        self.text(match kind {
            BlockKind::Plain => "{",
            BlockKind::Unsafe => "unsafe {",
            BlockKind::Async => "async {",
            BlockKind::Try => "try {",
        });
        self.indent += 1;
        for &stmt in self.code.list(stmts) {
            self.line();
            self.expr(stmt);
        }
        if let Some(tail) = tail {
            self.line();
            self.expr(tail);
        }
        self.indent -= 1;
        self.line();
        self.text("}");
    }

    fn statement(&mut self, id: ExprId) {
        match self.code.expr(id) {
            Expr::LetStmt { pat, ty, init } => {
                self.text("let ");
                self.pat(pat);
                if let Some(ty) = ty {
                    self.text(": ");
                    self.ty(ty);
                }
                if init.is_some() {
                    self.keyword(" =", init);
                }
                self.text(";");
            }
            Expr::LetElse { stmt, otherwise } => {
                self.expr(stmt);
                self.keyword(" else", Some(otherwise));
            }
            Expr::Semi(value) => {
                self.expr(value);
                self.text(";");
            }
            Expr::Let { pat, expr } => {
                self.text("let ");
                self.pat(pat);
                self.keyword(" =", Some(expr));
            }
            _ => {}
        }
    }

    fn operand(&mut self, id: ExprId) {
        match self.code.expr(id) {
            Expr::Literal(literal) => self.literal(literal),
            Expr::Path(path) => self.path(path),
            Expr::Local(binding) => self.binding(binding),
            Expr::Unary { op, expr } => {
                self.text(if op == UnaryOp::Neg { "-" } else { "!" });
                self.expr(expr);
            }
            Expr::Deref(expr) => self.prefixed("*", expr),
            Expr::Ref { expr, mutable, raw } => self.prefixed(borrow(mutable, raw), expr),
            Expr::Binary { op, lhs, rhs } => self.binary(op, lhs, rhs),
            Expr::Index { base, index } => {
                self.prefixed("", base);
                self.prefixed("[", index);
                self.text("]");
            }
            Expr::Call { callee, args } => {
                self.expr(callee);
                self.list("(", args, ")");
            }
            Expr::MethodCall { receiver, method, args } => {
                self.expr(receiver);
                let _ = write!(self.printer.out, ".{method}");
                self.list("(", args, ")");
            }
            Expr::Field { base, name } => {
                self.expr(base);
                let _ = write!(self.printer.out, ".{name}");
            }
            Expr::Cast { expr, ty } => {
                self.prefixed("(", expr);
                self.text(" as ");
                self.ty(ty);
                self.text(")");
            }
            Expr::Try(inner) => {
                self.expr(inner);
                self.text("?");
            }
            Expr::Await(inner) => {
                self.expr(inner);
                self.text(".await");
            }
            _ => self.aggregate(id),
        }
    }

    fn aggregate(&mut self, id: ExprId) {
        match self.code.expr(id) {
            Expr::Tuple(parts) => self.list("(", parts, ",)"),
            Expr::Array(parts) => self.list("[", parts, "]"),
            Expr::Vec(parts) => self.list("vec![", parts, "]"),
            Expr::VecRepeat { elem, len } => {
                self.prefixed("vec![", elem);
                self.prefixed("; ", len);
                self.text("]");
            }
            Expr::Repeat { elem, len } => {
                self.prefixed("[", elem);
                let root = self.model.bodies.get(len.index()).map_or(ExprId::new(0), |body| body.root);
                self.prefixed("; ", root);
                self.text("]");
            }
            Expr::Record { path, fields, spread } => {
                if let Some(path) = path {
                    self.path(path);
                }
                self.text(" {");
                for &RecordField { name, value } in self.code.list(fields) {
                    let _ = write!(self.printer.out, " {name}: ");
                    self.expr(value);
                    self.text(",");
                }
                if let Some(spread) = spread {
                    self.prefixed(" ..", spread);
                }
                self.text(" }");
            }
            Expr::Range { low, high, inclusive } => self.range(low, high, inclusive),
            Expr::ConstBlock(body) => {
                let root = self.model.bodies.get(body.index()).map_or(ExprId::new(0), |body| body.root);
                self.prefixed("const ", root);
            }
            Expr::Macro { call, args } => {
                let path = self.code.calls.get(call.index()).map_or("", |call| &call.path);
                let _ = write!(self.printer.out, "{path}!");
                self.list("(", args, ")");
            }
            _ => self.text("_"),
        }
    }

    fn prefixed(&mut self, before: &str, expr: ExprId) {
        self.text(before);
        self.expr(expr);
    }

    pub(super) fn range(&mut self, low: Option<ExprId>, high: Option<ExprId>, inclusive: bool) {
        if let Some(low) = low {
            self.expr(low);
        }
        self.text(if inclusive { "..=" } else { ".." });
        if let Some(high) = high {
            self.expr(high);
        }
    }

    fn binary(&mut self, op: BinaryOp, lhs: ExprId, rhs: ExprId) {
        self.prefixed("(", lhs);
        let _ = write!(self.printer.out, " {} ", op.text());
        self.expr(rhs);
        self.text(")");
    }

    fn literal(&mut self, literal: Literal) {
        let _ = match literal {
            Literal::Int { value, suffix } => {
                let suffix = suffix.name().map_or("", |name| name.as_str());
                write!(self.printer.out, "{}{suffix}", u64::from(value))
            }
            Literal::Bool(value) => write!(self.printer.out, "{value}"),
            Literal::Byte(byte) => write!(self.printer.out, "b'\\x{byte:02x}'"),
            Literal::Float { .. } => write!(self.printer.out, "0.0"),
            Literal::Char => write!(self.printer.out, "'…'"),
            Literal::Str => write!(self.printer.out, "\"…\""),
            Literal::ByteStr(len) => write!(self.printer.out, "b\"…{len}\""),
            Literal::CStr => write!(self.printer.out, "c\"…\""),
        };
    }
}

pub(super) const fn borrow(mutable: bool, raw: bool) -> &'static str {
    match (mutable, raw) {
        (false, false) => "&",
        (true, false) => "&mut ",
        (false, true) => "&raw const ",
        (true, true) => "&raw mut ",
    }
}
