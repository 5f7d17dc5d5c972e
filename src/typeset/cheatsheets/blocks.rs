//! Blocks of a sheet typeset in a column of their own, and cut apart: what is measured is what is printed.

use std::collections::HashMap;

use serde_json::{Value, json};
use typst::introspection::{MetadataElem, Tag};
use typst::layout::{Abs, Frame, FrameItem, Point, Size};

use super::super::compile::Job;
use super::super::handbook;
use super::super::press::Press;
use super::draft::Draft;
use crate::pack::ConceptNo;
use crate::plan::cheatsheet::fit::{Block, Kind};

/// A sheet's blocks at one width and size.
#[derive(Clone)]
pub struct Measured {
    pub blocks: Vec<Block>,
    pub frames: Vec<Frame>,
}

/// All blocks of a sheet in a column of a width, pt, at a type size, pt.
pub fn measure(press: &Press, draft: &Draft, width: f64, size: f64) -> Option<Measured> {
    let frames = column(press, draft, &draft.name, draft.data(press), width, size)?;
    let blocks = draft
        .kinds()
        .into_iter()
        .zip(&frames)
        .map(|((kind, keeps), frame)| Block { height: frame.height().to_pt() / size, kind, keeps })
        .collect();
    Some(Measured { blocks, frames })
}

/// The list of what had no room, with handbook pages.
pub fn not_shown(
    press: &Press,
    draft: &Draft,
    width: f64,
    size: f64,
    gone: &[ConceptNo],
    folios: &HashMap<String, String>,
) -> Option<(Block, Frame)> {
    let names: Vec<Value> = gone
        .iter()
        .filter_map(|no| press.pack.concepts.get(no.0))
        .map(|concept| {
            let folio = folios.get(&handbook::key(concept));
            let page = folio.map(|folio| press.words().text("page-n", &[("n", folio)]));
            json!({ "name": concept.name, "page": page })
        })
        .collect();
    let name = format!("{}-gone", draft.name);
    let frame = column(press, draft, &name, vec![json!({ "gone": names })], width, size)?.pop()?;
    Some((Block { height: frame.height().to_pt() / size, kind: Kind::Entry, keeps: false }, frame))
}

/// Blocks below each other in a column; a frame for each.
fn column(
    press: &Press,
    draft: &Draft,
    name: &str,
    blocks: Vec<Value>,
    width: f64,
    size: f64,
) -> Option<Vec<Frame>> {
    // Mono type is 0.86 of the size and 0.6 em wide; a note's own section stands 0.9 em in, its code in a tint with half an
    // em at either side.
    let code_columns = ((width / size - 0.9 - 1.0) / (0.86 * 0.6)).floor().max(12.0) as usize;
    let count = blocks.len();
    let data = json!({
        "blocks": blocks, "width": width, "size": size, "code-columns": code_columns, "tight": draft.tight,
    });
    let path = format!("/data/cheatsheets/{name}.json");
    let document = press.compile(&Job {
        name: format!("/data/cheatsheets/{name}.typ"),
        main: format!(
            "#import \"/layouts/cheatsheet.typ\" as sheet\n#sheet.column(json(\"/data/settings.json\"), json(\"{path}\"))\n"
        ),
        data: vec![(path, data)],
    })?;
    let frames = document.pages().first().map(|page| cut(&page.frame, Abs::pt(width))).unwrap_or_default();
    debug_assert_eq!(frames.len(), count, "a mark for each block, and one behind the last");
    (frames.len() == count).then_some(frames)
}

fn is_mark(item: &FrameItem) -> bool {
    matches!(item, FrameItem::Tag(Tag::Start(content, _)) if content.is::<MetadataElem>())
}

fn is_mark_end(item: &FrameItem, marks: &[typst::introspection::Location]) -> bool {
    matches!(item, FrameItem::Tag(Tag::End(location, ..)) if marks.contains(location))
}

/// Cuts a frame at its marks: what lies between two of them is a block as high as they are apart.
fn cut(frame: &Frame, width: Abs) -> Vec<Frame> {
    if !frame.items().any(|(_, item)| is_mark(item)) {
        let groups = frame.items().filter_map(|(_, item)| match item {
            FrameItem::Group(group) => Some(cut(&group.frame, width)),
            _ => None,
        });
        return groups.into_iter().find(|frames| !frames.is_empty()).unwrap_or_default();
    }
    let mut frames = Vec::new();
    let mut marks = Vec::new();
    let mut open: Option<(Abs, Vec<(Point, FrameItem)>)> = None;
    for (at, item) in frame.items() {
        if is_mark(item) {
            if let FrameItem::Tag(Tag::Start(content, _)) = item {
                marks.extend(content.location());
            }
            if let Some((top, items)) = open.take() {
                let mut block = Frame::hard(Size::new(width, at.y - top));
                for (at, item) in items {
                    block.push(Point::new(at.x, at.y - top), item);
                }
                frames.push(block);
            }
            open = Some((at.y, Vec::new()));
        } else if let Some((_, items)) = &mut open
            && !is_mark_end(item, &marks)
        {
            items.push((*at, item.clone()));
        }
    }
    frames
}
