//! Where the lines of a paragraph end: the total-fit method of Knuth and Plass ("Breaking Paragraphs into Lines", Software:
//! Practice and Experience 11, 1981) over sums, so that a candidate line costs a subtraction.
//!
//! Costs are those of Typst 0.15, so that a paragraph breaks where Typst would break it: a line's badness is 100 |ratio|³, of
//! which with penalties the square is taken. Lengths are in one unit, whichever.

/// What a hyphen costs, and a lone piece in a paragraph's last line, before the setting's own factors.
pub const HYPHEN_COST: f64 = 135.0;
pub const RUNT_COST: f64 = 100.0;
/// Badness of a line that is too full, and more by as much as it is wider.
const OVERFULL: f64 = 1_000_000.0;
/// Fewer letters than this before or after a hyphen cost more.
const SHORT: u8 = 5;
/// Lengths within this are the same.
const SLACK: f64 = 1e-6;

/// How wide something is, by how much it may grow or shrink without harm, and how many spaces are in it to grow beyond.
#[derive(Debug, Default, Copy, Clone, PartialEq)]
pub struct Measure {
    pub width: f64,
    pub stretch: f64,
    pub shrink: f64,
    pub spaces: f64,
}

impl Measure {
    pub fn plus(self, other: Self) -> Self {
        Self {
            width: self.width + other.width,
            stretch: self.stretch + other.stretch,
            shrink: self.shrink + other.shrink,
            spaces: self.spaces + other.spaces,
        }
    }

    pub fn minus(self, other: Self) -> Self {
        Self {
            width: self.width - other.width,
            stretch: self.stretch - other.stretch,
            shrink: self.shrink - other.shrink,
            spaces: self.spaces - other.spaces,
        }
    }
}

/// What a line ends with.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A space, or nothing.
    Plain,
    /// A hyphen that is added within a word, with so many of its letters before and after.
    Hyphen { before: u8, after: u8 },
    /// The paragraph, or a line break that its author wrote.
    Forced,
}

/// A place where a line may end.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Break {
    /// Of all from the paragraph's beginning, where a line ends here: without the space here, with the hyphen.
    pub end: Measure,
    /// Of all before what a line begins with that begins here.
    pub start: Measure,
    pub kind: Kind,
    /// The line ends with a hyphen or a dash.
    pub dash: bool,
}

/// How a paragraph is set.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Setting {
    /// Length of the lines.
    pub room: f64,
    /// By how much the first line's text is wider than it is (an indent; less than nought where it hangs out).
    pub indent: f64,
    /// Flush on both sides, else ragged.
    pub justify: bool,
    /// The best lines for the whole paragraph, else as much in each line as fits.
    pub optimal: bool,
    /// Half the type size: by so much a space grows beyond its stretch for a ratio one higher.
    pub half_size: f64,
    pub hyphen_cost: f64,
    pub runt_cost: f64,
}

/// The breaks at which lines end, by index; the last break always, and every forced one.
pub fn lines(breaks: &[Break], setting: &Setting) -> Vec<usize> {
    if setting.optimal { optimal(breaks, setting) } else { simple(breaks, setting) }
}

/// What a line holds that begins behind one break (or at the paragraph's beginning) and ends at another.
fn between(breaks: &[Break], from: Option<usize>, to: &Break, setting: &Setting) -> Measure {
    let start = match from.and_then(|from| breaks.get(from)) {
        Some(from) => from.start,
        None => Measure { width: -setting.indent, ..Measure::default() },
    };
    to.end.minus(start)
}

fn simple(breaks: &[Break], setting: &Setting) -> Vec<usize> {
    let mut lines = Vec::new();
    let mut from = None;
    let mut last = None;
    for (i, to) in breaks.iter().enumerate() {
        let fits = |from| between(breaks, from, to, setting).width <= setting.room + SLACK;
        let mut fit = fits(from);
        if let Some(end) = last.filter(|_| !fit) {
            lines.push(end);
            from = Some(end);
            fit = fits(from);
        }
        last = Some(i);
        if to.kind == Kind::Forced || !fit {
            lines.push(i);
            from = Some(i);
            last = None;
        }
    }
    lines.extend(last);
    lines
}

fn optimal(breaks: &[Break], setting: &Setting) -> Vec<usize> {
    /// The best way to a break.
    struct Way {
        /// Of the way before; the first is the beginning.
        before: usize,
        total: f64,
        at: Option<usize>,
    }
    let least_ratio = if setting.justify { -1.0 } else { 0.0 };
    let mut ways = vec![Way { before: 0, total: 0.0, at: None }];
    let mut active = 0;
    for (i, to) in breaks.iter().enumerate() {
        let mut best: Option<Way> = None;
        for (n, way) in ways.iter().enumerate().skip(active) {
            let line = between(breaks, way.at, to, setting);
            let ratio = ratio(&line, setting);
            if ratio < least_ratio && active == n {
                active += 1;
            }
            // Nothing but this one piece.
            let alone = way.at.map_or(0, |at| at + 1) == i;
            let dashes = to.dash && way.at.and_then(|at| breaks.get(at)).is_some_and(|b| b.dash);
            let total = way.total + cost(&line, ratio, least_ratio, to, alone, dashes, setting);
            if best.as_ref().is_none_or(|best| total <= best.total) {
                best = Some(Way { before: n, total, at: Some(i) });
            }
        }
        if to.kind == Kind::Forced {
            active = ways.len();
        }
        ways.extend(best);
    }
    let mut lines = Vec::new();
    let mut way = ways.last();
    while let Some(Way { before, at: Some(at), .. }) = way {
        lines.push(*at);
        way = ways.get(*before);
    }
    lines.reverse();
    lines
}

/// By how much of its stretch (or shrink, below nought) a line changes to be as long as there is room: above 1, what each space
/// grows beyond counts.
fn ratio(line: &Measure, setting: &Setting) -> f64 {
    let mut missing = setting.room - line.width;
    if missing.abs() < SLACK {
        missing = 0.0;
    }
    let give = if missing >= 0.0 { line.stretch } else { line.shrink }.max(0.0);
    let mut ratio = missing / give;
    if ratio.is_nan() {
        ratio = 0.0;
    }
    if ratio > 1.0 {
        ratio = 1.0 + (missing - give) / line.spaces.max(1.0) / setting.half_size;
    }
    ratio.clamp(-2.0, 10.0)
}

fn cost(
    line: &Measure,
    ratio: f64,
    least: f64,
    to: &Break,
    alone: bool,
    dashes: bool,
    setting: &Setting,
) -> f64 {
    let forced = to.kind == Kind::Forced;
    let badness = if ratio < least {
        OVERFULL * (1.0 + (line.width - setting.room).max(0.0) / setting.room.max(SLACK))
    } else if !forced || ratio < 0.0 {
        100.0 * ratio.abs().powi(3)
    } else {
        0.0
    };
    let mut penalty = 0.0;
    if alone && forced {
        penalty += setting.runt_cost;
    }
    if let Kind::Hyphen { before, after } = to.kind {
        let short = SHORT.saturating_sub(before) + SHORT.saturating_sub(after);
        penalty += (1.0 + 0.15 * f64::from(short)) * setting.hyphen_cost;
    }
    if dashes {
        penalty += setting.hyphen_cost;
    }
    (1.0 + badness + penalty).powi(2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Words with a space behind each, some with a place for a hyphen in the middle.
    fn paragraph(words: &[(f64, bool)]) -> Vec<Break> {
        let mut breaks = Vec::new();
        let mut sum = Measure::default();
        for (n, (width, parted)) in words.iter().enumerate() {
            let word = Measure { width: *width, stretch: 0.1, shrink: 0.05, spaces: 0.0 };
            if *parted {
                let half = Measure { width: width / 2.0, ..Measure::default() };
                let mut end = sum.plus(half);
                end.width += 0.3;
                let kind = Kind::Hyphen { before: 3, after: 4 };
                breaks.push(Break { end, start: sum.plus(half), kind, dash: true });
            }
            sum = sum.plus(word);
            let end = sum;
            sum = sum.plus(Measure { width: 1.0, stretch: 0.5, shrink: 0.33, spaces: 1.0 });
            let last = n + 1 == words.len();
            let kind = if last { Kind::Forced } else { Kind::Plain };
            breaks.push(Break { end, start: sum, kind, dash: false });
        }
        breaks
    }

    fn setting(room: f64, justify: bool, optimal: bool) -> Setting {
        Setting {
            room,
            indent: 0.0,
            justify,
            optimal,
            half_size: 2.0,
            hyphen_cost: HYPHEN_COST,
            runt_cost: RUNT_COST,
        }
    }

    /// What lines cost, reckoned line by line from the definition.
    fn total(breaks: &[Break], lines: &[usize], setting: &Setting) -> f64 {
        let least = if setting.justify { -1.0 } else { 0.0 };
        let mut before: Option<usize> = None;
        let mut sum = 0.0;
        for at in lines {
            let line = between(breaks, before, &breaks[*at], setting);
            let alone = before.map_or(0, |b| b + 1) == *at;
            let dashes = breaks[*at].dash && before.is_some_and(|b| breaks[b].dash);
            sum += cost(&line, ratio(&line, setting), least, &breaks[*at], alone, dashes, setting);
            before = Some(*at);
        }
        sum
    }

    /// Every way to break a paragraph.
    fn every_way(breaks: &[Break]) -> Vec<Vec<usize>> {
        let last = breaks.len() - 1;
        (0..1usize << last)
            .map(|mask| (0..last).filter(|i| mask >> i & 1 == 1).chain([last]).collect::<Vec<usize>>())
            .collect()
    }

    proptest! {
        #[test]
        fn no_way_to_break_costs_less(
            words in prop::collection::vec((1.0..9.0f64, any::<bool>()), 1..8),
            room in 8.0..30.0f64,
            justify in any::<bool>(),
        ) {
            let breaks = paragraph(&words);
            prop_assume!(breaks.len() <= 13);
            let setting = setting(room, justify, true);
            let found = lines(&breaks, &setting);
            // Ways with a line that is too full come to nothing: the search gives them up.
            let fits = |way: &Vec<usize>| {
                let mut before = None;
                way.iter().all(|at| {
                    let line = between(&breaks, before, &breaks[*at], &setting);
                    before = Some(*at);
                    ratio(&line, &setting) >= if justify { -1.0 } else { 0.0 }
                })
            };
            let ways = every_way(&breaks);
            let costs = ways.iter().filter(|way| fits(way)).map(|way| total(&breaks, way, &setting));
            let least = costs.fold(f64::INFINITY, f64::min);
            prop_assert_eq!(found.last(), Some(&(breaks.len() - 1)));
            if least.is_finite() {
                let ours = total(&breaks, &found, &setting);
                prop_assert!((ours - least).abs() < 1e-6 * least.max(1.0), "{} against {}", ours, least);
            }
        }

        #[test]
        fn simple_lines_hold_as_much_as_fits(
            words in prop::collection::vec((1.0..9.0f64, any::<bool>()), 1..20),
            room in 10.0..30.0f64,
        ) {
            let breaks = paragraph(&words);
            let setting = setting(room, false, false);
            let found = lines(&breaks, &setting);
            prop_assert_eq!(found.last(), Some(&(breaks.len() - 1)));
            let mut before = None;
            for at in &found {
                prop_assert!(between(&breaks, before, &breaks[*at], &setting).width <= room + SLACK);
                if let Some(next) = breaks.get(at + 1) {
                    prop_assert!(between(&breaks, before, next, &setting).width > room - 1e-9);
                }
                before = Some(*at);
            }
        }
    }

    #[test]
    fn a_line_break_of_the_author_ends_a_line() {
        let mut breaks = paragraph(&[(2.0, false), (2.0, false), (2.0, false), (2.0, false)]);
        breaks[1].kind = Kind::Forced;
        for optimal in [true, false] {
            assert_eq!(lines(&breaks, &setting(100.0, true, optimal)), [1, 3]);
        }
    }

    #[test]
    fn a_word_wider_than_the_line_stands_alone() {
        let breaks = paragraph(&[(2.0, false), (50.0, false), (2.0, false)]);
        for (justify, optimal) in [(true, true), (false, true), (false, false)] {
            assert_eq!(lines(&breaks, &setting(10.0, justify, optimal)), [0, 1, 2]);
        }
    }

    #[test]
    fn what_hangs_out_or_is_indented_counts_in_the_first_line() {
        // Three words and two spaces are 14 wide.
        let breaks = paragraph(&[(4.0, false), (4.0, false), (4.0, false)]);
        let with = |indent: f64| lines(&breaks, &Setting { indent, ..setting(12.0, false, false) });
        assert_eq!(with(0.0), [1, 2]);
        assert_eq!(with(-2.0), [2]);
        assert_eq!(with(4.0), [0, 2]);
    }
}
