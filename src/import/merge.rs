//! Several documents to one book: chapters that are one become one, a concept has one row.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Chapter, Draft, Item, Row, Section, Table, WholeNote};
use super::names::key;
use super::plain;
use super::report::{Merged, Proposal, Report};
use crate::pack::fold;
use crate::pack::words::split_badge;

/// All documents together.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub title: Option<String>,
    pub chapters: Vec<Chapter>,
    pub notes: Vec<WholeNote>,
}

/// Names that the user says are one: key to key of the name that stays.
struct Same(BTreeMap<String, String>);

impl Same {
    fn key(&self, name: &str) -> String {
        let mut at = key(name);
        // A chain of names ends; a circle is left after a round.
        for _ in 0..self.0.len() {
            match self.0.get(&at) {
                Some(next) => at.clone_from(next),
                None => break,
            }
        }
        at
    }
}

pub(super) fn merge(drafts: Vec<Draft>, same: &[(String, String)], report: &mut Report) -> Book {
    let same = Same(same.iter().map(|(a, b)| (key(a), key(b))).filter(|(a, b)| a != b).collect());
    let mut book = Book::default();
    for (i, draft) in drafts.into_iter().enumerate() {
        report.found(i, &draft);
        book.title = book.title.or(draft.title);
        book.notes.extend(draft.notes);
        report.aside.extend(draft.aside);
        for chapter in draft.chapters {
            match book.chapters.iter_mut().find(|own| is_same_chapter(own, &chapter, &same)) {
                Some(own) => {
                    let first = std::mem::take(own);
                    *own = combine(first, chapter, &same, report);
                }
                None => book.chapters.push(chapter),
            }
        }
    }
    one_row_each(&mut book, &same, report);
    for chapter in &mut book.chapters {
        for section in &mut chapter.sections {
            section.items.retain(|item| item.table().is_none_or(|table| !table.rows.is_empty()));
        }
        chapter.sections.retain(|s| s.title.is_some() || !s.items.is_empty());
    }
    book.chapters.retain(|c| {
        !c.sections.is_empty() || !c.intro.is_empty() || !c.cards.is_empty() || c.review.is_some()
    });
    report.proposals = proposals(&book);
    book
}

/// Chapters of one title, or of which one holds most of the other's concepts.
fn is_same_chapter(a: &Chapter, b: &Chapter, same: &Same) -> bool {
    if a.kept.is_some() || b.kept.is_some() {
        return false;
    }
    if key(&a.title) == key(&b.title) {
        return true;
    }
    let keys = |c: &Chapter| {
        c.rows().map(|row| same.key(&row.name)).filter(|k| !k.is_empty()).collect::<BTreeSet<_>>()
    };
    let (a, b) = (keys(a), keys(b));
    let shared = a.intersection(&b).count();
    shared >= 3 && shared * 3 >= a.len().min(b.len()) * 2
}

/// One chapter of two: the more detailed gives sections and briefs, the other what it has besides.
fn combine(first: Chapter, second: Chapter, same: &Same, report: &mut Report) -> Chapter {
    let rank = |c: &Chapter| (c.sections.iter().filter(|s| s.title.is_some()).count(), c.rows().count());
    let title = first.title.clone();
    let mut origins = first.origins.clone();
    origins.extend(&second.origins);
    let mut intro = first.intro.clone();
    intro.extend(second.intro.iter().filter(|text| !first.intro.contains(text)).cloned());
    let (mut base, other) = if rank(&second) > rank(&first) { (second, first) } else { (first, second) };
    base.title = title;
    base.origins = origins;
    base.intro = intro;
    // Where a concept's row stands among all rows: rows that are added below stand behind them.
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (i, row) in base.rows().enumerate() {
        known.entry(same.key(&row.name)).or_insert(i);
    }
    let mut absorbed: Vec<(usize, Row)> = Vec::new();
    let mut added: Vec<(usize, Vec<String>, Vec<Row>)> = Vec::new();
    for section in other.sections {
        let at = match base
            .sections
            .iter()
            .position(|own| own.title.as_deref().map(key) == section.title.as_deref().map(key))
        {
            Some(at) => at,
            None if section.title.is_none() => {
                base.sections.insert(0, Section::default());
                for (at, ..) in &mut added {
                    *at += 1;
                }
                0
            }
            None => {
                base.sections.push(Section { title: section.title, items: Vec::new() });
                base.sections.len() - 1
            }
        };
        for item in section.items {
            match item {
                Item::Prose(text) => {
                    if let Some(own) = base.sections.get_mut(at) {
                        let known = own.items.iter().any(|i| matches!(i, Item::Prose(t) if *t == text));
                        if !known {
                            own.items.push(Item::Prose(text));
                        }
                    }
                }
                Item::Table(table) => {
                    let mut left = Vec::new();
                    for row in table.rows {
                        let wanted = same.key(&row.name);
                        match known.get(&wanted) {
                            Some(own) if !wanted.is_empty() => absorbed.push((*own, row)),
                            _ => left.push(row),
                        }
                    }
                    added.push((at, table.head, left));
                }
            }
        }
    }
    {
        let mut rows: Vec<&mut Row> = base.rows_mut().collect();
        for (at, row) in absorbed {
            if let Some(own) = rows.get_mut(at) {
                absorb(own, row, same, report);
            }
        }
    }
    for (at, head, rows) in added {
        add_rows(&mut base, at, head, rows);
    }
    match (&mut base.review, other.review) {
        (Some((_, own)), Some((_, text))) if *own != text => {
            own.push_str("\n\n");
            own.push_str(&text);
        }
        (own @ None, review) => *own = review,
        _ => {}
    }
    for card in other.cards {
        if !base.cards.contains(&card) {
            base.cards.push(card);
        }
    }
    base
}

fn add_rows(chapter: &mut Chapter, section: usize, head: Vec<String>, rows: Vec<Row>) {
    if rows.is_empty() {
        return;
    }
    let Some(section) = chapter.sections.get_mut(section) else { return };
    let last = section.items.last_mut().and_then(Item::table_mut);
    match last.filter(|table| {
        table.head.len() == head.len() && table.head.iter().zip(&head).all(|(a, b)| key(a) == key(b))
    }) {
        Some(table) => table.rows.extend(rows),
        None => section.items.push(Item::Table(Table { head, rows })),
    }
}

/// Takes what a second row of one concept says into the first.
fn absorb(own: &mut Row, mut other: Row, same: &Same, report: &mut Report) {
    // Of two names the one that the user wants stays.
    let wanted = same.key(&own.name);
    if key(&own.name) != wanted && key(&other.name) == wanted {
        std::mem::swap(&mut own.name, &mut other.name);
        std::mem::swap(&mut own.cell, &mut other.cell);
        std::mem::swap(&mut own.link, &mut other.link);
    }
    if key(&own.name) != key(&other.name) && !own.more.aliases.contains(&other.name) {
        own.more.aliases.push(other.name.clone());
    }
    let name = other.name.clone();
    let said = plain::shown(&other.cell);
    let badge = split_badge(&said).1.unwrap_or_default();
    // A badge that goes is told with the name.
    let gone = plain::says_more(badge, &[&own.cell, &name]);
    report.merged.push(Merged {
        name: own.name.clone(),
        other: if gone { format!("{name} {badge}") } else { other.name },
        kept: own.origin,
        dropped: other.origin,
        brief: own.brief.clone(),
        other_brief: other.brief.clone(),
    });
    if own.brief.trim().is_empty() && !other.brief.trim().is_empty() && own.cells.len() == other.cells.len() {
        std::mem::swap(&mut own.cells, &mut other.cells);
        own.brief = other.brief;
    }
    for cell in &other.cells {
        if !own.cells.iter().any(|own| fold(own) == fold(cell)) {
            own.more.add("Explanation", &plain::uncell(cell));
        }
    }
    // What a first cell holds beside the name is no name, and is not to be lost.
    if plain::says_more(&other.cell, &[&own.cell, &own.name, &name, badge]) {
        own.more.add("Explanation", &plain::uncell(&other.cell));
    }
    for alias in other.more.aliases {
        if !own.more.aliases.contains(&alias) {
            own.more.aliases.push(alias);
        }
    }
    for tag in other.more.tags {
        if !own.more.tags.contains(&tag) {
            own.more.tags.push(tag);
        }
    }
    for (heading, text) in other.more.sections {
        own.more.add(&heading, &text);
    }
    // The link goes with the note.
    if own.link.is_none()
        && other.link.is_some()
        && key(&own.name) == key(&other.link.clone().unwrap_or_default())
    {
        own.link = other.link;
        let cell = std::mem::replace(&mut own.cell, other.cell);
        if plain::says_more(&cell, &[&own.cell, &own.name]) {
            own.more.add("Explanation", &plain::uncell(&cell));
        }
    }
}

/// A row's place in the book.
#[derive(Debug, Copy, Clone)]
struct Place {
    chapter: usize,
    row: usize,
}

/// Later rows of a concept go into its first one, also across chapters.
fn one_row_each(book: &mut Book, same: &Same, report: &mut Report) {
    let mut first: BTreeMap<String, Place> = BTreeMap::new();
    let mut later: Vec<(Place, Row)> = Vec::new();
    // The user's own notes first: their rows stand as they are.
    for (start, chapter) in book.chapters.iter().enumerate() {
        if chapter.kept.is_some() {
            for (i, row) in chapter.rows().enumerate() {
                first.entry(same.key(&row.name)).or_insert(Place { chapter: start, row: i });
            }
        }
    }
    for (number, chapter) in book.chapters.iter_mut().enumerate() {
        if chapter.kept.is_some() {
            continue;
        }
        let mut next = 0;
        for table in chapter.sections.iter_mut().flat_map(|s| &mut s.items).filter_map(Item::table_mut) {
            for row in std::mem::take(&mut table.rows) {
                let wanted = same.key(&row.name);
                match first.get(&wanted) {
                    Some(at) if !wanted.is_empty() => later.push((*at, row)),
                    _ => {
                        first.insert(wanted, Place { chapter: number, row: next });
                        next += 1;
                        table.rows.push(row);
                    }
                }
            }
        }
    }
    if later.is_empty() {
        return;
    }
    let mut rows: Vec<Vec<&mut Row>> = book.chapters.iter_mut().map(|c| c.rows_mut().collect()).collect();
    for (at, row) in later {
        if let Some(own) = rows.get_mut(at.chapter).and_then(|rows| rows.get_mut(at.row)) {
            absorb(own, row, same, report);
        }
    }
}

/// Words that change nothing about what a name means, folded.
#[rustfmt::skip]
const FILLER: &[&str] = &[
    "a", "an", "the", "of", "and", "or", "in", "to", "for", "explained", "overview", "basics", "introduction", "intro",
    "mastery", "principle", "principles", "deep", "dive", "concept", "concepts", "latest", "guide", "fundamentals",
    "module", "modules", "pattern", "patterns", "rule",
];

/// Concepts that share a word in one index entry, at most; more share a common word.
const CROWD: usize = 60;

/// Pairs of names that may mean one concept.
fn proposals(book: &Book) -> Vec<Proposal> {
    let rows: Vec<&Row> =
        book.chapters.iter().flat_map(Chapter::rows).filter(|r| !r.name.is_empty()).collect();
    let read: Vec<Name> = rows.iter().map(|row| Name::read(&row.name)).collect();
    let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, name) in read.iter().enumerate() {
        for word in name.words.iter().chain(&name.bracketed).chain(name.parts.iter().flatten()) {
            let rows = by_word.entry(word).or_default();
            if rows.last() != Some(&i) {
                rows.push(i);
            }
        }
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for rows_of in by_word.values().filter(|rows| rows.len() <= CROWD) {
        for (n, &i) in rows_of.iter().enumerate() {
            for &j in rows_of.iter().skip(n + 1) {
                let (a, b) = (i.min(j), i.max(j));
                if !seen.insert((a, b)) {
                    continue;
                }
                let (Some(x), Some(y)) = (read.get(a), read.get(b)) else { continue };
                let Some(reason) = alike(x, y).or_else(|| alike(y, x)) else { continue };
                if let (Some(x), Some(y)) = (rows.get(a), rows.get(b)) {
                    found.push(Proposal {
                        a: x.name.clone(),
                        b: y.name.clone(),
                        at: [x.origin, y.origin],
                        reason,
                    });
                }
            }
        }
    }
    found.sort_by_key(|p| p.at);
    found
}

/// A name's words as they are compared.
struct Name {
    /// Without filler, brackets and plural endings.
    words: BTreeSet<String>,
    /// In brackets.
    bracketed: BTreeSet<String>,
    /// Of `A / B & C` the words of each part.
    parts: Vec<BTreeSet<String>>,
}

impl Name {
    fn read(name: &str) -> Self {
        let (outside, inside) = brackets(name);
        let parts: Vec<BTreeSet<String>> = outside
            .split(" / ")
            .flat_map(|p| p.split(" & "))
            .flat_map(|p| p.split(" + "))
            .map(words)
            .collect();
        Self {
            words: words(&outside),
            bracketed: words(&inside),
            parts: if parts.len() > 1 {
                parts.into_iter().filter(|p| !p.is_empty()).collect()
            } else {
                Vec::new()
            },
        }
    }
}

fn brackets(name: &str) -> (String, String) {
    let (mut outside, mut inside) = (String::new(), String::new());
    let mut depth = 0usize;
    for c in name.chars() {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            c if depth > 0 => inside.push(c),
            c => outside.push(c),
        }
    }
    (outside, inside)
}

fn words(text: &str) -> BTreeSet<String> {
    key(text)
        .split(|c: char| !c.is_alphanumeric() && c != '.' && c != '+' && c != '#')
        .map(|w| w.trim_matches('.'))
        .filter(|w| !w.is_empty() && !FILLER.contains(w))
        .map(|w| match w.strip_suffix('s') {
            Some(stem) if stem.len() > 3 && !stem.ends_with('s') => stem.to_owned(),
            _ => w.to_owned(),
        })
        .collect()
}

/// Why two names may be one, seen from the first.
fn alike(a: &Name, b: &Name) -> Option<&'static str> {
    if a.words.is_empty() || b.words.is_empty() {
        return None;
    }
    if a.words == b.words {
        return Some("the same words");
    }
    if !a.bracketed.is_empty() && a.bracketed == b.words {
        return Some("one is the other's abbreviation");
    }
    // A part of `A / B` that is the other name, or its first words in full.
    let part = a.parts.iter().any(|p| *p == b.words || (!b.bracketed.is_empty() && *p == b.bracketed));
    part.then_some("one is a part of the other")
}
