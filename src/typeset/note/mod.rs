//! The native function `note`: a part of a Markdown note becomes Typst content.
//!
//! A layout writes `#note("/vault/concepts/Duck Typing.md", "b3-7", links: "/data/…", style: note-style)`. The text of
//! a note becomes elements, never Typst code, so nothing in it can run. Every element carries a span into the
//! Markdown, so Typst's own errors land on the user's line. What the layout decides (how a callout or a task looks) it
//! hands over as functions in `style`; what needs the rest of the pack (where a link leads) comes from a small JSON
//! file, `links`, that holds only what this note needs.

mod code;
mod inlines;

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
    NativeFuncPtr, Scope, Smart, Str, Type, Value,
};
use typst::layout::{HElem, Length, Spacing};
use typst::model::{EnumElem, EnumItem, HeadingElem, ListElem, ListItem, ParElem, QuoteElem};
use typst::syntax::{FileId, Span};
use typst::text::{RawContent, RawElem, SpaceElem};

use super::span::range_span;
use super::world;
use crate::vault::ast::*;
use crate::vault::{Parsed, Part, Selection, parse, select};

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
}

/// `Note#Heading` and `Note#^block` as the sidecar's keys have them.
pub fn written_target(target: &crate::vault::ast::LinkTarget) -> String {
    match (&target.heading, &target.block) {
        (Some(heading), _) => format!("{}#{heading}", target.note),
        (None, Some(block)) => format!("{}#^{block}", target.note),
        (None, None) => target.note.clone(),
    }
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
