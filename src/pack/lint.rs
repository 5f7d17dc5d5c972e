//! Rules of learning design that a program can check.

mod cards;
mod pages;
mod versions;

#[cfg(test)]
mod tests;

use jiff::civil::Date;

use super::Pack;
use super::build::view::View;
use crate::vault::suggest::nearest;
use crate::vault::{Finding, Place, Vault};

/// One rule.
#[derive(Debug, Copy, Clone)]
pub struct Rule {
    /// In kebab-case, as `lint: {allow: […]}` takes it.
    pub name: &'static str,
    /// What it asks for, in one line.
    pub doc: &'static str,
    /// `None` where the finding comes from reading the pack.
    check: Option<fn(&Lint<'_, '_>) -> Vec<Finding>>,
}

/// All rules that can be allowed to be broken, by `lint: {allow: […]}` in recto.yaml (for the pack) or in a note's front
/// matter (for that note).
pub const RULES: &[Rule] = &[
    rule(
        "brief-length",
        "A brief has as many words as `lint: {brief-words: 15..25}` says.",
        pages::brief_length,
    ),
    rule("enumeration-answer", "A card asks for one fact: its answer is no list.", cards::enumeration_answer),
    rule("term-leak", "A term does not stand in its own definition or answer.", cards::term_leak),
    rule(
        "near-duplicate-fronts",
        "No two cards ask in (nearly) the same words.",
        cards::near_duplicate_fronts,
    ),
    rule("long-back", "An answer has at most 40 words.", cards::long_back),
    rule(
        "orphan-concept",
        "A concept with a note links to another or is linked from one.",
        pages::orphan_concept,
    ),
    read("dead-link", "A link leads to a note, a heading or a block that is there."),
    rule(
        "missing-section",
        "A note has the sections that most notes of the pack have.",
        pages::missing_section,
    ),
    rule("review-length", "A chapter's review has 40 to 60 words.", pages::review_length),
    rule("stale", "`verified:` is not older than `freshness: {days: 365}`.", pages::stale),
    rule(
        "end-of-life",
        "No version past its end of life (`freshness: {end-of-life: …}`) passes for a supported one.",
        versions::end_of_life,
    ),
    rule("no-alt-text", "A picture or diagram says in words what it shows.", pages::no_alt_text),
    read("alias-link", "A link names a note's file, not an alias, so that Obsidian resolves it too."),
    read("ambiguous-link", "A link names one note only."),
    read("unprinted-link", "A link leads to something that is printed."),
    read("note-embed", "Only pictures are embedded."),
    read("remote-image", "Pictures lie in the vault."),
    read("several-chapters", "A note holds one chapter."),
    read("duplicate-concept", "A concept has one row."),
    read("row-without-name", "Each row of a concept table has a name."),
    read("card-without-concept", "A card in a chapter note links to its concept."),
    read("card-colons", "`front::back` without spaces is not taken for a card."),
    read("chapter-code", "No two chapters have one `code:`."),
    read(
        "ambiguous-card",
        "A card that was edited can be told from its neighbours, so that it keeps its code.",
    ),
    read("duplicate-code", "A code stands once in recto.lock."),
    read("footnote", "A footnote that is referred to has a text."),
    read("comment", "A comment is closed."),
    read("front-matter", "Front matter is closed."),
    read("file", "Files can be read and have names in UTF-8."),
    read("mermaid", "A diagram can be drawn."),
    read("math", "A formula can be typeset."),
    read("layout", "A layout asks for keys that are there."),
    read("sheet-full", "A cheatsheet has room for all its entries."),
];

const fn rule(name: &'static str, doc: &'static str, check: fn(&Lint<'_, '_>) -> Vec<Finding>) -> Rule {
    Rule { name, doc, check: Some(check) }
}

const fn read(name: &'static str, doc: &'static str) -> Rule {
    Rule { name, doc, check: None }
}

/// What the rules look at.
pub(crate) struct Lint<'p, 'v> {
    pub view: &'p View<'v>,
    pub pack: &'p Pack,
    pub today: Date,
}

/// Checks a pack; all findings are warnings, in the order of [`RULES`] and of the book, those that are allowed left
/// out. `today` is the day against which `verified:` counts.
pub fn lint(vault: &Vault, pack: &Pack, today: Date) -> Vec<Finding> {
    let lint = Lint { view: &View::of(vault), pack, today };
    let checks = RULES.iter().filter_map(|rule| rule.check);
    checks.flat_map(|check| check(&lint)).filter(|finding| !vault.allows(finding)).collect()
}

/// Names in `lint: {allow: […]}`, of recto.yaml and of all notes, that are no rules: errors.
pub fn unknown_rules(vault: &Vault) -> Vec<Finding> {
    let allow = &vault.config.lint.allow;
    let mut named: Vec<(&str, Option<Place>)> = Vec::new();
    for (i, name) in allow.iter().enumerate() {
        let item = vault.config_place(&["lint", "allow", &i.to_string()]);
        named.push((name, item.or_else(|| vault.config_place(&["lint", "allow"]))));
    }
    for (file, _, note) in vault.notes() {
        let own = note.front.allow.iter();
        named.extend(own.map(|(name, range)| (name.as_str(), Some(Place { file, range: range.clone() }))));
    }
    let unknown = named.into_iter().filter(|(name, _)| rule_named(name).is_none());
    unknown
        .map(|(name, place)| {
            let hint = match nearest(name, RULES.iter().map(|rule| rule.name)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`recto check --rules` lists what can be allowed; errors cannot".to_owned(),
            };
            Finding::error("unknown-rule", place, format!("`{name}` is no rule")).hint(hint)
        })
        .collect()
}

/// The rule of this name.
pub fn rule_named(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// Words of a text: runs between white space. Chinese and Japanese do without spaces; there two characters count as
/// one word, which is near their average.
pub(crate) fn count_words(text: &str) -> usize {
    let ideographic = |c: &char| matches!(u32::from(*c), 0x3040..=0x30ff | 0x3400..=0x9fff | 0xf900..=0xfaff);
    text.split_whitespace()
        .map(|run| {
            let dense = run.chars().filter(ideographic).count();
            let rest = run.chars().any(|c| c.is_alphanumeric() && !ideographic(&c));
            // A dash between spaces is no word.
            dense.div_ceil(2) + usize::from(rest)
        })
        .sum()
}

impl Lint<'_, '_> {
    /// The place of a part of a note.
    pub fn place(&self, text: &super::Text) -> Option<Place> {
        Some(Place { file: text.file, range: self.view.range_of(text)? })
    }
}
