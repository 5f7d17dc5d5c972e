//! Flashcards: every face typeset once at the card's own size, fitted outside the document, placed on sheets as frames.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde_json::{Value, json};
use typst::layout::{Abs, Frame, FrameItem};

use super::assemble::ink_extent;
use super::compile::Job;
use super::looks::{Form, Head, INSET, Look};
use super::press::{Press, Printed};
use super::sheets::{self, Deck, Print, untagged};
use crate::pack::{Card, CardKind, CardNo, PartKind, Text};
use crate::plan::stock::Stock;
use crate::vault::{Finding, Place};

/// Faces compiled as one document.
const FACES_PER_JOB: usize = 240;
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
    /// The memory anchor, and the line of references.
    Full,
    /// Version and other cards' codes.
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
    /// By how much the fullest piece is too high.
    over: f64,
    /// The face at this step; the last piece's where there are several.
    frame: Option<Frame>,
    done: bool,
}

/// Typesets the deck of a pack or a selection.
pub fn typeset(press: &Press, options: &DeckOptions) -> Option<Deck> {
    let mut cards: Vec<(CardNo, &Card)> = press.kept_cards();
    cards.retain(|(no, _)| options.only.as_ref().is_none_or(|only| only.contains(no)));
    let stock = options.print.job.stock;
    let trials = fit(press, &cards, stock, &options.look)?;

    let frames = deck(press, &cards, stock, &trials, &options.look)?;
    sheets::deck(press, &options.print, &frames)
}

/// Fronts and backs in turn. A card takes as many physical cards as its longer side has pieces; only their faces, which
/// say `1/2`, have to be typeset again.
fn deck(
    press: &Press,
    cards: &[(CardNo, &Card)],
    stock: &Stock,
    trials: &[Trial],
    look: &Look,
) -> Option<Vec<Frame>> {
    let mut split: Vec<Value> = Vec::new();
    for ((_, card), sides) in cards.iter().zip(trials.chunks(2)) {
        let [front, back] = sides else { return None };
        let count = front.pieces.max(back.pieces);
        for piece in (0..count).filter(|_| count > 1) {
            let of = format!("{}/{count}", piece + 1);
            for side in [front, back] {
                split.push(face(press, card, stock, side, piece.min(side.pieces - 1), Some(&of), look));
            }
        }
    }
    let mut split = frames(press, "split", look, &split)?.into_iter();
    let mut deck = Vec::with_capacity(trials.len());
    for sides in trials.chunks(2) {
        let [front, back] = sides else { return None };
        match front.pieces.max(back.pieces) {
            1 => deck.extend([front.frame.clone()?, back.frame.clone()?]),
            count => deck.extend(split.by_ref().take(2 * count)),
        }
    }
    Some(deck)
}

/// Chooses size, pieces and foot of every side, and keeps the faces that fit.
fn fit(press: &Press, cards: &[(CardNo, &Card)], stock: &Stock, look: &Look) -> Option<Vec<Trial>> {
    let (width, height) = (stock.card.width.0, stock.card.height.0);
    let mut trials: Vec<Trial> = Vec::with_capacity(cards.len() * 2);
    for (i, (_, card)) in cards.iter().enumerate() {
        for front in [true, false] {
            let form = form(card, front);
            let foot = if front { Foot::None } else { foot(press, card) };
            let term = (form == Form::Term).then(|| term(press, card)).flatten();
            let set = term.and_then(|term| look.lines(press.fonts(), term, width, height));
            let text = if front { card.front.as_ref() } else { Some(&card.back) };
            let length = match text {
                Some(text) => text.plain.chars().count(),
                None => press.concept(card).map_or(0, |c| c.name.chars().count()),
            };
            let (step, lines) = match set {
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
                over: 0.0,
                frame: None,
                done: false,
            });
        }
    }
    // Each round typesets only what did not fit in the round before.
    // Each ends: sizes, feet and pieces are finite, and a round moves every open trial on.
    loop {
        let open: Vec<usize> = (0..trials.len()).filter(|i| !trials[*i].done).collect();
        if open.is_empty() {
            break;
        }
        let mut faces = Vec::new();
        let mut owners = Vec::new();
        for i in open {
            let trial = &trials[i];
            let (_, card) = cards.get(trial.card)?;
            for piece in 0..trial.pieces {
                faces.push(face(press, card, stock, trial, piece, None, look));
                owners.push(i);
            }
        }
        let typeset = frames(press, "face", look, &faces)?;
        let mut fits: Vec<bool> = vec![true; trials.len()];
        for (owner, frame) in owners.iter().zip(typeset) {
            let trial = &mut trials[*owner];
            let foot = if trial.front {
                Abs::mm(look.foot)
            } else {
                labelled(&frame, "foot").map_or(Abs::zero(), |f| f.height() + Abs::mm(look.foot_gap))
            };
            let room = Abs::mm(height - 2.0 * INSET - look.head) - foot;
            let body = labelled(&frame, "body");
            let wide = body.is_some_and(|b| ink_extent(b).0 > Abs::mm(width - 2.0 * INSET) + Abs::pt(0.5));
            trial.over = trial.over.max(body.map_or(0.0, |b| b.height() / room));
            if wide || body.is_none_or(|b| b.height() > room + Abs::pt(0.01)) {
                fits[*owner] = false;
            }
            trial.frame = Some(frame);
        }
        owners.dedup();
        for i in owners {
            let trial = &mut trials[i];
            if fits[i] {
                trial.done = true;
            } else if !trial.give_way(look) {
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
    Some(trials)
}

impl Trial {
    /// The next thing to try: smaller type, less at the foot, breaks within words, more cards. Whether there is one.
    fn give_way(&mut self, look: &Look) -> bool {
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
        } else if self.pieces < MAX_PIECES {
            // At the floor the text fills so many pieces, if they were even.
            let needed = (self.pieces as f64 * self.over).ceil() as usize;
            self.pieces = needed.clamp(self.pieces + 1, MAX_PIECES);
            self.step = last.saturating_sub(2);
        } else {
            return false;
        }
        self.over = 0.0;
        true
    }
}

/// The frame of the block with a label.
fn labelled<'f>(frame: &'f Frame, label: &str) -> Option<&'f Frame> {
    frame.items().find_map(|(_, item)| match item {
        FrameItem::Group(group) if group.label.is_some_and(|l| l.resolve().as_str() == label) => {
            Some(&group.frame)
        }
        FrameItem::Group(group) => labelled(&group.frame, label),
        _ => None,
    })
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

fn foot(press: &Press, card: &Card) -> Foot {
    let Some(concept) = press.concept(card) else { return Foot::None };
    match (anchor(press, card).is_some(), !concept.see_also.is_empty() || concept.since.is_some()) {
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

fn direction(press: &Press, kind: CardKind) -> String {
    press.word(match kind {
        CardKind::Row | CardKind::Forward | CardKind::MultiForward => "term-to-meaning",
        CardKind::Backward | CardKind::MultiBackward => "meaning-to-term",
        CardKind::Basic | CardKind::Multi => "question-to-answer",
        CardKind::Cloze => "cloze",
    })
}

fn face(
    press: &Press,
    card: &Card,
    stock: &Stock,
    trial: &Trial,
    piece: usize,
    of: Option<&str>,
    look: &Look,
) -> Value {
    let concept = press.concept(card);
    let chapter = concept.and_then(|c| press.pack.chapters.get(c.chapter));
    let section =
        concept.and_then(|c| chapter?.sections.get(c.section)?.title.as_ref().map(|t| t.plain.clone()));
    let text = if trial.front { card.front.as_ref() } else { Some(&card.back) };
    let sizes = look.ladder(trial.form);
    let last = piece + 1 == trial.pieces;
    let foot = trial.foot != Foot::None && last;
    let anchor = if trial.foot == Foot::Full && last { anchor(press, card) } else { None };
    let since = concept.filter(|_| foot).and_then(|c| c.since.as_ref());
    let see: Vec<&str> = match concept {
        Some(concept) if foot => concept
            .see_also
            .iter()
            .filter_map(|no| press.pack.concepts.get(no.0)?.cards.first())
            .filter_map(|no| press.pack.cards.get(no.0))
            .map(|c| c.code.as_str())
            .filter(|code| *code != card.code)
            .take(3)
            .collect(),
        _ => Vec::new(),
    };
    // What else stands on the line: `12/12`, or the card's code.
    let beside = match trial.front {
        true => of.map_or(0, |of| of.len() + 1),
        false => card.code.len() + of.map_or(1, |of| of.len() + 3),
    };
    let beside = beside as f64 * 0.55 * look.small * 25.4 / 72.0;
    let head =
        Head { fonts: press.fonts(), size: look.small, room: stock.card.width.0 - 2.0 * INSET - beside };
    let name = if trial.front {
        chapter.map(|c| c.title.to_uppercase()).unwrap_or_default()
    } else {
        concept.map(|c| c.name.clone()).unwrap_or_default()
    };
    let (name, taken) = head.bold(&name, if trial.front { 0.05 } else { 0.0 });
    let section = section.filter(|section| trial.front && head.holds(section, taken));
    json!({
        "side": if trial.front { "front" } else { "back" },
        "form": match trial.form { Form::Term => "term", Form::Question => "question", Form::Answer => "answer" },
        "width": stock.card.width.0, "height": stock.card.height.0,
        "size": sizes.get(trial.step).copied().unwrap_or(look.floor), "breaks": trial.breaks,
        "chapter": chapter.map_or(1, |c| c.number), "chapters": press.pack.chapters.len(),
        "head": name, "section": section, "code": card.code, "direction": direction(press, card.kind), "of": of,
        "term": concept.map(|c| c.name.clone()).unwrap_or_default(),
        "lines": trial.lines, "text": text.map(|t| press.text(t, Printed::Plain)),
        "piece": (trial.pieces > 1).then(|| json!([piece, trial.pieces])),
        "since": since.map(|version| press.words().text("since-version", &[("version", version)])),
        "see": see, "has-foot": foot, "anchor": anchor.map(|t| press.text(t, Printed::Plain)),
    })
}

/// Typesets faces, each a page, and takes their frames without tags: cards are cut out, not read aloud.
fn frames(press: &Press, name: &str, look: &Look, faces: &[Value]) -> Option<Vec<Frame>> {
    let jobs: Vec<Job> = faces
        .chunks(FACES_PER_JOB)
        .enumerate()
        .map(|(n, chunk)| {
            let path = format!("/data/flashcards/{name}-{n}.json");
            Job {
                name: format!("/data/flashcards/{name}-{n}.typ"),
                main: format!(
                    "#import \"/layouts/flashcards.typ\" as cards\n#let s = json(\"/data/settings.json\")\n\
                     #show: cards.setup.with(s)\n\
                     #let d = json(\"{path}\")\n#for f in d.faces {{ cards.face(s, d.look, f) }}\n"
                ),
                data: vec![(path, json!({ "look": look.json(), "faces": chunk }))],
            }
        })
        .collect();
    let documents: Vec<Option<Vec<Frame>>> = jobs
        .par_iter()
        .map(|job| {
            let document = press.compile(job)?;
            Some(document.pages().iter().map(|page| untagged(&page.frame)).collect())
        })
        .collect();
    let mut frames = Vec::with_capacity(faces.len());
    for document in documents {
        frames.extend(document?);
    }
    if frames.len() != faces.len() {
        let message = format!("{} faces became {} pages; a face must be one page", faces.len(), frames.len());
        press.report(Finding::error("layout", None, message));
        return None;
    }
    Some(frames)
}
