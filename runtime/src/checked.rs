//! [`CheckedMap`]: what Go's map does with its `hashWriting` flag, made sound: overlapping conflicting calls are told, not raced.

use core::fmt;
use core::panic::Location;
use core::sync::atomic::{AtomicU64, Ordering};
use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Mutex;
use std::thread::{self, ThreadId};

/// The state word while a writer is inside.
const WRITING: u64 = 1 << 63;

/// What a call was doing when another overlapped it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessKind {
    /// A read that met a writer.
    Read,
    /// A write that met a reader or another writer.
    Write,
}

/// Two calls overlapped, at least one of them a write. Nothing was read or changed by the one that got this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// What this call wanted.
    pub kind: AccessKind,
    /// The thread of this call.
    pub thread: ThreadId,
    /// Where this call was made.
    pub location: &'static Location<'static>,
    /// The thread and place of the writer inside, if it was one and had left its name yet.
    pub writer: Option<(ThreadId, &'static Location<'static>)>,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            AccessKind::Read => "read",
            AccessKind::Write => "write",
        };
        write!(f, "concurrent map {kind} at {} by {:?}", self.location, self.thread)?;
        match self.writer {
            Some((thread, location)) => write!(f, ", while {thread:?} writes at {location}"),
            None => f.write_str(", while others are inside"),
        }
    }
}

impl std::error::Error for Conflict {}

/// What a [`CheckedMap`] does about a [`Conflict`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Return it.
    #[default]
    Error,
    /// Panic with it, on the thread that noticed.
    Panic,
    /// Print it and abort the process, as Go does.
    Abort,
}

/// A `HashMap` that may be shared but is meant not to be used by two threads at once, and says so when it is.
///
/// Unlike Go's, whose flag is read and written without synchronization and so misses conflicts (and would be undefined behaviour here), the state word
/// *is* the synchronization: an access enters by an atomic exchange or is refused. Calls that overlap and conflict are always noticed, by the
/// later one; calls that do not overlap never are. One or two atomic operations a call.
///
/// ```
/// use auditor_runtime::CheckedMap;
///
/// let map = CheckedMap::new();
/// map.insert("a", 1).unwrap();
/// assert_eq!(map.get_with("a", |n| *n), Ok(Some(1)));
/// // A write under a read overlaps it, even on one thread:
/// let inner = map.get_with("a", |_| map.insert("b", 2).is_err());
/// assert_eq!(inner, Ok(Some(true)));
/// ```
pub struct CheckedMap<K, V, S = RandomState> {
    /// Readers inside, or `WRITING`.
    state: AtomicU64,
    writer: Mutex<Option<(ThreadId, &'static Location<'static>)>>,
    policy: Policy,
    map: UnsafeCell<HashMap<K, V, S>>,
}

// SAFETY: `map` is touched by any number of readers or by one writer (see `state`); references to K and V go to any thread (Sync), and both
// are moved in and dropped on any (Send).
unsafe impl<K: Send + Sync, V: Send + Sync, S: Send + Sync> Sync for CheckedMap<K, V, S> {}

/// Leaves when dropped, also while a panic unwinds.
struct Inside<'a>(&'a AtomicU64, u64);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        // Release: pairs with the Acquire exchanges that enter.
        self.0.fetch_sub(self.1, Ordering::Release);
    }
}

impl<K, V> CheckedMap<K, V> {
    /// An empty map that returns conflicts.
    pub fn new() -> Self {
        Self::with_policy(Policy::Error)
    }

    /// An empty map with a policy.
    pub fn with_policy(policy: Policy) -> Self {
        Self::from_map(HashMap::new(), policy)
    }
}

impl<K, V, S> CheckedMap<K, V, S> {
    /// Watches over an existing map.
    pub fn from_map(map: HashMap<K, V, S>, policy: Policy) -> Self {
        Self { state: AtomicU64::new(0), writer: Mutex::new(None), policy, map: UnsafeCell::new(map) }
    }

    /// The map, unwatched again.
    pub fn into_inner(self) -> HashMap<K, V, S> {
        self.map.into_inner()
    }

    /// Runs `work` on the map, as a read.
    ///
    /// # Errors
    ///
    /// A writer is inside, and the policy is [`Policy::Error`].
    ///
    /// # Panics
    ///
    /// On a conflict under [`Policy::Panic`], or if `work` panics; the map can be used afterwards.
    #[track_caller]
    pub fn read<R>(&self, work: impl FnOnce(&HashMap<K, V, S>) -> R) -> Result<R, Conflict> {
        // Acquire: pairs with the Release in `Inside::drop` of the last writer.
        let before = self.state.fetch_add(1, Ordering::Acquire);
        let inside = Inside(&self.state, 1);
        if before & WRITING != 0 {
            drop(inside);
            return Err(self.refuse(AccessKind::Read, Location::caller()));
        }
        // SAFETY: no writer is inside, and none enters before `inside` is dropped: it would have to find the state at zero.
        let result = work(unsafe { &*self.map.get() });
        drop(inside);
        Ok(result)
    }

    /// Runs `work` on the map, as a write.
    ///
    /// # Errors
    ///
    /// Anyone is inside, and the policy is [`Policy::Error`].
    ///
    /// # Panics
    ///
    /// On a conflict under [`Policy::Panic`], or if `work` panics; the map can be used afterwards, as far as `HashMap` was left whole.
    #[track_caller]
    pub fn write<R>(&self, work: impl FnOnce(&mut HashMap<K, V, S>) -> R) -> Result<R, Conflict> {
        let location = Location::caller();
        // Acquire: pairs with the Release in `Inside::drop` of the last one inside. Relaxed on failure: nothing is read.
        if self.state.compare_exchange(0, WRITING, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return Err(self.refuse(AccessKind::Write, location));
        }
        // Readers that come now add themselves, see WRITING and go: the subtraction of WRITING leaves their count right.
        let inside = Inside(&self.state, WRITING);
        self.name(Some((thread::current().id(), location)));
        // SAFETY: the state was zero and is WRITING: nobody else is inside, and whoever comes is refused, until `inside` is dropped.
        let result = work(unsafe { &mut *self.map.get() });
        self.name(None);
        drop(inside);
        Ok(result)
    }

    fn name(&self, writer: Option<(ThreadId, &'static Location<'static>)>) {
        // Only to tell who it is: never waits.
        if let Ok(mut place) = self.writer.try_lock() {
            *place = writer;
        }
    }

    #[cold]
    fn refuse(&self, kind: AccessKind, location: &'static Location<'static>) -> Conflict {
        let writer = self.writer.try_lock().map_or(None, |writer| *writer);
        let conflict = Conflict { kind, thread: thread::current().id(), location, writer };
        match self.policy {
            Policy::Error => conflict,
            // auditor: allow(panic-macro) the user chose it
            Policy::Panic => panic!("{conflict}"),
            Policy::Abort => {
                use std::io::Write;
                let _ = writeln!(std::io::stderr(), "fatal error: {conflict}");
                std::process::abort() // auditor: allow(exit-call) the user chose it
            }
        }
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> CheckedMap<K, V, S> {
    /// Puts a value under a key and returns what was there.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write); key and value are dropped.
    #[track_caller]
    pub fn insert(&self, key: K, value: V) -> Result<Option<V>, Conflict> {
        self.write(|map| map.insert(key, value))
    }

    /// Removes a key and returns its value.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    #[track_caller]
    pub fn remove<Q>(&self, key: &Q) -> Result<Option<V>, Conflict>
    where
        K: core::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.write(|map| map.remove(key))
    }

    /// Runs `work` on a key's value, if it is there.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[track_caller]
    pub fn get_with<Q, R>(&self, key: &Q, work: impl FnOnce(&V) -> R) -> Result<Option<R>, Conflict>
    where
        K: core::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.read(|map| map.get(key).map(work))
    }

    /// Entries.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[track_caller]
    pub fn len(&self) -> Result<usize, Conflict> {
        self.read(HashMap::len)
    }

    /// Whether there is none.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[track_caller]
    pub fn is_empty(&self) -> Result<bool, Conflict> {
        self.read(HashMap::is_empty)
    }
}

impl<K, V, S: Default> Default for CheckedMap<K, V, S> {
    fn default() -> Self {
        Self::from_map(HashMap::default(), Policy::Error)
    }
}

impl<K, V, S> fmt::Debug for CheckedMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedMap").field("policy", &self.policy).finish_non_exhaustive()
    }
}
