//! What stands on a sheet, before its size is known.

use std::ops::Range;

use serde_json::{Value, json};

use super::super::press::{Press, Printed};
use crate::pack::{Chapter, Cheat, Concept, ConceptNo, PartKind, SectionItem, Text};
use crate::plan::cheatsheet::fit::Kind;
use crate::vault::Part;

/// Heading, chapter's number (which chooses its hue), entries.
#[derive(Clone)]
struct Section<'a> {
    title: String,
    /// As the handbook counts.
    number: String,
    hue: usize,
    concepts: Vec<Item<'a>>,
}

/// What an entry says.
#[derive(Clone)]
struct Item<'a> {
    no: ConceptNo,
    concept: &'a Concept,
    /// The first paragraph of the note's section for cheatsheets: it runs on behind the name.
    lead: Option<Text>,
    /// Its further blocks.
    body: Vec<Text>,
}

impl<'a> Item<'a> {
    fn new(press: &Press<'a>, no: ConceptNo, concept: &'a Concept) -> Self {
        let own = concept.parts.iter().find(|p| p.kind == PartKind::Cheatsheet && !p.body.plain.is_empty());
        let mut body: Vec<Text> = match own.map(|part| (&part.body, &part.body.part)) {
            None => Vec::new(),
            Some((text, Part::Blocks(range))) => {
                range.clone().map(|i| Text { part: Part::Blocks(i..i + 1), ..text.clone() }).collect()
            }
            Some((text, _)) => vec![text.clone()],
        };
        let line = matches!(concept.cheat, Cheat::Line(_));
        let runs_on = !line && body.first().is_some_and(|first| press.is_paragraph(first));
        let lead = runs_on.then(|| body.remove(0));
        Self { no, concept, lead, body }
    }
}

/// One sheet's content.
#[derive(Clone)]
pub struct Draft<'a> {
    pub name: String,
    pub title: String,
    pub promise: String,
    pub hue: usize,
    pub pages: usize,
    sections: Vec<Section<'a>>,
    /// Of the whole pack, with the notes' own sections for cheatsheets.
    long: bool,
    /// Lines stand closer to each other.
    pub tight: bool,
}

/// An entry's places among the sheet's blocks.
#[derive(Debug, Clone)]
pub struct Place {
    pub no: ConceptNo,
    pub blocks: Range<usize>,
    /// Its section's heading.
    pub heading: usize,
}

impl<'a> Draft<'a> {
    pub fn of_chapter(press: &Press<'a>, chapter: &'a Chapter, pages: usize) -> Self {
        let mut seen: Vec<ConceptNo> = Vec::new();
        let mut sections = Vec::new();
        for section in &chapter.sections {
            let mut concepts = Vec::new();
            for item in &section.items {
                let SectionItem::Table(table) = item else { continue };
                for no in &table.rows {
                    let Some(concept) = press.pack.concepts.get(no.0) else { continue };
                    // A concept that stands in two tables has one entry.
                    if press.keeps(concept) && concept.cheat != Cheat::Off && !seen.contains(no) {
                        seen.push(*no);
                        concepts.push(Item::new(press, *no, concept));
                    }
                }
            }
            if !concepts.is_empty() {
                let title = section.title.as_ref().map_or_else(|| chapter.title.clone(), |t| t.plain.clone());
                sections.push(Section {
                    title,
                    number: section.number.clone(),
                    hue: chapter.number,
                    concepts,
                });
            }
        }
        Self {
            name: format!("{:02}-{}", chapter.number, chapter.slug),
            title: chapter.title.clone(),
            promise: chapter.intro.as_ref().map(|t| first_sentence(&t.plain, 96)).unwrap_or_default(),
            hue: chapter.number,
            pages,
            sections,
            long: false,
            tight: false,
        }
    }

    pub fn of_pack(press: &Press<'a>, chapters: &[&'a Chapter], pages: usize) -> Self {
        let sections = chapters.iter().map(|chapter| {
            let own = Self::of_chapter(press, chapter, 1);
            let concepts = own.sections.into_iter().flat_map(|s| s.concepts).collect();
            Section {
                title: chapter.title.clone(),
                number: chapter.number.to_string(),
                hue: chapter.number,
                concepts,
            }
        });
        Self {
            name: "all".into(),
            title: press.pack.title.clone(),
            promise: press.pack.subtitle.clone().unwrap_or_default(),
            hue: 1,
            pages,
            sections: sections.filter(|s| !s.concepts.is_empty()).collect(),
            long: true,
            tight: false,
        }
    }

    pub fn may_be_terse(&self) -> bool {
        self.long
    }

    /// Without the notes' own sections for cheatsheets.
    pub fn terse(mut self) -> Self {
        self.long = false;
        for item in self.sections.iter_mut().flat_map(|s| &mut s.concepts) {
            (item.lead, item.body) = (None, Vec::new());
        }
        self
    }

    /// With lines closer to each other.
    pub fn tight(self) -> Self {
        Self { tight: true, ..self }
    }

    /// All entries in order: every section is its heading's block, then those of its entries.
    pub fn entries(&self) -> Vec<Place> {
        let mut places = Vec::new();
        let mut next = 0;
        for section in &self.sections {
            let heading = next;
            next += 1;
            for item in &section.concepts {
                let count = 1 + item.body.len();
                places.push(Place { no: item.no, blocks: next..next + count, heading });
                next += count;
            }
        }
        places
    }

    /// The blocks of some entries (indices, ascending) with the headings of their sections.
    pub fn blocks_of(&self, kept: &[usize]) -> Vec<usize> {
        let all = self.entries();
        let mut blocks: Vec<usize> = kept
            .iter()
            .filter_map(|i| all.get(*i))
            .flat_map(|place| std::iter::once(place.heading).chain(place.blocks.clone()))
            .collect();
        blocks.sort_unstable();
        blocks.dedup();
        blocks
    }

    /// All blocks as layouts take them.
    pub fn data(&self, press: &Press) -> Vec<Value> {
        let mut blocks = Vec::new();
        for section in &self.sections {
            blocks.push(json!({ "heading": section.title, "number": section.number, "hue": section.hue }));
            for item in &section.concepts {
                blocks.push(entry(press, item, section.hue));
                let parts = item.body.iter().map(|text| press.text(text, Printed::Plain));
                blocks.extend(parts.map(|part| json!({ "part": part, "hue": section.hue })));
            }
        }
        blocks
    }

    /// What each block is, and whether it keeps with the next: an entry of many blocks may go on in another column.
    pub fn kinds(&self) -> Vec<(Kind, bool)> {
        const WHOLE: usize = 2;
        let mut kinds = Vec::new();
        for section in &self.sections {
            kinds.push((Kind::Heading, true));
            for item in &section.concepts {
                let count = item.body.len();
                kinds.push((Kind::Entry, count > 0));
                kinds.extend((1..=count).map(|i| (Kind::Body, count <= WHOLE && i < count)));
            }
        }
        kinds
    }
}

/// A name and what stands beside it: `cheat:`, the first words of the note's section for cheatsheets, else the brief.
fn entry(press: &Press, item: &Item, hue: usize) -> Value {
    let concept = item.concept;
    let line = match &concept.cheat {
        Cheat::Line(line) => Some(line.as_str()),
        _ => None,
    };
    let brief = Some(&concept.brief).filter(|brief| item.body.is_empty() && !brief.plain.is_empty());
    let text = item.lead.as_ref().or(brief).filter(|_| line.is_none());
    let text = text.map(|text| press.text(text, Printed::Plain));
    json!({ "name": concept.name, "line": line, "text": text, "hue": hue })
}

/// The first sentence, cut at a word where it is longer than `most` characters.
pub fn first_sentence(text: &str, most: usize) -> String {
    let end = text.find(". ").map_or(text.len(), |i| i + 1);
    let sentence = text[..end].trim();
    if sentence.chars().count() <= most {
        return sentence.into();
    }
    let cut: String = sentence.chars().take(most).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{} …", cut.trim_end_matches([',', ';', ':', '–', '—']))
}

#[cfg(test)]
mod tests {
    use super::first_sentence;

    #[test]
    fn a_promise_is_one_sentence_at_most() {
        assert_eq!(first_sentence("How Python runs. More of it.", 90), "How Python runs.");
        assert_eq!(first_sentence("A long, long sentence that goes on", 12), "A long …");
    }
}
