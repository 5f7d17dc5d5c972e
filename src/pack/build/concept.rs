//! A concept's own note: its parts and its cards.

use std::ops::Range;

use super::Words;
use super::note::Note;
use super::outline::{Outline, outline, without_rules};
use crate::pack::words::SectionWord;
use crate::pack::{Card, CardKind, ConceptNo, ConceptPart, PartKind, fold};
use crate::vault::ast::{Block, BlockKind};
use crate::vault::cards::{CardText, CardTextKind, extract};
use crate::vault::{Finding, Part, Side, blocks_text, plain_text};

/// The note's outline; its first heading is the title if it says the concept's name, or if it is the only one of the
/// first rank and no known section.
pub(super) fn concept_outline(note: &Note<'_>, names: &[&str], words: &Words) -> Outline {
    outline(note.blocks(), |heading, rest| {
        let text = fold(&heading.text.replace('*', ""));
        let named = names.iter().any(|name| fold(name) == text);
        let above = rest.iter().all(|other| other.level > heading.level);
        let first = heading.level == 1;
        (named && (first || above)) || (first && above && words.section(&heading.text).is_none())
    })
}

/// The parts of a note in order, and the blocks that hold its cards.
pub(super) fn parts(
    note: &Note<'_>,
    outline: &Outline,
    words: &Words,
) -> (Vec<ConceptPart>, Vec<Range<usize>>) {
    let mut parts: Vec<ConceptPart> = Vec::new();
    let mut cards = Vec::new();
    for range in &outline.lead {
        parts.push(ConceptPart {
            kind: PartKind::Lead,
            heading: None,
            body: note.text(Part::Blocks(range.clone())),
            solution: None,
        });
    }
    for section in &outline.sections {
        let heading = || Some(note.text(Part::Heading(section.heading.block)));
        let kind = match words.section(&section.heading.text) {
            Some(SectionWord::Cards) => {
                cards.push(section.body.clone());
                continue;
            }
            // `## Solution` beside the exercise instead of inside it.
            Some(SectionWord::Solution) => {
                if let Some(exercise) = parts.last_mut()
                    && exercise.kind == PartKind::Exercise
                    && exercise.solution.is_none()
                {
                    exercise.solution = Some(note.text(Part::Blocks(section.body.clone())));
                    continue;
                }
                PartKind::Other
            }
            Some(SectionWord::Part(kind)) => kind,
            Some(SectionWord::Review | SectionWord::Objectives) | None => PartKind::Other,
        };
        let (body, solution) = match kind {
            PartKind::Exercise => split_solution(note.blocks(), section.body.clone(), words),
            _ => (section.body.clone(), None),
        };
        parts.push(ConceptPart {
            kind,
            heading: heading(),
            body: note.text(Part::Blocks(body)),
            solution: solution.map(|range| note.text(Part::Blocks(range))),
        });
    }
    (parts, cards)
}

/// An exercise and what stands under its heading (or in its callout) for the solution, up to the section's end.
fn split_solution(
    blocks: &[Block],
    body: Range<usize>,
    words: &Words,
) -> (Range<usize>, Option<Range<usize>>) {
    let starts = |i: &usize| {
        blocks.get(*i).is_some_and(|block| match &block.kind {
            BlockKind::Heading { content, .. } => {
                words.section(&plain_text(content)) == Some(SectionWord::Solution)
            }
            BlockKind::Callout(callout) => callout
                .title
                .as_ref()
                .is_some_and(|title| words.section(&plain_text(title)) == Some(SectionWord::Solution)),
            _ => false,
        })
    };
    let Some(at) = body.clone().find(starts) else { return (body, None) };
    let heading = blocks.get(at).is_some_and(|b| matches!(b.kind, BlockKind::Heading { .. }));
    let solution = if heading { at + 1..body.end } else { at..body.end };
    (without_rules(blocks, body.start..at), Some(without_rules(blocks, solution)))
}

/// The cards in some blocks of a note; both ways are two cards. What looks like a card but is none goes to `findings`.
pub(super) fn cards(
    note: &Note<'_>,
    blocks: Range<usize>,
    concept_of: impl Fn(&CardText) -> ConceptNo,
    findings: &mut Vec<Finding>,
) -> Vec<Card> {
    let extracted = extract(note.blocks().get(blocks.clone()).unwrap_or_default(), note.source);
    findings.extend(extracted.problems.into_iter().map(|problem| problem.in_file(note.file)));
    let mut cards = Vec::with_capacity(extracted.cards.len());
    for (index, card) in extracted.cards.iter().enumerate() {
        let side = |side: Side| {
            let plain = blocks_text(if side == Side::Front { &card.front } else { &card.back });
            note.text_as(Part::Card { blocks: blocks.clone(), index, side }, plain)
        };
        let concept = concept_of(card);
        let mut push = |kind, front, back| {
            cards.push(Card {
                code: String::new(),
                id: String::new(),
                concept,
                kind,
                front: Some(side(front)),
                back: side(back),
                range: card.range.clone(),
            });
        };
        let (forward, backward) = match card.kind {
            CardTextKind::Basic => (CardKind::Basic, None),
            CardTextKind::BasicBothWays => (CardKind::Forward, Some(CardKind::Backward)),
            CardTextKind::Multi => (CardKind::Multi, None),
            CardTextKind::MultiBothWays => (CardKind::MultiForward, Some(CardKind::MultiBackward)),
            CardTextKind::Cloze => (CardKind::Cloze, None),
        };
        push(forward, Side::Front, Side::Back);
        if let Some(backward) = backward {
            push(backward, Side::Back, Side::Front);
        }
    }
    cards
}
