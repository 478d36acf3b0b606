//! The maps against their peers: interleaved passes in one process, the same hasher and allocator, paired ratios.
//! `cargo bench -p auditor-runtime --bench peers [-- FILTER]` prints as it goes; without a filter it writes `BENCHMARKS.md` and JSON.

mod faults;
mod fixed;
mod latency;
mod measure;
mod memory;
mod ordered;
mod report;
mod subjects;
mod typed;
mod work;

use latency::Latency;
use measure::{Outcome, Series};
use subjects::{Alone, DashMap, Flurry, Locked, Ours, OursNode, Papaya, SccIndex, SccMap, Subject};

#[global_allocator]
static COUNTING: memory::Counting = memory::Counting;

type Job = (&'static str, fn() -> Outcome);

const JOBS: &[Job] = &[
    ("get-1k", || work::get_hit(1_000, 100_000, 41)),
    ("get-64k", || work::get_hit(64_000, 400_000, 31)),
    ("get-2m", || work::get_hit(2_000_000, 100_000, 31)),
    ("miss-64k", || work::get_miss(64_000, 400_000, 31)),
    ("insert-10k", || work::insert_presized(10_000, 61)),
    ("insert-200k", || work::insert_presized(200_000, 31)),
    ("grow-200k", || work::insert_growing(200_000, 31)),
    ("overwrite-10k", || work::overwrite(10_000, 20, 41)),
    ("overwrite-200k", || work::overwrite(200_000, 2, 31)),
    ("remove-10k", || work::remove(10_000, 61)),
    ("remove-200k", || work::remove(200_000, 31)),
    ("churn-10k", || work::churn(10_000, 31)),
    ("mix-1", || work::mix(64_000, 1, 90, 400_000, 31)),
    ("mix-2", || work::mix(64_000, 2, 90, 400_000, 41)),
    ("mix-4", || work::mix(64_000, 4, 90, 200_000, 31)),
    ("half-2", || work::mix(64_000, 2, 50, 200_000, 31)),
    ("reads-1", || work::mix(64_000, 1, 100, 400_000, 31)),
    ("reads-2", || work::mix(64_000, 2, 100, 400_000, 41)),
    ("fixed", || fixed::insert(61)),
    ("ordered-get", || ordered::get(31)),
    ("ordered-scan", || ordered::scan(31)),
    ("ordered-insert", || ordered::insert(15)),
];

fn footprints() -> Vec<Outcome> {
    const N: usize = 1_000_000;
    let all = [
        (Ours::NAME, memory::footprint::<Ours>(N)),
        (OursNode::NAME, memory::footprint::<OursNode>(N)),
        (Alone::NAME, memory::footprint::<Alone>(N)),
        (DashMap::NAME, memory::footprint::<DashMap>(N)),
        (Papaya::NAME, memory::footprint::<Papaya>(N)),
        (SccMap::NAME, memory::footprint::<SccMap>(N)),
        (SccIndex::NAME, memory::footprint::<SccIndex>(N)),
        (Flurry::NAME, memory::footprint::<Flurry>(N)),
        (Locked::NAME, memory::footprint::<Locked>(N)),
    ];
    vec![
        memory::outcome("bytes an entry at 1 M", "B", |footprint| footprint.live, &all),
        memory::outcome("bytes an entry at the peak of growing to 1 M", "B", |footprint| footprint.peak, &all),
        memory::outcome("allocations an insertion, growing to 1 M", "", |footprint| footprint.allocations, &all),
        memory::outcome("bytes of an empty map", "B", |footprint| footprint.empty as f64, &all),
    ]
}

fn growth() -> (Vec<Latency>, Outcome) {
    const N: usize = 1_000_000;
    let all = vec![
        latency::growth::<Ours>(N, 3),
        latency::growth::<OursNode>(N, 3),
        latency::growth::<Alone>(N, 3),
        latency::growth::<DashMap>(N, 3),
        latency::growth::<Papaya>(N, 3),
        latency::growth::<SccMap>(N, 3),
        latency::growth::<SccIndex>(N, 3),
        latency::growth::<Flurry>(N, 3),
    ];
    let series = all
        .iter()
        .map(|one| Series { name: one.name, values: one.worst.iter().map(|&worst| worst as f64).collect() })
        .collect();
    let outcome =
        Outcome { work: "worst single insert, growing to 1 M".to_owned(), unit: "ns", less_is_better: true, series };
    (all, outcome)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, map, injection] = arguments.as_slice() {
        if flag == "--inject" {
            faults::child(map, injection);
        }
    }
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let started = std::time::Instant::now();
    let mut outcomes = Vec::new();
    for (name, job) in JOBS {
        if filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str())) {
            outcomes.push(job());
        }
    }
    outcomes
        .extend(typed::all(|name| filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()))));
    if filters.is_empty() {
        let (latency, worst) = growth();
        outcomes.push(worst);
        outcomes.extend(footprints());
        report::write(&outcomes, &latency, started.elapsed().as_secs_f64());
    }
}
