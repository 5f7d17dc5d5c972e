//! A note's text to blocks and inlines, as Obsidian reads it.
//!
//! CommonMark with tables, footnotes, strike-through and math is `pulldown-cmark`'s work; what Obsidian adds is
//! done here: [`survey`] finds comments and card separators in the source, [`build`] makes the tree from the parser's
//! events, [`inline`] finds highlights, tags, inline footnotes and block ids in its runs of text.
//!
//! Nothing here fails and nothing recurses over the user's nesting: what cannot be read is kept as plain text, and a
//! [`Problem`] says so.

mod build;
mod callout;
mod edit;
mod inline;
mod survey;
mod table;
mod text;

use std::ops::Range;

use super::ast::{Block, BlockKind, Inline, InlineKind};
use super::finding::{FileNo, Finding, Place, Severity};

pub(crate) use build::blank_between;
pub use callout::callout_kind;
pub use inline::link_target;
pub(crate) use table::{code_spans, open_pipes, pipes_in_code};
pub use text::{blocks_text, inline_tags, plain_text, shown_target};

/// Quotes and callouts in one another, at most.
pub const MAX_QUOTES: usize = 12;
/// Lists in one another, at most.
pub const MAX_LISTS: usize = 24;
/// Inline mark-up in one another, at most.
pub const MAX_INLINES: usize = 48;

/// A note as a tree, and what was wrong with it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed {
    /// Bytes of the YAML between the `---` lines.
    pub front: Option<Range<usize>>,
    /// Where the text starts: after the front matter.
    pub body: usize,
    /// Top-level blocks in order. Inline footnotes (`^[…]`) become definitions after all others.
    pub blocks: Vec<Block>,
    pub problems: Vec<Problem>,
    pub dropped: Dropped,
}

impl Parsed {
    /// The text of the footnote with this label, wherever its definition stands.
    pub fn footnote(&self, label: &str) -> Option<&[Block]> {
        fn find<'a>(blocks: &'a [Block], wanted: &str) -> Option<&'a [Block]> {
            blocks.iter().find_map(|block| match &block.kind {
                BlockKind::FootnoteDef { label, body } if label == wanted => Some(body.as_slice()),
                BlockKind::FootnoteDef { body, .. } | BlockKind::Quote(body) => find(body, wanted),
                BlockKind::Callout(callout) => find(&callout.body, wanted),
                BlockKind::List(list) => list.items.iter().find_map(|item| find(&item.body, wanted)),
                _ => None,
            })
        }
        find(&self.blocks, label)
    }
}

/// What stands in the file but not in the tree.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Default)]
pub struct Dropped {
    /// `%%…%%` and `<!--…-->`.
    pub comments: usize,
    /// Code blocks that are programs for Obsidian (`dataview`, `tasks`, …).
    pub plugin_blocks: usize,
}

/// Something wrong in one note: a [`Finding`] that does not know its file yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    pub rule: &'static str,
    /// Bytes in the file.
    pub range: Range<usize>,
    pub message: String,
    pub hints: Vec<String>,
}

impl Problem {
    pub fn error(rule: &'static str, range: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, rule, range, message: message.into(), hints: Vec::new() }
    }

    pub fn warning(rule: &'static str, range: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, rule, range, message: message.into(), hints: Vec::new() }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same, in a file.
    pub fn in_file(self, file: FileNo) -> Finding {
        let place = Some(Place { file, range: self.range });
        Finding { severity: self.severity, rule: self.rule, place, message: self.message, hints: self.hints }
    }
}

/// Reads a note. Pure and total; time is linear in the length of the text.
pub fn parse(source: &str) -> Parsed {
    let (front, body) = front_matter(source);
    let mut parsed = Parsed { front, body, ..Parsed::default() };
    parsed.problems.extend(open_front_matter(source, &parsed));
    if let Some(problem) = survey::too_deep(source, body) {
        parsed.blocks = plain_blocks(source, body);
        parsed.problems.push(problem);
        return parsed;
    }

    let mut edits = Vec::new();
    // A cut or an added line can bring a table to light that needs an edit of its own; three rounds settle any
    // real note, and what is left after them is kept as plain text by `build`.
    for round in 0..4 {
        let copy = edit::Edited::new(source, body..source.len(), &edits);
        let mut built = build::build(source, &copy);
        if round == 0 {
            let (more, comments) = survey::edits(source, body, &built);
            built.wanted.extend(more);
            parsed.dropped.comments = comments;
        }
        let last = round == 3;
        if last {
            parsed.problems.extend(built.wanted.iter_mut().filter_map(|edit| edit.problem.take()));
        }
        if last || !edit::merge(&mut edits, built.wanted) {
            parsed.blocks = built.blocks;
            parsed.problems.append(&mut built.problems);
            parsed.dropped.comments += built.dropped.comments;
            parsed.dropped.plugin_blocks = built.dropped.plugin_blocks;
            break;
        }
    }
    parsed.problems.extend(edits.into_iter().filter_map(|edit| edit.problem));
    parsed.problems.sort_by_key(|problem| (problem.range.start, problem.range.end));
    parsed
}

/// Where the YAML lies and where the text starts.
fn front_matter(source: &str) -> (Option<Range<usize>>, usize) {
    let bom = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lines = source.get(bom..).unwrap_or_default().split_inclusive('\n');
    let mut at = bom;
    let is_fence = |line: &str| line.trim_end_matches(['\n', '\r', ' ', '\t']) == "---";
    match lines.next() {
        Some(line) if is_fence(line) && line.ends_with('\n') => at += line.len(),
        _ => return (None, bom),
    }
    let start = at;
    for line in lines {
        if is_fence(line) {
            return (Some(start..at), at + line.len());
        }
        at += line.len();
    }
    (None, bom)
}

/// A note that starts like front matter which never ends.
fn open_front_matter(source: &str, parsed: &Parsed) -> Option<Problem> {
    let mut lines = source.get(parsed.body..)?.lines();
    let opens = parsed.front.is_none() && lines.next()?.trim_end() == "---";
    let (key, _) = lines.next().filter(|_| opens)?.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    is_key.then(|| {
        let range = parsed.body..parsed.body + 3;
        Problem::warning("front-matter", range, "this front matter is never closed, so it is printed as text")
            .hint("write a line `---` below it")
    })
}

/// A note that is not parsed at all: its paragraphs as they stand.
fn plain_blocks(source: &str, body: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut start = body;
    let mut at = body;
    let mut push = |range: Range<usize>| {
        let text = source.get(range.clone()).unwrap_or_default();
        let kept = text.trim();
        if !kept.is_empty() {
            let start = range.start + (text.len() - text.trim_start().len());
            let range = start..start + kept.len();
            let text = Inline { kind: InlineKind::Text(kept.to_owned()), range: range.clone() };
            blocks.push(Block { kind: BlockKind::Paragraph(vec![text]), range, id: None });
        }
    };
    for line in source.get(body..).unwrap_or_default().split_inclusive('\n') {
        if line.trim().is_empty() {
            push(start..at);
            start = at + line.len();
        }
        at += line.len();
    }
    push(start..at);
    blocks
}

#[cfg(test)]
mod tests;
