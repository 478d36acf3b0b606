//! Whether code names `core::arch`, which is read only then: it is as large as the rest of core.

use rayon::prelude::*;

use super::lowered::Lowered;
use crate::model::hir::{Anchor, FileModel, Path, Segment};
use crate::model::name::Name;

/// Tells whether a path of any file leads into `core::arch`.
pub(super) fn is_named(lowered: &[Lowered]) -> bool {
    lowered.par_iter().any(|one| names_it(&one.model))
}

fn names_it(model: &FileModel) -> bool {
    // Few files say `arch` anywhere, which is seen at a glance.
    if !model.segments.iter().any(|segment| segment.name == Name::ARCH) {
        return false;
    }
    // Of `arch::{…}` each name is a path of its own, and so is what stands before the braces.
    let mut imported = model.imports.iter().filter_map(|import| model.path(import.path));
    let says_what = |path: Path<'_>| below_arch(path).and_then(<[_]>::first).is_some_and(|next| !is_macro(next.name));
    imported.any(|path| below_arch(path).is_some_and(<[_]>::is_empty)) || model.all_paths().any(says_what)
}

/// What a path says after `arch`. By whatever name it begins: `core` and `std` can have others. A crate's own `arch` stands
/// first or after `crate`.
fn below_arch(path: Path<'_>) -> Option<&[Segment]> {
    let below_crate = path.segments.get(1..).filter(|_| matches!(path.anchor, Anchor::Plain | Anchor::Global))?;
    let at = below_crate.iter().position(|segment| segment.name == Name::ARCH)?;
    below_crate.get(at + 1..)
}

/// The macros there are the language's.
fn is_macro(name: Name) -> bool {
    let name = name.as_str();
    matches!(name, "asm" | "global_asm" | "naked_asm") || name.ends_with("_feature_detected")
}

#[cfg(test)]
mod tests {
    use super::names_it;
    use crate::types::stdlib::{self, read_index};

    #[test]
    fn arch_is_named_by_paths_from_other_crates_alone() {
        for (text, is_named) in [
            ("use std::arch::x86_64::*;", true),
            ("use core::{mem, arch::{aarch64 as a, asm}};", true),
            ("use std::arch;", true),
            ("pub fn f(x: ::core::arch::x86_64::__m128i);", true),
            ("use std::mem; pub fn arch(arch: u8) -> arch::Word;", false),
            ("use core::arch::asm; use std::arch::{global_asm, is_x86_feature_detected};", false),
            ("use crate::arch::x86_64::*; use self::arch::Word; use super::arch;", false),
            ("", false),
        ] {
            assert_eq!(names_it(&read_index(text)), is_named, "{text}");
        }
    }

    #[test]
    fn arch_is_not_read_until_it_is_asked_for() {
        let mut std = stdlib::load();
        let items = |std: &stdlib::Std| std.files.last().map_or(0, |file| file.items.len());
        assert_eq!(items(&std), 0);
        std.read_arch();
        assert!(items(&std) > 5_000);
        assert_eq!(std.files.len(), stdlib::FILES as usize);
        assert!(std.names().len() + 1 == std.crates.len(), "no path begins with its name");
    }
}
