//! The links, embeds and pictures in a note, in order, each with the place it was written at.

use std::ops::Range;

use crate::vault::ast::{Block, BlockKind, Embed, Inline, InlineKind, LinkTarget};

/// One link, embed or picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ref<'a> {
    pub kind: RefKind<'a>,
    pub range: Range<usize>,
    /// In a table, where a pipe must be escaped.
    pub in_table: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RefKind<'a> {
    Link {
        target: &'a LinkTarget,
        aliased: bool,
    },
    Embed(&'a Embed),
    /// `![alt](dest)`
    Image {
        dest: &'a str,
        alt: &'a str,
    },
}

/// All references in blocks, depth first.
pub(crate) fn refs_in_blocks(blocks: &[Block]) -> Vec<Ref<'_>> {
    let mut out = Collector { refs: Vec::new(), in_table: false };
    out.blocks(blocks);
    out.refs
}

/// All references in a cell or heading.
pub(crate) fn refs_in_inlines(inlines: &[Inline], in_table: bool) -> Vec<Ref<'_>> {
    let mut out = Collector { refs: Vec::new(), in_table };
    out.inlines(inlines);
    out.refs
}

/// What stands between `[[` and `]]`, without the alias.
pub fn written(target: &LinkTarget) -> String {
    let mut text = target.note.clone();
    if let Some(heading) = &target.heading {
        text.push('#');
        text.push_str(heading);
    }
    if let Some(block) = &target.block {
        text.push_str("#^");
        text.push_str(block);
    }
    text
}

struct Collector<'a> {
    refs: Vec<Ref<'a>>,
    in_table: bool,
}

// The depth of blocks and inlines is bounded by the parser (`vault::markdown::MAX_QUOTES` and its like).
impl<'a> Collector<'a> {
    fn blocks(&mut self, blocks: &'a [Block]) {
        for block in blocks {
            match &block.kind {
                BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => self.inlines(content),
                BlockKind::Quote(body) | BlockKind::FootnoteDef { body, .. } => self.blocks(body),
                BlockKind::Callout(callout) => {
                    if let Some(title) = &callout.title {
                        self.inlines(title);
                    }
                    self.blocks(&callout.body);
                }
                BlockKind::List(list) => list.items.iter().for_each(|item| self.blocks(&item.body)),
                BlockKind::Table(table) => {
                    let outside = std::mem::replace(&mut self.in_table, true);
                    for row in std::iter::once(&table.head).chain(&table.rows) {
                        row.cells.iter().for_each(|cell| self.inlines(&cell.content));
                    }
                    self.in_table = outside;
                }
                BlockKind::Code(_) | BlockKind::Rule | BlockKind::Math(_) | BlockKind::Html(_) => {}
            }
        }
    }

    fn inlines(&mut self, inlines: &'a [Inline]) {
        for inline in inlines {
            let kind = match &inline.kind {
                InlineKind::WikiLink(link) => {
                    RefKind::Link { target: &link.target, aliased: link.shown.is_some() }
                }
                InlineKind::Embed(embed) => RefKind::Embed(embed),
                InlineKind::Image { dest, alt, .. } => RefKind::Image { dest, alt },
                InlineKind::Strong(inner)
                | InlineKind::Emph(inner)
                | InlineKind::Strike(inner)
                | InlineKind::Highlight(inner)
                | InlineKind::Answer(inner)
                | InlineKind::Link { content: inner, .. } => {
                    self.inlines(inner);
                    continue;
                }
                _ => continue,
            };
            self.refs.push(Ref { kind, range: inline.range.clone(), in_table: self.in_table });
        }
    }
}

/// Whether a path's extension is one of a picture that can be printed.
pub(crate) fn is_image(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, e)| e).to_ascii_lowercase();
    matches!(extension.as_str(), "png" | "jpg" | "jpeg" | "gif" | "webp" | "svg")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::parse;

    #[test]
    fn wherever_they_stand() {
        let note = "# [[A]]\n\n> [!tip] [[B|b]]\n> - **[[C#D]]**\n\n|x|\n|---|\n|[[E\\|e]] ![[p.png]]|\n\n`[[no]]` ![alt](q.png)[^1]\n\n[^1]: [[F#^g]]\n";
        let parsed = parse(note);
        let seen: Vec<(String, bool)> = refs_in_blocks(&parsed.blocks)
            .into_iter()
            .map(|r| {
                let text = match r.kind {
                    RefKind::Link { target, aliased } => {
                        format!("{}{}", written(target), if aliased { "|" } else { "" })
                    }
                    RefKind::Embed(embed) => format!("!{}", written(&embed.target)),
                    RefKind::Image { dest, alt } => format!("{alt}:{dest}"),
                };
                assert!(note.get(r.range).is_some_and(|t| t.contains('[')));
                (text, r.in_table)
            })
            .collect();
        let expected = [
            ("A", false),
            ("B|", false),
            ("C#D", false),
            ("E|", true),
            ("!p.png", true),
            ("alt:q.png", false),
            ("F#^g", false),
        ];
        assert_eq!(seen, expected.map(|(t, b)| (t.to_owned(), b)));
    }
}
