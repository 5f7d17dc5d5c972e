//! Why a plan cannot be kept, and the smallest changes that mend it.

use jiff::civil::Date;

use super::days::DayOff;
use super::minutes::minutes_bound;
use super::options::{CardInfo, Fix, Impossible, Options, ScheduleError};
use super::{Outcome, Standing, run};

/// So many single days are tried whether opening them is enough.
const DAYS_TRIED: usize = 8;

/// The largest number of new cards a day, below `asked`, whose plan keeps the minutes.
///
/// Fewer new cards never make the fullest day fuller by much, so halving finds it; what it finds has been tried.
pub(super) fn most_that_fits(
    cards: &[CardInfo],
    options: &Options,
    standing: &Standing,
    asked: usize,
) -> Option<usize> {
    let fits = |count: usize| run(cards, options, standing, count).fits(options.minutes_per_day);
    let (mut low, mut high) = (0, asked);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if fits(middle) { low = middle } else { high = middle }
    }
    (low > 0).then_some(low)
}

/// The overfull interval and the fixes.
pub(super) fn impossible(
    cards: &[CardInfo],
    options: &Options,
    standing: &Standing,
    outcome: &Outcome,
    fewer: Option<usize>,
) -> ScheduleError {
    let days = &outcome.days;
    let limit = options.minutes_per_day.unwrap_or(f64::INFINITY);
    let (first, last, needed) = overfull(outcome, limit);
    let date = |index: usize| days.date(days.open().get(index).copied().unwrap_or(0));
    let (from, to) = (date(first), date(last));
    let mut fixes = Vec::new();
    let minutes = outcome.peak_minutes().ceil();
    if minutes <= 1440.0 {
        fixes.push(Fix::Minutes(minutes as u32));
    }
    fixes.extend(fewer.map(Fix::NewPerDay));
    fixes.extend(open_a_day(cards, options, standing, outcome, (from, to)));
    ScheduleError::Impossible(Impossible {
        from,
        to,
        open_days: last - first + 1,
        needed,
        available: limit * (last - first + 1) as f64,
        fixes,
    })
}

/// The shortest interval whose work is more than it holds: by the last wave's bound where that is over the limit,
/// else the fullest day itself.
fn overfull(outcome: &Outcome, limit: f64) -> (usize, usize, f64) {
    let load = &outcome.load.minutes;
    // All visits are placed: an interval's load is what its days hold.
    if let Some(bound) = outcome.waves.iter().rev().find_map(|wave| {
        let c = wave.certificate;
        let needed: f64 = load.get(c.first..=c.last)?.iter().sum();
        (needed > limit * c.days() as f64 + 1e-9).then_some((c.first, c.last, needed))
    }) {
        return bound;
    }
    minutes_bound(load, &[], &[]).map_or((0, 0, 0.0), |bound| (bound.first, bound.last, bound.load))
}

/// One day off that is enough to give up: a single day in the overfull interval or just beside it, else a whole
/// entry of the list.
fn open_a_day(
    cards: &[CardInfo],
    options: &Options,
    standing: &Standing,
    outcome: &Outcome,
    (from, to): (Date, Date),
) -> Option<Fix> {
    let fits = |off: Vec<DayOff>| {
        let options = Options { days_off: off, ..options.clone() };
        run(cards, &options, standing, outcome.new_per_day).fits(options.minutes_per_day)
    };
    let days = &outcome.days;
    let (first, last) = (days.offset(from) - 1, days.offset(to) + 1);
    let single = (first..=last)
        .filter(|day| *day >= 0 && (*day as usize) < days.length() && days.open().binary_search(day).is_err())
        .map(|day| days.date(day))
        .filter(|date| days.offset(*date) >= standing.from)
        .take(DAYS_TRIED)
        .find(|date| fits(without(options, *date, days.end())));
    if let Some(date) = single {
        return Some(Fix::Open(date));
    }
    options.days_off.iter().take(DAYS_TRIED).find_map(|off| {
        let rest = options.days_off.iter().filter(|other| *other != off).copied().collect();
        fits(rest).then(|| Fix::DropDayOff(off.to_string()))
    })
}

/// The days off with one day taken out of them.
fn without(options: &Options, date: Date, end: Date) -> Vec<DayOff> {
    let mut rest = Vec::new();
    for off in &options.days_off {
        if !off.covers(date) {
            rest.push(*off);
            continue;
        }
        // All other days that the entry covers, one by one.
        let mut day = options.start;
        while day <= end {
            if day != date && off.covers(day) {
                rest.push(DayOff::Date(day));
            }
            match day.tomorrow() {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
    }
    rest
}
