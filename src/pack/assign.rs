//! Codes and identities for a pack's cards, carried over from recto.lock.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use jiff::civil::Date;
use rustc_hash::FxHashMap;
use siphasher::sip::SipHasher13;

use super::code::{Code, PrefixWish, prefixes};
use super::doubt::{Answer, Ask, Choice, Doubt};
use super::fingerprint::Fingerprint;
use super::identity::{Ambiguity, Matching, Traits, matching};
use super::lock::{LOCK_FILE, Lock, LockedCard, kind_name};
use super::{Card, CardKind, Pack};
use crate::vault::{Finding, Place};

/// Gives every card of `pack` its code and its id: those of `lock` where it is known, new ones where it is not. Chapters
/// without `code:` take the prefix that most of their cards carry. Returns the lock's next state and what somebody
/// should look at: cards that could not be told apart (`ambiguous-card`) and codes that stood twice after a merge
/// (`duplicate-code`).
///
/// `today` is the day to be noted for cards that changed; nothing else depends on it.
pub fn assign(pack: &mut Pack, lock: Option<&Lock>, today: Date) -> (Lock, Vec<Finding>) {
    assign_asking(pack, lock, today, None)
}

/// As [`assign`], but cards that cannot be told apart are asked about.
pub fn assign_asking(
    pack: &mut Pack,
    lock: Option<&Lock>,
    today: Date,
    ask: Option<Ask>,
) -> (Lock, Vec<Finding>) {
    let empty = Lock::default();
    let lock = lock.unwrap_or(&empty);
    let mut findings = Vec::new();

    let old = Old::of(lock);
    let prints = fingerprints(pack, lock);
    let new_traits: Vec<Traits<'_>> = pack
        .cards
        .iter()
        .zip(&prints)
        .map(|(card, (front, back))| Traits {
            concept: concept_id(pack, card),
            kind: card.kind,
            front: *front,
            back: *back,
            length: (front_text(pack, card).chars().count(), card.back.plain.chars().count()),
            retired: false,
        })
        .collect();
    let old_traits: Vec<Traits<'_>> = old
        .cards
        .iter()
        .map(|o| Traits {
            concept: &o.card.concept,
            kind: o.card.kind,
            front: o.card.front,
            back: o.card.back,
            length: (0, 0),
            retired: o.retired,
        })
        .collect();
    let mut matching = matching(&old_traits, &new_traits);
    if let Some(ask) = ask {
        settle(pack, &old, &mut matching, ask);
    }
    let found: Vec<Option<&OldCard<'_>>> =
        matching.old_of.iter().map(|i| i.and_then(|i| old.cards.get(i))).collect();

    let prefixes = settle_prefixes(pack, &found, lock);
    for (chapter, prefix) in pack.chapters.iter_mut().zip(prefixes) {
        chapter.prefix = prefix;
    }

    // Codes: the old ones first, then new ones in the order of the book.
    let mut highest = old.highest.clone();
    let mut ids: BTreeSet<String> = old.cards.iter().map(|o| o.card.id.clone()).collect();
    let mut next = lock.sections_only();
    let mut codes = Vec::with_capacity(pack.cards.len());
    for ((card, found), (front, back)) in pack.cards.iter().zip(&found).zip(&prints) {
        let concept = concept_id(pack, card);
        let code = found.filter(|o| o.keeps_code).map(|o| o.card.code.clone()).unwrap_or_else(|| {
            let prefix = match found {
                Some(o) => o.card.code.prefix.clone(),
                None => {
                    let chapter = pack.concepts.get(card.concept.0).map_or(0, |c| c.chapter);
                    pack.chapters.get(chapter).map_or_else(|| "X".to_owned(), |c| c.prefix.clone())
                }
            };
            let number = highest.entry(prefix.clone()).or_default();
            *number += 1;
            Code { prefix, number: *number }
        });
        let (id, changed) = match found {
            Some(o) => {
                let same = o.card.front.exact() == front.exact()
                    && o.card.back.exact() == back.exact()
                    && !o.retired;
                (o.card.id.clone(), if same && o.keeps_code { o.card.changed } else { today })
            }
            None => (new_id(concept, card.kind, front, back, &mut ids), today),
        };
        next.cards.push(LockedCard {
            code: code.clone(),
            id: id.clone(),
            concept: concept.to_owned(),
            kind: card.kind,
            front: *front,
            back: *back,
            changed,
        });
        codes.push((code.to_string(), id));
    }

    let stays: BTreeSet<usize> = matching.old_of.iter().flatten().copied().collect();
    for (i, o) in old.cards.iter().enumerate() {
        if !stays.contains(&i) && o.keeps_code {
            let changed = if o.retired { o.card.changed } else { today };
            next.retired.push(LockedCard { changed, ..o.card.clone() });
        }
    }
    next.cards.sort();
    next.retired.sort();

    for (card, (code, id)) in pack.cards.iter_mut().zip(codes) {
        card.code = code;
        card.id = id;
    }
    report_duplicates(pack, &old, &matching.old_of, &mut findings);
    for doubt in &matching.ambiguous {
        report_doubt(pack, &old, doubt, &mut findings);
    }
    (next, findings)
}

/// Has doubts answered, in the order of the book. What is answered is none any more.
fn settle(pack: &Pack, old: &Old<'_>, matching: &mut Matching, ask: Ask) {
    for doubt in &mut matching.ambiguous {
        let mut open = Vec::new();
        for j in std::mem::take(&mut doubt.new) {
            let Some(card) = pack.cards.get(j) else { continue };
            let choices: Vec<Choice> = doubt
                .old
                .iter()
                .filter_map(|i| old.cards.get(*i))
                .map(|o| Choice {
                    code: o.card.code.to_string(),
                    concept: &o.card.concept,
                    changed: o.card.changed,
                    retired: o.retired,
                })
                .collect();
            if choices.is_empty() {
                // All that it could be is known to be another card.
                continue;
            }
            let asked =
                Doubt { place: place(card), front: front_text(pack, card), back: &card.back.plain, choices };
            match ask(&asked) {
                Answer::Is(choice) if choice < doubt.old.len() => {
                    let is = doubt.old.remove(choice);
                    if let Some(slot) = matching.old_of.get_mut(j) {
                        *slot = Some(is);
                    }
                }
                Answer::New => {}
                Answer::Is(_) | Answer::Unknown => open.push(j),
            }
        }
        doubt.new = open;
    }
}

/// The lock's cards, with what a merge did to them sorted out.
struct Old<'a> {
    /// Living ones first, each part sorted by code, then id.
    cards: Vec<OldCard<'a>>,
    /// The highest number that any card, living or retired, ever had; by prefix.
    highest: BTreeMap<String, u32>,
}

struct OldCard<'a> {
    card: &'a LockedCard,
    retired: bool,
    /// `false` for all but the first (by id) of several cards that a merge left with one code.
    keeps_code: bool,
}

impl<'a> Old<'a> {
    fn of(lock: &'a Lock) -> Self {
        let mut highest: BTreeMap<String, u32> = BTreeMap::new();
        let living = lock.cards.iter().map(|c| (c, false));
        let mut all: Vec<(&LockedCard, bool)> =
            living.chain(lock.retired.iter().map(|c| (c, true))).collect();
        for (card, _) in &all {
            let number = highest.entry(card.code.prefix.clone()).or_default();
            *number = (*number).max(card.code.number);
        }
        // A damaged section is told where blank cards are printed.
        for (prefix, count) in super::blanks::reserved(lock).unwrap_or_default() {
            let number = highest.entry(prefix).or_default();
            *number = (*number).max(count);
        }
        // One card changed on both branches: its later state counts, living before retired.
        all.sort_by_key(|(card, retired)| {
            (&card.code, &card.id, *retired, std::cmp::Reverse(card.changed), *card)
        });
        all.dedup_by_key(|(card, _)| (&card.code, &card.id));
        let mut cards: Vec<OldCard<'_>> = Vec::with_capacity(all.len());
        for (card, retired) in all {
            let keeps_code = cards.last().is_none_or(|before| before.card.code != card.code);
            cards.push(OldCard { card, retired, keeps_code });
        }
        cards.sort_by_key(|o| o.retired);
        Self { cards, highest }
    }
}

fn concept_id<'a>(pack: &'a Pack, card: &Card) -> &'a str {
    pack.concepts.get(card.concept.0).map_or("", |c| c.id.as_str())
}

/// What stands on the front: a row card's is its concept's name.
pub fn front_text<'a>(pack: &'a Pack, card: &'a Card) -> &'a str {
    match &card.front {
        Some(front) => &front.plain,
        None => pack.concepts.get(card.concept.0).map_or("", |c| c.name.as_str()),
    }
}

/// Front and back of each card; sketches are taken from the lock where the text stands.
fn fingerprints(pack: &Pack, lock: &Lock) -> Vec<(Fingerprint, Fingerprint)> {
    let mut known: FxHashMap<u64, Fingerprint> = FxHashMap::default();
    for card in lock.cards.iter().chain(&lock.retired) {
        for print in [card.front, card.back] {
            known.insert(print.exact(), print);
        }
    }
    let print = |text: &str| Fingerprint::of_with(text, |exact| known.get(&exact).copied());
    pack.cards.iter().map(|card| (print(front_text(pack, card)), print(&card.back.plain))).collect()
}

/// Each chapter's prefix: as given, else as most of its known cards carry it, else from its title.
fn settle_prefixes(pack: &Pack, found: &[Option<&OldCard<'_>>], lock: &Lock) -> Vec<String> {
    let mut votes: Vec<BTreeMap<&str, usize>> = vec![BTreeMap::new(); pack.chapters.len()];
    for (card, found) in pack.cards.iter().zip(found) {
        let chapter = pack.concepts.get(card.concept.0).map(|c| c.chapter);
        if let (Some(votes), Some(found)) = (chapter.and_then(|c| votes.get_mut(c)), found) {
            *votes.entry(&found.card.code.prefix).or_default() += 1;
        }
    }
    let mut claims: Vec<(usize, usize, &str)> = Vec::new();
    for (i, votes) in votes.iter().enumerate() {
        claims.extend(votes.iter().map(|(prefix, n)| (*n, i, *prefix)));
    }
    claims.sort_by_key(|(n, chapter, prefix)| (std::cmp::Reverse(*n), *chapter, *prefix));
    let mut settled: Vec<Option<&str>> =
        pack.chapters.iter().map(|c| c.prefix_given.then_some(c.prefix.as_str())).collect();
    for (_, chapter, prefix) in claims {
        if settled[chapter].is_none() && !settled.contains(&Some(prefix)) {
            settled[chapter] = Some(prefix);
        }
    }
    let wishes: Vec<PrefixWish<'_>> = pack
        .chapters
        .iter()
        .zip(settled)
        .map(|(chapter, given)| PrefixWish { given, title: &chapter.title })
        .collect();
    let blanks = super::blanks::reserved(lock).unwrap_or_default();
    let mut carried: BTreeSet<&str> = votes.iter().flat_map(|votes| votes.keys().copied()).collect();
    carried.extend(blanks.keys().map(String::as_str));
    prefixes(&wishes, &carried)
}

/// A new card's id: 13 letters and digits, from what it is at birth, so that two branches that add the same card agree.
fn new_id(
    concept: &str,
    kind: CardKind,
    front: &Fingerprint,
    back: &Fingerprint,
    used: &mut BTreeSet<String>,
) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut salt: u64 = 0;
    loop {
        let mut hasher = SipHasher13::new_with_keys(0, 0);
        hasher.write(concept.as_bytes());
        hasher.write(&[0]);
        hasher.write(kind_name(kind).as_bytes());
        for number in [front.exact(), back.exact(), salt] {
            hasher.write(&number.to_be_bytes());
        }
        let mut bits = hasher.finish();
        // A letter first, so that no reader of YAML takes it for a number.
        let mut id = String::from("k");
        for _ in 0..12 {
            id.push(char::from(DIGITS[(bits & 31) as usize]));
            bits >>= 5;
        }
        if used.insert(id.clone()) {
            return id;
        }
        salt += 1;
    }
}

fn place(card: &Card) -> Place {
    Place { file: card.back.file, range: card.range.clone() }
}

fn report_duplicates(pack: &Pack, old: &Old<'_>, old_of: &[Option<usize>], findings: &mut Vec<Finding>) {
    for (card, i) in pack.cards.iter().zip(old_of) {
        let Some(loser) = i.and_then(|i| old.cards.get(i)).filter(|o| !o.keeps_code) else { continue };
        let code = &loser.card.code;
        let keeper = old.cards.iter().position(|o| o.keeps_code && o.card.code == *code);
        let now =
            keeper.and_then(|k| old_of.iter().position(|i| *i == Some(k))).and_then(|j| pack.cards.get(j));
        let keeper = match now {
            Some(now) => format!("“{}”", short(front_text(pack, now))),
            None => "a card that is gone".to_owned(),
        };
        findings.push(
            Finding::warning(
                "duplicate-code",
                Some(place(card)),
                format!(
                    "{code} stood twice in {LOCK_FILE}: {keeper} keeps it, “{}” is now {}",
                    short(front_text(pack, card)),
                    card.code
                ),
            )
            .hint("this happens once after two branches are merged; print the renamed card again"),
        );
    }
}

fn report_doubt(pack: &Pack, old: &Old<'_>, doubt: &Ambiguity, findings: &mut Vec<Finding>) {
    let codes: Vec<String> =
        doubt.old.iter().filter_map(|i| old.cards.get(*i)).map(|o| o.card.code.to_string()).collect();
    for card in doubt.new.iter().filter_map(|j| pack.cards.get(*j)) {
        findings.push(
            Finding::warning(
                "ambiguous-card",
                Some(place(card)),
                format!(
                    "“{}” could be {} with another text, so it got a new code, {}",
                    short(front_text(pack, card)),
                    codes.join(" or "),
                    card.code
                ),
            )
            .hint("to keep a code through a large edit, build once between two small ones"),
        );
    }
}

/// At most 40 characters of a text.
fn short(text: &str) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(40).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::super::testing::{card, chapter, concept, date, pack};
    use super::*;
    use crate::pack::ConceptNo;

    const MONDAY: &str = "2026-11-16";
    const TUESDAY: &str = "2026-11-17";

    /// A concept with a card for each of the answers, all to one question.
    fn asking(backs: &[&str]) -> Pack {
        let mut p = pack();
        chapter(&mut p, "Foundations");
        let no: ConceptNo = concept(&mut p, 0, "open", "open()", "");
        for back in backs {
            card(&mut p, no, CardKind::Basic, "What does it print?", back);
        }
        p
    }

    fn codes(pack: &Pack) -> Vec<&str> {
        pack.cards.iter().map(|c| c.code.as_str()).collect()
    }

    fn small() -> Pack {
        let mut p = pack();
        chapter(&mut p, "Foundations");
        let duck = concept(
            &mut p,
            0,
            "duck",
            "Duck Typing",
            "An object fits wherever its methods fit, whatever its class.",
        );
        card(&mut p, duck, CardKind::Basic, "What does it ask for?", "The method, when it is called.");
        p
    }

    #[test]
    fn first_build() {
        let mut p = small();
        let (lock, findings) = assign(&mut p, None, date(MONDAY));
        assert!(findings.is_empty());
        assert_eq!(codes(&p), ["F-001", "F-002"]);
        assert_eq!(lock.cards.len(), 2);
        assert_eq!(lock.cards[0].concept, "duck");
        assert_eq!(lock.cards[1].id, p.cards[1].id);
        // Again, from its own lock: nothing changes, not even on another day.
        let mut again = small();
        let (same, findings) = assign(&mut again, Some(&lock), date(TUESDAY));
        assert!(findings.is_empty());
        assert_eq!(same.to_text(), lock.to_text());
        assert_eq!(again.cards[0].id, p.cards[0].id);
    }

    #[test]
    fn an_edit_is_dated_and_the_gone_are_remembered() {
        let mut p = small();
        let (lock, _) = assign(&mut p, None, date(MONDAY));
        let mut edited = small();
        edited.cards[0].back.plain.push_str(" It pays.");
        edited.cards.truncate(1);
        let (edited_lock, _) = assign(&mut edited, Some(&lock), date(TUESDAY));
        assert_eq!(codes(&edited), ["F-001"]);
        assert_eq!(edited_lock.cards[0].changed, date(TUESDAY));
        assert_eq!(edited_lock.cards[0].id, lock.cards[0].id);
        assert_eq!(edited_lock.retired.len(), 1);
        // Its number is not given to another …
        let mut other = small();
        other.cards[1].front.as_mut().unwrap().plain = "Who coined the word?".into();
        other.cards[1].back.plain = "Alex Martelli, on a mailing list.".into();
        let (other_lock, _) = assign(&mut other, Some(&edited_lock), date(TUESDAY));
        assert_eq!(codes(&other), ["F-001", "F-003"]);
        // … and is there again when it comes back.
        let mut back = small();
        let (back_lock, _) = assign(&mut back, Some(&other_lock), date("2026-11-18"));
        assert_eq!(codes(&back), ["F-001", "F-002"]);
        assert_eq!(back_lock.retired.iter().map(|c| c.code.to_string()).collect::<Vec<_>>(), ["F-003"]);
        assert_eq!(back_lock.cards[1].id, lock.cards[1].id);
    }

    #[test]
    fn a_chapter_keeps_the_prefix_of_its_cards() {
        let mut p = small();
        let (lock, _) = assign(&mut p, None, date(MONDAY));
        // A rival comes before it, and the chapter gets another title.
        let mut p = pack();
        chapter(&mut p, "Files");
        chapter(&mut p, "First Steps");
        concept(
            &mut p,
            0,
            "open",
            "Opening a file",
            "How a name on disk becomes a stream of bytes in the program.",
        );
        let duck = concept(
            &mut p,
            1,
            "duck",
            "Duck Typing",
            "An object fits wherever its methods fit, whatever its class.",
        );
        card(&mut p, duck, CardKind::Basic, "Who coined the word?", "Alex Martelli, on a mailing list.");
        let (_, findings) = assign(&mut p, Some(&lock), date(TUESDAY));
        assert!(findings.is_empty());
        assert_eq!(codes(&p), ["FL-001", "F-001", "F-003"]);
        assert_eq!((p.chapters[0].prefix.as_str(), p.chapters[1].prefix.as_str()), ("FL", "F"));
        // What the author wrote goes before what was.
        p.chapters[1].prefix = "FS".into();
        p.chapters[1].prefix_given = true;
        assign(&mut p, Some(&lock), date(TUESDAY));
        assert_eq!(codes(&p), ["FL-001", "F-001", "FS-001"]);
    }

    #[test]
    fn two_cards_with_one_code() {
        let mut p = small();
        let (mut lock, _) = assign(&mut p, None, date(MONDAY));
        // Two branches each added a card and called it F-002.
        lock.cards[0].code = lock.cards[1].code.clone();
        lock.cards[0].id = "kb".into();
        lock.cards[1].id = "ka".into();
        let lock = Lock::parse(&lock.to_text()).unwrap();
        let (next, findings) = assign(&mut p, Some(&lock), date(TUESDAY));
        assert_eq!(codes(&p), ["F-003", "F-002"]);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].rule, "duplicate-code");
        assert_eq!(
            findings[0].message,
            "F-002 stood twice in recto.lock: “What does it ask for?” keeps it, “Duck Typing” is now F-003"
        );
        assert_eq!(p.cards[0].id, "kb");
        assert_eq!(next.cards.iter().find(|c| c.id == "kb").unwrap().changed, date(TUESDAY));
        // And once only.
        assert!(assign(&mut p, Some(&next), date(TUESDAY)).1.is_empty());
    }

    #[test]
    fn doubt_names_the_codes() {
        let mut p =
            asking(&["The first line and then the last one.", "The first line and then the next one."]);
        let (lock, _) = assign(&mut p, None, date(MONDAY));
        let mut p = asking(&["The first line and then the best one."]);
        let (_, findings) = assign(&mut p, Some(&lock), date(TUESDAY));
        assert_eq!(codes(&p), ["F-003"]);
        assert_eq!(
            findings.iter().map(|f| f.message.as_str()).collect::<Vec<_>>(),
            ["“What does it print?” could be F-001 or F-002 with another text, so it got a new code, F-003"]
        );
    }

    #[test]
    fn ids_differ_even_for_equal_cards() {
        let mut p = small();
        let twin = p.cards[1].clone();
        p.cards.push(twin);
        let (lock, _) = assign(&mut p, None, date(MONDAY));
        let ids: BTreeSet<&str> = p.cards.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(ids.len(), 3);
        assert!(ids.iter().all(|id| id.len() == 13 && id.starts_with('k')));
        assert_eq!(lock.cards.len(), 3);
    }

    #[test]
    fn an_answer_settles_a_doubt() {
        let mut p =
            asking(&["The first line and then the last one.", "The first line and then the next one."]);
        let (lock, _) = assign(&mut p, None, date(MONDAY));
        let ids: Vec<String> = p.cards.iter().map(|c| c.id.clone()).collect();
        let settled = |answer: Answer| {
            let mut p = asking(&["The first line and then the best one."]);
            let mut asked = Vec::new();
            let mut ask = |doubt: &Doubt| {
                asked.push((
                    doubt.front.to_owned(),
                    doubt.choices.iter().map(|c| c.code.clone()).collect::<Vec<_>>(),
                ));
                answer
            };
            let (next, findings) = assign_asking(&mut p, Some(&lock), date(TUESDAY), Some(&mut ask));
            assert_eq!(
                asked,
                [("What does it print?".to_owned(), vec!["F-001".to_owned(), "F-002".to_owned()])]
            );
            (p.cards[0].code.clone(), p.cards[0].id.clone(), next.retired.len(), findings.len())
        };
        assert_eq!(settled(Answer::Is(1)), ("F-002".into(), ids[1].clone(), 1, 0));
        let (code, id, retired, findings) = settled(Answer::New);
        assert_eq!((code.as_str(), retired, findings), ("F-003", 2, 0));
        assert!(!ids.contains(&id));
        // Open doubts are reported, and so are answers that name nothing.
        assert_eq!((settled(Answer::Unknown).3, settled(Answer::Is(2)).3), (1, 1));
    }
}
