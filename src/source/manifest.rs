//! Reads `Cargo.toml` files, leniently: a value that cannot be read is a gap and its default holds. Cargo is never run.
//! What targets a package has is `target.rs`'s business.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::{Table, Value};

use super::boundary::is_own;
use super::file::LineIndex;
use super::gap::{Gap, GapKind};
use super::load::load_path;
use super::package::{Edition, Package, Profile};
use super::paths::checkout_of;
use super::{dependency, target};

/// The most bytes of a manifest that are read.
const MANIFEST_BYTES: u64 = 4 << 20;

/// The manifests of a scan, each read at most once, and what was wrong with them.
pub(super) struct Manifests {
    root: PathBuf,
    /// The checkout that the root lies in: what lies above it is another's.
    checkout: Option<PathBuf>,
    /// By folder: `None` where there is none; an empty table where it cannot be read.
    read: BTreeMap<PathBuf, Option<Arc<Table>>>,
    pub(super) gaps: Vec<Gap>,
}

impl Manifests {
    /// Starts a scan whose reports name paths relative to `root`.
    pub(super) fn new(root: &Path) -> Self {
        let checkout = checkout_of(root).map(Path::to_owned);
        Self { root: root.to_owned(), checkout, read: BTreeMap::new(), gaps: Vec::new() }
    }

    /// Returns `path` as reports print it.
    pub(super) fn shown(&self, path: &Path) -> String {
        slashed(path.strip_prefix(&self.root).unwrap_or(path))
    }

    /// Returns the manifest in `dir`, if there is one; an empty table where it cannot be read.
    pub(super) fn get(&mut self, dir: &Path) -> Option<Arc<Table>> {
        if let Some(known) = self.read.get(dir) {
            return known.clone();
        }
        let path = dir.join("Cargo.toml");
        let within = self.checkout.as_ref().is_none_or(|checkout| dir.starts_with(checkout));
        let own = within && path.is_file() && is_own(dir, &path);
        let table = own.then(|| Arc::new(self.parse(&path)));
        self.read.insert(dir.to_owned(), table.clone());
        table
    }

    fn parse(&mut self, path: &Path) -> Table {
        let shown = self.shown(path);
        let parsed = load_path(path, &shown, MANIFEST_BYTES).and_then(|text| {
            toml::from_str(&text).map_err(|error| {
                let at = error.span().map_or(0, |span| span.start);
                let position = LineIndex::new(&text).position(&text, at as u32);
                let reason = format!("manifest not readable: {}", error.message());
                Gap::new(GapKind::Unreadable, shown.as_str(), reason).at(position)
            })
        });
        parsed.unwrap_or_else(|gap| {
            self.gaps.push(gap);
            Table::new()
        })
    }

    /// Records what is wrong in the manifest of `dir`.
    pub(super) fn complain(&mut self, dir: &Path, reason: String) {
        let shown = self.shown(&dir.join("Cargo.toml"));
        self.gaps.push(Gap::new(GapKind::Manifest, shown, reason));
    }

    /// Returns the package whose manifest lies in `dir`; `None` where there is none or it is virtual or unreadable.
    pub(super) fn package(&mut self, dir: &Path) -> Option<Package> {
        let manifest = self.get(dir)?;
        let declared = manifest.get("package").or_else(|| manifest.get("project"))?.as_table()?;
        let workspace = self.workspace(dir, &manifest);
        let (workspace_dir, workspace_table) = match &workspace {
            Some((at, table)) => (at.as_path(), Some(table.as_ref())),
            None => (dir, None),
        };
        let name = declared.get("name").and_then(Value::as_str).unwrap_or_else(|| {
            self.complain(dir, "the package has no name".to_owned());
            dir.file_name().and_then(|name| name.to_str()).unwrap_or("unnamed")
        });
        let edition = self.edition(dir, declared, workspace_table);
        let inherited = inherit(declared, workspace_table, "version");
        let dependencies = dependency::all(dir, &manifest, workspace_dir, workspace_table);
        let (features, default_features) = dependency::features(&manifest);
        Some(Package {
            name: name.to_owned(),
            version: inherited.and_then(Value::as_str).map(str::to_owned),
            edition,
            dir: dir.to_owned(),
            manifest_path: dir.join("Cargo.toml"),
            targets: target::all(self, dir, &manifest, name, edition),
            dependencies,
            features,
            default_features,
            profiles: profiles(workspace_table.unwrap_or(&manifest)),
            workspace: workspace_dir.to_owned(),
            fuzz: at(declared, &["metadata", "cargo-fuzz"]).and_then(Value::as_bool).unwrap_or(false),
            publishable: publishable(declared),
            role: None,
        })
    }

    /// Returns the root of the workspace that the package in `dir` belongs to: itself, the one it names, or the nearest
    /// one above that does not exclude it.
    fn workspace(&mut self, dir: &Path, manifest: &Arc<Table>) -> Option<(PathBuf, Arc<Table>)> {
        if manifest.contains_key("workspace") {
            return Some((dir.to_owned(), Arc::clone(manifest)));
        }
        if let Some(named) = at(manifest, &["package", "workspace"]).and_then(Value::as_str) {
            let named = dir.join(named).canonicalize().ok()?;
            return self.get(&named).map(|table| (named, table));
        }
        dir.ancestors().skip(1).find_map(|above| {
            let table = self.get(above)?;
            let workspace = table.get("workspace")?.as_table()?;
            let inside = dir.strip_prefix(above).ok()?;
            let excluded = strings(workspace.get("exclude")).any(|entry| inside.starts_with(entry));
            (!excluded).then(|| (above.to_owned(), Arc::clone(&table)))
        })
    }

    fn edition(&mut self, dir: &Path, package: &Table, workspace: Option<&Table>) -> Edition {
        if !package.contains_key("edition") {
            return Edition::E2015;
        }
        let Some(value) = inherit(package, workspace, "edition") else {
            self.complain(dir, "the edition is inherited from a workspace that was not found; read as 2024".to_owned());
            return Edition::E2024;
        };
        value.as_str().and_then(Edition::parse).unwrap_or_else(|| {
            self.complain(dir, format!("unknown edition {value}; read as 2024"));
            Edition::E2024
        })
    }
}

/// Returns the name that the manifest in `dir` gives its library; `None` where that is the package's. Blocks on the disk.
pub fn library_name(dir: &Path) -> Option<String> {
    let manifest = Manifests::new(dir).get(dir)?;
    Some(at(&manifest, &["lib", "name"])?.as_str()?.replace('-', "_"))
}

/// Returns the manifest of the workspace that `dir` lies in, and its text; `None` where there is none that can be read. Blocks on
/// the disk.
pub fn workspace_manifest(dir: &Path) -> Option<(PathBuf, String)> {
    let mut manifests = Manifests::new(dir);
    let (nearest, manifest) = dir.ancestors().find_map(|above| Some((above, manifests.get(above)?)))?;
    let root = manifests.workspace(nearest, &manifest).map_or_else(|| nearest.to_owned(), |(root, _)| root);
    Some((root.join("Cargo.toml"), manifest_text(&root)?))
}

/// Returns the text of the manifest in `dir`; nothing where it cannot be read. Blocks on the disk.
pub fn manifest_text(dir: &Path) -> Option<String> {
    load_path(&dir.join("Cargo.toml"), "Cargo.toml", MANIFEST_BYTES).ok()
}

/// Returns `package.key`, or the workspace's where the package says `key.workspace = true`.
fn inherit<'a>(package: &'a Table, workspace: Option<&'a Table>, key: &str) -> Option<&'a Value> {
    let value = package.get(key)?;
    if is_inherited(value) { at(workspace?, &["workspace", "package", key]) } else { Some(value) }
}

/// Tells whether a value reads `{ workspace = true, … }`.
pub(super) fn is_inherited(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool).unwrap_or(false)
}

/// Whether cargo would publish the package; what it inherits is taken for granted.
fn publishable(package: &Table) -> bool {
    let kept = match package.get("publish") {
        Some(Value::Boolean(published)) => !published,
        Some(Value::Array(registries)) => registries.is_empty(),
        _ => false,
    };
    let licensed = package.contains_key("license") || package.contains_key("license-file");
    !kept && licensed && package.contains_key("description")
}

/// Returns the value at a path of keys.
pub(super) fn at<'a>(table: &'a Table, keys: &[&str]) -> Option<&'a Value> {
    let (first, rest) = keys.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(*key))
}

/// Returns the strings of an array; nothing for any other value.
pub(super) fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Returns a path with `/` between its parts, on any system.
pub(super) fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

fn profiles(workspace: &Table) -> Vec<Profile> {
    let tables = workspace.get("profile").and_then(Value::as_table).into_iter().flatten();
    let profiles = tables.map(|(name, profile)| Profile {
        name: name.clone(),
        panic: profile.get("panic").and_then(Value::as_str).map(str::to_owned),
        overflow_checks: profile.get("overflow-checks").and_then(Value::as_bool),
        debug_assertions: profile.get("debug-assertions").and_then(Value::as_bool),
    });
    profiles.collect()
}
