//! Tables as data: documents make them, formats lay them out.

/// A table with a head.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The heads of its columns; the first column is text, the others are numbers.
    pub head: Vec<&'static str>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// One row of a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// A cell for each column.
    pub cells: Vec<String>,
    /// How it stands out.
    pub weight: Weight,
}

/// How a row stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// Not at all.
    #[default]
    Plain,
    /// Less than others: it holds nothing that counts.
    Dim,
    /// More than others: it sums them up.
    Bold,
}

/// A number as tables show it: nothing is a dot, which lets the eye find what there is.
pub(super) fn number(count: u64) -> String {
    if count == 0 { "·".to_owned() } else { count.to_string() }
}

/// `1 finding`, `2 findings`.
pub(super) fn plural(count: u64, word: &str) -> String {
    if count == 1 { format!("{count} {word}") } else { format!("{count} {word}s") }
}
