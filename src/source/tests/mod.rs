//! Discovery on real folders that the tests build: packages in `packages.rs`, the walk and its gaps in `files.rs`.

mod files;
mod packages;

use std::fs;
use std::path::PathBuf;

use super::*;

/// A folder of files that is removed at the end.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            tree.add(path, text);
        }
        tree
    }

    fn add(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn try_scan(&self, paths: &[&str], exclude: &[&str]) -> Result<Discovery, DiscoverError> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| self.path(path)).collect();
        let exclude: Vec<String> = exclude.iter().map(|&glob| glob.to_owned()).collect();
        discover(&DiscoverRequest { exclude: &exclude, ..DiscoverRequest::all(&paths) })
    }

    fn scan(&self) -> Discovery {
        self.try_scan(&[""], &[]).unwrap()
    }
}

fn names(found: &Discovery) -> Vec<&str> {
    found.files.iter().map(|file| file.relative.as_str()).collect()
}

fn contexts(found: &Discovery) -> Vec<(&str, &str)> {
    found.files.iter().map(|file| (file.relative.as_str(), file.context.as_str())).collect()
}

fn gaps(found: &Discovery) -> Vec<(&str, &str)> {
    found.gaps.iter().map(|gap| (gap.path.as_str(), gap.reason.as_str())).collect()
}
