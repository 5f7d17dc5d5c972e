//! Flat load: unit visits with windows onto days, with the smallest possible peak, and the proof of it.
//!
//! Days here are indices of days on which there is work at all (days off are left out), so windows are intervals.
//! Visits and days form a convex bipartite graph; on it earliest deadline first decides a capacity exactly (Glover
//! 1967), Hall's theorem needs to look at intervals only, and an assignment without a cost-reducing path is best for
//! every convex cost at once, peak included (Harvey, Ladner, Lovász, Tamir: *Semi-matchings for bipartite graphs and
//! load balancing*, 2006).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::Serialize;

/// The days a visit may fall on, first and last included.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Serialize)]
pub struct Window {
    pub first: usize,
    pub last: usize,
}

/// Why no plan has a lower peak: so much has to be done on so few days.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Serialize)]
pub struct Certificate {
    /// The interval of days that binds, first and last included.
    pub first: usize,
    pub last: usize,
    /// Load already placed on these days, and visits that cannot leave them.
    pub load: u64,
    /// ceil(load / days).
    pub bound: u64,
}

impl Certificate {
    /// Days in the interval.
    pub fn days(&self) -> usize {
        self.last - self.first + 1
    }
}

/// Visits on days.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct Balanced {
    /// For every window the day it got.
    pub days: Vec<usize>,
    /// Load of every day, base included.
    pub load: Vec<u64>,
}

impl Balanced {
    pub fn peak(&self) -> u64 {
        self.load.iter().copied().max().unwrap_or(0)
    }
}

/// Places every visit in its window, on top of a load that stands: smallest peak, and then as flat as it can be.
///
/// Windows must lie within the days (a window beyond them is cut to the last day). Without days nothing is placed.
pub fn balance(base: &[u64], windows: &[Window]) -> Balanced {
    if base.is_empty() || windows.is_empty() {
        return Balanced {
            days: vec![0; if base.is_empty() { 0 } else { windows.len() }],
            load: base.to_vec(),
        };
    }
    let end = base.len() - 1;
    let windows: Vec<Window> = windows
        .iter()
        .map(|w| Window { first: w.first.min(end), last: w.last.min(end).max(w.first.min(end)) })
        .collect();
    let most = base.iter().copied().max().unwrap_or(0);
    let (mut low, mut high) = (most, most + windows.len() as u64);
    // At `high` every day alone could hold all visits.
    let mut best = earliest_deadline_first(base, &windows, high);
    while low < high {
        let middle = low + (high - low) / 2;
        match earliest_deadline_first(base, &windows, middle) {
            Some(days) => {
                best = Some(days);
                high = middle;
            }
            None => low = middle + 1,
        }
    }
    let days = best.unwrap_or_else(|| windows.iter().map(|w| w.first).collect());
    Flattening::new(base, &windows, days).run()
}

/// A day for every window so that no day holds more than `capacity`, or `None` where there is no such assignment.
///
/// Days whose base load is at or over the capacity take nothing.
pub fn earliest_deadline_first(base: &[u64], windows: &[Window], capacity: u64) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = (0..windows.len()).collect();
    order.sort_unstable_by_key(|visit| windows.get(*visit).map(|w| (w.first, w.last)));
    let mut days = vec![0; windows.len()];
    let mut ready: BinaryHeap<Reverse<(usize, usize)>> = BinaryHeap::new();
    let mut next = order.into_iter().peekable();
    for (day, load) in base.iter().enumerate() {
        while let Some(visit) = next.next_if(|visit| windows.get(*visit).is_some_and(|w| w.first <= day)) {
            let deadline = windows.get(visit).map_or(0, |w| w.last);
            ready.push(Reverse((deadline, visit)));
        }
        for _ in 0..capacity.saturating_sub(*load) {
            let Some(Reverse((deadline, visit))) = ready.pop() else { break };
            if deadline < day {
                return None;
            }
            if let Some(slot) = days.get_mut(visit) {
                *slot = day;
            }
        }
        if ready.peek().is_some_and(|Reverse((deadline, _))| *deadline <= day) {
            return None;
        }
    }
    (ready.is_empty() && next.peek().is_none()).then_some(days)
}

/// Hall's bound: the largest ceil((load there + visits confined to it) / days in it) over all intervals of days.
///
/// The smallest interval that attains it, the earliest of those. `None` without days.
pub fn hall(base: &[u64], windows: &[Window]) -> Option<Certificate> {
    let count = base.len();
    let mut ends: Vec<Vec<usize>> = vec![Vec::new(); count];
    for window in windows {
        if let Some(list) = ends.get_mut(window.first) {
            list.push(window.last);
        }
    }
    // Visits that end on a day and start on or after the interval's first.
    let mut confined = vec![0_u64; count];
    let mut best: Option<Certificate> = None;
    for first in (0..count).rev() {
        for last in ends.get(first).into_iter().flatten() {
            if let Some(visits) = confined.get_mut(*last) {
                *visits += 1;
            }
        }
        let mut load = 0;
        for (last, (base, visits)) in base.iter().zip(&confined).enumerate().skip(first) {
            load += base + visits;
            let bound = load.div_ceil((last - first + 1) as u64);
            let found = Certificate { first, last, load, bound };
            let better = best.is_none_or(|best| {
                (bound, Reverse(found.days()), Reverse(first))
                    > (best.bound, Reverse(best.days()), Reverse(best.first))
            });
            if better {
                best = Some(found);
            }
        }
    }
    best
}

/// Cost-reducing paths: a visit of a full day moves to another day of its window, one from there further on, until a
/// day with at least two visits less has one more.
struct Flattening<'a> {
    windows: &'a [Window],
    days: Vec<usize>,
    load: Vec<u64>,
    /// The visits placed on each day.
    placed: Vec<Vec<usize>>,
    /// For each day, of its visits, the one whose window starts first and the one whose window ends last.
    reach: Vec<Option<(usize, usize)>>,
}

impl<'a> Flattening<'a> {
    fn new(base: &[u64], windows: &'a [Window], days: Vec<usize>) -> Self {
        let mut load = base.to_vec();
        let mut placed = vec![Vec::new(); base.len()];
        for (visit, day) in days.iter().enumerate() {
            if let (Some(load), Some(placed)) = (load.get_mut(*day), placed.get_mut(*day)) {
                *load += 1;
                placed.push(visit);
            }
        }
        let mut this = Self { windows, days, load, placed, reach: vec![None; base.len()] };
        (0..base.len()).for_each(|day| this.look(day));
        this
    }

    fn run(mut self) -> Balanced {
        loop {
            let mut order: Vec<usize> = (0..self.load.len()).collect();
            order.sort_by_key(|day| (Reverse(self.load[*day]), *day));
            let mut moved = false;
            for day in order {
                while self.relieve(day) {
                    moved = true;
                }
            }
            if !moved {
                return Balanced { days: self.days, load: self.load };
            }
        }
    }

    /// Moves one visit away from a day along a path, if that flattens.
    fn relieve(&mut self, from: usize) -> bool {
        // Every day reaches an interval around itself, so what can be reached from `from` is an interval too.
        let mut parent: Vec<usize> = vec![usize::MAX; self.load.len()];
        let (mut low, mut high) = (from, from);
        let mut queue = vec![from];
        let mut next = 0;
        while let Some(day) = queue.get(next).copied() {
            next += 1;
            let Some((early, late)) = self.reach[day] else { continue };
            let (first, last) = (self.windows[early].first, self.windows[late].last);
            while low > first {
                low -= 1;
                parent[low] = day;
                queue.push(low);
            }
            while high < last {
                high += 1;
                parent[high] = day;
                queue.push(high);
            }
        }
        let lowest = (low..=high).min_by_key(|day| (self.load[*day], day.abs_diff(from), *day));
        let Some(mut to) = lowest.filter(|to| self.load[*to] + 2 <= self.load[from]) else { return false };
        self.load[from] -= 1;
        self.load[to] += 1;
        // All moves are chosen before any is made: each day gives a visit that it held before.
        let mut moves = Vec::new();
        while to != from {
            let day = parent[to];
            if let Some((early, late)) = self.reach[day] {
                moves.push((if to < day { early } else { late }, day, to));
            }
            to = day;
        }
        for (visit, day, to) in &moves {
            self.placed[*day].retain(|other| other != visit);
            self.placed[*to].push(*visit);
            self.days[*visit] = *to;
        }
        for (_, day, to) in moves {
            self.look(day);
            self.look(to);
        }
        true
    }

    fn look(&mut self, day: usize) {
        let early = self.placed[day].iter().copied().min_by_key(|visit| (self.windows[*visit].first, *visit));
        let late =
            self.placed[day].iter().copied().max_by_key(|visit| (self.windows[*visit].last, Reverse(*visit)));
        self.reach[day] = early.zip(late);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn w(first: usize, last: usize) -> Window {
        Window { first, last }
    }

    /// The sorted loads of the best assignment (lexicographically from the highest), by trying all.
    fn brute(base: &[u64], windows: &[Window]) -> Vec<u64> {
        fn go(load: &mut Vec<u64>, rest: &[Window], best: &mut Option<Vec<u64>>) {
            let Some((window, rest)) = rest.split_first() else {
                let mut sorted = load.clone();
                sorted.sort_unstable_by_key(|l| Reverse(*l));
                if best.as_ref().is_none_or(|best| sorted < *best) {
                    *best = Some(sorted);
                }
                return;
            };
            for day in window.first..=window.last {
                load[day] += 1;
                go(load, rest, best);
                load[day] -= 1;
            }
        }
        let mut best = None;
        go(&mut base.to_vec(), windows, &mut best);
        best.unwrap()
    }

    #[test]
    fn a_crowd_spreads_over_its_window() {
        let balanced = balance(&[0, 0, 0, 0], &[w(0, 0), w(0, 0), w(0, 3), w(0, 3), w(0, 3), w(0, 3)]);
        assert_eq!(balanced.peak(), 2);
        let mut sorted = balanced.load.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [1, 1, 2, 2]);
    }

    #[test]
    fn the_certificate_names_the_smallest_binding_interval() {
        let base = [0, 5, 0, 0];
        let windows = [w(1, 2), w(1, 2), w(1, 2), w(0, 3)];
        let certificate = hall(&base, &windows).unwrap();
        assert_eq!(certificate, Certificate { first: 1, last: 1, load: 5, bound: 5 });
        assert_eq!(balance(&base, &windows).peak(), 5);
        assert_eq!(hall(&[], &[]), None);
    }

    #[test]
    fn nothing_is_placed_without_days() {
        assert_eq!(balance(&[], &[w(0, 3)]), Balanced { days: vec![], load: vec![] });
        assert_eq!(balance(&[1, 2], &[]).load, [1, 2]);
    }

    fn problem(days: usize, visits: usize) -> impl Strategy<Value = (Vec<u64>, Vec<Window>)> {
        (1..=days).prop_flat_map(move |days| {
            let window = (0..days, 0..days).prop_map(|(a, b)| w(a.min(b), a.max(b)));
            (proptest::collection::vec(0..4_u64, days), proptest::collection::vec(window, 0..=visits))
        })
    }

    proptest! {
        #[test]
        fn small_ones_are_as_flat_as_brute_force((base, windows) in problem(5, 6)) {
            let balanced = balance(&base, &windows);
            let mut sorted = balanced.load.clone();
            sorted.sort_unstable_by_key(|l| Reverse(*l));
            prop_assert_eq!(sorted, brute(&base, &windows));
        }

        #[test]
        fn the_peak_meets_its_bound_and_every_visit_its_window((base, windows) in problem(60, 300)) {
            let balanced = balance(&base, &windows);
            prop_assert_eq!(balanced.peak(), hall(&base, &windows).unwrap().bound);
            let mut load = base.clone();
            for (day, window) in balanced.days.iter().zip(&windows) {
                prop_assert!(window.first <= *day && *day <= window.last);
                load[*day] += 1;
            }
            prop_assert_eq!(load, balanced.load);
        }

        #[test]
        fn one_less_cannot_be_done((base, windows) in problem(30, 120)) {
            let peak = balance(&base, &windows).peak();
            if peak > base.iter().copied().max().unwrap_or(0) {
                prop_assert_eq!(earliest_deadline_first(&base, &windows, peak - 1), None);
            }
        }
    }
}
