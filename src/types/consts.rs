//! Values of constants, as far as literals, named constants and arithmetic decide them: array lengths, mostly.

use crate::model::cfg::Cfg;
use crate::model::hir::{Anchor, ArithOp, BinaryOp, Expr, ExprId, FileModel, GenericArg, Literal, Path, TypeRef};
use crate::model::item::{ItemKind, Parent};
use crate::types::layout::{Machine, Measure};
use crate::types::lower_ty::{Hole, Scope, primitive};
use crate::types::names::{ModuleId, Namespace, Res};
use crate::types::ty::{DefId, Ty, TyKind};
use crate::types::world::World;

/// Constants within constants that are followed.
const DEPTH: u32 = 16;

impl World {
    /// Returns the value of the constant that a path names.
    pub fn const_value(&self, module: ModuleId, path: Path<'_>, depth: u32) -> Option<u64> {
        if depth > DEPTH {
            return None;
        }
        if let Some(limit) = primitive_limit(path) {
            return Some(limit);
        }
        let end = self.names.resolve(module, path, Namespace::Values, &self.files)?;
        let Res::Item(def) = end.res else { return None };
        if end.used != path.segments.len() {
            return None;
        }
        let ItemKind::Const { body: Some(body), .. } = self.item(def)?.kind else { return None };
        let model = self.file(def.file)?;
        let root = model.bodies.get(body.index())?.root;
        self.const_expr(self.module_of(def)?, model, root, depth + 1)
    }

    /// `size_of::<T>()` and `align_of::<T>()`, where they are certain.
    fn measure_of_type(&self, module: ModuleId, model: &FileModel, callee: ExprId) -> Option<u64> {
        let Expr::Path(path) = model.constant(callee) else { return None };
        let path = model.path(path)?;
        let last = path.segments.last()?;
        let [GenericArg::Type(ty)] = *path.last_args()?.args else { return None };
        if !matches!(last.name.as_str(), "size_of" | "align_of") {
            return None;
        }
        let end = self.names.resolve(module, path, Namespace::Values, &self.files)?;
        let Res::Item(def) = end.res else { return None };
        if !self.is_std(def, last.name) {
            return None;
        }
        let scope = Scope {
            world: self,
            model,
            module,
            params: Vec::new().into(),
            self_ty: None,
            impl_params: None,
            hole: Hole::Unknown,
            depth: 0,
        };
        let ty = scope.ty(ty);
        if names_adt(ty, DEPTH) {
            // Its fields may ask for this very constant.
            return None;
        }
        let layout = self.layout(ty, Machine::default());
        match if last.name.as_str() == "size_of" { layout.size } else { layout.align } {
            Measure::Exactly(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns the value of the constant that a path within an item's body names, where no build has another one.
    pub fn constant_named_in(&self, owner: DefId, path: Path<'_>) -> Option<u64> {
        let [one] = path.segments else { return self.const_value(self.module_of(owner)?, path, 0) };
        let module = self.module_of(owner)?;
        let end = self.names.resolve(module, path, Namespace::Values, &self.files)?;
        let Res::Item(def) = end.res else { return None };
        let cfg = |of: DefId| self.file(of.file)?.cfgs.get(self.item(of)?.cfg.index());
        if !cfg(owner).unwrap_or(&Cfg::Always).implies(cfg(def)?) {
            return None;
        }
        // Last, for it walks all items: a constant of the block hides the module's from what stands beside it.
        let in_block = |parent| matches!(parent, Parent::Block(_, of) if of == owner.item);
        let hidden = self.file(owner.file)?.items.iter().any(|item| item.name == one.name && in_block(item.parent));
        if hidden { None } else { self.const_value(module, path, 0) }
    }

    /// Returns the value of an expression that constants alone decide.
    pub fn const_expr(&self, module: ModuleId, model: &FileModel, expr: ExprId, depth: u32) -> Option<u64> {
        if depth > DEPTH {
            return None;
        }
        match model.constant(expr) {
            Expr::Literal(Literal::Int { value, .. }) => Some(value.into()),
            Expr::Literal(Literal::Byte(byte)) => Some(u64::from(byte)),
            Expr::Path(path) => self.const_value(module, model.path(path)?, depth + 1),
            Expr::Call { callee, args } if args.is_empty() => self.measure_of_type(module, model, callee),
            Expr::Cast { expr, ty } => {
                let value = self.const_expr(module, model, expr, depth + 1)?;
                match model.ty(ty) {
                    TypeRef::Path(path) => model.path(path).map_or(Some(value), |path| cast_to(value, path)),
                    _ => Some(value),
                }
            }
            Expr::Block { stmts, tail: Some(tail), .. } if stmts.is_empty() => {
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

/// A value as the primitive that a path names; `None` where it would change its sign.
fn cast_to(value: u64, ty: Path<'_>) -> Option<u64> {
    let [one] = ty.segments else { return Some(value) };
    let TyKind::Int(int) = primitive(one.name).kind() else { return Some(value) };
    let bits = 8 * int.bytes(Machine::default().pointer_bytes) as u32;
    if int.is_signed() {
        return (value.checked_shr(bits - 1).unwrap_or(0) == 0).then_some(value);
    }
    Some(if bits < u64::BITS { value & ((1 << bits) - 1) } else { value })
}

/// Whether a struct, enum or union, or something unknown, occurs within a type.
fn names_adt(ty: Ty, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    match ty.kind() {
        TyKind::Ref(inner, _) | TyKind::Ptr(inner, _) | TyKind::Slice(inner) | TyKind::Array(inner, _) => {
            names_adt(*inner, depth)
        }
        TyKind::Tuple(parts) => parts.iter().any(|&part| names_adt(part, depth)),
        TyKind::Bool | TyKind::Char | TyKind::Str | TyKind::Int(_) | TyKind::Float(_) | TyKind::FnPtr(_) => false,
        _ => true,
    }
}

fn arith(op: ArithOp, lhs: u64, rhs: u64) -> Option<u64> {
    op.apply(lhs.into(), rhs.into()).and_then(|value| value.try_into().ok())
}

/// `u8::MAX` and the like, of unsigned types.
fn primitive_limit(path: Path<'_>) -> Option<u64> {
    let [ty, limit] = path.segments else { return None };
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
