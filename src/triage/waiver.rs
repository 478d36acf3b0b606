//! Waivers as triage holds them: what they name, what they cover, how often they were used.

use crate::catalog::Catalog;
use crate::finding::{RuleId, Site, WaivedBy};
use crate::source::{Level, LintLevel, SourceFile, Span};

use super::comment::{Said, read};
use super::scope::{Items, Scope, of};

/// A justification in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// What carries it.
    pub by: WaivedBy,
    /// The comment, or the lint's name in the attribute.
    pub at: Span,
    /// The argument, if any.
    pub reason: Option<String>,
    /// The rules it names.
    pub grants: Vec<Grant>,
}

/// One rule that a waiver names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The rule.
    pub rule: RuleId,
    /// Where it is named.
    pub at: Span,
    /// Whether the catalogue knows it.
    pub known: bool,
    /// How many sites it indexes.
    pub uses: u32,
}

impl Waiver {
    /// Tells whether the waiver speaks of what `site` does: several rules are about both `unwrap` and `expect`, and an
    /// attribute allows but one of them.
    pub(super) fn speaks_of(&self, site: &Site) -> bool {
        match &self.by {
            WaivedBy::Lint(lint) if lint == "clippy::unwrap_used" => site.kind.as_str() == "unwrap",
            WaivedBy::Lint(lint) if lint == "clippy::expect_used" => site.kind.as_str() == "expect",
            WaivedBy::Lint(_) | WaivedBy::Comment | WaivedBy::Remark => true,
        }
    }
}

/// A waiver and what it indexes.
pub(super) struct Scoped {
    pub(super) waiver: Waiver,
    pub(super) scope: Scope,
    pub(super) holds: Holds,
}

/// Where a waiver holds, and what it does there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holds {
    in_product: bool,
    in_tests: bool,
    /// Whether it waives; a `warn` or `deny` ends what an `allow` further out does.
    pub(super) waives: bool,
}

impl Holds {
    const EVERYWHERE: Self = Self { in_product: true, in_tests: true, waives: true };

    /// Tells whether it holds in the builds that have `site`.
    pub(super) fn at(self, site: &Site) -> bool {
        if site.context.contains(&"test") { self.in_tests } else { self.in_product }
    }
}

/// What the comments of one file say.
#[derive(Default)]
pub(super) struct FileWaivers {
    pub(super) waivers: Vec<Scoped>,
    /// Comments that begin as a waiver does, and are none.
    pub(super) malformed: Vec<Span>,
}

/// Reads the waivers in the comments of `file`. O(comments).
pub(super) fn in_comments(file: &SourceFile, items: &[Span], catalog: &Catalog) -> FileWaivers {
    let mut found = FileWaivers::default();
    // Built for files that have a waiver: most have none.
    let mut index: Option<Items<'_>> = None;
    for (at, comment) in file.comments.iter().enumerate().filter(|(_, comment)| !comment.doc) {
        let Some(text) = file.text.get(comment.span.start as usize..comment.span.end as usize) else { continue };
        let (rules, reason) = match read(text) {
            None => continue,
            Some(Said::Panics { reason }) => {
                let waiver = remark(comment.span, reason, catalog);
                let scope = of(file, at, comment, index.get_or_insert_with(|| Items::new(file, items)));
                found.waivers.push(Scoped { waiver, scope, holds: Holds::EVERYWHERE });
                continue;
            }
            Some(Said::Malformed) => {
                found.malformed.push(comment.span);
                continue;
            }
            Some(Said::Allow { rules, reason }) => (rules, reason),
        };
        let grant = |(rule, place): (&str, usize)| {
            let start = comment.span.start + place as u32;
            Grant {
                rule: rule.into(),
                at: Span::new(file.id, start, start + rule.len() as u32),
                known: catalog.rule(rule).is_some(),
                uses: 0,
            }
        };
        let waiver = Waiver {
            by: WaivedBy::Comment,
            at: comment.span,
            reason: reason.map(str::to_owned),
            grants: rules.into_iter().map(grant).collect(),
        };
        let scope = of(file, at, comment, index.get_or_insert_with(|| Items::new(file, items)));
        found.waivers.push(Scoped { waiver, scope, holds: Holds::EVERYWHERE });
    }
    found
}

/// What a `// PANIC:` comment waives: all that can panic there.
fn remark(at: Span, reason: &str, catalog: &Catalog) -> Waiver {
    let panics = catalog.rules().iter().filter(|rule| &*rule.pack == "panic");
    let grants = panics.map(|rule| Grant { rule: rule.id.clone(), at, known: true, uses: 0 });
    Waiver { by: WaivedBy::Remark, at, reason: Some(reason.to_owned()), grants: grants.collect() }
}

/// Returns the waivers that the lint attributes of one file are.
pub(super) fn in_lints(lints: &[LintLevel], catalog: &Catalog) -> Vec<Scoped> {
    let scoped = |level: &LintLevel| {
        let grant = |rule: &crate::catalog::Rule| Grant { rule: rule.id.clone(), at: level.at, known: true, uses: 0 };
        let waiver = Waiver {
            by: WaivedBy::Lint(level.lint.clone()),
            at: level.at,
            reason: level.reason.clone(),
            grants: catalog.rules_for_lint(&level.lint).map(grant).collect(),
        };
        let waives = level.level != Level::Report;
        let holds = Holds { in_product: level.in_product, in_tests: level.in_tests, waives };
        (!waiver.grants.is_empty()).then_some(Scoped { waiver, scope: Scope::Item(level.scope), holds })
    };
    lints.iter().filter_map(scoped).collect()
}
