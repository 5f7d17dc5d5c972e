//! From the parser's events to the tree, with an explicit stack: no recursion over the user's nesting.

use std::ops::Range;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};

use super::edit::{Edit, Edited};
use super::inline::{self, Found};
use super::{Dropped, MAX_INLINES, MAX_LISTS, MAX_QUOTES, Problem, plain_text};
use super::{callout, table};
use crate::vault::ast::{
    Align, Block, BlockKind, Cell, Code, Embed, Inline, InlineKind, Item, List, Row, Table, WikiLink,
};

/// Code blocks that Obsidian's plug-ins and core replace by what they compute: nothing a page could show.
const PLUGIN_LANGS: [&str; 6] = ["dataview", "dataviewjs", "tasks", "query", "base", "meta-bind-button"];

/// The tree of one pass, and the edits the next pass should make.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub blocks: Vec<Block>,
    pub problems: Vec<Problem>,
    pub dropped: Dropped,
    pub wanted: Vec<Edit>,
    /// Code, math and raw HTML, in order.
    pub opaque: Vec<Range<usize>>,
}

pub(super) fn build(source: &str, copy: &Edited) -> Built {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_WIKILINKS
        | Options::ENABLE_MATH;
    let mut builder = Builder {
        source,
        copy,
        stack: vec![Frame::new(Open::Root, 0..source.len())],
        quotes: 0,
        lists: 0,
        inlines: 0,
        deepest: 0,
        skipping: None,
        footnotes: Vec::new(),
        out: Built::default(),
    };
    for (event, range) in Parser::new_ext(&copy.text, options).into_offset_iter() {
        builder.event(event, range);
    }
    builder.finish()
}

/// An element whose end has not come yet.
#[derive(Debug)]
enum Open {
    Root,
    Paragraph,
    Heading(u8),
    Quote,
    List(Option<u64>),
    Item,
    Code { lang: String, info: String, fenced: bool, first: Option<usize>, last: usize },
    Html,
    Footnote(String),
    Table(Vec<Align>),
    Row { head: bool },
    Cell,
    Strong,
    Emph,
    Strike,
    Link { dest: String, title: String },
    WikiLink { target: String, piped: bool },
    Embed { target: String, piped: bool },
    Image { dest: String, title: String },
}

#[derive(Debug)]
struct Frame {
    open: Open,
    /// Bytes of the source.
    range: Range<usize>,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
    items: Vec<Item>,
    rows: Vec<Row>,
    cells: Vec<Cell>,
    text: String,
}

impl Frame {
    fn new(open: Open, range: Range<usize>) -> Self {
        Self {
            open,
            range,
            blocks: Vec::new(),
            inlines: Vec::new(),
            items: Vec::new(),
            rows: Vec::new(),
            cells: Vec::new(),
            text: String::new(),
        }
    }
}

struct Builder<'a> {
    source: &'a str,
    copy: &'a Edited,
    stack: Vec<Frame>,
    quotes: usize,
    lists: usize,
    inlines: usize,
    /// The most inlines in one another since the last block.
    deepest: usize,
    /// Open elements below one that is nested too deep.
    skipping: Option<usize>,
    footnotes: Vec<Block>,
    out: Built,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, copied: Range<usize>) {
        if let Some(depth) = &mut self.skipping {
            match event {
                Event::Start(_) => *depth += 1,
                Event::End(_) if *depth == 0 => self.skipping = None,
                Event::End(_) => *depth -= 1,
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(tag) => self.start(tag, copied),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text, copied),
            Event::Html(text) => {
                if let Some(frame) = self.stack.last_mut() {
                    frame.text.push_str(&text);
                }
            }
            Event::Code(text) => self.opaque_leaf(InlineKind::Code(text.into_string()), copied),
            Event::InlineMath(text) => self.inline_math(&text, copied),
            Event::DisplayMath(text) => self.opaque_leaf(InlineKind::Math(text.into_string()), copied),
            Event::InlineHtml(text) => self.inline_html(&text, copied),
            Event::FootnoteReference(label) => {
                self.leaf(InlineKind::FootnoteRef(label.into_string()), copied);
            }
            Event::SoftBreak => self.leaf(InlineKind::SoftBreak, copied),
            Event::HardBreak => self.leaf(InlineKind::HardBreak, copied),
            Event::Rule => {
                self.flush();
                let range = trim_end(self.source, self.copy.range(&copied));
                self.push_block(BlockKind::Rule, range, None);
            }
            // Not enabled; Obsidian's tasks are read by `task`.
            Event::TaskListMarker(_) => {}
        }
    }

    fn leaf(&mut self, kind: InlineKind, copied: Range<usize>) {
        let range = self.copy.range(&copied);
        self.push_inline(Inline { kind, range });
    }

    fn opaque_leaf(&mut self, kind: InlineKind, copied: Range<usize>) {
        self.out.opaque.push(self.copy.range(&copied));
        self.leaf(kind, copied);
    }

    fn push_inline(&mut self, inline: Inline) {
        if let Some(frame) = self.stack.last_mut() {
            frame.inlines.push(inline);
        }
    }

    fn push_block(&mut self, kind: BlockKind, range: Range<usize>, id: Option<String>) {
        if let Some(frame) = self.stack.last_mut() {
            frame.blocks.push(Block { kind, range, id });
        }
    }

    /// A text, in pieces that equal their source where it can be done.
    fn text(&mut self, text: &str, copied: Range<usize>) {
        let Some(frame) = self.stack.last_mut() else { return };
        if let Open::Code { first, last, .. } = &mut frame.open {
            frame.text.push_str(text);
            let range = self.copy.range(&copied);
            first.get_or_insert(range.start);
            *last = range.end;
            return;
        }
        if matches!(frame.open, Open::Html) {
            frame.text.push_str(text);
            return;
        }
        if self.copy.text.get(copied.clone()) != Some(text) {
            let range = self.copy.range(&copied);
            frame.inlines.push(Inline { kind: InlineKind::Text(text.to_owned()), range });
            return;
        }
        for (piece, original) in self.copy.runs_in(copied) {
            if let Some(kept) = self.copy.text.get(piece) {
                let range = original..original + kept.len();
                frame.inlines.push(Inline { kind: InlineKind::Text(kept.to_owned()), range });
            }
        }
    }

    /// Obsidian takes `$5-$6` for two prices: a digit after the closing dollar makes it no closing dollar.
    fn inline_math(&mut self, text: &str, copied: Range<usize>) {
        let range = self.copy.range(&copied);
        let price = self.source.as_bytes().get(range.end).is_some_and(u8::is_ascii_digit);
        if price {
            let at = range.start;
            self.out.wanted.push(Edit { range: at..at, insert: "\\".into(), problem: None });
            let text = self.source.get(range.clone()).unwrap_or_default().to_owned();
            self.push_inline(Inline { kind: InlineKind::Text(text), range });
        } else {
            self.opaque_leaf(InlineKind::Math(text.to_owned()), copied);
        }
    }

    fn inline_html(&mut self, html: &str, copied: Range<usize>) {
        if html.starts_with("<!--") {
            self.out.opaque.push(self.copy.range(&copied));
            self.out.dropped.comments += 1;
        } else if is_break(html) {
            self.leaf(InlineKind::HardBreak, copied);
        } else {
            self.opaque_leaf(InlineKind::Html(html.to_owned()), copied);
        }
    }

    fn start(&mut self, tag: Tag<'_>, copied: Range<usize>) {
        let range = self.copy.range(&copied);
        let open = match tag {
            Tag::Paragraph => Open::Paragraph,
            Tag::Heading { level, .. } => Open::Heading(heading_level(level)),
            Tag::BlockQuote(_) => {
                self.out.wanted.extend(callout::title_edit(self.source, range.start));
                Open::Quote
            }
            Tag::CodeBlock(kind) => {
                self.out.opaque.push(range.clone());
                let (info, fenced) = match kind {
                    CodeBlockKind::Fenced(info) => (info.into_string(), true),
                    CodeBlockKind::Indented => (String::new(), false),
                };
                let info = info.trim();
                let (lang, rest) = info.split_once(char::is_whitespace).unwrap_or((info, ""));
                Open::Code {
                    lang: lang.to_lowercase(),
                    info: rest.trim().to_owned(),
                    fenced,
                    first: None,
                    last: range.start,
                }
            }
            Tag::HtmlBlock => {
                self.out.opaque.push(range.clone());
                Open::Html
            }
            Tag::List(start) => Open::List(start),
            Tag::Item => Open::Item,
            Tag::FootnoteDefinition(label) => Open::Footnote(label.into_string()),
            Tag::Table(aligns) => Open::Table(aligns.into_iter().map(align).collect()),
            Tag::TableHead => Open::Row { head: true },
            Tag::TableRow => Open::Row { head: false },
            Tag::TableCell => Open::Cell,
            Tag::Emphasis => Open::Emph,
            Tag::Strong => Open::Strong,
            Tag::Strikethrough => Open::Strike,
            Tag::Link { link_type: LinkType::WikiLink { has_pothole }, dest_url, .. } => {
                Open::WikiLink { target: dest_url.into_string(), piped: has_pothole }
            }
            Tag::Link { dest_url, title, .. } => {
                Open::Link { dest: dest_url.into_string(), title: title.into_string() }
            }
            Tag::Image { link_type: LinkType::WikiLink { has_pothole }, dest_url, .. } => {
                Open::Embed { target: dest_url.into_string(), piped: has_pothole }
            }
            Tag::Image { dest_url, title, .. } => {
                Open::Image { dest: dest_url.into_string(), title: title.into_string() }
            }
            // Not enabled; their content stands as if they were not there.
            Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => Open::Paragraph,
        };
        if is_inline(&open) {
            self.inlines += 1;
            self.deepest = self.deepest.max(self.inlines);
            if self.inlines > MAX_INLINES {
                self.inlines -= 1;
                self.give_up_inline(range);
                return;
            }
        } else {
            self.flush();
            match open {
                Open::Quote | Open::Footnote(_) => self.quotes += 1,
                Open::List(_) => self.lists += 1,
                _ => {}
            }
            if self.quotes > MAX_QUOTES || self.lists > MAX_LISTS {
                match open {
                    Open::Quote | Open::Footnote(_) => self.quotes -= 1,
                    _ => self.lists -= 1,
                }
                self.give_up_block(range);
                return;
            }
        }
        self.stack.push(Frame::new(open, range));
    }

    fn give_up_inline(&mut self, range: Range<usize>) {
        self.out.problems.push(too_many_inlines(range.clone()));
        let text = self.source.get(range.clone()).unwrap_or_default().to_owned();
        self.push_inline(Inline { kind: InlineKind::Text(text), range });
        self.skipping = Some(0);
    }

    fn give_up_block(&mut self, range: Range<usize>) {
        let range = trim_end(self.source, range);
        let line = self.source.get(range.clone()).and_then(|s| s.find('\n')).unwrap_or(range.len());
        self.out.problems.push(
            Problem::error(
                "too-deep",
                range.start..range.start + line.min(80).min(range.len()),
                format!(
                    "more than {MAX_QUOTES} quotes or {MAX_LISTS} lists in one another, so this is printed as plain text"
                ),
            )
            .hint("take some levels out"),
        );
        if let Some(problem) = self.out.problems.last_mut() {
            while !self.source.is_char_boundary(problem.range.end) {
                problem.range.end -= 1;
            }
        }
        let text = self.source.get(range.clone()).unwrap_or_default().to_owned();
        let text = Inline { kind: InlineKind::Text(text), range: range.clone() };
        self.push_block(BlockKind::Paragraph(vec![text]), range, None);
        self.skipping = Some(0);
    }

    fn end(&mut self, tag: TagEnd) {
        if self.stack.len() < 2 {
            return;
        }
        if tag == TagEnd::Item || tag == TagEnd::FootnoteDefinition || matches!(tag, TagEnd::BlockQuote(_)) {
            self.flush();
        }
        let Some(frame) = self.stack.pop() else { return };
        if is_inline(&frame.open) {
            self.inlines = self.inlines.saturating_sub(1);
            self.end_inline(frame);
        } else {
            self.end_block(frame);
        }
    }

    fn end_inline(&mut self, frame: Frame) {
        let Frame { open, range, inlines, .. } = frame;
        let in_link = matches!(open, Open::Link { .. } | Open::WikiLink { .. })
            || self
                .stack
                .iter()
                .rev()
                .take_while(|f| is_inline(&f.open))
                .any(|f| matches!(f.open, Open::Link { .. } | Open::WikiLink { .. }));
        let content = match open {
            Open::Image { .. } | Open::Embed { .. } => inlines,
            Open::WikiLink { piped: false, .. } => inlines,
            _ => self.refine(inlines, in_link),
        };
        let kind = match open {
            Open::Strong => InlineKind::Strong(content),
            Open::Emph => InlineKind::Emph(content),
            Open::Strike => {
                // Obsidian strikes with two tildes only.
                if !self.source.get(range.clone()).is_some_and(|s| s.starts_with("~~")) {
                    let tilde = |at: usize| Inline { kind: InlineKind::Text("~".into()), range: at..at + 1 };
                    let last = range.end.saturating_sub(1);
                    self.push_inline(tilde(range.start));
                    content.into_iter().for_each(|inline| self.push_inline(inline));
                    self.push_inline(tilde(last));
                    return;
                }
                InlineKind::Strike(content)
            }
            Open::Link { dest, title } => InlineKind::Link { dest, title, content },
            Open::WikiLink { target, piped } => {
                if target.contains(['\n', '\r']) {
                    // Obsidian's links end with their line.
                    let text = self.source.get(range.clone()).unwrap_or_default().to_owned();
                    self.push_inline(Inline { kind: InlineKind::Text(text), range });
                    return;
                }
                let shown = (piped && !plain_text(&content).trim().is_empty()).then_some(content);
                InlineKind::WikiLink(WikiLink { target: inline::link_target(&target), shown })
            }
            Open::Embed { target, piped } => {
                let (alt, size) =
                    if piped { inline::alt_and_size(&plain_text(&content)) } else { Default::default() };
                InlineKind::Embed(Embed { target: inline::link_target(&target), alt, size })
            }
            Open::Image { dest, title } => {
                let (alt, size) = inline::alt_and_size(&plain_text(&content));
                InlineKind::Image { dest, title, alt: alt.unwrap_or_default(), size }
            }
            _ => return,
        };
        self.push_inline(Inline { kind, range });
    }

    fn end_block(&mut self, frame: Frame) {
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
    fn flush(&mut self) {
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

    fn refine(&mut self, inlines: Vec<Inline>, in_link: bool) -> Vec<Inline> {
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

    fn finish(mut self) -> Built {
        self.flush();
        if let Some(root) = self.stack.into_iter().next() {
            self.out.blocks = root.blocks;
        }
        self.out.blocks.append(&mut self.footnotes);
        self.out
    }
}

fn is_inline(open: &Open) -> bool {
    matches!(
        open,
        Open::Strong
            | Open::Emph
            | Open::Strike
            | Open::Link { .. }
            | Open::WikiLink { .. }
            | Open::Embed { .. }
            | Open::Image { .. }
    )
}

fn too_many_inlines(range: Range<usize>) -> Problem {
    let message = format!("more than {MAX_INLINES} marks in one another, so this is printed as plain text");
    Problem::error("too-deep", range, message).hint("take some of the marks out")
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

fn heading_level(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn align(alignment: Alignment) -> Align {
    match alignment {
        Alignment::None => Align::None,
        Alignment::Left => Align::Left,
        Alignment::Center => Align::Center,
        Alignment::Right => Align::Right,
    }
}

/// `<br>`, `<br/>`, `<BR />`.
fn is_break(html: &str) -> bool {
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

/// The range without white space at its end.
fn trim_end(source: &str, range: Range<usize>) -> Range<usize> {
    let text = source.get(range.clone()).unwrap_or_default();
    range.start..range.start + text.trim_end().len()
}

fn trim_start(source: &str, range: Range<usize>) -> Range<usize> {
    let text = source.get(range.clone()).unwrap_or_default();
    range.start + (text.len() - text.trim_start().len())..range.end
}

/// The smallest range around all.
fn around<'r>(range: Range<usize>, inner: impl Iterator<Item = &'r Range<usize>>) -> Range<usize> {
    inner.fold(range, |all, one| all.start.min(one.start)..all.end.max(one.end))
}

/// Whether no blank line stands between items or between the blocks of an item.
fn is_tight(source: &str, items: &[Item]) -> bool {
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
fn task(source: &str, body: &mut Vec<Block>) -> Option<char> {
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
