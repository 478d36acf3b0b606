//! Finds and reads the files of a scan, or takes the standard input for one.

use rayon::prelude::*;

use super::{Look, LookError, Program};
use crate::source::load::decode;
use crate::source::{DEFAULT_FILE_BYTES, DiscoverRequest, FoundFile, Package, discover, load, stdin_file};

/// What was found and read.
#[derive(Default)]
pub(super) struct Found {
    /// The files that could be read, sorted by path.
    pub(super) files: Vec<FoundFile>,
    /// Their texts.
    pub(super) texts: Vec<String>,
    /// The packages they belong to.
    pub(super) packages: Vec<Package>,
}

/// Returns the files that could be read and their texts, sorted by path; what could not is a gap of `program`.
pub(super) fn read(request: &Look, program: &mut Program) -> Result<Found, LookError> {
    if let Some((name, bytes)) = &request.stdin {
        return Ok(match decode(name, bytes.clone()) {
            Ok(text) => Found { files: vec![stdin_file(name)], texts: vec![text], packages: Vec::new() },
            Err(gap) => {
                program.gaps.push(gap);
                unreadable(program);
                Found::default()
            }
        });
    }
    let discovery = discover(&DiscoverRequest { paths: &request.paths, exclude: &request.exclude })?;
    program.root = discovery.root;
    program.gaps = discovery.gaps;
    let texts: Vec<_> = discovery.files.par_iter().map(|file| load(file, DEFAULT_FILE_BYTES)).collect();
    let (mut files, mut read) = (Vec::with_capacity(texts.len()), Vec::with_capacity(texts.len()));
    for (file, text) in discovery.files.into_iter().zip(texts) {
        match text {
            Ok(text) => {
                files.push(file);
                read.push(text);
            }
            Err(gap) => {
                program.gaps.push(gap);
                unreadable(program);
            }
        }
    }
    Ok(Found { files, texts: read, packages: discovery.packages })
}

fn unreadable(program: &mut Program) {
    program.coverage.files_with_errors += 1;
}
