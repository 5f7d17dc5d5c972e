//! Other people's documents to a vault that builds, and a report that says exactly what was done.
//!
//! [`source`] reads files, [`markdown`] and [`delimited`] find chapters, sections and concepts in them ([`draft`]),
//! [`merge`] makes one book of several overlapping ones, [`render`] writes notes, and [`existing`] decides which of them may
//! be written over what is there. All but [`source`] and [`existing`] are pure.

mod chatter;
mod delimited;
pub mod draft;
pub mod existing;
mod html;
mod links;
mod markdown;
mod merge;
mod names;
mod plain;
mod render;
pub mod report;
pub mod source;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::vault::repair::repair;

pub use draft::{Aside, Draft};
pub use report::Report;
pub use source::{Format, Source};

/// What the user wishes.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// The pack's title; else that of the first document that has one.
    pub title: Option<String>,
    /// BCP 47, written into recto.yaml.
    pub language: Option<String>,
    /// Names of one concept: the first becomes another name of the second.
    pub same: Vec<(String, String)>,
    /// Leave damaged text as it is.
    pub no_repair: bool,
    /// The vault folder's name: the title where nothing else gives one.
    pub folder: Option<String>,
}

/// A file to be written.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct File {
    /// From the vault's root, parted by `/`.
    pub path: String,
    pub bytes: Vec<u8>,
    pub kind: Kind,
}

/// What a file of an import is; decides what may overwrite it.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Config,
    Chapter,
    /// A note that stands for a link until somebody writes it.
    Stub,
    /// A note of the imported vault, as it was but for repairs.
    Note,
    /// A picture.
    Asset,
}

/// What an import gives: files in order, and the report without what happened to them on disk.
#[derive(Debug, Clone, Default)]
pub struct Import {
    pub files: Vec<File>,
    pub report: Report,
}

/// Makes a vault of documents. Pure: the same sources give the same bytes.
pub fn import(sources: &[Source], wishes: &Wishes) -> Import {
    let mut report = Report::default();
    // Repair first: names and headings are compared afterwards.
    let texts: Vec<String> = sources
        .iter()
        .map(|source| {
            let repaired = match wishes.no_repair || source.format == Format::Asset {
                true => Default::default(),
                false => repair(&source.text),
            };
            let text = if repaired.changes.is_empty() { source.text.clone() } else { repaired.text };
            report.source(source, &text, repaired.changes);
            text
        })
        .collect();

    let mut names = names::Names::new(sources);
    let mut parsed: BTreeMap<usize, markdown::Prepared> = BTreeMap::new();
    for (i, (source, text)) in sources.iter().zip(&texts).enumerate() {
        if source.format == Format::Markdown {
            parsed.insert(i, markdown::prepare(text));
        }
    }
    // Every file name is settled before the first link is written.
    for prepared in parsed.values() {
        names.add_links(&prepared.links);
    }
    for (other, name) in &wishes.same {
        names.redirect(other, name);
    }

    let whole_vault = sources.iter().any(|source| source.in_vault);
    let content = |i: &usize| sources.get(*i).is_some_and(|source| !source.left_out);
    let tables = parsed.iter().any(|(i, prepared)| prepared.tables > 0 && content(i))
        || sources.iter().any(|s| matches!(s.format, Format::Delimited(_) | Format::Quizlet | Format::Anki));
    let mut drafts = Vec::new();
    for (i, (source, text)) in sources.iter().zip(&texts).enumerate() {
        let draft = match (source.format, parsed.get(&i)) {
            (Format::Markdown, Some(prepared)) => {
                let text = links::rewrite(text, &prepared.links, &names);
                let whole = source.left_out || prepared.tables == 0 || prepared.is_concept_note;
                if source.in_vault && whole {
                    markdown::whole_note(i, source, text, !tables)
                } else {
                    let draft = markdown::read(i, source, &text, tables);
                    match draft.chapters.len() {
                        1 if source.in_vault => markdown::kept_chapter(i, source, text, draft),
                        _ => draft,
                    }
                }
            }
            (Format::Delimited(separator), _) => delimited::table(i, source, text, separator),
            (Format::Quizlet, _) => delimited::quizlet(i, source, text),
            (Format::Anki, _) => delimited::anki(i, source, text),
            _ => Draft::default(),
        };
        drafts.push(draft);
    }

    gather_folders(&mut drafts, sources);
    let mut book = merge::merge(drafts, &wishes.same, &mut report);
    report.measure(&book);
    let mut files = render::render(&mut book, sources, &mut names, wishes, whole_vault, &mut report);
    files.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| crate::vault::natural_cmp(&a.path, &b.path)));
    Import { files, report }
}

/// The notes of a folder are one chapter: their rows go to the folder's first, so that merging stays quick in a vault of
/// thousands of notes.
fn gather_folders(drafts: &mut [Draft], sources: &[Source]) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for i in 0..drafts.len() {
        let Some(source) = sources.get(i).filter(|source| source.in_vault) else { continue };
        let of_folder = |draft: &&mut Draft| {
            !draft.notes.is_empty()
                && matches!(draft.chapters.as_slice(), [chapter] if chapter.kept.is_none())
        };
        let Some(draft) = drafts.get_mut(i).filter(of_folder) else { continue };
        let Some(&to) = first.get(source.folder()) else {
            first.insert(source.folder(), i);
            continue;
        };
        let rows: Vec<draft::Row> = std::mem::take(&mut draft.chapters)
            .into_iter()
            .flat_map(|chapter| chapter.sections)
            .flat_map(|section| section.items)
            .filter_map(|item| match item {
                draft::Item::Table(table) => Some(table.rows),
                draft::Item::Prose(_) => None,
            })
            .flatten()
            .collect();
        let table = drafts
            .get_mut(to)
            .and_then(|d| d.chapters.first_mut())
            .and_then(|c| c.sections.first_mut())
            .and_then(|s| s.items.first_mut())
            .and_then(draft::Item::table_mut);
        if let Some(table) = table {
            table.rows.extend(rows);
        }
    }
}
