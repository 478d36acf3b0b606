//! What types say of values: integers and their widths, lengths and their limits, and which types are seen through to what they
//! point at.

use super::Lower;
use crate::flow::mir::{IntType, Scalar};
use crate::model::name::Name;
use crate::types::layout::Measure;
use crate::types::ty::{ConstArg, Int, Ty, TyKind};

/// std's types that own or guard one value and are used through `Deref`: none changes it by itself.
const POINTERS: [&str; 12] = [
    "Box",
    "Rc",
    "Arc",
    "Cow",
    "Ref",
    "RefMut",
    "MutexGuard",
    "RwLockReadGuard",
    "RwLockWriteGuard",
    "ManuallyDrop",
    "PeekMut",
    "Pin",
];

/// References within references that are seen through.
const LAYERS: usize = 8;

impl Lower<'_> {
    /// Returns the name of std's type that `ty` is.
    pub(super) fn std_name(&self, ty: Ty) -> Option<Name> {
        let TyKind::Adt(def, _) = ty.kind() else { return None };
        let world = self.source.world;
        world.crate_of(def.file).is_some_and(|krate| krate.is_std).then(|| world.name_of(*def))
    }

    /// Returns what a reference or one of std's owners and guards points at.
    pub(super) fn pointee(&self, ty: Ty) -> Option<Ty> {
        match ty.kind() {
            TyKind::Ref(inner, _) => Some(*inner),
            TyKind::Adt(_, args) => {
                let name = self.std_name(ty)?;
                // A guard that projects to a part has its type last; the others' first is what they hold.
                POINTERS.contains(&name.as_str()).then(|| args.first().copied()).flatten()
            }
            _ => None,
        }
    }

    /// Returns the type behind references and owners.
    pub(super) fn content(&self, ty: Ty) -> Ty {
        let mut ty = ty;
        for _ in 0..LAYERS {
            let Some(inner) = self.pointee(ty) else { break };
            ty = inner;
        }
        ty
    }

    pub(super) fn int_type(&self, int: Int) -> IntType {
        let bits = 8 * int.bytes(self.source.machine.pointer_bytes) as u32;
        IntType { signed: int.is_signed(), bits }
    }

    /// Returns the integer type that `ty` is, behind references.
    pub(super) fn int_of(&self, ty: Ty) -> Option<IntType> {
        match ty.peel_refs().kind() {
            TyKind::Int(int) => Some(self.int_type(*int)),
            _ => None,
        }
    }

    /// `usize`
    pub(super) fn usize(&self) -> IntType {
        self.int_type(Int::Usize)
    }

    /// Returns what is known of the values of a type.
    pub(super) fn scalar(&self, ty: Ty) -> Scalar {
        let content = self.content(ty);
        match content.kind() {
            TyKind::Int(int) => Scalar::Int(self.int_type(*int)),
            TyKind::Bool => Scalar::Bool,
            TyKind::Char => Scalar::Char,
            TyKind::Str => Scalar::Text,
            TyKind::Array(_, ConstArg::Known(len)) => Scalar::Sequence(i128::from(*len), i128::from(*len)),
            TyKind::Slice(element) => Scalar::Sequence(0, self.most_elements(*element)),
            TyKind::Array(element, _) => Scalar::Sequence(0, self.most_elements(*element)),
            TyKind::Adt(_, args) => match self.std_name(content) {
                Some(Name::STRING) => Scalar::Text,
                Some(Name::VEC | Name::VEC_DEQUE) => {
                    Scalar::Sequence(0, args.first().map_or(i128::from(u64::MAX), |&of| self.most_elements(of)))
                }
                _ => Scalar::Other,
            },
            _ => Scalar::Other,
        }
    }

    /// The least and the greatest length that a type allows.
    pub(super) fn lengths(&self, ty: Ty) -> (i128, i128) {
        match self.scalar(ty) {
            Scalar::Sequence(least, most) => (least, most),
            Scalar::Text => (0, self.most_bytes()),
            _ => (0, self.usize().range().1),
        }
    }

    fn most_bytes(&self) -> i128 {
        self.int_type(Int::Isize).range().1
    }

    /// How many elements fit into memory.
    fn most_elements(&self, element: Ty) -> i128 {
        let size = match self.source.world.layout(element, self.source.machine).size {
            Measure::Exactly(size) | Measure::AtLeast(size) => size,
            Measure::Varies => 0,
        };
        // Of size zero there may be as many as can be counted.
        self.most_bytes().checked_div(size.into()).unwrap_or_else(|| self.usize().range().1)
    }

    /// Whether equality of a type is std's own or derived, so that equal values stay equal.
    pub(super) fn is_plain(&self, ty: Ty) -> bool {
        match ty.peel_refs().kind() {
            TyKind::Int(_) | TyKind::Bool | TyKind::Char | TyKind::Str => true,
            TyKind::Slice(of) | TyKind::Array(of, _) => self.is_plain(*of),
            TyKind::Tuple(parts) => parts.iter().all(|&part| self.is_plain(part)),
            TyKind::Adt(_, args) => match self.std_name(ty.peel_refs()) {
                Some(Name::STRING) => true,
                Some(Name::VEC | Name::OPTION | Name::BOX) => args.first().is_some_and(|&of| self.is_plain(of)),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether cloning a type gives the same number, or as many elements.
    pub(super) fn clones_whole(&self, ty: Ty) -> bool {
        match ty.peel_refs().kind() {
            TyKind::Int(_) | TyKind::Bool | TyKind::Char | TyKind::Str | TyKind::Slice(_) | TyKind::Array(..) => true,
            TyKind::Adt(..) => matches!(
                self.std_name(ty.peel_refs()),
                Some(
                    Name::STRING | Name::VEC | Name::VEC_DEQUE | Name::RANGE | Name::RANGE_FROM | Name::RANGE_INCLUSIVE
                )
            ),
            _ => false,
        }
    }
}
