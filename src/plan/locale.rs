//! The words that Recto itself prints, and the dates, in the pack's language.
//!
//! Names and patterns of dates are those of Unicode CLDR 48 (see `locale/README.md`); the words are ours.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

mod pattern;
mod region;

/// Everything that depends on the language (and, for dates, on the region) of a pack.
#[derive(Debug)]
pub struct Locale {
    file: File,
    data: &'static Data,
    first_weekday: Weekday,
}

/// How much room a weekday's name has.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Width {
    /// `Friday`
    Wide,
    /// `Fri`: the everyday abbreviation, for heads of columns.
    Short,
    /// `F`: one character, ambiguous; for the smallest grids.
    Narrow,
}

/// Plural category of a whole number (CLDR's cardinal rules; `many` of French, Spanish, Italian and Portuguese starts
/// at a million and is left out).
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Plural {
    One,
    Few,
    Many,
    Other,
}

impl Locale {
    /// The locale that serves a BCP 47 tag best.
    ///
    /// The language decides the words, an explicit region (else the language's likeliest one) the first weekday and,
    /// in English, the order of dates: `en` is American, `en-GB`, `en-DE` and all others but ten regions are not. Every
    /// Portuguese is Brazilian, every Chinese simplified. A language that is not known gets international English.
    pub fn of(tag: &str) -> &'static Self {
        const FIRST: [Weekday; 4] = [Weekday::Monday, Weekday::Sunday, Weekday::Saturday, Weekday::Friday];
        static LOCALES: [[OnceLock<Locale>; FIRST.len()]; File::ALL.len()] =
            [const { [const { OnceLock::new() }; FIRST.len()] }; File::ALL.len()];

        let tag = region::Tag::read(tag);
        let known = File::ALL.into_iter().find(|f| f.language() == tag.language);
        let region = tag.region.as_deref().unwrap_or_else(|| known.map_or("001", File::likely_region));
        let file = match known {
            None | Some(File::En) if !region::writes_month_first(region) => File::EnGb,
            found => found.unwrap_or(File::En),
        };
        let day = region::first_weekday(region);
        let column = FIRST.iter().position(|d| *d == day).unwrap_or(0);
        LOCALES[file as usize][column].get_or_init(|| Self {
            file,
            data: file.data(),
            first_weekday: FIRST[column],
        })
    }

    /// Tag of the data in use: `en`, `en-GB`, `de`, `pt-BR` …
    pub fn tag(&self) -> &'static str {
        self.file.tag()
    }

    /// The fixed word or sentence `key`, with its placeholders if it has any; `None` for a key that does not exist.
    pub fn get(&self, key: &str) -> Option<&'static str> {
        self.data.words.get(key).map(String::as_str)
    }

    /// The fixed word or sentence `key`; the key itself if there is none, so that a page shows what it lacks.
    pub fn word<'k>(&self, key: &'k str) -> &'k str {
        self.get(key).unwrap_or(key)
    }

    /// [`Self::word`] with its placeholders filled: `text("page-of", &[("n", "3"), ("total", "12")])`.
    pub fn text(&self, key: &str, values: &[(&str, &str)]) -> String {
        fill(self.word(key), values)
    }

    /// All fixed words by key, for the layouts' data.
    pub fn words(&self) -> &'static BTreeMap<String, String> {
        &self.data.words
    }

    /// A number with its noun in the right form: `count("card", 5)` is `5 cards`, `5 карточек`, `カード5枚`.
    ///
    /// Nouns: `card new review minute day week session concept chapter exercise question page sheet`. A noun that does
    /// not exist gives the bare number and the key.
    pub fn count(&self, noun: &str, n: u64) -> String {
        let number = n.to_string();
        let Some(forms) = self.data.counts.get(noun) else {
            return format!("{number} {noun}");
        };
        let form = match self.plural(n) {
            Plural::One => forms.one.as_ref(),
            Plural::Few => forms.few.as_ref(),
            Plural::Many => forms.many.as_ref(),
            Plural::Other => forms.other.as_ref(),
        };
        fill(form.map_or("{n}", String::as_str), &[("n", &number)])
    }

    /// The nouns that [`Self::count`] knows.
    pub fn nouns(&self) -> impl Iterator<Item = &'static str> {
        self.data.counts.keys().map(String::as_str)
    }

    /// Which form of a noun goes with `n`.
    pub fn plural(&self, n: u64) -> Plural {
        let (ones, tens) = (n % 10, n % 100);
        match self.file {
            File::Ja | File::Zh => Plural::Other,
            File::Fr | File::PtBr if n <= 1 => Plural::One,
            File::Pl if n == 1 => Plural::One,
            File::Ru if ones == 1 && tens != 11 => Plural::One,
            File::Pl | File::Ru if (2..=4).contains(&ones) && !(12..=14).contains(&tens) => Plural::Few,
            File::Pl | File::Ru => Plural::Many,
            _ if n == 1 => Plural::One,
            _ => Plural::Other,
        }
    }

    /// Name of a month standing alone (`март`), `month` from 1 to 12; empty for any other number.
    pub fn month(&self, month: i8) -> &'static str {
        at(&self.data.cldr.months.wide, month)
    }

    /// Short name of a month standing alone (`Mar`), `month` from 1 to 12; empty for any other number.
    pub fn month_short(&self, month: i8) -> &'static str {
        at(&self.data.cldr.months.short, month)
    }

    /// Name of a weekday standing alone.
    pub fn weekday(&self, day: Weekday, width: Width) -> &'static str {
        let names = &self.data.cldr.weekdays;
        let names = match width {
            Width::Wide => &names.wide,
            Width::Short => &names.short,
            Width::Narrow => &names.narrow,
        };
        at(names, day.to_monday_one_offset())
    }

    /// The day with which a week begins in this region.
    pub fn first_weekday(&self) -> Weekday {
        self.first_weekday
    }

    /// The seven days in the order of a calendar's columns, for a week that begins with `first`.
    pub fn week(first: Weekday) -> [Weekday; 7] {
        std::array::from_fn(|i| first.wrapping_add(i as i64))
    }

    /// `November 20, 2026`, `20. November 2026`, `20 ноября 2026 г.`, `2026年11月20日`
    pub fn long_date(&self, date: Date) -> String {
        self.write(&self.data.cldr.patterns.long, date)
    }

    /// The long date with its weekday: `Friday, November 20, 2026`.
    pub fn full_date(&self, date: Date) -> String {
        self.write(&self.data.cldr.patterns.full, date)
    }

    /// Day and month, short: `Nov 20`, `20. Nov.`, `11月20日`.
    pub fn short_date(&self, date: Date) -> String {
        self.write(&self.data.cldr.patterns.month_day, date)
    }

    /// Weekday, day and month, short: `Fri, Nov 20`, `Fr., 20. Nov.`.
    pub fn day_date(&self, date: Date) -> String {
        self.write(&self.data.cldr.patterns.weekday_month_day, date)
    }

    /// Title of a month's page, with a capital: `November 2026`, `Ноябрь 2026`, `Novembro de 2026`, `2026年11月`. The day
    /// of `date` does not matter.
    pub fn month_title(&self, date: Date) -> String {
        let pattern = self.data.month_title.as_ref().unwrap_or(&self.data.cldr.patterns.month_year);
        let title = self.write(pattern, date);
        let mut chars = title.chars();
        match chars.next() {
            Some(first) => first.to_uppercase().chain(chars).collect(),
            None => title,
        }
    }

    /// Outer opening and closing mark, then the inner ones; French marks carry their spaces.
    pub fn quotes(&self) -> [&'static str; 4] {
        std::array::from_fn(|i| self.data.quotes.get(i).map_or("", String::as_str))
    }

    fn write(&self, pattern: &str, date: Date) -> String {
        let (months, weekdays) = (&self.data.cldr.months, &self.data.cldr.weekdays);
        let (month, day) = (date.month(), date.weekday().to_monday_one_offset());
        let names = pattern::Names {
            month: at(&months.wide, month),
            month_in_date: at(&months.wide_in_date, month),
            month_short: at(&months.short, month),
            month_short_in_date: at(&months.short_in_date, month),
            weekday: at(&weekdays.wide, day),
            weekday_short: at(&weekdays.short, day),
            weekday_short_in_date: at(&weekdays.short_in_date, day),
            first_of_month: self.data.first_of_month.as_deref(),
        };
        pattern::write(pattern, date, &names)
    }
}

/// The name at `position`, counted from one; empty outside the list.
fn at(names: &'static [String], position: i8) -> &'static str {
    let index = usize::try_from(position).ok().and_then(|p| p.checked_sub(1));
    index.and_then(|i| names.get(i)).map_or("", String::as_str)
}

/// Puts `values` in the place of their `{name}`, in one pass: a value that holds braces stays as it is.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        rest = &rest[open..];
        let value = rest
            .find('}')
            .and_then(|close| Some((close, values.iter().find(|(name, _)| *name == &rest[1..close])?.1)));
        match value {
            Some((close, value)) => {
                filled.push_str(value);
                rest = &rest[close + 1..];
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// The embedded files.
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
enum File {
    En,
    EnGb,
    De,
    Fr,
    Es,
    PtBr,
    It,
    Nl,
    Pl,
    Ru,
    Ja,
    Zh,
}

impl File {
    /// In the order of the variants; plain English before British, so that a search by language finds it first.
    const ALL: [Self; 12] = [
        Self::En,
        Self::EnGb,
        Self::De,
        Self::Fr,
        Self::Es,
        Self::PtBr,
        Self::It,
        Self::Nl,
        Self::Pl,
        Self::Ru,
        Self::Ja,
        Self::Zh,
    ];

    /// Tag, the likeliest region of its language (CLDR's likely subtags), contents.
    const fn embedded(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::En => ("en", "US", include_str!("locale/en.json")),
            Self::EnGb => ("en-GB", "GB", include_str!("locale/en-GB.json")),
            Self::De => ("de", "DE", include_str!("locale/de.json")),
            Self::Fr => ("fr", "FR", include_str!("locale/fr.json")),
            Self::Es => ("es", "ES", include_str!("locale/es.json")),
            Self::PtBr => ("pt-BR", "BR", include_str!("locale/pt-BR.json")),
            Self::It => ("it", "IT", include_str!("locale/it.json")),
            Self::Nl => ("nl", "NL", include_str!("locale/nl.json")),
            Self::Pl => ("pl", "PL", include_str!("locale/pl.json")),
            Self::Ru => ("ru", "RU", include_str!("locale/ru.json")),
            Self::Ja => ("ja", "JP", include_str!("locale/ja.json")),
            Self::Zh => ("zh", "CN", include_str!("locale/zh.json")),
        }
    }

    const fn tag(self) -> &'static str {
        self.embedded().0
    }

    fn language(self) -> &'static str {
        self.tag().split('-').next().unwrap_or_default()
    }

    const fn likely_region(self) -> &'static str {
        self.embedded().1
    }

    /// The file's contents, read on first use: a build needs one language, and its start must not wait for twelve.
    fn data(self) -> &'static Data {
        static DATA: [OnceLock<Data>; File::ALL.len()] = [const { OnceLock::new() }; File::ALL.len()];
        DATA[self as usize].get_or_init(|| {
            let mut data: Data =
                serde_json::from_str(self.embedded().2).expect("embedded; a test reads all of them");
            if self == Self::EnGb {
                let base = Self::En.data();
                for (key, word) in &base.words {
                    data.words.entry(key.clone()).or_insert_with(|| word.clone());
                }
                for (noun, forms) in &base.counts {
                    data.counts.entry(noun.clone()).or_insert_with(|| forms.clone());
                }
            }
            data
        })
    }
}

/// One file of `locale/`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Data {
    /// The file's own tag; a test holds it against the file's name.
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers of the file"))]
    language: String,
    cldr: Cldr,
    quotes: [String; 4],
    first_of_month: Option<String>,
    month_title: Option<String>,
    words: BTreeMap<String, String>,
    counts: BTreeMap<String, Forms>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cldr {
    months: Months,
    weekdays: Weekdays,
    patterns: Patterns,
}

/// January first. `…_in_date`: the form that goes with a day's number.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Months {
    wide: [String; 12],
    wide_in_date: [String; 12],
    short: [String; 12],
    short_in_date: [String; 12],
}

/// Monday first.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Weekdays {
    wide: [String; 7],
    short: [String; 7],
    short_in_date: [String; 7],
    narrow: [String; 7],
}

/// CLDR date patterns.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Patterns {
    full: String,
    long: String,
    month_year: String,
    month_day: String,
    weekday_month_day: String,
}

/// A counted noun, one form for each plural category of its language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forms {
    one: Option<String>,
    few: Option<String>,
    many: Option<String>,
    other: Option<String>,
}

#[cfg(test)]
mod tests;
