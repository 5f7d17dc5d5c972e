//! Lines of a term on a card: of like length, and broken where a reader would pause.
//!
//! A term is read at a glance, so its lines are chosen by what belongs together (`PEP 20`, `of Python`, what stands in
//! parentheses) and by likeness in length; a smaller size is taken where it saves an awkward break.

use std::ops::Range;

/// More words than this are no term.
const MOST_WORDS: usize = 24;

/// What a smaller size costs: so much for each e-th part of the largest.
const SIZE: f64 = 5.0;
/// What each further line costs.
const LINE: f64 = 0.8;
/// What lines of unlike length cost, against the squares of their relative differences.
const RAGGED: f64 = 0.6;

/// A type size, and what the face holds at it.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Size {
    pub pt: f64,
    /// The longest line, em.
    pub room: f64,
    /// The most lines.
    pub lines: usize,
}

/// The chosen size, an index into the sizes, and the words of each line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub size: usize,
    pub lines: Vec<Range<usize>>,
}

/// Chooses size and lines for words of the given widths (em; `space` between them). `sizes` are in falling order. `None`
/// where no size holds them, or there are too many words.
pub fn balance(words: &[&str], widths: &[f64], space: f64, sizes: &[Size]) -> Option<Setting> {
    if words.is_empty() || words.len() > MOST_WORDS || words.len() != widths.len() {
        return None;
    }
    let largest = sizes.first()?.pt;
    let breaks: Vec<f64> = (1..words.len()).map(|i| break_cost(words, i)).collect();
    let mut best: Option<(f64, Setting)> = None;
    for (size, at) in sizes.iter().enumerate() {
        let loss = (largest / at.pt).ln() * SIZE;
        if best.as_ref().is_some_and(|(cost, _)| loss >= *cost) {
            break;
        }
        for count in 1..=at.lines.min(words.len()) {
            if let Some((cost, lines)) = lines(widths, space, &breaks, at.room, count) {
                let cost = cost + loss + LINE * (count - 1) as f64;
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, Setting { size, lines }));
                }
            }
        }
    }
    best.map(|(_, setting)| setting)
}

/// The cheapest way to set the words in `count` lines none of which is longer than `room`.
fn lines(
    widths: &[f64],
    space: f64,
    breaks: &[f64],
    room: f64,
    count: usize,
) -> Option<(f64, Vec<Range<usize>>)> {
    let n = widths.len();
    let width = |line: Range<usize>| -> f64 {
        let spaces = space * line.len().saturating_sub(1) as f64;
        widths.get(line).unwrap_or_default().iter().sum::<f64>() + spaces
    };
    let mean = (width(0..n) - space * (count - 1) as f64) / count as f64;
    // The cost of the first words in so many lines, and where the last of these begins.
    let mut table: Vec<Vec<Option<(f64, usize)>>> = vec![vec![None; n + 1]; count + 1];
    table[0][0] = Some((0.0, 0));
    for line in 1..=count {
        for end in line..=n {
            for start in line - 1..end {
                let Some((before, _)) = table[line - 1][start] else { continue };
                let own = width(start..end);
                if own > room {
                    continue;
                }
                let off = (own - mean) / mean;
                let broken = if start > 0 { breaks[start - 1] } else { 0.0 };
                let cost = before + broken + RAGGED * off * off;
                if table[line][end].is_none_or(|(least, _)| cost < least) {
                    table[line][end] = Some((cost, start));
                }
            }
        }
    }
    let (cost, _) = table[count][n]?;
    let mut lines = Vec::with_capacity(count);
    let mut end = n;
    for line in (1..=count).rev() {
        let (_, start) = table[line][end]?;
        lines.push(start..end);
        end = start;
    }
    lines.reverse();
    Some((cost, lines))
}

/// Articles, prepositions and conjunctions of the languages that Recto speaks: a line does not end in one.
const LEANING: &str = "a an the of to in on at by for from with and or nor as is vs vs. per via \
    der die das den dem des ein eine und oder von zu im am mit für auf bei \
    le la les l’ un une des du de et ou à au aux en par pour sur \
    el los las y o del al con por para il lo gli i e di da nel su \
    os um uma do dos das no na em het een en van te met op voor bij \
    w z na do i o od dla по в на с и к от для из";

/// What a break before word `i` costs, `i` from 1.
fn break_cost(words: &[&str], i: usize) -> f64 {
    let (before, after) = (words[i - 1], words[i]);
    let leans = LEANING.split_whitespace().any(|word| word.eq_ignore_ascii_case(before));
    let is_dash = |word: &str| matches!(word, "—" | "–" | "-" | "·" | "→" | "/" | "=" | "+" | "&" | "×");
    let pause = before.ends_with([':', ',', ';', '—', '–']) || matches!(before, "·" | "→" | "/");
    let mut cost = 0.0;
    // `PEP 20`, `Python 3`: a number belongs to its word.
    if after.starts_with(|c: char| c.is_ascii_digit()) && before.ends_with(char::is_alphabetic) {
        cost += 5.0;
    }
    if is_dash(after) {
        cost += 3.0;
    }
    if leans || matches!(before, "=" | "+" | "&" | "×" | "-") {
        cost += 2.0;
    }
    let opened: i32 = words[..i].iter().map(|word| depth(word)).sum();
    cost += match (opened > 0, pause) {
        (true, true) => 1.5,
        (true, false) => 2.5,
        (false, true) => 0.0,
        (false, false) if after.starts_with(['(', '[', '“', '«']) => 0.0,
        (false, false) => 0.9,
    };
    // A last line of a short word.
    if i + 1 == words.len() && after.chars().count() < 4 {
        cost += 1.0;
    }
    cost
}

fn depth(word: &str) -> i32 {
    let count = |set: &[char]| word.chars().filter(|c| set.contains(c)).count() as i32;
    count(&['(', '[']) - count(&[')', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every character half an em wide; a card of 85 mm with room for four lines at 24 pt.
    fn set(text: &str) -> (usize, Vec<String>) {
        let words: Vec<&str> = text.split(' ').collect();
        let widths: Vec<f64> = words.iter().map(|w| w.chars().count() as f64 * 0.54).collect();
        let sizes: Vec<Size> = [24.0, 21.0, 18.5, 16.5, 14.5, 13.0]
            .iter()
            .map(|pt| Size { pt: *pt, room: 241.0 / pt, lines: (115.0 / (1.22 * pt)) as usize })
            .collect();
        let setting = balance(&words, &widths, 0.2, &sizes).unwrap();
        (setting.size, setting.lines.into_iter().map(|line| words[line].join(" ")).collect())
    }

    #[test]
    fn what_belongs_together_stays_together() {
        for (term, lines) in [
            ("Duck Typing", &["Duck Typing"][..]),
            (
                "Python Philosophy (PEP 20 — Zen of Python)",
                &["Python Philosophy", "(PEP 20 — Zen of Python)"],
            ),
            ("Generational Garbage Collection", &["Generational", "Garbage Collection"]),
            ("Free-threaded CPython (PEP 703)", &["Free-threaded CPython", "(PEP 703)"]),
            ("Composition over Inheritance", &["Composition", "over Inheritance"]),
        ] {
            assert_eq!(set(term).1, lines);
        }
    }

    #[test]
    fn numbers_and_dashes_do_not_begin_a_line() {
        for term in [
            "UTF-8 by Default (PEP 686)",
            "Migration from Python 3.8 to Python 3.14 in Small Steps",
            "CPython / GIL / Garbage Collection and Memory — an Overview",
        ] {
            for line in set(term).1.iter().skip(1) {
                assert!(!line.starts_with(|c: char| c.is_ascii_digit() || "—/".contains(c)), "{line}");
            }
        }
    }

    #[test]
    fn what_no_size_holds_is_left_to_the_typesetter() {
        let sizes = [Size { pt: 24.0, room: 10.0, lines: 3 }];
        assert_eq!(balance(&["Donaudampfschifffahrt"], &[11.0], 0.2, &sizes), None);
        assert_eq!(balance(&[], &[], 0.2, &sizes), None);
        assert_eq!(balance(&["a"; 30], &[0.5; 30], 0.2, &sizes), None);
    }

    proptest! {
        #[test]
        fn all_words_are_set_in_order_within_the_room(widths in prop::collection::vec(0.5f64..9.0, 1..20), room in 3f64..12.0, most in 1usize..6) {
            let words = vec!["word"; widths.len()];
            let sizes = [Size { pt: 24.0, room, lines: most }, Size { pt: 12.0, room: room * 2.0, lines: most * 2 }];
            if let Some(setting) = balance(&words, &widths, 0.2, &sizes) {
                prop_assert!(setting.lines.len() <= sizes[setting.size].lines);
                prop_assert_eq!(setting.lines.iter().cloned().flatten().collect::<Vec<_>>(), (0..words.len()).collect::<Vec<_>>());
                for line in setting.lines {
                    let own = widths[line.clone()].iter().sum::<f64>() + 0.2 * (line.len() - 1) as f64;
                    prop_assert!(own <= sizes[setting.size].room);
                }
            } else {
                // One word alone is too long for the smaller size, or the words do not fill its lines.
                let room = room * 2.0;
                let mut lines = 1;
                let mut at: f64 = 0.0;
                for width in &widths {
                    if at > 0.0 && at + 0.2 + width > room { lines += 1; at = 0.0; }
                    at += width + if at > 0.0 { 0.2 } else { 0.0 };
                }
                prop_assert!(widths.iter().any(|w| *w > room) || lines > most * 2);
            }
        }
    }
}
