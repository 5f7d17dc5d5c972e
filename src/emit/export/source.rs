//! The pack as exports read it: what is selected, in the order of the book, and the text behind every address.

use std::collections::BTreeSet;
use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::pack::{Card, CardNo, Chapter, Concept, ConceptNo, Lock, Pack, Target, Text};
use crate::typeset::pictures::{self, is_picture};
use crate::vault::ast::{Block, LinkTarget};
use crate::vault::cards::{Extracted, extract};
use crate::vault::{FileNo, Note, Part, Place, Selection, Side, Vault, select};

/// A pack, its notes, and what of it is wanted.
pub struct Source<'a> {
    pub vault: &'a Vault,
    pub pack: &'a Pack,
    /// With the cards' codes and ids.
    pub lock: &'a Lock,
    kept: Option<BTreeSet<ConceptNo>>,
    /// Cards of a note's blocks: taken apart once, not for every card again.
    cards: FxHashMap<(FileNo, usize, usize), Extracted>,
    links: FxHashMap<(FileNo, &'a str), &'a Target>,
}

impl<'a> Source<'a> {
    /// `kept` are the concepts that are wanted; `None` for all.
    pub fn new(vault: &'a Vault, pack: &'a Pack, lock: &'a Lock, kept: Option<BTreeSet<ConceptNo>>) -> Self {
        let mut cards = FxHashMap::default();
        for card in &pack.cards {
            for text in card.front.iter().chain([&card.back]) {
                let Part::Card { blocks, .. } = &text.part else { continue };
                cards.entry((text.file, blocks.start, blocks.end)).or_insert_with(|| {
                    let note = vault.note(text.file);
                    note.and_then(|n| Some(extract(n.parsed.blocks.get(blocks.clone())?, &n.text)))
                        .unwrap_or_default()
                });
            }
        }
        let links = pack.links.iter().map(|l| ((l.from, l.written.as_str()), &l.to)).collect();
        Self { vault, pack, lock, kept, cards, links }
    }

    /// Nothing was left out.
    pub fn is_whole(&self) -> bool {
        self.kept.is_none()
    }

    pub fn keeps(&self, no: ConceptNo) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept.contains(&no))
    }

    /// The concepts, in the order of the book.
    pub fn concepts(&self) -> impl Iterator<Item = (ConceptNo, &'a Concept)> + '_ {
        let all = self.pack.concepts.iter().enumerate().map(|(i, c)| (ConceptNo(i), c));
        all.filter(|(no, _)| self.keeps(*no))
    }

    /// Chapters that hold a concept, with their index.
    pub fn chapters(&self) -> impl Iterator<Item = (usize, &'a Chapter)> + '_ {
        let holds = |i: usize| self.kept.is_none() || self.concepts().any(|(_, c)| c.chapter == i);
        self.pack.chapters.iter().enumerate().filter(move |(i, _)| holds(*i))
    }

    pub fn concepts_of(&self, chapter: usize) -> impl Iterator<Item = (ConceptNo, &'a Concept)> + '_ {
        self.concepts().filter(move |(_, c)| c.chapter == chapter)
    }

    /// The cards, in the order of the deck.
    pub fn cards(&self) -> impl Iterator<Item = (CardNo, &'a Card)> + '_ {
        let all = self.pack.cards.iter().enumerate().map(|(i, c)| (CardNo(i), c));
        all.filter(|(_, card)| self.keeps(card.concept))
    }

    pub fn concept_of(&self, card: &Card) -> Option<&'a Concept> {
        self.pack.concepts.get(card.concept.0)
    }

    pub fn chapter_of(&self, concept: &Concept) -> Option<&'a Chapter> {
        self.pack.chapters.get(concept.chapter)
    }

    pub fn note(&self, file: FileNo) -> Option<&'a Note> {
        self.vault.note(file)
    }

    /// The blocks or inlines at an address; nothing where the note has no such part.
    pub fn select(&self, text: &Text) -> Selection {
        let nothing = || Selection::Blocks(Vec::new());
        if let Part::Card { blocks, index, side } = &text.part {
            let found = self.cards.get(&(text.file, blocks.start, blocks.end));
            let Some(card) = found.and_then(|e| e.cards.get(*index)) else { return nothing() };
            return Selection::Blocks(match side {
                Side::Front => card.front.clone(),
                Side::Back => card.back.clone(),
            });
        }
        let note = self.vault.note(text.file);
        note.and_then(|n| select(&n.parsed, &n.text, &text.part)).unwrap_or_else(nothing)
    }

    /// Where a link leads that stands in `from`.
    pub fn target(&self, from: FileNo, written: &str) -> &'a Target {
        self.links.get(&(from, written)).copied().unwrap_or(&Target::Missing)
    }

    /// The picture that a link shows: a file of the vault that pages can print, and its bytes.
    ///
    /// # Errors
    /// Why it cannot be shown.
    pub fn picture(&self, from: FileNo, written: &str) -> Result<(String, Vec<u8>), String> {
        let Target::File(file) = self.target(from, written) else {
            return Err(format!("there is no picture `{written}`"));
        };
        let path = self.vault.file(*file).map(|f| f.path.clone()).unwrap_or_default();
        if !is_picture(&path) {
            return Err(format!("`{path}` is no picture"));
        }
        Ok((path.clone(), pictures::read(self.vault, *file, &path)?))
    }

    pub fn footnote(&self, file: FileNo, label: &str) -> Option<&'a [Block]> {
        self.vault.note(file)?.parsed.footnote(label)
    }

    pub fn place(&self, file: FileNo, range: Range<usize>) -> Place {
        Place { file, range }
    }

    /// All that a concept says: brief, further cells, sections of its note.
    pub fn texts<'c>(&self, concept: &'c Concept) -> impl Iterator<Item = &'c Text> {
        let parts = concept.parts.iter().flat_map(|p| p.heading.iter().chain([&p.body]).chain(&p.solution));
        std::iter::once(&concept.brief).chain(concept.extra.iter().map(|(_, text)| text)).chain(parts)
    }
}

/// Whether a link or picture lies on the web.
pub fn on_the_web(dest: &str) -> bool {
    let lower = dest.trim_start().to_ascii_lowercase();
    ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme))
}

/// A link's target as [`crate::pack::Link::written`] has it.
pub fn written(target: &LinkTarget) -> String {
    crate::pack::build::written(target)
}
