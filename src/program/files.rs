//! Finds and reads the files of a scan, or takes the standard input for one.

use rayon::prelude::*;

use super::{Look, LookError, Program};
use crate::source::load::decode;
use crate::source::{DEFAULT_FILE_BYTES, DiscoverRequest, FoundFile, discover, load, stdin_file};

/// Returns the files that could be read and their texts, sorted by path; what could not is a gap of `program`.
pub(super) fn read(request: &Look, program: &mut Program) -> Result<(Vec<FoundFile>, Vec<String>), LookError> {
    if let Some((name, bytes)) = &request.stdin {
        return Ok(match decode(name, bytes.clone()) {
            Ok(text) => (vec![stdin_file(name)], vec![text]),
            Err(gap) => {
                program.gaps.push(gap);
                unreadable(program);
                (Vec::new(), Vec::new())
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
    Ok((files, read))
}

fn unreadable(program: &mut Program) {
    program.coverage.files_with_errors += 1;
}
