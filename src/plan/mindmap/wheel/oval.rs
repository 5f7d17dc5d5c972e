//! An ellipse around the origin, by the length along it.

use std::f64::consts::TAU;

/// Steps in which its length is summed up.
const STEPS: usize = 2880;

pub struct Oval {
    pub a: f64,
    pub b: f64,
    /// Length from the top, clockwise, at each step.
    sums: Vec<f64>,
}

impl Oval {
    pub fn new(a: f64, b: f64) -> Self {
        let mut sums = Vec::with_capacity(STEPS + 1);
        let mut sum = 0.0;
        let point = |i: usize| point(a, b, i as f64 / STEPS as f64);
        sums.push(0.0);
        for i in 0..STEPS {
            let (p, q) = (point(i), point(i + 1));
            sum += (p.0 - q.0).hypot(p.1 - q.1);
            sums.push(sum);
        }
        Self { a, b, sums }
    }

    pub fn length(&self) -> f64 {
        self.sums.last().copied().unwrap_or(0.0)
    }

    /// The point at a part of the length, clockwise from the top, and the direction outwards.
    pub fn at(&self, part: f64) -> ((f64, f64), (f64, f64)) {
        let wanted = part.rem_euclid(1.0) * self.length();
        let after = self.sums.partition_point(|sum| *sum < wanted).clamp(1, STEPS);
        let sum = |i: usize| self.sums.get(i).copied().unwrap_or(0.0);
        let (from, to) = (sum(after - 1), sum(after));
        let t = if to > from { (wanted - from) / (to - from) } else { 0.0 };
        let turn = ((after - 1) as f64 + t) / STEPS as f64;
        let p = point(self.a, self.b, turn);
        let (nx, ny) = (p.0 * self.b / self.a, p.1 * self.a / self.b);
        let far = nx.hypot(ny).max(1e-12);
        (p, (nx / far, ny / far))
    }
}

fn point(a: f64, b: f64, turn: f64) -> (f64, f64) {
    let angle = turn * TAU - TAU / 4.0;
    (a * angle.cos(), b * angle.sin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_an_oval() {
        let circle = Oval::new(10.0, 10.0);
        assert!((circle.length() - TAU * 10.0).abs() < 1e-3);
        let ((x, y), normal) = circle.at(0.25);
        assert!((x - 10.0).abs() < 1e-6 && y.abs() < 1e-6 && (normal.0 - 1.0).abs() < 1e-9);
        assert!((circle.at(0.0).0.1 + 10.0).abs() < 1e-9);
    }

    #[test]
    fn parts_of_the_length_are_equally_long() {
        // Ramanujan 1914 gives 48.4422 for half axes of 10 and 5.
        let oval = Oval::new(10.0, 5.0);
        assert!((oval.length() - 48.4422).abs() < 1e-3, "{}", oval.length());
        let steps: Vec<f64> = (0..100)
            .map(|i| {
                let (p, q) = (oval.at(f64::from(i) / 100.0).0, oval.at(f64::from(i + 1) / 100.0).0);
                (p.0 - q.0).hypot(p.1 - q.1)
            })
            .collect();
        assert!(steps.iter().all(|s| (s - 0.4844).abs() < 0.002), "{steps:?}");
    }
}
