//! Text and strokes of the diagrams drawn here.

use std::fmt::Write;
use std::sync::OnceLock;

use ttf_parser::Face;

use super::super::fonts::EMBEDDED;

/// Type size, pt.
pub const SIZE: f64 = 9.0;
/// Distance of lines, pt.
pub const LEADING: f64 = 11.0;
pub const INK: &str = "#1c1c1e";
pub const GREY: &str = "#5b5b62";
pub const PAPER: &str = "#f6f6f7";
/// Width of lines, pt.
pub const STROKE: f64 = 0.8;

/// Lines of a label.
#[derive(Debug, Clone, Default)]
pub struct Text {
    pub lines: Vec<String>,
    pub width: f64,
    pub height: f64,
}

impl Text {
    /// Breaks a label at its own breaks and where it is wider than `most`.
    pub fn new(label: &str, most: f64) -> Self {
        let mut lines = Vec::new();
        for line in plain(label).lines() {
            let mut current = String::new();
            for word in line.split_whitespace() {
                if !current.is_empty()
                    && width(&current, false) + width(word, false) + width(" ", false) > most
                {
                    lines.push(std::mem::take(&mut current));
                }
                if !current.is_empty() {
                    current.push(' ');
                }
                current.push_str(word);
            }
            lines.push(current);
        }
        let widest = lines.iter().map(|l| width(l, false)).fold(0.0, f64::max);
        let height = lines.len() as f64 * LEADING;
        Self { lines, width: widest, height }
    }

    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(String::is_empty)
    }
}

/// A label without Mermaid's wrapping and codes.
fn plain(label: &str) -> String {
    let mut text = label.trim();
    if let Some(inner) = text.strip_prefix('`').and_then(|t| t.strip_suffix('`')) {
        text = inner;
    }
    let mut text = text.replace("**", "").replace("\\n", "\n");
    for code in ["<br/>", "<br />", "<br>", "<BR>"] {
        text = text.replace(code, "\n");
    }
    for (code, c) in [("quot;", "\""), ("lt;", "<"), ("gt;", ">"), ("amp;", "&")] {
        text = text.replace(&format!("#{code}"), c).replace(&format!("&{code}"), c);
    }
    text
}

/// Width of a line in the diagrams' font; the same on every machine.
pub fn width(text: &str, bold: bool) -> f64 {
    static FACES: OnceLock<[Option<Face<'static>>; 2]> = OnceLock::new();
    let faces = FACES.get_or_init(|| {
        ["recto-sans/RectoSans-Regular.otf", "recto-sans/RectoSans-Bold.otf"].map(|name| {
            EMBEDDED.iter().find(|(path, _)| *path == name).and_then(|(_, bytes)| Face::parse(bytes, 0).ok())
        })
    });
    let Some(face) = &faces[usize::from(bold)] else { return text.chars().count() as f64 * SIZE * 0.55 };
    let em = f64::from(face.units_per_em());
    // What the font lacks comes from the fonts for symbols and Chinese, whose glyphs are squares.
    let advance = |c| {
        face.glyph_index(c).and_then(|glyph| face.glyph_hor_advance(glyph)).map_or(1.0, |a| f64::from(a) / em)
    };
    text.chars().map(advance).sum::<f64>() * SIZE
}

/// An SVG picture in the making.
#[derive(Debug, Default)]
pub struct Svg {
    body: String,
    /// Borders of what was drawn: left, top, right, bottom.
    bounds: Option<[f64; 4]>,
}

/// Look of a line or a border.
#[derive(Debug, Clone)]
pub struct Pen<'a> {
    pub stroke: &'a str,
    pub fill: &'a str,
    pub width: f64,
    pub dashes: Option<&'a str>,
}

impl Default for Pen<'_> {
    fn default() -> Self {
        Self { stroke: GREY, fill: "none", width: STROKE, dashes: None }
    }
}

impl Svg {
    pub fn cover(&mut self, x: f64, y: f64) {
        let b = self.bounds.get_or_insert([x, y, x, y]);
        *b = [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)];
    }

    /// A path of SVG commands; its extent must be covered by the caller.
    pub fn path(&mut self, commands: &str, pen: &Pen<'_>) {
        let _ = write!(
            self.body,
            r#"<path d="{commands}" fill="{}" stroke="{}" stroke-width="{}" stroke-linejoin="round""#,
            escape(pen.fill),
            escape(pen.stroke),
            number(pen.width)
        );
        if let Some(dashes) = pen.dashes {
            let _ = write!(self.body, r#" stroke-dasharray="{}""#, escape(dashes));
        }
        self.body.push_str("/>\n");
    }

    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, radius: f64, pen: &Pen<'_>) {
        self.cover(x, y);
        self.cover(x + width, y + height);
        let r = radius.min(width / 2.0).min(height / 2.0);
        let [x0, y0, x1, y1] = [x, y, x + width, y + height];
        if r <= 0.0 {
            return self.path(
                &commands(&[("M", &[(x0, y0)]), ("L", &[(x1, y0), (x1, y1), (x0, y1)]), ("Z", &[])]),
                pen,
            );
        }
        let k = r * 0.45;
        let path = commands(&[
            ("M", &[(x0 + r, y0)]),
            ("L", &[(x1 - r, y0)]),
            ("C", &[(x1 - k, y0), (x1, y0 + k), (x1, y0 + r)]),
            ("L", &[(x1, y1 - r)]),
            ("C", &[(x1, y1 - k), (x1 - k, y1), (x1 - r, y1)]),
            ("L", &[(x0 + r, y1)]),
            ("C", &[(x0 + k, y1), (x0, y1 - k), (x0, y1 - r)]),
            ("L", &[(x0, y0 + r)]),
            ("C", &[(x0, y0 + k), (x0 + k, y0), (x0 + r, y0)]),
            ("Z", &[]),
        ]);
        self.path(&path, pen);
    }

    pub fn polygon(&mut self, points: &[(f64, f64)], pen: &Pen<'_>) {
        for (x, y) in points {
            self.cover(*x, *y);
        }
        let (first, rest) = points.split_at(points.len().min(1));
        self.path(&commands(&[("M", first), ("L", rest), ("Z", &[])]), pen);
    }

    pub fn line(&mut self, points: &[(f64, f64)], pen: &Pen<'_>) {
        for (x, y) in points {
            self.cover(*x, *y);
        }
        let (first, rest) = points.split_at(points.len().min(1));
        self.path(&commands(&[("M", first), ("L", rest)]), pen);
    }

    pub fn circle(&mut self, x: f64, y: f64, r: f64, pen: &Pen<'_>) {
        self.cover(x - r, y - r);
        self.cover(x + r, y + r);
        let _ = writeln!(
            self.body,
            r#"<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="{}" stroke-width="{}"/>"#,
            number(x),
            number(y),
            number(r),
            escape(pen.fill),
            escape(pen.stroke),
            number(pen.width)
        );
    }

    /// A line of text; `y` is the middle of its capitals. `anchor` is SVG's.
    pub fn text(&mut self, x: f64, y: f64, text: &str, anchor: &str, style: &str, colour: &str) {
        if text.is_empty() {
            return;
        }
        let w = width(text, style.contains("bold"));
        let left = if anchor == "middle" { x - w / 2.0 } else { x };
        self.cover(left, y - LEADING / 2.0);
        self.cover(left + w, y + LEADING / 2.0);
        let _ = writeln!(
            self.body,
            r#"<text x="{}" y="{}" text-anchor="{anchor}" fill="{}"{style}>{}</text>"#,
            number(x),
            number(y + SIZE * 0.33),
            escape(colour),
            escape(text)
        );
    }

    /// The lines of a label around a point.
    pub fn label(&mut self, x: f64, y: f64, text: &Text, colour: &str) {
        let top = y - (text.lines.len() as f64 - 1.0) / 2.0 * LEADING;
        for (i, line) in text.lines.iter().enumerate() {
            self.text(x, top + i as f64 * LEADING, line, "middle", "", colour);
        }
    }

    /// The whole picture with its width and height.
    pub fn finish(self) -> (String, f64, f64) {
        let [left, top, right, bottom] = self.bounds.unwrap_or_default();
        let (width, height) = (right - left + 2.0, bottom - top + 2.0);
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"{} {} {w} {h}\" \
             font-family=\"Recto Sans\" font-size=\"{}\">\n{}</svg>\n",
            number(left - 1.0),
            number(top - 1.0),
            number(SIZE),
            self.body,
            w = number(width),
            h = number(height),
        );
        (svg, width, height)
    }
}

/// SVG path commands.
pub fn commands(parts: &[(&str, &[(f64, f64)])]) -> String {
    let mut out = String::new();
    for (command, points) in parts {
        out.push_str(command);
        for (i, (x, y)) in points.iter().enumerate() {
            let _ = write!(out, "{}{} {}", if i > 0 { " " } else { "" }, number(*x), number(*y));
        }
    }
    out
}

/// At most two digits after the point, and no minus zero.
pub fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Not allowed in XML, not even written as references.
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}
