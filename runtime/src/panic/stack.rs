//! One walk over the panicking thread's stack, without allocation and without a lock of ours: return addresses, who will catch the panic,
//! and whether an earlier one is still in flight. Symbols are `symbols.rs`.

#[cfg(not(miri))]
use std::ffi::c_void;

#[cfg(not(miri))]
use super::lsda::{EhAction, action};

/// Most frames kept; what is deeper is counted, not kept.
pub(crate) const FRAMES: usize = 48;

/// Most frames walked: a corrupt stack must not keep the hook.
#[cfg(not(miri))]
const WALKED: usize = 1024;

/// How many panics of one thread can be told apart while they are in flight; a destructor's panic during unwinding ends the process unless
/// it is caught inside it, so more than two are rare.
pub(crate) const IN_FLIGHT: usize = 4;

/// How a panic will end, as the tables of the frames on its way say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// A `catch_unwind` takes it.
    Caught,
    /// The outermost `catch_unwind` of the main thread takes it: that around `main`.
    CaughtLast,
    /// It reaches a destructor during unwinding, a function that must not unwind, or the stack's end: the process ends.
    Aborts,
    /// The walk did not come so far, or the tables are unknown here (32-bit ARM, Miri).
    Unknown,
}

/// Frames as a set, by their place and their function: a Bloom filter, so that it takes no more room for a deep stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameSet([u64; 8]);

impl FrameSet {
    pub(crate) const EMPTY: Self = Self([0; 8]);

    /// Two bits of 512: for the dozens of frames between a panic and its handler a wrong yes is a matter of one in a hundred, and it
    /// is asked of frames alone that run destructors or may not unwind.
    fn places(frame: usize, function: usize) -> [(usize, u64); 2] {
        let mixed = (u64::try_from(frame).unwrap_or(0) ^ u64::try_from(function).unwrap_or(0).rotate_left(32))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        [mixed >> 55, (mixed >> 40) & 511].map(|bit| {
            (usize::try_from(bit >> 6).unwrap_or(0), 1_u64.wrapping_shl(u32::try_from(bit & 63).unwrap_or(0)))
        })
    }

    fn insert(&mut self, frame: usize, function: usize) {
        for (word, bit) in Self::places(frame, function) {
            if let Some(word) = self.0.get_mut(word) {
                *word |= bit;
            }
        }
    }

    fn contains(&self, frame: usize, function: usize) -> bool {
        Self::places(frame, function)
            .into_iter()
            .all(|(word, bit)| self.0.get(word).is_some_and(|word| word & bit != 0))
    }
}

/// The stack at one moment, innermost frame first.
pub(crate) struct Stack {
    frames: [usize; FRAMES],
    depth: usize,
    fate: Fate,
    /// The frames that the panic will pass, up to the one that handles it.
    passed: FrameSet,
    on_main: bool,
    /// What earlier panics of this thread were to pass, and which of these are still on their way.
    earlier: Option<[FrameSet; IN_FLIGHT]>,
    in_flight: [bool; IN_FLIGHT],
}

#[cfg(not(miri))]
unsafe extern "C-unwind" {
    // Itanium C++ ABI, level 1: std itself unwinds through these, so they are linked into every program that uses std.
    fn _Unwind_Backtrace(step: extern "C" fn(*mut c_void, *mut c_void) -> i32, argument: *mut c_void) -> i32;
}

#[cfg(not(miri))]
unsafe extern "C" {
    fn _Unwind_GetIP(context: *mut c_void) -> usize;
    fn _Unwind_GetCFA(context: *mut c_void) -> usize;
    fn _Unwind_GetRegionStart(context: *mut c_void) -> usize;
    fn _Unwind_GetLanguageSpecificData(context: *mut c_void) -> *mut c_void;
}

/// Whether functions have their tables in the form that `lsda.rs` reads.
#[cfg(not(miri))]
const HAS_TABLES: bool = cfg!(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"));

#[cfg(not(miri))]
const GO_ON: i32 = 0;
#[cfg(not(miri))]
const END_OF_STACK: i32 = 5;

impl Stack {
    /// Walks this thread's stack; `earlier` is what its earlier panics were to pass, where there may be some in flight, `on_main` whether it
    /// is the thread of `main`: only there the last to catch is looked for. Where the platform has no unwinder (Miri), the depth is zero.
    ///
    /// The unwinder finds a frame's tables by `_dl_find_object`, which takes no lock (glibc 2.35 and libgcc 12, or
    /// newer); older ones take the loader's lock, as the unwinding that follows the hook does anyway.
    #[inline(never)]
    pub(crate) fn capture(earlier: Option<[FrameSet; IN_FLIGHT]>, on_main: bool) -> Self {
        #[cfg_attr(miri, allow(unused_mut))]
        let mut stack = Self {
            frames: [0; FRAMES],
            depth: 0,
            fate: Fate::Unknown,
            passed: FrameSet::EMPTY,
            on_main,
            earlier,
            in_flight: [false; IN_FLIGHT],
        };
        #[cfg(not(miri))]
        {
            let argument: *mut Self = &raw mut stack;
            // SAFETY: `step` reads its second argument as the `Stack` behind `argument`: aligned and of its size because
            // it comes from one, alive and not otherwise used until the call returns, and the call does not keep it.
            let ended = unsafe { _Unwind_Backtrace(step, argument.cast()) };
            // Nobody handles it: raising it will fail, and std ends the process.
            if HAS_TABLES && ended == END_OF_STACK && stack.fate == Fate::Unknown && stack.depth < WALKED {
                stack.fate = Fate::Aborts;
            }
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

    pub(crate) fn fate(&self) -> Fate {
        self.fate
    }

    /// The frames that this panic will pass.
    pub(crate) fn passed(&self) -> FrameSet {
        self.passed
    }

    /// For each earlier panic, whether it is still in flight; none where the tables are unknown.
    pub(crate) fn in_flight(&self) -> Option<[bool; IN_FLIGHT]> {
        (self.fate != Fate::Unknown).then_some(self.in_flight)
    }

    /// Whether the next frame's table has still something to say.
    #[cfg(not(miri))]
    fn asks_on(&self) -> bool {
        matches!(self.fate, Fate::Unknown | Fate::CaughtLast) || self.earlier.is_some()
    }

    /// Takes in the next frame, whose caller-side address is `frame`.
    #[cfg(not(miri))]
    fn pass(&mut self, action: EhAction, frame: usize, function: usize) {
        match (action, self.fate) {
            (EhAction::None | EhAction::Cleanup, Fate::Unknown) => self.passed.insert(frame, function),
            (EhAction::Catch, Fate::Unknown) if self.on_main => self.fate = Fate::CaughtLast,
            (EhAction::Catch, Fate::Unknown) => self.fate = Fate::Caught,
            (EhAction::Catch, Fate::CaughtLast) => self.fate = Fate::Caught,
            (EhAction::Terminate, Fate::Unknown) => self.fate = Fate::Aborts,
            _ => {}
        }
        // A frame at a call that must not unwind is either a function of another ABI, or it runs a destructor while a panic unwinds it.
        // The second it is where that panic was to pass it, at this same place of the stack, by a call that could unwind.
        if action == EhAction::Terminate {
            for (earlier, in_flight) in self.earlier.iter().flatten().zip(&mut self.in_flight) {
                *in_flight |= earlier.contains(frame, function);
            }
        }
    }
}

#[cfg(not(miri))]
extern "C" fn step(context: *mut c_void, argument: *mut c_void) -> i32 {
    // SAFETY: `argument` is what `capture` gave the unwinder: a valid, aligned, live `Stack` that only this call uses.
    let stack = unsafe { &mut *argument.cast::<Stack>() };
    // SAFETY: `context` is the unwinder's own, valid for the length of this call.
    let address = unsafe { _Unwind_GetIP(context) };
    if address == 0 || stack.depth >= WALKED {
        return END_OF_STACK;
    }
    if let Some(slot) = stack.frames.get_mut(stack.depth) {
        *slot = address;
    }
    stack.depth = stack.depth.saturating_add(1);
    if HAS_TABLES && stack.asks_on() {
        // SAFETY: `context` as above.
        let (frame, start, lsda) = unsafe {
            (_Unwind_GetCFA(context), _Unwind_GetRegionStart(context), _Unwind_GetLanguageSpecificData(context))
        };
        // SAFETY: the unwinder gives the table of the function that starts at `start`; the personalities of Rust and C++, the only ones
        // that a Rust program is linked with on these systems, read this format.
        let action = unsafe { action(lsda.cast_const().cast(), start, address) };
        stack.pass(action, frame, start);
    }
    GO_ON
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::{FRAMES, Fate, Stack};
    use std::panic::catch_unwind;

    #[inline(never)]
    fn deeper(levels: usize) -> Stack {
        let stack = if levels == 0 { Stack::capture(None, true) } else { deeper(levels - 1) };
        std::hint::black_box(&stack);
        stack
    }

    #[test]
    fn depth_grows_with_the_calls_and_the_kept_frames_are_capped() {
        let shallow = Stack::capture(None, true);
        let deep = deeper(100);
        assert!(shallow.depth() >= 3, "{}", shallow.depth());
        assert!(deep.depth() >= shallow.depth() + 100, "{} {}", shallow.depth(), deep.depth());
        assert_eq!(deep.frames().count(), FRAMES);
        assert!(deep.frames().all(|address| address != 0));
    }

    #[inline(never)]
    extern "C" fn must_not_unwind() -> u8 {
        u8::from(deeper(3).fate() == Fate::Aborts)
    }

    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))]
    #[test]
    fn the_frame_that_will_handle_a_panic_is_found() {
        let caught = catch_unwind(|| deeper(3).fate()).expect("no panic");
        assert_eq!(caught, Fate::Caught, "the test's thread has another catch further out");
        let thread = std::thread::Builder::new().spawn(|| deeper(3).fate()).expect("started").join().expect("no panic");
        assert!(matches!(thread, Fate::Caught | Fate::CaughtLast), "{thread:?}");
        assert_eq!(must_not_unwind(), 1);
        assert_eq!(catch_unwind(|| must_not_unwind()).expect("no panic"), 1);
    }
}
