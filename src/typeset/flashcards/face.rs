//! A face put together: its text, and around it the short lines that many cards share. Those lines are typeset as the
//! lines of one long paragraph, each once, however many cards bear it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use typst::layout::{Abs, Frame, FrameItem, GroupItem, Point, Ratio, Size, Transform};

use super::texts::{Setter, Use};
use super::{Typeset, labelled, references};
use crate::pack::{Card, CardKind};
use crate::plan::stock::Stock;
use crate::typeset::assemble::ink_extent;
use crate::typeset::compile::Job;
use crate::typeset::looks::{INSET, Look};
use crate::typeset::plain::Words;
use crate::typeset::press::Press;
use crate::typeset::sheets::untagged;
use crate::vault::Finding;

/// Between two lines side by side, mm.
const GAP: f64 = 1.4;
/// From the upper edge to the first chapter's tick, and left below the last one's, mm.
const TICKS: f64 = 8.0;

/// A short line of a face.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Strip {
    Chapter {
        number: usize,
        title: String,
    },
    Section(String),
    /// Two lines of what is too long for one: chapter or section, or a term; the width in µm.
    Wrapped(Box<Strip>, u64),
    Term(String),
    Code(String),
    Direction(CardKind),
    /// The version and codes of other cards, at the foot of a back that has no anchor.
    See(String),
    /// `2/3` of a card in parts.
    Part(usize, usize),
    /// The tick at the edge, not a line.
    Tick(usize),
}

/// Lines that the faces of a block of cards will need.
pub(super) struct Strips<'p, 'a> {
    press: &'p Press<'a>,
    stock: &'p Stock,
    look: &'p Look,
    asked: BTreeMap<Strip, ()>,
}

/// Lines that are typeset.
pub(super) struct SetStrips<'p, 'a> {
    press: &'p Press<'a>,
    stock: &'p Stock,
    look: &'p Look,
    set: BTreeMap<Strip, Frame>,
}

impl<'p, 'a> Strips<'p, 'a> {
    pub fn new(press: &'p Press<'a>, stock: &'p Stock, look: &'p Look) -> Self {
        Self { press, stock, look, asked: BTreeMap::new() }
    }

    /// Notes what a card that takes `count` physical cards needs, and whether its back has a line of
    /// references.
    pub fn ask(&mut self, card: &Card, count: usize, foot: bool) {
        let chapter = chapter(self.press, card);
        for strip in [
            Some(chapter.clone()),
            section(self.press, card),
            term(self.press, card),
            Some(Strip::Code(card.code.clone())),
            Some(Strip::Direction(card.kind)),
            foot.then(|| see(self.press, card, self.look, self.stock)).flatten(),
        ] {
            self.asked.extend(strip.map(|s| (s, ())));
        }
        if let Strip::Chapter { number, .. } = chapter {
            self.asked.insert(Strip::Tick(number), ());
        }
        if count > 1 {
            self.asked.extend((0..count).map(|piece| (Strip::Part(piece, count), ())));
        }
    }

    /// Typesets all that was asked for.
    pub fn typeset(self, block: usize, setter: &Setter) -> Option<SetStrips<'p, 'a>> {
        let Self { press, stock, look, asked } = self;
        setter.learn(&format!("strips-{block}"), vec![Use::Code, Use::Term]);
        let (code, term) = (setter.hand(Use::Code), setter.hand(Use::Term));
        let mut set: Vec<(Strip, Frame)> = Vec::with_capacity(asked.len());
        let mut lines = Vec::new();
        let mut ticks = Vec::new();
        for strip in asked.into_keys() {
            let plain = match &strip {
                Strip::Code(text) | Strip::See(text) => code.as_ref().zip(Words::new(text)),
                Strip::Term(text) => term.as_ref().zip(Words::new(text)),
                _ => None,
            };
            match plain.and_then(|(hand, words)| hand.set_line(&words)) {
                Some(frame) => set.push((strip, frame)),
                None if matches!(strip, Strip::Tick(_)) => ticks.push(strip),
                None => lines.push(strip),
            }
        }
        set.extend(lines_of(press, look, block, &lines)?);
        let ticks = blocks(press, stock, look, &format!("ticks-{block}"), ticks)?;
        let mut strips = SetStrips { press, stock, look, set: set.into_iter().chain(ticks).collect() };
        strips.wrap(block)?;
        Some(strips)
    }
}

/// Typesets single lines. Their text edges take exactly one em, so a line's place on the page is its number.
fn lines_of(press: &Press, look: &Look, block: usize, lines: &[Strip]) -> Option<Vec<(Strip, Frame)>> {
    let values: Vec<Value> = lines.iter().map(|strip| value(press, strip)).collect();
    let document = press.compile(&job(look, &format!("strips-{block}"), "lines", &values))?;
    let mut frames: Vec<Frame> =
        lines.iter().map(|_| Frame::soft(Size::new(Abs::zero(), Abs::pt(look.small)))).collect();
    for page in document.pages() {
        distribute(&page.frame, Point::zero(), look.pitch(), &mut frames);
    }
    Some(lines.iter().cloned().zip(frames).collect())
}

/// Gives each line of a page its items.
fn distribute(frame: &Frame, at: Point, pitch: f64, lines: &mut [Frame]) {
    for (position, item) in frame.items() {
        let at = at + *position;
        match item {
            FrameItem::Group(group) if group.transform.is_identity() => {
                distribute(&group.frame, at, pitch, lines)
            }
            FrameItem::Text(text) => {
                // A baseline lies within its line.
                let number = (at.y.to_pt() / pitch).floor().max(0.0);
                // Not negative, and far below 2^52.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let Some(line) = lines.get_mut(number as usize) else { continue };
                let end = at.x + text.width();
                line.size_mut().x.set_max(end);
                line.push(Point::new(at.x, at.y - Abs::pt(number * pitch)), FrameItem::Text(text.clone()));
            }
            _ => {}
        }
    }
}

/// Typesets blocks: ticks, and lines that have to be wrapped.
fn blocks(
    press: &Press,
    stock: &Stock,
    look: &Look,
    name: &str,
    strips: Vec<Strip>,
) -> Option<Vec<(Strip, Frame)>> {
    if strips.is_empty() {
        return Some(Vec::new());
    }
    let chapters = press.pack.chapters.len();
    // Ticks of neighbouring chapters never touch, however many there are.
    let height = (tick_step(stock, chapters) * 0.8).min(look.tick().1);
    let values: Vec<Value> = strips
        .iter()
        .map(|strip| match strip {
            Strip::Tick(chapter) => json!({ "kind": "tick", "chapter": chapter, "height": height }),
            other => value(press, other),
        })
        .collect();
    let document = press.compile(&job(look, name, "blocks", &values))?;
    let frames: Vec<Frame> =
        document.pages().iter().flat_map(|p| labelled(&p.frame)).map(|(_, f)| untagged(f)).collect();
    if frames.len() != strips.len() {
        let message = format!("{} marks of cards became {} labelled blocks", strips.len(), frames.len());
        press.report(Finding::error("layout", None, message));
        return None;
    }
    Some(strips.into_iter().zip(frames).collect())
}

fn job(look: &Look, name: &str, kind: &str, values: &[Value]) -> Job {
    let path = format!("/data/flashcards/{name}.json");
    Job {
        name: format!("/data/flashcards/{name}.typ"),
        main: format!(
            "#import \"/layouts/flashcards.typ\" as cards\n#show: cards.setup.with(4000mm)\n\
             #let d = json(\"{path}\")\n#cards.strip-{kind}(d.look, d.strips)\n"
        ),
        data: vec![(path, json!({ "look": look.json(), "strips": values }))],
    }
}

fn value(press: &Press, strip: &Strip) -> Value {
    match strip {
        Strip::Chapter { number, title } => json!({ "kind": "chapter", "chapter": number, "text": title }),
        Strip::Section(text) => json!({ "kind": "section", "text": text }),
        Strip::Term(text) => json!({ "kind": "term", "text": text }),
        Strip::Code(text) => json!({ "kind": "code", "text": text }),
        Strip::See(text) => json!({ "kind": "code", "text": text }),
        Strip::Direction(kind) => json!({ "kind": "direction", "text": direction(press, *kind) }),
        Strip::Part(piece, count) => json!({ "kind": "code", "text": format!("{}/{count}", piece + 1) }),
        Strip::Wrapped(strip, width) => {
            let mut value = value(press, strip);
            // Far below 2^52.
            #[allow(clippy::cast_precision_loss)]
            let width = *width as f64 / 1000.0;
            value["width"] = json!(width);
            value
        }
        Strip::Tick(_) => Value::Null,
    }
}

fn direction(press: &Press, kind: CardKind) -> String {
    press.word(match kind {
        CardKind::Row | CardKind::Forward | CardKind::MultiForward => "term-to-meaning",
        CardKind::Backward | CardKind::MultiBackward => "meaning-to-term",
        CardKind::Basic | CardKind::Multi => "question-to-answer",
        CardKind::Cloze => "cloze",
    })
}

fn chapter(press: &Press, card: &Card) -> Strip {
    let chapter = press.concept(card).and_then(|c| press.pack.chapters.get(c.chapter));
    Strip::Chapter {
        number: chapter.map_or(1, |c| c.number),
        title: chapter.map(|c| c.title.clone()).unwrap_or_default(),
    }
}

fn section(press: &Press, card: &Card) -> Option<Strip> {
    let concept = press.concept(card)?;
    let title = press.pack.chapters.get(concept.chapter)?.sections.get(concept.section)?.title.as_ref()?;
    Some(Strip::Section(title.plain.clone()))
}

fn term(press: &Press, card: &Card) -> Option<Strip> {
    press.concept(card).map(|concept| Strip::Term(concept.name.clone()))
}

/// Where a back's foot is no more than a line of references.
fn see(press: &Press, card: &Card, look: &Look, stock: &Stock) -> Option<Strip> {
    references(press, card, look, stock.card.width.0 - 2.0 * INSET).map(Strip::See)
}

/// A frame drawn smaller.
fn scaled(frame: Frame, factor: f64) -> Frame {
    let mut outer = Frame::soft(frame.size() * factor);
    let mut group = GroupItem::new(frame);
    group.transform = Transform::scale(Ratio::new(factor), Ratio::new(factor));
    outer.push(Point::zero(), FrameItem::Group(group));
    outer
}

/// From one chapter's tick to the next one's, mm.
fn tick_step(stock: &Stock, chapters: usize) -> f64 {
    (stock.card.height.0 - 2.0 * TICKS) / chapters.max(5) as f64
}

impl SetStrips<'_, '_> {
    /// What is left of a card's width beside other lines, mm.
    fn room(&self, beside: &[Option<&Frame>]) -> f64 {
        let taken: f64 = beside.iter().flatten().map(|f| f.width().to_mm() + GAP).sum();
        (self.stock.card.width.0 - 2.0 * INSET - taken).max(8.0)
    }

    /// Typesets again, in two lines or more, what is wider than the room that it has on any face.
    fn wrap(&mut self, block: usize) -> Option<()> {
        let widest = |kind: fn(&Strip) -> bool| {
            self.set.iter().filter(|(s, _)| kind(s)).map(|(_, f)| f.width()).max().unwrap_or_default()
        };
        let part = widest(|s| matches!(s, Strip::Part(..)));
        let code = widest(|s| matches!(s, Strip::Code(_)));
        let room = self.room(&[]);
        let beside = |width: Abs| if width > Abs::zero() { width.to_mm() + GAP } else { 0.0 };
        let head = room - beside(part);
        let back = room - beside(part) - beside(code);
        let mut wrapped = Vec::new();
        for (strip, frame) in &self.set {
            let limit = match strip {
                Strip::Chapter { .. } | Strip::Section(_) => head,
                Strip::Term(_) => back,
                _ => continue,
            };
            if frame.width().to_mm() > limit {
                // A card is some metres wide at most.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let width = (limit.max(8.0) * 1000.0) as u64;
                wrapped.push(Strip::Wrapped(Box::new(strip.clone()), width));
            }
        }
        for (strip, frame) in blocks(self.press, self.stock, self.look, &format!("wrapped-{block}"), wrapped)?
        {
            if let Strip::Wrapped(strip, width) = strip {
                // A word that cannot be broken is set smaller.
                #[allow(clippy::cast_precision_loss)]
                let limit = Abs::mm(width as f64 / 1000.0);
                let ink = ink_extent(&frame).0;
                self.set.insert(*strip, if ink > limit { scaled(frame, limit / ink) } else { frame });
            }
        }
        Some(())
    }

    fn get(&self, strip: Option<Strip>) -> Option<&Frame> {
        self.set.get(&strip?)
    }

    /// A face with its text; `of` counts the physical cards of a long one, `foot` says whether a back has a line of
    /// references.
    pub fn face(
        &self,
        card: &Card,
        front: bool,
        of: Option<(usize, usize)>,
        set: &Typeset,
        foot: bool,
    ) -> Option<Frame> {
        let (width, height) = (self.stock.card.width.0, self.stock.card.height.0);
        let (left, right) = (Abs::mm(INSET), Abs::mm(width - INSET));
        let (top, bottom) = (Abs::mm(INSET), Abs::mm(height - INSET));
        let mut face = Frame::hard(Size::new(Abs::mm(width), Abs::mm(height)));
        let mut put = |x: Abs, y: Abs, frame: &Frame| face.push_frame(Point::new(x, y), frame.clone());
        let code = self.get(Some(Strip::Code(card.code.clone())))?;
        let part = self.get(of.map(|(piece, count)| Strip::Part(piece, count)));
        let gap = Abs::mm(GAP);
        if front {
            let number = self.head(card, part, &mut put)?;
            put(left, bottom - code.height(), code);
            let direction = self.get(Some(Strip::Direction(card.kind)))?;
            put(right - direction.width(), bottom - direction.height(), direction);
            let room = Abs::mm(height - 2.0 * INSET - self.look.head - self.look.foot);
            put(left, Abs::mm(INSET + self.look.head) + (room - set.body.height()) / 2.0, &set.body);
            // Its height tells the chapter, so a misfiled card shows from the side.
            let tick = self.get(Some(Strip::Tick(number)))?;
            let step = tick_step(self.stock, self.press.pack.chapters.len());
            // Chapters are few.
            #[allow(clippy::cast_precision_loss)]
            let y = TICKS + (number.max(1) - 1) as f64 * step;
            put(Abs::mm(width) - tick.width(), Abs::mm(y), tick);
        } else {
            let mut x = left;
            if let Some(term) = self.get(term(self.press, card)) {
                put(x, top, term);
                x += term.width() + gap;
            }
            if let Some(part) = part {
                put(x, top, part);
            }
            put(right - code.width(), top, code);
            put(left, Abs::mm(INSET + self.look.head), &set.body);
            if let Some(foot) = &set.foot {
                put(left, bottom - foot.height(), foot);
            } else if let Some(see) =
                self.get(foot.then(|| see(self.press, card, self.look, self.stock)).flatten())
            {
                put(right - see.width(), bottom - see.height(), see);
            }
        }
        Some(face)
    }

    /// Chapter and section, side by side where there is room, else one below the other; the chapter's number.
    fn head(
        &self,
        card: &Card,
        part: Option<&Frame>,
        put: &mut impl FnMut(Abs, Abs, &Frame),
    ) -> Option<usize> {
        let (left, top) = (Abs::mm(INSET), Abs::mm(INSET));
        let strip = chapter(self.press, card);
        let Strip::Chapter { number, .. } = strip else { return None };
        let title = self.get(Some(strip))?;
        put(left, top, title);
        if let Some(section) = self.get(section(self.press, card)) {
            let beside = (title.width() + section.width()).to_mm() + GAP <= self.room(&[part]);
            if beside {
                put(left + title.width() + Abs::mm(GAP), top, section);
            } else {
                put(left, top + title.height() + Abs::pt(1.0), section);
            }
        }
        if let Some(part) = part {
            put(Abs::mm(self.stock.card.width.0 - INSET) - part.width(), top, part);
        }
        Some(number)
    }
}
