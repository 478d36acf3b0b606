//! Types, paths and arguments that a file of declarations says more than once, kept once: std writes `i32` five thousand times.
//! A scanned file's are not looked for, since most of them stand in bodies and go with these.

use rustc_hash::FxHashMap;

use super::{Depth, Lower};
use crate::model::hir::{Anchor, ArgsId, GenericArg, GenericArgs, ListId, PathId, Segment, TypeId, TypeRef};
use crate::model::name::Name;

/// What was lowered so far, by what it says; what it is made of was kept once before it.
#[derive(Default)]
pub(super) struct Kept {
    types: FxHashMap<TypeRef, TypeId>,
    /// Lists of types or paths. No others: some hold names, which `store` writes otherwise than ids.
    lists: FxHashMap<Box<[u32]>, ListId>,
    paths: FxHashMap<(Anchor, Box<[Segment]>), PathId>,
    args: FxHashMap<ArgsKey, ArgsId>,
}

/// Generic arguments: what stands between the brackets, what after `->`, and whether the brackets are round.
type ArgsKey = (Box<[GenericArg]>, Box<[(Name, TypeId)]>, Option<TypeId>, bool);

impl Lower<'_> {
    fn shares(&self) -> bool {
        self.around.depth == Depth::Declarations
    }

    pub(super) fn add_type(&mut self, ty: TypeRef) -> TypeId {
        // An `impl Trait` is another type at each place.
        let shared = self.shares() && !matches!(ty, TypeRef::ImplTrait(_));
        if shared && let Some(&known) = self.kept.types.get(&ty) {
            return known;
        }
        let id = TypeId::new(self.out.types.len() as u32);
        self.out.types.push(ty);
        if shared {
            self.kept.types.insert(ty, id);
        }
        id
    }

    /// Adds a list of types or of paths.
    pub(super) fn type_list(&mut self, elements: &[u32]) -> ListId {
        if !self.shares() {
            return self.list(elements);
        }
        if let Some(&known) = self.kept.lists.get(elements) {
            return known;
        }
        let id = self.list(elements);
        self.kept.lists.insert(elements.into(), id);
        id
    }

    /// Adds the path whose names are on `self.segments` from `start` on.
    pub(super) fn add_path(&mut self, anchor: Anchor, start: usize) -> PathId {
        let segments = self.segments.get(start..).unwrap_or(&[]);
        let key = self.shares().then(|| (anchor, Box::from(segments)));
        let known = key.as_ref().and_then(|key| self.kept.paths.get(key)).copied();
        let id = known.unwrap_or_else(|| self.out.add_path(anchor, segments.iter().copied()));
        self.segments.truncate(start);
        if let (Some(key), None) = (key, known) {
            self.kept.paths.insert(key, id);
        }
        id
    }

    pub(super) fn add_args(&mut self, written: GenericArgs<'_>) -> ArgsId {
        if !self.shares() {
            return self.out.add_args(written);
        }
        let key = (written.args.into(), written.bindings.into(), written.output, written.parenthesized);
        if let Some(&known) = self.kept.args.get(&key) {
            return known;
        }
        let id = self.out.add_args(written);
        self.kept.args.insert(key, id);
        id
    }
}
