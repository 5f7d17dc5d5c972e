//! A sheet for the pocket: A4 folded twice to A6, four panels a side.
//!
//! Fold the upper half back behind the lower one, then the left half back behind the right one. In front lies page 1; it
//! opens on pages 2 and 3; page 4 is behind. Unfolded, the other side shows pages 5 to 8, all upright.

use serde::Serialize;

use super::Quarter;
use crate::plan::length::{Line, Mm, Point, Size};

/// A panel on a side of the sheet.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Panel {
    /// From 1 to 8.
    pub page: usize,
    pub centre: Point,
    pub turn: Quarter,
}

/// Panels of a side.
pub const PANELS: usize = 4;

/// The size of a panel of an upright sheet.
pub fn panel_size(sheet: Size) -> Size {
    Size { width: sheet.width / 2.0, height: sheet.height / 2.0 }
}

/// Pages 1 to 4, on the side that is outside when the sheet is folded.
pub fn outer(sheet: Size) -> [Panel; PANELS] {
    [
        panel(sheet, 1, 1, 1, Quarter::None),
        panel(sheet, 2, 1, 0, Quarter::Half),
        panel(sheet, 3, 0, 0, Quarter::Half),
        panel(sheet, 4, 0, 1, Quarter::None),
    ]
}

/// Pages 5 to 8, on the side behind it; the printer turns the sheet over its long edge.
pub fn inner(sheet: Size) -> [Panel; PANELS] {
    [
        panel(sheet, 5, 0, 0, Quarter::None),
        panel(sheet, 6, 1, 0, Quarter::None),
        panel(sheet, 7, 0, 1, Quarter::None),
        panel(sheet, 8, 1, 1, Quarter::None),
    ]
}

fn panel(sheet: Size, page: usize, column: usize, row: usize, turn: Quarter) -> Panel {
    let centre =
        Point { x: sheet.width * (column as f64 + 0.5) / 2.0, y: sheet.height * (row as f64 + 0.5) / 2.0 };
    Panel { page, centre, turn }
}

/// The two folds, the first one first.
pub fn folds(sheet: Size) -> [Line; 2] {
    let (x, y) = (sheet.width / 2.0, sheet.height / 2.0);
    [
        Line::new(Point { x: Mm::ZERO, y }, Point { x: sheet.width, y }),
        Line::new(Point { x, y: Mm::ZERO }, Point { x, y: sheet.height }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::length::Rect;

    const SHEET: Size = Size::new(210.0, 297.0);

    /// Where a panel's centre and its up-direction lie once the sheet is folded, seen from the front: x, y, up, and
    /// whether the panel faces the reader.
    fn folded(panel: &Panel) -> (f64, f64, f64, bool) {
        let (mut x, mut y) = (panel.centre.x.0, panel.centre.y.0);
        let mut up = if panel.turn == Quarter::Half { 1.0 } else { -1.0 };
        let mut faces = true;
        if y < SHEET.height.0 / 2.0 {
            // The upper half goes behind the lower one: turned about the middle line.
            y = SHEET.height.0 - y;
            up = -up;
            faces = !faces;
        }
        if x < SHEET.width.0 / 2.0 {
            x = SHEET.width.0 - x;
            faces = !faces;
        }
        (x, y, up, faces)
    }

    #[test]
    fn the_folded_sheet_is_a_leaflet_that_stands_upright() {
        let panels = outer(SHEET);
        for panel in &panels {
            let (x, y, up, _) = folded(panel);
            // All lie on each other, heads up.
            assert_eq!((x, y, up), (157.5, 222.75, -1.0), "{panel:?}");
        }
        let faces: Vec<bool> = panels.iter().map(|p| folded(p).3).collect();
        // The cover faces the reader; so does page 3, the right one of the inner spread; pages 2 and 4 face away.
        assert_eq!(faces, [true, false, true, false]);
        // A leaf bears 1 and 2 back to back, the other 3 and 4: each pair shares a column.
        let column = |page: usize| panels[page - 1].centre.x;
        assert!(column(1) == column(2) && column(3) == column(4) && column(1) != column(3));
    }

    #[test]
    fn panels_tile_both_sides_and_the_inner_one_reads_like_a_page() {
        let size = panel_size(SHEET);
        for side in [outer(SHEET), inner(SHEET)] {
            let boxes = side.map(|p| Rect::around(p.centre, size));
            let area: f64 = boxes.iter().map(|r| r.width.0 * r.height.0).sum();
            assert!((area - 210.0 * 297.0).abs() < 1e-6);
            assert!((0..4).all(|i| (0..i).all(|j| !boxes[i].overlaps(boxes[j]))));
        }
        let inner = inner(SHEET);
        assert!(inner.iter().all(|p| p.turn == Quarter::None));
        assert!(inner.windows(2).all(|w| (w[0].centre.y, w[0].centre.x) < (w[1].centre.y, w[1].centre.x)));
        assert_eq!(folds(SHEET).map(|f| f.length().0), [210.0, 297.0]);
    }
}
