//! Packages, targets and dependencies as plain data. How a manifest becomes them is `manifest.rs`'s and `target.rs`'s business.

use std::path::PathBuf;

use super::manifest::slashed;
use super::target::FileContext;

/// The edition a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Edition {
    /// What a package without an edition has.
    E2015,
    /// Rust 2018.
    E2018,
    /// Rust 2021.
    E2021,
    /// Rust 2024, and what is assumed for files without a manifest.
    E2024,
}

impl Edition {
    /// Returns the edition that a manifest's value names; `None` for an unknown one.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "2015" => Some(Self::E2015),
            "2018" => Some(Self::E2018),
            "2021" => Some(Self::E2021),
            "2024" => Some(Self::E2024),
            _ => None,
        }
    }
}

/// What a target is, as cargo names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// The package's library.
    Lib,
    /// The package's library, where it is a procedural macro.
    ProcMacro,
    /// A binary.
    Bin,
    /// An integration test.
    Test,
    /// A benchmark.
    Bench,
    /// An example.
    Example,
    /// The build script.
    BuildScript,
}

/// One crate of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// Its name as in the manifest; a library's has `_` for `-`.
    pub name: String,
    /// Its root file: relative to its package's folder, with `/`; absolute where it lies outside.
    pub root: String,
}

/// Where a dependency is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DependencyKind {
    /// `[dependencies]`.
    Normal,
    /// `[dev-dependencies]`.
    Dev,
    /// `[build-dependencies]`.
    Build,
}

/// One dependency of a package; what it inherits from its workspace is filled in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The name as code uses it: a rename applied, `_` for `-`.
    pub name: String,
    /// The package's name in its registry.
    pub package: String,
    /// The version requirement as written; `None` for any.
    pub version_req: Option<String>,
    /// The folder of a path dependency.
    pub path: Option<PathBuf>,
    /// Whether a feature must turn it on.
    pub optional: bool,
    /// The table that declares it.
    pub kind: DependencyKind,
    /// The platform it is for, as written, such as `cfg(unix)`; `None` for all.
    pub platform: Option<String>,
}

impl Dependency {
    /// Whether code calls it otherwise than its package calls its library.
    pub fn is_renamed(&self) -> bool {
        self.name != self.package.replace('-', "_")
    }
}

/// What a build profile says of panics and of integer overflow; values as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Profile {
    /// Such as `release`.
    pub name: String,
    /// `panic = "…"`, if declared.
    pub panic: Option<String>,
    /// `overflow-checks = …`, if declared.
    pub overflow_checks: Option<bool>,
    /// `debug-assertions = …`, if declared.
    pub debug_assertions: Option<bool>,
}

/// One package: what its manifest and its workspace's say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version as written; `None` where there is none.
    pub version: Option<String>,
    /// Its edition.
    pub edition: Edition,
    /// The folder of its manifest, absolute.
    pub dir: PathBuf,
    /// Its manifest, absolute.
    pub manifest_path: PathBuf,
    /// Its crates, those that cargo discovers by their place too; sorted.
    pub targets: Vec<Target>,
    /// Its dependencies, sorted.
    pub dependencies: Vec<Dependency>,
    /// Its features, those that optional dependencies imply too; sorted.
    pub features: Vec<String>,
    /// Those of `features` that `default` turns on, `default` too where it is declared; sorted.
    pub default_features: Vec<String>,
    /// The build profiles that hold for it: those of its workspace's root; sorted by name.
    pub profiles: Vec<Profile>,
    /// The folder of its workspace's root: its own where it belongs to none.
    pub workspace: PathBuf,
    /// Whether it is a `cargo fuzz` package: all its targets are test code.
    pub fuzz: bool,
    /// Whether a registry takes it: it is not kept from being published, and says what it is and under which licence.
    pub publishable: bool,
    /// What all its crates are, where they are no product.
    pub role: Option<FileContext>,
}

impl Package {
    /// Where its manifest lies, with `/`.
    pub fn manifest_dir(&self) -> String {
        slashed(&self.dir)
    }

    /// Where the root file of one of its targets lies, as `FoundFile::place` tells of files.
    pub fn place(&self, target: &Target) -> String {
        slashed(&self.dir.join(&target.root))
    }
}
