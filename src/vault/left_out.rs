//! What of a vault is no content, counted by what it is.

use std::collections::BTreeSet;

use serde::Serialize;

use super::finding::FileNo;
use super::open::Vault;

/// Notes that are not printed although nobody ignored them, and what Obsidian's plug-ins put into others.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LeftOut {
    #[serde(skip)]
    files: BTreeSet<FileNo>,
    pub daily: usize,
    pub templates: usize,
    /// Excalidraw's.
    pub drawings: usize,
    /// Kanban's.
    pub boards: usize,
    /// `.canvas`
    pub canvases: usize,
    /// `.base`
    pub bases: usize,
    /// Code blocks that are programs for a plug-in (`dataview`, `tasks`, …).
    pub blocks: usize,
}

impl LeftOut {
    /// Leaves a note out, and counts it.
    pub fn add(&mut self, no: FileNo, kind: impl FnOnce(&mut Self) -> &mut usize) {
        if self.files.insert(no) {
            *kind(self) += 1;
        }
    }

    pub fn has(&self, no: FileNo) -> bool {
        self.files.contains(&no)
    }

    /// Counts plug-ins' blocks and files.
    pub fn count_blocks(&mut self, vault: &Vault) {
        self.blocks = vault
            .notes()
            .filter(|(no, ..)| !self.files.contains(no))
            .map(|(_, _, note)| note.parsed.dropped.plugin_blocks)
            .sum();
        let ending = |ending: &str| vault.files.iter().filter(|file| file.path.ends_with(ending)).count();
        self.canvases = ending(".canvas");
        self.bases = ending(".base");
    }

    /// `3 daily notes, 1 canvas`; empty where nothing is left out.
    pub fn told(&self) -> String {
        let kinds = [
            (self.daily, "daily note", "daily notes"),
            (self.templates, "template", "templates"),
            (self.drawings, "drawing", "drawings"),
            (self.boards, "board", "boards"),
            (self.canvases, "canvas", "canvases"),
            (self.bases, "base", "bases"),
            (self.blocks, "plug-in block", "plug-in blocks"),
        ];
        let parts: Vec<String> = kinds
            .iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, one, many)| format!("{n} {}", if *n == 1 { one } else { many }))
            .collect();
        parts.join(", ")
    }
}
