//! The maps under everything that goes wrong around them: user code that panics, threads that end or stall in the middle,
//! more threads than cores. Each thread knows what its own keys must hold, and looks.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::random::Random;
use super::say;
use auditor_runtime::ShardedMap;
use auditor_runtime::panic::process_counts;

/// Operations of one thread in a long episode, in which the map grows and splits, and in a short one. Episodes are what is
/// independent of each other, so most are short.
const OPERATIONS: (u64, u64) = (4000, 120);

/// So many short episodes follow each long one, on the same threads: those cost more than an episode.
const SHORT: u64 = 63;

/// Keys of one thread; a power of two.
const KEYS: u64 = 512;

/// A panic that the chaos run threw itself. It is re-raised, not raised: the hook's counter is left for what nobody threw.
struct Thrown;

thread_local! {
    /// How many calls of user code from now one panics; zero for never.
    static FUSE: Cell<u32> = const { Cell::new(0) };
}

/// User code's turn to panic, when the fuse has burnt down.
fn fuse() {
    // auditor: allow(panicking-api) a cell of a number has no destructor, so the key is never gone
    let left = FUSE.get();
    // auditor: allow(panicking-api) a cell of a number has no destructor, so the key is never gone
    FUSE.set(left.saturating_sub(1));
    if left == 1 {
        // auditor: allow(panic-macro) chaos throws panics: that is its work, and it catches them
        resume_unwind(Box::new(Thrown));
    }
}

/// A key whose hashing and comparing may panic.
#[derive(Clone, Copy, Eq)]
struct Key(u64);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        fuse();
        state.write_u64(self.0);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        fuse();
        self.0 == other.0
    }
}

/// What happened, over all threads.
#[derive(Default)]
struct Tally {
    operations: AtomicU64,
    thrown: AtomicU64,
    wrong: AtomicU64,
    killed: AtomicU64,
    stalled: AtomicU64,
    /// Episodes with a wrong answer.
    failed: AtomicU64,
}

/// One map of its own, and the wrong answers that it gave.
struct Episode {
    number: u64,
    map: ShardedMap<Key, u64>,
    wrong: AtomicU64,
}

fn add(counter: &AtomicU64, count: u64) {
    // Relaxed: pairs with nothing; it is read after the threads have been joined.
    counter.fetch_add(count, Ordering::Relaxed);
}

/// Runs episodes for `AUDITOR_DRILL_SECONDS`, ten unless told, each on a map of its own, and prints what happened.
pub(super) fn run() {
    let seconds = std::env::var("AUDITOR_DRILL_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let threads = thread::available_parallelism().map_or(4, |cores| cores.get().saturating_mul(4));
    let tally = Tally::default();
    let start = Instant::now();
    let mut episodes = 0_u64;
    while start.elapsed() < Duration::from_secs(seconds) {
        together(episodes, 1, OPERATIONS.0, threads, &tally);
        together(episodes.saturating_add(1), SHORT, OPERATIONS.1, threads, &tally);
        episodes = episodes.saturating_add(1).saturating_add(SHORT);
    }
    // Relaxed: pairs with nothing, all threads have been joined.
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    say!(
        "episodes {episodes}\nfailed_episodes {}\nworkers {threads}\noperations {}\nthrown {}\nwrong {}\nkilled {}\nstalled {}\nunexpected {}",
        read(&tally.failed),
        read(&tally.operations),
        read(&tally.thrown),
        read(&tally.wrong),
        read(&tally.killed),
        read(&tally.stalled),
        process_counts().panics
    );
}

/// Runs `count` episodes one after another, from number `first` on; all threads begin each at the same time. A thread that the system
/// refuses would keep the others waiting: the drill's deadline ends that.
fn together(first: u64, count: u64, operations: u64, threads: usize, tally: &Tally) {
    let maps: Vec<Episode> = (first..)
        .take_while(|number| number.wrapping_sub(first) < count)
        .map(|number| Episode { number, map: ShardedMap::new(), wrong: AtomicU64::new(0) })
        .collect();
    let (maps, gate) = (&maps, &Barrier::new(threads.saturating_add(2)));
    let long = operations == OPERATIONS.0;
    let each = |work: &dyn Fn(&Episode)| {
        for episode in maps {
            gate.wait();
            work(episode);
        }
    };
    // auditor: allow(panicking-api) a thread that panics ends the drill's child, and the drill sees it
    thread::scope(|scope| {
        for name in (0_u64..).take(threads) {
            let share = move || each(&|episode| add(&episode.wrong, work(episode, name, operations, tally)));
            let _ = thread::Builder::new().spawn_scoped(scope, share);
        }
        let stalled = || each(&|episode| stall(episode, if long { 2000 } else { 50 }, tally));
        let _ = thread::Builder::new().spawn_scoped(scope, stalled);
        let _ = thread::Builder::new().spawn_scoped(scope, || each(&|episode| killed(episode, tally)));
    });
    for episode in maps {
        // Relaxed: pairs with the additions of the threads, which have been joined.
        let wrong = episode.wrong.load(Ordering::Relaxed);
        add(&tally.wrong, wrong);
        add(&tally.failed, u64::from(wrong > 0));
    }
}

/// One thread's share: its own keys are as it left them, other threads' hold what belongs to them. Gives the mistakes seen.
fn work(episode: &Episode, name: u64, operations: u64, tally: &Tally) -> u64 {
    let (map, episode) = (&episode.map, episode.number);
    let mut random = Random::new(name.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ episode.wrapping_add(1));
    let mut expected: HashMap<u64, u64> = HashMap::new();
    let (mut wrong, mut thrown) = (0_u64, 0_u64);
    for turn in 0..operations {
        let key = name.wrapping_shl(32) | random.below(KEYS);
        let value = key.wrapping_shl(16) | (turn & 0xffff);
        // auditor: allow(panicking-api) a cell of a number has no destructor, so the key is never gone
        FUSE.set(if random.below(32) == 0 { 1 + u32::try_from(random.below(4)).unwrap_or(0) } else { 0 });
        let choice = random.below(8);
        let done = catch_unwind(AssertUnwindSafe(|| operate(map, choice, Key(key), value, random.below(1 << 20))));
        // auditor: allow(panicking-api) a cell of a number has no destructor, so the key is never gone
        FUSE.set(0);
        match done {
            Ok(found) => wrong = wrong.saturating_add(u64::from(!agrees(&mut expected, choice, key, value, found))),
            Err(payload) if payload.is::<Thrown>() => thrown = thrown.saturating_add(1),
            // The hook has counted it: it is told as unexpected.
            Err(_) => {}
        }
    }
    // What a panic interrupted must be as it was before, or wholly done; and nothing else may have changed.
    for (key, value) in &expected {
        wrong = wrong.saturating_add(u64::from(map.get_cloned(&Key(*key)) != Some(*value)));
    }
    add(&tally.operations, operations.saturating_add(u64::try_from(expected.len()).unwrap_or(0)));
    add(&tally.thrown, thrown);
    wrong
}

/// Does one operation, and gives what was there before or what was found.
fn operate(map: &ShardedMap<Key, u64>, choice: u64, key: Key, value: u64, other: u64) -> Option<u64> {
    match choice {
        0 | 1 => map.insert(key, value).map(|before| *before),
        2 => map.remove(&key).map(|before| *before),
        3 => Some(*map.get_or_insert_with(key, || {
            fuse();
            value
        })),
        4 => map
            .update(&key, |_| {
                fuse();
                value
            })
            .map(|_| value),
        5 => {
            // Another thread's key: whatever it holds belongs to it.
            let theirs = Key(((other >> 9) & 7).wrapping_shl(32) | (other & (KEYS - 1)));
            map.get_cloned(&theirs).filter(|found| found.wrapping_shr(16) != theirs.0 & 0xffff_ffff_ffff)
        }
        _ => map.get_cloned(&key),
    }
}

/// Whether the map's answer is the model's; the model takes the operation over.
fn agrees(expected: &mut HashMap<u64, u64>, choice: u64, key: u64, value: u64, found: Option<u64>) -> bool {
    match choice {
        0 | 1 => expected.insert(key, value) == found,
        2 => expected.remove(&key) == found,
        3 => Some(*expected.entry(key).or_insert(value)) == found,
        4 => match expected.get_mut(&key) {
            Some(kept) => {
                *kept = value;
                found == Some(value)
            }
            None => found.is_none(),
        },
        5 => found.is_none(),
        _ => expected.get(&key).copied() == found,
    }
}

/// A reader that stops in the middle: what it refers to stays, and nobody waits for it.
fn stall(episode: &Episode, micros: u64, tally: &Tally) {
    let map = &episode.map;
    let mine = Key(u64::MAX);
    map.insert(mine, 7);
    let held = map.get(&mine);
    map.remove(&mine);
    thread::sleep(Duration::from_micros(micros));
    add(&episode.wrong, u64::from(held.as_deref() != Some(&7)));
    add(&tally.stalled, 1);
}

/// A thread that ends by a panic while it holds a reference.
fn killed(episode: &Episode, tally: &Tally) {
    let map = &episode.map;
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let mine = Key(u64::MAX - 1);
        map.insert(mine, 1);
        let _held = map.get(&mine);
        // auditor: allow(panic-macro) chaos throws panics: that is its work, and it catches them
        map.update(&mine, |_| resume_unwind(Box::new(Thrown)));
    }));
    add(&tally.killed, u64::from(ended.is_err()));
    add(&episode.wrong, u64::from(map.get_cloned(&Key(u64::MAX - 1)) != Some(1)));
}
