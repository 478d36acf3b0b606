//! What the hook reads: made whole at install, never changed after.

use std::sync::OnceLock;
use std::time::Duration;

use super::counter_file::CounterFile;
use super::counters::{Counters, Snapshot};
use super::descriptor::Descriptor;
use super::identity::Identity;
use super::image::Image;
use super::message::MessagePolicy;
use super::push::statsd::Statsd;
use super::push::{Pusher, longest};
use super::rate_limit::RateLimit;
use super::run_id::RunId;

/// This process's counters, hook or no hook.
pub(super) static PROCESS: Counters = Counters::new();

/// The installed hook's state; set once, before the hook.
pub(super) static STATE: OnceLock<State> = OnceLock::new();

pub(super) struct State {
    /// Names this run of the program.
    pub(super) run: RunId,
    pub(super) rate_limit: RateLimit,
    pub(super) component: String,
    pub(super) identity: Option<Identity>,
    /// The identity's fields as records carry them.
    pub(super) rendered: Box<[u8]>,
    pub(super) image: Image,
    pub(super) message: MessagePolicy,
    pub(super) message_cap: usize,
    pub(super) file: Option<CounterFile>,
    pub(super) records: Option<Descriptor>,
    /// Where a record goes that `records` did not take.
    pub(super) fallback: Option<Descriptor>,
    pub(super) record_deadline: Duration,
    pub(super) statsd: Option<Statsd>,
    pub(super) pusher: Option<Pusher>,
    pub(super) symbols: bool,
    pub(super) chain: bool,
    /// Where records wait for the thread that pushes them.
    #[cfg(feature = "otlp")]
    pub(super) outbox: Option<&'static super::push::outbox::Outbox>,
}

impl State {
    /// Writes a line to the records' descriptor or, where that fails, to the fallback.
    pub(super) fn write(&self, line: &[u8]) -> bool {
        [&self.records, &self.fallback]
            .into_iter()
            .flatten()
            .any(|descriptor| descriptor.write(line, self.record_deadline).is_ok())
    }

    pub(super) fn has_descriptor(&self) -> bool {
        self.records.is_some() || self.fallback.is_some()
    }

    /// Leaves a record for the pushing thread, where a sink takes records; false where there was no place left.
    #[cfg(feature = "otlp")]
    pub(super) fn post(&self, line: &[u8], unix_ns: u64) -> bool {
        self.outbox.is_none_or(|outbox| outbox.put(line, unix_ns))
    }

    #[cfg(not(feature = "otlp"))]
    pub(super) fn post(&self, _line: &[u8], _unix_ns: u64) -> bool {
        true
    }

    /// Whether anything takes records.
    pub(super) fn wants_records(&self) -> bool {
        #[cfg(feature = "otlp")]
        if self.outbox.is_some() {
            return true;
        }
        self.has_descriptor()
    }
}

/// The counts: those that survive restarts where a counter file is mapped, else this process's.
///
/// Neither blocks nor allocates.
pub fn counts() -> Snapshot {
    match STATE.get().and_then(|state| state.file.as_ref()) {
        Some(file) => file.counters().snapshot(),
        None => PROCESS.snapshot(),
    }
}

/// The counts of this process alone.
pub fn process_counts() -> Snapshot {
    PROCESS.snapshot()
}

/// For each sink that is pushed to by the pushing thread: its name, and the longest time in nanoseconds from a panic's
/// asking to the sink's answer. Pushes that a panic did not wait for are included, those that failed are not.
pub fn push_latencies() -> Vec<(&'static str, u64)> {
    STATE.get().and_then(|state| state.pusher.as_ref()).map_or_else(Vec::new, longest)
}

/// The installed hook's component; empty before [`install`](crate::install).
pub fn component() -> &'static str {
    STATE.get().map_or("", |state| state.component.as_str())
}
