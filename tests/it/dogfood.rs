//! The auditor on this repository: no finding counts, nothing is left unread, and every waiver carries its reason.

use std::path::Path;
use std::process::Command;

#[test]
fn the_auditor_is_clean_on_itself() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditor"));
    let output = command.args(["scan", ".", "--format", "short"]).current_dir(root).output().expect("auditor starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    assert!(!stdout.contains("not looked at"), "{stdout}");
}
