//! Which crates a package has, by its manifest and by the places that cargo looks at, and which of them owns a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use toml::{Table, Value};

use super::manifest::{Manifests, at, slashed, strings};
use super::package::{Edition, Target, TargetKind};

/// What kind of crate a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileContext {
    /// A library; also what is assumed of a file that no target's folder holds.
    Lib,
    /// A binary.
    Bin,
    /// An integration test, or a fuzz target.
    Test,
    /// A benchmark.
    Bench,
    /// An example.
    Example,
    /// A build script.
    BuildScript,
    /// A procedural macro.
    ProcMacro,
    /// A program of those who build the product, such as an `xtask`.
    Tool,
}

impl FileContext {
    /// The word used in every report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lib => "lib",
            Self::Bin => "bin",
            Self::Test => "test",
            Self::Bench => "bench",
            Self::Example => "example",
            Self::BuildScript => "build-script",
            Self::ProcMacro => "proc-macro",
            Self::Tool => "tool",
        }
    }
}

impl From<TargetKind> for FileContext {
    fn from(kind: TargetKind) -> Self {
        match kind {
            TargetKind::Lib => Self::Lib,
            TargetKind::ProcMacro => Self::ProcMacro,
            TargetKind::Bin => Self::Bin,
            TargetKind::Test => Self::Test,
            TargetKind::Bench => Self::Bench,
            TargetKind::Example => Self::Example,
            TargetKind::BuildScript => Self::BuildScript,
        }
    }
}

/// One of the four lists of targets that a manifest can hold and cargo completes from a folder.
struct List {
    kind: TargetKind,
    key: &'static str,
    auto: &'static str,
    folder: &'static str,
}

const LISTS: [List; 4] = [
    List { kind: TargetKind::Bin, key: "bin", auto: "autobins", folder: "src/bin" },
    List { kind: TargetKind::Test, key: "test", auto: "autotests", folder: "tests" },
    List { kind: TargetKind::Bench, key: "bench", auto: "autobenches", folder: "benches" },
    List { kind: TargetKind::Example, key: "example", auto: "autoexamples", folder: "examples" },
];

/// Returns the targets of the package in `dir`, sorted.
pub(super) fn all(
    manifests: &mut Manifests,
    dir: &Path,
    manifest: &Table,
    package: &str,
    edition: Edition,
) -> Vec<Target> {
    let mut found: Vec<(TargetKind, String, PathBuf)> = Vec::new();
    found.extend(library(manifests, dir, manifest, package));
    found.extend(build_script(manifests, dir, manifest));
    for list in &LISTS {
        let declared = manifest.get(list.key).and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
        let auto = at(manifest, &["package", list.auto]).and_then(Value::as_bool);
        // The 2015 edition discovers nothing beside what is declared.
        let auto = auto.unwrap_or(edition > Edition::E2015 || declared.is_empty());
        let mut by_name = if auto { discovered(dir, list, package) } else { BTreeMap::new() };
        for entry in declared {
            let Some(name) = entry.get("name").and_then(Value::as_str) else { continue };
            let path = match entry.get("path").and_then(Value::as_str) {
                Some(path) => Some(dir.join(path)),
                None => discovered(dir, list, package).remove(name).or_else(|| legacy(dir, list, name, edition)),
            };
            match path.filter(|path| path.is_file()) {
                Some(path) => {
                    by_name.retain(|_, known| *known != path);
                    by_name.insert(name.to_owned(), path);
                }
                // Published packages often leave out tests and benchmarks that their manifest names.
                None if list.kind == TargetKind::Bin => {
                    manifests.complain(dir, format!("the root file of binary `{name}` was not found"));
                }
                None => {}
            }
        }
        found.extend(by_name.into_iter().map(|(name, path)| (list.kind, name, path)));
    }
    let mut targets: Vec<Target> = found
        .into_iter()
        .map(|(kind, name, path)| {
            let path = lexical(&path);
            Target { kind, name, root: slashed(path.strip_prefix(dir).unwrap_or(&path)) }
        })
        .collect();
    targets.sort();
    targets
}

fn library(
    manifests: &mut Manifests,
    dir: &Path,
    manifest: &Table,
    package: &str,
) -> Option<(TargetKind, String, PathBuf)> {
    let declared = manifest.get("lib").and_then(Value::as_table);
    let text = |key: &str| declared.and_then(|lib| lib.get(key)).and_then(Value::as_str);
    let auto = at(manifest, &["package", "autolib"]).and_then(Value::as_bool).unwrap_or(true);
    if declared.is_none() && !auto {
        return None;
    }
    let name = text("name").unwrap_or(package).replace('-', "_");
    let usual = dir.join(text("path").unwrap_or("src/lib.rs"));
    // The 2015 edition also took the library's own name.
    let unnamed = declared.is_some() && text("path").is_none();
    let path = if unnamed && !usual.is_file() { dir.join(format!("src/{name}.rs")) } else { usual };
    if !path.is_file() {
        if declared.is_some() {
            manifests.complain(dir, "the root file of the library was not found".to_owned());
        }
        return None;
    }
    let flag = |key: &str| declared.and_then(|lib| lib.get(key)).and_then(Value::as_bool).unwrap_or(false);
    let types = || strings(declared.and_then(|lib| lib.get("crate-type"))).any(|kind| kind == "proc-macro");
    let is_macro = flag("proc-macro") || flag("proc_macro") || types();
    let kind = if is_macro { TargetKind::ProcMacro } else { TargetKind::Lib };
    Some((kind, name, path))
}

fn build_script(manifests: &mut Manifests, dir: &Path, manifest: &Table) -> Option<(TargetKind, String, PathBuf)> {
    let declared = at(manifest, &["package", "build"]);
    if declared.and_then(Value::as_bool) == Some(false) {
        return None;
    }
    let named = declared.and_then(Value::as_str);
    let path = dir.join(named.unwrap_or("build.rs"));
    if !path.is_file() {
        if named.is_some() {
            manifests.complain(dir, "the build script was not found".to_owned());
        }
        return None;
    }
    Some((TargetKind::BuildScript, "build-script-build".to_owned(), path))
}

/// What cargo finds by itself in a list's folder: `folder/x.rs` and `folder/x/main.rs`, and `src/main.rs` as a binary.
fn discovered(dir: &Path, list: &List, package: &str) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let main = dir.join("src/main.rs");
    if list.kind == TargetKind::Bin && main.is_file() {
        found.insert(package.to_owned(), main);
    }
    for entry in fs::read_dir(dir.join(list.folder)).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
        if path.extension().is_some_and(|end| end == "rs") && path.is_file() {
            found.extend(name(path.file_stem()).map(|name| (name, path)));
        } else if path.join("main.rs").is_file() {
            found.extend(name(path.file_name()).map(|name| (name, path.join("main.rs"))));
        }
    }
    found
}

/// Where the 2015 edition looked too for a binary that has no path.
fn legacy(dir: &Path, list: &List, name: &str, edition: Edition) -> Option<PathBuf> {
    let old = list.kind == TargetKind::Bin && edition == Edition::E2015;
    let places = [format!("src/{name}.rs"), "src/main.rs".to_owned()];
    places.into_iter().filter(|_| old).map(|place| dir.join(place)).find(|path| path.is_file())
}

/// Removes `.` and resolves `..` by the text alone.
pub(super) fn lexical(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

/// The folders that name a context by themselves, whether or not a target declares them.
const FOLDERS: [(&str, FileContext); 5] = [
    ("tests", FileContext::Test),
    ("fuzz", FileContext::Test),
    ("benches", FileContext::Bench),
    ("examples", FileContext::Example),
    ("src/bin", FileContext::Bin),
];

/// Returns the context of the file at `path`, given relative to the folder of its package with `/`, which has `targets`.
///
/// A root file belongs to its target. Any other file belongs to the innermost folder that is one of `FOLDERS` or that holds
/// a root file; where several roots share that folder, to the library, else to the binaries.
pub(super) fn context(path: &str, targets: &[Target]) -> FileContext {
    if let Some(target) = targets.iter().find(|target| target.root == path) {
        return FileContext::from(target.kind);
    }
    let named = FOLDERS.iter().filter(|(folder, _)| inside(path, folder)).map(|(folder, it)| (folder.len(), 1, *it));
    let rooted = targets.iter().filter_map(|Target { kind, root, .. }| {
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        // Of two roots in one folder the first kind wins; a build script in the package's folder owns no other file.
        let script = *kind == TargetKind::BuildScript && folder.is_empty();
        (inside(path, folder) && !script).then(|| (folder.len(), 0, FileContext::from(*kind)))
    });
    // `targets` is sorted, libraries first, and the first of equals wins.
    let innermost =
        named.chain(rooted).reduce(|best, next| if (next.0, next.1) > (best.0, best.1) { next } else { best });
    match innermost {
        Some((_, _, context)) => context,
        None if targets.is_empty() => by_name(path),
        None if inside(path, "build") && targets.iter().any(|target| target.root == "build.rs") => {
            FileContext::BuildScript
        }
        None => FileContext::Lib,
    }
}

/// Tells whether one of `targets` has its root file at `path` or in a folder above it: others are samples, or nobody's.
pub(super) fn is_held(path: &str, targets: &[Target]) -> bool {
    targets.iter().any(|target| match target.root.rsplit_once('/') {
        Some((folder, _)) => inside(path, folder),
        // Of a build script beside the manifest the package's other files are no modules.
        None => target.root == path || target.kind != TargetKind::BuildScript,
    })
}

fn inside(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The context of a file of which no manifest says anything.
fn by_name(path: &str) -> FileContext {
    match path {
        "main.rs" | "src/main.rs" => FileContext::Bin,
        "build.rs" => FileContext::BuildScript,
        _ => FileContext::Lib,
    }
}
