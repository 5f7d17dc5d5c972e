//! Margin notes beside their entries: none over another, none off the page, as near as can be.

/// A note to place: the page its entry begins on, the entry's height on that page, and the note's own height.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Wish {
    /// From 0, not decreasing along the list.
    pub page: usize,
    /// Top of the entry, pt from the top of the text area.
    pub y: f64,
    /// pt.
    pub height: f64,
}

/// Where a note stands.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Spot {
    pub page: usize,
    /// pt from the top of the text area.
    pub y: f64,
}

/// Places notes in order on pages whose text area is `area` pt high, `gap` pt apart, up to page `last`.
///
/// A note stands at its entry's height or below what stands above it; what would hang over the foot pushes its
/// predecessors up; what has no room left goes to the top of the next page. On the last page, and for a note higher than
/// a page, the foot is crossed rather than another note.
pub fn place(wishes: &[Wish], area: f64, gap: f64, last: usize) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::with_capacity(wishes.len());
    let mut first_of_page = 0;
    let mut page = 0;
    for (i, wish) in wishes.iter().enumerate() {
        let mut spot = Spot { page: wish.page.max(page), y: wish.y };
        if spot.page > page || i == 0 {
            page = spot.page;
            first_of_page = i;
        }
        if wish.page < spot.page {
            spot.y = 0.0;
        }
        let used: f64 = (first_of_page..i).map(|j| wishes[j].height + gap).sum();
        if i > first_of_page && used + wish.height > area && page < last {
            // No room even when all are pushed together.
            page += 1;
            first_of_page = i;
            spot = Spot { page, y: 0.0 };
        }
        if i > first_of_page {
            spot.y = spot.y.max(spots[i - 1].y + wishes[i - 1].height + gap);
        }
        spots.push(spot);
        // Push up what hangs over the foot.
        let mut limit = area;
        for j in (first_of_page..=i).rev() {
            let highest = (limit - wishes[j].height).max(0.0);
            if spots[j].y <= highest {
                break;
            }
            spots[j].y = highest;
            limit = highest - gap;
        }
        // Where the column is over-full after all (last page, a huge note), keep the order downwards.
        for j in first_of_page + 1..=i {
            let lowest = spots[j - 1].y + wishes[j - 1].height + gap;
            spots[j].y = spots[j].y.max(lowest);
        }
    }
    spots
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_note_at_the_foot_is_pushed_up_and_takes_its_neighbour_along() {
        let wishes = [Wish { page: 0, y: 500.0, height: 100.0 }, Wish { page: 0, y: 620.0, height: 100.0 }];
        let spots = place(&wishes, 680.0, 10.0, 3);
        assert_eq!(spots, [Spot { page: 0, y: 470.0 }, Spot { page: 0, y: 580.0 }]);
    }

    #[test]
    fn what_has_no_room_goes_to_the_next_page() {
        let wishes = [Wish { page: 0, y: 10.0, height: 400.0 }, Wish { page: 0, y: 620.0, height: 400.0 }];
        assert_eq!(place(&wishes, 680.0, 10.0, 3)[1], Spot { page: 1, y: 0.0 });
        assert_eq!(place(&wishes, 680.0, 10.0, 0)[1].page, 0);
    }

    proptest! {
        #[test]
        fn notes_never_overlap_and_stay_on_the_page(raw in prop::collection::vec((0usize..6, 0.0f64..600.0, 5.0f64..300.0), 0..40)) {
            let mut wishes: Vec<Wish> = raw.iter().map(|&(page, y, height)| Wish { page, y, height }).collect();
            wishes.sort_by(|a, b| (a.page, a.y).partial_cmp(&(b.page, b.y)).unwrap());
            let spots = place(&wishes, 680.0, 8.0, usize::MAX);
            for (i, spot) in spots.iter().enumerate() {
                prop_assert!(spot.page >= wishes[i].page);
                prop_assert!(spot.y >= -1e-9);
                prop_assert!(spot.y + wishes[i].height <= 680.0 + 1e-6);
                if i > 0 && spots[i - 1].page == spot.page {
                    prop_assert!(spots[i - 1].y + wishes[i - 1].height + 8.0 <= spot.y + 1e-6);
                }
            }
        }
    }
}
