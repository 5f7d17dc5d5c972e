//! A clean vault for Obsidian: chapters at the root, a note for every concept, a stub for every link that leads nowhere.
//!
//! Notes keep their text to the letter but for links and a few properties. Every name in the vault is there once, so that
//! every link is a name that Obsidian follows; what only Recto follows (aliases, titles, paths that are gone) is written
//! out, and shows what it showed. Recto reads the vault as the same pack: same ids, codes, numbers and texts.

mod canvas;
mod edit;
mod names;
mod pages;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;

use self::edit::{Edits, set_properties};
use self::names::Names;
use super::source::written;
use super::{Export, Loss, Source};
use crate::pack::build::refs::{Ref, RefKind, refs_in_blocks};
use crate::pack::{ConceptNo, ConceptTable, SectionItem, Target};
use crate::typeset::pictures::is_picture;
use crate::vault::ast::{BlockKind, Inline, InlineKind, WikiLink};
use crate::vault::markdown::{plain_text, shown_target};
use crate::vault::{FileNo, Place, Resolver};

/// # Errors
/// A picture that cannot be read.
pub fn export(source: &Source<'_>) -> Result<Export, String> {
    let mut maker = Maker {
        source,
        resolver: Resolver::new(source.vault),
        names: Names::of(source),
        losses: Vec::new(),
        assets: BTreeSet::new(),
        queue: Vec::new(),
        seen: BTreeSet::new(),
    };
    let mut files = maker.notes();
    files.extend(maker.assets()?);
    files.extend(pages::pages(source, &maker.names, &mut maker.losses));
    maker.left_out();
    let root = crate::vault::file_name(&source.pack.title);
    for (path, _) in &mut files {
        *path = format!("{root}/{path}");
    }
    files.sort();
    Ok(Export {
        files,
        concepts: source.concepts().count(),
        cards: source.cards().count(),
        losses: maker.losses,
        ..Export::default()
    })
}

struct Maker<'s, 'a> {
    source: &'s Source<'a>,
    resolver: Resolver<'a>,
    names: Names,
    losses: Vec<Loss>,
    /// Pictures and other files that notes show or link to.
    assets: BTreeSet<FileNo>,
    /// Notes to be written yet.
    queue: Vec<FileNo>,
    seen: BTreeSet<FileNo>,
}

type Files = Vec<(String, Vec<u8>)>;

impl Maker<'_, '_> {
    /// All notes that are printed, and those that they lead to.
    fn notes(&mut self) -> Files {
        let source = self.source;
        let mut files = Vec::new();
        let chapters: Vec<FileNo> = source.chapters().map(|(_, c)| c.file).collect();
        for file in chapters {
            self.want(file);
        }
        for (_, concept) in source.concepts() {
            if let Some(file) = concept.note {
                self.want(file);
            }
        }
        let mut at = 0;
        while let Some(file) = self.queue.get(at).copied() {
            at += 1;
            let Some(path) = self.names.path(file).map(str::to_owned) else { continue };
            let text = self.note(file);
            files.push((path, text.into_bytes()));
        }
        for (no, concept) in source.concepts() {
            if let Some(path) = self.names.stub_path(no) {
                files.push((path.to_owned(), pages::stub(source, &self.names, concept).into_bytes()));
            }
        }
        for (name, path) in self.names.missing() {
            let heading = super::markdown::escape(name, super::markdown::Dialect::Obsidian);
            let title = edit::quoted(name);
            files.push((path.to_owned(), format!("---\ntitle: {title}\n---\n# {heading}\n").into_bytes()));
        }
        files
    }

    fn want(&mut self, file: FileNo) {
        if self.seen.insert(file) {
            self.queue.push(file);
        }
    }

    /// A note's new text.
    fn note(&mut self, file: FileNo) -> String {
        let source = self.source;
        let Some(note) = source.note(file) else { return String::new() };
        let mut edits = Edits::default();
        for table in self.tables(file) {
            self.table(file, &table, &mut edits);
        }
        for reference in refs_in_blocks(&note.parsed.blocks) {
            if edits.covers(&reference.range) {
                continue;
            }
            if let Some(text) = self.reference(file, &note.text, &reference) {
                edits.replace(reference.range, text);
            }
        }
        let text = edits.apply(&note.text);
        let properties = pages::properties(source, &self.names, file);
        match set_properties(&text, &properties) {
            Some(text) => text,
            None => {
                let what = "properties were not added: the front matter is not lines of `key: value`";
                self.losses.push(Loss::new(what, Some(Place { file, range: 0..0 })));
                text
            }
        }
    }

    /// The concept tables of a chapter note.
    fn tables(&self, file: FileNo) -> Vec<ConceptTable> {
        let chapters = self.source.pack.chapters.iter().filter(|c| c.file == file);
        let items = chapters.flat_map(|c| &c.sections).flat_map(|s| &s.items);
        items
            .filter_map(|item| match item {
                SectionItem::Table(table) => Some(table.clone()),
                SectionItem::Prose(_) => None,
            })
            .collect()
    }

    /// The first cell of each row leads to the concept's note; rows that are not wanted go.
    fn table(&mut self, file: FileNo, table: &ConceptTable, edits: &mut Edits) {
        let Some(note) = self.source.note(file) else { return };
        let Some(BlockKind::Table(tree)) = note.parsed.blocks.get(table.block).map(|b| &b.kind) else {
            return;
        };
        for (row, no) in tree.rows.iter().zip(&table.rows) {
            if !self.source.keeps(*no) {
                edits.remove_lines(&note.text, row.range.clone());
                continue;
            }
            let Some(cell) = row.cells.first().filter(|c| !c.range.is_empty()) else { continue };
            let Some(own) = note.text.get(cell.range.clone()) else { continue };
            match first_link(&cell.content) {
                Some((link, range)) => {
                    if link.target.heading.is_some() || link.target.block.is_some() {
                        continue;
                    }
                    if let Some(text) = self.name_link(*no, link, note.text.get(range.clone())) {
                        edits.replace(range, text);
                    }
                }
                None => {
                    if let Some(text) = self.name_text(*no, &plain_text(&cell.content), own) {
                        edits.replace(cell.range.clone(), text);
                    }
                }
            }
        }
    }

    /// A row's link, where it has to change.
    fn name_link(&self, no: ConceptNo, link: &WikiLink, own: Option<&str>) -> Option<String> {
        let name = self.names.concept(self.source, no)?;
        if link.target.note == name {
            return None;
        }
        let concept = self.source.pack.concepts.get(no.0)?;
        let (_, alias) = parted(own.unwrap_or_default());
        let shown = match alias {
            Some(alias) => alias.to_owned(),
            None => {
                // A badge inside the brackets stays inside.
                let badge = concept.badge.as_deref().filter(|b| link.target.note.contains(*b));
                let badge = badge.map(|b| format!(" {b}")).unwrap_or_default();
                format!("{}{badge}", in_link(&concept.name))
            }
        };
        Some(format!("[[{name}\\|{shown}]]"))
    }

    /// A row's plain name as a link, bold if it was.
    fn name_text(&self, no: ConceptNo, plain: &str, own: &str) -> Option<String> {
        let name = self.names.concept(self.source, no)?;
        let concept = self.source.pack.concepts.get(no.0)?;
        if plain.trim().is_empty() {
            return None;
        }
        let bold = if own.trim_start().starts_with("**") { "**" } else { "" };
        let badge = concept.badge.as_ref().map(|b| format!(" {b}")).unwrap_or_default();
        let link = if name == concept.name {
            format!("[[{name}]]")
        } else {
            format!("[[{name}\\|{}]]", in_link(&concept.name))
        };
        let (lead, tail) = (
            own.get(..own.len() - own.trim_start().len()).unwrap_or_default(),
            own.get(own.trim_end().len()..).unwrap_or_default(),
        );
        Some(format!("{lead}{bold}{link}{bold}{badge}{tail}"))
    }

    /// A link or picture, where it has to change.
    fn reference(&mut self, from: FileNo, text: &str, reference: &Ref<'_>) -> Option<String> {
        let own = text.get(reference.range.clone())?;
        let pipe = if reference.in_table { "\\|" } else { "|" };
        match &reference.kind {
            RefKind::Link { target, .. } => {
                if target.note.is_empty() {
                    return None;
                }
                let name = self.lead(from, &written(target), self.resolver.resolve(from, target).file)?;
                if name == target.note {
                    return None;
                }
                let (_, alias) = parted(own);
                let shown = alias.map_or_else(|| in_link(&shown_target(target)), str::to_owned);
                let inner = written(target).get(target.note.len()..).unwrap_or_default().to_owned();
                Some(format!("[[{name}{inner}{pipe}{shown}]]"))
            }
            RefKind::Embed(embed) => {
                let target = &embed.target;
                let found = self.resolver.resolve(from, target).file;
                if found.is_none() && is_picture(&target.note) {
                    return None;
                }
                let name = self.lead(from, &written(target), found)?;
                if name == target.note {
                    return None;
                }
                let (_, alias) = parted(own.trim_start_matches('!'));
                let alias = alias.map(|a| format!("{pipe}{a}")).unwrap_or_default();
                let inner = written(target).get(target.note.len()..).unwrap_or_default().to_owned();
                Some(format!("![[{name}{inner}{alias}]]"))
            }
            RefKind::Dest(dest) | RefKind::Image { dest, .. } => {
                let found = self.resolver.resolve_dest(from, dest)?.file;
                let path = match (found, self.source.target(from, dest)) {
                    (Some(file), _) => self.path_of(file)?,
                    (None, Target::Concept(no)) => self.names.concept_path(self.source, *no)?,
                    (None, _) => return None,
                };
                let Some(parts) = edit::inline_link(own) else {
                    let what = "a link by reference was left as it is";
                    let place = Place { file: from, range: reference.range.clone() };
                    self.losses.push(Loss::new(what, Some(place)));
                    return None;
                };
                let anchor = dest.split_once('#').map(|(_, a)| format!("#{a}")).unwrap_or_default();
                let new = format!("{}](<{path}{anchor}>{})", parts.before, parts.title);
                (new != own).then_some(new)
            }
        }
    }

    /// What a wikilink says to lead where it leads; nothing where it is to be left.
    fn lead(&mut self, from: FileNo, written: &str, found: Option<FileNo>) -> Option<String> {
        if let Some(file) = found {
            self.path_of(file)?;
            return self.names.name(file).map(str::to_owned);
        }
        if let Target::Concept(no) = self.source.target(from, written)
            && let Some(name) = self.names.concept(self.source, *no)
        {
            return Some(name);
        }
        let note = written.split('#').next().unwrap_or(written);
        Some(self.names.missing_name(note))
    }

    /// The new path of a file, which will be written.
    fn path_of(&mut self, file: FileNo) -> Option<String> {
        let path = self.names.path(file)?.to_owned();
        match self.source.note(file) {
            Some(_) => self.want(file),
            None => {
                self.assets.insert(file);
            }
        }
        Some(path)
    }

    fn assets(&mut self) -> Result<Files, String> {
        let vault = self.source.vault;
        let holidays = vault.config.schedule.holidays.clone();
        let mut files = Vec::new();
        for (no, file) in vault.numbered() {
            // Layouts, fonts and the calendar's holidays are found by their path.
            let fixed = file.path.starts_with("layouts/")
                || file.path.starts_with("fonts/")
                || holidays.as_ref() == Some(&file.path);
            let path = if fixed { Some(file.path.as_str()) } else { self.names.path(no) };
            if !fixed && !self.assets.contains(&no) {
                continue;
            }
            let bytes = vault.read_asset(no).map_err(|e| format!("`{}` cannot be read: {e}", file.path))?;
            files.extend(path.map(|path| (path.to_owned(), bytes)));
        }
        Ok(files)
    }

    /// Notes to which nothing leads.
    fn left_out(&mut self) {
        if !self.source.is_whole() {
            return;
        }
        for (file, ..) in self.source.vault.notes() {
            if !self.seen.contains(&file) {
                let what = "a note to which nothing in the pack leads was left out";
                self.losses.push(Loss::new(what, Some(Place { file, range: 0..0 })));
            }
        }
    }
}

/// The first wikilink of a cell, and its bytes.
fn first_link(inlines: &[Inline]) -> Option<(&WikiLink, Range<usize>)> {
    inlines.iter().find_map(|inline| match &inline.kind {
        InlineKind::WikiLink(link) => Some((link, inline.range.clone())),
        InlineKind::Strong(body)
        | InlineKind::Emph(body)
        | InlineKind::Strike(body)
        | InlineKind::Highlight(body) => first_link(body),
        _ => None,
    })
}

/// Target and alias of `[[target|alias]]` as written.
fn parted(link: &str) -> (&str, Option<&str>) {
    let inner = link.strip_prefix("[[").and_then(|l| l.strip_suffix("]]")).unwrap_or(link);
    match inner.split_once('|') {
        Some((target, alias)) => (target.strip_suffix('\\').unwrap_or(target), Some(alias)),
        None => (inner, None),
    }
}

/// Text that can stand behind a link's pipe.
fn in_link(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in super::markdown::escape(text, super::markdown::Dialect::Obsidian).chars() {
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}
