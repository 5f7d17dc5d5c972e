//! From the parser's events to the tree, with an explicit stack: no recursion over the user's nesting.

mod blocks;
mod ranges;

use std::ops::Range;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};

use super::edit::{Edit, Edited};
use super::{Dropped, MAX_INLINES, MAX_LISTS, MAX_QUOTES, Problem, callout, inline, plain_text};
use crate::vault::ast::{Align, Block, BlockKind, Cell, Embed, Inline, InlineKind, Item, Row, WikiLink};
use blocks::is_break;
pub(crate) use ranges::blank_between;
use ranges::trim_end;

/// The tree of one pass, and the edits the next pass should make.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub blocks: Vec<Block>,
    pub problems: Vec<Problem>,
    pub dropped: Dropped,
    pub wanted: Vec<Edit>,
    /// Code, math and raw HTML, in order.
    pub opaque: Vec<Range<usize>>,
    /// Rows and cells of tables, each in order.
    pub rows: Vec<Range<usize>>,
    pub cells: Vec<Range<usize>>,
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
