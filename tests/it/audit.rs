//! The text audit: what stands in the text column from an entry's heading to the next one is the note's text, in order,
//! with nothing missing and nothing said twice.

use std::fmt::Write as _;

use hayro_interpret::kurbo::Rect;
use recto::pack::{self, Concept, Pack, PartKind, Text};
use recto::vault::ast::{Block, BlockKind, CalloutKind, Inline, InlineKind};
use recto::vault::{OpenOptions, Parsed, Selection, Vault, plain_text};
use unicode_normalization::UnicodeNormalization;

use crate::awkward;
use crate::book::{BOOK, Book, INNER, TEXT, VAULT, column};
use crate::paper::{Target, text_in};
use crate::readback::Seen;
use crate::shipped::SHIPPED;
use crate::support::Folder;

/// Everything but white space, hyphens, quotes' shapes, cells' bars, bullets and wrap marks, which the page may change.
fn audited(text: &str) -> String {
    let changed = |c: &char| c.is_whitespace() || "-\u{2010}\u{ad}\u{200b}↪\"'“”‘’|•–".contains(*c);
    text.nfkc().filter(|c| !changed(c)).collect()
}

const ICONS: [(CalloutKind, &str, &str); 13] = [
    (CalloutKind::Note, "✎", "Note"),
    (CalloutKind::Abstract, "☰", "Summary"),
    (CalloutKind::Info, "ℹ", "Info"),
    (CalloutKind::Todo, "☐", "To do"),
    (CalloutKind::Tip, "★", "Tip"),
    (CalloutKind::Success, "✔", "Success"),
    (CalloutKind::Question, "?", "Question"),
    (CalloutKind::Warning, "⚠", "Warning"),
    (CalloutKind::Failure, "✘", "Failure"),
    (CalloutKind::Danger, "⚡", "Danger"),
    (CalloutKind::Bug, "⚙", "Bug"),
    (CalloutKind::Example, "▶", "Example"),
    (CalloutKind::Quote, "❝", "Quote"),
];

/// What a note says on paper. Footnotes are numbered through the chapter and stand at the foot of their page.
struct Speaker<'a> {
    parsed: &'a Parsed,
    /// Written so far, with their numbers.
    footnotes: &'a mut Vec<String>,
    /// Of the tables: said again where one goes on, on the next page.
    heads: Vec<String>,
}

impl Speaker<'_> {
    fn inlines(&mut self, inlines: &[Inline]) -> String {
        let mut out = String::new();
        for inline in inlines {
            match &inline.kind {
                InlineKind::Strong(body)
                | InlineKind::Emph(body)
                | InlineKind::Strike(body)
                | InlineKind::Highlight(body)
                | InlineKind::Link { content: body, .. } => out.push_str(&self.inlines(body)),
                InlineKind::FootnoteRef(label) => {
                    let body = self.parsed.footnote(label).expect("a footnote's text");
                    let body = self.blocks(body);
                    let number = self.footnotes.len() + 1;
                    self.footnotes.push(format!("{number}{body}"));
                    let _ = write!(out, "{number}");
                }
                // A picture; a title is its caption.
                InlineKind::Image { title, .. } => out.push_str(title),
                InlineKind::Html(source) => out.push_str(source),
                // A note that is embedded is named.
                InlineKind::Embed(embed) if embed.alt.is_none() => out.push_str(&embed.target.note),
                InlineKind::Math(source) => out.push_str(&formula(source)),
                _ => out.push_str(&plain_text(std::slice::from_ref(inline))),
            }
        }
        out
    }

    fn blocks(&mut self, blocks: &[Block]) -> String {
        let mut out = String::new();
        for block in blocks {
            match &block.kind {
                BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => {
                    out.push_str(&self.inlines(content));
                }
                BlockKind::Callout(callout) => {
                    let (_, icon, name) =
                        ICONS.iter().find(|(kind, ..)| *kind == callout.kind).expect("an icon");
                    out.push_str(icon);
                    match &callout.title {
                        Some(title) => out.push_str(&self.inlines(title)),
                        None => out.push_str(name),
                    }
                    out.push_str(&self.blocks(&callout.body));
                }
                BlockKind::Quote(body) => out.push_str(&self.blocks(body)),
                BlockKind::List(list) => {
                    for (i, item) in list.items.iter().enumerate() {
                        match (item.task, list.start) {
                            (Some('x' | 'X'), _) => out.push('☑'),
                            (Some('-'), _) => out.push('☒'),
                            (Some(_), _) => out.push('☐'),
                            (None, Some(start)) => {
                                let _ = write!(out, "{}.", start + i as u64);
                            }
                            (None, None) => {}
                        }
                        out.push_str(&self.blocks(&item.body));
                    }
                }
                BlockKind::Code(code) if code.lang == "mermaid" => out.push_str(&drawn(&code.text)),
                BlockKind::Code(code) => out.push_str(&code.text),
                BlockKind::Table(table) => {
                    let before = out.len();
                    for (i, row) in std::iter::once(&table.head).chain(&table.rows).enumerate() {
                        row.cells.iter().for_each(|cell| out.push_str(&self.inlines(&cell.content)));
                        if i == 0 {
                            self.heads.push(audited(&out[before..]));
                        }
                    }
                }
                BlockKind::Rule => out.push_str("···"),
                // Printed where it is referred to.
                BlockKind::FootnoteDef { .. } => {}
                BlockKind::Math(source) => out.push_str(&formula(source)),
                BlockKind::Html(source) => out.push_str(source),
            }
        }
        out
    }

    fn text(&mut self, source: &str, text: &Text) -> String {
        match recto::vault::select(self.parsed, source, &text.part) {
            Some(Selection::Blocks(blocks)) => self.blocks(&blocks),
            Some(Selection::Inlines(inlines)) => self.inlines(&inlines),
            None => panic!("no part {:?}", text.part),
        }
    }
}

/// A formula's signs; a fraction's stroke is drawn.
fn formula(source: &str) -> String {
    recto::vault::math::plain(source).replace('/', "")
}

/// A diagram's labels in the order in which they are drawn, then its caption.
fn drawn(source: &str) -> String {
    let picture = recto::typeset::mermaid::draw(source).expect("a diagram");
    let mut out = String::new();
    for label in picture.svg.split("<text").skip(1) {
        let label = label.split_once('>').expect("a tag's end").1;
        let label = label.split_once("</text>").expect("an end").0;
        // Lines of a label may be elements of their own.
        for piece in label.split('<') {
            out.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
        }
    }
    let out = out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    out.replace("&#39;", "'").replace("&amp;", "&") + picture.caption.as_deref().unwrap_or_default()
}

/// What an entry must say, in order, beneath its heading; and the heads of its tables. Its footnotes are added to those
/// of the chapter.
fn wanted(
    vault: &Vault,
    pack: &Pack,
    concept: &Concept,
    footnotes: &mut Vec<String>,
) -> (String, Vec<String>) {
    let mut out = audited(&concept.brief.plain);
    let mut heads = Vec::new();
    for part in &concept.parts {
        use PartKind::*;
        match part.kind {
            Lead | Explanation => {}
            Example => out.push_str("Example"),
            Exercise => {
                let before = pack.concepts.iter().take_while(|c| c.id != concept.id);
                let exercises = before.filter(|c| c.parts.iter().any(|p| p.kind == Exercise)).count() + 1;
                let _ = write!(out, "Exercise{exercises}");
                if part.solution.is_some() {
                    out.push_str("Answeronpage#");
                }
            }
            Interview => out.push_str("Inaninterview"),
            Other => out.push_str(&audited(part.heading.as_ref().map_or("", |h| &h.plain))),
            _ => continue,
        }
        let source = vault.file(part.body.file).and_then(|f| f.text()).expect("a note's text");
        let parsed = recto::vault::parse(source);
        let mut speaker = Speaker { parsed: &parsed, footnotes, heads: Vec::new() };
        out.push_str(&audited(&speaker.text(source, &part.body)));
        heads.append(&mut speaker.heads);
    }
    (out, heads)
}

/// Top of a page's footnotes, mm: the rule above them is a fifth of the text's width.
fn footnotes_top(page: &Seen) -> f64 {
    let area = column(page);
    let rules = page.lines.iter().filter(|l| (l.length() - TEXT / 5.0).abs() < 0.3 && l.from.y == l.to.y);
    rules.filter(|l| (l.from.x - INNER).abs() < 0.1).map(|l| l.from.y).fold(area.y1, f64::min)
}

/// The text between an entry's heading, which is at `start`, and the next of `targets`; page (from 0) and height, mm.
fn printed(
    book: &Book,
    concept: &Concept,
    start: (usize, f64),
    targets: &[(usize, f64)],
    heads: &[String],
) -> String {
    let (first, top) = start;
    let next = targets.iter().filter(|t| **t > (first, top + 1.0)).min_by(|a, b| a.partial_cmp(b).unwrap());
    let (last, bottom) = next.copied().unwrap_or((first, 1000.0));
    let mut text = String::new();
    for page in first..=last {
        let seen = &book.pages[page];
        let mut area = column(seen);
        area.y1 = footnotes_top(seen);
        if page == first {
            area.y0 = top;
        }
        if page == last {
            area.y1 = bottom.max(area.y0).min(area.y1);
        }
        let own = audited(&text_in(seen, area));
        let again = heads.iter().find(|head| text.contains(head.as_str()) && own.starts_with(head.as_str()));
        text.push_str(&own[again.map_or(0, String::len)..]);
    }
    let badge = concept.badge.as_deref().unwrap_or("");
    let head = audited(&format!("{}{}{badge}", concept.number, concept.name));
    let text = text.strip_prefix(&head).map(str::to_owned).unwrap_or(text);
    // The number of the answer's page is told by another test.
    match text.split_once("Answeronpage") {
        Some((before, rest)) => {
            format!("{before}Answeronpage#{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => text,
    }
}

/// What is printed otherwise than it is written: the entry's name and the place.
fn audit(book: &Book, vault: &Vault, pack: &Pack) -> Vec<String> {
    let entries = book.entries(pack);
    // Footnotes and what refers to them lead to each other; all else leads to headings.
    let foot = |page: usize, y: f64| y > footnotes_top(&book.pages[page]);
    let places = book.paper.links().into_iter().filter_map(|l| match l.target {
        // A target lies a little above what it shows.
        Target::Place(page, at) if !foot(page, at.y + 5.0) && !foot(l.page, l.area.y0) => Some((page, at.y)),
        _ => None,
    });
    let targets: Vec<(usize, f64)> = places.collect();
    let mut out = Vec::new();
    let mut footnotes = Vec::new();
    for (i, concept) in pack.concepts.iter().enumerate() {
        let (wanted, heads) = wanted(vault, pack, concept, &mut footnotes);
        let Some(start) = entries.get(&concept.id) else {
            out.push(format!("{}: no entry", concept.name));
            continue;
        };
        let text = printed(book, concept, *start, &targets, &heads);
        // Behind the last entry of a chapter stands the chapter's end.
        let last = pack.concepts.get(i + 1).is_none_or(|next| next.chapter != concept.chapter);
        let ends = ["Review", "Selftest", "Checklist"];
        let same = match text.strip_prefix(&wanted) {
            Some(rest) => rest.is_empty() || last && ends.iter().any(|end| rest.starts_with(end)),
            None => false,
        };
        if !same {
            out.push(format!("{}: {}", concept.name, differ(&text, &wanted)));
        }
    }
    let foot: String = book
        .pages
        .iter()
        .map(|page| text_in(page, Rect { y0: footnotes_top(page), ..column(page) }))
        .collect();
    let (foot, footnotes) = (audited(&foot), audited(&footnotes.concat()));
    if foot != footnotes {
        out.push(format!("footnotes: {}", differ(&foot, &footnotes)));
    }
    out
}

fn differ(text: &str, wanted: &str) -> String {
    let at = text.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
    let show = |s: &str| s.chars().skip(at.saturating_sub(30)).take(90).collect::<String>();
    format!("printed\n  …{}…\nnot\n  …{}…", show(text), show(wanted))
}

#[test]
fn no_word_of_the_shipped_pack_is_lost_or_said_twice() {
    let found = audit(&BOOK, &VAULT, &SHIPPED.pack);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let drawings = SHIPPED.pack.concepts.iter().flat_map(|c| &c.parts);
    let drawings = drawings.filter(|p| {
        let source = VAULT.file(p.body.file).and_then(|f| f.text()).unwrap_or_default();
        let parsed = recto::vault::parse(source);
        let blocks = recto::vault::select(&parsed, source, &p.body.part);
        matches!(blocks, Some(Selection::Blocks(blocks)) if blocks.iter().any(
            |b| matches!(&b.kind, BlockKind::Code(code) if code.lang == "mermaid")
        ))
    });
    assert!(drawings.count() >= 30, "drawings are compared, too");
}

#[test]
fn every_brief_is_in_its_row_and_in_the_glossary() {
    let text: String = BOOK.pages.iter().map(|p| audited(&p.text())).collect();
    for concept in &SHIPPED.pack.concepts {
        let brief = audited(&concept.brief.plain);
        assert!(text.matches(brief.as_str()).count() >= 3, "{}: row, entry, glossary", concept.name);
    }
}

/// The torture pack in every edition of its text column, and what the audit says when a note says something else.
#[test]
fn no_word_of_the_torture_pack_is_lost_or_said_twice() {
    let folder = awkward::torture();
    folder.recto(&["build", "pack", "handbook", "--out", "out"]).ends(0);
    let book = Book::read(&folder.bytes("out/handbook.pdf"));
    let found = read_and_audit(&book, &folder);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let note = folder.read("pack/concepts/Heavy.md");
    for (from, to) in [
        ("the first cell", "the very first cell"),
        ("the first cell", "the cell"),
        ("cell of the last row", "last cell of the row"),
        ("value_31 = 31\n", ""),
        ("Begin here", "Begin"),
        ("second footnote", "footnote"),
        ("答", ""),
    ] {
        assert!(note.contains(from), "{from}");
        folder.write("pack/concepts/Heavy.md", note.replacen(from, to, 1));
        let found = read_and_audit(&book, &folder);
        assert_eq!(found.len(), 1, "{from} → {to}: {found:?}");
    }
}

fn read_and_audit(book: &Book, folder: &Folder) -> Vec<String> {
    let (vault, _) = Vault::open(&folder.path("pack"), &OpenOptions::default()).expect("a pack");
    let pack = pack::build(&vault).0;
    audit(book, &vault, &pack)
}
