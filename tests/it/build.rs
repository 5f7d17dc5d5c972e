//! What a build writes.

use crate::support::{Folder, letters, pdf_text};

#[test]
fn all_documents_are_written_and_hold_the_pack() {
    let folder = Folder::small();
    folder.build().ends(0);
    let files = folder.files("out");
    for wanted in ["handbook.pdf", "flashcards.pdf", "calendar.pdf", "cheatsheets/01-birds.pdf"] {
        assert!(files.iter().any(|f| f == wanted), "{wanted} is missing from {files:?}");
    }
    let handbook = letters(&pdf_text(&folder.bytes("out/handbook.pdf")).concat());
    for text in ["Birds", "Mallard", "Teal", "Wild duck", "It dabbles", "Look at the pond"] {
        assert!(handbook.contains(&letters(text)), "`{text}` is not in the handbook: {handbook}");
    }
    for file in ["out/flashcards.pdf", "out/cheatsheets/01-birds.pdf"] {
        let text = letters(&pdf_text(&folder.bytes(file)).concat());
        assert!(text.contains("Mallard") && text.contains("Teal"), "{file}: {text}");
    }
}

#[test]
fn two_folders_and_two_thread_counts_give_the_same_bytes() {
    let (one, two) = (Folder::small(), Folder::small());
    one.recto(&["build", "pack", "--out", "out", "--jobs", "1"]).ends(0);
    two.recto(&["build", "pack", "--out", "out", "--jobs", "2"]).ends(0);
    for file in one.files("out").iter().filter(|f| f.ends_with(".pdf")) {
        assert!(one.bytes(&format!("out/{file}")) == two.bytes(&format!("out/{file}")), "{file} differs");
    }
}

#[test]
fn a_second_build_does_nothing_and_says_so() {
    let folder = Folder::small();
    folder.build().ends(0);
    let before = std::fs::metadata(folder.path("out/handbook.pdf")).unwrap().modified().unwrap();
    let run = folder.build().ends(0);
    assert!(run.err.contains("nothing changed") || run.out.contains("nothing changed"), "{run:?}");
    assert_eq!(std::fs::metadata(folder.path("out/handbook.pdf")).unwrap().modified().unwrap(), before);
    // A deleted file is made again; an edit too.
    std::fs::remove_file(folder.path("out/calendar.pdf")).unwrap();
    folder.build().ends(0);
    assert!(folder.path("out/calendar.pdf").exists());
    folder.write("pack/concepts/Mallard.md", "## Explanation\n\nIt quacks loudly.\n");
    folder.build().ends(0);
    assert!(letters(&pdf_text(&folder.bytes("out/handbook.pdf")).concat()).contains("Itquacksloudly"));
}

#[test]
fn codes_are_kept_in_the_lock_and_locked_builds_change_nothing() {
    let folder = Folder::small();
    folder.build().ends(0);
    let lock = folder.read("pack/recto.lock");
    assert!(lock.contains("B-001") || lock.contains("BI-001") || lock.contains("-001"), "{lock}");
    folder.recto(&["build", "pack", "--out", "out", "--locked"]).ends(0);
    folder.write(
        "pack/1 Birds.md",
        folder.read("pack/1 Birds.md") + "|**Pintail**|A slender duck with a long neck and a long tail.|\n",
    );
    let run = folder.recto(&["build", "pack", "--out", "out", "--locked"]);
    assert_ne!(run.code, 0, "{run:?}");
    assert_eq!(folder.read("pack/recto.lock"), lock);
    folder.build().ends(0);
    let after = folder.read("pack/recto.lock");
    for line in lock.lines().filter(|l| l.contains("-00")) {
        assert!(after.contains(line), "`{line}` is gone from\n{after}");
    }
}

#[test]
fn a_folder_without_recto_yaml_builds_and_stays_as_it_is() {
    let folder = Folder::small();
    std::fs::remove_file(folder.path("pack/recto.yaml")).unwrap();
    let before = folder.files("pack");
    folder.build().ends(0);
    assert_eq!(folder.files("pack"), before, "nothing is written into a vault that is no pack");
}

#[test]
fn a_selection_keeps_numbers_and_codes() {
    let folder = Folder::small();
    folder.recto(&["build", "pack", "--out", "all"]).ends(0);
    folder.recto(&["build", "pack", "--out", "some", "--tags", "ducks"]).ends(0);
    let some = letters(&pdf_text(&folder.bytes("some/handbook.pdf")).concat());
    assert!(some.contains("111Mallard") && !some.contains("smallestdabbling"), "{some}");
}

#[test]
fn letter_paper_goes_everywhere() {
    let folder = Folder::small();
    folder.write(
        "pack/recto.yaml",
        "title: Small\ndate: 2026-11-20\npaper: us-letter\nschedule: {start: 2027-01-04}\n",
    );
    folder.build().ends(0);
    for file in ["handbook.pdf", "calendar.pdf", "flashcards.pdf"] {
        let document = lopdf::Document::load_mem(&folder.bytes(&format!("out/{file}"))).unwrap();
        let (_, page) = document.get_pages().into_iter().next().unwrap();
        let page = document.get_dictionary(page).unwrap();
        let sizes: Vec<f32> = page
            .get(b"MediaBox")
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|o| o.as_float().unwrap())
            .collect();
        let (mut w, mut h) = (sizes[2], sizes[3]);
        if w > h {
            std::mem::swap(&mut w, &mut h);
        }
        assert!((w - 612.0).abs() < 0.1 && (h - 792.0).abs() < 0.1, "{file}: {sizes:?}");
    }
}

#[test]
fn a_pack_may_bring_a_layout_of_its_own() {
    let folder = Folder::small();
    let theme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/layouts/themes/classic.typ")).unwrap();
    folder.write("pack/layouts/themes/classic.typ", theme.replace("unit = 13pt", "unit = 15pt"));
    folder.build().ends(0);
    folder.write("pack/layouts/theme.typ", "#let broken = (");
    folder.build().ends(1).says("layouts/theme.typ");
}

#[test]
fn new_makes_a_pack_that_builds_without_a_word() {
    let folder = Folder::new();
    folder.recto(&["new", "pack", "--title", "A \"quoted\" title: yes"]).ends(0);
    folder.recto(&["build", "pack", "--out", "out", "--strict"]).ends(0);
    folder.recto(&["new", "pack"]).ends(2);
}

#[test]
fn json_is_for_programs() {
    let folder = Folder::small();
    let run = folder.recto(&["build", "pack", "--out", "out", "--json"]).ends(0);
    let summary: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let names: Vec<&str> =
        summary["documents"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["handbook", "cheatsheets", "flashcards", "calendar"]);
}

#[test]
fn an_edit_that_moves_cards_in_their_note_leaves_their_sheets() {
    let folder = Folder::small();
    folder.build().ends(0);
    let before = folder.bytes("out/flashcards.pdf");
    // Longer text above the cards: their bytes in the note are others, their looks are not.
    let note = folder.read("pack/concepts/Mallard.md");
    let longer = note.replace("It dabbles", "It upends, grazes and dabbles");
    folder.write("pack/concepts/Mallard.md", longer);
    let again = folder.recto(&["build", "pack", "handbook", "flashcards", "--out", "out", "--json"]).ends(0);
    let said: serde_json::Value = serde_json::from_str(&again.out).expect("JSON");
    let state = |name: &str| {
        let documents = said["documents"].as_array().expect("documents");
        let own = documents.iter().find(|d| d["name"] == name).expect("the document");
        own["state"].as_str().expect("a state").to_owned()
    };
    assert_eq!((state("handbook"), state("flashcards")), ("written".into(), "unchanged".into()));
    assert_eq!(folder.bytes("out/flashcards.pdf"), before);
    // What a card says is another matter.
    folder.write("pack/concepts/Mallard.md", note.replace(":: Green", ":: Bottle green"));
    folder.build().ends(0);
    assert_ne!(folder.bytes("out/flashcards.pdf"), before);
}
