//! A tree that grows to the right, as large as an area allows, with arcs beside it that join what refers to each other.
//!
//! Labels of a level begin at one line, and arcs lie right of all labels: no line of the drawing runs through a label.

use serde::Serialize;

use super::{Edge, Gaps, Label, TreeError, children, tidy};
use crate::plan::length::{Line, Mm, Point, Rect, Size};

/// What an outline may take.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Room {
    pub area: Size,
    /// Largest and smallest factor by which the labels are multiplied.
    pub most: f64,
    pub least: f64,
    /// What the arcs take beside the labels at least and at most; nothing where there are no links.
    pub arcs: (Mm, Mm),
}

/// White space of the labels' own size, and how far that along may grow to fill the area.
const GAPS: Gaps = Gaps { across: Mm(9.0), along: Mm(0.7), branches: Mm(1.6) };
const MOST_ALONG: f64 = 3.2;
/// Between a label and a line that begins at it.
const PAD: Mm = Mm(1.2);

/// A finished outline; its top left corner is the origin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outline {
    /// What the labels' sizes were multiplied by.
    pub scale: f64,
    pub size: Size,
    /// One for each label, in order.
    pub boxes: Vec<Rect>,
    /// From where a level ends to the label; one for each label but the root.
    pub edges: Vec<Edge>,
    /// From a label to the end of its level: right of a label that has children, or links.
    pub stems: Vec<(usize, Line)>,
    /// One for each pair that is linked.
    pub arcs: Vec<Edge>,
}

/// Lays out a tree with links between its labels. `None` where it does not fit even at the smallest scale.
///
/// # Errors
/// The labels are no tree.
pub fn outline(
    labels: &[Label],
    links: &[(usize, usize)],
    room: &Room,
) -> Result<Option<Outline>, TreeError> {
    let children = children(labels)?;
    let mut pairs: Vec<(usize, usize)> = links
        .iter()
        .map(|(a, b)| (*a.min(b), *a.max(b)))
        .filter(|(a, b)| a != b && *b < labels.len())
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let aligned = aligned(labels, &children);
    let gaps = |along: f64| Gaps { along: Mm(along), ..GAPS };
    let first = tidy(&aligned, GAPS, false)?;
    let arcs = if pairs.is_empty() { Mm::ZERO } else { room.arcs.0 + PAD };
    let ratio = |have: Mm, need: Mm| if need.0 > 0.0 { have.0 / need.0 } else { f64::INFINITY };
    let scale = room
        .most
        .min(ratio(room.area.height, first.size.height))
        .min(ratio(room.area.width - arcs, first.size.width));
    if scale < room.least {
        return Ok(None);
    }
    // What is left of the height goes between the labels.
    let mut map = first;
    let mut along = GAPS.along.0;
    while along < MOST_ALONG {
        along += 0.1;
        let wider = tidy(&aligned, gaps(along), false)?;
        if wider.size.height * scale > room.area.height {
            break;
        }
        map = wider;
    }
    let grown = |p: Point| Point { x: p.x * scale, y: p.y * scale };
    let whole: Vec<Rect> = map
        .boxes
        .iter()
        .map(|r| Rect::new(r.x * scale, r.y * scale, r.width * scale, r.height * scale))
        .collect();
    let boxes: Vec<Rect> =
        whole.iter().zip(labels).map(|(r, label)| Rect { width: label.size.width * scale, ..*r }).collect();
    // Edges begin behind labels and end before them.
    let pad = PAD * scale;
    let edges: Vec<Edge> = map
        .edges
        .iter()
        .map(|edge| {
            let [start, first, second, end] = edge.curve.map(grown);
            let (start, end) = (Point { x: start.x + pad * 0.7, ..start }, Point { x: end.x - pad, ..end });
            Edge { curve: [start, first, second, end], ..*edge }
        })
        .collect();
    let right = boxes.iter().map(|r| r.right()).fold(Mm::ZERO, Mm::max);
    let port = right + PAD;
    let linked = |i: usize| pairs.iter().any(|(a, b)| *a == i || *b == i);
    let mut stems = Vec::new();
    for (i, (own, level)) in boxes.iter().zip(&whole).enumerate() {
        let parent = children.get(i).is_some_and(|list| !list.is_empty());
        let end = if parent { level.right() + pad * 0.7 } else { port };
        let start = own.right() + pad;
        if (parent || linked(i)) && end > start {
            let y = own.centre().y;
            stems.push((i, Line::new(Point { x: start, y }, Point { x: end, y })));
        }
    }
    let y = |i: usize| boxes.get(i).map_or(Mm::ZERO, |r| r.centre().y);
    let far = pairs.iter().map(|(a, b)| (y(*b) - y(*a)).abs().0).fold(1e-9, f64::max);
    // Near things are joined near the labels; the root of the distance keeps short arcs visible. With few and short ones
    // they do not have to take all the room.
    let free = (room.area.width - port).max(room.arcs.0).min(room.arcs.1);
    let reach = free.0.min(0.6 * far + 3.0);
    let arcs: Vec<Edge> = pairs
        .iter()
        .map(|(a, b)| {
            let out = port + Mm(reach * ((y(*b) - y(*a)).abs().0 / far).sqrt()) / 0.75;
            let at = |x: Mm, i: usize| Point { x, y: y(i) };
            Edge { from: *a, to: *b, curve: [at(port, *a), at(out, *a), at(out, *b), at(port, *b)] }
        })
        .collect();
    let width = if arcs.is_empty() { right } else { port + Mm(reach) };
    let height = map.size.height * scale;
    Ok(Some(Outline { scale, size: Size { width, height }, boxes, edges, stems, arcs }))
}

/// Labels as wide as their level, so that the next one begins at one line; what ends early keeps the rest of the row.
fn aligned(labels: &[Label], children: &[Vec<usize>]) -> Vec<Label> {
    let mut depths: Vec<usize> = Vec::with_capacity(labels.len());
    for label in labels {
        let depth = label.parent.and_then(|p| depths.get(p)).map_or(0, |depth| depth + 1);
        depths.push(depth);
    }
    let last = depths.iter().copied().max().unwrap_or(0);
    let mut widths = vec![Mm::ZERO; last + 1];
    for (label, depth) in labels.iter().zip(&depths) {
        if let Some(width) = widths.get_mut(*depth) {
            *width = width.max(label.size.width);
        }
    }
    let rest = |depth: usize| -> Mm {
        let own: Mm = widths.iter().skip(depth).copied().sum();
        own + GAPS.across * (last - depth) as f64
    };
    labels
        .iter()
        .zip(&depths)
        .enumerate()
        .map(|(i, (label, depth))| {
            let leaf = children.get(i).is_none_or(Vec::is_empty);
            let width = if leaf { rest(*depth) } else { widths.get(*depth).copied().unwrap_or(Mm::ZERO) };
            Label { size: Size { width: width.max(label.size.width), ..label.size }, ..*label }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROOM: Room =
        Room { area: Size::new(160.0, 230.0), most: 0.95, least: 0.1, arcs: (Mm(16.0), Mm(48.0)) };

    fn trees() -> impl Strategy<Value = (Vec<Label>, Vec<(usize, usize)>)> {
        let boxes = proptest::collection::vec((2.0..60.0f64, 3.0..8.0f64, 0usize..1000), 1..90);
        (boxes, proptest::collection::vec((0usize..90, 0usize..90), 0..60)).prop_map(|(boxes, links)| {
            let labels: Vec<Label> = boxes
                .iter()
                .enumerate()
                .map(|(i, (w, h, p))| Label {
                    size: Size::new(*w, *h),
                    parent: (i > 0).then(|| p % i.min(8)),
                })
                .collect();
            let links = links.into_iter().filter(|(a, b)| *a < labels.len() && *b < labels.len()).collect();
            (labels, links)
        })
    }

    fn points(curve: &[Point; 4]) -> Vec<Point> {
        (0..=24).map(|i| super::super::at(curve, f64::from(i) / 24.0)).collect()
    }

    proptest! {
        #[test]
        fn nothing_touches_a_label((labels, links) in trees()) {
            let Some(map) = outline(&labels, &links, &ROOM).unwrap() else {
                return Ok(());
            };
            prop_assert!(map.size.width <= ROOM.area.width + Mm(1e-6) && map.size.height <= ROOM.area.height + Mm(1e-6));
            let right = map.boxes.iter().map(|r| r.right()).fold(Mm::ZERO, Mm::max);
            for (i, a) in map.boxes.iter().enumerate() {
                for b in &map.boxes[..i] {
                    prop_assert!(!a.inset(Mm(1e-6)).overlaps(b.inset(Mm(1e-6))), "{:?} {:?}", a, b);
                }
                for (own, stem) in &map.stems {
                    prop_assert!(!a.inset(Mm(1e-6)).overlaps(stem.bounds()) , "{} {:?} {:?}", own, a, stem);
                }
            }
            for arc in &map.arcs {
                prop_assert!(points(&arc.curve).iter().all(|p| p.x > right && p.x <= map.size.width + Mm(1e-6)));
            }
            for edge in &map.edges {
                for p in points(&edge.curve) {
                    let touched = map.boxes.iter().position(|r| r.inset(Mm(1e-3)).contains(Rect::new(p.x, p.y, Mm::ZERO, Mm::ZERO)));
                    prop_assert!(touched.is_none(), "{:?} runs through {:?}", edge, touched);
                }
            }
        }
    }

    #[test]
    fn what_is_too_much_is_refused_and_little_stays_small() {
        let label = |parent| Label { size: Size::new(30.0, 4.0), parent };
        let many: Vec<Label> = (0..400).map(|i| label((i > 0).then_some(0))).collect();
        let room = Room { least: 0.6, ..ROOM };
        assert_eq!(outline(&many, &[], &room).unwrap(), None);
        let few: Vec<Label> = (0..3).map(|i| label((i > 0).then_some(0))).collect();
        let map = outline(&few, &[(1, 2), (2, 1), (1, 1)], &room).unwrap().unwrap();
        assert_eq!((map.scale, map.arcs.len()), (0.95, 1));
        assert!(map.size.height < Mm(20.0) && map.size.width < Mm(100.0), "{}", map.size);
    }
}
