//! JSON lines: each field, and each item of each list, of a document's JSON on a line of its own, as
//! `{"type": its field's name, "data": …}`. For programs that read as it comes.

use std::io;

use super::json::fields;
use crate::report::document::Document;
use crate::report::json_stream::Object;
use crate::report::options::Options;
use crate::report::renderer::Format;

pub(super) const FORMAT: Format = Format { name: "jsonl", about: "The same, one JSON object a line", render };

fn render(document: &dyn Document, _: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    fields(document, &mut Object::lines(out))
}
