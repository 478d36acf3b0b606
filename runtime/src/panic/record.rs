//! What a panic's record holds, field by field; names follow OpenTelemetry's conventions where there are any.

use std::fmt;
use std::panic::Location;

use super::clock::rfc3339;
use super::identity::{Fact, Identity};
use super::image::Image;
use super::line::{Line, Pieces};
use super::message::{MessagePolicy, Payload, beginning};
use super::redact::{Part, redacted};
use super::stack::Stack;
use super::thread_state::Nesting;
use super::trace;

/// Most bytes of a message that are looked at: the hook's time must not grow with a message's length.
const MESSAGE_LOOK: usize = 4096;

/// Names one record: which run of the program, and which panic of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RecordId {
    pub(crate) run: u64,
    pub(crate) sequence: u64,
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.run, self.sequence)
    }
}

impl RecordId {
    pub(super) fn write(self, out: &mut Pieces<'_>) -> bool {
        out.hex_word(self.run) && out.text("-") && out.padded(self.sequence, 1)
    }
}

/// What a panic leads to, as far as the stack tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is caught, or ends a thread that is not the main one.
    Unwinding,
    /// It unwinds `main`, and the process exits with status 101.
    Exiting,
    /// The process aborts.
    Aborting,
}

impl Outcome {
    pub(super) fn is_fatal(self) -> bool {
        self != Self::Unwinding
    }

    fn name(self) -> &'static str {
        match self {
            Self::Unwinding => "unwinding",
            Self::Exiting => "exiting",
            Self::Aborting => "aborting",
        }
    }
}

/// What the hook knows of one panic when it writes the record.
pub(super) struct Panic<'a> {
    pub(super) id: RecordId,
    pub(super) unix_ns: u64,
    pub(super) payload: Payload<'a>,
    pub(super) location: Option<&'a Location<'a>>,
    pub(super) stack: &'a Stack,
    pub(super) outcome: Outcome,
    /// Records that the limit left out since the one before.
    pub(super) left_out: u64,
    pub(super) nesting: Nesting,
    /// Panics of this thread that are in flight, this one included.
    pub(super) depth: u32,
}

/// What is the same in all records of a process.
pub(super) struct Surroundings<'a> {
    pub(super) rendered: &'a [u8],
    pub(super) image: &'a Image,
    pub(super) message: &'a MessagePolicy,
    pub(super) message_cap: usize,
}

/// Writes all fields of `panic`; `elapsed_ns` is asked last, so that it counts the writing of the others.
pub(super) fn write(line: &mut Line, panic: &Panic<'_>, around: &Surroundings<'_>, elapsed_ns: impl Fn() -> u64) {
    line.pieces("time", |out| rfc3339(out, panic.unix_ns));
    let (severity, number) = if panic.outcome.is_fatal() { ("FATAL", 21) } else { ("ERROR", 17) };
    line.text("severity", severity);
    line.number("severity_number", number);
    line.text("event.name", "exception");
    line.pieces("record.id", |out| panic.id.write(out));
    if panic.left_out > 0 {
        line.number("record.suppressed_before", panic.left_out);
    }
    line.text("exception.type", "panic");
    message(line, panic.payload, around);
    if let Some(location) = panic.location {
        line.text_capped("code.file.path", location.file(), 512);
        line.number("code.line.number", u64::from(location.line()));
        line.number("code.column.number", u64::from(location.column()));
    }
    thread(line);
    match trace::current() {
        Some(context) => {
            line.hex("trace_id", &context.trace_id());
            line.hex("span_id", &context.span_id());
        }
        None => {
            line.null("trace_id");
            line.null("span_id");
        }
    }
    line.text("panic.outcome", panic.outcome.name());
    let nesting = match panic.nesting {
        Nesting::Outermost => "outermost",
        Nesting::Nested => "nested",
        Nesting::Unknown => "unknown",
    };
    line.text("panic.nesting", nesting);
    line.number("panic.nesting.depth", u64::from(panic.depth));
    line.number("process.pid", u64::from(std::process::id()));
    line.rendered(around.rendered);
    stack(line, panic.stack, around.image);
    line.number("panic_to_record_ns", elapsed_ns());
}

fn message(line: &mut Line, payload: Payload<'_>, around: &Surroundings<'_>) {
    line.text("panic.payload", payload.kind());
    let Some(text) = payload.text() else { return line.null("exception.message") };
    let looked = beginning(text, MESSAGE_LOOK);
    let cap = around.message_cap;
    let cut = match around.message {
        MessagePolicy::Keep => line.text_capped("exception.message", looked, cap),
        MessagePolicy::Redact => line.joined_capped(
            "exception.message",
            redacted(looked).map(|part| match part {
                Part::Shown(text) => text,
                Part::Hidden => "[redacted]",
            }),
            cap,
        ),
        MessagePolicy::Omit => {
            line.null("exception.message");
            false
        }
    };
    line.number("exception.message.bytes", u64::try_from(text.len()).unwrap_or(u64::MAX));
    if cut || looked.len() < text.len() {
        line.flag("exception.message.truncated", true);
    }
}

/// Name and number of this thread.
///
/// std's handle of the current thread is read, not made: threads that std started, and the main one, have theirs. A
/// thread made by foreign code gets one here (an allocation); after std has torn down a thread's handle, in destructors
/// of pthread keys, the handle cannot be had and std ends the process: the counters stand by then.
fn thread(line: &mut Line) {
    match std::thread::current().name() {
        Some(name) => {
            line.text_capped("thread.name", name, 128);
        }
        None => line.null("thread.name"),
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    line.number("thread.id", u64::try_from(rustix::thread::gettid().as_raw_nonzero().get()).unwrap_or(0));
}

/// Return addresses, innermost first: `exe+0x1f2a` inside the executable, absolute elsewhere.
fn stack(line: &mut Line, stack: &Stack, image: &Image) {
    line.number("stack.depth", u64::try_from(stack.depth()).unwrap_or(u64::MAX));
    line.pieces("exception.stacktrace", |out| {
        let mut first = true;
        for address in stack.frames() {
            // A frame takes at most 25 bytes; the field that follows needs the rest.
            if out.room() < 96 {
                break;
            }
            let (base, offset) = match image.offset(address) {
                Some(offset) => ("exe+0x", offset),
                None => ("0x", address),
            };
            let space = first || out.text(" ");
            first = false;
            if !(space && out.text(base) && out.hexadecimal(u64::try_from(offset).unwrap_or(u64::MAX))) {
                return false;
            }
        }
        true
    });
}

/// The identity's fields as every record carries them, rendered once.
pub(super) fn render_identity(component: &str, identity: Option<&Identity>) -> Box<[u8]> {
    let mut line = Line::new();
    line.text_capped("component", component, 128);
    for (name, fact) in identity.into_iter().flat_map(Identity::facts).filter(|(name, _)| *name != "component") {
        match fact {
            Fact::Known { value, .. } => {
                line.text_capped(name, value, 128);
            }
            // The two that a record must speak of.
            Fact::Unavailable { reason } if matches!(name, "k8s.pod.uid" | "container.id") => {
                line.text(name, "unavailable");
                line.text(if name == "container.id" { "container.id.reason" } else { "k8s.pod.uid.reason" }, reason);
            }
            Fact::Unavailable { .. } => {}
        }
    }
    line.fields().into()
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Panic, RecordId, Surroundings, write};
    use crate::panic::image::Image;
    use crate::panic::line::{LINE_CAP, Line};
    use crate::panic::message::{MessagePolicy, Payload};
    use crate::panic::stack::Stack;
    use crate::panic::thread_state::Nesting;
    use serde_json::Value;

    /// Text of awkward characters, and of the names that redaction looks for; the same for the same seed.
    fn awkward(seed: u64) -> String {
        let pieces = [
            "a",
            "é",
            "\u{0}",
            "\u{1b}[2J",
            "\"",
            "\\",
            "\n",
            "😀",
            "\u{2028}",
            "\u{202e}",
            "password=",
            "Bearer ",
            ": ",
            "Some(",
            "token",
            "\u{9b}",
            "'",
            ",",
            "&",
            " ",
        ];
        let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap_or(0) % below
        };
        let length = [0, 1, 5, 40, 400, 3000][next(6)];
        (0..length).map(|_| pieces[next(pieces.len())]).collect()
    }

    #[test]
    fn whatever_the_message_the_record_is_one_line_of_json_within_the_cap() {
        let image = Image::default();
        let stack = Stack::capture(None, false);
        let rendered = format!("\"component\":\"{}\"", "c".repeat(900));
        for seed in 0..if cfg!(miri) { 20 } else { 3000 } {
            let text = awkward(seed);
            let policy = [MessagePolicy::Keep, MessagePolicy::Redact, MessagePolicy::Omit][seed as usize % 3].clone();
            let around = Surroundings {
                rendered: rendered.as_bytes(),
                image: &image,
                message: &policy,
                message_cap: [0, 1, 64, 1024, 2048][seed as usize % 5],
            };
            let panic = Panic {
                id: RecordId { run: seed, sequence: seed },
                unix_ns: seed,
                payload: Payload::Formatted(&text),
                location: None,
                stack: &stack,
                outcome: Outcome::Unwinding,
                left_out: seed % 2,
                nesting: Nesting::Outermost,
                depth: 1,
            };
            let mut line = Line::new();
            write(&mut line, &panic, &around, || 7);
            let bytes = line.finish();
            assert!(bytes.len() <= LINE_CAP && bytes.ends_with(b"}\n"), "{seed}");
            assert_eq!(bytes.iter().filter(|byte| **byte < b' ').count(), 1, "the newline alone: {seed}");
            let record: Value = serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{seed}: {error}"));
            assert_eq!(record["exception.message.bytes"], text.len());
            assert!(record["panic_to_record_ns"].is_u64() && record["stack.depth"].is_u64(), "{seed}: {record}");
            let shown = record["exception.message"].as_str();
            if policy == MessagePolicy::Keep {
                assert!(text.starts_with(shown.expect("a message")), "{seed}");
            }
        }
    }
}
