//! From what a person reads off the calibration sheet to the correction of backs.
//!
//! The sheet has a pair of verniers in each corner: strokes 2 mm apart on the front, 1.9 mm apart behind it. Held
//! against the light, the strokes that meet tell how far the back has to be moved there, in tenths of a millimetre. The
//! eight readings overdetermine a move, a turn and a scale; least squares finds them.

use super::{Flip, Profile};
use crate::plan::length::{Line, Mm, Point, Rect, Size};
use crate::plan::stock::Orientation;

/// Between two strokes of the front.
pub const FRONT_PITCH: Mm = Mm(2.0);
/// What a step along the scale means.
pub const STEP: Mm = Mm(0.1);
/// Strokes on either side of the middle one: the sheet reads up to 0.9 mm either way. Front and back strokes fall together
/// again after `FRONT_PITCH / STEP` = 20 steps, so that with 10 on either side a reading would no longer be the only one.
pub const STEPS: i32 = 9;

/// A corner of the sheet, as seen from the front: A B above, C D below.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Corner {
    A,
    B,
    C,
    D,
}

impl Corner {
    pub const ALL: [Self; 4] = [Self::A, Self::B, Self::C, Self::D];

    /// As the sheet prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }
}

/// Which way a scale measures.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Along {
    /// Across the page: `Ax`.
    X,
    /// Down the page: `Ay`.
    Y,
}

/// A vernier: its middle stroke's foot on the front page.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Scale {
    pub corner: Corner,
    pub along: Along,
    pub middle: Point,
}

impl Scale {
    /// `Ax`.
    pub fn name(&self) -> String {
        format!("{}{}", self.corner.name(), if self.along == Along::X { "x" } else { "y" })
    }

    /// Stroke `k` of the front: from the scale's line outwards, on its upper or left side.
    pub fn front_stroke(&self, k: i32) -> Line {
        self.stroke(FRONT_PITCH * f64::from(k), -1.0, k)
    }

    /// Stroke `k` of the back before it is mirrored: on the other side of the line, to continue a front stroke.
    pub fn back_stroke(&self, k: i32) -> Line {
        self.stroke((FRONT_PITCH - STEP) * f64::from(k), 1.0, k)
    }

    fn stroke(&self, offset: Mm, side: f64, k: i32) -> Line {
        let length = Mm(if k % 10 == 0 {
            5.0
        } else if k % 5 == 0 {
            4.0
        } else {
            3.0
        }) * side;
        let Point { x, y } = self.middle;
        match self.along {
            Along::X => Line::new(Point { x: x + offset, y }, Point { x: x + offset, y: y + length }),
            Along::Y => Line::new(Point { x, y: y + offset }, Point { x: x + length, y: y + offset }),
        }
    }

    /// The stroke that stands for a correction: the inverse of [`Scale::correction`].
    pub fn stroke_of(&self, value: Mm, flip: Flip) -> i32 {
        let steps = (value / STEP).round() as i32;
        let sign = if self.correction(1, flip) > Mm::ZERO { 1 } else { -1 };
        steps.clamp(-STEPS, STEPS) * sign
    }

    /// What the strokes reach, numbers included.
    pub fn bounds(&self) -> Rect {
        let reach = FRONT_PITCH * f64::from(STEPS) + Mm(2.0);
        let Point { x, y } = self.middle;
        match self.along {
            Along::X => Rect::new(x - reach, y - Mm(9.0), reach * 2.0, Mm(18.0)),
            Along::Y => Rect::new(x - Mm(12.0), y - reach, Mm(21.0), reach * 2.0),
        }
    }

    /// The correction, in mm on the back page, that stroke `k` stands for.
    ///
    /// Where front stroke k meets back stroke k, the back lies by k steps to the right (down) as seen from the front. A
    /// turn about the vertical axis shows that as an offset to the left on the back page, which a move to the right
    /// corrects, and leaves up and down as they are.
    pub fn correction(&self, k: i32, flip: Flip) -> Mm {
        let seen_right_or_down = STEP * f64::from(k);
        match (self.along, flip) {
            (Along::X, Flip::LongEdge) | (Along::Y, Flip::ShortEdge) => seen_right_or_down,
            (Along::Y, Flip::LongEdge) | (Along::X, Flip::ShortEdge) => -seen_right_or_down,
        }
    }
}

/// The eight scales of an upright sheet, on its front; A stands top left.
pub fn scales(sheet: Size) -> Vec<Scale> {
    let reach = FRONT_PITCH * f64::from(STEPS);
    // Far from each other, so that a small turn shows; 15 mm and more from the edges.
    let (left, right) = (Mm(18.0) + reach, sheet.width - Mm(18.0) - reach);
    let (top, bottom) = (Mm(24.0), sheet.height - Mm(24.0));
    let (side_left, side_right) = (Mm(24.0), sheet.width - Mm(24.0));
    let (upper, lower) = (Mm(38.0) + reach, sheet.height - Mm(38.0) - reach);
    let point = |x, y| Point { x, y };
    let pair = |corner, x: Point, y: Point| {
        [Scale { corner, along: Along::X, middle: x }, Scale { corner, along: Along::Y, middle: y }]
    };
    [
        pair(Corner::A, point(left, top), point(side_left, upper)),
        pair(Corner::B, point(right, top), point(side_right, upper)),
        pair(Corner::C, point(left, bottom), point(side_left, lower)),
        pair(Corner::D, point(right, bottom), point(side_right, lower)),
    ]
    .concat()
}

/// A scale and the number read off it.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Reading {
    pub corner: Corner,
    pub along: Along,
    /// As printed beside the strokes that meet, mm: what the back is to be moved by, there.
    pub value: Mm,
}

/// The correction that fits readings best; `None` where they are too few: at least one across and one down, and for turn
/// and scale two scales at different places.
pub fn profile(readings: &[Reading], sheet: Size, flip: Flip) -> Option<Profile> {
    let axis = flip.axis(Orientation::Portrait);
    let scales = scales(sheet);
    let centre = Point { x: sheet.width / 2.0, y: sheet.height / 2.0 };
    // Unknowns: dx, dy, a (scale − 1), b (turn): a point at (rx, ry) from the centre of the back page moves by
    // (dx + a·rx − b·ry, dy + b·rx + a·ry).
    let mut rows: Vec<([f64; 4], f64)> = Vec::new();
    for reading in readings {
        let scale = scales.iter().find(|s| (s.corner, s.along) == (reading.corner, reading.along))?;
        // What was read off stroke k holds where that stroke stands.
        let at = axis.mirror(scale.back_stroke(scale.stroke_of(reading.value, flip)).from, sheet);
        let (rx, ry) = ((at.x - centre.x).0, (at.y - centre.y).0);
        let row = match reading.along {
            Along::X => [1.0, 0.0, rx, -ry],
            Along::Y => [0.0, 1.0, ry, rx],
        };
        rows.push((row, reading.value.0));
    }
    let has = |along| readings.iter().any(|r| r.along == along);
    if !has(Along::X) || !has(Along::Y) {
        return None;
    }
    let [dx, dy, a, b] = least_squares::<4>(&rows).or_else(|| {
        // Too few for turn and scale: the mean move.
        let mean: Vec<([f64; 2], f64)> = rows.iter().map(|(row, value)| ([row[0], row[1]], *value)).collect();
        least_squares::<2>(&mean).map(|[dx, dy]| [dx, dy, 0.0, 0.0])
    })?;
    Some(Profile { dx: Mm(dx), dy: Mm(dy), angle: b.atan2(1.0 + a).to_degrees(), scale: (1.0 + a).hypot(b) })
}

/// Solves the normal equations by elimination; `None` where they are singular.
#[allow(clippy::needless_range_loop)] // Two rows at once.
fn least_squares<const N: usize>(rows: &[([f64; N], f64)]) -> Option<[f64; N]> {
    let mut matrix = [[0.0; N]; N];
    let mut right = [0.0; N];
    // Columns of very different size (1 against 100 mm) are scaled alike.
    let mut norms = [0.0; N];
    for (row, _) in rows {
        for i in 0..N {
            norms[i] += row[i] * row[i];
        }
    }
    if norms.iter().any(|norm| *norm <= 0.0) {
        return None;
    }
    let norms = norms.map(f64::sqrt);
    for (row, value) in rows {
        for i in 0..N {
            for j in 0..N {
                matrix[i][j] += row[i] / norms[i] * (row[j] / norms[j]);
            }
            right[i] += row[i] / norms[i] * value;
        }
    }
    for i in 0..N {
        let pivot = (i..N).max_by(|a, b| matrix[*a][i].abs().total_cmp(&matrix[*b][i].abs()))?;
        if matrix[pivot][i].abs() < 1e-9 {
            return None;
        }
        matrix.swap(i, pivot);
        right.swap(i, pivot);
        for j in 0..N {
            if j != i {
                let factor = matrix[j][i] / matrix[i][i];
                for k in i..N {
                    matrix[j][k] -= factor * matrix[i][k];
                }
                right[j] -= factor * right[i];
            }
        }
    }
    let mut solution = [0.0; N];
    for i in 0..N {
        solution[i] = right[i] / matrix[i][i] / norms[i];
    }
    Some(solution)
}

impl Profile {
    /// The same printer's correction on other pages than those it was measured on (upright, turned over `measured`).
    ///
    /// The printer does the same to the paper whatever is printed on it. Turned over the other edge, the back page
    /// stands on its head on the paper; a landscape page lies a quarter turn clockwise.
    pub fn on(self, measured: Flip, flip: Flip, orientation: Orientation) -> Self {
        let (mut dx, mut dy) = (self.dx, self.dy);
        if measured != flip {
            (dx, dy) = (-dx, -dy);
        }
        if orientation == Orientation::Landscape {
            (dx, dy) = (-dy, dx);
        }
        Self { dx, dy, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::stock::Paper;
    use proptest::prelude::*;

    /// A printer that puts the point `p` of the back page somewhere else: what `profile` corrects, undone.
    fn misplaced(p: Point, profile: &Profile, sheet: Size) -> Point {
        let (sin, cos) = profile.angle.to_radians().sin_cos();
        let centre = Point { x: sheet.width / 2.0, y: sheet.height / 2.0 };
        // The inverse of scale·turn about the centre, then the move.
        let (x, y) = ((p.x - profile.dx - centre.x).0, (p.y - profile.dy - centre.y).0);
        Point {
            x: centre.x + Mm((cos * x + sin * y) / profile.scale),
            y: centre.y + Mm((-sin * x + cos * y) / profile.scale),
        }
    }

    /// Looks through the sheet: the number beside the front stroke that a back stroke continues best.
    fn read(scale: &Scale, printer: &Profile, flip: Flip, sheet: Size) -> Mm {
        let axis = flip.axis(Orientation::Portrait);
        let along = |p: Point| if scale.along == Along::X { p.x } else { p.y };
        let gap = |k: &i32| {
            let front = along(scale.front_stroke(*k).from);
            let page = axis.mirror(scale.back_stroke(*k).from, sheet);
            let seen = axis.mirror(misplaced(page, printer, sheet), sheet);
            (along(seen) - front).abs().0
        };
        let best = (-STEPS..=STEPS).min_by(|a, b| gap(a).total_cmp(&gap(b))).unwrap();
        scale.correction(best, flip)
    }

    #[test]
    fn scales_do_not_touch_and_stay_on_the_page() {
        for paper in Paper::ALL {
            let sheet = paper.size();
            let area = Rect::new(Mm::ZERO, Mm::ZERO, sheet.width, sheet.height).inset(Mm(6.35));
            let boxes: Vec<Rect> = scales(sheet).iter().map(Scale::bounds).collect();
            assert_eq!(boxes.len(), 8);
            for (i, a) in boxes.iter().enumerate() {
                assert!(area.contains(*a), "{paper} {a:?}");
                assert!(boxes[..i].iter().all(|b| !a.overlaps(*b)), "{paper} {a:?}");
            }
        }
    }

    #[test]
    fn the_sheet_reads_what_corrects_it() {
        let sheet = Paper::A4.size();
        let printer = Profile { dx: Mm(0.7), dy: Mm(-0.4), ..Profile::default() };
        for flip in Flip::ALL {
            for scale in scales(sheet) {
                let expected = if scale.along == Along::X { 0.7 } else { -0.4 };
                for k in -STEPS..=STEPS {
                    assert_eq!(scale.stroke_of(scale.correction(k, flip), flip), k);
                }
                let found = read(&scale, &printer, flip, sheet).0;
                assert!((found - expected).abs() < 1e-9, "{} {flip:?}: {found}", scale.name());
            }
        }
    }

    #[test]
    fn too_few_readings_give_a_move_or_nothing() {
        let sheet = Paper::A4.size();
        let reading = |along, value| Reading { corner: Corner::A, along, value: Mm(value) };
        let both = [reading(Along::X, 0.3), reading(Along::Y, -0.2)];
        let found = profile(&both, sheet, Flip::LongEdge).unwrap();
        assert_eq!((found.angle, found.scale), (0.0, 1.0));
        assert!((found.dx.0 - 0.3).abs() < 1e-9 && (found.dy.0 + 0.2).abs() < 1e-9);
        assert_eq!(profile(&both[..1], sheet, Flip::LongEdge), None);
        assert_eq!(profile(&[], sheet, Flip::LongEdge), None);
    }

    #[test]
    fn another_edge_and_another_way_round_move_the_same_paper() {
        let measured = Profile { dx: Mm(1.0), dy: Mm(0.25), ..Profile::default() };
        let on = |flip, orientation| {
            let p = measured.on(Flip::LongEdge, flip, orientation);
            (p.dx.0, p.dy.0)
        };
        assert_eq!(on(Flip::LongEdge, Orientation::Portrait), (1.0, 0.25));
        assert_eq!(on(Flip::ShortEdge, Orientation::Portrait), (-1.0, -0.25));
        assert_eq!(on(Flip::LongEdge, Orientation::Landscape), (-0.25, 1.0));
        assert_eq!(on(Flip::ShortEdge, Orientation::Landscape), (0.25, -1.0));
    }

    /// The paper, not the page, is what a printer moves: a spot of the sheet, found on the back page of each flip and
    /// orientation, is moved to one and the same spot.
    #[test]
    fn a_profile_moves_the_same_spot_of_the_paper_alike() {
        let upright = Paper::A4.size();
        let measured = Profile { dx: Mm(0.8), dy: Mm(-0.3), angle: 0.2, scale: 1.002 };
        let spot = Point::new(31.0, 47.0);
        let mut landed = Vec::new();
        for flip in Flip::ALL {
            for orientation in [Orientation::Portrait, Orientation::Landscape] {
                let landscape = orientation == Orientation::Landscape;
                let sheet = if landscape { upright.turned() } else { upright };
                // The spot on the front page; landscape pages lie a quarter turn clockwise.
                let front = if landscape { Point { x: upright.height - spot.y, y: spot.x } } else { spot };
                let axis = flip.axis(orientation);
                let profile = measured.on(Flip::LongEdge, flip, orientation);
                let moved = profile.correction(sheet).apply(axis.mirror(front, sheet));
                let seen = axis.mirror(moved, sheet);
                let seen = if landscape { Point { x: seen.y, y: upright.height - seen.x } } else { seen };
                landed.push((seen.x.0, seen.y.0));
            }
        }
        for (x, y) in &landed {
            assert!((x - landed[0].0).abs() < 1e-9 && (y - landed[0].1).abs() < 1e-9, "{landed:?}");
        }
    }

    proptest! {
        #[test]
        fn a_printer_is_found_out(
            dx in -0.4..0.4f64, dy in -0.4..0.4f64, angle in -0.1..0.1f64, scale in 0.9985..1.0015f64, short: bool,
            letter: bool,
        ) {
            let sheet = if letter { Paper::UsLetter.size() } else { Paper::A4.size() };
            let flip = if short { Flip::ShortEdge } else { Flip::LongEdge };
            let printer = Profile { dx: Mm(dx), dy: Mm(dy), angle, scale };
            let readings: Vec<Reading> = scales(sheet)
                .iter()
                .map(|s| Reading { corner: s.corner, along: s.along, value: read(s, &printer, flip, sheet) })
                .collect();
            let found = profile(&readings, sheet, flip).unwrap();
            // Readings are rounded to 0.1 mm: 0.05 mm off at most, less after averaging.
            prop_assert!((found.dx.0 - dx).abs() < 0.06 && (found.dy.0 - dy).abs() < 0.06, "{found:?}");
            prop_assert!((found.angle - angle).abs() < 0.05, "{found:?}");
            prop_assert!((found.scale - scale).abs() < 0.0008, "{found:?}");
            // What counts: every corner of the sheet lands within 0.15 mm.
            for corner in [Point::new(10.0, 10.0), Point::new(200.0, 10.0), Point::new(10.0, 265.0)] {
                let landed = misplaced(found.correction(sheet).apply(corner), &printer, sheet);
                prop_assert!((landed.x - corner.x).abs().0 < 0.15 && (landed.y - corner.y).abs().0 < 0.15);
            }
        }
    }
}
