//! Fixes as SARIF has them: what is deleted and inserted in which file.

use serde::Serialize;

use super::log::{ArtifactLocation, Message, Region};
use super::text;
use crate::finding::{Applicability, Fix};
use crate::report::positions::Positions;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FixChange<'a> {
    description: Message<'a>,
    artifact_changes: [ArtifactChange<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange<'a> {
    artifact_location: ArtifactLocation<'a>,
    replacements: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'a> {
    deleted_region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted_content: Option<Message<'a>>,
}

/// Returns `fix` for SARIF; `location` is its file. What a person has to complete is not one that a viewer may apply.
pub(super) fn change<'a>(
    fix: &'a Fix,
    artifact_location: ArtifactLocation<'a>,
    positions: &mut Positions<'a>,
) -> Option<FixChange<'a>> {
    if fix.applicability == Applicability::DisplayOnly {
        return None;
    }
    let mut replacements = Vec::with_capacity(fix.edits.len());
    for edit in &fix.edits {
        let place = positions.of(edit.span);
        let deleted_region = Region {
            start_line: place.start.line,
            start_column: place.start.column,
            end_line: Some(place.end.line),
            end_column: Some(place.end.column),
        };
        let inserted_content = (!edit.text.is_empty()).then(|| text(&*edit.text));
        replacements.push(Replacement { deleted_region, inserted_content });
    }
    let description = match fix.applicability {
        Applicability::Unsafe => text(format!("{} (changes what callers see)", fix.title)),
        Applicability::Safe | Applicability::DisplayOnly => text(&*fix.title),
    };
    Some(FixChange { description, artifact_changes: [ArtifactChange { artifact_location, replacements }] })
}
