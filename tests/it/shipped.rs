//! The shipped pack: what it promises, read back from the paper.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use recto::pack::{self, Pack};
use recto::vault::{OpenOptions, Vault};

use crate::support::{Folder, letters, pdf_text};

fn content() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("content")
}

fn copy(from: &Path, folder: &Folder, to: &str) {
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = format!("{to}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            copy(&entry.path(), folder, &target);
        } else {
            folder.write(&target, std::fs::read(entry.path()).unwrap());
        }
    }
}

/// The shipped pack as `to` of a folder: builds may change its lock.
pub fn lay_into(folder: &Folder, to: &str) {
    copy(&content(), folder, to);
}

/// The pack and its documents, built once for all tests of this module.
pub struct Shipped {
    pub pack: Pack,
    pub folder: Folder,
    said: String,
}

pub static SHIPPED: LazyLock<Shipped> = LazyLock::new(|| {
    let folder = Folder::new();
    copy(&content(), &folder, "pack");
    let run = folder.recto(&["build", "pack", "--out", "out"]).ends(0);
    let (vault, _) = Vault::open(&content(), &OpenOptions::default()).unwrap();
    Shipped { pack: pack::build(&vault).0, folder, said: run.err }
});

fn text(file: &str) -> String {
    letters(&pdf_text(&SHIPPED.folder.bytes(&format!("out/{file}"))).concat())
}

#[test]
fn it_builds_without_a_word() {
    assert_eq!(SHIPPED.said, "");
}

#[test]
fn every_name_and_alias_is_in_the_handbook() {
    let text = text("handbook.pdf");
    for concept in &SHIPPED.pack.concepts {
        let head = letters(&format!("{}{}", concept.number, concept.name));
        assert!(text.contains(&head), "no heading {} {}", concept.number, concept.name);
        for alias in &concept.aliases {
            assert!(text.contains(&letters(alias)), "the alias {alias} is nowhere");
        }
        assert!(text.contains(&letters(&concept.brief.plain)), "the brief of {} is not whole", concept.name);
    }
}

#[test]
fn every_name_is_on_a_card_and_a_sheet() {
    let cards = text("flashcards.pdf");
    let sheets: String = SHIPPED
        .folder
        .files("out/cheatsheets")
        .iter()
        .filter(|f| *f != "all.pdf")
        .map(|f| text(&format!("cheatsheets/{f}")))
        .collect();
    for concept in &SHIPPED.pack.concepts {
        assert!(cards.contains(&letters(&concept.name)), "{} is on no card", concept.name);
        assert!(sheets.contains(&letters(&concept.name)), "{} is on no sheet", concept.name);
    }
    for card in &SHIPPED.pack.cards {
        assert!(!card.back.plain.trim().is_empty(), "a card of {:?} has no back", card.concept);
    }
}

#[test]
fn every_sheet_has_its_pages_exactly() {
    for file in SHIPPED.folder.files("out/cheatsheets") {
        let document =
            lopdf::Document::load_mem(&SHIPPED.folder.bytes(&format!("out/cheatsheets/{file}"))).unwrap();
        assert_eq!(document.get_pages().len(), 2, "{file}");
    }
}

#[test]
fn the_rows_of_the_seeds_are_there_under_names_that_are_true_today() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/seed-names.yaml");
    let seeds: BTreeMap<String, BTreeMap<String, String>> =
        serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!((seeds["overview"].len(), seeds["detailed"].len()), (31, 65));
    let mut differ = 0;
    for (seed, name) in seeds.values().flatten() {
        let concept = SHIPPED.pack.concepts.iter().find(|c| c.name == *name);
        let concept = concept.unwrap_or_else(|| panic!("no concept is called {name}"));
        if seed != name {
            differ += 1;
            let same = |alias: &String| letters(alias) == letters(seed);
            assert!(
                concept.aliases.iter().any(same) || letters(name) == letters(seed),
                "{seed} is no alias of {name}"
            );
        }
    }
    assert!(differ <= 20, "{differ} names differ");
}

#[test]
fn the_handbook_is_tagged_and_claims_its_standards() {
    let bytes = SHIPPED.folder.bytes("out/handbook.pdf");
    let document = lopdf::Document::load_mem(&bytes).unwrap();
    let catalog = document.catalog().unwrap();
    assert!(
        catalog.get(b"StructTreeRoot").is_ok()
            && catalog.get(b"Outlines").is_ok()
            && catalog.get(b"PageLabels").is_ok()
    );
    let metadata = document.get_object(catalog.get(b"Metadata").unwrap().as_reference().unwrap()).unwrap();
    let xmp = String::from_utf8_lossy(&metadata.as_stream().unwrap().get_plain_content().unwrap_or_default())
        .into_owned();
    assert!(xmp.contains("pdfuaid:part") && xmp.contains("pdfaid:part"), "{xmp}");
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"en");
}

#[test]
fn every_internal_link_lands_in_the_document() {
    let document = lopdf::Document::load_mem(&SHIPPED.folder.bytes("out/handbook.pdf")).unwrap();
    let pages: std::collections::HashSet<_> = document.get_pages().into_values().collect();
    let mut links = 0;
    for page in &pages {
        let Ok(annotations) = document.get_page_annotations(*page) else { continue };
        for annotation in annotations {
            let words = annotation.get(b"Contents").and_then(|c| c.as_str()).unwrap_or_default();
            assert!(
                !words.is_empty() && !words.starts_with(b"recto:"),
                "a link without words for a screen reader"
            );
            let dest =
                annotation.get(b"Dest").and_then(|d| document.dereference(d)).and_then(|(_, d)| d.as_array());
            if let Ok(dest) = dest {
                let target = dest[0].as_reference().expect("a page");
                assert!(pages.contains(&target), "a link leads nowhere");
                links += 1;
            } else if let Ok(action) = annotation
                .get(b"A")
                .and_then(|a| document.dereference(a))
                .and_then(|(_, a)| a.as_dict().cloned())
            {
                if let Ok(uri) = action.get(b"URI").and_then(|u| u.as_str()) {
                    assert!(
                        !uri.starts_with(b"recto:"),
                        "an internal link was not resolved: {}",
                        String::from_utf8_lossy(uri)
                    );
                } else {
                    links += 1;
                }
            }
        }
    }
    assert!(links > SHIPPED.pack.concepts.len() * 3, "{links} links");
}

#[test]
fn the_calendar_is_the_same_on_paper_in_the_feed_and_for_programs() {
    let json: serde_json::Value = serde_json::from_str(&SHIPPED.folder.read("out/calendar.json")).unwrap();
    let planned = crate::calendar::files::agree(&SHIPPED.folder, "en");
    let introduced = json["forecast"]["chapters"].as_array().unwrap().iter();
    let introduced: u64 = introduced.map(|c| c["introduced"].as_u64().unwrap()).sum();
    assert!(planned as u64 > 3 * introduced && introduced as usize == SHIPPED.pack.cards.len());
}
