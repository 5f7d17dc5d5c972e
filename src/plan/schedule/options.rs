//! What the user asks of a plan, and what is wrong with it.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::days::{DayOff, Days, days_between};
use super::waves::Aim;
use crate::plan::fsrs::Fsrs;

/// How cards meet dates.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Each card on fixed days.
    #[default]
    Plan,
    /// Cards move through a box; the plan says which compartments are due.
    Leitner,
    /// Fixed days, chosen for recall on one date.
    Exam,
}

/// The two Leitner boxes.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeitnerBox {
    /// Each card stands behind the date of its next visit.
    #[default]
    Dated,
    /// Seven compartments on a calendar of 64 days.
    Classic,
}

/// A card, as far as a plan needs it. Cards are planned in the order of the deck.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct CardInfo {
    /// For interleaving and the forecast.
    pub chapter: usize,
    /// What a visit takes.
    pub minutes: f64,
}

impl CardInfo {
    /// A card where nobody says how long it takes: eight seconds to recall, decide and turn it, and reading at 1,000
    /// characters a minute, Chinese and Japanese at a third of that (987 a minute in English, 255 in Chinese, 357 in
    /// Japanese: Trauzettel-Klosinski and Dietz 2012, *IReST*). To the twentieth of a minute, 0.1 to 3.
    pub fn of_text<'a>(chapter: usize, sides: impl IntoIterator<Item = &'a str>) -> Self {
        let units: usize = sides.into_iter().flat_map(str::chars).map(|c| if wide(c) { 3 } else { 1 }).sum();
        let exact = 8.0 / 60.0 + units as f64 / 1000.0;
        Self { chapter, minutes: ((exact * 20.0).round() / 20.0).clamp(0.1, 3.0) }
    }
}

/// Characters that stand for a syllable or a word.
fn wide(c: char) -> bool {
    matches!(u32::from(c), 0x2e80..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0xff00..=0xffef | 0x20000..=0x3ffff)
}

/// `schedule:` of `recto.yaml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub mode: Mode,
    pub leitner: LeitnerBox,
    pub start: Date,
    pub exam: Option<Date>,
    /// Days of the plan; without it to the exam, else [`DEFAULT_LENGTH`].
    pub length: Option<usize>,
    /// Recall at which a card is visited.
    pub retention: f64,
    /// How far from it a visit may stray.
    pub tolerance: f64,
    /// No day may take more; without it the plan is as flat as can be.
    pub minutes_per_day: Option<f64>,
    /// Cards seen for the first time on one day; without it [`DEFAULT_NEW_PER_DAY`], fewer where the minutes ask
    /// for it, and in exam mode what spreads all cards.
    pub new_per_day: Option<usize>,
    pub days_off: Vec<DayOff>,
    pub fsrs: Fsrs,
    /// Whether the first look at a card takes its minutes too.
    pub count_introductions: bool,
    /// Windows that reach beyond the plan's last day keep their later days: such a visit may come after the plan, and
    /// recall stays within the tolerance until then. Else they are cut, which crowds the last days.
    pub open_end: bool,
    /// Visits of each card in exam mode; without it as many as the minutes allow, at most six.
    pub exam_visits: Option<usize>,
}

/// Days of a plan without an exam.
pub const DEFAULT_LENGTH: usize = 365;
/// New cards a day.
pub const DEFAULT_NEW_PER_DAY: usize = 10;
/// The longest plan, in days.
pub const LONGEST: usize = 3660;

/// The most visits of a card in exam mode: with each the ways it can go double.
pub const MOST_EXAM_VISITS: usize = 10;

impl Options {
    /// The defaults of `recto.yaml`, from a day on.
    pub fn new(start: Date) -> Self {
        Self {
            mode: Mode::default(),
            leitner: LeitnerBox::default(),
            start,
            exam: None,
            length: None,
            retention: 0.9,
            tolerance: 0.02,
            minutes_per_day: None,
            new_per_day: None,
            days_off: Vec::new(),
            fsrs: Fsrs::default(),
            count_introductions: true,
            open_end: true,
            exam_visits: None,
        }
    }

    pub fn aim(&self) -> Aim {
        Aim { retention: self.retention, tolerance: self.tolerance }
    }

    /// The plan's days: to the day before the exam, else as long as asked.
    pub fn days(&self) -> Days {
        let asked = self.length.unwrap_or(DEFAULT_LENGTH).min(LONGEST);
        let length = match self.exam {
            Some(exam) => usize::try_from(days_between(self.start, exam)).unwrap_or(0).min(LONGEST),
            None => asked,
        };
        Days::new(self.start, length, &self.days_off)
    }

    /// The plan's days, and behind them those that windows may reach.
    pub(super) fn grid(&self) -> Days {
        let days = self.days();
        if !self.open_end {
            return days;
        }
        // A window starts at a·S and ends at b·S after a visit; one that starts within n days ends by n·b/a.
        let at = |retention: f64| self.fsrs.days_to(retention.clamp(0.01, 0.999), 1.0);
        let ratio = at(self.retention - self.tolerance) / at(self.retention + self.tolerance);
        let reach = (days.length() as f64 * ratio).ceil() as usize + 14;
        Days::new(self.start, reach.min(days.length() + LONGEST), &self.days_off)
    }

    /// Everything that makes no sense, each with the key it is about.
    pub fn check(&self) -> Vec<ScheduleError> {
        let mut errors = Vec::new();
        let mut wrong = |key, message: String, hint: &str| {
            errors.push(ScheduleError::Nonsense { key, message, hint: hint.to_string() });
        };
        if !(0.7..=0.99).contains(&self.retention) {
            let message = format!("a retention of {} is not between 0.7 and 0.99", self.retention);
            wrong("retention", message, "0.9 is usual: nine of ten cards are known when they come back");
        } else if !(0.001..=0.1).contains(&self.tolerance) {
            let message = format!("a tolerance of {} is not between 0.001 and 0.1", self.tolerance);
            wrong("tolerance", message, "0.02 lets recall stray by two in a hundred");
        } else if self.retention + self.tolerance >= 1.0 {
            let message = format!("retention {} and tolerance {} reach 1", self.retention, self.tolerance);
            wrong("tolerance", message, "no card is known for certain: use a smaller tolerance");
        }
        if let Some(minutes) = self.minutes_per_day
            && !(minutes > 0.0 && minutes <= 1440.0)
        {
            let message = format!("{minutes} minutes a day is not a time to learn in");
            wrong("minutes-per-day", message, "give the minutes of a usual day, such as 20");
        }
        if self.new_per_day == Some(0) {
            wrong("new-per-day", "with 0 new cards a day nothing is learnt".to_string(), "10 is usual");
        }
        if self.length == Some(0) {
            wrong("length", "a plan of 0 days is empty".to_string(), "365 is usual");
        }
        if let Some(visits) = self.exam_visits
            && !(1..=MOST_EXAM_VISITS).contains(&visits)
        {
            let message = format!("{visits} visits of each card are not between 1 and {MOST_EXAM_VISITS}");
            wrong("visits", message, "3 to 5 are usual");
        }
        match self.exam {
            Some(exam) if exam <= self.start => {
                let message = format!("the exam ({exam}) is not after the start ({})", self.start);
                wrong("exam", message, "give a later exam or an earlier start");
            }
            Some(exam) if days_between(self.start, exam) > LONGEST as i32 => {
                let message = format!("the exam ({exam}) is more than ten years after the start");
                wrong("exam", message, "is the year right?");
            }
            Some(_) => {}
            None if self.mode == Mode::Exam => {
                wrong("exam", "exam mode needs the exam's date".to_string(), "add `exam: 2027-06-14`");
            }
            None => {}
        }
        if errors.is_empty() && self.days().open().is_empty() {
            let days = self.days();
            errors.push(ScheduleError::Nonsense {
                key: "days-off",
                message: format!("every day from {} to {} is off", days.start(), days.end()),
                hint: "leave some days to learn on".to_string(),
            });
        }
        errors
    }
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq)]
pub enum ScheduleError {
    /// A value that makes no sense, and the key under `schedule:` that holds it.
    Nonsense { key: &'static str, message: String, hint: String },
    /// More work than days hold.
    Impossible(Impossible),
}

/// A plan that cannot be kept: where it breaks, and the smallest changes that mend it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Impossible {
    /// The overfull interval, first and last day included.
    #[serde(serialize_with = "super::iso")]
    pub from: Date,
    #[serde(serialize_with = "super::iso")]
    pub to: Date,
    /// Days in it that are not off.
    pub open_days: usize,
    /// Minutes that fall into it whatever is done.
    pub needed: f64,
    /// Minutes that it holds.
    pub available: f64,
    /// Each by itself mends the plan; those that were found, the mildest first.
    pub fixes: Vec<Fix>,
}

/// A change that makes an impossible plan possible.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fix {
    /// At least so many minutes a day.
    Minutes(u32),
    /// At most so many new cards a day.
    NewPerDay(usize),
    /// Work on this day though it is off.
    Open(#[serde(serialize_with = "super::iso")] Date),
    /// Give up this entry of the days off.
    DropDayOff(String),
    /// So many visits of each card.
    Visits(usize),
    /// So many days earlier, or the exam later.
    Longer(usize),
}

impl ScheduleError {
    /// The key under `schedule:` to point at.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Nonsense { key, .. } => key,
            Self::Impossible(_) => "minutes-per-day",
        }
    }

    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Nonsense { hint, .. } => vec![hint.clone()],
            Self::Impossible(impossible) => impossible.fixes.iter().map(ToString::to_string).collect(),
        }
    }
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nonsense { message, .. } => f.write_str(message),
            Self::Impossible(i) if i.from == i.to => {
                write!(f, "{} needs {} minutes and has {}", i.from, minutes(i.needed), minutes(i.available))
            }
            Self::Impossible(i) => write!(
                f,
                "{} to {} ({} open days) needs {} minutes and has {}",
                i.from,
                i.to,
                i.open_days,
                minutes(i.needed),
                minutes(i.available)
            ),
        }
    }
}

impl std::error::Error for ScheduleError {}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minutes(minutes) => write!(f, "{minutes} minutes a day are enough"),
            Self::NewPerDay(cards) => write!(f, "{cards} new cards a day can be kept up"),
            Self::Open(date) => write!(f, "working on {date} is enough"),
            Self::DropDayOff(off) => write!(f, "working on the days off `{off}` is enough"),
            Self::Visits(visits) => write!(f, "{visits} visits of each card can be kept up"),
            Self::Longer(days) => write!(f, "{days} more days before the exam are enough"),
        }
    }
}

/// At most one decimal.
fn minutes(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_cards_take_longer_in_every_script() {
        let minutes = |sides: &[&str]| CardInfo::of_text(0, sides.iter().copied()).minutes;
        assert_eq!(minutes(&[]), 0.15);
        // Eight seconds and 6 or 12 of reading.
        assert_eq!(minutes(&[&"x".repeat(60), &"y".repeat(40)]), 0.25);
        assert_eq!(minutes(&[&"word ".repeat(40)]), 0.35);
        assert_eq!(minutes(&[&"漢字カナ".repeat(50)]), 0.75);
        assert_eq!(minutes(&[&"x".repeat(100_000)]), 3.0);
    }
}
