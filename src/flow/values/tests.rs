//! The engine on graphs made by hand: what guards, loops and phis show, and what undoes it.

use super::{Decision, Values};
use crate::flow::mir::{
    AssertKind, BasicBlock, BlockId, Comparison, Extent, IntType, MirBody, Operand, Place, Projection, Rvalue, Scalar,
    Statement, StatementKind, Terminator, TerminatorKind,
};
use crate::model::hir::{ArithOp, ExprId};

const USIZE: Scalar = Scalar::Int(IntType::USIZE);
/// As long as memory allows.
const BOUNDS: (i128, i128) = (0, i64::MAX as i128);

/// A graph that is being made: blocks by number, each with its statements and its end.
#[derive(Default)]
struct Builder {
    mir: MirBody,
}

fn read(place: Place) -> Operand {
    Operand::Read(place, USIZE)
}

fn int(value: i128) -> Operand {
    Operand::int(value, IntType::USIZE)
}

impl Builder {
    fn local(&mut self) -> Place {
        self.mir.add_local()
    }

    fn len(&mut self, of: Place) -> Place {
        self.mir.project(of, Projection::Len)
    }

    fn block(&mut self, statements: Vec<StatementKind>, end: TerminatorKind) {
        let at = ExprId::new(self.mir.blocks.len() as u32);
        let statements = statements.into_iter().map(|kind| Statement { at, kind }).collect();
        self.mir.blocks.push(BasicBlock { statements, terminator: Terminator { at, kind: end } });
    }

    fn index(of: Place, by: Operand, next: u32) -> TerminatorKind {
        TerminatorKind::Assert(AssertKind::Index { base: of, index: by, bounds: BOUNDS }, BlockId(next))
    }

    fn decide(self, block: u32) -> Decision {
        Values::new(self.mir).decide(BlockId(block))
    }
}

fn branch(on: Place, then: u32, otherwise: u32) -> TerminatorKind {
    TerminatorKind::Branch { on: Operand::Read(on, Scalar::Bool), then: BlockId(then), otherwise: BlockId(otherwise) }
}

fn assign(place: Place, value: Rvalue) -> StatementKind {
    StatementKind::Assign(place, value)
}

/// `if i < v.len() { between; v[i] }`
fn guarded(between: impl FnOnce(Place, Place) -> Vec<StatementKind>) -> Decision {
    let mut body = Builder::default();
    let (v, i, test) = (body.local(), body.local(), body.local());
    let len = body.len(v);
    body.block(vec![assign(test, Rvalue::Compare(Comparison::Less, read(i), read(len)))], branch(test, 1, 2));
    body.block(between(v, i), Builder::index(v, read(i), 2));
    body.block(Vec::new(), TerminatorKind::Return);
    body.decide(1)
}

fn holds(decision: &Decision) -> bool {
    matches!(decision, Decision::Holds(_))
}

#[test]
fn a_guard_holds_until_what_it_speaks_of_is_written() {
    let Decision::Holds(proof) = guarded(|_, _| Vec::new()) else { panic!("the guard shows it") };
    assert_eq!(proof.evidence, [ExprId::new(0)], "the evidence is the branch");
    assert!(!holds(&guarded(|_, i| vec![assign(i, Rvalue::Unknown(USIZE))])), "another index");
    assert!(!holds(&guarded(|v, _| vec![StatementKind::Lend(v, Extent::Whole)])), "the sequence was lent");
    assert!(!holds(&guarded(|_, i| vec![StatementKind::Lend(i, Extent::Whole)])), "the index was lent");
    assert!(
        holds(&guarded(|v, _| vec![StatementKind::Lend(v, Extent::Elements)])),
        "elements were lent: the length stays"
    );
    let plus = |_, i| vec![assign(i, Rvalue::Arith(ArithOp::Add, read(i), int(1), IntType::USIZE))];
    assert!(!holds(&guarded(plus)), "one more");
    let minus = |_, i| vec![assign(i, Rvalue::Arith(ArithOp::Sub, read(i), int(1), IntType::USIZE))];
    assert!(!holds(&guarded(minus)), "one less may have wrapped");
    let half = |_, i| vec![assign(i, Rvalue::Arith(ArithOp::Shr, read(i), int(1), IntType::USIZE))];
    assert!(holds(&guarded(half)), "the half is no greater");
}

#[test]
fn what_escaped_is_never_the_same() {
    let mut body = Builder::default();
    let (v, i, test) = (body.local(), body.local(), body.local());
    let len = body.len(v);
    body.block(vec![assign(test, Rvalue::Compare(Comparison::Less, read(i), read(len)))], branch(test, 1, 2));
    body.block(Vec::new(), Builder::index(v, read(i), 2));
    body.block(Vec::new(), TerminatorKind::Return);
    body.mir.escaped.insert(i.local);
    assert!(!holds(&body.decide(1)));
}

/// `let mut i = start; while i < v.len() { v[i + more]; i += step }`; the assert is in block 2.
fn looped(start: i128, more: i128, grows: bool) -> Decision {
    let mut body = Builder::default();
    let (v, i, test, at) = (body.local(), body.local(), body.local(), body.local());
    let len = body.len(v);
    body.block(vec![assign(i, Rvalue::Use(int(start)))], TerminatorKind::Goto(BlockId(1)));
    body.block(vec![assign(test, Rvalue::Compare(Comparison::Less, read(i), read(len)))], branch(test, 2, 4));
    let sum = Rvalue::Arith(ArithOp::Add, read(i), int(more), IntType::USIZE);
    body.block(vec![assign(at, sum)], Builder::index(v, read(at), 3));
    let op = if grows { ArithOp::Add } else { ArithOp::Mul };
    let step = Rvalue::Arith(op, read(i), int(2), IntType::USIZE);
    body.block(vec![assign(i, step)], TerminatorKind::Goto(BlockId(1)));
    body.block(Vec::new(), TerminatorKind::Return);
    body.decide(2)
}

#[test]
fn a_loops_condition_bounds_its_body() {
    assert!(holds(&looped(0, 0, true)));
    assert!(holds(&looped(1, 0, false)));
    assert!(!holds(&looped(0, 1, true)), "one past it");
}

/// `let mut n = v.len(); loop { if n == 0 { break }  n -= step; v[n] }`: that `n` is at most the length is kept by each turn.
fn downwards(step: i128, op: ArithOp) -> Decision {
    let mut body = Builder::default();
    let (v, n, test) = (body.local(), body.local(), body.local());
    let len = body.len(v);
    let start = Operand::Read(len, Scalar::Int(IntType::USIZE));
    body.block(vec![assign(n, Rvalue::Use(start))], TerminatorKind::Goto(BlockId(1)));
    body.block(vec![assign(test, Rvalue::Compare(Comparison::Less, int(0), read(n)))], branch(test, 2, 4));
    let next = Rvalue::Arith(op, read(n), int(step), IntType::USIZE);
    body.block(vec![assign(n, next)], Builder::index(v, read(n), 3));
    body.block(Vec::new(), TerminatorKind::Goto(BlockId(1)));
    body.block(Vec::new(), TerminatorKind::Return);
    body.decide(2)
}

#[test]
fn what_each_turn_keeps_holds_in_a_loop() {
    assert!(holds(&downwards(1, ArithOp::Sub)));
    assert!(!holds(&downwards(2, ArithOp::Sub)), "two less may wrap");
    assert!(!holds(&downwards(0, ArithOp::Sub)), "the length itself is no index");
    assert!(!holds(&downwards(1, ArithOp::Add)), "it grows");
}

/// `let ok = if first { i < v.len() } else { false }; if ok { v[i] }`; in place of `false` also `true`.
fn remembered(otherwise: i128) -> Decision {
    let mut body = Builder::default();
    let (v, i, first, ok, test) = (body.local(), body.local(), body.local(), body.local(), body.local());
    let len = body.len(v);
    body.block(Vec::new(), branch(first, 1, 2));
    let compared = assign(test, Rvalue::Compare(Comparison::Less, read(i), read(len)));
    body.block(
        vec![compared, assign(ok, Rvalue::Use(Operand::Read(test, Scalar::Bool)))],
        TerminatorKind::Goto(BlockId(3)),
    );
    body.block(vec![assign(ok, Rvalue::Use(int(otherwise)))], TerminatorKind::Goto(BlockId(3)));
    body.block(Vec::new(), branch(ok, 4, 5));
    body.block(Vec::new(), Builder::index(v, read(i), 5));
    body.block(Vec::new(), TerminatorKind::Return);
    body.decide(4)
}

#[test]
fn a_condition_is_remembered_in_a_bool() {
    assert!(holds(&remembered(0)));
    assert!(!holds(&remembered(1)), "it may be true without the guard");
}

#[test]
fn an_index_that_is_never_within_always_fails() {
    let mut body = Builder::default();
    let (v, test) = (body.local(), body.local());
    let len = body.len(v);
    body.block(vec![assign(test, Rvalue::Compare(Comparison::Less, read(len), int(3)))], branch(test, 1, 2));
    body.block(Vec::new(), Builder::index(v, int(3), 2));
    body.block(Vec::new(), TerminatorKind::Return);
    assert!(matches!(body.decide(1), Decision::Fails(_)));
}
