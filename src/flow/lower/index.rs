//! Index expressions: an element, a slice, a key of a map, or whatever a user's impl does.

use super::Lower;
use crate::flow::mir::{AssertKind, Const, Extent, Operand, Place, Rvalue, Scalar};
use crate::model::hir::{ArithOp, Expr, ExprId};
use crate::model::name::Name;
use crate::types::ty::{Ty, TyKind};

/// What is indexed.
enum Indexed {
    /// A slice, an array, a `Vec` or `VecDeque`; text if so.
    Sequence { text: bool },
    /// A map whose keys compare as std's do.
    Map,
    /// Something else.
    Other,
}

/// The ends of a range that is used as an index.
struct Ends {
    start: Operand,
    end: Option<Operand>,
    inclusive: bool,
}

impl Lower<'_> {
    fn indexed(&self, base: Ty) -> Indexed {
        match base.kind() {
            TyKind::Slice(_) | TyKind::Array(..) => Indexed::Sequence { text: false },
            TyKind::Str => Indexed::Sequence { text: true },
            TyKind::Adt(_, args) => match self.std_name(base) {
                Some(Name::VEC | Name::VEC_DEQUE) => Indexed::Sequence { text: false },
                Some(Name::STRING) => Indexed::Sequence { text: true },
                Some(Name::HASH_MAP | Name::BTREE_MAP) if args.first().is_some_and(|&key| self.is_plain(key)) => {
                    Indexed::Map
                }
                _ => Indexed::Other,
            },
            _ => Indexed::Other,
        }
    }

    /// `base[index]`: the base, then the index, then the check.
    pub(super) fn index(&mut self, expr: ExprId, base: ExprId, index: ExprId) -> Operand {
        let content = self.content(self.ty(base));
        let place = self.place_or_temp(base);
        let (Some(place), indexed) = (place, self.indexed(content)) else {
            self.parts_of_unknown_place(base);
            self.discard(index);
            return self.unknown(expr);
        };
        match indexed {
            Indexed::Sequence { text } => {
                let bounds = self.lengths(content);
                if self.int_of(self.ty(index)).is_some() && !text {
                    let index = self.operand(index);
                    self.assert(expr, AssertKind::Index { base: place, index, bounds });
                    return self.unknown(expr);
                }
                match self.ends(index) {
                    Some(ends) => self.slice(expr, (place, bounds, text), &ends),
                    None => self.unknown(expr),
                }
            }
            Indexed::Map => {
                let key = self.operand(index);
                self.assert(expr, AssertKind::Key(place, key));
                self.unknown(expr)
            }
            Indexed::Other => {
                self.discard(index);
                // A user's `index_mut` may write all of it.
                self.lend(place, Extent::Whole);
                self.unknown(expr)
            }
        }
    }

    /// The part of a sequence: as long as its ends say.
    fn slice(&mut self, expr: ExprId, (base, bounds, text): (Place, (i128, i128), bool), ends: &Ends) -> Operand {
        let &Ends { start, end, inclusive } = ends;
        self.assert(expr, AssertKind::Slice { base, start, end, inclusive, text, bounds });
        let scalar = if text { Scalar::Text } else { Scalar::Sequence(0, bounds.1) };
        let usize = self.usize();
        if matches!(start, Operand::Const(Const::Int(0), _)) && end.is_none() {
            // All of it.
            let temp = self.temp_of(Rvalue::Use(Operand::Read(base, scalar)));
            return Operand::Read(temp, scalar);
        }
        let temp = self.temp_of(Rvalue::Unknown(scalar));
        let whole = self.length_of(base);
        let end = match end {
            Some(end) if inclusive => {
                let past = self.temp_of(Rvalue::Arith(ArithOp::Add, end, Operand::int(1, usize), usize));
                Operand::Read(past, Scalar::Int(usize))
            }
            Some(end) => end,
            None => Operand::Read(whole, Scalar::Int(usize)),
        };
        let len = self.length_of(temp);
        self.assign(len, Rvalue::Arith(ArithOp::Sub, end, start, usize));
        Operand::Read(temp, scalar)
    }

    /// The ends of a range, evaluated; `None` for what is none that is known. A `RangeInclusive` that is not written here may be
    /// exhausted, and is then another slice.
    fn ends(&mut self, index: ExprId) -> Option<Ends> {
        let usize = self.usize();
        let zero = Operand::int(0, usize);
        if let Expr::Range { low, high, inclusive } = self.source.code.expr(index) {
            let start = low.map_or(zero, |low| self.operand(low));
            let end = high.map(|high| self.operand(high));
            return Some(Ends { start, end, inclusive });
        }
        let name = self.std_name(self.ty(index));
        let value = self.operand(index);
        let place = match value {
            Operand::Read(place, _) => place,
            Operand::Const(..) => return None,
        };
        let mut field = |name: &str| {
            let field = self.field(place, Name::new(name));
            Operand::Read(field, Scalar::Int(usize))
        };
        Some(match name? {
            Name::RANGE => Ends { start: field("start"), end: Some(field("end")), inclusive: false },
            Name::RANGE_FROM => Ends { start: field("start"), end: None, inclusive: false },
            Name::RANGE_TO => Ends { start: zero, end: Some(field("end")), inclusive: false },
            Name::RANGE_TO_INCLUSIVE => Ends { start: zero, end: Some(field("end")), inclusive: true },
            Name::RANGE_FULL => Ends { start: zero, end: None, inclusive: false },
            _ => return None,
        })
    }
}
