//! Renders long lists on all threads of the pool at hand and writes what comes out in the lists' order. What one result looks
//! like is its format's business.

use std::io;

use rayon::prelude::*;

use crate::source::FileId;

/// Results that one task renders: fewer cost more than they share, more leave threads idle at the end.
const MOST: usize = 256;

/// So many tasks of each thread are rendered before what they made is written and given back.
const AHEAD: usize = 4;

/// Writes what `render` makes of `all`, which is sorted by file, part by part: each knows its first result's place in `all`.
/// A part ends with its file, unless that has very many results.
///
/// # Errors
/// When `out` or `render` fails.
pub(super) fn in_batches<'t, T: Sync>(
    all: &'t [T],
    file: impl Fn(&T) -> FileId,
    out: &mut dyn io::Write,
    render: impl Fn(usize, &'t [T], &mut Vec<u8>) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let batches = batches(all, file);
    // auditor: allow(panicking-api) a pool has at least one thread
    for some in batches.chunks(AHEAD * rayon::current_num_threads()) {
        let pages: Vec<io::Result<Vec<u8>>> = some
            .par_iter()
            .with_max_len(1)
            .map(|&(first, batch)| {
                let mut page = Vec::new();
                render(first, batch, &mut page).map(|()| page)
            })
            .collect();
        for page in pages {
            out.write_all(&page?)?;
        }
    }
    Ok(())
}

fn batches<T>(all: &[T], file: impl Fn(&T) -> FileId) -> Vec<(usize, &[T])> {
    let mut batches = Vec::with_capacity(all.len() / MOST + 1); // auditor: allow(integer-division) a constant above zero
    let mut from = 0;
    while let Some(rest) = all.get(from..).filter(|rest| !rest.is_empty()) {
        let last = rest.get(MOST - 1).map(&file);
        let more = rest.iter().skip(MOST).take(4 * MOST).take_while(|one| Some(file(one)) == last).count();
        let (batch, _) = rest.split_at_checked(MOST + more).unwrap_or((rest, &[]));
        batches.push((from, batch));
        from += batch.len();
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::{MOST, batches, in_batches};
    use crate::source::FileId;

    #[test]
    fn all_results_are_there_in_order_and_a_file_is_in_one_batch() {
        let all: Vec<u32> = (0..5000).collect();
        let file = |one: &u32| FileId(one / 100);
        let cut = batches(&all, file);
        assert!(cut.len() > 1);
        for pair in cut.windows(2) {
            let [(_, one), (at, other)] = pair else { continue };
            assert!(one.len() >= MOST);
            assert_ne!(one.last().map(file), other.first().map(file));
            assert_eq!(all.get(*at), other.first());
        }
        let mut out = Vec::new();
        let done = in_batches(&all, file, &mut out, |_, batch, page| {
            page.extend(batch.iter().flat_map(|one| one.to_le_bytes()));
            Ok(())
        });
        assert!(done.is_ok());
        assert_eq!(out, all.iter().flat_map(|one| one.to_le_bytes()).collect::<Vec<_>>());
    }

    #[test]
    fn a_file_with_very_many_results_is_cut() {
        let all = vec![0_u32; 100 * MOST];
        assert!(batches(&all, |_| FileId(0)).len() >= 20);
        assert!(batches(&all[..0], |_| FileId(0)).is_empty());
    }
}
