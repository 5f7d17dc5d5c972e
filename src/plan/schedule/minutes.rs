//! Visits of unequal length: a heuristic for the peak in minutes, and a lower bound to measure it by.

use serde::Serialize;

use super::balance::Window;

/// The lower bound on the peak in minutes, days as indices of open days.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct MinutesBound {
    pub first: usize,
    pub last: usize,
    /// Minutes placed there already, and of visits that cannot leave.
    pub load: f64,
    /// load / days
    pub bound: f64,
}

/// The largest average load over all intervals of days: no plan has a lower peak, though none may reach it.
pub fn minutes_bound(base: &[f64], windows: &[Window], minutes: &[f64]) -> Option<MinutesBound> {
    let count = base.len();
    let mut ends: Vec<Vec<(usize, f64)>> = vec![Vec::new(); count];
    for (window, minutes) in windows.iter().zip(minutes) {
        if let Some(list) = ends.get_mut(window.first) {
            list.push((window.last, *minutes));
        }
    }
    let mut confined = vec![0.0; count];
    let mut best: Option<MinutesBound> = None;
    for first in (0..count).rev() {
        for (last, minutes) in ends.get(first).into_iter().flatten() {
            if let Some(sum) = confined.get_mut(*last) {
                *sum += minutes;
            }
        }
        let mut load = 0.0;
        for (last, (base, visits)) in base.iter().zip(&confined).enumerate().skip(first) {
            load += base + visits;
            let bound = load / (last - first + 1) as f64;
            if best.is_none_or(|best| bound > best.bound + 1e-12) {
                best = Some(MinutesBound { first, last, load, bound });
            }
        }
    }
    best
}

/// Moves visits within their windows as long as that flattens the load in minutes. `days` comes in as any
/// assignment (the one that is best by number of visits, say); `load` holds the minutes of all days, these visits
/// included. Deterministic; at most [`ROUNDS`] passes.
pub fn flatten_minutes(load: &mut [f64], windows: &[Window], minutes: &[f64], days: &mut [usize]) {
    let mut order: Vec<usize> = (0..windows.len()).collect();
    order.sort_by(|a, b| minutes[*b].total_cmp(&minutes[*a]).then(a.cmp(b)));
    for _ in 0..ROUNDS {
        let mut moved = false;
        for visit in &order {
            let (window, weight, from) = (windows[*visit], minutes[*visit], days[*visit]);
            let lowest = (window.first..=window.last.min(load.len().saturating_sub(1)))
                .min_by(|a, b| load[*a].total_cmp(&load[*b]).then(a.abs_diff(from).cmp(&b.abs_diff(from))));
            let Some(to) = lowest else { continue };
            // The sum of squares falls by 2·weight·(from − to − weight).
            if load[to] + weight < load[from] - 1e-9 {
                load[from] -= weight;
                load[to] += weight;
                days[*visit] = to;
                moved = true;
            }
        }
        if !moved {
            return;
        }
    }
}

/// Passes of [`flatten_minutes`].
pub const ROUNDS: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn minutes_stay_above_their_bound_and_never_get_worse(
            visits in proptest::collection::vec((0usize..20, 0usize..20, 0.1..2.0f64), 1..80),
            base in proptest::collection::vec(0.0..5.0f64, 20),
        ) {
            let windows: Vec<Window> = visits
                .iter()
                .map(|(a, b, _)| Window { first: *a.min(b), last: *a.max(b) })
                .collect();
            let minutes: Vec<f64> = visits.iter().map(|(_, _, m)| *m).collect();
            let mut days: Vec<usize> = windows.iter().map(|w| w.first).collect();
            let mut load = base.clone();
            days.iter().zip(&minutes).for_each(|(day, m)| load[*day] += m);
            let squares = |load: &[f64]| load.iter().map(|l| l * l).sum::<f64>();
            let before = squares(&load);
            flatten_minutes(&mut load, &windows, &minutes, &mut days);
            prop_assert!(squares(&load) <= before + 1e-9);
            let mut again = base.clone();
            for ((day, m), window) in days.iter().zip(&minutes).zip(&windows) {
                prop_assert!(window.first <= *day && *day <= window.last);
                again[*day] += m;
            }
            let peak = again.iter().copied().fold(0.0, f64::max);
            prop_assert!(peak >= minutes_bound(&base, &windows, &minutes).unwrap().bound - 1e-9);
            for (a, b) in again.iter().zip(&load) {
                prop_assert!((a - b).abs() < 1e-6);
            }
        }
    }
}
