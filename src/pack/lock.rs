//! `recto.lock`: which code belongs to which card, for life.
//!
//! YAML, one line a card, sorted by code so that two branches merge line by line:
//!
//! ```yaml
//! FN-042: {id: 4k2m…, concept: duck-typing, kind: basic, front: DgsK…, back: 9Gc7…, changed: 2026-11-20}
//! retired:
//!   FN-003: {id: …, concept: …, kind: row, front: …, back: …, changed: 2026-03-01}
//! plan: …
//! ```
//!
//! `front` and `back` are [`Fingerprint`]s; `changed` is the day on which a card's text was last seen to differ, or on
//! which it was retired. Sections that this version does not know are kept to the letter.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::CardKind;
use super::code::Code;
use super::fingerprint::Fingerprint;
use crate::vault::{FileNo, Finding, Place};

/// The file's name, at the pack's root.
pub const LOCK_FILE: &str = "recto.lock";

const HEADER: &str = "# Written by recto: the codes of your cards. Keep it under version control.\n";
const RETIRED: &str = "retired";

/// The whole file.
#[derive(Debug, Clone, Default, Eq, PartialEq)]
pub struct Lock {
    /// The cards of the pack, by code; after a merge one code may stand twice, see `identity`.
    pub cards: Vec<LockedCard>,
    /// Cards that are gone. Their codes are never given again; if the same text comes back, so does its code.
    pub retired: Vec<LockedCard>,
    /// Other sections, by name: the YAML of the section with its name, ending in a line feed.
    sections: BTreeMap<String, String>,
}

/// One line.
#[derive(Debug, Clone, Eq, PartialEq, Ord, PartialOrd)]
pub struct LockedCard {
    pub code: Code,
    /// Never changes, whatever happens to the text.
    pub id: String,
    /// The id of the concept that held it last.
    pub concept: String,
    pub kind: CardKind,
    pub front: Fingerprint,
    pub back: Fingerprint,
    pub changed: Date,
}

/// Why the file cannot be read.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct LockError {
    /// Bytes in the file.
    pub range: Range<usize>,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub message: String,
    pub hint: String,
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{LOCK_FILE}:{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for LockError {}

impl LockError {
    /// As a finding; `file` is the lock's number in the vault, if it has one.
    pub fn finding(&self, file: Option<FileNo>) -> Finding {
        let place = file.map(|file| Place { file, range: self.range.clone() });
        let message = if place.is_some() { self.message.clone() } else { self.to_string() };
        Finding::error("lock-file", place, message).hint(&self.hint)
    }
}

impl Lock {
    /// Reads the file.
    ///
    /// # Errors
    /// All that is wrong with it, in the order of the file: an unresolved merge conflict, or lines that are no cards.
    pub fn parse(text: &str) -> Result<Self, Vec<LockError>> {
        let mut errors = conflicts(text);
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut lock = Self::default();
        for chunk in chunks(text) {
            let Some(key) = top_key(chunk.text) else {
                errors.push(error(
                    text,
                    first_line(&chunk),
                    "this line has no name before a colon",
                    "restore the file from version control",
                ));
                continue;
            };
            if key == RETIRED {
                let start = chunk.range.start;
                for line in retired_lines(chunk.text) {
                    let range = start + line.start..start + line.end;
                    match card(&text[range.clone()]) {
                        Ok(card) => lock.retired.push(card),
                        Err(message) => errors.push(error(text, range, message, RESTORE)),
                    }
                }
            } else if looks_like_code(key) {
                match card(chunk.text) {
                    Ok(card) => lock.cards.push(card),
                    Err(message) => errors.push(error(text, first_line(&chunk), message, RESTORE)),
                }
            } else {
                let section = format!("{}\n", chunk.text.replace("\r\n", "\n").trim_end());
                if lock.sections.insert(key.to_owned(), section).is_some() {
                    errors.push(error(
                        text,
                        first_line(&chunk),
                        format!("the section `{key}` stands twice"),
                        "keep one of the two",
                    ));
                }
            }
        }
        lock.sort();
        if errors.is_empty() { Ok(lock) } else { Err(errors) }
    }

    /// The file's text: the same lock gives the same bytes.
    pub fn to_text(&self) -> String {
        let mut sorted = self.clone();
        sorted.sort();
        let mut text = String::from(HEADER);
        for card in &sorted.cards {
            line(&mut text, card);
        }
        if !sorted.retired.is_empty() {
            text.push_str("retired:\n");
            for card in &sorted.retired {
                text.push_str("  ");
                line(&mut text, card);
            }
        }
        for section in sorted.sections.values() {
            text.push_str(section);
        }
        text
    }

    /// The value of the section `name`, if there is one.
    ///
    /// # Errors
    /// Where the section does not hold a `T`; the message says what it holds instead.
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, String> {
        let Some(text) = self.sections.get(name) else { return Ok(None) };
        let mut map: BTreeMap<String, T> =
            serde_yaml::from_str(text).map_err(|e| format!("`{name}` in {LOCK_FILE}: {e}"))?;
        Ok(map.remove(name))
    }

    /// Puts `value` in place of the section `name`; `None` takes the section away.
    ///
    /// # Errors
    /// Where `value` has no form in YAML, or `name` is not a section's name (letters and hyphens).
    pub fn set_section<T: Serialize>(&mut self, name: &str, value: Option<&T>) -> Result<(), String> {
        let well_named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if !well_named || name == RETIRED {
            return Err(format!("`{name}` cannot be a section of {LOCK_FILE}"));
        }
        match value {
            None => {
                self.sections.remove(name);
            }
            Some(value) => {
                let text =
                    serde_yaml::to_string(&BTreeMap::from([(name, value)])).map_err(|e| e.to_string())?;
                self.sections.insert(name.to_owned(), text);
            }
        }
        Ok(())
    }

    /// The same sections, without cards: what a new state of the lock starts from.
    pub fn sections_only(&self) -> Self {
        Self { sections: self.sections.clone(), ..Self::default() }
    }

    fn sort(&mut self) {
        self.cards.sort();
        self.retired.sort();
    }
}

const RESTORE: &str = "restore the line from version control; without it the card gets a new code";

/// What became of the cards between two locks. Codes are sorted.
#[derive(Debug, Clone, Default, Eq, PartialEq)]
pub struct LockDiff {
    pub added: Vec<Code>,
    /// Text differs on either side.
    pub changed: Vec<Code>,
    pub retired: Vec<Code>,
}

/// Compares two states of a pack's lock, for `--changed-since FILE`.
pub fn diff(old: &Lock, new: &Lock) -> LockDiff {
    let before: BTreeMap<&Code, &LockedCard> = old.cards.iter().map(|c| (&c.code, c)).collect();
    let after: BTreeMap<&Code, &LockedCard> = new.cards.iter().map(|c| (&c.code, c)).collect();
    let mut diff = LockDiff::default();
    for (code, card) in &after {
        match before.get(code) {
            None => diff.added.push((*code).clone()),
            // The code went to the other of two cards when a merge was sorted out: what is printed under it changed.
            Some(was) if was.front.exact() != card.front.exact() || was.back.exact() != card.back.exact() => {
                diff.changed.push((*code).clone());
            }
            Some(_) => {}
        }
    }
    diff.retired =
        before.keys().filter(|code| !after.contains_key(*code)).map(|code| (*code).clone()).collect();
    diff
}

/// The codes of cards whose text changed on `date` or later, new cards included, for `--changed-since DATE`.
pub fn changed_since(lock: &Lock, date: Date) -> Vec<Code> {
    let mut codes: Vec<Code> =
        lock.cards.iter().filter(|c| c.changed >= date).map(|c| c.code.clone()).collect();
    codes.sort();
    codes
}

fn line(text: &mut String, card: &LockedCard) {
    let LockedCard { code, id, concept, kind, front, back, changed } = card;
    let (id, concept, kind) = (scalar(id), scalar(concept), kind_name(*kind));
    text.push_str(&format!(
        "{code}: {{id: {id}, concept: {concept}, kind: {kind}, front: {front}, back: {back}, changed: {changed}}}\n"
    ));
}

/// Plain where that is safe in a flow mapping, else in double quotes.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(char::is_alphabetic)
        && text.chars().all(|c| c.is_alphanumeric() || c == '-')
        && !matches!(text, "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n");
    if plain {
        text.to_owned()
    } else {
        // JSON's strings are YAML's double-quoted ones.
        serde_json::Value::from(text).to_string()
    }
}

const KINDS: [(CardKind, &str); 8] = [
    (CardKind::Row, "row"),
    (CardKind::Basic, "basic"),
    (CardKind::Forward, "forward"),
    (CardKind::Backward, "backward"),
    (CardKind::Multi, "multi"),
    (CardKind::MultiForward, "multi-forward"),
    (CardKind::MultiBackward, "multi-backward"),
    (CardKind::Cloze, "cloze"),
];

/// The word for a kind of card in recto.lock.
pub fn kind_name(kind: CardKind) -> &'static str {
    KINDS.iter().find(|(k, _)| *k == kind).map_or("basic", |(_, name)| name)
}

// ---- reading ----

/// A top-level key with its value, to the next top-level key.
struct Chunk<'a> {
    text: &'a str,
    range: Range<usize>,
}

/// Lines with their line ends, and where they start.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut starts = Vec::new();
    for (at, line) in lines(text) {
        let line = if at == 0 { line.trim_start_matches('\u{feff}') } else { line };
        let first = line.chars().next().unwrap_or('\n');
        // Indented lines, comments, and a list or a closing bracket at the margin belong to what stands above.
        let goes_on = first.is_whitespace()
            || matches!(first, '#' | '}' | ']')
            || line.starts_with("- ")
            || matches!(line.trim_end(), "-" | "---" | "...");
        if !goes_on {
            starts.push(at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| Chunk { text: &text[*start..end], range: *start..end })
        .collect()
}

fn first_line(chunk: &Chunk<'_>) -> Range<usize> {
    let length = chunk.text.lines().next().map_or(0, str::len);
    chunk.range.start..chunk.range.start + length
}

/// The name before the colon, quotes taken off.
fn top_key(chunk: &str) -> Option<&str> {
    let line = chunk.trim_start_matches('\u{feff}').lines().next()?;
    let (key, rest) = line.split_once(':')?;
    if !(rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        return None;
    }
    let key = key.trim();
    let key = key.strip_prefix(['"', '\'']).and_then(|k| k.strip_suffix(['"', '\''])).unwrap_or(key);
    (!key.is_empty()).then_some(key)
}

/// Whether a key was meant as a code: capitals, a hyphen, digits. Misspelt ones are errors, not unknown sections.
fn looks_like_code(key: &str) -> bool {
    key.split_once('-').is_some_and(|(prefix, number)| {
        !prefix.is_empty()
            && prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && number.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// The byte ranges of the cards in the section `retired`, each one line.
fn retired_lines(section: &str) -> Vec<Range<usize>> {
    lines(section)
        .skip(1)
        .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .map(|(at, line)| {
            let indent = line.len() - line.trim_start().len();
            at + indent..at + line.trim_end().len()
        })
        .collect()
}

/// One `CODE: {…}`.
fn card(text: &str) -> Result<LockedCard, String> {
    let key = top_key(text).ok_or("this line has no name before a colon")?;
    let code: Code = key.parse()?;
    let after = text.split_once(':').map_or("", |(_, rest)| rest).trim();
    let fields = match flow_mapping(after) {
        Some(fields) => fields,
        None => {
            let mut map: BTreeMap<String, BTreeMap<String, serde_yaml::Value>> =
                serde_yaml::from_str(text)
                    .map_err(|e| format!("the line of {code} is not what recto writes: {e}"))?;
            let fields = map.pop_first().map(|(_, fields)| fields).unwrap_or_default();
            fields.into_iter().map(|(k, v)| (k, plain_value(&v))).collect()
        }
    };
    let field = |name: &str| {
        fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| format!("the line of {code} has no `{name}`"))
    };
    let kind = field("kind")?;
    let changed = field("changed")?;
    Ok(LockedCard {
        id: field("id")?.to_owned(),
        concept: field("concept")?.to_owned(),
        kind: KINDS
            .iter()
            .find(|(_, name)| *name == kind)
            .map(|(kind, _)| *kind)
            .ok_or_else(|| format!("`{kind}` is not a kind of card in the line of {code}"))?,
        front: field("front")?.parse()?,
        back: field("back")?.parse()?,
        changed: changed
            .parse()
            .map_err(|_| format!("`{changed}` is not a date such as 2026-11-20 in the line of {code}"))?,
        code,
    })
}

fn plain_value(value: &serde_yaml::Value) -> String {
    match value {
        serde_yaml::Value::String(text) => text.clone(),
        other => serde_yaml::to_string(other).unwrap_or_default().trim_end().to_owned(),
    }
}

/// The fields of a flow mapping as recto writes it: plain or double-quoted scalars. `None` for other YAML, which the
/// general parser reads, fifty times as slowly.
fn flow_mapping(text: &str) -> Option<Vec<(String, String)>> {
    let mut rest = text.strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut fields = Vec::with_capacity(6);
    while !rest.is_empty() {
        let (key, after) = rest.split_once(':')?;
        let after = after.strip_prefix(' ')?.trim_start();
        let (value, next) = if after.starts_with('"') {
            let mut values = serde_json::Deserializer::from_str(after).into_iter::<String>();
            let value = values.next()?.ok()?;
            (value, after.get(values.byte_offset()..)?.trim_start())
        } else {
            let end = after.find(',').unwrap_or(after.len());
            let value = after[..end].trim();
            if value.is_empty() || value.contains(['{', '[', '#', '\'', '"', ':', '&', '*', '!', '\n']) {
                return None;
            }
            (value.to_owned(), &after[end..])
        };
        fields.push((key.trim().to_owned(), value));
        rest = match next.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if next.is_empty() => next,
            None => return None,
        };
    }
    Some(fields)
}

/// One error for each conflict that version control left in the file.
fn conflicts(text: &str) -> Vec<LockError> {
    lines(text)
        .filter(|(_, line)| line.starts_with("<<<<<<< ") || line.trim_end() == "<<<<<<<")
        .map(|(at, line)| {
            error(
                text,
                at..at + line.trim_end().len(),
                "two branches are not merged here",
                "keep the lines of both sides and delete the lines `<<<<<<<`, `=======` and `>>>>>>>`; \
                 if a code stands twice then, the next build gives one of the two cards a new one",
            )
        })
        .collect()
}

fn error(text: &str, range: Range<usize>, message: impl Into<String>, hint: &str) -> LockError {
    let before = text.get(..range.start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    LockError {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        range,
        message: message.into(),
        hint: hint.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(code: &str, id: &str, concept: &str) -> LockedCard {
        LockedCard {
            code: code.parse().unwrap(),
            id: id.into(),
            concept: concept.into(),
            kind: CardKind::Basic,
            front: Fingerprint::of("front"),
            back: Fingerprint::of("back"),
            changed: "2026-11-20".parse().unwrap(),
        }
    }

    #[test]
    fn one_line_a_card_sorted_by_code() {
        let mut lock = Lock {
            cards: vec![
                locked("FN-1000", "k00000000000aa", "x"),
                locked("FN-999", "b", "why"),
                locked("AP-001", "c", "z"),
            ],
            retired: vec![locked("FN-002", "d", "gone: {odd}, \"name\"")],
            ..Lock::default()
        };
        lock.set_section("plan", Some(&BTreeMap::from([("start", "2027-01-04")]))).unwrap();
        let text = lock.to_text();
        let starts: Vec<&str> = text.lines().map(|l| l.split([':', ' ']).next().unwrap_or("")).collect();
        assert_eq!(starts, ["#", "AP-001", "FN-999", "FN-1000", "retired", "", "plan", ""]);
        assert!(text.contains("FN-999: {id: b, concept: why, kind: basic, front: "), "{text}");
        let again = Lock::parse(&text).unwrap();
        assert_eq!(again.to_text(), text);
        lock.sort();
        assert_eq!(again, lock);
        let plan: BTreeMap<String, String> = again.section("plan").unwrap().unwrap();
        assert_eq!(plan["start"], "2027-01-04");
        assert_eq!(again.section::<u8>("anki"), Ok(None));
        assert!(again.section::<u8>("plan").unwrap_err().contains("`plan` in recto.lock"));
        // What we write is YAML to everybody else.
        let yaml: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(yaml["retired"]["FN-002"]["concept"], "gone: {odd}, \"name\"");
        assert_eq!(yaml["FN-1000"]["id"], "k00000000000aa");
    }

    #[test]
    fn unknown_sections_stay_to_the_letter() {
        let odd = "zebra:\n  # a comment\n  - {a: 1,   b: 'x'}\n\n  - |\n    text\n";
        let list = "later:\n- 1\n- 2\n";
        let text = format!("{HEADER}{list}{odd}");
        let lock = Lock::parse(&text).unwrap();
        assert_eq!(lock.to_text(), text);
        assert_eq!(lock.sections_only(), lock);
    }

    #[test]
    fn other_peoples_yaml_reads_too() {
        let card = locked("FN-001", "abc", "duck");
        let front = card.front;
        let text = format!(
            "\"FN-001\":\n  id: 'abc'\n  concept: duck\n  kind: basic\n  front: {front}\n  back: \"{}\"\n  changed: 2026-11-20\n",
            card.back
        );
        assert_eq!(Lock::parse(&text).unwrap().cards, std::slice::from_ref(&card));
        assert_eq!(Lock::parse(&text.replace('\n', "\r\n")).unwrap().cards, [card]);
    }

    #[test]
    fn a_conflict_is_one_clear_error() {
        let text = "FN-001: {a: b}\n<<<<<<< ours\nFN-002: {}\n=======\nFN-002: {}\n>>>>>>> theirs\n";
        let errors = Lock::parse(text).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].to_string(), "recto.lock:2:1: two branches are not merged here");
        assert_eq!(&text[errors[0].range.clone()], "<<<<<<< ours");
        assert!(errors[0].finding(None).message.starts_with("recto.lock:2:1"));
    }

    #[test]
    fn every_bad_line_is_named() {
        let good = {
            let mut text = String::new();
            line(&mut text, &locked("FN-009", "abc", "duck"));
            text
        };
        let text = format!(
            "{good}FN-42: {{}}\nFN-010: {{id: x}}\nno colon\nretired:\n  {}  FN-011: [1]\n",
            good.replace("2026-11-20", "2026-13-20")
        );
        let errors = Lock::parse(&text).unwrap_err();
        let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 5, "{said:#?}");
        assert_eq!(said[0], "recto.lock:2:1: `FN-42` is not a card code, which looks like `FN-042`");
        assert!(said[1].contains(":3:1: the line of FN-010 has no `kind`"), "{}", said[1]);
        assert!(said[2].contains(":4:1:"), "{}", said[2]);
        assert!(said[3].contains(":6:3: `2026-13-20` is not a date"), "{}", said[3]);
        assert!(said[4].contains(":7:3: the line of FN-011 is not what recto writes"), "{}", said[4]);
        for error in &errors {
            assert!(text.get(error.range.clone()).is_some_and(|t| !t.is_empty()));
        }
    }

    #[test]
    fn two_cards_with_one_code_are_both_read() {
        let mut text = String::new();
        line(&mut text, &locked("FN-001", "b", "x"));
        line(&mut text, &locked("FN-001", "a", "y"));
        let ids: Vec<String> = Lock::parse(&text).unwrap().cards.into_iter().map(|c| c.id).collect();
        assert_eq!(ids, ["a", "b"]);
    }

    #[test]
    fn differences() {
        let old = Lock {
            cards: vec![locked("A-001", "a", "x"), locked("A-002", "b", "x"), locked("A-003", "c", "x")],
            ..Lock::default()
        };
        let mut new = old.clone();
        new.cards.remove(0);
        new.cards[0].back = Fingerprint::of("other");
        new.cards[0].changed = "2026-12-01".parse().unwrap();
        new.cards[1].concept = "moved".into();
        new.cards.push(LockedCard { changed: "2026-12-02".parse().unwrap(), ..locked("A-004", "d", "x") });
        let code = |c: &str| c.parse::<Code>().unwrap();
        let diff = diff(&old, &new);
        assert_eq!(
            diff,
            LockDiff {
                added: vec![code("A-004")],
                changed: vec![code("A-002")],
                retired: vec![code("A-001")]
            }
        );
        assert_eq!(changed_since(&new, "2026-12-01".parse().unwrap()), [code("A-002"), code("A-004")]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "((FN-00[1-3]|retired|[a-z]{1,3}|\u{feff}|- )?(:| |\\{|\\}|id: |\"|\n|é){0,6}){0,12}") {
            match Lock::parse(&text) {
                Ok(lock) => proptest::prop_assert_eq!(Lock::parse(&lock.to_text()).unwrap().to_text(), lock.to_text()),
                Err(errors) => {
                    proptest::prop_assert!(!errors.is_empty());
                    for error in errors {
                        proptest::prop_assert!(text.get(error.range.clone()).is_some());
                    }
                }
            }
        }

        #[test]
        fn any_name_survives(concept in ".{1,20}", id in ".{1,20}") {
            let lock = Lock { cards: vec![LockedCard { concept, id, ..locked("A-001", "", "") }], ..Lock::default() };
            proptest::prop_assert_eq!(Lock::parse(&lock.to_text()).unwrap(), lock);
        }
    }
}
