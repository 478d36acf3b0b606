//! Finds `core::panic::Location` values in the data of a compiled file. They survive stripping, for a panic prints them.

use super::image::{Image, Section};

/// No path of a source is longer.
const MOST_PATH: u64 = 4096;
/// No line or column is above it; what looks like one is other data.
const MOST_LINE: u64 = 1 << 24;

/// A place in a source that a panic of the program can name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PanicLocation {
    /// The path as the compiler was given it.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in Unicode scalar values.
    pub column: u32,
}

/// Returns every value in the sections of `image` that reads as a location. O(bytes of the sections).
///
/// The compiler lays one out as a pointer to the path, its length, line and column (`library/core/src/panic/location.rs`). Two
/// numbers above zero behind a length, behind a pointer to exactly a path's text: nothing else that a Rust program holds looks so.
pub(super) fn locations(image: &Image<'_>) -> Vec<PanicLocation> {
    image.sections.iter().flat_map(|section| in_section(image, *section)).collect()
}

fn in_section<'i>(image: &'i Image<'_>, section: Section<'i>) -> impl Iterator<Item = PanicLocation> + 'i {
    let word = image.word;
    let size = 2 * word + 8;
    // Sections of objects and of linked files are aligned to a pointer where they hold one.
    // auditor: allow(panicking-api) a pointer has four or eight bytes
    let skip = (section.address.next_multiple_of(word as u64) - section.address) as usize;
    // auditor: allow(panicking-api) a pointer has four or eight bytes
    let windows = (skip..section.data.len()).step_by(word);
    windows.filter_map(move |offset| {
        let bytes = section.data.get(offset..offset.checked_add(size)?)?;
        at(image, section.address.checked_add(offset as u64)?, bytes)
    })
}

fn at(image: &Image<'_>, address: u64, bytes: &[u8]) -> Option<PanicLocation> {
    let word = image.word;
    let length = image.number(bytes.get(word..)?, word)?;
    let line = image.number(bytes.get(2 * word..)?, 4)?;
    let column = image.number(bytes.get(2 * word + 4..)?, 4)?;
    let plausible =
        (1..=MOST_PATH).contains(&length) && (1..=MOST_LINE).contains(&line) && (1..=MOST_LINE).contains(&column);
    if !plausible {
        return None;
    }
    let completed = |offset: usize| image.is_completed(address.wrapping_add(offset as u64));
    if completed(word) || completed(2 * word) {
        return None;
    }
    let start = image.pointer(address, image.number(bytes, word)?)?;
    let file = path(image, start, length as usize)?;
    Some(PanicLocation { file, line: line as u32, column: column as u32 })
}

/// Reads the path of `length` bytes at `start`: of a Rust file, or of an included one, which newer compilers end with a zero byte.
fn path(image: &Image<'_>, start: u64, length: usize) -> Option<String> {
    let text = std::str::from_utf8(image.bytes(start, length)?).ok()?;
    if text.chars().any(char::is_control) {
        return None;
    }
    let ends = || image.bytes(start, length + 1).is_some_and(|bytes| bytes.last() == Some(&0));
    let extension = text.rsplit(['/', '\\']).next()?.rsplit_once('.').map(|(_, extension)| extension)?;
    (extension == "rs" || (!extension.is_empty() && ends())).then(|| text.to_owned())
}
