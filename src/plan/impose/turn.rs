//! Turning sheets and cards: where the back of a point lies, and which way up.
//!
//! Backs mirror *coordinates*, never slot indices: on stock that stands off-centre, mirrored indices put every back
//! off its front by twice the offset.

use serde::{Deserialize, Serialize};

use crate::plan::length::{Line, Mm, Point, Rect, Size};
use crate::plan::stock::Orientation;

/// The edge over which the printer (or the hand) turns the sheet.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flip {
    #[default]
    LongEdge,
    ShortEdge,
}

impl Flip {
    pub const ALL: [Self; 2] = [Self::LongEdge, Self::ShortEdge];

    /// The axis of the page about which the sheet turns.
    pub fn axis(self, orientation: Orientation) -> Axis {
        match (self, orientation) {
            (Self::LongEdge, Orientation::Portrait) | (Self::ShortEdge, Orientation::Landscape) => {
                Axis::Vertical
            }
            (Self::ShortEdge, Orientation::Portrait) | (Self::LongEdge, Orientation::Landscape) => {
                Axis::Horizontal
            }
        }
    }
}

/// How the reader turns a card to see its back.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// Sideways, like a page.
    #[default]
    Book,
    /// Upwards, like a wall calendar's leaf.
    Calendar,
}

impl Turn {
    pub const ALL: [Self; 2] = [Self::Book, Self::Calendar];
}

/// An axis through the sheet's centre.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// Left and right change places.
    Vertical,
    /// Top and bottom change places.
    Horizontal,
}

impl Axis {
    pub const ALL: [Self; 2] = [Self::Vertical, Self::Horizontal];

    /// Where on the back page the point lies that is behind a point of the front page (and the other way round).
    pub fn mirror(self, point: Point, sheet: Size) -> Point {
        match self {
            Self::Vertical => Point { x: sheet.width - point.x, y: point.y },
            Self::Horizontal => Point { x: point.x, y: sheet.height - point.y },
        }
    }

    pub fn mirror_line(self, line: Line, sheet: Size) -> Line {
        Line::new(self.mirror(line.from, sheet), self.mirror(line.to, sheet))
    }

    pub fn mirror_rect(self, rect: Rect, sheet: Size) -> Rect {
        Rect::around(self.mirror(rect.centre(), sheet), rect.size())
    }

    /// The turn of a back whose front is turned by `front`.
    ///
    /// The mirror takes the card's up-direction at θ to −θ (vertical axis) or 180° − θ (horizontal axis); a calendar
    /// card's back stands on its head against that.
    pub fn back_turn(self, front: Quarter, turn: Turn) -> Quarter {
        let book = match self {
            Self::Vertical => front.inverse(),
            Self::Horizontal => front.inverse().plus(Quarter::Half),
        };
        match turn {
            Turn::Book => book,
            Turn::Calendar => book.plus(Quarter::Half),
        }
    }
}

/// A turn by quarters, clockwise as seen on the page.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Default)]
pub enum Quarter {
    #[default]
    None,
    Right,
    Half,
    Left,
}

impl Quarter {
    /// Degrees clockwise: 0, 90, 180 or 270.
    pub fn degrees(self) -> u16 {
        match self {
            Self::None => 0,
            Self::Right => 90,
            Self::Half => 180,
            Self::Left => 270,
        }
    }

    pub fn plus(self, other: Self) -> Self {
        match (self.degrees() + other.degrees()) % 360 {
            90 => Self::Right,
            180 => Self::Half,
            270 => Self::Left,
            _ => Self::None,
        }
    }

    pub fn inverse(self) -> Self {
        match self {
            Self::Right => Self::Left,
            Self::Left => Self::Right,
            same => same,
        }
    }

    /// Cosine and sine, exact.
    fn cos_sin(self) -> (f64, f64) {
        match self {
            Self::None => (1.0, 0.0),
            Self::Right => (0.0, 1.0),
            Self::Half => (-1.0, 0.0),
            Self::Left => (0.0, -1.0),
        }
    }
}

/// Degrees, as the plan's readers want it.
impl Serialize for Quarter {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.degrees())
    }
}

/// An affine map: x' = sx·x + kx·y + tx, y' = ky·x + sy·y + ty, as in Typst's `Transform`.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Affine {
    pub sx: f64,
    pub ky: f64,
    pub kx: f64,
    pub sy: f64,
    pub tx: Mm,
    pub ty: Mm,
}

impl Affine {
    pub const IDENTITY: Self = Self { sx: 1.0, ky: 0.0, kx: 0.0, sy: 1.0, tx: Mm::ZERO, ty: Mm::ZERO };

    /// Takes a face (its top left corner at the origin, upright) to its place on the sheet.
    pub fn place(card: Size, centre: Point, turn: Quarter) -> Self {
        let (cos, sin) = turn.cos_sin();
        let (x, y) = (card.width.0 / 2.0, card.height.0 / 2.0);
        Self {
            sx: cos,
            ky: sin,
            kx: -sin,
            sy: cos,
            tx: Mm(centre.x.0 - (cos * x - sin * y)),
            ty: Mm(centre.y.0 - (sin * x + cos * y)),
        }
    }

    pub fn apply(&self, p: Point) -> Point {
        Point {
            x: Mm(self.sx * p.x.0 + self.kx * p.y.0) + self.tx,
            y: Mm(self.ky * p.x.0 + self.sy * p.y.0) + self.ty,
        }
    }

    pub fn apply_line(&self, line: Line) -> Line {
        Line::new(self.apply(line.from), self.apply(line.to))
    }

    /// First `inner`, then this.
    pub fn after(&self, inner: &Self) -> Self {
        Self {
            sx: self.sx * inner.sx + self.kx * inner.ky,
            ky: self.ky * inner.sx + self.sy * inner.ky,
            kx: self.sx * inner.kx + self.kx * inner.sy,
            sy: self.ky * inner.kx + self.sy * inner.sy,
            tx: Mm(self.sx * inner.tx.0 + self.kx * inner.ty.0) + self.tx,
            ty: Mm(self.ky * inner.tx.0 + self.sy * inner.ty.0) + self.ty,
        }
    }
}

/// How far a printer misplaces backs, and so how they are moved to come out right: applied to back pages only.
#[derive(Debug, Copy, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// Moves backs to the right, as seen on the back page.
    pub dx: Mm,
    /// Moves backs down, as seen on the back page.
    pub dy: Mm,
    /// Turns backs about the sheet's centre, in degrees clockwise.
    pub angle: f64,
    /// Scales backs about the sheet's centre; 1 leaves them.
    pub scale: f64,
}

impl Default for Profile {
    fn default() -> Self {
        Self { dx: Mm::ZERO, dy: Mm::ZERO, angle: 0.0, scale: 1.0 }
    }
}

impl Profile {
    /// The map that is applied to everything on a back page.
    pub fn correction(&self, sheet: Size) -> Affine {
        if *self == Self::default() {
            return Affine::IDENTITY;
        }
        let (sin, cos) = self.angle.to_radians().sin_cos();
        let (sx, ky) = (self.scale * cos, self.scale * sin);
        let (cx, cy) = (sheet.width.0 / 2.0, sheet.height.0 / 2.0);
        Affine {
            sx,
            ky,
            kx: -ky,
            sy: sx,
            tx: Mm(cx - (sx * cx - ky * cy)) + self.dx,
            ty: Mm(cy - (ky * cx + sx * cy)) + self.dy,
        }
    }
}
