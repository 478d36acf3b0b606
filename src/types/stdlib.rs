//! std, alloc and core as crates of the world: their declarations, from data that comes with the tool.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::expand::MacroTables;
use crate::model::hir::FileModel;
use crate::model::lower::{LowerCx, LowerMode, parse_and_lower};
use crate::model::name::Name;
use crate::model::store;
use crate::source::FileId;
use crate::syntax::{Edition, lex_all};
use crate::types::world::{Crate, CrateId};

/// The indexes as `model::store` writes them, in the order in which the crates depend on each other. They are made from the
/// texts beside them; a test holds them to those.
const INDEXES: [(Name, &[u8]); 3] = [
    (Name::CORE, include_bytes!("../../rules/std/core.model")),
    (Name::ALLOC, include_bytes!("../../rules/std/alloc.model")),
    (Name::STD, include_bytes!("../../rules/std/std.model")),
];

/// `core::arch`: what processors have besides, as large as all of core. It is read only where code names it.
const ARCH: (Name, &[u8]) = (Name::CORE_ARCH, include_bytes!("../../rules/std/arch.model"));

/// How many files std has; that of `core::arch` comes last.
pub const FILES: u32 = INDEXES.len() as u32 + 1;

/// The crates of std.
pub struct Std {
    /// core, alloc, std, `core::arch`: `CrateId` 0 to 3.
    pub crates: Vec<Crate>,
    /// One file each.
    pub files: Vec<FileModel>,
    /// The files' paths, which no scanned file can have.
    pub paths: Vec<String>,
}

impl Std {
    /// The names by which code knows these crates; to `core::arch` the way is through core.
    pub fn names(&self) -> FxHashMap<Name, CrateId> {
        let crates = self.crates.iter().zip((0..).map(CrateId)).take(INDEXES.len());
        crates.map(|(krate, id)| (krate.name, id)).collect()
    }

    /// Reads `core::arch`, which says nothing until then.
    pub fn read_arch(&mut self) {
        if let Some(place) = self.files.last_mut() {
            *place = read(ARCH.1, place.file);
        }
    }

    /// Gives its files the ids from `first` on.
    #[must_use]
    pub fn placed(mut self, first: FileId) -> Self {
        for model in &mut self.files {
            model.file.0 += first.0;
        }
        for krate in &mut self.crates {
            krate.root.0 += first.0;
        }
        self
    }
}

/// Reads std's declarations but those of `core::arch`; their files have the ids from 0 on, until they are placed.
pub fn load() -> Std {
    let mut files: Vec<FileModel> =
        INDEXES.par_iter().enumerate().map(|(at, (_, bytes))| read(bytes, FileId(at as u32))).collect();
    files.push(FileModel::empty(FileId(FILES - 1)));
    let names = || INDEXES.iter().chain([&ARCH]).map(|&(name, _)| name);
    let dependencies: FxHashMap<Name, CrateId> = names().zip((0..).map(CrateId)).collect();
    let crates = names().enumerate().map(|(at, name)| Crate {
        name,
        root: FileId(at as u32),
        dependencies: dependencies.clone(),
        features: Some(FxHashSet::default()),
        is_std: true,
        is_local: false,
    });
    let paths = names().map(|name| format!("<{name}>")).collect();
    Std { crates: crates.collect(), files, paths }
}

fn read(bytes: &[u8], file: FileId) -> FileModel {
    let mut model = store::read::<()>(bytes).map_or_else(|| FileModel::empty(file), |((), model)| model);
    model.file = file;
    model
}

/// Reads a crate's index, which the digest made; its file is 0.
pub fn read_index(text: &str) -> FileModel {
    let macros = MacroTables::default();
    let cx = LowerCx { edition: Edition::Edition2024, macros: &macros, mode: LowerMode::Declarations, includes: None };
    parse_and_lower(FileId(0), text, lex_all(text, cx.edition), &cx).0
}
