//! Which concepts may not stand beside each other as options: a wrong option must be wrong.

use std::collections::BTreeSet;

use super::Topic;

/// A concept's names and words, taken apart once.
#[derive(Debug)]
pub(super) struct Words {
    /// Name and aliases, folded.
    names: BTreeSet<String>,
    /// The words of each name.
    name_words: Vec<BTreeSet<String>>,
    /// First letters of each name of several words.
    initials: BTreeSet<String>,
    /// The brief, folded to words parted and enclosed by single spaces.
    brief: String,
    /// Its words of more than three letters.
    brief_words: BTreeSet<String>,
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let lower = text.to_lowercase();
    let words: Vec<String> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    words.into_iter()
}

fn spaced(text: &str) -> String {
    let mut out = String::from(" ");
    for word in words(text) {
        out.push_str(&word);
        out.push(' ');
    }
    out
}

/// A name without what stands in parentheses, which is another name or an explanation.
fn parts(name: &str) -> Vec<String> {
    let mut all = vec![name.to_owned()];
    if let Some((head, rest)) = name.split_once('(') {
        all.push(head.to_owned());
        all.push(rest.trim_end_matches(')').to_owned());
    }
    all.extend(name.split(" / ").filter(|p| *p != name).map(str::to_owned));
    all
}

impl Words {
    pub(super) fn of(topic: &Topic) -> Self {
        let all: Vec<String> =
            std::iter::once(&topic.name).chain(&topic.aliases).flat_map(|n| parts(n)).collect();
        let name_words: Vec<BTreeSet<String>> =
            all.iter().map(|n| words(n).collect()).filter(|w: &BTreeSet<String>| !w.is_empty()).collect();
        let initials = all
            .iter()
            .map(|n| words(n).filter_map(|w| w.chars().next()).collect::<String>())
            .filter(|i| i.chars().count() > 1)
            .collect();
        Self {
            names: all.iter().map(|n| n.trim().to_lowercase()).filter(|n| !n.is_empty()).collect(),
            name_words,
            initials,
            brief: spaced(&topic.brief),
            brief_words: words(&topic.brief).filter(|w| w.chars().count() > 3).collect(),
        }
    }

    /// Whether the brief of `self` names `other`, which may be the same concept.
    pub(super) fn brief_names(&self, other: &Self) -> bool {
        other.names.iter().any(|name| {
            let name = spaced(name);
            if name.trim().is_empty() {
                return false;
            }
            // A script without spaces has no borders of words.
            self.brief.contains(&name) || (!name.is_ascii() && self.brief.contains(name.trim()))
        })
    }

    /// Whether the two may be the same, or say so much of each other that both might be right.
    pub(super) fn alike(&self, other: &Self) -> bool {
        let one_in_other = |a: &Self, b: &Self| {
            a.name_words.iter().any(|small| b.name_words.iter().any(|large| small.is_subset(large)))
        };
        let acronym = |a: &Self, b: &Self| a.names.iter().any(|n| b.initials.contains(n));
        !self.names.is_disjoint(&other.names)
            || one_in_other(self, other)
            || one_in_other(other, self)
            || acronym(self, other)
            || acronym(other, self)
            || self.brief_names(other)
            || other.brief_names(self)
            || self.brief == other.brief
            || overlap(&self.brief_words, &other.brief_words)
    }
}

/// Three fifths of all the words of two briefs stand in both.
fn overlap(a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
    let both = a.intersection(b).count();
    both > 0 && both * 5 >= (a.len() + b.len() - both) * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str, alias: &str, brief: &str) -> Words {
        let aliases = if alias.is_empty() { Vec::new() } else { vec![alias.to_owned()] };
        Words::of(&Topic { name: name.into(), aliases, brief: brief.into(), ..Topic::default() })
    }

    #[test]
    fn names_of_the_same_thing() {
        let gil = topic("Global Interpreter Lock", "", "One thread at a time.");
        for other in [
            topic("GIL", "", "What keeps threads apart."),
            topic("Interpreter Lock", "", "x"),
            topic("Threads", "global interpreter lock", "x"),
            topic("Mutex (GIL)", "", "x"),
            topic("Threads", "", "They wait for the global interpreter lock."),
            topic("Other", "", "One thread at a time."),
        ] {
            assert!(gil.alike(&other) && other.alike(&gil), "{other:?}");
        }
        for other in [topic("Event Loop", "Loop", "Runs what is ready."), topic("==", "", "Equal values.")] {
            assert!(!gil.alike(&other) && !other.alike(&gil), "{other:?}");
        }
        assert!(!topic("==", "", "Equal values.").alike(&topic("is", "", "The same object.")));
    }

    #[test]
    fn words_have_borders() {
        let list = topic("List", "", "A sequence.");
        assert!(!topic("Ear", "", "It listens.").brief_names(&list));
        assert!(topic("Tuple", "", "Like a list, but fixed.").brief_names(&list));
    }
}
