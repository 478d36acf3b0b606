//! What the rules need to know of one source file: paths, macro calls, functions. Code under `#[cfg(test)]` is left out.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, UseTree};

/// A path as written, such as `crate::source::Span`, and where.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) line: usize,
    /// Its parts; a glob import ends with `*`.
    pub(crate) parts: Vec<String>,
    /// The module that it stands in.
    pub(crate) module: Vec<String>,
}

/// One function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) lines: usize,
}

/// What one file holds.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Relative to `src/`, with `/`.
    pub(crate) file: String,
    /// The module that the file is, from the crate's root.
    pub(crate) module: Vec<String>,
    pub(crate) lines: usize,
    /// The `//!` lines that the file opens with.
    pub(crate) header: usize,
    pub(crate) paths: Vec<Written>,
    pub(crate) macros: Vec<(usize, String)>,
    pub(crate) functions: Vec<Function>,
    /// Modules declared as `#[cfg(test)] mod name;`.
    pub(crate) test_modules: Vec<Vec<String>>,
}

impl Facts {
    /// Reads the text of `file`.
    pub(crate) fn read(file: &str, text: &str) -> Self {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("src/{file}: {error}"));
        let module = module_of(file);
        let facts = Self {
            file: file.to_owned(),
            module: module.clone(),
            lines: text.lines().count(),
            header: text.lines().take_while(|line| line.starts_with("//!")).count(),
            paths: Vec::new(),
            macros: Vec::new(),
            functions: Vec::new(),
            test_modules: Vec::new(),
        };
        let mut reader = Reader { facts, module };
        reader.visit_file(&parsed);
        reader.facts
    }
}

fn module_of(file: &str) -> Vec<String> {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    if stem == "lib" {
        return Vec::new();
    }
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    stem.split('/').map(str::to_owned).collect()
}

struct Reader {
    facts: Facts,
    module: Vec<String>,
}

impl Reader {
    fn path(&mut self, at: Span, parts: Vec<String>) {
        self.facts.paths.push(Written { line: at.start().line, parts, module: self.module.clone() });
    }

    fn function(&mut self, sig: &syn::Signature, body: &syn::Block) {
        let line = sig.span().start().line;
        let lines = body.span().end().line - line + 1;
        self.facts.functions.push(Function { line, name: sig.ident.to_string(), lines });
    }

    fn tree(&mut self, before: &[String], tree: &UseTree) {
        let with = |last: String| before.iter().cloned().chain([last]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.tree(&with(path.ident.to_string()), &path.tree),
            UseTree::Name(name) if name.ident == "self" && !before.is_empty() => {
                self.path(name.ident.span(), before.to_vec());
            }
            UseTree::Name(name) => self.path(name.ident.span(), with(name.ident.to_string())),
            // `use crate as all` would hide where all paths that begin with `all` lead.
            UseTree::Rename(name) if before.is_empty() && name.ident == "crate" => {
                self.path(name.ident.span(), vec!["crate".to_owned(), "self".to_owned()]);
            }
            UseTree::Rename(name) => self.path(name.ident.span(), with(name.ident.to_string())),
            UseTree::Glob(glob) => self.path(glob.star_token.span(), with("*".to_owned())),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(before, item)),
        }
    }

    /// Finds `a::b::c` in what a macro is given, where no parser has looked.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut parts: Vec<String> = Vec::new();
        let mut at = Span::call_site();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) if colons == 2 && !parts.is_empty() => {
                    parts.push(name.to_string());
                    colons = 0;
                }
                other => {
                    self.flush(at, &mut parts);
                    colons = 0;
                    match other {
                        TokenTree::Ident(name) => {
                            at = name.span();
                            parts = vec![name.to_string()];
                        }
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        _ => {}
                    }
                }
            }
        }
        self.flush(at, &mut parts);
    }

    fn flush(&mut self, at: Span, parts: &mut Vec<String>) {
        if parts.len() > 1 {
            self.path(at, std::mem::take(parts));
        }
        parts.clear();
    }
}

fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::NameValue(_) => false,
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        if !for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        } else if item.content.is_none() {
            self.facts.test_modules.push(self.module.clone());
        }
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !for_tests(&item.attrs) {
            self.tree(&[], &item.tree);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !for_tests(&item.attrs) {
            self.function(&item.sig, &item.block);
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !for_tests(&item.attrs) {
            self.function(&item.sig, &item.block);
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.path(path.span(), path.segments.iter().map(|part| part.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(last) = call.path.segments.last() {
            self.facts.macros.push((call.path.span().start().line, last.ident.to_string()));
        }
        self.tokens(call.tokens.clone());
    }
}
