//! The types that every scan has, made once: they are asked for at nearly every expression.

use std::sync::LazyLock;

use super::list::Tys;
use super::ty::{Int, Ty, TyKind};

static COMMON: LazyLock<Common> = LazyLock::new(|| Common {
    unknown: Ty::intern(TyKind::Unknown),
    unit: Ty::intern(TyKind::Tuple(Tys::default())),
    never: Ty::intern(TyKind::Never),
    boolean: Ty::intern(TyKind::Bool),
    string: Ty::intern(TyKind::Str),
    function: Ty::intern(TyKind::FnPtr(Tys::default(), false)),
    ints: Int::ALL.map(|int| Ty::intern(TyKind::Int(int))),
});

struct Common {
    unknown: Ty,
    unit: Ty,
    never: Ty,
    boolean: Ty,
    string: Ty,
    function: Ty,
    ints: [Ty; Int::ALL.len()],
}

// auditor: allow(panicking-api) making these types does nothing that can panic
impl Ty {
    /// The type that is not known.
    pub fn unknown() -> Self {
        COMMON.unknown
    }

    /// `()`.
    pub fn unit() -> Self {
        COMMON.unit
    }

    /// `!`.
    pub fn never() -> Self {
        COMMON.never
    }

    /// `bool`.
    pub fn bool() -> Self {
        COMMON.boolean
    }

    /// `str`.
    pub fn str() -> Self {
        COMMON.string
    }

    /// A function of which nothing else is known.
    pub fn function() -> Self {
        COMMON.function
    }

    /// `usize`.
    pub fn usize() -> Self {
        Self::int(Int::Usize)
    }

    /// An integer type.
    pub fn int(int: Int) -> Self {
        COMMON.ints.get(int as usize).copied().unwrap_or_else(|| Self::intern(TyKind::Int(int)))
    }
}
