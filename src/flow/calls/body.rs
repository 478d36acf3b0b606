//! Walks bodies and notes what they call. What single expressions lead to is `steps.rs`'s business.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::drops::Drops;
use super::entry::Entries;
use super::external::External;
use super::index::CallIndex;
use super::steps::StdTraits;
use super::written::Imports;
use super::{Code, CodeKey, CodeLink, FileCalls, Link, Unseen, UnseenCall};
use crate::model::context::Contexts;
use crate::model::hir::{BindingId, BlockKind, Body, BodyKind, Expr, ExprId, ExprStore, FileModel};
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::source::{FileContext, Span};
use crate::types::ty::{DefId, Ty, TyKind};
use crate::types::typed_body::TypedBody;
use crate::types::world::World;

/// A place of no code.
const NOWHERE: u32 = u32::MAX;

/// Notes what the bodies of one file call.
pub struct CallCollector<'a> {
    pub(super) world: &'a World,
    pub(super) index: &'a CallIndex,
    pub(super) model: &'a FileModel,
    pub(super) code: &'a ExprStore,
    pub(super) imports: Imports,
    pub(super) external: External,
    pub(super) drops: Drops,
    pub(super) std: StdTraits,
    file: FileContext,
    out: FileCalls,
    codes: FxHashMap<CodeKey, u32>,
    links: FxHashSet<(u32, CodeKey, Link)>,
}

/// The walk over one body.
pub(super) struct Walk<'t> {
    pub(super) owner: DefId,
    pub(super) typed: &'t TypedBody,
    /// What is still to be looked at: the expression, the code it is in, and what becomes of the functions in it.
    pub(super) stack: Vec<(ExprId, u32, Option<Link>)>,
    /// What `let` binds names to.
    inits: FxHashMap<BindingId, ExprId>,
    /// Names whose values others get.
    given: Vec<(BindingId, u32, Link)>,
    /// What the pieces of code return.
    pub(super) returns: FxHashMap<u32, Ty>,
}

impl<'a> CallCollector<'a> {
    /// Prepares for the bodies of `model`, a file of kind `file`, whose code is `code`.
    pub fn new(
        world: &'a World,
        index: &'a CallIndex,
        (model, code): (&'a FileModel, &'a ExprStore),
        file: FileContext,
    ) -> Self {
        Self {
            world,
            index,
            model,
            code,
            imports: Imports::of(model, &index.macro_crates),
            external: External::default(),
            drops: Drops::default(),
            std: StdTraits::of(world),
            file,
            out: FileCalls { places: vec![NOWHERE; code.exprs.len()], ..FileCalls::default() },
            codes: FxHashMap::default(),
            links: FxHashSet::default(),
        }
    }

    /// Whether a body that is no function's has code that is called: the value of a static or constant that names functions.
    pub fn wants(&self, body: &Body) -> bool {
        let item = self.model.items.get(body.owner.index());
        let is_value = item.is_some_and(|item| matches!(item.kind, ItemKind::Const { .. } | ItemKind::Static { .. }));
        let names = |expr: &Expr| matches!(expr, Expr::Path(_) | Expr::Closure { .. });
        let range = body.exprs.start as usize..body.exprs.end as usize;
        is_value && self.code.exprs.get(range).is_some_and(|exprs| exprs.iter().any(names))
    }

    /// Notes what one body calls. O(its expressions).
    pub fn body(&mut self, body: &Body, typed: &TypedBody, contexts: &mut Contexts<'_>) {
        let owner = DefId { file: self.model.file, item: body.owner };
        let root = self.root(owner, body, contexts);
        let mut walk = Walk {
            owner,
            typed,
            stack: vec![(body.root, root, None)],
            inits: FxHashMap::default(),
            given: Vec::new(),
            returns: FxHashMap::default(),
        };
        if let Some(sig) = self.world.fn_sig(owner).filter(|_| body.kind == BodyKind::Fn) {
            walk.returns.insert(root, sig.ret);
            for &param in &sig.params {
                self.drops_of(root, param, self.name_span(owner));
            }
        }
        while let Some((id, code, role)) = walk.stack.pop() {
            if let Some(place) = self.out.places.get_mut(id.index()) {
                *place = code;
            }
            self.visit(&mut walk, id, code, role);
        }
        self.settle_given(&walk);
        self.overloaded_derefs(&walk);
    }

    /// Returns all that was noted.
    pub fn finish(self) -> FileCalls {
        self.out
    }

    fn root(&mut self, owner: DefId, body: &Body, contexts: &mut Contexts<'_>) -> u32 {
        let key = CodeKey::of(owner);
        if let Some(&known) = self.codes.get(&key) {
            return known;
        }
        let around = contexts.of(body.owner);
        let (model, imports, file) = (self.model, &self.imports, self.file);
        let entries = Entries { world: self.world, index: self.index, model, imports, file };
        let is_fn = self.world.function(owner).is_some();
        let kinds = if is_fn { entries.of(body.owner, &around.context) } else { Vec::new() };
        let returns_result = self.world.fn_sig(owner).is_some_and(|sig| is_result(self.world, sig.ret));
        let at = self.name_span(owner);
        self.add(Code { key, at, path: around.function, context: around.context, entries: kinds, returns_result })
    }

    fn name_span(&self, owner: DefId) -> Span {
        self.code.items.get(owner.item.index()).map_or_else(Span::default, |&(_, name)| name)
    }

    fn add(&mut self, code: Code) -> u32 {
        let at = self.out.codes.len() as u32;
        self.codes.insert(code.key, at);
        self.out.codes.push(code);
        at
    }

    fn visit(&mut self, walk: &mut Walk<'_>, id: ExprId, code: u32, role: Option<Link>) {
        match self.code.expr(id) {
            Expr::Closure { .. } => {
                let inner = self.part(walk, id, code, role, "{closure}");
                if let TyKind::Closure(_, parts) = walk.typed.ty(id).kind()
                    && let Some((&ret, params)) = parts.split_last()
                {
                    walk.returns.insert(inner, ret);
                    for &param in params {
                        self.drops_of(inner, param, self.code.span(id));
                    }
                }
                self.push_children(walk, id, inner, None);
            }
            Expr::Block { kind: BlockKind::Async, .. } => {
                let inner = self.part(walk, id, code, role, "{async}");
                self.push_children(walk, id, inner, None);
            }
            Expr::Path(_) => self.value(walk, id, code, role),
            Expr::Local(binding) => walk.given.extend(role.map(|role| (binding, code, role))),
            Expr::Call { callee, args } => self.call(walk, id, (code, role), (callee, args)),
            Expr::MethodCall { receiver, method, args } => {
                self.method_call(walk, id, (code, role), (receiver, method, args));
            }
            expr => {
                self.other(walk, id, code, expr);
                let role = role.filter(|_| hands_on(expr));
                self.push_children(walk, id, code, role);
            }
        }
    }

    /// A closure or `async` block: code of its own.
    fn part(&mut self, walk: &Walk<'_>, id: ExprId, code: u32, role: Option<Link>, name: &str) -> u32 {
        let key = CodeKey { def: walk.owner, part: Some(id) };
        let outer = self.out.codes.get(code as usize);
        let path: Arc<str> = outer.map_or("", |outer| &*outer.path).into();
        let path: Arc<str> = if path.ends_with('}') { path } else { format!("{path}::{name}").into() };
        let context = outer.map(|outer| Arc::clone(&outer.context)).unwrap_or_default();
        let at = self.code.span(id);
        let inner = self.add(Code { key, at, path, context, entries: Vec::new(), returns_result: false });
        self.link(code, key, role.unwrap_or(Link::Value), at);
        inner
    }

    pub(super) fn push_children(&self, walk: &mut Walk<'_>, id: ExprId, code: u32, role: Option<Link>) {
        let from = walk.stack.len();
        self.code.children(id, |child| walk.stack.push((child, code, role)));
        // The first one is looked at first.
        if let Some(children) = walk.stack.get_mut(from..) {
            children.reverse();
        }
    }

    /// Notes a `let` whose name may be given to somebody later.
    pub(super) fn bind(walk: &mut Walk<'_>, binding: BindingId, init: ExprId) {
        walk.inits.insert(binding, init);
    }

    /// Code that was kept in a local before somebody got it.
    fn settle_given(&mut self, walk: &Walk<'_>) {
        for &(binding, code, role) in &walk.given {
            let part = match walk.typed.binding(binding).kind() {
                TyKind::Closure(at, _) => Some(ExprId::new(*at)),
                _ => walk.inits.get(&binding).copied(),
            };
            let Some(part) = part else { continue };
            let key = CodeKey { def: walk.owner, part: Some(part) };
            if self.codes.contains_key(&key) {
                self.link(code, key, role, self.code.span(part));
            }
        }
    }

    /// Adds a way; one of a kind between two pieces of code is enough.
    pub(super) fn link(&mut self, from: u32, to: CodeKey, link: Link, at: Span) {
        if !self.links.insert((from, to, link)) {
            return;
        }
        if let Link::Entry(kind) = link {
            self.out.entered.push((to, kind));
        }
        self.out.links.push(CodeLink { from, to, link, at });
    }

    pub(super) fn unseen(&mut self, from: u32, why: Unseen, name: Name, at: Span) {
        self.out.unseen.push(UnseenCall { from, why, name, at });
    }

    /// Notes what runs when a value goes.
    pub(super) fn drops_of(&mut self, code: u32, ty: Ty, at: Span) {
        if !self.index.has_drops() {
            return;
        }
        for drop in self.drops.of(self.world, self.index, ty).to_vec() {
            self.link(code, CodeKey::of(drop), Link::Implicit, at);
        }
    }

    /// The code that an expression is in.
    pub(super) fn code_at(&self, id: ExprId) -> Option<u32> {
        self.out.places.get(id.index()).copied().filter(|&code| code != NOWHERE)
    }
}

/// Whether a function returns a Result, by a future or at once.
fn is_result(world: &World, ty: Ty) -> bool {
    match ty.kind() {
        TyKind::Adt(def, _) => world.is_std(*def, Name::RESULT),
        TyKind::Opaque(bounds) => {
            bounds.iter().flat_map(|bound| &bound.bindings).any(|&(_, output)| is_result(world, output))
        }
        _ => false,
    }
}

/// Whether who gets the value of an expression gets what is within it.
fn hands_on(expr: Expr) -> bool {
    matches!(
        expr,
        Expr::Ref { .. }
            | Expr::Cast { .. }
            | Expr::Tuple(_)
            | Expr::Array(_)
            | Expr::Vec(_)
            | Expr::Block { .. }
            | Expr::If { .. }
            | Expr::Match { .. }
            | Expr::Record { .. }
            | Expr::Macro { .. }
    )
}
