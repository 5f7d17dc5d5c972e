//! FSRS-6, the memory model: how likely a card is recalled, and what a review makes of it.
//!
//! Formulas and default weights: the FSRS-6 wiki page *The Algorithm* (open-spaced-repetition), as `py-fsrs` 6.3 and
//! the `fsrs` crate 6.6 compute them; the crate is the oracle of this module's tests. Stability is in days: after so
//! many days recall has fallen to 90 %.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Stability stays within these, in days.
const STABILITY: (f64, f64) = (0.001, 36_500.0);
/// Difficulty stays within these.
const DIFFICULTY: (f64, f64) = (1.0, 10.0);
/// The longest interval, in days.
pub const LONGEST_INTERVAL: u32 = 36_500;

/// The 21 default weights, the average learner's.
pub const DEFAULT_WEIGHTS: [f64; 21] = [
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835, 0.0614,
    0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
];

/// The ranges that the optimiser of the `fsrs` crate keeps weights in; outside them the formulas lose their meaning.
const RANGES: [(f64, f64); 21] = [
    (0.001, 100.0),
    (0.001, 100.0),
    (0.001, 100.0),
    (0.001, 100.0),
    (1.0, 10.0),
    (0.001, 4.0),
    (0.001, 4.0),
    (0.001, 0.75),
    (0.0, 4.5),
    (0.0, 0.8),
    (0.001, 3.5),
    (0.001, 5.0),
    (0.001, 0.25),
    (0.001, 0.9),
    (0.0, 4.0),
    (0.0, 1.0),
    (1.0, 6.0),
    (0.0, 2.0),
    (0.0, 2.0),
    (0.0, 0.8),
    (0.1, 0.8),
];

/// How a review went.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    Again = 1,
    Hard = 2,
    Good = 3,
    Easy = 4,
}

impl Grade {
    pub const ALL: [Self; 4] = [Self::Again, Self::Hard, Self::Good, Self::Easy];

    fn number(self) -> f64 {
        f64::from(self as u8)
    }
}

/// What is known of a card in a head.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Memory {
    /// Days until recall has fallen to 90 %.
    pub stability: f64,
    /// From 1 (easy) to 10.
    pub difficulty: f64,
}

/// The model with its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Fsrs {
    w: [f64; 21],
    /// f = 0.9^(−1/w20) − 1
    factor: f64,
    /// e^w8
    growth: f64,
    /// D0(4), not clamped: what difficulty drifts to.
    easy: f64,
    /// e^(w17·w18): a lapse divides stability by this at least.
    lapse: f64,
    /// e^(w17(G−3+w18)) for G = 1..4
    same_day: [f64; 4],
}

impl Default for Fsrs {
    fn default() -> Self {
        Self::from_checked(DEFAULT_WEIGHTS)
    }
}

/// Why weights are refused.
#[derive(Debug, Clone, PartialEq)]
pub enum WeightsError {
    Count(usize),
    Range { index: usize, value: f64, least: f64, most: f64 },
}

impl fmt::Display for WeightsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "FSRS-6 has 21 weights, not {count}"),
            Self::Range { index, value, least, most } => {
                write!(f, "weight {index} is {value}, which is not between {least} and {most}")
            }
        }
    }
}

impl std::error::Error for WeightsError {}

impl Fsrs {
    /// The model with a learner's own weights, in the order of the optimiser's output.
    pub fn new(weights: &[f64]) -> Result<Self, WeightsError> {
        let w: [f64; 21] = weights.try_into().map_err(|_| WeightsError::Count(weights.len()))?;
        for (index, (value, (least, most))) in w.into_iter().zip(RANGES).enumerate() {
            if !(least..=most).contains(&value) {
                return Err(WeightsError::Range { index, value, least, most });
            }
        }
        Ok(Self::from_checked(w))
    }

    fn from_checked(w: [f64; 21]) -> Self {
        Self {
            factor: 0.9_f64.powf(-1.0 / w[20]) - 1.0,
            growth: w[8].exp(),
            easy: first_difficulty(&w, Grade::Easy),
            lapse: (w[17] * w[18]).exp(),
            same_day: Grade::ALL.map(|grade| (w[17] * (grade.number() - 3.0 + w[18])).exp()),
            w,
        }
    }

    pub fn weights(&self) -> &[f64; 21] {
        &self.w
    }

    /// Recall after `days`: R(t, S) = (1 + f·t/S)^(−w20).
    pub fn recall(&self, days: f64, stability: f64) -> f64 {
        (1.0 + self.factor * days / stability).powf(-self.w[20])
    }

    /// Days until recall has fallen to `retention`, not rounded: I(r, S) = S/f·(r^(−1/w20) − 1).
    pub fn days_to(&self, retention: f64, stability: f64) -> f64 {
        stability / self.factor * (retention.powf(-1.0 / self.w[20]) - 1.0)
    }

    /// The same in whole days, 1 to [`LONGEST_INTERVAL`].
    pub fn interval(&self, retention: f64, stability: f64) -> u32 {
        self.days_to(retention, stability).round().clamp(1.0, f64::from(LONGEST_INTERVAL)) as u32
    }

    /// After the first look at a card.
    pub fn first(&self, grade: Grade) -> Memory {
        let stability = self.w[grade as usize - 1];
        Memory {
            stability: clamp(stability, STABILITY),
            difficulty: clamp(first_difficulty(&self.w, grade), DIFFICULTY),
        }
    }

    /// After a review `days` after the last one; 0 is the same day.
    pub fn review(&self, memory: Memory, days: u32, grade: Grade) -> Memory {
        let (s, d) = (clamp(memory.stability, STABILITY), clamp(memory.difficulty, DIFFICULTY));
        let stability = if days == 0 {
            self.same_day(s, grade)
        } else {
            self.later_day(s, d, self.recall(f64::from(days), s), grade)
        };
        Memory { stability: clamp(stability, STABILITY), difficulty: self.next_difficulty(d, grade) }
    }

    fn later_day(&self, s: f64, d: f64, recall: f64, grade: Grade) -> f64 {
        if grade == Grade::Again { self.lapse(s, d, recall) } else { self.success(s, d, recall, grade) }
    }

    /// S' = S·(1 + e^w8·(11−D)·S^(−w9)·(e^(w10(1−R)) − 1)·[hard: w15]·[easy: w16])
    fn success(&self, s: f64, d: f64, recall: f64, grade: Grade) -> f64 {
        let w = &self.w;
        let bonus = match grade {
            Grade::Hard => w[15],
            Grade::Easy => w[16],
            Grade::Again | Grade::Good => 1.0,
        };
        s * (1.0 + self.growth * (11.0 - d) * s.powf(-w[9]) * ((w[10] * (1.0 - recall)).exp() - 1.0) * bonus)
    }

    /// S' = min(w11·D^(−w12)·((S+1)^w13 − 1)·e^(w14(1−R)), S/e^(w17·w18))
    fn lapse(&self, s: f64, d: f64, recall: f64) -> f64 {
        let w = &self.w;
        let forgotten =
            w[11] * d.powf(-w[12]) * ((s + 1.0).powf(w[13]) - 1.0) * (w[14] * (1.0 - recall)).exp();
        forgotten.min(s / self.lapse)
    }

    /// S' = S·e^(w17(G−3+w18))·S^(−w19), never less than S unless it was forgotten.
    fn same_day(&self, s: f64, grade: Grade) -> f64 {
        let growth = self.same_day[grade as usize - 1] * s.powf(-self.w[19]);
        s * if grade == Grade::Again { growth } else { growth.max(1.0) }
    }

    /// D' = w7·D0(4) + (1−w7)·(D − w6(G−3)(10−D)/9)
    fn next_difficulty(&self, d: f64, grade: Grade) -> f64 {
        let w = &self.w;
        let moved = d - w[6] * (grade.number() - 3.0) * (10.0 - d) / 9.0;
        clamp(w[7] * self.easy + (1.0 - w[7]) * moved, DIFFICULTY)
    }

    /// After a visit that went well: Good.
    pub fn pass(&self, memory: Memory, days: u32) -> Memory {
        self.review(memory, days, Grade::Good)
    }

    /// After a visit that failed: Again, and Good on the same day.
    pub fn fail(&self, memory: Memory, days: u32) -> Memory {
        self.review(self.review(memory, days, Grade::Again), 0, Grade::Good)
    }

    /// Recall on day `exam`, expected over every way the visits can go (2^k branches of pass and fail), for a card
    /// first seen, and known, on day `introduced`.
    ///
    /// A plan on paper hears nothing of how a visit went, and to suppose that all go well flatters it. Days are counted
    /// from any one day; visits ascend and lie after `introduced`, the exam after the last of them (earlier days are
    /// read as the same day). Costs 2^k: at most [`MOST_BRANCHING`] visits branch, earlier ones count as passed.
    pub fn expected_recall(&self, introduced: i32, visits: &[i32], exam: i32) -> f64 {
        let start = self.first(Grade::Good);
        let surplus = visits.len().saturating_sub(MOST_BRANCHING);
        let (sure, open) = visits.split_at(surplus);
        let (mut memory, mut last) = (start, introduced);
        for day in sure {
            memory = self.pass(memory, days(last, *day));
            last = *day;
        }
        self.branch(memory, last, open, exam)
    }

    fn branch(&self, memory: Memory, last: i32, visits: &[i32], exam: i32) -> f64 {
        let Some((day, rest)) = visits.split_first() else {
            return self.recall(f64::from(days(last, exam)), memory.stability);
        };
        let gap = days(last, *day);
        let known = self.recall(f64::from(gap), memory.stability);
        let [passed, failed] = if gap == 0 {
            [self.pass(memory, gap), self.fail(memory, gap)]
        } else {
            // As `pass` and `fail` do it, with the recall that is known already: this is where plans spend their time.
            let after = |grade| Memory {
                stability: clamp(
                    self.later_day(memory.stability, memory.difficulty, known, grade),
                    STABILITY,
                ),
                difficulty: self.next_difficulty(memory.difficulty, grade),
            };
            [after(Grade::Good), self.review(after(Grade::Again), 0, Grade::Good)]
        };
        let pass = self.branch(passed, *day, rest, exam);
        let fail = self.branch(failed, *day, rest, exam);
        known * pass + (1.0 - known) * fail
    }

    /// Recall on day `exam` if every visit goes well.
    pub fn hopeful_recall(&self, introduced: i32, visits: &[i32], exam: i32) -> f64 {
        let (mut memory, mut last) = (self.first(Grade::Good), introduced);
        for day in visits {
            memory = self.pass(memory, days(last, *day));
            last = *day;
        }
        self.recall(f64::from(days(last, exam)), memory.stability)
    }
}

/// D0(G) = w4 − e^(w5(G−1)) + 1, not yet clamped.
fn first_difficulty(w: &[f64; 21], grade: Grade) -> f64 {
    w[4] - (w[5] * (grade.number() - 1.0)).exp() + 1.0
}

/// So many visits branch in [`Fsrs::expected_recall`]; 2^16 branches.
pub const MOST_BRANCHING: usize = 16;

/// Whole days from one day to another, 0 where the second is earlier.
fn days(from: i32, to: i32) -> u32 {
    to.saturating_sub(from).max(0).unsigned_abs()
}

fn clamp(value: f64, (least, most): (f64, f64)) -> f64 {
    value.clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Equal to so many printed decimals.
    fn printed(value: f64, decimals: usize) -> String {
        format!("{value:.decimals$}")
    }

    #[test]
    fn the_curve_has_its_published_values() {
        let fsrs = Fsrs::default();
        assert_eq!(printed(fsrs.factor, 9), "0.980346494");
        assert_eq!(printed(fsrs.recall(2.0, 2.3065), 6), "0.909493");
        assert_eq!(printed(fsrs.recall(30.0, 10.9643), 6), "0.817905");
        assert_eq!(printed(fsrs.recall(60.0, 46.2802), 6), "0.881195");
        assert_eq!(printed(fsrs.recall(365.0, 100.0), 6), "0.790897");
        assert_eq!(fsrs.recall(0.0, 5.0), 1.0);
    }

    #[test]
    fn always_good_intervals_are_the_published_ones() {
        let fsrs = Fsrs::default();
        let table: [(f64, &str, &[u32]); 4] = [
            (0.95, "0.40256", &[1, 3, 8, 19, 43, 89, 175, 324]),
            (0.90, "1.00000", &[2, 11, 46, 163, 497, 1346, 3292, 7398]),
            (0.85, "1.90643", &[4, 31, 173, 773, 2859, 9071, 25344, 36500]),
            (0.80, "3.31596", &[8, 75, 521, 2762, 11761, 36500]),
        ];
        for (retention, ratio, intervals) in table {
            assert_eq!(printed(fsrs.days_to(retention, 1.0), 5), ratio);
            let mut memory = fsrs.first(Grade::Good);
            let mut found = Vec::new();
            for _ in intervals {
                let interval = fsrs.interval(retention, memory.stability);
                found.push(interval);
                memory = fsrs.pass(memory, interval);
            }
            assert_eq!(found, intervals, "r = {retention}");
        }
    }

    #[test]
    fn always_good_states_are_the_published_ones() {
        let fsrs = Fsrs::default();
        let mut memory = fsrs.first(Grade::Good);
        let mut states = Vec::new();
        for _ in 0..5 {
            states.push((printed(memory.stability, 4), printed(memory.difficulty, 4)));
            memory = fsrs.pass(memory, fsrs.interval(0.9, memory.stability));
        }
        let stabilities: Vec<_> = states.iter().map(|(s, _)| s.as_str()).collect();
        assert_eq!(stabilities, ["2.3065", "10.9643", "46.2802", "162.8622", "497.4472"]);
        let difficulties: Vec<_> = states.iter().take(3).map(|(_, d)| d.as_str()).collect();
        assert_eq!(difficulties, ["2.1181", "2.1112", "2.1043"]);
    }

    #[test]
    fn the_four_grades_lead_to_the_published_stabilities() {
        let fsrs = Fsrs::default();
        let after = Grade::ALL.map(|grade| fsrs.review(fsrs.first(Grade::Good), 2, grade).stability);
        assert_eq!(after.map(|s| printed(s, 5)), ["0.60758", "7.51332", "10.96433", "18.52175"]);
    }

    #[test]
    fn expected_recall_has_its_reference_values() {
        let fsrs = Fsrs::default();
        let cases: [(&[i32], i32, &str); 5] = [
            (&[2, 13, 59], 90, "0.9072"),
            (&[2, 13, 59], 180, "0.8356"),
            (&[1, 3, 7, 14, 30, 60], 90, "0.9440"),
            (&[1, 7, 16, 35], 90, "0.8975"),
            (&[15, 30, 45, 60, 75], 90, "0.9483"),
        ];
        for (visits, exam, expected) in cases {
            assert_eq!(printed(fsrs.expected_recall(0, visits, exam), 4), expected, "{visits:?} {exam}");
        }
        assert_eq!(printed(fsrs.hopeful_recall(0, &[2, 13, 59], 90), 4), "0.9740");
        assert_eq!(printed(fsrs.hopeful_recall(0, &[2, 13, 59], 180), 4), "0.9191");
        // Only differences of days count.
        assert_eq!(
            fsrs.expected_recall(100, &[102, 113, 159], 190),
            fsrs.expected_recall(0, &[2, 13, 59], 90)
        );
    }

    #[test]
    fn expected_recall_is_what_chance_gives() {
        let fsrs = Fsrs::default();
        let (visits, exam) = ([3, 10, 31], 60);
        // A fixed linear congruential generator (Knuth's MMIX constants).
        let mut seed = 42_u64;
        let mut chance = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        let runs = 40_000;
        let mut known = 0;
        for _ in 0..runs {
            let (mut memory, mut last) = (fsrs.first(Grade::Good), 0);
            for day in visits {
                let recall = fsrs.recall(f64::from(day - last), memory.stability);
                let gap = days(last, day);
                memory = if chance() < recall { fsrs.pass(memory, gap) } else { fsrs.fail(memory, gap) };
                last = day;
            }
            known += u32::from(chance() < fsrs.recall(f64::from(exam - last), memory.stability));
        }
        let p = fsrs.expected_recall(0, &visits, exam);
        let sigma = (p * (1.0 - p) / f64::from(runs)).sqrt();
        assert!((f64::from(known) / f64::from(runs) - p).abs() < 3.0 * sigma);
    }

    #[test]
    fn the_crate_agrees_on_ten_thousand_states() {
        let weights: Vec<f32> = DEFAULT_WEIGHTS.iter().map(|w| *w as f32).collect();
        let oracle = fsrs::FSRS::new(&weights).unwrap();
        let ours = Fsrs::default();
        let mut seed = 7_u64;
        let mut chance = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        let near = |a: f64, b: f32| (a - f64::from(b)).abs() <= 2e-4 * a.abs().max(1e-3);
        for _ in 0..10_000 {
            // Stabilities over the whole range, evenly on a logarithmic scale.
            let stability = (0.05_f64.ln() + chance() * (20_000.0_f64 / 0.05).ln()).exp();
            let difficulty = 1.0 + 9.0 * chance();
            let days = if chance() < 0.1 { 0 } else { (chance() * 3.0 * stability).round() as u32 + 1 };
            let state = fsrs::MemoryState { stability: stability as f32, difficulty: difficulty as f32 };
            let next = oracle.next_states(Some(state), 0.9, days).unwrap();
            for (grade, theirs) in Grade::ALL.into_iter().zip([next.again, next.hard, next.good, next.easy]) {
                let mine = ours.review(Memory { stability, difficulty }, days, grade);
                assert!(
                    near(mine.stability, theirs.memory.stability)
                        && near(mine.difficulty, theirs.memory.difficulty),
                    "S {stability} D {difficulty} after {days} d, {grade:?}: {mine:?} against {theirs:?}"
                );
                assert!(near(ours.days_to(0.9, mine.stability), theirs.interval));
            }
            let recall = fsrs::current_retrievability(state, days as f32, 0.1542);
            assert!((ours.recall(f64::from(days), stability) - f64::from(recall)).abs() < 1e-5);
        }
        let first = oracle.next_states(None, 0.9, 0).unwrap();
        for (grade, theirs) in Grade::ALL.into_iter().zip([first.again, first.hard, first.good, first.easy]) {
            let mine = ours.first(grade);
            assert!(near(mine.stability, theirs.memory.stability));
            assert!(near(mine.difficulty, theirs.memory.difficulty));
        }
    }

    #[test]
    fn weights_out_of_range_are_refused() {
        assert_eq!(Fsrs::new(&DEFAULT_WEIGHTS), Ok(Fsrs::default()));
        assert_eq!(Fsrs::new(&[0.0; 19]), Err(WeightsError::Count(19)));
        for wrong in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            let mut weights = DEFAULT_WEIGHTS;
            weights[20] = wrong;
            assert!(matches!(Fsrs::new(&weights), Err(WeightsError::Range { index: 20, .. })), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn recall_falls_and_intervals_invert_it(stability in 0.01..30_000.0f64, retention in 0.7..0.99f64) {
            let fsrs = Fsrs::default();
            let days = fsrs.days_to(retention, stability);
            prop_assert!((fsrs.recall(days, stability) - retention).abs() < 1e-9);
            prop_assert!(fsrs.recall(days + 1.0, stability) < retention);
        }

        #[test]
        fn a_sure_expectation_lies_between_all_failed_and_all_passed(
            gaps in proptest::collection::vec(1i32..40, 0..7), rest in 1i32..60,
        ) {
            let fsrs = Fsrs::default();
            let mut visits = Vec::new();
            let mut day = 0;
            for gap in gaps {
                day += gap;
                visits.push(day);
            }
            let exam = day + rest;
            let expected = fsrs.expected_recall(0, &visits, exam);
            prop_assert!(expected <= fsrs.hopeful_recall(0, &visits, exam) + 1e-12);
            prop_assert!(expected > 0.0);
        }
    }
}
