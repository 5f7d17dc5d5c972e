//! A chapter onto its cheatsheet: the largest type that fits, and what is left out where not all does.
//!
//! How large a sheet comes out is for the typesetter to say; it is asked through a closure, as seldom as possible.

use std::collections::BTreeMap;

use serde::Serialize;

use super::length::Mm;

/// A way to set a sheet.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// Type size in points.
    pub size: f64,
    pub columns: usize,
    /// Which of the caller's page formats (portrait, landscape).
    pub format: usize,
}

/// What a setting comes to.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Measure {
    /// Pages it takes.
    pub pages: usize,
    /// How far the last column is filled; of equal sizes the fuller sheet wins.
    pub fill: Mm,
}

/// What is tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Type sizes in points, ascending.
    pub sizes: Vec<f64>,
    /// For each page format, the numbers of columns it may have.
    pub columns: Vec<Vec<usize>>,
    /// Pages there are.
    pub pages: usize,
}

/// The largest size that fits into the pages, over all formats and columns; `None` where not even the smallest does.
///
/// `measure` must be monotone: what fits at a size fits at every smaller one, other things equal. It is called about
/// log2(sizes) times for the first arrangement, and mostly once for each further one, since those are only asked
/// whether they can do better. Of equal sizes the fuller sheet wins, then the earlier arrangement.
pub fn search(search: &Search, mut measure: impl FnMut(Setting) -> Measure) -> Option<(Setting, Measure)> {
    let mut best: Option<(usize, Setting, Measure)> = None;
    for (format, columns) in search.columns.iter().enumerate() {
        for columns in columns {
            let mut fits = |index: usize| {
                let setting = Setting { size: *search.sizes.get(index)?, columns: *columns, format };
                let found = measure(setting);
                (found.pages <= search.pages).then_some((index, setting, found))
            };
            // At least as large as the best one, or it is of no interest.
            let floor = best.map_or(0, |(index, ..)| index);
            let Some(mut found) = fits(floor) else { continue };
            let (mut low, mut high) = (floor, search.sizes.len());
            while low + 1 < high {
                let middle = low + (high - low) / 2;
                match fits(middle) {
                    Some(fit) => {
                        found = fit;
                        low = middle;
                    }
                    None => high = middle,
                }
            }
            let better = best.is_none_or(|(index, _, most)| {
                found.0 > index || found.0 == index && found.2.fill > most.fill
            });
            if better {
                best = Some(found);
            }
        }
    }
    best.map(|(_, setting, measure)| (setting, measure))
}

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

/// Cuts a run of heights into columns of least height, order kept: the items of each column.
///
/// Exact for any heights: binary search over the break positions' prefix sums by the greedy that fills each column up
/// to a limit. Fewer columns than asked where more would not lower the tallest.
pub fn balance_columns(heights: &[Mm], columns: usize) -> Vec<std::ops::Range<usize>> {
    if heights.is_empty() || columns == 0 {
        return Vec::new();
    }
    let fill = |limit: f64| {
        let mut ranges = Vec::new();
        let (mut start, mut sum) = (0, 0.0);
        for (index, height) in heights.iter().enumerate() {
            if index > start && sum + height.0 > limit + 1e-9 {
                ranges.push(start..index);
                (start, sum) = (index, 0.0);
            }
            sum += height.0;
        }
        ranges.push(start..heights.len());
        ranges
    };
    // The least height is the sum of some run: try those in between by halving, ended by the runs themselves.
    let tallest = heights.iter().map(|h| h.0).fold(0.0, f64::max);
    let (mut low, mut high) = (tallest, heights.iter().map(|h| h.0).sum::<f64>());
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if fill(middle).len() <= columns { high = middle } else { low = middle }
    }
    fill(high)
}

/// Groups entries by priority, for the note of what was left out: how many of each priority were dropped.
pub fn dropped_by_priority(entries: &[Entry], kept: &Kept) -> BTreeMap<u8, usize> {
    let mut counts = BTreeMap::new();
    for entry in kept.dropped.iter().filter_map(|index| entries.get(*index)) {
        *counts.entry(entry.priority).or_insert(0) += 1;
    }
    counts
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
        assert_eq!(dropped_by_priority(&entries, &kept), BTreeMap::from([(2, 1), (3, 1)]));
    }

    #[test]
    fn columns_are_cut_where_the_tallest_is_least() {
        let heights: Vec<Mm> = [10.0, 20.0, 30.0, 40.0, 50.0].map(Mm).to_vec();
        assert_eq!(balance_columns(&heights, 2), [0..3, 3..5]);
        assert_eq!(balance_columns(&heights, 3), [0..3, 3..4, 4..5]);
        assert_eq!(balance_columns(&heights, 9), [0..2, 2..3, 3..4, 4..5], "the last is 50 anyway");
        assert!(balance_columns(&[], 3).is_empty());
    }

    proptest! {
        #[test]
        fn the_largest_size_that_fits_is_found_with_few_questions(
            texts in proptest::collection::vec(1.0..40.0f64, 1..6), pages in 1usize..3, count in 1usize..40,
        ) {
            // Pages grow with the square of the size, differently for each arrangement.
            let sizes: Vec<f64> = (0..count).map(|i| 5.0 + i as f64 * 0.25).collect();
            let columns: Vec<Vec<usize>> = vec![(0..texts.len()).collect(), vec![0]];
            let pages_of = |s: Setting| ((s.size * s.size * texts[s.columns] / 400.0) as usize).max(1) + s.format;
            let mut asked = 0;
            let found = search(
                &Search { sizes: sizes.clone(), columns: columns.clone(), pages },
                |setting| {
                    asked += 1;
                    Measure { pages: pages_of(setting), fill: Mm(setting.columns as f64) }
                },
            );
            let mut best: Option<f64> = None;
            for (format, columns) in columns.iter().enumerate() {
                for columns in columns {
                    for size in &sizes {
                        if pages_of(Setting { size: *size, columns: *columns, format }) <= pages {
                            best = Some(best.map_or(*size, |b: f64| b.max(*size)));
                        }
                    }
                }
            }
            prop_assert_eq!(found.map(|(setting, _)| setting.size), best);
            let arrangements = texts.len() + 1;
            let log = (count as f64).log2().ceil() as usize + 1;
            prop_assert!(asked <= arrangements * (log + 1), "{asked}");
        }

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

        #[test]
        fn no_other_breaks_give_lower_columns(
            heights in proptest::collection::vec(1.0..50.0f64, 1..9), columns in 1usize..5,
        ) {
            let lengths: Vec<Mm> = heights.iter().copied().map(Mm).collect();
            let ranges = balance_columns(&lengths, columns);
            prop_assert!(ranges.len() <= columns);
            let tall = |range: &std::ops::Range<usize>| heights[range.clone()].iter().sum::<f64>();
            let found = ranges.iter().map(tall).fold(0.0, f64::max);
            prop_assert_eq!(ranges.iter().cloned().flatten().collect::<Vec<_>>(), (0..heights.len()).collect::<Vec<_>>());
            // All ways to cut: a bit for each gap.
            let mut best = f64::MAX;
            for cuts in 0..1u32 << (heights.len() - 1) {
                if cuts.count_ones() as usize >= columns {
                    continue;
                }
                let (mut most, mut sum) = (0.0_f64, 0.0);
                for (i, height) in heights.iter().enumerate() {
                    sum += height;
                    most = most.max(sum);
                    if cuts >> i & 1 == 1 {
                        sum = 0.0;
                    }
                }
                best = best.min(most);
            }
            prop_assert!(found <= best + 1e-6, "{} against {}", found, best);
        }
    }
}
