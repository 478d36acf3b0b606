//! Globs over paths as users write them: `tests/**`, `generated`, `*.gen.rs`.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// One pattern; it matches a path, and all below a folder of that name. Without a slash it matches at any depth.
#[derive(Debug, Clone)]
pub struct PathGlob {
    written: String,
    set: GlobSet,
}

impl PathGlob {
    /// Compiles `pattern`; `*` does not match `/`.
    ///
    /// # Errors
    /// When it is not a glob; the text says why.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let plain = pattern.trim_start_matches("./").trim_end_matches('/');
        let mut forms = vec![plain.to_owned(), format!("{plain}/**")];
        if !plain.contains('/') {
            forms.extend([format!("**/{plain}"), format!("**/{plain}/**")]);
        }
        let mut set = GlobSetBuilder::new();
        for form in forms {
            let glob = GlobBuilder::new(&form).literal_separator(true).build();
            set.add(glob.map_err(|error| error.kind().to_string())?);
        }
        let set = set.build().map_err(|error| error.kind().to_string())?;
        Ok(Self { written: pattern.to_owned(), set })
    }

    /// Tells whether `path` (relative to the root, with `/`) matches.
    pub fn matches(&self, path: &str) -> bool {
        self.set.is_match(path)
    }

    /// Returns the pattern as the user wrote it.
    pub fn as_str(&self) -> &str {
        &self.written
    }
}

/// Returns `pattern`, which counts from some folder, as it counts from the folder `prefix` below that one; `None` if it matches
/// nothing there. The pattern is as in a `.gitignore`: without a slash before its end it matches at any depth.
pub(super) fn rebase(pattern: &str, prefix: &str) -> Option<String> {
    let plain = pattern.trim_start_matches("./");
    if prefix.is_empty() || !plain.trim_end_matches('/').contains('/') {
        return Some(plain.to_owned());
    }
    let mut rest = plain.trim_start_matches('/');
    for folder in prefix.split('/') {
        // What names a folder above is overruled: somebody asked for what is below it.
        let (first, tail) = rest.split_once('/')?;
        if first == "**" {
            return Some(rest.to_owned());
        }
        let matcher = GlobBuilder::new(first).literal_separator(true).build().ok()?.compile_matcher();
        if !matcher.is_match(folder) {
            return None;
        }
        rest = tail;
    }
    // Still anchored, though it may have lost its last slash.
    (!rest.is_empty()).then(|| format!("/{rest}"))
}

#[cfg(test)]
mod tests {
    use super::{PathGlob, rebase};

    #[test]
    fn patterns_count_from_a_folder_further_down() {
        let rebased = |pattern: &str| rebase(pattern, "crates/core").unwrap_or_else(|| "-".to_owned());
        assert_eq!(rebased("generated"), "generated");
        assert_eq!(rebased("generated/"), "generated/");
        assert_eq!(rebased("crates/core/src/gen.rs"), "/src/gen.rs");
        assert_eq!(rebased("crates/*/gen"), "/gen");
        assert_eq!(rebased("**/gen/*.rs"), "**/gen/*.rs");
        assert_eq!(rebased("crates/**/x"), "**/x");
        assert_eq!(rebased("crates/other/gen"), "-");
        assert_eq!(rebased("crates/core"), "-");
        assert_eq!(rebased("vendor/**"), "-");
        assert_eq!(rebase("crates/core/gen", ""), Some("crates/core/gen".to_owned()));
    }

    #[test]
    fn folders_files_and_depths() {
        let matches = |glob: &str, path: &str| PathGlob::new(glob).is_ok_and(|glob| glob.matches(path));
        assert!(matches("tests/**", "tests/a/b.rs"));
        assert!(matches("tests/", "tests/a/b.rs"));
        assert!(matches("generated", "src/generated/b.rs"));
        assert!(matches("*.gen.rs", "src/x.gen.rs"));
        assert!(matches("src/*.rs", "src/x.rs"));
        assert!(!matches("src/*.rs", "src/a/x.rs"));
        assert!(!matches("src/x", "other/src/x"));
        assert!(PathGlob::new("a[").is_err());
    }
}
