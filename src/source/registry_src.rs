//! Where cargo unpacked the sources of crates: `<cargo home>/registry/src/*/name-version`. Never asks cargo or the network.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::lockfile::{SIGNS, agrees, numbers};

/// The crates that cargo has unpacked. Each folder is listed once, when it is first asked for: a registry holds thousands.
#[derive(Debug, Default)]
pub struct RegistrySources {
    home: Option<PathBuf>,
    /// The folders of the registries, sorted.
    registries: OnceLock<Vec<PathBuf>>,
    /// The names of the folders in them, `name-version`, sorted; each with its registry.
    crates: OnceLock<Vec<(String, usize)>>,
}

impl RegistrySources {
    /// What lies below cargo's home, if there is one; reads nothing yet.
    pub fn new(cargo_home: Option<PathBuf>) -> Self {
        Self { home: cargo_home, ..Self::default() }
    }

    /// Tells whether cargo has a folder of registry sources at all. Blocks on the disk.
    pub fn is_there(&self) -> bool {
        self.home.as_deref().is_some_and(|home| sources(home).is_dir())
    }

    /// Returns the folder of `name` at `version`, the first by name where several registries have it. Blocks on the disk.
    pub fn exact(&self, name: &str, version: &str) -> Option<PathBuf> {
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte));
        // A lock file is the scanned project's: it must not name a folder elsewhere.
        if !plain(name) || !plain(version) {
            return None;
        }
        let package = format!("{name}-{version}");
        self.registries().iter().map(|registry| registry.join(&package)).find(|path| path.is_dir())
    }

    /// Returns the folder of `name` at `version`, or else of the newest version on disk that is compatible with it as cargo
    /// understands a requirement. Blocks on the disk.
    pub fn nearest(&self, name: &str, version: &str) -> Option<PathBuf> {
        let version = version.trim_start_matches(SIGNS);
        if let Some(exact) = self.exact(name, version) {
            return Some(exact);
        }
        let prefix = format!("{name}-");
        let all = self.crates();
        let from = all.partition_point(|(package, _)| *package < prefix);
        let here =
            all.iter().skip(from).map_while(|(package, registry)| Some((package.strip_prefix(&prefix)?, registry)));
        let fit = here.filter(|(found, _)| found.starts_with(|c: char| c.is_ascii_digit()) && agrees(version, found));
        // Of equals the later registry, and the later folder in it.
        let (_, registry, found) = fit.map(|(found, &registry)| (numbers(found), registry, found)).max()?;
        Some(self.registries().get(registry)?.join(format!("{prefix}{found}")))
    }

    fn registries(&self) -> &[PathBuf] {
        self.registries.get_or_init(|| {
            let folders = self.home.as_deref().and_then(|home| fs::read_dir(sources(home)).ok());
            let mut folders: Vec<PathBuf> = folders.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
            folders.sort();
            folders
        })
    }

    fn crates(&self) -> &[(String, usize)] {
        self.crates.get_or_init(|| {
            let listed =
                self.registries().iter().enumerate().filter_map(|(at, path)| Some((at, fs::read_dir(path).ok()?)));
            let names = listed.flat_map(|(at, folders)| {
                folders.flatten().filter_map(move |folder| Some((folder.file_name().into_string().ok()?, at)))
            });
            let mut crates: Vec<(String, usize)> = names.collect();
            crates.sort();
            crates
        })
    }
}

fn sources(home: &Path) -> PathBuf {
    home.join("registry/src")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_by_exact_version_and_never_outside() {
        let home = tempfile::tempdir().unwrap();
        let sources = home.path().join("registry/src/index.crates.io-1");
        fs::create_dir_all(sources.join("itoa-1.0.1")).unwrap();
        fs::create_dir_all(home.path().join("registry/elsewhere-1")).unwrap();
        let unpacked = RegistrySources::new(Some(home.path().to_owned()));
        assert!(unpacked.is_there());
        assert_eq!(unpacked.exact("itoa", "1.0.1"), Some(sources.join("itoa-1.0.1")));
        assert_eq!(unpacked.exact("itoa", "1.0.2"), None);
        assert_eq!(unpacked.exact("../../elsewhere", "1"), None);
        let none = RegistrySources::new(Some(home.path().join("none")));
        assert_eq!((none.is_there(), none.exact("itoa", "1.0.1"), none.nearest("itoa", "1")), (false, None, None));
    }

    #[test]
    fn else_the_newest_compatible_version_of_any_registry_is_taken() {
        let home = tempfile::tempdir().unwrap();
        let sources = home.path().join("registry/src");
        for folder in ["a/itoa-1.0.9", "b/itoa-1.0.11", "a/itoa-2.0.0", "a/itoa-core-1.9.9", "a/itoa-0.4.8", "a/itoa"] {
            fs::create_dir_all(sources.join(folder)).unwrap();
        }
        let unpacked = RegistrySources::new(Some(home.path().to_owned()));
        assert_eq!(unpacked.nearest("itoa", "^1.0.2"), Some(sources.join("b/itoa-1.0.11")));
        assert_eq!(unpacked.nearest("itoa", "=1.0.9"), Some(sources.join("a/itoa-1.0.9")));
        assert_eq!(unpacked.nearest("itoa", "0.4"), Some(sources.join("a/itoa-0.4.8")));
        assert_eq!(unpacked.nearest("itoa", "3"), None);
    }
}
