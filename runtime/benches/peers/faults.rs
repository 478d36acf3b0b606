//! The same panics put into every map's user code, each in a child process, since some peers hang or abort. Reports; asserts nothing.

use std::cell::Cell;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

thread_local! {
    static HASH_FUSE: Cell<i64> = const { Cell::new(-1) };
    static EQ_FUSE: Cell<i64> = const { Cell::new(-1) };
    static DROP_FUSE: Cell<i64> = const { Cell::new(-1) };
}

fn burn(fuse: &'static std::thread::LocalKey<Cell<i64>>) {
    let left = fuse.get();
    if left >= 0 {
        fuse.set(left - 1);
        if left == 0 && !std::thread::panicking() {
            std::panic::panic_any("the fuse");
        }
    }
}

#[derive(Clone, Debug)]
struct Key(u64);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn(&HASH_FUSE);
        state.write_u64(self.0);
    }
}
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        burn(&EQ_FUSE);
        self.0 == other.0
    }
}
impl Eq for Key {}

#[derive(Clone, Debug)]
struct Value(u64);
impl Drop for Value {
    fn drop(&mut self) {
        burn(&DROP_FUSE);
    }
}

#[derive(Default)]
struct Mixing(u64);
impl Hasher for Mixing {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = crate::measure::Random(n).next();
    }
}
type State = BuildHasherDefault<Mixing>;

trait Frail: Sync {
    fn insert(&self, key: Key, value: Value);
    fn get(&self, key: &Key) -> Option<u64>;
    fn remove(&self, key: &Key);
    fn panic_in_update(&self, key: &Key);
}

struct Ours(auditor_runtime::ShardedMap<Key, Value, State>);
impl Frail for Ours {
    fn insert(&self, key: Key, value: Value) {
        self.0.insert(key, value);
    }
    fn get(&self, key: &Key) -> Option<u64> {
        self.0.get(key).map(|value| value.0)
    }
    fn remove(&self, key: &Key) {
        self.0.remove(key);
    }
    fn panic_in_update(&self, key: &Key) {
        self.0.update(key, |_| std::panic::panic_any("the fuse"));
    }
}

struct Dash(dashmap::DashMap<Key, Value, State>);
impl Frail for Dash {
    fn insert(&self, key: Key, value: Value) {
        self.0.insert(key, value);
    }
    fn get(&self, key: &Key) -> Option<u64> {
        self.0.get(key).map(|value| value.0)
    }
    fn remove(&self, key: &Key) {
        self.0.remove(key);
    }
    fn panic_in_update(&self, key: &Key) {
        self.0.alter(key, |_, _| std::panic::panic_any("the fuse"));
    }
}

struct Papaya(papaya::HashMap<Key, Value, State>);
impl Frail for Papaya {
    fn insert(&self, key: Key, value: Value) {
        self.0.pin().insert(key, value);
    }
    fn get(&self, key: &Key) -> Option<u64> {
        self.0.pin().get(key).map(|value| value.0)
    }
    fn remove(&self, key: &Key) {
        self.0.pin().remove(key);
    }
    fn panic_in_update(&self, key: &Key) {
        self.0.pin().update(key.clone(), |_| std::panic::panic_any("the fuse"));
    }
}

struct Scc(scc::HashMap<Key, Value, State>);
impl Frail for Scc {
    fn insert(&self, key: Key, value: Value) {
        self.0.upsert_sync(key, value);
    }
    fn get(&self, key: &Key) -> Option<u64> {
        self.0.read_sync(key, |_, value| value.0)
    }
    fn remove(&self, key: &Key) {
        self.0.remove_sync(key);
    }
    fn panic_in_update(&self, key: &Key) {
        self.0.update_sync(key, |_, _| std::panic::panic_any("the fuse"));
    }
}

struct Flurry(flurry::HashMap<Key, Value, State>);
impl Frail for Flurry {
    fn insert(&self, key: Key, value: Value) {
        self.0.pin().insert(key, value);
    }
    fn get(&self, key: &Key) -> Option<u64> {
        self.0.pin().get(key).map(|value| value.0)
    }
    fn remove(&self, key: &Key) {
        self.0.pin().remove(key);
    }
    fn panic_in_update(&self, key: &Key) {
        self.0.pin().compute_if_present(key, |_, _| std::panic::panic_any("the fuse"));
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

pub(crate) const MAPS: &[&str] =
    &["ShardedMap", "dashmap", "papaya", "papaya, blocking resize", "scc HashMap", "flurry"];
pub(crate) const INJECTIONS: &[&str] = &[
    "Hash panics while the map grows",
    "Hash panics under churn (rehash in place)",
    "Eq panics in insert",
    "update's closure panics",
    "Drop of a replaced value panics",
];

fn make(map: &str) -> Box<dyn Frail> {
    let state = State::default();
    match map {
        "ShardedMap" => Box::new(Ours(auditor_runtime::ShardedMap::with_hasher(state))),
        "dashmap" => Box::new(Dash(dashmap::DashMap::with_capacity_and_hasher_and_shard_amount(0, state, 4))),
        "papaya" => Box::new(Papaya(papaya::HashMap::with_hasher(state))),
        "papaya, blocking resize" => {
            Box::new(Papaya(papaya::HashMap::builder().hasher(state).resize_mode(papaya::ResizeMode::Blocking).build()))
        }
        "scc HashMap" => Box::new(Scc(scc::HashMap::with_hasher(state))),
        _ => Box::new(Flurry(flurry::HashMap::with_hasher(state))),
    }
}

/// Runs an operation; tells whether it panicked.
fn caught(work: impl FnOnce()) -> bool {
    let outcome = catch_unwind(AssertUnwindSafe(work));
    for fuse in [&HASH_FUSE, &EQ_FUSE, &DROP_FUSE] {
        fuse.set(-1);
    }
    outcome.is_err()
}

/// The child: injects, then looks from another thread whether everything committed is there and writes go on. Exits with what it saw.
pub(crate) fn child(map: &str, injection: &str) -> ! {
    std::panic::set_hook(Box::new(|_| ()));
    let subject: &'static dyn Frail = Box::leak(make(map));
    let mut committed = std::collections::BTreeMap::new();
    let mut panics = 0;
    let at = INJECTIONS.iter().position(|one| *one == injection).unwrap_or(0);
    for n in 0..3_000_u64 {
        let key = Key(n);
        let panicked = match at {
            0 => caught(|| {
                HASH_FUSE.set(1 + (n % 5) as i64);
                subject.insert(key.clone(), Value(n));
            }),
            1 => {
                if n >= 400 {
                    let old = Key(n - 400);
                    let gone = !caught(|| {
                        HASH_FUSE.set(1 + (n % 5) as i64);
                        subject.remove(&old);
                    });
                    if gone {
                        committed.remove(&(n - 400));
                    }
                }
                caught(|| {
                    HASH_FUSE.set(1 + (n % 50) as i64);
                    subject.insert(key.clone(), Value(n));
                })
            }
            2 => caught(|| {
                EQ_FUSE.set((n % 3) as i64);
                subject.insert(Key(n / 2), Value(n / 2));
            }),
            3 => {
                subject.insert(key.clone(), Value(n));
                caught(|| subject.panic_in_update(&key))
            }
            _ => caught(|| {
                subject.insert(key.clone(), Value(n));
                DROP_FUSE.set(0);
                subject.insert(key.clone(), Value(n));
            }),
        };
        panics += u64::from(panicked);
        // What panicked is not committed, unless it was there before.
        if !panicked || at >= 3 {
            let n = if at == 2 { n / 2 } else { n };
            committed.insert(n, ());
        }
    }
    let lost = std::thread::spawn(move || {
        let lost = committed.keys().filter(|n| subject.get(&Key(**n)) != Some(**n)).count();
        for n in 10_000..12_000 {
            subject.insert(Key(n), Value(n));
        }
        lost
    })
    .join()
    .unwrap_or(usize::MAX);
    println!("{lost} {panics}");
    std::process::exit(0)
}

/// What a map did under an injection, in words.
pub(crate) fn verdict(map: &str, injection: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(["--inject", map, injection])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (done, waiting) = mpsc::channel();
    let mut out = child.stdout.take().unwrap();
    std::thread::spawn(move || {
        let mut text = String::new();
        let _ = std::io::Read::read_to_string(&mut out, &mut text);
        let _ = done.send(text);
    });
    let Ok(text) = waiting.recv_timeout(Duration::from_secs(4)) else {
        let _ = child.kill();
        let _ = child.wait();
        return format!("**hangs** (killed after {} s)", started.elapsed().as_secs());
    };
    let status = child.wait().unwrap();
    let mut numbers = text.split_whitespace().map(str::parse::<usize>);
    match (status.success(), numbers.next(), numbers.next()) {
        (true, Some(Ok(0)), Some(Ok(0))) => "not hit: no panic came through".to_owned(),
        (true, Some(Ok(0)), Some(Ok(panics))) => format!("ok ({panics} panics)"),
        (true, Some(Ok(lost)), _) => format!("**loses {lost} committed entries**"),
        _ => "**aborts the process**".to_owned(),
    }
}
