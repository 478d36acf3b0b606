//! The threads of a scan, and of what follows it.

use super::LookError;
use crate::syntax::STACK_BYTES;

/// Threads that share the work of a scan. Those who go on with what it found, such as a report, do so on the same ones.
#[derive(Debug)]
pub struct Workers {
    pool: rayon::ThreadPool,
}

impl Workers {
    /// Starts `jobs` threads, or as many as the machine has.
    ///
    /// # Errors
    ///
    /// When the system gives no threads.
    pub fn new(jobs: Option<usize>) -> Result<Self, LookError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(jobs.unwrap_or(0))
            // The parser and the lowering recurse as deep as the code does.
            .stack_size(STACK_BYTES)
            .build()?;
        Ok(Self { pool })
    }

    /// Runs `work` on one of the threads; what it splits runs on all of them. Blocks until it is done.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }
}
