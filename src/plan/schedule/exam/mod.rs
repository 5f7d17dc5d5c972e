//! Exam mode: visit days chosen for recall on one date.
//!
//! A card's days are those of highest expected recall over all ways its visits can go ([`best_days`]). Cards compete
//! for the minutes of days: they are placed one after the other on days with room, the last introduced first (they
//! have the least choice), and then visits move and change places as long as that helps.

mod best;
mod table;

pub use best::best_days;

use super::days::Days;
use super::options::{CardInfo, Fix, Impossible, Options, ScheduleError};
use super::waves::{Course, Placed};
use super::{Intake, Plan, Standing, forecast, left_out, peak, sessions};
use table::Table;

/// The most visits that are planned for a card without a wish.
pub const MOST_VISITS: usize = 6;
/// Visits of a card where neither a number nor minutes are given.
const USUAL_VISITS: usize = 4;
/// Cards are first seen within this share of the open days.
const INTRODUCTIONS: f64 = 0.6;
/// Without minutes a day, no day takes more than this times the mean.
const CROWD: f64 = 1.25;
/// Passes over all visits; each stops early where nothing moves.
const PASSES: usize = 6;
/// Decks larger than this get a single pass, in which visits move and do not change places.
const LARGE: usize = 2_000;

/// A plan for an exam.
pub(super) fn examined(
    cards: &[CardInfo],
    options: &Options,
    standing: &Standing,
) -> Result<Plan, Vec<ScheduleError>> {
    let days = options.days();
    let exam = i32::try_from(days.length()).unwrap_or(i32::MAX);
    let intake = intake(&days, options, standing);
    let per_day = match intake {
        Intake::PerDay(count) => count,
        Intake::Over(span) => standing.fresh(cards.len()).div_ceil(span).max(1),
    };
    let (visits, capacity) = match room(cards, &days, options, standing) {
        Ok(found) => found,
        Err(impossible) => return Err(vec![ScheduleError::Impossible(*impossible)]),
    };
    let mut table = Table::new(cards, options, standing, &days, exam, capacity, intake);
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
        let swapped = cards.len() <= LARGE && table.swap();
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

/// As asked, else evenly over the first part of the plan.
fn intake(days: &Days, options: &Options, standing: &Standing) -> Intake {
    let left = days.open().len() - days.index(standing.from);
    let span = ((left as f64 * INTRODUCTIONS).floor() as usize).max(1);
    options.new_per_day.map_or(Intake::Over(span), Intake::PerDay)
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

#[cfg(test)]
mod tests;
