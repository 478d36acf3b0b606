//! What a scanned repository may make the program read: regular files within it, up to a size, through no link that leaves it.
//! Files that a user names are the user's own, whatever they lead to.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::paths::checkout_of;

/// The most bytes of a configuration or a pack that are read: 1 MiB.
const TEXT_BYTES: u64 = 1 << 20;

/// The most bytes of another file that the user names: 64 MiB.
const GIVEN_BYTES: u64 = 64 << 20;

/// Whose choice it is which text file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextSource {
    /// The user named it.
    User,
    /// Something in the repository in this folder did.
    Repository(PathBuf),
}

impl TextSource {
    /// The repository that the file at `path` lies in; without one the file's own folder. Blocks on the disk.
    pub fn repository_of(path: &Path) -> Self {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Self::Repository(checkout_of(&folder).map_or_else(|| folder.clone(), Path::to_owned))
    }

    /// Reads the TOML file at `path` as UTF-8. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is no regular file or too large, is not UTF-8, or is not the repository's to name.
    pub fn read_toml(&self, path: &Path) -> io::Result<String> {
        if let Self::Repository(folder) = self {
            within(folder, path)?;
        }
        bounded(path, TEXT_BYTES)
    }
}

/// Reads the text file at `path`, which the user named: evidence, say. Blocks on the disk.
///
/// # Errors
///
/// When it cannot be read, is no regular file, is larger than 64 MiB or not UTF-8.
pub fn read_given(path: &Path) -> io::Result<String> {
    bounded(path, GIVEN_BYTES)
}

/// Tells whether the file at `path` lies, once links are resolved, in the checkout that `folder` lies in, or without one in
/// `folder` itself. Blocks on the disk.
pub(super) fn is_own(folder: &Path, path: &Path) -> bool {
    let Ok(real) = path.canonicalize() else { return false };
    let Ok(folder) = folder.canonicalize() else { return false };
    real.starts_with(checkout_of(&folder).unwrap_or(&folder))
}

/// Refuses what lies outside `folder` once links are resolved, what git keeps (credentials are among it), and what is called
/// otherwise than a TOML file: its lines would be shown where they are wrong.
fn within(folder: &Path, path: &Path) -> io::Result<()> {
    let refused = |why: &str| Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    let real = path.canonicalize()?;
    let Ok(inside) = real.strip_prefix(folder.canonicalize()?) else {
        return refused("it lies outside the repository, whose files alone its configuration may name");
    };
    if inside.iter().any(|part| part == ".git") {
        return refused("it is git's own");
    }
    if real.extension().is_none_or(|end| end != "toml") {
        return refused("it is not a .toml file");
    }
    Ok(())
}

/// Reads at most `limit` bytes of the regular file at `path`.
fn bounded(path: &Path, limit: u64) -> io::Result<String> {
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
    let regular = |is_file: bool| if is_file { Ok(()) } else { Err(invalid("it is not a regular file".into())) };
    // Asked before it is opened: opening a pipe waits for a writer.
    regular(fs::metadata(path)?.is_file())?;
    let file = File::open(path)?;
    regular(file.metadata()?.is_file())?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(invalid(format!("it is larger than {limit} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(source: &TextSource, path: &Path) -> String {
        source.read_toml(path).map_or_else(|error| error.to_string(), |text| format!("read: {text}"))
    }

    #[test]
    fn a_repository_reads_its_own_toml_files_alone() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        for (path, text) in [
            ("secret.toml", "token"),
            ("p/.git/config.toml", "token"),
            ("p/auditor.toml", "mine"),
            ("p/packs/a.toml", "pack"),
            ("p/.env", "token"),
        ] {
            fs::create_dir_all(at(path).parent().unwrap()).unwrap();
            fs::write(at(path), text).unwrap();
        }
        fs::write(at("p/large.toml"), vec![b' '; TEXT_BYTES as usize + 1]).unwrap();
        let own = TextSource::repository_of(&at("p/packs/a.toml"));
        assert_eq!(own, TextSource::Repository(at("p").canonicalize().unwrap()));
        assert_eq!(why(&own, &at("p/packs/../auditor.toml")), "read: mine");
        assert_eq!(why(&own, &at("p/packs/a.toml")), "read: pack");
        assert!(why(&own, &at("p/../secret.toml")).starts_with("it lies outside the repository"));
        assert_eq!(why(&own, &at("p/.git/config.toml")), "it is git's own");
        assert_eq!(why(&own, &at("p/.env")), "it is not a .toml file");
        assert_eq!(why(&own, &at("p/large.toml")), "it is larger than 1048576 bytes");
        assert_eq!(why(&TextSource::User, &at("secret.toml")), "read: token");
        assert_eq!(why(&TextSource::User, dir.path()), "it is not a regular file");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_special_files_are_judged_by_what_they_lead_to() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        fs::create_dir_all(at("p/.git")).unwrap();
        fs::write(at("secret.toml"), "token").unwrap();
        fs::write(at("p/a.toml"), "mine").unwrap();
        for (to, link) in [("../secret.toml", "p/out.toml"), ("a.toml", "p/in.toml"), ("/dev/zero", "p/zero.toml")] {
            std::os::unix::fs::symlink(to, at(link)).unwrap();
        }
        assert!(std::process::Command::new("mkfifo").arg(at("p/pipe.toml")).status().unwrap().success());
        let own = TextSource::repository_of(&at("p/a.toml"));
        assert!(why(&own, &at("p/out.toml")).starts_with("it lies outside the repository"));
        assert!(why(&own, &at("p/zero.toml")).starts_with("it lies outside the repository"));
        assert_eq!(why(&own, &at("p/in.toml")), "read: mine");
        assert_eq!(why(&own, &at("p/pipe.toml")), "it is not a regular file");
        assert_eq!(why(&TextSource::User, Path::new("/dev/zero")), "it is not a regular file");
    }
}
