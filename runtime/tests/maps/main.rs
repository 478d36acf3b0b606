//! The maps from outside: one suite for all of them. What only a model checker can see is in the crate (`models`).

mod concurrent;
mod differential;
mod faults;
mod linearizability;
