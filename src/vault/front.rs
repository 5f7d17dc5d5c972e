//! Front matter: what a note says about itself, read as leniently as Obsidian does.

use std::ops::Range;

use jiff::civil::Date;

use super::config::{Reader, iso_date};
use super::markdown::Problem;
use super::version::Requirement;
use super::yaml::{self, Data, Entry, Node};

/// `cheat:`: what a note's entry on a cheatsheet says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Cheat {
    /// Its section for cheatsheets, else its brief.
    #[default]
    Auto,
    /// It has no entry.
    Off,
    /// This line; words between backticks are code.
    Line(String),
}

/// The properties of a chapter or concept note.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FrontMatter {
    pub title: Option<String>,
    /// Overrides the identity made of the name.
    pub id: Option<String>,
    /// Other names, with their bytes.
    pub aliases: Vec<(String, Range<usize>)>,
    /// Without the hash.
    pub tags: Vec<String>,
    /// 1 (first) to 9.
    pub priority: Option<u8>,
    /// The version that brought what the note is about, as written.
    pub since: Option<String>,
    /// When somebody last checked the note.
    pub verified: Option<Date>,
    /// Of the note itself; other plug-ins write it too, so what is no date is no error.
    pub date: Option<Date>,
    /// Of a chapter: the prefix of its cards, upper case.
    pub code: Option<String>,
    pub sources: Vec<String>,
    /// The Python versions its code needs, as written: `>=3.13`.
    pub python: Option<String>,
    /// What the note's entry on a cheatsheet says.
    pub cheat: Cheat,
    /// `lint: {allow: […]}`: rules that are not reported for this note, with their bytes.
    pub allow: Vec<(String, Range<usize>)>,
    /// Other keys with their values, single ones as written, others flattened by commas.
    pub other: Vec<(String, String)>,
    /// Bytes of the values, by key.
    places: Vec<(String, Range<usize>)>,
}

impl FrontMatter {
    /// Reads `source[range]`. What is wrong goes to `problems`; what can be read is kept.
    pub fn parse(source: &str, range: Range<usize>, problems: &mut Vec<Problem>) -> Self {
        let mut front = Self::default();
        let Some(root) = yaml::parse(source, range, problems) else { return front };
        if root.is_null() {
            return front;
        }
        let Data::Map(entries) = &root.data else {
            problems.push(
                Problem::error(
                    "front-matter",
                    root.range.clone(),
                    "front matter is a map of keys and values",
                )
                .hint("write lines like `tags: [a, b]`, or remove the `---` lines"),
            );
            return front;
        };
        let mut reader = Reader::new("front-matter", problems);
        for entry in entries {
            front.places.push((entry.key.clone(), entry.value.range.clone()));
            if !entry.value.is_null() {
                front.entry(&mut reader, entry);
            }
        }
        front
    }

    /// The bytes of a key's value.
    pub fn place(&self, key: &str) -> Option<Range<usize>> {
        self.places.iter().find(|(k, _)| k == key).map(|(_, range)| range.clone())
    }

    /// Whether the front matter has this tag or one below it.
    pub fn has_tag(&self, tag: &str) -> bool {
        has_tag(&self.tags, tag)
    }

    fn entry(&mut self, reader: &mut Reader<'_>, entry: &Entry) {
        let node = &entry.value;
        match entry.key.as_str() {
            "title" => self.title = text(reader, node, "title"),
            "id" => self.id = text(reader, node, "id"),
            "alias" | "aliases" => self.aliases.extend(words(node, false)),
            "tag" | "tags" => {
                let tags = words(node, true).into_iter();
                self.tags.extend(tags.map(|(tag, _)| tag.trim_start_matches('#').to_owned()));
                self.tags.retain(|tag| !tag.is_empty());
            }
            "priority" => self.priority = priority(reader, node),
            "since" => self.since = text(reader, node, "since"),
            "verified" => {
                self.verified = node.text().and_then(iso_date);
                if self.verified.is_none() {
                    reader.error(node, "`verified` must be a date", "write it like `2026-11-20`");
                }
            }
            "date" => self.date = node.text().and_then(|text| iso_date(text.get(..10)?)),
            "code" => self.code = code(reader, node),
            "sources" | "source" => {
                self.sources.extend(words(node, false).into_iter().map(|(source, _)| source));
            }
            "python" => {
                self.python = text(reader, node, "python");
                if let Some(Err(message)) = self.python.as_deref().map(Requirement::parse) {
                    reader.error(node, message, Requirement::HINT);
                }
            }
            "cheat" => {
                let line = node.text().map(str::trim).filter(|line| !line.is_empty());
                match (node.bool(), line) {
                    (Some(on), _) => self.cheat = if on { Cheat::Auto } else { Cheat::Off },
                    (None, Some(line)) => self.cheat = Cheat::Line(line.to_owned()),
                    (None, None) => reader.error(
                        node,
                        "`cheat` must be a line of text, or `false`",
                        "write what the cheatsheet shall say, or `false` to leave the note out",
                    ),
                }
            }
            "lint" => {
                if let Data::Map(entries) = &node.data {
                    for Entry { key, key_range, value } in entries {
                        if key == "allow" {
                            self.allow.extend(words(value, true));
                        } else {
                            let message = format!("`lint.{key}` is not a key of a note");
                            let problem = Problem::error("front-matter", key_range.clone(), message);
                            reader.problems.push(problem.hint("write `lint: {allow: [rule]}`"));
                        }
                    }
                } else {
                    reader.error(node, "`lint` must be a map", "write `lint: {allow: [rule]}`");
                }
            }
            _ => self.other.push((entry.key.clone(), flat(node))),
        }
    }
}

/// Whether one of the tags is this one or below it (`flashcards/python` is below `flashcards`), without case.
pub fn has_tag(tags: &[String], tag: &str) -> bool {
    let tag = tag.to_lowercase();
    tags.iter().any(|own| {
        let own = own.to_lowercase();
        own == tag || own.strip_prefix(&tag).is_some_and(|rest| rest.starts_with('/'))
    })
}

fn text(reader: &mut Reader<'_>, node: &Node, key: &str) -> Option<String> {
    match node.text() {
        Some(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        None => {
            reader.error(node, format!("`{key}` must be a text, not {}", node.kind()), "write one value");
            None
        }
    }
}

/// A list, or one text; by Obsidian's old habit a text of several words or with commas is a list where `split` is set.
fn words(node: &Node, split: bool) -> Vec<(String, Range<usize>)> {
    let one = |node: &Node| -> Vec<(String, Range<usize>)> {
        let Some(text) = node.text().filter(|_| !node.is_null()) else { return Vec::new() };
        // A scalar without quotes or escapes equals its bytes; then every piece has its own.
        let exact = text.len() == node.range.len();
        let separators: &[char] = if split { &[',', ' ', '\t'] } else { &[','] };
        let mut out = Vec::new();
        let mut at = 0;
        for piece in text.split(separators) {
            let lead = piece.len() - piece.trim_start().len();
            let kept = piece.trim();
            if !kept.is_empty() {
                let start = node.range.start + at + lead;
                let range = if exact { start..start + kept.len() } else { node.range.clone() };
                out.push((kept.to_owned(), range));
            }
            at += piece.len() + 1;
        }
        out
    };
    match &node.data {
        Data::List(list) if split => list.iter().flat_map(one).collect(),
        // In a list a comma belongs to the name.
        Data::List(list) => list
            .iter()
            .filter(|node| !node.is_null())
            .filter_map(|node| Some((node.text()?.trim().to_owned(), node.range.clone())))
            .filter(|(text, _)| !text.is_empty())
            .collect(),
        _ => one(node),
    }
}

fn priority(reader: &mut Reader<'_>, node: &Node) -> Option<u8> {
    let value = node.text().and_then(|text| text.parse::<u8>().ok()).filter(|value| (1..=9).contains(value));
    if value.is_none() {
        reader.error(
            node,
            "`priority` must be a whole number from 1 to 9",
            "1 is what to learn first; 2 is usual",
        );
    }
    value
}

fn code(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = node.text().unwrap_or_default().trim();
    if (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Some(text.to_ascii_uppercase());
    }
    reader.error(node, "`code` must be one to four letters from A to Z", "write it like `code: FN`");
    None
}

fn flat(node: &Node) -> String {
    match &node.data {
        Data::Scalar { text, .. } => text.clone(),
        Data::List(list) => list.iter().map(flat).collect::<Vec<_>>().join(", "),
        Data::Map(map) => {
            let pairs: Vec<String> =
                map.iter().map(|entry| format!("{}: {}", entry.key, flat(&entry.value))).collect();
            pairs.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn read(text: &str) -> (FrontMatter, Vec<(String, String)>) {
        let mut problems = Vec::new();
        let front = FrontMatter::parse(text, 0..text.len(), &mut problems);
        (front, problems.into_iter().map(|p| (text[p.range].to_owned(), p.message)).collect())
    }

    #[test]
    fn properties_of_a_note() {
        let text = "aliases: [Tide table, 'Ebb, flood']\ntags: [exam, '#sea/shore']\npriority: 1\nsince: 3.10\nverified: 2026-11-01\ndate: 2026-10-02T09:30\ncode: fn\nid: tides\nsources: [https://a.org]\npython: '>=3.13'\ncheat: false\nlint: {allow: [brief-length]}\ncssclasses: [a, b]\nprice: 3\n";
        let (front, problems) = read(text);
        assert_eq!(problems, []);
        let aliases: Vec<&str> = front.aliases.iter().map(|(a, _)| a.as_str()).collect();
        assert_eq!(aliases, ["Tide table", "Ebb, flood"]);
        assert_eq!(&text[front.aliases[0].1.clone()], "Tide table");
        assert_eq!(front.tags, ["exam", "sea/shore"]);
        assert!(front.has_tag("Sea") && front.has_tag("sea/shore") && !front.has_tag("se"));
        assert_eq!(front.since.as_deref(), Some("3.10"), "no number: the nought stays");
        assert_eq!(front.verified, Some(date(2026, 11, 1)));
        assert_eq!(front.date, Some(date(2026, 10, 2)));
        assert_eq!(front.code.as_deref(), Some("FN"));
        assert_eq!(front.cheat, Cheat::Off);
        assert_eq!((front.allow.len(), front.allow[0].0.as_str()), (1, "brief-length"));
        assert_eq!(&text[front.allow[0].1.clone()], "brief-length");
        assert_eq!(front.other, [("cssclasses".into(), "a, b".into()), ("price".into(), "3".into())]);
        assert_eq!(&text[front.place("since").unwrap()], "3.10");
    }

    #[test]
    fn obsidians_leniency() {
        let (front, problems) = read("tags: a, b #c\naliases: x y, z\n");
        assert_eq!(problems, [], "a comment after a value");
        assert_eq!(front.tags, ["a", "b"]);
        assert_eq!(front.aliases[0].0, "x y");
        assert_eq!(front.aliases[1].1, 28..29);
        assert_eq!(read("tags: '#a #b'\n").0.tags, ["a", "b"]);
        assert_eq!(read("tags:\naliases: []\n").0.tags, [""; 0]);
        assert_eq!(read("alias: one\n").0.aliases[0].0, "one");
    }

    #[test]
    fn errors_have_bytes() {
        let (_, problems) = read(
            "priority: high\nverified: soon\ncode: TOOLONG\ncheat: [a]\nlint: x\ntitle: [a]\npython: 3.13\n",
        );
        let places: Vec<&str> = problems.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["high", "soon", "TOOLONG", "[a]", "x", "[a]", "3.13"]);
        assert_eq!(read("- a\n").1.len(), 1);
        assert_eq!(read("a: b: c\n").1.len(), 1);
    }
}
