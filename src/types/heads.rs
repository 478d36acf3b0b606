//! What impls are for, at a glance: the shape of the type, and the trait. What an impl says in full is worked out in `index.rs`
//! when it is asked for; most impls of std and of dependencies never are.

use rustc_hash::FxHashMap;

use crate::model::hir::{Anchor, FileModel, Path, PathId, TypeId, TypeRef};
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::index::Shape;
use crate::types::lower_ty::{hidden_primitive, primitive};
use crate::types::names::{Meaning, ModuleId, Space};
use crate::types::ty::{Def, Ty, TyKind};
use crate::types::world::World;

/// What an impl is found by.
pub(super) struct Head {
    pub(super) def: Def,
    /// The trait that it implements.
    pub(super) of: Option<Def>,
    pub(super) subject: Subject,
}

/// What an impl is for.
#[derive(Clone, Copy)]
pub(super) enum Subject {
    /// Types of a shape.
    Shape(Shape),
    /// Any type: a parameter.
    Any,
    /// What has no shape of its own, or is not known.
    Nothing,
}

impl Subject {
    /// What an impl for `ty` is for.
    pub(super) fn of(ty: Ty) -> Self {
        match Shape::of(ty) {
            Some(shape) => Self::Shape(shape),
            None if matches!(ty.kind(), TyKind::Param(_)) => Self::Any,
            None => Self::Nothing,
        }
    }
}

/// Looks at the impls of one file. The same paths stand in many of them.
pub(super) struct Glance<'w> {
    world: &'w World,
    model: &'w FileModel,
    /// What a path means as a type; `None` where more than a glance must tell.
    subjects: FxHashMap<(ModuleId, PathId), Option<Subject>>,
    traits: FxHashMap<(ModuleId, PathId), Option<Def>>,
}

impl<'w> Glance<'w> {
    pub(super) fn new(world: &'w World, model: &'w FileModel) -> Self {
        Self { world, model, subjects: FxHashMap::default(), traits: FxHashMap::default() }
    }

    /// Returns the head of the impl at `def`; `None` for one whose trait is not known, which is for nothing that is.
    pub(super) fn head(&mut self, def: Def) -> Option<Head> {
        let ItemKind::Impl { trait_path, self_ty, .. } = self.world.item(def)?.kind else { return None };
        let module = self.world.module_of(def)?;
        let of = match trait_path {
            Some(path) => Some(self.trait_of(module, path)?),
            None => None,
        };
        let subject = self.subject(def, module, self_ty);
        let subject = subject
            .unwrap_or_else(|| self.world.read_impl(def).map_or(Subject::Nothing, |data| Subject::of(data.self_ty)));
        Some(Head { def, of, subject })
    }

    fn trait_of(&mut self, module: ModuleId, id: PathId) -> Option<Def> {
        let Self { world, model, traits, .. } = self;
        *traits.entry((module, id)).or_insert_with(|| world.trait_named(module, model.path(id)?))
    }

    fn subject(&mut self, def: Def, module: ModuleId, ty: TypeId) -> Option<Subject> {
        let shape = match self.model.ty(ty) {
            TypeRef::Path(id) => return self.of_path(def, module, id),
            TypeRef::Ref { mutable: false, .. } => Shape::Ref,
            TypeRef::Ref { mutable: true, .. } => Shape::RefMut,
            TypeRef::Ptr { mutable: false, .. } => Shape::Ptr,
            TypeRef::Ptr { mutable: true, .. } => Shape::PtrMut,
            TypeRef::Tuple(parts) => Shape::Tuple(self.model.list(parts).len() as u32),
            TypeRef::Slice(_) => Shape::SLICE,
            TypeRef::Array { .. } => Shape::ARRAY,
            TypeRef::FnPtr { .. } => Shape::FN_PTR,
            TypeRef::Never => Shape::NEVER,
            TypeRef::Dyn(_) | TypeRef::ImplTrait(_) | TypeRef::Missing | TypeRef::Infer => return None,
        };
        Some(Subject::Shape(shape))
    }

    fn of_path(&mut self, def: Def, module: ModuleId, id: PathId) -> Option<Subject> {
        let path = self.model.path(id)?;
        if let (Anchor::Plain, Some(first)) = (path.anchor, path.segments.first())
            && (first.name == Name::SELF_TYPE || self.world.generic_names(def).any(|(name, _)| name == first.name))
        {
            let alone = path.segments.len() == 1 && first.name != Name::SELF_TYPE;
            return Some(if alone { Subject::Any } else { Subject::Nothing });
        }
        let world = self.world;
        *self.subjects.entry((module, id)).or_insert_with(|| world.subject_named(module, path))
    }
}

impl World {
    /// Returns the trait that a path names.
    fn trait_named(&self, module: ModuleId, path: Path<'_>) -> Option<Def> {
        let end = self.names.resolve(module, path, Space::Types, &self.files)?;
        let Meaning::Item(def) = end.meaning else { return None };
        let is_trait = matches!(self.item(def)?.kind, ItemKind::Trait { .. });
        (is_trait && end.used == path.segments.len()).then_some(def)
    }

    /// Returns what an impl for the type that a path names is for, as `Scope::ty` would say; `None` where that must tell.
    fn subject_named(&self, module: ModuleId, path: Path<'_>) -> Option<Subject> {
        if matches!(path.anchor, Anchor::Type { .. }) {
            return Some(Subject::Nothing);
        }
        let Some(end) = self.names.resolve(module, path, Space::Types, &self.files) else {
            return Some(Subject::Nothing);
        };
        if let Meaning::Module(_) = end.meaning {
            let alone = hidden_primitive(path, end).filter(|_| path.segments.len() == 1);
            return Some(alone.map_or(Subject::Nothing, Subject::of));
        }
        if end.used != path.segments.len() {
            // An associated type of what it is.
            return Some(Subject::Nothing);
        }
        Some(match end.meaning {
            Meaning::Primitive(name) => Subject::of(primitive(name)),
            Meaning::Module(_) => Subject::Nothing,
            Meaning::Variant(def, _) => Subject::Shape(Shape::Adt(def)),
            Meaning::Item(def) => match self.item(def).map(|item| item.kind) {
                Some(ItemKind::Struct { .. } | ItemKind::Enum { .. } | ItemKind::Union { .. }) => {
                    Subject::Shape(Shape::Adt(def))
                }
                Some(ItemKind::TypeAlias { ty: Some(_), .. }) => return None,
                Some(ItemKind::Trait { .. }) => Subject::Shape(Shape::Dyn(def)),
                _ => Subject::Nothing,
            },
        })
    }
}
