//! Concurrent maps that never panic, hang or lose data, and a panic hook whose records can be audited.
#![cfg_attr(not(feature = "std"), no_std)]
