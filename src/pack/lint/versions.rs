//! Versions past their end of life, by the pack's own table: `freshness: {end-of-life: {Python 3.8: 2024-10-07}}`.
//!
//! That a note names an old version is no fault: `since: 3.8` stays true, and history may be told. Three things are:
//!
//! 1. `python: ">=3.8"`, in front matter or on a fence: every version in support fits, or none;
//! 2. a sentence in the present tense that calls the version supported, current or recommended (English only, where
//!    the words are known);
//! 3. a note that names the version and was verified before its end of life: what was true then may not be now.
//!
//! Each version is told of once in a note.

use std::ops::Range;

use jiff::civil::Date;

use super::Lint;
use crate::pack::build::view::Meta;
use crate::vault::ast::{Block, BlockKind};
use crate::vault::{FileNo, Finding, Place, Requirement, Version};

/// Words that call a version supported.
const PRAISE: [&str; 9] = [
    "supported",
    "maintained",
    "current",
    "currently",
    "latest",
    "newest",
    "recommended",
    "receives",
    "receive",
];
/// Words with which such a sentence says something else: that it is over, or how things were.
const PAST: [&str; 25] = [
    "no",
    "not",
    "never",
    "nobody",
    "neither",
    "nor",
    "cannot",
    "until",
    "end",
    "ends",
    "ended",
    "over",
    "past",
    "drop",
    "drops",
    "dropped",
    "stop",
    "stops",
    "stopped",
    "was",
    "were",
    "had",
    "former",
    "formerly",
    "unsupported",
];

/// A line of the table whose day has passed.
struct Ended<'s> {
    /// `Python 3.8`
    name: &'s str,
    /// `python`, 3.8
    version: Option<(String, Version)>,
    last_day: Date,
}

pub(super) fn end_of_life(lint: &Lint<'_, '_>) -> Vec<Finding> {
    let settings = lint.view.settings();
    let ended: Vec<Ended<'_>> = settings
        .end_of_life
        .iter()
        .filter(|(_, last_day)| **last_day < lint.today)
        .map(|(name, last_day)| {
            let version = name
                .rsplit_once(' ')
                .and_then(|(product, number)| Some((product.to_lowercase(), Version::parse(number)?)));
            Ended { name, version, last_day: *last_day }
        })
        .collect();
    if ended.is_empty() {
        return Vec::new();
    }
    let english = settings.language.split('-').next().is_some_and(|lang| lang.eq_ignore_ascii_case("en"));
    let mut found = Vec::new();
    let printed = lint.pack.chapters.iter().map(|c| c.file);
    for file in printed.chain(lint.pack.concepts.iter().filter_map(|c| c.note)) {
        let Some(note) = lint.view.note(file) else { continue };
        let meta = lint.view.meta(file);
        let mut texts = Vec::new();
        let mut requirements: Vec<(String, String, Range<usize>)> = Vec::new();
        if let Some((text, range)) = &meta.python {
            requirements.push(("python".to_owned(), text.clone(), range.clone()));
        }
        collect(note.blocks(), &mut texts, &mut requirements);
        for version in &ended {
            let finding = required(version, file, &requirements)
                .or_else(|| english.then(|| praised(version, file, note.source, &texts)).flatten())
                .or_else(|| verified_before(version, file, note.source, &texts, meta, settings.date));
            found.extend(finding);
        }
    }
    found
}

/// Texts of paragraphs, headings and cells, and what fences require: language, requirement, place.
fn collect(
    blocks: &[Block],
    texts: &mut Vec<Range<usize>>,
    requirements: &mut Vec<(String, String, Range<usize>)>,
) {
    for block in blocks {
        match &block.kind {
            BlockKind::Heading { .. } | BlockKind::Paragraph(_) => texts.push(block.range.clone()),
            BlockKind::Quote(body) | BlockKind::FootnoteDef { body, .. } => {
                collect(body, texts, requirements)
            }
            BlockKind::Callout(callout) => collect(&callout.body, texts, requirements),
            BlockKind::List(list) => {
                list.items.iter().for_each(|item| collect(&item.body, texts, requirements));
            }
            BlockKind::Table(table) => {
                for row in std::iter::once(&table.head).chain(&table.rows) {
                    texts.extend(row.cells.iter().map(|cell| cell.range.clone()));
                }
            }
            BlockKind::Code(code) => {
                if let Some(text) = code.attribute(&code.lang).filter(|_| !code.lang.is_empty()) {
                    let fence = block.range.start..code.text_range.start.max(block.range.start);
                    requirements.push((code.lang.clone(), text.to_owned(), fence));
                }
            }
            BlockKind::Rule | BlockKind::Math(_) | BlockKind::Html(_) => {}
        }
    }
}

fn required(
    ended: &Ended<'_>,
    file: FileNo,
    requirements: &[(String, String, Range<usize>)],
) -> Option<Finding> {
    let (product, series) = ended.version.as_ref()?;
    requirements.iter().find_map(|(lang, text, range)| {
        let requirement = Requirement::parse(text).ok().filter(|_| lang == product)?;
        requirement.versions().find(|version| version.is_of(series))?;
        let Ended { name, last_day, .. } = ended;
        let message = format!("`{requirement}` names {name}, whose support ended on {last_day}");
        let hint = "every version in support fits, or none does: leave the requirement out, or change it";
        Some(warning(file, range.clone(), message).hint(hint))
    })
}

fn praised(ended: &Ended<'_>, file: FileNo, source: &str, texts: &[Range<usize>]) -> Option<Finding> {
    texts.iter().find_map(|text| {
        mentions(source, text, ended.name).find_map(|mention| {
            let sentence = sentence(source, text, &mention);
            let has = |words: &[&str]| {
                let mut own = sentence.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
                own.any(|word| words.iter().any(|known| known.eq_ignore_ascii_case(word)))
            };
            if !has(&PRAISE) || has(&PAST) {
                return None;
            }
            let Ended { name, last_day, .. } = ended;
            let message = format!("this presents {name} as supported, but that ended on {last_day}");
            let hint = "say what holds today; if the sentence is right, write `lint: {allow: [end-of-life]}`";
            Some(warning(file, mention, message).hint(hint))
        })
    })
}

fn verified_before(
    ended: &Ended<'_>,
    file: FileNo,
    source: &str,
    texts: &[Range<usize>],
    meta: &Meta,
    pack_date: Option<Date>,
) -> Option<Finding> {
    let Ended { name, last_day, .. } = ended;
    let verified = meta.verified.or(pack_date).filter(|verified| verified <= last_day)?;
    let mention = texts.iter().find_map(|text| mentions(source, text, name).next())?;
    let message =
        format!("support for {name} ended on {last_day}, after this note was verified ({verified})");
    let hint = "check what the note says of it, and write today's date to `verified:`";
    Some(warning(file, mention, message).hint(hint))
}

fn warning(file: FileNo, range: Range<usize>, message: String) -> Finding {
    Finding::warning("end-of-life", Some(Place { file, range }), message)
}

/// Where a text names a version, in whole words, without case: `Python 3.8` also in `CPython 3.8.20`, not in
/// `Python 3.80`.
fn mentions<'t>(
    source: &'t str,
    text: &Range<usize>,
    name: &'t str,
) -> impl Iterator<Item = Range<usize>> + use<'t> {
    let (start, name) = (text.start, name.to_ascii_lowercase());
    // ASCII only: bytes stay where they are.
    let hay = source.get(text.clone()).unwrap_or_default().to_ascii_lowercase();
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + hay.get(from..)?.find(&name).filter(|_| !name.is_empty())?;
            let end = at + name.len();
            from = end;
            let before = hay.get(..at)?.chars().next_back();
            let prefix = before == Some('c') && name.starts_with("python");
            let alone = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
            if (alone(before) || prefix) && alone(hay.get(end..)?.chars().next()) {
                return Some(start + at..start + end);
            }
        }
    })
}

/// The sentence around a mention, without going beyond its text.
fn sentence<'t>(source: &'t str, text: &Range<usize>, mention: &Range<usize>) -> &'t str {
    let ends = |part: &str, at: usize| {
        let mut rest = part.get(at..).unwrap_or_default().chars();
        matches!(rest.next(), Some('.' | '!' | '?' | ';')) && rest.next().is_none_or(char::is_whitespace)
    };
    let before = source.get(text.start..mention.start).unwrap_or_default();
    let start = before.char_indices().rev().map(|(at, _)| at).find(|at| ends(before, *at));
    let start = text.start + start.map_or(0, |at| at + 1);
    let after = source.get(mention.end..text.end).unwrap_or_default();
    let end = after.char_indices().map(|(at, _)| at).find(|at| ends(after, *at));
    let end = end.map_or(text.end, |at| mention.end + at);
    source.get(start..end).unwrap_or_default()
}
