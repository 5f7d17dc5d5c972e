//! A part of the pack to print: by chapters, tags, priority, names.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use super::{CardNo, ConceptNo, Pack, fold};
use crate::vault::suggest::nearest;

/// What to keep. Within one field any match is enough; what several fields name must match all of them. Empty fields
/// keep everything.
#[derive(Debug, Clone, Default, Eq, PartialEq)]
pub struct Selection {
    /// Chapter numbers, from 1.
    pub chapters: Vec<RangeInclusive<usize>>,
    /// Tags of concepts; `internals` also keeps `internals/gc`.
    pub tags: Vec<String>,
    /// Concepts of this priority or a more urgent (lower) one.
    pub priority: Option<u8>,
    /// Names, aliases or ids of concepts.
    pub concepts: Vec<String>,
}

impl Selection {
    /// Whether everything is kept.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

/// What is kept, in the order of the book. Numbers and codes are those of the full pack.
#[derive(Debug, Clone, Default, Eq, PartialEq)]
pub struct Selected {
    /// Indices into [`Pack::chapters`]: those with a kept concept, or all kept by number if nothing but chapters was asked for.
    pub chapters: Vec<usize>,
    pub concepts: Vec<ConceptNo>,
    pub cards: Vec<CardNo>,
}

impl Selected {
    /// The whole pack.
    pub fn all(pack: &Pack) -> Self {
        Self {
            chapters: (0..pack.chapters.len()).collect(),
            concepts: (0..pack.concepts.len()).map(ConceptNo).collect(),
            cards: (0..pack.cards.len()).map(CardNo).collect(),
        }
    }
}

/// The selection names what the pack does not have: a usage error.
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct SelectError {
    pub message: String,
    pub hint: String,
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.message, self.hint)
    }
}

impl std::error::Error for SelectError {}

/// Reads `1,3-4`: numbers and ranges, with commas.
///
/// # Errors
/// Says which piece is no chapter.
pub fn parse_chapters(text: &str) -> Result<Vec<RangeInclusive<usize>>, SelectError> {
    text.split(',').map(str::trim).filter(|piece| !piece.is_empty()).map(parse_range).collect()
}

fn parse_range(piece: &str) -> Result<RangeInclusive<usize>, SelectError> {
    let (from, to) = piece.split_once(['-', '–']).unwrap_or((piece, piece));
    match (from.trim().parse::<usize>(), to.trim().parse::<usize>()) {
        (Ok(from), Ok(to)) if 1 <= from && from <= to => Ok(from..=to),
        _ => Err(SelectError {
            message: format!("`{piece}` is not a chapter's number or a range of them"),
            hint: "write chapters as `1,3-4`".to_owned(),
        }),
    }
}

/// Applies a selection.
///
/// # Errors
/// All names that the pack does not have (chapters, tags, concepts), each with those it has; or that nothing is left.
pub fn select(pack: &Pack, selection: &Selection) -> Result<Selected, Vec<SelectError>> {
    let mut errors = Vec::new();
    if let Some(wrong) = selection
        .chapters
        .iter()
        .find(|r| *r.start() == 0 || r.start() > r.end() || *r.end() > pack.chapters.len())
    {
        let wrong = if wrong.start() == wrong.end() {
            wrong.end().to_string()
        } else {
            format!("{}-{}", wrong.start(), wrong.end())
        };
        let known: Vec<String> = pack.chapters.iter().map(|c| format!("{} {}", c.number, c.title)).collect();
        errors.push(SelectError {
            message: format!("there is no chapter {wrong}"),
            hint: format!("the chapters are {}", listing(&known)),
        });
    }
    let tags: BTreeSet<&str> = pack.concepts.iter().flat_map(|c| &c.tags).map(String::as_str).collect();
    let wanted_tags: Vec<String> = selection.tags.iter().map(|t| fold(t.trim_start_matches('#'))).collect();
    for (wanted, written) in wanted_tags.iter().zip(&selection.tags) {
        if !tags.iter().any(|tag| under(&fold(tag), wanted)) {
            let known: Vec<String> = tags.iter().map(|t| (*t).to_owned()).collect();
            errors.push(unknown("tag", written, "tags", &known));
        }
    }
    let mut named: BTreeSet<usize> = BTreeSet::new();
    for written in &selection.concepts {
        let wanted = fold(written);
        let before = named.len();
        let found = |name: &String| fold(name) == wanted;
        // An alias may stand for several; a name goes before it.
        let mut hits: Vec<usize> = positions(pack, |c| found(&c.name) || found(&c.id));
        if hits.is_empty() {
            hits = positions(pack, |c| c.aliases.iter().any(found));
        }
        named.extend(&hits);
        if hits.is_empty() && named.len() == before {
            let known: Vec<String> = pack
                .concepts
                .iter()
                .flat_map(|c| std::iter::once(&c.name).chain(&c.aliases))
                .cloned()
                .collect();
            errors.push(unknown("concept", written, "concepts", &known));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }

    let chapter_kept = |chapter: usize| {
        selection.chapters.is_empty()
            || pack
                .chapters
                .get(chapter)
                .is_some_and(|c| selection.chapters.iter().any(|range| range.contains(&c.number)))
    };
    let concepts: Vec<ConceptNo> = pack
        .concepts
        .iter()
        .enumerate()
        .filter(|(i, concept)| {
            chapter_kept(concept.chapter)
                && (wanted_tags.is_empty()
                    || concept.tags.iter().any(|t| wanted_tags.iter().any(|wanted| under(&fold(t), wanted))))
                && selection.priority.is_none_or(|p| concept.priority <= p)
                && (selection.concepts.is_empty() || named.contains(i))
        })
        .map(|(i, _)| ConceptNo(i))
        .collect();
    if concepts.is_empty() && !pack.concepts.is_empty() && !selection.is_all() {
        return Err(vec![SelectError {
            message: "nothing in the pack matches the selection".to_owned(),
            hint: "chapters, tags, priority and concepts must all match: leave one out".to_owned(),
        }]);
    }
    let whole_chapters = Selection { chapters: Vec::new(), ..selection.clone() }.is_all();
    let kept: BTreeSet<usize> = concepts.iter().map(|c| c.0).collect();
    let with_concepts: BTreeSet<usize> =
        concepts.iter().filter_map(|c| pack.concepts.get(c.0)).map(|c| c.chapter).collect();
    Ok(Selected {
        chapters: (0..pack.chapters.len())
            .filter(|c| if whole_chapters { chapter_kept(*c) } else { with_concepts.contains(c) })
            .collect(),
        cards: (0..pack.cards.len())
            .filter(|i| pack.cards.get(*i).is_some_and(|card| kept.contains(&card.concept.0)))
            .map(CardNo)
            .collect(),
        concepts,
    })
}

fn positions(pack: &Pack, matches: impl Fn(&super::Concept) -> bool) -> Vec<usize> {
    pack.concepts.iter().enumerate().filter(|(_, c)| matches(c)).map(|(i, _)| i).collect()
}

/// Whether `tag` is `wanted` or nested in it.
fn under(tag: &str, wanted: &str) -> bool {
    tag.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn unknown(what: &str, written: &str, all: &str, known: &[String]) -> SelectError {
    let hint = match nearest(written, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("the pack has no {all}"),
        None => format!("the {all} are {}", listing(known)),
    };
    SelectError { message: format!("there is no {what} `{written}`"), hint }
}

/// At most twelve names.
fn listing(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut text = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::testing::{chapter, concept, pack};
    use super::*;

    fn three_chapters() -> Pack {
        let mut p = pack();
        for (i, title) in ["Foundations", "Practice", "Recall"].into_iter().enumerate() {
            chapter(&mut p, title);
            for (j, tag) in ["exam", "internals/gc"].into_iter().enumerate() {
                let no = concept(&mut p, i, &format!("c{i}{j}"), &format!("Concept {i}{j}"), "Its brief.");
                p.concepts[no.0].tags = vec![tag.to_owned()];
                p.concepts[no.0].priority = u8::try_from(j).unwrap() + 1;
            }
        }
        p.concepts[5].aliases = vec!["Leitner box".into()];
        p
    }

    fn kept(selection: &Selection) -> Result<Vec<usize>, Vec<SelectError>> {
        select(&three_chapters(), selection).map(|s| s.concepts.iter().map(|c| c.0).collect())
    }

    #[test]
    fn ranges() {
        assert_eq!(parse_chapters("1, 3-4").unwrap(), [1..=1, 3..=4]);
        assert_eq!(parse_chapters("").unwrap(), []);
        for wrong in ["x", "4-3", "0", "1-", "-1"] {
            assert!(parse_chapters(wrong).unwrap_err().message.contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn each_field() {
        let all = Selection::default();
        assert!(all.is_all());
        assert_eq!(select(&three_chapters(), &all).unwrap(), Selected::all(&three_chapters()));
        assert_eq!(kept(&Selection { chapters: vec![1..=1, 3..=3], ..all.clone() }).unwrap(), [0, 1, 4, 5]);
        assert_eq!(kept(&Selection { tags: vec!["#Internals".into()], ..all.clone() }).unwrap(), [1, 3, 5]);
        assert_eq!(kept(&Selection { priority: Some(1), ..all.clone() }).unwrap(), [0, 2, 4]);
        assert_eq!(
            kept(&Selection { concepts: vec!["leitner BOX".into(), "c00".into()], ..all.clone() }).unwrap(),
            [0, 5]
        );
        let both = Selection { chapters: vec![2..=3], priority: Some(1), ..all };
        assert_eq!(kept(&both).unwrap(), [2, 4]);
        let selected = select(&three_chapters(), &both).unwrap();
        assert_eq!(selected.chapters, [1, 2]);
        assert_eq!(selected.cards, [CardNo(2), CardNo(4)]);
    }

    #[test]
    fn what_is_not_there() {
        let wrong = Selection {
            chapters: vec![2..=7],
            tags: vec!["exma".into(), "frogs".into()],
            concepts: vec!["Leitner bix".into()],
            priority: None,
        };
        let said: Vec<String> = kept(&wrong).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "there is no chapter 2-7\nthe chapters are 1 Foundations, 2 Practice, 3 Recall",
                "there is no tag `exma`\ndid you mean `exam`?",
                "there is no tag `frogs`\nthe tags are exam, internals/gc",
                "there is no concept `Leitner bix`\ndid you mean `Leitner box`?",
            ]
        );
        let none = Selection { chapters: vec![1..=1], concepts: vec!["c10".into()], ..Selection::default() };
        assert_eq!(kept(&none).unwrap_err().len(), 1);
    }
}
