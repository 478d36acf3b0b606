//! The macros: what they make, and what they refuse with which words.
#![cfg(all(feature = "std", unix))]

use std::error::Error;
use std::future::Future;
use std::task::{Context, Poll, Waker};

use auditor_runtime::panic::Panicked;
use auditor_runtime::{ErrorKind, Plain, ShardedMap, panic_boundary};

#[derive(Debug, ErrorKind)]
enum ShopError {
    #[kind(status = 400, message = "{field} is not valid: {0} {{0}}", code = "bad-input")]
    #[allow(dead_code)]
    Positional {
        field: String,
        #[source]
        cause: std::num::ParseIntError,
        _0: u8,
    },
    #[kind(status = 400)]
    InvalidInput(#[from] std::num::ParseIntError),
    #[kind(status = 503, message = "storage {0} is down ({1})")]
    StorageUnavailable(&'static str, u32),
    #[kind(status = 500)]
    Internal(#[from] Panicked),
    #[kind(status = 404)]
    NotFound,
}

#[derive(Debug, ErrorKind)]
#[kind(name = Sort)]
enum Small {
    #[kind(status = 500)]
    It {
        #[from]
        cause: std::fmt::Error,
    },
}

#[test]
fn each_variant_has_its_kind_status_code_and_message() {
    let parse = || "x".parse::<u8>().expect_err("no number");
    let positional = ShopError::Positional { field: "price".to_owned(), cause: parse(), _0: 7 };
    for (error, kind, status, code, message) in [
        (positional, ShopErrorKind::Positional, 400, "bad-input", "price is not valid: 7 {0}"),
        (parse().into(), ShopErrorKind::InvalidInput, 400, "invalid-input", "invalid input"),
        (
            ShopError::StorageUnavailable("main", 3),
            ShopErrorKind::StorageUnavailable,
            503,
            "storage-unavailable",
            "storage main is down (3)",
        ),
        (ShopError::NotFound, ShopErrorKind::NotFound, 404, "not-found", "not found"),
    ] {
        assert_eq!((error.kind(), error.status(), error.code()), (kind, status, code));
        assert_eq!(error.to_string(), message);
        assert_eq!((kind.status(), kind.code()), (status, code));
        assert_eq!(error.source().is_some(), matches!(code, "bad-input" | "invalid-input"));
    }
    assert_eq!(ShopErrorKind::ALL.len(), 5);
    assert_eq!(Small::from(std::fmt::Error).kind(), Sort::It);
}

struct Prices(Vec<u32>);

impl Prices {
    #[panic_boundary]
    fn of(&self, index: usize) -> Result<&u32, ShopError> {
        if index == 99 {
            return Err(ShopError::NotFound);
        }
        Ok(&self.0[index])
    }

    #[panic_boundary]
    async fn sum(&mut self, text: &str, last: usize) -> Result<u32, ShopError> {
        let first: u32 = text.parse()?;
        std::future::ready(()).await;
        self.0.push(first);
        Ok(self.0[..last].iter().sum())
    }
}

fn ready<F: Future>(future: F) -> F::Output {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it was to be ready"),
    }
}

#[test]
fn a_panic_in_a_bounded_function_is_its_error_and_all_else_is_as_before() {
    let prices = Prices(vec![3, 5]);
    assert_eq!(prices.of(1).ok(), Some(&5));
    assert_eq!(prices.of(99).map_err(|error| error.kind()), Err(ShopErrorKind::NotFound));
    assert_eq!(prices.of(2).map_err(|error| error.kind()), Err(ShopErrorKind::Internal));
}

#[test]
fn a_panic_in_a_bounded_async_function_is_its_error_too() {
    let mut prices = Prices(vec![3, 5]);
    assert_eq!(ready(prices.sum("2", 3)).ok(), Some(10));
    assert_eq!(ready(prices.sum("two", 3)).map_err(|error| error.kind()), Err(ShopErrorKind::InvalidInput));
    assert_eq!(ready(prices.sum("2", 30)).map_err(|error| error.kind()), Err(ShopErrorKind::Internal));
}

#[test]
fn what_cannot_work_is_refused_with_what_to_do() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/macros/refused/*.rs");
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
struct Line {
    from: (i32, i32),
    to: [i32; 2],
    tag: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Plain)]
#[repr(u16)]
enum Side {
    Left = 7,
    Right,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
struct Nothing;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Plain)]
struct Key(u32, Side, u16);

#[test]
fn derived_plain_types_live_in_the_table_and_come_out_as_they_went_in() {
    let lines: ShardedMap<Key, Line> = ShardedMap::new();
    let line = |n: i32| Line { from: (n, -n), to: [n, n + 1], tag: 9 };
    for n in 0..1_000_u16 {
        let side = if n % 2 == 0 { Side::Left } else { Side::Right };
        lines.insert(Key(5, side, n), line(i32::from(n)));
    }
    lines.update(&Key(5, Side::Right, 3), |line| Line { tag: line.tag + 1, ..*line });
    assert_eq!(lines.get_cloned(&Key(5, Side::Right, 3)), Some(Line { tag: 10, ..line(3) }));
    assert_eq!(lines.get_cloned(&Key(5, Side::Left, 998)), Some(line(998)));
    assert!(!lines.contains_key(&Key(5, Side::Left, 3)));
    let marks: ShardedMap<u64, Nothing> = [(1, Nothing)].into_iter().collect();
    assert_eq!(marks.get_cloned(&1), Some(Nothing));
}
