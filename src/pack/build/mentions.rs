//! Who links to whom.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::links::{Links, Roles};
use super::refs::{refs_in_blocks, refs_in_inlines};
use super::{Builder, RowRef};
use crate::pack::{ConceptNo, Link, PartKind, Target, Text};
use crate::vault::ast::BlockKind;
use crate::vault::{FileNo, Finding, Part};

impl Builder<'_, '_> {
    /// Follows every link of the printed notes, in the order of the book; fills in `see_also` and `mentioned_by`.
    pub(super) fn links(&mut self, findings: &mut Vec<Finding>) -> Vec<Link> {
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
                    for reference in refs_in_inlines(&cell.content, true) {
                        links.follow(note, &reference);
                    }
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
            let see_also: Vec<Range<usize>> = concept
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
