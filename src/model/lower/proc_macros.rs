//! Recognizes procedural derives and attributes: those that neither the language nor a derive defines. They are not run; they are
//! named in the report, because the code that they make is not seen.

use super::Lower;
use crate::model::hir::ItemId;
use crate::model::item::Derives;
use crate::syntax::SyntaxKind as K;

/// The attributes of the language, and those of std's own sources and of nightly compilers that people meet.
const BUILTIN: &[&str] = &[
    "allow",
    "automatically_derived",
    "bench",
    "cfg",
    "cfg_attr",
    "cold",
    "coverage",
    "crate_name",
    "crate_type",
    "debugger_visualizer",
    "default_lib_allocator",
    "deny",
    "deprecated",
    "derive",
    "derive_const",
    "doc",
    "expect",
    "export_name",
    "feature",
    "ffi_const",
    "ffi_pure",
    "forbid",
    "fundamental",
    "global_allocator",
    "ignore",
    "inline",
    "instruction_set",
    "lang",
    "link",
    "link_name",
    "link_ordinal",
    "link_section",
    "linkage",
    "macro_export",
    "macro_use",
    "marker",
    "must_use",
    "naked",
    "no_builtins",
    "no_implicit_prelude",
    "no_link",
    "no_main",
    "no_mangle",
    "no_std",
    "non_exhaustive",
    "optimize",
    "panic_handler",
    "path",
    "proc_macro",
    "proc_macro_attribute",
    "proc_macro_derive",
    "recursion_limit",
    "repr",
    "rustc_on_unimplemented",
    "rustfmt_skip",
    "should_panic",
    "stable",
    "target_feature",
    "test",
    "thread_local",
    "track_caller",
    "type_length_limit",
    "unsafe",
    "unstable",
    "used",
    "warn",
    "windows_subsystem",
];

/// The first names of attributes that are tools'.
const TOOLS: &[&str] = &["clippy", "diagnostic", "miri", "rust_analyzer", "rustc", "rustdoc", "rustfmt"];

impl Lower<'_> {
    /// Notes an attribute of an item of kind `kind` if it is, or lists, procedural macros. `foreign` remembers whether a derive
    /// of the item was: what it does not know itself, as `#[serde(…)]`, is that derive's.
    pub(super) fn note_generated(&mut self, kind: K, (path, args): (&str, &str), foreign: &mut bool) {
        if matches!(path, "derive" | "derive_const") {
            for derived in args.split(',').map(str::trim).filter(|path| !path.is_empty() && !Derives::knows(path)) {
                let name = derived.rsplit("::").next().unwrap_or(derived).trim();
                self.out.generated.push(format!("derive({name})").into());
                *foreign = true;
            }
            return;
        }
        let helps = *foreign && matches!(kind, K::STRUCT | K::ENUM | K::UNION);
        if !helps && !is_known(path) {
            let path: String = path.split_whitespace().collect();
            self.out.generated.push(format!("#[{path}]").into());
        }
    }
}

impl Lower<'_> {
    /// Notes an attribute of the function or impl that comes next, unless the language has given it its meaning.
    pub(super) fn note_attribute(&mut self, kind: K, path: &str) {
        if matches!(kind, K::FN | K::IMPL) && (!is_known(path) || path == "panic_handler") {
            let path: String = path.split_whitespace().collect();
            self.out.attributes.push((ItemId(self.out.items.len() as u32), path.into()));
        }
    }
}

pub(super) fn is_known(path: &str) -> bool {
    match path.split_once("::") {
        Some((first, _)) => TOOLS.contains(&first.trim()) || matches!(first.trim(), "core" | "std"),
        None => BUILTIN.binary_search(&path).is_ok() || path.starts_with("rustc_") || path.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_languages_attributes_are_known_and_sorted() {
        assert!(BUILTIN.is_sorted());
        for known in ["inline", "clippy::all", "unsafe", "rustc_const_stable", "std::prelude::v1::test"] {
            assert!(is_known(known), "{known}");
        }
        for macros in ["tokio::main", "instrument", "async_trait::async_trait"] {
            assert!(!is_known(macros), "{macros}");
        }
    }
}
