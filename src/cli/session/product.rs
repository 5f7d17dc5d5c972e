//! What each document is made of: its pages as files, and what is said of them.

use typst::layout::Frame;
use typst::model::DocumentInfo;
use typst_layout::{Page, PagedDocument};

use super::{BuildOptions, Locked};
use crate::cli::{Failure, calendar, deck, options, quiz};
use crate::emit::banks;
use crate::emit::parts::Parts;
use crate::emit::pdf::Standard;
use crate::emit::viewer::Preferences;
use crate::plan::impose::{Flip, Summary};
use crate::plan::timetable::Timetable;
use crate::typeset::press::Press;
use crate::typeset::{booklet, cheatsheets, handbook, mindmap, quizzes, zine};
use crate::vault::Vault;
use crate::vault::config::{Config, Document, SheetFold};

/// Pages of a file.
pub(super) enum Pages {
    Document(PagedDocument),
    /// A book: its links into itself are addresses, and nobody has looked yet what is where on its pages.
    Book(Vec<Page>, DocumentInfo),
}

impl Pages {
    pub fn pages(&self) -> &[Page] {
        match self {
            Self::Document(document) => document.pages(),
            Self::Book(pages, _) => pages,
        }
    }
}

impl From<PagedDocument> for Pages {
    fn from(document: PagedDocument) -> Self {
        Self::Document(document)
    }
}

/// A finished document before it is written.
#[derive(Default)]
pub(super) struct Product {
    /// Path below the output folder, the document, its standard and preferences.
    pub files: Vec<(String, Pages, Standard, Preferences)>,
    /// Its pages are known to be others than those that were written last.
    pub changed: bool,
    /// Files that are no pages: path below the output folder, and bytes.
    pub raw: Vec<(String, Vec<u8>)>,
    pub note: String,
    pub details: Vec<String>,
    /// A plan that has started, to be kept in `recto.lock`.
    pub plan: Option<Timetable>,
    pub print: Option<Summary>,
    /// Single cards: fronts and backs in turn.
    pub faces: Vec<Frame>,
}

impl From<deck::Made> for Product {
    fn from(made: deck::Made) -> Self {
        let file = |(file, preferences): (crate::typeset::sheets::SheetFile, Preferences)| {
            (format!("{}.pdf", file.name), file.document.into(), Standard::Plain, preferences)
        };
        Self {
            files: made.files.into_iter().map(file).collect(),
            note: made.note,
            print: Some(made.summary),
            faces: made.faces,
            ..Product::default()
        }
    }
}

/// What all documents are made with.
pub(super) struct Work<'a> {
    pub press: &'a Press<'a>,
    pub vault: &'a Vault,
    pub options: &'a BuildOptions,
    /// `None` where no deck is wanted, or its stock is wrong.
    pub deck: Option<&'a deck::Plan>,
    pub locked: &'a Locked,
    /// The book's parts as they were exported last.
    pub parts: &'a Parts,
}

/// Sheets as files, with what they leave out.
fn sheets_product(press: &Press, config: &Config, sheets: Vec<cheatsheets::Sheet>) -> Product {
    let sizes = || sheets.iter().map(|s| s.size);
    let (low, high) = (sizes().fold(f64::MAX, f64::min), sizes().fold(0.0, f64::max));
    let dropped: usize = sheets.iter().map(|s| s.dropped.len()).sum();
    let mut note = if sheets.is_empty() { String::new() } else { format!("type {low:.1}–{high:.1} pt") };
    if dropped > 0 {
        note.push_str(&format!(", {dropped} entries without room, named at the sheet's end"));
    }
    let details = sheets.iter().filter(|s| !s.dropped.is_empty()).map(|sheet| {
        let names: Vec<String> = sheet
            .dropped
            .iter()
            .filter_map(|(no, folio)| Some((press.pack.concepts.get(no.0)?, folio)))
            .map(|(concept, folio)| match folio {
                Some(folio) => {
                    format!("{} ({})", concept.name, press.words().text("page-n", &[("n", folio)]))
                }
                None => concept.name.clone(),
            })
            .collect();
        format!("cheatsheets/{}.pdf has no room for {}: {}", sheet.name, names.len(), names.join(", "))
    });
    let details = details.collect();
    // A pocket sheet is printed on both sides and turned over its long edge.
    let preferences = match config.cheatsheets.fold {
        SheetFold::None => Preferences::default(),
        SheetFold::Pocket => deck::preferences(Some(Flip::LongEdge)),
    };
    let files = sheets
        .into_iter()
        .map(|s| (format!("cheatsheets/{}.pdf", s.name), s.document.into(), Standard::Tagged, preferences))
        .collect();
    Product { files, note, details, ..Product::default() }
}

pub(super) fn product(work: &Work, document: Document) -> Result<Option<Product>, Failure> {
    let Work { press, vault, options, deck, locked, .. } = *work;
    let config = &vault.config;
    let none = Preferences::default();
    Ok(match document {
        Document::Handbook => {
            let wanted = options::handbook(config, &options.book)?;
            handbook::typeset(press, wanted).map(|book| {
                let file = |name, pages| (name, pages, Standard::AccessibleArchival, none);
                let mut files = vec![file("handbook.pdf".to_owned(), Pages::Book(book.pages, book.info))];
                files.extend(
                    book.chapters
                        .into_iter()
                        .map(|(name, pages)| file(format!("handbook/{name}.pdf"), pages.into())),
                );
                Product { files, changed: book.changed, ..Product::default() }
            })
        }
        Document::Cheatsheets => {
            let book = options::handbook(config, &options.book)?;
            let wanted = cheatsheets::SheetOptions { book, ..options::sheets(config) };
            cheatsheets::typeset(press, &wanted).map(|sheets| sheets_product(press, config, sheets))
        }
        Document::Flashcards => {
            let Some(plan) = deck else { return Ok(None) };
            deck::make(press, plan, options, locked)?.map(Product::from)
        }
        Document::Calendar => {
            let whole = options.select.is_all();
            let acts = options.calendar.act();
            if acts && !locked.kept {
                return Err(Failure::usage("there is no recto.lock to keep a plan in")
                    .hint("give the folder a recto.yaml"));
            }
            let kept = calendar::Kept {
                table: locked.plan.as_ref().filter(|_| whole),
                // A build that may change nothing keeps no plan by itself; one that is asked to fails.
                writable: whole && locked.kept && (!options.locked || acts),
            };
            calendar::make(press, vault, options, kept).map(|made| Product {
                files: vec![("calendar.pdf".into(), made.pages.into(), Standard::Tagged, none)],
                raw: made.files,
                note: made.note,
                plan: made.keep,
                ..Product::default()
            })
        }
        Document::Booklet => {
            let folding =
                options::booklet(config, &options.booklet, &options.book, options.cards.flip.as_deref())?;
            booklet::typeset(press, &folding).map(|booklet| {
                let mut note = format!("{} pages on {} sheets", booklet.pages, booklet.sheets);
                if booklet.signature < booklet.sheets {
                    note.push_str(&format!(", in signatures of {}", booklet.signature));
                }
                note.push_str(&format!(", at {:.0} %", booklet.scale * 100.0));
                let preferences = deck::preferences(Some(folding.flip));
                let files =
                    vec![("booklet.pdf".into(), booklet.document.into(), Standard::Plain, preferences)];
                Product { files, note, ..Product::default() }
            })
        }
        Document::Zine => zine::typeset(press, options::paper(config)).map(|zines| {
            let preferences = deck::preferences(None);
            let smallest = zines.iter().map(|z| z.size).fold(f64::MAX, f64::min);
            let note = if zines.is_empty() { String::new() } else { format!("type from {smallest} pt") };
            let file = |z: zine::Zine| {
                (format!("zine/{}.pdf", z.name), z.document.into(), Standard::Plain, preferences)
            };
            let files = zines.into_iter().map(file).collect();
            Product { files, note, ..Product::default() }
        }),
        Document::Mindmap => mindmap::typeset(press, &options::poster(config)).map(|poster| Product {
            files: vec![("mindmap.pdf".into(), poster.document.into(), Standard::Tagged, none)],
            note: format!("{} concepts, {} links, type {:.1} pt", poster.concepts, poster.links, poster.size),
            ..Product::default()
        }),
        Document::Dividers => deck::dividers(press, options, vault)?.map(Product::from),
        Document::Quizzes => {
            let book = options::handbook(config, &options.book)?;
            let options = quiz::options(config, &options.quizzes)?;
            let topics = quiz::topics(press, vault);
            let drafts = quizzes::drafts(press, &topics, &options);
            quizzes::typeset(press, &topics, &drafts, book).map(|pages| quiz_product(press, &drafts, pages))
        }
    })
}

/// Sheets and keys, and beside them each quiz as banks for learning platforms.
fn quiz_product(press: &Press, drafts: &[quizzes::Draft], pages: Vec<(String, PagedDocument)>) -> Product {
    let none = Preferences::default();
    let mut raw = Vec::new();
    for draft in drafts {
        let Some(questions) = draft.versions.first() else { continue };
        let mut add = |end: &str, text: String| {
            raw.push((format!("quizzes/{}.{end}", draft.name), text.into_bytes()));
        };
        add("gift.txt", banks::gift(&draft.title, questions, press.words()));
        add("aiken.txt", banks::aiken(questions, press.words()));
        add("moodle.xml", banks::moodle(&draft.title, questions, press.words()));
    }
    let asked: usize = drafts.iter().filter_map(|d| d.versions.first()).map(Vec::len).sum();
    let versions = drafts.first().map_or(0, |d| d.versions.len());
    let note = match drafts.len() {
        0 => "no concept has anything to ask about".to_owned(),
        n => format!("{n} quizzes of {asked} questions in {versions} versions, with keys"),
    };
    let file = |(name, document): (String, PagedDocument)| {
        (format!("quizzes/{name}.pdf"), document.into(), Standard::Tagged, none)
    };
    Product { files: pages.into_iter().map(file).collect(), raw, note, ..Product::default() }
}
