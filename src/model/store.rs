//! Models as bytes and back: what the declarations of std and of dependencies are kept as, for reading text takes ten times as
//! long. Spans are not kept: nothing is reported in what is read back.
//!
//! A name is a number that differs from process to process. The bytes hold each name's text once, and the place in that list
//! for every mention.

use std::cell::RefCell;

use rustc_hash::FxHashMap;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::hir::FileModel;
use crate::model::name::Name;

/// The names of the value that is being written or read.
#[derive(Default)]
struct Table {
    names: Vec<Name>,
    /// While writing: where in `names` each one is.
    places: FxHashMap<Name, u32>,
}

impl Table {
    fn place(&mut self, name: Name) -> u32 {
        *self.places.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() as u32 - 1
        })
    }

    fn name(&self, place: u32) -> Option<Name> {
        self.names.get(place as usize).copied()
    }
}

thread_local! {
    /// serde hands no context down: the table of the one value that this thread writes or reads.
    static TABLE: RefCell<Table> = RefCell::default();
}

/// Looks into the table of the value at hand.
fn table<R>(look: impl FnOnce(&mut Table) -> R) -> R {
    // auditor: allow(panicking-api) `look` below calls nothing that comes back here, and no thread writes or reads as it ends
    TABLE.with_borrow_mut(look)
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        table(|table| table.place(*self)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = u32::deserialize(deserializer)?;
        table(|table| table.name(place)).ok_or_else(|| D::Error::custom("no such name"))
    }
}

/// Returns `rest` and `model` as bytes: the same for the same model, whatever else the process has read.
pub fn write<T: Serialize>(rest: &T, model: &FileModel) -> Option<Vec<u8>> {
    table(|table| *table = Table::default());
    let value = postcard::to_allocvec(&(rest, model)).ok()?;
    let done = table(std::mem::take);
    let texts: Vec<&str> = done.names.into_iter().map(Name::as_str).collect();
    let mut bytes = postcard::to_allocvec(&texts).ok()?;
    bytes.extend(value);
    Some(bytes)
}

/// Reads what `write` wrote; `None` where the bytes are not such. The model is of file 0.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<(T, FileModel)> {
    let (texts, value): (Vec<&str>, &[u8]) = postcard::take_from_bytes(bytes).ok()?;
    let names = Name::all(texts);
    table(|table| *table = Table { names, places: FxHashMap::default() });
    let read = postcard::from_bytes::<(T, FileModel)>(value);
    table(std::mem::take);
    let (rest, mut model) = read.ok()?;
    // Long arenas were read into room that grew by doubling.
    model.shrink();
    Some((rest, model))
}
