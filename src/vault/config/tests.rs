//! What `recto.yaml` may say, and what is said about what it may not.

use jiff::civil::date;

use super::*;

fn read(text: &str) -> (Config, Vec<Problem>) {
    let mut problems = Vec::new();
    let config = Config::parse(text, &mut problems);
    (config, problems)
}

fn told(text: &str) -> Vec<(String, String, String)> {
    let (_, problems) = read(text);
    problems
        .into_iter()
        .map(|p| (text[p.range].to_owned(), p.message, p.hints.into_iter().next().unwrap_or_default()))
        .collect()
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(read(""), (Config::default(), vec![]));
    assert_eq!(read("# nothing\n").0, Config::default());
    assert_eq!(read("title:\n").0.title, None);
}

#[test]
fn every_key() {
    let text = r##"
title: Harbour Pilots
subtitle: "Tides: a primer"
authors: [A. Keel, B. Mast]
language: pt-BR
edition: 2026.10
date: 2026-11-20
licence: CC BY 4.0
paper: us-letter
theme: modern
variant: print
chapters: ["1 *.md"]
ignore: templates/**
documents: [handbook, zine]
tables: {headers: [Idea]}
sections: {Erklärung: explanation}
fonts: {serif: a.ttf, mono: b.ttf}
footer: "School · Course"
select: {chapters: [1, 3-4], tags: ["#exam"], priority: 2, concepts: [Tide]}
handbook: {edition: student}
cheatsheets: {pages: 1, pack-pages: 3, floor: 7pt, orientation: landscape}
cards: {stock: my-stock, flip: short-edge, turn: calendar, order: row, faces: ink-saving, floor: 8pt, from-rows: false, anywhere: true}
stocks: {my-stock: {sheet: a4, card: 90mm x 60mm, columns: 2, rows: 4, left: 15mm, top: 2cm, pitch: 91mm × 61mm}}
schedule:
  mode: exam
  leitner: classic
  start: 2027-01-04
  exam: 2027-06-01
  length: 100
  retention: 0.85
  tolerance: .03
  minutes-per-day: 20
  minutes-per-card: 0.5
  new-per-day: 12
  days-off: [sunday, 2027-04-02, 2027-07-01..2027-07-14]
  holidays: file.ics
  first-weekday: monday
  weights: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 0.5]
  visits: 4
  alarm: 18:30
  feed: to-dos
calendar: {page: e-ink}
quizzes: {versions: 2, seed: 7, questions: 10}
run: {Python: "python3 {file}"}
freshness: {days: 90, end-of-life: {Python 3.8: 2024-10-07, Python 3.15: 2031-10-31}}
lint: {allow: [brief-length], brief-words: 10..30}
"##;
    let (config, problems) = read(text);
    assert_eq!(problems, []);
    assert_eq!(config.title.as_deref(), Some("Harbour Pilots"));
    assert_eq!(config.edition.as_deref(), Some("2026.10"), "a plain number keeps its digits");
    assert_eq!(config.date, Some(date(2026, 11, 20)));
    assert_eq!(config.schedule.alarm, Some(jiff::civil::time(18, 30, 0, 0)));
    assert_eq!((config.schedule.visits, config.schedule.feed), (Some(4), FeedKind::ToDos));
    assert_eq!(config.calendar.page, Some(CalendarPage::EInk));
    assert_eq!((config.paper, config.variant), (Paper::UsLetter, Variant::Print));
    assert_eq!(config.ignore, ["templates/**"]);
    assert_eq!(config.documents, [Document::Handbook, Document::Zine]);
    assert_eq!(config.sections, [("Erklärung".to_owned(), "explanation".to_owned())]);
    assert_eq!(config.select.chapters, [1..=1, 3..=4]);
    assert_eq!(config.select.tags, ["exam"]);
    assert_eq!(config.handbook_edition, HandbookEdition::Student);
    assert_eq!(config.cheatsheets.pack_pages, 3);
    assert_eq!(config.cards.turn, Turn::Calendar);
    let stock = &config.stocks["my-stock"];
    assert_eq!((stock.top.to_mm(), stock.pitch.unwrap().1.to_mm()), (20.0, 61.0));
    let schedule = &config.schedule;
    assert_eq!(schedule.mode, ScheduleMode::Exam);
    assert_eq!(
        schedule.days_off,
        [
            DayOff::Weekday(Weekday::Sunday),
            DayOff::Date(date(2027, 4, 2)),
            DayOff::Range(date(2027, 7, 1), date(2027, 7, 14)),
        ]
    );
    assert_eq!(schedule.weights.unwrap()[20], 0.5);
    assert_eq!(config.quizzes, Quizzes { versions: 2, seed: 7, questions: 10 });
    assert_eq!(config.run["python"].program(), "python3");
    assert_eq!(config.freshness_days, Some(90));
    assert_eq!(config.end_of_life["Python 3.15"], date(2031, 10, 31));
    assert_eq!(&text[config.place(&["freshness", "end-of-life", "Python 3.8"]).unwrap()], "2024-10-07");
    assert_eq!(config.lint.brief_words, 10..=30);
    let place = config.place(&["schedule", "days-off", "1"]).unwrap();
    assert_eq!(&text[place], "2027-04-02");
    assert_eq!(config.place(&["schedule", "nothing"]), None);
}

#[test]
fn every_error_is_told_with_its_bytes() {
    let text = "titel: X\npaper: a5\nschedule:\n  retention: 1.2\n  minutes-per-day: 0\n  exma: 2027-01-01\n  start: 2027-1-4\n  days-off: [someday, 2027-02-02..2027-01-01]\ncards: [1]\ncheatsheets: {floor: 7, pages: two}\n";
    let told = told(text);
    let told: Vec<_> = told.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
    assert_eq!(
        told,
        [
            ("titel", "`titel` is not a key", "did you mean `title`?"),
            ("a5", "`paper` must be `a4` or `us-letter`, not `a5`", "write `a4` or `us-letter`"),
            ("1.2", "`schedule.retention` is 1.2, which is out of range", "write a number from 0.5 to 0.99"),
            (
                "0",
                "`schedule.minutes-per-day` is 0, which is out of range",
                "write a number from 0.5 to 1440"
            ),
            ("exma", "`schedule.exma` is not a key", "did you mean `exam`?"),
            ("2027-1-4", "`schedule.start` must be a date, not `2027-1-4`", "write it like `2027-01-04`"),
            (
                "someday",
                "`schedule.days-off.0` must be a weekday, a date or a range of dates, not `someday`",
                "write `sunday`, `2027-04-02` or `2027-07-01..2027-07-14`"
            ),
            (
                "2027-02-02..2027-01-01",
                "`schedule.days-off.1` ends before it starts",
                "write the earlier date first"
            ),
            ("[1]", "`cards` must be a map, not a list", "write `key: value` lines, or `{key: value}`"),
            (
                "7",
                "`cheatsheets.floor` is no length: `7` has no unit",
                "write a number with `mm`, `cm`, `in` or `pt`, like `6.5pt`"
            ),
            (
                "two",
                "`cheatsheets.pages` must be a whole number, not `two`",
                "write a whole number from 1 to 20"
            ),
        ]
    );
}

#[test]
fn what_does_not_fit_together() {
    let told = told("schedule: {start: 2027-02-01, exam: 2027-01-01}\nstocks: {s: {sheet: a4}}\n");
    assert_eq!(told[0].0, "2027-01-01");
    assert!(told[0].1.contains("not after the start"));
    assert!(told[1].1.contains("`card`, `columns`, `rows`, `left`, `top`"), "{told:?}");
    assert!(self::told("schedule: {mode: exam}")[0].1.contains("no date"));
    assert!(self::told("schedule: {weights: [1, 2]}")[0].1.contains("2 numbers"));
    assert!(self::told("- a\n")[0].1.starts_with("this file must be a map"));
    assert_eq!(self::told("title: [\n")[0].0, "");
    assert_eq!(self::told("ignore: ['a[']")[0].0, "'a['");
}

#[test]
fn words_of_other_types_are_refused() {
    for text in [
        "cards: {from-rows: yes}",
        "cards: {from-rows: 'true'}",
        "freshness: {days: 1.5}",
        "freshness: {days: '3'}",
        "freshness: {days: -1}",
        "freshness: {end-of-life: {Python 3.8: 2024}}",
        "freshness: {end-of-life: [2024-10-07]}",
        "run: {python: python3}",
        "title: {a: b}",
        "title: ''",
        "language: english!",
        "lint: {brief-words: 25..15}",
        "select: {chapters: [0]}",
        "select: {chapters: [4-3]}",
        "quizzes: {versions: 99}",
        "stocks: {s: {card: 90mm}}",
        "cards: {floor: 100mm}",
        "schedule: {first-weekday: moonday}",
        "schedule: {retention: 0.995}",
        "documents: [handbok]",
        "schedule: {retention: .inf}",
    ] {
        assert_eq!(read(text).1.len(), 1, "{text}: {:?}", read(text).1);
    }
}

#[test]
fn an_alarm_is_a_time_of_day() {
    for wrong in ["25:00", "18", "\"6 pm\"", "+1:00", "18:60"] {
        let told = told(&format!("schedule:\n  alarm: {wrong}\n"));
        assert!(told.len() == 1 && told[0].1.contains("time of day"), "{wrong}: {told:?}");
    }
}
