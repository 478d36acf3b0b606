//! Which fixes are applied together: of fixes whose edits overlap the first one, the others in a later round.

use std::collections::BTreeMap;

use crate::finding::{Applicability, Edit, Fix};
use crate::source::{FileId, SourceFile, Span};

/// One file with what changes in it.
#[derive(Debug)]
pub struct Changed<'a> {
    /// The file as it was scanned.
    pub file: &'a SourceFile,
    /// What changes, in order; none overlaps another.
    pub edits: Vec<&'a Edit>,
}

/// What one round applies.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// The files that change, in the order of the scan.
    pub files: Vec<Changed<'a>>,
    /// How many fixes are applied, by what they are called.
    pub applied: BTreeMap<&'a str, usize>,
    /// How many overlap with these: a later round has them.
    pub later: usize,
}

impl Changed<'_> {
    /// Returns the file's text with the edits applied; all else is as it was, byte for byte. O(text + edits).
    pub fn text(&self) -> String {
        applied(&self.file.text, 0..self.file.text.len(), self.edits.iter().copied())
    }
}

/// Returns the part `range` of `text` with `edits` applied, which lie in it, in order.
pub(super) fn applied<'e>(text: &str, range: std::ops::Range<usize>, edits: impl Iterator<Item = &'e Edit>) -> String {
    let mut out = String::with_capacity(range.len());
    let mut at = range.start;
    for edit in edits {
        out.push_str(text.get(at..edit.span.start as usize).unwrap_or_default());
        out.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    out.push_str(text.get(at..range.end).unwrap_or_default());
    out
}

/// Chooses of `fixes`, each with what it is called, those that are no less applicable than `most` and do not overlap; the first
/// ones win. O(edits · log edits).
pub fn plan<'a>(
    files: &'a [SourceFile],
    fixes: impl IntoIterator<Item = (&'a str, &'a Fix)>,
    most: Applicability,
) -> Plan<'a> {
    let mut plan = Plan::default();
    let mut taken: BTreeMap<FileId, BTreeMap<(u32, u32), &'a Edit>> = BTreeMap::new();
    for (name, fix) in fixes {
        let wanted = fix.applicability <= most && fix.applicability != Applicability::DisplayOnly;
        let Some(file) = fix.edits.first().and_then(|edit| files.get(edit.span.file.0 as usize)) else { continue };
        if !wanted || !fix.edits.iter().all(|edit| fits(file, edit)) {
            continue;
        }
        let taken = taken.entry(file.id).or_default();
        if fix.edits.iter().any(|edit| overlaps(taken, edit.span)) {
            plan.later += 1;
            continue;
        }
        taken.extend(fix.edits.iter().map(|edit| ((edit.span.start, edit.span.end), edit)));
        *plan.applied.entry(name).or_insert(0) += 1;
    }
    for (id, edits) in taken {
        let Some(file) = files.get(id.0 as usize).filter(|_| !edits.is_empty()) else { continue };
        plan.files.push(Changed { file, edits: edits.into_values().collect() });
    }
    plan
}

/// Whether an edit is one of this file's text.
fn fits(file: &SourceFile, edit: &Edit) -> bool {
    edit.span.file == file.id && file.text.get(edit.span.start as usize..edit.span.end as usize).is_some()
}

/// Whether `span` shares bytes with what is taken, or inserts where something else is inserted.
fn overlaps(taken: &BTreeMap<(u32, u32), &Edit>, span: Span) -> bool {
    let before = taken.range(..(span.end, 0)).next_back();
    let same = taken.contains_key(&(span.start, span.end));
    same || before.is_some_and(|(&(start, end), _)| start < span.end.max(span.start + 1) && end > span.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::LineIndex;

    fn file(text: &str) -> SourceFile {
        let (text, lines) = (text.to_owned(), LineIndex::new(text));
        SourceFile { id: FileId(0), path: "a.rs".into(), package: "".into(), text, lines, comments: Vec::new() }
    }

    fn fix(edits: &[(u32, u32, &'static str)]) -> Fix {
        let edit = |&(start, end, text): &(u32, u32, &'static str)| Edit::new(Span::new(FileId(0), start, end), text);
        Fix::safe("x", edits.iter().map(edit).collect())
    }

    #[test]
    fn fixes_that_overlap_wait_and_none_is_applied_in_part() {
        let files = [file("0123456789")];
        let fixes = [
            fix(&[(2, 4, "a")]),
            fix(&[(0, 1, "b"), (3, 5, "c")]),
            fix(&[(4, 4, "d")]),
            fix(&[(4, 4, "e")]),
            fix(&[(5, 10, "")]),
            fix(&[(7, 7, "f")]),
            fix(&[(9, 11, "outside")]),
        ];
        let plan = plan(&files, fixes.iter().map(|fix| ("r", fix)), Applicability::Safe);
        assert_eq!(plan.files.iter().map(Changed::text).collect::<Vec<_>>(), ["01ad4"]);
        assert_eq!((plan.later, plan.applied), (3, BTreeMap::from([("r", 3)])));
    }

    #[test]
    fn what_is_less_applicable_than_asked_is_left() {
        let files = [file("0123456789")];
        let fixes = [
            fix(&[(0, 1, "a")]),
            fix(&[(1, 2, "b")]).but(Applicability::Unsafe),
            fix(&[(2, 3, "c")]).but(Applicability::DisplayOnly),
        ];
        let text = |most| {
            let plan = plan(&files, fixes.iter().map(|fix| ("r", fix)), most);
            plan.files.first().map(Changed::text)
        };
        assert_eq!(text(Applicability::Safe).as_deref(), Some("a123456789"));
        assert_eq!(text(Applicability::Unsafe).as_deref(), Some("ab23456789"));
        assert_eq!(text(Applicability::DisplayOnly).as_deref(), Some("ab23456789"));
    }
}
