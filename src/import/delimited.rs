//! Tables with a header, and the text exports of Quizlet and Anki.

use super::draft::{Aside, Chapter, Draft, Item, More, Origin, Reason, Row, Section, Table};
use super::html;
use super::plain::{escape, escape_cell};
use super::source::Source;
use crate::pack::words::{SectionWord, bare, chapter_title, is_concept_header, section_word};
use crate::vault::LineIndex;

/// What a column holds.
#[derive(Debug, Clone, Eq, PartialEq)]
enum Column {
    Name,
    Brief,
    Chapter,
    Section,
    Tags,
    Aliases,
    /// Goes into the concept's note under this heading.
    Note(String),
}

#[rustfmt::skip]
const NAMES: &[&str] = &["word", "front", "question", "name", "vocabulary", "vocab", "key", "wort", "vorderseite", "mot", "recto", "palabra", "palavra", "parola", "woord", "słowo", "слово"];
#[rustfmt::skip]
const BRIEFS: &[&str] = &[
    "brief", "brief description", "description", "definition", "meaning", "back", "answer", "translation", "beschreibung",
    "bedeutung", "rückseite", "définition", "signification", "verso", "definición", "significado", "definição", "definizione",
    "significato", "definitie", "betekenis", "definicja", "znaczenie", "определение", "значение", "説明", "意味", "定义", "释义",
];
#[rustfmt::skip]
const CHAPTERS: &[&str] = &["chapter", "deck", "unit", "kapitel", "chapitre", "capítulo", "capitolo", "hoofdstuk", "rozdział", "глава", "章"];
#[rustfmt::skip]
const SECTIONS: &[&str] = &["section", "topic", "category", "group", "abschnitt", "thema", "thème", "sección", "seção", "sezione", "sectie", "раздел", "节"];
const TAGS: &[&str] = &["tags", "tag", "schlagwörter", "étiquettes", "etiquetas"];
const ALIASES: &[&str] = &["aliases", "alias", "synonyms", "synonym", "also known as", "other names"];

fn column(header: &str) -> Column {
    let name = bare(header);
    let is = |words: &[&str]| words.contains(&name.as_str());
    match () {
        () if is_concept_header(header, &[]) || is(NAMES) => Column::Name,
        () if is(BRIEFS) => Column::Brief,
        () if is(CHAPTERS) => Column::Chapter,
        () if is(SECTIONS) => Column::Section,
        () if is(TAGS) => Column::Tags,
        () if is(ALIASES) => Column::Aliases,
        () => match section_word(header, []) {
            Some(SectionWord::Part(_)) | None => Column::Note(header.trim().to_owned()),
            Some(word) => Column::Note(word.name().to_owned()),
        },
    }
}

/// Rows on their way into chapters and sections, in the order of their first row.
#[derive(Default)]
struct Sorter {
    chapters: Vec<Chapter>,
}

impl Sorter {
    fn add(&mut self, chapter: &str, section: Option<&str>, row: Row) {
        let section = self.section(chapter, section, row.origin);
        match section.items.last_mut() {
            Some(Item::Table(table)) => table.rows.push(row),
            _ => {
                let head = vec!["Concept".to_owned(), "Brief Description".to_owned()];
                section.items.push(Item::Table(Table { head, rows: vec![row] }));
            }
        }
    }

    fn chapter(&mut self, title: &str, origin: Origin) -> Option<&mut Chapter> {
        let at = match self.chapters.iter().position(|c| c.title == title) {
            Some(at) => at,
            None => {
                self.chapters.push(Chapter {
                    title: title.to_owned(),
                    origins: vec![origin],
                    ..Chapter::default()
                });
                self.chapters.len() - 1
            }
        };
        self.chapters.get_mut(at)
    }

    fn section(&mut self, chapter: &str, title: Option<&str>, origin: Origin) -> &mut Section {
        let at = match self.chapters.iter().position(|c| c.title == chapter) {
            Some(at) => at,
            None => {
                self.chapters.push(Chapter {
                    title: chapter.to_owned(),
                    origins: vec![origin],
                    ..Chapter::default()
                });
                self.chapters.len() - 1
            }
        };
        let sections = &mut self.chapters[at].sections;
        let at = match sections.iter().position(|s| s.title.as_deref() == title) {
            Some(at) => at,
            // What has no section stands before those that have.
            None if title.is_none() => {
                sections.insert(0, Section::default());
                0
            }
            None => {
                sections.push(Section { title: title.map(ToOwned::to_owned), items: Vec::new() });
                sections.len() - 1
            }
        };
        &mut sections[at]
    }
}

/// A row of plain texts.
fn row(name: &str, brief: &str, origin: Origin) -> Row {
    let trimmed = name.trim();
    let linked = trimmed
        .strip_prefix("[[")
        .and_then(|n| n.strip_suffix("]]"))
        .filter(|n| !n.contains(['[', ']', '|']));
    let name = linked.unwrap_or(trimmed).split_whitespace().collect::<Vec<_>>().join(" ");
    Row {
        cell: bold(&escape_cell(&name)),
        link: linked.map(|_| name.clone()),
        name,
        cells: vec![escape_cell(brief)],
        brief: brief.trim().to_owned(),
        origin,
        more: More::default(),
    }
}

/// Bold, unless there is nothing to make bold.
fn bold(cell: &str) -> String {
    if cell.is_empty() { String::new() } else { format!("**{cell}**") }
}

/// Names in one cell: parted by commas and the like, or one in a line.
fn list(text: &str) -> Vec<String> {
    text.split([',', ';', '|', '\n', '\r'])
        .map(|t| t.split(|c: char| c.is_whitespace() || c.is_control()))
        .map(|words| words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
        .map(|t| t.trim_start_matches('#').to_owned())
        .filter(|t| !t.is_empty())
        .collect()
}

fn reader(text: &str, separator: u8, quoting: bool) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .quoting(quoting)
        .from_reader(text.as_bytes())
}

/// The line that a record begins in, from 1. The reader counts a line's end of two bytes, and blank lines, to the record
/// below them.
fn line_of(text: &str, lines: &LineIndex, record: &csv::StringRecord) -> usize {
    let at = record.position().map_or(0, |p| p.byte() as usize);
    let rest = text.get(at..).unwrap_or_default();
    lines.position(text, at + (rest.len() - rest.trim_start_matches(['\r', '\n']).len())).0
}

fn default_chapter(source: &Source) -> String {
    let title = chapter_title(&source.stem().replace('_', " "));
    if title.is_empty() { "Cards".to_owned() } else { title }
}

/// A table with a header.
pub(super) fn table(index: usize, source: &Source, text: &str, separator: u8) -> Draft {
    let mut draft = Draft::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = reader(text, separator, true);
    let mut records = reader.records().filter_map(Result::ok);
    let Some(header) = records.next() else { return draft };
    let mut columns: Vec<Column> = header.iter().map(column).collect();
    // Without a known word the first two columns are name and brief.
    for (wanted, place) in [(Column::Name, 0), (Column::Brief, 1)] {
        if columns.contains(&wanted) {
            continue;
        }
        let free = |c: &Column| matches!(c, Column::Note(_));
        let at =
            if columns.get(place).is_some_and(free) { Some(place) } else { columns.iter().position(free) };
        if let Some(slot) = at.and_then(|at| columns.get_mut(at)) {
            *slot = wanted;
        }
    }
    let mut sorter = Sorter::default();
    let fallback = default_chapter(source);
    let lines = LineIndex::new(text);
    for record in records {
        let origin = Origin { source: index, line: line_of(text, &lines, &record) };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let first = |wanted: &Column| {
            columns
                .iter()
                .zip(record.iter())
                .find(|(c, cell)| *c == wanted && !cell.trim().is_empty())
                .map(|(_, cell)| cell)
        };
        let mut row =
            row(first(&Column::Name).unwrap_or_default(), first(&Column::Brief).unwrap_or_default(), origin);
        let mut used: Vec<&Column> = Vec::new();
        for (i, cell) in record.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()) {
            let note = |text: &str| text.lines().map(escape).collect::<Vec<_>>().join("\n");
            match columns.get(i) {
                Some(Column::Tags) => row.more.tags.extend(list(cell)),
                Some(Column::Aliases) => row.more.aliases.extend(list(cell)),
                Some(Column::Note(heading)) => {
                    let heading = if heading.is_empty() { "Explanation" } else { heading };
                    row.more.add(heading, &note(cell));
                }
                Some(column) if !used.contains(&column) => used.push(column),
                // A second column of one kind, or a cell too many.
                _ => row.more.add("Explanation", &note(cell)),
            }
        }
        let chapter = first(&Column::Chapter).map(|c| chapter_title(c.trim())).filter(|c| !c.is_empty());
        let section = first(&Column::Section).map(str::trim);
        sorter.add(chapter.as_deref().unwrap_or(&fallback), section, row);
    }
    draft.chapters = sorter.chapters;
    draft
}

/// Quizlet's export: a line a card, term and definition parted by a tab. Definitions may run over several lines: a line
/// without a tab goes on.
pub(super) fn quizlet(index: usize, source: &Source, text: &str) -> Draft {
    let mut sorter = Sorter::default();
    let mut draft = Draft::default();
    let mut cards: Vec<(String, String, usize)> = Vec::new();
    for (i, line) in text.lines().enumerate() {
        match (line.split_once('\t'), cards.last_mut()) {
            (Some((term, definition)), _) => cards.push((term.to_owned(), definition.to_owned(), i + 1)),
            (None, Some((_, definition, _))) if !line.trim().is_empty() => {
                definition.push('\n');
                definition.push_str(line);
            }
            (None, _) if !line.trim().is_empty() => draft.aside.push(Aside {
                origin: Origin { source: index, line: i + 1 },
                reason: Reason::Before,
                text: line.trim().to_owned(),
            }),
            _ => {}
        }
    }
    let chapter = default_chapter(source);
    for (term, definition, line) in cards {
        let definition = definition.replace('\t', " ");
        sorter.add(&chapter, None, row(&term, &definition, Origin { source: index, line }));
    }
    draft.chapters = sorter.chapters;
    draft
}

/// The header lines of an Anki export.
#[derive(Debug, Default)]
struct AnkiHead {
    separator: Option<u8>,
    html: bool,
    deck: Option<String>,
    tags: Vec<String>,
    deck_column: Option<usize>,
    tags_column: Option<usize>,
    /// Columns that hold nothing to learn: identity and type.
    other: Vec<usize>,
    columns: Vec<String>,
    /// Bytes of the header.
    len: usize,
}

fn anki_head(text: &str) -> AnkiHead {
    let mut head = AnkiHead { html: true, ..AnkiHead::default() };
    let mut plain_columns = None;
    for line in text.split_inclusive('\n') {
        let Some((key, value)) = line.strip_prefix('#').and_then(|l| l.split_once(':')) else {
            // Other comments may stand between the headers.
            if line.starts_with('#') {
                head.len += line.len();
                continue;
            }
            break;
        };
        head.len += line.len();
        let raw = value.trim_end_matches(['\n', '\r']);
        let value = raw.trim();
        let number = value.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        match key.trim().to_lowercase().as_str() {
            "separator" => {
                head.separator = match value.to_lowercase().as_str() {
                    "tab" | "\\t" => Some(b'\t'),
                    "comma" => Some(b','),
                    "semicolon" => Some(b';'),
                    "space" => Some(b' '),
                    "pipe" => Some(b'|'),
                    "colon" => Some(b':'),
                    _ => raw.bytes().next().filter(u8::is_ascii),
                }
            }
            "html" => head.html = value.eq_ignore_ascii_case("true"),
            "deck" => head.deck = Some(value.to_owned()),
            "tags" => head.tags.extend(value.split_whitespace().map(ToOwned::to_owned)),
            "columns" => plain_columns = Some(raw.to_owned()),
            "deck column" => head.deck_column = number,
            "tags column" => head.tags_column = number,
            "notetype column" | "guid column" => head.other.extend(number),
            _ => {}
        }
    }
    if let Some(columns) = plain_columns {
        let separator = char::from(head.separator.unwrap_or(b'\t'));
        head.columns = columns.split(separator).map(|c| c.trim().to_owned()).collect();
    }
    head
}

/// Anki's “Notes in Plain Text”.
pub(super) fn anki(index: usize, source: &Source, text: &str) -> Draft {
    let mut draft = Draft::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = anki_head(text);
    let first_line = text.get(..head.len).unwrap_or_default().matches('\n').count();
    let body = text.get(head.len..).unwrap_or_default();
    let separator = head.separator.unwrap_or(b'\t');
    let mut reader = reader(body, separator, true);
    let mut rows: Vec<(Vec<String>, Row, Option<String>)> = Vec::new();
    let mut cloze: Vec<(Vec<String>, String, Origin)> = Vec::new();
    let lines = LineIndex::new(body);
    for record in reader.records().filter_map(Result::ok) {
        let line = first_line + line_of(body, &lines, &record);
        let origin = Origin { source: index, line };
        let special =
            |i: usize| Some(i) == head.deck_column || Some(i) == head.tags_column || head.other.contains(&i);
        let mut aside = |reason: &str| {
            draft.aside.push(Aside { origin, reason: Reason::Unusable, text: reason.to_owned() });
        };
        let fields: Vec<(usize, html::Read)> = record
            .iter()
            .enumerate()
            .filter(|(i, cell)| !special(*i) && !cell.trim().is_empty())
            .map(|(i, cell)| (i, if head.html { html::read(cell) } else { html::plain(cell) }))
            .collect();
        for lost in fields.iter().flat_map(|(_, read)| &read.lost) {
            aside(lost);
        }
        let deck =
            head.deck_column.and_then(|i| record.get(i)).map(ToOwned::to_owned).or_else(|| head.deck.clone());
        let path: Vec<String> = deck
            .iter()
            .flat_map(|d| d.split("::"))
            .map(|d| d.trim().to_owned())
            .filter(|d| !d.is_empty())
            .collect();
        let tags = head.tags_column.and_then(|i| record.get(i)).unwrap_or_default();
        let tags: Vec<String> =
            head.tags.iter().cloned().chain(tags.split_whitespace().map(ToOwned::to_owned)).collect();
        let Some(((_, front), rest)) = fields.split_first() else { continue };
        if let Some(text) = front.cloze() {
            let extra: Vec<String> = rest.iter().map(|(_, read)| read.markdown.clone()).collect();
            let text = std::iter::once(text).chain(extra).collect::<Vec<_>>().join("\n");
            if !tags.is_empty() {
                // Only concepts have tags.
                aside(&format!("tags of a card with gaps: {}", tags.join(", ")));
            }
            cloze.push((path, text, origin));
            continue;
        }
        let back = rest.first().map(|(_, read)| read);
        let mut row = Row {
            name: front.text.split_whitespace().collect::<Vec<_>>().join(" "),
            cell: front.cell(),
            link: None,
            cells: vec![back.map(html::Read::cell).unwrap_or_default()],
            brief: back.map(|b| b.text.clone()).unwrap_or_default(),
            origin,
            more: More::default(),
        };
        if !row.cell.contains(['*', '<']) {
            row.cell = bold(&row.cell);
        }
        row.more.tags = tags;
        for (i, read) in rest.iter().skip(1) {
            let heading =
                head.columns.get(*i).map(String::as_str).filter(|h| !h.is_empty()).unwrap_or("Explanation");
            row.more.add(heading, &read.markdown);
        }
        rows.push((path, row, None));
    }

    // A deck that holds all others is the pack; the next level are chapters, deeper ones sections.
    let paths: Vec<&Vec<String>> = rows.iter().map(|r| &r.0).chain(cloze.iter().map(|c| &c.0)).collect();
    let root = paths.first().and_then(|p| p.first()).cloned();
    let shared = root.is_some()
        && paths.iter().all(|p| p.first() == root.as_ref())
        && paths.iter().any(|p| p.len() > 1);
    let fallback = root.clone().unwrap_or_else(|| default_chapter(source));
    let place = |path: &[String]| {
        let path = path.get(usize::from(shared)..).unwrap_or_default();
        let chapter = path.first().cloned().unwrap_or_else(|| fallback.clone());
        let section = path.get(1..).filter(|s| !s.is_empty()).map(|s| s.join(" – "));
        (chapter, section)
    };
    if shared {
        draft.title = root;
    }
    let mut sorter = Sorter::default();
    for (path, row, _) in rows {
        let (chapter, section) = place(&path);
        sorter.add(&chapter, section.as_deref(), row);
    }
    for (path, text, origin) in cloze {
        let (chapter, _) = place(&path);
        if let Some(chapter) = sorter.chapter(&chapter, origin) {
            chapter.cards.push(text);
        }
    }
    draft.chapters = sorter.chapters;
    draft
}
