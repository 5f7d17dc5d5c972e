//! Pipes in tables: cells that have no column, and tables that are none because of a pipe.

use std::ops::Range;

use super::Problem;
use super::edit::Edit;
use crate::vault::ast::Cell;

/// Text behind a row's last column.
pub(super) struct Excess {
    pub text: String,
    pub range: Range<usize>,
    /// Escapes for the pipes that made it; the next pass then reads the row as it was meant.
    pub edits: Vec<Edit>,
}

/// Finds what the parser drops: cells behind the last column. `row` are the row's bytes.
///
/// If exactly as many pipes stand in code as there are cells too many, those are escaped; otherwise the last cell
/// takes all that is left.
pub(super) fn excess(source: &str, row: &Range<usize>, cells: &[Cell], columns: usize) -> Option<Excess> {
    let last = cells.get(columns.checked_sub(1)?)?;
    let tail = source.get(last.range.end..row.end)?;
    let lead = tail.len() - tail.trim_start().len();
    let first = last.range.end + lead;
    let text = source.get(first..row.end)?.strip_prefix('|')?.trim_end();
    if text.trim().is_empty() {
        return None;
    }
    let mut pipes = vec![first];
    pipes.extend(open_pipes(text).into_iter().map(|i| first + 1 + i));
    let end = first + 1 + text.len();
    let mut whole = first..end;
    // The pipe at the row's end parts nothing.
    if pipes.len() > 1 && pipes.last() == Some(&(end - 1)) {
        pipes.pop();
        whole.end = end - 1;
    }
    let too_many = pipes.len();
    let line = source.get(row.clone())?;
    let in_code: Vec<usize> = pipes_in_code(line).into_iter().map(|i| row.start + i).collect();
    let by_code = in_code.len() == too_many;
    if by_code {
        pipes = in_code;
    }

    let message = format!("this row has {} cells, but the table has {columns} columns", columns + too_many);
    let kept = source.get(whole.clone()).unwrap_or_default().trim_end();
    let shown = if by_code {
        let at = *pipes.first()?;
        at..at + 1
    } else {
        let cell = kept.get(1..).unwrap_or_default();
        let inner = first + 1 + (cell.len() - cell.trim_start().len());
        let cell = cell.trim_start();
        let len = open_pipes(cell).first().copied().unwrap_or(cell.len());
        let len = cell.get(..len).map_or(len, |s| s.trim_end().len());
        inner..inner + len
    };
    let fate = if by_code { "as part of the code" } else { "in the last cell" };
    let problem = Problem::error("table-cells", shown, message)
        .hint("write `\\|` for a pipe that belongs to the text, also between backticks")
        .hint(format!("it is printed {fate}"));
    let mut problem = Some(problem);
    let edits = pipes
        .iter()
        .map(|&at| Edit { range: at..at, insert: "\\".into(), problem: problem.take() })
        .collect();
    Some(Excess { text: kept.to_owned(), range: whole.start..whole.start + kept.len(), edits })
}

/// Pipes of a line that no backslash escapes.
pub(crate) fn open_pipes(line: &str) -> Vec<usize> {
    let mut pipes = Vec::new();
    let mut escaped = false;
    for (i, b) in line.bytes().enumerate() {
        if b == b'|' && !escaped {
            pipes.push(i);
        }
        escaped = b == b'\\' && !escaped;
    }
    pipes
}

/// Those of them that stand between backticks.
pub(crate) fn pipes_in_code(line: &str) -> Vec<usize> {
    let pipes = open_pipes(line);
    let mut inside = Vec::new();
    for span in code_spans(line) {
        let from = pipes.partition_point(|p| *p < span.start);
        inside.extend(pipes.iter().skip(from).take_while(|p| **p < span.end));
    }
    inside
}

/// Spans between runs of backticks of one length, with the backticks, in order.
pub(crate) fn code_spans(line: &str) -> Vec<Range<usize>> {
    let bytes = line.as_bytes();
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        if b == b'`' {
            let len = bytes.iter().skip(at).take_while(|b| **b == b'`').count();
            runs.push(at..at + len);
            at += len;
        } else {
            at += 1;
        }
    }
    // Found from behind, so that the time stays linear.
    let mut later = rustc_hash::FxHashMap::default();
    let mut partner = vec![None; runs.len()];
    for (i, run) in runs.iter().enumerate().rev() {
        if let Some(slot) = partner.get_mut(i) {
            *slot = later.insert(run.len(), i);
        }
    }
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(run) = runs.get(i) {
        match partner.get(i).copied().flatten() {
            Some(close) => {
                out.push(run.start..runs.get(close).map_or(run.end, |r| r.end));
                i = close + 1;
            }
            None => i += 1,
        }
    }
    out
}

/// Reports a paragraph that was meant as a table: its second line is a line of dashes with too many or too few cells.
pub(super) fn look_for_broken(source: &str, paragraph: &Range<usize>, problems: &mut Vec<Problem>) {
    let text = source.get(paragraph.clone()).unwrap_or_default();
    let mut lines = text.splitn(3, '\n');
    let (Some(head), Some(dashes)) = (lines.next(), lines.next()) else { return };
    let dashes = dashes.trim_matches([' ', '\t', '\r', '>']);
    let is_rule = dashes.contains('-')
        && dashes.contains('|')
        && dashes.bytes().all(|b| matches!(b, b'-' | b'|' | b':' | b' ' | b'\t'));
    if !is_rule {
        return;
    }
    let cells = |line: &str| {
        let line = line.trim();
        let line = line.strip_prefix('|').unwrap_or(line);
        let pipes = open_pipes(line);
        let closed = pipes.last().is_some_and(|last| last + 1 == line.len());
        pipes.len() + usize::from(!closed)
    };
    let (in_head, in_rule) = (cells(head), cells(dashes));
    if in_head == in_rule {
        return;
    }
    let range = paragraph.start..paragraph.start + head.trim_end().len();
    problems.push(
        Problem::error(
            "table-head",
            range,
            format!("this header has {in_head} cells and the line under it {in_rule}, so it is no table"),
        )
        .hint("give both lines the same number of cells; write `\\|` for a pipe that belongs to the text"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_between_backticks() {
        assert_eq!(pipes_in_code("| `a|b` | ``c`|`` | d |"), [4, 14]);
        assert_eq!(pipes_in_code(r"| `a\|b` | `x |"), [0usize; 0]);
        assert_eq!(open_pipes(r"a\|b|c\\|"), [4, 8]);
    }
}
