//! What a place holds at a point: static single assignment form, found on demand. A place's writes are looked for upwards in the
//! dominator tree; where ways meet that write it differently it is a phi (Cytron et al., 1991, per place that is asked for).

use std::rc::Rc;

use super::Values;
use super::graph::{Def, ValueId};
use crate::flow::mir::{
    BlockId, CallSiteId, Extent, Operand, Place, Point, Projection, Rvalue, StatementKind, TerminatorKind,
};

/// What writes a place, or a part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Write {
    point: Point,
    place: Place,
    kind: WriteKind,
}

#[derive(Debug, Clone, Copy)]
enum WriteKind {
    Assign(Rvalue),
    Result(CallSiteId),
    Lend(Extent),
    /// Lent to a call as this argument.
    LendTo(CallSiteId, Extent, u8),
}

impl Values {
    /// Finds all writes, by local and in the order of blocks and statements. O(statements).
    pub(super) fn find_writes(&mut self) {
        let mut writes: Vec<Vec<Write>> = vec![Vec::new(); self.body.locals as usize];
        let mut add = |write: Write| {
            if let Some(of) = writes.get_mut(write.place.local.0 as usize) {
                of.push(write);
            }
        };
        for (block, data) in (0..).map(BlockId).zip(&self.body.blocks) {
            for (index, statement) in (0..).zip(&data.statements) {
                let point = Point { block, index };
                match statement.kind {
                    StatementKind::Assign(place, value) => add(Write { point, place, kind: WriteKind::Assign(value) }),
                    StatementKind::Lend(place, extent) => add(Write { point, place, kind: WriteKind::Lend(extent) }),
                }
            }
            let TerminatorKind::Call(id, _) = data.terminator.kind else { continue };
            let Some(call) = self.body.call(id) else { continue };
            let point = Point { block, index: data.statements.len() as u32 };
            for lend in &call.lends {
                add(Write { point, place: lend.place, kind: WriteKind::LendTo(id, lend.extent, lend.arg) });
            }
            add(Write { point, place: call.dest, kind: WriteKind::Result(id) });
        }
        self.writes = writes;
    }

    /// Whether the write may change what the place holds.
    fn affects(&self, write: &Write, place: Place) -> bool {
        let paths = &self.body.paths;
        let Some(behind) = paths.behind(write.place.path, place.path) else {
            return paths.is_prefix(place.path, write.place.path);
        };
        let keeps_length = match write.kind {
            WriteKind::Lend(extent) => extent == Extent::Elements,
            WriteKind::LendTo(call, extent, arg) => extent == Extent::Elements || self.keeps_length(call, arg),
            WriteKind::Assign(_) | WriteKind::Result(_) => false,
        };
        !(keeps_length && behind.first() == Some(&Projection::Len))
    }

    fn keeps_length(&self, call: CallSiteId, arg: u8) -> bool {
        self.body.call(call).and_then(|call| call.facts).is_some_and(|facts| facts.keeps.contains(&arg))
    }

    /// Returns the value that `place` holds just before the statement at `point`.
    pub(super) fn read(&mut self, place: Place, point: Point) -> ValueId {
        if self.body.escaped.contains(&place.local) {
            return self.graph.intern(Def::After(place, point), point.block);
        }
        let (mut block, mut before) = (point.block, point.index);
        let joins = self.joins_of(place);
        while self.spend() {
            if let Some(write) = self.last_write(place, block, before) {
                return self.written(&write, place);
            }
            if joins.binary_search(&block).is_ok() {
                return self.graph.intern(Def::Phi(place, block), block);
            }
            let Some(parent) = self.dominators.parent(block) else { return self.at_entry(place) };
            (block, before) = (parent, u32::MAX);
        }
        self.graph.intern(Def::Opaque(point), point.block)
    }

    /// Returns the value that `place` holds where `block` ends.
    pub(super) fn read_at_end(&mut self, place: Place, block: BlockId) -> ValueId {
        self.read(place, Point { block, index: u32::MAX })
    }

    fn at_entry(&mut self, place: Place) -> ValueId {
        match self.body.paths.parent(place.path) {
            // One value and its parts, so that what is found of the whole holds of them.
            Some((parent, last)) => {
                let whole = self.at_entry(Place { path: parent, ..place });
                self.part(whole, last)
            }
            None => self.graph.intern(Def::Entry(place), BlockId(0)),
        }
    }

    fn last_write(&self, place: Place, block: BlockId, before: u32) -> Option<Write> {
        let writes = self.writes.get(place.local.0 as usize)?;
        let end = writes.partition_point(|write| (write.point.block, write.point.index) < (block, before));
        let earlier = writes.get(..end)?.iter().rev().take_while(|write| write.point.block == block);
        earlier.into_iter().find(|write| self.affects(write, place)).copied()
    }

    /// The blocks where different writes of a place meet.
    fn joins_of(&mut self, place: Place) -> Rc<[BlockId]> {
        if let Some(known) = self.joins.get(&place) {
            return Rc::clone(known);
        }
        let writes = self.writes.get(place.local.0 as usize).map_or(&[][..], Vec::as_slice);
        let mut blocks: Vec<BlockId> =
            writes.iter().filter(|write| self.affects(write, place)).map(|write| write.point.block).collect();
        blocks.dedup();
        let joins: Rc<[BlockId]> = self.dominators.joins(blocks).into();
        self.joins.insert(place, Rc::clone(&joins));
        joins
    }

    /// What `place` holds after a write that affects it.
    fn written(&mut self, write: &Write, place: Place) -> ValueId {
        let Write { point, place: target, kind } = *write;
        let Some(behind) = self.body.paths.behind(target.path, place.path) else {
            // A part of it was written: it is a new value, whose parts are read on their own.
            return self.graph.intern(Def::After(place, point), point.block);
        };
        let whole = match kind {
            WriteKind::Assign(value) => self.evaluate(value, point),
            WriteKind::Result(call) => self.result_of(call),
            WriteKind::Lend(_) | WriteKind::LendTo(..) => {
                return self.graph.intern(Def::After(place, point), point.block);
            }
        };
        behind.into_iter().fold(whole, |value, step| self.part(value, step))
    }

    /// Returns a part of a value. What a place holds at a point has the parts that its places hold there.
    pub(super) fn part(&mut self, value: ValueId, step: Projection) -> ValueId {
        let block = self.graph.block(value);
        match (self.graph.def(value), step) {
            (Def::Phi(place, block), _) => {
                let part = self.body.project(place, step);
                self.read(part, Point { block, index: 0 })
            }
            (Def::After(place, point), _) => {
                let part = self.body.project(place, step);
                self.read(part, Point { index: point.index.saturating_add(1), ..point })
            }
            (Def::Sequence(len), Projection::Len) => self.int(len.into()),
            (Def::Made(_, Some(variant)), Projection::Tag) => self.graph.intern(Def::Variant(variant), BlockId(0)),
            // A variant with its payload is the value seen as that variant.
            (Def::Made(..), Projection::Variant(_)) => value,
            (Def::Part(whole, Projection::Variant(variant)), Projection::Field(_)) => {
                self.payload(whole, variant).unwrap_or_else(|| self.graph.intern(Def::Part(value, step), block))
            }
            (Def::Item(of, point), Projection::Field(name)) => {
                self.item_field(of, point, name).unwrap_or_else(|| self.graph.intern(Def::Part(value, step), block))
            }
            _ if self.graph.is_too_high(value) => value,
            _ => self.graph.intern(Def::Part(value, step), block),
        }
    }

    /// Returns the value of an operand just before `point`.
    pub(super) fn operand(&mut self, operand: Operand, point: Point) -> ValueId {
        match operand {
            Operand::Const(value, _) => self.constant(value),
            Operand::Read(place, scalar) => {
                let value = self.read(place, point);
                self.note(value, scalar);
                value
            }
        }
    }

    /// Returns the length of what a place holds, within what its type allows.
    pub(super) fn length(&mut self, place: Place, bounds: (i128, i128), point: Point) -> ValueId {
        let place = self.body.project(place, Projection::Len);
        let len = self.read(place, point);
        self.graph.narrow(len, bounds);
        len
    }

    /// Returns which variant a place holds.
    pub(super) fn tag(&mut self, place: Place, point: Point) -> ValueId {
        let place = self.body.project(place, Projection::Tag);
        self.read(place, point)
    }
}
