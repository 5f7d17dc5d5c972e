use super::*;
use crate::pack::lock::Lock;
use jiff::civil::{Weekday, date};
use proptest::prelude::*;

fn deck(count: usize) -> Vec<DeckCard> {
    let minutes = |i: usize| 0.2 + (i % 7) as f64 / 10.0;
    (0..count)
        .map(|i| DeckCard {
            code: format!("FN-{:03}", i + 1),
            info: CardInfo { chapter: i / 20, minutes: minutes(i) },
        })
        .collect()
}

fn options() -> Options {
    Options {
        length: Some(90),
        new_per_day: Some(4),
        days_off: vec![DayOff::Weekday(Weekday::Sunday)],
        ..Options::new(date(2027, 1, 4))
    }
}

fn plan(deck: &[DeckCard], options: &Options) -> Timetable {
    make(deck, options, Uuid::from_u128(1), date(2026, 11, 20), "a").unwrap()
}

fn modes() -> Vec<Options> {
    vec![
        options(),
        Options { mode: Mode::Exam, exam: Some(date(2027, 4, 1)), length: None, ..options() },
        Options { mode: Mode::Leitner, ..options() },
        Options { mode: Mode::Leitner, leitner: LeitnerBox::Classic, ..options() },
    ]
}

#[test]
fn a_lock_gives_back_what_it_was_given() {
    let deck = deck(70);
    for options in modes() {
        let first = plan(&deck, &options);
        let missed = Some((date(2027, 1, 20), date(2027, 1, 25)));
        let again = first.replanned(&deck[3..], &options, "b", date(2027, 2, 1), missed).unwrap();
        for plan in [first, again] {
            let mut lock = Lock::default();
            lock.set_section("plan", Some(&plan)).unwrap();
            let text = lock.to_text();
            let read: Timetable = Lock::parse(&text).unwrap().section("plan").unwrap().unwrap();
            assert!(read == plan, "{text}");
            // A session is a line.
            let lines = text.lines().filter(|l| l.contains(" min,") || l.ends_with(" min")).count();
            assert_eq!(lines, plan.sessions.len());
        }
    }
}

#[test]
fn before_an_exam_no_two_neighbours_share_a_chapter_where_that_can_be() {
    let deck = deck(70);
    let chapter = |code: &String| deck.iter().find(|card| card.code == *code).unwrap().info.chapter;
    let plan = plan(&deck, &modes()[1]);
    let (mut mixed, mut new_within) = (0, 0);
    for session in &plan.sessions {
        let chapters: Vec<usize> = session.cards().map(chapter).collect();
        let most = (0..4).map(|c| chapters.iter().filter(|x| **x == c).count()).max().unwrap();
        let clashes = chapters.windows(2).filter(|w| w[0] == w[1]).count();
        assert_eq!(clashes, (2 * most).saturating_sub(chapters.len() + 1), "{session:?}");
        mixed += usize::from(clashes == 0 && chapters.len() > 4);
        new_within += usize::from(session.cards.windows(2).any(|w| w[0].new && !w[1].new));
    }
    assert!(mixed > 5 && new_within > 1, "{mixed} {new_within}");
    // In the other modes new cards follow what comes back.
    let other = super::make(&deck, &options(), Uuid::from_u128(1), date(2026, 11, 20), "a").unwrap();
    assert!(other.sessions.iter().all(|s| s.cards.is_sorted_by_key(|turn| turn.new)));
}

#[test]
fn a_box_has_a_forecast_that_knows_missed_days() {
    let deck = deck(70);
    for options in &modes()[2..] {
        let plan = plan(&deck, options);
        let outlook = plan.outlook(&deck, options);
        assert_eq!(outlook.chapters.iter().map(|c| c.introduced).sum::<usize>(), 70);
        assert!(outlook.chapters.iter().all(|c| c.expected > 0.7 && c.expected < c.hopeful), "{outlook:?}");
        let missed = Some((date(2027, 1, 20), date(2027, 2, 20)));
        let again = plan.replanned(&deck, options, "a", date(2027, 2, 21), missed).unwrap();
        let worse = again.outlook(&deck, options);
        assert!(worse.chapters[0].expected != outlook.chapters[0].expected);
    }
}

#[test]
fn damaged_lines_are_refused() {
    for wrong in [
        "",
        "2027-01-04",
        "2027-01-04 x min",
        "soon 3 min",
        "2027-01-04 3 min, old FN-001",
        "2027-01-04 -3 min",
    ] {
        assert!(wrong.parse::<Sitting>().is_err(), "{wrong}");
    }
    for wrong in ["revision", "revision x", "revision 1 of never", "2 of 2027-01-04"] {
        assert!(wrong.parse::<Stamp>().is_err(), "{wrong}");
    }
}

#[test]
fn planning_again_without_a_change_tells_calendars_nothing() {
    let deck = deck(70);
    let first = plan(&deck, &options());
    let once = first.replanned(&deck, &options(), "a", first.start, None).unwrap();
    assert!(once.sessions == first.sessions && once.cancelled.is_empty());
    let from = date(2027, 2, 1);
    let missed = Some((date(2027, 1, 20), date(2027, 1, 25)));
    let changed = first.replanned(&deck, &options(), "a", from, missed).unwrap();
    assert!(changed.sessions != first.sessions);
    assert!(changed.replanned(&deck, &options(), "a", from, missed).unwrap() == changed);
}

#[test]
fn the_past_stands_and_missed_cards_come_back() {
    let deck = deck(70);
    let first = plan(&deck, &options());
    let (from, missed) = (date(2027, 1, 18), (date(2027, 1, 7), date(2027, 1, 16)));
    let next = first.replanned(&deck, &options(), "a", from, Some(missed)).unwrap();
    let before =
        |plan: &Timetable| plan.sessions.iter().filter(|s| s.date < from).cloned().collect::<Vec<_>>();
    assert!(before(&next) == before(&first));
    let lost: Vec<&String> = first
        .sessions
        .iter()
        .filter(|s| (missed.0..=missed.1).contains(&s.date))
        .flat_map(Sitting::cards)
        .collect();
    assert!(lost.len() > 20);
    for code in lost {
        let again = next.sessions.iter().find(|s| s.date >= from && s.cards().any(|c| c == code));
        assert!(again.is_some_and(|s| days_between(from, s.date) < 21), "{code}");
    }
    // What was missed once stays missed when the rest is planned a second time.
    let third = next.replanned(&deck, &options(), "a", date(2027, 1, 25), None).unwrap();
    assert_eq!(third.missed, next.missed);
    let of = |plan: &Timetable| plan.held(&deck).iter().map(|s| s.introductions.len()).sum::<usize>();
    assert_eq!(of(&third), 70);
}

#[test]
fn calendars_are_told_what_changed_and_nothing_else() {
    let deck = deck(70);
    let first = plan(&deck, &options());
    let day = date(2027, 1, 18);
    // Saturdays are off from now on.
    let mut fewer = options();
    fewer.days_off.push(DayOff::Weekday(Weekday::Saturday));
    let next = first.replanned(&deck, &fewer, "b", day, None).unwrap();
    let saturday = date(2027, 1, 23);
    let off = next.cancelled.iter().find(|c| c.date == saturday).unwrap();
    assert_eq!(off.stamp, Stamp { sequence: 1, changed: Some(day) });
    for session in &next.sessions {
        let expected = match first.session(session.date) {
            Some(before) if before.same_work(session) => Stamp::default(),
            Some(_) => Stamp { sequence: 1, changed: Some(day) },
            None => Stamp { sequence: 0, changed: Some(day) },
        };
        assert_eq!(session.stamp, expected, "{}", session.date);
    }
    assert!(next.sessions.iter().any(|s| s.stamp.sequence == 1));
    // And on again: the same day has its third revision.
    let later = date(2027, 1, 19);
    let back = next.replanned(&deck, &options(), "a", later, None).unwrap();
    let stamp = back.session(saturday).unwrap().stamp;
    assert_eq!(stamp, Stamp { sequence: 2, changed: Some(later) });
    assert!(!back.cancelled.iter().any(|c| c.date == saturday));
}

#[test]
fn another_look_is_a_change_of_every_entry() {
    let mut plan = plan(&deck(10), &options());
    assert!(plan.set_look("en", date(2027, 1, 1)));
    assert_eq!(plan.revision(Stamp::default()), (0, date(2026, 11, 20)));
    assert!(!plan.set_look("en", date(2027, 1, 2)));
    assert!(plan.set_look("de", date(2027, 1, 3)));
    assert_eq!(plan.revision(Stamp::default()), (1, date(2027, 1, 3)));
    let own = Stamp { sequence: 2, changed: Some(date(2027, 1, 2)) };
    assert_eq!(plan.revision(own), (3, date(2027, 1, 3)));
}

#[test]
fn cards_that_are_gone_stand_in_the_plan_and_new_ones_wait() {
    let whole = deck(40);
    let plan = plan(&whole, &options());
    let mut edited = whole[5..].to_vec();
    edited.push(DeckCard { code: "FN-900".into(), info: CardInfo { chapter: 0, minutes: 0.5 } });
    assert_eq!(plan.waiting(&edited), ["FN-900"]);
    assert_eq!(plan.outlook(&edited, &options()).chapters.iter().map(|c| c.introduced).sum::<usize>(), 35);
    let next = plan.replanned(&edited, &options(), "a", date(2027, 1, 11), None).unwrap();
    assert!(next.waiting(&edited).is_empty());
    assert!(
        !next
            .sessions
            .iter()
            .filter(|s| s.date >= date(2027, 1, 11))
            .flat_map(Sitting::cards)
            .any(|c| c == "FN-001")
    );
}

#[test]
fn boxes_and_dividers_are_those_of_the_plan() {
    let deck = deck(60);
    let infos: Vec<CardInfo> = deck.iter().map(|card| card.info).collect();
    for options in &modes()[2..] {
        let table = plan(&deck, options);
        let plan = schedule(&infos, options).unwrap();
        for day in plan.leitner.unwrap().days {
            assert_eq!(table.boxes(day.date), day.levels);
            let filed: Vec<Option<Date>> = day.file.iter().map(|f| f.map(|f| f.0)).collect();
            assert_eq!(table.file_behind(day.date), filed, "{}", day.date);
        }
    }
}

proptest! {
    #[test]
    fn lines_are_read_as_they_are_written(
        day in 0i32..20_000,
        minutes in 0u32..100_000,
        cards in proptest::collection::vec(("[A-Z]{1,4}-[0-9]{3,4}", any::<bool>()), 0..9),
        expected in proptest::option::of(0u32..10_000),
        sequence in 0u32..9,
        changed in proptest::option::of(0i32..20_000),
    ) {
        let day_of = |days| crate::plan::schedule::days::add_days(date(2020, 1, 1), days);
        let sitting = Sitting {
            date: day_of(day),
            minutes: f64::from(minutes) / 100.0,
            cards: cards.into_iter().map(|(code, new)| Turn { code, new }).collect(),
            expected: expected.map(|e| f64::from(e) / 10.0),
            stamp: Stamp { sequence, changed: changed.map(day_of) },
        };
        prop_assert_eq!(sitting.to_string().parse(), Ok(sitting));
    }
}
