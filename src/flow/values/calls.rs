//! What calls establish: the facts of std's functions in the values of one call.

use super::Values;
use super::graph::{Def, ValueId};
use crate::flow::facts::{FnFacts, Projected, Sum, Term};
use crate::flow::mir::{CallSiteId, Operand, Point, Projection};
use crate::model::name::Name;

/// What the terms of a fact stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) call: CallSiteId,
    /// The item that the facts speak of.
    pub(super) item: Option<ValueId>,
    /// Where a further item of an iterator is yielded.
    pub(super) at: Point,
}

/// Iterators within iterators that are looked through.
const LAYERS: u32 = 8;

impl Values {
    pub(super) fn facts_of(&self, call: CallSiteId) -> Option<&'static FnFacts> {
        self.body.call(call)?.facts
    }

    /// Returns the frame of a call itself.
    pub(super) fn frame(&self, call: CallSiteId) -> Frame {
        let at = self.call_points.get(call.0 as usize).copied().unwrap_or(super::START);
        Frame { call, item: None, at }
    }

    /// Returns what a call gives.
    pub(super) fn result_of(&mut self, call: CallSiteId) -> ValueId {
        if let Some(&known) = self.results.get(&call) {
            return known;
        }
        let Frame { at, .. } = self.frame(call);
        let own = self.graph.intern(Def::Result(call), at.block);
        if self.depth >= super::DEPTH {
            return own;
        }
        self.depth += 1;
        let result = self.known_result(call).unwrap_or(own);
        self.depth -= 1;
        if let Some(scalar) = self.body.call(call).map(|call| call.result) {
            self.note(result, scalar);
        }
        self.results.insert(call, result);
        result
    }

    fn known_result(&mut self, call: CallSiteId) -> Option<ValueId> {
        let facts = self.facts_of(call)?;
        if let Some(term) = &facts.value {
            return self.term(term, self.frame(call));
        }
        if !facts.pure {
            return None;
        }
        // The same function of the same values: the first such call's result.
        let point = self.frame(call).at;
        let args: Vec<Operand> = self.body.call(call)?.args.to_vec();
        let args: Vec<ValueId> = args.into_iter().map(|arg| self.operand(arg, point)).collect();
        let key = (std::ptr::from_ref(facts).addr(), args);
        let first = *self.pure.entry(key).or_insert(call);
        let block = self.frame(first).at.block;
        // It must have been computed wherever this one is.
        let known = first != call && self.dominators.dominates(block, point.block);
        known.then(|| self.graph.intern(Def::Result(first), block))
    }

    /// Returns what a value holds as a variant of its enum, where a call's facts say which value that is.
    pub(super) fn payload(&mut self, whole: ValueId, variant: Name) -> Option<ValueId> {
        let Def::Result(call) = self.graph.def(whole) else { return None };
        let term = self.facts_of(call)?.payload.as_ref()?;
        if !matches!(variant, Name::SOME | Name::OK) && !matches!(term, Term::Projected(of, _) if names(of, variant)) {
            return None;
        }
        self.term(term, self.frame(call))
    }

    /// Returns a field of an item that `of` yields at a point, where it is known what it is.
    pub(super) fn item_field(&mut self, of: ValueId, at: Point, field: Name) -> Option<ValueId> {
        let mut of = of;
        for _ in 0..LAYERS {
            let origin = self.origin(of);
            let Def::Result(call) = self.graph.def(origin) else { return None };
            let facts =
                self.facts_of(call).filter(|_| self.dominators.dominates(self.graph.block(origin), at.block))?;
            let frame = Frame { call, item: None, at };
            if let Some((_, term)) = facts.item_fields.iter().find(|(name, _)| *name == field) {
                return self.term(term, frame);
            }
            of = self.term(facts.items_of.as_ref()?, frame)?;
        }
        None
    }

    /// Returns the iterator that `value` was before some of its items were taken.
    pub(super) fn origin(&mut self, value: ValueId) -> ValueId {
        let mut seen = Vec::new();
        let mut todo = vec![value];
        let mut found = None;
        while let Some(one) = todo.pop() {
            if seen.contains(&one) {
                continue;
            }
            seen.push(one);
            if seen.len() > LAYERS as usize * 4 {
                return value;
            }
            match self.graph.def(one) {
                Def::Phi(place, block) => {
                    for before in self.dominators.predecessors(block).to_vec() {
                        let operand = self.read_at_end(place, before);
                        todo.push(operand);
                    }
                }
                Def::After(place, point) if self.advances(place, point) => {
                    let before = self.read(place, point);
                    todo.push(before);
                }
                _ if found.is_none_or(|known| known == one) => found = Some(one),
                _ => return value,
            }
        }
        found.unwrap_or(value)
    }

    /// Whether what stands at a point is a call that only takes items from the iterator at `place`.
    fn advances(&self, place: crate::flow::mir::Place, point: Point) -> bool {
        let call = (0..).map(CallSiteId).zip(&self.body.calls).find(|&(id, call)| {
            self.call_points.get(id.0 as usize) == Some(&point) && call.facts.is_some_and(|facts| facts.advances)
        });
        call.is_some_and(|(_, call)| call.lends.iter().any(|lend| lend.place == place && lend.arg == 0))
    }

    /// Returns the value that a term stands for; `None` where it stands for none that is known.
    pub(super) fn term(&mut self, term: &Term, frame: Frame) -> Option<ValueId> {
        match *term {
            Term::Int(value) => Some(self.int(value)),
            Term::Arg(at) => {
                let operand = *self.body.call(frame.call)?.args.get(usize::from(at))?;
                Some(self.operand(operand, self.frame(frame.call).at))
            }
            Term::After(at) => {
                let call = self.body.call(frame.call)?;
                let Some(lend) = call.lends.iter().find(|lend| lend.arg == at).copied() else {
                    return self.term(&Term::Arg(at), frame);
                };
                let point = self.frame(frame.call).at;
                Some(self.read(lend.place, Point { index: point.index + 1, ..point }))
            }
            Term::Ret => {
                let block = self.frame(frame.call).at.block;
                let known = self.results.get(&frame.call).copied();
                Some(known.unwrap_or_else(|| self.graph.intern(Def::Result(frame.call), block)))
            }
            Term::Item => frame.item,
            Term::Projected(ref of, part) => self.projected(of, part, frame),
        }
    }

    fn projected(&mut self, of: &Term, part: Projected, frame: Frame) -> Option<ValueId> {
        let value = self.term(of, frame)?;
        let mut step = |step| self.part(value, step);
        Some(match part {
            Projected::Len => step(Projection::Len),
            Projected::Field(name) => step(Projection::Field(name)),
            Projected::Variant(name) => step(Projection::Variant(name)),
            Projected::Item => self.graph.intern(Def::Item(value, frame.at), frame.at.block),
            Projected::Utf8 => self.utf8(value),
            Projected::Match => self.matched(value),
            Projected::Start => self.range_start(value)?,
            Projected::End => match self.range_end(value)? {
                Some(end) => end,
                None => self.projected(&Term::Arg(0), Projected::Len, frame)?,
            },
        })
    }

    fn utf8(&mut self, value: ValueId) -> ValueId {
        match self.graph.def(value) {
            Def::Char(value) => self.int(value.len_utf8() as i128),
            _ => self.derived(Def::Utf8(value)),
        }
    }

    fn matched(&mut self, pattern: ValueId) -> ValueId {
        match self.graph.def(pattern) {
            Def::Char(_) => self.utf8(pattern),
            Def::Sequence(len) => self.int(len.into()),
            _ if self.chars.contains(&pattern) => self.utf8(pattern),
            _ if self.texts.contains(&pattern) => self.part(pattern, Projection::Len),
            _ => self.derived(Def::Match(pattern)),
        }
    }

    /// The name of the range type that a value was made as.
    fn range_type(&mut self, range: ValueId) -> Option<Name> {
        let tag = self.part(range, Projection::Tag);
        match self.graph.def(tag) {
            Def::Variant(name) => Some(name),
            _ => None,
        }
    }

    /// Returns where a range begins; `None` where that is not known.
    pub(super) fn range_start(&mut self, range: ValueId) -> Option<ValueId> {
        match self.range_type(range)? {
            Name::RANGE | Name::RANGE_FROM | Name::RANGE_INCLUSIVE => {
                Some(self.part(range, Projection::Field(Name::new("start"))))
            }
            Name::RANGE_FULL | Name::RANGE_TO | Name::RANGE_TO_INCLUSIVE => Some(self.int(0)),
            _ => None,
        }
    }

    /// Returns one past where a range ends, `Some(None)` for one without an end; `None` where that is not known.
    #[expect(clippy::option_option, reason = "an open end is not an unknown one")]
    pub(super) fn range_end(&mut self, range: ValueId) -> Option<Option<ValueId>> {
        let name = self.range_type(range)?;
        let end = match name {
            Name::RANGE_FULL | Name::RANGE_FROM => return Some(None),
            Name::RANGE | Name::RANGE_TO | Name::RANGE_INCLUSIVE | Name::RANGE_TO_INCLUSIVE => {
                self.part(range, Projection::Field(Name::new("end")))
            }
            _ => return None,
        };
        let past = i128::from(matches!(name, Name::RANGE_INCLUSIVE | Name::RANGE_TO_INCLUSIVE));
        let past = self.int(past);
        Some(Some(self.sum(end, past)))
    }

    /// Whether a pair of `Bound`s is open at one end, or a range has no beginning or no end.
    pub(super) fn is_half_open(&mut self, range: ValueId) -> bool {
        match self.range_type(range) {
            Some(Name::RANGE_FULL | Name::RANGE_FROM | Name::RANGE_TO | Name::RANGE_TO_INCLUSIVE) => true,
            Some(_) => false,
            None => ["0", "1"].into_iter().any(|field| {
                let bound = self.part(range, Projection::Field(Name::new(field)));
                let tag = self.part(bound, Projection::Tag);
                matches!(self.graph.def(tag), Def::Variant(name) if name.as_str() == "Unbounded")
            }),
        }
    }

    /// Returns the value of a sum and the number that is added to it.
    pub(super) fn side(&mut self, sum: &Sum, frame: Frame) -> Option<(ValueId, i128)> {
        let mut terms = sum.terms.iter();
        let Some(first) = terms.next() else { return Some((self.int(0), sum.constant)) };
        let mut value = self.term(first, frame)?;
        for term in terms {
            let other = self.term(term, frame)?;
            value = self.sum(value, other);
        }
        Some((value, sum.constant))
    }
}

/// Whether a term sees a value as `variant`.
fn names(term: &Term, variant: Name) -> bool {
    matches!(term, Term::Projected(_, Projected::Variant(name)) if *name == variant)
}
