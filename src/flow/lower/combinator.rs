//! Methods of `Option`, `Result` and `bool` that run a closure on what is there, as the matches that they are.

use super::Lower;
use super::aggregate::position;
use crate::flow::mir::{BlockId, Const, Operand, Place, Rvalue, Scalar, TerminatorKind};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;
use crate::types::callee::Callee;

/// What one of the two ways gives.
#[derive(Clone, Copy)]
enum Gives {
    /// The payload.
    Payload,
    /// The value of an argument that was evaluated before.
    Argument(usize),
    /// What the closure gives that is this argument, of the payload if there is one.
    Closure(usize),
    /// The same, as the payload of the result.
    Wrapped(usize),
    /// The value as it is.
    Whole,
    /// `false`, or `true`.
    Bool(bool),
    /// What `Default` gives.
    Default,
}

/// A method by its name: what it gives where there is a payload, and where there is none.
const METHODS: &[(&str, Gives, Gives)] = &[
    ("map_or", Gives::Closure(2), Gives::Argument(1)),
    ("map_or_else", Gives::Closure(2), Gives::Closure(1)),
    ("map", Gives::Wrapped(1), Gives::Whole),
    ("and_then", Gives::Closure(1), Gives::Whole),
    ("unwrap_or", Gives::Payload, Gives::Argument(1)),
    ("unwrap_or_else", Gives::Payload, Gives::Closure(1)),
    ("unwrap_or_default", Gives::Payload, Gives::Default),
    ("or_else", Gives::Whole, Gives::Closure(1)),
    ("is_some_and", Gives::Closure(1), Gives::Bool(false)),
    ("is_ok_and", Gives::Closure(1), Gives::Bool(false)),
    ("is_none_or", Gives::Closure(1), Gives::Bool(true)),
];

/// One call that is read as a match.
struct Combined<'e> {
    expr: ExprId,
    args: &'e [ExprId],
    values: Vec<Operand>,
    place: Place,
    some: Name,
    none: Name,
}

impl Lower<'_> {
    /// Lowers a call of such a method; `None` where it is none, or is given something else than a closure.
    pub(super) fn combined(&mut self, expr: ExprId, callee: Option<Callee>, args: &[ExprId]) -> Option<Operand> {
        let callee = callee.filter(Callee::is_std)?;
        let (some, none) = match callee.owner {
            Name::OPTION => (Name::SOME, Name::NONE),
            Name::RESULT => (Name::OK, Name::ERR),
            _ => return None,
        };
        let &(_, then, otherwise) = METHODS.iter().find(|(name, ..)| *name == callee.name.as_str())?;
        let is_closure = |at: usize| args.get(at).is_some_and(|&arg| self.is_plain_closure(arg));
        let runs = |gives| match gives {
            Gives::Closure(at) | Gives::Wrapped(at) => is_closure(at),
            _ => true,
        };
        if !runs(then) || !runs(otherwise) {
            return None;
        }
        let &receiver = args.first()?;
        let place = self.value_place(receiver);
        let values = args.iter().enumerate().map(|(at, &arg)| match at {
            0 => Operand::Read(place, Scalar::Other),
            _ if is_closure_expr(self, arg) => self.unit(),
            _ => self.operand(arg),
        });
        let values = values.collect();
        let of = Combined { expr, args, values, place, some, none };
        let (result, not, join) = (self.temp(), self.new_block(), self.new_block());
        let test = self.temp_of(Rvalue::IsVariant(place, some));
        self.branch(Operand::Read(test, Scalar::Bool), not);
        self.give(&of, some, then, result, join);
        self.block = not;
        self.give(&of, none, otherwise, result, join);
        self.block = join;
        Some(Operand::Read(result, self.scalar(self.ty(expr))))
    }

    /// `cond.then(|| …)`
    pub(super) fn chosen(&mut self, expr: ExprId, callee: Option<Callee>, args: &[ExprId]) -> Option<Operand> {
        let callee = callee.filter(|callee| callee.is_std() && callee.owner == Name::BOOL)?;
        let &[cond, given] = args else { return None };
        let lazy = match callee.name.as_str() {
            "then" if self.is_plain_closure(given) => true,
            "then_some" => false,
            _ => return None,
        };
        let on = self.operand(cond);
        let eager = (!lazy).then(|| self.operand(given));
        let (result, not, join) = (self.temp(), self.new_block(), self.new_block());
        self.branch(on, not);
        let value = eager.unwrap_or_else(|| self.inlined(given, None));
        self.wrap(result, Name::SOME, value);
        self.terminate(TerminatorKind::Goto(join));
        self.block = not;
        self.assign(result, Rvalue::Aggregate(Some(Name::NONE)));
        self.goto(join);
        Some(Operand::Read(result, self.scalar(self.ty(expr))))
    }

    fn wrap(&mut self, result: Place, variant: Name, value: Operand) {
        self.assign(result, Rvalue::Aggregate(Some(variant)));
        let payload = self.payload(result, variant, position(0));
        self.assign(payload, Rvalue::Use(value));
    }

    fn give(&mut self, of: &Combined<'_>, variant: Name, gives: Gives, result: Place, join: BlockId) {
        let payload = self.payload(of.place, variant, position(0));
        // `None` has no payload.
        let given = (variant != Name::NONE).then_some(Operand::Read(payload, Scalar::Other));
        match gives {
            Gives::Payload => self.assign(result, Rvalue::Use(Operand::Read(payload, Scalar::Other))),
            Gives::Whole => {
                if variant == of.none {
                    // The other variant has the same payload, whatever the type of the first is now.
                    self.assign(result, Rvalue::Aggregate(Some(variant)));
                    let copy = self.payload(result, variant, position(0));
                    self.assign(copy, Rvalue::Use(Operand::Read(payload, Scalar::Other)));
                } else {
                    self.assign(result, Rvalue::Use(Operand::Read(of.place, Scalar::Other)));
                }
            }
            Gives::Argument(at) => {
                let value = of.values.get(at).copied().unwrap_or_else(|| self.unit());
                self.assign(result, Rvalue::Use(value));
            }
            Gives::Closure(at) | Gives::Wrapped(at) => {
                let Some(&closure) = of.args.get(at) else { return };
                let value = self.inlined(closure, given);
                match gives {
                    Gives::Wrapped(_) => self.wrap(result, of.some, value),
                    _ => self.assign(result, Rvalue::Use(value)),
                }
            }
            Gives::Bool(value) => self.assign(result, Rvalue::Use(Self::bool_constant(value))),
            Gives::Default => {
                let scalar = self.scalar(self.ty(of.expr));
                let value = match scalar {
                    Scalar::Int(_) | Scalar::Bool => Rvalue::Use(Operand::Const(Const::Int(0), scalar)),
                    _ => Rvalue::Unknown(scalar),
                };
                self.assign(result, value);
            }
        }
        self.terminate(TerminatorKind::Goto(join));
    }

    /// Lowers a closure's body where it runs, once.
    fn inlined(&mut self, closure: ExprId, given: Option<Operand>) -> Operand {
        let Expr::Closure { params, body, .. } = self.source.code.expr(closure) else { return self.unit() };
        let scalars = self.param_scalars(closure);
        let given = given.map(|value| match value {
            Operand::Read(place, _) => Operand::Read(place, scalars.first().copied().unwrap_or(Scalar::Other)),
            constant @ Operand::Const(..) => constant,
        });
        let (out, value) = (self.new_block(), self.temp());
        let breakables = std::mem::take(&mut self.breakables);
        let outer = self.exit.replace((value, out));
        let found = self.closure_value(params, body, &[given]);
        self.exit = outer;
        self.breakables = breakables;
        self.assign(value, Rvalue::Use(found));
        self.goto(out);
        Operand::Read(value, self.scalar(self.ty(body)))
    }

    /// Whether an expression is a closure that runs when it is called.
    fn is_plain_closure(&self, expr: ExprId) -> bool {
        matches!(self.source.code.expr(expr), Expr::Closure { asynchronous: false, .. })
    }

    /// Leaves the body, or the closure that is lowered where it runs, with a value.
    pub(super) fn exit_with(&mut self, value: Option<Operand>) {
        match self.exit {
            Some((place, out)) => {
                let value = value.map_or(Rvalue::Unknown(Scalar::Other), Rvalue::Use);
                self.assign(place, value);
                self.terminate(TerminatorKind::Goto(out));
            }
            None => self.terminate(TerminatorKind::Return),
        }
    }
}

fn is_closure_expr(lower: &Lower<'_>, expr: ExprId) -> bool {
    matches!(lower.source.code.expr(expr), Expr::Closure { .. })
}
