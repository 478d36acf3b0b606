//! Finds `macro_rules!` definitions in a file's tokens, before anything is parsed.

use super::{Name, Origin};
use crate::source::FileId;
use crate::syntax::tokens::{Token, lex};
use crate::syntax::{Edition, SyntaxKind as K};

/// Returns name and body (its delimiters' offsets) of each `macro_rules!` in `text`.
pub(super) fn lexed_definitions(file: FileId, text: &str, edition: Edition) -> Vec<(Name, u32, Origin, Box<str>)> {
    let tokens = lex(text, edition);
    let mut found = Vec::new();
    for (at, window) in tokens.windows(4).enumerate() {
        let [keyword, bang, name, open] = window else { continue };
        let is_definition = bang.kind == K::BANG
            && name.kind == K::IDENT
            && matches!(open.kind, K::L_CURLY | K::L_PAREN | K::L_BRACK)
            && text.get(keyword.start as usize..keyword.end as usize) == Some("macro_rules");
        if !is_definition {
            continue;
        }
        let Some(close) = matching(&tokens, at + 3) else { continue };
        let body = text.get(open.end as usize..close.start as usize).unwrap_or("");
        let name = Name::new(text.get(name.start as usize..name.end as usize).unwrap_or(""));
        found.push((name, keyword.start, Origin::File { file, base: open.end }, body.into()));
    }
    found
}

/// Returns the token that closes the bracket opened at `open`.
pub(super) fn matching(tokens: &[Token], open: usize) -> Option<Token> {
    let mut depth = 0usize;
    for token in tokens.get(open..)? {
        match token.kind {
            K::L_CURLY | K::L_PAREN | K::L_BRACK => depth += 1,
            K::R_CURLY | K::R_PAREN | K::R_BRACK => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(*token);
                }
            }
            _ => {}
        }
    }
    None
}
