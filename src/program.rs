//! Temporary: the smallest `look` that reads files and finds no sites. The program column replaces this file.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::Program;
use crate::finding::{Coverage, Pattern};
use crate::source::{FileId, Gap, LineIndex, SourceFile};

/// What is to be looked at.
pub struct Look {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// A name and bytes to look at instead.
    pub stdin: Option<(String, Vec<u8>)>,
    /// Globs relative to the root.
    pub exclude: Vec<String>,
    /// How many threads.
    pub jobs: Option<usize>,
    /// Users' own rules.
    pub patterns: Vec<Pattern>,
    /// Called with what is done and the total.
    pub progress: Option<Arc<dyn Fn(u64, u64) + Send + Sync>>,
}

/// Why nothing could be looked at.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// A path that is not there.
    #[error("cannot read {}: {source}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Reads the files.
///
/// # Errors
/// When a path is not there.
pub fn look(request: &Look) -> Result<Program, LookError> {
    let mut program = Program::default();
    let mut found: Vec<(String, Vec<u8>)> = request.stdin.iter().cloned().collect();
    for root in &request.paths {
        let metadata = root.metadata().map_err(|source| LookError::Path { path: root.clone(), source })?;
        for entry in ignore::Walk::new(root).flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|kind| kind == "rs") && path.is_file() {
                let base = if metadata.is_dir() { root.as_path() } else { root.parent().unwrap_or(Path::new("")) };
                let name = path.strip_prefix(base).unwrap_or(path).display().to_string();
                let mut bytes = Vec::new();
                if std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).is_ok() {
                    found.push((name, bytes));
                }
            }
        }
    }
    found.sort();
    for (path, bytes) in found {
        match String::from_utf8(bytes) {
            Err(_) => program.gaps.push(Gap { path, position: None, reason: "not valid UTF-8".into() }),
            Ok(text) => {
                let lines = LineIndex::new(&text);
                let id = FileId(program.files.len() as u32);
                program.files.push(SourceFile { id, path, text, lines, comments: Vec::new() });
            }
        }
    }
    program.coverage = Coverage { files: program.files.len() as u64, ..Coverage::default() };
    Ok(program)
}
