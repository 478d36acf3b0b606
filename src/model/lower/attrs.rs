//! Reads attributes: cfg predicates, lint levels, reprs, tests, doc sections.

use super::{InText, Lower};
use crate::facts::attributes::AttributeFact;
use crate::model::attr::{self, Attribute};
use crate::model::cfg::Cfg;
use crate::model::hir::{CfgId, NumberType};
use crate::model::item::{Attrs, Mark};
use crate::source::{FileId, GapKind, Level, LintLevel, Span, argues_safety};
use crate::syntax::{Node, SyntaxKind as K};

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
        // The compiler does not look at the levels on a macro call.
        let leveled = self.bodies_wanted() && !is_macro_call(node);
        let outer = node.children().filter(|child| child.kind() == K::ATTR);
        for attr in outer.chain(inner_attributes(node)) {
            for attribute in attributes(source, attr) {
                match attribute.path {
                    "cfg" if cfgs == CFGS_LIMIT || is_too_long(&attribute) => {
                        self.out.limits.push((GapKind::CfgLimit, scope));
                    }
                    "cfg" => {
                        cfgs += 1;
                        let own = Cfg::parse(attribute.args);
                        cfg = match attribute.when {
                            Cfg::Always => cfg.and(&own),
                            _ => cfg.and(&Cfg::Any([attribute.when.negated(), own].into())),
                        };
                    }
                    "allow" if leveled => self.lint_levels(source, &attribute, Level::Allow, scope),
                    "expect" if leveled => self.lint_levels(source, &attribute, Level::Expect, scope),
                    "warn" | "deny" | "forbid" if leveled => {
                        self.lint_levels(source, &attribute, Level::Report, scope);
                    }
                    _ => {}
                }
            }
        }
        cfg
    }

    fn lint_levels(&mut self, source: &InText<'_>, attribute: &Attribute<'_>, level: Level, scope: Span) {
        let reason = attribute.args.split("reason").nth(1).and_then(|rest| rest.split('"').nth(1)).map(str::to_owned);
        let holds = |tests: bool| {
            let truth = attribute.when.truth_in(tests, &|feature| self.resolver.has_feature(feature));
            if level == Level::Report { truth != Some(false) } else { truth == Some(true) }
        };
        let (in_product, in_tests) = (holds(false), holds(true));
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
            self.out.lints.push(LintLevel { lint, level, in_product, in_tests, reason: reason.clone(), at, scope });
        }
    }

    /// Reads everything that an item's attributes and doc comments say; its cfg, narrowed, comes with it.
    pub(super) fn item_attributes(&mut self, source: &InText<'_>, node: Node<'_>, scope: Span) -> (Attrs, CfgId) {
        let mut attrs = Attrs::default();
        let mut derived = false;
        let named = source.is_file() && self.bodies_wanted();
        self.note_site(source, node);
        let cfg = self.lint_and_cfg_attributes(source, node, scope);
        // The predicates under which an attribute makes it a test, and a proof.
        let (mut tests, mut proofs) = (Vec::new(), Vec::new());
        for child in node.children() {
            match child.kind() {
                K::ATTR => {
                    for attribute in attributes(source, child) {
                        read(&attribute, &mut attrs);
                        if named {
                            self.note_attribute(node.kind(), attribute.path);
                            self.note_generated(node.kind(), (attribute.path, attribute.args), &mut derived);
                        }
                        match self.made_of(node, attribute.path) {
                            Some(AttributeFact::Test) => tests.push(attribute.when),
                            Some(AttributeFact::Verification) => proofs.push(attribute.when),
                            _ => {}
                        }
                    }
                }
                K::COMMENT => read_doc(source.text_of(child), &mut attrs),
                _ => break,
            }
        }
        let always = |when: Vec<Cfg>| when.contains(&Cfg::Always) || Cfg::Any(when).constant() == Some(true);
        attrs.set(Mark::Test, cfg.implies_test() || always(tests));
        attrs.set(Mark::Verification, cfg.implies_verification() || always(proofs));
        (attrs, self.narrowed(&cfg))
    }

    /// What an attribute makes of an item that can be a test.
    fn made_of(&self, node: Node<'_>, path: &str) -> Option<AttributeFact> {
        let can_be = matches!(node.kind(), K::FN | K::MODULE);
        if !can_be || (!path.contains(':') && super::proc_macros::is_known(path) && !matches!(path, "test" | "bench")) {
            return None;
        }
        self.resolver.attribute(path, self.site)
    }
}

/// Whether a cfg, or the condition that it has, is longer than what is read.
fn is_too_long(cfg: &Attribute<'_>) -> bool {
    cfg.args.len() > CFG_TEXT_LIMIT || (cfg.when != Cfg::Always && cfg.when.to_string().len() > CFG_TEXT_LIMIT)
}

/// Whether all of a node is a macro call, as an item or as a statement.
fn is_macro_call(node: Node<'_>) -> bool {
    match node.kind() {
        K::MACRO_CALL | K::MACRO_EXPR => true,
        K::EXPR_STMT => node.nodes().find(|child| child.kind() != K::ATTR).is_some_and(|it| it.kind() == K::MACRO_EXPR),
        _ => false,
    }
}

fn read(attribute: &Attribute<'_>, attrs: &mut Attrs) {
    match attribute.path {
        "no_mangle" | "export_name" | "unsafe(no_mangle)" => attrs.set(Mark::Exported, true),
        "proc_macro" | "proc_macro_derive" | "proc_macro_attribute" => attrs.set(Mark::ProcMacro, true),
        "macro_use" | "macro_export" => attrs.set(Mark::MacroExport, true),
        "track_caller" => attrs.set(Mark::TrackCaller, true),
        "doc" => read_doc(attribute.args, attrs),
        "derive" | "derive_const" => attribute.args.split(',').for_each(|path| attrs.derives.add(path)),
        "repr" => {
            read_repr(attribute.args, attrs);
            attrs.set(Mark::ReprConditional, attribute.when != Cfg::Always);
        }
        "unsafe" => {
            attrs.set(Mark::Exported, attribute.args.contains("no_mangle") || attribute.args.contains("export_name"));
        }
        _ => {}
    }
}

fn read_doc(text: &str, attrs: &mut Attrs) {
    attrs.set(Mark::DocSafety, argues_safety(text));
    // Most hold no heading at all.
    if memchr::memchr(b'#', text.as_bytes()).is_none() {
        return;
    }
    attrs.set(Mark::DocPanics, text.contains("# Panics") || text.contains("# Panic\n"));
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

/// Returns what an `ATTR` says; a `cfg_attr` comes with the attributes that it adds.
fn attributes<'s>(source: &InText<'s>, attr: Node<'_>) -> Vec<Attribute<'s>> {
    let meta = attr.nodes().find(|n| !n.is_token());
    meta.map_or_else(Vec::new, |meta| attr::attributes(source.text_of(meta), meta.start()))
}
