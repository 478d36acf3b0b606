//! Types and checks, file by file in parallel.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::lowered::Lowered;
use super::workers::largest_first;
use super::{ProgressCounter, contracts};
use crate::checks::contract::Asked;
use crate::checks::custom::Patterns;
use crate::checks::{
    BodyCx, Definitions, SiteBuilder, Sites, look_at_body, look_at_item, unread_places, unsafe_blocks,
};
use crate::finding::{Coverage, Operation, Site};
use crate::flow::calls::{CallCollector, CallIndex, FileCalls};
use crate::flow::mir::MirBody;
use crate::flow::{BodyFlow, Source};
use crate::model::context::Contexts;
use crate::model::hir::{
    BinaryOp, Body, BodyId, BodyKind, CallId, ExpansionStatus, Expr, ExprId, ExprStore, FileModel, ItemId, MacroCall,
    PathId, TypeRef,
};
use crate::model::item::{ItemKind, Mark};
use crate::model::name::Name;
use crate::reach::FileReach;
use crate::source::{FileId, FoundFile, GapKind, Span};
use crate::suggest::Suggester;
use crate::types::callee::Callee;
use crate::types::infer::Infer;
use crate::types::layout::{Layout, Machine};
use crate::types::ty::{DefId, Ty};
use crate::types::typed_body::{TypedBody, TypedFile};
use crate::types::world::World;

/// What the checks found in one file.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) sites: Vec<Site>,
    pub(super) operations: Vec<Operation>,
    pub(super) coverage: Coverage,
    /// Where there was more than what is looked at.
    pub(super) limits: Vec<(GapKind, Span)>,
    /// The macros whose calls were not read, by call.
    pub(super) opaque: Vec<Box<str>>,
    /// What its code calls, where that was asked.
    pub(super) reach: FileReach,
}

/// Checks the files that `code` is of, the first ones, each with its code, which goes then; the result is in their order.
pub(super) fn check(
    files: &[FoundFile],
    lowered: &[Lowered],
    code: Vec<ExprStore>,
    world: &World,
    (patterns, machine, reach): (&Patterns, Machine, bool),
    progress: &ProgressCounter,
) -> Vec<Checked> {
    let static_muts = static_muts(files, world);
    let calls = reach.then(|| CallIndex::new(world, code.len()));
    let calls = calls.as_ref();
    let asked = contracts::asked(lowered, &code, world);
    let none = FxHashSet::default();
    let jobs: Vec<((&FoundFile, &Lowered), ExprStore)> = files.iter().zip(lowered).zip(code).collect();
    largest_first(
        jobs,
        |((_, one), _)| one.source.text.len(),
        |_, ((file, one), code)| {
            let statics = static_muts.get(&file.package).unwrap_or(&none);
            let mut checked =
                Scan { world, one, code: &code, static_muts: statics, asked: &asked, patterns, machine, calls }
                    .file(file);
            let opaque = code.calls.into_iter().filter(|call| call.expansion == ExpansionStatus::Opaque);
            checked.opaque = opaque.map(|call| call.path).collect();
            progress.tick();
            checked
        },
    )
}

/// The names of the `static mut`s of each package.
fn static_muts(files: &[FoundFile], world: &World) -> BTreeMap<Option<usize>, FxHashSet<Name>> {
    let mut names: BTreeMap<Option<usize>, FxHashSet<Name>> = BTreeMap::new();
    for (file, model) in files.iter().zip(&world.files) {
        let statics = model.items.iter().filter(|it| matches!(it.kind, ItemKind::Static { mutable: true, .. }));
        names.entry(file.package).or_default().extend(statics.map(|item| item.name));
    }
    names
}

/// What one file's checks can see.
struct Scan<'a> {
    world: &'a World,
    one: &'a Lowered,
    code: &'a ExprStore,
    static_muts: &'a FxHashSet<Name>,
    asked: &'a contracts::AskedOf,
    patterns: &'a Patterns,
    machine: Machine,
    calls: Option<&'a CallIndex>,
}

/// What views ask about definitions.
struct Known<'a> {
    world: &'a World,
    asked: &'a contracts::AskedOf,
    machine: Machine,
}

impl Definitions for Known<'_> {
    fn name_of(&self, def: DefId) -> Name {
        self.world.name_of(def)
    }

    fn is_std(&self, def: DefId) -> bool {
        self.world.crate_of(def.file).is_some_and(|krate| krate.is_std)
    }

    fn is_dependency(&self, def: DefId) -> bool {
        self.world.crate_of(def.file).is_some_and(|krate| !krate.is_std && !krate.is_local)
    }

    fn is_std_item(&self, def: DefId, path: [Name; 2]) -> bool {
        self.is_std(def) && self.world.std_item(&path) == Some(def)
    }

    fn crate_of(&self, def: DefId) -> Name {
        self.world.crate_of(def.file).map_or(Name::MISSING, |krate| krate.name)
    }

    fn is_union(&self, def: DefId) -> bool {
        self.world.item(def).is_some_and(|item| matches!(item.kind, ItemKind::Union { .. }))
    }

    fn is_empty_enum(&self, def: DefId) -> bool {
        self.world.item(def).is_some_and(|item| matches!(item.kind, ItemKind::Enum { variants } if variants.is_empty()))
    }

    fn callee(&self, def: DefId, args: &[Ty]) -> Callee {
        Callee::for_type(self.world, def, args)
    }

    fn is_vector(&self, def: DefId) -> bool {
        self.world.item(def).is_some_and(|item| item.attrs.is(Mark::ReprSimd))
    }

    fn layout(&self, ty: Ty) -> Layout {
        self.world.layout(ty, self.machine)
    }

    fn constant(&self, cx: &BodyCx<'_>, expr: ExprId) -> Option<i128> {
        let owner = DefId { file: cx.model.file, item: cx.body().owner };
        self.world.const_in_body(owner, cx.code, cx.typed, expr)
    }

    fn has_fixed_layout(&self, ty: Ty) -> bool {
        self.world.has_fixed_layout(ty)
    }

    fn may_hold_cell(&self, ty: Ty) -> bool {
        self.world.may_hold_cell(ty)
    }

    fn forbids_zero(&self, ty: Ty) -> bool {
        self.world.forbids_zero(ty)
    }

    fn forbids_uninit(&self, ty: Ty) -> bool {
        self.world.forbids_uninit(ty)
    }

    fn asked(&self, def: DefId) -> Option<Asked> {
        self.asked.get(&def).copied()
    }

    fn machine(&self) -> Machine {
        self.machine
    }
}

impl Scan<'_> {
    fn file(&self, file: &FoundFile) -> Checked {
        let Some(model) = self.world.file(self.one.source.id) else {
            return Checked::default();
        };
        let contexts = Contexts::new(model, file.context, &file.relative, self.one.audience);
        let mut sites = Sites::new(model, self.code, contexts);
        let mut coverage = calls_of(model, self.code);
        let known = Known { world: self.world, asked: self.asked, machine: self.machine };
        let nothing = TypedBody::default();
        let items = self.cx(model, BodyId::new(u32::MAX), &nothing, &known, (&[], &[]));
        for item in 0..model.items.len() as u32 {
            look_at_item(&items, ItemId(item), &mut sites);
        }
        let mut limits = model.limits.clone();
        let suspicious = self.code.calls.iter().any(|call| !call.token_hits.is_empty());
        let mut calls = self.calls.map(|index| CallCollector::new(self.world, index, (model, self.code), file.context));
        let mut around = Contexts::new(model, file.context, &file.relative, self.one.audience);
        if calls.is_some() {
            sites.remember();
        }
        let typed = self.typed(model, calls.as_ref(), &mut limits);
        let mut memory = MirBody::default();
        for (at, body) in (0..).zip(&model.bodies) {
            let Some(typed) = typed.body(BodyId::new(at)) else { continue };
            if let Some(calls) = &mut calls {
                calls.body(body, typed, &mut around);
            }
            if !self.is_checked(model, BodyId::new(at), body) {
                continue;
            }
            let blocks = unsafe_blocks(self.code, body);
            let source = Source {
                world: self.world,
                model,
                code: self.code,
                text: &self.one.source.text,
                typed,
                machine: self.machine,
            };
            let flow = BodyFlow::new(source, body, memory);
            let places = unread_places(self.code, body);
            let mut cx = self.cx(model, BodyId::new(at), typed, &known, (&blocks, &places));
            let fixes = Suggester::new(self.world, file.edition);
            cx.flow = Some(&flow);
            cx.fixes = Some(&fixes);
            look_at_body(&cx, &mut sites);
            if suspicious {
                suspects(&cx, body, &mut sites);
            }
            count(&cx, body, &mut coverage);
            memory = flow.into_memory();
        }
        limits.extend(sites.left_off().map(|span| (GapKind::SiteLimit, span)));
        limits.sort_unstable();
        limits.dedup_by_key(|&mut (kind, _)| kind);
        let reach = calls.map(|calls| file_reach(calls, &sites.take_reported())).unwrap_or_default();
        let operations = sites.take_operations();
        Checked { sites: sites.finish(), operations, coverage, limits, opaque: Vec::new(), reach }
    }

    /// Types the bodies of the file that run; those that take too many steps are among the `limits`.
    fn typed(
        &self,
        model: &FileModel,
        calls: Option<&CallCollector<'_>>,
        limits: &mut Vec<(GapKind, Span)>,
    ) -> TypedFile {
        let mut typed = TypedFile::new(model.bodies.len());
        let mut infer = Infer::new(self.world, model, self.code);
        for (at, body) in (0..).map(BodyId::new).zip(&model.bodies) {
            if self.is_checked(model, at, body) || calls.is_some_and(|calls| calls.wants(body)) {
                typed.insert(at, infer.body(at));
                if infer.gave_up() {
                    limits.push((GapKind::InferenceLimit, self.code.span(body.root)));
                }
            }
        }
        typed
    }

    /// Whether a body has something for the checks.
    fn is_checked(&self, model: &FileModel, at: BodyId, body: &Body) -> bool {
        body.kind == BodyKind::Fn || self.code.runtime_closures_in(at).next().is_some() || self.casts(model, body)
    }

    /// Whether the value of a constant or static is computed with a cast to a pointer.
    fn casts(&self, model: &FileModel, body: &Body) -> bool {
        let is_pointer = |expr: &Expr| match *expr {
            Expr::Cast { ty, .. } => !matches!(model.ty(ty), TypeRef::Path(path) if is_number(model, path)),
            _ => false,
        };
        let own = self.code.own_exprs(body);
        own.flat_map(|own| self.code.exprs.get(own.start as usize..own.end as usize).unwrap_or(&[])).any(is_pointer)
    }

    fn cx<'v>(
        &'v self,
        model: &'v FileModel,
        body: BodyId,
        typed: &'v TypedBody,
        known: &'v dyn Definitions,
        (unsafe_blocks, unread_places): (&'v [Span], &'v [ExprId]),
    ) -> BodyCx<'v> {
        BodyCx {
            model,
            code: self.code,
            text: &self.one.source.text,
            lines: &self.one.source.lines,
            comments: &self.one.source.comments,
            body,
            typed,
            known,
            static_muts: self.static_muts,
            unsafe_blocks,
            flow: None,
            unread_places,
            patterns: self.patterns,
            tree: OnceCell::new(),
            fixes: None,
        }
    }
}

/// What the code of a file calls, and which of it reported what.
fn file_reach(calls: CallCollector<'_>, reported: &[(Span, ExprId)]) -> FileReach {
    let calls = calls.finish();
    let code_of =
        |id: ExprId| calls.places.get(id.index()).copied().filter(|&code| (code as usize) < calls.codes.len());
    let sites = reported.iter().filter_map(|&(span, id)| Some((span, code_of(id)?))).collect();
    FileReach { calls: FileCalls { places: Vec::new(), ..calls }, sites }
}

/// Whether a path is the name of a number's type.
fn is_number(model: &FileModel, path: PathId) -> bool {
    let segments = model.path(path).map_or(&[][..], |path| path.segments);
    matches!(segments, [one] if one.name.is_primitive())
}

/// Reports what the tokens of macro calls that were not read look like.
fn suspects(cx: &BodyCx<'_>, body: &Body, sites: &mut Sites<'_>) {
    for_each(cx, body, |id, expr| {
        let Expr::Macro { call: CallId(call), .. } = expr else { return };
        let Some(call) = cx.code.calls.get(call as usize).filter(|call| call.expansion == ExpansionStatus::Opaque)
        else {
            return;
        };
        for &(kind, span) in &call.token_hits {
            let missing = "within a macro call that was not expanded";
            sites.report_at(cx, id, span, SiteBuilder::indeterminate(kind, missing).detail(call.path.to_string()));
        }
    });
}

fn for_each(cx: &BodyCx<'_>, body: &Body, mut look: impl FnMut(ExprId, Expr)) {
    for own in cx.code.own_exprs(body) {
        let exprs = cx.code.exprs.get(own.start as usize..own.end as usize).unwrap_or(&[]);
        own.zip(exprs).for_each(|(id, &expr)| look(ExprId::new(id), expr));
    }
}

/// Counts functions and macro calls.
fn calls_of(model: &FileModel, code: &ExprStore) -> Coverage {
    // What a dependency's macro calls is the dependency's, unless it hides what becomes of the caller's tokens.
    let own = |call: &&MacroCall| call.span.file != FileId::ELSEWHERE || call.expansion == ExpansionStatus::Opaque;
    let calls = code.calls.iter().filter(own).count();
    let read = code.calls.iter().filter(own).filter(|call| call.expansion != ExpansionStatus::Opaque).count();
    let functions = model.functions.iter().filter(|function| function.body.is_some()).count();
    Coverage {
        functions: functions as u64,
        macro_calls: calls as u64,
        macro_calls_expanded: read as u64,
        ..Coverage::default()
    }
}

/// Counts operands and calls, and of how many the meaning is known.
fn count(cx: &BodyCx<'_>, body: &Body, coverage: &mut Coverage) {
    for_each(cx, body, |id, expr| {
        let elsewhere = || cx.code.span(id).file == FileId::ELSEWHERE;
        let operands: [Option<ExprId>; 2] = match expr {
            Expr::Binary { op: BinaryOp::Arith(_) | BinaryOp::AssignArith(_), lhs, rhs } => [Some(lhs), Some(rhs)],
            Expr::Index { base, index } => [Some(base), Some(index)],
            Expr::Cast { expr, .. } => [Some(expr), None],
            Expr::Call { .. } | Expr::MethodCall { .. } if elsewhere() => return,
            Expr::Call { callee, .. } => {
                // A constructor, closure or function pointer is known by its type.
                coverage.calls += 1;
                coverage.calls_resolved += u64::from(cx.typed.callee(id).is_some() || !cx.ty(callee).is_unknown());
                return;
            }
            Expr::MethodCall { .. } => {
                coverage.calls += 1;
                coverage.calls_resolved += u64::from(cx.typed.callee(id).is_some());
                return;
            }
            _ => return,
        };
        if elsewhere() {
            return;
        }
        for operand in operands.into_iter().flatten() {
            coverage.operands += 1;
            coverage.operands_typed += u64::from(!cx.ty(operand).is_unknown());
        }
    });
}
