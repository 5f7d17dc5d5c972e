//! A tree as a wheel: leaves around an oval and reading outwards, their branches inside, the root in the middle; links
//! between leaves are led through the inside in bundles (after Holten 2006), around the labels that stand there.
//!
//! Lengths are multiples of the labels' own sizes until [`wheel`] knows how large the whole may be.

mod oval;
mod route;

use serde::Serialize;

use super::{Label, TreeError, children};
use crate::plan::length::{Mm, Point, Size};
use oval::Oval;
pub use route::{Route, crossings};

/// A label on its spoke.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Spoke {
    /// The middle of the label's end that is nearer to the root; the label's centre where it stands upright.
    pub anchor: Point,
    /// Direction away from the root, radians clockwise from the right; 0 for an upright label.
    pub angle: f64,
    pub size: Size,
    /// Upright labels are centred on their anchor.
    pub upright: bool,
}

impl Spoke {
    /// The corners, around.
    pub fn corners(&self) -> [Point; 4] {
        let (sin, cos) = self.angle.sin_cos();
        let (w, h) = (self.size.width.0, self.size.height.0 / 2.0);
        let (near, far) = if self.upright { (-w / 2.0, w / 2.0) } else { (0.0, w) };
        [(near, -h), (far, -h), (far, h), (near, h)].map(|(along, across)| {
            Point::new(
                self.anchor.x.0 + along * cos - across * sin,
                self.anchor.y.0 + along * sin + across * cos,
            )
        })
    }

    /// Whether a point lies within the label, or nearer to it than `pad`.
    pub fn holds(&self, p: Point, pad: Mm) -> bool {
        let (sin, cos) = self.angle.sin_cos();
        let (dx, dy) = (p.x.0 - self.anchor.x.0, p.y.0 - self.anchor.y.0);
        let (along, across) = (dx * cos + dy * sin, dy * cos - dx * sin);
        let (w, h) = (self.size.width.0, self.size.height.0 / 2.0 + pad.0);
        let (near, far) = if self.upright { (-w / 2.0, w / 2.0) } else { (0.0, w) };
        (near - pad.0..=far + pad.0).contains(&along) && across.abs() <= h
    }

    /// Whether two labels overlap, by the theorem of separating axes.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (self.corners(), other.corners());
        let apart = |angle: f64| {
            let (sin, cos) = angle.sin_cos();
            let span = |corners: &[Point; 4]| {
                let along = corners.map(|p| p.x.0 * cos + p.y.0 * sin);
                (
                    along.iter().copied().fold(f64::MAX, f64::min),
                    along.iter().copied().fold(f64::MIN, f64::max),
                )
            };
            let ((a0, a1), (b0, b1)) = (span(&a), span(&b));
            a1 <= b0 + 1e-9 || b1 <= a0 + 1e-9
        };
        let quarter = std::f64::consts::FRAC_PI_2;
        ![self.angle, self.angle + quarter, other.angle, other.angle + quarter].into_iter().any(apart)
    }

    /// Whether all corners lie in an area whose corner is the origin.
    fn within(&self, area: Size) -> bool {
        let inside = |at: Mm, most: Mm| (-1e-6..=most.0 + 1e-6).contains(&at.0);
        self.corners().into_iter().all(|c| inside(c.x, area.width) && inside(c.y, area.height))
    }

    /// The end that is farther from the root.
    fn end(&self) -> Point {
        let (sin, cos) = self.angle.sin_cos();
        Point { x: self.anchor.x + self.size.width * cos, y: self.anchor.y + self.size.width * sin }
    }
}

/// A finished wheel in an area whose top left corner is the origin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wheel {
    /// What the labels' sizes were multiplied by.
    pub scale: f64,
    /// One for each label, in order.
    pub spokes: Vec<Spoke>,
    /// Bézier curves from each label but the root to its parent, in order.
    pub edges: Vec<[Point; 4]>,
    /// Where a leaf's links begin; for other labels their anchor.
    pub ports: Vec<Point>,
    /// One for each pair that is linked.
    pub links: Vec<Route>,
}

/// White space in the labels' own size, mm at scale 1.
const LEAF_GAP: f64 = 0.7;
const BRANCH_GAP: f64 = 2.6;
const CHAPTER_GAP: f64 = 4.5;
/// From a branch's label to its leaves.
const FAN: f64 = 17.0;
const PAD: f64 = 1.4;

/// Sets a tree of at most three levels below the root as a wheel into an area, as large as it may be, at most `most`
/// times the labels' size.
///
/// # Errors
/// The labels are no tree.
pub fn wheel(labels: &[Label], links: &[(usize, usize)], area: Size, most: f64) -> Result<Wheel, TreeError> {
    let children = children(labels)?;
    let tree = Tree::new(labels, &children);
    let mut scale = most.min(tree.largest(area));
    // Curvature can bring labels inside together that have room at the rim: then all becomes smaller, branches first.
    let mut inner = 1.0;
    let spokes = loop {
        let spokes = tree.place(area, scale, inner);
        // Where the rim bends sharply, a label's corner can stand further out than its middle.
        let beyond = spokes.iter().any(|spoke| !spoke.within(area));
        if (!beyond && !crowded(&spokes)) || scale < 1e-3 {
            break spokes;
        }
        if !beyond && inner > 0.55 { inner *= 0.95 } else { scale *= 0.97 }
    };
    let ports = tree.ports(&spokes, scale);
    let edges = tree.edges(&spokes, &ports, scale);
    let oval = tree.oval(area, scale);
    let links = route::routes(&tree, &spokes, &ports, links, &oval, area, scale);
    Ok(Wheel { scale, spokes, edges, ports, links })
}

/// Whether any two labels overlap.
pub fn crowded(spokes: &[Spoke]) -> bool {
    spokes.iter().enumerate().any(|(i, a)| spokes.iter().take(i).any(|b| a.overlaps(b)))
}

/// A leaf's place along the rim, at scale 1.
#[derive(Debug, Copy, Clone)]
struct Slot {
    start: f64,
    end: f64,
}

struct Tree<'a> {
    labels: &'a [Label],
    children: &'a [Vec<usize>],
    depths: Vec<usize>,
    /// Of every label: its own pitch, or that of all its leaves.
    slots: Vec<Slot>,
    /// Length of the rim at scale 1.
    rim: f64,
    /// Longest leaf.
    reach: f64,
}

impl<'a> Tree<'a> {
    fn new(labels: &'a [Label], children: &'a [Vec<usize>]) -> Self {
        let mut depths: Vec<usize> = Vec::with_capacity(labels.len());
        for label in labels {
            depths.push(label.parent.and_then(|p| depths.get(p)).map_or(0, |depth| depth + 1));
        }
        let slots = vec![Slot { start: 0.0, end: 0.0 }; labels.len()];
        let mut tree = Self { labels, children, depths, slots, rim: 0.0, reach: 0.0 };
        tree.walk(0);
        tree.rim = tree.rim.max(1.0);
        tree
    }

    fn leaf(&self, i: usize) -> bool {
        self.children.get(i).is_none_or(Vec::is_empty)
    }

    fn depth(&self, i: usize) -> usize {
        self.depths.get(i).copied().unwrap_or(0)
    }

    fn size(&self, i: usize) -> Size {
        self.labels.get(i).map_or(Size::new(0.0, 0.0), |label| label.size)
    }

    fn slot(&self, i: usize) -> Slot {
        self.slots.get(i).copied().unwrap_or(Slot { start: 0.0, end: 0.0 })
    }

    /// Gives labels their stretch of the rim, in order.
    fn walk(&mut self, label: usize) {
        let start = self.rim;
        let size = self.size(label);
        if self.leaf(label) && label != 0 {
            self.rim += size.height.0 + LEAF_GAP;
            self.reach = self.reach.max(size.width.0);
        } else {
            for child in self.children.get(label).cloned().unwrap_or_default() {
                self.walk(child);
            }
            // A branch needs room for its own label further in, where the rim is shorter.
            let least = if label == 0 { 0.0 } else { 2.1 * (size.height.0 + LEAF_GAP) };
            if self.rim < start + least {
                let missing = (start + least - self.rim) / 2.0;
                for child in self.below(label) {
                    if let Some(slot) = self.slots.get_mut(child) {
                        slot.start += missing;
                        slot.end += missing;
                    }
                }
                self.rim = start + least;
            }
        }
        if let Some(slot) = self.slots.get_mut(label) {
            *slot = Slot { start, end: self.rim };
        }
        self.rim += match self.depth(label) {
            0 => 0.0,
            1 => CHAPTER_GAP,
            _ if !self.leaf(label) => BRANCH_GAP,
            _ => 0.0,
        };
    }

    /// All labels below one.
    fn below(&self, label: usize) -> Vec<usize> {
        let mut all = Vec::new();
        let mut open: Vec<usize> = self.children.get(label).cloned().unwrap_or_default();
        while let Some(next) = open.pop() {
            all.push(next);
            open.extend(self.children.get(next).into_iter().flatten());
        }
        all
    }

    fn oval(&self, area: Size, scale: f64) -> Oval {
        let out = (self.reach + PAD) * scale;
        Oval::new((area.width.0 / 2.0 - out).max(0.1), (area.height.0 / 2.0 - out).max(0.1))
    }

    /// The largest scale at which the leaves have room along the rim, and their branches' labels inside it.
    fn largest(&self, area: Size) -> f64 {
        let deep = (0..self.labels.len())
            .filter(|i| !self.leaf(*i) && self.depth(*i) > 1)
            .map(|i| self.size(i).width.0)
            .fold(0.0, f64::max);
        let middle = self.size(0);
        let fits = |scale: f64| {
            let oval = self.oval(area, scale);
            let inside = (FAN + deep) * scale + middle.height.0 * scale + 4.0 * scale;
            oval.length() >= self.rim * scale && oval.a.min(oval.b) > inside.max(middle.width.0 * scale / 2.0)
        };
        let (mut low, mut high) = (0.0, 50.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if fits(middle) { low = middle } else { high = middle }
        }
        low
    }

    fn place(&self, area: Size, scale: f64, inner: f64) -> Vec<Spoke> {
        let centre = Point { x: area.width / 2.0, y: area.height / 2.0 };
        let oval = self.oval(area, scale);
        let grown = |size: Size, by: f64| Size { width: size.width * by, height: size.height * by };
        (0..self.labels.len())
            .map(|i| {
                let slot = self.slot(i);
                let (rim, normal) = oval.at((slot.start + slot.end) / 2.0 / self.rim);
                let size = grown(self.size(i), scale);
                let angle = normal.1.atan2(normal.0);
                let off = |by: f64| {
                    Point::new(centre.x.0 + rim.0 + normal.0 * by, centre.y.0 + rim.1 + normal.1 * by)
                };
                if i == 0 {
                    Spoke { anchor: centre, angle: 0.0, size, upright: true }
                } else if self.leaf(i) {
                    Spoke { anchor: off(PAD * scale), angle, size, upright: false }
                } else if self.depth(i) == 1 {
                    // Between the root and the branches, upright.
                    let by = self.ring(&oval, scale, inner);
                    let anchor = Point::new(centre.x.0 + rim.0 * by, centre.y.0 + rim.1 * by);
                    Spoke { anchor, angle: 0.0, size: grown(self.size(i), scale * inner), upright: true }
                } else {
                    let size = grown(self.size(i), scale * inner);
                    // Deeper branches than two share the ring with their parents; packs have none.
                    Spoke { anchor: off(-(FAN * scale + size.width.0)), angle, size, upright: false }
                }
            })
            .collect()
    }

    /// Where the upright labels stand, as a part of the oval.
    fn ring(&self, oval: &Oval, scale: f64, inner: f64) -> f64 {
        let deep = (0..self.labels.len())
            .filter(|i| !self.leaf(*i) && self.depth(*i) > 1)
            .map(|i| self.size(i).width.0 * inner)
            .fold(0.0, f64::max);
        let free = 1.0 - (FAN + deep) * scale / oval.a.min(oval.b);
        (free * 0.62).clamp(0.2, 0.7)
    }

    /// A leaf's port lies on the rim, inside its label.
    fn ports(&self, spokes: &[Spoke], scale: f64) -> Vec<Point> {
        spokes
            .iter()
            .enumerate()
            .map(
                |(i, spoke)| {
                    if spoke.upright || !self.leaf(i) {
                        spoke.anchor
                    } else {
                        inward(spoke, PAD * scale / 2.0)
                    }
                },
            )
            .collect()
    }

    fn edges(&self, spokes: &[Spoke], ports: &[Point], scale: f64) -> Vec<[Point; 4]> {
        let mut edges = Vec::new();
        for (i, label) in self.labels.iter().enumerate() {
            let (Some(parent), Some(own)) = (label.parent.and_then(|p| spokes.get(p)), spokes.get(i)) else {
                continue;
            };
            let end = if own.upright { own.anchor } else { ports.get(i).copied().unwrap_or(own.anchor) };
            let start = if parent.upright { border(parent, end, scale) } else { beyond(parent, 0.8 * scale) };
            let end = if own.upright {
                border(own, start, scale)
            } else if self.leaf(i) {
                end
            } else {
                inward(own, 0.8 * scale)
            };
            let half = (end.x.0 - start.x.0).hypot(end.y.0 - start.y.0) / 2.0;
            let first =
                if parent.upright { part(start, end, 0.4) } else { beyond(parent, 0.8 * scale + half) };
            let second = if own.upright { part(start, end, 0.6) } else { inward_of(own, end, half) };
            edges.push([start, first, second, end]);
        }
        edges
    }
}

fn part(a: Point, b: Point, t: f64) -> Point {
    Point { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t }
}

/// A point before a label's near end.
fn inward(spoke: &Spoke, by: f64) -> Point {
    inward_of(spoke, spoke.anchor, by)
}

fn inward_of(spoke: &Spoke, from: Point, by: f64) -> Point {
    let (sin, cos) = spoke.angle.sin_cos();
    Point::new(from.x.0 - cos * by, from.y.0 - sin * by)
}

/// A point behind a label's far end.
fn beyond(spoke: &Spoke, by: f64) -> Point {
    let (sin, cos) = spoke.angle.sin_cos();
    let end = spoke.end();
    Point::new(end.x.0 + cos * by, end.y.0 + sin * by)
}

/// Where the line from an upright label's centre towards a point leaves it.
fn border(spoke: &Spoke, towards: Point, scale: f64) -> Point {
    let (dx, dy) = (towards.x.0 - spoke.anchor.x.0, towards.y.0 - spoke.anchor.y.0);
    let ratio = |half: f64, d: f64| if d.abs() < 1e-12 { f64::INFINITY } else { half / d.abs() };
    let pad = 0.8 * scale;
    let t =
        ratio(spoke.size.width.0 / 2.0 + pad, dx).min(ratio(spoke.size.height.0 / 2.0 + pad, dy)).min(1.0);
    Point::new(spoke.anchor.x.0 + dx * t, spoke.anchor.y.0 + dy * t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Chapters, sections, concepts.
    fn packs() -> impl Strategy<Value = Vec<Label>> {
        let section = proptest::collection::vec((4.0..70.0f64, 3.0..8.0f64), 1..12);
        let chapter = proptest::collection::vec(section, 1..6);
        proptest::collection::vec(chapter, 1..6).prop_map(|chapters| {
            let label = |w: f64, h: f64, parent| Label { size: Size::new(w, h), parent };
            let mut labels = vec![label(50.0, 16.0, None)];
            for chapter in chapters {
                let own = labels.len();
                labels.push(label(30.0, 8.0, Some(0)));
                for section in chapter {
                    let at = labels.len();
                    labels.push(label(28.0, 7.0, Some(own)));
                    labels.extend(section.into_iter().map(|(w, h)| label(w, h, Some(at))));
                }
            }
            labels
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn labels_never_overlap_and_stay_in_the_area(
            labels in packs(), links in proptest::collection::vec((0usize..300, 0usize..300), 0..20), wide: bool,
        ) {
            let area = if wide { Size::new(400.0, 270.0) } else { Size::new(270.0, 390.0) };
            let links: Vec<(usize, usize)> =
                links.into_iter().filter(|(a, b)| *a < labels.len() && *b < labels.len()).collect();
            let wheel = wheel(&labels, &links, area, 1.6).unwrap();
            prop_assert!(wheel.scale > 0.05 && wheel.scale <= 1.6);
            prop_assert!(!crowded(&wheel.spokes));
            for corner in wheel.spokes.iter().flat_map(Spoke::corners) {
                prop_assert!((-1e-6..=area.width.0 + 1e-6).contains(&corner.x.0), "{corner:?}");
                prop_assert!((-1e-6..=area.height.0 + 1e-6).contains(&corner.y.0), "{corner:?}");
            }
            prop_assert_eq!(wheel.edges.len(), labels.len() - 1);
            for link in &wheel.links {
                let ends = [link.curve[0][0], link.curve[link.curve.len() - 1][3]];
                prop_assert_eq!(ends, [wheel.ports[link.from], wheel.ports[link.to]]);
            }
        }
    }

    #[test]
    fn a_root_alone_stands_in_the_middle() {
        let root = Label { size: Size::new(30.0, 10.0), parent: None };
        let wheel = wheel(&[root], &[], Size::new(200.0, 100.0), 2.0).unwrap();
        assert_eq!(wheel.spokes[0].anchor, Point::new(100.0, 50.0));
        assert!(wheel.edges.is_empty() && wheel.links.is_empty());
    }

    #[test]
    fn turned_labels_overlap_as_rectangles_do() {
        let spoke = |x: f64, y: f64, angle: f64| Spoke {
            anchor: Point::new(x, y),
            angle,
            size: Size::new(10.0, 2.0),
            upright: false,
        };
        assert!(spoke(0.0, 0.0, 0.0).overlaps(&spoke(5.0, -4.0, std::f64::consts::FRAC_PI_2)));
        assert!(!spoke(0.0, 0.0, 0.0).overlaps(&spoke(5.0, 1.5, std::f64::consts::FRAC_PI_2)));
        assert!(!spoke(0.0, 0.0, 0.3).overlaps(&spoke(0.0, 2.2, 0.3)));
        assert!(spoke(0.0, 0.0, 0.0).holds(Point::new(9.0, 0.9), Mm::ZERO));
        assert!(!spoke(0.0, 0.0, 0.0).holds(Point::new(9.0, 1.1), Mm::ZERO));
    }
}
