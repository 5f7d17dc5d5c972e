//! Mind maps: each chapter's beside its opener in the handbook, and the whole pack's as a poster.
//!
//! Typst measures the labels, once, at their nominal size; where they stand and how lines run is the plan's; Typst draws it.

mod poster;

use std::collections::HashMap;

use serde_json::{Value, json};
use typst::foundations::Value as TypstValue;
use typst::introspection::{Introspector, MetadataElem};

use super::compile::Job;
use super::handbook::key;
use super::press::Press;
use crate::pack::{Chapter, Concept, ConceptNo, SectionItem};
use crate::plan::length::{Mm, Point, Size};
use crate::plan::mindmap::outline::{Outline, Room, outline};
use crate::plan::mindmap::{Edge, Label};

pub use poster::{Poster, PosterOptions, Shape, typeset};

/// A label of a map before it has a place.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub text: String,
    /// What it is, as layouts call it: `root`, `chapter`, `section`, `concept`.
    pub kind: &'static str,
    /// Chapter's number, for its hue.
    pub hue: usize,
    /// Of priority 1: set in bold.
    pub strong: bool,
    /// Under which key the handbook has it.
    pub key: Option<String>,
    pub concept: Option<ConceptNo>,
    pub parent: Option<usize>,
}

/// Largest and smallest type of a chapter's map, as a part of the labels' nominal 10 pt, in a book of 10.5 pt.
const MOST: f64 = 0.92;
const LEAST: f64 = 0.64;
/// Room of the arcs in a chapter's map.
const ARCS: (Mm, Mm) = (Mm(22.0), Mm(46.0));
/// Where labels break, pt at their nominal size.
const WRAP: &[(&str, f64)] = &[("root", 190.0), ("chapter", 84.0), ("section", 92.0), ("concept", 168.0)];

/// A chapter's sections and concepts below `parent`, as far as they are printed.
pub(super) fn chapter_labels(press: &Press, chapter: &Chapter, parent: Option<usize>, out: &mut Vec<Draft>) {
    let hue = chapter.number;
    let top = out.len();
    let draft = |text: &str, kind, parent| Draft {
        text: text.to_owned(),
        kind,
        hue,
        strong: false,
        key: None,
        concept: None,
        parent,
    };
    out.push(draft(&chapter.title, "chapter", parent));
    for section in &chapter.sections {
        let rows: Vec<(ConceptNo, &Concept)> = section
            .items
            .iter()
            .filter_map(|item| match item {
                SectionItem::Table(table) => Some(&table.rows),
                SectionItem::Prose(_) => None,
            })
            .flatten()
            .filter_map(|no| Some((*no, press.pack.concepts.get(no.0)?)))
            .filter(|(_, concept)| press.keeps(concept))
            .collect();
        if rows.is_empty() {
            continue;
        }
        let branch = match &section.title {
            Some(title) => {
                out.push(draft(&title.plain, "section", Some(top)));
                out.len() - 1
            }
            None => top,
        };
        for (no, concept) in rows {
            // A concept that stands in two tables hangs on the first.
            if out.iter().any(|d| d.concept == Some(no)) {
                continue;
            }
            out.push(Draft {
                strong: concept.priority == 1,
                key: Some(key(concept)),
                concept: Some(no),
                ..draft(&concept.name, "concept", Some(branch))
            });
        }
    }
}

/// Pairs of labels whose concepts refer to each other.
pub(super) fn links(press: &Press, drafts: &[Draft]) -> Vec<(usize, usize)> {
    let labels: HashMap<ConceptNo, usize> =
        drafts.iter().enumerate().filter_map(|(i, d)| Some((d.concept?, i))).collect();
    let mut links = Vec::new();
    for (i, draft) in drafts.iter().enumerate() {
        let Some(concept) = draft.concept.and_then(|no| press.pack.concepts.get(no.0)) else { continue };
        links.extend(concept.mentioned_by.iter().filter_map(|no| labels.get(no)).map(|other| (i, *other)));
    }
    links
}

/// The size of every label at its nominal size, as the theme's fonts give it.
pub(super) fn measure(press: &Press, name: &str, drafts: &[Draft]) -> Option<Vec<Label>> {
    let labels: Vec<Value> =
        drafts.iter().map(|d| json!({ "text": d.text, "kind": d.kind, "strong": d.strong })).collect();
    let wrap: serde_json::Map<String, Value> =
        WRAP.iter().map(|(kind, w)| ((*kind).into(), json!(w))).collect();
    let path = format!("/data/mindmap/measure-{name}.json");
    let document = press.compile(&Job {
        name: format!("/data/mindmap/measure-{name}.typ"),
        main: format!(
            "#import \"/layouts/parts/mindmap.typ\" as map\n#map.sizes(json(\"/data/settings.json\"), json(\"{path}\"))\n"
        ),
        data: vec![(path, json!({ "labels": labels, "wrap": wrap }))],
    })?;
    let found = document.introspector().query_labelled();
    let sizes = found.iter().find_map(|content| {
        let metadata = content.to_packed::<MetadataElem>()?;
        match &metadata.value {
            TypstValue::Array(sizes) => Some(sizes.clone()),
            _ => None,
        }
    })?;
    let number = |value: &TypstValue| match value {
        TypstValue::Float(x) => Some(*x),
        TypstValue::Int(n) => Some(*n as f64),
        _ => None,
    };
    let sizes = sizes.iter().map(|size| match size {
        TypstValue::Array(pair) => match pair.as_slice() {
            [width, height] => {
                Some(Size { width: Mm::from_pt(number(width)?), height: Mm::from_pt(number(height)?) })
            }
            _ => None,
        },
        _ => None,
    });
    let sizes: Vec<Size> = sizes.collect::<Option<_>>()?;
    Some(sizes.into_iter().zip(drafts).map(|(size, d)| Label { size, parent: d.parent }).collect())
}

/// The maps of a chapter for an area, in type so much larger than usual: mostly one; a long chapter is parted. Empty where it has nothing to join.
///
/// `None` when the compiler reported errors.
pub fn of_chapter(press: &Press, chapter: &Chapter, area: Size, larger: f64) -> Option<Vec<Value>> {
    let mut drafts = Vec::new();
    chapter_labels(press, chapter, None, &mut drafts);
    if drafts.len() < 3 {
        return Some(Vec::new());
    }
    let labels = measure(press, &chapter.number.to_string(), &drafts)?;
    // Where a page is too narrow for large type, in what fits.
    let rooms = [larger, 1.0].map(|by| Room { area, most: MOST * by, least: LEAST * by, arcs: ARCS });
    let maps = rooms.iter().find_map(|room| in_room(press, &drafts, &labels, room));
    Some(maps.unwrap_or_default())
}

/// The maps in as few parts as fit a room each.
fn in_room(press: &Press, drafts: &[Draft], labels: &[Label], room: &Room) -> Option<Vec<Value>> {
    let mut maps = Vec::new();
    for part in 1..=drafts.len() {
        maps.clear();
        for piece in parted(drafts, part) {
            let own: Vec<Draft> = pick(drafts, &piece);
            let sizes: Vec<Label> = own
                .iter()
                .zip(&piece)
                .filter_map(|(d, i)| Some(Label { parent: d.parent, ..*labels.get(*i)? }))
                .collect();
            // What the tree above made is a tree.
            match outline(&sizes, &links(press, &own), room) {
                Ok(Some(map)) => maps.push(figure(press, &own, &map)),
                _ => break,
            }
        }
        if maps.len() == part {
            return Some(maps);
        }
    }
    None
}

/// The labels in `parts` runs of nearly as many concepts, each with what it hangs on.
fn parted(drafts: &[Draft], parts: usize) -> Vec<Vec<usize>> {
    let leaves: Vec<usize> = (0..drafts.len()).filter(|i| drafts[*i].concept.is_some()).collect();
    let each = leaves.len().div_ceil(parts).max(1);
    let chunks = leaves.chunks(each).map(|chunk| {
        let mut own: Vec<usize> = Vec::new();
        for leaf in chunk {
            let mut path = vec![*leaf];
            while let Some(parent) = path.last().and_then(|i| drafts[*i].parent) {
                path.push(parent);
            }
            own.extend(path.into_iter().rev());
        }
        own.sort_unstable();
        own.dedup();
        own
    });
    let mut pieces: Vec<Vec<usize>> = chunks.collect();
    pieces.resize(parts, vec![0]);
    pieces
}

/// Some labels, their parents numbered anew.
fn pick(drafts: &[Draft], piece: &[usize]) -> Vec<Draft> {
    piece
        .iter()
        .filter_map(|i| drafts.get(*i))
        .map(|d| Draft { parent: d.parent.and_then(|p| piece.iter().position(|i| *i == p)), ..d.clone() })
        .collect()
}

/// A number of points as layouts take it, to a thousandth.
pub(super) fn pt(mm: Mm) -> f64 {
    (mm.pt() * 1000.0).round() / 1000.0
}

pub(super) fn flat(curve: &[Point]) -> Vec<f64> {
    curve.iter().flat_map(|p| [pt(p.x), pt(p.y)]).collect()
}

fn figure(press: &Press, drafts: &[Draft], map: &Outline) -> Value {
    let labels: Vec<Value> = drafts
        .iter()
        .zip(&map.boxes)
        .map(|(d, r)| {
            json!({
                "text": d.text, "kind": d.kind, "strong": d.strong, "hue": d.hue, "key": d.key,
                "x": pt(r.x), "y": pt(r.y), "width": pt(r.width), "height": pt(r.height),
            })
        })
        .collect();
    let curves = |edges: &[Edge]| edges.iter().map(|e| flat(&e.curve)).collect::<Vec<_>>();
    let concept = |i: usize| drafts.get(i).is_some_and(|d| d.concept.is_some());
    let stems = |of_concepts: bool| {
        let own = map.stems.iter().filter(|(i, _)| concept(*i) == of_concepts);
        own.map(|(_, line)| flat(&[line.from, line.to])).collect::<Vec<_>>()
    };
    json!({
        "width": pt(map.size.width), "height": pt(map.size.height), "scale": map.scale, "labels": labels,
        "hue": drafts.first().map_or(1, |d| d.hue), "edges": curves(&map.edges), "arcs": curves(&map.arcs),
        "stems": stems(false), "leaders": stems(true), "alt": alt(press, drafts),
    })
}

/// The tree in words: `Mind map: Foundations. Definitions: Duck Typing, …`
pub(super) fn alt(press: &Press, drafts: &[Draft]) -> String {
    let colon = press.word("colon");
    let mut text = format!("{}{colon}", press.word("mind-map"));
    let mut first = true;
    for draft in drafts {
        match draft.kind {
            "concept" => {
                text.push_str(if first { " " } else { ", " });
                text.push_str(&draft.text);
                first = false;
            }
            kind => {
                if text.len() > colon.len() && !text.ends_with(colon.as_str()) {
                    text.push('.');
                }
                text.push(' ');
                text.push_str(&draft.text);
                if kind == "section" {
                    text.push_str(&colon);
                }
                first = kind == "section";
            }
        }
    }
    text.push('.');
    text
}
