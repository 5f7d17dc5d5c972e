//! What stands in a line: marks, links, footnotes, formulas, pictures.

use std::ops::Range;

use typst::diag::SourceResult;
use typst::foundations::{Array, Content, IntoValue, NativeElement, Str, Value};
use typst::introspection::MetadataElem;
use typst::model::{Destination, EmphElem, FootnoteElem, LinkElem, LinkTarget, StrongElem, Url};
use typst::syntax::Span;
use typst::text::{
    HighlightElem, LinebreakElem, RawContent, RawElem, SmartQuoteElem, SpaceElem, StrikeElem, TextElem,
};

use super::{GOTO, Walk, is_apostrophe, written_target};
use crate::vault::ast::{Block, BlockKind, Inline, InlineKind};
use crate::vault::math;

impl Walk<'_, '_, '_> {
    pub(super) fn inlines(&mut self, inlines: &[Inline]) -> SourceResult<Content> {
        let mut out = Vec::with_capacity(inlines.len());
        for inline in inlines {
            self.inline(inline, &mut out)?;
        }
        Ok(Content::sequence(out))
    }

    pub(super) fn inline(&mut self, inline: &Inline, out: &mut Vec<Content>) -> SourceResult<()> {
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
    pub(super) fn text(&self, text: &str, range: &Range<usize>, out: &mut Vec<Content>) {
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

    /// A link to a place of the pack; plain text where the sidecar knows none.
    pub(super) fn goto(&self, written: &str, body: Content) -> Content {
        match self.links.links.get(written) {
            Some(Some(key)) => match Url::new(format!("{GOTO}{key}")) {
                Ok(url) => LinkElem::new(LinkTarget::Dest(Destination::Url(url)), body).pack(),
                Err(_) => body,
            },
            _ => body,
        }
    }

    pub(super) fn footnote(&mut self, label: &str, span: Span) -> SourceResult<Content> {
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
    pub(super) fn math(&mut self, source: &str, block: bool, span: Span) -> SourceResult<Content> {
        let body = match math::parse(source) {
            Ok(nodes) => {
                let fonts = self.style.get("face").ok().and_then(|v| v.clone().cast::<Array>().ok());
                let fonts: Vec<String> = fonts
                    .into_iter()
                    .flatten()
                    .filter_map(|name| name.cast::<Str>().ok().map(|name| name.as_str().to_owned()))
                    .collect();
                crate::typeset::math::build(&nodes, block, &fonts, span).into_value()
            }
            Err(_) => Value::None,
        };
        self.call("math", [body, source.trim().into_value(), block.into_value()], span)
    }

    /// An image: a figure of its own, or in the line.
    pub(super) fn image(&mut self, inline: &Inline, block: bool) -> SourceResult<Content> {
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
pub(super) fn placed(picture: Content, span: Span) -> Content {
    Content::sequence([MetadataElem::new(Value::None).pack().spanned(span), picture])
}

/// What is written under a picture.
pub(super) fn caption(text: &str, span: Span) -> Value {
    if text.is_empty() { Value::None } else { TextElem::packed(text).spanned(span).into_value() }
}

/// Links that may stand in a PDF; anything else (`javascript:`, `file:`) is printed as text.
fn is_web_link(dest: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| dest.starts_with(scheme))
}
