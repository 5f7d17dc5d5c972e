//! Values of a YAML tree as typed ones, with a message for each that is none.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

use jiff::civil::{Date, Time, Weekday};

use super::{DayOff, Length};
use crate::vault::markdown::Problem;
use crate::vault::suggest::nearest;
use crate::vault::yaml::{Data, Entry, Node};

/// Collects problems and the places of values while a tree is read.
pub(in crate::vault) struct Reader<'p> {
    /// The rule that problems carry: `config` or `front-matter`.
    pub rule: &'static str,
    pub problems: &'p mut Vec<Problem>,
    pub places: BTreeMap<Vec<String>, Range<usize>>,
    path: Vec<String>,
}

impl<'p> Reader<'p> {
    pub fn new(rule: &'static str, problems: &'p mut Vec<Problem>) -> Self {
        Self { rule, problems, places: BTreeMap::new(), path: Vec::new() }
    }

    pub fn error(&mut self, node: &Node, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push(Problem::error(self.rule, node.range.clone(), message).hint(hint));
    }

    /// The path so far, for messages: `schedule.exam`.
    fn name(&self) -> String {
        self.path.join(".")
    }

    fn wrong_kind(&mut self, node: &Node, wanted: &str, hint: &str) {
        let name = self.name();
        let subject = if name.is_empty() { "this file".to_owned() } else { format!("`{name}`") };
        self.error(node, format!("{subject} must be {wanted}, not {}", node.kind()), hint);
    }

    /// Walks a map; `f` reads one value by its key. Unknown keys are errors, empty values as good as no key.
    pub fn map(&mut self, node: &Node, keys: &[&str], mut f: impl FnMut(&mut Self, &str, &Node)) {
        let Some(entries) = self.entries(node) else { return };
        for entry in entries {
            let Entry { key, key_range, value } = entry;
            if !keys.contains(&key.as_str()) {
                let mut path = self.path.clone();
                path.push(key.clone());
                let message = format!("`{}` is not a key", path.join("."));
                let problem = Problem::error(self.rule, key_range.clone(), message);
                let problem = match nearest(key, keys.iter().copied()) {
                    Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
                    None => problem.hint(format!("the keys here are {}", listed(keys, "and"))),
                };
                self.problems.push(problem);
                continue;
            }
            self.within(key, value, |reader, value| f(reader, key, value));
        }
    }

    /// Walks a map with keys of the user's.
    pub fn free_map(&mut self, node: &Node, mut f: impl FnMut(&mut Self, &str, &Node)) {
        let Some(entries) = self.entries(node) else { return };
        for Entry { key, value, .. } in entries {
            self.within(key, value, |reader, value| f(reader, key, value));
        }
    }

    fn entries<'n>(&mut self, node: &'n Node) -> Option<&'n [Entry]> {
        match &node.data {
            Data::Map(entries) => Some(entries),
            _ => {
                self.wrong_kind(node, "a map", "write `key: value` lines, or `{key: value}`");
                None
            }
        }
    }

    fn within(&mut self, key: &str, value: &Node, f: impl FnOnce(&mut Self, &Node)) {
        self.path.push(key.to_owned());
        self.places.insert(self.path.clone(), value.range.clone());
        if !value.is_null() {
            f(self, value);
        }
        self.path.pop();
    }

    /// A list; a value that is none counts as a list of one.
    pub fn list(&mut self, node: &Node, mut f: impl FnMut(&mut Self, &Node)) {
        match &node.data {
            Data::List(list) => {
                for (i, item) in list.iter().enumerate() {
                    self.within(&i.to_string(), item, &mut f);
                }
            }
            _ => f(self, node),
        }
    }

    pub fn text(&mut self, node: &Node) -> Option<String> {
        match node.text() {
            Some(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Some(_) => {
                let name = self.name();
                self.error(node, format!("`{name}` is empty"), "write a text, or leave the key out");
                None
            }
            None => {
                self.wrong_kind(node, "a text", "write a text, in quotes if it holds `: ` or ` #`");
                None
            }
        }
    }

    pub fn texts(&mut self, node: &Node) -> Vec<String> {
        let mut out = Vec::new();
        self.list(node, |reader, item| out.extend(reader.text(item)));
        out
    }

    pub fn bool(&mut self, node: &Node) -> Option<bool> {
        let value = node.bool();
        if value.is_none() {
            self.wrong_kind_of(node, "`true` or `false`", "write `true` or `false`");
        }
        value
    }

    /// Like `wrong_kind`, quoting a scalar.
    fn wrong_kind_of(&mut self, node: &Node, wanted: &str, hint: &str) {
        let name = self.name();
        let found = node.text().map_or_else(|| node.kind().to_owned(), |text| format!("`{text}`"));
        self.error(node, format!("`{name}` must be {wanted}, not {found}"), hint);
    }

    pub fn number(&mut self, node: &Node, allowed: RangeInclusive<f64>) -> Option<f64> {
        let hint = format!("write a number from {} to {}", allowed.start(), allowed.end());
        let value = plain_number(node);
        match value {
            Some(value) if allowed.contains(&value) => Some(value),
            Some(value) => {
                let name = self.name();
                let message = format!("`{name}` is {value}, which is out of range");
                self.error(node, message, hint);
                None
            }
            None => {
                self.wrong_kind_of(node, "a number", &hint);
                None
            }
        }
    }

    pub fn whole<T: TryFrom<u64>>(&mut self, node: &Node, allowed: RangeInclusive<u64>) -> Option<T> {
        let hint = format!("write a whole number from {} to {}", allowed.start(), allowed.end());
        let text = match &node.data {
            Data::Scalar { text, plain: true } => text.as_str(),
            _ => "",
        };
        if let Ok(value) = text.parse::<u64>()
            && let Some(value) = allowed.contains(&value).then(|| T::try_from(value).ok()).flatten()
        {
            return Some(value);
        }
        if plain_number(node).is_some() {
            let name = self.name();
            self.error(node, format!("`{name}` is {text}, which is out of range"), hint);
        } else {
            self.wrong_kind_of(node, "a whole number", &hint);
        }
        None
    }

    /// One of a few words.
    pub fn word<T: Copy>(&mut self, node: &Node, names: &[(&'static str, T)]) -> Option<T> {
        let text = node.text().unwrap_or_default();
        if let Some((_, value)) = names.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let all: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let hint = match nearest(text, all.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write {}", listed(&all, "or")),
        };
        self.wrong_kind_of(node, &listed(&all, "or"), &hint);
        None
    }

    pub fn length(&mut self, node: &Node, allowed: RangeInclusive<f64>) -> Option<Length> {
        let text = node.text().unwrap_or_default().to_owned();
        self.length_of(node, &text, allowed)
    }

    fn length_of(&mut self, node: &Node, text: &str, allowed: RangeInclusive<f64>) -> Option<Length> {
        let hint = "write a number with `mm`, `cm`, `in` or `pt`, like `6.5pt`";
        match Length::from_str(text) {
            Ok(length) if allowed.contains(&length.to_mm()) => Some(length),
            Ok(length) => {
                let name = self.name();
                let (least, most) = (Length::mm(*allowed.start()), Length::mm(*allowed.end()));
                self.error(
                    node,
                    format!("`{name}` is {length}, which is out of range"),
                    format!("write a length from {least} to {most}"),
                );
                None
            }
            Err(message) => {
                let name = self.name();
                self.error(node, format!("`{name}` is no length: {message}"), hint);
                None
            }
        }
    }

    /// `90mm x 60mm`.
    pub fn lengths(&mut self, node: &Node, allowed: RangeInclusive<f64>) -> Option<(Length, Length)> {
        let text = node.text().unwrap_or_default().to_owned();
        let Some((width, height)) = text.split_once(['x', '×']) else {
            self.wrong_kind_of(node, "a width and a height", "write it like `90mm x 60mm`");
            return None;
        };
        let width = self.length_of(node, width, allowed.clone())?;
        Some((width, self.length_of(node, height, allowed)?))
    }

    pub fn date(&mut self, node: &Node) -> Option<Date> {
        let date = node.text().and_then(iso_date);
        if date.is_none() {
            self.wrong_kind_of(node, "a date", "write it like `2027-01-04`");
        }
        date
    }

    /// A time of day, `18:00`.
    pub fn time(&mut self, node: &Node) -> Option<Time> {
        let text = node.text().unwrap_or_default().trim();
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        let two = |part: &str| digits(part).then(|| part.parse::<i8>().ok()).flatten();
        let parts = text.split_once(':').and_then(|(hour, minute)| Some((two(hour)?, two(minute)?)));
        let time = parts.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok());
        if time.is_none() {
            self.wrong_kind_of(node, "a time of day", "write it like `\"18:00\"`");
        }
        time
    }

    pub fn day_off(&mut self, node: &Node) -> Option<DayOff> {
        let text = node.text().unwrap_or_default().trim();
        if let Some(weekday) = weekday(text) {
            return Some(DayOff::Weekday(weekday));
        }
        if let Some(date) = iso_date(text) {
            return Some(DayOff::Date(date));
        }
        let range =
            text.split_once("..").map(|(first, last)| (iso_date(first.trim()), iso_date(last.trim())));
        match range {
            Some((Some(first), Some(last))) if first <= last => Some(DayOff::Range(first, last)),
            Some((Some(_), Some(_))) => {
                let name = self.name();
                self.error(node, format!("`{name}` ends before it starts"), "write the earlier date first");
                None
            }
            _ => {
                let hint = "write `sunday`, `2027-04-02` or `2027-07-01..2027-07-14`";
                self.wrong_kind_of(node, "a weekday, a date or a range of dates", hint);
                None
            }
        }
    }

    pub fn weekday(&mut self, node: &Node) -> Option<Weekday> {
        let weekday = node.text().and_then(weekday);
        if weekday.is_none() {
            self.wrong_kind_of(node, "`auto` or a weekday", "write `auto` or a weekday's English name");
        }
        weekday
    }

    /// Chapters: numbers and ranges, `3-4`.
    pub fn chapters(&mut self, node: &Node) -> Vec<RangeInclusive<usize>> {
        let mut out = Vec::new();
        self.list(node, |reader, item| {
            let text = item.text().unwrap_or_default();
            for piece in text.split(',').map(str::trim) {
                let (first, last) = piece.split_once(['-', '–']).unwrap_or((piece, piece));
                match (first.trim().parse::<usize>(), last.trim().parse::<usize>()) {
                    (Ok(first), Ok(last)) if 1 <= first && first <= last => out.push(first..=last),
                    _ => reader.wrong_kind_of(item, "a chapter or a range of them", "write `[1, 3-4]`"),
                }
            }
        });
        out
    }

    /// `15..25`.
    pub fn span(&mut self, node: &Node, most: u32) -> Option<RangeInclusive<u32>> {
        let text = node.text().unwrap_or_default();
        let ends = text.split_once("..").map(|(a, b)| (a.trim().parse::<u32>(), b.trim().parse::<u32>()));
        match ends {
            Some((Ok(first), Ok(last))) if first <= last && last <= most => Some(first..=last),
            _ => {
                let hint = format!("write the least and the most, like `15..25`, up to {most}");
                self.wrong_kind_of(node, "a range", &hint);
                None
            }
        }
    }

    /// A language by BCP 47: letters first, then pieces of up to eight letters and digits.
    pub fn language(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        let mut pieces = text.split('-');
        let first = pieces
            .next()
            .is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
        let rest = pieces.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
        if first && rest {
            return Some(text);
        }
        self.wrong_kind_of(node, "a language tag", "write it like `en`, `pt-BR` or `zh`");
        None
    }
}

fn plain_number(node: &Node) -> Option<f64> {
    let Data::Scalar { text, plain: true } = &node.data else { return None };
    let digits = text.bytes().any(|b| b.is_ascii_digit());
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse::<f64>().ok().filter(|value| digits && plain && value.is_finite())
}

/// A date in full, `2027-01-04`.
pub(in crate::vault) fn iso_date(text: &str) -> Option<Date> {
    let text = text.trim();
    // jiff also takes `20270104` and times; readers of a file should not have to.
    let shape = text.len() == 10 && text.bytes().filter(|b| *b == b'-').count() == 2;
    shape.then(|| text.parse().ok()).flatten()
}

fn weekday(text: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let text = text.trim().to_ascii_lowercase();
    let found = NAMES.iter().find(|(name, _)| text.len() >= 3 && name.starts_with(&text));
    found.map(|(_, weekday)| *weekday)
}

/// `` `a`, `b` and `c` ``
fn listed(names: &[&str], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
        None => String::new(),
    }
}
