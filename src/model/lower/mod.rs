//! Trees → arenas: one walk over a file's tree fills a [`FileModel`]. Each file here lowers one kind of node; none decides
//! what code means.

mod attrs;
mod block;
mod builtin;
mod call_tokens;
mod cfg_if;
mod expr;
mod hash_cons;
mod include;
mod items;
mod literal;
mod macros;
mod module_path;
mod operator_span;
mod pat;
mod path;
mod proc_macros;
mod scopes;
mod types;
mod uses;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::cfg::Cfg;
use crate::model::expand::syntax_context::SyntaxContexts;
use crate::model::expand::{MacroDef, MacroTables, Resolver};
use crate::model::hir::{
    Body, BodyId, BodyKind, CfgId, Expr, ExprId, FileModel, ItemId, List, Param, Pat, PatId, Segment,
};
use crate::model::item::Parent;
use crate::model::name::Name;
use crate::source::{FileId, Span};
use crate::syntax::{Edition, Fragment, Lexed, Node, Parse, parse_lexed};

use crate::model::expand::span_map::{Expansion, InText};
use hash_cons::DeclInterner;
pub use include::{IncludeCx, IncludedFiles};
use scopes::Scopes;

/// What is lowered besides declarations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LowerMode {
    /// Everything.
    Bodies,
    /// Declarations alone, as an index of another crate needs them; constants' values too.
    Declarations,
}

/// What lowering a file needs to know of its surroundings.
pub struct LowerCx<'e> {
    /// The edition its tokens are read in.
    pub edition: Edition,
    /// The macros of its scan, with their scopes.
    pub macros: &'e MacroTables,
    /// How much is lowered.
    pub mode: LowerMode,
    /// What `include!` needs; without it no file is included.
    pub includes: Option<IncludeCx<'e>>,
}

/// Lowers one parsed file.
pub fn lower(file: FileId, text: &str, parsed: &Parse, cx: &LowerCx<'_>) -> FileModel {
    let mut lowering = Lower {
        out: FileModel::empty(file),
        cx,
        owner: ItemId(u32::MAX),
        parent: Parent::File,
        body: None,
        blocks: Vec::new(),
        nested_bodies: Vec::new(),
        segments: Vec::new(),
        exprs: Vec::new(),
        pats: Vec::new(),
        scopes: Scopes::default(),
        decls: DeclInterner::default(),
        cfg: CfgId(0),
        expansion_depth: 0,
        contexts: SyntaxContexts::default(),
        expanded_bytes: 0,
        resolver: Resolver::new(cx.macros, file),
        site: 0,
        within: None,
        local_macros: LocalMacros::default(),
        thread_local_depth: 0,
        included: Vec::new(),
    };
    if let Some(root) = parsed.tree.root() {
        let source = InText::file(file, text);
        if lowering.bodies_wanted() {
            lowering.out.make_room(text.len());
        }
        lowering.file_attributes(&source, root);
        lowering.items_below(&source, root);
    }
    lowering.out.code.finish();
    lowering.out.block_parents.sort_unstable();
    lowering.out.shrink();
    lowering.out
}

/// Parses and lowers `text`, the text of `file`, which was lexed before.
pub fn parse_and_lower(file: FileId, text: &str, lexed: Lexed, cx: &LowerCx<'_>) -> (FileModel, Parse) {
    let parsed = parse_lexed(lexed, text, cx.edition, Fragment::File);
    (lower(file, text, &parsed, cx), parsed)
}

/// The macros that expansions defined, while the scopes that they were defined in are open.
#[derive(Default)]
struct LocalMacros {
    by_name: FxHashMap<Name, Vec<Arc<MacroDef>>>,
    /// Their names, in the order of their definitions.
    names: Vec<Name>,
}

impl LocalMacros {
    fn get(&self, name: Name) -> Option<&Arc<MacroDef>> {
        self.by_name.get(&name)?.last()
    }

    fn add(&mut self, name: Name, def: Arc<MacroDef>) {
        self.by_name.entry(name).or_default().push(def);
        self.names.push(name);
    }

    /// Forgets those that were defined after there were `count`.
    fn truncate(&mut self, count: usize) {
        while self.names.len() > count {
            if let Some(defs) = self.names.pop().and_then(|name| self.by_name.get_mut(&name)) {
                defs.pop();
            }
        }
    }
}

/// The state of one file's lowering.
struct Lower<'e> {
    out: FileModel,
    cx: &'e LowerCx<'e>,
    /// The item whose body or declaration is being lowered.
    owner: ItemId,
    parent: Parent,
    body: Option<BodyId>,
    /// The blocks of the current item that are open, outermost first, and whether the model knows what is around each.
    blocks: Vec<(ExprId, bool)>,
    /// Ranges of expressions that belong to bodies nested in the current one.
    nested_bodies: Vec<std::ops::Range<u32>>,
    /// The names of the paths that are being lowered, each one's after those of the path it stands in.
    segments: Vec<Segment>,
    /// The elements of the lists of expressions that are being lowered, likewise.
    exprs: Vec<ExprId>,
    /// The same of patterns.
    pats: Vec<PatId>,
    /// The bindings and labels in scope.
    scopes: Scopes,
    decls: DeclInterner,
    cfg: CfgId,
    expansion_depth: u32,
    /// The macro expansions so far.
    contexts: SyntaxContexts,
    /// Text made by expansions so far, bounded against hostile macros.
    expanded_bytes: usize,
    resolver: Resolver<'e>,
    /// Where in the file the call stands that is being lowered, or the one whose expansion it stands in.
    site: u32,
    /// The macro whose expansion is being lowered.
    within: Option<Arc<MacroDef>>,
    local_macros: LocalMacros,
    /// Within `thread_local!`, whose statics are initialised at run time.
    thread_local_depth: u32,
    /// The places of the included files that are being lowered, each in the one before.
    included: Vec<String>,
}

impl Lower<'_> {
    fn bodies_wanted(&self) -> bool {
        self.cx.mode == LowerMode::Bodies
    }

    fn add_expr(&mut self, expr: Expr, span: Span) -> ExprId {
        self.out.code.add(expr, span)
    }

    fn add_pat(&mut self, pat: Pat) -> PatId {
        let id = PatId::new(self.out.code.pats.len() as u32);
        self.out.code.pats.push(pat);
        id
    }

    /// Makes a list of the expressions on `self.exprs` from `start` on, and takes them off.
    fn exprs_from(&mut self, start: usize) -> List<ExprId> {
        let list = self.out.code.add_list(self.exprs.get(start..).unwrap_or(&[]));
        self.exprs.truncate(start);
        list
    }

    /// Makes a list of the patterns on `self.pats` from `start` on, and takes them off.
    fn pats_from(&mut self, start: usize) -> List<PatId> {
        let list = self.out.code.add_list(self.pats.get(start..).unwrap_or(&[]));
        self.pats.truncate(start);
        list
    }

    /// Notes, for names, which blocks are around the innermost one that is open: an item stands in it.
    fn note_blocks(&mut self) {
        for at in (1..self.blocks.len()).rev() {
            let [(outer, _), (block, known)] = self.blocks.get_mut(at - 1..=at).unwrap_or(&mut []) else { return };
            if std::mem::replace(known, true) {
                return;
            }
            self.out.block_parents.push((*block, *outer));
        }
    }

    /// Returns the current predicate together with `cfg`.
    fn narrowed(&mut self, cfg: &Cfg) -> CfgId {
        if *cfg == Cfg::Always {
            return self.cfg;
        }
        let outer = self.out.cfgs.get(self.cfg.index()).cloned().unwrap_or_default();
        self.out.cfgs.push(outer.and(cfg));
        CfgId(self.out.cfgs.len() as u32 - 1)
    }

    /// Lowers what `inside` lowers as a body of its own; it returns the parameters, as `Body` has them, and the root.
    fn add_body(&mut self, kind: BodyKind, inside: impl FnOnce(&mut Self) -> (Vec<Param>, ExprId)) -> BodyId {
        let id = BodyId::new(self.out.bodies.len() as u32);
        let start = self.out.code.next_id().number();
        let first_binding = self.out.code.bindings.len() as u32;
        self.out.bodies.push(Body {
            owner: self.owner,
            kind,
            root: ExprId::new(0),
            params: List::EMPTY,
            exprs: start..start,
            bindings: first_binding..first_binding,
            nested_bodies: List::EMPTY,
        });
        // A body sees no binding of another.
        let outer_scopes = std::mem::take(&mut self.scopes);
        let outer_body = self.body.replace(id);
        let outer_holes = std::mem::take(&mut self.nested_bodies);
        let (params, root) = inside(self);
        self.scopes = outer_scopes;
        self.body = outer_body;
        let nested_bodies: Vec<(u32, u32)> =
            self.nested_bodies.iter().map(|nested| (nested.start, nested.end)).collect();
        self.nested_bodies = outer_holes;
        let (params, nested_bodies) = (self.out.code.add_list(&params), self.out.code.add_list(&nested_bodies));
        let end = self.out.code.next_id().number();
        let last_binding = self.out.code.bindings.len() as u32;
        self.nested_bodies.push(start..end);
        if let Some(body) = self.out.bodies.get_mut(id.index()) {
            body.params = params;
            body.root = root;
            body.exprs = start..end;
            body.bindings = first_binding..last_binding;
            body.nested_bodies = nested_bodies;
        }
        id
    }

    /// Lowers a constant expression, such as an array length, as a body of its own.
    fn const_body(&mut self, source: &InText<'_>, node: Option<Node<'_>>) -> BodyId {
        self.add_body(BodyKind::Const, |this| {
            let root = node.map_or(ExprId::new(0), |node| this.expr(source, node));
            (Vec::new(), root)
        })
    }
}

/// An `Arc<str>` of a predicate, for sites.
pub fn cfg_text(cfg: &Cfg) -> Arc<str> {
    cfg.to_string().into()
}
