//! Packs made by hand, for tests of what comes after reading.

use jiff::civil::Date;

use super::*;
use crate::vault::{FileNo, Part, Side};

pub fn text(plain: &str) -> Text {
    Text { file: FileNo(0), part: Part::Blocks(0..1), plain: plain.to_owned() }
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A pack without chapters.
pub fn pack() -> Pack {
    Pack {
        title: "Test".into(),
        subtitle: None,
        authors: Vec::new(),
        language: "en".into(),
        edition: None,
        licence: None,
        date: date("2026-11-20"),
        chapters: Vec::new(),
        concepts: Vec::new(),
        cards: Vec::new(),
        links: Vec::new(),
        index: Vec::new(),
    }
}

/// Adds a chapter with one nameless section; returns its index.
pub fn chapter(pack: &mut Pack, title: &str) -> usize {
    let number = pack.chapters.len() + 1;
    pack.chapters.push(Chapter {
        number,
        file: FileNo(0),
        prefix: String::new(),
        prefix_given: false,
        title: title.to_owned(),
        slug: latin::slug(title),
        intro: None,
        sections: vec![Section { number: String::new(), title: None, items: Vec::new() }],
        objectives: None,
        review: None,
    });
    number - 1
}

/// Adds a concept with its row card, where `brief` is not empty.
pub fn concept(pack: &mut Pack, chapter: usize, id: &str, name: &str, brief: &str) -> ConceptNo {
    let no = ConceptNo(pack.concepts.len());
    let number = pack.concepts.iter().filter(|c| c.chapter == chapter).count() + 1;
    pack.concepts.push(Concept {
        id: id.to_owned(),
        name: name.to_owned(),
        badge: None,
        aliases: Vec::new(),
        tags: Vec::new(),
        priority: 2,
        cheat: Cheat::Auto,
        since: None,
        verified: None,
        number: format!("{}.{number}", chapter + 1),
        chapter,
        section: 0,
        brief: text(brief),
        extra: Vec::new(),
        note: None,
        sources: Vec::new(),
        parts: Vec::new(),
        see_also: Vec::new(),
        mentioned_by: Vec::new(),
        cards: Vec::new(),
    });
    if !brief.is_empty() {
        card(pack, no, CardKind::Row, "", brief);
    }
    no
}

/// Adds a card; the front of a row card is its concept's name.
pub fn card(pack: &mut Pack, concept: ConceptNo, kind: CardKind, front: &str, back: &str) -> CardNo {
    let no = CardNo(pack.cards.len());
    let side = |side, plain: &str| Text {
        file: FileNo(0),
        part: Part::Card { blocks: 0..1, index: no.0, side },
        plain: plain.to_owned(),
    };
    pack.cards.push(Card {
        code: String::new(),
        id: String::new(),
        concept,
        kind,
        front: (kind != CardKind::Row).then(|| side(Side::Front, front)),
        back: side(Side::Back, back),
        range: 0..0,
    });
    pack.concepts[concept.0].cards.push(no);
    no
}

/// A vault of paths and texts, in which nothing is wrong with a file by itself.
pub struct Fixture {
    pub vault: crate::vault::Vault,
}

pub fn fixture(files: &[(&str, &str)]) -> Fixture {
    let (vault, findings) = crate::vault::Vault::from_texts(files.iter().copied());
    assert_eq!(said(&findings), [""; 0]);
    Fixture { vault }
}

/// `rule: message` of each finding.
pub fn said(findings: &[crate::vault::Finding]) -> Vec<String> {
    findings.iter().map(|f| format!("{}: {}", f.rule, f.message)).collect()
}
