//! The text layer of a page: its words, where they stand, and which bytes of which note they were set from.

use std::ops::Range;

use serde_json::{Value, json};
use typst::introspection::{MetadataElem, Tag};
use typst::layout::{Abs, Frame, FrameItem, Point, Transform};
use typst::model::Destination;
use typst::syntax::{Span, SpanKind};
use typst::text::TextItem;

use crate::typeset::assemble;
use crate::typeset::world::from_vault_path;

/// How far letters rise above the baseline, in ems.
const ASCENT: f64 = 0.8;

/// Bytes of a note.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Index into [`Layer::files`].
    pub file: usize,
    pub range: Range<usize>,
}

/// A word on a page; it holds no white space, except in code, where several make one.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    pub text: String,
    /// Upper left corner, width and height in pt, before `turn`.
    pub area: Area,
    /// What turns or scales it, where it does not stand upright at its own size: a CSS matrix.
    pub turn: Option<[f64; 6]>,
    /// Words that were set as one piece have the same number.
    pub run: usize,
    /// What was typed for it; `None` for what a layout says by itself.
    pub origin: Option<Origin>,
}

#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq)]
pub enum Leads {
    /// Page, from 0, and distance from its upper edge, pt.
    Page(usize, f64),
    Web(String),
}

/// A page's words, links and pictures.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Layer {
    /// Paths in the vault.
    pub files: Vec<String>,
    /// In the order of the page.
    pub words: Vec<Word>,
    pub links: Vec<(Area, Leads)>,
    /// Pictures and what was typed for them.
    pub figures: Vec<(Area, Origin)>,
}

impl Layer {
    /// Walks a finished page.
    pub fn of(frame: &Frame) -> Self {
        let mut walk = Walk { layer: Self::default(), open: Vec::new(), picture: None, runs: 0 };
        walk.frame(frame, Transform::identity());
        walk.layer
    }

    /// As the browser takes it.
    pub fn to_json(&self) -> Value {
        let words: Vec<Value> = self
            .words
            .iter()
            .map(|word| {
                let Area { x, y, width, height } = word.area;
                let origin = word.origin.as_ref().map(|o| json!([o.file, o.range.start, o.range.end]));
                let mut out =
                    json!([word.text, round(x), round(y), round(width), round(height), word.run, origin]);
                if let (Some(turn), Some(list)) = (word.turn, out.as_array_mut()) {
                    list.push(json!(turn));
                }
                out
            })
            .collect();
        let area = |a: &Area| json!([round(a.x), round(a.y), round(a.width), round(a.height)]);
        let links: Vec<Value> = self
            .links
            .iter()
            .map(|(at, leads)| match leads {
                Leads::Page(page, y) => json!([area(at), page, round(*y)]),
                Leads::Web(url) => json!([area(at), url]),
            })
            .collect();
        let figures: Vec<Value> = self
            .figures
            .iter()
            .map(|(at, o)| json!([area(at), [o.file, o.range.start, o.range.end]]))
            .collect();
        json!({ "files": self.files, "words": words, "links": links, "figures": figures })
    }
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

struct Walk {
    layer: Layer,
    /// Elements that have begun, with the bytes of those that notes hold.
    open: Vec<(typst::introspection::Location, Option<Origin>)>,
    /// Of the picture that comes next.
    picture: Option<Origin>,
    runs: usize,
}

impl Walk {
    fn frame(&mut self, frame: &Frame, ts: Transform) {
        for (point, item) in frame.items() {
            let here = ts.pre_concat(Transform::translate(point.x, point.y));
            match item {
                FrameItem::Group(group) => self.frame(&group.frame, here.pre_concat(group.transform)),
                FrameItem::Text(text) => self.text(text, here),
                FrameItem::Link(dest, size) => {
                    let leads = match dest {
                        Destination::Url(url) => match assemble::at(url) {
                            Some((page, point)) => Leads::Page(page, point.y.to_pt()),
                            None => Leads::Web(url.as_str().to_owned()),
                        },
                        Destination::Position(at) => Leads::Page(at.page.get() - 1, at.point.y.to_pt()),
                        Destination::Location(_) => continue,
                    };
                    self.layer.links.push((bounds(here, size.x, size.y), leads));
                }
                FrameItem::Image(_, size, span) => {
                    let own = origin(*span, 0, &mut self.layer.files);
                    if let Some(origin) = self.picture.take().or(own).or_else(|| self.element()) {
                        self.layer.figures.push((bounds(here, size.x, size.y), origin));
                    }
                }
                FrameItem::Tag(Tag::Start(content, _)) => {
                    if let Some(location) = content.location() {
                        let origin = origin(content.span(), 0, &mut self.layer.files);
                        if content.is::<MetadataElem>() {
                            self.picture = origin.clone();
                        }
                        self.open.push((location, origin));
                    }
                }
                FrameItem::Tag(Tag::End(location, ..)) => {
                    if let Some(i) = self.open.iter().rposition(|(open, _)| open == location) {
                        self.open.truncate(i);
                    }
                }
                FrameItem::Shape(..) => {}
            }
        }
    }

    /// The innermost element that a note holds.
    fn element(&self) -> Option<Origin> {
        self.open.iter().rev().find_map(|(_, origin)| origin.clone())
    }

    /// Splits a piece of text into words.
    fn text(&mut self, text: &TextItem, ts: Transform) {
        let mut word: Option<Pending> = None;
        let mut x = Abs::zero();
        self.runs += 1;
        for glyph in &text.glyphs {
            let width = glyph.x_advance.at(text.size);
            let cluster = text.text.get(glyph.range()).unwrap_or_default();
            if cluster.chars().all(char::is_whitespace) && !cluster.is_empty() {
                self.close(word.take(), text, ts);
            } else {
                let own = origin(glyph.span.0, usize::from(glyph.span.1), &mut self.layer.files);
                let end = own.as_ref().map(|own| own.range.start + cluster.len());
                match &mut word {
                    Some(word) => word.extend(x + width, cluster, own, end),
                    None => {
                        let origin = own.map(|own| {
                            let end = end.unwrap_or(own.range.end).min(own.range.end.max(own.range.start));
                            Origin { range: own.range.start..end, ..own }
                        });
                        word = Some(Pending { x, end: x + width, text: cluster.to_owned(), origin });
                    }
                }
            }
            x += width;
        }
        self.close(word.take(), text, ts);
    }

    fn close(&mut self, word: Option<Pending>, text: &TextItem, ts: Transform) {
        let Some(Pending { x, end, text: written, origin }) = word else { return };
        if written.is_empty() {
            return;
        }
        let height = text.size.to_pt();
        let mut area = Area { x: x.to_pt(), y: -height * ASCENT, width: (end - x).to_pt(), height };
        let turn = if upright(ts) {
            area.x += ts.tx.to_pt();
            area.y += ts.ty.to_pt();
            None
        } else {
            let n = |r: typst::layout::Ratio| r.get();
            Some([n(ts.sx), n(ts.ky), n(ts.kx), n(ts.sy), ts.tx.to_pt(), ts.ty.to_pt()])
        };
        let origin = origin.or_else(|| self.element());
        self.layer.words.push(Word { text: written, area, turn, run: self.runs, origin });
    }
}

/// A word that is being read.
struct Pending {
    x: Abs,
    end: Abs,
    text: String,
    origin: Option<Origin>,
}

impl Pending {
    fn extend(&mut self, end: Abs, cluster: &str, own: Option<Origin>, own_end: Option<usize>) {
        self.end = end;
        self.text.push_str(cluster);
        match (&mut self.origin, own) {
            (Some(origin), Some(own)) if origin.file == own.file => {
                origin.range.start = origin.range.start.min(own.range.start);
                origin.range.end = origin.range.end.max(own_end.unwrap_or(0).min(own.range.end));
            }
            (origin @ None, own) => *origin = own,
            _ => {}
        }
    }
}

fn upright(ts: Transform) -> bool {
    ts.sx.get() == 1.0 && ts.sy.get() == 1.0 && ts.kx.get() == 0.0 && ts.ky.get() == 0.0
}

/// The upright box around a transformed one.
fn bounds(ts: Transform, width: Abs, height: Abs) -> Area {
    let corners = [(Abs::zero(), Abs::zero()), (width, Abs::zero()), (Abs::zero(), height), (width, height)]
        .map(|(x, y)| Point::new(x, y).transform(ts));
    let fold = |value: fn(&Point) -> f64| {
        let values = corners.iter().map(value);
        values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)))
    };
    let (left, right) = fold(|p| p.x.to_pt());
    let (top, bottom) = fold(|p| p.y.to_pt());
    Area { x: left, y: top, width: right - left, height: bottom - top }
}

/// Bytes that a span names in a file of the vault, from `offset` into them; registers the file.
fn origin(span: Span, offset: usize, files: &mut Vec<String>) -> Option<Origin> {
    let SpanKind::Range { id, range } = span.get() else { return None };
    let path = id.vpath().get_with_slash();
    // Nearly every word of a page is of the file before.
    let file = files.iter().rposition(|file| is_path(path, file));
    let file = match file {
        Some(file) => file,
        None => {
            files.push(from_vault_path(path)?);
            files.len() - 1
        }
    };
    let start = (range.start + offset).min(range.end.max(range.start));
    Some(Origin { file, range: start..range.end })
}

/// Whether a virtual path is that of a file of the vault.
fn is_path(path: &str, file: &str) -> bool {
    match path.strip_prefix("/vault/") {
        Some(rest) if rest == file => true,
        Some(rest) if rest.contains('%') => from_vault_path(path).as_deref() == Some(file),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use typst::layout::Size;

    use super::*;

    #[test]
    fn links_lead_to_pages_or_out_of_the_document() {
        let mut frame = Frame::hard(Size::splat(Abs::pt(100.0)));
        let point = Point::new(Abs::pt(10.0), Abs::pt(20.0));
        for dest in [assemble::address(4, point), Some(assemble::position(5, point))] {
            frame.push(point, FrameItem::Link(dest.expect("a target"), Size::splat(Abs::pt(9.0))));
        }
        let web = typst::model::Url::new("https://example.org/").map(Destination::Url).expect("an address");
        frame.push(point, FrameItem::Link(web, Size::splat(Abs::pt(9.0))));
        let leads: Vec<Leads> = Layer::of(&frame).links.into_iter().map(|link| link.1).collect();
        let out = Leads::Web("https://example.org/".into());
        assert_eq!(leads, [Leads::Page(4, 20.0), Leads::Page(5, 20.0), out]);
    }
}
