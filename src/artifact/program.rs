//! One compiled file from the disk to its panic locations: executables, shared libraries, objects and static libraries.

use std::fs::File;
use std::io;
use std::path::Path;

use memchr::memmem;
use object::read::archive::ArchiveFile;
use object::read::{Object, ObjectSymbol, ReadCache, ReadRef};
use object::{Architecture, BinaryFormat, FileKind, ObjectKind};

use super::image::Image;
use super::location::{PanicLocation, locations};

/// A file above this is refused: what a linker writes is smaller, debug information included.
const MOST_BYTES: u64 = 8 << 30;
/// A static library with more members than this is refused; std's has a few hundred.
const MOST_MEMBERS: usize = 100_000;

/// What was read from a compiled file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The container: `elf`, `mach-o`, `pe`, `coff`; of a static library that of its members.
    pub format: &'static str,
    /// The processor, in the words of Rust's target triples where it is a common one.
    pub architecture: &'static str,
    /// The build id of the linker (ELF), the UUID (Mach-O) or the GUID of the debug file (PE), as hexadecimal digits.
    pub build_id: Option<String>,
    /// What a panic does in it.
    pub panic_strategy: PanicStrategy,
    /// Every panic location, sorted by file, line and column, without duplicates.
    pub locations: Vec<PanicLocation>,
}

/// What a panic does, as far as the symbols tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanicStrategy {
    /// It unwinds: the function that starts an unwinding is there.
    Unwind,
    /// It aborts: other parts of the unwinder are there, that function is not.
    Abort,
    /// The symbols are stripped or tell nothing.
    Unknown,
}

impl PanicStrategy {
    /// The word of Cargo's profiles, or `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unwind => "unwind",
            Self::Abort => "abort",
            Self::Unknown => "unknown",
        }
    }
}

/// Why an artifact could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The system did not let it be read.
    #[error("cannot read it: {0}")]
    Io(#[from] io::Error),
    /// It is no compiled file of a known format, or a damaged one.
    #[error("not an ELF, Mach-O, PE or COFF file, nor a library of such: {0}")]
    Format(#[from] object::read::Error),
    /// It is larger than any program.
    #[error("it has {bytes} bytes; at most {MOST_BYTES} are read")]
    TooLarge {
        /// Its length.
        bytes: u64,
    },
    /// A static library with too many members.
    #[error("a static library of more than {MOST_MEMBERS} members")]
    TooManyMembers,
    /// A static library without any.
    #[error("no member of the library is an object file")]
    NoObjects,
    /// A folder, a pipe or a device.
    #[error("not a regular file")]
    NotAFile,
}

/// Reads the panic locations of the compiled file at `path`. Blocks; O(bytes of its data sections), debug information is not read.
///
/// # Errors
/// When the file cannot be read, or is none of the formats.
pub fn read(path: &Path) -> Result<Artifact, ArtifactError> {
    let meta = std::fs::metadata(path)?;
    if !meta.is_file() {
        return Err(ArtifactError::NotAFile);
    }
    if meta.len() > MOST_BYTES {
        return Err(ArtifactError::TooLarge { bytes: meta.len() });
    }
    let cache = ReadCache::new(File::open(path)?);
    let mut artifact = match FileKind::parse(&cache)? {
        FileKind::Archive => library(&cache)?,
        _ => one(&cache)?,
    };
    artifact.locations.sort();
    artifact.locations.dedup();
    Ok(artifact)
}

/// Reads the members of a static library that are objects.
fn library<'d, R: ReadRef<'d>>(data: R) -> Result<Artifact, ArtifactError> {
    let archive = ArchiveFile::parse(data)?;
    let mut whole: Option<Artifact> = None;
    for (at, member) in archive.members().enumerate() {
        if at >= MOST_MEMBERS {
            return Err(ArtifactError::TooManyMembers);
        }
        // A Rust library holds its metadata beside the objects.
        let Ok(found) = member?.data(data).map_err(ArtifactError::from).and_then(one) else { continue };
        match &mut whole {
            None => whole = Some(Artifact { build_id: None, ..found }),
            Some(whole) => {
                whole.locations.extend(found.locations);
                whole.panic_strategy = either(whole.panic_strategy, found.panic_strategy);
            }
        }
    }
    whole.ok_or(ArtifactError::NoObjects)
}

/// The two strategies of members: one that unwinds makes all do so.
fn either(one: PanicStrategy, other: PanicStrategy) -> PanicStrategy {
    match (one, other) {
        (PanicStrategy::Unwind, _) | (_, PanicStrategy::Unwind) => PanicStrategy::Unwind,
        (PanicStrategy::Abort, _) | (_, PanicStrategy::Abort) => PanicStrategy::Abort,
        _ => PanicStrategy::Unknown,
    }
}

fn one<'d, R: ReadRef<'d>>(data: R) -> Result<Artifact, ArtifactError> {
    let file = object::File::parse(data)?;
    let image = Image::new(&file, data)?;
    Ok(Artifact {
        format: match file.format() {
            BinaryFormat::Elf => "elf",
            BinaryFormat::MachO => "mach-o",
            BinaryFormat::Pe => "pe",
            BinaryFormat::Coff => "coff",
            _ => "other",
        },
        architecture: architecture(file.architecture()),
        build_id: build_id(&file),
        panic_strategy: strategy(&file),
        locations: locations(&image),
    })
}

const fn architecture(of: Architecture) -> &'static str {
    match of {
        Architecture::X86_64 | Architecture::X86_64_X32 => "x86_64",
        Architecture::I386 => "i686",
        Architecture::Aarch64 | Architecture::Aarch64_Ilp32 => "aarch64",
        Architecture::Arm => "arm",
        Architecture::Riscv64 => "riscv64",
        Architecture::Riscv32 => "riscv32",
        Architecture::PowerPc64 => "powerpc64",
        Architecture::S390x => "s390x",
        Architecture::LoongArch64 => "loongarch64",
        Architecture::Mips64 => "mips64",
        _ => "other",
    }
}

fn build_id<'d, R: ReadRef<'d>>(file: &object::File<'d, R>) -> Option<String> {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('?');
    let hex = |bytes: &[u8]| bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect::<String>();
    if let Ok(Some(id)) = file.build_id() {
        return Some(hex(id));
    }
    if let Ok(Some(uuid)) = file.mach_uuid() {
        return Some(hex(&uuid));
    }
    file.pdb_info().ok().flatten().map(|info| hex(&info.guid()))
}

/// What the names of symbols say. std is compiled with the means to unwind whatever the program's strategy is; only the function
/// that raises is linked where a panic unwinds.
fn strategy<'d, R: ReadRef<'d>>(file: &object::File<'d, R>) -> PanicStrategy {
    let is_linked = file.kind() != ObjectKind::Relocatable;
    let mut aborts = false;
    let imports = file.imports().into_iter().flatten().filter_map(Result::ok);
    let imported = imports.filter_map(|import| match import.name() {
        object::read::NameOrOrdinal::Name(name) => Some(name),
        object::read::NameOrOrdinal::Ordinal(_) => None,
    });
    let symbols = file.symbols().chain(file.dynamic_symbols()).filter_map(|symbol| symbol.name_bytes().ok());
    for name in imported.chain(symbols) {
        let name = name.strip_prefix(b"_").unwrap_or(name);
        match name.strip_prefix(b"_").unwrap_or(name) {
            b"Unwind_RaiseException" | b"CxxThrowException" => return PanicStrategy::Unwind,
            b"Unwind_Resume" | b"Unwind_Backtrace" | b"Unwind_GetIP" | b"CxxFrameHandler3" => aborts |= is_linked,
            name => aborts |= memmem::find(name, b"panic_abort").is_some(),
        }
    }
    if aborts { PanicStrategy::Abort } else { PanicStrategy::Unknown }
}
