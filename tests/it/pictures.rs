//! `--png` and `--timings`.

use super::support::Folder;

#[test]
fn pictures_of_every_page_and_contact_sheets_are_written() {
    let folder = Folder::small();
    folder.recto(&["build", "pack", "flashcards", "--png", "--ppi", "30", "--out", "out"]).ends(0);
    let pages = super::support::pdf_text(&folder.bytes("out/flashcards.pdf")).len();
    let files = folder.files("out/png");
    let expected: Vec<String> = std::iter::once("flashcards/contact-1.png".to_owned())
        .chain((1..=pages).map(|n| format!("flashcards/page-{n:02}.png")))
        .collect();
    assert_eq!(files, expected);
    let page = image::load_from_memory(&folder.bytes("out/png/flashcards/page-01.png"))
        .expect("a picture")
        .to_rgb8();
    // A4 at 30 ppi, with something on it.
    assert_eq!(page.dimensions(), (248, 351));
    assert!(page.pixels().any(|p| p.0[0] < 100) && page.get_pixel(0, 0).0 == [255, 255, 255]);

    // As it stands; then other pictures; then none, as a clean build would have none.
    folder.recto(&["build", "pack", "flashcards", "--png", "--ppi", "30", "--out", "out"]).ends(0);
    assert_eq!(folder.files("out/png"), expected);
    folder.recto(&["build", "pack", "flashcards", "--png", "--ppi", "60", "--out", "out"]).ends(0);
    let page = image::load_from_memory(&folder.bytes("out/png/flashcards/page-01.png")).expect("a picture");
    assert_eq!((page.width(), page.height()), (496, 702));
    folder.recto(&["build", "pack", "flashcards", "--out", "out"]).ends(0);
    assert_eq!(folder.files("out/png"), Vec::<String>::new());
    folder.recto(&["build", "pack", "--png", "--ppi", "0", "--out", "out"]).ends(2).says("--ppi");
}

#[test]
fn timings_are_a_trace_that_names_the_stages() {
    let folder = Folder::small();
    folder.recto(&["build", "pack", "--timings", "trace.json", "--out", "out"]).ends(0);
    let trace: serde_json::Value = serde_json::from_str(&folder.read("trace.json")).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    for (stage, name) in [
        ("vault", "open"),
        ("pack", "build"),
        ("typeset", "handbook"),
        ("emit", "handbook.pdf"),
        ("cli", "build"),
    ] {
        let event = events.iter().find(|e| e["cat"] == stage && e["name"] == name);
        let event = event.unwrap_or_else(|| panic!("no span {stage}/{name}"));
        assert!(event["ph"] == "X" && event["dur"].as_f64() > Some(0.0) && event["tid"].is_u64(), "{event}");
    }
}
