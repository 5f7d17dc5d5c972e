//! The texts of faces: plain words set here, everything else by the compiler, as blocks below one another on one long page.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Value, json};
use typst::layout::{Abs, Frame, FrameItem, GroupItem, Point, Size};

use super::{Foot, Trial, Typeset, anchor, labelled, references};
use crate::pack::{Card, Text};
use crate::plan::stock::Stock;
use crate::typeset::compile::Job;
use crate::typeset::layouts;
use crate::typeset::looks::{Faces, Form, INSET, Look};
use crate::typeset::plain::{self, Hand, Words};
use crate::typeset::press::{Press, Printed};
use crate::typeset::sheets::untagged;
use crate::typeset::world::{file_id, vault_path};
use crate::vault::cards::{self, CardText};
use crate::vault::part::{Part, Side};
use crate::vault::{FileNo, Finding, Selection, select};

/// Between a memory anchor and the references beside it, mm; the layout's `foot`.
const FOOT_GUTTER: f64 = 3.0;
/// Layouts that decide how plain words look; where a pack brings its own, the compiler sets everything.
const DECISIVE: [&str; 3] = ["flashcards.typ", "theme.typ", "parts/note.typ"];

/// What texts share: their styles are set up once.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    form: Form,
    /// Of the form's ladder, and of the sizes below it.
    step: usize,
    /// Words may break anywhere.
    breaks: bool,
    chapter: usize,
}

/// A text wanted for a face.
pub(super) struct Asked<'c> {
    card: &'c Card,
    front: bool,
    group: Group,
    lines: Option<Vec<String>>,
    /// Which piece of how many.
    piece: Option<(usize, usize)>,
    /// With the memory anchor at the foot.
    anchored: bool,
}

impl<'c> Asked<'c> {
    pub fn new(card: &'c Card, trial: &Trial, piece: usize, chapter: usize) -> Self {
        Self {
            card,
            front: trial.front,
            group: Group { form: trial.form, step: trial.step, breaks: trial.breaks, chapter },
            lines: trial.lines.clone(),
            piece: (trial.pieces > 1).then_some((piece, trial.pieces)),
            anchored: trial.foot == Foot::Full && piece + 1 == trial.pieces,
        }
    }

    fn text(&self) -> Option<&'c Text> {
        if self.front { self.card.front.as_ref() } else { Some(&self.card.back) }
    }
}

/// A text of nothing but words.
struct Plain {
    body: Body,
    foot: Option<(Words, Option<Words>)>,
}

enum Body {
    Lines(Vec<Words>),
    Running(Words),
}

/// What hands are learned for.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash)]
pub(super) enum Use {
    Text(Form, usize),
    Anchor,
    /// A card's code, and codes of other cards.
    Code,
    /// A term at a back's head.
    Term,
}

/// Sets the texts of a deck.
pub(super) struct Setter<'p, 'a> {
    pub press: &'p Press<'a>,
    stock: &'p Stock,
    look: &'p Look,
    /// Whether plain words are set here.
    own: bool,
    /// `None` for what cannot be learned.
    hands: Mutex<HashMap<Use, Option<Hand>>>,
}

/// Cards found in blocks of notes, so that each note is searched once.
#[derive(Default)]
struct Found(HashMap<(FileNo, usize, usize), Vec<CardText>>);

impl<'p, 'a> Setter<'p, 'a> {
    pub fn new(press: &'p Press<'a>, stock: &'p Stock, look: &'p Look) -> Self {
        let own = !DECISIVE.iter().any(|layout| layouts::is_own(press.vault(), layout));
        Self { press, stock, look, own, hands: Mutex::default() }
    }

    /// The width of a card's text.
    fn width(&self) -> Abs {
        Abs::mm(self.stock.card.width.0 - 2.0 * INSET)
    }

    /// Typesets texts. Tags are left out, since cards are cut out, not read aloud. `None` after errors of the compiler.
    pub fn set(&self, name: &str, texts: &[Asked]) -> Option<Vec<Typeset>> {
        let mut found = Found::default();
        let plain: Vec<Option<Plain>> = texts.iter().map(|asked| self.plain(asked, &mut found)).collect();
        let mut uses: Vec<Use> = Vec::new();
        for (asked, plain) in texts.iter().zip(&plain) {
            let Some(plain) = plain else { continue };
            uses.push(Use::Text(asked.group.form, asked.group.step));
            uses.extend(plain.foot.is_some().then_some(Use::Anchor));
        }
        uses.push(Use::Code);
        self.learn(name, uses);
        let mut set: Vec<Option<Typeset>> = texts
            .iter()
            .zip(&plain)
            .map(|(asked, plain)| plain.as_ref().and_then(|plain| self.set_plain(asked, plain)))
            .collect();
        let mut rest: Vec<usize> =
            (0..texts.len()).filter(|i| set.get(*i).is_some_and(Option::is_none)).collect();
        rest.sort_by_key(|i| texts.get(*i).map(|asked| asked.group));
        let compiled = self.compile(name, rest.iter().filter_map(|i| texts.get(*i)))?;
        if compiled.len() != rest.len() {
            let message =
                format!("{} texts of cards became {} blocks labelled `body`", rest.len(), compiled.len());
            self.press.report(Finding::error("layout", None, message));
            return None;
        }
        for (i, typeset) in rest.into_iter().zip(compiled) {
            *set.get_mut(i)? = Some(typeset);
        }
        set.into_iter().collect()
    }

    /// The text as plain words, where it is no more than that.
    fn plain(&self, asked: &Asked, found: &mut Found) -> Option<Plain> {
        if !self.own || asked.group.breaks || asked.piece.is_some() {
            return None;
        }
        let body = match &asked.lines {
            Some(lines) => Body::Lines(lines.iter().map(|line| Words::new(line)).collect::<Option<_>>()?),
            None => Body::Running(match asked.text() {
                Some(text) => self.words(text, found)?,
                None => Words::new(&self.press.concept(asked.card)?.name)?,
            }),
        };
        let foot = match asked.anchored.then(|| anchor(self.press, asked.card)).flatten() {
            None => None,
            Some(anchor) => {
                let references = match self.references(asked) {
                    None => None,
                    // Below the anchor: the layout's business.
                    Some(_) if self.look.faces == Faces::Large => return None,
                    Some(line) => Some(Words::new(&line)?),
                };
                Some((self.words(anchor, found)?, references))
            }
        };
        Some(Plain { body, foot })
    }

    fn words(&self, text: &Text, found: &mut Found) -> Option<Words> {
        let file = self.press.vault().file(text.file)?;
        let id = file_id(&vault_path(&file.path)).ok()?;
        let (note, source) = (self.press.vault().note(text.file)?, file.text()?);
        match &text.part {
            Part::Card { blocks, index, side } => {
                let key = (text.file, blocks.start, blocks.end);
                let cards = found.0.entry(key).or_insert_with(|| {
                    let blocks = note.parsed.blocks.get(blocks.clone()).unwrap_or_default();
                    cards::extract(blocks, source).cards
                });
                let card = cards.get(*index)?;
                let blocks = match side {
                    Side::Front => card.front.clone(),
                    Side::Back => card.back.clone(),
                };
                Words::of(&Selection::Blocks(blocks), source, id)
            }
            part => Words::of(&select(&note.parsed, source, part)?, source, id),
        }
    }

    fn references(&self, asked: &Asked) -> Option<String> {
        let room = (self.stock.card.width.0 - 2.0 * INSET) * self.look.beside_anchor();
        references(self.press, asked.card, self.look, room)
    }

    fn set_plain(&self, asked: &Asked, plain: &Plain) -> Option<Typeset> {
        let hand = self.hand(Use::Text(asked.group.form, asked.group.step))?;
        let body = match &plain.body {
            Body::Lines(lines) => hand.set_lines(lines, self.width()),
            Body::Running(words) => hand.set(words, self.width()),
        }?;
        let foot = match &plain.foot {
            None => None,
            Some((anchor, references)) => Some(self.foot(anchor, references.as_ref())?),
        };
        Some(Typeset { body, foot })
    }

    /// The memory anchor with references beside it, their lower edges in line.
    fn foot(&self, anchor: &Words, references: Option<&Words>) -> Option<Frame> {
        let hand = self.hand(Use::Anchor)?;
        let Some(references) = references else { return hand.set(anchor, self.width()) };
        let references = self.hand(Use::Code)?.set_line(references)?;
        let anchor = hand.set(anchor, self.width() - references.width() - Abs::mm(FOOT_GUTTER))?;
        let height = anchor.height().max(references.height());
        let mut foot = Frame::soft(Size::new(self.width(), height));
        let mut put = |x: Abs, frame: Frame| {
            foot.push(Point::new(x, height - frame.height()), FrameItem::Group(GroupItem::new(frame)));
        };
        put(Abs::zero(), anchor);
        put(self.width() - references.width(), references);
        Some(foot)
    }

    /// How the layout sets plain words of a kind, where that is known.
    pub fn hand(&self, wanted: Use) -> Option<Hand> {
        self.hands.lock().ok()?.get(&wanted).cloned().flatten()
    }

    /// Learns from samples what is not known yet.
    pub fn learn(&self, name: &str, mut uses: Vec<Use>) {
        if !self.own {
            return;
        }
        if let Ok(hands) = self.hands.lock() {
            uses.retain(|wanted| !hands.contains_key(wanted));
        }
        let mut wanted: Vec<Use> = Vec::new();
        for new in uses {
            if !wanted.contains(&new) {
                wanted.push(new);
            }
        }
        if wanted.is_empty() {
            return;
        }
        let samples: Vec<Value> = wanted
            .iter()
            .map(|wanted| match wanted {
                Use::Text(form, step) => {
                    let group = Group { form: *form, step: *step, breaks: false, chapter: 1 };
                    json!({ "use": "text", "shared": self.shared(&group), "lines": plain::SAMPLE })
                }
                Use::Anchor => json!({ "use": "anchor", "lines": plain::SAMPLE }),
                Use::Code => json!({ "use": "code", "text": plain::SAMPLE[0] }),
                Use::Term => json!({ "use": "term", "text": plain::SAMPLE[0] }),
            })
            .collect();
        let data = json!({ "look": self.look.json(), "samples": samples });
        let document =
            self.press.compile(&self.job(&format!("{name}-samples"), "samples(d.look, d.samples)", data));
        let frames: Vec<&Frame> = match &document {
            Some(document) => document
                .pages()
                .iter()
                .flat_map(|page| labelled(&page.frame))
                .map(|(_, frame)| frame)
                .collect(),
            None => Vec::new(),
        };
        let Ok(mut hands) = self.hands.lock() else { return };
        for (i, wanted) in wanted.into_iter().enumerate() {
            let sample: &[&str] = match wanted {
                Use::Text(..) | Use::Anchor => &plain::SAMPLE,
                Use::Code | Use::Term => &plain::SAMPLE[..1],
            };
            let hand = frames.get(i).and_then(|frame| Hand::learn(frame, sample));
            hands.entry(wanted).or_insert(hand);
        }
    }

    fn job(&self, name: &str, call: &str, data: Value) -> Job {
        let path = format!("/data/flashcards/{name}.json");
        Job {
            name: format!("/data/flashcards/{name}.typ"),
            main: format!(
                "#import \"/layouts/flashcards.typ\" as cards\n#show: cards.setup.with({}mm)\n\
                 #let d = json(\"{path}\")\n#cards.{call}\n",
                self.stock.card.width.0 - 2.0 * INSET
            ),
            data: vec![(path, data)],
        }
    }

    /// Typesets texts in order below one another, and takes them apart again. (A page for each would cost as much again as
    /// the text itself.)
    fn compile<'t>(&self, name: &str, texts: impl Iterator<Item = &'t Asked<'t>>) -> Option<Vec<Typeset>> {
        // What a group shares is said once: `[{shared: …, texts: […]}]`.
        let mut groups: Vec<(Group, Vec<Value>)> = Vec::new();
        for asked in texts {
            match groups.last_mut() {
                Some((group, own)) if *group == asked.group => own.push(self.value(asked)),
                _ => groups.push((asked.group, vec![self.value(asked)])),
            }
        }
        if groups.is_empty() {
            return Some(Vec::new());
        }
        let groups: Vec<Value> = groups
            .into_iter()
            .map(|(group, texts)| json!({ "shared": self.shared(&group), "texts": texts }))
            .collect();
        let data = json!({ "look": self.look.json(), "groups": groups });
        let document = self.press.compile(&self.job(name, "texts(d.look, d.groups)", data))?;
        let mut set: Vec<Typeset> = Vec::new();
        for (label, frame) in document.pages().iter().flat_map(|page| labelled(&page.frame)) {
            match (label.as_str(), set.last_mut()) {
                ("body", _) => set.push(Typeset { body: untagged(frame), foot: None }),
                ("foot", Some(last)) => last.foot = Some(untagged(frame)),
                _ => {}
            }
        }
        Some(set)
    }

    fn shared(&self, group: &Group) -> Value {
        let (stock, look) = (self.stock, self.look);
        let mut sizes = look.ladder(group.form);
        sizes.extend(look.below());
        json!({
            "form": match group.form { Form::Term => "term", Form::Question => "question", Form::Answer => "answer" },
            "width": stock.card.width.0 - 2.0 * INSET,
            "height": stock.card.height.0 - 2.0 * INSET - look.head - look.foot,
            "size": sizes.get(group.step).copied().unwrap_or(look.floor), "breaks": group.breaks,
            "chapter": group.chapter,
        })
    }

    fn value(&self, asked: &Asked) -> Value {
        let press = self.press;
        let text = asked.text();
        let anchor = asked.anchored.then(|| anchor(press, asked.card)).flatten();
        json!({
            "lines": asked.lines,
            "term": if text.is_none() { press.concept(asked.card).map(|c| c.name.clone()) } else { None },
            "text": text.map(|t| press.text(t, Printed::Plain)),
            "piece": asked.piece.map(|(piece, pieces)| json!([piece, pieces])),
            "references": if asked.anchored { self.references(asked) } else { None },
            "anchor": anchor.map(|t| press.text(t, Printed::Plain)),
        })
    }
}
