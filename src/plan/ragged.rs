//! Where lines of a ragged paragraph end: as few lines as hold the text, of like length, and no lone word at the end.

use std::ops::Range;

/// What a lone word in the last line costs, against the squares of the other lines' empty parts.
const RUNT: f64 = 0.5;
/// Lengths within this are the same, so that rounding decides nothing.
const SLACK: f64 = 1e-6;

/// What stands between two places where a line may end.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Piece {
    /// Its width where a line ends behind it.
    pub width: f64,
    /// The width of the space behind it, which stays only within a line.
    pub space: f64,
}

/// The pieces of each line, for lines of the length `room` (in the unit of the widths). `None` where a piece is wider.
pub fn lines(pieces: &[Piece], room: f64) -> Option<Vec<Range<usize>>> {
    let fewest = count(pieces, room)?;
    // best[n][i]: the least cost of setting the first i pieces in n lines, and where the last of these begins.
    let mut best = vec![vec![(f64::INFINITY, 0); pieces.len() + 1]; fewest + 1];
    *best.first_mut()?.first_mut()? = (0.0, 0);
    for n in 1..=fewest {
        for end in 1..=pieces.len() {
            let mut width = 0.0;
            let mut least = (f64::INFINITY, 0);
            for start in (0..end).rev() {
                let piece = pieces.get(start)?;
                width += if start + 1 == end { piece.width } else { piece.width + piece.space };
                if width > room + SLACK {
                    break;
                }
                let empty = ((room - width) / room.max(SLACK)).max(0.0);
                let cost = match (end == pieces.len(), end - start) {
                    (true, 1) if pieces.len() > 1 => RUNT,
                    (true, _) => 0.0,
                    (false, _) => empty * empty,
                };
                let before = best.get(n - 1)?.get(start)?.0;
                if before + cost < least.0 {
                    least = (before + cost, start);
                }
            }
            *best.get_mut(n)?.get_mut(end)? = least;
        }
    }
    let mut lines = Vec::with_capacity(fewest);
    let mut end = pieces.len();
    for n in (1..=fewest).rev() {
        let start = best.get(n)?.get(end)?.1;
        lines.push(start..end);
        end = start;
    }
    lines.reverse();
    Some(lines)
}

/// The fewest lines that hold the pieces.
fn count(pieces: &[Piece], room: f64) -> Option<usize> {
    let mut lines = 0;
    let mut width = f64::INFINITY;
    for piece in pieces {
        if piece.width > room + SLACK {
            return None;
        }
        if width + piece.width > room + SLACK {
            lines += 1;
            width = 0.0;
        }
        width += piece.width + piece.space;
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(widths: &[u32]) -> Vec<Piece> {
        widths.iter().map(|w| Piece { width: f64::from(*w), space: 1.0 }).collect()
    }

    fn width(pieces: &[Piece]) -> f64 {
        let spaces: f64 = pieces.iter().map(|p| p.space).sum();
        pieces.iter().map(|p| p.width).sum::<f64>() + spaces - pieces.last().map_or(0.0, |p| p.space)
    }

    /// All ways to part `n` pieces into lines.
    fn all(n: usize) -> Vec<Vec<Range<usize>>> {
        (0..1_u32 << (n - 1))
            .map(|cuts| {
                let mut lines = Vec::new();
                let mut start = 0;
                for end in 1..=n {
                    if end == n || cuts & (1 << (end - 1)) != 0 {
                        lines.push(start..end);
                        start = end;
                    }
                }
                lines
            })
            .collect()
    }

    fn cost(pieces: &[Piece], lines: &[Range<usize>], room: f64) -> f64 {
        let runt = lines.last().is_some_and(|l| l.len() == 1) && pieces.len() > 1;
        let empty = |l: &Range<usize>| ((room - width(&pieces[l.clone()])) / room).powi(2);
        lines[..lines.len() - 1].iter().map(empty).sum::<f64>() + if runt { RUNT } else { 0.0 }
    }

    #[test]
    fn a_lone_word_gets_company() {
        // Greedy: five words and one.
        assert_eq!(lines(&pieces(&[4, 4, 4, 4, 4, 4]), 24.0), Some(vec![0..4, 4..6]));
        assert_eq!(lines(&pieces(&[4, 4]), 24.0).map(|l| l.len()), Some(1));
        assert_eq!(lines(&pieces(&[30]), 24.0), None);
        assert_eq!(lines(&[], 24.0), Some(vec![]));
    }

    proptest! {
        #[test]
        fn it_is_the_best_of_the_shortest(widths in prop::collection::vec(1_u32..12, 1..11), room in 12_u32..40) {
            let (pieces, room) = (pieces(&widths), f64::from(room));
            let found = lines(&pieces, room).expect("every piece has room");
            let fits = |lines: &Vec<Range<usize>>| lines.iter().all(|l| width(&pieces[l.clone()]) <= room + SLACK);
            prop_assert!(fits(&found));
            prop_assert_eq!(found.concat_len(), pieces.len());
            let ways: Vec<_> = all(pieces.len()).into_iter().filter(fits).collect();
            let fewest = ways.iter().map(Vec::len).min().expect("found fits");
            prop_assert_eq!(found.len(), fewest);
            let least = ways.iter().filter(|w| w.len() == fewest).map(|w| cost(&pieces, w, room)).fold(f64::MAX, f64::min);
            prop_assert!((cost(&pieces, &found, room) - least).abs() < 1e-9);
        }
    }

    trait ConcatLen {
        fn concat_len(&self) -> usize;
    }

    impl ConcatLen for Vec<Range<usize>> {
        /// How many pieces the lines hold, where each begins at the end of the one before.
        fn concat_len(&self) -> usize {
            self.iter().fold(0, |at, line| if line.start == at { line.end } else { usize::MAX })
        }
    }
}
