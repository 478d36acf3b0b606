//! A JSON object of bounded size, built in place without allocation: escaping, caps, roll-back of what does not fit.
//! What goes into the object is `record.rs`'s business.

/// Most bytes of one record, its newline included: Linux's `PIPE_BUF`, so that a pipe takes the line whole and lines of
/// concurrent threads never interleave.
pub(crate) const LINE_CAP: usize = 4096;

/// Bytes kept back for the closing brace, the newline and the truncation mark.
const TAIL: usize = 40;

/// One JSON object on one line.
///
/// A field that does not fit is left out whole and `record.truncated` is set, so the line is valid JSON whatever comes in.
pub(crate) struct Line {
    bytes: [u8; LINE_CAP],
    len: usize,
    limit: usize,
    truncated: bool,
}

impl Line {
    /// An open object with no field.
    pub(crate) fn new() -> Self {
        let mut line = Self { bytes: [0; LINE_CAP], len: 0, limit: LINE_CAP.saturating_sub(TAIL), truncated: false };
        line.push(b"{");
        line
    }

    /// Appends bytes whole; false, and nothing appended, where they do not fit.
    fn push(&mut self, bytes: &[u8]) -> bool {
        let end = self.len.saturating_add(bytes.len());
        if end > self.limit {
            return false;
        }
        let Some(free) = self.bytes.get_mut(self.len..end) else { return false };
        for (to, from) in free.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.len = end;
        true
    }

    /// Opens `"key":`, with the comma a field after the first needs.
    fn key(&mut self, key: &str) -> bool {
        let comma = self.len > 1;
        (!comma || self.push(b",")) && self.push(b"\"") && self.push(key.as_bytes()) && self.push(b"\":")
    }

    /// Writes a field by `value`, and takes the whole field back where anything did not fit.
    fn field(&mut self, key: &str, value: impl FnOnce(&mut Self) -> bool) {
        let mark = self.len;
        if !(self.key(key) && value(self)) {
            self.len = mark;
            self.truncated = true;
        }
    }

    /// A string field, escaped.
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.field(key, |line| line.push(b"\"") && line.escaped(value) && line.push(b"\""));
    }

    /// A string field of at most `cap` bytes of escaped text; what is beyond is cut at a character.
    ///
    /// Returns whether it was cut.
    pub(crate) fn text_capped(&mut self, key: &str, value: &str, cap: usize) -> bool {
        self.joined_capped(key, std::iter::once(value), cap)
    }

    /// As `text_capped`, of several pieces in a row.
    pub(crate) fn joined_capped<'a>(&mut self, key: &str, values: impl Iterator<Item = &'a str>, cap: usize) -> bool {
        let mut cut = false;
        self.field(key, |line| {
            if !line.push(b"\"") {
                return false;
            }
            let limit = line.limit;
            // The quote that ends the value must still fit.
            line.limit = limit.saturating_sub(1).min(line.len.saturating_add(cap));
            let mut values = values;
            cut = !values.all(|value| line.escaped(value));
            line.limit = limit;
            line.push(b"\"")
        });
        cut
    }

    /// A number field.
    pub(crate) fn number(&mut self, key: &str, value: u64) {
        self.field(key, |line| line.decimal(value));
    }

    /// A true or false field.
    pub(crate) fn flag(&mut self, key: &str, value: bool) {
        self.field(key, |line| line.push(if value { b"true" } else { b"false" }));
    }

    /// A null field: known to be absent.
    pub(crate) fn null(&mut self, key: &str) {
        self.field(key, |line| line.push(b"null"));
    }

    /// A string field of hexadecimal digits.
    pub(crate) fn hex(&mut self, key: &str, bytes: &[u8]) {
        self.field(key, |line| line.push(b"\"") && bytes.iter().all(|byte| line.hex_byte(*byte)) && line.push(b"\""));
    }

    /// A string field of pieces put together by `write`; each piece is escaped.
    pub(crate) fn pieces(&mut self, key: &str, write: impl FnOnce(&mut Pieces<'_>) -> bool) {
        self.field(key, |line| line.push(b"\"") && write(&mut Pieces { line }) && line.push(b"\""));
    }

    /// Fields that were rendered beforehand as `"key":value,"key":value`, or nothing.
    pub(crate) fn rendered(&mut self, fields: &[u8]) {
        if fields.is_empty() {
            return;
        }
        let mark = self.len;
        let comma = self.len > 1;
        if !((!comma || self.push(b",")) && self.push(fields)) {
            self.len = mark;
            self.truncated = true;
        }
    }

    /// Closes the object and the line, and gives their bytes.
    pub(crate) fn finish(&mut self) -> &[u8] {
        self.limit = LINE_CAP;
        if self.truncated {
            let comma: &[u8] = if self.len > 1 { b"," } else { b"" };
            let _ = self.push(comma) && self.push(b"\"record.truncated\":true");
        }
        let _ = self.push(b"}\n");
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    /// The fields written so far, without the opening brace: what `rendered` takes.
    pub(crate) fn fields(&self) -> &[u8] {
        self.bytes.get(1..self.len).unwrap_or(&[])
    }

    /// Appends what fits of `text`, whole characters; false where something was cut.
    fn escaped(&mut self, text: &str) -> bool {
        text.char_indices().all(|(at, c)| {
            let plain = text.get(at..at.saturating_add(c.len_utf8())).unwrap_or("");
            self.escaped_char(c, plain)
        })
    }

    /// A character as JSON wants it, `plain` being its own text; control, format and line-separating ones as `\u`, so that a terminal or a log
    /// viewer that shows the record cannot be steered by a panic message.
    fn escaped_char(&mut self, c: char, plain: &str) -> bool {
        match c {
            '"' => self.push(b"\\\""),
            '\\' => self.push(b"\\\\"),
            '\n' => self.push(b"\\n"),
            '\r' => self.push(b"\\r"),
            '\t' => self.push(b"\\t"),
            '\u{0}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {
                let [.., high, low] = u32::from(c).to_be_bytes();
                let mark = self.len;
                let whole = self.push(b"\\u") && self.hex_byte(high) && self.hex_byte(low);
                if !whole {
                    self.len = mark;
                }
                whole
            }
            _ => self.push(plain.as_bytes()),
        }
    }

    fn hex_byte(&mut self, byte: u8) -> bool {
        self.push(&[hex_digit(byte >> 4), hex_digit(byte & 0xf)])
    }

    fn decimal(&mut self, mut value: u64) -> bool {
        // u64::MAX has twenty digits.
        let mut digits = [b'0'; 20];
        let mut used = 1_usize;
        for (place, digit) in digits.iter_mut().rev().enumerate() {
            let last = u8::try_from(value % 10).unwrap_or(0);
            *digit = b'0'.wrapping_add(last);
            if last != 0 {
                used = place.saturating_add(1);
            }
            value /= 10;
        }
        let start = digits.len().saturating_sub(used);
        self.push(digits.get(start..).unwrap_or(b"0"))
    }

    /// `value` in hexadecimal without leading zeros.
    fn hexadecimal(&mut self, value: u64) -> bool {
        let mut started = false;
        for byte in value.to_be_bytes() {
            for digit in [byte >> 4, byte & 0xf] {
                started |= digit != 0;
                if started && !self.push(&[hex_digit(digit)]) {
                    return false;
                }
            }
        }
        started || self.push(b"0")
    }

    /// `value` in decimal, at least `width` digits.
    fn padded(&mut self, value: u64, width: u32) -> bool {
        let mut unit = 10_u64.saturating_pow(width.saturating_sub(1));
        while unit > 1 && value < unit {
            if !self.push(b"0") {
                return false;
            }
            unit /= 10;
        }
        self.decimal(value)
    }
}

/// What a field of several pieces is written through; each call says whether its piece fitted.
pub(crate) struct Pieces<'a> {
    line: &'a mut Line,
}

impl Pieces<'_> {
    /// Escaped text.
    pub(crate) fn text(&mut self, text: &str) -> bool {
        self.line.escaped(text)
    }

    /// A decimal number of at least `width` digits.
    pub(crate) fn padded(&mut self, value: u64, width: u32) -> bool {
        self.line.padded(value, width)
    }

    /// A hexadecimal number without leading zeros.
    pub(crate) fn hexadecimal(&mut self, value: u64) -> bool {
        self.line.hexadecimal(value)
    }

    /// A hexadecimal number of sixteen digits.
    pub(crate) fn hex_word(&mut self, value: u64) -> bool {
        value.to_be_bytes().iter().all(|byte| self.line.hex_byte(*byte))
    }

    /// How many bytes the line still takes.
    pub(crate) fn room(&self) -> usize {
        self.line.limit.saturating_sub(self.line.len)
    }
}

fn hex_digit(nibble: u8) -> u8 {
    b"0123456789abcdef".get(usize::from(nibble)).copied().unwrap_or(b'?')
}

#[cfg(test)]
mod tests {
    use super::{LINE_CAP, Line};

    fn line(write: impl FnOnce(&mut Line)) -> String {
        let mut line = Line::new();
        write(&mut line);
        String::from_utf8(line.finish().to_vec()).expect("a line is UTF-8")
    }

    #[test]
    fn control_and_direction_characters_cannot_leave_their_field() {
        let written = line(|l| l.text("m", "a\"b\\c\nd\u{1b}[31m\u{202e}\u{9b}é😀"));
        assert_eq!(written, "{\"m\":\"a\\\"b\\\\c\\nd\\u001b[31m\\u202e\\u009bé😀\"}\n");
    }

    #[test]
    fn numbers_are_exact_at_both_ends() {
        let written = line(|l| {
            l.number("zero", 0);
            l.number("hundred", 100);
            l.number("max", u64::MAX);
            l.pieces("p", |p| p.padded(7, 3) && p.text("/") && p.hexadecimal(0x1f0) && p.text("/") && p.hexadecimal(0));
        });
        assert_eq!(written, format!("{{\"zero\":0,\"hundred\":100,\"max\":{},\"p\":\"007/1f0/0\"}}\n", u64::MAX));
    }

    #[test]
    fn a_long_value_is_cut_at_a_character_and_says_so() {
        let mut cut = false;
        let written = line(|l| cut = l.text_capped("m", &"é".repeat(50), 21));
        assert!(cut);
        assert_eq!(written, format!("{{\"m\":\"{}\"}}\n", "é".repeat(10)));
    }

    #[test]
    fn what_does_not_fit_is_left_out_whole() {
        let written = line(|l| {
            l.text("big", &"x".repeat(LINE_CAP));
            l.flag("after", true);
            l.null("none");
            l.hex("id", &[0, 0xab]);
        });
        assert_eq!(written, "{\"after\":true,\"none\":null,\"id\":\"00ab\",\"record.truncated\":true}\n");
        let many = line(|l| (0..1000).for_each(|n| l.number("number", n)));
        assert!(many.len() <= LINE_CAP && many.ends_with(",\"record.truncated\":true}\n"), "{}", many.len());
    }
}
