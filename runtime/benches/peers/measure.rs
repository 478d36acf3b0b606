//! Interleaved passes, paired ratios, medians. Nothing here knows a map.

/// One subject's passes of one workload, in the order of the rounds.
#[derive(Clone)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) values: Vec<f64>,
}

/// A workload's series; the first subject is ours.
pub(crate) struct Outcome {
    pub(crate) work: String,
    pub(crate) unit: &'static str,
    /// Whether a smaller value is better.
    pub(crate) less_is_better: bool,
    pub(crate) series: Vec<Series>,
}

/// A small generator: fast, seeded, good enough to scatter keys.
#[derive(Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

/// A timed pass: given the round's seed, returns its value.
pub(crate) type Pass<'a> = Box<dyn FnMut(u64) -> f64 + 'a>;

/// Runs all passes once a round, each round starting with another subject.
pub(crate) fn interleave(
    work: &str,
    unit: &'static str,
    less_is_better: bool,
    rounds: usize,
    mut passes: Vec<(&'static str, Pass<'_>)>,
) -> Outcome {
    let mut series: Vec<Series> =
        passes.iter().map(|(name, _)| Series { name, values: Vec::with_capacity(rounds) }).collect();
    let count = passes.len();
    for round in 0..rounds {
        for step in 0..count {
            let at = (round + step) % count;
            let value = passes[at].1(round as u64 + 1);
            series[at].values.push(value);
        }
    }
    let ours = &series[0];
    eprintln!("{work}");
    for one in &series {
        let ratio = ratio(ours, one);
        eprintln!(
            "    {:<22} {:>10.2} {unit}   ours/this {:.2} [{:.2}, {:.2}]",
            one.name,
            median(&one.values),
            ratio.0,
            ratio.1,
            ratio.2
        );
    }
    Outcome { work: work.to_owned(), unit, less_is_better, series }
}

/// Nanoseconds an operation of `work`, which does `ops` of them: of this thread's processor time where it can be asked for, so that what else runs on
/// the machine takes caches from it, but no time.
pub(crate) fn per_op(ops: usize, work: impl FnOnce()) -> f64 {
    let start = now();
    work();
    (now() - start) / ops as f64
}

#[cfg(target_os = "linux")]
fn now() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock is the thread's own, and the place is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

#[cfg(not(target_os = "linux"))]
fn now() -> f64 {
    use std::sync::OnceLock;
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_nanos() as f64
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// The median of the paired ratios ours / theirs, with a 95 % bootstrap interval.
pub(crate) fn ratio(ours: &Series, theirs: &Series) -> (f64, f64, f64) {
    let ratios: Vec<f64> = ours.values.iter().zip(&theirs.values).map(|(a, b)| a / b).collect();
    let mut random = Random(42);
    let mut medians: Vec<f64> = (0..400)
        .map(|_| median(&(0..ratios.len()).map(|_| ratios[random.below(ratios.len())]).collect::<Vec<_>>()))
        .collect();
    medians.sort_by(f64::total_cmp);
    (median(&ratios), medians[10], medians[389])
}
