//! What stands behind the answers: glossary, index, list of sources.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use typst::layout::Abs;

use super::{Maker, Stretch, key};
use crate::pack::collate::{SortKey, sort_key};
use crate::pack::{Concept, IndexKind};
use crate::typeset::assemble::Places;
use crate::typeset::press::Printed;

/// A part at the back of the book.
pub(super) struct Part {
    /// Its label, and the name of the layout's function for it.
    pub key: &'static str,
    pub title: String,
    pub data: Value,
}

/// Where a source is named: page (for the order), key and folio.
type Mention = (usize, String, String);

/// Folio of the page on which an entry ends, by its key.
pub(super) type Ends = HashMap<String, usize>;

/// Where each entry ends: before what follows it. `top` is that of the text area, pt.
pub(super) fn ends(body: &[Stretch], starts: &[usize], top: f64) -> Ends {
    let mut out = Ends::new();
    for (stretch, start) in body.iter().zip(starts) {
        let mut labels: Vec<(usize, Abs, &str)> =
            stretch.labels.iter().map(|(key, page, point)| (*page, point.y, key.as_str())).collect();
        labels.sort_by(|a, b| {
            (a.0, a.1, a.2).partial_cmp(&(b.0, b.1, b.2)).unwrap_or(std::cmp::Ordering::Equal)
        });
        for (i, (page, _, key)) in labels.iter().enumerate() {
            let end = match labels.get(i + 1) {
                Some((next, y, _)) if next > page && y.to_pt() < top + 1.0 => next - 1,
                Some((next, ..)) => *next,
                None => stretch.count.saturating_sub(1),
            };
            out.insert((*key).to_owned(), start + end + 1);
        }
    }
    out
}

impl Maker<'_, '_> {
    pub(super) fn back_jobs(&self, entries: &[&Concept], places: &Places, ends: &Ends) -> Vec<Part> {
        let press = self.press;
        let ((glossary, index), sources) = rayon::join(
            || (self.glossary(places), self.index(places, ends)),
            || self.sources(entries, places),
        );
        let part = |key, data| Part { key, title: press.word(key), data };
        let mut parts =
            vec![part("glossary", json!({ "entries": glossary })), part("index", json!({ "groups": index }))];
        if !sources.is_empty() {
            parts.push(part("sources", json!({ "chapters": sources })));
        }
        parts
    }

    /// Every concept that has a brief, in the order of the index.
    fn glossary(&self, places: &Places) -> Vec<Value> {
        let press = self.press;
        let names = press.pack.index.iter().filter(|entry| entry.kind == IndexKind::Name);
        names
            .flat_map(|entry| &entry.concepts)
            .filter_map(|no| press.pack.concepts.get(no.0))
            .filter(|concept| !concept.brief.plain.is_empty())
            .filter_map(|concept| {
                let key = key(concept);
                let place = places.get(&key)?;
                let chapter = press.pack.chapters.get(concept.chapter).map_or(1, |c| c.number);
                Some(json!({
                    "page": place.folio, "key": key, "name": concept.name, "chapter": chapter,
                    "text": press.text(&concept.brief, Printed::Plain),
                }))
            })
            .collect()
    }

    fn index(&self, places: &Places, ends: &Ends) -> Vec<Value> {
        let mut groups: Vec<(String, Vec<Value>)> = Vec::new();
        for entry in &self.press.pack.index {
            let mut runs: Vec<(usize, usize, String)> = entry
                .concepts
                .iter()
                .filter_map(|no| {
                    let key = key(self.press.pack.concepts.get(no.0)?);
                    let start: usize = places.get(&key)?.folio.parse().ok()?;
                    Some((start, ends.get(&key).copied().unwrap_or(start), key))
                })
                .collect();
            if runs.is_empty() {
                continue;
            }
            runs.sort();
            let runs: Vec<Value> = joined(runs)
                .into_iter()
                .map(|(first, last, key)| {
                    let page = if first == last { first.to_string() } else { format!("{first}–{last}") };
                    json!({ "key": key, "page": page })
                })
                .collect();
            let letter = letter(&entry.term);
            if groups.last().is_none_or(|(last, _)| *last != letter) {
                groups.push((letter, Vec::new()));
            }
            let kind = match entry.kind {
                IndexKind::Name => "name",
                IndexKind::Alias => "alias",
                IndexKind::Tag => "tag",
            };
            if let Some((_, entries)) = groups.last_mut() {
                entries.push(json!({ "term": entry.term, "kind": kind, "pages": runs }));
            }
        }
        groups.into_iter().map(|(letter, entries)| json!({ "letter": letter, "entries": entries })).collect()
    }

    /// What notes name as their sources, chapter by chapter, with the pages of the entries.
    fn sources(&self, entries: &[&Concept], places: &Places) -> Vec<Value> {
        let pack = self.press.pack;
        let mut out = Vec::new();
        for chapter in &self.chapters {
            let mut sources: BTreeMap<(SortKey, String), Vec<Mention>> = BTreeMap::new();
            for concept in entries {
                if pack.chapters.get(concept.chapter).map(|c| c.number) != Some(chapter.number) {
                    continue;
                }
                let key = key(concept);
                let Some(place) = places.get(&key) else { continue };
                for source in &concept.sources {
                    let sort = (sort_key(source, &pack.language), source.clone());
                    sources.entry(sort).or_default().push((place.page, key.clone(), place.folio.clone()));
                }
            }
            let list: Vec<Value> = sources
                .into_iter()
                .map(|((_, source), mut pages)| {
                    pages.sort();
                    pages.dedup_by(|a, b| a.2 == b.2);
                    let pages: Vec<Value> =
                        pages.into_iter().map(|(_, key, page)| json!({ "key": key, "page": page })).collect();
                    json!({ "text": source, "pages": pages })
                })
                .collect();
            if !list.is_empty() {
                out.push(json!({ "number": chapter.number, "title": chapter.title, "list": list }));
            }
        }
        out
    }
}

/// Runs of pages, sorted, joined where one goes on from the other; each keeps the key of its first page.
fn joined(runs: Vec<(usize, usize, String)>) -> Vec<(usize, usize, String)> {
    let mut out: Vec<(usize, usize, String)> = Vec::with_capacity(runs.len());
    for (first, last, key) in runs {
        match out.last_mut() {
            Some(run) if first <= run.1 + 1 => run.1 = run.1.max(last),
            _ => out.push((first, last.max(first), key)),
        }
    }
    out
}

/// The index's letter: the first one without its accent; `#` for digits and signs.
fn letter(term: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let first = term.nfkd().find(|c| c.is_alphanumeric());
    first.filter(|c| c.is_alphabetic()).map_or_else(|| "#".into(), |c| c.to_uppercase().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_go_on_are_a_range() {
        let run = |first, last| (first, last, format!("k{first}"));
        let runs = vec![run(3, 4), run(4, 4), run(5, 7), run(9, 9), run(11, 10)];
        assert_eq!(joined(runs), [run(3, 7), run(9, 9), run(11, 11)]);
        assert_eq!(joined(Vec::new()), []);
    }

    #[test]
    fn letters_of_the_index() {
        assert_eq!(["Éclair", "3-way", "__iter__", "δ", "…"].map(letter), ["E", "#", "I", "Δ", "#"]);
    }
}
