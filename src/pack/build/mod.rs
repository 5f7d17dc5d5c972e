//! From a vault's notes to the content model.
//!
//! The chapters' tables are read first, row by row; each row becomes a concept, or names one again. Then the concepts'
//! own notes are parted into sections and cards, and last all links are followed, when it is known what each file is.

mod chapter;
mod concept;
mod links;
mod names;
pub(crate) mod note;
mod outline;
pub(crate) mod refs;
mod table;
pub(crate) mod view;
mod view_of;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use self::chapter::{ChapterOutline, Piece, chapter_outline, concept_table, find_chapters};
use self::links::{Links, Roles};
use self::names::Ids;
use self::note::Note;
use self::refs::{refs_in_blocks, refs_in_inlines};
use self::table::{NameCell, read_name};
use self::view::{Found, View};
use super::code::{PrefixWish, is_prefix, prefixes};
use super::words::{SectionWord, section_word};
use super::{
    Card, CardKind, CardNo, Chapter, Concept, ConceptNo, ConceptTable, Pack, PartKind, Section, SectionItem,
    Target, Text, fold, index, latin,
};
use crate::vault::ast::{Block, BlockKind, Row, Table};
use crate::vault::{FileNo, Finding, Part, Place, Vault};

pub use self::refs::written;

/// Tags that are switches of the cards plug-in, not subjects.
const CARDS_TAG: &str = "flashcards";

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
    let view = View::of(vault, &mut findings);
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
    fn find_chapter_files(&mut self) -> Vec<FileNo> {
        let view = self.view;
        if let Some(listed) = view.listed_chapters(&mut self.findings) {
            return listed;
        }
        find_chapters(view.notes(), view.words(), |note, target| match view.resolve(note.file, target) {
            Found::One(file) | Found::Alias(file) | Found::Several { chosen: file, .. } => Some(file),
            Found::Nothing => None,
        })
    }

    fn chapters(&mut self) {
        let files = self.find_chapter_files();
        let view = self.view;
        let chapter_files: BTreeSet<FileNo> = files.iter().copied().collect();
        let notes: Vec<&Note<'a>> = files.iter().filter_map(|file| view.note(*file)).collect();
        let outlines: Vec<ChapterOutline> = notes
            .iter()
            .map(|note| chapter_outline(note, view.meta(note.file).title.as_deref(), view.words()))
            .collect();
        let codes: Vec<Option<String>> = notes.iter().map(|note| self.given_prefix(note)).collect();
        self.complain_of_equal_codes(&notes, &codes);
        let wishes: Vec<PrefixWish<'_>> = outlines
            .iter()
            .zip(&codes)
            .map(|(outline, code)| PrefixWish { given: code.as_deref(), title: &outline.title })
            .collect();
        let prefixes = prefixes(&wishes, &BTreeSet::new());

        for (i, ((note, outline), prefix)) in notes.iter().zip(&outlines).zip(prefixes).enumerate() {
            let slug = latin::slug(&outline.title);
            let blocks = |range: &std::ops::Range<usize>| note.text(Part::Blocks(range.clone()));
            self.chapters.push(Chapter {
                number: i + 1,
                file: note.file,
                prefix,
                prefix_given: codes.get(i).is_some_and(Option::is_some),
                title: outline.title.clone(),
                slug: if slug.is_empty() { "chapter".to_owned() } else { slug },
                intro: (!outline.intro.is_empty()).then(|| blocks(&outline.intro)),
                sections: Vec::new(),
                review: outline.review.as_ref().filter(|r| !r.is_empty()).map(blocks),
            });
            let sections = self.sections(i, note, outline, &chapter_files);
            if let Some(chapter) = self.chapters.last_mut() {
                chapter.sections = sections;
            }
        }
        for (chapter, (note, outline)) in notes.iter().zip(&outlines).enumerate() {
            self.complain_of_further_chapters(note, outline);
            self.chapter_cards(chapter, note, &outline.cards);
        }
    }

    fn given_prefix(&mut self, note: &Note<'a>) -> Option<String> {
        let meta = self.view.meta(note.file);
        let (code, range) = meta.code.clone()?;
        if is_prefix(&code) {
            return Some(code);
        }
        let message = format!("`{code}` cannot stand before the hyphen of a card's code");
        let hint = "write one to eight capitals or digits, a capital first, such as `FN`";
        self.findings.push(Finding::error("chapter-code", note.place(range), message).hint(hint));
        None
    }

    fn complain_of_equal_codes(&mut self, notes: &[&Note<'a>], codes: &[Option<String>]) {
        let mut first: BTreeMap<&str, &Note<'a>> = BTreeMap::new();
        for (note, code) in notes.iter().zip(codes) {
            let Some(code) = code else { continue };
            if let Some(other) = first.get(code.as_str()) {
                let range = self.view.meta(note.file).code.as_ref().map(|(_, range)| range.clone());
                let message = format!("the code `{code}` is also that of {}", other.path);
                let place = note.place(range.unwrap_or(0..0));
                let finding = Finding::warning("chapter-code", place, message);
                self.findings
                    .push(finding.hint("cards of both will be numbered as one: give one another code"));
            } else {
                first.insert(code, note);
            }
        }
    }

    fn complain_of_further_chapters(&mut self, note: &Note<'a>, outline: &ChapterOutline) {
        let Some(block) = outline.further_chapters.first().and_then(|i| note.blocks().get(*i)) else {
            return;
        };
        let message = format!("this note holds {} chapters", outline.further_chapters.len() + 1);
        let hint = "a chapter is a file: `recto import` parts the note, until then the others are sections of the first";
        let finding = Finding::warning("several-chapters", note.place(block.range.clone()), message);
        self.findings.push(finding.hint(hint));
    }

    fn sections(
        &mut self,
        chapter: usize,
        note: &Note<'a>,
        outline: &ChapterOutline,
        chapter_files: &BTreeSet<FileNo>,
    ) -> Vec<Section> {
        let named = outline.sections.iter().any(|s| s.heading.is_some());
        let mut number = 0;
        let mut sections = Vec::with_capacity(outline.sections.len());
        for (index, section) in outline.sections.iter().enumerate() {
            number += usize::from(section.heading.is_some());
            let printed = match section.heading {
                Some(_) => format!("{}.{number}", chapter + 1),
                None => String::new(),
            };
            // Concepts before the first named section count as those of a section nought.
            let concepts = match (section.heading, named) {
                (None, true) => format!("{}.0", chapter + 1),
                (None, false) => (chapter + 1).to_string(),
                (Some(_), _) => printed.clone(),
            };
            let mut items = Vec::with_capacity(section.pieces.len());
            for piece in &section.pieces {
                items.push(match piece {
                    Piece::Prose(range) => SectionItem::Prose(note.text(Part::Blocks(range.clone()))),
                    Piece::Table(block) => {
                        let Some(table) = concept_table(note.blocks(), *block, self.view.words()) else {
                            continue;
                        };
                        let at = Spot { chapter, section: index, number: &concepts, block: *block };
                        SectionItem::Table(self.table(note, table, &at, chapter_files))
                    }
                });
            }
            let title = section.heading.map(|block| note.text(Part::Heading(block)));
            sections.push(Section { number: printed, title, items });
        }
        sections
    }

    fn table(
        &mut self,
        note: &Note<'a>,
        table: &Table,
        at: &Spot<'_>,
        chapter_files: &BTreeSet<FileNo>,
    ) -> ConceptTable {
        let block = at.block;
        let cell = |row: usize, column: usize| note.text(Part::Cell { block, row, column });
        let head: Vec<Text> = (0..table.head.cells.len()).map(|column| cell(0, column)).collect();
        let mut rows: Vec<ConceptNo> = Vec::with_capacity(table.rows.len());
        for (i, row) in table.rows.iter().enumerate() {
            let Some(first) = row.cells.first() else { continue };
            let name = read_name(first);
            let place = Place { file: note.file, range: first.range.clone() };
            let concept = if name.name.is_empty() {
                self.nameless(note, row, rows.last().copied())
            } else {
                self.known(note, &name, row, chapter_files)
            };
            let no = concept.unwrap_or_else(|| {
                let brief =
                    if row.cells.len() > 1 { cell(i + 1, 1) } else { note.text(Part::Blocks(block..block)) };
                let extra = (2..row.cells.len())
                    .map(|column| {
                        (head.get(column).cloned().unwrap_or_else(|| cell(0, column)), cell(i + 1, column))
                    })
                    .filter(|(_, text)| !text.plain.is_empty())
                    .collect();
                self.enter(note, name, place, at, brief, extra, chapter_files)
            });
            rows.push(no);
            self.rows.push(RowRef { file: note.file, block, row: i, concept: no });
        }
        ConceptTable { file: note.file, block, head, rows }
    }

    /// A row without a name goes on with the row above it.
    fn nameless(&mut self, note: &Note<'a>, row: &Row, above: Option<ConceptNo>) -> Option<ConceptNo> {
        let empty = row.cells.iter().all(|c| c.content.is_empty());
        if !empty || above.is_none() {
            let finding = Finding::warning(
                "row-without-name",
                note.place(row.range.clone()),
                "this row of a concept table has no name",
            );
            self.findings.push(finding.hint("write the concept into the first cell"));
        }
        above
    }

    /// The note that a row's first cell leads to: by its link, else by the name of a note.
    fn note_of(
        &self,
        note: &Note<'a>,
        name: &NameCell<'_>,
        chapter_files: &BTreeSet<FileNo>,
    ) -> Option<FileNo> {
        // `[[Note#Heading]]` is one heading of a note, which then is not the concept's own.
        let target = match name.link {
            Some(link) if link.target.heading.is_some() || link.target.block.is_some() => return None,
            Some(link) => link.target.note.as_str(),
            None => name.name.as_str(),
        };
        let candidates = [target, name.name.as_str()];
        let file = candidates.iter().find_map(|target| match self.view.resolve(note.file, target) {
            Found::One(file) | Found::Alias(file) | Found::Several { chosen: file, .. } => Some(file),
            Found::Nothing => None,
        })?;
        (self.view.note(file).is_some() && file != note.file && !chapter_files.contains(&file))
            .then_some(file)
    }

    /// The concept that a row names again, with a warning.
    fn known(
        &mut self,
        note: &Note<'a>,
        name: &NameCell<'_>,
        row: &Row,
        chapter_files: &BTreeSet<FileNo>,
    ) -> Option<ConceptNo> {
        let file = self.note_of(note, name, chapter_files);
        let no = match file {
            Some(file) => *self.by_note.get(&file)?,
            None => {
                let no = *self.by_name.get(&fold(&name.name))?;
                let brief =
                    row.cells.get(1).map(|c| crate::vault::plain_text(&c.content)).unwrap_or_default();
                let same = self
                    .concepts
                    .get(no.0)
                    .is_some_and(|c| brief.trim().is_empty() || fold(&c.brief.plain) == fold(&brief));
                if !same {
                    self.repeated(note, name, no, "two concepts have this name");
                    return None;
                }
                no
            }
        };
        self.repeated(note, name, no, "this concept has a row already");
        if let Some(concept) = self.concepts.get_mut(no.0)
            && name.shown
        {
            names::add_alias(concept, &name.name);
        }
        Some(no)
    }

    fn repeated(&mut self, note: &Note<'a>, name: &NameCell<'_>, no: ConceptNo, what: &str) {
        let Some(entry) = self.entries.get(no.0) else { return };
        let first = self.view.line(&entry.place);
        let message = format!("{what}: “{}”, first in {first}", name.name);
        let hint = match what.starts_with("two") {
            true => "call one of them otherwise, or give it a note of its own",
            false => "one row is enough; the first is the entry, link to it from here",
        };
        let rule = "duplicate-concept";
        self.findings.push(Finding::warning(rule, note.place(name.range.clone()), message).hint(hint));
    }

    #[expect(clippy::too_many_arguments, reason = "a row's cells, one by one")]
    fn enter(
        &mut self,
        note: &Note<'a>,
        name: NameCell<'_>,
        place: Place,
        at: &Spot<'_>,
        brief: Text,
        extra: Vec<(Text, Text)>,
        chapter_files: &BTreeSet<FileNo>,
    ) -> ConceptNo {
        let no = ConceptNo(self.concepts.len());
        let own = self.note_of(note, &name, chapter_files);
        let position = 1 + self
            .concepts
            .iter()
            .rev()
            .take_while(|c| c.chapter == at.chapter && c.section == at.section)
            .count();
        let shown_name = if name.name.is_empty() { "(no name)".to_owned() } else { name.name.clone() };
        if let Some(file) = own {
            self.by_note.insert(file, no);
        }
        let linked = name.link.map(|link| link.target.note.clone());
        let calls = [Some(shown_name.as_str()), linked.as_deref()];
        for call in calls.into_iter().flatten() {
            self.by_name.entry(fold(call)).or_insert(no);
        }
        self.entries.push(Entry { place, shown: name.shown, cell_name: shown_name.clone(), linked });
        self.concepts.push(Concept {
            id: String::new(),
            name: shown_name,
            badge: name.badge,
            aliases: Vec::new(),
            tags: Vec::new(),
            priority: 2,
            since: None,
            verified: None,
            number: format!("{}.{position}", at.number),
            chapter: at.chapter,
            section: at.section,
            brief,
            extra,
            note: own,
            sources: Vec::new(),
            parts: Vec::new(),
            see_also: Vec::new(),
            mentioned_by: Vec::new(),
            cards: Vec::new(),
        });
        no
    }

    /// Cards that stand in a chapter note belong to the concept they link to, else to the chapter's first.
    fn chapter_cards(&mut self, chapter: usize, note: &Note<'a>, sections: &[std::ops::Range<usize>]) {
        let everywhere = self.cards_everywhere(note.file);
        let whole = [0..note.blocks().len()];
        let sections = if everywhere { &whole[..] } else { sections };
        let Some(first) = self.concepts.iter().position(|c| c.chapter == chapter).map(ConceptNo) else {
            return;
        };
        let (by_note, by_name, view) = (&self.by_note, &self.by_name, self.view);
        let linked = |blocks: &[Block]| {
            refs_in_blocks(blocks).iter().find_map(|r| match &r.kind {
                refs::RefKind::Link { target, .. } => match view.resolve(note.file, &target.note) {
                    Found::One(file) | Found::Alias(file) | Found::Several { chosen: file, .. } => {
                        by_note.get(&file).copied()
                    }
                    Found::Nothing => by_name.get(&fold(&target.note)).copied(),
                },
                _ => None,
            })
        };
        let mut cards = Vec::new();
        let mut findings = Vec::new();
        let strays = std::cell::RefCell::new(Vec::new());
        for range in sections {
            let of = |card: &crate::vault::cards::CardText| {
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
        let switch = |tag: &String| {
            let tag = tag.to_lowercase();
            tag == CARDS_TAG || tag.starts_with("flashcards/")
        };
        self.view.settings().cards_anywhere || self.view.meta(file).tags.iter().any(switch)
    }

    /// Names, front matter, parts and cards from the concepts' own notes.
    fn concept_notes(&mut self) {
        let view = self.view;
        for i in 0..self.concepts.len() {
            let no = ConceptNo(i);
            let (Some(concept), Some(entry)) = (self.concepts.get_mut(i), self.entries.get(i)) else {
                continue;
            };
            if view.settings().cards_from_rows && !concept.brief.plain.is_empty() {
                let range = view.range_of(&concept.brief).unwrap_or(entry.place.range.clone());
                self.cards.push(row_card(no, concept.brief.clone(), entry.place.range.start..range.end));
            }
            let Some(note) = concept.note.and_then(|file| view.note(file)) else { continue };
            let meta = view.meta(note.file);
            let known: Vec<&str> = [Some(entry.cell_name.as_str()), Some(note.stem()), meta.title.as_deref()]
                .into_iter()
                .flatten()
                .chain(meta.aliases.iter().map(String::as_str))
                .collect();
            let outline = concept::concept_outline(note, &known, view.words());
            if !entry.shown {
                let heading = outline.title.as_ref().map(|h| h.text.replace('*', ""));
                if let Some(title) = meta.title.clone().or(heading).filter(|t| !t.trim().is_empty()) {
                    concept.name = super::words::split_badge(&title).0.to_owned();
                }
            }
            concept.tags = meta
                .tags
                .iter()
                .filter(|tag| {
                    let tag = tag.to_lowercase();
                    tag != CARDS_TAG && !tag.starts_with("flashcards/")
                })
                .cloned()
                .collect();
            concept.priority = meta.priority.unwrap_or(2);
            concept.since = meta.since.clone();
            concept.verified = meta.verified;
            concept.sources = meta.sources.clone();
            for alias in meta.aliases.iter().chain([&entry.cell_name]) {
                names::add_alias(concept, alias);
            }
            names::add_alias(concept, note.stem());
            let (parts, sections) = concept::parts(note, &outline, view.words());
            concept.parts = parts;
            let names: Vec<String> =
                std::iter::once(&concept.name).chain(&concept.aliases).cloned().collect();
            for name in names {
                self.by_name.entry(fold(&name)).or_insert(no);
            }
            let sections =
                if self.cards_everywhere(note.file) { vec![0..note.blocks().len()] } else { sections };
            for range in sections {
                let cards = concept::cards(note, range, |_| no, &mut self.findings);
                self.cards.extend(cards);
            }
        }
    }

    fn ids(&mut self) {
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
            concept.id = ids.take(&latin::identifier(super::words::split_badge(&base).0), &concept.name);
        }
    }

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
            let hint = "write a table whose first header cell is `Concept`, one row for each concept; \
                        `recto new DIR` makes a small pack that shows how";
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

    fn links(&mut self, findings: &mut Vec<Finding>) -> Vec<super::Link> {
        let view = self.view;
        let mut section_of = BTreeMap::new();
        for chapter in &self.chapters {
            for (i, section) in chapter.sections.iter().enumerate() {
                if let Some(Text { part: Part::Heading(block), .. }) = &section.title {
                    section_of.insert((chapter.file, *block), i);
                }
            }
        }
        let roles = Roles {
            concept_of: self.by_note.clone(),
            chapter_of: self.chapters.iter().enumerate().map(|(i, c)| (c.file, i)).collect(),
            section_of,
            named: std::mem::take(&mut self.by_name),
        };
        let mut links = Links::new(view, &roles);
        // Whom each concept links to, in order: from its brief, then from its note.
        let mut mentions: Vec<Vec<ConceptNo>> = vec![Vec::new(); self.concepts.len()];
        let mut rows: BTreeMap<(FileNo, usize), Vec<&RowRef>> = BTreeMap::new();
        for row in &self.rows {
            rows.entry((row.file, row.block)).or_default().push(row);
        }
        for chapter in &self.chapters {
            let Some(note) = view.note(chapter.file) else { continue };
            for (i, block) in note.blocks().iter().enumerate() {
                let (Some(rows), BlockKind::Table(table)) = (rows.get(&(note.file, i)), &block.kind) else {
                    for reference in refs_in_blocks(std::slice::from_ref(block)) {
                        links.follow(note, &reference);
                    }
                    continue;
                };
                for cell in &table.head.cells {
                    refs_in_inlines(&cell.content, true).iter().for_each(|r| drop(links.follow(note, r)));
                }
                for (r, row) in table.rows.iter().enumerate() {
                    let owner = rows.iter().find(|row| row.row == r).map(|row| row.concept);
                    for (column, cell) in row.cells.iter().enumerate() {
                        for reference in refs_in_inlines(&cell.content, true) {
                            let to = links.follow(note, &reference);
                            if let (Target::Concept(to), Some(from)) = (to, owner)
                                && column > 0
                                && let Some(list) = mentions.get_mut(from.0)
                            {
                                list.push(to);
                            }
                        }
                    }
                }
            }
        }
        let mut named: Vec<Vec<ConceptNo>> = vec![Vec::new(); self.concepts.len()];
        for (i, concept) in self.concepts.iter().enumerate() {
            let Some(note) = concept.note.and_then(|file| view.note(file)) else { continue };
            let see_also: Vec<std::ops::Range<usize>> = concept
                .parts
                .iter()
                .filter(|part| part.kind == PartKind::SeeAlso)
                .filter_map(|part| match &part.body.part {
                    Part::Blocks(range) => Some(range.clone()),
                    _ => None,
                })
                .collect();
            for (b, block) in note.blocks().iter().enumerate() {
                for reference in refs_in_blocks(std::slice::from_ref(block)) {
                    if let Target::Concept(to) = links.follow(note, &reference) {
                        if let Some(list) = mentions.get_mut(i) {
                            list.push(to);
                        }
                        if let Some(list) = named.get_mut(i)
                            && (see_also.is_empty() || see_also.iter().any(|range| range.contains(&b)))
                        {
                            list.push(to);
                        }
                    }
                }
            }
        }
        for (i, list) in named.into_iter().enumerate() {
            let mut seen = BTreeSet::from([ConceptNo(i)]);
            if let Some(concept) = self.concepts.get_mut(i) {
                concept.see_also = list.into_iter().filter(|to| seen.insert(*to)).collect();
            }
        }
        for (i, list) in mentions.into_iter().enumerate() {
            let from = ConceptNo(i);
            let distinct: BTreeSet<ConceptNo> = list.into_iter().filter(|to| *to != from).collect();
            for to in distinct {
                if let Some(concept) = self.concepts.get_mut(to.0) {
                    concept.mentioned_by.push(from);
                }
            }
        }
        let (links, found) = links.into_links();
        findings.extend(found);
        links
    }
}

/// Where a table stands.
struct Spot<'n> {
    chapter: usize,
    section: usize,
    /// What concepts' numbers start with.
    number: &'n str,
    block: usize,
}

fn row_card(concept: ConceptNo, back: Text, range: std::ops::Range<usize>) -> Card {
    Card { code: String::new(), id: String::new(), concept, kind: CardKind::Row, front: None, back, range }
}
