//! A saddle-stitched booklet: sheets laid into each other, folded and stapled in the fold.

use serde::Serialize;

use super::{Axis, Quarter};
use crate::plan::length::{Mm, Point, Size};

/// One sheet of a signature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BookletSheet {
    /// Left and right page of the front, from 1; `None` for a page beyond the last.
    pub front: [Option<usize>; 2],
    pub back: [Option<usize>; 2],
    /// How far its pages are moved towards the spine, against creep.
    pub shift: Mm,
}

/// Lays `pages` pages into signatures of at most `signature` sheets (all in one without it), outermost sheet first.
///
/// In a signature of S sheets with N = 4S pages, sheet i (from 0) bears [N−2i | 2i+1] and behind it
/// [2i+2 | N−1−2i]. Paper of thickness t pushes the innermost sheet out by t·(S−1); sheet i gives way by
/// max·i/(S−1).
pub fn booklet(pages: usize, thickness: Mm, signature: Option<usize>) -> Vec<BookletSheet> {
    let total = pages.div_ceil(4);
    let per = signature.unwrap_or(total).max(1);
    let mut sheets = Vec::with_capacity(total);
    let mut first = 0;
    while first < total {
        let count = per.min(total - first);
        let (offset, last) = (first * 4, count * 4);
        let page = |number: usize| Some(offset + number).filter(|number| *number <= pages);
        for i in 0..count {
            sheets.push(BookletSheet {
                front: [page(last - 2 * i), page(2 * i + 1)],
                back: [page(2 * i + 2), page(last - 1 - 2 * i)],
                // max·i/(S−1) with max = t·(S−1).
                shift: thickness * i as f64,
            });
        }
        first += count;
    }
    sheets
}

/// A page of a booklet on its side of a sheet.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct BookletPage {
    /// From 1.
    pub page: usize,
    pub centre: Point,
    pub turn: Quarter,
}

impl BookletSheet {
    /// Where the front's pages go on a landscape sheet: each in the middle of its half, less the creep.
    pub fn front_pages(&self, sheet: Size) -> Vec<BookletPage> {
        self.halves(self.front, sheet, Quarter::None)
    }

    /// The same for the back, for a sheet that turns about `axis`.
    pub fn back_pages(&self, sheet: Size, axis: Axis) -> Vec<BookletPage> {
        match axis {
            Axis::Vertical => self.halves(self.back, sheet, Quarter::None),
            Axis::Horizontal => {
                let [left, right] = self.back;
                self.halves([right, left], sheet, Quarter::Half)
            }
        }
    }

    fn halves(&self, pages: [Option<usize>; 2], sheet: Size, turn: Quarter) -> Vec<BookletPage> {
        let y = sheet.height / 2.0;
        let xs = [sheet.width / 4.0 + self.shift, sheet.width * 0.75 - self.shift];
        pages
            .into_iter()
            .zip(xs)
            .filter_map(|(page, x)| page.map(|page| BookletPage { page, centre: Point { x, y }, turn }))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Nests and folds the sheets of one signature, then leafs through it: pages in reading order.
    fn leaf_through(sheets: &[BookletSheet]) -> Vec<Option<usize>> {
        let mut pages = Vec::new();
        // From the cover inwards, the right halves: front, then behind it the back's left half.
        for sheet in sheets {
            pages.extend([sheet.front[1], sheet.back[0]]);
        }
        // From the middle outwards, the left halves: the back's right half lies behind the front's left half.
        for sheet in sheets.iter().rev() {
            pages.extend([sheet.back[1], sheet.front[0]]);
        }
        pages
    }

    #[test]
    fn eight_pages_take_the_known_order() {
        let sheets = booklet(8, Mm(0.1), None);
        assert_eq!(sheets.len(), 2);
        assert_eq!((sheets[0].front, sheets[0].back), ([Some(8), Some(1)], [Some(2), Some(7)]));
        assert_eq!((sheets[1].front, sheets[1].back), ([Some(6), Some(3)], [Some(4), Some(5)]));
        assert_eq!((sheets[0].shift, sheets[1].shift), (Mm(0.0), Mm(0.1)));
    }

    #[test]
    fn creep_grows_inwards_to_thickness_times_sheets_less_one() {
        let sheets = booklet(40, Mm(0.1), None);
        assert!((sheets[9].shift.0 - 0.9).abs() < 1e-12);
        let inner = sheets[9].front_pages(Size::new(297.0, 210.0));
        let outer = sheets[0].front_pages(Size::new(297.0, 210.0));
        assert!((inner[0].centre.x.0 - outer[0].centre.x.0 - 0.9).abs() < 1e-12);
        assert!((outer[1].centre.x.0 - inner[1].centre.x.0 - 0.9).abs() < 1e-12);
    }

    #[test]
    fn backs_lie_behind_their_fronts_for_either_axis() {
        let sheet = Size::new(297.0, 210.0);
        for axis in Axis::ALL {
            for leaf in booklet(24, Mm(0.2), None) {
                let front = leaf.front_pages(sheet);
                for back in leaf.back_pages(sheet, axis) {
                    let behind = axis.mirror(back.centre, sheet);
                    let found = front
                        .iter()
                        .find(|f| {
                            (f.centre.x - behind.x).abs().0 < 1e-9 && (f.centre.y - behind.y).abs().0 < 1e-9
                        })
                        .unwrap();
                    // A leaf bears an odd page and the next even one.
                    let (low, high) = (found.page.min(back.page), found.page.max(back.page));
                    assert_eq!((low % 2, high), (1, low + 1));
                    assert_eq!(back.turn, axis.back_turn(found.turn, super::super::Turn::Book));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn pages_read_in_order(pages in 1usize..200, signature in proptest::option::of(1usize..12)) {
            let sheets = booklet(pages, Mm(0.1), signature);
            prop_assert_eq!(sheets.len(), pages.div_ceil(4));
            let per = signature.unwrap_or(sheets.len());
            let read: Vec<_> = sheets.chunks(per).flat_map(leaf_through).collect();
            let expected: Vec<_> =
                (1..=sheets.len() * 4).map(|page| Some(page).filter(|page| *page <= pages)).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
