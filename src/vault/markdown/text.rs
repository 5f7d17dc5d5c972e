//! The plain text of blocks and inlines: for sorting, bookmarks, exports and fingerprints.

use crate::vault::ast::{Block, BlockKind, Inline, InlineKind, LinkTarget, Row};

/// What a reader sees of inlines, without mark-up; breaks become spaces, a gap becomes `[…]`.
///
/// Pictures and embeds give their alt text, footnote marks and raw HTML nothing.
pub fn plain_text(inlines: &[Inline]) -> String {
    let mut out = String::new();
    push_inlines(&mut out, inlines);
    out
}

/// What a reader sees of blocks, one line each for a paragraph, heading, item or table row.
///
/// Cells are parted by ` | `; footnotes' texts are left out.
pub fn blocks_text(blocks: &[Block]) -> String {
    let mut out = String::new();
    push_blocks(&mut out, blocks);
    out.truncate(out.trim_end().len());
    out
}

fn push_inlines(out: &mut String, inlines: &[Inline]) {
    for inline in inlines {
        match &inline.kind {
            InlineKind::Text(text) | InlineKind::Code(text) => out.push_str(text),
            InlineKind::Math(source) => out.push_str(&crate::vault::math::plain(source)),
            InlineKind::Strong(content)
            | InlineKind::Emph(content)
            | InlineKind::Strike(content)
            | InlineKind::Highlight(content)
            | InlineKind::Answer(content)
            | InlineKind::Link { content, .. } => push_inlines(out, content),
            InlineKind::WikiLink(link) => match &link.shown {
                Some(shown) => push_inlines(out, shown),
                None => out.push_str(&shown_target(&link.target)),
            },
            InlineKind::Embed(embed) => out.push_str(embed.alt.as_deref().unwrap_or_default()),
            InlineKind::Image { alt, .. } => out.push_str(alt),
            InlineKind::Tag(tag) => {
                out.push('#');
                out.push_str(tag);
            }
            InlineKind::SoftBreak | InlineKind::HardBreak => out.push(' '),
            InlineKind::Gap => out.push_str("[…]"),
            InlineKind::FootnoteRef(_) | InlineKind::Html(_) => {}
        }
    }
}

/// What Obsidian shows for a wikilink without a pipe: `Note > Heading`.
pub fn shown_target(target: &LinkTarget) -> String {
    let name = target.note.as_str();
    let inner = target.heading.clone().or_else(|| target.block.as_ref().map(|id| format!("^{id}")));
    match inner {
        Some(inner) if name.is_empty() => inner.replace('#', " > "),
        Some(inner) => format!("{name} > {}", inner.replace('#', " > ")),
        None => name.to_owned(),
    }
}

fn push_blocks(out: &mut String, blocks: &[Block]) {
    for block in blocks {
        match &block.kind {
            BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => {
                push_inlines(out, content);
                out.push('\n');
            }
            BlockKind::Quote(body) => push_blocks(out, body),
            BlockKind::Callout(callout) => {
                if let Some(title) = &callout.title {
                    push_inlines(out, title);
                    out.push('\n');
                }
                push_blocks(out, &callout.body);
            }
            BlockKind::List(list) => list.items.iter().for_each(|item| push_blocks(out, &item.body)),
            BlockKind::Code(code) => {
                out.push_str(&code.text);
                out.push('\n');
            }
            BlockKind::Table(table) => {
                push_row(out, &table.head);
                table.rows.iter().for_each(|row| push_row(out, row));
            }
            BlockKind::Math(source) => {
                out.push_str(&crate::vault::math::plain(source));
                out.push('\n');
            }
            BlockKind::Rule | BlockKind::Html(_) | BlockKind::FootnoteDef { .. } => {}
        }
    }
}

fn push_row(out: &mut String, row: &Row) {
    for (i, cell) in row.cells.iter().enumerate() {
        if i > 0 {
            out.push_str(" | ");
        }
        push_inlines(out, &cell.content);
    }
    out.push('\n');
}

/// All `#tags` in blocks, in order, with repetitions.
pub fn inline_tags(blocks: &[Block]) -> Vec<&str> {
    let mut tags = Vec::new();
    tags_of_blocks(blocks, &mut tags);
    tags
}

fn tags_of_blocks<'b>(blocks: &'b [Block], tags: &mut Vec<&'b str>) {
    for block in blocks {
        match &block.kind {
            BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => tags_of(content, tags),
            BlockKind::Quote(body) | BlockKind::FootnoteDef { body, .. } => tags_of_blocks(body, tags),
            BlockKind::Callout(callout) => {
                tags_of(callout.title.as_deref().unwrap_or_default(), tags);
                tags_of_blocks(&callout.body, tags);
            }
            BlockKind::List(list) => list.items.iter().for_each(|item| tags_of_blocks(&item.body, tags)),
            BlockKind::Table(table) => {
                let rows = std::iter::once(&table.head).chain(&table.rows);
                rows.flat_map(|row| &row.cells).for_each(|cell| tags_of(&cell.content, tags));
            }
            BlockKind::Code(_) | BlockKind::Rule | BlockKind::Math(_) | BlockKind::Html(_) => {}
        }
    }
}

fn tags_of<'b>(inlines: &'b [Inline], tags: &mut Vec<&'b str>) {
    for inline in inlines {
        match &inline.kind {
            InlineKind::Tag(tag) => tags.push(tag),
            InlineKind::Strong(content)
            | InlineKind::Emph(content)
            | InlineKind::Strike(content)
            | InlineKind::Highlight(content) => tags_of(content, tags),
            _ => {}
        }
    }
}
