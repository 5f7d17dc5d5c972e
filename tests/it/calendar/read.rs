//! The three forms of a calendar read back: each gives the cards of each day.

use std::collections::{BTreeMap, BTreeSet};

use hayro_interpret::kurbo::Rect;
use jiff::civil::Date;
use recto::plan::dates::{Week, weeks};
use recto::plan::locale::Locale;
use serde_json::Value;

use crate::readback::{self, Seen};
use crate::support::letters;

/// A day and a card's code.
pub type Pairs = BTreeSet<(Date, String)>;

/// `FN-042`
pub fn is_code(word: &str) -> bool {
    word.split_once('-').is_some_and(|(prefix, number)| {
        !prefix.is_empty()
            && prefix.bytes().all(|b| b.is_ascii_uppercase())
            && number.len() >= 3
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}

pub fn date(value: &Value) -> Date {
    value.as_str().expect("a date").parse().expect("a date")
}

pub fn of_json(json: &Value) -> Pairs {
    let mut pairs = Pairs::new();
    for session in json["sessions"].as_array().expect("sessions") {
        let cards = session["cards"].as_array().expect("cards");
        for card in cards {
            assert!(pairs.insert((date(&session["date"]), card.as_str().expect("a code").to_owned())));
        }
        let parts = ["visits", "introductions"].map(|key| session[key].as_array().expect("a list").len());
        assert_eq!(parts.iter().sum::<usize>(), cards.len());
    }
    pairs
}

/// An entry of a calendar file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    pub date: Option<Date>,
    /// Everything, `UID` and `DTSTAMP` included, in order.
    pub lines: Vec<(String, String)>,
}

impl Event {
    pub fn get(&self, name: &str) -> &str {
        self.lines.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub fn cancelled(&self) -> bool {
        self.get("STATUS") == "CANCELLED"
    }

    pub fn sequence(&self) -> u32 {
        self.get("SEQUENCE").parse().expect("a number")
    }
}

/// Reads a calendar file byte by byte: line ends, lengths, whole characters, escapes.
pub fn events(bytes: &[u8]) -> Vec<Event> {
    assert!(bytes.ends_with(b"END:VCALENDAR\r\n"));
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let end = start + bytes[start..].iter().position(|b| *b == b'\n').expect("a line feed");
        let line = &bytes[start..end];
        let line = line.strip_suffix(b"\r").expect("CR before LF");
        assert!(!line.contains(&b'\r') && !line.is_empty());
        assert!(line.len() <= 75, "{} octets: {}", line.len(), String::from_utf8_lossy(line));
        std::str::from_utf8(line).expect("no character is cut in two");
        match line.strip_prefix(b" ") {
            Some(more) => lines.last_mut().expect("a line before").extend_from_slice(more),
            None => lines.push(line.to_vec()),
        }
        start = end + 1;
    }
    let mut events = Vec::new();
    let (mut event, mut depth) = (Event::default(), 0);
    let mut seen = BTreeSet::new();
    for line in lines {
        let line = String::from_utf8(line).expect("UTF-8");
        let (name, value) = line.split_once(':').expect("a property");
        match (name, value) {
            ("BEGIN", "VEVENT" | "VTODO") => (event, depth) = (Event::default(), 1),
            ("BEGIN", "VCALENDAR") | ("END", "VCALENDAR") => {}
            ("BEGIN", _) => depth += 1,
            ("END", "VALARM") => depth -= 1,
            ("END", _) => {
                let uid = event.get("UID").to_owned();
                assert_eq!(uid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{uid}");
                assert_eq!(uid.as_bytes()[14], b'5', "{uid}");
                assert!(seen.insert(uid), "two entries have one UID");
                let day = event.get("DTSTART;VALUE=DATE").to_owned();
                event.date = Date::strptime("%Y%m%d", &day).ok();
                assert!(event.date.is_some() && day.len() == 8, "{day}");
                assert_eq!(event.get("DTSTAMP").len(), "20261120T000000Z".len());
                events.push(std::mem::take(&mut event));
                depth = 0;
            }
            _ => {
                for (i, c) in value.char_indices() {
                    let bare = i == 0 || !value[..i].ends_with('\\');
                    assert!(!(bare && (c == ',' || c == ';')), "`{c}` is not escaped: {line}");
                    assert!(!c.is_control() || c == '\t', "{line:?}");
                }
                if depth == 1 {
                    event.lines.push((name.to_owned(), value.to_owned()));
                }
            }
        }
    }
    events
}

pub fn of_feed(bytes: &[u8]) -> Pairs {
    let mut pairs = Pairs::new();
    for event in events(bytes).iter().filter(|event| !event.cancelled()) {
        let text = event.get("DESCRIPTION").replace("\\n", " ").replace("\\,", ",");
        for code in text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| is_code(word)) {
            assert!(pairs.insert((event.date.expect("a day"), code.to_owned())), "{code} twice");
        }
    }
    pairs
}

/// A word on a page, and the box of its outlines, mm.
#[derive(Debug, Clone)]
pub struct Word {
    pub text: String,
    pub bounds: Rect,
    pub baseline: f64,
}

/// Words: glyphs that are drawn one after another on one line without a gap.
pub fn words(page: &Seen) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut end: Option<(f64, f64)> = None;
    for glyph in &page.glyphs {
        let Some(bounds) = glyph.bounds.filter(|_| !glyph.text.trim().is_empty()) else {
            end = None;
            continue;
        };
        let follows =
            end.is_some_and(|(x, y)| (glyph.origin.x - x).abs() < 0.3 && (glyph.origin.y - y).abs() < 0.05);
        match words.last_mut().filter(|_| follows) {
            Some(word) => {
                word.text.push_str(&glyph.text);
                word.bounds = word.bounds.union(bounds);
            }
            None => words.push(Word { text: glyph.text.clone(), bounds, baseline: glyph.origin.y }),
        }
        end = Some((glyph.end.x, glyph.end.y));
    }
    words
}

/// Words as lines: the words of one baseline from left to right, joined.
fn lines(words: &[Word]) -> BTreeMap<i64, String> {
    let mut lines: BTreeMap<i64, Vec<&Word>> = BTreeMap::new();
    for word in words {
        lines.entry((word.baseline * 10.0).round() as i64).or_default().push(word);
    }
    lines
        .into_iter()
        .map(|(y, mut words)| {
            words.sort_by(|a, b| a.bounds.x0.total_cmp(&b.bounds.x0));
            (y, words.into_iter().map(|word| word.text.as_str()).collect())
        })
        .collect()
}

/// What a calendar on paper is about.
pub struct Paper {
    pub locale: &'static Locale,
    pub start: Date,
    /// The last day that is printed.
    pub end: Date,
}

impl Paper {
    pub fn of(json: &Value, language: &str) -> Self {
        let end = if json["exam"].is_null() { &json["end"] } else { &json["exam"] };
        Self { locale: Locale::of(language), start: date(&json["start"]), end: date(end) }
    }

    fn weeks(&self) -> Vec<Week> {
        weeks(self.start, self.end, self.locale.first_weekday())
    }

    /// From the weekly checklists: each code belongs to the day whose name stands above it or beside it.
    pub fn of_weeks(&self, pages: &[Seen]) -> Pairs {
        let mut pairs = Pairs::new();
        let mut found = 0;
        for week in self.weeks() {
            let (locale, last) = (self.locale, week.last());
            let range = letters(&format!("{}{}", locale.short_date(week.first()), locale.long_date(last)));
            let title = letters(&locale.text("week-n", &[("n", &week.number().week.to_string())]));
            let page = pages.iter().find(|page| {
                let text = letters(&page.text());
                text.starts_with(&format!("{title}{range}"))
            });
            let page = page.unwrap_or_else(|| panic!("no page for the week of {}", week.first()));
            found += 1;
            let words = words(page);
            let (left, right): (Vec<Word>, Vec<Word>) =
                words.into_iter().partition(|word| word.bounds.x0 < 40.0);
            let labels = lines(&left);
            let mut below = 0;
            let days: Vec<(i64, Date)> = week
                .days
                .iter()
                .map(|day| {
                    let name = letters(locale.weekday(day.weekday(), recto::plan::locale::Width::Wide));
                    let label = labels.range(below..).find(|(_, line)| letters(line) == name);
                    let (y, _) = label.unwrap_or_else(|| panic!("{name} is not in {labels:?}"));
                    let date = labels.range(y + 1..).next().expect("a date");
                    assert_eq!(letters(date.1), letters(&locale.short_date(*day)));
                    below = y + 1;
                    (*y, *day)
                })
                .collect();
            for word in right.iter().filter(|word| is_code(&word.text)) {
                let y = (word.baseline * 10.0).round() as i64;
                // The first row of codes stands a little higher than the day's name.
                let day = days.iter().rev().find(|(top, _)| *top <= y + 15).expect("a day above");
                assert!(pairs.insert((day.1, word.text.clone())), "{} twice", word.text);
            }
        }
        assert_eq!(found, self.weeks().len());
        pairs
    }

    /// From the pages for single days of an e-ink calendar.
    pub fn of_days(&self, pages: &[Seen]) -> Pairs {
        let mut pairs = Pairs::new();
        let texts: Vec<String> = pages.iter().map(|page| letters(&page.text())).collect();
        let first = texts.iter().position(|text| self.is_day(text, self.start)).expect("the first day");
        for (page, day) in recto::plan::dates::dates(self.start, self.end).enumerate() {
            assert!(self.is_day(&texts[first + page], day), "{day}: {}", texts[first + page]);
            for word in words(&pages[first + page]).iter().filter(|word| is_code(&word.text)) {
                assert!(pairs.insert((day, word.text.clone())));
            }
        }
        pairs
    }

    /// The links upwards, the arrows, the day.
    fn is_day(&self, text: &str, day: Date) -> bool {
        let week = Week::of(day, self.locale.first_weekday()).number().week.to_string();
        let bar = format!(
            "{}{}{}",
            self.locale.word("year"),
            self.locale.month_title(day),
            self.locale.text("week-n", &[("n", &week)])
        );
        text.starts_with(&letters(&format!("{bar}{}", self.locale.day_date(day))))
    }
}

/// No two words overlap, and none comes near the edge.
pub fn nothing_collides(pages: &[Seen]) {
    for (number, page) in pages.iter().enumerate() {
        let words = words(page);
        for (i, word) in words.iter().enumerate() {
            let b = word.bounds;
            assert!(
                b.x0 > 5.0 && b.y0 > 4.0 && b.x1 < page.width - 5.0 && b.y1 < page.height - 4.0,
                "page {}: `{}` is at {b:?} of {} × {} mm",
                number + 1,
                word.text,
                page.width,
                page.height
            );
            for other in &words[i + 1..] {
                let common = b.inset(-0.1).intersect(other.bounds.inset(-0.1));
                assert!(
                    common.width() <= 0.0 || common.height() <= 0.0,
                    "page {}: `{}` and `{}` overlap at {common:?}",
                    number + 1,
                    word.text,
                    other.text
                );
            }
        }
    }
}

pub fn pages(bytes: &[u8]) -> Vec<Seen> {
    readback::read(bytes)
}
