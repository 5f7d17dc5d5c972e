//! What a program printed against what the note says.

/// Characters of a line that a message shows.
const SHOWN: usize = 100;
/// Of them, those before the first that differs.
const LEAD: usize = 40;

/// The first line in which two outputs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'t> {
    /// Index of the line, from 0.
    pub line: usize,
    /// Index of the first differing character in it.
    pub column: usize,
    /// `None` where the text ends before this line.
    pub expected: Option<&'t str>,
    pub got: Option<&'t str>,
}

/// Compares line by line; white space at a line's end and empty lines at the text's end do not count.
pub fn difference<'t>(expected: &'t str, got: &'t str) -> Option<Difference<'t>> {
    let lines = |text: &'t str| -> Vec<&'t str> { text.trim_end().lines().map(str::trim_end).collect() };
    let (expected, got) = (lines(expected), lines(got));
    (0..expected.len().max(got.len())).find_map(|line| {
        let (expected, got) = (expected.get(line).copied(), got.get(line).copied());
        if expected == got {
            return None;
        }
        let both = expected.unwrap_or_default().chars().zip(got.unwrap_or_default().chars());
        let column = both.take_while(|(a, b)| a == b).count();
        Some(Difference { line, column, expected, got })
    })
}

/// A line as a message shows it: where it is long, the part around a character.
pub fn shown(line: Option<&str>, column: usize) -> String {
    let Some(line) = line else { return "nothing more".to_owned() };
    if line.is_empty() {
        return "an empty line".to_owned();
    }
    let count = line.chars().count();
    if count <= SHOWN {
        return format!("`{line}`");
    }
    let from = column.saturating_sub(LEAD).min(count - SHOWN);
    let piece: String = line.chars().skip(from).take(SHOWN).collect();
    let (before, after) = (if from > 0 { "…" } else { "" }, if from + SHOWN < count { "…" } else { "" });
    format!("`{before}{piece}{after}`")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn first(expected: &str, got: &str) -> Option<(usize, usize)> {
        difference(expected, got).map(|d| (d.line, d.column))
    }

    #[test]
    fn white_space_at_ends_does_not_count() {
        assert_eq!(first("a\nb", "a  \r\nb\t\n\n\n"), None);
        assert_eq!(first("", "\n \n"), None);
        assert_eq!(first("a", " a"), Some((0, 0)), "at a line's start it does");
        assert_eq!(first("a\n\nb", "a\nb"), Some((1, 0)), "and between lines");
    }

    #[test]
    fn the_first_line_that_differs() {
        assert_eq!(first("a\nbcd\ne", "a\nbcx\ny"), Some((1, 2)));
        assert_eq!(first("é→x", "é→y"), Some((0, 2)), "columns are characters");
        let short = difference("a\nb", "a").unwrap();
        assert_eq!((short.line, short.expected, short.got), (1, Some("b"), None));
        let long = difference("", "a").unwrap();
        assert_eq!((long.line, long.expected, long.got), (0, None, Some("a")));
        assert_eq!(first("b", "bc"), Some((0, 1)));
    }

    #[test]
    fn long_lines_are_cut_around_the_difference() {
        assert_eq!(shown(None, 0), "nothing more");
        assert_eq!(shown(Some(""), 0), "an empty line");
        assert_eq!(shown(Some("a b"), 9), "`a b`");
        let line = format!("{}X{}", "a".repeat(300), "b".repeat(300));
        let piece = shown(Some(&line), 300);
        assert!(piece.starts_with("`…a") && piece.ends_with("b…`") && piece.contains('X'), "{piece}");
        assert!(shown(Some(&line), 0).starts_with("`a") && shown(Some(&line), 601).ends_with("b`"));
    }

    proptest! {
        #[test]
        fn lines_before_the_difference_are_equal(a in "[ab\n ]{0,12}", b in "[ab\n ]{0,12}") {
            match difference(&a, &b) {
                None => prop_assert!(difference(&b, &a).is_none()),
                Some(d) => {
                    prop_assert_ne!(d.expected, d.got);
                    let line = |t: &str, i: usize| t.lines().nth(i).map(|l| l.trim_end().to_owned());
                    for i in 0..d.line {
                        prop_assert_eq!(line(&a, i), line(&b, i));
                    }
                }
            }
            let longer = format!("{a}\n \n");
            prop_assert!(difference(&a, &longer).is_none());
        }
    }
}
