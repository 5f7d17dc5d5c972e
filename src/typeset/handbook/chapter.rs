//! A chapter's opener, entries and end, and its answers.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Edition, Maker, answer_key, chapter_key, key, section_key};
use crate::pack::{CardKind, Chapter, Concept, ConceptNo, ConceptTable, PartKind, SectionItem};
use crate::typeset::compile::Job;
use crate::typeset::mindmap;
use crate::typeset::press::Printed;

/// Questions of a chapter's self-test, at most.
const TEST_QUESTIONS: usize = 14;
/// Concepts of a list that stands on the opener itself.
const SHORT_LIST: usize = 16;
/// A cell with more characters may be parted between pages.
const LONG_CELL: usize = 1200;
/// A longer word of a name may have to be broken in the first column, one of a cell in the others, in characters.
const NAME_WORD: usize = 13;
const CELL_WORD: usize = 20;
/// A question of the self-test is no longer, in characters.
const TEST_LENGTH: usize = 150;
/// Characters of a line of handwriting, for the ruled space in place of a solution.
const WRITTEN_LINE: usize = 45;

impl Maker<'_, '_> {
    /// A chapter in stretches that begin new pages anyway, so that they are typeset side by side: opener, maps and list of
    /// concepts; then the entries. `None` when the compiler reported errors.
    pub(super) fn chapter_jobs(&self, chapter: &Chapter) -> Option<Vec<Job>> {
        let press = self.press;
        let mut printed: HashSet<ConceptNo> = HashSet::new();
        let mut files = Vec::new();
        let mut sections = Vec::new();
        let index = press.pack.chapters.iter().position(|c| c.number == chapter.number).unwrap_or(0);
        for (i, section) in chapter.sections.iter().enumerate() {
            let mut items = Vec::new();
            let mut any = false;
            for item in &section.items {
                match item {
                    SectionItem::Prose(text) => {
                        items.push(json!({ "kind": "prose", "text": press.text(text, Printed::Linked) }))
                    }
                    SectionItem::Table(table) => {
                        let mut rows = Vec::new();
                        for no in &table.rows {
                            let Some(concept) = press.pack.concepts.get(no.0) else { continue };
                            if !press.keeps(concept) {
                                continue;
                            }
                            any = true;
                            let own = (concept.chapter, concept.section) == (index, i) && printed.insert(*no);
                            let file = own.then(|| {
                                let path = format!("/data/handbook/concepts/{}.json", no.0);
                                let data = self.concept_data(*no, concept, section.title.is_some());
                                files.push((path.clone(), data));
                                path
                            });
                            let mut cells = vec![press.text(&concept.brief, Printed::Linked)];
                            cells.extend(
                                concept.extra.iter().map(|(_, cell)| press.text(cell, Printed::Linked)),
                            );
                            cells.truncate(table.head.len().saturating_sub(1));
                            while cells.len() + 1 < table.head.len() {
                                cells.push(Value::Null);
                            }
                            // Only a row that may be higher than a page is parted between pages.
                            let text =
                                std::iter::once(&concept.brief).chain(concept.extra.iter().map(|(_, t)| t));
                            let long = text.map(|t| t.plain.chars().count()).any(|n| n > LONG_CELL);
                            rows.push(json!({
                                "long": long, "key": key(concept), "name": concept.name, "badge": concept.badge, "cells": cells,
                                "file": file, "number": concept.number,
                            }));
                        }
                        if !rows.is_empty() {
                            let head: Vec<Value> =
                                table.head.iter().map(|h| press.text(h, Printed::Linked)).collect();
                            let long = self.long_words(table);
                            items.push(json!({ "kind": "table", "head": head, "rows": rows, "long": long }));
                        }
                    }
                }
            }
            if any || !press.selects() {
                sections.push(json!({
                    "number": section.number, "key": section_key(chapter, i), "items": items,
                    "title": section.title.as_ref().map(|t| press.text(t, Printed::Linked)),
                }));
            }
        }
        let maps = mindmap::of_chapter(press, chapter, self.geometry.map_room(), self.geometry.larger())?;
        let mapped = !maps.is_empty();
        let data = json!({
            "number": chapter.number, "key": chapter_key(chapter), "title": chapter.title, "sections": sections,
            "intro": chapter.intro.as_ref().map(|t| press.text(t, Printed::Linked)),
            "objectives": chapter.objectives.as_ref().map(|t| press.text(t, Printed::Linked)),
            "review": chapter.review.as_ref().map(|t| press.text(t, Printed::Linked)),
            "maps": maps,
            "test": self.self_test(index), "end": format!("e:{}", chapter.number),
        });
        let name = |part: &str| format!("chapter-{}{part}", chapter.number);
        // The opener, the maps over the whole width, the list of concepts. A short list stands on the opener, a long one on a
        // page of its own.
        let lists = chapter.sections.iter().flat_map(|s| &s.items);
        let rows: usize =
            lists.map(|item| if let SectionItem::Table(table) = item { table.rows.len() } else { 0 }).sum();
        let map = "#[#show: book.wide.with(s)\n#block(width: 100%, book.chapter-maps(s, d))]\n";
        let list = "#block(width: 100%, book.opener-list(s, d))\n";
        let map = if mapped { map } else { "" };
        let rest = match (rows > SHORT_LIST, mapped) {
            (false, _) => format!("{list}{map}"),
            (true, true) => format!("{map}{list}"),
            (true, false) => format!("#pagebreak()\n{list}"),
        };
        let opener = "block(width: 100%, book.opener(s, d))";
        let mut opener = self.job(&name("-opener"), "setup", data.clone(), opener);
        opener.main.push_str(&rest);
        let mut body = self.job(&name(""), "setup", data, "block(width: 100%, book.chapter-body(s, d))");
        body.data.extend(files);
        Some(vec![opener, body])
    }

    /// Whether a word of a table may be too long for its column.
    fn long_words(&self, table: &ConceptTable) -> bool {
        let columns = table.head.len().saturating_sub(1).max(1);
        let longer =
            |text: &str, most: usize| text.split_whitespace().any(|word| word.chars().count() > most);
        table.rows.iter().filter_map(|no| self.press.pack.concepts.get(no.0)).any(|concept| {
            let mut cells = std::iter::once(&concept.brief).chain(concept.extra.iter().map(|(_, cell)| cell));
            longer(&concept.name, NAME_WORD) || cells.any(|cell| longer(&cell.plain, CELL_WORD / columns))
        })
    }

    fn concept_data(&self, no: ConceptNo, concept: &Concept, in_section: bool) -> Value {
        let press = self.press;
        let parts: Vec<Value> = concept
            .parts
            .iter()
            .filter(|p| {
                use PartKind::*;
                matches!(p.kind, Lead | Explanation | Example | Exercise | Interview | Other)
            })
            .map(|part| {
                let solution = part.solution.as_ref().filter(|_| part.kind == PartKind::Exercise);
                let edition = self.options.edition;
                let answer = solution.filter(|_| edition == Edition::Full).map(|_| answer_key(concept));
                let beside = solution.filter(|_| edition == Edition::Teacher);
                let lines = match part.kind {
                    PartKind::Exercise if edition == Edition::Student => {
                        solution.map_or(6, |s| ruled_lines(&s.plain))
                    }
                    _ => 0,
                };
                json!({
                    "kind": part.kind, "body": press.text(&part.body, Printed::Linked), "answer": answer,
                    "heading": part.heading.as_ref().map(|h| press.text(h, Printed::Linked)),
                    "number": self.exercises.get(&no), "lines": lines,
                    "solution": beside.map(|s| press.text(s, Printed::Linked)),
                })
            })
            .collect();
        let chapter = press.pack.chapters.get(concept.chapter).map_or(1, |c| c.number);
        let margin = self.geometry.margin.is_none().then(|| self.margin_data(concept, None));
        json!({
            "key": key(concept), "number": concept.number, "name": concept.name, "badge": concept.badge,
            "chapter": chapter, "level": if in_section { 3 } else { 2 }, "parts": parts, "margin": margin,
            "brief": (!concept.brief.plain.is_empty() && !opens_with_brief(concept)).then(|| press.text(&concept.brief, Printed::Linked)),
        })
    }

    /// One question from each of some concepts, evenly over the chapter.
    fn self_test(&self, chapter: usize) -> Vec<Value> {
        let press = self.press;
        let questions: Vec<Value> = press
            .pack
            .concepts
            .iter()
            .filter(|c| c.chapter == chapter && press.keeps(c))
            .filter_map(|concept| {
                let cards = concept.cards.iter().filter_map(|no| press.pack.cards.get(no.0));
                let asks = |text: &str| {
                    text.trim_end().ends_with(['?', '？', '؟']) && text.chars().count() <= TEST_LENGTH
                };
                let (card, front) = cards
                    .filter(|c| c.kind == CardKind::Basic)
                    .filter_map(|c| Some((c, c.front.as_ref()?)))
                    .find(|(_, front)| asks(&front.plain))?;
                Some(json!({
                    "question": press.text(front, Printed::Plain), "code": card.code, "key": key(concept),
                }))
            })
            .collect();
        let wanted = questions.len().min(TEST_QUESTIONS);
        (0..wanted).filter_map(|i| questions.get(i * questions.len() / wanted).cloned()).collect()
    }

    /// The solutions of a chapter's exercises, for the end of the book.
    pub(super) fn answers_data(&self, chapter: &Chapter) -> Vec<Value> {
        let press = self.press;
        let mut answers = Vec::new();
        if self.options.edition != Edition::Full {
            return answers;
        }
        for (i, concept) in press.pack.concepts.iter().enumerate() {
            if press.pack.chapters.get(concept.chapter).map(|c| c.number) != Some(chapter.number)
                || !press.keeps(concept)
            {
                continue;
            }
            let solution = concept
                .parts
                .iter()
                .filter(|p| p.kind == PartKind::Exercise)
                .find_map(|p| p.solution.as_ref());
            if let Some(solution) = solution {
                answers.push(json!({
                    "key": answer_key(concept), "concept": key(concept), "name": concept.name,
                    "number": self.exercises.get(&ConceptNo(i)), "text": press.text(solution, Printed::Linked),
                }));
            }
        }
        answers
    }
}

/// As many lines as the solution takes, written by hand; neither a token few nor a whole page.
fn ruled_lines(solution: &str) -> usize {
    let lines: usize = solution.lines().map(|line| line.chars().count().div_ceil(WRITTEN_LINE)).sum();
    lines.clamp(5, 14)
}

/// Whether the note's own text begins with the brief's words: they are printed once.
fn opens_with_brief(concept: &Concept) -> bool {
    let first = concept.parts.iter().find(|part| !part.body.plain.is_empty());
    first.is_some_and(|part| {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        words(&part.body.plain).starts_with(&words(&concept.brief.plain))
    })
}

#[cfg(test)]
mod tests {
    use super::ruled_lines;

    #[test]
    fn room_for_an_answer_follows_its_length() {
        assert_eq!(ruled_lines("Yes."), 5);
        assert_eq!(ruled_lines(&"x".repeat(WRITTEN * 7)), 7);
        assert_eq!(ruled_lines(&"a line\n".repeat(90)), 14);
    }

    const WRITTEN: usize = super::WRITTEN_LINE;
}
