//! What the drill ran on, since a latency without its machine says nothing; and the time.

use std::fs;
use std::time::SystemTime;

use serde::Serialize;

use humantime::format_rfc3339_nanos;

/// A machine, as far as `/proc` tells.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Its operating system.
    pub os: &'static str,
    /// The kernel's release.
    pub kernel: String,
    /// Its architecture.
    pub architecture: &'static str,
    /// The processor's name.
    pub processor: String,
    /// How many threads can run at once in this process.
    pub cores: usize,
    /// Runnable threads per core in the minute before, from `/proc/loadavg`.
    pub load: Option<f64>,
}

impl Machine {
    pub(super) fn this() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let processor = read("/proc/cpuinfo");
        let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        #[allow(clippy::cast_precision_loss)]
        let load = read("/proc/loadavg").split(' ').next().and_then(|load| load.parse::<f64>().ok());
        Self {
            os: std::env::consts::OS,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            architecture: std::env::consts::ARCH,
            processor: processor.map_or_else(|| "unknown".to_owned(), |(_, name)| name.to_owned()),
            cores,
            load: load.map(|load| load / cores as f64),
        }
    }
}

/// Now, as evidence writes times.
pub(super) fn now() -> String {
    format_rfc3339_nanos(SystemTime::now()).to_string()
}
