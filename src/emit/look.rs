//! What pages look like, whatever bytes of which notes they were set from: an edit moves the rest of its note, and most of that
//! is printed as before.

use std::hash::{Hash, Hasher};

use siphasher::sip128::{Hasher128, SipHasher13};
use typst::layout::{Frame, FrameItem, Point};
use typst::model::Document;
use typst_layout::PagedDocument;

/// Hash of all that a PDF without tags holds of a document.
pub fn of(document: &PagedDocument) -> u128 {
    let mut hasher = SipHasher13::new();
    document.info().hash(&mut hasher);
    for page in document.pages() {
        (page.frame.size(), page.bleed, &page.fill, &page.numbering, page.number).hash(&mut hasher);
        let mut said = SipHasher13::new();
        draw(&page.frame, &mut hasher, &mut |point, item| match item {
            FrameItem::Text(text) => {
                (&text.text, text.lang, text.region).hash(&mut said);
                text.glyphs.iter().for_each(|glyph| glyph.range.hash(&mut said));
            }
            FrameItem::Link(dest, size) => (point, dest, size).hash(&mut said),
            _ => {}
        });
        said.finish128().h1.hash(&mut hasher);
    }
    hasher.finish128().as_u128()
}

/// Hashes everything that is drawn in a frame, and shows each of its items to `visit`.
pub fn draw(frame: &Frame, hasher: &mut impl Hasher, visit: &mut impl FnMut(&Point, &FrameItem)) {
    for (point, item) in frame.items() {
        let kind = match item {
            FrameItem::Group(_) => 1,
            FrameItem::Text(_) => 2,
            FrameItem::Shape(..) => 3,
            FrameItem::Image(..) => 4,
            FrameItem::Link(..) | FrameItem::Tag(_) => 0,
        };
        if kind > 0 {
            hasher.write_u8(kind);
            point.hash(hasher);
        }
        match item {
            FrameItem::Group(group) => {
                (group.transform, &group.clip, group.frame.size()).hash(hasher);
                draw(&group.frame, hasher, visit);
                hasher.write_u8(0);
            }
            FrameItem::Text(text) => {
                (&text.font, text.size, &text.fill, &text.stroke).hash(hasher);
                for glyph in &text.glyphs {
                    (glyph.id, glyph.x_advance, glyph.x_offset, glyph.y_offset).hash(hasher);
                }
            }
            FrameItem::Shape(shape, _) => shape.hash(hasher),
            FrameItem::Image(image, size, _) => (image, size).hash(hasher),
            FrameItem::Link(..) | FrameItem::Tag(_) => {}
        }
        visit(point, item);
    }
}

#[cfg(test)]
mod tests {
    use typst::layout::{Abs, Size};
    use typst::model::{Destination, DocumentInfo, Url};
    use typst::syntax::Span;
    use typst::visualize::Geometry;
    use typst_layout::Page;

    use super::*;

    fn document(width: f64, span: Span, link: Option<&str>) -> PagedDocument {
        let mut frame = Frame::hard(Size::splat(Abs::pt(100.0)));
        let rule = Geometry::Line(Point::with_x(Abs::pt(width))).stroked(Default::default());
        frame.push(Point::zero(), FrameItem::Shape(rule, span));
        if let Some(link) = link {
            let dest = Destination::Url(Url::new(link).expect("an address"));
            frame.push(Point::zero(), FrameItem::Link(dest, Size::splat(Abs::pt(9.0))));
        }
        let page = Page {
            frame,
            bleed: Default::default(),
            fill: Default::default(),
            numbering: None,
            supplement: Default::default(),
            number: 1,
        };
        PagedDocument::new([page].into_iter().collect(), DocumentInfo::default())
    }

    #[test]
    fn what_is_seen_counts_and_where_it_comes_from_does_not() {
        let here = crate::typeset::world::file_id("/vault/a.md").expect("a path");
        let span = |at: usize| crate::typeset::span::range_span(here, at..at + 5);
        let one = of(&document(40.0, span(10), None));
        assert_eq!(one, of(&document(40.0, span(90), None)));
        assert_ne!(one, of(&document(41.0, span(10), None)));
        assert_ne!(one, of(&document(40.0, span(10), Some("https://example.org"))));
    }
}
