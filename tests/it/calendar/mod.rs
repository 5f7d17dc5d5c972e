//! The review calendar, from the command line to what is read back of its files.

pub mod files;
mod kept;
mod keys;
mod pages;
pub mod read;

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Folder, Run};

/// A pack of so many cards in so many chapters, each a row of a table.
pub fn pack(yaml: &str, cards: usize, chapters: usize) -> Folder {
    let folder = Folder::new();
    folder.write("pack/recto.yaml", format!("title: Birds\ndate: 2026-11-20\n{yaml}\n"));
    let names = ["Ducks", "Geese", "Owls", "Terns", "Gulls", "Wrens", "Larks"];
    for (chapter, name) in names.iter().take(chapters).enumerate() {
        let mut table = format!("# {name}\n\nAbout them.\n\n|Concept|Brief Description|\n|---|---|\n");
        for n in (0..cards).filter(|n| n * chapters / cards == chapter) {
            // Some take longer than others.
            let more = " and whatever swims near it".repeat(n % 4);
            let link = if n == 0 { "[[First]]".to_owned() } else { format!("Bird {n}") };
            let _ = writeln!(table, "|**{link}**|The one that bears the number {n}{more}.|");
        }
        folder.write(&format!("pack/{} {name}.md", chapter + 1), table);
    }
    folder.write("pack/concepts/First.md", "## Explanation\n\nIt came before all others.\n");
    folder
}

pub fn build(folder: &Folder, more: &[&str]) -> Run {
    folder.recto(&[&["build", "pack", "calendar", "--out", "out"], more].concat())
}

pub fn json(folder: &Folder) -> Value {
    serde_json::from_str(&folder.read("out/calendar.json")).expect("JSON")
}
