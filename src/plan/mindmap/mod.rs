//! A mind map's geometry: label boxes in, positions and curves out.
//!
//! [`tidy`] grows to one side or both, each sibling as near to the one before as their subtrees' outlines allow (after
//! Reingold and Tilford, with boxes of any size); [`outline`] fits such a tree into an area and joins leaves by arcs
//! beside it; [`wheel`] sets the leaves around an oval and leads links through its inside. In none does a label touch
//! another.

pub mod outline;
pub mod wheel;

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
    /// More than that between siblings of which one has children.
    pub branches: Mm,
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

/// The point of a Bézier curve at `t` from 0 to 1.
pub fn at(curve: &[Point; 4], t: f64) -> Point {
    let u = 1.0 - t;
    let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
    let sum = |axis: fn(&Point) -> Mm| curve.iter().zip(weights).map(|(p, w)| axis(p) * w).sum();
    Point { x: sum(|p| p.x), y: sum(|p| p.y) }
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
        let mut before = 0;
        for branch in branches {
            let subtree = self.subtree(*branch, x);
            let grown = subtree.len() > 1 || before > 1;
            let gap = if grown { self.gaps.along + self.gaps.branches } else { self.gaps.along };
            let shift = self.clearance(&placed, &subtree, gap);
            before = subtree.len();
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
    fn clearance(&self, placed: &[usize], subtree: &[usize], gap: Mm) -> Mm {
        let mut shift: Option<Mm> = None;
        for above in placed.iter().filter_map(|label| self.boxes.get(*label)) {
            for below in subtree.iter().filter_map(|label| self.boxes.get(*label)) {
                // Side by side they need room too, or a line of text runs into the next.
                let apart =
                    above.right() + self.gaps.along <= below.x || below.right() + self.gaps.along <= above.x;
                if !apart {
                    let needed = above.bottom() + gap - below.y;
                    shift = Some(shift.map_or(needed, |most| most.max(needed)));
                }
            }
        }
        shift.unwrap_or(Mm::ZERO)
    }
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

    const GAPS: Gaps = Gaps { across: Mm(8.0), along: Mm(1.5), branches: Mm(0.0) };

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
        let map = tidy(&labels, Gaps { across: Mm(60.0), along: Mm(1.0), branches: Mm(0.0) }, false).unwrap();
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
        assert_eq!(tidy(&[good, label(1.0, 1.0, Some(1))], GAPS, false), Err(TreeError::Parent(1)));
        assert_eq!(tidy(&[label(f64::NAN, 1.0, None)], GAPS, true), Err(TreeError::Size(0)));
        assert_eq!(tidy(&[], GAPS, true).unwrap().boxes, []);
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
