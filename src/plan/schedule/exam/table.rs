//! Cards that compete for the minutes of days.

use super::best::best_days_near;
use crate::plan::schedule::days::Days;
use crate::plan::schedule::options::{CardInfo, Options};
use crate::plan::schedule::waves::Load;
use crate::plan::schedule::{Intake, Recalls, Standing};

/// A card's days, as offsets.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub introduced: i32,
    pub visits: Vec<i32>,
    /// So many visits stand: they are past.
    done: usize,
}

/// All cards with their days, and what each day still takes.
pub(super) struct Table<'a> {
    cards: &'a [CardInfo],
    days: &'a Days,
    exam: i32,
    capacity: f64,
    pub load: Load,
    /// `None` for cards that no day was left to introduce.
    pub courses: Vec<Option<Row>>,
    /// The first day to plan.
    from: i32,
    recalls: Recalls<'a>,
}

impl<'a> Table<'a> {
    pub fn new(
        cards: &'a [CardInfo],
        options: &'a Options,
        standing: &Standing,
        days: &'a Days,
        exam: i32,
        capacity: f64,
        intake: Intake,
    ) -> Self {
        let mut load = Load::none(days.open().len());
        let starts = standing.introductions(cards.len(), intake, days);
        let mut courses = Vec::with_capacity(cards.len());
        for (number, (card, start)) in cards.iter().zip(starts).enumerate() {
            if let Some(course) = standing.course(number) {
                let visits: Vec<i32> = course.visits.iter().map(|visit| visit.day).collect();
                courses.push(Some(Row { introduced: course.introduced, done: visits.len(), visits }));
                continue;
            }
            let day = start.and_then(|index| days.open().get(index));
            courses.push(day.map(|day| Row { introduced: *day, visits: Vec::new(), done: 0 }));
            if let Some(index) = start.filter(|_| options.count_introductions) {
                load.add(index, card.minutes);
            }
        }
        let recalls = Recalls::new(&options.fsrs);
        Self { cards, days, exam, capacity, load, courses, from: standing.from, recalls }
    }

    /// The first day on which introductions alone are too much.
    pub fn overfull(&self, limit: f64) -> Option<(usize, f64)> {
        self.load.minutes.iter().copied().enumerate().find(|(_, minutes)| *minutes > limit + 1e-9)
    }

    fn minutes(&self, card: usize) -> f64 {
        self.cards.get(card).map_or(0.0, |card| card.minutes)
    }

    fn has_room(&self, index: usize, minutes: f64) -> bool {
        self.load.minutes.get(index).is_some_and(|load| load + minutes <= self.capacity + 1e-9)
    }

    fn value(&mut self, card: usize, visits: &[i32]) -> f64 {
        let introduced = self.row(card).introduced;
        self.recalls.of(introduced, visits, self.exam).0
    }

    /// Only called for cards that have a row.
    fn row(&self, card: usize) -> &Row {
        const NONE: &Row = &Row { introduced: 0, visits: Vec::new(), done: 0 };
        self.courses.get(card).and_then(Option::as_ref).unwrap_or(NONE)
    }

    fn set(&mut self, card: usize, visit: usize, day: i32) {
        if let Some(Some(row)) = self.courses.get_mut(card)
            && let Some(slot) = row.visits.get_mut(visit)
        {
            *slot = day;
        }
    }

    /// Gives every card its best days among those with room.
    pub fn place(&mut self, visits: usize) {
        // Cards that stand alike share their best days until one of these is full.
        let mut last: Option<(i32, Vec<i32>, Vec<i32>)> = None;
        let mut near: Vec<i32> = Vec::new();
        for card in (0..self.courses.len()).rev() {
            let Some(row) = self.courses[card].clone() else { continue };
            let minutes = self.minutes(card);
            let fits = |this: &Self, day: &i32| this.has_room(this.days.index(*day), minutes);
            let reuse = last.take().filter(|(start, done, days)| {
                (*start, done) == (row.introduced, &row.visits) && days.iter().all(|day| fits(self, day))
            });
            let chosen = reuse.map(|(_, _, days)| days).unwrap_or_else(|| {
                let open = self.days.open().iter().copied();
                let allowed: Vec<i32> = open.filter(|day| *day >= self.from && fits(self, day)).collect();
                let more = visits.saturating_sub(row.done).max(1);
                let exam = self.exam;
                let mut recall = |days: &[i32]| self.recalls.of(row.introduced, days, exam).0;
                best_days_near(&mut recall, row.introduced, &row.visits, exam, &allowed, more, &near)
            });
            near.clone_from(&chosen);
            for day in &chosen {
                self.load.add(self.days.index(*day), minutes);
            }
            if let Some(Some(row)) = self.courses.get_mut(card) {
                row.visits.extend(&chosen);
            }
            last = Some((row.introduced, row.visits, chosen));
        }
    }

    fn move_load(&mut self, from: i32, to: i32, minutes: f64) {
        let (from, to) = (self.days.index(from), self.days.index(to));
        self.load.visits[from] -= 1;
        self.load.minutes[from] -= minutes;
        self.load.add(to, minutes);
    }

    /// The open days between a visit's neighbours.
    fn span(&self, card: usize, visit: usize) -> std::ops::Range<usize> {
        let row = self.row(card);
        let before = visit.checked_sub(1).and_then(|i| row.visits.get(i)).copied().unwrap_or(row.introduced);
        let after = row.visits.get(visit + 1).copied().unwrap_or(self.exam);
        self.days.index(before.saturating_add(1).max(self.from))..self.days.index(after)
    }

    /// Moves visits to better days with room. Whether any moved.
    pub fn relocate(&mut self) -> bool {
        let mut moved = false;
        for card in 0..self.courses.len() {
            let minutes = self.minutes(card);
            for visit in self.row(card).done..self.row(card).visits.len() {
                let mut days = self.row(card).visits.clone();
                let from = days[visit];
                let mut best = (self.value(card, &days) + 1e-9, from);
                for index in self.span(card, visit) {
                    let day = self.days.open()[index];
                    if day == from || !self.has_room(index, minutes) {
                        continue;
                    }
                    days[visit] = day;
                    let found = self.value(card, &days);
                    if found > best.0 {
                        best = (found, day);
                    }
                }
                if best.1 != from {
                    self.set(card, visit, best.1);
                    self.move_load(from, best.1, minutes);
                    moved = true;
                }
            }
        }
        moved
    }

    /// Lets a visit change places with another card's visit on the day it would like best, if both together gain.
    pub fn swap(&mut self) -> bool {
        let mut on: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.days.open().len()];
        for (card, row) in self.courses.iter().enumerate() {
            let Some(row) = row else { continue };
            for (visit, day) in row.visits.iter().enumerate().skip(row.done) {
                on[self.days.index(*day)].push((card, visit));
            }
        }
        let mut swapped = false;
        for card in 0..self.courses.len() {
            for visit in self.row(card).done..self.row(card).visits.len() {
                let mut days = self.row(card).visits.clone();
                let from = days[visit];
                let before = self.value(card, &days);
                let mut wish = (before + 1e-9, None);
                for index in self.span(card, visit) {
                    days[visit] = self.days.open()[index];
                    let found = self.value(card, &days);
                    if found > wish.0 {
                        wish = (found, Some(index));
                    }
                }
                let (after, Some(index)) = wish else { continue };
                let gain = after - before;
                let to = self.days.open()[index];
                let mut best: Option<(f64, usize, usize)> = None;
                for (other, theirs) in on[index].clone() {
                    if other == card || !self.exchangeable(card, other, from, to) {
                        continue;
                    }
                    let span = self.span(other, theirs);
                    if !span.contains(&self.days.index(from)) {
                        continue;
                    }
                    let mut changed = self.row(other).visits.clone();
                    let had = self.value(other, &changed);
                    changed[theirs] = from;
                    let loss = had - self.value(other, &changed);
                    if gain - loss > 1e-9 && best.is_none_or(|(least, ..)| loss < least) {
                        best = Some((loss, other, theirs));
                    }
                }
                if let Some((_, other, theirs)) = best {
                    let (mine, yours) = (self.minutes(card), self.minutes(other));
                    self.set(card, visit, to);
                    self.set(other, theirs, from);
                    self.move_load(from, to, mine);
                    self.move_load(to, from, yours);
                    on[index].retain(|entry| *entry != (other, theirs));
                    on[index].push((card, visit));
                    let home = self.days.index(from);
                    on[home].retain(|entry| *entry != (card, visit));
                    on[home].push((other, theirs));
                    swapped = true;
                }
            }
        }
        swapped
    }

    /// Whether both days keep their capacity when two cards change places.
    fn exchangeable(&self, card: usize, other: usize, from: i32, to: i32) -> bool {
        let more = self.minutes(card) - self.minutes(other);
        let fits = |day: i32, by: f64| {
            self.load.minutes.get(self.days.index(day)).is_some_and(|load| load + by <= self.capacity + 1e-9)
        };
        fits(to, more) && fits(from, -more)
    }
}
