//! The two halves of an asymmetric fence: nothing for readers, membarrier(2) for collectors; or a sequentially consistent fence for both.

use crate::sync::atomic::{Ordering, fence};

/// True where readers must fence themselves. Fixed for the life of a process at first use.
pub(super) fn symmetric() -> bool {
    kernel::symmetric()
}

/// True where readers fence themselves in every process of this build.
pub(super) const ALWAYS_SYMMETRIC: bool = cfg!(any(not(target_os = "linux"), auditor_loom, shuttle, miri, tsan));

/// The reader's half: orders its record before its loads, with respect to [`heavy`].
#[inline]
pub(super) fn light(symmetric: bool) {
    if symmetric {
        // SeqCst: pairs with the fence in `heavy`.
        fence(Ordering::SeqCst);
    } else {
        // SeqCst: for the compiler alone; the processor's part is done by membarrier in `heavy`.
        core::sync::atomic::compiler_fence(Ordering::SeqCst);
    }
}

/// The collector's half. False when the kernel refused: then nothing was ordered, and nothing may be freed.
#[must_use]
pub(super) fn heavy(symmetric: bool) -> bool {
    // SeqCst: pairs with the fence in `light`.
    fence(Ordering::SeqCst);
    symmetric || kernel::membarrier()
}

#[cfg(all(target_os = "linux", not(any(auditor_loom, shuttle, miri, tsan))))]
mod kernel {
    use std::sync::OnceLock;

    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;
    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;

    fn call(command: libc::c_int) -> bool {
        // SAFETY: membarrier takes three integers and touches no memory of ours; an unknown command returns -1.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    pub(super) fn symmetric() -> bool {
        static SYMMETRIC: OnceLock<bool> = OnceLock::new();
        // Both must work: a seccomp filter may let the registration through and refuse the barrier.
        *SYMMETRIC.get_or_init(|| !(call(REGISTER_PRIVATE_EXPEDITED) && call(PRIVATE_EXPEDITED)))
    }

    pub(super) fn membarrier() -> bool {
        call(PRIVATE_EXPEDITED)
    }
}

#[cfg(not(all(target_os = "linux", not(any(auditor_loom, shuttle, miri, tsan)))))]
mod kernel {
    pub(super) fn symmetric() -> bool {
        true
    }

    pub(super) fn membarrier() -> bool {
        false
    }
}
