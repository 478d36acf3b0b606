//! Which packages are no product: those that lie among tests, examples or benches, those that tests alone use, tools that cargo
//! runs by an alias. What a package of the product needs to run is product, wherever it lies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::boundary::is_own;
use super::load::load_path;
use super::manifest::strings;
use super::package::{DependencyKind, Package, TargetKind};
use super::target::FileContext;

/// The most bytes of cargo's configuration that are read.
const CONFIG_BYTES: u64 = 1 << 20;

/// The folders whose packages are what the folder is called.
const FOLDERS: [(&str, FileContext); 4] = [
    ("tests", FileContext::Test),
    ("fuzz", FileContext::Test),
    ("benches", FileContext::Bench),
    ("examples", FileContext::Example),
];

/// Gives each of `packages` that is no product its role; reports count paths from `root`. Blocks on the disk.
pub(super) fn assign(root: &Path, packages: &mut [Package]) {
    let by_dir: BTreeMap<PathBuf, usize> =
        packages.iter().enumerate().map(|(at, package)| (package.dir.clone(), at)).collect();
    let edges = edges(packages, &by_dir);
    let mut roles: Vec<Option<FileContext>> = packages
        .iter()
        .map(|package| by_place(root, package).or_else(|| is_tool(package).then_some(FileContext::Tool)))
        .collect();
    // What the product needs to run is product: a library under `examples/` that a binary depends on.
    let mut open: Vec<usize> = (0..packages.len()).filter(|&at| roles.get(at) == Some(&None)).collect();
    while let Some(at) = open.pop() {
        for edge in edges.iter().filter(|edge| edge.from == at && edge.kind == DependencyKind::Normal) {
            if let Some(role) = roles.get_mut(edge.to).filter(|role| role.is_some()) {
                *role = None;
                open.push(edge.to);
            }
        }
    }
    support(packages, &edges, &mut roles);
    for (package, role) in packages.iter_mut().zip(roles) {
        package.role = if package.fuzz { Some(FileContext::Test) } else { role };
    }
}

/// One package's dependency on another of the scan.
struct Edge {
    from: usize,
    to: usize,
    kind: DependencyKind,
}

fn edges(packages: &[Package], by_dir: &BTreeMap<PathBuf, usize>) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (from, package) in packages.iter().enumerate() {
        for dependency in &package.dependencies {
            let dir = dependency.path.as_ref().and_then(|path| path.canonicalize().ok());
            if let Some(&to) = dir.and_then(|dir| by_dir.get(&dir)).filter(|&&to| to != from) {
                edges.push(Edge { from, to, kind: dependency.kind });
            }
        }
    }
    edges
}

/// The role of the folder that a package lies in, below its workspace or the scanned folder, whichever is further up.
fn by_place(root: &Path, package: &Package) -> Option<FileContext> {
    let below = |base: &Path| package.dir.strip_prefix(base).ok().map(Path::to_owned);
    let way = below(root).into_iter().chain(below(&package.workspace)).max_by_key(|way| way.iter().count())?;
    way.iter().find_map(|part| FOLDERS.iter().find(|(folder, _)| part == *folder).map(|&(_, role)| role))
}

/// Libraries that nobody can publish, for cargo asks for a description and a licence, and that tests or build scripts alone
/// depend on.
fn support(packages: &[Package], edges: &[Edge], roles: &mut [Option<FileContext>]) {
    let mut helpers: BTreeSet<usize> = BTreeSet::new();
    loop {
        let mut changed = false;
        for (at, package) in packages.iter().enumerate() {
            if roles.get(at) != Some(&None) || package.publishable || has_binary(package) {
                continue;
            }
            let role_of = |at: usize| roles.get(at).copied().flatten();
            let users: Vec<&Edge> = edges.iter().filter(|edge| edge.to == at).collect();
            let build = users.iter().any(|edge| edge.kind == DependencyKind::Build && role_of(edge.from).is_none());
            let tested = users.iter().any(|edge| edge.kind == DependencyKind::Dev && role_of(edge.from).is_none());
            let aside = users.iter().all(|edge| edge.kind != DependencyKind::Normal || role_of(edge.from).is_some());
            let handed_on =
                users.iter().any(|edge| edge.kind == DependencyKind::Normal && helpers.contains(&edge.from));
            // A package that is tested with the help of another is what is tested, though the other uses it.
            let tests_itself = edges.iter().any(|edge| {
                edge.from == at
                    && edge.kind == DependencyKind::Dev
                    && (role_of(edge.to).is_some() || uses(edges, edge.to, at))
            });
            if aside && !tests_itself && (build || tested || handed_on) {
                let role = if build { FileContext::BuildScript } else { FileContext::Test };
                if let Some(slot) = roles.get_mut(at) {
                    *slot = Some(role);
                    changed = helpers.insert(at);
                }
            }
        }
        if !changed {
            return;
        }
    }
}

fn uses(edges: &[Edge], from: usize, to: usize) -> bool {
    edges.iter().any(|edge| edge.from == from && edge.to == to && edge.kind == DependencyKind::Normal)
}

fn has_binary(package: &Package) -> bool {
    package.targets.iter().any(|target| target.kind == TargetKind::Bin)
}

/// Whether a package is an `xtask`: called so, with a binary that an alias of cargo's configuration runs.
fn is_tool(package: &Package) -> bool {
    if package.name != "xtask" || !has_binary(package) {
        return false;
    }
    let folders = [package.workspace.join(".cargo/config.toml"), package.workspace.join(".cargo/config")];
    let own = folders.iter().filter(|path| is_own(&package.workspace, path));
    let text = own.into_iter().find_map(|path| load_path(path, "config.toml", CONFIG_BYTES).ok());
    let config: Option<Table> = text.and_then(|text| toml::from_str(&text).ok());
    let aliases = config.as_ref().and_then(|config| config.get("alias")).and_then(Value::as_table);
    aliases.into_iter().flatten().any(|(_, alias)| {
        let words: Vec<&str> = match alias {
            Value::String(text) => text.split_whitespace().collect(),
            list => strings(Some(list)).collect(),
        };
        let named = words.windows(2).any(|pair| matches!(pair, ["-p" | "--package" | "--bin", "xtask"]));
        let glued = words.iter().any(|word| matches!(*word, "-pxtask" | "--package=xtask" | "--bin=xtask"));
        matches!(words.first(), Some(&("run" | "r"))) && (named || glued)
    })
}
