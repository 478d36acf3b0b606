//! The flat tree against `ra_ap_syntax`'s own tree of the same text: same kinds, same ranges, white space left out.

use std::path::{Path, PathBuf};

use auditor::syntax::{Edition, Fragment, SyntaxKind, parse};
use ra_ap_syntax::{NodeOrToken, SourceFile, WalkEvent};

type Entry = (SyntaxKind, u32, u32);

fn flat(text: &str, edition: Edition) -> Vec<Entry> {
    parse(text, edition, Fragment::File).tree.entries().collect()
}

fn reference(text: &str, edition: Edition) -> Vec<Entry> {
    // rust-analyzer turns the line ends of Windows into LF before it parses; a blank keeps the offsets.
    let parsed = SourceFile::parse(&text.replace("\r\n", "\n "), edition);
    let events = parsed.syntax_node().preorder_with_tokens().filter_map(|event| match event {
        WalkEvent::Enter(NodeOrToken::Node(node)) => Some((node.kind(), node.text_range())),
        WalkEvent::Enter(NodeOrToken::Token(token)) => Some((token.kind(), token.text_range())),
        WalkEvent::Leave(_) => None,
    });
    let told = events.filter(|&(kind, _)| kind != SyntaxKind::WHITESPACE);
    told.map(|(kind, range)| (kind, range.start().into(), range.end().into())).collect()
}

fn assert_same(name: &str, text: &str, edition: Edition) {
    let (flat, reference) = (flat(text, edition), reference(text, edition));
    let first = flat.iter().zip(&reference).position(|(one, other)| one != other);
    let at = first.unwrap_or(flat.len().min(reference.len()));
    let around = at.saturating_sub(2)..at + 3;
    let show = |entries: &[Entry]| entries.get(around.start..around.end.min(entries.len())).map(<[Entry]>::to_vec);
    assert!(
        flat == reference,
        "{name} in edition {edition} differs at entry {at}: {:?} instead of {:?}",
        show(&flat),
        show(&reference)
    );
}

/// Every Rust file below `folder` of this repository.
fn sources(folder: &str, found: &mut Vec<PathBuf>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    for entry in std::fs::read_dir(&folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("it lies in the repository").to_owned();
        if path.is_dir() && !path.ends_with("target") {
            sources(&name.to_string_lossy(), found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_flat_tree_of_real_sources_is_the_reference_tree() {
    let mut files = Vec::new();
    for folder in ["src", "tests", "fixtures", "runtime"] {
        sources(folder, &mut files);
    }
    assert!(files.len() > 200, "{} files", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).expect("the file can be read");
        assert_same(&file.to_string_lossy(), &text, Edition::Edition2024);
    }
}

/// Texts that lexers and parsers stumble on.
const ODD: &[(&str, &str)] = &[
    ("empty", ""),
    ("blank", " \n\t\r\n "),
    ("shebang", "#!/usr/bin/env run-cargo-script\nfn main() {}\n"),
    ("inner attribute that begins like a shebang", "#![allow(x)]\nfn main() {}\n"),
    ("frontmatter", "---\n[dependencies]\n---\nfn main() {}\n"),
    ("shebang and frontmatter", "#!/usr/bin/env cargo\n---cargo\n[package]\n---\n\nfn main() {}\n"),
    ("carriage returns", "// c\r\nfn f() {\r\n    /* d\r\n */ 1;\r\n}\r\n"),
    ("a string that goes on behind a carriage return", "const A: &str = \"a \\\r\n  b\";\r\n// c\r\nfn f() {}\r\n"),
    ("comments apart from an item", "fn e() {}\n// a\n\n// b\nfn f() {}\n// c\n\n#[a]\nfn g() {}\n"),
    ("lone carriage return", "fn f() {\r}"),
    (
        "raw strings",
        "const A: &str = r#\"a\"b\"#; const B: &str = r##\"\"#\"##; const C: &[u8] = br\"\\\"; const D: &CStr = cr#\"\"#;",
    ),
    ("unclosed raw string", "const A: &str = r##\"a\"#;"),
    ("unclosed string", "const A: &str = \"a"),
    ("unclosed character", "const A: char = 'a;\nfn f() {}"),
    ("unclosed comment", "fn f() {} /* a /* b */"),
    ("nested comment", "/* a /* b */ c */ fn f() {}"),
    ("doc comments", "//! a\n/*! b */\n/// c\n/** d */\n//// e\n/*** f */\n/**/\nfn f() {}"),
    ("string line ends", "const A: &str = \"a\\\n   b\n c\";"),
    ("raw identifiers", "fn r#fn(r#type: u8) { r#match!(r#self) }"),
    ("raw lifetimes", "fn f<'r#a>(x: &'r#a u8) {}"),
    ("reserved prefixes", "fn f() { k#async; x\"a\"; y'a'; z#\"b\"# }"),
    ("guarded strings", "fn f() { m!(#\"a\"#); m!(##\"a\"##) }"),
    ("byte literals", "const A: u8 = b'\\xff'; const B: &[u8] = b\"\\n\\\"\";"),
    ("numbers", "const A: f64 = 1. + 1e9 + 1_f32 + 0x1F_u8 + 0b1 + 0o7 + 1.0e-3 + 0xe+1;"),
    ("malformed numbers", "const A: u8 = 0b2 + 0x + 1e + 9z;"),
    ("tuple fields", "fn f() { x.0.1.2; x.0 .1; x.1e3; x.0.0.a() }"),
    ("ranges", "fn f() { 0..1; ..=2; 3..; ..; 1.. 2; 1...2 }"),
    ("glued operators", "fn f() { a<<=b; a>>=b; a>> =b; a&&&b; a||b|c; a<-b; a=-b; a..=b; x::<A<B>>>::y }"),
    ("generics", "fn f<'a, T: ?Sized + 'a, const N: usize = { 1 }>(x: [T; N]) where for<'b> &'b T: Fn(u8) -> u8 {}"),
    ("let chains", "fn f() { if let A = a && let B = b || c {} while let Some(_) = x && y {} }"),
    ("let else", "fn f() { let Some(x) = y else { return }; }"),
    ("async and try words", "async fn f() { async move { x.await? }; try { y? }; gen { yield 1 } }"),
    ("words of old editions", "fn async(dyn: u8, await: u8) -> dyn { try!(x); dyn::new(); async::y() }"),
    ("unsafe everything", "unsafe extern \"C\" { safe fn f(); unsafe static mut X: u8; } unsafe impl A for B {}"),
    (
        "attributes",
        "#![a]\n#[b(c = \"d\", e(f))] #[unsafe(no_mangle)] fn f(#[g] x: u8) { #[h] let y = #[i] 1; #[j] { } }",
    ),
    (
        "macros",
        "m! { a $b:c } m!(x;); fn f() { m![1, 2][0]; m! {} .x(); m!() + 1; let m!() = m!(); } macro_rules! z { ($($x:tt)*) => { $($x)* } } macro n($a:b) {}",
    ),
    ("not rust", "int main(void) { return 0 ? 1 : 2; } @ ` $ \\ ~ ?"),
    ("merge conflict", "<<<<<<< HEAD\nfn f() {}\n=======\nfn g() {}\n>>>>>>> b\n"),
    ("unbalanced", "fn f( { [ } ) ] > <"),
    ("only closing", "} ) ] }"),
    ("beyond ASCII", "fn größe(é: &str) -> char { 'ß' } // 漢字 🦀\nconst Ω: &str = \"🦀\";"),
    ("white space of Unicode", "fn\u{85}f\u{200e}()\u{2028}{}\u{2029}"),
    ("emoji identifier", "fn 🦀() {}"),
    ("zero-width joiner", "fn a\u{200d}b() {}"),
    (
        "closures",
        "fn f() { |x| x; || -> u8 { 1 }; move |a, (b, c): (u8, u8)| a; static || 1; for<'a> |x: &'a u8| x; async || 1 }",
    ),
    (
        "patterns",
        "fn f() { match x { A | B if c => 1, 0..=9 | 'a'.. => 2, ref mut y @ Some(_) => 3, [a, .., b] => 4, &(x, ..) => 5, S { a, b: _, .. } => 6, -1 => 7, const { 1 } => 8, } }",
    ),
    ("never and infer types", "fn f() -> ! { let _: _ = x as *const _ as *mut [u8] as fn(u8, ..) -> u8; }"),
    ("builtin syntax", "fn f() { builtin # offset_of(A, b); builtin # format_args(\"{}\", x) }"),
];

#[test]
fn the_flat_tree_is_the_same_with_the_line_ends_of_windows() {
    // What may stand before the code ends with its line end, half of which has become a blank.
    let alike = |text: &str| !text.contains('\r') && !text.starts_with("#!/") && !text.starts_with("---");
    for (name, text) in ODD.iter().filter(|(_, text)| alike(text)) {
        let windows = text.replace('\n', "\r\n");
        let unix = |at: u32| at - windows[..at as usize].matches('\r').count() as u32;
        let told: Vec<Entry> = flat(&windows, Edition::Edition2024)
            .into_iter()
            .map(|(kind, start, end)| (kind, unix(start), unix(end)))
            .collect();
        assert_eq!(told, reference(text, Edition::Edition2024), "{name}");
    }
}

#[test]
fn the_flat_tree_of_odd_texts_is_the_reference_tree() {
    let editions = [Edition::Edition2015, Edition::Edition2018, Edition::Edition2021, Edition::Edition2024];
    for (name, text) in ODD {
        for edition in editions {
            assert_same(name, text, edition);
        }
    }
}

#[test]
fn a_byte_order_mark_is_blank_and_moves_nothing() {
    let marked = "\u{feff}fn f() {}\n";
    let entries = flat(marked, Edition::Edition2024);
    assert_eq!(entries, reference("   fn f() {}\n", Edition::Edition2024));
    assert_eq!(entries.first().map(|&(_, start, end)| (start, end)), Some((0, marked.len() as u32)));
}
