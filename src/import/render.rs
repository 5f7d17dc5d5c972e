//! A book as files: recto.yaml, a note for each chapter, a stub for each link.

use std::collections::BTreeMap;

use super::draft::{Aside, Chapter, Item, More, Reason, Table};
use super::links;
use super::merge::Book;
use super::names::Names;
use super::plain::{says_more, uncell};
use super::report::{ChapterReport, Report};
use super::source::{Format, Source};
use super::{File, Kind, Wishes};
use crate::pack::words::{SectionWord, section_word, split_badge};
use crate::pack::{fold, latin};
use crate::vault::{file_name, parse};

/// Where stubs are written.
const STUBS: &str = "concepts";

/// A note to be written for a link.
#[derive(Debug, Default)]
struct Stub {
    name: String,
    more: More,
}

pub(super) fn render(
    book: &mut Book,
    sources: &[Source],
    names: &mut Names,
    wishes: &Wishes,
    whole_vault: bool,
    report: &mut Report,
) -> Vec<File> {
    let mut files = Vec::new();
    let mut stubs: BTreeMap<String, Stub> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let mut taken: Vec<String> = book.notes.iter().map(|note| fold(&note.path)).collect();

    for (i, chapter) in book.chapters.iter_mut().enumerate() {
        if chapter.kept.is_none() {
            link_rows(chapter, names);
        }
        collect_stubs(chapter, names, &mut stubs, &mut order, report);
        if let Some(path) = &chapter.kept {
            report.chapters.push(ChapterReport::of(chapter, path));
            continue;
        }
        let base = format!("{} {}", i + 1, file_name(&chapter.title));
        let mut path = format!("{base}.md");
        let mut next = 2;
        while taken.contains(&fold(&path)) {
            path = format!("{base} {next}.md");
            next += 1;
        }
        taken.push(fold(&path));
        let text = chapter_text(chapter);
        let text = relink(&text, names);
        report.chapters.push(ChapterReport::of(chapter, &path));
        files.push(File { path, bytes: text.into_bytes(), kind: Kind::Chapter });
    }

    // What only prose or other notes link to.
    for name in std::mem::take(&mut names.linked) {
        let stem = names.stem(&name);
        if names.is_taken_by_note(&stem) || stubs.contains_key(&fold(&stem)) {
            continue;
        }
        order.push(fold(&stem));
        stubs.insert(fold(&stem), Stub { name, more: More::default() });
    }
    for key in order {
        let Some(stub) = stubs.get(&key) else { continue };
        let stem = names.stem(&stub.name);
        let bytes = relink(&stub_text(stub, &stem), names).into_bytes();
        files.push(File { path: format!("{STUBS}/{stem}.md"), bytes, kind: Kind::Stub });
    }
    // A stub's own text may link further.
    for name in std::mem::take(&mut names.linked) {
        let stem = names.stem(&name);
        let key = fold(&stem);
        if names.is_taken_by_note(&stem) || stubs.contains_key(&key) {
            continue;
        }
        let stub = Stub { name, more: More::default() };
        let bytes = stub_text(&stub, &stem).into_bytes();
        files.push(File { path: format!("{STUBS}/{stem}.md"), bytes, kind: Kind::Stub });
        stubs.insert(key, stub);
    }

    for note in &book.notes {
        files.push(File { path: note.path.clone(), bytes: note.text.clone().into_bytes(), kind: Kind::Note });
    }
    let mut config = None;
    for source in sources.iter().filter(|s| s.format == Format::Asset) {
        if source.path == "recto.yaml" {
            config = Some(source.bytes.clone());
            continue;
        }
        let name = source.path.rsplit('/').next().unwrap_or(&source.path);
        let encoded = name.replace(' ', "%20");
        let wanted = sources.iter().any(|s| s.text.contains(name) || s.text.contains(&encoded));
        if wanted {
            files.push(File { path: source.path.clone(), bytes: source.bytes.clone(), kind: Kind::Asset });
        }
    }
    let config = config.unwrap_or_else(|| config_text(book, wishes, whole_vault).into_bytes());
    files.push(File { path: "recto.yaml".into(), bytes: config, kind: Kind::Config });
    files
}

/// A row whose concept has more to say than its brief gets a note, and a link to it.
fn link_rows(chapter: &mut Chapter, names: &mut Names) {
    for row in chapter.rows_mut() {
        let wants = row.link.is_some() || !row.more.is_empty();
        if !wants || row.name.is_empty() || row.cell.contains("[[") {
            continue;
        }
        let (name, _) = split_badge(&row.name);
        let stem = names.stem(name);
        let badge = split_badge(&crate::import::plain::shown(&row.cell)).1.map(ToOwned::to_owned);
        let shown = if stem == name { String::new() } else { format!("\\|{}", row.cell.trim_matches('*')) };
        let badge = badge.map(|b| format!(" {b}")).unwrap_or_default();
        // A name that no link can show keeps its text beside the link.
        let plain = !shown.contains(['[', ']', '`']);
        let cell =
            if plain { format!("**[[{stem}{shown}]]**{badge}") } else { format!("{} [[{stem}]]", row.cell) };
        let written = std::mem::replace(&mut row.cell, cell);
        // A picture in a cell is no part of the name: it goes into the note.
        if says_more(&written, &[&row.cell, &row.name]) {
            row.more.add("Explanation", &uncell(&written));
        }
        row.link = Some(stem);
    }
}

fn collect_stubs(
    chapter: &Chapter,
    names: &mut Names,
    stubs: &mut BTreeMap<String, Stub>,
    order: &mut Vec<String>,
    report: &mut Report,
) {
    for section in &chapter.sections {
        let tables = section.items.iter().filter_map(Item::table);
        for row in tables.flat_map(|t| &t.rows) {
            let link = row.link.as_ref();
            if link.is_none_or(|link| names.is_note(link)) {
                // The note is the user's; what a second document says of its concept is told, not written into it.
                let mut aside = |heading: &str, text: &str| {
                    let text = format!("{heading} of {}: {text}", row.name);
                    report.aside.push(Aside { origin: row.origin, reason: Reason::Unusable, text });
                };
                for (heading, text) in &row.more.sections {
                    aside(heading, text);
                }
                for (heading, list) in [("Other names", &row.more.aliases), ("Tags", &row.more.tags)] {
                    if !list.is_empty() {
                        aside(heading, &list.join(", "));
                    }
                }
                continue;
            }
            let Some(link) = link else { continue };
            let (name, _) = split_badge(&row.name);
            let name = if name.is_empty() { link.as_str() } else { name };
            // A link to another row's file: one stub, one more name.
            let stem = if names.known(name).is_some_and(|stem| stem == link) {
                names.stem(name)
            } else {
                link.clone()
            };
            let key = fold(&stem);
            let stub = stubs.entry(key.clone()).or_insert_with(|| {
                order.push(key);
                Stub { name: name.to_owned(), more: More::default() }
            });
            if names.known(name) != Some(stem.as_str()) {
                names.redirect_to(name, &stem);
            }
            for alias in &row.more.aliases {
                if !stub.more.aliases.contains(alias) {
                    stub.more.aliases.push(alias.clone());
                }
            }
            if let Some(full) = names.full(&stem).filter(|full| says_more(full, &[&stub.name, name]))
                && !stub.more.aliases.iter().any(|alias| alias == full)
            {
                stub.more.aliases.push(full.to_owned());
            }
            if stub.name != name && !stub.more.aliases.iter().any(|a| a == name) {
                stub.more.aliases.push(name.to_owned());
            }
            let own = [Some(chapter.title.as_str()), section.title.as_deref()];
            let own = own.into_iter().flatten().map(latin::identifier).filter(|tag| tag != "concept");
            for (tag, given) in
                own.map(|tag| (tag, false)).chain(row.more.tags.iter().map(|t| (t.clone(), true)))
            {
                let tag = tag.replace(char::is_whitespace, "-");
                if tag.chars().all(|c| c.is_ascii_digit()) {
                    // Obsidian takes a number for no tag.
                    if given {
                        let text = format!("Tag of {}: {tag}", row.name);
                        report.aside.push(Aside { origin: row.origin, reason: Reason::Unusable, text });
                    }
                } else if !stub.more.tags.contains(&tag) {
                    stub.more.tags.push(tag);
                }
            }
            for (heading, text) in &row.more.sections {
                stub.more.add(heading, text);
            }
        }
    }
}

/// Points links that were not in a Markdown document (a table's cells, a card's text) at files too.
fn relink(text: &str, names: &mut Names) -> String {
    let links = links::collect(text, &parse(text).blocks);
    let strange: Vec<_> = links
        .into_iter()
        .filter(|link| !link.embed && !link.target.is_empty() && !names.is_file(&link.target))
        .collect();
    if strange.is_empty() {
        return text.to_owned();
    }
    names.add_links(&strange);
    links::rewrite(text, &strange, names)
}

fn chapter_text(chapter: &Chapter) -> String {
    let mut parts: Vec<String> = vec![format!("# {}", heading(&chapter.title))];
    parts.extend(chapter.intro.iter().cloned());
    for section in &chapter.sections {
        if let Some(title) = &section.title {
            parts.push(format!("## {}", heading(title)));
        }
        for item in &section.items {
            parts.push(match item {
                Item::Prose(text) => text.clone(),
                Item::Table(table) => table_text(table),
            });
        }
    }
    if !chapter.cards.is_empty() {
        parts.push("## Cards".to_owned());
        parts.extend(chapter.cards.iter().cloned());
    }
    if let Some((title, text)) = &chapter.review {
        // A heading that is no review's in the writer's own words stays one in ours.
        let known = section_word(title, []) == Some(SectionWord::Review);
        parts.push(format!("## {}", if known { heading(title) } else { "Review".to_owned() }));
        parts.push(text.clone());
    }
    let parts: Vec<&str> = parts.iter().map(|p| p.trim_end()).filter(|p| !p.trim().is_empty()).collect();
    format!("{}\n", parts.join("\n\n"))
}

/// A title as a heading's text: what Markdown would take for marks is escaped, dunders stay words.
fn heading(title: &str) -> String {
    super::plain::escape(title)
}

fn table_text(table: &Table) -> String {
    let columns = table.head.len().max(1);
    let line = |cells: Vec<&str>| format!("|{}|", cells.join("|"));
    let mut lines =
        vec![line(table.head.iter().map(String::as_str).collect()), format!("|{}", "---|".repeat(columns))];
    for row in &table.rows {
        let mut cells = vec![row.cell.as_str()];
        cells.extend(row.cells.iter().map(String::as_str));
        // A row shorter than its table is filled up, a longer one gives its last cells together.
        let joined;
        if cells.len() > columns {
            joined = cells.split_off(columns - 1).join(" ");
            cells.push(&joined);
        }
        cells.resize(columns, "");
        lines.push(line(cells));
    }
    lines.join("\n")
}

fn stub_text(stub: &Stub, stem: &str) -> String {
    let mut front = Vec::new();
    let mut aliases: Vec<&str> = Vec::new();
    if stub.name != stem {
        aliases.push(&stub.name);
    }
    aliases.extend(stub.more.aliases.iter().map(String::as_str).filter(|a| *a != stem && *a != stub.name));
    if !aliases.is_empty() {
        front.push(format!("aliases: {}", yaml_list(&aliases)));
    }
    let tags: Vec<&str> = stub.more.tags.iter().map(String::as_str).collect();
    front.push(format!("tags: {}", yaml_list(&tags)));
    let mut text = format!("---\n{}\n---\n", front.join("\n"));
    for (title, body) in &stub.more.sections {
        text.push_str(&format!("\n## {}\n\n{}\n", heading(title), body.trim()));
    }
    text
}

fn yaml_list(items: &[&str]) -> String {
    let quoted: Vec<String> = items.iter().map(|item| yaml_text(item)).collect();
    format!("[{}]", quoted.join(", "))
}

/// A JSON string is a YAML string, whatever it holds; simple words need no quotes.
fn yaml_text(text: &str) -> String {
    let simple = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    if simple { text.to_owned() } else { serde_json::to_string(text).unwrap_or_default() }
}

fn config_text(book: &Book, wishes: &Wishes, whole_vault: bool) -> String {
    let title = wishes.title.clone().or_else(|| book.title.clone()).or_else(|| wishes.folder.clone());
    let mut text = String::new();
    if let Some(title) = title {
        text.push_str(&format!("title: {}\n", yaml_text(title.trim())));
    }
    if let Some(language) = &wishes.language {
        text.push_str(&format!("language: {}\n", yaml_text(language)));
    }
    // Cards with gaps come without a concept; a warning for each would say nothing new.
    if book.chapters.iter().any(|chapter| !chapter.cards.is_empty()) {
        text.push_str("lint: {allow: [card-without-concept]}\n");
    }
    if whole_vault {
        text.push_str("ignore: [\"templates/**\", \"Templates/**\"]\n");
    }
    if text.is_empty() {
        text.push_str("# All keys are optional: title, authors, language, …\n");
    }
    text
}
