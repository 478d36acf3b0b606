//! Hostile input: nesting without end, files that are too large, not there, not text. Never a crash, always a gap.

use std::collections::BTreeMap;

use serde_json::Value;

use super::cli::{Place, Run};

/// Far beyond what any stack holds.
const DEEP: usize = 100_000;

/// Just within what is parsed, with the few levels that stand around each shape: the stack must hold it in a debug build.
const WITHIN: usize = 150;

/// Code that nests: its name, what opens a level, the innermost, what closes a level, and what stands around all of it.
struct Shape {
    name: &'static str,
    open: &'static str,
    inner: &'static str,
    close: &'static str,
    around: (&'static str, &'static str),
}

const EXPR: (&str, &str) = ("pub fn f(mut x: u8, p: &u8) { let _ = ", "; }\n");
const TYPE: (&str, &str) = ("pub fn f(_: ", ") {}\n");
const PATTERN: (&str, &str) = ("pub fn f(x: u8) { match x { ", " => {} _ => {} } }\n");
const ITEM: (&str, &str) = ("", "\n");

const fn shape(
    name: &'static str,
    around: (&'static str, &'static str),
    open: &'static str,
    inner: &'static str,
    close: &'static str,
) -> Shape {
    Shape { name, open, inner, close, around }
}

/// What can nest, by the recursion of the parser and of the stages after it.
const SHAPES: &[Shape] = &[
    shape("parentheses", EXPR, "(", "1", ")"),
    // `yeet` is a word like any other to the lexer: what follows is no operand's operator.
    shape("yeet-closures", EXPR, "do yeet |x| ", "1", ""),
    shape("yeet-references", EXPR, "do yeet &", "1", ""),
    shape("yeet-ranges", EXPR, "do yeet ..", "1", ""),
    shape("tuples", EXPR, "(1, ", "1", ",)"),
    shape("arrays", EXPR, "[", "1", "]"),
    shape("blocks", EXPR, "{ ", "1", " }"),
    shape("calls", EXPR, "f(", "1", ")"),
    shape("records", EXPR, "S { a: ", "1", " }"),
    shape("indices", EXPR, "x[", "1", "]"),
    shape("not", EXPR, "!", "x", ""),
    shape("negations", EXPR, "- ", "x", ""),
    shape("dereferences", EXPR, "*", "p", ""),
    shape("references", EXPR, "&&", "x", ""),
    shape("references-apart", EXPR, "& ", "x", ""),
    shape("raw-references", EXPR, "&raw const ", "x", ""),
    shape("else-if", EXPR, "if x > 1 { 1 } else ", "{ 1 }", ""),
    shape("if-in-if", EXPR, "if x > 1 { ", "1", " } else { 2 }"),
    shape("conditions", EXPR, "if ", "x > 1", " { true } else { false }"),
    shape("matches", EXPR, "match ", "x", " { _ => 1 }"),
    shape("match-arms", EXPR, "match x { _ => ", "1", " }"),
    shape("block-arms", ("pub fn f(x: (u8, u8)) { match x { ", "_ => {} } }\n"), "(1, _) => {} ", "", ""),
    shape("match-guards", EXPR, "match x { _ if ", "true", " => true, _ => false }"),
    shape("loops", EXPR, "loop { ", "break", " }"),
    shape("for-loops", EXPR, "for i in ", "0..x", " {}"),
    shape("closures", EXPR, "|| ", "1", ""),
    shape("closures-with-arguments", EXPR, "move |a: u8| ", "1", ""),
    shape("closures-with-blocks", EXPR, "|a: u8| { ", "1", " }"),
    shape("async-blocks", EXPR, "async { ", "1", " }"),
    shape("macro-calls", EXPR, "vec![", "1", "]"),
    shape("unknown-macro-calls", EXPR, "unknown!(", "1", ")"),
    shape("format-arguments", EXPR, "format!(\"{}\", ", "1", ")"),
    shape("assignments", EXPR, "x = ", "1", ""),
    shape("compound-assignments", EXPR, "x += ", "1", ""),
    shape("returns", EXPR, "return ", "1", ""),
    shape("breaks", EXPR, "break ", "1", ""),
    shape("ranges", EXPR, "..", "1", ""),
    shape("lets", EXPR, "if let Some(_) = ", "Some(1)", " {}"),
    shape("sums", EXPR, "1 + ", "1", ""),
    shape("products", EXPR, "x * ", "x", ""),
    shape("quotients", EXPR, "x / ", "x", ""),
    shape("shifts", EXPR, "x >> ", "x", ""),
    shape("comparisons", EXPR, "x == ", "x", ""),
    shape("disjunctions", EXPR, "true || ", "true", ""),
    shape("conjunctions", EXPR, "true && ", "true", ""),
    shape("exclusive-ors", EXPR, "x ^ ", "x", ""),
    shape("method-chains", EXPR, "", "x", ".pow(1)"),
    shape("field-chains", EXPR, "", "x", ".a"),
    shape("call-chains", EXPR, "", "f", "(1)"),
    shape("index-chains", EXPR, "", "p", "[1]"),
    shape("question-marks", EXPR, "", "x", "?"),
    shape("casts", EXPR, "", "x", " as u8"),
    shape("awaits", EXPR, "", "x", ".await"),
    shape("paths", EXPR, "a::", "a", ""),
    shape("turbofish", EXPR, "f::<", "u8", ">"),
    shape("qualified-paths", TYPE, "<", "u8", " as Iterator>::Item"),
    shape("generics", TYPE, "Vec<", "u8", ">"),
    shape("generic-defaults", ITEM, "pub struct S<T = ", "u8", ">(T);"),
    shape("reference-types", TYPE, "&", "u8", ""),
    shape("pointer-types", TYPE, "*const ", "u8", ""),
    shape("tuple-types", TYPE, "(u8, ", "u8", ")"),
    shape("parenthesised-types", TYPE, "(", "u8", ")"),
    shape("array-types", TYPE, "[", "u8", "; 1]"),
    shape("slice-types", TYPE, "[", "u8", "]"),
    shape("function-types", TYPE, "fn(", "u8", ")"),
    shape("function-results", TYPE, "fn() -> ", "u8", ""),
    shape("impl-types", TYPE, "impl Fn() -> ", "u8", ""),
    shape("dyn-types", TYPE, "&dyn Fn(", "u8", ")"),
    shape("for-lifetimes", TYPE, "for<'a> ", "fn()", ""),
    shape("patterns", PATTERN, "Some(", "_", ")"),
    shape("tuple-patterns", PATTERN, "(_, ", "_", ")"),
    shape("slice-patterns", PATTERN, "[", "_", "]"),
    shape("reference-patterns", PATTERN, "&", "_", ""),
    shape("bound-patterns", PATTERN, "a @ ", "_", ""),
    shape("record-patterns", PATTERN, "S { a: ", "_", " }"),
    shape("alternatives", PATTERN, "1 | ", "2", ""),
    shape("ranges", PATTERN, "1..=2 | ", "3", ""),
    shape("box-patterns", PATTERN, "box ", "_", ""),
    shape("modules", ITEM, "mod a { ", "", " }"),
    shape("functions", ITEM, "fn f() { ", "", " }"),
    shape("impls", ITEM, "impl S { fn f() { ", "", " } }"),
    shape("use-trees", ITEM, "use a::{", "a", "};"),
    shape("attributes", ITEM, "#[a(", "", ")]"),
    shape("macro-definitions", ITEM, "macro_rules! m { () => { ", "", " } }"),
    shape("block-comments", ITEM, "/* ", "", " */"),
    shape("unclosed-parentheses", EXPR, "(", "", ""),
    shape("unclosed-brackets", ITEM, "[", "", ""),
    shape("unclosed-braces", ITEM, "{", "", ""),
    shape("unclosed-angles", TYPE, "Vec<", "", ""),
    shape("closing-only", ITEM, ")", "", ""),
    shape("labels", EXPR, "'a: ", "1", ""),
    shape("keywords-else", EXPR, "else ", "1", ""),
    shape("where-bounds", ITEM, "fn f() where T: ", "A", ""),
    shape("expression-attributes", EXPR, "#[a] ", "1", ""),
    shape("const-blocks", EXPR, "const { ", "1", " }"),
    shape("unsafe-blocks", EXPR, "unsafe { ", "1", " }"),
    shape("const-generics", TYPE, "A<{ ", "1", " }>"),
];

/// Shapes that nest nothing, or nothing that the parser goes down for.
const FLAT: &[&str] =
    &["alternatives", "block-arms", "block-comments", "closing-only", "expression-attributes", "ranges"];

impl Shape {
    fn text(&self, levels: usize) -> String {
        let (before, after) = self.around;
        let (open, close) = (self.open.repeat(levels), self.close.repeat(levels));
        format!("{before}{open}{}{close}{after}", self.inner)
    }
}

/// Scans every shape at `levels`; the run, and the reason of each file's gap.
fn nested(place: &str, levels: usize) -> (Run, BTreeMap<String, String>) {
    let place = Place::new(place);
    for shape in SHAPES {
        place.write(&format!("{}.rs", shape.name), shape.text(levels));
    }
    let run = place.run(&["scan", "--jobs", "2", "--format", "json"]);
    let gaps = gaps(&run);
    (run, gaps)
}

/// The files that a JSON report lists as gaps, with the reason.
fn gaps(run: &Run) -> BTreeMap<String, String> {
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("a report, not {}", run.stderr));
    let gaps = report["gaps"].as_array().expect("gaps are a list");
    let text = |gap: &Value, key: &str| gap[key].as_str().unwrap_or_default().to_owned();
    gaps.iter().map(|gap| (text(gap, "file"), text(gap, "reason"))).collect()
}

#[test]
fn nesting_without_end_is_a_gap_and_never_a_crash() {
    let (run, gaps) = nested("deep", DEEP);
    assert!(matches!(run.code, 0..=2), "{}: {}", run.code, run.stderr);
    for shape in SHAPES {
        let reason = gaps.get(&format!("{}.rs", shape.name)).map_or("", String::as_str);
        let refused = reason.contains("nested deeper than");
        assert_eq!(refused, !FLAT.contains(&shape.name), "{}: {reason:?}", shape.name);
    }
}

#[test]
fn nesting_within_the_limit_is_read() {
    let (run, gaps) = nested("within", WITHIN);
    assert!(matches!(run.code, 0..=2), "{}: {}", run.code, run.stderr);
    for shape in SHAPES {
        let reason = gaps.get(&format!("{}.rs", shape.name)).map_or("", String::as_str);
        assert!(!reason.contains("nested deeper than"), "{}: {reason:?}", shape.name);
    }
}

#[test]
fn a_file_that_is_too_large_is_a_gap() {
    let place = Place::new("large");
    place.write("src/lib.rs", "pub fn f(x: Option<u8>) -> u8 { x.unwrap() }\n");
    place.write("src/large.rs", "");
    // Sparse: it takes no room on the disk.
    let file = std::fs::File::options().write(true).open(place.path("src/large.rs")).expect("the file is there");
    file.set_len(200 << 20).expect("the file can grow");
    let run = place.run(&["scan", "--format", "json"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(gaps(&run)["src/large.rs"].starts_with("larger than the limit"), "{:?}", gaps(&run));
}

#[test]
fn bytes_that_are_no_text_are_a_gap() {
    let place = Place::new("bytes");
    // From a fixed linear congruence.
    let noise: Vec<u8> =
        std::iter::successors(Some(1_u32), |x| Some(x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)))
            .map(|x| x.to_be_bytes()[0])
            .take(100_000)
            .collect();
    place.write("src/noise.rs", &noise);
    place.write("src/nul.rs", "fn f() {\0}\n");
    place.write("src/lib.rs", "pub fn f() {}\n");
    let run = place.run(&["scan", "--format", "json"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(gaps(&run).keys().collect::<Vec<_>>(), ["src/noise.rs", "src/nul.rs"]);
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_is_walked_once() {
    let place = Place::new("links");
    place.write("src/lib.rs", "pub fn f(x: Option<u8>) -> u8 { x.unwrap() }\n");
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, place.path(at)).expect("a link can be made");
    link("..", "src/up");
    link("self.rs", "src/self.rs");
    let run = place.run(&["scan", "--format", "json"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).expect("the report is JSON");
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1));
    assert_eq!(gaps(&run).keys().collect::<Vec<_>>(), ["src/self.rs"]);
}

/// Whoever runs the tests, root too, cannot read these: a folder in a file's place is no file, a pipe is never opened.
#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_a_gap_and_does_not_block() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new("unreadable");
    place.write("src/lib.rs", "pub fn f() {}\n");
    place.write("src/closed.rs", "pub fn g() {}\n");
    let closed = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(place.path("src/closed.rs"), closed).expect("permissions can be set");
    let pipe = std::process::Command::new("mkfifo").arg(place.path("src/pipe.rs")).status();
    assert!(pipe.is_ok_and(|status| status.success()), "a pipe can be made");
    let run = place.run(&["scan", "--format", "json"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let gaps = gaps(&run);
    assert_eq!(gaps["src/pipe.rs"], "not a regular file but a special file");
    // Root may read everything.
    if std::fs::read(place.path("src/closed.rs")).is_err() {
        assert!(gaps["src/closed.rs"].starts_with("cannot be read: "), "{gaps:?}");
    }
}

#[test]
fn a_layer_over_stds_macros_does_not_call_itself() {
    let place = Place::new("layer");
    // As crates without std have it: each of two builds has one of the lines, and both are read.
    let layer = "macro_rules! todo {\n    ($($part:tt)*) => {{\n        #[cfg(debug_assertions)]\n        ::core::todo!($($part)*);\n        \
                 #[cfg(not(debug_assertions))]\n        ::core::todo!($($part)*);\n    }};\n}\n";
    place.write("src/lib.rs", format!("{layer}pub fn unfinished(step: u32) {{\n    todo!(\"step {{step}}\");\n}}\n"));
    let run = place.run(&["surface", "--format", "json"]);
    let surface: Value = serde_json::from_str(&run.stdout).expect("a surface");
    let sites = surface["sites"].as_array().expect("sites are a list");
    let lines: Vec<_> = sites.iter().map(|site| (site["kind"].as_str(), site["line"].as_u64())).collect();
    assert_eq!(lines, [(Some("todo-macro"), Some(4)), (Some("todo-macro"), Some(6))]);
    assert_eq!(surface["coverage"]["macro_calls"], 3);
}
