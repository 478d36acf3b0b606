//! Inference over one body: every expression gets a type, or `Unknown`. It never guesses; what it cannot decide stays open.

mod block;
mod call;
mod closure;
mod coerce;
mod control;
mod expr;
mod literal;
mod method;
mod op;
mod pat;
mod path;
mod project;
mod select;
mod table;

use std::borrow::Cow;
use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::model::hir::{Body, BodyId, Code, ExprId, FileModel, ListId, TypeId};
use crate::model::name::Name;
use crate::types::lower_ty::{Hole, Scope};
use crate::types::names::ModuleId;
use crate::types::signatures::FnSig;
use crate::types::subst::Subst;
use crate::types::ty::{Def, FnRef, TraitRef, Ty, TyKind, Tys};
use crate::types::typed::{Callee, Typed};
use crate::types::world::World;

use table::{OpenParts, Table};

/// Steps of selection and projection that one body may take, and more for each expression: hostile or very generic code ends
/// as unknown, not as a hang.
const FUEL: u32 = 4_000;
const FUEL_PER_EXPR: u32 = 40;

/// A bound that must hold, kept until its subject is known.
#[derive(Debug, Clone)]
enum Obligation {
    /// The type implements the trait.
    Bound(Ty, TraitRef),
    /// The variable is the associated type.
    Projection { base: Ty, of: Def, name: Name, args: Tys, result: Ty },
}

fn own_trait(world: &World, owner: Def) -> Option<Def> {
    use crate::model::item::ItemKind;
    let container = world.container(owner)?;
    match world.item(container)?.kind {
        ItemKind::Trait { .. } => Some(container),
        _ => world.impl_of(container)?.trait_ref.as_ref().map(|of| of.def),
    }
}

/// A loop or labelled block that can be left with a value.
struct Breakable {
    label: Name,
    ty: Ty,
    is_loop: bool,
    broken: bool,
}

/// The state of one body's inference.
struct Infer<'w> {
    world: &'w World,
    model: &'w FileModel,
    code: &'w Code,
    module: ModuleId,
    /// Parameters in scope, for types as written.
    params: Vec<Name>,
    self_ty: Option<Ty>,
    /// What the parameters in scope implement.
    env: Cow<'w, [(Ty, TraitRef)]>,
    /// The trait that the body's impl or trait is about.
    own_traits: Vec<Def>,
    table: RefCell<Table>,
    /// The first expression's id; `types` begins there.
    first: u32,
    types: Vec<Ty>,
    locals: Vec<(Name, Ty)>,
    callees: Vec<(ExprId, Callee)>,
    receivers: Vec<(ExprId, Ty)>,
    /// Where a mutable pointer is taken for a const one.
    coercions: Vec<(ExprId, Ty)>,
    /// What casts to `*const _` and `*mut _` point at before and after: the same, where nothing else decides.
    casts: Vec<(Ty, Ty)>,
    ret: Ty,
    breakables: Vec<Breakable>,
    /// Bounds that wait, each, once it was tried, with what it waits for: one of these variables must be bound before it is
    /// tried again.
    pending: Vec<(Obligation, Option<OpenParts>)>,
    /// The variables' turns and the waiting bounds when they were last worked through.
    settled: (u64, usize),
    /// What is being selected, outermost first.
    selecting: Vec<(Ty, Def)>,
    /// Whether types without open parts may implement traits, as far as it was asked.
    implements: FxHashMap<(Ty, Def), bool>,
    /// Whether traits are in scope, as far as it was asked.
    scope: RefCell<FxHashMap<Def, bool>>,
    /// Steps left.
    fuel: u32,
    depth: u32,
}

/// Infers the types of a body; `code` is that of its file.
pub fn infer(world: &World, model: &FileModel, code: &Code, id: BodyId) -> Typed {
    let Some(body) = model.bodies.get(id.index()) else { return Typed::default() };
    let Some(mut infer) = Infer::new(world, (model, code), body) else { return Typed::default() };
    infer.body(body);
    infer.finish()
}

impl<'w> Infer<'w> {
    fn new(world: &'w World, (model, code): (&'w FileModel, &'w Code), body: &Body) -> Option<Self> {
        let owner = Def { file: model.file, item: body.owner };
        let scope = Scope::of_item(world, owner)?;
        let mut infer = Self {
            world,
            model,
            code,
            module: scope.module,
            params: scope.params.into_owned(),
            self_ty: scope.self_ty,
            env: Cow::default(),
            own_traits: own_trait(world, owner).into_iter().collect(),
            table: RefCell::default(),
            first: body.exprs.start,
            types: vec![Ty::unknown(); body.exprs.len()],
            locals: Vec::new(),
            callees: Vec::new(),
            receivers: Vec::new(),
            coercions: Vec::new(),
            casts: Vec::new(),
            ret: Ty::unknown(),
            breakables: Vec::new(),
            pending: Vec::new(),
            settled: (0, 0),
            selecting: Vec::new(),
            implements: FxHashMap::default(),
            scope: RefCell::default(),
            fuel: FUEL + FUEL_PER_EXPR.saturating_mul(body.exprs.len() as u32),
            depth: 0,
        };
        let bounds = match world.fn_sig(owner) {
            Some(sig) => Cow::Borrowed(sig.bounds.as_slice()),
            None => Cow::Owned(world.container(owner).map(|at| world.bounds_of(at)).unwrap_or_default()),
        };
        infer.env = bounds;
        Some(infer)
    }

    fn body(&mut self, body: &Body) {
        let owner = Def { file: self.model.file, item: body.owner };
        let sig: Option<&FnSig> = self.world.fn_sig(owner);
        let declared = sig.map(|sig| sig.params.clone()).unwrap_or_default();
        let is_fn = body.params != ListId::EMPTY || sig.is_some_and(|sig| sig.params.is_empty());
        for (at, (pat, ty)) in self.model.body_params(body).enumerate() {
            let ty = declared.get(at).copied().or_else(|| ty.map(|ty| self.written(ty))).unwrap_or_else(Ty::unknown);
            let ty = self.normalize(ty);
            self.pat(pat, ty);
        }
        self.ret = match sig {
            Some(sig) if is_fn => self.declared_ret(owner, sig.ret),
            _ => self.const_type(owner),
        };
        let expected = self.ret;
        let ty = self.expr(body.root, Some(expected));
        self.coerce_at(body.root, ty, expected);
        self.settle();
        for (from, to) in std::mem::take(&mut self.casts) {
            if matches!(self.shallow(to).kind(), TyKind::Infer(..)) {
                self.unify(to, from);
            }
        }
    }

    /// What a function's body evaluates to: of an async function, the future's output.
    fn declared_ret(&mut self, owner: Def, ret: Ty) -> Ty {
        let is_async = match self.world.item(owner).map(|item| item.kind) {
            Some(crate::model::item::ItemKind::Fn(id)) => {
                self.model.functions.get(id.index()).is_some_and(|function| function.is_async)
            }
            _ => false,
        };
        if let (true, TyKind::Bounded(bounds, _)) = (is_async, ret.kind()) {
            let output = bounds.first().and_then(|bound| bound.bindings.first());
            let output = output.map_or_else(Ty::unknown, |&(_, ty)| ty);
            return self.normalize(output);
        }
        if matches!(ret.kind(), TyKind::Bounded(_, false)) {
            // The body chooses what `impl Trait` is.
            return self.fresh();
        }
        self.normalize(ret)
    }

    fn const_type(&mut self, owner: Def) -> Ty {
        use crate::model::item::ItemKind;
        match self.world.item(owner).map(|item| item.kind) {
            Some(ItemKind::Const { ty: Some(ty), .. } | ItemKind::Static { ty: Some(ty), .. }) => {
                let ty = self.written(ty);
                match ty.kind() {
                    // A static of `thread_local!` is given what its key holds.
                    TyKind::Adt(key, args) if self.is_std(*key, Name::LOCAL_KEY) => {
                        args.first().copied().unwrap_or_else(Ty::unknown)
                    }
                    _ => ty,
                }
            }
            _ => self.fresh(),
        }
    }

    /// Ends inference: defaults what is open and writes everything out.
    fn finish(mut self) -> Typed {
        self.table.borrow_mut().default_numbers();
        self.settle();
        let types = std::mem::take(&mut self.types);
        let types = types.into_iter().map(|ty| self.zonk(ty)).collect();
        let receivers = std::mem::take(&mut self.receivers);
        let mut receivers: Vec<(ExprId, Ty)> = receivers.into_iter().map(|(id, ty)| (id, self.zonk(ty))).collect();
        receivers.sort_by_key(|&(id, _)| id);
        receivers.dedup_by_key(|&mut (id, _)| id);
        let coercions = std::mem::take(&mut self.coercions);
        let mut coercions: Vec<(ExprId, Ty)> = coercions.into_iter().map(|(id, ty)| (id, self.zonk(ty))).collect();
        coercions.sort_by_key(|&(id, _)| id);
        coercions.dedup_by_key(|&mut (id, _)| id);
        let mut callees = std::mem::take(&mut self.callees);
        callees.sort_by_key(|&(id, _)| id);
        callees.dedup_by_key(|&mut (id, _)| id);
        Typed { first: self.first, types, callees, receivers, coercions }
    }

    /// Returns what a type written in the body means.
    fn written(&self, id: TypeId) -> Ty {
        self.with_scope(|scope| scope.ty(id))
    }

    fn with_scope<R>(&self, read: impl FnOnce(&Scope<'_>) -> R) -> R {
        let fresh = || self.fresh();
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
        read(&scope)
    }

    fn fresh(&self) -> Ty {
        self.table.borrow_mut().fresh(crate::types::ty::InferKind::Any)
    }

    fn set(&mut self, id: ExprId, ty: Ty) {
        if let Some(slot) = id.number().checked_sub(self.first).and_then(|at| self.types.get_mut(at as usize)) {
            *slot = ty;
        }
    }

    /// What an expression that was looked at is known to be.
    fn known(&self, id: ExprId) -> Ty {
        let at = id.number().checked_sub(self.first).map(|at| at as usize);
        at.and_then(|at| self.types.get(at)).map_or_else(Ty::unknown, |&ty| self.shallow(ty))
    }

    /// Returns fresh variables for parameters.
    fn fresh_subst(&self, generics: impl IntoIterator<Item = (Name, bool)>) -> Subst {
        Subst(generics.into_iter().map(|(name, is_const)| (name, self.fresh_arg(is_const))).collect())
    }

    /// Returns fresh variables for an item's own parameters, as arguments.
    fn fresh_args(&self, def: Def) -> Tys {
        self.world.generic_names(def).map(|(_, is_const)| self.fresh_arg(is_const)).collect()
    }

    fn fresh_arg(&self, is_const: bool) -> Ty {
        if is_const { self.table.borrow_mut().fresh_const() } else { self.fresh() }
    }

    fn std(&self, path: &[&str]) -> Option<Def> {
        let path: Vec<Name> = path.iter().map(|name| Name::new(name)).collect();
        self.world.std_item(&path)
    }

    fn is_std(&self, def: Def, name: Name) -> bool {
        self.world.is_std(def, name)
    }

    /// Notes what a call or an overloaded operator runs; `owner` names a type where no container does.
    fn note_callee(&mut self, id: ExprId, def: Def, owner: Option<Name>) {
        let callee = self.callee_of(def, owner);
        self.callees.push((id, callee));
    }

    fn callee_of(&self, def: Def, owner: Option<Name>) -> Callee {
        let krate = self.world.crate_of(def.file).map_or(Name::MISSING, |krate| krate.name);
        let container = self.world.container(def);
        let owner =
            owner.or_else(|| container.map(|container| self.container_name(container))).unwrap_or(Name::MISSING);
        let module = self.world.module_of(def).map_or(Name::MISSING, |module| self.world.names.module(module).name);
        let is_unsafe = self.world.fn_sig(def).is_some_and(|sig| sig.is_unsafe);
        Callee { def, krate, owner, module, name: self.world.name_of(def), is_unsafe }
    }

    fn container_name(&self, container: Def) -> Name {
        use crate::model::item::ItemKind;
        match self.world.item(container).map(|item| item.kind) {
            Some(ItemKind::Impl { .. }) => {
                let of = self.world.impl_of(container);
                of.map_or(Name::MISSING, |data| self.type_name(data.self_ty))
            }
            _ => self.world.name_of(container),
        }
    }

    /// A type's short name: an ADT's, a primitive's, `slice`, `array`.
    fn type_name(&self, ty: Ty) -> Name {
        match ty.kind() {
            TyKind::Adt(def, _) => self.world.name_of(*def),
            TyKind::Int(int) => int.name(),
            TyKind::Float(_) => Name::FLOAT,
            TyKind::Str => Name::STR,
            TyKind::Char => Name::CHAR,
            TyKind::Bool => Name::BOOL,
            TyKind::Slice(_) => Name::SLICE,
            TyKind::Array(..) => Name::ARRAY,
            TyKind::Ptr(..) => Name::POINTER,
            TyKind::Ref(inner, _) => self.type_name(*inner),
            _ => Name::MISSING,
        }
    }

    /// Instantiates what a function value calls: parameters and result.
    fn fn_parts(&mut self, of: FnRef, args: &[Ty]) -> Option<(Vec<Ty>, Ty)> {
        match of {
            FnRef::Fn(def) => {
                let sig = self.world.fn_sig(def)?;
                let subst = Subst(sig.generics.iter().map(|&(name, _)| name).zip(args.iter().copied()).collect());
                // A bound that says only that a trait is there decides no type.
                let telling = |bound: &TraitRef| !bound.args.is_empty() || !bound.bindings.is_empty();
                for (subject, bound) in sig.bounds.iter().filter(|(_, bound)| telling(bound)) {
                    let subject = subst.apply(*subject);
                    self.pending.push((Obligation::Bound(subject, subst.apply_trait(bound)), None));
                }
                let params = sig.params.iter().map(|&ty| subst.apply(ty)).collect::<Vec<_>>();
                let params = params.into_iter().map(|ty| self.normalize(ty)).collect();
                let ret = self.normalize(subst.apply(sig.ret));
                Some((params, ret))
            }
            FnRef::Struct(def) => self.constructor(def, 0, args),
            FnRef::Variant(def, at) => self.constructor(def, self.world.variant_place(def, at)?, args),
        }
    }

    fn constructor(&mut self, def: Def, variant: usize, args: &[Ty]) -> Option<(Vec<Ty>, Ty)> {
        let shape = self.world.adt(def)?;
        let subst = Subst(shape.generics.iter().map(|&(name, _)| name).zip(args.iter().copied()).collect());
        let fields = shape.variants.get(variant)?.fields.iter().map(|&(_, ty)| subst.apply(ty)).collect::<Vec<_>>();
        let fields = fields.into_iter().map(|ty| self.normalize(ty)).collect();
        Some((fields, Ty::adt(def, args)))
    }
}
