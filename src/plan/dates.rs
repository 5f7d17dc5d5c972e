//! Calendar arithmetic for the printed pages: months as grids, weeks by number.
//!
//! Proleptic Gregorian dates of `jiff`; week numbers are those of ISO 8601. The first weekday and all names come
//! from [`super::locale`] or the user, never from here.

use jiff::civil::{Date, Weekday};
use serde::Serialize;

use super::schedule::days::add_days;

/// A week of ISO 8601: it starts on Monday and belongs to the year that holds its Thursday.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize)]
pub struct IsoWeek {
    pub year: i16,
    /// 1 to 53.
    pub week: i8,
}

impl IsoWeek {
    pub fn of(date: Date) -> Self {
        let week = date.iso_week_date();
        Self { year: week.year(), week: week.week() }
    }
}

/// `2026-W53`.
impl std::fmt::Display for IsoWeek {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-W{:02}", self.year, self.week)
    }
}

/// A month of a year.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize)]
pub struct Month {
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

impl Month {
    pub fn of(date: Date) -> Self {
        Self { year: date.year(), month: date.month() }
    }

    pub fn first(self) -> Date {
        Date::new(self.year, self.month, 1).unwrap_or(Date::ZERO)
    }

    pub fn last(self) -> Date {
        self.first().last_of_month()
    }

    /// `None` after December 9999.
    pub fn next(self) -> Option<Self> {
        self.last().tomorrow().ok().map(Self::of)
    }

    pub fn contains(self, date: Date) -> bool {
        Self::of(date) == self
    }
}

/// `2027-03`.
impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// A week as it is printed, from the first weekday of the locale on.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
pub struct Week {
    pub days: [Date; 7],
}

impl Week {
    /// The week that holds a date.
    pub fn of(date: Date, first: Weekday) -> Self {
        let start = week_start(date, first);
        Self { days: std::array::from_fn(|i| add_days(start, i as i32)) }
    }

    pub fn first(&self) -> Date {
        self.days[0]
    }

    pub fn last(&self) -> Date {
        self.days[6]
    }

    /// The number to print beside it: that of the ISO week which holds its Thursday, whatever day the row starts on.
    pub fn number(&self) -> IsoWeek {
        let thursday = self.days.iter().find(|day| day.weekday() == Weekday::Thursday);
        IsoWeek::of(thursday.copied().unwrap_or(self.days[0]))
    }
}

/// The weekdays in the order in which a locale prints them.
pub fn weekdays(first: Weekday) -> [Weekday; 7] {
    std::array::from_fn(|i| first.wrapping_add(i as i8))
}

/// The last date not after `date` that is a `first`.
pub fn week_start(date: Date, first: Weekday) -> Date {
    let back = (7 + i32::from(date.weekday().to_monday_zero_offset())
        - i32::from(first.to_monday_zero_offset()))
        % 7;
    add_days(date, -back)
}

/// A month's weeks, four to six rows; the days of neighbouring months fill the first and the last.
pub fn month_grid(month: Month, first: Weekday) -> Vec<Week> {
    weeks(month.first(), month.last(), first)
}

/// All weeks that hold a day from `from` to `to`, both included.
pub fn weeks(from: Date, to: Date, first: Weekday) -> Vec<Week> {
    let mut weeks = Vec::new();
    let mut start = from;
    while start <= to {
        let week = Week::of(start, first);
        weeks.push(week);
        match week.last().tomorrow() {
            Ok(next) => start = next,
            Err(_) => break,
        }
    }
    weeks
}

/// All months that hold a day from `from` to `to`, both included.
pub fn months(from: Date, to: Date) -> Vec<Month> {
    let last = Month::of(to);
    std::iter::successors(Some(Month::of(from)), |month| month.next())
        .take_while(|month| *month <= last)
        .collect()
}

/// All dates from `from` to `to`, both included.
pub fn dates(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), |date| date.tomorrow().ok()).take_while(move |date| *date <= to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn iso_weeks_cross_years() {
        let week = |y, m, d| IsoWeek::of(date(y, m, d)).to_string();
        assert_eq!(week(2024, 12, 30), "2025-W01");
        assert_eq!(week(2027, 1, 3), "2026-W53");
        assert_eq!(week(2027, 1, 4), "2027-W01");
        assert_eq!(week(2020, 12, 31), "2020-W53");
        assert_eq!(week(2021, 1, 3), "2020-W53");
        assert_eq!(week(2022, 1, 1), "2021-W52");
        // The years with 53 weeks from 2000 to 2032.
        let long: Vec<i16> = (2000..=2032).filter(|y| IsoWeek::of(date(*y, 12, 28)).week == 53).collect();
        assert_eq!(long, [2004, 2009, 2015, 2020, 2026, 2032]);
    }

    #[test]
    fn february_takes_four_to_six_rows() {
        let rows = |year, first| month_grid(Month { year, month: 2 }, first).len();
        // 1 February 2021 is a Monday, 2026 a Sunday, 2020 a Saturday in a leap year.
        assert_eq!(rows(2021, Weekday::Monday), 4);
        assert_eq!(rows(2021, Weekday::Sunday), 5);
        assert_eq!(rows(2026, Weekday::Sunday), 4);
        assert_eq!(rows(2020, Weekday::Monday), 5);
        assert_eq!(month_grid(Month { year: 2027, month: 8 }, Weekday::Monday).len(), 6);
    }

    #[test]
    fn leap_days_stand_in_their_month() {
        assert_eq!(Month { year: 2028, month: 2 }.last(), date(2028, 2, 29));
        assert_eq!(Month { year: 2100, month: 2 }.last(), date(2100, 2, 28));
        assert_eq!(Month { year: 2000, month: 2 }.last(), date(2000, 2, 29));
        assert_eq!(dates(date(2028, 2, 28), date(2028, 3, 1)).count(), 3);
    }

    #[test]
    fn months_run_through_the_year_end() {
        let found: Vec<String> =
            months(date(2026, 11, 20), date(2027, 2, 1)).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["2026-11", "2026-12", "2027-01", "2027-02"]);
        assert!(months(date(2027, 2, 1), date(2027, 1, 1)).is_empty());
        assert_eq!(months(date(9999, 12, 1), date(9999, 12, 31)).len(), 1);
    }

    #[test]
    fn rows_start_on_the_locale_s_weekday() {
        let sunday = Week::of(date(2027, 1, 3), Weekday::Sunday);
        assert_eq!((sunday.first(), sunday.last()), (date(2027, 1, 3), date(2027, 1, 9)));
        // Its Thursday is 7 January.
        assert_eq!(sunday.number(), IsoWeek { year: 2027, week: 1 });
        let monday = Week::of(date(2027, 1, 3), Weekday::Monday);
        assert_eq!((monday.first(), monday.number().week), (date(2026, 12, 28), 53));
        assert_eq!(weekdays(Weekday::Saturday)[..2], [Weekday::Saturday, Weekday::Sunday]);
    }

    proptest! {
        #[test]
        fn grids_hold_every_day_of_the_month_once(year in 1900i16..2200, month in 1i8..=12, first in 0i8..7) {
            let first = Weekday::Monday.wrapping_add(first);
            let month = Month { year, month };
            let grid = month_grid(month, first);
            let days: Vec<Date> = grid.iter().flat_map(|week| week.days).collect();
            prop_assert!(days.windows(2).all(|w| w[0].tomorrow().unwrap() == w[1]));
            prop_assert!(grid.iter().all(|week| week.first().weekday() == first));
            let inside = days.iter().filter(|day| month.contains(**day)).count();
            prop_assert_eq!(inside, usize::from(month.last().day() as u8));
            prop_assert!((4..=6).contains(&grid.len()));
            prop_assert!(grid.iter().all(|week| week.days.iter().any(|day| month.contains(*day))));
        }
    }
}
