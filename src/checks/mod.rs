//! What each rule looks at and what it reports: one file a rule, one walk over a body for all of them. Severity, waivers and
//! configuration are not known here.

mod arithmetic;
mod body_cx;
mod callee;
mod cast;
pub mod contract;
mod conversion;
pub mod custom;
mod discarded;
mod expr_kind;
mod format_width;
mod index;
mod ledger;
mod panic;
mod panic_facts;
mod pointer;
mod safety_above;
mod sites;
mod std_panics;
mod task;
mod unwind;
mod unwrap;

use std::ops::Range;

use arithmetic::{Operands, constant, is_generic, operation};
use body_cx::item_head;
pub use body_cx::{BodyCx, Definitions, Fixes, unread_places, unsafe_blocks};
use callee::{arguments, free_call, function, is_unchecked, native_macro};
use cast::{casted, looks_like_pointer, written};
use conversion::{arrow, measured, pointing};
use discarded::discarded;
pub use expr_kind::ExprKind;
use expr_kind::checks_for;
use index::indexed;
pub use sites::{SiteBuilder, Sites, one_a_place};
use std_panics::std_panic;
use unwrap::{origin, unwrapped};

use crate::model::hir::{BodyKind, Expr, ExprId, ItemId};
use crate::model::name::Name;

/// A rule's logic.
pub struct Check {
    /// The rule's id, which is also the kind of its sites unless the check names another.
    pub rule: &'static str,
    /// What it wants to see.
    pub looks_at: &'static [ExprKind],
    /// Of paths, calls, method calls and macro calls it sees those of these names alone: the last of a path, the method's, the
    /// macro's. `None`: whatever they are called.
    pub named: Option<fn() -> Vec<Name>>,
    /// Looks at one expression.
    pub run: fn(&BodyCx<'_>, ExprId, &mut Sites<'_>),
    /// Looks at one item, for rules about declarations.
    pub item: Option<fn(&BodyCx<'_>, ItemId, &mut Sites<'_>)>,
}

/// All checks, sorted by topic and id.
pub const CHECKS: &[&Check] = &[
    &panic::assert_macro::CHECK,
    &panic::debug_assert_macro::CHECK,
    &panic::env_unwrap::CHECK,
    &panic::exit_call::CHECK,
    &panic::expect::CHECK,
    &panic::integer_division::CHECK,
    &panic::integer_overflow::CHECK,
    &panic::join_unwrap::CHECK,
    &panic::lock_unwrap::CHECK,
    &panic::map_index::CHECK,
    &panic::panic_macro::CHECK,
    &panic::panicking_api::CHECK,
    &panic::parse_unwrap::CHECK,
    &panic::range_index::CHECK,
    &panic::refcell_borrow::CHECK,
    &panic::slice_index::CHECK,
    &panic::storage_unwrap::CHECK,
    &panic::str_index::CHECK,
    &panic::todo_macro::CHECK,
    &panic::unreachable_macro::CHECK,
    &panic::unwrap::CHECK,
    &panic::user_index::CHECK,
    &pointer::cast_align::CHECK,
    &pointer::cast_constness::CHECK,
    &pointer::cast_inferred::CHECK,
    &pointer::cast_layout::CHECK,
    &pointer::cast_lifetime::CHECK,
    &pointer::cast_size::CHECK,
    &pointer::fn_pointer_cast::CHECK,
    &pointer::from_raw_parts::CHECK,
    &pointer::int_to_pointer::CHECK,
    &pointer::missing_safety_comment::CHECK,
    &pointer::pointer_cast::CHECK,
    &pointer::pointer_to_int::CHECK,
    &pointer::raw_deref::CHECK,
    &pointer::raw_deref_public::CHECK,
    &pointer::raw_ownership::CHECK,
    &pointer::static_mut::CHECK,
    &pointer::transmute::CHECK,
    &pointer::unchecked_call::CHECK,
    &pointer::uninit_assumed::CHECK,
    &pointer::union_read::CHECK,
    &pointer::unsafe_call::CHECK,
    &pointer::unsafe_impl::CHECK,
    &pointer::unsafe_send_sync::CHECK,
    &task::detached_task::CHECK,
    &task::ignored_unwind::CHECK,
    &unwind::panic_in_unsafe_window::CHECK,
];

/// The checks that look at what is computed at compile time: nothing fails at run time there, but a pointer that is made there is
/// used later.
const IN_CONSTANTS: [&Check; 2] = [&pointer::int_to_pointer::CHECK, &pointer::cast_inferred::CHECK];

/// Runs all checks over the body that `cx` shows; O(expressions of the body). What runs at compile time has no sites but those of
/// the closures in it and of the pointers that it makes of integers.
pub fn look_at_body(cx: &BodyCx<'_>, sites: &mut Sites<'_>) {
    let body = cx.body();
    if body.kind == BodyKind::Fn {
        look_at(cx, body.exprs.clone(), sites);
        return;
    }
    for range in cx.code.runtime_closures_in(cx.body) {
        look_at(cx, range, sites);
    }
    for own in cx.code.own_exprs(body) {
        let exprs = cx.code.exprs.get(own.start as usize..own.end as usize).unwrap_or(&[]);
        for (id, _) in own.zip(exprs).filter(|(_, expr)| matches!(expr, Expr::Cast { .. })) {
            // What closures do is looked at above.
            if !cx.code.runtime_closures_in(cx.body).any(|range| range.contains(&id)) {
                for check in IN_CONSTANTS {
                    (check.run)(cx, ExprId::new(id), sites);
                }
            }
        }
    }
}

fn look_at(cx: &BodyCx<'_>, range: Range<u32>, sites: &mut Sites<'_>) {
    for own in cx.code.own_exprs(cx.body()) {
        let exprs = cx.code.exprs.get(own.start as usize..own.end as usize).unwrap_or(&[]);
        for (id, expr) in own.zip(exprs).filter(|(id, _)| range.contains(id)) {
            for run in checks_for(cx, ExprId::new(id), *expr) {
                run(cx, ExprId::new(id), sites);
            }
            if cx.patterns.any() {
                cx.patterns.look(cx, ExprId::new(id), sites);
            }
        }
    }
    for (id, from) in cx.typed.overloaded_derefs().filter(|(id, _)| range.contains(&(id.index() as u32))) {
        panic::panicking_api::dereferenced(cx, id, from, sites);
    }
    if range.start == cx.body().exprs.start {
        contract::record(cx, sites);
        pointer::cast_lifetime::returned(cx, sites);
    }
    for (id, to) in cx.typed.coercions().filter(|(id, _)| range.contains(&(id.index() as u32))) {
        pointer::pointer_cast::coerced(cx, id, to, sites);
    }
}

/// Runs the checks that look at declarations over `item`.
pub fn look_at_item(cx: &BodyCx<'_>, item: ItemId, sites: &mut Sites<'_>) {
    for run in CHECKS.iter().filter_map(|check| check.item) {
        run(cx, item, sites);
    }
    contract::record_item(cx, item, sites);
}
