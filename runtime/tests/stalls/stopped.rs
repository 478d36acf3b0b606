//! A whole process stopped by SIGSTOP in the midst of its work, again and again, wherever its threads are: it goes on and its
//! answers are right.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use auditor_runtime::{ShardedMap, ShardedSkipMap};
use rustix::process::{Pid, Signal, kill_process};

use crate::deadline::DEADLINE;

const CHILD: &str = "AUDITOR_RUNTIME_STOPPED_CHILD";
const STOPS: u64 = 25;

#[test]
fn a_process_that_is_stopped_again_and_again_goes_on_with_the_right_answers() {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "stopped::a_child_of_the_test_above", "--nocapture"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a child");
    let pid = Pid::from_child(&child);
    for stop in 0..STOPS {
        // Uneven times, so that the stops fall anywhere.
        thread::sleep(Duration::from_micros(7_000 + stop * 1_300 % 9_000));
        kill_process(pid, Signal::STOP).expect("it runs");
        thread::sleep(Duration::from_millis(20));
        kill_process(pid, Signal::CONT).expect("it is there");
    }
    // The end of its input tells it to check and end.
    drop(child.stdin.take());
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        if start.elapsed() > DEADLINE {
            child.kill().expect("killed");
            panic!("it hangs after its stops");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().expect("piped"), &mut said).expect("UTF-8");
    assert!(status.success(), "{said}");
}

/// Does nothing but in a child: there it works until its input ends.
#[test]
fn a_child_of_the_test_above() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let (map, ordered) = (ShardedMap::<u64, u64>::new(), ShardedSkipMap::<u64, u64>::new());
    let (stop, counted) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for name in 0..6_u64 {
            let (map, ordered, stop, counted) = (&map, &ordered, &stop, &counted);
            scope.spawn(move || {
                for round in 0_u64.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let own = (name << 32) | (round % 4_000) | (1 << 40);
                    let before = map.insert(own, round).map(|value| *value);
                    assert_eq!(before, round.checked_sub(4_000), "what this thread left there");
                    assert_eq!(map.get(&own).map(|value| *value), Some(round));
                    map.upsert(0, |count| count + 1, || 1);
                    counted.fetch_add(1, Ordering::Relaxed);
                    ordered.insert(own, round);
                    assert_eq!(ordered.get_with(&own, |value| *value), Some(round));
                }
            });
        }
        let mut rest = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut rest).expect("it ends");
        stop.store(true, Ordering::Relaxed);
    });
    let counted = counted.load(Ordering::Relaxed);
    assert!(counted > 0);
    assert_eq!(map.get_cloned(&0), Some(counted), "each addition once");
    assert_eq!(map.len(), ordered.len() + 1);
    assert!(ordered.iter().map(|entry| *entry.key()).is_sorted());
}
