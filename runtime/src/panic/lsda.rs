//! What a frame will do with a panic that reaches it, read from the table that the unwinder itself goes by: the Itanium C++ ABI's
//! language-specific data area, as LLVM writes it for Rust. Walking the stack is `stack.rs`.

/// What happens to a panic at one call of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EhAction {
    /// It goes on to the caller.
    None,
    /// Destructors run, then it goes on to the caller.
    Cleanup,
    /// It is caught here.
    Catch,
    /// The process ends here: a destructor during unwinding, or a function that must not unwind.
    Terminate,
    /// The table is not one that is understood here.
    Unknown,
}

/// No value: the field that would follow is missing.
const OMITTED: u8 = 0xff;

/// Reads a table, front to back.
struct Reader {
    at: *const u8,
}

impl Reader {
    /// # Safety
    ///
    /// The next `size_of::<T>()` bytes are readable, and any bytes are a `T`.
    unsafe fn next<T>(&mut self) -> T {
        // SAFETY: readable and valid as the caller promises; unaligned reads need no alignment.
        let value = unsafe { self.at.cast::<T>().read_unaligned() };
        // SAFETY: the bytes just read belong to the table, so their end is in bounds of it, or one past it.
        self.at = unsafe { self.at.add(size_of::<T>()) };
        value
    }

    /// An unsigned or signed LEB128 number: its low 64 bits, how many bits were read, and the last byte.
    ///
    /// # Safety
    ///
    /// As [`Self::next`], for all bytes of the number.
    unsafe fn leb128(&mut self) -> (u64, u32, u8) {
        let (mut value, mut shift) = (0_u64, 0_u32);
        loop {
            // SAFETY: the number's last byte has not been read yet, so this one belongs to it.
            let byte: u8 = unsafe { self.next() };
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift = shift.saturating_add(7);
            if byte & 0x80 == 0 || shift > 70 {
                return (value, shift, byte);
            }
        }
    }

    /// # Safety
    ///
    /// As [`Self::leb128`].
    unsafe fn unsigned(&mut self) -> usize {
        // SAFETY: the caller's.
        usize::try_from(unsafe { self.leb128() }.0).unwrap_or(usize::MAX)
    }

    /// Whether a signed number is less than, equal to, or greater than zero: no more is asked of it here.
    ///
    /// # Safety
    ///
    /// As [`Self::leb128`].
    unsafe fn sign(&mut self) -> std::cmp::Ordering {
        // SAFETY: the caller's.
        let (value, _, last) = unsafe { self.leb128() };
        match last & 0x40 {
            0 => value.cmp(&0),
            _ => std::cmp::Ordering::Less,
        }
    }

    /// A number in one of the encodings that LLVM uses for call sites: offsets, relative to nothing.
    ///
    /// # Safety
    ///
    /// As [`Self::next`], for the bytes of the encoding.
    unsafe fn encoded(&mut self, encoding: u8) -> Option<usize> {
        // SAFETY: the caller's, for the size of this encoding.
        unsafe {
            Some(match encoding {
                0x00 => self.next::<usize>(),
                0x01 => self.unsigned(),
                0x02 => usize::from(self.next::<u16>()),
                0x03 => usize::try_from(self.next::<u32>()).ok()?,
                0x04 => usize::try_from(self.next::<u64>()).ok()?,
                _ => return None,
            })
        }
    }
}

/// What a function that starts at `start` does with a panic out of the call before `return_address`; it has the table `lsda`.
///
/// Linear in the number of the function's call sites. Neither allocates nor locks.
///
/// # Safety
///
/// `lsda` is null, or what the unwinder gives as the language-specific data of a function that starts at `start` and whose personality
/// reads the Itanium C++ ABI's format, as those of Rust and of C++ do.
pub(crate) unsafe fn action(lsda: *const u8, start: usize, return_address: usize) -> EhAction {
    if lsda.is_null() {
        return EhAction::None;
    }
    let mut reader = Reader { at: lsda };
    // SAFETY: a table begins with this header: two encodings, each with the value that it says follows, then the call sites' own encoding
    // and their length. Every read below stays inside the table by its own lengths, as the personality's reads of it do when the panic
    // comes by.
    unsafe {
        if reader.next::<u8>() != OMITTED {
            // Landing pads are relative to something else than the function: nothing that Rust or C++ emits on these systems.
            return EhAction::Unknown;
        }
        if reader.next::<u8>() != OMITTED {
            reader.unsigned();
        }
        let encoding = reader.next::<u8>();
        let length = reader.unsigned();
        let actions = reader.at.wrapping_add(length);
        // The return address may be the next function's first; the call is before it.
        let call = return_address.wrapping_sub(1).wrapping_sub(start);
        while reader.at < actions {
            let site =
                (reader.encoded(encoding), reader.encoded(encoding), reader.encoded(encoding), reader.unsigned());
            let (Some(begin), Some(size), Some(pad), action) = site else { return EhAction::Unknown };
            if call < begin {
                break;
            }
            if call.wrapping_sub(begin) < size {
                return match (pad, action) {
                    (0, _) => EhAction::None,
                    (_, 0) => EhAction::Cleanup,
                    (_, entry) => match (Reader { at: actions.wrapping_add(entry.wrapping_sub(1)) }).sign() {
                        std::cmp::Ordering::Less => EhAction::Terminate,
                        std::cmp::Ordering::Equal => EhAction::Cleanup,
                        std::cmp::Ordering::Greater => EhAction::Catch,
                    },
                };
            }
        }
    }
    // A call that the table does not list must not unwind: the personality ends the process.
    EhAction::Terminate
}

#[cfg(test)]
mod tests {
    use super::{EhAction, action};

    /// A table with call sites `begin, size, pad, action` and the action entries' first bytes.
    fn table(sites: &[[u32; 4]], actions: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        for [begin, size, pad, action] in sites {
            for word in [begin, size, pad] {
                body.extend(word.to_ne_bytes());
            }
            body.push(u8::try_from(*action).expect("small"));
        }
        let mut table = vec![0xff, 0x9b, 0x20, 0x03, u8::try_from(body.len()).expect("small")];
        table.extend(body);
        table.extend(actions);
        table
    }

    #[test]
    fn each_kind_of_call_site_is_told() {
        // Actions at 1: a catch (type 1), at 3: a cleanup (type 0), at 5: a filter (type -1).
        let table = table(
            &[[0, 4, 0, 0], [4, 4, 64, 0], [8, 4, 64, 1], [12, 4, 64, 3], [16, 4, 64, 5], [30, 4, 64, 1]],
            &[1, 0, 0, 0, 0x7f, 0],
        );
        // SAFETY: the table is whole and in the format.
        let of = |call: usize| unsafe { action(table.as_ptr(), 0x1000, 0x1000 + call + 1) };
        for (call, expected) in [
            (0, EhAction::None),
            (3, EhAction::None),
            (4, EhAction::Cleanup),
            (11, EhAction::Catch),
            (12, EhAction::Cleanup),
            (19, EhAction::Terminate),
            // Between call sites, and after the last: not listed.
            (20, EhAction::Terminate),
            (30, EhAction::Catch),
            (40, EhAction::Terminate),
        ] {
            assert_eq!(of(call), expected, "{call}");
        }
        // SAFETY: null is allowed.
        assert_eq!(unsafe { action(std::ptr::null(), 0, 1) }, EhAction::None);
        let unknown = [0x00, 0, 0, 0];
        // SAFETY: only the first byte is read of a table of this kind.
        assert_eq!(unsafe { action(unknown.as_ptr(), 0, 1) }, EhAction::Unknown);
    }
}
