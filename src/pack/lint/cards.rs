//! Rules about cards.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Lint, count_words};
use crate::pack::assign::front_text;
use crate::pack::{Card, CardKind, Concept, fold};
use crate::vault::ast::{Block, BlockKind};
use crate::vault::{Finding, Part, Place};

/// Words of an answer, at most.
const LONG_BACK: usize = 40;
/// Items of a list, or pieces between commas, from which on an answer enumerates.
const ENUMERATION: usize = 4;
/// Share of words that two fronts have in common (Jaccard) from which on they ask alike.
const ALIKE_FRONTS: f64 = 0.8;
/// Fronts that share their rarest word with more others than this are compared for equality only.
const CROWD: usize = 200;

fn place(card: &Card) -> Option<Place> {
    Some(Place { file: card.back.file, range: card.range.clone() })
}

pub(super) fn enumeration_answer(lint: &Lint<'_, '_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for card in &lint.pack.cards {
        if matches!(card.kind, CardKind::Row | CardKind::Cloze) {
            continue;
        }
        let items = longest_list(&lint.view.blocks_of(&card.back)).max(pieces(&card.back.plain));
        if items >= ENUMERATION {
            let message = format!("this card asks for {items} things at once");
            let hint = "ask for one of them a card, or for what they have in common";
            found.push(Finding::warning("enumeration-answer", place(card), message).hint(hint));
        }
    }
    found
}

fn longest_list(blocks: &[Block]) -> usize {
    let of = |block: &Block| match &block.kind {
        BlockKind::List(list) => list.items.len(),
        BlockKind::Quote(body) => longest_list(body),
        BlockKind::Callout(callout) => longest_list(&callout.body),
        _ => 0,
    };
    blocks.iter().map(of).max().unwrap_or(0)
}

/// How many short pieces commas part, if that is all the text is: `red, green, blue and black` has four.
fn pieces(text: &str) -> usize {
    let text = text.trim().trim_end_matches(['.', '。']);
    if text.contains(['.', ':', '。']) {
        return 0;
    }
    // A semicolon beside commas parts sentences.
    let semicolons = text.contains([';', '；']);
    if semicolons && text.contains([',', '、', '，']) {
        return 0;
    }
    let commas: Vec<&str> = text.split([',', ';', '、', '，', '；']).map(str::trim).collect();
    let item = |piece: &str| !piece.is_empty() && count_words(piece) <= 5 && !opens_clause(piece);
    if commas.len() < 3 || !commas.iter().copied().all(item) {
        return 0;
    }
    const AND: [&str; 12] =
        [" and ", " or ", " und ", " oder ", " et ", " ou ", " y ", " e ", " en ", " i ", " и ", " или "];
    let last = commas.last().copied().unwrap_or_default();
    commas.len() + usize::from(AND.iter().any(|and| last.contains(and)))
}

/// Whether a piece between commas goes on with the sentence: `…, which is red`, `…, by cutting`.
fn opens_clause(piece: &str) -> bool {
    const OPENERS: [&str; 29] = [
        "which",
        "who",
        "whose",
        "where",
        "when",
        "while",
        "because",
        "if",
        "so",
        "as",
        "by",
        "since",
        "although",
        "though",
        "unless",
        "until",
        "weil",
        "wenn",
        "indem",
        "qui",
        "dont",
        "où",
        "quand",
        "cuando",
        "porque",
        "который",
        "которая",
        "которое",
        "которые",
    ];
    let first = piece.split_whitespace().next().unwrap_or_default();
    OPENERS.iter().any(|word| *word == first)
}

pub(super) fn term_leak(lint: &Lint<'_, '_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for card in &lint.pack.cards {
        let Some(concept) = lint.pack.concepts.get(card.concept.0) else { continue };
        let leaks = match (&card.front, card.kind) {
            (_, CardKind::Cloze) => continue,
            (None, _) => leaked(&terms(concept), &card.back.plain),
            // A question may use the words of its answer; a lone term may not.
            (Some(front), _) => {
                let term = front.plain.trim();
                let lone = !term.ends_with(['?', '？']) && count_words(term) <= 5;
                if lone { leaked(&[term], &card.back.plain) } else { None }
            }
        };
        if let Some(term) = leaks {
            let place = lint.place(&card.back).or_else(|| place(card));
            let message = format!("“{term}” stands in its own answer");
            let hint = "say it in other words, so that the answer cannot be read off";
            found.push(Finding::warning("term-leak", place, message).hint(hint));
        }
    }
    found
}

/// The concept's name without what is in brackets, and what is in brackets if it is an acronym.
fn terms(concept: &Concept) -> Vec<&str> {
    let name = concept.name.as_str();
    let (before, inner) = match name.split_once('(') {
        Some((before, rest)) => (before.trim(), rest.split(')').next().unwrap_or_default().trim()),
        None => (name, ""),
    };
    let acronym = inner.len() >= 2 && inner.chars().all(|c| c.is_uppercase() || c.is_ascii_digit());
    let mut terms = vec![before];
    if acronym {
        terms.push(inner);
    }
    terms.retain(|t| t.chars().filter(|c| c.is_alphanumeric()).count() >= 2);
    terms
}

/// The first of `terms` that stands in `text` as whole words.
fn leaked<'t>(terms: &[&'t str], text: &str) -> Option<&'t str> {
    let words = |text: &str| -> Vec<String> {
        fold(text)
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(ToOwned::to_owned)
            .collect()
    };
    let text = words(text);
    terms.iter().copied().find(|term| {
        let term = words(term);
        !term.is_empty() && text.windows(term.len()).any(|window| window == term)
    })
}

pub(super) fn long_back(lint: &Lint<'_, '_>) -> Vec<Finding> {
    let long = |card: &&Card| !matches!(card.kind, CardKind::Cloze | CardKind::Row);
    let mut found = Vec::new();
    for card in lint.pack.cards.iter().filter(long) {
        let words = count_words(&card.back.plain);
        if words > LONG_BACK {
            let message = format!("this answer has {words} words");
            let hint = format!("more than {LONG_BACK} cannot be checked at a glance: make two cards of it");
            found.push(Finding::warning("long-back", place(card), message).hint(hint));
        }
    }
    found
}

pub(super) fn near_duplicate_fronts(lint: &Lint<'_, '_>) -> Vec<Finding> {
    let pack = lint.pack;
    let bags: Vec<BTreeSet<String>> = pack.cards.iter().map(|card| bag(front_text(pack, card))).collect();
    let mut frequency: BTreeMap<&str, usize> = BTreeMap::new();
    for word in bags.iter().flatten() {
        *frequency.entry(word).or_default() += 1;
    }
    // Two sets that share 80 % share a word among the rarest fifth (and one) of either: compare only those that do.
    let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut found = Vec::new();
    for (i, words) in bags.iter().enumerate() {
        let mut rare: Vec<&str> = words.iter().map(String::as_str).collect();
        rare.sort_by_key(|word| (frequency.get(word).copied().unwrap_or(0), *word));
        rare.truncate(words.len() - (words.len() * 4).div_ceil(5).min(words.len()) + 1);
        let mut twin: Option<usize> = None;
        for word in rare {
            let others = by_word.entry(word).or_default();
            let crowded = others.len() > CROWD;
            let alike = |j: &&usize| {
                let (a, b) = (pack.cards.get(i), pack.cards.get(**j));
                let (Some(a), Some(b), Some(other)) = (a, b, bags.get(**j)) else { return false };
                let similar = if crowded { words == other } else { jaccard(words, other) >= ALIKE_FRONTS };
                similar && !siblings(a, b)
            };
            twin = match (twin, others.iter().find(alike).copied()) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            others.push(i);
        }
        let (Some(card), Some(other)) = (pack.cards.get(i), twin.and_then(|j| pack.cards.get(j))) else {
            continue;
        };
        let at = place(other).map(|p| lint.view.line(&p)).unwrap_or_default();
        let message = format!("this card asks as another does, in {at}");
        let hint = "a learner cannot know which answer is meant: name the concept in the question";
        found.push(Finding::warning("near-duplicate-fronts", place(card), message).hint(hint));
    }
    found
}

/// Cards of one text: gaps of one paragraph, the two ways of one card.
fn siblings(a: &Card, b: &Card) -> bool {
    let side = |card: &Card| match &card.back.part {
        Part::Card { blocks, index, .. } => Some((blocks.clone(), *index)),
        _ => None,
    };
    let same: Option<(Range<usize>, usize)> = side(a).filter(|s| side(b).as_ref() == Some(s));
    a.back.file == b.back.file && (a.range == b.range || same.is_some())
}

fn bag(text: &str) -> BTreeSet<String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

fn jaccard(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let shared = a.intersection(b).count();
    let all = a.len() + b.len() - shared;
    if all == 0 { 0.0 } else { shared as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_a_sentence() {
        assert_eq!(pieces("red, green, blue and black."), 4);
        assert_eq!(pieces("identity, type, value"), 3);
        assert_eq!(
            pieces("It runs, and when it is done, the frame is gone for good and nothing remains."),
            0
        );
        assert_eq!(pieces("One sentence. Another, with, commas, in it"), 0);
        assert_eq!(pieces("赤、緑、青、黒"), 4);
        assert_eq!(pieces("tea; coffee; water; milk"), 4);
        assert_eq!(pieces("`close`, which receives the name, the mode and the size."), 0);
        assert_eq!(pieces("Making it small, by cutting lines, names, or whole files."), 0);
        assert_eq!(pieces("Only the order; the sum, and so the mean, stays the same."), 0);
    }

    #[test]
    fn whole_words_leak() {
        assert_eq!(leaked(&["Hash"], "A hash that stays."), Some("Hash"));
        assert_eq!(leaked(&["Hash"], "Hashing must be stable."), None);
        assert_eq!(leaked(&["Duck Typing", "DT"], "As in duck typing: …"), Some("Duck Typing"));
    }
}
