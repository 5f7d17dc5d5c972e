//! What is looked for in the source itself: Obsidian's comments, card separators, nesting beyond reason.

use std::ops::Range;

use super::build::Built;
use super::edit::Edit;
use super::{MAX_LISTS, MAX_QUOTES, Problem};

/// So many container marks before a line's text and the note is not handed to the parser at all: its time grows
/// with depth times blank lines. What lies between this and the limits on the page is degraded block by block.
const MAX_MARKS: usize = 100;

/// The first line that opens more containers than any parser should be asked to follow.
pub(super) fn too_deep(source: &str, body: usize) -> Option<Problem> {
    let mut at = body;
    for line in source.get(body..)?.split_inclusive('\n') {
        if line.len() > MAX_MARKS && marks(line) > MAX_MARKS {
            let text = line.trim_end();
            let lead = text.bytes().take(MAX_MARKS).count();
            let lead = (0..=lead).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
            return Some(
                Problem::error(
                    "too-deep",
                    at..at + lead,
                    format!("this line opens more than {MAX_MARKS} quotes or lists at once, so the whole note is printed as plain text"),
                )
                .hint(format!("keep to {MAX_QUOTES} quotes and {MAX_LISTS} lists in one another")),
            );
        }
        at += line.len();
    }
    None
}

/// How many quote and list marks stand before a line's text.
fn marks(line: &str) -> usize {
    let mut rest = line.as_bytes();
    // `- - - -` and `* * *` are rules, however long.
    let mut inked = rest.iter().filter(|b| !b.is_ascii_whitespace());
    if let Some(first @ (b'-' | b'*' | b'_')) = inked.next()
        && inked.all(|b| b == first)
    {
        return 0;
    }
    let mut count = 0;
    loop {
        while let [b' ' | b'\t', tail @ ..] = rest {
            rest = tail;
        }
        rest = match rest {
            [b'>', tail @ ..] => tail,
            [b'-' | b'*' | b'+', tail @ ..] if tail.first().is_some_and(u8::is_ascii_whitespace) => tail,
            [b'0'..=b'9', ..] => {
                let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
                match rest.get(digits..) {
                    Some([b'.' | b')', tail @ ..])
                        if digits < 10 && tail.first().is_some_and(u8::is_ascii_whitespace) =>
                    {
                        tail
                    }
                    _ => return count,
                }
            }
            _ => return count,
        };
        count += 1;
        if count > MAX_MARKS {
            return count;
        }
    }
}

/// Cuts for comments and line ends for card separators, and how many comments there are.
///
/// `built` knows the ranges of code, math and raw HTML, in which nothing is either, and of tables' rows and cells.
pub(super) fn edits(source: &str, body: usize, built: &Built) -> (Vec<Edit>, usize) {
    let mut edits = Vec::new();
    let mut comments = 0;
    comment_cuts(source, body, built, &mut edits, &mut comments);
    separator_lines(source, body, &built.opaque, &mut edits);
    (edits, comments)
}

/// Whether `at` lies in one of the sorted ranges.
fn covered(ranges: &[Range<usize>], at: usize) -> bool {
    holder(ranges, at).is_some()
}

/// The one of the sorted ranges in which `at` lies.
fn holder(ranges: &[Range<usize>], at: usize) -> Option<usize> {
    let i = ranges.partition_point(|range| range.start <= at).checked_sub(1)?;
    ranges.get(i)?.contains(&at).then_some(i)
}

fn comment_cuts(source: &str, body: usize, built: &Built, edits: &mut Vec<Edit>, comments: &mut usize) {
    let text = source.get(body..).unwrap_or_default();
    let mut marks =
        text.match_indices("%%").map(|(i, _)| body + i).filter(|i| !covered(&built.opaque, *i)).peekable();
    // The start of the last mark's line, and where its text starts: found once a line, or a long line with many marks
    // would cost the square of its length.
    let mut seen = body;
    let mut line = body;
    let mut ink = line + lead(text);
    while let Some(open) = marks.next() {
        let Some(&close) = marks.peek() else { return };
        if let Some(i) = source.get(seen..open).and_then(|s| s.rfind('\n')) {
            line = seen + i + 1;
            ink = line + source.get(line..).map_or(0, lead);
        }
        seen = open;
        let own_line = ink == open;
        let inner = source.get(open + 2..close).unwrap_or_default();
        // A comment inside a line ends with its paragraph or its cell; one that opens a line runs to the next mark.
        let parted = |ranges: &[Range<usize>]| holder(ranges, open) != holder(ranges, close);
        if !own_line && (has_blank_line(inner) || parted(&built.rows) || parted(&built.cells)) {
            continue;
        }
        marks.next();
        *comments += 1;
        let mut range = open..close + 2;
        if own_line {
            let after = source.get(range.end..).unwrap_or_default();
            let tail = after.find('\n').map_or(after, |i| after.get(..=i).unwrap_or(after));
            if tail.trim().is_empty() {
                range = line..range.end + tail.len();
            }
        }
        edits.push(Edit { range, insert: String::new(), problem: None });
    }
}

/// How many bytes of white space and quote marks a line starts with.
fn lead(line: &str) -> usize {
    line.bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'>')).count()
}

fn has_blank_line(text: &str) -> bool {
    let mut lines = text.split('\n');
    lines.next();
    // The last piece is not a whole line.
    lines.next_back();
    lines.any(|line| line.trim_matches([' ', '\t', '\r', '>']).is_empty())
}

/// A line of nothing but `?` or `??` parts the sides of a card. Blank lines around it in the parsed copy make it a
/// block of its own, also where it follows a list.
fn separator_lines(source: &str, body: usize, opaque: &[Range<usize>], edits: &mut Vec<Edit>) {
    let text = source.get(body..).unwrap_or_default();
    if !text.contains('?') {
        return;
    }
    let mut at = body;
    let mut before_blank = true;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let start = at;
        at += line.len();
        let lead_len = lead(line);
        let (lead, mark) = line.split_at(lead_len);
        let blank = is_blank(line);
        let is_mark = matches!(mark.trim_end(), "?" | "??") && !covered(opaque, start + lead_len);
        if is_mark {
            let insert = format!("{}\n", lead.trim_end_matches([' ', '\t']));
            let mut add = |at: usize| {
                edits.push(Edit { range: at..at, insert: insert.clone(), problem: None });
            };
            if !before_blank {
                add(start);
            }
            if lines.peek().is_some_and(|next| !is_blank(next)) {
                add(at);
            }
        }
        before_blank = blank;
    }
}

fn is_blank(line: &str) -> bool {
    line.trim_matches([' ', '\t', '\r', '\n', '>']).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_before_text_are_counted() {
        assert_eq!(marks("> > - 1. text"), 4);
        assert_eq!(marks("text > more"), 0);
        assert_eq!(marks(&"* ".repeat(300)), 0, "a rule");
        assert!(marks(&">".repeat(300)) > MAX_MARKS);
        assert!(marks(&format!("{}x", "- ".repeat(300))) > MAX_MARKS);
    }
}
