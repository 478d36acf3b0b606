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

#[cfg(test)]
mod tests {
    use super::PathGlob;

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
