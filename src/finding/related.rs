//! Other places that belong to a site: the calls of a macro whose body holds it. Which ones they are is decided where sites
//! are made.

use crate::source::span::Span;

/// Places that belong to a site; no larger than a pointer where there are none, as for nearly all sites.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Related(Option<Box<Places>>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Places {
    shown: Vec<(Span, &'static str)>,
    more: u32,
    /// The one that was taken over last: a repetition in a macro reports one call again and again.
    last: Option<Span>,
}

impl Related {
    /// More places than this are counted, not listed: a macro may have thousands of calls.
    pub const MOST: usize = 8;

    /// Returns the first places in the order of files and positions, each with what it is to the site.
    pub fn places(&self) -> &[(Span, &'static str)] {
        self.0.as_ref().map_or(&[], |places| &places.shown)
    }

    /// Returns how many places there are besides.
    pub fn more(&self) -> u32 {
        self.0.as_ref().map_or(0, |places| places.more)
    }

    /// Adds a place.
    pub fn add(&mut self, span: Span, label: &'static str) {
        self.0.get_or_insert_default().shown.push((span, label));
    }

    /// Takes over the places of `other`, a report of the same site; beyond the first ones they are only counted. `settle` puts
    /// them in order.
    pub fn absorb(&mut self, other: &mut Self) {
        let Some(other) = other.0.take() else { return };
        let places = self.0.get_or_insert_default();
        places.more = places.more.saturating_add(other.more);
        for (span, label) in other.shown {
            if places.last.replace(span) == Some(span) || places.shown.iter().any(|&(known, _)| known == span) {
                continue;
            }
            if places.shown.len() < 2 * Self::MOST {
                places.shown.push((span, label));
            } else {
                places.more = places.more.saturating_add(1);
            }
        }
    }

    /// Puts the places in order, each once, and counts those beyond the first ones. O(places · log places).
    pub fn settle(&mut self) {
        let Some(places) = &mut self.0 else { return };
        places.shown.sort_unstable();
        places.shown.dedup();
        let beyond = places.shown.len().saturating_sub(Self::MOST);
        places.shown.truncate(Self::MOST);
        places.more = places.more.saturating_add(beyond as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn at(file: u32, starts: impl IntoIterator<Item = u32>) -> Related {
        let mut related = Related::default();
        starts.into_iter().for_each(|start| related.add(Span::new(FileId(file), start, start + 1), "a call"));
        related.settle();
        related
    }

    #[test]
    fn places_are_listed_once_in_order_and_counted_beyond_the_first_ones() {
        let few = at(0, [7, 3, 7]);
        assert_eq!(few.places().iter().map(|(span, _)| span.start).collect::<Vec<_>>(), [3, 7]);
        assert_eq!(few.more(), 0);
        let many = at(0, (0..100).rev());
        let mut gathered = Related::default();
        for start in 0..100 {
            gathered.absorb(&mut at(0, [start]));
            gathered.absorb(&mut at(0, [start]));
        }
        gathered.settle();
        assert_eq!((gathered.places(), gathered.more()), (many.places(), 92), "each call counts once");
        assert_eq!((many.places().len(), many.more()), (Related::MOST, 92));
        assert_eq!(many.places().first().map(|(span, _)| span.start), Some(0));
    }

    #[test]
    fn what_several_files_report_is_put_together() {
        let mut all = at(1, 0..10);
        all.absorb(&mut at(0, 0..10));
        all.absorb(&mut Related::default());
        all.settle();
        assert!(all.places().iter().all(|(span, _)| span.file == FileId(0)));
        assert_eq!((all.places().len(), all.more()), (Related::MOST, 12));
    }
}
