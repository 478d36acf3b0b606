//! The lock of a shard: one word that also counts its releases, re-entrant for its owner, so that a key's `Eq` run under it may use the map.
//! It guards writers from each other; readers do not know it.
//!
//! **Lending.** Before its holder runs a closure, it says for which key, and lends the lock. If nobody wants it meanwhile, the holder takes it back by one
//! exchange and goes on. Whoever does want it, the holder's own nested calls included, takes it over by one exchange, after it has noted a *claim*: that key is
//! the first holder's until it has put its result in, and every other key is free. So no closure runs while others wait for its lock.

use core::ptr::NonNull;

use super::claims::Claims;
use super::waits::{Held, Waiting};
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{MODELLED, relax, wait, wake_one};

const TAKEN: u64 = 1;
const AWAITED: u64 = 2;
const FROZEN: u64 = 4;
/// With `TAKEN`: the holder runs a closure, and whoever wants the lock takes it over.
const LENT: u64 = 8;
/// Some keys of the shard may be claimed.
const CLAIMED: u64 = 16;
const FLAGS: u64 = TAKEN | AWAITED | FROZEN | LENT | CLAIMED;
/// Above the flags the word counts.
const STEP: u64 = 32;
const NOBODY: usize = 0;
/// Beside the owner's name, which is even: it has lent the lock.
const LENDER: usize = 1;
const SPINS: u32 = if MODELLED { 1 } else { 64 };
/// How often a thread lets others run before it sleeps or takes over: the holder may have lost its core to one that waits for it.
const YIELDS: u32 = if MODELLED { 0 } else { 8 };

/// How a lock was entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entered {
    /// At once, or after waiting: must be unlocked.
    Fresh {
        /// Whether another thread held it.
        waited: bool,
    },
    /// The caller holds it further up its stack, or a thread does that waits for the caller: must not be unlocked.
    Nested,
}

/// What the word was at one moment: proves, if it is still so when the lock is taken, that nobody held the lock in between.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LockVersion(u64);

/// What the word is while its holder lends the lock. No other hold of the lock has the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Lent(u64);

/// Those who wait for a lock that was just freed.
#[must_use]
pub(crate) struct Waiters<'a> {
    word: &'a AtomicU64,
    some: bool,
}

impl Waiters<'_> {
    /// Wakes one, if any waits.
    #[inline]
    pub(crate) fn wake(self) {
        if self.some {
            wake_one(self.word);
        }
    }

    /// The same for when the lock may be gone.
    #[inline]
    pub(crate) fn address(self) -> Option<NonNull<AtomicU64>> {
        if self.some { Some(NonNull::from(self.word)) } else { None }
    }
}

/// Wakes one that waits where [`Waiters::address`] says. The address is a name only: another lock that came to be there gets one wake too many.
#[cold]
#[inline(never)]
pub(crate) fn wake_at(word: NonNull<AtomicU64>) {
    wake_one(word.as_ptr());
}

/// The lock.
#[derive(Debug)]
pub(crate) struct ShardLock {
    word: AtomicU64,
    owner: AtomicUsize,
    /// The key for which the lock is lent; means something with `LENT` and a noted lender only.
    lent_for: AtomicU64,
}

impl ShardLock {
    /// A free lock.
    pub(crate) fn new() -> Self {
        Self { word: AtomicU64::new(0), owner: AtomicUsize::new(NOBODY), lent_for: AtomicU64::new(0) }
    }

    /// A lock that `me` holds already.
    pub(crate) fn new_held(me: usize) -> Self {
        Self { word: AtomicU64::new(TAKEN), owner: AtomicUsize::new(me), lent_for: AtomicU64::new(0) }
    }

    /// The state, for [`lock_if`](Self::lock_if). What is read after it and before that was not written in between.
    #[inline]
    pub(crate) fn lock_version(&self) -> LockVersion {
        // Acquire: pairs with the exchange in `release`: whoever sees this count sees the writes that it counts.
        LockVersion(self.word.load(Ordering::Acquire))
    }

    /// Takes the lock if nobody held it since the look and its table was not replaced. Does not note the owner: no user code may run before
    /// the unlocking, or a nested call would wait for ever.
    #[inline]
    pub(crate) fn lock_if(&self, look: LockVersion) -> bool {
        // Of a word that had a flag the exchange finds none without.
        let free = look.0 & !FLAGS;
        // Acquire: pairs with the exchange in `release`. Relaxed on failure: nothing is read.
        self.word.compare_exchange(free, free | TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Takes the lock as [`lock_if`](Self::lock_if) does, and lends it in the same step.
    #[inline]
    pub(crate) fn lock_if_lending(&self, look: LockVersion, me: usize, key: u64) -> Option<Lent> {
        let free = look.0 & !FLAGS;
        let lent = free | TAKEN | LENT;
        // Acquire, and Relaxed on failure: as in `lock_if`.
        self.word.compare_exchange(free, lent, Ordering::Acquire, Ordering::Relaxed).ok()?;
        // Until the next line a taker finds no lender, and looks again.
        self.note_lender(me, key);
        Some(Lent(lent))
    }

    /// Lends a lock that this thread entered as `Fresh`.
    #[inline]
    pub(crate) fn lend(&self, me: usize, key: u64) -> Lent {
        self.note_lender(me, key);
        // Release: pairs with the Acquire exchange in `take_over`: what this holder wrote comes with the lock.
        let before = self.word.fetch_or(LENT, Ordering::Release);
        if before & AWAITED != 0 {
            // One of those who sleep takes over; the others are woken by releases, as always.
            wake_one(&self.word);
        }
        Lent((before | LENT) & !AWAITED)
    }

    #[inline]
    fn note_lender(&self, me: usize, key: u64) {
        self.lent_for.store(key, Ordering::Relaxed); // Relaxed: the next store publishes it.
        // Release: pairs with the Acquire load in `take_over`: whoever sees the lender sees the key.
        self.owner.store(me | LENDER, Ordering::Release);
    }

    /// Takes back what this thread has lent. False if another has taken it over, for good: then the key is claimed for this thread.
    #[inline]
    pub(crate) fn take_back(&self, lent: Lent, me: usize) -> bool {
        loop {
            // Relaxed: a look before the exchange that counts. A take-over counts a release, so the word is never this one again.
            let now = self.word.load(Ordering::Relaxed);
            if now & !AWAITED != lent.0 {
                return false;
            }
            // Relaxed, both: nobody has written since this thread lent it, and its own earlier accesses are its own.
            if self.word.compare_exchange(now, now & !LENT, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                self.owner.store(me, Ordering::Relaxed); // Relaxed: as in `lock`.
                return true;
            }
        }
    }

    /// Takes over a lock that was lent when the word was `now`, for the caller, after noting what is its lender's.
    fn take_over(&self, now: u64, claims: &Claims) -> bool {
        // Acquire: pairs with the Release store in `note_lender`. A lender that is seen here is that of `now`, or the exchange below fails: whoever releases
        // the lock has taken its name off before, and the word that was loaded with Acquire brought that.
        let lender = self.owner.load(Ordering::Acquire);
        if lender & LENDER == 0 {
            return false;
        }
        let key = self.lent_for.load(Ordering::Relaxed); // Relaxed: published by the lender's name.
        claims.add(key, lender & !LENDER, || {
            let mine = ((now & !LENT) | CLAIMED).wrapping_add(STEP);
            // Acquire: pairs with the Release in `lend`, and with the exchange in `release` before that. Relaxed on failure: nothing is read.
            self.word.compare_exchange(now, mine, Ordering::Acquire, Ordering::Relaxed).is_ok()
        })
    }

    /// Waits for the lock, or takes it over where it is lent. `me` names the thread; it is even and not zero.
    #[inline]
    pub(crate) fn lock(&self, me: usize, claims: &Claims) -> Entered {
        if self.try_take(0) {
            // Relaxed: read by this thread alone (see `lock_slow`).
            self.owner.store(me, Ordering::Relaxed);
            return Entered::Fresh { waited: false };
        }
        self.lock_slow(me, claims)
    }

    /// One attempt; sets more flags with it.
    #[inline]
    fn try_take(&self, flags: u64) -> bool {
        // Relaxed: a look before the exchange that counts.
        let now = self.word.load(Ordering::Relaxed);
        now & TAKEN == 0
            // Acquire: pairs with the exchange in `release`. Relaxed on failure: nothing is read.
            && self.word.compare_exchange(now, now | TAKEN | flags, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn lock_slow(&self, me: usize, claims: &Claims) -> Entered {
        // Relaxed: only this thread ever writes `me` here, and it removes it before it unlocks or lends; so `me` is read exactly when
        // this thread holds the lock and has noted it, whatever other threads write.
        if self.owner.load(Ordering::Relaxed) == me {
            return Entered::Nested;
        }
        // Relaxed: a hint. What this thread has lent itself it does not wait for.
        let is_lent_by_me = self.owner.load(Ordering::Relaxed) == me | LENDER;
        let mut taken = !is_lent_by_me && self.take_soon();
        let mut waiting = None;
        while !taken {
            // Acquire: see `take_over`.
            let now = self.word.load(Ordering::Acquire);
            if now & LENT != 0 && self.take_over(now, claims) {
                break;
            }
            // Where the owner has noted itself it may be running user code, which may wait for this thread.
            if !MODELLED && waiting.is_none() && now & LENT == 0 && self.holder() != NOBODY {
                waiting = Waiting::begin(me, self);
                if waiting.is_none() {
                    return Entered::Nested;
                }
            }
            if now & TAKEN == 0 {
                // Others may wait too: whoever waited says so for them. At worst one wake too many.
                taken = self.try_take(AWAITED);
            } else if now & AWAITED != 0
                // Relaxed, both: the flag orders nothing; the unlocking's exchange reads it.
                || self.word.compare_exchange(now, now | AWAITED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
            {
                // An owner that was not noted when this thread looked may be a moment later: then it looks again. One that lends wakes a sleeper.
                wait(&self.word, now | AWAITED, waiting.is_none());
            }
        }
        self.owner.store(me, Ordering::Relaxed); // Relaxed: as in `lock`.
        Entered::Fresh { waited: true }
    }

    /// A few attempts, for holders that store some words and go.
    fn take_soon(&self) -> bool {
        let spun = (0..SPINS).any(|_| {
            relax();
            self.try_take(0)
        });
        spun || (0..YIELDS).any(|_| {
            std::thread::yield_now();
            self.try_take(0)
        })
    }

    /// Frees a lock that this thread entered as `Fresh`, or took back.
    #[inline]
    pub(crate) fn unlock(&self) {
        self.owner.store(NOBODY, Ordering::Relaxed); // Relaxed: as in `lock`.
        // Relaxed: only this thread changes it now, but for the flag of those who wait.
        let now = self.word.load(Ordering::Relaxed);
        self.release(now & !(TAKEN | AWAITED)).wake();
    }

    /// Frees a lock that this thread entered by [`lock_if`](Self::lock_if) with this look.
    #[inline]
    pub(crate) fn unlock_anonymous(&self, look: LockVersion) -> Waiters<'_> {
        self.release(look.0 & !FLAGS)
    }

    /// Counts on from what the word was before the lock was taken.
    #[inline]
    fn release(&self, before: u64) -> Waiters<'_> {
        // SeqCst: pairs with the Acquire exchanges in `lock_if` and `try_take`. An exchange, not a store: what this thread wrote must be visible to
        // all before it reads another key, or two threads that each insert one key and read the other's may both miss.
        let last = self.word.swap(before.wrapping_add(STEP), Ordering::SeqCst);
        order_later_reads();
        Waiters { word: &self.word, some: last & AWAITED != 0 }
    }

    /// Marks, under the lock and for good, that another table has taken the place of the one that this lock guards.
    pub(crate) fn freeze(&self) {
        // Relaxed: read by lock holders and by `lock_if`, whose exchange fails on a word from before.
        self.word.fetch_or(FROZEN, Ordering::Relaxed);
    }

    /// Whether [`freeze`](Self::freeze) was called: exact under the lock.
    #[inline]
    pub(crate) fn is_frozen(&self) -> bool {
        // Relaxed: written under the lock that this thread holds.
        self.word.load(Ordering::Relaxed) & FROZEN != 0
    }

    /// Whether keys of this shard may be claimed: exact under the lock.
    #[inline]
    pub(crate) fn has_claims(&self) -> bool {
        // Relaxed: written under the lock that this thread holds.
        self.word.load(Ordering::Relaxed) & CLAIMED != 0
    }

    /// Notes, under the lock, that no key of this shard is claimed.
    pub(crate) fn forget_claims(&self) {
        // Relaxed: read by lock holders, and by `lock_if`, whose exchange fails on another word.
        self.word.fetch_and(!CLAIMED, Ordering::Relaxed);
    }

    /// The count: releases, and writes of nested calls.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        // Relaxed: written under the lock; without it, a statistic.
        self.word.load(Ordering::Relaxed) / STEP
    }

    /// Counts a write of a nested call, which will not unlock: its caller sees that its own view is out of date.
    pub(crate) fn count_nested(&self) {
        // Relaxed: for this thread, which holds the lock; others see the release that follows.
        self.word.fetch_add(STEP, Ordering::Relaxed);
    }

    /// Goes on counting where another lock was. Before this lock is shared.
    pub(crate) fn inherit(&self, from: &Self) {
        // Relaxed, all: not shared yet; `from` is locked by this thread.
        let taken = self.word.load(Ordering::Relaxed) & TAKEN;
        let claimed = from.word.load(Ordering::Relaxed) & CLAIMED;
        self.word.store(from.version().wrapping_mul(STEP) | taken | claimed, Ordering::Relaxed);
    }
}

impl Held for ShardLock {
    fn holder(&self) -> usize {
        // Relaxed: of itself a thread reads what it wrote; of a thread on the list of those who wait, what it wrote before it came there, which
        // the list's mutex orders. Any other value ends the walk.
        self.owner.load(Ordering::Relaxed) & !LENDER
    }
}

/// Completes the store-load ordering of `unlock`.
#[inline]
fn order_later_reads() {
    // On x86 a locked instruction is a full fence by itself (Intel SDM volume 3, 8.2.3.9); elsewhere, and for the checkers that follow the language's
    // model, it takes a fence.
    #[cfg(any(not(any(target_arch = "x86_64", target_arch = "x86")), auditor_loom, shuttle, miri))]
    // SeqCst: pairs with the same fence in the other writer's `unlock` (store buffering).
    crate::sync::atomic::fence(Ordering::SeqCst);
}
