//! Pipes inside code and links that split the cells of a table's row.

use std::ops::Range;

use super::Rule;
use super::code;
use super::patch::Edit;
use crate::vault::markdown::{open_pipes, pipes_in_code};

/// Escapes pipes where a row has exactly as many cells too many as pipes stand in code or wikilinks.
pub(super) fn edits(text: &str) -> Vec<Edit> {
    let lines: Vec<(usize, &str)> = code::lines(text).collect();
    let blocks = code::code(text);
    // A whole line is code where its first character is, and it is no span: a span's line starts with a pipe or text.
    let in_block = |start: usize, line: &str| {
        let i = blocks.partition_point(|range| range.end <= start);
        blocks.get(i).is_some_and(|range| range.start == start && range.end == start + line.len())
            && !line.trim_start().starts_with('|')
    };
    let mut out = Vec::new();
    let mut columns: Option<usize> = None;
    for (i, (start, line)) in lines.iter().enumerate() {
        if in_block(*start, line) || line.trim().is_empty() || !line.contains('|') {
            columns = None;
            continue;
        }
        let row = match columns {
            Some(columns) => Some(columns),
            None => lines.get(i + 1).and_then(|(_, next)| delimiter(next)),
        };
        if columns.is_none() && row.is_some() {
            columns = row;
        }
        let Some(row) = row else { continue };
        if delimiter(line).is_some() {
            continue;
        }
        let too_many = cells(line).saturating_sub(row);
        if too_many == 0 {
            continue;
        }
        let inside = inside(line);
        if inside.len() == too_many {
            out.extend(inside.into_iter().map(|at| Edit::new(start + at..start + at, "\\", Rule::TablePipe)));
        }
    }
    out
}

/// The columns of a line of dashes under a table's head.
fn delimiter(line: &str) -> Option<usize> {
    let line = line.trim_matches([' ', '\t', '>']);
    let rule = line.contains('-')
        && line.contains('|')
        && line.bytes().all(|b| matches!(b, b'-' | b'|' | b':' | b' ' | b'\t'));
    rule.then(|| cells(line))
}

/// Cells of a row, by its pipes without a backslash.
fn cells(line: &str) -> usize {
    let line = line.trim_matches([' ', '\t', '>']);
    let line = line.strip_prefix('|').unwrap_or(line);
    let pipes = open_pipes(line);
    let closed = pipes.last().is_some_and(|last| last + 1 == line.len());
    pipes.len() + usize::from(!closed)
}

/// Open pipes in code spans and wikilinks of a line, sorted.
fn inside(line: &str) -> Vec<usize> {
    let mut out = pipes_in_code(line);
    let links = links(line);
    out.extend(open_pipes(line).into_iter().filter(|at| code::inside(&links, *at)));
    out.sort_unstable();
    out.dedup();
    out
}

/// `[[…]]` in a line.
fn links(line: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(open) = line.get(at..).and_then(|rest| rest.find("[[")).map(|i| at + i) {
        let inner = open + 2;
        let Some(close) = line.get(inner..).and_then(|rest| rest.find("]]")).map(|i| inner + i) else {
            break;
        };
        // The last `[[` before the end opens the link.
        let open = line.get(inner..close).and_then(|s| s.rfind("[[")).map_or(open, |i| inner + i);
        out.push(open..close + 2);
        at = close + 2;
    }
    out
}
