//! The second record: the stack with names. It allocates, locks and takes tens of milliseconds the first time, so it
//! comes after everything that must not wait.

use std::backtrace::Backtrace;

use super::clock::{rfc3339, unix_nanos};
use super::line::Line;
use super::record::RecordId;

/// Writes the symbols of this thread's stack, the program's own frames, as many as fit.
pub(super) fn write(line: &mut Line, id: RecordId, rendered: &[u8]) {
    let text = Backtrace::force_capture().to_string();
    let frames = own_frames(&text);
    line.pieces("time", |out| rfc3339(out, unix_nanos()));
    line.text("severity", "INFO");
    line.number("severity_number", 9);
    line.text("event.name", "exception.symbols");
    line.pieces("record.id", |out| id.write(out));
    line.rendered(rendered);
    line.number("stack.own_depth", u64::try_from(frames.len()).unwrap_or(u64::MAX));
    let pieces = frames.iter().enumerate().flat_map(|(place, frame)| [if place == 0 { "" } else { "\n" }, frame]);
    line.joined_capped("exception.stacktrace", pieces, usize::MAX);
}

/// The frames between the panic machinery and the runtime's start, without their numbers; each with its place.
fn own_frames(text: &str) -> Vec<&str> {
    let mut frames: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some((start, next)) = next_frame(rest) {
        let frame = rest.get(start..next).unwrap_or("").trim_end();
        frames.push(frame.trim_start().split_once(": ").map_or(frame, |(_, name)| name));
        rest = rest.get(next..).unwrap_or("");
    }
    let begin = frames.iter().rposition(|frame| is_machinery(frame)).map_or(0, |last| last.saturating_add(1));
    let own = frames.get(begin..).unwrap_or(&[]);
    let end = own.iter().position(|frame| frame.contains("__rust_begin_short_backtrace"));
    own.get(..end.unwrap_or(own.len())).unwrap_or(own).to_vec()
}

/// The next frame of a rendered backtrace: a line of a number and a name, and the lines that follow it.
fn next_frame(text: &str) -> Option<(usize, usize)> {
    let is_head = |line: &str| {
        let line = line.trim_start();
        line.split_once(": ")
            .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut at = 0_usize;
    let mut start = None;
    for line in text.split_inclusive('\n') {
        if is_head(line) {
            match start {
                None => start = Some(at),
                Some(start) => return Some((start, at)),
            }
        }
        at = at.saturating_add(line.len());
    }
    start.map(|start| (start, at))
}

/// Frames of std and core between a panic and its hook. Only these: a program's own names may contain "panic" too.
fn is_machinery(frame: &str) -> bool {
    // `core::…` or, with the hash of a mangled name, `core[0123456789abcdef]::…`.
    let root = frame.split(['[', ':']).next().unwrap_or("");
    let path = frame.split_once("::").map_or(frame, |(_, path)| path);
    let catches = path.starts_with("panicking::try") || path.starts_with("panicking::catch_unwind");
    frame.contains("rust_begin_unwind")
        || (matches!(root, "std" | "core") && path.starts_with("panicking::") && !catches)
        || (root == "std" && path.starts_with("panic::panic_any"))
}

#[cfg(test)]
mod tests {
    use super::own_frames;

    #[test]
    fn the_machinery_before_and_the_start_after_are_left_out() {
        let text = "   0: std::backtrace::Backtrace::force_capture\n             at /rustc/std/src/backtrace.rs:1:2\n   \
                    1: auditor_runtime::panic::hook::run\n   2: std::panicking::panic_with_hook\n   \
                    3: __rustc::rust_begin_unwind\n   4: core::panicking::panic_fmt\n             at /rustc/core:1\n   \
                    5: shop::pay\n             at ./src/main.rs:9:5\n   6: shop::main\n   \
                    7: std::sys::backtrace::__rust_begin_short_backtrace\n   8: main\n";
        let frames = own_frames(text);
        assert_eq!(frames, ["shop::pay\n             at ./src/main.rs:9:5", "shop::main"]);
        assert!(own_frames("").is_empty());
    }
}
