//! The ordered map against its peers.

use std::hint::black_box;
use std::ops::ControlFlow;

use auditor_runtime::ShardedSkipMap;
use crossbeam_skiplist::SkipMap;
use scc::TreeIndex;

use crate::measure::{Outcome, Pass, Random, interleave, per_op};
use crate::work::scramble;

const N: u64 = 64_000;

fn order() -> impl Iterator<Item = u64> {
    (0..N).map(scramble)
}

/// A pass over random keys with a lookup.
fn reading(ops: usize, mut get: impl FnMut(u64) -> u64 + 'static) -> Pass<'static> {
    Box::new(move |seed| {
        let mut random = Random(seed);
        let keys: Vec<u64> = (0..ops).map(|_| scramble(random.below(N as usize) as u64)).collect();
        let mut sum = 0_u64;
        for &key in keys.iter().take(ops / 2) {
            sum = sum.wrapping_add(get(key));
        }
        let time = per_op(ops, || {
            for &key in &keys {
                sum = sum.wrapping_add(get(key));
            }
        });
        black_box(sum);
        time
    })
}

fn ours() -> ShardedSkipMap<u64, u64> {
    order().map(|key| (key, key)).collect()
}

fn crossbeam() -> SkipMap<u64, u64> {
    order().map(|key| (key, key)).collect()
}

fn tree() -> TreeIndex<u64, u64> {
    let map = TreeIndex::new();
    for key in order() {
        let _ = map.insert_sync(key, key);
    }
    map
}

fn std_map() -> std::collections::BTreeMap<u64, u64> {
    order().map(|key| (key, key)).collect()
}

pub(crate) fn get(rounds: usize) -> Outcome {
    const OPS: usize = 100_000;
    let (a, b, c, d) = (ours(), crossbeam(), tree(), std_map());
    let passes = vec![
        ("ShardedSkipMap", reading(OPS, move |key| a.get(&key).map_or(1, |value| *value))),
        ("crossbeam-skiplist", reading(OPS, move |key| b.get(&key).map_or(1, |entry| *entry.value()))),
        ("scc TreeIndex", reading(OPS, move |key| c.peek_with(&key, |_, value| *value).unwrap_or(1))),
        ("std BTreeMap, no sync", reading(OPS, move |key| d.get(&key).copied().unwrap_or(1))),
    ];
    interleave("ordered: get, 64000 keys", "ns", true, rounds, passes)
}

/// A pass of 20 scans of 1,000 entries from random keys; nanoseconds an entry.
fn scanning(mut scan: impl FnMut(u64) -> u64 + 'static) -> Pass<'static> {
    Box::new(move |seed| {
        let mut random = Random(seed);
        let starts: Vec<u64> = (0..20).map(|_| random.next() / 2).collect();
        let mut sum = scan(starts[0]);
        let time = per_op(20_000, || {
            for &start in &starts {
                sum = sum.wrapping_add(scan(start));
            }
        });
        black_box(sum);
        time
    })
}

pub(crate) fn scan(rounds: usize) -> Outcome {
    let (a, b, c, d, e) = (ours(), ours(), crossbeam(), tree(), std_map());
    let passes = vec![
        (
            "ShardedSkipMap",
            scanning(move |start| {
                let (mut sum, mut left) = (0_u64, 1_000);
                a.scan(start.., |_, value| {
                    sum = sum.wrapping_add(*value);
                    left -= 1;
                    if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                });
                sum
            }),
        ),
        (
            "ShardedSkipMap, iterator",
            scanning(move |start| b.range(start..).take(1_000).fold(0, |sum, entry| sum.wrapping_add(*entry.value()))),
        ),
        (
            "crossbeam-skiplist",
            scanning(move |start| c.range(start..).take(1_000).fold(0, |sum, entry| sum.wrapping_add(*entry.value()))),
        ),
        (
            "scc TreeIndex",
            scanning(move |start| {
                let guard = scc::Guard::new();
                d.range(start.., &guard).take(1_000).fold(0, |sum, (_, value)| sum.wrapping_add(*value))
            }),
        ),
        (
            "std BTreeMap, no sync",
            scanning(move |start| e.range(start..).take(1_000).fold(0, |sum, (_, value)| sum.wrapping_add(*value))),
        ),
    ];
    interleave("ordered: scan of 1,000 in 64000 keys", "ns/entry", true, rounds, passes)
}

pub(crate) fn insert(rounds: usize) -> Outcome {
    let filling = |mut fill: Box<dyn FnMut()>| -> Pass<'static> { Box::new(move |_| per_op(N as usize, &mut fill)) };
    let passes = vec![
        ("ShardedSkipMap", filling(Box::new(|| drop(black_box(ours()))))),
        ("crossbeam-skiplist", filling(Box::new(|| drop(black_box(crossbeam()))))),
        ("scc TreeIndex", filling(Box::new(|| drop(black_box(tree()))))),
        ("std BTreeMap, no sync", filling(Box::new(|| drop(black_box(std_map()))))),
    ];
    interleave("ordered: insert 64000 in random order, and drop", "ns", true, rounds, passes)
}
