//! Exam mode: visit days chosen for recall on one date.
//!
//! A card's days are those of highest expected recall over all ways its visits can go ([`best_days`]). Cards compete
//! for the minutes of days: they are placed one after the other on days with room, the last introduced first (they
//! have the least choice), and then visits move and change places as long as that helps.

use super::days::Days;
use super::options::{CardInfo, Fix, Impossible, Options, ScheduleError};
use super::waves::{Course, Load, Placed};
use super::{Plan, Recalls, Standing, forecast, left_out, peak, sessions};
use crate::plan::fsrs::Fsrs;

/// The most visits that are planned for a card without a wish.
pub const MOST_VISITS: usize = 6;
/// Visits of a card where neither a number nor minutes are given.
const USUAL_VISITS: usize = 4;
/// Cards are first seen within this share of the open days.
const INTRODUCTIONS: f64 = 0.6;
/// Without minutes a day, no day takes more than this times the mean.
const CROWD: f64 = 1.25;
/// The schedule that everybody knows, in days after the introduction.
const FOLK: [i32; 6] = [1, 3, 7, 14, 30, 60];
/// Passes over all visits; each stops early where nothing moves.
const PASSES: usize = 6;
/// Decks larger than this get a single pass.
const LARGE: usize = 2_000;

/// The days, out of `allowed` (ascending), on which `visits` visits more give the highest expected recall on day `exam`
/// to a card that was introduced, and then visited on the days `done`.
///
/// Fewer days where fewer are allowed between the last visit and the exam. Found by ascent from several starts, one visit
/// and then two at a time; up to three visits the tests find it equal to trying all.
pub fn best_days(
    fsrs: &Fsrs,
    introduced: i32,
    done: &[i32],
    exam: i32,
    allowed: &[i32],
    visits: usize,
) -> Vec<i32> {
    let last = done.last().copied().unwrap_or(introduced);
    let allowed: Vec<i32> = allowed.iter().copied().filter(|day| *day > last && *day < exam).collect();
    let count = visits.min(allowed.len());
    if count == 0 {
        return Vec::new();
    }
    let value = |indices: &[usize]| {
        let new = indices.iter().map(|index| allowed[*index]);
        let days: Vec<i32> = done.iter().copied().chain(new).collect();
        fsrs.expected_recall(introduced, &days, exam)
    };
    let mut best: Option<(f64, Vec<usize>)> = None;
    for start in starts(last, exam, &allowed, count) {
        let found = ascend(start, allowed.len(), &value);
        if best.as_ref().is_none_or(|(most, _)| found.0 > *most) {
            best = Some(found);
        }
    }
    best.map(|(_, indices)| indices.iter().map(|index| allowed[*index]).collect()).unwrap_or_default()
}

/// Where to start from: the known schedule, equal gaps, and gaps that grow or shrink; as distinct allowed days.
fn starts(last: i32, exam: i32, allowed: &[i32], count: usize) -> Vec<Vec<usize>> {
    let span = f64::from(exam - last);
    let at = |share: f64| last.saturating_add((span * share).round() as i32);
    let steps = || (1..=count).map(|j| j as f64 / (count + 1) as f64);
    let mut wishes: Vec<Vec<i32>> = vec![
        steps().map(at).collect(),
        steps().map(|x| at(x * x)).collect(),
        steps().map(|x| at(x.sqrt())).collect(),
        steps().map(|x| at(x * x * x)).collect(),
    ];
    if count <= FOLK.len() {
        wishes.push(FOLK.iter().take(count).map(|day| last.saturating_add(*day)).collect());
    }
    wishes.into_iter().map(|days| distinct(&days, allowed)).collect()
}

/// The nearest allowed days, each taken once, ascending. `allowed` has at least as many.
fn distinct(wishes: &[i32], allowed: &[i32]) -> Vec<usize> {
    let mut taken: Vec<usize> = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let nearest = (0..allowed.len())
            .filter(|index| !taken.contains(index))
            .min_by_key(|index| (allowed[*index].abs_diff(*wish), *index));
        taken.extend(nearest);
    }
    taken.sort_unstable();
    taken
}

/// Moves one visit at a time to its best day, then two at once by a few days, until nothing helps.
fn ascend(mut at: Vec<usize>, days: usize, value: &impl Fn(&[usize]) -> f64) -> (f64, Vec<usize>) {
    let mut most = value(&at);
    loop {
        let before = most;
        for visit in 0..at.len() {
            let low = if visit == 0 { 0 } else { at[visit - 1] + 1 };
            let high = at.get(visit + 1).copied().unwrap_or(days);
            let mut chosen = at[visit];
            // With many visits every value is dear: look closely around, and from afar at every fourth day.
            let (near, few) = (at[visit], at.len() <= 3);
            for day in (low..high).filter(|day| few || day.abs_diff(near) <= 6 || day % 4 == 0) {
                at[visit] = day;
                let found = value(&at);
                if found > most + 1e-12 {
                    most = found;
                    chosen = day;
                }
            }
            at[visit] = chosen;
        }
        if most > before + 1e-12 {
            continue;
        }
        if let Some((found, moved)) = pair_move(&at, days, most, value) {
            most = found;
            at = moved;
        } else {
            return (most, at);
        }
    }
}

/// The first shift of two visits by up to three days each that helps.
fn pair_move(
    at: &[usize],
    days: usize,
    most: f64,
    value: &impl Fn(&[usize]) -> f64,
) -> Option<(f64, Vec<usize>)> {
    let shifted = |day: usize, by: isize| day.checked_add_signed(by).filter(|day| *day < days);
    for first in 0..at.len() {
        for second in first + 1..at.len() {
            for a in -3..=3_isize {
                for b in -3..=3_isize {
                    let (Some(x), Some(y)) = (shifted(at[first], a), shifted(at[second], b)) else {
                        continue;
                    };
                    let mut moved = at.to_vec();
                    moved[first] = x;
                    moved[second] = y;
                    if a == 0 || b == 0 || moved.windows(2).any(|w| w[0] >= w[1]) {
                        continue;
                    }
                    let found = value(&moved);
                    if found > most + 1e-12 {
                        return Some((found, moved));
                    }
                }
            }
        }
    }
    None
}

/// A plan for an exam.
pub(super) fn examined(
    cards: &[CardInfo],
    options: &Options,
    standing: &Standing,
) -> Result<Plan, Vec<ScheduleError>> {
    let days = options.days();
    let exam = i32::try_from(days.length()).unwrap_or(i32::MAX);
    let per_day = introductions_per_day(cards.len(), &days, options, standing);
    let (visits, capacity) = match room(cards, &days, options, standing) {
        Ok(found) => found,
        Err(impossible) => return Err(vec![ScheduleError::Impossible(*impossible)]),
    };
    let mut table = Table::new(cards, options, standing, &days, exam, capacity, per_day);
    if let Some(limit) = options.minutes_per_day
        && let Some((index, minutes)) = table.overfull(limit)
    {
        let date = days.date(days.open().get(index).copied().unwrap_or(0));
        let fewer = (1..per_day).rev().find(|count| {
            cards.chunks(*count).all(|chunk| chunk.iter().map(|c| c.minutes).sum::<f64>() <= limit + 1e-9)
                && cards.len().div_ceil(*count) < days.open().len()
        });
        let mut fixes = vec![Fix::Minutes(minutes.ceil() as u32)];
        fixes.extend(fewer.map(Fix::NewPerDay));
        return Err(vec![ScheduleError::Impossible(Impossible {
            from: date,
            to: date,
            open_days: 1,
            needed: minutes,
            available: limit,
            fixes,
        })]);
    }
    table.place(visits);
    let passes = if cards.len() > LARGE { 1 } else { PASSES };
    for _ in 0..passes {
        let moved = table.relocate();
        let swapped = table.swap();
        if !moved && !swapped {
            break;
        }
    }
    let Table { courses, load, .. } = table;
    let courses: Vec<Option<Course>> =
        courses.into_iter().map(|row| row.map(|row| course(options, row.introduced, &row.visits))).collect();
    let (forecast_day, forecast) = forecast(cards, options, &days, &courses);
    Ok(Plan {
        mode: options.mode,
        start: options.start,
        end: days.end(),
        exam: options.exam,
        open_days: days.open().len(),
        peak: peak(&days, &load),
        sessions: sessions(cards, &days, &courses),
        proof: None,
        forecast_day,
        forecast,
        left_out: left_out(&courses),
        new_per_day: per_day,
        leitner: None,
    })
}

fn course(options: &Options, introduced: i32, visits: &[i32]) -> Course {
    let mut course = Course::start(&options.fsrs, introduced);
    for day in visits {
        course.visit(&options.fsrs, options.aim(), *day);
    }
    // Its days aim at the exam, not at a recall of their own.
    course.visits.iter_mut().for_each(|visit: &mut Placed| visit.strained = false);
    course
}

/// As asked, else so many that all cards are seen in the first part of the plan.
fn introductions_per_day(cards: usize, days: &Days, options: &Options, standing: &Standing) -> usize {
    let left = days.open().len() - days.index(standing.from);
    let span = ((left as f64 * INTRODUCTIONS).floor() as usize).max(1);
    let fresh = (0..cards).filter(|card| standing.course(*card).is_none()).count();
    options.new_per_day.unwrap_or_else(|| fresh.div_ceil(span)).max(1)
}

/// Visits for each card, and the minutes that a day takes.
fn room(
    cards: &[CardInfo],
    days: &Days,
    options: &Options,
    standing: &Standing,
) -> Result<(usize, f64), Box<Impossible>> {
    let open_days = days.open().len() - days.index(standing.from);
    let open = open_days as f64;
    let round: f64 = cards.iter().map(|card| card.minutes).sum();
    let fresh = cards.iter().enumerate().filter(|(card, _)| standing.course(*card).is_none());
    let fresh: f64 = fresh.map(|(_, card)| card.minutes).sum();
    let first = if options.count_introductions { fresh } else { 0.0 };
    let wanted = options.exam_visits;
    let Some(limit) = options.minutes_per_day else {
        let visits = wanted.unwrap_or(USUAL_VISITS);
        let longest = cards.iter().map(|card| card.minutes).fold(0.0, f64::max);
        let mean = (first + round * visits as f64) / open;
        return Ok((visits, (mean * CROWD).max(longest)));
    };
    let held = limit * open;
    let most = if round > 0.0 { ((held - first) / round).floor().max(0.0) as usize } else { MOST_VISITS };
    let visits = wanted.unwrap_or(most.min(MOST_VISITS));
    if visits > most || visits == 0 {
        let needed = first + round * wanted.unwrap_or(1) as f64;
        let mut fixes = vec![Fix::Minutes((needed / open).ceil() as u32)];
        if wanted.is_some() && most > 0 {
            fixes.push(Fix::Visits(most));
        }
        fixes.push(Fix::Longer(((needed - held) / limit).ceil() as usize));
        return Err(Box::new(Impossible {
            from: days.date(standing.from),
            to: days.end(),
            open_days,
            needed,
            available: held,
            fixes,
        }));
    }
    Ok((visits, limit))
}

/// A card's days, as offsets.
#[derive(Debug, Clone)]
struct Row {
    introduced: i32,
    visits: Vec<i32>,
    /// So many visits stand: they are past.
    done: usize,
}

/// All cards with their days, and what each day still takes.
struct Table<'a> {
    cards: &'a [CardInfo],
    options: &'a Options,
    days: &'a Days,
    exam: i32,
    capacity: f64,
    load: Load,
    /// `None` for cards that no day was left to introduce.
    courses: Vec<Option<Row>>,
    /// The first day to plan.
    from: i32,
    recalls: Recalls<'a>,
}

impl<'a> Table<'a> {
    fn new(
        cards: &'a [CardInfo],
        options: &'a Options,
        standing: &Standing,
        days: &'a Days,
        exam: i32,
        capacity: f64,
        per_day: usize,
    ) -> Self {
        let mut load = Load::none(days.open().len());
        let starts = standing.introductions(cards.len(), per_day, days);
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
        Self { cards, options, days, exam, capacity, load, courses, from: standing.from, recalls }
    }

    /// The first day on which introductions alone are too much.
    fn overfull(&self, limit: f64) -> Option<(usize, f64)> {
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
    fn place(&mut self, visits: usize) {
        // Cards that stand alike share their best days until one of these is full.
        let mut last: Option<(i32, Vec<i32>, Vec<i32>)> = None;
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
                best_days(&self.options.fsrs, row.introduced, &row.visits, self.exam, &allowed, more)
            });
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
    fn relocate(&mut self) -> bool {
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
    fn swap(&mut self) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::schedule::days::DayOff;
    use crate::plan::schedule::{Mode, schedule};
    use jiff::civil::{Weekday, date};
    use proptest::prelude::*;

    fn exhaustive(fsrs: &Fsrs, introduced: i32, exam: i32, allowed: &[i32], visits: usize) -> f64 {
        fn go(
            fsrs: &Fsrs,
            introduced: i32,
            exam: i32,
            rest: &[i32],
            left: usize,
            days: &mut Vec<i32>,
        ) -> f64 {
            if left == 0 {
                return fsrs.expected_recall(introduced, days, exam);
            }
            let mut best = 0.0_f64;
            for (i, day) in rest.iter().enumerate() {
                days.push(*day);
                best = best.max(go(fsrs, introduced, exam, &rest[i + 1..], left - 1, days));
                days.pop();
            }
            best
        }
        let allowed: Vec<i32> = allowed.iter().copied().filter(|d| *d > introduced && *d < exam).collect();
        go(fsrs, introduced, exam, &allowed, visits.min(allowed.len()), &mut Vec::new())
    }

    #[test]
    fn chosen_days_beat_the_known_schedule_and_equal_gaps() {
        let fsrs = Fsrs::default();
        for exam in [30, 61, 90, 150] {
            let allowed: Vec<i32> = (1..exam).collect();
            for visits in 1..=6_usize {
                let best = fsrs.expected_recall(0, &best_days(&fsrs, 0, &[], exam, &allowed, visits), exam);
                let equal: Vec<i32> = (1..=visits as i32).map(|j| j * exam / (visits as i32 + 1)).collect();
                assert!(best >= fsrs.expected_recall(0, &equal, exam) - 1e-12);
                let folk: Vec<i32> = FOLK[..visits].iter().copied().filter(|day| *day < exam).collect();
                if folk.len() == visits {
                    assert!(best >= fsrs.expected_recall(0, &folk, exam) - 1e-12, "{visits} before {exam}");
                }
            }
        }
    }

    #[test]
    fn every_day_keeps_its_minutes_and_recall_is_better_than_unplanned() {
        let cards: Vec<CardInfo> = (0..120)
            .map(|i| CardInfo { chapter: i / 30, minutes: if i % 3 == 0 { 1.0 } else { 0.5 } })
            .collect();
        let options = Options {
            mode: Mode::Exam,
            exam: Some(date(2027, 3, 15)),
            minutes_per_day: Some(8.0),
            days_off: vec![DayOff::Weekday(Weekday::Sunday), DayOff::Date(date(2027, 2, 3))],
            ..Options::new(date(2027, 1, 4))
        };
        let plan = schedule(&cards, &options).unwrap();
        let mut visits = vec![0; cards.len()];
        for session in &plan.sessions {
            assert!(session.minutes <= 8.0 + 1e-9 && session.date < date(2027, 3, 15));
            assert!(!options.days_off.iter().any(|off| off.covers(session.date)));
            session.visits.iter().for_each(|visit| visits[visit.card] += 1);
        }
        assert!(plan.left_out.is_empty());
        // 80 minutes a round, 60 open days of 8: one round to see all, four to come back, all with 4 visits or nearly.
        let fewest = visits.iter().min().unwrap();
        assert!(*fewest >= 3, "{visits:?}");
        for forecast in &plan.forecast {
            assert_eq!(forecast.introduced, 30);
            assert!(forecast.expected > 0.93 && forecast.expected <= forecast.hopeful, "{forecast:?}");
        }
    }

    #[test]
    fn an_exam_too_near_is_explained() {
        let cards = vec![CardInfo { chapter: 0, minutes: 1.0 }; 300];
        let options = Options {
            mode: Mode::Exam,
            exam: Some(date(2027, 1, 24)),
            minutes_per_day: Some(20.0),
            ..Options::new(date(2027, 1, 4))
        };
        let errors = schedule(&cards, &options).unwrap_err();
        let [ScheduleError::Impossible(impossible)] = errors.as_slice() else { panic!("{errors:?}") };
        // 600 minutes into 20 days of 20.
        assert_eq!((impossible.needed, impossible.available, impossible.open_days), (600.0, 400.0, 20));
        assert_eq!(impossible.fixes, [Fix::Minutes(30), Fix::Longer(10)]);
        assert_eq!(
            errors[0].to_string(),
            "2027-01-04 to 2027-01-23 (20 open days) needs 600 minutes and has 400"
        );
        assert!(schedule(&cards, &Options { minutes_per_day: Some(30.0), ..options.clone() }).is_ok());
        assert!(schedule(&cards, &Options { exam: Some(date(2027, 2, 3)), ..options }).is_ok());
    }

    #[test]
    fn a_single_card_gets_its_best_days() {
        let options = Options {
            mode: Mode::Exam,
            exam: Some(date(2027, 4, 4)),
            exam_visits: Some(3),
            minutes_per_day: Some(20.0),
            ..Options::new(date(2027, 1, 4))
        };
        let plan = schedule(&[CardInfo { chapter: 0, minutes: 0.5 }], &options).unwrap();
        let days: Vec<i32> = plan
            .sessions
            .iter()
            .filter(|s| !s.visits.is_empty())
            .map(|s| crate::plan::schedule::days::days_between(options.start, s.date))
            .collect();
        let fsrs = Fsrs::default();
        let allowed: Vec<i32> = (1..90).collect();
        let found = fsrs.expected_recall(0, &days, 90);
        assert!(found >= exhaustive(&fsrs, 0, 90, &allowed, 3) - 1e-12);
        assert!((plan.forecast[0].expected - found).abs() < 1e-12);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn up_to_three_visits_are_as_good_as_trying_all(
            exam in 2i32..70, introduced in 0i32..20, visits in 1usize..=3, off in 0u32..0x7f, seed in 0u64..1000,
        ) {
            let fsrs = Fsrs::default();
            // Weekdays off, and single days besides.
            let allowed: Vec<i32> = (0..exam)
                .filter(|day| off >> (day % 7) & 1 == 0)
                .filter(|day| (seed.wrapping_mul(6_364_136_223_846_793_005) >> (day % 61)) & 7 != 0)
                .collect();
            let days = best_days(&fsrs, introduced, &[], exam, &allowed, visits);
            prop_assert!(days.windows(2).all(|w| w[0] < w[1]));
            prop_assert!(days.iter().all(|day| allowed.contains(day) && *day > introduced && *day < exam));
            let best = exhaustive(&fsrs, introduced, exam, &allowed, visits);
            prop_assert!(fsrs.expected_recall(introduced, &days, exam) >= best - 1e-12, "{:?}", days);
        }
    }
}
