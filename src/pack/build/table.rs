//! Concept tables: which tables they are, and what their cells say.

use std::ops::Range;

use crate::pack::words::{is_badge, is_concept_header, is_emoji, split_badge};
use crate::vault::ast::{Cell, Inline, InlineKind, Table, WikiLink};
use crate::vault::plain_text;

/// Whether a table holds concepts: by its first header cell, or because every row starts with a lone wikilink.
pub(crate) fn is_concept_table(table: &Table, headers: &[String]) -> bool {
    let named = table.head.cells.first().is_some_and(|c| is_concept_header(&plain_text(&c.content), headers));
    named
        || (!table.rows.is_empty()
            && table.rows.iter().all(|row| row.cells.first().is_some_and(is_lone_link)))
}

fn is_lone_link(cell: &Cell) -> bool {
    let read = read_name(cell);
    read.link.is_some() && read.rest.is_empty()
}

/// The first cell of a concept's row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NameCell<'a> {
    /// The first wikilink in it.
    pub link: Option<&'a WikiLink>,
    /// What the cell calls the concept: the link's alias, else what it links to, else the text; without the badge.
    pub name: String,
    /// Whether `name` is an alias that the author wrote.
    pub shown: bool,
    pub badge: Option<String>,
    /// Bytes of the name: the link's, else the cell's.
    pub range: Range<usize>,
    /// Text beside the link that is no badge.
    pub rest: String,
}

pub(crate) fn read_name(cell: &Cell) -> NameCell<'_> {
    let mut reader = Reader::default();
    reader.inlines(&cell.content);
    let Some((link, range)) = reader.link else {
        let text = squeeze(&plain_text(&cell.content));
        let (name, badge) = split_badge(&text);
        let (name, badge) = (name.to_owned(), badge.map(ToOwned::to_owned));
        return NameCell {
            link: None,
            name,
            shown: false,
            badge,
            range: cell.range.clone(),
            rest: String::new(),
        };
    };
    let (name, shown) = match &link.shown {
        Some(shown) => (squeeze(&plain_text(shown)), true),
        None => (linked_name(link), false),
    };
    let (name, inner) = {
        let (name, badge) = split_badge(&name);
        (name.to_owned(), badge.map(ToOwned::to_owned))
    };
    let beside = squeeze(&format!("{} {}", reader.before, reader.after));
    let outer = is_badge(&beside) || (!beside.is_empty() && beside.chars().all(|c| is_emoji(c) || c == ' '));
    let (badge, rest) = if outer { (Some(beside), String::new()) } else { (inner, beside) };
    NameCell { link: Some(link), name, shown, badge, range, rest }
}

/// What a link without an alias calls its target: the heading, else the note without its folder.
fn linked_name(link: &WikiLink) -> String {
    if let Some(heading) = &link.target.heading {
        return squeeze(heading.rsplit('#').next().unwrap_or(heading));
    }
    let note = link.target.note.trim();
    // `CPython / GIL / GC` is a name with slashes, `concepts/Duck Typing` is a path.
    let name = if note.contains(" / ") { note } else { note.rsplit('/').next().unwrap_or(note) };
    squeeze(name)
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Default)]
struct Reader<'a> {
    link: Option<(&'a WikiLink, Range<usize>)>,
    before: String,
    after: String,
}

impl<'a> Reader<'a> {
    fn inlines(&mut self, inlines: &'a [Inline]) {
        for inline in inlines {
            match &inline.kind {
                InlineKind::WikiLink(link) if self.link.is_none() => {
                    self.link = Some((link, inline.range.clone()));
                }
                InlineKind::Strong(inner)
                | InlineKind::Emph(inner)
                | InlineKind::Strike(inner)
                | InlineKind::Highlight(inner)
                | InlineKind::Answer(inner) => self.inlines(inner),
                _ => {
                    let side = if self.link.is_some() { &mut self.after } else { &mut self.before };
                    side.push_str(&plain_text(std::slice::from_ref(inline)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::ast::BlockKind;
    use crate::vault::parse;

    fn table(source: &str) -> Table {
        match parse(source).blocks.into_iter().next().map(|b| b.kind) {
            Some(BlockKind::Table(table)) => table,
            other => panic!("no table: {other:?}"),
        }
    }

    #[test]
    fn by_header_or_by_links() {
        for (source, expected) in [
            ("|Concept|Brief Description (15–25 words)|\n|---|---|\n|A|b|\n", true),
            ("|**Begriff**|Erklärung|\n|---|---|\n", true),
            ("|Topic|Notes|\n|---|---|\n|**[[A]]** ⭐ NEW|b|\n|[[B\\|C]]|d|\n", true),
            ("|Topic|Notes|\n|---|---|\n|[[A]]|b|\n|plain|d|\n", false),
            ("|Topic|Notes|\n|---|---|\n|see [[A]]|b|\n", false),
            ("|Topic|Notes|\n|---|---|\n", false),
            ("|Year|Release|\n|---|---|\n|1991|0.9|\n", false),
        ] {
            assert_eq!(is_concept_table(&table(source), &[]), expected, "{source}");
        }
        assert!(is_concept_table(&table("|Topic|Notes|\n|---|---|\n|a|b|\n"), &["topic".into()]));
    }

    #[test]
    fn names_and_badges() {
        let read = |cell: &str| {
            let t = table(&format!("|Concept|\n|---|\n|{cell}|\n"));
            let cell = read_name(&t.rows[0].cells[0]);
            let link = cell.link.map(|l| l.target.note.clone());
            (link, cell.name, cell.badge, cell.rest)
        };
        let row = |link: Option<&str>, name: &str, badge: Option<&str>, rest: &str| {
            (link.map(str::to_owned), name.to_owned(), badge.map(str::to_owned), rest.to_owned())
        };
        assert_eq!(read("Plain *name*"), row(None, "Plain name", None, ""));
        assert_eq!(read("**Name** ⭐ NEW"), row(None, "Name", Some("⭐ NEW"), ""));
        assert_eq!(read("**[[Duck Typing]]**"), row(Some("Duck Typing"), "Duck Typing", None, ""));
        assert_eq!(read("[[Note\\|Shown]]"), row(Some("Note"), "Shown", None, ""));
        assert_eq!(
            read("**[[Python 3.15]] ⭐ NEW**"),
            row(Some("Python 3.15"), "Python 3.15", Some("⭐ NEW"), "")
        );
        assert_eq!(read("**[[Latest ⭐ NEW]]**"), row(Some("Latest ⭐ NEW"), "Latest", Some("⭐ NEW"), ""));
        assert_eq!(read("🔥 [[Hot]]"), row(Some("Hot"), "Hot", Some("🔥"), ""));
        assert_eq!(read("[[A]] and friends"), row(Some("A"), "A", None, "and friends"));
        assert_eq!(
            read("[[concepts/Duck Typing]]"),
            row(Some("concepts/Duck Typing"), "Duck Typing", None, "")
        );
        assert_eq!(
            read("[[CPython / GIL / GC]]"),
            row(Some("CPython / GIL / GC"), "CPython / GIL / GC", None, "")
        );
        assert_eq!(read(""), row(None, "", None, ""));
    }
}
