//! From a messy export to a vault that builds.

use std::fs;

use serde_json::Value;

use crate::support::{Folder, letters, pdf_text};

const OVERVIEW: &str = include_str!("../data/import/overview.md");
const DETAILS: &str = include_str!("../data/import/details.md");
/// The same before it was damaged.
const CLEAN: &str = include_str!("../data/import/details.clean.md");

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}:\n{text}"))
}

fn len(value: &Value) -> usize {
    value.as_array().map_or(0, Vec::len)
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("overview.md", OVERVIEW);
    folder.write("details.md", DETAILS);
    folder
}

/// Name and brief of every row of a table in a Markdown text.
fn rows(text: &str) -> Vec<(String, String)> {
    let cells = |line: &str| {
        let (name, brief) = line.strip_prefix("|**")?.strip_suffix('|')?.split_once("**|")?;
        Some((name.trim_matches(['[', ']']).to_owned(), brief.to_owned()))
    };
    text.lines().filter_map(cells).collect()
}

#[test]
fn the_overview_gives_five_chapters() {
    let folder = folder();
    let report = json(&folder.recto(&["import", "overview.md", "--into", "v", "--json"]).ends(0).out);
    let source = &report["sources"][0];
    assert_eq!((source["chapters"].as_u64(), source["concepts"].as_u64()), (Some(5), Some(31)));
    assert_eq!(len(&source["changes"]), 0, "nothing in it is damaged");
    let titles: Vec<&str> =
        report["chapters"].as_array().unwrap().iter().filter_map(|c| c["title"].as_str()).collect();
    assert_eq!(
        titles,
        ["Foundations", "Applied Practice", "Quick Reference", "Active Recall", "Staying Current"]
    );
    let aside = report["set_aside"].to_string();
    assert!(aside.contains("Which direction first?") && aside.contains("(15–25 words)"), "{aside}");
    let last = folder.read("v/5 Staying Current.md");
    assert!(last.contains("## 50-Word Review\n\nFrom the first rule") && !last.contains("do next"), "{last}");
    assert!(folder.read("v/1 Foundations.md").contains("|Concept|Brief Description|\n"));
}

#[test]
fn the_damaged_document_gives_seven_sections_and_every_character() {
    let folder = folder();
    let report = json(&folder.recto(&["import", "details.md", "--into", "v", "--json"]).ends(0).out);
    let source = &report["sources"][0];
    assert_eq!((source["sections"].as_u64(), source["concepts"].as_u64()), (Some(7), Some(65)));
    let text = folder.read("v/1 Foundations.md");
    for (name, brief) in rows(CLEAN) {
        assert!(text.contains(&brief), "{brief}");
        let name = name.replace("**enter**, **exit**", "__enter__, __exit__");
        let shown = name.strip_suffix(" ⭐ NEW").unwrap_or(&name);
        assert!(text.contains(shown), "{shown}");
    }
    for row in [
        "|**[[Flour - Ash - Protein\\|Flour / Ash / Protein]]**|",
        "|**[[Oven Door Protocol (__enter__, __exit__)]]**|",
        "|**[[Oven 4.0 Latest (October)]] ⭐ NEW**|",
        "|**[[Fold & wait-watch\\|Fold & wait/watch]]**|",
    ] {
        assert!(text.contains(row), "{row}");
    }
    let stub = folder.read("v/concepts/Flour - Ash - Protein.md");
    assert!(stub.contains("aliases: [\"Flour / Ash / Protein\"]") && stub.starts_with("---\n"), "{stub}");
    // Every change has its line, before and after.
    let changes = source["changes"].as_array().unwrap();
    let damaged: Vec<&str> = DETAILS.lines().collect();
    for change in changes {
        let line = damaged[change["line"].as_u64().unwrap() as usize - 1];
        assert!(line.contains(change["before"].as_str().unwrap()), "{change}");
        assert!(!change["after"].as_str().unwrap().is_empty());
    }
    assert!(changes.iter().any(|c| c["rule"] == "dunder" && c["after"] == "__exit__"));
    let aside = report["set_aside"].to_string();
    assert!(
        aside.contains("I now understand clearly") && aside.contains("🚀") && aside.contains("✔ Fully"),
        "{aside}"
    );
    assert!(!text.contains("Obsidian-ready") && !text.contains("rewritten"));
}

#[test]
fn both_together_are_one_vault_that_builds_with_every_row_in_print() {
    let folder = folder();
    let run = folder.recto(&["import", "overview.md", "details.md", "--into", "pack", "--json"]).ends(0);
    let report = json(&run.out);
    assert_eq!(len(&report["chapters"]), 5);
    assert_eq!(len(&report["merged"]), 8);
    let total: u64 =
        report["chapters"].as_array().unwrap().iter().filter_map(|c| c["concepts"].as_u64()).sum();
    assert_eq!(total, 31 + 65 - 8);
    let proposed = report["possible_duplicates"].to_string();
    for pair in
        ["Bread Philosophy (Rule 1 – Time before Force)", "Gluten Explained", "Oven Spring Order (OSO)"]
    {
        assert!(proposed.contains(pair) || pair.starts_with("Oven"), "{pair} in {proposed}");
    }
    let names: Vec<String> = folder.files("pack").iter().map(|f| f.to_lowercase()).collect();
    let mut once = names.clone();
    once.dedup();
    assert_eq!(names, once);
    folder.build().ends(0).silent_about("error").silent_about("duplicate-concept");

    let print = letters(&pdf_text(&folder.bytes("out/handbook.pdf")).concat()).replace("NEW", "");
    for (name, brief) in rows(OVERVIEW).into_iter().chain(rows(CLEAN)) {
        for text in [name.trim_end_matches("⭐ NEW"), &brief] {
            let wanted = letters(text).replace("NEW", "");
            // A line's end may fall into a hyphenated word; the words on both sides are there.
            let found =
                print.contains(&wanted) || text.split_whitespace().all(|word| print.contains(&letters(word)));
            assert!(found, "{text}");
        }
    }
    // A third run finds nothing to do.
    let again = folder.recto(&["import", "overview.md", "details.md", "--into", "pack", "--json"]).ends(0);
    assert!(json(&again.out)["files"].as_array().unwrap().iter().all(|f| f["action"] == "unchanged"));
}

#[test]
fn names_that_are_one_are_merged_when_told() {
    let folder = folder();
    let args =
        ["import", "overview.md", "details.md", "--into", "v", "--json", "--same", "Gluten=Gluten Explained"];
    let report = json(&folder.recto(&args).ends(0).out);
    assert_eq!(len(&report["merged"]), 9);
    let stub = folder.read("v/concepts/Gluten Explained.md");
    assert!(stub.contains("aliases: [\"Gluten\"]") && stub.contains("woven by water"), "{stub}");
    assert!(!folder.read("v/1 Foundations.md").contains("|**Gluten**|"));
    folder.recto(&["import", "overview.md", "--into", "v", "--same", "Gluten"]).ends(2).says("--same");
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = folder();
    let run = folder.recto(&["import", "overview.md", "--into", "v", "--dry-run"]).ends(0);
    assert!(run.out.contains("none written") && run.out.contains("31 concepts in 5 chapters"), "{}", run.out);
    assert!(!folder.path("v").exists());
}

#[test]
fn what_is_there_is_kept_and_only_untouched_stubs_follow() {
    let folder = Folder::new();
    let table = |brief: &str| {
        format!("# Jars\n\n|Concept|Brief|\n|---|---|\n|[[Amphora]]|{brief}|\n|[[Krater]]|A bowl.|\n")
    };
    folder.write("a.md", table("A jar."));
    folder.recto(&["import", "a.md", "--into", "v"]).ends(0);
    folder.write("v/concepts/Krater.md", "My own words.\n");
    let chapter = folder.bytes("v/1 Jars.md");
    let config = folder.bytes("v/recto.yaml");
    // A second document says more of both.
    folder.write(
        "b.md",
        "# Jars\n\n|Concept|Brief|\n|---|---|\n|[[Amphora]]|A vessel.|\n|[[Krater]]|For wine.|\n|New|One.|\n",
    );
    let run = folder.recto(&["import", "a.md", "b.md", "--into", "v"]).ends(0);
    assert!(
        run.out.contains("1 updated") && run.out.contains("kept as it is: concepts/Krater.md"),
        "{}",
        run.out
    );
    // The longer document gives the brief, the other one's goes into the note.
    assert!(folder.read("v/concepts/Amphora.md").contains("A jar."));
    assert_eq!(folder.read("v/concepts/Krater.md"), "My own words.\n");
    assert_eq!((folder.bytes("v/1 Jars.md"), folder.bytes("v/recto.yaml")), (chapter, config));
    folder.recto(&["import", "a.md", "b.md", "--into", "v", "--force"]).ends(0);
    assert!(folder.read("v/concepts/Krater.md").contains("A bowl."));
    assert!(folder.read("v/1 Jars.md").contains("|New|One.|"));
}

#[test]
fn a_vault_gets_what_it_lacks_and_keeps_every_byte() {
    let folder = Folder::new();
    // Windows line ends, damage, trailing blanks: all stay.
    let note = "---\ntags: [x]\n---\r\nText ‚Äî with  \r\ndamage, see [[Missing]] and ![[pot.png]].\r\n";
    folder.write("vault/Pots/Amphora.md", note);
    folder.write("vault/Pots/Krater.md", "A bowl for wine. More of it.\n");
    folder.write("vault/pot.png", b"\x89PNG\r\n\x1a\n");
    folder.write("vault/.obsidian/app.json", "{}");
    let before: Vec<(String, Vec<u8>)> =
        folder.files("vault").into_iter().map(|f| (f.clone(), folder.bytes(&format!("vault/{f}")))).collect();
    let run = folder.recto(&["import", "vault", "--into", "vault"]).ends(0);
    assert!(run.out.contains("kept as it is: Pots/Amphora.md"), "{}", run.out);
    let chapter = folder.read("vault/1 Pots.md");
    assert!(chapter.contains("|**[[Krater]]**|A bowl for wine.|"), "{chapter}");
    assert!(folder.path("vault/concepts/Missing.md").exists());
    folder.recto(&["check", "vault"]);
    folder.recto(&["build", "vault", "--out", "out"]);
    for (file, bytes) in before {
        assert_eq!(folder.bytes(&format!("vault/{file}")), bytes, "{file}");
    }
    // Into another folder the notes come repaired, and the picture with them.
    folder.recto(&["import", "vault", "--into", "other"]).ends(0);
    assert!(folder.read("other/Pots/Amphora.md").contains("Text — with"));
    assert!(folder.path("other/pot.png").exists());
}

#[test]
fn what_a_build_leaves_out_becomes_no_concept() {
    let folder = Folder::new();
    folder.write("vault/.obsidian/templates.json", "{\"folder\": \"Forms\"}");
    folder.write("vault/Forms/New.md", "|Concept|Brief|\n|---|---|\n|[[A]]|b|\n");
    folder.write("vault/Pots/2026-11-20.md", "Today we fired the kiln at dawn.\n");
    folder.write("vault/Pots/Sketch.excalidraw.md", "A drawing of a kiln in profile.\n");
    folder.write("vault/Pots/Krater.md", "---\nsummary: A bowl in which wine is mixed.\n---\nText.\n");
    folder.recto(&["import", "vault", "--into", "vault"]).ends(0);
    let chapter = folder.read("vault/1 Pots.md");
    assert!(chapter.ends_with("|---|---|\n|**[[Krater]]**|A bowl in which wine is mixed.|\n"), "{chapter}");
    assert!(!folder.path("vault/2 Forms.md").exists());
}

#[test]
fn tables_and_cards_of_other_programs() {
    let folder = Folder::new();
    for file in ["words.csv", "quizlet.txt", "anki.txt"] {
        fs::copy(format!("{}/tests/data/import/{file}", env!("CARGO_MANIFEST_DIR")), folder.path(file))
            .unwrap();
    }
    let run =
        folder.recto(&["import", "words.csv", "quizlet.txt", "anki.txt", "--into", "pack", "--json"]).ends(0);
    let report = json(&run.out);
    let formats: Vec<&str> =
        report["sources"].as_array().unwrap().iter().filter_map(|s| s["format"].as_str()).collect();
    assert_eq!(formats, ["csv", "quizlet", "anki"]);
    let counts: Vec<u64> =
        report["sources"].as_array().unwrap().iter().filter_map(|s| s["concepts"].as_u64()).collect();
    assert_eq!(counts, [4, 3, 3]);
    assert!(report["set_aside"].to_string().contains("[sound:k.mp3]"));
    let words = folder.read("pack/1 Words.md");
    assert!(words.contains("## Algebra") && words.contains("## Signs"), "{words}");
    let stub = folder.read("pack/concepts/Idempotent.md");
    assert!(stub.contains("## Example") && stub.contains("exam"), "{stub}");
    let dunder = folder.read("pack/concepts/Dunder.md");
    assert!(dunder.contains("double underscore") && dunder.contains("magic name"), "{dunder}");
    folder.build().ends(0);
    let print = letters(&pdf_text(&folder.bytes("out/handbook.pdf")).concat());
    for text in [
        "Doing it twice gives the same as doing it once, like f(f(x)) = f(x)",
        "A name such as __init__ or __iter__, with *two* underscores on each side",
        "A jar with two handles — for oil → wine",
        "over two lines",
        "What is a kylix?",
        "Krater \"bell\"",
        "From — to; with ⭐, 50 % and #1",
    ] {
        let found = print.contains(&letters(text))
            || text.split_whitespace().all(|word| print.contains(&letters(word)));
        assert!(found, "{text}");
    }
}

#[test]
fn nothing_to_import_is_said_so() {
    let folder = Folder::new();
    folder.write("letter.txt", "Dear reader,\n\nno concepts here.\n");
    let run = folder.recto(&["import", "letter.txt", "--into", "v"]).ends(1).says("no concepts");
    assert!(run.out.contains("Dear reader") && !folder.path("v").exists(), "{}", run.out);
    folder.recto(&["import", "none.md", "--into", "v"]).ends(2).says("none.md");
    folder.write("bytes.md", [0u8, 159, 0, 3]);
    folder.recto(&["import", "bytes.md", "--into", "v"]).ends(2).says("no text");
    folder.recto(&["import", "letter.txt", "--into", "v", "--format", "word"]).ends(2).says("quizlet");
    folder.recto(&["import", "letter.txt", "--into", "letter.txt"]).ends(2).says("not a folder");
}
