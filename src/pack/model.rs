//! What a pack holds: chapters, sections, concepts and cards, numbered, with their addresses in the vault.

use std::ops::Range;

use jiff::civil::Date;

pub use crate::vault::Cheat;
use crate::vault::{FileNo, Part};

/// Index into [`Pack::concepts`].
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, serde::Serialize)]
pub struct ConceptNo(pub usize);

/// Index into [`Pack::cards`].
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, serde::Serialize)]
pub struct CardNo(pub usize);

/// A part of a note: what the native function `note` typesets.
#[derive(Debug, Clone, Eq, PartialEq, Hash)]
pub struct Text {
    pub file: FileNo,
    pub part: Part,
    /// The same text, plain: for sorting, the calendar file, bookmarks and exports.
    pub plain: String,
}

/// A study pack: all that the documents need to know.
#[derive(Debug, Clone)]
pub struct Pack {
    pub title: String,
    pub subtitle: Option<String>,
    pub authors: Vec<String>,
    /// BCP 47.
    pub language: String,
    pub edition: Option<String>,
    pub licence: Option<String>,
    /// The date printed and stored in the PDFs, never the clock's.
    pub date: Date,
    pub chapters: Vec<Chapter>,
    /// In the order of the book.
    pub concepts: Vec<Concept>,
    /// In the order of the book: the order of the deck.
    pub cards: Vec<Card>,
    /// Every resolved wikilink and embed of every note that is printed.
    pub links: Vec<Link>,
    /// Names for the index: term, and the concept it stands for. Sorted for the pack's language.
    pub index: Vec<IndexEntry>,
}

impl Pack {
    /// A concept's number: by its place in the book, which every concept knows.
    pub fn number(&self, concept: &Concept) -> Option<ConceptNo> {
        self.concepts.iter().position(|c| std::ptr::eq(c, concept) || c.id == concept.id).map(ConceptNo)
    }
}

#[derive(Debug, Clone)]
pub struct Chapter {
    /// From 1, in the full pack; a selection keeps it.
    pub number: usize,
    pub file: FileNo,
    /// `code:` of the note, else 1–4 capitals of the title.
    pub prefix: String,
    /// `prefix` was written by the author; otherwise it follows the codes that the chapter's cards already carry.
    pub prefix_given: bool,
    /// Without a leading number (`1. `, `Chapter 1 — `) and stray bold.
    pub title: String,
    /// For file names: lower-case ASCII letters, digits and `-`.
    pub slug: String,
    /// What stands between the chapter's heading and its first section or table.
    pub intro: Option<Text>,
    /// The section known as `objectives`: what the reader will be able to do.
    pub objectives: Option<Text>,
    /// In order; the first has no heading where tables stand right under the chapter's.
    pub sections: Vec<Section>,
    /// The section known as `review` (the 50-word review), if the chapter has one.
    pub review: Option<Text>,
}

#[derive(Debug, Clone)]
pub struct Section {
    /// `1.2`; empty for the nameless first section.
    pub number: String,
    pub title: Option<Text>,
    /// In the order of the note.
    pub items: Vec<SectionItem>,
}

#[derive(Debug, Clone)]
pub enum SectionItem {
    /// Blocks to print as they stand.
    Prose(Text),
    /// A concept table.
    Table(ConceptTable),
}

#[derive(Debug, Clone)]
pub struct ConceptTable {
    pub file: FileNo,
    /// Which top-level block of the note.
    pub block: usize,
    /// The header cells.
    pub head: Vec<Text>,
    /// One for each row, in order; cells are `Part::Cell { block, row: i + 1, column }`. A concept that stands in a second
    /// row (reported as a finding) is named there again; its own row is the one where its `brief` lies.
    pub rows: Vec<ConceptNo>,
}

#[derive(Debug, Clone)]
pub struct Concept {
    /// Stable: from the note's (or the row's) name, `id:` overrides; unique in the pack.
    pub id: String,
    /// The name that is printed.
    pub name: String,
    /// `⭐ NEW` and the like, from the row.
    pub badge: Option<String>,
    /// Other names, from front matter, the row's alias and renamed duplicates.
    pub aliases: Vec<String>,
    pub tags: Vec<String>,
    /// 1 (first) to 3 or more; 2 without one.
    pub priority: u8,
    /// What its entry on a cheatsheet says.
    pub cheat: Cheat,
    /// The version that brought it, as written.
    pub since: Option<String>,
    pub verified: Option<Date>,
    /// What the note names as its sources.
    pub sources: Vec<String>,
    /// `1.2.3`, or `1.3` in a chapter without sections.
    pub number: String,
    /// Index into [`Pack::chapters`], and into that chapter's sections.
    pub chapter: usize,
    pub section: usize,
    /// The row's brief; empty text where the table has one column.
    pub brief: Text,
    /// Further cells of the row: header and text.
    pub extra: Vec<(Text, Text)>,
    /// The concept's own note.
    pub note: Option<FileNo>,
    /// The note's sections in order, `## Cards` left out.
    pub parts: Vec<ConceptPart>,
    /// Concepts named under `## See also`, else linked from the note; in order, without itself.
    pub see_also: Vec<ConceptNo>,
    /// Concepts whose notes or briefs link here, in book order.
    pub mentioned_by: Vec<ConceptNo>,
    pub cards: Vec<CardNo>,
}

#[derive(Debug, Clone)]
pub struct ConceptPart {
    pub kind: PartKind,
    /// The heading as written; `None` for text before the first heading.
    pub heading: Option<Text>,
    /// May be empty.
    pub body: Text,
    /// `### Solution` inside an exercise.
    pub solution: Option<Text>,
}

/// The known sections of a concept note.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartKind {
    /// Text before the first heading.
    Lead,
    Explanation,
    Example,
    Exercise,
    Interview,
    MemoryAnchor,
    SeeAlso,
    Cheatsheet,
    Quiz,
    Sources,
    /// Any other heading: printed in its place.
    Other,
}

/// How a card asks.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardKind {
    /// From a table row: name → brief.
    Row,
    /// `front :: back`
    Basic,
    /// `front ::: back`, forwards
    Forward,
    /// `front ::: back`, backwards
    Backward,
    /// `?`
    Multi,
    /// `??`, forwards
    MultiForward,
    /// `??`, backwards
    MultiBackward,
    Cloze,
}

#[derive(Debug, Clone)]
pub struct Card {
    /// `FN-042`.
    pub code: String,
    /// Stable identity, kept in `recto.lock`.
    pub id: String,
    pub concept: ConceptNo,
    pub kind: CardKind,
    /// `None` on a row card: its front is the concept's name.
    pub front: Option<Text>,
    pub back: Text,
    /// Bytes of the whole card in its file, for errors.
    pub range: Range<usize>,
}

/// A wikilink that was followed.
#[derive(Debug, Clone)]
pub struct Link {
    pub from: FileNo,
    /// As written between `[[` and `]]`, without the alias.
    pub written: String,
    pub to: Target,
    /// Bytes of the first link of this text in the note.
    pub range: Option<Range<usize>>,
}

/// What a wikilink leads to.
#[derive(Debug, Clone, Eq, PartialEq, Hash)]
pub enum Target {
    Concept(ConceptNo),
    Chapter(usize),
    /// Index of chapter and section.
    Section(usize, usize),
    /// A file of the vault that is not printed as an entry of its own (an image, a loose note).
    File(FileNo),
    /// Nothing has this name; a finding says so.
    Missing,
}

#[derive(Debug, Clone)]
pub struct IndexEntry {
    pub term: String,
    /// The concept's own name, or one of its aliases, or a tag.
    pub kind: IndexKind,
    pub concepts: Vec<ConceptNo>,
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexKind {
    Name,
    Alias,
    Tag,
}
