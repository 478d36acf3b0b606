//! Structs, tuples, variants, arrays and ranges: parts in the order in which they are written, then the whole.

use super::Lower;
use crate::flow::mir::{Const, Operand, Place, Rvalue, Scalar};
use crate::model::hir::{ExprId, List, PathId, RecordField};
use crate::model::name::Name;
use crate::types::ty::{FnRef, Ty, TyKind};

/// The name of a tuple's field.
pub(super) fn position(at: usize) -> Name {
    const FIRST: [&str; 4] = ["0", "1", "2", "3"];
    FIRST.get(at).map_or_else(|| Name::new(&at.to_string()), |name| Name::new(name))
}

impl Lower<'_> {
    pub(super) fn tuple(&mut self, _expr: ExprId, parts: List<ExprId>) -> Operand {
        self.positional(None, parts)
    }

    /// Makes a tuple, a tuple struct or a variant.
    pub(super) fn positional(&mut self, variant: Option<Name>, parts: List<ExprId>) -> Operand {
        let parts = self.source.code.list(parts);
        let values: Vec<Operand> = parts.iter().map(|&part| self.operand(part)).collect();
        let temp = self.temp_of(Rvalue::Aggregate(variant));
        for (at, value) in values.into_iter().enumerate() {
            let field = self.part(temp, variant, position(at));
            self.assign(field, Rvalue::Use(value));
        }
        Operand::Read(temp, Scalar::Other)
    }

    fn part(&mut self, whole: Place, variant: Option<Name>, field: Name) -> Place {
        match variant {
            Some(variant) => self.payload(whole, variant, field),
            None => self.field(whole, field),
        }
    }

    pub(super) fn record(
        &mut self,
        expr: ExprId,
        path: Option<PathId>,
        fields: List<RecordField>,
        spread: Option<ExprId>,
    ) -> Operand {
        let variant = path.and_then(|path| self.variant_of(path, self.ty(expr)));
        let code = self.source.code;
        let values: Vec<(Name, Operand)> =
            code.list(fields).iter().map(|field| (field.name, self.operand(field.value))).collect();
        let temp = match spread {
            Some(base) => {
                let base = self.operand(base);
                self.temp_of(Rvalue::Use(base))
            }
            None => self.temp_of(Rvalue::Aggregate(variant)),
        };
        for (name, value) in values {
            let field = self.part(temp, variant, name);
            self.assign(field, Rvalue::Use(value));
        }
        Operand::Read(temp, Scalar::Other)
    }

    /// Arrays and `vec![…]`.
    pub(super) fn sequence(&mut self, expr: ExprId, parts: List<ExprId>) -> Operand {
        let parts = self.source.code.list(parts);
        for &part in parts {
            self.operand(part);
        }
        self.sequence_of(expr, Operand::Const(Const::Int(parts.len() as i128), Scalar::Int(self.usize())))
    }

    /// `vec![elem; len]`: the element first.
    pub(super) fn repeated(&mut self, expr: ExprId, elem: ExprId, len: ExprId) -> Operand {
        self.operand(elem);
        let len = self.operand(len);
        self.sequence_of(expr, len)
    }

    fn sequence_of(&mut self, expr: ExprId, len: Operand) -> Operand {
        let scalar = self.scalar(self.ty(expr));
        let temp = self.temp_of(Rvalue::Unknown(scalar));
        let place = self.length_of(temp);
        self.assign(place, Rvalue::Use(len));
        Operand::Read(temp, scalar)
    }

    pub(super) fn range(&mut self, low: Option<ExprId>, high: Option<ExprId>, inclusive: bool) -> Operand {
        let name = match (low, high, inclusive) {
            (Some(_), Some(_), false) => Name::RANGE,
            (Some(_), Some(_), true) => Name::RANGE_INCLUSIVE,
            (Some(_), None, _) => Name::RANGE_FROM,
            (None, Some(_), false) => Name::RANGE_TO,
            (None, Some(_), true) => Name::RANGE_TO_INCLUSIVE,
            (None, None, _) => Name::RANGE_FULL,
        };
        let low = low.map(|low| self.operand(low));
        let high = high.map(|high| self.operand(high));
        let temp = self.temp_of(Rvalue::Aggregate(Some(name)));
        for (field, value) in [("start", low), ("end", high)] {
            if let Some(value) = value {
                let field = self.field(temp, Name::new(field));
                self.assign(field, Rvalue::Use(value));
            }
        }
        Operand::Read(temp, Scalar::Other)
    }

    /// Returns the variant that a path names of the enum that `ty` is; `None` where it is no enum.
    pub(super) fn variant_of(&self, path: PathId, ty: Ty) -> Option<Name> {
        let TyKind::Adt(def, _) = self.content(ty).kind() else { return None };
        let item = self.source.world.item(*def)?;
        if !matches!(item.kind, crate::model::item::ItemKind::Enum { .. }) {
            return None;
        }
        let last = self.source.model.path(path)?.segments.last()?.name;
        let adt = self.source.world.adt(*def)?;
        adt.variants.iter().any(|variant| variant.name == last).then_some(last)
    }

    /// A call of a tuple struct's or a variant's constructor.
    pub(super) fn constructed(&mut self, callee: ExprId, args: List<ExprId>) -> Option<Operand> {
        let TyKind::FnDef(constructor, _) = self.ty(callee).kind() else { return None };
        match *constructor {
            FnRef::Fn(_) => None,
            FnRef::Struct(_) => Some(self.positional(None, args)),
            FnRef::Variant(def, variant) => {
                let name = self.source.world.file(def.file)?.variants.get(variant.index())?.name;
                Some(self.positional(Some(name), args))
            }
        }
    }
}
