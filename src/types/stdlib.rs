//! std, alloc and core as crates of the world: their declarations, from data that comes with the tool.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::hir::FileModel;
use crate::model::lower::{Depth, Surroundings, parse_and_lower};
use crate::model::macros::MacroTable;
use crate::model::name::Name;
use crate::source::FileId;
use crate::syntax::Edition;
use crate::types::world::{Crate, CrateId};

/// The indexes, in the order in which the crates depend on each other.
const INDEXES: [(Name, &str); 3] = [
    (Name::CORE, include_str!("../../rules/std/core.index")),
    (Name::ALLOC, include_str!("../../rules/std/alloc.index")),
    (Name::STD, include_str!("../../rules/std/std.index")),
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

/// Reads std's declarations; the first file gets the id `first`.
pub fn load(first: FileId) -> Std {
    let files: Vec<FileModel> =
        INDEXES.par_iter().enumerate().map(|(at, (_, text))| read_index(FileId(first.0 + at as u32), text)).collect();
    let dependencies: FxHashMap<Name, CrateId> =
        INDEXES.iter().enumerate().map(|(at, &(name, _))| (name, CrateId(at as u32))).collect();
    let crates = INDEXES.iter().enumerate().map(|(at, &(name, _))| Crate {
        name,
        root: FileId(first.0 + at as u32),
        dependencies: dependencies.clone(),
        features: Some(FxHashSet::default()),
        is_std: true,
        is_local: false,
    });
    let paths = INDEXES.iter().map(|(name, _)| format!("<{name}>")).collect();
    Std { crates: crates.collect(), files, paths }
}

/// Reads a crate's index, which the digest made.
pub fn read_index(id: FileId, text: &str) -> FileModel {
    let macros = MacroTable::default();
    let around = Surroundings { edition: Edition::Edition2024, macros: &macros, depth: Depth::Declarations };
    parse_and_lower(id, text, &around).0
}
