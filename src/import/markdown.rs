//! Chapters, sections and concepts in a Markdown document of any style.

use std::ops::Range;

use super::chatter;
use super::draft::{Aside, Chapter, Draft, Item, More, Origin, Reason, Row, Section, Table, WholeNote};
use super::links;
use super::names::Link;
use super::plain;
use super::source::Source;
use crate::pack::build::table::{is_concept_table, read_name};
use crate::pack::plain::brief_of;
use crate::pack::words::{SectionWord, chapter_title, is_counted, is_counted_chapter, section_word};
use crate::vault::ast::{self, Block, BlockKind, Inline, InlineKind};
use crate::vault::front::FrontMatter;
use crate::vault::markdown::open_pipes;
use crate::vault::{LineIndex, Parsed, parse, plain_text};

/// What is asked of a document before its links are rewritten.
#[derive(Debug)]
pub(super) struct Prepared {
    pub links: Vec<Link>,
    /// Concept tables at the top level.
    pub tables: usize,
    /// It has the sections of a concept's own note.
    pub is_concept_note: bool,
}

pub(super) fn prepare(text: &str) -> Prepared {
    let parsed = parse(text);
    let part = |block: &&Block| match &block.kind {
        BlockKind::Heading { content, .. } => {
            matches!(section_word(&plain_text(content), []), Some(SectionWord::Part(_) | SectionWord::Cards))
        }
        _ => false,
    };
    Prepared {
        links: links::collect(text, &parsed.blocks),
        tables: parsed
            .blocks
            .iter()
            .filter(|b| matches!(&b.kind, BlockKind::Table(t) if is_concept_table(t, &[])))
            .count(),
        is_concept_note: parsed.blocks.iter().filter(part).count() >= 2,
    }
}

/// A note of a vault that stays in one piece. `as_row`: no note of the vault has a table, so this one is a concept of
/// its folder's chapter.
pub(super) fn whole_note(index: usize, source: &Source, text: String, as_row: bool) -> Draft {
    let origin = Origin { source: index, line: 1 };
    let mut draft = Draft::default();
    let stem = source.stem().to_owned();
    if as_row && !source.left_out {
        let brief = brief_of(&text);
        let row = Row {
            cell: format!("**[[{stem}]]**"),
            link: Some(stem.clone()),
            brief: plain::shown(&brief),
            cells: vec![brief],
            origin,
            name: stem,
            more: More::default(),
        };
        let title = source.folder().rsplit('/').next().filter(|f| !f.is_empty()).unwrap_or("Notes");
        let head = vec!["Concept".to_owned(), "Brief Description".to_owned()];
        draft.chapters.push(Chapter {
            title: chapter_title(title.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')),
            origins: vec![origin],
            sections: vec![Section {
                title: None,
                items: vec![Item::Table(Table { head, rows: vec![row] })],
            }],
            ..Chapter::default()
        });
    }
    draft.notes.push(WholeNote { path: source.path.clone(), text, origin });
    draft
}

/// A vault's note that is one chapter stays in one piece, all of it.
pub(super) fn kept_chapter(index: usize, source: &Source, text: String, mut draft: Draft) -> Draft {
    for chapter in &mut draft.chapters {
        chapter.kept = Some(source.path.clone());
    }
    draft.aside.clear();
    draft.title = None;
    draft.notes.push(WholeNote {
        path: source.path.clone(),
        text,
        origin: Origin { source: index, line: 1 },
    });
    draft
}

/// A heading, or a bold line that stands for one.
#[derive(Debug)]
struct Head {
    block: usize,
    level: u8,
    text: String,
    /// The first block behind its body.
    end: usize,
    /// There is a concept table below it.
    holds: bool,
    /// Its line in Markdown without the mark.
    source: String,
}

/// Lines that stand for headings rank below all headings.
const BOLD_LEVEL: u8 = 7;

struct Reader<'a> {
    index: usize,
    text: &'a str,
    lines: LineIndex,
    blocks: &'a [Block],
    /// First byte of each block's first line, and the text's end.
    starts: Vec<usize>,
    /// No table anywhere: lists of bold terms are tables.
    lists: bool,
    draft: Draft,
}

/// Reads a document. `tables` says whether any source holds tables; where none does, lists of `**Term**: meaning` count.
pub(super) fn read(index: usize, source: &Source, text: &str, tables: bool) -> Draft {
    let parsed = parse(text);
    // An inline footnote's text comes after all blocks, but stands inside one.
    let mut end = 0;
    let blocks: Vec<Block> = parsed
        .blocks
        .iter()
        .filter(|block| {
            let inside = block.range.start < end;
            end = end.max(block.range.end);
            !inside
        })
        .cloned()
        .collect();
    let mut starts: Vec<usize> = Vec::with_capacity(blocks.len() + 1);
    for block in &blocks {
        let line = text.get(..block.range.start).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
        starts.push(line.max(parsed.body).max(starts.last().copied().unwrap_or(0)));
    }
    starts.push(text.len());
    let mut reader = Reader {
        index,
        text,
        lines: LineIndex::new(text),
        blocks: &blocks,
        starts,
        lists: false,
        draft: Draft::default(),
    };
    reader.lists = !tables && (0..blocks.len()).any(|b| reader.definitions(b).is_some());
    reader.front_matter(&parsed);
    reader.run(source, parsed.body);
    reader.draft
}

impl Reader<'_> {
    fn origin(&self, byte: usize) -> Origin {
        Origin { source: self.index, line: self.lines.position(self.text, byte).0 }
    }

    fn start(&self, block: usize) -> usize {
        self.starts.get(block).copied().unwrap_or(self.text.len())
    }

    /// A block with all that stands before the next one.
    fn slice(&self, block: usize) -> &str {
        self.text.get(self.start(block)..self.start(block + 1)).unwrap_or_default().trim_end()
    }

    fn aside(&mut self, range: Range<usize>, reason: Reason) {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let bare = text.trim();
        if bare.is_empty() || bare.chars().all(|c| matches!(c, '-' | '*' | '_' | ' ' | '\n' | '\r')) {
            return;
        }
        let origin = self.origin(range.start + (text.len() - text.trim_start().len()));
        self.draft.aside.push(Aside { origin, reason, text: bare.to_owned() });
    }

    fn front_matter(&mut self, parsed: &Parsed) {
        let Some(range) = parsed.front.clone() else { return };
        self.draft.title = FrontMatter::parse(self.text, range.clone(), &mut Vec::new()).title;
        self.aside(range, Reason::FrontMatter);
    }

    /// The table of concepts in a block.
    fn table(&self, block: usize) -> Option<Found<'_>> {
        match &self.blocks.get(block)?.kind {
            BlockKind::Table(table) if is_concept_table(table, &[]) => Some(Found::Table(table)),
            BlockKind::List(_) if self.lists => self.definitions(block).map(Found::Rows),
            _ => None,
        }
    }

    /// A list of which every item is `**Term**: meaning`.
    fn definitions(&self, block: usize) -> Option<Vec<Row>> {
        let BlockKind::List(list) = &self.blocks.get(block)?.kind else { return None };
        let row = |item: &ast::Item| {
            let (first, rest) = item.body.split_first()?;
            let BlockKind::Paragraph(content) = &first.kind else { return None };
            let Inline { kind: InlineKind::Strong(name), range } = content.first()? else { return None };
            let after = self.text.get(range.end..first.range.end)?;
            let brief = after.trim_start().trim_start_matches([':', '—', '–', '-']).trim();
            let name = plain_text(name).trim().trim_end_matches(':').trim().to_owned();
            if name.is_empty() || brief.is_empty() {
                return None;
            }
            let mut more = More::default();
            if let (Some(from), Some(to)) = (rest.first(), rest.last()) {
                more.add("Explanation", &dedent(self.text.get(from.range.start..to.range.end)?));
            }
            let link = content.first().and_then(|strong| first_link(std::slice::from_ref(strong)));
            let cell = self.text.get(range.clone())?.trim_end_matches("**").trim_end_matches(':');
            let cell = format!("{cell}**");
            let brief = brief.split_whitespace().collect::<Vec<_>>().join(" ");
            Some(Row {
                link: link.or_else(|| (!more.is_empty()).then(|| name.clone())),
                name,
                cell: cell_text(&cell),
                cells: vec![cell_text(&brief)],
                brief: plain::shown(&brief),
                origin: self.origin(item.range.start),
                more,
            })
        };
        let rows: Option<Vec<Row>> = list.items.iter().map(row).collect();
        rows.filter(|rows| rows.len() >= 2)
    }

    fn heads(&self) -> Vec<Head> {
        let mut heads = Vec::new();
        for (i, block) in self.blocks.iter().enumerate() {
            let (level, content) = match &block.kind {
                BlockKind::Heading { level, content } => (*level, content.as_slice()),
                BlockKind::Paragraph(content) => match content.as_slice() {
                    [Inline { kind: InlineKind::Strong(inner), .. }] => {
                        let counted = is_counted_chapter(&plain_text(inner));
                        if !counted && self.table(i + 1).is_none() {
                            continue;
                        }
                        (BOLD_LEVEL - u8::from(counted), content.as_slice())
                    }
                    _ => continue,
                },
                _ => continue,
            };
            let text = plain_text(content).split_whitespace().collect::<Vec<_>>().join(" ");
            let source = match (content.first(), content.last()) {
                (Some(a), Some(b)) => self.text.get(a.range.start..b.range.end).unwrap_or(&text).to_owned(),
                _ => text.clone(),
            };
            heads.push(Head { block: i, level, text, end: self.blocks.len(), holds: false, source });
        }
        let ends: Vec<(usize, u8)> = heads.iter().map(|h| (h.block, h.level)).collect();
        // From behind: the next head of the same or a higher rank ends a body.
        let mut next = [self.blocks.len(); BOLD_LEVEL as usize + 1];
        for (head, (block, level)) in heads.iter_mut().zip(&ends).rev() {
            head.end = next.iter().take(usize::from(*level) + 1).copied().min().unwrap_or(self.blocks.len());
            if let Some(slot) = next.get_mut(usize::from(*level)) {
                *slot = *block;
            }
        }
        let tables: Vec<usize> = (0..self.blocks.len()).filter(|b| self.table(*b).is_some()).collect();
        for head in &mut heads {
            let at = tables.partition_point(|t| *t < head.block);
            head.holds = tables.get(at).is_some_and(|t| *t < head.end);
        }
        heads
    }

    /// The rank of the headings that are chapters; `None` where no heading is.
    fn chapter_level(heads: &[Head]) -> Option<u8> {
        let lowest =
            |of: &dyn Fn(&Head) -> bool| heads.iter().filter(|h| h.holds && of(h)).map(|h| h.level).min();
        if let Some(level) =
            lowest(&|h| is_counted_chapter(&h.text)).or_else(|| lowest(&|h| is_counted(&h.text)))
        {
            return Some(level);
        }
        let top = lowest(&|_| true)?;
        let mut at_top = heads.iter().filter(|h| h.holds && h.level == top);
        let (Some(first), None) = (at_top.next(), at_top.next()) else { return Some(top) };
        // One heading over all: a book's title if the headings below it have headings with tables of their own.
        let below = |outer: &Head| -> Vec<&Head> {
            heads.iter().filter(|h| h.holds && h.block > outer.block && h.block < outer.end).collect()
        };
        let inner = below(first);
        let Some(next) = inner.iter().map(|h| h.level).min() else { return Some(top) };
        let parted = inner.iter().any(|h| h.level == next && !below(h).is_empty());
        let several = inner.iter().filter(|h| h.level == next).count() > 1;
        let parted = parted && several;
        Some(if parted { next } else { top })
    }

    fn run(&mut self, source: &Source, body: usize) {
        let heads = self.heads();
        let level = Self::chapter_level(&heads);
        let tables: Vec<usize> = (0..self.blocks.len()).filter(|b| self.table(*b).is_some()).collect();
        let (Some(first_table), Some(last_table)) = (tables.first().copied(), tables.last().copied()) else {
            self.aside(body..self.text.len(), Reason::NoConcepts);
            return;
        };
        let is_chapter = |h: &Head| match level {
            Some(level) => h.level == level && (h.holds || is_counted_chapter(&h.text)),
            None => false,
        };
        let first = heads.iter().find(|h| is_chapter(h)).map_or(first_table, |h| h.block.min(first_table));
        let tail = self.tail(last_table);

        // Before: the document's own title is kept as the pack's.
        let above = heads
            .iter()
            .rfind(|h| h.block < first && h.level == 1)
            .or_else(|| heads.iter().find(|h| h.block < first && level.is_some_and(|level| h.level < level)));
        if let (Some(head), None) = (above, &self.draft.title) {
            self.draft.title = Some(chapter_title(&head.text));
        }
        self.aside(body..self.start(first), Reason::Before);
        self.aside(self.start(tail)..self.text.len(), Reason::After);

        let mut state = Walk { chapter: None, section: None, prose: Vec::new(), section_level: None };
        // A table that no chapter's heading stands above has a chapter of its own, so that nothing is lost.
        if !heads.iter().any(|h| h.block == first && is_chapter(h)) {
            let title = self.draft.title.clone().unwrap_or_else(|| chapter_title(source.stem()));
            state.chapter = Some(self.chapter(title, first));
        }
        let mut at = first;
        while at < tail {
            let head = heads.iter().find(|h| h.block == at);
            match head {
                Some(head) if is_chapter(head) => {
                    self.close(&mut state);
                    state.chapter = Some(self.chapter(chapter_title(&head.text), at));
                    let inner = heads.iter().filter(|h| h.block > head.block && h.block < head.end);
                    state.section_level = inner.map(|h| h.level).min();
                    self.residue(at, &mut state);
                }
                Some(head)
                    if section_word(&head.text, []) == Some(SectionWord::Review)
                        && !head.holds
                        && state.chapter.as_ref().is_some_and(|c: &Chapter| c.review.is_none()) =>
                {
                    let end = head.end.min(tail);
                    let text = self.text.get(self.start(at + 1)..self.start(end)).unwrap_or_default();
                    let text = text.trim().trim_end_matches("---").trim().to_owned();
                    if let Some(chapter) = &mut state.chapter {
                        chapter.review = Some((head.text.clone(), text));
                    }
                    at = end.max(at + 1);
                    continue;
                }
                Some(head) if chatter::interrupts(&head.text) => {
                    self.aside(self.start(at)..self.start(at + 1), Reason::Chat);
                }
                Some(head) if level.is_some_and(|level| head.level < level) && head.holds => {
                    self.aside(self.start(at)..self.start(at + 1), Reason::Above);
                }
                Some(head)
                    if level.is_some_and(|level| head.level <= level)
                        || state.section_level.is_none_or(|s| head.level <= s) =>
                {
                    state.end_section();
                    state.section =
                        Some(Section { title: Some(chapter_title(&head.text)), items: Vec::new() });
                    self.residue(at, &mut state);
                }
                Some(head) => {
                    let below = head.level.saturating_sub(state.section_level.unwrap_or(2));
                    let mark = "#".repeat(usize::from(2 + below).clamp(3, 6));
                    state.prose.push(format!("{mark} {}", head.source));
                    self.residue(at, &mut state);
                }
                None => self.block(at, &mut state),
            }
            at += 1;
        }
        self.close(&mut state);
    }

    fn chapter(&self, title: String, block: usize) -> Chapter {
        Chapter { title, origins: vec![self.origin(self.start(block))], ..Chapter::default() }
    }

    fn close(&mut self, state: &mut Walk) {
        state.end_section();
        self.draft.chapters.extend(state.chapter.take());
    }

    /// What stands between a block's end and the next block: comments and the like.
    fn residue(&self, block: usize, state: &mut Walk) {
        let Some(b) = self.blocks.get(block) else { return };
        let rest = self
            .text
            .get(b.range.end.max(self.start(block))..self.start(block + 1))
            .unwrap_or_default()
            .trim();
        // A heading's closing marks are none.
        if rest.chars().any(char::is_alphanumeric) {
            state.prose.push(rest.to_owned());
        }
    }

    fn block(&mut self, at: usize, state: &mut Walk) {
        match self.table(at) {
            Some(Found::Table(table)) if table.rows.is_empty() => {
                self.aside(self.start(at)..self.start(at + 1), Reason::Unusable);
            }
            Some(found) => {
                let (table, asides) = match found {
                    Found::Table(table) => self.concepts(table),
                    Found::Rows(rows) => {
                        let head = vec!["Concept".to_owned(), "Brief Description".to_owned()];
                        (Table { head, rows }, Vec::new())
                    }
                };
                self.draft.aside.extend(asides);
                state.push(Item::Table(table));
                self.residue(at, state);
            }
            None => match self.blocks.get(at).map(|b| &b.kind) {
                Some(BlockKind::Rule) => self.residue(at, state),
                Some(BlockKind::Paragraph(_) | BlockKind::List(_)) if chatter::interrupts(self.slice(at)) => {
                    self.aside(self.start(at)..self.start(at + 1), Reason::Chat);
                }
                _ => state.prose.push(self.slice(at).to_owned()),
            },
        }
    }

    /// Where the text behind the last table stops being content.
    fn tail(&self, last_table: usize) -> usize {
        let words = |b: usize| {
            matches!(
                self.blocks.get(b).map(|b| &b.kind),
                Some(
                    BlockKind::Paragraph(_)
                        | BlockKind::Heading { .. }
                        | BlockKind::List(_)
                        | BlockKind::Quote(_)
                )
            )
        };
        let Some(mut cut) =
            (last_table + 1..self.blocks.len()).find(|b| words(*b) && chatter::talks(self.slice(*b)))
        else {
            return self.blocks.len();
        };
        // Headings without a body, and lines, that lead up to it.
        while cut > last_table + 1
            && matches!(
                self.blocks.get(cut - 1).map(|b| &b.kind),
                Some(BlockKind::Rule | BlockKind::Heading { .. })
            )
        {
            cut -= 1;
        }
        cut
    }

    fn concepts(&self, table: &ast::Table) -> (Table, Vec<Aside>) {
        let mut asides = Vec::new();
        let raw = |range: &Range<usize>| cell_text(self.text.get(range.clone()).unwrap_or_default());
        let mut head = Vec::new();
        for cell in &table.head.cells {
            let written = raw(&cell.range);
            let (kept, instruction) = without_instruction(&written);
            if let Some(instruction) = instruction {
                let origin = self.origin(cell.range.start);
                asides.push(Aside { origin, reason: Reason::Instruction, text: instruction.to_owned() });
            }
            head.push(kept.to_owned());
        }
        let rows = table.rows.iter().map(|row| {
            let (first, rest) = match row.cells.split_first() {
                Some((first, rest)) => (Some(first), rest),
                None => (None, [].as_slice()),
            };
            let name = first.map(read_name);
            Row {
                name: name.as_ref().map(|n| n.name.clone()).unwrap_or_default(),
                cell: first.map(|cell| raw(&cell.range)).unwrap_or_default(),
                link: name
                    .and_then(|n| n.link)
                    .map(|link| link.target.note.clone())
                    .filter(|note| !note.is_empty()),
                cells: rest.iter().map(|cell| raw(&cell.range)).collect(),
                brief: rest.first().map(|cell| plain_text(&cell.content)).unwrap_or_default(),
                origin: self.origin(row.range.start),
                more: More::default(),
            }
        });
        let rows: Vec<Row> = rows.collect();
        (Table { head, rows }, asides)
    }
}

enum Found<'a> {
    Table(&'a ast::Table),
    Rows(Vec<Row>),
}

/// Where the walk through a document stands.
struct Walk {
    chapter: Option<Chapter>,
    section: Option<Section>,
    prose: Vec<String>,
    section_level: Option<u8>,
}

impl Walk {
    fn end_prose(&mut self) {
        if self.prose.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.prose).join("\n\n");
        match (&mut self.section, &mut self.chapter) {
            (None, Some(chapter)) if chapter.sections.is_empty() => chapter.intro.push(text),
            _ => self.place(Item::Prose(text)),
        }
    }

    fn place(&mut self, item: Item) {
        if let Some(section) = &mut self.section {
            section.items.push(item);
            return;
        }
        let Some(chapter) = &mut self.chapter else { return };
        if chapter.sections.is_empty() {
            chapter.sections.push(Section::default());
        }
        if let Some(section) = chapter.sections.last_mut() {
            section.items.push(item);
        }
    }

    fn push(&mut self, item: Item) {
        self.end_prose();
        self.place(item);
    }

    fn end_section(&mut self) {
        self.end_prose();
        if let (Some(section), Some(chapter)) = (self.section.take(), &mut self.chapter) {
            chapter.sections.push(section);
        }
    }
}

/// A header cell without `(15–25 words)` at its end, and that.
fn without_instruction(cell: &str) -> (&str, Option<&str>) {
    let bare = cell.trim_end_matches('*');
    let found = bare.strip_suffix(')').and_then(|inner| inner.rfind('(')).filter(|at| {
        let inside = bare.get(*at..).unwrap_or_default();
        inside.chars().any(|c| c.is_ascii_digit()) && inside.chars().any(char::is_alphabetic)
    });
    match found {
        // Bold around the whole would lose its end.
        Some(at) if bare.len() == cell.len() && at > 0 => {
            (cell.get(..at).unwrap_or(cell).trim_end(), cell.get(at..))
        }
        _ => (cell, None),
    }
}

/// A cell's text as it stands in a table: no open pipes, no line ends.
pub(super) fn cell_text(raw: &str) -> String {
    let raw = raw.trim().replace(['\r', '\n'], " ");
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    for pipe in open_pipes(&raw) {
        out.push_str(raw.get(at..pipe).unwrap_or_default());
        out.push('\\');
        at = pipe;
    }
    out.push_str(raw.get(at..).unwrap_or_default());
    // A backslash before the cell's end would escape it.
    if out.ends_with('\\') {
        out.push(' ');
    }
    out
}

fn first_link(content: &[Inline]) -> Option<String> {
    content.iter().find_map(|inline| match &inline.kind {
        InlineKind::WikiLink(link) => Some(link.target.note.clone()),
        InlineKind::Strong(inner) | InlineKind::Emph(inner) => first_link(inner),
        _ => None,
    })
}

/// An item's further paragraphs without its indentation.
fn dedent(text: &str) -> String {
    let indent = text
        .lines()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let mut lines = text.lines();
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push('\n');
        out.push_str(line.get(indent.min(line.len() - line.trim_start().len())..).unwrap_or_default());
    }
    out
}
