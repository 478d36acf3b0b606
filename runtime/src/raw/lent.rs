//! A table whose lock is lent while its holder runs a closure; see `lock`.

use super::claims::{Claimed, Claims};
use super::lock::{Lent, LockVersion};
use super::locked::{LockMode, LockedTable};
use super::table::Table;
use crate::epoch::thread_name;

/// The lock on a table, lent for the time of a closure. Dropped, also while a panic unwinds, it gives up the lock, or the claim that came to stand for it.
pub(crate) struct LentTable<'g> {
    table: Table<'g>,
    lent: Lent,
    claims: &'g Claims,
    key: u64,
}

impl<'g> LentTable<'g> {
    /// As [`LockedTable::enter_if`], lent at once.
    #[inline]
    pub(crate) fn enter_if(table: Table<'g>, look: LockVersion, claims: &'g Claims, key: u64) -> Option<Self> {
        let lent = table.header().lock.lock_if_lending(look, thread_name(), key)?;
        Some(Self { table, lent, claims, key })
    }

    /// The lock, as it was lent; or the claim on the key, where another took the lock over.
    #[inline]
    pub(crate) fn take_back(self) -> Result<LockedTable<'g>, Claimed<'g>> {
        let (table, claims, key) = (self.table, self.claims, self.key);
        let is_back = self.end();
        core::mem::forget(self); // Ended here.
        if is_back {
            Ok(LockedTable { table, mode: LockMode::Owned })
        } else {
            Err(Claimed::of(claims, key, thread_name()))
        }
    }

    #[inline]
    fn end(&self) -> bool {
        self.table.header().lock.take_back(self.lent, thread_name())
    }
}

impl Drop for LentTable<'_> {
    fn drop(&mut self) {
        if self.end() {
            self.table.header().lock.unlock();
        } else {
            drop(Claimed::of(self.claims, self.key, thread_name()));
        }
    }
}

impl<'g> LockedTable<'g> {
    /// Lends the lock for the time of a closure. Not where a caller further up the stack holds it: then closures run under it.
    pub(crate) fn lend(self, claims: &'g Claims, key: u64) -> Result<LentTable<'g>, Self> {
        if self.mode != LockMode::Owned {
            return Err(self);
        }
        let table = self.table;
        core::mem::forget(self); // Still locked: the lent table unlocks.
        Ok(LentTable { table, lent: table.header().lock.lend(thread_name(), key), claims, key })
    }
}
