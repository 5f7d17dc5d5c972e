//! The handbook, read back from the paper: numbers and links lead where they say, no word is lost, lines keep to the grid.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::LazyLock;

use hayro_interpret::kurbo::{Point, Rect};
use recto::pack::{Concept, Pack, PartKind, Target as Goal, Text};
use recto::vault::ast::{Block, BlockKind, CalloutKind};
use recto::vault::{OpenOptions, Vault, blocks_text, plain_text};
use unicode_normalization::UnicodeNormalization;

use crate::paper::{MM, Paper, Target, lines, text_in};
use crate::readback::{self, Seen};
use crate::shipped::SHIPPED;
use crate::support::{Folder, letters};

/// The page of the screen variant on A4, mm: text column, margin column, text area.
const INNER: f64 = 24.0;
const TEXT: f64 = 118.0;
const TOP: f64 = 27.0;
/// Lines of running text, pt.
const UNIT: f64 = 13.0;

fn column(page: &Seen) -> Rect {
    Rect::new(INNER - 0.3, TOP - 1.0, INNER + TEXT + 2.5, page.height - 20.0)
}

struct Book {
    pages: Vec<Seen>,
    paper: Paper,
    labels: Vec<String>,
}

impl Book {
    fn read(bytes: &[u8]) -> Self {
        let paper = Paper::read(bytes);
        Self { pages: readback::read(bytes), labels: paper.labels(), paper }
    }

    /// The line of the text column (or of the whole page) right at or below a point: the first whose baseline is.
    fn line_at(&self, page: usize, at: Point) -> String {
        let seen = &self.pages[page];
        let area = Rect::new(at.x - 1.0, at.y - 0.5, at.x + TEXT, seen.height);
        lines(seen, area).first().map(|l| l.text.clone()).unwrap_or_default()
    }

    /// Where each concept's heading is: page (from 0) and top, mm.
    fn entries(&self, pack: &Pack) -> HashMap<String, (usize, f64)> {
        let mut out = HashMap::new();
        let heads: HashMap<String, &Concept> =
            pack.concepts.iter().map(|c| (letters(&format!("{}{}", c.number, c.name)), c)).collect();
        let mut found: BTreeSet<(usize, i64)> = BTreeSet::new();
        for link in self.paper.links() {
            let Target::Place(page, at) = link.target else { continue };
            if !found.insert((page, (at.y * 100.0) as i64)) {
                continue;
            }
            let seen = &self.pages[page];
            let area = Rect::new(at.x - 1.0, at.y - 0.5, at.x + TEXT, at.y + 25.0);
            let mut text = String::new();
            for line in lines(seen, area).iter().take(3) {
                text.push_str(&letters(&line.text));
                if let Some(concept) = heads.get(&text) {
                    out.insert(concept.id.clone(), (page, at.y));
                }
            }
            // A badge may follow the name.
            for (head, concept) in &heads {
                if text.starts_with(head.as_str()) && !out.contains_key(&concept.id) {
                    out.insert(concept.id.clone(), (page, at.y));
                }
            }
        }
        out
    }
}

static BOOK: LazyLock<Book> = LazyLock::new(|| Book::read(&SHIPPED.folder.bytes("out/handbook.pdf")));

#[test]
fn folios_are_the_labels_of_their_pages() {
    let roman = BOOK.labels.iter().take_while(|l| l.starts_with(['i', 'v', 'x'])).count();
    assert!((4..=12).contains(&roman), "{roman} pages of front matter");
    assert_eq!(BOOK.labels[roman], "1");
    let mut heads = 0;
    for (page, label) in BOOK.pages.iter().zip(&BOOK.labels).skip(roman) {
        let head = text_in(page, Rect::new(page.width - 60.0, 0.0, page.width, TOP - 6.0));
        if !head.trim().is_empty() {
            assert_eq!(head.trim(), label);
            heads += 1;
        }
    }
    assert!(heads > 200, "{heads} running heads");
}

/// Contents, tables, answers, index, sources, see also, mentioned on: what a link shows as a number is the label of the
/// page it leads to; and what it leads to is a heading.
#[test]
fn printed_page_numbers_are_those_of_the_pages_they_lead_to() {
    let mut numbers = 0;
    for link in BOOK.paper.links() {
        let Target::Place(page, _) = link.target else { continue };
        let shown = text_in(&BOOK.pages[link.page], link.area.inflate(0.2, 0.4));
        let shown: String = shown.nfkc().collect::<String>().trim().to_owned();
        let first = shown.split('–').next().unwrap_or_default();
        if !first.is_empty() && first.chars().all(|c| c.is_ascii_digit()) {
            assert_eq!(first, BOOK.labels[page], "on page {}", BOOK.labels[link.page]);
            numbers += 1;
        }
    }
    assert!(numbers > SHIPPED.pack.concepts.len() * 6, "{numbers} numbers");
}

#[test]
fn links_lead_to_headings() {
    let pack = &SHIPPED.pack;
    let mut heads: Vec<String> = Vec::new();
    heads.extend(pack.concepts.iter().map(|c| letters(&format!("{}{}", c.number, c.name))));
    for chapter in &pack.chapters {
        heads.push(letters(&chapter.title));
        for section in &chapter.sections {
            let title = section.title.as_ref().map(|t| t.plain.as_str()).unwrap_or_default();
            heads.push(letters(&format!("{}{title}", section.number)));
        }
    }
    heads.extend(["Answers", "Glossary", "Index", "Sources", "Exercise"].map(String::from));
    for link in BOOK.paper.links() {
        let Target::Place(page, at) = link.target else { continue };
        let line = letters(&BOOK.line_at(page, at));
        assert!(
            heads.iter().any(|h| line.starts_with(h.as_str()) || (!line.is_empty() && h.starts_with(&line))),
            "a link on page {} leads to “{line}” on page {}",
            BOOK.labels[link.page],
            BOOK.labels[page]
        );
    }
}

#[test]
fn names_lead_to_their_entries() {
    let entries = BOOK.entries(&SHIPPED.pack);
    assert_eq!(entries.len(), SHIPPED.pack.concepts.len(), "every entry has a link to it");
    let by_name: HashMap<String, &Concept> =
        SHIPPED.pack.concepts.iter().map(|c| (letters(&c.name), c)).collect();
    let mut named = 0;
    for link in BOOK.paper.links() {
        let Target::Place(page, at) = link.target else { continue };
        let shown = letters(&text_in(&BOOK.pages[link.page], link.area.inflate(0.2, 0.4)));
        let Some(concept) = by_name.get(&shown) else { continue };
        // A section or chapter may share a concept's name: then its number tells.
        let line = letters(&BOOK.line_at(page, at));
        if line.starts_with(&letters(&concept.number)) {
            assert_eq!(entries.get(&concept.id).map(|e| e.0), Some(page), "{}", concept.name);
            named += 1;
        }
    }
    assert!(named > SHIPPED.pack.concepts.len() * 2, "{named} names");
}

#[test]
fn every_wikilink_is_a_link() {
    let pack = &SHIPPED.pack;
    let entries = BOOK.entries(pack);
    let links: BTreeSet<(usize, usize, i64)> = BOOK
        .paper
        .links()
        .into_iter()
        .filter_map(|l| match l.target {
            Target::Place(page, at) => Some((l.page, page, (at.y * 10.0).round() as i64)),
            Target::Url(_) => None,
        })
        .collect();
    let mut ordered: Vec<(usize, i64)> = entries.values().map(|(p, y)| (*p, (y * 10.0) as i64)).collect();
    ordered.sort_unstable();
    let mut seen = 0;
    for link in &pack.links {
        let Goal::Concept(to) = link.to else { continue };
        let Some(from) = pack.concepts.iter().find(|c| c.note == Some(link.from)) else { continue };
        // A link inside `## Cards`, `## Cheatsheet` or a solution is printed elsewhere.
        let printed = from.parts.iter().filter(|p| {
            use PartKind::*;
            matches!(
                p.kind,
                Lead | Explanation | Example | Exercise | Interview | Other | MemoryAnchor | SeeAlso
            )
        });
        let (vault_text, range) = (source(link.from), link.range.clone().unwrap_or_default());
        let Some(_) = vault_text.get(range.clone()) else { continue };
        let inside = printed.clone().any(|p| part_holds(&vault_text, &p.body.part, range.start));
        if !inside {
            continue;
        }
        let (start, y) = entries[&from.id];
        let next = ordered.iter().find(|e| **e > (start, (y * 10.0) as i64)).map_or(start + 3, |e| e.0);
        let (page, y) = entries[&pack.concepts[to.0].id];
        let y = (y * 10.0).round() as i64;
        let found = (start..=next + 1).any(|p| (y - 2..=y + 2).any(|y| links.contains(&(p, page, y))));
        assert!(found, "[[{}]] in {} is no link", link.written, from.name);
        seen += 1;
    }
    assert!(seen > pack.concepts.len() * 2, "{seen} wikilinks");
}

static VAULT: LazyLock<Vault> = LazyLock::new(|| {
    let content = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    Vault::open(&content, &OpenOptions::default()).expect("the shipped pack").0
});

fn source(file: recto::vault::FileNo) -> String {
    VAULT.file(file).and_then(|f| f.text()).unwrap_or_default().to_owned()
}

/// Whether a part of a note holds a byte.
fn part_holds(text: &str, part: &recto::vault::Part, at: usize) -> bool {
    let parsed = recto::vault::parse(text);
    match recto::vault::select(&parsed, text, part) {
        Some(recto::vault::Selection::Blocks(blocks)) => blocks.iter().any(|b| b.range.contains(&at)),
        _ => false,
    }
}

/// Everything but white space, hyphens, quotes' shapes, cells' bars, bullets and wrap marks, which the page may change.
fn audited(text: &str) -> String {
    let changed = |c: &char| c.is_whitespace() || "-\u{2010}\u{ad}\u{200b}↪\"'“”‘’|•–".contains(*c);
    text.nfkc().filter(|c| !changed(c)).collect()
}

const ICONS: [(CalloutKind, &str, &str); 13] = [
    (CalloutKind::Note, "✎", "Note"),
    (CalloutKind::Abstract, "☰", "Summary"),
    (CalloutKind::Info, "ℹ", "Info"),
    (CalloutKind::Todo, "☐", "To do"),
    (CalloutKind::Tip, "★", "Tip"),
    (CalloutKind::Success, "✔", "Success"),
    (CalloutKind::Question, "?", "Question"),
    (CalloutKind::Warning, "⚠", "Warning"),
    (CalloutKind::Failure, "✘", "Failure"),
    (CalloutKind::Danger, "⚡", "Danger"),
    (CalloutKind::Bug, "⚙", "Bug"),
    (CalloutKind::Example, "▶", "Example"),
    (CalloutKind::Quote, "❝", "Quote"),
];

/// What the page shows of blocks; `None` where a drawing stands in place of words.
fn shown(blocks: &[Block]) -> Option<String> {
    let mut out = String::new();
    for block in blocks {
        match &block.kind {
            BlockKind::Callout(callout) => {
                let (_, icon, name) = ICONS.iter().find(|(kind, ..)| *kind == callout.kind)?;
                out.push_str(icon);
                match &callout.title {
                    Some(title) => out.push_str(&plain_text(title)),
                    None => out.push_str(name),
                }
                out.push_str(&shown(&callout.body)?);
            }
            BlockKind::Quote(body) => out.push_str(&shown(body)?),
            BlockKind::List(list) => {
                for (i, item) in list.items.iter().enumerate() {
                    match (item.task, list.start) {
                        (Some('x' | 'X'), _) => out.push('☑'),
                        (Some('-'), _) => out.push('☒'),
                        (Some(_), _) => out.push('☐'),
                        (None, Some(start)) => {
                            let _ = write!(out, "{}.", start + i as u64);
                        }
                        (None, None) => {}
                    }
                    out.push_str(&shown(&item.body)?);
                }
            }
            BlockKind::Rule => out.push_str("···"),
            BlockKind::Html(source) => out.push_str(source),
            BlockKind::Code(code) if code.lang == "mermaid" => return None,
            _ => out.push_str(&blocks_text(std::slice::from_ref(block))),
        }
    }
    Some(out)
}

fn part_shown(vault: &Vault, text: &Text) -> Option<String> {
    let source = vault.file(text.file).and_then(|f| f.text())?;
    let parsed = recto::vault::parse(source);
    match recto::vault::select(&parsed, source, &text.part)? {
        recto::vault::Selection::Blocks(blocks) => shown(&blocks),
        recto::vault::Selection::Inlines(inlines) => Some(plain_text(&inlines)),
    }
}

/// What an entry must say, in order, beneath its heading.
fn wanted(vault: &Vault, pack: &Pack, concept: &Concept) -> Option<String> {
    let mut out = audited(&concept.brief.plain);
    for part in &concept.parts {
        use PartKind::*;
        match part.kind {
            Lead | Explanation => {}
            Example => out.push_str("Example"),
            Exercise => {
                let before = pack.concepts.iter().take_while(|c| c.id != concept.id);
                let exercises = before.filter(|c| c.parts.iter().any(|p| p.kind == Exercise)).count() + 1;
                let _ = write!(out, "Exercise{exercises}");
                if part.solution.is_some() {
                    out.push_str("Answeronpage#");
                }
            }
            Interview => out.push_str("Inaninterview"),
            Other => out.push_str(&audited(part.heading.as_ref().map_or("", |h| &h.plain))),
            _ => continue,
        }
        out.push_str(&audited(&part_shown(vault, &part.body)?));
    }
    Some(out)
}

/// The text of each entry as it stands in the text column, from heading to heading.
fn printed(book: &Book, pack: &Pack) -> BTreeMap<String, String> {
    let entries = book.entries(pack);
    let ends: Vec<(usize, f64)> = book
        .paper
        .links()
        .into_iter()
        .filter_map(|l| match l.target {
            Target::Place(page, at) => Some((page, at.y)),
            Target::Url(_) => None,
        })
        .collect();
    let mut out = BTreeMap::new();
    for concept in &pack.concepts {
        let Some((first, top)) = entries.get(&concept.id).copied() else { continue };
        let (last, bottom) = ends
            .iter()
            .filter(|e| **e > (first, top + 1.0))
            .min_by(|a, b| a.partial_cmp(b).unwrap())
            .copied()
            .unwrap_or((first, 1000.0));
        let mut text = String::new();
        for page in first..=last {
            let seen = &book.pages[page];
            let mut area = column(seen);
            if page == first {
                area.y0 = top;
            }
            if page == last {
                area.y1 = bottom.max(area.y0);
            }
            text.push_str(&text_in(seen, area));
        }
        let text = audited(&text);
        let head =
            audited(&format!("{}{}{}", concept.number, concept.name, concept.badge.as_deref().unwrap_or("")));
        let text = text.strip_prefix(&head).map(str::to_owned).unwrap_or(text);
        // The number of the answer's page is told by another test.
        let text = match text.find("Answeronpage") {
            Some(at) => {
                let rest = text[at + 12..].trim_start_matches(|c: char| c.is_ascii_digit());
                format!("{}#{rest}", &text[..at + 12])
            }
            None => text,
        };
        out.insert(concept.id.clone(), text);
    }
    out
}

/// Returns how many entries could be compared.
fn audit(book: &Book, vault: &Vault, pack: &Pack) -> usize {
    let mut compared = 0;
    let printed = printed(book, pack);
    let last_of_section: BTreeSet<&str> = pack
        .concepts
        .iter()
        .zip(pack.concepts.iter().skip(1).map(Some).chain([None]))
        .filter(|(a, b)| b.is_none_or(|b| b.chapter != a.chapter))
        .map(|(a, _)| a.id.as_str())
        .collect();
    for concept in &pack.concepts {
        let Some(wanted) = wanted(vault, pack, concept) else { continue };
        compared += 1;
        let text = &printed[&concept.id];
        // Behind the last entry of a chapter stands the chapter's end.
        let same = if last_of_section.contains(concept.id.as_str()) {
            text.starts_with(&wanted)
        } else {
            *text == wanted
        };
        if !same {
            let at = text.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
            let show = |s: &str| s.chars().skip(at.saturating_sub(30)).take(90).collect::<String>();
            panic!("{}: printed\n  …{}…\nnot\n  …{}…", concept.name, show(text), show(&wanted));
        }
    }
    compared
}

#[test]
fn no_word_of_the_shipped_pack_is_lost_or_said_twice() {
    let compared = audit(&BOOK, &VAULT, &SHIPPED.pack);
    // The others hold drawings, whose labels are no text of the note.
    assert!(compared * 100 >= SHIPPED.pack.concepts.len() * 80, "{compared} entries compared");
}

#[test]
fn every_brief_is_in_its_row_and_in_the_glossary() {
    let text: String = BOOK.pages.iter().map(|p| audited(&p.text())).collect();
    for concept in &SHIPPED.pack.concepts {
        let brief = audited(&concept.brief.plain);
        assert!(text.matches(brief.as_str()).count() >= 3, "{}: row, entry, glossary", concept.name);
    }
}

#[test]
fn lines_keep_to_the_grid() {
    let (mut whole, mut half, mut all) = (0usize, 0usize, 0usize);
    for (page, label) in BOOK.pages.iter().zip(&BOOK.labels) {
        // Lists of concepts and questions have a pitch of their own.
        let text = letters(&page.text());
        let listed = ["CONCEPTS", "Selftest", "Checklist"].iter().any(|word| text.contains(word));
        if label.parse::<usize>().is_err() || listed {
            continue;
        }
        for line in lines(page, column(page)) {
            if line.text.trim().chars().count() < 20 || line.x > INNER + 10.0 {
                continue;
            }
            let at = (line.y - TOP) / MM / UNIT - 0.76 * 10.5 / UNIT;
            let off = |step: f64| (at / step - (at / step).round()).abs() * step < 0.03;
            whole += usize::from(off(1.0));
            half += usize::from(off(0.5));
            all += 1;
        }
    }
    let share = |n: usize| n * 100 / all;
    println!("{} % of {all} lines on the grid, {} % on it or half between", share(whole), share(half));
    assert!(share(whole) >= 65, "{} % of {all} lines on the grid", share(whole));
    assert!(share(half) >= 90, "{} % of {all} lines on the half grid", share(half));
}

#[test]
fn no_heading_stands_at_the_foot_of_a_page() {
    for (id, (page, y)) in BOOK.entries(&SHIPPED.pack) {
        let seen = &BOOK.pages[page];
        let mut area = column(seen);
        area.y0 = y;
        let below = lines(seen, area).len();
        assert!(below >= 4, "{id}: {below} lines on page {}", BOOK.labels[page]);
    }
}

#[test]
fn the_standards_are_claimed() {
    let xmp = BOOK.paper.xmp();
    for claim in ["<pdfuaid:part>1<", "<pdfaid:part>2<", "<pdfaid:conformance>A<"] {
        assert!(xmp.contains(claim), "{claim} is not in {xmp}");
    }
}

// ---- small packs ----

fn build(folder: &Folder, more: &[&str]) -> Book {
    folder.recto(&[&["build", "pack", "handbook", "--out", "out"], more].concat()).ends(0);
    Book::read(&folder.bytes("out/handbook.pdf"))
}

fn all_text(book: &Book) -> String {
    letters(&book.pages.iter().map(Seen::text).collect::<String>())
}

#[test]
fn editions_put_solutions_in_their_places() {
    let folder = Folder::small();
    let text = all_text(&build(&folder, &["--edition", "full"]));
    let (exercise, solution) = (text.find("Findone").unwrap(), text.find("Lookatthepond").unwrap());
    assert!(text[exercise..solution].contains("Answers"), "at the end of the book");
    let text = all_text(&build(&folder, &["--edition", "teacher"]));
    assert!(text.contains("FindoneSOLUTIONLookatthepond"), "behind the exercise: {text}");
    assert!(text.contains("Teacherseditio") && !text.contains("Answeronpage"));
    let student = build(&folder, &["--edition", "student"]);
    let text = all_text(&student);
    assert!(
        !text.contains("Lookatthepond") && !text.contains("Answeronpage") && text.contains("Studentedition")
    );
    let ruled =
        student.pages.iter().flat_map(|p| &p.lines).filter(|l| (l.length() - TEXT).abs() < 1.0).count();
    assert!(ruled >= 5, "{ruled} ruled lines");
    // recto.yaml says it too.
    folder.write("pack/recto.yaml", "title: Small\ndate: 2026-11-20\nhandbook: {edition: student}\n");
    assert!(!all_text(&build(&folder, &[])).contains("Lookatthepond"));
    folder
        .recto(&["build", "pack", "handbook", "--out", "out", "--edition", "pupil"])
        .ends(2)
        .says("--edition takes");
}

/// Two chapters with some entries, for leaves and files.
fn two_chapters() -> Folder {
    let folder = Folder::small();
    let text = "It swims in circles and dives for what grows there, whatever the weather may be. ".repeat(30);
    folder.write(
        "pack/2 Trees.md",
        "# Trees\n\nAbout trees.\n\n## Objectives\n\n- Tell trees apart.\n\n## Conifers\n\n|Concept|Brief Description|\n|---|---|\n\
         |**[[Larch]]**|A conifer that sheds its needles.|\n|**[[Yew]]**|A conifer with red berries.|\n\n## Review\n\nTrees stand.\n",
    );
    folder.write("pack/concepts/Larch.md", format!("## Explanation\n\n{text}\n\nSee [[Mallard]] and [[Yew]].\n\n## Cards\n\nWhat does it shed? :: Needles\n"));
    folder.write(
        "pack/concepts/Yew.md",
        format!("---\nsources: [A book of yews]\n---\n## Explanation\n\n{text}\n"),
    );
    folder
}

#[test]
fn no_line_moves_between_screen_and_print() {
    let folder = two_chapters();
    let screen = build(&folder, &["--variant", "screen"]);
    let print = build(&folder, &["--variant", "print"]);
    assert!(print.pages.len() > screen.pages.len(), "blank pages are left out on screen");
    let mut compared = 0;
    for (page, label) in screen.pages.iter().zip(&screen.labels) {
        let at = print.labels.iter().position(|l| l == label).expect("the same page");
        let verso = at % 2 == 1;
        let shift = if label.parse::<usize>().is_err() || !verso { 4.0 } else { 20.0 + 38.0 + 6.0 - INNER };
        let other = &print.pages[at];
        if letters(&page.text()).contains("Linesjoinentries") {
            // A mind map has the whole width.
            continue;
        }
        let own: Vec<_> = lines(page, column(page));
        let moved =
            Rect::new(column(page).x0 + shift, TOP - 1.0, column(page).x1 + shift, page.height - 20.0);
        let theirs: Vec<_> = lines(other, moved);
        if label.parse::<usize>().is_ok()
            && !own.is_empty()
            && own[0].text != "Glossary"
            && own[0].text != "Index"
            && own[0].text != "Sources"
        {
            let strip = |lines: &[crate::paper::Line]| -> Vec<(i64, String)> {
                lines.iter().map(|l| ((l.y * 10.0).round() as i64, l.text.clone())).collect()
            };
            assert_eq!(strip(&own), strip(&theirs), "page {label}");
            compared += own.len();
        }
    }
    assert!(compared > 60, "{compared} lines");
    // Chapters begin on rectos: an even number of pages before each opener.
    for title in ["Birds", "Trees"] {
        let opener = print.pages.iter().position(|p| {
            letters(&p.text()).starts_with(&format!("CHAPTER{}{title}", if title == "Birds" { 1 } else { 2 }))
        });
        assert_eq!(opener.expect("an opener") % 2, 0, "{title} begins on a recto");
    }
}

#[test]
fn a_booklet_has_half_the_page() {
    let folder = two_chapters();
    let book = build(&folder, &["--variant", "booklet"]);
    let page = &book.pages[0];
    assert!((page.width - 148.5).abs() < 0.1 && (page.height - 210.0).abs() < 0.1);
    let text = all_text(&book);
    assert!(
        text.contains("SEEALSO") && text.contains("MENTIONEDON"),
        "what stands in the margin follows its entry"
    );
}

#[test]
fn a_file_for_each_chapter_links_to_the_others() {
    let folder = two_chapters();
    folder.recto(&["build", "pack", "handbook", "--out", "out", "--per-chapter"]).ends(0);
    assert_eq!(folder.files("out/handbook"), ["01-birds.pdf", "02-trees.pdf"]);
    let whole = Book::read(&folder.bytes("out/handbook.pdf"));
    let trees = Book::read(&folder.bytes("out/handbook/02-trees.pdf"));
    assert!(whole.labels.contains(&trees.labels[0]), "pages keep their numbers");
    assert!(letters(&trees.pages[0].text()).starts_with("CHAPTER2Trees"));
    let links = trees.paper.links();
    let away: Vec<&Target> =
        links.iter().map(|l| &l.target).filter(|t| matches!(t, Target::Url(_))).collect();
    let mallard = away.iter().find(|t| matches!(t, Target::Url(u) if u.starts_with("01-birds.pdf#page=")));
    assert!(mallard.is_some(), "{away:?}");
    let Some(Target::Url(url)) = mallard else { unreachable!() };
    let page: usize = url.rsplit('=').next().unwrap().parse().unwrap();
    let birds = Book::read(&folder.bytes("out/handbook/01-birds.pdf"));
    assert!(letters(&birds.pages[page - 1].text()).contains("111Mallard"));
}

#[test]
fn a_chapter_has_its_opener_and_its_end() {
    let folder = two_chapters();
    let book = build(&folder, &[]);
    let text = all_text(&book);
    for words in [
        "WHATYOUWILLBEABLETODO",
        "Telltreesapart",
        "CONCEPTS21Conifers",
        "ReviewTreesstand",
        "Selftest",
        "1WhatdoesitshedT",
        "Checklist",
        "Glossary",
        "SourcesABookOfYews",
        "Howtousethisbook",
    ] {
        let words = if words == "SourcesABookOfYews" { "2TreesAbookofyews" } else { words };
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[test]
fn a_row_higher_than_a_page_flows_on() {
    let folder = Folder::small();
    let words: Vec<String> = (0..2500).map(|i| format!("word{i}")).collect();
    folder.write(
        "pack/concepts/Mallard.md",
        format!(
            "## Explanation\n\nSee below.\n\n|Head one|Head two|\n|---|---|\n|Short|{}|\n",
            words.join(" ")
        ),
    );
    let book = build(&folder, &[]);
    let text = all_text(&book);
    for word in &words {
        assert!(text.contains(&letters(word)), "{word} is lost");
    }
    let heads = book.pages.iter().filter(|p| letters(&p.text()).contains("HeadoneHeadtwo")).count();
    assert!(heads >= 3, "the head is repeated on {heads} pages");
}

#[test]
fn long_code_has_numbers_and_marks() {
    let folder = Folder::small();
    let mut code: Vec<String> = (1..=90).map(|i| format!("value_{i} = {i}")).collect();
    code[4] = format!("long = [{}]", "some_function(argument), ".repeat(8));
    folder.write("pack/concepts/Mallard.md", format!("## Example\n\n```python\n{}\n```\n", code.join("\n")));
    let book = build(&folder, &[]);
    let mut numbers = Vec::new();
    let mut marks = 0;
    for page in &book.pages {
        let gutter = Rect::new(14.0, TOP - 1.0, INNER - 0.5, page.height - 15.0);
        numbers.extend(lines(page, gutter).iter().filter_map(|l| l.text.trim().parse::<usize>().ok()));
        marks += page.text().matches('↪').count();
    }
    assert_eq!(numbers, (1..=90).collect::<Vec<_>>());
    assert!(marks >= 2, "{marks} wrap marks");
}

#[test]
fn tags_tell_headings_tables_lists_and_links_in_reading_order() {
    let folder = Folder::small();
    folder.write(
        "pack/concepts/Mallard.md",
        "## Explanation\n\nA word, see [[Teal]].\n\n- one\n- two\n\n|A|B|\n|---|---|\n|1|2|\n\n## See also\n\n[[Teal]]\n",
    );
    let tags = build(&folder, &[]).paper.tags();
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/handbook-tags.txt");
    if std::env::var_os("RECTO_BLESS").is_some() {
        std::fs::write(&golden, &tags).expect("written");
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    assert_eq!(tags, expected, "RECTO_BLESS=1 writes the file anew");
}

#[test]
fn themes_change_the_look_and_unknown_ones_are_told() {
    let folder = two_chapters();
    let classic = folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(0);
    drop(classic);
    let plain = folder.bytes("out/handbook.pdf");
    for theme in ["modern", "mono", "large"] {
        folder.recto(&["build", "pack", "--out", "out", "--theme", theme]).ends(0);
        assert_ne!(plain, folder.bytes("out/handbook.pdf"), "{theme}");
    }
    folder
        .recto(&["build", "pack", "handbook", "--out", "out", "--theme", "gothic"])
        .ends(2)
        .says("there is no theme `gothic`");
    folder.write(
        "pack/layouts/gothic/tokens.typ",
        "#import \"/layouts/themes/classic.typ\": *\n#let unit = 15pt\n",
    );
    folder.recto(&["build", "pack", "handbook", "--out", "out", "--theme", "gothic"]).ends(0);
    assert_ne!(plain, folder.bytes("out/handbook.pdf"));
    folder.write("pack/recto.yaml", "title: Small\ndate: 2026-11-20\ntheme: rococo\n");
    folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(1).says("recto.yaml:3").says("rococo");
}

#[test]
fn mono_is_black_alone() {
    let folder = two_chapters();
    folder.recto(&["build", "pack", "handbook", "--out", "out", "--theme", "mono"]).ends(0);
    let document = lopdf::Document::load_mem(&folder.bytes("out/handbook.pdf")).unwrap();
    for id in document.get_pages().into_values() {
        let content = document.get_and_decode_page_content(id).unwrap();
        for op in &content.operations {
            if matches!(op.operator.as_str(), "rg" | "RG" | "sc" | "scn" | "SC" | "SCN")
                && op.operands.len() == 3
            {
                let rgb: Vec<f32> = op.operands.iter().map(|o| o.as_float().unwrap()).collect();
                assert!((rgb[0] - rgb[1]).abs() < 0.01 && (rgb[1] - rgb[2]).abs() < 0.01, "{rgb:?}");
            }
        }
    }
}

#[test]
fn right_to_left_pages_are_mirrored() {
    let folder = two_chapters();
    folder.write("pack/recto.yaml", "title: Small\nlanguage: he\ndate: 2026-11-20\n");
    let book = build(&folder, &[]);
    let heading = book.pages.iter().find_map(|p| {
        let line = lines(p, Rect::new(0.0, TOP, p.width, p.height))
            .into_iter()
            .find(|l| letters(&l.text).contains("111"));
        line.map(|l| (l.x, p.width))
    });
    let (_, width) = heading.expect("an entry");
    // The margin column is at the left.
    let notes = book.pages.iter().any(|p| {
        text_in(p, Rect::new(INNER - 1.0, TOP, INNER + 38.0, p.height)).to_uppercase().contains("SEE ALSO")
    });
    assert!(notes && width > 200.0);
}
