//! Comments as the syntax stage finds them and triage reads them: text and place, no meaning.

use super::span::Span;

/// One comment of a file, doc comments too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// The whole comment with its markers.
    pub span: Span,
    /// Whether it is a doc comment (`///`, `//!`, `/** */`, `/*! */`).
    pub doc: bool,
    /// Whether only white space stands before it on its line.
    pub own_line: bool,
}

/// Tells whether a comment or documentation argues why unsafe code is in order, as people write it: `SAFETY:`, `# Safety`,
/// `Safety -`, `SAFE:`. O(length).
pub fn argues_safety(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr2_iter(b'S', b's', bytes).any(|at| {
        let (before, rest) = (bytes.get(..at).unwrap_or_default(), bytes.get(at..).unwrap_or_default());
        if before.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            return false;
        }
        let word = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word = rest.get(..word).unwrap_or_default();
        let rest = text.get(at + word.len()..).unwrap_or_default();
        let after = rest.trim_start_matches([' ', '*', '`']);
        // `safety-critical` is a word.
        let says = after.starts_with([':', '–', '—']) || rest.trim_start_matches('*').starts_with(" -");
        // What opens a line: the marks of comments, lists and headings.
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let opens = line.iter().all(|byte| b" \t/*!-#".contains(byte));
        match word {
            b"SAFETY" => true,
            _ if word.eq_ignore_ascii_case(b"safety") => says || (opens && line.contains(&b'#')),
            _ => word.eq_ignore_ascii_case(b"safe") && opens && after.starts_with(':'),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::argues_safety;

    #[test]
    fn an_argument_is_one_however_it_is_headed() {
        for text in [
            "// SAFETY: it is valid",
            "// Safety: it is valid",
            "/* safety - it is valid */",
            "/// # Safety\n///\n/// The caller vouches.",
            "# SAFETY\n`p` is valid.",
            "## Safety",
            "// SAFE: checked above",
            "// **Safety:** checked above",
            "SAFETY — checked",
        ] {
            assert!(argues_safety(text), "{text}");
        }
        for text in [
            "// safety first",
            "// this is unsafe: beware",
            "// It is safe: see above",
            "# Panics",
            "// safely: x",
            "// missing-safety-comment",
            "",
        ] {
            assert!(!argues_safety(text), "{text}");
        }
    }
}
