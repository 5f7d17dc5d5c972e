//! Lengths in millimetres, and the points and boxes made of them.
//!
//! Everything that is put on paper is decided in millimetres, the trade's own unit; Typst's points come in at the last
//! moment by [`Mm::pt`]. Coordinates run from the sheet's top left corner, y down.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Slack for comparisons: lengths that come out of sums of two-decimal numbers differ by less.
pub const EPSILON: Mm = Mm(1e-6);

/// A length in millimetres.
#[derive(Debug, Copy, Clone, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mm(pub f64);

impl Mm {
    pub const ZERO: Self = Self(0.0);

    /// From inches of 25.4 mm.
    pub const fn inches(inches: f64) -> Self {
        Self(inches * 25.4)
    }

    /// From points of 1/72 in.
    pub fn from_pt(pt: f64) -> Self {
        Self(pt * 25.4 / 72.0)
    }

    /// In points of 1/72 in, the unit of PDF and Typst.
    pub fn pt(self) -> f64 {
        self.0 * 72.0 / 25.4
    }

    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    pub fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    pub fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// How many whole times `part` goes into this length, forgiving [`EPSILON`]: 203.2 holds 50.8 four times.
    pub fn times(self, part: Self) -> usize {
        if part.0 <= 0.0 || self.0 < 0.0 {
            return 0;
        }
        ((self.0 + EPSILON.0) / part.0).floor() as usize
    }
}

impl Add for Mm {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Mm {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl AddAssign for Mm {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Mm {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Neg for Mm {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Mul<f64> for Mm {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self(self.0 * factor)
    }
}

impl Div<f64> for Mm {
    type Output = Self;
    fn div(self, divisor: f64) -> Self {
        Self(self.0 / divisor)
    }
}

impl Div for Mm {
    type Output = f64;
    fn div(self, other: Self) -> f64 {
        self.0 / other.0
    }
}

impl Sum for Mm {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

/// Without the unit, at most two decimals, no trailing zeros: `88.9`, `71.75`, `5`.
impl fmt::Display for Mm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        f.write_str(if text == "-0" { "0" } else { text })
    }
}

/// A length as `recto.yaml` and flags write it: a number and `mm`, `cm`, `in` or `pt`.
impl FromStr for Mm {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(split);
        let Some(number) = decimal(number.trim()) else {
            return Err(LengthError::Number(text.to_string()));
        };
        match unit {
            "mm" => Ok(Self(number)),
            "cm" => Ok(Self(number * 10.0)),
            "in" => Ok(Self::inches(number)),
            "pt" => Ok(Self::from_pt(number)),
            "" => Err(LengthError::NoUnit(text.to_string())),
            _ => Err(LengthError::Unit(unit.to_string())),
        }
    }
}

/// A plain decimal number; `inf`, `nan` and `1e9` are not lengths.
fn decimal(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain && digits.bytes().any(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Why a text is no length.
#[derive(Debug, Clone, Eq, PartialEq)]
pub enum LengthError {
    Number(String),
    NoUnit(String),
    Unit(String),
    /// A size is two lengths with `x` between them.
    Size(String),
}

impl fmt::Display for LengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(text) => write!(f, "`{text}` is not a length; write it like `15mm`"),
            Self::NoUnit(text) => write!(f, "`{text}` has no unit; write mm, cm, in or pt after it"),
            Self::Unit(unit) => write!(f, "`{unit}` is not a unit of length; use mm, cm, in or pt"),
            Self::Size(text) => write!(f, "`{text}` is not a size; write it like `90mm x 60mm`"),
        }
    }
}

impl std::error::Error for LengthError {}

/// Width and height.
#[derive(Debug, Copy, Clone, PartialEq, Serialize, Deserialize)]
pub struct Size {
    pub width: Mm,
    pub height: Mm,
}

impl Size {
    pub const fn new(width: f64, height: f64) -> Self {
        Self { width: Mm(width), height: Mm(height) }
    }

    /// Width and height exchanged.
    pub fn turned(self) -> Self {
        Self { width: self.height, height: self.width }
    }

    /// Whether both sides are at least those of `other`.
    pub fn holds(self, other: Self) -> bool {
        self.width + EPSILON >= other.width && self.height + EPSILON >= other.height
    }
}

/// `88.9 × 50.8 mm`.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {} mm", self.width, self.height)
    }
}

/// `90mm x 60mm`, also with `×`.
impl FromStr for Size {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let (width, height) =
            text.split_once(['x', '×']).ok_or_else(|| LengthError::Size(text.to_string()))?;
        Ok(Self { width: width.parse()?, height: height.parse()? })
    }
}

/// A point on a sheet.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Point {
    pub x: Mm,
    pub y: Mm,
}

impl Point {
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x: Mm(x), y: Mm(y) }
    }
}

/// An upright box on a sheet: its top left corner and its size.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Rect {
    pub x: Mm,
    pub y: Mm,
    pub width: Mm,
    pub height: Mm,
}

impl Rect {
    pub const fn new(x: Mm, y: Mm, width: Mm, height: Mm) -> Self {
        Self { x, y, width, height }
    }

    /// The box of a size around a point.
    pub fn around(centre: Point, size: Size) -> Self {
        Self::new(centre.x - size.width / 2.0, centre.y - size.height / 2.0, size.width, size.height)
    }

    pub fn right(self) -> Mm {
        self.x + self.width
    }

    pub fn bottom(self) -> Mm {
        self.y + self.height
    }

    pub fn size(self) -> Size {
        Size { width: self.width, height: self.height }
    }

    pub fn centre(self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }

    pub fn corners(self) -> [Point; 4] {
        [
            Point { x: self.x, y: self.y },
            Point { x: self.right(), y: self.y },
            Point { x: self.right(), y: self.bottom() },
            Point { x: self.x, y: self.bottom() },
        ]
    }

    /// Whether the two share more than an edge.
    pub fn overlaps(self, other: Self) -> bool {
        self.x + EPSILON < other.right()
            && other.x + EPSILON < self.right()
            && self.y + EPSILON < other.bottom()
            && other.y + EPSILON < self.bottom()
    }

    /// Whether `other` lies inside, edges included.
    pub fn contains(self, other: Self) -> bool {
        self.x <= other.x + EPSILON
            && self.y <= other.y + EPSILON
            && other.right() <= self.right() + EPSILON
            && other.bottom() <= self.bottom() + EPSILON
    }

    /// The box with `inset` taken from every side (added, where it is negative).
    pub fn inset(self, inset: Mm) -> Self {
        Self::new(self.x + inset, self.y + inset, self.width - inset * 2.0, self.height - inset * 2.0)
    }
}

/// A straight line on a sheet.
#[derive(Debug, Copy, Clone, PartialEq, Serialize)]
pub struct Line {
    pub from: Point,
    pub to: Point,
}

impl Line {
    pub const fn new(from: Point, to: Point) -> Self {
        Self { from, to }
    }

    pub fn length(self) -> Mm {
        Mm((self.to.x.0 - self.from.x.0).hypot(self.to.y.0 - self.from.y.0))
    }

    /// The smallest upright box around it.
    pub fn bounds(self) -> Rect {
        let x = self.from.x.min(self.to.x);
        let y = self.from.y.min(self.to.y);
        Rect::new(x, y, (self.to.x - self.from.x).abs(), (self.to.y - self.from.y).abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_seventy_seconds_of_an_inch() {
        assert_eq!(Mm(25.4).pt(), 72.0);
        assert_eq!(Mm::from_pt(72.0), Mm(25.4));
        assert!((Mm(210.0).pt() - 595.275_590_551).abs() < 1e-9);
        assert!((Mm::inches(8.5).0 - 215.9).abs() < 1e-9);
    }

    #[test]
    fn lengths_are_read_with_their_unit() {
        assert_eq!("15mm".parse(), Ok(Mm(15.0)));
        assert_eq!(" 1.5 cm ".parse(), Ok(Mm(15.0)));
        assert_eq!("-1in".parse(), Ok(Mm(-25.4)));
        assert_eq!("72pt".parse(), Ok(Mm(25.4)));
        assert_eq!("15".parse::<Mm>(), Err(LengthError::NoUnit("15".into())));
        assert_eq!("15em".parse::<Mm>(), Err(LengthError::Unit("em".into())));
        for wrong in ["", "mm", "1.2.3mm", "--1mm", "٣mm", "1,5mm"] {
            assert!(matches!(wrong.parse::<Mm>(), Err(LengthError::Number(_))), "{wrong}");
        }
    }

    #[test]
    fn infinity_is_no_length() {
        for wrong in ["infmm", "inf mm", "nanmm", "1e3mm", "1e400mm"] {
            assert!(wrong.parse::<Mm>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_two_lengths() {
        assert_eq!("90mm x 60mm".parse(), Ok(Size::new(90.0, 60.0)));
        assert_eq!("9cm×6cm".parse(), Ok(Size::new(90.0, 60.0)));
        assert!("90mm".parse::<Size>().is_err());
        assert_eq!(Size::new(88.9, 50.8).to_string(), "88.9 × 50.8 mm");
    }

    #[test]
    fn lengths_print_without_needless_zeros() {
        for (length, text) in
            [(88.9, "88.9"), (71.75, "71.75"), (5.0, "5"), (0.004, "0"), (-0.001, "0"), (120.0, "120")]
        {
            assert_eq!(Mm(length).to_string(), text);
        }
    }

    #[test]
    fn counting_forgives_rounding_but_not_a_hair() {
        assert_eq!((Mm(215.9) - Mm(12.7)).times(Mm(50.8)), 4);
        assert_eq!(Mm(203.19).times(Mm(50.8)), 3);
        assert_eq!(Mm(-1.0).times(Mm(50.8)), 0);
        assert_eq!(Mm(10.0).times(Mm::ZERO), 0);
    }
}
