//! How other planners spread visits, to be measured beside ours: frozen windows in, loads out.
//!
//! None of them looks further than the visit at hand.

use super::balance::Window;

/// Each visit on the first day of its window that is below `limit`, else pushed on to the next day with room, window
/// or not: what a daily limit does in most programs. The load of every day, and how many visits missed their window.
pub fn push_forward(days: usize, windows: &[Window], limit: u64) -> (Vec<u64>, usize) {
    let mut load = vec![0; days];
    let mut late = 0;
    for window in in_order(windows) {
        let free = (window.first..days).find(|day| load.get(*day).is_some_and(|load| *load < limit));
        let day = free.unwrap_or(days.saturating_sub(1));
        late += usize::from(day > window.last);
        if let Some(cell) = load.get_mut(day) {
            *cell += 1;
        }
    }
    (load, late)
}

/// Each visit on a random day of its window: the fuzz of spaced repetition programs. Seeded.
pub fn fuzz(days: usize, windows: &[Window], seed: u64) -> Vec<u64> {
    let mut load = vec![0; days];
    let mut state = seed;
    for window in in_order(windows) {
        // Knuth's MMIX generator; the high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let width = (window.last - window.first + 1) as u64;
        let day = window.first + ((state >> 33) % width) as usize;
        if let Some(cell) = load.get_mut(day) {
            *cell += 1;
        }
    }
    load
}

/// Each visit on the day of its window that has least so far: a load balancer.
pub fn greedy(days: usize, windows: &[Window]) -> Vec<u64> {
    let mut load = vec![0_u64; days];
    for window in in_order(windows) {
        let lowest = (window.first..=window.last).min_by_key(|day| (load.get(*day).copied(), *day));
        if let Some(cell) = lowest.and_then(|day| load.get_mut(day)) {
            *cell += 1;
        }
    }
    load
}

/// Windows in the order in which they open.
fn in_order(windows: &[Window]) -> Vec<Window> {
    let mut order = windows.to_vec();
    order.sort_by_key(|window| (window.first, window.last));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fsrs::Fsrs;
    use crate::plan::schedule::balance::balance;
    use crate::plan::schedule::days::{DayOff, Days};
    use crate::plan::schedule::waves::{Aim, frozen_windows};
    use jiff::civil::{Weekday, date};

    #[test]
    fn none_of_them_beats_the_optimum_of_the_named_case() {
        let off = [DayOff::Weekday(Weekday::Sunday), DayOff::Date(date(2026, 2, 24))];
        let days = Days::new(date(2026, 1, 5), 120, &off);
        let introduced: Vec<i32> = (0..400).map(|card| days.open()[card / 10]).collect();
        let aim = Aim { retention: 0.9, tolerance: 0.02 };
        let windows = frozen_windows(&days, &Fsrs::default(), aim, &introduced, 120);
        let count = days.open().len();
        let best = balance(&vec![0; count], &windows).peak();
        assert_eq!(best, 20);
        let peak = |load: Vec<u64>| {
            assert_eq!(load.iter().sum::<u64>(), windows.len() as u64);
            load.into_iter().max().unwrap()
        };
        assert!(peak(greedy(count, &windows)) >= best);
        for seed in 0..20 {
            assert!(peak(fuzz(count, &windows, seed)) > best);
        }
        // It needs to be told the limit: below the optimum visits miss their windows, without one all fall on first days.
        let (limited, late) = push_forward(count, &windows, best - 1);
        assert!(late > 0 && peak(limited) >= best - 1);
        let (first, late) = push_forward(count, &windows, u64::MAX);
        assert!(peak(first) > best && late == 0);
    }
}
