//! The order within a session: chapters interleaved, which helps to tell their cards apart (Rohrer et al. 2015).

use std::collections::{BTreeMap, VecDeque};

/// Reorders items so that no two neighbours share a chapter, wherever that can be done; the order within a chapter is
/// kept.
///
/// Takes from the chapter with most left that is not the last one's: this fails only where one chapter holds more
/// than half of what is left, and then the rest of it stands together at the end.
pub fn interleave<T>(items: Vec<T>, chapter: impl Fn(&T) -> usize) -> Vec<T> {
    let count = items.len();
    let mut queues: BTreeMap<usize, VecDeque<T>> = BTreeMap::new();
    for item in items {
        queues.entry(chapter(&item)).or_default().push_back(item);
    }
    let mut result = Vec::with_capacity(count);
    let mut last = None;
    while result.len() < count {
        let next = queues
            .iter()
            .filter(|(chapter, queue)| !queue.is_empty() && Some(**chapter) != last)
            // Of equals the earliest chapter.
            .max_by_key(|(chapter, queue)| (queue.len(), std::cmp::Reverse(**chapter)))
            .map(|(chapter, _)| *chapter)
            .or(last);
        let Some(item) = next.and_then(|chapter| queues.get_mut(&chapter)?.pop_front()) else { break };
        result.push(item);
        last = next;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chapters_take_turns() {
        let items = vec![(1, 'a'), (1, 'b'), (1, 'c'), (2, 'd'), (2, 'e'), (3, 'f')];
        let order: String = interleave(items, |(chapter, _)| *chapter).into_iter().map(|(_, c)| c).collect();
        assert_eq!(order, "adbecf");
    }

    proptest! {
        #[test]
        fn neighbours_differ_wherever_they_can(items in proptest::collection::vec(0usize..5, 0..40)) {
            let ordered = interleave(items.iter().copied().enumerate().collect(), |(_, chapter)| *chapter);
            let mut seen: Vec<usize> = ordered.iter().map(|(item, _)| *item).collect();
            let clashes = ordered.windows(2).filter(|w| w[0].1 == w[1].1).count();
            let most = (0..5).map(|c| items.iter().filter(|x| **x == c).count()).max().unwrap_or(0);
            // With a chapter of m among n, m − 1 gaps are there and n − m others to fill them.
            prop_assert_eq!(clashes, (2 * most).saturating_sub(items.len() + 1));
            for chapter in 0..5 {
                let of: Vec<_> = ordered.iter().filter(|(_, c)| *c == chapter).map(|(i, _)| *i).collect();
                prop_assert!(of.windows(2).all(|w| w[0] < w[1]));
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..items.len()).collect::<Vec<_>>());
        }
    }
}
