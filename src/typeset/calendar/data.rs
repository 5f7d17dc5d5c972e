//! What the layout is told.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{CalendarOptions, E_INK_MM, Page, day_key, month_key, week_key};
use crate::plan::dates::{Month, Week, dates, month_grid, months, weekdays, weeks};
use crate::plan::locale::{Locale, Width};
use crate::plan::schedule::leitner::{CLASSIC_DAYS, classic_levels};
use crate::plan::schedule::{LeitnerBox, Mode, Proof};
use crate::plan::timetable::{Sitting, Turn, say};
use crate::typeset::press::Press;

pub fn data(press: &Press, options: &CalendarOptions) -> Value {
    let pages = Pages::new(press, options);
    let table = options.table;
    let (width, height) = match options.page {
        Page::Paper(width, height) => (width, height),
        Page::EInk => E_INK_MM,
    };
    let classic = table.leitner.as_ref().is_some_and(|rules| rules.kind == LeitnerBox::Classic);
    let dated = table.leitner.is_some() && !classic;
    json!({
        "page": { "width": width, "height": height, "e-ink": pages.e_ink },
        "summary": pages.summary(), "chapters": pages.chapters(), "forecast": pages.forecast_title(),
        "year": months(table.start, pages.last).into_iter().map(|m| pages.year_row(m)).collect::<Vec<_>>(),
        "scale": say::minutes(pages.locale, pages.peak),
        "sections": pages.sections(),
        "weekdays": weekdays(options.first_weekday).map(|d| pages.locale.weekday(d, Width::Short)),
        "months": months(table.start, pages.last).into_iter().map(|m| pages.month(m)).collect::<Vec<_>>(),
        "weeks": pages.weeks.iter().enumerate().map(|(i, w)| pages.week(i, w)).collect::<Vec<_>>(),
        "days": if pages.e_ink { pages.days() } else { Vec::new() },
        "wall": classic.then(|| (1..=CLASSIC_DAYS).map(classic_levels).collect::<Vec<_>>()),
        "dividers": if dated { pages.dividers() } else { Vec::new() },
        "codes": samples(table.sessions.iter().flat_map(Sitting::cards)),
    })
}

/// A longest code of each prefix: the widest of all is among these.
fn samples<'c>(codes: impl Iterator<Item = &'c String>) -> Vec<&'c str> {
    let mut longest: BTreeMap<&str, &str> = BTreeMap::new();
    for code in codes {
        let prefix = code.rsplit_once('-').map_or("", |(prefix, _)| prefix);
        let slot = longest.entry(prefix).or_insert(code);
        if code.len() > slot.len() {
            *slot = code;
        }
    }
    longest.into_values().collect()
}

struct Pages<'a> {
    press: &'a Press<'a>,
    options: &'a CalendarOptions<'a>,
    locale: &'static Locale,
    /// The last day that is printed: of the plan, or the exam.
    last: Date,
    weeks: Vec<Week>,
    /// Minutes of the fullest day; at least one.
    peak: f64,
    e_ink: bool,
}

impl<'a> Pages<'a> {
    fn new(press: &'a Press<'a>, options: &'a CalendarOptions<'a>) -> Self {
        let table = options.table;
        let last = table.exam.map_or(table.end, |exam| exam.max(table.end));
        Self {
            press,
            options,
            locale: press.words(),
            last,
            weeks: weeks(table.start, last, options.first_weekday),
            peak: table.sessions.iter().map(|s| s.minutes).fold(1.0, f64::max),
            e_ink: options.page == Page::EInk,
        }
    }

    fn word<'k>(&self, key: &'k str) -> &'k str {
        self.locale.word(key)
    }

    /// A day off on which nothing stands: a started plan keeps its days whatever is said of them later.
    fn off(&self, date: Date) -> bool {
        self.options.table.session(date).is_none() && self.options.days_off.iter().any(|d| d.covers(date))
    }

    fn inside(&self, date: Date) -> bool {
        (self.options.table.start..=self.last).contains(&date)
    }

    /// Where a day's number leads: to its own page on a tablet, else to its week.
    fn target(&self, date: Date) -> Option<String> {
        if !self.inside(date) {
            return None;
        }
        Some(if self.e_ink {
            day_key(date)
        } else {
            week_key(Week::of(date, self.options.first_weekday).first())
        })
    }

    fn summary(&self) -> Vec<Value> {
        let table = self.options.table;
        let line = |key: &str, value: String| json!([self.word(key), value]);
        let visits: usize = table.sessions.iter().map(|s| s.due_cards().count()).sum();
        let mut total = vec![
            self.locale.count("card", self.options.chapters.len() as u64),
            self.locale.count("session", table.sessions.len() as u64),
        ];
        if visits > 0 {
            total.push(self.locale.count("review", visits as u64));
        }
        let mut out = vec![line("start", self.locale.full_date(table.start))];
        if let Some(exam) = table.exam {
            out.push(line("exam", self.locale.full_date(exam)));
        }
        out.push(line("total", total.join(" · ")));
        if !table.sessions.is_empty() {
            let mean = table.sessions.iter().map(|s| s.minutes).sum::<f64>() / table.sessions.len() as f64;
            let most = say::minutes(self.locale, self.peak);
            out.push(line(
                "minutes-per-day",
                format!("⌀ {} · ≤ {most}", say::minutes_exactly(self.locale, mean)),
            ));
        }
        out
    }

    fn forecast_title(&self) -> Option<Value> {
        if self.options.outlook.chapters.is_empty() {
            return None;
        }
        let date = self.locale.long_date(self.options.outlook.day);
        Some(
            json!({ "title": self.locale.text("forecast-n", &[("date", &date)]), "note": self.word("forecast-note") }),
        )
    }

    /// Chapters with their cards and, where there is a forecast, their recall.
    fn chapters(&self) -> Vec<Value> {
        let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
        for chapter in self.options.chapters.values() {
            *counts.entry(*chapter).or_default() += 1;
        }
        let chapters = self.press.pack.chapters.iter();
        chapters
            .filter_map(|chapter| Some((chapter, counts.get(&chapter.number)?)))
            .map(|(chapter, cards)| {
                let forecast = self.options.outlook.chapters.iter().find(|f| f.chapter == chapter.number);
                let forecast = forecast.filter(|f| f.introduced > 0).map(|f| {
                    json!({ "expected": f.expected, "hopeful": f.hopeful, "shown": say::percent(self.locale, f.expected) })
                });
                json!({
                    "number": chapter.number, "title": chapter.title, "cards": self.locale.count("card", *cards),
                    "forecast": forecast,
                })
            })
            .collect()
    }

    fn year_row(&self, month: Month) -> Value {
        let days: Vec<Value> = (1..=31i8)
            .map(|n| match Date::new(month.year, month.month, n) {
                Ok(date) => {
                    let minutes = self.options.table.session(date).map_or(0.0, |s| s.minutes);
                    json!({ "n": n, "load": minutes / self.peak, "out": !self.inside(date), "exam": self.options.table.exam == Some(date), "to": self.target(date) })
                }
                Err(_) => Value::Null,
            })
            .collect();
        json!({ "key": month_key(month.first()), "name": self.locale.month_title(month.first()), "short": self.locale.month_short(month.month), "days": days })
    }

    fn month(&self, month: Month) -> Value {
        let table = self.options.table;
        let mut total = 0.0;
        let weeks: Vec<Value> = month_grid(month, self.options.first_weekday)
            .iter()
            .map(|week| {
                let days: Vec<Value> = week
                    .days
                    .iter()
                    .map(|date| {
                        if !month.contains(*date) {
                            return Value::Null;
                        }
                        let session = table.session(*date);
                        total += session.map_or(0.0, |s| s.minutes);
                        json!({
                            "n": date.day(), "to": self.target(*date), "off": self.off(*date),
                            "out": !self.inside(*date), "exam": table.exam == Some(*date),
                            "load": session.map_or(0.0, |s| s.minutes / self.peak),
                            "minutes": session.map(|s| say::minutes(self.locale, s.minutes)),
                            "lines": session.map_or_else(Vec::new, |s| say::counts(self.locale, table, s)),
                            "new": session.map_or(0, |s| s.new_cards().count()),
                            "due": session.map_or(0, |s| s.expected.map_or(s.due_cards().count(), |e| e.round() as usize)),
                            "marks": self.marks(session),
                        })
                    })
                    .collect();
                let key = week.days.iter().any(|d| self.inside(*d)).then(|| week_key(week.first()));
                json!({ "name": week.number().week, "key": key, "days": days })
            })
            .collect();
        json!({
            "key": month_key(month.first()), "title": self.locale.month_title(month.first()), "weeks": weeks,
            "note": if total > 0.0 { self.locale.count("minute", total.ceil() as u64) } else { String::new() },
            "before": self.month_at(month.first().checked_sub(1.month())),
            "after": self.month_at(month.first().checked_add(1.month())),
        })
    }

    fn month_at(&self, first: Result<Date, jiff::Error>) -> Option<String> {
        let month = Month::of(first.ok()?);
        (Month::of(self.options.table.start)..=Month::of(self.last))
            .contains(&month)
            .then(|| month_key(month.first()))
    }

    /// The chapters of a session's cards, each once.
    fn marks(&self, session: Option<&Sitting>) -> Vec<usize> {
        let codes = session.into_iter().flat_map(Sitting::cards);
        let mut marks: Vec<usize> =
            codes.filter_map(|code| self.options.chapters.get(code.as_str()).copied()).collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    fn week(&self, index: usize, week: &Week) -> Value {
        let key_at = |i: Option<usize>| i.and_then(|i| self.weeks.get(i)).map(|w| week_key(w.first()));
        let (first, last) = (week.first(), week.last());
        let month = if self.inside(first) { first } else { self.options.table.start };
        json!({
            "key": week_key(first),
            "title": self.locale.text("week-n", &[("n", &week.number().week.to_string())]),
            "range": format!("{} {} {}", self.locale.short_date(first), self.word("range"), self.locale.long_date(last)),
            "month": month_key(month), "month-name": self.locale.month_title(month),
            "before": key_at(index.checked_sub(1)), "after": key_at(index.checked_add(1)),
            "days": week.days.iter().map(|date| self.day(*date)).collect::<Vec<_>>(),
        })
    }

    fn day(&self, date: Date) -> Value {
        let table = self.options.table;
        let session = table.session(date);
        let behind = session.map_or_else(Vec::new, |s| say::file_behind(self.locale, table, s));
        json!({
            "weekday": self.locale.weekday(date.weekday(), Width::Wide), "date": self.locale.short_date(date),
            "to": if self.e_ink { self.target(date) } else { None },
            "off": self.off(date), "out": !self.inside(date), "exam": table.exam == Some(date),
            "counts": session.map_or_else(Vec::new, |s| say::counts(self.locale, table, s)),
            "minutes": session.map(|s| say::minutes(self.locale, s.minutes)),
            "load": session.map_or(0.0, |s| s.minutes / self.peak),
            "marks": if self.e_ink { self.marks(session) } else { Vec::new() },
            "groups": session.map_or_else(Vec::new, |s| self.groups(s)),
            "behind": (!behind.is_empty()).then(|| format!("{}{} {}", self.word("file-behind"), self.word("colon"), behind.join("   "))),
        })
    }

    /// The codes to tick, each with whether it is new and whether it is gone: before an exam all in one order, else those
    /// that come back and then the new ones.
    fn groups(&self, session: &Sitting) -> Vec<Vec<Value>> {
        let value = |turn: &Turn| {
            json!([turn.code, turn.new, !self.options.chapters.contains_key(turn.code.as_str())])
        };
        let groups: Vec<Vec<Value>> = if self.options.table.mode == Mode::Exam {
            vec![session.cards.iter().map(value).collect()]
        } else {
            let of = |new| session.cards.iter().filter(|turn| turn.new == new).map(value).collect();
            vec![of(false), of(true)]
        };
        groups.into_iter().filter(|group| !group.is_empty()).collect()
    }

    /// A page for each day of the plan, whatever is to be done on it.
    fn days(&self) -> Vec<Value> {
        dates(self.options.table.start, self.last)
            .map(|date| {
                let mut value = self.day(date);
                if let Some(object) = value.as_object_mut() {
                    let week = Week::of(date, self.options.first_weekday);
                    object.insert("key".into(), json!(day_key(date)));
                    object.insert("title".into(), json!(self.locale.day_date(date)));
                    object.insert("week".into(), json!(week_key(week.first())));
                    object.insert(
                        "week-name".into(),
                        json!(self.locale.text("week-n", &[("n", &week.number().week.to_string())])),
                    );
                    object.insert("month".into(), json!(month_key(date)));
                    object.insert("month-name".into(), json!(self.locale.month_title(date)));
                    let key =
                        |day: Result<Date, jiff::Error>| day.ok().filter(|d| self.inside(*d)).map(day_key);
                    object.insert("before".into(), json!(key(date.yesterday())));
                    object.insert("after".into(), json!(key(date.tomorrow())));
                }
                value
            })
            .collect()
    }

    /// Dates of a box's dividers: every session but the first, which has nothing filed behind it.
    fn dividers(&self) -> Vec<Value> {
        let sessions = self.options.table.sessions.iter().skip(1);
        sessions
            .map(|s| {
                json!({
                    "weekday": self.locale.weekday(s.date.weekday(), Width::Short), "day": s.date.day(),
                    "month": self.locale.month_title(s.date), "first": s.date.day() == 1,
                })
            })
            .collect()
    }

    /// What the second page says: what to do with a missed day, the box's rules, how even and how good the plan is.
    fn sections(&self) -> Vec<Value> {
        let table = self.options.table;
        let rescue: Vec<&str> = ["rescue-1", "rescue-2", "rescue-3"].iter().map(|k| self.word(k)).collect();
        let mut out = vec![json!({ "title": self.word("rescue"), "numbered": true, "lines": rescue })];
        if let Some(rules) = &table.leitner {
            let key = if rules.kind == LeitnerBox::Classic { "leitner-classic" } else { "leitner-dated" };
            let mut lines = vec![self.word(key).to_owned()];
            let intervals = rules.intervals.iter().enumerate().map(|(level, days)| {
                let level = self.locale.text("level-n", &[("n", &(level + 1).to_string())]);
                format!("{level}{} {}", self.word("colon"), self.locale.count("day", u64::from(*days)))
            });
            let intervals: Vec<String> = intervals.collect();
            lines.extend((!intervals.is_empty()).then(|| intervals.join(" · ")));
            out.push(json!({ "title": self.word("box"), "numbered": false, "lines": lines }));
        }
        let mut even = Vec::new();
        if let Some(date) = table.peak.date {
            let load = format!(
                "{}{}{}",
                self.locale.count("card", table.peak.cards),
                self.word("list-separator"),
                say::minutes_exactly(self.locale, table.peak.minutes)
            );
            even.push(
                self.locale.text("even-peak-n", &[("date", &self.locale.full_date(date)), ("load", &load)]),
            );
        }
        if let Some(proof) = &table.proof {
            even.extend(self.proof(proof));
        }
        let mut recall = Vec::new();
        if table.mode == Mode::Plan {
            let (retention, tolerance) = self.options.aim;
            let percent = |value: f64| say::percent(self.locale, value);
            let values = [("low", percent(retention - tolerance)), ("high", percent(retention + tolerance))];
            let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
            recall.push(self.locale.text("recall-window-n", &values));
            if self.options.outlook.strained > 0 {
                let reviews = self.locale.count("review", self.options.outlook.strained as u64);
                recall.push(self.locale.text("recall-outside-n", &[("reviews", &reviews)]));
            }
        }
        even.extend(recall);
        if self.options.waiting > 0 {
            let cards = self.locale.count("card", self.options.waiting as u64);
            even.push(self.locale.text("waiting-n", &[("cards", &cards)]));
        }
        let all = table.sessions.iter().flat_map(Sitting::cards);
        if all.into_iter().any(|code| !self.options.chapters.contains_key(code.as_str())) {
            even.push(self.word("gone-cards").to_owned());
        }
        if !even.is_empty() {
            out.push(json!({ "title": self.word("evenness"), "numbered": false, "lines": even }));
        }
        out
    }

    /// The certificate in words.
    fn proof(&self, proof: &Proof) -> Vec<String> {
        let locale = self.locale;
        let Some(last) = proof.waves.last() else { return Vec::new() };
        let long = |date: Date| locale.long_date(date);
        let cards = |n: u64| locale.count("card", n);
        let mut lines = Vec::new();
        let mut bound = |least: String, from: Date, to: Date, days: usize, load: String| {
            let least = locale.text("even-least-n", &[("bound", &least)]);
            let days = locale.count("day", days as u64);
            let span = if from == to {
                locale.text("even-day-n", &[("date", &long(from)), ("load", &load)])
            } else {
                let values = [("from", &long(from)), ("to", &long(to)), ("days", &days), ("load", &load)];
                locale.text("even-span-n", &values.map(|(key, value)| (key, value.as_str())))
            };
            // Japanese and Chinese put no space between sentences.
            let space = if !least.ends_with('。') { " " } else { "" };
            lines.push(format!("{least}{space}{span}"));
        };
        let gap = match last.minutes {
            // Cards take unequal time: what is evened out is minutes.
            Some(gap) => {
                let load = say::minutes_exactly(locale, gap.load);
                bound(say::minutes_exactly(locale, gap.bound), gap.from, gap.to, gap.open_days, load);
                if let Some(frozen) = proof.frozen_minutes {
                    let least = say::minutes_exactly(locale, frozen.bound);
                    let values = [("bound", least), ("from", long(frozen.from)), ("to", long(frozen.to))];
                    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
                    lines.push(locale.text("even-frozen-n", &values));
                }
                let above = gap.peak - gap.bound;
                (above >= 0.05).then(|| say::minutes_exactly(locale, above))
            }
            None => {
                let least = last.bound;
                bound(cards(least.bound), least.from, least.to, least.open_days, cards(least.load));
                if let Some(frozen) = proof.frozen {
                    lines.push(locale.text(
                        "even-frozen-n",
                        &[
                            ("bound", &cards(frozen.bound)),
                            ("from", &long(frozen.from)),
                            ("to", &long(frozen.to)),
                        ],
                    ));
                }
                let above = last.peak.saturating_sub(least.bound);
                (above > 0).then(|| cards(above))
            }
        };
        if proof.optimal {
            lines.push(self.word("even-optimal").to_owned());
        } else if let Some(gap) = gap {
            lines.push(locale.text("even-gap-n", &[("gap", &gap)]));
        }
        lines
    }
}
