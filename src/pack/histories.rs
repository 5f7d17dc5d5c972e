//! What authors do to packs, many times over: codes must stay with their cards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::testing::{card, chapter, concept, date, pack};
use super::*;

/// SplitMix64: the same histories on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// 0 to `n` − 1.
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    fn word(&mut self) -> &'static str {
        // Few words, so that sentences look more alike than an author's do.
        const WORDS: &str = "object name value type class method call frame stack code module import cache lock thread \
            loop task await yield list tuple dict set key hash copy scope local global closure function argument \
            return error raise catch test mock patch build wheel index page byte string slice range sum map filter \
            reduce sort heap queue graph node edge path file stream buffer socket request reply token parse tree \
            compile run time cost space bound free share own hold drop count weak strong fast slow lazy eager early \
            late first last when while until before after because without within between across whether rather";
        static LIST: LazyLock<Vec<&'static str>> = LazyLock::new(|| WORDS.split_whitespace().collect());
        LIST[self.below(LIST.len())]
    }

    fn sentence(&mut self, from: usize, to: usize) -> String {
        let n = from + self.below(to - from + 1);
        let words: Vec<&str> = (0..n).map(|_| self.word()).collect();
        words.join(" ")
    }

    /// `text` with at most 30 % of its characters replaced, in one place or by words here and there.
    fn edit(&mut self, text: &str) -> String {
        let budget = text.chars().count() * 3 / 10;
        let mut words: Vec<String> = text.split(' ').map(ToOwned::to_owned).collect();
        let mut spent = 0;
        let mut at = self.below(words.len());
        let in_one_place = self.chance(50);
        for _ in 0..words.len() {
            let new = self.word().to_owned();
            let cost = words[at].chars().count().max(new.len());
            if spent + cost > budget {
                break;
            }
            spent += cost;
            words[at] = new;
            at = if in_one_place { (at + 1) % words.len() } else { self.below(words.len()) };
        }
        let edited = words.join(" ");
        // Too short for a whole word: one letter.
        if edited == text { format!("{text}s") } else { edited }
    }
}

#[derive(Debug, Clone)]
struct Sheet {
    /// Who this card is, as its author sees it.
    truth: usize,
    kind: CardKind,
    front: String,
    back: String,
}

#[derive(Debug, Clone)]
struct Entry {
    id: String,
    name: String,
    chapter: usize,
    /// The first is the row's; its front is `name`.
    cards: Vec<Sheet>,
}

struct World {
    dice: Dice,
    entries: Vec<Entry>,
    truths: usize,
    names: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self { dice: Dice(seed), entries: Vec::new(), truths: 0, names: 0 };
        for i in 0..12 {
            let entry = world.entry(i / 5);
            world.entries.push(entry);
        }
        world
    }

    fn truth(&mut self) -> usize {
        self.truths += 1;
        self.truths
    }

    fn name(&mut self) -> (String, String) {
        self.names += 1;
        let name = format!("{} {}", self.dice.sentence(1, 3), self.names);
        (latin::slug(&name), name)
    }

    fn entry(&mut self, chapter: usize) -> Entry {
        let (id, name) = self.name();
        let row = Sheet {
            truth: self.truth(),
            kind: CardKind::Row,
            front: String::new(),
            back: self.dice.sentence(8, 20),
        };
        let mut cards = vec![row];
        for i in 0..self.dice.below(5) {
            let mut sheet = self.sheet();
            // A front that many concepts share, once in each: to ask the same again would be the same card.
            if i == 0 && self.dice.chance(50) {
                sheet.front = "Why does it matter?".to_owned();
            }
            cards.push(sheet);
        }
        Entry { id, name, chapter, cards }
    }

    fn sheet(&mut self) -> Sheet {
        let truth = self.truth();
        let kind = [CardKind::Basic, CardKind::Forward, CardKind::Multi][self.dice.below(3)];
        let front = format!("What is {}?", self.dice.sentence(3, 9));
        let back = if self.dice.chance(15) { "True".to_owned() } else { self.dice.sentence(4, 14) };
        Sheet { truth, kind, front, back }
    }

    fn any(&mut self) -> (usize, usize) {
        let e = self.dice.below(self.entries.len());
        (e, self.dice.below(self.entries[e].cards.len()))
    }

    /// One thing an author does.
    fn happen(&mut self) {
        let (e, c) = self.any();
        match self.dice.below(10) {
            0 => {
                let (id, name) = self.name();
                self.entries[e].id = id;
                self.entries[e].name = name;
            }
            // The note's file is renamed, what is shown stays.
            1 => self.entries[e].id = self.name().0,
            2 => {
                let entry = self.entries.remove(e);
                let to = self.dice.below(self.entries.len() + 1);
                self.entries.insert(to, Entry { chapter: self.dice.below(4), ..entry });
            }
            3 => self.dice.shuffle(&mut self.entries),
            4 => self.dice.shuffle(&mut self.entries[e].cards[1..]),
            5 => {
                // Split: half of the cards go to a new concept.
                let mut new = self.entry(self.entries[e].chapter);
                new.cards.truncate(1);
                let half = self.entries[e].cards.len().div_ceil(2).max(1);
                new.cards.extend(self.entries[e].cards.split_off(half));
                self.entries.insert(e + 1, new);
            }
            6 if c > 0 => {
                self.entries[e].cards.remove(c);
            }
            7 => {
                let sheet = self.sheet();
                self.entries[e].cards.push(sheet);
            }
            8 if c > 0 => {
                // Rewritten on both sides: another card.
                let sheet = self.sheet();
                self.entries[e].cards[c] = sheet;
            }
            _ => {
                let front = c > 0 && self.dice.chance(50);
                let sheet = &mut self.entries[e].cards[c];
                let side = if front { &mut sheet.front } else { &mut sheet.back };
                *side = self.dice.edit(side);
            }
        }
    }

    fn pack(&self) -> (Pack, Vec<usize>) {
        let mut p = pack();
        for title in ["Foundations", "Applied Practice", "Active Recall", "Staying Current"] {
            chapter(&mut p, title);
        }
        let mut truths = Vec::new();
        for entry in &self.entries {
            let no = concept(&mut p, entry.chapter, &entry.id, &entry.name, "");
            for sheet in &entry.cards {
                card(&mut p, no, sheet.kind, &sheet.front, &sheet.back);
                truths.push(sheet.truth);
            }
        }
        (p, truths)
    }
}

/// Front, back and name of the concept's file.
type Look = (String, String);

#[test]
fn codes_stay_with_their_cards() {
    let (mut edited, mut edited_kept, mut unchanged, mut doubts) = (0, 0, 0, 0);
    for seed in 0..1_000 {
        let mut world = World::new(seed);
        let (mut p, truths) = world.pack();
        let (mut lock, findings) = assign(&mut p, None, date("2026-01-01"));
        assert!(findings.is_empty());
        let mut owner: BTreeMap<String, usize> = BTreeMap::new();
        let mut last: BTreeMap<usize, (String, Look)> = BTreeMap::new();
        let mut state = (p, truths);
        for step in 0..3 {
            let (p, truths) = &state;
            // A card that was thrown away and written anew is another; one that comes back is itself.
            last.retain(|truth, _| truths.contains(truth));
            for (card, truth) in p.cards.iter().zip(truths) {
                let was = owner.insert(card.code.clone(), *truth);
                assert!(
                    was.is_none_or(|w| w == *truth),
                    "seed {seed}, step {step}: {} changed hands",
                    card.code
                );
                let look = (assign::front_text(p, card).to_owned(), card.back.plain.clone());
                if let Some((code, (front, back))) = last.get(truth) {
                    if (front, back) == (&look.0, &look.1) {
                        unchanged += 1;
                        assert_eq!(code, &card.code, "seed {seed}, step {step}: {look:?} did not change");
                    } else if *front == look.0 || *back == look.1 {
                        edited += 1;
                        edited_kept += usize::from(*code == card.code);
                    }
                }
                last.insert(*truth, (card.code.clone(), look));
            }
            let distinct: BTreeSet<&String> = p.cards.iter().map(|c| &c.code).collect();
            assert_eq!(distinct.len(), p.cards.len());
            let ids: BTreeSet<&String> = p.cards.iter().map(|c| &c.id).collect();
            assert_eq!(ids.len(), p.cards.len());

            for _ in 0..=world.dice.below(4) {
                world.happen();
            }
            let (mut p, truths) = world.pack();
            let read = lock::Lock::parse(&lock.to_text()).unwrap();
            assert_eq!(read, lock);
            let (next, findings) = assign(&mut p, Some(&read), date("2026-02-01"));
            doubts += findings.len();
            lock = next;
            state = (p, truths);
        }
    }
    println!("{unchanged} unchanged; {edited_kept} of {edited} edits kept their code; {doubts} doubts");
    assert!(unchanged > 50_000 && edited > 1_000, "{unchanged} {edited}");
    assert!(edited_kept * 100 >= edited * 98, "{edited_kept} of {edited}");
}
