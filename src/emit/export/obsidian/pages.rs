//! Files that the vault gets: the note that lists the chapters, stubs, the table of concepts, `recto.yaml`.

use super::edit::{list, quoted, without_keys};
use super::names::Names;
use super::{Files, canvas};
use crate::emit::export::markdown::{Dialect, escape};
use crate::emit::export::{Loss, Source};
use crate::pack::{Concept, latin};
use crate::vault::{FileNo, Place};

pub fn pages(source: &Source<'_>, names: &Names, losses: &mut Vec<Loss>) -> Files {
    let mut files = vec![
        (format!("{}.md", names.home), home(source, names).into_bytes()),
        ("Concepts.base".to_owned(), BASE.as_bytes().to_vec()),
        ("Mind map.canvas".to_owned(), canvas::canvas(source, names).into_bytes()),
        ("recto.yaml".to_owned(), config(source, names, losses).into_bytes()),
    ];
    files.push((crate::pack::lock::LOCK_FILE.to_owned(), source.lock.to_text().into_bytes()));
    files
}

fn text(text: &str) -> String {
    escape(text, Dialect::Obsidian)
}

fn home(source: &Source<'_>, names: &Names) -> String {
    let pack = source.pack;
    let mut out = format!("# {}\n", text(&pack.title));
    if let Some(subtitle) = &pack.subtitle {
        out.push_str(&format!("\n*{}*\n", text(subtitle)));
    }
    let facts = [Some(pack.authors.join(", ")), pack.edition.clone(), pack.licence.clone()];
    let facts: Vec<String> =
        facts.into_iter().flatten().filter(|f| !f.is_empty()).map(|f| text(&f)).collect();
    if !facts.is_empty() {
        out.push_str(&format!("\n{}\n", facts.join(" · ")));
    }
    out.push('\n');
    for (i, chapter) in source.chapters() {
        let name = names.name(chapter.file).unwrap_or_default();
        let count = source.concepts_of(i).count();
        out.push_str(&format!("{}. [[{name}|{}]] ({count})\n", chapter.number, text(&chapter.title)));
    }
    out.push_str("\n[[Mind map.canvas|Mind map]] · [[Concepts.base|Concepts]]\n");
    out
}

/// The note of a concept that has none: its row says the rest.
pub fn stub(source: &Source<'_>, names: &Names, concept: &Concept) -> String {
    let mut yaml = format!("title: {}\nid: {}\n", quoted(&concept.name), quoted(&concept.id));
    if !concept.aliases.is_empty() {
        yaml.push_str(&format!("aliases: {}\n", list(&concept.aliases)));
    }
    if let Some(chapter) = chapter(source, names, concept) {
        yaml.push_str(&format!("chapter: {chapter}\n"));
    }
    format!("---\n{yaml}---\n# {}\n", text(&concept.name))
}

fn chapter(source: &Source<'_>, names: &Names, concept: &Concept) -> Option<String> {
    let file = source.chapter_of(concept)?.file;
    Some(quoted(&format!("[[{}]]", names.name(file)?)))
}

/// Properties that a concept's note needs to be found, listed, and known again.
pub fn properties(source: &Source<'_>, names: &Names, file: FileNo) -> Vec<(&'static str, String)> {
    let Some((_, concept)) = source.concepts().find(|(_, c)| c.note == Some(file)) else { return Vec::new() };
    let Some(note) = source.note(file) else { return Vec::new() };
    let name = names.name(file).unwrap_or_default();
    let mut properties = Vec::new();
    let known: Vec<&str> = note.front.aliases.iter().map(|(alias, _)| alias.as_str()).collect();
    let has = |key: &str| note.front.place(key).is_some();
    if known != concept.aliases || has("alias") {
        properties.push(("alias", String::new()));
        properties.push(("aliases", list(&concept.aliases)));
    }
    // Obsidian reads the plural only.
    if has("tag") {
        properties.push(("tag", String::new()));
        properties.push(("tags", list(&note.front.tags)));
    }
    if note.front.id.is_none() && latin::identifier(name) != concept.id {
        properties.push(("id", quoted(&concept.id)));
    }
    // An author's own `chapter:` stands.
    let own = note.front.other.iter().find(|(key, _)| key == "chapter");
    if own.is_none_or(|(_, value)| value.starts_with("[["))
        && let Some(chapter) = chapter(source, names, concept)
    {
        properties.push(("chapter", chapter));
    }
    properties
}

/// The pack's own `recto.yaml`, with the chapters by their new names.
fn config(source: &Source<'_>, names: &Names, losses: &mut Vec<Loss>) -> String {
    let vault = source.vault;
    let own = vault.config_file.and_then(|no| vault.file(no)).and_then(|f| f.text()).unwrap_or_default();
    let own = own.trim_start_matches('\u{feff}');
    let mut out = without_keys(own, &["chapters", "ignore", "select", "title"]).unwrap_or_else(|| {
        let what = "recto.yaml is not lines of `key: value`: only its title was taken over";
        losses.push(Loss::new(what, vault.config_file.map(|file| Place { file, range: 0..0 })));
        String::new()
    });
    out.insert_str(0, &format!("title: {}\n", quoted(&source.pack.title)));
    out.push_str("chapters:\n");
    for (_, chapter) in source.chapters() {
        let path = names.path(chapter.file).unwrap_or_default();
        let pattern = path.replace('{', "[{]").replace('}', "[}]").replace('!', "[!]");
        out.push_str(&format!("  - {}\n", quoted(&pattern)));
    }
    if !source.is_whole() {
        losses
            .push(Loss::new("chapters and concepts that were not chosen are gone; numbers count anew", None));
    }
    out
}

const BASE: &str = r#"filters:
  and:
    - file.inFolder("concepts")
properties:
  file.name:
    displayName: Concept
  note.chapter:
    displayName: Chapter
  note.priority:
    displayName: Priority
  note.aliases:
    displayName: Also called
  note.tags:
    displayName: Tags
  note.since:
    displayName: Since
  note.verified:
    displayName: Verified
views:
  - type: table
    name: By chapter
    groupBy:
      property: note.chapter
      direction: ASC
    order:
      - file.name
      - note.priority
      - note.tags
      - note.aliases
      - note.since
      - note.verified
  - type: table
    name: Most important
    filters:
      and:
        - note.priority == 1
    order:
      - file.name
      - note.chapter
      - note.tags
"#;
