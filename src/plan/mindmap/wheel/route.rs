//! Ways for links through the inside of a wheel.
//!
//! A link leaves its leaf, passes the ring of branch labels in a gap between two of them, crosses the middle or goes round
//! it, and arrives in the same manner. Of the ways that there are the one that runs through fewest labels is taken, then the
//! shortest; since all links of a branch use its two gaps, they run in bundles.

use serde::Serialize;

use super::{FAN, Oval, Spoke, Tree};
use crate::plan::length::{Mm, Point, Size};
use crate::plan::mindmap::at;

/// A link's way: Bézier curves, each beginning where the one before ends.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Route {
    pub from: usize,
    pub to: usize,
    pub curve: Vec<[Point; 4]>,
}

/// How many labels a way runs through, its two ends' own apart.
pub fn crossings(route: &Route, spokes: &[Spoke]) -> usize {
    let inside = |spoke: &Spoke| {
        route
            .curve
            .iter()
            .any(|curve| (0..=SAMPLES).any(|i| spoke.holds(at(curve, i as f64 / SAMPLES as f64), Mm::ZERO)))
    };
    let others = spokes.iter().enumerate().filter(|(i, _)| *i != route.from && *i != route.to);
    others.filter(|(_, spoke)| inside(spoke)).count()
}

/// Points of each curve that are looked at.
const SAMPLES: usize = 6;

pub(super) fn routes(
    tree: &Tree,
    spokes: &[Spoke],
    ports: &[Point],
    links: &[(usize, usize)],
    oval: &Oval,
    area: Size,
    scale: f64,
) -> Vec<Route> {
    let mut pairs: Vec<(usize, usize)> = links
        .iter()
        .map(|(a, b)| (*a.min(b), *a.max(b)))
        .filter(|(a, b)| a != b && tree.leaf(*a) && tree.leaf(*b) && *a > 0 && *b < spokes.len())
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let ways = Ways { tree, spokes, ports, oval, area, scale, deep: tree.deep(spokes) };
    pairs.into_iter().map(|(from, to)| ways.best(from, to)).collect()
}

struct Ways<'a, 'b> {
    tree: &'a Tree<'b>,
    spokes: &'a [Spoke],
    ports: &'a [Point],
    oval: &'a Oval,
    area: Size,
    scale: f64,
    /// Longest branch label.
    deep: f64,
}

impl Tree<'_> {
    fn deep(&self, spokes: &[Spoke]) -> f64 {
        let branches = spokes.iter().enumerate().filter(|(i, spoke)| !spoke.upright && !self.leaf(*i));
        branches.map(|(_, spoke)| spoke.size.width.0).fold(0.0, f64::max)
    }
}

impl Ways<'_, '_> {
    fn best(&self, from: usize, to: usize) -> Route {
        let parent = |i: usize| self.tree.labels.get(i).and_then(|label| label.parent);
        let mut best: Option<(usize, f64, Route)> = None;
        let mut consider = |points: Vec<Point>| {
            let curve = spline(&points);
            let length: f64 = points.windows(2).map(|w| (w[1].x - w[0].x).0.hypot((w[1].y - w[0].y).0)).sum();
            let route = Route { from, to, curve };
            let hit = crossings(&route, self.spokes);
            if best.as_ref().is_none_or(|(most, far, _)| (hit, length) < (*most, *far)) {
                best = Some((hit, length, route));
            }
        };
        let near = |i: usize, by: f64| self.depth_point(self.middle(i), by);
        let end = |i: usize| self.ports.get(i).copied().unwrap_or(Point::new(0.0, 0.0));
        if parent(from) == parent(to) {
            // Within a branch: a bow before its leaves, deeper for those that are farther apart.
            let far = (self.middle(from) - self.middle(to)).abs() / self.scale;
            let by = (0.16 * far).clamp(1.5, 0.55 * FAN) * self.scale;
            let curve = vec![[end(from), near(from, by), near(to, by), end(to)]];
            return Route { from, to, curve };
        }
        let shallow = 0.45 * FAN * self.scale;
        let fan = FAN * self.scale;
        let inside = (FAN + 4.0) * self.scale + self.deep;
        for a in self.gaps(from) {
            for b in self.gaps(to) {
                if (a - b).abs() < 1e-6 {
                    // Neighbours: round the end of the branch label between them, if any.
                    let gap = self.depth_point(a, shallow);
                    consider(vec![end(from), near(from, shallow), gap, near(to, shallow), end(to)]);
                    continue;
                }
                let way = |middle: Vec<Point>| {
                    let mut points = vec![end(from), near(from, shallow)];
                    points.extend([self.depth_point(a, fan), self.depth_point(a, inside)]);
                    points.extend(middle);
                    points.extend([self.depth_point(b, inside), self.depth_point(b, fan)]);
                    points.extend([near(to, shallow), end(to)]);
                    points
                };
                consider(way(Vec::new()));
                // Along the ring inside the branches, either way round.
                let whole = self.tree.rim * self.scale;
                for turn in [(b - a).rem_euclid(whole), (b - a).rem_euclid(whole) - whole] {
                    let steps = ((turn.abs() / whole) * 16.0).ceil().max(1.0);
                    let place = |i: usize| a + turn * i as f64 / steps;
                    for depth in [inside, inside + 5.0 * self.scale] {
                        consider(way((1..steps as usize)
                            .map(|i| self.depth_point(place(i), depth))
                            .collect()));
                    }
                }
            }
        }
        best.map_or_else(|| Route { from, to, curve: Vec::new() }, |(_, _, route)| route)
    }

    /// The middle of a label's slot, along the rim.
    fn middle(&self, i: usize) -> f64 {
        let slot = self.tree.slot(i);
        (slot.start + slot.end) / 2.0 * self.scale
    }

    /// The gaps at both sides of a leaf's branch, along the rim.
    fn gaps(&self, leaf: usize) -> [f64; 2] {
        let branch = self.tree.labels.get(leaf).and_then(|label| label.parent).unwrap_or(0);
        let slot = self.tree.slot(branch);
        // A chapter's last gap is wider; the way lies near its branch.
        [slot.start - super::BRANCH_GAP / 2.0, slot.end + super::BRANCH_GAP / 2.0]
            .map(|place| place * self.scale)
    }

    /// A point so far inside the rim.
    fn depth_point(&self, along: f64, by: f64) -> Point {
        let ((x, y), (nx, ny)) = self.oval.at(along / (self.tree.rim * self.scale));
        Point::new(self.area.width.0 / 2.0 + x - nx * by, self.area.height.0 / 2.0 + y - ny * by)
    }
}

/// A smooth curve along a line of points, from the first to the last: a uniform cubic B-spline with its ends clamped.
fn spline(points: &[Point]) -> Vec<[Point; 4]> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let mut all = vec![*first; 2];
    all.extend_from_slice(points);
    all.extend([*last; 2]);
    let mix = |parts: &[(Point, f64)]| Point {
        x: parts.iter().map(|(p, w)| p.x * *w).sum(),
        y: parts.iter().map(|(p, w)| p.y * *w).sum(),
    };
    let mut curve: Vec<[Point; 4]> = all
        .windows(4)
        .map(|w| {
            let third = 1.0 / 3.0;
            [
                mix(&[(w[0], third / 2.0), (w[1], 2.0 * third), (w[2], third / 2.0)]),
                mix(&[(w[1], 2.0 * third), (w[2], third)]),
                mix(&[(w[1], third), (w[2], 2.0 * third)]),
                mix(&[(w[1], third / 2.0), (w[2], 2.0 * third), (w[3], third / 2.0)]),
            ]
        })
        .collect();
    // Sums of thirds are not exact.
    if let Some(start) = curve.first_mut() {
        start[0] = *first;
    }
    if let Some(end) = curve.last_mut() {
        end[3] = *last;
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spline_starts_and_ends_where_it_should_without_a_break() {
        let points = [(0.0, 0.0), (4.0, 0.0), (4.0, 9.0), (9.0, 9.0)].map(|(x, y)| Point::new(x, y));
        let curve = spline(&points);
        assert_eq!(curve[0][0], points[0]);
        let end = curve[curve.len() - 1][3];
        assert!((end.x - points[3].x).abs() < Mm(1e-9) && (end.y - points[3].y).abs() < Mm(1e-9));
        assert!(curve.windows(2).all(|w| {
            let (a, b) = (w[0][3], w[1][0]);
            (a.x - b.x).abs() < Mm(1e-9) && (a.y - b.y).abs() < Mm(1e-9)
        }));
    }
}
