//! Vaults that were never written for Recto: chapters from folders, or from maps of content, concepts from notes.
//!
//! A folder without a `recto.yaml` (or with `chapters: folders` in it) and without a concept table is given chapter notes
//! that exist in memory only: a heading, sections for the folders below, and a table that links every note, with its
//! first sentence for a brief. All that comes after reads them as it reads an author's own.

mod brief;
mod left_out;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::build::note::Note;
use super::build::refs::{RefKind, refs_in_blocks};
use super::build::view::View;
use super::words::{chapter_title, section_word};
use crate::vault::ast::{Block, BlockKind};
use crate::vault::front::FrontMatter;
use crate::vault::{FileNo, Finding, Severity, Vault, natural_cmp, parse, plain_text};

/// `chapters: folders` in recto.yaml.
pub const FOLDERS: &str = "folders";

/// Rules whose errors are an author's mistakes in a pack; a vault that was not written for Recto knows nothing of them.
const SOFT: [&str; 10] = [
    "front-matter",
    "yaml",
    "missing-image",
    "image",
    "table-cells",
    "table-head",
    "card-sides",
    "card-gaps",
    "card-too-long",
    "duplicate-id",
];

pub(crate) use left_out::Places;

/// What a table would say of a note, as Markdown for a cell; empty where nothing in it will do.
pub(crate) fn brief_of(text: &str) -> String {
    let parsed = parse(text);
    let front = parsed.front.clone().map(|range| FrontMatter::parse(text, range, &mut Vec::new()));
    let summary = front.as_ref().and_then(|front| summary(&front.other));
    brief::brief(text, &parsed.blocks, summary).unwrap_or_default()
}

/// What front matter says of its note in a sentence, by the keys that are not Recto's.
pub(super) fn summary(other: &[(String, String)]) -> Option<&str> {
    let value =
        |key: &str| other.iter().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, v)| v.trim());
    ["summary", "description", "definition", "abstract"]
        .iter()
        .find_map(|key| value(key))
        .filter(|v| !v.is_empty())
}

/// Whether the vault was never written for Recto.
pub fn is_plain(vault: &Vault) -> bool {
    vault.config_file.is_none()
}

/// Finds what is no content, and gives a vault without chapters chapters of its folders.
pub fn arrange(vault: &mut Vault) {
    let by_folders = vault.config.chapters == [FOLDERS];
    if is_plain(vault) || by_folders {
        vault.left_out = left_out::left_out(vault);
    }
    let mut left_out = std::mem::take(&mut vault.left_out);
    left_out.count_blocks(vault);
    vault.left_out = left_out;
    if !by_folders && (!is_plain(vault) || View::of(vault).has_chapters()) {
        return;
    }
    let chapters = chapters(vault);
    for chapter in chapters {
        vault.generate(chapter.path, chapter.text);
    }
}

/// What would be an author's error is a warning in a vault that was not written for Recto: it is printed as well as can be.
pub fn soften(vault: &Vault, findings: &mut [Finding]) {
    if is_plain(vault) {
        for finding in findings.iter_mut().filter(|finding| SOFT.contains(&finding.rule)) {
            finding.severity = Severity::Warning;
        }
    }
}

/// A chapter note that nobody wrote.
struct Generated {
    path: String,
    text: String,
}

/// A chapter before it is written.
struct Draft {
    title: String,
    folder: String,
    /// Heading (empty for what stands first) and notes.
    sections: Vec<(String, Vec<FileNo>)>,
}

fn chapters(vault: &Vault) -> Vec<Generated> {
    let view = View::of(vault);
    let notes: Vec<&Note<'_>> = view.notes().iter().filter(|note| !vault.left_out.has(note.file)).collect();
    let maps: BTreeSet<FileNo> =
        notes.iter().filter(|note| is_map(&view, note)).map(|note| note.file).collect();
    let content: Vec<&Note<'_>> = notes.iter().filter(|note| !maps.contains(&note.file)).copied().collect();
    let common = common_folder(&content);
    let depth = |note: &Note<'_>| inside(note.path, &common).matches('/').count();
    let flat = content.iter().all(|note| depth(note) == 0);
    let drafts = match flat {
        true => by_maps(vault, &view, &notes, &maps, &content),
        false => by_folders(vault, &content, &common),
    };
    let mut used = BTreeSet::new();
    drafts
        .into_iter()
        .filter(|draft| draft.sections.iter().any(|(_, notes)| !notes.is_empty()))
        .map(|draft| write(&view, draft, &mut used))
        .collect()
}

/// The folder that holds all content, with a slash at its end; empty for the root.
fn common_folder(notes: &[&Note<'_>]) -> String {
    let mut folders = notes.iter().map(|note| note.path.rsplit_once('/').map_or("", |(folder, _)| folder));
    let Some(first) = folders.next() else { return String::new() };
    let mut common: Vec<&str> = first.split('/').filter(|part| !part.is_empty()).collect();
    for folder in folders {
        let same = common.iter().zip(folder.split('/')).take_while(|(a, b)| **a == *b).count();
        common.truncate(same);
    }
    common.iter().map(|part| format!("{part}/")).collect()
}

fn inside<'p>(path: &'p str, common: &str) -> &'p str {
    path.strip_prefix(common).unwrap_or(path)
}

/// A folder is a chapter, the folders in it are its sections; notes beside the folders come first.
fn by_folders(vault: &Vault, content: &[&Note<'_>], common: &str) -> Vec<Draft> {
    let mut chapters: Vec<(String, BTreeMap<String, Vec<FileNo>>)> = Vec::new();
    for note in content {
        let path = inside(note.path, common);
        let (chapter, rest) = path.split_once('/').unwrap_or(("", path));
        let section = rest.rsplit_once('/').map_or("", |(folders, _)| folders);
        if chapters.last().is_none_or(|(last, _)| last != chapter)
            && !chapters.iter().any(|(c, _)| c == chapter)
        {
            chapters.push((chapter.to_owned(), BTreeMap::new()));
        }
        if let Some((_, sections)) = chapters.iter_mut().find(|(c, _)| c == chapter) {
            sections.entry(section.to_owned()).or_default().push(note.file);
        }
    }
    chapters.sort_by(|(a, _), (b, _)| natural_cmp(a, b));
    chapters
        .into_iter()
        .map(|(chapter, sections)| {
            let mut sections: Vec<(String, Vec<FileNo>)> = sections.into_iter().collect();
            sections.sort_by(|(a, _), (b, _)| natural_cmp(a, b));
            let shown = |folders: &str| folders.split('/').map(chapter_title).collect::<Vec<_>>().join(" – ");
            Draft {
                title: if chapter.is_empty() { vault.title() } else { chapter.clone() },
                folder: format!("{common}{chapter}").trim_end_matches('/').to_owned(),
                sections: sections.into_iter().map(|(folders, notes)| (shown(&folders), notes)).collect(),
            }
        })
        .collect()
}

/// In a vault of one folder maps of content are the chapters: their headings are sections, their links notes. What no map
/// names comes last.
fn by_maps(
    vault: &Vault,
    view: &View<'_>,
    notes: &[&Note<'_>],
    maps: &BTreeSet<FileNo>,
    content: &[&Note<'_>],
) -> Vec<Draft> {
    let known: BTreeSet<FileNo> = content.iter().map(|note| note.file).collect();
    let mut taken: BTreeSet<FileNo> = BTreeSet::new();
    let mut drafts = Vec::new();
    // A map of maps names no content itself, so it makes no chapter.
    for map in notes.iter().filter(|note| maps.contains(&note.file)) {
        let mut sections: Vec<(String, Vec<FileNo>)> = vec![(String::new(), Vec::new())];
        let title = map_title(map.stem());
        for (i, block) in map.blocks().iter().enumerate() {
            if let BlockKind::Heading { content, level } = &block.kind {
                let heading = plain_text(content);
                let own = (i == 0 && *level == 1) || map_title(&heading) == title;
                if !own {
                    sections.push((heading, Vec::new()));
                }
                continue;
            }
            for file in linked(view, map, block) {
                if known.contains(&file)
                    && taken.insert(file)
                    && let Some((_, list)) = sections.last_mut()
                {
                    list.push(file);
                }
            }
        }
        sections.retain(|(_, notes)| !notes.is_empty());
        drafts.push(Draft { title, folder: folder_of(map.path).to_owned(), sections });
    }
    let rest: Vec<FileNo> =
        content.iter().map(|note| note.file).filter(|file| !taken.contains(file)).collect();
    let folder = content.first().map_or("", |note| folder_of(note.path)).to_owned();
    let title = if drafts.iter().all(|draft| draft.sections.is_empty()) {
        vault.title()
    } else {
        "Further notes".to_owned()
    };
    drafts.push(Draft { title, folder, sections: vec![(String::new(), rest)] });
    drafts
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `MOC Databases`, `Databases MOC` and `🗺 Databases` are about databases.
fn map_title(stem: &str) -> String {
    let words: Vec<&str> = stem
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | '(' | ')' | '–' | '—' | '/'))
        .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("moc"))
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect();
    let title = words.join(" ");
    let title = title.strip_suffix(" Map of Content").unwrap_or(&title);
    if title.is_empty() { stem.to_owned() } else { title.to_owned() }
}

/// Notes that a block links to, in order.
fn linked(view: &View<'_>, note: &Note<'_>, block: &Block) -> Vec<FileNo> {
    refs_in_blocks(std::slice::from_ref(block))
        .iter()
        .filter_map(|reference| match &reference.kind {
            RefKind::Link { target, .. } => view.resolve(note.file, target).file,
            RefKind::Dest(dest) => view.resolve_dest(note.file, dest)?.file,
            _ => None,
        })
        .filter(|file| *file != note.file && view.note(*file).is_some())
        .collect()
}

/// A map of content: named or tagged so, or little else than a list of links.
fn is_map(view: &View<'_>, note: &Note<'_>) -> bool {
    let stem = note.stem();
    let words = || stem.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let links: usize = note.blocks().iter().map(|block| linked(view, note, block).len()).sum();
    if links == 0 {
        return false;
    }
    let named = words().any(|word| word == "MOC" || word == "moc") || stem.ends_with("Map of Content");
    let tagged = view.meta(note.file).tags.iter().any(|tag| tag.eq_ignore_ascii_case("moc"));
    if named || tagged {
        return true;
    }
    // Text beside the links, in words; a list's items count without what they link to.
    let prose: usize = note
        .blocks()
        .iter()
        .filter(|block| !matches!(block.kind, BlockKind::Heading { .. }))
        .map(|block| crate::vault::blocks_text(std::slice::from_ref(block)).split_whitespace().count())
        .sum();
    let index = ["index", "home", "readme", "contents", "overview", "dashboard", "start here", "toc"];
    let front_page = index.iter().any(|name| stem.eq_ignore_ascii_case(name));
    links >= 3 && prose <= links * if front_page { 12 } else { 5 }
}

/// The chapter as Markdown.
fn write(view: &View<'_>, draft: Draft, used: &mut BTreeSet<String>) -> Generated {
    let title = chapter_title(&one_line(&draft.title));
    // The title stands in front matter: a folder called `Review` or `Cards` is a chapter like others.
    let mut text =
        format!("---\ntitle: {}\n---\n# Notes of a folder\n", serde_json::Value::from(title.as_str()));
    for (heading, notes) in &draft.sections {
        if notes.is_empty() {
            continue;
        }
        if !heading.is_empty() {
            let mut heading = one_line(heading);
            // A folder called `Review` or `Cards` is a section like others.
            if section_word(&heading, std::iter::empty()).is_some() {
                heading = format!("{title} – {heading}");
            }
            text.push_str(&format!("\n## {}\n", escaped(&heading)));
        }
        text.push_str("\n| Concept | Brief |\n| --- | --- |\n");
        for file in notes {
            let Some(note) = view.note(*file) else { continue };
            let path = note.path.rsplit_once('.').map_or(note.path, |(path, _)| path);
            let name = match path.contains(['#', '^', '|', '[', ']', '\\']) {
                true => escaped(note.stem()),
                false => format!("[[{path}]]"),
            };
            let brief = brief::brief(note.source, note.blocks(), view.summary(*file)).unwrap_or_default();
            text.push_str(&format!("| {name} | {brief} |\n"));
        }
    }
    let slug = if title.is_empty() { "notes" } else { &title };
    let slug: String = slug.chars().map(|c| if "/\\:#^|[]".contains(c) { '-' } else { c }).collect();
    let folder = if draft.folder.is_empty() { String::new() } else { format!("{}/", draft.folder) };
    let mut path = format!("{folder}{slug} (chapter).md");
    let mut n = 2;
    while !used.insert(path.clone()) {
        path = format!("{folder}{slug} (chapter {n}).md");
        n += 1;
    }
    Generated { path, text }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text that Markdown reads as it stands, in a cell too.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '$' | '~' | '=' | '%' | '^' | '&'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
