//! The handbook: chapters compiled apart and in parallel, margin notes and page numbers added when the pages stand.

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;
use serde_json::{Value, json};
use typst::foundations::{Label, Smart};
use typst::layout::{Abs, Frame, Point};
use typst::model::{DocumentInfo, Numbering, NumberingPattern};
use typst::utils::PicoStr;
use typst_layout::{Page, PagedDocument};

use super::assemble::{self, Digits, Place, Places};
use super::binding::{Draft, MarginNote, Marks};
use super::compile::Job;
use super::press::{Press, Printed};
use crate::pack::{Chapter, Concept, ConceptNo, IndexKind, PartKind, SectionItem};
use crate::plan::length::{Mm, Size};
use crate::plan::margin::{self, Wish};
use crate::timings;

/// Lengths of the page that the assembly needs, pt. They repeat `geometry` of `layouts/handbook.typ`, which writes them
/// as labels' metadata would cost more; a test holds the two together.
struct Geometry {
    top: f64,
    area: f64,
    margin_x: f64,
}

const MM: f64 = 72.0 / 25.4;
const UNIT: f64 = 14.0;

impl Geometry {
    fn new(width_mm: f64, height_mm: f64) -> Self {
        let lines = ((height_mm - 27.0 - 24.0) * MM / UNIT).floor();
        Self { top: 27.0 * MM, area: lines * UNIT, margin_x: (width_mm - 24.0 - 38.0) * MM }
    }
}

/// One compiled stretch of pages.
struct Stretch {
    pages: Vec<Page>,
    labels: Vec<(String, usize, Point)>,
    /// What the running head says.
    head: String,
    /// Number of the chapter, for hue and thumb tab.
    chapter: Option<usize>,
}

/// Typesets the handbook of a pack (or of a selection). `None` when the compiler reported errors, which are in the
/// press's findings.
pub fn typeset(press: &Press) -> Option<PagedDocument> {
    let pack = press.pack;
    let chapters: Vec<&Chapter> = pack.chapters.iter().filter(|c| press.keeps_chapter(c)).collect();
    let exercises = exercise_numbers(press);

    // Body: chapters and answers, all at once.
    let answers = answers_data(press, &chapters, &exercises);
    let jobs: Option<Vec<Job>> = chapters.par_iter().map(|c| chapter_job(press, c, &exercises)).collect();
    let mut jobs = jobs?;
    if !answers.is_empty() {
        let data = json!({ "chapters": answers });
        jobs.push(job("answers", "answers", data, "block(book.answers(s, d))"));
    }
    jobs.push(Job {
        name: "/data/handbook/digits.typ".into(),
        main: "#import \"/layouts/handbook.typ\" as book\n#book.digit-pages((\"table\", \"answer\"))\n"
            .into(),
        data: Vec::new(),
    });
    let mut documents: Vec<PagedDocument> = press.compile_all(&jobs)?;
    let digit_pages = documents.pop()?;
    let mut digits = Digits::default();
    for (style, page) in ["table", "answer"].iter().zip(digit_pages.pages()) {
        digits.learn(style, &page.frame);
    }
    let mut body: Vec<Stretch> = Vec::new();
    for (i, document) in documents.into_iter().enumerate() {
        let chapter = chapters.get(i);
        body.push(Stretch {
            labels: assemble::labels(&document),
            pages: document.pages().to_vec(),
            head: chapter.map_or_else(|| press.word("answers"), |c| c.title.clone()),
            chapter: chapter.map(|c| c.number),
        });
    }

    // Folios: arabic from the first chapter, each chapter on a recto.
    let starts = starts(&body);
    let mut places = places(&body, &starts, 0);
    let total: usize = starts.last().copied().unwrap_or(0) + body.last().map_or(0, |s| s.pages.len());
    let index_start = total + total % 2;
    places.insert(
        "index".into(),
        Place { page: index_start, point: Point::zero(), folio: (index_start + 1).to_string() },
    );

    // What prints page numbers in running text: front matter, index, margin notes.
    let entries: Vec<&Concept> =
        pack.concepts.iter().filter(|c| press.keeps(c) && places.contains_key(&key(c))).collect();
    let mut jobs = vec![
        job("front", "front", front_data(press, &chapters, &places, !answers.is_empty()), "book.front(s, d)"),
        job("index", "index", json!({ "groups": index_data(press, &places) }), "block(book.index(s, d))"),
    ];
    const NOTES_PER_JOB: usize = 100;
    for (n, chunk) in entries.chunks(NOTES_PER_JOB).enumerate() {
        jobs.push(margin_job(press, n, chunk, &places));
    }
    let mut documents = press.compile_all(&jobs)?.into_iter();
    let front = documents.next()?;
    let index = documents.next()?;
    let notes: Vec<Frame> =
        documents.flat_map(|d| d.pages().iter().map(|p| p.frame.clone()).collect::<Vec<_>>()).collect();

    body.push(Stretch {
        labels: assemble::labels(&index),
        pages: index.pages().to_vec(),
        head: press.word("index"),
        chapter: None,
    });
    let mut starts = starts;
    starts.push(index_start);

    // Physical pages: the front matter fills whole leaves.
    let front_pages = front.pages().len() + front.pages().len() % 2;
    for place in places.values_mut() {
        place.page += front_pages;
    }
    for (label, page, point) in assemble::labels(&front) {
        places.insert(label, Place { page, point, folio: roman(page + 1) });
    }
    press.keep_folios(&places);

    let mut pages = body_pages(press, &mut body, &starts, &entries, &notes);
    furnish(press, &mut pages, &body, &starts)?;
    let span = timings::span("typeset", "bind");

    // Front matter before them, blanks where a leaf would begin on a verso.
    let blank = pages.first().map(|p| Page { frame: Frame::hard(p.page.frame.size()), ..p.page.clone() });
    let mut all: Vec<Draft> = Vec::with_capacity(pages.len() + front_pages);
    for (i, page) in front.pages().iter().enumerate() {
        let mut page = page.clone();
        page.number = i as u64 + 1;
        page.numbering = numbering("i");
        all.push(page.into());
    }
    if all.len() < front_pages
        && let Some(mut page) = blank
    {
        page.number = all.len() as u64 + 1;
        page.numbering = numbering("i");
        all.push(page.into());
    }
    all.extend(pages);

    let describe = |folio: &str| press.words().text("page-n", &[("n", folio)]);
    let marks = Marks {
        places: &places,
        digits: &digits,
        key: typst::utils::hash128(&(&pack.language, digit_pages.pages())),
        describe: &describe,
    };
    let (all, missing) = press.shelf.finish(all, &marks);
    press.missing_keys(missing);
    drop(span);
    let _span = timings::span("typeset", "introspect");
    Some(PagedDocument::new(all.into_iter().collect(), info(press, &press.word("handbook"))))
}

/// What the PDF says of itself.
pub fn info(press: &Press, kind: &str) -> DocumentInfo {
    let pack = press.pack;
    DocumentInfo {
        title: Some(format!("{} · {kind}", pack.title).into()),
        author: pack.authors.iter().map(|a| a.as_str().into()).collect(),
        description: pack.subtitle.as_deref().map(Into::into),
        keywords: Vec::new(),
        date: Smart::Auto,
        locale: press.locale(),
    }
}

pub fn numbering(pattern: &str) -> Option<Numbering> {
    pattern.parse::<NumberingPattern>().ok().map(Numbering::Pattern)
}

/// The key under which a concept's entry is found.
pub fn key(concept: &Concept) -> String {
    format!("c:{}", concept.id)
}

pub fn chapter_key(chapter: &Chapter) -> String {
    format!("ch:{}", chapter.number)
}

pub fn section_key(chapter: &Chapter, index: usize) -> String {
    format!("s:{}.{}", chapter.number, index + 1)
}

fn answer_key(concept: &Concept) -> String {
    format!("a:{}", concept.id)
}

/// A job of the handbook. The unique main file gives every element of it locations of its own.
fn job(name: &str, setup: &str, data: Value, body: &str) -> Job {
    let path = format!("/data/handbook/{name}.json");
    let setup = match setup {
        "margin" => "margin-page",
        "furniture" => "furniture-page",
        _ => "setup",
    };
    Job {
        name: format!("/data/handbook/{name}.typ"),
        main: format!(
            "#import \"/layouts/handbook.typ\" as book\n#let s = json(\"/data/settings.json\")\n\
             #let d = json(\"{path}\")\n#show: book.{setup}.with(s)\n#{body}\n"
        ),
        data: vec![(path, data)],
    }
}

/// Exercises with solutions or without, numbered through the book.
fn exercise_numbers(press: &Press) -> HashMap<ConceptNo, usize> {
    let concepts = press.pack.concepts.iter().enumerate();
    concepts
        .filter(|(_, c)| c.parts.iter().any(|p| p.kind == PartKind::Exercise))
        .enumerate()
        .map(|(n, (i, _))| (ConceptNo(i), n + 1))
        .collect()
}

fn chapter_job(press: &Press, chapter: &Chapter, exercises: &HashMap<ConceptNo, usize>) -> Option<Job> {
    let mut printed: HashSet<ConceptNo> = HashSet::new();
    let mut files = Vec::new();
    let mut sections = Vec::new();
    let index = press.pack.chapters.iter().position(|c| c.number == chapter.number).unwrap_or(0);
    for (i, section) in chapter.sections.iter().enumerate() {
        let mut items = Vec::new();
        let mut any = false;
        for item in &section.items {
            match item {
                SectionItem::Prose(text) => {
                    items.push(json!({ "kind": "prose", "text": press.text(text, Printed::Linked) }))
                }
                SectionItem::Table(table) => {
                    let mut rows = Vec::new();
                    for no in &table.rows {
                        let Some(concept) = press.pack.concepts.get(no.0) else { continue };
                        if !press.keeps(concept) {
                            continue;
                        }
                        any = true;
                        let own = (concept.chapter, concept.section) == (index, i) && printed.insert(*no);
                        let file = own.then(|| {
                            let path = format!("/data/handbook/concepts/{}.json", no.0);
                            files.push((
                                path.clone(),
                                concept_data(press, *no, concept, section.title.is_some(), exercises),
                            ));
                            path
                        });
                        let mut cells = vec![press.text(&concept.brief, Printed::Linked)];
                        cells.extend(concept.extra.iter().map(|(_, cell)| press.text(cell, Printed::Linked)));
                        cells.truncate(table.head.len().saturating_sub(1));
                        while cells.len() + 1 < table.head.len() {
                            cells.push(Value::Null);
                        }
                        rows.push(json!({
                            "key": key(concept), "name": concept.name, "badge": concept.badge, "cells": cells, "file": file,
                        }));
                    }
                    if !rows.is_empty() {
                        let head: Vec<Value> =
                            table.head.iter().map(|h| press.text(h, Printed::Linked)).collect();
                        items.push(json!({ "kind": "table", "head": head, "rows": rows }));
                    }
                }
            }
        }
        if any || !press.selects() {
            sections.push(json!({
                "number": section.number, "key": section_key(chapter, i), "items": items,
                "title": section.title.as_ref().map(|t| press.text(t, Printed::Linked)),
            }));
        }
    }
    let data = json!({
        "number": chapter.number, "key": chapter_key(chapter), "title": chapter.title, "sections": sections,
        "intro": chapter.intro.as_ref().map(|t| press.text(t, Printed::Linked)),
        "review": chapter.review.as_ref().map(|t| press.text(t, Printed::Linked)),
        "maps": super::mindmap::of_chapter(press, chapter, map_area(press))?,
    });
    let mut job = job(
        &format!("chapter-{}", chapter.number),
        "chapter",
        data,
        "block(width: 100%, book.chapter-body(s, d))",
    );
    // The opener stands on a page of its own, before the block that holds the rest.
    job.main = job.main.replace("#block(", "#block(width: 100%, book.opener(s, d))\n#block(width: 100%, book.chapter-maps(s, d))\n#pagebreak()\n#block(");
    job.data.extend(files);
    Some(job)
}

/// Room of a chapter's mind map: text and margin columns, less a line for what it shows.
fn map_area(press: &Press) -> Size {
    let (width, height) = press.paper_mm();
    let lines = Geometry::new(width, height).area;
    Size { width: Mm(width - 48.0), height: Mm::from_pt(lines - 2.0 * UNIT) }
}

fn concept_data(
    press: &Press,
    no: ConceptNo,
    concept: &Concept,
    in_section: bool,
    exercises: &HashMap<ConceptNo, usize>,
) -> Value {
    let parts: Vec<Value> = concept
        .parts
        .iter()
        .filter(|p| {
            use PartKind::*;
            matches!(p.kind, Lead | Explanation | Example | Exercise | Interview | Other)
        })
        .map(|part| {
            let answer =
                (part.kind == PartKind::Exercise && part.solution.is_some()).then(|| answer_key(concept));
            json!({
                "kind": part.kind, "body": press.text(&part.body, Printed::Linked), "answer": answer,
                "heading": part.heading.as_ref().map(|h| press.text(h, Printed::Linked)),
                "number": exercises.get(&no),
            })
        })
        .collect();
    let chapter = press.pack.chapters.get(concept.chapter).map_or(1, |c| c.number);
    json!({
        "key": key(concept), "number": concept.number, "name": concept.name, "badge": concept.badge,
        "chapter": chapter, "level": if in_section { 3 } else { 2 }, "parts": parts,
        "brief": (!concept.brief.plain.is_empty()).then(|| press.text(&concept.brief, Printed::Linked)),
    })
}

fn answers_data(press: &Press, chapters: &[&Chapter], exercises: &HashMap<ConceptNo, usize>) -> Vec<Value> {
    let mut out = Vec::new();
    for chapter in chapters {
        let mut answers = Vec::new();
        for (i, concept) in press.pack.concepts.iter().enumerate() {
            if press.pack.chapters.get(concept.chapter).map(|c| c.number) != Some(chapter.number)
                || !press.keeps(concept)
            {
                continue;
            }
            let solution = concept
                .parts
                .iter()
                .filter(|p| p.kind == PartKind::Exercise)
                .find_map(|p| p.solution.as_ref());
            if let Some(solution) = solution {
                answers.push(json!({
                    "key": answer_key(concept), "concept": key(concept), "name": concept.name,
                    "number": exercises.get(&ConceptNo(i)), "text": press.text(solution, Printed::Linked),
                }));
            }
        }
        if !answers.is_empty() {
            out.push(json!({ "number": chapter.number, "title": chapter.title, "answers": answers }));
        }
    }
    out
}

fn front_data(press: &Press, chapters: &[&Chapter], places: &Places, answers: bool) -> Value {
    let page = |key: &str| places.get(key).map(|p| p.folio.clone()).unwrap_or_default();
    let list: Vec<Value> = chapters
        .iter()
        .map(|c| {
            let sections: Vec<Value> = c
                .sections
                .iter()
                .enumerate()
                .filter_map(|(i, s)| {
                    let key = section_key(c, i);
                    let title = s.title.as_ref()?;
                    places.contains_key(&key).then(|| json!({ "key": key, "title": title.plain, "page": page(&key) }))
                })
                .collect();
            let key = chapter_key(c);
            json!({ "number": c.number, "title": c.title, "page": page(&key), "key": key, "sections": sections })
        })
        .collect();
    let mut back = Vec::new();
    if answers {
        back.push(json!({ "key": "answers", "title": press.word("answers"), "page": page("answers") }));
    }
    back.push(json!({ "key": "index", "title": press.word("index"), "page": page("index") }));
    let concepts = press.pack.concepts.iter().filter(|c| press.keeps(c));
    let cards: usize = concepts.clone().map(|c| c.cards.len()).sum();
    let locale = press.words();
    let counts = [
        locale.count("chapter", chapters.len() as u64),
        locale.count("concept", concepts.count() as u64),
        locale.count("card", cards as u64),
    ];
    let counts = counts.join(" · ");
    json!({ "chapters": list, "back": back, "counts": counts })
}

fn index_data(press: &Press, places: &Places) -> Vec<Value> {
    let mut groups: BTreeMap<usize, (String, Vec<Value>)> = BTreeMap::new();
    let mut last: Option<String> = None;
    let mut n = 0;
    for entry in &press.pack.index {
        // A place each, in the order of pages, none twice.
        let mut pages: Vec<(usize, String, String)> = entry
            .concepts
            .iter()
            .filter_map(|no| {
                let key = key(press.pack.concepts.get(no.0)?);
                let place = places.get(&key)?;
                Some((place.page, key, place.folio.clone()))
            })
            .collect();
        pages.sort();
        pages.dedup_by(|a, b| a.2 == b.2);
        if pages.is_empty() {
            continue;
        }
        let letter = letter(&entry.term);
        if last.as_ref() != Some(&letter) {
            n += 1;
            last = Some(letter.clone());
        }
        let pages: Vec<Value> =
            pages.into_iter().map(|(_, key, page)| json!({ "key": key, "page": page })).collect();
        let kind = match entry.kind {
            IndexKind::Name => "name",
            IndexKind::Alias => "alias",
            IndexKind::Tag => "tag",
        };
        let group = groups.entry(n).or_insert_with(|| (letter, Vec::new()));
        group.1.push(json!({ "term": entry.term, "kind": kind, "pages": pages }));
    }
    groups.into_values().map(|(letter, entries)| json!({ "letter": letter, "entries": entries })).collect()
}

/// The index's letter: the first one without its accent; `#` for digits and signs.
fn letter(term: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let first = term.nfkd().find(|c| c.is_alphanumeric());
    first.filter(|c| c.is_alphabetic()).map_or_else(|| "#".into(), |c| c.to_uppercase().collect())
}

fn margin_job(press: &Press, n: usize, concepts: &[&Concept], places: &Places) -> Job {
    let notes: Vec<Value> = concepts.iter().map(|c| margin_data(press, c, places)).collect();
    job(
        &format!("margin-{n}"),
        "margin",
        json!({ "notes": notes }),
        "for (i, m) in d.notes.enumerate() { if i > 0 { pagebreak() }; block(width: 100%, book.margin(s, m)) }",
    )
}

fn margin_data(press: &Press, concept: &Concept, places: &Places) -> Value {
    let pack = press.pack;
    let folio = |c: &Concept| places.get(&key(c)).map(|p| (p.page, p.folio.clone()));
    let see_also: Vec<Value> = concept
        .see_also
        .iter()
        .filter_map(|no| {
            let other = pack.concepts.get(no.0)?;
            let (_, page) = folio(other)?;
            Some(json!({ "key": key(other), "name": other.name, "page": page }))
        })
        .collect();
    let mut mentioned: Vec<(usize, String, String)> = concept
        .mentioned_by
        .iter()
        .filter_map(|no| {
            let other = pack.concepts.get(no.0)?;
            let (page, folio) = folio(other)?;
            Some((page, key(other), folio))
        })
        .collect();
    mentioned.sort();
    mentioned.dedup_by(|a, b| a.2 == b.2);
    let mentioned: Vec<Value> =
        mentioned.into_iter().map(|(_, key, page)| json!({ "key": key, "page": page })).collect();
    let parts = |kind: PartKind| -> Vec<Value> {
        let parts = concept.parts.iter().filter(|p| p.kind == kind && !p.body.plain.is_empty());
        parts.map(|p| press.text(&p.body, Printed::Linked)).collect()
    };
    let codes: Vec<&str> =
        concept.cards.iter().filter_map(|no| pack.cards.get(no.0)).map(|c| c.code.as_str()).collect();
    let chapter = pack.chapters.get(concept.chapter).map_or(1, |c| c.number);
    let checked = concept.verified.map(|date| press.month_year(date));
    let checked = match (checked, &concept.since) {
        (Some(checked), Some(since)) => Some(format!("{checked} · {} {since}", press.word("since"))),
        (None, Some(since)) => Some(format!("{} {since}", press.word("since"))),
        (checked, None) => checked,
    };
    json!({
        "chapter": chapter, "anchors": parts(PartKind::MemoryAnchor), "see_also": see_also, "mentioned": mentioned,
        "cards": code_ranges(&codes), "aliases": concept.aliases, "checked": checked, "sources": concept.sources,
    })
}

/// Codes in runs: `FN-007–010`.
pub fn code_ranges(codes: &[&str]) -> Vec<String> {
    let split = |code: &str| -> Option<(String, u64, usize)> {
        let (prefix, number) = code.rsplit_once('-')?;
        Some((prefix.to_owned(), number.parse().ok()?, number.len()))
    };
    let mut out: Vec<String> = Vec::new();
    let mut i = 0;
    while i < codes.len() {
        let mut end = i;
        while end + 1 < codes.len() {
            match (split(codes[end]), split(codes[end + 1])) {
                (Some((a, m, _)), Some((b, n, _))) if a == b && n == m + 1 => end += 1,
                _ => break,
            }
        }
        let tail = |code: &str| code.rsplit_once('-').map_or(code, |(_, n)| n).to_owned();
        match end - i {
            0 => out.push(codes[i].to_owned()),
            1 => out.extend([codes[i].to_owned(), codes[end].to_owned()]),
            _ => out.push(format!("{}–{}", codes[i], tail(codes[end]))),
        }
        i = end + 1;
    }
    out
}

/// First body page (from 0) of each stretch: chapters and back matter begin on a recto.
fn starts(body: &[Stretch]) -> Vec<usize> {
    let mut at = 0;
    let mut out = Vec::with_capacity(body.len());
    for stretch in body {
        at += at % 2;
        out.push(at);
        at += stretch.pages.len();
    }
    out
}

fn places(body: &[Stretch], starts: &[usize], offset: usize) -> Places {
    let mut places = Places::new();
    for (stretch, start) in body.iter().zip(starts) {
        for (label, page, point) in &stretch.labels {
            let page = start + page;
            let place = Place { page: offset + page, point: *point, folio: (page + 1).to_string() };
            places.entry(label.clone()).or_insert(place);
        }
    }
    places
}

/// The body's pages in order with blanks between stretches and margin notes beside their entries.
fn body_pages(
    press: &Press,
    body: &mut [Stretch],
    starts: &[usize],
    entries: &[&Concept],
    notes: &[Frame],
) -> Vec<Draft> {
    let (width, height) = press.paper_mm();
    let geometry = Geometry::new(width, height);
    let note_of: HashMap<String, &Frame> = entries.iter().zip(notes).map(|(c, n)| (key(c), n)).collect();
    let mut pages: Vec<Draft> = Vec::new();
    for (stretch, start) in body.iter_mut().zip(starts) {
        while pages.len() < *start {
            let Some(last) = pages.last() else { break };
            let mut blank = Page { frame: Frame::hard(last.page.frame.size()), ..last.page.clone() };
            blank.number = pages.len() as u64 + 1;
            pages.push(blank.into());
        }
        let mut own: Vec<Draft> = std::mem::take(&mut stretch.pages).into_iter().map(Draft::from).collect();
        let mut wishes = Vec::new();
        let mut keys = Vec::new();
        let mut labels: Vec<&(String, usize, Point)> =
            stretch.labels.iter().filter(|l| note_of.contains_key(&l.0)).collect();
        labels.sort_by(|a, b| (a.1, a.2.y).partial_cmp(&(b.1, b.2.y)).unwrap_or(std::cmp::Ordering::Equal));
        for (label, page, point) in labels {
            let Some(note) = note_of.get(label) else { continue };
            if note.height() > Abs::zero() {
                wishes.push(Wish {
                    page: *page,
                    y: point.y.to_pt() - geometry.top,
                    height: note.height().to_pt(),
                });
                keys.push((label.clone(), *note));
            }
        }
        let last = own.len().saturating_sub(1);
        let spots = margin::place(&wishes, geometry.area, 9.0, last);
        for (((key, note), spot), wish) in keys.iter().zip(&spots).zip(&wishes) {
            let at = Point::new(Abs::pt(geometry.margin_x), Abs::pt(geometry.top + spot.y));
            let Some(page) = own.get_mut(spot.page) else { continue };
            let behind = (spot.page == wish.page).then(|| Label::new(PicoStr::intern(key))).flatten();
            page.notes.push(MarginNote { behind, at, frame: (*note).clone() });
        }
        for mut draft in own {
            draft.page.number = pages.len() as u64 + 1;
            draft.page.numbering = numbering("1");
            pages.push(draft);
        }
    }
    pages
}

/// Draws running heads, folios and thumb tabs over the pages.
fn furnish(press: &Press, pages: &mut [Draft], body: &[Stretch], starts: &[usize]) -> Option<()> {
    // The section that is open at each page's top is the last that began before it, or the first that begins on it.
    let mut data = Vec::new();
    let mut targets = Vec::new();
    let tabs = press.pack.chapters.len();
    for (n, (stretch, start)) in body.iter().zip(starts).enumerate() {
        let end = starts.get(n + 1).copied().unwrap_or(pages.len()).min(pages.len());
        let mut sections: Vec<(usize, &str)> = stretch
            .labels
            .iter()
            .filter(|l| l.0.starts_with("s:"))
            .map(|l| (start + l.1, l.0.as_str()))
            .collect();
        sections.sort();
        // The opener's list of sections holds no labels; the first page of a stretch carries no head.
        for page in start + 1..end {
            if pages.get(page).is_none_or(|p| p.page.frame.is_empty() && p.notes.is_empty()) {
                continue;
            }
            let open = sections
                .iter()
                .rev()
                .find(|(p, _)| *p < page)
                .or_else(|| sections.iter().find(|(p, _)| *p == page));
            let section = open.and_then(|(_, key)| section_title(press, key));
            data.push(json!({
                "chapter": stretch.head, "section": section, "folio": (page + 1).to_string(),
                "hue": stretch.chapter, "tab": stretch.chapter, "tabs": tabs,
            }));
            targets.push(page);
        }
    }
    const PAGES_PER_JOB: usize = 250;
    let jobs: Vec<Job> = data
        .chunks(PAGES_PER_JOB)
        .enumerate()
        .map(|(n, chunk)| {
            job(
                &format!("furniture-{n}"),
                "furniture",
                json!({ "pages": chunk }),
                "for (i, p) in d.pages.enumerate() { if i > 0 { pagebreak() }; block(width: 100%, height: 100%, book.furniture(s, p)) }",
            )
        })
        .collect();
    let documents = press.compile_all(&jobs)?;
    let overlays = documents.iter().flat_map(|d| d.pages());
    for (target, overlay) in targets.iter().zip(overlays) {
        if let Some(page) = pages.get_mut(*target) {
            page.furniture = Some(overlay.frame.clone());
        }
    }
    Some(())
}

fn section_title(press: &Press, key: &str) -> Option<String> {
    let (chapter, section) = key.strip_prefix("s:")?.split_once('.')?;
    let chapter: usize = chapter.parse().ok()?;
    let section: usize = section.parse().ok()?;
    let chapter = press.pack.chapters.iter().find(|c| c.number == chapter)?;
    chapter.sections.get(section - 1)?.title.as_ref().map(|t| t.plain.clone())
}

/// Roman numerals of the front matter's folios.
fn roman(mut n: usize) -> String {
    let mut out = String::new();
    for (value, numeral) in
        [(100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")]
    {
        while n >= value {
            out.push_str(numeral);
            n -= value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_in_runs() {
        assert_eq!(
            code_ranges(&["FN-001", "FN-002", "FN-003", "FN-007", "AP-008"]),
            ["FN-001–003", "FN-007", "AP-008"]
        );
        assert_eq!(code_ranges(&["FN-001", "FN-002"]), ["FN-001", "FN-002"]);
        assert!(code_ranges(&[]).is_empty());
    }

    #[test]
    fn roman_folios() {
        assert_eq!([1, 4, 9, 14, 49].map(roman), ["i", "iv", "ix", "xiv", "xlix"]);
    }
}
