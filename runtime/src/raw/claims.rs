//! Claims: keys whose writers have given their shard's lock away while a closure of theirs runs. Others write every other key meanwhile, and wait here for
//! these. Which lock goes with which key, `lock` and the maps say.

use core::ptr;

use super::waits::{Held, Waiting};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Condvar, MODELLED, Mutex, lock};

/// A key of the map, by its hash or by the address of its entry, and the thread that it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Claim {
    key: u64,
    thread: usize,
}

/// The claims in one map.
#[derive(Debug)]
pub(crate) struct Claims {
    /// At least as many as are in the list.
    count: AtomicUsize,
    list: Mutex<Vec<Claim>>,
    ended: Condvar,
}

/// A claim as what a thread waits for.
struct Awaited {
    claims: *const Claims,
    key: u64,
    me: usize,
}

impl Held for Awaited {
    fn holder(&self) -> usize {
        // SAFETY: whoever waits borrows the claims, and is asked only while it waits (see `Waiting`).
        let claims = unsafe { &*self.claims };
        claims.other(|key| key == self.key, self.me).map_or(0, |claim| claim.thread)
    }
}

impl Claims {
    pub(crate) fn new() -> Self {
        Self { count: AtomicUsize::new(0), list: Mutex::new(Vec::new()), ended: Condvar::new() }
    }

    /// Notes a claim if `take` succeeds, which takes the lock that goes with it. False too where there is no memory to note it.
    pub(super) fn add(&self, key: u64, thread: usize, take: impl FnOnce() -> bool) -> bool {
        let mut list = lock(&self.list);
        if list.try_reserve(1).is_err() || !take() {
            return false;
        }
        list.push(Claim { key, thread });
        // Relaxed: those who ask for this shard's claims hold the lock that `take` took, later.
        self.count.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Whether nothing is claimed. Never true for a shard with claims when its lock's holder asks: they were noted under that lock.
    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0 // Relaxed: see `add`.
    }

    /// A claim of another thread on such a key.
    fn other(&self, wanted: impl Fn(u64) -> bool, me: usize) -> Option<Claim> {
        lock(&self.list).iter().find(|claim| wanted(claim.key) && claim.thread != me).copied()
    }

    /// The key of a claim that another thread has on one of these keys.
    pub(crate) fn of_others(&self, wanted: impl Fn(u64) -> bool, me: usize) -> Option<u64> {
        self.other(wanted, me).map(|claim| claim.key)
    }

    /// Waits until no other thread claims a key. False, at once, where one of those who do waits for this thread: then it must go on.
    #[cold]
    pub(crate) fn wait(&self, key: u64, me: usize) -> bool {
        let mut waiting = None;
        loop {
            let list = lock(&self.list);
            if !list.iter().any(|claim| claim.key == key && claim.thread != me) {
                return true;
            }
            if MODELLED || waiting.is_some() {
                drop(self.ended.wait(list));
                continue;
            }
            // The list of those who wait is locked before this one, never after.
            drop(list);
            waiting = Waiting::begin(me, &Awaited { claims: ptr::from_ref(self), key, me });
            if waiting.is_none() {
                return false;
            }
        }
    }

    fn end(&self, claim: Claim) {
        let mut list = lock(&self.list);
        if let Some(at) = list.iter().position(|there| *there == claim) {
            list.swap_remove(at); // auditor: allow(panicking-api) just found there
            self.count.fetch_sub(1, Ordering::Relaxed); // Relaxed: see `is_empty`.
        }
        drop(list);
        self.ended.notify_all();
    }
}

/// This thread's claim on a key, which ends when it is dropped: after what the claim was for has been put in, and the shard unlocked.
pub(crate) struct Claimed<'a> {
    claims: &'a Claims,
    claim: Claim,
}

impl<'a> Claimed<'a> {
    /// The claim that another thread has noted for this one.
    pub(crate) fn of(claims: &'a Claims, key: u64, me: usize) -> Self {
        Self { claims, claim: Claim { key, thread: me } }
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        self.claims.end(self.claim);
    }
}
