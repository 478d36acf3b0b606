//! A key whose `Hash`, `Eq`, `Ord` and `Clone` do what the thread that calls them has been told: stop at a gate, or panic.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::deadline::Gate;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Hash,
    Eq,
    Ord,
    Clone,
}

/// What happens at a call.
#[derive(Clone)]
pub(crate) enum Fate {
    Stop(Arc<Gate>),
    Panic,
}

thread_local! {
    /// The fates of this thread's next calls of one kind, in order; later ones do nothing.
    static FATES: RefCell<Option<(Call, Vec<Fate>)>> = const { RefCell::new(None) };
}

/// Decides the next calls of `call` on this thread.
pub(crate) fn decide(call: Call, mut fates: Vec<Fate>) {
    fates.reverse();
    FATES.set(Some((call, fates)));
}

/// Whether all that was decided has happened.
pub(crate) fn all_happened() -> bool {
    FATES.with_borrow(|fates| fates.as_ref().is_none_or(|(_, left)| left.is_empty()))
}

/// Keeps the panics that are decided out of the test's output; all others are shown.
pub(crate) fn expect_fates() {
    std::panic::set_hook(Box::new(|info| {
        if !info.to_string().contains("the fate of") {
            eprintln!("{info}");
        }
    }));
}

fn meet(call: Call) {
    let fate = FATES.with_borrow_mut(|fates| match fates {
        Some((wanted, left)) if *wanted == call => left.pop(),
        _ => None,
    });
    match fate {
        Some(Fate::Stop(gate)) => gate.stop(),
        Some(Fate::Panic) => panic!("the fate of {call:?}"),
        None => {}
    }
}

/// Keys of the same `group` have the same hash, hence the same shard.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: u64,
    pub(crate) group: u64,
}

impl Key {
    pub(crate) fn new(name: u64) -> Self {
        Self { name, group: 0 }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        meet(Call::Hash);
        self.group.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        meet(Call::Eq);
        self.name == other.name
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        meet(Call::Ord);
        self.name.cmp(&other.name)
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        meet(Call::Clone);
        Self { name: self.name, group: self.group }
    }
}
