//! Finished faces on sheets: placed as frames, with marks, help and blank cards; one file or several.

use std::ops::Range;

use serde_json::{Value, json};
use typst::layout::{Abs, Frame, FrameItem, GroupItem, Point, Ratio, Transform};
use typst_layout::{Page, PagedDocument};

use super::compile::Job;
use super::handbook::info;
use super::press::Press;
use crate::pack::code::Code;
use crate::plan::impose::duplex::{self, Feeder};
use crate::plan::impose::fold::FoldStock;
use crate::plan::impose::{
    self, Affine, Axis, Face, Flip, ImposeError, Imposition, Item, Placement, Summary, marks,
};
use crate::plan::length::{Line, Mm, Point as At, Rect, Size};
use crate::plan::stock::{Kind, Stock};
use crate::vault::Finding;

/// How a deck goes onto paper.
#[derive(Debug, Clone)]
pub struct Print<'a> {
    /// What the files are called: `flashcards`.
    pub name: &'static str,
    /// Of one deck; the number of cards is found when they are typeset.
    pub job: impose::Job<'a>,
    pub way: Way,
    /// Only this side of the sheets.
    pub only: Option<Face>,
    /// Only so many sheets, as a test.
    pub sheets: Option<usize>,
    /// So many sheets a file; each file is cut for itself.
    pub split: Option<usize>,
    /// Lines along the cuts.
    pub cut_lines: bool,
    /// What the codes of blank cards begin with.
    pub blank_prefix: String,
    /// Type of codes and marks on cards, pt.
    pub small: f64,
    /// Plan only.
    pub dry: bool,
}

/// How both sides are printed.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    /// The printer turns the sheets.
    Duplex,
    /// A person does.
    Manual(Feeder),
    /// Both faces on one side, folded.
    Fold(FoldStock),
}

/// A finished deck.
pub struct Deck {
    pub files: Vec<SheetFile>,
    /// Of the whole deck, whatever is printed of it.
    pub summary: Summary,
    /// Physical cards of one deck: a long one may take several.
    pub cards: usize,
    /// Blank cards on the sheets that are printed.
    pub blanks: usize,
    /// Sheets that are printed.
    pub sheets: usize,
    /// What a sheet without room for a line of help leaves unsaid.
    pub hint: Option<String>,
    /// Fronts and backs in turn, as they were before they were put on sheets.
    pub faces: Vec<Frame>,
}

/// One PDF.
pub struct SheetFile {
    /// `flashcards`, `flashcards-backs`, `flashcards-03`.
    pub name: String,
    pub document: PagedDocument,
    /// The edge over which the printer turns the sheets; `None` for one-sided pages.
    pub flip: Option<Flip>,
}

impl Print<'_> {
    /// The stock that the sheets are cut as: for fold-over cards that of the pairs.
    fn stock(&self) -> &Stock {
        match &self.way {
            Way::Fold(fold) => &fold.pairs,
            Way::Duplex | Way::Manual(_) => self.job.stock,
        }
    }

    /// Sheets a file, and the piles within: no pile lies in two files.
    fn split(&self) -> Option<(usize, usize)> {
        let split = self.split?.max(1);
        let pile = self.job.max_pile.map_or(split, |pile| pile.clamp(1, split));
        Some((split - split % pile, pile))
    }

    /// Puts `cards` cards onto sheets.
    fn impose(&self, cards: usize) -> Result<Imposition, ImposeError> {
        let mut job = impose::Job { cards, ..self.job.clone() };
        if let Some((_, pile)) = self.split() {
            job.max_pile = Some(pile);
        }
        match &self.way {
            Way::Fold(fold) => fold.impose(&job),
            Way::Duplex | Way::Manual(_) => impose::impose(&job),
        }
    }
}

/// Places faces (front, back, front, back …), each as large as the stock's card.
pub fn deck(press: &Press, print: &Print, faces: &[Frame]) -> Option<Deck> {
    let cards = faces.len() / 2;
    let mut imposition = match print.impose(cards) {
        Ok(imposition) => imposition,
        Err(error) => {
            let finding = Finding::error("imposition", None, error.to_string());
            press.report(advice(&error).into_iter().fold(finding, Finding::hint));
            return None;
        }
    };
    let summary = imposition.summary(print.stock());
    if let Some(sheets) = print.sheets {
        imposition.sheets.truncate(sheets.max(1));
    }
    let sheets = imposition.sheets.len();
    let is_blank = |p: &&Placement| p.face == Face::Front && matches!(p.item, Item::Blank { .. });
    let blanks = imposition.sheets.iter().flat_map(|s| &s.front).filter(is_blank).count();
    let marks = marks::marks(print.stock());
    let hint = marks.hint.is_none().then(|| hint_parts(press, print).join(" · "));
    let mut deck = Deck { files: Vec::new(), summary, cards, blanks, sheets, hint, faces: faces.to_vec() };
    if print.dry || sheets == 0 {
        return Some(deck);
    }
    let parts = Parts::typeset(press, print, &imposition, &marks, blanks)?;
    let pages = |side: Face, sheets: &[usize]| -> Vec<Page> {
        let frames = sheets.iter().filter_map(|i| side_frame(print, &imposition, &parts, faces, *i, side));
        frames.enumerate().map(|(i, frame)| page(frame, i)).collect()
    };
    let per_file = print.split().map_or(sheets, |(per_file, _)| per_file).max(1);
    let files = sheets.div_ceil(per_file);
    for n in 0..files {
        let range = n * per_file..((n + 1) * per_file).min(sheets);
        let number =
            if files > 1 { format!("-{:0width$}", n + 1, width = digits(files)) } else { String::new() };
        let mut push = |name: &str, pages: Vec<Page>, flip| {
            let info = info(press, &press.word("cards"));
            let document = PagedDocument::new(pages.into_iter().collect(), info);
            deck.files.push(SheetFile { name: format!("{}{name}{number}", print.name), document, flip });
        };
        let feeder = match print.way {
            Way::Manual(feeder) => Some(feeder),
            Way::Duplex | Way::Fold(_) => None,
        };
        let straight: Vec<usize> = range.clone().collect();
        // A part of a deck is a pile of its own: its backs are fed in for themselves.
        let backs: Vec<usize> = match feeder {
            Some(feeder) => {
                duplex::passes(range.len(), feeder).backs.iter().map(|i| range.start + i).collect()
            }
            None => straight.clone(),
        };
        match (&print.way, print.only) {
            (Way::Fold(_), _) => push("", pages(Face::Front, &straight), None),
            (Way::Duplex, None) => {
                let both = straight.iter().flat_map(|i| {
                    let sides = [Face::Front, Face::Back];
                    sides.map(|side| side_frame(print, &imposition, &parts, faces, *i, side))
                });
                let pages = both.flatten().enumerate().map(|(i, frame)| page(frame, i)).collect();
                push("", pages, Some(print.job.flip));
            }
            (Way::Manual(_), None) => {
                push("-fronts", pages(Face::Front, &straight), None);
                push("-backs", pages(Face::Back, &backs), None);
            }
            (_, Some(Face::Front)) => push("-fronts", pages(Face::Front, &straight), None),
            (_, Some(Face::Back)) => push("-backs", pages(Face::Back, &backs), None),
        }
    }
    Some(deck)
}

fn digits(n: usize) -> usize {
    n.to_string().len().max(2)
}

/// What to do about a job that cannot be imposed.
fn advice(error: &ImposeError) -> Option<String> {
    Some(match error {
        ImposeError::OffPrintable { .. } => {
            "calibrate again (`recto calibrate`), or choose a stock whose cards stand further from the edge"
                .into()
        }
        ImposeError::Profile { .. } => "correct it with `recto calibrate --set …`".into(),
        ImposeError::TooMany { .. } => "print fewer copies at once".into(),
        ImposeError::StartSlot { slots, .. } => format!("slots are counted by rows from 1 to {slots}"),
        ImposeError::NoCopies | ImposeError::NoPile => return None,
    })
}

/// What is laid over and between the faces.
struct Parts {
    /// Of front pages, one for each run; one for all where there is one run.
    front_waste: Vec<Frame>,
    back_waste: Frame,
    /// One for each deck, where there are several.
    decks: Vec<Frame>,
    /// Front and back of each blank card.
    blanks: Vec<Frame>,
    runs: Vec<Range<usize>>,
}

impl Parts {
    fn typeset(
        press: &Press,
        print: &Print,
        imposition: &Imposition,
        marks: &impose::Marks,
        blanks: usize,
    ) -> Option<Self> {
        let card = print.job.stock.card;
        let runs = &imposition.runs;
        let mut parts: Vec<Value> = Vec::new();
        for (n, _) in runs.iter().enumerate() {
            let mut hint = hint_parts(press, print);
            if runs.len() > 1 {
                let (n, total) = ((n + 1).to_string(), runs.len().to_string());
                hint.insert(0, press.words().text("pile-of", &[("n", &n), ("total", &total)]));
            }
            parts.push(front_waste(print, marks, &hint));
        }
        parts.push(back_waste(print, imposition, marks));
        let decks = if print.job.copies > 1 { print.job.copies } else { 0 };
        let longest =
            press.pack.cards.iter().map(|c| c.code.as_str()).max_by_key(|code| code.chars().count());
        for deck in 1..=decks {
            let values = [("n", &*deck.to_string()), ("total", &*decks.to_string())];
            let text = press.words().text("deck-of", &values);
            parts.push(json!({
                "kind": "deck", "width": card.width.0, "height": card.height.0, "text": text, "code": longest,
                "small": print.small,
            }));
        }
        for number in (1..=blanks).filter_map(|n| u32::try_from(n).ok()) {
            let code = Code { prefix: print.blank_prefix.clone(), number }.to_string();
            for side in ["front", "back"] {
                parts.push(json!({
                    "kind": "blank", "width": card.width.0, "height": card.height.0, "code": code, "side": side,
                    "small": print.small,
                }));
            }
        }
        let mut frames = typeset(press, "parts", &parts)?.into_iter();
        Some(Self {
            front_waste: frames.by_ref().take(runs.len()).collect(),
            back_waste: frames.next()?,
            decks: frames.by_ref().take(decks).collect(),
            blanks: frames.collect(),
            runs: runs.clone(),
        })
    }

    fn front_waste(&self, sheet: usize) -> Option<&Frame> {
        let run = self.runs.iter().position(|run| run.contains(&sheet)).unwrap_or(0);
        self.front_waste.get(run)
    }
}

/// Typesets parts, each a page of its own size; `name` is unique in the build.
pub(super) fn typeset(press: &Press, name: &str, parts: &[Value]) -> Option<Vec<Frame>> {
    let path = format!("/data/sheets/{name}.json");
    let job = Job {
        name: format!("/data/sheets/{name}.typ"),
        main: format!(
            "#import \"/layouts/sheets.typ\" as sheets\n#let s = json(\"/data/settings.json\")\n\
             #show: sheets.setup.with(s)\n#for p in json(\"{path}\").parts {{ sheets.sheet-part(s, p) }}\n"
        ),
        data: vec![(path, json!({ "parts": parts }))],
    };
    let document = press.compile(&job)?;
    if document.pages().len() != parts.len() {
        let message = format!("{} parts of sheets became {} pages", parts.len(), document.pages().len());
        press.report(Finding::error("layout", None, message));
        return None;
    }
    Some(document.pages().iter().map(|page| untagged(&page.frame)).collect())
}

/// A page of a sheet; `None` beyond the last sheet.
fn side_frame(
    print: &Print,
    imposition: &Imposition,
    parts: &Parts,
    faces: &[Frame],
    index: usize,
    side: Face,
) -> Option<Frame> {
    let sheet = imposition.sheets.get(index)?;
    let mut frame = Frame::hard(size(print.stock().sheet));
    let (placements, waste) = match side {
        Face::Front => (&sheet.front, parts.front_waste(index)),
        Face::Back => (&sheet.back, Some(&parts.back_waste)),
    };
    if let Some(waste) = waste {
        frame.push_frame(Point::zero(), waste.clone());
    }
    let card = print.job.stock.card;
    for placement in placements {
        let back = usize::from(placement.face == Face::Back);
        let mut map = placement.transform(card);
        if side == Face::Back {
            map = imposition.correction.after(&map);
        }
        let mut put = |part: Option<&Frame>| {
            if let Some(part) = part {
                let mut group = GroupItem::new(part.clone());
                group.transform = transform(&map);
                frame.push(Point::zero(), FrameItem::Group(group));
            }
        };
        match placement.item {
            Item::Card { index, deck } => {
                put(faces.get(2 * index + back));
                if placement.face == Face::Front {
                    put(parts.decks.get(deck));
                }
            }
            Item::Blank { index } => put(parts.blanks.get(2 * index + back)),
        }
    }
    Some(frame)
}

/// A page that bears a frame.
pub fn page(frame: Frame, index: usize) -> Page {
    Page {
        frame,
        bleed: Default::default(),
        fill: typst::foundations::Smart::Auto,
        numbering: None,
        supplement: Default::default(),
        number: index as u64 + 1,
    }
}

/// A size of the plan in Typst's units.
pub fn size(size: Size) -> typst::layout::Size {
    typst::layout::Size::new(abs(size.width), abs(size.height))
}

fn abs(length: Mm) -> Abs {
    Abs::mm(length.0)
}

/// A plan's map in Typst's units.
pub fn transform(map: &Affine) -> Transform {
    Transform {
        sx: Ratio::new(map.sx),
        ky: Ratio::new(map.ky),
        kx: Ratio::new(map.kx),
        sy: Ratio::new(map.sy),
        tx: abs(map.tx),
        ty: abs(map.ty),
    }
}

/// The frame without tags and links, so that it can be placed anywhere, more than once.
pub fn untagged(frame: &Frame) -> Frame {
    let mut frame = frame.clone();
    strip(&mut frame);
    frame
}

fn strip(frame: &mut Frame) {
    frame.retain(|item| match item {
        FrameItem::Tag(_) | FrameItem::Link(..) => false,
        FrameItem::Group(group) => {
            group.parent = None;
            strip(&mut group.frame);
            true
        }
        _ => true,
    });
}

fn line(line: &Line, style: &str) -> Value {
    json!([line.from.x.0, line.from.y.0, line.to.x.0, line.to.y.0, style])
}

/// Lines and nothing else, on a page of their own.
pub(super) fn lines_only(size: Size, lines: &[(Line, &str)]) -> Value {
    let lines: Vec<Value> = lines.iter().map(|(l, style)| line(l, style)).collect();
    json!({
        "kind": "waste", "width": size.width.0, "height": size.height.0, "lines": lines, "texts": [], "polygons": [],
    })
}

/// What stands around the cards on a front page.
fn front_waste(print: &Print, marks: &impose::Marks, hint: &[String]) -> Value {
    let stock = print.stock();
    let mut lines: Vec<Value> = Vec::new();
    if print.cut_lines {
        lines.extend(marks::cut_lines(stock).iter().map(|l| line(l, "cut")));
    }
    if let Way::Fold(fold) = &print.way {
        lines.extend((0..stock.slots()).map(|slot| line(&fold.fold_line(slot), "fold")));
    }
    lines.extend(marks.crop.iter().map(|l| line(l, "mark")));
    let mut texts: Vec<Value> = Vec::new();
    if let Some(ruler) = &marks.ruler {
        lines.extend(ruler_lines(ruler).iter().map(|l| line(l, "mark")));
        texts.push(ruler_text(ruler));
    }
    if let Some(hint_box) = &marks.hint {
        texts.push(text(hint_box.bounds, hint_box.turn, hint));
    }
    let witness = marks.witness.filter(|_| !matches!(print.way, Way::Fold(_)));
    let polygons: Vec<Value> = witness.iter().map(|w| triangle(*w, Face::Front, |p| p)).collect();
    let Size { width, height } = stock.sheet;
    json!({
        "kind": "waste", "width": width.0, "height": height.0, "lines": lines, "texts": texts, "polygons": polygons,
    })
}

/// The crop marks and the witness from behind, moved as the backs are.
fn back_waste(print: &Print, imposition: &Imposition, marks: &impose::Marks) -> Value {
    let stock = print.stock();
    let (axis, correction): (Axis, &Affine) = (imposition.axis, &imposition.correction);
    let crop = marks.crop_behind(axis, stock.sheet, correction, stock.printable());
    let lines: Vec<Value> = crop.iter().map(|l| line(l, "mark")).collect();
    let behind = |p: At| correction.apply(axis.mirror(p, stock.sheet));
    let polygons: Vec<Value> = marks.witness.iter().map(|w| triangle(*w, Face::Back, behind)).collect();
    let Size { width, height } = stock.sheet;
    json!({
        "kind": "waste", "width": width.0, "height": height.0, "lines": lines, "texts": [], "polygons": polygons,
    })
}

/// The flip witness: held against the light, the front's half of a square meets the back's, if the sheet was turned
/// over the right edge.
fn triangle(square: Rect, side: Face, place: impl Fn(At) -> At) -> Value {
    let [top_left, top_right, bottom_right, bottom_left] = square.corners();
    let points = match side {
        Face::Front => [top_left, top_right, bottom_left],
        Face::Back => [bottom_right, bottom_left, top_right],
    };
    json!(points.map(place).map(|p| [p.x.0, p.y.0]))
}

fn text(bounds: Rect, turn: impose::Quarter, parts: &[String]) -> Value {
    let upright = !turn.degrees().is_multiple_of(180);
    let Size { width, height } = if upright { bounds.size().turned() } else { bounds.size() };
    // As Typst's `rotate` takes it: upwards is −90°.
    let degrees = if turn.degrees() == 270 { -90 } else { i32::from(turn.degrees()) };
    json!({
        "parts": parts, "x": bounds.x.0, "y": bounds.y.0, "width": width.0, "height": height.0, "turn": degrees,
    })
}

/// The point of a ruler at a tenth of its length.
fn on_ruler(ruler: &impose::Ruler, tenths: f64) -> At {
    let (from, to) = (ruler.line.from, ruler.line.to);
    At { x: from.x + (to.x - from.x) * (tenths / 10.0), y: from.y + (to.y - from.y) * (tenths / 10.0) }
}

fn is_upright(ruler: &impose::Ruler) -> bool {
    (ruler.line.from.x - ruler.line.to.x).abs() < Mm(1e-6)
}

/// A ruler's line, open in the middle for its number, and a tick each 10 mm.
fn ruler_lines(ruler: &impose::Ruler) -> Vec<Line> {
    let mut lines = vec![
        Line::new(on_ruler(ruler, 0.0), on_ruler(ruler, 4.4)),
        Line::new(on_ruler(ruler, 5.6), on_ruler(ruler, 10.0)),
    ];
    for i in (0..=10).filter(|i| *i != 5) {
        let at = on_ruler(ruler, f64::from(i));
        let half = if i % 10 == 0 { Mm(1.1) } else { Mm(0.6) };
        let (dx, dy) = if is_upright(ruler) { (half, Mm::ZERO) } else { (Mm::ZERO, half) };
        lines.push(Line::new(At { x: at.x - dx, y: at.y - dy }, At { x: at.x + dx, y: at.y + dy }));
    }
    lines
}

fn ruler_text(ruler: &impose::Ruler) -> Value {
    let middle = on_ruler(ruler, 5.0);
    let (size, turn) = match is_upright(ruler) {
        true => (Size::new(2.4, 11.0), impose::Quarter::Left),
        false => (Size::new(11.0, 2.4), impose::Quarter::None),
    };
    text(Rect::around(middle, size), turn, &["100 mm".to_owned()])
}

/// What to set in the printer's dialog, and how to go on; the most needed first.
fn hint_parts(press: &Press, print: &Print) -> Vec<String> {
    let job = &print.job;
    // What is cut already is only parted.
    let order = match (job.order, print.stock().kind) {
        (impose::Order::CutStack, Kind::PreCut) => "part-and-stack",
        (impose::Order::Row, Kind::PreCut) => "part-rows",
        (impose::Order::CutStack, _) => "cut-and-stack",
        (impose::Order::Row, _) => "stack-rows",
    };
    let words: &[&str] = match (&print.way, job.flip) {
        (Way::Fold(_), _) => &["actual-size", "one-sided", "fold-cards"],
        (Way::Manual(feeder), flip) if print.only.is_none() => match (feeder.turns_pile(), flip) {
            (true, Flip::LongEdge) => &["actual-size", "one-sided", "turn-pile-long", order],
            (true, Flip::ShortEdge) => &["actual-size", "one-sided", "turn-pile-short", order],
            (false, _) => &["actual-size", "one-sided", "keep-pile", order],
        },
        (_, _) if print.only.is_some() => &["actual-size", "one-sided", order],
        (_, Flip::LongEdge) => &["actual-size", "two-sided", "flip-long-edge", order],
        (_, Flip::ShortEdge) => &["actual-size", "two-sided", "flip-short-edge", order],
    };
    let mut parts: Vec<String> = words.iter().map(|word| press.word(word)).collect();
    parts.push(print.stock().id.clone());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::stock::{SheetRequest, find};

    #[test]
    fn no_pile_lies_in_two_files() {
        let stock = find("recto-8").unwrap().on(&SheetRequest::default()).unwrap();
        for (split, max_pile, expected) in
            [(10, None, (10, 10)), (10, Some(4), (8, 4)), (10, Some(40), (10, 10)), (3, Some(3), (3, 3))]
        {
            let mut print = print(&stock);
            print.split = Some(split);
            print.job.max_pile = max_pile;
            assert_eq!(print.split(), Some(expected));
            let imposition = print.impose(8 * 25).unwrap();
            let (per_file, _) = expected;
            for run in &imposition.runs {
                assert_eq!(run.start / per_file, (run.end - 1) / per_file, "{split} {max_pile:?} {run:?}");
            }
        }
    }

    fn print(stock: &Stock) -> Print<'_> {
        Print {
            name: "flashcards",
            job: impose::Job::new(stock, 0),
            way: Way::Duplex,
            only: None,
            sheets: None,
            split: None,
            cut_lines: false,
            blank_prefix: "X".into(),
            small: 6.5,
            dry: false,
        }
    }

    #[test]
    fn the_witness_halves_make_a_square_and_the_ruler_keeps_its_box() {
        let square = Rect::new(Mm(5.0), Mm(6.0), Mm(3.0), Mm(3.0));
        let points = |side| -> Vec<(f64, f64)> {
            let value = triangle(square, side, |p| p);
            let points: Vec<[f64; 2]> = serde_json::from_value(value).unwrap();
            points.into_iter().map(|[x, y]| (x, y)).collect()
        };
        let (front, back) = (points(Face::Front), points(Face::Back));
        let shared = front.iter().filter(|p| back.contains(p)).count();
        assert_eq!((shared, front.len(), back.len()), (2, 3, 3), "they share the diagonal");
        for entry in ["recto-8", "avery-l4785", "poker"] {
            let stock = find(entry).unwrap().on(&SheetRequest::default()).unwrap();
            let ruler = marks::marks(&stock).ruler.unwrap();
            for line in ruler_lines(&ruler) {
                assert!(ruler.bounds.contains(line.bounds()), "{entry} {line:?}");
            }
        }
    }
}
