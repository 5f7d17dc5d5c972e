//! Obsidian's callouts: a quote whose first line is `[!word]`.

use super::edit::Edit;
use crate::vault::ast::{Block, BlockKind, Callout, CalloutKind, Fold, Inline, InlineKind};

/// Where a quote starts that is a callout, a line end after its title: whatever block the next line would make of it,
/// a title ends with its line. `start` is the byte of the quote's `>`.
pub(super) fn title_edit(source: &str, start: usize) -> Option<Edit> {
    let rest = source.get(start..)?;
    let inner = rest.strip_prefix('>')?.trim_start_matches([' ', '\t']);
    if !inner.starts_with("[!") {
        return None;
    }
    let line_start = source.get(..start)?.rfind('\n').map_or(0, |i| i + 1);
    let mark = start + (rest.len() - inner.len());
    let next = start + rest.find('\n')? + 1;
    let lead = source.get(line_start..mark)?;
    let depth = lead.bytes().filter(|b| *b == b'>').count();
    let line = source.get(next..)?.split('\n').next()?;
    let text = line.trim_start_matches([' ', '\t', '>']);
    let next_depth = line.bytes().take(line.len() - text.len()).filter(|b| *b == b'>').count();
    if next_depth < depth || text.trim().is_empty() {
        return None;
    }
    let mut insert: String = lead.chars().map(|c| if matches!(c, '>' | '\t') { c } else { ' ' }).collect();
    insert.push('\n');
    Some(Edit { range: next..next, insert, problem: None })
}

/// Reads a quote whose first line is `[!word]` as a callout; gives the blocks back if it is none.
pub(super) fn read(source: &str, mut blocks: Vec<Block>) -> Result<Callout, Vec<Block>> {
    let Some(Block { kind: BlockKind::Paragraph(inlines), .. }) = blocks.first_mut() else {
        return Err(blocks);
    };
    let Some(head) = callout_head(source, inlines) else { return Err(blocks) };
    let (word, fold, start) = head;
    let mut rest = std::mem::take(inlines).into_iter();
    let mut title: Vec<Inline> = Vec::new();
    for mut inline in rest.by_ref() {
        if matches!(inline.kind, InlineKind::SoftBreak | InlineKind::HardBreak) {
            break;
        }
        if inline.range.end <= start {
            continue;
        }
        if let InlineKind::Text(text) = &mut inline.kind
            && inline.range.start < start
        {
            let cut = start - inline.range.start;
            *text = text.get(cut..).unwrap_or_default().to_owned();
            inline.range.start = start;
        }
        title.push(inline);
    }
    let body: Vec<Inline> = rest.collect();
    match (body.first(), body.last()) {
        (Some(first), Some(last)) => {
            let range = first.range.start..last.range.end;
            let id = blocks.first_mut().and_then(|block| block.id.take());
            if let Some(block) = blocks.first_mut() {
                *block = Block { kind: BlockKind::Paragraph(body), range, id };
            }
        }
        _ => {
            blocks.remove(0);
        }
    }
    let title = (!title.is_empty()).then_some(title);
    Ok(Callout { kind: callout_kind(&word), word, fold, title, body: blocks })
}

/// The word, the fold, and where the title starts.
fn callout_head(source: &str, inlines: &[Inline]) -> Option<(String, Fold, usize)> {
    let Inline { kind: InlineKind::Text(text), range } = inlines.first()? else { return None };
    if source.get(range.clone()) != Some(text.as_str()) {
        return None;
    }
    let (word, rest) = text.strip_prefix("[!")?.split_once(']')?;
    // `[!info|right]` carries a style's parameters after the pipe.
    let name = word.split('|').next().unwrap_or_default().trim();
    if name.is_empty() {
        return None;
    }
    let (fold, rest) = match rest.as_bytes().first() {
        Some(b'+') => (Fold::Open, rest.get(1..)?),
        Some(b'-') => (Fold::Closed, rest.get(1..)?),
        _ => (Fold::None, rest),
    };
    let title = rest.trim_start();
    Some((name.to_owned(), fold, range.end - title.len()))
}

/// Obsidian's thirteen kinds and their aliases; unknown words are notes.
pub fn callout_kind(word: &str) -> CalloutKind {
    match word.to_lowercase().as_str() {
        "abstract" | "summary" | "tldr" => CalloutKind::Abstract,
        "info" => CalloutKind::Info,
        "todo" => CalloutKind::Todo,
        "tip" | "hint" | "important" => CalloutKind::Tip,
        "success" | "check" | "done" => CalloutKind::Success,
        "question" | "help" | "faq" => CalloutKind::Question,
        "warning" | "caution" | "attention" => CalloutKind::Warning,
        "failure" | "fail" | "missing" => CalloutKind::Failure,
        "danger" | "error" => CalloutKind::Danger,
        "bug" => CalloutKind::Bug,
        "example" => CalloutKind::Example,
        "quote" | "cite" => CalloutKind::Quote,
        _ => CalloutKind::Note,
    }
}
