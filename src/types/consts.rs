//! Values of constants, as far as literals, named constants and arithmetic decide them: array lengths, mostly.

use crate::model::hir::{Anchor, ArithOp, BinaryOp, Expr, ExprId, FileModel, Literal, Path};
use crate::model::item::ItemKind;
use crate::types::names::{Meaning, ModuleId, Space};
use crate::types::world::World;

/// Constants within constants that are followed.
const DEPTH: u32 = 16;

impl World {
    /// Returns the value of the constant that a path names.
    pub fn const_value(&self, module: ModuleId, path: &Path, depth: u32) -> Option<u64> {
        if depth > DEPTH {
            return None;
        }
        if let Some(limit) = primitive_limit(path) {
            return Some(limit);
        }
        let end = self.names.resolve(module, path, Space::Values, &self.files)?;
        let Meaning::Item(def) = end.meaning else { return None };
        if end.used != path.segments.len() {
            return None;
        }
        let ItemKind::Const { body: Some(body), .. } = self.item(def)?.kind else { return None };
        let model = self.file(def.file)?;
        let root = model.bodies.get(body.index())?.root;
        self.const_expr(self.module_of(def)?, model, root, depth + 1)
    }

    /// Returns the value of an expression that constants alone decide.
    pub fn const_expr(&self, module: ModuleId, model: &FileModel, expr: ExprId, depth: u32) -> Option<u64> {
        if depth > DEPTH {
            return None;
        }
        match model.expr(expr) {
            Expr::Literal(Literal::Int { value, .. }) => Some(value),
            Expr::Literal(Literal::Byte(byte)) => Some(u64::from(byte)),
            Expr::Path(path) => self.const_value(module, model.path(path)?, depth + 1),
            Expr::Cast { expr, .. } => self.const_expr(module, model, expr, depth + 1),
            Expr::Block { stmts, tail: Some(tail), .. } if model.list(stmts).is_empty() => {
                self.const_expr(module, model, tail, depth + 1)
            }
            Expr::Binary { op: BinaryOp::Arith(op), lhs, rhs } => {
                let lhs = self.const_expr(module, model, lhs, depth + 1)?;
                let rhs = self.const_expr(module, model, rhs, depth + 1)?;
                arith(op, lhs, rhs)
            }
            _ => None,
        }
    }
}

fn arith(op: ArithOp, lhs: u64, rhs: u64) -> Option<u64> {
    match op {
        ArithOp::Add => lhs.checked_add(rhs),
        ArithOp::Sub => lhs.checked_sub(rhs),
        ArithOp::Mul => lhs.checked_mul(rhs),
        ArithOp::Div => lhs.checked_div(rhs),
        ArithOp::Rem => lhs.checked_rem(rhs),
        ArithOp::Shl => lhs.checked_shl(u32::try_from(rhs).ok()?),
        ArithOp::Shr => lhs.checked_shr(u32::try_from(rhs).ok()?),
        ArithOp::BitAnd => Some(lhs & rhs),
        ArithOp::BitOr => Some(lhs | rhs),
        ArithOp::BitXor => Some(lhs ^ rhs),
    }
}

/// `u8::MAX` and the like, of unsigned types.
fn primitive_limit(path: &Path) -> Option<u64> {
    let [ty, limit] = &*path.segments else { return None };
    if path.anchor != Anchor::Plain {
        return None;
    }
    match (ty.name.as_str(), limit.name.as_str()) {
        ("u8", "MAX") => Some(u64::from(u8::MAX)),
        ("u16", "MAX") => Some(u64::from(u16::MAX)),
        ("u32", "MAX") => Some(u64::from(u32::MAX)),
        ("u64" | "usize", "MAX") => Some(u64::MAX),
        ("u8" | "u16" | "u32" | "u64" | "usize", "MIN") => Some(0),
        ("u8" | "i8", "BITS") => Some(8),
        ("u16" | "i16", "BITS") => Some(16),
        ("u32" | "i32", "BITS") => Some(32),
        ("u64" | "i64" | "usize" | "isize", "BITS") => Some(64),
        ("u128" | "i128", "BITS") => Some(128),
        _ => None,
    }
}
