//! The Typst side: embedded in the binary, any file of it replaced by one of the same name in the pack's `layouts/`.

use typst::foundations::Bytes;

use super::world::Files;
use crate::vault::{Finding, Vault};

macro_rules! embedded {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../layouts/", $path)))),*]
    };
}

/// Every layout file with its path below `layouts/`.
pub const EMBEDDED: &[(&str, &str)] = embedded![
    "calendar.typ",
    "calibrate.typ",
    "cheatsheet.typ",
    "code.tmTheme",
    "flashcards.typ",
    "handbook.typ",
    "mindmap.typ",
    "parts/mindmap.typ",
    "parts/note.typ",
    "sheets.typ",
    "theme.typ",
    "zine.typ",
];

/// Puts the layouts into the snapshot; the pack's own files win, and may be more than the embedded ones.
pub fn load(vault: &Vault, files: &mut Files, findings: &mut Vec<Finding>) {
    let mut failed = |error: String| findings.push(Finding::error("layout", None, error));
    for (path, text) in EMBEDDED {
        if let Err(error) = files.insert(&format!("/layouts/{path}"), Bytes::from_string(*text)) {
            failed(error);
        }
    }
    for (path, bytes) in vault.folder("layouts") {
        match bytes {
            Ok(bytes) => {
                if let Err(error) = files.insert(&format!("/{path}"), Bytes::new(bytes)) {
                    failed(error);
                }
            }
            Err(error) => failed(format!("{path} cannot be read: {error}")),
        }
    }
}
