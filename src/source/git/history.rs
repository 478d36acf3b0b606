//! Where two histories meet, found as git does: both are painted back from their ends, youngest commits first.

use std::collections::{BTreeMap, BinaryHeap};

use gix_hash::ObjectId;

use super::{Repository, RevisionError};

/// More commits than this are not walked.
const MOST_COMMITS: usize = 2_000_000;

/// Colours of a commit: which end reaches it, and that a commit that both reach reaches it.
const ONE: u8 = 1;
const OTHER: u8 = 2;
const STALE: u8 = 4;

impl Repository {
    /// The youngest commit that both histories have and that no other such commit reaches.
    pub(super) fn merge_base(&self, one: &ObjectId, other: &ObjectId, name: &str) -> Result<ObjectId, RevisionError> {
        let mut painted: BTreeMap<ObjectId, u8> = BTreeMap::new();
        let mut queue: BinaryHeap<(i64, ObjectId)> = BinaryHeap::new();
        for (id, colour) in [(one, ONE), (other, OTHER)] {
            queue.push((self.commit(id, name)?.time, *id));
            *painted.entry(*id).or_insert(0) |= colour;
        }
        let mut met = Vec::new();
        let mut cut = false;
        while queue.iter().any(|(_, id)| painted.get(id).is_some_and(|colour| colour & STALE == 0)) {
            let Some((_, id)) = queue.pop() else { break };
            let mut colour = painted.get(&id).copied().unwrap_or(0);
            if colour & (ONE | OTHER) == ONE | OTHER {
                if colour & STALE == 0 && !met.contains(&id) {
                    met.push(id);
                }
                colour |= STALE;
            }
            let commit = self.commit(&id, name)?;
            cut |= commit.parents.is_none();
            for parent in commit.parents.into_iter().flatten() {
                let before = painted.entry(parent).or_insert(0);
                if *before & colour != colour {
                    *before |= colour;
                    queue.push((self.commit(&parent, name)?.time, parent));
                }
            }
            if painted.len() > MOST_COMMITS {
                return Err(RevisionError::TooLarge(format!("the history is longer than {MOST_COMMITS} commits")));
            }
        }
        let best = met.into_iter().find(|id| painted.get(id).is_some_and(|colour| colour & STALE == 0));
        best.ok_or_else(|| {
            if cut {
                let help = "it is shallow: `git fetch --deepen=50` brings more of the history".to_owned();
                RevisionError::Absent { what: format!("the commit at which HEAD left `{name}`"), help }
            } else {
                let why = "it and HEAD have no commit in common".to_owned();
                RevisionError::Name { name: name.to_owned(), why }
            }
        })
    }
}
