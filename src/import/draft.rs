//! What a document holds, whatever its format: chapters, sections, rows.

/// Where something was read.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Default)]
pub struct Origin {
    /// Index of the source.
    pub source: usize,
    /// Counted from 1.
    pub line: usize,
}

/// One document, read.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The document's own title.
    pub title: Option<String>,
    pub chapters: Vec<Chapter>,
    /// Notes of a vault that stay as they are: path and text.
    pub notes: Vec<WholeNote>,
    pub aside: Vec<Aside>,
}

/// A note that is kept in one piece.
#[derive(Debug, Clone)]
pub struct WholeNote {
    pub path: String,
    pub text: String,
    pub origin: Origin,
}

/// Text that is no content, and why it was taken for that.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct Aside {
    pub origin: Origin,
    pub reason: Reason,
    pub text: String,
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Before the first chapter.
    Before,
    /// After the last, from a line on that talks to the reader.
    After,
    /// Between content: a line that talks to the reader.
    Chat,
    /// Properties of a document that becomes several notes.
    FrontMatter,
    /// A document without concepts.
    NoConcepts,
    /// `(15–25 words)` in a header cell.
    Instruction,
    /// A heading above the chapters.
    Above,
    /// What a text export cannot bring: sounds, pictures, empty rows.
    Unusable,
}

impl Reason {
    pub fn words(self) -> &'static str {
        match self {
            Self::Before => "before the first chapter",
            Self::After => "after the last concept, talks to the reader",
            Self::Chat => "talks to the reader",
            Self::FrontMatter => "properties of a document that becomes several notes",
            Self::NoConcepts => "a document without concepts",
            Self::Instruction => "an instruction in a table's header",
            Self::Above => "a heading above the chapters",
            Self::Unusable => "cannot be imported",
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Chapter {
    pub title: String,
    /// Where it was read, several after a merge.
    pub origins: Vec<Origin>,
    /// Paragraphs in Markdown.
    pub intro: Vec<String>,
    pub sections: Vec<Section>,
    /// Heading and text of its review.
    pub review: Option<(String, String)>,
    /// Card paragraphs for `## Cards`.
    pub cards: Vec<String>,
    /// The path of the user's own note that holds it already: it is not written, and gives way to nothing.
    pub kept: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Section {
    /// `None` before the first heading.
    pub title: Option<String>,
    pub items: Vec<Item>,
}

#[derive(Debug, Clone)]
pub enum Item {
    /// Markdown.
    Prose(String),
    Table(Table),
}

#[derive(Debug, Clone)]
pub struct Table {
    /// Markdown, one for each column.
    pub head: Vec<String>,
    pub rows: Vec<Row>,
}

/// A concept.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Plain, without its badge.
    pub name: String,
    /// The first cell in Markdown.
    pub cell: String,
    /// The file its link leads to, without folder and `.md`.
    pub link: Option<String>,
    /// The other cells in Markdown.
    pub cells: Vec<String>,
    /// The second cell, plain.
    pub brief: String,
    pub origin: Origin,
    pub more: More,
}

/// What goes into a concept's own note.
#[derive(Debug, Clone, Default, Eq, PartialEq)]
pub struct More {
    pub aliases: Vec<String>,
    pub tags: Vec<String>,
    /// Heading and Markdown.
    pub sections: Vec<(String, String)>,
}

impl More {
    pub fn is_empty(&self) -> bool {
        self.aliases.is_empty() && self.tags.is_empty() && self.sections.is_empty()
    }

    /// Adds a text under a heading, below what is there.
    pub fn add(&mut self, heading: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        match self.sections.iter_mut().find(|(own, _)| own == heading) {
            // As paragraphs: a word's end is another word.
            Some((_, own)) if format!("\n\n{own}\n\n").contains(&format!("\n\n{text}\n\n")) => {}
            Some((_, own)) => {
                own.push_str("\n\n");
                own.push_str(text);
            }
            None => self.sections.push((heading.to_owned(), text.to_owned())),
        }
    }
}

impl Chapter {
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.sections.iter().flat_map(|s| &s.items).filter_map(Item::table).flat_map(|t| &t.rows)
    }

    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.sections
            .iter_mut()
            .flat_map(|s| &mut s.items)
            .filter_map(Item::table_mut)
            .flat_map(|t| &mut t.rows)
    }
}

impl Item {
    pub fn table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Prose(_) => None,
        }
    }

    pub fn table_mut(&mut self) -> Option<&mut Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Prose(_) => None,
        }
    }
}
