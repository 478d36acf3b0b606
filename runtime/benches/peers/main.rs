//! The maps against their peers: interleaved passes in one process, the same hasher and allocator, paired ratios.
//! `cargo bench -p auditor-runtime --bench peers [-- FILTER]` prints as it goes; without a filter it writes `BENCHMARKS.md` and JSON.

mod measure;
mod subjects;
mod work;

use measure::Outcome;

type Job = (&'static str, fn() -> Outcome);

const JOBS: &[Job] = &[
    ("get-1k", || work::get_hit(1_000, 20_000, 41)),
    ("get-64k", || work::get_hit(64_000, 64_000, 31)),
    ("get-2m", || work::get_hit(2_000_000, 100_000, 31)),
    ("miss-64k", || work::get_miss(64_000, 64_000, 31)),
    ("insert-10k", || work::insert_presized(10_000, 41)),
    ("insert-200k", || work::insert_presized(200_000, 31)),
    ("grow-200k", || work::insert_growing(200_000, 31)),
    ("overwrite-10k", || work::overwrite(10_000, 41)),
    ("overwrite-200k", || work::overwrite(200_000, 31)),
    ("remove-10k", || work::remove(10_000, 41)),
    ("remove-200k", || work::remove(200_000, 31)),
    ("churn-10k", || work::churn(10_000, 31)),
    ("mix-1", || work::mix(64_000, 1, 90, 200_000, 31)),
    ("mix-2", || work::mix(64_000, 2, 90, 200_000, 31)),
    ("reads-1", || work::mix(64_000, 1, 100, 200_000, 31)),
    ("reads-2", || work::mix(64_000, 2, 100, 200_000, 31)),
];

fn main() {
    let filters: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, job) in JOBS {
        if filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str())) {
            job();
        }
    }
}
