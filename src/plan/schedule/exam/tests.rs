use super::best::FOLK;
use super::*;
use crate::plan::fsrs::Fsrs;
use crate::plan::schedule::days::DayOff;
use crate::plan::schedule::{Mode, schedule};
use jiff::civil::{Weekday, date};
use proptest::prelude::*;

fn exhaustive(fsrs: &Fsrs, introduced: i32, exam: i32, allowed: &[i32], visits: usize) -> f64 {
    fn go(fsrs: &Fsrs, introduced: i32, exam: i32, rest: &[i32], left: usize, days: &mut Vec<i32>) -> f64 {
        if left == 0 {
            return fsrs.expected_recall(introduced, days, exam);
        }
        let mut best = 0.0_f64;
        for (i, day) in rest.iter().enumerate() {
            days.push(*day);
            best = best.max(go(fsrs, introduced, exam, &rest[i + 1..], left - 1, days));
            days.pop();
        }
        best
    }
    let allowed: Vec<i32> = allowed.iter().copied().filter(|d| *d > introduced && *d < exam).collect();
    go(fsrs, introduced, exam, &allowed, visits.min(allowed.len()), &mut Vec::new())
}

#[test]
fn chosen_days_beat_the_known_schedule_and_equal_gaps() {
    let fsrs = Fsrs::default();
    for exam in [30, 61, 90, 150] {
        let allowed: Vec<i32> = (1..exam).collect();
        for visits in 1..=6_usize {
            let best = fsrs.expected_recall(0, &best_days(&fsrs, 0, &[], exam, &allowed, visits), exam);
            let equal: Vec<i32> = (1..=visits as i32).map(|j| j * exam / (visits as i32 + 1)).collect();
            assert!(best >= fsrs.expected_recall(0, &equal, exam) - 1e-12);
            let folk: Vec<i32> = FOLK[..visits].iter().copied().filter(|day| *day < exam).collect();
            if folk.len() == visits {
                assert!(best >= fsrs.expected_recall(0, &folk, exam) - 1e-12, "{visits} before {exam}");
            }
        }
    }
}

#[test]
fn every_day_keeps_its_minutes_and_recall_is_better_than_unplanned() {
    let cards: Vec<CardInfo> =
        (0..120).map(|i| CardInfo { chapter: i / 30, minutes: if i % 3 == 0 { 1.0 } else { 0.5 } }).collect();
    let options = Options {
        mode: Mode::Exam,
        exam: Some(date(2027, 3, 15)),
        minutes_per_day: Some(8.0),
        days_off: vec![DayOff::Weekday(Weekday::Sunday), DayOff::Date(date(2027, 2, 3))],
        ..Options::new(date(2027, 1, 4))
    };
    let plan = schedule(&cards, &options).unwrap();
    let mut visits = vec![0; cards.len()];
    for session in &plan.sessions {
        assert!(session.minutes <= 8.0 + 1e-9 && session.date < date(2027, 3, 15));
        assert!(!options.days_off.iter().any(|off| off.covers(session.date)));
        session.visits.iter().for_each(|visit| visits[visit.card] += 1);
    }
    assert!(plan.left_out.is_empty());
    // 80 minutes a round, 60 open days of 8: one round to see all, four to come back, all with 4 visits or nearly.
    let fewest = visits.iter().min().unwrap();
    assert!(*fewest >= 3, "{visits:?}");
    for forecast in &plan.forecast {
        assert_eq!(forecast.introduced, 30);
        assert!(forecast.expected > 0.93 && forecast.expected <= forecast.hopeful, "{forecast:?}");
    }
}

#[test]
fn an_exam_too_near_is_explained() {
    let cards = vec![CardInfo { chapter: 0, minutes: 1.0 }; 300];
    let options = Options {
        mode: Mode::Exam,
        exam: Some(date(2027, 1, 24)),
        minutes_per_day: Some(20.0),
        ..Options::new(date(2027, 1, 4))
    };
    let errors = schedule(&cards, &options).unwrap_err();
    let [ScheduleError::Impossible(impossible)] = errors.as_slice() else { panic!("{errors:?}") };
    // 600 minutes into 20 days of 20.
    assert_eq!((impossible.needed, impossible.available, impossible.open_days), (600.0, 400.0, 20));
    assert_eq!(impossible.fixes, [Fix::Minutes(30), Fix::Longer(10)]);
    assert_eq!(
        errors[0].to_string(),
        "2027-01-04 to 2027-01-23 (20 open days) needs 600 minutes and has 400"
    );
    assert!(schedule(&cards, &Options { minutes_per_day: Some(30.0), ..options.clone() }).is_ok());
    assert!(schedule(&cards, &Options { exam: Some(date(2027, 2, 3)), ..options }).is_ok());
}

#[test]
fn a_single_card_gets_its_best_days() {
    let options = Options {
        mode: Mode::Exam,
        exam: Some(date(2027, 4, 4)),
        exam_visits: Some(3),
        minutes_per_day: Some(20.0),
        ..Options::new(date(2027, 1, 4))
    };
    let plan = schedule(&[CardInfo { chapter: 0, minutes: 0.5 }], &options).unwrap();
    let days: Vec<i32> = plan
        .sessions
        .iter()
        .filter(|s| !s.visits.is_empty())
        .map(|s| crate::plan::schedule::days::days_between(options.start, s.date))
        .collect();
    let fsrs = Fsrs::default();
    let allowed: Vec<i32> = (1..90).collect();
    let found = fsrs.expected_recall(0, &days, 90);
    assert!(found >= exhaustive(&fsrs, 0, 90, &allowed, 3) - 1e-12);
    assert!((plan.forecast[0].expected - found).abs() < 1e-12);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn up_to_three_visits_are_as_good_as_trying_all(
        exam in 2i32..70, introduced in 0i32..20, visits in 1usize..=3, off in 0u32..0x7f, seed in 0u64..1000,
    ) {
        let fsrs = Fsrs::default();
        // Weekdays off, and single days besides.
        let allowed: Vec<i32> = (0..exam)
            .filter(|day| off >> (day % 7) & 1 == 0)
            .filter(|day| (seed.wrapping_mul(6_364_136_223_846_793_005) >> (day % 61)) & 7 != 0)
            .collect();
        let days = best_days(&fsrs, introduced, &[], exam, &allowed, visits);
        prop_assert!(days.windows(2).all(|w| w[0] < w[1]));
        prop_assert!(days.iter().all(|day| allowed.contains(day) && *day > introduced && *day < exam));
        let best = exhaustive(&fsrs, introduced, exam, &allowed, visits);
        prop_assert!(fsrs.expected_recall(introduced, &days, exam) >= best - 1e-12, "{:?}", days);
    }
}
