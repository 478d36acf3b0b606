//! The names of the weaknesses that rules refer to; numbers and names are MITRE's.

/// Sorted by number.
const NAMES: [(u32, &str); 42] = [
    (119, "Improper Restriction of Operations within the Bounds of a Memory Buffer"),
    (125, "Out-of-bounds Read"),
    (129, "Improper Validation of Array Index"),
    (188, "Reliance on Data/Memory Layout"),
    (190, "Integer Overflow or Wraparound"),
    (191, "Integer Underflow (Wrap or Wraparound)"),
    (248, "Uncaught Exception"),
    (252, "Unchecked Return Value"),
    (362, "Concurrent Execution using Shared Resource with Improper Synchronization ('Race Condition')"),
    (366, "Race Condition within a Thread"),
    (367, "Time-of-check Time-of-use (TOCTOU) Race Condition"),
    (369, "Divide By Zero"),
    (390, "Detection of Error Condition Without Action"),
    (391, "Unchecked Error Condition"),
    (401, "Missing Release of Memory after Effective Lifetime"),
    (415, "Double Free"),
    (416, "Use After Free"),
    (455, "Non-exit on Failed Initialization"),
    (460, "Improper Cleanup on Thrown Exception"),
    (476, "NULL Pointer Dereference"),
    (562, "Return of Stack Variable Address"),
    (587, "Assignment of a Fixed Address to a Pointer"),
    (617, "Reachable Assertion"),
    (636, "Not Failing Securely ('Failing Open')"),
    (667, "Improper Locking"),
    (681, "Incorrect Conversion between Numeric Types"),
    (704, "Incorrect Type Conversion or Cast"),
    (705, "Incorrect Control Flow Scoping"),
    (754, "Improper Check for Unusual or Exceptional Conditions"),
    (755, "Improper Handling of Exceptional Conditions"),
    (758, "Reliance on Undefined, Unspecified, or Implementation-Defined Behavior"),
    (763, "Release of Invalid Pointer or Reference"),
    (787, "Out-of-bounds Write"),
    (822, "Untrusted Pointer Dereference"),
    (823, "Use of Out-of-range Pointer Offset"),
    (824, "Access of Uninitialized Pointer"),
    (825, "Expired Pointer Dereference"),
    (843, "Access of Resource Using Incompatible Type ('Type Confusion')"),
    (908, "Use of Uninitialized Resource"),
    (1116, "Inaccurate Comments"),
    (1285, "Improper Validation of Specified Index, Position, or Offset in Input"),
    (1335, "Incorrect Bitwise Shift of Integer"),
];

/// Returns the name of weakness `number`; O(log n).
pub fn cwe_name(number: u32) -> Option<&'static str> {
    let at = NAMES.binary_search_by_key(&number, |(known, _)| *known).ok()?;
    NAMES.get(at).map(|(_, name)| *name)
}
