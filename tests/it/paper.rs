//! What tests of finished PDFs ask for: lines of a page, links with their targets, labels, the tree of tags.

use std::collections::BTreeMap;

use hayro_interpret::kurbo::{Point, Rect};
use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::readback::{Glyph, Seen};

pub const MM: f64 = 25.4 / 72.0;

/// A link: from which page (from 0) and where (mm), to which page and point, or to an address.
#[derive(Debug, Clone)]
pub struct Link {
    pub page: usize,
    pub area: Rect,
    pub target: Target,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    Place(usize, Point),
    Url(String),
}

pub struct Paper {
    pub document: Document,
    pages: Vec<ObjectId>,
}

impl Paper {
    pub fn read(bytes: &[u8]) -> Self {
        let document = Document::load_mem(bytes).expect("a PDF that parses");
        let pages = document.get_pages().into_values().collect();
        Self { document, pages }
    }

    fn get<'a>(&'a self, dict: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
        match dict.get(key).ok()? {
            Object::Reference(id) => self.document.get_object(*id).ok(),
            object => Some(object),
        }
    }

    fn height(&self, page: usize) -> f64 {
        let dict = self.document.get_dictionary(self.pages[page]).expect("a page");
        let media = self.get(dict, b"MediaBox").and_then(|o| o.as_array().ok()).expect("a media box");
        f64::from(media[3].as_float().expect("a number"))
    }

    /// All links of all pages.
    pub fn links(&self) -> Vec<Link> {
        let mut out = Vec::new();
        for (page, id) in self.pages.iter().enumerate() {
            let dict = self.document.get_dictionary(*id).expect("a page");
            let Some(annotations) = self.get(dict, b"Annots").and_then(|o| o.as_array().ok()) else {
                continue;
            };
            for annotation in annotations {
                let annotation = match annotation {
                    Object::Reference(id) => self.document.get_dictionary(*id).expect("an annotation"),
                    object => object.as_dict().expect("an annotation"),
                };
                if !annotation.get(b"Subtype").is_ok_and(|s| s.as_name().is_ok_and(|n| n == b"Link")) {
                    continue;
                }
                let rect: Vec<f64> = self
                    .get(annotation, b"Rect")
                    .and_then(|o| o.as_array().ok())
                    .expect("a rectangle")
                    .iter()
                    .map(|o| f64::from(o.as_float().expect("a number")))
                    .collect();
                let height = self.height(page);
                let area =
                    Rect::new(rect[0] * MM, (height - rect[3]) * MM, rect[2] * MM, (height - rect[1]) * MM);
                let action = self.get(annotation, b"A").and_then(|o| o.as_dict().ok());
                let target = match action.and_then(|a| self.get(a, b"URI")) {
                    Some(uri) => {
                        Target::Url(String::from_utf8_lossy(uri.as_str().expect("text")).into_owned())
                    }
                    None => {
                        let place = action
                            .and_then(|a| self.get(a, b"D"))
                            .or_else(|| self.get(annotation, b"Dest"))
                            .expect("a target");
                        self.place(place)
                    }
                };
                out.push(Link { page, area, target });
            }
        }
        out
    }

    pub fn place(&self, place: &Object) -> Target {
        let array = place.as_array().expect("an explicit target");
        let id = array[0].as_reference().expect("a page");
        let page = self.pages.iter().position(|p| *p == id).expect("a page of this document");
        let number = |i: usize| f64::from(array[i].as_float().unwrap_or(0.0));
        Target::Place(page, Point::new(number(2) * MM, (self.height(page) - number(3)) * MM))
    }

    /// The label of each page, as a viewer shows it.
    pub fn labels(&self) -> Vec<String> {
        let catalog = self.document.catalog().expect("a catalogue");
        let tree = self.get(catalog, b"PageLabels").and_then(|o| o.as_dict().ok()).expect("page labels");
        let mut ranges: BTreeMap<usize, (u8, i64)> = BTreeMap::new();
        let numbers = self.get(tree, b"Nums").and_then(|o| o.as_array().ok()).expect("a flat tree");
        for pair in numbers.chunks(2) {
            let from = usize::try_from(pair[0].as_i64().expect("a page")).expect("a page");
            let dict = match &pair[1] {
                Object::Reference(id) => self.document.get_dictionary(*id).expect("a label"),
                object => object.as_dict().expect("a label"),
            };
            let style = dict.get(b"S").ok().and_then(|s| s.as_name().ok()).map_or(0, |name| name[0]);
            let start = dict.get(b"St").ok().and_then(|s| s.as_i64().ok()).unwrap_or(1);
            ranges.insert(from, (style, start));
        }
        (0..self.pages.len())
            .map(|page| {
                let (from, (style, start)) =
                    ranges.range(..=page).next_back().expect("a label for every page");
                let number = start + i64::try_from(page - from).expect("small");
                match style {
                    b'r' => roman(number),
                    b'D' => number.to_string(),
                    _ => String::new(),
                }
            })
            .collect()
    }

    /// The types of the structure tree's elements, indented, with what they say for themselves; runs of equal lines are
    /// one with their number.
    pub fn tags(&self) -> String {
        let catalog = self.document.catalog().expect("a catalogue");
        let root =
            self.get(catalog, b"StructTreeRoot").and_then(|o| o.as_dict().ok()).expect("a structure tree");
        let mut out = String::new();
        self.kids(root, 0, &mut out);
        out
    }

    fn kids(&self, dict: &Dictionary, depth: usize, out: &mut String) {
        let Ok(kids) = dict.get(b"K") else { return };
        let kids: Vec<&Object> = match kids {
            Object::Array(list) => list.iter().collect(),
            Object::Reference(id) => match self.document.get_object(*id) {
                Ok(Object::Array(list)) => list.iter().collect(),
                _ => vec![kids],
            },
            one => vec![one],
        };
        for kid in kids {
            let kid = match kid {
                Object::Reference(id) => self.document.get_object(*id).expect("an element"),
                object => object,
            };
            let Ok(kid) = kid.as_dict() else { continue };
            let Some(name) = kid.get(b"S").ok().and_then(|s| s.as_name().ok()) else { continue };
            out.push_str(&"  ".repeat(depth));
            out.push_str(&String::from_utf8_lossy(name));
            for key in [b"T".as_slice(), b"Alt"] {
                if let Some(text) = self.get(kid, key).and_then(|o| lopdf::decode_text_string(o).ok()) {
                    out.push_str(&format!(" “{text}”"));
                }
            }
            out.push('\n');
            self.kids(kid, depth + 1, out);
        }
    }

    /// The metadata packet.
    pub fn xmp(&self) -> String {
        let catalog = self.document.catalog().expect("a catalogue");
        let id = catalog.get(b"Metadata").and_then(Object::as_reference).expect("metadata");
        let stream = self.document.get_object(id).and_then(Object::as_stream).expect("a stream");
        String::from_utf8_lossy(&stream.get_plain_content().unwrap_or_default()).into_owned()
    }
}

fn roman(mut n: i64) -> String {
    let mut out = String::new();
    for (value, sign) in [(10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")] {
        while n >= value {
            out.push_str(sign);
            n -= value;
        }
    }
    out
}

/// A line of text: glyphs on one baseline in the order in which they are drawn.
#[derive(Debug, Clone)]
pub struct Line {
    /// Of the baseline, mm.
    pub y: f64,
    pub x: f64,
    pub text: String,
}

/// Glyphs between `left` and `right`, `top` and `bottom` (mm), as lines from the top.
pub fn lines(page: &Seen, area: Rect) -> Vec<Line> {
    let mut lines: Vec<(f64, Vec<&Glyph>)> = Vec::new();
    for glyph in page.glyphs.iter().filter(|g| area.contains(g.origin)) {
        match lines.iter_mut().find(|(y, _)| (y - glyph.origin.y).abs() < 0.2) {
            Some((_, list)) => list.push(glyph),
            None => lines.push((glyph.origin.y, vec![glyph])),
        }
    }
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    lines
        .into_iter()
        .map(|(y, mut glyphs)| {
            glyphs.sort_by(|a, b| a.origin.x.total_cmp(&b.origin.x));
            let x = glyphs.first().map_or(0.0, |g| g.origin.x);
            Line { y, x, text: glyphs.iter().map(|g| g.text.as_str()).collect() }
        })
        .collect()
}

/// What stands in an area, in the order in which it is drawn.
pub fn text_in(page: &Seen, area: Rect) -> String {
    page.glyphs.iter().filter(|g| area.contains(g.origin.midpoint(g.end))).map(|g| g.text.as_str()).collect()
}
