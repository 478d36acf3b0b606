//! Patterns: tests in order, then what they bind.

use super::Lower;
use super::aggregate::position;
use crate::flow::mir::{BlockId, Comparison, Const, Extent, Operand, Place, Rvalue, Scalar, TerminatorKind};
use crate::model::hir::{ArithOp, Expr, ExprId, List, Literal, Pat, PatId};
use crate::model::name::Name;
use crate::types::typed_body::{BindingMode, ValueRes};

/// What a pattern is matched against.
#[derive(Clone, Copy)]
pub(super) struct Scrutinee {
    pub(super) place: Place,
    /// Bindings may write it, for all that is known: its type is not.
    pub(super) lent: bool,
}

impl Lower<'_> {
    /// Evaluates what a pattern is matched against.
    pub(super) fn scrutinee(&mut self, expr: ExprId) -> Scrutinee {
        let lent = self.ty(expr).is_unknown();
        let place = if self.names_place(expr) { self.place(expr) } else { None };
        let place = place.unwrap_or_else(|| self.value_place(expr));
        Scrutinee { place, lent }
    }

    /// Binds a parameter.
    pub(super) fn bind_param(&mut self, pat: PatId, param: Place) {
        let never = self.new_block();
        self.match_pattern(pat, Scrutinee { place: param, lent: false }, never);
    }

    /// Tests a pattern and binds its names: goes on where it matches, and to `otherwise` where it does not.
    pub(super) fn match_pattern(&mut self, pat: PatId, on: Scrutinee, otherwise: BlockId) {
        match self.source.code.pat(pat) {
            Pat::Missing => self.maybe(otherwise),
            Pat::Wild | Pat::Rest => {}
            Pat::Bind { binding, sub } => {
                match self.source.typed.pat_res(pat) {
                    Some(ValueRes::Variant(..)) => {
                        let name = self.source.code.binding(binding).name;
                        return self.is_variant(on.place, name, otherwise);
                    }
                    Some(_) => return self.maybe(otherwise),
                    None => {}
                }
                if let Some(sub) = sub {
                    self.match_pattern(sub, on, otherwise);
                }
                let local = self.local(binding);
                self.assign(local, Rvalue::Use(Operand::Read(on.place, Scalar::Other)));
                let mode = self.source.typed.binding_mode(binding, self.source.code);
                if on.lent || mode == (BindingMode::Ref { mutable: true }) {
                    self.lend(on.place, Extent::Whole);
                }
            }
            Pat::Ref { pat, .. } | Pat::Box(pat) => self.match_pattern(pat, on, otherwise),
            Pat::Tuple(parts) => self.match_positional(parts, on, None, otherwise),
            Pat::TupleStruct { args, .. } => {
                let Some(variant) = self.pattern_variant(pat) else { return self.match_unknown(args, on, otherwise) };
                if let Some(variant) = variant {
                    self.is_variant(on.place, variant, otherwise);
                }
                self.match_positional(args, on, variant, otherwise);
            }
            Pat::Record { fields, .. } => {
                let variant = self.pattern_variant(pat);
                match variant {
                    Some(Some(variant)) => self.is_variant(on.place, variant, otherwise),
                    Some(None) => {}
                    None => self.maybe(otherwise),
                }
                let variant = variant.flatten();
                for field in self.source.code.list(fields) {
                    let place = match variant {
                        Some(variant) => self.payload(on.place, variant, field.name),
                        None => self.field(on.place, field.name),
                    };
                    self.match_pattern(field.pat, Scrutinee { place, ..on }, otherwise);
                }
            }
            Pat::Path(_) => match self.pattern_variant(pat) {
                Some(Some(variant)) => self.is_variant(on.place, variant, otherwise),
                Some(None) => {}
                None => self.maybe(otherwise),
            },
            Pat::Literal(expr) => self.match_literal(expr, on.place, otherwise),
            Pat::Range { low, high, inclusive } => self.match_range((low, high, inclusive), on.place, otherwise),
            Pat::Slice(parts) => self.match_slice(parts, on, otherwise),
            Pat::Or(alternatives) => self.match_any(alternatives, on, otherwise),
            Pat::Const(_) => self.maybe(otherwise),
        }
    }

    /// The variant that a pattern's path names, `Some(None)` for a struct; `None` for a constant, and where it is not known.
    #[expect(clippy::option_option, reason = "a struct has no variant, which is not an unknown one")]
    fn pattern_variant(&self, pat: PatId) -> Option<Option<Name>> {
        match self.source.typed.pat_res(pat)? {
            ValueRes::Variant(def, variant) => {
                Some(Some(self.source.world.file(def.file)?.variants.get(variant.index())?.name))
            }
            ValueRes::Struct(_) => Some(None),
            _ => None,
        }
    }

    /// A tuple pattern of something unknown: whether it matches, and what its parts are, nobody knows.
    fn match_unknown(&mut self, parts: List<PatId>, on: Scrutinee, otherwise: BlockId) {
        self.maybe(otherwise);
        for &part in self.source.code.list(parts) {
            let place = self.temp_of(Rvalue::Unknown(Scalar::Other));
            self.match_pattern(part, Scrutinee { place, lent: false }, otherwise);
        }
        self.lend(on.place, Extent::Whole);
    }

    fn is_variant(&mut self, place: Place, variant: Name, otherwise: BlockId) {
        let temp = self.temp_of(Rvalue::IsVariant(place, variant));
        self.branch(Operand::Read(temp, Scalar::Bool), otherwise);
    }

    /// A test of which nothing is known.
    fn maybe(&mut self, otherwise: BlockId) {
        let next = self.new_block();
        let not = self.new_block();
        self.terminate(TerminatorKind::Fork(next, not));
        self.block = not;
        self.terminate(TerminatorKind::Goto(otherwise));
        self.block = next;
    }

    fn match_positional(&mut self, parts: List<PatId>, on: Scrutinee, variant: Option<Name>, otherwise: BlockId) {
        let parts = self.source.code.list(parts);
        let rest = parts.iter().position(|&part| matches!(self.source.code.pat(part), Pat::Rest));
        for (at, &part) in parts.iter().enumerate() {
            // Behind `..` the number of a field is not known here.
            let place = match (variant, rest) {
                (_, Some(rest)) if at >= rest => self.temp_of(Rvalue::Unknown(Scalar::Other)),
                (Some(variant), _) => self.payload(on.place, variant, position(at)),
                (None, _) => self.field(on.place, position(at)),
            };
            self.match_pattern(part, Scrutinee { place, ..on }, otherwise);
            if rest.is_some_and(|rest| at > rest) && on.lent {
                self.lend(on.place, Extent::Whole);
            }
        }
    }

    fn match_literal(&mut self, expr: ExprId, place: Place, otherwise: BlockId) {
        let value = match self.source.code.expr(expr) {
            Expr::Literal(Literal::Bool(value)) => Some(Self::bool_constant(value)),
            Expr::Literal(Literal::Char) => Some(self.operand(expr)).filter(|it| matches!(it, Operand::Const(..))),
            _ => self.const_value(expr).map(|value| Operand::Const(Const::Int(value), self.scalar(self.ty(expr)))),
        };
        let Some(value) = value.filter(|_| self.is_ordered(self.ty(expr))) else { return self.maybe(otherwise) };
        let scalar = self.scalar(self.ty(expr));
        let temp = self.temp_of(Rvalue::Compare(Comparison::Equal, Operand::Read(place, scalar), value));
        self.branch(Operand::Read(temp, Scalar::Bool), otherwise);
    }

    fn match_range(
        &mut self,
        (low, high, inclusive): (Option<ExprId>, Option<ExprId>, bool),
        place: Place,
        otherwise: BlockId,
    ) {
        for (end, is_low) in [(low, true), (high, false)] {
            let Some(end) = end else { continue };
            let ty = self.ty(end);
            let value = self.const_value(end).filter(|_| self.int_of(ty).is_some());
            let Some(value) = value else {
                self.maybe(otherwise);
                continue;
            };
            let scalar = self.scalar(ty);
            let (end, value) = (Operand::Const(Const::Int(value), scalar), Operand::Read(place, scalar));
            let (how, left, right) = match (is_low, inclusive) {
                (true, _) => (Comparison::LessEqual, end, value),
                (false, true) => (Comparison::LessEqual, value, end),
                (false, false) => (Comparison::Less, value, end),
            };
            let temp = self.temp_of(Rvalue::Compare(how, left, right));
            self.branch(Operand::Read(temp, Scalar::Bool), otherwise);
        }
    }

    /// The length is tested first, then each element.
    fn match_slice(&mut self, parts: List<PatId>, on: Scrutinee, otherwise: BlockId) {
        let code = self.source.code;
        let is_rest = |part: PatId| match code.pat(part) {
            Pat::Rest => true,
            Pat::Bind { sub: Some(sub), .. } => matches!(code.pat(sub), Pat::Rest),
            _ => false,
        };
        let parts = code.list(parts);
        let fixed = parts.iter().filter(|&&part| !is_rest(part)).count();
        let usize = self.usize();
        let len = self.length_of(on.place);
        let (len, count) = (Operand::Read(len, Scalar::Int(usize)), Operand::int(fixed as i128, usize));
        let test = if fixed == parts.len() {
            self.temp_of(Rvalue::Compare(Comparison::Equal, len, count))
        } else {
            self.temp_of(Rvalue::Compare(Comparison::LessEqual, count, len))
        };
        self.branch(Operand::Read(test, Scalar::Bool), otherwise);
        for &part in parts {
            let element = self.temp_of(Rvalue::Unknown(Scalar::Other));
            if is_rest(part) {
                let rest = self.length_of(element);
                self.assign(rest, Rvalue::Arith(ArithOp::Sub, len, count, usize));
            }
            self.match_pattern(part, Scrutinee { place: element, lent: false }, otherwise);
        }
        if on.lent {
            self.lend(on.place, Extent::Elements);
        }
    }

    fn match_any(&mut self, alternatives: List<PatId>, on: Scrutinee, otherwise: BlockId) {
        let alternatives = self.source.code.list(alternatives);
        let then = self.new_block();
        for (at, &alternative) in alternatives.iter().enumerate() {
            let last = at + 1 == alternatives.len();
            let next = if last { otherwise } else { self.new_block() };
            self.match_pattern(alternative, on, next);
            self.terminate(TerminatorKind::Goto(then));
            self.block = next;
        }
        self.block = then;
    }
}
