//! What Anki must be told again in the same words, kept in the section `anki` of `recto.lock`.
//!
//! Anki knows a note by its GUID, and takes a changed text over only if the note's time is later than the one it has. A
//! GUID is made of the pack's seed and the card's id, which stays when text, chapter or code change. A note's time is the
//! midnight (UTC) of the day on which its text was first seen, or a second more than the last one, when it changed twice
//! on a day. Gaps of a paragraph keep their number, and numbers of gaps that are gone are not given again.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use jiff::civil::Date;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use super::model::NoteType;
use crate::emit::export::Source;

/// The section's name.
pub const SECTION: &str = "anki";

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// Of the pack's title when it was exported first: two packs have different notes even if they share a card.
    pub(super) seed: String,
    /// Note types by name; Anki knows a type by this number.
    pub models: BTreeMap<String, i64>,
    /// GUID → seconds of its time, and the hash of its text.
    notes: BTreeMap<String, String>,
    /// Id of a gap's card → GUID of its note, and the gap's number from 0.
    clozes: BTreeMap<String, String>,
    /// GUIDs of this export's cloze notes: a paragraph that was parted makes two notes.
    #[serde(skip)]
    used: FxHashSet<String>,
}

impl State {
    /// As it was left by the last export.
    ///
    /// # Errors
    /// What is wrong with the section.
    pub fn of(source: &Source<'_>) -> Result<Self, String> {
        let mut state: Self = source.lock.section(SECTION)?.unwrap_or_default();
        if state.seed.is_empty() {
            state.seed = format!("s{:016x}", hash(&[&source.pack.title]));
        }
        for kind in NoteType::ALL {
            state.models.entry(kind.name().to_owned()).or_insert_with(|| kind.id());
        }
        Ok(state)
    }

    /// A note's GUID.
    pub fn guid(&self, kind: NoteType, card: &str) -> String {
        format!("r{:016x}", hash(&[&self.seed, kind.name(), card]))
    }

    pub fn model(&self, kind: NoteType) -> i64 {
        self.models.get(kind.name()).copied().unwrap_or_else(|| kind.id())
    }

    /// The GUID of a paragraph's note, and the number of each of its gaps.
    pub fn cloze(&mut self, cards: &[&str]) -> (String, Vec<u32>) {
        let known: Vec<Option<(String, u32)>> = cards
            .iter()
            .map(|id| {
                let (guid, number) = self.clozes.get(*id)?.split_once(' ')?;
                Some((guid.to_owned(), number.parse().ok()?))
            })
            .collect();
        let own = known.iter().flatten().map(|(guid, _)| guid).find(|guid| !self.used.contains(*guid));
        let guid = own.cloned().unwrap_or_else(|| {
            let free = cards.iter().map(|id| self.guid(NoteType::Cloze, id));
            let mut free = free.filter(|g| !self.used.contains(g) && !self.notes.contains_key(g));
            free.next().unwrap_or_else(|| format!("r{:016x}", hash(cards)))
        });
        self.used.insert(guid.clone());
        // Every number that this note ever had is taken.
        let prefix = format!("{guid} ");
        let numbers = self.clozes.values().filter_map(|v| v.strip_prefix(&prefix)?.parse().ok());
        let mut taken: BTreeSet<u32> = numbers.collect();
        let mut given = Vec::with_capacity(cards.len());
        for (id, known) in cards.iter().zip(known) {
            let number = match known {
                Some((of, number)) if of == guid && !given.contains(&number) => number,
                _ => {
                    let number = (0..).find(|n| !taken.contains(n)).unwrap_or(0);
                    taken.insert(number);
                    number
                }
            };
            given.push(number);
            self.clozes.insert((*id).to_owned(), format!("{guid} {number}"));
        }
        (guid, given)
    }

    /// The time of a note with these fields; `day` is that of its last change.
    pub fn modified(&mut self, guid: &str, fields: &[String], tags: &[String], day: Date) -> i64 {
        let mut all: Vec<&str> = fields.iter().map(String::as_str).collect();
        all.extend(tags.iter().map(String::as_str));
        let now = format!("{:016x}", hash(&all));
        let midnight = jiff::tz::TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).map_or(0, |t| t.as_second());
        let old = self.notes.get(guid).and_then(|line| {
            let (seconds, hash) = line.split_once(' ')?;
            Some((seconds.parse::<i64>().ok()?, hash.to_owned()))
        });
        let seconds = match old {
            Some((seconds, hash)) if hash == now => seconds,
            Some((seconds, _)) => midnight.max(seconds.saturating_add(1)),
            None => midnight,
        };
        self.notes.insert(guid.to_owned(), format!("{seconds} {now}"));
        seconds
    }
}

/// SipHash-1-3 of texts, each with its length.
pub(super) fn hash<T: AsRef<str>>(texts: &[T]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0x7265_6374_6f20_616e, 0x6b69);
    for text in texts {
        hasher.write_usize(text.as_ref().len());
        hasher.write(text.as_ref().as_bytes());
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_text_has_a_later_time_on_the_same_day_too() {
        let mut state = State::default();
        let day = jiff::civil::date(2026, 11, 20);
        let text = |t: &str| vec![t.to_owned()];
        let first = state.modified("g", &text("a"), &[], day);
        assert_eq!(first, 1_795_132_800);
        assert_eq!(state.modified("g", &text("a"), &[], day), first);
        assert_eq!(state.modified("g", &text("b"), &[], day), first + 1);
        assert_eq!(state.modified("g", &text("b"), &text("tag"), day), first + 2, "tags are text");
        let next = state.modified("g", &text("a"), &[], jiff::civil::date(2026, 11, 21));
        assert_eq!(next, first + 86_400);
        assert_eq!(state.modified("g", &text("c"), &[], day), next + 1, "never back");
    }

    #[test]
    fn gaps_keep_their_numbers() {
        let mut state = State::default();
        let begin = |state: &mut State| state.used.clear();
        let (guid, numbers) = state.cloze(&["a", "b"]);
        assert_eq!(numbers, [0, 1]);
        begin(&mut state);
        assert_eq!(state.cloze(&["b", "c"]), (guid.clone(), vec![1, 2]), "0 is not given again");
        begin(&mut state);
        assert_eq!(state.cloze(&["c"]), (guid.clone(), vec![2]));
        let (other, numbers) = state.cloze(&["b"]);
        assert_ne!(other, guid, "a paragraph that was parted");
        assert_eq!(numbers, [0]);
        begin(&mut state);
        assert_eq!(state.cloze(&["c"]).0, guid);
        assert_eq!(state.cloze(&["b"]).0, other);
    }
}
