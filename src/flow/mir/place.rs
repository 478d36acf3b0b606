//! Places and operands: what a statement reads and writes.

use rustc_hash::FxHashMap;

use super::body::LocalId;
use crate::model::name::Name;

/// A local, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The local.
    pub local: LocalId,
    /// Which part of it.
    pub path: TreePath,
}

/// One step into a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Projection {
    /// A field by name or number.
    Field(Name),
    /// The value as one variant of its enum.
    Variant(Name),
    /// The number of elements.
    Len,
    /// Which variant of its enum it is.
    Tag,
}

/// A list of projections, interned in a [`PathTree`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(u32);

impl TreePath {
    /// The path of a whole local.
    pub const ROOT: Self = Self(0);
}

/// All paths of a body, each with the one that it extends.
#[derive(Debug)]
pub struct PathTree {
    nodes: Vec<(TreePath, Option<Projection>, u32)>,
    index: FxHashMap<(TreePath, Projection), TreePath>,
}

impl Default for PathTree {
    fn default() -> Self {
        Self { nodes: vec![(TreePath::ROOT, None, 0)], index: FxHashMap::default() }
    }
}

impl PathTree {
    /// Forgets all paths; the memory stays.
    pub fn clear(&mut self) {
        self.nodes.truncate(1);
        self.index.clear();
    }

    /// Returns `path` and one step more.
    pub fn extend(&mut self, path: TreePath, by: Projection) -> TreePath {
        let Self { nodes, index } = self;
        *index.entry((path, by)).or_insert_with(|| {
            let depth = nodes.get(path.0 as usize).map_or(0, |&(_, _, depth)| depth);
            nodes.push((path, Some(by), depth + 1));
            TreePath(nodes.len() as u32 - 1)
        })
    }

    /// Returns the path without its last step, and that step; `None` for a whole local.
    pub fn parent(&self, path: TreePath) -> Option<(TreePath, Projection)> {
        let &(parent, last, _) = self.nodes.get(path.0 as usize)?;
        Some((parent, last?))
    }

    /// Returns the steps of `path` behind `prefix`, outermost first; `None` where `prefix` is no prefix of it. O(steps).
    pub fn behind(&self, prefix: TreePath, path: TreePath) -> Option<Vec<Projection>> {
        let mut steps = Vec::new();
        let mut at = path;
        while at != prefix {
            let (parent, last) = self.parent(at)?;
            steps.push(last);
            at = parent;
        }
        steps.reverse();
        Some(steps)
    }

    /// Whether `prefix` is a prefix of `path`, or the path itself. O(steps).
    pub fn is_prefix(&self, prefix: TreePath, path: TreePath) -> bool {
        let mut at = path;
        while at != prefix {
            let Some((parent, _)) = self.parent(at) else { return false };
            at = parent;
        }
        true
    }
}

/// An integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IntType {
    /// Whether it has a sign.
    pub signed: bool,
    /// Its width.
    pub bits: u32,
}

impl IntType {
    /// `usize` on the usual machine.
    pub const USIZE: Self = Self { signed: false, bits: 64 };

    /// Returns the least and the greatest value; what is beyond `i128` is cut off there.
    pub const fn range(self) -> (i128, i128) {
        match (self.signed, self.bits) {
            (false, 128..) => (0, i128::MAX),
            (true, 128..) => (i128::MIN, i128::MAX),
            (false, bits) => (0, (1 << bits) - 1),
            (true, bits) => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        }
    }
}

/// What is known of the type of an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// An integer.
    Int(IntType),
    /// `bool`.
    Bool,
    /// `char`.
    Char,
    /// `str` or `String`.
    Text,
    /// A sequence with the least and the greatest length that its type allows.
    Sequence(i128, i128),
    /// Anything else.
    Other,
}

/// A literal, or a constant of known value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Const {
    /// An integer, or a `bool` as 0 or 1.
    Int(i128),
    /// A character.
    Char(char),
    /// Text or an array of so many bytes or elements.
    Sequence(u64),
}

/// What an rvalue is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// A constant.
    Const(Const, Scalar),
    /// What a place holds.
    Read(Place, Scalar),
}

impl Operand {
    /// An integer constant.
    pub const fn int(value: i128, ty: IntType) -> Self {
        Self::Const(Const::Int(value), Scalar::Int(ty))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_told_from_what_lies_beside_them() {
        let mut tree = PathTree::default();
        let field = |name| Projection::Field(Name::new(name));
        let a = tree.extend(TreePath::ROOT, field("a"));
        let ab = tree.extend(a, field("b"));
        let c = tree.extend(TreePath::ROOT, field("c"));
        assert_eq!(tree.extend(TreePath::ROOT, field("a")), a, "interned");
        assert_eq!(tree.behind(TreePath::ROOT, ab), Some(vec![field("a"), field("b")]));
        assert_eq!(tree.behind(c, ab), None);
        assert!(tree.is_prefix(a, ab) && tree.is_prefix(a, a) && !tree.is_prefix(ab, a) && !tree.is_prefix(c, ab));
    }

    #[test]
    fn ranges_are_those_of_the_types() {
        assert_eq!(IntType { signed: false, bits: 8 }.range(), (0, 255));
        assert_eq!(IntType { signed: true, bits: 8 }.range(), (-128, 127));
        assert_eq!(IntType::USIZE.range(), (0, i128::from(u64::MAX)));
        assert_eq!(IntType { signed: true, bits: 128 }.range(), (i128::MIN, i128::MAX));
    }
}
