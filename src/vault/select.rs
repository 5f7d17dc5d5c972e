//! From the address of a part of a note to its blocks or inlines.

use super::ast::{Block, BlockKind, Inline};
use super::cards;
use super::markdown::Parsed;
use super::part::{Part, Side};

/// A part of a note.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection {
    Blocks(Vec<Block>),
    /// A heading's text or a table's cell.
    Inlines(Vec<Inline>),
}

/// The part at an address; `None` where the note has no such part.
///
/// It depends on nothing but the note's text and the address. `source` is the text `parsed` was read from.
pub fn select(parsed: &Parsed, source: &str, part: &Part) -> Option<Selection> {
    match part {
        Part::Blocks(range) => Some(Selection::Blocks(parsed.blocks.get(range.clone())?.to_vec())),
        Part::Heading(block) => match &parsed.blocks.get(*block)?.kind {
            BlockKind::Heading { content, .. } => Some(Selection::Inlines(content.clone())),
            _ => None,
        },
        Part::Cell { block, row, column } => {
            let BlockKind::Table(table) = &parsed.blocks.get(*block)?.kind else { return None };
            let row = match row.checked_sub(1) {
                None => &table.head,
                Some(row) => table.rows.get(row)?,
            };
            Some(Selection::Inlines(row.cells.get(*column)?.content.clone()))
        }
        Part::Card { blocks, index, side } => {
            let extracted = cards::extract(parsed.blocks.get(blocks.clone())?, source);
            let card = extracted.cards.into_iter().nth(*index)?;
            Some(Selection::Blocks(match side {
                Side::Front => card.front,
                Side::Back => card.back,
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{blocks_text, parse, plain_text};

    fn text(source: &str, part: &str) -> Option<String> {
        let parsed = parse(source);
        Some(match select(&parsed, source, &part.parse().ok()?)? {
            Selection::Blocks(blocks) => blocks_text(&blocks),
            Selection::Inlines(inlines) => plain_text(&inlines),
        })
    }

    #[test]
    fn every_kind_of_part() {
        let note = "# Head *one*\n\nText.\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n## Cards\n\nq :: a\nr :: b\n";
        assert_eq!(text(note, "h0").as_deref(), Some("Head one"));
        assert_eq!(text(note, "b1-2").as_deref(), Some("Text."));
        assert_eq!(text(note, "b1-1").as_deref(), Some(""));
        assert_eq!(text(note, "t2.0.1").as_deref(), Some("B"));
        assert_eq!(text(note, "t2.1.0").as_deref(), Some("1"));
        assert_eq!(text(note, "k4-5.1f").as_deref(), Some("r"));
        assert_eq!(text(note, "k4-5.1k").as_deref(), Some("b"));
        for missing in ["h1", "b4-9", "t2.2.0", "t2.0.2", "t1.0.0", "k4-5.2f", "k4-9.0f"] {
            assert_eq!(text(note, missing), None, "{missing}");
        }
    }
}
