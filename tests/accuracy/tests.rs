//! The harness itself: what it reads of MIR, and how it scores. These need neither network nor minutes.

use std::collections::BTreeMap;

use crate::callee::{called, classify};
use crate::mir::{Truth, read};
use crate::place::{Place, Sources};
use crate::report::{Rows, render, worse};
use crate::score::{Listed, Says, Score, score};

fn kind(code: &str) -> Option<&'static str> {
    classify(called(code).unwrap_or_else(|| panic!("{code} is a call"))).map(|called| called.kind)
}

#[test]
fn callees_are_told_by_the_paths_that_rustc_prints() {
    for (code, expected) in [
        ("_3 = Result::<(), Error>::expect(move _4, const \"x\") -> [return: bb1, unwind continue];", Some("expect")),
        ("_3 = Option::<fn(u8) -> u8>::unwrap(move _4) -> [return: bb1];", Some("unwrap")),
        ("_0 = core::slice::from_raw_parts::<'_, T>(move _1, move _2) -> [return: bb1];", Some("from-raw-parts")),
        ("_0 = from_raw_parts::<u8>(move _1, move _2) -> [return: bb1];", Some("from-raw-parts")),
        ("_5 = Vec::<u8>::drain::<RangeTo<usize>>(copy _1, move _2) -> [return: bb1];", Some("panicking-api")),
        ("_5 = alloc::vec::Vec::<u8>::remove(copy _1, move _2) -> [return: bb1];", Some("panicking-api")),
        ("_5 = VecDeque::<u8>::len(copy _1) -> [return: bb1];", None),
        ("_2 = <alloc::vec::Vec<u8> as Index<usize>>::index(copy _1, move _3) -> [return: bb2];", Some("slice-index")),
        ("_2 = <[u8] as Index<RangeFrom<usize>>>::index(copy _1, move _3) -> [return: bb2];", Some("range-index")),
        ("_2 = <str as Index<RangeTo<usize>>>::index(copy _1, move _3) -> [return: bb2];", Some("str-index")),
        ("_2 = <HashMap<u8, u8> as Index<&u8>>::index(copy _1, move _3) -> [return: bb2];", Some("map-index")),
        ("_2 = <Mine<u8> as Index<u8>>::index(copy _1, move _3) -> [return: bb2];", Some("user-index")),
        ("_2 = RefCell::<Vec<u8>>::borrow_mut(copy _1) -> [return: bb2];", Some("refcell-borrow")),
        (
            "_2 = core::slice::<impl [T]>::get_unchecked::<usize>(copy _1, copy _3) -> [return: bb2];",
            Some("unchecked-call"),
        ),
        ("_2 = core::slice::<impl [T]>::split_at(copy _1, copy _3) -> [return: bb2];", Some("panicking-api")),
        ("_2 = unreachable_unchecked() -> unwind unreachable;", Some("unchecked-call")),
        ("_2 = my::get_unchecked(copy _1) -> [return: bb2];", None),
        ("_2 = std::intrinsics::transmute::<u8, i8>(copy _1) -> [return: bb2];", Some("transmute")),
        ("_2 = <Duration as Add>::add(copy _1, copy _3) -> [return: bb2];", None),
        ("_2 = <Instant as Add<Duration>>::add(copy _1, copy _3) -> [return: bb2];", Some("panicking-api")),
        ("_2 = my_function(copy _1) -> [return: bb2];", None),
    ] {
        assert_eq!(kind(code), expected, "{code}");
    }
    assert_eq!(called("_1 = copy _2;"), None);
}

const SOURCE: &str = "fn f(v: &[u8], i: usize, p: *const u8) -> u8 {\n    (v[i] / 2) + *p.cast::<i8>() as u8\n}\n";

const MIR: &str = "\
fn f(_1: &[u8], _2: usize, _3: *const u8) -> u8 {
    let mut _4: usize;                   // in scope 0 at src/lib.rs:1:1: 1:2
    let mut _9: *const u8;               // in scope 0 at src/lib.rs:1:1: 1:2
    bb0: {
        StorageLive(_4);                 // scope 0 at src/lib.rs:3:1: 3:2
        _5 = Lt(copy _2, copy _4);       // scope 0 at src/lib.rs:2:6: 2:10
        assert(move _5, \"index out of bounds: the length is {} but the index is {}\", copy _4, copy _2) -> [success: bb1, unwind continue]; // scope 0 at src/lib.rs:2:6: 2:10
        _6 = Eq(const 2_u8, const 0_u8); // scope 0 at src/lib.rs:2:5: 2:15
        assert(!move _6, \"attempt to divide `{}` by zero\", copy _7) -> [success: bb2, unwind continue]; // scope 0 at src/lib.rs:2:5: 2:15
        _8 = copy _9 as *const i8 (PtrToPtr); // scope 0 at src/lib.rs:2:19: 2:33
        _9 = std::ptr::read::<u8>(copy _9) -> [return: bb3]; // scope 0 at src/lib.rs:2:18: 2:33
    }
}
const X: u8 = {
    bb0: {
        assert(move _5, \"index out of bounds\", copy _4, copy _2) -> [success: bb1]; // scope 0 at src/lib.rs:2:6: 2:10
    }
}
";

/// The truth of `MIR` in a folder that goes with the closure.
fn truth() -> Truth {
    let root = tempfile::tempdir().expect("a folder can be made");
    std::fs::create_dir(root.path().join("src")).expect("a folder can be made");
    std::fs::write(root.path().join("src/lib.rs"), SOURCE).expect("a file can be written");
    let mut truth = Truth::default();
    read(MIR, &Sources::read(root.path()), &mut truth);
    truth
}

fn place(start: u32, end: u32) -> Place {
    Place { file: "src/lib.rs".into(), start: (2, start), end: (2, end) }
}

#[test]
fn mir_is_read_into_sites_lines_and_calls() {
    let truth = truth();
    let expected = BTreeMap::from([
        ((place(6, 10), "slice-index"), false),
        // A literal decides it; the parentheses are off.
        ((place(6, 14), "integer-division"), true),
        ((place(19, 33), "pointer-cast"), false),
    ]);
    assert_eq!(truth.sites, expected);
    assert_eq!(truth.lines["src/lib.rs"].iter().copied().collect::<Vec<_>>(), [2]);
    assert!(truth.calls.contains(&place(18, 33)));
}

#[test]
fn a_score_counts_found_right_wrong_and_unsure() {
    let truth = truth();
    let listed = |start, end, kinds, says| Listed { place: place(start, end), kinds, says };
    let list = [
        listed(6, 10, &["slice-index"][..], Says::Site),
        listed(6, 14, &["integer-division"], Says::Site),
        listed(2, 3, &["unwrap"], Says::Site),
        listed(3, 4, &["unwrap"], Says::Unsure),
        listed(3, 5, &["unwrap"], Says::Discharged),
        listed(18, 33, &["panicking-api"], Says::Site),
    ];
    let kinds = ["unwrap", "slice-index", "integer-division", "pointer-cast", "panicking-api"];
    let (scores, differences) = score(&truth, &list, &kinds);
    let counts = |sites, found, listed, right, unsure| Score { sites, found, listed, right, unsure };
    assert_eq!(scores["slice-index"], counts(1, 1, 1, 1, 0));
    assert_eq!(scores["integer-division"], counts(0, 0, 0, 0, 0));
    assert_eq!(scores["unwrap"], counts(0, 0, 1, 0, 1));
    assert_eq!(scores["pointer-cast"], counts(1, 0, 0, 0, 0));
    assert_eq!(scores["panicking-api"], counts(0, 0, 0, 0, 0));
    assert_eq!(differences.missed, [(place(19, 33), "pointer-cast")]);
    assert_eq!(differences.wrong, [(place(2, 3), "unwrap")]);
}

#[test]
fn a_table_is_worse_where_a_figure_is() {
    let rows =
        |found, right, unsure| Rows { all: Score { sites: 100, found, listed: 100, right, unsure }, ..Rows::default() };
    let committed = render(&rows(98, 99, 1));
    assert_eq!(worse(&committed, &committed), [] as [&str; 0]);
    assert_eq!(worse(&committed, &render(&rows(99, 100, 0))), [] as [&str; 0]);
    assert_eq!(worse(&committed, &render(&rows(97, 99, 1))), ["all kinds: recall 97.0 %, was 98.0 %"]);
    assert_eq!(worse(&committed, &render(&rows(98, 98, 1))), ["all kinds: precision 98.0 %, was 99.0 %"]);
    assert_eq!(worse(&committed, &render(&rows(98, 99, 2))), ["all kinds: unsure 2.0 %, was 1.0 %"]);
    assert_eq!(worse(&committed, "").len(), 2);
}
