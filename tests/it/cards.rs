//! Flashcards on paper: the PDF is read back, turned over, cut and stacked, and the deck is looked at.
//!
//! Nothing here uses the plan's numbers. A face is found by its own code; where a card is cut comes from the table of
//! stocks below or from the crop marks on the page; how paper turns and lies is this file's own knowledge.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use hayro_interpret::kurbo::{Point, Rect, Vec2};
use proptest::prelude::*;
use recto::cli::session::{BuildOptions, Session};

use crate::readback::{self, Glyph, Seen, Stroke};
use crate::support::Folder;

/// How near a back must be to its front, mm.
const NEAR: f64 = 0.01;

// ---- what is known of the stocks ----

/// A pre-cut part: its upright sheet, card, grid, first card's corner, and pitch, mm; from PRINTING.md's sources.
struct Part {
    id: &'static str,
    sheet: (f64, f64),
    card: (f64, f64),
    grid: (usize, usize),
    first: (f64, f64),
    pitch: (f64, f64),
}

const LETTER: (f64, f64) = (215.9, 279.4);
const A4: (f64, f64) = (210.0, 297.0);

#[rustfmt::skip]
const PARTS: [Part; 7] = [
    Part { id: "avery-5371", sheet: LETTER, card: (88.9, 50.8), grid: (2, 5), first: (19.05, 12.7), pitch: (88.9, 50.8) },
    Part { id: "avery-8373", sheet: LETTER, card: (88.9, 50.8), grid: (2, 4), first: (12.7, 19.05), pitch: (101.6, 63.5) },
    Part { id: "avery-5388", sheet: LETTER, card: (127.0, 76.2), grid: (1, 3), first: (44.45, 25.4), pitch: (0.0, 76.2) },
    Part { id: "avery-5389", sheet: LETTER, card: (152.4, 101.6), grid: (1, 2), first: (31.75, 31.75), pitch: (0.0, 114.3) },
    Part { id: "avery-c32011", sheet: A4, card: (85.0, 54.0), grid: (2, 5), first: (15.0, 13.5), pitch: (95.0, 54.0) },
    Part { id: "avery-c32015", sheet: A4, card: (85.0, 54.0), grid: (2, 4), first: (17.0, 31.5), pitch: (91.0, 60.0) },
    Part { id: "avery-l4785", sheet: A4, card: (80.0, 50.0), grid: (2, 5), first: (18.0, 13.0), pitch: (95.0, 55.0) },
];

/// Plain sizes, upright as they are read; their trims come from the crop marks.
#[rustfmt::skip]
const SIZES: [(&str, (f64, f64)); 14] = [
    ("recto-8", (95.0, 65.0)), ("a5", (210.0, 148.0)), ("a6", (148.0, 105.0)), ("a7", (105.0, 74.0)),
    ("a8", (74.0, 52.0)), ("3x5", (127.0, 76.2)), ("4x6", (152.4, 101.6)), ("business", (88.9, 50.8)),
    ("eu-business", (85.0, 55.0)), ("id-1", (85.6, 53.98)), ("poker", (63.5, 88.9)), ("tcg", (63.0, 88.0)),
    ("bridge", (57.15, 88.9)), ("tarot", (70.0, 120.0)),
];

impl Part {
    /// Trim boxes by rows from the upper left, as the page lies.
    fn trims(&self, landscape: bool) -> Vec<Rect> {
        let mut trims = Vec::new();
        for row in 0..self.grid.1 {
            for column in 0..self.grid.0 {
                let x = self.first.0 + self.pitch.0 * column as f64;
                let y = self.first.1 + self.pitch.1 * row as f64;
                trims.push(Rect::new(x, y, x + self.card.0, y + self.card.1));
            }
        }
        if landscape {
            // A quarter turn clockwise: the left edge becomes the top.
            let height = self.sheet.1;
            trims = trims.iter().map(|r| Rect::new(height - r.y1, r.x0, height - r.y0, r.x1)).collect();
        }
        sorted(trims)
    }
}

fn sorted(mut trims: Vec<Rect>) -> Vec<Rect> {
    let key = |r: &Rect| ((r.y0 * 100.0).round() as i64, (r.x0 * 100.0).round() as i64);
    trims.sort_by_key(key);
    trims
}

/// What a print is made of, and what it is made on.
#[derive(Debug, Clone, Copy)]
struct Setup {
    stock: &'static str,
    card: (f64, f64),
    landscape: bool,
    letter: bool,
    long_edge: bool,
    book: bool,
}

impl Setup {
    fn part(&self) -> Option<&'static Part> {
        PARTS.iter().find(|p| p.id == self.stock)
    }

    /// The trims of a front page: from the table, else between the crop marks.
    fn trims(&self, page: &Seen) -> Vec<Rect> {
        match self.part() {
            Some(part) => part.trims(self.landscape),
            None => sorted(between_marks(&crop_marks(page))),
        }
    }

    /// The mirror that turning the sheet amounts to: over a long edge of an upright sheet, or over a short edge of a lying
    /// one, left and right change places.
    fn through(&self, page: &Seen, p: Point) -> Point {
        if (page.height > page.width) == self.long_edge {
            Point::new(page.width - p.x, p.y)
        } else {
            Point::new(p.x, page.height - p.y)
        }
    }
}

fn all_setups() -> Vec<Setup> {
    let mut setups = Vec::new();
    for landscape in [false, true] {
        for (long_edge, book) in [(true, true), (true, false), (false, true), (false, false)] {
            for part in &PARTS {
                let letter = part.sheet == LETTER;
                setups.push(Setup { stock: part.id, card: part.card, landscape, letter, long_edge, book });
            }
            for (stock, card) in SIZES {
                for letter in [false, true] {
                    setups.push(Setup { stock, card, landscape, letter, long_edge, book });
                }
            }
        }
    }
    setups
}

/// Crop marks: short upright or level strokes of 2.4 to 3.1 mm; a ruler's ticks are shorter.
fn crop_marks(page: &Seen) -> Vec<Stroke> {
    let straight = |s: &&Stroke| (s.from.x - s.to.x).abs() < 1e-3 || (s.from.y - s.to.y).abs() < 1e-3;
    page.lines.iter().filter(|s| (2.4..3.1).contains(&s.length())).filter(straight).copied().collect()
}

/// The boxes between neighbouring cuts.
fn between_marks(marks: &[Stroke]) -> Vec<Rect> {
    let cuts = |upright: bool| {
        let mut at: Vec<f64> = marks
            .iter()
            .filter(|s| ((s.from.x - s.to.x).abs() < 1e-3) == upright)
            .map(|s| if upright { s.from.x } else { s.from.y })
            .collect();
        at.sort_by(f64::total_cmp);
        at.dedup_by(|a, b| (*a - *b).abs() < 0.01);
        at
    };
    let (xs, ys) = (cuts(true), cuts(false));
    let mut boxes = Vec::new();
    for y in ys.windows(2) {
        boxes.extend(xs.windows(2).map(|x| Rect::new(x[0], y[0], x[1], y[1])));
    }
    boxes
}

// ---- faces, found by their codes ----

/// A face on a page: its card's number, the centre of its trim as its own text gives it, and the reader's up.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Face {
    number: usize,
    blank: bool,
    centre: Point,
    up: Vec2,
}

/// Where a code stands on a face, as the layout has it: 5 mm from the edges, 6.5 pt, the line from 0.76 em above its
/// baseline to 0.24 em below. On fronts it begins at the lower left, on backs it ends at the upper right.
const INSET: f64 = 5.0;
const CODE_ASCENT: f64 = 0.76 * 6.5 * 25.4 / 72.0;
const CODE_DESCENT: f64 = 0.24 * 6.5 * 25.4 / 72.0;

/// Faces of a page; codes are `B-001`, those of blank cards `X-001`.
fn faces(page: &Seen, card: (f64, f64), back: bool) -> Vec<Face> {
    let glyphs: Vec<&Glyph> = page.glyphs.iter().collect();
    let mut found = Vec::new();
    for run in glyphs.windows(5) {
        let text: String = run.iter().map(|g| g.text.as_str()).collect();
        let Some(digits) = text.strip_prefix("B-").or_else(|| text.strip_prefix("X-")) else { continue };
        let Ok(number) = digits.parse::<usize>() else { continue };
        let (first, last) = (run[0], run[4]);
        let angle = first.angle.to_radians();
        let right = Vec2::new(angle.cos(), angle.sin());
        let down = Vec2::new(-right.y, right.x);
        let (anchor, local) = if back {
            (last.end, (card.0 - INSET, INSET + CODE_ASCENT))
        } else {
            (first.origin, (INSET, card.1 - INSET - CODE_DESCENT))
        };
        let centre = anchor + right * (card.0 / 2.0 - local.0) + down * (card.1 / 2.0 - local.1);
        found.push(Face { number, blank: text.starts_with('X'), centre, up: -down });
    }
    found
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= NEAR
}

/// A piece of paper after the cut: what is on its front and on its back.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    number: usize,
    blank: bool,
}

/// Cuts one sheet whose back page was printed after it was turned over; one entry a slot.
fn cut(setup: &Setup, front: &Seen, back: &Seen) -> Result<Vec<Option<Piece>>, String> {
    let fronts = faces(front, setup.card, false);
    let backs: Vec<Face> = faces(back, setup.card, true)
        .into_iter()
        .map(|f| {
            // Seen through the sheet.
            let tip = setup.through(back, f.centre + f.up);
            let centre = setup.through(back, f.centre);
            Face { centre, up: tip - centre, ..f }
        })
        .collect();
    let trims = setup.trims(front);
    if trims.is_empty() {
        return Err("no trims".into());
    }
    let mut pieces = Vec::new();
    for trim in &trims {
        let inside = |f: &&Face| trim.contains(f.centre);
        let (front, back): (Vec<_>, Vec<_>) =
            (fronts.iter().filter(inside).collect(), backs.iter().filter(inside).collect());
        let (front, back) = match (front.as_slice(), back.as_slice()) {
            ([], []) => {
                pieces.push(None);
                continue;
            }
            ([front], [back]) => (**front, **back),
            _ => return Err(format!("{} fronts and {} backs in one slot", front.len(), back.len())),
        };
        let (middle, upright) = (trim.center(), front.up.x.abs() < 0.5);
        let expected = if upright { setup.card } else { (setup.card.1, setup.card.0) };
        if !near(trim.width(), expected.0) || !near(trim.height(), expected.1) {
            return Err(format!("{} is trimmed to {:.2} × {:.2}", front.number, trim.width(), trim.height()));
        }
        if !near(front.centre.x, middle.x) || !near(front.centre.y, middle.y) {
            return Err(format!(
                "the front of {} is off its trim by {:?}",
                front.number,
                front.centre - middle
            ));
        }
        if (front.number, front.blank) != (back.number, back.blank) {
            return Err(format!("{} has the back of {}", front.number, back.number));
        }
        if !near(front.centre.x, back.centre.x) || !near(front.centre.y, back.centre.y) {
            return Err(format!("the back of {} is off by {:?}", front.number, back.centre - front.centre));
        }
        // Turned like a page, a card's back has its head where the front has it; turned upwards, at the other end.
        let wanted = if setup.book { front.up } else { -front.up };
        if (wanted - back.up).hypot() > 1e-3 {
            return Err(format!("the back of {} stands the wrong way up", front.number));
        }
        pieces.push(Some(Piece { number: front.number, blank: front.blank }));
    }
    let cut = pieces.iter().flatten().count();
    if cut != fronts.len() || cut != backs.len() {
        return Err(format!("{} fronts and {} backs gave {cut} cards", fronts.len(), backs.len()));
    }
    Ok(pieces)
}

/// A pile of sheets cut and stacked as the hint says: the first slot's pile on top.
fn stack(sheets: &[Vec<Option<Piece>>]) -> Vec<Piece> {
    let slots = sheets.first().map_or(0, Vec::len);
    (0..slots).flat_map(|slot| sheets.iter().filter_map(move |sheet| sheet[slot])).collect()
}

/// Turns over, cuts and stacks all sheets of a duplex PDF.
fn deck(setup: &Setup, pages: &[Seen]) -> Result<Vec<Piece>, String> {
    let sheets: Result<Vec<_>, String> = pages.chunks(2).map(|p| cut(setup, &p[0], &p[1])).collect();
    Ok(stack(&sheets?))
}

/// Cards 1 to n, then blank ones.
fn expected(cards: usize, slots: usize) -> Vec<Piece> {
    let blanks = (slots - cards % slots) % slots;
    let card = |blank| move |number| Piece { number, blank };
    (1..=cards).map(card(false)).chain((1..=blanks).map(card(true))).collect()
}

// ---- printing ----

/// A pack of `cards` cards, each from a row.
fn pack(cards: usize) -> Folder {
    let folder = Folder::new();
    for (name, paper) in [("a4", "a4"), ("letter", "us-letter")] {
        folder.write(
            &format!("{name}/recto.yaml"),
            format!("title: Birds\ndate: 2026-11-20\npaper: {paper}\n"),
        );
        let mut table = String::from("# Birds\n\n|Concept|Brief Description|\n|---|---|\n");
        for n in 1..=cards {
            let _ = writeln!(table, "|**Bird {n}**|The bird that bears the number {n}.|");
        }
        folder.write(&format!("{name}/1 Birds.md"), table);
    }
    folder
}

/// Builds in this process; `adjust` sets what the setup leaves open. Returns the PDFs by name.
fn print(
    session: &mut Session,
    folder: &Folder,
    setup: &Setup,
    adjust: impl Fn(&mut BuildOptions),
) -> BTreeMap<String, Vec<u8>> {
    let out = tempfile::tempdir().expect("a folder");
    let pack = folder.path(if setup.letter { "letter" } else { "a4" });
    let mut options = BuildOptions::new(pack, out.path(), jiff::civil::date(2026, 11, 21));
    options.documents = Some(vec![recto::vault::config::Document::Flashcards]);
    options.cards.stock = Some(setup.stock.to_owned());
    options.cards.orientation = Some(if setup.landscape { "landscape" } else { "portrait" }.to_owned());
    options.cards.flip = Some(if setup.long_edge { "long-edge" } else { "short-edge" }.to_owned());
    options.cards.turn = Some(if setup.book { "book" } else { "calendar" }.to_owned());
    adjust(&mut options);
    let report = match session.build(&options, &|_| ()) {
        Ok(report) => report,
        Err(failure) => panic!("{setup:?}: {}", failure.message),
    };
    assert!(
        report.findings.iter().all(|f| f.severity != recto::vault::Severity::Error),
        "{:?}",
        report.findings
    );
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(out.path()).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".pdf") {
            files.insert(name, std::fs::read(entry.path()).expect("a file"));
        }
    }
    files
}

fn only_file(files: &BTreeMap<String, Vec<u8>>) -> &[u8] {
    assert_eq!(files.keys().collect::<Vec<_>>(), ["flashcards.pdf"]);
    &files["flashcards.pdf"]
}

const PLAIN: Setup = Setup {
    stock: "recto-8",
    card: (95.0, 65.0),
    landscape: false,
    letter: false,
    long_edge: true,
    book: true,
};

/// Off-centre by a millimetre both ways: where mirrored indices go wrong.
const OFF_CENTRE: Setup = Setup { stock: "avery-l4785", card: (80.0, 50.0), ..PLAIN };

// ---- the tests ----

#[test]
fn every_back_lies_on_its_front_for_all_papers_stocks_flips_and_turns() {
    let folder = pack(11);
    let mut session = Session::default();
    let mut sheets = 0;
    for setup in all_setups() {
        let files = print(&mut session, &folder, &setup, |_| ());
        let pages = readback::read(only_file(&files));
        let slots = setup.trims(&pages[0]).len();
        assert_eq!(deck(&setup, &pages), Ok(expected(11, slots)), "{setup:?}");
        sheets += pages.len() / 2;
        // Marks lie on marks.
        for pair in pages.chunks(2) {
            let (front, back) = (crop_marks(&pair[0]), crop_marks(&pair[1]));
            assert_eq!((front.is_empty(), front.len()), (setup.part().is_some(), back.len()), "{setup:?}");
            for mark in back {
                let (from, to) = (setup.through(&pair[1], mark.from), setup.through(&pair[1], mark.to));
                let meets = |m: &Stroke| m.from.distance(from) <= NEAR && m.to.distance(to) <= NEAR;
                assert!(front.iter().any(meets), "{setup:?}: {mark:?}");
            }
        }
    }
    assert!(sheets > 500, "{sheets}");
}

#[test]
fn the_backs_of_one_axis_are_those_of_the_other_on_their_heads() {
    let folder = pack(9);
    let mut session = Session::default();
    for setup in all_setups().into_iter().filter(|s| s.long_edge) {
        let pages = |session: &mut Session, long_edge| {
            readback::read(only_file(&print(session, &folder, &Setup { long_edge, ..setup }, |_| ())))
        };
        let (long, short) = (pages(&mut session, true), pages(&mut session, false));
        for (a, b) in long.iter().zip(&short).skip(1).step_by(2) {
            let (a_faces, b_faces) = (faces(a, setup.card, true), faces(b, setup.card, true));
            assert_eq!(a_faces.len(), b_faces.len());
            for face in &a_faces {
                let turned = Point::new(a.width - face.centre.x, a.height - face.centre.y);
                let other =
                    b_faces.iter().find(|f| (f.number, f.blank) == (face.number, face.blank)).unwrap();
                assert!(other.centre.distance(turned) <= NEAR, "{setup:?} {face:?} {other:?}");
                assert!((other.up + face.up).hypot() < 1e-3, "{setup:?} {face:?} {other:?}");
            }
        }
    }
}

/// Moves everything that is drawn from an origin inside `area` (mm) of a page (from 1).
fn move_in_pdf(pdf: &[u8], page: u32, moves: &[(Rect, Vec2)]) -> Vec<u8> {
    use lopdf::Object;
    const PT: f64 = 72.0 / 25.4;
    let mut document = lopdf::Document::load_mem(pdf).unwrap();
    let id = document.get_pages()[&page];
    let height = {
        let media = document.get_dictionary(id).unwrap().get(b"MediaBox").unwrap().as_array().unwrap();
        f64::from(media[3].as_float().unwrap())
    };
    let mut content = document.get_and_decode_page_content(id).unwrap();
    let mut moved = 0;
    for operation in content.operations.iter_mut().filter(|o| o.operator == "cm") {
        let number = |i: usize| f64::from(operation.operands[i].as_float().unwrap());
        let (x, y) = (number(4), number(5));
        let at = Point::new(x / PT, (height - y) / PT);
        if let Some((_, by)) = moves.iter().find(|(area, _)| area.contains(at)) {
            operation.operands[4] = Object::Real((x + by.x * PT) as f32);
            operation.operands[5] = Object::Real((y - by.y * PT) as f32);
            moved += 1;
        }
    }
    assert!(moved > 1, "nothing was moved");
    document.change_page_content(id, content.encode().unwrap()).unwrap();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_back_that_strays_by_five_hundredths_is_noticed() {
    let folder = pack(10);
    let mut session = Session::default();
    for setup in [PLAIN, OFF_CENTRE] {
        let files = print(&mut session, &folder, &setup, |_| ());
        let pdf = only_file(&files);
        let pages = readback::read(pdf);
        let slots = setup.trims(&pages[0]).len();
        assert_eq!(deck(&setup, &pages), Ok(expected(10, slots)));
        let trim = setup.trims(&pages[0])[1];
        let (a, b) = (trim.origin(), Point::new(trim.x1, trim.y1));
        let behind = Rect::from_points(setup.through(&pages[1], a), setup.through(&pages[1], b));
        for by in [Vec2::new(0.05, 0.0), Vec2::new(0.0, -0.05)] {
            let broken = readback::read(&move_in_pdf(pdf, 2, &[(behind, by)]));
            let error = deck(&setup, &broken).unwrap_err();
            assert!(error.contains("is off by"), "{error}");
            // Moved by less than counts, it passes: the measure is as fine as it says.
            let fine = readback::read(&move_in_pdf(pdf, 2, &[(behind, by * 0.1)]));
            assert_eq!(deck(&setup, &fine), Ok(expected(10, slots)));
        }
    }
}

#[test]
fn mirrored_indices_are_noticed_where_the_stock_is_off_centre() {
    let folder = pack(10);
    let mut session = Session::default();
    let files = print(&mut session, &folder, &OFF_CENTRE, |_| ());
    let pdf = only_file(&files);
    let pages = readback::read(pdf);
    let trims = OFF_CENTRE.trims(&pages[0]);
    // Where the backs are, and where they would be in the slot of the mirrored column.
    let moves: Vec<(Rect, Vec2)> = (0..trims.len())
        .map(|slot| {
            let mirrored = slot / 2 * 2 + (1 - slot % 2);
            let trim = trims[slot];
            let behind = Rect::from_points(
                OFF_CENTRE.through(&pages[1], trim.origin()),
                OFF_CENTRE.through(&pages[1], Point::new(trim.x1, trim.y1)),
            );
            (behind, trims[mirrored].center() - behind.center())
        })
        .collect();
    assert!(moves.iter().all(|(_, by)| by.hypot() > 0.5), "this stock must be off-centre: {moves:?}");
    let error = deck(&OFF_CENTRE, &readback::read(&move_in_pdf(pdf, 2, &moves))).unwrap_err();
    assert!(error.contains("is off by"), "{error}");
}

#[test]
fn a_swapped_flip_or_turn_is_noticed() {
    let folder = pack(10);
    let mut session = Session::default();
    for setup in
        all_setups().into_iter().filter(|s| ["recto-8", "avery-l4785", "avery-5388"].contains(&s.stock))
    {
        let pages = readback::read(only_file(&print(&mut session, &folder, &setup, |_| ())));
        let wrong_edge = Setup { long_edge: !setup.long_edge, ..setup };
        assert!(deck(&wrong_edge, &pages).is_err(), "{setup:?} turned over the wrong edge");
        let wrong_turn = Setup { book: !setup.book, ..setup };
        let error = deck(&wrong_turn, &pages).unwrap_err();
        assert!(error.contains("wrong way up"), "{setup:?}: {error}");
    }
}

#[test]
fn rows_are_in_order_sheet_by_sheet() {
    let folder = pack(21);
    let files = print(&mut Session::default(), &folder, &PLAIN, |o| o.cards.order = Some("row".into()));
    let pages = readback::read(only_file(&files));
    let cards: Vec<Piece> =
        pages.chunks(2).flat_map(|p| cut(&PLAIN, &p[0], &p[1]).unwrap()).flatten().collect();
    assert_eq!(cards, expected(21, 8));
}

#[test]
fn part_used_sheets_leave_the_first_slots_empty_on_both_sides() {
    let folder = pack(12);
    let files = print(&mut Session::default(), &folder, &PLAIN, |o| o.cards.start_slot = Some(7));
    let pages = readback::read(only_file(&files));
    let sheets: Vec<Vec<Option<Piece>>> =
        pages.chunks(2).map(|p| cut(&PLAIN, &p[0], &p[1]).unwrap()).collect();
    let used: Vec<Vec<bool>> = sheets.iter().map(|s| s.iter().map(Option::is_some).collect()).collect();
    let (no, yes) = (false, true);
    assert_eq!(used[0], [no, no, no, no, no, no, yes, yes]);
    assert_eq!(used[1], [yes; 8]);
    assert_eq!(used[2], [yes, yes, no, no, no, no, no, no]);
    let numbers: Vec<usize> = stack(&sheets).iter().map(|p| p.number).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>(), "no blank cards on a part-used sheet");
}

#[test]
fn copies_come_out_as_decks_with_their_marks() {
    let folder = pack(5);
    let files = print(&mut Session::default(), &folder, &PLAIN, |o| o.cards.copies = Some(3));
    let pages = readback::read(only_file(&files));
    let numbers: Vec<usize> =
        deck(&PLAIN, &pages).unwrap().iter().filter(|p| !p.blank).map(|p| p.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5].repeat(3));
    let fronts: String = pages.iter().step_by(2).map(Seen::text).collect();
    for deck in 1..=3 {
        let mark = format!("Deck\u{a0}{deck} of 3");
        assert_eq!(
            fronts.replace(' ', "\u{a0}").matches(&mark.replace(' ', "\u{a0}")).count(),
            5,
            "{fronts}"
        );
    }
}

#[test]
fn piles_are_no_higher_than_the_cutter_takes() {
    let folder = pack(50);
    let files = print(&mut Session::default(), &folder, &PLAIN, |o| o.cards.max_pile = Some(3));
    let pages = readback::read(only_file(&files));
    let sheets: Vec<_> = pages.chunks(2).map(|p| cut(&PLAIN, &p[0], &p[1]).unwrap()).collect();
    let cards: Vec<Piece> = sheets.chunks(3).flat_map(stack).collect();
    assert_eq!(cards, expected(50, 8));
    for (n, page) in pages.iter().step_by(2).enumerate() {
        let text = page.text().replace('\u{a0}', " ");
        assert!(text.contains(&format!("Pile {} of 3", n / 3 + 1)), "{n}: {text}");
    }
}

#[test]
fn parts_are_cut_for_themselves() {
    let folder = pack(50);
    let files = print(&mut Session::default(), &folder, &PLAIN, |o| o.cards.split = Some(2));
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["flashcards-01.pdf", "flashcards-02.pdf", "flashcards-03.pdf", "flashcards-04.pdf"]
    );
    let cards: Vec<Piece> =
        files.values().flat_map(|pdf| deck(&PLAIN, &readback::read(pdf)).unwrap()).collect();
    assert_eq!(cards, expected(50, 8));
}

#[test]
fn a_test_print_is_the_first_sheets_of_the_deck() {
    let folder = pack(40);
    let mut session = Session::default();
    let whole = readback::read(only_file(&print(&mut session, &folder, &PLAIN, |_| ())));
    let test = readback::read(only_file(&print(&mut session, &folder, &PLAIN, |o| o.cards.sheets = Some(1))));
    assert_eq!((whole.len(), test.len()), (10, 2));
    assert_eq!(cut(&PLAIN, &test[0], &test[1]), cut(&PLAIN, &whole[0], &whole[1]));
}

// ---- manual duplex ----

/// A sheet in a printer without a duplexer: what its two sides bear, and which is up.
#[derive(Debug, Clone, Default)]
struct Paper {
    first: Option<usize>,
    second: Option<usize>,
    first_up: bool,
}

/// Draws sheets from the top of the tray; prints the upper or the lower side; lays them onto the pile with the printed
/// side up or down.
fn run(tray: VecDeque<Paper>, pages: usize, upper: bool, face_up: bool) -> Result<VecDeque<Paper>, String> {
    let mut pile = VecDeque::new();
    for (page, mut sheet) in (0..pages).zip(tray) {
        if sheet.first.is_none() {
            sheet.first = Some(page);
            sheet.first_up = face_up;
        } else {
            if sheet.first_up == upper {
                return Err("printed onto a front".into());
            }
            sheet.second = Some(page);
            sheet.first_up = !face_up;
        }
        pile.push_front(sheet);
    }
    Ok(pile)
}

#[test]
fn by_hand_every_feeder_puts_backs_behind_their_fronts() {
    // Whether sheets come out face up, whether the tray prints the upper side, whether the pile is turned over: what a
    // person sees at the printer for each name of `--feeder`.
    let feeders = [
        ("face-up", true, true, true),
        ("face-up-reversed", true, false, false),
        ("face-down", false, false, true),
        ("face-down-reversed", false, true, false),
    ];
    let mut session = Session::default();
    for cards in [3, 8, 21, 22] {
        let folder = pack(cards);
        for (feeder, face_up, upper, turns) in feeders {
            for setup in [PLAIN, Setup { long_edge: false, book: false, ..OFF_CENTRE }] {
                let files = print(&mut session, &folder, &setup, |o| {
                    o.cards.duplex = Some("manual".into());
                    o.cards.feeder = Some(feeder.into());
                });
                assert_eq!(
                    files.keys().collect::<Vec<_>>(),
                    ["flashcards-backs.pdf", "flashcards-fronts.pdf"]
                );
                let fronts = readback::read(&files["flashcards-fronts.pdf"]);
                let backs = readback::read(&files["flashcards-backs.pdf"]);
                assert_eq!(fronts.len(), backs.len());
                let print_backs = |turn_pile: bool| -> Result<Vec<Piece>, String> {
                    let mut pile =
                        run(vec![Paper::default(); fronts.len()].into(), fronts.len(), upper, face_up)?;
                    if turn_pile {
                        pile = pile.into_iter().rev().map(|p| Paper { first_up: !p.first_up, ..p }).collect();
                    }
                    let mut done: Vec<Paper> = run(pile, backs.len(), upper, face_up)?.into();
                    done.sort_by_key(|p| p.first);
                    let sheets: Result<Vec<_>, String> = done
                        .iter()
                        .map(|p| cut(&setup, &fronts[p.first.unwrap()], &backs[p.second.unwrap()]))
                        .collect();
                    Ok(stack(&sheets?))
                };
                let slots = setup.trims(&fronts[0]).len();
                assert_eq!(print_backs(turns), Ok(expected(cards, slots)), "{feeder} {cards}");
                assert!(print_backs(!turns).is_err(), "{feeder}: the pile laid in the wrong way");
            }
        }
    }
}

#[test]
fn one_side_can_be_printed_again() {
    let folder = pack(21);
    let mut session = Session::default();
    let only = |session: &mut Session, side: &str| {
        let files = print(session, &folder, &OFF_CENTRE, |o| o.cards.only = Some(side.into()));
        assert_eq!(files.keys().collect::<Vec<_>>(), [&format!("flashcards-{side}.pdf")]);
        readback::read(&files[&format!("flashcards-{side}.pdf")])
    };
    let (fronts, backs) = (only(&mut session, "fronts"), only(&mut session, "backs"));
    let sheets: Vec<_> = fronts.iter().zip(&backs).map(|(f, b)| cut(&OFF_CENTRE, f, b).unwrap()).collect();
    assert_eq!(stack(&sheets), expected(21, 10));
}

// ---- fold-over cards ----

/// Folds every pair along its dashed line and looks through: the back's centre and up on the front's.
fn fold(page: &Seen, setup: &Setup) -> Result<Vec<Piece>, String> {
    let folds: Vec<Stroke> = page.lines.iter().filter(|l| l.dashed && l.length() > 20.0).copied().collect();
    let cells = sorted(between_marks(&crop_marks(page)));
    let mut pieces = Vec::new();
    for cell in cells {
        let middle = |s: &Stroke| s.from.midpoint(s.to);
        let Some(line) = folds.iter().find(|s| cell.contains(middle(s))) else {
            return Err("a pair without a fold".into());
        };
        // A face is a front or a back by where its code stands on it.
        let mut fronts: Vec<Face> = faces(page, setup.card, false);
        let mut backs: Vec<Face> = faces(page, setup.card, true);
        let upright = (line.from.x - line.to.x).abs() < 1e-3;
        let at = if upright { line.from.x } else { line.from.y };
        let half = if upright { cell.width() / 2.0 } else { cell.height() / 2.0 };
        let centred = |f: &Face| {
            let across = if upright { f.centre.x } else { f.centre.y };
            cell.contains(f.centre) && near((across - at).abs(), half / 2.0)
        };
        fronts.retain(centred);
        backs.retain(centred);
        let (front, back) = match (fronts.as_slice(), backs.as_slice()) {
            ([], []) => continue,
            ([front], [back]) => (front, back),
            _ => return Err(format!("{} fronts and {} backs in a pair", fronts.len(), backs.len())),
        };
        let mirror = |p: Point| {
            if upright { Point::new(2.0 * at - p.x, p.y) } else { Point::new(p.x, 2.0 * at - p.y) }
        };
        let (centre, tip) = (mirror(back.centre), mirror(back.centre + back.up));
        if front.centre.distance(centre) > NEAR {
            return Err(format!("the back of {} is folded off by {:?}", front.number, centre - front.centre));
        }
        if (front.number, front.blank) != (back.number, back.blank) {
            return Err(format!("{} is folded onto {}", back.number, front.number));
        }
        let wanted = if setup.book { front.up } else { -front.up };
        if ((tip - centre) - wanted).hypot() > 1e-3 {
            return Err(format!("the back of {} stands the wrong way up", front.number));
        }
        pieces.push(Piece { number: front.number, blank: front.blank });
    }
    Ok(pieces)
}

#[test]
fn folded_cards_have_their_backs_behind_them() {
    let folder = pack(7);
    let mut session = Session::default();
    let mut printed = 0;
    for setup in all_setups().into_iter().filter(|s| s.long_edge && s.card.0 < 100.0) {
        let files = print(&mut session, &folder, &setup, |o| {
            o.cards.duplex = Some("fold".into());
            o.cards.order = Some("row".into());
        });
        let pages = readback::read(only_file(&files));
        let cards: Result<Vec<Vec<Piece>>, String> = pages.iter().map(|p| fold(p, &setup)).collect();
        let numbers: Vec<usize> = cards
            .unwrap_or_else(|e| panic!("{setup:?}: {e}"))
            .concat()
            .iter()
            .filter(|p| !p.blank)
            .map(|p| p.number)
            .collect();
        assert_eq!(numbers, (1..=7).collect::<Vec<_>>(), "{setup:?}");
        let wrong = Setup { book: !setup.book, ..setup };
        assert!(fold(&pages[0], &wrong).unwrap_err().contains("wrong way up"));
        printed += 1;
    }
    assert!(printed > 20, "{printed}");
}

// ---- any number of cards ----

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_to_five_hundred_cards_come_out_of_the_cutter_in_order(cards in 1usize..=500, which in any::<prop::sample::Index>()) {
        let setups = all_setups();
        let setup = &setups[which.index(setups.len())];
        let files = print(&mut Session::default(), &pack(cards), setup, |_| ());
        let pages = readback::read(only_file(&files));
        let slots = setup.trims(&pages[0]).len();
        prop_assert_eq!(pages.len(), 2 * cards.div_ceil(slots));
        prop_assert_eq!(deck(setup, &pages), Ok(expected(cards, slots)));
    }
}

// ---- nothing near the cut ----

/// What is printed on a card keeps this distance from the cut, mm.
const SAFE: f64 = 4.0;

/// Everything on a page that lies on a card and comes nearer to the cut than is safe. The chapter's tick is meant to be
/// cut through.
fn strays(setup: &Setup, page: &Seen, trims: &[Rect]) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |what: String, bounds: Rect| {
        let Some(trim) = trims.iter().find(|t| t.contains(bounds.center())) else { return };
        let tick = bounds.width().min(bounds.height()) < 2.3
            && [bounds.x0 - trim.x0, trim.x1 - bounds.x1, bounds.y0 - trim.y0, trim.y1 - bounds.y1]
                .iter()
                .any(|gap| gap.abs() < 0.01);
        if !tick && !trim.inset(-SAFE).inset(NEAR).contains_rect(bounds) {
            found.push(format!("{} {what} at {bounds:?} in {trim:?}", setup.stock));
        }
    };
    for glyph in &page.glyphs {
        if let Some(bounds) = glyph.bounds {
            check(format!("“{}”", glyph.text), bounds);
        }
    }
    page.lines.iter().for_each(|l| check("a line".into(), Rect::from_points(l.from, l.to)));
    page.fills.iter().for_each(|f| check("a shape".into(), *f));
    page.images.iter().for_each(|i| check("a picture".into(), *i));
    found
}

fn all_strays(setup: &Setup, pages: &[Seen]) -> Vec<String> {
    let mut found = Vec::new();
    for pair in pages.chunks(2) {
        let trims = setup.trims(&pair[0]);
        found.extend(strays(setup, &pair[0], &trims));
        let behind: Vec<Rect> = trims
            .iter()
            .map(|t| {
                let corner = Point::new(t.x1, t.y1);
                Rect::from_points(setup.through(&pair[1], t.origin()), setup.through(&pair[1], corner))
            })
            .collect();
        found.extend(strays(setup, &pair[1], &behind));
    }
    found
}

/// Cards of every kind of trouble.
fn torture() -> Folder {
    let folder = Folder::new();
    for (name, paper) in [("a4", "a4"), ("letter", "us-letter")] {
        folder.write(
            &format!("{name}/recto.yaml"),
            format!("title: Trouble\ndate: 2026-11-20\npaper: {paper}\n"),
        );
        let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
        folder.write(
            &format!("{name}/1 Birds.md"),
            format!(
                "# Birds with a title that is so long that it hardly fits on a single line of any card at all\n\n\
                 ## A section whose name is just as long as that of its chapter, or even a little longer than that\n\n\
                 |Concept|Brief|\n|---|---|\n|**[[Trouble]]**|{long}|\n|**{long}**|Short.|\n|**月火水木金土日**|{}|\n",
                "日月火水木金土年".repeat(45)
            ),
        );
        let answer = "An answer that goes on and on, with words of every length. ".repeat(36);
        assert!(answer.len() > 2000);
        let code: String =
            (0..30).map(|n| format!("value_{n} = compute_the_value_of(argument_{n}, other={n})\n")).collect();
        folder.write(
            &format!("{name}/concepts/Trouble.md"),
            format!(
                "---\naliases: [T]\n---\n## Memory anchor\n\n{}\n\n## Cards\n\n\
                 How long may an answer be? :: {answer}\n\n\
                 {} :: short\n\n\
                 What does the code do?\n?\n```python\n{code}```\n\n\
                 What is nested?\n?\n- one\n  - two\n    - three\n      - four {long}\n- five\n\n\
                 What is in the picture?\n?\n![A duck](../assets/duck.png)\n\n\
                 What is in the tall one?\n?\nA tower:\n\n![A tower](../assets/tower.png)\n\n\
                 What is drawn?\n?\n```mermaid\nflowchart TD\n  a[One] --> b[Two] --> c[Three] --> d[Four] --> e[Five]\n```\n\n\
                 Which ![small](../assets/duck.png) is in a line? :: This ![one](../assets/tower.png) here.\n\n\
                 {long} ::: {long}{long}\n",
                "A picture to remember it by, told at great length. ".repeat(8),
                "Is this a question of many words? ".repeat(20),
            ),
        );
        for (file, width, height) in [("duck", 1200, 300), ("tower", 200, 1600)] {
            let mut png = std::io::Cursor::new(Vec::new());
            image::DynamicImage::new_rgb8(width, height).write_to(&mut png, image::ImageFormat::Png).unwrap();
            folder.write(&format!("{name}/assets/{file}.png"), png.into_inner());
        }
    }
    folder
}

#[test]
fn nothing_is_printed_near_a_cut_however_awkward_the_cards() {
    let folder = torture();
    let mut session = Session::default();
    for setup in all_setups().into_iter().filter(|s| s.long_edge && s.book && !s.landscape) {
        let pages = readback::read(only_file(&print(&mut session, &folder, &setup, |_| ())));
        let found = all_strays(&setup, &pages);
        assert!(found.is_empty(), "{} of them: {:#?}", found.len(), &found[..found.len().min(6)]);
    }
}

#[test]
fn the_shipped_deck_and_every_design_keep_clear_of_the_cuts() {
    let (shipped, torture) = (Folder::new(), torture());
    crate::shipped::lay_into(&shipped, "a4");
    let mut session = Session::default();
    let bridge = Setup { stock: "bridge", card: (57.15, 88.9), ..PLAIN };
    for (folder, setup, faces) in [
        (&shipped, PLAIN, "plain"),
        (&shipped, PLAIN, "ink-saving"),
        (&shipped, PLAIN, "large"),
        (&shipped, OFF_CENTRE, "plain"),
        (&shipped, Setup { book: false, long_edge: false, ..bridge }, "plain"),
        (&torture, PLAIN, "ink-saving"),
        (&shipped, OFF_CENTRE, "large"),
        (&torture, PLAIN, "large"),
    ] {
        let files = print(&mut session, folder, &setup, |o| o.cards.faces = Some(faces.into()));
        let found = all_strays(&setup, &readback::read(only_file(&files)));
        assert!(found.is_empty(), "{faces}: {} of them: {:#?}", found.len(), &found[..found.len().min(6)]);
    }
}
