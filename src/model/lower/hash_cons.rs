//! Hash-conses types, paths and argument lists of declaration-only files: std writes `i32` five thousand times. Those of a scanned
//! file are not hash-consed, since most of them stand in bodies and are dropped with these.

use rustc_hash::FxHashMap;

use super::{Lower, LowerMode};
use crate::model::hir::{Anchor, ArgsId, GenericArg, GenericArgs, List, PathId, Segment, TypeId, TypeRef};
use crate::model::name::Name;

/// The ids of what was lowered so far, by content; parts are consed before the whole.
#[derive(Default)]
pub(super) struct DeclInterner {
    types: FxHashMap<TypeRef, TypeId>,
    type_lists: FxHashMap<Box<[TypeId]>, List<TypeId>>,
    path_lists: FxHashMap<Box<[PathId]>, List<PathId>>,
    paths: FxHashMap<(Anchor, Box<[Segment]>), PathId>,
    args: FxHashMap<ArgsKey, ArgsId>,
}

/// Generic arguments: what stands between the brackets, what after `->`, and whether the brackets are round.
type ArgsKey = (Box<[GenericArg]>, Box<[(Name, TypeId)]>, Option<TypeId>, bool);

impl Lower<'_> {
    fn shares(&self) -> bool {
        self.cx.mode == LowerMode::Declarations
    }

    pub(super) fn add_type(&mut self, ty: TypeRef) -> TypeId {
        // An `impl Trait` is another type at each place.
        let shared = self.shares() && !matches!(ty, TypeRef::ImplTrait(_));
        if shared && let Some(&known) = self.decls.types.get(&ty) {
            return known;
        }
        let id = TypeId::new(self.out.types.len() as u32);
        self.out.types.push(ty);
        if shared {
            self.decls.types.insert(ty, id);
        }
        id
    }

    /// Adds a list of types.
    pub(super) fn type_list(&mut self, elements: &[TypeId]) -> List<TypeId> {
        if !self.shares() {
            return self.out.add_list(elements);
        }
        if let Some(&known) = self.decls.type_lists.get(elements) {
            return known;
        }
        let list = self.out.add_list(elements);
        self.decls.type_lists.insert(elements.into(), list);
        list
    }

    /// Adds a list of paths.
    pub(super) fn path_list(&mut self, elements: &[PathId]) -> List<PathId> {
        if !self.shares() {
            return self.out.add_list(elements);
        }
        if let Some(&known) = self.decls.path_lists.get(elements) {
            return known;
        }
        let list = self.out.add_list(elements);
        self.decls.path_lists.insert(elements.into(), list);
        list
    }

    /// Adds the path whose names are on `self.segments` from `start` on.
    pub(super) fn add_path(&mut self, anchor: Anchor, start: usize) -> PathId {
        let segments = self.segments.get(start..).unwrap_or(&[]);
        let key = self.shares().then(|| (anchor, Box::from(segments)));
        let known = key.as_ref().and_then(|key| self.decls.paths.get(key)).copied();
        let id = known.unwrap_or_else(|| self.out.add_path(anchor, segments.iter().copied()));
        self.segments.truncate(start);
        if let (Some(key), None) = (key, known) {
            self.decls.paths.insert(key, id);
        }
        id
    }

    pub(super) fn add_args(&mut self, written: GenericArgs<'_>) -> ArgsId {
        if !self.shares() {
            return self.out.add_args(written);
        }
        let key = (written.args.into(), written.bindings.into(), written.output, written.parenthesized);
        if let Some(&known) = self.decls.args.get(&key) {
            return known;
        }
        let id = self.out.add_args(written);
        self.decls.args.insert(key, id);
        id
    }
}
