//! Cards onto dates.
//!
//! [`schedule`] turns a deck and [`Options`] into a [`Plan`]: fixed days in waves ([`waves`]), a Leitner box
//! ([`leitner`]), or days chosen for an exam ([`exam`]). Load is flattened with a certificate ([`balance`]).

pub mod balance;
pub mod box_recall;
pub mod days;
pub mod exam;
mod explain;
pub mod holidays;
pub mod leitner;
pub mod minutes;
pub mod options;
pub mod order;
mod proof;
mod replan;
pub mod rivals;
pub mod text;
pub mod waves;

pub use days::{DayOff, Days};
pub use leitner::{Leitner, LeitnerDay};
pub use options::{CardInfo, Fix, Impossible, LeitnerBox, Mode, Options, ScheduleError};
pub use proof::{Bound, MinutesGap, Proof, WaveProof};
pub use replan::{Done, Outlook, done_before, outlook, replan};

use std::collections::HashMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize, Serializer};

use super::fsrs::Fsrs;
use balance::{Certificate, Window, hall};
use minutes::{MinutesBound, minutes_bound};
use options::DEFAULT_NEW_PER_DAY;
use proof::prove;
use waves::{Course, Load, Wave, equal, frozen_windows_of, plan_waves};

/// Which card on which day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    pub mode: Mode,
    #[serde(serialize_with = "iso")]
    pub start: Date,
    /// The last day that can have a session.
    #[serde(serialize_with = "iso")]
    pub end: Date,
    #[serde(serialize_with = "iso_option")]
    pub exam: Option<Date>,
    /// Days that are not off.
    pub open_days: usize,
    /// Days with something to do, ascending.
    pub sessions: Vec<Session>,
    pub peak: Peak,
    /// In modes that balance: what shows that the peak is as low as can be.
    pub proof: Option<Proof>,
    /// The day of the forecast: the exam, else the day after the plan.
    #[serde(serialize_with = "iso")]
    pub forecast_day: Date,
    /// Recall on that day, by chapter.
    pub forecast: Vec<Forecast>,
    /// Cards for whose first look the days did not suffice.
    pub left_out: Vec<usize>,
    /// New cards a day that the plan was made with.
    pub new_per_day: usize,
    /// In Leitner mode: what is due, instead of visits.
    pub leitner: Option<Leitner>,
}

/// A day's work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Session {
    #[serde(serialize_with = "iso")]
    pub date: Date,
    /// Cards seen for the first time, in the order of the deck.
    pub introductions: Vec<usize>,
    /// Chapters interleaved.
    pub visits: Vec<Visit>,
    pub minutes: f64,
}

/// A card that comes back.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Visit {
    pub card: usize,
    /// 1 for the first after the introduction.
    pub k: usize,
    /// Recall on that day if all before went well.
    pub recall: f64,
    /// Recall is outside the tolerance: days off or missed days left no better day.
    pub strained: bool,
}

/// The fullest day.
#[derive(Debug, Copy, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Peak {
    #[serde(with = "text::option")]
    pub date: Option<Date>,
    /// Cards on it, introductions included where they count.
    pub cards: u64,
    pub minutes: f64,
}

/// Recall of a chapter on the day of the forecast.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Forecast {
    pub chapter: usize,
    pub cards: usize,
    /// Cards seen by then; the means are over them.
    pub introduced: usize,
    /// Expected over every way the visits can go.
    pub expected: f64,
    /// If all visits go well.
    pub hopeful: f64,
}

/// Makes a plan, or tells everything that is in its way.
///
/// Deterministic: the same deck and options give the same plan. Ten thousand cards over a year take well under two
/// seconds.
pub fn schedule(cards: &[CardInfo], options: &Options) -> Result<Plan, Vec<ScheduleError>> {
    let errors = options.check();
    if !errors.is_empty() {
        return Err(errors);
    }
    from_standing(cards, options, &Standing::default())
}

fn from_standing(
    cards: &[CardInfo],
    options: &Options,
    standing: &Standing,
) -> Result<Plan, Vec<ScheduleError>> {
    match options.mode {
        Mode::Plan => planned(cards, options, standing),
        Mode::Exam => exam::examined(cards, options, standing),
        Mode::Leitner => leitner::boxed(cards, options, standing),
    }
}

/// A plan in waves, on days of its own.
struct Outcome {
    days: Days,
    courses: Vec<Option<Course>>,
    /// Of the plan's own days.
    load: Load,
    /// The days of certificates, which may reach beyond the plan.
    grid: Days,
    waves: Vec<Wave>,
    frozen: Option<Certificate>,
    frozen_minutes: Option<MinutesBound>,
    new_per_day: usize,
}

impl Outcome {
    fn peak_minutes(&self) -> f64 {
        self.load.minutes.iter().copied().fold(0.0, f64::max)
    }

    /// Whether every day keeps the limit.
    fn fits(&self, limit: Option<f64>) -> bool {
        limit.is_none_or(|limit| self.peak_minutes() <= limit + 1e-9)
    }
}

/// How new cards are spread over open days.
#[derive(Debug, Copy, Clone)]
enum Intake {
    /// So many on each, until none are left.
    PerDay(usize),
    /// Evenly over so many: on each day as many as on any other, or one less.
    Over(usize),
}

/// Where a plan starts from: nothing yet, or a plan half done.
#[derive(Debug, Clone, Default)]
struct Standing {
    /// The first day to plan.
    from: i32,
    /// What was done of each card; missing ones are not introduced.
    courses: Vec<Option<Course>>,
}

impl Standing {
    fn course(&self, card: usize) -> Option<&Course> {
        self.courses.get(card).and_then(Option::as_ref)
    }

    /// Cards that are not introduced yet.
    fn fresh(&self, cards: usize) -> usize {
        (0..cards).filter(|card| self.course(*card).is_none()).count()
    }

    /// Introduces the cards that are not yet, so many on each open day: the index of the day for each card.
    fn introductions(&self, cards: usize, intake: Intake, days: &Days) -> Vec<Option<usize>> {
        let first = days.index(self.from);
        let all = self.fresh(cards).max(1);
        let mut fresh = 0;
        (0..cards)
            .map(|card| {
                if self.course(card).is_some() {
                    return None;
                }
                let index = match intake {
                    Intake::PerDay(count) => first + fresh / count.max(1),
                    Intake::Over(days) => first + fresh * days / all,
                };
                fresh += 1;
                (index < days.open().len()).then_some(index)
            })
            .collect()
    }
}

/// Introduces so many cards a day, then plans their visits.
fn run(cards: &[CardInfo], options: &Options, standing: &Standing, new_per_day: usize) -> Outcome {
    let (days, grid) = (options.days(), options.grid());
    let mut load = Load::none(grid.open().len());
    let mut courses: Vec<Option<Course>> =
        (0..cards.len()).map(|card| standing.course(card).cloned()).collect();
    let (mut introduced, mut lengths) = (Vec::new(), Vec::new());
    let starts = standing.introductions(cards.len(), Intake::PerDay(new_per_day), &days);
    for ((card, course), index) in cards.iter().zip(&mut courses).zip(starts) {
        let Some((index, day)) = index.and_then(|index| Some((index, *days.open().get(index)?))) else {
            continue;
        };
        *course = Some(Course::start(&options.fsrs, day));
        introduced.push(day);
        lengths.push(card.minutes);
        if options.count_introductions {
            load.add(index, card.minutes);
        }
    }
    let end = i32::try_from(days.length()).unwrap_or(i32::MAX);
    // The frozen problem is known only of a plan from its start.
    let (mut frozen, mut frozen_minutes) = (None, None);
    if standing.courses.is_empty() {
        let found = frozen_windows_of(&grid, &options.fsrs, options.aim(), &introduced, end);
        let windows: Vec<Window> = found.iter().map(|(_, window)| *window).collect();
        frozen = hall(&load.visits, &windows);
        if !equal(&lengths) {
            let each: Vec<f64> =
                found.iter().map(|(card, _)| lengths.get(*card).copied().unwrap_or(0.0)).collect();
            frozen_minutes = minutes_bound(&load.minutes, &windows, &each);
        }
    }
    let minutes: Vec<f64> = cards.iter().map(|card| card.minutes).collect();
    let (fsrs, aim) = (&options.fsrs, options.aim());
    let waves = plan_waves(&grid, fsrs, aim, &mut courses, &minutes, &mut load, standing.from, end, CATCH_UP);
    load.visits.truncate(days.open().len());
    load.minutes.truncate(days.open().len());
    Outcome { days, courses, load, grid, waves, frozen, frozen_minutes, new_per_day }
}

/// Days over which overdue cards are spread.
pub const CATCH_UP: i32 = 7;

/// Plan mode.
fn planned(cards: &[CardInfo], options: &Options, standing: &Standing) -> Result<Plan, Vec<ScheduleError>> {
    let asked = options.new_per_day.unwrap_or(DEFAULT_NEW_PER_DAY);
    let mut outcome = run(cards, options, standing, asked);
    if !outcome.fits(options.minutes_per_day) {
        let fewer = explain::most_that_fits(cards, options, standing, asked);
        match (options.new_per_day, fewer) {
            // Nobody asked for a number: the one that can be kept up.
            (None, Some(fewer)) => outcome = run(cards, options, standing, fewer),
            _ => return Err(vec![explain::impossible(cards, options, standing, &outcome, fewer)]),
        }
    }
    Ok(finish(cards, options, outcome))
}

fn finish(cards: &[CardInfo], options: &Options, outcome: Outcome) -> Plan {
    let Outcome { days, courses, load, grid, waves, frozen, frozen_minutes, new_per_day } = outcome;
    let proof = prove(&grid, &load, &waves, frozen, frozen_minutes);
    let sessions = sessions(cards, &days, &courses);
    let (forecast_day, forecast) = forecast(cards, options, &days, &courses);
    Plan {
        mode: options.mode,
        start: options.start,
        end: days.end(),
        exam: options.exam,
        open_days: days.open().len(),
        peak: peak(&days, &load),
        sessions,
        proof: Some(proof),
        forecast_day,
        forecast,
        left_out: left_out(&courses),
        new_per_day,
        leitner: None,
    }
}

/// Cards that were not introduced.
fn left_out(courses: &[Option<Course>]) -> Vec<usize> {
    courses.iter().enumerate().filter(|(_, course)| course.is_none()).map(|(card, _)| card).collect()
}

fn peak(days: &Days, load: &Load) -> Peak {
    let cards = load.visits.iter().copied().max().unwrap_or(0);
    let minutes = load.minutes.iter().copied().fold(0.0, f64::max);
    let at = load.minutes.iter().position(|m| *m >= minutes - 1e-9).filter(|_| minutes > 0.0);
    Peak { date: at.and_then(|index| days.open().get(index)).map(|day| days.date(*day)), cards, minutes }
}

/// The courses, day by day.
fn sessions(cards: &[CardInfo], days: &Days, courses: &[Option<Course>]) -> Vec<Session> {
    let mut table: Vec<(Vec<usize>, Vec<Visit>)> = vec![(Vec::new(), Vec::new()); days.open().len()];
    for (card, course) in courses.iter().enumerate() {
        let Some(course) = course else { continue };
        if let Some((introductions, _)) = table.get_mut(days.index(course.introduced))
            && course.introduced >= 0
        {
            introductions.push(card);
        }
        for (k, visit) in course.visits.iter().enumerate().filter(|(_, visit)| visit.day >= 0) {
            if let Some((_, visits)) = table.get_mut(days.index(visit.day)) {
                visits.push(Visit { card, k: k + 1, recall: visit.recall, strained: visit.strained });
            }
        }
    }
    let minutes = |card: usize| cards.get(card).map_or(0.0, |card| card.minutes);
    let chapter = |visit: &Visit| cards.get(visit.card).map_or(0, |card| card.chapter);
    table
        .into_iter()
        .zip(days.open())
        .filter(|((introductions, visits), _)| !introductions.is_empty() || !visits.is_empty())
        .map(|((introductions, visits), day)| {
            let all = introductions.iter().copied().chain(visits.iter().map(|visit| visit.card));
            let minutes = all.map(minutes).sum();
            let visits = order::interleave(visits, chapter);
            Session { date: days.date(*day), introductions, visits, minutes }
        })
        .collect()
}

/// Recall by chapter on the exam day, else on the day after the plan.
fn forecast(
    cards: &[CardInfo],
    options: &Options,
    days: &Days,
    courses: &[Option<Course>],
) -> (Date, Vec<Forecast>) {
    let offset = i32::try_from(days.length()).unwrap_or(i32::MAX);
    let day = options.exam.unwrap_or_else(|| days.date(offset));
    let mut recalls = Recalls::new(&options.fsrs);
    let mut chapters: std::collections::BTreeMap<usize, (usize, usize, f64, f64)> = Default::default();
    for (number, card) in cards.iter().enumerate() {
        let (total, seen, expected, hopeful) = chapters.entry(card.chapter).or_default();
        *total += 1;
        if let Some(course) = courses.get(number).and_then(Option::as_ref) {
            let days: Vec<i32> = course.visits.iter().map(|visit| visit.day).collect();
            let (e, h) = recalls.of(course.introduced, &days, offset);
            *seen += 1;
            *expected += e;
            *hopeful += h;
        }
    }
    let forecast = chapters
        .into_iter()
        .map(|(chapter, (cards, introduced, expected, hopeful))| {
            let mean = |sum: f64| if introduced == 0 { 0.0 } else { sum / introduced as f64 };
            Forecast { chapter, cards, introduced, expected: mean(expected), hopeful: mean(hopeful) }
        })
        .collect();
    (day, forecast)
}

/// Expected and hopeful recall, kept by the gaps between visits: many cards share them.
pub(crate) struct Recalls<'a> {
    fsrs: &'a Fsrs,
    known: HashMap<Vec<i32>, (f64, f64)>,
}

impl<'a> Recalls<'a> {
    pub(crate) fn new(fsrs: &'a Fsrs) -> Self {
        Self { fsrs, known: HashMap::new() }
    }

    pub(crate) fn of(&mut self, introduced: i32, visits: &[i32], exam: i32) -> (f64, f64) {
        let key: Vec<i32> = visits.iter().chain([&exam]).map(|day| day - introduced).collect();
        *self.known.entry(key).or_insert_with(|| {
            (
                self.fsrs.expected_recall(introduced, visits, exam),
                self.fsrs.hopeful_recall(introduced, visits, exam),
            )
        })
    }
}

/// A date as `2026-11-20`.
pub(crate) fn iso<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

pub(crate) fn iso_option<S: Serializer>(date: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => serializer.collect_str(date),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests;
