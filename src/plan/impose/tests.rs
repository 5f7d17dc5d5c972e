//! A cutter: turns printed sheets over, cuts them, stacks them, and looks at what it holds.
//!
//! It knows paper, not the code under test: a back page is seen through the sheet, its x (or y) runs the other way.

use std::sync::LazyLock;

use super::*;
use crate::plan::stock::{Definition, Orientation, Paper, SheetRequest, catalogue, find};
use proptest::prelude::*;

/// All stocks on all papers, both ways round.
static STOCKS: LazyLock<Vec<Stock>> = LazyLock::new(|| {
    let mut stocks = Vec::new();
    for entry in catalogue() {
        for paper in Paper::ALL {
            for orientation in [Orientation::Portrait, Orientation::Landscape] {
                stocks.push(entry.on(&SheetRequest { paper, orientation, ..Default::default() }).unwrap());
            }
        }
    }
    // Off-centre, gutters of two widths, an odd number of columns.
    let definition = Definition {
        sheet: Paper::A4,
        card: Size::new(55.0, 40.0),
        columns: 3,
        rows: 5,
        left: Mm(12.0),
        top: Mm(31.0),
        pitch: Some(Size::new(60.0, 47.0)),
    };
    for orientation in [Orientation::Portrait, Orientation::Landscape] {
        stocks
            .push(definition.stock("gutters", &SheetRequest { orientation, ..Default::default() }).unwrap());
    }
    stocks
});

/// A face on the physical sheet, seen from the front: centre and the direction of the reader's up.
#[derive(Debug, Clone, Copy)]
struct Printed {
    item: Item,
    x: f64,
    y: f64,
    up: (f64, f64),
}

fn print(placement: &Placement, card: Size) -> Printed {
    let map = placement.transform(card);
    let centre = map.apply(Point { x: card.width / 2.0, y: card.height / 2.0 });
    let top = map.apply(Point { x: card.width / 2.0, y: Mm::ZERO });
    let half = card.height.0 / 2.0;
    Printed {
        item: placement.item,
        x: centre.x.0,
        y: centre.y.0,
        up: ((top.x.0 - centre.x.0) / half, (top.y.0 - centre.y.0) / half),
    }
}

/// The same face seen through the sheet after the printer turned it over the flip's edge.
fn through(face: Printed, flip: Flip, sheet: Size) -> Printed {
    let long_is_height = sheet.height > sheet.width;
    // Over a long edge of an upright sheet, or a short edge of a lying one, left and right change places.
    let sideways = (flip == Flip::LongEdge) == long_is_height;
    if sideways {
        Printed { x: sheet.width.0 - face.x, up: (-face.up.0, face.up.1), ..face }
    } else {
        Printed { y: sheet.height.0 - face.y, up: (face.up.0, -face.up.1), ..face }
    }
}

/// Cuts and stacks as the hint line says; the deck from top to bottom, or what went wrong.
fn cut_and_stack(job: &Job, imposition: &Imposition) -> Result<Vec<Item>, String> {
    let stock = job.stock;
    let mut deck = Vec::new();
    let near = |a: f64, b: f64| (a - b).abs() <= 0.01;
    let mut piece = |sheet: &Sheet, slot: usize| -> Result<(), String> {
        let trim = stock.slot(slot);
        let inside =
            |p: &Printed| p.x > trim.x.0 && p.x < trim.right().0 && p.y > trim.y.0 && p.y < trim.bottom().0;
        let fronts: Vec<_> = sheet.front.iter().map(|p| print(p, stock.card)).filter(|p| inside(p)).collect();
        let backs: Vec<_> = sheet
            .back
            .iter()
            .map(|p| through(print(p, stock.card), job.flip, stock.sheet))
            .filter(|p| inside(p))
            .collect();
        match (fronts.as_slice(), backs.as_slice()) {
            ([], []) => Ok(()),
            ([front], [back]) => {
                let centre = trim.centre();
                if !near(front.x, centre.x.0) || !near(front.y, centre.y.0) {
                    return Err(format!("front {:?} off its trim", front.item));
                }
                if !near(front.x, back.x) || !near(front.y, back.y) {
                    return Err(format!(
                        "back of {:?} off by {:.3}, {:.3}",
                        front.item,
                        back.x - front.x,
                        back.y - front.y
                    ));
                }
                if front.item != back.item {
                    return Err(format!("{:?} has the back of {:?}", front.item, back.item));
                }
                // Seen through the card, a book card's back has its head where the front has it.
                let sign = if job.turn == Turn::Book { 1.0 } else { -1.0 };
                if !near(front.up.0 * sign, back.up.0) || !near(front.up.1 * sign, back.up.1) {
                    return Err(format!("back of {:?} stands wrong", front.item));
                }
                deck.push(front.item);
                Ok(())
            }
            _ => Err(format!("slot {slot} has {} fronts and {} backs", fronts.len(), backs.len())),
        }
    };
    match job.order {
        Order::CutStack => {
            for run in &imposition.runs {
                for slot in 0..stock.slots() {
                    for sheet in &imposition.sheets[run.clone()] {
                        piece(sheet, slot)?;
                    }
                }
            }
        }
        Order::Row => {
            for sheet in &imposition.sheets {
                for slot in 0..stock.slots() {
                    piece(sheet, slot)?;
                }
            }
        }
    }
    Ok(deck)
}

fn expect(job: &Job) -> Vec<Item> {
    let cards = (0..job.copies).flat_map(|deck| (0..job.cards).map(move |index| Item::Card { index, deck }));
    let used = job.cards * job.copies + job.start_slot - 1;
    let left = (job.stock.slots() - used % job.stock.slots()) % job.stock.slots();
    let blanks = if job.fill && job.cards > 0 { left } else { 0 };
    cards.chain((0..blanks).map(|index| Item::Blank { index })).collect()
}

#[test]
fn every_stock_flip_turn_and_order_comes_out_sorted() {
    for stock in STOCKS.iter() {
        for flip in Flip::ALL {
            for turn in Turn::ALL {
                for order in [Order::CutStack, Order::Row] {
                    let n = stock.slots() * 2 + 3;
                    let job = Job { flip, turn, order, ..Job::new(stock, n) };
                    let deck = cut_and_stack(&job, &impose(&job).unwrap()).unwrap();
                    assert_eq!(deck, expect(&job), "{} {flip:?} {turn:?} {order:?}", stock.id);
                }
            }
        }
    }
}

#[test]
fn one_to_five_hundred_cards_on_every_stock() {
    for n in 0..=500 {
        // Every stock, its papers and orientations in turn.
        for (_, stock) in STOCKS.iter().enumerate().filter(|(i, _)| (i + n) % 4 == 0 || n < 40) {
            let flip = Flip::ALL[n / 4 % 2];
            let turn = Turn::ALL[n / 8 % 2];
            let job = Job { flip, turn, ..Job::new(stock, n) };
            let imposition = impose(&job).unwrap();
            assert_eq!(imposition.sheets.len(), n.div_ceil(stock.slots()));
            assert_eq!(cut_and_stack(&job, &imposition), Ok(expect(&job)), "{} cards on {}", n, stock.id);
        }
    }
}

#[test]
fn the_cut_stack_map_is_div_and_mod() {
    let stock = find("recto-8").unwrap().on(&SheetRequest::default()).unwrap();
    let imposition = impose(&Job::new(&stock, 21)).unwrap();
    // S = ceil(21 / 8) = 3.
    for (sheet_number, sheet) in imposition.sheets.iter().enumerate() {
        for placement in &sheet.front {
            let Item::Card { index, .. } = placement.item else { panic!() };
            assert_eq!((placement.slot, sheet_number), (index / 3, index % 3));
        }
    }
    let summary = imposition.summary(&stock);
    assert_eq!(summary, Summary { cards: 21, blanks: 0, sheets: 3, sides: 6, cuts: 8, piles: 7 });
}

proptest! {
    #[test]
    fn decks_come_out_sorted_whatever_is_asked(
        which in 0usize..1000, cards in 0usize..120, copies in 1usize..4, long: bool, book: bool, row: bool,
        start in 0usize..100, pile in proptest::option::of(1usize..6), fill: bool,
    ) {
        let stock = &STOCKS[which % STOCKS.len()];
        let job = Job {
            copies,
            flip: if long { Flip::LongEdge } else { Flip::ShortEdge },
            turn: if book { Turn::Book } else { Turn::Calendar },
            order: if row { Order::Row } else { Order::CutStack },
            start_slot: start % stock.slots() + 1,
            max_pile: pile,
            fill,
            ..Job::new(stock, cards)
        };
        let imposition = impose(&job).unwrap();
        prop_assert_eq!(cut_and_stack(&job, &imposition), Ok(expect(&job)));
        // Used slots stay empty on both sides, and no run is higher than the pile allowed.
        if let Some(first) = imposition.sheets.first() {
            prop_assert!(first.front.iter().chain(&first.back).all(|p| p.slot + 1 >= job.start_slot));
        }
        if let Some(most) = pile {
            prop_assert!(imposition.runs.iter().all(|run| run.len() <= most));
        }
        prop_assert_eq!(imposition.runs.iter().map(|run| run.len()).sum::<usize>(), imposition.sheets.len());
    }

    #[test]
    fn one_axis_is_the_other_turned_by_half(which in 0usize..1000, cards in 1usize..60, book: bool) {
        let stock = &STOCKS[which % STOCKS.len()];
        let turn = if book { Turn::Book } else { Turn::Calendar };
        let of = |flip| impose(&Job { flip, turn, ..Job::new(stock, cards) }).unwrap();
        let (long, short) = (of(Flip::LongEdge), of(Flip::ShortEdge));
        let half = Affine::place(
            stock.sheet,
            Point { x: stock.sheet.width / 2.0, y: stock.sheet.height / 2.0 },
            Quarter::Half,
        );
        for (a, b) in long.sheets.iter().zip(&short.sheets) {
            prop_assert_eq!(&a.front, &b.front);
            for (a, b) in a.back.iter().zip(&b.back) {
                let turned = half.apply(a.centre);
                prop_assert!((turned.x - b.centre.x).abs().0 < 1e-9 && (turned.y - b.centre.y).abs().0 < 1e-9);
                prop_assert_eq!(a.turn.plus(Quarter::Half), b.turn);
            }
        }
    }

    #[test]
    fn a_correction_undoes_what_the_printer_does(
        dx in -3.0..3.0f64, dy in -3.0..3.0f64, angle in -1.0..1.0f64, scale in 0.99..1.01f64,
        x in 0.0..210.0f64, y in 0.0..297.0f64,
    ) {
        let sheet = Size::new(210.0, 297.0);
        let map = Profile { dx: Mm(dx), dy: Mm(dy), angle, scale }.correction(sheet);
        let p = map.apply(Point::new(x, y));
        // By hand: turn clockwise (y down) and scale about the centre, then move.
        let (u, v) = (x - 105.0, y - 148.5);
        let (sin, cos) = angle.to_radians().sin_cos();
        prop_assert!((p.x.0 - (105.0 + scale * (u * cos - v * sin) + dx)).abs() < 1e-9);
        prop_assert!((p.y.0 - (148.5 + scale * (u * sin + v * cos) + dy)).abs() < 1e-9);
    }
}

#[test]
fn the_cutter_notices_what_goes_wrong() {
    let badge = find("avery-l4785").unwrap().on(&SheetRequest::default()).unwrap();
    let job = Job::new(&badge, 25);
    let right = impose(&job).unwrap();
    assert!(cut_and_stack(&job, &right).is_ok());

    // One back 0.05 mm to the side.
    let mut moved = right.clone();
    moved.sheets[1].back[3].centre.x += Mm(0.05);
    assert!(
        cut_and_stack(&job, &moved).unwrap_err().contains("off by 0.050, 0.000")
            || cut_and_stack(&job, &moved).unwrap_err().contains("off by -0.050, 0.000")
    );

    // Indices mirrored instead of coordinates: off-centre stock is off by twice 0.5 mm.
    let mut mirrored = right.clone();
    for sheet in &mut mirrored.sheets {
        for back in &mut sheet.back {
            let (row, column) = (back.slot / 2, back.slot % 2);
            back.centre = badge.centre(row * 2 + (1 - column));
        }
    }
    assert!(cut_and_stack(&job, &mirrored).unwrap_err().contains("off by -1.000, 0.000"));

    // The other edge.
    let flipped = Job { flip: Flip::ShortEdge, ..job.clone() };
    assert!(cut_and_stack(&flipped, &right).is_err());
    // The other way of turning a card.
    let calendar = Job { turn: Turn::Calendar, ..job.clone() };
    assert!(cut_and_stack(&calendar, &right).unwrap_err().contains("stands wrong"));
    // Two sheets that changed places.
    let mut swapped = right.clone();
    swapped.sheets.swap(0, 1);
    assert_ne!(cut_and_stack(&job, &swapped).unwrap(), expect(&job));
}

#[test]
fn backs_are_where_the_table_says() {
    // y down, sheet W × H, front centre (x, y); card 95 × 65 upright, first slot of recto-8 on A4: (57.5, 51).
    let stock = find("recto-8").unwrap().on(&SheetRequest::default()).unwrap();
    let cases = [
        (Flip::LongEdge, Turn::Book, (152.5, 51.0), 0),
        (Flip::LongEdge, Turn::Calendar, (152.5, 51.0), 180),
        (Flip::ShortEdge, Turn::Book, (57.5, 246.0), 180),
        (Flip::ShortEdge, Turn::Calendar, (57.5, 246.0), 0),
    ];
    for (flip, turn, (x, y), degrees) in cases {
        let job = Job { flip, turn, ..Job::new(&stock, 1) };
        let back = impose(&job).unwrap().sheets[0].back[0];
        assert_eq!((back.centre.x.0, back.centre.y.0, back.turn.degrees()), (x, y, degrees));
    }
}

#[test]
fn a_part_used_sheet_is_used_up_first() {
    let stock = find("recto-8").unwrap().on(&SheetRequest::default()).unwrap();
    for start_slot in 2..=8 {
        for cards in 1..60 {
            let job = Job { start_slot, ..Job::new(&stock, cards) };
            let imposition = impose(&job).unwrap();
            let used = |sheet: &Sheet| sheet.front.len();
            let free = 8 - (start_slot - 1);
            assert_eq!(used(&imposition.sheets[0]), cards.min(free), "{cards} from {start_slot}");
            let last = imposition.sheets.len() - 1;
            assert!(imposition.sheets[1..].iter().take(last.saturating_sub(1)).all(|s| used(s) == 8));
            assert_eq!(cut_and_stack(&job, &imposition), Ok(expect(&job)));
        }
    }
}

#[test]
fn profiles_touch_backs_only() {
    let stock = find("recto-8").unwrap().on(&SheetRequest::default()).unwrap();
    let profile = Profile { dx: Mm(0.4), dy: Mm(-0.3), angle: 0.1, scale: 1.001 };
    let plain = impose(&Job::new(&stock, 20)).unwrap();
    let corrected = impose(&Job { profile, ..Job::new(&stock, 20) }).unwrap();
    assert_eq!(plain.sheets, corrected.sheets);
    assert_eq!(plain.correction, Affine::IDENTITY);
    assert_ne!(corrected.correction, Affine::IDENTITY);
}

#[test]
fn a_profile_that_leaves_the_printable_area_is_an_error() {
    let stock = find("recto-8").unwrap().on(&SheetRequest::default()).unwrap();
    let shifted = |dx: f64| {
        let profile = Profile { dx: Mm(dx), ..Default::default() };
        impose(&Job { profile, ..Job::new(&stock, 1) })
    };
    // From the safe box to the printable edge: 10 + 4 − 5 = 9 mm.
    assert!(shifted(9.0).is_ok());
    let error = shifted(9.5).unwrap_err();
    assert!(
        matches!(error, ImposeError::OffPrintable { edge: "right", over, .. } if (over.0 - 0.5).abs() < 1e-9)
    );
    assert!(error.to_string().contains("0.5 mm into the right margin of 5 mm"));
    assert!(matches!(shifted(f64::NAN), Err(ImposeError::Profile { what: "dx", .. })));
    let profile = Profile { scale: 2.0, ..Default::default() };
    assert!(impose(&Job { profile, ..Job::new(&stock, 1) }).is_err());
}

#[test]
fn nonsense_is_refused() {
    let stock = find("recto-8").unwrap().on(&SheetRequest::default()).unwrap();
    let job = Job::new(&stock, 5);
    let error = impose(&Job { start_slot: 9, ..job.clone() }).unwrap_err();
    assert_eq!(error.to_string(), "there is no slot 9: the sheet has slots 1 to 8");
    assert!(impose(&Job { start_slot: 0, ..job.clone() }).is_err());
    assert_eq!(impose(&Job { copies: 0, ..job.clone() }), Err(ImposeError::NoCopies));
    let error = impose(&Job { copies: usize::MAX, ..job.clone() }).unwrap_err();
    assert!(matches!(error, ImposeError::TooMany { cards: 5, .. }));
    assert_eq!(impose(&Job { max_pile: Some(0), ..job }), Err(ImposeError::NoPile));
}
