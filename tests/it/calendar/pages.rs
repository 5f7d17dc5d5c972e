//! The calendar's pages: links, languages, boxes.

use std::collections::{BTreeSet, HashMap};

use recto::plan::dates::{Month, Week, dates, months, weeks};
use recto::plan::locale::Locale;

use super::files::agree;
use super::read::{self, Paper};
use super::{build, json, pack};
use crate::support::letters;

/// Links within a document, as pages from 0.
fn links(bytes: &[u8]) -> BTreeSet<(usize, usize)> {
    let document = lopdf::Document::load_mem(bytes).unwrap();
    let pages: HashMap<_, usize> =
        document.get_pages().into_iter().map(|(number, id)| (id, number as usize - 1)).collect();
    let mut links = BTreeSet::new();
    for (id, from) in &pages {
        for annotation in document.get_page_annotations(*id).unwrap_or_default() {
            let action = annotation.get(b"A").and_then(|a| document.dereference(a));
            if let Ok(uri) =
                action.as_ref().ok().and_then(|(_, a)| a.as_dict().ok()).map_or(Ok(&[][..]), |a| {
                    a.get(b"URI").and_then(|uri| uri.as_str()).or(Ok::<_, lopdf::Error>(&[][..]))
                })
            {
                assert!(!uri.starts_with(b"recto:"), "{}", String::from_utf8_lossy(uri));
            }
            let dest = annotation.get(b"Dest").ok().cloned().or_else(|| {
                let (_, action) = action.as_ref().ok()?;
                action.as_dict().ok()?.get(b"D").ok().cloned()
            });
            let Some(dest) = dest else { continue };
            let (_, dest) = document.dereference(&dest).unwrap();
            let page = dest.as_array().unwrap()[0].as_reference().unwrap();
            links.insert((*from, pages[&page]));
        }
    }
    links
}

#[test]
fn month_week_and_day_lead_to_one_another() {
    let folder = pack(
        "language: en-GB\nschedule: {mode: exam, start: 2026-12-14, exam: 2027-02-03, days-off: [sunday]}",
        50,
        3,
    );
    build(&folder, &["--page", "e-ink"]).ends(0);
    agree(&folder, "en-GB");
    let paper = Paper::of(&json(&folder), "en-GB");
    let first = paper.locale.first_weekday();
    let months = months(paper.start, paper.end);
    let weeks = weeks(paper.start, paper.end, first);
    let days: Vec<_> = dates(paper.start, paper.end).collect();
    // The overview, how it works, months, weeks, days.
    let month_at = |day| 2 + months.iter().position(|m| *m == Month::of(day)).unwrap();
    let week_at = |day| 2 + months.len() + weeks.iter().position(|w| *w == Week::of(day, first)).unwrap();
    let day_at = |i: usize| 2 + months.len() + weeks.len() + i;
    let found = links(&folder.bytes("out/calendar.pdf"));
    let has = |from, to| assert!(found.contains(&(from, to)), "page {from} has no link to page {to}");
    for (i, day) in days.iter().enumerate() {
        has(0, day_at(i));
        has(month_at(*day), day_at(i));
        has(week_at(*day), day_at(i));
        has(month_at(*day), week_at(*day));
        for up in [0, month_at(*day), week_at(*day)] {
            has(day_at(i), up);
        }
        if i > 0 {
            has(day_at(i - 1), day_at(i));
            has(day_at(i), day_at(i - 1));
        }
    }
    for week in &weeks {
        let day = if week.first() < paper.start { paper.start } else { week.first() };
        has(week_at(day), month_at(day));
        has(week_at(day), 0);
    }
    for (i, month) in months.iter().enumerate() {
        has(0, 2 + i);
        has(2 + i, 0);
        if i > 0 {
            has(2 + i, 1 + i);
            has(1 + i, 2 + i);
        }
        assert_eq!(*month, months[i]);
    }
    assert_eq!(read::pages(&folder.bytes("out/calendar.pdf")).len(), day_at(days.len()));

    // On paper a day leads to its week, and every page is where its dates say.
    build(&folder, &[]).ends(0);
    let found = links(&folder.bytes("out/calendar.pdf"));
    for day in &days {
        let (month, week) = (month_at(*day) - 1, week_at(*day) - 1);
        assert!(found.contains(&(month, week)) && found.contains(&(0, week)), "{day}");
    }
    assert_eq!(read::pages(&folder.bytes("out/calendar.pdf")).len(), 1 + months.len() + weeks.len());
}

#[test]
fn months_and_weekdays_stand_alone_in_every_language() {
    let cases = [
        ("en", "March 2027", "Sun Mon Tue Wed Thu Fri Sat"),
        ("de", "März 2027", "Mo Di Mi Do Fr Sa So"),
        ("fr", "Mars 2027", "lun. mar. mer. jeu. ven. sam. dim."),
        ("es", "Marzo de 2027", "lun mar mié jue vie sáb dom"),
        ("pt-BR", "Março de 2027", "dom. seg. ter. qua. qui. sex. sáb."),
        ("it", "Marzo 2027", "lun mar mer gio ven sab dom"),
        ("nl", "Maart 2027", "ma di wo do vr za zo"),
        ("pl", "Marzec 2027", "pon. wt. śr. czw. pt. sob. niedz."),
        ("ru", "Март 2027", "пн вт ср чт пт сб вс"),
        ("ja", "2027年3月", "日 月 火 水 木 金 土"),
        ("zh", "2027年3月", "周一 周二 周三 周四 周五 周六 周日"),
    ];
    for (language, month, weekdays) in cases {
        let folder = pack(
            &format!("language: {language}\nschedule: {{start: 2027-02-25, length: 20, new-per-day: 6}}"),
            60,
            3,
        );
        build(&folder, &[]).ends(0).silent_about("font");
        assert!(agree(&folder, language) > 60);
        let pages = read::pages(&folder.bytes("out/calendar.pdf"));
        let text = letters(&pages[2].text());
        assert!(text.starts_with(&letters(month)), "{language}: {text}");
        assert!(text.contains(&letters(weekdays)), "{language}: {text}");
    }
    // The region, or the user, may have another first weekday.
    let folder = pack("language: en-GB\nschedule: {start: 2027-02-25, length: 20}", 20, 1);
    build(&folder, &[]).ends(0);
    let header =
        |folder: &crate::support::Folder| letters(&read::pages(&folder.bytes("out/calendar.pdf"))[2].text());
    assert!(header(&folder).contains("MonTueWed"));
    let yaml = folder.read("pack/recto.yaml");
    folder.write("pack/recto.yaml", yaml.replace("length: 20", "length: 20, first-weekday: saturday"));
    build(&folder, &[]).ends(0);
    assert!(header(&folder).contains("SatSunMon"));
}

#[test]
fn a_box_has_dividers_for_its_days_by_default() {
    let folder = pack(
        "schedule: {mode: leitner, start: 2027-01-04, length: 60, new-per-day: 5, days-off: [sunday]}",
        60,
        3,
    );
    build(&folder, &[]).ends(0);
    let json = json(&folder);
    assert_eq!(json["leitner"]["kind"], "dated");
    let sessions = json["sessions"].as_array().unwrap();
    let days: BTreeSet<&str> = sessions.iter().map(|s| s["date"].as_str().unwrap()).collect();
    // Every date to file behind has a session, and so a divider.
    for under in sessions.iter().flat_map(|s| s["file-behind"].as_array().unwrap()) {
        assert!(under.is_null() || days.contains(under.as_str().unwrap()), "{under}");
    }
    let pages = read::pages(&folder.bytes("out/calendar.pdf"));
    let labels: Vec<String> =
        pages.iter().map(|p| letters(&p.text())).filter(|t| t.starts_with("Dividers")).collect();
    let locale = Locale::of("en");
    for day in days.iter().skip(1) {
        let day: jiff::civil::Date = day.parse().unwrap();
        let label = letters(&format!("{}{}", day.day(), locale.month_title(day)));
        assert!(labels.iter().any(|page| page.contains(&label)), "{label} in {labels:?}");
    }
    // The forecast knows what the rule makes of every card.
    let chapters = json["forecast"]["chapters"].as_array().unwrap();
    assert_eq!(chapters.len(), 3);
    for chapter in chapters {
        let (expected, hopeful) = (&chapter["expected"], &chapter["hopeful"]);
        assert!(expected.as_f64().unwrap() > 0.7 && expected.as_f64() < hopeful.as_f64(), "{chapter}");
    }
    read::nothing_collides(&pages);
}

#[test]
fn the_classic_box_has_its_wall_calendar() {
    let folder = pack(
        "schedule: {mode: leitner, leitner: classic, start: 2027-01-04, length: 70, new-per-day: 2}",
        60,
        3,
    );
    build(&folder, &[]).ends(0);
    let json = json(&folder);
    let boxes = |day: usize| json["sessions"][day - 1]["boxes"].clone();
    assert_eq!(boxes(1), serde_json::json!([2, 1]));
    assert_eq!(boxes(13), serde_json::json!([4, 2, 1]));
    assert_eq!(boxes(56), serde_json::json!([7, 1]));
    assert_eq!(boxes(65), boxes(1));
    let pages = read::pages(&folder.bytes("out/calendar.pdf"));
    let wall = letters(&pages.last().unwrap().text());
    assert!(wall.starts_with(&letters(Locale::of("en").word("wall-calendar"))), "{wall}");
    // A day's number, then its compartments.
    for day in ["121", "231", "12", "13421", "24", "5671", "59621"] {
        assert!(wall.contains(day), "{day} in {wall}");
    }
    read::nothing_collides(&pages);
}
