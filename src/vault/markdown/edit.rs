//! Small edits to a note before it is parsed, and the way back from the edited text to the file's bytes.
//!
//! Markdown's parser does not know Obsidian's comments, callout titles or card separators. Instead of a second
//! parser, a copy of the note is parsed in which a comment is cut out or a line end is added; every range is mapped
//! back, so nobody after the parser sees the copy.

use std::ops::Range;

use super::Problem;

/// Replaces bytes of the note by other text. Either side may be empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    /// Bytes of the original that go.
    pub range: Range<usize>,
    /// What comes in their place.
    pub insert: String,
    /// What to tell the user because of this edit.
    pub problem: Option<Problem>,
}

/// The edited copy and the map back.
#[derive(Debug)]
pub(super) struct Edited {
    pub text: String,
    /// Runs of original bytes: where they start in the copy, where in the original, and how long they are.
    runs: Vec<Run>,
}

#[derive(Debug, Copy, Clone)]
struct Run {
    copy: usize,
    original: usize,
    len: usize,
}

/// Adds `new` to `edits`, sorted, without duplicates and without edits inside bytes that go anyway.
///
/// Returns whether there was anything new.
pub(super) fn merge(edits: &mut Vec<Edit>, new: Vec<Edit>) -> bool {
    if new.is_empty() {
        return false;
    }
    let before = edits.len();
    edits.extend(new);
    edits.sort_by(|a, b| {
        (a.range.start, b.range.end, &a.insert).cmp(&(b.range.start, a.range.end, &b.insert))
    });
    let mut end = 0;
    let mut last: Option<(Range<usize>, String)> = None;
    edits.retain(|edit| {
        let same =
            last.as_ref().is_some_and(|(range, insert)| *range == edit.range && *insert == edit.insert);
        let inside = edit.range.start < end;
        if same || inside {
            return false;
        }
        end = end.max(edit.range.end);
        last = Some((edit.range.clone(), edit.insert.clone()));
        true
    });
    edits.len() != before
}

impl Edited {
    /// `original[body]` with the edits done; they are sorted and do not overlap.
    pub fn new(original: &str, body: Range<usize>, edits: &[Edit]) -> Self {
        let mut text = String::with_capacity(body.len() + 64);
        let mut runs = Vec::with_capacity(edits.len() + 1);
        let mut at = body.start;
        let mut keep = |text: &mut String, range: Range<usize>| {
            if let Some(kept) = original.get(range.clone())
                && !kept.is_empty()
            {
                runs.push(Run { copy: text.len(), original: range.start, len: kept.len() });
                text.push_str(kept);
            }
        };
        for edit in edits {
            keep(&mut text, at..edit.range.start.max(at));
            text.push_str(&edit.insert);
            at = edit.range.end.max(at);
        }
        keep(&mut text, at..body.end);
        Self { text, runs }
    }

    /// The original position of something that starts at `at` in the copy.
    pub fn start(&self, at: usize) -> usize {
        let next = self.runs.partition_point(|run| run.copy <= at);
        let Some(run) = next.checked_sub(1).and_then(|i| self.runs.get(i)) else {
            return self.runs.first().map_or(0, |run| run.original);
        };
        if at - run.copy < run.len {
            return run.original + (at - run.copy);
        }
        self.runs.get(next).map_or(run.original + run.len, |run| run.original)
    }

    /// The original position of something that ends at `at` in the copy.
    pub fn end(&self, at: usize) -> usize {
        let next = self.runs.partition_point(|run| run.copy < at);
        match next.checked_sub(1).and_then(|i| self.runs.get(i)) {
            Some(run) => run.original + (at - run.copy).min(run.len),
            None => self.runs.first().map_or(0, |run| run.original),
        }
    }

    /// A range of the copy as a range of the original; what was inserted shrinks to nothing.
    pub fn range(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.start(range.start);
        if range.is_empty() {
            return start..start;
        }
        start..self.end(range.end).max(start)
    }

    /// The runs of original bytes inside a range of the copy: where in the copy, and where in the original.
    pub fn runs_in(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, usize)> + '_ {
        let first = self.runs.partition_point(|run| run.copy + run.len <= range.start);
        let runs = self.runs.get(first..).unwrap_or_default();
        runs.iter().take_while(move |run| run.copy < range.end).map(move |run| {
            let start = run.copy.max(range.start);
            let end = (run.copy + run.len).min(range.end);
            (start..end, run.original + (start - run.copy))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(range: Range<usize>, insert: &str) -> Edit {
        Edit { range, insert: insert.into(), problem: None }
    }

    #[test]
    fn positions_find_their_way_back() {
        let mut edits = Vec::new();
        assert!(merge(&mut edits, vec![edit(6..6, "XX"), edit(2..4, "")]));
        let copy = Edited::new("0123456789", 1..10, &edits);
        assert_eq!(copy.text, "145XX6789");
        assert_eq!(copy.range(&(0..1)), 1..2);
        assert_eq!(copy.range(&(1..3)), 4..6);
        assert_eq!(copy.range(&(0..3)), 1..6, "what was cut lies inside");
        assert_eq!(copy.range(&(3..5)), 6..6, "what was added is nowhere");
        assert_eq!(copy.range(&(4..9)), 6..10);
        let runs: Vec<_> = copy.runs_in(0..6).collect();
        assert_eq!(runs, [(0..1, 1), (1..3, 4), (5..6, 6)]);
    }

    #[test]
    fn an_edit_inside_a_cut_is_left_out() {
        let mut edits = Vec::new();
        merge(&mut edits, vec![edit(2..8, ""), edit(4..4, "x"), edit(8..8, "y")]);
        assert_eq!(edits, [edit(2..8, ""), edit(8..8, "y")]);
        assert!(!merge(&mut edits, vec![edit(8..8, "y"), edit(3..3, "z")]));
    }
}
