//! What each body calls, as far as it says so itself: functions, closures that it makes, values that it drops, what it leaves to
//! others. Plain lists a file; the graph of the whole program is made of them in `reach`, who calls whom in turn is not known here.

mod body;
mod drops;
mod entry;
mod external;
mod index;
mod steps;
mod target;
mod visible;
mod written;

use std::sync::Arc;

use crate::facts::entries::EntryKind;
use crate::model::hir::ExprId;
use crate::model::name::Name;
use crate::source::Span;
use crate::types::ty::DefId;

pub use body::CallCollector;
pub use index::CallIndex;

/// A piece of code that runs when somebody calls it: a function, a closure or `async` block of it, the value of a static.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeKey {
    /// The item.
    pub def: DefId,
    /// The closure or `async` block in it.
    pub part: Option<ExprId>,
}

impl CodeKey {
    /// The code of an item itself.
    pub const fn of(def: DefId) -> Self {
        Self { def, part: None }
    }
}

/// One piece of code.
#[derive(Debug, Clone)]
pub struct Code {
    /// What it is.
    pub key: CodeKey,
    /// What stands for it in the source: a function's name, a closure.
    pub at: Span,
    /// Its path, such as `parse::header`.
    pub path: Arc<str>,
    /// Where it runs, as sites say it.
    pub context: Arc<[&'static str]>,
    /// Who enters the program here.
    pub entries: Vec<EntryKind>,
    /// Whether it is a function that returns a Result.
    pub returns_result: bool,
}

/// How control gets from one piece of code to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// A call.
    Call,
    /// A call of a trait's method: this is one of those that it may be.
    Dispatch,
    /// The language, or a function without sources, calls it: a drop, an operator, a conversion, formatting, a comparison.
    Implicit,
    /// A closure or function that is made or named here: whoever gets it may call it.
    Value,
    /// What is given to a function that catches its panics.
    Caught,
    /// What is given to somebody who enters the program there.
    Entry(EntryKind),
}

/// A way from one piece of code of a file to another piece of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeLink {
    /// Where it begins: a place in `FileCalls::codes`.
    pub from: u32,
    /// Where it leads.
    pub to: CodeKey,
    /// How.
    pub link: Link,
    /// The expression.
    pub at: Span,
}

/// Why it is not known what a call runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unseen {
    /// A function pointer.
    Pointer,
    /// A closure or function of a type that the caller decides.
    Callback,
    /// A method of a trait object.
    Dyn,
    /// A method of a type that the caller decides.
    Bound,
    /// Code in another language.
    Foreign,
    /// A function of which no definition is at hand.
    Unresolved,
    /// A macro that was not expanded.
    Macro,
}

/// A call of which it is not known what it runs, or not all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnseenCall {
    /// The place in `FileCalls::codes` that it is in.
    pub from: u32,
    /// Why.
    pub why: Unseen,
    /// What it is called.
    pub name: Name,
    /// The expression.
    pub at: Span,
}

/// What the code of one file calls.
#[derive(Debug, Default)]
pub struct FileCalls {
    /// The functions, closures and statics.
    pub codes: Vec<Code>,
    /// Who calls whom.
    pub links: Vec<CodeLink>,
    /// What is not known.
    pub unseen: Vec<UnseenCall>,
    /// Entry points that others make of code: `links` lead there too.
    pub entered: Vec<(CodeKey, EntryKind)>,
    /// The code that each expression belongs to, as a place in `codes`; one beyond them for what no body holds.
    pub places: Vec<u32>,
}
