//! From a formula's tree to Typst's elements.
//!
//! The elements are built one by one, so nothing of a formula is ever read as Typst code. Spaces come from the classes of
//! signs, as in TeX; where Typst's own table gives a sign another class than LaTeX does, the class is set.

use typst::foundations::{Content, IntoValue, NativeElement, Smart, SymbolElem, Value};
use typst::layout::{BoxElem, Em, HAlignment, HElem, Length, Ratio, Rel, Sides};
use typst::math::{
    self, Accent, AccentElem, AlignPointElem, AttachElem, Augment, AugmentOffsets, BinomElem, CancelElem,
    CasesElem, ClassElem, EquationElem, FracElem, LimitsElem, LrElem, MatElem, MidElem, OpElem,
    OverbraceElem, OverbracketElem, OverlineElem, OverparenElem, OvershellElem, PrimesElem, RootElem,
    ScriptsElem, StretchElem, UnderbraceElem, UnderbracketElem, UnderlineElem, UnderparenElem,
    UndershellElem,
};
use typst::model::ParElem;
use typst::syntax::Span;
use typst::text::{FontFamily, FontList, FontStyle, FontWeight, LinebreakElem, TextElem};
use typst::visualize::{Color, Stroke};

use crate::vault::math::{
    Alphabet, Class, Font, Mark, Node, Rgb, Rows, RowsKind, ScriptPlace, Side, Size, Style, plain_nodes,
};

/// The space between pairs of columns, and before a case's condition.
const WIDE: f64 = 2.0;
const QUAD: f64 = 1.0;

/// Builds a formula's content, to stand in an equation, which is a `block` or in the line. `fonts` are the families that
/// `\text` is set in; every element carries `span`.
pub fn build(nodes: &[Node], block: bool, fonts: &[String], span: Span) -> Content {
    let families = fonts.iter().map(|name| FontFamily::new(name)).collect();
    let builder = Builder { span, block, fonts: FontList(families) };
    // A whole formula of rows needs no frame around them.
    match nodes {
        [Node::Rows(rows)] if block => builder.rows(rows, None, None),
        nodes => builder.sequence(nodes, None),
    }
}

struct Builder {
    span: Span,
    block: bool,
    fonts: FontList,
}

impl Builder {
    fn pack<T: NativeElement>(&self, elem: T) -> Content {
        elem.pack().spanned(self.span)
    }

    fn sequence(&self, nodes: &[Node], font: Option<Font>) -> Content {
        match nodes {
            [one] => self.node(one, font),
            nodes => Content::sequence(nodes.iter().map(|node| self.node(node, font))),
        }
    }

    fn node(&self, node: &Node, font: Option<Font>) -> Content {
        match node {
            Node::Text(text) => self.text(text, font),
            Node::Number(number) => TextElem::packed(number.as_str()).spanned(self.span),
            Node::Function(name) => {
                self.pack(OpElem::new(TextElem::packed(name.as_str()).spanned(self.span)))
            }
            Node::Symbol { text, class } => self.symbol(text, *class),
            Node::Delimiter { char, class, size, middle } => {
                let sign = self.symbol(&char.to_string(), *class);
                match size {
                    _ if *middle => self.pack(MidElem::new(sign)),
                    Some(size) => self.pack(LrElem::new(sign).with_size(Em::new(*size).into())),
                    None => sign,
                }
            }
            Node::Group(body) => self.sequence(body, font),
            Node::Fenced { open, close, body } => self.fenced(*open, *close, body, font),
            Node::Fraction { top, bottom, line: true } => {
                self.pack(FracElem::new(self.sequence(top, font), self.sequence(bottom, font)))
            }
            Node::Fraction { top, bottom, line: false } => {
                let rows = vec![vec![self.sequence(top, font)], vec![self.sequence(bottom, font)]];
                self.matrix(MatElem::new(rows), None, None)
            }
            Node::Root { body, index } => {
                let root = RootElem::new(self.sequence(body, font));
                self.pack(root.with_index(index.as_ref().map(|index| self.sequence(index, font))))
            }
            Node::Script { base, below, above, place } => {
                let base = self.sequence(base, font);
                let below = below.as_ref().map(|nodes| self.sequence(nodes, font));
                let above = above.as_ref().map(|nodes| self.sequence(nodes, font));
                let attach = match place {
                    ScriptPlace::Right => {
                        AttachElem::new(self.pack(ScriptsElem::new(base))).with_br(below).with_tr(above)
                    }
                    ScriptPlace::AboveBelow => {
                        AttachElem::new(self.pack(LimitsElem::new(base))).with_b(below).with_t(above)
                    }
                    ScriptPlace::Movable => {
                        let base = self.pack(LimitsElem::new(base).with_inline(false));
                        AttachElem::new(base).with_b(below).with_t(above)
                    }
                };
                self.pack(attach)
            }
            Node::Primes(count) => self.pack(PrimesElem::new(*count)),
            Node::Accent { base, accent, wide } => {
                let accent = AccentElem::new(self.sequence(base, font), Accent(*accent));
                // An accent that does not spread keeps its own width.
                self.pack(if *wide { accent } else { accent.with_size(Rel::zero()) })
            }
            Node::Spread { base, mark, note } => self.spread(base, *mark, note.as_deref(), font),
            Node::Space(width) => self.pack(HElem::new(Em::new(*width).into())),
            Node::Cancel(body) => self.pack(CancelElem::new(self.sequence(body, font))),
            Node::Boxed { frame, fill, body } => self.boxed(*frame, *fill, body, font),
            Node::Rows(rows) => self.nested(rows, font, None, None),
            Node::Styled { style, body } => self.styled(*style, body, font),
        }
    }

    /// A formula of its own in a box, on the line of the formula around it.
    fn boxed(&self, frame: Option<Rgb>, fill: Option<Rgb>, body: &[Node], font: Option<Font>) -> Content {
        let size = if self.block { Size::Display } else { Size::Text };
        let inner = EquationElem::new(sized(size, self.sequence(body, font)))
            .with_block(false)
            .with_alt(Some(plain_nodes(body).into()));
        let mut outer = BoxElem::new()
            // A line in the text is lower than what stands in it by a part of the leading; a box is not.
            .with_body(Some(self.pack(inner).set(ParElem::leading, Length::zero())))
            .with_inset(Sides::splat(Some(Em::new(0.25).into())));
        if let Some(fill) = fill {
            outer = outer.with_fill(Some(colour(fill).into()));
        }
        if frame.is_some() || fill.is_none() {
            let paint = frame.map_or(Smart::Auto, |frame| Smart::Custom(colour(frame).into()));
            let stroke =
                Stroke { paint, thickness: Smart::Custom(Em::new(0.04).into()), ..Stroke::default() };
            outer = outer.with_stroke(Sides::splat(Some(Some(stroke))));
        }
        self.pack(outer)
    }

    fn styled(&self, style: Style, body: &[Node], font: Option<Font>) -> Content {
        match style {
            Style::Font(font) => {
                let content = self.sequence(body, font);
                let Some(font) = font else { return content };
                let content = match font.alphabet {
                    Alphabet::Serif => content,
                    Alphabet::Sans => math::sans(content),
                    Alphabet::Mono => math::mono(content),
                    Alphabet::Script => math::cal(content),
                    Alphabet::Fraktur => math::frak(content),
                    Alphabet::DoubleStruck => math::bb(content),
                };
                let content = if font.bold { math::bold(content) } else { content };
                match font.italic {
                    Some(true) => math::italic(content),
                    Some(false) => math::upright(content),
                    None => content,
                }
            }
            Style::Colour(rgb) => {
                let content = self.sequence(body, font);
                content.set(TextElem::fill, colour(rgb).into())
            }
            // `dcases`, `smallmatrix`: the cells have the size.
            Style::Size(size) => match body {
                [Node::Rows(rows)] if matches!(rows.kind, RowsKind::Grid { .. } | RowsKind::Cases { .. }) => {
                    self.rows(rows, font, Some(size))
                }
                body => sized(size, self.sequence(body, font)),
            },
        }
    }

    /// Words in the face of the text around the formula.
    fn text(&self, text: &str, font: Option<Font>) -> Content {
        let mut content = TextElem::packed(text).spanned(self.span);
        let face = font.unwrap_or(Font { alphabet: Alphabet::Serif, bold: false, italic: None });
        if face.bold {
            content = content.set(TextElem::weight, FontWeight::BOLD);
        }
        if face.italic == Some(true) {
            content = content.set(TextElem::style, FontStyle::Italic);
        }
        // Bold and slope come from the face, not from the letters of mathematics; sans and mono have only those.
        match face.alphabet {
            Alphabet::Sans | Alphabet::Mono => content,
            _ => math::upright(math::serif(content.set(TextElem::font, self.fonts.clone())))
                .set(EquationElem::bold, false),
        }
    }

    /// A sign with the class that LaTeX gives it.
    fn symbol(&self, text: &str, class: Class) -> Content {
        let content = SymbolElem::packed(text).spanned(self.span);
        let mut chars = text.chars();
        let own = match (chars.next(), chars.next()) {
            (Some(c), None) => typst::utils::default_math_class(c),
            _ => None,
        };
        let is =
            |names: &[&str]| names.iter().any(|name| name.into_value().cast().ok() == own && own.is_some());
        let right = match class {
            // Dots and letters keep what they are.
            Class::Ordinary => {
                own.is_none()
                    || is(&["normal", "alphabetic", "diacritic", "space", "unary"])
                    || matches!(text, "…" | "⋯" | "⋮" | "⋱" | "⋰")
            }
            Class::Large => is(&["large"]),
            // A sign that may be unary decides by its neighbours.
            Class::Binary => is(&["binary", "vary"]),
            Class::Relation => is(&["relation"]),
            Class::Opening => is(&["opening"]),
            Class::Closing => is(&["closing"]),
            Class::Fence => is(&["fence"]),
            Class::Punctuation => is(&["punctuation"]),
        };
        if right { content } else { self.classed(class, content) }
    }

    fn classed(&self, class: Class, body: Content) -> Content {
        let name = match class {
            Class::Ordinary => "normal",
            Class::Large => "large",
            Class::Binary => "binary",
            Class::Relation => "relation",
            Class::Opening => "opening",
            Class::Closing => "closing",
            Class::Fence => "fence",
            Class::Punctuation => "punctuation",
        };
        match name.into_value().cast() {
            Ok(class) => self.pack(ClassElem::new(class, body)),
            Err(_) => body,
        }
    }

    fn fenced(&self, open: Option<char>, close: Option<char>, body: &[Node], font: Option<Font>) -> Content {
        match body {
            [Node::Fraction { top, bottom, line: false }] if (open, close) == (Some('('), Some(')')) => {
                let bottom = vec![self.sequence(bottom, font)];
                return self.pack(BinomElem::new(self.sequence(top, font), bottom));
            }
            [Node::Rows(rows)] if !matches!(rows.kind, RowsKind::Cases { .. } | RowsKind::Stack) => {
                return self.nested(rows, font, open, close);
            }
            [Node::Styled { style: Style::Size(size), body }] => {
                if let [Node::Rows(rows)] = body.as_slice()
                    && let RowsKind::Grid { .. } = rows.kind
                {
                    return self.grid(rows, font, (open, close), *size);
                }
            }
            _ => {}
        }
        let mut parts = Vec::with_capacity(3);
        parts.extend(open.map(|c| self.symbol(&c.to_string(), Class::Opening)));
        parts.push(self.sequence(body, font));
        parts.extend(close.map(|c| self.symbol(&c.to_string(), Class::Closing)));
        self.pack(LrElem::new(Content::sequence(parts)))
    }

    fn spread(&self, base: &[Node], mark: Mark, note: Option<&[Node]>, font: Option<Font>) -> Content {
        let body = self.sequence(base, font);
        let note = note.map(|nodes| self.sequence(nodes, font));
        match mark {
            Mark::Overline => self.pack(OverlineElem::new(body)),
            Mark::Underline => self.pack(UnderlineElem::new(body)),
            Mark::Overbrace => self.pack(OverbraceElem::new(body).with_annotation(note)),
            Mark::Underbrace => self.pack(UnderbraceElem::new(body).with_annotation(note)),
            Mark::Overbracket => self.pack(OverbracketElem::new(body).with_annotation(note)),
            Mark::Underbracket => self.pack(UnderbracketElem::new(body).with_annotation(note)),
            Mark::Overparen => self.pack(OverparenElem::new(body).with_annotation(note)),
            Mark::Underparen => self.pack(UnderparenElem::new(body).with_annotation(note)),
            Mark::Overshell => self.pack(OvershellElem::new(body).with_annotation(note)),
            Mark::Undershell => self.pack(UndershellElem::new(body).with_annotation(note)),
            Mark::Under(arrow) | Mark::Over(arrow) => {
                let arrow = self.pack(StretchElem::new(SymbolElem::packed(arrow).spanned(self.span)));
                let base = self.pack(LimitsElem::new(body));
                let attach = match mark {
                    Mark::Over(_) => AttachElem::new(base).with_t(Some(arrow)),
                    _ => AttachElem::new(base).with_b(Some(arrow)),
                };
                self.pack(attach)
            }
        }
    }

    /// Rows as one thing among others, between delimiters or not, in the middle of the line.
    fn nested(&self, rows: &Rows, font: Option<Font>, open: Option<char>, close: Option<char>) -> Content {
        match &rows.kind {
            RowsKind::Grid { .. } => self.grid(rows, font, (open, close), Size::Text),
            RowsKind::Cases { .. } => self.rows(rows, font, None),
            RowsKind::Stack => self.classed(Class::Ordinary, self.rows(rows, font, None)),
            RowsKind::Aligned | RowsKind::Lines => {
                let size = if self.block { Size::Display } else { Size::Text };
                let cells = |row: &Vec<Vec<Node>>| -> Vec<Content> {
                    // Two columns meet at a point: what is left of it ends there, what is right of it begins.
                    row.chunks(2)
                        .map(|pair| {
                            let mut parts = Vec::new();
                            for (i, nodes) in pair.iter().enumerate() {
                                if i > 0 {
                                    parts.push(AlignPointElem::shared().clone());
                                }
                                parts.push(sized(size, self.sequence(nodes, font)));
                            }
                            Content::sequence(parts)
                        })
                        .collect()
                };
                let mut cells: Vec<Vec<Content>> = rows.rows.iter().map(cells).collect();
                let width = cells.iter().map(Vec::len).max().unwrap_or(0);
                cells.iter_mut().for_each(|row| row.resize_with(width, Content::empty));
                self.matrix(MatElem::new(cells).with_column_gap(Em::new(WIDE).into()), open, close)
            }
        }
    }

    /// Rows as the lines of a formula, or as a thing that Typst has an element for.
    fn rows(&self, rows: &Rows, font: Option<Font>, size: Option<Size>) -> Content {
        let cell = |nodes: &Vec<Node>| self.sequence(nodes, font);
        match &rows.kind {
            RowsKind::Grid { .. } => {
                // A small matrix has cells of the size of scripts.
                let size =
                    size.map_or(Size::Text, |size| if size == Size::Text { Size::Script } else { size });
                self.grid(rows, font, (None, None), size)
            }
            RowsKind::Cases { left } => {
                let size = size.unwrap_or(Size::Text);
                let children = rows.rows.iter().map(|row| {
                    let mut parts = Vec::new();
                    for (i, nodes) in row.iter().enumerate() {
                        if i > 0 {
                            parts.push(AlignPointElem::shared().clone());
                            parts.push(self.pack(HElem::new(Em::new(QUAD).into())));
                        }
                        parts.push(sized(size, cell(nodes)));
                    }
                    Content::sequence(parts)
                });
                self.pack(
                    CasesElem::new(children.collect()).with_reverse(!left).with_gap(Em::new(0.35).into()),
                )
            }
            RowsKind::Aligned => {
                let mut parts = Vec::new();
                for (i, row) in rows.rows.iter().enumerate() {
                    if i > 0 {
                        parts.push(self.pack(LinebreakElem::new()));
                    }
                    for (column, nodes) in row.iter().enumerate() {
                        if column > 0 {
                            parts.push(AlignPointElem::shared().clone());
                        }
                        // Pairs of columns stand apart.
                        if column > 0 && column % 2 == 0 {
                            parts.push(self.pack(HElem::new(Em::new(WIDE).into())));
                        }
                        parts.push(cell(nodes));
                    }
                }
                Content::sequence(parts)
            }
            RowsKind::Lines | RowsKind::Stack => {
                let lines = rows.rows.iter().map(|row| Content::sequence(row.iter().map(cell)));
                let mut parts = Vec::new();
                for (i, line) in lines.enumerate() {
                    if i > 0 {
                        parts.push(self.pack(LinebreakElem::new()));
                    }
                    parts.push(line);
                }
                Content::sequence(parts)
            }
        }
    }

    /// A matrix or array between delimiters; `size` is that of its cells, which TeX does not make smaller.
    fn grid(
        &self,
        rows: &Rows,
        font: Option<Font>,
        (open, close): (Option<char>, Option<char>),
        size: Size,
    ) -> Content {
        let RowsKind::Grid { columns, lines } = &rows.kind else { return self.rows(rows, font, Some(size)) };
        let width = rows.rows.iter().map(Vec::len).max().unwrap_or(0);
        let side = |column: usize| {
            let side = columns.get(column).or(if columns.len() == 1 { columns.first() } else { None });
            side.copied().unwrap_or(Side::Centre)
        };
        let cells = rows.rows.iter().map(|row| {
            let mut out: Vec<Content> = row
                .iter()
                .enumerate()
                .map(|(column, nodes)| {
                    let cell = sized(size, self.sequence(nodes, font));
                    let point = || AlignPointElem::shared().clone();
                    match side(column) {
                        Side::Left => Content::sequence([point(), cell]),
                        Side::Right => Content::sequence([cell, point()]),
                        Side::Centre => cell,
                    }
                })
                .collect();
            out.resize_with(width, Content::empty);
            out
        });
        let count = |n: &usize| isize::try_from(*n).unwrap_or(0);
        let rule = Augment {
            hline: AugmentOffsets(rows.lines.iter().filter(|n| **n <= rows.rows.len()).map(count).collect()),
            vline: AugmentOffsets(lines.iter().filter(|n| **n <= width).map(count).collect()),
            stroke: Smart::Auto,
        };
        let matrix = MatElem::new(cells.collect()).with_column_gap(Em::new(0.8).into());
        let ruled = !(rule.hline.0.is_empty() && rule.vline.0.is_empty());
        self.matrix(if ruled { matrix.with_augment(Some(rule)) } else { matrix }, open, close)
    }

    /// A matrix with delimiters, where Typst knows them as such; else within a pair.
    fn matrix(&self, matrix: MatElem, open: Option<char>, close: Option<char>) -> Content {
        let value = |c: Option<char>| c.map_or(Value::None, |c| c.to_string().into_value());
        let pair: typst::foundations::Array = [value(open), value(close)].into_iter().collect();
        let matrix = matrix.with_align(HAlignment::Center).with_row_gap(gap());
        match Value::Array(pair).cast() {
            Ok(pair) => self.pack(matrix.with_delim(pair)),
            Err(_) => self.pack(matrix),
        }
    }
}

fn sized(size: Size, content: Content) -> Content {
    match size {
        Size::Display => math::display(content, false),
        Size::Text => math::inline(content, false),
        Size::Script => math::script(content, true),
        Size::ScriptScript => math::sscript(content, true),
    }
}

fn colour((red, green, blue): Rgb) -> Color {
    Color::from_u8(red, green, blue, 255)
}

fn gap() -> Rel<Length> {
    Rel::new(Ratio::zero(), Em::new(0.35).into())
}
