//! Splitting a side of a card into pieces, where it does not fit one card even at the smallest type.
//!
//! Cuts fall between blocks and list items where they can, else between words, in scripts without spaces between their
//! characters; a code block is cut between lines. Nothing is lost and nothing repeated.

use super::ast::{Block, BlockKind, Code, Inline, InlineKind, Item, List};
use super::select::Selection;

/// Piece `index` of `count` of a selection, by weight of text as even as the cuts allow. A piece may be empty.
pub fn piece(selection: &Selection, index: usize, count: usize) -> Selection {
    let atoms: Vec<Block> = match selection {
        Selection::Inlines(inlines) => {
            let range =
                inlines.first().map_or(0, |i| i.range.start)..inlines.last().map_or(0, |i| i.range.end);
            atoms(&Block { kind: BlockKind::Paragraph(inlines.clone()), range, id: None })
        }
        Selection::Blocks(blocks) => blocks.iter().flat_map(atoms).collect(),
    };
    let weights: Vec<usize> = atoms.iter().map(weight).collect();
    let total: usize = weights.iter().sum();
    let count = count.max(1);
    // An atom belongs to the piece in which its middle falls.
    let mut before = 0;
    let mut kept = Vec::new();
    for (atom, weight) in atoms.into_iter().zip(weights) {
        let middle = before + weight / 2;
        before += weight;
        if (middle * count).checked_div(total).unwrap_or(0).min(count - 1) == index {
            kept.push(atom);
        }
    }
    Selection::Blocks(join(kept))
}

/// What a reader has to read, in characters; pictures and the like count as a few lines.
fn weight(block: &Block) -> usize {
    super::markdown::blocks_text(std::slice::from_ref(block)).chars().count().max(8)
}

/// The smallest blocks that a block may be cut into.
fn atoms(block: &Block) -> Vec<Block> {
    // Not the whole block again for each of its atoms: a long text has thousands.
    let like = |kind: BlockKind| Block { kind, range: block.range.clone(), id: block.id.clone() };
    match &block.kind {
        BlockKind::Paragraph(inlines) => {
            words(inlines).into_iter().map(|inlines| like(BlockKind::Paragraph(inlines))).collect()
        }
        BlockKind::List(list) => {
            let one = |(i, item): (usize, &Item)| {
                like(BlockKind::List(List {
                    start: list.start.map(|s| s + i as u64),
                    tight: list.tight,
                    items: vec![item.clone()],
                }))
            };
            list.items.iter().enumerate().map(one).collect()
        }
        BlockKind::Code(code) => {
            let mut at = code.text_range.start;
            let bare = Code { text: String::new(), ..code.clone() };
            let line = |line: &str| {
                let range = at..(at + line.len()).min(code.text_range.end);
                at = range.end + 1;
                like(BlockKind::Code(Code { text: line.to_owned(), text_range: range, ..bare.clone() }))
            };
            code.text.split('\n').map(line).collect()
        }
        _ => vec![block.clone()],
    }
}

/// A paragraph's runs cut behind each word; mark-up stays whole.
fn words(inlines: &[Inline]) -> Vec<Vec<Inline>> {
    let mut out: Vec<Vec<Inline>> = Vec::new();
    let mut current: Vec<Inline> = Vec::new();
    for inline in inlines {
        match &inline.kind {
            InlineKind::Text(text) => {
                let exact = inline.range.len() == text.len();
                let mut at = inline.range.start;
                for part in parts(text) {
                    let range = if exact { at..at + part.len() } else { inline.range.clone() };
                    at += part.len();
                    current.push(Inline { kind: InlineKind::Text(part.to_owned()), range });
                    if part.ends_with(cuts_behind) {
                        out.push(std::mem::take(&mut current));
                    }
                }
            }
            InlineKind::SoftBreak | InlineKind::HardBreak => {
                current.push(inline.clone());
                out.push(std::mem::take(&mut current));
            }
            _ => current.push(inline.clone()),
        }
    }
    if !current.is_empty() {
        out.push(current);
    }
    out
}

/// A text cut behind each word or ideograph, but never before a mark that closes what stands before it.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        if cuts_behind(c)
            && !next
                .is_some_and(|n| n == ' ' || "、。，．・：；？！）」』】〉》ーぁぃぅぇぉっゃゅょ".contains(n))
        {
            let end = at + c.len_utf8();
            parts.extend(text.get(start..end));
            start = end;
        }
    }
    parts.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    parts
}

/// Whether a line may end behind a character: a space, or one of the scripts of China, Japan and Korea.
fn cuts_behind(c: char) -> bool {
    matches!(c, ' ' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
        && !"「『（【〈《".contains(c)
}

/// Puts neighbouring atoms of one block together again.
fn join(atoms: Vec<Block>) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    for atom in atoms {
        if let Some(last) = out.last_mut()
            && last.range == atom.range
        {
            match (&mut last.kind, &atom.kind) {
                (BlockKind::Paragraph(a), BlockKind::Paragraph(b)) => {
                    a.extend(b.iter().cloned());
                    continue;
                }
                (BlockKind::List(a), BlockKind::List(b)) => {
                    a.items.extend(b.items.iter().cloned());
                    continue;
                }
                (BlockKind::Code(a), BlockKind::Code(b)) => {
                    a.text.push('\n');
                    a.text.push_str(&b.text);
                    a.text_range.end = b.text_range.end;
                    continue;
                }
                _ => {}
            }
        }
        out.push(atom);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::markdown::{blocks_text, parse};
    use super::*;

    fn text_of(selection: &Selection) -> String {
        match selection {
            Selection::Blocks(blocks) => blocks_text(blocks),
            Selection::Inlines(inlines) => super::super::markdown::plain_text(inlines),
        }
    }

    fn letters(text: &str) -> String {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }

    proptest! {
        #[test]
        fn pieces_together_are_the_whole(
            words in prop::collection::vec("[a-zé]{1,9}", 1..120), items in prop::collection::vec("[a-z ]{1,30}", 0..6), count in 1usize..7,
        ) {
            let mut note = words.join(" ");
            note.push_str("\n\n");
            for item in &items {
                note.push_str(&format!("- x{item}\n"));
            }
            note.push_str("\n```python\na = 1\nb = 2\n```\n");
            let whole = Selection::Blocks(parse(&note).blocks);
            let pieces: String = (0..count).map(|i| text_of(&piece(&whole, i, count))).collect();
            prop_assert_eq!(letters(&pieces), letters(&text_of(&whole)));
        }
    }

    #[test]
    fn texts_without_spaces_are_cut_too() {
        let note = "日月火水。木金土年、".repeat(40);
        let whole = Selection::Blocks(parse(&note).blocks);
        let pieces: Vec<String> = (0..5).map(|i| text_of(&piece(&whole, i, 5))).collect();
        assert_eq!(pieces.concat(), note);
        assert!(pieces.iter().all(|p| p.chars().count() <= 84 && !p.starts_with(['。', '、'])), "{pieces:?}");
    }

    #[test]
    fn pieces_are_about_even() {
        let note = "word ".repeat(400);
        let whole = Selection::Blocks(parse(&note).blocks);
        for count in 2..6 {
            for i in 0..count {
                let length = text_of(&piece(&whole, i, count)).len();
                assert!(length.abs_diff(2000 / count) < 40, "piece {i} of {count} has {length}");
            }
        }
    }
}
