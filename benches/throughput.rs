//! Throughput of a scan on the pinned corpus: `cargo bench --bench throughput`. Fetches the corpus once, needs the network
//! for that; `AUDITOR_CORPUS` names another folder to scan.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measures")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use auditor::program::{ScanRequest, scan};

const ROUNDS: usize = 5;

fn main() {
    let corpus = std::env::var_os("AUDITOR_CORPUS").map_or_else(fetch, PathBuf::from);
    let bytes = bytes(&corpus);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{}: {:.1} MB of Rust, median of {ROUNDS} rounds", corpus.display(), megabytes(bytes));
    for jobs in [1, cores] {
        let mut rounds: Vec<(Duration, Vec<(&'static str, Duration)>)> =
            (0..ROUNDS).map(|_| round(&corpus, jobs)).collect();
        rounds.sort();
        let Some((median, stages)) = rounds.get(ROUNDS / 2) else { continue };
        let speed = megabytes(bytes) / median.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a machine has few cores")]
        let per_core = speed / jobs as f64;
        let stages: Vec<String> = stages.iter().map(|(stage, took)| format!("{stage} {took:.0?}")).collect();
        println!("jobs {jobs}: {median:.2?}, {speed:.1} MB/s, {per_core:.1} MB/s a core ({})", stages.join(", "));
    }
    if let Some(peak) = peak_bytes() {
        println!(
            "peak memory: {:.0} MB, {:.1} x the bytes scanned",
            megabytes(peak),
            megabytes(peak) / megabytes(bytes)
        );
    }
}

fn round(corpus: &Path, jobs: usize) -> (Duration, Vec<(&'static str, Duration)>) {
    let request = ScanRequest { paths: vec![corpus.to_owned()], jobs: Some(jobs), ..ScanRequest::default() };
    let started = Instant::now();
    let program = scan(&request).expect("the corpus is there");
    let took = started.elapsed();
    assert!(!program.sites.is_empty(), "a scan that finds nothing measures nothing");
    (took, program.timings)
}

/// Fetches what `benches/corpus/Cargo.toml` pins, unless it is there.
fn fetch() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("target/corpus");
    let mut cargo = Command::new("cargo");
    cargo.args(["vendor", "--quiet", "--locked", "--versioned-dirs", "--manifest-path", "benches/corpus/Cargo.toml"]);
    let status = cargo.arg(&corpus).current_dir(root).stdout(std::process::Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "the corpus can be fetched");
    corpus
}

/// The bytes of all Rust files below `folder`.
fn bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("the corpus can be read").filter_map(Result::ok);
    let sizes = entries.map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            bytes(&path)
        } else if path.extension().is_some_and(|end| end == "rs") {
            entry.metadata().map_or(0, |metadata| metadata.len())
        } else {
            0
        }
    });
    sizes.sum()
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The most memory that this process has had, where the system says so.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}
