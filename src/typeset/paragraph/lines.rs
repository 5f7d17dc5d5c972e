//! From a paragraph to its lines: where they may end, what that comes to, and which are chosen.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use icu_segmenter::options::LineBreakOptions;
use icu_segmenter::{LineSegmenter, LineSegmenterBorrowed};
use typst::introspection::Tag;
use typst::layout::{Abs, Em, Frame};

use super::collect::{Paragraph, Piece, Style};
use super::line::Line;
use super::words::{Extent, Word};
use crate::plan::justify::{self, Break, Kind, Measure, Setting};

static SEGMENTER: LazyLock<LineSegmenterBorrowed<'static>> =
    LazyLock::new(|| LineSegmenter::new_for_non_complex_scripts(LineBreakOptions::default()));

/// A word, or the part of one that is in one style, with the space behind it.
pub(super) struct Set {
    pub start: usize,
    pub end: usize,
    pub style: usize,
    /// Words of one piece are one item of text.
    pub piece: usize,
    pub word: Arc<Word>,
}

/// What stands in lines, in order.
pub(super) enum Item<'a> {
    Word(Set),
    Gap { at: usize, width: Abs },
    Tag { at: usize, tag: &'a Tag },
}

/// Where a line may end: its byte, and what the sums say.
pub(super) struct Stop {
    pub at: usize,
    pub hyphen: bool,
    pub forced: bool,
}

/// Sets a paragraph in lines of a width. `None` where a face lacks a character.
pub fn set(par: &Paragraph, width: Abs, expand: bool) -> Option<Vec<Frame>> {
    let shared = &par.shared;
    let (stops, breaks, items) = opportunities(par)?;
    let setting = Setting {
        room: (width - shared.hanging).to_pt(),
        indent: -shared.hanging.to_pt(),
        justify: shared.justify,
        optimal: shared.optimal,
        half_size: shared.size.to_pt() / 2.0,
        hyphen_cost: shared.hyphen_cost,
        runt_cost: shared.runt_cost,
    };
    let ends = justify::lines(&breaks, &setting);
    let mut lines = Vec::with_capacity(ends.len());
    let mut start = 0;
    let mut from = 0;
    for end in ends {
        let stop = stops.get(end)?;
        let line = Line::new(par, &items, from, start..stop.at, stop)?;
        from = line.next;
        start = stop.at;
        lines.push(line);
    }
    let full = match expand {
        true => width,
        false => {
            let widest = lines.iter().map(|line| line.width).max().unwrap_or_default();
            width.min(shared.hanging + widest)
        }
    };
    lines.iter().enumerate().map(|(n, line)| line.frame(par, n, full)).collect()
}

/// The places where lines may end, the sums there, and what stands between them.
fn opportunities<'a>(par: &'a Paragraph<'a>) -> Option<(Vec<Stop>, Vec<Break>, Vec<Item<'a>>)> {
    let text = par.text.as_str();
    let mut ends = SEGMENTER.segment_str(text).filter(|end| *end > 0).peekable();
    let mut stops = Vec::new();
    let mut breaks: Vec<Break> = Vec::new();
    let mut items = Vec::with_capacity(2 * par.pieces.len());
    let mut sum = Measure::default();
    // What stands since the last place, for hyphens and for the space at its end.
    let mut trailing = Measure::default();
    let mut last_letter = Measure::default();
    for (number, piece) in par.pieces.iter().enumerate() {
        let (from, style) = match piece {
            Piece::Tag { at, tag } => {
                items.push(Item::Tag { at: *at, tag });
                continue;
            }
            Piece::Gap { at, width } => {
                items.push(Item::Gap { at: *at, width: *width });
                sum.width += width.to_pt();
                trailing = Measure::default();
                last_letter = Measure::default();
                if let Some(end) = ends.next_if(|end| *end == at + 1) {
                    let forced = end == text.len();
                    let kind = if forced { Kind::Forced } else { Kind::Plain };
                    breaks.push(Break { end: sum, start: sum, kind, dash: false });
                    stops.push(Stop { at: end, hyphen: false, forced });
                }
                continue;
            }
            Piece::Text { from, style } => (*from, *style),
        };
        let own = par.styles.get(style)?;
        let end_of_piece = par.pieces.get(number + 1..)?.iter().map(Piece::at).next().unwrap_or(text.len());
        let mut at = from;
        while at < end_of_piece {
            let stop = ends.peek().copied().filter(|end| *end <= end_of_piece);
            let until = stop.unwrap_or(end_of_piece);
            let said = text.get(at..until)?;
            let forced = stop.is_some() && (until == text.len() || said.ends_with('\n'));
            let letters = said.trim_end_matches('\n');
            let word = own.faces.word(letters)?;
            if own.hyphenate && is_parted_alone(text, at..until) {
                for hyphen in &word.hyphens {
                    let sign = own.faces.hyphen.map_or(Em::zero(), |(.., advance)| advance);
                    let mut end = sum.plus(own.measure(&hyphen.head));
                    end.width += sign.at(own.size).to_pt();
                    let whole = sum.plus(own.measure(&Extent::of(&word.glyphs)));
                    let start = whole.minus(own.measure(&hyphen.tail));
                    let kind = Kind::Hyphen { before: hyphen.before, after: hyphen.after };
                    breaks.push(Break { end, start, kind, dash: true });
                    stops.push(Stop { at: at + usize::from(hyphen.at), hyphen: true, forced: false });
                }
            }
            // Spaces at the end of the line take no room, and its last letter is not set wider.
            let kept = word.glyphs.iter().rposition(|glyph| !glyph.space).map_or(0, |i| i + 1);
            let (body, spaces) = word.glyphs.split_at_checked(kept)?;
            if let Some(last) = body.last() {
                trailing = Measure::default();
                last_letter = own.measure(&Extent { letters: u16::from(last.last), ..Extent::default() });
            }
            sum = sum.plus(own.measure(&Extent::of(body)));
            let spaces = own.measure(&Extent::of(spaces));
            sum = sum.plus(spaces);
            trailing = trailing.plus(spaces);
            if !word.glyphs.is_empty() {
                items.push(Item::Word(Set { start: at, end: until, style, piece: number, word }));
            }
            if stop.is_some() {
                ends.next();
                let end = if forced { sum } else { sum.minus(trailing) };
                let kind = if forced { Kind::Forced } else { Kind::Plain };
                let dash = letters.ends_with(['-', '–', '—']);
                breaks.push(Break { end: end.minus(last_letter), start: sum, kind, dash });
                stops.push(Stop { at: until, hyphen: false, forced });
            }
            at = until;
        }
    }
    Some((stops, breaks, items))
}

/// Whether a word is in one style, so that it can be parted by itself.
fn is_parted_alone(text: &str, range: Range<usize>) -> bool {
    let joins = |at: usize| {
        let before = text.get(..at).and_then(|s| s.chars().next_back());
        let after = text.get(at..).and_then(|s| s.chars().next());
        before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_alphabetic)
    };
    !joins(range.start) && !joins(range.end)
}

impl Style {
    fn measure(&self, extent: &Extent) -> Measure {
        let size = self.size.to_pt();
        let letters = f64::from(extent.letters);
        let spaces = f64::from(extent.spaces);
        let mut measure = Measure {
            width: extent.advance.get() * size,
            stretch: letters * self.give.letter_stretch * size,
            shrink: letters * self.give.letter_shrink * size,
            spaces,
        };
        if extent.spaces > 0 {
            let width = extent.space.get() / spaces;
            measure.stretch += spaces * self.give.stretch(width) * size;
            measure.shrink += spaces * self.give.shrink(width) * size;
        }
        measure
    }
}
