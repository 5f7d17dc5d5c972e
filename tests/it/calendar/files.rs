//! Paper, feed and JSON hold the same plan, and the plan is what it claims to be.

use jiff::civil::{Date, Weekday};
use recto::plan::fsrs::{DEFAULT_WEIGHTS, Fsrs, Grade, Memory};
use serde_json::Value;

use super::read::{self, Paper, date, of_feed, of_json};
use super::{build, json, pack};
use crate::support::Folder;

/// The three forms of the calendar in `out`, equal to one another.
pub fn agree(folder: &Folder, language: &str) -> usize {
    let json = json(folder);
    let wanted = of_json(&json);
    assert_eq!(of_feed(&folder.bytes("out/calendar.ics")), wanted, "the feed");
    let pages = read::pages(&folder.bytes("out/calendar.pdf"));
    let paper = Paper::of(&json, language);
    let e_ink = pages[0].width < 160.0;
    let printed = if e_ink { paper.of_days(&pages) } else { paper.of_weeks(&pages) };
    assert_eq!(printed, wanted, "the pages");
    read::nothing_collides(&pages);
    wanted.len()
}

#[test]
fn paper_feed_and_json_hold_the_same_cards() {
    let plan = "mode: plan, start: 2026-12-21, length: 45, new-per-day: 4, days-off: [sunday]";
    let exam = "mode: exam, start: 2027-01-04, exam: 2027-02-15, days-off: [sunday, 2027-01-20..2027-01-22]";
    let dated = "mode: leitner, start: 2028-02-21, length: 30, new-per-day: 3";
    let classic = "mode: leitner, leitner: classic, start: 2027-01-04, length: 30, alarm: \"18:30\"";
    let cases = [
        (plan, "en", "a4", vec![]),
        (plan, "de", "us-letter", vec![]),
        (exam, "en", "a4", vec![]),
        (exam, "ja", "a4", vec![]),
        (exam, "ru", "a4", vec!["--page", "e-ink"]),
        (dated, "fr", "a4", vec![]),
        (dated, "zh", "a4", vec!["--page", "e-ink"]),
        (classic, "en", "us-letter", vec![]),
        (classic, "de", "a4", vec!["--page", "e-ink"]),
    ];
    for (schedule, language, paper, flags) in cases {
        let folder = pack(&format!("language: {language}\npaper: {paper}\nschedule: {{{schedule}}}"), 60, 3);
        build(&folder, &flags).ends(0);
        assert!(agree(&folder, language) >= 60, "{schedule}");
    }
}

#[test]
fn a_hundred_cards_a_day_still_fit_their_week() {
    let schedule = "mode: exam, start: 2027-01-04, exam: 2027-01-18, visits: 3, minutes-per-card: 0.1";
    let folder = pack(&format!("language: de\nschedule: {{{schedule}}}"), 350, 7);
    build(&folder, &[]).ends(0);
    assert!(agree(&folder, "de") >= 1350);
    let sessions = json(&folder)["sessions"].as_array().unwrap().clone();
    let most = sessions.iter().map(|session| session["cards"].as_array().unwrap().len()).max();
    assert!(most > Some(100), "{most:?}");
}

#[test]
fn a_week_of_thousands_runs_on_and_loses_nothing() {
    let schedule = "mode: exam, start: 2027-01-04, exam: 2027-01-11, visits: 3, minutes-per-card: 0.1";
    let folder = pack(&format!("schedule: {{{schedule}}}"), 600, 7);
    build(&folder, &[]).ends(0);
    let pages = read::pages(&folder.bytes("out/calendar.pdf"));
    read::nothing_collides(&pages);
    let mut printed: Vec<String> =
        pages.iter().flat_map(read::words).map(|word| word.text).filter(|word| read::is_code(word)).collect();
    let mut wanted: Vec<String> = of_json(&json(&folder)).into_iter().map(|(_, code)| code).collect();
    printed.sort();
    wanted.sort();
    assert_eq!(printed, wanted);
}

/// Recall of every visit from the emitted days alone: `(day, recall)`.
fn recalls(json: &Value, fsrs: &Fsrs) -> Vec<(Date, f64)> {
    let mut known: std::collections::HashMap<&str, (Memory, Date)> = Default::default();
    let mut recalls = Vec::new();
    for session in json["sessions"].as_array().unwrap() {
        let day = date(&session["date"]);
        for card in session["introductions"].as_array().unwrap() {
            let new = known.insert(card.as_str().unwrap(), (fsrs.first(Grade::Good), day));
            assert!(new.is_none(), "{card} is introduced twice");
        }
        for card in session["visits"].as_array().unwrap() {
            let (memory, last) = known[card.as_str().unwrap()];
            let gap = last.until(day).unwrap().get_days();
            recalls.push((day, fsrs.recall(f64::from(gap), memory.stability)));
            known.insert(card.as_str().unwrap(), (fsrs.pass(memory, gap as u32), day));
        }
    }
    recalls
}

#[test]
fn the_named_case_keeps_every_window_and_its_bound_from_file_to_file() {
    let folder = pack(
        "schedule: {start: 2026-01-05, length: 120, new-per-day: 10, minutes-per-card: 0.5, days-off: [sunday, 2026-02-24]}",
        400,
        7,
    );
    build(&folder, &[]).ends(0);
    let json = json(&folder);
    let recalls = recalls(&json, &Fsrs::default());
    assert!(recalls.len() > 800);
    for (day, recall) in &recalls {
        assert!((recall - 0.9).abs() <= 0.02 + 1e-12, "{recall} on {day}");
        assert!(day.weekday() != Weekday::Sunday && day.to_string() != "2026-02-24");
    }
    assert_eq!(json["forecast"]["outside-window"], 0);
    // The certificate: each wave meets its bound, and the bound is what its interval says.
    let waves = json["certificate"]["waves"].as_array().unwrap();
    assert!(waves.len() >= 3);
    for wave in waves {
        let bound = &wave["bound"];
        assert_eq!(wave["peak"], bound["bound"]);
        let (load, days) = (bound["load"].as_u64().unwrap(), bound["open-days"].as_u64().unwrap());
        assert_eq!(bound["bound"].as_u64().unwrap(), load.div_ceil(days));
        let open = recto::plan::dates::dates(date(&bound["from"]), date(&bound["to"]))
            .filter(|day| day.weekday() != Weekday::Sunday && day.to_string() != "2026-02-24");
        assert_eq!(open.count() as u64, days);
    }
    let last = waves.last().unwrap();
    assert_eq!(json["peak"]["cards"], last["bound"]["bound"]);
    assert_eq!(json["bound"]["cards"], last["bound"]["bound"]);
    // And it is printed: the bound, and the interval that forces it.
    let text = crate::support::letters(&read::pages(&folder.bytes("out/calendar.pdf"))[0].text());
    let locale = recto::plan::locale::Locale::of("en");
    for wanted in [
        locale.count("card", last["bound"]["load"].as_u64().unwrap()),
        locale.long_date(date(&last["bound"]["from"])),
        locale.long_date(date(&last["bound"]["to"])),
        locale.count("card", json["certificate"]["frozen"]["bound"].as_u64().unwrap()),
    ] {
        assert!(text.contains(&crate::support::letters(&wanted)), "`{wanted}` is not in {text}");
    }
}

#[test]
fn own_weights_make_another_plan_that_keeps_its_own_windows() {
    let mut weights = DEFAULT_WEIGHTS;
    (weights[2], weights[8], weights[20]) = (4.5, 1.5, 0.2);
    let list = weights.map(|w| w.to_string()).join(", ");
    let yaml =
        |more: &str| format!("schedule: {{start: 2027-01-04, length: 200, minutes-per-card: 0.2{more}}}");
    let (usual, own) = (pack(&yaml(""), 60, 3), pack(&yaml(&format!(", weights: [{list}]")), 60, 3));
    for folder in [&usual, &own] {
        build(folder, &[]).ends(0);
    }
    assert_ne!(of_json(&json(&usual)), of_json(&json(&own)));
    let fsrs = Fsrs::new(&weights).unwrap();
    let recalls = recalls(&json(&own), &fsrs);
    assert!(recalls.len() > 60 && recalls.iter().all(|(_, recall)| (recall - 0.9).abs() <= 0.02 + 1e-12));
    assert_ne!(usual.read("out/calendar.ics"), own.read("out/calendar.ics"));
}

#[test]
fn the_shipped_dates_pass_year_ends_leap_days_and_week_53() {
    // 2026-12-28 to 2027-01-03 is week 53; 2028 is a leap year.
    for (start, wanted) in [("2026-12-24", "Week 53"), ("2028-02-25", "Feb 29")] {
        let folder = pack(
            &format!("language: en-GB\nschedule: {{start: {start}, length: 20, new-per-day: 5}}"),
            60,
            2,
        );
        build(&folder, &[]).ends(0);
        assert!(agree(&folder, "en-GB") >= 100);
        let pages = read::pages(&folder.bytes("out/calendar.pdf"));
        let wanted = if wanted == "Feb 29" { "29 Feb" } else { wanted };
        let wanted = crate::support::letters(wanted);
        assert!(pages.iter().any(|page| crate::support::letters(&page.text()).contains(&wanted)), "{wanted}");
        let days = of_json(&json(&folder)).into_iter().map(|(day, _)| day);
        let days: std::collections::BTreeSet<Date> = days.collect();
        assert_eq!(days.len(), 20, "a day is lost or doubled");
    }
}

#[test]
fn reminders_and_to_dos_come_on_request() {
    let yaml = |more: &str| format!("schedule: {{start: 2027-01-04, length: 30, exam: 2027-02-10{more}}}");
    let folder = pack(&yaml(", mode: exam, alarm: \"07:05\", feed: to-dos"), 20, 1);
    let run = build(&folder, &[]);
    let text = if run.code == 0 { folder.read("out/calendar.ics") } else { panic!("{}", run.err) };
    assert!(text.contains("BEGIN:VTODO\r\n") && !text.contains("BEGIN:VEVENT"));
    assert!(text.contains("BEGIN:VALARM\r\nACTION:DISPLAY\r\n") && text.contains("TRIGGER:PT7H5M\r\n"));
    let plain = pack(&yaml(", mode: exam"), 20, 1);
    build(&plain, &[]).ends(0);
    let text = plain.read("out/calendar.ics");
    assert!(text.contains("BEGIN:VEVENT\r\n") && !text.contains("VALARM"));
}
