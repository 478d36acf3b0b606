//! Writes what was measured: `BENCHMARKS.md` for people, JSON for programs.

use std::fmt::Write;

use crate::latency::Latency;
use crate::measure::{Outcome, median, ratio};
use crate::{faults, latency};

/// A promise of the design, and how to judge it: series by name, and a bound on ours / theirs.
pub(crate) struct Bar {
    pub(crate) work: &'static str,
    pub(crate) text: &'static str,
    /// Peers whose best median counts; empty means all that synchronize.
    pub(crate) against: &'static [&'static str],
    pub(crate) bound: f64,
}

/// A bar against dashmap alone.
const fn dash(work: &'static str, text: &'static str, bound: f64) -> Bar {
    Bar { work, text, against: &["dashmap"], bound }
}

/// As a user calls: opaque keys, wide values, strings, removals and hot keys.
const TYPED: &[Bar] = &[
    dash("u64 → u64: get, hit, 1000 keys", "at most 0.6 × dashmap", 0.6),
    dash("u64 → u64: get, hit, 64000 keys", "at most 0.6 × dashmap", 0.6),
    dash("u64 → (u64, u64): get, hit, 1000 keys", "at most 0.8 × dashmap", 0.8),
    dash("u64 → (u64, u64): get, hit, 64000 keys", "at most 0.8 × dashmap", 0.8),
    dash("u64 → (u64, u64): overwrite, 1000 keys", "at most 1.0 × dashmap", 1.0),
    dash("u64 → (u64, u64): overwrite, 64000 keys", "at most 1.0 × dashmap", 1.0),
    dash("u64 → (u64, u64): update, 1000 keys", "at most 1.2 × dashmap", 1.2),
    dash("u64 → (u64, u64): update, 64000 keys", "at most 1.2 × dashmap", 1.2),
    dash("u64 → (u64, u64): remove, 1000 keys", "at most 1.2 × dashmap", 1.2),
    dash("u64 → (u64, u64): remove, 64000 keys", "at most 1.2 × dashmap", 1.2),
    dash("u64 → (u64, u64): iterate, an entry, 1000 keys", "at most 1.2 × dashmap", 1.2),
    dash("u64 → (u64, u64): iterate, an entry, 64000 keys", "at most 1.2 × dashmap", 1.2),
    dash("String → u64: update, 1000 keys", "at most 1.5 × dashmap", 1.5),
    dash("String → u64: update, 64000 keys", "at most 1.5 × dashmap", 1.5),
    dash("String → u64: upsert, 1000 keys", "at most 1.5 × dashmap", 1.5),
    dash("String → u64: upsert, 64000 keys", "at most 1.5 × dashmap", 1.5),
    dash("u64 → u64: 2 threads, 99 % reads, mixed writes", "at most 0.5 × dashmap", 0.5),
    dash("u64 → u64: 2 threads, 90 % reads, mixed writes", "at most 0.8 × dashmap", 0.8),
    dash("u64 → u64: 2 threads, 50 % reads, mixed writes", "at most 1.0 × dashmap", 1.0),
    dash("u64 → u64: 8 threads, one hot key, update", "at most 2 × dashmap", 2.0),
];

pub(crate) const BARS: &[Bar] = &[
    Bar { work: "get, hit, 1000 keys", text: "at most 0.5 × the best peer", against: &[], bound: 0.5 },
    Bar { work: "get, hit, 64000 keys", text: "at most 0.6 × the best peer", against: &[], bound: 0.6 },
    Bar { work: "get, hit, 1000 keys", text: "at most 2.1 × hashbrown", against: &["hashbrown, no sync"], bound: 2.1 },
    Bar {
        work: "get, hit, 64000 keys", text: "at most 2.1 × hashbrown", against: &["hashbrown, no sync"], bound: 2.1
    },
    Bar { work: "get, hit, 2000000 keys", text: "at most 1.05 × the best peer", against: &[], bound: 1.05 },
    Bar { work: "insert new, pre-sized, 10000", text: "at most 1.15 × dashmap", against: &["dashmap"], bound: 1.15 },
    Bar { work: "insert new, pre-sized, 200000", text: "at most 0.9 × dashmap", against: &["dashmap"], bound: 0.9 },
    Bar { work: "overwrite, 10000", text: "at most 1.1 × dashmap", against: &["dashmap"], bound: 1.1 },
    Bar { work: "overwrite, 200000", text: "at most 1.1 × dashmap", against: &["dashmap"], bound: 1.1 },
    Bar { work: "remove, 10000", text: "at most 1.1 × dashmap", against: &["dashmap"], bound: 1.1 },
    Bar { work: "remove, 200000", text: "at most 1.1 × dashmap", against: &["dashmap"], bound: 1.1 },
    Bar {
        work: "worst single insert, growing to 1 M",
        text: "at most 0.1 × dashmap",
        against: &["dashmap"],
        bound: 0.1,
    },
    Bar { work: "worst single insert, growing to 1 M", text: "at most papaya", against: &["papaya"], bound: 1.0 },
    Bar {
        work: "2 threads, 90 % reads, Zipf 0.99, 64000 keys",
        text: "at least 1.5 × the best peer's throughput",
        against: &[],
        bound: 1.5,
    },
    Bar {
        work: "bytes an entry at 1 M",
        text: "at most 1.25 × hashbrown",
        against: &["hashbrown, no sync"],
        bound: 1.25,
    },
    Bar {
        work: "FixedMap: insert 10,000",
        text: "at most 1.0 × hashbrown",
        against: &["hashbrown, pre-sized"],
        bound: 1.0,
    },
    Bar {
        work: "FixedMap: insert 10,000",
        text: "at least 9 × faster than a node-based map",
        against: &["chained, a node an entry"],
        bound: 1.0 / 9.0,
    },
    Bar {
        work: "ordered: get, 64000 keys",
        text: "at most 0.25 × crossbeam-skiplist",
        against: &["crossbeam-skiplist"],
        bound: 0.25,
    },
    Bar {
        work: "ordered: scan of 1,000 in 64000 keys",
        text: "at least 5 × crossbeam-skiplist's speed",
        against: &["crossbeam-skiplist"],
        bound: 0.2,
    },
];

fn judge(bar: &Bar, outcome: &Outcome) -> String {
    let ours = &outcome.series[0];
    let ours_names = ["ShardedMap", "ShardedMap, nodes", "hashbrown, no sync"];
    let peers = outcome.series.iter().skip(1).filter(|series| {
        if bar.against.is_empty() { !ours_names.contains(&series.name) } else { bar.against.contains(&series.name) }
    });
    let better = |a: f64, b: f64| if outcome.less_is_better { a < b } else { a > b };
    let best = peers.reduce(|a, b| if better(median(&b.values), median(&a.values)) { b } else { a });
    let Some(best) = best else { return String::new() };
    let (mid, low, high) = ratio(ours, best);
    let met = if outcome.less_is_better { mid <= bar.bound } else { mid >= bar.bound };
    let met = if met { "met" } else { "**missed**" };
    format!("| {} | {} | {mid:.2} × {} [{low:.2}, {high:.2}] | {met} |\n", bar.work, bar.text, best.name)
}

fn table(outcome: &Outcome) -> String {
    let mut text = format!(
        "### {}\n\n| map | median, {} | ours / this, 95 % interval |\n| --- | ---: | --- |\n",
        outcome.work, outcome.unit
    );
    for series in &outcome.series {
        let (mid, low, high) = ratio(&outcome.series[0], series);
        let _ = writeln!(text, "| {} | {:.2} | {mid:.2} [{low:.2}, {high:.2}] |", series.name, median(&series.values));
    }
    text.push('\n');
    text
}

fn losses(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        for series in outcome
            .series
            .iter()
            .skip(1)
            .filter(|series| !series.name.starts_with("ShardedMap") && !series.name.contains("no sync"))
        {
            let (mid, low, high) = ratio(&outcome.series[0], series);
            let lost = if outcome.less_is_better { low > 1.0 } else { high < 1.0 };
            if lost {
                let _ = writeln!(
                    text,
                    "- {}: {} is better; ours / {} is {mid:.2}.",
                    outcome.work, series.name, series.name
                );
            }
        }
    }
    if text.is_empty() { "None in this run.\n".to_owned() } else { text }
}

fn latencies(all: &[Latency]) -> String {
    let mut text = format!(
        "### Each insertion while a map grows from empty to 1 M, ns\n\nThe clock itself takes {} ns, not subtracted. Worst: of the passes, the middle one.\n\n\
         | map | p50 | p99 | p99.9 | p99.99 | p99.999 | worst |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
        latency::timer_floor()
    );
    for one in all {
        let at = |quantile: f64| one.histogram.value_at_quantile(quantile);
        let worst = one.worst.get(one.worst.len() / 2).copied().unwrap_or(0);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {worst} |",
            one.name,
            at(0.5),
            at(0.99),
            at(0.999),
            at(0.9999),
            at(0.99999)
        );
    }
    text.push('\n');
    text
}

fn panics() -> String {
    let mut text = String::from("| injection |");
    for map in faults::MAPS {
        let _ = write!(text, " {map} |");
    }
    text.push_str("\n|");
    text.push_str(&" --- |".repeat(faults::MAPS.len() + 1));
    text.push('\n');
    for injection in faults::INJECTIONS {
        let _ = write!(text, "| {injection} |");
        for map in faults::MAPS {
            let verdict = faults::verdict(map, injection);
            eprintln!("{map}, {injection}: {verdict}");
            let _ = write!(text, " {verdict} |");
        }
        text.push('\n');
    }
    text
}

/// The versions of the peers, from the lock file.
fn versions() -> String {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock")).unwrap_or_default();
    let names = ["dashmap", "papaya", "scc", "flurry", "crossbeam-skiplist", "hashbrown", "foldhash"];
    let mut found = Vec::new();
    let mut lines = lock.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = names.iter().find(|name| line == format!("name = \"{name}\"")) {
            let version = lines.next().unwrap_or("").trim_start_matches("version = ").trim_matches('"');
            found.push(format!("{name} {version}"));
        }
    }
    found.join(", ")
}

fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        cpu.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split(": ").nth(1))
            .unwrap_or("?")
            .to_owned()
    };
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let rustc = std::process::Command::new("rustc")
        .arg("-V")
        .output()
        .map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    format!(
        "{} (family {}, model {}), {} logical cores, Linux {}, {}",
        field("model name"),
        field("cpu family"),
        field("model\t"),
        std::thread::available_parallelism().map_or(0, usize::from),
        kernel.trim(),
        rustc.unwrap_or_default()
    )
}

/// What else the machine did: the bench itself makes a load of one to two, for a while of four.
fn load() -> String {
    let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split_whitespace().take(3).collect::<Vec<_>>().join(", ")
}

/// What a run cannot tell.
const NOTES: &str = include_str!("notes.md");

pub(crate) fn write(outcomes: &[Outcome], latency: &[Latency], seconds: f64) {
    let mut bars = String::from("| work | bar | measured: ours / theirs | |\n| --- | --- | --- | --- |\n");
    for bar in TYPED.iter().chain(BARS) {
        if let Some(outcome) = outcomes.iter().find(|outcome| outcome.work == bar.work) {
            bars.push_str(&judge(bar, outcome));
        }
    }
    let tables: String = outcomes.iter().map(table).collect();
    let text = format!(
        "# Benchmarks\n\nWritten by `cargo bench -p auditor-runtime --bench peers` ({seconds:.0} s). Passes of all maps interleaved in one process, the same hasher \
         (foldhash, fixed seed) and allocator (the system's, counted for the calling thread); ratios are medians of paired passes, with 95 % bootstrap intervals. Maps with guards take \
         one a call. u64 to u64 where a row does not say otherwise. Rows of one thread are in its processor time, those of several in real time. Times below 5 ns differ by some tenths from run to run on a shared machine.\n\n\
         Machine: {}. Load average of the last minute, five and fifteen when it ended: {}.\n\nVersions: {}.\n\n## The bars\n\n{bars}\n## Where it loses\n\nAgainst a map that can do the same, outside the interval:\n\n{}\n\
         {NOTES}\n## Panics put in\n\nThe same injections for every map, each in a process of its own: 3,000 operations, then another thread looks for every committed \
         entry and writes 2,000 new ones. Reported, not asserted.\n\n{}\n## All workloads\n\n{}{tables}",
        machine(),
        load(),
        versions(),
        losses(outcomes),
        panics(),
        latencies(latency),
    );
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/BENCHMARKS.md");
    std::fs::write(path, text.trim_end().to_owned() + "\n").unwrap();
    let json = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/peers.json");
    std::fs::write(json, as_json(outcomes)).unwrap();
    eprintln!("wrote {path} and {json}");
}

fn as_json(outcomes: &[Outcome]) -> String {
    let mut text = String::from("[\n");
    for (at, outcome) in outcomes.iter().enumerate() {
        let _ = write!(text, "  {{\"work\": \"{}\", \"unit\": \"{}\", \"series\": [", outcome.work, outcome.unit);
        for (at, series) in outcome.series.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let values: Vec<String> = series.values.iter().map(|value| format!("{value:.3}")).collect();
            let _ = write!(text, "{comma}{{\"map\": \"{}\", \"values\": [{}]}}", series.name, values.join(", "));
        }
        text.push_str(if at + 1 == outcomes.len() { "]}\n" } else { "]},\n" });
    }
    text.push_str("]\n");
    text
}
