//! A chapter onto its cheatsheet: the largest type that fits, and what is left out where not all does.
//!
//! How large a sheet comes out is for the typesetter to say; it is asked through a closure, as seldom as possible.
//! [`fit`] finds the type and the columns; what stays when not all has room is decided here.

pub mod fit;

use serde::Serialize;

/// An entry that may have to give way.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// 1 is first; higher numbers go sooner.
    pub priority: u8,
    /// Entries of the sheet that it links to, as indices.
    pub links: Vec<usize>,
}

/// What stays on the sheet and what goes. Together all entries, each once; both in the sheet's order.
#[derive(Debug, Clone, Eq, PartialEq, Serialize)]
pub struct Kept {
    pub kept: Vec<usize>,
    pub dropped: Vec<usize>,
}

/// How central each entry is: PageRank over the links, both ways, damping 0.85, forty rounds (Brin and Page 1998).
///
/// The sum is 1 (0 without entries). Links out of range and to itself count for nothing.
pub fn centrality(entries: &[Entry]) -> Vec<f64> {
    let count = entries.len();
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, entry) in entries.iter().enumerate() {
        for to in entry.links.iter().copied().filter(|to| *to < count && *to != from) {
            if let Some(list) = neighbours.get_mut(from) {
                list.push(to);
            }
            if let Some(list) = neighbours.get_mut(to) {
                list.push(from);
            }
        }
    }
    for list in &mut neighbours {
        list.sort_unstable();
        list.dedup();
    }
    let share = 1.0 / count.max(1) as f64;
    let mut rank = vec![share; count];
    for _ in 0..40 {
        // What stands alone gives its rank to all.
        let lost: f64 =
            rank.iter().zip(&neighbours).filter(|(_, list)| list.is_empty()).map(|(rank, _)| rank).sum();
        let mut next = vec![0.15 * share + 0.85 * lost * share; count];
        for (rank, list) in rank.iter().zip(&neighbours) {
            for to in list {
                if let Some(sum) = next.get_mut(*to) {
                    *sum += 0.85 * rank / list.len() as f64;
                }
            }
        }
        rank = next;
    }
    rank
}

/// Entries from the one to keep longest to the one to drop first: by priority, then by centrality, then by place.
pub fn ranking(entries: &[Entry]) -> Vec<usize> {
    let central = centrality(entries);
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let key = |index: usize| {
        let priority = entries.get(index).map_or(u8::MAX, |entry| entry.priority);
        (priority, central.get(index).copied().unwrap_or(0.0))
    };
    order.sort_by(|a, b| {
        let ((pa, ca), (pb, cb)) = (key(*a), key(*b));
        // Ranks that differ by rounding alone are equal, so that place decides on every machine.
        let (ca, cb) = ((ca * 1e9).round(), (cb * 1e9).round());
        pa.cmp(&pb).then(cb.total_cmp(&ca)).then(a.cmp(b))
    });
    order
}

/// Keeps as many entries as fit, dropping from the end of the [`ranking`].
///
/// `fits` gets the indices kept, in the sheet's order, and must be monotone: what fits still does with fewer entries.
pub fn keep(entries: &[Entry], mut fits: impl FnMut(&[usize]) -> bool) -> Kept {
    let order = ranking(entries);
    let first = |count: usize| {
        let mut kept: Vec<usize> = order.iter().take(count).copied().collect();
        kept.sort_unstable();
        kept
    };
    let (mut low, mut high) = (0, entries.len() + 1);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if fits(&first(middle)) { low = middle } else { high = middle }
    }
    let mut dropped: Vec<usize> = order.iter().skip(low).copied().collect();
    dropped.sort_unstable();
    Kept { kept: first(low), dropped }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(priority: u8, links: &[usize]) -> Entry {
        Entry { priority, links: links.to_vec() }
    }

    #[test]
    fn centrality_favours_what_others_point_to() {
        // A star around 0, and a loner.
        let entries = [entry(2, &[]), entry(2, &[0]), entry(2, &[0]), entry(2, &[0]), entry(2, &[])];
        let central = centrality(&entries);
        assert!((central.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(central[0] > 2.0 * central[1] && central[1] > central[4]);
        assert_eq!(ranking(&entries), [0, 1, 2, 3, 4]);
        assert!(centrality(&[]).is_empty());
    }

    #[test]
    fn priority_comes_before_centrality() {
        let entries = [entry(3, &[]), entry(2, &[0]), entry(2, &[0, 1]), entry(1, &[])];
        assert_eq!(ranking(&entries)[0], 3);
        assert_eq!(ranking(&entries)[3], 0);
        let kept = keep(&entries, |kept| kept.len() <= 2);
        assert_eq!(kept, Kept { kept: vec![1, 3], dropped: vec![0, 2] });
    }

    proptest! {
        #[test]
        fn kept_and_dropped_are_all(
            priorities in proptest::collection::vec((1u8..4, proptest::collection::vec(0usize..30, 0..4)), 0..30),
            room in 0usize..40,
        ) {
            let entries: Vec<Entry> = priorities.iter().map(|(p, links)| entry(*p, links)).collect();
            let Kept { kept, dropped } = keep(&entries, |kept| kept.len() <= room);
            prop_assert_eq!(kept.len(), room.min(entries.len()));
            let mut all: Vec<usize> = kept.iter().chain(&dropped).copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..entries.len()).collect::<Vec<_>>());
            // Nothing that went has a better priority than what stayed.
            let worst = kept.iter().map(|i| entries[*i].priority).max().unwrap_or(0);
            prop_assert!(dropped.iter().all(|i| entries[*i].priority >= worst));
        }
    }
}
