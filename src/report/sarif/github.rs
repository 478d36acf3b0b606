//! What GitHub's code scanning takes: what counts, named from the repository's root, and no more results than it accepts.

use crate::finding::{Finding, Status};

/// GitHub refuses a run with more results.
pub(super) const MOST: usize = 25_000;

/// Returns the active ones of `findings`, of more than `most` the most severe, in their order, and how many are left off.
/// Waived and ignored findings would be shown as open alerts.
pub(super) fn taken(findings: &[Finding], most: usize) -> (Vec<&Finding>, usize) {
    let mut active: Vec<(usize, &Finding)> =
        findings.iter().filter(|finding| finding.status == Status::Active).enumerate().collect();
    let left_off = active.len().saturating_sub(most);
    if left_off > 0 {
        active.sort_by_key(|&(at, finding)| (std::cmp::Reverse(finding.severity), at));
        active.truncate(most);
        active.sort_by_key(|&(at, _)| at);
    }
    (active.into_iter().map(|(_, finding)| finding).collect(), left_off)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Fingerprint, Related, Severity, Site, Verdict};
    use crate::source::{FileId, LineIndex, SourceFile, Span};

    fn finding(at: u32, severity: Severity, status: Status) -> Finding {
        let text = "a".repeat(100);
        let lines = LineIndex::new(&text);
        let file = SourceFile { id: FileId(0), path: "src/lib.rs".into(), text, lines, comments: Vec::new() };
        let site = Site {
            kind: "unwrap".into(),
            rule: "unwrap".into(),
            span: Span::new(FileId(0), at, at + 1),
            verdict: Verdict::Possible,
            reason: "".into(),
            function: "".into(),
            context: [].into(),
            cfg: "".into(),
            detail: String::new(),
            related: Related::default(),
        };
        Finding { fingerprint: Fingerprint::of(&site, &file), severity, status, site }
    }

    #[test]
    fn of_too_many_the_most_severe_are_taken_in_their_order() {
        use Severity::{High, Low, Medium};
        let mut all: Vec<Finding> = (0..)
            .zip([Low, High, Medium, Low, High, Medium])
            .map(|(at, severity)| finding(at, severity, Status::Active))
            .collect();
        all.push(finding(50, High, Status::Ignored("test code".to_owned())));
        let starts = |most| {
            let (taken, left_off) = taken(&all, most);
            (taken.iter().map(|finding| finding.site.span.start).collect::<Vec<_>>(), left_off)
        };
        assert_eq!(starts(6), (vec![0, 1, 2, 3, 4, 5], 0));
        assert_eq!(starts(3), (vec![1, 2, 4], 3));
        assert_eq!(starts(0), (vec![], 6));
    }
}
