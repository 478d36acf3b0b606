//! std's declarations as bytes: what is compiled in is what the reviewed texts say.

use std::path::Path;

use auditor::model::store;
use auditor::types::stdlib::read_index;

#[test]
fn the_models_of_std_are_those_of_its_indexes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/std");
    for name in ["core", "alloc", "std", "arch"] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.index"))).expect("the index is there");
        let bytes = store::write(&(), &read_index(&text)).expect("a model can be written");
        let path = folder.join(format!("{name}.model"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &bytes).expect("the model can be written");
        }
        let kept = std::fs::read(&path).expect("the model is there");
        assert!(kept == bytes, "{name}.model is not made from {name}.index: run the tests with BLESS=1");
    }
}

#[test]
fn what_was_written_reads_back_the_same() {
    let text = "pub struct P { pub x: u8, y: Vec<(P, [u8; N])> }\npub const N: usize = P { x: 3, y: v }.x as usize;\n\
                pub enum E { A(u8), B { x: P } }\nimpl<T: Into<P>> Iterator for E where T: Fn(u8) -> P { type Item = T; }\n";
    let bytes = store::write(&7u8, &read_index(text)).expect("a model can be written");
    let (rest, model) = store::read::<u8>(&bytes).expect("it can be read");
    assert_eq!(rest, 7);
    assert_eq!(store::write(&rest, &model).expect("it can be written again"), bytes);
}

#[test]
fn bytes_that_are_no_model_are_refused() {
    let bytes = store::write(&(), &read_index("pub fn f(x: Option<u8>) -> u8;")).expect("a model can be written");
    for end in 0..bytes.len() {
        assert!(store::read::<()>(&bytes[..end]).is_none(), "cut at {end}");
    }
    assert!(store::read::<()>(&[0xff; 64]).is_none());
}
