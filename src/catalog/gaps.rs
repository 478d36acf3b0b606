//! Which gaps a team accepts: `[policy] gaps` of a configuration. What gaps there are is the scan's business.

use serde::Deserialize;
use toml::Spanned;

use super::error::{CatalogError, Origin};
use super::glob::PathGlob;
use crate::source::{Gap, GapKind};

/// One entry of `gaps` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GapEntry {
    kind: Spanned<String>,
    path: Option<Spanned<String>>,
    reason: Spanned<String>,
}

/// Gaps of one kind that are accepted, in some files or in all.
#[derive(Debug, Clone)]
pub(super) struct AcceptedGap {
    kind: GapKind,
    paths: Option<PathGlob>,
}

impl AcceptedGap {
    /// Tells whether it covers `gap`, whose path is `path` from where globs count.
    pub(super) fn covers(&self, gap: &Gap, path: &str) -> bool {
        self.kind == gap.kind && self.paths.as_ref().is_none_or(|glob| glob.matches(path))
    }
}

impl GapEntry {
    /// What the entry, which stands in `origin`, accepts.
    pub(super) fn accepted(&self, origin: &Origin) -> Result<AcceptedGap, CatalogError> {
        let named = self.kind.get_ref();
        let kind = GapKind::ALL.into_iter().find(|kind| kind.as_str() == named).ok_or_else(|| {
            let known: Vec<&str> = GapKind::ALL.iter().map(|kind| kind.as_str()).collect();
            let help = format!("one of {}", known.join(", "));
            origin.error(format!("no kind of gap is called `{named}`"), Some(self.kind.span()), "unknown", Some(help))
        })?;
        if !self.reason.get_ref().chars().any(char::is_alphanumeric) {
            let message = "a gap is accepted for a reason, which is missing";
            return Err(origin.error(message, Some(self.reason.span()), "says nothing", None));
        }
        let glob = |glob: &Spanned<String>| {
            let wrong = |why| origin.error(format!("not a glob: {why}"), Some(glob.span()), "this pattern", None);
            PathGlob::new(glob.get_ref()).map_err(wrong)
        };
        Ok(AcceptedGap { kind, paths: self.path.as_ref().map(glob).transpose()? })
    }
}
