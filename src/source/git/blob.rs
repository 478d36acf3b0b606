//! One file of the revision that is checked out, to tell whether the work tree has it as git does.

use std::path::{Component, Path};

use gix_hash::ObjectId;
use gix_object::tree::EntryKind;
use gix_object::{Find, FindHeader, TreeRefIter};

use super::{Repository, RevisionError, damaged};
use crate::source::load::DEFAULT_FILE_BYTES;

/// The most bytes of a folder's own list.
const LIST_BYTES: u64 = 64 << 20;

impl Repository {
    /// Returns what the file at `way`, relative to the work tree, holds in `HEAD`; `None` where there is no such file, or one
    /// larger than what is scanned. Blocks on the disk.
    ///
    /// # Errors
    /// When there is no `HEAD` yet, or an object is missing or wrong.
    pub fn head_file(&self, way: &Path) -> Result<Option<Vec<u8>>, RevisionError> {
        let head = self.resolve("HEAD")?;
        let mut at = self.commit(&head.id, &head.name)?.tree;
        let mut parts = way.components().peekable();
        while let Some(part) = parts.next() {
            let Component::Normal(name) = part else { return Ok(None) };
            let Some(list) = self.bytes(&at, LIST_BYTES)? else { return Ok(None) };
            let wanted = name.as_encoded_bytes();
            let mut found = None;
            for entry in TreeRefIter::from_bytes(&list, at.kind()) {
                let entry = entry.map_err(damaged)?;
                if AsRef::<[u8]>::as_ref(entry.filename) == wanted {
                    found = Some((entry.oid.to_owned(), entry.mode.kind()));
                    break;
                }
            }
            at = match (found, parts.peek()) {
                (Some((id, EntryKind::Tree)), Some(_)) => id,
                (Some((id, EntryKind::Blob | EntryKind::BlobExecutable)), None) => {
                    return self.bytes(&id, DEFAULT_FILE_BYTES);
                }
                _ => return Ok(None),
            };
        }
        Ok(None)
    }

    /// The bytes of an object; `None` where there are more than `most`.
    fn bytes(&self, id: &ObjectId, most: u64) -> Result<Option<Vec<u8>>, RevisionError> {
        let absent = || damaged(format!("object {id} is gone"));
        let header = self.objects.try_header(id).map_err(damaged)?.ok_or_else(absent)?;
        if header.size > most {
            return Ok(None);
        }
        let mut buffer = Vec::new();
        let found = self.objects.try_find(id, &mut buffer).map_err(damaged)?.is_some();
        // The data stands in the buffer, which may be larger.
        buffer.truncate(header.size as usize);
        if found { Ok(Some(buffer)) } else { Err(absent()) }
    }
}
