//! The handbook, read back from the paper: numbers and links lead where they say, no word is lost, lines keep to the grid.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use hayro_interpret::kurbo::{Point, Rect};
use recto::pack::{Concept, Pack, PartKind, Target as Goal};
use recto::vault::{OpenOptions, Vault};
use unicode_normalization::UnicodeNormalization;

use crate::paper::{Paper, Target, lines, text_in};
use crate::readback::{self, Seen};
use crate::shipped::SHIPPED;
use crate::support::{Folder, letters};

/// The page of the screen variant on A4, mm: text column, margin column, text area.
pub const INNER: f64 = 24.0;
pub const TEXT: f64 = 118.0;
pub const TOP: f64 = 27.0;

pub fn column(page: &Seen) -> Rect {
    Rect::new(INNER - 0.3, TOP - 1.0, INNER + TEXT + 2.5, page.height - 20.0)
}

pub struct Book {
    pub pages: Vec<Seen>,
    pub paper: Paper,
    pub labels: Vec<String>,
}

impl Book {
    pub fn read(bytes: &[u8]) -> Self {
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
    pub fn entries(&self, pack: &Pack) -> HashMap<String, (usize, f64)> {
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

pub static BOOK: LazyLock<Book> = LazyLock::new(|| Book::read(&SHIPPED.folder.bytes("out/handbook.pdf")));

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

pub static VAULT: LazyLock<Vault> = LazyLock::new(|| {
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
    assert!(text.contains("FindoneSolutionLookatthepond"), "behind the exercise: {text}");
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
            letters(&p.text()).starts_with(&format!("Chapter{}{title}", if title == "Birds" { 1 } else { 2 }))
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
        text.contains("Seealso") && text.contains("Mentionedon"),
        "what stands in the margin follows its entry"
    );
}

/// Without a margin column the pages of mentions are set when all pages stand; those that share a page are one.
#[test]
fn a_page_of_mentions_is_named_once() {
    let folder = Folder::small();
    let mut rows =
        String::from("|Concept|Brief Description|\n|---|---|\n|**[[Mallard]]**|A dabbling duck.|\n");
    for n in 0..24 {
        rows.push_str(&format!("|**[[Bird{n}]]**|A bird, the one with the number {n}.|\n"));
        let text = "It swims, and dives for what grows there. ".repeat(n);
        folder.write(
            &format!("pack/concepts/Bird{n}.md"),
            format!("## Explanation\n\nNot a [[Mallard]]. {text}\n"),
        );
    }
    folder.write("pack/1 Birds.md", format!("# Birds\n\n## Ducks\n\n{rows}"));
    for more in [["--variant", "booklet"], ["--theme", "large"]] {
        let book = build(&folder, &more);
        let (page, at, area) = book
            .pages
            .iter()
            .enumerate()
            .find_map(|(i, page)| {
                let all = Rect::new(0.0, 0.0, page.width, page.height);
                let line =
                    lines(page, all).into_iter().find(|l| letters(&l.text).starts_with("Mentionedon"))?;
                Some((i, line.y, all))
            })
            .expect("mentions");
        let mentions = Rect { y0: at - 4.0, y1: at + 25.0, ..area };
        let links =
            book.paper.links().into_iter().filter(|l| l.page == page && mentions.contains(l.area.center()));
        let mut places: Vec<(f64, f64, usize, String)> = links
            .filter_map(|l| match l.target {
                Target::Place(to, _) => {
                    let shown = text_in(&book.pages[page], l.area.inflate(0.2, 0.4)).trim().to_owned();
                    Some((l.area.y0, l.area.x0, to, shown))
                }
                Target::Url(_) => None,
            })
            .filter(|(.., shown)| !shown.is_empty() && shown.chars().all(|c| c.is_ascii_digit()))
            .collect();
        places.sort_by(|a, b| (a.0, a.1).partial_cmp(&(b.0, b.1)).unwrap());
        let entries: BTreeSet<usize> = (0..24)
            .filter_map(|n| {
                let head = format!("1{}Bird{n}Abird", format_args!("1{}", n + 2));
                book.pages.iter().position(|page| letters(&page.text()).contains(&head))
            })
            .collect();
        assert!(entries.len() > 4 && entries.len() < 20, "{entries:?}");
        let named: Vec<usize> = places.iter().map(|p| p.2).collect();
        assert_eq!(named, entries.into_iter().collect::<Vec<_>>(), "{more:?}");
        for (.., to, shown) in places {
            assert_eq!(shown, book.labels[to]);
        }
    }
}

/// Tables that go on over pages and sections, with entries between: their tags once failed the standard's rules.
#[test]
fn a_long_table_of_concepts_keeps_the_standards() {
    for notes in [false, true] {
        let folder = Folder::small();
        let mut text = String::from("# Birds\n\nAbout birds.\n");
        for n in 0..80 {
            if n % 40 == 0 {
                text.push_str(&format!(
                    "\n## Shore {}\n\n|Concept|Brief Description|\n|---|---|\n",
                    n / 40 + 1
                ));
            }
            let name = if notes { format!("[[Bird{n}]]") } else { format!("Bird{n}") };
            text.push_str(&format!(
                "|**{name}**|The bird that bears the number {n} and swims on the lake.|\n"
            ));
            if notes {
                let other = (n * 7 + 3) % 80;
                folder.write(
                    &format!("pack/concepts/Bird{n}.md"),
                    format!("## Explanation\n\nSee [[Bird{other}]].\n"),
                );
            }
        }
        folder.write("pack/1 Birds.md", text);
        for more in [
            &[][..],
            &["--variant", "booklet"],
            &["--theme", "large"],
            &["--variant", "print", "--edition", "student"],
        ] {
            let book = build(&folder, more);
            assert!(book.paper.xmp().contains("<pdfuaid:part>1<"));
            assert_eq!(book.paper.tags().matches("Table\n").count(), 2, "{more:?}: a table for each section");
        }
    }
}

#[test]
fn the_footer_stands_on_every_page_but_the_first_of_a_part() {
    let folder = two_chapters();
    folder.write("pack/recto.yaml", "title: Small\ndate: 2026-11-20\nfooter: Draft for friends\n");
    for more in [["--variant", "screen"], ["--variant", "print"]] {
        let book = build(&folder, &more);
        let (mut with, mut without) = (0, 0);
        for (i, page) in book.pages.iter().enumerate() {
            let foot = Rect::new(0.0, page.height - 24.0, page.width, page.height);
            let folio = Rect::new(0.0, 0.0, page.width, TOP - 6.0);
            let running = !text_in(page, folio).trim().is_empty();
            let (below, above) = (text_in(page, foot), text_in(page, folio));
            assert_eq!(
                letters(&below) == "Draftforfriends",
                running,
                "page {}: {above}, {below}",
                book.labels[i]
            );
            let footer = lines(page, foot);
            if let Some(line) = footer.first() {
                // On the inner side: at the left of rectos.
                let recto = more[1] == "screen" || i % 2 == 0;
                assert_eq!(line.x < page.width / 2.0, recto, "page {}", book.labels[i]);
            }
            *if running { &mut with } else { &mut without } += 1;
        }
        assert!(with >= 5 && without > 5, "{with} {without}");
    }
}

/// A tab at the fore-edge of each page of a chapter, with its number, at a height of its own.
#[test]
fn thumb_tabs_stand_at_the_fore_edge() {
    let book = build(&two_chapters(), &["--variant", "print"]);
    let mut heights: HashMap<String, BTreeSet<i64>> = HashMap::new();
    let mut seen = 0;
    for (i, page) in book.pages.iter().enumerate() {
        let edge = if i % 2 == 0 { page.width } else { 0.0 };
        let tabs: Vec<&Rect> = page.fills.iter().filter(|f| f.x0 < 0.5 || f.x1 > page.width - 0.5).collect();
        let [tab] = tabs.as_slice() else { continue };
        assert!(
            (tab.x0 - edge).abs() < 0.1 || (tab.x1 - edge).abs() < 0.1,
            "page {}: {tab:?}",
            book.labels[i]
        );
        let number = text_in(page, **tab).trim().to_owned();
        heights.entry(number).or_default().insert((tab.y0 * 10.0).round() as i64);
        seen += 1;
    }
    let (one, two) = (&heights["1"], &heights["2"]);
    assert!(seen >= 6 && heights.len() == 2 && one.len() == 1 && two.len() == 1 && one != two, "{heights:?}");
}

#[test]
fn a_file_for_each_chapter_links_to_the_others() {
    let folder = two_chapters();
    folder.recto(&["build", "pack", "handbook", "--out", "out", "--per-chapter"]).ends(0);
    assert_eq!(folder.files("out/handbook"), ["01-birds.pdf", "02-trees.pdf"]);
    let whole = Book::read(&folder.bytes("out/handbook.pdf"));
    let trees = Book::read(&folder.bytes("out/handbook/02-trees.pdf"));
    assert!(whole.labels.contains(&trees.labels[0]), "pages keep their numbers");
    assert!(letters(&trees.pages[0].text()).starts_with("Chapter2Trees"));
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
        "Whatyouwillbeabletodo",
        "Telltreesapart",
        "Concepts21Conifers",
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

/// How often a colour that is no grey is set, in pages and drawings.
fn colours(bytes: &[u8]) -> usize {
    let document = lopdf::Document::load_mem(bytes).unwrap();
    let pages = document.get_pages().into_values();
    let mut contents: Vec<_> = pages.map(|id| document.get_and_decode_page_content(id).unwrap()).collect();
    let forms = document.objects.values().filter_map(|object| object.as_stream().ok());
    let forms =
        forms.filter(|s| s.dict.get(b"Subtype").is_ok_and(|t| t.as_name().is_ok_and(|n| n == b"Form")));
    contents.extend(forms.filter_map(|s| lopdf::content::Content::decode(&s.get_plain_content().ok()?).ok()));
    let coloured = |op: &&lopdf::content::Operation| {
        let sets = matches!(op.operator.as_str(), "rg" | "RG" | "sc" | "scn" | "SC" | "SCN");
        let rgb: Vec<f32> = op.operands.iter().filter_map(|o| o.as_float().ok()).collect();
        sets && rgb.len() == 3 && ((rgb[0] - rgb[1]).abs() > 0.01 || (rgb[1] - rgb[2]).abs() > 0.01)
    };
    contents.iter().flat_map(|content| &content.operations).filter(coloured).count()
}

/// Diagrams are in the theme's colours, too.
#[test]
fn mono_is_black_alone() {
    let folder = two_chapters();
    folder.write("pack/concepts/Teal.md", format!("## Explanation\n\nSee:\n\n{DIAGRAM}\n"));
    for (theme, black) in [("classic", false), ("mono", true)] {
        folder.recto(&["build", "pack", "handbook", "--out", "out", "--theme", theme]).ends(0);
        assert_eq!(colours(&folder.bytes("out/handbook.pdf")) == 0, black, "{theme}");
    }
}

const DIAGRAM: &str = "```mermaid\nflowchart TD\n  accTitle: From pond to nest\n  accDescr: A duck flies from the pond to its nest\n  \
                       a[Pond] --> b{Wind?} -->|no| c[Nest]\n  b -->|yes| a\n```\n";

/// Large print has nothing below 11 pt: not in the margin's notes, the lines' numbers, the mind map, diagrams.
#[test]
fn large_print_is_large() {
    let folder = two_chapters();
    let code: String = (1..=12).map(|n| format!("value_{n} = {n}\n")).collect();
    folder.write(
        "pack/concepts/Teal.md",
        format!(
            "---\naliases: [Small duck]\nverified: 2026-11-01\nsources: [A book]\n---\n## Explanation\n\nSee `code` and [[Mallard]] #ducks:\n\n\
             {DIAGRAM}\n> [!tip]\n> A tip with `code`.\n\n|A|B|\n|---|---|\n|`a`|b|\n\n## Example\n\n```python\n{code}```\n\n\
             ## Memory anchor\n\nSmall is teal.\n"
        ),
    );
    let book = build(&folder, &["--theme", "large"]);
    for (page, label) in book.pages.iter().zip(&book.labels) {
        let small: String = page
            .glyphs
            .iter()
            .filter(|g| g.size / crate::paper::MM < 10.95)
            .map(|g| g.text.as_str())
            .collect();
        assert!(small.is_empty(), "page {label}: {small}");
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
