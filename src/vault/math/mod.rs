//! LaTeX mathematics as a tree.
//!
//! `pulldown-latex` reads the source into events; [`parse`] makes them a tree of what stands on the page, which
//! `typeset::math` turns into Typst's elements. Nothing is evaluated: definitions of macros are refused, and so is what is
//! longer, deeper or more tangled than any formula for people.

mod guard;
mod plain;
mod prepare;
mod read;

use std::ops::Range;

use super::ast::{Block, BlockKind, Inline, InlineKind};
use super::markdown::Problem;

pub use plain::{plain, plain_nodes};

/// Bytes of a formula, at most.
pub const MAX_BYTES: usize = 8192;
/// Groups, fractions, roots and scripts in one another, at most.
pub const MAX_DEPTH: usize = 32;

/// The name of the rule that findings about formulas have.
pub const RULE: &str = "math";

/// A formula, or a group in it.
pub type Nodes = Vec<Node>;

/// A thing in a formula.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `\text{…}`, in the text's face; spaces are kept.
    Text(String),
    Number(String),
    /// An upright name: `\sin`, `\operatorname{…}`.
    Function(String),
    /// One sign; a relation may be two (`:=`).
    Symbol {
        text: String,
        class: Class,
    },
    /// `\big(` and its kin; the size in em, `None` for a delimiter in the line and for `\middle`.
    Delimiter {
        char: char,
        class: Class,
        size: Option<f64>,
        /// `\middle`: as tall as the pair around it.
        middle: bool,
    },
    Group(Nodes),
    /// `\left( … \right)`
    Fenced {
        open: Option<char>,
        close: Option<char>,
        body: Nodes,
    },
    Fraction {
        top: Nodes,
        bottom: Nodes,
        /// `false` for `\binom` and `\genfrac` without a line.
        line: bool,
    },
    Root {
        body: Nodes,
        index: Option<Nodes>,
    },
    Script {
        base: Nodes,
        below: Option<Nodes>,
        above: Option<Nodes>,
        place: ScriptPlace,
    },
    /// Primes after what stands before them.
    Primes(usize),
    Accent {
        base: Nodes,
        accent: char,
        /// As wide as the base.
        wide: bool,
    },
    /// A line, brace or arrow over or under the base.
    Spread {
        base: Nodes,
        mark: Mark,
        note: Option<Nodes>,
    },
    /// In em.
    Space(f64),
    /// `\cancel`, and `\not` before what has no sign of its own.
    Cancel(Nodes),
    /// `\boxed`, `\fbox`, `\colorbox`, `\fcolorbox`.
    Boxed {
        /// `None` for a frame of the text's own colour where there is no fill.
        frame: Option<Rgb>,
        fill: Option<Rgb>,
        body: Nodes,
    },
    Rows(Rows),
    /// From here to the end of the group.
    Styled {
        style: Style,
        body: Nodes,
    },
}

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

/// TeX's classes of atoms; they make the spaces.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum Class {
    Ordinary,
    /// `∑`, `∫`
    Large,
    Binary,
    Relation,
    Opening,
    Closing,
    Fence,
    Punctuation,
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum ScriptPlace {
    Right,
    AboveBelow,
    /// Above and below in display style, else at the right.
    Movable,
}

/// What spreads over or under a base.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum Mark {
    Overline,
    Underline,
    Overbrace,
    Underbrace,
    Overbracket,
    Underbracket,
    Overparen,
    Underparen,
    Overshell,
    Undershell,
    /// An arrow below.
    Under(char),
    /// A double arrow above.
    Over(char),
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum Style {
    Font(Option<Font>),
    Colour(Rgb),
    Size(Size),
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum Size {
    Display,
    Text,
    Script,
    ScriptScript,
}

/// An alphabet; bold and slope beside it.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub struct Font {
    pub alphabet: Alphabet,
    pub bold: bool,
    /// `None` as the sign is by itself.
    pub italic: Option<bool>,
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum Alphabet {
    Serif,
    Sans,
    Mono,
    Script,
    Fraktur,
    DoubleStruck,
}

/// Rows of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    pub kind: RowsKind,
    pub rows: Vec<Vec<Nodes>>,
    /// Horizontal lines: above row `n`; the number of rows for the last.
    pub lines: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RowsKind {
    /// Cells under one another; alignment of columns and vertical lines left of column `n`.
    Grid { columns: Vec<Side>, lines: Vec<usize> },
    /// `cases`; `left` is where the brace stands.
    Cases { left: bool },
    /// `aligned`: right and left in turn.
    Aligned,
    /// `gathered`, `multline`: lines in the middle.
    Lines,
    /// `\substack`: small lines in the middle.
    Stack,
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash)]
pub enum Side {
    Left,
    Centre,
    Right,
}

/// Why a formula is not typeset, and where in its source.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct Fault {
    /// Bytes of the source.
    pub range: Range<usize>,
    pub message: String,
    pub hint: &'static str,
}

/// Reads a formula without its dollars.
///
/// # Errors
/// A command that is not known, or a source that is no formula.
pub fn parse(source: &str) -> Result<Nodes, Fault> {
    guard::check(source)?;
    let prepared = prepare::prepare(source);
    let first = match read::read(&prepared) {
        Ok(nodes) => return Ok(nodes),
        Err(error) => error,
    };
    // Lines outside an environment: a browser sets them under one another.
    if prepared.contains("\\\\") {
        let around = if guard::bare_ampersand(&prepared) { "aligned" } else { "gathered" };
        if let Ok(nodes) = read::read(&format!("\\begin{{{around}}}{prepared}\\end{{{around}}}")) {
            return Ok(nodes);
        }
    }
    Err(guard::explain(source, &first))
}

/// What cannot be typeset among blocks, in their order.
pub fn problems(source: &str, blocks: &[Block]) -> Vec<Problem> {
    let mut out = Vec::new();
    in_blocks(source, blocks, &mut out);
    out
}

fn in_blocks(source: &str, blocks: &[Block], out: &mut Vec<Problem>) {
    for block in blocks {
        match &block.kind {
            BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => {
                in_inlines(source, content, out);
            }
            BlockKind::Quote(body) | BlockKind::FootnoteDef { body, .. } => in_blocks(source, body, out),
            BlockKind::Callout(callout) => {
                in_inlines(source, callout.title.as_deref().unwrap_or_default(), out);
                in_blocks(source, &callout.body, out);
            }
            BlockKind::List(list) => list.items.iter().for_each(|item| in_blocks(source, &item.body, out)),
            BlockKind::Table(table) => {
                for cell in std::iter::once(&table.head).chain(&table.rows).flat_map(|row| &row.cells) {
                    in_inlines(source, &cell.content, out);
                }
            }
            BlockKind::Math(text) => out.extend(problem(source, text, &block.range)),
            BlockKind::Code(_) | BlockKind::Rule | BlockKind::Html(_) => {}
        }
    }
}

fn in_inlines(source: &str, inlines: &[Inline], out: &mut Vec<Problem>) {
    for inline in inlines {
        match &inline.kind {
            InlineKind::Math(text) => out.extend(problem(source, text, &inline.range)),
            InlineKind::Strong(body)
            | InlineKind::Emph(body)
            | InlineKind::Strike(body)
            | InlineKind::Highlight(body)
            | InlineKind::Answer(body)
            | InlineKind::Link { content: body, .. } => in_inlines(source, body, out),
            InlineKind::WikiLink(link) => in_inlines(source, link.shown.as_deref().unwrap_or_default(), out),
            _ => {}
        }
    }
}

/// The finding for a formula at `range` of a note.
fn problem(source: &str, formula: &str, range: &Range<usize>) -> Option<Problem> {
    let fault = parse(formula).err()?;
    // In a table pipes are escaped, in a quote lines begin with `>`: then the place is the whole formula's.
    let written = source.get(range.clone()).unwrap_or_default();
    let place = match written.find(formula) {
        Some(at) => range.start + at + fault.range.start..range.start + at + fault.range.end,
        None => range.clone(),
    };
    let message = format!("{}, so the formula is printed as source", fault.message);
    Some(Problem::warning(RULE, place, message).hint(fault.hint))
}

#[cfg(test)]
mod tests;
