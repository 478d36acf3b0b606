//! Size and alignment of types, as far as the language guarantees them: what only the compiler decides is a bound or unknown.
//! How a composite is laid out from its parts is `layout/compose.rs`' business.

mod compose;
mod fixed;
mod values;

use crate::model::item::{Attrs, ItemKind, Mark};
use crate::types::signatures::{AdtDef, VariantDef};
use crate::types::subst::Subst;
use crate::types::ty::{ConstArg, DefId, Float, Ty, TyKind};
use crate::types::world::World;

use compose::{array, in_sequence, loose, raised, tagged, transparent, union};

/// Types within types that are measured.
const DEPTH: u32 = 24;

/// Types that one measurement looks at: a type of many fields of many fields ends as unknown, not as a hang.
const FUEL: u32 = 2_000;

/// What the program is compiled for, as far as layouts depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// Bytes of a thin pointer: 4 or 8.
    pub pointer_bytes: u64,
}

impl Default for Machine {
    fn default() -> Self {
        Self { pointer_bytes: 8 }
    }
}

/// A number of bytes, as far as it is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// So many.
    Exactly(u64),
    /// So many or more: the compiler decides.
    AtLeast(u64),
    /// Each value has its own: slices, `str`, trait objects.
    Varies,
}

impl Measure {
    /// The least that it can be.
    pub const fn least(self) -> u64 {
        match self {
            Self::Exactly(bytes) | Self::AtLeast(bytes) => bytes,
            Self::Varies => 0,
        }
    }
}

/// Size and alignment of a type, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// How many bytes a value takes.
    pub size: Measure,
    /// What its address is a multiple of.
    pub align: Measure,
}

impl Layout {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { size: Measure::AtLeast(0), align: Measure::AtLeast(1) };

    const EMPTY: Self = Self::exactly(0, 1);

    const fn exactly(size: u64, align: u64) -> Self {
        Self { size: Measure::Exactly(size), align: Measure::Exactly(align) }
    }
}

impl World {
    /// Returns size and alignment of `ty` on `machine`, as far as they are certain.
    pub fn layout(&self, ty: Ty, machine: Machine) -> Layout {
        Measuring { world: self, pointer: machine.pointer_bytes, fuel: FUEL }.of(ty, DEPTH)
    }
}

/// What follows a value of a type at its end, and so whether pointers to it are wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    Sized,
    Unsized,
    Unknown,
}

struct Measuring<'w> {
    world: &'w World,
    pointer: u64,
    fuel: u32,
}

impl Measuring<'_> {
    fn of(&mut self, ty: Ty, depth: u32) -> Layout {
        let (Some(depth), Some(fuel)) = (depth.checked_sub(1), self.fuel.checked_sub(1)) else {
            return Layout::UNKNOWN;
        };
        self.fuel = fuel;
        match ty.kind() {
            TyKind::Never => Layout::EMPTY,
            TyKind::Bool => Layout::exactly(1, 1),
            TyKind::Char => Layout::exactly(4, 4),
            TyKind::Str => Layout { size: Measure::Varies, align: Measure::Exactly(1) },
            TyKind::Int(int) => self.number(int.bytes(self.pointer)),
            TyKind::Float(float) => self.number(match float {
                Float::F16 => 2,
                Float::F32 => 4,
                Float::F64 => 8,
                Float::F128 => 16,
            }),
            TyKind::Ref(to, _) | TyKind::Ptr(to, _) => self.pointer_to(*to, depth),
            TyKind::FnPtr(..) => Layout::exactly(self.pointer, self.pointer),
            TyKind::FnDef(..) => Layout::EMPTY,
            TyKind::Slice(element) => Layout { size: Measure::Varies, align: self.of(*element, depth).align },
            TyKind::Array(element, len) => {
                let len = if let ConstArg::Known(len) = len { Some(*len) } else { None };
                array(self.of(*element, depth), len)
            }
            TyKind::Tuple(parts) => match parts.as_ref() {
                [] => Layout::EMPTY,
                parts => {
                    let parts: Vec<Layout> = parts.iter().map(|&part| self.of(part, depth)).collect();
                    loose(&parts)
                }
            },
            TyKind::Dyn(_) => Layout { size: Measure::Varies, align: Measure::AtLeast(1) },
            TyKind::Adt(def, args) => self.std_adt(*def, args, depth).unwrap_or_else(|| self.adt(*def, args, depth)),
            _ => Layout::UNKNOWN,
        }
    }

    /// A number: as aligned as it is large, but for those wider than a pointer on a machine of 32 bits, where targets differ.
    fn number(&self, bytes: u64) -> Layout {
        let align = if bytes <= self.pointer || self.pointer == 8 {
            Measure::Exactly(bytes)
        } else {
            Measure::AtLeast(self.pointer)
        };
        Layout { size: Measure::Exactly(bytes), align }
    }

    /// A vector of a processor's: its lanes side by side, as aligned as it is large; machines of 32 bits differ in how far.
    fn vector(&self, lanes: &[Layout]) -> Layout {
        let bytes = lanes.iter().try_fold(0_u64, |sum, lane| match lane.size {
            Measure::Exactly(bytes) => sum.checked_add(bytes),
            _ => None,
        });
        match bytes.filter(|&bytes| bytes > 0).and_then(u64::checked_next_power_of_two) {
            Some(bytes) if self.pointer == 8 || bytes <= 8 => Layout::exactly(bytes, bytes),
            Some(bytes) => Layout { size: Measure::Exactly(bytes), align: Measure::AtLeast(8) },
            None => Layout::UNKNOWN,
        }
    }

    fn pointer_to(&mut self, to: Ty, depth: u32) -> Layout {
        let size = match self.tail(to, depth) {
            Tail::Sized => Measure::Exactly(self.pointer),
            Tail::Unsized => Measure::Exactly(2 * self.pointer),
            Tail::Unknown => Measure::AtLeast(self.pointer),
        };
        Layout { size, align: Measure::Exactly(self.pointer) }
    }

    fn tail(&mut self, ty: Ty, depth: u32) -> Tail {
        let (Some(depth), Some(fuel)) = (depth.checked_sub(1), self.fuel.checked_sub(1)) else { return Tail::Unknown };
        self.fuel = fuel;
        match ty.kind() {
            TyKind::Str | TyKind::Slice(_) | TyKind::Dyn(_) => Tail::Unsized,
            TyKind::Unknown
            | TyKind::Infer(..)
            | TyKind::Param(_)
            | TyKind::Projection(..)
            | TyKind::Opaque(_)
            | TyKind::Const(_) => Tail::Unknown,
            TyKind::Tuple(parts) => parts.last().map_or(Tail::Sized, |&last| self.tail(last, depth)),
            TyKind::Adt(def, args) => {
                let world = self.world;
                let is_struct = world.item(*def).is_some_and(|item| matches!(item.kind, ItemKind::Struct { .. }));
                let Some(shape) = world.adt(*def) else { return Tail::Unknown };
                let [only] = shape.variants.as_slice() else { return Tail::Sized };
                match only.fields.last() {
                    Some((_, last)) if is_struct => self.tail(arguments(shape, args).apply(*last), depth),
                    _ => Tail::Sized,
                }
            }
            _ => Tail::Sized,
        }
    }

    /// std's types whose layout its documentation promises, where their declaration does not say it.
    fn std_adt(&mut self, def: DefId, args: &[Ty], depth: u32) -> Option<Layout> {
        if !self.world.crate_of(def.file)?.is_std {
            return None;
        }
        let name = self.world.name_of(def);
        match (name.as_str(), args) {
            ("PhantomData", _) => Some(Layout::EMPTY),
            ("NonZero", &[number]) => Some(self.of(number, depth)),
            ("Box", &[to, ..]) => Some(self.pointer_to(to, depth)),
            ("Option", &[some]) if self.has_promised_niche(some, depth) => Some(self.of(some, depth)),
            ("AtomicUsize" | "AtomicIsize" | "AtomicPtr", _) => Some(Layout::exactly(self.pointer, self.pointer)),
            _ => None,
        }
    }

    /// Whether `Option<ty>` is promised to be as large as `ty`.
    fn has_promised_niche(&mut self, ty: Ty, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match ty.kind() {
            TyKind::Ref(..) | TyKind::FnPtr(..) => true,
            TyKind::Adt(def, args) => {
                let world = self.world;
                let is_std = world.crate_of(def.file).is_some_and(|krate| krate.is_std);
                if is_std && matches!(world.name_of(*def).as_str(), "Box" | "NonNull" | "NonZero") {
                    return true;
                }
                let attrs = world.item(*def).map(|item| item.attrs).unwrap_or_default();
                let Some(shape) = world.adt(*def).filter(|_| attrs.is(Mark::ReprTransparent) && !is_std) else {
                    return false;
                };
                let subst = arguments(shape, args);
                let [only] = shape.variants.as_slice() else { return false };
                only.fields.iter().any(|&(_, field)| self.has_promised_niche(subst.apply(field), depth))
            }
            _ => false,
        }
    }

    fn adt(&mut self, def: DefId, args: &[Ty], depth: u32) -> Layout {
        let world = self.world;
        let (Some(item), Some(shape)) = (world.item(def), world.adt(def)) else { return Layout::UNKNOWN };
        let attrs = item.attrs;
        if attrs.is(Mark::ReprConditional) || shape.variants.iter().any(|variant| variant.conditional) {
            return Layout::UNKNOWN;
        }
        let subst = arguments(shape, args);
        let variants: Vec<Vec<Layout>> =
            shape.variants.iter().map(|variant| self.fields(variant, &subst, depth)).collect();
        let layout = match (item.kind, variants.as_slice()) {
            (ItemKind::Enum { .. }, variants) => self.of_enum(&attrs, variants),
            (_, [fields]) if attrs.is(Mark::ReprTransparent) => transparent(fields),
            (_, [fields]) if attrs.is(Mark::ReprSimd) => self.vector(fields),
            (ItemKind::Union { .. }, [fields]) => union(fields, &attrs),
            (_, [fields]) => of_struct(fields, &attrs),
            _ => Layout::UNKNOWN,
        };
        attrs.align.map_or(layout, |least| raised(layout, least.get().into()))
    }

    fn fields(&mut self, variant: &VariantDef, subst: &Subst, depth: u32) -> Vec<Layout> {
        variant.fields.iter().map(|&(_, field)| self.of(subst.apply(field), depth)).collect()
    }

    fn of_enum(&self, attrs: &Attrs, variants: &[Vec<Layout>]) -> Layout {
        let fieldless = variants.iter().all(Vec::is_empty);
        let tag = attrs.repr_int.name().and_then(|name| {
            use crate::types::ty::Int;
            let int = Int::ALL.into_iter().find(|int| int.as_str() == name.as_str())?;
            Some(self.number(int.bytes(self.pointer)))
        });
        match tag {
            Some(tag) if fieldless => tag,
            Some(tag) => tagged(tag, variants, attrs.is(Mark::ReprC)),
            // The tag of a C enum is the target's `int`.
            None if fieldless || attrs.is(Mark::ReprC) => Layout::UNKNOWN,
            None => {
                let each: Vec<Layout> = variants.iter().map(|fields| loose(fields)).collect();
                union(&each, &Attrs::default())
            }
        }
    }
}

fn of_struct(fields: &[Layout], attrs: &Attrs) -> Layout {
    match attrs.packed.map(|most| u64::from(most.get())) {
        // Without padding the order does not matter.
        Some(1) => in_sequence(fields, Some(1)),
        packed if attrs.is(Mark::ReprC) => in_sequence(fields, packed),
        Some(_) => Layout { align: Measure::AtLeast(1), ..loose(fields) },
        None if fields.is_empty() => Layout::EMPTY,
        None => loose(fields),
    }
}

fn arguments(shape: &AdtDef, args: &[Ty]) -> Subst {
    Subst(shape.generics.iter().map(|&(name, _)| name).zip(args.iter().copied()).collect())
}
