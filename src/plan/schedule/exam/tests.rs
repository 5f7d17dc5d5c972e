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

/// Days after the introduction, moved to the next open day before the exam, each taken once; fewer if there are none.
fn on_open_days(wishes: impl Iterator<Item = i32>, introduced: i32, open: &[i32]) -> Vec<i32> {
    let mut days: Vec<i32> = Vec::new();
    for wish in wishes {
        let least = days.last().map_or(introduced, |day| *day) + 1;
        days.extend(open.iter().copied().find(|day| *day >= (introduced + wish).max(least)));
    }
    days
}

#[test]
fn the_whole_deck_is_recalled_better_than_by_known_schedules() {
    let cards: Vec<CardInfo> = (0..90).map(|i| CardInfo { chapter: i / 30, minutes: 0.5 }).collect();
    for visits in 1..=6_usize {
        let options = Options {
            mode: Mode::Exam,
            exam: Some(date(2027, 4, 26)),
            exam_visits: Some(visits),
            days_off: vec![DayOff::Weekday(Weekday::Sunday)],
            ..Options::new(date(2027, 1, 4))
        };
        let plan = schedule(&cards, &options).unwrap();
        let (days, fsrs) = (options.days(), Fsrs::default());
        let exam = days.length() as i32;
        let mut introduced = vec![0; cards.len()];
        let mut count = 0;
        for session in &plan.sessions {
            session.introductions.iter().for_each(|card| introduced[*card] = days.offset(session.date));
            count += session.visits.len();
        }
        let found: f64 = plan.forecast.iter().map(|f| f.expected * f.introduced as f64).sum();
        // The others may crowd days as they like; they have as many visits, and the same introductions.
        assert_eq!(count, visits * cards.len());
        let of = |schedule: &dyn Fn(i32) -> Vec<i32>| -> f64 {
            let recall = |start: &i32| {
                let days = on_open_days(schedule(*start).into_iter(), *start, days.open());
                fsrs.expected_recall(*start, &days, exam)
            };
            introduced.iter().map(recall).sum()
        };
        let folk = of(&|_| FOLK[..visits].to_vec());
        let equal = of(&|start| {
            let step = f64::from(exam - start) / (visits + 1) as f64;
            (1..=visits).map(|j| (step * j as f64).floor() as i32).collect()
        });
        assert!(found >= folk, "{visits} visits: {found} against {folk}");
        assert!(found >= equal, "{visits} visits: {found} against {equal}");
    }
}

#[test]
fn the_forecast_is_what_chance_gives() {
    let cards: Vec<CardInfo> = (0..60).map(|i| CardInfo { chapter: i / 20, minutes: 0.5 }).collect();
    let options = Options {
        mode: Mode::Exam,
        exam: Some(date(2027, 3, 15)),
        minutes_per_day: Some(4.0),
        days_off: vec![DayOff::Weekday(Weekday::Sunday)],
        ..Options::new(date(2027, 1, 4))
    };
    let plan = schedule(&cards, &options).unwrap();
    let fsrs = Fsrs::default();
    let exam = options.days().length() as i32;
    // From the emitted days alone; Knuth's MMIX generator.
    let mut days: Vec<Vec<i32>> = vec![Vec::new(); cards.len()];
    for session in &plan.sessions {
        let day = crate::plan::schedule::days::days_between(options.start, session.date);
        let cards = session.introductions.iter().copied().chain(session.visits.iter().map(|v| v.card));
        cards.for_each(|card| days[card].push(day));
    }
    let mut seed = 11_u64;
    let mut chance = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 11) as f64 / (1_u64 << 53) as f64
    };
    let runs = 2_000;
    for forecast in &plan.forecast {
        let (mut known, mut variance) = (0.0, 0.0);
        for card in (0..cards.len()).filter(|card| cards[*card].chapter == forecast.chapter) {
            let (first, visits) = days[card].split_first().unwrap();
            let p = fsrs.expected_recall(*first, visits, exam);
            variance += p * (1.0 - p) / f64::from(runs);
            for _ in 0..runs {
                let (mut memory, mut last) = (fsrs.first(crate::plan::fsrs::Grade::Good), *first);
                for day in visits {
                    let gap = (day - last) as u32;
                    let right = chance() < fsrs.recall(f64::from(gap), memory.stability);
                    memory = if right { fsrs.pass(memory, gap) } else { fsrs.fail(memory, gap) };
                    last = *day;
                }
                let right = chance() < fsrs.recall(f64::from(exam - last), memory.stability);
                known += f64::from(u8::from(right)) / f64::from(runs);
            }
        }
        let (mean, sigma) = (known / forecast.cards as f64, variance.sqrt() / forecast.cards as f64);
        assert!((mean - forecast.expected).abs() < 3.0 * sigma, "{mean} ± {sigma}: {forecast:?}");
    }
}

#[test]
fn introductions_are_spread_evenly() {
    let options =
        Options { mode: Mode::Exam, exam: Some(date(2027, 4, 14)), ..Options::new(date(2027, 1, 4)) };
    for count in [1, 59, 60, 61, 90, 200] {
        let cards = vec![CardInfo { chapter: 0, minutes: 0.5 }; count];
        let plan = schedule(&cards, &options).unwrap();
        let new: Vec<usize> =
            plan.sessions.iter().map(|s| s.introductions.len()).filter(|n| *n > 0).collect();
        let (least, most) = (new.iter().min().unwrap(), new.iter().max().unwrap());
        assert!(most - least <= 1, "{count} cards: {new:?}");
        assert_eq!((plan.new_per_day, new.len()), (*most, count.min(60)), "{count} cards");
        // In the order of the deck.
        let order: Vec<usize> = plan.sessions.iter().flat_map(|s| s.introductions.clone()).collect();
        assert_eq!(order, (0..count).collect::<Vec<_>>());
    }
}

#[test]
fn a_large_deck_is_planned_with_few_looks() {
    let cards: Vec<CardInfo> = (0..2_500).map(|i| CardInfo { chapter: i / 500, minutes: 0.3 }).collect();
    let options = Options {
        mode: Mode::Exam,
        exam: Some(date(2027, 12, 1)),
        minutes_per_day: Some(30.0),
        ..Options::new(date(2027, 1, 4))
    };
    let plan = schedule(&cards, &options).unwrap();
    assert!(plan.sessions.iter().all(|s| s.minutes <= 30.0 + 1e-9));
    assert!(plan.left_out.is_empty() && plan.forecast.iter().all(|f| f.expected > 0.9));
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
