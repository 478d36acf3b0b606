//! JSON documents, field by field. Long lists of results are rendered on all threads of the pool at hand; how one value looks is
//! `indented.rs`'s business.

use std::io::{self, Write};

use serde::Serialize;

use super::batch::in_batches;
use super::indented::append;
use super::quoted::new_line;
use crate::source::FileId;

/// Writes `value` as indented JSON and a newline.
pub(super) fn write_json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    append(&mut text, 0, value)?;
    text.push(b'\n');
    out.write_all(&text)
}

/// An object that is written field by field, so that what its lists hold need not be there all at once.
pub(super) struct Object<'o> {
    out: &'o mut dyn Write,
    /// How deep its fields stand.
    depth: usize,
    is_empty: bool,
}

impl<'o> Object<'o> {
    /// Writes an object and a newline: `fields` writes what is in it.
    pub(super) fn write(
        out: &'o mut dyn Write,
        fields: impl FnOnce(&mut Object<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        Self::nested(out, 0, fields)?;
        out.write_all(b"\n")
    }

    fn nested(
        out: &mut dyn Write,
        depth: usize,
        fields: impl FnOnce(&mut Object<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        out.write_all(b"{")?;
        let mut object = Object { out: &mut *out, depth: depth + 1, is_empty: true };
        fields(&mut object)?;
        let mut end = Vec::new();
        if !object.is_empty {
            new_line(&mut end, depth);
        }
        end.push(b'}');
        out.write_all(&end)
    }

    /// Writes a field.
    pub(super) fn field(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let mut text = self.name(name)?;
        append(&mut text, self.depth, value)?;
        self.out.write_all(&text)
    }

    /// Writes a field that is a list of one object, which `fields` writes.
    pub(super) fn list_of_one(
        &mut self,
        name: &str,
        fields: impl FnOnce(&mut Object<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut text = self.name(name)?;
        text.push(b'[');
        new_line(&mut text, self.depth + 1);
        self.out.write_all(&text)?;
        Object::nested(self.out, self.depth + 1, fields)?;
        text.clear();
        new_line(&mut text, self.depth);
        text.push(b']');
        self.out.write_all(&text)
    }

    /// Writes a field that is the list of what `value` makes of `all`, sorted by file; `prepare` makes what a run of them shares.
    pub(super) fn list<'t, T: Sync, S, J: Serialize>(
        &mut self,
        name: &str,
        all: &'t [T],
        file: impl Fn(&T) -> FileId,
        prepare: impl Fn() -> S + Sync,
        value: impl Fn(&mut S, &'t T) -> J + Sync,
    ) -> io::Result<()> {
        let mut text = self.name(name)?;
        text.push(b'[');
        self.out.write_all(&text)?;
        let depth = self.depth + 1;
        in_batches(all, file, self.out, |first, batch, page| {
            let mut shared = prepare();
            for (at, one) in batch.iter().enumerate() {
                if first + at > 0 {
                    page.push(b',');
                }
                new_line(page, depth);
                append(page, depth, &value(&mut shared, one))?;
            }
            Ok(())
        })?;
        text.clear();
        if !all.is_empty() {
            new_line(&mut text, self.depth);
        }
        text.push(b']');
        self.out.write_all(&text)
    }

    /// What stands before a field's value.
    fn name(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        if !std::mem::take(&mut self.is_empty) {
            text.push(b',');
        }
        new_line(&mut text, self.depth);
        append(&mut text, self.depth, &name)?;
        text.extend_from_slice(b": ");
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Object, write_json};
    use crate::source::FileId;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_still_the_same_text() {
        let text = "a\u{9b}2J\u{202e}b\u{7f}\u{e0041}łódź\n\"\u{1b}";
        let mut out = Vec::new();
        assert!(write_json(&vec![text], &mut out).is_ok());
        let json = String::from_utf8(out).unwrap_or_default();
        assert!(!json.contains(crate::source::is_harmful), "{json:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).ok(), Some(vec![text.to_owned()]));
    }

    #[test]
    fn what_is_written_in_parts_reads_as_what_is_written_whole() {
        let numbers: Vec<u32> = (0..2000).collect();
        let value = |one: &u32| serde_json::json!({ "number": one, "none": [], "some": [one, { "deep": {} }] });
        let whole = serde_json::json!({
            "empty": [],
            "text": "a\tb",
            "inner": [{ "all": numbers.iter().map(value).collect::<Vec<_>>() }],
        });
        let mut parts = Vec::new();
        let done = Object::write(&mut parts, |object| {
            object.list("empty", &numbers[..0], |_| FileId(0), || (), |(), one| value(one))?;
            object.list_of_one("inner", |inner| {
                inner.list("all", &numbers, |one| FileId(one / 7), || (), |(), one| value(one))
            })?;
            object.field("text", &"a\tb")
        });
        assert!(done.is_ok());
        let pretty = serde_json::to_string_pretty(&whole).unwrap_or_default() + "\n";
        assert_eq!(String::from_utf8(parts).unwrap_or_default(), pretty);
    }
}
