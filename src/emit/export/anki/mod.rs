//! Decks for Anki: `PACK.apkg`, a package that Anki imports again and again without duplicates, and `anki.txt`, text with
//! Anki's headers.
//!
//! A card of the pack becomes a note of one of three types: front and back, both ways (two cards), cloze deletions (a
//! paragraph is a note, each gap a card). What keeps them together with what was learnt is in `recto.lock`, see
//! [`state`].

pub mod model;
mod package;
pub mod state;
mod text;

use std::ops::Range;

use rustc_hash::FxHashMap;

use self::model::NoteType;
use super::html::{Media, escaped, html};
use super::{Export, Loss, Source};
use crate::pack::{Card, CardKind, CardNo, Concept};
use crate::vault::ast::{Block, BlockKind, Inline, InlineKind};
use crate::vault::{FileNo, Selection};

pub use state::State;

#[cfg(test)]
mod tests;

/// A note before it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Note {
    pub kind: NoteType,
    pub guid: String,
    /// Seconds; a later text has a later one.
    pub modified: i64,
    pub deck: String,
    /// HTML, one for each field of the note's type.
    pub fields: Vec<String>,
    pub tags: Vec<String>,
    /// Which of the type's cards there are: templates' numbers, deletions' numbers less one.
    pub cards: Vec<u32>,
}

/// All notes of a pack, its pictures, and what is to be remembered.
pub(crate) struct Deck {
    pub notes: Vec<Note>,
    pub media: Media,
    pub state: State,
}

/// # Errors
/// A damaged `anki` section of recto.lock, or an archive that cannot be made.
pub fn package(source: &Source<'_>) -> Result<Export, String> {
    let deck = deck(source)?;
    let bytes = package::package(source, &deck)?;
    let slug = crate::pack::latin::file_slug(&source.pack.title);
    let name = if slug.is_empty() { "pack" } else { &slug };
    Ok(finished(source, deck, vec![(format!("{name}.apkg"), bytes)]))
}

/// # Errors
/// A damaged `anki` section of recto.lock.
pub fn text(source: &Source<'_>) -> Result<Export, String> {
    let mut deck = deck(source)?;
    let mut files = vec![("anki.txt".to_owned(), text::text(&deck.notes).into_bytes())];
    let media = std::mem::take(&mut deck.media.files);
    files.extend(media.into_iter().map(|(name, bytes)| (format!("collection.media/{name}"), bytes)));
    let carries = files.len() > 1;
    let mut export = finished(source, deck, files);
    if carries {
        let what =
            "pictures are not in the text: copy collection.media/ into the profile's folder of that name";
        export.losses.push(Loss::new(what, None));
    }
    Ok(export)
}

fn finished(source: &Source<'_>, deck: Deck, files: Vec<(String, Vec<u8>)>) -> Export {
    Export {
        files,
        concepts: source.concepts().count(),
        cards: deck.notes.iter().map(|note| note.cards.len()).sum(),
        losses: deck.media.losses,
        anki: Some(deck.state),
    }
}

/// Makes the notes, in the order of the deck.
pub(crate) fn deck(source: &Source<'_>) -> Result<Deck, String> {
    let mut state = State::of(source)?;
    let mut media = Media::default();
    let mut notes = Vec::new();
    let changed: FxHashMap<String, jiff::civil::Date> =
        source.lock.cards.iter().map(|c| (c.code.to_string(), c.changed)).collect();
    for group in groups(source) {
        let Some(first) = group.first().and_then(|no| source.pack.cards.get(no.0)) else { continue };
        let Some(concept) = source.concept_of(first) else { continue };
        let cards: Vec<&Card> = group.iter().filter_map(|no| source.pack.cards.get(no.0)).collect();
        let kind = NoteType::of(first.kind);
        let (guid, numbers) = match kind {
            NoteType::Cloze => state.cloze(&cards.iter().map(|c| c.id.as_str()).collect::<Vec<_>>()),
            _ => (state.guid(kind, &first.id), (0..cards.len() as u32).collect()),
        };
        let fields = fields(source, concept, &cards, kind, &numbers, &mut media);
        let tags = tags(source, concept);
        let day = cards.iter().filter_map(|c| changed.get(&c.code)).max().copied();
        let modified = state.modified(&guid, &fields, &tags, day.unwrap_or(source.pack.date));
        let mut numbers = numbers;
        numbers.sort_unstable();
        notes.push(Note {
            kind,
            guid,
            modified,
            deck: deck_name(source, concept),
            fields,
            tags,
            cards: numbers,
        });
    }
    Ok(Deck { notes, media, state })
}

/// Cards that are one note: the two ways of a card, the gaps of a paragraph.
fn groups(source: &Source<'_>) -> Vec<Vec<CardNo>> {
    let mut groups: Vec<Vec<CardNo>> = Vec::new();
    let mut paragraphs: FxHashMap<(FileNo, usize, usize), usize> = FxHashMap::default();
    let mut before: Option<&Card> = None;
    for (no, card) in source.cards() {
        let same_place = |other: &Card| other.back.file == card.back.file && other.range == card.range;
        let backward = matches!(card.kind, CardKind::Backward | CardKind::MultiBackward);
        match card.kind {
            CardKind::Cloze => {
                let key = (card.back.file, card.range.start, card.range.end);
                let at = *paragraphs.entry(key).or_insert(groups.len());
                match groups.get_mut(at) {
                    Some(group) => group.push(no),
                    None => groups.push(vec![no]),
                }
            }
            _ if backward && before.is_some_and(same_place) => {
                if let Some(group) = groups.last_mut() {
                    group.push(no);
                }
            }
            _ => groups.push(vec![no]),
        }
        before = Some(card);
    }
    groups
}

fn fields(
    source: &Source<'_>,
    concept: &Concept,
    cards: &[&Card],
    kind: NoteType,
    numbers: &[u32],
    media: &mut Media,
) -> Vec<String> {
    let Some(first) = cards.first() else { return Vec::new() };
    let codes: Vec<&str> = cards.iter().map(|c| c.code.as_str()).collect();
    let chapter = source.chapter_of(concept).map_or("", |c| c.title.as_str());
    let mut fields = Vec::with_capacity(5);
    let back = source.select(&first.back);
    if kind == NoteType::Cloze {
        // The back shows the whole paragraph, with one gap's words marked as the answer.
        let mut clozes: Vec<(Range<usize>, u32)> = Vec::new();
        for (card, number) in cards.iter().zip(numbers) {
            if let Selection::Blocks(blocks) = source.select(&card.back)
                && let Some(range) = answer(&blocks)
            {
                clozes.push((range, number + 1));
            }
        }
        fields.push(html(source, first.back.file, &back, media, &clozes));
    } else {
        fields.push(match &first.front {
            Some(front) => html(source, front.file, &source.select(front), media, &[]),
            None => escaped(&concept.name),
        });
        fields.push(html(source, first.back.file, &back, media, &[]));
    }
    fields.push(escaped(&codes.join(" · ")));
    fields.push(escaped(&concept.name));
    fields.push(escaped(chapter));
    // Anki takes no card whose front is empty.
    for field in fields.iter_mut().take(1).filter(|f| f.trim().is_empty()) {
        field.push('…');
    }
    fields
}

/// Bytes of the words that a cloze card asks for.
fn answer(blocks: &[Block]) -> Option<Range<usize>> {
    fn of(inlines: &[Inline]) -> Option<Range<usize>> {
        inlines.iter().find_map(|inline| match &inline.kind {
            InlineKind::Answer(_) => Some(inline.range.clone()),
            InlineKind::Strong(body) | InlineKind::Emph(body) | InlineKind::Strike(body) => of(body),
            InlineKind::Link { content, .. } => of(content),
            InlineKind::WikiLink(link) => of(link.shown.as_deref()?),
            _ => None,
        })
    }
    blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Paragraph(inlines) => of(inlines),
        _ => None,
    })
}

/// `Title::01 Chapter`.
fn deck_name(source: &Source<'_>, concept: &Concept) -> String {
    let part = |text: &str| {
        let text: String = text.chars().map(|c| if c.is_control() || c == '"' { ' ' } else { c }).collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("::", ":");
        if text.is_empty() { "–".to_owned() } else { text }
    };
    match source.chapter_of(concept) {
        Some(chapter) => {
            format!("{}::{:02} {}", part(&source.pack.title), chapter.number, part(&chapter.title))
        }
        None => part(&source.pack.title),
    }
}

/// The concept's tags, and one for pack and chapter: cards stay in their decks when a chapter gives them away, tags follow.
fn tags(source: &Source<'_>, concept: &Concept) -> Vec<String> {
    let tag = |text: &str| {
        let clean = |c: char| if c.is_whitespace() || c.is_control() || c == '"' { '_' } else { c };
        text.split('/').map(|part| part.chars().map(clean).collect::<String>()).collect::<Vec<_>>().join("::")
    };
    let mut tags: Vec<String> = concept.tags.iter().map(|t| tag(t)).collect();
    if let Some(chapter) = source.chapter_of(concept) {
        let pack = crate::pack::latin::slug(&source.pack.title);
        let pack = if pack.is_empty() { "pack" } else { &pack };
        tags.push(format!("{pack}::{:02}-{}", chapter.number, chapter.slug));
    }
    tags.retain(|t| !t.is_empty());
    tags
}
