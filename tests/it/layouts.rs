//! Sizes and alignments that pointer casts show, against those that rustc gives the same declarations here.
#![expect(dead_code, reason = "the declarations are there to be measured")]

use std::mem::{align_of, size_of};

use auditor::program::{Machine, ScanRequest, scan};

/// Declares items for this test and keeps their text for the scan.
macro_rules! declared {
    ($($item:item)*) => {
        $($item)*
        const DECLARED: &str = stringify!($($item)*);
    };
}

declared! {
    use std::cell::{Cell, UnsafeCell};
    use std::marker::PhantomData;
    use std::mem::{ManuallyDrop, MaybeUninit};
    use std::num::{NonZeroU32, Wrapping};
    use std::ptr::NonNull;
    use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU16, AtomicUsize};

    #[repr(C)] struct Header { tag: u8, len: u32, kind: u16 }
    #[repr(C)] struct Nested { header: Header, of: [Header; 3], end: bool }
    #[repr(C)] struct Generic<T, const N: usize> { first: u8, rest: [T; N] }
    #[repr(C, packed)] struct Packed { tag: u8, len: u32, kind: u16 }
    #[repr(C, packed(2))] struct PackedTwo { tag: u8, len: u32, kind: u64 }
    #[repr(Rust, packed)] struct PackedRust { tag: u8, len: u32, kind: u16 }
    #[repr(C, align(32))] struct Aligned { len: u32 }
    #[repr(transparent)] struct Handle { raw: NonNull<u8>, of: PhantomData<u64> }
    #[repr(u8)] enum Small { One, Two = 7 }
    #[repr(i32)] enum PackedU64 { One }
    #[repr(u8)] enum Tagged { Byte(u8), Word { a: u16, b: u64 } }
    #[repr(C, u16)] enum Both { Byte(u8), Word { a: u16, b: u32 } }
    #[repr(C)] union Bits { float: f64, bytes: [u8; 9] }
    struct Plain { a: u8, b: u64, c: u16 }
    enum Choice { None, One(u64), Two(u8, u32) }
    struct Unit;
    #[repr(C)] struct Slot { value: MaybeUninit<Header>, lock: AtomicBool, next: AtomicPtr<Slot> }
}

/// A type as written, its size and alignment here, and whether they are certain without a compiler.
macro_rules! measured {
    ($($certain:literal $ty:ty,)*) => { &[$((stringify!($ty), size_of::<$ty>(), align_of::<$ty>(), $certain)),*] };
}

const TYPES: &[(&str, usize, usize, bool)] = measured![
    true u8, true i128, true usize, true f32, true char, true bool, true (), true [u16; 7], true [[u32; 2]; 3],
    true &u8, true &[u8], true &mut str, true *const dyn Send, true fn(u8) -> u8, true Box<u8>, true Box<[u8]>,
    true Option<&u8>, true Option<Box<u8>>, true Option<NonNull<u8>>, true Option<NonZeroU32>, true Option<fn()>,
    true Option<Handle>, true NonZeroU32, true Wrapping<u64>, true Cell<u32>, true UnsafeCell<[u8; 3]>,
    true ManuallyDrop<u16>, true MaybeUninit<Header>, true AtomicBool, true AtomicU16, true AtomicUsize, true AtomicPtr<u8>,
    true PhantomData<u64>, true Header, true Nested, true Generic<u16, 3>, true Packed, true PackedTwo, true PackedRust,
    true Aligned, true Handle, true Small, true PackedU64, true Tagged, true Both, true Bits, true Slot, true Unit,
    false Plain, false Choice, false (u8, u32), false Option<u32>, false Vec<u8>, false String, false [Plain; 2],
];

/// What a scan says of a pointee: the number after each word, and whether it is only a bound.
fn said(detail: &str, word: &str) -> Option<(usize, bool)> {
    let rest = detail.split_once(" (")?.1.split_once(word)?.1.trim_start();
    let (bound, number) = rest.strip_prefix("at least ").map_or((false, rest), |number| (true, number));
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, bound))
}

fn details(declared: &str, types: &[&str], machine: Machine) -> Vec<String> {
    let casts = types.iter().map(|ty| format!("fn cast(p: *const ({ty})) -> *const Ends {{ p as *const Ends }}\n"));
    let text = format!("{declared}\n#[repr(C)] struct Ends {{ len: u64, last: [u8] }}\n{}", casts.collect::<String>());
    let stdin = Some(("types.rs".to_owned(), text.into_bytes()));
    let program =
        scan(&ScanRequest { stdin, machine, ..ScanRequest::default() }).expect("there is something to look at");
    assert!(program.gaps.is_empty(), "{:?}", program.gaps);
    let casts = program.sites.iter().filter(|site| site.kind.as_str() == "pointer-cast");
    casts.map(|site| site.detail.clone()).collect()
}

#[test]
#[cfg(target_pointer_width = "64")]
fn sizes_and_alignments_are_those_of_the_compiler() {
    let names: Vec<&str> = TYPES.iter().map(|(name, ..)| *name).collect();
    let details = details(DECLARED, &names, Machine::default());
    assert_eq!(details.len(), TYPES.len());
    for (detail, &(name, size, align, certain)) in details.iter().zip(TYPES) {
        let from = detail.split(" -> *const Ends").next().expect("a part");
        if certain {
            assert_eq!(said(from, "size "), Some((size, false)), "{name}: {detail}");
            assert_eq!(said(from, "align "), Some((align, false)), "{name}: {detail}");
            continue;
        }
        let (least, bound) = said(from, "size ").unwrap_or((0, true));
        assert!(bound && least <= size, "{name}: {detail}, in truth {size}");
        let (least, bound) = said(from, "align ").unwrap_or((1, true));
        assert!(bound && least <= align, "{name}: {detail}, in truth {align}");
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn vectors_are_as_aligned_as_they_are_large() {
    use std::arch::x86_64::{__m128, __m128d, __m128i, __m256, __m256d, __m256i, __m512, __m512i};

    #[repr(C)]
    struct Pair {
        first: u8,
        second: __m256i,
    }
    let types: &[(&str, usize, usize, bool)] = measured![
        true __m128, true __m128d, true __m128i, true __m256, true __m256d, true __m256i, true __m512, true __m512i,
        true [__m128i; 3], true Pair, true Option<&__m128i>,
    ];
    let names: Vec<&str> = types.iter().map(|(name, ..)| *name).collect();
    let declared = "use core::arch::x86_64::*;\n#[repr(C)] struct Pair { first: u8, second: __m256i }";
    let details = details(declared, &names, Machine::default());
    assert_eq!(details.len(), types.len());
    for (detail, &(name, size, align, _)) in details.iter().zip(types) {
        let from = detail.split(" -> *const Ends").next().expect("a part");
        assert_eq!(said(from, "size "), Some((size, false)), "{name}: {detail}");
        assert_eq!(said(from, "align "), Some((align, false)), "{name}: {detail}");
    }
}

#[test]
fn vectors_of_other_machines_have_their_sizes_too() {
    let declared = "use std::arch::{aarch64::*, wasm32::v128};";
    let of = |machine| {
        let details = details(declared, &["uint8x8_t", "float64x2_t", "uint8x16x3_t", "v128"], machine);
        details.iter().map(|detail| (said(detail, "size "), said(detail, "align "))).collect::<Vec<_>>()
    };
    let exactly = |size, align| (Some((size, false)), Some((align, false)));
    assert_eq!(of(Machine::default()), [exactly(8, 8), exactly(16, 16), exactly(48, 16), exactly(16, 16)]);
    // Of the machines of 32 bits, arm aligns them to 8, others to their size.
    let narrow = of(Machine { pointer_bytes: 4 });
    assert_eq!(narrow[1], (Some((16, false)), Some((8, true))));
}

#[test]
fn what_depends_on_the_build_or_on_a_parameter_is_not_said() {
    let declared = "
        #[cfg_attr(feature = \"c\", repr(C))] struct Perhaps { a: u8 }
        #[repr(C)] struct Partly { a: u8, #[cfg(unix)] b: u64 }
        #[repr(C)] enum Foreign { One }
        #[repr(C)] struct Turns { again: Option<Turns> }";
    for detail in details(declared, &["Perhaps", "Partly", "Foreign"], Machine::default()) {
        assert!(detail.ends_with(" -> *const Ends (size varies, align 8)"), "{detail}");
        assert_eq!(said(detail.split(" -> ").next().unwrap_or_default(), "size "), None, "{detail}");
    }
    // A type that holds itself cannot be compiled, and ends all the same.
    assert_eq!(details(declared, &["Turns"], Machine::default()).len(), 1);
}

#[test]
fn pointers_are_as_wide_as_the_machine_says() {
    let types = ["usize", "*const [u8]", "Option<Box<u8>>", "u64"];
    let details = details("", &types, Machine { pointer_bytes: 4 });
    let of = |at: usize| (said(&details[at], "size "), said(&details[at], "align "));
    assert_eq!(of(0), (Some((4, false)), Some((4, false))));
    assert_eq!(of(1), (Some((8, false)), Some((4, false))));
    assert_eq!(of(2), (Some((4, false)), Some((4, false))));
    // Some targets of 32 bits align it to 4, others to 8.
    assert_eq!(of(3), (Some((8, false)), Some((4, true))));
}

#[test]
fn a_mutable_pointer_that_becomes_const_is_seen_wherever_it_does() {
    let text = "
        pub struct List { head: *mut u8, at: *const u8 }
        pub trait Tagged { fn tag(self) -> usize; }
        impl Tagged for *const u8 { fn tag(self) -> usize { 0 } }
        impl List {
            fn tail(&self) -> *const u8 { self.head }
            fn branches(&self, yes: bool) -> *const u8 { if yes { self.head } else { self.at } }
            fn arms(&self, yes: bool) -> *const u8 { match yes { true => self.at, false => { self.head } } }
            fn left(&self) -> *const u8 { return self.head; }
            fn stored(&mut self) { self.at = unsafe { self.head }; }
            fn received(&self) -> usize { self.head.tag() }
            fn plain(&self) -> *mut u8 { let kept: *mut u8 = self.head; kept }
        }";
    let stdin = Some(("list.rs".to_owned(), text.as_bytes().to_vec()));
    let program = scan(&ScanRequest { stdin, ..ScanRequest::default() }).expect("there is something to look at");
    let casts: Vec<_> = program.sites.iter().filter(|site| site.kind.as_str() == "pointer-cast").collect();
    let functions: Vec<&str> = casts.iter().map(|site| site.function.rsplit("::").next().unwrap_or_default()).collect();
    assert_eq!(functions, ["tail", "branches", "arms", "left", "stored", "received"]);
    for cast in casts {
        assert_eq!(&text[cast.span.start as usize..cast.span.end as usize], "self.head");
        assert_eq!(cast.detail, "*mut u8 (size 1, align 1) -> *const u8 (size 1, align 1)");
    }
}

#[test]
fn a_pointee_left_to_inference_is_what_its_use_decides() {
    let text = "
        pub fn given(p: *const u8) -> *const u32 { p as *const _ }
        pub fn kept(p: *mut u8) { let _q = p as *const _; }
        pub fn of_slice(p: *mut u8, n: usize) {
            let _s: &mut [u16] = unsafe { std::slice::from_raw_parts_mut(p as *mut _, n) };
        }
        pub fn of_a_literal(x: u64) { let n = 1.max(x); let _q = &n as *const _ as *const u8; }";
    let stdin = Some(("guess.rs".to_owned(), text.as_bytes().to_vec()));
    let program = scan(&ScanRequest { stdin, ..ScanRequest::default() }).expect("there is something to look at");
    let casts = program.sites.iter().filter(|site| site.kind.as_str() == "pointer-cast");
    let details: Vec<&str> = casts.map(|site| site.detail.as_ref()).collect();
    assert_eq!(
        details,
        [
            "*const u8 (size 1, align 1) -> *const u32 (size 4, align 4)",
            "*mut u8 (size 1, align 1) -> *const u8 (size 1, align 1)",
            "*mut u8 (size 1, align 1) -> *mut u16 (size 2, align 2)",
            "*const u64 (size 8, align 8) -> *const u8 (size 1, align 1)",
        ]
    );
}
