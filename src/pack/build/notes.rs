//! What the concepts' own notes add: names, parts, cards, ids.

use std::cell::RefCell;
use std::ops::Range;

use rayon::prelude::*;

use super::names::Ids;
use super::note::Note;
use super::refs::{RefKind, refs_in_blocks};
use super::{Builder, concept, names};
use crate::pack::words::split_badge;
use crate::pack::{Card, CardKind, ConceptNo, ConceptPart, Text, fold, latin};
use crate::vault::ast::Block;
use crate::vault::cards::CardText;
use crate::vault::{FileNo, Finding, Place};

/// Tags that are switches of the cards plug-in, not subjects.
const CARDS_TAG: &str = "flashcards";

/// What a concept's own note holds.
struct Own {
    /// The title in its text.
    heading: Option<String>,
    parts: Vec<ConceptPart>,
    cards: Vec<Card>,
    findings: Vec<Finding>,
}

impl<'a> Builder<'_, 'a> {
    /// Cards that stand in a chapter note belong to the concept they link to, else to the chapter's first.
    pub(super) fn chapter_cards(&mut self, chapter: usize, note: &Note<'a>, sections: &[Range<usize>]) {
        let whole = 0..note.blocks().len();
        let sections = if self.cards_everywhere(note.file) { std::slice::from_ref(&whole) } else { sections };
        let Some(first) = self.concepts.iter().position(|c| c.chapter == chapter).map(ConceptNo) else {
            return;
        };
        let (by_note, by_name, view) = (&self.by_note, &self.by_name, self.view);
        let linked = |blocks: &[Block]| {
            refs_in_blocks(blocks).iter().find_map(|r| match &r.kind {
                RefKind::Link { target, .. } => match view.resolve(note.file, target).file {
                    Some(file) => by_note.get(&file).copied(),
                    None => by_name.get(&fold(&target.note)).copied(),
                },
                _ => None,
            })
        };
        let mut cards = Vec::new();
        let mut findings = Vec::new();
        let strays = RefCell::new(Vec::new());
        for range in sections {
            let of = |card: &CardText| {
                linked(&card.front).or_else(|| linked(&card.back)).unwrap_or_else(|| {
                    strays.borrow_mut().push(card.range.clone());
                    first
                })
            };
            cards.extend(concept::cards(note, range.clone(), of, &mut findings));
        }
        self.cards.extend(cards);
        self.findings.extend(findings);
        let mut strays = strays.into_inner();
        strays.dedup();
        for range in strays {
            let finding = Finding::warning(
                "card-without-concept",
                note.place(range),
                "this card stands in a chapter note and links to no concept",
            );
            self.findings.push(finding.hint("move it to its concept's note, or link the concept: `[[…]]`"));
        }
    }

    fn cards_everywhere(&self, file: FileNo) -> bool {
        self.view.settings().cards_anywhere || self.view.meta(file).tags.iter().any(|tag| is_switch(tag))
    }

    /// Names, front matter, parts and cards from the concepts' own notes.
    pub(super) fn concept_notes(&mut self) {
        let view = self.view;
        let read: Vec<Option<Own>> =
            (0..self.concepts.len()).into_par_iter().map(|i| self.own_note(ConceptNo(i))).collect();
        for (i, own) in read.into_iter().enumerate() {
            let no = ConceptNo(i);
            let (Some(concept), Some(entry)) = (self.concepts.get_mut(i), self.entries.get(i)) else {
                continue;
            };
            if view.settings().cards_from_rows && !concept.brief.plain.is_empty() {
                let range = view.range_of(&concept.brief).unwrap_or(entry.place.range.clone());
                self.cards.push(row_card(no, concept.brief.clone(), entry.place.range.start..range.end));
            }
            let (Some(own), Some(note)) = (own, concept.note.and_then(|file| view.note(file))) else {
                continue;
            };
            let meta = view.meta(note.file);
            if !entry.shown
                && let Some(title) = meta.title.clone().or(own.heading).filter(|t| !t.trim().is_empty())
            {
                concept.name = split_badge(&title).0.to_owned();
            }
            concept.tags = meta.tags.iter().filter(|tag| !is_switch(tag)).cloned().collect();
            concept.priority = meta.priority.unwrap_or(2);
            concept.cheat = meta.cheat.clone();
            concept.since = meta.since.clone();
            concept.verified = meta.verified;
            concept.sources = meta.sources.clone();
            for alias in meta.aliases.iter().chain([&entry.cell_name]) {
                names::add_alias(concept, alias);
            }
            names::add_alias(concept, note.stem());
            concept.parts = own.parts;
            let names: Vec<String> =
                std::iter::once(&concept.name).chain(&concept.aliases).cloned().collect();
            for name in names {
                self.by_name.entry(fold(&name)).or_insert(no);
            }
            self.findings.extend(own.findings);
            self.cards.extend(own.cards);
        }
    }

    /// Reads a concept's own note.
    fn own_note(&self, no: ConceptNo) -> Option<Own> {
        let view = self.view;
        let (concept, entry) = (self.concepts.get(no.0)?, self.entries.get(no.0)?);
        let note = concept.note.and_then(|file| view.note(file))?;
        let meta = view.meta(note.file);
        let known: Vec<&str> = [Some(entry.cell_name.as_str()), Some(note.stem()), meta.title.as_deref()]
            .into_iter()
            .flatten()
            .chain(meta.aliases.iter().map(String::as_str))
            .collect();
        let outline = concept::concept_outline(note, &known, view.words());
        let heading = outline.title.as_ref().map(|h| h.text.replace('*', ""));
        let (parts, sections) = concept::parts(note, &outline, view.words());
        let whole = 0..note.blocks().len();
        let sections =
            if self.cards_everywhere(note.file) { std::slice::from_ref(&whole) } else { sections.as_slice() };
        let mut findings = Vec::new();
        let cards = sections
            .iter()
            .flat_map(|range| concept::cards(note, range.clone(), |_| no, &mut findings))
            .collect();
        Some(Own { heading, parts, cards, findings })
    }

    /// Gives each concept its id: the author's, else one made of its note's or its row's name.
    pub(super) fn ids(&mut self) {
        let mut ids = Ids::default();
        // Those that the author gave come first: no other concept may take one.
        for concept in &mut self.concepts {
            let Some(file) = concept.note else { continue };
            let Some((id, range)) = self.view.meta(file).id.clone() else { continue };
            if let Some(taken) = ids.owner(&id) {
                let place = Place { file, range };
                let message = format!("the id `{id}` is that of “{taken}” already");
                let hint = "ids must differ: change one, or leave it out";
                self.findings.push(Finding::error("duplicate-id", Some(place), message).hint(hint));
            }
            concept.id = ids.take(&id, &concept.name);
        }
        for (concept, entry) in self.concepts.iter_mut().zip(&self.entries) {
            if !concept.id.is_empty() {
                continue;
            }
            let base = match concept.note {
                Some(file) => self.view.stem(file).to_owned(),
                None => entry.linked.clone().unwrap_or_else(|| entry.cell_name.clone()),
            };
            concept.id = ids.take(&latin::identifier(split_badge(&base).0), &concept.name);
        }
    }
}

/// `flashcards` and `flashcards/…`.
fn is_switch(tag: &str) -> bool {
    let tag = tag.to_lowercase();
    tag.strip_prefix(CARDS_TAG).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn row_card(concept: ConceptNo, back: Text, range: Range<usize>) -> Card {
    Card { code: String::new(), id: String::new(), concept, kind: CardKind::Row, front: None, back, range }
}
