//! What single expressions of a body lead to: calls, values, macros, operators, conversions.

use smallvec::SmallVec;

use super::body::{CallCollector, Walk};
use super::external::{may_be, std_trait};
use super::target::{function, leads};
use super::written::{Written, names};
use super::{CodeKey, Link, Unseen};
use crate::facts::entries::{Given, names_call, of_call};
use crate::model::hir::{BinaryOp, CallId, ExpansionStatus, Expr, ExprId, List, Pat};
use crate::model::name::Name;
use crate::source::Span;
use crate::types::index::SimplifiedType;
use crate::types::ty::{DefId, FnRef, Ty, TyKind, Tys};
use crate::types::typed_body::{CallKind, CallTarget, ValueRes};
use crate::types::world::World;

/// std's traits that the language and std's macros call.
#[derive(Debug, Default)]
pub(super) struct StdTraits {
    display: Option<DefId>,
    debug: Option<DefId>,
    partial_eq: Option<DefId>,
    iterator: Option<DefId>,
    from: Option<DefId>,
    deref_mut: Option<DefId>,
}

impl StdTraits {
    pub(super) fn of(world: &World) -> Self {
        Self {
            display: std_trait(world, ["fmt", "Display"]),
            debug: std_trait(world, ["fmt", "Debug"]),
            partial_eq: std_trait(world, ["cmp", "PartialEq"]),
            iterator: std_trait(world, ["iter", "Iterator"]),
            from: std_trait(world, ["convert", "From"]),
            deref_mut: std_trait(world, ["ops", "DerefMut"]),
        }
    }
}

/// A call's place: the code it is in, and what becomes of functions in it.
type At = (u32, Option<Link>);

impl CallCollector<'_> {
    pub(super) fn call(&mut self, walk: &mut Walk<'_>, id: ExprId, (code, role): At, parts: (ExprId, List<ExprId>)) {
        let (callee, args) = parts;
        let target = walk.typed.call(id);
        let written = self.written(callee);
        let given = self.given(walk, id, written, None);
        self.lead(walk, id, code, target.as_ref());
        if let (Some(role), Some(CallTarget { def: Some(def), kind: CallKind::Static, .. })) = (role, &target)
            && self.index.is_scanned(*def)
            && self.world.function(*def).is_some_and(|function| function.is_async)
        {
            // What an `async` function returns is its body.
            self.link(code, CodeKey::of(*def), role, self.code.span(id));
        }
        match self.code.expr(callee) {
            Expr::Path(_) => {
                let res = walk.typed.res(callee, self.code);
                if target.is_none() && !matches!(res, Some(ValueRes::Struct(_) | ValueRes::Variant(..))) {
                    let name = written.map_or(Name::MISSING, |written| written.name);
                    let name = if name.is_missing() { self.last_name(callee) } else { name };
                    self.unseen(code, Unseen::Unresolved, name, self.code.span(id));
                }
                if let Some(ValueRes::Const(def) | ValueRes::Static(def)) = res {
                    self.names(code, def, callee);
                }
            }
            _ => walk.stack.push((callee, code, None)),
        }
        let role = given.or(role);
        walk.stack.extend(self.code.list(args).iter().rev().map(|&arg| (arg, code, role)));
    }

    pub(super) fn method_call(
        &mut self,
        walk: &mut Walk<'_>,
        id: ExprId,
        (code, role): At,
        (receiver, method, args): (ExprId, Name, List<ExprId>),
    ) {
        let target = walk.typed.call(id);
        let given = self.given(walk, id, None, Some(method));
        self.lead(walk, id, code, target.as_ref());
        if target.is_none() {
            self.unseen(code, Unseen::Unresolved, method, self.code.span(id));
        }
        if is_temporary(self.code.expr(receiver)) {
            self.drops_of(code, walk.typed.ty(receiver), self.code.span(receiver));
        }
        walk.stack.extend(self.code.list(args).iter().rev().map(|&arg| (arg, code, given)));
        let whole = if given == Some(Link::Caught) { given } else { role };
        walk.stack.push((receiver, code, whole));
    }

    /// What becomes of the functions that a call is given, by what is known of what it calls.
    fn given(&self, walk: &Walk<'_>, id: ExprId, written: Option<Written>, method: Option<Name>) -> Option<Link> {
        let callee = walk.typed.callee(id);
        let name = callee.map(|callee| callee.name).or(method).or(written.map(|written| written.name))?;
        if !names_call(name.as_str()) {
            return None;
        }
        let given = match (callee, written) {
            (Some(callee), _) => {
                let mut holders: SmallVec<[&str; 3]> = SmallVec::new();
                holders
                    .extend([callee.owner, callee.module].iter().filter(|it| !it.is_missing()).map(|it| it.as_str()));
                holders.extend(written.map(|written| written.holder.as_str()));
                of_call(callee.krate.as_str(), &holders, name.as_str())
            }
            (None, Some(Written { krate, holder, name })) => of_call(krate.as_str(), &[holder.as_str()], name.as_str()),
            // A method of a crate that the file uses, whose sources are not at hand.
            (None, None) => {
                let crates = self.imports.crates.iter().chain(&self.imports.globs);
                crates
                    .filter(|krate| !matches!(**krate, Name::STD | Name::CORE | Name::ALLOC))
                    .find_map(|krate| of_call(krate.as_str(), &[], name.as_str()))
            }
        };
        given.map(|given| match given {
            Given::Entry(kind) => Link::Entry(kind),
            Given::Caught => Link::Caught,
        })
    }

    fn written(&self, callee: ExprId) -> Option<Written> {
        let Expr::Path(path) = self.code.expr(callee) else { return None };
        self.imports.resolve(&names(self.model.path(path)?)?)
    }

    fn last_name(&self, callee: ExprId) -> Name {
        let Expr::Path(path) = self.code.expr(callee) else { return Name::MISSING };
        self.model.path(path).and_then(|path| path.segments.last()).map_or(Name::MISSING, |last| last.name)
    }

    /// Notes what a call, an operator, an index or a dereference leads to.
    fn lead(&mut self, walk: &Walk<'_>, id: ExprId, code: u32, target: Option<&CallTarget>) {
        let Some(target) = target else { return };
        let at = self.code.span(id);
        let leads = leads(self.world, self.index, walk.owner, target);
        for (to, link) in leads.to {
            self.link(code, to, link, at);
        }
        if let Some(def) = leads.external {
            self.external_call(code, def, target.args, at);
        }
        if let Some((why, def)) = leads.unseen {
            let name = def.map_or(Name::MISSING, |def| self.world.name_of(def));
            self.unseen(code, why, name, at);
        }
        if self.index.has_drops() {
            // Values of these types may end within the call.
            for &arg in &*target.args {
                self.drops_of(code, arg, at);
            }
        }
    }

    fn external_call(&mut self, code: u32, def: DefId, args: Tys, at: Span) {
        let (world, index) = (self.world, self.index);
        for to in self.external.called_by(world, index, def, args).to_vec() {
            self.link(code, CodeKey::of(to), Link::Implicit, at);
        }
    }

    /// A path that is no callee: a function as a value, a constant, a static.
    pub(super) fn value(&mut self, walk: &Walk<'_>, id: ExprId, code: u32, role: Option<Link>) {
        let at = self.code.span(id);
        match walk.typed.res(id, self.code) {
            Some(ValueRes::Fn(def)) => {
                let args = match walk.typed.ty(id).kind() {
                    TyKind::FnDef(FnRef::Fn(_), args) => *args,
                    _ => Tys::default(),
                };
                self.function_value(walk, (def, args), code, (role, at));
            }
            Some(ValueRes::Const(def) | ValueRes::Static(def)) => self.names(code, def, id),
            _ => {}
        }
    }

    fn function_value(
        &mut self,
        walk: &Walk<'_>,
        (def, args): (DefId, Tys),
        code: u32,
        (role, at): (Option<Link>, Span),
    ) {
        let (world, index) = (self.world, self.index);
        let is_declared = world.container(def).is_some_and(|of| world.impls.trait_data(of).is_some());
        let found = if is_declared {
            let of = world.container(def).unwrap_or(def);
            let shape = args.first().and_then(|&this| SimplifiedType::of(this));
            let fit = index.impls(of).iter().filter(|one| shape.is_none() || one.shape.is_none() || one.shape == shape);
            let name = world.name_of(def);
            let members = fit.flat_map(|one| one.functions.iter().filter(|(known, _)| *known == name));
            let mut found: Vec<CodeKey> = members.map(|&(_, member)| CodeKey::of(member)).collect();
            found.extend(function(world, index, def).to.into_iter().map(|(to, _)| to));
            found
        } else {
            leads(world, index, walk.owner, &CallTarget { def: Some(def), args, kind: CallKind::Static })
                .to
                .into_iter()
                .map(|(to, _)| to)
                .collect()
        };
        for to in found {
            self.link(code, to, role.unwrap_or(Link::Value), at);
        }
        if !index.is_scanned(def) {
            self.external_call(code, def, args, at);
        }
    }

    /// A constant or static: the functions that its value names are within reach.
    fn names(&mut self, code: u32, def: DefId, id: ExprId) {
        if self.index.is_scanned(def) {
            self.link(code, CodeKey::of(def), Link::Value, self.code.span(id));
        }
    }

    /// Everything else that may run code of the program.
    pub(super) fn other(&mut self, walk: &mut Walk<'_>, id: ExprId, code: u32, expr: Expr) {
        let target = if may_call(expr) { walk.typed.call(id) } else { None };
        self.lead(walk, id, code, target.as_ref());
        let at = self.code.span(id);
        match expr {
            Expr::Macro { call, args } => self.macro_call(walk, code, (call, args), at),
            Expr::Try(inner) if target.is_none() => self.converted(walk, code, inner, at),
            Expr::For { iter, .. } => {
                self.used(code, walk.typed.ty(iter), self.std.iterator, at);
                self.drops_of(code, walk.typed.ty(iter), at);
            }
            Expr::LetStmt { pat, init: Some(init), .. } => {
                if let Pat::Bind { binding, sub: None } = self.code.pat(pat) {
                    Self::bind(walk, binding, init);
                }
                self.drops_of(code, walk.typed.ty(init), at);
            }
            Expr::Semi(value) | Expr::Let { expr: value, .. } | Expr::Match { scrutinee: value, .. } => {
                self.drops_of(code, walk.typed.ty(value), at);
            }
            Expr::Binary { op: BinaryOp::Assign, lhs, .. } => {
                self.drops_of(code, walk.typed.ty(lhs), at);
            }
            _ => {}
        }
    }

    fn macro_call(&mut self, walk: &Walk<'_>, code: u32, (call, args): (CallId, List<ExprId>), at: Span) {
        let Some(call) = self.code.calls.get(call.index()) else { return };
        match call.expansion {
            ExpansionStatus::Opaque => self.unseen(code, Unseen::Macro, call.name, at),
            ExpansionStatus::Native => {
                let compares = call.name.as_str().ends_with("assert_eq") || call.name.as_str().ends_with("assert_ne");
                for &arg in self.code.list(args) {
                    let ty = walk.typed.ty(arg);
                    for of in [self.std.display, self.std.debug, self.std.partial_eq.filter(|_| compares)] {
                        self.used(code, ty, of, at);
                    }
                }
            }
            ExpansionStatus::Expanded | ExpansionStatus::NoCode => {}
        }
    }

    /// Notes that a trait of std is used of a value.
    fn used(&mut self, code: u32, ty: Ty, of: Option<DefId>, at: Span) {
        let Some(of) = of.filter(|&of| !self.index.impls(of).is_empty()) else { return };
        for to in self.external.used(self.world, self.index, ty, of) {
            self.link(code, CodeKey::of(to), Link::Implicit, at);
        }
    }

    /// `?` makes the error that is returned of the one that came, by `From`.
    fn converted(&mut self, walk: &Walk<'_>, code: u32, inner: ExprId, at: Span) {
        let Some(from) = self.std.from.filter(|&of| !self.index.impls(of).is_empty()) else { return };
        let Some(came) = error_of(walk.typed.ty(inner)) else { return };
        let wanted = walk.returns.get(&code).and_then(|&ret| error_of(ret));
        if wanted == Some(came) {
            return;
        }
        let shape = wanted.and_then(SimplifiedType::of);
        let fit = self.index.impls(from).iter().filter(|one| {
            (shape.is_none() || one.shape.is_none() || one.shape == shape)
                && one.args.first().is_none_or(|&declared| may_be(declared, came))
        });
        let found: Vec<DefId> = fit.flat_map(|one| one.functions.iter().map(|&(_, def)| def)).collect();
        for to in found {
            self.link(code, CodeKey::of(to), Link::Implicit, at);
        }
    }

    /// What is dereferenced without a `*`.
    pub(super) fn overloaded_derefs(&mut self, walk: &Walk<'_>) {
        let (deref, deref_mut) = (self.world.lang.deref, self.std.deref_mut);
        let found: Vec<(ExprId, Ty)> = walk.typed.overloaded_derefs().collect();
        for (id, ty) in found {
            let shape = SimplifiedType::of(ty);
            let Some(code) = self.code_at(id) else { continue };
            for of in [deref, deref_mut].into_iter().flatten() {
                let index = self.index;
                let fit = index.impls(of).iter().filter(|one| one.shape.is_none() || one.shape == shape);
                for &(_, to) in fit.flat_map(|one| &one.functions) {
                    self.link(code, CodeKey::of(to), Link::Implicit, self.code.span(id));
                }
            }
        }
    }
}

/// The error of a Result, or of the Result that a future ends in.
fn error_of(ty: Ty) -> Option<Ty> {
    match ty.kind() {
        TyKind::Adt(_, args) => args.get(1).copied().filter(|ty| !ty.is_unknown()),
        TyKind::Opaque(bounds) => {
            bounds.iter().flat_map(|bound| &bound.bindings).find_map(|&(_, output)| error_of(output))
        }
        _ => None,
    }
}

/// Whether the language may call something for an expression that is no call: most are asked for nothing.
const fn may_call(expr: Expr) -> bool {
    !matches!(
        expr,
        Expr::Literal(_)
            | Expr::Missing
            | Expr::Field { .. }
            | Expr::Block { .. }
            | Expr::Semi(_)
            | Expr::LetStmt { .. }
            | Expr::Ref { .. }
    )
}

/// Whether an expression makes a value that nothing else holds.
fn is_temporary(expr: Expr) -> bool {
    matches!(expr, Expr::Call { .. } | Expr::MethodCall { .. } | Expr::Record { .. })
}
