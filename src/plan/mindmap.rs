//! A mind map's geometry: label boxes in, positions and curves out.
//!
//! Two layouts: [`tidy`] grows to both sides of the root, each sibling as near to the one before as their subtrees'
//! outlines allow (after Reingold and Tilford, with boxes of any size); [`radial`] sets the tree on rings. In both no
//! label touches another.

use std::f64::consts::TAU;
use std::fmt;

use serde::Serialize;

use super::length::{Mm, Point, Rect, Size};

/// A label's box, and the label it hangs on.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Label {
    pub size: Size,
    /// An earlier label; `None` for the root, which is the first.
    pub parent: Option<usize>,
}

/// White space.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Gaps {
    /// Between a label and its children.
    pub across: Mm,
    /// Between siblings.
    pub along: Mm,
}

/// A finished map; its top left corner is the origin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MindMap {
    pub size: Size,
    /// One for each label, in order.
    pub boxes: Vec<Rect>,
    /// One for each label but the root, in order.
    pub edges: Vec<Edge>,
}

/// A cubic Bézier curve from a label to its child.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    /// Start, two control points, end.
    pub curve: [Point; 4],
}

/// Why labels are no tree.
#[derive(Debug, Clone, Eq, PartialEq)]
pub enum TreeError {
    /// The first label has a parent, or a later one has none or one that comes after it.
    Parent(usize),
    /// A box of negative or no finite size.
    Size(usize),
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parent(label) => write!(f, "label {label} does not hang on an earlier one"),
            Self::Size(label) => write!(f, "label {label} has no size"),
        }
    }
}

impl std::error::Error for TreeError {}

/// Which way a subtree grows.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
enum Side {
    Right,
    Left,
}

/// The children of each label.
fn children(labels: &[Label]) -> Result<Vec<Vec<usize>>, TreeError> {
    let mut children = vec![Vec::new(); labels.len()];
    for (index, label) in labels.iter().enumerate() {
        let sides = [label.size.width.0, label.size.height.0];
        if sides.iter().any(|side| !side.is_finite() || *side < 0.0) {
            return Err(TreeError::Size(index));
        }
        match label.parent {
            None if index == 0 => {}
            Some(parent) if parent < index => {
                if let Some(list) = children.get_mut(parent) {
                    list.push(index);
                }
            }
            _ => return Err(TreeError::Parent(index)),
        }
    }
    Ok(children)
}

/// Grows to the right of the root, and to its left where `both` is set: the first children right, from the top,
/// the others left, so that both sides are about equally tall.
pub fn tidy(labels: &[Label], gaps: Gaps, both: bool) -> Result<MindMap, TreeError> {
    let children = children(labels)?;
    let Some(root) = labels.first() else { return Ok(finish(labels, Vec::new(), &[])) };
    let mut boxes = vec![Rect::around(Point::new(0.0, 0.0), root.size); labels.len()];
    let mut sides = vec![Side::Right; labels.len()];
    let branches = children.first().cloned().unwrap_or_default();
    let mut tree = Tidy { labels, children: &children, gaps, boxes: &mut boxes };
    let split = if both { tree.split(&branches) } else { branches.len() };
    let (right, left) = branches.split_at(split);
    let start = root.size.width / 2.0 + gaps.across;
    for (branches, side) in [(right, Side::Right), (left, Side::Left)] {
        let all = tree.stack(branches, start);
        tree.centre_on(&all, branches, Mm::ZERO);
        for label in all {
            if let (Some(rect), Some(place)) = (tree.boxes.get_mut(label), sides.get_mut(label)) {
                *place = side;
                if side == Side::Left {
                    rect.x = -rect.x - rect.width;
                }
            }
        }
    }
    Ok(finish(labels, boxes, &sides))
}

struct Tidy<'a> {
    labels: &'a [Label],
    children: &'a [Vec<usize>],
    gaps: Gaps,
    boxes: &'a mut Vec<Rect>,
}

impl Tidy<'_> {
    /// How many of the root's branches go right: the share that makes both sides about equally tall.
    fn split(&self, branches: &[usize]) -> usize {
        let heights: Vec<f64> = branches.iter().map(|branch| self.height(*branch)).collect();
        let total: f64 = heights.iter().sum();
        let mut sum = 0.0;
        let mut best = (f64::INFINITY, branches.len());
        for (index, height) in heights.iter().enumerate() {
            sum += height;
            let uneven = (2.0 * sum - total).abs();
            if uneven < best.0 - 1e-9 {
                best = (uneven, index + 1);
            }
        }
        best.1
    }

    /// About what a subtree takes along.
    fn height(&self, label: usize) -> f64 {
        let own = self.labels.get(label).map_or(0.0, |label| label.size.height.0) + self.gaps.along.0;
        let below: f64 =
            self.children.get(label).into_iter().flatten().map(|child| self.height(*child)).sum();
        own.max(below)
    }

    /// Lays subtrees below each other, their roots starting at `x`; all their labels.
    fn stack(&mut self, branches: &[usize], x: Mm) -> Vec<usize> {
        let mut placed: Vec<usize> = Vec::new();
        for branch in branches {
            let subtree = self.subtree(*branch, x);
            let shift = self.clearance(&placed, &subtree);
            self.shift(&subtree, shift);
            placed.extend(subtree);
        }
        placed
    }

    /// Lays out a label and all below it, the label starting at `x`, centred on its children.
    fn subtree(&mut self, label: usize, x: Mm) -> Vec<usize> {
        let size = self.labels.get(label).map_or(Size::new(0.0, 0.0), |label| label.size);
        let branches = self.children.get(label).cloned().unwrap_or_default();
        let mut all = self.stack(&branches, x + size.width + self.gaps.across);
        self.centre_on(&all, &branches, Mm::ZERO);
        if let Some(rect) = self.boxes.get_mut(label) {
            *rect = Rect::new(x, -size.height / 2.0, size.width, size.height);
        }
        all.push(label);
        all
    }

    /// Moves labels so that the middle between the first and the last branch lies at `y`.
    fn centre_on(&mut self, all: &[usize], branches: &[usize], y: Mm) {
        let middle = |label: Option<&usize>| {
            label.and_then(|label| self.boxes.get(*label)).map(|rect| rect.centre().y)
        };
        if let (Some(first), Some(last)) = (middle(branches.first()), middle(branches.last())) {
            self.shift(all, y - (first + last) / 2.0);
        }
    }

    fn shift(&mut self, labels: &[usize], by: Mm) {
        for label in labels {
            if let Some(rect) = self.boxes.get_mut(*label) {
                rect.y += by;
            }
        }
    }

    /// How far a subtree has to move down to clear all that is placed; nothing where nothing is.
    fn clearance(&self, placed: &[usize], subtree: &[usize]) -> Mm {
        let mut shift: Option<Mm> = None;
        for above in placed.iter().filter_map(|label| self.boxes.get(*label)) {
            for below in subtree.iter().filter_map(|label| self.boxes.get(*label)) {
                // Side by side they need room too, or a line of text runs into the next.
                let apart =
                    above.right() + self.gaps.along <= below.x || below.right() + self.gaps.along <= above.x;
                if !apart {
                    let needed = above.bottom() + self.gaps.along - below.y;
                    shift = Some(shift.map_or(needed, |most| most.max(needed)));
                }
            }
        }
        shift.unwrap_or(Mm::ZERO)
    }
}

/// Sets the tree on rings around the root: every subtree gets a sector by the number of its leaves, and the rings
/// are as narrow as the labels allow.
pub fn radial(labels: &[Label], gaps: Gaps) -> Result<MindMap, TreeError> {
    let children = children(labels)?;
    if labels.is_empty() {
        return Ok(finish(labels, Vec::new(), &[]));
    }
    let mut leaves = vec![0.0_f64; labels.len()];
    for (index, label) in labels.iter().enumerate().rev() {
        let own = leaves.get(index).copied().unwrap_or(0.0).max(1.0);
        if let Some(leaves) = leaves.get_mut(index) {
            *leaves = own;
        }
        if let Some(sum) = label.parent.and_then(|parent| leaves.get_mut(parent)) {
            *sum += own;
        }
    }
    // Angle of the sector's start, and ring, from the root outwards; parents come first.
    let mut starts = vec![-TAU / 4.0; labels.len()];
    let mut polar = vec![(0.0, 0.0); labels.len()];
    let total = leaves.first().copied().unwrap_or(1.0);
    for (index, list) in children.iter().enumerate() {
        let mut angle = starts.get(index).copied().unwrap_or(0.0);
        let ring = polar.get(index).map_or(0.0, |(_, ring)| *ring);
        for child in list {
            let sector = leaves.get(*child).copied().unwrap_or(0.0) / total * TAU;
            if let (Some(start), Some(place)) = (starts.get_mut(*child), polar.get_mut(*child)) {
                *start = angle;
                *place = (angle + sector / 2.0, ring + 1.0);
            }
            angle += sector;
        }
    }
    let place = |radius: f64| -> Vec<Rect> {
        polar
            .iter()
            .zip(labels)
            .map(|((angle, ring), label)| {
                let (sin, cos) = angle.sin_cos();
                Rect::around(Point::new(cos * ring * radius, sin * ring * radius), label.size)
            })
            .collect()
    };
    // Angles and rings are all different, so some radius clears every pair.
    let mut radius = gaps.across.0.max(1.0);
    let mut boxes = place(radius);
    while crowded(&boxes, gaps.along) {
        radius *= 1.05;
        boxes = place(radius);
    }
    let centre = boxes.first().map_or(Point::new(0.0, 0.0), |root| root.centre());
    let mut map = finish(labels, boxes, &vec![Side::Right; labels.len()]);
    let moved = map.boxes.first().map_or(centre, |root| root.centre());
    for edge in &mut map.edges {
        edge.curve = spoke(&map.boxes, edge.from, edge.to, moved);
    }
    Ok(map)
}

/// Whether any two boxes are nearer than `gap`.
fn crowded(boxes: &[Rect], gap: Mm) -> bool {
    boxes
        .iter()
        .enumerate()
        .any(|(index, a)| boxes.iter().take(index).any(|b| a.inset(-gap / 2.0).overlaps(b.inset(-gap / 2.0))))
}

/// A curve from box to box that leaves and arrives along the ray from the map's centre.
fn spoke(boxes: &[Rect], from: usize, to: usize, centre: Point) -> [Point; 4] {
    let at = |index: usize| boxes.get(index).map_or(centre, |rect| rect.centre());
    let (a, b) = (at(from), at(to));
    let start = boxes.get(from).map_or(a, |rect| border(*rect, b));
    let end = boxes.get(to).map_or(b, |rect| border(*rect, a));
    let middle = |p: Point, q: Point, t: f64| Point { x: p.x + (q.x - p.x) * t, y: p.y + (q.y - p.y) * t };
    // Half the way along the ray of either end: straight for the first ring, bent further out.
    let out = |p: Point, length: f64| {
        let (dx, dy) = (p.x - centre.x, p.y - centre.y);
        let far = dx.0.hypot(dy.0);
        if far < 1e-9 {
            None
        } else {
            Some(Point { x: p.x + dx * (length / far), y: p.y + dy * (length / far) })
        }
    };
    let half = (end.x.0 - start.x.0).hypot(end.y.0 - start.y.0) / 2.0;
    [
        start,
        out(start, half * 0.8).filter(|_| from != 0).unwrap_or_else(|| middle(start, end, 0.33)),
        out(end, -half * 0.8).unwrap_or_else(|| middle(start, end, 0.67)),
        end,
    ]
}

/// Where the line from a box's centre towards a point leaves the box.
fn border(rect: Rect, towards: Point) -> Point {
    let centre = rect.centre();
    let (dx, dy) = (towards.x - centre.x, towards.y - centre.y);
    let ratio = |half: Mm, d: Mm| if d.0.abs() < 1e-12 { f64::INFINITY } else { half.0 / d.0.abs() };
    let t = ratio(rect.width / 2.0, dx).min(ratio(rect.height / 2.0, dy)).min(1.0);
    Point { x: centre.x + dx * t, y: centre.y + dy * t }
}

/// Moves the map to the origin and draws its edges, level at both ends.
fn finish(labels: &[Label], mut boxes: Vec<Rect>, sides: &[Side]) -> MindMap {
    let least = |f: fn(&Rect) -> Mm| boxes.iter().map(f).fold(Mm(f64::INFINITY), Mm::min);
    let most = |f: fn(&Rect) -> Mm| boxes.iter().map(f).fold(Mm(f64::NEG_INFINITY), Mm::max);
    if boxes.is_empty() {
        return MindMap { size: Size::new(0.0, 0.0), boxes, edges: Vec::new() };
    }
    let (x, y) = (least(|r| r.x), least(|r| r.y));
    let size = Size { width: most(|r| r.right()) - x, height: most(|r| r.bottom()) - y };
    for rect in &mut boxes {
        rect.x -= x;
        rect.y -= y;
    }
    let mut edges = Vec::new();
    for (to, label) in labels.iter().enumerate() {
        let Some((from, (parent, child))) =
            label.parent.and_then(|from| Some((from, boxes.get(from).zip(boxes.get(to))?)))
        else {
            continue;
        };
        let (start, end) = match sides.get(to) {
            Some(Side::Left) => {
                (Point { x: parent.x, y: parent.centre().y }, Point { x: child.right(), y: child.centre().y })
            }
            _ => {
                (Point { x: parent.right(), y: parent.centre().y }, Point { x: child.x, y: child.centre().y })
            }
        };
        let middle = (start.x + end.x) / 2.0;
        let bend = |p: Point| Point { x: middle, y: p.y };
        edges.push(Edge { from, to, curve: [start, bend(start), bend(end), end] });
    }
    MindMap { size, boxes, edges }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GAPS: Gaps = Gaps { across: Mm(8.0), along: Mm(1.5) };

    fn label(width: f64, height: f64, parent: Option<usize>) -> Label {
        Label { size: Size::new(width, height), parent }
    }

    #[test]
    fn a_parent_stands_in_the_middle_of_its_children() {
        let labels = [
            label(20.0, 6.0, None),
            label(15.0, 4.0, Some(0)),
            label(15.0, 4.0, Some(0)),
            label(15.0, 4.0, Some(0)),
        ];
        let map = tidy(&labels, GAPS, false).unwrap();
        assert_eq!(map.size, Size::new(20.0 + 8.0 + 15.0, 3.0 * 4.0 + 2.0 * 1.5));
        let ys: Vec<f64> = map.boxes.iter().map(|r| r.centre().y.0).collect();
        assert_eq!(ys, [7.5, 2.0, 7.5, 13.0]);
        // Edges leave the root's right side level and reach the child's left side level.
        let edge = map.edges[0];
        assert_eq!((edge.from, edge.to), (0, 1));
        assert_eq!(
            edge.curve,
            [Point::new(20.0, 7.5), Point::new(24.0, 7.5), Point::new(24.0, 2.0), Point::new(28.0, 2.0)]
        );
    }

    #[test]
    fn outlines_interlock() {
        // A tall subtree hangs far right of a short sibling: the sibling stands beside it, not below all of it.
        let mut labels = vec![label(10.0, 4.0, None), label(10.0, 4.0, Some(0)), label(60.0, 4.0, Some(0))];
        for _ in 0..5 {
            labels.push(label(10.0, 4.0, Some(1)));
        }
        let map = tidy(&labels, Gaps { across: Mm(60.0), along: Mm(1.0) }, false).unwrap();
        let five = 5.0 * 4.0 + 4.0;
        assert!(map.size.height.0 < five + 1.0 + 4.0, "{}", map.size);
    }

    #[test]
    fn branches_go_to_both_sides() {
        let mut labels = vec![label(20.0, 6.0, None)];
        labels.extend([label(12.0, 4.0, Some(0)); 6]);
        let map = tidy(&labels, GAPS, true).unwrap();
        let root = map.boxes[0].centre();
        assert_eq!(map.boxes[1..].iter().filter(|r| r.x > root.x).count(), 3);
        assert_eq!(map.boxes[1..].iter().filter(|r| r.right() < root.x).count(), 3);
        assert!((root.x.0 - map.size.width.0 / 2.0).abs() < 1e-9);
        assert_eq!(map.edges[5].curve[3].x, map.boxes[6].right());
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let good = label(1.0, 1.0, None);
        assert_eq!(tidy(&[good, good], GAPS, true), Err(TreeError::Parent(1)));
        assert_eq!(radial(&[good, label(1.0, 1.0, Some(1))], GAPS), Err(TreeError::Parent(1)));
        assert_eq!(tidy(&[label(f64::NAN, 1.0, None)], GAPS, true), Err(TreeError::Size(0)));
        assert_eq!(tidy(&[], GAPS, true).unwrap().boxes, []);
        assert_eq!(radial(&[good], GAPS).unwrap().size, Size::new(1.0, 1.0));
    }

    fn trees() -> impl Strategy<Value = Vec<Label>> {
        proptest::collection::vec((2.0..40.0f64, 2.0..8.0f64, 0usize..1000), 1..60).prop_map(|boxes| {
            boxes
                .iter()
                .enumerate()
                // Mostly shallow, as chapters are.
                .map(|(i, (w, h, p))| label(*w, *h, (i > 0).then(|| p % i.min(8))))
                .collect()
        })
    }

    fn check(map: &MindMap, labels: &[Label], gap: f64) {
        let whole = Rect::new(Mm::ZERO, Mm::ZERO, map.size.width, map.size.height);
        for (i, a) in map.boxes.iter().enumerate() {
            assert!(whole.contains(*a));
            assert!((a.width - labels[i].size.width).abs().0 < 1e-9);
            for b in &map.boxes[..i] {
                let near = Mm(gap / 2.0 - 1e-6);
                assert!(!a.inset(-near).overlaps(b.inset(-near)), "{a:?} {b:?}");
            }
        }
        assert_eq!(map.edges.len(), labels.len() - 1);
        for edge in &map.edges {
            assert_eq!(labels[edge.to].parent, Some(edge.from));
            let on = |rect: Rect, p: Point| {
                rect.inset(Mm(-1e-6)).contains(Rect::new(p.x, p.y, Mm::ZERO, Mm::ZERO))
            };
            assert!(on(map.boxes[edge.from], edge.curve[0]) && on(map.boxes[edge.to], edge.curve[3]));
        }
    }

    proptest! {
        #[test]
        fn tidy_labels_never_overlap(labels in trees(), both: bool) {
            let map = tidy(&labels, GAPS, both).unwrap();
            check(&map, &labels, 1.5);
        }

        #[test]
        fn radial_labels_never_overlap(labels in trees()) {
            let map = radial(&labels, GAPS).unwrap();
            check(&map, &labels, 1.5);
        }

        #[test]
        fn siblings_keep_their_order(labels in trees()) {
            let map = tidy(&labels, GAPS, false).unwrap();
            let mut last = vec![f64::NEG_INFINITY; labels.len()];
            for (i, label) in labels.iter().enumerate().skip(1) {
                let parent = label.parent.unwrap();
                let y = map.boxes[i].centre().y.0;
                prop_assert!(y > last[parent]);
                last[parent] = y;
            }
        }
    }
}
