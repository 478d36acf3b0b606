//! The threads of a scan, and of what follows it.

use std::sync::{Mutex, PoisonError};

use super::ScanError;
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
    pub fn new(jobs: Option<usize>) -> Result<Self, ScanError> {
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

/// Does each of `jobs` on the threads at hand, the largest first: none is left alone with a large one at the end. Returns what
/// came out in the order of `jobs`.
pub(super) fn largest_first<J: Send, R: Send>(
    jobs: Vec<J>,
    size: impl Fn(&J) -> usize,
    work: impl Fn(usize, J) -> R + Sync,
) -> Vec<R> {
    let mut waiting: Vec<(usize, J)> = jobs.into_iter().enumerate().collect();
    waiting.sort_by_key(|(_, job)| size(job));
    let waiting = Mutex::new(waiting);
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let done = rayon::broadcast(|_| {
        let mut done = Vec::new();
        while let Some((at, job)) = next() {
            done.push((at, work(at, job)));
        }
        done
    });
    let mut done: Vec<(usize, R)> = done.into_iter().flatten().collect();
    done.sort_by_key(|&(at, _)| at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::largest_first;

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let jobs: Vec<usize> = (0..1000).map(|at| at * 7919 % 1000).collect();
        let twice = largest_first(jobs.clone(), |&job| job, |at, job| (at, 2 * job));
        assert_eq!(twice, jobs.into_iter().map(|job| 2 * job).enumerate().collect::<Vec<_>>());
    }
}
