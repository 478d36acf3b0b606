//! What an unsafe block lacks: the beginning of an argument above it, which a person has to write.

use crate::checks::BodyCx;
use crate::finding::{Applicability, Edit, Fix};
use crate::model::hir::ExprId;

/// A `SAFETY:` comment to be completed, above the line that the unsafe block begins in.
pub(super) fn skeleton(cx: &BodyCx<'_>, id: ExprId) -> Option<Fix> {
    let span = cx.code.span(id);
    let line = cx.lines.line_range(cx.text, cx.lines.line(span.start))?;
    let text = cx.text.get(line.clone())?;
    let indent = text.get(..text.len() - text.trim_start().len())?;
    let comment = format!("{indent}// SAFETY: \n");
    let edit = Edit::insert(span, line.start as u32, comment);
    Some(Fix::safe("say above it why it is in order", vec![edit]).but(Applicability::DisplayOnly))
}
