//! Flashcards: every face typeset once at the card's own size, fitted outside the document, placed on sheets as frames.

use rayon::prelude::*;
use serde_json::{Value, json};
use typst::layout::{Abs, Frame, FrameItem, GroupItem, Point, Ratio, Transform};
use typst_layout::{Page, PagedDocument};

use super::assemble::ink_extent;
use super::compile::Job;
use super::handbook::info;
use super::press::{Press, Printed};
use crate::pack::{Card, CardKind, CardNo, PartKind, Text};
use crate::plan::impose::{self, Affine, Imposition, Item, marks};
use crate::plan::length::{Line, Mm};
use crate::plan::stock::Stock;
use crate::vault::{Finding, Place};

/// Safe distance of content from the trim, mm; `inset` in `layouts/flashcards.typ`.
const INSET: f64 = 5.0;
/// Head line of a face, mm; `head-height` there.
const HEAD: f64 = 6.0;
/// Foot line of a front, mm.
const FOOT: f64 = 4.5;
/// Between an answer and the back's foot, mm; `foot-gap` there.
const FOOT_GAP: f64 = 1.6;
/// Faces compiled as one document.
const FACES_PER_JOB: usize = 240;
/// A card is split into at most so many.
const MAX_PIECES: usize = 24;

/// Type sizes that are tried, pt, largest first.
const TERM: &[f64] = &[24.0, 21.0, 18.5, 16.5, 14.5, 13.0, 11.5, 10.5, 9.5, 8.5, 7.5, 7.0];
const QUESTION: &[f64] = &[13.5, 12.5, 11.5, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0];
const ANSWER: &[f64] = &[11.5, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0];

/// How the deck is to be printed.
pub struct DeckOptions<'a> {
    pub job: impose::Job<'a>,
    /// Smallest type, pt.
    pub floor: f64,
}

/// Which side of which card.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Form {
    /// A name, large and centred.
    Term,
    /// Something asked, left-aligned.
    Question,
    Answer,
}

/// A side under trial.
#[derive(Debug, Clone)]
struct Trial {
    card: usize,
    front: bool,
    form: Form,
    step: usize,
    pieces: usize,
    foot: bool,
    /// Words may break anywhere.
    breaks: bool,
    /// The face at this step; the last piece's where there are several.
    frame: Option<Frame>,
    done: bool,
}

/// A finished deck.
pub struct Deck {
    pub document: PagedDocument,
    pub imposition: Imposition,
    /// Physical cards: a long one may take several.
    pub cards: usize,
}

/// Typesets the deck of a pack or a selection.
pub fn typeset(press: &Press, options: &DeckOptions) -> Option<Deck> {
    let cards: Vec<(CardNo, &Card)> = press.kept_cards();
    let stock = options.job.stock;
    let trials = fit(press, &cards, stock, options.floor)?;

    let frames = deck(press, &cards, stock, &trials, options.floor)?;
    let count = frames.len() / 2;
    let job = impose::Job { cards: count, ..options.job.clone() };
    let imposition = match impose::impose(&job) {
        Ok(imposition) => imposition,
        Err(error) => {
            press.report(Finding::error("imposition", None, error.to_string()));
            return None;
        }
    };
    let pages = sheets(press, stock, &job, &imposition, &frames)?;
    let document = PagedDocument::new(pages.into_iter().collect(), info(press, &press.word("cards")));
    Some(Deck { document, imposition, cards: count })
}

/// Fronts and backs in turn. A card takes as many physical cards as its longer side has pieces; only their faces, which
/// say `1/2`, have to be typeset again.
fn deck(
    press: &Press,
    cards: &[(CardNo, &Card)],
    stock: &Stock,
    trials: &[Trial],
    floor: f64,
) -> Option<Vec<Frame>> {
    let mut split: Vec<Value> = Vec::new();
    for ((_, card), sides) in cards.iter().zip(trials.chunks(2)) {
        let [front, back] = sides else { return None };
        let count = front.pieces.max(back.pieces);
        for piece in (0..count).filter(|_| count > 1) {
            let of = format!("{}/{count}", piece + 1);
            for side in [front, back] {
                split.push(face(press, card, stock, side, piece.min(side.pieces - 1), Some(&of), floor));
            }
        }
    }
    let mut split = frames(press, "split", &split)?.into_iter();
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
fn fit(press: &Press, cards: &[(CardNo, &Card)], stock: &Stock, floor: f64) -> Option<Vec<Trial>> {
    let (width, height) = (stock.card.width.0, stock.card.height.0);
    let mut trials: Vec<Trial> = Vec::with_capacity(cards.len() * 2);
    for (i, (_, card)) in cards.iter().enumerate() {
        for front in [true, false] {
            let form = form(card, front);
            let foot = !front && has_foot(press, card);
            let text = if front { card.front.as_ref() } else { Some(&card.back) };
            let length = match text {
                Some(text) => text.plain.chars().count(),
                None => press.concept(card).map_or(0, |c| c.name.chars().count()),
            };
            let step = first_step(form, length, width, height, floor);
            trials.push(Trial {
                card: i,
                front,
                form,
                step,
                pieces: 1,
                foot,
                breaks: false,
                frame: None,
                done: false,
            });
        }
    }
    // Each round typesets only what did not fit in the round before.
    for _ in 0..64 {
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
                faces.push(face(press, card, stock, trial, piece, None, floor));
                owners.push(i);
            }
        }
        let typeset = frames(press, "face", &faces)?;
        let mut fits: Vec<bool> = vec![true; trials.len()];
        for (owner, frame) in owners.iter().zip(typeset) {
            let trial = &mut trials[*owner];
            let foot = if trial.front {
                Abs::mm(FOOT)
            } else {
                labelled(&frame, "foot").map_or(Abs::zero(), |f| f.height() + Abs::mm(FOOT_GAP))
            };
            let room = Abs::mm(height - 2.0 * INSET - HEAD) - foot;
            let body = labelled(&frame, "body");
            let wide = body.is_some_and(|b| ink_extent(b).0 > Abs::mm(width - 2.0 * INSET) + Abs::pt(0.5));
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
            } else if !trial.give_way(floor) {
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
    /// The next thing to try: smaller type, no foot, breaks within words, more cards. Whether there is one.
    fn give_way(&mut self, floor: f64) -> bool {
        let last = ladder(self.form, floor).len() - 1;
        if self.step < last {
            self.step += 1;
        } else if self.foot {
            // The anchor helps only where there is room.
            self.foot = false;
            self.step = last.saturating_sub(3);
        } else if !self.breaks {
            self.breaks = true;
        } else if self.pieces < MAX_PIECES {
            self.pieces += 1;
            self.step = last.saturating_sub(2);
        } else {
            return false;
        }
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

/// Sizes of a form down to the floor.
fn ladder(form: Form, floor: f64) -> Vec<f64> {
    let all = match form {
        Form::Term => TERM,
        Form::Question => QUESTION,
        Form::Answer => ANSWER,
    };
    let mut sizes: Vec<f64> = all.iter().copied().filter(|s| *s > floor).collect();
    sizes.push(floor);
    sizes
}

/// The first size worth trying: the largest at which so many characters could fill the card at all.
fn first_step(form: Form, length: usize, width: f64, height: f64, floor: f64) -> usize {
    let area = (width - 2.0 * INSET) * (height - 2.0 * INSET - HEAD);
    let sizes = ladder(form, floor);
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

fn has_foot(press: &Press, card: &Card) -> bool {
    let Some(concept) = press.concept(card) else { return false };
    anchor(press, card).is_some() || !concept.see_also.is_empty()
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
    floor: f64,
) -> Value {
    let concept = press.concept(card);
    let chapter = concept.and_then(|c| press.pack.chapters.get(c.chapter));
    let section =
        concept.and_then(|c| chapter?.sections.get(c.section)?.title.as_ref().map(|t| t.plain.clone()));
    let text = if trial.front { card.front.as_ref() } else { Some(&card.back) };
    let sizes = ladder(trial.form, floor);
    let foot = trial.foot && piece + 1 == trial.pieces;
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
    json!({
        "side": if trial.front { "front" } else { "back" },
        "form": match trial.form { Form::Term => "term", Form::Question => "question", Form::Answer => "answer" },
        "width": stock.card.width.0, "height": stock.card.height.0,
        "size": sizes.get(trial.step).copied().unwrap_or(floor), "breaks": trial.breaks,
        "chapter": chapter.map_or(1, |c| c.number), "chapters": press.pack.chapters.len(),
        "chapter-title": chapter.map(|c| c.title.clone()).unwrap_or_default(),
        "section": section, "code": card.code, "direction": direction(press, card.kind), "of": of,
        "term": concept.map(|c| c.name.clone()).unwrap_or_default(),
        "text": text.map(|t| press.text(t, Printed::Plain)),
        "piece": (trial.pieces > 1).then(|| json!([piece, trial.pieces])),
        "see": see, "has-foot": foot,
        "anchor": if foot { anchor(press, card).map(|t| press.text(t, Printed::Plain)) } else { None },
    })
}

/// Typesets faces, each a page, and takes their frames without tags: cards are cut out, not read aloud.
fn frames(press: &Press, name: &str, faces: &[Value]) -> Option<Vec<Frame>> {
    let jobs: Vec<Job> = faces
        .chunks(FACES_PER_JOB)
        .enumerate()
        .map(|(n, chunk)| {
            let path = format!("/data/flashcards/{name}-{n}.json");
            Job {
                name: format!("/data/flashcards/{name}-{n}.typ"),
                main: format!(
                    "#import \"/layouts/flashcards.typ\" as cards\n#let s = json(\"/data/settings.json\")\n\
                     #show: cards.setup.with(s)\n#for f in json(\"{path}\").faces {{ cards.face(s, f) }}\n"
                ),
                data: vec![(path, json!({ "faces": chunk }))],
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

/// The frame without tags and links, so that it can be placed anywhere, more than once.
fn untagged(frame: &Frame) -> Frame {
    let mut frame = frame.clone();
    strip(&mut frame);
    frame
}

fn strip(frame: &mut Frame) {
    frame.retain(|item| match item {
        FrameItem::Tag(_) | FrameItem::Link(..) => false,
        FrameItem::Group(group) => {
            group.parent = None;
            strip(&mut group.frame);
            true
        }
        _ => true,
    });
}

/// Sheets with their faces, marks and help: front, back, front, back …
fn sheets(
    press: &Press,
    stock: &Stock,
    job: &impose::Job,
    imposition: &Imposition,
    faces: &[Frame],
) -> Option<Vec<Page>> {
    let (front_waste, back_waste) = waste(press, stock, job, imposition)?;
    let size = typst::layout::Size::new(abs(stock.sheet.width), abs(stock.sheet.height));
    let mut pages = Vec::with_capacity(imposition.sheets.len() * 2);
    for sheet in &imposition.sheets {
        for (placements, over, side) in [(&sheet.front, &front_waste, 0), (&sheet.back, &back_waste, 1)] {
            let mut frame = Frame::hard(size);
            frame.push_frame(Point::zero(), over.clone());
            for placement in placements {
                let Item::Card { index, .. } = placement.item else { continue };
                let Some(face) = faces.get(2 * index + side) else { continue };
                let mut map = placement.transform(stock.card);
                if side == 1 {
                    map = imposition.correction.after(&map);
                }
                let mut group = GroupItem::new(face.clone());
                group.transform = transform(&map);
                frame.push(Point::zero(), FrameItem::Group(group));
            }
            pages.push(page(frame, pages.len()));
        }
    }
    Some(pages)
}

fn page(frame: Frame, index: usize) -> Page {
    Page {
        frame,
        bleed: Default::default(),
        fill: typst::foundations::Smart::Auto,
        numbering: None,
        supplement: Default::default(),
        number: index as u64 + 1,
    }
}

fn abs(length: Mm) -> Abs {
    Abs::mm(length.0)
}

/// A plan's map in Typst's units.
fn transform(map: &Affine) -> Transform {
    Transform {
        sx: Ratio::new(map.sx),
        ky: Ratio::new(map.ky),
        kx: Ratio::new(map.kx),
        sy: Ratio::new(map.sy),
        tx: abs(map.tx),
        ty: abs(map.ty),
    }
}

/// What stands around the cards, front and back.
fn waste(press: &Press, stock: &Stock, job: &impose::Job, imposition: &Imposition) -> Option<(Frame, Frame)> {
    let marks = marks::marks(stock);
    let line = |l: &Line| json!([l.from.x.0, l.from.y.0, l.to.x.0, l.to.y.0]);
    let mut lines: Vec<Value> = marks.crop.iter().map(line).collect();
    let mut texts: Vec<Value> = Vec::new();
    if let Some(ruler) = &marks.ruler {
        lines.extend(ruler_lines(ruler).iter().map(line));
        let upright = (ruler.line.from.x - ruler.line.to.x).abs() < Mm(1e-6);
        let end = if upright { ruler.line.from } else { ruler.line.to };
        if !upright {
            texts.push(json!({ "text": "100 mm", "x": end.x.0 + 1.0, "y": end.y.0 - 1.6, "width": 9, "height": 2.4, "turn": 0, "align-x": "left" }));
        }
    }
    if let Some(hint) = &marks.hint {
        let bounds = hint.bounds;
        let turned = hint.turn.degrees() != 0;
        let (width, height) =
            if turned { (bounds.height, bounds.width) } else { (bounds.width, bounds.height) };
        texts.push(json!({
            "text": hint_line(press, stock, job), "x": bounds.x.0, "y": bounds.y.0, "width": width.0, "height": height.0,
            "turn": -i32::from(hint.turn.degrees() / 90 % 4 == 3) * 90 + i32::from(hint.turn.degrees() == 90) * 90, "align-x": "center",
        }));
    }
    let back: Vec<Value> = marks
        .crop_behind(imposition.axis, stock.sheet, &imposition.correction, stock.printable())
        .iter()
        .map(line)
        .collect();
    let (width, height) = (stock.sheet.width.0, stock.sheet.height.0);
    let data = json!([
        { "width": width, "height": height, "lines": lines, "texts": texts },
        { "width": width, "height": height, "lines": back, "texts": [] },
    ]);
    let job = Job {
        name: "/data/flashcards/waste.typ".into(),
        main: "#import \"/layouts/flashcards.typ\" as cards\n#let s = json(\"/data/settings.json\")\n\
               #show: cards.setup.with(s)\n#for w in json(\"/data/flashcards/waste.json\") { cards.waste(s, w) }\n"
            .into(),
        data: vec![("/data/flashcards/waste.json".into(), data)],
    };
    let document = press.compile(&job)?;
    match document.pages() {
        [front, back] => Some((untagged(&front.frame), untagged(&back.frame))),
        _ => None,
    }
}

/// A ruler's line and its ticks, one each 10 mm.
fn ruler_lines(ruler: &impose::Ruler) -> Vec<Line> {
    let (from, to) = (ruler.line.from, ruler.line.to);
    let mut lines = vec![ruler.line];
    for i in 0..=10 {
        let part = f64::from(i) / 10.0;
        let at = crate::plan::length::Point {
            x: from.x + (to.x - from.x) * part,
            y: from.y + (to.y - from.y) * part,
        };
        let length = if i % 5 == 0 { Mm(1.8) } else { Mm(1.1) };
        let upright = (from.x - to.x).abs() < Mm(1e-6);
        let end = if upright {
            crate::plan::length::Point { x: at.x + length, y: at.y }
        } else {
            crate::plan::length::Point { x: at.x, y: at.y - length }
        };
        lines.push(Line::new(at, end));
    }
    lines
}

/// What to set in the printer's dialog, and how to cut.
fn hint_line(press: &Press, stock: &Stock, job: &impose::Job) -> String {
    let flip = match job.flip {
        impose::Flip::LongEdge => press.word("flip-long-edge"),
        impose::Flip::ShortEdge => press.word("flip-short-edge"),
    };
    let order = match job.order {
        impose::Order::CutStack => press.word("cut-and-stack"),
        impose::Order::Row => press.word("stack-rows"),
    };
    let words = [stock.id.clone(), press.word("actual-size"), press.word("two-sided"), flip, order];
    words.join(" · ")
}
