//! The directory: which table serves which leading bits of the hash. Read without a lock, changed under the growth lock, replaced whole
//! when it doubles. Its size travels in the low bits of its address, as a table's does.

use core::marker::PhantomData;
use core::ptr::NonNull;
use std::alloc::{Layout, alloc, dealloc};

use super::NoMemory;
use super::alloc;
use super::bucket::{Bucket, Stride};
use super::claims::Claims;
use super::layout::Size;
use super::lock::{Entered, ShardLock};
use super::locked::LockedTable;
use super::table::Table;
use crate::epoch::{Domain, DomainOwner, Guard, Retired, thread_name};
use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// One entry of the directory. Aligned so that six low bits of the first one's address are free.
#[repr(C, align(64))]
struct First([AtomicPtr<Bucket>; 0]);

const SHIFT_BITS: usize = align_of::<First>() - 1;

/// The largest directory: 2^24 tables.
pub(super) const DEEPEST: u32 = 24;

fn layout(depth: u32) -> Result<Layout, NoMemory> {
    Layout::array::<AtomicPtr<Bucket>>(1 << depth)
        .and_then(|layout| layout.align_to(align_of::<First>()))
        .map_err(|_| NoMemory)
}

/// A directory that is alive for `'g`. The low bits hold the shift that turns a hash into an index.
#[derive(Clone, Copy)]
struct Directory<'g> {
    word: NonNull<AtomicPtr<Bucket>>,
    quarters: u32,
    stride: Stride,
    alive: PhantomData<&'g AtomicPtr<Bucket>>,
}

impl<'g> Directory<'g> {
    /// Makes a directory of 2^depth entries (depth 1 to DEEPEST).
    fn allocate(
        depth: u32,
        (quarters, stride): (u32, Stride),
        mut entry: impl FnMut(usize) -> NonNull<Bucket>,
    ) -> Result<Self, NoMemory> {
        let layout = layout(depth)?;
        // SAFETY: the layout is of at least two pointers.
        let start = NonNull::new(unsafe { alloc(layout) }).ok_or(NoMemory)?.cast::<AtomicPtr<Bucket>>();
        for index in 0..1_usize << depth {
            // SAFETY: below the number of entries of the allocation, which is aligned for them and ours alone.
            unsafe { start.add(index).write(AtomicPtr::new(entry(index).as_ptr())) };
        }
        Ok(Self { word: start.map_addr(|addr| addr | (64 - depth) as usize), quarters, stride, alive: PhantomData })
    }

    #[inline]
    fn shift(self) -> u32 {
        (self.word.as_ptr().addr() & SHIFT_BITS) as u32
    }

    fn depth(self) -> u32 {
        64 - self.shift()
    }

    fn len(self) -> usize {
        1 << self.depth()
    }

    /// The entry at an index below `len`.
    #[inline]
    fn entry(self, index: usize) -> &'g AtomicPtr<Bucket> {
        debug_assert!(index < self.len(), "an index is a hash shifted by the directory's shift, or counted up to len");
        // SAFETY: clearing the tag gives the start of an allocation of `len` initialized entries, alive for 'g; in bounds: a 64-bit
        // hash shifted right by 64 - depth is below 2^depth, and loops here count up to `len`.
        // auditor: allow(unchecked-call) every lookup passes here, and an allocation is never at null
        unsafe { NonNull::new_unchecked(self.word.as_ptr().map_addr(|addr| addr & !SHIFT_BITS)).add(index).as_ref() }
    }

    #[inline]
    fn table(self, index: usize) -> Table<'g> {
        // Acquire: pairs with the Release stores in `RawMap::install` and with the publication of this directory.
        let word = self.entry(index).load(Ordering::Acquire);
        // SAFETY: entries are never null and hold tables that are retired only after they were replaced here; whoever loads one holds
        // a guard for 'g, or has the map to itself.
        // auditor: allow(unchecked-call) every lookup passes here, and entries come from `NonNull`
        unsafe { Table::from_word(NonNull::new_unchecked(word), self.quarters, self.stride) }
    }
}

/// Frees a directory, not its tables. Fits [`Retired`].
///
/// # Safety
///
/// `word` comes from `Directory::allocate`, was not freed before, and nobody uses it any more.
unsafe fn free(word: *mut (), _extra: usize) {
    let Some(word) = NonNull::new(word.cast()) else { return };
    let directory = Directory { word, quarters: 4, stride: Stride::new(0), alive: PhantomData };
    if let Ok(layout) = layout(directory.depth()) {
        // SAFETY: the layout and address of `allocate`; exclusive and first by the contract. The entries are dropped in place for the model
        // checkers' sake.
        unsafe {
            let start = directory.word.as_ptr().map_addr(|addr| addr & !SHIFT_BITS);
            core::ptr::slice_from_raw_parts_mut(start, directory.len()).drop_in_place();
            dealloc(start.cast(), layout);
        }
    }
}

/// A map without keys and values: a directory of tables that double and split.
pub(crate) struct RawMap {
    directory: AtomicPtr<AtomicPtr<Bucket>>,
    growth: ShardLock,
    /// Keys whose closures run.
    claims: Claims,
    tables: AtomicUsize,
    /// See [`Size`]: the same for all tables that this map will ever have.
    quarters: u32,
    stride: Stride,
    domain: DomainOwner,
}

impl RawMap {
    /// 2^depth tables of this size each.
    pub(crate) fn new(depth: u32, size: Size, stride: Stride) -> Result<Self, NoMemory> {
        let domain = Domain::try_new().ok_or(NoMemory)?;
        // auditor: allow(panicking-api) `DEEPEST` is a constant above one
        let depth = depth.clamp(1, DEEPEST);
        if !alloc::is_possible(size, stride, 1 << depth) {
            return Err(NoMemory);
        }
        let mut made = Vec::new();
        made.try_reserve_exact(1 << depth).map_err(|_| NoMemory)?;
        let made = (0..1_usize << depth).try_fold(made, |mut made, _| match alloc::allocate(size, stride, depth, 0) {
            Ok(word) => {
                made.push(word);
                Ok(made)
            }
            Err(NoMemory) => Err(made),
        });
        let release = |made: Vec<NonNull<Bucket>>| {
            for word in made {
                // SAFETY: made above, never published.
                unsafe { alloc::free(word.as_ptr().cast(), stride.extra()) };
            }
            NoMemory
        };
        let made = made.map_err(release)?;
        // As many tables as entries were made: `dangling` is never installed.
        let word = |index: usize| made.get(index).copied().unwrap_or(NonNull::dangling());
        match Directory::allocate(depth, (size.quarters, stride), word) {
            Ok(directory) => Ok(Self {
                directory: AtomicPtr::new(directory.word.as_ptr()),
                growth: ShardLock::new(),
                claims: Claims::new(),
                tables: AtomicUsize::new(made.len()),
                quarters: size.quarters,
                stride,
                domain,
            }),
            Err(NoMemory) => Err(release(made)),
        }
    }

    #[inline]
    fn directory<'g>(&self, _alive: &'g Guard) -> Directory<'g> {
        // Acquire: pairs with the Release store in `double`.
        let word = self.directory.load(Ordering::Acquire);
        // SAFETY: never null; a replaced directory is retired, so one loaded under a guard lives as long as the guard.
        // auditor: allow(unchecked-call) every lookup passes here, and the word comes from `NonNull`
        let word = unsafe { NonNull::new_unchecked(word) };
        Directory { word, quarters: self.quarters, stride: self.stride, alive: PhantomData }
    }

    /// The table that serves a hash. Wait-free.
    #[inline]
    pub(crate) fn table<'g>(&self, hash: u64, guard: &'g Guard) -> Table<'g> {
        let directory = self.directory(guard);
        directory.table((hash >> directory.shift()) as usize)
    }

    /// Locks the table that serves a hash, for a write of this key. Waits for other writers of the same table, and for closures of others that are to decide
    /// what becomes of this key.
    #[inline]
    pub(crate) fn lock<'g>(&self, hash: u64, guard: &'g Guard) -> LockedTable<'g> {
        let held = self.lock_any(hash, guard);
        if held.has_claims() { self.lock_unclaimed(held, (hash, hash), guard) } else { held }
    }

    /// Locks the table that serves a hash, for a write of all its keys.
    pub(crate) fn lock_all<'g>(&self, hash: u64, guard: &'g Guard) -> LockedTable<'g> {
        let held = self.lock_any(hash, guard);
        let span = u64::MAX.checked_shr(held.table().header().depth).unwrap_or(0);
        if held.has_claims() { self.lock_unclaimed(held, (hash & !span, hash | span), guard) } else { held }
    }

    /// Locks the table that serves a hash, for what changes no entry.
    #[inline]
    pub(crate) fn lock_any<'g>(&self, hash: u64, guard: &'g Guard) -> LockedTable<'g> {
        loop {
            let held = LockedTable::enter(self.table(hash, guard), &self.claims);
            if !held.is_frozen() {
                return held;
            }
        }
    }

    /// Waits, without the lock, while others claim one of these keys.
    #[cold]
    fn lock_unclaimed<'g>(&self, mut held: LockedTable<'g>, keys: (u64, u64), guard: &'g Guard) -> LockedTable<'g> {
        let me = thread_name();
        loop {
            if self.claims.is_empty() {
                held.forget_claims();
                return held;
            }
            let Some(claimed) = self.claims.of_others(|key| (keys.0..=keys.1).contains(&key), me) else { return held };
            drop(held);
            let waited = self.claims.wait(claimed, me);
            held = self.lock_any(keys.0, guard);
            if !waited {
                return held;
            }
        }
    }

    /// Keys whose closures run.
    #[inline]
    pub(crate) fn claims(&self) -> &Claims {
        &self.claims
    }

    /// All tables, in the order of the hashes they serve, each once; with the first hash after each (None after the last).
    /// A table that splits on the way is seen whole or by its parts, never both.
    pub(crate) fn tables<'g>(&self, guard: &'g Guard) -> impl Iterator<Item = (u64, Table<'g>)> + use<'g, '_> {
        let mut at = Some(0_u64);
        core::iter::from_fn(move || {
            let hash = at?;
            let table = self.table(hash, guard);
            at = hash.checked_add(1 << (64 - table.header().depth));
            Some((hash, table))
        })
    }

    /// Where this map's garbage goes.
    #[inline]
    pub(crate) fn domain(&self) -> &Domain {
        &self.domain
    }

    /// See [`Size`].
    pub(super) fn quarters(&self) -> u32 {
        self.quarters
    }

    /// See [`Stride`].
    pub(super) fn stride(&self) -> Stride {
        self.stride
    }

    /// The number of tables.
    pub(crate) fn table_count(&self) -> usize {
        self.tables.load(Ordering::Relaxed) // Relaxed: a statistic.
    }

    /// Bytes of the directory.
    pub(crate) fn directory_bytes(&self, guard: &Guard) -> usize {
        self.directory(guard).len() * size_of::<AtomicPtr<Bucket>>()
    }

    /// Whether splitting a table of this depth keeps the directory in proportion: hashes that hardly differ must not blow it up.
    pub(super) fn may_split(&self, depth: u32, guard: &Guard) -> bool {
        let directory = self.directory(guard);
        depth < directory.depth() || (depth < DEEPEST && directory.len() < self.table_count().saturating_mul(64))
    }

    /// Puts one or two tables in the place of a locked one, freezes it and retires it. The hash tells where it is.
    ///
    /// # Safety
    ///
    /// `parts` come from `alloc::allocate`, are not installed anywhere, and hold every entry of `old`; two parts have its depth and
    /// one, in the order of their hashes, one part has its depth.
    pub(super) unsafe fn install(
        &self,
        old: &LockedTable<'_>,
        hash: u64,
        parts: &[NonNull<Bucket>],
        guard: &Guard,
    ) -> Result<(), NoMemory> {
        let entered = self.growth.lock(thread_name(), &self.claims);
        let outcome = self.install_locked(old, hash, parts, guard);
        if entered != Entered::Nested {
            self.growth.unlock();
        }
        outcome?;
        let table = old.table();
        // SAFETY: frozen and out of the directory: only readers that already hold a guard can reach it, and nobody else retires it,
        // since writers that waited for its lock find it frozen. `alloc::free` fits.
        let item =
            unsafe { Retired::new(table.word().as_ptr().cast(), alloc::free, self.stride.extra(), table.bytes()) };
        self.domain.retire(item);
        Ok(())
    }

    fn install_locked(
        &self,
        old: &LockedTable<'_>,
        hash: u64,
        parts: &[NonNull<Bucket>],
        guard: &Guard,
    ) -> Result<(), NoMemory> {
        let depth = old.table().header().depth;
        if parts.len() == 2 && depth == self.directory(guard).depth() {
            self.double(guard)?;
        }
        let directory = self.directory(guard);
        let span = 1_usize << (directory.depth() - depth);
        let start = (hash >> directory.shift()) as usize & !(span - 1);
        // A reader in the old table sees its last state, which is the map's state when it is replaced below.
        old.table().header().lock.freeze();
        old.note_write();
        let each = span.checked_div(parts.len()).unwrap_or(span);
        // Last entry first: an iterator that meets the first part finds the second one, never again the table they came from.
        for (part, &word) in parts.iter().enumerate().rev() {
            for offset in (0..each).rev() {
                // Release: pairs with the Acquire in `Directory::table`: the table's contents come with it.
                directory.entry(start + part * each + offset).store(word.as_ptr(), Ordering::Release);
            }
        }
        self.tables.fetch_add(parts.len() - 1, Ordering::Relaxed); // Relaxed: a statistic.
        Ok(())
    }

    /// Doubles the directory. The growth lock is held.
    fn double(&self, guard: &Guard) -> Result<(), NoMemory> {
        let old = self.directory(guard);
        let new =
            Directory::allocate(old.depth() + 1, (self.quarters, self.stride), |index| old.table(index / 2).word())?;
        // Release: pairs with the Acquire in `directory`. A reader with the old directory began before this store; tables that it finds there
        // may be replaced later, and are then frozen in a state of its own interval.
        self.directory.store(new.word.as_ptr(), Ordering::Release);
        // SAFETY: unlinked above under the growth lock, so nobody else retires it; `free` fits.
        let item = unsafe { Retired::new(old.word.as_ptr().cast(), free, 0, old.len() * size_of::<usize>()) };
        self.domain.retire(item);
        Ok(())
    }

    /// Hands every payload to `release`, if there is one, and frees all tables.
    ///
    /// # Safety
    ///
    /// Nobody uses the map any more, and it is not used afterwards.
    pub(crate) unsafe fn destroy(&mut self, mut release: Option<impl FnMut(*mut ())>) {
        // Relaxed, here and below: exclusive access.
        let word = self.directory.load(Ordering::Relaxed);
        let Some(word) = NonNull::new(word) else { return };
        let directory = Directory { word, quarters: self.quarters, stride: self.stride, alive: PhantomData };
        let mut index = 0;
        while index < directory.len() {
            let table = directory.table(index);
            index += 1 << (directory.depth() - table.header().depth);
            if let Some(release) = &mut release {
                for (place, at) in table.entries() {
                    release(at.slot(place.lane).payload.load(Ordering::Relaxed));
                }
            }
            // SAFETY: in the directory, hence not retired; each table spans consecutive entries, so it comes up once.
            unsafe { alloc::free(table.word().as_ptr().cast(), self.stride.extra()) };
        }
        // SAFETY: the current directory is not retired; exclusive by the contract.
        unsafe { free(directory.word.as_ptr().cast(), 0) };
        self.directory.store(core::ptr::null_mut(), Ordering::Relaxed);
    }
}
