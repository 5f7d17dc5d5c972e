//! Visits in waves: the k-th visits of all cards, windows taken from the days on which their (k−1)-th really fall.
//!
//! Windows frozen around the nominal path would let real recall stray, since a window depends on when the visit
//! before it was. A wave is balanced exactly on top of all earlier ones; each leaves a certificate.

use super::balance::{Certificate, Window, balance, hall};
use super::days::Days;
use super::minutes::{MinutesBound, flatten_minutes, minutes_bound};
use crate::plan::fsrs::{Fsrs, Grade, LONGEST_INTERVAL, Memory};

/// Which recall a visit should meet.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Aim {
    /// From 0 to 1.
    pub retention: f64,
    /// Recall may lie this far above or below.
    pub tolerance: f64,
}

/// A card's way through the plan, days as offsets from the plan's start.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    pub introduced: i32,
    /// As it is after the last visit, all of them passed.
    pub memory: Memory,
    /// The day of the last visit, or of the introduction.
    pub last: i32,
    pub visits: Vec<Placed>,
}

/// A visit on its day.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Placed {
    pub day: i32,
    /// Recall on that day, if all before went well.
    pub recall: f64,
    /// Recall is outside the aim: days off, missed days or the length of a day left no better day.
    pub strained: bool,
}

impl Course {
    /// A card that is seen, and known, for the first time on a day.
    pub fn start(fsrs: &Fsrs, introduced: i32) -> Self {
        Self { introduced, memory: fsrs.first(Grade::Good), last: introduced, visits: Vec::new() }
    }

    /// Books a visit.
    pub fn visit(&mut self, fsrs: &Fsrs, aim: Aim, day: i32) {
        let gap = day.saturating_sub(self.last).max(0).unsigned_abs();
        let recall = fsrs.recall(f64::from(gap), self.memory.stability);
        self.memory = fsrs.pass(self.memory, gap);
        self.last = day;
        let strained = (recall - aim.retention).abs() > aim.tolerance + 1e-12;
        self.visits.push(Placed { day, recall, strained });
    }
}

/// What a wave came to, days as indices of open days.
#[derive(Debug, Clone, PartialEq)]
pub struct Wave {
    /// 1 for the first visits.
    pub number: usize,
    pub visits: usize,
    pub peak: u64,
    pub certificate: Certificate,
    /// Where visits differ in length: what the wave came to in minutes, and what no plan can go below.
    pub minutes: Option<(f64, MinutesBound)>,
}

/// The load of every open day.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    pub visits: Vec<u64>,
    pub minutes: Vec<f64>,
}

impl Load {
    /// Nothing on any of so many days.
    pub fn none(days: usize) -> Self {
        Self { visits: vec![0; days], minutes: vec![0.0; days] }
    }

    /// Adds one visit or introduction to a day.
    pub fn add(&mut self, index: usize, minutes: f64) {
        if let (Some(visits), Some(sum)) = (self.visits.get_mut(index), self.minutes.get_mut(index)) {
            *visits += 1;
            *sum += minutes;
        }
    }
}

/// The first and last whole day after a visit on which recall lies within the aim; the nearest day if there is none.
pub fn recall_window(fsrs: &Fsrs, stability: f64, aim: Aim) -> (u32, u32) {
    let recall = |day: u32| fsrs.recall(f64::from(day), stability);
    let (most, least) = (aim.retention + aim.tolerance, aim.retention - aim.tolerance);
    let whole = |days: f64| days.clamp(1.0, f64::from(LONGEST_INTERVAL)) as u32;
    // The inverse is off by rounding at whole days; the recall itself decides.
    let mut first = if most >= 1.0 { 1 } else { whole(fsrs.days_to(most, stability).ceil()) };
    while first > 1 && recall(first - 1) <= most {
        first -= 1;
    }
    while first < LONGEST_INTERVAL && recall(first) > most {
        first += 1;
    }
    let mut last = whole(fsrs.days_to(least.max(f64::MIN_POSITIVE), stability).floor());
    while last > 1 && recall(last) < least {
        last -= 1;
    }
    while last < LONGEST_INTERVAL && recall(last + 1) >= least {
        last += 1;
    }
    if first <= last && recall(last) >= least {
        return (first, last);
    }
    let nearest = fsrs.interval(aim.retention, stability);
    (nearest, nearest)
}

/// Plans all further visits of all courses, wave by wave, on top of the load that stands.
///
/// `minutes` is what a visit of each course takes; the number of visits is balanced exactly where all take the same,
/// the minutes by a heuristic where they differ. A card without a course is not introduced. `end` is the first day
/// after the plan: a visit whose window starts before it is planned, and left out if it falls on it or later; so
/// `days` may reach beyond, and a window that ends after the plan does not crowd its last days. `earliest` is the first day that visits may fall on. What should have been visited before is overdue and gets the
/// `catch_up` days from there on. Returns the waves; `load` grows by them.
#[allow(clippy::too_many_arguments)] // A plan's whole ground; a struct of it would be used once.
pub fn plan_waves(
    days: &Days,
    fsrs: &Fsrs,
    aim: Aim,
    courses: &mut [Option<Course>],
    minutes: &[f64],
    load: &mut Load,
    earliest: i32,
    end: i32,
    catch_up: i32,
) -> Vec<Wave> {
    let unequal = !equal(minutes);
    let mut waves = Vec::new();
    let mut going: Vec<usize> = (0..courses.len()).collect();
    while !going.is_empty() {
        let mut windows = Vec::with_capacity(going.len());
        going.retain(|card| {
            let found = courses
                .get(*card)
                .and_then(Option::as_ref)
                .and_then(|course| window(days, fsrs, aim, course, earliest, end, catch_up));
            windows.extend(found);
            found.is_some()
        });
        let Some(certificate) = hall(&load.visits, &windows).filter(|_| !going.is_empty()) else { break };
        let lengths: Vec<f64> = going.iter().map(|card| minutes.get(*card).copied().unwrap_or(0.0)).collect();
        let mut placed = balance(&load.visits, &windows).days;
        let bound = if unequal { minutes_bound(&load.minutes, &windows, &lengths) } else { None };
        for (day, length) in placed.iter().zip(&lengths) {
            load.add(*day, *length);
        }
        if unequal {
            let before = placed.clone();
            flatten_minutes(&mut load.minutes, &windows, &lengths, &mut placed);
            for (from, to) in before.iter().zip(&placed) {
                load.visits[*from] -= 1;
                load.visits[*to] += 1;
            }
        }
        let mut visits = 0;
        let mut placed = placed.iter();
        going.retain(|card| {
            let day = placed.next().and_then(|index| days.open().get(*index)).filter(|day| **day < end);
            if let (Some(Some(course)), Some(day)) = (courses.get_mut(*card), day) {
                course.visit(fsrs, aim, *day);
                visits += 1;
            }
            day.is_some()
        });
        waves.push(Wave {
            number: waves.len() + 1,
            visits,
            peak: load.visits.iter().copied().max().unwrap_or(0),
            certificate,
            minutes: bound.map(|bound| (load.minutes.iter().copied().fold(0.0, f64::max), bound)),
        });
    }
    waves
}

/// Whether all visits take the same time.
pub fn equal(minutes: &[f64]) -> bool {
    minutes.iter().zip(minutes.iter().skip(1)).all(|(a, b)| (a - b).abs() < 1e-9)
}

/// The next visit's window in open days; `None` once it lies beyond the plan.
fn window(
    days: &Days,
    fsrs: &Fsrs,
    aim: Aim,
    course: &Course,
    earliest: i32,
    end: i32,
    catch_up: i32,
) -> Option<Window> {
    let (first, last) = recall_window(fsrs, course.memory.stability, aim);
    let after = |days: u32| course.last.saturating_add(i32::try_from(days).unwrap_or(i32::MAX));
    let (first, last) = (after(first), after(last));
    if first >= end {
        return None;
    }
    if last < earliest {
        let (first, last) =
            days.between(earliest, earliest.saturating_add(catch_up - 1).min(end - 1)).or_else(|| {
                let day = days.at_or_after(earliest)?;
                days.between(day, day)
            })?;
        return Some(Window { first, last });
    }
    let first = first.max(earliest);
    if let Some((first, last)) = days.between(first, last) {
        return Some(Window { first, last });
    }
    if last >= i32::try_from(days.length()).unwrap_or(i32::MAX) {
        // Its open days lie beyond the plan.
        return None;
    }
    // Only days off: the open day around it whose recall is nearest.
    let next = days.index(first);
    let miss = |index: usize| {
        let day = *days.open().get(index)?;
        let gap = day.saturating_sub(course.last).max(0);
        let recall = fsrs.recall(f64::from(gap), course.memory.stability);
        Some((index, (recall - aim.retention).abs()))
    };
    let before = next
        .checked_sub(1)
        .filter(|index| days.open().get(*index).is_some_and(|day| *day > course.last && *day >= earliest))
        .and_then(miss);
    let (index, _) = before.into_iter().chain(miss(next)).min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    Some(Window { first: index, last: index })
}

/// The windows of all visits, frozen around the nominal path: each visit exactly an interval after the one before.
///
/// Windows that start on `end` or later are left out, and all are cut to `days`. Not a plan (real recall would stray), but
/// a problem whose optimum is known, and a yardstick for others.
pub fn frozen_windows(days: &Days, fsrs: &Fsrs, aim: Aim, introduced: &[i32], end: i32) -> Vec<Window> {
    frozen_windows_of(days, fsrs, aim, introduced, end).into_iter().map(|(_, window)| window).collect()
}

/// The same, each with the place of its card in `introduced`.
pub fn frozen_windows_of(
    days: &Days,
    fsrs: &Fsrs,
    aim: Aim,
    introduced: &[i32],
    end: i32,
) -> Vec<(usize, Window)> {
    // The path is the same for all cards: offsets of the windows from the introduction.
    let mut path = Vec::new();
    let (mut memory, mut day) = (fsrs.first(Grade::Good), 0_i32);
    while day < end {
        let (first, last) = recall_window(fsrs, memory.stability, aim);
        let at = |days: u32| day.saturating_add(i32::try_from(days).unwrap_or(i32::MAX));
        path.push((at(first), at(last)));
        let interval = fsrs.interval(aim.retention, memory.stability);
        memory = fsrs.pass(memory, interval);
        day = at(interval);
    }
    let windows = introduced.iter().enumerate().flat_map(|(card, start)| {
        path.iter()
            .map(move |(first, last)| (card, start.saturating_add(*first), start.saturating_add(*last)))
    });
    windows
        .filter_map(|(card, first, last)| {
            let (open, close) = days.between(first, last).filter(|_| first < end)?;
            Some((card, Window { first: open, last: close }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::schedule::days::DayOff;
    use jiff::civil::{Weekday, date};

    const AIM: Aim = Aim { retention: 0.9, tolerance: 0.02 };

    /// Day 0 = Monday 2026-01-05, days 0–119, Sundays and 2026-02-24 off; cards in order, so many per open day.
    pub fn named_case(cards: usize, per_day: usize) -> (Days, Vec<i32>) {
        let off = [DayOff::Weekday(Weekday::Sunday), DayOff::Date(date(2026, 2, 24))];
        let days = Days::new(date(2026, 1, 5), 120, &off);
        let introduced = (0..cards).map(|card| days.open()[card / per_day]).collect();
        (days, introduced)
    }

    #[test]
    fn the_window_is_the_published_share_of_stability() {
        let fsrs = Fsrs::default();
        // .73·S to 1.32·S.
        assert_eq!(format!("{:.2} {:.2}", fsrs.days_to(0.92, 1.0), fsrs.days_to(0.88, 1.0)), "0.73 1.32");
        assert_eq!(recall_window(&fsrs, 1000.0, AIM), (732, 1316));
        assert_eq!(recall_window(&fsrs, 2.3065, AIM), (2, 3));
        // No whole day of 0.5 is between .37 and .66: the nearest.
        assert_eq!(recall_window(&fsrs, 0.5, AIM), (1, 1));
        for stability in [0.3, 0.9, 1.1, 2.3065, 10.9643, 46.2802, 162.8622, 5000.0] {
            let (first, last) = recall_window(&fsrs, stability, AIM);
            let inside = |day: u32| (fsrs.recall(f64::from(day), stability) - 0.9).abs() <= 0.02;
            if inside(first) {
                assert!(inside(last) && !inside(last + 1) && (first == 1 || !inside(first - 1)));
            } else {
                assert_eq!(first, last);
            }
        }
    }

    #[test]
    fn frozen_windows_of_one_card_are_these() {
        // Visits nominally on days 2, 13, 59 and 222; first and last day of each window.
        let days = Days::new(date(2026, 1, 5), 400, &[]);
        let windows = frozen_windows(&days, &Fsrs::default(), AIM, &[0], 400);
        let found: Vec<_> = windows.iter().map(|w| (w.first, w.last)).collect();
        assert_eq!(found, [(2, 3), (11, 16), (47, 73), (179, 273)]);
    }

    #[test]
    fn frozen_windows_have_their_known_optimum() {
        let fsrs = Fsrs::default();
        for (per_day, optimum) in [(5, 13), (8, 16), (10, 20), (20, 34)] {
            let (days, introduced) = named_case(400, per_day);
            let windows = frozen_windows(&days, &fsrs, AIM, &introduced, 120);
            let base = vec![0; days.open().len()];
            let balanced = balance(&base, &windows);
            assert_eq!(balanced.peak(), optimum, "{per_day} a day");
            assert_eq!(hall(&base, &windows).unwrap().bound, optimum);
        }
    }

    #[test]
    fn waves_keep_every_visit_in_its_window() {
        let fsrs = Fsrs::default();
        let (days, introduced) = named_case(400, 10);
        let mut courses: Vec<Option<Course>> =
            introduced.iter().map(|day| Some(Course::start(&fsrs, *day))).collect();
        let mut load = Load::none(days.open().len());
        let waves = plan_waves(&days, &fsrs, AIM, &mut courses, &[0.5; 400], &mut load, 0, 120, 7);
        assert_eq!(waves.iter().map(|wave| wave.peak).collect::<Vec<_>>(), [10, 20, 20]);
        for wave in &waves {
            assert_eq!(wave.peak, wave.certificate.bound);
        }
        let mut counted = vec![0; days.open().len()];
        for course in courses.iter().flatten() {
            // From the emitted days alone.
            let (mut memory, mut last) = (fsrs.first(Grade::Good), course.introduced);
            for visit in &course.visits {
                let gap = (visit.day - last) as u32;
                let recall = fsrs.recall(f64::from(gap), memory.stability);
                assert!((recall - 0.9).abs() <= 0.02 + 1e-12, "{recall}");
                assert_eq!((recall, visit.strained), (visit.recall, false));
                memory = fsrs.pass(memory, gap);
                last = visit.day;
                let date = days.date(visit.day);
                assert!(
                    date.weekday() != Weekday::Sunday
                        && date != date.with().month(2).day(24).build().unwrap()
                );
                counted[days.open().binary_search(&visit.day).unwrap()] += 1;
            }
            // Nothing more was due within the plan.
            let (first, _) = recall_window(&fsrs, memory.stability, AIM);
            assert!(days.between(last + first as i32, 119).is_none());
        }
        assert_eq!(counted, load.visits);
    }
}
