//! The workloads over [`Subject`]s. Each builds the passes of all subjects and hands them to `measure::interleave`.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use crate::measure::{Outcome, Pass, Random, interleave, per_op};
use crate::subjects::{Alone, DashMap, Flurry, Locked, Ours, OursNode, Papaya, SccIndex, SccMap, Subject};

/// Keys are odd multiples: spread over 64 bits, and `scramble(n)` for n outside the range is a miss.
pub(crate) fn scramble(n: u64) -> u64 {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1
}

fn filled<M: Subject>(n: usize) -> M {
    let map = M::with_capacity(n);
    for key in 0..n as u64 {
        map.insert(scramble(key), key);
    }
    map
}

/// Boxes one pass for each subject; ours first.
macro_rules! all_subjects {
    ($pass:ident($($arg:expr),*)) => {
        vec![
            (Ours::NAME, $pass::<Ours>($($arg),*)),
            (OursNode::NAME, $pass::<OursNode>($($arg),*)),
            (Alone::NAME, $pass::<Alone>($($arg),*)),
            (DashMap::NAME, $pass::<DashMap>($($arg),*)),
            (Papaya::NAME, $pass::<Papaya>($($arg),*)),
            (SccMap::NAME, $pass::<SccMap>($($arg),*)),
            (SccIndex::NAME, $pass::<SccIndex>($($arg),*)),
            (Flurry::NAME, $pass::<Flurry>($($arg),*)),
            (Locked::NAME, $pass::<Locked>($($arg),*)),
        ]
        .into_iter()
        .collect::<Vec<(&'static str, Pass<'static>)>>()
    };
}

fn read<M: Subject + 'static>(n: usize, ops: usize, first: u64) -> Pass<'static> {
    let map = filled::<M>(n);
    Box::new(move |seed| {
        let mut random = Random(seed);
        let keys: Vec<u64> = (0..ops).map(|_| scramble(first + random.below(n) as u64)).collect();
        let mut sum = 0_u64;
        // The other maps' passes have emptied the caches.
        for &key in keys.iter().take(ops / 2) {
            sum = sum.wrapping_add(map.get(key).unwrap_or(1));
        }
        let time = per_op(ops, || {
            for &key in &keys {
                sum = sum.wrapping_add(map.get(key).unwrap_or(1));
            }
        });
        black_box(sum);
        time
    })
}

pub(crate) fn get_hit(n: usize, ops: usize, rounds: usize) -> Outcome {
    interleave(&format!("get, hit, {n} keys"), "ns", true, rounds, all_subjects!(read(n, ops, 0)))
}

pub(crate) fn get_miss(n: usize, ops: usize, rounds: usize) -> Outcome {
    interleave(&format!("get, miss, {n} keys"), "ns", true, rounds, all_subjects!(read(n, ops, n as u64)))
}

fn insert_new<M: Subject + 'static>(n: usize, presized: bool) -> Pass<'static> {
    Box::new(move |seed| {
        let map = M::with_capacity(if presized { n } else { 0 });
        let base = seed << 32;
        let time = per_op(n, || {
            for key in 0..n as u64 {
                map.insert(scramble(base + key), key);
            }
        });
        assert_eq!(map.get(scramble(base)), Some(0));
        time
    })
}

pub(crate) fn insert_presized(n: usize, rounds: usize) -> Outcome {
    interleave(&format!("insert new, pre-sized, {n}"), "ns", true, rounds, all_subjects!(insert_new(n, true)))
}

pub(crate) fn insert_growing(n: usize, rounds: usize) -> Outcome {
    interleave(&format!("insert new, growing to {n}"), "ns", true, rounds, all_subjects!(insert_new(n, false)))
}

fn overwriting<M: Subject + 'static>(n: usize, times: usize) -> Pass<'static> {
    let map = filled::<M>(n);
    Box::new(move |seed| {
        let mut random = Random(seed);
        let keys: Vec<u64> = (0..n * times).map(|_| scramble(random.below(n) as u64)).collect();
        for &key in keys.iter().take(n) {
            map.insert(key, seed);
        }
        per_op(keys.len(), || {
            for &key in &keys {
                map.insert(key, seed);
            }
        })
    })
}

pub(crate) fn overwrite(n: usize, times: usize, rounds: usize) -> Outcome {
    interleave(&format!("overwrite, {n}"), "ns", true, rounds, all_subjects!(overwriting(n, times)))
}

fn removing<M: Subject + 'static>(n: usize) -> Pass<'static> {
    let map = filled::<M>(n);
    Box::new(move |seed| {
        let offset = Random(seed).below(n) as u64;
        let order = |at: u64| scramble((at + offset) % n as u64);
        let mut found = 0;
        for at in 0..n as u64 {
            found += map.get(order(at)).unwrap_or(1);
        }
        black_box(found);
        let time = per_op(n, || {
            for at in 0..n as u64 {
                assert!(map.remove(order(at)));
            }
        });
        for key in 0..n as u64 {
            map.insert(scramble(key), key);
        }
        time
    })
}

pub(crate) fn remove(n: usize, rounds: usize) -> Outcome {
    interleave(&format!("remove, {n}"), "ns", true, rounds, all_subjects!(removing(n)))
}

/// Nanoseconds a pair of remove and insert at constant size: what slot reuse and reclamation cost.
fn churning<M: Subject + 'static>(n: usize) -> Pass<'static> {
    let map = filled::<M>(n);
    let mut next = n as u64;
    Box::new(move |_| {
        per_op(n, || {
            for _ in 0..n {
                assert!(map.remove(scramble(next - n as u64)));
                map.insert(scramble(next), next);
                next += 1;
            }
        })
    })
}

pub(crate) fn churn(n: usize, rounds: usize) -> Outcome {
    interleave(&format!("remove + insert at constant size, {n}"), "ns", true, rounds, all_subjects!(churning(n)))
}

/// A Zipf sampler over 0..n by an inverted table: exact to the table's grain.
pub(crate) fn zipf(n: usize, exponent: f64, samples: usize, seed: u64) -> Vec<u64> {
    let mut cumulative = Vec::with_capacity(n);
    let mut total = 0.0;
    for rank in 1..=n {
        total += (rank as f64).powf(-exponent);
        cumulative.push(total);
    }
    let mut random = Random(seed);
    (0..samples)
        .map(|_| {
            let point = (random.next() >> 11) as f64 / (1_u64 << 53) as f64 * total;
            cumulative.partition_point(|&sum| sum < point) as u64
        })
        .collect()
}

/// Million operations a second of all threads together.
fn mixed<M: Subject + 'static>(n: usize, threads: usize, reads: u64, ops: usize, exponent: f64) -> Pass<'static> {
    let map = filled::<M>(n);
    let streams: Vec<Vec<u64>> = (0..threads)
        .map(|thread| zipf(n, exponent, ops, thread as u64 + 7).into_iter().map(scramble).collect())
        .collect();
    Box::new(move |seed| {
        let barrier = Barrier::new(threads);
        let map = &map;
        let times: Vec<f64> = std::thread::scope(|scope| {
            let handles: Vec<_> = streams
                .iter()
                .enumerate()
                .map(|(thread, keys)| {
                    let barrier = &barrier;
                    scope.spawn(move || {
                        let mut random = Random(seed * 100 + thread as u64);
                        let mut sum = 0_u64;
                        barrier.wait();
                        let start = Instant::now();
                        for &key in keys {
                            if random.next() % 100 < reads {
                                sum = sum.wrapping_add(map.get(key).unwrap_or(1));
                            } else {
                                map.insert(key, sum);
                            }
                        }
                        black_box(sum);
                        start.elapsed().as_secs_f64()
                    })
                })
                .collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        let slowest = times.into_iter().fold(0.0, f64::max);
        (threads * ops) as f64 / slowest / 1e6
    })
}

pub(crate) fn mix(n: usize, threads: usize, reads: u64, ops: usize, rounds: usize) -> Outcome {
    let name = format!("{threads} threads, {reads} % reads, Zipf 0.99, {n} keys");
    let passes = all_subjects!(mixed(n, threads, reads, ops, 0.99));
    let passes = passes.into_iter().filter(|(name, _)| threads == 1 || *name != Alone::NAME).collect();
    interleave(&name, "Mops/s", false, rounds, passes)
}
