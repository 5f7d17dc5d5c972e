//! Vaults that were never written for Recto.

use serde_json::Value;

use crate::support::{Folder, Run, letters, pdf_text};

/// Every file below a folder with its bytes.
fn bytes_of(folder: &Folder, path: &str) -> Vec<(String, Vec<u8>)> {
    folder
        .files(path)
        .into_iter()
        .map(|file| (file.clone(), folder.bytes(&format!("{path}/{file}"))))
        .collect()
}

fn handbook(folder: &Folder) -> String {
    letters(&pdf_text(&folder.bytes("out/handbook.pdf")).concat())
}

fn build(folder: &Folder) -> Run {
    folder.recto(&["build", "vault", "--out", "out", "--date", "2026-11-20"])
}

/// Folders of notes, nothing else.
fn folders() -> Folder {
    let folder = Folder::new();
    folder.write(
        "vault/01 Basics/Variables.md",
        "A variable is a name that is bound to a value. It may change.\n\n## Details\n\nMore in [[Functions]].\n",
    );
    folder.write(
        "vault/01 Basics/Functions.md",
        "---\ntags: [core]\nsummary: A function packs statements under a name.\n---\n# Functions in short\n\nLong text about them.\n\n\
         ## Cards\n\nWhat is a function? :: A packed list of statements\n",
    );
    folder.write(
        "vault/01 Basics/Control Flow/Loops.md",
        "Loops repeat statements, e.g. for lists or `a | b`, until a condition fails. Then the program goes on.\n",
    );
    folder.write(
        "vault/02 Algorithms/Sorting.md",
        "> [!summary]\n> Sorting puts items into an order.\n\nText of the note.\n",
    );
    folder.write(
        "vault/02 Algorithms/Cards/Merge.md",
        "Up: [[Sorting]]\n\nMerging joins two sorted lists into one.\n",
    );
    folder.write("vault/02 Algorithms/Empty.md", "");
    folder.write(
        "vault/README.md",
        "# My notes\n\n- [[Variables]]\n- [[Functions]]\n- [[Loops]]\n- [[Sorting]]\n",
    );
    folder.write("vault/attachments/x.bin", [0u8, 159, 146, 150]);
    folder
}

#[test]
fn folders_are_chapters_and_notes_are_concepts() {
    let folder = folders();
    let before = bytes_of(&folder, "vault");
    let run = folder.recto(&["check", "vault", "--json", "--date", "2026-11-20"]).ends(0);
    let json: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!((&json["chapters"], &json["concepts"]), (&2.into(), &6.into()), "{}", run.out);
    let run = build(&folder).ends(0);
    assert!(run.out.contains("chapters are made of folders"), "{}", run.out);
    let text = handbook(&folder);
    for part in [
        "Avariableisanamethatisboundtoavalue",
        "Afunctionpacksstatementsunderaname",
        "Functionsinshort",
        "ControlFlow",
        "LoopsrepeatstatementsegforlistsorabuntilaconditionfailsThen",
        "Sortingputsitemsintoanorder",
        // A folder called like a known section is a section like others.
        "AlgorithmsCards",
        "Mergingjoinstwosortedlistsintoone",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    // A first sentence that is the brief is printed once in the note's entry, once in the table and in the glossary.
    assert_eq!(text.matches("Avariableisanamethatisboundtoavalue").count(), 3, "{text}");
    assert_eq!(bytes_of(&folder, "vault"), before, "the vault was changed");
    // The same again is nothing new.
    let again = build(&folder).ends(0);
    assert!(again.out.contains("nothing changed"), "{}", again.out);
}

#[test]
fn daily_notes_templates_canvases_and_plug_in_blocks_are_left_out_and_counted() {
    let folder = Folder::new();
    let write = |path: &str, text: &str| folder.write(&format!("vault/{path}"), text);
    write(".obsidian/app.json", "{}");
    write(".obsidian/templates.json", "{\"folder\": \"Meta/Snippets\"}");
    write(".obsidian/daily-notes.json", "{\"folder\": \"Log\"}");
    for day in 1..=30 {
        write(&format!("Log/Day {day}.md"), &format!("# Day {day}\n\nSecretdiary {day} [[Cell]]\n"));
    }
    write("2026-11-01.md", "Secretdiary of a stray day with some words.\n");
    write("Meta/Snippets/note.md", "# {{title}}\n\nSecrettemplate text of some words.\n");
    write("Biology/New.md", "<% tp.date.now() %> Secrettemplate of another kind here.\n");
    write(
        "Biology/Photosynthesis.md",
        "---\npriority: high\ncode: toolong\nverified: soon\n---\n\nPhotosynthesis turns light into sugar. See ![[leaf.png]].\n\n\
         ```dataview\nLIST FROM #secretquery\n```\n\n```mermaid\ngraph LR\n  A[Light]-->B[Sugar]\n```\n\n\
         | a | b |\n|---|---|\n| 1 | 2 | 3 |\n",
    );
    write(
        "Biology/Cell.md",
        "The cell is the smallest unit of life.\n\n```tasks\nnot done\n```\n\n![[Drawing.excalidraw]]\n",
    );
    write("Biology/Drawing.excalidraw.md", "---\nexcalidraw-plugin: parsed\n---\n# Secretdrawing\n");
    write(
        "Physics/Heat.md",
        "Heat flows from warm to cold bodies by itself, $\\nosuchcommand$.\n\n```mermaid\nnosuchdiagram\n```\n",
    );
    write("Board.md", "---\nkanban-plugin: board\n---\n## Secretboard\n- [ ] x\n");
    write("Map.canvas", "{}");
    write("Tab.base", "views: []");
    let before = bytes_of(&folder, "vault");
    let run = folder.recto(&["check", "vault", "--date", "2026-11-20"]).ends(0);
    let told =
        "left out: 31 daily notes, 2 templates, 1 drawing, 1 board, 1 canvas, 1 base, 2 plug-in blocks";
    assert!(run.out.contains(told), "{}", run.out);
    assert!(run.out.contains("2 chapters, 3 concepts"), "{}", run.out);
    // An author's errors are warnings here: the notes were not written for Recto.
    let run =
        run.says("leaf.png").says("`verified` must be a date").says("\\nosuchcommand").silent_about("error[");
    assert!(!run.err.contains("(chapter)"), "findings in notes that nobody wrote:\n{}", run.err);
    build(&folder).ends(0);
    let text = handbook(&folder);
    assert!(!text.to_lowercase().contains("secret"), "{text}");
    assert!(text.contains("Photosynthesisturnslightintosugar") && text.contains("nosuchdiagram"), "{text}");
    let json = folder.recto(&["build", "vault", "--out", "out", "--json", "--date", "2026-11-20"]).ends(0);
    let json: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json["left_out"]["daily"], 31, "{json}");
    assert_eq!(bytes_of(&folder, "vault"), before, "the vault was changed");
}

#[test]
fn in_one_folder_maps_of_content_are_the_chapters() {
    let folder = Folder::new();
    let write = |path: &str, text: &str| folder.write(&format!("vault/{path}"), text);
    write(
        "Databases MOC.md",
        "# Databases\n\n## Basics\n- [[Table]]\n- [[Row]]\n\n## Speed\n- [[Index]] and why\n",
    );
    write("Rust.md", "---\ntags: [moc]\n---\n1. [[Ownership]]\n2. [Borrowing](Borrowing.md)\n");
    for (name, text) in [
        ("Table", "A table holds rows of one kind."),
        ("Row", "A row is one record of a table."),
        ("Index", "An index finds rows without reading all of them."),
        ("Ownership", "Every value has exactly one owner."),
        ("Borrowing", "A borrow lends a value without giving it away."),
        ("Loose", "A loose note is one that no map of content names."),
    ] {
        write(&format!("{name}.md"), &format!("{text}\n"));
    }
    let run = folder.recto(&["check", "vault", "--date", "2026-11-20"]).ends(0);
    assert!(run.out.contains("3 chapters, 6 concepts"), "{}", run.out);
    build(&folder).ends(0);
    let text = handbook(&folder);
    for part in
        ["Databases", "Basics", "Speed", "Rust", "Furthernotes", "Aborrowlendsavaluewithoutgivingitaway"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let order: Vec<usize> = ["Atableholdsrows", "Anindexfindsrows", "Everyvaluehas", "Aloosenoteisone"]
        .iter()
        .map(|part| text.find(part).expect("printed"))
        .collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn a_vault_with_concept_tables_keeps_them_and_a_pack_may_ask_for_folders() {
    let folder = folders();
    folder.write(
        "vault/Course.md",
        "# Course\n\n| Concept | Brief |\n|---|---|\n| [[Sorting]] | It puts items into an order. |\n",
    );
    let run = folder.recto(&["check", "vault", "--date", "2026-11-20"]).ends(0);
    assert!(run.out.contains("1 chapter, 1 concept,"), "{}", run.out);
    folder.write("vault/recto.yaml", "title: T\nchapters: folders\nignore: [\"02*\"]\n");
    let run = folder.recto(&["check", "vault", "--date", "2026-11-20"]);
    assert!(run.out.contains("2 chapters, 4 concepts"), "{}\n{}", run.out, run.err);
    folder.write("vault/recto.yaml", "title: T\nignore: [Course.md]\n");
    folder
        .recto(&["check", "vault", "--date", "2026-11-20"])
        .ends(1)
        .says("no-concepts")
        .says("chapters: folders");
}

#[test]
fn hostile_names_and_texts_make_tables_all_the_same() {
    let folder = Folder::new();
    let write = |path: &str, text: &str| folder.write(&format!("vault/{path}"), text);
    write("A|B/x|y.md", "A pipe | in a name and `a|b` in its text.\n");
    write("C#/Generics [T].md", "A generic type has a parameter of its own.\n");
    write("C#/#hash.md", "A *note* with [[x|y|z]] and <b>marks</b> in it.\n");
    write("Review/50%.md", "Half of a hundred is fifty $\\frac{1}{2}$ per cent.\n");
    write("Ünïcode/日本語.md", "これは日本語の文です。二つ目。\n");
    write("Long/Sentence.md", &format!("{}.\n", "word ".repeat(500)));
    write("Foot/Note.md", "A note with a footnote[^1] in its first sentence.\n\n[^1]: Text.\n");
    let run = folder.recto(&["check", "vault", "--json", "--date", "2026-11-20"]).ends(0);
    let json: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!((&json["chapters"], &json["concepts"]), (&6.into(), &7.into()), "{}", run.out);
}
