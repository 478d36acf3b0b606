//! JSON that can be shown on a terminal: what would steer it or hide text is escaped. Long lists of results are rendered on
//! all threads of the pool at hand.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::batch::in_batches;
use crate::source::{FileId, is_harmful};

/// An object that is written field by field, so that what its lists hold need not be there all at once.
pub struct Object<'o> {
    out: &'o mut dyn Write,
    /// How deep its fields stand; `None` where each is a line of its own.
    depth: Option<usize>,
    is_empty: bool,
}

/// A field of an object, or an item of one of its lists, as a line of its own.
#[derive(Serialize)]
struct Line<'a, T> {
    r#type: &'a str,
    data: T,
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

    /// An object each field of which, and each item of whose lists, is written as a line of its own.
    pub(super) fn lines(out: &'o mut dyn Write) -> Self {
        Object { out, depth: None, is_empty: true }
    }

    fn nested(
        out: &mut dyn Write,
        depth: usize,
        fields: impl FnOnce(&mut Object<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        out.write_all(b"{")?;
        let mut object = Object { out: &mut *out, depth: Some(depth + 1), is_empty: true };
        fields(&mut object)?;
        if !object.is_empty {
            new_line(out, depth)?;
        }
        out.write_all(b"}")
    }

    /// Writes a field.
    pub(super) fn field(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let mut text = Vec::new();
        let Some(depth) = self.depth else {
            line(&mut text, name, value)?;
            return self.out.write_all(&text);
        };
        append(&mut text, depth, value)?;
        self.name(name, depth)?;
        self.out.write_all(&text)
    }

    /// Writes a field that is a list of one object, which `fields` writes.
    pub(super) fn list_of_one(
        &mut self,
        name: &str,
        fields: impl FnOnce(&mut Object<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let depth = self.depth.unwrap_or(0);
        self.name(name, depth)?;
        self.out.write_all(b"[")?;
        new_line(self.out, depth + 1)?;
        Object::nested(self.out, depth + 1, fields)?;
        new_line(self.out, depth)?;
        self.out.write_all(b"]")
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
        let Some(depth) = self.depth else {
            return in_batches(all, file, self.out, |_, batch, page| {
                let mut shared = prepare();
                batch.iter().try_for_each(|one| line(page, name, &value(&mut shared, one)))
            });
        };
        self.name(name, depth)?;
        items(all, file, self.out, depth, prepare, value)
    }

    fn name(&mut self, name: &str, depth: usize) -> io::Result<()> {
        if !std::mem::take(&mut self.is_empty) {
            self.out.write_all(b",")?;
        }
        new_line(self.out, depth)?;
        let mut text = Vec::new();
        append(&mut text, depth, &name)?;
        text.extend(b": ");
        self.out.write_all(&text)
    }
}

/// Writes the array of what `value` makes of `all`, sorted by file, and a newline; `prepare` makes what a run of them shares.
pub(super) fn write_array<'t, T: Sync, S, J: Serialize>(
    all: &'t [T],
    file: impl Fn(&T) -> FileId,
    out: &mut dyn Write,
    prepare: impl Fn() -> S + Sync,
    value: impl Fn(&mut S, &'t T) -> J + Sync,
) -> io::Result<()> {
    items(all, file, out, 0, prepare, value)?;
    out.write_all(b"\n")
}

/// Writes an array that begins at `depth`.
fn items<'t, T: Sync, S, J: Serialize>(
    all: &'t [T],
    file: impl Fn(&T) -> FileId,
    out: &mut dyn Write,
    depth: usize,
    prepare: impl Fn() -> S + Sync,
    value: impl Fn(&mut S, &'t T) -> J + Sync,
) -> io::Result<()> {
    out.write_all(b"[")?;
    in_batches(all, file, out, |first, batch, page| {
        let mut shared = prepare();
        for (at, one) in batch.iter().enumerate() {
            if first + at > 0 {
                page.push(b',');
            }
            new_line(page, depth + 1)?;
            append(page, depth + 1, &value(&mut shared, one))?;
        }
        Ok(())
    })?;
    if !all.is_empty() {
        new_line(out, depth)?;
    }
    out.write_all(b"]")
}

/// Appends `value`, which begins at `depth`.
fn append(text: &mut Vec<u8>, depth: usize, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(text, Indented { depth, has_value: false, is_line: false });
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Appends a line that holds `value`, of the field called `name`.
fn line(text: &mut Vec<u8>, name: &str, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *text, Indented { depth: 0, has_value: false, is_line: true });
    Line { r#type: name, data: value }.serialize(&mut serializer).map_err(io::Error::from)?;
    text.push(b'\n');
    Ok(())
}

/// A newline and the blanks before what stands at `depth`.
fn new_line<W: Write + ?Sized>(out: &mut W, depth: usize) -> io::Result<()> {
    const BREAK: &[u8] = b"\n                                ";
    if let Some(head) = BREAK.get(..=2 * depth) {
        return out.write_all(head);
    }
    out.write_all(b"\n")?;
    (0..depth).try_for_each(|_| out.write_all(b"  "))
}

/// JSON as `serde_json`'s own pretty printer writes it, begun at any depth, with harmful characters escaped.
struct Indented {
    depth: usize,
    has_value: bool,
    /// Whether all of it stands on one line.
    is_line: bool,
}

impl Indented {
    fn begin<W: Write + ?Sized>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        out.write_all(bracket)
    }

    fn end<W: Write + ?Sized>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value && !self.is_line {
            new_line(out, self.depth)?;
        }
        out.write_all(bracket)
    }

    fn next<W: Write + ?Sized>(&self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        if self.is_line { Ok(()) } else { new_line(out, self.depth) }
    }
}

impl Formatter for Indented {
    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(if self.is_line { b":" } else { b": " })
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    /// Harmful characters are allowed in JSON's strings, and its syntax never holds one. `serde_json` has escaped those below
    /// the blank by itself.
    fn write_string_fragment<W: Write + ?Sized>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        let highest = text.bytes().fold(0, u8::max);
        if highest < 0x7f || !text.contains(is_harmful) {
            return out.write_all(text.as_bytes());
        }
        for letter in text.chars() {
            let mut units = [0; 2];
            if is_harmful(letter) {
                // auditor: allow(panicking-api) two units hold any character
                letter.encode_utf16(&mut units).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))?;
            } else {
                write!(out, "{letter}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Object;
    use crate::source::FileId;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_still_the_same_text() {
        let text = "a\u{9b}2J\u{202e}b\u{7f}\u{e0041}łódź\n\"\u{1b}";
        let mut out = Vec::new();
        assert!(Object::write(&mut out, |object| object.field("texts", &[text])).is_ok());
        let json = String::from_utf8(out).unwrap_or_default();
        assert!(!json.contains(super::is_harmful), "{json:?}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
        assert_eq!(read["texts"][0], text);
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
