//! A line that is chosen: its glyphs, fitted to the line's length, as a frame.

use std::ops::Range;

use typst::introspection::Tag;
use typst::layout::{Abs, Em, Frame, FrameItem, Point, Size};
use typst::text::{Glyph, TextItem};

use super::collect::{Paragraph, Style};
use super::lines::{Item, Stop};
use super::words::Shaped;

/// How much spaces alone give, of their width, before letters do as well: few lines need more, and letters that keep their
/// distance are easier to read (and to write down).
const EASY_STRETCH: f64 = 0.25;
const EASY_SHRINK: f64 = 0.1;

/// A line that is chosen.
pub(super) struct Line<'a> {
    parts: Vec<Part<'a>>,
    pub width: Abs,
    stretch: Abs,
    shrink: Abs,
    /// What its spaces give alone.
    easy_stretch: Abs,
    easy_shrink: Abs,
    spaces: usize,
    forced: bool,
    /// The first item that the next line has a part of.
    pub next: usize,
    /// Of its last character.
    style: usize,
}

/// What a line consists of.
enum Part<'a> {
    Run(Run),
    Gap(Abs),
    Tag(&'a Tag),
}

/// Glyphs of one style.
struct Run {
    style: usize,
    piece: usize,
    glyphs: Vec<Placed>,
}

/// A glyph with its bytes in the paragraph.
#[derive(Clone, Copy)]
struct Placed {
    glyph: Shaped,
    start: usize,
    end: usize,
    /// Not a space at the line's end.
    kept: bool,
    /// A hyphen that the text does not have.
    added: bool,
}

impl<'a> Line<'a> {
    /// The line of the bytes of a range; `from` is the first item that may have a part in it.
    pub fn new(
        par: &Paragraph,
        items: &[Item<'a>],
        from: usize,
        range: Range<usize>,
        stop: &Stop,
    ) -> Option<Self> {
        let mut parts: Vec<Part> = Vec::new();
        let mut next = from;
        for (n, item) in items.iter().enumerate().skip(from) {
            match item {
                Item::Tag { at, tag } => {
                    if *at > range.end {
                        break;
                    }
                    parts.push(Part::Tag(tag));
                }
                Item::Gap { at, width } => {
                    if *at >= range.end {
                        break;
                    }
                    parts.push(Part::Gap(*width));
                }
                Item::Word(set) => {
                    if set.start >= range.end {
                        break;
                    }
                    let own = par.styles.get(set.style)?;
                    let cut = range.start.max(set.start)..range.end.min(set.end);
                    let text = par.text.get(set.start..set.end)?.trim_end_matches('\n');
                    let to = (cut.end - set.start).min(text.len());
                    let part;
                    let glyphs: &[Shaped] = if cut == (set.start..set.end) {
                        &set.word.glyphs
                    } else {
                        part = own.faces.part(text, &set.word.glyphs, cut.start - set.start..to)?;
                        &part
                    };
                    let placed = glyphs.iter().map(|glyph| Placed {
                        glyph: *glyph,
                        start: set.start + usize::from(glyph.start),
                        end: set.start + usize::from(glyph.end),
                        kept: true,
                        added: false,
                    });
                    match parts.last_mut() {
                        Some(Part::Run(run)) if run.piece == set.piece => run.glyphs.extend(placed),
                        _ => parts.push(Part::Run(Run {
                            style: set.style,
                            piece: set.piece,
                            glyphs: placed.collect(),
                        })),
                    }
                    // The rest of a word that is parted begins the next line.
                    if set.end > range.end {
                        next = n;
                        break;
                    }
                }
            }
            next = n + 1;
        }
        let mut line = Self {
            parts,
            width: Abs::zero(),
            stretch: Abs::zero(),
            shrink: Abs::zero(),
            easy_stretch: Abs::zero(),
            easy_shrink: Abs::zero(),
            spaces: 0,
            forced: stop.forced,
            next,
            style: par.style_at(range.end.saturating_sub(1)),
        };
        line.end(par, &range, stop)?;
        line.sum(par);
        Some(line)
    }

    /// Spaces at the end take no room; a word that is parted gets its hyphen.
    fn end(&mut self, par: &Paragraph, range: &Range<usize>, stop: &Stop) -> Option<()> {
        let last = self.parts.iter().rposition(|part| matches!(part, Part::Run(_)));
        if stop.hyphen {
            if let Some(Part::Run(run)) = last.and_then(|last| self.parts.get_mut(last)) {
                let (font, id, advance) = par.styles.get(run.style)?.faces.hyphen?;
                let glyph = Shaped::hyphen(id, font, advance);
                run.glyphs.push(Placed { glyph, start: range.end, end: range.end, kept: true, added: true });
            }
            return Some(());
        }
        // A space before a line break that its author wrote stays, as it does in the compiler.
        if stop.forced {
            return Some(());
        }
        for part in self.parts.iter_mut().rev() {
            match part {
                Part::Tag(_) => {}
                Part::Gap(_) => break,
                Part::Run(run) => {
                    let letters = run.glyphs.iter().rposition(|placed| !placed.glyph.space);
                    for placed in run.glyphs.iter_mut().skip(letters.map_or(0, |i| i + 1)) {
                        placed.kept = false;
                    }
                    if letters.is_some() {
                        break;
                    }
                }
            }
        }
        Some(())
    }

    fn sum(&mut self, par: &Paragraph) {
        let mut last: Option<(Abs, Abs)> = None;
        for part in &self.parts {
            let run = match part {
                Part::Run(run) => run,
                Part::Gap(width) => {
                    self.width += *width;
                    last = None;
                    continue;
                }
                Part::Tag(_) => continue,
            };
            let Some(style) = par.styles.get(run.style) else { continue };
            for placed in run.glyphs.iter().filter(|placed| placed.kept) {
                let glyph = &placed.glyph;
                self.width += glyph.advance.at(style.size);
                let (stretch, shrink) = placed.give(style);
                let (stretch, shrink) = (stretch.at(style.size), shrink.at(style.size));
                self.stretch += stretch;
                self.shrink += shrink;
                if glyph.space {
                    let (stretch, shrink) = placed.easy(style);
                    self.easy_stretch += stretch.at(style.size);
                    self.easy_shrink += shrink.at(style.size);
                    self.spaces += 1;
                }
                last = Some((stretch, shrink)).filter(|_| !glyph.space);
            }
        }
        // Behind the last letter there is nothing to be wider.
        if let Some((stretch, shrink)) = last {
            self.stretch -= stretch;
            self.shrink -= shrink;
        }
    }

    pub fn frame(&self, par: &Paragraph, number: usize, full: Abs) -> Option<Frame> {
        let shared = &par.shared;
        let mut x = shared.hanging;
        let mut room = full - self.width - shared.hanging;
        if number == 0 {
            x -= shared.hanging;
            room += shared.hanging;
        }
        room += self.overhang(par);
        let fitting = Fitting::new(self, &mut room, shared.justify && !self.forced);
        x += shared.align.position(room);
        let (mut top, mut bottom) = (Abs::zero(), Abs::zero());
        for part in &self.parts {
            let Part::Run(run) = part else { continue };
            let style = par.styles.get(run.style)?;
            for placed in &run.glyphs {
                let (up, down) = style.edges.get(usize::from(placed.glyph.font))?;
                top.set_max(*up);
                bottom.set_max(*down);
            }
        }
        // An empty line is as high as one with text would be.
        if top + bottom == Abs::zero() {
            (top, bottom) = *par.styles.get(self.style)?.edges.first()?;
        }
        let mut frame = Frame::soft(Size::new(full, top + bottom));
        frame.set_baseline(top);
        let last = self.last_letter();
        for (n, part) in self.parts.iter().enumerate() {
            match part {
                Part::Gap(width) => x += *width,
                Part::Tag(tag) => frame.push(Point::new(x, top), FrameItem::Tag((*tag).clone())),
                Part::Run(run) => {
                    let last = last.filter(|(part, _)| *part == n).map(|(_, glyph)| glyph);
                    x = run.push(&mut frame, par, Point::new(x, top), &fitting, last)?;
                }
            }
        }
        Some(frame)
    }

    /// The last glyph that is seen, as part and place in it, if nothing but tags follows.
    fn last_letter(&self) -> Option<(usize, usize)> {
        for (n, part) in self.parts.iter().enumerate().rev() {
            match part {
                Part::Gap(_) => return None,
                Part::Tag(_) => {}
                Part::Run(run) => {
                    if let Some(i) = run.glyphs.iter().rposition(|placed| placed.kept) {
                        return Some((n, i));
                    }
                }
            }
        }
        None
    }

    /// By how much the last sign stands in the margin.
    fn overhang(&self, par: &Paragraph) -> Abs {
        let found = self.last_letter().and_then(|(n, i)| match self.parts.get(n)? {
            Part::Run(run) => {
                let style = par.styles.get(run.style).filter(|style| style.overhang)?;
                let placed = run.glyphs.get(i)?;
                let c = if placed.added { '-' } else { par.text.get(placed.start..)?.chars().next()? };
                let alone = self.parts.len() == 1 && run.glyphs.len() == 1;
                (!alone).then(|| hanging(c) * placed.glyph.advance.at(style.size))
            }
            _ => None,
        });
        found.unwrap_or_default()
    }
}

impl Placed {
    /// By how much it may grow and shrink, em.
    fn give(&self, style: &Style) -> (Em, Em) {
        let give = &style.give;
        let advance = self.glyph.advance.get();
        if self.glyph.space {
            (Em::new(give.stretch(advance)), Em::new(give.shrink(advance)))
        } else if self.glyph.last && !self.added {
            (Em::new(give.letter_stretch), Em::new(give.letter_shrink.min(0.75 * advance)))
        } else {
            (Em::zero(), Em::zero())
        }
    }

    /// The part of it that spaces give first, em.
    fn easy(&self, style: &Style) -> (Em, Em) {
        if !self.glyph.space {
            return (Em::zero(), Em::zero());
        }
        let (stretch, shrink) = self.give(style);
        (stretch.min(EASY_STRETCH * self.glyph.advance), shrink.min(EASY_SHRINK * self.glyph.advance))
    }
}

/// Fills room, of either sign, with as much as something gives; returns which part of that it is.
fn take(room: &mut Abs, all: Abs) -> f64 {
    let part = if all > Abs::zero() { (*room / all).clamp(-1.0, 1.0) } else { 0.0 };
    *room -= part * all;
    part
}

/// How much of a sign stands in the margin: a full stop and a hyphen leave a hole in the edge else.
fn hanging(c: char) -> f64 {
    match c {
        '–' | '—' => 0.2,
        '-' => 0.55,
        '.' | ',' => 0.8,
        ':' | ';' => 0.3,
        _ => 0.0,
    }
}

/// By how much the parts of a line change, so that it is as long as there is room: growing, or below nought shrinking.
struct Fitting {
    /// Of what spaces give first.
    easy: f64,
    /// Of what spaces and letters give beyond.
    ratio: f64,
    /// Of each space, when all that is not enough.
    extra: Abs,
}

impl Fitting {
    /// Takes from `room` what is filled.
    fn new(line: &Line, room: &mut Abs, justify: bool) -> Self {
        let mut own = Self { easy: 0.0, ratio: 0.0, extra: Abs::zero() };
        if *room < Abs::zero() && line.shrink > Abs::zero() {
            own.easy = take(room, line.easy_shrink);
            own.ratio = take(room, line.shrink - line.easy_shrink);
        } else if *room > Abs::zero() && justify {
            own.easy = take(room, line.easy_stretch);
            own.ratio = take(room, line.stretch - line.easy_stretch);
            if *room > Abs::zero() && line.spaces > 0 {
                // Far fewer than 2^52.
                #[allow(clippy::cast_precision_loss)]
                let spaces = line.spaces as f64;
                own.extra = *room / spaces;
                *room = Abs::zero();
            }
        }
        own
    }

    /// What a glyph grows by.
    fn growth(&self, placed: &Placed, style: &Style) -> Em {
        let (stretch, shrink) = placed.give(style);
        let (easy_stretch, easy_shrink) = placed.easy(style);
        let easy = if self.easy < 0.0 { easy_shrink } else { easy_stretch };
        let rest = if self.ratio < 0.0 { shrink - easy_shrink } else { stretch - easy_stretch };
        let mut growth = self.easy * easy + self.ratio * rest;
        if placed.glyph.space {
            growth += Em::from_abs(self.extra, style.size);
        }
        growth
    }
}

impl Run {
    /// Puts the glyphs into a line from a point of its baseline on; returns where they end. `last` is the glyph behind which
    /// nothing follows.
    fn push(
        &self,
        frame: &mut Frame,
        par: &Paragraph,
        from: Point,
        fitting: &Fitting,
        last: Option<usize>,
    ) -> Option<Abs> {
        let style = par.styles.get(self.style)?;
        let mut x = from.x;
        let mut at = 0;
        let like = |a: &Placed, b: &Placed| {
            (a.glyph.font, a.glyph.y_offset, a.added) == (b.glyph.font, b.glyph.y_offset, b.added)
        };
        for group in self.glyphs.chunk_by(like) {
            let (first, end) = (group.first()?, group.last()?);
            let font = style.faces.fonts.get(usize::from(first.glyph.font))?;
            let base = first.start;
            let mut glyphs = Vec::with_capacity(group.len());
            for placed in group {
                let glyph = &placed.glyph;
                let growth =
                    if last == Some(at) && !glyph.space { Em::zero() } else { fitting.growth(placed, style) };
                at += 1;
                let to = |byte: usize| u16::try_from(byte - base).unwrap_or(u16::MAX);
                let range = if placed.added { 0..2 } else { to(placed.start)..to(placed.end) };
                glyphs.push(Glyph {
                    id: glyph.id,
                    x_advance: if placed.kept { glyph.advance + growth } else { Em::zero() },
                    x_offset: if placed.kept { glyph.x_offset } else { Em::zero() },
                    y_advance: Em::zero(),
                    y_offset: Em::zero(),
                    range,
                    span: par.span_at(placed.start),
                });
            }
            let text = if first.added { "\u{ad}" } else { par.text.get(base..end.end)? };
            let item = TextItem {
                font: font.clone(),
                size: style.size,
                fill: style.fill.clone(),
                stroke: None,
                lang: style.lang,
                region: style.region,
                text: text.into(),
                glyphs,
            };
            let width = item.width();
            let y = from.y + style.shift - first.glyph.y_offset.at(style.size);
            frame.push(Point::new(x, y), FrameItem::Text(item));
            x += width;
        }
        if let Some(link) = &style.link {
            let (mut top, mut bottom) = (Abs::zero(), Abs::zero());
            for placed in &self.glyphs {
                let (up, down) = style.edges.get(usize::from(placed.glyph.font))?;
                top.set_max(*up);
                bottom.set_max(*down);
            }
            let corner = Point::new(from.x, from.y - top - style.outset);
            let size = Size::new(x - from.x, top + bottom + 2.0 * style.outset);
            frame.push(corner, FrameItem::Link(link.clone(), size));
        }
        Some(x)
    }
}
