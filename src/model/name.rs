//! Interned names: identifiers as small integers, comparable without looking at text. Lives as long as the process.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, Mutex, PoisonError};

use rustc_hash::{FxBuildHasher, FxHashMap};

/// An identifier without its `r#`; equal names are equal integers.
///
/// The text is kept until the process ends: a scan's distinct identifiers are few against its sources.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u32);

/// The names of std alone are nearly so many: tables begin as large.
const MANY: usize = 14_000;

struct Interner {
    ids: FxHashMap<&'static str, Name>,
}

static INTERNER: LazyLock<Mutex<Interner>> = LazyLock::new(|| {
    let ids = HashMap::with_capacity_and_hasher(2 * MANY, FxBuildHasher);
    let mut interner = Interner { ids };
    for text in WELL_KNOWN {
        interner.intern(text);
    }
    Mutex::new(interner)
});

/// The texts by number: read without a lock, for texts are asked for more often than names are new. Pushed to under the
/// interner's lock alone, so that the first numbers are those of `WELL_KNOWN`.
static TEXTS: boxcar::Vec<&'static str> = boxcar::Vec::new();

thread_local! {
    /// Names this thread has seen: most look-ups need no lock.
    static SEEN: RefCell<Seen> = RefCell::new(Seen {
        short: HashMap::with_capacity_and_hasher(MANY, FxBuildHasher),
        long: FxHashMap::default(),
    });
}

/// Short texts are kept in the table itself: comparing them asks for no other memory.
struct Seen {
    short: FxHashMap<Short, Name>,
    long: FxHashMap<&'static str, Name>,
}

/// A text of 1 to 16 bytes: its first and its last ones, which may overlap, and its length. Words of four bytes, so that an
/// entry of the table has no gap.
#[derive(PartialEq, Eq)]
struct Short {
    words: [u32; 4],
    len: u32,
}

impl Short {
    fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let word = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
        let len = bytes.len();
        let words = match (len, bytes) {
            (8..=16, _) => {
                let (first, rest) = bytes.split_first_chunk()?;
                let (before, last) = bytes.split_last_chunk()?;
                [word(first), word(rest.first_chunk()?), word(before.last_chunk()?), word(last)]
            }
            (4..8, _) => [word(bytes.first_chunk()?), word(bytes.last_chunk()?), 0, 0],
            (_, &[first, second, third]) => [first.into(), second.into(), third.into(), 0],
            (_, &[first, second]) => [first.into(), second.into(), 0, 0],
            (_, &[first]) => [first.into(), 0, 0, 0],
            _ => return None,
        };
        Some(Self { words, len: len as u32 })
    }
}

impl Hash for Short {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [first, second, third, fourth] = self.words.map(u64::from);
        state.write_u64(first << 32 | second);
        state.write_u64((third << 32 | fourth) ^ u64::from(self.len));
    }
}

impl Interner {
    /// Returns the name of `text`, and the copy of it that is kept.
    fn intern(&mut self, text: &str) -> (&'static str, Name) {
        if let Some((&text, &name)) = self.ids.get_key_value(text) {
            return (text, name);
        }
        let text: &'static str = Box::leak(text.into());
        let name = Name(TEXTS.push(text) as u32);
        self.ids.insert(text, name);
        (text, name)
    }
}

impl Name {
    /// Returns the name of `text`; a raw identifier's `r#` does not count.
    pub fn new(text: &str) -> Self {
        let text = text.strip_prefix("r#").unwrap_or(text);
        // auditor: allow(panicking-api) nothing within borrows it again, and no destructor asks for names
        SEEN.with_borrow_mut(|seen| {
            let intern = || INTERNER.lock().unwrap_or_else(PoisonError::into_inner).intern(text);
            if let Some(short) = Short::new(text) {
                if let Some(&name) = seen.short.get(&short) {
                    return name;
                }
                let (_, name) = intern();
                seen.short.insert(short, name);
                return name;
            }
            if let Some(&name) = seen.long.get(text) {
                return name;
            }
            let (kept, name) = intern();
            seen.long.insert(kept, name);
            name
        })
    }

    /// Returns the names of many texts at once, which nobody here need ever say: they are not kept among those that this
    /// thread has seen.
    pub fn all<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<Self> {
        // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
        let mut interner = INTERNER.lock().unwrap_or_else(PoisonError::into_inner);
        texts.into_iter().map(|text| interner.intern(text).1).collect()
    }

    /// Returns the text; takes no lock.
    pub fn as_str(self) -> &'static str {
        // The well-known ones need not have been asked for by `new` yet.
        WELL_KNOWN.get(self.0 as usize).copied().or_else(|| TEXTS.get(self.0 as usize).copied()).unwrap_or("")
    }

    /// Returns the integer behind the name, to keep it in a list of ids.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Returns the name behind an integer that `number` gave.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Tells whether this names a primitive type.
    pub const fn is_primitive(self) -> bool {
        Self::I8.0 <= self.0 && self.0 <= Self::STR.0
    }

    /// Tells whether this is the empty name, which stands for what is missing in the source.
    pub fn is_missing(self) -> bool {
        self == Self::MISSING
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! well_known {
    ($($konst:ident = $text:literal,)*) => {
        const WELL_KNOWN: &[&str] = &[$($text),*];
        #[expect(non_camel_case_types, reason = "the variants only number the constants")]
        #[expect(clippy::upper_case_acronyms, reason = "the variants only number the constants")]
        enum Number { $($konst),* }
        impl Name {
            $(#[doc = concat!("The name `", $text, "`.")] pub const $konst: Self = Self(Number::$konst as u32);)*
        }
    };
}

well_known! {
    MISSING = "",
    ARCH = "arch",
    CORE_ARCH = "core_arch",
    SELF_VALUE = "self",
    SELF_TYPE = "Self",
    SUPER = "super",
    CRATE = "crate",
    UNDERSCORE = "_",
    STD = "std",
    CORE = "core",
    ALLOC = "alloc",
    DEREF = "Deref",
    DEREF_MUT = "DerefMut",
    INDEX = "Index",
    INDEX_MUT = "IndexMut",
    INDEX_METHOD = "index",
    INDEX_MUT_METHOD = "index_mut",
    TARGET = "Target",
    OUTPUT = "Output",
    ITEM = "Item",
    ITERATOR = "Iterator",
    INTO_ITERATOR = "IntoIterator",
    INTO_ITER = "IntoIter",
    FUTURE = "Future",
    INTO_FUTURE = "IntoFuture",
    FN = "Fn",
    FN_MUT = "FnMut",
    FN_ONCE = "FnOnce",
    OPTION = "Option",
    RESULT = "Result",
    SOME = "Some",
    NONE = "None",
    OK = "Ok",
    ERR = "Err",
    BOX = "Box",
    LOCAL_KEY = "LocalKey",
    VEC = "Vec",
    STRING = "String",
    DROP = "Drop",
    MAIN = "main",
    TEST = "test",
    NEW = "new",
    TRY = "Try",
    SIZED = "Sized",
    UNWRAP = "unwrap",
    UNWRAP_ERR = "unwrap_err",
    EXPECT = "expect",
    EXPECT_ERR = "expect_err",
    BORROW = "borrow",
    BORROW_MUT = "borrow_mut",
    REPLACE = "replace",
    SWAP = "swap",
    TAKE = "take",
    REPLACE_WITH = "replace_with",
    REF_CELL = "RefCell",
    TRANSMUTE = "transmute",
    FROM_RAW_PARTS = "from_raw_parts",
    FROM_RAW_PARTS_MUT = "from_raw_parts_mut",
    GET_UNCHECKED = "get_unchecked",
    GET_UNCHECKED_MUT = "get_unchecked_mut",
    UNWRAP_UNCHECKED = "unwrap_unchecked",
    FROM_UTF8_UNCHECKED = "from_utf8_unchecked",
    NEW_UNCHECKED = "new_unchecked",
    UNREACHABLE_UNCHECKED = "unreachable_unchecked",
    PANIC = "panic",
    PANIC_ANY = "panic_any",
    RESUME_UNWIND = "resume_unwind",
    UNREACHABLE = "unreachable",
    TODO = "todo",
    UNIMPLEMENTED = "unimplemented",
    ASSERT = "assert",
    ASSERT_EQ = "assert_eq",
    ASSERT_NE = "assert_ne",
    DEBUG_ASSERT = "debug_assert",
    DEBUG_ASSERT_EQ = "debug_assert_eq",
    DEBUG_ASSERT_NE = "debug_assert_ne",
    EXIT = "exit",
    ABORT = "abort",
    PROCESS = "process",
    DURATION = "Duration",
    INSTANT = "Instant",
    SYSTEM_TIME = "SystemTime",
    NOW = "now",
    WRAPPING = "Wrapping",
    SATURATING = "Saturating",
    NEG = "neg",
    VEC_DEQUE = "VecDeque",
    HASH_MAP = "HashMap",
    BTREE_MAP = "BTreeMap",
    PARSE = "parse",
    FROM_STR = "from_str",
    LOCK = "lock",
    READ = "read",
    WRITE = "write",
    JOIN = "join",
    SPAWN = "spawn",
    SPAWN_BLOCKING = "spawn_blocking",
    VAR = "var",
    VAR_OS = "var_os",
    ENV = "env",
    FS = "fs",
    FILE = "File",
    AS_PTR = "as_ptr",
    AS_MUT_PTR = "as_mut_ptr",
    RANGE = "Range",
    RANGE_FROM = "RangeFrom",
    RANGE_FULL = "RangeFull",
    RANGE_INCLUSIVE = "RangeInclusive",
    RANGE_TO = "RangeTo",
    RANGE_TO_INCLUSIVE = "RangeToInclusive",
    CLONE = "Clone",
    COPY = "Copy",
    DEBUG = "Debug",
    DEFAULT = "Default",
    PARTIAL_EQ = "PartialEq",
    EQ = "Eq",
    PARTIAL_ORD = "PartialOrd",
    ORD = "Ord",
    HASH = "Hash",
    I8 = "i8",
    I16 = "i16",
    I32 = "i32",
    I64 = "i64",
    I128 = "i128",
    ISIZE = "isize",
    U8 = "u8",
    U16 = "u16",
    U32 = "u32",
    U64 = "u64",
    U128 = "u128",
    USIZE = "usize",
    F16 = "f16",
    F32 = "f32",
    F64 = "f64",
    F128 = "f128",
    BOOL = "bool",
    CHAR = "char",
    STR = "str",
    FLOAT = "float",
    SLICE = "slice",
    ARRAY = "array",
    POINTER = "pointer",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_any_length_are_told_apart() {
        let letters = "abcdefghijklmnopqrstuvwxyz";
        let mut texts: Vec<&str> = (0..letters.len()).map(|end| &letters[..end]).collect();
        texts.extend([
            "ba",
            "aba",
            "aab",
            "baa",
            "abcdabcd",
            "abcdabc",
            "abcabcd",
            "abcdefgabcdefgh",
            "bcdefghabcdefgh",
            "é",
        ]);
        let names: Vec<Name> = texts.iter().map(|text| Name::new(text)).collect();
        for (at, name) in names.iter().enumerate() {
            assert_eq!(name.as_str(), texts[at]);
            assert_eq!(names.iter().position(|other| other == name), Some(at));
        }
        assert_eq!(Name::new("r#type"), Name::new("type"));
        assert!(Name::new("").is_missing());
    }
}
