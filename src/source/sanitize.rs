//! Makes text from sources, paths and configuration fit to be shown: it must not steer a terminal or deceive its reader.

use std::borrow::Cow;

/// Returns `text` with every control character but tab and newline, and every character that reorders or hides text,
/// replaced by harmless ones of the same length in bytes, so that offsets stay true.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.len_utf8() {
            _ if !is_harmful(letter) => safe.push(letter),
            // Mostly of a line end.
            1 if letter == '\r' => safe.push(' '),
            1 => safe.push('?'),
            // As long as in the source: `¿` has two bytes, the replacement character three.
            2 => safe.push('¿'),
            3 => safe.push(char::REPLACEMENT_CHARACTER),
            _ => safe.push_str("????"),
        }
    }
    Cow::Owned(safe)
}

/// Returns `path` cleaned, as `clean` does, and without tabs and newlines.
pub fn clean_path(path: &str) -> String {
    clean(path).replace(['\n', '\t'], "?")
}

/// Tells whether `letter` steers a terminal or hides text: control characters (C0, C1, DEL), bidirectional controls,
/// zero-width and other invisible ones, tags.
pub fn is_harmful(letter: char) -> bool {
    let invisible = matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    invisible || (letter.is_control() && letter != '\t' && letter != '\n')
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn escapes_and_reordering_never_pass_and_lengths_stay() {
        for text in ["a\u{1b}[31mred", "\u{9b}2J", "x\u{202e}y\u{2066}", "\u{feff}a\r\n", "\u{e0041}"] {
            let safe = clean(text);
            assert_eq!(safe.len(), text.len(), "{text:?}");
            assert!(!safe.chars().any(super::is_harmful), "{text:?}");
        }
        assert_eq!(clean("plain\tłódź\n"), "plain\tłódź\n");
    }
}
