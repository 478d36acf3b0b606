//! The data of a compiled file as addresses: sections, and where the pointers in them lead, whether a linker wrote them in place
//! or left them to the loader. What the bytes mean is `location.rs`'s business.

use object::elf::FileHeader32;
use object::elf::FileHeader64;
use object::macho::{MachHeader32, MachHeader64};
use object::read::elf::{ElfFile, FileHeader, SectionHeader};
use object::read::macho::{Fixup, MachHeader, MachOFile};
use object::read::{
    Error, Object, ObjectSection, ObjectSegment, ObjectSymbol, ObjectSymbolTable, ReadRef, RelocationTarget,
};
use object::{Endianness, File, ObjectKind, SectionIndex, SectionKind};
use rustc_hash::FxHashMap;

/// Bytes of a section at an address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section<'d> {
    /// Where its first byte is; of an object that is not linked yet, an address that no other section of it has.
    pub(super) address: u64,
    /// The bytes.
    pub(super) data: &'d [u8],
}

/// The data sections of a compiled file.
#[derive(Debug)]
pub(super) struct Image<'d> {
    /// Sections with data, sorted by address.
    pub(super) sections: Vec<Section<'d>>,
    /// The size of a pointer in bytes: 4 or 8.
    pub(super) word: usize,
    little: bool,
    /// Where pointers that a loader or linker completes lead, by their own address.
    pointers: FxHashMap<u64, u64>,
    /// Whether any word may be a pointer as it stands.
    in_place: bool,
}

impl<'d> Image<'d> {
    /// Reads the sections of `file`, which was parsed from `data`. Damaged parts are left out.
    ///
    /// # Errors
    /// When a table that all others need is damaged.
    pub(super) fn new<R: ReadRef<'d>>(file: &File<'d, R>, data: R) -> Result<Self, Error> {
        let mut image = Self {
            sections: Vec::new(),
            word: if file.is_64() { 8 } else { 4 },
            little: file.is_little_endian(),
            pointers: FxHashMap::default(),
            in_place: file.kind() == ObjectKind::Executable,
        };
        if file.kind() == ObjectKind::Relocatable {
            image.relocatable(file);
            return Ok(image);
        }
        for section in file.sections().filter(|section| holds_data(section.kind())) {
            if let Ok(data) = section.data() {
                image.sections.push(Section { address: section.address(), data });
            }
        }
        image.sections.sort_by_key(|section| section.address);
        match file {
            File::Elf32(elf) => image.elf::<FileHeader32<Endianness>, R>(elf, data)?,
            File::Elf64(elf) => image.elf::<FileHeader64<Endianness>, R>(elf, data)?,
            File::MachO32(macho) => image.macho::<MachHeader32<Endianness>, R>(macho, data)?,
            File::MachO64(macho) => image.macho::<MachHeader64<Endianness>, R>(macho, data)?,
            // PE: the linker writes pointers as if the file were loaded where it prefers to be.
            _ => image.in_place = true,
        }
        Ok(image)
    }

    /// What a loader of ELF does: relocations with their addends, and packed ones with addends in place.
    fn elf<F, R>(&mut self, elf: &ElfFile<'d, F, R>, data: R) -> Result<(), Error>
    where
        F: FileHeader<Endian = Endianness>,
        R: ReadRef<'d>,
    {
        for (at, relocation) in elf.dynamic_relocations().into_iter().flatten() {
            let base = match relocation.target() {
                RelocationTarget::Absolute => 0,
                RelocationTarget::Symbol(index) => {
                    let table = elf.dynamic_symbol_table();
                    let symbol = table.and_then(|table| table.symbol_by_index(index).ok());
                    symbol.map_or(0, |symbol| symbol.address())
                }
                _ => 0,
            };
            let addend = if relocation.has_implicit_addend() {
                self.word_at(at).unwrap_or(0)
            } else {
                relocation.addend().cast_unsigned()
            };
            self.pointers.insert(at, base.wrapping_add(addend));
        }
        let endian = elf.endian();
        for section in elf.elf_section_table().iter() {
            for at in section.relr(endian, data)?.into_iter().flatten() {
                let at: u64 = at.into();
                if let Some(to) = self.word_at(at) {
                    self.pointers.insert(at, to);
                }
            }
        }
        Ok(())
    }

    /// What dyld does with chained fixups; older files have their pointers in place.
    fn macho<M, R>(&mut self, macho: &MachOFile<'d, M, R>, data: R) -> Result<(), Error>
    where
        M: MachHeader<Endian = Endianness>,
        R: ReadRef<'d>,
    {
        let endian = macho.endian();
        let mut commands = macho.macho_load_commands()?;
        let mut fixups = None;
        while let Some(command) = commands.next()? {
            if let Some(command) = command.dyld_chained_fixups()? {
                fixups = Some(command.chained_fixups(endian, data)?);
            }
        }
        let Some(fixups) = fixups else {
            self.in_place = true;
            return Ok(());
        };
        let segments: Vec<_> = macho.segments().collect();
        let load = segments.iter().find(|segment| segment.name().ok().flatten() == Some("__TEXT"));
        let load = load.map_or(0, ObjectSegment::address);
        for starts in fixups.segments(endian)? {
            let starts = starts?;
            let Some(segment) = segments.get(starts.index() as usize) else { continue };
            let base = segment.address();
            for fixup in starts.fixups(endian, load, segment.data()?) {
                let (offset, fixup) = fixup?;
                if let Fixup::Rebase(rebase) = fixup {
                    self.pointers.insert(base.wrapping_add(offset), load.wrapping_add(rebase.target_offset));
                }
            }
        }
        Ok(())
    }

    /// What a linker would do: sections stand apart, and each relocation names a symbol or a section.
    fn relocatable<R: ReadRef<'d>>(&mut self, file: &File<'d, R>) {
        // Each section has four gigabytes of addresses for itself.
        let base = |index: SectionIndex| (index.0 as u64) << 32;
        let sections = || file.sections().filter(|section| holds_data(section.kind()));
        for section in sections() {
            if let Ok(data) = section.data() {
                self.sections.push(Section { address: base(section.index()), data });
            }
        }
        self.sections.sort_by_key(|section| section.address);
        for section in sections() {
            for (offset, relocation) in section.relocations() {
                let at = base(section.index()).wrapping_add(offset);
                let written = || self.word_at(at).unwrap_or(0);
                let implicit = if relocation.has_implicit_addend() { written() } else { 0 };
                let addend = implicit.wrapping_add(relocation.addend().cast_unsigned());
                let target = match relocation.target() {
                    RelocationTarget::Symbol(index) => file.symbol_by_index(index).ok().and_then(|symbol| {
                        let section = file.section_by_index(symbol.section_index()?).ok()?;
                        Some(base(section.index()).wrapping_add(symbol.address().wrapping_sub(section.address())))
                    }),
                    RelocationTarget::Section(index) => {
                        let start = file.section_by_index(index).map_or(0, |section| section.address());
                        Some(base(index).wrapping_sub(start))
                    }
                    _ => None,
                };
                if let Some(target) = target {
                    self.pointers.insert(at, target.wrapping_add(addend));
                }
            }
        }
    }

    /// Returns where the pointer at the address `at` leads, of which `written` stands in the file; `None` if no pointer is there.
    pub(super) fn pointer(&self, at: u64, written: u64) -> Option<u64> {
        self.pointers.get(&at).copied().or_else(|| self.in_place.then_some(written))
    }

    /// Tells whether a loader or a linker completes the word at `at`: then it is no number.
    pub(super) fn is_completed(&self, at: u64) -> bool {
        self.pointers.contains_key(&at)
    }

    /// Returns `len` bytes at the address `at`. O(log sections).
    pub(super) fn bytes(&self, at: u64, len: usize) -> Option<&'d [u8]> {
        let after = self.sections.partition_point(|section| section.address <= at);
        let section = self.sections.get(after.checked_sub(1)?)?;
        let offset = usize::try_from(at - section.address).ok()?;
        section.data.get(offset..offset.checked_add(len)?)
    }

    /// Reads a number of four or eight bytes, or of a pointer's size, at the start of `bytes`.
    pub(super) fn number(&self, bytes: &[u8], size: usize) -> Option<u64> {
        let bytes = bytes.get(..size)?;
        let fold = |value: u64, byte: &u8| (value << 8) | u64::from(*byte);
        Some(if self.little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) })
    }

    fn word_at(&self, at: u64) -> Option<u64> {
        self.number(self.bytes(at, self.word)?, self.word)
    }
}

/// Whether constants or their texts can lie in such a section: code, debug information and tables of the linker hold none.
const fn holds_data(kind: SectionKind) -> bool {
    matches!(
        kind,
        SectionKind::Data | SectionKind::ReadOnlyData | SectionKind::ReadOnlyDataWithRel | SectionKind::ReadOnlyString
    )
}
