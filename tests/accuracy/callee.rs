//! Which of the functions that MIR calls are sites: by the path that rustc prints.

use std::sync::LazyLock;

use regex::Regex;

/// A call that is a site.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) kind: &'static str,
}

/// Functions of std that panic on a bad argument or state: what their path begins with, and their names.
const PANICKING: [(&str, &str); 16] = [
    (
        r"^(core|std|alloc)::slice::",
        "split_at split_at_mut copy_from_slice clone_from_slice copy_within swap swap_with_slice rotate_left rotate_right \
         chunks chunks_mut chunks_exact chunks_exact_mut rchunks windows select_nth_unstable select_nth_unstable_by",
    ),
    (r"^(\w+::)*VecDeque::", "swap insert drain split_off rotate_left rotate_right range range_mut"),
    (r"^(\w+::)*Vec::", "remove swap_remove insert drain split_off splice extend_from_within"),
    (r"^(\w+::)*String::", "remove insert insert_str drain split_off truncate replace_range"),
    (r"^core::str::<impl str>::", "split_at split_at_mut"),
    (r"^<.* as (\w+::)*Iterator>::", "step_by"),
    (r"^(\w+::)*Duration::", "from_secs_f64 from_secs_f32 mul_f64 mul_f32 div_f64 div_f32"),
    (r"^(core::char::methods::<impl char>|char::methods|std::char)::", "from_digit to_digit is_digit"),
    (r"^core::num::<impl \w+>::", "pow abs div_euclid rem_euclid ilog ilog2 ilog10 next_power_of_two next_multiple_of"),
    (r"^(core|std)::f(32|64)::<impl", "clamp"),
    (r"^(std::)?env::", "args vars"),
    (r"^(\w+::)*LocalKey::", "with with_borrow with_borrow_mut set take replace"),
    (r"^(\w+::)*BTreeMap::", "range range_mut"),
    (r"^<(\w+::)*(Instant|SystemTime|Duration) as (\w+::)*(Add|Sub|Mul|Div)<", "add sub mul div"),
    (
        r"^<(\w+::)*(Instant|SystemTime|Duration) as (\w+::)*(Add|Sub|Mul|Div)Assign<",
        "add_assign sub_assign mul_assign div_assign",
    ),
    (r"^(\w+::)*RefCell::", ""),
];

static API: LazyLock<Vec<(Regex, Vec<&str>)>> = LazyLock::new(|| {
    let entry = |&(path, names): &(&str, &'static str)| (regex(path), names.split_whitespace().collect());
    PANICKING.iter().map(entry).collect()
});
static UNWRAP: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:\w+::)*(?:Option|Result)::<.*>::(unwrap|unwrap_err|expect|expect_err)(?:::<.*>)?$"));
static INDEX: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^<(.*) as (?:\w+::)*(?:Index|IndexMut)<(.*)>>::index(?:_mut)?$"));
static LIST: LazyLock<Regex> = LazyLock::new(|| regex(r"^(\[|(?:\w+::)*Vec(?:Deque)?<)"));
static TEXT: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:\w+::)*(?:str|String)$"));
static MAP: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:\w+::)*(?:HashMap|BTreeMap)<"));
static BORROW: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?:^|::)RefCell::(borrow|borrow_mut|replace|swap|take|replace_with)$"));
static UNCHECKED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(^|::)(get_unchecked|get_unchecked_mut|unwrap_unchecked|from_utf8_unchecked|new_unchecked|unreachable_unchecked)$",
    )
});
static OF_STD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(core::|std::|alloc::|hint::|str::|slice::|<?(?:\w+::)*(NonNull|NonZero|Option|Result|Pin|String|Box|Layout|char)\b)",
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is well-formed")
}

/// Splits at commas that stand in no bracket.
pub(crate) fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let mut before = ' ';
    text.split(move |letter| {
        depth += nesting(before, letter);
        before = letter;
        letter == ',' && depth == 0
    })
    .collect()
}

/// How `letter` changes the nesting; the `>` of an arrow is no bracket.
fn nesting(before: char, letter: char) -> i32 {
    match letter {
        '<' | '(' | '[' | '{' => 1,
        ')' | ']' | '}' => -1,
        '>' if !matches!(before, '-' | '=') => -1,
        _ => 0,
    }
}

/// Returns the path that a MIR call calls: `_3 = f::<T>(move _1) -> …` gives `f::<T>`.
pub(crate) fn called(code: &str) -> Option<&str> {
    code.contains(") -> ").then_some(())?;
    let call = match code.split_once(" = ") {
        Some((left, right)) if !left.contains('(') || left.starts_with('(') => right,
        _ => code,
    };
    call.starts_with(|first: char| first == '<' || first.is_alphanumeric() || first == '_').then_some(())?;
    let (mut depth, mut before) = (0, ' ');
    for (at, letter) in call.char_indices() {
        if letter == '(' && depth == 0 {
            return call.get(..at);
        }
        depth += nesting(before, letter);
        before = letter;
    }
    None
}

/// Drops `::<…>` and `<…>` so that functions compare by name; what stands within `<… as Trait>` goes too.
fn bare(path: &str) -> String {
    let (mut depth, mut before) = (0, ' ');
    let mut out = String::new();
    for letter in path.chars() {
        let change = if matches!(letter, '<' | '>') { nesting(before, letter) } else { 0 };
        if change == 0 && depth == 0 {
            out.push(letter);
        }
        depth += change;
        before = letter;
    }
    while out.contains("::::") {
        out = out.replace("::::", "::");
    }
    out.trim_end_matches("::").to_owned()
}

/// Returns what kind of site a call of `path` is, if it is one.
pub(crate) fn classify(path: &str) -> Option<Called> {
    let site = |kind| Some(Called { kind });
    if let Some(found) = UNWRAP.captures(path) {
        return site(if found[1].starts_with("unwrap") { "unwrap" } else { "expect" });
    }
    if let Some(found) = INDEX.captures(path) {
        let (base, index) = (&found[1], &found[2]);
        let kind = match index.contains("Range") {
            true if TEXT.is_match(base) => "str-index",
            true if LIST.is_match(base) => "range-index",
            false if MAP.is_match(base) => "map-index",
            false if LIST.is_match(base) => "slice-index",
            _ => "user-index",
        };
        return site(kind);
    }
    let name = bare(path);
    let last = name.rsplit("::").next().unwrap_or(&name);
    match last {
        _ if BORROW.is_match(&name) => site("refcell-borrow"),
        "transmute" => site("transmute"),
        "from_raw_parts" | "from_raw_parts_mut" => site("from-raw-parts"),
        // rustc prints the path of a function whose name is unique as that name alone.
        _ if UNCHECKED.is_match(&name) && (OF_STD.is_match(path) || name == last) => site("unchecked-call"),
        _ => {
            // The type's own parameters go, the impl that names the type stays.
            let panics = API.iter().any(|(start, names)| names.contains(&last) && start.is_match(path));
            panics.then_some(Called { kind: "panicking-api" })
        }
    }
}
