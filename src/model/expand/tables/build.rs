//! Walks the files of a package as its crates' roots reach them, and numbers their text.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{FileInput, FileScopes, Import, Imports, Module, PackageInput, PackageMacros, Root, Textual};
use crate::model::expand::declarations::{Declaration, Declarations, Declared, collect};
use crate::model::expand::definition::{Expanded, Home, MacroDef};
use crate::model::expand::matcher::Args;
use crate::model::expand::span_map::InText;
use crate::model::expand::syntax_context::SyntaxContexts;
use crate::model::module_files::{self, ModuleFile};
use crate::model::name::Name;
use crate::source::FileId;
use crate::syntax::{Edition, Lexed};

/// Files within files that are followed; those that are deeper belong to the crate all the same.
const DEPTH: u32 = 128;

/// Text that one call among items may make while its macros are looked for.
const MADE_BYTES: usize = 1 << 20;

/// Makes the macros of the package at place `at`.
pub(super) fn package(at: u32, input: PackageInput<'_>) -> PackageMacros {
    let PackageInput { files, crates, library, has_manifest, features } = input;
    let by_place: FxHashMap<&str, u32> = files.iter().zip(0..).map(|(file, at)| (file.place, at)).collect();
    let mut roots: Vec<(Root, u32)> = files.iter().zip(0..).filter_map(|(file, at)| Some((file.root?, at))).collect();
    roots.sort_unstable();
    let mut builder = Builder {
        package: at,
        by_place,
        files: Vec::with_capacity(files.len()),
        out: PackageMacros { crates, library, has_manifest, features, ..PackageMacros::default() },
        order: 0,
        root: 0,
    };
    for file in files {
        let is_root = file.root.is_some();
        let FileInput { file: id, place, edition, text, lexed, declarations, .. } = file;
        builder.files.push(File {
            id,
            place,
            edition,
            text,
            lexed,
            is_root,
            module: 0,
            declarations: Some(declarations),
        });
        builder.out.files.push(FileScopes {
            scopes: Vec::new(),
            by_start: Vec::new(),
            imports: Vec::new(),
            modules: Vec::new(),
            marks: Vec::new(),
            outer: None,
        });
    }
    if roots.is_empty() {
        roots = builder.undeclared().into_iter().map(|file| (Root::Other, file)).collect();
    }
    let mut first_end = None;
    for (kind, file) in roots {
        let end = builder.crate_of(file, kind == Root::Library);
        first_end = first_end.or(end);
    }
    builder.orphans(first_end);
    builder.out
}

struct File<'p> {
    id: FileId,
    place: &'p str,
    edition: Edition,
    text: &'p str,
    lexed: &'p Lexed,
    is_root: bool,
    /// The module that it is, once a crate reaches it.
    module: u32,
    /// What it declares, until a crate reaches it.
    declarations: Option<Declarations>,
}

struct Builder<'p> {
    package: u32,
    by_place: FxHashMap<&'p str, u32>,
    files: Vec<File<'p>>,
    out: PackageMacros,
    /// The number of the next piece of text.
    order: u32,
    /// The root of the crate that is being walked.
    root: u32,
}

/// A scope that the walk is in.
struct Entered {
    scope: u32,
    end: u32,
    module: u32,
    /// Whether its definitions are known behind it, too.
    hands_on: bool,
    /// Its definitions that are still known.
    known: Vec<(Name, usize)>,
}

impl Builder<'_> {
    /// Returns the files that no other one declares: without a manifest, each is the root of a crate.
    fn undeclared(&self) -> Vec<u32> {
        let mut declared = vec![false; self.files.len()];
        for file in &self.files {
            let Some(declarations) = &file.declarations else { continue };
            for declaration in &declarations.all {
                for is_root in [true, false] {
                    let found = self.module_file(file.place, is_root, declarations, declaration);
                    if let Some(slot) = found.and_then(|at| declared.get_mut(at as usize)) {
                        *slot = true;
                    }
                }
            }
        }
        (0..).zip(declared).filter(|&(_, declared)| !declared).map(|(at, _)| at).collect()
    }

    /// Returns the file of a `mod name;`.
    fn module_file(&self, place: &str, is_root: bool, all: &Declarations, of: &Declaration) -> Option<u32> {
        let Declared::Module { name, scope: None, path, .. } = &of.kind else { return None };
        let mut within = Vec::new();
        let mut scope = of.scope;
        while scope != 0 {
            let around = all.scopes.get(scope as usize)?;
            within.extend(around.is_module.then(|| around.name.as_str()));
            scope = around.parent;
        }
        within.reverse();
        let wanted = ModuleFile { place, is_root, within: &within, name: name.as_str(), path: path.as_deref() };
        module_files::candidates(&wanted).iter().find_map(|place| self.by_place.get(place.as_str()).copied())
    }

    /// Walks the crate whose root is `file`; returns the number that its end has, if nothing else reached it before.
    fn crate_of(&mut self, file: u32, is_library: bool) -> Option<u32> {
        self.files.get(file as usize)?.declarations.as_ref()?;
        self.root = self.out.modules.len() as u32;
        let module = self.module(None, file, 0);
        if is_library {
            self.out.library_root = Some(module);
        }
        let known = self.file(file, module, DEPTH);
        let end = self.order;
        self.order += 1;
        self.end(known);
        Some(end)
    }

    /// Files that no crate reaches are mostly included, or declared by what a macro makes: they see what the first root does.
    fn orphans(&mut self, first_end: Option<u32>) {
        let first_root = (!self.out.modules.is_empty()).then_some(0);
        for file in 0..self.files.len() as u32 {
            if self.files.get(file as usize).is_none_or(|it| it.declarations.is_none()) {
                continue;
            }
            self.root = first_root.unwrap_or(self.out.modules.len() as u32);
            let module = self.module(first_root, file, 0);
            let known = self.file(file, module, DEPTH);
            self.end(known);
            if let Some(scopes) = self.out.files.get_mut(file as usize) {
                scopes.outer = first_end;
            }
        }
    }

    fn module(&mut self, parent: Option<u32>, file: u32, scope: u32) -> u32 {
        let (children, exported) = (FxHashMap::default(), FxHashMap::default());
        let module = Module { parent, root: self.root, file, scope, children, exported, macro_use: Vec::new() };
        self.out.modules.push(module);
        self.out.modules.len() as u32 - 1
    }

    /// Ends what is known.
    fn end(&mut self, known: Vec<(Name, usize)>) {
        for (name, at) in known {
            if let Some(textual) = self.out.textual.get_mut(&name).and_then(|all| all.get_mut(at)) {
                textual.end = self.order;
            }
        }
    }

    /// Walks a file that is `module`; returns what it knows at its end.
    fn file(&mut self, file: u32, module: u32, depth: u32) -> Vec<(Name, usize)> {
        let Some(File { declarations, id, place, edition, is_root, .. }) = self.files.get_mut(file as usize) else {
            return Vec::new();
        };
        let Some(declarations) = declarations.take() else { return Vec::new() };
        let (id, place, edition, is_root) = (*id, *place, *edition, *is_root);
        let count = declarations.scopes.len();
        let root = Entered { scope: 0, end: u32::MAX, module, hands_on: true, known: Vec::new() };
        let modules = (0..count).map(|at| if at == 0 { module } else { u32::MAX }).collect();
        let imports = (0..count).map(|_| Imports::default()).collect();
        let mut walk = Walk { id, edition, file, entered: vec![root], marks: vec![(0, self.order)], modules, imports };
        self.order += 1;
        for declaration in &declarations.all {
            walk.enter(self, &declarations, declaration);
            let child = match &declaration.kind {
                Declared::Module { scope: None, .. } if depth > 0 => {
                    self.module_file(place, is_root, &declarations, declaration)
                }
                _ => None,
            };
            walk.declare(self, &declarations, declaration, child, depth);
        }
        while walk.entered.len() > 1 {
            walk.leave(self);
        }
        let Walk { mut entered, marks, modules, imports, .. } = walk;
        if let Some(scopes) = self.out.files.get_mut(file as usize) {
            let mut by_start: Vec<(u32, u32)> =
                declarations.scopes.iter().zip(0..).map(|(scope, at)| (scope.start, at)).collect();
            by_start.sort_unstable();
            *scopes = FileScopes { scopes: declarations.scopes, by_start, imports, modules, marks, outer: None };
        }
        entered.pop().map_or_else(Vec::new, |file| file.known)
    }
}

/// The walk through one file.
struct Walk {
    id: FileId,
    edition: Edition,
    file: u32,
    entered: Vec<Entered>,
    marks: Vec<(u32, u32)>,
    modules: Vec<u32>,
    imports: Vec<Imports>,
}

impl Walk {
    /// Leaves the scopes that end before `declaration`, and enters those that it stands in.
    fn enter(&mut self, builder: &mut Builder<'_>, all: &Declarations, declaration: &Declaration) {
        while self.entered.last().is_some_and(|top| top.end <= declaration.at && self.entered.len() > 1) {
            self.leave(builder);
        }
        let top = self.entered.last().map_or(0, |top| top.scope);
        let mut within = Vec::new();
        let mut scope = declaration.scope;
        while scope != top && scope != 0 {
            within.push(scope);
            scope = all.scopes.get(scope as usize).map_or(0, |it| it.parent);
        }
        for scope in within.into_iter().rev() {
            let end = all.scopes.get(scope as usize).map_or(0, |it| it.end);
            let module = self.entered.last().map_or(0, |top| top.module);
            self.entered.push(Entered { scope, end, module, hands_on: false, known: Vec::new() });
        }
    }

    fn leave(&mut self, builder: &mut Builder<'_>) {
        let Some(left) = self.entered.pop() else { return };
        self.marks.push((left.end, builder.order));
        if left.hands_on {
            if let Some(top) = self.entered.last_mut() {
                top.known.extend(left.known);
            }
        } else {
            builder.end(left.known);
        }
        builder.order += 1;
    }

    fn declare(
        &mut self,
        builder: &mut Builder<'_>,
        all: &Declarations,
        declaration: &Declaration,
        child: Option<u32>,
        depth: u32,
    ) {
        let Some(top) = self.entered.last_mut() else { return };
        let module = top.module;
        match &declaration.kind {
            Declared::Macro(definition) => {
                let home = Home::Scanned { package: builder.package, root: builder.root };
                let cfg = declaration.cfg.clone();
                let def = Arc::new(MacroDef::scanned(definition, self.id, self.edition, home, cfg));
                self.define(builder, definition.name, def, definition.exported, declaration.at);
            }
            Declared::Module { name, scope: Some(scope), macro_use, .. } => {
                let new = builder.module(Some(module), self.file, *scope);
                builder.adopt(module, *name, new);
                let own = all.scopes.get(*scope as usize);
                let hands_on = *macro_use || own.is_some_and(|it| it.macro_use);
                let end = own.map_or(0, |it| it.end);
                if let Some(slot) = self.modules.get_mut(*scope as usize) {
                    *slot = new;
                }
                self.entered.push(Entered { scope: *scope, end, module: new, hands_on, known: Vec::new() });
            }
            Declared::Module { name, scope: None, macro_use, path } => {
                let Some(child) = child else { return };
                // One that a `#[path]` leads to has its modules beside itself.
                let known = builder.child(module, *name, child, path.is_some(), depth);
                let hands_on = *macro_use || known.1;
                if hands_on {
                    top.known.extend(known.0);
                } else {
                    builder.end(known.0);
                }
                self.marks.push((declaration.at, builder.order));
                builder.order += 1;
            }
            Declared::Import { path, name } => {
                let Some(imports) = self.imports.get_mut(declaration.scope as usize) else { return };
                let features = &builder.out.features;
                let usual = declaration.cfg.default_truth(&|feature| features.contains(feature)) != Some(false);
                imports.add(*name, Import { path: path.clone(), at: declaration.at, usual });
            }
            Declared::MacroUse { krate, names } => {
                if let Some(root) = builder.out.modules.get_mut(builder.root as usize) {
                    root.macro_use.push((*krate, names.clone()));
                }
            }
            Declared::Call { path, open, close } => self.made_by(builder, path, (*open, *close), declaration.at),
        }
    }
}

impl Builder<'_> {
    /// Walks the file of a module; returns what it knows at its end, and whether it asks to hand that on. A file that another
    /// declaration reached before is the module that it is there.
    fn child(&mut self, parent: u32, name: Name, file: u32, is_root: bool, depth: u32) -> (Vec<(Name, usize)>, bool) {
        let module = self.out.modules.len() as u32;
        let Some(own) = self.files.get_mut(file as usize) else { return (Vec::new(), false) };
        own.is_root |= is_root;
        let Some(declarations) = &own.declarations else {
            let known = own.module;
            self.adopt(parent, name, known);
            return (Vec::new(), false);
        };
        let macro_use = declarations.scopes.first().is_some_and(|it| it.macro_use);
        own.module = module;
        let new = self.module(Some(parent), file, 0);
        self.adopt(parent, name, new);
        (self.file(file, new, depth - 1), macro_use)
    }

    /// Puts a module under its parent; of several under one name the first counts.
    fn adopt(&mut self, parent: u32, name: Name, child: u32) {
        if let Some(parent) = self.out.modules.get_mut(parent as usize) {
            parent.children.entry(name).or_insert(child);
        }
    }
}

impl Walk {
    /// Adds the macros that a call among items defines, so that other files see them, too.
    fn made_by(&mut self, builder: &mut Builder<'_>, path: &str, (open, close): (u32, u32), at: u32) {
        let name = Name::new(path.trim());
        let textual = builder.out.textual.get(&name);
        let known = textual.and_then(|all| all.iter().rev().find(|it| it.end == u32::MAX && it.def.defines_macros()));
        let Some(def) = known.map(|it| Arc::clone(&it.def)) else { return };
        let Some(file) = builder.files.get(self.file as usize) else { return };
        let tokens = file.lexed.code();
        let Some(inside) = tokens.get(open as usize + 1..close as usize) else { return };
        let source = InText::file(self.id, file.text);
        let args = Args::new(inside, &source, self.edition);
        let contexts = RefCell::new(SyntaxContexts::default());
        let Expanded::Text(made) = def.expand(&args, &contexts, MADE_BYTES) else { return };
        // Files that call what is made number their own contexts.
        let made = Arc::new(made.at_root());
        for declaration in collect(&made.text, &made.tokens).all {
            let Declared::Macro(definition) = declaration.kind else { continue };
            let (text, base, home) = (&definition.body, definition.base, def.home());
            let site = InText::made(&made).macro_def_site(base.saturating_sub(1));
            let new = Arc::new(MacroDef::made(text, site, (Arc::clone(&made), base), self.edition, home));
            self.define(builder, definition.name, new, definition.exported, at);
        }
    }

    /// Makes a definition known from `at` on.
    fn define(&mut self, builder: &mut Builder<'_>, name: Name, def: Arc<MacroDef>, exported: bool, at: u32) {
        let Some(top) = self.entered.last_mut() else { return };
        let textual = builder.out.textual.entry(name).or_default();
        textual.push(Textual { start: builder.order, end: u32::MAX, def: Arc::clone(&def) });
        top.known.push((name, textual.len() - 1));
        self.marks.push((at, builder.order));
        builder.order += 1;
        if let Some(root) = builder.out.modules.get_mut(builder.root as usize)
            && exported
        {
            root.exported.entry(name).or_default().push(def);
        }
    }
}
