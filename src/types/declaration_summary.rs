//! Makes the declaration summary of a crate: one compact text that parses back as the crate's declarations. The same for std and for
//! dependencies.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::cfg::Cfg;
use crate::model::expand::{FileInput, MacroTables, PackageInput, Root, declarations as declarations_in};
use crate::model::hir::FileModel;
use crate::model::lower::{LowerCx, LowerMode, parse_and_lower};
use crate::model::name::Name;
use crate::model::print::declarations;
use crate::source::FileId;
use crate::syntax::{Edition, Lexed, lex_all};
use crate::types::names::DefMap;
use crate::types::ty::DefId;
use crate::types::world::{Crate, ModuleFiles};

/// A crate's sources.
pub struct Sources<'s> {
    /// The name that code uses for it.
    pub name: Name,
    /// Paths with `/`, and texts.
    pub files: &'s [(String, String)],
    /// The path of its root file.
    pub root: &'s str,
    /// Its edition.
    pub edition: Edition,
    /// Features to take for set; `None` means all.
    pub features: Option<FxHashSet<String>>,
    /// Whether what any machine has is kept, rather than what 64-bit Linux on x86 has.
    pub any_machine: bool,
}

/// Returns the crate's declarations as text; `None` where its root file is not there.
pub fn digest(sources: &Sources<'_>) -> Option<String> {
    let root = sources.files.iter().position(|(path, _)| path == sources.root)?;
    let lexed: Vec<Lexed> = sources.files.par_iter().map(|(_, text)| lex_all(text, sources.edition)).collect();
    let macros = macro_tables(sources, &lexed);
    let cx = LowerCx { edition: sources.edition, macros: &macros, mode: LowerMode::Declarations, includes: None };
    let files: Vec<FileModel> = sources
        .files
        .par_iter()
        .zip(lexed)
        .enumerate()
        .map(|(at, ((_, text), lexed))| parse_and_lower(FileId(at as u32), text, lexed, &cx).0)
        .collect();
    let krate = Crate {
        name: sources.name,
        root: FileId(root as u32),
        dependencies: FxHashMap::default(),
        features: sources.features.clone(),
        is_std: false,
        is_local: false,
    };
    let paths: Vec<String> = sources.files.iter().map(|(path, _)| path.clone()).collect();
    let names = DefMap::new(&files, &[krate], &paths, &ModuleFiles::default());
    let keep = |cfg: &Cfg| {
        let on = |feature: &str| sources.features.as_ref().is_none_or(|on| on.contains(feature));
        let truth = if sources.any_machine { cfg.truth_on_any_machine(&on) } else { cfg.default_truth(&on) };
        truth != Some(false)
    };
    let module = |model: &FileModel, item| {
        let module = names.module_of_module_item(DefId { file: model.file, item })?;
        files.get(names.file_of_module(module)?.0 as usize)
    };
    Some(declarations(files.get(root)?, &keep, &module))
}

/// The crate's own macros; those of others are not known.
fn macro_tables(sources: &Sources<'_>, lexed: &[Lexed]) -> MacroTables {
    let files = sources.files.iter().zip(lexed).enumerate().map(|(at, ((place, text), lexed))| FileInput {
        file: FileId(at as u32),
        place,
        edition: sources.edition,
        text,
        lexed,
        declarations: declarations_in(text, lexed),
        root: (place == sources.root).then_some(Root::Library),
    });
    let features = sources.features.iter().flatten().cloned().collect();
    MacroTables::new(vec![PackageInput { files: files.collect(), features, ..PackageInput::default() }])
}
