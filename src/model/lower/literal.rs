//! Lowers literals.

use super::InText;
use crate::model::hir::{Literal, NumberType};
use crate::syntax::{Node, SyntaxKind as K};

pub(super) fn literal(source: &InText<'_>, node: Node<'_>) -> Literal {
    let Some(token) = node.find(|kind| !kind.is_trivia() && kind != K::ATTR) else { return Literal::Str };
    let text = || source.text_of(token);
    match token.kind() {
        K::INT_NUMBER => integer(text()),
        K::FLOAT_NUMBER => {
            let suffix = ["f16", "f32", "f64", "f128"].into_iter().find(|suffix| text().ends_with(suffix));
            Literal::Float { suffix: NumberType::new(suffix.unwrap_or("")) }
        }
        K::TRUE_KW => Literal::Bool(true),
        K::FALSE_KW => Literal::Bool(false),
        K::CHAR => Literal::Char,
        K::BYTE => Literal::Byte(text().as_bytes().get(2).copied().unwrap_or(0)),
        K::BYTE_STRING => Literal::ByteStr(byte_string_len(text())),
        K::C_STRING => Literal::CStr,
        _ => Literal::Str,
    }
}

/// Reads an integer literal: its value, saturated, and its suffix.
fn integer(text: &str) -> Literal {
    let (radix, digits) = match text.get(..2) {
        Some("0x" | "0X") => (16, text.get(2..).unwrap_or("")),
        Some("0o") => (8, text.get(2..).unwrap_or("")),
        Some("0b") => (2, text.get(2..).unwrap_or("")),
        _ => (10, text),
    };
    let mut value = 0u64;
    let mut suffix = "";
    for (at, c) in digits.char_indices() {
        // auditor: allow(panicking-api) the radix is 2, 8, 10 or 16, chosen above
        match c.to_digit(radix) {
            Some(digit) => value = value.saturating_mul(u64::from(radix)).saturating_add(u64::from(digit)),
            None if c == '_' => {}
            None => {
                suffix = digits.get(at..).unwrap_or("");
                break;
            }
        }
    }
    if matches!(suffix, "f32" | "f64") {
        return Literal::Float { suffix: NumberType::new(suffix) };
    }
    Literal::Int { value: value.into(), suffix: NumberType::new(suffix) }
}

fn byte_string_len(text: &str) -> u32 {
    let raw = text.starts_with("br");
    let body = text.trim_start_matches(['b', 'r', '#']).trim_end_matches('#').trim_matches('"');
    if raw {
        return body.len() as u32;
    }
    let (mut len, mut bytes) = (0, body.bytes());
    while let Some(byte) = bytes.next() {
        len += 1;
        if byte == b'\\' && bytes.next() == Some(b'x') {
            bytes.nth(1);
        }
    }
    len
}
