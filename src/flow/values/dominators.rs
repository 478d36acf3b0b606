//! Dominators and dominance frontiers of a control-flow graph (Cooper, Harvey and Kennedy, "A Simple, Fast Dominance
//! Algorithm", 2001).

use crate::flow::mir::{BlockId, MirBody};

/// The dominator tree of a body. Blocks that nothing leads to are not in it.
#[derive(Debug, Default)]
pub(super) struct Dominators {
    /// By block: its immediate dominator; itself for the first one, `NONE` for one that is not reached.
    parents: Vec<u32>,
    /// By block: when the walk of the tree enters it and leaves it.
    visits: Vec<(u32, u32)>,
    /// By block: where its dominance ends.
    frontiers: Vec<Vec<BlockId>>,
    predecessors: Vec<Vec<BlockId>>,
    /// By block: its place in reverse postorder.
    orders: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Dominators {
    pub(super) fn new(body: &MirBody) -> Self {
        let count = body.blocks.len();
        let mut this = Self {
            parents: vec![NONE; count],
            visits: vec![(NONE, 0); count],
            frontiers: vec![Vec::new(); count],
            predecessors: vec![Vec::new(); count],
            orders: vec![NONE; count],
        };
        let order = this.number(body);
        for &block in &order {
            for next in body.block(block).into_iter().flat_map(|it| it.terminator.kind.successors()) {
                if let Some(before) = this.predecessors.get_mut(next.0 as usize) {
                    before.push(block);
                }
            }
        }
        this.find_parents(&order);
        this.find_frontiers(&order);
        this.visit_tree(&order);
        this
    }

    /// Numbers the blocks in reverse postorder and returns them so; without recursion, for graphs can be deep.
    fn number(&mut self, body: &MirBody) -> Vec<BlockId> {
        let mut order = Vec::with_capacity(body.blocks.len());
        let mut seen = vec![false; body.blocks.len()];
        let mut stack = vec![(BlockId(0), false)];
        while let Some((block, left)) = stack.pop() {
            if left {
                order.push(block);
                continue;
            }
            match seen.get_mut(block.0 as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            stack.push((block, true));
            let next = body.block(block).into_iter().flat_map(|it| it.terminator.kind.successors());
            stack.extend(next.map(|next| (next, false)));
        }
        order.reverse();
        for (number, block) in (0..).zip(&order) {
            if let Some(slot) = self.orders.get_mut(block.0 as usize) {
                *slot = number;
            }
        }
        order
    }

    fn find_parents(&mut self, order: &[BlockId]) {
        if let Some(first) = self.parents.first_mut() {
            *first = 0;
        }
        let mut changed = true;
        while changed {
            changed = false;
            for &block in order.iter().skip(1) {
                let mut found = NONE;
                for &before in self.predecessors(block) {
                    if self.raw_parent(before) == NONE {
                        continue;
                    }
                    found = if found == NONE { before.0 } else { self.intersect(found, before.0) };
                }
                if let Some(parent) = self.parents.get_mut(block.0 as usize).filter(|parent| **parent != found) {
                    *parent = found;
                    changed = true;
                }
            }
        }
    }

    /// The nearest block that dominates both.
    fn intersect(&self, mut one: u32, mut other: u32) -> u32 {
        while one != other {
            while self.order(BlockId(one)) > self.order(BlockId(other)) {
                one = self.raw_parent(BlockId(one));
            }
            while self.order(BlockId(other)) > self.order(BlockId(one)) {
                other = self.raw_parent(BlockId(other));
            }
        }
        one
    }

    fn find_frontiers(&mut self, order: &[BlockId]) {
        for &block in order {
            let before = self.predecessors(block).to_vec();
            if before.len() < 2 {
                continue;
            }
            let parent = self.raw_parent(block);
            for mut at in before.into_iter().map(|it| it.0) {
                while at != parent && at != NONE {
                    if let Some(frontier) = self.frontiers.get_mut(at as usize).filter(|it| !it.contains(&block)) {
                        frontier.push(block);
                    }
                    at = if at == 0 { NONE } else { self.raw_parent(BlockId(at)) };
                }
            }
        }
    }

    /// Numbers the tree's visits, so that dominance is two comparisons.
    fn visit_tree(&mut self, order: &[BlockId]) {
        let mut children: Vec<Vec<BlockId>> = vec![Vec::new(); self.parents.len()];
        for &block in order.iter().skip(1) {
            let parent = self.raw_parent(block);
            if let Some(of) = children.get_mut(parent as usize) {
                of.push(block);
            }
        }
        let mut clock = 0;
        let mut stack = vec![(BlockId(0), false)];
        while let Some((block, left)) = stack.pop() {
            let Some(visit) = self.visits.get_mut(block.0 as usize) else { continue };
            clock += 1;
            if left {
                visit.1 = clock;
                continue;
            }
            visit.0 = clock;
            stack.push((block, true));
            stack.extend(children.get(block.0 as usize).into_iter().flatten().map(|&child| (child, false)));
        }
    }

    fn raw_parent(&self, block: BlockId) -> u32 {
        self.parents.get(block.0 as usize).copied().unwrap_or(NONE)
    }

    fn order(&self, block: BlockId) -> u32 {
        self.orders.get(block.0 as usize).copied().unwrap_or(NONE)
    }

    /// Returns the immediate dominator; `None` for the first block and for one that is not reached.
    pub(super) fn parent(&self, block: BlockId) -> Option<BlockId> {
        let parent = self.raw_parent(block);
        (parent != NONE && block.0 != 0).then_some(BlockId(parent))
    }

    /// Whether something leads to the block.
    pub(super) fn is_reached(&self, block: BlockId) -> bool {
        self.raw_parent(block) != NONE
    }

    /// Whether every way to `block` leads through `by`. O(1).
    pub(super) fn dominates(&self, by: BlockId, block: BlockId) -> bool {
        let visit = |block: BlockId| self.visits.get(block.0 as usize).copied().unwrap_or((NONE, 0));
        let (outer, inner) = (visit(by), visit(block));
        outer.0 <= inner.0 && inner.1 <= outer.1 && inner.0 != NONE
    }

    /// Whether `by` dominates `block` and is another one.
    pub(super) fn strictly_dominates(&self, by: BlockId, block: BlockId) -> bool {
        by != block && self.dominates(by, block)
    }

    /// Returns the blocks that lead to `block`, those alone that are reached.
    pub(super) fn predecessors(&self, block: BlockId) -> &[BlockId] {
        self.predecessors.get(block.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether a block that it dominates leads back to it.
    pub(super) fn is_loop_header(&self, block: BlockId) -> bool {
        self.predecessors(block).iter().any(|&before| self.dominates(block, before))
    }

    /// Returns the blocks where what is written in `blocks` meets something else: their iterated dominance frontier, sorted.
    pub(super) fn joins(&self, blocks: impl IntoIterator<Item = BlockId>) -> Vec<BlockId> {
        let mut todo: Vec<BlockId> = blocks.into_iter().collect();
        let mut joins = Vec::new();
        while let Some(block) = todo.pop() {
            for &join in self.frontiers.get(block.0 as usize).into_iter().flatten() {
                if !joins.contains(&join) {
                    joins.push(join);
                    todo.push(join);
                }
            }
        }
        joins.sort_unstable();
        joins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::mir::{BasicBlock, Const, Operand, Scalar, Terminator, TerminatorKind};
    use crate::model::hir::ExprId;

    fn graph(edges: &[&[u32]]) -> Dominators {
        let mut body = MirBody::default();
        for to in edges {
            let kind = match **to {
                [] => TerminatorKind::Return,
                [next] => TerminatorKind::Goto(BlockId(next)),
                [then, otherwise, ..] => TerminatorKind::Branch {
                    on: Operand::Const(Const::Int(1), Scalar::Bool),
                    then: BlockId(then),
                    otherwise: BlockId(otherwise),
                },
            };
            body.blocks
                .push(BasicBlock { statements: Vec::new(), terminator: Terminator { at: ExprId::new(0), kind } });
        }
        Dominators::new(&body)
    }

    #[test]
    fn a_loop_with_a_branch_in_it() {
        // 0 → 1 (header) → 2 or 5; 2 → 3 or 4; both → 1 again through 6; 5 returns; 7 is never reached.
        let of = graph(&[&[1], &[2, 5], &[3, 4], &[6], &[6], &[], &[1], &[1]]);
        let parents: Vec<Option<u32>> = (0..8).map(|at| of.parent(BlockId(at)).map(|it| it.0)).collect();
        assert_eq!(parents, [None, Some(0), Some(1), Some(2), Some(2), Some(1), Some(2), None]);
        assert!(of.is_loop_header(BlockId(1)) && !of.is_loop_header(BlockId(6)));
        assert!(of.dominates(BlockId(1), BlockId(6)) && !of.dominates(BlockId(3), BlockId(6)));
        assert!(of.dominates(BlockId(6), BlockId(6)) && !of.strictly_dominates(BlockId(6), BlockId(6)));
        assert!(!of.is_reached(BlockId(7)) && !of.dominates(BlockId(0), BlockId(7)));
        assert_eq!(of.joins([BlockId(3)]), [BlockId(1), BlockId(6)]);
        assert_eq!(of.predecessors(BlockId(1)), [BlockId(0), BlockId(6)], "without those that are not reached");
    }
}
