//! The review calendar: month grids and weekly checklists of a plan.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde_json::{Value, json};
use typst_layout::PagedDocument;

use super::compile::Job;
use super::handbook::info;
use super::press::Press;
use crate::pack::CardNo;
use crate::plan::locale::{Locale, Width};
use crate::plan::schedule::{DayOff, Plan, Session};

/// Days of a calendar week.
const WEEK: usize = 7;

/// A plan and what it was made for.
pub struct CalendarOptions<'a> {
    pub plan: &'a Plan,
    /// The cards of the plan, in its order.
    pub cards: &'a [CardNo],
    pub days_off: &'a [DayOff],
}

/// Typesets the calendar.
pub fn typeset(press: &Press, options: &CalendarOptions) -> Option<PagedDocument> {
    let data = data(press, options);
    let path = "/data/calendar.json".to_owned();
    let job = Job {
        name: "/data/calendar.typ".into(),
        main: format!(
            "#import \"/layouts/calendar.typ\" as pages\n#let s = json(\"/data/settings.json\")\n\
             #show: pages.setup.with(s)\n#pages.calendar(s, json(\"{path}\"))\n"
        ),
        data: vec![(path, data)],
    };
    let mut document = press.compile(&job)?;
    *document.info_mut() = info(press, &press.word("calendar"));
    Some(document)
}

fn month_key(date: Date) -> String {
    format!("m:{}-{:02}", date.year(), date.month())
}

/// The first day of a date's week, where weeks begin on `first`.
fn week_start(date: Date, first: Weekday) -> Date {
    let back = (date.weekday().to_monday_zero_offset() - first.to_monday_zero_offset()).rem_euclid(7);
    date.saturating_sub(i64::from(back).days())
}

fn week_key(start: Date) -> String {
    format!("w:{start}")
}

/// What the week is called: the ISO number of its Thursday.
fn week_number(start: Date) -> i8 {
    let offset =
        (Weekday::Thursday.to_monday_zero_offset() - start.weekday().to_monday_zero_offset()).rem_euclid(7);
    start.saturating_add(i64::from(offset).days()).iso_week_date().week()
}

fn data(press: &Press, options: &CalendarOptions) -> Value {
    let plan = options.plan;
    let locale = press.words();
    let sessions: BTreeMap<Date, &Session> = plan.sessions.iter().map(|s| (s.date, s)).collect();
    let last = plan.sessions.last().map_or(plan.start, |s| s.date).max(plan.exam.unwrap_or(plan.start));
    let peak = plan.sessions.iter().map(|s| s.minutes).fold(1.0, f64::max);
    let first = locale.first_weekday();
    let off = |date: Date| options.days_off.iter().any(|d| d.covers(date));

    let mut months = Vec::new();
    let mut year = Vec::new();
    let mut month = plan.start.first_of_month();
    while month <= last {
        months.push(month_data(press, options, &sessions, month, peak, &off));
        year.push(load_row(locale, &sessions, month, plan, peak, &off));
        match month.checked_add(1.month()) {
            Ok(next) => month = next,
            Err(_) => break,
        }
    }
    let mut weeks = Vec::new();
    let mut start = week_start(plan.start, first);
    while start <= last {
        let days: Vec<Date> = (0..WEEK as i64).map(|i| start.saturating_add(i.days())).collect();
        if days.iter().any(|d| sessions.contains_key(d)) {
            weeks.push(week_data(press, options, &sessions, &days));
        }
        match start.checked_add(7.days()) {
            Ok(next) => start = next,
            Err(_) => break,
        }
    }
    json!({
        "summary": summary(press, options), "rescue": rescue(locale), "chapters": chapters(press, options),
        "year": year, "months": months, "weeks": weeks,
    })
}

fn summary(press: &Press, options: &CalendarOptions) -> Vec<String> {
    let plan = options.plan;
    let locale = press.words();
    let colon = locale.word("colon");
    let line = |key: &str, value: String| format!("{}{colon} {value}", locale.word(key));
    let visits: usize = plan.sessions.iter().map(|s| s.visits.len()).sum();
    let minutes: f64 = plan.sessions.iter().map(|s| s.minutes).sum();
    let mut out = vec![
        line("start", locale.full_date(plan.start)),
        line(
            "total",
            format!(
                "{} · {} · {}",
                locale.count("card", options.cards.len() as u64),
                locale.count("session", plan.sessions.len() as u64),
                locale.count("review", visits as u64),
            ),
        ),
    ];
    if !plan.sessions.is_empty() {
        let mean = minutes / plan.sessions.len() as f64;
        out.push(line("minutes-per-day", format!("{mean:.0} – {:.0}", plan.peak.minutes.ceil())));
    }
    if let Some(exam) = plan.exam {
        out.push(line("exam", locale.full_date(exam)));
    }
    out
}

fn rescue(locale: &Locale) -> Vec<String> {
    let rules = ["rescue-1", "rescue-2", "rescue-3"].iter().enumerate();
    std::iter::once(locale.word("rescue").to_owned())
        .chain(rules.map(|(i, k)| format!("{}. {}", i + 1, locale.word(k))))
        .collect()
}

fn chapters(press: &Press, options: &CalendarOptions) -> Vec<Value> {
    let count = |chapter: usize| {
        options.cards.iter().filter(|no| chapter_of(press, **no) == Some(chapter)).count() as u64
    };
    let chapters = press.pack.chapters.iter().filter(|c| press.keeps_chapter(c));
    chapters
        .map(|c| json!({ "number": c.number, "title": c.title, "cards": press.words().count("card", count(c.number)) }))
        .collect()
}

fn chapter_of(press: &Press, card: CardNo) -> Option<usize> {
    let concept = press.concept(press.pack.cards.get(card.0)?)?;
    press.pack.chapters.get(concept.chapter).map(|c| c.number)
}

fn load_row(
    locale: &Locale,
    sessions: &BTreeMap<Date, &Session>,
    month: Date,
    plan: &Plan,
    peak: f64,
    off: &impl Fn(Date) -> bool,
) -> Value {
    let days: Vec<Value> = (1..=31i8)
        .map(|n| match Date::new(month.year(), month.month(), n) {
            Ok(date) => {
                let minutes = sessions.get(&date).map_or(0.0, |s| s.minutes);
                json!({ "n": n, "load": minutes / peak, "off": off(date) || date < plan.start })
            }
            Err(_) => Value::Null,
        })
        .collect();
    json!({ "key": month_key(month), "name": locale.month_title(month), "days": days })
}

fn month_data(
    press: &Press,
    options: &CalendarOptions,
    sessions: &BTreeMap<Date, &Session>,
    month: Date,
    peak: f64,
    off: &impl Fn(Date) -> bool,
) -> Value {
    let locale = press.words();
    let first = locale.first_weekday();
    let mut weeks = Vec::new();
    let mut start = week_start(month, first);
    let mut total = 0.0;
    while start <= month.last_of_month() {
        let dates: Vec<Date> = (0..WEEK as i64).map(|i| start.saturating_add(i.days())).collect();
        let has_page = dates.iter().any(|d| sessions.contains_key(d));
        let key = has_page.then(|| week_key(start));
        let days: Vec<Value> = dates
            .iter()
            .map(|date| {
                if date.month() != month.month() {
                    return Value::Null;
                }
                let session = sessions.get(date);
                total += session.map_or(0.0, |s| s.minutes);
                let mut marks: Vec<usize> = session
                    .into_iter()
                    .flat_map(|s| s.introductions.iter().copied().chain(s.visits.iter().map(|v| v.card)))
                    .filter_map(|i| chapter_of(press, *options.cards.get(i)?))
                    .collect();
                marks.sort_unstable();
                marks.dedup();
                json!({
                    "n": date.day(), "off": off(*date), "exam": options.plan.exam == Some(*date),
                    "week": key, "load": session.map_or(0.0, |s| s.minutes / peak),
                    "minutes": session.map(|s| locale.text("minutes-n", &[("n", &format!("{:.0}", s.minutes.ceil()))])),
                    "new": session.map_or(0, |s| s.introductions.len()), "reviews": session.map_or(0, |s| s.visits.len()),
                    "chapters": marks,
                })
            })
            .collect();
        weeks.push(json!({ "name": week_number(start).to_string(), "key": key, "days": days }));
        match start.checked_add(7.days()) {
            Ok(next) => start = next,
            Err(_) => break,
        }
    }
    let weekdays: Vec<&str> = Locale::week(first).iter().map(|d| locale.weekday(*d, Width::Short)).collect();
    json!({
        "key": month_key(month), "title": locale.month_title(month), "weekdays": weekdays, "weeks": weeks,
        "note": if total > 0.0 { locale.count("minute", total.ceil() as u64) } else { String::new() },
    })
}

fn week_data(
    press: &Press,
    options: &CalendarOptions,
    sessions: &BTreeMap<Date, &Session>,
    dates: &[Date],
) -> Value {
    let locale = press.words();
    let days: Vec<Value> = dates
        .iter()
        .filter_map(|date| Some((date, sessions.get(date)?)))
        .map(|(date, session)| {
            let code = |i: usize| {
                options.cards.get(i).and_then(|no| press.pack.cards.get(no.0)).map(|c| c.code.clone())
            };
            // What comes back first, then what is new: the order of a session.
            let visits =
                session.visits.iter().filter_map(|v| Some(json!({ "code": code(v.card)?, "new": false })));
            let new =
                session.introductions.iter().filter_map(|i| Some(json!({ "code": code(*i)?, "new": true })));
            let cards: Vec<Value> = visits.chain(new).collect();
            let mut note = Vec::new();
            if !session.visits.is_empty() {
                note.push(locale.count("review", session.visits.len() as u64));
            }
            if !session.introductions.is_empty() {
                note.push(locale.count("new", session.introductions.len() as u64));
            }
            note.push(locale.text("minutes-n", &[("n", &format!("{:.0}", session.minutes.ceil()))]));
            json!({ "title": locale.day_date(*date), "note": note.join(" · "), "cards": cards, "columns": 8 })
        })
        .collect();
    let (start, end) =
        (dates.first().copied().unwrap_or_default(), dates.last().copied().unwrap_or_default());
    let busiest = days.iter().map(|d| d["cards"].as_array().map_or(0, Vec::len)).sum::<usize>();
    json!({
        "key": week_key(start), "title": locale.text("week-n", &[("n", &week_number(start).to_string())]),
        "range": format!("{} {} {}", locale.short_date(start), locale.word("range"), locale.short_date(end)),
        "days": days, "note-lines": if busiest > 420 { 1 } else { 4 }, "rescue": locale.word("rescue-1"),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn weeks_begin_where_the_locale_says_and_have_iso_numbers() {
        assert_eq!(week_start(date(2027, 1, 4), Weekday::Monday), date(2027, 1, 4));
        assert_eq!(week_start(date(2027, 1, 4), Weekday::Sunday), date(2027, 1, 3));
        assert_eq!(week_number(date(2024, 12, 30)), 1);
        assert_eq!(week_number(date(2026, 12, 28)), 53);
        assert_eq!(week_number(date(2027, 1, 3)), 1, "a week from Sunday 3 January holds Thursday the 7th");
    }
}
