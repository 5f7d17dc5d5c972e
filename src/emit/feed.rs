//! A timetable for calendars and programs: `calendar.ics` and `calendar.json`.

use jiff::civil::Time;
use serde_json::{Value, json};

use super::ics::{Entry, Feed, Kind};
use crate::plan::locale::Locale;
use crate::plan::schedule::{Mode, Outlook};
use crate::plan::timetable::{Sitting, Timetable, say};

/// What both files say beside the days.
pub struct FeedOptions<'a> {
    /// The pack's title.
    pub title: &'a str,
    pub locale: &'static Locale,
    pub kind: Kind,
    pub alarm: Option<Time>,
}

impl FeedOptions<'_> {
    /// What all entries share, as one text: another look is a change of every entry.
    pub fn look(&self) -> String {
        let Self { title, locale, kind, alarm } = self;
        format!("{title} {} {kind:?} {alarm:?}", locale.tag())
    }
}

/// The calendar file's entries: sessions, sessions called off, and the exam, by date.
pub fn feed(table: &Timetable, options: &FeedOptions) -> Feed {
    let locale = options.locale;
    let name = format!("{} · {}", options.title, locale.word("calendar"));
    let headed = |text: String| format!("{}{} {text}", options.title, locale.word("colon"));
    let mut entries = Vec::with_capacity(table.sessions.len());
    for session in &table.sessions {
        let (sequence, revised) = table.revision(session.stamp);
        entries.push(Entry {
            key: session.date.to_string(),
            date: session.date,
            revised,
            sequence,
            summary: headed(summary(locale, table, session)),
            description: description(locale, table, session),
            cancelled: false,
            alarm: options.alarm,
        });
    }
    for off in &table.cancelled {
        let (sequence, revised) = table.revision(off.stamp);
        entries.push(Entry {
            key: off.date.to_string(),
            date: off.date,
            revised,
            sequence,
            summary: headed(locale.word("session").to_owned()),
            description: String::new(),
            cancelled: true,
            alarm: None,
        });
    }
    if let Some(exam) = table.exam {
        let (sequence, revised) = table.revision(table.exam_stamp);
        entries.push(Entry {
            key: "exam".into(),
            date: exam,
            revised,
            sequence,
            summary: headed(locale.word("exam").to_owned()),
            description: String::new(),
            cancelled: false,
            alarm: None,
        });
    }
    // The exam stands behind what is studied on its day.
    entries.sort_by_key(|entry| entry.date);
    Feed { id: table.id, name, kind: options.kind, entries }
}

/// `17 reviews · 10 new · 8 min`
fn summary(locale: &Locale, table: &Timetable, session: &Sitting) -> String {
    let mut parts = say::counts(locale, table, session);
    parts.push(say::minutes(locale, session.minutes));
    parts.join(" · ")
}

/// The codes, those that come back first, one line for each kind; in a box the dividers to file behind.
fn description(locale: &Locale, table: &Timetable, session: &Sitting) -> String {
    let colon = locale.word("colon");
    let mut lines = Vec::new();
    let due: Vec<&str> = session.due_cards().map(String::as_str).collect();
    let new: Vec<&str> = session.new_cards().map(String::as_str).collect();
    for (noun, codes) in [("review", due), ("new", new)] {
        if !codes.is_empty() {
            lines.push(format!("{}{colon} {}", locale.count(noun, codes.len() as u64), codes.join(" ")));
        }
    }
    let behind = say::file_behind(locale, table, session);
    if !behind.is_empty() {
        lines.push(format!("{}{colon} {}", locale.word("file-behind"), behind.join(" · ")));
    }
    lines.join("\n")
}

/// `calendar.json`. Recalls are from 0 to 1, minutes those of a day; cards of a day stand in the order of study.
pub fn json(
    table: &Timetable,
    outlook: &Outlook,
    chapters: &[(usize, String)],
    waiting: &[&str],
    title: &str,
) -> Value {
    let sessions: Vec<Value> = table
        .sessions
        .iter()
        .map(|session| {
            let mut value = json!({
                "date": session.date.to_string(), "cards": session.cards().collect::<Vec<_>>(),
                "introductions": session.new_cards().collect::<Vec<_>>(),
                "visits": session.due_cards().collect::<Vec<_>>(), "minutes": session.minutes,
            });
            if table.leitner.is_some()
                && let Some(object) = value.as_object_mut()
            {
                let behind: Vec<Option<String>> =
                    table.file_behind(session.date).iter().map(|d| d.map(|d| d.to_string())).collect();
                object.insert("expected".into(), json!(session.expected));
                object.insert("boxes".into(), json!(table.boxes(session.date)));
                object.insert("file-behind".into(), json!(behind));
            }
            value
        })
        .collect();
    let of = |number: usize| chapters.iter().find(|(n, _)| *n == number).map(|(_, title)| title.as_str());
    let forecast: Vec<Value> = outlook
        .chapters
        .iter()
        .map(|chapter| {
            json!({
                "chapter": chapter.chapter, "title": of(chapter.chapter), "cards": chapter.cards,
                "introduced": chapter.introduced, "expected": chapter.expected, "hopeful": chapter.hopeful,
            })
        })
        .collect();
    let last = table.proof.as_ref().and_then(|proof| proof.waves.last());
    let bound =
        last.map(|wave| json!({ "cards": wave.bound.bound, "minutes": wave.minutes.map(|gap| gap.bound) }));
    let mode = match table.mode {
        Mode::Plan => "plan",
        Mode::Leitner => "leitner",
        Mode::Exam => "exam",
    };
    json!({
        "title": title, "mode": mode, "start": table.start.to_string(), "end": table.end.to_string(),
        "exam": table.exam.map(|d| d.to_string()), "open-days": table.open_days, "new-per-day": table.new_per_day,
        "leitner": table.leitner, "sessions": sessions, "waiting": waiting,
        "missed": table.missed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "forecast": { "date": outlook.day.to_string(), "chapters": forecast, "outside-window": outlook.strained },
        "peak": table.peak, "bound": bound, "certificate": table.proof,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::ics;
    use crate::plan::schedule::{CardInfo, LeitnerBox, Options};
    use crate::plan::timetable::{DeckCard, make};
    use jiff::civil::{date, time};
    use std::collections::BTreeSet;
    use uuid::Uuid;

    fn deck() -> Vec<DeckCard> {
        let card = |i: usize| DeckCard {
            code: format!("FN-{:03}", i + 1),
            info: CardInfo { chapter: i / 10, minutes: 0.5 },
        };
        (0..30).map(card).collect()
    }

    fn table(mode: Mode, kind: LeitnerBox) -> Timetable {
        let options = Options {
            mode,
            leitner: kind,
            exam: (mode == Mode::Exam).then_some(date(2027, 3, 1)),
            length: (mode != Mode::Exam).then_some(60),
            ..Options::new(date(2027, 1, 4))
        };
        make(&deck(), &options, Uuid::from_u128(3), date(2026, 11, 20), "").unwrap()
    }

    fn options(tag: &str) -> FeedOptions<'static> {
        FeedOptions {
            title: "Birds",
            locale: Locale::of(tag),
            kind: Kind::Events,
            alarm: Some(time(7, 5, 0, 0)),
        }
    }

    #[test]
    fn entries_say_what_is_to_be_done() {
        let plan = table(Mode::Plan, LeitnerBox::Dated);
        let feed = feed(&plan, &options("en"));
        assert_eq!(feed.name, "Birds · Calendar");
        assert_eq!(feed.entries[0].summary, "Birds: 10\u{a0}new · 5\u{a0}min");
        assert!(feed.entries[0].description.starts_with("10\u{a0}new: FN-001 FN-002 "));
        let later = feed.entries.iter().find(|e| e.summary.contains("review")).unwrap();
        assert!(later.description.lines().next().unwrap().contains("FN-"), "{}", later.description);
        let german = super::feed(&plan, &options("de"));
        assert!(german.entries[0].summary.contains("10\u{a0}neu"), "{}", german.entries[0].summary);
    }

    #[test]
    fn the_exam_has_its_own_entry() {
        let feed = feed(&table(Mode::Exam, LeitnerBox::Dated), &options("en"));
        let last = feed.entries.last().unwrap();
        assert_eq!(
            (last.date, last.summary.as_str(), last.key.as_str()),
            (date(2027, 3, 1), "Birds: Exam", "exam")
        );
    }

    #[test]
    fn both_files_hold_the_same_cards() {
        for (mode, kind) in [
            (Mode::Plan, LeitnerBox::Dated),
            (Mode::Exam, LeitnerBox::Dated),
            (Mode::Leitner, LeitnerBox::Dated),
            (Mode::Leitner, LeitnerBox::Classic),
        ] {
            let plan = table(mode, kind);
            let schedule = crate::plan::schedule::Options::new(date(2027, 1, 4));
            let outlook = plan.outlook(&deck(), &schedule);
            let json = json(&plan, &outlook, &[(0, "One".into())], &[], "Birds");
            let of_json: BTreeSet<(String, String)> = json["sessions"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|s| {
                    let date = s["date"].as_str().unwrap().to_owned();
                    s["cards"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(move |c| (date.clone(), c.as_str().unwrap().to_owned()))
                })
                .collect();
            let of_feed: BTreeSet<(String, String)> = feed(&plan, &options("en"))
                .entries
                .iter()
                .flat_map(|e| {
                    let codes = e.description.split_whitespace().filter(|w| w.starts_with("FN-"));
                    codes.map(|c| (e.date.to_string(), c.to_owned())).collect::<Vec<_>>()
                })
                .collect();
            assert_eq!(of_json, of_feed);
            assert!(of_json.len() >= 30);
        }
    }

    #[test]
    fn a_day_that_changed_is_the_only_one_that_differs() {
        let plan = table(Mode::Plan, LeitnerBox::Dated);
        let options = options("en");
        let before = String::from_utf8(ics::write(&feed(&plan, &options))).unwrap();
        let schedule = Options { length: Some(60), ..Options::new(date(2027, 1, 4)) };
        let next = plan.replanned(&deck()[..29], &schedule, "", date(2027, 1, 12), None).unwrap();
        let after = String::from_utf8(ics::write(&feed(&next, &options))).unwrap();
        let events =
            |text: &str| text.split("BEGIN:VEVENT").skip(1).map(str::to_owned).collect::<BTreeSet<_>>();
        let (before, after) = (events(&before), events(&after));
        assert!(before.intersection(&after).count() > 5);
        for changed in after.difference(&before) {
            assert!(
                !changed.contains("SEQUENCE:0\r\n") || !before.iter().any(|b| uid(b) == uid(changed)),
                "{changed}"
            );
            assert!(changed.contains("DTSTAMP:20270112T000000Z"), "{changed}");
        }
        // Nothing vanishes without a word.
        let kept: BTreeSet<String> = after.iter().map(|e| uid(e)).collect();
        assert!(before.iter().all(|e| kept.contains(&uid(e))));
    }

    fn uid(event: &str) -> String {
        event.lines().find(|l| l.starts_with("UID:")).unwrap().to_owned()
    }
}
