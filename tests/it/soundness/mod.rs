//! What the flow analysis rules out must not happen: generated functions with guards are compiled and run over small inputs, with
//! overflow checks and without, and no site that it discharges may panic.
//!
//! `AUDITOR_FLOW_FUNCTIONS` is how many functions, 250 where it is not set (CI asks for 1,000); `AUDITOR_FLOW_SEED` where they begin.

mod generate;
mod reach;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use auditor::finding::Verdict;
use auditor::program::{ScanRequest, scan};
use generate::{Function, Random};

/// What the functions call, and what runs them: each panic is printed once as `line kind`.
const HARNESS: &str = r#"
#![allow(warnings)]
use std::cell::RefCell;
use std::collections::BTreeSet;
#[inline(never)]
pub fn bump(x: &mut usize) { *x = x.wrapping_mul(3).wrapping_add(1) % 7; }
#[inline(never)]
pub fn shrink(t: &mut Vec<u8>) { t.pop(); t.pop(); }
#[inline(never)]
pub fn spent(fuel: &mut u32) -> bool { *fuel = fuel.saturating_sub(1); *fuel == 0 }
type F = fn(&[u8], &[u8], &str, usize, usize, u8, i32, &mut u32) -> usize;
thread_local! { static SEEN: RefCell<BTreeSet<(u32, &'static str)>> = RefCell::default(); }
fn kind(message: &str) -> &'static str {
    for (text, kind) in [
        ("index out of bounds", "slice-index"), ("char boundary", "str-index"), ("byte index", "str-index"),
        ("out of bounds of", "str-index"), ("begin <= end", "str-index"),
        ("slice index starts", "range-index"), ("range start index", "range-index"), ("range end index", "range-index"),
        ("out of range for slice", "range-index"),
        ("divide by zero", "integer-division"), ("divisor of zero", "integer-division"),
        ("with overflow", "integer-overflow"), ("called `Option::unwrap()`", "unwrap"), ("mid > len", "panicking-api"),
    ] {
        if message.contains(text) { return kind; }
    }
    "other"
}
fn main() {
    std::panic::set_hook(Box::new(|info| {
        let message = info.payload().downcast_ref::<String>().cloned()
            .or_else(|| info.payload().downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default();
        let line = info.location().map_or(0, |at| at.line());
        SEEN.with(|seen| { seen.borrow_mut().insert((line, kind(&message))); });
    }));
    let slices: [&[u8]; 6] = [&[], &[1], &[7, 0], &[200, 3, 1], &[0, 1, 2, 3], &[9, 9, 9, 9, 9]];
    let texts = ["", "a=b", "é=", "ab é"];
    let numbers = [0, 1, 2, 3, 4, 5, usize::MAX];
    for f in ALL {
        for (at, v) in slices.iter().enumerate() {
            for w in [slices[(at * 5 + 1) % 6], slices[(at + 3) % 6]] {
                for a in numbers {
                    for b in numbers {
                        for c in [0u8, 1, 3, 255] {
                            let mut fuel = 40;
                            let s = texts[(a.wrapping_add(b).wrapping_add(c as usize)) % 4];
                            let _ = std::panic::catch_unwind(move || f(v, w, s, a, b, c, 0, &mut fuel));
                        }
                    }
                }
            }
        }
    }
    SEEN.with(|seen| for (line, kind) in seen.borrow().iter() { println!("{line} {kind}"); });
}
"#;

/// The sites of a kind that a line has, by verdict.
type Sites = BTreeMap<(u32, String), Vec<Verdict>>;

fn environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// Writes functions, and the harness that runs them.
fn source(seed: u64, count: usize) -> String {
    let mut random = Random(seed);
    let mut text = HARNESS.to_owned();
    for number in 0..count {
        text.push_str(&Function::write(&mut random, number));
    }
    text.push_str("static ALL: &[F] = &[\n");
    for number in 0..count {
        let _ = writeln!(text, "f{number},");
    }
    text.push_str("];\n");
    text
}

/// Compiles and runs the functions; returns the panics that were seen.
fn panics(file: &Path, checks: &str) -> BTreeSet<(u32, String)> {
    let program = file.with_extension(checks);
    let compiled = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()))
        .args(["--edition", "2024", "-C", "opt-level=1", "-C", "debug-assertions=off", "-C"])
        .arg(format!("overflow-checks={checks}"))
        .args(["-C", "codegen-units=4", "-o"])
        .args([&program, file])
        .output()
        .expect("rustc runs");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let ran = Command::new(&program).output().expect("the functions run");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let lines = String::from_utf8(ran.stdout).expect("text");
    let pair = |line: &str| {
        let (line, kind) = line.split_once(' ').expect("a line and a kind");
        (line.parse().expect("a line"), kind.to_owned())
    };
    lines.lines().map(pair).collect()
}

/// Whether a site of `kind` may panic with a message of `seen`.
fn is_panic_of(kind: &str, seen: &str) -> bool {
    kind == seen
}

fn sites(file: &Path) -> Sites {
    let program =
        scan(&ScanRequest { paths: vec![file.to_owned()], ..ScanRequest::default() }).expect("the file is there");
    let mut sites = Sites::new();
    for site in &program.sites {
        let line = program.files[site.span.file.0 as usize].lines.line(site.span.start);
        sites.entry((line, site.kind.to_string())).or_default().push(site.verdict);
    }
    sites
}

#[test]
fn no_site_that_is_ruled_out_panics() {
    let count = environment("AUDITOR_FLOW_FUNCTIONS", 250) as usize;
    let seed = environment("AUDITOR_FLOW_SEED", 1);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("guards.rs");
    let text = source(seed, count);
    fs::write(&file, &text).expect("the file is written");
    let sites = sites(&file);
    let first = HARNESS.lines().count() as u32;
    let mut unsound = String::new();
    let (mut seen_in_all, mut possible) = (0, 0);
    for checks in ["on", "off"] {
        let seen = panics(&file, checks);
        seen_in_all += seen.len();
        for (line, kind) in seen.iter().filter(|(line, _)| *line > first) {
            let here = sites.iter().filter(|((at, of), _)| at == line && is_panic_of(of, kind));
            for (_, verdicts) in here {
                possible += verdicts.iter().filter(|it| **it == Verdict::Possible).count();
                // Where a line has several of a kind, one of them may panic.
                if verdicts.iter().all(|it| *it == Verdict::Discharged) {
                    let code = text.lines().nth(*line as usize - 1).unwrap_or_default();
                    let _ = writeln!(unsound, "line {line}, checks {checks}: {kind}: {code}");
                }
            }
        }
    }
    if !unsound.is_empty() {
        let kept = std::env::temp_dir().join("auditor-unsound.rs");
        fs::write(&kept, &text).expect("the file is kept");
        panic!("{}\n{unsound}", kept.display());
    }
    let of_functions = || sites.iter().filter(|((line, _), _)| *line > first).flat_map(|(_, verdicts)| verdicts);
    let discharged = of_functions().filter(|verdict| **verdict == Verdict::Discharged).count();
    // Neither side of the test may be empty.
    assert!(discharged * 10 >= of_functions().count() * 3, "{discharged} of {} are ruled out", of_functions().count());
    assert!(seen_in_all > count && possible > count / 2, "{seen_in_all} panics, {possible} at sites that are possible");
}
