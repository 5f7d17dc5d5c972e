//! Plain words set without the compiler: a large deck is mostly these, and a document that shapes each of its texts once
//! needs no more than that.
//!
//! Nothing of the design is said here. How a text looks is learned from what the layout makes of a sample ([`Hand::learn`]):
//! font, size, colour, the first baseline, the distance of lines, the alignment. Where the sample has anything else (a
//! decoration, tracking, another face for some letters) nothing is learned, and the compiler sets those texts.

use std::sync::{Arc, LazyLock, OnceLock};

use icu_segmenter::options::LineBreakOptions;
use icu_segmenter::{LineSegmenter, LineSegmenterBorrowed};
use rustybuzz::{BufferFlags, Direction, Feature, Language, ShapePlan, UnicodeBuffer, script};
use ttf_parser::Tag;
use typst::layout::{Abs, Em, Frame, FrameItem, Point, Size};
use typst::syntax::{FileId, Span};
use typst::text::{FontInstance, Glyph, TextItem};

use super::note::is_apostrophe;
use super::span::range_span;
use crate::plan::ragged::{self, Piece};
use crate::vault::Selection;
use crate::vault::ast::{BlockKind, Inline, InlineKind};

/// What a hand is learned from: two lines with a kerned pair, a ligature where the font has one, digits and a space. They
/// are short, for they must not be broken.
pub const SAMPLE: [&str; 2] = ["AV Tofi", "ra, 017"];

static SEGMENTER: LazyLock<LineSegmenterBorrowed<'static>> =
    LazyLock::new(|| LineSegmenter::new_for_non_complex_scripts(LineBreakOptions::default()));

/// Words without markup, as they are printed, and where they stand in the note.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    text: String,
    /// First byte of each stretch, and its place.
    spans: Vec<(usize, Span)>,
}

impl Words {
    /// Words that stand in no note.
    pub fn new(text: &str) -> Option<Self> {
        is_plain(text).then(|| Self { text: text.to_owned(), spans: vec![(0, Span::detached())] })
    }

    /// Words of a part of a note; `None` where there is more to it than words: markup, quotes (which are the language's
    /// own), other scripts than Latin.
    pub fn of(selection: &Selection, source: &str, id: FileId) -> Option<Self> {
        let inlines = match selection {
            Selection::Inlines(inlines) => inlines,
            Selection::Blocks(blocks) => match blocks.as_slice() {
                [block] => match &block.kind {
                    BlockKind::Paragraph(inlines) => inlines,
                    _ => return None,
                },
                _ => return None,
            },
        };
        let mut words = Self { text: String::new(), spans: Vec::new() };
        for inline in inlines {
            words.add(inline, source, id)?;
        }
        is_plain(&words.text).then_some(words)
    }

    fn add(&mut self, inline: &Inline, source: &str, id: FileId) -> Option<()> {
        let range = &inline.range;
        let text = match &inline.kind {
            InlineKind::Text(text) => text,
            InlineKind::SoftBreak => " ",
            _ => return None,
        };
        let exact = source.get(range.clone()) == Some(text);
        let place = |from: usize, to: usize| {
            let range = if exact { range.start + from..range.start + to } else { range.clone() };
            range_span(id, range)
        };
        let mut start = 0;
        for (at, _) in text.match_indices('\'') {
            if !is_apostrophe(text, at) {
                return None;
            }
            self.spans.push((self.text.len(), place(start, at)));
            self.text.push_str(text.get(start..at)?);
            self.spans.push((self.text.len(), place(at, at + 1)));
            self.text.push('’');
            start = at + 1;
        }
        self.spans.push((self.text.len(), place(start, text.len())));
        self.text.push_str(text.get(start..)?);
        Some(())
    }

    fn span_at(&self, byte: usize) -> (Span, u16) {
        let next = self.spans.partition_point(|(start, _)| *start <= byte);
        match next.checked_sub(1).and_then(|i| self.spans.get(i)) {
            Some((start, span)) => (*span, u16::try_from(byte - start).unwrap_or(u16::MAX)),
            None => (Span::detached(), 0),
        }
    }
}

/// Whether a text is of letters that one Latin font has, in one direction, with single spaces, and without an address
/// (which is broken by rules of its own).
fn is_plain(text: &str) -> bool {
    let known = |c: char| match c {
        '"' => false,
        ' '..='~' | 'À'..='ɏ' => true,
        _ => "–—‘’“”…«»¿¡·×÷±−≤≥≠→←€£§°".contains(c),
    };
    let spaced = text.starts_with(' ') || text.ends_with(' ') || text.contains("  ");
    !text.is_empty() && !spaced && text.chars().all(known) && !text.contains("://") && !text.contains("www.")
}

/// How a layout sets plain words.
#[derive(Clone)]
pub struct Hand {
    font: FontInstance,
    /// An item of the sample: all but text and glyphs.
    like: TextItem,
    language: Option<Language>,
    features: Vec<Feature>,
    /// From the frame's upper edge to the first baseline.
    first: Abs,
    /// From one baseline to the next.
    pitch: Abs,
    /// From the last baseline to the frame's lower edge.
    below: Abs,
    centred: bool,
    plan: Arc<OnceLock<ShapePlan>>,
}

/// A shaped glyph with the bytes of the text that it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shaped {
    id: u16,
    advance: Em,
    x_offset: Em,
    y_offset: Em,
    start: usize,
    end: usize,
}

impl Hand {
    /// Learns from a frame that holds the lines of [`SAMPLE`] (or the first of them) and nothing else. `None` where there is
    /// more to it than can be learned.
    pub fn learn(frame: &Frame, sample: &[&str]) -> Option<Self> {
        let mut items = Vec::new();
        texts(frame, Point::zero(), &mut items)?;
        if items.len() != sample.len() {
            return None;
        }
        let (at, like) = items.first()?;
        let (last, _) = items.last()?;
        let language = {
            let region = like.region.map(|r| format!("-{}", r.as_str())).unwrap_or_default();
            format!("{}{region}", like.lang.as_str()).parse().ok()
        };
        let mut hand = Self {
            font: like.font.clone(),
            like: TextItem { text: Default::default(), glyphs: Vec::new(), ..(*like).clone() },
            language,
            features: Vec::new(),
            first: at.y,
            pitch: if items.len() > 1 { items.get(1)?.0.y - at.y } else { Abs::zero() },
            below: frame.height() - last.y,
            centred: false,
            plan: Arc::default(),
        };
        // Chinese and Japanese break lines by rules of their own.
        if like.stroke.is_some() || matches!(like.lang.as_str(), "zh" | "ja") {
            return None;
        }
        let feature = |tag: &[u8; 4]| Feature::new(Tag::from_bytes(tag), 1, ..);
        let tries = [vec![], vec![feature(b"lnum"), feature(b"tnum")]];
        hand.features = tries.into_iter().find(|features| {
            let tried = Self { features: features.clone(), plan: Arc::default(), ..hand.clone() };
            items.iter().zip(sample).all(|((_, item), text)| tried.sets(item, text))
        })?;
        let starts = |(at, _): &(Point, &TextItem)| at.x.to_pt().abs() < 1e-3;
        let centred = |(at, item): &(Point, &TextItem)| {
            ((frame.width() - item.width()) / 2.0 - at.x).to_pt().abs() < 1e-3 && at.x > Abs::zero()
        };
        hand.centred = items.iter().all(centred);
        (hand.centred || items.iter().all(starts)).then_some(hand)
    }

    /// Whether this hand sets a text as the item does.
    fn sets(&self, item: &TextItem, text: &str) -> bool {
        let like = &self.like;
        let same = (&item.font, item.size, &item.fill, item.stroke.is_some(), item.lang, item.region)
            == (&like.font, like.size, &like.fill, false, like.lang, like.region);
        let Some(shaped) = self.shape(text).filter(|_| same && item.text.trim_end() == text) else {
            return false;
        };
        let near = |a: Em, b: Em| (a.get() - b.get()).abs() < 1e-6;
        item.glyphs.len() >= shaped.len()
            && shaped.iter().zip(&item.glyphs).all(|(a, b)| {
                a.id == b.id
                    && near(a.advance, b.x_advance)
                    && near(a.x_offset, b.x_offset)
                    && near(a.y_offset, Em::zero())
            })
    }

    /// The glyphs of a text; `None` where the font lacks one.
    fn shape(&self, text: &str) -> Option<Vec<Shaped>> {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        if let Some(language) = &self.language {
            buffer.set_language(language.clone());
        }
        buffer.set_direction(Direction::LeftToRight);
        buffer.guess_segment_properties();
        buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        let plan = |script| {
            ShapePlan::new(
                self.font.rusty(),
                Direction::LeftToRight,
                Some(script),
                self.language.as_ref(),
                &self.features,
            )
        };
        // A text of digits alone has no script.
        let own;
        let plan = if buffer.script() == script::LATIN {
            self.plan.get_or_init(|| plan(script::LATIN))
        } else {
            own = plan(buffer.script());
            &own
        };
        let buffer = rustybuzz::shape_with_plan(self.font.rusty(), plan, buffer);
        let (infos, positions) = (buffer.glyph_infos(), buffer.glyph_positions());
        let mut shaped = Vec::with_capacity(infos.len());
        let mut end = text.len();
        let mut cluster = usize::MAX;
        for (info, position) in infos.iter().zip(positions).rev() {
            let start = info.cluster as usize;
            if cluster != usize::MAX && start != cluster {
                end = cluster;
            }
            cluster = start;
            shaped.push(Shaped {
                id: u16::try_from(info.glyph_id).ok().filter(|id| *id != 0)?,
                advance: self.font.to_em(position.x_advance),
                x_offset: self.font.to_em(position.x_offset),
                y_offset: self.font.to_em(position.y_offset),
                start,
                end,
            });
        }
        shaped.reverse();
        // Marks that stand higher are items of their own: the compiler's business.
        shaped.iter().all(|glyph| glyph.y_offset == Em::zero()).then_some(shaped)
    }

    /// Sets words in lines of a length. `None` where a word is wider, or the font lacks a letter.
    pub fn set(&self, words: &Words, width: Abs) -> Option<Frame> {
        let shaped = self.shape(&words.text)?;
        let ends: Vec<usize> = SEGMENTER.segment_str(&words.text).filter(|end| *end > 0).collect();
        let mut pieces: Vec<Piece> = Vec::with_capacity(ends.len());
        let mut glyphs: Vec<usize> = vec![0];
        let mut at = 0;
        for end in &ends {
            let mut piece = Piece { width: 0.0, space: 0.0 };
            while let Some(glyph) = shaped.get(at).filter(|glyph| glyph.start < *end) {
                let advance = glyph.advance.at(self.like.size).to_pt();
                if words.text.get(glyph.start..glyph.end) == Some(" ") {
                    piece.space += advance;
                } else {
                    piece.width += piece.space + advance;
                    piece.space = 0.0;
                }
                at += 1;
            }
            pieces.push(piece);
            glyphs.push(at);
        }
        let lines = ragged::lines(&pieces, width.to_pt())?;
        let mut frame = self.frame(width, lines.len());
        for (n, line) in lines.iter().enumerate() {
            let range = *glyphs.get(line.start)?..*glyphs.get(line.end)?;
            self.push(&mut frame, n, words, shaped.get(range)?);
        }
        Some(frame)
    }

    /// Sets words in lines that are chosen already. `None` where the font lacks a letter.
    pub fn set_lines(&self, lines: &[Words], width: Abs) -> Option<Frame> {
        let mut frame = self.frame(width, lines.len());
        for (n, words) in lines.iter().enumerate() {
            self.push(&mut frame, n, words, &self.shape(&words.text)?);
        }
        Some(frame)
    }

    /// Sets a single line, as wide as it is. `None` where the font lacks a letter.
    pub fn set_line(&self, words: &Words) -> Option<Frame> {
        let shaped = self.shape(&words.text)?;
        let width: Em = shaped.iter().map(|glyph| glyph.advance).sum();
        let mut frame = self.frame(width.at(self.like.size), 1);
        self.push(&mut frame, 0, words, &shaped);
        Some(frame)
    }

    fn frame(&self, width: Abs, lines: usize) -> Frame {
        // Far fewer than 2^52.
        #[allow(clippy::cast_precision_loss)]
        let between = self.pitch * lines.saturating_sub(1) as f64;
        Frame::soft(Size::new(width, self.first + between + self.below))
    }

    /// Puts glyphs of `words` into a frame as its line `n`, from 0.
    fn push(&self, frame: &mut Frame, n: usize, words: &Words, shaped: &[Shaped]) {
        let (Some(first), Some(last)) = (shaped.first(), shaped.last()) else { return };
        let text = &words.text[first.start..last.end];
        // A space at the line's end takes no room, and stays for those who copy the text.
        let trimmed = first.start + text.trim_end().len();
        let glyphs: Vec<Glyph> = shaped
            .iter()
            .map(|glyph| {
                let kept = glyph.start < trimmed;
                let to = |byte: usize| u16::try_from(byte - first.start).unwrap_or(u16::MAX);
                Glyph {
                    id: glyph.id,
                    x_advance: if kept { glyph.advance } else { Em::zero() },
                    x_offset: if kept { glyph.x_offset } else { Em::zero() },
                    y_advance: Em::zero(),
                    y_offset: Em::zero(),
                    range: to(glyph.start)..to(glyph.end),
                    span: words.span_at(glyph.start),
                }
            })
            .collect();
        let item = TextItem { text: text.into(), glyphs, ..self.like.clone() };
        let x = if self.centred { (frame.width() - item.width()) / 2.0 } else { Abs::zero() };
        // Far fewer than 2^52.
        #[allow(clippy::cast_precision_loss)]
        let y = self.first + self.pitch * n as f64;
        frame.push(Point::new(x, y), FrameItem::Text(item));
    }
}

/// The texts of a frame with their places; `None` where it holds anything else that is seen.
fn texts<'f>(frame: &'f Frame, at: Point, out: &mut Vec<(Point, &'f TextItem)>) -> Option<()> {
    for (position, item) in frame.items() {
        match item {
            FrameItem::Group(group) if group.transform.is_identity() && group.clip.is_none() => {
                texts(&group.frame, at + *position, out)?;
            }
            FrameItem::Text(text) => out.push((at + *position, text)),
            FrameItem::Tag(_) => {}
            _ => return None,
        }
    }
    Some(())
}
