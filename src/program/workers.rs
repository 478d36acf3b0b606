//! The threads of a scan, and of what follows it.

use super::LookError;
use crate::syntax::STACK_BYTES;

/// Threads that share the work of a scan. Those who go on with what it found, such as a report, do so on the same ones.
#[derive(Debug)]
pub struct Workers {
    pool: rayon::ThreadPool,
    /// Whether the process ends with their work.
    last: bool,
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
        Ok(Self { pool, last: false })
    }

    /// The same threads, for the last work of a process: memory that is not needed any more is left to the process's end, for
    /// giving many small things back takes long.
    #[must_use]
    pub fn last(self) -> Self {
        Self { last: true, ..self }
    }

    /// Runs `work` on one of the threads; what it splits runs on all of them. Blocks until it is done.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }

    /// Gives back what is not needed any more, on a thread that has nothing else to do.
    pub(super) fn give_back<T: Send + 'static>(&self, spent: T) {
        if self.last {
            std::mem::forget(spent);
        } else {
            self.pool.spawn(move || drop(spent));
        }
    }
}
