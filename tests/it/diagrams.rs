//! The diagrams of the pack in `content/`.

use std::path::{Path, PathBuf};

use recto::typeset::mermaid::draw;

const MM: f64 = 72.0 / 25.4;
/// Width of the handbook's text.
const TEXT: f64 = 118.0 * MM;

fn notes(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            notes(&path, out);
        } else if path.extension().is_some_and(|e| e == "md") {
            out.push(path);
        }
    }
}

/// Mermaid blocks: note and source.
fn blocks() -> Vec<(String, String)> {
    let mut files = Vec::new();
    notes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("content"), &mut files);
    files.sort();
    let mut out = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a note is text");
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line.trim() == "```mermaid" {
                let source: String =
                    lines.by_ref().take_while(|l| l.trim() != "```").map(|l| format!("{l}\n")).collect();
                out.push((file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), source));
            }
        }
    }
    out
}

#[test]
fn every_diagram_is_drawn_with_caption_and_alternative_text() {
    let blocks = blocks();
    assert!(blocks.len() >= 30, "only {} diagrams were found", blocks.len());
    for (note, source) in blocks {
        let picture = draw(&source).unwrap_or_else(|error| panic!("{note}: {error}"));
        assert!(picture.caption.as_ref().is_some_and(|c| c.len() > 8), "{note}: no caption");
        assert!(picture.alt.as_ref().is_some_and(|a| a.len() > 20), "{note}: no alternative text");
        assert!(picture.svg.contains("Recto Sans"), "{note}: another font");
    }
}

#[test]
fn every_diagram_is_legible_on_the_page() {
    for (note, source) in blocks() {
        let picture = draw(&source).unwrap_or_else(|error| panic!("{note}: {error}"));
        let scale = (TEXT / picture.width).min(1.0);
        assert!(scale >= 0.75, "{note}: type at {:.0} % of its size", scale * 100.0);
        let height = picture.height * scale / MM;
        assert!(height <= 110.0, "{note}: {height:.0} mm high");
    }
}
