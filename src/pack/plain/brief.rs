//! A note's first sentence: what a table would say of it.

use super::{escaped, one_line};
use crate::vault::ast::{Block, BlockKind, Inline, InlineKind};
use crate::vault::plain_text;

/// Words of a brief: fewer say nothing, more are no brief.
const WORDS: std::ops::RangeInclusive<usize> = 4..=60;
/// Paragraphs that are looked at.
const TRIES: usize = 6;

/// The brief as Markdown for a cell: `summary` (the front matter's), else the first sentence of the note's text.
pub(super) fn brief(source: &str, blocks: &[Block], summary: Option<&str>) -> Option<String> {
    if let Some(summary) = summary {
        return Some(escaped(&one_line(summary)));
    }
    paragraphs(blocks).take(TRIES).find_map(|inlines| sentence(source, inlines))
}

/// Paragraphs of text, those of a callout for summaries too.
fn paragraphs(blocks: &[Block]) -> impl Iterator<Item = &[Inline]> {
    blocks.iter().flat_map(|block| -> Vec<&[Inline]> {
        match &block.kind {
            BlockKind::Paragraph(inlines) => vec![inlines.as_slice()],
            BlockKind::Callout(callout) if callout.kind == crate::vault::ast::CalloutKind::Abstract => {
                callout
                    .body
                    .iter()
                    .filter_map(|block| match &block.kind {
                        BlockKind::Paragraph(inlines) => Some(inlines.as_slice()),
                        _ => None,
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    })
}

fn sentence(source: &str, inlines: &[Inline]) -> Option<String> {
    let first = inlines.first()?;
    let whole = plain_text(inlines);
    // `key:: value` is data, `Up: [[Home]]` is a way through the vault.
    let label = whole.split_once(':').map(|(label, _)| label);
    if label.is_some_and(|label| label.split_whitespace().count() <= 2 && label.len() < 24)
        || whole.contains("::")
    {
        return None;
    }
    let mut taken: Vec<&Inline> = Vec::new();
    let mut end = None;
    for inline in inlines {
        taken.push(inline);
        if let InlineKind::Text(text) = &inline.kind
            && let Some(at) = stop(text)
        {
            end =
                Some((inline.range.start + at, at, source.get(inline.range.clone()) == Some(text.as_str())));
            break;
        }
        if matches!(inline.kind, InlineKind::HardBreak) {
            break;
        }
    }
    let until =
        end.map_or_else(|| taken.last().map_or(first.range.end, |last| last.range.end), |(at, ..)| at);
    let plain = {
        let (last, before) = taken.split_last()?;
        let owned: Vec<Inline> = before.iter().map(|inline| (*inline).clone()).collect();
        let tail = match (&last.kind, end) {
            (InlineKind::Text(text), Some((_, at, _))) => text.get(..at).unwrap_or(text).to_owned(),
            _ => plain_text(std::slice::from_ref(*last)),
        };
        one_line(&format!("{}{tail}", plain_text(&owned)))
    };
    let words = crate::pack::lint::count_words(&plain);
    if !WORDS.contains(&words) {
        return None;
    }
    let exact = end.is_none_or(|(_, _, exact)| exact);
    let written = source.get(first.range.start..until).filter(|_| exact && taken.iter().all(|i| travels(i)));
    Some(match written {
        // A `>` of a quote or callout would stand in the text.
        Some(written) if !written.contains("\n>") && !written.contains("\n >") => in_cell(&one_line(written)),
        _ => escaped(&plain),
    })
}

/// Where the first sentence of a text ends: behind a full stop with a space and no small letter after it.
fn stop(text: &str) -> Option<usize> {
    for (at, c) in text.char_indices() {
        let behind = at + c.len_utf8();
        if matches!(c, '。' | '！' | '？') {
            return Some(behind);
        }
        if !matches!(c, '.' | '!' | '?') {
            continue;
        }
        let rest = text.get(behind..)?;
        let closing = rest.len() - rest.trim_start_matches(['"', '\'', '”', '’', ')', '»']).len();
        let after = rest.get(closing..)?;
        if after.is_empty() {
            return Some(behind + closing);
        }
        let before = text.get(..at)?;
        let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
        // `e.g.`, `z. B.`, `5.`, `J.`
        let short = word.contains('.')
            || word.chars().count() == 1
            || ["cf", "vs", "etc", "Dr", "bzw", "ca"].contains(&word);
        let next = after.trim_start();
        if after.len() > next.len() && !next.starts_with(char::is_lowercase) && !(c == '.' && short) {
            return Some(behind + closing);
        }
    }
    None
}

/// Whether a piece means the same in another note: no footnotes, pictures, ways from its folder or places in its own text.
fn travels(inline: &Inline) -> bool {
    match &inline.kind {
        InlineKind::Text(_)
        | InlineKind::Code(_)
        | InlineKind::Math(_)
        | InlineKind::SoftBreak
        | InlineKind::Tag(_) => true,
        InlineKind::Strong(body) | InlineKind::Emph(body) | InlineKind::Strike(body) => {
            body.iter().all(travels)
        }
        InlineKind::Highlight(_) => false,
        InlineKind::WikiLink(link) => !link.target.note.is_empty(),
        InlineKind::Link { dest, content, .. } => dest.contains("://") && content.iter().all(travels),
        _ => false,
    }
}

/// Pipes of a text that becomes a cell.
fn in_cell(written: &str) -> String {
    let mut out = String::with_capacity(written.len());
    let mut escaped = false;
    for c in written.chars() {
        if c == '|' && !escaped {
            out.push('\\');
        }
        escaped = c == '\\' && !escaped;
        out.push(c);
    }
    out
}
