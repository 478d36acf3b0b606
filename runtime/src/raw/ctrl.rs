//! Control words: seven tags and an overflow byte in one `u64`, and the arithmetic on them. Plain values: who publishes a word, and
//! with which ordering, is the bucket's matter.
//!
//! A tag is `0x80 | 7 bits of the hash` for a full slot, or `EMPTY`. The top byte belongs to the bucket: a shared table keeps one bit per class of hashes that went on to the next bucket, [`crate::FixedMap`] a count.

/// Slots in a bucket.
pub(crate) const LANES: usize = if cfg!(auditor_loom) { 2 } else { 7 };

/// The tag of a slot that was never used, or may be used again.
pub(crate) const EMPTY: u8 = 0;
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", not(miri))))]
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;
/// The bytes that are slots.
const SLOTS: u64 = (1 << (8 * LANES)) - 1;

/// The tag of a full slot. Its bits lie between the bucket's (low) and the directory's (high).
#[inline]
pub(crate) fn tag(hash: u64) -> u8 {
    0x80 | (hash >> 33) as u8
}

/// A control word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ctrl(pub(crate) u64);

/// Lanes of a control word, lowest first.
#[derive(Clone, Copy)]
pub(crate) struct Lanes(u64);

impl Iterator for Lanes {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let lane = (self.0.trailing_zeros() / 8) as usize;
        self.0 &= self.0.wrapping_sub(1);
        Some(lane)
    }
}

/// Lanes as one bit each, lowest first.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
#[derive(Clone, Copy)]
pub(crate) struct Candidates(u32);

#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
impl Iterator for Candidates {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let lane = self.0.trailing_zeros() as usize;
        self.0 &= self.0.wrapping_sub(1);
        Some(lane)
    }
}

impl Ctrl {
    /// Full slots that hold this tag.
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
    #[inline]
    pub(crate) fn candidates(self, tag: u8) -> Candidates {
        use core::arch::x86_64::{_mm_cmpeq_epi8, _mm_cvtsi64_si128, _mm_movemask_epi8, _mm_set1_epi8};
        // SAFETY: SSE2 is enabled for the whole build (the cfg above); plain values in, plain values out. (Newer compilers ask for no `unsafe`.)
        #[allow(unused_unsafe)]
        let equal =
            unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_cvtsi64_si128(self.0 as i64), _mm_set1_epi8(tag as i8))) };
        Candidates(equal as u32 & ((1 << LANES) - 1))
    }

    /// Full slots that may hold this tag: all that do, and sometimes one more whose tag differs in the lowest bit.
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", not(miri))))]
    #[inline]
    pub(crate) fn candidates(self, tag: u8) -> Lanes {
        let differs = self.0 ^ ONES.wrapping_mul(u64::from(tag));
        Lanes(differs.wrapping_sub(ONES) & !differs & HIGHS & SLOTS)
    }

    /// All full slots: the occupancy bitmap.
    #[inline]
    pub(crate) fn full(self) -> Lanes {
        Lanes(self.0 & HIGHS & SLOTS)
    }

    /// All empty slots.
    #[inline]
    pub(crate) fn empty(self) -> Lanes {
        Lanes(!self.0 & HIGHS & SLOTS)
    }

    /// The first empty slot.
    #[inline]
    pub(crate) fn first_empty(self) -> Option<usize> {
        self.empty().next()
    }

    /// The word with another tag in one lane.
    #[inline]
    pub(crate) fn with_tag(self, lane: usize, tag: u8) -> Self {
        let shift = 8 * lane;
        Self((self.0 & !(0xff << shift)) | (u64::from(tag) << shift))
    }

    /// The word with a tag in a lane that is empty.
    #[inline]
    pub(crate) fn with_empty_tagged(self, lane: usize, tag: u8) -> Self {
        Self(self.0 | (u64::from(tag) << (8 * lane)))
    }

    /// The bucket's byte.
    #[inline]
    pub(crate) fn overflow(self) -> u8 {
        (self.0 >> 56) as u8
    }

    /// The word with another bucket byte.
    #[inline]
    pub(crate) fn with_overflow(self, byte: u8) -> Self {
        Self((self.0 & (u64::MAX >> 8)) | (u64::from(byte) << 56))
    }
}

/// A hash's class: one of eight.
#[cfg(feature = "std")]
#[inline]
pub(crate) fn class(hash: u64) -> u32 {
    ((hash >> 41) & 7) as u32
}

/// The overflow bit of a hash's class.
#[cfg(feature = "std")]
#[inline]
pub(crate) fn overflow_bit(hash: u64) -> u8 {
    1 << class(hash)
}

#[cfg(all(test, not(auditor_loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tags() -> impl Strategy<Value = [u8; LANES]> {
        proptest::array::uniform7(prop_oneof![Just(EMPTY), 0x80_u8..=0xff])
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 8 } else { 256 }, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn words_answer_as_arrays_of_tags_do(tags in tags(), byte: u8, wanted in 0x80_u8..=0xff) {
            let mut word = Ctrl(0).with_overflow(byte);
            for (lane, &tag) in tags.iter().enumerate() {
                word = word.with_tag(lane, tag);
            }
            prop_assert_eq!(word.overflow(), byte);
            prop_assert_eq!(word.first_empty(), tags.iter().position(|&tag| tag == EMPTY));
            prop_assert_eq!(word.empty().count(), tags.iter().filter(|&&tag| tag == EMPTY).count());
            prop_assert_eq!(word.full().count(), tags.iter().filter(|&&tag| tag >= 0x80).count());
            let candidates: Vec<usize> = word.candidates(wanted).collect();
            for (lane, &tag) in tags.iter().enumerate() {
                if tag == wanted {
                    prop_assert!(candidates.contains(&lane));
                }
                if candidates.contains(&lane) {
                    prop_assert!(tag >= 0x80, "a slot that is not full must never be looked at");
                }
            }
        }
    }
}
