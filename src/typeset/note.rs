//! The native function `note`: a part of a Markdown note becomes Typst content.
//!
//! A layout writes `#note("/vault/concepts/Duck Typing.md", "b3-7", links: "/data/…", style: note-style)`. The text of
//! a note becomes elements, never Typst code, so nothing in it can run. Every element carries a span into the
//! Markdown, so Typst's own errors land on the user's line. What the layout decides (how a callout or a task looks) it
//! hands over as functions in `style`; what needs the rest of the pack (where a link leads) comes from a small JSON
//! file, `links`, that holds only what this note needs.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use typst::World;
use typst::comemo::{self, Tracked};
use typst::diag::{At, SourceResult, bail};
use typst::engine::Engine;
use typst::foundations::{
    Args, Array, Bytes, CastInfo, Content, Context, Dict, Func, IntoValue, NativeElement, NativeFuncData,
    NativeFuncPtr, Scope, Smart, Str, Styles, Type, Value,
};
use typst::introspection::MetadataElem;
use typst::layout::{Abs, HElem, Length, Rel, Spacing};
use typst::model::{
    Destination, EmphElem, EnumElem, EnumItem, FootnoteElem, HeadingElem, LinkElem, LinkTarget, ListElem,
    ListItem, ParElem, QuoteElem, StrongElem, Url,
};
use typst::syntax::{FileId, Span};
use typst::text::{
    FontStyle, FontWeight, HighlightElem, LinebreakElem, RawContent, RawElem, SmartQuoteElem, SpaceElem,
    StrikeElem, TextElem,
};

use typst::visualize::Color;

use super::highlight::{self, Token};
use super::span::range_span;
use super::world;
use super::wrap::{code_pieces, wrap_code};
use crate::vault::ast::*;
use crate::vault::{Parsed, Part, Selection, math, parse, select};

/// What a note needs of the rest of the pack: the sidecar's content.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Links {
    /// Wikilinks as written (without alias) → key of the place they lead to; absent or `None` prints plain text.
    #[serde(default)]
    pub links: HashMap<String, Option<String>>,
    /// Images as written → virtual path.
    #[serde(default)]
    pub images: HashMap<String, String>,
    /// Images that cannot be printed, as written → what is wrong.
    #[serde(default)]
    pub stubs: HashMap<String, String>,
    /// Diagrams: first byte of the code block → picture.
    #[serde(default)]
    pub diagrams: HashMap<usize, Diagram>,
}

/// A Mermaid block's picture.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Diagram {
    /// Virtual path of the SVG.
    pub path: String,
    pub caption: Option<String>,
    pub alt: Option<String>,
    /// Natural size, pt.
    pub width: f64,
    pub height: f64,
}

/// The scheme of links between places of a pack; they are resolved when pages are assembled.
pub const GOTO: &str = "recto:goto:";

/// Adds the functions to the library's global scope.
pub fn define(scope: &mut Scope) {
    scope.define_func_with_data(&NOTE);
    super::paragraph::define(scope);
}

static NOTE: NativeFuncData = NativeFuncData {
    function: NativeFuncPtr(&|engine, context, args| note(engine, context, args)),
    name: "note",
    title: "Note",
    docs: "Typesets a part of a Markdown note.",
    def_site: None,
    keywords: &[],
    contextual: false,
    scope: LazyLock::new(&|| Scope::new()),
    params: LazyLock::new(&|| Vec::new()),
    returns: LazyLock::new(&|| CastInfo::Type(Type::of::<Content>())),
};

/// `note(path, part, links: none, style: (:), level: 4, piece: none, follows: false)`; what `follows` comes right behind a
/// paragraph.
fn note(engine: &mut Engine, context: Tracked<Context>, args: &mut Args) -> SourceResult<Value> {
    let call = args.span;
    let path: Str = args.expect("path")?;
    let part: Str = args.expect("part")?;
    let links: Option<Str> = args.named("links")?;
    let style: Dict = args.named("style")?.unwrap_or_default();
    let level: usize = args.named("level")?.unwrap_or(4);
    let piece: Option<Array> = args.named("piece")?;
    let follows: bool = args.named("follows")?.unwrap_or_default();

    let part: Part = part.parse().map_err(typst::ecow::EcoString::from).at(call)?;
    let id = world::file_id(&path).map_err(typst::ecow::EcoString::from).at(call)?;
    let bytes = engine.world.file(id).at(call)?;
    let Some(parsed) = parsed(bytes.clone()) else { bail!(call, "{path} is not UTF-8") };
    let links = match links {
        None => Arc::default(),
        Some(path) => {
            let id = world::file_id(&path).map_err(typst::ecow::EcoString::from).at(call)?;
            let bytes = engine.world.file(id).at(call)?;
            match sidecar(bytes) {
                Some(links) => links,
                None => bail!(call, "{path} is not a note's sidecar"),
            }
        }
    };

    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let Some(selection) = select(&parsed, text, &part) else { bail!(call, "{path} has no part {part}") };
    let selection = match piece {
        None => selection,
        Some(piece) => {
            let number = |i: i64| -> SourceResult<usize> {
                let value = piece.at(i, None).at(call)?;
                value.cast::<usize>().at(call)
            };
            crate::vault::pieces::piece(&selection, number(0)?, number(1)?)
        }
    };

    let mut walk = Walk {
        engine,
        context,
        call,
        id,
        text,
        parsed: &parsed,
        links: &links,
        style: &style,
        level,
        shallowest: 0,
        last: 0,
        at_start: false,
        after_paragraph: follows,
        in_table: false,
    };
    let content = match selection {
        Selection::Inlines(inlines) => walk.inlines(&inlines)?,
        Selection::Blocks(blocks) => walk.part(&blocks)?,
    };
    Ok(content.into_value())
}

/// A picture alone in its paragraph is a figure.
fn is_figure(inlines: &[Inline]) -> bool {
    matches!(inlines, [one] if matches!(one.kind, InlineKind::Image { .. } | InlineKind::Embed(_)))
}

/// Whether the straight mark at a byte of a text is an apostrophe: between letters or digits, where it is never the sign for
/// feet (`3.15's`).
pub(super) fn is_apostrophe(text: &str, at: usize) -> bool {
    let within = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    within(text[..at].chars().next_back()) && within(text[at + 1..].chars().next())
}

/// The note's tree, read once for all its parts.
#[comemo::memoize]
fn parsed(bytes: Bytes) -> Option<Arc<Parsed>> {
    let text = std::str::from_utf8(&bytes).ok()?;
    Some(Arc::new(parse(text)))
}

#[comemo::memoize]
fn sidecar(bytes: Bytes) -> Option<Arc<Links>> {
    serde_json::from_slice(&bytes).ok().map(Arc::new)
}

/// The walk from blocks to elements.
struct Walk<'a, 'e, 'w> {
    engine: &'a mut Engine<'w>,
    context: Tracked<'a, Context<'e>>,
    /// The layout's call, for errors that are the layout's.
    call: Span,
    id: FileId,
    text: &'a str,
    parsed: &'a Parsed,
    links: &'a Links,
    style: &'a Dict,
    /// Level of the shallowest heading that the part holds.
    level: usize,
    shallowest: u8,
    /// Level of the heading before, so that none is skipped; 0 before the first.
    last: usize,
    /// No block of the part has been typeset yet.
    at_start: bool,
    /// A paragraph stands right above.
    after_paragraph: bool,
    /// In a table's cell.
    in_table: bool,
}

impl Walk<'_, '_, '_> {
    fn span(&self, range: &Range<usize>) -> Span {
        range_span(self.id, range.clone())
    }

    /// Calls one of the layout's functions.
    fn call(
        &mut self,
        name: &str,
        args: impl IntoIterator<Item = Value>,
        span: Span,
    ) -> SourceResult<Content> {
        let Ok(value) = self.style.get(name) else {
            bail!(self.call, "the layout's note style has no function `{name}`")
        };
        let func: Func = value.clone().cast().at(self.call)?;
        let args = Args::new(self.call, args);
        Ok(func.call(self.engine, self.context, args)?.display().spanned(span))
    }

    fn part(&mut self, blocks: &[Block]) -> SourceResult<Content> {
        self.shallowest = blocks
            .iter()
            .filter_map(|b| match b.kind {
                BlockKind::Heading { level, .. } => Some(level),
                _ => None,
            })
            .min()
            .unwrap_or(1);
        self.last = self.level.saturating_sub(1);
        self.at_start = true;
        self.blocks(blocks)
    }

    fn blocks(&mut self, blocks: &[Block]) -> SourceResult<Content> {
        let mut out = Vec::with_capacity(blocks.len());
        let mut after = std::mem::take(&mut self.after_paragraph);
        let mut rest = blocks.iter().peekable();
        while let Some(block) = rest.next() {
            let first = std::mem::take(&mut self.at_start);
            // An output block belongs to the code before it.
            if let BlockKind::Code(code) = &block.kind
                && code.lang != "output"
            {
                let output = rest.next_if(|b| matches!(&b.kind, BlockKind::Code(c) if c.lang == "output"));
                out.push(self.code(block, code, output, first)?);
                after = false;
                continue;
            }
            match &block.kind {
                BlockKind::Paragraph(inlines) if !is_figure(inlines) => {
                    out.push(self.paragraph(inlines, after, self.span(&block.range))?);
                    after = true;
                }
                _ => {
                    out.push(self.block(block)?);
                    after = false;
                }
            }
        }
        Ok(Content::sequence(out))
    }

    fn block(&mut self, block: &Block) -> SourceResult<Content> {
        let span = self.span(&block.range);
        Ok(match &block.kind {
            BlockKind::Heading { level, content } => {
                let wanted = self.level + usize::from(level.saturating_sub(self.shallowest));
                let level = wanted.min(self.last + 1);
                self.last = level;
                let body = self.inlines(content)?;
                let level = std::num::NonZeroUsize::new(level).unwrap_or(std::num::NonZeroUsize::MIN);
                HeadingElem::new(body).with_level(Smart::Custom(level)).pack().spanned(span)
            }
            BlockKind::Paragraph(inlines) => match inlines.as_slice() {
                [one] if is_figure(inlines) => self.image(one, true)?,
                _ => self.paragraph(inlines, false, span)?,
            },
            BlockKind::Quote(blocks) => {
                QuoteElem::new(self.blocks(blocks)?).with_block(true).pack().spanned(span)
            }
            BlockKind::Callout(callout) => {
                let title = match &callout.title {
                    Some(title) => self.inlines(title)?.into_value(),
                    None => Value::None,
                };
                let body = self.blocks(&callout.body)?;
                let kind = callout_name(callout.kind);
                self.call("callout", [kind.into_value(), title, body.into_value()], span)?
            }
            BlockKind::List(list) => self.list(list, span)?,
            BlockKind::Code(code) => self.code(block, code, None, false)?,
            BlockKind::Table(table) => self.table(table, span)?,
            BlockKind::Rule => self.call("rule", [], span)?,
            // Printed where it is referred to.
            BlockKind::FootnoteDef { .. } => Content::empty(),
            BlockKind::Math(source) => self.math(source, true, span)?,
            BlockKind::Html(source) => {
                let raw = RawElem::new(RawContent::Text(source.as_str().into())).with_block(true);
                raw.pack().spanned(span)
            }
        })
    }

    /// Text that is no paragraph, in lines of its own: the layout says how they are set.
    fn lines(&mut self, body: Content, span: Span) -> SourceResult<Content> {
        match self.style.contains("lines") {
            true => self.call("lines", [body.into_value()], span),
            false => Ok(body),
        }
    }

    /// A paragraph; right below another one it is indented where the layout says by how much.
    fn paragraph(&mut self, inlines: &[Inline], after: bool, span: Span) -> SourceResult<Content> {
        let mut body = self.inlines(inlines)?;
        if after && let Ok(indent) = self.style.get("indent") {
            let indent: Length = indent.clone().cast().at(self.call)?;
            body = Content::sequence([HElem::new(Spacing::Rel(indent.into())).pack(), body]);
        }
        Ok(ParElem::new(body).pack().spanned(span))
    }

    fn list(&mut self, list: &List, span: Span) -> SourceResult<Content> {
        if !list.items.is_empty() && list.items.iter().all(|item| item.task.is_some()) {
            let mut items = Array::new();
            for item in &list.items {
                let mark = item.task.unwrap_or(' ').to_string();
                let body = self.item(item, list.tight)?;
                items.push(Value::Array([mark.into_value(), body.into_value()].into_iter().collect()));
            }
            return self.call("tasks", [items.into_value()], span);
        }
        let mut bodies = Vec::with_capacity(list.items.len());
        for item in &list.items {
            let mut body = self.item(item, list.tight)?;
            if let Some(mark) = item.task {
                let mark = self.call("task", [mark.to_string().into_value()], self.span(&item.range))?;
                body = Content::sequence([mark, SpaceElem::shared().clone(), body]);
            }
            bodies.push((body, self.span(&item.range)));
        }
        Ok(match list.start {
            None => {
                let items = bodies
                    .into_iter()
                    .filter_map(|(body, span)| ListItem::new(body).pack().spanned(span).into_packed().ok());
                ListElem::new(items.collect()).with_tight(list.tight).pack().spanned(span)
            }
            Some(start) => {
                let items = bodies
                    .into_iter()
                    .filter_map(|(body, span)| EnumItem::new(body).pack().spanned(span).into_packed().ok());
                let list_elem = EnumElem::new(items.collect()).with_tight(list.tight);
                list_elem.with_start(Smart::Custom(start)).pack().spanned(span)
            }
        })
    }

    /// An item's body: in a tight list its paragraphs are plain lines.
    fn item(&mut self, item: &Item, tight: bool) -> SourceResult<Content> {
        match item.body.as_slice() {
            // With a mark before it, text and mark are one line.
            [Block { kind: BlockKind::Paragraph(inlines), .. }] if item.task.is_none() => {
                let body = self.inlines(inlines)?;
                self.lines(body, self.span(&item.range))
            }
            [Block { kind: BlockKind::Paragraph(inlines), .. }] => self.inlines(inlines),
            [Block { kind: BlockKind::Paragraph(inlines), .. }, rest @ ..] if tight => {
                Ok(Content::sequence([self.inlines(inlines)?, self.blocks(rest)?]))
            }
            body => self.blocks(body),
        }
    }

    fn table(&mut self, table: &Table, span: Span) -> SourceResult<Content> {
        let align = |a: &Align| match a {
            Align::None => "none",
            Align::Left => "left",
            Align::Center => "center",
            Align::Right => "right",
        };
        let aligns: Array = table.align.iter().map(|a| align(a).into_value()).collect();
        self.in_table = true;
        let head = self.row(&table.head)?;
        let mut rows = Array::new();
        for row in &table.rows {
            rows.push(Value::Array(self.row(row)?));
        }
        self.in_table = false;
        self.call("table", [aligns.into_value(), head.into_value(), rows.into_value()], span)
    }

    fn row(&mut self, row: &Row) -> SourceResult<Array> {
        row.cells.iter().map(|cell| Ok(self.inlines(&cell.content)?.into_value())).collect()
    }

    /// `first`: nothing of the part stands above.
    fn code(
        &mut self,
        block: &Block,
        code: &Code,
        output: Option<&Block>,
        first: bool,
    ) -> SourceResult<Content> {
        let span = self.span(&block.range);
        if let Some(diagram) = self.links.diagrams.get(&block.range.start) {
            let args = [
                diagram.path.as_str().into_value(),
                caption(diagram.caption.as_deref().unwrap_or_default(), span),
                diagram.alt.as_deref().map_or(Value::None, |c| c.into_value()),
                diagram.width.into_value(),
                diagram.height.into_value(),
            ];
            return Ok(placed(self.call("diagram", args, span)?, span));
        }
        let (raw, lines) = self.raw(block, code)?;
        let (output, output_lines) = match output {
            Some(block @ Block { kind: BlockKind::Code(code), .. }) => {
                let (raw, lines) = self.raw(block, code)?;
                (raw.into_value(), lines.len())
            }
            _ => (Value::None, 0),
        };
        let lang = code.lang.as_str().into_value();
        if !self.style.contains("counted-code") {
            return self.call("code", [lang, raw.into_value(), output], span);
        }
        // For a layout that wants to know how many lines there are, and each one's number.
        let mut numbers = Vec::with_capacity(lines.len() * 2);
        for (i, number) in lines.iter().enumerate() {
            if i > 0 {
                numbers.push(LinebreakElem::new().pack());
            }
            if let Some(number) = number {
                numbers.push(TextElem::packed(number.to_string()));
            }
        }
        let numbers = self.lines(Content::sequence(numbers), span)?.into_value();
        let counts = [lines.len().into_value(), output_lines.into_value()];
        let [count, output_count] = counts;
        let args = [lang, raw.into_value(), output, numbers, count, output_count, first.into_value()];
        self.call("counted-code", args, span)
    }

    /// The code as it stands, line by line so that each line knows its place; a line wider than the layout's column
    /// continues after a mark. Beside it each printed line's number, which a line that continues has none of.
    fn raw(&mut self, block: &Block, code: &Code) -> SourceResult<(Content, Vec<Option<usize>>)> {
        let span = self.span(&block.range);
        let width = self.style.get("code-columns").ok().and_then(|v| v.clone().cast::<usize>().ok());
        let exact =
            self.text.get(code.text_range.clone()).is_some_and(|s| s.trim_end_matches('\n') == code.text);
        let mut at = code.text_range.start;
        let mut lines = Vec::new();
        let mut numbers = Vec::new();
        for (number, line) in code.text.split('\n').enumerate() {
            let line_span = if exact { self.span(&(at..at + line.len())) } else { span };
            at += line.len() + 1;
            for (i, piece) in
                wrap_code(&line.replace('\t', "    "), width.unwrap_or(usize::MAX)).into_iter().enumerate()
            {
                lines.push((piece, line_span));
                numbers.push((i == 0).then_some(number + 1));
            }
        }
        if highlight::knows(&code.lang) {
            let body = self.coloured(&code.lang, &lines);
            return Ok((self.lines(body, span)?, numbers));
        }
        let lines = lines.into_iter().map(|(line, span)| (line.into(), span)).collect();
        let raw = RawElem::new(RawContent::Lines(lines))
            .with_block(true)
            .with_lang(Some(code.lang.as_str().into()));
        Ok((raw.pack().spanned(span), numbers))
    }

    /// Code in a language of ours: lines of text in the layout's colours.
    fn coloured(&mut self, lang: &str, lines: &[(String, Span)]) -> Content {
        let styles: Vec<Option<Styles>> = Token::ALL.iter().map(|token| self.token_styles(*token)).collect();
        let mut state = highlight::State::default();
        let mut out = Vec::with_capacity(lines.len() * 4);
        for (i, (line, span)) in lines.iter().enumerate() {
            if i > 0 {
                out.push(LinebreakElem::new().pack());
            }
            for (token, piece) in highlight::tokens(lang, line, &mut state) {
                let text = TextElem::packed(piece).spanned(*span);
                let styles = styles.get(token as usize).and_then(Option::as_ref);
                out.push(
                    styles
                        .map_or_else(|| text.clone(), |styles| text.clone().styled_with_map(styles.clone())),
                );
            }
        }
        Content::sequence(out)
    }

    /// `syntax: (keyword: (fill: …, bold: true, italic: false), …)` of the layout's style.
    fn token_styles(&self, token: Token) -> Option<Styles> {
        let all: Dict = self.style.get("syntax").ok()?.clone().cast().ok()?;
        let own: Dict = all.get(token.name()).ok()?.clone().cast().ok()?;
        let mut styles = Styles::new();
        if let Some(fill) = own.get("fill").ok().and_then(|v| v.clone().cast::<Color>().ok()) {
            styles.set(TextElem::fill, fill.into());
        }
        let flag = |key: &str| own.get(key).ok().and_then(|v| v.clone().cast::<bool>().ok()).unwrap_or(false);
        if flag("bold") {
            styles.set(TextElem::weight, FontWeight::BOLD);
        }
        if flag("italic") {
            styles.set(TextElem::style, FontStyle::Italic);
        }
        Some(styles)
    }

    fn inlines(&mut self, inlines: &[Inline]) -> SourceResult<Content> {
        let mut out = Vec::with_capacity(inlines.len());
        for inline in inlines {
            self.inline(inline, &mut out)?;
        }
        Ok(Content::sequence(out))
    }

    fn inline(&mut self, inline: &Inline, out: &mut Vec<Content>) -> SourceResult<()> {
        let span = self.span(&inline.range);
        let content = match &inline.kind {
            InlineKind::Text(text) => {
                self.text(text, &inline.range, out);
                return Ok(());
            }
            InlineKind::Code(code) => self.code_in_line(code, span),
            InlineKind::Strong(body) => StrongElem::new(self.inlines(body)?).pack(),
            InlineKind::Emph(body) => EmphElem::new(self.inlines(body)?).pack(),
            InlineKind::Strike(body) => StrikeElem::new(self.inlines(body)?).pack(),
            InlineKind::Highlight(body) => HighlightElem::new(self.inlines(body)?).pack(),
            InlineKind::Link { dest, content, .. } => {
                let body = self.inlines(content)?;
                match Url::new(dest.as_str()) {
                    Ok(url) if is_web_link(dest) => {
                        LinkElem::new(LinkTarget::Dest(Destination::Url(url)), body).pack()
                    }
                    _ => self.goto(dest, body),
                }
            }
            InlineKind::WikiLink(link) => {
                let body = match &link.shown {
                    Some(shown) => self.inlines(shown)?,
                    None => TextElem::packed(shown_target(&link.target)).spanned(span),
                };
                self.goto(&written_target(&link.target), body)
            }
            InlineKind::Embed(_) | InlineKind::Image { .. } => self.image(inline, false)?,
            InlineKind::FootnoteRef(label) => self.footnote(label, span)?,
            InlineKind::Math(source) => self.math(source, false, span)?,
            InlineKind::Tag(tag) => self.call("tag", [tag.as_str().into_value()], span)?,
            InlineKind::Html(source) => RawElem::new(RawContent::Text(source.as_str().into())).pack(),
            InlineKind::SoftBreak => SpaceElem::shared().clone(),
            InlineKind::HardBreak => LinebreakElem::new().pack(),
            InlineKind::Gap => self.call("gap", [], span)?,
            InlineKind::Answer(body) => {
                let body = self.inlines(body)?;
                self.call("answer", [body.into_value()], span)?
            }
        };
        out.push(content.spanned(span));
        Ok(())
    }

    /// Plain text; straight quotes become the language's own.
    fn text(&self, text: &str, range: &Range<usize>, out: &mut Vec<Content>) {
        let exact = self.text.get(range.clone()) == Some(text);
        let place = |piece: Range<usize>| {
            let piece =
                if exact { range.start + piece.start..range.start + piece.end } else { range.clone() };
            self.span(&piece)
        };
        let mut start = 0;
        for (at, c) in text.char_indices().filter(|(_, c)| matches!(c, '"' | '\'')) {
            if c == '\'' && is_apostrophe(text, at) {
                out.push(TextElem::packed(&text[start..at]).spanned(place(start..at)));
                out.push(TextElem::packed("’").spanned(place(at..at + 1)));
                start = at + 1;
                continue;
            }
            if start < at {
                out.push(TextElem::packed(&text[start..at]).spanned(place(start..at)));
            }
            out.push(SmartQuoteElem::new().with_double(c == '"').pack().spanned(place(at..at + 1)));
            start = at + 1;
        }
        if start < text.len() {
            out.push(TextElem::packed(&text[start..]).spanned(place(start..text.len())));
        }
    }

    /// Code in the line. Where the layout wants it (`code-breaks`, characters), a word longer than that may be broken: Typst
    /// knows no place to break it, and it would leave the column.
    fn code_in_line(&self, code: &str, span: Span) -> Content {
        let raw = |text: &str| RawElem::new(RawContent::Text(text.into())).pack().spanned(span);
        let most = self.style.get("code-breaks").ok().and_then(|v| v.clone().cast::<usize>().ok());
        let pieces = code_pieces(code, most.map_or(usize::MAX, |n| if self.in_table { n / 2 } else { n }));
        // Space of no width: lines may end there, and nothing is there to be copied.
        let gap = HElem::new(Spacing::Rel(Rel::from(Abs::pt(1e-4)))).pack().spanned(span);
        Content::sequence(pieces.iter().enumerate().flat_map(|(i, piece)| {
            (i > 0).then(|| gap.clone()).into_iter().chain(std::iter::once(raw(piece)))
        }))
    }

    /// A link to a place of the pack; plain text where the sidecar knows none.
    fn goto(&self, written: &str, body: Content) -> Content {
        match self.links.links.get(written) {
            Some(Some(key)) => match Url::new(format!("{GOTO}{key}")) {
                Ok(url) => LinkElem::new(LinkTarget::Dest(Destination::Url(url)), body).pack(),
                Err(_) => body,
            },
            _ => body,
        }
    }

    fn footnote(&mut self, label: &str, span: Span) -> SourceResult<Content> {
        let parsed = self.parsed;
        let Some(body) = parsed.footnote(label) else {
            return Ok(TextElem::packed(format!("[^{label}]")));
        };
        let body = match body {
            [Block { kind: BlockKind::Paragraph(inlines), .. }] => self.inlines(inlines)?,
            body => self.blocks(body)?,
        };
        if self.style.contains("footnote") {
            return self.call("footnote", [body.into_value()], span);
        }
        Ok(FootnoteElem::with_content(body).pack())
    }

    /// A formula; one that cannot be typeset is shown as its source (the vault's findings say why).
    fn math(&mut self, source: &str, block: bool, span: Span) -> SourceResult<Content> {
        let body = match math::parse(source) {
            Ok(nodes) => {
                let fonts = self.style.get("face").ok().and_then(|v| v.clone().cast::<Array>().ok());
                let fonts: Vec<String> = fonts
                    .into_iter()
                    .flatten()
                    .filter_map(|name| name.cast::<Str>().ok().map(|name| name.as_str().to_owned()))
                    .collect();
                super::math::build(&nodes, block, &fonts, span).into_value()
            }
            Err(_) => Value::None,
        };
        self.call("math", [body, source.trim().into_value(), block.into_value()], span)
    }

    /// An image: a figure of its own, or in the line.
    fn image(&mut self, inline: &Inline, block: bool) -> SourceResult<Content> {
        let span = self.span(&inline.range);
        let (written, alt, title, size) = match &inline.kind {
            InlineKind::Image { dest, title, alt, size } => (dest.clone(), alt.clone(), title.clone(), *size),
            InlineKind::Embed(embed) => (
                written_target(&embed.target),
                embed.alt.clone().unwrap_or_default(),
                String::new(),
                embed.size,
            ),
            _ => return Ok(Content::empty()),
        };
        if let Some(path) = self.links.images.get(&written) {
            let number = |n: Option<u32>| n.map_or(Value::None, |n| i64::from(n).into_value());
            let text = |s: &str| if s.is_empty() { Value::None } else { s.into_value() };
            let args = [
                path.as_str().into_value(),
                text(&alt),
                caption(&title, span),
                number(size.width),
                number(size.height),
                block.into_value(),
            ];
            return Ok(placed(self.call("image", args, span)?, span));
        }
        if let Some(message) = self.links.stubs.get(&written) {
            return self.call("stub", [message.as_str().into_value()], span);
        }
        // An embedded note is printed in its own place: here stands its name.
        let name = if alt.is_empty() { written.clone() } else { alt };
        Ok(self.goto(&written, TextElem::packed(name).spanned(span)))
    }
}

/// `Note#Heading` and `Note#^block` as the sidecar's keys have them.
pub fn written_target(target: &crate::vault::ast::LinkTarget) -> String {
    match (&target.heading, &target.block) {
        (Some(heading), _) => format!("{}#{heading}", target.note),
        (None, Some(block)) => format!("{}#^{block}", target.note),
        (None, None) => target.note.clone(),
    }
}

/// What a wikilink without alias shows: Obsidian writes `Note > Heading`.
fn shown_target(target: &crate::vault::ast::LinkTarget) -> String {
    let name = target.note.rsplit('/').next().unwrap_or_default();
    match (&target.heading, name.is_empty()) {
        (Some(heading), true) => heading.clone(),
        (Some(heading), false) => format!("{name} › {heading}"),
        (None, _) => name.into(),
    }
}

/// A picture with a mark before it that knows its place: a layout's own pictures know only the layout.
fn placed(picture: Content, span: Span) -> Content {
    Content::sequence([MetadataElem::new(Value::None).pack().spanned(span), picture])
}

/// What is written under a picture.
fn caption(text: &str, span: Span) -> Value {
    if text.is_empty() { Value::None } else { TextElem::packed(text).spanned(span).into_value() }
}

/// Links that may stand in a PDF; anything else (`javascript:`, `file:`) is printed as text.
fn is_web_link(dest: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| dest.starts_with(scheme))
}

/// The kind's name in layouts and locale files.
pub fn callout_name(kind: CalloutKind) -> &'static str {
    match kind {
        CalloutKind::Note => "note",
        CalloutKind::Abstract => "abstract",
        CalloutKind::Info => "info",
        CalloutKind::Todo => "todo",
        CalloutKind::Tip => "tip",
        CalloutKind::Success => "success",
        CalloutKind::Question => "question",
        CalloutKind::Warning => "warning",
        CalloutKind::Failure => "failure",
        CalloutKind::Danger => "danger",
        CalloutKind::Bug => "bug",
        CalloutKind::Example => "example",
        CalloutKind::Quote => "quote",
    }
}
