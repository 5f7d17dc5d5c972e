use super::*;
use crate::plan::fsrs::Grade;
use jiff::civil::{Weekday, date};
use proptest::prelude::*;

fn deck(count: usize, chapters: usize) -> Vec<CardInfo> {
    (0..count).map(|i| CardInfo { chapter: i * chapters / count.max(1), minutes: 0.5 }).collect()
}

/// Recomputes every card's recall from the emitted days alone.
fn recomputed(plan: &Plan, cards: usize) -> Vec<Vec<f64>> {
    let fsrs = Fsrs::default();
    let mut state: Vec<Option<(crate::plan::fsrs::Memory, Date)>> = vec![None; cards];
    let mut recalls = vec![Vec::new(); cards];
    for session in &plan.sessions {
        for card in &session.introductions {
            assert!(state[*card].is_none(), "introduced twice");
            state[*card] = Some((fsrs.first(Grade::Good), session.date));
        }
        for visit in &session.visits {
            let (memory, last) = state[visit.card].expect("visited before its introduction");
            let gap = days::days_between(last, session.date);
            assert!(gap > 0);
            let recall = fsrs.recall(f64::from(gap), memory.stability);
            recalls[visit.card].push(recall);
            assert_eq!((visit.recall, visit.k), (recall, recalls[visit.card].len()));
            state[visit.card] = Some((fsrs.pass(memory, gap as u32), session.date));
        }
    }
    recalls
}

fn named() -> Options {
    Options {
        length: Some(120),
        new_per_day: Some(10),
        days_off: vec![DayOff::Weekday(Weekday::Sunday), DayOff::Date(date(2026, 2, 24))],
        count_introductions: false,
        open_end: false,
        ..Options::new(date(2026, 1, 5))
    }
}

#[test]
fn the_named_case_is_optimal() {
    let plan = schedule(&deck(400, 8), &named()).unwrap();
    assert_eq!(plan.peak.cards, 20);
    let proof = plan.proof.as_ref().unwrap();
    assert_eq!(proof.frozen.unwrap().bound, 20);
    assert_eq!(proof.waves.last().unwrap().bound.bound, 20);
    assert!(proof.optimal);
    for wave in &proof.waves {
        assert_eq!(wave.peak, wave.bound.bound);
    }
    for recall in recomputed(&plan, 400).into_iter().flatten() {
        assert!((recall - 0.9).abs() <= 0.02 + 1e-12);
    }
    assert!(plan.sessions.iter().all(|s| s.date.weekday() != Weekday::Sunday && s.date != date(2026, 2, 24)));
}

#[test]
fn ten_thousand_cards_over_a_year_are_planned() {
    let options = Options { new_per_day: Some(30), ..Options::new(date(2027, 1, 4)) };
    let cards = deck(10_000, 40);
    let plan = schedule(&cards, &options).unwrap();
    assert!(plan.left_out.is_empty());
    let proof = plan.proof.as_ref().unwrap();
    assert!(proof.waves.iter().all(|wave| wave.peak == wave.bound.bound));
    let visits: usize = plan.sessions.iter().map(|s| s.visits.len()).sum();
    assert_eq!(visits, proof.waves.iter().map(|wave| wave.visits).sum::<usize>());
    recomputed(&plan, cards.len());
}

#[test]
fn unequal_cards_have_a_bound_in_minutes() {
    let mut cards = deck(400, 8);
    cards.iter_mut().zip(0..).for_each(|(card, i)| card.minutes = 0.2 + f64::from(i % 7) / 10.0);
    let plan = schedule(&cards, &named()).unwrap();
    let proof = plan.proof.as_ref().unwrap();
    let frozen = proof.frozen_minutes.unwrap();
    assert_eq!(frozen.peak, plan.peak.minutes);
    // It is what its interval says, and the heuristic comes near it.
    assert!((frozen.bound - frozen.load / frozen.open_days as f64).abs() < 1e-9);
    assert!(frozen.bound > 8.0 && plan.peak.minutes < 1.1 * frozen.bound, "{frozen:?}");
    assert!(!proof.optimal && proof.frozen.unwrap().bound == 20);
    assert_eq!(schedule(&deck(400, 8), &named()).unwrap().proof.unwrap().frozen_minutes, None);
}

#[test]
fn minutes_that_do_not_suffice_are_explained() {
    let options = Options { minutes_per_day: Some(8.0), count_introductions: true, ..named() };
    let errors = schedule(&deck(400, 8), &options).unwrap_err();
    let [ScheduleError::Impossible(impossible)] = errors.as_slice() else { panic!("{errors:?}") };
    assert!(impossible.needed > impossible.available);
    assert_eq!(impossible.available, 8.0 * impossible.open_days as f64);
    let fix = |f: &dyn Fn(&Fix) -> Option<u64>| impossible.fixes.iter().find_map(f).unwrap();
    let minutes = fix(&|f| if let Fix::Minutes(m) = f { Some(u64::from(*m)) } else { None });
    let fewer = fix(&|f| if let Fix::NewPerDay(n) = f { Some(*n as u64) } else { None });
    // Each fix mends the plan, and one step less does not.
    let ok = |options: Options| schedule(&deck(400, 8), &options).is_ok();
    assert!(ok(Options { minutes_per_day: Some(minutes as f64), ..options.clone() }));
    assert!(!ok(Options { minutes_per_day: Some(minutes as f64 - 1.0), ..options.clone() }));
    assert!(ok(Options { new_per_day: Some(fewer as usize), ..options.clone() }));
    assert!(!ok(Options { new_per_day: Some(fewer as usize + 1), ..options.clone() }));
    // Without a wish for new cards the plan takes what can be kept up.
    let plan = schedule(&deck(400, 8), &Options { new_per_day: None, ..options }).unwrap();
    assert_eq!(plan.new_per_day as u64, fewer);
    assert!(plan.peak.minutes <= 8.0);
}

#[test]
fn one_day_off_less_can_be_enough() {
    // Forty cards on Monday come back on Wednesday or Thursday: with both, twenty a day, 10 minutes.
    let wednesday = date(2026, 1, 7);
    let off = vec![DayOff::Weekday(Weekday::Sunday), DayOff::Range(wednesday, wednesday)];
    let options = Options {
        days_off: off,
        new_per_day: Some(40),
        minutes_per_day: Some(10.0),
        length: Some(20),
        ..named()
    };
    let errors = schedule(&deck(40, 4), &options).unwrap_err();
    let [ScheduleError::Impossible(impossible)] = errors.as_slice() else { panic!("{errors:?}") };
    let thursday = date(2026, 1, 8);
    assert_eq!((impossible.from, impossible.to, impossible.needed), (thursday, thursday, 20.0));
    assert_eq!(impossible.fixes, [Fix::Minutes(20), Fix::NewPerDay(20), Fix::Open(wednesday)]);
    assert_eq!(errors[0].to_string(), "2026-01-08 needs 20 minutes and has 10");
    assert_eq!(errors[0].hints()[2], "working on 2026-01-07 is enough");
}

#[test]
fn a_plan_is_written_with_iso_dates() {
    let plan = schedule(&deck(3, 1), &Options { length: Some(5), ..named() }).unwrap();
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["start"], "2026-01-05");
    assert_eq!(json["exam"], serde_json::Value::Null);
    assert_eq!(json["sessions"][0]["date"], "2026-01-05");
    assert_eq!(json["sessions"][0]["introductions"], serde_json::json!([0, 1, 2]));
    assert_eq!(json["sessions"][1]["visits"][0]["k"], 1);
    assert_eq!(json["proof"]["waves"][0]["bound"]["from"], "2026-01-07");
}

#[test]
fn nonsense_names_its_key() {
    let base = Options::new(date(2027, 1, 4));
    let key = |options: Options| {
        schedule(&deck(5, 1), &options).unwrap_err().iter().map(ScheduleError::key).collect::<Vec<_>>()
    };
    assert_eq!(key(Options { exam: Some(date(2026, 1, 1)), ..base.clone() }), ["exam"]);
    assert_eq!(key(Options { exam: Some(date(2027, 1, 4)), ..base.clone() }), ["exam"]);
    assert_eq!(key(Options { retention: 1.5, ..base.clone() }), ["retention"]);
    assert_eq!(key(Options { retention: f64::NAN, ..base.clone() }), ["retention"]);
    assert_eq!(key(Options { minutes_per_day: Some(0.0), ..base.clone() }), ["minutes-per-day"]);
    assert_eq!(key(Options { new_per_day: Some(0), ..base.clone() }), ["new-per-day"]);
    assert_eq!(key(Options { mode: Mode::Exam, ..base.clone() }), ["exam"]);
    let off = vec![DayOff::Range(date(2027, 1, 1), date(2029, 1, 1))];
    assert_eq!(key(Options { days_off: off, ..base.clone() }), ["days-off"]);
    let two = Options { retention: 0.2, new_per_day: Some(0), ..base };
    assert_eq!(key(two), ["retention", "new-per-day"]);
}

#[test]
fn an_empty_deck_has_an_empty_plan() {
    let plan = schedule(&[], &Options::new(date(2027, 1, 4))).unwrap();
    assert!(plan.sessions.is_empty() && plan.forecast.is_empty());
    assert_eq!((plan.peak.cards, plan.peak.date), (0, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn plans_hold_what_they_promise(
        count in 1usize..150, per_day in 1usize..15, length in 5usize..200, off in 0usize..5,
        retention in 0.8..0.95f64, unequal: bool,
    ) {
        let cards: Vec<CardInfo> = (0..count)
            .map(|i| CardInfo { chapter: i / 20, minutes: if unequal { 0.2 + (i % 7) as f64 / 5.0 } else { 0.4 } })
            .collect();
        let weekdays = [Weekday::Sunday, Weekday::Saturday, Weekday::Wednesday, Weekday::Friday, Weekday::Monday];
        let options = Options {
            length: Some(length),
            new_per_day: Some(per_day),
            retention,
            days_off: weekdays[..off].iter().map(|w| DayOff::Weekday(*w)).collect(),
            ..Options::new(date(2027, 1, 4))
        };
        let plan = schedule(&cards, &options).unwrap();
        let recalls = recomputed(&plan, count);
        let mut k = vec![0; count];
        for session in &plan.sessions {
            prop_assert!(!options.days_off.iter().any(|off| off.covers(session.date)));
            let mut minutes = 0.0;
            for visit in &session.visits {
                let recall = recalls[visit.card][k[visit.card]];
                k[visit.card] += 1;
                minutes += cards[visit.card].minutes;
                prop_assert_eq!((recall - retention).abs() > 0.02 + 1e-12, visit.strained);
                if off == 0 && retention > 0.88 && retention < 0.92 {
                    // Around 0.9 every window has a whole day.
                    prop_assert!(!visit.strained, "{:?}", visit);
                }
            }
            minutes += session.introductions.iter().map(|card| cards[*card].minutes).sum::<f64>();
            prop_assert!((minutes - session.minutes).abs() < 1e-9);
        }
        let introduced: usize = plan.sessions.iter().map(|s| s.introductions.len()).sum();
        prop_assert_eq!(introduced + plan.left_out.len(), count);
        let peak = plan.sessions.iter().map(|s| s.minutes).fold(0.0, f64::max);
        prop_assert!((peak - plan.peak.minutes).abs() < 1e-6);
        for wave in &plan.proof.as_ref().unwrap().waves {
            match wave.minutes {
                None => prop_assert_eq!(wave.peak, wave.bound.bound),
                Some(gap) => prop_assert!(gap.peak >= gap.bound - 1e-6),
            }
        }
    }
}
