//! Any bytes can be scanned, from reading to sites: `cargo +nightly fuzz run scan`.
#![no_main]

use auditor::program::{ScanRequest, scan};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let request = ScanRequest { stdin: Some(("fuzz.rs".into(), bytes.to_vec())), jobs: Some(1), ..ScanRequest::default() };
    let program = scan(&request).expect("the standard input can always be looked at");
    assert_eq!(program.files.len() + usize::from(program.files.is_empty()), 1);
});
