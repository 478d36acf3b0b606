//! Time and memory on code that nobody would write: `cargo bench --bench hostile [-- shapes] [-- mutations SEED FILES]`.
//!
//! *Shapes* repeat one construct n and 4 n times; the time may grow five times. *Mutations* are files of this repository and of its
//! dependencies with bytes, tokens and lines changed, scanned by the program itself: it must not crash, must write valid JSON, and
//! the slowest inputs are named. Both print tables, as `reports/hostile.md` has them.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measures")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use auditor::program::{ScanRequest, scan};

/// How much longer four times the input may take.
const GROWTH: f64 = 5.0;

/// What is faster than this is not judged: the machine decides it.
const LEAST: Duration = Duration::from_millis(60);

/// The most that one file of a mutated batch may take.
const SLOWEST: Duration = Duration::from_secs(5);

/// Files that are scanned together.
const BATCH: usize = 200;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let number = |at: usize, usual: u64| args.get(at).and_then(|arg| arg.parse().ok()).unwrap_or(usual);
    match args.first().map(String::as_str) {
        Some("mutations") => mutations(number(1, 1), number(2, 2_000)),
        Some("shapes") => shapes(),
        _ => {
            shapes();
            mutations(1, 2_000);
        }
    }
}

/// One construct, `n` times.
type Shape = (&'static str, usize, fn(usize) -> String);

/// `each` for all numbers below `n`, one after the other.
fn all(n: usize, each: impl Fn(usize) -> String) -> String {
    (0..n).map(each).collect()
}

/// The constructs, each with an n that takes a moment.
const SHAPES: &[Shape] = &[
    ("functions", 4_000, |n| all(n, |at| format!("pub fn f{at}(x: Option<u8>) -> u8 {{ x.unwrap() }}\n"))),
    ("method chain", 400, |n| {
        format!("pub fn f(v: Vec<u32>) -> u32 {{ v.iter(){}.sum() }}", ".map(|x| x + 1)".repeat(n))
    }),
    ("doubling variables", 100, |n| {
        let zips = all(n, |at| format!("let a{} = a{at}.clone().zip(a{at});", at + 1));
        format!("pub fn f(v: Vec<u32>) {{ let a0 = v.into_iter(); {zips} }}")
    }),
    ("doubling aliases", 400, |n| {
        let aliases = all(n, |at| format!("pub type T{} = (T{at}, T{at});\n", at + 1));
        format!(
            "pub type T0 = u8; {aliases} {}",
            all(n, |at| format!("pub fn f{at}(x: T{n}) -> T{at} {{ x.0.unwrap() }}"))
        )
    }),
    ("alias chain", 2_000, |n| {
        let aliases = all(n, |at| format!("pub type T{} = Option<T{at}>;\n", at + 1));
        format!("pub type T0 = u8; {aliases} pub fn f(x: T{n}) {{ x.unwrap(); }}")
    }),
    ("doubling defaults", 400, |n| {
        let structs = all(n, |at| format!("pub struct S{}<A = (S{at}, S{at})>(A);\n", at + 1));
        format!("pub struct S0; {structs} pub fn f(x: S{n}) {{ x.0.unwrap(); }}")
    }),
    ("traits of one method", 400, |n| {
        let traits = all(n, |at| format!("pub trait T{at}<X> {{ fn m(&self) -> X; }}"));
        let impls = all(n, |at| {
            format!("impl<X> T{at}<X> for Vec<X> where X: T{}<X> {{ fn m(&self) -> X {{ loop {{}} }} }}", (at + 1) % n)
        });
        format!("{traits}{impls} pub fn f(a: Vec<u8>) {{ {} }}", "a.m().unwrap();".repeat(n))
    }),
    ("match arms", 4_000, |n| {
        format!("pub fn f(x: u32) -> u32 {{ match x {{ {} _ => 0 }} }}", all(n, |at| format!("{at} => x + {at},")))
    }),
    ("if-else chain", 400, |n| {
        format!("pub fn f(x: u32) -> u32 {{ {} {{ 0 }} }}", all(n, |at| format!("if x == {at} {{ {at} }} else ")))
    }),
    ("sum", 4_000, |n| format!("pub fn f(x: u32) -> u32 {{ x{} }}", " + x".repeat(n))),
    ("shadowed variables", 4_000, |n| format!("pub fn f(x: u32) {{ {} }}", "let x = x + 1;".repeat(n))),
    ("array literal", 40_000, |n| format!("pub static A: [u32; {n}] = [{}];", "1,".repeat(n))),
    ("string literals", 10_000, |n| format!("pub fn f() {{ {} }}", all(n, |at| format!("g(\"{at}\");")))),
    ("indices", 8_000, |n| format!("pub fn f(v: &[u8]) {{ {} }}", all(n, |at| format!("v[{at}];")))),
    ("casts", 8_000, |n| format!("pub fn f(p: *const u8) {{ {} }}", "let _ = p as *const u32;".repeat(n))),
    ("unsafe blocks", 4_000, |n| format!("pub fn f(p: *const u8) {{ {} }}", "unsafe { *p };".repeat(n))),
    ("imports", 4_000, |n| {
        format!(
            "pub mod m {{ {} }} {}",
            all(n, |at| format!("pub struct S{at};")),
            all(n, |at| format!("use m::S{at};"))
        )
    }),
    ("import chain", 1_000, |n| {
        let mods = all(n, |at| format!("pub mod m{} {{ pub use super::m{at}::*; }}\n", at + 1));
        format!("pub mod m0 {{ pub struct S; }} {mods} pub fn f(x: m{n}::S) {{}}")
    }),
    ("glob imports", 400, |n| {
        format!(
            "{} {}",
            all(n, |at| format!("pub mod m{at} {{ pub struct S{at}; }}")),
            all(n, |at| format!("use m{at}::*;"))
        )
    }),
    ("modules", 4_000, |n| all(n, |at| format!("pub mod m{at} {{ pub fn f(x: Option<u8>) {{ x.unwrap(); }} }}\n"))),
    ("nested modules", 100, |n| {
        format!("{} pub fn f(x: Option<u8>) {{ x.unwrap(); }} {}", "pub mod m {".repeat(n), "}".repeat(n))
    }),
    ("long names", 100, |n| {
        let mods = format!("pub mod {} {{", "a".repeat(1_000)).repeat(n);
        format!("{mods} pub fn f(x: Option<u8>) {{ {} }} {}", "x.unwrap();".repeat(10 * n), "}".repeat(n))
    }),
    ("cfgs of one item", 2_000, |n| {
        format!("{} pub fn f(x: Option<u8>) {{ x.unwrap(); }}", all(n, |at| format!("#[cfg(not(f{at}))]\n")))
    }),
    ("one long cfg", 4_000, |n| {
        format!("#[cfg(any({}))] pub fn f(x: Option<u8>) {{ x.unwrap(); }}", all(n, |at| format!("f{at},")))
    }),
    ("cfgs of many items", 4_000, |n| {
        all(n, |at| format!("#[cfg(feature = \"f{at}\")] pub fn f(x: Option<u8>) {{ x.unwrap(); }}\n"))
    }),
    ("allows", 2_000, |n| {
        format!("{} pub fn f(x: Option<u8>) {{ x.unwrap(); }}", "#[allow(clippy::unwrap_used)]\n".repeat(n))
    }),
    ("waivers", 4_000, |n| {
        format!("pub fn f(x: Option<u8>) {{ {} }}", "x.unwrap(); // auditor: allow(unwrap) a reason\n".repeat(n))
    }),
    ("comments", 20_000, |n| format!("{} pub fn f() {{}}", "// a comment\n".repeat(n))),
    ("derives", 4_000, |n| all(n, |at| format!("#[derive(Clone, Debug)] pub struct S{at}(u8);\n"))),
    ("enum variants", 8_000, |n| format!("pub enum E {{ {} }}", all(n, |at| format!("V{at} = {at},")))),
    ("fields", 8_000, |n| format!("pub struct S {{ {} }}", all(n, |at| format!("a{at}: Option<u8>,")))),
    ("generics", 400, |n| format!("pub fn f<{}>() {{}}", all(n, |at| format!("T{at}: Clone,")))),
    ("bounds", 2_000, |n| format!("pub fn f<T>(x: T) where {} {{}}", "T: Clone,".repeat(n))),
    ("impls", 2_000, |n| {
        all(n, |at| format!("pub struct S{at}; impl Clone for S{at} {{ fn clone(&self) -> Self {{ S{at} }} }}\n"))
    }),
    ("inherent methods", 2_000, |n| {
        format!(
            "pub struct S; {} pub fn f(s: S) {{ {} }}",
            all(n, |at| format!("impl S {{ pub fn m{at}(&self) {{}} }}")),
            all(n, |at| format!("s.m{at}();"))
        )
    }),
    ("constants", 2_000, |n| {
        format!(
            "pub const C0: usize = 1; {} pub fn f(v: [u8; C{n}]) {{}}",
            all(n, |at| format!("pub const C{}: usize = C{at} + 1;", at + 1))
        )
    }),
    ("macros", 2_000, |n| {
        all(n, |at| {
            format!(
                "macro_rules! m{at} {{ ($x:expr) => {{ $x.unwrap() }} }} pub fn f{at}(x: Option<u8>) -> u8 {{ m{at}!(x) }}\n"
            )
        })
    }),
    ("macro calls", 4_000, |n| {
        format!(
            "macro_rules! m {{ ($x:expr) => {{ $x.unwrap() }} }} pub fn f(x: Option<u8>) {{ {} }}",
            "m!(x);".repeat(n)
        )
    }),
    ("macro repetition", 20_000, |n| {
        format!("macro_rules! m {{ ($($x:expr),*) => {{ [$($x),*] }} }} pub fn f() {{ m!({}1); }}", "1,".repeat(n))
    }),
    ("macro rules", 1_000, |n| {
        format!(
            "macro_rules! m {{ {} }} pub fn f() {{ {} }}",
            all(n, |at| format!("(a{at}) => {{ {at} }};")),
            all(n, |at| format!("m!(a{at});"))
        )
    }),
    ("closures", 2_000, |n| {
        format!("pub fn f() {{ {} }}", all(n, |at| format!("let c{at} = |x: u32| x + {at}; c{at}(1);")))
    }),
    ("nested blocks", 200, |n| {
        format!("pub fn f(x: Option<u8>) {{ {} x.unwrap(); {} }}", "{".repeat(n), "}".repeat(n))
    }),
    ("statics", 2_000, |n| {
        format!(
            "{} pub fn f() {{ {} }}",
            all(n, |at| format!("static mut A{at}: u8 = 0;")),
            all(n, |at| format!("unsafe {{ A{at} += 1 }};"))
        )
    }),
];

fn shapes() {
    println!("| shape | n | bytes | time | 4 n | growth |\n| --- | ---: | ---: | ---: | ---: | ---: |");
    let mut wrong = Vec::new();
    for &(name, n, shape) in SHAPES {
        let (small, large) = (shape(n), shape(4 * n));
        let (one, four) = (time_of(&small), time_of(&large));
        let growth = four.as_secs_f64() / one.as_secs_f64().max(1e-9);
        println!("| {name} | {n} | {} | {one:.1?} | {four:.1?} | {growth:.1} |", small.len());
        if growth > GROWTH && four > LEAST {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "more than {GROWTH} times the time for four times the input: {}", wrong.join(", "));
}

/// The best of three scans.
fn time_of(text: &str) -> Duration {
    let request =
        ScanRequest { stdin: Some(("shape.rs".into(), text.into())), jobs: Some(1), ..ScanRequest::default() };
    let one = || {
        let started = Instant::now();
        let program = scan(&request).expect("the standard input can always be looked at");
        let took = started.elapsed();
        assert_eq!(program.files.len(), 1, "{:?}", program.gaps);
        took
    };
    (0..3).map(|_| one()).min().unwrap_or_default()
}

/// The numbers of a linear congruential generator: the same for the same seed on any machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// What is put into texts: what parsers, macros and types stumble over.
const TOKENS: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "::",
    ";",
    "\"",
    "'",
    "r#\"",
    "/*",
    "*/",
    "//",
    "#[cfg(test)]",
    "#![allow(x)]",
    "macro_rules! m { ($($x:tt)*) => { $($x)* } }",
    "m!{",
    "include!(\"x.rs\");",
    "mod x;",
    "unsafe ",
    "as *const u64",
    ".unwrap()",
    "[0]",
    "\0",
    "\u{202e}",
    "\r",
    "0xffffffffffffffffffff",
    "|x| ",
    "where T: ",
    "impl ",
    "dyn ",
    "..=",
    "'a: ",
    "=>",
    "$crate::",
];

/// Changes a text in one to eight places.
fn mutate(text: &str, other: &str, random: &mut Random) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(64)).min(bytes.len());
        match random.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, TOKENS[random.below(TOKENS.len())].bytes())),
            3 => {
                let part = bytes[at..end].repeat(1 + random.below(50));
                drop(bytes.splice(at..at, part));
            }
            4 => bytes[at..end].reverse(),
            5 => bytes.get_mut(at).into_iter().for_each(|byte| *byte = random.below(256) as u8),
            6 => {
                let token = TOKENS[random.below(TOKENS.len())].repeat(1 + random.below(200));
                drop(bytes.splice(at..at, token.into_bytes()));
            }
            _ => {
                let from = random.below(other.len() + 1);
                let to = (from + random.below(4_000)).min(other.len());
                drop(bytes.splice(at..end, other.as_bytes()[from..to].iter().copied()));
            }
        }
    }
    bytes
}

fn mutations(seed: u64, files: u64) {
    let texts = seeds();
    let mut random = Random(seed);
    let place = tempfile::tempdir().expect("a folder can be made");
    let (mut bytes, mut slowest) = (0_usize, Vec::<(Duration, usize, String)>::new());
    let started = Instant::now();
    let mut done = 0;
    while done < files {
        let batch = place.path().join("batch");
        std::fs::create_dir_all(&batch).expect("a folder can be made");
        for at in 0..BATCH {
            let (name, text) = &texts[random.below(texts.len())];
            let (_, other) = &texts[random.below(texts.len())];
            let mutated = mutate(text, other, &mut random);
            bytes += mutated.len();
            let stem = name.rsplit('/').next().unwrap_or(name);
            std::fs::write(batch.join(format!("{at:03}_{stem}")), mutated).expect("a file can be written");
        }
        let took = run(&batch);
        // One by one where the batch was slower than its files may be.
        if took > Duration::from_secs(2) || done == 0 {
            for entry in std::fs::read_dir(&batch).expect("it is there").flatten() {
                let size = entry.metadata().map_or(0, |data| data.len() as usize);
                let took = run(&entry.path());
                assert!(took < SLOWEST || size > 1 << 20, "{} of seed {seed} takes {took:?}", entry.path().display());
                slowest.push((took, size, format!("{} after {done}", entry.file_name().to_string_lossy())));
            }
            slowest.sort_by(|one, other| other.cmp(one));
            slowest.truncate(10);
        }
        std::fs::remove_dir_all(&batch).expect("it can be removed");
        done += BATCH as u64;
    }
    let mut table = String::from("| input | bytes | time | ms a KB |\n| --- | ---: | ---: | ---: |\n");
    for (took, size, name) in &slowest {
        #[expect(clippy::cast_precision_loss, reason = "files are small")]
        let ratio = took.as_secs_f64() * 1e6 / (*size).max(1) as f64;
        let _ = writeln!(table, "| {name} | {size} | {took:.0?} | {ratio:.2} |");
    }
    println!("seed {seed}: {done} files, {bytes} bytes, no crash, {:.0?}\n\n{table}", started.elapsed());
}

/// Scans what is at `path` by the program itself; returns how long it took. A crash, an odd exit code or a broken report ends all.
fn run(path: &Path) -> Duration {
    let started = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditor"));
    command.args(["scan", "--no-config", "--profile", "strict", "--format", "json"]).arg(path);
    let output = command.env("AUDITOR_CACHE_DIR", "").stderr(Stdio::piped()).output().expect("auditor starts");
    let took = started.elapsed();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0..=2)), "{}: {:?} {errors}", path.display(), output.status);
    assert!(!errors.contains("panicked"), "{}: {errors}", path.display());
    let report: Result<serde_json::Value, _> = serde_json::from_slice(&output.stdout);
    assert!(report.is_ok(), "{}: {:?}", path.display(), report.err());
    took
}

/// The texts that are changed: this repository's own sources, fixtures and rules.
fn seeds() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<PathBuf> = Vec::new();
    let mut open: Vec<PathBuf> = ["src", "fixtures", "runtime", "tests"].map(|folder| root.join(folder)).into();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.extension() {
                _ if path.is_dir() => open.push(path),
                Some(end) if end == "rs" => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    let read = |path: PathBuf| Some((path.to_string_lossy().into_owned(), std::fs::read_to_string(&path).ok()?));
    found.into_iter().filter_map(read).collect()
}
