//! JSON as `serde_json`'s pretty printer writes it, begun at any depth, with characters escaped that would steer a terminal or
//! hide text. A report is a hundred thousand short fields: their names are written as they are, texts are looked through once.

use serde::Serialize;
use serde::ser::{
    Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::Error;

use super::quoted::{new_line, quoted};

/// Appends `value`, which begins at `depth`, to `page`.
///
/// # Errors
/// When `value` does not serialise, or has a map whose keys are no texts.
pub(super) fn append(page: &mut Vec<u8>, depth: usize, value: &impl Serialize) -> Result<(), Error> {
    value.serialize(&mut Writer { page, depth })
}

struct Writer<'p> {
    page: &'p mut Vec<u8>,
    depth: usize,
}

impl<'p> Writer<'p> {
    /// What needs no escapes: numbers and the like.
    fn plain(&mut self, value: &impl Serialize) -> Result<(), Error> {
        serde_json::to_writer(&mut *self.page, value)
    }

    fn open(&mut self, bracket: u8, close: u8) -> Several<'_, 'p> {
        self.page.push(bracket);
        self.depth += 1;
        Several { writer: self, close, is_empty: true, is_tagged: false }
    }

    /// Begins an object of one field, whose value the caller writes.
    fn tag(&mut self, name: &'static str) {
        self.page.push(b'{');
        self.depth += 1;
        self.key(name);
    }

    /// A name of a type's own: it is an identifier, or nearly one.
    fn key(&mut self, name: &'static str) {
        new_line(self.page, self.depth);
        self.page.push(b'"');
        self.page.extend_from_slice(name.as_bytes());
        self.page.extend_from_slice(b"\": ");
    }

    fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        new_line(self.page, self.depth);
        self.page.push(bracket);
    }
}

/// A list or an object that is being written.
struct Several<'w, 'p> {
    writer: &'w mut Writer<'p>,
    close: u8,
    is_empty: bool,
    /// Whether it is the only field of an object.
    is_tagged: bool,
}

impl Several<'_, '_> {
    fn next(&mut self) {
        if !std::mem::take(&mut self.is_empty) {
            self.writer.page.push(b',');
        }
    }

    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        self.next();
        new_line(self.writer.page, self.writer.depth);
        value.serialize(&mut *self.writer)
    }

    fn field(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        self.next();
        self.writer.key(name);
        value.serialize(&mut *self.writer)
    }

    fn done(self) {
        if self.is_empty {
            self.writer.depth -= 1;
            self.writer.page.push(self.close);
        } else {
            self.writer.close(self.close);
        }
        if self.is_tagged {
            self.writer.close(b'}');
        }
    }
}

macro_rules! plain {
    ($($name:ident: $ty:ty,)*) => {$(
        fn $name(self, value: $ty) -> Result<(), Error> {
            self.plain(&value)
        }
    )*};
}

impl<'w, 'p> Serializer for &'w mut Writer<'p> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Several<'w, 'p>;
    type SerializeTuple = Several<'w, 'p>;
    type SerializeTupleStruct = Several<'w, 'p>;
    type SerializeTupleVariant = Several<'w, 'p>;
    type SerializeMap = Several<'w, 'p>;
    type SerializeStruct = Several<'w, 'p>;
    type SerializeStructVariant = Several<'w, 'p>;

    plain! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_f32: f32,
        serialize_f64: f64,
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        // auditor: allow(panicking-api) four bytes hold any character
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        quoted(self.page, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.page.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.tag(variant);
        value.serialize(&mut *self)?;
        self.close(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Several<'w, 'p>, Error> {
        Ok(self.open(b'[', b']'))
    }

    fn serialize_tuple(self, _: usize) -> Result<Several<'w, 'p>, Error> {
        Ok(self.open(b'[', b']'))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Several<'w, 'p>, Error> {
        Ok(self.open(b'[', b']'))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Several<'w, 'p>, Error> {
        self.tag(variant);
        Ok(Several { is_tagged: true, ..self.open(b'[', b']') })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Several<'w, 'p>, Error> {
        Ok(self.open(b'{', b'}'))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Several<'w, 'p>, Error> {
        Ok(self.open(b'{', b'}'))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Several<'w, 'p>, Error> {
        self.tag(variant);
        Ok(Several { is_tagged: true, ..self.open(b'{', b'}') })
    }
}

macro_rules! elements {
    ($($kind:ident: $write:ident,)*) => {$(
        impl $kind for Several<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn $write<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.element(value)
            }

            fn end(self) -> Result<(), Error> {
                self.done();
                Ok(())
            }
        }
    )*};
}

elements! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

macro_rules! fields {
    ($($kind:ident,)*) => {$(
        impl $kind for Several<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), Error> {
                self.done();
                Ok(())
            }
        }
    )*};
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}

impl SerializeMap for Several<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.next();
        new_line(self.writer.page, self.writer.depth);
        let from = self.writer.page.len();
        key.serialize(&mut *self.writer)?;
        match self.writer.page.get(from) {
            Some(b'"') => Ok(()),
            _ => Err(Error::custom("a key is no text")),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.writer.page.extend_from_slice(b": ");
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.done();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::append;

    #[derive(Serialize)]
    enum Kind {
        Unit,
        One(u8),
        Two(i64, f64),
        Named { text: Option<char>, none: Option<u8> },
    }

    #[derive(Serialize)]
    struct Mixed<'a> {
        kinds: Vec<Kind>,
        empty: [u8; 0],
        map: BTreeMap<&'a str, (bool, ())>,
        #[serde(flatten)]
        more: BTreeMap<&'a str, Vec<u16>>,
    }

    #[test]
    fn every_shape_is_written_as_the_pretty_printer_does() {
        let kinds = vec![Kind::Unit, Kind::One(1), Kind::Two(-2, 0.5), Kind::Named { text: Some('"'), none: None }];
        let map = BTreeMap::from([("a\\b\n\r\t\u{8}\u{c}\u{1}", (true, ())), ("łódź", (false, ()))]);
        let value = Mixed { kinds, empty: [], map, more: BTreeMap::from([("x", vec![1, 2]), ("y", vec![])]) };
        let mut page = Vec::new();
        assert!(append(&mut page, 0, &value).is_ok());
        assert_eq!(String::from_utf8(page).ok(), serde_json::to_string_pretty(&value).ok());
    }

    #[test]
    fn a_key_that_is_no_text_is_refused() {
        assert!(append(&mut Vec::new(), 0, &BTreeMap::from([(1, 2)])).is_err());
    }
}
