//! Finds and reads the files of a scan and what surrounds them; the standard input stands in for a file.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Program, ScanError, ScanRequest};
use crate::source::{
    DEFAULT_FILE_BYTES, DiscoverRequest, Discovery, FoundFile, Gap, Package, Scope, add_context, discover, load,
    load_from, stdin_file,
};

/// What was found and read.
#[derive(Default)]
pub(super) struct Found {
    /// The files that could be read: those that are asked for, sorted by path, then those that give them context.
    pub(super) files: Vec<FoundFile>,
    /// How many are asked for.
    pub(super) asked: usize,
    /// Their texts.
    pub(super) texts: Vec<String>,
    /// The packages they belong to.
    pub(super) packages: Vec<Package>,
    /// What their paths are relative to.
    pub(super) root: PathBuf,
    /// What was asked for.
    pub(super) scope: Option<Scope>,
}

/// Returns the files that could be read and their texts; what was asked for and could not is a gap of `program`.
pub(super) fn read(request: &ScanRequest, program: &mut Program) -> Result<Found, ScanError> {
    let (mut discovery, wanted) = if let Some((name, _)) = &request.stdin {
        stands_in(name)?
    } else {
        let wanted =
            DiscoverRequest { paths: &request.paths, exclude: &request.exclude, root: request.root.as_deref() };
        (discover(&wanted)?, wanted)
    };
    let asked = add_context(&mut discovery, &wanted, &|kind| request.dependencies.wants(kind));
    let text = |(at, file): (usize, &FoundFile)| match &request.stdin {
        Some((name, bytes)) if at == 0 => load_from(bytes.as_slice(), name, DEFAULT_FILE_BYTES),
        _ => load(file, DEFAULT_FILE_BYTES),
    };
    let texts: Vec<Result<String, Gap>> = discovery.files.par_iter().enumerate().map(text).collect();
    program.root.clone_from(&discovery.root);
    program.gaps = discovery.gaps;
    let (packages, root, scope) = (discovery.packages, discovery.root, discovery.scope);
    let mut found = Found { packages, root, scope, ..Found::default() };
    for (at, (file, text)) in discovery.files.into_iter().zip(texts).enumerate() {
        match text {
            Ok(text) => {
                found.asked += usize::from(at < asked);
                found.files.push(file);
                found.texts.push(text);
            }
            Err(gap) if at < asked => {
                program.gaps.push(gap.within(vec![file.context.as_str()]));
                program.coverage.files_with_errors += 1;
            }
            Err(_) => {}
        }
    }
    Ok(found)
}

/// Finds the file that a text called `name` is read in place of: the one of that name, else one without a package.
fn stands_in(name: &str) -> Result<(Discovery, DiscoverRequest<'static>), ScanError> {
    let mut discovery = if Path::new(name).is_file() {
        discover(&DiscoverRequest::all(&[PathBuf::from(name)]))?
    } else {
        Discovery {
            root: PathBuf::new(),
            packages: Vec::new(),
            files: vec![stdin_file(name)],
            gaps: Vec::new(),
            scope: None,
        }
    };
    // Reports call it what its user does, from where its user stands.
    discovery.root = PathBuf::new();
    discovery.scope = None;
    for file in &mut discovery.files {
        name.clone_into(&mut file.relative);
    }
    Ok((discovery, DiscoverRequest::all(&[])))
}
