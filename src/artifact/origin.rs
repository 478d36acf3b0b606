//! Whose code a location is in: the path says which crate, and which version of it.

/// Whose code a path names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The program's own sources, or a path dependency's.
    Own,
    /// `core`, `alloc`, `std` and what else the toolchain ships.
    Std {
        /// The library's name.
        name: String,
    },
    /// A crate from a registry, or one that std was built with.
    Registry {
        /// The package's name.
        name: String,
        /// Its version.
        version: String,
    },
    /// A crate from a git repository.
    Git {
        /// The folder that cargo checked it out in, without the hash.
        name: String,
        /// The abbreviated commit.
        revision: String,
    },
    /// A file that a build script wrote.
    Generated {
        /// The package's name.
        name: String,
    },
}

impl Origin {
    /// Returns the word that reports use for the kind of origin.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Std { .. } => "std",
            Self::Registry { .. } => "registry",
            Self::Git { .. } => "git",
            Self::Generated { .. } => "generated",
        }
    }

    /// Returns the name that a table shows.
    pub fn name(&self) -> &str {
        match self {
            Self::Own => "own sources",
            Self::Std { name } | Self::Registry { name, .. } | Self::Git { name, .. } | Self::Generated { name } => {
                name
            }
        }
    }

    /// Returns the version or the commit.
    pub fn version(&self) -> Option<&str> {
        match self {
            Self::Registry { version, .. } => Some(version),
            Self::Git { revision, .. } => Some(revision),
            _ => None,
        }
    }
}

/// Reads whose code the file at `path` is, from the folders that cargo and the toolchain use. Either separator counts.
pub fn origin(path: &str) -> Origin {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    if let Some(at) = position(&parts, &["rustc"])
        && let [_, _, "library", name, ..] = parts.get(at..).unwrap_or_default()
    {
        return Origin::Std { name: (*name).to_owned() };
    }
    // A toolchain's own sources, as `-Zbuild-std` and distributions compile them.
    if let Some(at) = position(&parts, &["rust", "library"]).or_else(|| position(&parts, &["src", "rust", "library"]))
        && let Some(name) = parts.get(at..).and_then(|rest| rest.iter().skip_while(|part| **part != "library").nth(1))
    {
        return Origin::Std { name: (*name).to_owned() };
    }
    let of_registry = position(&parts, &["registry", "src"]).and_then(|at| parts.get(at + 3));
    let of_std = position(&parts, &["rust", "deps"]).and_then(|at| parts.get(at + 2));
    if let Some((name, version)) = of_registry.or(of_std).and_then(|folder| name_and_version(folder)) {
        return Origin::Registry { name: name.to_owned(), version: version.to_owned() };
    }
    if let Some(at) = position(&parts, &["git", "checkouts"])
        && let [_, _, folder, revision, ..] = parts.get(at..).unwrap_or_default()
    {
        let name = folder.rsplit_once('-').map_or(*folder, |(name, _)| name);
        return Origin::Git { name: name.to_owned(), revision: (*revision).to_owned() };
    }
    let build = parts.windows(3).find(|three| matches!(three, ["build", _, "out"]));
    if let Some((name, _)) = build.and_then(|three| three.get(1)).and_then(|folder| folder.rsplit_once('-')) {
        return Origin::Generated { name: name.to_owned() };
    }
    Origin::Own
}

/// Where `wanted` stand in a row.
fn position(parts: &[&str], wanted: &[&str]) -> Option<usize> {
    // auditor: allow(panicking-api) every caller wants one part at least
    parts.windows(wanted.len()).position(|window| window == wanted)
}

/// Takes `serde_json-1.0.154` apart: the version begins at the first number with a dot behind a hyphen.
fn name_and_version(folder: &str) -> Option<(&str, &str)> {
    folder.match_indices('-').find_map(|(at, _)| {
        let (name, version) = (folder.get(..at)?, folder.get(at + 1..)?);
        let (major, _) = version.split_once('.')?;
        let is_number = !major.is_empty() && major.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && !name.is_empty()).then_some((name, version))
    })
}

#[cfg(test)]
mod tests {
    use super::{Origin, origin};

    #[test]
    fn paths_name_their_crate_and_version() {
        let registry = |name: &str, version: &str| Origin::Registry { name: name.into(), version: version.into() };
        let std = |name: &str| Origin::Std { name: name.into() };
        let cases = [
            ("src/main.rs", Origin::Own),
            ("crates/core/src/lib.rs", Origin::Own),
            ("/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/fmt/mod.rs", std("core")),
            ("/usr/lib/rustlib/src/rust/library/std/src/io/mod.rs", std("std")),
            (
                "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/serde_json-1.0.154/src/de.rs",
                registry("serde_json", "1.0.154"),
            ),
            (
                r"C:\Users\me\.cargo\registry\src\index.crates.io-6f17\time-0.3.0-rc.1\src\lib.rs",
                registry("time", "0.3.0-rc.1"),
            ),
            ("/cargo/registry/src/github.com-1ecc6299db9ec823/md-5-0.10.6/src/lib.rs", registry("md-5", "0.10.6")),
            ("/rust/deps/hashbrown-0.16.1/src/raw/mod.rs", registry("hashbrown", "0.16.1")),
            (
                "/h/.cargo/git/checkouts/tokio-377c595163f99a10/d5a1c2f/tokio/src/lib.rs",
                Origin::Git { name: "tokio".into(), revision: "d5a1c2f".into() },
            ),
            (
                "/w/target/release/build/my-parser-0a1b2c3d/out/grammar.rs",
                Origin::Generated { name: "my-parser".into() },
            ),
        ];
        for (path, expected) in cases {
            assert_eq!(origin(path), expected, "{path}");
        }
    }
}
