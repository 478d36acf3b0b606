//! Where code runs: the path and the contexts of a function, the module path of a file. What that means for an audit is not
//! known here.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::cfg::Cfg;
use crate::model::hir::{FileModel, ItemId, TypeId, TypeRef};
use crate::model::item::{Item, ItemKind, Mark, Parent};
use crate::model::name::Name;
use crate::source::FileContext;

/// Items within items that are followed; deeper ones have a shortened path.
const DEPTH_LIMIT: usize = 64;

/// For whom code is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Audience {
    /// Whoever uses the product, as far as the code itself says.
    #[default]
    Product,
    /// Those who verify it: model checkers, interpreters, fuzzers.
    Verification,
    /// Its tests.
    Test,
}

impl Audience {
    /// For whom code under `cfg` is compiled.
    pub fn of(cfg: &Cfg) -> Self {
        match (cfg.implies_test(), cfg.implies_verification()) {
            (true, _) => Self::Test,
            (false, true) => Self::Verification,
            (false, false) => Self::Product,
        }
    }

    /// For whom an item is compiled, by its own attributes.
    pub fn marked(item: &Item) -> Self {
        match (item.attrs.is(Mark::Test), item.attrs.is(Mark::Verification)) {
            (true, _) => Self::Test,
            (false, true) => Self::Verification,
            (false, false) => Self::Product,
        }
    }

    /// The context that code has for it.
    pub const fn context(self) -> Option<&'static str> {
        match self {
            Self::Product => None,
            Self::Verification => Some("verification"),
            Self::Test => Some("test"),
        }
    }
}

/// The most bytes of a function's path: each of its sites says it.
const PATH_LIMIT: usize = 500;

/// What sites say of the function that they stand in.
#[derive(Debug, Clone)]
pub struct Surrounding {
    /// The function's path, such as `parse::header`.
    pub function: Arc<str>,
    /// Its contexts, most general first.
    pub context: Arc<[&'static str]>,
}

/// The functions of one file with their paths and contexts; each is worked out once.
pub struct Contexts<'m> {
    model: &'m FileModel,
    file: FileContext,
    /// For whom the whole file is compiled.
    audience: Audience,
    module: String,
    known: FxHashMap<ItemId, Surrounding>,
}

impl<'m> Contexts<'m> {
    /// Prepares for the items of `model`, a file of kind `file` at `path` (relative, with `/`), which is compiled for
    /// `audience`.
    pub fn new(model: &'m FileModel, file: FileContext, path: &str, audience: Audience) -> Self {
        Self { model, file, audience, module: module_path(path), known: FxHashMap::default() }
    }

    /// Returns what surrounds the code of `item`; O(depth) the first time.
    pub fn of(&mut self, item: ItemId) -> Surrounding {
        if let Some(known) = self.known.get(&item) {
            return known.clone();
        }
        let chain = self.chain(item);
        let surrounding = Surrounding {
            function: self.path(&chain).into(),
            context: self.contexts(&chain).into_boxed_slice().into(),
        };
        self.known.insert(item, surrounding.clone());
        surrounding
    }

    /// The item and what encloses it, innermost first.
    fn chain(&self, item: ItemId) -> Vec<&'m Item> {
        let mut chain = Vec::new();
        let mut at = Some(item);
        while let Some(item) = at.and_then(|at| self.model.items.get(at.index())) {
            chain.push(item);
            at = match item.parent {
                Parent::Item(above) | Parent::Block(_, above) if chain.len() < DEPTH_LIMIT => Some(above),
                _ => None,
            };
        }
        chain
    }

    fn path(&self, chain: &[&Item]) -> String {
        let mut path = self.module.clone();
        for item in chain.iter().rev() {
            let name = match item.kind {
                ItemKind::Impl { self_ty, .. } => type_name(self.model, self_ty),
                _ => item.name,
            };
            if !name.is_missing() {
                if !path.is_empty() {
                    path.push_str("::");
                }
                path.push_str(name.as_str());
            }
            if path.len() > PATH_LIMIT {
                // auditor: allow(panicking-api) that is a boundary within the path
                path.truncate(path.floor_char_boundary(PATH_LIMIT));
                path.push('…');
                break;
            }
        }
        path
    }

    fn contexts(&self, chain: &[&Item]) -> Vec<&'static str> {
        let mut contexts = vec![self.file.as_str()];
        let marks = chain.iter().map(|item| Audience::marked(item)).max().unwrap_or_default();
        let cfg = chain.first().and_then(|item| self.model.cfgs.get(item.cfg.index()));
        let own = marks.max(cfg.map_or_else(Audience::default, Audience::of));
        let word = own.max(self.audience).context().filter(|&word| word != self.file.as_str());
        contexts.extend(word);
        let Some(item) = chain.first() else { return contexts };
        if chain.iter().any(|item| item.attrs.is(Mark::ProcMacro)) && self.file != FileContext::ProcMacro {
            contexts.push("proc-macro");
        }
        let ItemKind::Fn(function) = item.kind else { return contexts };
        let signature = self.model.functions.get(function.index());
        let foreign = signature.is_some_and(|it| it.foreign_abi && it.body.is_some());
        if item.attrs.is(Mark::Exported) || foreign {
            contexts.push("ffi-export");
        }
        let holder = chain.get(1).map(|holder| holder.kind);
        if let Some(ItemKind::Impl { trait_path: Some(path), .. }) = holder {
            let name = self.model.path(path).and_then(|path| path.segments.last()).map(|last| last.name);
            contexts.push("trait-impl");
            if name == Some(Name::DROP) && item.name.as_str() == "drop" {
                contexts.push("drop");
            }
        }
        let top = chain.len() == 1;
        if top && item.name == Name::MAIN && matches!(self.file, FileContext::Bin | FileContext::Example) {
            contexts.push("main");
        }
        if signature.is_some_and(|it| it.is_async) {
            contexts.push("async");
        }
        contexts
    }
}

/// Returns the name of a type as written, references left out; missing where it has none.
pub fn type_name(model: &FileModel, ty: TypeId) -> Name {
    let mut ty = ty;
    for _ in 0..DEPTH_LIMIT {
        match model.ty(ty) {
            TypeRef::Path(path) => {
                return model.path(path).and_then(|path| path.segments.last()).map_or(Name::MISSING, |last| last.name);
            }
            TypeRef::Ref { ty: inner, .. }
            | TypeRef::Ptr { ty: inner, .. }
            | TypeRef::Slice(inner)
            | TypeRef::Array { ty: inner, .. } => ty = inner,
            TypeRef::Dyn(bounds) | TypeRef::ImplTrait(bounds) => {
                let first = model.list(bounds).first().copied();
                let path = first.and_then(|path| model.path(path));
                return path.and_then(|path| path.segments.last()).map_or(Name::MISSING, |last| last.name);
            }
            _ => return Name::MISSING,
        }
    }
    Name::MISSING
}

/// Returns the module path that a file's place stands for: `src/parse/header.rs` is `parse::header`, `src/lib.rs` is empty.
pub fn module_path(path: &str) -> String {
    let inner = match path.rfind("src/") {
        Some(at) if at == 0 || path.get(..at).is_some_and(|before| before.ends_with('/')) => path.get(at + 4..),
        _ => path.rsplit('/').next(),
    };
    let inner = inner.unwrap_or(path);
    let inner = inner.strip_suffix(".rs").unwrap_or(inner);
    let mut parts: Vec<&str> = inner.split('/').collect();
    if parts.first() == Some(&"bin") {
        // The root of a binary of its own.
        // auditor: allow(panicking-api) the range ends at the length or before
        parts.drain(..parts.len().min(2));
    }
    let root = parts.len() == 1 && matches!(parts.first(), Some(&("lib" | "main" | "build")));
    if root || parts.last() == Some(&"mod") || (parts.len() > 1 && parts.last() == Some(&"main")) {
        parts.pop();
    }
    parts.join("::")
}

#[cfg(test)]
mod tests {
    use super::module_path;

    #[test]
    fn a_file_is_the_module_that_its_place_names() {
        for (path, module) in [
            ("src/lib.rs", ""),
            ("src/main.rs", ""),
            ("src/parse.rs", "parse"),
            ("src/parse/mod.rs", "parse"),
            ("src/parse/header.rs", "parse::header"),
            ("crates/core/src/de/value.rs", "de::value"),
            ("src/bin/tool.rs", ""),
            ("tests/requests.rs", "requests"),
            ("build.rs", ""),
            ("mysrc/x.rs", "x"),
        ] {
            assert_eq!(module_path(path), module, "{path}");
        }
    }
}
