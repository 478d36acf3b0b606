//! Text → tokens. The lexer is rustc's; what rust-analyzer makes of its tokens is a table for those that are as usual, and
//! rust-analyzer's own business for a text with any other.

use ra_ap_parser::{Edition, LexedStr, SyntaxKind};
use ra_ap_rustc_lexer::{Cursor, FrontmatterAllowed, LiteralKind, TokenKind};

use rustc_literal_escaper::{unescape_byte, unescape_byte_str, unescape_c_str, unescape_char, unescape_str};

use super::build::SyntaxError;
use super::tokens::{Token, push};

/// Bytes of text for which one token is expected; over the 17 crates that the benchmarks scan, there are 5.3.
const BYTES_A_TOKEN: usize = 5;

/// What a text may begin with: no token.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A text's tokens, comments too, and what is wrong with them.
#[derive(Debug, PartialEq, Eq)]
pub struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) errors: Vec<SyntaxError>,
}

impl Lexed {
    /// Returns the tokens without comments.
    pub fn code(&self) -> Vec<Token> {
        self.tokens.iter().copied().filter(|token| token.kind != SyntaxKind::COMMENT).collect()
    }
}

/// Lexes `text` into tokens, comments too.
pub fn lex_all(text: &str, edition: Edition) -> Lexed {
    // As rustc does, CRLF is read as one line end: `\` before it goes on in the next line, and no comment holds half of it. A
    // blank behind keeps every offset.
    let unix = memchr::memchr(b'\r', text.as_bytes()).map(|_| text.replace("\r\n", "\n "));
    let text = unix.as_deref().unwrap_or(text);
    match usual(text, edition) {
        Some(tokens) => Lexed { tokens, errors: Vec::new() },
        None => any(text, edition),
    }
}

/// Lexes `text` into tokens without comments; operators of several characters are one token a character.
pub fn lex(text: &str, edition: Edition) -> Vec<Token> {
    let mut tokens = lex_all(text, edition).tokens;
    tokens.retain(|token| token.kind != SyntaxKind::COMMENT);
    tokens
}

/// Lexes a text whose tokens are all as usual. `LexedStr` allocates for each literal, begins anew at each token, and its
/// result would have to be gone through again. Blanks, words, signs and what else is plain are told by their bytes, which is
/// nearly all; rustc's lexer is asked for the others.
fn usual(text: &str, edition: Edition) -> Option<Vec<Token>> {
    let code = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    // A `#!` line that begins no attribute, and what may stand before the code between lines of `---`.
    if (code.starts_with("#!") && !code.starts_with("#![")) || code.trim_start().starts_with('-') {
        return None;
    }
    let mut tokens = Vec::with_capacity(text.len() / BYTES_A_TOKEN + 8);
    let mut start = text.len() - code.len();
    while let Some([first, behind @ ..]) = text.as_bytes().get(start..) {
        let own = |len: usize| text.get(start..start + len);
        let (kind, len) = if is(*first, BLANK) {
            (None, 1 + run(behind, BLANK))
        } else if let Some(len) = word_len(*first, behind) {
            (Some(word(own(len)?, edition)), len)
        } else if let Some(sign) = sign(*first, behind.first()) {
            (Some(sign), 1)
        } else if let Some((kind, len)) = plain(*first, behind) {
            (Some(kind), len)
        } else {
            let token = Cursor::new(text.get(start..)?, FrontmatterAllowed::No).advance_token();
            let len = token.len as usize;
            let kind = match token.kind {
                TokenKind::Whitespace => None,
                TokenKind::Ident => Some(word(own(len)?, edition)),
                TokenKind::Literal { kind, .. } => Some(literal(kind, own(len)?)?),
                kind => Some(other(kind)?),
            };
            (kind, len)
        };
        if let Some(kind) = kind {
            push(&mut tokens, kind, start as u32, (start + len) as u32);
        }
        start += len;
    }
    Some(tokens)
}

/// White space of one byte.
const BLANK: u8 = 1;
/// What a word begins with.
const LETTER: u8 = 1 << 1;
const DIGIT: u8 = 1 << 2;
const WORD: u8 = LETTER | DIGIT;
/// Of a letter beyond ASCII, or what else is written in several bytes.
const BEYOND: u8 = 1 << 3;

/// What each byte is.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut rest: &mut [u8] = &mut classes;
    let mut byte = 0_u8;
    while let [class, behind @ ..] = rest {
        *class = match byte {
            b'\t'..=b'\r' | b' ' => BLANK,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => LETTER,
            b'0'..=b'9' => DIGIT,
            0x80.. => BEYOND,
            _ => 0,
        };
        byte = byte.wrapping_add(1);
        rest = behind;
    }
    classes
};

/// Tells whether `byte` is of one of `classes`.
#[inline]
fn is(byte: u8, classes: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|class| class & classes != 0)
}

/// Returns how many of `bytes`, from the first on, are of one of `classes`.
#[inline]
fn run(bytes: &[u8], classes: u8) -> usize {
    bytes.iter().position(|&byte| !is(byte, classes)).unwrap_or(bytes.len())
}

/// Returns the length of the word that begins with `first` and goes on `behind` it; `None` where that is none, or where what
/// follows is part of the same token: a letter of another script, a literal, the rest of `r#raw`.
#[inline]
fn word_len(first: u8, behind: &[u8]) -> Option<usize> {
    if !is(first, LETTER) {
        return None;
    }
    let rest = run(behind, WORD);
    let ends = behind.get(rest).is_none_or(|&next| !is(next, BEYOND) && !matches!(next, b'#' | b'"' | b'\''));
    ends.then_some(1 + rest)
}

/// Returns the sign that `first` is, unless it begins a comment or a guarded string with `next`; `_` is a word.
#[inline]
fn sign(first: u8, next: Option<&u8>) -> Option<SyntaxKind> {
    match (first, next) {
        (b'/', Some(b'/' | b'*')) | (b'#', Some(b'#' | b'"')) | (b'_', _) => None,
        _ => SyntaxKind::from_char(char::from(first)),
    }
}

/// Returns kind and length of a comment up to the end of its line, or of a literal or a lifetime that holds nothing to judge:
/// a number of digits alone, what stands in quotes without a `\`.
fn plain(first: u8, behind: &[u8]) -> Option<(SyntaxKind, usize)> {
    // Letters behind a literal are part of it.
    let ends = |len: usize| behind.get(len).is_none_or(|&next| !is(next, LETTER | BEYOND));
    match (first, behind) {
        (b'/', [b'/', ..]) => Some((SyntaxKind::COMMENT, 1 + memchr::memchr(b'\n', behind).unwrap_or(behind.len()))),
        (b'"', _) => {
            let len = memchr::memchr3(b'"', b'\\', b'\r', behind)?;
            (behind.get(len) == Some(&b'"') && ends(len + 1)).then_some((SyntaxKind::STRING, len + 2))
        }
        (b'\'', [b' '..=b'~', b'\'', ..]) => {
            let plain = !matches!(behind, [b'\'' | b'\\', ..]);
            (plain && ends(2)).then_some((SyntaxKind::CHAR, 3))
        }
        (b'\'', [letter, rest @ ..]) => Some((SyntaxKind::LIFETIME_IDENT, 1 + word_len(*letter, rest)?)),
        (b'0'..=b'9', _) => {
            let len = run(behind, DIGIT);
            (ends(len) && behind.get(len) != Some(&b'.')).then_some((SyntaxKind::INT_NUMBER, 1 + len))
        }
        _ => None,
    }
}

/// Lexes any text.
fn any(text: &str, edition: Edition) -> Lexed {
    if let Some(code) = text.strip_prefix(BYTE_ORDER_MARK) {
        // Blanks keep every offset as it is on disk.
        return any(&format!("   {code}"), edition);
    }
    let lexed = LexedStr::new(edition, text);
    let mut tokens = Vec::with_capacity(lexed.len());
    for at in 0..lexed.len() {
        let kind = lexed.kind(at);
        if kind != SyntaxKind::WHITESPACE {
            push(&mut tokens, kind, lexed.text_start(at) as u32, lexed.text_start(at + 1) as u32);
        }
    }
    let error = |(token, message): (usize, &str)| SyntaxError {
        offset: lexed.text_start(token) as u32,
        message: message.to_owned(),
    };
    Lexed { tokens, errors: lexed.errors().map(error).collect() }
}

fn word(text: &str, edition: Edition) -> SyntaxKind {
    match text.as_bytes() {
        b"_" => SyntaxKind::UNDERSCORE,
        // No keyword is longer, and all but `Self` are lower case.
        [b'a'..=b'z' | b'S', rest @ ..] if matches!(rest.len(), 1..8) => {
            SyntaxKind::from_keyword(text, edition).unwrap_or(SyntaxKind::IDENT)
        }
        _ => SyntaxKind::IDENT,
    }
}

/// Returns a literal's kind, or nothing where something is wrong with it.
fn literal(kind: LiteralKind, text: &str) -> Option<SyntaxKind> {
    let within = |from: usize, quote: char| {
        // Letters may follow, but hardly ever do.
        let to = if text.ends_with(quote) { text.len() - 1 } else { text.rfind(quote)? };
        text.get(from..to)
    };
    let mut sound = true;
    let mut judge = |fatal: bool| sound &= !fatal;
    let kind = match kind {
        LiteralKind::Int { empty_int: false, .. } => SyntaxKind::INT_NUMBER,
        LiteralKind::Float { empty_exponent: false, .. } => SyntaxKind::FLOAT_NUMBER,
        LiteralKind::RawStr { n_hashes: Some(_) } => SyntaxKind::STRING,
        LiteralKind::RawByteStr { n_hashes: Some(_) } => SyntaxKind::BYTE_STRING,
        LiteralKind::RawCStr { n_hashes: Some(_) } => SyntaxKind::C_STRING,
        LiteralKind::Char { terminated: true } => {
            judge(unescape_char(within(1, '\'')?).is_err());
            SyntaxKind::CHAR
        }
        LiteralKind::Byte { terminated: true } => {
            judge(unescape_byte(within(2, '\'')?).is_err());
            SyntaxKind::BYTE
        }
        LiteralKind::Str { terminated: true } => {
            // Most have nothing to judge.
            if memchr::memchr2(b'\\', b'\r', text.as_bytes()).is_some() {
                unescape_str(within(1, '"')?, |_, one| judge(one.is_err_and(|error| error.is_fatal())));
            }
            SyntaxKind::STRING
        }
        LiteralKind::ByteStr { terminated: true } => {
            unescape_byte_str(within(2, '"')?, |_, one| judge(one.is_err_and(|error| error.is_fatal())));
            SyntaxKind::BYTE_STRING
        }
        LiteralKind::CStr { terminated: true } => {
            unescape_c_str(within(2, '"')?, |_, one| judge(one.is_err_and(|error| error.is_fatal())));
            SyntaxKind::C_STRING
        }
        _ => return None,
    };
    sound.then_some(kind)
}

/// Returns the kind of a token that is no word, no sign and no literal, or nothing where it is not as usual.
fn other(kind: TokenKind) -> Option<SyntaxKind> {
    match kind {
        TokenKind::LineComment { .. } | TokenKind::BlockComment { terminated: true, .. } => Some(SyntaxKind::COMMENT),
        TokenKind::RawIdent => Some(SyntaxKind::IDENT),
        TokenKind::Lifetime { starts_with_number: false } => Some(SyntaxKind::LIFETIME_IDENT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDITIONS: [Edition; 4] =
        [Edition::Edition2015, Edition::Edition2018, Edition::Edition2021, Edition::Edition2024];

    /// Texts whose tokens are as usual, and whether their neighbours are glued.
    const USUAL: &[&str] = &[
        "",
        " \n\t",
        "fn f<'a>(x: &'a mut [u8; 4]) -> r#type { x[0] += 0xff_u8 as u8 ^ !1; /* c */ .. }",
        "async move { dyn_ dyn abstract Self self _ _x gen try become unsized overrides é }",
        "'a' '~' ' ' b'x' b' ' '\\n' b'\\'' '\\u{e9}' 'é' \"a\\\"b\" b\"c\\0\" c\"d\" r#\"e\\\"# br\"f\" cr##\"g\"##",
        "1 1.0 1. 1e3 0b1 0o7 1_000.5f32 a.0.1 0..=9 1.max(2)",
        "macro_rules! m { ($($x:tt)*) => { $($x)* ~ @ # ? % | || && << >>= }; }",
        "\u{feff}fn f() {}",
        "\u{feff}#![allow(x)]\n// é",
        "/// doc\n//! inner\n/* a /* b */ c */ // end",
        "#![allow(x)]\n\"two\nlines\" \"a\\\n\n  b\" // é\r\n'\\''",
    ];

    /// Texts with a token that is not.
    const ODD: &[&str] = &[
        "#!/bin/sh\nfn f() {}",
        "\u{feff}#!/bin/sh\n'a",
        "---\n[package]\n---\nfn f() {}",
        " - 1",
        "\"\\q\"",
        "\"open",
        "'ab'",
        "''",
        "b'é'",
        "\"a\rb\"",
        "b\"é\"",
        "0x 1e+",
        "/* open",
        "r##\"open\"#",
        "a#b foo\"x\" k#fn",
        "##\"x\"##",
        "'1a 'r#b",
        "№ \u{1f980}",
    ];

    #[test]
    fn tokens_that_are_as_usual_are_those_of_rust_analyzer() {
        for text in USUAL {
            for edition in EDITIONS {
                let tokens = usual(text, edition).expect("all are as usual");
                assert_eq!(Lexed { tokens, errors: Vec::new() }, any(text, edition), "{text} in {edition}");
            }
        }
    }

    #[test]
    fn a_text_with_any_other_token_is_left_to_rust_analyzer() {
        for text in ODD {
            assert_eq!(usual(text, Edition::Edition2024), None, "{text}");
            for edition in EDITIONS {
                assert_eq!(lex_all(text, edition), any(text, edition), "{text} in {edition}");
            }
        }
    }

    #[test]
    fn whatever_stands_side_by_side_is_told_apart_as_rust_analyzer_does() {
        const PIECES: &[&str] = &[
            "a", "r", "br", "c", "_", "if", "0", "1.", "e", "#", "\"", "'", "\\", "/", "*", "!", "-", ".", "=", ";",
            " ", "\n", "\r", "\t", "é", "\u{85}",
        ];
        let pieces = || PIECES.iter().copied();
        let pairs = || pieces().flat_map(|a| pieces().map(move |b| [a, b].concat()));
        for text in pairs().flat_map(|a| pairs().map(move |b| [a.as_str(), &b].concat())) {
            if let Some(tokens) = usual(&text, Edition::Edition2021) {
                assert_eq!(Lexed { tokens, errors: Vec::new() }, any(&text, Edition::Edition2021), "{text:?}");
            }
        }
    }
}
