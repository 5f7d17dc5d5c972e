//! A plan that has started: it stands as it was printed, until it is planned again.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::files::agree;
use super::read::{self, Event, date, of_json};
use super::{build, json, pack};
use crate::support::Folder;

const PLAN: &str = "schedule: {start: 2027-01-04, length: 90, new-per-day: 4, days-off: [sunday]}";

fn texts(folder: &Folder) -> Vec<String> {
    read::pages(&folder.bytes("out/calendar.pdf")).iter().map(|page| page.text()).collect()
}

fn events(folder: &Folder) -> BTreeMap<String, Event> {
    read::events(&folder.bytes("out/calendar.ics"))
        .into_iter()
        .map(|event| (event.get("UID").to_owned(), event))
        .collect()
}

fn append(folder: &Folder, file: &str, row: &str) {
    folder.write(file, folder.read(file) + row);
}

#[test]
fn editing_notes_moves_no_page_of_a_started_plan() {
    let folder = pack(PLAN, 70, 3);
    build(&folder, &["--date", "2027-01-03"]).ends(0);
    assert!(!folder.read("pack/recto.lock").contains("\nplan:"), "it has not started");
    build(&folder, &["--date", "2027-01-04"]).ends(0);
    assert!(folder.read("pack/recto.lock").contains("\nplan:"), "{}", folder.read("pack/recto.lock"));
    let (before, feed) = (texts(&folder), folder.bytes("out/calendar.ics"));
    let pdf = folder.bytes("out/calendar.pdf");

    // Prose, and the length of a card's text.
    folder.write("pack/concepts/First.md", "## Explanation\n\nNow it is told at length, in other words.\n");
    let chapter = folder.read("pack/1 Ducks.md");
    folder.write("pack/1 Ducks.md", chapter.replacen("number 1 ", "number one, which is much longer ", 1));
    build(&folder, &["--date", "2027-01-20"]).ends(0);
    assert_eq!(texts(&folder), before);
    assert!(folder.bytes("out/calendar.pdf") == pdf && folder.bytes("out/calendar.ics") == feed);

    // A card more waits: only the overview tells of it.
    append(&folder, "pack/3 Owls.md", "|**Late bird**|The one that came when all was planned.|\n");
    build(&folder, &["--date", "2027-01-21"]).ends(0);
    let more = texts(&folder);
    assert_eq!((more.len(), &more[1..]), (before.len(), &before[1..]));
    assert!(more[0] != before[0] && folder.bytes("out/calendar.ics") == feed);
    assert_eq!(json(&folder)["waiting"].as_array().unwrap().len(), 1);

    // A card less is struck through: no page moves, no day changes.
    let days = of_json(&json(&folder));
    let strokes = |folder: &Folder| {
        read::pages(&folder.bytes("out/calendar.pdf")).iter().map(|page| page.lines.len()).sum::<usize>()
    };
    let unstruck = strokes(&folder);
    let chapter = folder.read("pack/2 Geese.md");
    let rows: Vec<&str> = chapter.lines().filter(|line| !line.contains("Bird 30**")).collect();
    folder.write("pack/2 Geese.md", rows.join("\n") + "\n");
    build(&folder, &["--date", "2027-01-21"]).ends(0);
    assert_eq!(texts(&folder).len(), before.len());
    assert_eq!(of_json(&json(&folder)), days);
    assert!(agree(&folder, "en") > 70 && folder.bytes("out/calendar.ics") == feed);
    assert!(strokes(&folder) > unstruck);
}

#[test]
fn other_options_leave_a_started_plan_and_say_so() {
    let folder = pack(PLAN, 40, 2);
    build(&folder, &["--date", "2027-01-10"]).ends(0);
    let before = texts(&folder);
    let yaml = folder.read("pack/recto.yaml");
    folder.write("pack/recto.yaml", yaml.replace("new-per-day: 4", "new-per-day: 7"));
    build(&folder, &["--date", "2027-01-10"]).ends(0).says("recto.yaml:3").says("--replan");
    assert_eq!(texts(&folder), before);
    build(&folder, &["--date", "2027-01-10", "--replan"]).ends(0).silent_about("--replan");
    assert_ne!(texts(&folder), before);
    // Another start is another plan.
    folder.write("pack/recto.yaml", yaml.replace("2027-01-04", "2027-02-01"));
    build(&folder, &["--date", "2027-01-10"]).ends(0).says("planned anew");
    assert_eq!(json(&folder)["start"], "2027-02-01");
}

#[test]
fn a_plan_can_be_kept_before_it_starts_and_locked_builds_keep_none() {
    let folder = pack(PLAN, 40, 2);
    build(&folder, &["--date", "2026-12-01"]).ends(0);
    build(&folder, &["--date", "2027-01-10", "--locked"]).ends(0);
    assert!(!folder.read("pack/recto.lock").contains("\nplan:"));
    build(&folder, &["--date", "2026-12-01", "--keep"]).ends(0);
    let lock = folder.read("pack/recto.lock");
    assert!(lock.contains("\nplan:"));
    build(&folder, &["--date", "2027-01-10"]).ends(0);
    assert_eq!(folder.read("pack/recto.lock"), lock, "a kept plan is not written again");
    build(&folder, &["--date", "2027-01-20", "--replan", "--missed", "2027-01-11", "--locked"]).ends(1);
    assert_eq!(folder.read("pack/recto.lock"), lock);
}

#[test]
fn planning_again_freezes_the_past_and_tells_calendars_only_what_changed() {
    let folder = pack(PLAN, 70, 3);
    build(&folder, &["--date", "2027-01-04"]).ends(0);
    let (old_json, old_events, old_texts) = (json(&folder), events(&folder), texts(&folder));
    let missed = ["2027-01-21", "2027-01-30"];
    let flags = ["--replan", "--date", "2027-02-01", "--missed", &format!("{}..{}", missed[0], missed[1])];
    build(&folder, &flags).ends(0);
    agree(&folder, "en");
    let (new_json, new_events) = (json(&folder), events(&folder));
    let from: Date = "2027-02-01".parse().unwrap();
    let missed = missed.map(|day| day.parse::<Date>().unwrap());

    // The past stands, on paper too: the overview and February on may differ, January's month and weeks do not.
    let past = |json| of_json(json).into_iter().filter(|(day, _)| *day < from).collect::<Vec<_>>();
    assert_eq!(past(&old_json), past(&new_json));
    let new_texts = texts(&folder);
    assert_eq!(new_texts.len(), old_texts.len());
    let weeks = |texts: &[String]| {
        let of = |n: u32| texts.iter().find(|t| t.starts_with(&format!("Week {n}Jan"))).cloned();
        (1..=4).map(|n| of(n).unwrap_or_else(|| panic!("week {n}"))).collect::<Vec<_>>()
    };
    let clean = |texts: &[String]| texts.iter().map(|t| t.replace('\u{a0}', " ")).collect::<Vec<_>>();
    assert_eq!(weeks(&clean(&old_texts)), weeks(&clean(&new_texts)));

    // What was missed comes back, each card within three weeks.
    for (day, code) in of_json(&old_json) {
        if (missed[0]..=missed[1]).contains(&day) {
            let next = of_json(&new_json).into_iter().find(|(day, c)| *day >= from && *c == code);
            let (next, _) = next.unwrap_or_else(|| panic!("{code} is lost"));
            assert!(from.until(next).unwrap().get_days() < 21, "{code} on {next}");
        }
    }
    assert_eq!(new_json["missed"], serde_json::json!(["2027-01-21..2027-01-30"]));

    // Calendars: nothing vanishes, what is the same is the same to the byte, what changed says so.
    assert!(old_events.keys().all(|uid| new_events.contains_key(uid)));
    let (mut same, mut changed, mut off) = (0, 0, 0);
    for (uid, event) in &new_events {
        match old_events.get(uid) {
            Some(before) if before == event => same += 1,
            Some(before) => {
                assert_eq!(event.sequence(), before.sequence() + 1, "{event:?}");
                assert_eq!(event.date, before.date);
                assert_eq!(event.get("DTSTAMP"), "20270201T000000Z");
                assert!(event.date >= Some(from), "the past does not change");
                assert_eq!(event.cancelled(), !has(&new_json, event.date));
                if event.cancelled() { off += 1 } else { changed += 1 }
            }
            None => assert_eq!((event.sequence(), event.cancelled()), (0, false)),
        }
    }
    assert!(same > 20 && changed > 20, "{same} {changed} {off}");

    // The same again changes nothing.
    let before = folder.bytes("out/calendar.ics");
    build(&folder, &flags).ends(0);
    assert!(folder.bytes("out/calendar.ics") == before);

    // Saturdays off from now on: those days are cancelled.
    let yaml = folder.read("pack/recto.yaml");
    folder.write("pack/recto.yaml", yaml.replace("[sunday]", "[saturday, sunday]"));
    build(&folder, &["--replan", "--date", "2027-02-08"]).ends(0);
    let cancelled: Vec<Event> = events(&folder).into_values().filter(Event::cancelled).collect();
    assert!(cancelled.len() >= 5, "{cancelled:?}");
    for event in cancelled {
        assert!(!has(&json(&folder), event.date) && event.sequence() > 0, "{event:?}");
    }
}

fn has(json: &serde_json::Value, day: Option<Date>) -> bool {
    json["sessions"].as_array().unwrap().iter().any(|session| Some(date(&session["date"])) == day)
}

#[test]
fn an_edit_before_the_start_changes_only_the_days_it_touches() {
    let folder = pack(PLAN, 70, 3);
    build(&folder, &["--date", "2026-12-01", "--keep"]).ends(0);
    let old = events(&folder);
    // A card is gone: planned again, its days change and others stay to the byte.
    let chapter = folder.read("pack/3 Owls.md");
    let rows: Vec<&str> = chapter.lines().filter(|line| !line.contains("Bird 69**")).collect();
    folder.write("pack/3 Owls.md", rows.join("\n") + "\n");
    build(&folder, &["--replan", "--date", "2027-01-04"]).ends(0);
    let new = events(&folder);
    assert!(old.keys().all(|uid| new.contains_key(uid)));
    let changed = new.iter().filter(|(uid, event)| old.get(*uid) != Some(event)).count();
    assert!((1..old.len()).contains(&changed), "{changed} of {}", old.len());
    for (uid, event) in &new {
        let touched = old.get(uid).is_some_and(|before| before != event);
        assert_eq!(event.sequence(), u32::from(touched), "{event:?}");
    }
}
