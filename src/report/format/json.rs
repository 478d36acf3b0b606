//! JSON of the document's own schema, which lies under `schema/`: all that it knows, for programs.

use std::io;

use serde::Serialize;

use crate::report::document::Document;
use crate::report::json_stream::Object;
use crate::report::options::Options;
use crate::report::renderer::Format;

pub(super) const FORMAT: Format = Format { name: "json", about: "One JSON object, of a schema under schema/", render };

/// What wrote a document.
#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

fn render(document: &dyn Document, _: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    Object::write(out, |json| fields(document, json))
}

/// Writes the fields that every document has, then its own.
pub(super) fn fields(document: &dyn Document, json: &mut Object<'_>) -> io::Result<()> {
    let scan = document.scan();
    let root = scan.root.from_here.trim_end_matches('/');
    json.field("schema", &document.schema())?;
    json.field("tool", &Tool { name: "auditor", version: env!("CARGO_PKG_VERSION") })?;
    // An absolute root is told apart from none.
    json.field("root", if root.is_empty() && scan.root.from_here.is_empty() { &"." } else { &root })?;
    document.fields(json)
}
