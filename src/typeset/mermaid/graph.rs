//! Flowcharts, state and class diagrams, mind maps.

use std::collections::HashMap;

use mermaid_rs_renderer::ir::{
    DiagramKind, Direction, Edge, EdgeArrowhead, EdgeDecoration, EdgeStyle, Graph, MindmapNodeType, NodeShape,
};

use super::layers::{self, Arc, Cell, Drawing, Point, Route, Side, Spacing, Step};
use super::pen::{GREY, INK, LEADING, PAPER, Pen, STROKE, Svg, Text, commands, width};
use super::{HEIGHT, WIDTH};

/// Widest line of a box and of a line's label, pt.
const BOX_WIDTH: f64 = 120.0;
const LABEL_WIDTH: f64 = 90.0;

/// A box with what it holds.
struct Shape {
    kind: NodeShape,
    width: f64,
    height: f64,
    text: Text,
    /// Of a class: its parts, of which the first is the name.
    parts: Vec<Vec<String>>,
    fill: Option<String>,
    stroke: Option<String>,
    colour: Option<String>,
    role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    Class,
    Start,
    End,
}

/// What stands at a line's end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Arrow,
    Open,
    Triangle,
    Circle,
    Cross,
    Diamond,
    Filled,
}

impl Mark {
    /// Of the start and of the end; `None` for the signs of entity diagrams.
    fn of(edge: &Edge) -> Option<[Self; 2]> {
        let one = |arrow: bool, kind: Option<EdgeArrowhead>, decoration: Option<EdgeDecoration>| {
            Some(match (decoration, kind) {
                (Some(EdgeDecoration::Circle), _) => Self::Circle,
                (Some(EdgeDecoration::Cross), _) => Self::Cross,
                (Some(EdgeDecoration::Diamond), _) => Self::Diamond,
                (Some(EdgeDecoration::DiamondFilled), _) => Self::Filled,
                (Some(_), _) => return None,
                (None, Some(EdgeArrowhead::OpenTriangle)) => Self::Triangle,
                (None, Some(EdgeArrowhead::ClassDependency)) => Self::Open,
                (None, None) if arrow => Self::Arrow,
                (None, None) => Self::None,
            })
        };
        Some([
            one(edge.arrow_start, edge.arrow_start_kind, edge.start_decoration)?,
            one(edge.arrow_end, edge.arrow_end_kind, edge.end_decoration)?,
        ])
    }

    /// How far the line stops before the box.
    fn room(self) -> f64 {
        match self {
            Self::None | Self::Cross => 0.0,
            Self::Open => 0.4,
            Self::Arrow => 4.5,
            Self::Circle => 5.0,
            Self::Triangle => 7.5,
            Self::Diamond | Self::Filled => 10.0,
        }
    }
}

/// Draws a graph; `None` if it has something that only the renderer knows (groups, numbers at the ends of lines, icons).
pub fn draw(graph: &Graph) -> Option<(String, f64, f64)> {
    if !graph.subgraphs.is_empty() || graph.nodes.is_empty() {
        return None;
    }
    let mut nodes: Vec<_> = graph.nodes.values().collect();
    nodes.sort_by_key(|n| graph.node_order.get(&n.id).copied().unwrap_or(usize::MAX));
    let numbers: HashMap<&str, usize> = nodes.iter().enumerate().map(|(i, n)| (n.id.as_str(), i)).collect();
    let mut shapes = Vec::with_capacity(nodes.len());
    for node in &nodes {
        if node.icon.is_some() || matches!(node.shape, NodeShape::ActorBox | NodeShape::MindmapDefault) {
            return None;
        }
        let mut shape = Shape::new(graph.kind, &node.id, &node.label, node.shape);
        let classes =
            graph.node_classes.get(&node.id).into_iter().flatten().filter_map(|c| graph.class_defs.get(c));
        for style in classes.chain(graph.node_styles.get(&node.id)) {
            shape.fill = style.fill.clone().or(shape.fill);
            shape.stroke = style.stroke.clone().or(shape.stroke);
            shape.colour = style.text_color.clone().or(shape.colour);
        }
        shapes.push(shape);
    }
    let mut lines = Vec::with_capacity(graph.edges.len());
    for edge in &graph.edges {
        if edge.start_label.is_some() || edge.end_label.is_some() {
            return None;
        }
        let (from, to) = (*numbers.get(edge.from.as_str())?, *numbers.get(edge.to.as_str())?);
        if from == to && lines.iter().any(|l: &Line| l.from == from && l.to == to) {
            return None;
        }
        let label = edge.label.as_deref().map(|l| Text::new(l, LABEL_WIDTH)).filter(|t| !t.is_empty());
        let style = graph.edge_styles.get(&lines.len()).or(graph.edge_style_default.as_ref());
        let stroke = style.and_then(|s| s.stroke.clone());
        lines.push(Line { from, to, label, marks: Mark::of(edge)?, style: edge.style, stroke });
    }
    for note in &graph.state_notes {
        let to = *numbers.get(note.target.as_str())?;
        let mut shape = Shape::new(DiagramKind::Flowchart, "", &note.label, NodeShape::Rectangle);
        shape.fill = Some("#ffffff".into());
        lines.push(Line { style: EdgeStyle::Dotted, ..Line::plain(to, shapes.len()) });
        shapes.push(shape);
    }
    picture(&shapes, &lines, graph.direction)
}

/// Draws a mind map as a tree.
pub fn draw_mindmap(graph: &Graph) -> Option<(String, f64, f64)> {
    let nodes = &graph.mindmap.nodes;
    let numbers: HashMap<&str, usize> = nodes.iter().enumerate().map(|(i, n)| (n.id.as_str(), i)).collect();
    let mut shapes = Vec::with_capacity(nodes.len());
    let mut lines = Vec::new();
    for (i, node) in nodes.iter().enumerate() {
        if node.icon.is_some() {
            return None;
        }
        let kind = match node.node_type {
            MindmapNodeType::Rect => NodeShape::Rectangle,
            MindmapNodeType::Hexagon => NodeShape::Hexagon,
            MindmapNodeType::Circle => NodeShape::Stadium,
            _ => NodeShape::RoundRect,
        };
        shapes.push(Shape::new(DiagramKind::Flowchart, "", &node.label, kind));
        for child in &node.children {
            lines.push(Line::plain(i, *numbers.get(child.as_str())?));
        }
    }
    picture(&shapes, &lines, Direction::LeftRight)
}

fn picture(shapes: &[Shape], lines: &[Line], direction: Direction) -> Option<(String, f64, f64)> {
    let first = arrange(shapes, lines, direction)?;
    // A picture that would have to be made small is turned, if that helps.
    let turned = match direction {
        Direction::TopDown | Direction::BottomTop => Direction::LeftRight,
        Direction::LeftRight | Direction::RightLeft => Direction::TopDown,
    };
    let scale = |size: Point| (WIDTH / size.0).min(HEIGHT / size.1).min(1.0);
    let drawing = if scale(first.size) < 0.85 {
        let second = arrange(shapes, lines, turned)?;
        if scale(second.size) > scale(first.size) * 1.1 { second } else { first }
    } else {
        first
    };
    let mut svg = Svg::default();
    for (line, route) in lines.iter().zip(&drawing.routes) {
        line.draw(route, &mut svg);
    }
    for (shape, centre) in shapes.iter().zip(&drawing.cells) {
        shape.draw(*centre, &mut svg);
    }
    Some(svg.finish())
}

struct Line {
    from: usize,
    to: usize,
    label: Option<Text>,
    marks: [Mark; 2],
    style: EdgeStyle,
    stroke: Option<String>,
}

/// Places everything in a direction; the points are (x, y).
fn arrange(shapes: &[Shape], lines: &[Line], direction: Direction) -> Option<Drawing> {
    let vertical = matches!(direction, Direction::TopDown | Direction::BottomTop);
    let turned = |(a, b): Point| if vertical { (a, b) } else { (b, a) };
    let mut cells: Vec<Cell> = shapes
        .iter()
        .map(|s| {
            let (cross, along) = turned((s.width, s.height));
            Cell { cross, along, own_loop: None }
        })
        .collect();
    let mut arcs = Vec::with_capacity(lines.len());
    for line in lines {
        let label = line.label.as_ref().map(|t| turned((t.width + 4.0, t.height)));
        if let (true, Some(cell)) = (line.from == line.to, cells.get_mut(line.from)) {
            cell.own_loop = Some(label.unwrap_or_default());
        }
        let dotted = u8::from(line.style == EdgeStyle::Dotted);
        arcs.push(Arc {
            from: line.from,
            to: line.to,
            label,
            trim: line.marks.map(Mark::room),
            ends: line.marks.map(|m| if m == Mark::None { 0 } else { 2 * m as u8 + dotted }),
            // The general stands above the special.
            upwards: line.marks == [Mark::None, Mark::Triangle],
        });
    }
    let mut spacing = if vertical {
        Spacing { cells: 16.0, lines: 9.0, ranks: 18.0 }
    } else {
        Spacing { cells: 12.0, lines: 8.0, ranks: 22.0 }
    };
    // Arrowheads must not reach into labels.
    let head = arcs.iter().flat_map(|a| a.trim).fold(0.0, f64::max);
    spacing.ranks = spacing.ranks.max(2.0 * head + 5.0);
    spacing.lines = spacing.lines.max(head + 1.0);
    let reach = |cell: usize, side: Side, offset: f64| {
        let Some(shape) = shapes.get(cell) else { return 0.0 };
        let horizontal = matches!(side, Side::Before | Side::After) == vertical;
        shape.reach(horizontal, offset)
    };
    let mut drawing = layers::draw(&cells, &arcs, spacing, &reach)?;
    // Back from the ranks' axes to x and y.
    let length = drawing.size.1;
    let reversed = matches!(direction, Direction::BottomTop | Direction::RightLeft);
    let point = |(cross, along): Point| turned((cross, if reversed { length - along } else { along }));
    let vector = |(cross, along): Point| turned((cross, if reversed { -along } else { along }));
    drawing.cells.iter_mut().for_each(|p| *p = point(*p));
    for route in &mut drawing.routes {
        route.label = route.label.map(point);
        route.tips = route.tips.map(|(at, towards)| (point(at), vector(towards)));
        for step in &mut route.steps {
            *step = match *step {
                Step::Move(a) => Step::Move(point(a)),
                Step::Line(a) => Step::Line(point(a)),
                Step::Curve(a, b, c) => Step::Curve(point(a), point(b), point(c)),
            };
        }
    }
    drawing.size = turned(drawing.size);
    Some(drawing)
}

impl Line {
    /// Without label and arrow.
    fn plain(from: usize, to: usize) -> Self {
        Self { from, to, label: None, marks: [Mark::None; 2], style: EdgeStyle::Solid, stroke: None }
    }

    fn draw(&self, route: &Route, svg: &mut Svg) {
        let stroke = self.stroke.as_deref().unwrap_or(GREY);
        let mut path = String::new();
        for step in &route.steps {
            let part = match *step {
                Step::Move(a) => commands(&[("M", &[a])]),
                Step::Line(a) => commands(&[("L", &[a])]),
                Step::Curve(a, b, c) => commands(&[("C", &[a, b, c])]),
            };
            path.push_str(&part);
            let (Step::Move((x, y)) | Step::Line((x, y)) | Step::Curve(_, _, (x, y))) = *step;
            svg.cover(x, y);
            if let (true, Step::Curve((x, y), ..)) = (self.from == self.to, *step) {
                // The handle of a loop stands farther out than the loop.
                let (a, b) = route.tips[0].0;
                svg.cover(a + (x - a) * 0.75, b + (y - b) * 0.75);
            }
        }
        let pen = Pen {
            stroke,
            width: if self.style == EdgeStyle::Thick { 2.0 * STROKE } else { STROKE },
            dashes: (self.style == EdgeStyle::Dotted).then_some("2.4 2"),
            ..Pen::default()
        };
        svg.path(&path, &pen);
        for (mark, (tip, towards)) in self.marks.iter().zip(route.tips) {
            draw_mark(*mark, tip, towards, stroke, svg);
        }
        if let (Some(text), Some((x, y))) = (&self.label, route.label) {
            svg.label(x, y, text, INK);
        }
    }
}

fn draw_mark(mark: Mark, tip: Point, towards: Point, stroke: &str, svg: &mut Svg) {
    // Points by their distance before the tip and beside the line.
    let at = |back: f64, beside: f64| {
        (tip.0 - towards.0 * back - towards.1 * beside, tip.1 - towards.1 * back + towards.0 * beside)
    };
    let solid = Pen { stroke, fill: stroke, width: 0.4, dashes: None };
    let hollow = Pen { stroke, fill: "#ffffff", width: STROKE, dashes: None };
    let plain = Pen { stroke, ..Pen::default() };
    match mark {
        Mark::None => {}
        Mark::Arrow => svg.polygon(&[at(0.4, 0.0), at(5.6, 2.3), at(4.6, 0.0), at(5.6, -2.3)], &solid),
        Mark::Open => svg.line(&[at(5.0, 2.6), at(0.4, 0.0), at(5.0, -2.6)], &plain),
        Mark::Triangle => svg.polygon(&[at(0.4, 0.0), at(7.5, 3.8), at(7.5, -3.8)], &hollow),
        Mark::Circle => {
            let (x, y) = at(2.7, 0.0);
            svg.circle(x, y, 2.3, &hollow);
        }
        Mark::Cross => {
            svg.line(&[at(2.0, 2.2), at(6.4, -2.2)], &plain);
            svg.line(&[at(2.0, -2.2), at(6.4, 2.2)], &plain);
        }
        Mark::Diamond => svg.polygon(&[at(0.4, 0.0), at(5.2, 2.8), at(10.0, 0.0), at(5.2, -2.8)], &hollow),
        Mark::Filled => svg.polygon(&[at(0.4, 0.0), at(5.2, 2.8), at(10.0, 0.0), at(5.2, -2.8)], &solid),
    }
}

impl Shape {
    fn new(diagram: DiagramKind, id: &str, label: &str, kind: NodeShape) -> Self {
        let mut role = match diagram {
            DiagramKind::Class => Role::Class,
            DiagramKind::State if id.starts_with("__start_") => Role::Start,
            DiagramKind::State if id.starts_with("__end_") => Role::End,
            _ => Role::Plain,
        };
        let text = Text::new(label, BOX_WIDTH);
        let (w, h) = (text.width, text.height);
        let mut parts = Vec::new();
        let (width, height) = match role {
            Role::Start | Role::End => (9.0, 9.0),
            Role::Class => {
                parts = label
                    .split("\n---")
                    .map(|part| {
                        part.lines()
                            .map(str::trim)
                            .filter(|l| !l.is_empty())
                            .map(Into::into)
                            .collect::<Vec<String>>()
                    })
                    .collect();
                parts.retain(|part| !part.is_empty());
                if parts.is_empty() {
                    role = Role::Plain;
                }
                let lines = parts
                    .iter()
                    .enumerate()
                    .flat_map(|(i, part)| part.iter().map(move |l| self::width(l, i == 0)));
                let height = parts.iter().map(|part| part.len() as f64 * LEADING + 7.0).sum::<f64>();
                (lines.fold(30.0, f64::max) + 14.0, height)
            }
            Role::Plain => match kind {
                NodeShape::Diamond => ((w * 1.5 + 8.0).max(44.0), h * 2.1 + 12.0),
                NodeShape::Circle | NodeShape::DoubleCircle => {
                    let d =
                        (w * w + h * h).sqrt().max(14.0) + if kind == NodeShape::Circle { 6.0 } else { 11.0 };
                    (d, d)
                }
                NodeShape::Stadium => ((w + 20.0).max(h + 22.0), h + 10.0),
                NodeShape::Hexagon => (w + 26.0, h + 10.0),
                NodeShape::Parallelogram | NodeShape::ParallelogramAlt => (w + 28.0, h + 10.0),
                NodeShape::Trapezoid | NodeShape::TrapezoidAlt => (w + 32.0, h + 10.0),
                NodeShape::Asymmetric => (w + 24.0, h + 10.0),
                NodeShape::Subroutine => (w + 24.0, h + 10.0),
                NodeShape::Cylinder => (w + 18.0, h + 18.0),
                NodeShape::ForkJoin => (44.0, 4.0),
                NodeShape::Text => (w + 4.0, h + 2.0),
                _ => ((w + 16.0).max(28.0), h + 10.0),
            },
        };
        Self { kind, width, height, text, parts, fill: None, stroke: None, colour: None, role }
    }

    fn pointed(&self) -> bool {
        self.role == Role::Plain && self.kind == NodeShape::Diamond
    }

    /// Distance from the centre to the border, to the sides or up and down, beside the middle by `offset`.
    fn reach(&self, horizontal: bool, offset: f64) -> f64 {
        let (w, h) = (self.width / 2.0, self.height / 2.0);
        let (own, other) = if horizontal { (w, h) } else { (h, w) };
        let part = (offset.abs() / other.max(0.1)).min(1.0);
        let round = matches!(self.kind, NodeShape::Circle | NodeShape::DoubleCircle)
            || matches!(self.role, Role::Start | Role::End);
        if self.pointed() {
            own * (1.0 - part)
        } else if round {
            own * (1.0 - part * part).sqrt()
        } else if horizontal {
            // Slanted sides are met in their middle.
            match self.kind {
                NodeShape::Parallelogram | NodeShape::ParallelogramAlt => own - 5.0 + 5.0 * part,
                NodeShape::Trapezoid | NodeShape::TrapezoidAlt => own - 5.0 + 5.0 * part,
                NodeShape::Hexagon => own - 8.0 * part,
                _ => own,
            }
        } else {
            own
        }
    }

    fn draw(&self, (x, y): Point, svg: &mut Svg) {
        let (w, h) = (self.width / 2.0, self.height / 2.0);
        let (left, right, top, bottom) = (x - w, x + w, y - h, y + h);
        let pen = Pen {
            stroke: self.stroke.as_deref().unwrap_or(GREY),
            fill: self.fill.as_deref().unwrap_or(PAPER),
            ..Pen::default()
        };
        let dark = Pen { fill: GREY, ..Pen::default() };
        match self.role {
            Role::Start => return svg.circle(x, y, w, &dark),
            Role::End => {
                svg.circle(x, y, w, &Pen { fill: "#ffffff", ..Pen::default() });
                return svg.circle(x, y, w - 2.2, &dark);
            }
            Role::Class => return self.draw_class(left, top, &pen, svg),
            Role::Plain => {}
        }
        match self.kind {
            NodeShape::Diamond => svg.polygon(&[(x, top), (right, y), (x, bottom), (left, y)], &pen),
            NodeShape::Hexagon => {
                let points = [
                    (left + 8.0, top),
                    (right - 8.0, top),
                    (right, y),
                    (right - 8.0, bottom),
                    (left + 8.0, bottom),
                    (left, y),
                ];
                svg.polygon(&points, &pen);
            }
            NodeShape::Circle => svg.circle(x, y, w, &pen),
            NodeShape::DoubleCircle => {
                svg.circle(x, y, w, &pen);
                svg.circle(x, y, w - 2.5, &pen);
            }
            NodeShape::Parallelogram => {
                svg.polygon(
                    &[(left + 10.0, top), (right, top), (right - 10.0, bottom), (left, bottom)],
                    &pen,
                );
            }
            NodeShape::ParallelogramAlt => {
                svg.polygon(
                    &[(left, top), (right - 10.0, top), (right, bottom), (left + 10.0, bottom)],
                    &pen,
                );
            }
            NodeShape::Trapezoid => {
                svg.polygon(
                    &[(left + 10.0, top), (right - 10.0, top), (right, bottom), (left, bottom)],
                    &pen,
                );
            }
            NodeShape::TrapezoidAlt => {
                svg.polygon(
                    &[(left, top), (right, top), (right - 10.0, bottom), (left + 10.0, bottom)],
                    &pen,
                );
            }
            NodeShape::Asymmetric => {
                svg.polygon(
                    &[(left, top), (right, top), (right, bottom), (left, bottom), (left + 7.0, y)],
                    &pen,
                );
            }
            NodeShape::Stadium => svg.rect(left, top, 2.0 * w, 2.0 * h, h, &pen),
            NodeShape::Subroutine => {
                svg.rect(left, top, 2.0 * w, 2.0 * h, 0.0, &pen);
                for x in [left + 4.0, right - 4.0] {
                    svg.line(&[(x, top), (x, bottom)], &pen);
                }
            }
            NodeShape::Cylinder => {
                let lid = 4.0;
                svg.cover(left, top);
                svg.cover(right, bottom);
                let k = 0.55;
                let arc = |y: f64, way: f64| {
                    [
                        [(left, y + way * lid * k), (x - w * k, y + way * lid), (x, y + way * lid)],
                        [(x + w * k, y + way * lid), (right, y + way * lid * k), (right, y)],
                    ]
                };
                let [a, b] = arc(top + lid, -1.0);
                let [c, d] = arc(bottom - lid, 1.0);
                let back = [[d[1], d[0], c[2]], [c[1], c[0], (left, bottom - lid)]];
                let body = commands(&[
                    ("M", &[(left, top + lid)]),
                    ("C", &a),
                    ("C", &b),
                    ("L", &[(right, bottom - lid)]),
                    ("C", &back[0]),
                    ("C", &back[1]),
                    ("Z", &[]),
                ]);
                svg.path(&body, &pen);
                let [e, f] = arc(top + lid, 1.0);
                svg.path(
                    &commands(&[("M", &[(left, top + lid)]), ("C", &e), ("C", &f)]),
                    &Pen { fill: "none", ..pen.clone() },
                );
            }
            NodeShape::ForkJoin => return svg.rect(left, top, 2.0 * w, 2.0 * h, 1.0, &dark),
            NodeShape::Text => {}
            NodeShape::RoundRect => svg.rect(left, top, 2.0 * w, 2.0 * h, 6.0, &pen),
            _ => svg.rect(left, top, 2.0 * w, 2.0 * h, 2.0, &pen),
        }
        let lower = if self.kind == NodeShape::Cylinder { 3.5 } else { 0.0 };
        svg.label(x, y + lower, &self.text, self.colour.as_deref().unwrap_or(INK));
    }

    fn draw_class(&self, left: f64, top: f64, pen: &Pen<'_>, svg: &mut Svg) {
        let (right, colour) = (left + self.width, self.colour.as_deref().unwrap_or(INK));
        svg.rect(left, top, self.width, self.height, 2.0, pen);
        let mut y = top;
        for (i, part) in self.parts.iter().enumerate() {
            if i > 0 {
                svg.line(&[(left, y), (right, y)], pen);
            }
            y += 3.5;
            for line in part {
                y += LEADING / 2.0;
                if i > 0 {
                    svg.text(left + 7.0, y, line, "start", "", colour);
                } else {
                    let style = if line.starts_with("<<") {
                        r#" font-style="italic""#
                    } else {
                        r#" font-weight="bold""#
                    };
                    svg.text((left + right) / 2.0, y, line, "middle", style, colour);
                }
                y += LEADING / 2.0;
            }
            y += 3.5;
        }
    }
}
