//! Sheets of random packs: pages, entries, the size against brute force.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use typst::layout::FrameItem;

use super::*;
use crate::pack::{self, Pack};
use crate::plan::stock::Paper;
use crate::typeset::fonts::Fonts;
use crate::vault::Vault;

static FONTS: LazyLock<Arc<Fonts>> = LazyLock::new(|| Fonts::load(&[], false).unwrap());

/// A concept: words of its brief, lines of its code, priority.
type Seed = (usize, usize, u8);

/// A pack of chapters of sections of concepts.
fn texts(chapters: &[Vec<Vec<Seed>>]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut n = 0;
    for (c, sections) in chapters.iter().enumerate() {
        let mut text = format!("# Water {}\n\nIt is wet.\n", c + 1);
        for (s, concepts) in sections.iter().enumerate() {
            let _ = write!(text, "\n## Shore {}\n\n|Concept|Brief Description|\n|---|---|\n", s + 1);
            for (words, lines, priority) in concepts {
                let brief: Vec<String> = (0..*words).map(|w| format!("word{}", w * 7 % 13)).collect();
                let _ = writeln!(text, "|**[[Bird{n}x]]**|{}|", brief.join(" "));
                let mut note = format!("---\npriority: {priority}\n---\n");
                if *lines > 0 {
                    let code: Vec<String> =
                        (0..*lines).map(|l| format!("call({l}, of_something_longer)")).collect();
                    let _ = write!(note, "## Cheatsheet\n\nWhat it does.\n\n```\n{}\n```\n", code.join("\n"));
                }
                files.push((format!("concepts/Bird{n}x.md"), note));
                n += 1;
            }
        }
        files.push((format!("{} Water.md", c + 1), text));
    }
    files
}

fn open(files: &[(String, String)]) -> (Vault, Pack) {
    let (vault, _) = Vault::from_texts(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let (pack, _) = pack::build(&vault);
    (vault, pack)
}

fn press<'a>(vault: &'a Vault, pack: &'a Pack) -> Press<'a> {
    Press::new(vault, pack, FONTS.clone(), Paper::A4, "classic", None).unwrap_or_else(|f| panic!("{f:?}"))
}

fn read(frame: &Frame, out: &mut String) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Text(text) => out.push_str(&text.text),
            FrameItem::Group(group) => read(&group.frame, out),
            _ => {}
        }
    }
}

fn text(sheet: &Sheet) -> String {
    let mut out = String::new();
    sheet.document.pages().iter().for_each(|page| read(&page.frame, &mut out));
    out
}

fn seeds() -> impl Strategy<Value = Vec<Vec<Vec<Seed>>>> {
    let concept = (3usize..40, 0usize..6, 1u8..4);
    let section = proptest::collection::vec(concept, 1..14);
    let chapter = proptest::collection::vec(section, 1..5);
    proptest::collection::vec(chapter, 1..3)
}

fn check(press: &Press, pack: &Pack, sheets: &[Sheet], options: &SheetOptions) {
    let chapters = pack.chapters.len();
    assert_eq!(sheets.len(), if chapters > 1 { chapters + 1 } else { 1 });
    for sheet in sheets {
        let whole = sheet.name == "all";
        let pages = if whole { options.pack_pages } else { options.pages };
        assert_eq!(sheet.document.pages().len(), pages, "{}", sheet.name);
        let text = text(sheet);
        // Kept and dropped are all: every name stands on the sheet once, and what had no room behind the words for it.
        let (kept, gone) = text.split_once(&press.word("not-shown")).unwrap_or((&text, ""));
        let (mut shown, mut named) = (0, 0);
        for (i, concept) in pack.concepts.iter().enumerate() {
            let own = whole || sheet.name.starts_with(&format!("{:02}-", concept.chapter + 1));
            let count = |text: &str| text.matches(concept.name.as_str()).count();
            let dropped = sheet.dropped.iter().any(|(no, _)| no.0 == i);
            assert_eq!(
                (count(kept), count(gone)),
                (usize::from(own && !dropped), usize::from(own && dropped)),
                "{}",
                concept.name
            );
            shown += usize::from(own && !dropped);
            named += usize::from(own && dropped);
        }
        assert_eq!(named, sheet.dropped.len());
        assert!(shown + named > 0);
        // Nothing is left out above the floor; and what stays is not less important than what goes.
        if !sheet.dropped.is_empty() {
            assert_eq!(sheet.size, options.floor);
            assert!(sheet.dropped.iter().all(|(_, folio)| folio.is_some()), "{:?}", sheet.dropped);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn every_sheet_has_its_pages_and_all_its_entries(
        seeds in seeds(), pages in 1usize..4, landscape in proptest::option::of(proptest::bool::ANY), pocket: bool,
        floor in prop_oneof![Just(6.5), Just(9.0), Just(12.0)],
    ) {
        let files = texts(&seeds);
        let (vault, pack) = open(&files);
        let press = press(&vault, &pack);
        let options = SheetOptions { pages, pack_pages: 1, floor, landscape, pocket, ..SheetOptions::default() };
        let sheets = typeset(&press, &options);
        prop_assert!(sheets.is_some(), "{:?}", press.take_findings());
        check(&press, &pack, &sheets.unwrap(), &options);
    }

    #[test]
    fn the_size_is_that_of_brute_force(seeds in seeds(), pages in 1usize..3, floor in prop_oneof![Just(6.5), Just(10.0)]) {
        let files = texts(&seeds);
        let (vault, pack) = open(&files);
        let press = press(&vault, &pack);
        let options = SheetOptions { pages, pack_pages: 2, floor, ..SheetOptions::default() };
        let formats = pages::formats(&press, &options);
        let chapter = &pack.chapters[0];
        let fit = try_fit(&press, Draft::of_chapter(&press, chapter, pages), &formats, &options).unwrap();
        // Every format at every fourth size, and at those around the one that was found.
        let sizes = sizes(floor);
        let found = fit.found.as_ref().map(|(choice, _)| choice.size);
        let mut best = None;
        for format in &formats {
            let arrangement = format.arrangement(pages);
            for (step, size) in sizes.iter().enumerate() {
                let near = found.is_some_and(|f| f.abs_diff(step) < 3);
                if step % 4 != 0 && !near {
                    continue;
                }
                let blocks = measure(&press, &fit.draft, format.column_width(), *size).unwrap().blocks;
                let rooms: Vec<f64> = arrangement.rooms.iter().map(|room| room / size).collect();
                if fit::fits(&blocks, &rooms) {
                    best = best.max(Some(step));
                }
            }
        }
        prop_assert_eq!(found, best);
    }
}

#[test]
fn a_sheet_is_full_or_its_type_as_large_as_may_be() {
    for count in [1, 6, 20, 45, 90] {
        let section: Vec<Seed> = (0..count).map(|i| (12 + i % 9, 0, 2)).collect();
        let files = texts(&[vec![section]]);
        let (vault, pack) = open(&files);
        let press = press(&vault, &pack);
        let sheets = typeset(&press, &SheetOptions::default()).unwrap();
        let sheet = &sheets[0];
        assert!(sheet.dropped.is_empty());
        assert!(
            sheet.fill >= 0.7 || sheet.size >= CEILING - 1e-9,
            "{count}: {} at {} pt",
            sheet.fill,
            sheet.size
        );
    }
}

#[test]
fn less_important_and_less_central_entries_go_first() {
    let section: Vec<Seed> = (0..60).map(|i| (24, 0, if i % 3 == 0 { 1 } else { 3 })).collect();
    let files = texts(&[vec![section]]);
    let (vault, pack) = open(&files);
    let press = press(&vault, &pack);
    let options = SheetOptions { pages: 1, floor: 12.0, ..SheetOptions::default() };
    let sheet = typeset(&press, &options).unwrap().remove(0);
    let gone: HashMap<usize, u8> =
        sheet.dropped.iter().map(|(no, _)| (no.0, pack.concepts[no.0].priority)).collect();
    assert!(gone.len() > 5, "{}", gone.len());
    let kept_least = (0..60).filter(|i| !gone.contains_key(i)).map(|i| pack.concepts[i].priority).max();
    assert!(gone.values().all(|priority| Some(*priority) >= kept_least), "{gone:?}");
}

#[test]
fn an_entry_higher_than_a_page_is_named_and_the_rest_printed() {
    let mut section: Vec<Seed> = vec![(10, 0, 2); 5];
    section.push((10, 200, 1));
    let files = texts(&[vec![section]]);
    let (vault, pack) = open(&files);
    let press = press(&vault, &pack);
    let options = SheetOptions { pages: 1, floor: 9.0, ..SheetOptions::default() };
    let sheets = typeset(&press, &options).unwrap();
    assert_eq!(sheets[0].dropped.iter().map(|(no, _)| no.0).collect::<Vec<_>>(), [5]);
    check(&press, &pack, &sheets, &options);
}

#[test]
fn what_the_author_wants_on_the_sheet_is_there() {
    let files: Vec<(String, String)> = [
        ("1 Water.md", "# Water\n\n|Concept|Brief Description|\n|---|---|\n|**[[A]]**|brief of a|\n|**[[B]]**|brief of b|\n|**[[C]]**|brief of c|\n|**[[D]]**|brief of d|\n"),
        ("A.md", "---\ncheat: line of `a()`\n---\n## Explanation\n\nx\n"),
        ("B.md", "## Cheatsheet\n\nsection of b\n\n|k|v|\n|---|---|\n|one|two|\n"),
        ("C.md", "---\ncheat: false\n---\n## Explanation\n\nx\n"),
        ("D.md", "## Explanation\n\nx\n"),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .to_vec();
    let (vault, pack) = open(&files);
    let press = press(&vault, &pack);
    let sheet = typeset(&press, &SheetOptions::default()).unwrap().remove(0);
    let text = text(&sheet);
    for there in ["line of ", "a()", "section of b", "one", "two", "brief of d"] {
        assert!(text.contains(there), "{there}: {text}");
    }
    for absent in ["brief of a", "brief of b", "brief of c", "`"] {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
    assert!(sheet.dropped.is_empty());
}

#[test]
fn sizes_go_from_the_floor_to_the_ceiling() {
    let all = sizes(6.5);
    assert_eq!((all.len(), all[0], all[1]), (66, 6.5, 6.6));
    assert_eq!(all.last(), Some(&CEILING));
    assert_eq!(sizes(14.0), [14.0], "a floor above the ceiling is the only size");
}
