//! The near-size solver: which card sizes fill a sheet.
//!
//! True A7 goes eight times onto A4 only without margins; 100 × 71.75 mm brings the eight back at a margin of 5 mm.

use serde::Serialize;

use super::{Paper, SMALLEST_MARGIN, StockError};
use crate::plan::length::{EPSILON, Mm, Size};

/// Card sizes are rounded down to this, so that a ruler can measure them.
const STEP: Mm = Mm(0.05);

/// A grid of touching cards that fills the printable area.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Fit {
    pub columns: usize,
    pub rows: usize,
    /// The largest card of this grid, as it stands on the sheet.
    pub card: Size,
    /// Cards per sheet.
    pub cards: usize,
    /// Cuts per pile of sheets.
    pub cuts: usize,
    /// From the sheet's left edge to the first card.
    pub left: Mm,
    /// From the sheet's top edge to the first card.
    pub top: Mm,
}

/// All grids on an upright sheet whose cards are at least `smallest` (either way round): most cards first, then fewest
/// cuts, then the largest shorter side. Grids with more columns and rows at the same number of cards are all kept,
/// since their cards differ in shape.
pub fn fit(paper: Paper, margin: Mm, smallest: Size) -> Result<Vec<Fit>, StockError> {
    if !margin.0.is_finite() || margin < Mm::ZERO {
        return Err(StockError::Margin { margin, smallest: SMALLEST_MARGIN });
    }
    // Below the size of a stamp a card is of no use, and the grids would be without number.
    let useful = Size { width: smallest.width.max(Mm(10.0)), height: smallest.height.max(Mm(10.0)) };
    let sheet = paper.size();
    let area = Size { width: sheet.width - margin * 2.0, height: sheet.height - margin * 2.0 };
    let shorter = useful.width.min(useful.height);
    let mut fits = Vec::new();
    for columns in 1..=area.width.times(shorter) {
        for rows in 1..=area.height.times(shorter) {
            let card = Size {
                width: STEP * (area.width / columns as f64).times(STEP) as f64,
                height: STEP * (area.height / rows as f64).times(STEP) as f64,
            };
            if !card.holds(useful) && !card.turned().holds(useful) {
                continue;
            }
            let left = (sheet.width - card.width * columns as f64) / 2.0;
            let top = (sheet.height - card.height * rows as f64) / 2.0;
            let lines = |count: usize, edge: Mm| if edge > EPSILON { count + 1 } else { count - 1 };
            let cuts = lines(columns, left) + lines(rows, top);
            fits.push(Fit { columns, rows, card, cards: columns * rows, cuts, left, top });
        }
    }
    fits.sort_by(|a, b| {
        let side = |fit: &Fit| fit.card.width.min(fit.card.height).0;
        b.cards
            .cmp(&a.cards)
            .then(a.cuts.cmp(&b.cuts))
            .then(side(b).total_cmp(&side(a)))
            .then(a.columns.cmp(&b.columns))
    });
    Ok(fits)
}
