//! What can be wrong with a pack or a configuration, with the offending line of TOML.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};

use crate::source::{clean, clean_path};

/// Why packs and configuration could not be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum CatalogError {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file says something that is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Toml(#[from] Box<TomlError>),
    /// An option of the command line says something that is wrong.
    #[error("{message}")]
    Option {
        /// What is wrong.
        message: String,
        /// What to do about it.
        #[help]
        help: Option<String>,
    },
}

/// What is wrong in a TOML file.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct TomlError {
    message: String,
    #[source_code]
    file: NamedSource<Arc<str>>,
    #[label("{label}")]
    at: Option<SourceSpan>,
    label: String,
    #[help]
    help: Option<String>,
}

/// A TOML file that was read, to report errors in.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) name: String,
    pub(super) text: Arc<str>,
}

impl Origin {
    pub(super) fn new(name: impl Into<String>, text: &str) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// Parses the whole file.
    pub(super) fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, CatalogError> {
        toml::from_str(&self.text).map_err(|error| {
            // The parser lists what is allowed after the first line; it reads better as help.
            let text = error.message().to_owned();
            let (message, help) = match text.split_once(", expected ") {
                Some((message, expected)) => (message.to_owned(), Some(format!("expected {expected}"))),
                None => (text, None),
            };
            self.error(message, error.span(), "here", help)
        })
    }

    /// An error at bytes `at` of the file.
    pub(super) fn error(
        &self,
        message: impl Into<String>,
        at: Option<Range<usize>>,
        label: &str,
        help: Option<String>,
    ) -> CatalogError {
        CatalogError::Toml(Box::new(TomlError {
            message: clean(&format!("{}: {}", clean_path(&self.name), message.into())).into_owned(),
            file: NamedSource::new(clean_path(&self.name), clean(&self.text).into()),
            at: at.map(|at| SourceSpan::new(at.start.into(), at.len())),
            label: label.to_owned(),
            help,
        }))
    }
}
