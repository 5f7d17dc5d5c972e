//! The vault as the build and the lints read it: what they need of it, and nothing else.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;

use super::Words;
use super::note::Note;
use crate::pack::Text;
use crate::vault::ast::{Block, BlockKind};
use crate::vault::{FileNo, Part, Place, Selection, select};

/// What a note's front matter says of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meta {
    pub title: Option<String>,
    /// With its place.
    pub id: Option<(String, Range<usize>)>,
    pub aliases: Vec<String>,
    /// In front matter and text, without `#`.
    pub tags: Vec<String>,
    pub priority: Option<u8>,
    pub since: Option<String>,
    pub verified: Option<Date>,
    pub verified_range: Option<Range<usize>>,
    pub date: Option<Date>,
    /// With its place.
    pub code: Option<(String, Range<usize>)>,
    pub sources: Vec<String>,
    pub lint_allow: Vec<String>,
}

/// What recto.yaml says, with defaults filled in.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub title: String,
    pub subtitle: Option<String>,
    pub authors: Vec<String>,
    pub language: String,
    pub edition: Option<String>,
    pub licence: Option<String>,
    pub date: Option<Date>,
    pub cards_from_rows: bool,
    pub cards_anywhere: bool,
    pub lint_allow: Vec<String>,
    /// Least and most words of a brief.
    pub brief_words: (usize, usize),
    pub freshness_days: Option<u32>,
}

/// Where a link leads.
#[derive(Debug, Clone, Eq, PartialEq)]
pub(crate) enum Found {
    One(FileNo),
    /// By an alias, which Obsidian does not do.
    Alias(FileNo),
    Several {
        chosen: FileNo,
        all: Vec<FileNo>,
    },
    Nothing,
}

pub(crate) struct View<'a> {
    pub(super) vault: &'a crate::vault::Vault,
    /// In the order of their numbers.
    pub(super) notes: Vec<Note<'a>>,
    pub(super) by_file: BTreeMap<FileNo, usize>,
    pub(super) metas: BTreeMap<FileNo, Meta>,
    pub(super) no_meta: Meta,
    pub(super) words: Words,
    pub(super) settings: Settings,
}

impl<'a> View<'a> {
    pub fn notes(&self) -> &[Note<'a>] {
        &self.notes
    }

    /// The note in a file; `None` where the file is none.
    pub fn note(&self, file: FileNo) -> Option<&Note<'a>> {
        self.notes.get(*self.by_file.get(&file)?)
    }

    pub fn meta(&self, file: FileNo) -> &Meta {
        self.metas.get(&file).unwrap_or(&self.no_meta)
    }

    pub fn words(&self) -> &Words {
        &self.words
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The file's name without folder and `.md`.
    pub fn stem(&self, file: FileNo) -> &str {
        let path = self.path(file);
        let name = path.rsplit('/').next().unwrap_or(path);
        name.strip_suffix(".md").unwrap_or(name)
    }

    /// `1 Foundations.md:12`
    pub fn line(&self, place: &Place) -> String {
        let before =
            self.note(place.file).and_then(|n| n.source.get(..place.range.start)).unwrap_or_default();
        format!("{}:{}", self.path(place.file), before.matches('\n').count() + 1)
    }

    /// Bytes of a part of a note; `None` where it is empty or not there.
    pub fn range_of(&self, text: &Text) -> Option<Range<usize>> {
        let blocks = self.note(text.file)?.blocks();
        match &text.part {
            Part::Blocks(range) => {
                let blocks = blocks.get(range.clone())?;
                Some(blocks.first()?.range.start..blocks.last()?.range.end)
            }
            Part::Heading(block) => Some(blocks.get(*block)?.range.clone()),
            Part::Cell { block, row, column } => {
                let BlockKind::Table(table) = &blocks.get(*block)?.kind else { return None };
                let row = row.checked_sub(1).map_or(Some(&table.head), |row| table.rows.get(row))?;
                Some(row.cells.get(*column)?.range.clone())
            }
            Part::Card { .. } => {
                let blocks = self.blocks_of(text);
                Some(blocks.first()?.range.start..blocks.last()?.range.end)
            }
        }
    }

    /// The blocks of a part of a note; none for headings and cells.
    pub fn blocks_of(&self, text: &Text) -> Vec<Block> {
        let Some(note) = self.note(text.file) else { return Vec::new() };
        match select(note.parsed, note.source, &text.part) {
            Some(Selection::Blocks(blocks)) => blocks,
            _ => Vec::new(),
        }
    }
}
