//! An eight-page zine from one sheet, printed on one side: fold, slit, fold.

use serde::Serialize;

use super::Quarter;
use crate::plan::length::{Line, Mm, Point, Size};

/// A page on the sheet: four columns, two rows.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct ZinePage {
    /// From 1 to 8.
    pub page: usize,
    pub column: usize,
    pub row: usize,
    pub centre: Point,
    pub turn: Quarter,
}

/// The pages of a landscape sheet: the upper row stands on its head and reads 5 4 3 2, the lower one 6 7 8 1.
pub fn zine(sheet: Size) -> [ZinePage; 8] {
    let place = |page, column, row, turn| ZinePage {
        page,
        column,
        row,
        centre: Point {
            x: sheet.width * (column as f64 + 0.5) / 4.0,
            y: sheet.height * (row as f64 + 0.5) / 2.0,
        },
        turn,
    };
    [
        place(1, 3, 1, Quarter::None),
        place(2, 3, 0, Quarter::Half),
        place(3, 2, 0, Quarter::Half),
        place(4, 1, 0, Quarter::Half),
        place(5, 0, 0, Quarter::Half),
        place(6, 0, 1, Quarter::None),
        place(7, 1, 1, Quarter::None),
        place(8, 2, 1, Quarter::None),
    ]
}

/// The size of a page.
pub fn page_size(sheet: Size) -> Size {
    Size { width: sheet.width / 4.0, height: sheet.height / 2.0 }
}

/// The slit, along the middle fold across the two centre columns.
pub fn slit(sheet: Size) -> Line {
    let y = sheet.height / 2.0;
    Line::new(Point { x: sheet.width / 4.0, y }, Point { x: sheet.width * 0.75, y })
}

/// The folds: three upright ones, and the two ends of the middle one that are not slit.
pub fn folds(sheet: Size) -> [Line; 5] {
    let upright = |quarter: f64| {
        let x = sheet.width * quarter / 4.0;
        Line::new(Point { x, y: Mm::ZERO }, Point { x, y: sheet.height })
    };
    let slit = slit(sheet);
    let left = Line::new(Point::new(0.0, slit.from.y.0), slit.from);
    let right = Line::new(slit.to, Point { x: sheet.width, y: slit.to.y });
    [upright(1.0), upright(2.0), upright(3.0), left, right]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::length::Rect;

    const SHEET: Size = Size::new(297.0, 210.0);

    /// Around the slit the sheet is a ring of eight panels; folded along the middle, the ring collapses into a
    /// booklet. So pages that follow each other are neighbours on the ring, and every leaf (2–3, 4–5, 6–7, 8–1) folds
    /// or doubles over.
    #[test]
    fn pages_go_round_the_ring() {
        let pages = zine(SHEET);
        for i in 0..8 {
            let (a, b) = (pages[i], pages[(i + 1) % 8]);
            assert_eq!((a.page, b.page), (i + 1, (i + 1) % 8 + 1));
            assert_eq!(a.column.abs_diff(b.column) + a.row.abs_diff(b.row), 1, "{} and {}", a.page, b.page);
        }
        let row = |row: usize| {
            let mut pages: Vec<_> = zine(SHEET).into_iter().filter(|p| p.row == row).collect();
            pages.sort_by_key(|p| p.column);
            pages.into_iter().map(|p| (p.page, p.turn.degrees())).collect::<Vec<_>>()
        };
        assert_eq!(row(0), [(5, 180), (4, 180), (3, 180), (2, 180)]);
        assert_eq!(row(1), [(6, 0), (7, 0), (8, 0), (1, 0)]);
    }

    /// Folded lengthwise, the upper row stands behind the lower, its pages upright; pushed together, the outer panels
    /// close and the inner ones open to a cross whose leaves are page pairs back to back: (1, 2), (3, 4), (5, 6), (7, 8).
    #[test]
    fn leaves_are_back_to_back() {
        let pages = zine(SHEET);
        let find = |n: usize| pages[n - 1];
        // Columns 0 and 3 are whole leaves, folded over the ends of the middle fold.
        assert_eq!((find(1).column, find(2).column), (3, 3));
        assert_eq!((find(5).column, find(6).column), (0, 0));
        // The slit frees the inner columns; there a leaf is two panels of one row, folded at the sheet's middle.
        assert_eq!((find(3).row, find(4).row, find(3).column.abs_diff(find(4).column)), (0, 0, 1));
        assert_eq!((find(7).row, find(8).row, find(7).column.abs_diff(find(8).column)), (1, 1, 1));
    }

    #[test]
    fn pages_tile_the_sheet_and_lines_lie_between_them() {
        let size = page_size(SHEET);
        let boxes: Vec<Rect> = zine(SHEET).iter().map(|p| Rect::around(p.centre, size)).collect();
        let whole = Rect::new(Mm::ZERO, Mm::ZERO, SHEET.width, SHEET.height);
        for (i, a) in boxes.iter().enumerate() {
            assert!(whole.contains(*a));
            for b in &boxes[..i] {
                assert!(!a.overlaps(*b));
            }
        }
        assert_eq!(slit(SHEET), Line::new(Point::new(74.25, 105.0), Point::new(222.75, 105.0)));
        let total: f64 = folds(SHEET).iter().map(|line| line.length().0).sum();
        assert!((total - (3.0 * 210.0 + 2.0 * 74.25)).abs() < 1e-9);
    }
}
