//! What aliases and defaults of parameters stand for: computed once, however often they are named. Aliases of hostile code lead
//! to each other, or double.

use std::cell::Cell;
use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::types::ty::{DefId, Ty};

/// Aliases and defaults within each other that are followed: one that goes further down is unknown, whoever asks for it first.
const DEPTH_LIMIT: u32 = 64;

thread_local! {
    /// How many are being computed, each for the one before, and whether one of them was too many.
    static OPEN: Cell<(u32, bool)> = const { Cell::new((0, false)) };
}

/// The declared types that were asked for, of aliases by the item, of defaults by the item and the parameter's place.
#[derive(Debug, Default)]
pub struct DeclaredTypes {
    known: RwLock<FxHashMap<(DefId, Option<u32>), Ty>>,
}

impl DeclaredTypes {
    /// Returns the type that `compute` finds, which depends on the declaration alone.
    pub fn get(&self, declaration: (DefId, Option<u32>), compute: impl FnOnce() -> Ty) -> Ty {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&declaration).copied();
        if let Some(known) = known {
            return known;
        }
        // auditor: allow(panicking-api) asked for on the scan's threads alone, never while one ends
        let (depth, given_up) = OPEN.get();
        if given_up || depth >= DEPTH_LIMIT {
            // auditor: allow(panicking-api) asked for on the scan's threads alone, never while one ends
            OPEN.set((depth, true));
            return Ty::unknown();
        }
        // auditor: allow(panicking-api) asked for on the scan's threads alone, never while one ends
        OPEN.set((depth + 1, false));
        let ty = compute();
        // auditor: allow(panicking-api) asked for on the scan's threads alone, never while one ends
        let (_, given_up) = OPEN.get();
        // auditor: allow(panicking-api) asked for on the scan's threads alone, never while one ends
        OPEN.set((depth, given_up && depth > 0));
        let ty = if given_up { Ty::unknown() } else { ty };
        // Of those that are given up only the outermost is known to go too far down.
        if !given_up || depth == 0 {
            self.known.write().unwrap_or_else(PoisonError::into_inner).insert(declaration, ty);
        }
        ty
    }
}
