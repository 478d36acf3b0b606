//! Lists of types: interned as the types are, so that equal lists are the same address and copying one costs nothing.

use std::cell::RefCell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::LazyLock;

use smallvec::SmallVec;

use super::interner::{Interner, LocalCache, hash_of};
use super::ty::Ty;

/// Lists up to this length are put together without allocating.
const FEW: usize = 8;

static LISTS: LazyLock<Interner<[Ty]>> = LazyLock::new(Interner::new);

thread_local! {
    static CACHE: RefCell<LocalCache<[Ty]>> = RefCell::new(LocalCache::new());
}

/// Types that stand for parameters, before they are a list of their own: few, so no memory of its own.
pub type Args = SmallVec<[Ty; 6]>;

/// A list of types; equal lists are the same address. Kept until the process ends.
#[derive(Clone, Copy, Default)]
pub struct Tys(&'static [Ty]);

impl Tys {
    /// Returns the one list of these types.
    pub fn new(types: &[Ty]) -> Self {
        if types.is_empty() {
            return Self::default();
        }
        let hash = hash_of(types);
        let wanted = |kept: &[Ty]| kept == types;
        // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
        let look = || LISTS.intern(hash, wanted, || Box::leak(types.into()));
        // auditor: allow(panicking-api) nothing within borrows it again, and no destructor makes types
        Self(CACHE.with_borrow_mut(|cache| cache.get(hash, wanted, look)))
    }

    /// Returns the list with `each` applied to its types; the same one where nothing changes.
    #[must_use]
    pub fn map(self, mut each: impl FnMut(Ty) -> Ty) -> Self {
        let changed =
            self.0.iter().enumerate().find_map(|(at, &old)| Some((at, each(old))).filter(|&(_, new)| new != old));
        let Some((at, new)) = changed else { return self };
        let (before, after) = (self.0.get(..at).unwrap_or(&[]), self.0.get(at + 1..).unwrap_or(&[]));
        before.iter().copied().chain([new]).chain(after.iter().map(|&old| each(old))).collect()
    }
}

impl Deref for Tys {
    type Target = [Ty];

    fn deref(&self) -> &[Ty] {
        self.0
    }
}

impl FromIterator<Ty> for Tys {
    fn from_iter<I: IntoIterator<Item = Ty>>(types: I) -> Self {
        let mut types = types.into_iter();
        let mut few = [Ty::unknown(); FEW];
        let count = few.iter_mut().zip(&mut types).map(|(slot, ty)| *slot = ty).count();
        match if count == FEW { types.next() } else { None } {
            None => Self::new(few.get(..count).unwrap_or(&[])),
            Some(next) => Self::new(&few.into_iter().chain([next]).chain(types).collect::<Vec<_>>()),
        }
    }
}

impl From<&[Ty]> for Tys {
    fn from(types: &[Ty]) -> Self {
        Self::new(types)
    }
}

impl From<Args> for Tys {
    fn from(types: Args) -> Self {
        Self::new(&types)
    }
}

impl From<Vec<Ty>> for Tys {
    fn from(types: Vec<Ty>) -> Self {
        Self::new(&types)
    }
}

impl<const N: usize> From<[Ty; N]> for Tys {
    fn from(types: [Ty; N]) -> Self {
        Self::new(&types)
    }
}

impl<'t> IntoIterator for &'t Tys {
    type Item = &'t Ty;
    type IntoIter = std::slice::Iter<'t, Ty>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl PartialEq for Tys {
    fn eq(&self, other: &Self) -> bool {
        // The empty list has no address of its own.
        self.0.len() == other.0.len() && (self.0.is_empty() || std::ptr::eq(self.0, other.0))
    }
}

impl Eq for Tys {}

impl Hash for Tys {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let at = if self.0.is_empty() { 0 } else { self.0.as_ptr().addr() };
        at.hash(state);
    }
}

impl fmt::Debug for Tys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
