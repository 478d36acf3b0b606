//! Bodies as they are lowered, printed: operators, labels, and which binding each name means.

use auditor::model::expand::MacroTables;
use auditor::model::hir::BodyId;
use auditor::model::item::ItemKind;
use auditor::model::lower::{LowerCx, LowerMode, parse_and_lower};
use auditor::model::print;
use auditor::source::FileId;
use auditor::syntax::{Edition, lex_all};

/// The body of the last function of `text`, printed.
fn printed(text: &str) -> String {
    let lexed = lex_all(text, Edition::Edition2021);
    let macros = MacroTables::of_file(FileId(0), Edition::Edition2021, text, &lexed);
    let cx = LowerCx { edition: Edition::Edition2021, macros: &macros, mode: LowerMode::Bodies, includes: None };
    let (model, parsed) = parse_and_lower(FileId(0), text, lexed, &cx);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let mut bodies = model.items.iter().filter_map(|item| match item.kind {
        ItemKind::Fn(id) => model.functions[id.index()].body,
        _ => None,
    });
    let last: BodyId = bodies.next_back().expect("a function");
    print::body(&model, &model.code, last)
}

#[track_caller]
fn is(text: &str, lines: &[&str]) {
    assert_eq!(printed(text), lines.join("\n"));
}

#[test]
fn operators_and_ranges_keep_what_they_are() {
    is(
        "fn f(a: u8, b: u8) -> bool { a <= b && a != 3 || !(b >= a) && matches!(a, 0..=4 | 5..9) }",
        &[
            "|a#0: u8, b#1: u8| {",
            "    (((a#0 <= b#1) && (a#0 != 3)) || (!(b#1 >= a#0) && match a#0 {",
            "        0..=4 | 5..9 => true",
            "        _ => false",
            "    }))",
            "}",
        ],
    );
}

#[test]
fn labels_name_the_loop_that_is_left() {
    is(
        "fn f() { 'a: loop { 'b: for x in 0..3 { if x == 1 { continue 'a; } break 'b; } break; } let _ = 'c: { break 'c 1; }; }",
        &[
            "|| {",
            "    'a: loop {",
            "        'b: for x#0 in 0..3 {",
            "            if (x#0 == 1) {",
            "                continue 'a;",
            "            }",
            "            break 'b;",
            "        }",
            "        break;",
            "    }",
            "    let _ = 'c: {",
            "        break 'c 1;",
            "    };",
            "}",
        ],
    );
}

#[test]
fn a_name_means_the_innermost_binding_in_scope() {
    is(
        "fn f(x: u8) { let x = x; { let x = x + 1; g(x); } g(x); let h = move |x| x; match x { x if x > 1 => g(x), _ => g(x) } }",
        &[
            "|x#0: u8| {",
            "    let x#1 = x#0;",
            "    {",
            "        let x#2 = (x#1 + 1);",
            "        g(x#2);",
            "    }",
            "    g(x#1);",
            "    let h#4 = move |x#3| x#3;",
            "    match x#1 {",
            "        x#5 if (x#5 > 1) => g(x#5)",
            "        _ => g(x#1)",
            "    }",
            "}",
        ],
    );
}

#[test]
fn alternatives_and_conditions_bind_one_name() {
    is(
        "fn f(o: R) { let (A(v) | B(v)) = o else { return }; if let Some(w) = v && w > 1 { g(w) } while let Some(w) = v { g(w) } g(w) }",
        &[
            "|o#0: R| {",
            "    let A(v#1) | B(v#1) = o#0; else {",
            "        return",
            "    }",
            "    if (let Some(w#2) = v#1 && (w#2 > 1)) {",
            "        g(w#2)",
            "    }",
            "    while let Some(w#3) = v#1 {",
            "        g(w#3)",
            "    }",
            "    g(w)",
            "}",
        ],
    );
}

#[test]
fn an_argument_means_the_callers_binding_and_a_macros_own_name_its_own() {
    is(
        "macro_rules! pick { ($e:expr) => {{ let v = 1; g(v, $e) }} } fn f(v: u8) { pick!(v) }",
        &["|v#0: u8| {", "    pick!({", "        let v#1 = 1;", "        g(v#1, v#0)", "    })", "}"],
    );
}

#[test]
fn a_macros_text_names_what_is_in_scope_where_it_is_defined() {
    is(
        "fn f(v: u8) { macro_rules! m { () => { v } } let v = 2; g(v, m!()); }",
        &["|v#0: u8| {", "    let v#1 = 2;", "    g(v#1, m!(v#0));", "}"],
    );
    // One that stands outside of the function sees none of its locals.
    is("macro_rules! m { () => { v } } fn f(v: u8) { g(v, m!()); }", &["|v#0: u8| {", "    g(v#0, m!(v));", "}"]);
}

#[test]
fn what_a_statement_macro_binds_is_seen_where_its_name_is_from() {
    is(
        "macro_rules! own { ($n:ident) => { let v = 1; let $n = v; } } fn f(v: u8) { own!(w); g(v, w); }",
        &["|v#0: u8| {", "    let v#1 = 1;", "    let w#2 = v#1;", "    g(v#0, w#2);", "}"],
    );
}

#[test]
fn labels_are_hygienic_too() {
    is(
        "macro_rules! twice { ($e:expr) => { 'a: loop { $e; break 'a; } } } fn f() { 'a: loop { twice!(break 'a) } }",
        &[
            "|| {",
            "    'a: loop {",
            "        twice!('a: loop {",
            "            break 'a;",
            "            break 'a;",
            "        })",
            "    }",
            "}",
        ],
    );
}

#[test]
fn a_macro_that_a_macro_defines_keeps_the_contexts_of_its_text() {
    is(
        "macro_rules! outer { ($n:ident) => { let $n = 1; let v = 2; macro_rules! inner { () => { g($n, v) } } let v = 3; inner!(); } } \
         fn f(v: u8) { outer!(w); g(v, w); }",
        &[
            "|v#0: u8| {",
            "    let w#1 = 1;",
            "    let v#2 = 2;",
            "    let v#3 = 3;",
            "    inner!(g(w#1, v#2));",
            "    g(v#0, w#1);",
            "}",
        ],
    );
}
