//! Card stocks: which cards stand where on which sheet.
//!
//! A [`Stock`] is a regular grid of trim boxes on a sheet. It comes from the [`catalogue`] (pre-cut parts with
//! their published geometry, plain sizes laid out for the sheet at hand) or from a [`Definition`] of the user's.

pub mod catalogue;
mod error;
pub mod fit;

pub use catalogue::{Entry, Form, catalogue, find};
pub use error::StockError;
pub use fit::{Fit, fit};

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::length::{EPSILON, Mm, Point, Rect, Size};

/// What printers can be relied on to print up to, from each edge: reports range from 3.0 to 6.7 mm.
pub const DEFAULT_MARGIN: Mm = Mm(6.35);

/// The smallest margin that is taken without [`SheetRequest::small_margin`].
pub const SMALLEST_MARGIN: Mm = Mm(5.0);

/// Room between trim and printable edge for crop marks, on every side of a plain grid.
pub const MARK_BAND: Mm = Mm(4.0);

/// The stock that is taken without a choice.
pub const DEFAULT_STOCK: &str = "recto-8";

/// A sheet size, upright.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paper {
    #[default]
    A4,
    UsLetter,
}

impl Paper {
    pub const ALL: [Self; 2] = [Self::A4, Self::UsLetter];

    /// As `paper:` in `recto.yaml` names it.
    pub fn id(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::UsLetter => "us-letter",
        }
    }

    /// Upright, ISO 216 and ANSI A.
    pub fn size(self) -> Size {
        match self {
            Self::A4 => Size::new(210.0, 297.0),
            Self::UsLetter => Size::new(215.9, 279.4),
        }
    }
}

/// As in running text: `A4`, `US Letter`.
impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A4 => "A4",
            Self::UsLetter => "US Letter",
        })
    }
}

impl FromStr for Paper {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "a4" => Ok(Self::A4),
            "us-letter" | "letter" => Ok(Self::UsLetter),
            _ => Err(format!("`{text}` is not a paper; use a4 or us-letter")),
        }
    }
}

/// Which way round the sheet is printed.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    #[default]
    Portrait,
    /// The sheet seen after a quarter turn clockwise: its left edge is the page's top. (RFC 8011 §5.2.10: landscape
    /// content stands turned anticlockwise on the medium.)
    Landscape,
}

/// The sheet a stock is wanted on.
#[derive(Debug, Copy, Clone, PartialEq, Default)]
pub struct SheetRequest {
    /// Pre-cut parts and definitions bring their own sheet and ignore it.
    pub paper: Paper,
    pub orientation: Orientation,
    /// What the printer leaves blank along every edge; without one the stock's own, mostly [`DEFAULT_MARGIN`].
    pub margin: Option<Mm>,
    /// The user insists on a margin below [`SMALLEST_MARGIN`].
    pub small_margin: bool,
}

/// Where a stock's geometry comes from.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A bought part, perforated or die-cut: no crop marks.
    PreCut,
    /// A card size laid out on blank sheets, to be cut.
    Plain,
    /// Defined under `stocks:`, to be cut.
    Custom,
}

/// Cards on a sheet: a regular grid of trim boxes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stock {
    pub id: String,
    /// For people: `Avery 5371 business cards`.
    pub name: String,
    pub kind: Kind,
    pub paper: Paper,
    pub orientation: Orientation,
    /// The sheet as printed, orientation applied.
    pub sheet: Size,
    /// The trim size of a face, upright as it is read.
    pub card: Size,
    pub columns: usize,
    pub rows: usize,
    /// From the sheet's left edge to the first trim box.
    pub left: Mm,
    /// From the sheet's top edge to the first trim box.
    pub top: Mm,
    /// From one trim box to the next.
    pub pitch: Size,
    /// Faces stand a quarter turn clockwise in their boxes.
    pub turned: bool,
    /// Radius of the card's corners.
    pub corner: Mm,
    /// What the printer leaves blank along every edge.
    pub margin: Mm,
}

impl Stock {
    /// Cards on a sheet.
    pub fn slots(&self) -> usize {
        self.columns * self.rows
    }

    /// A trim box's size on the sheet: the card's, exchanged where it is turned.
    pub fn footprint(&self) -> Size {
        if self.turned { self.card.turned() } else { self.card }
    }

    /// The trim box of a slot, counted from 0 by rows from the top left.
    pub fn slot(&self, index: usize) -> Rect {
        let columns = self.columns.max(1);
        let (row, column) = (index / columns, index % columns);
        let size = self.footprint();
        Rect::new(
            self.left + self.pitch.width * column as f64,
            self.top + self.pitch.height * row as f64,
            size.width,
            size.height,
        )
    }

    /// The centre of a slot's trim box.
    pub fn centre(&self, index: usize) -> Point {
        self.slot(index).centre()
    }

    /// The box around all trim boxes.
    pub fn bounds(&self) -> Rect {
        let size = self.footprint();
        let columns = self.columns.saturating_sub(1) as f64;
        let rows = self.rows.saturating_sub(1) as f64;
        Rect::new(
            self.left,
            self.top,
            self.pitch.width * columns + size.width,
            self.pitch.height * rows + size.height,
        )
    }

    /// What the printer can print.
    pub fn printable(&self) -> Rect {
        Rect::new(Mm::ZERO, Mm::ZERO, self.sheet.width, self.sheet.height).inset(self.margin)
    }

    /// Whether crop marks are printed: not where the cuts are made already.
    pub fn has_crop_marks(&self) -> bool {
        self.kind != Kind::PreCut
    }

    /// The x of all vertical cuts and the y of all horizontal ones, in order; none on the sheet's edge, one where two
    /// cards touch.
    pub fn cuts(&self) -> (Vec<Mm>, Vec<Mm>) {
        let size = self.footprint();
        (
            cut_positions(self.left, size.width, self.pitch.width, self.columns, self.sheet.width),
            cut_positions(self.top, size.height, self.pitch.height, self.rows, self.sheet.height),
        )
    }

    /// How many cuts a pile of sheets takes; 0 where it is cut already.
    pub fn cut_count(&self) -> usize {
        if self.kind == Kind::PreCut {
            return 0;
        }
        let (vertical, horizontal) = self.cuts();
        vertical.len() + horizontal.len()
    }

    /// Everything that is wrong with it, with the numbers; nothing means that it can be printed.
    pub fn check(&self) -> Vec<StockError> {
        let mut errors = Vec::new();
        let positive = [self.card.width, self.card.height].iter().all(|l| l.0.is_finite() && l.0 > 0.0);
        if self.columns == 0 || self.rows == 0 || !positive {
            errors.push(StockError::Empty { columns: self.columns, rows: self.rows, card: self.card });
            return errors;
        }
        let size = self.footprint();
        if self.columns > 1 && self.pitch.width + EPSILON < size.width {
            errors.push(StockError::Overlap { axis: "columns", pitch: self.pitch.width, card: size.width });
        }
        if self.rows > 1 && self.pitch.height + EPSILON < size.height {
            errors.push(StockError::Overlap { axis: "rows", pitch: self.pitch.height, card: size.height });
        }
        let bounds = self.bounds();
        let edges = [
            ("left", bounds.x),
            ("top", bounds.y),
            ("right", self.sheet.width - bounds.right()),
            ("bottom", self.sheet.height - bounds.bottom()),
        ];
        for (edge, room) in edges {
            if room + EPSILON < Mm::ZERO {
                errors.push(StockError::OffSheet { edge, over: -room, sheet: self.sheet });
            } else if room + EPSILON < self.margin {
                errors.push(StockError::OutsidePrintable { edge, room, margin: self.margin });
            }
        }
        errors
    }

    /// The same stock on a sheet seen after a quarter turn clockwise.
    fn into_landscape(self) -> Self {
        let bounds = self.bounds();
        Self {
            orientation: Orientation::Landscape,
            sheet: self.sheet.turned(),
            columns: self.rows,
            rows: self.columns,
            left: self.sheet.height - bounds.bottom(),
            top: self.left,
            pitch: self.pitch.turned(),
            turned: !self.turned,
            ..self
        }
    }
}

fn cut_positions(first: Mm, size: Mm, pitch: Mm, count: usize, sheet: Mm) -> Vec<Mm> {
    let mut cuts: Vec<Mm> = Vec::new();
    for i in 0..count {
        let start = first + pitch * i as f64;
        for cut in [start, start + size] {
            let touches = cuts.last().is_some_and(|last| (*last - cut).abs() <= EPSILON);
            if !touches && cut > EPSILON && cut + EPSILON < sheet {
                cuts.push(cut);
            }
        }
    }
    cuts
}

/// A stock of the user's, as `stocks:` in `recto.yaml` gives it. Lengths are those of the upright sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    pub sheet: Paper,
    pub card: Size,
    pub columns: usize,
    pub rows: usize,
    pub left: Mm,
    pub top: Mm,
    /// Without one the cards touch.
    pub pitch: Option<Size>,
}

impl Definition {
    /// The stock, or everything that is wrong with its numbers.
    pub fn stock(&self, id: &str, request: &SheetRequest) -> Result<Stock, Vec<StockError>> {
        let margin = margin(request, SMALLEST_MARGIN).map_err(|error| vec![error])?;
        let stock = Stock {
            id: id.to_string(),
            name: format!("{id}, {} on {}", self.card, self.sheet),
            kind: Kind::Custom,
            paper: self.sheet,
            orientation: Orientation::Portrait,
            sheet: self.sheet.size(),
            card: self.card,
            columns: self.columns,
            rows: self.rows,
            left: self.left,
            top: self.top,
            pitch: self.pitch.unwrap_or(self.card),
            turned: false,
            corner: Mm::ZERO,
            margin,
        };
        let errors = stock.check();
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(match request.orientation {
            Orientation::Portrait => stock,
            Orientation::Landscape => stock.into_landscape(),
        })
    }
}

/// The margin asked for, else `default`.
fn margin(request: &SheetRequest, default: Mm) -> Result<Mm, StockError> {
    let margin = request.margin.unwrap_or(default);
    let smallest = if request.small_margin { Mm::ZERO } else { SMALLEST_MARGIN };
    if margin.0.is_finite() && margin + EPSILON >= smallest {
        Ok(margin)
    } else {
        Err(StockError::Margin { margin, smallest })
    }
}

#[cfg(test)]
mod tests;
