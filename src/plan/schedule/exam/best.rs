//! One card's best days.

use crate::plan::fsrs::Fsrs;

/// Up to so many visits are searched thoroughly: each one more doubles what a look costs, and there are more looks.
const FEW: usize = 3;

/// The schedule that everybody knows, in days after the introduction.
pub(super) const FOLK: [i32; 6] = [1, 3, 7, 14, 30, 60];

/// The days, out of `allowed` (ascending), on which `visits` visits more give the highest expected recall on day `exam`
/// to a card that was introduced, and then visited on the days `done`.
///
/// Fewer days where fewer are allowed between the last visit and the exam. Found by ascent: up to [`FEW`] visits from
/// every start, one visit and then two at a time, which the tests find equal to trying all; with more of them one visit
/// at a time from the best start, so never worse than the known schedule and equal gaps are on these days.
pub fn best_days(
    fsrs: &Fsrs,
    introduced: i32,
    done: &[i32],
    exam: i32,
    allowed: &[i32],
    visits: usize,
) -> Vec<i32> {
    let mut recall = |days: &[i32]| fsrs.expected_recall(introduced, days, exam);
    best_days_near(&mut recall, introduced, done, exam, allowed, visits, &[])
}

/// The same, with the recall that all visits' days give, and `near`, one more place to start from: days that were best
/// for a card much like this one.
pub(super) fn best_days_near(
    recall: &mut impl FnMut(&[i32]) -> f64,
    introduced: i32,
    done: &[i32],
    exam: i32,
    allowed: &[i32],
    visits: usize,
    near: &[i32],
) -> Vec<i32> {
    let last = done.last().copied().unwrap_or(introduced);
    let allowed: Vec<i32> = allowed.iter().copied().filter(|day| *day > last && *day < exam).collect();
    let count = visits.min(allowed.len());
    if count == 0 {
        return Vec::new();
    }
    let mut days: Vec<i32> = Vec::with_capacity(done.len() + count);
    let mut value = |indices: &[usize]| {
        days.clear();
        days.extend(done.iter().copied().chain(indices.iter().map(|index| allowed[*index])));
        recall(&days)
    };
    let mut starts = starts(last, exam, &allowed, count);
    if near.len() == count {
        starts.push(distinct(near, &allowed));
    }
    let better = |best: Option<(f64, Vec<usize>)>, found: (f64, Vec<usize>)| match best {
        Some(best) if best.0 >= found.0 => Some(best),
        _ => Some(found),
    };
    let best = if count <= FEW {
        starts.into_iter().map(|start| ascend(start, allowed.len(), &mut value)).fold(None, better)
    } else {
        let start = starts.into_iter().map(|start| (value(&start), start)).fold(None, better);
        start.map(|(_, start)| ascend(start, allowed.len(), &mut value))
    };
    best.map(|(_, indices)| indices.iter().map(|index| allowed[*index]).collect()).unwrap_or_default()
}

/// Where to start from: the known schedule, equal gaps, and gaps that grow or shrink; as distinct allowed days.
fn starts(last: i32, exam: i32, allowed: &[i32], count: usize) -> Vec<Vec<usize>> {
    let span = f64::from(exam - last);
    let at = |share: f64| last.saturating_add((span * share).round() as i32);
    let steps = || (1..=count).map(|j| j as f64 / (count + 1) as f64);
    let mut wishes: Vec<Vec<i32>> = vec![
        steps().map(at).collect(),
        steps().map(|x| at(x * x)).collect(),
        steps().map(|x| at(x.sqrt())).collect(),
        steps().map(|x| at(x * x * x)).collect(),
    ];
    if count <= FOLK.len() {
        wishes.push(FOLK.iter().take(count).map(|day| last.saturating_add(*day)).collect());
    }
    wishes.into_iter().map(|days| distinct(&days, allowed)).collect()
}

/// The nearest allowed days, each taken once, ascending. `allowed` has at least as many.
fn distinct(wishes: &[i32], allowed: &[i32]) -> Vec<usize> {
    let mut taken: Vec<usize> = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let nearest = (0..allowed.len())
            .filter(|index| !taken.contains(index))
            .min_by_key(|index| (allowed[*index].abs_diff(*wish), *index));
        taken.extend(nearest);
    }
    taken.sort_unstable();
    taken
}

/// Moves one visit at a time to its best day, then two at once by a few days, until nothing helps.
fn ascend(mut at: Vec<usize>, days: usize, value: &mut impl FnMut(&[usize]) -> f64) -> (f64, Vec<usize>) {
    let mut most = value(&at);
    loop {
        let before = most;
        for visit in 0..at.len() {
            let low = if visit == 0 { 0 } else { at[visit - 1] + 1 };
            let high = at.get(visit + 1).copied().unwrap_or(days);
            let mut chosen = at[visit];
            // With many visits every value is dear: look closely around, and from afar at every fourth day.
            let (near, few) = (at[visit], at.len() <= FEW);
            for day in (low..high).filter(|day| few || day.abs_diff(near) <= 6 || day % 4 == 0) {
                at[visit] = day;
                let found = value(&at);
                if found > most + 1e-12 {
                    most = found;
                    chosen = day;
                }
            }
            at[visit] = chosen;
        }
        if most > before + 1e-12 {
            continue;
        }
        if at.len() > FEW {
            return (most, at);
        }
        if let Some((found, moved)) = pair_move(&at, days, most, value) {
            most = found;
            at = moved;
        } else {
            return (most, at);
        }
    }
}

/// The first shift of two visits by up to three days each that helps.
fn pair_move(
    at: &[usize],
    days: usize,
    most: f64,
    value: &mut impl FnMut(&[usize]) -> f64,
) -> Option<(f64, Vec<usize>)> {
    let shifted = |day: usize, by: isize| day.checked_add_signed(by).filter(|day| *day < days);
    for first in 0..at.len() {
        for second in first + 1..at.len() {
            for a in -3..=3_isize {
                for b in -3..=3_isize {
                    let (Some(x), Some(y)) = (shifted(at[first], a), shifted(at[second], b)) else {
                        continue;
                    };
                    let mut moved = at.to_vec();
                    moved[first] = x;
                    moved[second] = y;
                    if a == 0 || b == 0 || moved.windows(2).any(|w| w[0] >= w[1]) {
                        continue;
                    }
                    let found = value(&moved);
                    if found > most + 1e-12 {
                        return Some((found, moved));
                    }
                }
            }
        }
    }
    None
}
