//! Fold-over cards for simplex printers: front and back side by side across a fold line.
//!
//! Cut the pairs out, fold, glue: front and back cannot miss each other.

use serde::Serialize;

use super::{Face, ImposeError, Imposition, Item, Job, Placement, Quarter, Sheet, Turn, impose};
use crate::plan::length::{Line, Mm, Point, Size};
use crate::plan::stock::{
    DEFAULT_MARGIN, Kind, MARK_BAND, Orientation, SMALLEST_MARGIN, SheetRequest, Stock, StockError,
    catalogue::best_grid,
};

/// The line across which a card is folded, as its front is read.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fold {
    /// The back stands to the right of the front.
    Vertical,
    /// The back stands below the front.
    Horizontal,
}

/// Pairs on a sheet. The stock's cards are the unfolded pairs, so its cuts and marks are those of the pairs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoldStock {
    pub pairs: Stock,
    pub fold: Fold,
    /// The trim size of the folded card.
    pub card: Size,
}

/// The grid of pairs that holds most cards of a size, on a blank sheet.
pub fn fold_stock(card: Size, request: &SheetRequest) -> Result<FoldStock, StockError> {
    let margin = request.margin.unwrap_or(DEFAULT_MARGIN);
    let smallest = if request.small_margin { Mm::ZERO } else { SMALLEST_MARGIN };
    if !margin.0.is_finite() || margin < smallest {
        return Err(StockError::Margin { margin, smallest });
    }
    let sheet = match request.orientation {
        Orientation::Portrait => request.paper.size(),
        Orientation::Landscape => request.paper.size().turned(),
    };
    let taken = (margin + MARK_BAND) * 2.0;
    let area = Size { width: sheet.width - taken, height: sheet.height - taken };
    let sizes = [
        (Fold::Vertical, Size { width: card.width * 2.0, height: card.height }),
        (Fold::Horizontal, Size { width: card.width, height: card.height * 2.0 }),
    ];
    let mut best = None;
    for (fold, pair) in sizes {
        if let Some(grid) = best_grid(area, pair) {
            let count = grid.columns * grid.rows;
            if best.is_none_or(|(most, ..): (usize, _, _, _)| count > most) {
                best = Some((count, fold, pair, grid));
            }
        }
    }
    let Some((_, fold, pair, grid)) = best else {
        return Err(StockError::TooLarge { id: "fold-over".to_string(), card, area });
    };
    let cell = if grid.turned { pair.turned() } else { pair };
    let pairs = Stock {
        id: "fold-over".to_string(),
        name: format!("fold-over cards of {card}"),
        kind: Kind::Plain,
        paper: request.paper,
        orientation: request.orientation,
        sheet,
        card: pair,
        columns: grid.columns,
        rows: grid.rows,
        left: (sheet.width - cell.width * grid.columns as f64) / 2.0,
        top: (sheet.height - cell.height * grid.rows as f64) / 2.0,
        pitch: cell,
        turned: grid.turned,
        corner: Mm::ZERO,
        margin,
    };
    Ok(FoldStock { pairs, fold, card })
}

impl FoldStock {
    /// The centre of a face in a pair that stands upright with its top left corner at the origin.
    fn face_centre(&self, face: Face) -> Point {
        let (width, height) = (self.card.width, self.card.height);
        match (face, self.fold) {
            (Face::Front, _) => Point { x: width / 2.0, y: height / 2.0 },
            (Face::Back, Fold::Vertical) => Point { x: width * 1.5, y: height / 2.0 },
            (Face::Back, Fold::Horizontal) => Point { x: width / 2.0, y: height * 1.5 },
        }
    }

    /// The fold line of a slot, on the sheet.
    pub fn fold_line(&self, slot: usize) -> Line {
        let (width, height) = (self.card.width, self.card.height);
        let line = match self.fold {
            Fold::Vertical => Line::new(Point { x: width, y: Mm::ZERO }, Point { x: width, y: height }),
            Fold::Horizontal => Line::new(Point { x: Mm::ZERO, y: height }, Point { x: width, y: height }),
        };
        let turn = if self.pairs.turned { Quarter::Right } else { Quarter::None };
        super::Affine::place(self.pairs.card, self.pairs.centre(slot), turn).apply_line(line)
    }

    /// Both faces of every card on front pages; the back pages stay empty. `job.stock`, `flip` and `profile` are
    /// not used: pairs bring their own stock, and nothing is turned.
    pub fn impose(&self, job: &Job) -> Result<Imposition, ImposeError> {
        let job = Job { stock: &self.pairs, profile: super::Profile::default(), ..job.clone() };
        let mut imposition = impose(&job)?;
        // Folded backwards, a back lands upright behind its front across a vertical fold, and on its head across a
        // horizontal one.
        let back = match (self.fold, job.turn) {
            (Fold::Vertical, Turn::Book) | (Fold::Horizontal, Turn::Calendar) => Quarter::None,
            (Fold::Horizontal, Turn::Book) | (Fold::Vertical, Turn::Calendar) => Quarter::Half,
        };
        for sheet in &mut imposition.sheets {
            let faces = sheet.front.iter().flat_map(|pair| {
                let map = pair.transform(self.pairs.card);
                [(Face::Front, Quarter::None), (Face::Back, back)].map(|(face, turn)| Placement {
                    face,
                    centre: map.apply(self.face_centre(face)),
                    turn: pair.turn.plus(turn),
                    ..*pair
                })
            });
            *sheet = Sheet { front: faces.collect(), back: Vec::new() };
        }
        Ok(imposition)
    }
}

/// The number of cards on the sheet, for the summary.
pub fn cards_on(sheet: &Sheet) -> usize {
    sheet.front.iter().filter(|p| p.face == Face::Front && matches!(p.item, Item::Card { .. })).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::length::Rect;
    use crate::plan::stock::Paper;
    use proptest::prelude::*;

    /// Where a point of the page lands, seen from the front, once the paper beyond the fold line is folded behind.
    fn folded(p: Point, line: Line) -> Point {
        if (line.from.x - line.to.x).abs().0 < 1e-9 {
            Point { x: line.from.x * 2.0 - p.x, y: p.y }
        } else {
            Point { x: p.x, y: line.from.y * 2.0 - p.y }
        }
    }

    fn near(a: Point, b: Point) -> bool {
        (a.x - b.x).abs().0 < 1e-9 && (a.y - b.y).abs().0 < 1e-9
    }

    fn check(card: Size, request: &SheetRequest, count: usize, turn: Turn) {
        let stock = fold_stock(card, request).unwrap();
        assert_eq!(stock.pairs.check(), vec![]);
        let job = Job { turn, ..Job::new(&stock.pairs, count) };
        let imposition = stock.impose(&job).unwrap();
        let mut seen = 0;
        for sheet in &imposition.sheets {
            assert!(sheet.back.is_empty());
            for pair in sheet.front.chunks(2) {
                let (front, back) = (pair[0], pair[1]);
                assert_eq!((front.face, back.face, front.item), (Face::Front, Face::Back, back.item));
                let line = stock.fold_line(front.slot);
                // Centre on centre, and the reader's up on the reader's up (book) or down (calendar).
                assert!(near(folded(back.centre, line), front.centre));
                let up = |p: &Placement| {
                    let map = p.transform(card);
                    let zero = map.apply(Point::new(0.0, 0.0));
                    let down = map.apply(Point { x: Mm::ZERO, y: card.height });
                    (zero, down)
                };
                let (front_top, front_bottom) = up(&front);
                let (back_top, back_bottom) = up(&back);
                let (back_top, back_bottom) = (folded(back_top, line), folded(back_bottom, line));
                let direction = |a: Point, b: Point| (b.x - a.x, b.y - a.y);
                let (fx, fy) = direction(front_top, front_bottom);
                let (bx, by) = direction(back_top, back_bottom);
                let sign = if turn == Turn::Book { 1.0 } else { -1.0 };
                assert!((fx * sign - bx).abs().0 < 1e-9 && (fy * sign - by).abs().0 < 1e-9);
                // Both faces fill the pair's trim box, one on each side of the line.
                let cell = stock.pairs.slot(front.slot);
                let (a, b): (Rect, Rect) = (front.trim(card), back.trim(card));
                assert!(cell.contains(a) && cell.contains(b) && !a.overlaps(b));
                seen += 1;
            }
            assert_eq!(cards_on(sheet), sheet.front.len() / 2);
        }
        assert_eq!(seen, count);
        let summary = imposition.summary(&stock.pairs);
        assert_eq!((summary.cards, summary.sides), (count, imposition.sheets.len()));
    }

    #[test]
    fn pairs_take_the_grid_that_holds_most() {
        let stock = fold_stock(Size::new(95.0, 65.0), &SheetRequest::default()).unwrap();
        // In 189.3 × 276.3 mm: 95 × 130 goes once across and twice down, 65 × 190 (turned) twice and once.
        assert_eq!(stock.pairs.slots(), 2);
        let poker = fold_stock(Size::new(63.5, 88.9), &SheetRequest::default()).unwrap();
        assert_eq!((poker.pairs.slots(), poker.fold), (4, Fold::Vertical), "88.9 × 127, turned");
    }

    proptest! {
        #[test]
        fn backs_fold_onto_their_fronts(
            width in 30.0..90.0f64, height in 30.0..90.0f64, count in 1usize..60, book: bool, landscape: bool,
            letter: bool,
        ) {
            let request = SheetRequest {
                paper: if letter { Paper::UsLetter } else { Paper::A4 },
                orientation: if landscape { Orientation::Landscape } else { Orientation::Portrait },
                ..Default::default()
            };
            check(Size::new(width, height), &request, count, if book { Turn::Book } else { Turn::Calendar });
        }
    }
}
