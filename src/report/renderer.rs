//! What a format is. The list of them is `format/mod.rs`'s business.

use std::fmt;
use std::io;

use super::document::Document;
use super::options::Options;

/// One way in which documents look.
pub struct Format {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is, in a line of help.
    pub about: &'static str,
    /// Writes a document: the same bytes for the same document and options.
    pub(super) render: fn(&dyn Document, &Options, &mut dyn io::Write) -> io::Result<()>,
}

impl Format {
    /// Writes `document` to `out`. O(its entries); entries are rendered on the threads of the pool at hand.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn render(&self, document: &dyn Document, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
        (self.render)(document, options, out)
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
