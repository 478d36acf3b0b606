//! The hook itself: what runs between a panic and its unwinding. No lock of its own, no allocation before the record is
//! out, no panic site, no wait without a deadline.

use std::panic::PanicHookInfo;
use std::time::Instant;

use super::clock::{nanos_since, unix_nanos};
use super::counters::Counters;
use super::line::Line;
use super::message::{Payload, is_fatal};
use super::probe::Probe;
use super::push::Pushed;
use super::record::{self, Outcome, Panic, RecordId, Surroundings};
use super::stack::{Fate, Stack};
use super::state::{PROCESS, State};
use super::symbols;
use super::thread_state::{self, Nesting, Timing};

/// The hook that was there before.
pub(super) type Previous = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync + 'static>;

/// One run of the hook, in the order of what must not be lost: counters, record, pushes, symbols, previous hook.
pub(super) fn run(state: &'static State, previous: &Previous, info: &PanicHookInfo<'_>) {
    if info.payload().is::<Probe>() {
        thread_state::set_probed(true);
        return;
    }
    let entered = Instant::now();
    let unix_ns = unix_nanos();
    let sequence = PROCESS.panicked(unix_ns);
    shared(state, |counters| {
        counters.panicked(unix_ns);
    });
    thread_state::set_last_sequence(sequence);
    let counted_ns = nanos_since(entered);

    let payload = Payload::of(info.payload());
    let told_fatal = is_fatal(payload.text(), info.location().map_or("", |location| location.file()));
    let stack = Stack::capture(thread_state::earlier(), thread_state::is_main());
    let outcome = outcome(&stack, told_fatal);
    let (nesting, depth) = thread_state::enter(&stack, told_fatal);
    let (nested, fatal) = (nesting == Nesting::Nested, outcome.is_fatal());
    PROCESS.classified(nested, fatal);
    shared(state, |counters| counters.classified(nested, fatal));

    let id = RecordId { run: state.run.current(), sequence };
    let left_out = state.rate_limit.admit(entered, fatal);
    if let Some(left_out) = left_out {
        let location = info.location();
        let panic = Panic { id, unix_ns, payload, location, stack: &stack, outcome, left_out, nesting, depth };
        write_record(state, &panic, entered);
    } else {
        PROCESS.record_suppressed();
        shared(state, Counters::record_suppressed);
    }
    let recorded_ns = nanos_since(entered);

    datagram(state);
    let sent_ns = nanos_since(entered);
    push(state);
    let pushed_ns = nanos_since(entered);

    // A panic while another unwinds may come from anywhere, formatting included: its symbols are not worth the risk.
    if state.symbols && !told_fatal && left_out.is_some() {
        let mut line = Line::new();
        symbols::write(&mut line, id, &state.rendered);
        // The record proper has been counted; this one is its supplement.
        let _ = state.write(line.finish());
    }
    if state.chain {
        previous(info);
    }
    let finished_ns = nanos_since(entered);
    thread_state::set_timing(Timing { entered, counted_ns, recorded_ns, sent_ns, pushed_ns, finished_ns });
}

/// What the panic on `stack` leads to.
fn outcome(stack: &Stack, told_fatal: bool) -> Outcome {
    if cfg!(panic = "abort") || told_fatal {
        return Outcome::Aborting;
    }
    match stack.fate() {
        Fate::Aborts => Outcome::Aborting,
        Fate::CaughtLast => Outcome::Exiting,
        Fate::Caught | Fate::Unknown => Outcome::Unwinding,
    }
}

/// Does to the shared file's counters what was done to the process's.
fn shared(state: &State, act: impl FnOnce(&Counters)) {
    if let Some(file) = &state.file {
        act(file.counters());
    }
}

fn write_record(state: &State, panic: &Panic<'_>, entered: Instant) {
    if !state.wants_records() {
        return;
    }
    let mut line = Line::new();
    let around = Surroundings {
        rendered: &state.rendered,
        image: &state.image,
        message: &state.message,
        message_cap: state.message_cap,
    };
    record::write(&mut line, panic, &around, || nanos_since(entered));
    let bytes = line.finish();
    if state.has_descriptor() {
        if state.write(bytes) {
            let latency = nanos_since(entered);
            PROCESS.record_written(latency);
            shared(state, |counters| counters.record_written(latency));
        } else {
            PROCESS.record_lost();
            shared(state, Counters::record_lost);
        }
    }
    if !state.post(bytes, panic.unix_ns) {
        PROCESS.pushed(false);
        shared(state, |counters| counters.pushed(false));
    }
}

fn datagram(state: &State) {
    if let Some(statsd) = &state.statsd {
        let sent = statsd.send();
        PROCESS.pushed(sent);
        shared(state, |counters| counters.pushed(sent));
    }
}

fn push(state: &'static State) {
    let Some(pusher) = &state.pusher else { return };
    match pusher.ask() {
        Pushed::Done => {}
        Pushed::Late => {
            PROCESS.pushed(false);
            shared(state, |counters| counters.pushed(false));
        }
        Pushed::Suppressed => {
            PROCESS.push_suppressed();
            shared(state, Counters::push_suppressed);
        }
    }
}
