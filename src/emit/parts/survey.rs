//! What the exporter would find on a page: where a book may be cut, its headings, and the glyphs of its fonts.

#![expect(clippy::mutable_key_type, reason = "what a font keeps for later is no part of what it equals")]

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::ops::Range;

use typst::ecow::EcoString;
use typst::foundations::{NativeElement, Packed, Smart, StyleChain};
use typst::introspection::{Location, Tag, TagFlags};
use typst::layout::{Abs, Em, Frame, FrameItem, Point, Size, Transform};
use typst::model::{Destination, HeadingElem, Numbering};
use typst::pdf::ArtifactElem;
use typst::syntax::Span;
use typst::text::{FontInstance, Glyph, Lang, TextElem, TextItem};
use typst::visualize::Color;
use typst_layout::Page;

/// Title of the headings that stand in for those of the pages before; see [`prelude`].
pub const STAND_IN: &str = "recto:before";

/// A font's glyphs in the order of their first use, with the text that they stood for there.
#[derive(Default)]
pub struct Used {
    seen: Vec<u64>,
    pub glyphs: Vec<(u16, EcoString)>,
}

impl Used {
    fn add(&mut self, id: u16, text: &str) {
        let (word, bit) = (usize::from(id / 64), 1u64 << (id % 64));
        if self.seen.len() <= word {
            self.seen.resize(word + 1, 0);
        }
        if let Some(seen) = self.seen.get_mut(word)
            && *seen & bit == 0
        {
            *seen |= bit;
            self.glyphs.push((id, text.into()));
        }
    }

    fn extend(&mut self, glyphs: &[(u16, EcoString)]) {
        for (id, text) in glyphs {
            self.add(*id, text);
        }
    }
}

/// A heading and the point where it begins.
pub struct Heading {
    pub element: Packed<HeadingElem>,
    pub at: Point,
}

impl Heading {
    pub fn level(&self) -> NonZeroUsize {
        self.element.resolve_level(StyleChain::default())
    }
}

/// What is on a page.
#[derive(Default)]
pub struct Survey {
    /// Tags that begin here less those that end here.
    open: isize,
    starts: Vec<Location>,
    /// Elements that pieces of the page belong to or lead to, wherever those stand.
    others: Vec<Location>,
    pub headings: Vec<Heading>,
    pub fonts: HashMap<FontInstance, Used>,
}

impl Survey {
    pub fn of(page: &Page) -> Self {
        let mut survey = Self::default();
        survey.frame(&page.frame, Transform::identity());
        survey
    }

    fn frame(&mut self, frame: &Frame, ts: Transform) {
        for (point, item) in frame.items() {
            match item {
                FrameItem::Group(group) => {
                    self.others.extend(group.parent.map(|parent| parent.location));
                    let ts =
                        ts.pre_concat(Transform::translate(point.x, point.y)).pre_concat(group.transform);
                    self.frame(&group.frame, ts);
                }
                FrameItem::Text(text) => {
                    let used = self.fonts.entry(text.font.clone()).or_default();
                    for glyph in &text.glyphs {
                        used.add(glyph.id, text.text.get(glyph.range()).unwrap_or_default());
                    }
                }
                FrameItem::Tag(Tag::Start(content, flags)) => {
                    self.open += isize::from(flags.tagged);
                    self.starts.extend(content.location());
                    if let Some(heading) = content.to_packed::<HeadingElem>() {
                        self.headings.push(Heading { element: heading.clone(), at: point.transform(ts) });
                    }
                }
                FrameItem::Tag(Tag::End(_, _, flags)) => self.open -= isize::from(flags.tagged),
                FrameItem::Link(Destination::Location(to), _) => self.others.push(*to),
                FrameItem::Shape(..) | FrameItem::Image(..) | FrameItem::Link(..) => {}
            }
        }
    }
}

/// Ranges of pages that no tag and no link to an element reaches out of: the first as short as can be, the others of
/// `pages` pages or as few more as can be.
pub fn cuts(surveys: &[&Survey], pages: usize) -> Vec<Range<usize>> {
    let wanted: HashSet<Location> = surveys.iter().flat_map(|s| s.others.iter().copied()).collect();
    let mut homes: HashMap<Location, usize> = HashMap::new();
    if !wanted.is_empty() {
        for (i, survey) in surveys.iter().enumerate() {
            for start in survey.starts.iter().filter(|start| wanted.contains(start)) {
                homes.entry(*start).or_insert(i);
            }
        }
    }
    // The last page that something on a page belongs together with, where that is a later one.
    let mut reach: Vec<usize> = (0..surveys.len()).collect();
    for (i, survey) in surveys.iter().enumerate() {
        for home in survey.others.iter().filter_map(|other| homes.get(other)) {
            let (first, last) = (i.min(*home), i.max(*home));
            if let Some(reach) = reach.get_mut(first) {
                *reach = last.max(*reach);
            }
        }
    }
    let (mut out, mut start, mut open, mut bound) = (Vec::new(), 0, 0, 0);
    for (i, (survey, reach)) in surveys.iter().zip(reach).enumerate() {
        open += survey.open;
        bound = bound.max(reach);
        let long = i + 1 - start >= if start == 0 { 1 } else { pages };
        if long && open == 0 && bound <= i {
            out.push(start..i + 1);
            start = i + 1;
        }
    }
    if start < surveys.len() {
        out.push(start..surveys.len());
    }
    out
}

/// All glyphs of a book in one order, the same for each of its parts: as the first part uses them, then by number.
pub fn order(surveys: &[&Survey], first: usize) -> HashMap<FontInstance, Vec<(u16, EcoString)>> {
    let collect = |surveys: &[&Survey]| {
        let mut fonts: HashMap<FontInstance, Used> = HashMap::new();
        for survey in surveys {
            for (font, used) in &survey.fonts {
                fonts.entry(font.clone()).or_default().extend(&used.glyphs);
            }
        }
        fonts
    };
    let head = collect(surveys.get(..first).unwrap_or_default());
    let all = collect(surveys).into_iter().map(|(font, used)| {
        let mut glyphs = used.glyphs;
        let known = head.get(&font).map_or(0, |head| head.glyphs.len());
        if let Some(rest) = glyphs.get_mut(known..) {
            // What stands for nothing is not in a prelude.
            rest.sort_by_key(|(id, text)| (text.is_empty(), *id));
        }
        (font, glyphs)
    });
    all.collect()
}

/// A page to be exported before others and thrown away. Its fonts' glyphs get the same numbers in all parts of a book,
/// so that the parts can share them; its headings are those that the exporter wants above a heading of `level` + 1.
pub fn prelude(fonts: &[(&FontInstance, &Vec<(u16, EcoString)>)], level: usize, lang: Lang) -> Page {
    let size = Size::splat(Abs::pt(100.0));
    let mut frame = Frame::hard(size);
    let flags = TagFlags { introspectable: false, tagged: true };
    for level in 1..=level {
        let location = Location::new(level as u128);
        let mut heading = HeadingElem::new(TextElem::packed(STAND_IN));
        heading.level.set(Smart::Custom(NonZeroUsize::MIN.saturating_add(level - 1)));
        let mut content = heading.pack();
        content.set_location(location);
        frame.push(Point::zero(), FrameItem::Tag(Tag::Start(content, flags)));
        frame.push(Point::zero(), FrameItem::Tag(Tag::End(location, 0, flags)));
    }
    let location = Location::new(0);
    let mut artifact = ArtifactElem::new(typst::foundations::Content::empty()).pack();
    artifact.set_location(location);
    frame.push(Point::zero(), FrameItem::Tag(Tag::Start(artifact, flags)));
    for (font, glyphs) in fonts {
        // Ranges in a text are of 16 bits.
        for glyphs in glyphs.chunks(1000) {
            frame.push(Point::zero(), FrameItem::Text(sample(font, glyphs, lang)));
        }
    }
    frame.push(Point::zero(), FrameItem::Tag(Tag::End(location, 0, flags)));
    Page {
        frame,
        bleed: Default::default(),
        fill: Smart::Custom(None),
        numbering: None::<Numbering>,
        supplement: Default::default(),
        number: 1,
    }
}

fn sample(font: &FontInstance, glyphs: &[(u16, EcoString)], lang: Lang) -> TextItem {
    let mut text = EcoString::new();
    let mut set = Vec::with_capacity(glyphs.len());
    for (id, own) in glyphs.iter().filter(|(_, own)| !own.is_empty() && own.len() < 60) {
        let start = text.len() as u16;
        text.push_str(own);
        set.push(Glyph {
            id: *id,
            x_advance: Em::zero(),
            x_offset: Em::zero(),
            y_advance: Em::zero(),
            y_offset: Em::zero(),
            range: start..text.len() as u16,
            span: (Span::detached(), 0),
        });
    }
    TextItem {
        font: font.clone(),
        size: Abs::pt(1.0),
        fill: Color::BLACK.into(),
        stroke: None,
        lang,
        region: None,
        text,
        glyphs: set,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pages of elements from one page to another, and pieces that belong to an element elsewhere.
    fn surveys(count: usize, elements: &[(usize, usize)], pieces: &[(usize, usize)]) -> Vec<Survey> {
        let mut surveys: Vec<Survey> = (0..count).map(|_| Survey::default()).collect();
        for (from, to) in elements {
            surveys[*from].open += 1;
            surveys[*to].open -= 1;
        }
        for (i, (page, home)) in pieces.iter().enumerate() {
            let location = Location::new(i as u128);
            surveys[*home].starts.push(location);
            surveys[*page].others.push(location);
        }
        surveys
    }

    proptest! {
        #[test]
        fn nothing_reaches_over_a_cut(
            count in 1usize..60,
            elements in prop::collection::vec((0usize..60, 0usize..9), 0..12),
            pieces in prop::collection::vec((0usize..60, 0usize..60), 0..4),
            pages in 1usize..12,
        ) {
            let elements: Vec<(usize, usize)> =
                elements.into_iter().map(|(at, n)| (at % count, (at % count + n).min(count - 1))).collect();
            let pieces: Vec<(usize, usize)> = pieces.into_iter().map(|(a, b)| (a % count, b % count)).collect();
            let surveys = surveys(count, &elements, &pieces);
            let ranges = cuts(&surveys.iter().collect::<Vec<_>>(), pages);
            let mut at = 0;
            for range in &ranges {
                prop_assert_eq!(range.start, at);
                prop_assert!(range.end > at);
                at = range.end;
                let crosses = |a: usize, b: usize| a.min(b) < at && a.max(b) >= at;
                prop_assert!(at == count || !elements.iter().chain(&pieces).any(|(a, b)| crosses(*a, *b)));
            }
            prop_assert_eq!(at, count);
            // No part is longer than it has to be.
            for range in ranges.iter().skip(1).filter(|range| range.len() > pages) {
                let crosses = |at: usize, (a, b): &(usize, usize)| (*a.min(b)..*a.max(b)).contains(&at);
                for cut in range.start + pages - 1..range.end - 1 {
                    prop_assert!(elements.iter().chain(&pieces).any(|pair| crosses(cut, pair)), "{}", cut);
                }
            }
        }
    }
}
