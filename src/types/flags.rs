//! Type flags: what occurs anywhere within a type. They are stored with the type, so that most walks end at once.

use super::subst::any_part_of;
use super::ty::{ConstArg, Ty, TyKind};

/// The most types that a type may be made of: hostile code doubles them, and what walks one takes so many steps. Iterators of real
/// code are a tenth of it. A larger one is unknown.
pub(super) const SIZE_LIMIT: u32 = 2_048;

/// What occurs anywhere within a type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// A type or const parameter.
    pub param: bool,
    /// A variable of inference.
    pub infer: bool,
    /// An associated type that is not decided yet.
    pub assoc: bool,
    /// Something unknown.
    pub unknown: bool,
}

impl Flags {
    fn or(self, other: Self) -> Self {
        Self {
            param: self.param | other.param,
            infer: self.infer | other.infer,
            assoc: self.assoc | other.assoc,
            unknown: self.unknown | other.unknown,
        }
    }

    pub(super) fn of(kind: &TyKind) -> Self {
        let all = |parts: &[Ty]| parts.iter().fold(Self::default(), |flags, part| flags.or(part.flags()));
        match kind {
            TyKind::Unknown => Self { unknown: true, ..Self::default() },
            TyKind::Infer(..) => Self { infer: true, ..Self::default() },
            TyKind::Param(_) => Self { param: true, ..Self::default() },
            TyKind::Adt(_, args) | TyKind::FnDef(_, args) => all(args),
            TyKind::Tuple(parts) | TyKind::FnPtr(parts, _) | TyKind::Closure(_, parts) => all(parts),
            TyKind::Ref(ty, _) | TyKind::Ptr(ty, _) | TyKind::Slice(ty) => ty.flags(),
            TyKind::Array(ty, len) => ty.flags().or(Self::of_len(*len)),
            TyKind::Const(len) => Self::of_len(*len),
            TyKind::Projection(ty, _, _, args) => all(args).or(ty.flags()).or(Self { assoc: true, ..Self::default() }),
            TyKind::Dyn(bounds) | TyKind::Opaque(bounds) => bounds.iter().fold(Self::default(), |flags, bound| {
                let bindings = bound.bindings.iter().fold(Self::default(), |flags, (_, ty)| flags.or(ty.flags()));
                flags.or(all(&bound.args)).or(bindings)
            }),
            _ => Self::default(),
        }
    }

    fn of_len(len: ConstArg) -> Self {
        match len {
            ConstArg::Param(_) => Self { param: true, ..Self::default() },
            ConstArg::Infer(_) => Self { infer: true, ..Self::default() },
            ConstArg::Known(_) | ConstArg::Unknown => Self::default(),
        }
    }
}

/// How many types a kind is made of, itself too; what occurs twice counts twice.
pub(super) fn size_of(kind: &TyKind) -> u32 {
    let mut size = 1_u32;
    any_part_of(kind, &mut |part| {
        size = size.saturating_add(part.size());
        false
    });
    size
}
