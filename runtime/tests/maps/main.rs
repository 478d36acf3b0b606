//! The maps from outside: one suite for all of them. What only a model checker can see is in the crate (`models`).

mod api;
mod cells;
mod checked;
mod concurrent;
mod differential;
mod faults;
mod fixed;
mod linearizability;
mod ordered;
mod sizes;
