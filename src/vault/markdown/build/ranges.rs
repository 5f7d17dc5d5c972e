//! Ranges of blocks, and what the source says between and before them.

use std::ops::Range;

use crate::vault::ast::{Block, BlockKind, Inline, InlineKind, Item};

/// The range without white space at its end.
pub(super) fn trim_end(source: &str, range: Range<usize>) -> Range<usize> {
    let text = source.get(range.clone()).unwrap_or_default();
    range.start..range.start + text.trim_end().len()
}

pub(super) fn trim_start(source: &str, range: Range<usize>) -> Range<usize> {
    let text = source.get(range.clone()).unwrap_or_default();
    range.start + (text.len() - text.trim_start().len())..range.end
}

/// The smallest range around all.
pub(super) fn around<'r>(range: Range<usize>, inner: impl Iterator<Item = &'r Range<usize>>) -> Range<usize> {
    inner.fold(range, |all, one| all.start.min(one.start)..all.end.max(one.end))
}

/// Whether no blank line stands between items or between the blocks of an item.
pub(super) fn is_tight(source: &str, items: &[Item]) -> bool {
    let blank = |from: usize, to: usize| blank_between(source, from, to);
    let between = items.windows(2).any(|pair| match pair {
        [a, b] => blank(a.range.end, b.range.start),
        _ => false,
    });
    let inside = items.iter().any(|item| {
        item.body.windows(2).any(|pair| match pair {
            [a, b] => blank(a.range.end, b.range.start),
            _ => false,
        })
    });
    !between && !inside
}

/// Whether a blank line stands between two bytes, the first at a line's end and the second in a later line.
pub(crate) fn blank_between(source: &str, from: usize, to: usize) -> bool {
    let gap = source.get(from..to).unwrap_or_default();
    let mut lines = gap.split('\n');
    lines.next();
    lines.next_back();
    lines.any(|line| line.trim_matches([' ', '\t', '\r', '>']).is_empty())
}

/// Takes `[x] ` off the start of an item.
pub(super) fn task(source: &str, body: &mut Vec<Block>) -> Option<char> {
    let Some(Block { kind: BlockKind::Paragraph(inlines), range, .. }) = body.first_mut() else {
        return None;
    };
    let Some(Inline { kind: InlineKind::Text(text), range: place }) = inlines.first_mut() else {
        return None;
    };
    let mut chars = text.strip_prefix('[')?.chars();
    let mark = chars.next()?;
    let rest = chars.as_str().strip_prefix(']')?;
    if !(rest.is_empty() && inlines_end(source, place.end) || rest.starts_with([' ', '\t'])) {
        return None;
    }
    if source.get(place.clone()) != Some(text.as_str()) {
        return None;
    }
    let kept = rest.trim_start_matches([' ', '\t']);
    let start = place.end - kept.len();
    let kept = kept.to_owned();
    *place = start..place.end;
    range.start = start;
    let empty = kept.is_empty();
    *text = kept;
    if empty {
        inlines.remove(0);
        if inlines.is_empty() {
            body.remove(0);
        } else if let Some(first) = inlines.first() {
            range.start = first.range.start;
        }
    }
    Some(mark)
}

/// Whether a line ends at this byte, white space aside, or a space follows.
fn inlines_end(source: &str, at: usize) -> bool {
    source.get(at..).is_some_and(|s| s.is_empty() || s.starts_with([' ', '\t', '\n', '\r']))
}
