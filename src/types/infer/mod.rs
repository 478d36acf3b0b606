//! Inference over one body: every expression gets a type, or `Unknown`. It never guesses; what it cannot decide stays open.

mod auto_trait;
mod block;
mod body_type;
mod builtin;
mod call;
mod closure;
mod coerce;
mod control;
mod expr;
mod freeze;
mod function;
mod impl_match;
mod literal;
mod memo;
mod method;
mod op;
mod pat;
mod path;
mod project;
mod receiver;
mod results;
mod select;
mod table;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use crate::model::hir::{BindingId, Body, BodyId, ExprId, ExprStore, FileModel, ItemId, Param, TypeId};
use crate::model::name::Name;
use crate::types::lower_ty::{Hole, Scope};
use crate::types::names::ModuleId;
use crate::types::signatures::FnSig;
use crate::types::subst::Subst;
use crate::types::ty::{DefId, InferKind, TraitRef, Ty, TyKind, Tys};
use crate::types::typed_body::TypedBody;
use crate::types::world::World;

use freeze::Instances;
use memo::QueryMemo;
use results::Results;
use table::{InferVars, Table};

/// Steps of selection and projection that one body may take, and more for each expression: hostile or very generic code ends
/// as unknown, not as a hang.
const FUEL: u32 = 4_000;
const FUEL_PER_EXPR: u32 = 40;
/// So many parts of a type are one step to walk over.
const PARTS_PER_STEP: u32 = 16;

/// An obligation: a bound that must hold, pending until its self type is known.
#[derive(Debug, Clone)]
enum Obligation {
    /// The type implements the trait.
    Bound(Ty, TraitRef),
    /// The variable is the associated type.
    Projection { base: Ty, of: DefId, name: Name, args: Tys, result: Ty },
}

fn own_trait(world: &World, owner: DefId) -> Option<DefId> {
    use crate::model::item::ItemKind;
    let container = world.container(owner)?;
    match world.item(container)?.kind {
        ItemKind::Trait { .. } => Some(container),
        _ => world.impl_of(container)?.trait_ref.as_ref().map(|of| of.def),
    }
}

/// The types of a body's bindings, each with the module or block that it stands in; `None` for a pattern that is a constant.
#[derive(Default)]
struct Bindings {
    first: u32,
    types: Vec<Option<(Ty, ModuleId)>>,
}

impl Bindings {
    fn at(&self, binding: BindingId) -> Option<usize> {
        binding.number().checked_sub(self.first).map(|at| at as usize)
    }
}

/// A loop or labelled block that can be left with a value.
struct Breakable {
    target: ExprId,
    ty: Ty,
    is_loop: bool,
    broken: bool,
}

/// What infers the bodies of a file, one after the other.
pub struct Infer<'w> {
    world: &'w World,
    model: &'w FileModel,
    code: &'w ExprStore,
    module: ModuleId,
    /// The item that the body belongs to.
    owner: DefId,
    /// Parameters in scope, for types as written.
    params: Vec<Name>,
    self_ty: Option<Ty>,
    /// What the parameters in scope implement.
    env: Cow<'w, [(Ty, TraitRef)]>,
    /// Whether bounds in scope were understood in part only, once that was asked.
    open_bounds: Option<bool>,
    /// The trait that the body's impl or trait is about.
    own_trait: Option<DefId>,
    /// What is noted of the body.
    results: Results,
    /// The variables.
    table: Table,
    /// What calls of traits' methods run, of types without parameters.
    instances: Instances,
    /// The same of types with parameters, for the body at hand.
    own_instances: Instances,
    /// The final forms of types with variables.
    finals: FxHashMap<Ty, Ty>,
    bindings: Bindings,
    /// What casts to `*const _` and `*mut _` point at before and after: the same, where nothing else decides.
    casts: Vec<(Ty, Ty)>,
    ret: Ty,
    breakables: Vec<Breakable>,
    /// Bounds that wait, each, once it was tried, with what it waits for: one of these variables must be bound before it is
    /// tried again.
    pending: Vec<(Obligation, Option<InferVars>)>,
    /// The variables' turns and the waiting bounds when they were last worked through.
    selected_at: (u64, usize),
    /// What is being selected, outermost first.
    selecting: Vec<(Ty, DefId)>,
    memo: QueryMemo,
    /// Whether a method was passed over because the bounds of its impl do not hold.
    passed_over: bool,
    /// Steps left.
    fuel: Cell<u32>,
    /// Whether the last body used them up.
    gave_up: bool,
    depth: u32,
}

impl<'w> Infer<'w> {
    /// Prepares for the bodies of `model`, whose code is `code`.
    pub fn new(world: &'w World, model: &'w FileModel, code: &'w ExprStore) -> Self {
        Self {
            world,
            model,
            code,
            module: ModuleId(u32::MAX),
            owner: DefId { file: model.file, item: ItemId(u32::MAX) },
            params: Vec::new(),
            self_ty: None,
            env: Cow::default(),
            open_bounds: None,
            own_trait: None,
            results: Results::default(),
            table: Table::default(),
            instances: Instances::default(),
            own_instances: Instances::default(),
            finals: FxHashMap::default(),
            bindings: Bindings::default(),
            casts: Vec::new(),
            ret: Ty::unknown(),
            breakables: Vec::new(),
            pending: Vec::new(),
            selected_at: (0, 0),
            selecting: Vec::new(),
            memo: QueryMemo::default(),
            passed_over: false,
            fuel: Cell::new(0),
            gave_up: false,
            depth: 0,
        }
    }

    /// Infers the types of a body.
    pub fn body(&mut self, id: BodyId) -> TypedBody {
        self.results.clear();
        self.table.clear();
        self.gave_up = false;
        if let Some(body) = self.model.bodies.get(id.index())
            && self.enter(body).is_some()
        {
            self.signature_and_root(body);
            self.table.default_numbers();
            self.select_where_possible();
            self.gave_up = self.fuel.get() == 0;
            return self.freeze();
        }
        TypedBody::default()
    }

    /// Whether the body that was inferred last was given up for lack of fuel: some of its types are unknown for that.
    pub fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// Takes a step of selection or projection about `ty`; tells whether there is fuel for it.
    fn step(&self, ty: Ty) -> bool {
        self.burn(1 + ty.size() / PARTS_PER_STEP)
    }

    /// Uses up fuel; tells whether there is enough.
    fn burn(&self, steps: u32) -> bool {
        let left = self.fuel.get().checked_sub(steps);
        self.fuel.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Takes up a body: what its names mean, and nothing of the body before.
    fn enter(&mut self, body: &Body) -> Option<()> {
        let world = self.world;
        let owner = DefId { file: self.model.file, item: body.owner };
        let scope = Scope::of_item(world, owner)?;
        self.module = scope.module;
        self.params.clear();
        self.params.extend_from_slice(&scope.params);
        self.self_ty = scope.self_ty;
        self.env = match world.fn_sig(owner) {
            Some(sig) => Cow::Borrowed(sig.bounds.as_slice()),
            None => Cow::Owned(world.container(owner).map(|at| world.bounds_of(at)).unwrap_or_default()),
        };
        self.open_bounds = None;
        self.owner = owner;
        self.own_trait = own_trait(world, owner);
        self.results.first = body.exprs.start;
        self.results.types.resize(body.exprs.len(), Ty::unknown());
        self.bindings.first = body.bindings.start;
        self.bindings.types.clear();
        self.bindings.types.resize(body.bindings.len(), None);
        self.casts.clear();
        self.breakables.clear();
        self.pending.clear();
        self.selected_at = (0, 0);
        self.memo.enter_body();
        self.own_instances.clear();
        self.fuel.set(FUEL + FUEL_PER_EXPR.saturating_mul(body.exprs.len() as u32));
        Some(())
    }

    /// Infers a body from what is declared of it and its root.
    fn signature_and_root(&mut self, body: &Body) {
        let owner = DefId { file: self.model.file, item: body.owner };
        let sig: Option<&FnSig> = self.world.fn_sig(owner);
        let declared = sig.map(|sig| sig.params.clone()).unwrap_or_default();
        let is_fn = !body.params.is_empty() || sig.is_some_and(|sig| sig.params.is_empty());
        for (at, &Param { pat, ty }) in self.code.list(body.params).iter().enumerate() {
            let ty = declared.get(at).copied().or_else(|| ty.map(|ty| self.lower_ty(ty))).unwrap_or_else(Ty::unknown);
            let ty = self.normalize(ty);
            self.pat(pat, ty);
        }
        self.ret = match sig {
            Some(sig) if is_fn => self.type_of_fn_body(owner, sig.ret),
            _ => self.type_of_constant(owner),
        };
        let expected = self.ret;
        let ty = self.expr(body.root, Some(expected));
        self.coerce_at(body.root, ty, expected);
        self.select_where_possible();
        for (from, to) in std::mem::take(&mut self.casts) {
            if matches!(self.shallow(to).kind(), TyKind::Infer(..)) {
                self.unify(to, from);
            }
        }
    }

    /// Returns what a type written in the body means.
    fn lower_ty(&mut self, id: TypeId) -> Ty {
        self.with_scope(|scope| scope.ty(id))
    }

    fn with_scope<R>(&mut self, read: impl FnOnce(&Scope<'_>) -> R) -> R {
        // What reads the type makes variables; it sees the scope as shared.
        let table = RefCell::new(std::mem::take(&mut self.table));
        let fresh = || table.borrow_mut().fresh(InferKind::Any);
        let scope = Scope {
            world: self.world,
            model: self.model,
            module: self.module,
            params: Cow::Borrowed(&self.params),
            self_ty: self.self_ty,
            impl_params: None,
            hole: Hole::Fresh(&fresh),
            depth: 0,
        };
        let result = read(&scope);
        drop(scope);
        self.table = table.into_inner();
        result
    }

    fn fresh(&mut self) -> Ty {
        self.table.fresh(InferKind::Any)
    }

    fn set(&mut self, id: ExprId, ty: Ty) {
        let at = id.number().checked_sub(self.results.first);
        if let Some(slot) = at.and_then(|at| self.results.types.get_mut(at as usize)) {
            *slot = ty;
        }
    }

    /// What an expression that was looked at is known to be.
    fn known(&self, id: ExprId) -> Ty {
        let at = id.number().checked_sub(self.results.first).map(|at| at as usize);
        at.and_then(|at| self.results.types.get(at)).map_or_else(Ty::unknown, |&ty| self.shallow(ty))
    }

    /// Returns fresh variables for parameters.
    fn fresh_subst(&mut self, generics: impl IntoIterator<Item = (Name, bool)>) -> Subst {
        Subst(generics.into_iter().map(|(name, is_const)| (name, self.fresh_arg(is_const))).collect())
    }

    /// Returns fresh variables for an item's own parameters, as arguments.
    fn fresh_args(&mut self, def: DefId) -> Tys {
        self.world.generic_names(def).map(|(_, is_const)| self.fresh_arg(is_const)).collect()
    }

    fn fresh_arg(&mut self, is_const: bool) -> Ty {
        if is_const { self.table.fresh_const() } else { self.fresh() }
    }

    fn std(&self, path: &[&str]) -> Option<DefId> {
        let path: Vec<Name> = path.iter().map(|name| Name::new(name)).collect();
        self.world.std_item(&path)
    }

    fn is_std(&self, def: DefId, name: Name) -> bool {
        self.world.is_std(def, name)
    }
}
