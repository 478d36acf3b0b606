//! `FixedMap` against pre-sized hashbrown and against a chained map with a node an entry, as the article's 83 ns had.

use std::hash::BuildHasher;
use std::hint::black_box;

use auditor_runtime::FixedMap;

use crate::measure::{Outcome, Pass, interleave, per_op};
use crate::subjects::Hasher;
use crate::work::scramble;

const N: u64 = 10_000;

/// A chained hash map with a heap node an entry that grows from empty by rehashing: what `std::unordered_map` is.
struct Chained {
    buckets: Vec<Option<Box<Node>>>,
    len: usize,
    hasher: Hasher,
}

struct Node {
    key: u64,
    value: u64,
    next: Option<Box<Node>>,
}

impl Chained {
    fn new() -> Self {
        Self { buckets: (0..16).map(|_| None).collect(), len: 0, hasher: Hasher::default() }
    }

    fn insert(&mut self, key: u64, value: u64) {
        if self.len == self.buckets.len() {
            let old = std::mem::take(&mut self.buckets);
            self.buckets = (0..old.len() * 2).map(|_| None).collect();
            for mut chain in old {
                while let Some(mut node) = chain {
                    chain = node.next.take();
                    let at = self.hasher.hash_one(node.key) as usize & (self.buckets.len() - 1);
                    node.next = self.buckets[at].take();
                    self.buckets[at] = Some(node);
                }
            }
        }
        let at = self.hasher.hash_one(key) as usize & (self.buckets.len() - 1);
        let mut cursor = self.buckets[at].as_deref_mut();
        while let Some(node) = cursor {
            if node.key == key {
                node.value = value;
                return;
            }
            cursor = node.next.as_deref_mut();
        }
        self.buckets[at] = Some(Box::new(Node { key, value, next: self.buckets[at].take() }));
        self.len += 1;
    }
}

pub(crate) fn insert(rounds: usize) -> Outcome {
    let fixed: Pass<'static> = {
        let mut map = Box::new(FixedMap::<u64, u64, 2048, Hasher>::with_hasher(Hasher::default()));
        Box::new(move |seed| {
            map.clear();
            let base = seed << 32;
            let time = per_op(N as usize, || {
                for key in 0..N {
                    let _ = black_box(map.insert(scramble(base + key), key));
                }
            });
            assert_eq!(map.len() as u64, N);
            time
        })
    };
    let std_presized: Pass<'static> = {
        let mut map = hashbrown::HashMap::with_capacity_and_hasher(N as usize, Hasher::default());
        Box::new(move |seed| {
            map.clear();
            let base = seed << 32;
            per_op(N as usize, || {
                for key in 0..N {
                    black_box(map.insert(scramble(base + key), key));
                }
            })
        })
    };
    let chained: Pass<'static> = Box::new(|seed| {
        let base = seed << 32;
        let mut map = Chained::new();
        let time = per_op(N as usize, || {
            for key in 0..N {
                map.insert(scramble(base + key), key);
            }
        });
        assert_eq!(map.len as u64, N);
        black_box(&map.buckets);
        time
    });
    let btree: Pass<'static> = Box::new(|seed| {
        let base = seed << 32;
        let mut map = std::collections::BTreeMap::new();
        per_op(N as usize, || {
            for key in 0..N {
                black_box(map.insert(scramble(base + key), key));
            }
        })
    });
    interleave(
        "FixedMap: insert 10,000",
        "ns",
        true,
        rounds,
        vec![
            ("FixedMap", fixed),
            ("hashbrown, pre-sized", std_presized),
            ("chained, a node an entry", chained),
            ("std BTreeMap", btree),
        ],
    )
}
