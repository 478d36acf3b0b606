//! Where a site is, in the columns that rustc and the surface share; and the crate's texts, to take parentheses off.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A whole expression: 1-based, columns in Unicode scalars, the end exclusive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) start: (u32, u32),
    pub(crate) end: (u32, u32),
}

/// The files of a crate.
pub(crate) struct Sources {
    root: PathBuf,
    files: BTreeMap<String, Text>,
}

struct Text {
    letters: Vec<char>,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Sources {
    /// Reads all Rust files below `root`. Blocks.
    pub(crate) fn read(root: &Path) -> Self {
        let mut sources = Self { root: root.to_owned(), files: BTreeMap::new() };
        sources.add(root);
        sources
    }

    fn add(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).expect("the crate's folder can be read") {
            let path = entry.expect("the crate's folder can be read").path();
            if path.is_dir() {
                self.add(&path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let bytes = std::fs::read(&path).expect("the crate's files can be read");
                let name = path.strip_prefix(&self.root).expect("below the root").to_string_lossy().replace('\\', "/");
                self.files.insert(name, Text::new(&String::from_utf8_lossy(&bytes)));
            }
        }
    }

    /// Returns the place of a span of rustc's, parentheses around the whole of it taken off; `None` outside the crate.
    pub(crate) fn place(&self, path: &str, start: (u32, u32), end: (u32, u32)) -> Option<Place> {
        let inside = Path::new(path).strip_prefix(&self.root).map_or(path, |rest| rest.to_str().unwrap_or(path));
        let text = self.files.get(inside)?;
        let (start, end) = text.bare(start, end);
        Some(Place { file: inside.to_owned(), start, end })
    }

    /// Returns what stands at `place`.
    pub(crate) fn text(&self, place: &Place) -> String {
        let text = self.files.get(&place.file);
        text.map_or_else(String::new, |text| {
            let range = text.offset(place.start)..text.offset(place.end);
            text.letters.get(range).unwrap_or_default().iter().collect()
        })
    }
}

impl Text {
    fn new(text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let ends = letters.iter().enumerate().filter(|(_, letter)| **letter == '\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Self { letters, lines }
    }

    fn offset(&self, (line, column): (u32, u32)) -> usize {
        let start = self.lines.get(line as usize - 1).copied().unwrap_or(self.letters.len());
        (start + column as usize - 1).min(self.letters.len())
    }

    fn at(&self, offset: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|&start| start <= offset);
        (line as u32, (offset - self.lines[line - 1]) as u32 + 1)
    }

    /// rustc's span of `(a + b)` holds the parentheses: here a site is what lies within them.
    fn bare(&self, start: (u32, u32), end: (u32, u32)) -> ((u32, u32), (u32, u32)) {
        let (mut from, mut to) = (self.offset(start), self.offset(end));
        while from + 1 < to && self.letters[from] == '(' && self.closing(from, to) == Some(to - 1) {
            from += 1;
            to -= 1;
            while from < to && self.letters[from].is_whitespace() {
                from += 1;
            }
            while from < to && self.letters[to - 1].is_whitespace() {
                to -= 1;
            }
        }
        (self.at(from), self.at(to))
    }

    fn closing(&self, from: usize, to: usize) -> Option<usize> {
        let mut depth = 0;
        (from..to).find(|&at| {
            depth += i32::from(self.letters[at] == '(') - i32::from(self.letters[at] == ')');
            depth == 0
        })
    }
}
