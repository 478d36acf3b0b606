//! How a child shows that it is the program that was built with this drill: each line that it says carries a proof, made of the lines
//! before, the drill's nonce, the case, the digest of the program, and the digest of the sources that both were built from. A script that
//! stands in for it, or repeats what an earlier one said, has none. It is no secret: whoever builds a child that lies can prove it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// The digest of the sources of the runtime and of the drill, as `build.rs` found them.
pub(crate) const SOURCES: &str = env!("AUDITOR_DRILL_SOURCES");

/// The variable that gives a child its nonce.
pub(crate) const NONCE: &str = "AUDITOR_DRILL_NONCE";

/// What stands between a line and its proof.
const MARK: &str = " ~";

/// A SHA-256 digest.
pub(crate) type Digest = [u8; 32];

/// The proofs of one child's lines, in order.
pub(crate) struct Proofs {
    state: Digest,
}

impl Proofs {
    pub(crate) fn new(nonce: &str, case: &str, program: &Digest) -> Self {
        let mut hash = Sha256::new();
        for part in [SOURCES.as_bytes(), nonce.as_bytes(), case.as_bytes(), program] {
            // Each with its length before it: two parts cannot be taken for others.
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(part);
        }
        Self { state: hash.finalize().into() }
    }

    /// `line` with its proof behind it.
    pub(crate) fn proven(&mut self, line: &str) -> String {
        let proof = self.next(line);
        format!("{line}{MARK}{proof}")
    }

    /// The line without its proof, where that is right.
    #[cfg(any(test, feature = "evidence"))]
    pub(crate) fn check<'a>(&mut self, proven: &'a str) -> Option<&'a str> {
        let (line, proof) = proven.rsplit_once(MARK)?;
        (self.next(line) == proof).then_some(line)
    }

    fn next(&mut self, line: &str) -> String {
        self.state = Sha256::new().chain_update(self.state).chain_update(line).finalize().into();
        hex(self.state.get(..16).unwrap_or(&[]))
    }
}

/// The digest of a program's file.
///
/// # Errors
///
/// It cannot be read.
pub(crate) fn digest(program: &Path) -> io::Result<Digest> {
    let mut file = File::open(program)?;
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hash.finalize().into()),
            count => hash.update(part.get(..count).unwrap_or(&[])),
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::Proofs;

    #[test]
    fn a_line_is_proven_by_its_place_its_case_its_nonce_and_its_program() {
        let made = |nonce: &str, case: &str, program: u8| Proofs::new(nonce, case, &[program; 32]);
        let mut child = made("n", "chaos", 1);
        let lines = ["wrong 0", "wrong 1"].map(|line| child.proven(line));
        let checked = |mut proofs: Proofs, lines: [&str; 2]| lines.map(|line| proofs.check(line).map(str::to_owned));
        let [first, second] = [lines[0].as_str(), lines[1].as_str()];
        assert_eq!(checked(made("n", "chaos", 1), [first, second]), [Some("wrong 0".into()), Some("wrong 1".into())]);
        assert_eq!(checked(made("m", "chaos", 1), [first, second]), [None, None]);
        assert_eq!(checked(made("n", "other", 1), [first, second]), [None, None]);
        assert_eq!(checked(made("n", "chaos", 2), [first, second]), [None, None]);
        assert_eq!(checked(made("n", "chaos", 1), [second, first]), [None, None]);
        assert_eq!(checked(made("n", "chaos", 1), ["wrong 0", &first.replace('0', "1")]), [None, None]);
    }
}
