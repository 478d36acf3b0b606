//! Every map against std's, operation by operation, over random histories and over the key types that take different paths.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};

use auditor_runtime::ShardedMap;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Op {
    Insert(u16, u32),
    Remove(u16),
    RemoveIf(u16, u32),
    Get(u16),
    Update(u16, u32),
    GetOrInsert(u16, u32),
    Upsert(u16, u32),
    Retain(u32),
    Clear,
    Drain,
    Shrink,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let key = prop_oneof![4 => 0_u16..24, 1 => any::<u16>()];
    let op = prop_oneof![
        30 => (key.clone(), any::<u32>()).prop_map(|(key, value)| Op::Insert(key, value)),
        20 => key.clone().prop_map(Op::Remove),
        6 => (key.clone(), 0_u32..4).prop_map(|(key, value)| Op::RemoveIf(key, value)),
        10 => key.clone().prop_map(Op::Get),
        8 => (key.clone(), any::<u32>()).prop_map(|(key, value)| Op::Update(key, value)),
        8 => (key.clone(), any::<u32>()).prop_map(|(key, value)| Op::GetOrInsert(key, value)),
        8 => (key, any::<u32>()).prop_map(|(key, value)| Op::Upsert(key, value)),
        1 => (2_u32..5).prop_map(Op::Retain),
        1 => Just(Op::Clear),
        1 => Just(Op::Drain),
        2 => Just(Op::Shrink),
    ];
    proptest::collection::vec(op, 1..if cfg!(miri) { 50 } else { 400 })
}

/// A hasher that only knows two values: everything collides.
#[derive(Default)]
struct Coarse(u64);

impl Hasher for Coarse {
    fn finish(&self) -> u64 {
        self.0 & 1
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = self.0.wrapping_add(bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>());
    }
}

/// The key itself: what `nohash` does.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 << 8) | u64::from(byte);
        }
    }
}

trait Model: Copy {
    type Key: Eq + Hash + Clone + Debug + Send + Ord + 'static + Borrow<Self::Key>;
    type Value: Clone + PartialEq + Debug + Send + Ord + 'static;
    fn key(self, n: u16) -> Self::Key;
    fn value(self, n: u32) -> Self::Value;
}

#[derive(Clone, Copy)]
struct Integers;
#[derive(Clone, Copy)]
struct Strings;
#[derive(Clone, Copy)]
struct Units;

impl Model for Integers {
    type Key = u16;
    type Value = u32;
    fn key(self, n: u16) -> u16 {
        n
    }
    fn value(self, n: u32) -> u32 {
        n
    }
}

impl Model for Strings {
    type Key = String;
    type Value = Vec<u32>;
    fn key(self, n: u16) -> String {
        format!("key {n}")
    }
    fn value(self, n: u32) -> Vec<u32> {
        vec![n; (n % 4) as usize]
    }
}

impl Model for Units {
    type Key = ();
    type Value = ();
    fn key(self, _: u16) {}
    fn value(self, _: u32) {}
}

fn run<M: Model, S: BuildHasher + Default + 'static>(model: M, ops: &[Op]) -> Result<(), TestCaseError> {
    let map = ShardedMap::<M::Key, M::Value, S>::default();
    let mut peer: HashMap<M::Key, M::Value> = HashMap::new();
    let key = |n| model.key(n);
    let value = |n| model.value(n);
    for op in ops {
        match *op {
            Op::Insert(k, v) => {
                let old = map.insert(key(k), value(v)).map(|old| old.value().clone());
                prop_assert_eq!(old, peer.insert(key(k), value(v)));
            }
            Op::Remove(k) => {
                let old = map.remove(&key(k)).map(|old| old.value().clone());
                prop_assert_eq!(old, peer.remove(&key(k)));
            }
            Op::RemoveIf(k, v) => {
                let old = map.remove_if(&key(k), |_, there| *there == value(v)).map(|old| old.value().clone());
                let expected = peer.get(&key(k)).is_some_and(|there| *there == value(v));
                prop_assert_eq!(old.is_some(), expected);
                if expected {
                    peer.remove(&key(k));
                }
            }
            Op::Get(k) => prop_assert_eq!(map.get_cloned(&key(k)), peer.get(&key(k)).cloned()),
            Op::Update(k, v) => {
                let new = map.update(&key(k), |_| value(v)).map(|new| new.value().clone());
                let expected = peer.get_mut(&key(k)).map(|there| {
                    *there = value(v);
                    there.clone()
                });
                prop_assert_eq!(new, expected);
            }
            Op::GetOrInsert(k, v) => {
                let got = map.get_or_insert_with(key(k), || value(v)).value().clone();
                prop_assert_eq!(&got, peer.entry(key(k)).or_insert_with(|| value(v)));
            }
            Op::Upsert(k, v) => {
                let got = map.entry(key(k)).and_update(|_| value(v)).or_insert(value(v / 2)).value().clone();
                let expected = peer.entry(key(k)).and_modify(|there| *there = value(v)).or_insert_with(|| value(v / 2));
                prop_assert_eq!(&got, expected);
            }
            Op::Retain(n) => {
                let odd = |value: &M::Value| format!("{value:?}").len() as u32 % n != 0;
                map.retain(|_, value| odd(value));
                peer.retain(|_, value| odd(value));
            }
            Op::Clear => {
                map.clear();
                peer.clear();
            }
            Op::Drain => {
                let mut ours: Vec<_> = map.drain().map(|entry| (entry.key().clone(), entry.value().clone())).collect();
                let mut theirs: Vec<_> = peer.drain().collect();
                ours.sort();
                theirs.sort();
                prop_assert_eq!(ours, theirs);
            }
            Op::Shrink => map.shrink_to_fit(),
        }
        prop_assert_eq!(map.len(), peer.len());
        prop_assert_eq!(map.is_empty(), peer.is_empty());
    }
    let mut ours: Vec<_> = map.iter().map(|entry| (entry.key().clone(), entry.value().clone())).collect();
    let mut theirs: Vec<_> = peer.into_iter().collect();
    ours.sort();
    theirs.sort();
    prop_assert_eq!(ours, theirs);
    Ok(())
}

fn cases() -> ProptestConfig {
    ProptestConfig { cases: if cfg!(miri) { 4 } else { 96 }, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn integers_in_place_agree_with_std(ops in ops()) {
        run::<_, auditor_runtime::map::RandomState>(Integers, &ops)?;
    }

    #[test]
    fn strings_in_nodes_agree_with_std(ops in ops()) {
        run::<_, auditor_runtime::map::RandomState>(Strings, &ops)?;
    }

    #[test]
    fn entries_without_size_agree_with_std(ops in ops()) {
        run::<_, std::hash::RandomState>(Units, &ops)?;
    }

    #[test]
    fn colliding_hashes_agree_with_std(ops in ops()) {
        run::<_, BuildHasherDefault<Coarse>>(Integers, &ops)?;
        run::<_, BuildHasherDefault<Coarse>>(Strings, &ops)?;
    }

    #[test]
    fn identity_hashes_agree_with_std(ops in ops()) {
        run::<_, BuildHasherDefault<Identity>>(Integers, &ops)?;
    }
}

fn grow<S: BuildHasher + Default + 'static>(n: u64) {
    let map = ShardedMap::<u64, u64, S>::default();
    for key in 0..n {
        assert_eq!(map.insert(key, !key).map(|old| *old), None);
    }
    assert_eq!(map.len(), n as usize);
    for key in 0..n {
        assert_eq!(map.get(&key).map(|value| *value), Some(!key));
        assert!(!map.contains_key(&(key + n)));
    }
    assert_eq!(map.iter().map(|entry| *entry.key()).sum::<u64>(), n * (n - 1) / 2);
    for key in (0..n).step_by(2) {
        assert_eq!(map.remove(&key).map(|old| *old), Some(!key));
    }
    assert_eq!(map.len(), n as usize / 2);
    assert!((0..n).all(|key| map.contains_key(&key) == (key % 2 == 1)));
}

#[test]
fn a_map_that_grows_through_doubling_and_splitting_keeps_every_entry() {
    grow::<auditor_runtime::map::RandomState>(if cfg!(miri) { 200 } else { 60_000 });
}

#[test]
fn weak_hashers_neither_lose_entries_nor_blow_the_directory_up() {
    grow::<BuildHasherDefault<Identity>>(if cfg!(miri) { 100 } else { 50_000 });
    let n = if cfg!(miri) { 60 } else { 1_500 };
    grow::<BuildHasherDefault<Coarse>>(n);
    let map = ShardedMap::<u64, u64, BuildHasherDefault<Coarse>>::default();
    map.get_or_insert_with(1, || 1);
    for key in 0..n {
        map.insert(key, key);
    }
    assert!(map.memory_usage() < 1_000_000, "{} bytes for {n} entries", map.memory_usage());
}

#[test]
fn churn_at_constant_size_does_not_grow_the_map() {
    let map = ShardedMap::<u64, u64>::new();
    let n = if cfg!(miri) { 20 } else { 1_000 };
    for key in 0..n {
        map.insert(key, key);
    }
    let rounds = if cfg!(miri) { 200 } else { 60_000 };
    for key in n..n + rounds {
        assert!(map.remove(&(key - n)).is_some());
        map.insert(key, key);
    }
    assert_eq!(map.len() as u64, n);
    assert!(map.capacity() < 8 * (n as usize).max(64), "{} slots for {n} entries", map.capacity());
}

#[test]
fn batches_answer_as_single_lookups_do() {
    let map: ShardedMap<u64, String> = (0..100).map(|n| (n, n.to_string())).collect();
    let keys: Vec<u64> = (50..150).collect();
    let mut seen = Vec::new();
    map.get_many(&keys, |at, value| seen.push((at, value.cloned())));
    let expected: Vec<_> = keys.iter().enumerate().map(|(at, key)| (at, map.get_cloned(key))).collect();
    assert_eq!(seen, expected);
}
