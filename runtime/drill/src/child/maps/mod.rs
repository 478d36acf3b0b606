//! Every map of the runtime against a model: what is read back, iterated, retained, drained and counted is what was written. Which maps
//! there are is `subjects.rs`; what they keep alive that they should not is `memory.rs`. Chaos has a file of its own.

mod memory;
mod subjects;

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::random::Random;
use super::say;

pub(super) use memory::run as memory;

/// A map as the drill sees it: numbers in, numbers out. Each subject makes of them the keys and values that it stores; what a map cannot
/// do is `None`, and is not asked for again.
trait Subject: Sync {
    fn new() -> Self;
    /// Gives what was there before.
    fn insert(&self, key: u64, value: u64) -> Option<u64>;
    fn remove(&self, key: u64) -> Option<u64>;
    fn get(&self, key: u64) -> Option<u64>;
    fn pairs(&self) -> Option<Vec<(u64, u64)>>;
    fn len(&self) -> usize;

    fn get_or_insert(&self, _key: u64, _value: u64) -> Option<u64> {
        None
    }
    /// Adds to the value, where there is one, and gives the sum.
    fn update(&self, _key: u64, _add: u64) -> Option<Option<u64>> {
        None
    }
    fn upsert(&self, _key: u64, _add: u64, _value: u64) -> Option<u64> {
        None
    }
    /// Removes the key where its value is odd.
    fn remove_if_odd(&self, _key: u64) -> Option<Option<u64>> {
        None
    }
    /// Keeps what has an even value.
    fn retain_even(&self) -> Option<()> {
        None
    }
    fn drain(&self) -> Option<Vec<(u64, u64)>> {
        None
    }
    fn clear(&self) -> Option<()> {
        None
    }
    /// The pairs with keys in a range, in order.
    fn range(&self, _from: u64, _to: u64) -> Option<Vec<(u64, u64)>> {
        None
    }
}

/// Keys of one thread. With four threads the maps split and grow; and the fixed ones, which hold all of them, are nearly full.
const KEYS: u64 = 700;

/// Threads on one map.
const THREADS: u64 = 4;

/// Operations of one thread in one round.
const OPERATIONS: u64 = 6_000;

/// What was found wrong, and how much was asked.
#[derive(Default)]
struct Tally {
    operations: u64,
    wrong: u64,
}

impl Tally {
    fn expect<T: PartialEq>(&mut self, found: Option<T>, expected: T) {
        // What a map cannot do is not counted.
        if let Some(found) = found {
            self.operations = self.operations.saturating_add(1);
            self.wrong = self.wrong.saturating_add(u64::from(found != expected));
        }
    }
}

/// Rounds of all subjects for `AUDITOR_DRILL_SECONDS`, at least one of each; says what each one did.
pub(super) fn run() {
    let seconds = std::env::var("AUDITOR_DRILL_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let start = Instant::now();
    let mut rounds = 0_u64;
    let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
    while rounds == 0 || start.elapsed() < Duration::from_secs(seconds) {
        for (name, round) in subjects::ALL {
            let found = round(rounds);
            let tally = tallies.entry(name).or_default();
            tally.operations = tally.operations.saturating_add(found.operations);
            tally.wrong = tally.wrong.saturating_add(found.wrong);
        }
        rounds = rounds.saturating_add(1);
    }
    for (name, tally) in &tallies {
        say!("operations_of_{name} {}", tally.operations);
        say!("wrong_of_{name} {}", tally.wrong);
    }
    say!("rounds {rounds}");
    say!("subjects {}", tallies.len());
}

/// One round of one kind of map: threads that each own their keys, then, at rest, the map as a whole.
fn round<S: Subject>(number: u64) -> Tally {
    let map = S::new();
    let gate = Barrier::new(usize::try_from(THREADS).unwrap_or(1));
    // auditor: allow(panicking-api) a thread that panics ends the drill's child, and the drill sees it
    let parts: Vec<(Tally, BTreeMap<u64, u64>)> = thread::scope(|scope| {
        let (map, gate) = (&map, &gate);
        let work = move |thread: u64| {
            gate.wait();
            share(map, thread, number)
        };
        let started: Vec<_> = (0..THREADS)
            .filter_map(|thread| thread::Builder::new().spawn_scoped(scope, move || work(thread)).ok())
            .collect();
        started.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mut tally = Tally::default();
    // A thread that panicked or was refused is an answer that is missing.
    tally.expect(Some(parts.len()), usize::try_from(THREADS).unwrap_or(1));
    let mut expected = BTreeMap::new();
    for (found, part) in parts {
        tally.operations = tally.operations.saturating_add(found.operations);
        tally.wrong = tally.wrong.saturating_add(found.wrong);
        expected.extend(part);
    }
    at_rest(&map, expected, &mut tally);
    tally
}

/// One thread's operations on its own keys, each answer compared with the model's.
fn share<S: Subject>(map: &S, thread: u64, round: u64) -> (Tally, BTreeMap<u64, u64>) {
    let mut random = Random::new(thread.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ round.wrapping_add(7));
    let mut expected: BTreeMap<u64, u64> = BTreeMap::new();
    let mut tally = Tally::default();
    for turn in 0..OPERATIONS {
        let key = thread.wrapping_mul(1 << 20).wrapping_add(random.below(KEYS));
        let value = turn.wrapping_mul(8).wrapping_add(random.below(8));
        let had = expected.get(&key).copied();
        match random.below(12) {
            0..=3 => {
                tally.expect(Some(map.insert(key, value)), had);
                expected.insert(key, value);
            }
            4 | 5 => {
                tally.expect(Some(map.remove(key)), had);
                expected.remove(&key);
            }
            6 => {
                let found = map.get_or_insert(key, value);
                if found.is_some() {
                    tally.expect(found, *expected.entry(key).or_insert(value));
                }
            }
            7 => {
                let found = map.update(key, 1);
                if found.is_some() {
                    let sum = had.map(|had| had.wrapping_add(1));
                    sum.map(|sum| expected.insert(key, sum));
                    tally.expect(found, sum);
                }
            }
            8 => {
                let found = map.upsert(key, 1, value);
                if found.is_some() {
                    let now = had.map_or(value, |had| had.wrapping_add(1));
                    expected.insert(key, now);
                    tally.expect(found, now);
                }
            }
            9 => {
                let found = map.remove_if_odd(key);
                if found.is_some() {
                    let odd = had.filter(|had| had % 2 == 1);
                    odd.map(|_| expected.remove(&key));
                    tally.expect(found, odd);
                }
            }
            _ => tally.expect(Some(map.get(key)), had),
        }
    }
    for (key, value) in &expected {
        tally.expect(Some(map.get(*key)), Some(*value));
    }
    (tally, expected)
}

/// The whole map, when nobody writes: number, every pair once, order, what retaining, clearing and draining leave.
fn at_rest<S: Subject>(map: &S, mut expected: BTreeMap<u64, u64>, tally: &mut Tally) {
    let same = |pairs: Option<Vec<(u64, u64)>>, expected: &BTreeMap<u64, u64>, tally: &mut Tally| {
        let sorted = pairs.map(|mut pairs| {
            pairs.sort_unstable();
            pairs
        });
        // Each pair is an answer; the list as a whole is compared, so that nothing is there twice or too much.
        tally.operations = tally.operations.saturating_add(u64::try_from(expected.len()).unwrap_or(0));
        tally.expect(sorted, expected.iter().map(|(key, value)| (*key, *value)).collect());
    };
    tally.expect(Some(map.len()), expected.len());
    same(map.pairs(), &expected, tally);
    let (from, to) = (1 << 20, (2 << 20) + KEYS / 2);
    tally.expect(
        map.range(from, to),
        expected.iter().filter(|(key, _)| (from..to).contains(*key)).map(|(key, value)| (*key, *value)).collect(),
    );
    if map.retain_even().is_some() {
        expected.retain(|_, value| *value % 2 == 0);
        tally.expect(Some(map.len()), expected.len());
        same(map.pairs(), &expected, tally);
    }
    let drained = map.drain();
    if drained.is_some() {
        same(drained, &expected, tally);
        tally.expect(Some(map.len()), 0);
        tally.expect(map.pairs(), Vec::new());
        // Drained, it is a map like any other.
        for (key, value) in &expected {
            tally.expect(Some(map.insert(*key, *value)), None);
        }
    }
    if map.clear().is_some() {
        tally.expect(Some(map.len()), 0);
        expected.clear();
    }
    let first = expected.keys().next().copied().unwrap_or(0);
    tally.expect(Some(map.get(first)), expected.get(&first).copied());
}
