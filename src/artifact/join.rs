//! Panic locations against the sites of a scan: what the optimizer removed, what it left, and what the scan did not know.

use rustc_hash::FxHashMap;

use super::location::PanicLocation;
use super::origin::{Origin, origin};
use crate::finding::Site;
use crate::source::{SourceFile, Span};

/// What became of the sites of a scan in a compiled program.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Join<'a> {
    /// Locations with their site, in the order of the locations.
    pub remaining: Vec<(&'a PanicLocation, &'a Site)>,
    /// Sites without a location: the optimizer proved them away, the linker dropped their function, or nothing calls it.
    pub removed: Vec<&'a Site>,
    /// Locations in scanned files at which the scan has no site, each with what stands there.
    pub unknown: Vec<(&'a PanicLocation, NoSite)>,
    /// Locations in files that were not scanned.
    pub outside: Vec<&'a PanicLocation>,
}

/// Why a scan has no site where a program has a location, as far as the text there tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSite {
    /// The body of an async function or block: the compiler ends a program that resumes it after its end.
    AsyncBody,
    /// A call: what is called hands the place of its caller on (`#[track_caller]`), and can panic itself.
    Call,
    /// An attribute or a derive made the code.
    Attribute,
    /// Something else: the scan missed it, or the sources are not those that were compiled.
    Missed,
}

impl NoSite {
    /// Returns the word that JSON uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AsyncBody => "async-body",
            Self::Call => "call",
            Self::Attribute => "attribute",
            Self::Missed => "missed",
        }
    }
}

/// Joins `locations` with those of `sites` that `can_panic`. `root` is what the files' paths are relative to, as an absolute path with
/// `/`: a compiler that was not started there wrote paths that begin with it, or with another folder.
/// O(sites + locations · sites of a line's neighbourhood).
pub fn join<'a>(
    locations: &'a [PanicLocation],
    root: &str,
    files: &'a [SourceFile],
    sites: &'a [Site],
    can_panic: impl Fn(&Site) -> bool,
) -> Join<'a> {
    let panicking: Vec<&Site> = sites.iter().filter(|site| can_panic(site)).collect();
    let paths = Paths::new(root, files);
    let covers = Covers::new(&panicking);
    let mut is_left = vec![false; panicking.len()];
    let mut joined = Join::default();
    for location in locations {
        let Some(file) = paths.find(&location.file) else {
            joined.outside.push(location);
            continue;
        };
        let at = offset(file, location).and_then(|offset| covers.innermost(Span::new(file.id, offset, offset)));
        match at.and_then(|at| Some((at, *panicking.get(at)?))) {
            Some((at, site)) => {
                joined.remaining.push((location, site));
                if let Some(left) = is_left.get_mut(at) {
                    *left = true;
                }
            }
            None => joined.unknown.push((location, no_site(file, location))),
        }
    }
    joined.removed = panicking.iter().zip(is_left).filter(|(_, left)| !left).map(|(site, _)| *site).collect();
    joined
}

/// The scanned files by what a compiler may call them.
struct Paths<'a> {
    root: String,
    by_path: FxHashMap<&'a str, &'a SourceFile>,
    /// By the last part of the path.
    by_name: FxHashMap<&'a str, Vec<&'a SourceFile>>,
}

impl<'a> Paths<'a> {
    fn new(root: &str, files: &'a [SourceFile]) -> Self {
        let mut by_name: FxHashMap<&str, Vec<&SourceFile>> = FxHashMap::default();
        for file in files {
            by_name.entry(name(&file.path)).or_default().push(file);
        }
        let by_path = files.iter().map(|file| (file.path.as_str(), file)).collect();
        Self { root: format!("{}/", root.trim_end_matches('/')), by_path, by_name }
    }

    /// The file of that path; of a relative path else the one file that ends as it does, or as which it ends: cargo starts the
    /// compiler in the workspace's folder, which need not be the scanned one.
    fn find(&self, path: &str) -> Option<&'a SourceFile> {
        if origin(path) != Origin::Own {
            return None;
        }
        let path = path.replace('\\', "/");
        let relative = path.strip_prefix(&self.root).unwrap_or(&path);
        if let Some(file) = self.by_path.get(relative) {
            return Some(file);
        }
        let relative = relative.trim_start_matches("./");
        if relative.starts_with('/') || relative.get(1..2) == Some(":") {
            return None;
        }
        let ends =
            |whole: &str, end: &str| whole.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        let is_same = |file: &&&SourceFile| ends(&file.path, relative) || ends(relative, &file.path);
        let mut found = self.by_name.get(name(relative))?.iter().filter(is_same);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What sites cover, sorted so that the smallest around a place is found: their own text, and the calls of the macro that holds it,
/// for a panic in a macro's body names the call.
struct Covers {
    spans: Vec<(Span, usize)>,
    /// The longest of the spans up to each one, in bytes: how far back a look has to go.
    longest: Vec<u32>,
}

impl Covers {
    fn new(sites: &[&Site]) -> Self {
        let calls = |site: &Site| site.related.places().iter().map(|(span, _)| *span).collect::<Vec<_>>();
        let covered = |(at, site): (usize, &&Site)| {
            let spans = std::iter::once(site.span).chain(calls(site));
            spans.map(|span| (span, at)).collect::<Vec<_>>()
        };
        let mut spans: Vec<(Span, usize)> = sites.iter().enumerate().flat_map(covered).collect();
        spans.sort_unstable();
        let mut most = 0;
        let mut last = None;
        let longest = spans.iter().map(|(span, _)| {
            if last.replace(span.file) != Some(span.file) {
                most = 0;
            }
            most = most.max(span.end - span.start);
            most
        });
        let longest = longest.collect();
        Self { spans, longest }
    }

    /// The site with the smallest text around `at`; of equals, the one that begins last.
    fn innermost(&self, at: Span) -> Option<usize> {
        let after = self.spans.partition_point(|(span, _)| (span.file, span.start) <= (at.file, at.start));
        let reach = *self.longest.get(after.checked_sub(1)?)?;
        let near = self.spans.get(..after)?.iter().rev();
        let near = near.take_while(|(span, _)| span.file == at.file && at.start - span.start <= reach);
        let around = near.filter(|(span, _)| at.start < span.end);
        around.min_by_key(|(span, _)| span.end - span.start).map(|(_, site)| *site)
    }
}

/// Reads what stands at `location`, where no site is.
fn no_site(file: &SourceFile, location: &PanicLocation) -> NoSite {
    let rest = offset(file, location).and_then(|at| file.text.get(at as usize..)).unwrap_or_default();
    let name = rest.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':');
    match rest.chars().next() {
        Some('{') => NoSite::AsyncBody,
        Some('#') => NoSite::Attribute,
        Some(first) if (first.is_alphabetic() || first == '_') && name.starts_with(['(', '<']) => NoSite::Call,
        _ => NoSite::Missed,
    }
}

/// The byte at which `location` is in `file`.
fn offset(file: &SourceFile, location: &PanicLocation) -> Option<u32> {
    let line = file.lines.line_range(&file.text, location.line)?;
    let text = file.text.get(line.clone())?;
    let column = location.column.checked_sub(1)? as usize;
    let (within, _) = text.char_indices().nth(column)?;
    Some((line.start + within) as u32)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::{Reach, Related, Verdict};
    use crate::source::{FileId, LineIndex};

    fn file(path: &str, text: &str) -> SourceFile {
        let lines = LineIndex::new(text);
        SourceFile {
            id: FileId(0),
            path: path.into(),
            text: text.into(),
            lines,
            comments: Vec::new(),
            package: "".into(),
        }
    }

    fn site(kind: &str, file: &SourceFile, text: &str) -> Site {
        let start = file.text.find(text).expect("the text is there") as u32;
        Site {
            kind: kind.into(),
            rule: kind.into(),
            span: Span::new(file.id, start, start + text.len() as u32),
            verdict: Verdict::Possible,
            reason: "".into(),
            function: "f".into(),
            context: Arc::new([]),
            cfg: "".into(),
            detail: String::new(),
            outside: false,
            related: Related::default(),
            reach: Reach::default(),
            fix: None,
        }
    }

    fn at(file: &str, line: u32, column: u32) -> PanicLocation {
        PanicLocation { file: file.into(), line, column }
    }

    #[test]
    fn a_location_is_the_smallest_site_around_it() {
        let text = "fn é(v: &[u8]) -> u8 {\n    v[0] + v[1].checked_add(1).unwrap()\n}\n";
        let files = [file("src/lib.rs", text)];
        let sites = [
            site("integer-overflow", &files[0], "v[0] + v[1].checked_add(1).unwrap()"),
            site("slice-index", &files[0], "v[0]"),
            site("slice-index", &files[0], "v[1]"),
            site("unwrap", &files[0], "v[1].checked_add(1).unwrap()"),
        ];
        // The compiler names a method call by its name, an operator by the start of the whole.
        let locations = [
            at("src/lib.rs", 2, 5),
            at("src/lib.rs", 2, 12),
            at("src/lib.rs", 2, 32),
            at("/r/library/core/src/x.rs", 1, 1),
        ];
        let joined = join(&locations, "/work/app", &files, &sites, |_| true);
        let kinds: Vec<&str> = joined.remaining.iter().map(|(_, site)| site.kind.as_str()).collect();
        assert_eq!(kinds, ["slice-index", "slice-index", "unwrap"]);
        assert_eq!(joined.removed, [&sites[0]]);
        assert_eq!((joined.unknown.len(), joined.outside.len()), (0, 1));
    }

    #[test]
    fn paths_are_the_same_wherever_the_compiler_was_started() {
        let files = [file("core/src/lib.rs", "fn f() { panic!() }\n")];
        let sites = [site("panic-macro", &files[0], "panic!()")];
        for path in
            ["core/src/lib.rs", "/work/app/core/src/lib.rs", "crates/core/src/lib.rs", r"core\src\lib.rs", "src/lib.rs"]
        {
            let locations = [at(path, 1, 10)];
            assert_eq!(join(&locations, "/work/app", &files, &sites, |_| true).remaining.len(), 1, "{path}");
        }
        let elsewhere =
            ["other/src/lib.rs", "/elsewhere/core/src/lib.rs", "/r/registry/src/i/core-1.0.0/core/src/lib.rs"];
        let locations = elsewhere.map(|path| at(path, 1, 10));
        assert_eq!(join(&locations, "/work/app", &files, &sites, |_| true).outside.len(), 3);
        let locations = [at("core/src/lib.rs", 9, 1), at("core/src/lib.rs", 1, 1)];
        let joined = join(&locations, "/work/app", &files, &sites, |_| true);
        assert_eq!(joined.outside.len(), 0);
        assert!(joined.unknown.iter().all(|(_, why)| *why == NoSite::Missed), "{:?}", joined.unknown);
    }

    #[test]
    fn what_stands_where_no_site_is_says_why() {
        let text = "#[main]\nasync fn f(r: Router) {\n    r.route(\"/\").serve::<u8>();\n    let x = 1;\n}\n";
        let files = [file("src/main.rs", text)];
        let locations =
            [at("src/main.rs", 1, 1), at("src/main.rs", 2, 23), at("src/main.rs", 3, 7), at("src/main.rs", 4, 9)];
        let joined = join(&locations, "/work/app", &files, &[], |_| true);
        let why: Vec<NoSite> = joined.unknown.iter().map(|(_, why)| *why).collect();
        assert_eq!(why, [NoSite::Attribute, NoSite::AsyncBody, NoSite::Call, NoSite::Missed]);
    }
}
