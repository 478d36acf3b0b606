//! Records on their way from panicking threads to the pushing one: a fixed number of places, no lock, no allocation.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::panic::line::LINE_CAP;

/// How many records can wait at once.
const PLACES: usize = 16;

const FREE: u64 = 0;
const TAKEN: u64 = 1;
const FULL: u64 = 2;

/// One record, and when its panic was.
#[derive(Clone, Copy)]
struct Letter {
    unix_ns: u64,
    len: usize,
    bytes: [u8; LINE_CAP],
}

struct Place {
    /// The process that changed it last, and its state: high and low half. What a parent left in a forked child is free there: the parent
    /// sends its own records, and the thread that had taken a place is not in the child.
    state: AtomicU64,
    letter: UnsafeCell<Letter>,
}

/// The places.
pub(crate) struct Outbox {
    places: [Place; PLACES],
}

// SAFETY: a letter is touched only by the thread whose exchange made its place `TAKEN`, from that exchange (Acquire) to the store that
// ends it (Release), so accesses by different threads follow one another.
unsafe impl Sync for Outbox {}

/// The process's outbox: there is one hook.
pub(crate) static OUTBOX: Outbox = Outbox::new();

impl Outbox {
    pub(crate) const fn new() -> Self {
        const EMPTY: Letter = Letter { unix_ns: 0, len: 0, bytes: [0; LINE_CAP] };
        Self { places: [const { Place { state: AtomicU64::new(FREE), letter: UnsafeCell::new(EMPTY) } }; PLACES] }
    }

    /// Leaves a copy of `line` for the pushing thread. False where all places are taken.
    pub(crate) fn put(&self, line: &[u8], unix_ns: u64) -> bool {
        self.places.iter().any(|place| {
            let put = place.take(FREE, |letter| {
                letter.unix_ns = unix_ns;
                letter.len = line.len().min(LINE_CAP);
                for (to, from) in letter.bytes.iter_mut().zip(line) {
                    *to = *from;
                }
            });
            if put.is_some() {
                place.end(FULL);
            }
            put.is_some()
        })
    }

    /// Gives `send` all records that wait, oldest first, as their time and text. Where it fails, they wait for the next time.
    pub(crate) fn empty<E>(&self, send: impl FnOnce(&[(u64, String)]) -> Result<(), E>) -> Result<(), E> {
        let (mut places, mut records) = (Vec::new(), Vec::new());
        for place in &self.places {
            let text = |letter: &mut Letter| {
                let bytes = letter.bytes.get(..letter.len).unwrap_or(&[]);
                (letter.unix_ns, String::from_utf8_lossy(bytes).into_owned())
            };
            if let Some(record) = place.take(FULL, text) {
                records.push(record);
                places.push(place);
            }
        }
        records.sort_unstable();
        let sent = if records.is_empty() { Ok(()) } else { send(&records) };
        for place in places {
            place.end(if sent.is_ok() { FREE } else { FULL });
        }
        sent
    }
}

impl Place {
    /// Runs `work` on the letter if the place is in state `from`; [`end`](Self::end) must follow.
    fn take<R>(&self, from: u64, work: impl FnOnce(&mut Letter) -> R) -> Option<R> {
        // Relaxed: pairs with the exchange below, which decides.
        let word = self.state.load(Ordering::Relaxed);
        let state = if word >> 32 == own(FREE) >> 32 { word & u64::from(u32::MAX) } else { FREE };
        if state != from {
            return None;
        }
        // Acquire: pairs with the Release in `end`. Relaxed on failure: nothing is read.
        self.state.compare_exchange(word, own(TAKEN), Ordering::Acquire, Ordering::Relaxed).ok()?;
        // SAFETY: the exchange made this thread the only one that touches the letter until `end`.
        Some(work(unsafe { &mut *self.letter.get() }))
    }

    fn end(&self, to: u64) {
        // Release: pairs with the Acquire in `take`.
        self.state.store(own(to), Ordering::Release);
    }
}

/// A state of this process's.
fn own(state: u64) -> u64 {
    u64::from(std::process::id()).wrapping_shl(32) | state
}

#[cfg(test)]
mod tests {
    use super::{Outbox, PLACES};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    #[test]
    fn what_waits_is_bounded_kept_while_sending_fails_and_sent_oldest_first() {
        let outbox = Box::new(Outbox::new());
        for n in 0..PLACES as u64 {
            assert!(outbox.put(format!("record {n}").as_bytes(), 100 - n));
        }
        assert!(!outbox.put(b"one too many", 0));
        assert_eq!(outbox.empty(|records| if records.len() == PLACES { Err("no") } else { Ok(()) }), Err("no"));
        assert!(!outbox.put(b"still full", 0));
        let sent = outbox.empty(|records| {
            assert!(records.is_sorted() && records[0].1 == "record 15", "{records:?}");
            Ok::<(), ()>(())
        });
        assert_eq!(sent, Ok(()));
        assert_eq!(outbox.empty(|_| Err("nothing waits, nothing is sent")), Ok(()));
        assert!(outbox.put(b"free again", 0));
    }

    #[test]
    fn each_record_that_was_taken_is_sent_once_and_whole() {
        let outbox = Box::new(Outbox::new());
        let (put, sent, left) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(4));
        thread::scope(|scope| {
            for name in 0..4_u64 {
                let (outbox, put, left) = (&outbox, &put, &left);
                scope.spawn(move || {
                    for n in 0..if cfg!(miri) { 20 } else { 2_000 } {
                        let line = format!("{name}-{n}").repeat(30);
                        put.fetch_add(usize::from(outbox.put(line.as_bytes(), n)), Ordering::Relaxed);
                    }
                    left.fetch_sub(1, Ordering::Release);
                });
            }
            scope.spawn(|| {
                loop {
                    let last = left.load(Ordering::Acquire) == 0;
                    let emptied = outbox.empty(|records| {
                        for (_, text) in records {
                            assert_eq!(text.len() % 30, 0);
                            assert_eq!(text[..text.len() / 30].repeat(30), *text, "one record, whole");
                        }
                        sent.fetch_add(records.len(), Ordering::Relaxed);
                        Ok::<(), ()>(())
                    });
                    assert_eq!(emptied, Ok(()));
                    if last {
                        break;
                    }
                }
            });
        });
        assert_eq!(put.load(Ordering::Relaxed), sent.load(Ordering::Relaxed));
        assert!(put.load(Ordering::Relaxed) > 0);
    }
}
