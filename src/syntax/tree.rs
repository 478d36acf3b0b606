//! The flat tree: one array in pre-order instead of linked nodes. How it is built is `build.rs`'s business.

use std::slice;

use ra_ap_parser::SyntaxKind;

/// A syntax tree as an array in pre-order: an entry is a node or a token, its children follow it.
///
/// It holds what `ra_ap_syntax`'s tree of the same text holds, comments included, white space left out, in a tenth of the
/// memory.
#[derive(Debug, Default)]
pub struct Tree {
    pub(super) entries: Vec<Entry>,
    /// Where the comments begin and end, in order.
    pub(super) comments: Vec<(u32, u32)>,
}

/// One node or token. What a step from sibling to sibling reads stands side by side: an array a field is slower.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) kind: SyntaxKind,
    pub(super) start: u32,
    pub(super) end: u32,
    /// How many entries there are from this one to its last descendant: the next sibling, if there is one, is so far on.
    pub(super) len: u32,
}

/// What stands where no entry is.
const NOTHING: Entry = Entry { kind: SyntaxKind::EOF, start: 0, end: 0, len: 0 };

/// One entry of a tree with what is below it: the part of the array from it to its last descendant, so that a step to a
/// sibling asks for nothing else. As cheap to copy as a slice.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    entries: &'t [Entry],
}

impl Tree {
    /// Returns the root, `SOURCE_FILE` for a file; `None` for a tree without entries.
    pub fn root(&self) -> Option<Node<'_>> {
        (!self.entries.is_empty()).then_some(Node { entries: &self.entries })
    }

    /// Returns the number of nodes and tokens.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there is no entry at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns where the comments begin and end, in order.
    pub fn comments(&self) -> &[(u32, u32)] {
        &self.comments
    }

    /// Iterates over all entries in pre-order as kind, start and end.
    pub fn entries(&self) -> impl Iterator<Item = (SyntaxKind, u32, u32)> + '_ {
        self.entries.iter().map(|entry| (entry.kind, entry.start, entry.end))
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}@{}..{}", self.kind(), self.start(), self.end())
    }
}

impl<'t> Node<'t> {
    #[inline]
    fn entry(self) -> &'t Entry {
        self.entries.first().unwrap_or(&NOTHING)
    }

    /// Returns the kind; `EOF` never occurs in a tree.
    #[inline]
    pub fn kind(self) -> SyntaxKind {
        self.entry().kind
    }

    /// Returns the first byte's offset.
    #[inline]
    pub fn start(self) -> u32 {
        self.entry().start
    }

    /// Returns the offset one past the last byte.
    #[inline]
    pub fn end(self) -> u32 {
        self.entry().end
    }

    /// Returns the node's own text; `text` is what the tree was parsed from.
    pub fn text(self, text: &str) -> &str {
        text.get(self.start() as usize..self.end() as usize).unwrap_or("")
    }

    /// Iterates over the direct children, tokens and comments included.
    #[inline]
    pub fn children(self) -> Children<'t> {
        Children { rest: self.entries.get(1..).unwrap_or(&[]) }
    }

    /// Returns the kind of the first direct child, which may be a comment; `EOF` where there is none.
    #[inline]
    pub fn first_kind(self) -> SyntaxKind {
        self.entries.get(1).map_or(SyntaxKind::EOF, |first| first.kind)
    }

    /// Iterates over the direct children that are nodes, not tokens.
    #[inline]
    pub fn nodes(self) -> impl Iterator<Item = Node<'t>> {
        self.children().filter(|child| !child.is_token())
    }

    /// Tells whether this entry is a token: a leaf that holds text.
    #[inline]
    pub fn is_token(self) -> bool {
        self.entry().is_token()
    }

    /// Returns the first direct child of `kind`.
    #[inline]
    pub fn child(self, kind: SyntaxKind) -> Option<Node<'t>> {
        self.children().find(|child| child.kind() == kind)
    }

    /// Tells whether a direct child of `kind` exists.
    #[inline]
    pub fn has(self, kind: SyntaxKind) -> bool {
        self.child(kind).is_some()
    }

    /// Returns the first direct child whose kind satisfies `test`.
    #[inline]
    pub fn find(self, test: impl Fn(SyntaxKind) -> bool) -> Option<Node<'t>> {
        self.children().find(|child| test(child.kind()))
    }

    /// Returns how many entries there are from this one to its last descendant.
    pub(super) fn len(self) -> usize {
        self.entries.len()
    }

    /// Iterates over all tokens below this entry (itself, if it is one), comments too, without recursion.
    pub(super) fn leaves(self) -> impl Iterator<Item = Node<'t>> {
        self.entries.iter().filter(|entry| entry.is_token()).map(|entry| Node { entries: slice::from_ref(entry) })
    }

    /// Iterates over all tokens below this entry (itself, if it is one), comments left out, without recursion.
    pub fn tokens(self) -> impl Iterator<Item = Node<'t>> {
        self.leaves().filter(|node| !node.kind().is_trivia())
    }
}

impl Entry {
    fn is_token(&self) -> bool {
        // Kinds stand in the order tokens, then nodes; `ERROR` is both, and an error node has a child.
        (self.kind as u16) <= SyntaxKind::WHITESPACE as u16 && (self.kind != SyntaxKind::ERROR || self.len == 1)
    }
}

/// Iterates over the direct children of an entry.
#[derive(Clone)]
pub struct Children<'t> {
    /// The next of them, with all that follows it below the same entry.
    rest: &'t [Entry],
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    #[inline]
    fn next(&mut self) -> Option<Node<'t>> {
        let (entries, rest) = self.rest.split_at_checked(self.rest.first()?.len as usize)?;
        self.rest = rest;
        Some(Node { entries })
    }
}
