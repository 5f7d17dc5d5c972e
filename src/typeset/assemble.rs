//! Putting finished pages together: resolving links between documents, setting page numbers, adding margin notes.
//!
//! Parts of a book are compiled apart, so none of them knows a page number of another. They print links with a scheme of
//! ours and page numbers as four zeros; here, when all pages stand, links become positions and zeros become digits. One
//! pass, no fixpoint, and an edit in one chapter leaves the frames of the others as they are.

use std::collections::{BTreeSet, HashMap, HashSet};

use typst::foundations::Label;
use typst::introspection::{Introspector, Location, PagedPosition, Tag};
use typst::layout::{Abs, Frame, FrameItem, GroupItem, Point};
use typst::model::{Destination, LinkMarker, Url};
use typst::text::{Glyph, TextItem};
use typst_layout::PagedDocument;

use super::note::GOTO;

/// The scheme of page numbers to come: `recto:page:STYLE:KEY`. They stand at the right edge of their room, with
/// `STYLE-left` at the left.
pub const PAGE: &str = "recto:page:";

/// The scheme of resolved links: `recto:at:PAGE:X:Y`, the page from 0, the point in pt. An address instead of a position
/// lets a part of the document be exported that does not hold the page.
pub const AT: &str = "recto:at:";

/// Where a key stands in the assembled document.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Physical page, from 0.
    pub page: usize,
    pub point: Point,
    /// The page number as printed. A number without one, and its link, are left out.
    pub folio: String,
}

/// Keys (labels) and where they stand.
pub type Places = HashMap<String, Place>;

/// Labels of a compiled document with page (from 0) and position.
pub fn labels(document: &PagedDocument) -> Vec<(String, usize, Point)> {
    let introspector = document.introspector();
    let labelled = introspector.query_labelled();
    labelled
        .iter()
        .filter_map(|content| {
            let label = content.label()?;
            let position = introspector.position(content.location()?)?;
            Some((label.resolve().as_str().to_owned(), position.page.get() - 1, position.point))
        })
        .collect()
}

/// The ten digits of each slot style.
#[derive(Default)]
pub struct Digits(HashMap<String, Vec<Glyph>>);

impl Digits {
    /// Learns a style's digits from a frame that sets `0123456789` in it.
    pub fn learn(&mut self, style: &str, sample: &Frame) {
        let mut glyphs = Vec::new();
        collect_glyphs(sample, &mut glyphs);
        if glyphs.len() == 10 {
            self.0.insert(style.into(), glyphs);
        }
    }
}

fn collect_glyphs(frame: &Frame, out: &mut Vec<Glyph>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Text(text) => out.extend(text.glyphs.iter().cloned()),
            FrameItem::Group(group) => collect_glyphs(&group.frame, out),
            _ => {}
        }
    }
}

/// Turns links between documents into positions and zeros into page numbers.
pub struct Resolver<'a> {
    pub places: &'a Places,
    pub digits: &'a Digits,
    /// Says in words where a folio is: what a screen reader reads for a link.
    pub describe: &'a (dyn Fn(&str) -> String + Sync),
    /// Where a link to a place leads; `None` drops the link, and the number stays.
    pub target: &'a (dyn Fn(&Place) -> Option<Destination> + Sync),
}

impl Resolver<'_> {
    /// Resolves the links and page numbers of a frame. Returns keys that nothing holds; their links are dropped and their
    /// numbers left blank.
    pub fn resolve(&self, frame: &mut Frame) -> Vec<String> {
        let mut missing = Vec::new();
        self.resolve_frame(frame, &mut missing, &mut HashSet::new());
        missing
    }

    /// `dropped`: links of which the start is left out already, and not yet the end.
    fn resolve_frame(&self, frame: &mut Frame, missing: &mut Vec<String>, dropped: &mut HashSet<Location>) {
        if !concerns(frame) {
            return;
        }
        // Slots first: a text item becomes the number of the link behind it.
        let mut numbers: HashMap<usize, (String, String)> = HashMap::new();
        let mut text_before = None;
        for (i, (_, item)) in frame.items().enumerate() {
            match item {
                FrameItem::Text(_) => text_before = Some(i),
                FrameItem::Link(Destination::Url(url), _) => {
                    if let Some((style, key)) = url.strip_prefix(PAGE).and_then(|rest| rest.split_once(':'))
                        && let Some(text) = text_before
                    {
                        let folio = self.places.get(key).map(|p| p.folio.clone()).unwrap_or_default();
                        numbers.insert(text, (style.to_owned(), folio));
                    }
                }
                _ => {}
            }
        }
        let mut i = 0;
        frame.retain(|item| {
            let index = i;
            i += 1;
            match item {
                FrameItem::Text(text) => {
                    if let Some((style, folio)) = numbers.get(&index) {
                        if folio.is_empty() {
                            return false;
                        }
                        let (style, left) = match style.strip_suffix("-left") {
                            Some(style) => (style, true),
                            None => (style.as_str(), false),
                        };
                        set_number(text, folio, left, self.digits.0.get(style).map_or(&[], Vec::as_slice));
                    }
                    true
                }
                FrameItem::Group(group) => {
                    self.resolve_frame(&mut group.frame, missing, dropped);
                    true
                }
                FrameItem::Link(dest, _) => {
                    let Destination::Url(url) = &*dest else { return true };
                    let Some(key) = key_of(url) else { return true };
                    match self.places.get(key) {
                        Some(place) if place.folio.is_empty() => false,
                        Some(place) => match (self.target)(place) {
                            Some(target) => {
                                *dest = target;
                                true
                            }
                            None => false,
                        },
                        None => {
                            missing.push(key.to_owned());
                            false
                        }
                    }
                }
                FrameItem::Tag(Tag::Start(content, _)) => {
                    // The alternative text of a link is its address; ours means nothing to anybody.
                    if let Some(marker) = content.to_packed_mut::<LinkMarker>()
                        && let Some(key) = marker.alt.as_deref().and_then(key_of)
                    {
                        let folio = self.places.get(key).map(|place| place.folio.as_str());
                        marker.alt = Some((self.describe)(folio.unwrap_or_default()).into());
                        if folio == Some("") {
                            dropped.extend(content.location());
                            return false;
                        }
                    }
                    true
                }
                FrameItem::Tag(Tag::End(location, ..)) => !dropped.remove(location),
                _ => true,
            }
        });
    }
}

/// Resolves the links and page numbers of a frame in the document that holds all places; see [`Resolver`].
pub fn resolve(
    frame: &mut Frame,
    places: &Places,
    digits: &Digits,
    describe: &(dyn Fn(&str) -> String + Sync),
) -> Vec<String> {
    Resolver { places, digits, describe, target: &|place| Some(position(place.page, place.point)) }
        .resolve(frame)
}

/// A link's target: a page, from 0, and a point on it.
pub fn position(page: usize, point: Point) -> Destination {
    let page = std::num::NonZeroUsize::MIN.saturating_add(page);
    Destination::Position(PagedPosition { page, point })
}

/// A link's target as an address (see [`AT`]).
pub fn address(page: usize, point: Point) -> Option<Destination> {
    let url = format!("{AT}{page}:{:.2}:{:.2}", point.x.to_pt(), point.y.to_pt());
    Url::new(url).ok().map(Destination::Url)
}

/// The page, from 0, and the point that an address names.
pub fn at(url: &str) -> Option<(usize, Point)> {
    let mut parts = url.strip_prefix(AT)?.split(':');
    let page = parts.next()?.parse().ok()?;
    let mut length = || parts.next()?.parse().ok().map(Abs::pt);
    Some((page, Point::new(length()?, length()?)))
}

/// Turns addresses into positions, for a document that is exported whole.
pub fn settle(frame: &mut Frame) {
    frame.retain(|item| {
        match item {
            FrameItem::Group(group) => settle(&mut group.frame),
            FrameItem::Link(dest, _) => {
                if let Destination::Url(url) = &*dest
                    && let Some((page, point)) = at(url)
                {
                    *dest = position(page, point);
                }
            }
            _ => {}
        }
        true
    });
}

/// The key in a link of ours: behind `recto:goto:`, or behind `recto:page:STYLE:`.
fn key_of(url: &str) -> Option<&str> {
    url.strip_prefix(GOTO).or_else(|| url.strip_prefix(PAGE)?.split_once(':').map(|(_, key)| key))
}

/// The keys of all links and page numbers of ours in a frame.
pub fn keys(frame: &Frame) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    collect_keys(frame, &mut keys);
    keys
}

fn collect_keys(frame: &Frame, keys: &mut BTreeSet<String>) {
    for (_, item) in frame.items() {
        let key = match item {
            FrameItem::Group(group) => {
                collect_keys(&group.frame, keys);
                None
            }
            FrameItem::Link(Destination::Url(url), _) => key_of(url.as_str()),
            FrameItem::Tag(Tag::Start(content, _)) => {
                content.to_packed::<LinkMarker>().and_then(|marker| key_of(marker.alt.as_deref()?))
            }
            _ => None,
        };
        keys.extend(key.map(str::to_owned));
    }
}

/// Whether the frame holds a link of ours; frames without one stay shared with the compiler's memory.
fn concerns(frame: &Frame) -> bool {
    frame.items().any(|(_, item)| match item {
        FrameItem::Link(Destination::Url(url), _) => url.starts_with("recto:"),
        FrameItem::Tag(Tag::Start(content, _)) => content.is::<LinkMarker>(),
        FrameItem::Group(group) => concerns(&group.frame),
        _ => false,
    })
}

/// Writes a number into a text item that holds four zeros, flush right within their width, or left.
fn set_number(text: &mut TextItem, number: &str, left: bool, digits: &[Glyph]) {
    let Some(zero) = text.glyphs.first().cloned() else { return };
    let slot = text.glyphs.iter().map(|g| g.x_advance.get()).sum::<f64>();
    let mut glyphs = Vec::new();
    for (i, c) in number.chars().enumerate() {
        let Some(digit) = c.to_digit(10).and_then(|d| digits.get(d as usize)) else { continue };
        let at = u16::try_from(i).unwrap_or(u16::MAX);
        glyphs.push(Glyph { range: at..at + 1, span: zero.span, ..digit.clone() });
    }
    let width: f64 = glyphs.iter().map(|g| g.x_advance.get()).sum();
    let shift = typst::layout::Em::new((slot - width).max(0.0));
    if left {
        if let Some(last) = glyphs.last_mut() {
            last.x_advance += shift;
        }
    } else if let Some(first) = glyphs.first_mut() {
        // The first glyph is moved, and its advance takes the rest along.
        first.x_offset += shift;
        first.x_advance += shift;
    }
    text.text = number.into();
    text.glyphs = glyphs;
}

/// Puts a frame behind the element with a label, at a place of the page, so that it is read right after the element.
///
/// `at` is relative to the page's upper left corner. Returns whether the element was found.
pub fn insert_after(page: &mut Frame, label: Label, at: Point, frame: &Frame) -> bool {
    insert_in(page, label, Point::zero(), at, frame)
}

fn insert_in(frame: &mut Frame, label: Label, origin: Point, at: Point, insert: &Frame) -> bool {
    let start = frame.items().enumerate().find_map(|(i, (_, item))| match item {
        FrameItem::Tag(Tag::Start(content, _)) if content.label() == Some(label) => {
            Some((i, content.location()))
        }
        _ => None,
    });
    if let Some((start, location)) = start {
        let end = frame.items().enumerate().skip(start).find_map(|(i, (_, item))| match item {
            FrameItem::Tag(Tag::End(loc, ..)) if Some(*loc) == location => Some(i),
            _ => None,
        });
        let layer = end.map_or(start, |i| i + 1);
        frame.insert(layer, at - origin, FrameItem::Group(GroupItem::new(insert.clone())));
        return true;
    }
    let group = frame.items().enumerate().find_map(|(i, (pos, item))| match item {
        FrameItem::Group(group) if holds(&group.frame, label) => Some((i, *pos)),
        _ => None,
    });
    let Some((index, pos)) = group else { return false };
    let mut i = 0;
    let mut done = false;
    frame.retain(|item| {
        if i == index
            && let FrameItem::Group(group) = item
        {
            done = insert_in(&mut group.frame, label, origin + pos, at, insert);
        }
        i += 1;
        true
    });
    done
}

fn holds(frame: &Frame, label: Label) -> bool {
    frame.items().any(|(_, item)| match item {
        FrameItem::Tag(Tag::Start(content, _)) => content.label() == Some(label),
        FrameItem::Group(group) => holds(&group.frame, label),
        _ => false,
    })
}

/// The extent of what is drawn in a frame: right and lower edge of text, pictures and shapes, from its origin.
pub fn ink_extent(frame: &Frame) -> (Abs, Abs) {
    let mut right = Abs::zero();
    let mut bottom = Abs::zero();
    for (pos, item) in frame.items() {
        let (w, h) = match item {
            FrameItem::Text(text) => (text.width(), Abs::zero()),
            FrameItem::Image(_, size, _) => (size.x, size.y),
            FrameItem::Group(group) => ink_extent(&group.frame),
            _ => continue,
        };
        right = right.max(pos.x + w);
        bottom = bottom.max(pos.y + h);
    }
    (right, bottom)
}
