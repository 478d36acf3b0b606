//! What `Cargo.lock` pins. Where the sources of it lie is `registry_src.rs`'s business.

use std::env;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::boundary::is_own;
use super::load::load_path;
use super::paths::checkout_of;

/// The most bytes of a lock file that are read.
const LOCK_BYTES: u64 = 16 << 20;

/// What a requirement can begin with.
pub(super) const SIGNS: [char; 5] = ['^', '=', '~', '>', ' '];

/// What stands between the parts of a version.
const SEPARATORS: [char; 5] = ['.', '-', '+', ',', ' '];

/// One package that a lock file pins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Locked {
    /// The package's name.
    pub name: String,
    /// Its exact version.
    pub version: String,
    /// Whether it comes from a registry, rather than from a path or a repository.
    pub registry: bool,
}

/// Returns the nearest `Cargo.lock` in `dir` or above it. Blocks on the disk.
pub fn nearest_lock(dir: &Path) -> Option<PathBuf> {
    let checkout = checkout_of(dir);
    let within = dir.ancestors().take_while(|above| checkout.is_none_or(|checkout| above.starts_with(checkout)));
    let locks = within.map(|above| (above, above.join("Cargo.lock")));
    locks.filter(|(above, path)| path.is_file() && is_own(above, path)).map(|(_, path)| path).next()
}

/// Returns what the nearest `Cargo.lock` in `dir` or above it pins, sorted; nothing where there is none or it cannot be
/// read. `dir` should be absolute. Blocks on the disk.
pub fn locked_dependencies(dir: &Path) -> Vec<Locked> {
    let text = nearest_lock(dir).and_then(|path| load_path(&path, "Cargo.lock", LOCK_BYTES).ok());
    let lock: Lock = text.and_then(|text| toml::from_str(&text).ok()).unwrap_or_default();
    let mut locked: Vec<Locked> = lock.package.into_iter().filter_map(locked).collect();
    locked.sort();
    locked
}

/// A lock file, as far as it is asked for: it can be the longest text of a small scan.
#[derive(Default, Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: Option<String>,
    version: Option<String>,
    source: Option<String>,
}

fn locked(entry: Entry) -> Option<Locked> {
    // `sparse+https://…` is a registry with another protocol.
    let registry = entry.source.is_some_and(|from| from.starts_with("registry+") || from.starts_with("sparse+"));
    Some(Locked { name: entry.name?, version: entry.version?, registry })
}

/// Returns cargo's home: `$CARGO_HOME`, else `.cargo` in the user's home.
pub fn cargo_home() -> Option<PathBuf> {
    let set = env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    set.or_else(|| Some(env::home_dir()?.join(".cargo")))
}

/// Tells whether `version` can be what `requirement` asks for: the numbers agree up to the first that is not zero.
pub fn agrees(requirement: &str, version: &str) -> bool {
    let wanted = requirement.trim_start_matches(SIGNS).split(SEPARATORS).map_while(|part| part.parse::<u64>().ok());
    for (wanted, found) in wanted.zip(numbers(version)) {
        if wanted != found || wanted != 0 {
            return wanted == found;
        }
    }
    true
}

/// Major, minor and patch; what is missing is 0.
pub(super) fn numbers(version: &str) -> [u64; 3] {
    let mut parts = version.split(SEPARATORS).map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_lock_file_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("member/src");
        fs::create_dir_all(&inner).unwrap();
        let lock = "version = 4\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n\
            [[package]]\nname = \"itoa\"\nversion = \"1.0.1\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
            [[package]]\nname = \"forked\"\nversion = \"2.0.0\"\nsource = \"git+https://example.org/forked#abc\"\n";
        fs::write(dir.path().join("Cargo.lock"), lock).unwrap();
        let found = locked_dependencies(&inner);
        let found: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.version.as_str(), it.registry)).collect();
        assert_eq!(found, [("forked", "2.0.0", false), ("itoa", "1.0.1", true), ("own", "0.1.0", false)]);
        fs::write(dir.path().join("member/Cargo.lock"), "= broken").unwrap();
        assert_eq!(locked_dependencies(&inner), []);
    }

    #[test]
    fn a_requirement_asks_for_numbers_up_to_the_first_that_is_not_zero() {
        let fits = [
            ("1.2", "1.9.3"),
            ("0.3", "0.3.7"),
            ("0", "0.4.1"),
            ("*", "3.0.0"),
            ("=0.0.3", "0.0.3"),
            (">=1, <3", "1.4.0"),
        ];
        for (wanted, version) in fits {
            assert!(agrees(wanted, version), "{wanted} {version}");
        }
        for (wanted, version) in [("1.2", "2.0.0"), ("0.3.1", "0.4.0"), ("0.0.3", "0.0.4"), ("1.0.0-rc.1", "0.9.0")] {
            assert!(!agrees(wanted, version), "{wanted} {version}");
        }
    }
}
