//! A note's headings to sections: where the title, the sections and their bodies lie among the blocks.

use std::ops::Range;

use crate::vault::ast::{Block, BlockKind};
use crate::vault::plain_text;

/// The top-level blocks of a note, parted by its headings.
#[derive(Debug, Clone, Eq, PartialEq)]
pub(super) struct Outline {
    /// The heading that is the note's title.
    pub title: Option<Heading>,
    /// What stands before the first section, title aside; the part before the title, if there is any, comes first.
    pub lead: Vec<Range<usize>>,
    pub sections: Vec<Span>,
}

#[derive(Debug, Clone, Eq, PartialEq)]
pub(super) struct Heading {
    pub block: usize,
    pub level: u8,
    /// Plain.
    pub text: String,
}

/// A section and the blocks below its heading.
#[derive(Debug, Clone, Eq, PartialEq)]
pub(super) struct Span {
    pub heading: Heading,
    pub body: Range<usize>,
}

/// All top-level headings of a note.
pub(super) fn headings(blocks: &[Block]) -> Vec<Heading> {
    let heading = |(block, b): (usize, &Block)| match &b.kind {
        BlockKind::Heading { level, content } => {
            Some(Heading { block, level: *level, text: plain_text(content) })
        }
        _ => None,
    };
    blocks.iter().enumerate().filter_map(heading).collect()
}

/// Parts a note. `is_title` says whether the first heading, followed by others, is the note's title.
///
/// Sections are the headings of the highest rank that is left; deeper ones stay inside their bodies, so a note may
/// start at any level.
pub(super) fn outline(blocks: &[Block], is_title: impl FnOnce(&Heading, &[Heading]) -> bool) -> Outline {
    let mut headings = headings(blocks);
    let title =
        headings.split_first().filter(|(first, rest)| is_title(first, rest)).map(|(first, _)| first.clone());
    if title.is_some() {
        headings.remove(0);
    }
    let level = headings.iter().map(|h| h.level).min().unwrap_or(0);
    headings.retain(|h| h.level == level);
    let first = headings.first().map_or(blocks.len(), |h| h.block);
    let lead = match &title {
        Some(title) => vec![0..title.block, title.block + 1..first.max(title.block + 1)],
        None => vec![0..first],
    };
    let lead = lead.into_iter().map(|r| without_rules(blocks, r)).filter(|r| !r.is_empty()).collect();
    let ends: Vec<usize> = headings.iter().skip(1).map(|h| h.block).chain([blocks.len()]).collect();
    let sections = headings
        .into_iter()
        .zip(ends)
        .map(|(heading, end)| {
            let body = without_rules(blocks, heading.block + 1..end);
            Span { heading, body }
        })
        .collect();
    Outline { title, lead, sections }
}

/// The range without rules at its ends: `---` between sections is an author's ornament, not content; nor are
/// footnotes' texts, which are printed where they are referred to.
pub(super) fn without_rules(blocks: &[Block], range: Range<usize>) -> Range<usize> {
    let idle = |i: usize| {
        blocks.get(i).is_none_or(|b| matches!(b.kind, BlockKind::Rule | BlockKind::FootnoteDef { .. }))
    };
    let Range { mut start, mut end } = range;
    while start < end && idle(start) {
        start += 1;
    }
    while start < end && idle(end - 1) {
        end -= 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::parse;

    fn of(note: &str) -> (Option<String>, Vec<Range<usize>>, Vec<(String, Range<usize>)>) {
        let o = outline(&parse(note).blocks, |h, rest| {
            h.level == 1 || rest.iter().all(|other| other.level > h.level)
        });
        let sections = o.sections.into_iter().map(|s| (s.heading.text, s.body)).collect();
        (o.title.map(|t| t.text), o.lead, sections)
    }

    #[test]
    fn at_any_level() {
        let sections = vec![("A".to_owned(), 3..4), ("B".to_owned(), 5..7)];
        for (one, two, three) in [("#", "##", "###"), ("##", "###", "####"), ("#", "#", "##")] {
            let note = format!("{one} T\n\nlead\n\n{two} A\n\na\n\n{two} B\n\n{three} deep\n\nb\n");
            assert_eq!(of(&note), (Some("T".into()), vec![1..2], sections.clone()), "{note}");
        }
    }

    #[test]
    fn without_a_title() {
        assert_eq!(of("## A\n\na\n\n## B\n"), (None, vec![], vec![("A".into(), 1..2), ("B".into(), 3..3)]));
        assert_eq!(of("text\n"), (None, vec![0..1], vec![]));
        assert_eq!(of(""), (None, vec![], vec![]));
    }

    #[test]
    fn ornaments_fall_away() {
        let note = "Before.\n\n# T\n\n---\n\nlead\n\n---\n\n## A\n\na[^1]\n\n---\n\n[^1]: note\n";
        assert_eq!(of(note), (Some("T".into()), vec![0..1, 3..4], vec![("A".into(), 6..7)]));
    }
}
