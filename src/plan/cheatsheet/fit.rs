//! Blocks into columns, and the largest type at which they fill the pages there are.
//!
//! All lengths of a sheet's text are multiples of its type size, so what blocks look like depends on one number only: the
//! width of a column in ems. Blocks that were measured at one ratio tell something about all others: in a wider column
//! nothing becomes higher. Most questions are answered by that, and the typesetter is asked as seldom as possible.

use std::cell::Cell;
use std::ops::Range;

/// A part of a sheet that stays whole.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Block {
    /// In ems.
    pub height: f64,
    pub kind: Kind,
    /// Stands in one column with the block after it.
    pub keeps: bool,
}

/// What a block is: decides the room above it.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
pub enum Kind {
    /// A section's heading.
    Heading,
    /// An entry, or its name.
    Entry,
    /// What follows the name of an entry that has more to say.
    Body,
}

/// Least room above an entry and above a heading, in ems; none at the top of a column.
pub const ENTRY_GAP: f64 = 0.36;
pub const HEADING_GAP: f64 = 1.0;
/// Room between a heading and its first entry, and between the blocks of an entry, in ems.
pub const BELOW_HEADING: f64 = 0.36;
pub const BODY_GAP: f64 = 0.3;
/// A column that is not full is stretched by at most so many ems above an entry, so that columns end on one line.
pub const STRETCH: f64 = 1.1;
/// How much more the room above a heading grows than the room above an entry.
const HEADING_SHARE: f64 = 2.5;

/// The room above a block, in ems, below `before`.
fn gap(before: Option<&Block>, block: &Block) -> f64 {
    match before {
        None => 0.0,
        Some(_) if block.kind == Kind::Heading => HEADING_GAP,
        Some(before) if before.kind == Kind::Heading => BELOW_HEADING,
        Some(_) if block.kind == Kind::Body => BODY_GAP,
        Some(_) => ENTRY_GAP,
    }
}

/// Height of a run of blocks as one column, in ems.
pub fn height(blocks: &[Block]) -> f64 {
    let mut before = None;
    let mut sum = 0.0;
    for block in blocks {
        sum += gap(before, block) + block.height;
        before = Some(block);
    }
    sum
}

/// Where a column may begin: at every block that the one before does not keep.
fn breaks(blocks: &[Block]) -> Vec<usize> {
    let kept = |i: usize| i > 0 && blocks.get(i - 1).is_some_and(|b| b.keeps);
    (0..blocks.len()).filter(|i| !kept(*i)).chain([blocks.len()]).collect()
}

/// Whether the blocks go into columns of these heights (ems), in order. Filling each as far as possible decides it.
pub fn fits(blocks: &[Block], rooms: &[f64]) -> bool {
    let mut rooms = rooms.iter();
    let mut room: Option<f64> = None;
    let (mut y, mut before): (f64, Option<&Block>) = (0.0, None);
    for pair in breaks(blocks).windows(2) {
        let run =
            pair.first().zip(pair.last()).and_then(|(from, to)| blocks.get(*from..*to)).unwrap_or_default();
        let Some(first) = run.first() else { continue };
        let own = height(run);
        while room.is_none_or(|room| y + gap(before, first) + own > room + 1e-9) {
            let Some(next) = rooms.next() else { return false };
            (room, y, before) = (Some(*next), 0.0, None);
        }
        y += gap(before, first) + own;
        before = run.last();
    }
    true
}

/// Cuts the blocks into columns as even as they can be: the parts of their rooms that are filled have the least sum of
/// squares. `None` where they do not fit. Columns at the end stay empty where there are fewer blocks than columns.
pub fn balance(blocks: &[Block], rooms: &[f64]) -> Option<Vec<Range<usize>>> {
    let breaks = breaks(blocks);
    let last = breaks.len() - 1;
    // Of the first `i` runs in the first columns: the least cost, and where the last of those columns begins.
    let mut costs = vec![f64::INFINITY; last + 1];
    costs[0] = 0.0;
    let mut starts: Vec<Vec<usize>> = Vec::new();
    for room in rooms {
        let mut next = vec![f64::INFINITY; last + 1];
        let mut start = vec![0; last + 1];
        for from in (0..=last).filter(|from| costs[*from].is_finite()) {
            for to in from..=last {
                let column = blocks.get(breaks[from]..breaks[to]).unwrap_or_default();
                let filled = height(column) / room;
                if filled > 1.0 + 1e-9 {
                    break;
                }
                let cost = costs[from] + filled * filled;
                if cost < next[to] - 1e-12 {
                    (next[to], start[to]) = (cost, from);
                }
            }
        }
        starts.push(start);
        costs = next;
    }
    if !costs.last()?.is_finite() {
        return None;
    }
    let mut end = last;
    let mut columns = Vec::new();
    for start in starts.iter().rev() {
        columns.push(breaks[start[end]]..breaks[end]);
        end = start[end];
    }
    columns.reverse();
    // What is empty goes last where it can: the reader starts at the left.
    let mut sorted = columns.clone();
    sorted.sort_by_key(|column| (column.is_empty(), column.start));
    let holds = |(column, room): (&Range<usize>, &f64)| {
        height(blocks.get(column.clone()).unwrap_or_default()) <= room + 1e-9
    };
    Some(if sorted.iter().zip(rooms).all(holds) { sorted } else { columns })
}

/// Where each block of a column begins, in ems: gaps grow until the column is full, but by no more than [`STRETCH`].
pub fn spread(column: &[Block], room: f64) -> Vec<f64> {
    let share = |block: &Block, before: Option<&Block>| match before {
        None => 0.0,
        Some(_) if block.kind == Kind::Heading => HEADING_SHARE,
        Some(before) if before.kind == Kind::Heading => 0.25,
        Some(_) if block.kind == Kind::Body => 0.15,
        Some(_) => 1.0,
    };
    let before = |i: usize| i.checked_sub(1).and_then(|i| column.get(i));
    let shares: f64 = column.iter().enumerate().map(|(i, block)| share(block, before(i))).sum();
    let more = if shares > 0.0 { ((room - height(column)).max(0.0) / shares).min(STRETCH) } else { 0.0 };
    let mut y = 0.0;
    let mut tops = Vec::with_capacity(column.len());
    for (i, block) in column.iter().enumerate() {
        y += gap(before(i), block) + more * share(block, before(i));
        tops.push(y);
        y += block.height;
    }
    tops
}

/// A way to divide pages into columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrangement {
    /// Width of a column, pt.
    pub width: f64,
    /// Heights of all columns of all pages in reading order, pt.
    pub rooms: Vec<f64>,
}

impl Arrangement {
    /// Whether blocks that were measured in a column of this many ems fit at a size, pt.
    fn holds(&self, blocks: &[Block], size: f64) -> bool {
        let rooms: Vec<f64> = self.rooms.iter().map(|room| room / size).collect();
        fits(blocks, &rooms)
    }

    /// Whether blocks that were measured at a size are far too many even for the smallest one, in whatever columns: text
    /// takes room as the square of its size, and no other arrangement saves as much as this one lacks.
    fn hopeless(&self, blocks: &[Block], size: f64, smallest: f64) -> bool {
        let rooms: f64 = self.rooms.iter().sum();
        height(blocks) * size / rooms * (smallest / size).powi(2) > HOPELESS
    }

    fn area(&self) -> f64 {
        self.width * self.rooms.iter().sum::<f64>()
    }
}

/// How many times a page's room is beyond all help.
const HOPELESS: f64 = 1.7;

/// An arrangement and an index into the sizes.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
pub struct Choice {
    pub arrangement: usize,
    pub size: usize,
}

/// The largest size at which all blocks fit in some arrangement; of equal sizes the one that was found first. The inner
/// `None`: not even the smallest fits. The outer one is `measure`'s.
///
/// `sizes` ascend, pt. `measure` gives the blocks at an arrangement's width and a size. It must be monotone: with more ems
/// in a column no block becomes higher.
pub fn search(
    sizes: &[f64],
    arrangements: &[Arrangement],
    mut measure: impl FnMut(Choice) -> Option<Vec<Block>>,
) -> Option<Option<Choice>> {
    let mut known: Vec<(f64, Vec<Block>)> = Vec::new();
    let mut best: Option<Choice> = None;
    let Some(top) = sizes.len().checked_sub(1) else { return Some(None) };
    for index in in_order(arrangements) {
        let Some(arrangement) = arrangements.get(index) else { continue };
        let size = |step: usize| sizes.get(step).copied().unwrap_or(1.0);
        let hopeless = Cell::new(false);
        let mut ask = |known: &mut Vec<(f64, Vec<Block>)>, step: usize| -> Option<bool> {
            if let Some(answer) = told(known, arrangement, size(step)) {
                return Some(answer);
            }
            let blocks = measure(Choice { arrangement: index, size: step })?;
            let holds = arrangement.holds(&blocks, size(step));
            hopeless.set(hopeless.get() || arrangement.hopeless(&blocks, size(step), size(0)));
            known.push((arrangement.width / size(step), blocks));
            Some(holds)
        };
        // Only what is larger than the best is of interest.
        let least = best.map_or(0, |b| b.size + 1);
        if least > top {
            break;
        }
        let (mut low, mut high): (Option<usize>, usize) = (None, top + 1);
        let mut step = if best.is_some() { least } else { (top + 1) / 3 };
        while low.map_or(least, |l| l + 1) < high {
            step = step.clamp(low.map_or(least, |l| l + 1), high - 1);
            if ask(&mut known, step)? {
                low = Some(step)
            } else {
                high = step
            }
            if hopeless.get() && best.is_none() && low.is_none() {
                return Some(None);
            }
            step = self::guess(&known, arrangement, sizes, step, low.is_some() && high <= top);
        }
        if let Some(size) = low {
            best = Some(Choice { arrangement: index, size });
        }
    }
    Some(best)
}

/// Arrangements with most room first.
fn in_order(arrangements: &[Arrangement]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..arrangements.len()).collect();
    let area = |i: usize| arrangements.get(i).map_or(0.0, Arrangement::area);
    order.sort_by(|a, b| area(*b).total_cmp(&area(*a)).then(a.cmp(b)));
    order
}

/// What earlier measurements say: blocks of a wider column that do not fit, blocks of a narrower one that do.
fn told(known: &[(f64, Vec<Block>)], arrangement: &Arrangement, size: f64) -> Option<bool> {
    let ratio = arrangement.width / size;
    let wider = known.iter().filter(|(r, _)| *r >= ratio - 1e-9);
    if wider.into_iter().any(|(_, blocks)| !arrangement.holds(blocks, size)) {
        return Some(false);
    }
    let narrower = known.iter().filter(|(r, _)| *r <= ratio + 1e-9);
    narrower.into_iter().any(|(_, blocks)| arrangement.holds(blocks, size)).then_some(true)
}

/// The largest size that would fit if blocks changed with the width of the column as text does, from the measurement at
/// the nearest ratio; next to the step just asked where the answer is already between two neighbours.
fn guess(
    known: &[(f64, Vec<Block>)],
    arrangement: &Arrangement,
    sizes: &[f64],
    step: usize,
    near: bool,
) -> usize {
    let mut best = 0;
    for (i, size) in sizes.iter().enumerate() {
        let ratio = arrangement.width / size;
        let nearest = known.iter().min_by(|a, b| (a.0 - ratio).abs().total_cmp(&(b.0 - ratio).abs()));
        let Some((from, blocks)) = nearest else { return step };
        // About two thirds of a sheet's height are lines that run on; code and headings stay as they are.
        let grown = 0.35 + 0.65 * from / ratio;
        let scaled: Vec<Block> = blocks.iter().map(|b| Block { height: b.height * grown, ..*b }).collect();
        if arrangement.holds(&scaled, *size) {
            best = i;
        } else if near || i > best + 8 {
            break;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn block(height: f64) -> Block {
        Block { height, kind: Kind::Entry, keeps: false }
    }

    fn heading(height: f64) -> Block {
        Block { height, kind: Kind::Heading, keeps: true }
    }

    #[test]
    fn a_heading_goes_with_its_first_entry() {
        let blocks = [block(5.0), heading(1.0), block(4.0), block(4.0)];
        assert_eq!(breaks(&blocks), [0, 1, 3, 4]);
        assert_eq!(balance(&blocks, &[12.0, 12.0]), Some(vec![0..1, 1..4]));
        assert!(!fits(&blocks, &[7.0, 5.0]));
        assert!(fits(&blocks, &[7.0, 5.5, 4.0]));
        assert!(fits(&[], &[]) && !fits(&blocks, &[]));
    }

    #[test]
    fn columns_are_stretched_to_one_line_or_not_much() {
        let column = [block(5.0), block(5.0), block(5.0)];
        assert!((height(&column) - 15.0 - 2.0 * ENTRY_GAP).abs() < 1e-9);
        let tops = spread(&column, 17.0);
        assert!((tops[2] + 5.0 - 17.0).abs() < 1e-9 && tops[0] == 0.0);
        let loose = spread(&column, 40.0);
        assert!((loose[1] - 5.0 - ENTRY_GAP - STRETCH).abs() < 1e-9);
        assert!(spread(&[], 9.0).is_empty());
    }

    fn runs() -> impl Strategy<Value = Vec<Block>> {
        proptest::collection::vec((0.5..9.0f64, 0u8..5), 1..12).prop_map(|blocks| {
            let mut all: Vec<Block> =
                blocks.iter().map(|(h, kind)| if *kind == 0 { heading(*h) } else { block(*h) }).collect();
            // A heading never stands last.
            all.push(block(2.0));
            all
        })
    }

    proptest! {
        #[test]
        fn what_fits_can_be_balanced_and_no_cut_is_more_even(blocks in runs(), room in 4.0..30.0f64, columns in 1usize..4) {
            let rooms = vec![room; columns];
            let found = balance(&blocks, &rooms);
            prop_assert_eq!(found.is_some(), fits(&blocks, &rooms));
            // Brute force over all cuts at breaks.
            let breaks = breaks(&blocks);
            let mut best: Option<f64> = None;
            for cuts in 0..1u32 << (breaks.len() - 2) {
                let mut ends: Vec<usize> =
                    (0..breaks.len() - 2).filter(|i| cuts >> i & 1 == 1).map(|i| breaks[i + 1]).collect();
                ends.push(blocks.len());
                if ends.len() > columns {
                    continue;
                }
                let mut start = 0;
                let heights: Vec<f64> = ends.iter().map(|end| {
                    let own = height(&blocks[start..*end]);
                    start = *end;
                    own
                }).collect();
                if heights.iter().all(|h| *h <= room) {
                    let cost = heights.iter().map(|h| h * h).sum::<f64>();
                    best = Some(best.map_or(cost, |b: f64| b.min(cost)));
                }
            }
            prop_assert_eq!(found.is_some(), best.is_some());
            if let (Some(found), Some(best)) = (found, best) {
                prop_assert_eq!(found.len(), columns);
                prop_assert_eq!(found.iter().cloned().flatten().collect::<Vec<_>>(), (0..blocks.len()).collect::<Vec<_>>());
                let cost: f64 = found.iter().map(|c| height(&blocks[c.clone()]).powi(2)).sum();
                prop_assert!(cost <= best + 1e-6, "{} {}", cost, best);
            }
        }

        #[test]
        fn the_largest_size_is_found_with_few_questions(
            texts in proptest::collection::vec((10.0..400.0f64, 0.0..6.0f64), 1..30),
            widths in proptest::collection::vec(100.0..300.0f64, 1..5), room in 200.0..700.0f64,
        ) {
            let sizes: Vec<f64> = (0..60).map(|i| 6.5 + 0.1 * f64::from(i)).collect();
            let arrangements: Vec<Arrangement> = widths
                .iter()
                .enumerate()
                .map(|(i, width)| Arrangement { width: *width, rooms: vec![room + 20.0 * i as f64; 3] })
                .collect();
            // Lines of text, and code that stays as high as it is.
            let blocks = |c: Choice| -> Vec<Block> {
                let ratio = arrangements[c.arrangement].width / sizes[c.size];
                texts.iter().map(|(text, code)| block((text / ratio).ceil() * 1.24 + code)).collect()
            };
            let mut asked = 0;
            let found = search(&sizes, &arrangements, |choice| {
                asked += 1;
                Some(blocks(choice))
            });
            let mut best: Option<usize> = None;
            for (i, arrangement) in arrangements.iter().enumerate() {
                for (step, size) in sizes.iter().enumerate() {
                    if arrangement.holds(&blocks(Choice { arrangement: i, size: step }), *size) {
                        best = best.max(Some(step));
                    }
                }
            }
            prop_assert_eq!(found.unwrap().map(|c| c.size), best);
            prop_assert!(asked <= 8 + 3 * arrangements.len(), "{} questions", asked);
        }
    }
}
