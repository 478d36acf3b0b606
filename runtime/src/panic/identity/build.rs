//! The GNU build id in an ELF executable's notes.

use super::{Confidence, Fact, Source};

/// The type of a program header that holds notes, and the type of the note that holds a build id.
const PT_NOTE: u32 = 4;
const NT_GNU_BUILD_ID: u32 = 3;

/// The build id that the head of an executable shows: 64-bit little-endian ELF, as Linux has it on x86-64 and arm64.
pub(super) fn id(head: &[u8]) -> Fact {
    match read(head) {
        Some(id) => {
            let value = id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            Fact::Known { value, source: Source::Executable, confidence: Confidence::High }
        }
        None => Fact::Unavailable { reason: "the executable holds no build id (link with --build-id)" },
    }
}

fn read(head: &[u8]) -> Option<&[u8]> {
    if head.get(..6)? != [0x7f, b'E', b'L', b'F', 2, 1] {
        return None;
    }
    let table = usize::try_from(word64(head, 32)?).ok()?;
    let size = usize::from(word16(head, 54)?);
    let count = usize::from(word16(head, 56)?);
    (0..count).find_map(|index| {
        let header = table.checked_add(index.checked_mul(size)?)?;
        if word32(head, header)? != PT_NOTE {
            return None;
        }
        let start = usize::try_from(word64(head, header.checked_add(8)?)?).ok()?;
        let length = usize::try_from(word64(head, header.checked_add(32)?)?).ok()?;
        note(head.get(start..start.checked_add(length)?)?)
    })
}

fn note(mut notes: &[u8]) -> Option<&[u8]> {
    loop {
        let name = usize::try_from(word32(notes, 0)?).ok()?;
        let length = usize::try_from(word32(notes, 4)?).ok()?;
        let start = 12_usize.checked_add(name.checked_next_multiple_of(4)?)?;
        let end = start.checked_add(length)?;
        if word32(notes, 8)? == NT_GNU_BUILD_ID && notes.get(12..16)? == b"GNU\0" {
            return notes.get(start..end).filter(|id| !id.is_empty());
        }
        notes = notes.get(end.checked_next_multiple_of(4)?..)?;
    }
}

fn word16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn word32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn word64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
