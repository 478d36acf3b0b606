//! A graph in the language of Graphviz: the ways to the sites of a surface. Other documents are none.

use std::io;

use crate::report::document::Document;
use crate::report::options::Options;
use crate::report::renderer::Format;

pub(super) const FORMAT: Format =
    Format { name: "dot", about: "A graph for Graphviz: the ways from entry points to sites", render };

fn render(document: &dyn Document, _: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    if document.drawn(out)? { Ok(()) } else { Err(io::Error::other("this report is no graph: add --entries")) }
}
