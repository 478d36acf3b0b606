//! Lowers `include!`: the file that it names is read as if it stood in the call's place. What cannot be read is noted.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Lower;
use super::macros::TEXT_LIMIT;
use crate::model::expand::span_map::InText;
use crate::model::hir::{ExpansionStatus, Expr, ExprId, Include, IncludeTarget};
use crate::source::{FileId, folder_of, join_places};
use crate::syntax::tokens::{Token, TokenText};
use crate::syntax::{Fragment, Node, SyntaxKind as K, parse, string_value};

/// Files within files that are followed, and macros between them.
const DEPTH_LIMIT: u32 = 128;

/// The files that may be included, by the places where they lie.
pub type IncludedFiles = FxHashMap<String, (FileId, Arc<str>)>;

/// What `include!` in one file needs to know.
#[derive(Clone, Copy)]
pub struct IncludeCx<'e> {
    /// The files that were read for it.
    pub files: &'e IncludedFiles,
    /// Where the file with the calls lies, with `/`.
    pub place: &'e str,
    /// Where its package's manifest lies, with `/`.
    pub manifest_dir: &'e str,
}

impl Lower<'_> {
    /// Lowers an `include!` among expressions; `None` where the file is not there.
    pub(super) fn include_expr(&mut self, source: &InText<'_>, call: Node<'_>) -> Option<ExprId> {
        let span = source.span_of(call);
        let value = self.include(source, call, Fragment::Expr, Self::made_expr)?;
        let id = self.note_call(source, call, ExpansionStatus::Native);
        let args = self.out.code.add_list(&[value]);
        Some(self.add_expr(Expr::Macro { call: id, args }, span))
    }

    /// Lowers an `include!` among items; tells whether the file was there.
    pub(super) fn include_items(&mut self, source: &InText<'_>, call: Node<'_>) -> bool {
        let read = self.include(source, call, Fragment::Items, Self::items_below);
        if read.is_some() {
            self.note_call(source, call, ExpansionStatus::Native);
        }
        read.is_some()
    }

    fn include<R: Default>(
        &mut self,
        source: &InText<'_>,
        call: Node<'_>,
        fragment: Fragment,
        inside: impl FnOnce(&mut Self, &InText<'_>, Node<'_>) -> R,
    ) -> Option<R> {
        let cx = self.cx.includes?;
        let here = self.included.last().map_or(cx.place, String::as_str);
        let target = target(source, call, here, cx.manifest_dir);
        let IncludeTarget::File(place) = &target else { return self.not_included(source, call, target) };
        let Some((file, text)) = cx.files.get(&**place) else { return self.not_included(source, call, target) };
        if self.expansion_depth >= DEPTH_LIMIT || self.expanded_bytes + text.len() > TEXT_LIMIT {
            return self.not_included(source, call, IncludeTarget::TooMuch);
        }
        self.expanded_bytes += text.len() + 64;
        let (file, text) = (*file, Arc::clone(text));
        let parsed = parse(&text, self.cx.edition, fragment);
        self.out.include_errors.extend(parsed.errors.iter().map(|error| (file, error.clone())));
        self.included.push(place.to_string());
        self.expansion_depth += 1;
        let result = parsed.tree.root().map(|root| inside(self, &InText::file(file, &text), root));
        self.expansion_depth -= 1;
        self.included.pop();
        Some(result.unwrap_or_default())
    }

    fn not_included<R>(&mut self, source: &InText<'_>, call: Node<'_>, target: IncludeTarget) -> Option<R> {
        let span = source.span_of(call);
        self.out.includes.push(Include { target, span });
        None
    }
}

/// What the call's argument says.
fn target(source: &InText<'_>, call: Node<'_>, here: &str, manifest_dir: &str) -> IncludeTarget {
    let tokens = call.child(K::TOKEN_TREE).map(Token::below).unwrap_or_default();
    let inside = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or_default();
    match text_of(source.text, inside, manifest_dir) {
        Some(path) => IncludeTarget::File(join_places(folder_of(here), &path).into()),
        None => IncludeTarget::Generated,
    }
}

/// What an argument says: a literal, `concat!` of such, `env!("CARGO_MANIFEST_DIR")`; `None` for what a build alone knows.
fn text_of(text: &str, tokens: &[Token], manifest_dir: &str) -> Option<String> {
    let tokens = match tokens {
        [rest @ .., last] if last.kind == K::COMMA => rest,
        all => all,
    };
    if let [literal] = tokens {
        let written = text.text_of(literal);
        return match literal.kind {
            K::STRING => string_value(written),
            K::INT_NUMBER | K::TRUE_KW | K::FALSE_KW => Some(written.to_owned()),
            _ => None,
        };
    }
    let open = tokens.iter().position(|token| token.kind == K::BANG)? + 1;
    let name = text.text_of(tokens.get(open.checked_sub(2)?)?);
    let inside = tokens.get(open + 1..tokens.len().checked_sub(1)?)?;
    match name {
        "concat" => at_commas(inside).map(|part| text_of(text, part, manifest_dir)).collect(),
        "env" => {
            let variable = text_of(text, at_commas(inside).next()?, manifest_dir)?;
            (variable == "CARGO_MANIFEST_DIR" && !manifest_dir.is_empty()).then(|| manifest_dir.to_owned())
        }
        _ => None,
    }
}

/// The parts between commas that stand in no brackets.
pub(super) fn at_commas(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    let mut open = 0_u32;
    let parts = tokens.split(move |token| {
        match token.kind {
            K::L_PAREN | K::L_BRACK | K::L_CURLY => open += 1,
            K::R_PAREN | K::R_BRACK | K::R_CURLY => open = open.saturating_sub(1),
            _ => {}
        }
        open == 0 && token.kind == K::COMMA
    });
    parts.filter(|part| !part.is_empty())
}
