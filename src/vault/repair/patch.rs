//! Edits, and edits after edits as edits of the first text.

use std::ops::Range;

use super::Rule;

/// Replaces bytes by other text.
#[derive(Debug, Clone, Eq, PartialEq)]
pub(super) struct Edit {
    pub range: Range<usize>,
    pub insert: String,
    pub rule: Rule,
}

impl Edit {
    pub fn new(range: Range<usize>, insert: impl Into<String>, rule: Rule) -> Self {
        Self { range, insert: insert.into(), rule }
    }
}

/// Sorts edits and drops those that overlap an earlier one.
pub(super) fn tidy(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut end = 0;
    let mut first = true;
    edits.retain(|edit| {
        let free = first || edit.range.start > end || (edit.range.start == end && !edit.range.is_empty());
        if free {
            end = edit.range.end;
            first = false;
        }
        free
    });
    edits
}

/// The text with sorted edits done.
pub(super) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.range.start).unwrap_or_default());
        out.push_str(&edit.insert);
        at = edit.range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// A stretch of the middle text that differs from the first text, or is about to.
struct Stretch {
    middle: Range<usize>,
    /// Bytes of the first text, where an edit of the first kind made the stretch.
    first: Option<Range<usize>>,
    rule: Rule,
    later: Option<Edit>,
}

/// `before` edits `first` into `middle`, `after` edits `middle`; the result edits `first` at once.
pub(super) fn compose(first: &str, middle: &str, before: Vec<Edit>, after: &[Edit]) -> Vec<Edit> {
    let mut stretches = Vec::with_capacity(before.len() + after.len());
    // Offsets of the unchanged text behind each earlier edit: (middle position, first position).
    let mut anchors = vec![(0usize, 0usize)];
    let (mut at_middle, mut at_first) = (0usize, 0usize);
    for edit in before {
        at_middle += edit.range.start - at_first;
        let end = at_middle + edit.insert.len();
        stretches.push(Stretch {
            middle: at_middle..end,
            first: Some(edit.range.clone()),
            rule: edit.rule,
            later: None,
        });
        at_middle = end;
        at_first = edit.range.end;
        anchors.push((at_middle, at_first));
    }
    for edit in after {
        stretches.push(Stretch {
            middle: edit.range.clone(),
            first: None,
            rule: edit.rule,
            later: Some(edit.clone()),
        });
    }
    stretches.sort_by_key(|s| (s.middle.start, s.middle.end, s.later.is_some()));

    // Position of unchanged text in the first text.
    let to_first = |at: usize| {
        let i = anchors.partition_point(|(middle, _)| *middle <= at);
        let (middle, first) = i.checked_sub(1).and_then(|i| anchors.get(i)).copied().unwrap_or((0, 0));
        first + (at - middle)
    };

    let mut out: Vec<Edit> = Vec::new();
    let mut group: Vec<Stretch> = Vec::new();
    let mut flush = |group: &mut Vec<Stretch>| {
        let (Some(head), Some(end)) = (group.first(), group.iter().map(|s| s.middle.end).max()) else {
            return;
        };
        let start = head.middle.start;
        let rule = group.iter().find(|s| s.first.is_some()).map_or(head.rule, |s| s.rule);
        // An earlier edit at the very edge says where the edge lies in the first text.
        let from = match group.iter().find(|s| s.first.is_some() && s.middle.start == start) {
            Some(Stretch { first: Some(range), .. }) => range.start,
            _ => to_first(start),
        };
        let to = match group.iter().rfind(|s| s.first.is_some() && s.middle.end == end) {
            Some(Stretch { first: Some(range), .. }) => range.end,
            _ => to_first(end),
        };
        let mut insert = String::new();
        let mut at = start;
        for edit in group.iter().filter_map(|s| s.later.as_ref()) {
            insert.push_str(middle.get(at..edit.range.start).unwrap_or_default());
            insert.push_str(&edit.insert);
            at = edit.range.end;
        }
        insert.push_str(middle.get(at..end).unwrap_or_default());
        if first.get(from..to) != Some(insert.as_str()) {
            out.push(Edit { range: from..to, insert, rule });
        }
        group.clear();
    };
    let mut end = 0;
    for stretch in stretches {
        // Touching stretches are told apart only where neither is empty and none came of an earlier edit.
        if !group.is_empty() && stretch.middle.start > end {
            flush(&mut group);
        }
        end = if group.is_empty() { stretch.middle.end } else { end.max(stretch.middle.end) };
        group.push(stretch);
    }
    flush(&mut group);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sorted edits of a text, from random cuts.
    fn edits(text: &str, cuts: &[(usize, usize, String)]) -> Vec<Edit> {
        let bounds: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
        let edits = cuts
            .iter()
            .filter_map(|(at, len, insert)| {
                let i = at % bounds.len();
                let j = (i + len % 4).min(bounds.len() - 1);
                Some(Edit::new(*bounds.get(i)?..*bounds.get(j)?, insert.clone(), Rule::Space))
            })
            .collect();
        tidy(edits)
    }

    proptest! {
        #[test]
        fn two_steps_are_one(
            text in "[a-dé]{0,20}",
            one in prop::collection::vec((0..30usize, 0..4usize, "[x-zü]{0,3}"), 0..5),
            two in prop::collection::vec((0..30usize, 0..4usize, "[A-C]{0,3}"), 0..5),
        ) {
            let one = edits(&text, &one);
            let middle = apply(&text, &one);
            let two = edits(&middle, &two);
            let last = apply(&middle, &two);
            let both = compose(&text, &middle, one, &two);
            prop_assert_eq!(apply(&text, &both), last);
            prop_assert!(both.windows(2).all(|w| matches!(w, [a, b] if a.range.end <= b.range.start)));
        }
    }
}
