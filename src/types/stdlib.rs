//! std, alloc and core as crates of the world: their declarations, from data that comes with the tool.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::hir::FileModel;
use crate::model::lower::{Depth, Surroundings, parse_and_lower};
use crate::model::macros::MacroTable;
use crate::model::name::Name;
use crate::model::store;
use crate::source::FileId;
use crate::syntax::Edition;
use crate::types::world::{Crate, CrateId};

/// The indexes as `model::store` writes them, in the order in which the crates depend on each other. They are made from the
/// texts beside them; a test holds them to those.
const INDEXES: [(Name, &[u8]); 3] = [
    (Name::CORE, include_bytes!("../../rules/std/core.model")),
    (Name::ALLOC, include_bytes!("../../rules/std/alloc.model")),
    (Name::STD, include_bytes!("../../rules/std/std.model")),
];

/// How many files `load` reads.
pub const FILES: u32 = INDEXES.len() as u32;

/// The crates of std.
pub struct Std {
    /// core, alloc, std: `CrateId` 0, 1, 2.
    pub crates: Vec<Crate>,
    /// One file each.
    pub files: Vec<FileModel>,
    /// The files' paths, which no scanned file can have.
    pub paths: Vec<String>,
}

impl Std {
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

/// Reads std's declarations; their files have the ids from 0 on, until they are placed.
pub fn load() -> Std {
    let files: Vec<FileModel> = INDEXES
        .par_iter()
        .enumerate()
        .map(|(at, (_, bytes))| {
            let id = FileId(at as u32);
            let mut model = store::read::<()>(bytes).map_or_else(|| FileModel::empty(id), |((), model)| model);
            model.file = id;
            model
        })
        .collect();
    let dependencies: FxHashMap<Name, CrateId> =
        INDEXES.iter().enumerate().map(|(at, &(name, _))| (name, CrateId(at as u32))).collect();
    let crates = INDEXES.iter().enumerate().map(|(at, &(name, _))| Crate {
        name,
        root: FileId(at as u32),
        dependencies: dependencies.clone(),
        features: Some(FxHashSet::default()),
        is_std: true,
        is_local: false,
    });
    let paths = INDEXES.iter().map(|(name, _)| format!("<{name}>")).collect();
    Std { crates: crates.collect(), files, paths }
}

/// Reads a crate's index, which the digest made; its file is 0.
pub fn read_index(text: &str) -> FileModel {
    let macros = MacroTable::default();
    let around = Surroundings { edition: Edition::Edition2024, macros: &macros, depth: Depth::Declarations };
    parse_and_lower(FileId(0), text, &around).0
}
