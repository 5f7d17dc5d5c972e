//! Lengths as recto.yaml writes them.

use std::fmt;
use std::str::FromStr;

/// A length in millimetres.
#[derive(Debug, Copy, Clone, PartialEq, PartialOrd)]
pub struct Length(f64);

impl Length {
    pub const fn mm(mm: f64) -> Self {
        Self(mm)
    }

    /// From points of 1/72 in.
    pub fn from_pt(pt: f64) -> Self {
        Self(pt * 25.4 / 72.0)
    }

    pub const fn to_mm(self) -> f64 {
        self.0
    }

    /// In points of 1/72 in.
    pub fn to_pt(self) -> f64 {
        self.0 * 72.0 / 25.4
    }
}

/// A number and one of `mm`, `cm`, `in`, `pt`; a space between is allowed.
impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let factor = match unit {
            "mm" => 1.0,
            "cm" => 10.0,
            "in" => 25.4,
            "pt" => 25.4 / 72.0,
            "" => return Err(format!("`{text}` has no unit")),
            _ => return Err(format!("`{unit}` is not a unit of length")),
        };
        let number = number.trim();
        let plain = number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
        match number.parse::<f64>() {
            Ok(number) if plain && number.is_finite() => Ok(Self(number * factor)),
            _ => Err(format!("`{text}` is not a length")),
        }
    }
}

/// In millimetres, at most two decimals: `88.9mm`.
impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.0);
        write!(f, "{}mm", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        let mm = |text: &str| text.parse::<Length>().map(|l| (l.to_mm() * 1000.0).round() / 1000.0);
        assert_eq!(mm("95mm"), Ok(95.0));
        assert_eq!(mm("3.5in"), Ok(88.9));
        assert_eq!(mm("12 pt"), Ok(4.233));
        assert_eq!(mm("2cm"), Ok(20.0));
        assert_eq!(Length::from_pt(72.0).to_mm(), 25.4);
        assert_eq!(Length::mm(25.4).to_pt(), 72.0);
        assert_eq!(Length::mm(88.9).to_string(), "88.9mm");
        for wrong in ["95", "mm", "", "1e3mm", "infmm", "5 ells", "1.2.3mm", "NaNpt"] {
            assert!(wrong.parse::<Length>().is_err(), "{wrong}");
        }
    }
}
