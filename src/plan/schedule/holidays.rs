//! Days off from a calendar file (RFC 5545): its all-day events, as schools and states publish them.
//!
//! Events with a time of day are appointments, not days off. Of rules of recurrence those are understood that only say
//! how often: daily, weekly or yearly, with `INTERVAL`, `COUNT`, `UNTIL` and `EXDATE`.

use std::ops::Range;

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::days::{DayOff, add_days};

/// What a calendar file says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Holidays {
    /// In the order of the file; only those that touch the time asked for.
    pub days: Vec<DayOff>,
    /// What was not understood.
    pub problems: Vec<Problem>,
}

/// Something in the file that is not as it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Bytes of the line.
    pub range: Range<usize>,
    pub message: String,
    /// Days are missing for it; otherwise they are only fewer than meant.
    pub fatal: bool,
}

/// Repetitions looked at; a daily one over ten years has 3,660.
const MOST_REPEATS: usize = 20_000;

/// Reads the days off between two dates, both included.
pub fn read(text: &str, from: Date, to: Date) -> Holidays {
    let mut found = Holidays::default();
    let lines = content_lines(text);
    if !lines.iter().any(|line| line.is("BEGIN", "VCALENDAR")) {
        let range = 0..text.lines().next().map_or(0, str::len);
        found.problems.push(Problem { range, message: "this is not a calendar file".into(), fatal: true });
        return found;
    }
    let mut event: Option<Event> = None;
    // Components within the event, such as alarms, have dates of their own.
    let mut depth = 0;
    for line in &lines {
        match (line.name.as_str(), &mut event) {
            ("BEGIN", None) if line.is("BEGIN", "VEVENT") => {
                event = Some(Event { range: line.range.clone(), ..Event::default() });
            }
            ("BEGIN", Some(_)) => depth += 1,
            ("END", Some(_)) if depth > 0 => depth -= 1,
            ("END", Some(_)) => {
                if let Some(event) = event.take() {
                    event.days(from, to, &mut found);
                }
            }
            (_, Some(event)) if depth == 0 => event.take_line(line, &mut found.problems),
            _ => {}
        }
    }
    found
}

/// A content line, unfolded.
struct Line {
    name: String,
    value: String,
    /// Bytes of its first physical line.
    range: Range<usize>,
}

impl Line {
    fn is(&self, name: &str, value: &str) -> bool {
        self.name == name && self.value.trim().eq_ignore_ascii_case(value)
    }
}

fn content_lines(text: &str) -> Vec<Line> {
    let mut unfolded: Vec<(String, Range<usize>)> = Vec::new();
    let mut at = 0;
    for physical in text.split_inclusive('\n') {
        let line = physical.trim_end_matches(['\n', '\r']);
        let range = at..at + line.len();
        at += physical.len();
        match (line.strip_prefix([' ', '\t']), unfolded.last_mut()) {
            (Some(more), Some((last, _))) => last.push_str(more),
            _ => unfolded.push((line.trim_start_matches('\u{feff}').to_owned(), range)),
        }
    }
    unfolded
        .into_iter()
        .filter_map(|(line, range)| {
            let (name, value) = split(&line)?;
            Some(Line { name: name.to_ascii_uppercase(), value: value.to_owned(), range })
        })
        .collect()
}

/// The name of a property and its value; parameters may hold colons in quotes.
fn split(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let colon = line.find(|c| {
        quoted ^= c == '"';
        c == ':' && !quoted
    })?;
    let (head, value) = line.split_at(colon);
    Some((head.split(';').next().unwrap_or(head).trim(), value.strip_prefix(':').unwrap_or(value)))
}

#[derive(Default)]
struct Event {
    range: Range<usize>,
    start: Option<Date>,
    /// Whether it has a time of day.
    timed: bool,
    /// The first day that does not belong to it.
    end: Option<Date>,
    /// Days, where there is no end.
    duration: Option<i32>,
    rule: Option<(String, Range<usize>)>,
    except: Vec<Date>,
    cancelled: bool,
}

impl Event {
    fn take_line(&mut self, line: &Line, problems: &mut Vec<Problem>) {
        let mut date = |value: &str| {
            let date = basic_date(value);
            if date.is_none() {
                let message = format!("`{}` is not a date such as 20270402", value.trim());
                problems.push(Problem { range: line.range.clone(), message, fatal: true });
            }
            date
        };
        match line.name.as_str() {
            // A date has eight digits; with a time there is more.
            "DTSTART" if line.value.contains('T') => self.timed = true,
            "DTSTART" => self.start = date(&line.value),
            "DTEND" if !line.value.contains('T') => self.end = date(&line.value),
            "DURATION" => self.duration = days_of(&line.value),
            "RRULE" => self.rule = Some((line.value.trim().to_owned(), line.range.clone())),
            "EXDATE" => self.except.extend(line.value.split(',').filter_map(basic_date)),
            "STATUS" => self.cancelled = line.value.trim().eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
    }

    fn days(self, from: Date, to: Date, found: &mut Holidays) {
        let Some(start) = self.start.filter(|_| !self.timed && !self.cancelled) else { return };
        let length = match (self.end, self.duration) {
            (Some(end), _) => super::days::days_between(start, end),
            (None, Some(days)) => days,
            (None, None) => 1,
        };
        if length < 1 {
            let message = "this event ends before it starts".into();
            found.problems.push(Problem { range: self.range.clone(), message, fatal: true });
            return;
        }
        let starts = match &self.rule {
            None => vec![start],
            Some((rule, range)) => repeats(rule, start, to).unwrap_or_else(|| {
                let message = format!("the rule `{rule}` is not understood: only the first day counts");
                found.problems.push(Problem { range: range.clone(), message, fatal: false });
                vec![start]
            }),
        };
        for first in starts.into_iter().filter(|day| !self.except.contains(day)) {
            let last = add_days(first, length - 1);
            if last >= from && first <= to {
                found.days.push(if first == last { DayOff::Date(first) } else { DayOff::Range(first, last) });
            }
        }
    }
}

/// The days on which a rule lets an event start, up to a last one; `None` for rules that say more than how often.
fn repeats(rule: &str, start: Date, to: Date) -> Option<Vec<Date>> {
    let (mut step, mut interval, mut count, mut until): (Option<Span>, i64, usize, Date) =
        (None, 1, MOST_REPEATS, to);
    for part in rule.split(';').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=')?;
        match key.to_ascii_uppercase().as_str() {
            "FREQ" => {
                step = Some(match value.to_ascii_uppercase().as_str() {
                    "DAILY" => 1.day(),
                    "WEEKLY" => 1.week(),
                    "YEARLY" => 1.year(),
                    _ => return None,
                });
            }
            "INTERVAL" => interval = value.parse().ok().filter(|n| (1..1000).contains(n))?,
            "COUNT" => count = value.parse().ok().filter(|n| *n > 0)?,
            "UNTIL" => until = until.min(basic_date(value.split('T').next()?)?),
            // These only repeat what the first day says.
            "BYMONTH" if value.parse() == Ok(start.month()) => {}
            "BYMONTHDAY" if value.parse() == Ok(start.day()) => {}
            "WKST" => {}
            _ => return None,
        }
    }
    let step = step?;
    let mut days = Vec::new();
    for n in 0..i64::try_from(MOST_REPEATS).unwrap_or(0) {
        let span = step.checked_mul(n * interval).ok()?;
        let Ok(day) = start.checked_add(span) else { break };
        if day > until || days.len() >= count {
            break;
        }
        // The 29 February is left out in years that have none.
        if day.day() == start.day() || span.get_years() == 0 {
            days.push(day);
        }
    }
    Some(days)
}

/// `20270402`
fn basic_date(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |range: Range<usize>| text.get(range)?.parse::<i16>().ok();
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Whole days of a duration: `P1D`, `P2W`.
fn days_of(text: &str) -> Option<i32> {
    let text = text.trim().strip_prefix('P')?;
    let number = |unit| text.strip_suffix(unit)?.parse::<i32>().ok().filter(|n| (1..=3660).contains(n));
    number('D').or_else(|| number('W').map(|weeks| weeks * 7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const FROM: Date = Date::constant(2027, 1, 1);
    const TO: Date = Date::constant(2028, 12, 31);

    fn calendar(events: &[&str]) -> String {
        let events: String = events.iter().map(|e| format!("BEGIN:VEVENT\r\n{e}\r\nEND:VEVENT\r\n")).collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
    }

    fn days(events: &[&str]) -> Vec<String> {
        let found = read(&calendar(events), FROM, TO);
        assert_eq!(found.problems, []);
        found.days.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn whole_days_are_days_off() {
        let good_friday = "DTSTART;VALUE=DATE:20270326\r\nDTEND;VALUE=DATE:20270327\r\nSUMMARY:Good Friday";
        let no_end = "DTSTART;VALUE=DATE:20270329";
        let summer = "DTSTART;VALUE=DATE:20270701\r\nDTEND;VALUE=DATE:20270715";
        let week = "DTSTART:20271220\r\nDURATION:P1W";
        assert_eq!(
            days(&[good_friday, no_end, summer, week]),
            ["2027-03-26", "2027-03-29", "2027-07-01..2027-07-14", "2027-12-20..2027-12-26"]
        );
    }

    #[test]
    fn appointments_and_what_was_called_off_are_none() {
        let timed = "DTSTART;TZID=\"Europe:Berlin\":20270326T100000\r\nDTEND:20270326T110000Z";
        let cancelled = "DTSTART;VALUE=DATE:20270326\r\nSTATUS:CANCELLED";
        let past = "DTSTART;VALUE=DATE:20200101";
        assert!(days(&[timed, cancelled, past]).is_empty());
    }

    #[test]
    fn folded_lines_alarms_and_bare_line_feeds_are_read() {
        let text = calendar(&[
            "DTSTART;VALUE=DA\r\n TE:20270326\r\nBEGIN:VALARM\r\nDURATION:P3D\r\nTRIGGER:-P1D\r\nEND:VALARM",
        ]);
        for text in [text.clone(), text.replace("\r\n", "\n"), format!("\u{feff}{text}")] {
            let found = read(&text, FROM, TO);
            assert_eq!((found.days, found.problems), (vec![DayOff::Date(date(2027, 3, 26))], vec![]));
        }
    }

    #[test]
    fn yearly_days_come_every_year() {
        let new_year = "DTSTART;VALUE=DATE:20100101\r\nRRULE:FREQ=YEARLY;BYMONTH=1";
        assert_eq!(days(&[new_year]), ["2027-01-01", "2028-01-01"]);
        let leap = "DTSTART;VALUE=DATE:20200229\r\nRRULE:FREQ=YEARLY";
        assert_eq!(days(&[leap]), ["2028-02-29"]);
        let until = "DTSTART;VALUE=DATE:20260601\r\nRRULE:FREQ=YEARLY;UNTIL=20270601";
        assert_eq!(days(&[until]), ["2027-06-01"]);
        let count = "DTSTART;VALUE=DATE:20270105\r\nRRULE:FREQ=WEEKLY;COUNT=4;INTERVAL=2\r\nEXDATE;VALUE=DATE:20270119";
        assert_eq!(days(&[count]), ["2027-01-05", "2027-02-02", "2027-02-16"]);
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_line() {
        let text = calendar(&["DTSTART;VALUE=DATE:20270315\r\nRRULE:FREQ=YEARLY;BYDAY=3MO"]);
        let found = read(&text, FROM, TO);
        assert_eq!(found.days, [DayOff::Date(date(2027, 3, 15))]);
        let [problem] = &found.problems[..] else { panic!() };
        assert!(!problem.fatal && text[problem.range.clone()].starts_with("RRULE"));
        for (event, start) in [
            ("DTSTART;VALUE=DATE:20270230", "DTSTART"),
            ("DTSTART:soon", "DTSTART"),
            ("DTSTART:20270330\r\nDTEND:20270329", "BEGIN"),
        ] {
            let text = calendar(&[event]);
            let found = read(&text, FROM, TO);
            let [problem] = &found.problems[..] else { panic!("{event}") };
            assert!(problem.fatal && text[problem.range.clone()].starts_with(start), "{event}");
        }
        assert!(read("<html>", FROM, TO).problems[0].fatal);
        assert!(read("", FROM, TO).problems[0].fatal);
    }
}
