//! Doc comments among a macro's arguments: to a macro `/// text` is `#[doc = " text"]`.

use super::span_map::{Expansion, InText, TokenOrigin};
use crate::syntax::SyntaxKind as K;
use crate::syntax::tokens::{Token, TokenText};

/// Returns `tokens`, comments among them, with an attribute for each doc comment; `None` where there is none.
pub(in crate::model) fn doc_attributes(tokens: &[Token], source: &InText<'_>) -> Option<Expansion> {
    let is_doc = |token: &Token| token.kind == K::COMMENT && content(source.text.text_of(token)).is_some();
    tokens.iter().any(is_doc).then_some(())?;
    let mut made = Expansion::with_room(tokens.len() * 2);
    for run in tokens.chunk_by(|one, other| (one.kind == K::COMMENT) == (other.kind == K::COMMENT)) {
        if run.first().is_some_and(|first| first.kind == K::COMMENT) {
            for comment in run {
                attribute(comment, source, &mut made);
            }
            continue;
        }
        made.push_tokens(run, source, |place| place);
    }
    Some(made)
}

/// Writes the attribute that a comment is, if it is one; all of it stands where the comment does.
fn attribute(comment: &Token, source: &InText<'_>, made: &mut Expansion) {
    let Some((inner, text)) = content(source.text.text_of(comment)) else { return };
    let place: TokenOrigin = source.place(comment.start, comment.end);
    let hashes = "#".repeat(hashes(text));
    let text = format!("r{hashes}\"{text}\"{hashes}");
    made.push_together([(K::POUND, "#")], place);
    if inner {
        made.push_together([(K::BANG, "!")], place);
    }
    made.push_together([(K::L_BRACK, "["), (K::IDENT, "doc"), (K::EQ, "=")], place);
    made.space();
    made.push_together([(K::STRING, text.as_str()), (K::R_BRACK, "]")], place);
    made.space();
}

/// Returns whether a doc comment is an inner one, and its text; `None` for another comment.
fn content(comment: &str) -> Option<(bool, &str)> {
    let block = |start: &str| comment.strip_prefix(start)?.strip_suffix("*/");
    if let Some(text) = comment.strip_prefix("//!") {
        return Some((true, text));
    }
    if let Some(text) = comment.strip_prefix("///").filter(|text| !text.starts_with('/')) {
        return Some((false, text));
    }
    if let Some(text) = block("/*!") {
        return Some((true, text));
    }
    block("/**").filter(|text| !text.starts_with('*') && !text.is_empty()).map(|text| (false, text))
}

/// How many `#` a raw string needs around `text`.
fn hashes(text: &str) -> usize {
    let behind = |at: usize| text.get(at + 1..).unwrap_or("").bytes().take_while(|&byte| byte == b'#').count();
    text.match_indices('"').map(|(at, _)| behind(at) + 1).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{InText, K, doc_attributes};
    use crate::source::FileId;
    use crate::syntax::tokens::Token;
    use crate::syntax::{Edition, Fragment, parse};

    #[test]
    fn doc_comments_are_attributes_and_others_are_not_there() {
        let made = |text: &str| {
            let call = format!("m! {{ {text} }}");
            let parsed = parse(&call, Edition::Edition2024, Fragment::File);
            let tree = parsed.tree.root()?.find(|kind| kind == K::MACRO_CALL)?.child(K::TOKEN_TREE)?;
            let tokens = Token::all_below(tree);
            let inside = tokens.get(1..tokens.len() - 1)?;
            let made = doc_attributes(inside, &InText::file(FileId(0), &call))?;
            Some(made.text.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        for (text, attributes) in [
            ("/// A byte.\nbyte: u8", Some("#[doc= r\" A byte.\"] byte: u8")),
            ("/** A \"#word\". */ // no\n x", Some("#[doc= r##\" A \"#word\". \"##] x")),
            ("//! inner\n x", Some("#![doc= r\" inner\"] x")),
            ("// none\n/* none */ //// none\n /**/ x", None),
        ] {
            assert_eq!(made(text).as_deref(), attributes, "{text}");
        }
    }
}
