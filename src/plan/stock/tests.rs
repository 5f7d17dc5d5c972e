use super::*;
use proptest::prelude::*;

fn on(id: &str, paper: Paper) -> Stock {
    find(id).unwrap().on(&SheetRequest { paper, ..Default::default() }).unwrap()
}

fn with_margin(id: &str, paper: Paper, margin: f64) -> Stock {
    let request = SheetRequest { paper, margin: Some(Mm(margin)), small_margin: true, ..Default::default() };
    find(id).unwrap().on(&request).unwrap()
}

#[test]
fn every_stock_fits_every_paper_and_orientation() {
    for entry in catalogue() {
        for paper in Paper::ALL {
            for orientation in [Orientation::Portrait, Orientation::Landscape] {
                let stock = entry.on(&SheetRequest { paper, orientation, ..Default::default() }).unwrap();
                assert_eq!(stock.check(), vec![], "{}", stock.id);
                for a in 0..stock.slots() {
                    assert!(stock.printable().contains(stock.slot(a)), "{} {a}", stock.id);
                    for b in 0..a {
                        assert!(!stock.slot(a).overlaps(stock.slot(b)), "{} {a} {b}", stock.id);
                    }
                }
            }
        }
    }
    assert_eq!(catalogue().len(), 21);
}

#[test]
fn ids_and_aliases_are_unique() {
    let mut names: Vec<_> =
        catalogue().iter().flat_map(|e| std::iter::once(e.id).chain(e.aliases.iter().copied())).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn parts_are_found_by_every_number() {
    for id in ["avery-5371", "avery-8371", "8371", "5877", "28371", "AVERY-8871"] {
        assert_eq!(find(id).unwrap().id, "avery-5371", "{id}");
    }
    assert_eq!(find("c2364").unwrap().id, "avery-c32011");
    assert_eq!(find("C9312").unwrap().id, "avery-c32015");
    let error = find("pokr").unwrap_err();
    assert_eq!(error.to_string(), "there is no stock `pokr`");
    assert_eq!(error.hint(), "did you mean `poker`? `recto stocks` lists all");
}

#[test]
fn parts_keep_their_published_geometry() {
    let business = on("avery-5371", Paper::A4);
    assert_eq!(business.paper, Paper::UsLetter);
    let last = business.slot(9);
    // Ten cards of 3.5 × 2 in, 0.75 in from left and right, 0.5 in from top and bottom.
    assert!((last.right().0 - (215.9 - 19.05)).abs() < 1e-9);
    assert!((last.bottom().0 - (279.4 - 12.7)).abs() < 1e-9);
    // L4785 is off-centre by 1 mm in both directions: 18 | 17 and 13 | 14.
    let badge = on("avery-l4785", Paper::A4).bounds();
    assert!((210.0 - badge.right().0 - 17.0).abs() < 1e-9);
    assert!((297.0 - badge.bottom().0 - 14.0).abs() < 1e-9);
    let postcard = on("avery-5389", Paper::A4);
    assert!((postcard.slot(1).y.0 - 146.05).abs() < 1e-9);
}

#[test]
fn the_default_is_centred_on_both_papers() {
    let a4 = on(DEFAULT_STOCK, Paper::A4);
    assert_eq!((a4.columns, a4.rows, a4.left, a4.top), (2, 4, Mm(10.0), Mm(18.5)));
    let letter = on(DEFAULT_STOCK, Paper::UsLetter);
    assert!((letter.left.0 - 12.95).abs() < 1e-9 && (letter.top.0 - 9.7).abs() < 1e-9);
}

#[test]
fn a_landscape_sheet_is_the_same_sheet_turned() {
    let upright = on("avery-l4785", Paper::A4);
    let request = SheetRequest { orientation: Orientation::Landscape, ..Default::default() };
    let turned = find("avery-l4785").unwrap().on(&request).unwrap();
    assert_eq!(turned.sheet, Size::new(297.0, 210.0));
    assert_eq!((turned.columns, turned.rows, turned.turned), (5, 2, true));
    // A quarter turn clockwise takes (x, y) to (297 − y, x).
    let mut expected: Vec<(i64, i64)> = (0..10)
        .map(|i| upright.centre(i))
        .map(|c| (297.0 - c.y.0, c.x.0))
        .map(|(x, y)| ((x * 1e6).round() as i64, (y * 1e6).round() as i64))
        .collect();
    let mut found: Vec<(i64, i64)> = (0..10)
        .map(|i| turned.centre(i))
        .map(|c| ((c.x.0 * 1e6).round() as i64, (c.y.0 * 1e6).round() as i64))
        .collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn plain_sizes_take_the_grid_that_holds_most() {
    let slots = |id, paper| on(id, paper).slots();
    // 189.3 × 276.3 mm of A4 and 195.2 × 258.7 mm of Letter are left by margins and marks.
    assert_eq!(slots("us-business", Paper::UsLetter), 10);
    assert_eq!(slots("us-business", Paper::A4), 10);
    let poker = on("poker", Paper::A4);
    assert_eq!((poker.columns, poker.rows, poker.turned), (2, 4, true), "2 × 3 upright, 2 × 4 turned");
    let bridge = on("bridge", Paper::A4);
    assert_eq!((bridge.columns, bridge.rows, bridge.turned), (3, 3, false));
    assert_eq!(slots("a7", Paper::A4), 4);
}

#[test]
fn a7_needs_an_a4_without_margins() {
    // Without the band for marks: the area is what the margin leaves.
    let count = |margin: f64| {
        let area = Size::new(210.0 - 2.0 * margin, 297.0 - 2.0 * margin);
        catalogue::best_grid(area, Size::new(105.0, 74.0)).map_or(0, |grid| grid.columns * grid.rows)
    };
    assert_eq!(count(0.0), 8);
    assert_eq!(count(4.23), 4);
    assert_eq!(count(6.35), 4);
}

#[test]
fn twelve_us_business_cards_fit_letter_without_marks() {
    let area = Size::new(215.9 - 12.7, 279.4 - 12.7);
    let grid = catalogue::best_grid(area, Size::new(88.9, 50.8)).unwrap();
    assert_eq!((grid.columns, grid.rows, grid.turned), (4, 3, true));
    let fits = fit(Paper::UsLetter, Mm(6.35), Size::new(88.9, 50.8)).unwrap();
    let first = fits.first().unwrap();
    assert_eq!((first.columns, first.rows, first.cards), (4, 3, 12));
    assert!((first.card.width.0 - 50.8).abs() < 1e-9 && (first.card.height.0 - 88.9).abs() < 1e-9);
}

#[test]
fn a_near_a7_restores_eight() {
    let fits = fit(Paper::A4, Mm(5.0), Size::new(98.0, 70.0)).unwrap();
    let first = fits.first().unwrap();
    assert_eq!((first.columns, first.rows, first.cards, first.cuts), (2, 4, 8, 8));
    assert!((first.card.width.0 - 100.0).abs() < 1e-9 && (first.card.height.0 - 71.75).abs() < 1e-9);
}

#[test]
fn fits_are_ranked_and_inside_the_printable_area() {
    for paper in Paper::ALL {
        let fits = fit(paper, Mm(5.0), Size::new(60.0, 40.0)).unwrap();
        assert!(fits.len() > 10);
        assert!(
            fits.windows(2)
                .all(|w| w[0].cards > w[1].cards || w[0].cards == w[1].cards && w[0].cuts <= w[1].cuts)
        );
        for fit in fits {
            assert!(fit.left.0 >= 5.0 - 1e-9 && fit.top.0 >= 5.0 - 1e-9);
            assert!(fit.card.width.0.max(fit.card.height.0) >= 60.0 - 1e-9);
            assert!(fit.card.width.0.min(fit.card.height.0) >= 40.0 - 1e-9);
            // No larger card of the step fits.
            assert!(2.0 * fit.left.0 < 10.0 + 0.05 * fit.columns as f64 + 1e-6);
        }
    }
    assert!(fit(Paper::A4, Mm(-1.0), Size::new(60.0, 40.0)).is_err());
    assert!(fit(Paper::A4, Mm(f64::NAN), Size::new(60.0, 40.0)).is_err());
    assert_eq!(fit(Paper::A4, Mm(5.0), Size::new(300.0, 300.0)).unwrap(), vec![]);
    // No margin: the sheet's own edges need no cut.
    let whole = fit(Paper::A4, Mm(0.0), Size::new(105.0, 74.0)).unwrap();
    assert_eq!((whole[0].cards, whole[0].cuts), (8, 4));
}

#[test]
fn cuts_are_counted_once_where_cards_touch() {
    let eight = on(DEFAULT_STOCK, Paper::A4);
    assert_eq!(eight.cut_count(), 3 + 5);
    let definition = Definition {
        sheet: Paper::A4,
        card: Size::new(80.0, 50.0),
        columns: 2,
        rows: 3,
        left: Mm(20.0),
        top: Mm(20.0),
        pitch: Some(Size::new(85.0, 55.0)),
    };
    let stock = definition.stock("mine", &SheetRequest::default()).unwrap();
    assert_eq!(stock.cut_count(), 4 + 6);
    assert_eq!(on("avery-5371", Paper::A4).cut_count(), 0);
}

#[test]
fn a_definition_that_does_not_fit_is_told_with_numbers() {
    let definition = Definition {
        sheet: Paper::A4,
        card: Size::new(90.0, 60.0),
        columns: 2,
        rows: 5,
        left: Mm(3.0),
        top: Mm(20.0),
        pitch: Some(Size::new(85.0, 60.0)),
    };
    let errors = definition.stock("mine", &SheetRequest::default()).unwrap_err();
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "the columns overlap: the pitch is 85 mm, the card 90 mm",
            "the cards stand 3 mm from the left edge of the sheet, inside the margin of 5 mm that the printer \
             leaves blank",
            "the cards run 23 mm over the bottom edge of the sheet (210 × 297 mm)",
        ]
    );
    assert_eq!(errors[0].hint(), "make the pitch at least 90 mm");
    let none = Definition { columns: 0, ..definition };
    assert!(matches!(none.stock("mine", &SheetRequest::default()).unwrap_err()[0], StockError::Empty { .. }));
}

#[test]
fn small_margins_need_a_word() {
    let request = SheetRequest { margin: Some(Mm(3.0)), ..Default::default() };
    let errors = find("a7").unwrap().on(&request).unwrap_err();
    assert_eq!(errors, vec![StockError::Margin { margin: Mm(3.0), smallest: SMALLEST_MARGIN }]);
    assert_eq!(with_margin("a7", Paper::A4, 0.0).margin, Mm::ZERO);
    let request = SheetRequest { margin: Some(Mm(-1.0)), small_margin: true, ..Default::default() };
    assert!(find("a7").unwrap().on(&request).is_err());
}

proptest! {
    #[test]
    fn no_grid_of_touching_cards_holds_more(
        width in 20.0..300.0f64, height in 20.0..300.0f64, w in 10.0..200.0f64, h in 10.0..200.0f64,
    ) {
        let area = Size::new(width, height);
        let card = Size::new(w, h);
        let count = catalogue::best_grid(area, card).map_or(0, |g| g.columns * g.rows);
        let mut best = 0;
        for columns in 1..40 {
            for rows in 1..40 {
                for cell in [card, card.turned()] {
                    let all = Size {
                        width: cell.width * columns as f64,
                        height: cell.height * rows as f64,
                    };
                    if area.holds(all) {
                        best = best.max(columns * rows);
                    }
                }
            }
        }
        prop_assert_eq!(count, best);
    }
}
