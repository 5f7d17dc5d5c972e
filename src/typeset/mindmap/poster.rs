//! The whole pack's mind map on one large page.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use typst_layout::PagedDocument;

use super::{ARCS, Draft, alt, chapter_labels, figure, flat, links, measure, pt};
use crate::pack::Chapter;
use crate::plan::length::{Mm, Size};
use crate::plan::mindmap::Label;
use crate::plan::mindmap::outline::{Outline, Room, outline};
use crate::plan::mindmap::wheel::{Wheel, wheel};
use crate::typeset::compile::Job;
use crate::typeset::handbook::info;
use crate::typeset::press::Press;
use crate::vault::Finding;

/// How the poster is laid out.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
pub enum Shape {
    /// Leaves around an oval, links through its inside.
    Radial,
    /// A column for each chapter, links of a chapter as arcs.
    Tree,
}

#[derive(Debug, Copy, Clone, PartialEq)]
pub struct PosterOptions {
    /// Lying.
    pub page: Size,
    pub shape: Shape,
}

/// A finished poster.
pub struct Poster {
    pub document: PagedDocument,
    /// Type size of a concept, pt.
    pub size: f64,
    pub concepts: usize,
    /// Pairs that refer to each other.
    pub links: usize,
}

/// What a printer leaves blank, and the line at the foot.
const MARGIN: Mm = Mm(9.0);
const FOOT: Mm = Mm(8.0);
const HEAD: Mm = Mm(26.0);
/// Nominal size of a concept, pt.
const NOMINAL: f64 = 10.0;
/// Type that is still read with effort, pt.
const SMALL: f64 = 5.5;

/// Typesets the poster. `None` when the compiler reported errors, which are in the press's findings.
pub fn typeset(press: &Press, options: &PosterOptions) -> Option<Poster> {
    let chapters: Vec<&Chapter> = press.pack.chapters.iter().filter(|c| press.keeps_chapter(c)).collect();
    let mut drafts = vec![Draft {
        text: press.pack.title.clone(),
        kind: "root",
        hue: 1,
        strong: true,
        key: None,
        concept: None,
        parent: None,
    }];
    for chapter in &chapters {
        chapter_labels(press, chapter, Some(0), &mut drafts);
    }
    let labels = measure(press, "pack", &drafts)?;
    let links = links(press, &drafts);
    let (mut data, size, joined) = match options.shape {
        Shape::Radial => radial(&drafts, &labels, &links, options.page)?,
        Shape::Tree => columns(press, &drafts, &labels, &links, options.page)?,
    };
    if size < SMALL {
        let message =
            format!("the mind map's type is {size:.1} pt: the page is small for {} concepts", drafts.len());
        press.report(
            Finding::warning("mindmap", None, message).hint("choose a larger one: `mindmap: {page: a1}`"),
        );
    }
    data["page"] = json!([pt(options.page.width), pt(options.page.height)]);
    data["margin"] = json!(pt(MARGIN));
    data["head"] = json!(pt(HEAD));
    data["factor"] = json!(options.page.width.0 / 420.0);
    data["alt"] = json!(alt(press, &drafts));
    let path = "/data/mindmap/poster.json".to_owned();
    let mut document = press.compile(&Job {
        name: "/data/mindmap/poster.typ".into(),
        main: format!(
            "#import \"/layouts/mindmap.typ\" as map\n#map.poster(json(\"/data/settings.json\"), json(\"{path}\"))\n"
        ),
        data: vec![(path, data)],
    })?;
    *document.info_mut() = info(press, &press.word("mind-map"));
    let concepts = drafts.iter().filter(|d| d.concept.is_some()).count();
    Some(Poster { document, size, concepts, links: joined })
}

fn hue(drafts: &[Draft], i: usize) -> usize {
    drafts.get(i).map_or(1, |d| d.hue)
}

fn radial(
    drafts: &[Draft],
    labels: &[Label],
    links: &[(usize, usize)],
    page: Size,
) -> Option<(Value, f64, usize)> {
    let area = Size { width: page.width - MARGIN * 2.0, height: page.height - MARGIN * 2.0 };
    let map: Wheel = wheel(labels, links, area, 1.4 * page.width.0 / 420.0).ok()?;
    let own: Vec<Value> = drafts
        .iter()
        .zip(&map.spokes)
        .enumerate()
        .map(|(i, (d, spoke))| {
            // What would stand on its head is turned, and ends at its anchor.
            let flip = !spoke.upright && spoke.angle.cos() < -1e-9;
            let natural = labels.get(i).map_or(Mm(1.0), |label| label.size.width);
            let port = map.ports.get(i).copied().unwrap_or(spoke.anchor);
            json!({
                "text": d.text, "kind": d.kind, "strong": d.strong, "hue": d.hue, "x": pt(spoke.anchor.x),
                "y": pt(spoke.anchor.y), "width": pt(spoke.size.width), "height": pt(spoke.size.height),
                "scale": if natural.0 > 0.0 { spoke.size.width.0 / natural.0 } else { map.scale },
                "angle": spoke.angle.to_degrees() + if flip { 180.0 } else { 0.0 }, "flip": flip,
                "upright": spoke.upright, "port": d.concept.map(|_| [pt(port.x), pt(port.y)]),
            })
        })
        .collect();
    let mut edges: BTreeMap<usize, Vec<Vec<f64>>> = BTreeMap::new();
    for (i, edge) in map.edges.iter().enumerate() {
        edges.entry(hue(drafts, i + 1)).or_default().push(flat(edge));
    }
    // Within a chapter in its hue, between chapters (0) in grey.
    let mut routes: BTreeMap<usize, Vec<Vec<f64>>> = BTreeMap::new();
    for route in &map.links {
        let (a, b) = (hue(drafts, route.from), hue(drafts, route.to));
        let mut points: Vec<f64> = route.curve.first().map(|c| flat(&c[..1])).unwrap_or_default();
        route.curve.iter().for_each(|c| points.extend(flat(&c[1..])));
        routes.entry(if a == b { a } else { 0 }).or_default().push(points);
    }
    let group = |map: BTreeMap<usize, Vec<Vec<f64>>>| -> Vec<Value> {
        map.into_iter().map(|(hue, curves)| json!({ "hue": hue, "curves": curves })).collect()
    };
    let joined = map.links.len();
    let data = json!({
        "shape": "radial", "labels": own, "edges": group(edges), "links": group(routes), "scale": map.scale,
    });
    Some((data, map.scale * NOMINAL, joined))
}

/// A chapter's labels with their sizes and links, numbered for themselves.
struct Column {
    drafts: Vec<Draft>,
    labels: Vec<Label>,
    links: Vec<(usize, usize)>,
}

fn columns(
    press: &Press,
    drafts: &[Draft],
    labels: &[Label],
    links: &[(usize, usize)],
    page: Size,
) -> Option<(Value, f64, usize)> {
    let tops: Vec<usize> = (0..drafts.len()).filter(|i| drafts[*i].kind == "chapter").collect();
    let ends = tops.iter().skip(1).copied().chain([drafts.len()]);
    let chapters: Vec<Column> = tops
        .iter()
        .zip(ends)
        .map(|(top, end)| {
            let own = *top..end;
            let renumber = |parent: Option<usize>| parent.and_then(|p| p.checked_sub(*top));
            Column {
                drafts: drafts[own.clone()]
                    .iter()
                    .map(|d| Draft { parent: renumber(d.parent), ..d.clone() })
                    .collect(),
                labels: labels[own.clone()]
                    .iter()
                    .map(|l| Label { parent: renumber(l.parent), ..*l })
                    .collect(),
                links: links
                    .iter()
                    .filter(|(a, b)| own.contains(a) && own.contains(b))
                    .map(|(a, b)| (a - top, b - top))
                    .collect(),
            }
        })
        .collect();
    let factor = page.width.0 / 420.0;
    let area = Size {
        width: page.width - MARGIN * 2.0,
        height: page.height - MARGIN * 2.0 - HEAD * factor - FOOT * factor,
    };
    let gutter = Mm(8.0) * factor;
    // As many columns as give the largest type; all chapters in one size.
    let mut best: Option<(f64, usize)> = None;
    for count in 1..=chapters.len() {
        let cell = cell(area, gutter, count, chapters.len().div_ceil(count));
        let set = |c: &Column| {
            let room = Room { area: cell, most: 1.4 * factor, least: 1e-3, arcs: arcs(cell) };
            outline(&c.labels, &c.links, &room).ok().flatten().map(|map| map.scale)
        };
        let scale = chapters.iter().filter_map(set).fold(f64::INFINITY, f64::min);
        if best.is_none_or(|(most, _)| scale > most + 1e-9) {
            best = Some((scale, count));
        }
    }
    let (scale, count) = best?;
    let cell = cell(area, gutter, count, chapters.len().div_ceil(count));
    let mut pieces = Vec::new();
    let mut joined = 0;
    for (i, column) in chapters.iter().enumerate() {
        let room = Room { area: cell, most: scale, least: 0.0, arcs: arcs(cell) };
        let map: Outline = outline(&column.labels, &column.links, &room).ok().flatten()?;
        joined += map.arcs.len();
        let at = Size {
            width: (cell.width + gutter) * (i % count) as f64,
            height: HEAD * factor + (cell.height + gutter) * (i / count) as f64,
        };
        pieces.push(
            json!({ "map": figure(press, &column.drafts, &map), "x": pt(at.width), "y": pt(at.height) }),
        );
    }
    let data = json!({ "shape": "tree", "pieces": pieces, "scale": scale });
    Some((data, scale * NOMINAL, joined))
}

/// Room of a column's arcs.
fn arcs(cell: Size) -> (Mm, Mm) {
    (ARCS.0.min(cell.width / 6.0), cell.width / 3.0)
}

fn cell(area: Size, gutter: Mm, columns: usize, rows: usize) -> Size {
    Size {
        width: (area.width - gutter * (columns as f64 - 1.0)) / columns as f64,
        height: (area.height - gutter * (rows as f64 - 1.0)) / rows as f64,
    }
}
