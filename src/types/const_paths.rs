//! What a path of a constant expression names, found without lowering a type: types themselves ask for constants.

use crate::model::hir::{Anchor, ExprStore, FileModel, Path, TypeId, TypeRef, VariantId};
use crate::model::item::{ItemKind, Parent};
use crate::model::name::Name;
use crate::types::index::SimplifiedType;
use crate::types::lower_ty::primitive;
use crate::types::names::{ModuleId, Namespace, Res};
use crate::types::traits::children;
use crate::types::ty::{DefId, Int, TyKind};
use crate::types::typed_body::TypedBody;
use crate::types::world::World;

/// Aliases of aliases that are followed.
const ALIASES: u32 = 8;

/// Where an expression stands: what its names mean.
#[derive(Clone, Copy)]
pub struct ConstCx<'a> {
    /// The file.
    pub model: &'a FileModel,
    /// The module or block in whose scope it is.
    pub module: ModuleId,
    /// The struct, enum or union that `Self` is.
    pub self_adt: Option<DefId>,
    /// What is known of a body that runs.
    pub body: Option<ConstBody<'a>>,
}

/// A body that runs: its expressions with their types and resolutions.
#[derive(Clone, Copy)]
pub struct ConstBody<'a> {
    /// The item that it belongs to.
    pub owner: DefId,
    /// The expressions of its file.
    pub code: &'a ExprStore,
    /// What is known of them.
    pub typed: &'a TypedBody,
}

/// What a path of a constant expression names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstPath {
    /// A constant, an associated one too: that of an impl.
    Item(DefId),
    /// A variant of an enum.
    Variant(DefId, VariantId),
}

impl World {
    /// Returns the struct, enum or union that `Self` is within an item; `None` where it is anything else.
    pub fn self_adt(&self, def: DefId) -> Option<DefId> {
        let Parent::Item(parent) = self.item(def)?.parent else { return None };
        let container = DefId { file: def.file, item: parent };
        let ItemKind::Impl { self_ty, .. } = self.item(container)?.kind else { return None };
        let model = self.file(def.file)?;
        let cx = ConstCx { model, module: self.module_of(container)?, self_adt: None, body: None };
        self.adt_named(cx, self_ty)
    }

    /// Returns what a path of a constant expression names.
    pub(super) fn const_named(&self, cx: ConstCx<'_>, path: Path<'_>) -> Option<ConstPath> {
        match (path.anchor, path.segments) {
            (Anchor::Type { ty, trait_path }, [name]) => {
                let of = trait_path.and_then(|of| self.item_named(cx, cx.model.path(of)?));
                self.associated(self.adt_named(cx, ty)?, of, name.name)
            }
            (Anchor::Plain, [this, name]) if this.name == Name::SELF_TYPE => {
                self.associated(cx.self_adt?, None, name.name)
            }
            (Anchor::Type { .. }, _) => None,
            _ => {
                let end = self.names.resolve(cx.module, path, Namespace::Values, &self.files)?;
                match (end.res, path.segments.get(end.used..)?) {
                    (Res::Item(def), []) => Some(ConstPath::Item(def)),
                    (Res::Variant(def, variant), []) => Some(ConstPath::Variant(def, variant)),
                    (Res::Item(def), [name]) => self.associated(self.adt_of(def, ALIASES)?, None, name.name),
                    _ => None,
                }
            }
        }
    }

    /// Returns the integer type that is written; aliases are followed.
    pub(super) fn int_named(&self, cx: ConstCx<'_>, ty: TypeId) -> Option<Int> {
        let (mut model, mut module, mut ty) = (cx.model, cx.module, ty);
        for _ in 0..ALIASES {
            let TypeRef::Path(path) = model.ty(ty) else { return None };
            let path = model.path(path)?;
            let end = self.names.resolve(module, path, Namespace::Types, &self.files)?;
            match end.res {
                Res::Primitive(name) => {
                    let TyKind::Int(int) = primitive(name).kind() else { return None };
                    return Some(*int);
                }
                Res::Item(def) => {
                    let ItemKind::TypeAlias { ty: Some(next), .. } = self.item(def)?.kind else { return None };
                    (model, module, ty) = (self.file(def.file)?, self.module_of(def)?, next);
                }
                Res::Module(_) | Res::Variant(..) => return None,
            }
        }
        None
    }

    fn item_named(&self, cx: ConstCx<'_>, path: Path<'_>) -> Option<DefId> {
        let end = self.names.resolve(cx.module, path, Namespace::Types, &self.files)?;
        match end.res {
            Res::Item(def) if end.used == path.segments.len() => Some(def),
            _ => None,
        }
    }

    /// The struct, enum or union that is written.
    fn adt_named(&self, cx: ConstCx<'_>, ty: TypeId) -> Option<DefId> {
        let TypeRef::Path(path) = cx.model.ty(ty) else { return None };
        let path = cx.model.path(path)?;
        if path.anchor == Anchor::Plain && path.segments.first().is_some_and(|first| first.name == Name::SELF_TYPE) {
            return cx.self_adt.filter(|_| path.segments.len() == 1);
        }
        self.adt_of(self.item_named(cx, path)?, ALIASES)
    }

    /// The struct, enum or union that an item is or stands for.
    fn adt_of(&self, def: DefId, depth: u32) -> Option<DefId> {
        let depth = depth.checked_sub(1)?;
        match self.item(def)?.kind {
            ItemKind::Struct { .. } | ItemKind::Union { .. } | ItemKind::Enum { .. } => Some(def),
            ItemKind::TypeAlias { ty: Some(ty), .. } => {
                let model = self.file(def.file)?;
                let TypeRef::Path(path) = model.ty(ty) else { return None };
                let cx = ConstCx { model, module: self.module_of(def)?, self_adt: None, body: None };
                self.adt_of(self.item_named(cx, model.path(path)?)?, depth)
            }
            _ => None,
        }
    }

    /// The variant or associated constant called `name` of a type; one of several by impls is none.
    fn associated(&self, adt: DefId, of: Option<DefId>, name: Name) -> Option<ConstPath> {
        let model = self.file(adt.file)?;
        if let (ItemKind::Enum { variants }, None) = (self.item(adt)?.kind, of) {
            let mut named = model.list(variants).iter().copied();
            if let Some(variant) = named.find(|id| model.variants.get(id.index()).is_some_and(|it| it.name == name)) {
                return Some(ConstPath::Variant(adt, variant));
            }
        }
        let shape = SimplifiedType::Adt(adt);
        if of.is_none() {
            match *self.impls.inherent(name, shape) {
                [] => {}
                [(_, member)] => return Some(ConstPath::Item(member)),
                _ => return None,
            }
        }
        let traits = self.impls.declaring(name).iter().filter(|&&(declaring, _)| of.is_none_or(|of| of == declaring));
        let mut impls = traits.flat_map(|&(declaring, _)| self.impls.of_trait(declaring, Some(shape)));
        let only = impls.next().filter(|_| impls.next().is_none())?;
        let at = self.impls.def_at(only)?;
        let mut members = children(self.file(at.file)?, at.item);
        let (item, _) = members.find(|(_, item)| item.name == name && matches!(item.kind, ItemKind::Const { .. }))?;
        Some(ConstPath::Item(DefId { file: at.file, item }))
    }
}
