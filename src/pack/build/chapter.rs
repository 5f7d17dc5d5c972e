//! Which notes are chapters, and what stands in them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Words;
use super::note::Note;
use super::outline::{Heading, Outline, Span, outline, without_rules};
use super::table::{is_concept_table, read_name};
use crate::pack::words::{SectionWord, chapter_title, is_concept_header, is_counted, is_counted_chapter};
use crate::vault::ast::{Block, BlockKind, Table};
use crate::vault::{FileNo, natural_cmp, plain_text};

/// A chapter note, parted.
#[derive(Debug, Clone)]
pub(super) struct ChapterOutline {
    pub title: String,
    /// Blocks between the title and the first section or table.
    pub intro: Range<usize>,
    pub sections: Vec<SectionOutline>,
    pub objectives: Option<Range<usize>>,
    pub review: Option<Range<usize>>,
    /// Blocks under `## Cards`.
    pub cards: Vec<Range<usize>>,
    /// Blocks of headings that look like another chapter's title.
    pub further_chapters: Vec<usize>,
}

#[derive(Debug, Clone)]
pub(super) struct SectionOutline {
    /// The heading's block; `None` for what stands before the first section.
    pub heading: Option<usize>,
    pub pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Eq, PartialEq)]
pub(super) enum Piece {
    Prose(Range<usize>),
    /// A concept table's block.
    Table(usize),
}

/// Parts a chapter note. `title` is the front matter's.
///
/// The first heading is the chapter's title if it is of the first rank, stands above all others but known sections, or
/// counts chapters (`## Chapter 1 — Foundations`).
pub(super) fn chapter_outline(note: &Note<'_>, title: Option<&str>, words: &Words) -> ChapterOutline {
    let Outline { title: heading, lead, sections } = outline(note.blocks(), |first, rest| {
        let known = |h: &Heading| words.section(&h.text).is_some();
        let above = rest.iter().all(|h| h.level > first.level || known(h));
        !known(first) && (first.level == 1 || above || is_counted(&first.text))
    });
    let title = match (title, &heading) {
        (Some(title), _) => title.trim().to_owned(),
        (None, Some(heading)) => chapter_title(&heading.text),
        (None, None) => {
            chapter_title(note.stem().trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '))
        }
    };
    let title = if title.is_empty() { note.stem().to_owned() } else { title };

    // The introduction ends at the first table; what stands above the title is no introduction.
    let mut intro = 0..0;
    let mut first = Vec::new();
    for range in lead {
        let behind_title = heading.as_ref().is_none_or(|h| range.start > h.block);
        for (i, piece) in pieces(note.blocks(), range, words).into_iter().enumerate() {
            match piece {
                Piece::Prose(prose) if i == 0 && behind_title => intro = prose,
                piece => first.push(piece),
            }
        }
    }
    let mut out = ChapterOutline {
        title,
        intro,
        sections: Vec::new(),
        objectives: None,
        review: None,
        cards: Vec::new(),
        further_chapters: Vec::new(),
    };
    if !first.is_empty() {
        out.sections.push(SectionOutline { heading: None, pieces: first });
    }
    for Span { heading, body } in sections {
        match words.section(&heading.text) {
            Some(SectionWord::Review) if out.review.is_none() => out.review = Some(body),
            Some(SectionWord::Objectives) if out.objectives.is_none() => out.objectives = Some(body),
            Some(SectionWord::Cards) => out.cards.push(body),
            _ => {
                if is_counted_chapter(&heading.text) {
                    out.further_chapters.push(heading.block);
                }
                let pieces = pieces(note.blocks(), body, words);
                out.sections.push(SectionOutline { heading: Some(heading.block), pieces });
            }
        }
    }
    out
}

/// Prose and concept tables in turn.
fn pieces(blocks: &[Block], range: Range<usize>, words: &Words) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = range.start;
    let prose = |range: Range<usize>, pieces: &mut Vec<Piece>| {
        let range = without_rules(blocks, range);
        if !range.is_empty() {
            pieces.push(Piece::Prose(range));
        }
    };
    for i in range.clone() {
        if concept_table(blocks, i, words).is_some() {
            prose(start..i, &mut pieces);
            pieces.push(Piece::Table(i));
            start = i + 1;
        }
    }
    prose(start..range.end, &mut pieces);
    pieces
}

/// The concept table in a block, if there is one.
pub(super) fn concept_table<'a>(blocks: &'a [Block], block: usize, words: &Words) -> Option<&'a Table> {
    match blocks.get(block).map(|b| &b.kind) {
        Some(BlockKind::Table(table)) if is_concept_table(table, &words.headers) => Some(table),
        _ => None,
    }
}

/// Finds the chapters among notes that hold concept tables, for a pack that does not list them. Not a chapter is
///
/// - a table of contents: no table of it has a concept's header, and all rows that lead to a note lead to such notes;
/// - a concept's own note that happens to hold a table of terms: a row of a chapter leads to it.
///
/// `resolve` says which note a row's link leads to.
pub(super) fn find_chapters(
    notes: &[Note<'_>],
    words: &Words,
    resolve: impl Fn(&Note<'_>, &str) -> Option<FileNo>,
) -> Vec<FileNo> {
    struct Candidate<'n, 'a> {
        note: &'n Note<'a>,
        declared: bool,
        targets: Vec<FileNo>,
    }
    let mut candidates = Vec::new();
    for note in notes {
        let tables: Vec<&Table> =
            (0..note.blocks().len()).filter_map(|i| concept_table(note.blocks(), i, words)).collect();
        if tables.is_empty() {
            continue;
        }
        let header = |t: &&Table| {
            t.head.cells.first().is_some_and(|c| is_concept_header(&plain_text(&c.content), &words.headers))
        };
        let links = tables
            .iter()
            .flat_map(|t| &t.rows)
            .filter_map(|row| read_name(row.cells.first()?).link.map(|link| link.target.note.as_str()));
        candidates.push(Candidate {
            note,
            declared: tables.iter().any(header),
            targets: links.filter_map(|target| resolve(note, target)).collect(),
        });
    }
    candidates.sort_by(|a, b| natural_cmp(a.note.path, b.note.path));
    let holding: BTreeSet<FileNo> = candidates.iter().map(|c| c.note.file).collect();
    let contents = |c: &Candidate<'_, '_>| {
        !c.declared
            && !c.targets.is_empty()
            && c.targets.iter().all(|t| *t != c.note.file && holding.contains(t))
    };
    let chapters: Vec<&Candidate<'_, '_>> = candidates.iter().filter(|c| !contents(c)).collect();
    let mut owned: BTreeSet<FileNo> = BTreeSet::new();
    for chapter in &chapters {
        if !owned.contains(&chapter.note.file) {
            owned.extend(chapter.targets.iter().filter(|t| **t != chapter.note.file));
        }
    }
    chapters.iter().map(|c| c.note.file).filter(|file| !owned.contains(file)).collect()
}
