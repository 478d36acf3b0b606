//! The dependency and feature tables of a manifest, with what the workspace lends them.

use std::collections::BTreeSet;
use std::path::Path;

use toml::{Table, Value};

use super::manifest::{at, is_inherited, strings};
use super::package::{Dependency, DependencyKind};

const TABLES: [(&str, DependencyKind); 5] = [
    ("dependencies", DependencyKind::Normal),
    ("dev-dependencies", DependencyKind::Dev),
    ("dev_dependencies", DependencyKind::Dev),
    ("build-dependencies", DependencyKind::Build),
    ("build_dependencies", DependencyKind::Build),
];

/// Returns all dependencies of the manifest in `dir`, sorted.
pub(super) fn all(dir: &Path, manifest: &Table, workspace_dir: &Path, workspace: Option<&Table>) -> Vec<Dependency> {
    let lent = workspace.and_then(|table| at(table, &["workspace", "dependencies"])).and_then(Value::as_table);
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    let platforms = platforms.filter_map(|(platform, table)| Some((Some(platform.as_str()), table.as_table()?)));
    let mut found = Vec::new();
    for (platform, tables) in std::iter::once((None, manifest)).chain(platforms) {
        for (key, kind) in TABLES {
            let entries = tables.get(key).and_then(Value::as_table).into_iter().flatten();
            found.extend(entries.map(|(name, value)| {
                let lent = if is_inherited(value) { lent.and_then(|lent| lent.get(name)) } else { None };
                let base = if lent.is_some() { workspace_dir } else { dir };
                let mut dependency = one(name, lent.unwrap_or(value), base, kind, platform);
                dependency.optional = value.get("optional").and_then(Value::as_bool).unwrap_or(false);
                dependency
            }));
        }
    }
    found.sort();
    found
}

fn one(name: &str, value: &Value, base: &Path, kind: DependencyKind, platform: Option<&str>) -> Dependency {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    Dependency {
        name: name.replace('-', "_"),
        package: text("package").unwrap_or(name).to_owned(),
        version_req: value.as_str().or_else(|| text("version")).map(str::to_owned),
        path: text("path").map(|path| base.join(path)),
        optional: false,
        kind,
        platform: platform.map(str::to_owned),
    }
}

/// Returns the features, those implied by optional dependencies too, and those that `default` turns on; both sorted.
pub(super) fn features(manifest: &Table) -> (Vec<String>, Vec<String>) {
    let empty = Table::new();
    let declared = manifest.get("features").and_then(Value::as_table).unwrap_or(&empty);
    let explicit: BTreeSet<&str> = declared
        .values()
        .flat_map(|value| strings(Some(value)))
        .filter_map(|entry| entry.strip_prefix("dep:"))
        .collect();
    let optional = optional_keys(manifest).filter(|name| !explicit.contains(name));
    let features: BTreeSet<&str> = declared.keys().map(String::as_str).chain(optional).collect();

    let mut enabled = BTreeSet::new();
    let mut waiting = vec!["default"];
    while let Some(name) = waiting.pop() {
        // `x/y` turns on `x` too; `x?/y` and `dep:x` turn on no feature of this package.
        if features.contains(name) && enabled.insert(name) {
            let entries =
                strings(declared.get(name)).filter(|entry| !entry.starts_with("dep:") && !entry.contains("?/"));
            waiting.extend(entries.filter_map(|entry| entry.split('/').next()));
        }
    }
    let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
    (owned(features.clone()), owned(enabled))
}

/// The keys of optional dependencies as written: features have `-` where code has `_`.
fn optional_keys(manifest: &Table) -> impl Iterator<Item = &str> {
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    let tables = std::iter::once(manifest).chain(platforms.filter_map(|(_, table)| table.as_table()));
    tables.flat_map(|table| TABLES.iter().filter_map(|(key, _)| table.get(*key)?.as_table())).flatten().filter_map(
        |(name, value)| value.get("optional").and_then(Value::as_bool).unwrap_or(false).then_some(name.as_str()),
    )
}
