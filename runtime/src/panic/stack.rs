//! Return addresses of the panicking thread, without allocation and without a lock of ours. Symbols are `symbols.rs`.

#[cfg(not(miri))]
use std::ffi::c_void;

/// Most frames kept; what is deeper is counted, not kept.
pub(crate) const FRAMES: usize = 48;

/// Most frames walked: a corrupt stack must not keep the hook.
#[cfg(not(miri))]
const WALKED: usize = 1024;

/// The stack at one moment, innermost frame first.
pub(crate) struct Stack {
    frames: [usize; FRAMES],
    depth: usize,
}

#[cfg(not(miri))]
unsafe extern "C-unwind" {
    // Itanium C++ ABI, level 1: std itself unwinds through these, so they are linked into every program that uses std.
    fn _Unwind_Backtrace(step: extern "C" fn(*mut c_void, *mut c_void) -> i32, argument: *mut c_void) -> i32;
}

#[cfg(not(miri))]
unsafe extern "C" {
    fn _Unwind_GetIP(context: *mut c_void) -> usize;
}

impl Stack {
    /// Walks this thread's stack. Where the platform has no unwinder (Miri), the depth is zero.
    ///
    /// The unwinder finds a frame's tables by `_dl_find_object`, which takes no lock (glibc 2.35 and libgcc 12, or
    /// newer); older ones take the loader's lock, as the unwinding that follows the hook does anyway.
    #[inline(never)]
    pub(crate) fn capture() -> Self {
        #[cfg_attr(miri, allow(unused_mut))]
        let mut stack = Self { frames: [0; FRAMES], depth: 0 };
        #[cfg(not(miri))]
        {
            let argument: *mut Self = &raw mut stack;
            // SAFETY: `step` reads its second argument as the `Stack` behind `argument`: aligned and of its size because
            // it comes from one, alive and not otherwise used until the call returns, and the call does not keep it.
            unsafe { _Unwind_Backtrace(step, argument.cast()) };
        }
        stack
    }

    /// The kept frames, innermost first.
    pub(crate) fn frames(&self) -> impl Iterator<Item = usize> {
        self.frames.iter().copied().take(self.depth)
    }

    /// How many frames the stack has, kept or not.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }
}

#[cfg(not(miri))]
extern "C" fn step(context: *mut c_void, argument: *mut c_void) -> i32 {
    const GO_ON: i32 = 0;
    const STOP: i32 = 5;
    // SAFETY: `argument` is what `capture` gave the unwinder: a valid, aligned, live `Stack` that only this call uses.
    let stack = unsafe { &mut *argument.cast::<Stack>() };
    // SAFETY: `context` is the unwinder's own, valid for the length of this call.
    let address = unsafe { _Unwind_GetIP(context) };
    if address == 0 || stack.depth >= WALKED {
        return STOP;
    }
    if let Some(slot) = stack.frames.get_mut(stack.depth) {
        *slot = address;
    }
    stack.depth = stack.depth.saturating_add(1);
    GO_ON
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::{FRAMES, Stack};

    #[inline(never)]
    fn deeper(levels: usize) -> Stack {
        let stack = if levels == 0 { Stack::capture() } else { deeper(levels - 1) };
        std::hint::black_box(&stack);
        stack
    }

    #[test]
    fn depth_grows_with_the_calls_and_the_kept_frames_are_capped() {
        let shallow = Stack::capture();
        let deep = deeper(100);
        assert!(shallow.depth() >= 3, "{}", shallow.depth());
        assert!(deep.depth() >= shallow.depth() + 100, "{} {}", shallow.depth(), deep.depth());
        assert_eq!(deep.frames().count(), FRAMES);
        assert!(deep.frames().all(|address| address != 0));
    }
}
