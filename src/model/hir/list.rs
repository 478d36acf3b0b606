//! Typed lists: a list is a number, its elements lie with those of all other lists of their type.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::VariantId;
use super::{ExprId, ExprStore, FieldPat, FileModel, ImportId, MatchArm, Param, PatId, PathId, RecordField, TypeId};
use crate::model::item::Field;

/// A list of `T` in its arena; 0 is the empty list.
pub struct List<T>(u32, PhantomData<fn() -> T>);

impl<T> List<T> {
    /// The empty list.
    pub const EMPTY: Self = Self(0, PhantomData);

    /// Tells whether it is the empty list.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<T> {}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for List<T> {}

impl<T> Hash for List<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List({})", self.0)
    }
}

impl<T> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer).map(|number| Self(number, PhantomData))
    }
}

/// All lists of one type.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lists<T> {
    /// Where each list but the empty one begins; it ends where the next begins.
    starts: Vec<u32>,
    elements: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { starts: Vec::new(), elements: Vec::new() }
    }
}

impl<T> Lists<T> {
    /// Returns the elements of a list; none for a list of another file.
    pub fn get(&self, list: List<T>) -> &[T] {
        let Some(at) = (list.0 as usize).checked_sub(1) else { return &[] };
        let Some(&start) = self.starts.get(at) else { return &[] };
        let end = self.starts.get(at + 1).map_or(self.elements.len(), |&end| end as usize);
        self.elements.get(start as usize..end).unwrap_or(&[])
    }

    pub(in crate::model) fn shrink(&mut self) {
        self.starts.shrink_to_fit();
        self.elements.shrink_to_fit();
    }

    pub(in crate::model) fn reserve(&mut self, lists: usize, elements: usize) {
        self.starts.reserve(lists);
        self.elements.reserve(elements);
    }
}

impl<T: Clone> Lists<T> {
    pub(in crate::model) fn add(&mut self, elements: &[T]) -> List<T> {
        if elements.is_empty() {
            return List::EMPTY;
        }
        self.starts.push(self.elements.len() as u32);
        self.elements.extend_from_slice(elements);
        List(self.starts.len() as u32, PhantomData)
    }
}

/// What lists of declarations hold.
pub trait InFile: Clone {
    /// The lists of a file.
    fn lists(file: &FileModel) -> &Lists<Self>;
    /// The lists of a file, to add one.
    fn lists_mut(file: &mut FileModel) -> &mut Lists<Self>;
}

/// What lists of bodies hold.
pub trait InStore: Clone {
    /// The lists of a file's bodies.
    fn lists(store: &ExprStore) -> &Lists<Self>;
    /// The lists of a file's bodies, to add one.
    fn lists_mut(store: &mut ExprStore) -> &mut Lists<Self>;
}

macro_rules! listed {
    ($kind:ident in $owner:ty: $($element:ty => $field:ident,)*) => {$(
        impl $kind for $element {
            fn lists(owner: &$owner) -> &Lists<Self> {
                &owner.$field
            }
            fn lists_mut(owner: &mut $owner) -> &mut Lists<Self> {
                &mut owner.$field
            }
        }
    )*};
}

listed! { InFile in FileModel:
    TypeId => type_lists,
    PathId => path_lists,
    Field => field_lists,
    VariantId => variant_lists,
    ImportId => import_lists,
}

listed! { InStore in ExprStore:
    ExprId => expr_lists,
    PatId => pat_lists,
    MatchArm => arm_lists,
    RecordField => record_lists,
    FieldPat => field_pat_lists,
    Param => param_lists,
    (u32, u32) => range_lists,
}
