//! Recorded histories judged by an independent checker, and the litmus tests of two keys.
