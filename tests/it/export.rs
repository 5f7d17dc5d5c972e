//! Exports from the command line: counts, reports, the lock, what is written again and what is taken away.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Folder, Run, letters, pdf_text};

const KINDS: [&str; 10] =
    ["anki", "anki-text", "quizlet", "mochi", "obsidian", "notion", "csv", "json", "opml", "mermaid"];

/// Two chapters, every kind of card, a picture, a diagram, links, a callout.
fn pack() -> Folder {
    let folder = Folder::small();
    folder.write(
        "pack/2 Gulls.md",
        "---\ncode: GU\n---\n# Gulls\n\nSee [[1 Birds]].\n\n|Concept|Brief|\n|---|---|\n|[[Kittiwake]]|A gull of the [[open sea]].|\n",
    );
    folder.write(
        "pack/concepts/Kittiwake.md",
        "---\ntags: [gulls]\n---\n# Kittiwake\n\n## Explanation\n\n> [!tip]- Look\n> ==black== legs ![[leg.png|A leg]]\n\n\
         ```mermaid\nflowchart LR\n  a --> b\n```\n\n## Cards\n\nlegs ::: black **feet**\n\nIt ==cries== its ==name==.\n\n\
         What does it print?\n?\n```python\nprint(\"kitti\" \"wake\")\n```\n\nThe picture :: ![[leg.png|A leg]]\n",
    );
    folder.write("pack/leg.png", png());
    folder
}

/// A picture of one grey pixel.
fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_luma8(1, 1).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn export(folder: &Folder, kind: &str, more: &[&str]) -> Run {
    let out = format!("out-{kind}");
    let mut args = vec!["export", kind, "pack", "--out", &out, "--date", "2026-11-20"];
    args.extend(more);
    folder.recto(&args)
}

fn report(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}", run.out))
}

#[test]
fn every_export_holds_what_the_paper_holds() {
    let folder = pack();
    folder.recto(&["build", "pack", "--out", "out", "--blank-slots", "empty"]).ends(0);
    let printed = letters(&pdf_text(&folder.bytes("out/flashcards.pdf")).concat());
    let handbook = letters(&pdf_text(&folder.bytes("out/handbook.pdf")).concat());
    let whole: Value = {
        let run = export(&folder, "json", &["--json"]).ends(0);
        assert_eq!(report(&run)["lost"], serde_json::json!([]));
        serde_json::from_str(&folder.read("out-json/pack.json")).unwrap()
    };
    let codes: BTreeSet<&str> =
        whole["cards"].as_array().unwrap().iter().map(|c| c["code"].as_str().unwrap()).collect();
    assert!(codes.iter().all(|code| printed.contains(&letters(code))), "every code is on a card");
    let highest = codes.iter().filter(|c| c.starts_with("GU-")).count();
    assert!(!printed.contains(&letters(&format!("GU-{:03}", highest + 1))), "and no further card");
    let names = whole["concepts"].as_array().unwrap();
    assert!(names.iter().all(|c| handbook.contains(&letters(c["name"].as_str().unwrap()))));

    for kind in KINDS {
        let first = report(&export(&folder, kind, &["--json"]).ends(0));
        assert_eq!(first["concepts"], names.len(), "{kind}");
        let lost = first["lost"].as_array().unwrap();
        let cards = lost.iter().find(|l| l["what"].as_str().unwrap().starts_with("a card was left out"));
        let told = cards.map_or(0, |c| c["places"].as_array().unwrap().len());
        assert_eq!(first["cards"].as_u64().unwrap() as usize + told, codes.len(), "{kind}");
        assert_eq!(cards.is_some(), kind == "mermaid");
        // The same pack gives the same bytes.
        let out = format!("out-{kind}");
        let before: Vec<Vec<u8>> =
            folder.files(&out).iter().map(|f| folder.bytes(&format!("{out}/{f}"))).collect();
        std::fs::remove_dir_all(folder.path(&out)).unwrap();
        assert_eq!(report(&export(&folder, kind, &["--json"]).ends(0)), first);
        let after: Vec<Vec<u8>> =
            folder.files(&out).iter().map(|f| folder.bytes(&format!("{out}/{f}"))).collect();
        assert!(before == after && !before.is_empty(), "{kind}");
    }
}

#[test]
fn the_report_names_file_and_line() {
    let folder = pack();
    let run = export(&folder, "notion", &[]).ends(0);
    assert!(run.out.contains("a folded callout stands open: concepts/Kittiwake.md:8"), "{}", run.out);
    assert!(run.out.contains("a highlight became plain text"), "{}", run.out);
    let run = export(&folder, "csv", &[]).ends(0);
    assert!(
        run.out
            .contains("a picture was left out; its alternative text stands there: concepts/Kittiwake.md:28"),
        "{}",
        run.out
    );
}

#[test]
fn the_lock_remembers_anki_and_nothing_else_changes() {
    let folder = pack();
    folder.build().ends(0);
    let before = folder.read("pack/recto.lock");
    for kind in KINDS.iter().filter(|k| !k.starts_with("anki")) {
        export(&folder, kind, &["--locked"]).ends(0);
    }
    assert_eq!(folder.read("pack/recto.lock"), before);
    export(&folder, "anki", &["--locked"]).ends(1).says("recto.lock would change for Anki");
    assert!(
        !folder.path("out-anki/small.apkg").exists(),
        "nothing is written that could not be updated later"
    );
    export(&folder, "anki", &[]).ends(0);
    let lock = folder.read("pack/recto.lock");
    assert!(before.lines().all(|line| lock.contains(line)) && lock.contains("\nanki:\n"), "{lock}");
    export(&folder, "anki", &["--locked"]).ends(0);
    folder.build().ends(0);
    assert_eq!(folder.read("pack/recto.lock"), lock, "a build keeps the section");
    // Without the lock every card would be new to Anki.
    folder.write("pack/recto.lock", lock.replace("kind: row", "kind: crow"));
    let deck = folder.bytes("out-anki/small.apkg");
    export(&folder, "anki", &[]).ends(1).says("lock-file");
    assert_eq!(folder.bytes("out-anki/small.apkg"), deck);
}

#[test]
fn a_selection_and_mistakes() {
    let folder = pack();
    let run = export(&folder, "json", &["--chapters", "2", "--json"]).ends(0);
    assert_eq!(report(&run)["concepts"], 1);
    export(&folder, "json", &["--chapters", "7"]).ends(2).says("there is no chapter 7");
    folder.recto(&["export", "obsidain", "pack"]).ends(2).says("did you mean `obsidian`?");
    folder.recto(&["export", "gopher", "pack"]).ends(2).says("exports are: anki, anki-text");
    folder.write("pack/recto.yaml", "titel: x\n");
    export(&folder, "csv", &[]).ends(1);
    assert!(folder.files("out-csv").is_empty());
}

#[test]
fn an_exported_vault_builds_and_what_is_gone_is_removed() {
    let folder = pack();
    folder.build().ends(0);
    export(&folder, "obsidian", &[]).ends(0);
    let vault = "out-obsidian/Small";
    folder
        .recto(&["check", vault, "--date", "2026-11-20"])
        .ends(0)
        .silent_about("dead-link")
        .silent_about("alias-link");
    folder.recto(&["build", vault, "flashcards", "--locked", "--out", "again"]).ends(0);
    assert_eq!(folder.bytes("again/flashcards.pdf"), folder.bytes("out/flashcards.pdf"), "the same deck");
    let files = folder.files(vault);
    for file in ["Small.md", "concepts/Teal.md", "stubs/open sea.md", "assets/leg.png", "Mind map.canvas"] {
        assert!(files.iter().any(|f| f == file), "{file} in {files:?}");
    }

    // Teal gets another name, and a stub that somebody wrote into stays.
    folder.write(&format!("{vault}/stubs/open sea.md"), "# open sea\n\nMine.\n");
    let chapter = folder.read("pack/1 Birds.md").replace("Teal", "Common Teal");
    folder.write("pack/1 Birds.md", chapter);
    let gulls = folder.read("pack/2 Gulls.md").replace("[[open sea]]", "sea");
    folder.write("pack/2 Gulls.md", gulls);
    let note = folder.read("pack/concepts/Mallard.md").replace("[[Teal]]", "teal");
    folder.write("pack/concepts/Mallard.md", note);
    export(&folder, "obsidian", &[]).ends(0);
    let files = folder.files(vault);
    assert!(
        !files.contains(&"concepts/Teal.md".to_owned())
            && files.contains(&"concepts/Common Teal.md".to_owned())
    );
    assert!(files.contains(&"stubs/open sea.md".to_owned()));
}
