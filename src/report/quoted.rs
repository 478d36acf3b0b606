//! The texts and the line breaks of JSON that can be shown on a terminal.

use crate::source::is_harmful;

/// Appends a newline and the blanks before what stands at `depth`.
pub(super) fn new_line(page: &mut Vec<u8>, depth: usize) {
    const BREAK: &[u8] = b"\n                                ";
    if let Some(head) = BREAK.get(..=2 * depth) {
        page.extend_from_slice(head);
    } else {
        page.push(b'\n');
        page.resize(page.len() + 2 * depth, b' ');
    }
}

/// Appends a text in quotes.
pub(super) fn quoted(page: &mut Vec<u8>, text: &str) {
    page.push(b'"');
    // Without a branch a byte first: nearly all texts are plain.
    let is_plain = !text.bytes().fold(false, |any, byte| any | is_odd(byte));
    let mut rest = text;
    while !is_plain
        && let Some(at) = rest.bytes().position(is_odd)
        && let Some((plain, odd)) = rest.split_at_checked(at)
    {
        page.extend_from_slice(plain.as_bytes());
        let mut letters = odd.chars();
        if let Some(letter) = letters.next() {
            escaped(page, letter);
        }
        rest = letters.as_str();
    }
    page.extend_from_slice(rest.as_bytes());
    page.push(b'"');
}

/// Whether a byte may begin what is not written as it is.
fn is_odd(byte: u8) -> bool {
    matches!(byte, 0..0x20 | b'"' | b'\\' | 0x7f..)
}

fn escaped(page: &mut Vec<u8>, letter: char) {
    let short = match letter {
        '"' => b'"',
        '\\' => b'\\',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        _ if letter < ' ' || is_harmful(letter) => {
            // auditor: allow(panicking-api) two units hold any character
            for unit in letter.encode_utf16(&mut [0; 2]) {
                page.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
            return;
        }
        _ => {
            // auditor: allow(panicking-api) four bytes hold any character
            page.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
    };
    page.extend_from_slice(&[b'\\', short]);
}
