//! The maps through serde, as JSON: what was written is read back, in the keys' order where there is one, and what does not fit is
//! an error.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use auditor_runtime::{CheckedMap, FixedMap, ShardedMap, ShardedSkipMap};
use serde_json::{Value, from_str, json, to_string, to_value};

#[test]
fn a_sharded_map_is_a_map_and_is_read_back() {
    let map: ShardedMap<String, u64> = (0..1_000).map(|n| (format!("key {n}"), n)).collect();
    let text = to_string(&map).expect("written");
    let read: ShardedMap<String, u64> = from_str(&text).expect("read");
    assert_eq!(read.len(), 1_000);
    assert!((0..1_000).all(|n| read.get_cloned(&format!("key {n}")) == Some(n)));
    let as_std: HashMap<String, u64> = from_str(&text).expect("any reader of maps reads it");
    assert_eq!(as_std.len(), 1_000);
    // Integers in place too, and the empty map.
    let words: ShardedMap<u64, u64> = [(7, 8)].into_iter().collect();
    assert_eq!(to_value(&words).expect("written"), json!({ "7": 8 }));
    assert_eq!(to_value(ShardedMap::<u64, u64>::new()).expect("written"), json!({}));
}

#[test]
fn the_last_of_two_entries_with_one_key_stays() {
    let read: ShardedMap<String, u64> = from_str(r#"{"a":1,"b":2,"a":3}"#).expect("read");
    assert_eq!((read.len(), read.get_cloned("a")), (2, Some(3)));
}

#[test]
fn an_ordered_map_is_written_in_order() {
    let map: ShardedSkipMap<u64, &str> = [(3, "c"), (1, "a"), (2, "b")].into_iter().collect();
    let text = to_string(&map).expect("written");
    assert_eq!(text, r#"{"1":"a","2":"b","3":"c"}"#);
    let read: ShardedSkipMap<u64, String> = from_str(&text).expect("read");
    assert!(read.iter().map(|entry| *entry.key()).eq(1..=3));
}

#[test]
fn a_fixed_map_takes_what_fits_and_refuses_more() {
    let mut map = FixedMap::<u32, u32, 2>::new();
    (0..10).for_each(|n| assert_eq!(map.insert(n, n * n), Ok(None)));
    let text = to_string(&map).expect("written");
    let read: FixedMap<u32, u32, 2> = from_str(&text).expect("read");
    assert!((0..10).all(|n| read.get(&n) == Some(&(n * n))));
    let error = from_str::<FixedMap<u32, u32, 1>>(&text).expect_err("ten do not fit into seven");
    assert!(error.to_string().contains("room"), "{error}");
}

#[test]
fn a_checked_map_that_is_being_written_is_an_error() {
    let map = CheckedMap::<String, u64>::new();
    map.insert("a".into(), 1).expect("alone");
    assert_eq!(to_value(&map).expect("written"), json!({ "a": 1 }));
    let read: CheckedMap<String, u64> = from_str(r#"{"a":1}"#).expect("read");
    assert_eq!(read.get_with("a", |n| *n), Ok(Some(1)));
    let inside = map.write(|_| to_string(&map).map_err(|error| error.to_string())).expect("alone");
    assert!(inside.expect_err("a writer is inside").contains("concurrent map read"));
}

#[test]
fn what_is_no_map_and_what_breaks_off_are_errors() {
    assert!(from_str::<ShardedMap<String, u64>>("[1,2]").is_err());
    assert!(from_str::<ShardedMap<String, u64>>(r#"{"a":1,"b":"no number"}"#).is_err());
    assert!(from_str::<ShardedSkipMap<String, u64>>(r#"{"a":1,"#).is_err());
}

#[test]
fn a_map_that_others_write_is_written_whole_entry_by_entry() {
    let map = ShardedMap::<u64, Vec<u64>>::new();
    (0..500).for_each(|n| drop(map.insert(n, vec![n; 3])));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0_u64.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                map.insert(round % 500, vec![round; 3]);
                map.insert(1_000 + round % 700, vec![0; 3]);
                map.remove(&(1_000 + (round + 350) % 700));
            }
        });
        for _ in 0..20 {
            let value = to_value(&map).expect("written");
            let entries = value.as_object().expect("a map");
            for key in 0..500 {
                let list = entries.get(&key.to_string()).and_then(Value::as_array).expect("it was there all the time");
                assert!(list.iter().all(|element| *element == list[0]), "{list:?} is of two values");
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}
