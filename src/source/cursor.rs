//! Turns many byte offsets of one file into lines and columns, cheaply even where a line is a megabyte long.

use super::file::{LineIndex, Position};

/// Remembers the last place: the next one on the same line costs the distance between them, not the line's length.
#[derive(Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    lines: &'a LineIndex,
    offset: u32,
    last: Position,
}

impl<'a> Cursor<'a> {
    /// Stands at the start of `text`; `lines` is its index.
    pub const fn new(text: &'a str, lines: &'a LineIndex) -> Self {
        Self { text, lines, offset: 0, last: Position { line: 1, column: 1 } }
    }

    /// Returns line and column of `offset`; O(log lines + distance to the last offset on the same line).
    pub fn position(&mut self, offset: u32) -> Position {
        let line = self.lines.line(offset);
        let here = if line == self.last.line {
            let between = |from: u32, to: u32| {
                let text = self.text.get(from as usize..to as usize).unwrap_or("");
                // A byte order mark is no character of the first line.
                let text = if from == 0 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
                text.chars().count() as u32
            };
            let column = if offset >= self.offset {
                self.last.column + between(self.offset, offset)
            } else {
                self.last.column.saturating_sub(between(offset, self.offset))
            };
            Position { line, column }
        } else {
            self.lines.position(self.text, offset)
        };
        (self.offset, self.last) = (offset, here);
        here
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_index_in_any_order() {
        for text in ["é x\nłódź ok\n\nend", "\u{feff}é\u{feff} x\nend"] {
            let lines = LineIndex::new(text);
            let mut cursor = Cursor::new(text, &lines);
            let ends: Vec<u32> = text.char_indices().map(|(at, _)| at as u32).collect();
            for &first in &ends {
                for &second in &ends {
                    assert_eq!(cursor.position(first), lines.position(text, first));
                    assert_eq!(cursor.position(second), lines.position(text, second));
                }
            }
        }
    }

    #[test]
    fn a_byte_order_mark_moves_no_column() {
        for (text, at) in [("fn f", 3), ("\u{feff}fn f", 6)] {
            let lines = LineIndex::new(text);
            assert_eq!(lines.position(text, at), Position { line: 1, column: 4 }, "{text:?}");
        }
    }
}
