//! Reads attributes: cfg predicates, lint levels, reprs, tests, doc sections.

use super::{InText, Lower};
use crate::model::cfg::Cfg;
use crate::model::hir::{CfgId, NumberType};
use crate::model::item::{Attrs, Mark};
use crate::source::{FileId, GapKind, LintLevel, Span};
use crate::syntax::{Node, SyntaxKind as K};

/// One attribute's path and the text of its arguments, delimiters off.
struct Attribute<'s> {
    path: &'s str,
    args: &'s str,
    /// Offset of `args` in the source's text.
    args_at: u32,
}

/// The most cfgs of one item that are read, and the most bytes of one: each item below has a copy of all of them. Code under more
/// of them is taken for code of every build that the others allow.
const CFGS_LIMIT: u32 = 64;
const CFG_TEXT_LIMIT: usize = 2_048;

impl Lower<'_> {
    /// Reads a file's inner attributes: its cfg narrows everything in it, its lint levels cover it all.
    pub(super) fn file_attributes(&mut self, source: &InText<'_>, root: Node<'_>) {
        let cfg = self.lint_and_cfg_attributes(source, root, source.span_of(root));
        self.cfg = self.narrowed(&cfg);
    }

    /// Returns the narrowed predicate where `node` carries a cfg attribute; reads its lint levels.
    pub(super) fn cfg_attribute(&mut self, source: &InText<'_>, node: Node<'_>) -> Option<CfgId> {
        if node.first_kind() != K::ATTR {
            return None;
        }
        let cfg = self.lint_and_cfg_attributes(source, node, source.span_of(node));
        (cfg != Cfg::Always).then(|| self.narrowed(&cfg))
    }

    /// Lowers `inside` under the cfg attributes of `node`; few nodes have any.
    #[inline]
    pub(super) fn with_cfg<R>(
        &mut self,
        source: &InText<'_>,
        node: Node<'_>,
        inside: impl FnOnce(&mut Self) -> R,
    ) -> R {
        if node.first_kind() != K::ATTR {
            return inside(self);
        }
        match self.cfg_attribute(source, node) {
            Some(cfg) => self.under(cfg, inside),
            None => inside(self),
        }
    }

    /// Lowers `inside` under a predicate.
    pub(super) fn under<R>(&mut self, cfg: CfgId, inside: impl FnOnce(&mut Self) -> R) -> R {
        let first = self.out.code.next_id();
        let outer = std::mem::replace(&mut self.cfg, cfg);
        let result = inside(self);
        self.cfg = outer;
        self.out.code.cfg_exprs.push((first, self.out.code.next_id(), cfg));
        result
    }

    /// Notes a statement as something that a waiver above it covers.
    pub(super) fn note_waivable(&mut self, source: &InText<'_>, node: Node<'_>) {
        if source.is_file() && self.bodies_wanted() {
            self.out.waivable.push(source.span_of(node));
        }
    }

    fn lint_and_cfg_attributes(&mut self, source: &InText<'_>, node: Node<'_>, scope: Span) -> Cfg {
        let (mut cfg, mut cfgs) = (Cfg::Always, 0);
        let outer = node.children().filter(|child| child.kind() == K::ATTR);
        for attr in outer.chain(inner_attributes(node)) {
            for attribute in attributes(source, attr) {
                match attribute.path {
                    "cfg" if cfgs == CFGS_LIMIT || attribute.args.len() > CFG_TEXT_LIMIT => {
                        self.out.limits.push((GapKind::CfgLimit, scope));
                    }
                    "cfg" => {
                        cfgs += 1;
                        cfg = cfg.and(&Cfg::parse(attribute.args));
                    }
                    "allow" | "expect" if self.bodies_wanted() => self.lint_levels(source, &attribute, scope),
                    _ => {}
                }
            }
        }
        cfg
    }

    fn lint_levels(&mut self, source: &InText<'_>, attribute: &Attribute<'_>, scope: Span) {
        let reason = attribute.args.split("reason").nth(1).and_then(|rest| rest.split('"').nth(1)).map(str::to_owned);
        let mut at = attribute.args_at;
        for part in attribute.args.split(',') {
            let lint = part.trim();
            let start = at + (part.len() - part.trim_start().len()) as u32;
            at += part.len() as u32 + 1;
            if lint.is_empty() || lint.contains(['=', '"']) {
                continue;
            }
            let lint: String = lint.split_whitespace().collect();
            let at = source.span(start, start + lint.len() as u32);
            if at.file == FileId::ELSEWHERE {
                continue;
            }
            let expect = attribute.path == "expect";
            self.out.lints.push(LintLevel { lint, expect, reason: reason.clone(), at, scope });
        }
    }

    /// Reads everything that an item's attributes and doc comments say; its cfg, narrowed, comes with it.
    pub(super) fn item_attributes(&mut self, source: &InText<'_>, node: Node<'_>, scope: Span) -> (Attrs, CfgId) {
        let mut attrs = Attrs::default();
        let mut derived = false;
        let named = source.is_file() && self.bodies_wanted();
        let cfg = self.lint_and_cfg_attributes(source, node, scope);
        for child in node.children() {
            match child.kind() {
                K::ATTR => {
                    let mut conditional = false;
                    for attribute in attributes(source, child) {
                        read(&attribute, &mut attrs);
                        if named {
                            self.note_generated(node.kind(), (attribute.path, attribute.args), &mut derived);
                        }
                        attrs.set(Mark::ReprConditional, conditional && attribute.path == "repr");
                        conditional |= attribute.path == "cfg_attr";
                    }
                }
                K::COMMENT => read_doc(source.text_of(child), &mut attrs),
                _ => break,
            }
        }
        attrs.set(Mark::Test, cfg.implies_test());
        (attrs, self.narrowed(&cfg))
    }
}

fn read(attribute: &Attribute<'_>, attrs: &mut Attrs) {
    match attribute.path {
        "no_mangle" | "export_name" | "unsafe(no_mangle)" => attrs.set(Mark::Exported, true),
        "proc_macro" | "proc_macro_derive" | "proc_macro_attribute" => attrs.set(Mark::ProcMacro, true),
        "macro_use" | "macro_export" => attrs.set(Mark::MacroExport, true),
        "track_caller" => attrs.set(Mark::TrackCaller, true),
        "bench" => attrs.set(Mark::Test, true),
        "doc" => read_doc(attribute.args, attrs),
        "derive" | "derive_const" => attribute.args.split(',').for_each(|path| attrs.derives.add(path)),
        "repr" => read_repr(attribute.args, attrs),
        "unsafe" => {
            attrs.set(Mark::Exported, attribute.args.contains("no_mangle") || attribute.args.contains("export_name"));
        }
        path if path.rsplit("::").next() == Some("test") || path == "rstest" || path == "test_case" => {
            attrs.set(Mark::Test, true);
        }
        _ => {}
    }
}

fn read_doc(text: &str, attrs: &mut Attrs) {
    // Most hold no heading at all.
    if memchr::memchr(b'#', text.as_bytes()).is_none() {
        return;
    }
    attrs.set(Mark::DocPanics, text.contains("# Panics") || text.contains("# Panic\n"));
    attrs.set(Mark::DocSafety, text.contains("# Safety"));
}

fn read_repr(args: &str, attrs: &mut Attrs) {
    for part in args.split(',').map(str::trim) {
        let (name, number) = part.split_once('(').unwrap_or((part, "1"));
        let number = number.trim_end_matches(')').trim();
        match name.trim() {
            "C" => attrs.set(Mark::ReprC, true),
            "transparent" => attrs.set(Mark::ReprTransparent, true),
            "simd" => attrs.set(Mark::ReprSimd, true),
            "packed" => attrs.packed = number.parse().ok(),
            "align" => attrs.align = number.parse().ok(),
            int @ ("u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128"
            | "isize") => {
                attrs.repr_int = NumberType::new(int);
            }
            _ => {}
        }
    }
}

/// The attributes that stand first within an item's braces, `#![…]`.
fn inner_attributes(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let braced = match node.kind() {
        K::MODULE => node.child(K::ITEM_LIST),
        K::IMPL | K::TRAIT => node.child(K::ASSOC_ITEM_LIST),
        K::EXTERN_BLOCK => node.child(K::EXTERN_ITEM_LIST),
        K::FN => node.child(K::BLOCK_EXPR).and_then(|body| body.child(K::STMT_LIST)),
        _ => None,
    };
    let first = braced.into_iter().flat_map(|braced| braced.children().skip(1));
    first.take_while(|child| matches!(child.kind(), K::ATTR | K::COMMENT)).filter(|child| child.kind() == K::ATTR)
}

/// Returns what an `ATTR` says; a `cfg_attr` gives the attributes that it adds where they matter in every build.
fn attributes<'s>(source: &InText<'s>, attr: Node<'_>) -> impl Iterator<Item = Attribute<'s>> {
    let meta = attr.nodes().find(|n| !n.is_token());
    let one = meta.and_then(|meta| attribute(source.text_of(meta), meta.start()));
    let inner: Vec<Attribute<'s>> = match &one {
        Some(outer) if outer.path == "cfg_attr" => conditional(outer),
        _ => Vec::new(),
    };
    one.into_iter().chain(inner)
}

fn attribute(text: &str, at: u32) -> Option<Attribute<'_>> {
    let end = text.find(['(', '=', '[', '{']).unwrap_or(text.len());
    let path = text.get(..end)?.trim();
    let rest = text.get(end..)?;
    let args = rest.strip_prefix(['(', '[', '{', '=']).unwrap_or("");
    let args = if rest.starts_with('=') { args } else { args.trim_end().strip_suffix([')', ']', '}']).unwrap_or(args) };
    Some(Attribute { path, args, args_at: at + end as u32 + 1 })
}

/// `cfg_attr(test, allow(…))` and the like: reprs, lints and exports hold whenever they might.
fn conditional<'s>(outer: &Attribute<'s>) -> Vec<Attribute<'s>> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0u32, 0usize);
    for (at, byte) in outer.args.bytes().chain([b',']).enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                let part = outer.args.get(start..at).unwrap_or("");
                let blank = part.len() - part.trim_start().len();
                parts.extend(attribute(part.trim(), outer.args_at + (start + blank) as u32));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.into_iter().skip(1).filter(|part| part.path != "cfg" && part.path != "test").collect()
}
