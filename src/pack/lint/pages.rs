//! Rules about concepts and chapters.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::{Lint, count_words};
use crate::pack::build::refs::{RefKind, is_image, refs_in_blocks};
use crate::pack::{Concept, PartKind};
use crate::vault::ast::{Block, BlockKind, Code};
use crate::vault::{FileNo, Finding, Place};

/// Words of a chapter's review: about fifty.
const REVIEW_WORDS: RangeInclusive<usize> = 40..=60;
/// A section is the pack's habit if more than this share of its notes have it (in percent).
const HABIT: usize = 66;

pub(super) fn brief_length(lint: &Lint<'_, '_>) -> Vec<Finding> {
    let wanted = &lint.view.settings().brief_words;
    let (least, most) = (wanted.start(), wanted.end());
    let mut found = Vec::new();
    for concept in &lint.pack.concepts {
        let words = count_words(&concept.brief.plain);
        if wanted.contains(&words) {
            continue;
        }
        let message = match words {
            0 => format!("“{}” has no brief, so it has no card from its row", concept.name),
            _ => format!("this brief has {words} words, not {least} to {most}"),
        };
        let hint = "say in one sentence what it is and why it matters";
        let place = lint.place(&concept.brief).or_else(|| row_place(lint, concept));
        found.push(Finding::warning("brief-length", place, message).hint(hint));
    }
    found
}

/// The chapter note, where a cell is missing.
fn row_place(lint: &Lint<'_, '_>, concept: &Concept) -> Option<Place> {
    let file = lint.pack.chapters.get(concept.chapter)?.file;
    Some(lint.view.range_of(&concept.brief).map_or_else(|| start(file), |range| Place { file, range }))
}

fn start(file: FileNo) -> Place {
    Place { file, range: 0..0 }
}

pub(super) fn orphan_concept(lint: &Lint<'_, '_>) -> Vec<Finding> {
    let alone = |c: &&Concept| c.see_also.is_empty() && c.mentioned_by.is_empty();
    lint.pack
        .concepts
        .iter()
        .filter(alone)
        .filter_map(|c| {
            let file = c.note?;
            let message = format!("“{}” links to no concept and none links to it", c.name);
            let hint = "name its neighbours under `## See also`";
            Some(Finding::warning("orphan-concept", Some(start(file)), message).hint(hint))
        })
        .collect()
}

pub(super) fn missing_section(lint: &Lint<'_, '_>) -> Vec<Finding> {
    const KINDS: [(PartKind, &str); 6] = [
        (PartKind::Explanation, "Explanation"),
        (PartKind::Example, "Example"),
        (PartKind::Exercise, "Exercise"),
        (PartKind::Interview, "Interview"),
        (PartKind::MemoryAnchor, "Memory anchor"),
        (PartKind::SeeAlso, "See also"),
    ];
    let noted: Vec<(&Concept, FileNo)> =
        lint.pack.concepts.iter().filter_map(|c| Some((c, c.note?))).collect();
    let has = |c: &Concept, kind: PartKind| {
        c.parts.iter().any(|part| part.kind == kind && !part.body.plain.is_empty())
    };
    let mut habits: BTreeMap<PartKind, usize> = BTreeMap::new();
    for (kind, _) in KINDS {
        habits.insert(kind, noted.iter().filter(|(c, _)| has(c, kind)).count());
    }
    let mut found = Vec::new();
    for (concept, file) in &noted {
        let missing: Vec<&str> = KINDS
            .iter()
            .filter(|(kind, _)| habits.get(kind).is_some_and(|n| n * 100 > noted.len() * HABIT))
            .filter(|(kind, _)| !has(concept, *kind))
            .map(|(_, name)| *name)
            .collect();
        if !missing.is_empty() {
            let message = format!("“{}” has no {}, as most notes have", concept.name, missing.join(", no "));
            let hint = format!("write `## {}`", missing.join("`, `## "));
            found.push(Finding::warning("missing-section", Some(start(*file)), message).hint(hint));
        }
    }
    let reviewed = lint.pack.chapters.iter().filter(|c| c.review.is_some()).count();
    for chapter in &lint.pack.chapters {
        if chapter.review.is_none() && reviewed * 100 > lint.pack.chapters.len() * HABIT {
            let message = format!("the chapter “{}” has no review, as most have", chapter.title);
            let hint = "write `## Review`, about fifty words";
            found.push(Finding::warning("missing-section", Some(start(chapter.file)), message).hint(hint));
        }
    }
    found
}

pub(super) fn review_length(lint: &Lint<'_, '_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for review in lint.pack.chapters.iter().filter_map(|c| c.review.as_ref()) {
        let words = count_words(&review.plain);
        if !REVIEW_WORDS.contains(&words) {
            let message = format!("this review has {words} words, not about fifty");
            found.push(Finding::warning("review-length", lint.place(review), message));
        }
    }
    found
}

pub(super) fn stale(lint: &Lint<'_, '_>) -> Vec<Finding> {
    let days = lint.view.settings().freshness_days;
    let mut found = Vec::new();
    let chapters = lint.pack.chapters.iter().map(|c| (c.file, c.title.as_str()));
    let concepts = lint.pack.concepts.iter().filter_map(|c| Some((c.note?, c.name.as_str())));
    for (file, name) in chapters.chain(concepts) {
        let Some(verified) = lint.view.meta(file).verified else { continue };
        let age = (lint.today - verified).get_days();
        if i64::from(age) > i64::from(days) {
            let message = format!("“{name}” was verified {age} days ago, on {verified}");
            let hint = "check its facts and write today's date to `verified:`";
            let range = lint.view.meta(file).verified_range.clone().unwrap_or(0..0);
            found.push(Finding::warning("stale", Some(Place { file, range }), message).hint(hint));
        }
    }
    found
}

pub(super) fn no_alt_text(lint: &Lint<'_, '_>) -> Vec<Finding> {
    let printed =
        lint.pack.chapters.iter().map(|c| c.file).chain(lint.pack.concepts.iter().filter_map(|c| c.note));
    let mut found = Vec::new();
    for note in printed.filter_map(|file| lint.view.note(file)) {
        for reference in refs_in_blocks(note.blocks()) {
            let (alt, hint) = match &reference.kind {
                RefKind::Embed(embed) if is_image(&embed.target.note) => (
                    embed.alt.as_deref().unwrap_or_default(),
                    format!("write `![[{}|what it shows]]`", embed.target.note),
                ),
                RefKind::Image { dest, alt } => (*alt, format!("write `![what it shows]({dest})`")),
                _ => continue,
            };
            if alt.trim().is_empty() {
                let message = "this picture says nothing to those who cannot see it";
                found.push(
                    Finding::warning("no-alt-text", note.place(reference.range.clone()), message).hint(hint),
                );
            }
        }
        let mut diagrams = Vec::new();
        collect_diagrams(note.blocks(), &mut diagrams);
        for code in diagrams {
            let says = |word: &str| code.text.lines().any(|line| line.trim_start().starts_with(word));
            if !says("accDescr") && !says("accTitle") {
                let message = "this diagram says nothing to those who cannot see it";
                let hint = "add the lines `accTitle: …` and `accDescr: …` after its first line";
                let place = note.place(code.text_range.clone());
                found.push(Finding::warning("no-alt-text", place, message).hint(hint));
            }
        }
    }
    found
}

fn collect_diagrams<'a>(blocks: &'a [Block], out: &mut Vec<&'a Code>) {
    for block in blocks {
        match &block.kind {
            BlockKind::Code(code) if code.lang == "mermaid" => out.push(code),
            BlockKind::Quote(body) => collect_diagrams(body, out),
            BlockKind::Callout(callout) => collect_diagrams(&callout.body, out),
            BlockKind::List(list) => list.items.iter().for_each(|item| collect_diagrams(&item.body, out)),
            _ => {}
        }
    }
}
