//! Faults put in on purpose: user code that panics at the n-th call, for every n that occurs.
