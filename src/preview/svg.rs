//! Pictures of pages that a browser draws quickly.
//!
//! Typst writes a glyph's outline once and refers to it wherever it is printed: two thousand references on a page, of which a
//! browser makes as many trees. Here the glyphs of a piece of text become one path. Drawing a page takes a third of the
//! time then.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// Units of a path to a point: enough for the largest zoom, and numbers without a fraction are short.
const UNITS: f64 = 100.0;

/// Rewrites a page that Typst drew: text as paths; without links, which the text layer has.
pub fn flatten(svg: &str) -> String {
    let outlines = outlines(svg);
    let mut out = String::with_capacity(svg.len() + svg.len() / 2);
    let mut path = Path::default();
    let mut kept: HashSet<&str> = HashSet::new();
    let mut symbols: Vec<(&str, &str)> = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        let (before, tail) = rest.split_at(start);
        let end = tag_end(tail);
        let (tag, mut behind) = tail.split_at(end);
        let glyph = Glyph::parse(tag);
        if let Some((glyph, outline)) = glyph.and_then(|g| Some((g, outlines.get(g.id)?.as_ref()?))) {
            path.add(&glyph, outline, &mut out);
        } else {
            path.close(&mut out);
            out.push_str(before);
            if tag.starts_with("<symbol ") {
                let symbol = through(tail, "</symbol>");
                if let Some(id) = attribute(tag, "id=\"") {
                    symbols.push((id, symbol));
                }
                behind = tail.get(symbol.len()..).unwrap_or_default();
            } else if tag.starts_with("<a ") || tag == "<a>" {
                behind = tail.get(through(tail, "</a>").len()..).unwrap_or_default();
            } else if tag == "</svg>" {
                out.push_str("<defs>");
                symbols
                    .iter()
                    .filter(|(id, _)| kept.contains(id))
                    .for_each(|(_, symbol)| out.push_str(symbol));
                out.push_str("</defs></svg>");
            } else {
                kept.extend(attribute(tag, "xlink:href=\"#").filter(|_| tag.starts_with("<use ")));
                // The preview allows no style in an attribute; this one may stand for itself.
                match tag.split_once("style=\"image-rendering: ") {
                    Some((head, value)) if tag.starts_with("<image ") => {
                        out.push_str(head);
                        out.push_str("image-rendering=\"");
                        out.push_str(value);
                    }
                    _ => out.push_str(tag),
                }
            }
        }
        rest = behind;
    }
    out
}

/// The length of a tag; values of attributes may hold anything but quotes.
fn tag_end(text: &str) -> usize {
    let mut quoted = false;
    let end = text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b'>' && !quoted
    });
    end.map_or(text.len(), |end| end + 1)
}

/// The beginning of a text up to and with what ends it.
fn through<'t>(text: &'t str, end: &str) -> &'t str {
    text.find(end).and_then(|at| text.get(..at + end.len())).unwrap_or(text)
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, value) = tag.split_once(name)?;
    Some(value.split_once('"')?.0)
}

/// A printed glyph of one colour.
#[derive(Debug, Copy, Clone)]
struct Glyph<'t> {
    id: &'t str,
    x: f64,
    y: f64,
    fill: &'t str,
}

impl<'t> Glyph<'t> {
    /// `None` for other tags, and for glyphs with a stroke, a gradient or a picture.
    fn parse(tag: &'t str) -> Option<Self> {
        let (id, tag) = tag.strip_prefix("<use xlink:href=\"#")?.split_once("\" x=\"")?;
        let (x, tag) = tag.split_once("\" y=\"")?;
        let (y, tag) = tag.split_once("\" fill=\"")?;
        let fill = tag.strip_suffix("\" fill-rule=\"nonzero\"/>")?;
        let plain = fill.starts_with('#') && !fill.contains('"');
        Some(Self { id, x: x.parse().ok()?, y: y.parse().ok()?, fill }).filter(|_| plain)
    }
}

/// Glyphs of one colour side by side.
#[derive(Default)]
struct Path<'t> {
    fill: &'t str,
    open: bool,
}

impl<'t> Path<'t> {
    fn add(&mut self, glyph: &Glyph<'t>, outline: &str, out: &mut String) {
        if self.open && self.fill != glyph.fill {
            self.close(out);
        }
        if !self.open {
            let _ = write!(out, "<path fill=\"{}\" transform=\"scale(.01)\" d=\"", glyph.fill);
            (self.open, self.fill) = (true, glyph.fill);
        }
        let _ = write!(out, "M{} {}{outline}", units(glyph.x), units(glyph.y));
    }

    fn close(&mut self, out: &mut String) {
        if std::mem::take(&mut self.open) {
            out.push_str("\"/>");
        }
    }
}

fn units(points: f64) -> i64 {
    (points * UNITS).round() as i64
}

/// The outlines of glyphs by name; `None` for those that hold more than a path.
fn outlines(svg: &str) -> HashMap<&str, Option<String>> {
    let mut found = HashMap::new();
    let mut rest = svg;
    while let Some(at) = rest.find("<symbol id=\"") {
        let symbol = through(rest.get(at..).unwrap_or_default(), "</symbol>");
        rest = rest.get(at + symbol.len()..).unwrap_or_default();
        let Some(id) = attribute(symbol, "<symbol id=\"") else { continue };
        let path = symbol.split_once("><path d=\"M 0 0").and_then(|(_, d)| d.strip_suffix("\"/></symbol>"));
        found.insert(id, path.and_then(outline));
    }
    found
}

/// A path of relative steps in whole units. What is rounded off is made good by the next step.
fn outline(d: &str) -> Option<String> {
    let mut out = String::with_capacity(d.len());
    // Where the pen is, exactly and in units; and where the part of the outline began.
    let (mut pen, mut at, mut begin) = ((0.0, 0.0), (0, 0), (0.0, 0.0));
    let mut rest = d.trim();
    while let Some(command) = rest.chars().next() {
        let tail = rest.get(1..)?;
        let end = tail.find(|c: char| c.is_alphabetic() && c != 'e').unwrap_or(tail.len());
        let (numbers, behind) = tail.split_at(end);
        rest = behind;
        let numbers: Vec<f64> =
            numbers.split_ascii_whitespace().map(|n| n.parse().ok()).collect::<Option<_>>()?;
        let steps: Vec<(f64, f64)> = match (command, numbers.as_slice()) {
            ('h', [x]) => vec![(*x, 0.0)],
            ('v', [y]) => vec![(0.0, *y)],
            ('m' | 'l', [_, _]) | ('q', [_, _, _, _]) | ('c', [_, _, _, _, _, _]) => {
                numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
            }
            ('Z', []) => {
                out.push('z');
                (pen, at) = (begin, (units(begin.0), units(begin.1)));
                continue;
            }
            _ => return None,
        };
        let to = |(x, y): (f64, f64)| (units(pen.0 + x) - at.0, units(pen.1 + y) - at.1);
        let rounded: Vec<(i64, i64)> = steps.iter().copied().map(to).collect();
        out.push(command);
        match (command, rounded.as_slice()) {
            ('h', [(x, _)]) => write!(out, "{x}").ok()?,
            ('v', [(_, y)]) => write!(out, "{y}").ok()?,
            _ => {
                for (i, n) in rounded.iter().flat_map(|(x, y)| [*x, *y]).enumerate() {
                    // A minus parts numbers, too.
                    let space = if i > 0 && n >= 0 { " " } else { "" };
                    write!(out, "{space}{n}").ok()?;
                }
            }
        }
        let (step, moved) = (steps.last()?, rounded.last()?);
        pen = (pen.0 + step.0, pen.1 + step.1);
        at = (at.0 + moved.0, at.1 + moved.1);
        if command == 'm' {
            begin = pen;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> String {
        let glyph = |id: &str, d: &str| {
            format!("<symbol id=\"{id}\" overflow=\"visible\"><path d=\"M 0 0{d}\"/></symbol>")
        };
        let defs = glyph("gA", "m 1 0h 2v 1.5Z ") + &glyph("gB", "m 0 1c 1 1e-7 2 3 4 5Z ");
        let defs = defs + "<symbol id=\"gC\" overflow=\"visible\"><image width=\"1\"/></symbol>";
        format!("<svg viewBox=\"0 0 9 9\">{body}<defs>{defs}</defs></svg>")
    }

    fn glyph(id: &str, x: f64, fill: &str) -> String {
        format!("<use xlink:href=\"#{id}\" x=\"{x}\" y=\"0\" fill=\"{fill}\" fill-rule=\"nonzero\"/>")
    }

    #[test]
    fn glyphs_of_one_colour_are_one_path() {
        let text = glyph("gA", 0.0, "#000") + &glyph("gB", 2.345, "#000") + &glyph("gA", 5.0, "#f00");
        let out = flatten(&page(&format!("<g>{text}</g>")));
        let path =
            |fill: &str, d: &str| format!("<path fill=\"{fill}\" transform=\"scale(.01)\" d=\"{d}\"/>");
        let black = path("#000", "M0 0m100 0h200v150zM235 0m0 100c100 0 200 300 400 500z");
        let red = path("#f00", "M500 0m100 0h200v150z");
        assert_eq!(
            out,
            format!("<svg viewBox=\"0 0 9 9\"><g>{black}{red}</g><defs></defs><defs></defs></svg>")
        );
    }

    #[test]
    fn what_is_more_than_a_colour_stays_with_its_outline() {
        let faded = glyph("gA", 0.0, "url(#f1)");
        let emoji = "<use xlink:href=\"#gC\" transform=\"scale(2)\"/>";
        let out = flatten(&page(&format!("{faded}{emoji}")));
        assert!(out.contains(&format!("{faded}{emoji}")), "{out}");
        assert!(out.contains("<symbol id=\"gA\"") && out.contains("<symbol id=\"gC\""), "{out}");
        assert!(!out.contains("gB"), "{out}");
    }

    #[test]
    fn links_go_and_styles_become_attributes() {
        let link = "<a href=\"x?a&b>c\" xlink:href=\"x\"><rect width=\"1\"/></a>";
        let image = "<image xlink:href=\"data:,\" style=\"image-rendering: smooth\"/>";
        let out = flatten(&page(&format!("{link}{image}<path d=\"M 0 0\"/>")));
        let wanted = "<image xlink:href=\"data:,\" image-rendering=\"smooth\"/><path d=\"M 0 0\"/>";
        assert!(out.starts_with(&format!("<svg viewBox=\"0 0 9 9\">{wanted}")), "{out}");
    }

    #[test]
    fn rounding_does_not_add_up() {
        let steps = "l 0.004 0.004".repeat(100);
        let out = outline(&format!("m 0 0{steps}")).unwrap();
        let sum: i64 = out
            .split('l')
            .skip(1)
            .map(|step| step.split(' ').next().unwrap_or_default().parse::<i64>().unwrap())
            .sum();
        assert_eq!(sum, 40);
    }
}
