//! What returns no error ends the process without memory, by `handle_alloc_error`: each case in a child of its own.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use auditor_runtime::{ShardedMap, ShardedSkipMap};

use crate::failing::{Refuse, refusing};

const CASE: &str = "AUDITOR_RUNTIME_ALLOCATOR_CASE";
const DEADLINE: Duration = Duration::from_secs(20);

/// What each case does once nothing can be allocated.
const CASES: [(&str, fn()); 8] = [
    ("insert", || {
        let map = ShardedMap::<u64, [u64; 9]>::new();
        map.len();
        refusing(Refuse::AllFrom(0), || drop(map.insert(1, [1; 9])));
    }),
    ("growth", || {
        let map = ShardedMap::<u64, u64>::new();
        refusing(Refuse::AllFrom(0), || (0..10_000).for_each(|key| drop(map.insert(key, key))));
    }),
    ("get_or_insert_with", || {
        let map = ShardedMap::<u64, [u64; 9]>::new();
        refusing(Refuse::AllFrom(0), || drop(map.get_or_insert_with(1, || [1; 9])));
    }),
    ("update", || {
        let map = ShardedMap::<u64, [u64; 9]>::new();
        map.insert(1, [1; 9]);
        refusing(Refuse::AllFrom(0), || drop(map.update(&1, |_| [2; 9])));
    }),
    ("upsert", || {
        let map = ShardedMap::<u64, [u64; 9]>::new();
        refusing(Refuse::AllFrom(0), || drop(map.upsert(1, |old| *old, || [1; 9])));
    }),
    ("clone", || {
        let map: ShardedMap<u64, u64> = (0..5_000).map(|n| (n, n)).collect();
        refusing(Refuse::AllFrom(0), || drop(map.clone()));
    }),
    ("ordered insert", || {
        let map = ShardedSkipMap::<u64, u64>::new();
        refusing(Refuse::AllFrom(0), || drop(map.insert(1, 1)));
    }),
    ("first use", || {
        let map = ShardedMap::<u64, u64>::new();
        thread::scope(|scope| {
            scope.spawn(|| refusing(Refuse::AllFrom(0), || map.contains_key(&1)));
        });
    }),
];

#[test]
fn what_reports_no_error_aborts_without_memory() {
    for (case, _) in CASES {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "aborts::a_child_of_the_test_above", "--nocapture"])
            .env(CASE, case)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a child");
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a status") {
                break status;
            }
            if start.elapsed() > DEADLINE {
                child.kill().expect("killed");
                panic!("{case}: it hangs");
            }
            thread::sleep(Duration::from_millis(2));
        };
        let mut said = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().expect("piped"), &mut said).expect("UTF-8");
        assert!(!status.success(), "{case}: {said}");
        #[cfg(unix)]
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(6), "{case}: {said}");
        assert!(said.contains("memory allocation of ") && !said.contains("panicked"), "{case}: {said}");
    }
}

/// Does nothing but in a child: there its case ends the process.
#[test]
fn a_child_of_the_test_above() {
    let Ok(wanted) = std::env::var(CASE) else { return };
    let case = CASES.iter().find(|(case, _)| *case == wanted).expect("a case");
    (case.1)();
    unreachable!("{wanted} went on without memory");
}
