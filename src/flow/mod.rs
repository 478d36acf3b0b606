//! What rules a panic out: a control-flow graph of a body (`mir/`), made from what the model and the types say (`lower/`), and
//! what its values are known to be (`values/`); beside it what each body calls (`calls/`).

pub mod calls;
mod facts;
mod lower;
pub mod mir;
pub mod values;

use std::cell::RefCell;

use crate::model::hir::{Body, ExprId};
pub use lower::Source;
use lower::{Lowered, lower};
use mir::{BlockId, MirBody};
use values::Values;
pub use values::{Decision, Proof};

/// The flow analysis of one body, made when a site is first asked about: most bodies have none that is open.
pub struct BodyFlow<'a> {
    source: Source<'a>,
    body: &'a Body,
    state: RefCell<State>,
}

enum State {
    /// Nothing was asked; the memory is from the body before.
    Unused(MirBody),
    Built(Box<Values>, Vec<(ExprId, BlockId)>),
}

impl<'a> BodyFlow<'a> {
    /// Prepares for a body; `memory` is what another one gave back.
    pub fn new(source: Source<'a>, body: &'a Body, memory: MirBody) -> Self {
        Self { source, body, state: RefCell::new(State::Unused(memory)) }
    }

    /// Returns what is certain of the site that an expression is.
    pub fn decide(&self, site: ExprId) -> Decision {
        // auditor: allow(refcell-borrow) no decision asks for another one
        let mut state = self.state.borrow_mut();
        if let State::Unused(memory) = &mut *state {
            let Lowered { mir, sites } = lower(self.source, self.body, std::mem::take(memory));
            *state = State::Built(Box::new(Values::new(mir)), sites);
        }
        let State::Built(values, sites) = &mut *state else { return Decision::Open };
        decide(values, sites, site)
    }

    /// Gives the memory back, for the next body.
    pub fn into_memory(self) -> MirBody {
        match self.state.into_inner() {
            State::Unused(memory) => memory,
            State::Built(values, _) => values.into_body(),
        }
    }
}

/// What is certain of a site wherever it stands in the graph: in a guard that is tried several times, it may stand more than once.
fn decide(values: &mut Values, sites: &[(ExprId, BlockId)], site: ExprId) -> Decision {
    let from = sites.partition_point(|&(known, _)| known < site);
    let here = sites.get(from..).unwrap_or(&[]).iter().take_while(|&&(known, _)| known == site);
    let mut all: Option<Decision> = None;
    for &(_, block) in here {
        let one = values.decide(block);
        all = Some(match (all, one) {
            (None, one) => one,
            (Some(Decision::Holds(mut known)), Decision::Holds(more)) => {
                known.evidence.extend(more.evidence);
                Decision::Holds(known)
            }
            (Some(Decision::Fails(known)), Decision::Fails(_)) => Decision::Fails(known),
            _ => return Decision::Open,
        });
    }
    all.unwrap_or(Decision::Open)
}
