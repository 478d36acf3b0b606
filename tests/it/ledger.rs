//! The ledger: what unsafe operations ask and what is known of that; and that std's unsafe functions all have their contract.

use auditor::checks::contract::std_contract;
use auditor::model::item::ItemKind;
use auditor::model::name::Name;
use auditor::source::FileId;
use auditor::types::callee::Callee;
use auditor::types::layout::Machine;
use auditor::types::stdlib;
use auditor::types::world::{ModuleFiles, World};
use serde_json::Value;

use super::cli::Place;
use super::reports::assert_meets;

#[test]
fn every_unsafe_function_of_std_has_its_contract() {
    let mut std = stdlib::load().placed(FileId(0));
    std.read_arch();
    let world = World::new(std.files, std.crates, &std.paths, &ModuleFiles::default(), Machine::default());
    let (mut known, mut missing) = (0, Vec::new());
    for file in (0..world.files.len() as u32).map(FileId) {
        for (def, item) in world.items_of(file) {
            let ItemKind::Fn(_) = item.kind else { continue };
            let callee: Callee = Callee::for_type(&world, def, &[]);
            if !callee.is_unsafe {
                continue;
            }
            match std_contract(&callee) {
                Some(contract) => {
                    assert!(!contract.asks.is_empty(), "{callee:?}");
                    known += 1;
                }
                None => missing.push(format!("{}::{}::{}", callee.krate, held(&callee), callee.name)),
            }
        }
    }
    missing.sort();
    missing.dedup();
    assert!(missing.is_empty(), "{known} known, {} missing:\n{}", missing.len(), missing.join("\n"));
    assert!(known > 4_000, "{known}");
}

fn held(callee: &Callee) -> Name {
    if callee.owner.is_missing() { callee.module } else { callee.owner }
}

const SAMPLE: &str = r"
use std::ptr::NonNull;

pub struct Header { pub kind: u16 }

/// # Safety
///
/// `at` is aligned and in bounds.
pub unsafe fn read(at: *const u8) -> u32 {
    unsafe { *at.cast::<u32>() }
}

pub fn narrow(words: &[u32]) -> *const u16 {
    words.as_ptr().cast::<u16>()
}

pub fn wide(bytes: &[u8]) -> *const u32 {
    bytes.as_ptr() as *const u32
}

pub fn checked(bytes: *const u8) -> Option<u32> {
    let words = bytes.cast::<u32>();
    if words.is_null() || !words.is_aligned() {
        return None;
    }
    // SAFETY: four bytes lie there, initialized, alive for the call.
    Some(unsafe { *words })
}

pub fn local() -> u32 {
    let value = 7_u32;
    let at = &raw const value;
    // SAFETY: trust me
    unsafe { *at }
}

pub fn never_null(at: NonNull<Header>) -> u16 {
    unsafe { (*at.as_ptr()).kind }
}

pub fn text(bytes: &[u8]) -> &str {
    unsafe { std::str::from_utf8_unchecked(bytes) }
}

pub fn longer(bytes: &mut Vec<u8>) {
    unsafe { bytes.set_len(8) }
}

pub fn at_null() -> u8 {
    unsafe { *std::ptr::null::<u8>() }
}

pub fn past_null() -> u8 {
    unsafe { *std::ptr::null::<u8>().wrapping_add(8) }
}

pub fn unbounded<'a>(value: &u32) -> &'a u32 {
    unsafe { &*(value as *const u32) }
}

pub fn copied(cell: &std::cell::Cell<NonNull<u32>>) -> u32 {
    unsafe { *cell.get().as_ptr() }
}

pub fn field(header: *const Header) -> u16 {
    unsafe { std::ptr::read(&raw const (*header).kind) }
}

pub struct Shared(*mut u8);
unsafe impl Send for Shared {}
";

/// The obligations of each operation of a function: `kind: obligation=status …`.
fn told(ledger: &Value, function: &str) -> Vec<String> {
    let all = ledger["operations"].as_array().expect("a list").iter();
    all.filter(|one| one["function"] == function)
        .map(|one| {
            let asked = one["obligations"].as_array().expect("a list").iter();
            let word = |value: &Value| value.as_str().expect("a word").to_owned();
            let asked: Vec<String> =
                asked.map(|it| format!("{}={}", word(&it["obligation"]), word(&it["status"]))).collect();
            format!("{}: {}", word(&one["kind"]), asked.join(" "))
        })
        .collect()
}

#[test]
fn each_obligation_is_met_by_a_fact_claimed_by_words_or_open() {
    let place = Place::new("ledger");
    place.write("src/lib.rs", SAMPLE);
    let run = place.run(&["ledger", "--format", "json", "src"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_meets("ledger.v1.json", &run.stdout);
    let ledger: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(told(&ledger, "narrow"), ["pointer-cast: align=met size=met lifetime=open layout=met"]);
    assert_eq!(told(&ledger, "wide"), ["pointer-cast: align=open size=open lifetime=open"]);
    assert_eq!(
        told(&ledger, "read"),
        [
            "raw-deref: align=claimed size=claimed lifetime=open non-null=open initialized=open",
            "pointer-cast: align=claimed size=claimed lifetime=open",
        ]
    );
    assert_eq!(
        told(&ledger, "checked").last().map(String::as_str),
        Some("raw-deref: align=met size=open lifetime=claimed non-null=met initialized=claimed")
    );
    assert_eq!(
        told(&ledger, "local"),
        ["raw-borrow: ", "raw-deref: align=met size=met lifetime=met non-null=met initialized=met"]
    );
    assert_eq!(told(&ledger, "text"), ["unchecked-call: initialized=open"], "bytes are there, and may be no text");
    assert_eq!(told(&ledger, "longer"), ["unsafe-call: size=open initialized=open"]);
    let null = |function| told(&ledger, function).concat().contains("non-null=violated");
    assert!(null("at_null") && !null("past_null"));
    let unbounded = told(&ledger, "unbounded").concat();
    assert!(unbounded.contains("lifetime=open") && unbounded.contains("align=met"), "{unbounded}");
    let copied = "raw-deref: align=open size=open lifetime=open non-null=met initialized=open";
    assert!(told(&ledger, "copied").iter().any(|it| it == copied), "{:?}", told(&ledger, "copied"));
    let field = told(&ledger, "field");
    assert!(field.iter().all(|it| !it.contains("=met")), "a field is as good as the pointer: {field:?}");
    let header = told(&ledger, "never_null");
    assert!(header.iter().any(|it| it.contains("non-null=met") && it.contains("align=open")), "{header:?}");
    let sent = ledger["operations"].as_array().expect("a list").iter().find(|one| one["kind"] == "unsafe-impl");
    assert_eq!(sent.expect("it is there")["obligations"][0]["status"], "open");
    let counted = ledger["summary"]["operations"].as_u64().expect("a number");
    assert_eq!(counted as usize, ledger["operations"].as_array().expect("a list").len());
}

#[test]
fn every_format_shows_the_ledger_and_a_scan_counts_it() {
    let place = Place::new("ledger-formats");
    place.write("src/lib.rs", SAMPLE);
    for format in ["text", "short", "sarif", "markdown", "jsonl", "github", "gitlab", "junit"] {
        let run = place.run(&["ledger", "--format", format, "src"]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{format}");
        assert!(run.stdout.contains("pointer-cast"), "{format}: {}", run.stdout);
    }
    let scan = place.run(&["scan", "src", "--fail-on", "never", "--format", "json"]);
    let report: Value = serde_json::from_str(&scan.stdout).expect("JSON");
    let ledger = place.run(&["ledger", "src", "--format", "json"]);
    let ledger: Value = serde_json::from_str(&ledger.stdout).expect("JSON");
    assert_eq!(report["summary"]["ledger"], ledger["summary"]);
}
