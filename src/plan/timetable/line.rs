//! Sessions as lines of text: one day a line, so that version control shows which days changed.
//!
//! ```text
//! 2027-01-06 8.35 min, cards FN-001 FN-002 +FN-021 +FN-022, revision 1 of 2027-02-10
//! ```
//!
//! Cards stand in the order of study; those with a plus are seen for the first time.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::{Cancelled, Sitting, Stamp, Turn};

impl fmt::Display for Sitting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} min", self.date, self.minutes)?;
        if let Some(cards) = self.expected {
            write!(f, ", about {cards}")?;
        }
        for (i, turn) in self.cards.iter().enumerate() {
            let (before, sign) = (if i == 0 { ", cards" } else { "" }, if turn.new { "+" } else { "" });
            write!(f, "{before} {sign}{}", turn.code)?;
        }
        if self.stamp.is_first() { Ok(()) } else { write!(f, ", {}", self.stamp) }
    }
}

impl FromStr for Sitting {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{}` is not the line of a session", line.chars().take(40).collect::<String>());
        let mut parts = line.split(", ");
        let (date, minutes) = parts.next().and_then(|head| head.split_once(' ')).ok_or_else(wrong)?;
        let minutes = minutes.strip_suffix(" min").and_then(number).ok_or_else(wrong)?;
        let mut sitting = Self {
            date: day(date).ok_or_else(wrong)?,
            minutes,
            cards: Vec::new(),
            expected: None,
            stamp: Stamp::default(),
        };
        for part in parts {
            let (word, rest) = part.split_once(' ').ok_or_else(wrong)?;
            match word {
                "about" => sitting.expected = Some(number(rest).ok_or_else(wrong)?),
                "cards" => sitting.cards = rest.split_whitespace().map(turn).collect(),
                "revision" => sitting.stamp = part.parse()?,
                _ => return Err(wrong()),
            }
        }
        Ok(sitting)
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.date, self.stamp)
    }
}

impl FromStr for Cancelled {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let wrong = || format!("`{line}` is not the line of a cancelled session");
        let (date, stamp) = line.split_once(' ').ok_or_else(wrong)?;
        Ok(Self { date: day(date).ok_or_else(wrong)?, stamp: stamp.parse()? })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "revision {}", self.sequence)?;
        self.changed.map_or(Ok(()), |day| write!(f, " of {day}"))
    }
}

impl FromStr for Stamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a revision such as `revision 1 of 2027-02-10`");
        let rest = text.strip_prefix("revision ").ok_or_else(wrong)?;
        let (sequence, changed) = match rest.split_once(" of ") {
            Some((sequence, changed)) => (sequence, Some(day(changed).ok_or_else(wrong)?)),
            None => (rest, None),
        };
        Ok(Self { sequence: sequence.parse().map_err(|_| wrong())?, changed })
    }
}

fn turn(text: &str) -> Turn {
    let new = text.strip_prefix('+');
    Turn { code: new.unwrap_or(text).to_owned(), new: new.is_some() }
}

fn day(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// Zero or more; nothing that is no number.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0)
}
