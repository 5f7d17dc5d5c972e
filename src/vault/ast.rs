//! A note's text as blocks and inlines, every one with its byte range in the file.
//!
//! The tree is Markdown as Obsidian reads it, with what a printed page can show: callouts, wikilinks, embeds,
//! highlights, footnotes and tasks are nodes; comments are gone. It holds no layout.

use std::ops::Range;

/// A block and the bytes it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub kind: BlockKind,
    /// Bytes in the file.
    pub range: Range<usize>,
    /// Obsidian's `^block-id` at its end, without the caret.
    pub id: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum BlockKind {
    /// `level` is 1–6 as written.
    Heading {
        level: u8,
        content: Vec<Inline>,
    },
    Paragraph(Vec<Inline>),
    Quote(Vec<Block>),
    Callout(Callout),
    List(List),
    Code(Code),
    Table(Table),
    /// `---`
    Rule,
    /// A footnote's text, printed where it is referred to.
    FootnoteDef {
        label: String,
        body: Vec<Block>,
    },
    /// `$$…$$` alone in a paragraph: LaTeX source without the dollars.
    Math(String),
    /// Raw HTML, printed as source.
    Html(String),
}

/// Obsidian's callout, `> [!tip]- Title`.
#[derive(Debug, Clone, PartialEq)]
pub struct Callout {
    pub kind: CalloutKind,
    /// The word between `[!` and `]` as written.
    pub word: String,
    pub fold: Fold,
    /// The title as written; `None` where the kind's own word stands.
    pub title: Option<Vec<Inline>>,
    pub body: Vec<Block>,
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum Fold {
    None,
    /// `+`
    Open,
    /// `-`: folded on screen, printed open.
    Closed,
}

/// The thirteen kinds of Obsidian; aliases and unknown words are mapped onto them.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum CalloutKind {
    Note,
    Abstract,
    Info,
    Todo,
    Tip,
    Success,
    Question,
    Warning,
    Failure,
    Danger,
    Bug,
    Example,
    Quote,
}

#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// First number of an ordered list; `None` for bullets.
    pub start: Option<u64>,
    /// No blank lines between items.
    pub tight: bool,
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// `- [ ]` is `Some(' ')`, `- [x]` is `Some('x')`; other marks as written.
    pub task: Option<char>,
    pub body: Vec<Block>,
    pub range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// First word of the info string, lower case; empty without one.
    pub lang: String,
    /// The rest of the info string (`title="…"`, `no-run="…"`, `python=">=3.13"`), as written.
    pub info: String,
    /// The code without the fence, line ends as `\n`, without the last one.
    pub text: String,
    /// Bytes of the code between the fences.
    pub text_range: Range<usize>,
    pub fenced: bool,
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum Align {
    None,
    Left,
    Center,
    Right,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// One for each column.
    pub align: Vec<Align>,
    pub head: Row,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// As many as the table has columns.
    pub cells: Vec<Cell>,
    pub range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    pub content: Vec<Inline>,
    pub range: Range<usize>,
}

/// A run of text or a mark-up around runs, and the bytes it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Inline {
    pub kind: InlineKind,
    pub range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum InlineKind {
    Text(String),
    Code(String),
    Strong(Vec<Inline>),
    Emph(Vec<Inline>),
    Strike(Vec<Inline>),
    /// `==…==`
    Highlight(Vec<Inline>),
    /// `[shown](dest "title")` and autolinks.
    Link {
        dest: String,
        title: String,
        content: Vec<Inline>,
    },
    WikiLink(WikiLink),
    /// `![[…]]`, an image or a note.
    Embed(Embed),
    /// `![alt](dest)`.
    Image {
        dest: String,
        title: String,
        alt: String,
        size: ImageSize,
    },
    FootnoteRef(String),
    /// `$…$`: LaTeX source without the dollars.
    Math(String),
    /// `#tag/nested`, without the hash.
    Tag(String),
    /// Raw HTML, printed as source; `<br>` is a hard break instead.
    Html(String),
    SoftBreak,
    HardBreak,
    /// On a cloze card's front: the words to recall, hidden.
    Gap,
    /// On a cloze card's back: the words that were hidden.
    Answer(Vec<Inline>),
}

/// `[[target#heading|shown]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct WikiLink {
    pub target: LinkTarget,
    /// What stands after the pipe; `None` shows the target.
    pub shown: Option<Vec<Inline>>,
}

/// Where a wikilink or embed points.
#[derive(Debug, Clone, Eq, PartialEq, Hash)]
pub struct LinkTarget {
    /// A path or a basename, without `.md`; empty for `[[#Heading]]` in the same note.
    pub note: String,
    /// After `#`, without a caret.
    pub heading: Option<String>,
    /// After `#^`.
    pub block: Option<String>,
}

/// `![[image.png|300x200]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Embed {
    pub target: LinkTarget,
    /// After the pipe where it is not a size: the alt text.
    pub alt: Option<String>,
    pub size: ImageSize,
}

/// Obsidian's `|300` or `|300x200`, in CSS pixels (1/96 in).
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default)]
pub struct ImageSize {
    pub width: Option<u32>,
    pub height: Option<u32>,
}
