//! What occurs anywhere within a type: kept with it, so that most walks end at once.

use super::ty::{Len, Ty, TyKind};

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
            TyKind::Tuple(parts) | TyKind::FnPtr(parts) | TyKind::Closure(_, parts) => all(parts),
            TyKind::Ref(ty, _) | TyKind::Ptr(ty, _) | TyKind::Slice(ty) => ty.flags(),
            TyKind::Array(ty, len) => ty.flags().or(Self::of_len(*len)),
            TyKind::Const(len) => Self::of_len(*len),
            TyKind::Assoc(ty, _, _, args) => all(args).or(ty.flags()).or(Self { assoc: true, ..Self::default() }),
            TyKind::Bounded(bounds, _) => bounds.iter().fold(Self::default(), |flags, bound| {
                let bindings = bound.bindings.iter().fold(Self::default(), |flags, (_, ty)| flags.or(ty.flags()));
                flags.or(all(&bound.args)).or(bindings)
            }),
            _ => Self::default(),
        }
    }

    fn of_len(len: Len) -> Self {
        match len {
            Len::Param(_) => Self { param: true, ..Self::default() },
            Len::Infer(_) => Self { infer: true, ..Self::default() },
            Len::Known(_) | Len::Unknown => Self::default(),
        }
    }
}
