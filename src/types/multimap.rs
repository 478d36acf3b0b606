//! An immutable multimap in compressed (CSR) form: the values of all keys lie in one array.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Values by key; those of one key are in the order in which they were given.
#[derive(Debug)]
pub struct MultiMap<K, V> {
    groups: FxHashMap<K, u32>,
    /// Where each group begins in `values`; the last one ends with them.
    starts: Vec<u32>,
    values: Vec<V>,
}

impl<K, V> Default for MultiMap<K, V> {
    fn default() -> Self {
        Self { groups: FxHashMap::default(), starts: Vec::new(), values: Vec::new() }
    }
}

impl<K: Copy + Eq + Hash, V: Copy> MultiMap<K, V> {
    /// Sorts `pairs` by their keys, in two passes; O(pairs).
    pub fn new(pairs: impl Iterator<Item = (K, V)> + Clone) -> Self {
        let mut groups: FxHashMap<K, u32> = FxHashMap::default();
        let mut counts: Vec<u32> = Vec::new();
        let mut members: Vec<u32> = Vec::new();
        for (key, _) in pairs.clone() {
            let group = *groups.entry(key).or_insert(counts.len() as u32);
            if group as usize == counts.len() {
                counts.push(0);
            }
            if let Some(count) = counts.get_mut(group as usize) {
                *count += 1;
            }
            members.push(group);
        }
        let mut next = 0;
        for count in &mut counts {
            next += std::mem::replace(count, next);
        }
        // Each group's next free place; in the end where the next group begins.
        let mut places = counts;
        let mut order: Vec<Option<V>> = vec![None; members.len()];
        for ((_, value), group) in pairs.zip(members) {
            if let Some(place) = places.get_mut(group as usize) {
                if let Some(slot) = order.get_mut(*place as usize) {
                    *slot = Some(value);
                }
                *place += 1;
            }
        }
        // Each place is one pair's.
        let values = order.into_iter().flatten().collect();
        // auditor: allow(panicking-api) every list can begin anew
        places.insert(0, 0);
        Self { groups, starts: places, values }
    }
}

impl<K: Eq + Hash, V> MultiMap<K, V> {
    /// Iterates over all keys with their values, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &[V])> {
        self.groups.keys().map(|key| (key, self.get(key)))
    }

    /// Returns the values of `key`; O(1).
    pub fn get(&self, key: &K) -> &[V] {
        let range = || {
            let group = *self.groups.get(key)? as usize;
            self.values.get(*self.starts.get(group)? as usize..*self.starts.get(group + 1)? as usize)
        };
        range().unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::MultiMap;

    #[test]
    fn each_key_has_its_values_in_their_order() {
        let many = MultiMap::new([('b', 1), ('a', 2), ('b', 3), ('c', 4), ('b', 0), ('a', 1)].into_iter());
        assert_eq!((many.get(&'a'), many.get(&'b'), many.get(&'c')), (&[2, 1][..], &[1, 3, 0][..], &[4][..]));
        assert!(many.get(&'d').is_empty());
        assert!(MultiMap::<char, u32>::new([].into_iter()).get(&'a').is_empty());
    }
}
