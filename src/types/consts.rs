//! The evaluator of constants: integers that literals, named and associated constants, discriminants, `size_of` and arithmetic
//! decide, on the machine that is audited for. It runs no function and knows no type parameter.

use crate::model::cfg::Cfg;
use crate::model::hir::{BinaryOp, Expr, ExprId, ExprStore, GenericArg, Literal, Path, UnaryOp};
use crate::model::item::ItemKind;
pub use crate::types::const_paths::{ConstBody, ConstCx, ConstPath};
use crate::types::layout::{Layout, Machine, Measure};
use crate::types::lower_ty::{Hole, Scope};
use crate::types::names::{Namespace, Res};
use crate::types::ty::{DefId, Int, Ty, TyKind};
use crate::types::typed_body::{TypedBody, ValueRes};
use crate::types::world::World;

/// Constants and expressions within others that are followed.
const DEPTH: u32 = 64;

/// Steps that one evaluation may take: constants that double each other are exponential.
const FUEL: u32 = 4_096;

impl World {
    /// Returns the value of the constant that a path names; `depth` says how deep in types and constants it stands.
    pub fn const_path(&self, cx: ConstCx<'_>, path: Path<'_>, depth: u32) -> Option<i128> {
        ConstEval { world: self, depth: DEPTH.saturating_sub(depth), fuel: FUEL }.path(cx, path)
    }

    /// Returns the value of an expression that constants alone decide; `depth` as above.
    pub fn const_expr(&self, cx: ConstCx<'_>, expr: ExprId, depth: u32) -> Option<i128> {
        ConstEval { world: self, depth: DEPTH.saturating_sub(depth), fuel: FUEL }.expr(cx, expr)
    }

    /// Whether every build that has one item has the other.
    fn is_in_every_build(&self, of: DefId, other: DefId) -> bool {
        let cfg = |def: DefId| self.file(def.file)?.cfgs.get(self.item(def)?.cfg.index());
        cfg(other).is_some_and(|other| cfg(of).unwrap_or(&Cfg::Always).implies(other))
    }

    /// Returns the value of an expression of a body of the item `owner`.
    pub fn const_in_body(&self, owner: DefId, code: &ExprStore, typed: &TypedBody, expr: ExprId) -> Option<i128> {
        let model = self.file(owner.file)?;
        let cx = ConstCx {
            model,
            module: self.module_of(owner)?,
            self_adt: self.self_adt(owner),
            body: Some(ConstBody { owner, code, typed }),
        };
        self.const_expr(cx, expr, 0)
    }
}

struct ConstEval<'w> {
    world: &'w World,
    depth: u32,
    fuel: u32,
}

impl ConstEval<'_> {
    /// Evaluates one level deeper.
    fn deeper<R>(&mut self, evaluate: impl FnOnce(&mut Self) -> Option<R>) -> Option<R> {
        self.fuel = self.fuel.checked_sub(1)?;
        self.depth = self.depth.checked_sub(1)?;
        let value = evaluate(self);
        self.depth += 1;
        value
    }

    fn expr(&mut self, cx: ConstCx<'_>, id: ExprId) -> Option<i128> {
        self.deeper(|this| this.expr_inner(cx, id))
    }

    fn expr_inner(&mut self, cx: ConstCx<'_>, id: ExprId) -> Option<i128> {
        let expr = cx.body.map_or_else(|| cx.model.constant(id), |body| body.code.expr(id));
        match expr {
            Expr::Literal(Literal::Int { value, .. }) => Some(u64::from(value).into()),
            Expr::Literal(Literal::Byte(byte)) => Some(i128::from(byte)),
            Expr::Path(path) => {
                let path = cx.model.path(path)?;
                match cx.body.and_then(|body| Some((body, body.typed.res(id, body.code)?))) {
                    Some((body, res)) => self.limit(path).or_else(|| self.res(body, res)),
                    None => self.path(cx, path),
                }
            }
            // A name whose pattern is a constant.
            Expr::Local(_) => self.res(cx.body?, cx.body?.typed.res(id, cx.body?.code)?),
            Expr::Call { callee, args } if args.is_empty() => self.measure(cx, id, callee),
            Expr::Cast { expr, ty } => {
                let value = self.expr(cx, expr)?;
                let target = match cx.body.map(|body| body.typed.ty(id).kind()) {
                    Some(TyKind::Int(int)) => *int,
                    _ => self.world.int_named(cx, ty)?,
                };
                wrapped(value, target, self.world.machine)
            }
            Expr::Block { stmts, tail: Some(tail), .. } if stmts.is_empty() => self.expr(cx, tail),
            Expr::Unary { op: UnaryOp::Neg, expr } => self.expr(cx, expr)?.checked_neg(),
            Expr::Unary { op: UnaryOp::Not, expr } => {
                let TyKind::Int(int) = *cx.body?.typed.ty(id).kind() else { return None };
                wrapped(!self.expr(cx, expr)?, int, self.world.machine)
            }
            Expr::Binary { op: BinaryOp::Arith(op), lhs, rhs } => {
                let lhs = self.expr(cx, lhs)?;
                op.apply(lhs, self.expr(cx, rhs)?)
            }
            _ => None,
        }
    }

    fn path(&mut self, cx: ConstCx<'_>, path: Path<'_>) -> Option<i128> {
        if let Some(limit) = self.limit(path) {
            return Some(limit);
        }
        match self.world.const_named(cx, path)? {
            ConstPath::Item(def) => self.item(def),
            ConstPath::Variant(def, variant) => self.discriminant(def, variant),
        }
    }

    fn res(&mut self, body: ConstBody<'_>, res: ValueRes) -> Option<i128> {
        match res {
            ValueRes::Const(def) if self.world.is_in_every_build(body.owner, def) => self.item(def),
            ValueRes::Variant(def, variant) => self.discriminant(def, variant),
            _ => None,
        }
    }

    /// The value of a constant item. That of a trait is whatever an impl makes it.
    fn item(&mut self, def: DefId) -> Option<i128> {
        let world = self.world;
        let container = world.container(def).and_then(|at| world.item(at));
        if container.is_some_and(|at| matches!(at.kind, ItemKind::Trait { .. })) {
            return None;
        }
        self.declared(def)
    }

    /// The value that a constant item is declared with.
    fn declared(&mut self, def: DefId) -> Option<i128> {
        let world = self.world;
        let ItemKind::Const { body: Some(body), .. } = world.item(def)?.kind else { return None };
        let cx = ConstCx {
            model: world.file(def.file)?,
            module: world.module_of(def)?,
            self_adt: world.self_adt(def),
            body: None,
        };
        let root = cx.model.bodies.get(body.index())?.root;
        self.expr(cx, root)
    }

    /// The discriminant of a variant: its own, or one more than that of the variant before.
    fn discriminant(&mut self, def: DefId, wanted: crate::model::hir::VariantId) -> Option<i128> {
        let world = self.world;
        let (model, item) = (world.file(def.file)?, world.item(def)?);
        let ItemKind::Enum { variants } = item.kind else { return None };
        let mut next = Some(0);
        for &id in model.list(variants) {
            let variant = model.variants.get(id.index())?;
            let value = match variant.discriminant {
                Some(body) => {
                    let module = world.module_of(def)?;
                    let cx = ConstCx { model, module, self_adt: Some(def), body: None };
                    self.expr(cx, model.bodies.get(body.index())?.root)
                }
                None => next,
            };
            if id == wanted {
                return value;
            }
            // Not every build has it: what is counted from it is not known.
            next = value.filter(|_| variant.cfg == item.cfg).and_then(|value| value.checked_add(1));
        }
        None
    }

    /// `size_of::<T>()` and `align_of::<T>()`, where they are certain.
    fn measure(&self, cx: ConstCx<'_>, call: ExprId, callee: ExprId) -> Option<i128> {
        let world = self.world;
        let (size, layout) = if let Some(body) = cx.body {
            let target = body.typed.call(call)?;
            let def = target.def?;
            (is_measure(world, def)?, world.layout(*target.args.first()?, world.machine))
        } else {
            let Expr::Path(path) = cx.model.constant(callee) else { return None };
            let path = cx.model.path(path)?;
            let [GenericArg::Type(ty)] = *path.last_args()?.args else { return None };
            let end = world.names.resolve(cx.module, path, Namespace::Values, &world.files)?;
            let Res::Item(def) = end.res else { return None };
            let size = is_measure(world, def)?;
            let scope = Scope {
                world,
                model: cx.model,
                module: cx.module,
                params: Vec::new().into(),
                self_ty: None,
                impl_params: None,
                hole: Hole::Unknown,
                depth: DEPTH - self.depth,
            };
            let ty = scope.ty(ty);
            // The fields of a struct may ask for this very constant.
            if names_adt(ty, DEPTH) {
                return None;
            }
            (size, world.layout(ty, world.machine))
        };
        let Layout { size: bytes, align } = layout;
        match if size { bytes } else { align } {
            Measure::Exactly(bytes) => Some(bytes.into()),
            _ => None,
        }
    }

    /// `u8::MAX` and the like.
    fn limit(&self, path: Path<'_>) -> Option<i128> {
        let [ty, limit] = path.segments else { return None };
        if path.anchor != crate::model::hir::Anchor::Plain {
            return None;
        }
        let int = Int::ALL.into_iter().find(|int| int.name() == ty.name)?;
        let bits = bits(int, self.world.machine);
        let (least, greatest) = range(int, bits)?;
        match limit.name.as_str() {
            "MIN" => Some(least),
            "MAX" => Some(greatest),
            "BITS" => Some(bits.into()),
            _ => None,
        }
    }
}

/// Whether a function is std's `size_of` or, if false, `align_of`.
fn is_measure(world: &World, def: DefId) -> Option<bool> {
    let name = world.name_of(def);
    let size = match name.as_str() {
        "size_of" => true,
        "align_of" => false,
        _ => return None,
    };
    world.is_std(def, name).then_some(size)
}

fn bits(int: Int, machine: Machine) -> u32 {
    8 * int.bytes(machine.pointer_bytes) as u32
}

/// The least and the greatest value of an integer type; `None` where an `i128` does not hold them.
fn range(int: Int, bits: u32) -> Option<(i128, i128)> {
    if int.is_signed() {
        let least = i128::MIN >> i128::BITS.checked_sub(bits)?;
        return Some((least, !least));
    }
    Some((0, 1_i128.checked_shl(bits)?.checked_sub(1).filter(|&greatest| bits < i128::BITS && greatest > 0)?))
}

/// What a cast makes of a value.
fn wrapped(value: i128, int: Int, machine: Machine) -> Option<i128> {
    let bits = bits(int, machine);
    let (least, greatest) = range(int, bits)?;
    if (least..=greatest).contains(&value) {
        return Some(value);
    }
    let unused = i128::BITS.checked_sub(bits)?;
    let low = value.checked_shl(unused)?;
    Some(if int.is_signed() { low >> unused } else { (low.cast_unsigned() >> unused).cast_signed() })
}

/// Whether a struct, enum or union, or something unknown, occurs within a type.
fn names_adt(ty: Ty, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    match ty.kind() {
        TyKind::Ref(inner, _) | TyKind::Ptr(inner, _) | TyKind::Slice(inner) | TyKind::Array(inner, _) => {
            names_adt(*inner, depth)
        }
        TyKind::Tuple(parts) => parts.iter().any(|&part| names_adt(part, depth)),
        TyKind::Bool | TyKind::Char | TyKind::Str | TyKind::Int(_) | TyKind::Float(_) | TyKind::FnPtr(..) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_wrap_as_the_machine_does() {
        let (wide, narrow) = (Machine::default(), Machine { pointer_bytes: 4 });
        for (value, int, machine, wanted) in [
            (256, Int::U8, wide, Some(0)),
            (-1, Int::U8, wide, Some(255)),
            (200, Int::I8, wide, Some(-56)),
            (1 << 32, Int::Usize, wide, Some(1 << 32)),
            ((1 << 32) + 7, Int::Usize, narrow, Some(7)),
            (-1, Int::Isize, narrow, Some(-1)),
            (i128::MIN, Int::I128, wide, Some(i128::MIN)),
            (-1, Int::U128, wide, None),
        ] {
            assert_eq!(wrapped(value, int, machine), wanted, "{value} as {int:?}");
        }
    }
}
