//! What a person at the printer and the guillotine asks for: stocks, plans, marks, blank cards, and only what changed.

use hayro_interpret::kurbo::Rect;
use serde_json::Value;

use crate::readback;
use crate::support::{Folder, letters};

/// A pack with a deck of `cards` cards.
fn pack(cards: usize) -> Folder {
    let folder = Folder::new();
    folder.write("pack/recto.yaml", "title: Birds\ndate: 2026-11-20\n");
    let rows: String =
        (1..=cards).map(|n| format!("|**Bird {n}**|The bird that bears the number {n}.|\n")).collect();
    folder.write("pack/1 Birds.md", format!("# Birds\n\n|Concept|Brief Description|\n|---|---|\n{rows}"));
    folder
}

fn deck(folder: &Folder, more: &[&str]) -> crate::support::Run {
    folder.recto(&[&["build", "pack", "flashcards", "--out", "out"], more].concat())
}

fn text(folder: &Folder, file: &str) -> String {
    readback::read(&folder.bytes(file)).iter().map(|p| p.text() + "\n").collect()
}

// ---- stocks ----

#[test]
fn stocks_are_listed_with_their_geometry() {
    let folder = Folder::new();
    let run = folder.recto(&["stocks"]).ends(0);
    for line in ["avery-l4785", "18, 13", "95, 55", "also avery-8371"] {
        assert!(run.out.contains(line), "{line}: {}", run.out);
    }
    let run = folder.recto(&["stocks", "--json", "--paper", "us-letter"]).ends(0);
    let all: Value = serde_json::from_str(&run.out).unwrap();
    let stocks = all["stocks"].as_array().unwrap();
    let find = |id: &str| stocks.iter().find(|s| s["id"] == id);
    let part = find("avery-5371").unwrap();
    assert_eq!((part["left"].as_f64(), part["top"].as_f64()), (Some(19.05), Some(12.7)));
    assert_eq!((part["cards"].as_u64(), part["cuts"].as_u64()), (Some(10), Some(0)));
    assert!(find("avery-l4785").is_none(), "it is on A4");
    assert!(stocks.iter().all(|s| s["paper"] == "us-letter"));
}

#[test]
fn a_packs_own_stocks_are_listed_and_checked() {
    let folder = pack(1);
    let yaml = "stocks:\n  mine: {sheet: a4, card: 90mm x 60mm, columns: 2, rows: 4, left: 15mm, top: 20mm}\n  \
                wide: {sheet: a4, card: 90mm x 60mm, columns: 3, rows: 1, left: 5mm, top: 20mm}\n";
    folder.write("pack/recto.yaml", format!("title: Birds\n{yaml}"));
    let run =
        folder.recto(&["stocks", "pack"]).ends(1).says("recto.yaml:4").says("65 mm over the right edge");
    assert!(run.out.contains("mine"), "{}", run.out);
    folder.recto(&["stocks", "nowhere"]).ends(2);
}

#[test]
fn sizes_that_fill_a_sheet_are_ranked_by_cards_and_cuts() {
    let folder = Folder::new();
    let args = ["stocks", "--fit", "--paper", "a4", "--margin", "5", "--json"];
    let run = folder.recto(&[&args[..], &["--smallest", "100x70"]].concat()).ends(0);
    let all: Value = serde_json::from_str(&run.out).unwrap();
    let grids = all["grids"].as_array().unwrap();
    let number = |grid: &Value, key: &str| grid[key].as_u64().unwrap();
    assert_eq!((number(&grids[0], "cards"), number(&grids[0], "columns")), (8, 2));
    assert_eq!(grids[0]["card"]["height"], 71.75, "a near A7 brings back the eight");
    let ranks: Vec<_> =
        grids.iter().map(|g| (std::cmp::Reverse(number(g, "cards")), number(g, "cuts"))).collect();
    assert!(ranks.is_sorted(), "{ranks:?}");
    let run = folder.recto(&["stocks", "--fit", "--smallest", "400x400"]).ends(0);
    assert!(run.out.contains("no card"), "{}", run.out);
    // The line for recto.yaml makes a stock that prints.
    let run = folder.recto(&["stocks", "--fit", "--margin", "5", "--smallest", "100x70"]).ends(0);
    let line = run.out.lines().find(|l| l.starts_with("stocks:")).unwrap();
    let pack = pack(9);
    pack.write(
        "pack/recto.yaml",
        format!("title: Birds\ndate: 2026-11-20\n{line}\ncards: {{stock: mine}}\n"),
    );
    deck(&pack, &[]).ends(0);
    for wrong in [
        &["--fit", "--margin", "-1"][..],
        &["--margin", "2"],
        &["--smallest", "9x9"],
        &["--fit", "--smallest", "big"],
    ] {
        folder.recto(&[&["stocks"], wrong].concat()).ends(2);
    }
}

// ---- plan ----

#[test]
fn a_plan_says_what_it_takes_and_writes_nothing() {
    let folder = pack(21);
    let run = folder.recto(&["build", "pack", "--plan", "--out", "out"]).ends(0);
    assert!(
        run.out.contains("21 cards and 3 blank on 3 sheets, recto-8: 6 sides, 8 cuts, 8 piles"),
        "{}",
        run.out
    );
    assert!(!folder.path("out").exists() && !folder.path("pack/recto.lock").exists());
    let run = folder.recto(&[
        "build",
        "pack",
        "--plan",
        "--json",
        "--max-pile",
        "2",
        "--copies",
        "2",
        "--blank-slots",
        "empty",
    ]);
    let all: Value = serde_json::from_str(&run.ends(0).out).unwrap();
    // 42 cards on 6 sheets, in three piles of two: 8 cuts each, 8 piles each but the last, which has 10 cards in 5.
    let expected =
        serde_json::json!({"cards": 42, "blanks": 0, "sheets": 6, "sides": 12, "cuts": 24, "piles": 21});
    assert_eq!(all["documents"][0]["print"], expected);
}

// ---- marks ----

#[test]
fn marks_tell_the_flip_the_scale_and_the_dialogs_settings() {
    let folder = pack(8);
    deck(&folder, &["--flip", "short-edge"]).ends(0);
    let pages = readback::read(&folder.bytes("out/flashcards.pdf"));
    let front = pages[0].text().replace('\u{a0}', " ");
    for words in ["100 mm", "Actual size (100%)", "two-sided", "flip on short edge", "stack in order"] {
        assert!(front.contains(words), "{words}: {front}");
    }
    assert!(!pages[1].text().contains("100"), "backs bear no help");
    // The witness: a triangle above and left of all cards on the front, and the other half of its square behind it.
    let corner = |page: usize| -> Vec<Rect> {
        let small = |r: &&Rect| (r.width() - 3.0).abs() < 0.01 && (r.height() - 3.0).abs() < 0.01;
        pages[page].fills.iter().filter(small).copied().collect()
    };
    let (front, back) = (corner(0), corner(1));
    assert_eq!((front.len(), back.len()), (1, 1));
    // Turned over the short edge, top and bottom change places.
    let height = pages[0].height;
    let through = Rect::new(back[0].x0, height - back[0].y1, back[0].x1, height - back[0].y0);
    assert!(through.origin().distance(front[0].origin()) < 0.01, "{front:?} {through:?}");
    // Turned over the other edge, they lie in different corners.
    assert!((pages[0].width - back[0].x1 - front[0].x0).abs() > 100.0);
}

#[test]
fn cut_lines_are_for_sheets_to_be_cut() {
    let folder = pack(3);
    let long = |folder: &Folder| {
        readback::read(&folder.bytes("out/flashcards.pdf"))[0]
            .lines
            .iter()
            .filter(|l| l.length() > 150.0)
            .count()
    };
    deck(&folder, &[]).ends(0);
    assert_eq!(long(&folder), 0);
    deck(&folder, &["--cut-lines"]).ends(0);
    assert_eq!(long(&folder), 8, "three upright, five level");
    deck(&folder, &["--cut-lines", "--stock", "avery-l4785"]).ends(2).says("cut already");
}

// ---- blank cards ----

#[test]
fn slots_left_over_become_cards_to_write_on_with_codes_of_their_own() {
    let folder = pack(6);
    deck(&folder, &[]).ends(0);
    let all = text(&folder, "out/flashcards.pdf");
    for code in ["X-001", "X-002"] {
        assert_eq!(all.matches(code).count(), 2, "{code} on both sides");
    }
    assert!(!all.contains("X-003"));
    let lock = folder.read("pack/recto.lock");
    assert!(lock.contains("blank-cards:\n  X: 2"), "{lock}");
    // The same again changes nothing, and nothing is to be done.
    let run = deck(&folder, &["--locked"]).ends(0);
    assert!(run.out.contains("nothing changed"), "{}", run.out);
    assert_eq!(folder.read("pack/recto.lock"), lock);
    // More of them would have to be noted.
    deck(&folder, &["--locked", "--stock", "avery-l4785"]).ends(1).says("blank cards");
    deck(&folder, &["--locked", "--stock", "avery-l4785", "--blank-slots", "empty"]).ends(0);
    assert!(!text(&folder, "out/flashcards.pdf").contains("X-00"));
    // A part of the deck leaves its slots for the next print.
    deck(&folder, &["--concepts", "Bird 1"]).ends(0);
    assert!(!text(&folder, "out/flashcards.pdf").contains("X-00"));
}

// ---- only what changed ----

#[test]
fn one_edited_concept_is_one_card() {
    let folder = pack(20);
    deck(&folder, &["--date", "2026-11-01"]).ends(0);
    folder.write("old.lock", folder.read("pack/recto.lock"));
    let edited = folder.read("pack/1 Birds.md").replace("bears the number 7.", "bears number seven.")
        + "|**Bird 21**|A bird that came later than the others.|\n";
    folder.write("pack/1 Birds.md", edited);
    for since in ["old.lock", "2026-11-15"] {
        deck(&folder, &["--date", "2026-11-20", "--changed-since", since]).ends(0);
        let pages = readback::read(&folder.bytes("out/flashcards.pdf"));
        let front = pages[0].text();
        assert_eq!(pages.len(), 2, "{since}");
        assert!(letters(&front).contains("Bird7") && letters(&front).contains("Bird21"), "{front}");
        assert_eq!(front.matches("B-0").count(), 2, "{since}: two cards and no blank ones: {front}");
    }
    // Nothing changed since: nothing is printed, and what was printed stays.
    let before = folder.bytes("out/flashcards.pdf");
    folder.write("new.lock", folder.read("pack/recto.lock"));
    deck(&folder, &["--changed-since", "new.lock"]).ends(0);
    let plan = deck(&folder, &["--changed-since", "new.lock", "--plan"]).ends(0);
    assert!(plan.out.contains("no card is new or changed since new.lock"), "{}", plan.out);
    assert_eq!(folder.bytes("out/flashcards.pdf"), before);
    deck(&folder, &["--changed-since", "gone.lock"]).ends(2).says("gone.lock");
    folder.write("bad.lock", "B-001: {id: x}\n");
    deck(&folder, &["--changed-since", "bad.lock"]).ends(2).says("bad.lock");
    std::fs::remove_file(folder.path("pack/recto.yaml")).unwrap();
    deck(&folder, &["--changed-since", "2026-01-01"]).ends(2).says("recto.yaml");
}

// ---- the command line ----

#[test]
fn the_command_of_the_issue_works_as_written() {
    let folder = pack(12);
    let args =
        ["build", "pack", "flashcards", "--stock", "avery-5371", "--flip", "short-edge", "--turn", "book"];
    folder.recto(&[&args[..], &["--out", "DIR"]].concat()).ends(0);
    let pdf = folder.bytes("DIR/flashcards.pdf");
    assert_eq!(readback::read(&pdf).len(), 4);
    let document = lopdf::Document::load_mem(&pdf).unwrap();
    let preferences = document.catalog().unwrap().get(b"ViewerPreferences").unwrap().as_dict().unwrap();
    let name =
        |key: &[u8]| String::from_utf8_lossy(preferences.get(key).unwrap().as_name().unwrap()).into_owned();
    assert_eq!((name(b"PrintScaling"), name(b"Duplex")), ("None".into(), "DuplexFlipShortEdge".into()));
    assert!(preferences.get(b"PickTrayByPDFSize").unwrap().as_bool().unwrap());
}

#[test]
fn backs_printed_again_leave_the_fronts() {
    let folder = pack(12);
    deck(&folder, &["--only", "fronts"]).ends(0);
    deck(&folder, &["--only", "backs"]).ends(0);
    assert!(
        folder.path("out/flashcards-fronts.pdf").exists() && folder.path("out/flashcards-backs.pdf").exists()
    );
    // A deck in fewer parts leaves none of the old ones.
    for (split, count) in [("1", 12), ("5", 3)] {
        deck(&folder, &["--split", split, "--stock", "a5"]).ends(0);
        let parts: Vec<String> = (1..=count).map(|n| format!("flashcards-{n:02}.pdf")).collect();
        let is_part = |f: &String| f.ends_with('f') && f.contains(|c: char| c.is_ascii_digit());
        let found: Vec<String> = folder.files("out").into_iter().filter(is_part).collect();
        assert_eq!(found, parts);
    }
}

#[test]
fn wrong_flags_are_told_before_anything_is_typeset() {
    let folder = pack(3);
    for (flags, said) in [
        (&["--duplex", "both"][..], "auto or manual or fold"),
        (&["--feeder", "face-up"], "--duplex manual"),
        (&["--duplex", "manual", "--feeder", "sideways"], "face-down"),
        (&["--only", "edges"], "fronts or backs"),
        (&["--only", "backs", "--duplex", "fold"], "fold"),
        (&["--copies", "0"], "--copies"),
        (&["--max-pile", "0"], "--max-pile"),
        (&["--sheets", "0"], "--sheets"),
        (&["--split", "0"], "--split"),
        (&["--blank-slots", "maybe"], "fill or empty"),
        (&["--start-slot", "9"], "1 to 8"),
        (&["--orientation", "diagonal"], "portrait or landscape"),
        (&["--margin", "3"], "below 5 mm"),
        (&["--margin", "wide"], "`wide`"),
        (&["--stock", "a5", "--duplex", "fold"], "fit"),
        (&["--tray", "2"], "--printer"),
        (&["--stock", "avery-5317"], "avery-5371"),
    ] {
        deck(&folder, flags).ends(2).says(said);
    }
    assert!(!folder.path("out").exists());
}
