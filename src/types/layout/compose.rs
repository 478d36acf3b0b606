//! Layouts of composites from those of their parts: in the order written, in any order, one over the other.

use super::{Layout, Measure};
use crate::model::item::{Attrs, Mark};

/// Fields one after the other, as `repr(C)` has it, each aligned to at most `packed`.
pub(super) fn in_sequence(fields: &[Layout], packed: Option<u64>) -> Layout {
    let mut end = Measure::Exactly(0);
    let mut align = Measure::Exactly(1);
    for field in fields {
        let own = packed.map_or(field.align, |most| lowered(field.align, most));
        align = larger(align, own);
        end = match (padded(end, own), field.size) {
            (_, Measure::Varies) | (Measure::Varies, _) => Measure::Varies,
            (Measure::Exactly(start), Measure::Exactly(size)) => exactly(start.checked_add(size)),
            (start, size) => Measure::AtLeast(start.least().saturating_add(size.least())),
        };
    }
    Layout { size: padded(end, align), align }
}

/// Fields in an order that the compiler chooses: only bounds are certain.
pub(super) fn loose(fields: &[Layout]) -> Layout {
    let sum = fields.iter().fold(0_u64, |sum, field| sum.saturating_add(field.size.least()));
    let align = fields.iter().map(|field| field.align.least()).max().unwrap_or(1);
    let size =
        if fields.iter().any(|field| field.size == Measure::Varies) { Measure::Varies } else { Measure::AtLeast(sum) };
    Layout { size, align: Measure::AtLeast(align) }
}

/// Fields that share their place.
pub(super) fn union(fields: &[Layout], attrs: &Attrs) -> Layout {
    let lower = |align| attrs.packed.map_or(align, |most| lowered(align, most.get().into()));
    let align = fields.iter().fold(Measure::Exactly(1), |align, field| larger(align, lower(field.align)));
    let size = fields.iter().fold(Measure::Exactly(0), |size, field| larger(size, field.size));
    if attrs.is(Mark::ReprC) {
        return Layout { size: padded(size, align), align };
    }
    Layout { size: Measure::AtLeast(size.least()), align: Measure::AtLeast(align.least()) }
}

/// A type that is laid out as the one of its fields that takes room.
pub(super) fn transparent(fields: &[Layout]) -> Layout {
    let mut room = fields.iter().filter(|field| **field != Layout::EMPTY);
    match (room.next(), room.next()) {
        (None, _) => Layout::EMPTY,
        (Some(only), None) => *only,
        // All but one take no room: one that certainly does is that one.
        _ => fields.iter().find(|field| field.size.least() > 0).copied().unwrap_or(Layout::UNKNOWN),
    }
}

/// An enum with a tag of a given type: before each variant's fields, or, as `repr(C)` has it, before them all.
pub(super) fn tagged(tag: Layout, variants: &[Vec<Layout>], repr_c: bool) -> Layout {
    let mut attrs = Attrs::default();
    attrs.set(Mark::ReprC, true);
    if repr_c {
        let each: Vec<Layout> = variants.iter().map(|fields| in_sequence(fields, None)).collect();
        return in_sequence(&[tag, union(&each, &attrs)], None);
    }
    let with_tag = |fields: &Vec<Layout>| {
        let all: Vec<Layout> = std::iter::once(tag).chain(fields.iter().copied()).collect();
        in_sequence(&all, None)
    };
    union(&variants.iter().map(with_tag).collect::<Vec<_>>(), &attrs)
}

/// `len` elements.
pub(super) fn array(element: Layout, len: Option<u64>) -> Layout {
    let size = match (element.size, len) {
        (Measure::Exactly(0), _) => Measure::Exactly(0),
        (Measure::Exactly(size), Some(len)) => exactly(size.checked_mul(len)),
        (size, Some(len)) => Measure::AtLeast(size.least().saturating_mul(len)),
        (_, None) => Measure::AtLeast(0),
    };
    Layout { size, align: element.align }
}

/// The same, aligned to at least `least`.
pub(super) fn raised(layout: Layout, least: u64) -> Layout {
    let align = larger(layout.align, Measure::Exactly(least.max(1)));
    Layout { size: padded(layout.size, align), align }
}

/// An alignment that packing lowers to at most `most`.
fn lowered(align: Measure, most: u64) -> Measure {
    let most = most.max(1);
    match align {
        Measure::Exactly(bytes) => Measure::Exactly(bytes.min(most)),
        _ if align.least() >= most => Measure::Exactly(most),
        align => align,
    }
}

fn larger(one: Measure, other: Measure) -> Measure {
    match (one, other) {
        (Measure::Varies, _) | (_, Measure::Varies) => Measure::Varies,
        (Measure::Exactly(one), Measure::Exactly(other)) => Measure::Exactly(one.max(other)),
        (one, other) => Measure::AtLeast(one.least().max(other.least())),
    }
}

/// A number of bytes rounded up to an alignment.
fn padded(bytes: Measure, align: Measure) -> Measure {
    match (bytes, align) {
        (Measure::Varies, _) => Measure::Varies,
        (Measure::Exactly(bytes), Measure::Exactly(align)) => exactly(bytes.checked_next_multiple_of(align)),
        (bytes, align) => {
            let least = bytes.least();
            Measure::AtLeast(least.checked_next_multiple_of(align.least()).unwrap_or(least))
        }
    }
}

/// A number that may be too large for any type.
fn exactly(bytes: Option<u64>) -> Measure {
    bytes.map_or(Measure::AtLeast(u64::MAX), Measure::Exactly)
}
