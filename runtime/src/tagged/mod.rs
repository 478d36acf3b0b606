//! Pointers with something beside the address: flags in the low bits, versions against ABA, and a stack built on versions.
//! No allocation, no std.
//!
//! Low alignment bits are for **flags**. As a version they wrap too soon to prevent ABA (a compare-exchange that succeeds although the
//! pointer went away and came back meanwhile):
//!
//! | where the version lives | bits | wraps after | at 100 million updates a second |
//! | --- | --- | --- | --- |
//! | low bits of an 8-byte aligned pointer | 3 | 8 updates | 80 ns |
//! | low bits of a cache line (128 bytes) | 7 | 128 updates | 1.3 µs |
//! | high 16 bits of an x86-64 address | 16 | 65,536 updates | 0.7 ms |
//! | beside a 32-bit index ([`VersionedIndex`], [`TreiberStack`]) | 32 | 4.3 billion updates | 43 s |
//! | beside a pointer, 128 bits ([`VersionedPtr`]) | 64 | never | 5,800 years |
//!
//! A version does not make it safe to *read through* a pointer whose target may have been freed: the target must be type-stable, as the
//! nodes of [`TreiberStack`] are, or protected by other means.

mod flags;
mod stack;
mod versioned;

pub use flags::TaggedPtr;
pub use stack::TreiberStack;
pub use versioned::{Versioned, VersionedIndex, VersionedPtr};
