//! `auditor artifact` on programs that are compiled here: its list is held against the compiler's own intermediate code.

use std::collections::BTreeSet;
use std::process::Command;

use super::cli::Place;
use super::reports::assert_meets;

/// Sites that are left, one that a guard removes at -O, and one in a macro's body, which names the call.
const PROGRAM: &str = r#"macro_rules! third {
    ($of:expr) => {
        $of.get(2).expect("three arguments")
    };
}

fn first(words: &[String]) -> usize {
    if words.is_empty() { 0 } else { words[0].len() }
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let guarded = first(&words);
    let second = words[1].len();
    let third = third!(words).len();
    let number: u32 = words[1].parse().unwrap();
    if number == 7 {
        panic!("seven");
    }
    println!("{} {}", guarded + second + third, 1000 / number);
}
"#;

/// Compiles `main.rs` of `place` with optimization and `args`.
fn rustc(place: &Place, args: &[&str]) {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2021", "-O", "main.rs"]).args(args).current_dir(place.path(""));
    let run = command.output().expect("cargo runs this test, so that the compiler is there");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

/// The locations of `main.rs` in LLVM's assembly: constants of a path's address, its length, line and column.
fn in_llvm(text: &str) -> BTreeSet<(u64, u64)> {
    let quoted = |line: &str| {
        let bytes = line.split_once("[16 x i8] c\"")?.1.rsplit_once('"')?.0;
        let mut read = Vec::new();
        let mut rest = bytes.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'\\' {
                let digits = [rest.next()?, rest.next()?];
                read.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            } else {
                read.push(byte);
            }
        }
        let number = |at: usize| Some(u64::from(u32::from_le_bytes(read.get(at..at + 4)?.try_into().ok()?)));
        // "main.rs" has seven letters; std's paths are longer.
        (number(0)? == 7).then_some((number(8)?, number(12)?))
    };
    text.lines().filter(|line| line.contains("<{ ptr, [16 x i8] }>")).filter_map(quoted).collect()
}

fn listed(place: &Place, binary: &str, more: &[&str]) -> serde_json::Value {
    let args = [&["artifact", binary, "--format", "json"], more].concat();
    let run = place.run(&args);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_meets("artifact.v1.json", &run.stdout);
    serde_json::from_str(&run.stdout).expect("it is JSON")
}

fn own(report: &serde_json::Value) -> BTreeSet<(u64, u64)> {
    let sites = report["sites"].as_array().expect("there are sites");
    let own = sites.iter().filter(|site| site["file"] == "main.rs");
    own.map(|site| (site["line"].as_u64().unwrap_or(0), site["column"].as_u64().unwrap_or(0))).collect()
}

#[test]
fn what_is_left_in_a_program_is_what_the_compiler_put_there() {
    let place = Place::new("artifact");
    place.write("main.rs", PROGRAM);
    rustc(&place, &["--emit=llvm-ir", "-o", "main.ll", "-C", "codegen-units=1"]);
    let expected = in_llvm(&place.read("main.ll"));
    assert!(expected.contains(&(18, 9)), "{expected:?}");
    let forms: [(&str, &[&str], &str); 4] = [
        ("whole", &[], "unwind"),
        ("stripped", &["-C", "strip=symbols"], "unwind"),
        ("aborting", &["-C", "panic=abort", "-C", "strip=symbols"], "abort"),
        ("fixed", &["-C", "relocation-model=static"], "unwind"),
    ];
    for (name, args, strategy) in forms {
        rustc(&place, &[&["-C", "codegen-units=1", "-o", name], args].concat());
        let report = listed(&place, name, &[]);
        assert_eq!(own(&report), expected, "{name}");
        assert_eq!(report["panic_strategy"], strategy, "{name}");
        let crates: BTreeSet<&str> =
            report["sites"].as_array().into_iter().flatten().filter_map(|site| site["crate"].as_str()).collect();
        assert!(crates.contains("core") && crates.contains("std"), "{name}: {crates:?}");
    }
    // What is not linked yet: an object, and a static library of it.
    rustc(&place, &["--emit=obj", "-C", "codegen-units=1", "-o", "main.o"]);
    assert_eq!(own(&listed(&place, "main.o", &[])), expected);
    place.write("main.rs", PROGRAM.replace("fn main()", "#[unsafe(no_mangle)]\npub extern \"C\" fn entry()"));
    rustc(&place, &["--crate-type=staticlib", "-C", "codegen-units=1", "-o", "libmain.a"]);
    let moved: BTreeSet<(u64, u64)> = expected.iter().map(|&(line, column)| (line + 1, column)).collect();
    assert_eq!(own(&listed(&place, "libmain.a", &[])), moved);
}

#[test]
fn a_source_site_is_left_or_removed() {
    let place = Place::new("artifact-source");
    place.write("main.rs", PROGRAM);
    rustc(&place, &["-C", "strip=symbols", "-o", "program"]);
    let report = listed(&place, "program", &["--source", "."]);
    let sites = report["sites"].as_array().expect("there are sites");
    let kind_at = |line: u64, column: u64| {
        let at =
            |site: &&serde_json::Value| site["file"] == "main.rs" && site["line"] == line && site["column"] == column;
        sites.iter().find(at).and_then(|site| site["site"]["kind"].as_str()).unwrap_or("none")
    };
    assert_eq!(kind_at(14, 23), "slice-index");
    assert_eq!(kind_at(15, 17), "expect", "the call of the macro stands for its body");
    assert_eq!(kind_at(16, 40), "unwrap");
    assert_eq!(kind_at(18, 9), "panic-macro");
    assert_eq!(kind_at(20, 49), "integer-division");
    let removed = report["source"]["sites_removed"].as_array().expect("some are removed");
    let guarded = removed.iter().any(|site| site["kind"] == "slice-index" && site["line"] == 8);
    assert!(guarded, "the guard of line 8 removes its index: {removed:?}");
    assert_eq!(report["source"]["locations_unknown"], 0);
}

#[test]
fn what_is_no_program_is_an_error_that_names_it() {
    let place = Place::new("artifact-wrong");
    place.write("notes.txt", "not a program");
    place.write("cut", [0x7f, b'E', b'L', b'F', 2, 1, 1, 0]);
    for (path, says) in
        [("notes.txt", "not an ELF"), ("cut", "not an ELF"), ("absent", "cannot read"), (".", "regular file")]
    {
        let run = place.run(&["artifact", path]);
        assert_eq!(run.code, 2, "{path}: {}", run.stderr);
        assert!(run.stderr.contains(path) && run.stderr.contains(says), "{path}: {}", run.stderr);
    }
}
