//! The vault as the build and the lints read it: what they need of it, and nothing else.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use globset::GlobBuilder;
use jiff::civil::Date;

use super::Words;
use super::chapter::find_chapters;
use super::note::Note;
use super::refs::tags_in_blocks;
use crate::pack::code::is_prefix;
use crate::pack::words::SectionWord;
use crate::pack::{Text, fold};
use crate::vault::ast::{Block, BlockKind, LinkTarget};
use crate::vault::suggest::nearest;
use crate::vault::{
    Cheat, FileNo, Finding, FrontMatter, Part, Place, Resolution, Resolver, Selection, Vault, select,
};

/// What a note says of itself, in front matter and tags.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meta {
    pub title: Option<String>,
    /// With its place.
    pub id: Option<(String, Range<usize>)>,
    pub aliases: Vec<String>,
    /// In front matter and text, without `#`.
    pub tags: Vec<String>,
    pub priority: Option<u8>,
    pub cheat: Cheat,
    pub since: Option<String>,
    pub verified: Option<Date>,
    pub verified_range: Option<Range<usize>>,
    pub date: Option<Date>,
    /// With its place.
    pub code: Option<(String, Range<usize>)>,
    pub sources: Vec<String>,
    /// `python: ">=3.13"`, with its place.
    pub python: Option<(String, Range<usize>)>,
}

impl Meta {
    fn of(front: &FrontMatter, blocks: &[Block]) -> Self {
        let place = |key: &str| front.place(key).unwrap_or(0..0);
        let mut tags = front.tags.clone();
        for tag in tags_in_blocks(blocks) {
            if !tags.iter().any(|known| fold(known) == fold(tag)) {
                tags.push(tag.to_owned());
            }
        }
        Self {
            title: front.title.clone().filter(|title| !title.trim().is_empty()),
            id: front.id.clone().map(|id| (id, place("id"))),
            aliases: front.aliases.iter().map(|(alias, _)| alias.clone()).collect(),
            tags,
            priority: front.priority,
            cheat: front.cheat.clone(),
            since: front.since.clone(),
            verified: front.verified,
            verified_range: front.verified.map(|_| place("verified")),
            date: front.date,
            code: front.code.clone().filter(|code| is_prefix(code)).map(|code| (code, place("code"))),
            sources: front.sources.clone(),
            python: front.python.clone().map(|python| (python, place("python"))),
        }
    }
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
    /// Least and most words of a brief.
    pub brief_words: RangeInclusive<usize>,
    pub freshness_days: u32,
    /// Version → the last day of its support.
    pub end_of_life: BTreeMap<String, Date>,
}

impl Settings {
    fn of(vault: &Vault) -> Self {
        let config = &vault.config;
        let words = &config.lint.brief_words;
        let size = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        Self {
            title: vault.title(),
            subtitle: config.subtitle.clone(),
            authors: config.authors.clone(),
            language: config.language.clone().unwrap_or_else(|| "en".to_owned()),
            edition: config.edition.clone(),
            licence: config.licence.clone(),
            date: config.date,
            cards_from_rows: config.cards.from_rows,
            cards_anywhere: config.cards.anywhere,
            brief_words: size(*words.start())..=size(*words.end()),
            freshness_days: config.freshness_days.unwrap_or(FRESH_DAYS),
            end_of_life: config.end_of_life.clone(),
        }
    }
}

/// Days for which a verified fact counts as fresh, where recto.yaml says nothing.
const FRESH_DAYS: u32 = 365;

pub(crate) struct View<'a> {
    vault: &'a Vault,
    resolver: Resolver<'a>,
    /// In the order of their numbers.
    notes: Vec<Note<'a>>,
    by_file: BTreeMap<FileNo, usize>,
    metas: BTreeMap<FileNo, Meta>,
    no_meta: Meta,
    words: Words,
    settings: Settings,
}

impl<'a> View<'a> {
    pub fn of(vault: &'a Vault) -> Self {
        let mut notes = Vec::new();
        let mut by_file = BTreeMap::new();
        let mut metas = BTreeMap::new();
        for (file, entry, note) in vault.notes() {
            by_file.insert(file, notes.len());
            metas.insert(file, Meta::of(&note.front, &note.parsed.blocks));
            notes.push(Note { file, path: &entry.path, source: &note.text, parsed: &note.parsed });
        }
        let known = |(heading, name): &(String, String)| Some((heading.clone(), SectionWord::named(name)?));
        let words = Words {
            headers: vault.config.table_headers.clone(),
            sections: vault.config.sections.iter().filter_map(known).collect(),
        };
        Self {
            vault,
            resolver: Resolver::new(vault),
            notes,
            by_file,
            metas,
            no_meta: Meta::default(),
            words,
            settings: Settings::of(vault),
        }
    }

    /// What recto.yaml says of chapters and sections that the vault cannot bear out.
    pub fn check_config(&self, findings: &mut Vec<Finding>) {
        let names = SectionWord::NAMES.map(|(name, _)| name);
        for (heading, name) in &self.vault.config.sections {
            if SectionWord::named(name).is_some() {
                continue;
            }
            let hint = match nearest(name, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known sections are {}", names.join(", ")),
            };
            let message = format!("`{name}` is not a known section");
            let place = self.config_place(&["sections", heading]);
            findings.push(Finding::error("config", place, message).hint(hint));
        }
    }

    fn config_place(&self, path: &[&str]) -> Option<Place> {
        Some(Place { file: self.vault.config_file?, range: self.vault.config.place(path)? })
    }

    /// The chapters that recto.yaml lists: pattern by pattern, in natural order of their paths; `None` if it lists none.
    pub fn listed_chapters(&self, findings: &mut Vec<Finding>) -> Option<Vec<FileNo>> {
        let patterns = &self.vault.config.chapters;
        if patterns.is_empty() || *patterns == [crate::pack::plain::FOLDERS] {
            return None;
        }
        let mut chapters: Vec<FileNo> = Vec::new();
        for (i, pattern) in patterns.iter().enumerate() {
            let plain = pattern.trim_start_matches("./");
            // Patterns were looked at when recto.yaml was read.
            let Ok(glob) = GlobBuilder::new(plain).literal_separator(true).build() else { continue };
            let glob = glob.compile_matcher();
            let before = chapters.len();
            let mut matching = self.notes.iter().filter(|note| glob.is_match(note.path)).peekable();
            let any = matching.peek().is_some();
            chapters.extend(
                matching
                    .map(|note| note.file)
                    .filter(|file| !chapters[..before].contains(file))
                    .collect::<Vec<_>>(),
            );
            if !any {
                let message = format!("no note matches `{pattern}`");
                let place = self.config_place(&["chapters", &i.to_string()]);
                let hint = "patterns are paths from the pack's root: `chapters/*.md`";
                findings.push(Finding::error("config", place, message).hint(hint));
            }
        }
        Some(chapters)
    }

    /// The chapters that were made of folders, if any were.
    pub fn generated(&self) -> Option<Vec<FileNo>> {
        let generated: Vec<FileNo> = self.vault.generated().collect();
        (!generated.is_empty()).then_some(generated)
    }

    /// The notes that hold a concept table and are chapters.
    pub fn found_chapters(&self) -> Vec<FileNo> {
        let content = self.notes.iter().filter(|note| !self.vault.left_out.has(note.file));
        let content: Vec<Note<'a>> = content.copied().collect();
        find_chapters(&content, &self.words, |note, target| self.note_named(note.file, target))
    }

    /// Whether any note is a chapter by its tables.
    pub fn has_chapters(&self) -> bool {
        !self.found_chapters().is_empty()
    }

    /// What the front matter says of the note in a sentence.
    pub fn summary(&self, file: FileNo) -> Option<&'a str> {
        crate::pack::plain::summary(&self.vault.note(file)?.front.other)
    }

    /// Follows a wikilink's target.
    pub fn resolve(&self, from: FileNo, target: &LinkTarget) -> Resolution {
        self.resolver.resolve(from, target)
    }

    /// Follows a Markdown link's; `None` for addresses outside the vault.
    pub fn resolve_dest(&self, from: FileNo, dest: &str) -> Option<Resolution> {
        self.resolver.resolve_dest(from, dest)
    }

    /// The note of this name, as a link without heading would find it.
    pub fn note_named(&self, from: FileNo, name: &str) -> Option<FileNo> {
        let target = LinkTarget { note: name.to_owned(), heading: None, block: None };
        self.resolve(from, &target).file.filter(|file| self.note(*file).is_some())
    }

    pub fn path(&self, file: FileNo) -> &'a str {
        self.vault.file(file).map_or("", |f| f.path.as_str())
    }

    pub fn paths(&self) -> impl Iterator<Item = &'a str> {
        self.vault.files.iter().map(|f| f.path.as_str())
    }

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
    pub fn stem(&self, file: FileNo) -> &'a str {
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
