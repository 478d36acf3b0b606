//! Reads files into text, within bounds. What cannot be read as text is a gap with its reason, never a panic.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::file::LineIndex;
use super::gap::{Gap, GapKind};
use super::walk::FoundFile;

/// The most bytes of a source file that are read unless the caller says otherwise: 32 MiB.
pub const DEFAULT_FILE_BYTES: u64 = 32 << 20;

/// The most that any limit can allow: 1 GiB, so that byte offsets fit in `u32`.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// Reads `file`, at most `limit` bytes of it; a byte order mark, CRLF and a shebang line are kept. Blocks on the disk.
///
/// # Errors
///
/// A gap with its reason where the file is no regular file (it is then never opened), larger than `limit`, not readable
/// or not UTF-8. A NUL is text to rustc, in a comment or a string, and so it is here.
pub fn load(file: &FoundFile, limit: u64) -> Result<String, Gap> {
    load_path(&file.absolute, &file.relative, limit)
}

/// As `load`, for a file that reports call `shown`.
///
/// # Errors
///
/// As `load`.
pub fn load_path(path: &Path, shown: &str, limit: u64) -> Result<String, Gap> {
    let limit = limit.min(MAX_FILE_BYTES);
    let metadata =
        fs::metadata(path).map_err(|error| Gap::new(GapKind::Unreadable, shown, format!("cannot be read: {error}")))?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a folder" } else { "a special file" };
        return Err(Gap::new(GapKind::Unreadable, shown, format!("not a regular file but {what}")));
    }
    if metadata.len() > limit {
        return Err(too_large(shown, limit));
    }
    let file =
        File::open(path).map_err(|error| Gap::new(GapKind::Unreadable, shown, format!("cannot be read: {error}")))?;
    bounded(file, shown, limit, metadata.len() as usize)
}

/// As `load`, from any reader, such as the standard input; memory is bounded by `limit`.
///
/// # Errors
///
/// As `load`.
pub fn load_from(reader: impl Read, shown: &str, limit: u64) -> Result<String, Gap> {
    bounded(reader, shown, limit.min(MAX_FILE_BYTES), 0)
}

/// Reads at most `limit` bytes; about `expected` of them, which saves growing.
fn bounded(reader: impl Read, shown: &str, limit: u64, expected: usize) -> Result<String, Gap> {
    let mut bytes = Vec::with_capacity(expected);
    // One byte more than allowed, to tell a file that grew since its size was asked.
    let read = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Gap::new(GapKind::Unreadable, shown, format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > limit {
        return Err(too_large(shown, limit));
    }
    decode(shown, bytes)
}

/// Turns `bytes` into text; O(n), in place.
///
/// # Errors
///
/// A gap where the bytes are not UTF-8, with the place of the first such byte.
pub fn decode(shown: &str, bytes: Vec<u8>) -> Result<String, Gap> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let valid = String::from_utf8_lossy(error.as_bytes().get(..at).unwrap_or_default());
        let position = LineIndex::new(&valid).position(&valid, at as u32);
        Gap::new(GapKind::NotUtf8, shown, format!("not valid UTF-8 at byte {at}")).at(position)
    })
}

fn too_large(shown: &str, limit: u64) -> Gap {
    Gap::new(GapKind::FileSizeLimit, shown, format!("larger than the limit of {limit} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Position;

    fn reason(bytes: &[u8]) -> (Option<Position>, String) {
        let gap = decode("x.rs", bytes.to_vec()).unwrap_err();
        (gap.position, gap.reason)
    }

    #[test]
    fn text_is_kept_byte_for_byte() {
        let text = "\u{feff}#!/usr/bin/env run\r\nfn main() {}\r\n";
        assert_eq!(decode("x.rs", text.as_bytes().to_vec()).unwrap(), text);
    }

    #[test]
    fn invalid_utf8_names_its_first_byte() {
        let at = Position { line: 2, column: 2 };
        assert_eq!(reason(b"// \xc3\xa4\na\xff\xfe"), (Some(at), "not valid UTF-8 at byte 7".to_owned()));
    }

    #[test]
    fn a_nul_is_text() {
        assert_eq!(decode("x.rs", b"// \0\nfn main() {}".to_vec()).unwrap(), "// \0\nfn main() {}");
    }

    #[test]
    fn a_stream_without_end_stops_at_the_limit() {
        let gap = load_from(std::io::repeat(b'/'), "<stdin>", 1000).unwrap_err();
        assert_eq!(gap.reason, "larger than the limit of 1000 bytes");
        assert_eq!(load_from(std::io::repeat(b'/').take(1000), "<stdin>", 1000).unwrap().len(), 1000);
    }

    #[test]
    fn a_huge_sparse_file_is_refused_by_its_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("huge.rs");
        File::create(&path).unwrap().set_len(200_000_000).unwrap();
        let started = std::time::Instant::now();
        let gap = load_path(&path, "huge.rs", DEFAULT_FILE_BYTES).unwrap_err();
        assert_eq!(gap.reason, "larger than the limit of 33554432 bytes");
        assert!(started.elapsed() < std::time::Duration::from_secs(1), "it was read");
    }

    #[test]
    fn a_folder_and_a_missing_file_are_gaps() {
        let dir = tempfile::tempdir().unwrap();
        let gap = load_path(dir.path(), "x.rs", 10).unwrap_err();
        assert_eq!(gap.reason, "not a regular file but a folder");
        let gap = load_path(&dir.path().join("none.rs"), "none.rs", 10).unwrap_err();
        assert!(gap.reason.starts_with("cannot be read: "), "{}", gap.reason);
    }

    /// A read error that does not depend on permissions, which root ignores.
    #[cfg(target_os = "linux")]
    #[test]
    fn an_error_while_reading_is_a_gap() {
        let gap = load_from(File::open("/proc/self/mem").unwrap(), "mem.rs", 10).unwrap_err();
        assert!(gap.reason.starts_with("cannot be read: "), "{}", gap.reason);
    }

    #[cfg(unix)]
    #[test]
    fn a_fifo_is_never_opened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pipe.rs");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        // Opening it would wait for a writer for ever.
        let gap = load_path(&path, "pipe.rs", 10).unwrap_err();
        assert_eq!(gap.reason, "not a regular file but a special file");
    }
}
