//! A note of the vault as the build reads it.

use crate::pack::Text;
use crate::vault::ast::{Block, BlockKind};
use crate::vault::{FileNo, Parsed, Part, Place, blocks_text, plain_text};

/// A note: where it is, what it says.
#[derive(Debug, Copy, Clone)]
pub(crate) struct Note<'a> {
    pub file: FileNo,
    /// From the vault's root, with `/`.
    pub path: &'a str,
    pub source: &'a str,
    pub parsed: &'a Parsed,
}

impl<'a> Note<'a> {
    pub fn blocks(&self) -> &'a [Block] {
        &self.parsed.blocks
    }

    /// The file's name without folder and `.md`.
    pub fn stem(&self) -> &'a str {
        let name = self.path.rsplit('/').next().unwrap_or(self.path);
        name.strip_suffix(".md").unwrap_or(name)
    }

    /// The part at an address; its plain text is empty where the note has no such part, or where it is a card's side
    /// (see `text_as`).
    pub fn text(&self, part: Part) -> Text {
        let plain = match &part {
            Part::Blocks(range) => blocks_text(self.blocks().get(range.clone()).unwrap_or_default()),
            Part::Heading(block) => match self.blocks().get(*block).map(|b| &b.kind) {
                Some(BlockKind::Heading { content, .. }) => plain_text(content),
                _ => String::new(),
            },
            Part::Cell { block, row, column } => match self.blocks().get(*block).map(|b| &b.kind) {
                Some(BlockKind::Table(table)) => {
                    let row = row.checked_sub(1).map_or(Some(&table.head), |row| table.rows.get(row));
                    row.and_then(|r| r.cells.get(*column))
                        .map_or_else(String::new, |c| plain_text(&c.content))
                }
                _ => String::new(),
            },
            Part::Card { .. } => String::new(),
        };
        self.text_as(part, plain)
    }

    pub fn text_as(&self, part: Part, plain: String) -> Text {
        Text { file: self.file, part, plain: plain.trim().to_owned() }
    }

    pub fn place(&self, range: std::ops::Range<usize>) -> Option<Place> {
        Some(Place { file: self.file, range })
    }
}
