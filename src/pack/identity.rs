//! Which card of the pack is which card of recto.lock, whatever the author did in between.
//!
//! What decides, in this order:
//!
//! 1. *Both sides unchanged*: the card is itself, wherever it went.
//! 2. *One side unchanged*: the other side was edited, if the card stayed in its concept or the rest of the other side
//!    is still [`ALIKE`]. A concept that got a new name is followed by the cards that moved with it.
//! 3. *Both sides touched* but each still mostly there, in the same concept: an edit too. A cloze is one text with two
//!    sides, so every edit of it is of this sort.
//!
//! A pair is taken only if each is clearly (by [`MARGIN`]) the other's best choice. Where two cards could be the same
//! old one, neither is: a learner who finds a wrong answer under a code that was learned is worse off than one who
//! meets a new code.

use std::collections::BTreeMap;

use super::CardKind;
use super::fingerprint::{ALIKE, Fingerprint};

/// By how much the best choice must beat the second.
const MARGIN: f64 = 0.15;
/// What it is worth to have stayed in one's concept.
const SAME_CONCEPT: f64 = 0.3;
/// What it is worth to have one side to the letter.
const SAME_SIDE: f64 = 0.5;
/// What it is worth to be of the same kind.
const SAME_KIND: f64 = 0.1;
/// A back that is shorter (in characters) says nothing on its own: `True`, `O(n)`, `None`.
const TELLING: usize = 12;
/// From this length on, an unchanged side speaks for a card in another concept.
const DISTINCTIVE: usize = 20;
/// What must be left of each side when both were touched, or when the one that stands says nothing.
const BOTH_EDITED: f64 = 0.45;
/// Of a cloze's front when its sentence stands: less, and the gap moved to other words, which is another question.
const SAME_GAP: f64 = 0.7;
/// Cards that share a front (`Why?`) with more others than this are compared within their concept only.
const CROWD: usize = 64;

/// A card, old or new, as far as identity goes.
#[derive(Debug, Copy, Clone)]
pub struct Traits<'a> {
    /// Id of its concept.
    pub concept: &'a str,
    pub kind: CardKind,
    pub front: Fingerprint,
    pub back: Fingerprint,
    /// Lengths of the sides in characters; asked of new cards only.
    pub length: (usize, usize),
    /// An old card that is gone already: only the very same text brings it back.
    pub retired: bool,
}

impl Traits<'_> {
    fn exact(&self) -> (u64, u64) {
        (self.front.exact(), self.back.exact())
    }
}

/// Several cards that may each be the same old ones.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct Ambiguity {
    /// Indices into the old cards; none of them was matched.
    pub old: Vec<usize>,
    /// Indices into the new cards; none of them was matched.
    pub new: Vec<usize>,
}

#[derive(Debug, Clone, Eq, PartialEq)]
pub struct Matching {
    /// For each new card the old one that it is.
    pub old_of: Vec<Option<usize>>,
    pub ambiguous: Vec<Ambiguity>,
}

/// Finds each new card's old one. Order of `old` matters only among cards with the same text in the same concept: the
/// earlier goes to the earlier. O(n log n) but for cards that share a side.
pub fn matching(old: &[Traits<'_>], new: &[Traits<'_>]) -> Matching {
    let mut m = Matcher {
        old,
        new,
        old_of: vec![None; new.len()],
        new_of: vec![None; old.len()],
        out: Matching { old_of: Vec::new(), ambiguous: Vec::new() },
    };
    m.unchanged();
    // A concept's new name shows only once some of its cards were found: look again until nothing more is found.
    loop {
        let moved = m.moved_concepts();
        let edges = m.edges(&moved);
        if m.take_best(edges) == 0 {
            break;
        }
    }
    m.note_doubts();
    m.out.old_of = m.old_of;
    m.out
}

struct Matcher<'a> {
    old: &'a [Traits<'a>],
    new: &'a [Traits<'a>],
    old_of: Vec<Option<usize>>,
    new_of: Vec<Option<usize>>,
    out: Matching,
}

#[derive(Debug, Copy, Clone)]
struct Edge {
    old: usize,
    new: usize,
    score: f64,
}

impl<'a> Matcher<'a> {
    fn pair(&mut self, old: usize, new: usize) {
        self.old_of[new] = Some(old);
        self.new_of[old] = Some(new);
    }

    fn free_old(&self) -> impl Iterator<Item = usize> {
        (0..self.old.len()).filter(|i| self.new_of[*i].is_none() && !self.old[*i].retired)
    }

    fn free_new(&self) -> impl Iterator<Item = usize> {
        (0..self.new.len()).filter(|j| self.old_of[*j].is_none())
    }

    /// Cards whose text stands, to the letter. Where several hold the same text, the concept decides, then the kind,
    /// then the order: they read the same, so none can be taken for another card.
    fn unchanged(&mut self) {
        type Same<'b> = BTreeMap<(u64, u64), (Vec<usize>, Vec<usize>)>;
        let mut groups: Same<'_> = BTreeMap::new();
        for (i, card) in self.old.iter().enumerate() {
            groups.entry(card.exact()).or_default().0.push(i);
        }
        for (j, card) in self.new.iter().enumerate() {
            if let Some(group) = groups.get_mut(&card.exact()) {
                group.1.push(j);
            }
        }
        type Agree = fn(&Traits<'_>, &Traits<'_>) -> bool;
        let rules: [Agree; 4] = [
            |a, b| a.concept == b.concept && a.kind == b.kind,
            |a, b| a.concept == b.concept,
            |a, b| a.kind == b.kind,
            |_, _| true,
        ];
        for (olds, news) in groups.into_values() {
            for (retired, agree) in rules.map(|r| (false, r)).into_iter().chain(rules.map(|r| (true, r))) {
                for &i in olds.iter().filter(|i| self.old[**i].retired == retired) {
                    let found =
                        news.iter().find(|&&j| self.old_of[j].is_none() && agree(&self.old[i], &self.new[j]));
                    if let (None, Some(&j)) = (self.new_of[i], found) {
                        self.pair(i, j);
                    }
                }
            }
        }
    }

    /// Old concepts that are gone, and the one to which most of their cards went.
    fn moved_concepts(&self) -> BTreeMap<&'a str, &'a str> {
        let present: std::collections::BTreeSet<&str> = self.new.iter().map(|c| c.concept).collect();
        let mut votes: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for (i, j) in self.new_of.iter().enumerate().filter_map(|(i, j)| Some((i, (*j)?))) {
            let (was, is) = (self.old[i].concept, self.new[j].concept);
            if !present.contains(was) && !self.old[i].retired {
                *votes.entry(was).or_default().entry(is).or_default() += 1;
            }
        }
        votes
            .into_iter()
            .filter_map(|(was, votes)| {
                let all: usize = votes.values().sum();
                votes.into_iter().find(|(_, n)| n * 2 > all).map(|(is, _)| (was, is))
            })
            .collect()
    }

    /// All pairs of free cards that may be one.
    fn edges(&self, moved: &BTreeMap<&str, &str>) -> Vec<Edge> {
        let home = |i: usize| {
            let concept = self.old[i].concept;
            moved.get(concept).copied().unwrap_or(concept)
        };
        let mut fronts: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        let mut backs: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        let mut concepts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for i in self.free_old() {
            fronts.entry(self.old[i].front.exact()).or_default().push(i);
            backs.entry(self.old[i].back.exact()).or_default().push(i);
            concepts.entry(home(i)).or_default().push(i);
        }
        let mut edges = Vec::new();
        for j in self.free_new() {
            let card = &self.new[j];
            let empty = Vec::new();
            let crowd = |same: Option<&'_ Vec<usize>>| {
                same.filter(|same| same.len() <= CROWD).cloned().unwrap_or_default()
            };
            let mut candidates = crowd(fronts.get(&card.front.exact()));
            candidates.extend(crowd(backs.get(&card.back.exact())));
            candidates.extend(concepts.get(card.concept).unwrap_or(&empty));
            candidates.sort_unstable();
            candidates.dedup();
            for i in candidates {
                if let Some(score) = likeness(&self.old[i], card, home(i) == card.concept) {
                    edges.push(Edge { old: i, new: j, score });
                }
            }
        }
        edges
    }

    /// Pairs those that are clearly each other's best, until none is left; returns how many.
    fn take_best(&mut self, mut edges: Vec<Edge>) -> usize {
        let mut taken = 0;
        loop {
            edges.retain(|e| self.old_of[e.new].is_none() && self.new_of[e.old].is_none());
            let mut best_of_old: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
            let mut best_of_new: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
            for e in &edges {
                rank(best_of_old.entry(e.old).or_insert(NOBODY), e.score);
                rank(best_of_new.entry(e.new).or_insert(NOBODY), e.score);
            }
            let clear = |best: Option<&(f64, f64)>, score: f64| {
                best.is_some_and(|(first, second)| score >= *first && score - *second >= MARGIN)
            };
            let won: Vec<Edge> = edges
                .iter()
                .filter(|e| {
                    clear(best_of_old.get(&e.old), e.score) && clear(best_of_new.get(&e.new), e.score)
                })
                .copied()
                .collect();
            if won.is_empty() {
                return taken;
            }
            for e in won {
                self.pair(e.old, e.new);
                taken += 1;
            }
        }
    }

    /// What is left with more than one choice.
    fn note_doubts(&mut self) {
        let moved = self.moved_concepts();
        let edges = self.edges(&moved);
        // Groups of cards that hang together by some edge: a union-find over old cards.
        let mut group: BTreeMap<usize, usize> = edges.iter().map(|e| (e.old, e.old)).collect();
        fn root(group: &BTreeMap<usize, usize>, mut i: usize) -> usize {
            while let Some(&parent) = group.get(&i)
                && parent != i
            {
                i = parent;
            }
            i
        }
        let mut first_of_new: BTreeMap<usize, usize> = BTreeMap::new();
        for e in &edges {
            let first = *first_of_new.entry(e.new).or_insert(e.old);
            let (a, b) = (root(&group, first), root(&group, e.old));
            group.insert(a.max(b), a.min(b));
        }
        let mut doubts: BTreeMap<usize, Ambiguity> = BTreeMap::new();
        for e in &edges {
            let doubt = doubts
                .entry(root(&group, e.old))
                .or_insert_with(|| Ambiguity { old: Vec::new(), new: Vec::new() });
            doubt.old.push(e.old);
            doubt.new.push(e.new);
        }
        for mut doubt in doubts.into_values() {
            for side in [&mut doubt.old, &mut doubt.new] {
                side.sort_unstable();
                side.dedup();
            }
            self.out.ambiguous.push(doubt);
        }
    }
}

/// No first and no second choice.
const NOBODY: (f64, f64) = (f64::NEG_INFINITY, f64::NEG_INFINITY);

fn rank(best: &mut (f64, f64), score: f64) {
    if score > best.0 {
        *best = (score, best.0);
    } else if score > best.1 {
        best.1 = score;
    }
}

/// How much a new card looks like an edit of an old one, 0 to 1.9; `None` where it cannot be one.
fn likeness(old: &Traits<'_>, new: &Traits<'_>, same_concept: bool) -> Option<f64> {
    let same_kind = old.kind == new.kind;
    let same_front = old.front.exact() == new.front.exact();
    let same_back = old.back.exact() == new.back.exact();
    let front = old.front.similarity(&new.front);
    let back = old.back.similarity(&new.back);
    let cloze = old.kind == CardKind::Cloze && new.kind == CardKind::Cloze;
    let rows = old.kind == CardKind::Row && new.kind == CardKind::Row;
    let (front_length, back_length) = new.length;

    let (likely, likeness) = if same_front || same_back {
        let (edited, stands) = if same_front { (back, front_length) } else { (front, back_length) };
        let likely = if cloze && same_back {
            edited >= SAME_GAP
        } else if same_concept {
            same_front || stands >= TELLING || edited >= BOTH_EDITED
        } else if rows && same_back {
            // A concept without a note that got a new name.
            stands >= DISTINCTIVE
        } else {
            edited >= ALIKE && stands >= DISTINCTIVE
        };
        (likely, edited + SAME_SIDE)
    } else if !same_concept || !same_kind {
        (false, 0.0)
    } else if rows {
        // The concept was found by its other cards, and a concept has one row.
        (back >= ALIKE, back)
    } else if cloze {
        (front >= ALIKE && back >= ALIKE, (front + back) / 2.0)
    } else {
        (front >= BOTH_EDITED && back >= BOTH_EDITED, (front + back) / 2.0)
    };
    let bonus = if same_concept { SAME_CONCEPT } else { 0.0 } + if same_kind { SAME_KIND } else { 0.0 };
    likely.then_some(likeness + bonus)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Concept, kind, front, back.
    type Plain<'a> = (&'a str, CardKind, &'a str, &'a str);

    fn traits<'a>(cards: &[Plain<'a>]) -> Vec<Traits<'a>> {
        cards
            .iter()
            .map(|(concept, kind, front, back)| Traits {
                concept,
                kind: *kind,
                front: Fingerprint::of(front),
                back: Fingerprint::of(back),
                length: (front.chars().count(), back.chars().count()),
                retired: false,
            })
            .collect()
    }

    fn matched(old: &[Plain<'_>], new: &[Plain<'_>]) -> Matching {
        matching(&traits(old), &traits(new))
    }

    use CardKind::{Basic, Cloze, Row};

    const BRIEF: &str = "An object fits wherever its methods fit, whatever class it was made from.";

    #[test]
    fn a_new_name_is_followed() {
        // Name and note changed; the brief was edited too: the other card shows where the concept went.
        let m = matched(
            &[
                ("duck", Row, "Duck Typing", BRIEF),
                ("duck", Basic, "What is asked?", "Whether the method is there."),
            ],
            &[
                (
                    "structural",
                    Row,
                    "Structural fit",
                    "An object fits wherever its methods fit, no matter its class.",
                ),
                ("structural", Basic, "What is asked?", "Whether the method is there."),
            ],
        );
        assert_eq!(m.old_of, [Some(0), Some(1)]);
        // Without a witness the brief must stand.
        let m =
            matched(&[("duck", Row, "Duck Typing", BRIEF)], &[("structural", Row, "Structural fit", BRIEF)]);
        assert_eq!(m.old_of, [Some(0)]);
    }

    #[test]
    fn rewritten_is_new() {
        let m = matched(
            &[("duck", Basic, "What does it look at?", "Whether the method is there when it is called.")],
            &[("duck", Basic, "Name the opposite.", "Nominal subtyping, as Java has it.")],
        );
        assert_eq!(m, Matching { old_of: vec![None], ambiguous: vec![] });
    }

    #[test]
    fn what_all_share_tells_nothing() {
        let m = matched(
            &[
                ("a", Basic, "Why?", "Because hashing must be stable."),
                ("b", Basic, "Is a list hashable?", "No"),
            ],
            &[("c", Basic, "Why?", "Threads take turns."), ("d", Basic, "Does the loop block?", "No")],
        );
        assert_eq!(m, Matching { old_of: vec![None, None], ambiguous: vec![] });
    }

    #[test]
    fn doubt_is_reported_and_not_resolved() {
        // One question twice in a concept; both answers were edited into something between the two.
        let old = [
            ("a", Basic, "What does it print?", "The first line, then the second line of the file."),
            ("a", Basic, "What does it print?", "The first line, then the second line of the text."),
        ];
        let new = [("a", Basic, "What does it print?", "The first line, then the second line of the page.")];
        let m = matched(&old, &new);
        assert_eq!(m.old_of, [None]);
        assert_eq!(m.ambiguous, [Ambiguity { old: vec![0, 1], new: vec![0] }]);
    }

    #[test]
    fn gaps_of_one_sentence() {
        let whole = "A name is bound to an object, never to a type.";
        let old = [
            ("a", Cloze, "A name is bound to […], never to a type.", whole),
            ("a", Cloze, "A […] is bound to an object, never to a type.", whole),
        ];
        // The sentence was edited: both sides of both cards changed.
        let edited = "A name is always bound to an object, never to a type.";
        let m = matched(
            &old,
            &[
                ("a", Cloze, "A name is always bound to […], never to a type.", edited),
                ("a", Cloze, "A […] is always bound to an object, never to a type.", edited),
            ],
        );
        assert_eq!(m.old_of, [Some(0), Some(1)]);
        // The gap went elsewhere: another question.
        let m = matched(&old[..1], &[("a", Cloze, "A name is bound to an object, never to […].", whole)]);
        assert_eq!(m.old_of, [None]);
    }

    #[test]
    fn the_same_text_twice() {
        let card = ("a", Basic, "Why?", "Because.");
        let elsewhere = ("b", Basic, "Why?", "Because.");
        // Each goes to the one in its own concept, in whatever order they come.
        assert_eq!(matched(&[card, elsewhere], &[elsewhere, card]).old_of, [Some(1), Some(0)]);
        // One is gone: the first of two equals stays.
        assert_eq!(matched(&[card, card], &[card]).old_of, [Some(0)]);
        // The living one goes before one that was retired.
        let mut old = traits(&[card, card]);
        old[0].retired = true;
        assert_eq!(matching(&old, &traits(&[card])).old_of, [Some(1)]);
        assert_eq!(matching(&old, &traits(&[card, card])).old_of, [Some(1), Some(0)]);
    }

    #[test]
    fn what_is_retired_is_not_edited() {
        let mut old = traits(&[("a", Basic, "What is a frame?", "The state of one call on the stack.")]);
        old[0].retired = true;
        let new = traits(&[("a", Basic, "What is a frame?", "The state of a call on the stack.")]);
        assert_eq!(matching(&old, &new).old_of, [None]);
    }

    #[test]
    fn another_way_of_asking_the_same() {
        // `::` became `:::`: the forward card is the old one, the backward one is new.
        let m = matched(
            &[("a", Basic, "GIL", "global interpreter lock")],
            &[
                ("a", CardKind::Forward, "GIL", "global interpreter lock"),
                ("a", CardKind::Backward, "global interpreter lock", "GIL"),
            ],
        );
        assert_eq!(m.old_of, [Some(0), None]);
    }

    proptest::proptest! {
        #[test]
        fn each_old_card_goes_once(
            old in proptest::collection::vec(("[ab]", 0..3usize, "[xyz ]{0,3}", "[xyz ]{0,3}"), 0..12),
            new in proptest::collection::vec(("[ab]", 0..3usize, "[xyz ]{0,3}", "[xyz ]{0,3}"), 0..12),
        ) {
            let kinds = [Row, Basic, Cloze];
            let plain = |cards: &'_ [(String, usize, String, String)]| -> Vec<(String, CardKind, String, String)> {
                cards.iter().map(|(c, k, f, b)| (c.clone(), kinds[*k], f.clone(), b.clone())).collect()
            };
            let (old, new) = (plain(&old), plain(&new));
            fn borrow(cards: &[(String, CardKind, String, String)]) -> Vec<Plain<'_>> {
                cards.iter().map(|(c, k, f, b)| (c.as_str(), *k, f.as_str(), b.as_str())).collect()
            }
            let m = matched(&borrow(&old), &borrow(&new));
            let taken: Vec<usize> = m.old_of.iter().flatten().copied().collect();
            let distinct: std::collections::BTreeSet<usize> = taken.iter().copied().collect();
            proptest::prop_assert_eq!(taken.len(), distinct.len());
            for doubt in &m.ambiguous {
                proptest::prop_assert!(doubt.old.iter().all(|i| !distinct.contains(i)));
                proptest::prop_assert!(doubt.new.iter().all(|j| m.old_of[*j].is_none()));
                proptest::prop_assert!(doubt.old.len() + doubt.new.len() > 2);
            }
            // Nothing changed: each card is itself.
            let same = matched(&borrow(&old), &borrow(&old));
            proptest::prop_assert!(same.old_of.iter().all(Option::is_some));
        }
    }
}
