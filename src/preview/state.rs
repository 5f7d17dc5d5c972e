//! What the preview shows, and what is asked of it.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::editor::Spot;
use super::pages::Sheet;
use super::text::{Layer, Origin, Word};
use crate::pack::{CardKind, Pack};
use crate::vault::{FileNo, Finding, LineIndex, Place, Severity, Vault};

/// Matches that a search gives at most.
const MOST_MATCHES: usize = 500;
/// Words of a name that a layout prints.
const LONGEST_NAME: usize = 12;

/// The notes that pages were made from, as they were then.
pub struct Sources {
    vault: Arc<Vault>,
    /// Names and codes that layouts print, in lower case, and where they are written.
    names: HashMap<String, Place>,
}

impl Sources {
    pub fn new(vault: Arc<Vault>, pack: &Pack) -> Self {
        let mut names = HashMap::new();
        for chapter in &pack.chapters {
            let heading = vault.note(chapter.file).map_or(0, |note| heading(&note.text));
            names.insert(chapter.title.to_lowercase(), Place { file: chapter.file, range: heading..heading });
        }
        for card in &pack.cards {
            let place = || Place { file: card.back.file, range: card.range.clone() };
            names.insert(card.code.to_lowercase(), place());
            // A row's card stands where the concept's name does.
            if card.kind == CardKind::Row
                && let Some(concept) = pack.concepts.get(card.concept.0)
            {
                names.insert(concept.name.to_lowercase(), place());
            }
        }
        for concept in &pack.concepts {
            let file = concept.note.unwrap_or(concept.brief.file);
            names.entry(concept.name.to_lowercase()).or_insert(Place { file, range: 0..0 });
        }
        Self { vault, names }
    }

    pub fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// A byte of a note as an editor counts.
    fn spot(&self, file: FileNo, byte: usize) -> Option<Spot> {
        let path = self.vault.file(file)?.path.clone();
        let text = self.vault.source(file);
        let (line, column) = LineIndex::new(&text).position(&text, byte);
        let root = self.vault.root.canonicalize().unwrap_or_else(|_| self.vault.root.clone());
        let vault = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = root.join(&path).to_string_lossy().into_owned();
        Some(Spot { file, path, vault, line, column })
    }
}

/// The first byte of a note's heading.
fn heading(text: &str) -> usize {
    if text.starts_with("# ") { 0 } else { text.find("\n# ").map_or(0, |at| at + 1) }
}

/// A document as it is shown.
pub struct Tab {
    /// `handbook`, `cards`.
    pub id: &'static str,
    /// Small pages side by side, instead of one below the other.
    pub grid: bool,
    /// The files that it is made of: name and first page.
    pub parts: Vec<(String, usize)>,
    pub sheets: Vec<Sheet>,
    pub sources: Arc<Sources>,
}

/// Bytes that are new in a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub path: String,
    pub range: Range<usize>,
}

impl Edit {
    /// Where two texts of a note differ, in bytes of the new one; `None` where they do not.
    pub fn between(path: &str, old: &str, new: &str) -> Option<Self> {
        if old == new {
            return None;
        }
        let mut start = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
        while !new.is_char_boundary(start) {
            start -= 1;
        }
        let rest = (old.len() - start.min(old.len())).min(new.len() - start);
        let same = old.bytes().rev().zip(new.bytes().rev()).take(rest).take_while(|(a, b)| a == b).count();
        let mut end = new.len() - same;
        while !new.is_char_boundary(end) {
            end += 1;
        }
        Some(Self { path: path.to_owned(), range: start..end.max(start) })
    }

    /// All notes that differ between two states of a folder.
    pub fn all(old: &Vault, new: &Vault) -> Vec<Self> {
        let before: HashMap<&str, (u128, &str)> = old
            .notes()
            .map(|(_, file, note)| (file.path.as_str(), (note.hash, note.text.as_str())))
            .collect();
        new.notes()
            .filter_map(|(_, file, note)| {
                let (hash, text) = before.get(file.path.as_str()).copied().unwrap_or((0, ""));
                (hash != note.hash).then(|| Self::between(&file.path, text, &note.text))?
            })
            .collect()
    }
}

/// Where an edit is seen.
struct Focus {
    page: usize,
    words: Range<usize>,
}

/// The preview's state: one for all browsers and threads.
pub struct State {
    inner: Mutex<Inner>,
    drawn: Condvar,
}

struct Inner {
    title: String,
    /// The documents in the order of their tabs.
    order: Vec<&'static str>,
    tabs: HashMap<&'static str, Arc<Tab>>,
    /// What the browser shows.
    shown: Option<String>,
    findings: Value,
    /// The last thing said of a build.
    status: String,
    layers: HashMap<u64, Arc<Layer>>,
    listeners: Vec<Sender<Arc<str>>>,
    /// The last update that was sent, and the last that a browser has drawn.
    round: u64,
    drawn: u64,
}

impl State {
    pub fn new(title: String, order: Vec<&'static str>) -> Self {
        Self {
            inner: Mutex::new(Inner {
                title,
                order,
                tabs: HashMap::new(),
                shown: None,
                findings: json!({ "groups": [], "errors": 0, "warnings": 0, "held": false }),
                status: String::new(),
                layers: HashMap::new(),
                listeners: Vec::new(),
                round: 0,
                drawn: 0,
            }),
            drawn: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Messages from now on, the state as it is first.
    pub fn listen(&self) -> Receiver<Arc<str>> {
        let (sender, receiver) = channel();
        let mut inner = self.lock();
        let _ = sender.send(message("state", &inner.whole()));
        inner.listeners.push(sender);
        receiver
    }

    /// The document that is looked at.
    pub fn shown(&self) -> Option<String> {
        self.lock().shown.clone()
    }

    pub fn show(&self, id: &str) {
        self.lock().shown = Some(id.to_owned());
    }

    pub fn set_title(&self, title: &str) {
        self.lock().title = title.to_owned();
    }

    /// Whether a document is shown.
    pub fn has(&self, id: &str) -> bool {
        self.lock().tabs.contains_key(id)
    }

    /// Whether there are pages.
    pub fn has_pages(&self) -> bool {
        !self.lock().tabs.is_empty()
    }

    /// Names a document's pages as those of the build before, where they did not change.
    pub fn sheets(&self, id: &str, pages: Vec<typst_layout::Page>) -> Vec<Sheet> {
        use rayon::prelude::*;
        let old = self.lock().tabs.get(id).cloned();
        let known: HashMap<u128, &Sheet> =
            old.iter().flat_map(|tab| &tab.sheets).map(|sheet| (sheet.frame, sheet)).collect();
        pages.into_par_iter().map(|page| Sheet::new(page, |frame| known.get(&frame).copied())).collect()
    }

    /// Shows a document's new pages, and where the edits are first seen on them. Gives the number of the update, for
    /// [`State::wait`].
    pub fn put(&self, tab: Tab, edits: &[Edit]) -> u64 {
        let id = tab.id;
        let tab = Arc::new(tab);
        let (old, looked_at) = {
            let inner = self.lock();
            let looked_at = inner.shown.as_deref() == Some(id) && !inner.listeners.is_empty();
            (inner.tabs.get(id).cloned(), looked_at)
        };
        let focus = old.as_ref().and_then(|old| self.focus(old, &tab, edits));
        let mut update = tab_json(&tab, old.as_deref(), focus.as_ref());
        // The page that the preview goes to is not asked for first: it comes along.
        if let Some(sheet) = focus.filter(|_| looked_at).and_then(|focus| tab.sheets.get(focus.page)) {
            let (svg, layer) = rayon::join(|| sheet.svg(), || self.layer_of(sheet).to_json());
            update["focus"]["svg"] = svg.into();
            update["focus"]["layer"] = layer;
        }
        let mut inner = self.lock();
        inner.tabs.insert(id, tab);
        if !inner.order.contains(&id) {
            inner.order.push(id);
        }
        let present: HashSet<u64> = inner.tabs.values().flat_map(|t| &t.sheets).map(|s| s.words).collect();
        inner.layers.retain(|key, _| present.contains(key));
        inner.round += 1;
        update["round"] = inner.round.into();
        inner.publish("pages", &update);
        inner.round
    }

    /// Waits until a browser has drawn an update, so that work that is not urgent leaves it the processor; not longer than
    /// `longest`, and not at all where no browser looks on.
    pub fn wait(&self, round: u64, longest: Duration) {
        let end = Instant::now() + longest;
        let mut inner = self.lock();
        while inner.drawn < round && !inner.listeners.is_empty() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            inner = match self.drawn.wait_timeout(inner, left) {
                Ok((inner, _)) => inner,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// A browser has drawn an update.
    pub fn drawn(&self, round: u64) {
        let mut inner = self.lock();
        inner.drawn = inner.drawn.max(round);
        self.drawn.notify_all();
    }

    /// Takes a document away.
    pub fn keep_only(&self, ids: &[&'static str]) {
        let mut inner = self.lock();
        let before = inner.tabs.len();
        inner.tabs.retain(|id, _| ids.contains(id));
        if inner.tabs.len() != before || inner.order != ids {
            inner.order = ids.to_vec();
            let whole = inner.whole();
            inner.publish("state", &whole);
        }
    }

    /// Shows what is wrong; `held`: the pages are those from before it was.
    pub fn report(&self, vault: &Vault, findings: &[Finding], held: bool) {
        let mut groups: Vec<(Option<FileNo>, Vec<Value>)> = Vec::new();
        let mut indexes: HashMap<FileNo, LineIndex> = HashMap::new();
        for finding in findings {
            let mut item = json!({
                "severity": finding.severity, "rule": finding.rule, "message": finding.message, "hints": finding.hints,
            });
            let file = finding.place.as_ref().map(|place| place.file);
            if let (Some(place), Some(list)) = (&finding.place, item.as_object_mut()) {
                let text = vault.source(place.file);
                let index = indexes.entry(place.file).or_insert_with(|| LineIndex::new(&text));
                let (line, column) = index.position(&text, place.range.start);
                let quoted = text.lines().nth(line - 1).unwrap_or_default();
                list.insert("line".into(), line.into());
                list.insert("column".into(), column.into());
                list.insert("quote".into(), quoted.trim().chars().take(160).collect::<String>().into());
            }
            match groups.iter_mut().find(|group| group.0 == file) {
                Some(group) => group.1.push(item),
                None => groups.push((file, vec![item])),
            }
        }
        let groups: Vec<Value> = groups
            .into_iter()
            .map(|(file, items)| {
                let path = file.and_then(|no| vault.file(no)).map(|file| file.path.as_str());
                json!({ "path": path, "items": items })
            })
            .collect();
        let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
        let report = json!({
            "groups": groups, "errors": count(Severity::Error), "warnings": count(Severity::Warning), "held": held,
        });
        let mut inner = self.lock();
        if inner.findings != report {
            inner.findings = report.clone();
            inner.publish("findings", &report);
        }
    }

    /// Tells that a build begins or has ended, and what it wrote.
    pub fn tell(&self, text: &str, going: bool) {
        let mut inner = self.lock();
        inner.status = text.to_owned();
        inner.publish("build", &json!({ "text": text, "going": going }));
    }

    /// A page's picture.
    pub fn picture(&self, key: u64) -> Option<Sheet> {
        let inner = self.lock();
        inner.tabs.values().flat_map(|tab| &tab.sheets).find(|sheet| sheet.picture == key).cloned()
    }

    /// A page's text layer.
    pub fn layer(&self, key: u64) -> Option<Arc<Layer>> {
        let (_, sheet) = self.find(key)?;
        Some(self.layer_of(&sheet))
    }

    fn find(&self, key: u64) -> Option<(Arc<Tab>, Sheet)> {
        let inner = self.lock();
        let mut all = inner.tabs.values().flat_map(|tab| tab.sheets.iter().map(move |sheet| (tab, sheet)));
        all.find(|(_, sheet)| sheet.words == key).map(|(tab, sheet)| (tab.clone(), sheet.clone()))
    }

    fn layer_of(&self, sheet: &Sheet) -> Arc<Layer> {
        if let Some(layer) = self.lock().layers.get(&sheet.words) {
            return layer.clone();
        }
        // Not under the lock: it takes a moment.
        let layer = Arc::new(Layer::of(&sheet.page.frame));
        self.lock().layers.insert(sheet.words, layer.clone());
        layer
    }

    /// The note, line and column of a word of a page.
    pub fn word_spot(&self, key: u64, word: usize) -> Option<Spot> {
        let (tab, sheet) = self.find(key)?;
        let layer = self.layer_of(&sheet);
        let found = layer.words.get(word)?;
        if let Some(spot) = found.origin.as_ref().and_then(|origin| origin_spot(&tab.sources, &layer, origin))
        {
            return Some(spot);
        }
        let place = named(&tab.sources, &layer.words, word)?;
        tab.sources.spot(place.file, place.range.start)
    }

    /// The note, line and column of a picture on a page.
    pub fn figure_spot(&self, key: u64, figure: usize) -> Option<Spot> {
        let (tab, sheet) = self.find(key)?;
        let layer = self.layer_of(&sheet);
        let (_, origin) = layer.figures.get(figure)?;
        origin_spot(&tab.sources, &layer, origin)
    }

    /// A place in a note, for findings.
    pub fn file_spot(&self, vault: &Path, path: &str, line: usize, column: usize) -> Option<Spot> {
        let root = vault.canonicalize().ok()?;
        let known = {
            let findings = &self.lock().findings;
            findings["groups"].as_array().is_some_and(|groups| groups.iter().any(|g| g["path"] == path))
        };
        let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = root.join(path).to_string_lossy().into_owned();
        known.then(|| Spot { file, path: path.to_owned(), vault: name, line, column })
    }

    /// Where a text stands in a document: page, words, and the words around.
    pub fn search(&self, id: &str, query: &str) -> Value {
        let tab = self.lock().tabs.get(id).cloned();
        let needle = query.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let mut matches = Vec::new();
        if let (Some(tab), false) = (&tab, needle.is_empty()) {
            for (page, sheet) in tab.sheets.iter().enumerate() {
                let layer = self.layer_of(sheet);
                for range in occurrences(&layer.words, &needle) {
                    if matches.len() >= MOST_MATCHES {
                        return json!({ "matches": matches, "more": true });
                    }
                    let around = range.start.saturating_sub(5)..(range.end + 8).min(layer.words.len());
                    let words: Vec<&str> =
                        layer.words.get(around).unwrap_or_default().iter().map(|w| w.text.as_str()).collect();
                    matches.push(
                        json!({ "page": page, "words": [range.start, range.end], "around": words.join(" ") }),
                    );
                }
            }
        }
        json!({ "matches": matches, "more": false })
    }

    /// Where the edits are first seen, among pages that changed.
    fn focus(&self, old: &Tab, new: &Tab, edits: &[Edit]) -> Option<Focus> {
        if edits.is_empty() {
            return None;
        }
        let before: HashSet<u64> = old.sheets.iter().map(|sheet| sheet.words).collect();
        let files: Vec<String> = edits.iter().map(|e| crate::typeset::world::vault_path(&e.path)).collect();
        // The word after what was taken away, where nothing was put in its place.
        let mut behind: Option<(usize, usize, usize)> = None;
        for (page, sheet) in new.sheets.iter().enumerate().filter(|(_, sheet)| !before.contains(&sheet.words))
        {
            if !sheet.files.iter().any(|id| files.iter().any(|file| file == id.vpath().get_with_slash())) {
                continue;
            }
            let layer = self.layer_of(sheet);
            let mut hits = Vec::new();
            for (i, word) in layer.words.iter().enumerate() {
                let Some(Origin { file, range }) = &word.origin else { continue };
                let Some(path) = layer.files.get(*file) else { continue };
                let Some(edit) = edits.iter().find(|edit| edit.path == *path) else { continue };
                if range.start < edit.range.end && edit.range.start < range.end {
                    hits.push(i);
                } else if range.start >= edit.range.end
                    && behind.is_none_or(|(_, _, distance)| range.start - edit.range.end < distance)
                {
                    behind = Some((page, i, range.start - edit.range.end));
                }
            }
            if let (Some(first), Some(last)) = (hits.first(), hits.last()) {
                return Some(Focus { page, words: *first..last + 1 });
            }
        }
        behind.map(|(page, word, _)| Focus { page, words: word..word + 1 })
    }
}

impl Inner {
    fn whole(&self) -> Value {
        let tabs: Vec<Value> = self
            .order
            .iter()
            .filter_map(|id| self.tabs.get(id))
            .map(|tab| tab_json(tab, None, None))
            .collect();
        json!({ "title": self.title, "order": self.order, "tabs": tabs, "findings": self.findings, "status": self.status })
    }

    fn publish(&mut self, event: &str, data: &Value) {
        let message = message(event, data);
        self.listeners.retain(|listener| listener.send(message.clone()).is_ok());
    }
}

/// A message of the event stream.
fn message(event: &str, data: &Value) -> Arc<str> {
    format!("event: {event}\ndata: {data}\n\n").into()
}

/// A document's pages: all, or those that are not as in `old`.
fn tab_json(tab: &Tab, old: Option<&Tab>, focus: Option<&Focus>) -> Value {
    let focus = focus.map(|f| json!({ "page": f.page, "words": [f.words.start, f.words.end] }));
    let same = |i: usize, sheet: &Sheet| {
        let before = old.and_then(|old| old.sheets.get(i));
        before.is_some_and(|b| (b.picture, b.words, b.size()) == (sheet.picture, sheet.words, sheet.size()))
    };
    let pages: Vec<Value> = tab
        .sheets
        .iter()
        .enumerate()
        .filter(|(i, sheet)| !same(*i, sheet))
        .map(|(i, sheet)| {
            let (width, height) = sheet.size();
            json!([i, key(sheet.picture), key(sheet.words), width, height])
        })
        .collect();
    json!({ "id": tab.id, "grid": tab.grid, "parts": tab.parts, "count": tab.sheets.len(), "pages": pages, "focus": focus })
}

/// A key in an address.
pub fn key(value: u64) -> String {
    format!("{value:016x}")
}

fn origin_spot(sources: &Sources, layer: &Layer, origin: &Origin) -> Option<Spot> {
    let file = sources.vault.find(layer.files.get(origin.file)?)?;
    sources.spot(file, origin.range.start)
}

/// The place of a name that a layout prints: the longest one around a word.
fn named(sources: &Sources, words: &[Word], at: usize) -> Option<Place> {
    let own = |i: &usize| words.get(*i).is_some_and(|word| word.origin.is_none());
    let first = (0..=at).rev().take(LONGEST_NAME).take_while(own).last()?;
    let end = (at..words.len()).take(LONGEST_NAME).take_while(own).last()? + 1;
    let mut ranges: Vec<Range<usize>> =
        (first..=at).flat_map(|start| (at + 1..=end).map(move |end| start..end)).collect();
    ranges.sort_by_key(|range| std::cmp::Reverse(range.len()));
    ranges.into_iter().find_map(|range| {
        let text: Vec<&str> = words.get(range)?.iter().map(|word| word.text.as_str()).collect();
        let text = text.join(" ").replace("\u{ad} ", "").replace('\u{ad}', "").to_lowercase();
        let trimmed = text.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
        sources.names.get(text.as_str()).or_else(|| sources.names.get(trimmed)).cloned()
    })
}

/// The words that hold a text, which is in lower case and parted by single spaces.
fn occurrences(words: &[Word], needle: &str) -> Vec<Range<usize>> {
    let mut text = String::new();
    let mut starts = Vec::with_capacity(words.len());
    for word in words {
        // A word that was broken at the end of a line is one word.
        if text.ends_with('\u{ad}') {
            text.pop();
        } else if !text.is_empty() {
            text.push(' ');
        }
        starts.push(text.len());
        text.push_str(&word.text.to_lowercase());
    }
    let word_at = |byte: usize| starts.partition_point(|start| *start <= byte).saturating_sub(1);
    text.match_indices(needle).map(|(at, _)| word_at(at)..word_at(at + needle.len() - 1) + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::super::text::Area;
    use super::*;

    fn word(text: &str) -> Word {
        let area = Area { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
        Word { text: text.into(), area, turn: None, run: 0, origin: None }
    }

    #[test]
    fn an_edit_is_what_differs_in_whole_characters() {
        let between = |old: &str, new: &str| Edit::between("a", old, new).map(|edit| edit.range);
        assert_eq!(between("same", "same"), None);
        assert_eq!(between("one three", "one two three"), Some(5..9), "the t may be either's");
        assert_eq!(between("one two", "one"), Some(3..3));
        assert_eq!(between("", "new"), Some(0..3));
        // é and è share their first byte.
        assert_eq!(between("caf\u{e9}!", "caf\u{e8}!"), Some(3..5));
        assert_eq!(between("aaa", "aaaa"), Some(3..4));
    }

    #[test]
    fn a_search_finds_words_and_broken_words() {
        let words: Vec<Word> = ["The", "Con\u{ad}", "text", "manager", "closes."].map(word).into();
        assert_eq!(occurrences(&words, "context").first(), Some(&(1..3)));
        assert_eq!(occurrences(&words, "context manager").first(), Some(&(1..4)));
        assert_eq!(occurrences(&words, "close").first(), Some(&(4..5)));
        assert!(occurrences(&words, "manager the").is_empty());
    }

    #[test]
    fn a_printed_name_leads_to_where_it_is_written() {
        let (vault, _) = Vault::from_texts([("a.md", "x")]);
        let place = |at| Place { file: FileNo(0), range: at..at };
        let names = [("duck typing".to_owned(), place(7)), ("duck".to_owned(), place(3))].into();
        let sources = Sources { vault: Arc::new(vault), names };
        let words: Vec<Word> = ["See", "Duck", "Typing", "now"].map(word).into();
        assert_eq!(named(&sources, &words, 1), Some(place(7)), "the longer name");
        assert_eq!(named(&sources, &words, 2), Some(place(7)));
        assert_eq!(named(&sources, &words, 3), None);
        assert_eq!(named(&sources, &words[..2], 1), Some(place(3)));
    }
}
