//! The ends of blocks: what was gathered inside becomes a block of the tree.

use std::ops::Range;

use super::ranges::{around, is_tight, task, trim_end, trim_start};
use super::{Builder, Frame, Open, is_inline, too_many_inlines};
use crate::vault::ast::{Block, BlockKind, Cell, Code, Inline, InlineKind, Item, List, Row, Table, WikiLink};
use crate::vault::markdown::inline::{self, Found};
use crate::vault::markdown::{MAX_INLINES, Problem, callout, table};

/// Code blocks that Obsidian's plug-ins and core replace by what they compute: nothing a page could show.
const PLUGIN_LANGS: &[&str] = &[
    "dataview",
    "dataviewjs",
    "tasks",
    "query",
    "base",
    "meta-bind-button",
    "meta-bind",
    "button",
    "templater",
    "excalidraw",
    "compressed-json",
    "kanban",
    "tracker",
    "toc",
    "table-of-contents",
    "calendar-timeline",
    "leaflet",
    "folder-overview",
    "breadcrumbs",
    "smart-connections",
    "todoist",
    "chartsview",
    "buttons",
    "waypoint",
    "datacore",
    "datacorejsx",
    "itemized-query",
];

impl Builder<'_> {
    pub(super) fn end_block(&mut self, frame: Frame) {
        let Frame { open, range, blocks, inlines, items, rows, cells, text } = frame;
        let range = trim_end(self.source, range);
        match open {
            Open::Root => {}
            Open::Paragraph => self.paragraph(inlines, range),
            Open::Heading(level) => {
                let mut content = self.refine_block(inlines);
                let id = inline::take_block_id(self.source, &mut content);
                let range = around(range, content.iter().map(|inline| &inline.range));
                self.push_block(BlockKind::Heading { level, content }, range, id);
            }
            Open::Quote => {
                self.quotes = self.quotes.saturating_sub(1);
                let range = around(range, blocks.iter().map(|block| &block.range));
                let kind = match callout::read(self.source, blocks) {
                    Ok(callout) => BlockKind::Callout(callout),
                    Err(blocks) => BlockKind::Quote(blocks),
                };
                self.push_block(kind, range, None);
            }
            Open::Item => {
                let mut body = blocks;
                let range = around(range, body.iter().map(|block| &block.range));
                let task = task(self.source, &mut body);
                if let Some(parent) = self.stack.last_mut() {
                    parent.items.push(Item { task, body, range });
                }
            }
            Open::List(start) => {
                self.lists = self.lists.saturating_sub(1);
                let range = around(range, items.iter().map(|item| &item.range));
                let tight = is_tight(self.source, &items);
                self.push_block(BlockKind::List(List { start, tight, items }), range, None);
            }
            Open::Footnote(label) => {
                self.quotes = self.quotes.saturating_sub(1);
                let range = around(range, blocks.iter().map(|block| &block.range));
                self.push_block(BlockKind::FootnoteDef { label, body: blocks }, range, None);
            }
            Open::Code { lang, info, fenced, first, last } => {
                if PLUGIN_LANGS.contains(&lang.as_str()) {
                    self.out.dropped.plugin_blocks += 1;
                    return;
                }
                let text_range = match first {
                    Some(first) => first..last.max(first),
                    None => {
                        let line = self.source.get(range.clone()).and_then(|s| s.find('\n'));
                        let at = line.map_or(range.end, |i| range.start + i + 1);
                        at..at
                    }
                };
                let range = around(range, std::iter::once(&text_range));
                let mut text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text };
                if text.ends_with('\n') {
                    text.pop();
                }
                let code = Code { lang, info, text, text_range, fenced };
                self.push_block(BlockKind::Code(code), range, None);
            }
            Open::Html => self.html_block(&text, range),
            Open::Cell => {
                let range = trim_start(self.source, range);
                self.out.cells.push(range.clone());
                let content = self.refine_block(inlines);
                let range = around(range, content.iter().map(|inline| &inline.range));
                if let Some(parent) = self.stack.last_mut() {
                    parent.cells.push(Cell { content, range });
                }
            }
            Open::Row { head } => self.row(cells, range, head),
            Open::Table(align) => {
                let range = around(range, rows.iter().map(|row| &row.range));
                let columns = align.len();
                let mut rows = rows.into_iter();
                let empty = || Row { cells: Vec::new(), range: range.start..range.start };
                let mut head = rows.next().unwrap_or_else(empty);
                let mut rows: Vec<Row> = rows.collect();
                for row in std::iter::once(&mut head).chain(&mut rows) {
                    let at = row.range.end;
                    row.cells.resize_with(columns, || Cell { content: Vec::new(), range: at..at });
                }
                self.push_block(BlockKind::Table(Table { align, head, rows }), range, None);
            }
            _ => {}
        }
    }

    /// One row; looks for cells the parser dropped because the header has no column for them.
    fn row(&mut self, mut cells: Vec<Cell>, range: Range<usize>, head: bool) {
        self.out.rows.push(range.clone());
        let columns = match self.stack.last().map(|frame| &frame.open) {
            Some(Open::Table(align)) => align.len(),
            _ => cells.len(),
        };
        if !head
            && cells.len() >= columns
            && let Some(excess) = table::excess(self.source, &range, &cells, columns)
        {
            if let Some(last) = cells.last_mut() {
                let text = excess.text;
                last.range.end = last.range.end.max(excess.range.end);
                last.content.push(Inline { kind: InlineKind::Text(text), range: excess.range });
            }
            self.out.wanted.extend(excess.edits);
        }
        let range = around(range, cells.iter().map(|cell| &cell.range));
        if let Some(parent) = self.stack.last_mut() {
            parent.rows.push(Row { cells, range });
        }
    }

    fn html_block(&mut self, text: &str, range: Range<usize>) {
        let (kept, comments, open) = strip_comments(text);
        self.out.dropped.comments += comments;
        if open {
            self.out.problems.push(
                Problem::warning(
                    "comment",
                    range.clone(),
                    "this comment is never closed, so it is printed with all that follows",
                )
                .hint("close it with `-->`"),
            );
        }
        let kept = kept.trim();
        if kept.is_empty() {
            return;
        }
        if kept.split_inclusive('>').all(|tag| is_break(tag.trim())) {
            let hard = Inline { kind: InlineKind::HardBreak, range: range.clone() };
            self.push_block(BlockKind::Paragraph(vec![hard]), range, None);
            return;
        }
        self.push_block(BlockKind::Html(kept.to_owned()), range, None);
    }

    /// Inlines that stand in an item without a paragraph (the item is tight) become one.
    pub(super) fn flush(&mut self) {
        let Some(frame) = self.stack.last_mut() else { return };
        if frame.inlines.is_empty() || is_inline(&frame.open) {
            return;
        }
        let inlines = std::mem::take(&mut frame.inlines);
        let start = inlines.first().map_or(0, |inline| inline.range.start);
        let end = inlines.last().map_or(start, |inline| inline.range.end);
        self.paragraph(inlines, start..end.max(start));
    }

    fn paragraph(&mut self, inlines: Vec<Inline>, range: Range<usize>) {
        table::look_for_broken(self.source, &range, &mut self.out.problems);
        let displays: Vec<usize> = self.displays(&inlines);
        let mut content = self.refine_block(inlines);
        let id = inline::take_block_id(self.source, &mut content);
        if content.is_empty() {
            // An id alone in a paragraph names the block before it.
            if let Some(id) = id {
                let frame = self.stack.last_mut();
                match frame.and_then(|frame| frame.blocks.last_mut()).filter(|block| block.id.is_none()) {
                    Some(block) => block.id = Some(id),
                    None => {
                        let text = self.source.get(range.clone()).unwrap_or_default().to_owned();
                        let text = Inline { kind: InlineKind::Text(text), range: range.clone() };
                        self.push_block(BlockKind::Paragraph(vec![text]), range, None);
                    }
                }
            }
            return;
        }
        if displays.is_empty() {
            let range = around(range, content.iter().map(|inline| &inline.range));
            self.push_block(BlockKind::Paragraph(content), range, id);
            return;
        }
        self.split_displays(content, &displays, id);
    }

    /// Where display math starts that stands on lines of its own.
    fn displays(&self, inlines: &[Inline]) -> Vec<usize> {
        let is_break = |i: Option<usize>| match i.map(|i| inlines.get(i).map(|inline| &inline.kind)) {
            None | Some(None) => true,
            Some(Some(InlineKind::SoftBreak | InlineKind::HardBreak)) => true,
            Some(Some(InlineKind::Text(text))) => text.trim().is_empty(),
            _ => false,
        };
        let is_display = |inline: &Inline| {
            matches!(inline.kind, InlineKind::Math(_))
                && self.source.get(inline.range.clone()).is_some_and(|s| s.starts_with("$$"))
        };
        (0..inlines.len())
            .filter(|&i| is_break(i.checked_sub(1)) && is_break(Some(i + 1)))
            .filter_map(|i| inlines.get(i).filter(|inline| is_display(inline)).map(|m| m.range.start))
            .collect()
    }

    fn split_displays(&mut self, content: Vec<Inline>, displays: &[usize], id: Option<String>) {
        let mut run: Vec<Inline> = Vec::new();
        let mut blocks: Vec<Block> = Vec::new();
        let close = |run: &mut Vec<Inline>, blocks: &mut Vec<Block>| {
            let is_break = |inline: &Inline| {
                matches!(inline.kind, InlineKind::SoftBreak | InlineKind::HardBreak)
                    || matches!(&inline.kind, InlineKind::Text(text) if text.trim().is_empty())
            };
            while run.last().is_some_and(is_break) {
                run.pop();
            }
            let lead = run.iter().take_while(|inline| is_break(inline)).count();
            run.drain(..lead);
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                let range = first.range.start..last.range.end;
                blocks.push(Block { kind: BlockKind::Paragraph(std::mem::take(run)), range, id: None });
            }
        };
        for inline in content {
            match inline.kind {
                InlineKind::Math(text) if displays.binary_search(&inline.range.start).is_ok() => {
                    close(&mut run, &mut blocks);
                    blocks.push(Block { kind: BlockKind::Math(text), range: inline.range, id: None });
                }
                _ => run.push(inline),
            }
        }
        close(&mut run, &mut blocks);
        if let Some(last) = blocks.last_mut() {
            last.id = id;
        }
        if let Some(frame) = self.stack.last_mut() {
            frame.blocks.extend(blocks);
        }
    }

    pub(super) fn refine(&mut self, inlines: Vec<Inline>, in_link: bool) -> Vec<Inline> {
        let mut found = Found::default();
        let inlines = inline::refine(self.source, inlines, in_link, &mut found);
        self.out.problems.append(&mut found.problems);
        for (label, body, range) in found.footnotes {
            let inner = around(range.start..range.start, body.iter().map(|inline| &inline.range));
            let paragraph = Block { kind: BlockKind::Paragraph(body), range: inner, id: None };
            let kind = BlockKind::FootnoteDef { label, body: vec![paragraph] };
            self.footnotes.push(Block { kind, range, id: None });
        }
        inlines
    }

    /// The same for a whole block. Highlights nest inside other mark-up, so the depth is looked at once more.
    fn refine_block(&mut self, inlines: Vec<Inline>) -> Vec<Inline> {
        let refined = self.refine(inlines, false);
        let deepest = std::mem::take(&mut self.deepest);
        if deepest <= MAX_INLINES / 2 || depth(&refined) <= MAX_INLINES {
            return refined;
        }
        let start = refined.first().map_or(0, |inline| inline.range.start);
        let end = refined.last().map_or(start, |inline| inline.range.end);
        self.out.problems.push(too_many_inlines(start..end));
        let text = self.source.get(start..end).unwrap_or_default().to_owned();
        vec![Inline { kind: InlineKind::Text(text), range: start..end }]
    }
}

/// How many inlines lie in one another. The caller knows that it is at most twice [`MAX_INLINES`].
fn depth(inlines: &[Inline]) -> usize {
    let below = |inline: &Inline| match &inline.kind {
        InlineKind::Strong(content)
        | InlineKind::Emph(content)
        | InlineKind::Strike(content)
        | InlineKind::Highlight(content)
        | InlineKind::Answer(content)
        | InlineKind::Link { content, .. } => 1 + depth(content),
        InlineKind::WikiLink(WikiLink { shown: Some(shown), .. }) => 1 + depth(shown),
        _ => 0,
    };
    inlines.iter().map(below).max().unwrap_or(0)
}
/// `<br>`, `<br/>`, `<BR />`.
pub(super) fn is_break(html: &str) -> bool {
    let inner = html.strip_prefix('<').and_then(|s| s.strip_suffix('>'));
    inner.is_some_and(|s| s.trim_end_matches('/').trim_matches('/').trim().eq_ignore_ascii_case("br"))
}
/// A block of HTML without its comments, how many there were, and whether one is left open.
fn strip_comments(text: &str) -> (String, usize, bool) {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    let mut comments = 0;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        match after.split_once("-->") {
            Some((_, after)) => {
                comments += 1;
                rest = after;
            }
            None => {
                kept.push_str("<!--");
                kept.push_str(after);
                return (kept, comments, true);
            }
        }
    }
    kept.push_str(rest);
    (kept, comments, false)
}
