//! From a vault's notes to the content model.
//!
//! The chapters' tables are read first, row by row; each row becomes a concept, or names one again. Then the concepts'
//! own notes are parted into sections and cards, and last all links are followed, when it is known what each file is.

mod chapter;
mod chapters;
mod concept;
mod links;
mod mentions;
mod names;
pub(crate) mod note;
mod notes;
mod outline;
pub(crate) mod refs;
pub(crate) mod table;
pub(crate) mod view;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use self::view::View;
use super::words::{SectionWord, section_word};
use super::{Card, CardKind, CardNo, Chapter, Concept, ConceptNo, Pack, index};
use crate::vault::{FileNo, Finding, Place, Vault};

pub use self::refs::written;

/// Words of the pack's own, from recto.yaml.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    /// Further first header cells of concept tables.
    pub headers: Vec<String>,
    /// Further headings of known sections.
    pub sections: Vec<(String, SectionWord)>,
}

impl Words {
    pub fn section(&self, heading: &str) -> Option<SectionWord> {
        section_word(heading, self.sections.iter().map(|(heading, word)| (heading.as_str(), *word)))
    }
}

/// Reads a pack from its vault. Cards have no codes and ids yet (see [`super::assign`]). Findings are in the order of
/// the book; a vault without any concept table gives an empty pack and an error.
pub fn build(vault: &Vault) -> (Pack, Vec<Finding>) {
    let mut findings = Vec::new();
    let view = View::of(vault);
    view.check_config(&mut findings);
    let mut builder = Builder {
        view: &view,
        findings,
        chapters: Vec::new(),
        concepts: Vec::new(),
        cards: Vec::new(),
        by_note: BTreeMap::new(),
        by_name: FxHashMap::default(),
        rows: Vec::new(),
        entries: Vec::new(),
    };
    builder.chapters();
    builder.concept_notes();
    builder.ids();
    builder.finish()
}

struct Builder<'v, 'a> {
    view: &'v View<'a>,
    findings: Vec<Finding>,
    chapters: Vec<Chapter>,
    concepts: Vec<Concept>,
    /// In the order they are found; sorted into the order of the book at the end.
    cards: Vec<Card>,
    by_note: BTreeMap<FileNo, ConceptNo>,
    /// Folded names, and what else a link may call a concept without a note.
    by_name: FxHashMap<String, ConceptNo>,
    /// Every row of every concept table, with the concept it names.
    rows: Vec<RowRef>,
    /// What the entry's row said, for each concept.
    entries: Vec<Entry>,
}

/// A row of a concept table.
struct RowRef {
    file: FileNo,
    block: usize,
    /// From 0, header aside.
    row: usize,
    concept: ConceptNo,
}

struct Entry {
    place: Place,
    /// The name in the row is an alias that the author wrote.
    shown: bool,
    /// Notes' outlines need the names a title may have.
    cell_name: String,
    linked: Option<String>,
}

impl<'a> Builder<'_, 'a> {
    /// Puts the cards into the order of the book, follows the links, and closes the pack.
    fn finish(mut self) -> (Pack, Vec<Finding>) {
        let view = self.view;
        let (settings, mut findings) = (view.settings(), std::mem::take(&mut self.findings));
        // Stable: within a concept the row's card first, then those of its note, then those of the chapter's.
        let row_first = |card: &Card| (card.concept, card.kind != CardKind::Row);
        self.cards.sort_by_key(row_first);
        for (i, card) in self.cards.iter().enumerate() {
            if let Some(concept) = self.concepts.get_mut(card.concept.0) {
                concept.cards.push(CardNo(i));
            }
        }
        let links = self.links(&mut findings);
        if self.concepts.is_empty() {
            let message = "no note of this folder holds a concept table";
            let hint = "write a table whose first header cell is `Concept`, one row for each concept (`recto new DIR` makes \
                        a small pack that shows how), or `chapters: folders` into recto.yaml";
            findings.push(Finding::error("no-concepts", None, message).hint(hint));
        }
        let mut pack = Pack {
            title: settings.title.clone(),
            subtitle: settings.subtitle.clone(),
            authors: settings.authors.clone(),
            language: settings.language.clone(),
            edition: settings.edition.clone(),
            licence: settings.licence.clone(),
            date: self.date(),
            chapters: self.chapters,
            concepts: self.concepts,
            cards: self.cards,
            links,
            index: Vec::new(),
        };
        pack.index = index::index(&pack);
        (pack, findings)
    }

    /// The configured date, else the newest one in the front matter of what is printed, else the year 2000.
    fn date(&self) -> Date {
        let printed = self.chapters.iter().map(|c| c.file).chain(self.by_note.keys().copied());
        let newest = printed.flat_map(|file| {
            let meta = self.view.meta(file);
            [meta.verified, meta.date]
        });
        self.view.settings().date.or_else(|| newest.flatten().max()).unwrap_or(Date::constant(2000, 1, 1))
    }
}
