//! What stands on a sheet besides cards: crop marks, a ruler, a line of help, a witness of the right flip.
//!
//! All of it lies between the trim and the printable edge, never on a card: marks that run off a sheet make viewers
//! rescale it.

use serde::Serialize;

use super::{Affine, Axis, Quarter};
use crate::plan::length::{EPSILON, Line, Mm, Point, Rect, Size};
use crate::plan::stock::{Kind, Stock};

/// From the trim to a crop mark.
pub const CROP_OFFSET: Mm = Mm(1.5);
/// A crop mark's length where there is room.
pub const CROP_LENGTH: Mm = Mm(3.0);
/// Shorter marks are left out.
pub const CROP_SHORTEST: Mm = Mm(1.0);
/// A ruler's length: measure it to see whether the print was scaled.
pub const RULER_LENGTH: Mm = Mm(100.0);
/// What a ruler with its ticks and numbers takes across.
pub const RULER_DEPTH: Mm = Mm(2.5);
/// What a line of 6 pt takes.
pub const HINT_DEPTH: Mm = Mm(2.5);
/// A line of help needs at least this.
pub const HINT_SHORTEST: Mm = Mm(60.0);
/// Pre-cut stock gets a ruler and a hint where its waste margin is at least this.
pub const WASTE_LEAST: Mm = Mm(6.0);
/// The side of the witness.
pub const WITNESS: Mm = Mm(3.0);
/// Between any two of these.
const GAP: Mm = Mm(0.5);
/// Beside the ends of a ruler, for its numbers.
const RULER_ENDS: Mm = Mm(2.0);

/// Everything on a front page besides the faces.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Marks {
    pub crop: Vec<Line>,
    pub ruler: Option<Ruler>,
    pub hint: Option<Hint>,
    /// A corner glyph's box: front and back lie on each other only if the right edge was used.
    pub witness: Option<Rect>,
}

/// A line of 100 mm with a box around it for ticks and numbers.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Ruler {
    pub line: Line,
    pub bounds: Rect,
}

/// The box of a line of text.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Hint {
    pub bounds: Rect,
    /// Text running upwards has [`Quarter::Left`].
    pub turn: Quarter,
}

/// A strip of waste, and whether it runs along the page's height.
#[derive(Debug, Copy, Clone)]
struct Strip {
    bounds: Rect,
    upright: bool,
}

/// The marks of a stock's front pages.
pub fn marks(stock: &Stock) -> Marks {
    let crop = if stock.has_crop_marks() { crop_marks(stock) } else { Vec::new() };
    let strips = strips(stock, &crop);
    let mut taken: Vec<Rect> = Vec::new();
    let ruler = strips.iter().find_map(ruler).inspect(|ruler| taken.push(ruler.bounds));
    let hint = strips.iter().find_map(|strip| hint(strip, &taken)).inspect(|hint| taken.push(hint.bounds));
    let witness = witness(stock, &crop, &taken);
    Marks { crop, ruler, hint, witness }
}

impl Marks {
    /// The crop marks of the back page: mirrored, corrected, and cut off where they would leave the printable area.
    pub fn crop_behind(&self, axis: Axis, sheet: Size, correction: &Affine, printable: Rect) -> Vec<Line> {
        self.crop
            .iter()
            .map(|line| correction.apply_line(axis.mirror_line(*line, sheet)))
            .filter_map(|line| clip(line, printable))
            .filter(|line| line.length() + EPSILON >= CROP_SHORTEST)
            .collect()
    }
}

/// Crop marks for every cut at both of its ends.
fn crop_marks(stock: &Stock) -> Vec<Line> {
    let (vertical, horizontal) = stock.cuts();
    let (bounds, area) = (stock.bounds(), stock.printable());
    let mut marks = Vec::new();
    let mut push = |near: Point, far: Point| {
        let line = Line::new(near, far);
        if line.length() + EPSILON >= CROP_SHORTEST {
            marks.push(line);
        }
    };
    let reach = CROP_OFFSET + CROP_LENGTH;
    let span = |trim: Mm, edge: Mm, out: f64| {
        let near = trim + CROP_OFFSET * out;
        let far = trim + reach * out;
        let far = if out < 0.0 { far.max(edge).min(near) } else { far.min(edge).max(near) };
        (near, far)
    };
    let (top, bottom) = (span(bounds.y, area.y, -1.0), span(bounds.bottom(), area.bottom(), 1.0));
    for x in vertical {
        for (near, far) in [top, bottom] {
            push(Point { x, y: near }, Point { x, y: far });
        }
    }
    let (left, right) = (span(bounds.x, area.x, -1.0), span(bounds.right(), area.right(), 1.0));
    for y in horizontal {
        for (near, far) in [left, right] {
            push(Point { x: near, y }, Point { x: far, y });
        }
    }
    marks
}

/// The cuts themselves, from one outer trim to the other: for who wants lines to cut along.
pub fn cut_lines(stock: &Stock) -> Vec<Line> {
    let (vertical, horizontal) = stock.cuts();
    let bounds = stock.bounds();
    let upright = |x| Line::new(Point { x, y: bounds.y }, Point { x, y: bounds.bottom() });
    let level = |y| Line::new(Point { x: bounds.x, y }, Point { x: bounds.right(), y });
    vertical.into_iter().map(upright).chain(horizontal.into_iter().map(level)).collect()
}

/// Strips of waste free of crop marks, best first: beyond the marks, below, above, beside; then between two marks.
fn strips(stock: &Stock, crop: &[Line]) -> Vec<Strip> {
    let (bounds, area) = (stock.bounds(), stock.printable());
    if stock.kind == Kind::PreCut {
        let waste =
            [bounds.x, bounds.y, stock.sheet.width - bounds.right(), stock.sheet.height - bounds.bottom()];
        if waste.into_iter().any(|waste| waste + EPSILON < WASTE_LEAST) {
            return Vec::new();
        }
    }
    let away = if crop.is_empty() { GAP } else { CROP_OFFSET + CROP_LENGTH + GAP };
    let mut strips = Vec::new();
    let mut push = |x: Mm, y: Mm, right: Mm, bottom: Mm, upright: bool| {
        if right > x && bottom > y {
            strips.push(Strip { bounds: Rect::new(x, y, right - x, bottom - y), upright });
        }
    };
    push(bounds.x, bounds.bottom() + away, bounds.right(), area.bottom(), false);
    push(bounds.x, area.y, bounds.right(), bounds.y - away, false);
    push(area.x, bounds.y, bounds.x - away, bounds.bottom(), true);
    push(bounds.right() + away, bounds.y, area.right(), bounds.bottom(), true);
    let (vertical, horizontal) = stock.cuts();
    let aside = GAP * 2.0;
    for pair in vertical.windows(2) {
        if let [left, right] = pair {
            let (left, right) = (*left + aside, *right - aside);
            push(left, bounds.bottom() + aside, right, area.bottom(), false);
            push(left, area.y, right, bounds.y - aside, false);
        }
    }
    for pair in horizontal.windows(2) {
        if let [top, bottom] = pair {
            let (top, bottom) = (*top + aside, *bottom - aside);
            push(area.x, top, bounds.x - aside, bottom, true);
            push(bounds.right() + aside, top, area.right(), bottom, true);
        }
    }
    strips
}

/// A ruler at the start of a strip, in the middle of its depth.
fn ruler(strip: &Strip) -> Option<Ruler> {
    let needed = RULER_LENGTH + RULER_ENDS * 2.0;
    let (length, depth) = lengthwise(strip);
    if length + EPSILON < needed || depth + EPSILON < RULER_DEPTH {
        return None;
    }
    let b = strip.bounds;
    let (bounds, line) = if strip.upright {
        let x = b.x + (depth - RULER_DEPTH) / 2.0;
        let bounds = Rect::new(x, b.y, RULER_DEPTH, needed);
        let (x, y) = (bounds.centre().x, b.y + RULER_ENDS);
        (bounds, Line::new(Point { x, y }, Point { x, y: y + RULER_LENGTH }))
    } else {
        let y = b.y + (depth - RULER_DEPTH) / 2.0;
        let bounds = Rect::new(b.x, y, needed, RULER_DEPTH);
        let (x, y) = (b.x + RULER_ENDS, bounds.centre().y);
        (bounds, Line::new(Point { x, y }, Point { x: x + RULER_LENGTH, y }))
    };
    Some(Ruler { line, bounds })
}

/// A line of text along a strip, or along what a ruler leaves of it.
fn hint(strip: &Strip, taken: &[Rect]) -> Option<Hint> {
    let (length, depth) = lengthwise(strip);
    if depth + EPSILON < HINT_DEPTH {
        return None;
    }
    let b = strip.bounds;
    let used = taken
        .iter()
        .filter(|rect| rect.overlaps(b))
        .map(|rect| if strip.upright { rect.bottom() - b.y } else { rect.right() - b.x })
        .fold(Mm::ZERO, Mm::max);
    let start = if used > Mm::ZERO { used + GAP } else { Mm::ZERO };
    let rest = length - start;
    if rest + EPSILON < HINT_SHORTEST {
        return None;
    }
    let across = (depth - HINT_DEPTH) / 2.0;
    Some(if strip.upright {
        Hint { bounds: Rect::new(b.x + across, b.y + start, HINT_DEPTH, rest), turn: Quarter::Left }
    } else {
        Hint { bounds: Rect::new(b.x + start, b.y + across, rest, HINT_DEPTH), turn: Quarter::None }
    })
}

fn lengthwise(strip: &Strip) -> (Mm, Mm) {
    if strip.upright {
        (strip.bounds.height, strip.bounds.width)
    } else {
        (strip.bounds.width, strip.bounds.height)
    }
}

/// The witness' box in the page's top left corner, off the axes so that every wrong flip shows; as large as fits.
fn witness(stock: &Stock, crop: &[Line], taken: &[Rect]) -> Option<Rect> {
    let (bounds, area) = (stock.bounds(), stock.printable());
    let candidates = [
        // In the corner, where no mark comes.
        Rect::new(area.x, area.y, WITNESS, WITNESS),
        // Above or beside the first card.
        Rect::new(bounds.x + GAP * 2.0, area.y, WITNESS, WITNESS),
        Rect::new(area.x, bounds.y + GAP * 2.0, WITNESS, WITNESS),
    ];
    let free = |rect: &Rect| {
        let near = rect.inset(-GAP);
        !rect.overlaps(bounds)
            && area.contains(*rect)
            && !taken.iter().any(|other| other.overlaps(near))
            && !crop.iter().any(|line| {
                let mark = line.bounds();
                mark.x < near.right()
                    && near.x < mark.right() + EPSILON
                    && mark.y < near.bottom()
                    && near.y < mark.bottom() + EPSILON
            })
    };
    candidates.into_iter().find(free)
}

/// The part of a line inside a box (Liang and Barsky).
fn clip(line: Line, area: Rect) -> Option<Line> {
    let (dx, dy) = (line.to.x.0 - line.from.x.0, line.to.y.0 - line.from.y.0);
    let bounds = [
        (-dx, line.from.x.0 - area.x.0),
        (dx, area.right().0 - line.from.x.0),
        (-dy, line.from.y.0 - area.y.0),
        (dy, area.bottom().0 - line.from.y.0),
    ];
    let (mut start, mut end) = (0.0_f64, 1.0_f64);
    for (step, room) in bounds {
        if step == 0.0 {
            if room < -EPSILON.0 {
                return None;
            }
        } else if step < 0.0 {
            start = start.max(room / step);
        } else {
            end = end.min(room / step);
        }
    }
    if start >= end {
        return None;
    }
    let at = |t: f64| Point { x: line.from.x + Mm(dx * t), y: line.from.y + Mm(dy * t) };
    Some(Line::new(at(start), at(end)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::impose::Profile;
    use crate::plan::stock::{Orientation, Paper, SheetRequest, catalogue, find};

    fn all() -> Vec<Stock> {
        let mut stocks = Vec::new();
        for entry in catalogue() {
            for paper in Paper::ALL {
                for orientation in [Orientation::Portrait, Orientation::Landscape] {
                    stocks
                        .push(entry.on(&SheetRequest { paper, orientation, ..Default::default() }).unwrap());
                }
            }
        }
        stocks
    }

    #[test]
    fn nothing_touches_a_card_or_leaves_the_printable_area() {
        for stock in all() {
            let marks = marks(&stock);
            let area = stock.printable();
            let mut boxes: Vec<Rect> = Vec::new();
            boxes.extend(marks.ruler.map(|r| r.bounds));
            boxes.extend(marks.hint.map(|h| h.bounds));
            boxes.extend(marks.witness);
            for (i, a) in boxes.iter().enumerate() {
                assert!(area.contains(*a), "{} {a:?}", stock.id);
                assert!((0..stock.slots()).all(|slot| !stock.slot(slot).overlaps(*a)), "{}", stock.id);
                assert!(boxes[..i].iter().all(|b| !a.overlaps(*b)), "{}", stock.id);
                for line in &marks.crop {
                    assert!(!line.bounds().inset(Mm(-0.2)).overlaps(*a), "{} {a:?} {line:?}", stock.id);
                }
            }
            for line in &marks.crop {
                assert!(area.contains(line.bounds()), "{}", stock.id);
                assert!(
                    (0..stock.slots()).all(|slot| !stock.slot(slot).overlaps(line.bounds().inset(Mm(-1.49))))
                );
            }
            assert_eq!(marks.crop.is_empty(), stock.kind == Kind::PreCut, "{}", stock.id);
            if let Some(ruler) = marks.ruler {
                assert!((ruler.line.length().0 - 100.0).abs() < 1e-9);
                assert!(ruler.bounds.contains(ruler.line.bounds()));
            }
        }
    }

    #[test]
    fn every_stock_but_the_fullest_has_a_ruler_a_hint_and_a_witness() {
        for stock in all() {
            let marks = marks(&stock);
            let has = (marks.ruler.is_some(), marks.hint.is_some(), marks.witness.is_some());
            assert_eq!(has, (true, true, true), "{} on {} {:?}", stock.id, stock.paper, stock.orientation);
        }
    }

    #[test]
    fn the_default_stock_has_full_marks_on_both_papers() {
        for paper in Paper::ALL {
            let stock = find("recto-8").unwrap().on(&SheetRequest { paper, ..Default::default() }).unwrap();
            let marks = marks(&stock);
            // Three vertical and five horizontal cuts, a mark at both ends.
            assert_eq!(marks.crop.len(), 16);
            assert!(marks.crop.iter().all(|line| (line.length() - CROP_LENGTH).abs() < EPSILON));
        }
    }

    #[test]
    fn a_wider_margin_shortens_marks() {
        let request = SheetRequest { margin: Some(Mm(6.35)), ..Default::default() };
        let stock = find("recto-8").unwrap().on(&request).unwrap();
        let lengths: Vec<f64> = marks(&stock).crop.iter().map(|line| line.length().0).collect();
        // Left and right 10 − 6.35 − 1.5 = 2.15 mm are left; above and below there is room.
        assert_eq!(lengths.iter().filter(|l| (**l - 2.15).abs() < 1e-9).count(), 10);
        assert_eq!(lengths.iter().filter(|l| (**l - 3.0).abs() < 1e-9).count(), 6);
    }

    #[test]
    fn back_marks_mirror_and_are_corrected() {
        let stock = find("recto-8").unwrap().on(&SheetRequest::default()).unwrap();
        let marks = marks(&stock);
        let profile = Profile { dx: Mm(2.0), ..Default::default() };
        let map = profile.correction(stock.sheet);
        let backs = marks.crop_behind(Axis::Vertical, stock.sheet, &map, stock.printable());
        // Left marks end at 5.5 mm, right ones at 204.5: 2 mm to the right push those out by 1.5 mm.
        let shortest = backs.iter().map(|l| l.length().0).fold(f64::MAX, f64::min);
        assert!((shortest - 1.5).abs() < 1e-9);
        assert_eq!(backs.len(), 16);
        for line in backs {
            assert!(stock.printable().contains(line.bounds()));
        }
    }

    #[test]
    fn cut_lines_run_between_the_outer_trims() {
        let stock = find("recto-8").unwrap().on(&SheetRequest::default()).unwrap();
        let lines = cut_lines(&stock);
        assert_eq!(lines.len(), 8);
        assert_eq!(lines[0], Line::new(Point::new(10.0, 18.5), Point::new(10.0, 278.5)));
    }
}
