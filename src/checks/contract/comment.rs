//! What is said for an operation where it stands: the SAFETY comment of its block, and in an unsafe function the function's own
//! `# Safety` section, which passes the obligation on to the caller.

use super::terms::{self, Duties};
use crate::checks::body_cx::BodyCx;
use crate::model::hir::{BlockKind, Expr, ExprId, ItemId};
use crate::source::Span;

/// Lines above a place that are looked through for its comment.
const LINES_ABOVE: u32 = 24;

/// More of a comment than this is not quoted.
const QUOTED: usize = 160;

/// A remark shorter than this argues nothing.
const LEAST_SAID: usize = 20;

/// What is said, and where it stands.
#[derive(Debug, Clone, Default)]
pub struct Argument {
    /// The comment's text, without its markers.
    pub comment: Option<String>,
    /// The text of the function's `# Safety` section.
    pub contract: Option<String>,
    /// The unsafe block or function.
    pub within: Option<Span>,
}

impl Argument {
    /// Returns the obligations that it speaks of.
    pub fn duties(&self) -> Duties {
        let of = |text: &Option<String>| {
            let said = text.as_deref().filter(|text| !terms::is_boilerplate(text));
            said.map_or_else(Duties::default, terms::spoken)
        };
        of(&self.comment).or(of(&self.contract))
    }

    /// Whether a comment, or the function's contract, says something that is more than boilerplate.
    pub fn is_given(&self) -> bool {
        let says = |text: &Option<String>| text.as_deref().is_some_and(|text| !terms::is_boilerplate(text));
        says(&self.comment) || says(&self.contract)
    }

    /// Returns the words as a report shows them.
    pub fn quoted(&self) -> String {
        let text = self.comment.as_deref().filter(|text| !terms::is_boilerplate(text)).or(self.contract.as_deref());
        let text = text.unwrap_or("");
        let end = text.floor_char_boundary(QUOTED.min(text.len()));
        let more = if end < text.len() { "…" } else { "" };
        format!("said: \"{}{more}\"", text.get(..end).unwrap_or(text))
    }
}

/// Returns what is said for the operation `id`.
pub fn argument(cx: &BodyCx<'_>, id: ExprId) -> Argument {
    let block = cx.tree().around(id).find(|&at| matches!(cx.expr(at), Expr::Block { kind: BlockKind::Unsafe, .. }));
    let is_unsafe_fn = cx.function().is_some_and(|function| function.is_unsafe);
    let place = block.unwrap_or(id);
    let mut said = Argument { comment: comment_at(cx, cx.code.span(place)), ..Argument::default() };
    if block.is_some() {
        // The operation's own line may say it too.
        said.comment = joined(said.comment, comment_at(cx, cx.code.span(id)));
    }
    said.within = block.map(|block| cx.code.span(block));
    if is_unsafe_fn {
        said.contract = safety_section(cx, cx.body().owner);
        said.within = said.within.or_else(|| Some(crate::checks::body_cx::item_head(cx, cx.body().owner)));
    }
    said
}

fn joined(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Some(format!("{one} {other}")),
        (one, other) => one.or(other),
    }
}

/// Returns the text of an item's `# Safety` section and of its safety tags; `None` where it has neither.
pub fn safety_section(cx: &BodyCx<'_>, item: ItemId) -> Option<String> {
    let &(whole, name) = cx.code.items.get(item.index())?;
    section(cx.text_of(Span::new(whole.file, whole.start, name.start)))
}

/// Returns what the doc comments and tags in `head` ask of callers.
pub fn section(head: &str) -> Option<String> {
    let mut text = String::new();
    let mut within = false;
    for line in head.lines().map(str::trim) {
        if line.starts_with("#[safety") || line.starts_with("#[cfg_attr") && line.contains("safety::") {
            // RFC 3842: `#[safety::requires(NonNull(p), Align(p))]`, `#[safety { ValidPtr }]`.
            add(&mut text, &separated(line));
            continue;
        }
        let Some(doc) = documented(line) else { continue };
        if doc.starts_with('#') {
            within = doc.trim_start_matches('#').trim().to_lowercase().starts_with("safety");
        } else if within {
            add(&mut text, doc);
        }
    }
    (!text.is_empty()).then_some(text)
}

/// The text of a line of a doc comment.
fn documented(line: &str) -> Option<&str> {
    for marker in ["///", "//!", "/**", "/*!", "*"] {
        if let Some(rest) = line.strip_prefix(marker) {
            return Some(rest.trim_end_matches("*/").trim());
        }
    }
    let quoted = line.strip_prefix("#[doc")?.split_once('"')?.1;
    Some(quoted.trim_end_matches(']').trim_end_matches('"').trim())
}

fn add(text: &mut String, line: &str) {
    if !line.is_empty() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(line);
    }
}

/// `NonNull(p)`, `InBound` as words: `Non Null`, `In Bound`.
fn separated(line: &str) -> String {
    let mut words = String::with_capacity(line.len() + 16);
    let mut was_lower = false;
    for c in line.trim_start_matches("#[safety").chars() {
        if c.is_uppercase() && was_lower {
            words.push(' ');
        }
        was_lower = c.is_lowercase();
        words.push(if c.is_alphanumeric() { c } else { ' ' });
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the SAFETY comment of an item: above its first keyword.
pub fn item_comment(cx: &BodyCx<'_>, item: ItemId) -> Option<String> {
    let &(_, name) = cx.code.items.get(item.index())?;
    comment_at(cx, name)
}

/// Tells whether anything is said directly above an item, `SAFETY` or not.
pub fn is_remarked(cx: &BodyCx<'_>, item: ItemId) -> bool {
    let place = cx.code.items.get(item.index()).filter(|(_, name)| name.file == cx.model.file);
    let Some(&(_, name)) = place else { return false };
    let top = first_line(cx, cx.lines.line(name.start));
    let after = cx.comments.partition_point(|it| it.span.end < name.start);
    let above = cx.comments.get(..after).unwrap_or(&[]).iter().rev();
    let mut above = above.take_while(|it| cx.lines.line(it.span.start) >= top).filter(|it| it.own_line && !it.doc);
    above.any(|it| {
        let text = plain(cx.text_of(it.span));
        let text = text.strip_prefix("SAFETY:").unwrap_or(text).trim();
        text.len() >= LEAST_SAID && !terms::is_boilerplate(text)
    })
}

/// A comment without its markers.
fn plain(comment: &str) -> &str {
    comment.trim_start_matches(['/', '*', ' ', '!']).trim_end_matches(['*', '/', ' '])
}

/// Returns the SAFETY comment of a place: above its statement, in its line, or first within its braces.
fn comment_at(cx: &BodyCx<'_>, span: Span) -> Option<String> {
    if span.file != cx.model.file {
        return None;
    }
    let line = cx.lines.line(span.start);
    let top = first_line(cx, line);
    let after = cx.comments.partition_point(|it| it.span.end < span.start);
    let near = |at: &crate::source::Comment| {
        let of = cx.lines.line(at.span.start);
        (top..=line + 1).contains(&of) || cx.lines.line(at.span.end) == line
    };
    let above = cx.comments.get(..after).unwrap_or(&[]).iter().rev().take_while(|it| near(it)).collect::<Vec<_>>();
    let inside = cx.comments.get(after..).unwrap_or(&[]).iter().take_while(|it| {
        let between = Span::new(span.file, span.start, it.span.start.max(span.start));
        let text = cx.text_of(between);
        let first = text
            .split_once('{')
            .is_some_and(|(_, rest)| rest.lines().all(|line| line.trim().is_empty() || line.trim().starts_with("//")));
        first || cx.lines.line(it.span.start) == line
    });
    let speaks_itself = |it: &crate::source::Comment| cx.text_of(it.span).to_uppercase().contains("SAFETY");
    // What stands behind code speaks for that code, unless it says what it is for.
    let all = above.into_iter().rev().chain(inside).filter(|it| !it.doc && (it.own_line || speaks_itself(it)));
    let mut text = String::new();
    let mut speaks = false;
    for comment in all {
        let line = plain(cx.text_of(comment.span));
        let upper = line.to_uppercase();
        speaks |= upper.starts_with("SAFETY") || upper.contains("SAFETY:");
        add(&mut text, line);
    }
    let at = text.to_uppercase().find("SAFETY").filter(|_| speaks && text.is_ascii());
    let text = at
        .and_then(|at| text.get(at + "SAFETY".len()..))
        .map(|rest| rest.trim_start_matches([':', ' ', '-']).to_owned())
        .unwrap_or(text);
    speaks.then_some(text)
}

/// The first line of the statement that `line` belongs to, with the comments and attributes above it.
fn first_line(cx: &BodyCx<'_>, line: u32) -> u32 {
    let mut top = line;
    while top > 1 && line - top < LINES_ABOVE {
        let Some(range) = cx.lines.line_range(cx.text, top - 1) else { break };
        let above = cx.text.get(range).unwrap_or("").trim();
        let comment = above.starts_with("//") || above.starts_with("/*") || above.starts_with('*');
        if !comment && !above.starts_with("#[") && (above.is_empty() || above.ends_with([';', '{', '}', ','])) {
            break;
        }
        top -= 1;
    }
    top
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Duty;

    #[test]
    fn sections_and_tags_are_what_callers_are_asked() {
        let doc = "/// Reads.\n///\n/// # Safety\n///\n/// `p` is aligned.\n/// # Panics\n/// Never null.\n";
        assert_eq!(section(doc).as_deref(), Some("`p` is aligned."));
        assert_eq!(section("/// Reads.\n"), None);
        let tags = section("#[safety::requires(NonNull(p), InBound(p, len))]\n").unwrap();
        let spoken = terms::spoken(&tags);
        assert!(spoken.has(Duty::NonNull) && spoken.has(Duty::Size) && !spoken.has(Duty::Align), "{tags}");
    }
}
