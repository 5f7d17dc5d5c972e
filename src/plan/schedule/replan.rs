//! Planning again from a day on: the past stands, the rest is caught up.

use jiff::civil::Date;

use super::days::days_between;
use super::options::{CardInfo, Options, ScheduleError};
use super::waves::Course;
use super::{Forecast, Plan, Session, Standing, forecast, from_standing};

/// What was done on a day.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct Done {
    pub date: Date,
    pub introductions: Vec<usize>,
    pub visits: Vec<usize>,
}

/// What a plan's sessions before `from` come to, if all was done but what lies in `missed` (first and last day
/// included).
pub fn done_before(sessions: &[Session], from: Date, missed: Option<(Date, Date)>) -> Vec<Done> {
    sessions
        .iter()
        .filter(|session| session.date < from)
        .filter(|session| missed.is_none_or(|(first, last)| !(first..=last).contains(&session.date)))
        .map(|session| Done {
            date: session.date,
            introductions: session.introductions.clone(),
            visits: session.visits.iter().map(|visit| visit.card).collect(),
        })
        .collect()
}

/// Plans the days from `from` on. What was done stands; cards that were to be seen first and were not are
/// introduced now, in the order of the deck; visits that are overdue fall into the next days.
///
/// The sessions returned are those from `from` on: pages of earlier days stay as they were printed. Visits of a card
/// whose introduction is missing from `done` count for nothing.
pub fn replan(
    cards: &[CardInfo],
    options: &Options,
    done: &[Done],
    from: Date,
) -> Result<Plan, Vec<ScheduleError>> {
    let mut errors = options.check();
    let days = options.days();
    let last = options.exam.unwrap_or_else(|| days.end());
    if from < options.start || from > last {
        errors.push(ScheduleError::Nonsense {
            key: "start",
            message: format!("{from} is not a day of the plan ({} to {last})", options.start),
            hint: "plan again from a day between its start and its end".to_string(),
        });
    } else if errors.is_empty() && days.at_or_after(days.offset(from)).is_none() {
        errors.push(ScheduleError::Nonsense {
            key: "days-off",
            message: format!("every day from {from} to {} is off", days.end()),
            hint: "leave some days to learn on".to_string(),
        });
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let courses = courses(cards, options, done, from);
    let mut plan = from_standing(cards, options, &Standing { from: days.offset(from), courses })?;
    plan.sessions.retain(|session| session.date >= from);
    Ok(plan)
}

/// The cards' ways so far, each visit passed; visits on a day on or after `until` do not count.
fn courses(cards: &[CardInfo], options: &Options, done: &[Done], until: Date) -> Vec<Option<Course>> {
    let mut past: Vec<&Done> = done.iter().filter(|done| done.date < until).collect();
    past.sort_by_key(|done| done.date);
    let mut courses: Vec<Option<Course>> = vec![None; cards.len()];
    for done in past {
        let day = days_between(options.start, done.date);
        for card in &done.introductions {
            if let Some(slot) = courses.get_mut(*card) {
                slot.get_or_insert_with(|| Course::start(&options.fsrs, day));
            }
        }
        for card in &done.visits {
            if let Some(Some(course)) = courses.get_mut(*card)
                && day > course.last
            {
                course.visit(&options.fsrs, options.aim(), day);
            }
        }
    }
    courses
}

/// What sessions come to, known from their days alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The exam, else the day after the plan.
    pub day: Date,
    pub chapters: Vec<Forecast>,
    /// Visits on days on which recall is outside the tolerance.
    pub strained: usize,
}

/// Recomputes the forecast, and the visits outside their window, from the days on which cards are seen.
pub fn outlook(cards: &[CardInfo], options: &Options, sessions: &[Done]) -> Outlook {
    let courses = courses(cards, options, sessions, Date::MAX);
    let (day, chapters) = forecast(cards, options, &options.days(), &courses);
    let visits = courses.iter().flatten().flat_map(|course| &course.visits);
    Outlook { day, chapters, strained: visits.filter(|visit| visit.strained).count() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::schedule::days::DayOff;
    use crate::plan::schedule::{Mode, schedule};
    use jiff::civil::{Weekday, date};
    use std::collections::BTreeMap;

    fn deck(count: usize) -> Vec<CardInfo> {
        (0..count).map(|i| CardInfo { chapter: i / 25, minutes: 0.5 }).collect()
    }

    fn options() -> Options {
        Options {
            length: Some(150),
            new_per_day: Some(8),
            days_off: vec![DayOff::Weekday(Weekday::Sunday)],
            ..Options::new(date(2027, 1, 4))
        }
    }

    #[test]
    fn a_kept_plan_stays_on_course() {
        let (cards, options) = (deck(200), options());
        let plan = schedule(&cards, &options).unwrap();
        let from = date(2027, 2, 10);
        let again = replan(&cards, &options, &done_before(&plan.sessions, from, None), from).unwrap();
        assert!(again.sessions.iter().all(|session| session.date >= from));
        assert!(again.sessions.iter().flat_map(|s| &s.visits).all(|visit| !visit.strained));
        // Introductions go on where they were.
        let introduced = |plan: &Plan| {
            plan.sessions
                .iter()
                .filter(|s| s.date >= from)
                .flat_map(|s| s.introductions.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(introduced(&again), introduced(&plan));
        assert!(again.left_out.is_empty());
    }

    #[test]
    fn missed_days_are_caught_up_within_a_week() {
        let (cards, options) = (deck(200), options());
        let plan = schedule(&cards, &options).unwrap();
        let from = date(2027, 2, 10);
        let missed = (date(2027, 1, 28), date(2027, 2, 9));
        let done = done_before(&plan.sessions, from, Some(missed));
        let again = replan(&cards, &options, &done, from).unwrap();
        // No card is lost: each is introduced once, before or after.
        let before = done.iter().flat_map(|d| d.introductions.clone());
        let after = again.sessions.iter().flat_map(|s| s.introductions.clone());
        let mut all: Vec<usize> = before.chain(after).chain(again.left_out.clone()).collect();
        all.sort_unstable();
        assert_eq!(all, (0..200).collect::<Vec<_>>());
        // What was to be visited in the missed days comes back within a week.
        let mut next: BTreeMap<usize, Date> = BTreeMap::new();
        for session in &again.sessions {
            for visit in &session.visits {
                next.entry(visit.card).or_insert(session.date);
            }
        }
        let known: Vec<usize> = done.iter().flat_map(|d| d.introductions.clone()).collect();
        let overdue: Vec<usize> = plan
            .sessions
            .iter()
            .filter(|s| (missed.0..=missed.1).contains(&s.date))
            .flat_map(|s| s.visits.iter().map(|visit| visit.card))
            .filter(|card| known.contains(card))
            .collect();
        assert!(overdue.len() > 50);
        let strained = again.sessions.iter().flat_map(|s| &s.visits).filter(|visit| visit.strained).count();
        assert!(strained > 0);
        for card in overdue {
            assert!(days_between(from, next[&card]) < 30, "{card}");
        }
        let first = again.sessions.iter().filter(|s| days_between(from, s.date) < 7);
        assert!(first.flat_map(|s| &s.visits).filter(|visit| visit.strained).count() >= strained * 9 / 10);
    }

    #[test]
    fn an_exam_is_planned_again_from_what_was_done() {
        let cards = deck(60);
        let options = Options {
            mode: Mode::Exam,
            exam: Some(date(2027, 3, 29)),
            minutes_per_day: Some(5.0),
            new_per_day: None,
            length: None,
            ..options()
        };
        let plan = schedule(&cards, &options).unwrap();
        let from = date(2027, 2, 15);
        let missed = (date(2027, 2, 1), date(2027, 2, 14));
        let done = done_before(&plan.sessions, from, Some(missed));
        let again = replan(&cards, &options, &done, from).unwrap();
        assert!(again.left_out.is_empty());
        for session in &again.sessions {
            assert!(
                session.date >= from && session.date < date(2027, 3, 29) && session.minutes <= 5.0 + 1e-9
            );
        }
        let visited: std::collections::BTreeSet<usize> =
            again.sessions.iter().flat_map(|s| s.visits.iter().map(|v| v.card)).collect();
        assert_eq!(visited.len(), 60);
        assert!(again.forecast.iter().all(|f| f.expected > 0.85), "{:?}", again.forecast);
    }

    #[test]
    fn the_outlook_needs_nothing_but_the_days() {
        let exam = Options { mode: Mode::Exam, exam: Some(date(2027, 4, 1)), length: None, ..options() };
        for options in [options(), exam] {
            let cards = deck(90);
            let plan = schedule(&cards, &options).unwrap();
            let outlook = outlook(&cards, &options, &done_before(&plan.sessions, Date::MAX, None));
            assert_eq!(outlook.day, plan.forecast_day);
            assert_eq!(outlook.chapters, plan.forecast);
        }
        let plan = schedule(&deck(90), &options()).unwrap();
        let strained = plan.sessions.iter().flat_map(|s| &s.visits).filter(|v| v.strained).count();
        let found = outlook(&deck(90), &options(), &done_before(&plan.sessions, Date::MAX, None)).strained;
        assert_eq!(found, strained);
    }

    #[test]
    fn a_day_outside_the_plan_is_refused() {
        let errors = replan(&deck(5), &options(), &[], date(2026, 12, 1)).unwrap_err();
        assert_eq!(errors[0].key(), "start");
        assert!(replan(&deck(5), &options(), &[], date(2030, 1, 1)).is_err());
    }
}
