//! Sessions in words: the same on paper and in calendars.

use super::{Sitting, Timetable};
use crate::plan::locale::Locale;

/// What a session holds: reviews, compartments of a box, new cards.
pub fn counts(locale: &Locale, table: &Timetable, session: &Sitting) -> Vec<String> {
    let mut parts = Vec::new();
    let (due, new) = (session.due_cards().count(), session.new_cards().count());
    if due > 0 {
        parts.push(locale.count("review", due as u64));
    }
    let boxes = table.boxes(session.date);
    if !boxes.is_empty() {
        let list: Vec<String> = boxes.iter().map(u8::to_string).collect();
        parts.push(locale.text("boxes-n", &[("n", &list.join(locale.word("list-separator")))]));
    } else if let Some(cards) = session.expected.filter(|cards| *cards >= 0.5) {
        let reviews = locale.count("review", cards.round() as u64);
        parts.push(locale.text("about-n", &[("n", &reviews)]));
    }
    if new > 0 {
        parts.push(locale.count("new", new as u64));
    }
    parts
}

/// `8 min`, rounded up: nobody is to run out of time.
pub fn minutes(locale: &Locale, minutes: f64) -> String {
    locale.text("minutes-n", &[("n", &format!("{:.0}", minutes.ceil()))])
}

/// `7.9 min`
pub fn minutes_exactly(locale: &Locale, minutes: f64) -> String {
    locale.text("minutes-n", &[("n", &decimal(locale, minutes))])
}

/// `91%`
pub fn percent(locale: &Locale, part: f64) -> String {
    locale.text("percent-n", &[("n", &format!("{:.0}", part * 100.0))])
}

/// At most one decimal, with the point or comma of the language.
fn decimal(locale: &Locale, value: f64) -> String {
    let text = format!("{value:.1}");
    let point = ["en", "ja", "zh"].iter().any(|tag| locale.tag().starts_with(tag));
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None if point => text,
        None => text.replace('.', ","),
    }
}

/// `1 → Jan 6`, one for each level whose divider the plan has.
pub fn file_behind(locale: &Locale, table: &Timetable, session: &Sitting) -> Vec<String> {
    let dates = table.file_behind(session.date);
    let dates = dates.into_iter().enumerate().filter_map(|(level, date)| Some((level + 1, date?)));
    dates.map(|(level, date)| format!("{level} → {}", locale.short_date(date))).collect()
}
