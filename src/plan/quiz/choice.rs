//! Options of multiple choice: siblings of like length and form, of which the right one is not the longest too often.

use super::{Ask, Kind, Maker, OPTIONS, Question, Topic};

/// Where the right option stands by length.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Rank {
    Shortest,
    Middle,
    Longest,
}

impl Maker<'_> {
    /// Fills the quiz with choices, in turn of terms and of descriptions.
    pub(super) fn choices(&mut self, order: &[usize]) {
        let room = self.count.saturating_sub(self.out.len());
        let ranks = self.random.deal(room, OPTIONS);
        let mut ranks = ranks.into_iter().map(|r| match r {
            0 => Rank::Shortest,
            1 => Rank::Middle,
            _ => Rank::Longest,
        });
        let Some(mut rank) = ranks.next() else { return };
        let mut turn = self.random.below(2) == 0;
        for topic in order {
            if self.used[*topic] || !self.can_ask(*topic) {
                continue;
            }
            let asks = if turn { [Ask::Term, Ask::Description] } else { [Ask::Description, Ask::Term] };
            let kind = asks.into_iter().find_map(|ask| self.choice(*topic, ask, rank));
            if let Some(kind) = kind {
                self.used[*topic] = true;
                self.out.push(Question { topics: vec![*topic], kind });
                turn = !turn;
                match ranks.next() {
                    Some(next) => rank = next,
                    None => return,
                }
            }
        }
    }

    /// The right option comes first; versions shuffle.
    fn choice(&mut self, topic: usize, ask: Ask, rank: Rank) -> Option<Kind> {
        let own = &self.topics[topic];
        let text = |t: &Topic| if ask == Ask::Term { t.name.clone() } else { t.brief.clone() };
        let right = text(own);
        let mut others: Vec<(u64, usize, usize)> = (0..self.topics.len())
            .filter(|i| !self.topics[*i].brief.is_empty() && !self.alike(topic, *i))
            .map(|i| {
                let other = text(&self.topics[i]);
                let strange = strangeness(&right, &other, own, &self.topics[i]);
                (strange, other.chars().count(), i)
            })
            .collect();
        for other in &mut others {
            // Of those that are about as good any will do; so versions of other seeds differ.
            other.0 += self.random.below(60) as u64;
        }
        others.sort_unstable();
        let length = right.chars().count();
        // Where no rank can be had as dealt, one in which length tells nothing: never the longest unless it was dealt.
        let ranks = match rank {
            Rank::Shortest => [Rank::Shortest, Rank::Middle].as_slice(),
            Rank::Middle => &[Rank::Middle, Rank::Shortest],
            Rank::Longest => &[Rank::Longest, Rank::Middle, Rank::Shortest],
        };
        let wrong = ranks.iter().find_map(|rank| self.pick(&others, length, *rank))?;
        let mut options = vec![right];
        options.extend(wrong.iter().map(|i| text(&self.topics[*i])));
        let stem = if ask == Ask::Term { own.brief.clone() } else { own.name.clone() };
        Some(Kind::Choice { ask, stem, options, right: 0 })
    }

    /// The two nearest that leave the right option at `rank` and are not alike.
    fn pick(&self, others: &[(u64, usize, usize)], length: usize, rank: Rank) -> Option<[usize; 2]> {
        let sides: [fn(usize, usize) -> bool; 2] = match rank {
            Rank::Shortest => [|own, other| other >= own; 2],
            Rank::Middle => [|own, other| other >= own, |own, other| other <= own],
            Rank::Longest => [|own, other| other <= own; 2],
        };
        let firsts = others.iter().filter(|(_, other, _)| sides[0](length, *other));
        firsts.take(8).find_map(|(_, _, first)| {
            let second = others
                .iter()
                .find(|(_, other, i)| i != first && sides[1](length, *other) && !self.alike(*first, *i))?;
            Some([*first, second.2])
        })
    }
}

/// How easily an option is told from the right one by its look or place; 0 is best. A length half as long again counts as
/// much as another section.
fn strangeness(right: &str, other: &str, own: &Topic, topic: &Topic) -> u64 {
    let (a, b) = (right.chars().count() as u64, other.chars().count() as u64);
    let mut strange = 200 * a.abs_diff(b) / a.max(1);
    strange += match (own.chapter == topic.chapter, own.section == topic.section) {
        (true, true) => 0,
        (true, false) => 100,
        _ => 300,
    };
    for form in [plural, capital, symbol, bracket, article] {
        strange += if form(right) == form(other) { 0 } else { 80 };
    }
    strange
}

fn plural(text: &str) -> bool {
    text.split_whitespace().last().is_some_and(|w| w.ends_with('s') && !w.ends_with("ss"))
}

fn capital(text: &str) -> bool {
    text.starts_with(char::is_uppercase)
}

fn symbol(text: &str) -> bool {
    text.contains(['_', '=', '@', '*', '`', '.']) && !text.contains(' ')
}

fn bracket(text: &str) -> bool {
    text.contains('(')
}

fn article(text: &str) -> bool {
    const ARTICLES: [&str; 24] = [
        "a", "an", "the", "der", "die", "das", "ein", "eine", "le", "la", "les", "un", "une", "el", "los",
        "las", "o", "os", "as", "um", "uma", "il", "het", "een",
    ];
    text.split_whitespace().next().is_some_and(|w| ARTICLES.contains(&w.to_lowercase().as_str()))
}
