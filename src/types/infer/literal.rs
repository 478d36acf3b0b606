//! Types of literals.

use crate::model::hir::Literal;
use crate::types::lower_ty::primitive;
use crate::types::ty::{ConstArg, InferKind, Int, Ty, TyKind};

use super::Infer;

impl Infer<'_> {
    pub(super) fn literal(&mut self, literal: Literal, expected: Option<Ty>) -> Ty {
        match literal {
            Literal::Int { suffix, .. } | Literal::Float { suffix } if suffix.name().is_some() => {
                suffix.name().map_or_else(Ty::unknown, primitive)
            }
            Literal::Int { .. } => match expected.map(|ty| self.shallow(ty)) {
                Some(ty) if ty.is_integer() => ty,
                _ => self.table.fresh(InferKind::Int),
            },
            Literal::Float { .. } => match expected.map(|ty| self.shallow(ty)) {
                Some(ty) if ty.is_float() => ty,
                _ => self.table.fresh(InferKind::Float),
            },
            Literal::Bool(_) => Ty::bool(),
            Literal::Char => Ty::intern(TyKind::Char),
            Literal::Byte(_) => Ty::int(Int::U8),
            Literal::Str => Ty::str().reference(false),
            Literal::ByteStr(len) => {
                Ty::intern(TyKind::Array(Ty::int(Int::U8), ConstArg::Known(u64::from(len)))).reference(false)
            }
            Literal::CStr => {
                let def = self.std(&["ffi", "CStr"]);
                def.map_or_else(Ty::unknown, |def| Ty::adt(def, []).reference(false))
            }
        }
    }
}
