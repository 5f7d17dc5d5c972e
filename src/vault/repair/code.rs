//! Where a note holds code, seen line by line: fences, front matter, and spans between backticks.
//!
//! This is no parser: repair looks at text that may not be Markdown yet. What it takes for code is left alone, so it
//! errs on that side.

use std::ops::Range;

use crate::vault::markdown::code_spans;

/// Lines with the byte where each starts, without their ends (`\n`, `\r\n`).
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches('\n').trim_end_matches('\r'))
    })
}

/// Byte ranges of code, sorted: front matter, fenced blocks with their fences, spans in one line.
pub(super) fn code(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut fence: Option<(char, usize)> = None;
    let mut front = false;
    for (number, (start, line)) in lines(text).enumerate() {
        let whole = start..start + line.len();
        if number == 0 && line.trim_end() == "---" && closes(text) {
            front = true;
            out.push(whole);
            continue;
        }
        if front {
            front = line.trim_end() != "---";
            out.push(whole);
            continue;
        }
        let bare = line.trim_start_matches([' ', '\t', '>']);
        match fence {
            Some((mark, len)) => {
                let run = bare.chars().take_while(|c| *c == mark).count();
                if run >= len && bare.trim().chars().all(|c| c == mark) {
                    fence = None;
                }
                out.push(whole);
            }
            None => {
                let mark = bare.chars().next().filter(|c| matches!(c, '`' | '~'));
                let run = mark.map_or(0, |mark| bare.chars().take_while(|c| *c == mark).count());
                match mark {
                    Some(mark)
                        if run >= 3
                            && !(mark == '`' && bare.get(run..).unwrap_or_default().contains('`')) =>
                    {
                        fence = Some((mark, run));
                        out.push(whole);
                    }
                    _ => out.extend(code_spans(line).into_iter().map(|s| start + s.start..start + s.end)),
                }
            }
        }
    }
    out
}

/// Whether front matter that starts in the first line is closed.
fn closes(text: &str) -> bool {
    lines(text).skip(1).any(|(_, line)| line.trim_end() == "---")
}

/// Whether a byte lies in one of the sorted ranges.
pub(super) fn inside(ranges: &[Range<usize>], at: usize) -> bool {
    let i = ranges.partition_point(|range| range.end <= at);
    ranges.get(i).is_some_and(|range| range.start <= at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found() {
        let text = "---\na: b\n---\nx `y` ``z`z`` ` end\n```py\nq\n```\nafter\n> ~~~\n> s\n> ~~~\n";
        let code = code(text);
        let held = |what: &str| inside(&code, text.find(what).unwrap());
        for what in ["a: b", "y`", "z`z", "q\n", "s\n"] {
            assert!(held(what), "{what}");
        }
        for what in ["x `", " ` end", "after"] {
            assert!(!held(what), "{what}");
        }
        assert_eq!(code_of("---\nnot closed `a`\n"), ["`a`"]);
    }

    fn code_of(text: &str) -> Vec<&str> {
        code(text).into_iter().filter_map(|range| text.get(range)).collect()
    }
}
