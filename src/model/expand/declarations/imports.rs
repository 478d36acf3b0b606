//! Reads `use` declarations from tokens: a path for each name that one brings in.

use super::{Collector, Declared, K, Name, Token};
use crate::model::cfg::Cfg;

/// Braces within braces that are followed.
const NESTED: u32 = 32;

/// Names of a path that are kept: no path that leads anywhere is longer.
const LONGEST: usize = 64;

/// Reads `use tree;`, up to its end.
pub(super) fn import(collector: &mut Collector<'_>, keyword: Token) {
    let (_, cfg) = collector.own_attributes();
    collector.at += 1;
    if cfg.constant() != Some(false) {
        let mut prefix = Vec::new();
        tree(collector, &mut prefix, &keyword, &cfg, NESTED);
    }
    // What is left of a tree that is too deep, or wrong.
    while !matches!(collector.kind(0), K::SEMICOLON | K::EOF | K::R_CURLY) {
        collector.at += 1;
    }
    if collector.kind(0) != K::SEMICOLON {
        collector.at -= 1;
    }
}

/// Reads one tree below `prefix`; stops before the `,`, `}` or `;` behind it.
fn tree(collector: &mut Collector<'_>, prefix: &mut Vec<Name>, keyword: &Token, cfg: &Cfg, depth: u32) {
    let outer = prefix.len();
    if depth == 0 {
        return;
    }
    loop {
        match collector.kind(0) {
            K::COLON => {
                if prefix.is_empty() {
                    prefix.push(Name::MISSING);
                }
                collector.at += 1;
                continue;
            }
            K::STAR => {
                collector.at += 1;
                add(collector, prefix, None, keyword, cfg);
            }
            K::L_CURLY => {
                collector.at += 1;
                while !matches!(collector.kind(0), K::R_CURLY | K::EOF | K::SEMICOLON) {
                    tree(collector, prefix, keyword, cfg, depth - 1);
                    if collector.kind(0) == K::COMMA {
                        collector.at += 1;
                    } else if collector.kind(0) != K::R_CURLY {
                        break;
                    }
                }
                collector.at += usize::from(collector.kind(0) == K::R_CURLY);
            }
            kind if kind.is_any_identifier() || kind == K::IDENT => {
                if prefix.len() < LONGEST {
                    prefix.push(Name::new(collector.word(0)));
                }
                collector.at += 1;
                if collector.kind(0) == K::COLON {
                    continue;
                }
                // `a::{self}` is `a`.
                if prefix.len() > 1 && prefix.last() == Some(&Name::SELF_VALUE) {
                    prefix.pop();
                }
                let mut name = prefix.last().copied();
                if collector.kind(0) == K::AS_KW {
                    name = Some(Name::new(collector.word(1)));
                    collector.at += 2;
                }
                add(collector, prefix, name, keyword, cfg);
            }
            _ => {}
        }
        break;
    }
    prefix.truncate(outer);
}

fn add(collector: &mut Collector<'_>, path: &[Name], name: Option<Name>, keyword: &Token, cfg: &Cfg) {
    if name != Some(Name::UNDERSCORE) {
        let kind = Declared::Import { path: path.into(), name };
        collector.declare(keyword.start, cfg.clone(), kind);
    }
}
