//! The handbook: its parts compiled apart and in parallel, margin notes and page numbers added when the pages stand.
//!
//! First come the chapters and the answers, of which everything else wants to know the pages; then what prints page
//! numbers in running text (front matter, glossary, index, sources, margin notes); at last the running heads, which are
//! drawn over the finished pages. Every stretch of pages begins on a recto, so that each knows its rectos and versos.

mod back;
mod chapter;
mod front;
mod furniture;
mod margins;
mod options;

use std::collections::HashMap;

use rayon::prelude::*;
use serde_json::{Value, json};
use typst::foundations::Smart;
use typst::layout::{Abs, Frame, Point};
use typst::model::{Destination, DocumentInfo, Numbering, NumberingPattern};
use typst_layout::{Page, PagedDocument};

use self::margins::Geometry;
pub use self::margins::code_ranges;
pub use self::options::{Edition, Options, Variant};
use super::assemble::{self, Digits, Place, Places, Resolver, position};
use super::binding::{Draft, Marks};
use super::compile::Job;
use super::press::Press;
use crate::pack::{Chapter, Concept, ConceptNo, PartKind};
use crate::timings;

/// A finished handbook.
pub struct Book {
    pub pages: Vec<Page>,
    pub info: DocumentInfo,
    /// It has pages that the last build in this process did not have.
    pub changed: bool,
    /// Names (`01-foundations`) and pages of the chapters' own documents, where they are wanted.
    pub chapters: Vec<(String, PagedDocument)>,
}

/// One compiled stretch of pages, which begins on a recto.
struct Stretch {
    /// Taken out when the book is put together; `count` stays.
    pages: Vec<Page>,
    count: usize,
    labels: Vec<(String, usize, Point)>,
    /// What the running head says.
    head: String,
    /// What it says beside, where no section is open.
    section: Option<String>,
    /// Number of the chapter, for hue and thumb tab, and for the chapter's own document.
    chapter: Option<usize>,
}

/// What the parts of a handbook share while it is made.
struct Maker<'a, 'p> {
    press: &'a Press<'p>,
    options: Options,
    chapters: Vec<&'p Chapter>,
    /// Exercises are numbered through the book.
    exercises: HashMap<ConceptNo, usize>,
    geometry: Geometry,
    digits: Digits,
    /// Key of how page numbers look and are said.
    look: u128,
}

/// Typesets the handbook of a pack (or of a selection). `None` when the compiler reported errors, which are in the
/// press's findings.
pub fn typeset(press: &Press, options: Options) -> Option<Book> {
    let (geometry, digits, look) = margins::probe(press, options)?;
    let maker = Maker {
        press,
        options,
        chapters: press.pack.chapters.iter().filter(|c| press.keeps_chapter(c)).collect(),
        exercises: exercise_numbers(press),
        geometry,
        digits,
        look,
    };
    maker.book()
}

impl<'a, 'p> Maker<'a, 'p> {
    fn book(&self) -> Option<Book> {
        let press = self.press;
        let mut body = self.body()?;
        let span = timings::span("typeset", "places");
        let mut starts = starts(&body);
        let mut places = places(&body, &starts);
        let entries: Vec<&Concept> =
            press.pack.concepts.iter().filter(|c| press.keeps(c) && places.contains_key(&key(c))).collect();

        places.extend(self.mention_places(&entries, &places));

        // What prints page numbers in running text.
        let ends = back::ends(&body, &starts, self.geometry.top);
        let (back, margins) =
            rayon::join(|| self.back_jobs(&entries, &places, &ends), || self.margin_jobs(&entries, &places));
        let mut jobs = vec![self.job("front", "wide", self.front_data(&places, &back), "book.front(s, d)")];
        jobs.extend(back.iter().map(|part| {
            self.job(
                part.key,
                "wide",
                part.data.clone(),
                &format!("block(width: 100%, book.{}(s, d))", part.key),
            )
        }));
        jobs.extend(margins);
        drop(span);
        let mut documents = press.compile_all(&jobs)?.into_iter();
        let span = timings::span("typeset", "pages");
        let front = documents.next()?;
        for (part, document) in back.iter().zip(documents.by_ref()) {
            body.push(Stretch::new(&document, part.title.clone(), None, None));
        }
        let notes: Vec<Frame> =
            documents.flat_map(|d| d.pages().iter().map(|p| p.frame.clone()).collect::<Vec<_>>()).collect();
        starts = self::starts(&body);
        for (key, place) in self::places(&body, &starts) {
            places.entry(key).or_insert(place);
        }

        // Physical pages: the front matter fills whole leaves.
        let front_pages = front.pages().len() + front.pages().len() % 2;
        for place in places.values_mut() {
            place.page += front_pages;
        }
        for (label, page, point) in assemble::labels(&front) {
            places.insert(label, Place { page, point, folio: roman(page + 1) });
        }
        press.keep_folios(&places);

        let mut pages = self.body_pages(&mut body, &starts, &entries, &notes);
        drop(span);
        self.furnish(&mut pages, &body, &starts)?;
        let span = timings::span("typeset", "bind");
        let mut all: Vec<Draft> = Vec::with_capacity(pages.len() + front_pages);
        for (i, page) in front.pages().iter().enumerate() {
            let mut page = page.clone();
            page.number = i as u64 + 1;
            page.numbering = numbering("i");
            all.push(page.into());
        }
        if let Some(first) = pages.first().filter(|_| all.len() < front_pages) {
            all.push(blank(&first.page, all.len() as u64 + 1, numbering("i")).into());
        }
        all.extend(pages);

        let chapters = match self.options.per_chapter {
            true => self.chapter_documents(&all, &body, &starts, front_pages, &places),
            false => Vec::new(),
        };

        // On screen nobody turns a leaf: blank pages go, and the numbers of the others stay.
        let mut shift = Vec::with_capacity(all.len());
        let mut kept = Vec::with_capacity(all.len());
        for draft in all {
            shift.push(kept.len());
            if self.options.mirrored() || !draft.is_blank() {
                kept.push(draft);
            }
        }
        for place in places.values_mut() {
            place.page = shift.get(place.page).copied().unwrap_or(place.page);
        }
        let describe = |folio: &str| press.words().text("page-n", &[("n", folio)]);
        let marks = Marks { places: &places, digits: &self.digits, key: self.look, describe: &describe };
        let (kept, missing, changed) = press.shelf.finish(kept, &marks);
        press.missing_keys(missing);
        drop(span);
        let info = info(press, &press.word("handbook"));
        Some(Book { pages: kept, info, chapters, changed })
    }

    /// Chapters, then the answers of each, all compiled at once.
    fn body(&self) -> Option<Vec<Stretch>> {
        let press = self.press;
        let span = timings::span("typeset", "gather");
        let chapters: Option<Vec<Vec<Job>>> =
            self.chapters.par_iter().map(|c| self.chapter_jobs(c)).collect();
        let chapters = chapters?;
        let mut kinds: Vec<(String, Option<String>, usize)> =
            self.chapters.iter().map(|c| (c.title.clone(), None, c.number)).collect();
        // Documents of each stretch.
        let mut counts: Vec<usize> = chapters.iter().map(Vec::len).collect();
        let mut jobs: Vec<Job> = chapters.into_iter().flatten().collect();
        let mut first = true;
        for chapter in &self.chapters {
            let answers = self.answers_data(chapter);
            if answers.is_empty() {
                continue;
            }
            let data = json!({
                "first": first, "number": chapter.number, "title": chapter.title, "answers": answers,
            });
            first = false;
            let name = format!("answers-{}", chapter.number);
            jobs.push(self.job(&name, "setup", data, "block(width: 100%, book.answers(s, d))"));
            kinds.push((press.word("answers"), Some(chapter.title.clone()), chapter.number));
            counts.push(1);
        }
        drop(span);
        let mut documents = press.compile_largest_first(&jobs)?.into_iter();
        let _span = timings::span("typeset", "stretches");
        let mut stretches = Vec::with_capacity(kinds.len());
        for (count, (head, section, chapter)) in counts.into_iter().zip(kinds) {
            let mut stretch: Option<Stretch> = None;
            for document in documents.by_ref().take(count) {
                match &mut stretch {
                    None => {
                        stretch = Some(Stretch::new(&document, head.clone(), section.clone(), Some(chapter)));
                    }
                    Some(stretch) => stretch.append(&document, self.geometry.text),
                }
            }
            stretches.extend(stretch);
        }
        Some(stretches)
    }

    /// A job of the handbook. The unique main file gives every element of it locations of its own.
    fn job(&self, name: &str, setup: &str, data: Value, body: &str) -> Job {
        job(self.options, name, setup, data, body)
    }

    /// A document for each chapter, with its answers; what lies in another one is a link to that file.
    fn chapter_documents(
        &self,
        all: &[Draft],
        body: &[Stretch],
        starts: &[usize],
        front_pages: usize,
        places: &Places,
    ) -> Vec<(String, PagedDocument)> {
        let name = |chapter: &Chapter| format!("{:02}-{}", chapter.number, chapter.slug);
        // Which file a page of the book goes to, and which of its pages it is.
        let mut files: Vec<Vec<Page>> = vec![Vec::new(); self.chapters.len()];
        let mut lies: HashMap<usize, (usize, usize)> = HashMap::new();
        for (stretch, start) in body.iter().zip(starts) {
            let Some(file) = self.chapters.iter().position(|c| Some(c.number) == stretch.chapter) else {
                continue;
            };
            let Some(own) = files.get_mut(file) else { continue };
            if self.options.mirrored()
                && own.len() % 2 == 1
                && let Some(last) = own.last()
            {
                own.push(blank(last, last.number + 1, last.numbering.clone()));
            }
            let range = start + front_pages..;
            for (page, number) in
                all.get(range.start..).unwrap_or_default().iter().zip(range).take(stretch.count)
            {
                lies.insert(number, (file, own.len()));
                own.push(page.clone().bound());
            }
        }
        let describe = |folio: &str| self.press.words().text("page-n", &[("n", folio)]);
        let mut out = Vec::with_capacity(files.len());
        for (file, (mut pages, chapter)) in files.into_iter().zip(&self.chapters).enumerate() {
            let target = |place: &Place| {
                let (other, page) = *lies.get(&place.page)?;
                if other == file {
                    return Some(position(page, place.point));
                }
                let other = self.chapters.get(other)?;
                let url = format!("{}.pdf#page={}", name(other), page + 1);
                typst::model::Url::new(url).ok().map(Destination::Url)
            };
            let resolver = Resolver { places, digits: &self.digits, describe: &describe, target: &target };
            pages.par_iter_mut().for_each(|page| {
                // What nothing holds is told for the whole book.
                resolver.resolve(&mut page.frame);
            });
            let info = info(self.press, &format!("{} {}", chapter.number, chapter.title));
            out.push((name(chapter), PagedDocument::new(pages.into_iter().collect(), info)));
        }
        out
    }
}

impl Stretch {
    fn new(document: &PagedDocument, head: String, section: Option<String>, chapter: Option<usize>) -> Self {
        let pages = document.pages().to_vec();
        Self { count: pages.len(), pages, labels: assemble::labels(document), head, section, chapter }
    }

    /// Adds a document that was typeset as if it began on a recto. `text` are the text's left edges on rectos and versos, pt.
    fn append(&mut self, document: &PagedDocument, text: [f64; 2]) {
        let before = self.count;
        let shift = |page: usize| {
            let x = |page: usize| text.get(page % 2).copied().unwrap_or_default();
            Point::with_x(Abs::pt(x(before + page) - x(page)))
        };
        for (i, page) in document.pages().iter().enumerate() {
            let mut page = page.clone();
            if before % 2 == 1 {
                page.frame.translate(shift(i));
            }
            self.pages.push(page);
        }
        let labels = assemble::labels(document).into_iter();
        self.labels.extend(labels.map(|(label, page, point)| (label, before + page, point + shift(page))));
        self.count = self.pages.len();
    }
}

/// An empty page like another one.
fn blank(like: &Page, number: u64, numbering: Option<Numbering>) -> Page {
    Page { frame: Frame::hard(like.frame.size()), number, numbering, ..like.clone() }
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

/// `setup` is the layout's: `setup` (text and margin column), `wide` (the whole width), `margin-page`, `furniture-page`.
fn job(options: Options, name: &str, setup: &str, data: Value, body: &str) -> Job {
    let path = format!("/data/handbook/{name}.json");
    Job {
        name: format!("/data/handbook/{name}.typ"),
        main: format!(
            "#import \"/layouts/handbook.typ\" as book\n\
             #let s = json(\"/data/settings.json\") + (book: json(\"/data/handbook/book.json\"))\n\
             #let d = json(\"{path}\")\n#show: book.{setup}.with(s)\n#{body}\n"
        ),
        data: vec![(path, data), ("/data/handbook/book.json".into(), options.data())],
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

/// First body page (from 0) of each stretch: each begins on a recto.
fn starts(body: &[Stretch]) -> Vec<usize> {
    let mut at = 0;
    let mut out = Vec::with_capacity(body.len());
    for stretch in body {
        at += at % 2;
        out.push(at);
        at += stretch.count;
    }
    out
}

/// Folios: arabic from the first chapter.
fn places(body: &[Stretch], starts: &[usize]) -> Places {
    let mut places = Places::new();
    for (stretch, start) in body.iter().zip(starts) {
        for (label, page, point) in &stretch.labels {
            let page = start + page;
            let place = Place { page, point: *point, folio: (page + 1).to_string() };
            places.entry(label.clone()).or_insert(place);
        }
    }
    places
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
    fn roman_folios() {
        assert_eq!([1, 4, 9, 14, 49].map(roman), ["i", "iv", "ix", "xiv", "xlix"]);
    }
}
