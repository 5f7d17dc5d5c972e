//! Pages as they are shown: pictures that are known by what they look like.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use siphasher::sip128::{Hasher128, SipHasher13};
use typst::foundations::Bytes;
use typst::layout::{Frame, FrameItem};
use typst::syntax::{FileId, SpanKind};
use typst::utils::hash128;
use typst::visualize::{Image, ImageKind, SvgImage};
use typst_layout::Page;
use typst_svg::{SvgOptions, WebImage};

use super::svg::flatten;
use crate::emit::look;
use crate::timings;

/// A page of a document, with the names under which a browser may keep its parts.
#[derive(Debug, Clone)]
pub struct Sheet {
    pub page: Page,
    /// Of the page as the compiler left it, byte ranges included.
    pub frame: u128,
    /// Of what is drawn: pages of one key look the same.
    pub picture: u64,
    /// Of the words, where they stand and what bytes of which notes they come from.
    pub words: u64,
    /// Files that its text was set from.
    pub files: Arc<[FileId]>,
}

impl Sheet {
    /// Names a page; `known` is asked for the same page of an earlier build.
    pub fn new<'k>(page: Page, known: impl FnOnce(u128) -> Option<&'k Self>) -> Self {
        let frame = hash128(&page.frame);
        match known(frame) {
            Some(known) => Self { page, ..known.clone() },
            None => {
                let (picture, words, files) = keys(&page);
                Self { page, frame, picture, words, files }
            }
        }
    }

    /// Width and height, pt.
    pub fn size(&self) -> (f64, f64) {
        let size = self.page.frame.size();
        (size.x.to_pt(), size.y.to_pt())
    }

    /// Its picture.
    pub fn svg(&self) -> String {
        let _span = timings::span("preview", "picture");
        let svg = flatten(&typst_svg::svg(&self.page, &SvgOptions::default()));
        let mut lettered = Vec::new();
        pictures(&self.page.frame, &mut lettered);
        let outlined = lettered.iter().filter_map(in_outlines);
        outlined.fold(svg, |svg, (from, to)| svg.replace(&from, &to))
    }
}

/// The drawings on a page that hold text.
fn pictures(frame: &Frame, found: &mut Vec<Image>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => pictures(&group.frame, found),
            FrameItem::Image(image, ..) => {
                if let ImageKind::Svg(svg) = image.kind()
                    // (`Tree::has_text_nodes` does not look into groups.)
                    && svg.data().windows(5).any(|bytes| bytes == b"<text")
                    && !found.contains(image)
                {
                    found.push(image.clone());
                }
            }
            _ => {}
        }
    }
}

/// The address of a drawing in Typst's SVG, and that of one that looks as it does in print: a browser has other fonts, so its
/// text is drawn as outlines.
fn in_outlines(image: &Image) -> Option<(String, String)> {
    let ImageKind::Svg(svg) = image.kind() else { return None };
    let outlined = SvgImage::new(Bytes::from_string(svg.tree().to_string(&Default::default()))).ok()?;
    let address = |image: &Image| WebImage::new(image).to_base64_url().to_string();
    Some((address(image), address(&Image::plain(outlined))))
}

/// The two keys of a page, and the files of its text.
fn keys(page: &Page) -> (u64, u64, Arc<[FileId]>) {
    let mut drawn = SipHasher13::new();
    let mut written = SipHasher13::new();
    let mut files = Vec::new();
    page.frame.size().hash(&mut drawn);
    page.fill.hash(&mut drawn);
    walk(&page.frame, &mut drawn, &mut written, &mut files);
    let drawn = drawn.finish128().h1;
    drawn.hash(&mut written);
    (drawn, written.finish128().h1, files.into())
}

/// Everything that is drawn goes into `drawn`; what only the text layer needs goes into `written`.
fn walk(frame: &Frame, drawn: &mut impl Hasher, written: &mut impl Hasher, files: &mut Vec<FileId>) {
    look::draw(frame, drawn, &mut |point, item| match item {
        FrameItem::Text(text) => {
            text.text.hash(written);
            // Text of two files is never one piece.
            if let Some(SpanKind::Range { id, .. }) = text.glyphs.first().map(|glyph| glyph.span.0.get())
                && !files.contains(&id)
            {
                files.push(id);
            }
            for glyph in &text.glyphs {
                (glyph.span, glyph.range.start).hash(written);
            }
        }
        FrameItem::Image(.., span) => span.hash(written),
        FrameItem::Link(dest, size) => (point, dest, size).hash(written),
        _ => {}
    });
}
