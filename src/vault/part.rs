//! Addresses of parts of a note, so that structure can be told apart from text.
//!
//! A layout's data never holds a note's text: it holds addresses, and the native function `note` turns an address into
//! content. An address counts blocks, rows and cards, so an edit inside a block leaves all addresses as they are.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Which part of a note.
#[derive(Debug, Clone, Eq, PartialEq, Hash)]
pub enum Part {
    /// `b3-7`: the note's top-level blocks 3, 4, 5 and 6.
    Blocks(Range<usize>),
    /// `h3`: the text of the heading that is block 3.
    Heading(usize),
    /// `t2.5.1`: table in block 2, row 5 (0 is the head), cell 1.
    Cell { block: usize, row: usize, column: usize },
    /// `k8-12.3f`: of the cards in blocks 8–11 the one at index 3, its front (`f`) or back (`k`).
    Card { blocks: Range<usize>, index: usize, side: Side },
}

#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Side {
    Front,
    Back,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocks(r) => write!(f, "b{}-{}", r.start, r.end),
            Self::Heading(b) => write!(f, "h{b}"),
            Self::Cell { block, row, column } => write!(f, "t{block}.{row}.{column}"),
            Self::Card { blocks, index, side } => {
                let side = if *side == Side::Front { 'f' } else { 'k' };
                write!(f, "k{}-{}.{index}{side}", blocks.start, blocks.end)
            }
        }
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        parse(s).ok_or_else(|| format!("`{s}` is not the address of a part of a note"))
    }
}

fn parse(s: &str) -> Option<Part> {
    let kind = s.chars().next()?;
    let rest = &s[kind.len_utf8()..];
    let range = |s: &str| -> Option<Range<usize>> {
        let (a, b) = s.split_once('-')?;
        Some(a.parse().ok()?..b.parse().ok()?)
    };
    match kind {
        'b' => Some(Part::Blocks(range(rest)?)),
        'h' => Some(Part::Heading(rest.parse().ok()?)),
        't' => {
            let mut numbers = rest.split('.').map(|n| n.parse().ok());
            let part =
                Part::Cell { block: numbers.next()??, row: numbers.next()??, column: numbers.next()?? };
            numbers.next().is_none().then_some(part)
        }
        'k' => {
            let (blocks, card) = rest.split_once('.')?;
            let (index, side) = match card.strip_suffix('f') {
                Some(index) => (index, Side::Front),
                None => (card.strip_suffix('k')?, Side::Back),
            };
            Some(Part::Card { blocks: range(blocks)?, index: index.parse().ok()?, side })
        }
        _ => None,
    }
}

impl serde::Serialize for Part {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
