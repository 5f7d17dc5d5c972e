//! A book that is exported in parts says and shows what it does when it is exported in one go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lopdf::{Dictionary, Document, Object};
use recto::emit::parts::{self, Parts};
use recto::emit::pdf::{self, Standard};
use recto::emit::viewer::Preferences;
use recto::plan::random::Random;
use recto::typeset::assemble;
use recto::typeset::compile::{Job, compile};
use recto::typeset::fonts::Fonts;
use recto::typeset::world::Files;
use typst::model::DocumentInfo;
use typst_layout::{Page, PagedDocument};

use crate::paper::{Paper, Target};
use crate::readback;

/// Chapters with all that reaches over pages: tables with heads, lists, notes at the foot, figures; links to and fro; names beyond
/// ASCII.
const SOURCE: &str = r##"
#set document(title: "A book of parts", author: "Nobody")
#set page(paper: "a6", numbering: "1", header: pdf.artifact[Running head])
#set text(font: "Recto Serif", size: 9pt, lang: "en")
#set heading(numbering: "1.1")
#page(numbering: "i")[Cover: ABC xyz ß]
#let picture = bytes("<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'><circle cx='9' cy='9' r='8'/></svg>")
#for n in range(1, 7) [
  #pagebreak()
  #heading(level: 1)[Chapter #n: naïve (forms)] #label("ch:量子-" + str(n))
  Go #link("recto:at:" + str(n * 5) + ":20.00:100.00")[far #n], go #link("https://example.org/" + str(n))[out].
  #for m in range(1, 4) [
    == Section #n.#m #label("s" + str(n) + str(m))
    #lorem(90 + 17 * n)#footnote[A note at the foot, of #n and #m.]

    === Below it
    #table(
      columns: 3,
      table.header[Name][Value][More],
      ..range(1, 40).map(i => ([Row #i], [_Value_ #(i * n)], [*Bold* #m])).flatten(),
    )
    - One thing
    - Another #text(font: "JetBrains Mono")[code(#n)]
    #figure(image(picture, alt: "A dot", width: 2cm), caption: [Dot #n.#m])
  ]
]
"##;

struct Set {
    pages: Vec<Page>,
    info: DocumentInfo,
}

fn set(source: &str) -> Set {
    let fonts = Fonts::load(&[], false).expect("fonts");
    let job = Job { name: "/data/book.typ".into(), main: source.into(), data: Vec::new() };
    let compiled = compile(&fonts, &Arc::new(Files::default()), &job, None).expect("a document");
    let info = typst::model::Document::info(&compiled.document).clone();
    Set { pages: compiled.document.pages().to_vec(), info }
}

fn date() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 20)
}

fn joined(set: &Set, kept: &Parts) -> Vec<u8> {
    let keys = parts::keys(&set.pages);
    let bytes = pdf::export_book(&set.pages, &keys, &set.info, "A book", date(), kept).expect("a file");
    assert!(in_parts(&bytes));
    bytes
}

/// In a book of parts the catalogue has the first number, in the exporter's files the last.
fn in_parts(bytes: &[u8]) -> bool {
    Paper::read(bytes)
        .document
        .trailer
        .get(b"Root")
        .and_then(Object::as_reference)
        .is_ok_and(|root| root == (1, 0))
}

fn whole(set: &Set) -> Vec<u8> {
    let mut pages = set.pages.clone();
    pages.iter_mut().for_each(|page| assemble::settle(&mut page.frame));
    let document = PagedDocument::new(pages.into_iter().collect(), set.info.clone());
    pdf::export(&document, "A book", date(), Standard::AccessibleArchival, &Preferences::default())
        .expect("a file")
}

fn get<'a>(document: &'a Document, dict: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    document.dereference(dict.get(key).ok()?).ok().map(|found| found.1)
}

/// Bookmarks, indented, with the pages that they lead to; and the numbers of those that are to be seen at first.
fn bookmarks(paper: &Paper) -> String {
    fn below(paper: &Paper, of: &Dictionary, depth: usize, out: &mut String) {
        let document = &paper.document;
        let mut next = get(document, of, b"First");
        let (mut count, mut last) = (0, None);
        while let Some(item) = next.and_then(|o| o.as_dict().ok()) {
            let title =
                lopdf::decode_text_string(get(document, item, b"Title").expect("a title")).expect("text");
            let place = get(document, item, b"Dest").expect("a target");
            let Target::Place(page, at) = paper.place(place) else { panic!("a place") };
            let closed = item.get(b"Count").and_then(Object::as_i64).unwrap_or(0);
            out.push_str(&format!("{}{title} → {page} {:.3} {closed}\n", "  ".repeat(depth), at.y));
            assert_eq!(item.get(b"Prev").ok().and_then(|o| o.as_reference().ok()), last, "{title}");
            below(paper, item, depth + 1, out);
            last = match next {
                Some(_) => document
                    .objects
                    .iter()
                    .find(|(_, o)| o.as_dict().is_ok_and(|d| std::ptr::eq(d, item)))
                    .map(|o| *o.0),
                None => None,
            };
            next = get(document, item, b"Next");
            count += 1;
        }
        if depth == 0 {
            assert_eq!(of.get(b"Count").and_then(Object::as_i64).ok(), Some(count));
        }
        assert_eq!(of.get(b"Last").ok().and_then(|o| o.as_reference().ok()), last);
    }
    let catalog = paper.document.catalog().expect("a catalogue");
    let root = get(&paper.document, catalog, b"Outlines").and_then(|o| o.as_dict().ok()).expect("bookmarks");
    let mut out = String::new();
    below(paper, root, 0, &mut out);
    out
}

/// Named places: page and height.
fn names(paper: &Paper) -> BTreeMap<Vec<u8>, String> {
    let document = &paper.document;
    let catalog = document.catalog().expect("a catalogue");
    let names = get(document, catalog, b"Names").and_then(|o| o.as_dict().ok()).expect("names");
    let tree = get(document, names, b"Dests").and_then(|o| o.as_dict().ok()).expect("a tree");
    let list = get(document, tree, b"Names").and_then(|o| o.as_array().ok()).expect("a flat tree");
    let keys: Vec<&[u8]> = list.chunks(2).map(|pair| pair[0].as_str().expect("text")).collect();
    assert!(keys.is_sorted(), "readers search it");
    let value = |pair: &[Object]| {
        let place = document.dereference(&pair[1]).expect("a place").1;
        let Target::Place(page, at) = paper.place(place) else { panic!("a place") };
        (pair[0].as_str().expect("text").to_vec(), format!("{page} {:.3}", at.y))
    };
    list.chunks(2).map(value).collect()
}

/// Elements' names and those that cells name as their heads; and how many there are of both.
fn heads(paper: &Paper) -> (usize, usize) {
    let document = &paper.document;
    let catalog = document.catalog().expect("a catalogue");
    let root = get(document, catalog, b"StructTreeRoot").and_then(|o| o.as_dict().ok()).expect("a tree");
    let tree = get(document, root, b"IDTree").and_then(|o| o.as_dict().ok()).expect("names of elements");
    let list = get(document, tree, b"Names").and_then(|o| o.as_array().ok()).expect("a flat tree");
    let mut ids = BTreeSet::new();
    for pair in list.chunks(2) {
        let element = document.dereference(&pair[1]).expect("an element").1.as_dict().expect("an element");
        assert_eq!(
            element.get(b"ID").and_then(Object::as_str).expect("its name"),
            pair[0].as_str().expect("text")
        );
        assert!(ids.insert(pair[0].as_str().expect("text").to_vec()), "named once");
    }
    let keys: Vec<&[u8]> = list.chunks(2).map(|pair| pair[0].as_str().expect("text")).collect();
    assert!(keys.is_sorted(), "readers search it");
    let mut named = 0;
    for element in document.objects.values().filter_map(|o| o.as_dict().ok()) {
        let Some(attributes) = get(document, element, b"A").and_then(|o| o.as_array().ok()) else { continue };
        for own in attributes.iter().filter_map(|o| document.dereference(o).ok()?.1.as_dict().ok()) {
            for head in get(document, own, b"Headers").and_then(|o| o.as_array().ok()).into_iter().flatten() {
                assert!(ids.contains(head.as_str().expect("text")), "a head that is there");
                named += 1;
            }
        }
    }
    (ids.len(), named)
}

fn fonts(paper: &Paper) -> usize {
    let of = |key: &[u8]| {
        paper.document.objects.values().filter(|o| o.as_dict().is_ok_and(|d| d.has(key))).count()
    };
    of(b"FontFile3") + of(b"FontFile2")
}

/// Everything that a reader of the files can tell, of the one in parts and of the one in one go.
fn same(set: &Set, joined: &[u8], whole: &[u8]) {
    let (seen, wanted) = (readback::read(joined), readback::read(whole));
    assert_eq!(seen.len(), set.pages.len());
    for (page, (seen, wanted)) in seen.iter().zip(&wanted).enumerate() {
        assert_eq!(seen.text(), wanted.text(), "page {page}");
        let drawn = |seen: &readback::Seen| {
            let glyph = |g: &readback::Glyph| {
                format!("{} {:.3} {:.3} {:.3} {:?}", g.text, g.origin.x, g.origin.y, g.ink, g.bounds)
            };
            seen.glyphs.iter().map(glyph).collect::<Vec<_>>()
        };
        assert_eq!(drawn(seen), drawn(wanted), "page {page}");
        assert_eq!((seen.lines.len(), &seen.fills), (wanted.lines.len(), &wanted.fills), "page {page}");
    }
    let (paper, wanted) = (Paper::read(joined), Paper::read(whole));
    alike(&links(&paper).join("\n"), &links(&wanted).join("\n"));
    assert_eq!(paper.labels(), wanted.labels());
    assert_eq!(paper.tags(), wanted.tags());
    assert_eq!(languages(&paper), languages(&wanted));
    alike(&bookmarks(&paper), &bookmarks(&wanted));
    alike(&format!("{:?}", names(&paper)), &format!("{:?}", names(&wanted)));
    assert_eq!(heads(&paper), heads(&wanted));
    assert_eq!(fonts(&paper), fonts(&wanted), "each font is there once");
    let said = format!("<xmpTPg:NPages>{}</xmpTPg:NPages>", set.pages.len());
    assert!(paper.xmp().contains(&said), "{}", paper.xmp());
    crate::structure::check(joined, true);
}

/// The same words, and numbers that differ by no more than their writing does.
fn alike(one: &str, other: &str) {
    let split = |text: &str| -> Vec<String> {
        text.split(|c: char| c.is_whitespace() || "(),:\"{}".contains(c)).map(str::to_owned).collect()
    };
    let (ours, theirs) = (split(one), split(other));
    assert_eq!(ours.len(), theirs.len(), "{one}\n{other}");
    for (a, b) in ours.iter().zip(&theirs) {
        let near =
            a.parse::<f64>().ok().zip(b.parse::<f64>().ok()).is_some_and(|(a, b)| (a - b).abs() < 0.011);
        assert!(a == b || near, "{a} and {b}\n{one}\n{other}");
    }
}

fn links(paper: &Paper) -> Vec<String> {
    let link = |link: crate::paper::Link| match link.target {
        Target::Place(page, at) => {
            format!("{} {:.2?} → {page} {:.3} {:.3}", link.page, link.area, at.x, at.y)
        }
        Target::Url(url) => format!("{} {:.2?} → {url}", link.page, link.area),
    };
    paper.links().into_iter().map(link).collect()
}

/// Languages of the document and of elements, and how many elements are in each.
fn languages(paper: &Paper) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for dict in paper.document.objects.values().filter_map(|o| o.as_dict().ok()) {
        let kind = dict.get(b"Type").and_then(Object::as_name).unwrap_or_default();
        if let Ok(lang) = dict.get(b"Lang").and_then(Object::as_str) {
            let said = format!("{} {}", String::from_utf8_lossy(kind), String::from_utf8_lossy(lang));
            *out.entry(said).or_default() += 1;
        }
    }
    out
}

#[test]
fn parts_are_what_the_whole_is() {
    let set = set(SOURCE);
    assert!(set.pages.len() > 60, "{} pages", set.pages.len());
    let (joined, whole) = (joined(&set, &Parts::default()), whole(&set));
    // Nothing is there twice.
    assert!(joined.len() < whole.len() * 11 / 10, "{} and {} bytes", joined.len(), whole.len());
    same(&set, &joined, &whole);
    let paper = Paper::read(&joined);
    assert!(links(&paper).iter().any(|link| link.contains("→ 30 ")), "a link into another part");
    assert!(names(&paper).contains_key("ch:量子-3".as_bytes()), "{:?}", names(&paper).keys());
    assert!(heads(&paper).1 > 100);
}

/// A book of blocks by chance, on small pages.
fn by_chance(seed: u64) -> String {
    let mut random = Random::of(seed);
    let mut out = String::from(
        "#set document(title: \"By chance\")\n#set page(width: 70mm, height: 80mm, margin: 8mm, numbering: \"1\")\n\
         #set text(font: \"Recto Serif\", size: 9pt, lang: \"en\")\n\
         #set heading(numbering: \"1.1\")\nCover\n#table(columns: 1, table.header[H], [x])\n#pagebreak()\n",
    );
    let mut level = 0;
    for n in 0..120 {
        let words = 5 + random.below(90);
        let block = match random.below(12) {
            0 | 1 => {
                level = 1 + random.below(level.min(3) + 1);
                let tail = if random.below(2) == 0 { "\n#pagebreak(weak: true)" } else { "" };
                // As the exporter's own stand-ins are called.
                let name = if n % 3 == 0 { "recto:before".to_owned() } else { format!("Heading {n}") };
                format!("{} {name} <h{n}>{tail}", "=".repeat(level))
            }
            2 => format!("#lorem({words})#footnote[Note {n}: #lorem(12)]"),
            3 => format!(
                "#table(columns: 2, table.header[A][B], ..range({}).map(i => ([Cell {n} #i], [_b_])).flatten())",
                1 + random.below(40)
            ),
            4 => format!("- One {n}\n  - Two #lorem({words})\n- Three\n\n+ First\n+ Second"),
            5 => format!(
                "Go #link(\"recto:at:{}:5.00:{}.00\")[there {n}, #lorem(9)].",
                random.below(30),
                words
            ),
            6 => format!("#place(auto, float: true, block(height: {words}pt)[A float {n}])"),
            7 => format!("#text(lang: \"de\")[Deutsch {n}: #lorem({words})]"),
            8 => format!("#quote(block: true)[#lorem({words})] `code({n})`"),
            9 => format!("#pdf.artifact[An ornament {n}] #strong[Bold] and #emph[slanted #lorem({words})]"),
            10 => format!("#figure(rect(width: 20mm), alt: \"A box {n}\", caption: [Box {n}])"),
            _ => format!("#lorem({words})"),
        };
        out.push_str(&block);
        out.push_str("\n\n");
    }
    out
}

#[test]
fn books_by_chance_are_the_same_in_parts() {
    let cases = std::env::var("PARTS_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    let mut parted = 0;
    for seed in 0..cases {
        let source = by_chance(seed);
        let set = set(&source);
        let keys = parts::keys(&set.pages);
        let joined = pdf::export_book(&set.pages, &keys, &set.info, "A book", date(), &Parts::default());
        let joined = joined.unwrap_or_else(|errors| panic!("seed {seed}: {errors:?}"));
        if in_parts(&joined) {
            parted += 1;
            eprintln!("seed {seed}: {} pages", set.pages.len());
            same(&set, &joined, &whole(&set));
        }
    }
    assert!(parted * 2 > cases, "{parted} of {cases} in parts");
}

/// After an edit only the part is exported that it is in, and the file is the one that a build from nothing writes.
#[test]
fn an_edit_gives_the_bytes_of_a_clean_build() {
    let kept = Parts::default();
    let mut texts = BTreeSet::new();
    // A word, then a word that needs a glyph that the book did not have, then a page more, then a heading that is gone.
    for source in [
        SOURCE.to_owned(),
        SOURCE.replace("Another #text", "Quite another #text"),
        SOURCE.replace("Another #text", "Añother Ж #text"),
        SOURCE.replace("Go #link", "#if n == 3 [#lorem(150)] Go #link"),
        SOURCE.replace("=== Below it", ""),
        SOURCE.to_owned(),
    ] {
        let set = set(&source);
        let edited = joined(&set, &kept);
        assert!(edited == joined(&set, &Parts::default()), "{} bytes", edited.len());
        texts.insert(edited);
    }
    assert_eq!(texts.len(), 5, "they differ");
}

/// A table over all pages of a book: nowhere may it be cut, and it is exported whole.
#[test]
fn what_cannot_be_cut_is_exported_whole() {
    let source = "#set document(title: \"One table\")\n#set page(paper: \"a6\")\n#set text(lang: \"en\")\n\
                  #link(\"recto:at:30:1.00:50.00\")[There]\n\
                  #table(columns: 2, table.header[A][B], ..range(2400).map(i => [Cell #i]))";
    let set = set(source);
    assert!(set.pages.len() > 32);
    let keys = parts::keys(&set.pages);
    let bytes =
        pdf::export_book(&set.pages, &keys, &set.info, "A book", date(), &Parts::default()).expect("a file");
    assert!(bytes == whole(&set));
    let links = Paper::read(&bytes).links();
    assert!(matches!(links[0].target, Target::Place(30, _)), "{links:?}");
}

/// Links to elements, as a pack's own layout may have them: near ones stay in a part, and far ones are not lost.
#[test]
fn links_to_elements_lead_where_they_should() {
    for (to, apart) in [("s12", true), ("s63", false)] {
        let set = set(&SOURCE.replace(
            "Go #link(\"recto",
            &format!("#if n == 1 [#link(<{to}>)[An element]] Go #link(\"recto"),
        ));
        let keys = parts::keys(&set.pages);
        let bytes = pdf::export_book(&set.pages, &keys, &set.info, "A book", date(), &Parts::default());
        let bytes = bytes.expect("a file");
        assert_eq!(in_parts(&bytes), apart, "{to}");
        let target = |bytes: &[u8]| match &Paper::read(bytes).links()[0].target {
            Target::Place(page, at) => format!("{page} {:.1}", at.y),
            Target::Url(url) => url.clone(),
        };
        assert_eq!(target(&bytes), target(&whole(&set)), "{to}");
    }
}

/// What the exporter refuses in a part is an error of the book's.
#[test]
fn errors_of_a_part_are_told() {
    let set = set(&SOURCE.replace("=== Below it", "==== Too deep"));
    let keys = parts::keys(&set.pages);
    let errors = pdf::export_book(&set.pages, &keys, &set.info, "A book", date(), &Parts::default())
        .expect_err("refused");
    assert!(errors[0].message.contains("skipped from heading level 2 to 4"), "{errors:?}");
}

/// No text of the shipped book keeps it from being cut.
#[test]
fn the_shipped_book_is_made_of_parts() {
    let bytes = crate::shipped::SHIPPED.folder.bytes("out/handbook.pdf");
    assert!(in_parts(&bytes));
}
