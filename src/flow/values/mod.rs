//! What the values of a body are known to be: intervals, differences, variants, boundaries of characters and keys of maps, found on
//! demand for one site after the other. Values are in static single assignment form, so that what is once known of one stays true.

mod calls;
mod decide;
mod dominators;
mod evaluate;
mod graph;
mod holds;
mod learn;
mod order;
mod range;
mod read;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

pub use decide::{Decision, Proof};
use dominators::Dominators;
use graph::{Graph, ValueId};
use learn::{Bound, Since};
use order::Goal;
use read::Write;

use crate::flow::mir::{BlockId, CallSiteId, MirBody, Place, Point, TerminatorKind};
use crate::model::hir::ExprId;
use crate::model::name::Name;

/// Steps of the search for one site, tried one after the other: what is near is found by few.
const DEPTHS: [u32; 3] = [3, 6, 10];
/// Steps within a proof that bounds of numbers may take.
const RANGE_DEPTH: u32 = 4;
/// Steps within a proof that the question takes whether arithmetic wraps.
const EXACT_DEPTH: u32 = 5;
/// Values within values that are evaluated at once.
const DEPTH: u32 = 100;
/// Loops within loops of which something is assumed.
const LOOPS: usize = 6;
/// Bounds of one value that are kept.
const BOUNDS: usize = 64;
/// Steps that one site may take, and those of a body that all may: a function of the code alone, never of time.
const FUEL_PER_SITE: u32 = 6_000;
const FUEL_PER_BODY: u32 = 400_000;
/// Where a body begins.
const START: Point = Point { block: BlockId(0), index: 0 };

/// What is known of one body's values.
#[derive(Debug)]
pub struct Values {
    body: MirBody,
    dominators: Dominators,
    graph: Graph,
    /// By local.
    writes: Vec<Vec<Write>>,
    joins: FxHashMap<Place, Rc<[BlockId]>>,
    /// By `CallSiteId`: the point of the call.
    call_points: Vec<Point>,
    evaluated: FxHashMap<Point, ValueId>,
    results: FxHashMap<CallSiteId, ValueId>,
    /// Calls of functions without effect, by function and arguments.
    pure: FxHashMap<(usize, Vec<ValueId>), CallSiteId>,
    /// What is a character, and what is text.
    chars: FxHashSet<ValueId>,
    texts: FxHashSet<ValueId>,
    /// What was found: bounds by the lesser and by the greater value, and the rest by what it is about.
    above: FxHashMap<ValueId, Vec<Bound>>,
    below: FxHashMap<ValueId, Vec<Bound>>,
    unequal: FxHashMap<ValueId, Vec<(ValueId, Since)>>,
    variants: FxHashMap<ValueId, Vec<(Name, bool, Since)>>,
    keys: FxHashMap<ValueId, Vec<(ValueId, Since)>>,
    boundaries: FxHashMap<ValueId, Vec<(ValueId, i128, Since)>>,
    /// What was learned from.
    learned: FxHashSet<BlockId>,
    called: FxHashSet<CallSiteId>,
    sourced: FxHashSet<ValueId>,
    /// What is being asked, assumed, or computed right now.
    asked: Vec<(Goal, BlockId)>,
    assumed: Vec<Goal>,
    tagged: Vec<(ValueId, Name)>,
    ranged: Vec<ValueId>,
    /// What could not be shown: the least bound and the depth.
    failed: FxHashMap<(ValueId, ValueId, BlockId), (i128, u32)>,
    evidence: Vec<ExprId>,
    depth: u32,
    fuel: u32,
    fuel_of_body: u32,
}

impl Values {
    /// Prepares a body. O(statements + edges).
    pub fn new(body: MirBody) -> Self {
        let dominators = Dominators::new(&body);
        let mut call_points = vec![START; body.calls.len()];
        for (block, data) in (0..).map(BlockId).zip(&body.blocks) {
            if let TerminatorKind::Call(call, _) = data.terminator.kind
                && let Some(slot) = call_points.get_mut(call.0 as usize)
            {
                *slot = Point { block, index: data.statements.len() as u32 };
            }
        }
        let mut this = Self {
            body,
            dominators,
            graph: Graph::default(),
            writes: Vec::new(),
            joins: FxHashMap::default(),
            call_points,
            evaluated: FxHashMap::default(),
            results: FxHashMap::default(),
            pure: FxHashMap::default(),
            chars: FxHashSet::default(),
            texts: FxHashSet::default(),
            above: FxHashMap::default(),
            below: FxHashMap::default(),
            unequal: FxHashMap::default(),
            variants: FxHashMap::default(),
            keys: FxHashMap::default(),
            boundaries: FxHashMap::default(),
            learned: FxHashSet::default(),
            called: FxHashSet::default(),
            sourced: FxHashSet::default(),
            asked: Vec::new(),
            assumed: Vec::new(),
            tagged: Vec::new(),
            ranged: Vec::new(),
            failed: FxHashMap::default(),
            evidence: Vec::new(),
            depth: 0,
            fuel: 0,
            fuel_of_body: FUEL_PER_BODY,
        };
        this.find_writes();
        this
    }

    /// Gives the body back, for its memory to be used again.
    pub fn into_body(self) -> MirBody {
        self.body
    }

    /// Takes one step; `false` where none is left.
    fn spend(&mut self) -> bool {
        let left = self.fuel.checked_sub(1);
        self.fuel = left.unwrap_or(0);
        left.is_some()
    }
}
