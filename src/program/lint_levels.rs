//! Hands the lint levels of modules to their files: what the levels on a `mod name;` cover lies in files of its own.

use super::lowered::Lowered;
use super::module_tree::ModuleTree;
use crate::source::{LintLevel, Span};

/// Modules within modules that are followed.
const DEPTH: u32 = 64;

/// Lint levels that a file has from the modules around it, at most.
const LEVELS: usize = 256;

/// Gives each file the lint levels of the modules that it lies in, outermost first and before its own. A file that is several
/// modules has its own alone.
pub(super) fn inherit(tree: &ModuleTree, lowered: &mut [Lowered]) {
    let mut inherited: Vec<(usize, Vec<LintLevel>)> = Vec::new();
    for (file, one) in lowered.iter().enumerate() {
        let whole = Span::new(one.source.id, 0, one.source.text.len() as u32);
        // From the innermost declaration outwards; of each file the levels that cover the declaration, the nearest last.
        let mut chain: Vec<Vec<LintLevel>> = Vec::new();
        let mut at = file;
        for _ in 0..DEPTH {
            let Some((by, declaration)) = tree.declaration(at) else { break };
            let Some(outer) = lowered.get(by) else { break };
            let mut covering: Vec<&LintLevel> =
                outer.model.lints.iter().filter(|level| level.scope.contains(declaration)).collect();
            covering.sort_by_key(|level| (level.scope.start, std::cmp::Reverse(level.scope.end)));
            chain.push(covering.into_iter().map(|level| LintLevel { scope: whole, ..level.clone() }).collect());
            at = by;
        }
        let all: Vec<LintLevel> = chain.into_iter().rev().flatten().collect();
        if !all.is_empty() && all.len() <= LEVELS {
            inherited.push((file, all));
        }
    }
    for (file, mut levels) in inherited {
        if let Some(one) = lowered.get_mut(file) {
            levels.append(&mut one.model.lints);
            one.model.lints = levels;
        }
    }
}
