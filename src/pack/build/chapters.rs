//! Chapters, their sections, and a concept for each row of their tables.

use std::collections::{BTreeMap, BTreeSet};

use super::chapter::{ChapterOutline, Piece, chapter_outline, concept_table};
use super::note::Note;
use super::table::{NameCell, read_name};
use super::{Builder, Entry, RowRef, names};
use crate::pack::code::{PrefixWish, prefixes};
use crate::pack::{
    Chapter, Cheat, Concept, ConceptNo, ConceptTable, Section, SectionItem, Text, fold, latin,
};
use crate::vault::ast::{Row, Table};
use crate::vault::{FileNo, Finding, Part, Place};

impl<'a> Builder<'_, 'a> {
    fn find_chapter_files(&mut self) -> Vec<FileNo> {
        let view = self.view;
        if let Some(generated) = view.generated() {
            return generated;
        }
        if let Some(listed) = view.listed_chapters(&mut self.findings) {
            return listed;
        }
        view.found_chapters()
    }

    /// Reads all chapters.
    pub(super) fn chapters(&mut self) {
        let files = self.find_chapter_files();
        let view = self.view;
        let chapter_files: BTreeSet<FileNo> = files.iter().copied().collect();
        let notes: Vec<&Note<'a>> = files.iter().filter_map(|file| view.note(*file)).collect();
        let outlines: Vec<ChapterOutline> = notes
            .iter()
            .map(|note| chapter_outline(note, view.meta(note.file).title.as_deref(), view.words()))
            .collect();
        let codes: Vec<Option<String>> =
            notes.iter().map(|note| view.meta(note.file).code.clone().map(|(code, _)| code)).collect();
        self.complain_of_equal_codes(&notes, &codes);
        let wishes: Vec<PrefixWish<'_>> = outlines
            .iter()
            .zip(&codes)
            .map(|(outline, code)| PrefixWish { given: code.as_deref(), title: &outline.title })
            .collect();
        let prefixes = prefixes(&wishes, &BTreeSet::new());

        for (i, ((note, outline), prefix)) in notes.iter().zip(&outlines).zip(prefixes).enumerate() {
            let slug = latin::file_slug(&outline.title);
            let blocks = |range: &std::ops::Range<usize>| note.text(Part::Blocks(range.clone()));
            self.chapters.push(Chapter {
                number: i + 1,
                file: note.file,
                prefix,
                prefix_given: codes.get(i).is_some_and(Option::is_some),
                title: outline.title.clone(),
                slug: if slug.is_empty() { "chapter".to_owned() } else { slug },
                intro: (!outline.intro.is_empty()).then(|| blocks(&outline.intro)),
                objectives: outline.objectives.as_ref().filter(|r| !r.is_empty()).map(blocks),
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
        let names = [target, name.name.as_str()];
        let file = names.iter().find_map(|name| self.view.note_named(note.file, name))?;
        (file != note.file && !chapter_files.contains(&file)).then_some(file)
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
            cheat: Cheat::Auto,
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
}

/// Where a table stands.
struct Spot<'n> {
    chapter: usize,
    section: usize,
    /// What concepts' numbers start with.
    number: &'n str,
    block: usize,
}
