//! Recorded histories judged by an independent checker (Wing and Gong's search, key by key: operations on single keys compose), and
//! the litmus tests of two keys.

use std::collections::HashSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use auditor_runtime::{ShardedMap, ShardedSkipMap};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Call {
    Get,
    Insert(u64),
    Remove,
    /// get_or_insert
    Ensure(u64),
}

/// One completed call on one key: what it was, what it returned, and when. Returned: the value before (for `Ensure`, the value after).
#[derive(Clone, Copy, Debug)]
struct Event {
    call: Call,
    returned: Option<u64>,
    start: u64,
    end: u64,
}

/// What the call does to a register, if it may return what it returned.
fn step(state: Option<u64>, event: &Event) -> Option<Option<u64>> {
    match event.call {
        Call::Get => (event.returned == state).then_some(state),
        Call::Insert(value) => (event.returned == state).then_some(Some(value)),
        Call::Remove => (event.returned == state).then_some(None),
        Call::Ensure(value) => {
            let after = state.or(Some(value));
            (event.returned == after).then_some(after)
        }
    }
}

/// Whether some order of the calls, each between its start and its end, explains all returns. Search with memory of (done, state).
fn is_linearizable(events: &[Event]) -> bool {
    assert!(events.len() <= 64);
    let full = if events.len() == 64 { u64::MAX } else { (1 << events.len()) - 1 };
    let mut seen: HashSet<(u64, Option<u64>)> = HashSet::new();
    let mut stack = vec![(0_u64, None)];
    while let Some((done, state)) = stack.pop() {
        if done == full {
            return true;
        }
        if !seen.insert((done, state)) {
            continue;
        }
        let open = || events.iter().enumerate().filter(|(at, _)| done & (1 << at) == 0);
        let first_end = open().map(|(_, event)| event.end).min().unwrap_or(u64::MAX);
        for (at, event) in open().filter(|(_, event)| event.start <= first_end) {
            if let Some(next) = step(state, event) {
                stack.push((done | (1 << at), next));
            }
        }
    }
    false
}

#[test]
fn the_checker_tells_good_histories_from_bad_ones() {
    let event = |call, returned, start, end| Event { call, returned, start, end };
    let overlapping =
        [event(Call::Insert(1), None, 0, 10), event(Call::Get, Some(1), 2, 4), event(Call::Get, None, 1, 3)];
    assert!(is_linearizable(&overlapping));
    let stale = [event(Call::Insert(1), None, 0, 1), event(Call::Get, None, 2, 3)];
    assert!(!is_linearizable(&stale), "a read after the insertion ended must see it");
    let back = [event(Call::Insert(1), None, 0, 10), event(Call::Get, Some(1), 2, 3), event(Call::Get, None, 4, 5)];
    assert!(!is_linearizable(&back), "once seen, always seen");
    let twice =
        [event(Call::Insert(1), None, 0, 1), event(Call::Remove, Some(1), 2, 6), event(Call::Remove, Some(1), 3, 5)];
    assert!(!is_linearizable(&twice), "one entry is removed once");
}

/// A map whose histories are recorded.
trait Target: Sync {
    fn new() -> Self;
    fn call(&self, key: u64, call: Call) -> Option<u64>;
    /// Puts in a key that is not watched.
    fn fill(&self, key: u64);
}

impl Target for ShardedMap<u64, u64> {
    fn new() -> Self {
        Self::with_shards(0, Default::default(), 2)
    }
    fn call(&self, key: u64, call: Call) -> Option<u64> {
        match call {
            Call::Get => self.get(&key).map(|value| *value),
            Call::Insert(value) => self.insert(key, value).map(|value| *value),
            Call::Remove => self.remove(&key).map(|value| *value),
            Call::Ensure(value) => Some(*self.get_or_insert_with(key, || value)),
        }
    }
    fn fill(&self, key: u64) {
        self.insert(key, 0);
    }
}

impl Target for ShardedMap<u64, Box<u64>> {
    fn new() -> Self {
        Self::with_shards(0, Default::default(), 2)
    }
    fn call(&self, key: u64, call: Call) -> Option<u64> {
        match call {
            Call::Get => self.get(&key).map(|value| **value),
            Call::Insert(value) => self.insert(key, Box::new(value)).map(|value| **value),
            Call::Remove => self.remove(&key).map(|value| **value),
            Call::Ensure(value) => Some(**self.get_or_insert_with(key, || Box::new(value))),
        }
    }
    fn fill(&self, key: u64) {
        self.insert(key, Box::new(0));
    }
}

impl Target for ShardedSkipMap<u64, u64> {
    fn new() -> Self {
        Self::new()
    }
    fn call(&self, key: u64, call: Call) -> Option<u64> {
        match call {
            Call::Insert(value) => self.insert(key * 100, value).map(|value| *value),
            Call::Remove => self.remove(&(key * 100)).map(|value| *value),
            // There is no such method: the recorder turns it into a Get.
            Call::Get | Call::Ensure(_) => self.get(&(key * 100)).map(|value| *value),
        }
    }
    fn fill(&self, key: u64) {
        // Between and around the watched keys, so that their leaves split.
        self.insert(key % 300 + u64::from(key % 100 == 0), 0);
    }
}

/// Runs threads over few keys, with growth and removal all the time, and checks every key's history.
fn histories<M: Target>(rounds: u64, ensure: bool) {
    const THREADS: u64 = 3;
    const CALLS: u64 = 12;
    let clock = AtomicU64::new(0);
    for round in 0..rounds {
        let map = M::new();
        let barrier = Barrier::new(THREADS as usize);
        let work = |thread: u64| {
            let mut log = Vec::new();
            let mut seed = round * 31 + thread * 7 + 1;
            barrier.wait();
            for call in 0..CALLS {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let key = (seed >> 33) % 3;
                let value = (round * THREADS + thread) * CALLS + call;
                let call = match (seed >> 40) % 8 {
                    0..3 => Call::Get,
                    3..5 => Call::Insert(value),
                    5..7 => Call::Remove,
                    _ if ensure => Call::Ensure(value),
                    _ => Call::Get,
                };
                // A shared counter orders too strongly for a timed test, but here every call is a handful of instructions between two ticks,
                // and the litmus tests below use none.
                let start = clock.fetch_add(1, Ordering::SeqCst);
                let returned = map.call(key, call);
                let end = clock.fetch_add(1, Ordering::SeqCst);
                log.push((key, Event { call, returned, start, end }));
                for filler in 0..3 {
                    map.fill(1_000 + (value * 3 + filler) * 7);
                }
            }
            log
        };
        let logs: Vec<Vec<(u64, Event)>> = thread::scope(|scope| {
            let work = &work;
            let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || work(thread))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for key in 0..3 {
            let history: Vec<Event> =
                logs.iter().flatten().filter(|(at, _)| *at == key).map(|(_, event)| *event).collect();
            assert!(is_linearizable(&history), "round {round}, key {key}: {history:#?}");
        }
    }
}

const ROUNDS: u64 = if cfg!(miri) { 3 } else { 600 };

#[test]
fn histories_of_integers_in_place_are_linearizable() {
    histories::<ShardedMap<u64, u64>>(ROUNDS, true);
}

#[test]
fn histories_of_nodes_are_linearizable() {
    histories::<ShardedMap<u64, Box<u64>>>(ROUNDS, true);
}

#[test]
fn histories_of_the_ordered_map_are_linearizable() {
    histories::<ShardedSkipMap<u64, u64>>(ROUNDS, false);
}

/// Store buffering: each of two threads inserts its key and looks for the other's. Both may not miss.
#[test]
fn two_inserters_never_both_miss_each_other() {
    let rounds = if cfg!(miri) { 20 } else { 20_000 };
    let map = ShardedMap::<u64, u64>::with_capacity(64);
    let turns = [AtomicU64::new(0), AtomicU64::new(0)];
    let seen = [AtomicU64::new(0), AtomicU64::new(0)];
    thread::scope(|scope| {
        for me in 0..2_usize {
            let (map, turns, seen) = (&map, &turns, &seen);
            scope.spawn(move || {
                for round in 1..=rounds {
                    // A spinning rendezvous keeps the two within nanoseconds.
                    turns[me].store(round * 2, Ordering::SeqCst);
                    while turns[1 - me].load(Ordering::SeqCst) < round * 2 {
                        thread::yield_now();
                    }
                    map.insert(round * 2 + me as u64, round);
                    let other = map.contains_key(&(round * 2 + (1 - me) as u64));
                    seen[me].store(round << 1 | u64::from(other), Ordering::SeqCst);
                    turns[me].store(round * 2 + 1, Ordering::SeqCst);
                    while turns[1 - me].load(Ordering::SeqCst) < round * 2 + 1 {
                        thread::yield_now();
                    }
                    let both = seen.iter().all(|seen| seen.load(Ordering::SeqCst) == round << 1);
                    assert!(!both, "round {round}: both missed");
                    map.remove(&(round * 2 + me as u64));
                }
            });
        }
    });
}

/// Message passing: who sees the flag sees the data put in before it.
#[test]
fn a_reader_of_the_flag_sees_what_was_inserted_before_it() {
    let rounds = if cfg!(miri) { 30 } else { 50_000 };
    let data = ShardedMap::<u64, u64>::new();
    let flags = ShardedMap::<u64, Box<u64>>::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..rounds {
                data.insert(7, round);
                flags.insert(0, Box::new(round));
            }
        });
        scope.spawn(|| {
            let mut last = 0;
            while last + 1 < rounds {
                if let Some(flag) = flags.get(&0) {
                    last = **flag;
                    assert!(data.get(&7).is_some_and(|value| *value >= last));
                } else {
                    thread::yield_now();
                }
            }
        });
    });
}
