//! The names that code begins its paths with: those of crates are among them.

use crate::model::hir::{Anchor, ExpansionStatus, FileModel};
use crate::model::item::ItemKind;
use crate::model::name::Name;

/// A set of names, a bit each: every path of every file adds one.
#[derive(Default)]
pub(super) struct PathRoots {
    bits: Vec<u64>,
}

impl PathRoots {
    /// The names that some files' paths begin with.
    pub(super) fn by<'m>(models: impl IntoIterator<Item = &'m FileModel>) -> Self {
        let mut named = Self::default();
        for model in models {
            named.add_all(model);
        }
        named
    }

    fn add_all(&mut self, model: &FileModel) {
        for path in model.all_paths() {
            let first = match path.anchor {
                Anchor::Plain | Anchor::Global | Anchor::Root => path.segments.first().map(|segment| segment.name),
                Anchor::OtherCrate(name) => Some(name),
                _ => None,
            };
            if let Some(name) = first {
                self.add(name);
            }
        }
        // `extern crate a as b;`: paths begin with `b`.
        for item in &model.items {
            if let ItemKind::ExternCrate { krate } = item.kind {
                self.add(krate);
            }
        }
        // What a macro makes names the crate that the macro comes from, by whatever crate its caller has it.
        for call in model.code.calls.iter().filter(|call| call.expansion == ExpansionStatus::Expanded) {
            if let Some((first, _)) = call.path.trim_start_matches("::").split_once("::") {
                self.add(Name::new(first));
            }
        }
    }

    fn add(&mut self, name: Name) {
        let (word, bit) = place(name);
        if word >= self.bits.len() {
            self.bits.resize(word + 1, 0);
        }
        if let Some(word) = self.bits.get_mut(word) {
            *word |= bit;
        }
    }

    /// Tells whether a path begins with `name`.
    pub(super) fn has(&self, name: Name) -> bool {
        let (word, bit) = place(name);
        self.bits.get(word).is_some_and(|word| word & bit != 0)
    }
}

fn place(name: Name) -> (usize, u64) {
    // auditor: allow(integer-division) a constant above zero
    ((name.number() / u64::BITS) as usize, 1 << (name.number() % u64::BITS))
}

#[cfg(test)]
mod tests {
    use super::PathRoots;
    use crate::model::name::Name;
    use crate::types::stdlib::read_index;

    #[test]
    fn first_names_alone_are_in_the_set() {
        let model = read_index("use serde::Serialize; extern crate log as logging; pub fn f(x: ::bytes::Buf, y: u8);");
        let named = PathRoots::by([&model]);
        for (name, is_there) in
            [("serde", true), ("Serialize", false), ("log", true), ("bytes", true), ("ghost", false)]
        {
            assert_eq!(named.has(Name::new(name)), is_there, "{name}");
        }
    }
}
