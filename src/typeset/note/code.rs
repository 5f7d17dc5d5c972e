//! Code: listings with their output, coloured and broken at the column's edge; code in the line.

use typst::diag::SourceResult;
use typst::foundations::{Content, Dict, IntoValue, NativeElement, Styles, Value};
use typst::layout::{Abs, HElem, Rel, Spacing};
use typst::syntax::Span;
use typst::text::{FontStyle, FontWeight, LinebreakElem, RawContent, RawElem, TextElem};
use typst::visualize::Color;

use super::Walk;
use super::inlines::{caption, placed};
use crate::typeset::highlight::{self, Token};
use crate::typeset::wrap::{code_pieces, wrap_code};
use crate::vault::ast::{Block, BlockKind, Code};

impl Walk<'_, '_, '_> {
    /// `first`: nothing of the part stands above.
    pub(super) fn code(
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
    pub(super) fn raw(&mut self, block: &Block, code: &Code) -> SourceResult<(Content, Vec<Option<usize>>)> {
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
    pub(super) fn coloured(&mut self, lang: &str, lines: &[(String, Span)]) -> Content {
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

    /// Code in the line. Where the layout wants it (`code-breaks`, characters), a word longer than that may be broken: Typst
    /// knows no place to break it, and it would leave the column.
    pub(super) fn code_in_line(&self, code: &str, span: Span) -> Content {
        let raw = |text: &str| RawElem::new(RawContent::Text(text.into())).pack().spanned(span);
        let most = self.style.get("code-breaks").ok().and_then(|v| v.clone().cast::<usize>().ok());
        let pieces = code_pieces(code, most.map_or(usize::MAX, |n| if self.in_table { n / 2 } else { n }));
        // Space of no width: lines may end there, and nothing is there to be copied.
        let gap = HElem::new(Spacing::Rel(Rel::from(Abs::pt(1e-4)))).pack().spanned(span);
        Content::sequence(pieces.iter().enumerate().flat_map(|(i, piece)| {
            (i > 0).then(|| gap.clone()).into_iter().chain(std::iter::once(raw(piece)))
        }))
    }
}
