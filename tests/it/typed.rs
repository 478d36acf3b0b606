//! Typed bodies: what inference leaves for the checks and for graphs.

use std::fmt::Write;

use auditor::finding::Verdict;
use auditor::model::expand::MacroTables;
use auditor::model::hir::{BodyId, BodyKind, ExprId, FileModel};
use auditor::model::lower::{LowerCx, LowerMode, parse_and_lower};
use auditor::model::name::Name;
use auditor::model::store;
use auditor::program::{ScanRequest, scan};
use auditor::source::FileId;
use auditor::syntax::{Edition, lex_all};
use auditor::types::infer::Infer;
use auditor::types::layout::Machine;
use auditor::types::stdlib;
use auditor::types::typed_body::{CallKind, TypedBody, ValueRes};
use auditor::types::world::{Crate, ModuleFiles, World};

/// The world of one file, std's behind it.
fn world(text: &str) -> World {
    let lexed = lex_all(text, Edition::Edition2021);
    let macros = MacroTables::of_file(FileId(0), Edition::Edition2021, text, &lexed);
    let cx = LowerCx { edition: Edition::Edition2021, macros: &macros, mode: LowerMode::Bodies, includes: None };
    let (model, parsed) = parse_and_lower(FileId(0), text, lexed, &cx);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let std = stdlib::load().placed(FileId(1));
    let dependencies = std.names();
    let (mut files, mut paths, mut crates) = (vec![model], vec!["src/lib.rs".to_owned()], std.crates);
    files.extend(std.files);
    paths.extend(std.paths);
    let (name, root) = (Name::new("sample"), FileId(0));
    crates.push(Crate { name, root, dependencies, features: None, is_std: false, is_local: true });
    World::new(files, crates, &paths, &ModuleFiles::default(), Machine::default())
}

/// The bodies of the file's functions, by name.
fn bodies(world: &World) -> Vec<(String, BodyId, TypedBody)> {
    let model = &world.files[0];
    let mut infer = Infer::new(world, model, &model.code);
    let ids = (0..).map(BodyId::new).zip(&model.bodies).filter(|(_, body)| body.kind == BodyKind::Fn);
    ids.map(|(id, body)| (model.items[body.owner.index()].name.as_str().to_owned(), id, infer.body(id))).collect()
}

/// What is noted of the expressions of the last function, a line each: calls, resolutions, adjustments.
fn noted(text: &str) -> String {
    let world = world(text);
    let (_, id, typed) = bodies(&world).pop().expect("a function");
    let (model, mut out) = (&world.files[0], String::new());
    let source = |expr: ExprId| {
        let span = model.code.span(expr);
        &text[span.start as usize..span.end as usize]
    };
    for at in model.bodies[id.index()].exprs.clone().map(ExprId::new) {
        let mut notes = Vec::new();
        if let Some(res) = typed.res(at, &model.code) {
            notes.push(shown_res(&world, model, res));
        }
        if let Some(call) = typed.call(at) {
            let def = call.def.map_or("?", |def| world.name_of(def).as_str());
            let owner = call
                .def
                .and_then(|def| world.container(def))
                .map_or("free", |container| if world.impl_of(container).is_some() { "impl" } else { "trait" });
            notes.push(format!("{} {owner} {def} of {}", kind(call.kind), call.args.len()));
        }
        for (_, step) in typed.adjustments(at) {
            notes.push(format!("{:?}", step.kind));
        }
        if !notes.is_empty() {
            let _ = writeln!(out, "{}: {}", source(at), notes.join(", "));
        }
    }
    out
}

const fn kind(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Static => "static",
        CallKind::Trait => "trait",
        CallKind::Dyn => "dyn",
        CallKind::Constructor => "constructor",
        CallKind::Pointer => "pointer",
        CallKind::FnBound => "bound",
        CallKind::Closure(_) => "closure",
    }
}

fn shown_res(world: &World, model: &FileModel, res: ValueRes) -> String {
    let name = |def| world.name_of(def);
    match res {
        ValueRes::Local(binding) => format!("local {}", model.code.binding(binding).name),
        ValueRes::Const(def) => format!("const {}", name(def)),
        ValueRes::Static(def) => format!("static {}", name(def)),
        ValueRes::Fn(def) => format!("fn {}", name(def)),
        ValueRes::Struct(def) => format!("struct {}", name(def)),
        ValueRes::Variant(def, _) => format!("variant of {}", name(def)),
        ValueRes::ConstParam(name) => format!("parameter {name}"),
    }
}

#[track_caller]
fn is(text: &str, lines: &[&str]) {
    assert_eq!(noted(text).trim_end(), lines.join("\n"));
}

#[test]
fn a_receivers_way_to_its_method_is_noted() {
    is(
        "fn f(v: &Vec<u8>) -> usize { v.len() + v.iter().count() }",
        &[
            "v: local v",
            "v.len(): static impl len of 2",
            "v: local v, Deref, OverloadedDeref, Borrow { mutable: false }",
            "v.iter(): static impl iter of 1",
            "v.iter().count(): static trait count of 1",
        ],
    );
}

#[test]
fn what_a_call_runs_is_the_impls_method_where_types_decide() {
    is(
        "trait T { fn go(&self) -> u8; fn twice(&self) -> u8 { self.go() } } struct S; impl T for S { fn go(&self) -> u8 { 1 } } \
         fn f<P: T>(s: S, p: P, d: &dyn T, g: fn(u8) -> u8) -> u8 { let c = |x: u8| x; s.go(); s.twice(); p.go(); d.go(); g(1); c(2); Some(3); T::go(&s) }",
        &[
            "x: local x",
            "s: local s, Borrow { mutable: false }",
            "s.go(): static impl go of 0",
            "s: local s, Borrow { mutable: false }",
            "s.twice(): static trait twice of 1",
            "p: local p, Borrow { mutable: false }",
            "p.go(): trait trait go of 1",
            "d: local d",
            "d.go(): dyn trait go of 1",
            "g: local g",
            "g(1): pointer free ? of 0",
            "c: local c",
            "c(2): closure free ? of 0",
            "Some: variant of Option",
            "Some(3): constructor free Option of 1",
            "T::go: fn go",
            "s: local s",
            "T::go(&s): static impl go of 0",
        ],
    );
}

#[test]
fn paths_mean_what_they_name() {
    is(
        "const C: u8 = 1; static S: u8 = 2; enum E { A, B(u8) } struct U; fn g() {} \
         fn f<const N: usize>(x: u8) { let _ = (C, S, E::A, U, x, N); g(); E::B(x); match x { C => C, _ => x }; }",
        &[
            "C: const C",
            "S: static S",
            "E::A: variant of E",
            "U: struct U",
            "x: local x",
            "N: parameter N",
            "g: fn g",
            "g(): static free g of 0",
            "E::B: variant of E",
            "x: local x",
            "E::B(x): constructor free E of 0",
            "x: local x",
            "C: const C",
            "x: local x",
        ],
    );
}

#[test]
fn coercions_are_noted_where_a_value_is_taken() {
    is(
        "fn g(_: &str, _: &[u8], _: &dyn Fn()) {} fn f(s: &String, a: &mut [u8; 3]) { g(s, a, &|| ()); let p: *const [u8; 3] = a; let _ = p; }",
        &[
            "g: fn g",
            "s: local s, Deref, OverloadedDeref, Borrow { mutable: false }",
            "a: local a, Deref, Borrow { mutable: false }, Unsize",
            "&|| (): Deref, Borrow { mutable: false }, Unsize",
            "g(s, a, &|| ()): static free g of 0",
            "a: local a, Pointer",
            "p: local p",
        ],
    );
}

#[test]
fn a_body_is_typed_the_same_whatever_the_others_are() {
    let kept = "pub fn kept(map: &std::collections::HashMap<String, Vec<u32>>, key: &str) -> u32 { \
                let row = map.get(key).map(|row| row.iter().sum::<u32>() + row[0]); row.unwrap_or_default() / helper(key.len()) } ";
    let one = format!("{kept} fn helper(n: usize) -> u32 {{ n as u32 }} fn other() -> u8 {{ 1 }}");
    let two = format!(
        "{kept} fn helper(n: usize) -> u32 {{ let v = vec![n; 4]; v.iter().map(|n| *n as u32).max().unwrap() }} fn other() -> u8 {{ loop {{}} }}"
    );
    let typed = |text: &str| bodies(&world(text)).into_iter().find(|(name, ..)| name == "kept").expect("it is there").2;
    assert_eq!(typed(&one), typed(&two));
}

#[test]
fn a_typed_body_can_be_written_and_read() {
    let world = world(
        "pub fn f(v: &[Option<u8>]) -> Box<dyn Fn(u8) -> Vec<u8>> { let n = v.iter().flatten().count(); Box::new(move |x| vec![x; n]) }",
    );
    let (_, _, typed) = bodies(&world).pop().expect("a function");
    let bytes = store::write(&typed, &world.files[0]).expect("it can be written");
    let (read, _) = store::read::<TypedBody>(&bytes).expect("it can be read");
    assert_eq!(read, typed);
}

#[test]
fn constants_are_those_of_the_machine() {
    let text = "const WORD: usize = size_of::<usize>();\nconst TOP: usize = usize::MAX >> 29;\n\
                pub fn f(a: [u8; WORD]) -> u8 { a[5] }\npub fn g(a: [u8; 8]) -> u8 { a[TOP] }\npub fn h(a: [u8; 4]) -> u8 { a[(1_u64 << 32) as usize] }\n";
    let verdicts = |pointer_bytes| {
        let (stdin, machine) = (Some(("constants.rs".to_owned(), text.as_bytes().to_vec())), Machine { pointer_bytes });
        let program =
            scan(&ScanRequest { stdin, machine, ..ScanRequest::default() }).expect("there is something to scan");
        let sites = program.sites.iter().filter(|site| site.kind.as_str() == "slice-index");
        sites.map(|site| site.verdict).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(8), [Verdict::Discharged, Verdict::Always, Verdict::Always]);
    assert_eq!(verdicts(4), [Verdict::Always, Verdict::Discharged, Verdict::Discharged]);
}
