//! The file that `--output` names: written whole or not at all, and never through a link that the scanned checkout holds.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use tempfile::Builder;

use crate::source::checkout_of;

/// Runs `write` on what becomes the file at `path`. A device or a pipe is written to as it is. Blocks on the disk.
///
/// # Errors
///
/// When the system says so, or a folder on the way is a link within the checkout that `path` lies in. The file is then as it was.
pub(super) fn write(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let place = without_links(path)?;
    // `/dev/stdout` and the like; what a checkout holds under the name of one is no device.
    if fs::metadata(&place.path).is_ok_and(|data| !data.is_file()) && !place.in_checkout {
        return write(&mut OpenOptions::new().write(true).open(&place.path)?);
    }
    let folder = place.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut fresh = in_folder(folder)?;
    write(fresh.as_file_mut())?;
    fresh.persist(&place.path)?;
    Ok(())
}

/// Replaces what the file at `path` holds, all of it or nothing; its rights stay. Blocks on the disk.
///
/// # Errors
///
/// As `write`, and where the file is not there.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let place = without_links(path)?;
    let rights = fs::metadata(&place.path)?.permissions();
    let folder = place.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut fresh = in_folder(folder)?;
    fresh.write_all(bytes)?;
    fresh.as_file().set_permissions(rights)?;
    fresh.persist(&place.path)?;
    Ok(())
}

/// A new file of a name that nobody can know, with the rights that any new file has.
fn in_folder(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".auditor-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Where a file is written.
struct Place {
    path: PathBuf,
    in_checkout: bool,
}

/// Returns the place that `path` names. In the checkout around the user's folder no folder on the way is a link; one at the end
/// gives way to the file. Outside it links are the user's own.
fn without_links(path: &Path) -> io::Result<Place> {
    let here = Path::new(".").canonicalize()?;
    let checkout = checkout_of(&here).unwrap_or(&here);
    let mut at = if path.is_absolute() { PathBuf::new() } else { here.clone() };
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        match part {
            Component::ParentDir => {
                at.pop();
            }
            Component::CurDir => {}
            part => at.push(part),
        }
        let inside = at.starts_with(checkout) && at != checkout;
        if parts.peek().is_some() && inside && at.is_symlink() {
            let why = format!("{} is a link in the checkout: it is not followed", at.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        // Outside, a link to a folder leads where the system says.
        if !inside && at.is_symlink() && parts.peek().is_some() {
            at = at.canonicalize()?;
        }
    }
    let in_checkout = at.starts_with(checkout);
    // Outside, a file that is a link is written where it leads, as any program does.
    let path = if in_checkout { at } else { at.canonicalize().unwrap_or(at) };
    Ok(Place { path, in_checkout })
}
