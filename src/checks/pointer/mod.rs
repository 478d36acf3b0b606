//! The unsafe pointer contract: one file a rule. What several of them ask lives in `checks`.

pub mod cast_align;
pub mod cast_constness;
pub mod cast_inferred;
pub mod cast_layout;
pub mod cast_lifetime;
pub mod cast_size;
pub mod fn_pointer_cast;
pub mod from_raw_parts;
pub mod int_to_pointer;
pub mod missing_safety_comment;
pub mod pointer_cast;
pub mod pointer_to_int;
pub mod raw_deref;
pub mod raw_deref_public;
pub mod raw_ownership;
pub mod static_mut;
pub mod transmute;
pub mod unchecked_call;
pub mod uninit_assumed;
pub mod union_read;
pub mod unsafe_call;
pub mod unsafe_impl;
pub mod unsafe_send_sync;
