//! What string literals say: `"a\x62"` and `r#"ab"#` both say `ab`.

use rustc_literal_escaper::unescape_str;

/// Returns what a string literal, given with its quotes, says; `None` for what is none or is wrong.
pub fn string_value(literal: &str) -> Option<String> {
    let literal = literal.trim();
    if let Some(raw) = literal.strip_prefix('r') {
        let inner = raw.trim_start_matches('#');
        let closing = format!("\"{}", "#".repeat(raw.len() - inner.len()));
        return Some(inner.strip_prefix('"')?.strip_suffix(&closing)?.to_owned());
    }
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = Some(String::with_capacity(inner.len()));
    unescape_str(inner, |_, one| match (one, &mut value) {
        (Ok(letter), Some(text)) => text.push(letter),
        (Err(error), _) if error.is_fatal() => value = None,
        _ => {}
    });
    value
}

#[cfg(test)]
mod tests {
    use super::string_value;

    #[test]
    fn literals_say_what_rustc_reads() {
        for (literal, value) in [
            (r#""a.rs""#, Some("a.rs")),
            (r#" "\x65vil\u{2e}rs" "#, Some("evil.rs")),
            ("\"a\\\n   b\"", Some("ab")),
            (r##"r#"a\x"b"#"##, Some(r#"a\x"b"#)),
            (r#"r"""#, Some("")),
            (r#""\q""#, None),
            ("a.rs", None),
            ("1", None),
        ] {
            assert_eq!(string_value(literal).as_deref(), value, "{literal}");
        }
    }
}
