//! Guards: what keeps a domain's objects alive for the thread that holds one.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;

use super::domain::Domain;
use super::place;
use super::record::{Owner, Record};

/// While it lives, nothing its thread can reach in its domain is freed. Not `Send`: the record belongs to the thread.
pub(crate) struct Guard {
    record: &'static Record,
    _thread: PhantomData<*mut ()>,
}

impl Clone for Guard {
    #[inline]
    fn clone(&self) -> Self {
        self.record.enter_again();
        Self { record: self.record, _thread: PhantomData }
    }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        if self.record.leave() && self.record.owner.get() == Owner::Guard {
            place::left(self.record);
        }
    }
}

/// As long as it lives, a guard that costs two stores less. It stays in the call that made it, and ends before those made earlier.
pub(crate) struct Scope {
    /// Not dropped: it never entered.
    guard: ManuallyDrop<Guard>,
    outermost: bool,
}

impl Deref for Scope {
    type Target = Guard;

    #[inline]
    fn deref(&self) -> &Guard {
        &self.guard
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        if self.outermost && self.guard.record.leave_scope() && self.guard.record.owner.get() == Owner::Guard {
            place::left(self.guard.record);
        }
    }
}

/// The usual scope, entered at once: this thread holds nothing else.
pub(crate) struct Quick(ManuallyDrop<Guard>);

impl Deref for Quick {
    type Target = Guard;

    #[inline]
    fn deref(&self) -> &Guard {
        &self.0
    }
}

impl Drop for Quick {
    #[inline]
    fn drop(&mut self) {
        self.0.record.leave_scope();
    }
}

impl Domain {
    /// Enters for the time of a call, if that takes no more than two stores: otherwise the caller takes its longer way with [`scope`](Self::scope).
    #[inline]
    pub(crate) fn quick(&self) -> Option<Quick> {
        let record = place::current_if_any();
        if record.enter_quick(self) {
            Some(Quick(ManuallyDrop::new(Guard { record, _thread: PhantomData })))
        } else {
            None
        }
    }

    /// Enters. None where this thread cannot for want of memory.
    #[inline]
    pub(crate) fn try_pin(&self) -> Option<Guard> {
        let record = place::record_for(self)?;
        record.enter(self);
        Some(Guard { record, _thread: PhantomData })
    }

    /// Enters.
    #[inline]
    pub(crate) fn pin(&self) -> Guard {
        self.try_pin().unwrap_or_else(|| place::no_record())
    }

    /// Enters for the time of a call.
    #[inline]
    pub(crate) fn scope(&self) -> Scope {
        let record = place::record_for(self).unwrap_or_else(|| place::no_record());
        let outermost = record.enter_scope(self);
        Scope { guard: ManuallyDrop::new(Guard { record, _thread: PhantomData }), outermost }
    }
}

/// Names the calling thread, among those that run, to locks. Never zero.
#[inline]
pub(crate) fn thread_name() -> usize {
    place::thread_name()
}
