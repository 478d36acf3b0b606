//! The maps as a service uses them: keys the compiler cannot see through, wide values and strings, updates, removals, hot keys. A row is one kind
//! of call on one pair of types; "mixed" writes are a quarter removals, a quarter upserts and half overwrites.

use std::hash::Hash;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use crate::measure::{Outcome, Pass, Random, interleave, per_op};
use crate::subjects::Hasher;
use crate::work::{scramble, zipf};

/// What keys and values are made of, and how a value is read and moved on.
pub(crate) trait Datum: Clone + Send + Sync + 'static {
    const NAME: &'static str;
    fn of(n: u64) -> Self;
    fn next(&self) -> Self;
    fn head(&self) -> u64;
}

impl Datum for u64 {
    const NAME: &'static str = "u64";
    fn of(n: u64) -> Self {
        scramble(n)
    }
    fn next(&self) -> Self {
        self.wrapping_add(1)
    }
    fn head(&self) -> u64 {
        *self
    }
}

impl Datum for (u64, u64) {
    const NAME: &'static str = "(u64, u64)";
    fn of(n: u64) -> Self {
        (n, !n)
    }
    fn next(&self) -> Self {
        (self.0.wrapping_add(1), self.1)
    }
    fn head(&self) -> u64 {
        self.0
    }
}

impl Datum for String {
    const NAME: &'static str = "String";
    fn of(n: u64) -> Self {
        format!("user-{n:015}")
    }
    fn next(&self) -> Self {
        self.clone()
    }
    fn head(&self) -> u64 {
        self.len() as u64
    }
}

/// A map of any types, each call as its users write it.
pub(crate) trait Typed<K, V>: Send + Sync + 'static {
    const NAME: &'static str;
    fn make(capacity: usize) -> Self;
    fn read(&self, key: &K) -> u64;
    fn put(&self, key: K, value: V);
    fn update(&self, key: &K) -> bool;
    fn upsert(&self, key: K, value: V);
    fn take(&self, key: &K) -> bool;
    fn sum(&self) -> u64;
}

type Ours<K, V> = auditor_runtime::ShardedMap<K, V, Hasher>;
impl<K: Hash + Eq + Datum, V: Datum> Typed<K, V> for Ours<K, V> {
    const NAME: &'static str = "ShardedMap";
    fn make(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, Hasher::default())
    }
    fn read(&self, key: &K) -> u64 {
        self.get(key).map_or(0, |value| value.head())
    }
    fn put(&self, key: K, value: V) {
        self.insert(key, value);
    }
    fn update(&self, key: &K) -> bool {
        self.update(key, V::next).is_some()
    }
    fn upsert(&self, key: K, value: V) {
        self.upsert(key, V::next, || value);
    }
    fn take(&self, key: &K) -> bool {
        self.remove(key).is_some()
    }
    fn sum(&self) -> u64 {
        self.iter().fold(0, |sum, entry| sum.wrapping_add(entry.value().head()))
    }
}

type Dash<K, V> = dashmap::DashMap<K, V, Hasher>;
impl<K: Hash + Eq + Datum, V: Datum> Typed<K, V> for Dash<K, V> {
    const NAME: &'static str = "dashmap";
    fn make(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, Hasher::default())
    }
    fn read(&self, key: &K) -> u64 {
        self.get(key).map_or(0, |value| value.head())
    }
    fn put(&self, key: K, value: V) {
        self.insert(key, value);
    }
    fn update(&self, key: &K) -> bool {
        self.get_mut(key).map(|mut value| *value = value.next()).is_some()
    }
    fn upsert(&self, key: K, value: V) {
        self.entry(key).and_modify(|value| *value = value.next()).or_insert(value);
    }
    fn take(&self, key: &K) -> bool {
        self.remove(key).is_some()
    }
    fn sum(&self) -> u64 {
        self.iter().fold(0, |sum, entry| sum.wrapping_add(entry.value().head()))
    }
}

type Papaya<K, V> = papaya::HashMap<K, V, Hasher>;
impl<K: Hash + Eq + Datum, V: Datum> Typed<K, V> for Papaya<K, V> {
    const NAME: &'static str = "papaya";
    fn make(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, Hasher::default())
    }
    fn read(&self, key: &K) -> u64 {
        self.pin().get(key).map_or(0, Datum::head)
    }
    fn put(&self, key: K, value: V) {
        self.pin().insert(key, value);
    }
    fn update(&self, key: &K) -> bool {
        self.pin().update(key.clone(), V::next).is_some()
    }
    fn upsert(&self, key: K, value: V) {
        self.pin().update_or_insert(key, V::next, value);
    }
    fn take(&self, key: &K) -> bool {
        self.pin().remove(key).is_some()
    }
    fn sum(&self) -> u64 {
        self.pin().iter().fold(0, |sum, (_, value)| sum.wrapping_add(value.head()))
    }
}

type Scc<K, V> = scc::HashMap<K, V, Hasher>;
impl<K: Hash + Eq + Datum, V: Datum> Typed<K, V> for Scc<K, V> {
    const NAME: &'static str = "scc HashMap";
    fn make(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, Hasher::default())
    }
    fn read(&self, key: &K) -> u64 {
        self.read_sync(key, |_, value| value.head()).unwrap_or(0)
    }
    fn put(&self, key: K, value: V) {
        self.upsert_sync(key, value);
    }
    fn update(&self, key: &K) -> bool {
        self.update_sync(key, |_, value| *value = value.next()).is_some()
    }
    fn upsert(&self, key: K, value: V) {
        self.entry_sync(key).and_modify(|value| *value = value.next()).or_insert(value);
    }
    fn take(&self, key: &K) -> bool {
        self.remove_sync(key).is_some()
    }
    fn sum(&self) -> u64 {
        let mut sum = 0_u64;
        self.iter_sync(|_, value| {
            sum = sum.wrapping_add(value.head());
            true
        });
        sum
    }
}

/// One kind of call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Call {
    Get,
    Overwrite,
    Update,
    Upsert,
    Remove,
    PutBack,
    Iterate,
}

impl Call {
    pub(crate) const ALL: [Self; 7] =
        [Self::Get, Self::Overwrite, Self::Update, Self::Upsert, Self::Remove, Self::PutBack, Self::Iterate];

    fn text(self) -> &'static str {
        match self {
            Self::Get => "get, hit",
            Self::Overwrite => "overwrite",
            Self::Update => "update",
            Self::Upsert => "upsert",
            Self::Remove => "remove",
            Self::PutBack => "put back",
            Self::Iterate => "iterate, an entry",
        }
    }
}

fn pass<K: Datum, V: Datum, M: Typed<K, V>>(call: Call, n: usize) -> (&'static str, Pass<'static>) {
    let map = M::make(n);
    let keys: Vec<K> = (0..n as u64).map(K::of).collect();
    keys.iter().for_each(|key| map.put(key.clone(), V::of(7)));
    let mut order: Vec<usize> = (0..n).collect();
    let timed = move |seed| {
        let mut random = Random(seed);
        for at in 0..n {
            order.swap(at, random.below(n));
        }
        // Owned keys and values are made beforehand, and the caches are filled again after the other maps' passes.
        let mut owned: Vec<(K, V)> = order.iter().map(|&at| (keys[at].clone(), V::of(at as u64))).collect();
        black_box(order.iter().fold(0_u64, |sum, &at| sum.wrapping_add(map.read(&keys[at]))));
        if call == Call::PutBack {
            keys.iter().for_each(|key| assert!(map.take(key)));
        }
        let time = match call {
            Call::Get => per_op(n, || {
                for &at in &order {
                    black_box(map.read(black_box(&keys[at])));
                }
            }),
            Call::Update => per_op(n, || order.iter().for_each(|&at| assert!(map.update(black_box(&keys[at]))))),
            Call::Remove => per_op(n, || order.iter().for_each(|&at| assert!(map.take(black_box(&keys[at]))))),
            Call::Iterate => per_op(n, || {
                black_box(map.sum());
            }),
            Call::Overwrite | Call::PutBack => {
                per_op(n, || owned.drain(..).for_each(|(key, value)| map.put(black_box(key), value)))
            }
            Call::Upsert => per_op(n, || owned.drain(..).for_each(|(key, value)| map.upsert(black_box(key), value))),
        };
        if call == Call::Remove {
            keys.iter().for_each(|key| map.put(key.clone(), V::of(7)));
        }
        time
    };
    (M::NAME, Box::new(timed))
}

/// One kind of call on one pair of types, one thread.
pub(crate) fn single<K: Datum + Hash + Eq, V: Datum>(call: Call, n: usize, rounds: usize) -> Outcome {
    let passes = vec![
        pass::<K, V, Ours<K, V>>(call, n),
        pass::<K, V, Dash<K, V>>(call, n),
        pass::<K, V, Papaya<K, V>>(call, n),
        pass::<K, V, Scc<K, V>>(call, n),
    ];
    interleave(&format!("{} → {}: {}, {n} keys", K::NAME, V::NAME, call.text()), "ns", true, rounds, passes)
}

/// Nanoseconds an operation of a thread, all threads at once.
fn shared<K: Datum, V: Datum, M: Typed<K, V>>(
    n: usize,
    threads: usize,
    ops: usize,
    reads: Option<u64>,
) -> (&'static str, Pass<'static>) {
    let map = M::make(n);
    let keys: Vec<K> = (0..n as u64).map(K::of).collect();
    keys.iter().for_each(|key| map.put(key.clone(), V::of(7)));
    let streams: Vec<Vec<u64>> = (0..threads).map(|thread| zipf(n, 0.99, ops, thread as u64 + 7)).collect();
    let timed = move |seed: u64| {
        let barrier = Barrier::new(threads);
        let (map, keys, barrier) = (&map, &keys, &barrier);
        let one = |thread: usize, stream: &[u64]| {
            let mut random = Random(seed * 100 + thread as u64);
            barrier.wait();
            let start = Instant::now();
            for &at in stream {
                let key = &keys[at as usize];
                match reads {
                    None => {
                        black_box(map.update(black_box(key)));
                    }
                    Some(reads) if random.next() % 100 < reads => {
                        black_box(map.read(black_box(key)));
                    }
                    Some(_) => match random.next() % 4 {
                        0 => {
                            black_box(map.take(black_box(key)));
                        }
                        1 => map.upsert(black_box(key.clone()), V::of(at)),
                        _ => map.put(black_box(key.clone()), V::of(at)),
                    },
                }
            }
            start.elapsed().as_nanos() as f64 / stream.len() as f64
        };
        let times: Vec<f64> = std::thread::scope(|scope| {
            let handles: Vec<_> =
                streams.iter().enumerate().map(|(at, stream)| scope.spawn(move || one(at, stream))).collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        times.into_iter().fold(0.0, f64::max)
    };
    (M::NAME, Box::new(timed))
}

/// Reads and mixed writes by Zipf's law, or updates of one hot key where `reads` is none.
pub(crate) fn many<K: Datum + Hash + Eq, V: Datum>(
    threads: usize,
    reads: Option<u64>,
    ops: usize,
    rounds: usize,
) -> Outcome {
    let n = if reads.is_some() { 65_536 } else { 1 };
    let passes = vec![
        shared::<K, V, Ours<K, V>>(n, threads, ops, reads),
        shared::<K, V, Dash<K, V>>(n, threads, ops, reads),
        shared::<K, V, Papaya<K, V>>(n, threads, ops, reads),
        shared::<K, V, Scc<K, V>>(n, threads, ops, reads),
    ];
    let what = reads.map_or("one hot key, update".to_owned(), |reads| format!("{reads} % reads, mixed writes"));
    interleave(&format!("{} → {}: {threads} threads, {what}", K::NAME, V::NAME), "ns", true, rounds, passes)
}

/// All rows, filtered by name.
pub(crate) fn all(wanted: impl Fn(&str) -> bool) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for call in Call::ALL {
        for n in [1_000, 64_000] {
            let (rounds, name) = (31, format!("typed-{call:?}-{n}").to_lowercase());
            if wanted(&name) {
                outcomes.push(single::<u64, u64>(call, n, rounds));
                outcomes.push(single::<u64, (u64, u64)>(call, n, rounds));
                outcomes.push(single::<String, u64>(call, n, rounds));
            }
        }
    }
    for (threads, reads) in [(1, 90), (2, 99), (2, 90), (2, 50), (8, 90)] {
        if wanted(&format!("typed-mixed-{threads}-{reads}")) {
            outcomes.push(many::<u64, u64>(threads, Some(reads), 100_000, 21));
            outcomes.push(many::<String, String>(threads, Some(reads), 50_000, 11));
        }
    }
    for threads in [1, 2, 8] {
        if wanted(&format!("typed-hot-{threads}")) {
            outcomes.push(many::<u64, u64>(threads, None, 50_000, 21));
            outcomes.push(many::<u64, (u64, u64)>(threads, None, 50_000, 11));
        }
    }
    outcomes
}
