//! Quizzes: from plain concepts and a seed to questions whose keys are certain.
//!
//! A wrong option must be wrong: it is never another name of the right one, nothing that is linked with it, nothing whose
//! brief names it (`alike.rs`). Guessing must not pay: the right option stands in each place equally often, and is the
//! longest, the middle or the shortest equally often.

mod alike;
mod choice;

use super::random::Random;
use alike::Words;

/// A concept as far as a quiz asks about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Topic {
    /// `1.2.3`, where the handbook has it.
    pub number: String,
    pub name: String,
    pub aliases: Vec<String>,
    /// Plain; may be empty.
    pub brief: String,
    pub chapter: usize,
    pub section: usize,
    /// Topics that it links to; one way is enough.
    pub linked: Vec<usize>,
    /// 1 is the most important.
    pub priority: u8,
    /// Whether it may be asked about; any topic may lend its name to a wrong option.
    pub asked: bool,
    pub gaps: Vec<Gap>,
    /// Question and answer, of cards.
    pub short: Vec<(String, String)>,
    pub programs: Vec<Program>,
    pub written: Vec<Written>,
}

/// A sentence with a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub before: String,
    pub answer: String,
    pub after: String,
}

/// Code, and what it prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub lang: String,
    pub code: String,
    pub output: String,
}

/// A question written in a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    Choice { question: String, options: Vec<String>, right: usize },
    Short { question: String, answer: String },
}

/// What a multiple choice asks for. In the order of the sheet.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// The term of a brief.
    Term,
    /// The brief of a term.
    Description,
    /// What its author wrote.
    Own,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// About which topics: one, or those of a matching in the order of its terms.
    pub topics: Vec<usize>,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Choice {
        ask: Ask,
        stem: String,
        options: Vec<String>,
        right: usize,
    },
    /// `key[i]` is the meaning of term `i`.
    Matching {
        terms: Vec<String>,
        meanings: Vec<String>,
        key: Vec<usize>,
    },
    Cloze(Gap),
    /// `of_term`: the question is a brief, and its term the answer.
    Short {
        question: String,
        answer: String,
        of_term: bool,
    },
    Prints(Program),
}

impl Question {
    pub fn points(&self) -> usize {
        match &self.kind {
            Kind::Matching { terms, .. } => terms.len(),
            _ => 1,
        }
    }

    /// Questions of one kind stand together under one instruction.
    pub fn group(&self) -> usize {
        match &self.kind {
            Kind::Choice { ask, .. } => *ask as usize,
            Kind::Matching { .. } => 3,
            Kind::Cloze(_) => 4,
            Kind::Short { of_term: true, .. } => 5,
            Kind::Short { .. } => 6,
            Kind::Prints(_) => 7,
        }
    }
}

/// Options of a choice that Recto makes.
pub const OPTIONS: usize = 3;
/// Terms of a matching: most, least.
const MATCHING: (usize, usize) = (5, 3);

/// Chooses at most `count` questions. Written ones come first, then important concepts before others; no concept is asked
/// about twice before all were asked about once.
pub fn questions(topics: &[Topic], seed: u64, count: usize) -> Vec<Question> {
    let mut random = Random::new(seed, 0);
    let words: Vec<Words> = topics.iter().map(Words::of).collect();
    let mut order: Vec<(u64, usize)> = (0..topics.len())
        .filter(|i| topics[*i].asked)
        .map(|i| {
            // The largest of several draws: a concept of priority 1 is as likely first as four of priority 3.
            let draws = match topics[i].priority {
                0 | 1 => 4,
                2 => 2,
                _ => 1,
            };
            ((0..draws).map(|_| random.draw()).max().unwrap_or(0), i)
        })
        .collect();
    order.sort_by_key(|(draw, i)| (std::cmp::Reverse(*draw), *i));
    let order: Vec<usize> = order.into_iter().map(|(_, i)| i).collect();
    let mut maker = Maker { topics, words, random, used: vec![false; topics.len()], out: Vec::new(), count };

    let share = |percent: usize| (count * percent).div_ceil(100);
    maker.take(&order, share(30), |m, i| m.written(i));
    for _ in 0..count / 10 + usize::from((5..10).contains(&count)) {
        maker.matching(&order);
    }
    maker.take(&order, share(15), |m, i| m.program(i));
    maker.take(&order, share(15), |m, i| m.gap(i));
    maker.take(&order, share(12), |m, i| m.short(i));
    maker.choices(&order);
    // Concepts for which there are no options, then what is left of all.
    maker.take(&order, count, |m, i| m.of_brief(i));
    for make in [Maker::written, Maker::program, Maker::gap, Maker::short] {
        maker.take(&order, count, make);
    }
    for make in [Maker::written, Maker::program, Maker::gap, Maker::short] {
        maker.used.fill(false);
        maker.take(&order, count, make);
    }
    let mut questions = maker.out;
    questions.sort_by_key(Question::group);
    questions
}

/// Version `number` (0 is A) of a quiz: its questions in another order within their kinds, options and meanings shuffled, the
/// right options in each place equally often.
pub fn version(questions: &[Question], seed: u64, number: u64) -> Vec<Question> {
    let mut random = Random::new(seed, number + 1);
    let mut out = questions.to_vec();
    random.shuffle(&mut out);
    out.sort_by_key(Question::group);
    let of_three = |q: &Question| matches!(&q.kind, Kind::Choice { options, .. } if options.len() == OPTIONS);
    let mut places = random.deal(out.iter().filter(|q| of_three(q)).count(), OPTIONS).into_iter();
    for question in &mut out {
        let topics = &mut question.topics;
        match &mut question.kind {
            Kind::Choice { options, right, .. } => {
                let answer = options.remove(*right);
                let place = if options.len() + 1 == OPTIONS { places.next() } else { None };
                random.shuffle(options);
                *right = place.unwrap_or_else(|| random.below(options.len() + 1));
                options.insert(*right, answer);
            }
            Kind::Matching { terms, meanings, key } => {
                let mut rows: Vec<usize> = (0..terms.len()).collect();
                random.shuffle(&mut rows);
                let mut places: Vec<usize> = (0..meanings.len()).collect();
                random.shuffle(&mut places);
                let (old_terms, old_topics, old_key) = (terms.clone(), topics.clone(), key.clone());
                *terms = rows.iter().map(|i| old_terms[*i].clone()).collect();
                *topics = rows.iter().map(|i| old_topics[*i]).collect();
                *meanings = places.iter().map(|i| meanings[*i].clone()).collect();
                *key =
                    rows.iter().map(|i| places.iter().position(|p| *p == old_key[*i]).unwrap_or(0)).collect();
            }
            _ => {}
        }
    }
    out
}

/// Collects questions.
struct Maker<'a> {
    topics: &'a [Topic],
    words: Vec<Words>,
    random: Random,
    used: Vec<bool>,
    out: Vec<Question>,
    count: usize,
}

impl Maker<'_> {
    /// Makes at most `most` questions about topics that were not asked about.
    fn take(&mut self, order: &[usize], most: usize, make: impl Fn(&mut Self, usize) -> Option<Kind>) {
        let mut made = 0;
        for topic in order {
            if self.out.len() >= self.count || made >= most {
                return;
            }
            if self.used[*topic] {
                continue;
            }
            if let Some(kind) = make(self, *topic) {
                self.used[*topic] = true;
                self.out.push(Question { topics: vec![*topic], kind });
                made += 1;
            }
        }
    }

    /// One of `list` that is not asked yet.
    fn fresh<T: Clone>(&mut self, list: &[T], kind: impl Fn(&T) -> Kind) -> Option<Kind> {
        let mut kinds: Vec<Kind> = list.iter().map(kind).collect();
        kinds.retain(|k| !self.out.iter().any(|q| q.kind == *k));
        if kinds.is_empty() {
            return None;
        }
        let i = self.random.below(kinds.len());
        Some(kinds.swap_remove(i))
    }

    fn written(&mut self, topic: usize) -> Option<Kind> {
        let topics = self.topics;
        self.fresh(&topics[topic].written, |written| match written {
            Written::Choice { question, options, right } => Kind::Choice {
                ask: Ask::Own,
                stem: question.clone(),
                options: options.clone(),
                right: *right,
            },
            Written::Short { question, answer } => {
                Kind::Short { question: question.clone(), answer: answer.clone(), of_term: false }
            }
        })
    }

    fn program(&mut self, topic: usize) -> Option<Kind> {
        let topics = self.topics;
        self.fresh(&topics[topic].programs, |program| Kind::Prints(program.clone()))
    }

    fn gap(&mut self, topic: usize) -> Option<Kind> {
        let topics = self.topics;
        self.fresh(&topics[topic].gaps, |gap| Kind::Cloze(gap.clone()))
    }

    fn short(&mut self, topic: usize) -> Option<Kind> {
        let topics = self.topics;
        self.fresh(&topics[topic].short, |(question, answer)| Kind::Short {
            question: question.clone(),
            answer: answer.clone(),
            of_term: false,
        })
    }

    /// What a brief alone asks: its term, or the gap where it names it.
    fn of_brief(&mut self, topic: usize) -> Option<Kind> {
        let own = &self.topics[topic];
        if own.brief.is_empty() {
            return None;
        }
        if !self.words[topic].brief_names(&self.words[topic]) {
            return Some(Kind::Short {
                question: own.brief.clone(),
                answer: own.name.clone(),
                of_term: true,
            });
        }
        let at = own.brief.find(&own.name)?;
        let (before, rest) = own.brief.split_at(at);
        let (answer, after) = rest.split_at(own.name.len());
        // A name that stands there twice would give itself away.
        (!after.contains(&own.name) && !own.aliases.iter().any(|a| before.contains(a) || after.contains(a)))
            .then(|| Kind::Cloze(Gap { before: before.into(), answer: answer.into(), after: after.into() }))
    }

    /// Terms of one chapter, best of one section, of which no two are alike.
    fn matching(&mut self, order: &[usize]) {
        if self.out.len() >= self.count {
            return;
        }
        let free: Vec<usize> = order.iter().copied().filter(|i| !self.used[*i] && self.can_ask(*i)).collect();
        let Some(first) = free.first().copied() else { return };
        let own = &self.topics[first];
        let mut near: Vec<usize> =
            free.iter().copied().filter(|i| self.topics[*i].chapter == own.chapter).collect();
        near.sort_by_key(|i| self.topics[*i].section != own.section);
        let mut chosen: Vec<usize> = Vec::new();
        for topic in near {
            if chosen.len() < MATCHING.0 && chosen.iter().all(|c| !self.alike(*c, topic)) {
                chosen.push(topic);
            }
        }
        if chosen.len() < MATCHING.1 {
            return;
        }
        for topic in &chosen {
            self.used[*topic] = true;
        }
        let kind = Kind::Matching {
            terms: chosen.iter().map(|i| self.topics[*i].name.clone()).collect(),
            meanings: chosen.iter().map(|i| self.topics[*i].brief.clone()).collect(),
            key: (0..chosen.len()).collect(),
        };
        self.out.push(Question { topics: chosen, kind });
    }

    /// Whether a brief does not give its own term away.
    fn can_ask(&self, topic: usize) -> bool {
        !self.topics[topic].brief.is_empty() && !self.words[topic].brief_names(&self.words[topic])
    }

    fn alike(&self, a: usize, b: usize) -> bool {
        a == b
            || self.topics[a].linked.contains(&b)
            || self.topics[b].linked.contains(&a)
            || self.words[a].alike(&self.words[b])
    }
}

#[cfg(test)]
mod tests;
