//! Reads rustc's textual MIR into the places where the compiler itself sees a panic or a pointer cast. Nothing of
//! `auditor` is used here: the truth must not depend on what is measured by it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::Regex;

use crate::callee::{self, Called};
use crate::place::{Place, Sources};

/// What the compiler knows about one crate.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// Sites by place and kind; `true` where constants alone decide them: those count on neither side.
    pub(crate) sites: BTreeMap<(Place, &'static str), bool>,
    /// Calls that are no known site, by place: whether one of them can panic is not judged.
    pub(crate) calls: BTreeSet<Place>,
    /// Lines of each file that were compiled; the rest is behind a cfg that was off.
    pub(crate) lines: BTreeMap<String, BTreeSet<u32>>,
}

/// Kinds of the compiler's own asserts, by a part of their message.
const ASSERTS: [(&str, &str); 7] = [
    ("index out of bounds", "slice-index"),
    ("by zero", "integer-division"),
    ("with a divisor of zero", "integer-division"),
    ("attempt to compute `{} / {}`, which would overflow", "integer-division"),
    ("attempt to compute the remainder of `{} % {}`, which would overflow", "integer-division"),
    ("which would overflow", "integer-overflow"),
    ("attempt to shift", "integer-overflow"),
];

/// Checks that a debug build adds of its own accord.
const ADDED: [&str; 4] = ["misaligned pointer", "null pointer", "resumed after", "invalid enum"];

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is well-formed")
}

static SPAN: LazyLock<Regex> = LazyLock::new(|| regex(r"// scope \d+ at (.+?):(\d+):(\d+): (\d+):(\d+)\s*$"));
static LOCAL: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*let (?:mut )?(_\d+): (.+);\s+// in scope"));
static ARGUMENTS: LazyLock<Regex> = LazyLock::new(|| regex(r"^fn .+?\((_1: .*|)\) -> .*$"));
static CAST: LazyLock<Regex> = LazyLock::new(|| regex(r"^\S.* = (?:move |copy )?(.+) as (.+) \((\w+)(?:\(.*\))?\);$"));
static CONSTANT: LazyLock<Regex> = LazyLock::new(|| regex(r"^(_\d+) = const .+?;"));
static COMPARED: LazyLock<Regex> = LazyLock::new(|| regex(r"^(_\d+) = (?:Eq|Ne)\((.+?), const 0_\w+\);"));
static ASSERT: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"^assert\(!?(?:move |copy )?(\(?_\d+(?:\.1: bool\))?), "[^"]*"((?:, .*)?)\) -> "#));
static SKIPPED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(Storage(Live|Dead)|goto|return|drop|resume|unreachable|nop|let |debug |scope )"));

/// The function that is being read.
#[derive(Default)]
struct Function {
    /// Bodies of consts and statics: what panics there fails the build.
    constant: bool,
    types: HashMap<String, String>,
    /// Locals that hold a constant, and those that hold a constant's comparison with zero.
    constants: HashMap<String, bool>,
}

/// Adds what `text`, a crate's MIR, knows to `truth`; `sources` holds the crate's files.
pub(crate) fn read(text: &str, sources: &Sources, truth: &mut Truth) {
    let mut function = Function::default();
    for raw in text.lines() {
        let opens = raw.trim_end().ends_with('{') && !raw.starts_with("alloc") && !raw.starts_with("//");
        if opens && !raw.starts_with(char::is_whitespace) {
            function = Function::named(raw.trim_end().trim_end_matches('{').trim());
            continue;
        }
        if let Some(found) = LOCAL.captures(raw) {
            function.types.insert(found[1].to_owned(), found[2].to_owned());
        }
        let statement = raw.trim();
        function.note_constants(statement);
        let Some(span) = SPAN.captures(raw) else { continue };
        if function.constant {
            continue;
        }
        let number = |at: usize| span[at].parse::<u32>().unwrap_or(0);
        let (start, end) = ((number(2), number(3)), (number(4), number(5)));
        let Some(place) = sources.place(&span[1], start, end) else { continue };
        if !SKIPPED.is_match(statement) {
            truth.lines.entry(place.file.clone()).or_default().extend(start.0..=end.0);
        }
        let code = raw[..span.get(0).map_or(raw.len(), |all| all.start())].trim();
        function.statement(code, place, sources, truth);
    }
}

impl Function {
    fn named(head: &str) -> Self {
        let mut function = Self { constant: !head.starts_with("fn "), ..Self::default() };
        if let Some(found) = ARGUMENTS.captures(head) {
            for argument in callee::split(&found[1]) {
                if let Some((name, ty)) = argument.split_once(": ") {
                    function.types.insert(name.trim().to_owned(), ty.trim().to_owned());
                }
            }
        }
        function
    }

    fn note_constants(&mut self, statement: &str) {
        if let Some(found) = CONSTANT.captures(statement) {
            self.constants.insert(found[1].to_owned(), false);
        }
        if let Some(found) = COMPARED.captures(statement)
            && self.is_constant(&found[2])
        {
            self.constants.insert(found[1].to_owned(), true);
        }
    }

    fn is_constant(&self, operand: &str) -> bool {
        let operand = operand.trim().trim_start_matches("move ").trim_start_matches("copy ");
        operand.starts_with("const ") || self.constants.contains_key(operand)
    }

    fn statement(&self, code: &str, place: Place, sources: &Sources, truth: &mut Truth) {
        if code.starts_with("assert(") {
            let Some(kind) = assert_kind(code) else { return };
            // Several checks can stand at one place: what one of them leaves open is open.
            let trivial = self.is_trivial(code);
            truth.sites.entry((place, kind)).and_modify(|all| *all &= trivial).or_insert(trivial);
        } else if let Some(found) = CAST.captures(code) {
            if let Some(kind) = self.cast_kind(&found[1], &found[2], &found[3]) {
                truth.sites.entry((place, kind)).or_insert(false);
            }
        } else if let Some(path) = callee::called(code) {
            match callee::classify(path) {
                // What `.await` becomes; nobody wrote it.
                Some(Called { kind: "unchecked-call", .. }) if sources.text(&place).ends_with("await") => {}
                Some(called) => {
                    truth.sites.entry((place, called.kind)).or_insert(false);
                }
                None => {
                    truth.calls.insert(place);
                }
            }
        }
    }

    /// Tells whether constants alone decide an assert.
    fn is_trivial(&self, code: &str) -> bool {
        let Some(found) = ASSERT.captures(code) else { return code.starts_with("assert(const ") };
        let operands: Vec<&str> = found[2].split(", ").filter(|operand| !operand.is_empty()).collect();
        if code.contains("attempt to shift") {
            return operands.last().is_some_and(|operand| self.is_constant(operand));
        }
        if code.contains("by zero") || code.contains("divisor of zero") {
            return self.constants.get(&found[1]) == Some(&true);
        }
        !operands.is_empty() && operands.iter().all(|operand| self.is_constant(operand))
    }

    fn cast_kind(&self, operand: &str, target: &str, how: &str) -> Option<&'static str> {
        let from = self.type_of(operand);
        let from = from.as_deref().unwrap_or("");
        match how {
            // To `*const ()`: either the check that a debug build adds to a dereference, or written; not judged.
            "PtrToPtr" if from == target || target == "*const ()" && from.starts_with('*') => None,
            "PtrToPtr" => Some("pointer-cast"),
            "PointerWithExposedProvenance" => Some("int-to-pointer"),
            "PointerExposeProvenance" => Some("pointer-to-int"),
            "FnPtrToPtr" => Some("fn-pointer-cast"),
            // The compiler's own step through a Box, and the check of a pointer that a debug build adds.
            "Transmute" if target.starts_with("*const ") && (from.is_empty() || from.contains("NonNull<")) => None,
            "Transmute" if target == "usize" && from.starts_with("*const ()") => None,
            "Transmute" => Some("transmute"),
            _ => None,
        }
    }

    fn type_of(&self, operand: &str) -> Option<String> {
        static FIELD: LazyLock<Regex> = LazyLock::new(|| regex(r"^\(.*?\.\d+: (.+)\)$"));
        let operand = operand.trim();
        if operand.starts_with("const ") {
            return Some(operand.to_owned());
        }
        self.types.get(operand).cloned().or_else(|| FIELD.captures(operand).map(|found| found[1].to_owned()))
    }
}

fn assert_kind(code: &str) -> Option<&'static str> {
    if ADDED.iter().any(|added| code.contains(added)) {
        return None;
    }
    if code.contains("attempt to negate") {
        return Some("integer-overflow");
    }
    ASSERTS.iter().find(|(part, _)| code.contains(part)).map(|&(_, kind)| kind)
}
