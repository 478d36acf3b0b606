//! Declarations as compact Rust text: what an index of a crate keeps. Bodies, private functions and docs are left out; what
//! is printed reads back, by the ordinary parser and lowering, as the same declarations. `body.rs` prints bodies, for tests.

use std::fmt::Write;

use rustc_hash::FxHashSet;

use crate::model::cfg::Cfg;
use crate::model::hir::{BodyId, FileModel, ImportId, ItemId, List, PathId, TypeId, VariantId};
use crate::model::item::{Attrs, Field, FieldVisibility, Function, Item, ItemKind, Mark, Parent, SelfParam};
use crate::model::name::Name;

mod body;
mod pat;
mod types;

pub use body::body;
use types::{literal, word};

/// Decides which items an index keeps, by their predicate.
pub type Keep<'k> = &'k dyn Fn(&Cfg) -> bool;

/// Prints the declarations of a crate: its root file, with the files of `mod name;` in their places.
///
/// `module` finds the file of a module item.
pub fn declarations<'f>(
    root: &'f FileModel,
    keep: Keep<'_>,
    module: &dyn Fn(&FileModel, ItemId) -> Option<&'f FileModel>,
) -> String {
    let items = root.items.iter().filter(|item| item.parent == Parent::File);
    let at_root = items.map(|item| item.name).chain(root.imports.iter().filter_map(|import| import.name)).collect();
    let mut printer = Printer { out: String::new(), keep, module, at_root, depth: 0 };
    printer.items(root, Parent::File);
    printer.out
}

/// Modules within modules that are printed.
const DEPTH: u32 = 64;

struct Printer<'p, 'f> {
    out: String,
    keep: Keep<'p>,
    module: &'p dyn Fn(&FileModel, ItemId) -> Option<&'f FileModel>,
    /// What the root declares or imports by name.
    at_root: FxHashSet<Name>,
    depth: u32,
}

impl Printer<'_, '_> {
    fn items(&mut self, model: &FileModel, parent: Parent) {
        for (at, item) in model.items.iter().enumerate() {
            if item.parent == parent {
                self.item(model, ItemId(at as u32), item);
            }
        }
    }

    fn item(&mut self, model: &FileModel, id: ItemId, item: &Item) {
        let kept = model.cfgs.get(item.cfg.index()).is_none_or(|cfg| (self.keep)(cfg));
        if !kept || item.attrs.is(Mark::Test) {
            return;
        }
        match item.kind {
            ItemKind::Module { .. } => self.module(model, id, item),
            ItemKind::Fn(_) if !item.public => {}
            ItemKind::Fn(function) => {
                if let Some(function) = model.functions.get(function.index()) {
                    self.function(model, item, function, true);
                }
            }
            ItemKind::Struct { fields, tuple } => {
                self.head(model, item, "struct");
                self.fields(model, fields, tuple);
                self.out.push_str(if tuple { ";\n" } else { "\n" });
            }
            ItemKind::Union { fields } => {
                self.head(model, item, "union");
                self.fields(model, fields, false);
                self.out.push('\n');
            }
            ItemKind::Enum { variants } => self.enumeration(model, item, variants),
            ItemKind::Trait { supertraits, is_unsafe } => {
                self.head(model, item, if is_unsafe { "unsafe trait" } else { "trait" });
                self.bounds(model, supertraits, ":");
                self.members(model, id, true);
            }
            ItemKind::Impl { negative: true, .. } => {}
            ItemKind::Impl { trait_path, self_ty, is_unsafe, .. } => {
                self.impl_block(model, id, item, trait_path, self_ty, is_unsafe);
            }
            ItemKind::TypeAlias { ty, bounds } => {
                self.head(model, item, "type");
                self.bounds(model, bounds, ":");
                self.assigned(model, ty);
            }
            ItemKind::Const { ty, body } if item.public => self.constant(model, item, ty, body),
            ItemKind::Static { ty, mutable, .. } if item.public => {
                self.head(model, item, if mutable { "static mut" } else { "static" });
                self.typed(model, ty);
                self.out.push_str(";\n");
            }
            ItemKind::Use { imports } => self.uses(model, item, imports),
            ItemKind::ExternCrate { krate } => {
                let _ = writeln!(self.out, "extern crate {krate} as {};", item.name);
            }
            ItemKind::ExternBlock => {
                self.out.push_str("extern \"C\"{");
                self.items(model, Parent::Item(id));
                self.out.push_str("}\n");
            }
            ItemKind::Const { .. } | ItemKind::Static { .. } | ItemKind::MacroRules | ItemKind::MacroCall => {}
        }
    }

    fn module(&mut self, model: &FileModel, id: ItemId, item: &Item) {
        if self.depth >= DEPTH {
            return;
        }
        if let ItemKind::Module { inline: false, path: Some(path) } = item.kind
            && path.as_str().starts_with("../")
            && (self.module)(model, id).is_none()
        {
            // Its file is another crate's, as that of core's `core_arch` is.
            let _ = writeln!(self.out, "extern crate {0} as {0};", item.name);
            return;
        }
        self.depth += 1;
        let _ = write!(self.out, "{}mod {}{{", visibility(item), word(item.name));
        match item.kind {
            ItemKind::Module { inline: true, .. } => self.items(model, Parent::Item(id)),
            _ => {
                if let Some(file) = (self.module)(model, id) {
                    self.items(file, Parent::File);
                }
            }
        }
        self.out.push_str("}\n");
        self.depth -= 1;
    }

    fn head(&mut self, model: &FileModel, item: &Item, keyword: &str) {
        self.attributes(&item.attrs);
        let _ = write!(self.out, "{}{keyword} {}", visibility(item), word(item.name));
        self.generics(model, item);
    }

    fn attributes(&mut self, attrs: &Attrs) {
        if attrs.is(Mark::TrackCaller) {
            self.out.push_str("#[track_caller]");
        }
        if attrs.is(Mark::DocPanics) {
            self.out.push_str("#[doc=\"# Panics\"]");
        }
        if attrs.is(Mark::DocSafety) {
            self.out.push_str("#[doc=\"# Safety\"]");
        }
        let derives: Vec<&str> = attrs.derives.names().collect();
        if !derives.is_empty() {
            let _ = write!(self.out, "#[derive({})]", derives.join(","));
        }
        let mut reprs: Vec<String> = Vec::new();
        reprs.extend(attrs.is(Mark::ReprC).then(|| "C".to_owned()));
        reprs.extend(attrs.is(Mark::ReprTransparent).then(|| "transparent".to_owned()));
        reprs.extend(attrs.is(Mark::ReprSimd).then(|| "simd".to_owned()));
        reprs.extend(attrs.packed.map(|by| format!("packed({by})")));
        reprs.extend(attrs.align.map(|by| format!("align({by})")));
        reprs.extend(attrs.repr_int.name().map(|int| int.to_string()));
        if !reprs.is_empty() {
            let reprs = reprs.join(",");
            let _ = if attrs.is(Mark::ReprConditional) {
                write!(self.out, "#[cfg_attr(_,repr({reprs}))]")
            } else {
                write!(self.out, "#[repr({reprs})]")
            };
        }
    }

    fn generics(&mut self, model: &FileModel, item: &Item) {
        let generics = model.generics(item.generics);
        if generics.params.is_empty() {
            return;
        }
        self.out.push('<');
        for param in generics.params {
            if param.is_const {
                let _ = write!(self.out, "const {}", word(param.name));
                self.typed(model, param.ty);
            } else {
                let _ = write!(self.out, "{}", word(param.name));
                if let (Some(ty), false) = (param.ty, matches!(item.kind, ItemKind::Fn(_) | ItemKind::Impl { .. })) {
                    self.out.push('=');
                    self.ty(model, ty);
                }
            }
            self.out.push(',');
        }
        self.out.push('>');
    }

    fn wheres(&mut self, model: &FileModel, item: &Item) {
        let generics = model.generics(item.generics);
        let mut any = false;
        for &(subject, bounds) in generics.bounds {
            if bounds.is_empty() {
                continue;
            }
            self.out.push_str(if any { "," } else { " where " });
            any = true;
            self.ty(model, subject);
            self.bounds(model, bounds, ":");
        }
    }

    fn bounds(&mut self, model: &FileModel, bounds: List<PathId>, before: &str) {
        for (at, &bound) in model.list(bounds).iter().enumerate() {
            self.out.push_str(if at == 0 { before } else { "+" });
            self.path(model, bound);
        }
    }

    fn fields(&mut self, model: &FileModel, fields: List<Field>, tuple: bool) {
        self.out.push(if tuple { '(' } else { '{' });
        for &Field { name, ty, visibility, conditional } in model.list(fields) {
            if conditional {
                // Whether it is there is not known here; that it may not be is.
                self.out.push_str("#[cfg(_)]");
            }
            if visibility == FieldVisibility::Public {
                self.out.push_str("pub ");
            }
            if !tuple {
                let _ = write!(self.out, "{}:", word(name));
            }
            self.ty(model, ty);
            self.out.push(',');
        }
        self.out.push(if tuple { ')' } else { '}' });
    }

    fn enumeration(&mut self, model: &FileModel, item: &Item, variants: List<VariantId>) {
        self.head(model, item, "enum");
        self.out.push('{');
        for &at in model.list(variants) {
            let Some(variant) = model.variants.get(at.index()) else { continue };
            let _ = write!(self.out, "{}", word(variant.name));
            if !variant.unit {
                self.fields(model, variant.fields, variant.tuple);
            }
            self.out.push(',');
        }
        self.out.push_str("}\n");
    }

    fn impl_block(
        &mut self,
        model: &FileModel,
        id: ItemId,
        item: &Item,
        of: Option<PathId>,
        ty: TypeId,
        is_unsafe: bool,
    ) {
        let before = self.out.len();
        self.out.push_str(if is_unsafe { "unsafe impl" } else { "impl" });
        self.generics(model, item);
        self.out.push(' ');
        if let Some(path) = of {
            self.path(model, path);
            self.out.push_str(" for ");
        }
        self.ty(model, ty);
        self.wheres(model, item);
        let any = self.members(model, id, false);
        if of.is_none() && !any {
            // An inherent impl of private functions alone says nothing to others.
            // auditor: allow(panicking-api) `before` was the length, and text has only been added since
            self.out.truncate(before);
        }
    }

    /// Prints a trait's or impl's items; of a trait's impl only the associated types, for its functions are the trait's.
    fn members(&mut self, model: &FileModel, id: ItemId, is_trait: bool) -> bool {
        if is_trait && let Some(item) = model.items.get(id.index()) {
            self.wheres(model, item);
        }
        let of_trait = matches!(
            model.items.get(id.index()).map(|item| item.kind),
            Some(ItemKind::Impl { trait_path: Some(_), .. })
        );
        self.out.push('{');
        let before = self.out.len();
        // An impl's items follow it in the arena; nothing else has it for a parent.
        for (at, item) in model.items.iter().enumerate().skip(id.index() + 1) {
            if item.parent != Parent::Item(id) {
                if item.parent == Parent::File {
                    break;
                }
                continue;
            }
            let kept = model.cfgs.get(item.cfg.index()).is_none_or(|cfg| (self.keep)(cfg));
            match item.kind {
                _ if !kept => {}
                ItemKind::Fn(function) if is_trait || (!of_trait && item.public) => {
                    if let Some(function) = model.functions.get(function.index()) {
                        self.function(model, item, function, !is_trait);
                    }
                }
                ItemKind::TypeAlias { .. } => self.item(model, ItemId(at as u32), item),
                ItemKind::Const { ty, body } if is_trait || of_trait || item.public => {
                    self.constant(model, item, ty, body);
                }
                _ => {}
            }
        }
        let any = self.out.len() > before;
        self.out.push_str("}\n");
        any
    }

    fn function(&mut self, model: &FileModel, item: &Item, function: &Function, with_visibility: bool) {
        self.attributes(&item.attrs);
        if with_visibility {
            self.out.push_str(visibility(item));
        }
        for (set, keyword) in
            [(function.is_const, "const "), (function.is_async, "async "), (function.is_unsafe, "unsafe ")]
        {
            if set {
                self.out.push_str(keyword);
            }
        }
        let _ = write!(self.out, "fn {}", word(item.name));
        self.generics(model, item);
        self.out.push('(');
        match function.self_param {
            Some(SelfParam::Value) => self.out.push_str("self,"),
            Some(SelfParam::Ref) => self.out.push_str("&self,"),
            Some(SelfParam::RefMut) => self.out.push_str("&mut self,"),
            Some(SelfParam::Typed(ty)) => {
                self.out.push_str("self:");
                self.ty(model, ty);
                self.out.push(',');
            }
            None => {}
        }
        for &ty in model.list(function.params) {
            self.out.push_str("_:");
            self.ty(model, ty);
            self.out.push(',');
        }
        self.out.push(')');
        if let Some(ret) = function.ret {
            self.out.push_str("->");
            self.ty(model, ret);
        }
        self.wheres(model, item);
        self.out.push_str(";\n");
    }

    fn constant(&mut self, model: &FileModel, item: &Item, ty: Option<TypeId>, body: Option<BodyId>) {
        let _ = write!(self.out, "{}const {}", visibility(item), word(item.name));
        self.typed(model, ty);
        if let Some(value) = body.and_then(|body| literal(model, body)) {
            let _ = write!(self.out, "={value}");
        }
        self.out.push_str(";\n");
    }

    fn uses(&mut self, model: &FileModel, item: &Item, imports: List<ImportId>) {
        for &at in model.list(imports) {
            let Some(import) = model.imports.get(at.index()) else { continue };
            let _ = write!(self.out, "{}use ", visibility(item));
            let Some(path) = model.path(import.path) else { continue };
            self.path_text(model, path);
            match import.name {
                None => self.out.push_str(if path.segments.is_empty() { "*" } else { "::*" }),
                Some(name) if path.segments.last().is_none_or(|last| last.name != name) => {
                    if path.segments.is_empty() {
                        self.out.push_str("self");
                    }
                    let _ = write!(self.out, " as {}", word(name));
                }
                Some(_) => {}
            }
            self.out.push_str(";\n");
        }
    }
}

fn visibility(item: &Item) -> &'static str {
    if item.public { "pub " } else { "" }
}
