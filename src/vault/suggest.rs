//! “Did you mean …?” for names of keys and values.

/// The one of `names` nearest to `wrong` that is near enough to be meant: at most a third of its letters differ.
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('_', "-").chars().take(64).collect::<Vec<_>>();
    let wrong = plain(wrong);
    names
        .into_iter()
        .map(|name| {
            let letters = plain(name);
            (distance(&wrong, &letters), wrong.len().max(letters.len()), name)
        })
        .filter(|(distance, len, _)| distance * 3 <= *len)
        .min_by_key(|(distance, _, name)| (*distance, *name))
        .map(|(_, _, name)| name)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &[char], b: &[char]) -> usize {
    let at = |row: &[usize], i: usize| row.get(i).copied().unwrap_or(usize::MAX / 2);
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        let mut left = None;
        for (j, y) in b.iter().enumerate() {
            let mut best =
                (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if j > 0 && previous == Some(y) && left == Some(x) {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
            left = Some(y);
        }
        before = std::mem::replace(&mut last, row);
        previous = Some(x);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_enough_to_be_meant() {
        let names = ["retention", "tolerance", "exam", "days-off"];
        assert_eq!(nearest("retension", names), Some("retention"));
        assert_eq!(nearest("exma", names), Some("exam"));
        assert_eq!(nearest("Days_Off", names), Some("days-off"));
        assert_eq!(nearest("color", names), None);
        let d = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(d("kitten", "sitting"), 3);
        assert_eq!(d("ab", "ba"), 1);
        assert_eq!(d("", "abc"), 3);
    }
}
