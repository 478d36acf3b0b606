//! Any bytes can be scanned, from reading to sites: `cargo +nightly fuzz run scan`.
#![no_main]

use auditor::program::{Look, look};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let request = Look { stdin: Some(("fuzz.rs".into(), bytes.to_vec())), jobs: Some(1), ..Look::default() };
    let program = look(&request).expect("the standard input can always be looked at");
    assert_eq!(program.files.len() + usize::from(program.files.is_empty()), 1);
});
