//! Each kind of edit: before, after, and where it must not apply. What stands for both is compiled.

use super::super::cli::Place;
use super::{compiles, fixed};

/// The bodies of `cases`, before and after, in functions with the same head.
fn assert_fixed(name: &str, args: &[&str], head: &str, cases: &[(&str, &str)]) {
    let place = Place::new(name);
    let whole = |side: fn(&(&str, &str)) -> String| {
        let each = cases.iter().enumerate().map(|(at, case)| side(case).replace("NAME", &format!("f{at}")));
        format!("{head}\n{}", each.collect::<Vec<_>>().join("\n"))
    };
    let (before, after) = (whole(|case| case.0.to_owned()), whole(|case| case.1.to_owned()));
    assert_eq!(fixed(&place, &before, args), after);
}

/// Asserts that nothing is fixed in any of `cases`.
fn assert_left(name: &str, args: &[&str], head: &str, cases: &[&str]) {
    let same: Vec<(&str, &str)> = cases.iter().map(|case| (*case, *case)).collect();
    assert_fixed(name, args, head, &same);
}

const ERRORS: &str = "use std::error::Error;
#[derive(Debug)]
pub enum Failure { Number(std::num::ParseIntError), Text(String) }
impl From<std::num::ParseIntError> for Failure { fn from(error: std::num::ParseIntError) -> Self { Self::Number(error) } }
#[derive(Debug)]
pub struct Other;
impl std::fmt::Display for Other { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(\"x\") } }
impl Error for Other {}
#[derive(Debug)]
pub struct Borrowing<'a>(pub &'a str);
pub fn other() -> Result<u8, Other> { Err(Other) }";

#[test]
fn unwraps_become_question_marks_where_the_error_fits() {
    assert_fixed(
        "fix-question",
        &[],
        ERRORS,
        &[
            // The same error, one with From in sight, a boxed one.
            (
                "pub fn NAME(x: &str) -> Result<i32, std::num::ParseIntError> { Ok(x.parse::<i32>().unwrap()) }",
                "pub fn NAME(x: &str) -> Result<i32, std::num::ParseIntError> { Ok(x.parse::<i32>()?) }",
            ),
            (
                "pub fn NAME(x: &str) -> Result<i32, Failure> { Ok(x.parse::<i32>().expect(\"why\")) }",
                "pub fn NAME(x: &str) -> Result<i32, Failure> { Ok(x.parse::<i32>()?) }",
            ),
            (
                "pub fn NAME() -> Result<u8, Box<dyn Error>> { let y = other().unwrap(); Ok(y) }",
                "pub fn NAME() -> Result<u8, Box<dyn Error>> { let y = other()?; Ok(y) }",
            ),
            (
                "pub fn NAME(p: &str) -> Result<String, Box<dyn Error + Send + Sync>> { Ok(std::fs::read_to_string(p).unwrap()) }",
                "pub fn NAME(p: &str) -> Result<String, Box<dyn Error + Send + Sync>> { Ok(std::fs::read_to_string(p)?) }",
            ),
            (
                "pub fn NAME(x: Result<u8, String>) -> Result<u8, Box<dyn Error>> { Ok((x).unwrap()) }",
                "pub fn NAME(x: Result<u8, String>) -> Result<u8, Box<dyn Error>> { Ok((x)?) }",
            ),
            // Options, and messages that become the error.
            (
                "pub fn NAME(x: &[u8]) -> Option<u8> { Some(*x.first().unwrap() + x.last().copied().expect(\"one\")) }",
                "pub fn NAME(x: &[u8]) -> Option<u8> { Some(*x.first()? + x.last().copied()?) }",
            ),
            (
                "pub fn NAME(x: Option<u8>) -> Result<u8, String> { Ok(x.expect(\"a value\")) }",
                "pub fn NAME(x: Option<u8>) -> Result<u8, String> { Ok(x.ok_or(\"a value\")?) }",
            ),
            // Comments and layout stay.
            (
                "pub fn NAME(x: &str) -> Result<i32, Failure> {\n    // one\n    let y = x // two\n        .parse::<i32>() /* three */\n        .unwrap(); // four\n    Ok(y)\n}",
                "pub fn NAME(x: &str) -> Result<i32, Failure> {\n    // one\n    let y = x // two\n        .parse::<i32>() /* three */\n        .unwrap(); // four\n    Ok(y)\n}",
            ),
            (
                "pub fn NAME(x: &str) -> Result<i32, Failure> {\n    // one\n    let y = x // two\n        .parse::<i32>()\n        .unwrap(); // four\n    Ok(y)\n}",
                "pub fn NAME(x: &str) -> Result<i32, Failure> {\n    // one\n    let y = x // two\n        .parse::<i32>()?; // four\n    Ok(y)\n}",
            ),
            (
                "pub async fn NAME(x: &str) -> Result<i32, Failure> { Ok(x.parse::<i32>().unwrap()) }",
                "pub async fn NAME(x: &str) -> Result<i32, Failure> { Ok(x.parse::<i32>()?) }",
            ),
            (
                "pub fn NAME(x: &str) -> Result<(), Failure> { println!(\"{}\", x.parse::<i32>().unwrap()); Ok(()) }",
                "pub fn NAME(x: &str) -> Result<(), Failure> { println!(\"{}\", x.parse::<i32>()?); Ok(()) }",
            ),
        ],
    );
}

#[test]
fn unwraps_stay_where_a_question_mark_does_not_compile_or_leaves_another_function() {
    assert_left(
        "fix-question-not",
        &["--unsafe-fixes"],
        &format!("{ERRORS}\nmacro_rules! later {{ ($x:expr) => {{ move || $x }} }}"),
        &[
            "pub fn NAME(x: &str) -> i32 { x.parse::<i32>().unwrap() }",
            "pub fn NAME(x: &str) -> Result<i32, std::fmt::Error> { Ok(x.parse::<i32>().unwrap()) }",
            "pub fn NAME() -> Result<u8, Failure> { Ok(other().unwrap()) }",
            // Whether it may go to another thread is not known.
            "pub fn NAME() -> Result<u8, Box<dyn Error + Send + Sync>> { Ok(other().unwrap()) }",
            "pub fn NAME(x: Option<u8>) -> Result<u8, Failure> { Ok(x.unwrap()) }",
            "pub fn NAME(x: Option<u8>, why: &str) -> Result<u8, String> { Ok(x.expect(why)) }",
            // Closures, async blocks, nested functions, constants, what a macro makes a closure of.
            "pub fn NAME(x: &[&str]) -> Result<Vec<i32>, Failure> { Ok(x.iter().map(|x| x.parse::<i32>().unwrap()).collect()) }",
            "pub fn NAME(x: String) -> Result<impl Future<Output = i32>, Failure> { Ok(async move { x.parse::<i32>().unwrap() }) }",
            "pub fn NAME(x: &'static str) -> Result<impl Fn() -> i32, Failure> { Ok(later!(x.parse::<i32>().unwrap())) }",
            "pub fn NAME() -> Option<i32> { fn inner(x: Option<i32>) -> i32 { x.unwrap() } Some(inner(None)) }",
            "pub const fn NAME(x: Option<u8>) -> Option<u8> { Some(x.unwrap()) }",
            // The error borrows, for how long is not known.
            "pub fn NAME<'a>(x: Result<u8, Borrowing<'a>>) -> Result<u8, Borrowing<'static>> { Ok(x.unwrap()) }",
            "pub fn NAME<'a>(x: Result<u8, &'a str>) -> Result<u8, &'static str> { Ok(x.unwrap()) }",
            // Through a reference, and the error that is wanted.
            "pub fn NAME(x: &Option<u8>) -> Option<u8> { Some(x.unwrap()) }",
            "pub fn NAME(x: Result<u8, String>) -> Result<u8, String> { Err(x.unwrap_err()) }",
        ],
    );
}

#[test]
fn a_lock_gives_its_value_whatever_became_of_its_last_holder() {
    let head = "use std::sync::{Arc, Condvar, Mutex, RwLock};";
    assert_fixed(
        "fix-lock",
        &[],
        head,
        &[
            (
                "pub fn NAME(m: &Mutex<u8>) -> u8 { *m.lock().unwrap() }",
                "pub fn NAME(m: &Mutex<u8>) -> u8 { *m.lock().unwrap_or_else(std::sync::PoisonError::into_inner) }",
            ),
            (
                "pub fn NAME(m: &RwLock<u8>) { *m.write().expect(\"no panic\") = *m.read().unwrap(); }",
                "pub fn NAME(m: &RwLock<u8>) { *m.write().unwrap_or_else(std::sync::PoisonError::into_inner) = *m.read().unwrap_or_else(std::sync::PoisonError::into_inner); }",
            ),
            (
                "pub fn NAME(m: Arc<Mutex<u8>>) -> impl FnOnce() -> u8 { move || *m.lock().unwrap() }",
                "pub fn NAME(m: Arc<Mutex<u8>>) -> impl FnOnce() -> u8 { move || *m.lock().unwrap_or_else(std::sync::PoisonError::into_inner) }",
            ),
            (
                "pub fn NAME(m: Mutex<String>) -> String { m.into_inner().unwrap() }",
                "pub fn NAME(m: Mutex<String>) -> String { m.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) }",
            ),
            (
                "pub fn NAME(m: &Mutex<u8>, c: &Condvar) -> u8 { let g = m.lock().unwrap_or_else(|e| e.into_inner()); *c.wait(g).unwrap() }",
                "pub fn NAME(m: &Mutex<u8>, c: &Condvar) -> u8 { let g = m.lock().unwrap_or_else(|e| e.into_inner()); *c.wait(g).unwrap_or_else(std::sync::PoisonError::into_inner) }",
            ),
        ],
    );
    assert_left("fix-lock-not", &[], head, &["pub fn NAME(m: &Mutex<u8>) -> u8 { *m.try_lock().unwrap() }"]);
}

#[test]
fn what_changes_what_callers_see_needs_to_be_asked_for() {
    let place = Place::new("fix-unsafe");
    let before = "use std::collections::HashMap;
pub fn f(v: &[u8], i: usize, s: &str, map: &HashMap<u8, u8>) -> Option<u8> {
    let a = v[i]; let b = &v[..i]; let c = &s[i..]; let d = map[&a];
    let e = v[v[0] as usize];
    let g = c.parse::<u8>().unwrap();
    Some(a / d + (b.len() as u8 + 1) % (g + e) + v[1..].iter().sum::<u8>())
}
";
    assert_eq!(fixed(&place, before, &[]), before);
    let after = "use std::collections::HashMap;
pub fn f(v: &[u8], i: usize, s: &str, map: &HashMap<u8, u8>) -> Option<u8> {
    let a = *v.get(i)?; let b = v.get(..i)?; let c = s.get(i..)?; let d = *map.get(&a)?;
    let e = *v.get(*v.get(0)? as usize)?;
    let g = c.parse::<u8>().ok()?;
    Some(u8::checked_div(a, d)? + u8::checked_rem(b.len() as u8 + 1, g + e)? + v[1..].iter().sum::<u8>())
}
";
    // `v[0]` was within bounds behind `v[i]`: that `v.get(i)` shows it too is not known, and the next round has it.
    assert_eq!(fixed(&place, before, &["--unsafe-fixes"]), after);
}

#[test]
fn indexes_stay_where_they_are_written_to_matched_on_or_no_option_is_returned() {
    let head = "pub struct Own(Vec<u8>);
impl std::ops::Deref for Own { type Target = Vec<u8>; fn deref(&self) -> &Vec<u8> { &self.0 } }
impl Own { pub fn get(&self, _: usize) -> u8 { 0 } }";
    assert_left(
        "fix-index-not",
        &["--unsafe-fixes"],
        head,
        &[
            "pub fn NAME(v: &[u8], i: usize) -> u8 { v[i] }",
            "pub fn NAME(v: &mut [u8], i: usize) -> Option<()> { v[i] = 1; Some(()) }",
            "pub fn NAME(v: &mut [u8], i: usize) -> Option<()> { v[i] += 1; Some(()) }",
            "pub fn NAME(v: &mut [u8], i: usize) -> Option<&mut u8> { Some(&mut v[i]) }",
            "pub fn NAME(v: &[String], i: usize) -> Option<usize> { match v[i] { ref s => Some(s.len()) } }",
            "pub fn NAME(v: &mut [Vec<u8>], i: usize) -> Option<()> { v[i].push(1); Some(()) }",
            "pub fn NAME(v: &Own, i: usize) -> Option<u8> { Some(v[i]) }",
            "pub fn NAME(v: &[u8], i: usize) -> Option<impl Fn() -> u8> { Some(move || v[i]) }",
            "pub fn NAME(a: u8, b: u8) -> u8 { a / b }",
            "pub fn NAME(mut a: u8, b: u8) -> Option<u8> { a /= b; Some(a) }",
            "pub fn NAME(a: &u8, b: u8) -> Option<u8> { Some(a / b) }",
            "pub fn NAME(a: u8, b: u8) -> Option<u8> { Some(a /* why */ / b) }",
        ],
    );
}

#[test]
fn times_stop_at_their_limits() {
    assert_fixed(
        "fix-time",
        &["--unsafe-fixes"],
        "use std::time::{Duration, Instant};",
        &[
            (
                "pub fn NAME(a: Duration, b: Duration) -> Duration { a + b - b * 3 }",
                "pub fn NAME(a: Duration, b: Duration) -> Duration { std::time::Duration::saturating_sub(std::time::Duration::saturating_add(a, b), std::time::Duration::saturating_mul(b, 3)) }",
            ),
            (
                "pub fn NAME(a: Instant, b: Duration) -> Option<Instant> { Some(a + b) }",
                "pub fn NAME(a: Instant, b: Duration) -> Option<Instant> { Some(std::time::Instant::checked_add(&a, b)?) }",
            ),
            (
                "pub fn NAME(a: Instant, b: Duration) -> Instant { a + b }",
                "pub fn NAME(a: Instant, b: Duration) -> Instant { a + b }",
            ),
            (
                "pub fn NAME(mut a: Duration, b: Duration) -> Duration { a += b; a }",
                "pub fn NAME(mut a: Duration, b: Duration) -> Duration { a += b; a }",
            ),
        ],
    );
}

#[test]
fn pointer_casts_say_what_changes() {
    assert_fixed(
        "fix-cast",
        &[],
        "#[repr(C)] pub struct Pair(u8, u16);",
        &[
            (
                "pub fn NAME(p: *const u8) -> *const u32 { p as *const u32 }",
                "pub fn NAME(p: *const u8) -> *const u32 { p.cast::<u32>() }",
            ),
            (
                "pub fn NAME(p: *mut [u16]) -> *mut Pair { (p) as *mut Pair }",
                "pub fn NAME(p: *mut [u16]) -> *mut Pair { (p).cast::<Pair>() }",
            ),
            (
                "pub fn NAME(p: &u8) -> *const u32 { p as *const u8 as *const u32 }",
                "pub fn NAME(p: &u8) -> *const u32 { (p as *const u8).cast::<u32>() }",
            ),
            (
                "pub fn NAME(p: *const u8) -> *mut u8 { p as *mut u8 }",
                "pub fn NAME(p: *const u8) -> *mut u8 { p as *mut u8 }",
            ),
            (
                "pub fn NAME(p: *const [u8]) -> *const str { p as *const str }",
                "pub fn NAME(p: *const [u8]) -> *const str { p as *const str }",
            ),
            (
                "pub fn NAME<T: ?Sized>(p: *const T) -> *const T { p as *const T }",
                "pub fn NAME<T: ?Sized>(p: *const T) -> *const T { p as *const T }",
            ),
        ],
    );
}

#[test]
fn borrows_are_tried_where_something_can_be_returned() {
    assert_fixed(
        "fix-borrow",
        &["--unsafe-fixes"],
        "use std::cell::RefCell; use std::rc::Rc;",
        &[
            (
                "pub fn NAME(c: &RefCell<u8>) -> Result<u8, Box<dyn std::error::Error>> { Ok(*c.borrow()) }",
                "pub fn NAME(c: &RefCell<u8>) -> Result<u8, Box<dyn std::error::Error>> { Ok(*c.try_borrow()?) }",
            ),
            (
                "pub fn NAME(c: Rc<RefCell<u8>>) -> Option<u8> { *c.borrow_mut() += 1; None }",
                "pub fn NAME(c: Rc<RefCell<u8>>) -> Option<u8> { *c.try_borrow_mut().ok()? += 1; None }",
            ),
            (
                "pub fn NAME(c: &RefCell<u8>) -> u8 { *c.borrow() }",
                "pub fn NAME(c: &RefCell<u8>) -> u8 { *c.borrow() }",
            ),
            (
                "pub fn NAME(c: &RefCell<u8>) -> Result<u8, String> { Ok(*c.borrow()) }",
                "pub fn NAME(c: &RefCell<u8>) -> Result<u8, String> { Ok(*c.borrow()) }",
            ),
        ],
    );
}

#[test]
fn what_a_person_has_to_complete_is_shown_and_not_applied() {
    let place = Place::new("fix-shown");
    let code = "pub fn home() -> String {\n    std::env::var(\"HOME\").unwrap()\n}\n\npub fn read(p: *const u8) -> u8 {\n    unsafe { *p }\n}\n";
    compiles(&place, code);
    assert_eq!(fixed(&place, code, &["--unsafe-fixes"]), code);
    let json = place.run(&["scan", "lib.rs", "--format", "json", "--profile", "strict"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let of = |rule: &str| {
        let findings = json["findings"].as_array().expect("there are some");
        let fix = &findings.iter().find(|one| one["rule"] == rule).expect(rule)["fix"];
        assert_eq!(fix["applicability"], "display-only");
        (fix["edits"][0]["line"].as_u64(), fix["edits"][0]["text"].as_str().map(str::to_owned))
    };
    assert_eq!(of("env-unwrap"), (Some(2), Some(".unwrap_or_default()".to_owned())));
    assert_eq!(of("missing-safety-comment"), (Some(6), Some("    // SAFETY: \n".to_owned())));
}
