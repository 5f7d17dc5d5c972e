//! The days of a plan: which of them are open, and what days off are.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

/// Days without work, as `days-off:` lists them.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
pub enum DayOff {
    /// Every one of these weekdays.
    Weekday(Weekday),
    Date(Date),
    /// First and last included.
    Range(Date, Date),
}

impl DayOff {
    pub fn covers(&self, date: Date) -> bool {
        match self {
            Self::Weekday(weekday) => date.weekday() == *weekday,
            Self::Date(day) => date == *day,
            Self::Range(first, last) => (*first..=*last).contains(&date),
        }
    }
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// `sunday` (or `sun`), `2027-04-02`, `2027-07-01..2027-07-14`.
impl FromStr for DayOff {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let date = |text: &str| -> Result<Date, String> {
            let text = text.trim();
            // jiff takes `20270402` and times too; a calendar's reader should not have to.
            let iso = text.len() == 10 && text.bytes().filter(|b| *b == b'-').count() == 2;
            text.parse().ok().filter(|_| iso).ok_or_else(|| {
                format!("`{text}` is neither a weekday nor a date; write `sunday` or `2027-04-02`")
            })
        };
        let lower = text.to_ascii_lowercase();
        if lower.len() >= 3
            && let Some((_, weekday)) = WEEKDAYS.iter().find(|(name, _)| name.starts_with(&lower))
        {
            return Ok(Self::Weekday(*weekday));
        }
        match text.split_once("..") {
            None => Ok(Self::Date(date(text)?)),
            Some((first, last)) => {
                let (first, last) = (date(first)?, date(last)?);
                if first > last {
                    return Err(format!("`{text}` ends before it starts"));
                }
                Ok(Self::Range(first, last))
            }
        }
    }
}

impl fmt::Display for DayOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekday(weekday) => {
                let name = WEEKDAYS.iter().find(|(_, w)| w == weekday).map_or("", |(name, _)| name);
                f.write_str(name)
            }
            Self::Date(date) => write!(f, "{date}"),
            Self::Range(first, last) => write!(f, "{first}..{last}"),
        }
    }
}

/// A plan's days, counted from 0; the open ones are counted by themselves besides.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct Days {
    start: Date,
    length: usize,
    /// Offsets of the open days, ascending.
    open: Vec<i32>,
}

impl Days {
    /// `length` days from `start`, less those off. Days beyond the year 9999 are left out.
    pub fn new(start: Date, length: usize, off: &[DayOff]) -> Self {
        let mut open = Vec::new();
        let mut date = start;
        let mut counted = 0;
        for offset in 0..length {
            if !off.iter().any(|off| off.covers(date)) {
                open.push(i32::try_from(offset).unwrap_or(i32::MAX));
            }
            counted = offset + 1;
            match date.tomorrow() {
                Ok(next) => date = next,
                Err(_) => break,
            }
        }
        Self { start, length: counted, open }
    }

    pub fn start(&self) -> Date {
        self.start
    }

    /// All days, those off included.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The last day.
    pub fn end(&self) -> Date {
        self.date(i32::try_from(self.length.saturating_sub(1)).unwrap_or(0))
    }

    /// Offsets of the open days, ascending.
    pub fn open(&self) -> &[i32] {
        &self.open
    }

    /// The date of an offset; the last date there is for one beyond.
    pub fn date(&self, offset: i32) -> Date {
        self.start.saturating_add(Span::new().days(i64::from(offset)))
    }

    /// The offset of a date, also before the start or after the end.
    pub fn offset(&self, date: Date) -> i32 {
        days_between(self.start, date)
    }

    /// How many open days lie before an offset: the index of the first open day at or after it.
    pub fn index(&self, offset: i32) -> usize {
        self.open.partition_point(|day| *day < offset)
    }

    /// The open days from one offset to another as indices, first and last included; `None` where there is none.
    pub fn between(&self, first: i32, last: i32) -> Option<(usize, usize)> {
        let (low, high) = (self.index(first), self.index(last.saturating_add(1)));
        (low < high).then(|| (low, high - 1))
    }

    /// The open day at or after an offset.
    pub fn at_or_after(&self, offset: i32) -> Option<i32> {
        self.open.get(self.index(offset)).copied()
    }
}

/// Whole days from one date to another.
pub fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map(|span| span.get_days()).unwrap_or(0)
}

/// `days` days later (or earlier), the last date there is where that is beyond.
pub fn add_days(date: Date, days: i32) -> Date {
    date.saturating_add(days.days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_off_are_read_and_written() {
        for (text, off) in [
            ("sunday", DayOff::Weekday(Weekday::Sunday)),
            ("2027-04-02", DayOff::Date(date(2027, 4, 2))),
            ("2027-07-01..2027-07-14", DayOff::Range(date(2027, 7, 1), date(2027, 7, 14))),
        ] {
            assert_eq!(text.parse(), Ok(off));
            assert_eq!(off.to_string(), text);
        }
        assert_eq!("Sun".parse(), Ok(DayOff::Weekday(Weekday::Sunday)));
        for wrong in ["", "su", "soon", "2027-02-29", "20270402", "2027-07-14..2027-07-01", "2027-07-01.."] {
            assert!(wrong.parse::<DayOff>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn open_days_are_counted_by_themselves() {
        // 2026-01-05 is a Monday.
        let off = [DayOff::Weekday(Weekday::Sunday), DayOff::Date(date(2026, 1, 7))];
        let days = Days::new(date(2026, 1, 5), 9, &off);
        assert_eq!(days.open(), [0, 1, 3, 4, 5, 7, 8]);
        assert_eq!(days.end(), date(2026, 1, 13));
        assert_eq!((days.index(2), days.index(3), days.index(6)), (2, 2, 5));
        assert_eq!(days.between(2, 4), Some((2, 3)));
        assert_eq!(days.between(6, 6), None);
        assert_eq!(days.between(8, 30), Some((6, 6)));
        assert_eq!((days.at_or_after(6), days.at_or_after(9)), (Some(7), None));
        assert_eq!(days.offset(date(2026, 1, 12)), 7);
        assert_eq!(days.offset(date(2026, 1, 1)), -4);
    }

    #[test]
    fn years_and_leap_days_pass_unnoticed() {
        let days = Days::new(date(2027, 12, 30), 100, &[]);
        assert_eq!(days.date(2), date(2028, 1, 1));
        assert_eq!(days.date(61), date(2028, 2, 29));
        assert_eq!(days.date(62), date(2028, 3, 1));
        assert_eq!(days.offset(date(2028, 3, 1)), 62);
        assert_eq!(Days::new(date(9999, 12, 30), 10, &[]).length(), 2);
    }
}
