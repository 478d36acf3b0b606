//! From typed expressions to a control-flow graph: evaluation order, matches, loops, `?`, closures. What is not understood
//! becomes something unknown, which may have changed all that it can reach: it never proves anything.
//!
//! A closure's body is in the graph of the body that makes it, on a way that may be taken or not from where it is made, and that leads
//! nowhere: what it captures by reference does not change meanwhile, and what it writes is unknown from then on.

mod aggregate;
mod arith;
mod call;
mod closure;
mod combinator;
mod condition;
mod control;
mod expr;
mod index;
mod literal;
mod macros;
mod pattern;
mod place;
mod predicate;
mod scalar;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::flow::mir::{
    AssertKind, BasicBlock, BlockId, CallSiteId, Const, Extent, LocalId, MirBody, MirCall, Operand, Place, Projection,
    Rvalue, Scalar, Statement, StatementKind, Terminator, TerminatorKind,
};
use crate::model::hir::{BindingId, Body, BodyKind, ExprId, ExprStore, FileModel, Param};
use crate::model::name::Name;
use crate::types::layout::Machine;
use crate::types::ty::{DefId, Ty};
use crate::types::typed_body::TypedBody;
use crate::types::world::World;

/// What a lowering reads.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// All that was read.
    pub world: &'a World,
    /// The file's declarations.
    pub model: &'a FileModel,
    /// Its expressions.
    pub code: &'a ExprStore,
    /// Its text.
    pub text: &'a str,
    /// The types of the body.
    pub typed: &'a TypedBody,
    /// What the program is compiled for.
    pub machine: Machine,
}

/// A graph, and where it asserts what.
#[derive(Debug, Default)]
pub struct Lowered {
    /// The graph.
    pub mir: MirBody,
    /// The blocks that end with an assert of an expression, in the order of expressions.
    pub sites: Vec<(ExprId, BlockId)>,
}

/// A loop or labelled block that is being lowered.
struct Breakable {
    target: ExprId,
    leave: BlockId,
    /// Where `continue` leads; `None` for a block.
    again: Option<BlockId>,
    value: Place,
}

/// Expressions within expressions that are lowered; the parser allows fewer.
const DEPTH: u32 = 2_000;

/// What lowers one body.
struct Lower<'a> {
    source: Source<'a>,
    mir: MirBody,
    sites: Vec<(ExprId, BlockId)>,
    bindings: FxHashMap<BindingId, LocalId>,
    /// Constants and statics, by what they are and by their paths: each is one value wherever it is named so.
    constants: FxHashMap<(DefId, Vec<Name>), LocalId>,
    breakables: Vec<Breakable>,
    /// Where `return` and `?` lead in a closure that is lowered where it runs, and what they write.
    exit: Option<(Place, BlockId)>,
    owner: crate::model::hir::ItemId,
    /// The block that statements are added to.
    block: BlockId,
    /// The expression that statements come from.
    at: ExprId,
    /// Locals that a raw pointer may write.
    escaped: FxHashSet<LocalId>,
    has_unsafe: bool,
    depth: u32,
    predicates: predicate::Predicates,
}

/// Lowers a function's body, or the closures in what runs at compile time.
pub fn lower(source: Source<'_>, body: &Body, mir: MirBody) -> Lowered {
    let mut this = Lower {
        source,
        mir,
        sites: Vec::new(),
        bindings: FxHashMap::default(),
        constants: FxHashMap::default(),
        breakables: Vec::new(),
        exit: None,
        owner: body.owner,
        block: BlockId(0),
        at: body.root,
        escaped: FxHashSet::default(),
        has_unsafe: has_unsafe(source, body),
        depth: 0,
        predicates: predicate::Predicates::of(body, source.code),
    };
    this.mir.clear();
    this.block = this.new_block();
    for &Param { pat, .. } in source.code.list(body.params) {
        let param = this.mir.add_local();
        this.bind_param(pat, param);
    }
    if body.kind == BodyKind::Fn {
        this.operand(body.root);
    }
    this.terminate(TerminatorKind::Return);
    if !this.predicates.are_kept() {
        this.sites.clear();
    }
    this.sites.sort_unstable();
    this.mir.escaped = this.escaped;
    Lowered { mir: this.mir, sites: this.sites }
}

/// Whether a body may write through raw pointers.
fn has_unsafe(source: Source<'_>, body: &Body) -> bool {
    use crate::model::hir::{BlockKind, Expr};
    let function = source.model.items.get(body.owner.index()).and_then(|item| match item.kind {
        crate::model::item::ItemKind::Fn(id) => source.model.functions.get(id.index()),
        _ => None,
    });
    function.is_some_and(|function| function.is_unsafe)
        || source.code.own_exprs(body).any(|own| {
            let exprs = source.code.exprs.get(own.start as usize..own.end as usize).unwrap_or(&[]);
            exprs.iter().any(|expr| matches!(expr, Expr::Block { kind: BlockKind::Unsafe, .. }))
        })
}

impl Lower<'_> {
    fn ty(&self, expr: ExprId) -> Ty {
        self.source.typed.ty(expr)
    }

    fn new_block(&mut self) -> BlockId {
        let terminator = Terminator { at: self.at, kind: TerminatorKind::Unreachable };
        self.mir.blocks.push(BasicBlock { statements: Vec::new(), terminator });
        BlockId(self.mir.blocks.len() as u32 - 1)
    }

    fn push(&mut self, kind: StatementKind) {
        let statement = Statement { at: self.at, kind };
        if let Some(block) = self.mir.blocks.get_mut(self.block.0 as usize) {
            block.statements.push(statement);
        }
    }

    fn assign(&mut self, place: Place, value: Rvalue) {
        self.push(StatementKind::Assign(place, value));
    }

    fn lend(&mut self, place: Place, extent: Extent) {
        self.push(StatementKind::Lend(place, extent));
    }

    /// Ends the block at hand.
    fn terminate(&mut self, kind: TerminatorKind) {
        let terminator = Terminator { at: self.at, kind };
        if let Some(block) = self.mir.blocks.get_mut(self.block.0 as usize) {
            block.terminator = terminator;
        }
    }

    /// Ends the block at hand and goes on in `next`.
    fn goto(&mut self, next: BlockId) {
        self.terminate(TerminatorKind::Goto(next));
        self.block = next;
    }

    /// Ends the block at hand: what follows is not reached from it.
    fn leave(&mut self, kind: TerminatorKind) {
        self.terminate(kind);
        self.block = self.new_block();
    }

    /// Goes on where the condition holds; `at` is the site.
    fn assert(&mut self, at: ExprId, kind: AssertKind) {
        let next = self.new_block();
        self.sites.push((at, self.block));
        let outer = std::mem::replace(&mut self.at, at);
        self.terminate(TerminatorKind::Assert(kind, next));
        self.at = outer;
        self.block = next;
    }

    fn call(&mut self, call: MirCall) -> CallSiteId {
        let id = CallSiteId(self.mir.calls.len() as u32);
        self.mir.calls.push(call);
        let next = self.new_block();
        self.terminate(TerminatorKind::Call(id, next));
        self.block = next;
        id
    }

    fn temp(&mut self) -> Place {
        self.mir.add_local()
    }

    /// Returns a new temporary that holds a value.
    fn temp_of(&mut self, value: Rvalue) -> Place {
        let temp = self.temp();
        self.assign(temp, value);
        temp
    }

    fn field(&mut self, place: Place, name: Name) -> Place {
        self.mir.project(place, Projection::Field(name))
    }

    /// The payload of a variant.
    fn payload(&mut self, place: Place, variant: Name, field: Name) -> Place {
        let variant = self.mir.project(place, Projection::Variant(variant));
        self.field(variant, field)
    }

    /// Runs `lower` with the expression that it comes from.
    fn within<R>(&mut self, at: ExprId, lower: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.at, at);
        let result = lower(self);
        self.at = outer;
        result
    }

    /// Something of which the type alone is known.
    fn unknown(&mut self, expr: ExprId) -> Operand {
        let scalar = self.scalar(self.ty(expr));
        let temp = self.temp_of(Rvalue::Unknown(scalar));
        Operand::Read(temp, scalar)
    }

    fn unit(&self) -> Operand {
        Operand::Const(Const::Int(0), Scalar::Other)
    }

    /// Lends all locals: what runs is not known.
    fn lend_everything(&mut self) {
        for local in 0..self.mir.locals {
            let place = Place { local: LocalId(local), path: crate::flow::mir::TreePath::ROOT };
            self.lend(place, Extent::Whole);
        }
    }
}
