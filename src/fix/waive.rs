//! Waivers that are written at findings: where a comment covers just the statement that the finding is in. Above a simple
//! statement, behind the line of one that holds blocks, before a comment that stands there already.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Edit, Finding, Fix};
use crate::source::{FileId, SourceFile, Span};

/// Where a waiver is written, in order of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: u32,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    /// On a line of its own, above the one that begins there.
    Above,
    /// At the end of a line.
    Behind,
    /// Before the comment that ends a line.
    Before,
}

/// Returns the waivers of `findings`, which are sorted by place, each as a fix with how many findings it covers. `items` are what
/// a waiver above covers as a whole, sorted. O(findings + items).
pub fn waivers<'a>(
    files: &'a [SourceFile],
    items: &[Span],
    findings: impl Iterator<Item = &'a Finding>,
    reason: &str,
) -> Vec<(Fix, usize)> {
    let mut places: BTreeMap<(FileId, Place), (BTreeSet<&str>, usize)> = BTreeMap::new();
    let mut coming = items.iter().copied().peekable();
    let mut open: Vec<Span> = Vec::new();
    for finding in findings {
        let span = finding.site.span;
        while let Some(item) = coming.next_if(|item| (item.file, item.start) <= (span.file, span.start)) {
            open.push(item);
        }
        open.retain(|item| item.file == span.file && item.end > span.start);
        // The shortest of those that hold it.
        let innermost = open.iter().filter(|item| item.contains(span)).min_by_key(|item| item.end - item.start);
        let Some(file) = files.get(span.file.0 as usize) else { continue };
        let Some(place) = place(file, span, innermost.copied()) else { continue };
        let (rules, count) = places.entry((span.file, place)).or_default();
        rules.insert(finding.site.rule.as_str());
        *count += 1;
    }
    let fix = |((file, place), (rules, count)): ((FileId, Place), (BTreeSet<&str>, usize))| {
        let file = files.get(file.0 as usize)?;
        Some((Fix::safe("waive it", vec![comment(file, place, &rules, reason)]), count))
    };
    places.into_iter().filter_map(fix).collect()
}

/// Where the waiver of what is at `span` is written, in the statement or item `within`.
fn place(file: &SourceFile, span: Span, within: Option<Span>) -> Option<Place> {
    let text = |span: Span| file.text.get(span.start as usize..span.end as usize).unwrap_or_default();
    let line = |at: u32| file.lines.line_range(&file.text, file.lines.line(at));
    if let Some(statement) = within.filter(|statement| !text(*statement).contains('{')) {
        let start = line(statement.start)?.start as u32;
        let before = text(Span::new(span.file, start, statement.start));
        if before.trim().is_empty() {
            return Some(Place { at: start, how: How::Above });
        }
    }
    let last = line(span.end.saturating_sub(1).max(span.start))?;
    let after = file.comments.partition_point(|comment| (comment.span.end as usize) < last.end);
    match file.comments.get(after).filter(|comment| (comment.span.start as usize) < last.end) {
        Some(comment) if comment.span.start >= span.end => Some(Place { at: comment.span.start, how: How::Before }),
        // A comment within it goes on in the next line.
        Some(_) => None,
        None => Some(Place { at: last.end as u32, how: How::Behind }),
    }
}

fn comment(file: &SourceFile, place: Place, rules: &BTreeSet<&str>, reason: &str) -> Edit {
    let rules = rules.iter().copied().collect::<Vec<_>>().join(", ");
    let waiver = format!("auditor: allow({rules}) {reason}");
    let rest = file.text.get(place.at as usize..).unwrap_or_default();
    let text = match place.how {
        How::Above => {
            let line = rest.split_inclusive('\n').next().unwrap_or_default();
            let indent = line.get(..line.len() - line.trim_start().len()).unwrap_or_default();
            let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
            format!("{indent}// {waiver}{end}")
        }
        How::Behind => format!(" // {waiver}"),
        How::Before => format!("/* {waiver} */ "),
    };
    Edit::new(Span::new(file.id, place.at, place.at), text)
}
