//! Leitner boxes: cards that move, and a plan that says which are due.
//!
//! *Dated* dividers: a card is filed behind the date of its next visit; a known card climbs a level, a forgotten one
//! starts again. Load stays flat under constant intake. The *classic* box has seven compartments on a calendar of 64
//! days (as in ncase's *How to remember anything forever-ish*); its peak is many times its mean.

use jiff::civil::Date;
use serde::Serialize;

use super::days::Days;
use super::options::{CardInfo, DEFAULT_NEW_PER_DAY, Fix, Impossible, LeitnerBox, Options, ScheduleError};
use super::waves::Load;
use super::{Intake, Peak, Plan, Session, Standing, iso};
use crate::plan::fsrs::{Fsrs, Grade};

/// The classic calendar's length.
pub const CLASSIC_DAYS: u32 = 64;
/// The classic box's compartments.
pub const CLASSIC_LEVELS: u8 = 7;
/// Levels of the dated box: the last one is far beyond a year.
const MOST_LEVELS: usize = 7;

/// What a Leitner plan prints besides sessions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leitner {
    pub kind: LeitnerBox,
    /// Days from a visit on this level to the next, level 1 first; empty for the classic box.
    pub intervals: Vec<u32>,
    /// One for each open day.
    pub days: Vec<LeitnerDay>,
    /// The dates that need a divider, ascending; none for the classic box.
    #[serde(serialize_with = "iso_list")]
    pub dividers: Vec<Date>,
}

/// A day at the box.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeitnerDay {
    #[serde(serialize_with = "iso")]
    pub date: Date,
    /// Compartments due, highest first (classic); empty where the divider says it (dated).
    pub levels: Vec<u8>,
    /// Where a card goes that is now on level i + 1 (dated): the divider to file it behind, if the plan lasts so long.
    pub file: Vec<Option<FileUnder>>,
    /// Cards that are likely to be due, introductions not counted.
    pub expected: f64,
}

/// A divider's date.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct FileUnder(#[serde(serialize_with = "iso")] pub Date);

fn iso_list<S: serde::Serializer>(dates: &[Date], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(dates.iter().map(ToString::to_string))
}

/// The compartments due on a day of the classic calendar, counted from 1 and repeating after 64, highest first.
pub fn classic_levels(day: u32) -> Vec<u8> {
    let day = (day.max(1) - 1) % CLASSIC_DAYS + 1;
    let due = [
        (7, day == 56),
        (6, day == 24 || day == 59),
        (5, day % 16 == 12),
        (4, day % 16 == 4 || day % 16 == 13),
        (3, day % 4 == 2),
        (2, day % 2 == 1),
        (1, true),
    ];
    due.into_iter().filter(|(_, due)| *due).map(|(level, _)| level).collect()
}

/// The dated box's intervals: those of a card that is always known, from the retention asked.
pub fn dated_intervals(fsrs: &Fsrs, retention: f64) -> Vec<u32> {
    let mut memory = fsrs.first(Grade::Good);
    let mut intervals = Vec::new();
    while intervals.len() < MOST_LEVELS {
        let interval = fsrs.interval(retention, memory.stability);
        intervals.push(interval);
        if interval > 365 {
            break;
        }
        memory = fsrs.pass(memory, interval);
    }
    intervals
}

/// A Leitner plan whose expected minutes keep the limit: with fewer new cards a day than usual where nobody asked for
/// a number.
pub(super) fn boxed(
    cards: &[CardInfo],
    options: &Options,
    standing: &Standing,
) -> Result<Plan, Vec<ScheduleError>> {
    let asked = options.new_per_day.unwrap_or(DEFAULT_NEW_PER_DAY).max(1);
    let plan = filled(cards, options, standing, asked);
    let Some(limit) = options.minutes_per_day.filter(|limit| plan.peak.minutes > *limit + 1e-9) else {
        return Ok(plan);
    };
    let fewer = (1..asked)
        .rev()
        .map(|count| filled(cards, options, standing, count))
        .find(|plan| plan.peak.minutes <= limit + 1e-9);
    match (options.new_per_day, fewer) {
        (None, Some(plan)) => Ok(plan),
        (_, fewer) => {
            let day = plan.peak.date.unwrap_or(plan.start);
            let mut fixes = vec![Fix::Minutes(plan.peak.minutes.ceil() as u32)];
            fixes.extend(fewer.map(|plan| Fix::NewPerDay(plan.new_per_day)));
            Err(vec![ScheduleError::Impossible(Impossible {
                from: day,
                to: day,
                open_days: 1,
                needed: plan.peak.minutes,
                available: limit,
                fixes,
            })])
        }
    }
}

/// A Leitner plan: introductions on their days, and what is due.
fn filled(cards: &[CardInfo], options: &Options, standing: &Standing, new_per_day: usize) -> Plan {
    let days = options.days();
    let mut load = Load::none(days.open().len());
    let mut intake = vec![Vec::new(); days.open().len()];
    let mut left_out = Vec::new();
    let starts = standing.introductions(cards.len(), Intake::PerDay(new_per_day), &days);
    for (number, (card, start)) in cards.iter().zip(starts).enumerate() {
        let done = standing.course(number).map(|course| days.index(course.introduced));
        let index = done.or(start);
        match index.and_then(|index| intake.get_mut(index).zip(Some(index))) {
            Some((new, index)) => {
                new.push(number);
                load.add(index, card.minutes);
            }
            None => left_out.push(number),
        }
    }
    let counts: Vec<usize> = intake.iter().map(Vec::len).collect();
    let leitner = match options.leitner {
        LeitnerBox::Dated => dated(options, &days, &counts),
        LeitnerBox::Classic => classic(&days, &counts, options.retention),
    };
    let mean = cards.iter().map(|card| card.minutes).sum::<f64>() / cards.len().max(1) as f64;
    let mut sessions = Vec::with_capacity(leitner.days.len());
    let mut peak = Peak { date: None, cards: 0, minutes: 0.0 };
    for ((day, introductions), introduced) in leitner.days.iter().zip(intake).zip(&load.minutes) {
        let minutes = introduced + day.expected * mean;
        if minutes > peak.minutes {
            let cards = (day.expected + introductions.len() as f64).round() as u64;
            peak = Peak { date: Some(day.date), cards, minutes };
        }
        sessions.push(Session { date: day.date, introductions, visits: Vec::new(), minutes });
    }
    let offset = i32::try_from(days.length()).unwrap_or(i32::MAX);
    Plan {
        mode: options.mode,
        start: options.start,
        end: days.end(),
        exam: options.exam,
        open_days: days.open().len(),
        sessions,
        peak,
        proof: None,
        forecast_day: options.exam.unwrap_or_else(|| days.date(offset)),
        // The plan does not know which days a card gets.
        forecast: Vec::new(),
        left_out,
        new_per_day,
        leitner: Some(leitner),
    }
}

/// Dated dividers: a visit that falls on a day off moves to the next open day.
fn dated(options: &Options, days: &Days, intake: &[usize]) -> Leitner {
    let intervals = dated_intervals(&options.fsrs, options.retention);
    let open = days.open();
    let after = |index: usize, interval: u32| {
        let due = open.get(index)?.checked_add(i32::try_from(interval).ok()?)?;
        Some(days.index(due)).filter(|index| *index < open.len())
    };
    // Expected cards due on each day, by the level they are on.
    let mut due = vec![vec![0.0_f64; intervals.len()]; open.len()];
    let mut expected = vec![0.0; open.len()];
    let add = |due: &mut Vec<Vec<f64>>, index: usize, level: usize, cards: f64| {
        let Some(interval) = intervals.get(level) else { return };
        if let Some(cell) = after(index, *interval).and_then(|to| due.get_mut(to)?.get_mut(level)) {
            *cell += cards;
        }
    };
    for (index, new) in intake.iter().enumerate() {
        add(&mut due, index, 0, *new as f64);
        for level in 0..intervals.len() {
            let cards = due.get(index).and_then(|levels| levels.get(level)).copied().unwrap_or(0.0);
            if let Some(sum) = expected.get_mut(index) {
                *sum += cards;
            }
            let up = (level + 1).min(intervals.len() - 1);
            add(&mut due, index, up, cards * options.retention);
            add(&mut due, index, 0, cards * (1.0 - options.retention));
        }
    }
    let plan: Vec<LeitnerDay> = open
        .iter()
        .zip(expected)
        .enumerate()
        .map(|(index, (day, expected))| LeitnerDay {
            date: days.date(*day),
            levels: Vec::new(),
            file: intervals
                .iter()
                .map(|interval| {
                    let to = after(index, *interval)?;
                    open.get(to).map(|day| FileUnder(days.date(*day)))
                })
                .collect(),
            expected,
        })
        .collect();
    let dividers = plan.iter().skip(1).map(|day| day.date).collect();
    Leitner { kind: LeitnerBox::Dated, intervals, days: plan, dividers }
}

/// The classic box: its days are counted over open days, so that a day off skips nothing.
fn classic(days: &Days, intake: &[usize], retention: f64) -> Leitner {
    let levels = usize::from(CLASSIC_LEVELS);
    let mut held = vec![0.0_f64; levels];
    let mut plan = Vec::with_capacity(days.open().len());
    for (index, day) in days.open().iter().enumerate() {
        let due = classic_levels(u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1));
        let mut expected = 0.0;
        let mut failed = 0.0;
        // From the top, so that a card climbs one level a day.
        for level in due.iter().map(|level| usize::from(*level) - 1) {
            let cards = held.get(level).copied().unwrap_or(0.0);
            expected += cards;
            failed += cards * (1.0 - retention);
            if let Some(cell) = held.get_mut(level) {
                *cell = 0.0;
            }
            // Above the seventh a card is learnt and leaves the box.
            if let Some(cell) = held.get_mut(level + 1) {
                *cell += cards * retention;
            }
        }
        if let Some(first) = held.first_mut() {
            *first += failed + intake.get(index).copied().unwrap_or(0) as f64;
        }
        plan.push(LeitnerDay { date: days.date(*day), levels: due, file: Vec::new(), expected });
    }
    Leitner { kind: LeitnerBox::Classic, intervals: Vec::new(), days: plan, dividers: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::schedule::days::DayOff;
    use crate::plan::schedule::{Mode, schedule};
    use jiff::civil::{Weekday, date};

    fn deck(count: usize) -> Vec<CardInfo> {
        vec![CardInfo { chapter: 0, minutes: 0.5 }; count]
    }

    fn options(kind: LeitnerBox) -> Options {
        Options { mode: Mode::Leitner, leitner: kind, ..Options::new(date(2027, 1, 4)) }
    }

    #[test]
    fn the_classic_calendar_has_its_known_days() {
        assert_eq!(classic_levels(1), [2, 1]);
        assert_eq!(classic_levels(2), [3, 1]);
        assert_eq!(classic_levels(4), [4, 1]);
        assert_eq!(classic_levels(12), [5, 1]);
        assert_eq!(classic_levels(13), [4, 2, 1]);
        assert_eq!(classic_levels(24), [6, 1]);
        assert_eq!(classic_levels(56), [7, 1]);
        assert_eq!(classic_levels(59), [6, 2, 1]);
        assert_eq!(classic_levels(64), [1]);
        assert_eq!(classic_levels(65), classic_levels(1));
        let times = |level| (1..=64).filter(|day| classic_levels(*day).contains(&level)).count();
        assert_eq!((1..=7).map(times).collect::<Vec<_>>(), [64, 32, 16, 8, 4, 2, 1]);
    }

    #[test]
    fn dated_load_is_flat_under_constant_intake() {
        let options = Options { new_per_day: Some(10), length: Some(730), ..options(LeitnerBox::Dated) };
        let plan = schedule(&deck(7300), &options).unwrap();
        let loads: Vec<f64> = plan.leitner.unwrap().days.iter().skip(365).map(|day| day.expected).collect();
        let mean = loads.iter().sum::<f64>() / loads.len() as f64;
        let most = loads.iter().copied().fold(0.0, f64::max);
        assert!(most / mean < 1.2, "{}", most / mean);
    }

    #[test]
    fn classic_load_is_not() {
        let days = Days::new(date(2027, 1, 4), 64 * 20, &[]);
        let plan = classic(&days, &vec![10; 64 * 20], 1.0);
        let loads: Vec<f64> = plan.days.iter().skip(64 * 10).map(|day| day.expected).collect();
        // Ten new cards a day, all known: each is seen seven times, and day 56 holds a whole cycle of level 7.
        let mean = loads.iter().sum::<f64>() / loads.len() as f64;
        let most = loads.iter().copied().fold(0.0, f64::max);
        assert!((mean - 70.0).abs() < 1e-9 && (most - 650.0).abs() < 1e-9, "{mean} {most}");
    }

    #[test]
    fn cards_are_filed_behind_open_days() {
        let off = vec![DayOff::Weekday(Weekday::Saturday), DayOff::Weekday(Weekday::Sunday)];
        let plan =
            schedule(&deck(100), &Options { days_off: off.clone(), ..options(LeitnerBox::Dated) }).unwrap();
        let leitner = plan.leitner.unwrap();
        assert_eq!(leitner.intervals, [2, 11, 46, 163, 497]);
        // Monday 4 January: 2 days on is Wednesday, 11 days on Friday 15.
        let first = &leitner.days[0];
        assert_eq!(first.file[0], Some(FileUnder(date(2027, 1, 6))));
        assert_eq!(first.file[1], Some(FileUnder(date(2027, 1, 15))));
        assert_eq!(first.file[4], None);
        // Thursday 7: two days on is Saturday, so Monday.
        assert_eq!(leitner.days[3].file[0], Some(FileUnder(date(2027, 1, 11))));
        for day in &leitner.days {
            for under in day.file.iter().flatten() {
                assert!(leitner.dividers.contains(&under.0));
                assert!(!off.iter().any(|off| off.covers(under.0)));
            }
        }
        assert_eq!(plan.sessions.iter().map(|s| s.introductions.len()).sum::<usize>(), 100);
    }

    #[test]
    fn a_box_keeps_its_minutes() {
        let limited = Options { minutes_per_day: Some(12.0), ..options(LeitnerBox::Dated) };
        let plan = schedule(&deck(2000), &limited).unwrap();
        assert!(plan.peak.minutes <= 12.0 && (1..10).contains(&plan.new_per_day), "{:?}", plan.peak);
        let asked = Options { new_per_day: Some(10), ..limited.clone() };
        let errors = schedule(&deck(2000), &asked).unwrap_err();
        let [ScheduleError::Impossible(impossible)] = errors.as_slice() else { panic!() };
        let Some(Fix::Minutes(minutes)) = impossible.fixes.first() else { panic!() };
        assert_eq!(impossible.fixes.get(1), Some(&Fix::NewPerDay(plan.new_per_day)));
        assert!(
            schedule(&deck(2000), &Options { minutes_per_day: Some(f64::from(*minutes)), ..asked }).is_ok()
        );
    }
}
