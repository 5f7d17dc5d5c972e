//! Flashcards: every text typeset once at the card's own width, fitted outside the document, put together as faces, and
//! placed on sheets as frames.

mod face;
mod texts;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use typst::comemo;
use typst::layout::{Abs, Frame, FrameItem};

use self::face::Strips;
use self::texts::{Asked, Setter};
use super::assemble::ink_extent;
use super::looks::{Form, INSET, Look};
use super::press::Press;
use super::sheets::{self, Deck, Print};
use crate::pack::{Card, CardKind, CardNo, PartKind, Text};
use crate::plan::stock::Stock;
use crate::vault::{Finding, Place};

/// Cards typeset together, at most; blocks are made side by side, each by one thread.
const CARDS_PER_BLOCK: usize = 240;
/// Fewer are not worth a document of their own.
const SMALLEST_BLOCK: usize = 24;
/// Blocks after which the compiler's memory is cleared, in a large deck.
const BLOCKS_KEPT: usize = 4;
/// A card is split into at most so many.
const MAX_PIECES: usize = 24;

/// How the deck is to be printed.
pub struct DeckOptions<'a> {
    pub print: Print<'a>,
    pub look: Look,
    /// Cards to print; `None` for all that the press keeps.
    pub only: Option<BTreeSet<CardNo>>,
}

/// What a back's foot holds.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Foot {
    /// The memory anchor, and the references beside it.
    Full,
    /// A line with the version and other cards' codes.
    References,
    None,
}

/// A side under trial.
#[derive(Debug, Clone)]
struct Trial {
    card: usize,
    front: bool,
    form: Form,
    step: usize,
    pieces: usize,
    foot: Foot,
    /// A term's lines, where they were chosen.
    lines: Option<Vec<String>>,
    /// Words may break anywhere.
    breaks: bool,
    /// The text at this step, piece by piece.
    set: Vec<Typeset>,
    done: bool,
}

/// A text of a face, and what stands at the face's foot.
#[derive(Debug, Clone)]
struct Typeset {
    body: Frame,
    foot: Option<Frame>,
}

/// Typesets the deck of a pack or a selection.
pub fn typeset(press: &Press, options: &DeckOptions) -> Option<Deck> {
    let mut cards: Vec<(CardNo, &Card)> = press.kept_cards();
    cards.retain(|(no, _)| options.only.as_ref().is_none_or(|only| only.contains(no)));
    let (stock, look) = (options.print.job.stock, &options.look);
    let per_block =
        cards.len().div_ceil(2 * rayon::current_num_threads()).clamp(SMALLEST_BLOCK, CARDS_PER_BLOCK);
    let blocks: Vec<&[(CardNo, &Card)]> = cards.chunks(per_block).collect();
    let setter = Setter::new(press, stock, look);
    let done = AtomicUsize::new(0);
    let frames: Option<Vec<Vec<Frame>>> = blocks
        .par_iter()
        .enumerate()
        .map(|(n, block)| {
            let trials = fit(&setter, n, block, stock, look)?;
            let frames = faces(&setter, n, block, stock, look, &trials)?;
            // What is typeset once is not needed again; the last blocks stay, for the next build in this process.
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(BLOCKS_KEPT) && blocks.len() > 2 * BLOCKS_KEPT {
                comemo::evict(0);
            }
            Some(frames)
        })
        .collect();
    sheets::deck(press, &options.print, &frames?.concat())
}

/// Fronts and backs in turn. A card takes as many physical cards as its longer side has pieces.
fn faces(
    setter: &Setter,
    block: usize,
    cards: &[(CardNo, &Card)],
    stock: &Stock,
    look: &Look,
    trials: &[Trial],
) -> Option<Vec<Frame>> {
    let sides = |sides: &[Trial]| sides.iter().map(|s| s.pieces).max().unwrap_or(1);
    let mut strips = Strips::new(setter.press, stock, look);
    for ((_, card), pair) in cards.iter().zip(trials.chunks(2)) {
        strips.ask(card, sides(pair), pair.iter().any(|side| side.foot == Foot::References));
    }
    let strips = strips.typeset(block, setter)?;
    let mut deck = Vec::with_capacity(trials.len());
    for ((_, card), pair) in cards.iter().zip(trials.chunks(2)) {
        let [front, back] = pair else { return None };
        let count = sides(pair);
        for piece in 0..count {
            for side in [front, back] {
                let set = side.set.get(piece.min(side.pieces - 1))?;
                let of = (count > 1).then_some((piece, count));
                let foot = side.foot == Foot::References && piece + 1 >= side.pieces;
                deck.push(strips.face(card, side.front, of, set, foot)?);
            }
        }
    }
    Some(deck)
}

/// Chooses size, pieces and foot of every side, and keeps the faces that fit.
fn fit(
    setter: &Setter,
    block: usize,
    cards: &[(CardNo, &Card)],
    stock: &Stock,
    look: &Look,
) -> Option<Vec<Trial>> {
    let press = setter.press;
    let (width, height) = (stock.card.width.0, stock.card.height.0);
    let mut trials: Vec<Trial> = Vec::with_capacity(cards.len() * 2);
    for (i, (_, card)) in cards.iter().enumerate() {
        for front in [true, false] {
            let form = form(card, front);
            let foot = if front { Foot::None } else { foot(press, card) };
            let term = (form == Form::Term).then(|| term(press, card)).flatten();
            let text = if front { card.front.as_ref() } else { Some(&card.back) };
            let length = match text {
                Some(text) => text.plain.chars().count(),
                None => press.concept(card).map_or(0, |c| c.name.chars().count()),
            };
            let (step, lines) = match term.and_then(|term| look.lines(press.fonts(), term, width, height)) {
                Some((step, lines)) => (step, Some(lines)),
                None => (first_step(look, form, length, width, height), None),
            };
            trials.push(Trial {
                card: i,
                front,
                form,
                step,
                pieces: 1,
                foot,
                lines,
                breaks: false,
                set: Vec::new(),
                done: false,
            });
        }
    }
    // Each round typesets only what did not fit in the round before.
    let mut round = 0;
    loop {
        let open: Vec<usize> = (0..trials.len()).filter(|i| !trials[*i].done).collect();
        if open.is_empty() {
            return Some(trials);
        }
        round += 1;
        let mut texts = Vec::new();
        let mut owners = Vec::new();
        for i in open {
            let trial = trials.get_mut(i)?;
            trial.set.clear();
            let (_, card) = cards.get(trial.card)?;
            for piece in 0..trial.pieces {
                texts.push(Asked::new(card, trial, piece, chapter(press, card)));
                owners.push(i);
            }
        }
        let typeset = setter.set(&format!("{block}-{round}"), &texts)?;
        // How much of the room each takes, its pieces together.
        let mut fits: Vec<bool> = vec![true; trials.len()];
        let mut filled: Vec<f64> = vec![0.0; trials.len()];
        let mut too_wide: Vec<bool> = vec![false; trials.len()];
        for (owner, set) in owners.iter().zip(typeset) {
            let trial = &mut trials[*owner];
            let foot = if trial.front {
                Abs::mm(look.foot)
            } else if let Some(foot) = &set.foot {
                foot.height() + Abs::mm(look.foot_gap)
            } else if trial.foot == Foot::References {
                Abs::pt(look.small) + Abs::mm(look.foot_gap)
            } else {
                Abs::zero()
            };
            let room = Abs::mm(height - 2.0 * INSET - look.head) - foot;
            let wide = ink_extent(&set.body).0 > Abs::mm(width - 2.0 * INSET) + Abs::pt(0.5);
            too_wide[*owner] |= wide;
            if wide || set.body.height() > room + Abs::pt(0.01) {
                fits[*owner] = false;
            }
            filled[*owner] += set.body.height().to_pt() / room.to_pt().max(1.0);
            trial.set.push(set);
        }
        owners.dedup();
        for i in owners {
            let trial = &mut trials[i];
            if fits[i] {
                trial.done = true;
            } else if !trial.give_way(look, filled[i], too_wide[i]) {
                let (_, card) = cards.get(trial.card)?;
                let place = Place { file: card.back.file, range: card.range.clone() };
                let message = format!("card {} does not fit, even in {MAX_PIECES} parts", card.code);
                press.report(
                    Finding::error("card-too-long", Some(place), message)
                        .hint("split it into cards that ask one thing each, or choose a larger stock"),
                );
                trial.done = true;
            }
        }
    }
}

impl Trial {
    /// The next thing to try: smaller type, less at the foot, breaks within words, more cards. Whether there is one. `filled` says
    /// how many cards the text would fill as it was tried.
    fn give_way(&mut self, look: &Look, filled: f64, wide: bool) -> bool {
        let last = look.ladder(self.form).len() - 1;
        if self.step < last {
            self.step += 1;
        } else if self.foot != Foot::None {
            // The anchor helps only where there is room; codes of other cards take one line.
            self.foot = if self.foot == Foot::Full { Foot::References } else { Foot::None };
            self.step = last.saturating_sub(3);
        } else if !self.breaks {
            self.breaks = true;
            self.lines = None;
        } else if wide && self.step < last + look.below().count() {
            // More cards do not make a word narrower.
            self.step += 1;
        } else if self.pieces < MAX_PIECES {
            // As many as it takes at the type that was tried, at least.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let needed = filled.ceil().clamp(1.0, 1000.0) as usize;
            self.pieces = needed.clamp(self.pieces + 1, MAX_PIECES);
            self.step = if self.step > last { self.step } else { last.saturating_sub(2) };
        } else {
            return false;
        }
        true
    }
}

/// The first size worth trying: the largest at which so many characters could fill the card at all.
fn first_step(look: &Look, form: Form, length: usize, width: f64, height: f64) -> usize {
    let area = (width - 2.0 * INSET) * (height - 2.0 * INSET - look.head);
    let sizes = look.ladder(form);
    let fits = |size: &f64| {
        // A character takes about half an em across and 1.3 em down; 0.3528 mm a point.
        let mm = size * 0.3528;
        length as f64 * 0.42 * mm * 1.24 * mm < area
    };
    sizes.iter().position(fits).unwrap_or(sizes.len() - 1)
}

fn form(card: &Card, front: bool) -> Form {
    match (&card.front, front) {
        (None, true) => Form::Term,
        (Some(text), true) if text.plain.chars().count() <= 34 && !text.plain.contains('?') => {
            match card.kind {
                CardKind::Forward | CardKind::MultiForward | CardKind::Basic => Form::Term,
                _ => Form::Question,
            }
        }
        (Some(_), true) => Form::Question,
        (_, false) => Form::Answer,
    }
}

/// A term that is plain text, so that its lines can be chosen.
fn term<'a>(press: &Press<'a>, card: &'a Card) -> Option<&'a str> {
    let Some(front) = &card.front else { return press.concept(card).map(|c| c.name.as_str()) };
    let source = press.source(front.file, &card.range)?;
    let at = source.find(&front.plain)?;
    // Beside a text without markup stand only blanks, a table's bars and the card's own marks.
    let plain = |c: char| c.is_whitespace() || matches!(c, ':' | '|' | '?');
    let before = source.get(..at)?.chars().next_back();
    let after = source.get(at + front.plain.len()..)?.chars().next();
    (before.is_none_or(plain) && after.is_none_or(plain)).then_some(&front.plain)
}

/// The number of a card's chapter.
fn chapter(press: &Press, card: &Card) -> usize {
    let chapter = press.concept(card).and_then(|c| press.pack.chapters.get(c.chapter));
    chapter.map_or(1, |c| c.number)
}

fn foot(press: &Press, card: &Card) -> Foot {
    let since = press.concept(card).is_some_and(|concept| concept.since.is_some());
    match (anchor(press, card).is_some(), since || !see(press, card).is_empty()) {
        (true, _) => Foot::Full,
        (false, true) => Foot::References,
        (false, false) => Foot::None,
    }
}

/// The anchor stands on the row's card, once for each concept.
fn anchor<'a>(press: &Press<'a>, card: &Card) -> Option<&'a Text> {
    if card.kind != CardKind::Row {
        return None;
    }
    let concept = press.concept(card)?;
    concept
        .parts
        .iter()
        .find(|p| p.kind == PartKind::MemoryAnchor && !p.body.plain.is_empty())
        .map(|p| &p.body)
}

/// The codes of cards that a card's foot names.
fn see<'a>(press: &Press<'a>, card: &Card) -> Vec<&'a str> {
    let Some(concept) = press.concept(card) else { return Vec::new() };
    let firsts = concept.see_also.iter().filter_map(|no| press.pack.concepts.get(no.0)?.cards.first());
    let codes = firsts.filter_map(|no| press.pack.cards.get(no.0)).map(|c| c.code.as_str());
    codes.filter(|code| *code != card.code).take(3).collect()
}

/// The version and other cards' codes, as many as fit into `room`, mm: `Since 3.12 · see FN-042, FN-017`.
fn references(press: &Press, card: &Card, look: &Look, room: f64) -> Option<String> {
    let since = press.concept(card).and_then(|c| c.since.as_ref());
    let since = since.map(|version| press.words().text("since-version", &[("version", version)]));
    let codes = see(press, card);
    let line = |count: usize| {
        let codes = codes.get(..count).filter(|codes| !codes.is_empty());
        let see = codes.map(|codes| format!("{} {}", press.word("see"), codes.join(", ")));
        since.iter().cloned().chain(see).collect::<Vec<_>>().join(" · ")
    };
    let fits = |line: &String| press.fonts().width(false, line) * look.small * 25.4 / 72.0 * 1.02 <= room;
    (0..=codes.len()).rev().map(line).find(fits).filter(|line| !line.is_empty())
}

/// The frames of labelled blocks, in order; not those within them.
fn labelled(frame: &Frame) -> Vec<(String, &Frame)> {
    let mut found = Vec::new();
    for (_, item) in frame.items() {
        let FrameItem::Group(group) = item else { continue };
        match group.label {
            Some(label) => found.push((label.resolve().to_string(), &group.frame)),
            None => found.extend(labelled(&group.frame)),
        }
    }
    found
}
