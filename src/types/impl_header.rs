//! Impl headers: the trait and the simplified self type of an impl, read without lowering the whole impl. `index.rs` lowers the
//! rest on demand; most impls of std and of dependencies are never lowered.

use rustc_hash::FxHashMap;

use crate::model::hir::{Anchor, FileModel, Path, PathId, TypeId, TypeRef};
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::index::SimplifiedType;
use crate::types::lower_ty::{hidden_primitive, primitive};
use crate::types::names::{ModuleId, Namespace, Res};
use crate::types::ty::{DefId, Ty, TyKind};
use crate::types::world::World;

/// The header of an impl, by which the index finds it.
pub(super) struct ImplHeader {
    pub(super) def: DefId,
    /// The trait that it implements.
    pub(super) of: Option<DefId>,
    pub(super) subject: SelfTyKey,
}

/// The self type of an impl, simplified to a key of the index.
#[derive(Clone, Copy)]
pub(super) enum SelfTyKey {
    /// Types that simplify to this one.
    SimplifiedType(SimplifiedType),
    /// Any type: the impl is a blanket impl, for a parameter.
    Any,
    /// A type that does not simplify, or an unknown one: such an impl is never found.
    Nothing,
}

impl SelfTyKey {
    /// Returns the key of an impl whose self type is `ty`.
    pub(super) fn of(ty: Ty) -> Self {
        match SimplifiedType::of(ty) {
            Some(shape) => Self::SimplifiedType(shape),
            None if matches!(ty.kind(), TyKind::Param(_)) => Self::Any,
            None => Self::Nothing,
        }
    }
}

/// Reads the impl headers of one file. It memoizes paths, because many impls of a file name the same ones.
pub(super) struct HeaderReader<'w> {
    world: &'w World,
    model: &'w FileModel,
    /// The key of the type that a path names; `None` where the type must be lowered to know it.
    subjects: FxHashMap<(ModuleId, PathId), Option<SelfTyKey>>,
    traits: FxHashMap<(ModuleId, PathId), Option<DefId>>,
}

impl<'w> HeaderReader<'w> {
    pub(super) fn new(world: &'w World, model: &'w FileModel) -> Self {
        Self { world, model, subjects: FxHashMap::default(), traits: FxHashMap::default() }
    }

    /// Returns the header of the impl at `def`; `None` where its trait does not resolve: such an impl holds for no known trait.
    pub(super) fn head(&mut self, def: DefId) -> Option<ImplHeader> {
        let ItemKind::Impl { trait_path, self_ty, .. } = self.world.item(def)?.kind else { return None };
        let module = self.world.module_of(def)?;
        let of = match trait_path {
            Some(path) => Some(self.trait_of(module, path)?),
            None => None,
        };
        let subject = self.subject(def, module, self_ty);
        let subject = subject.unwrap_or_else(|| {
            self.world.read_impl(def).map_or(SelfTyKey::Nothing, |data| SelfTyKey::of(data.self_ty))
        });
        Some(ImplHeader { def, of, subject })
    }

    fn trait_of(&mut self, module: ModuleId, id: PathId) -> Option<DefId> {
        let Self { world, model, traits, .. } = self;
        *traits.entry((module, id)).or_insert_with(|| world.trait_named(module, model.path(id)?))
    }

    fn subject(&mut self, def: DefId, module: ModuleId, ty: TypeId) -> Option<SelfTyKey> {
        let shape = match self.model.ty(ty) {
            TypeRef::Path(id) => return self.of_path(def, module, id),
            TypeRef::Ref { mutable: false, .. } => SimplifiedType::Ref,
            TypeRef::Ref { mutable: true, .. } => SimplifiedType::RefMut,
            TypeRef::Ptr { mutable: false, .. } => SimplifiedType::Ptr,
            TypeRef::Ptr { mutable: true, .. } => SimplifiedType::PtrMut,
            TypeRef::Tuple(parts) => SimplifiedType::Tuple(self.model.list(parts).len() as u32),
            TypeRef::Slice(_) => SimplifiedType::SLICE,
            TypeRef::Array { .. } => SimplifiedType::ARRAY,
            TypeRef::FnPtr { .. } => SimplifiedType::FN_PTR,
            TypeRef::Never => SimplifiedType::NEVER,
            TypeRef::Dyn(_) | TypeRef::ImplTrait(_) | TypeRef::Missing | TypeRef::Infer => return None,
        };
        Some(SelfTyKey::SimplifiedType(shape))
    }

    fn of_path(&mut self, def: DefId, module: ModuleId, id: PathId) -> Option<SelfTyKey> {
        let path = self.model.path(id)?;
        if let (Anchor::Plain, Some(first)) = (path.anchor, path.segments.first())
            && (first.name == Name::SELF_TYPE || self.world.generic_names(def).any(|(name, _)| name == first.name))
        {
            let alone = path.segments.len() == 1 && first.name != Name::SELF_TYPE;
            return Some(if alone { SelfTyKey::Any } else { SelfTyKey::Nothing });
        }
        let world = self.world;
        *self.subjects.entry((module, id)).or_insert_with(|| world.subject_named(module, path))
    }
}

impl World {
    /// Returns the trait that a path names.
    fn trait_named(&self, module: ModuleId, path: Path<'_>) -> Option<DefId> {
        let end = self.names.resolve(module, path, Namespace::Types, &self.files)?;
        let Res::Item(def) = end.res else { return None };
        let is_trait = matches!(self.item(def)?.kind, ItemKind::Trait { .. });
        (is_trait && end.used == path.segments.len()).then_some(def)
    }

    /// Returns the key of the type that a path names, as `Scope::ty` would lower it; `None` where it must be lowered.
    fn subject_named(&self, module: ModuleId, path: Path<'_>) -> Option<SelfTyKey> {
        if matches!(path.anchor, Anchor::Type { .. }) {
            return Some(SelfTyKey::Nothing);
        }
        let Some(end) = self.names.resolve(module, path, Namespace::Types, &self.files) else {
            return Some(SelfTyKey::Nothing);
        };
        if let Res::Module(_) = end.res {
            let alone = hidden_primitive(path, end).filter(|_| path.segments.len() == 1);
            return Some(alone.map_or(SelfTyKey::Nothing, SelfTyKey::of));
        }
        if end.used != path.segments.len() {
            // An associated type of what it is.
            return Some(SelfTyKey::Nothing);
        }
        Some(match end.res {
            Res::Primitive(name) => SelfTyKey::of(primitive(name)),
            Res::Module(_) => SelfTyKey::Nothing,
            Res::Variant(def, _) => SelfTyKey::SimplifiedType(SimplifiedType::Adt(def)),
            Res::Item(def) => match self.item(def).map(|item| item.kind) {
                Some(ItemKind::Struct { .. } | ItemKind::Enum { .. } | ItemKind::Union { .. }) => {
                    SelfTyKey::SimplifiedType(SimplifiedType::Adt(def))
                }
                Some(ItemKind::TypeAlias { ty: Some(_), .. }) => return None,
                Some(ItemKind::Trait { .. }) => SelfTyKey::SimplifiedType(SimplifiedType::Dyn(def)),
                _ => SelfTyKey::Nothing,
            },
        })
    }
}
