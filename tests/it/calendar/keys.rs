//! Keys of `schedule:`: nonsense is named with its line, what cannot be kept is explained.

use super::read::of_json;
use super::{build, json, pack};

#[test]
fn nonsense_is_named_with_its_key_and_line() {
    let week = "[monday, tuesday, wednesday, thursday, friday, saturday, sunday]";
    let weights = format!("[{}]", ["0.5"; 21].join(", "));
    let cases = [
        ("exam", "2027-01-01", "not after the start"),
        ("exam", "2027-01-04", "not after the start"),
        ("exam", "2050-01-01", "ten years"),
        ("exam", "soon", "date"),
        ("start", "2027-02-30", "date"),
        ("retention", "1.5", "1.5"),
        ("retention", "0", "out of range"),
        ("retention", "0.6", "not between 0.7 and 0.99"),
        ("tolerance", "0", "out of range"),
        ("minutes-per-day", "0", "out of range"),
        ("minutes-per-day", "-5", "out of range"),
        ("minutes-per-card", "0", "out of range"),
        ("new-per-day", "0", "0"),
        ("length", "0", "0"),
        ("length", "99999", "99999"),
        ("days-off", week, "off"),
        ("days-off", "[2026-12-01..2029-01-01]", "off"),
        ("days-off", "[someday]", "someday"),
        ("days-off", "[2027-02-02..2027-02-01]", "ends before it starts"),
        ("visits", "0", "0"),
        ("visits", "11", "11"),
        ("weights", "[1, 2]", "2 numbers"),
        ("weights", weights.as_str(), "weight 4 is 0.5"),
        ("alarm", "25:00", "25:00"),
        ("feed", "tasks", "tasks"),
        ("mode", "cram", "cram"),
        ("mode", "exam", "no date"),
        ("leitner", "round", "round"),
        ("first-weekday", "moonday", "moonday"),
        ("holidays", "none.ics", "none.ics"),
        ("exma", "2027-06-01", "did you mean `exam`"),
    ];
    for (key, value, message) in cases {
        let start = if key == "start" { "length: 30" } else { "start: 2027-01-04" };
        let folder = pack(&format!("schedule:\n  {start}\n  {key}: {value}"), 12, 1);
        let run = build(&folder, &[]);
        assert_eq!(run.code, 1, "{key}: {value}\n{}", run.err);
        let run = run.says("recto.yaml:5:").says(message);
        assert!(run.err.contains(key), "{key} is not named in:\n{}", run.err);
    }
}

#[test]
fn two_mistakes_are_told_at_once() {
    let folder = pack("schedule:\n  start: 2027-01-04\n  exam: 2026-01-04\n  retention: 1.5", 12, 1);
    build(&folder, &[]).ends(1).says("recto.yaml:5:").says("recto.yaml:6:");
}

#[test]
fn a_plan_that_cannot_be_kept_is_explained_and_its_fixes_mend_it() {
    let yaml = |minutes: u32, new: u32| {
        format!(
            "schedule:\n  start: 2027-01-04\n  length: 60\n  minutes-per-card: 0.5\n  minutes-per-day: {minutes}\n  new-per-day: {new}"
        )
    };
    let folder = pack(&yaml(6, 10), 120, 3);
    let run = build(&folder, &[]).ends(1).says("recto.yaml:7:").says("minutes and has").says("2027-01-");
    let number = |after: &str| -> u32 {
        let words: Vec<&str> = run.err.split_whitespace().collect();
        let at = run.err.find(after).unwrap_or_else(|| panic!("`{after}` is not in:\n{}", run.err));
        let word = run.err[..at].split_whitespace().next_back();
        word.and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{words:?}"))
    };
    let (minutes, new) = (number("minutes a day are enough"), number("new cards a day can be kept up"));
    for (minutes, new, code) in [(minutes, 10, 0), (minutes - 1, 10, 1), (6, new, 0), (6, new + 1, 1)] {
        let folder = pack(&yaml(minutes, new), 120, 3);
        build(&folder, &[]).ends(code);
    }
    // Without a number of new cards the plan takes what can be kept up.
    let free = pack(&yaml(6, 10).replace("\n  new-per-day: 10", ""), 120, 3);
    build(&free, &[]).ends(0);
    assert_eq!(json(&free)["new-per-day"], new);
    assert!(json(&free)["peak"]["minutes"].as_f64().unwrap() <= 6.0);
}

#[test]
fn holidays_come_from_a_calendar_file() {
    let folder = pack("schedule: {start: 2027-01-04, length: 40, new-per-day: 3, holidays: off.ics}", 60, 2);
    folder.write(
        "pack/off.ics",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270106\r\nSUMMARY:Epiphany\r\nEND:VEVENT\r\n\
         BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270118\r\nDTEND;VALUE=DATE:20270123\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    build(&folder, &[]).ends(0);
    let days: Vec<String> = of_json(&json(&folder)).into_iter().map(|(day, _)| day.to_string()).collect();
    assert!(days.iter().any(|day| day == "2027-01-05") && days.iter().any(|day| day == "2027-01-23"));
    for off in ["2027-01-06", "2027-01-18", "2027-01-20", "2027-01-22"] {
        assert!(!days.iter().any(|day| day == off), "{off}");
    }
    // A file that is none, and a rule that is not understood, are told with their line.
    folder.write("pack/off.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:2027\nEND:VEVENT\nEND:VCALENDAR\n");
    build(&folder, &[]).ends(1).says("off.ics:3");
    folder.write(
        "pack/off.ics",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270106\nRRULE:FREQ=MONTHLY\nEND:VEVENT\nEND:VCALENDAR\n",
    );
    build(&folder, &[]).ends(0).says("off.ics:4").says("days-off");
}

#[test]
fn without_a_start_the_summary_says_which_day_was_taken() {
    let folder = pack("schedule: {length: 20}", 12, 1);
    let run = build(&folder, &["--date", "2027-03-01"]).ends(0);
    assert!(format!("{}{}", run.out, run.err).contains("from 2027-03-01"), "{run:?}");
    assert_eq!(json(&folder)["start"], "2027-03-01");
    // With one nothing moves by the day of the build.
    let set = pack("schedule: {start: 2027-05-03, length: 20}", 12, 1);
    build(&set, &["--date", "2027-03-01"]).ends(0);
    let first = ["pdf", "ics", "json"].map(|e| set.bytes(&format!("out/calendar.{e}")));
    build(&set, &["--date", "2027-04-01", "--force"]).ends(0);
    assert!(first == ["pdf", "ics", "json"].map(|e| set.bytes(&format!("out/calendar.{e}"))));
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let folder = pack("schedule: {start: 2027-01-04, length: 40}", 30, 2);
    let run = |flags: &[&str]| build(&folder, flags);
    run(&["--missed", "2027-01-05"]).ends(2);
    run(&["--replan", "--date", "2027-01-20", "--missed", "2027-01-20"]).ends(2).says("not before");
    run(&["--replan", "--date", "2027-01-20", "--missed", "sunday"]).ends(2).says("--missed");
    run(&["--replan", "--date", "2027-01-20", "--missed", "2027-01-09..2027-01-05"]).ends(2);
    run(&["--replan", "--chapters", "1"]).ends(2).says("whole pack");
    run(&["--page", "a5"]).ends(2).says("e-ink");
    run(&["--replan", "--date", "2030-01-01"]).ends(1).says("not a day of the plan");
}
