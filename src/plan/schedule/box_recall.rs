//! What a Leitner box comes to on a day: recall, expected over every way its reviews can go.
//!
//! The plan does not know on which days a card of a box is seen, but it knows the rule: from every review the card goes
//! up or back to the start, and with that its next day is known.

use super::options::LeitnerBox;
use crate::plan::fsrs::{Fsrs, Grade, Memory};

/// Below this share of all cases a forgotten card is followed along one way only: it is known from then on.
const LEAST_SHARE: f64 = 1e-4;

/// A box and the days on which it is opened.
#[derive(Debug, Clone)]
pub struct Opened<'a> {
    pub kind: LeitnerBox,
    /// Of the dated box: days from a visit on a level to the next.
    pub intervals: &'a [u32],
    /// Days as offsets, ascending, and of the classic box the compartments due, from 1.
    pub days: Vec<(i32, Vec<u8>)>,
}

/// Where a card is.
#[derive(Debug, Copy, Clone)]
struct Filed {
    memory: Memory,
    /// The index of the day on which it was seen last.
    seen: usize,
    /// From 0.
    level: usize,
}

impl Opened<'_> {
    /// Expected recall on day `on` of cards that were first seen on the day of an index, and recall if all their reviews
    /// go well.
    pub fn recall(&self, fsrs: &Fsrs, introduced: usize, on: i32) -> (f64, f64) {
        let start = Filed { memory: fsrs.first(Grade::Good), seen: introduced, level: 0 };
        (self.expected(fsrs, start, on, 1.0), self.hopeful(fsrs, start, on))
    }

    fn day(&self, index: usize) -> i32 {
        self.days.get(index).map_or(0, |(day, _)| *day)
    }

    /// The index of the day on which a card comes up next; `None` where that is on `on` or later, or never.
    fn next(&self, card: Filed, on: i32) -> Option<usize> {
        let index = match self.kind {
            LeitnerBox::Dated => {
                let interval = self.intervals.get(card.level.min(self.intervals.len().checked_sub(1)?))?;
                let due = self.day(card.seen).saturating_add(i32::try_from(*interval).ok()?);
                self.days.partition_point(|(day, _)| *day < due)
            }
            LeitnerBox::Classic => {
                let level = u8::try_from(card.level + 1).ok()?;
                let later = self.days.iter().skip(card.seen + 1);
                card.seen + 1 + later.take_while(|(_, due)| !due.contains(&level)).count()
            }
        };
        self.days.get(index).filter(|(day, _)| *day < on).map(|_| index)
    }

    fn expected(&self, fsrs: &Fsrs, card: Filed, on: i32, share: f64) -> f64 {
        let since = |day: i32| day.saturating_sub(self.day(card.seen)).max(0).unsigned_abs();
        let Some(next) = self.next(card, on) else {
            return fsrs.recall(f64::from(since(on)), card.memory.stability);
        };
        let gap = since(self.day(next));
        let known = fsrs.recall(f64::from(gap), card.memory.stability);
        let up = Filed { memory: fsrs.pass(card.memory, gap), seen: next, level: card.level + 1 };
        let back = Filed { memory: fsrs.fail(card.memory, gap), seen: next, level: 0 };
        let lost = share * (1.0 - known);
        let after = if lost < LEAST_SHARE {
            self.hopeful(fsrs, back, on)
        } else {
            self.expected(fsrs, back, on, lost)
        };
        known * self.expected(fsrs, up, on, share * known) + (1.0 - known) * after
    }

    fn hopeful(&self, fsrs: &Fsrs, mut card: Filed, on: i32) -> f64 {
        let since = |card: Filed, day: i32| day.saturating_sub(self.day(card.seen)).max(0).unsigned_abs();
        while let Some(next) = self.next(card, on) {
            let memory = fsrs.pass(card.memory, since(card, self.day(next)));
            card = Filed { memory, seen: next, level: card.level + 1 };
        }
        fsrs.recall(f64::from(since(card, on)), card.memory.stability)
    }
}

#[cfg(test)]
mod tests {
    use super::super::leitner::{classic_levels, dated_intervals};
    use super::*;

    /// Boxes that are opened every day but each seventh.
    fn boxes(intervals: &[u32]) -> [Opened<'_>; 2] {
        let open = || (0..200).filter(|day| day % 7 != 6);
        let classic = open().zip(1..).map(|(day, n)| (day, classic_levels(n))).collect();
        [
            Opened {
                kind: LeitnerBox::Dated,
                intervals,
                days: open().map(|day| (day, Vec::new())).collect(),
            },
            Opened { kind: LeitnerBox::Classic, intervals: &[], days: classic },
        ]
    }

    #[test]
    fn the_forecast_of_a_box_is_what_chance_gives() {
        let fsrs = Fsrs::default();
        let intervals = dated_intervals(&fsrs, 0.9);
        let mut seed = 5_u64;
        let mut chance = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        for opened in boxes(&intervals) {
            for (start, on) in [(0, 90), (20, 200), (100, 230)] {
                let runs = 20_000;
                let mut right = 0;
                for _ in 0..runs {
                    // By hand: the card is looked for on every day.
                    let (mut memory, mut seen) = (fsrs.first(Grade::Good), opened.days[start].0);
                    let (mut level, mut due) = (1_usize, seen + intervals[0] as i32);
                    for (day, boxes) in &opened.days[start + 1..] {
                        let up = match opened.kind {
                            LeitnerBox::Dated => *day >= due,
                            LeitnerBox::Classic => boxes.iter().any(|b| usize::from(*b) == level),
                        };
                        if !up || *day >= on {
                            continue;
                        }
                        let gap = (day - seen) as u32;
                        let knew = chance() < fsrs.recall(f64::from(gap), memory.stability);
                        memory = if knew { fsrs.pass(memory, gap) } else { fsrs.fail(memory, gap) };
                        level = if knew { level + 1 } else { 1 };
                        seen = *day;
                        due = seen + intervals[(level - 1).min(intervals.len() - 1)] as i32;
                    }
                    right += u32::from(chance() < fsrs.recall(f64::from(on - seen), memory.stability));
                }
                let (expected, hopeful) = opened.recall(&fsrs, start, on);
                let sigma = (expected * (1.0 - expected) / f64::from(runs)).sqrt();
                let found = f64::from(right) / f64::from(runs);
                assert!((found - expected).abs() < 3.0 * sigma, "{:?}: {found} {expected}", opened.kind);
                assert!(expected < hopeful && hopeful < 1.0);
            }
        }
    }

    #[test]
    fn a_box_that_is_not_opened_is_only_forgotten() {
        let fsrs = Fsrs::default();
        let opened = Opened { kind: LeitnerBox::Dated, intervals: &[2], days: vec![(3, Vec::new())] };
        let alone = fsrs.recall(30.0, fsrs.first(Grade::Good).stability);
        assert_eq!(opened.recall(&fsrs, 0, 33), (alone, alone));
    }
}
