//! What notes use beyond plain text, and which of it a format cannot hold.

use std::ops::Range;

use super::{Kind, Source};
use crate::pack::SectionItem;
use crate::vault::ast::{Block, BlockKind, Inline, InlineKind};
use crate::vault::{FileNo, Place, Selection};

/// Something that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// What became of it, as a sentence without a full stop; the same for all places of one kind.
    pub what: String,
    /// Where it stands.
    pub place: Option<Place>,
}

impl Loss {
    pub fn new(what: impl Into<String>, place: Option<Place>) -> Self {
        Self { what: what.into(), place }
    }
}

/// A thing that a format may be unable to hold.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feature {
    /// Bold, italic, struck.
    Emphasis,
    Highlight,
    /// To a note of the pack.
    NoteLink,
    WebLink,
    Picture,
    /// A Mermaid block.
    Diagram,
    Code,
    InlineCode,
    Table,
    Math,
    List,
    Task,
    Quote,
    Callout,
    /// A callout that is folded on screen.
    Fold,
    Footnote,
    /// `![[Note]]`
    NoteEmbed,
    Html,
    /// A heading below the third level.
    DeepHeading,
    Tag,
}

/// All features of a part, in the order of the text.
pub fn features(selection: &Selection) -> Vec<(Feature, Range<usize>)> {
    let mut out = Vec::new();
    match selection {
        Selection::Blocks(blocks) => walk_blocks(blocks, &mut out),
        Selection::Inlines(inlines) => walk_inlines(inlines, &mut out),
    }
    out
}

// The parser bounds the depth of blocks and inlines.
fn walk_blocks(blocks: &[Block], out: &mut Vec<(Feature, Range<usize>)>) {
    for block in blocks {
        let mut push = |feature| out.push((feature, block.range.clone()));
        match &block.kind {
            BlockKind::Heading { level, content } => {
                if *level > 3 {
                    push(Feature::DeepHeading);
                }
                walk_inlines(content, out);
            }
            BlockKind::Paragraph(content) => walk_inlines(content, out),
            BlockKind::Quote(body) => {
                push(Feature::Quote);
                walk_blocks(body, out);
            }
            BlockKind::Callout(callout) => {
                push(Feature::Callout);
                if callout.fold != crate::vault::ast::Fold::None {
                    push(Feature::Fold);
                }
                walk_inlines(callout.title.as_deref().unwrap_or_default(), out);
                walk_blocks(&callout.body, out);
            }
            BlockKind::List(list) => {
                push(Feature::List);
                for item in &list.items {
                    if item.task.is_some() {
                        out.push((Feature::Task, item.range.clone()));
                    }
                    walk_blocks(&item.body, out);
                }
            }
            BlockKind::Code(code) if code.lang == "mermaid" => push(Feature::Diagram),
            BlockKind::Code(_) => push(Feature::Code),
            BlockKind::Table(table) => {
                push(Feature::Table);
                let rows = std::iter::once(&table.head).chain(&table.rows);
                rows.flat_map(|row| &row.cells).for_each(|cell| walk_inlines(&cell.content, out));
            }
            BlockKind::Math(_) => push(Feature::Math),
            BlockKind::Html(_) => push(Feature::Html),
            BlockKind::Rule | BlockKind::FootnoteDef { .. } => {}
        }
    }
}

fn walk_inlines(inlines: &[Inline], out: &mut Vec<(Feature, Range<usize>)>) {
    for inline in inlines {
        let mut push = |feature| out.push((feature, inline.range.clone()));
        match &inline.kind {
            InlineKind::Strong(body) | InlineKind::Emph(body) | InlineKind::Strike(body) => {
                push(Feature::Emphasis);
                walk_inlines(body, out);
            }
            InlineKind::Highlight(body) => {
                push(Feature::Highlight);
                walk_inlines(body, out);
            }
            InlineKind::Link { dest, content, .. } => {
                push(if super::source::on_the_web(dest) { Feature::WebLink } else { Feature::NoteLink });
                walk_inlines(content, out);
            }
            InlineKind::WikiLink(_) => push(Feature::NoteLink),
            InlineKind::Embed(embed) => {
                let picture = crate::typeset::pictures::is_picture(&embed.target.note);
                push(if picture { Feature::Picture } else { Feature::NoteEmbed });
            }
            InlineKind::Image { .. } => push(Feature::Picture),
            InlineKind::Code(_) => push(Feature::InlineCode),
            InlineKind::Math(_) => push(Feature::Math),
            InlineKind::FootnoteRef(_) => push(Feature::Footnote),
            InlineKind::Html(_) => push(Feature::Html),
            InlineKind::Tag(_) => push(Feature::Tag),
            InlineKind::Answer(body) => walk_inlines(body, out),
            InlineKind::Text(_) | InlineKind::SoftBreak | InlineKind::HardBreak | InlineKind::Gap => {}
        }
    }
}

/// Which texts an export writes in a form that cannot hold everything.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Reach {
    Nothing,
    Cards,
    /// Briefs, further cells and cards.
    Rows,
    /// Sections of notes too.
    All,
}

/// What becomes of a feature, where it does not arrive as it is.
fn lost(kind: Kind, feature: Feature) -> Option<&'static str> {
    match kind {
        Kind::Json | Kind::Mermaid | Kind::Obsidian => None,
        Kind::Anki | Kind::AnkiText => match feature {
            Feature::NoteLink => Some("a link to a note became its text"),
            Feature::NoteEmbed => Some("an embedded note became its name"),
            Feature::Fold => Some("a folded callout stands open"),
            _ => None,
        },
        Kind::Notion => match feature {
            Feature::Highlight => Some("a highlight became plain text: Markdown for Notion has none"),
            Feature::Fold => Some("a folded callout stands open"),
            Feature::Footnote => Some("a footnote stands at the end of its section"),
            Feature::NoteEmbed => Some("an embedded note became a link"),
            Feature::DeepHeading => Some("a heading below the third level became one of the third"),
            Feature::Html => Some("raw HTML stands as its source"),
            _ => None,
        },
        Kind::Mochi => match feature {
            Feature::NoteLink => Some("a link to a note became its text"),
            Feature::NoteEmbed => Some("an embedded note became its name"),
            Feature::Highlight => Some("a highlight became plain text"),
            Feature::Callout => Some("a callout became a quote"),
            Feature::Diagram => Some("a diagram became its source"),
            Feature::Footnote => Some("a footnote stands at the end of its side"),
            Feature::Html => Some("raw HTML stands as its source"),
            _ => None,
        },
        Kind::Csv | Kind::Opml | Kind::Quizlet => plain(feature),
    }
}

/// What plain text makes of a feature.
fn plain(feature: Feature) -> Option<&'static str> {
    Some(match feature {
        Feature::Emphasis | Feature::Highlight => "bold, italics and highlights became plain text",
        Feature::InlineCode | Feature::Tag => return None,
        Feature::NoteLink => "a link to a note became its text",
        Feature::WebLink => "a link to the web became its text, without the address",
        Feature::Picture => "a picture was left out; its alternative text stands there",
        Feature::Diagram => "a diagram became its source",
        Feature::Code => "a code block became lines without a frame and colours",
        Feature::Table => "a table became lines with cells parted by |",
        Feature::Math => "a formula became its LaTeX source",
        Feature::List | Feature::Task => "a list became lines without bullets",
        Feature::Quote | Feature::Callout | Feature::Fold => "a quote or callout became plain paragraphs",
        Feature::Footnote => "a footnote was left out",
        Feature::NoteEmbed => "an embedded note became its name",
        Feature::Html => "raw HTML was left out",
        Feature::DeepHeading => return None,
    })
}

fn reach(kind: Kind) -> Reach {
    match kind {
        Kind::Csv => Reach::Rows,
        Kind::Opml | Kind::Notion => Reach::All,
        Kind::Quizlet | Kind::Mochi | Kind::Anki | Kind::AnkiText => Reach::Cards,
        Kind::Json | Kind::Mermaid | Kind::Obsidian => Reach::Nothing,
    }
}

/// All that an export cannot hold, in the order of the book, each place once.
pub fn losses(kind: Kind, source: &Source<'_>) -> Vec<Loss> {
    let reach = reach(kind);
    let mut seen = std::collections::BTreeSet::new();
    let mut losses = Vec::new();
    let mut look = |file: FileNo, selection: &Selection| {
        for (feature, range) in features(selection) {
            let Some(what) = lost(kind, feature) else { continue };
            if seen.insert((file, range.start, range.end, what)) {
                losses.push(Loss::new(what, Some(Place { file, range })));
            }
        }
    };
    if reach == Reach::Nothing {
        return losses;
    }
    let mut losses_of_chapters = Vec::new();
    let chapters = source.chapters().flat_map(|(_, chapter)| {
        let items = chapter.sections.iter().flat_map(|s| &s.items).filter_map(|item| match item {
            SectionItem::Prose(text) => Some(text),
            SectionItem::Table(_) => None,
        });
        chapter.intro.iter().chain(items).chain(&chapter.review)
    });
    if reach == Reach::All {
        chapters.for_each(|text| look(text.file, &source.select(text)));
    } else if reach == Reach::Rows {
        for text in chapters {
            let start = match source.select(text) {
                Selection::Blocks(blocks) => blocks.first().map_or(0, |b| b.range.start),
                Selection::Inlines(inlines) => inlines.first().map_or(0, |i| i.range.start),
            };
            losses_of_chapters.push(Loss::new(
                "text of a chapter was left out: the tables hold concepts and cards",
                Some(Place { file: text.file, range: start..start }),
            ));
        }
    }
    for (_, concept) in source.concepts() {
        let parts = match reach {
            Reach::All => usize::MAX,
            Reach::Rows => 1 + concept.extra.len(),
            Reach::Cards | Reach::Nothing => 0,
        };
        source.texts(concept).take(parts).for_each(|text| look(text.file, &source.select(text)));
        for card in concept.cards.iter().filter_map(|no| source.pack.cards.get(no.0)) {
            let sides = card.front.iter().chain([&card.back]);
            sides.for_each(|text| look(text.file, &source.select(text)));
        }
    }
    if reach == Reach::Cards {
        losses.push(Loss::new(
            "what is no card (chapters' text, sections of notes) is no part of a deck",
            None,
        ));
    }
    losses.append(&mut losses_of_chapters);
    losses
}
