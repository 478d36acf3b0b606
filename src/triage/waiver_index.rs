//! Finds the waiver that indexes a site, for all sites of a file in one pass: never every waiver against every site.

use rustc_hash::FxHashMap;

use super::scope::Scope;
use super::waiver::Scoped;
use crate::finding::{RuleId, Site};
use crate::source::LineIndex;

/// One rule that one waiver of a file names: places in the lists of waivers and of its grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GrantAt {
    pub(super) waiver: usize,
    pub(super) grant: usize,
}

/// The waivers of one file, ready to be asked about its sites in order.
pub(super) struct WaiverIndex {
    lines: FxHashMap<(RuleId, u32), GrantAt>,
    items: FxHashMap<RuleId, Sweep>,
}

/// The scopes that name one rule: those still to come, and those around the last place asked about.
struct Sweep {
    coming: std::iter::Peekable<std::vec::IntoIter<Range>>,
    open: Vec<Range>,
}

#[derive(Clone, Copy)]
struct Range {
    start: u32,
    end: u32,
    at: GrantAt,
}

impl WaiverIndex {
    /// Sorts `waivers`; O(n log n).
    pub(super) fn new(waivers: &[Scoped]) -> Self {
        let mut lines = FxHashMap::default();
        let mut ranges: FxHashMap<RuleId, Vec<Range>> = FxHashMap::default();
        for (waiver, scoped) in waivers.iter().enumerate() {
            for (grant, named) in scoped.waiver.grants.iter().enumerate() {
                let at = GrantAt { waiver, grant };
                match scoped.scope {
                    Scope::Line(line) => {
                        lines.entry((named.rule.clone(), line)).or_insert(at);
                    }
                    Scope::Item(span) => {
                        let range = Range { start: span.start, end: span.end, at };
                        ranges.entry(named.rule.clone()).or_default().push(range);
                    }
                }
            }
        }
        let sweep = |(rule, mut ranges): (RuleId, Vec<Range>)| {
            // Outer before inner; of equals the later one is found first.
            ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
            (rule, Sweep { coming: ranges.into_iter().peekable(), open: Vec::new() })
        };
        Self { lines, items: ranges.into_iter().map(sweep).collect() }
    }

    /// Returns the innermost waiver that indexes `site` and is `fit`; sites must be asked about in order of their starts.
    /// O(log lines), amortised.
    pub(super) fn find(&mut self, site: &Site, index: &LineIndex, fit: impl Fn(GrantAt) -> bool) -> Option<GrantAt> {
        self.find_as(&site.rule, site, index, fit)
    }

    /// The same for `site` as one of `rule`, which is about where it stands.
    pub(super) fn find_as(
        &mut self,
        rule: &RuleId,
        site: &Site,
        index: &LineIndex,
        fit: impl Fn(GrantAt) -> bool,
    ) -> Option<GrantAt> {
        let on_line = self.on_line(rule, site, index);
        on_line.or_else(|| self.items.get_mut(rule)?.find(site.span.start, site.span.end, fit))
    }

    fn on_line(&self, rule: &RuleId, site: &Site, index: &LineIndex) -> Option<GrantAt> {
        if self.lines.is_empty() {
            return None;
        }
        let first = index.line(site.span.start);
        let last = index.line(site.span.end.saturating_sub(1).max(site.span.start));
        // The end first: a chain's waiver stands next to the call that it is about.
        [last, first].into_iter().find_map(|line| self.lines.get(&(rule.clone(), line)).copied())
    }
}

impl Sweep {
    fn find(&mut self, start: u32, end: u32, fit: impl Fn(GrantAt) -> bool) -> Option<GrantAt> {
        while let Some(range) = self.coming.next_if(|range| range.start <= start) {
            self.open.push(range);
        }
        while self.open.pop_if(|range| range.end <= start).is_some() {}
        self.open.iter().rev().find(|range| end <= range.end && fit(range.at)).map(|range| range.at)
    }
}
