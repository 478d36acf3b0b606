//! Reads `#[path = "…"]` of modules, those within `cfg_attr` too, each with the predicate under which it counts.

use super::Lower;
use super::include::at_commas;
use crate::model::cfg::Cfg;
use crate::model::expand::span_map::InText;
use crate::model::hir::ModulePath;
use crate::syntax::tokens::{Token, TokenText};
use crate::syntax::{Node, SyntaxKind as K, string_value};

/// Attributes within attributes that are followed.
const DEPTH_LIMIT: u32 = 16;

impl Lower<'_> {
    /// Notes the paths that the attributes of the module `node`, which is the current item, name.
    pub(super) fn note_module_paths(&mut self, source: &InText<'_>, node: Node<'_>) {
        for attr in node.children().filter(|child| child.kind() == K::ATTR) {
            if !source.text_of(attr).contains("path") {
                continue;
            }
            let tokens = Token::below(attr);
            let open = tokens.iter().position(|token| token.kind == K::L_BRACK).map_or(0, |at| at + 1);
            let meta = tokens.get(open..tokens.len().saturating_sub(1)).unwrap_or_default();
            self.paths_of(source.text, meta, &Cfg::Always, 0);
        }
    }

    fn paths_of(&mut self, text: &str, meta: &[Token], cfg: &Cfg, depth: u32) {
        let [name, next, rest @ ..] = meta else { return };
        match (text.text_of(name), next.kind) {
            ("path", K::EQ) => {
                let value = rest.first().and_then(|literal| string_value(text.text_of(literal)));
                let path = value.map(|path| ModulePath { item: self.owner, path: path.into(), cfg: cfg.clone() });
                self.out.module_paths.extend(path);
            }
            ("cfg_attr", K::L_PAREN) if depth < DEPTH_LIMIT => {
                let inside = rest.get(..rest.len().saturating_sub(1)).unwrap_or_default();
                let mut parts = at_commas(inside);
                let Some([first, .., last] | [first @ last]) = parts.next() else { return };
                let predicate = text.get(first.start as usize..last.end as usize).unwrap_or("");
                let cfg = cfg.and(&Cfg::parse(predicate));
                parts.for_each(|part| self.paths_of(text, part, &cfg, depth + 1));
            }
            _ => {}
        }
    }
}
