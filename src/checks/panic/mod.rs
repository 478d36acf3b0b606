//! The panic surface: one file a rule. What several of them ask lives in `checks`.

pub mod assert_macro;
pub mod debug_assert_macro;
pub mod env_unwrap;
pub mod exit_call;
pub mod expect;
pub mod integer_division;
pub mod integer_overflow;
pub mod join_unwrap;
pub mod lock_unwrap;
pub mod map_index;
pub mod panic_macro;
pub mod panicking_api;
pub mod parse_unwrap;
pub mod range_index;
pub mod refcell_borrow;
pub mod slice_index;
pub mod storage_unwrap;
pub mod str_index;
pub mod todo_macro;
pub mod unreachable_macro;
pub mod unwrap;
pub mod user_index;
