//! What a scan could not know, by name: so that nobody takes silence for an answer.

use std::collections::BTreeMap;

/// Names that a note lists before it ends in `…`.
const LISTED: usize = 6;

/// What a scan could not know.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Unknown {
    /// Whether there was a folder of registry sources to look for dependencies in.
    pub registry_found: bool,
    /// Crates that the code names and whose sources are not there, sorted: calls into them are unknown.
    pub dependencies: Vec<String>,
    /// Macros that were not expanded, with the number of calls: what they make is not seen.
    pub macros: BTreeMap<String, u64>,
    /// Derives and attributes that are procedural macros, which are never run, with their number: what they make is not seen.
    pub generated: BTreeMap<String, u64>,
}

impl Unknown {
    /// Returns what there is to say of it, a sentence each; `wanted` is how many dependencies the code names.
    pub fn notes(&self, wanted: u64) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.dependencies.is_empty() {
            let names = listed(self.dependencies.iter().cloned());
            let count = self.dependencies.len();
            let place = if self.registry_found { "" } else { " (no folder of registry sources)" };
            notes.push(format!(
                "sources of {count} of {wanted} dependencies not found{place}: {names}; calls into them are unknown"
            ));
        }
        if !self.macros.is_empty() {
            let (total, names) = counted(&self.macros, "!");
            let calls = if total == 1 { "macro call was" } else { "macro calls were" };
            notes.push(format!("{total} {calls} not expanded: {names}; what they make is not seen"));
        }
        if !self.generated.is_empty() {
            let (total, names) = counted(&self.generated, "");
            let uses = if total == 1 { "derive or attribute is a" } else { "derives and attributes are" };
            let plural = if total == 1 { "" } else { "s" };
            notes.push(format!(
                "{total} {uses} procedural macro{plural}, never run: {names}; what they make is not seen"
            ));
        }
        notes
    }
}

/// The sum of all counts, and the most frequent names with theirs; of equals the first by name.
fn counted(counts: &BTreeMap<String, u64>, sign: &str) -> (u64, String) {
    let mut sorted: Vec<(&String, &u64)> = counts.iter().collect();
    sorted.sort_by_key(|&(_, count)| std::cmp::Reverse(*count));
    let names = listed(sorted.into_iter().map(|(name, count)| format!("{name}{sign} ({count})")));
    // auditor: allow(panicking-api) a sum of counts of things in memory
    (counts.values().sum(), names)
}

fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len() > LISTED;
    let mut listed = names.take(LISTED).collect::<Vec<_>>().join(", ");
    if more {
        listed.push_str(", …");
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_name_the_first_few_and_the_most_frequent() {
        let dependencies = ["a", "b", "c", "d", "e", "f", "g"].map(str::to_owned).to_vec();
        let macros = [("once".to_owned(), 1), ("often".to_owned(), 9)].into();
        let generated = [("derive(Serialize)".to_owned(), 2), ("#[tokio::main]".to_owned(), 1)].into();
        let unknown = Unknown { registry_found: true, dependencies, macros, generated };
        let [dependencies, macros, generated] = unknown.notes(20).try_into().expect("three notes");
        assert_eq!(
            dependencies,
            "sources of 7 of 20 dependencies not found: a, b, c, d, e, f, …; calls into them are unknown"
        );
        assert_eq!(macros, "10 macro calls were not expanded: often! (9), once! (1); what they make is not seen");
        let never = "3 derives and attributes are procedural macros, never run: derive(Serialize) (2), #[tokio::main] (1); what \
                     they make is not seen";
        assert_eq!(generated, never);
        assert!(Unknown::default().notes(3).is_empty());
    }
}
