//! Reads from a file's tokens, before anything is parsed, what decides the meaning of macro names: modules, imports, `extern
//! crate`, and `macro_rules!` with the scopes they stand in. What a name means is decided in `resolve.rs`.

mod imports;

use crate::model::attr::{Attribute, attributes};
use crate::model::cfg::Cfg;
use crate::model::name::Name;
use crate::syntax::tokens::{Token, TokenText};
use crate::syntax::{Lexed, SyntaxKind as K};

use super::brackets::{closes, is_open};

/// What one file declares, in the order of its text.
#[derive(Debug, Default)]
pub struct Declarations {
    /// The file itself, its inline modules, and those of its blocks that declare something; the file is the first.
    pub(super) scopes: Vec<Scope>,
    pub(super) all: Vec<Declaration>,
}

/// A stretch of text that what is declared in it belongs to.
#[derive(Debug)]
pub(super) struct Scope {
    /// Whether it is a module, or the file, rather than a block.
    pub(super) is_module: bool,
    /// An inline module's name.
    pub(super) name: Name,
    /// Whether its own text asks with `#![macro_use]` to hand its macros on.
    pub(super) macro_use: bool,
    pub(super) start: u32,
    pub(super) end: u32,
    /// The scope around it; the file is in itself.
    pub(super) parent: u32,
}

impl Scope {
    fn new(is_module: bool, name: Name, (start, end): (u32, u32)) -> Self {
        Self { is_module, name, macro_use: false, start, end, parent: 0 }
    }
}

/// One declaration.
#[derive(Debug)]
pub(super) struct Declaration {
    /// Where its keyword stands.
    pub(super) at: u32,
    pub(super) scope: u32,
    /// Its own predicate.
    pub(super) cfg: Cfg,
    pub(super) kind: Declared,
}

/// What is declared.
#[derive(Debug)]
pub(super) enum Declared {
    /// `macro_rules! name { body }`.
    Macro(Box<Definition>),
    /// `mod name { … }`: its scope; `mod name;`: none.
    Module { name: Name, scope: Option<u32>, macro_use: bool, path: Option<Box<str>> },
    /// One name that a `use` brings in, or `*`; a path that begins with the empty name begins at a crate's name.
    Import { path: Box<[Name]>, name: Option<Name> },
    /// `#[macro_use] extern crate name`; the names that it lists, none for all.
    MacroUse { krate: Name, names: Option<Box<[Name]>> },
    /// A macro call among items, by the indices of its first token and of those that delimit its arguments.
    Call { path: Box<str>, open: u32, close: u32 },
}

/// A `macro_rules!` definition as written.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: Name,
    /// Whether `#[macro_export]` stands above it.
    pub(super) exported: bool,
    /// Whether the macros that it calls are its own crate's: `#[macro_export(local_inner_macros)]`.
    pub(super) local_inner: bool,
    /// What the compiler knows it as: the name in `#[rustc_builtin_macro]` or `rustc_diagnostic_item`.
    pub(super) builtin: Option<Box<str>>,
    /// The text between its outer delimiters, and where that begins.
    pub(super) body: Box<str>,
    pub(super) base: u32,
}

/// Reads the declarations of a file.
pub fn declarations(text: &str, lexed: &Lexed) -> Declarations {
    collect(text, &lexed.code())
}

/// Reads the declarations in `tokens`, whose text is `text`.
pub(super) fn collect(text: &str, tokens: &[Token]) -> Declarations {
    let file = Scope::new(true, Name::MISSING, (0, text.len() as u32));
    let out = Declarations { scopes: vec![file], all: Vec::new() };
    let closes = closes(tokens);
    let mut collector = Collector { text, tokens, closes, at: 0, open: Vec::new(), attrs: Vec::new(), out };
    while collector.step().is_some() {}
    let mut out = collector.out;
    nest(&mut out.scopes);
    out
}

/// Sets each scope's parent. Those of blocks are made when something is declared in them, which may be behind an inner one.
fn nest(scopes: &mut [Scope]) {
    let mut order: Vec<usize> = (0..scopes.len()).collect();
    let span = |at: usize, scopes: &[Scope]| scopes.get(at).map_or((0, 0), |scope| (scope.start, scope.end));
    order.sort_by_key(|&at| {
        let (start, end) = span(at, scopes);
        (start, std::cmp::Reverse(end), at)
    });
    let mut open: Vec<usize> = Vec::new();
    for at in order {
        let (start, _) = span(at, scopes);
        while open.pop_if(|&mut outer| span(outer, scopes).1 <= start && outer != 0).is_some() {}
        if let Some(scope) = scopes.get_mut(at) {
            scope.parent = open.last().map_or(0, |&outer| outer as u32);
        }
        open.push(at);
    }
}

/// An open bracket.
struct Open {
    /// The index of the token that closes it.
    close: u32,
    start: u32,
    /// Its scope, if it has one of its own yet.
    scope: Option<u32>,
    /// What kind of text it holds.
    holds: Holds,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// A module's items.
    Items,
    /// The arguments of a macro call among items: what looks like an item in them mostly becomes one.
    Arguments,
    /// Statements, parameters and all else.
    Code,
}

struct Collector<'t> {
    text: &'t str,
    tokens: &'t [Token],
    closes: Vec<u32>,
    at: usize,
    open: Vec<Open>,
    /// The contents of the attributes above what comes next.
    attrs: Vec<(u32, u32)>,
    out: Declarations,
}

impl<'t> Collector<'t> {
    fn kind(&self, ahead: usize) -> K {
        self.tokens.get(self.at + ahead).map_or(K::EOF, |token| token.kind)
    }

    fn word(&self, ahead: usize) -> &'t str {
        self.tokens.get(self.at + ahead).map_or("", |token| self.text.text_of(token))
    }

    fn close_of(&self, ahead: usize) -> Option<usize> {
        self.closes.get(self.at + ahead).map(|&close| close as usize).filter(|&close| close > self.at)
    }

    /// Goes on by one token or group.
    fn step(&mut self) -> Option<()> {
        let token = *self.tokens.get(self.at)?;
        let at = self.at as u32;
        while self.open.pop_if(|open| open.close <= at).is_some() {}
        match token.kind {
            K::POUND if self.attribute().is_some() => return Some(()),
            K::PUB_KW => {
                let scoped = self.kind(1) == K::L_PAREN;
                self.at = self.close_of(1).filter(|_| scoped).unwrap_or(self.at) + 1;
                return Some(());
            }
            K::UNSAFE_KW => {}
            K::MOD_KW if self.module(token).is_some() => {}
            K::USE_KW if self.kind(1) != K::L_ANGLE => imports::import(self, token),
            K::EXTERN_KW if self.kind(1) == K::CRATE_KW => self.extern_crate(token),
            kind if kind == K::IDENT && self.kind(1) == K::BANG => self.call(token),
            kind if is_open(kind) => {
                let close = self.close_of(0).unwrap_or(self.tokens.len()) as u32;
                let items = matches!(self.open.last(), Some(Open { holds: Holds::Arguments, .. }));
                // The branches of `cfg_if!` hold items as well.
                let holds = if items && kind == K::L_CURLY { Holds::Arguments } else { Holds::Code };
                self.open.push(Open { close, start: token.start, scope: None, holds });
                self.attrs.clear();
            }
            _ => self.attrs.clear(),
        }
        self.at += 1;
        Some(())
    }

    /// Takes an attribute; what an inner one says of macros is the scope's.
    fn attribute(&mut self) -> Option<()> {
        let inner = self.kind(1) == K::BANG;
        let open = 1 + usize::from(inner);
        if self.kind(open) != K::L_BRACK {
            return None;
        }
        let close = self.close_of(open)?;
        let (from, to) = (self.tokens.get(self.at + open)?.end, self.tokens.get(close)?.start);
        if inner {
            let uses = self.read(&[(from, to)]).iter().any(|attr| attr.path == "macro_use");
            if uses && let Some(scope) = self.module_scope() {
                scope.macro_use = true;
            }
        } else {
            self.attrs.push((from, to));
        }
        self.at = close + 1;
        Some(())
    }

    fn read(&self, attrs: &[(u32, u32)]) -> Vec<Attribute<'t>> {
        let text = |&(from, to): &(u32, u32)| attributes(self.text.get(from as usize..to as usize).unwrap_or(""), from);
        attrs.iter().flat_map(text).collect()
    }

    /// Takes the attributes above what is being read, and their predicate.
    fn own_attributes(&mut self) -> (Vec<Attribute<'t>>, Cfg) {
        if self.attrs.is_empty() {
            return (Vec::new(), Cfg::Always);
        }
        let attrs = std::mem::take(&mut self.attrs);
        let read = self.read(&attrs);
        let cfgs = read.iter().filter(|attr| attr.path == "cfg" && attr.when == Cfg::Always);
        let cfg = cfgs.fold(Cfg::Always, |cfg, attr| cfg.and(&Cfg::parse(attr.args)));
        (read, cfg)
    }

    fn module_scope(&mut self) -> Option<&mut Scope> {
        let of_open = self.open.iter().rev().filter_map(|open| open.scope);
        let scope = of_open.into_iter().find(|&at| self.out.scopes.get(at as usize).is_some_and(|it| it.is_module));
        self.out.scopes.get_mut(scope.unwrap_or(0) as usize)
    }

    /// Returns the innermost scope; that of a block is made when it is first asked for.
    fn scope(&mut self) -> u32 {
        let Self { open, out, tokens, .. } = self;
        for open in open.iter_mut().rev() {
            if let Some(scope) = open.scope {
                return scope;
            }
            if open.holds == Holds::Code {
                let end = tokens.get(open.close as usize).map_or(u32::MAX, |close| close.start);
                let scope = Scope::new(false, Name::MISSING, (open.start, end));
                out.scopes.push(scope);
                return *open.scope.insert(out.scopes.len() as u32 - 1);
            }
        }
        0
    }

    fn declare(&mut self, at: u32, cfg: Cfg, kind: Declared) {
        let scope = self.scope();
        self.out.all.push(Declaration { at, scope, cfg, kind });
    }

    /// Reads `mod name {` or `mod name;`; one that is never compiled is passed over.
    fn module(&mut self, keyword: Token) -> Option<()> {
        let (name, inline) = (self.word(1), self.kind(2) == K::L_CURLY);
        if !self.kind(1).is_any_identifier() || !(inline || self.kind(2) == K::SEMICOLON) {
            return None;
        }
        let (attrs, cfg) = self.own_attributes();
        let close = if inline { self.close_of(2)? } else { self.at + 2 };
        let never = cfg.constant() == Some(false);
        let macro_use = attrs.iter().any(|attr| attr.path == "macro_use");
        let path = attrs.iter().find(|attr| attr.path == "path");
        let path = path.and_then(|attr| attr.args.split('"').nth(1)).map(Into::into);
        if never {
            self.at = close;
            return Some(());
        }
        let outer = self.scope();
        let mut scope = None;
        if inline {
            let (start, end) = (self.tokens.get(self.at + 2)?.start, self.tokens.get(close)?.start);
            self.out.scopes.push(Scope::new(true, Name::new(name), (start, end)));
            scope = Some(self.out.scopes.len() as u32 - 1);
            self.open.push(Open { close: close as u32, start, scope, holds: Holds::Items });
        }
        let kind = Declared::Module { name: Name::new(name), scope, macro_use, path };
        self.out.all.push(Declaration { at: keyword.start, scope: outer, cfg, kind });
        self.at += 2;
        Some(())
    }

    fn extern_crate(&mut self, keyword: Token) {
        let (attrs, cfg) = self.own_attributes();
        let krate = Name::new(self.word(2));
        let name = if self.kind(3) == K::AS_KW { Name::new(self.word(4)) } else { krate };
        if let Some(uses) = attrs.iter().find(|attr| attr.path == "macro_use") {
            let listed = uses.args.split(',').map(str::trim).filter(|name| !name.is_empty());
            let names: Box<[Name]> = listed.map(Name::new).collect();
            let names = (!names.is_empty()).then_some(names);
            self.declare(keyword.start, cfg.clone(), Declared::MacroUse { krate, names });
        }
        let path: Box<[Name]> = match krate {
            Name::SELF_VALUE => [Name::CRATE].into(),
            krate => [Name::MISSING, krate].into(),
        };
        self.declare(keyword.start, cfg, Declared::Import { path, name: Some(name) });
    }

    /// Reads `name!`: a definition, or a call. Calls in code are passed over, those among items are looked into.
    fn call(&mut self, first: Token) {
        let named = self.kind(2) == K::IDENT || self.kind(2).is_any_identifier();
        let open = if named { 3 } else { 2 };
        let close = self.close_of(open).filter(|_| is_open(self.kind(open)));
        let Some(close) = close else { return self.attrs.clear() };
        if named && self.word(0) == "macro_rules" {
            self.definition(first, open, close);
            self.at = close;
            return;
        }
        self.attrs.clear();
        let among_items = self.open.last().is_none_or(|open| open.holds != Holds::Code);
        if !among_items {
            self.at = close;
            return;
        }
        let (open, close) = ((self.at + open) as u32, close as u32);
        let path = self.path_before();
        self.declare(first.start, Cfg::Always, Declared::Call { path: path.into(), open, close });
        let start = self.tokens.get(open as usize).map_or(0, |token| token.start);
        self.open.push(Open { close, start, scope: None, holds: Holds::Arguments });
        self.at = open as usize;
    }

    /// The path of the call whose last name is the current token.
    fn path_before(&self) -> &'t str {
        let end = self.tokens.get(self.at).map_or(0, |token| token.end);
        let before = self.tokens.get(..self.at).unwrap_or(&[]).iter().rev();
        let is_path =
            |token: &&Token| token.kind == K::COLON || token.kind == K::IDENT || token.kind.is_any_identifier();
        let mut start = self.tokens.get(self.at).map_or(0, |token| token.start);
        let mut colons = 0;
        for token in before.take_while(is_path) {
            match token.kind {
                K::COLON => colons += 1,
                _ if colons < 2 => break,
                _ => colons = 0,
            }
            start = token.start;
        }
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    fn definition(&mut self, keyword: Token, open: usize, close: usize) {
        let name = Name::new(self.word(2));
        let (attrs, cfg) = self.own_attributes();
        if cfg.constant() == Some(false) {
            return;
        }
        let (Some(from), Some(to)) = (self.tokens.get(self.at + open), self.tokens.get(close)) else { return };
        let export = attrs.iter().find(|attr| attr.path == "macro_export");
        let known = attrs.iter().find_map(|attr| match attr.path {
            "rustc_builtin_macro" if attr.args.is_empty() => Some(name.as_str().into()),
            "rustc_builtin_macro" => Some(attr.args.trim().into()),
            "rustc_diagnostic_item" => Some(attr.args.trim().trim_matches('"').into()),
            _ => None,
        });
        let definition = Definition {
            name,
            exported: export.is_some(),
            local_inner: export.is_some_and(|attr| attr.args.contains("local_inner_macros")),
            builtin: known,
            body: self.text.get(from.end as usize..to.start as usize).unwrap_or("").into(),
            base: from.end,
        };
        self.declare(keyword.start, cfg, Declared::Macro(Box::new(definition)));
    }
}
