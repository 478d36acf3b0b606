//! The maps that are put to the test, with values in the map's slots, values in nodes, and keys that own memory.

use std::sync::Mutex;

use auditor_runtime::map::{Computed, Operation};
use auditor_runtime::{CheckedMap, FixedMap, FixedSyncMap, ShardedMap, ShardedSkipMap};

use super::{Subject, Tally, round};

/// What is stored for a number, and read back.
trait Stored: Send + Sync + Clone + 'static {
    fn of(number: u64) -> Self;
    fn number(&self) -> u64;
}

impl Stored for u64 {
    fn of(number: u64) -> Self {
        number
    }

    fn number(&self) -> u64 {
        *self
    }
}

/// Two words: wider than a slot.
impl Stored for (u64, u64) {
    fn of(number: u64) -> Self {
        (number, !number)
    }

    fn number(&self) -> u64 {
        // A value of which one half is another's is none that was written.
        if self.1 == !self.0 { self.0 } else { u64::MAX }
    }
}

impl Stored for String {
    fn of(number: u64) -> Self {
        format!("{number:020}")
    }

    fn number(&self) -> u64 {
        self.parse().unwrap_or(u64::MAX)
    }
}

impl Stored for Box<u64> {
    fn of(number: u64) -> Self {
        Self::new(number)
    }

    fn number(&self) -> u64 {
        **self
    }
}

/// A round of one kind of map, by the round's number.
type Round = fn(u64) -> Tally;

/// Every kind of map, by the name it has in the evidence.
pub(super) const ALL: [(&str, Round); 11] = [
    ("sharded_integers", round::<ShardedMap<u64, u64>>),
    ("sharded_pairs", round::<ShardedMap<u64, (u64, u64)>>),
    ("sharded_boxes", round::<ShardedMap<u64, Box<u64>>>),
    ("sharded_strings", round::<ShardedMap<String, String>>),
    ("sharded_strings_to_integers", round::<ShardedMap<String, u64>>),
    ("ordered_integers", round::<ShardedSkipMap<u64, u64>>),
    ("ordered_strings", round::<ShardedSkipMap<String, String>>),
    ("fixed_shared", round::<FixedSyncMap<u64, u64, 8, 80>>),
    ("fixed", round::<Mutexed<FixedMap<u64, u64, 600>>>),
    ("checked", round::<Serial<CheckedMap<u64, u64>>>),
    ("checked_strings", round::<Serial<CheckedMap<String, String>>>),
];

impl<K: Stored + Eq + std::hash::Hash, V: Stored> Subject for ShardedMap<K, V> {
    fn new() -> Self {
        Self::new()
    }

    fn insert(&self, key: u64, value: u64) -> Option<u64> {
        Self::insert(self, K::of(key), V::of(value)).map(|before| before.number())
    }

    fn remove(&self, key: u64) -> Option<u64> {
        Self::remove(self, &K::of(key)).map(|before| before.number())
    }

    fn get(&self, key: u64) -> Option<u64> {
        let key = K::of(key);
        let found = Self::get(self, &key).map(|found| found.number());
        // Five ways to read, one answer.
        let others = [
            self.get_owned(&key).map(|found| found.number()),
            self.get_cloned(&key).map(|found| found.number()),
            self.get_with(&key, Stored::number),
            self.contains_key(&key).then_some(found).flatten(),
        ];
        if others.iter().all(|other| *other == found) { found } else { Some(u64::MAX) }
    }

    fn pairs(&self) -> Option<Vec<(u64, u64)>> {
        Some(self.iter().map(|entry| (entry.key().number(), entry.value().number())).collect())
    }

    fn len(&self) -> usize {
        Self::len(self)
    }

    fn get_or_insert(&self, key: u64, value: u64) -> Option<u64> {
        // By both ways, in turn.
        Some(if value % 2 == 0 {
            self.get_or_insert_with(K::of(key), || V::of(value)).number()
        } else {
            self.entry(K::of(key)).or_insert(V::of(value)).number()
        })
    }

    fn update(&self, key: u64, add: u64) -> Option<Option<u64>> {
        let sum = |value: &V| V::of(value.number().wrapping_add(add));
        if add % 2 == 0 {
            return Some(Self::update(self, &K::of(key), sum).map(|now| now.number()));
        }
        let decided =
            self.compute(K::of(key), |there| there.map_or(Operation::Keep, |there| Operation::Insert(sum(there))));
        Some(match decided {
            Computed::Replaced { old, new } if new.number() == old.number().wrapping_add(add) => Some(new.number()),
            Computed::Kept(None) => None,
            _ => Some(u64::MAX),
        })
    }

    fn upsert(&self, key: u64, add: u64, value: u64) -> Option<u64> {
        if add % 2 == 0 {
            let sum = |there: &mut V| *there = V::of(there.number().wrapping_add(add));
            return Some(self.entry(K::of(key)).and_modify(sum).or_insert_with(|| V::of(value)).number());
        }
        Some(Self::upsert(self, K::of(key), |value| V::of(value.number().wrapping_add(add)), || V::of(value)).number())
    }

    fn remove_if_odd(&self, key: u64) -> Option<Option<u64>> {
        Some(self.remove_if(&K::of(key), |_, value| value.number() % 2 == 1).map(|before| before.number()))
    }

    fn retain_even(&self) -> Option<()> {
        self.retain(|_, value| value.number() % 2 == 0);
        Some(())
    }

    fn drain(&self) -> Option<Vec<(u64, u64)>> {
        // Taken apart where nobody reads, which is so at rest.
        let pairs = Self::drain(self).map(|entry| entry.into_pair().map(|(key, value)| (key.number(), value.number())));
        Some(pairs.map(|pair| pair.unwrap_or((u64::MAX, u64::MAX))).collect())
    }

    fn clear(&self) -> Option<()> {
        Self::clear(self);
        self.shrink_to_fit();
        Some(())
    }
}

impl<K: Stored + Ord, V: Stored> Subject for ShardedSkipMap<K, V> {
    fn new() -> Self {
        Self::new()
    }

    fn insert(&self, key: u64, value: u64) -> Option<u64> {
        Self::insert(self, K::of(key), V::of(value)).map(|before| before.number())
    }

    fn remove(&self, key: u64) -> Option<u64> {
        Self::remove(self, &K::of(key)).map(|before| before.number())
    }

    fn get(&self, key: u64) -> Option<u64> {
        let key = K::of(key);
        let found = Self::get(self, &key).map(|found| found.number());
        let others = [self.get_with(&key, Stored::number), self.contains_key(&key).then_some(found).flatten()];
        if others.iter().all(|other| *other == found) { found } else { Some(u64::MAX) }
    }

    fn pairs(&self) -> Option<Vec<(u64, u64)>> {
        let pairs: Vec<_> = self.iter().map(|entry| (entry.key().number(), entry.value().number())).collect();
        let mut scanned = Vec::new();
        self.scan(.., |key, value| {
            scanned.push((key.number(), value.number()));
            std::ops::ControlFlow::Continue(())
        });
        let mut backwards: Vec<_> =
            self.iter().rev().map(|entry| (entry.key().number(), entry.value().number())).collect();
        backwards.reverse();
        // In order, by all ways, beginning with the first and ending with the last; else it is told as nothing.
        let first = self.first().map(|entry| (entry.key().number(), entry.value().number()));
        let last = self.last().map(|entry| (entry.key().number(), entry.value().number()));
        let same = scanned == pairs && backwards == pairs;
        let right = pairs.is_sorted() && same && first == pairs.first().copied() && last == pairs.last().copied();
        Some(if right { pairs } else { Vec::new() })
    }

    fn len(&self) -> usize {
        Self::len(self)
    }

    fn update(&self, key: u64, add: u64) -> Option<Option<u64>> {
        let mut sum = None;
        let was_there = Self::update(self, &K::of(key), |value| {
            let new = value.number().wrapping_add(add);
            sum = Some(new);
            V::of(new)
        });
        Some(if was_there == sum.is_some() { sum } else { Some(u64::MAX) })
    }

    fn remove_if_odd(&self, key: u64) -> Option<Option<u64>> {
        Some(self.remove_if(&K::of(key), |_, value| value.number() % 2 == 1).map(|before| before.number()))
    }

    fn retain_even(&self) -> Option<()> {
        self.retain(|_, value| value.number() % 2 == 0);
        Some(())
    }

    fn clear(&self) -> Option<()> {
        Self::clear(self);
        Some(())
    }

    fn range(&self, from: u64, to: u64) -> Option<Vec<(u64, u64)>> {
        let pairs = Self::range(self, K::of(from)..K::of(to));
        Some(pairs.map(|entry| (entry.key().number(), entry.value().number())).collect())
    }
}

impl<const STRIPES: usize, const BUCKETS: usize> Subject for FixedSyncMap<u64, u64, STRIPES, BUCKETS> {
    fn new() -> Self {
        Self::default()
    }

    fn insert(&self, key: u64, value: u64) -> Option<u64> {
        // Full, it would say so: the drill's keys fit.
        Self::insert(self, key, value).unwrap_or(Some(u64::MAX))
    }

    fn remove(&self, key: u64) -> Option<u64> {
        Self::remove(self, &key)
    }

    fn get(&self, key: u64) -> Option<u64> {
        Self::get(self, &key)
    }

    fn pairs(&self) -> Option<Vec<(u64, u64)>> {
        None
    }

    fn len(&self) -> usize {
        Self::len(self)
    }
}

/// A map of one thread, taken by one after another.
struct Mutexed<M>(Mutex<M>);

impl<M> Mutexed<M> {
    fn with<R>(&self, work: impl FnOnce(&mut M) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl<const BUCKETS: usize> Subject for Mutexed<FixedMap<u64, u64, BUCKETS>> {
    fn new() -> Self {
        Self(Mutex::new(FixedMap::default()))
    }

    fn insert(&self, key: u64, value: u64) -> Option<u64> {
        self.with(|map| map.insert(key, value).unwrap_or(Some(u64::MAX)))
    }

    fn remove(&self, key: u64) -> Option<u64> {
        self.with(|map| map.remove(&key))
    }

    fn get(&self, key: u64) -> Option<u64> {
        self.with(|map| map.get(&key).copied())
    }

    fn pairs(&self) -> Option<Vec<(u64, u64)>> {
        Some(self.with(|map| map.iter().map(|(key, value)| (*key, *value)).collect()))
    }

    fn len(&self) -> usize {
        self.with(|map| map.len())
    }

    fn retain_even(&self) -> Option<()> {
        self.with(|map| map.retain(|_, value| *value % 2 == 0));
        Some(())
    }

    fn clear(&self) -> Option<()> {
        self.with(FixedMap::clear);
        Some(())
    }
}

/// A map whose overlapping calls are errors: one call at a time, from whichever thread.
struct Serial<M> {
    map: M,
    turn: Mutex<()>,
}

impl<M> Serial<M> {
    fn with<R>(&self, work: impl FnOnce(&M) -> R) -> R {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        work(&self.map)
    }
}

impl<K: Stored + Eq + std::hash::Hash, V: Stored> Subject for Serial<CheckedMap<K, V>> {
    fn new() -> Self {
        Self { map: CheckedMap::new(), turn: Mutex::new(()) }
    }

    // A conflict is a wrong answer here: there is none to be found.
    fn insert(&self, key: u64, value: u64) -> Option<u64> {
        self.with(|map| map.insert(K::of(key), V::of(value)))
            .map_or(Some(u64::MAX), |before| before.map(|it| it.number()))
    }

    fn remove(&self, key: u64) -> Option<u64> {
        self.with(|map| map.remove(&K::of(key))).map_or(Some(u64::MAX), |before| before.map(|it| it.number()))
    }

    fn get(&self, key: u64) -> Option<u64> {
        self.with(|map| map.get_with(&K::of(key), Stored::number)).unwrap_or(Some(u64::MAX))
    }

    fn pairs(&self) -> Option<Vec<(u64, u64)>> {
        self.with(|map| map.read(|map| map.iter().map(|(key, value)| (key.number(), value.number())).collect())).ok()
    }

    fn len(&self) -> usize {
        self.with(|map| map.len()).unwrap_or(usize::MAX)
    }
}
