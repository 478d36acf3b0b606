//! An unsafe operation or a conversion between pointers, what it asks, and what is known of each of these: an entry of the ledger.
//! Plain data; which of them are findings is the rules' business.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use super::Site;
use crate::source::Span;

/// What an operation asks of the code around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// The address is a multiple of the type's alignment.
    Align,
    /// All bytes that are reached lie within one object.
    Size,
    /// What is pointed at is there, and stays as long as it is used.
    Lifetime,
    /// The pointer is not null.
    NonNull,
    /// The bytes are a valid value of the type.
    Initialized,
    /// Nothing else reads or writes it meanwhile.
    Unaliased,
    /// Who frees it owns it, once, by the allocator that made it.
    Owned,
    /// The two types are laid out alike by a promise of the language.
    Layout,
    /// The pointer comes from the object that it is used for.
    Provenance,
    /// Other threads are kept out, or may come in.
    Thread,
    /// What only the values decide: an index, a variant, a feature of the processor.
    Condition,
}

impl Duty {
    /// All of them, the three of every cast first.
    pub const ALL: [Self; 11] = [
        Self::Align,
        Self::Size,
        Self::Lifetime,
        Self::NonNull,
        Self::Initialized,
        Self::Unaliased,
        Self::Owned,
        Self::Layout,
        Self::Provenance,
        Self::Thread,
        Self::Condition,
    ];

    /// The word used in every report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Align => "align",
            Self::Size => "size",
            Self::Lifetime => "lifetime",
            Self::NonNull => "non-null",
            Self::Initialized => "initialized",
            Self::Unaliased => "unaliased",
            Self::Owned => "owned",
            Self::Layout => "layout",
            Self::Provenance => "provenance",
            Self::Thread => "thread",
            Self::Condition => "condition",
        }
    }

    /// Returns the one that a word of the data names.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|duty| duty.as_str() == word)
    }
}

/// What is known of an obligation; what is not known is open. The worse ones come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The code breaks it whenever it gets here.
    Violated,
    /// Neither the code that is seen nor a comment says.
    Open,
    /// A comment speaks of it; nobody checked.
    Claimed,
    /// A fact shows it.
    Met,
}

impl Standing {
    /// All of them, the worst first.
    pub const ALL: [Self; 4] = [Self::Violated, Self::Open, Self::Claimed, Self::Met];

    /// The word used in every report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Violated => "violated",
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Met => "met",
        }
    }
}

/// One thing that an operation asks, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// What is asked.
    pub duty: Duty,
    /// What is known of it.
    pub standing: Standing,
    /// What decides: a fact, the words of a comment; of one that is open what would discharge it.
    pub fact: Cow<'static, str>,
}

/// A number of bytes, as far as it is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bytes {
    /// So many.
    Exactly(u64),
    /// So many or more.
    AtLeast(u64),
    /// Each value has its own.
    Varies,
}

/// A side of a conversion: a type, and the layout of what it points at, else its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// The type; `_` for what is not known of it.
    #[serde(rename = "type")]
    pub name: String,
    /// Its size.
    pub size: Bytes,
    /// Its alignment.
    pub align: Bytes,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.name)?;
        match self.size {
            Bytes::Exactly(bytes) => write!(f, "size {bytes}")?,
            Bytes::AtLeast(bytes) => write!(f, "size at least {bytes}")?,
            Bytes::Varies => f.write_str("size varies")?,
        }
        match self.align {
            Bytes::Exactly(bytes) => write!(f, ", align {bytes})"),
            Bytes::AtLeast(bytes) => write!(f, ", align at least {bytes})"),
            Bytes::Varies => f.write_str(", align varies)"),
        }
    }
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Where it stands and what it is.
    pub site: Site,
    /// What is converted, of a conversion.
    pub from: Option<Shape>,
    /// Into what.
    pub to: Option<Shape>,
    /// What it asks, in the order of `Duty::ALL`, each at most once.
    pub obligations: Vec<Obligation>,
    /// The unsafe block, or the head of the unsafe function or impl, that it stands in; `None` for what is safe by itself.
    pub within: Option<Span>,
}

impl Operation {
    /// Returns the worst that is known of what it asks; `None` where it asks nothing.
    pub fn worst(&self) -> Option<Standing> {
        self.obligations.iter().map(|one| one.standing).min()
    }

    /// Says what is known of each obligation, the worst first: those that are met or claimed by their names alone.
    pub fn told(&self) -> String {
        let mut parts = Vec::new();
        for standing in Standing::ALL {
            let of = self.obligations.iter().filter(|one| one.standing == standing);
            let of: Vec<String> = match standing {
                Standing::Met | Standing::Claimed => of.map(|one| one.duty.as_str().to_owned()).collect(),
                _ => of.map(|one| format!("{} ({})", one.duty.as_str(), one.fact)).collect(),
            };
            if !of.is_empty() {
                parts.push(format!("{}: {}", standing.as_str(), of.join(", ")));
            }
        }
        parts.join("; ")
    }

    /// Keeps the worse of what is known of each obligation: of one place that several expansions of a macro make.
    pub fn absorb(&mut self, other: Self) {
        for one in other.obligations {
            match self.obligations.iter_mut().find(|known| known.duty == one.duty) {
                Some(known) if known.standing <= one.standing => {}
                Some(known) => *known = one,
                None => self.obligations.push(one),
            }
        }
        self.obligations.sort_by_key(|one| one.duty);
        let mut related = other.site.related;
        self.site.related.absorb(&mut related);
        self.site.verdict = self.site.verdict.min(other.site.verdict);
        self.site.reason = self.told().into();
    }
}

/// How many operations there are, and obligations by what is known of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LedgerCounts {
    /// Unsafe operations and conversions between pointers.
    pub operations: u64,
    /// Obligations that a fact shows.
    pub met: u64,
    /// Obligations that the code breaks.
    pub violated: u64,
    /// Obligations that a comment speaks of.
    pub claimed: u64,
    /// All others.
    pub open: u64,
}

impl LedgerCounts {
    /// Counts.
    pub fn of<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Self {
        let mut counts = Self::default();
        for operation in operations {
            counts.operations += 1;
            for one in &operation.obligations {
                *match one.standing {
                    Standing::Met => &mut counts.met,
                    Standing::Violated => &mut counts.violated,
                    Standing::Claimed => &mut counts.claimed,
                    Standing::Open => &mut counts.open,
                } += 1;
            }
        }
        counts
    }
}
