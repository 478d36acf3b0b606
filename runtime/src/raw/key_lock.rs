//! Turns at making a key's value: one thread at a time runs the closure that makes it, and holds no lock of the map meanwhile.

use std::sync::{Condvar, Mutex, PoisonError};

use super::waits::{Held, Waiting};
use crate::epoch::thread_name;

/// A key of a map, by its hash: two keys of one hash wait for each other.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    domain: u64,
    hash: u64,
}

/// A key whose value is being made, and by whom.
struct Turn {
    key: Key,
    thread: usize,
}

/// Keys that fall on one of these share its lock for some instructions, and its wake-ups.
const SPOTS: usize = 64;
static TURNS: [(Mutex<Vec<Turn>>, Condvar); SPOTS] = [const { (Mutex::new(Vec::new()), Condvar::new()) }; SPOTS];

impl Key {
    fn spot(self) -> &'static (Mutex<Vec<Turn>>, Condvar) {
        let [first, ..] = &TURNS;
        TURNS.get((self.hash ^ self.domain) as usize & (SPOTS - 1)).unwrap_or(first)
    }
}

impl Held for Key {
    fn holder(&self) -> usize {
        let turns = self.spot().0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.iter().find(|turn| turn.key == *self).map_or(0, |turn| turn.thread)
    }
}

/// This thread's turn at a key. Ends when it is dropped, also while a panic unwinds.
pub(crate) struct KeyLock {
    /// None where the turn is another's: this thread's own, further up its stack; or that of one that waits for this thread.
    mine: Option<Key>,
}

impl KeyLock {
    /// Waits for the turn. It does not wait for this thread itself, nor for one that waits for it: then two closures run, and the map keeps the first
    /// result.
    pub(crate) fn enter(domain: u64, hash: u64) -> Self {
        let key = Key { domain, hash };
        if cfg!(any(auditor_loom, shuttle)) {
            return Self { mine: None };
        }
        let (lock, changed) = key.spot();
        let me = thread_name();
        let mut waiting = None;
        loop {
            let mut turns = lock.lock().unwrap_or_else(PoisonError::into_inner);
            match turns.iter().find(|turn| turn.key == key).map(|turn| turn.thread) {
                Some(thread) if thread == me => return Self { mine: None },
                Some(_) if waiting.is_some() => {
                    drop(changed.wait(turns).unwrap_or_else(PoisonError::into_inner));
                }
                Some(_) => {
                    // The list of those who wait is locked before this one, never after.
                    drop(turns);
                    waiting = Waiting::begin(me, &key);
                    if waiting.is_none() {
                        return Self { mine: None };
                    }
                }
                // Without memory to note it: a turn that others do not see.
                None if turns.try_reserve(1).is_err() => return Self { mine: None },
                None => {
                    turns.push(Turn { key, thread: me });
                    return Self { mine: Some(key) };
                }
            }
        }
    }
}

impl Drop for KeyLock {
    fn drop(&mut self) {
        let Some(key) = self.mine else { return };
        let (lock, changed) = key.spot();
        let mut turns = lock.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = turns.iter().position(|turn| turn.key == key) {
            turns.swap_remove(at); // auditor: allow(panicking-api) just found there
        }
        drop(turns);
        changed.notify_all();
    }
}
