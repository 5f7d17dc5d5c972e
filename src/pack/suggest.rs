//! “Did you mean …?”: the name that a mistyped one stands for.

/// The one of `names` nearest to `wrong`, if it is near enough to be meant: at most a third of its letters differ.
/// Case and accents do not count.
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| -> Vec<char> {
        super::latin::slug(text)
            .chars()
            .chain(text.to_lowercase().chars().filter(|c| !c.is_ascii()))
            .collect()
    };
    let wrong = plain(wrong);
    names
        .into_iter()
        .map(|name| {
            let name_plain = plain(name);
            (distance(&wrong, &name_plain), wrong.len().max(name_plain.len()), name)
        })
        .filter(|(distance, length, _)| *distance * 3 <= *length)
        .min_by_key(|(distance, _, name)| (*distance, *name))
        .map(|(_, _, name)| name)
}

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && *x == b[j - 1] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_enough() {
        let names = ["exam", "internals", "memory", "größe"];
        assert_eq!(nearest("exma", names), Some("exam"));
        assert_eq!(nearest("Internal", names), Some("internals"));
        assert_eq!(nearest("Grosse", names), Some("größe"));
        assert_eq!(nearest("typing", names), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn distances() {
        let d = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(d("", "abc"), 3);
        assert_eq!(d("kitten", "sitting"), 3);
        assert_eq!(d("ca", "ac"), 1);
    }
}
