//! Who waits for whom: finds a cycle of threads that wait for what others of them hold while they run user code, before the last of them closes it.

use std::sync::{Mutex, PoisonError};

/// What a thread may wait for while its holder runs user code.
pub(super) trait Held {
    /// The thread that holds it; zero if none does, or one that runs no user code.
    fn holder(&self) -> usize;
}

/// A thread that waits.
struct Wait {
    thread: usize,
    on: *const (dyn Held + 'static),
}

// SAFETY: what is waited for is looked at under the list's mutex only, and a thread takes itself off the list, under it, before it stops waiting:
// until then it keeps alive what it waits for.
unsafe impl Send for Wait {}

/// All threads that wait, but for those that found what they want at once or after a little spinning.
static WAITING: Mutex<Vec<Wait>> = Mutex::new(Vec::new());

/// A thread's entry in the list.
pub(super) struct Waiting {
    thread: usize,
}

impl Waiting {
    /// Notes that `thread` is about to wait for `on`. None if that closes a cycle: then every thread in it waits, inside user code of its own, for
    /// one that waits, the last of them for something that `thread` itself holds; so none of them runs until `thread` goes on, and what they
    /// hold is as good as held by it.
    pub(super) fn begin<T: Held + 'static>(thread: usize, on: &T) -> Option<Self> {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        // Without memory to note it, it waits unseen.
        if waiting.try_reserve(1).is_err() {
            return Some(Self { thread: 0 });
        }
        if closes_a_cycle(&waiting, thread, on.holder()) {
            return None;
        }
        waiting.push(Wait { thread, on: core::ptr::from_ref(on) });
        Some(Self { thread })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = waiting.iter().position(|wait| wait.thread == self.thread) {
            waiting.swap_remove(at); // auditor: allow(panicking-api) just found there
        }
    }
}

/// Whether `holder` waits for something whose holder waits ... for something that `thread` holds.
///
/// If the walk ends at `thread`, all that it read holds still. What `thread` holds stays held while it is here. A thread on the list does nothing
/// but wait, so what it holds stays held, until what it waits for is given to it; and that, by induction from `thread` backwards, has a holder
/// that cannot give it away. A walk that does not end at `thread` may have read states that never were together, and says nothing.
fn closes_a_cycle(waiting: &[Wait], thread: usize, holder: usize) -> bool {
    let mut holder = holder;
    // No cycle is longer than the list.
    for _ in 0..=waiting.len() {
        if holder == thread {
            return true;
        }
        let Some(wait) = waiting.iter().find(|wait| wait.thread == holder) else { return false };
        // SAFETY: on the list, which is locked: see `Wait`.
        holder = unsafe { &*wait.on }.holder();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    struct By(usize);
    impl Held for By {
        fn holder(&self) -> usize {
            self.0
        }
    }

    #[test]
    fn only_a_closed_cycle_is_one() {
        // Names that no thread of this process has.
        let [a, b, c, d] = [By(1), By(2), By(3), By(4)];
        let second = Waiting::begin(2, &a).expect("1 does not wait");
        let third = Waiting::begin(3, &b).expect("2 waits for 1, who does not");
        assert!(Waiting::begin(4, &c).is_some(), "nobody waits for 4");
        assert!(Waiting::begin(1, &d).is_some(), "4 is off the list again");
        assert!(Waiting::begin(1, &c).is_none(), "3 waits for 2, who waits for 1");
        drop(second);
        assert!(Waiting::begin(1, &c).is_some(), "2 waits no more");
        drop(third);
    }
}
