//! The calls that people bring along from other maps: entries, removals that give the value away, sets, conversions.

use std::collections::{HashMap, HashSet};

use auditor_runtime::map::{Computed, Entry, Operation};
use auditor_runtime::{ShardedMap, ShardedSet, ShardedSkipMap};

type Words = ShardedMap<String, u32>;

#[test]
fn what_is_removed_can_be_taken_out() {
    let threads = ShardedMap::new();
    threads.insert(1, std::thread::spawn(|| 7));
    let handle = threads.remove(&1).and_then(|entry| entry.into_inner().ok()).expect("it was there");
    assert_eq!(handle.join().expect("joined"), 7);

    let map: ShardedMap<u64, Box<u64>> = (0..50).map(|n| (n, Box::new(n))).collect();
    let pairs: HashMap<u64, Box<u64>> = map.drain().filter_map(|entry| entry.into_pair().ok()).collect();
    assert!(map.is_empty() && pairs.len() == 50 && pairs.iter().all(|(key, value)| *key == **value));
}

#[test]
fn a_value_that_this_thread_still_looks_at_is_not_taken_out() {
    let map: ShardedMap<u64, String> = [(1, "kept".to_owned())].into();
    let looked = map.get(&1).expect("there");
    let removed = map.remove(&1).expect("there");
    let removed = removed.try_into_inner().expect_err("somebody looks at it");
    let removed = removed.into_inner().expect_err("this thread would wait for itself");
    assert_eq!((looked.as_str(), removed.as_str()), ("kept", "kept"));
    drop(looked);
    assert_eq!(removed.into_inner().as_deref().ok(), Some("kept"));
}

#[test]
fn into_inner_waits_for_a_reader_of_another_thread() {
    let map: ShardedMap<u64, String> = [(1, "kept".to_owned())].into();
    let (ready, told) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let map = &map;
        scope.spawn(move || {
            let looked = map.get(&1).expect("there");
            ready.send(()).expect("it is waited for");
            std::thread::sleep(std::time::Duration::from_millis(20));
            assert_eq!(*looked, "kept");
        });
        told.recv().expect("told");
        let removed = map.remove(&1).expect("there");
        assert_eq!(removed.into_inner().as_deref().ok(), Some("kept"));
    });
}

#[test]
fn an_entry_is_occupied_or_vacant() {
    let words = Words::new();
    match words.entry("a".into()) {
        Entry::Vacant(entry) => assert_eq!(*entry.insert(1), 1),
        Entry::Occupied(entry) => panic!("{entry:?} was never put in"),
    }
    match words.entry("a".into()) {
        Entry::Occupied(entry) => {
            assert_eq!((entry.key().as_str(), *entry.get()), ("a", 1));
            assert!(entry.insert(2).is_some_and(|old| *old == 1));
        }
        Entry::Vacant(entry) => panic!("{entry:?} was put in"),
    }
    words.entry("a".into()).and_modify(|n| *n *= 10).or_insert(0);
    words.entry("b".into()).and_modify(|n| *n *= 10).or_insert(5);
    assert_eq!((words.get_cloned("a"), words.get_cloned("b")), (Some(20), Some(5)));
    if let Entry::Occupied(entry) = words.entry("b".into()) {
        assert!(entry.remove().is_some_and(|old| *old == 5));
    }
    assert_eq!(words.len(), 1);
}

#[test]
fn modifications_of_many_threads_are_counted_all() {
    let words = Words::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1_000).for_each(|_| drop(words.entry("a".into()).and_modify(|n| *n += 1).or_insert(1))));
        }
    });
    assert_eq!(words.get_cloned("a"), Some(4_000));
}

#[test]
fn compute_inserts_replaces_removes_and_keeps() {
    fn computes<V: Clone + PartialEq + std::fmt::Debug + Send>(one: V, two: V) {
        let map = ShardedMap::<u64, V>::new();
        assert!(matches!(
            map.compute(1, |there| {
                assert!(there.is_none());
                Operation::Keep
            }),
            Computed::Kept(None)
        ));
        assert!(matches!(map.compute(1, |_| Operation::Remove), Computed::Kept(None)));
        assert!(matches!(map.compute(1, |_| Operation::Insert(one.clone())), Computed::Inserted(new) if *new == one));
        assert!(matches!(map.compute(1, |_| Operation::Keep), Computed::Kept(Some(there)) if *there == one));
        let replaced = map.compute(1, |there| {
            assert_eq!(there, Some(&one));
            Operation::Insert(two.clone())
        });
        assert!(matches!(replaced, Computed::Replaced { old, new } if *old == one && *new == two));
        assert!(matches!(map.compute(1, |_| Operation::Remove), Computed::Removed(old) if *old == two));
        assert!(map.is_empty());
    }
    computes(1_u64, 2);
    computes([1_u64; 4], [2; 4]);
    computes("one".to_owned(), "two".to_owned());
}

#[test]
fn maps_convert_compare_and_come_apart() {
    let map: ShardedMap<u64, [u64; 2]> = (0..100).map(|n| (n, [n, n])).collect();
    let same: ShardedMap<u64, [u64; 2]> = (0..100).map(|n| (n, [n, n])).collect::<HashMap<_, _>>().into();
    assert_eq!(map, same);
    map.alter(&5, |_, [a, b]| [a + 1, b]);
    assert_ne!(map, same);
    same.alter_all(|key, [a, b]| if *key == 5 { [a + 1, b] } else { [a, b] });
    assert_eq!(map, same);
    assert_eq!(map.keys().collect::<HashSet<_>>().len(), 100);
    assert_eq!(map.values().map(|[_, b]| b).sum::<u64>(), 99 * 50);
    let apart: HashMap<u64, [u64; 2]> = map.into_iter().collect();
    assert_eq!((apart.len(), apart[&5]), (100, [6, 5]));
    let texts: ShardedMap<u64, String> = [(1, "one".to_owned())].into();
    assert_eq!(texts.into_iter().collect::<Vec<_>>(), [(1, "one".to_owned())]);
}

#[test]
fn keys_and_values_may_be_borrowed() {
    let text = "to be borrowed".to_owned();
    let words: ShardedMap<&str, &str> = text.split(' ').map(|word| (word, &word[1..])).collect();
    assert_eq!(words.get("be").map(|rest| *rest), Some("e"));
    words.insert("be", "");
    assert_eq!(words.remove("be").map(|entry| *entry), Some(""));
    drop(words);
    drop(text);
}

#[test]
fn a_set_holds_each_key_once() {
    let set: ShardedSet<u64> = (0..100).chain(0..100).collect();
    assert_eq!(set.len(), 100);
    assert!(set.contains(&5) && set.remove(&5) && !set.remove(&5) && set.insert(5) && !set.insert(5));
    set.retain(|key| key % 2 == 0);
    assert_eq!(set, (0..50).map(|n| n * 2).collect());
}

#[test]
fn owned_references_cross_threads_and_outlive_their_entry() {
    fn is_send<T: Send + Sync>(_: &T) {}
    let map: ShardedMap<u64, String> = [(1, "one".to_owned())].into();
    let held = map.get_owned(&1).expect("there");
    is_send(&held);
    map.remove(&1);
    std::thread::scope(|scope| scope.spawn(move || assert_eq!(*held, "one")).join().expect("joined"));
    assert!(map.get_owned(&1).is_none());
    assert_eq!(map.flush(), 0);
}

#[test]
fn the_ordered_map_has_both_ends() {
    let map = ShardedSkipMap::new();
    assert!(map.last().is_none() && map.pop_first().is_none() && map.pop_last().is_none());
    (0..5_000_u64).for_each(|n| drop(map.insert(n * 7_919 % 5_003, n.to_string())));
    let keys: Vec<u64> = map.iter().map(|entry| *entry.key()).collect();
    assert_eq!(map.last().map(|entry| *entry.key()), keys.last().copied());
    assert_eq!(map.pop_first().map(|entry| *entry.key()), keys.first().copied());
    assert_eq!(map.pop_last().map(|entry| *entry.key()), keys.last().copied());
    assert_eq!(map.len(), keys.len() - 2);
    let middle = keys[2_500];
    assert_eq!(map.lower_bound(std::ops::Bound::Excluded(&middle)).map(|entry| *entry.key()), Some(keys[2_501]));
    assert!(map.update(&middle, |text| text.clone() + "!") && map.get(&middle).is_some_and(|text| text.ends_with('!')));
    assert!(!map.update(&1_000_000, String::clone));
    assert!(map.remove_if(&middle, |_, _| false).is_none() && map.remove_if(&middle, |_, _| true).is_some());
    assert!(map.get_or_insert_with(middle, || "new".into()).is_some_and(|entry| *entry == "new"));
    map.retain(|key, _| key % 2 == 0);
    assert!(map.iter().all(|entry| entry.key() % 2 == 0) && map.len() > 2_000);
    map.clear();
    assert!(map.is_empty() && map.first().is_none());
}
