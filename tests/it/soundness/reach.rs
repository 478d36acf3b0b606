//! Reach against the truth: small programs are compiled and run, one panic each time. Every site that is said to be reached from
//! `main` panics under the right input, and what is said not to be reached cannot be by construction.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use auditor::finding::Verdict;
use auditor::program::{ScanRequest, scan};
use auditor::reach::{EntryKind, Search};

/// A program: `at(N)` panics where the program is run with `N`, so that a site is a call of `boom`, which is never discharged.
/// `// reached` marks the lines that must be reached from `main`, `// never` those that must not.
const HEAD: &str = "
#![allow(warnings)]
use std::cell::RefCell; use std::collections::{BTreeMap, HashMap}; use std::fmt; use std::rc::Rc;
fn asked() -> u32 { std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(0) }
macro_rules! boom { () => { if asked() == line!() { panic!(\"reached\") } } }
fn block_on<F: std::future::Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    loop { if let std::task::Poll::Ready(it) = future.as_mut().poll(&mut cx) { return it; } }
}
";

/// The programs, by shape.
const PROGRAMS: [(&str, &str); 20] = [
    ("direct calls", "
fn main() { one() }
fn one() { two(); boom!(); } // reached
fn two() { boom!() } // reached
fn three() { boom!() } // never
"),
    ("a trait object", "
trait Step { fn go(&self); fn other(&self) { boom!() } } // never
struct One; struct Two;
impl Step for One { fn go(&self) { boom!() } } // reached
impl Step for Two { fn go(&self) { boom!() } } // reached
fn main() { for step in [Box::new(One) as Box<dyn Step>, Box::new(Two)] { step.go() } }
"),
    ("a default method of a trait object", "
trait Step { fn go(&self) { self.inner() } fn inner(&self); }
struct One;
impl Step for One { fn inner(&self) { boom!() } } // reached
fn main() { let step: &dyn Step = &One; step.go() }
"),
    ("generics", "
trait Shape { fn area(&self) -> u32; }
struct Square;
impl Shape for Square { fn area(&self) -> u32 { boom!(); 1 } } // reached
fn total<S: Shape>(shapes: &[S]) -> u32 { shapes.iter().map(Shape::area).sum() }
fn main() { total(&[Square]); }
"),
    ("closures that std calls", "
fn main() {
    let found: Vec<u8> = [1u8, 2].iter().map(|it| { boom!(); *it }).collect(); // reached
    let never = |it: u8| helper(it);
    [3u8].iter().for_each(drop_it);
}
fn helper(it: u8) {}
fn drop_it(it: &u8) { boom!() } // reached
"),
    ("a closure that is returned", "
fn make(by: u32) -> impl Fn(u32) -> u32 { move |it| { boom!(); it + by } } // reached
fn main() { make(1)(2); }
"),
    ("a boxed closure in a struct", "
struct Button { press: Box<dyn Fn()> }
fn pressed() { boom!() } // reached
fn main() { let button = Button { press: Box::new(|| pressed()) }; (button.press)() }
"),
    ("a table of functions", "
static TABLE: [fn(); 2] = [first, second];
fn first() { boom!() } // reached
fn second() { boom!() } // reached
fn third() { boom!() } // never
fn main() { for each in TABLE { each() } }
"),
    ("recursion through three functions", "
fn main() { a(3) }
fn a(n: u32) { if n > 0 { b(n - 1) } }
fn b(n: u32) { c(n); boom!() } // reached
fn c(n: u32) { boom!(); a(n) } // reached
"),
    ("async functions and blocks", "
async fn one() { two().await; }
async fn two() { boom!() } // reached
fn main() { block_on(async { one().await; boom!() }) } // reached
"),
    ("drops at the end of a scope", "
struct Guard;
impl Drop for Guard { fn drop(&mut self) { boom!() } } // reached
struct Holder { guard: Guard, rest: Vec<Guard> }
fn main() { let holder = Holder { guard: Guard, rest: vec![Guard] }; }
"),
    ("operators", "
#[derive(Clone, Copy)] struct Money(u32);
impl std::ops::Add for Money { type Output = Money; fn add(self, it: Money) -> Money { boom!(); Money(self.0 + it.0) } } // reached
impl std::ops::Neg for Money { type Output = Money; fn neg(self) -> Money { boom!(); self } } // reached
impl std::ops::AddAssign for Money { fn add_assign(&mut self, it: Money) { boom!() } } // reached
impl std::ops::Sub for Money { type Output = Money; fn sub(self, it: Money) -> Money { boom!(); self } } // never
fn main() { let mut sum = -(Money(1) + Money(2)); sum += Money(3); }
"),
    ("a sort that compares", "
#[derive(PartialEq, Eq)] struct Rank(u8);
impl PartialOrd for Rank { fn partial_cmp(&self, it: &Rank) -> Option<std::cmp::Ordering> { boom!(); Some(self.cmp(it)) } } // reached
impl Ord for Rank { fn cmp(&self, it: &Rank) -> std::cmp::Ordering { boom!(); self.0.cmp(&it.0) } } // reached
fn main() { let mut ranks = vec![Rank(2), Rank(1)]; ranks.sort(); let _ = Rank(1) < Rank(2); }
"),
    ("keys of a map", "
#[derive(PartialEq, Eq)] struct Key(u8);
impl std::hash::Hash for Key { fn hash<H: std::hash::Hasher>(&self, to: &mut H) { boom!(); self.0.hash(to) } } // reached
fn main() { HashMap::from([(Key(1), 1)]).get(&Key(1)); }
"),
    ("text by format macros", "
struct Shown; struct Debugged;
impl fmt::Display for Shown { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { boom!(); f.write_str(\"x\") } } // reached
impl fmt::Debug for Debugged { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { boom!(); f.write_str(\"x\") } } // reached
fn main() { let text = format!(\"{}\", Shown); println!(\"{:?}\", vec![Debugged]); }
"),
    ("a question mark that converts", "
struct Low; struct High;
impl From<Low> for High { fn from(_: Low) -> High { boom!(); High } } // reached
fn low() -> Result<(), Low> { Err(Low) }
fn high() -> Result<(), High> { low()?; Ok(()) }
fn main() { let _ = high(); }
"),
    ("an iterator of one's own", "
struct Count(u32);
impl Iterator for Count { type Item = u32; fn next(&mut self) -> Option<u32> { boom!(); self.0 = self.0.checked_sub(1)?; Some(self.0) } } // reached
fn main() { for it in Count(2) {} let all: Vec<u32> = Count(3).filter(|it| it % 2 == 0).collect(); }
"),
    ("a dereference", "
struct Wrap(Vec<u8>);
impl std::ops::Deref for Wrap { type Target = Vec<u8>; fn deref(&self) -> &Vec<u8> { boom!(); &self.0 } } // reached
impl std::ops::Index<u8> for Wrap { type Output = u8; fn index(&self, at: u8) -> &u8 { boom!(); &self.0[0] } } // reached
fn main() { let wrap = Wrap(vec![1]); wrap.len(); let _ = wrap[0u8]; }
"),
    ("threads and lazy statics", "
static LAZY: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| start());
fn start() -> u32 { boom!(); 1 } // reached
fn work() { boom!() } // reached
fn main() { let handle = std::thread::spawn(work); handle.join().unwrap(); let _ = *LAZY; }
"),
    ("associated functions and conversions by bounds", "
struct Port(u16);
impl From<u16> for Port { fn from(it: u16) -> Port { boom!(); Port(it) } } // reached
impl std::str::FromStr for Port { type Err = (); fn from_str(it: &str) -> Result<Port, ()> { boom!(); Ok(Port(1)) } } // reached
impl Default for Port { fn default() -> Port { boom!(); Port(0) } } // reached
impl Clone for Port { fn clone(&self) -> Port { boom!(); Port(self.0) } } // reached
fn open(port: impl Into<Port>) { let _: Port = port.into(); }
fn main() { open(7u16); let port: Result<Port, ()> = \"1\".parse(); let none: Option<Port> = None; none.unwrap_or_default(); let two = vec![Port(1)].clone(); }
"),
];

/// The lines with a panic of `boom` that are reached from `main`, as the scan says.
fn said(file: &Path) -> BTreeSet<u32> {
    let request = ScanRequest { paths: vec![file.to_owned()], reach: true, ..ScanRequest::default() };
    let program = scan(&request).expect("the file is there");
    let graph = program.reach.as_ref().expect("it was asked for");
    let search = Search::of_kind(graph, EntryKind::Main);
    let mut lines = BTreeSet::new();
    for &(node, site) in graph.sites().iter().filter(|(node, _)| search.reaches(*node)) {
        let site = &program.sites[site as usize];
        // The panic is in the macro's body: each function that calls it has it.
        if site.kind.as_str() == "panic-macro" && site.verdict != Verdict::Discharged {
            let place = &graph.nodes[node as usize];
            let file = &program.files[place.at.file.0 as usize];
            lines.insert(file.lines.line(place.at.start));
        }
    }
    lines
}

/// The lines that carry a mark.
fn marked(text: &str, mark: &str) -> Vec<u32> {
    (1..).zip(text.lines()).filter(|(_, line)| line.ends_with(mark)).map(|(at, _)| at).collect()
}

#[test]
fn what_is_said_to_be_reached_panics_and_what_is_not_cannot_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    for (shape, body) in PROGRAMS {
        let text = format!("{HEAD}{body}");
        let src = folder.path().join(shape.replace(' ', "-")).join("src");
        fs::create_dir_all(&src).expect("a folder");
        let manifest = "[package]\nname = \"sample\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        fs::write(src.with_file_name("Cargo.toml"), manifest).expect("a manifest");
        let file = src.join("main.rs");
        fs::write(&file, &text).expect("the program is written");
        let program = src.join("program");
        let compiled = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()))
            .args(["--edition", "2024", "-C", "debuginfo=0", "-o"])
            .args([&program, &file])
            .output()
            .expect("rustc runs");
        assert!(compiled.status.success(), "{shape}: {}", String::from_utf8_lossy(&compiled.stderr));
        let said = said(src.parent().expect("the package"));
        let panics = |line: u32| {
            let ran = Command::new(&program).arg(line.to_string()).output().expect("it runs");
            !ran.status.success()
        };
        for line in marked(&text, "// reached") {
            if !panics(line) {
                wrong.push(format!("{shape}: the sample says that line {line} is reached, and it is not"));
            }
            if !said.contains(&line) {
                wrong.push(format!("{shape}: line {line} panics and is not said to be reached"));
            }
        }
        for line in marked(&text, "// never").into_iter().filter(|line| said.contains(line)) {
            wrong.push(format!("{shape}: line {line} is said to be reached, and nothing calls it"));
        }
        let known: BTreeSet<u32> = ["// reached", "// never"]
            .iter()
            .flat_map(|mark| marked(&text, mark))
            .chain(marked(&text, "main() {"))
            .collect();
        for line in said.iter().filter(|line| !known.contains(line) && !panics(**line)) {
            wrong.push(format!("{shape}: line {line} is said to be reached, and never panics"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
