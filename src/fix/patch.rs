//! Changes as a patch, in the unified format that `git apply` and `patch -p1` read.

use std::fmt::Write;

use super::plan::{Changed, applied};
use crate::finding::Edit;

/// Lines that are shown around a change.
const CONTEXT: usize = 3;

/// Lines `from..to` of the old text that become `text`.
struct Block {
    from: usize,
    to: usize,
    text: String,
}

/// Returns what changes in one file. O(text + edits).
pub fn patch(changed: &Changed<'_>) -> String {
    let text = &changed.file.text;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let blocks = blocks(text, &lines, &changed.edits);
    let path = &changed.file.path;
    let mut out = format!("--- a/{path}\n+++ b/{path}\n");
    let mut rest = blocks.as_slice();
    // How many lines the new text has more than the old one, up to the hunk at hand.
    let mut grown = 0_isize;
    while !rest.is_empty() {
        let together = rest.windows(2).take_while(|pair| matches!(pair, [one, next] if near(one, next))).count() + 1;
        let (hunk, after) = rest.split_at_checked(together).unwrap_or((rest, &[]));
        grown += write_hunk(&mut out, &lines, hunk, grown);
        rest = after;
    }
    out
}

fn near(one: &Block, next: &Block) -> bool {
    next.from <= one.to.saturating_add(2 * CONTEXT)
}

/// The edits as whole lines; those that touch one line are one block.
fn blocks(text: &str, lines: &[&str], edits: &[&Edit]) -> Vec<Block> {
    let mut starts = vec![0];
    for line in lines {
        starts.push(starts.last().copied().unwrap_or(0) + line.len());
    }
    let line_of = |at: usize| starts.partition_point(|&start| start <= at).saturating_sub(1);
    let start_of = |line: usize| starts.get(line).copied().unwrap_or(text.len());
    let lines_of = |edit: &Edit| {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        let (from, last) = (line_of(start), line_of(end));
        let whole = start == start_of(from) && end == start_of(last);
        let closed = edit.text.is_empty() || edit.text.ends_with('\n');
        if whole && closed { (from, last) } else { (from, (last + 1).min(lines.len().max(1))) }
    };
    let mut blocks: Vec<Block> = Vec::new();
    let mut rest = edits;
    while let Some(first) = rest.first() {
        let (from, mut to) = lines_of(first);
        let mut count = 1;
        while let Some((next_from, next_to)) = rest.get(count).map(|next| lines_of(next)).filter(|(next, _)| *next < to)
        {
            debug_assert!(next_from >= from, "edits are in order");
            to = to.max(next_to);
            count += 1;
        }
        let (here, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        let range = start_of(from)..start_of(to);
        blocks.push(Block { from, to, text: applied(text, range, here.iter().copied()) });
        rest = after;
    }
    blocks
}

/// Writes one hunk; returns how many lines it adds.
fn write_hunk(out: &mut String, lines: &[&str], blocks: &[Block], grown: isize) -> isize {
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return 0 };
    let from = first.from.saturating_sub(CONTEXT);
    let to = last.to.saturating_add(CONTEXT).min(lines.len());
    let old = to.saturating_sub(from);
    let mut body = String::new();
    let (mut at, mut added) = (from, 0_isize);
    for block in blocks {
        write_lines(&mut body, ' ', lines.get(at..block.from).unwrap_or_default().iter().copied());
        write_lines(&mut body, '-', lines.get(block.from..block.to).unwrap_or_default().iter().copied());
        write_lines(&mut body, '+', block.text.split_inclusive('\n'));
        added +=
            block.text.split_inclusive('\n').count().cast_signed() - block.to.saturating_sub(block.from).cast_signed();
        at = block.to;
    }
    write_lines(&mut body, ' ', lines.get(at..to).unwrap_or_default().iter().copied());
    // A hunk without lines stands behind the line before it.
    let place = |from: isize, count: isize| if count == 0 { from } else { from + 1 };
    let (old, from) = (old.cast_signed(), from.cast_signed());
    let (old_place, new_place) = (place(from, old), place(from + grown, old + added));
    // Writing to a text cannot fail.
    let _written = writeln!(out, "@@ -{old_place},{old} +{new_place},{} @@", old + added);
    out.push_str(&body);
    added
}

fn write_lines<'l>(out: &mut String, sign: char, lines: impl Iterator<Item = &'l str>) {
    for line in lines {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}
